//! Many windows: written through the store beside the same rows written through the driver alone, then asked for by time:
//! `cargo bench --bench bulk`.
//!
//! A million windows over ten years, each of a maintenance and a notice of its own, 500 in a transaction;
//! `INWINDOW_BULK_WINDOWS` sets another number. Where `INWINDOW_TEST_POSTGRES` names a database (`tests/servers/up` makes one)
//! the same is done there, in schemas that are made and dropped here. The driver gets rows that are ready, in the order in
//! which the store wrote them, and checks no row against another; the store computes digests and documents and looks at what
//! is there.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]
#![allow(clippy::cast_precision_loss, reason = "counts of windows are far below 2^52")]
#![allow(dead_code, reason = "the estate has parts that nobody asks for here")]

#[path = "bulk/postgres.rs"]
mod postgres;

#[path = "estate/made.rs"]
mod made;

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::names::VendorId;
use inwindow::store::{Changes, SqliteStore, Store, Tables};
use inwindow::time::{Interval, Zones};
use rusqlite::types::Value;
use rusqlite::{Connection, Statement, params_from_iter};

/// Windows of a hall and its year, written in one transaction.
const WINDOWS: usize = 500;

/// Years that the windows are spread over.
const YEARS: usize = 10;

/// The driver, and a database that checks no row against another.
const ALONE: &str = "the driver alone";

/// Questions asked of the store.
const QUESTIONS: usize = 2_000;

fn main() {
    let windows: usize = std::env::var("INWINDOW_BULK_WINDOWS").map_or(1_000_000, |n| n.parse().expect("a number"));
    let halls = windows.div_ceil(WINDOWS);
    let place = tempfile::tempdir().expect("a folder");
    let (path, raw) = (place.path().join("store.db"), place.path().join("raw.db"));
    let from: DateTime<Utc> = "2027-01-01T00:00:00Z".parse().expect("an instant");
    println!("{} windows, {} in a transaction", halls * WINDOWS, WINDOWS);
    let mut store = SqliteStore::create_or_open(&path, &[7; 32], from).expect("a new store");
    let by_store = through_the_store(&mut store, halls, from);
    compared("SQLite", by_store, &[(ALONE, through_the_driver(&path, &raw, halls))], halls);
    ask(&store, halls, from);
    ask_alone(store.place(), halls, from);
    if let Ok(base) = std::env::var("INWINDOW_TEST_POSTGRES") {
        postgres::run(&base, halls, from);
    }
}

fn compared(what: &str, by_store: Duration, drivers: &[(&str, Duration)], halls: usize) {
    let each = |spent: Duration| spent.as_secs_f64() * 1e6 / (halls * WINDOWS) as f64;
    println!("{what}");
    println!("{:<34} {:>8.1} s  {:>6.1} µs each", "through the store", by_store.as_secs_f64(), each(by_store));
    for (driver, spent) in drivers {
        let ratio = by_store.as_secs_f64() / spent.as_secs_f64();
        println!("{driver:<34} {:>8.1} s  {:>6.1} µs each  ratio {ratio:.2}", spent.as_secs_f64(), each(*spent));
    }
}

fn through_the_store(store: &mut dyn Store, halls: usize, from: DateTime<Utc>) -> Duration {
    let rules = Zones::embedded().version().clone();
    let mut spent = Duration::ZERO;
    for hall in 0..halls {
        let year = TimeDelta::days(365 * i64::try_from(hall % YEARS).expect("few"));
        let windows = made::windows(hall, (WINDOWS, 365), made::object, from + year);
        let (notices, maintenances) = windows.map(|window| made::maintenance(window, &rules)).unzip();
        let changes = Changes { notices, maintenances, ..Changes::default() };
        let began = Instant::now();
        store.commit(store.generation().expect("readable"), &changes, from).expect("stored");
        spent += began.elapsed();
    }
    spent
}

/// A table whose rows are added a slice at a time.
struct Filled<'c> {
    insert: Statement<'c>,
    rows: Box<dyn Iterator<Item = Vec<Value>> + 'c>,
    slice: usize,
}

/// Writes the rows of one store into another of the same schema.
fn through_the_driver(from: &Path, to: &Path, halls: usize) -> Duration {
    drop(SqliteStore::create_or_open(to, &[7; 32], DateTime::UNIX_EPOCH).expect("a new store"));
    let tables = SqliteStore::open_read_only(from).expect("opened").tables().expect("readable");
    let (from, to) = (Connection::open(from).expect("opened"), Connection::open(to).expect("opened"));
    to.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF").expect("set");
    let mut filled: Vec<Filled<'_>> = Vec::new();
    for table in tables.iter().filter(|table| !["meta", "migration"].contains(&table.name.as_str())) {
        let columns = table.columns.join(", ");
        let places = vec!["?"; table.columns.len()].join(", ");
        let count: i64 =
            from.query_row(&format!("SELECT count(*) FROM {}", table.name), [], |r| r.get(0)).expect("counted");
        let insert =
            to.prepare(&format!("INSERT INTO {} ({columns}) VALUES ({places})", table.name)).expect("good SQL");
        let rows = rows_as_written(&from, &table.name, &columns, table.columns.len());
        filled.push(Filled { insert, rows, slice: usize::try_from(count).expect("a count").div_ceil(halls) });
    }
    let mut spent = Duration::ZERO;
    for _ in 0..halls {
        let rows: Vec<Vec<Vec<Value>>> = filled.iter_mut().map(|t| t.rows.by_ref().take(t.slice).collect()).collect();
        let began = Instant::now();
        to.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for (table, rows) in filled.iter_mut().zip(rows) {
            for row in rows {
                table.insert.execute(params_from_iter(row)).expect("added");
            }
        }
        to.execute_batch("COMMIT").expect("kept");
        spent += began.elapsed();
    }
    spent
}

