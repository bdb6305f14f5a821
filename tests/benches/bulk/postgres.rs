//! The same on PostgreSQL: the driver alone writes whole columns at once, as the store does, into tables with the same
//! indexes. As on SQLite no row is checked against another there; what these checks cost the driver is measured beside it.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use inwindow::store::{PostgresAddress, PostgresStore, Table, Tables};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};

use super::{ALONE, BANDS, ask, compared, through_the_store, told};

const STORE: &str = "inwindow_bulk_store";
const RAW: &str = "inwindow_bulk_raw";
const CHECKED: &str = "inwindow_bulk_checked";

/// Does something to each check of one row against another in the tables of a schema.
fn to_checks(schema: &str, what: &str) -> String {
    format!(
        "DO $$ DECLARE c record; BEGIN
             FOR c IN SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
                 WHERE contype = 'f' AND connamespace = '{schema}'::regnamespace
             LOOP EXECUTE format('ALTER TABLE %s {what}', c.of_table, c.conname); END LOOP; END $$"
    )
}

pub(super) fn run(base: &str, halls: usize, from: DateTime<Utc>) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let driver = connect(&runtime, base);
    let batch = |sql: &str| runtime.block_on(driver.batch_execute(sql)).expect("done");
    let drop_both =
        format!("SET client_min_messages = 'warning'; DROP SCHEMA IF EXISTS {STORE}, {RAW}, {CHECKED} CASCADE;");
    batch(&format!("{drop_both} CREATE SCHEMA {STORE}; CREATE SCHEMA {RAW}; CREATE SCHEMA {CHECKED}"));
    let open = |schema: &str| {
        let address = PostgresAddress::parse(&format!("{base}?options=-csearch_path%3D{schema}")).expect("an address");
        PostgresStore::create_or_open(&address, &[7; 32], from).expect("a new store")
    };
    let mut store = open(STORE);
    let by_store = through_the_store(&mut store, halls, from);
    let mut tables = open(RAW).tables().expect("readable");
    tables.retain(|table| !["meta", "migration", "writer"].contains(&table.name.as_str()));
    drop(open(CHECKED));
    batch(&to_checks(RAW, "DROP CONSTRAINT %I"));
    // Tables are filled in the order of their names, so that checks wait for the transaction's end.
    batch(&to_checks(CHECKED, "ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED"));
    let drivers = [(ALONE, RAW), ("the driver, rows checked as ours", CHECKED)]
        .map(|(driver, schema)| (driver, through_the_driver((&runtime, base), schema, &tables, halls)));
    compared("PostgreSQL", by_store, &drivers, halls);
    batch(&format!("ANALYZE {STORE}.planned_window, {STORE}.maintenance, {STORE}.revision"));
    ask(&store, halls, from);
    ask_alone(&runtime, &driver, halls, from);
    drop(store);
    batch(&drop_both);
}

fn connect(runtime: &Runtime, base: &str) -> Client {
    let (client, connection) = runtime.block_on(tokio_postgres::connect(base, NoTls)).expect("PostgreSQL answers");
    runtime.spawn(connection);
    client
}

/// By the first of these that a table has its rows are in the order in which the store wrote them.
const WRITTEN_BY: [&str; 3] = ["maintenance", "notice", "number"];

/// A table that is read a slice at a time, and written to another.
struct Filled {
    reader: Client,
    insert: Statement,
    slice: usize,
}

