//! From what PostgreSQL says to what the user can act on.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::store::error::{Cause, StoreError};
pub(super) use crate::store::fault::{Fault, Outcome};

impl Fault {
    /// The same, or `instead` when a row named something that is not there.
    pub(super) fn or_dangling_reference(self, instead: impl FnOnce() -> StoreError) -> Self {
        match &self {
            Self::Postgres(error) if names_nothing(error) => instead().into(),
            Self::Postgres(_) | Self::Sqlite(_) | Self::Said(_) => self,
        }
    }

    /// Whether another transaction was in the way and nothing was done: the same may go well a moment later.
    pub(super) fn is_collision(&self) -> bool {
        match self {
            Self::Postgres(error) => is_collision(error),
            Self::Sqlite(_) | Self::Said(_) => false,
        }
    }
}

/// A row that names what is not there: by its id, or by the number that was looked up for an id.
fn names_nothing(error: &Error) -> bool {
    let Some(said) = error.as_db_error() else { return false };
    let looked_up = ["notice", "maintenance"].map(Some).contains(&said.column());
    *said.code() == SqlState::FOREIGN_KEY_VIOLATION || (*said.code() == SqlState::NOT_NULL_VIOLATION && looked_up)
}

fn is_collision(error: &Error) -> bool {
    let collisions = [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED];
    error.code().is_some_and(|code| collisions.contains(&code))
}

/// Whether the connection is gone, or was never there.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        // Class 08: connection; 57P01 to 57P03: it shuts down, crashed, starts up; 53300: it takes no more; 25P03: it
        // threw out who did nothing in a transaction.
        Some(said) => {
            let code = said.code().code();
            code.starts_with("08") || code.starts_with("57P0") || code == "53300" || code == "25P03"
        }
        None => error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>),
    }
}

/// What PostgreSQL said, in one line. Without its detail, which may hold a row of the store.
fn said(error: Error) -> Cause {
    match error.as_db_error() {
        Some(said) => words(said).into(),
        None => error.into(),
    }
}

fn words(said: &DbError) -> String {
    format!("{} ({})", said.message(), said.code().code())
}

/// Of an error while connecting: there is no transaction yet, and whatever is wrong is in the way of all.
pub(super) fn not_connected(fault: Fault, place: &str) -> Fault {
    let store = place.to_owned();
    match fault {
        Fault::Postgres(error) if is_away(&error) => StoreError::Unreachable { store, source: said(error) }.into(),
        Fault::Postgres(error) => StoreError::NoEntry { store, source: said(error) }.into(),
        Fault::Said(_) | Fault::Sqlite(_) => fault,
    }
}

/// Whether what stands in the way of a connection passes by itself.
fn is_away(error: &Error) -> bool {
    // A certificate that is not trusted comes as bad data read; a database that is gone for good shuts connections down too.
    let distrusted = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::InvalidData;
    let cause = error.source().and_then(<dyn std::error::Error>::downcast_ref);
    is_lost(error) && !cause.is_some_and(distrusted) && error.code() != Some(&SqlState::DATABASE_DROPPED)
}

pub(in crate::store) fn classify(error: Error, place: &str) -> StoreError {
    let store = place.to_owned();
    if is_lost(&error) {
        return StoreError::Unreachable { store, source: said(error) };
    }
    if is_collision(&error) {
        return StoreError::Collided { store };
    }
    let Some(code) = error.code().cloned() else { return StoreError::Failed { store, source: said(error) } };
    if code == SqlState::DISK_FULL {
        StoreError::DiskFull { store, source: said(error) }
    } else if code == SqlState::LOCK_NOT_AVAILABLE {
        StoreError::Locked { store }
    } else if code == SqlState::READ_ONLY_SQL_TRANSACTION {
        StoreError::ReadOnly { store }
    } else if code == SqlState::DATA_CORRUPTED || code == SqlState::INDEX_CORRUPTED {
        StoreError::Damaged { store, source: said(error) }
    } else {
        StoreError::Failed { store, source: said(error) }
    }
}
