//! What only this room can see: the plans of its queries, its migrations one by one, and a lock held by another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::SqliteStore;
use super::fault::Fault;
use super::migrate::{self, Migration};
use crate::inventory::Inventory;
use crate::names::{AssetId, Digest};
use crate::outage::Attached;
use crate::store::{
    Changes, Generation, Judged, MaintenanceFilter, MessageFilter, NoticeFilter, OutageFilter, ReviewFilter, Room,
    Store, StoreError, Tables, copy, examine,
};
use crate::time::Interval;

mod plans;

/// Rows as they stood after each migration, to be applied over by the later ones.
pub(in crate::store) const SAMPLE_ROWS: &[(u32, &str)] = &[
    (1, include_str!("../../../tests/cases/store/0001.sql")),
    (2, include_str!("../../../tests/cases/store/0002.sql")),
    (3, include_str!("../../../tests/cases/store/0003.sql")),
    (4, include_str!("../../../tests/cases/store/0004.sql")),
    (5, include_str!("../../../tests/cases/store/0005.sql")),
    (6, include_str!("../../../tests/cases/store/0006.sql")),
    (7, include_str!("../../../tests/cases/store/0007.sql")),
    (8, include_str!("../../../tests/cases/store/0008.sql")),
    (9, include_str!("../../../tests/cases/store/0009.sql")),
    (10, include_str!("../../../tests/cases/store/0010.sql")),
    (11, include_str!("../../../tests/cases/store/0011.sql")),
    (12, include_str!("../../../tests/cases/store/0012.sql")),
    (13, include_str!("../../../tests/cases/store/0013.sql")),
    (14, include_str!("../../../tests/cases/store/0014.sql")),
    (15, include_str!("../../../tests/cases/store/0015.sql")),
    (16, include_str!("../../../tests/cases/store/0016.sql")),
    (17, include_str!("../../../tests/cases/store/0017.sql")),
    (18, include_str!("../../../tests/cases/store/0018.sql")),
    (19, include_str!("../../../tests/cases/store/0019.sql")),
    (20, include_str!("../../../tests/cases/store/0020.sql")),
    (21, include_str!("../../../tests/cases/store/0021.sql")),
];

pub(in crate::store) fn now() -> DateTime<Utc> {
    "2017-03-01T12:00:00Z".parse().expect("an instant")
}

pub(in crate::store) fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("store.db");
    (folder, path)
}

fn fresh(path: &Path) -> SqliteStore {
    SqliteStore::create_or_open(path, &[7; 32], now()).expect("a new store")
}

/// A store of the newest schema, in which every migration met sample rows.
pub(in crate::store) fn migrated(path: &Path) -> SqliteStore {
    let mut conn = Connection::open(path).expect("opened");
    for migration in migrate::ALL {
        migrate::bring_up(&mut conn, std::slice::from_ref(migration), &[7; 32], now()).expect("applied");
        let (_, rows) = SAMPLE_ROWS
            .iter()
            .find(|(number, _)| *number == migration.number)
            .expect("every migration has sample rows");
        conn.execute_batch(rows).expect("the sample rows fit");
    }
    drop(conn);
    SqliteStore::open_existing(path, now()).expect("up to date")
}

fn tables(conn: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut select = conn.prepare(sql).expect("good SQL");
    select.query_map([], |row| row.get(0)).expect("tables").collect::<Result<_, _>>().expect("readable")
}

#[test]
fn migrations_count_from_one() {
    for (number, migration) in (1..).zip(migrate::ALL) {
        assert_eq!(migration.number, number, "{}", migration.name);
    }
    assert_eq!(SAMPLE_ROWS.len(), migrate::ALL.len());
}