/// A table's rows in the order they were added; where the table keeps them by key and nothing tells, in no order.
fn rows_as_written<'c>(
    from: &'c Connection,
    table: &str,
    columns: &str,
    width: usize,
) -> Box<dyn Iterator<Item = Vec<Value>> + 'c> {
    let read =
        move |row: &rusqlite::Row<'_>| (0..width).map(|place| row.get(place)).collect::<rusqlite::Result<Vec<Value>>>();
    let by_key = from.prepare(&format!("SELECT rowid FROM {table}")).is_err();
    if by_key {
        let mut select = from.prepare(&format!("SELECT {columns} FROM {table}")).expect("good SQL");
        let mut rows: Vec<Vec<Value>> =
            select.query_map([], read).expect("read").collect::<Result<_, _>>().expect("read");
        let mut drawn = made::Drawn(7);
        for place in (1..rows.len()).rev() {
            rows.swap(place, drawn.below(place + 1));
        }
        return Box::new(rows.into_iter());
    }
    let sql = format!("SELECT {columns}, rowid FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT 500");
    let mut last = 0_i64;
    let mut page: std::vec::IntoIter<Vec<Value>> = Vec::new().into_iter();
    Box::new(std::iter::from_fn(move || {
        if let Some(row) = page.next() {
            return Some(row);
        }
        let mut select = from.prepare_cached(&sql).expect("good SQL");
        let mut rows = Vec::new();
        let found = select.query_map([last], |row| Ok((read(row)?, row.get(width)?))).expect("read");
        for row in found {
            let (values, rowid) = row.expect("read");
            last = rowid;
            rows.push(values);
        }
        page = rows.into_iter();
        page.next()
    }))
}

/// Hours that are asked about, each with a vendor.
fn hours(halls: usize, from: DateTime<Utc>) -> Vec<(Interval, VendorId)> {
    let mut drawn = made::Drawn(11);
    let mut hour = || {
        let start = from + TimeDelta::minutes(i64::try_from(drawn.below(365 * YEARS * 24 * 60)).expect("minutes"));
        let vendor = VendorId::new(format!("dc-{}", drawn.below(halls))).expect("an id");
        (Interval::new(start, start + TimeDelta::hours(1)).expect("an hour"), vendor)
    };
    (0..QUESTIONS).map(|_| hour()).collect()
}

/// Asks something of each hour and tells how long that took.
fn told(what: &str, halls: usize, from: DateTime<Utc>, mut found_in: impl FnMut(&Interval, &VendorId) -> usize) {
    let (mut spent, mut found) = (Vec::new(), 0);
    for (hour, vendor) in &hours(halls, from) {
        let began = Instant::now();
        found += found_in(hour, vendor);
        spent.push(began.elapsed());
    }
    spent.sort_unstable();
    let ms = |d: Duration| d.as_secs_f64() * 1e3;
    println!(
        "{what:<34} median {:>7.3} ms, 99 of 100 under {:>7.3} ms, {:>5.1} found",
        ms(spent[spent.len() / 2]),
        ms(spent[spent.len() * 99 / 100]),
        found as f64 / spent.len() as f64
    );
}

/// Asks which maintenances overlap an hour: of all vendors, and of one.
fn ask(store: &dyn Store, halls: usize, from: DateTime<Utc>) {
    told("all that overlaps an hour, loaded", halls, from, |hour, _| {
        store.maintenances_overlapping(*hour).expect("readable").len()
    });
    told("of one vendor, loaded", halls, from, |hour, vendor| {
        store.maintenances_near(std::slice::from_ref(vendor), *hour).expect("readable").len()
    });
}

/// Longest window of each band, in microseconds.
const BANDS: [(i64, i64); 3] = [(0, 2 * 86_400_000_000), (1, 40 * 86_400_000_000), (2, i64::MAX)];

fn ask_alone(path: &str, halls: usize, from: DateTime<Utc>) {
    let conn = Connection::open(path).expect("opened");
    let overlap =
        "SELECT count(*) FROM planned_window WHERE band = ?1 AND start_at > ?2 AND start_at < ?4 AND end_at > ?3";
    let mut select = conn.prepare(overlap).expect("good SQL");
    told("of all vendors, the query alone", halls, from, |hour, _| {
        let (start, end) = (hour.start().timestamp_micros(), hour.end().timestamp_micros());
        let mut count = |(band, longest): (i64, i64)| -> i64 {
            let values = (band, start.saturating_sub(longest), start, end);
            select.query_row(values, |row| row.get(0)).expect("counted")
        };
        usize::try_from(BANDS.into_iter().map(&mut count).sum::<i64>()).expect("a count")
    });
    let near = "SELECT count(*) FROM planned_window
        WHERE vendor = ?1 AND band = ?2 AND start_at > ?3 AND start_at < ?5 AND end_at > ?4";
    let mut select = conn.prepare(near).expect("good SQL");
    told("of one vendor, the query alone", halls, from, |hour, vendor| {
        let (start, end) = (hour.start().timestamp_micros(), hour.end().timestamp_micros());
        let mut count = |(band, longest): (i64, i64)| -> i64 {
            let values = (vendor.as_str(), band, start.saturating_sub(longest), start, end);
            select.query_row(values, |row| row.get(0)).expect("counted")
        };
        usize::try_from(BANDS.into_iter().map(&mut count).sum::<i64>()).expect("a count")
    });
}
