//! Migrations: numbered files, each applied once, in one transaction that also records it.
//!
//! Whatever kills the process midway, the next one goes on with the file that was not applied.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior, params};

use super::column::micros;
use super::fault::Outcome;
use super::inventory;
pub(super) use crate::store::migration::{Migration, SQLITE as ALL, newest};

/// The schema of a file; 0 when it has none yet.
pub(super) fn version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Applies what is missing of `migrations`. `secret` goes into a store that is only now made.
pub(super) fn bring_up(
    conn: &mut Connection,
    migrations: &[Migration],
    secret: &[u8; 32],
    now: DateTime<Utc>,
) -> Outcome<()> {
    for migration in migrations {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read under the lock: another process may have applied it since.
        if version(&tx)? >= migration.number {
            continue;
        }
        tx.execute_batch(migration.sql)?;
        if migration.number == 1 {
            tx.execute(
                "INSERT INTO meta (only_row, secret, created_at, generation) VALUES (1, ?1, ?2, 0)",
                params![secret, micros(now)],
            )?;
        }
        if migration.number == 6 {
            inventory::take_apart(&tx)?;
        }
        tx.execute(
            "INSERT INTO migration (number, name, applied_at) VALUES (?1, ?2, ?3)",
            params![migration.number, migration.name, micros(now)],
        )?;
        tx.pragma_update(None, "user_version", migration.number)?;
        tx.commit()?;
    }
    Ok(())
}
