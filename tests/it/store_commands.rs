//! `inwindow store`: migrations, examination, backup, restoring and copies, as they are typed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use crate::cli::{NOW, Place, Ran};

/// The same folder with another data folder.
fn with_data(place: &Place, data: &str, args: &[&str]) -> Ran {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_inwindow"));
    command.current_dir(place.path("")).env_clear().env("INWINDOW_CLOCK", NOW).env("USER", "ada");
    Ran::of(command.args(["--data", data]).args(args).stdin(Stdio::null()))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

/// Every table of a store with the sum of its rows, by way of a copy.
fn sums(place: &Place, data: &str, copy: &str) -> Value {
    json(&with_data(place, data, &["store", "copy", "--to", copy, "-o", "json"]).ends(0))["tables"].clone()
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).expect("opened").execute_batch(sql).expect("good SQL");
}

#[test]
fn a_store_is_examined() {
    let place = Place::with_an_announcement();
    let whole = place.run(&["store", "check"]).ends(0);
    assert!(whole.text().starts_with("TABLE"), "{}", whole.text());
    assert!(whole.text().ends_with(" tables, nothing is wrong\n"), "{}", whole.text());
    assert_eq!(whole.stderr, "", "progress goes to a terminal alone");
    let document = json(&place.run(&["store", "check", "-o", "json"]).ends(0));
    assert_eq!((&document["whole"], &document["flaws"]), (&true.into(), &serde_json::json!([])));
    sql(&place.path("data/inwindow.db"), "UPDATE message SET contact = 'x' || contact");
    place.run(&["store", "check"]).ends(1).says("message  msg-").says("26 things are wrong");
    let flaws = place.rows(&["store", "check"]);
    assert_eq!((flaws.len(), flaws[0]["table"].as_str()), (26, Some("message")));
    Place::new().run(&["store", "check"]).ends(4).says("there is no store at data/inwindow.db");
}

