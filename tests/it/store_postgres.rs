//! The store on PostgreSQL: the suite that every implementation must pass, and what is particular to a database.

use inwindow::store::{Changes, PostgresAddress, PostgresStore, Store, StoreError};

use crate::postgres::Schema;
use crate::servers::setting;
use crate::store_conformance;
use crate::store_fixtures::{announcement, hour, hours, maintenance, message, notice};

fn address(schema: &Schema) -> PostgresAddress {
    PostgresAddress::parse(&schema.url()).expect("an address")
}

fn fresh(schema: &Schema) -> PostgresStore {
    PostgresStore::create_or_open(&address(schema), &[7; 32], hour(0)).expect("a new store")
}

macro_rules! on_postgres {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let schema = Schema::new();
            store_conformance::$name(&mut fresh(&schema));
        })*
    };
}

store_conformance::every_promise!(on_postgres);

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

fn commit(store: &mut PostgresStore, changes: &Changes) {
    store.commit(store.generation().expect("readable"), changes, hour(0)).expect("good");
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let schema = Schema::new();
    let mut store = fresh(&schema);
    commit(&mut store, &something());
    let generation = store.generation().expect("readable");
    drop(store);
    let other_secret = PostgresStore::create_or_open(&address(&schema), &[9; 32], hour(5)).expect("opened");
    assert_eq!(other_secret.secret().expect("readable"), [7; 32]);
    assert_eq!(other_secret.created_at().expect("readable"), hour(0));
    drop(other_secret);
    let stores = [
        PostgresStore::open_existing(&address(&schema), hour(5)).expect("opened"),
        PostgresStore::open_read_only(&address(&schema)).expect("opened"),
    ];
    for store in &stores {
        assert_eq!(store.generation().expect("readable"), generation);
        assert_eq!(store.maintenances_overlapping(hours(11, 13)).expect("readable"), something().maintenances);
        assert_eq!(store.schema_version().expect("readable"), SCHEMA);
    }
}

/// The newest one, which is SQLite's too.
const SCHEMA: u32 = 21;