/// Writes the rows of one store into another of the same schema.
fn through_the_driver((runtime, base): (&Runtime, &str), schema: &str, tables: &[Table], halls: usize) -> Duration {
    let writer = connect(runtime, base);
    let mut filled = Vec::new();
    for table in tables {
        let reader = connect(runtime, base);
        filled.push(runtime.block_on(async {
            let (name, columns) = (&table.name, table.columns.join(", "));
            let count = reader.query_one(&format!("SELECT count(*) FROM {STORE}.{name}"), &[]).await.expect("counted");
            let order = WRITTEN_BY.into_iter().find(|by| table.columns.iter().any(|column| column == by));
            let order = order.map(|by| format!("ORDER BY {by}")).unwrap_or_default();
            let rows = format!("BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT {columns} FROM {STORE}.{name} {order}");
            reader.batch_execute(&rows).await.expect("begun");
            let types = writer.prepare(&format!("SELECT {columns} FROM {STORE}.{name}")).await.expect("good SQL");
            let places = types.columns().iter().enumerate();
            let places: Vec<String> =
                places.map(|(place, column)| format!("${}::{}[]", place + 1, column.type_().name())).collect();
            let insert = format!(
                "INSERT INTO {schema}.{name} ({columns}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest({})",
                places.join(", ")
            );
            let insert = writer.prepare(&insert).await.expect("good SQL");
            let count = usize::try_from(count.get::<_, i64>(0)).expect("a count");
            Filled { reader, insert, slice: count.div_ceil(halls) }
        }));
    }
    let mut spent = Duration::ZERO;
    for _ in 0..halls {
        spent += runtime.block_on(slice(&writer, &filled));
    }
    spent
}

async fn slice(writer: &Client, filled: &[Filled]) -> Duration {
    let mut ready = Vec::new();
    for table in filled.iter().filter(|table| table.slice > 0) {
        let rows = table.reader.query(&format!("FETCH {} FROM c", table.slice), &[]).await.expect("read");
        if let Some(first) = rows.first() {
            let columns = first.columns().iter().enumerate();
            ready.push((&table.insert, columns.map(|(place, c)| values(&rows, place, c.type_())).collect::<Vec<_>>()));
        }
    }
    let began = Instant::now();
    writer.batch_execute("BEGIN").await.expect("begun");
    for (insert, columns) in &ready {
        let columns: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as _).collect();
        writer.execute(*insert, &columns).await.expect("added");
    }
    writer.batch_execute("COMMIT").await.expect("kept");
    began.elapsed()
}

/// A column of rows.
fn values(rows: &[Row], place: usize, kind: &Type) -> Box<dyn ToSql + Sync> {
    match *kind {
        Type::INT8 => Box::new(rows.iter().map(|row| row.get(place)).collect::<Vec<Option<i64>>>()),
        Type::TEXT => Box::new(rows.iter().map(|row| row.get(place)).collect::<Vec<Option<String>>>()),
        Type::BYTEA => Box::new(rows.iter().map(|row| row.get(place)).collect::<Vec<Option<Vec<u8>>>>()),
        ref other => panic!("a column of {other}"),
    }
}

fn ask_alone(runtime: &Runtime, driver: &Client, halls: usize, from: DateTime<Utc>) {
    let overlap = format!(
        "SELECT count(*) FROM {STORE}.planned_window WHERE band = $1 AND start_at > $2 AND start_at < $4 AND end_at > $3"
    );
    let overlap = runtime.block_on(driver.prepare(&overlap)).expect("good SQL");
    told("of all vendors, the query alone", halls, from, |hour, _| {
        let (start, end) = (hour.start().timestamp_micros(), hour.end().timestamp_micros());
        let count = |(band, longest): (i64, i64)| -> i64 {
            let longest = start.saturating_sub(longest);
            let asked: [&(dyn ToSql + Sync); 4] = [&band, &longest, &start, &end];
            runtime.block_on(driver.query_one(&overlap, &asked)).expect("counted").get(0)
        };
        usize::try_from(BANDS.into_iter().map(count).sum::<i64>()).expect("a count")
    });
    let near = format!(
        "SELECT count(*) FROM {STORE}.planned_window
         WHERE vendor = $1 AND band = $2 AND start_at > $3 AND start_at < $5 AND end_at > $4"
    );
    let near = runtime.block_on(driver.prepare(&near)).expect("good SQL");
    told("of one vendor, the query alone", halls, from, |hour, vendor| {
        let (start, end, vendor) = (hour.start().timestamp_micros(), hour.end().timestamp_micros(), vendor.as_str());
        let count = |(band, longest): (i64, i64)| -> i64 {
            let longest = start.saturating_sub(longest);
            let asked: [&(dyn ToSql + Sync); 5] = [&vendor, &band, &longest, &start, &end];
            runtime.block_on(driver.query_one(&near, &asked)).expect("counted").get(0)
        };
        usize::try_from(BANDS.into_iter().map(count).sum::<i64>()).expect("a count")
    });
}
