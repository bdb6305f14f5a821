//! Which store the program is tested on: a file, or with `INWINDOW_TEST_STORE=postgres` a schema of its own for each test's
//! place. What is promised of one store holds for both, so that the same tests run on either; those that are about one of
//! them stay where they are, each for a reason that stands here.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use inwindow::store::{SqliteStore, Store};

#[cfg(feature = "servers")]
pub use crate::postgres::Schema;

/// Tests that keep to a file whatever else they could run on: the names of modules, or of single tests, and why.
const ON_A_FILE: [(&str, &str); 15] = [
    ("cli_disk::", "a file system that is full or cannot be written to is the file's trouble"),
    ("cli_wrong::no_store_and_no_folder", "it says which file is missing"),
    ("cli_wrong::something_else_where_the_store_should_be", "it writes another file in the store's place"),
    ("delivery_kill::", "killed alone: delivery_replicas:: kills several, and their database"),
    ("delivery_replicas::", "it has a database of its own, which crashes"),
    ("imap_kill::", "it reads the file beside the program"),
    ("imap_servers::", "it reads the file beside the program"),
    ("readme::", "the README is played as its reader would, who has a file at first"),
    ("source_turns::", "it has tests of its own for either"),
    ("store::", "SQLite's own tests"),
    ("store_commands::", "copies, backups and migrations of a file; store_database:: is about the others"),
    ("store_crash::", "SQLite's own tests"),
    ("store_database::", "it goes from a file to a database and back"),
    ("store_postgres::", "PostgreSQL's own tests"),
    ("store_readonly::", "a file that cannot be written to"),
];

/// A place for a store in a database, which there is none of here.
#[cfg(not(feature = "servers"))]
pub enum Schema {}

#[cfg(not(feature = "servers"))]
impl Schema {
    pub fn url(&self) -> String {
        match *self {}
    }

    pub fn contents(&self) -> Vec<Vec<u8>> {
        match *self {}
    }
}

/// A schema for the test at hand, where tests are to run on PostgreSQL and this one can.
pub fn schema() -> Option<Schema> {
    let on = std::env::var("INWINDOW_TEST_STORE").unwrap_or_default();
    match on.as_str() {
        "" | "sqlite" => None,
        "postgres" => {
            // The name of a test is that of its thread; what it starts itself has none, and nothing to do with a file.
            let thread = std::thread::current();
            let name = thread.name().unwrap_or_default();
            assert_ne!(name, "main", "tests run in one thread cannot be told apart: --test-threads=2");
            (!ON_A_FILE.iter().any(|(kept, _)| name.starts_with(kept))).then(made)
        }
        _ => panic!("INWINDOW_TEST_STORE is `{on}`: sqlite or postgres"),
    }
}

#[cfg(feature = "servers")]
fn made() -> Schema {
    Schema::new()
}

#[cfg(not(feature = "servers"))]
fn made() -> Schema {
    panic!("INWINDOW_TEST_STORE=postgres takes the feature `servers`: tests/run")
}

/// Where a store is that several hold open.
pub enum Home {
    File(PathBuf),
    Schema(Schema),
}

impl Home {
    /// A schema where tests are to run on PostgreSQL, else the file.
    pub fn or_file(file: PathBuf) -> Self {
        schema().map_or(Self::File(file), Self::Schema)
    }

    /// Makes the store.
    pub fn create(&self, now: DateTime<Utc>) {
        match self {
            Self::File(path) => drop(SqliteStore::create_or_open(path, &[7; 32], now).expect("a store")),
            Self::Schema(schema) => drop(in_database(schema, now)),
        }
    }

    /// A connection of its own.
    pub fn open(&self, now: DateTime<Utc>) -> Box<dyn Store> {
        match self {
            Self::File(path) => Box::new(SqliteStore::open_existing(path, now).expect("opened")),
            Self::Schema(schema) => in_database(schema, now),
        }
    }
}

#[cfg(feature = "servers")]
fn in_database(schema: &Schema, now: DateTime<Utc>) -> Box<dyn Store> {
    let address = inwindow::store::PostgresAddress::parse(&schema.url()).expect("an address");
    Box::new(inwindow::store::PostgresStore::create_or_open(&address, &[7; 32], now).expect("a store"))
}

#[cfg(not(feature = "servers"))]
fn in_database(schema: &Schema, _now: DateTime<Utc>) -> Box<dyn Store> {
    match *schema {}
}

/// Every name above is that of a module or a test that there is.
#[test]
fn what_keeps_to_a_file_is_there() {
    let this = std::env::current_exe().expect("this test");
    let listed = std::process::Command::new(this).args(["--list", "--format", "terse"]).output().expect("listed");
    let listed = String::from_utf8(listed.stdout).expect("text");
    // What needs servers is not there without them.
    let needs_servers = ["cli_disk::", "delivery_replicas::", "imap_kill::", "imap_servers::", "store_database::"];
    let needs_servers = [needs_servers.as_slice(), &["store_postgres::", "store_readonly::"]].concat();
    for (kept, _) in ON_A_FILE {
        let may_lack = cfg!(not(feature = "servers")) && needs_servers.contains(&kept);
        assert!(may_lack || listed.lines().any(|name| name.starts_with(kept)), "there is no test {kept}");
    }
}