#[test]
fn a_backup_is_restored_elsewhere_and_is_the_same() {
    let place = Place::with_an_announcement();
    place.run(&["store", "backup", "b.db"]).ends(0).says("wrote b.db (");
    assert!(!place.path("b.db.partial").exists() && !place.path("b.db-wal").exists());
    let bytes = fs::read(place.path("b.db")).expect("there");
    place.run(&["store", "backup", "b.db"]).gives(
        2,
        "",
        "inwindow: b.db is there already\nhelp: name another file; nothing was written\n",
    );
    assert_eq!(fs::read(place.path("b.db")).expect("there"), bytes);
    place.run(&["store", "backup", "--replace", "b.db"]).ends(0);
    place.run(&["store", "backup", "."]).ends(2).says(". is a folder");
    place.run(&["store", "backup", "--replace", "data/inwindow.db"]).ends(2).says("is the store itself");
    place.run(&["store", "backup", "nowhere/b.db"]).ends(4).says("cannot write `nowhere/b.db.partial`");

    with_data(&place, "new", &["store", "restore", "b.db"]).ends(0).says("new/inwindow.db is b.db now: ");
    assert_eq!(sums(&place, "new", "c1.db"), sums(&place, "data", "c2.db"));
    with_data(&place, "new", &["store", "restore", "b.db"]).gives(
        2,
        "",
        "inwindow: the store new/inwindow.db holds something already\n\
         help: --replace puts the backup in its place, and keeps what is there beside it\n",
    );
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_a_backup() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_an_announcement();
    place.run(&["store", "backup", "b.db"]).ends(0);
    assert_eq!(fs::metadata(place.path("b.db")).expect("there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_store_that_is_replaced_is_kept() {
    let place = Place::with_an_announcement();
    place.run(&["store", "backup", "b.db"]).ends(0);
    let before = place.stored();
    place.run(&["outbox", "approve", "--all"]).ends(0);
    let approved = place.stored();
    assert_ne!(approved, before);
    let restored = place.run(&["store", "restore", "--replace", "b.db"]).ends(0);
    let kept = "data/inwindow.db.before-20170313T101500Z";
    assert!(restored.text().ends_with(&format!("what was there before is kept as {kept}\n")), "{}", restored.text());
    assert_eq!(place.stored(), before);
    // Once more within the same second: what was kept is not overwritten.
    place.run(&["store", "restore", "--replace", "b.db"]).ends(2).says("is there already");
    assert_eq!(place.stored(), before);
    fs::remove_file(place.path("data/inwindow.db")).expect("removed");
    fs::rename(place.path(kept), place.path("data/inwindow.db")).expect("put back");
    assert_eq!(place.stored(), approved);
}

#[test]
fn what_is_due_by_a_restored_store_is_told() {
    let place = Place::with_an_announcement();
    place.run(&["outbox", "approve", "--all"]).ends(0);
    place.run(&["store", "backup", "b.db"]).ends(0);
    place.run(&["send"]).ends(0);
    place
        .run(&["store", "restore", "--replace", "b.db"])
        .ends(0)
        .says("due by this store; what went out since the backup would go again: `inwindow outbox list`");
}

#[test]
fn a_store_in_use_is_not_replaced() {
    let place = Place::with_an_announcement();
    place.run(&["store", "backup", "b.db"]).ends(0);
    let before = place.stored();
    let open = Connection::open(place.path("data/inwindow.db")).expect("opened");
    open.query_row("SELECT count(*) FROM notice", [], |_| Ok(())).expect("read");
    place
        .run(&["store", "restore", "--replace", "b.db"])
        .ends(4)
        .says("the store data/inwindow.db is locked by another process");
    assert_eq!(place.stored(), before);
    assert!(!place.path("data/inwindow.db.partial").exists());
}

#[test]
fn only_a_whole_backup_is_put_in_place() {
    let place = Place::with_an_announcement();
    place.run(&["store", "backup", "good.db"]).ends(0);
    let before = place.store_bytes();
    let changed = |name: &str, change: &str| {
        fs::copy(place.path("good.db"), place.path(name)).expect("copied");
        sql(&place.path(name), change);
    };
    changed("flawed.db", "DELETE FROM planned_window");
    changed("newer.db", "PRAGMA user_version = 999");
    place.write("text.db", "not a store, and long enough to be looked at by a database. ".repeat(20));
    place.write("short.db", &fs::read(place.path("good.db")).expect("there")[..20_000]);
    for (name, status, words) in [
        ("flawed.db", 1, "nothing was changed: the backup is not whole (1 thing is wrong)"),
        ("newer.db", 4, "the store newer.db has schema 999; this release knows schemas up to "),
        ("text.db", 4, "text.db is no store of inwindow"),
        ("short.db", 4, "damaged"),
        ("missing.db", 4, "there is no store at missing.db"),
    ] {
        place.run(&["store", "restore", "--replace", name]).ends(status).says(words);
        assert_eq!(place.store_bytes(), before, "{name}");
        assert!(!place.path("data/inwindow.db.partial").exists(), "{name}");
    }
    // What is wrong with the store is not made the only backup there is.
    sql(&place.path("data/inwindow.db"), "DELETE FROM planned_window");
    let good = fs::read(place.path("good.db")).expect("there");
    place.run(&["store", "backup", "--replace", "good.db"]).ends(1).says("nothing was written: the store is not whole");
    assert_eq!(fs::read(place.path("good.db")).expect("there"), good);
    // A damaged store is what a backup is for.
    place.write("data/inwindow.db", "rubbish ".repeat(2000));
    place.run(&["store", "restore", "good.db"]).ends(2);
    place.run(&["store", "restore", "--replace", "good.db"]).ends(0);
    place.run(&["store", "check"]).ends(0);
}

#[test]
fn a_copy_is_a_store_of_its_own() {
    let place = Place::with_an_announcement();
    fs::create_dir(place.path("other")).expect("made");
    let copied = place.run(&["store", "copy", "--to", "other/inwindow.db"]).ends(0);
    assert!(copied.text().ends_with("into other/inwindow.db; both sides are equal\n"), "{}", copied.text());
    assert_eq!(sums(&place, "other", "c1.db"), sums(&place, "data", "c2.db"));
    place.run(&["store", "copy", "--to", "other/inwindow.db"]).ends(2).says("is there already");
    with_data(&place, "other", &["store", "check"]).ends(0);
}

/// A store with enough in it that a copy takes a while.
fn large(place: &Place, notices: usize) {
    let mails: String = (0..notices)
        .map(|number| {
            format!("From x@y.example Mon Mar 13 09:12:40 2017\nSubject: {number}\n\n{}\n\n", "word ".repeat(2000))
        })
        .collect();
    place.write("many.mbox", mails);
    place.run(&["import", "many.mbox", "-o", "ndjson"]);
}

/// Starts a command and kills it after so many milliseconds; whether it was still running.
fn killed_after(place: &Place, args: &[&str], millis: u64) -> bool {
    let mut command = place.command(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let (_never, nothing) = channel::<()>();
    let _ = nothing.recv_timeout(Duration::from_millis(millis));
    let running = child.try_wait().expect("asked").is_none();
    child.kill().expect("killed");
    child.wait().expect("gone");
    running
}

#[test]
fn killed_at_any_moment_a_backup_and_a_copy_are_whole_or_not_there() {
    let place = Place::with_an_announcement();
    large(&place, 300);
    let mut killed = 0;
    for round in 0..12 {
        for (args, file) in [
            (["store", "backup", "--replace", "b.db"].as_slice(), "b.db"),
            (&["store", "copy", "--to", "c.db"], "c.db"),
        ] {
            killed += usize::from(killed_after(&place, args, 5 + 12 * round));
            if place.path(file).exists() {
                let whole: String = Connection::open(place.path(file))
                    .expect("opened")
                    .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                    .expect("readable");
                assert_eq!(whole, "ok", "{file} in round {round}");
            }
        }
    }
    assert!(killed > 0, "none was still running");
    place.run(&["store", "backup", "--replace", "b.db"]).ends(0);
    if !place.path("c.db").exists() {
        place.run(&["store", "copy", "--to", "c.db"]).ends(0);
    }
    with_data(&place, "of-b", &["store", "restore", "b.db"]).ends(0);
    with_data(&place, "of-c", &["store", "restore", "c.db"]).ends(0);
    let own = sums(&place, "data", "s1.db");
    assert_eq!((&sums(&place, "of-b", "s2.db"), &sums(&place, "of-c", "s3.db")), (&own, &own));
    assert!(!place.path("b.db.partial").exists() && !place.path("c.db.partial").exists());
}

/// A store as the first release made it, with a review of so many notices, which a later migration writes anew.
pub fn of_the_first_release(place: &Place, notices: i64) {
    fs::create_dir_all(place.path("data")).expect("made");
    let store = Connection::open(place.path("data/inwindow.db")).expect("made");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("readable");
    store.execute_batch(&read("src/store/migrations/sqlite/0001_foundation.sql")).expect("good SQL");
    store
        .execute_batch(
            "INSERT INTO meta (only_row, secret, created_at, generation) VALUES (1, zeroblob(32), 0, 0);
             INSERT INTO migration (number, name, applied_at) VALUES (1, 'foundation', 0);
             PRAGMA user_version = 1; PRAGMA journal_mode = WAL;",
        )
        .expect("good SQL");
    store.execute_batch(&read("tests/cases/store/0001.sql")).expect("good SQL");
    let fill = format!(
        "CREATE TEMP TABLE n AS
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {notices}) SELECT x FROM n;
         INSERT INTO notice (id, sha256, received_at, document, reading)
         SELECT 'n-' || x, 'sum-' || x, x, old.document, old.reading FROM n, notice AS old WHERE old.id = 'n-5da0ac40d10e';
         INSERT INTO review (notice, received_at, vendor, reasons, state)
         SELECT 'n-' || x, x, 'dc-ams', '[\"one reason\", \"another\"]', 'open' FROM n;"
    );
    store.execute_batch(&fill).expect("good SQL");
}

#[test]
fn an_old_store_is_brought_up_to_date_and_says_so() {
    let place = Place::new();
    of_the_first_release(&place, 3);
    let error = place.run(&["list", "notices"]).ends(4);
    assert!(error.stderr.ends_with("help: run `inwindow store migrate` once\n"), "{}", error.stderr);
    let first = json(&place.run(&["store", "migrate", "-o", "json"]).ends(0));
    assert_eq!((first["from"].as_u64(), first["store"].as_str()), (Some(1), Some("data/inwindow.db")));
    let newest = first["to"].as_u64().expect("a number");
    place.run(&["store", "migrate"]).gives(
        0,
        &format!("the store data/inwindow.db has schema {newest}, which is the one of this release\n"),
        "",
    );
    sql(&place.path("data/inwindow.db"), "PRAGMA user_version = 999");
    place.run(&["store", "migrate"]).gives(
        4,
        "",
        &format!(
            "inwindow: the store data/inwindow.db has schema 999; this release knows schemas up to {newest}\n\
             help: use the release that wrote it, or a newer one\n"
        ),
    );
}

#[test]
fn killed_while_it_migrates_the_next_start_goes_on() {
    let place = Place::new();
    let rows: i64 = 60_000;
    of_the_first_release(&place, rows);
    let (mut killed, mut seen) = (0, std::collections::BTreeSet::new());
    for round in 0..40 {
        killed += usize::from(killed_after(&place, &["store", "migrate"], 2 + 5 * round));
        let store = Connection::open(place.path("data/inwindow.db")).expect("opened");
        let version: i64 = store.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("readable");
        let recorded: i64 =
            store.query_row("SELECT max(number) FROM migration", [], |row| row.get(0)).expect("readable");
        assert_eq!(version, recorded, "a step is done with its record or not at all");
        let kept: i64 = store.query_row("SELECT count(*) FROM review", [], |row| row.get(0)).expect("readable");
        assert_eq!(kept, rows + 1, "nothing is lost at schema {version}");
        seen.insert(version);
    }
    assert!(killed > 0, "none was still running");
    let migrated = json(&place.run(&["store", "migrate", "-o", "json"]).ends(0));
    assert!(seen.iter().all(|version| Some(*version) <= migrated["to"].as_i64()), "{seen:?} {migrated}");
    let reasons: String = Connection::open(place.path("data/inwindow.db"))
        .expect("opened")
        .query_row("SELECT reasons FROM review WHERE received_at = 7", [], |row| row.get(0))
        .expect("readable");
    assert_eq!(reasons, r#"[{"told":"one reason"},{"told":"another"}]"#);
}

#[test]
fn a_locked_store_is_named_once_the_patience_is_over() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    let before = place.stored();
    let other = Connection::open(place.path("data/inwindow.db")).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    place.run(&["import", "notices/dc-ams-announcement.eml"]).ends(4).says(
        "inwindow: the store data/inwindow.db is locked by another process\n\
         help: wait until the other process is done, or end it\n",
    );
    // Who only looks is not held up, and a backup is a look.
    assert_eq!(place.stored(), before);
    place.run(&["store", "check"]).ends(0);
    place.run(&["store", "backup", "b.db"]).ends(0);
    other.execute_batch("COMMIT").expect("unlocked");
    place.run(&["import", "notices/dc-ams-announcement.eml"]).ends(0);
}
