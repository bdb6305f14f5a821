//! Looking after the store: bringing it up to date, examining it, backups, and copies into another database.
//!
//! A file that is written has its name only when all of it is there, was read back and is safe on the disk; until then it
//! is called `NAME.partial`. So whatever kills the process, a file of that name is whole, and the command can be run again.
//! A backup is a file whichever database keeps the store.

mod database;
mod partial;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::database::{into_database, into_file};
use self::partial::Partial;
use super::draw::Existing;
use super::error::AppError;
use super::place::StorePlace;
use super::settings::Settings;
use crate::store::{CopiedTable, Examined, META, MIGRATION, PostgresStore, SqliteStore, StoreError, Tables, examine};

/// How far long work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreProgress<'a> {
    /// So many pages of so many are copied.
    Pages(usize, usize),
    /// So many rows of a table are done.
    Rows(&'a str, u64),
}

/// Who hears how far it has come.
pub type ToldOfStore<'t> = &'t mut dyn FnMut(StoreProgress<'_>);

/// A store that is up to date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// Where it is.
    pub store: String,
    /// The schema it had.
    pub from: u32,
    /// The schema it has.
    pub to: u32,
}

/// A backup that was made, or that was not because it is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The file.
    pub file: PathBuf,
    /// Its length; none when it was not kept.
    pub bytes: Option<u64>,
    /// What was found in it.
    pub examined: Examined,
}

/// A backup that was put in place, or that was not because it is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The store: its file, or the address of its database.
    pub store: String,
    /// Whether it is the backup now.
    pub placed: bool,
    /// Where the store is that was there before.
    pub kept: Option<PathBuf>,
    /// What was found in the backup.
    pub examined: Examined,
}

/// A copy in another database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreCopied {
    /// Where it is.
    pub target: String,
    /// Each table, equal on both sides.
    pub tables: Vec<CopiedTable>,
}

impl Settings {
    /// Brings the store up to date. Every step is a transaction of its own: one that was broken off goes on here.
    ///
    /// # Errors
    /// [`AppError::Store`]: there is none, it is newer than this release, or it cannot be written.
    pub fn migrate_store(&self, now: DateTime<Utc>) -> Result<Migrated, AppError> {
        match self.store_place()? {
            StorePlace::File(path) => {
                let from = SqliteStore::schema_at(&path)?;
                let store = SqliteStore::open_existing(&path, now)?;
                Ok(Migrated { store: store.place().to_owned(), from, to: store.schema()? })
            }
            StorePlace::Postgres(address) => {
                let from = PostgresStore::schema_at(&address)?;
                let store = PostgresStore::open_existing(&address, now)?;
                Ok(Migrated { store: address.to_string(), from, to: store.schema_version()? })
            }
        }
    }

    /// Examines all of the store, as it is now; writes nothing.
    ///
    /// # Errors
    /// [`AppError::Store`] when it cannot be read at all.
    pub fn examine_store(&self, told: ToldOfStore<'_>) -> Result<Examined, AppError> {
        let store = self.store_place()?.open_tables()?;
        Ok(examine(store.as_ref(), &mut |table, rows| told(StoreProgress::Rows(table, rows)))?)
    }

    /// Writes the store as it is now into a file of its own, while others go on using it, and examines that.
    ///
    /// # Errors
    /// [`AppError::Usage`] when the file is there and is not to be replaced, or is the store itself; [`AppError::File`],
    /// [`AppError::Store`].
    pub fn back_up(
        &self,
        file: &Path,
        existing: Existing,
        told: ToldOfStore<'_>,
        now: DateTime<Utc>,
    ) -> Result<BackedUp, AppError> {
        let place = self.store_place()?;
        let store = Source::open(&place)?;
        may_write(&place, file, existing)?;
        let partial = Partial::begin(file)?;
        partial.empty()?;
        let written = store
            .write_into(partial.path(), told, now)
            .and_then(|()| SqliteStore::open_read_only(partial.path()))
            .and_then(|copy| examine(&copy, &mut |table, rows| told(StoreProgress::Rows(table, rows))));
        match written {
            Ok(examined) if examined.is_whole() => {
                let bytes = Some(partial.place(existing)?);
                Ok(BackedUp { file: file.to_owned(), bytes, examined })
            }
            Ok(examined) => {
                partial.remove()?;
                Ok(BackedUp { file: file.to_owned(), bytes: None, examined })
            }
            Err(error) => {
                // What of it was written takes up the room that may be missing.
                partial.remove()?;
                Err(error.into())
            }
        }
    }

