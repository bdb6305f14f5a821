//! Opening: what is there, whether it is ours, and whether it can be written.

use chrono::{DateTime, TimeDelta, Utc};

use super::PostgresStore;
use super::address::PostgresAddress;
use super::column::{instant, micros, number};
use super::commit;
use super::fault::{Fault, Outcome};

use super::line::{Access, Line};
use super::migrate;
use super::session::Session;
use crate::store::changes::Generation;
use crate::store::error::StoreError;

/// What the first migration writes beside the table `meta`.
const MARK: &str = "inwindow store";

/// What stands there, before the number of its schema, while a copy is being made: it is no store yet.
const MARK_BEGUN: &str = "inwindow copy, begun with schema ";

/// How long a row of `writer` is kept: nobody asks about a transaction that long after.
const WRITER_KEPT: TimeDelta = TimeDelta::days(7);

/// What a schema of the database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// No table at all: never begun, or killed before the first migration was done.
    Nothing,
    /// A store of this schema.
    Store(u32),
    /// A copy that is being made or was broken off, of this schema.
    Begun(u32),
    /// Somebody else's tables.
    Foreign,
}

impl PostgresStore {
    /// Opens the store, or makes one with `secret_for_new`, which are 32 random bytes; brings an older one up to date. The
    /// database must be there, and the schema in it that comes first in the search path.
    ///
    /// # Errors
    /// [`StoreError`]: the database cannot be reached, holds other tables, is locked or newer.
    pub fn create_or_open(
        address: &PostgresAddress,
        secret_for_new: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let line = Line::new(address, Access::Write, now)?;
        match found(&line)? {
            Found::Nothing => bring_up(&line, secret_for_new, now)?,
            Found::Store(version) => bring_up_existing(&line, version, now)?,
            Found::Begun(_) => return Err(StoreError::CopyUnfinished { store: address.to_string() }),
            Found::Foreign => return Err(StoreError::NotAStore { store: address.to_string() }),
        }
        Ok(Self::over(line))
    }

    /// Opens the store for reading and writing; brings an older one up to date.
    ///
    /// # Errors
    /// As [`Self::create_or_open`], and [`StoreError::Missing`] when there is none.
    pub fn open_existing(address: &PostgresAddress, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let line = Line::new(address, Access::Write, now)?;
        match found(&line)? {
            Found::Nothing => return Err(StoreError::Missing { store: address.to_string() }),
            Found::Store(version) => bring_up_existing(&line, version, now)?,
            Found::Begun(_) => return Err(StoreError::CopyUnfinished { store: address.to_string() }),
            Found::Foreign => return Err(StoreError::NotAStore { store: address.to_string() }),
        }
        Ok(Self::over(line))
    }

    /// Opens a database to be copied into: one without tables, in which they are made; a store, which must turn out to be
    /// empty; or what is left of a copy that was broken off. `secret_for_new` is what a store would be made with that
    /// nothing is copied into after all.
    ///
    /// # Errors
    /// [`StoreError`]: the database cannot be reached, holds other tables, an older store, or a copy begun by another
    /// release.
    pub fn open_to_copy_into(
        address: &PostgresAddress,
        secret_for_new: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let line = Line::new(address, Access::Write, now)?;
        let store = address.to_string();
        match found(&line)? {
            Found::Nothing => bring_up(&line, secret_for_new, now)?,
            // Of an older release, or of a copy that was killed while it made the tables: then nothing was ever known.
            Found::Store(version) if version < migrate::newest() => match line.read(commit::generation)? {
                Generation(0) => bring_up(&line, secret_for_new, now)?,
                Generation(_) => return Err(StoreError::NotEmpty { store }),
            },
            Found::Begun(version) if version < migrate::newest() => return Err(StoreError::CopyUnfinished { store }),
            Found::Store(_) | Found::Begun(_) => {}
            Found::Foreign => return Err(StoreError::NotAStore { store }),
        }
        Ok(Self::over(line))
    }

    /// Opens the store for reading, a standby's too; every write fails with [`StoreError::ReadOnly`].
    ///
    /// # Errors
    /// [`StoreError`]: the database cannot be reached, holds no store or other tables, is newer or older.
    pub fn open_read_only(address: &PostgresAddress) -> Result<Self, StoreError> {
        // Nothing is written, so that the instant is never asked for.
        let line = Line::new(address, Access::Read, DateTime::UNIX_EPOCH)?;
        let store = address.to_string();
        let known = migrate::newest();
        match found(&line)? {
            Found::Nothing => Err(StoreError::Missing { store }),
            Found::Begun(_) => Err(StoreError::CopyUnfinished { store }),
            Found::Foreign => Err(StoreError::NotAStore { store }),
            Found::Store(found) if found < known => Err(StoreError::OlderSchema { store, found, known }),
            Found::Store(_) => Ok(Self::over(line)),
        }
    }

