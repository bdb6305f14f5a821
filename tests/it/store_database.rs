//! `inwindow store` where one side is a PostgreSQL database: copies both ways, backup, restoring and examination.

use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use crate::cli::{Place, Ran};
use crate::postgres::Schema;

/// A command on the database.
fn command(place: &Place, schema: &Schema, args: &[&str]) -> Command {
    let mut command = place.command(args);
    command.env("INWINDOW_STORE", schema.url());
    command
}

fn on(place: &Place, schema: &Schema, args: &[&str]) -> Ran {
    Ran::of(&mut command(place, schema, args))
}

/// The tables of a copy, each with its sum.
fn tables(ran: &Ran) -> Value {
    let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    document["tables"].clone()
}

/// A store with something of most kinds.
fn full() -> Place {
    let place = Place::with_an_announcement();
    place.run(&["outbox", "approve", "--all"]).ends(0);
    place.run(&["send"]).ends(0);
    place.run(&["outage", "open", "plus-01", "--start", "2017-03-12T19:00:00Z"]).ends(0);
    place
}

#[test]
fn a_store_is_copied_into_a_database_and_back_and_nothing_differs() {
    let (place, schema) = (full(), Schema::new());
    let url = schema.url();
    let there = place.run(&["store", "copy", "--to", &url, "-o", "json"]).ends(0);
    let back = on(&place, &schema, &["store", "copy", "--to", "back.db", "-o", "json"]).ends(0);
    let beside = place.run(&["store", "copy", "--to", "beside.db", "-o", "json"]).ends(0);
    assert_eq!((tables(&there), tables(&back)), (tables(&beside), tables(&beside)));
    on(&place, &schema, &["store", "check"]).ends(0).says("nothing is wrong");
    let listed = |ran: Ran| ran.ends(0).text();
    for list in [["list", "messages"], ["list", "maintenances"], ["list", "outages"]] {
        assert_eq!(listed(on(&place, &schema, &list)), listed(place.run(&list)));
    }
    // From one database into another.
    let other = Schema::new();
    let again = on(&place, &schema, &["store", "copy", "--to", &other.url(), "-o", "json"]).ends(0);
    assert_eq!(tables(&again), tables(&beside));
}

#[test]
fn a_copy_into_a_database_that_is_taken_is_refused() {
    let (place, schema) = (full(), Schema::new());
    let url = schema.url();
    place.run(&["store", "copy", "--to", &url]).ends(0).says(&format!("rows into {url}; both sides are equal\n"));
    place.run(&["store", "copy", "--to", &url]).ends(4).says("holds something already").says("nothing was written");
    on(&place, &schema, &["store", "copy", "--to", &url]).ends(2).says("is the store itself");
    schema.sql("INSERT INTO migration VALUES (999, 'later', 0)");
    place.run(&["store", "copy", "--to", &url]).ends(4).says("has schema 999; this release knows schemas up to ");
    on(&place, &schema, &["store", "check"]).ends(4).says("has schema 999");
    let foreign = Schema::new();
    foreign.sql("CREATE TABLE orders (id bigint)");
    place.run(&["store", "copy", "--to", &foreign.url()]).ends(4).says("is no store of inwindow");
    let nobody = "postgres://ann:secret@127.0.0.1:1/inwindow";
    place.run(&["store", "copy", "--to", nobody]).ends(4).says("cannot be reached").never_says("secret");
    let unknown = "mysql://db.example/inwindow";
    place.run(&["store", "copy", "--to", unknown]).ends(2).says("is no address of a PostgreSQL database");
}