#[test]
fn a_store_opened_for_reading_refuses_to_write() {
    let schema = Schema::new();
    drop(fresh(&schema));
    let mut store = PostgresStore::open_read_only(&address(&schema)).expect("opened");
    let generation = store.generation().expect("readable");
    let error = store.commit(generation, &something(), hour(0)).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let error = store.lease_due(hour(0), hour(1), "a", 1).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn two_open_stores_see_each_other_and_do_not_mix_their_plans() {
    let schema = Schema::new();
    let (mut one, mut two) = (fresh(&schema), fresh(&schema));
    let looked = two.generation().expect("readable");
    one.commit(looked, &something(), hour(0)).expect("first");
    let error = two.commit(looked, &something(), hour(0)).expect_err("second");
    assert!(matches!(error, StoreError::Moved { .. }), "{error}");
    assert_eq!(one.lease_due(hour(1), hour(2), "one", 9).expect("leased").len(), 1);
    assert_eq!(two.lease_due(hour(1), hour(2), "two", 9).expect("leased").len(), 0);
}

#[test]
fn many_may_create_it_at_once() {
    let schema = Schema::new();
    let address = address(&schema);
    let secrets: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8_u8)
            .map(|number| {
                let address = &address;
                scope.spawn(move || {
                    let store = PostgresStore::create_or_open(address, &[number; 32], hour(0));
                    store.expect("created or opened").secret().expect("readable")
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(secrets.iter().all(|secret| secret == &secrets[0]), "{secrets:?}");
}

#[test]
fn what_is_kept_for_ever_cannot_be_changed_in_sql_either() {
    let schema = Schema::new();
    let mut store = fresh(&schema);
    let entry = inwindow::store::LogEntry { at: hour(0), who: "a".into(), what: "b".into(), subject: "c".into() };
    commit(&mut store, &Changes { log: vec![entry], ..something() });
    for sql in [
        "UPDATE raw SET bytes = ''",
        "DELETE FROM raw",
        "UPDATE revision SET document = '{}'",
        "DELETE FROM revision",
        "UPDATE log SET who = 'b'",
        "DELETE FROM log",
        "TRUNCATE log",
    ] {
        let error = schema.try_sql(sql).expect_err(sql);
        assert!(error.contains("never") || error.contains("append-only"), "{sql}: {error}");
    }
}

/// `kind` names the error; the address must stand in its text.
#[track_caller]
fn refused(opened: Result<PostgresStore, StoreError>, address: &PostgresAddress, kind: &str) {
    let error = opened.expect_err("it cannot be opened");
    assert!(format!("{error:?}").starts_with(kind), "{kind}: {error:?}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(error.help().is_some(), "{error}");
}

#[test]
fn what_is_no_store_is_named() {
    let schema = Schema::new();
    let address = address(&schema);
    refused(PostgresStore::open_existing(&address, hour(0)), &address, "Missing");
    refused(PostgresStore::open_read_only(&address), &address, "Missing");
    schema.sql("CREATE TABLE meta (url TEXT)");
    refused(PostgresStore::create_or_open(&address, &[7; 32], hour(0)), &address, "NotAStore");
    refused(PostgresStore::open_existing(&address, hour(0)), &address, "NotAStore");
    refused(PostgresStore::open_read_only(&address), &address, "NotAStore");
}

#[test]
fn newer_and_older_schemas_are_refused() {
    let schema = Schema::new();
    let address = address(&schema);
    drop(fresh(&schema));
    schema.sql("INSERT INTO migration VALUES (999, 'later', 0)");
    refused(PostgresStore::create_or_open(&address, &[7; 32], hour(0)), &address, "NewerSchema { ");
    refused(PostgresStore::open_existing(&address, hour(0)), &address, "NewerSchema { ");
    refused(PostgresStore::open_read_only(&address), &address, "NewerSchema { ");
    schema.sql("DELETE FROM migration WHERE number > 1");
    refused(PostgresStore::open_read_only(&address), &address, "OlderSchema { ");
}

#[test]
fn a_database_that_is_not_there_is_told_without_a_password() {
    let url = "postgres://ann:secret@127.0.0.1:1/inwindow";
    let address = PostgresAddress::parse(url).expect("an address");
    let error = PostgresStore::open_read_only(&address).expect_err("nobody listens");
    assert_eq!(error.to_string(), "the store postgres://ann@127.0.0.1:1/inwindow cannot be reached");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn a_password_goes_through_tls_whose_certificate_is_verified() {
    let schema = Schema::new();
    drop(fresh(&schema));
    let keyed = schema.url_of(&setting("INWINDOW_TEST_POSTGRES_KEYED")) + "&sslmode=verify-full";
    let keyed = PostgresAddress::parse(&keyed).expect("an address");
    let ca = std::fs::read(setting("INWINDOW_TEST_CA")).expect("the authority's certificate");
    let password = setting("INWINDOW_TEST_POSTGRES_PASSWORD");
    let open = |address: PostgresAddress| PostgresStore::open_read_only(&address);
    let store = open(keyed.clone().with_password(&password).trusting(ca.clone())).expect("opened");
    assert_eq!(store.secret().expect("readable"), [7; 32]);
    for wrong in [
        keyed.clone().with_password(&password),
        keyed.clone().with_password("another:secret").trusting(ca.clone()),
        keyed.clone().trusting(ca.clone()),
        PostgresAddress::parse(&schema.url_of(&setting("INWINDOW_TEST_POSTGRES_KEYED")))
            .expect("an address")
            .with_password(&password),
    ] {
        let error = open(wrong).expect_err("it does not let us in");
        assert!(matches!(error, StoreError::NoEntry { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn a_connection_that_ended_is_opened_again_and_nothing_is_half_kept() {
    let schema = Schema::new();
    let mut store = fresh(&schema);
    let break_off = || {
        schema.sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE pid IN (SELECT pid FROM pg_locks WHERE relation = 'meta'::regclass) AND pid <> pg_backend_pid()",
        );
    };
    commit(&mut store, &something());
    store.begin().expect("begun");
    let generation = store.generation().expect("readable");
    store
        .commit(generation, &Changes { messages: vec![message("bob@acme.example", 2)], ..Changes::default() }, hour(0))
        .expect("good");
    break_off();
    let error = store.generation().expect_err("the transaction is gone");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    let error = store.keep().expect_err("nothing can be kept");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert_eq!(store.generation().expect("connected again"), generation);
    assert_eq!(store.messages(&inwindow::store::MessageFilter::default()).expect("readable").len(), 1);
    commit(&mut store, &Changes { messages: vec![message("bob@acme.example", 2)], ..Changes::default() });
    assert_eq!(store.messages(&inwindow::store::MessageFilter::default()).expect("readable").len(), 2);
}

#[test]
fn what_a_mail_says_is_kept_whatever_it_is() {
    let schema = Schema::new();
    let mut store = fresh(&schema);
    let mut odd = notice("odd", 1, announcement("R1", &[]));
    let long = format!("a\0b\u{E000}{}@x.example", "l".repeat(9_000));
    odd.notice.message_id = Some(long.clone());
    odd.notice.subject = Some("a\0b".into());
    let entry = inwindow::store::LogEntry { at: hour(0), who: "a\0".into(), what: long.clone(), subject: long.clone() };
    commit(&mut store, &Changes { notices: vec![odd.clone()], log: vec![entry.clone()], ..Changes::default() });
    assert_eq!(store.notices_by_message_id(&long).expect("readable"), [odd.notice]);
    assert_eq!(store.log_of(&long).expect("readable"), [entry]);
}

/// Commands as they are typed, on the database that the environment names.
#[test]
fn a_notice_walks_from_import_to_mail_in_a_database() {
    let schema = Schema::new();
    let place = crate::cli::Place::with_demo_files();
    let run = |args: &[&str]| {
        let mut command = place.command(args);
        crate::cli::Ran::of(command.env("INWINDOW_STORE", schema.url()))
    };
    run(&["apply", "--dry-run", "inventory"]).ends(0).says("nothing was stored");
    run(&["list", "windows"]).ends(4).says("there is no store at postgres://inwindow@127.0.0.1");
    run(&["apply", "inventory"]).ends(0).says("applied as version 1");
    run(&["import", "notices/dc-ams-announcement.eml"]).ends(0).says("opened m-fa5cdb766806 (DCA-2017-031)");
    run(&["import", "notices/dc-ams-announcement.eml"]).ends(0).says("known already as n-8165a29e3519");
    run(&["outbox", "approve", "--all"]).ends(0);
    run(&["send"]).says("delivered into the maildir");
    assert!(!place.mails().is_empty());
    run(&["check", "plus-01", "--at", "2017-03-25T19:00:00Z"]).ends(1).says("early_start");
    run(&["doctor"]).ends(1).says("postgres://inwindow@127.0.0.1");
    assert!(!place.path("data/inwindow.db").exists());
}