#[test]
fn every_table_has_a_sample_row_and_every_one_of_them_is_read() {
    let (_folder, path) = folder();
    let store = migrated(&path);
    for table in tables(&store.conn) {
        let rows: i64 =
            store.conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("counted");
        assert!(rows > 0, "{table} has no sample row");
    }
    let broken: i64 =
        store.conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(broken, 0);
    let whole: String = store.conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(whole, "ok");

    for notice in store.notices(&NoticeFilter::default()).expect("readable") {
        let raw = store.raw(&notice.id).expect("readable").expect("every notice has its bytes");
        assert_eq!(Digest::of(&raw), notice.sha256);
        store.reading(&notice.id).expect("readable").expect("every notice has a reading");
    }
    for maintenance in store.maintenances(&MaintenanceFilter::default()).expect("readable") {
        assert!(!maintenance.revisions.is_empty());
        let _ = maintenance.latest();
    }
    for message in store.messages(&MessageFilter::default()).expect("readable") {
        assert_eq!(message.id, message.key.id());
        assert_eq!(message.key.material, message.material.digest());
        // Two were written as columns of their messages, before migration 13.
        let subject = match message.id.as_str() {
            "msg-5f0c2e3e75f7" => "kept",
            "msg-e9f26f5765f6" => "sent",
            "msg-b82ce666d20b" => "new",
            _ => continue,
        };
        let mail = store.message_bytes(&message.id).expect("readable").expect("it has been written");
        assert_eq!(String::from_utf8_lossy(&mail), format!("Subject: {subject}\r\n\r\nText\r\n"));
    }
    for outage in store.outages(OutageFilter::All).expect("readable") {
        store.statements(&outage.id).expect("readable");
        store.verdicts(&outage.id).expect("readable");
        store.overrides(&outage.id).expect("readable");
        store.claim_steps(&outage.id).expect("readable");
        for attached in store.attachments(&outage.id).expect("readable") {
            let Attached::File { sha256, bytes, .. } = &attached.what else { continue };
            let kept = store.attached_file(sha256).expect("readable").expect("the sample's bytes are kept");
            assert_eq!((&Digest::of(&kept), kept.len() as u64), (sha256, *bytes));
        }
    }
    let inventory = store.inventory_latest().expect("readable").expect("applied");
    let names = |inventory: &Inventory| -> Vec<(String, usize)> {
        inventory.assets.values().map(|asset| (asset.id.to_string(), asset.aliases.len())).collect()
    };
    assert_eq!(names(&inventory.inventory), [("feed-a".to_owned(), 1), ("plus-01".to_owned(), 0)]);
    assert_eq!((inventory.inventory.customers.len(), inventory.inventory.checklist.len()), (1, 1));
    // The first version was kept as one document.
    let first = store.inventory_as_of(now()).expect("readable").expect("applied");
    assert_eq!(names(&first.version().inventory), [("feed-a".to_owned(), 0)]);
    assert_eq!(first.version().inventory.vendors.len(), 1);
    for at in [now(), now() + TimeDelta::days(1)] {
        let dated = store.inventory_as_of(at).expect("readable").expect("applied");
        let (assets, typed) = ([AssetId::new("feed-a").expect("an id")], ["FEED-A".to_owned()]);
        let part = store.inventory_part(at, &assets, &typed).expect("readable");
        assert_eq!(part, Some(dated.version().inventory.part(&assets, &typed)));
    }
    let reasons: Vec<String> = store
        .review(ReviewFilter::All)
        .expect("readable")
        .into_iter()
        .flat_map(|item| item.reasons)
        .map(|reason| reason.to_string())
        .collect();
    // The last one was written as words by the first release.
    assert_eq!(
        reasons,
        [
            "it was read by general rules alone",
            "the time `1 March` has no zone",
            "it seems to announce maintenance, and no profile reads mails like it",
            "the zone `MST` is not explained by the vendor's profile",
        ]
    );
    assert_eq!(store.checklist().expect("readable").len(), 2);
    assert_eq!(store.coverage().expect("readable").len(), 1);
    assert_eq!(store.sources().expect("readable").len(), 2);
    assert_eq!(store.log(9).expect("readable").len(), 3);
    assert_eq!(store.judged().expect("readable"), Judged { owed: 2, done: 1 });
    let of_notice = store.log_of("n-feb7025a1127").expect("readable");
    let told: Vec<&str> = of_notice.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told, ["imported a notice from mail/2.eml", "dismissed"], "one of before migration 7, one of after it");
    assert_eq!(store.log_of("CHG-1").expect("readable").len(), 1);
}