#[test]
fn a_backup_of_a_database_is_a_file_and_is_restored_into_either() {
    let (place, schema) = (full(), Schema::new());
    place.run(&["store", "copy", "--to", &schema.url()]).ends(0);
    on(&place, &schema, &["store", "backup", "b.db"]).ends(0).says("wrote b.db (");
    on(&place, &schema, &["store", "backup", "b.db"]).ends(2).says("b.db is there already");
    assert!(!place.path("b.db.partial").exists());
    let own = tables(&place.run(&["store", "copy", "--to", "own.db", "-o", "json"]).ends(0));

    // What holds something is left alone, with and without --replace.
    on(&place, &schema, &["store", "restore", "b.db"]).ends(2).says("holds something already").says("CREATE SCHEMA");
    on(&place, &schema, &["store", "restore", "--replace", "b.db"])
        .ends(2)
        .says("--replace is for a store that is a file");
    let fresh = Schema::new();
    on(&place, &fresh, &["store", "restore", "b.db"]).ends(0).says(" is b.db now: ");
    assert_eq!(tables(&on(&place, &fresh, &["store", "copy", "--to", "c1.db", "-o", "json"]).ends(0)), own);
    assert!(!place.path("data/inwindow.db.partial").exists());

    // A store that is not whole is no backup, and one that is not whole is put nowhere.
    schema.sql("DELETE FROM planned_window");
    on(&place, &schema, &["store", "check"]).ends(1).says("the windows it is found by are not those of its revisions");
    on(&place, &schema, &["store", "backup", "--replace", "b.db"])
        .ends(1)
        .says("nothing was written: the store is not whole");
    let broken = rusqlite::Connection::open(place.path("c1.db")).expect("opened");
    broken.execute_batch("DELETE FROM planned_window").expect("good SQL");
    drop(broken);
    let empty = Schema::new();
    on(&place, &empty, &["store", "restore", "c1.db"]).ends(1).says("nothing was changed: the backup is not whole");
    on(&place, &empty, &["store", "check"]).ends(4).says("there is no store at");
    on(&place, &empty, &["store", "restore", "b.db"]).ends(0);
}

/// Whether a copy into it is on its way, or was broken off.
fn is_begun(schema: &Schema) -> bool {
    let mark = "SELECT obj_description(to_regclass('meta'), 'pg_class') LIKE 'inwindow copy%'";
    schema.try_sql(&format!("DO $$ BEGIN ASSERT ({mark}); END $$")).is_ok()
}

#[test]
fn killed_at_any_moment_a_copy_into_a_database_is_whole_or_no_store() {
    let place = full();
    let mails: String = (0..400)
        .map(|number| {
            format!("From x@y.example Mon Mar 13 09:12:40 2017\nSubject: {number}\n\n{}\n\n", "word ".repeat(2000))
        })
        .collect();
    place.write("many.mbox", mails);
    place.run(&["import", "many.mbox", "-o", "ndjson"]);
    let own = tables(&place.run(&["store", "copy", "--to", "own.db", "-o", "json"]).ends(0));
    let (_never, nothing) = channel::<()>();
    let (mut killed, mut unfinished) = (0, 0);
    let schema = Schema::new();
    for round in 0..10 {
        let mut copying = place.command(&["store", "copy", "--to", &schema.url()]);
        let mut child = copying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        // Once while the tables are made, then at moments from when it begins to copy, or goes on with that.
        while round > 0 && !is_begun(&schema) && child.try_wait().expect("asked").is_none() {
            let _ = nothing.recv_timeout(Duration::from_millis(5));
        }
        let _ = nothing.recv_timeout(Duration::from_millis(20 * round));
        killed += usize::from(child.try_wait().expect("asked").is_none());
        child.kill().expect("killed");
        child.wait().expect("gone");
        let looked = on(&place, &schema, &["store", "check"]);
        unfinished += usize::from(looked.stderr.contains("holds a copy that was broken off"));
        assert!(looked.status == Some(0) || looked.status == Some(4), "{}{}", looked.text(), looked.stderr);
    }
    assert!(killed > 0 && unfinished > 0, "killed {killed} times, broken off {unfinished} times");
    if on(&place, &schema, &["list", "notices"]).status != Some(0) {
        place.run(&["store", "copy", "--to", &schema.url()]).ends(0);
    }
    assert_eq!(tables(&on(&place, &schema, &["store", "copy", "--to", "back.db", "-o", "json"]).ends(0)), own);
}
