//! A failure inside this room, before it is known which store it concerns.

use super::error::{Cause, StoreError};

/// A failure.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite's.
    Sqlite(rusqlite::Error),
    /// PostgreSQL's, or of the way there.
    Postgres(tokio_postgres::Error),
    /// One that already says all.
    Said(Box<StoreError>),
}

/// What every function of this room returns.
pub(super) type Outcome<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Said(Box::new(error))
    }
}

impl Fault {
    /// A stored value that cannot be understood.
    pub(super) fn unreadable(what: &str, source: impl Into<Cause>) -> Self {
        StoreError::Unreadable { what: what.to_owned(), source: source.into() }.into()
    }

    /// The error for the store at `place`.
    pub(super) fn at(self, place: &str) -> StoreError {
        match self {
            Self::Said(error) => *error,
            Self::Sqlite(error) => super::sqlite::classify(error, place),
            Self::Postgres(error) => super::postgres::classify(error, place),
        }
    }
}
