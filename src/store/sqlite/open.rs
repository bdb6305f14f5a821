//! Opening: what is there, whether it is ours, and whether it can be written.
//!
//! A store that is up to date is opened without writing anything, since `check` must answer in an eye's blink.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::SqliteStore;
use super::fault::{Fault, Outcome};
use super::migrate;
use crate::store::error::StoreError;

/// How long a command waits for another process's transaction: longer than any import of ours holds the lock for one
/// unit of work, short enough that a person still waits for the answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements kept: more than there are in this room.
const STATEMENTS_KEPT: usize = 96;

/// How much of the file is held in memory at most. What one unit of work changes is written once where it fits: of a plan for
/// ten thousand customers, SQLite's own 2 MiB have the pages of six indexes written and read again and again.
const HELD_KIB: i64 = 32 * 1024;

/// So many pages of 4 KiB are written beside the file before they are put into it: of an import, each page of an index is
/// written again with every batch, and so goes into the file once for some ten of these. 16 MiB are read again, in a tenth of
/// a second, where a process ended in between.
const PAGES_BEFORE_CHECKPOINT: u32 = 4096;

/// "inwi", as the first migration sets it.
const APPLICATION_ID: i32 = 0x696e_7769;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// No table at all: never begun, or killed before the first migration was done.
    Nothing,
    /// A store of this schema.
    Store(u32),
    /// Somebody else's tables.
    Foreign,
}

impl SqliteStore {
    /// Opens the store, or makes one with `secret_for_new`, which are 32 random bytes; brings an older one up to date.
    ///
    /// # Errors
    /// [`StoreError`]: the folder is missing or cannot be written, the file is no store, is damaged, locked or newer.
    pub fn create_or_open(path: &Path, secret_for_new: &[u8; 32], now: DateTime<Utc>) -> Result<Self, StoreError> {
        create_file(path)?;
        open(path, |conn, found| match found {
            Found::Nothing => migrate::bring_up(conn, migrate::ALL, secret_for_new, now),
            Found::Store(version) => bring_up_existing(conn, version, now),
            Found::Foreign => Err(StoreError::NotAStore { store: shown(path) }.into()),
        })
    }

    /// Opens the store for reading and writing; brings an older one up to date.
    ///
    /// # Errors
    /// As [`Self::create_or_open`], and [`StoreError::Missing`] when there is none.
    pub fn open_existing(path: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { store: shown(path) });
        }
        open(path, |conn, found| match found {
            Found::Nothing => Err(StoreError::Missing { store: shown(path) }.into()),
            Found::Store(version) => bring_up_existing(conn, version, now),
            Found::Foreign => Err(StoreError::NotAStore { store: shown(path) }.into()),
        })
    }

    /// Opens the store for reading, also in a folder that cannot be written; every write fails with
    /// [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// [`StoreError`]: the file is missing, no store, damaged, locked, newer or older, or its last user left something
    /// in the `-wal` file that cannot be taken over here.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let place = shown(path);
        if !path.exists() {
            return Err(StoreError::Missing { store: place });
        }
        read_only(path, &place).map(|conn| Self::over(conn, &place)).map_err(|fault| fault.at(&place))
    }

    /// Opens the store for reading, of whichever schema up to the newest known: only to be copied as it is.
    ///
    /// # Errors
    /// As [`Self::open_read_only`], but not for an older one.
    pub fn open_as_it_is(path: &Path) -> Result<Self, StoreError> {
        let place = shown(path);
        let schema = Self::schema_at(path)?;
        if schema > migrate::newest() {
            return Err(StoreError::NewerSchema { store: place, found: schema, known: migrate::newest() });
        }
        let (conn, _) = found_at(path, &place).map_err(|fault| fault.at(&place))?;
        Ok(Self::over(conn, &place))
    }

    /// The schema of the store at a path, older ones and newer ones too; nothing is written.
    ///
    /// # Errors
    /// [`StoreError`] when there is no store or it cannot be read.
    pub fn schema_at(path: &Path) -> Result<u32, StoreError> {
        let place = shown(path);
        if !path.exists() {
            return Err(StoreError::Missing { store: place });
        }
        match found_at(path, &place).map_err(|fault| fault.at(&place))? {
            (_, Found::Store(schema)) => Ok(schema),
            (_, Found::Nothing) => Err(StoreError::Missing { store: place }),
            (_, Found::Foreign) => Err(StoreError::NotAStore { store: place }),
        }
    }

    /// The newest schema that this release knows, which is the one it works with.
    #[must_use]
    pub fn newest_schema() -> u32 {
        migrate::newest()
    }

    /// The number of the schema.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn schema_version(&self) -> Result<u32, StoreError> {
        self.read(|conn| Ok(migrate::version(conn)?))
    }

    #[cfg(test)]
    pub(super) fn wait_at_most(&self, timeout: Duration) {
        self.conn.busy_timeout(timeout).expect("a timeout can be set");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Makes an empty file that nobody else can read: it will hold addresses of customers and the secret.
#[allow(clippy::wildcard_enum_match_arm, reason = "not an enum of ours, and it grows")]
fn create_file(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let store = shown(path);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            ErrorKind::AlreadyExists => Ok(()),
            ErrorKind::NotFound => Err(StoreError::Missing { store }),
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Err(StoreError::ReadOnly { store }),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Err(StoreError::DiskFull { store, source: error.into() })
            }
            _ => Err(StoreError::Failed { store, source: error.into() }),
        },
    }
}