    /// Puts a backup in the place of the store, brought up to date and examined. A store that holds anything is kept
    /// beside it.
    ///
    /// # Errors
    /// [`AppError::Usage`] when the store holds anything and is not to be replaced; [`AppError::Store`] when the backup
    /// is none, newer, or cannot be read, or another process has the store open; [`AppError::File`]. A database is never
    /// replaced. `secret` is what a new database is made with until the backup's own comes.
    pub fn restore(
        &self,
        file: &Path,
        existing: Existing,
        secret: &[u8; 32],
        told: ToldOfStore<'_>,
        now: DateTime<Utc>,
    ) -> Result<Restored, AppError> {
        match self.store_place()? {
            StorePlace::File(store) => self.restore_file(&store, file, existing, told, now),
            StorePlace::Postgres(address) => self.restore_into_database((file, &address), existing, secret, told, now),
        }
    }

    fn restore_file(
        &self,
        store: &Path,
        file: &Path,
        existing: Existing,
        told: ToldOfStore<'_>,
        now: DateTime<Utc>,
    ) -> Result<Restored, AppError> {
        let backup = SqliteStore::open_as_it_is(file)?;
        let before = Before::of(store)?;
        if before == Before::Something && existing == Existing::Keep {
            return Err(AppError::usage(
                format!("the store {} holds something already", store.display()),
                "--replace puts the backup in its place, and keeps what is there beside it",
            ));
        }
        if is_same(store, file) {
            return Err(AppError::usage(format!("{} is the store itself", file.display()), "name a backup of it"));
        }
        fs::create_dir_all(&self.folder).map_err(|error| AppError::file("create", &self.folder, error))?;
        let partial = Partial::begin(store)?;
        partial.empty()?;
        let examined = backup
            .copy_pages(partial.path(), &mut |done, all| told(StoreProgress::Pages(done, all)))
            .and_then(|()| SqliteStore::open_existing(partial.path(), now))
            .and_then(|copy| examine(&copy, &mut |table, rows| told(StoreProgress::Rows(table, rows))))
            .and_then(|examined| SqliteStore::put_together(partial.path()).map(|()| examined));
        let examined = match examined {
            Ok(examined) => examined,
            Err(error) => {
                partial.remove()?;
                return Err(error.into());
            }
        };
        if !examined.is_whole() {
            partial.remove()?;
            return Ok(Restored { store: shown(store), placed: false, kept: None, examined });
        }
        let kept = match before.put_away(store, now) {
            Ok(kept) => kept,
            Err(error) => {
                partial.remove()?;
                return Err(error);
            }
        };
        partial.place(Existing::Replace)?;
        Ok(Restored { store: shown(store), placed: true, kept, examined })
    }

