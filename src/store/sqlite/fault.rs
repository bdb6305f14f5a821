//! From what SQLite says to what the user can act on.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::store::error::StoreError;
pub(super) use crate::store::fault::{Fault, Outcome};

impl Fault {
    /// The same, or `instead` when a row named something that is not there.
    pub(super) fn or_dangling(self, instead: impl FnOnce() -> StoreError) -> Self {
        self.or_constraint(&[ffi::SQLITE_CONSTRAINT_FOREIGNKEY], instead)
    }

    /// The same, or `instead` when the row's id is that of another row.
    pub(super) fn or_taken(self, id: &str) -> Self {
        let taken = [ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_UNIQUE];
        self.or_constraint(&taken, || StoreError::IdTaken { id: id.to_owned() })
    }

    fn or_constraint(self, codes: &[i32], instead: impl FnOnce() -> StoreError) -> Self {
        match &self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) if codes.contains(&error.extended_code) => {
                instead().into()
            }
            Self::Sqlite(_) | Self::Postgres(_) | Self::Said(_) => self,
        }
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "not an enum of ours, and it grows")]
pub(in crate::store) fn classify(error: rusqlite::Error, place: &str) -> StoreError {
    let store = place.to_owned();
    let Some((code, extended)) = error.sqlite_error().map(|e| (e.code, e.extended_code)) else {
        return StoreError::Failed { store, source: error.into() };
    };
    // The file that readers and writer share grows before the first read or write: on a full disk that is what fails.
    if extended == ffi::SQLITE_IOERR_SHMSIZE {
        return StoreError::DiskFull { store, source: error.into() };
    }
    match code {
        ErrorCode::DiskFull => StoreError::DiskFull { store, source: error.into() },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked { store },
        ErrorCode::ReadOnly => StoreError::ReadOnly { store },
        ErrorCode::NotADatabase => StoreError::NotAStore { store },
        ErrorCode::DatabaseCorrupt => StoreError::Damaged { store, source: error.into() },
        // What is not named above has no advice of its own.
        _ => StoreError::Failed { store, source: error.into() },
    }
}
