//! Replicas share intake: a source is read by one process at a time, and by another once that one is dead.

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::store::{Changes, SourceLease, SourceOutcome, SourceStep, SourceTurn, SqliteStore, Store, StoreError};

use crate::cli::{NOW, Place, Ran};

/// The demo's announcement in a folder that is configured as the source `drop`.
fn place() -> Place {
    let place = Place::with_demo_files();
    place.write("data/config.toml", "[[source]]\nname = \"drop\"\nkind = \"folder\"\npath = \"../notices\"\n");
    place.run(&["apply", "inventory"]).ends(0);
    place
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

/// A command so many seconds later, on a store.
type Later<'t> = &'t dyn Fn(i64, &[&str]) -> Ran;

/// Of a process that took the turn to read `drop` for five minutes and was killed.
fn a_killed_one(store: &mut dyn Store) -> SourceLease {
    match store.lease_source("drop", "the-other", now(), now() + TimeDelta::minutes(5)).expect("readable") {
        SourceTurn::Yours(lease) => lease,
        SourceTurn::Others { holder, .. } => panic!("{holder} has it"),
    }
}

fn taken_over_once_it_is_dead(store: &mut dyn Store, later: Later<'_>) {
    let lease = a_killed_one(store);
    for seconds in [0, 300, 309] {
        later(seconds, &["import", "-o", "json"]).ends(4).says("another process (the-other) is reading it");
        later(seconds, &["list", "notices"]).ends(1);
        assert!(store.sources().expect("readable").is_empty(), "that it waits is no failure of the source");
    }
    // Its turn is over, and ten seconds more, by which two clocks may differ.
    later(310, &["import"]).ends(0).says("opened m-fa5cdb766806").says("read: `drop`");
    // It was not dead after all, only slow: what it brings now is refused.
    let outcome = SourceOutcome::Complete { began_at: now() };
    let step = SourceStep { lease, place: "../notices".into(), outcome };
    let changes = Changes { sources: vec![step], ..Changes::default() };
    let error = store.commit(store.generation().expect("readable"), &changes, now()).expect_err("lost");
    assert!(matches!(error, StoreError::LostSource { .. }), "{error}");
    // Who was done with it left it to anybody.
    later(310, &["import"]).ends(0).says("1 source: nothing new");
    later(310, &["import", "--source", "drop"]).ends(0);
}

#[test]
fn a_source_of_a_killed_process_is_taken_over_on_one_file() {
    let place = place();
    let mut store = SqliteStore::open_existing(&place.path("data/inwindow.db"), now()).expect("opened");
    taken_over_once_it_is_dead(&mut store, &|seconds, args| {
        let clock = (now() + TimeDelta::seconds(seconds)).to_rfc3339();
        Ran::of(place.command(args).env("INWINDOW_CLOCK", clock))
    });
}

#[cfg(feature = "servers")]
mod in_a_database {
    use std::process::Command;

    use inwindow::store::{PostgresAddress, PostgresStore};

    use super::*;
    use crate::postgres::Schema;

    fn command(place: &Place, url: &str, args: &[&str]) -> Command {
        let mut command = place.command(args);
        command.env("INWINDOW_STORE", url);
        command
    }

    #[test]
    fn a_source_of_a_killed_process_is_taken_over() {
        let (place, schema) = (place(), Schema::new());
        Ran::of(&mut command(&place, &schema.url(), &["apply", "inventory"])).ends(0);
        let address = PostgresAddress::parse(&schema.url()).expect("an address");
        let mut store = PostgresStore::open_existing(&address, now()).expect("opened");
        taken_over_once_it_is_dead(&mut store, &|seconds, args| {
            let clock = (now() + TimeDelta::seconds(seconds)).to_rfc3339();
            Ran::of(command(&place, &schema.url(), args).env("INWINDOW_CLOCK", clock))
        });
    }

    /// The database's clock, as the program asks for it, is put off by a function of the same name in the way.
    fn put_off(schema: &Schema, seconds: i32) -> String {
        schema.sql(&format!(
            "CREATE OR REPLACE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql
             AS $$ SELECT pg_catalog.clock_timestamp() + interval '{seconds} seconds' $$"
        ));
        format!("{}%2Cpg_catalog", schema.url())
    }

    #[test]
    fn a_clock_that_is_off_is_told_and_takes_no_lease() {
        let (place, schema) = (place(), Schema::new());
        let ran = |url: &str, args: &[&str]| Ran::of(command(&place, url, args).env_remove("INWINDOW_CLOCK"));
        ran(&schema.url(), &["apply", "inventory"]).ends(0);
        for seconds in [-7, 7] {
            let url = put_off(&schema, seconds);
            for args in [["send"].as_slice(), &["import"]] {
                ran(&url, args).ends(4).says("the clock of this machine and that of the store are ");
            }
            ran(&url, &["doctor"]).ends(1).says("the clock of this machine and that of the store are ");
            // Who only looks, or writes what is not leased, is not held up.
            ran(&url, &["import", "notices/dc-ams-announcement.eml"]).says("n-8165a29e3519");
        }
        schema.sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM source_lease) = 0; END $$");
        for seconds in [-3, 3] {
            let url = put_off(&schema, seconds);
            ran(&url, &["import", "-o", "json"]).says("\"complete\"");
            ran(&url, &["send"]).never_says("the clock of this machine");
        }
    }
}