    /// Copies the store as it is now to a place that is a store of its own from then on, or goes on with a copy that was
    /// broken off. `secret` is what a new database is made with until the store's own comes.
    ///
    /// # Errors
    /// [`AppError::Usage`] when the place is a file that is there, or the store itself; [`AppError::Store`] of either side.
    pub fn copy_store(
        &self,
        to: &StorePlace,
        secret: &[u8; 32],
        told: ToldOfStore<'_>,
        now: DateTime<Utc>,
    ) -> Result<StoreCopied, AppError> {
        let place = self.store_place()?;
        let source = place.open_tables()?;
        let tables = match to {
            StorePlace::File(file) => {
                may_write(&place, file, Existing::Keep)?;
                copy_into(source.as_ref(), file, told, now)?
            }
            StorePlace::Postgres(address) if place.to_string() == address.to_string() => {
                return Err(AppError::usage(
                    format!("{address} is the store itself"),
                    "name another database or schema",
                ));
            }
            StorePlace::Postgres(address) => into_database(source.as_ref(), address, secret, told, now)?,
        };
        Ok(StoreCopied { target: to.to_string(), tables })
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A store that is backed up.
enum Source {
    /// Page by page.
    File(Box<SqliteStore>),
    /// Table by table.
    Postgres(Box<PostgresStore>),
}

impl Source {
    fn open(place: &StorePlace) -> Result<Self, StoreError> {
        Ok(match place {
            StorePlace::File(path) => Self::File(Box::new(SqliteStore::open_read_only(path)?)),
            StorePlace::Postgres(address) => Self::Postgres(Box::new(PostgresStore::open_read_only(address)?)),
        })
    }

    /// Writes the store as it is now into an empty file.
    fn write_into(&self, file: &Path, told: ToldOfStore<'_>, now: DateTime<Utc>) -> Result<(), StoreError> {
        match self {
            Self::File(store) => store.copy_pages(file, &mut |done, all| told(StoreProgress::Pages(done, all))),
            Self::Postgres(store) => into_file(store.as_ref(), file, told, now).map(|_| ()),
        }
    }
}

/// Copies a store into a file that is not there yet.
fn copy_into(
    source: &dyn Tables,
    file: &Path,
    told: ToldOfStore<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<CopiedTable>, AppError> {
    let partial = Partial::begin(file)?;
    let copied = match into_file(source, partial.path(), told, now) {
        // One that was killed when all was there and only the name was missing; much may have come since.
        Err(StoreError::NotEmpty { .. }) => {
            partial.empty()?;
            into_file(source, partial.path(), told, now)?
        }
        copied => copied?,
    };
    partial.place(Existing::Keep)?;
    Ok(copied)
}

/// Whether a file may be written: not over one that is there, unless that was asked for, and never over the store.
fn may_write(store: &StorePlace, file: &Path, existing: Existing) -> Result<(), AppError> {
    if let StorePlace::File(path) = store
        && is_same(file, path)
    {
        return Err(AppError::usage(format!("{} is the store itself", file.display()), "name another file"));
    }
    if file.is_dir() {
        let what = format!("{} is a folder", file.display());
        return Err(AppError::usage(what, "name the file to be written in it"));
    }
    if file.exists() && existing == Existing::Keep {
        let what = format!("{} is there already", file.display());
        return Err(AppError::usage(what, "name another file; nothing was written"));
    }
    Ok(())
}

/// Whether anything was ever kept in a store, beside what makes it one.
fn holds_something(store: &dyn Tables) -> Result<bool, StoreError> {
    for table in store.tables()?.iter().filter(|table| ![META, MIGRATION].contains(&table.name.as_str())) {
        if !store.rows(table, None)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_same(one: &Path, two: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(two)), (Ok(one), Ok(two)) if one == two)
}

/// What stands where a backup is to be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// No store, or one in which nothing was ever kept.
    Nothing,
    /// A store, or what is left of one.
    Something,
}

impl Before {
    fn of(path: &Path) -> Result<Self, AppError> {
        match SqliteStore::open_read_only(path) {
            Ok(store) => Ok(if holds_something(&store)? { Self::Something } else { Self::Nothing }),
            Err(StoreError::Missing { .. }) => Ok(Self::Nothing),
            // A damaged one, or another file: what it is worth is not for this command to say.
            Err(_) => Ok(Self::Something),
        }
    }

    /// Gives the files of the store that is to be replaced other names; the name that it is kept under.
    fn put_away(self, store: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, AppError> {
        // Where there is none, or a damaged one, that fails: it is kept as it is.
        if let Err(error @ (StoreError::Locked { .. } | StoreError::ReadOnly { .. })) = SqliteStore::put_together(store)
        {
            return Err(error.into());
        }
        let beside = |path: &Path, ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let kept = beside(store, &format!(".before-{}", now.format("%Y%m%dT%H%M%SZ")));
        let mut put = None;
        for ending in ["-wal", "-shm", ""] {
            let from = beside(store, ending);
            if !from.exists() {
                continue;
            }
            match self {
                Self::Nothing => fs::remove_file(&from).map_err(|error| AppError::file("remove", &from, error))?,
                Self::Something => {
                    let to = beside(&kept, ending);
                    if to.exists() {
                        let what = format!("{} is there already", to.display());
                        return Err(AppError::usage(what, "put it elsewhere and run this again"));
                    }
                    fs::rename(&from, &to).map_err(|error| AppError::file("rename", &from, error))?;
                    put = Some(kept.clone());
                }
            }
        }
        Ok(put)
    }
}