fn open(path: &Path, prepare: impl FnOnce(&mut Connection, Found) -> Outcome<()>) -> Result<SqliteStore, StoreError> {
    let place = shown(path);
    let opened = || -> Outcome<Connection> {
        if path.is_dir() {
            return Err(StoreError::NotAStore { store: place.clone() }.into());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut conn = Connection::open_with_flags(path, flags)?;
        // SQLite opens a file that cannot be written without a word, and of a folder that cannot it says so only when
        // it wants to make a file beside.
        if conn.is_readonly(rusqlite::MAIN_DB)? {
            return Err(StoreError::ReadOnly { store: place.clone() }.into());
        }
        let found = settle_in(&conn).and_then(|()| look(&conn)).map_err(|fault| {
            if cannot_share(&fault) { StoreError::ReadOnly { store: place.clone() }.into() } else { fault }
        })?;
        refuse_newer(found, &place)?;
        if found != Found::Foreign {
            // Stays with the file; a copy made by VACUUM INTO lacks it. Nothing is written where it is set already.
            conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
        }
        prepare(&mut conn, found)?;
        Ok(conn)
    };
    opened().map(|conn| SqliteStore::over(conn, &place)).map_err(|fault| fault.at(&place))
}

fn settle_in(conn: &Connection) -> Outcome<()> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    conn.pragma_update(None, "wal_autocheckpoint", PAGES_BEFORE_CHECKPOINT)?;
    // Plans do not depend on the values bound: without this each new value of some statements has them prepared again,
    // which was a fifteenth of an import.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: in WAL mode NORMAL loses the last commits when the power fails, and a lost settlement is a mail sent twice.
    // MEMORY: what a unit of work within a transaction needs to be undone alone is some hundred KiB, and would be written to a
    // file of its own for each.
    conn.pragma_update(None, "cache_size", -HELD_KIB)?;
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(())
}

fn look(conn: &Connection) -> Outcome<Found> {
    let application: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application == APPLICATION_ID {
        return Ok(Found::Store(migrate::version(conn)?));
    }
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(if application == 0 && tables == 0 { Found::Nothing } else { Found::Foreign })
}

fn refuse_newer(found: Found, place: &str) -> Result<(), StoreError> {
    match found {
        Found::Store(found) if found > migrate::newest() => {
            Err(StoreError::NewerSchema { store: place.to_owned(), found, known: migrate::newest() })
        }
        Found::Store(_) | Found::Nothing | Found::Foreign => Ok(()),
    }
}

fn bring_up_existing(conn: &mut Connection, version: u32, now: DateTime<Utc>) -> Outcome<()> {
    if version == migrate::newest() {
        return Ok(());
    }
    // The secret is written by the first migration alone, which a store of any version has behind it.
    migrate::bring_up(conn, migrate::ALL, &[0; 32], now)
}

/// What a file holds, opened for reading.
fn found_at(path: &Path, place: &str) -> Outcome<(Connection, Found)> {
    if path.is_dir() {
        return Err(StoreError::NotAStore { store: place.to_owned() }.into());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let looked = Connection::open_with_flags(path, flags).map_err(Fault::from).and_then(|conn| {
        settle_in(&conn)?;
        let found = look(&conn)?;
        Ok((conn, found))
    });
    match looked {
        Err(fault) if cannot_share(&fault) => immutable(path, place),
        looked => looked,
    }
}

fn read_only(path: &Path, place: &str) -> Outcome<Connection> {
    let (conn, found) = found_at(path, place)?;
    refuse_newer(found, place)?;
    let known = migrate::newest();
    match found {
        Found::Nothing => Err(StoreError::Missing { store: place.to_owned() }.into()),
        Found::Foreign => Err(StoreError::NotAStore { store: place.to_owned() }.into()),
        Found::Store(found) if found < known => {
            Err(StoreError::OlderSchema { store: place.to_owned(), found, known }.into())
        }
        Found::Store(_) => Ok(conn),
    }
}

/// A WAL file is read through a `-shm` file beside it, which cannot be made where the folder cannot be written.
fn cannot_share(fault: &Fault) -> bool {
    match fault {
        Fault::Sqlite(error) => matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)),
        Fault::Said(_) | Fault::Postgres(_) => false,
    }
}

/// Reads the file alone, as one that nobody can change: right only when no `-wal` file holds anything.
fn immutable(path: &Path, place: &str) -> Outcome<(Connection, Found)> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if fs::metadata(&wal).is_ok_and(|wal| wal.len() > 0) {
        return Err(StoreError::Unfinished { store: place.to_owned() }.into());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(immutable_uri(path), flags)?;
    settle_in(&conn)?;
    let found = look(&conn)?;
    Ok((conn, found))
}

/// `file:…?immutable=1`, every byte that could mean something in a URI escaped.
fn immutable_uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("file:");
    if path.is_absolute() {
        // An empty authority, so that a path with two slashes in front is not taken for one.
        uri.push_str("//");
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri.push_str("?immutable=1");
    uri
}
