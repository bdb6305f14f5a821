//! Sample rows of every migration, on a real PostgreSQL: migrated there, copied there, and copied back.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use rusqlite::Connection;

use crate::names::Digest;
use crate::store::postgres::column::FREE;
use crate::store::postgres::line::{Access, Line};
use crate::store::postgres::{PostgresAddress, PostgresStore, migrate};
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::tests::{SAMPLE_ROWS, folder, migrated, now};
use crate::store::{
    BATCH_BYTES, Changes, CopiedTable, Generation, LogEntry, Room, RowsDigest, Store, StoreError, Table, Tables, Value,
    copy, examine,
};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A schema that nobody else uses, in the database that `tests/servers/up` made.
pub(super) struct Schema {
    name: String,
    pub(super) address: PostgresAddress,
}

impl Schema {
    pub(super) fn new() -> Self {
        let name = format!("lib_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let base = std::env::var("INWINDOW_TEST_POSTGRES").expect("INWINDOW_TEST_POSTGRES: see tests/run");
        let address = |url: &str| PostgresAddress::parse(url).expect("an address");
        do_sql(&address(&base), &format!("CREATE SCHEMA {name}"));
        Self { address: address(&format!("{base}?options=-csearch_path%3D{name}")), name }
    }

    fn sql(&self, statements: &str) {
        do_sql(&self.address, statements);
    }

    /// To be copied into.
    fn target(&self) -> PostgresStore {
        PostgresStore::open_to_copy_into(&self.address, &[1; 32], now() + TimeDelta::days(9)).expect("opened")
    }

    /// A store of the newest schema, in which every migration met the sample rows of SQLite.
    pub(super) fn migrated(&self) -> PostgresStore {
        let line = Line::new(&self.address, Access::Write, now()).expect("a line");
        for (migration, (number, rows)) in migrate::ALL.iter().zip(SAMPLE_ROWS) {
            assert_eq!(migration.number, *number);
            let one = std::slice::from_ref(migration);
            line.migrate(|session| migrate::bring_up(session, one, &[7; 32], now())).expect("applied");
            line.migrate(|session| session.batch(&as_postgres_has_it(rows))).expect("the sample rows fit");
        }
        PostgresStore::open_existing(&self.address, now()).expect("up to date")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.sql(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

fn do_sql(address: &PostgresAddress, statements: &str) {
    let line = Line::new(address, Access::Write, now()).expect("a line");
    line.migrate(|session| session.batch(statements)).expect("good SQL");
}

/// Sample rows in PostgreSQL's words. Bytes are written in another way; numbers that rows state are given to none again;
/// and what reasons of review once were, no release ever wrote into PostgreSQL: there they are as migration 3 makes them.
fn as_postgres_has_it(rows: &str) -> String {
    let bytes = regex::Regex::new("X'([0-9A-F]*)'").expect("a pattern");
    let rows = bytes.replace_all(rows, r"'\x$1'");
    let words = "[\"the zone `MST` is not explained by the vendor''s profile\"]";
    let rows = rows.replace(words, &words.replace('[', "[{\"told\":").replace(']', "}]"));
    let goes_on = |table: &str| {
        let number = format!("(SELECT max(number) FROM {table} HAVING max(number) > 0)");
        format!("SELECT setval(pg_get_serial_sequence('{table}', 'number'), {number});")
    };
    let numbered =
        ["log", "checklist_word"].into_iter().filter(|table| rows.contains(&format!("INTO {table} (number")));
    let numbered: String = numbered.map(goes_on).collect();
    rows + &numbered
}

/// The sum of each table.
fn sums(store: &dyn Tables) -> Vec<(String, u64, Digest)> {
    let sum = |table: &Table| {
        let mut digest = RowsDigest::default();
        let each = table.each_row::<StoreError>(store, |row| {
            digest.add(&row);
            Ok(())
        });
        each.expect("readable");
        (table.name.clone(), digest.rows(), digest.sha256())
    };
    store.tables().expect("readable").iter().map(sum).collect()
}

fn file(folder: &Path, name: &str) -> SqliteStore {
    SqliteStore::create_or_open(&folder.join(name), &[0; 32], now() + TimeDelta::days(9)).expect("a new store")
}

fn copied(source: &dyn Tables, target: &mut dyn Tables) -> Vec<CopiedTable> {
    copy(source, target, &mut |_, _| {}).expect("copied")
}

#[test]
fn every_migration_comes_to_the_same_rows_in_both_databases() {
    let schema = Schema::new();
    let (_folder, path) = folder();
    let (ours, theirs) = (schema.migrated(), migrated(&path));
    assert_eq!(sums(&ours), sums(&theirs));
    assert!(sums(&ours).iter().all(|(_, rows, _)| *rows > 0), "a table has no sample row");
    assert_eq!(examine(&ours, &mut |_, _| {}).expect("readable").flaws, []);
    let tables = ours.tables().expect("readable");
    for (name, columns) in FREE {
        let table = tables.iter().find(|table| table.name == *name).expect("a table that is there");
        assert!(columns.iter().all(|column| table.columns.iter().any(|there| there == column)), "{name}: {columns:?}");
    }
}

#[test]
fn a_store_goes_into_a_database_and_back_without_loss() {
    let (schema, (folder, path)) = (Schema::new(), folder());
    drop(migrated(&path));
    let odd = "a\0b\u{E000}0\u{E000}E";
    let conn = Connection::open(&path).expect("opened");
    conn.execute("INSERT INTO log (at, who, what, subject) VALUES (0, ?1, ?1, ?1)", [odd]).expect("written");
    conn.execute("UPDATE source SET error = ?1 WHERE name = 'old'", [odd]).expect("written");
    // A document is kept as it is, whatever is in it.
    conn.execute("UPDATE finding SET document = replace(document, 'cords', '\u{E000}0')", []).expect("written");
    let store = SqliteStore::open_read_only(&path).expect("opened");

    let mut database = schema.target();
    let there = copied(&store, &mut database);
    assert!(there.iter().all(|table| table.rows > 0), "{there:?}");
    assert_eq!(database.secret().expect("readable"), [7; 32]);
    assert_eq!(database.log(9).expect("readable"), store.log(9).expect("readable"));
    assert_eq!(database.findings().expect("readable"), store.findings().expect("readable"));
    assert_eq!(database.sources().expect("readable"), store.sources().expect("readable"));
    assert_eq!(examine(&database, &mut |_, _| {}).expect("readable").flaws, []);
    drop(database);
    assert_eq!(copied(&schema.target_of_reading(), &mut file(folder.path(), "back.db")), there);

    // It is a store that goes on: the next line of the log gets the next number.
    let mut database = PostgresStore::open_existing(&schema.address, now()).expect("a store");
    let entry = LogEntry { at: now(), who: "a".into(), what: "b".into(), subject: "c".into() };
    let changes = Changes { log: vec![entry.clone()], ..Changes::default() };
    database.commit(Generation(1), &changes, now()).expect("written");
    assert_eq!(database.log(1).expect("readable"), [entry]);
}

impl Schema {
    fn target_of_reading(&self) -> PostgresStore {
        PostgresStore::open_read_only(&self.address).expect("a store")
    }
}

/// Rows of every table up to `last` of whose rows there is one; then the process was killed.
fn broken_off(store: &dyn Tables, half: &mut PostgresStore, last: &str) {
    assert_eq!(half.make_room().expect("empty"), Room::Empty);
    for table in store.tables().expect("readable") {
        let mut rows = store.rows(&table, None).expect("readable");
        if table.name == last {
            rows.truncate(1);
        }
        half.put_rows(&table, &rows).expect("written");
        if table.name == last {
            return;
        }
    }
}

#[test]
fn a_copy_that_was_broken_off_is_no_store_and_is_gone_on_with() {
    let (_folder, path) = folder();
    let store = migrated(&path);
    for change in ["", "UPDATE outage SET end_at = 99"] {
        let schema = Schema::new();
        broken_off(&store, &mut schema.target(), "revision");
        schema.sql(change);
        for opened in [
            PostgresStore::open_read_only(&schema.address),
            PostgresStore::open_existing(&schema.address, now()),
            PostgresStore::create_or_open(&schema.address, &[1; 32], now()),
        ] {
            let error = opened.expect_err("no store");
            assert!(matches!(error, StoreError::CopyUnfinished { .. }), "{error}");
        }
        let there = copied(&store, &mut schema.target());
        assert_eq!(sums(&schema.target_of_reading()).len(), there.len());
        assert_eq!(examine(&schema.target_of_reading(), &mut |_, _| {}).expect("readable").flaws, []);
        assert_eq!(sums(&schema.target_of_reading()), sums(&store), "after `{change}`");
    }
}

#[test]
fn nothing_is_copied_over_what_is_kept() {
    let (_folder, path) = folder();
    let (store, schema) = (migrated(&path), Schema::new());
    copied(&store, &mut schema.target());
    let error = copy(&store, &mut schema.target(), &mut |_, _| {}).expect_err("it is taken");
    assert!(matches!(error, StoreError::NotEmpty { .. }), "{error}");
    let mut full = schema.target();
    full.clear().expect("nothing to do");
    assert_eq!(full.generation().expect("readable"), Generation(1), "only what was broken off is cleared");
    for (change, expected) in [
        ("DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)", "NotEmpty"),
        ("INSERT INTO migration VALUES (999, 'later', 0)", "NewerSchema"),
        ("COMMENT ON TABLE meta IS 'inwindow copy, begun with schema 1'", "CopyUnfinished"),
        ("COMMENT ON TABLE meta IS NULL", "NotAStore"),
    ] {
        schema.sql(change);
        let error = PostgresStore::open_to_copy_into(&schema.address, &[1; 32], now()).expect_err(change);
        assert!(format!("{error:?}").starts_with(expected), "{change}: {error:?}");
    }
}

#[test]
fn a_database_is_read_as_it_was_at_the_start_while_others_write() {
    let schema = Schema::new();
    let mut other = schema.migrated();
    let reader = schema.target_of_reading();
    reader.stand_still().expect("a snapshot");
    let entry = LogEntry { at: now(), who: "a".into(), what: "late".into(), subject: "c".into() };
    other.commit(Generation(1), &Changes { log: vec![entry], ..Changes::default() }, now()).expect("not held up");
    assert_eq!(other.log(9).expect("readable").len(), 4);
    assert_eq!(reader.log(9).expect("readable").len(), 3);
}

#[test]
fn rows_come_in_the_order_of_their_keys_and_not_too_much_at_once() {
    let schema = Schema::new();
    let store = schema.migrated();
    schema.sql("ALTER TABLE raw DISABLE TRIGGER USER");
    schema.sql(
        "INSERT INTO notice (id, sha256, received_at, document, reading) SELECT 'n-' || n, '', 0, '', '' \
                FROM generate_series(1, 5) n",
    );
    let third = BATCH_BYTES / 3;
    schema.sql(&format!(
        "INSERT INTO raw SELECT number, decode(repeat('00', {third}), 'hex') FROM notice WHERE sha256 = ''"
    ));
    let raw = store.tables().expect("readable").into_iter().find(|table| table.name == "raw").expect("there");
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let rows = store.rows(&raw, after.as_deref()).expect("readable");
        let Some(last) = rows.last() else { break };
        after = Some(raw.key_of(last).to_vec());
        seen.push(rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>());
    }
    let numbers: Vec<Vec<i64>> = seen
        .iter()
        .map(|rows| rows.iter().map(|value| if let Value::Integer(number) = value { *number } else { -1 }).collect())
        .collect();
    // The sample rows are short; three thirds are as much as is read at once.
    assert_eq!(numbers, [vec![1, 2, 3, 4, 5], vec![6, 7]]);
}

#[test]
fn what_was_changed_behind_its_back_is_found() {
    for (sql, expected) in [
        (
            "ALTER TABLE raw DISABLE TRIGGER USER; UPDATE raw SET bytes = 'other' \
             WHERE notice = (SELECT number FROM notice WHERE id = 'n-5da0ac40d10e')",
            "notice n-5da0ac40d10e: length of its bytes is",
        ),
        (
            "ALTER TABLE claim_step DISABLE TRIGGER USER, DROP CONSTRAINT claim_step_outage_fkey; \
             UPDATE claim_step SET outage = 'o-gone'; ALTER TABLE claim_step ADD FOREIGN KEY (outage) \
             REFERENCES outage (id) NOT VALID",
            "1 row of claim_step names a row of outage that is not there",
        ),
        ("UPDATE message SET contact = 'x@y.example' WHERE id = 'msg-5f0c2e3e75f7'", "message msg-5f0c2e3e75f7: id is"),
        (
            "SELECT setval(pg_get_serial_sequence('log', 'number'), 2)",
            "the next row of log would get a number that one has",
        ),
        ("UPDATE meta SET generation = 0", "meta 1: generation is 0, though something is known"),
        ("DELETE FROM migration WHERE number = 2", "migration : schema "),
    ] {
        let schema = Schema::new();
        let store = schema.migrated();
        schema.sql(sql);
        let examined = examine(&store, &mut |_, _| {}).expect("readable");
        let flaws: Vec<String> =
            examined.flaws.iter().map(|flaw| format!("{} {}: {}", flaw.table, flaw.row, flaw.what)).collect();
        assert!(flaws.iter().any(|flaw| flaw.contains(expected)), "{sql}: no `{expected}` in {flaws:#?}");
    }
}
