//! A store in a database: copied out of it, into it, and a backup put back into it.
//!
//! A database cannot be given its name last, as a file can. What is copied into it is no store until the row that makes it
//! one is written, after all of it was compared.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::partial::Partial;
use super::{Restored, StoreProgress, ToldOfStore, holds_something};
use crate::app::draw::Existing;
use crate::app::error::AppError;
use crate::app::settings::{STORE_FILE, Settings};
use crate::store::{
    CopiedTable, Examined, PostgresAddress, PostgresStore, SqliteStore, StoreError, Tables, copy, examine,
};

/// Copies a store into a file that is its own, and closes that.
pub(super) fn into_file(
    source: &dyn Tables,
    file: &Path,
    told: ToldOfStore<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<CopiedTable>, StoreError> {
    let mut target = SqliteStore::create_or_open(file, &[0; 32], now)?;
    let copied = copy(source, &mut target, &mut |table, rows| told(StoreProgress::Rows(table, rows)))?;
    drop(target);
    SqliteStore::put_together(file)?;
    Ok(copied)
}

/// Copies a store into a database that holds none, or goes on with a copy that was broken off.
pub(super) fn into_database(
    source: &dyn Tables,
    address: &PostgresAddress,
    secret: &[u8; 32],
    told: ToldOfStore<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<CopiedTable>, StoreError> {
    let mut target = PostgresStore::open_to_copy_into(address, secret, now)?;
    copy(source, &mut target, &mut |table, rows| told(StoreProgress::Rows(table, rows)))
}

impl Settings {
    /// Puts a backup into a database that holds no store, brought up to date and examined before.
    pub(super) fn restore_into_database(
        &self,
        (file, address): (&Path, &PostgresAddress),
        existing: Existing,
        secret: &[u8; 32],
        told: ToldOfStore<'_>,
        now: DateTime<Utc>,
    ) -> Result<Restored, AppError> {
        let backup = SqliteStore::open_as_it_is(file)?;
        may_be_restored_into(address, existing)?;
        fs::create_dir_all(&self.folder).map_err(|error| AppError::file("create", &self.folder, error))?;
        // What is examined and copied is a file of our own: a backup of an older release is brought up to date first.
        let between = Partial::begin(&self.folder.join(STORE_FILE))?;
        between.empty()?;
        let written = backup
            .copy_pages(between.path(), &mut |done, all| told(StoreProgress::Pages(done, all)))
            .and_then(|()| SqliteStore::open_existing(between.path(), now))
            .and_then(|store| whole_into_database(&store, address, secret, told, now));
        between.remove()?;
        let examined = written?;
        Ok(Restored { store: address.to_string(), placed: examined.is_whole(), kept: None, examined })
    }
}

fn whole_into_database(
    store: &SqliteStore,
    address: &PostgresAddress,
    secret: &[u8; 32],
    told: ToldOfStore<'_>,
    now: DateTime<Utc>,
) -> Result<Examined, StoreError> {
    let examined = examine(store, &mut |table, rows| told(StoreProgress::Rows(table, rows)))?;
    if examined.is_whole() {
        into_database(store, address, secret, told, now)?;
    }
    Ok(examined)
}

/// Tables are not put beside others, as a file is: what a database holds is for a person to put away.
fn may_be_restored_into(address: &PostgresAddress, existing: Existing) -> Result<(), AppError> {
    let help = "restore into a new schema, which takes nothing away: CREATE SCHEMA name, and \
                ?options=-csearch_path%3Dname behind the address";
    if existing == Existing::Replace {
        return Err(AppError::usage("--replace is for a store that is a file".to_owned(), help));
    }
    match PostgresStore::open_read_only(address) {
        Ok(store) if holds_something(&store)? => {
            Err(AppError::usage(format!("the store {address} holds something already"), help))
        }
        Ok(_) | Err(StoreError::Missing { .. } | StoreError::CopyUnfinished { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
