//! Migrations: the same numbers and names as SQLite's, each applied once, in one transaction that also records it.
//!
//! Whatever kills the process midway, the next one goes on with the file that was not applied.

use chrono::{DateTime, Utc};
use tokio_postgres::error::SqlState;

use super::column::micros;
use super::fault::{Fault, Outcome};
use super::inventory;
use super::open::first_number;
use super::session::Session;
pub(super) use crate::store::migration::{Migration, POSTGRES as ALL, newest};

/// Makes the table that says which steps were done, and lets one process at a time go on. PostgreSQL tells two that make one
/// table at once of it by an error: then it is there.
const QUEUE_UP: &str = "CREATE TABLE IF NOT EXISTS migration (number bigint PRIMARY KEY, name text NOT NULL, \
    applied_at bigint NOT NULL); SET LOCAL statement_timeout = 0; LOCK TABLE migration IN EXCLUSIVE MODE";

/// How often two that begin at once are told so.
const TRIES: u32 = 10;

/// The schema of a store; 0 when it has none yet.
pub(super) fn version(session: &Session) -> Outcome<u32> {
    first_number(session, "schema", "SELECT coalesce(max(number), 0) FROM migration")
}

/// Applies what is missing of `migrations`. `secret` goes into a store that is only now made.
pub(super) fn bring_up(
    session: &Session,
    migrations: &[Migration],
    secret: &[u8; 32],
    now: DateTime<Utc>,
) -> Outcome<()> {
    for migration in migrations {
        queue_up(session)?;
        match apply(session, *migration, secret, now) {
            Ok(()) => session.batch("COMMIT")?,
            Err(fault) => {
                session.batch("ROLLBACK")?;
                return Err(fault);
            }
        }
    }
    Ok(())
}

fn queue_up(session: &Session) -> Outcome<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        session.later("BEGIN;");
        match session.batch(QUEUE_UP) {
            Ok(()) => return Ok(()),
            Err(fault) => {
                session.batch("ROLLBACK")?;
                if !made_at_once(&fault) || tries == TRIES {
                    return Err(fault);
                }
            }
        }
    }
}

fn made_at_once(fault: &Fault) -> bool {
    let Fault::Postgres(error) = fault else { return false };
    let told = [&SqlState::UNIQUE_VIOLATION, &SqlState::DUPLICATE_TABLE, &SqlState::DUPLICATE_OBJECT];
    error.code().is_some_and(|code| told.contains(&code))
}

/// One step, unless another process has done it since.
fn apply(session: &Session, migration: Migration, secret: &[u8; 32], now: DateTime<Utc>) -> Outcome<()> {
    if version(session)? >= migration.number {
        return Ok(());
    }
    session.batch(migration.sql)?;
    if migration.number == 1 {
        session.run(
            "INSERT INTO meta (only_row, secret, created_at, generation) VALUES (1, $1, $2, 0)",
            &[&secret.as_slice(), &micros(now)],
        )?;
    }
    if migration.number == 6 {
        inventory::take_apart(session)?;
    }
    session.run(
        "INSERT INTO migration (number, name, applied_at) VALUES ($1, $2, $3)",
        &[&i64::from(migration.number), &migration.name, &micros(now)],
    )?;
    Ok(())
}
