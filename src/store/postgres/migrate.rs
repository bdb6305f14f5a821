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

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// From 1, without a hole.
    pub(super) number: u32,
    /// The file's name after the number.
    pub(super) name: &'static str,
    /// The file.
    pub(super) sql: &'static str,
}

/// All steps in their order.
pub(super) const ALL: &[Migration] = &[
    Migration { number: 1, name: "foundation", sql: include_str!("../migrations/postgres/0001_foundation.sql") },
    Migration { number: 2, name: "sources", sql: include_str!("../migrations/postgres/0002_sources.sql") },
    Migration { number: 3, name: "review", sql: include_str!("../migrations/postgres/0003_review.sql") },
    Migration { number: 4, name: "override", sql: include_str!("../migrations/postgres/0004_override.sql") },
    Migration { number: 5, name: "findings", sql: include_str!("../migrations/postgres/0005_findings.sql") },
    Migration {
        number: 6,
        name: "inventory items",
        sql: include_str!("../migrations/postgres/0006_inventory_items.sql"),
    },
    Migration { number: 7, name: "numbers", sql: include_str!("../migrations/postgres/0007_numbers.sql") },
    Migration { number: 8, name: "judged", sql: include_str!("../migrations/postgres/0008_judged.sql") },
    Migration {
        number: 9,
        name: "windows by vendor",
        sql: include_str!("../migrations/postgres/0009_windows_by_vendor.sql"),
    },
    Migration { number: 10, name: "evidence", sql: include_str!("../migrations/postgres/0010_evidence.sql") },
    Migration { number: 11, name: "staff", sql: include_str!("../migrations/postgres/0011_staff.sql") },
    Migration { number: 12, name: "delivery", sql: include_str!("../migrations/postgres/0012_delivery.sql") },
];

/// Makes the table that says which steps were done, and lets one process at a time go on. PostgreSQL tells two that make one
/// table at once of it by an error: then it is there.
const QUEUE_UP: &str = "CREATE TABLE IF NOT EXISTS migration (number bigint PRIMARY KEY, name text NOT NULL, \
    applied_at bigint NOT NULL); SET LOCAL statement_timeout = 0; LOCK TABLE migration IN EXCLUSIVE MODE";

/// How often two that begin at once are told so.
const TRIES: u32 = 10;

/// The schema that this release works with.
pub(super) fn newest() -> u32 {
    ALL.last().map_or(0, |migration| migration.number)
}

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
