//! Migrations: numbered files, each applied once, in one transaction that also records it.
//!
//! Whatever kills the process midway, the next one goes on with the file that was not applied.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior, params};

use super::column::micros;
use super::fault::Outcome;
use super::inventory;

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
    Migration { number: 1, name: "foundation", sql: include_str!("../migrations/sqlite/0001_foundation.sql") },
    Migration { number: 2, name: "sources", sql: include_str!("../migrations/sqlite/0002_sources.sql") },
    Migration { number: 3, name: "review", sql: include_str!("../migrations/sqlite/0003_review.sql") },
    Migration { number: 4, name: "override", sql: include_str!("../migrations/sqlite/0004_override.sql") },
    Migration { number: 5, name: "findings", sql: include_str!("../migrations/sqlite/0005_findings.sql") },
    Migration {
        number: 6,
        name: "inventory items",
        sql: include_str!("../migrations/sqlite/0006_inventory_items.sql"),
    },
    Migration { number: 7, name: "numbers", sql: include_str!("../migrations/sqlite/0007_numbers.sql") },
    Migration { number: 8, name: "judged", sql: include_str!("../migrations/sqlite/0008_judged.sql") },
    Migration {
        number: 9,
        name: "windows by vendor",
        sql: include_str!("../migrations/sqlite/0009_windows_by_vendor.sql"),
    },
    Migration { number: 10, name: "evidence", sql: include_str!("../migrations/sqlite/0010_evidence.sql") },
    Migration { number: 11, name: "staff", sql: include_str!("../migrations/sqlite/0011_staff.sql") },
    Migration { number: 12, name: "delivery", sql: include_str!("../migrations/sqlite/0012_delivery.sql") },
    Migration { number: 13, name: "mails", sql: include_str!("../migrations/sqlite/0013_mails.sql") },
];

/// The schema that this release works with.
pub(super) fn newest() -> u32 {
    ALL.last().map_or(0, |migration| migration.number)
}

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
