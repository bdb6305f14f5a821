//! Where a store is: a file, or a database. Either is opened by the text that names it.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::intake::password_in;
use super::settings::{App, STORE_FILE, Settings, Surroundings};
use crate::store::{PostgresAddress, PostgresStore, SqliteStore, Store, StoreError, Tables};

/// How far the clock of this machine may be from the database's: leases bear that much (DESIGN.md section 11).
pub const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);

/// Where a store is.
#[derive(Debug, Clone)]
pub enum StorePlace {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(Box<PostgresAddress>),
}

/// As errors show it: without a password.
impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

impl StorePlace {
    /// The place that a text names: `postgres://…`, with the password of [`Surroundings::store_password`] where none stands
    /// in it, or the path of a SQLite file.
    ///
    /// # Errors
    /// [`AppError::Usage`] for an address that cannot be one, [`AppError::File`] when its certificates cannot be read.
    pub fn named(text: &str, surroundings: &Surroundings) -> Result<Self, AppError> {
        if !text.contains("://") {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let address = PostgresAddress::parse(text).map_err(|bad| AppError::usage(bad.to_string(), bad.help()))?;
        let ca_file = address.ca_file().map(std::path::Path::to_owned);
        reached(address, None, ca_file.as_deref(), surroundings)
    }

    /// Opens it for writing; makes it with `secret` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create_or_open(&self, secret: &[u8; 32], now: DateTime<Utc>) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::create_or_open(path, secret, now)?),
            Self::Postgres(address) => Box::new(PostgresStore::create_or_open(address, secret, now)?),
        })
    }

    /// Opens an existing one for writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_existing(&self, now: DateTime<Utc>) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open_existing(path, now)?),
            Self::Postgres(address) => Box::new(PostgresStore::open_existing(address, now)?),
        })
    }

    /// Opens an existing one to be read as tables.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_tables(&self) -> Result<Box<dyn Tables>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open_read_only(path)?),
            Self::Postgres(address) => Box::new(PostgresStore::open_read_only(address)?),
        })
    }

    /// Opens an existing one for reading.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_read_only(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::File(path) => Box::new(SqliteStore::open_read_only(path)?),
            Self::Postgres(address) => Box::new(PostgresStore::open_read_only(address)?),
        })
    }
}

impl Settings {
    /// Where the store is: as `INWINDOW_STORE` says, else the configuration, else the file in the data folder.
    ///
    /// # Errors
    /// As [`StorePlace::named`]; [`AppError::File`] when the password's file cannot be read.
    pub fn store_place(&self) -> Result<StorePlace, AppError> {
        if let Some(text) = &self.surroundings.store {
            return StorePlace::named(text, &self.surroundings);
        }
        let Some(store) = &self.config.store else { return Ok(StorePlace::File(self.folder.join(STORE_FILE))) };
        let password = store.password_file.as_deref().map(password_in).transpose()?;
        reached(store.address.clone(), password.as_ref(), store.ca_file.as_deref(), &self.surroundings)
    }
}

impl App {
    /// Makes sure that leases taken at `now` mean the same to all replicas.
    ///
    /// # Errors
    /// [`AppError::ClockSkew`] when the clock is more than [`MAX_CLOCK_SKEW`] from the store's, [`AppError::Store`].
    pub fn in_step(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        let Some(theirs) = self.store.clock()? else { return Ok(()) };
        let apart = (now - theirs).abs();
        if apart > MAX_CLOCK_SKEW { Err(AppError::ClockSkew { seconds: apart.num_seconds() }) } else { Ok(()) }
    }
}

/// An address with its password and certificates.
fn reached(
    mut address: PostgresAddress,
    password: Option<&String>,
    ca_file: Option<&std::path::Path>,
    surroundings: &Surroundings,
) -> Result<StorePlace, AppError> {
    if !address.has_password()
        && let Some(password) = password.or(surroundings.store_password.as_ref())
    {
        address = address.with_password(password);
    }
    if let Some(path) = ca_file {
        address = address.trusting(std::fs::read(path).map_err(|error| AppError::file("read", path, error))?);
    }
    Ok(StorePlace::Postgres(Box::new(address)))
}