#[test]
fn the_next_start_goes_on_where_a_migration_was_killed() {
    let newest = migrate::newest();
    let added = [
        Migration { number: newest + 1, name: "colours", sql: "CREATE TABLE colour (id TEXT) STRICT;" },
        Migration {
            number: newest + 2,
            name: "broken",
            sql: "CREATE TABLE shade (id TEXT) STRICT; CREATE TABLE colour (id TEXT);",
        },
    ];
    let steps = [migrate::ALL, &added].concat();
    let mended = Migration { sql: "CREATE TABLE shade (id TEXT) STRICT;", ..added[1] };
    let (_folder, path) = folder();
    let mut conn = Connection::open(&path).expect("opened");
    migrate::bring_up(&mut conn, &steps, &[7; 32], now()).expect_err("the last does not go through");
    assert_eq!(migrate::version(&conn).expect("readable"), newest + 1);
    let there = |conn: &Connection, name: &str| tables(conn).iter().any(|table| table == name);
    assert!(there(&conn, "colour") && !there(&conn, "shade"), "half a migration leaves nothing");

    migrate::bring_up(&mut conn, &[migrate::ALL, &[added[0], mended]].concat(), &[9; 32], now()).expect("goes on");
    assert_eq!(migrate::version(&conn).expect("readable"), newest + 2);
    assert!(there(&conn, "shade"));
    let recorded: Vec<u32> = conn
        .prepare("SELECT number FROM migration ORDER BY number")
        .and_then(|mut select| select.query_map([], |row| row.get(0))?.collect())
        .expect("readable");
    assert_eq!(recorded, (1..=newest + 2).collect::<Vec<u32>>());
    let secret: [u8; 32] = conn.query_row("SELECT secret FROM meta", [], |row| row.get(0)).expect("readable");
    assert_eq!(secret, [7; 32], "the secret of the store is drawn once");
}

#[test]
fn an_older_store_is_not_brought_up_by_a_reader() {
    let (_folder, path) = folder();
    drop(fresh(&path));
    let older = Connection::open(&path).expect("opened");
    older.pragma_update(None, "user_version", 0).expect("set");
    drop(older);
    let error = SqliteStore::open_read_only(&path).expect_err("it would have to write");
    assert!(matches!(error, StoreError::OlderSchema { found: 0, .. }), "{error}");
}

#[test]
fn a_lock_held_by_another_is_named() {
    let (_folder, path) = folder();
    let mut store = fresh(&path);
    store.wait_at_most(Duration::ZERO);
    let other = Connection::open(&path).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let error = store.commit(Generation(0), &Changes::default(), now()).expect_err("locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert_eq!(store.generation().expect("readers are not held up"), Generation(0));
    other.execute_batch("COMMIT").expect("unlocked");
    store.commit(Generation(0), &Changes::default(), now()).expect("free again");
}

#[test]
fn the_file_is_set_up_as_the_outbox_needs_it() {
    let (_folder, path) = folder();
    drop(fresh(&path));
    let store = SqliteStore::open_existing(&path, now()).expect("opened");
    let pragma = |name: &str| -> String {
        store
            .conn
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|value| format!("{value:?}"))
            .expect("readable")
    };
    assert_eq!(pragma("journal_mode"), r#"Text("wal")"#);
    assert_eq!(pragma("synchronous"), "Integer(2)");
    assert_eq!(pragma("foreign_keys"), "Integer(1)");
    assert_eq!(pragma("busy_timeout"), "Integer(5000)");
    let strict: i64 = store
        .conn
        .query_row(
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict
             AND name NOT LIKE 'sqlite_%'",
            [],
            |row| row.get(0),
        )
        .expect("readable");
    assert_eq!(strict, 0, "tables that are not strict");
}

#[test]
fn a_stored_document_of_another_shape_is_an_error_that_names_it() {
    let (_folder, path) = folder();
    let store = migrated(&path);
    store.conn.execute("UPDATE outage SET document = '{\"id\":\"o-1\"}'", []).expect("written");
    let error = store.outages(OutageFilter::All).expect_err("unreadable");
    assert_eq!(error.to_string(), "the stored outage cannot be read");
    store.conn.execute("UPDATE message SET tries = -1", []).expect("written");
    let error = store.messages(&MessageFilter::default()).expect_err("unreadable");
    assert_eq!(error.to_string(), "the stored tries cannot be read");
}

#[test]
fn ends_are_rounded_so_that_nothing_is_missed() {
    let rows = [(0, 0, 0), (1, 0, 1), (999, 0, 1), (1000, 1, 1), (1001, 1, 2)];
    for (nanos, down, up) in rows {
        let at = DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(nanos);
        assert_eq!((super::column::micros(at), super::column::micros_up(at)), (down, up), "{nanos} ns");
    }
    let before = DateTime::UNIX_EPOCH - TimeDelta::nanoseconds(1);
    assert_eq!((super::column::micros(before), super::column::micros_up(before)), (-1, 0));
}

#[test]
fn the_far_ends_of_time_are_searched_without_overflow() {
    let (_folder, path) = folder();
    let store = migrated(&path);
    let ever = Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).expect("a length");
    assert_eq!(store.maintenances_overlapping(ever).expect("readable").len(), 1);
    let first = Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MIN_UTC + TimeDelta::seconds(1));
    assert_eq!(store.maintenances_overlapping(first.expect("a length")).expect("readable").len(), 0);
}

