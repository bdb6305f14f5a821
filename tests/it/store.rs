//! The store on SQLite: the suite that every implementation must pass, and what is particular to a file.

use std::fs;
use std::path::PathBuf;

use inwindow::store::{Changes, SqliteStore, Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::store_conformance;
use crate::store_fixtures::{announcement, hour, hours, maintenance, message, notice};

/// A folder, and where the store would lie in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("in window?#%.db");
    (folder, path)
}

fn fresh(path: &std::path::Path) -> SqliteStore {
    SqliteStore::create_or_open(path, &[7; 32], hour(0)).expect("a new store")
}

macro_rules! on_sqlite {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let (_folder, path) = folder();
            store_conformance::$name(&mut fresh(&path));
        })*
    };
}

store_conformance::every_promise!(on_sqlite);

/// One of nearly everything.
fn something() -> Changes {
    let new = notice("first", 1, announcement("R1", &[hours(10, 12)]));
    Changes {
        maintenances: vec![maintenance(&new)],
        notices: vec![new],
        messages: vec![message("ann@acme.example", 1)],
        ..Changes::default()
    }
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let (_folder, path) = folder();
    let mut store = fresh(&path);
    let generation =
        store.commit(store.generation().expect("readable"), &something(), hour(0)).expect("good").generation;
    drop(store);
    let other_secret = SqliteStore::create_or_open(&path, &[9; 32], hour(5)).expect("opened");
    assert_eq!(other_secret.secret().expect("readable"), [7; 32]);
    assert_eq!(other_secret.created_at().expect("readable"), hour(0));
    drop(other_secret);
    let stores = [
        SqliteStore::open_existing(&path, hour(5)).expect("opened"),
        SqliteStore::open_read_only(&path).expect("opened"),
    ];
    for store in &stores {
        assert_eq!(store.generation().expect("readable"), generation);
        assert_eq!(store.maintenances_overlapping(hours(11, 13)).expect("readable"), something().maintenances);
        assert_eq!(store.schema_version().expect("readable"), 21);
    }
}