    /// The number of the schema of a store, which may be an older one.
    ///
    /// # Errors
    /// [`StoreError`]: the database cannot be reached, holds no store or other tables, or is newer.
    pub fn schema_at(address: &PostgresAddress) -> Result<u32, StoreError> {
        let line = Line::new(address, Access::Read, DateTime::UNIX_EPOCH)?;
        match found(&line)? {
            Found::Nothing => Err(StoreError::Missing { store: address.to_string() }),
            Found::Begun(_) => Err(StoreError::CopyUnfinished { store: address.to_string() }),
            Found::Foreign => Err(StoreError::NotAStore { store: address.to_string() }),
            Found::Store(version) => Ok(version),
        }
    }

    /// The number of the schema.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn schema_version(&self) -> Result<u32, StoreError> {
        self.read(migrate::version)
    }
}

fn found(line: &Line) -> Result<Found, StoreError> {
    let found = line.read(|session| look(session, line.place()))?;
    match found {
        Found::Store(found) | Found::Begun(found) if found > migrate::newest() => {
            Err(StoreError::NewerSchema { store: line.place().to_owned(), found, known: migrate::newest() })
        }
        Found::Store(_) | Found::Begun(_) | Found::Nothing | Found::Foreign => Ok(found),
    }
}

fn look(session: &Session, place: &str) -> Outcome<Found> {
    let about = session.row(
        "SELECT current_schema()::text, current_setting('server_encoding'),
                (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = n.oid),
                (SELECT obj_description(c.oid, 'pg_class') FROM pg_class c
                 WHERE c.relname = 'meta' AND c.relnamespace = n.oid)
         FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = current_schema()",
        &[],
    )?;
    let failed = |why: &str| -> Fault { StoreError::Failed { store: place.to_owned(), source: why.into() }.into() };
    let about = about.ok_or_else(|| failed("it says nothing about itself"))?;
    let (schema, encoding): (Option<String>, String) = (about.try_get(0)?, about.try_get(1)?);
    if schema.is_none() {
        return Err(failed("the schema that the search path names is not there: CREATE SCHEMA makes it"));
    }
    if encoding != "UTF8" {
        return Err(failed(&format!("its encoding is {encoding}, and names and mails need UTF8")));
    }
    let (tables, mark): (i64, Option<String>) = (about.try_get(2)?, about.try_get(3)?);
    let begun = mark.as_deref().and_then(|mark| mark.strip_prefix(MARK_BEGUN)?.parse().ok());
    Ok(match (tables, mark.as_deref(), begun) {
        (0, _, _) => Found::Nothing,
        (_, Some(MARK), _) => Found::Store(migrate::version(session)?),
        (_, _, Some(version)) => Found::Begun(version),
        (_, Some(_) | None, None) => Found::Foreign,
    })
}

/// Whether a copy into this database was begun and is not whole.
pub(super) fn is_begun(session: &Session) -> Outcome<bool> {
    let mark = session.row("SELECT obj_description('meta'::regclass, 'pg_class')", &[])?;
    let mark: Option<String> = mark.map(|row| row.try_get(0)).transpose()?.flatten();
    Ok(mark.is_some_and(|mark| mark.starts_with(MARK_BEGUN)))
}

/// Says that a copy is being made here.
pub(super) fn mark_begun() -> String {
    format!("COMMENT ON TABLE meta IS '{MARK_BEGUN}{}'", migrate::newest())
}

/// Says that this is a store.
pub(super) fn mark_whole() -> String {
    format!("COMMENT ON TABLE meta IS '{MARK}'")
}

fn bring_up(line: &Line, secret: &[u8; 32], now: DateTime<Utc>) -> Result<(), StoreError> {
    line.migrate(|session| migrate::bring_up(session, migrate::ALL, secret, now))
}

fn bring_up_existing(line: &Line, version: u32, now: DateTime<Utc>) -> Result<(), StoreError> {
    if version == migrate::newest() {
        return Ok(());
    }
    // The secret is written by the first migration alone, which a store of any version has behind it.
    bring_up(line, &[0; 32], now)?;
    let long_ago = micros(now - WRITER_KEPT);
    line.write(|session| session.run("DELETE FROM writer WHERE seen_at < $1", &[&long_ago]).map(|_| ()))
}

pub(super) fn secret(session: &Session) -> Outcome<[u8; 32]> {
    let secret: Vec<u8> = one(session, "SELECT secret FROM meta")?;
    secret.try_into().map_err(|_| Fault::unreadable("secret", "it has not 32 bytes"))
}

pub(super) fn created_at(session: &Session) -> Outcome<DateTime<Utc>> {
    instant(one(session, "SELECT created_at FROM meta")?)
}

/// The clock of the database.
pub(super) fn clock(session: &Session) -> Outcome<DateTime<Utc>> {
    let micros: i64 = one(session, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")?;
    instant(micros)
}

fn one<T: for<'a> tokio_postgres::types::FromSql<'a>>(session: &Session, sql: &str) -> Outcome<T> {
    let row = session.row(sql, &[])?.ok_or_else(|| Fault::unreadable("row of meta", "it is not there"))?;
    Ok(row.try_get(0)?)
}

/// The number in the first column.
pub(super) fn first_number<T: TryFrom<i64>>(session: &Session, what: &str, sql: &str) -> Outcome<T> {
    number(what, one(session, sql)?)
}