#[test]
fn a_fault_keeps_what_sqlite_said() {
    use std::error::Error as _;
    let fault = Fault::from(rusqlite::Error::QueryReturnedNoRows);
    let error = fault.at("store.db");
    assert_eq!(error.to_string(), "the store store.db failed");
    assert!(error.source().is_some());
}

/// The sample rows, examined after somebody did something to them behind the program's back.
fn examined_after(sql: &str) -> Vec<String> {
    let (_folder, path) = folder();
    let store = migrated(&path);
    store.conn.execute_batch(sql).expect("good SQL");
    let examined = examine(&store, &mut |_, _| {}).expect("readable");
    examined.flaws.iter().map(|flaw| format!("{} {}: {}", flaw.table, flaw.row, flaw.what)).collect()
}

#[test]
fn the_sample_rows_are_whole() {
    assert_eq!(examined_after(""), [] as [&str; 0]);
}

#[test]
fn what_was_changed_behind_its_back_is_found() {
    let rows = [
        (
            "DROP TRIGGER raw_is_kept; UPDATE raw SET bytes = zeroblob(48) \
             WHERE notice = (SELECT number FROM notice WHERE id = 'n-5da0ac40d10e')",
            "notice n-5da0ac40d10e: SHA-256 of its bytes is",
        ),
        (
            "DROP TRIGGER raw_stays; DELETE FROM raw \
             WHERE notice = (SELECT number FROM notice WHERE id = 'n-5da0ac40d10e')",
            "notice n-5da0ac40d10e: its bytes are missing",
        ),
        ("UPDATE notice SET received_at = 0 WHERE id = 'n-5da0ac40d10e'", "notice n-5da0ac40d10e: received_at is 0"),
        (
            "UPDATE notice SET reading = '{}' WHERE id = 'n-5da0ac40d10e'",
            "notice n-5da0ac40d10e: reading cannot be read",
        ),
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM maintenance",
            "maintenance 1: it has revisions, windows or references and is not there",
        ),
        ("PRAGMA foreign_keys = OFF; DELETE FROM notice", "names a row of notice that is not there"),
        (
            "DROP TRIGGER revision_stays; DELETE FROM revision WHERE number = 1",
            "revision 1 2: number is 2 and must be 1",
        ),
        (
            "DELETE FROM planned_window WHERE band = 2",
            "maintenance m-328afc9e4f3a: the windows it is found by are not those of its revisions",
        ),
        (
            "DELETE FROM reference WHERE folded = 'chg-2'",
            "maintenance m-328afc9e4f3a: the references it is found by are not those of its revisions",
        ),
        (
            "UPDATE maintenance SET last_end = 1",
            "maintenance m-328afc9e4f3a: its last end or recording is not that of its revisions",
        ),
        (
            "DELETE FROM told_by_digest WHERE cause = 'm-7cb13649eb04'",
            "told_by_digest : what digests are found by is not what they tell of",
        ),
        ("UPDATE message SET contact = 'x@y.example' WHERE id = 'msg-5f0c2e3e75f7'", "message msg-5f0c2e3e75f7: id is"),
        ("UPDATE outage SET end_at = 1", "outage o-fdc51bbde1e9: end_at is"),
        ("UPDATE inventory_item SET document = '{' WHERE sort = 'asset'", "inventory 1: the stored"),
        ("UPDATE meta SET generation = -1", "meta 1: generation is -1"),
        ("UPDATE meta SET generation = 0", "meta 1: generation is 0, though something is known"),
        ("DELETE FROM meta", "meta : it has 0 rows and must have one"),
        ("DELETE FROM migration WHERE number = 2", "migration : schema "),
    ];
    for (sql, expected) in rows {
        let flaws = examined_after(sql);
        assert!(flaws.iter().any(|flaw| flaw.contains(expected)), "{sql}: no `{expected}` in {flaws:#?}");
    }
}

fn target(folder: &tempfile::TempDir, name: &str) -> SqliteStore {
    SqliteStore::create_or_open(&folder.path().join(name), &[0; 32], now() + TimeDelta::days(9)).expect("a new store")
}