#[test]
fn a_store_opened_for_reading_refuses_to_write() {
    let (_folder, path) = folder();
    drop(fresh(&path));
    let mut store = SqliteStore::open_read_only(&path).expect("opened");
    let generation = store.generation().expect("readable");
    let error = store.commit(generation, &something(), hour(0)).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let error = store.lease_due(hour(0), hour(1), "a", 1).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn two_open_stores_see_each_other_and_do_not_mix_their_plans() {
    let (_folder, path) = folder();
    let (mut one, mut two) = (fresh(&path), fresh(&path));
    let looked = two.generation().expect("readable");
    one.commit(looked, &something(), hour(0)).expect("first");
    let error = two.commit(looked, &something(), hour(0)).expect_err("second");
    assert!(matches!(error, StoreError::Moved { .. }), "{error}");
    assert_eq!(one.lease_due(hour(1), hour(2), "one", 9).expect("leased").len(), 1);
    assert_eq!(two.lease_due(hour(1), hour(2), "two", 9).expect("leased").len(), 0);
}

#[test]
fn many_may_create_it_at_once() {
    let (_folder, path) = folder();
    let secrets: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8_u8)
            .map(|number| {
                let path = &path;
                scope.spawn(move || {
                    let store = SqliteStore::create_or_open(path, &[number; 32], hour(0)).expect("created or opened");
                    store.secret().expect("readable")
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(secrets.iter().all(|secret| secret == &secrets[0]), "{secrets:?}");
}

#[test]
fn an_unfinished_transaction_loses_nothing() {
    let (_folder, path) = folder();
    let mut store = fresh(&path);
    store.commit(store.generation().expect("readable"), &something(), hour(0)).expect("good");
    let other = Connection::open(&path).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM message; UPDATE meta SET generation = 99").expect("written");
    drop(other);
    assert_eq!(store.generation().expect("readable").0, 1);
    assert_eq!(store.messages_of_causes(&[message("x@y.example", 0).key.cause]).expect("readable").concat().len(), 1);
}

#[test]
fn what_is_kept_for_ever_cannot_be_changed_in_sql_either() {
    let (_folder, path) = folder();
    let mut store = fresh(&path);
    let entry = inwindow::store::LogEntry { at: hour(0), who: "a".into(), what: "b".into(), subject: "c".into() };
    let changes = Changes { log: vec![entry], ..something() };
    store.commit(store.generation().expect("readable"), &changes, hour(0)).expect("good");
    let other = Connection::open(&path).expect("opened");
    for sql in [
        "UPDATE raw SET bytes = x'00'",
        "DELETE FROM raw",
        "UPDATE revision SET document = '{}'",
        "DELETE FROM revision",
        "UPDATE log SET who = 'b'",
        "DELETE FROM log",
    ] {
        let error = other.execute(sql, []).expect_err(sql);
        assert!(error.to_string().contains("never") || error.to_string().contains("append-only"), "{sql}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = folder();
    let mut store = fresh(&path);
    store.commit(store.generation().expect("readable"), &something(), hour(0)).expect("good");
    for entry in fs::read_dir(folder.path()).expect("a folder") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("readable").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

/// `kind` names the error; the path must stand in its text.
#[track_caller]
fn refused(opened: Result<SqliteStore, StoreError>, path: &std::path::Path, kind: &str) {
    let error = opened.expect_err("it cannot be opened");
    assert!(format!("{error:?}").starts_with(kind), "{kind}: {error:?}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    assert!(error.help().is_some(), "{error}");
}

#[test]
fn what_is_no_store_is_named() {
    let (folder, path) = folder();
    refused(SqliteStore::open_existing(&path, hour(0)), &path, "Missing");
    refused(SqliteStore::open_read_only(&path), &path, "Missing");
    assert!(!path.exists(), "looking creates nothing");
    let nowhere = folder.path().join("missing").join("store.db");
    refused(SqliteStore::create_or_open(&nowhere, &[7; 32], hour(0)), &nowhere, "Missing");

    fs::write(&path, b"").expect("written");
    refused(SqliteStore::open_existing(&path, hour(0)), &path, "Missing");
    refused(SqliteStore::open_read_only(&path), &path, "Missing");
    drop(SqliteStore::create_or_open(&path, &[7; 32], hour(0)).expect("an empty file is a store not yet begun"));

    for content in [&b"Not a database, but a text that is long enough to be looked at. ".repeat(20)[..], b"short"] {
        fs::write(&path, content).expect("written");
        refused(SqliteStore::open_existing(&path, hour(0)), &path, "NotAStore");
        refused(SqliteStore::open_read_only(&path), &path, "NotAStore");
        refused(SqliteStore::create_or_open(&path, &[7; 32], hour(0)), &path, "NotAStore");
        assert_eq!(fs::read(&path).expect("readable"), content, "it is not touched");
    }

    for at in [folder.path(), &nowhere] {
        fs::create_dir_all(at).expect("a folder");
        refused(SqliteStore::open_existing(at, hour(0)), at, "NotAStore");
        refused(SqliteStore::open_read_only(at), at, "NotAStore");
    }
}

#[test]
fn another_programs_database_is_left_alone() {
    let (_folder, path) = folder();
    Connection::open(&path).expect("opened").execute_batch("CREATE TABLE bookmark (url TEXT)").expect("created");
    let before = fs::read(&path).expect("readable");
    refused(SqliteStore::create_or_open(&path, &[7; 32], hour(0)), &path, "NotAStore");
    refused(SqliteStore::open_existing(&path, hour(0)), &path, "NotAStore");
    refused(SqliteStore::open_read_only(&path), &path, "NotAStore");
    assert_eq!(fs::read(&path).expect("readable"), before);
}

#[test]
fn a_newer_schema_is_refused() {
    let (_folder, path) = folder();
    drop(fresh(&path));
    Connection::open(&path).expect("opened").pragma_update(None, "user_version", 999).expect("set");
    refused(SqliteStore::create_or_open(&path, &[7; 32], hour(0)), &path, "NewerSchema { ");
    refused(SqliteStore::open_existing(&path, hour(0)), &path, "NewerSchema { ");
    refused(SqliteStore::open_read_only(&path), &path, "NewerSchema { ");
}

#[test]
fn a_damaged_file_is_named() {
    let (_folder, path) = folder();
    let mut store = fresh(&path);
    store.commit(store.generation().expect("readable"), &something(), hour(0)).expect("good");
    drop(store);
    let mut bytes = fs::read(&path).expect("readable");
    let page = 4096;
    bytes[page..].fill(0xA5);
    fs::write(&path, bytes).expect("written");
    let error = match SqliteStore::open_read_only(&path) {
        Ok(store) => store.messages(&inwindow::store::MessageFilter::default()).expect_err("damaged"),
        Err(error) => error,
    };
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_copy_without_write_ahead_log_gets_it_back() {
    let (folder, path) = folder();
    drop(fresh(&path));
    let copy = folder.path().join("copy.db");
    Connection::open(&path).expect("opened").execute("VACUUM INTO ?1", [copy.to_str()]).expect("copied");
    drop(SqliteStore::open_existing(&copy, hour(0)).expect("opened"));
    let mode: String = Connection::open(&copy)
        .expect("opened")
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .expect("readable");
    assert_eq!(mode, "wal");
}

#[test]
fn what_was_ready_on_a_system_that_came_down_may_have_gone() {
    for (second, gone) in [("b#two", true), ("b#one", false)] {
        let (_folder, path) = folder();
        let mut store = fresh(&path);
        let one = message("ann@acme.example", 1);
        let changes = Changes { messages: vec![one.clone()], ..Changes::default() };
        store.commit(store.generation().expect("readable"), &changes, hour(0)).expect("kept");
        let first = store.lease_due(hour(1), hour(2), "a#one", 1).expect("leased").pop().expect("due");
        store.ready_bytes(&[(first.hold(), b"mail")], hour(1)).expect("its own");
        // Whether it was handed over was begun lightly, and lost.
        assert_eq!(store.release(hour(2), second).expect("released"), 1);
        let taken = store.lease_due(hour(2), hour(3), second, 1).expect("leased").pop().expect("run out");
        let got = (taken.message.maybe_duplicate, taken.message.tries, taken.bytes.as_deref());
        assert_eq!(got, if gone { (true, 1, Some(&b"mail"[..])) } else { (false, 0, None) }, "{second}");
    }
}

#[test]
fn what_was_begun_lightly_is_kept_for_everybody_and_undone_as_anything() {
    let (_folder, path) = folder();
    let mut store = fresh(&path);
    let other = SqliteStore::open_existing(&path, hour(0)).expect("opened");
    let generation = store.generation().expect("readable");
    store.begin_light().expect("begun");
    store.commit(generation, &something(), hour(2)).expect("kept");
    store.undo().expect("undone");
    assert_eq!(other.generation().expect("readable"), generation);
    store.begin_light().expect("begun");
    store.commit(generation, &something(), hour(2)).expect("kept");
    store.keep().expect("kept");
    assert_ne!(other.generation().expect("readable"), generation);
}