#[test]
fn a_copy_is_the_same_to_the_last_byte_and_again_from_there() {
    let (folder, path) = folder();
    let store = migrated(&path);
    let mut told = 0;
    let mut other = target(&folder, "other.db");
    let copied = copy(&store, &mut other, &mut |_, _| told += 1).expect("copied");
    assert_eq!(copied.len(), tables(&store.conn).len());
    assert!(copied.iter().all(|table| table.rows > 0) && told >= copied.len(), "{copied:?}");
    assert_eq!((other.secret().expect("readable"), other.generation().expect("readable")), ([7; 32], Generation(1)));
    assert!(examine(&other, &mut |_, _| {}).expect("readable").is_whole());
    let mut third = target(&folder, "third.db");
    assert_eq!(copy(&other, &mut third, &mut |_, _| {}).expect("copied back"), copied);
    let sequence = |store: &SqliteStore| -> i64 {
        store
            .conn
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'log'", [], |row| row.get(0))
            .expect("the log is numbered")
    };
    assert_eq!(sequence(&store), sequence(&third));
}

#[test]
fn a_copy_that_was_broken_off_is_gone_on_with_or_begun_anew() {
    let (folder, path) = folder();
    let store = migrated(&path);
    let whole = copy(&store, &mut target(&folder, "whole.db"), &mut |_, _| {}).expect("copied");
    for (name, change) in [("same.db", ""), ("other.db", "PRAGMA foreign_keys = OFF; UPDATE outage SET end_at = 99")] {
        let mut half = target(&folder, name);
        assert_eq!(half.make_room().expect("empty"), Room::Empty);
        for table in store.tables().expect("readable") {
            let mut rows = store.rows(&table, None).expect("readable");
            let last = table.name == "revision";
            if last {
                rows.truncate(1);
            }
            half.put_rows(&table, &rows).expect("written");
            if last {
                break;
            }
        }
        half.conn.execute_batch(change).expect("good SQL");
        drop(half);
        let mut half = target(&folder, name);
        assert_eq!(copy(&store, &mut half, &mut |_, _| {}).expect("copied"), whole, "{name}");
        assert!(examine(&half, &mut |_, _| {}).expect("readable").is_whole());
    }
}

#[test]
fn nothing_is_copied_over_what_is_kept() {
    let (folder, path) = folder();
    let store = migrated(&path);
    let mut full = target(&folder, "full.db");
    copy(&store, &mut full, &mut |_, _| {}).expect("copied");
    let error = copy(&store, &mut full, &mut |_, _| {}).expect_err("it is taken");
    assert!(matches!(error, StoreError::NotEmpty { .. }), "{error}");
    full.clear().expect("nothing to do");
    assert_eq!(full.generation().expect("readable"), Generation(1), "only what was broken off is cleared");
    let mut older = target(&folder, "older.db");
    older.conn.execute_batch("ALTER TABLE outage DROP COLUMN end_at").expect("good SQL");
    let error = copy(&store, &mut older, &mut |_, _| {}).expect_err("of another schema");
    assert!(matches!(&error, StoreError::CopyDiffers { table, .. } if table == "outage"), "{error}");
}

#[test]
fn pages_are_copied_as_they_were_at_the_start_while_others_write() {
    let (folder, path) = folder();
    drop(migrated(&path));
    let other = Connection::open(&path).expect("opened");
    for _ in 0..40 {
        other
            .execute("INSERT INTO log (at, who, what, subject) VALUES (0, 'a', hex(zeroblob(500000)), 'b')", [])
            .expect("written");
    }
    let before: i64 = other.query_row("SELECT count(*) FROM log", [], |row| row.get(0)).expect("counted");
    let copied = folder.path().join("copied.db");
    let mut steps = 0;
    let reader = SqliteStore::open_read_only(&path).expect("opened");
    reader
        .copy_pages(&copied, &mut |_, _| {
            steps += 1;
            other
                .execute("INSERT INTO log (at, who, what, subject) VALUES (0, 'late', '', 'b')", [])
                .expect("not held up");
        })
        .expect("copied");
    assert!(steps > 1, "the file is larger than one step");
    assert!(!folder.path().join("copied.db-wal").exists());
    let copy = SqliteStore::open_read_only(&copied).expect("opened");
    let after: i64 = copy.conn.query_row("SELECT count(*) FROM log", [], |row| row.get(0)).expect("counted");
    assert_eq!(after, before);
    assert!(!folder.path().join("copied.db-wal").exists(), "a backup is one file, also after it was read");
}

#[test]
fn a_store_that_somebody_has_open_is_not_put_away() {
    let (_folder, path) = folder();
    let store = migrated(&path);
    store.generation().expect("readable");
    let error = SqliteStore::put_together(&path).expect_err("it is in use");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(store);
    SqliteStore::put_together(&path).expect("nobody has it");
    assert_eq!(SqliteStore::schema_at(&path).expect("readable"), migrate::newest());
}
