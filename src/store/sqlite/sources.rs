//! Sources: how far each was read, and how the last attempt went.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::{instant, maybe_instant, micros, number};
use super::fault::{Fault, Outcome};
use crate::notice::Position;
use crate::store::error::StoreError;
use crate::store::source::{SourceLease, SourceOutcome, SourceState, SourceStep, SourceTurn};

/// Records one step. A position never goes back under one numbering: of two processes that read the same mailbox, the one
/// that is behind has stored nothing that the other has not.
pub(super) fn put(conn: &Connection, step: &SourceStep) -> Outcome<()> {
    let (name, place) = (&step.lease.name, &step.place);
    match &step.outcome {
        SourceOutcome::Took { until, .. } => keep(conn, &step.lease, *until)?,
        SourceOutcome::Complete { .. } | SourceOutcome::Failed { .. } => {
            if leave(conn, &step.lease)? == 0 {
                return Err(lost(&step.lease));
            }
        }
    }
    conn.prepare_cached("DELETE FROM source WHERE name = ?1 AND place IS NOT ?2")?.execute(params![name, place])?;
    conn.prepare_cached("INSERT INTO source (name, place) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![name, place])?;
    match &step.outcome {
        SourceOutcome::Took { position, messages, newest_at, .. } => {
            took(conn, name, *position, *messages, *newest_at)?;
        }
        SourceOutcome::Complete { began_at } => {
            conn.prepare_cached(
                "UPDATE source SET error = NULL, tried_at = ?2, complete_at = ?2,
                     first_complete_at = coalesce(first_complete_at, ?2) WHERE name = ?1",
            )?
            .execute(params![name, micros(*began_at)])?;
        }
        SourceOutcome::Failed { error, at } => {
            conn.prepare_cached("UPDATE source SET error = ?2, tried_at = ?3 WHERE name = ?1")?.execute(params![
                name,
                error,
                micros(*at)
            ])?;
        }
    }
    Ok(())
}

fn took(
    conn: &Connection,
    name: &str,
    position: Option<Position>,
    messages: u64,
    newest_at: Option<DateTime<Utc>>,
) -> Outcome<()> {
    conn.prepare_cached(
        "UPDATE source SET messages = messages + ?2,
             newest_at = CASE WHEN newest_at >= ?3 OR ?3 IS NULL THEN newest_at ELSE ?3 END WHERE name = ?1",
    )?
    .execute(params![name, i64::try_from(messages).unwrap_or(i64::MAX), newest_at.map(micros)])?;
    if let Some(position) = position {
        conn.prepare_cached(
            "UPDATE source SET last_uid = CASE WHEN uid_validity = ?2 THEN max(last_uid, ?3) ELSE ?3 END,
                 uid_validity = ?2 WHERE name = ?1",
        )?
        .execute(params![name, position.uid_validity, position.uid])?;
    }
    Ok(())
}

pub(super) fn list(conn: &Connection) -> Outcome<Vec<SourceState>> {
    let select =
        "SELECT name, place, uid_validity, last_uid, tried_at, error, first_complete_at, complete_at, newest_at,
                      messages FROM source ORDER BY name";
    conn.prepare_cached(select)?.query_and_then([], state)?.collect()
}

fn state(row: &Row<'_>) -> Outcome<SourceState> {
    let position = match (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<i64>>(3)?) {
        (Some(uid_validity), Some(uid)) => {
            Some(Position { uid_validity: number("UIDVALIDITY", uid_validity)?, uid: number("UID", uid)? })
        }
        (None | Some(_), _) => None,
    };
    Ok(SourceState {
        name: row.get(0)?,
        place: row.get(1)?,
        position,
        tried_at: row.get::<_, Option<i64>>(4)?.map(instant).transpose()?,
        error: row.get(5)?,
        first_complete_at: maybe_instant(row.get(6)?)?,
        complete_at: maybe_instant(row.get(7)?)?,
        newest_at: maybe_instant(row.get(8)?)?,
        messages: number("count of messages", row.get(9)?)?,
    })
}

/// Taken where nobody has it, or its holder's time is over.
const LEASE: &str = "INSERT INTO source_lease (name, fence, holder, until) VALUES (?1, 1, ?2, ?3)
     ON CONFLICT (name) DO UPDATE SET fence = source_lease.fence + 1, holder = excluded.holder, until = excluded.until
         WHERE source_lease.holder IS NULL OR source_lease.until <= ?4
     RETURNING fence";

pub(super) fn lease(
    conn: &Connection,
    name: &str,
    holder: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Outcome<SourceTurn> {
    let taken: Option<i64> = conn
        .prepare_cached(LEASE)?
        .query_row(params![name, holder, micros(until), micros(now)], |row| row.get(0))
        .optional()?;
    if let Some(fence) = taken {
        return Ok(SourceTurn::Yours(SourceLease { name: name.to_owned(), fence: number("fence", fence)? }));
    }
    // Over by now, if there is none any more: it is to be asked for again at once.
    let others: Option<(i64, String, i64)> = conn
        .prepare_cached("SELECT fence, holder, until FROM source_lease WHERE name = ?1 AND holder IS NOT NULL")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (fence, holder, until) = others.unwrap_or((0, String::new(), micros(now)));
    let lease = SourceLease { name: name.to_owned(), fence: number("fence", fence)? };
    Ok(SourceTurn::Others { lease, holder, until: instant(until)? })
}

/// Whose turn it is is told by the fence.
pub(super) fn keep(conn: &Connection, lease: &SourceLease, until: DateTime<Utc>) -> Outcome<()> {
    let sql = "UPDATE source_lease SET until = max(until, ?3) WHERE name = ?1 AND fence = ?2 AND holder IS NOT NULL";
    match conn.prepare_cached(sql)?.execute(params![lease.name, fence(lease), micros(until)])? {
        0 => Err(lost(lease)),
        _ => Ok(()),
    }
}

/// Ends a turn; how many were not over.
pub(super) fn leave(conn: &Connection, lease: &SourceLease) -> Outcome<usize> {
    let sql =
        "UPDATE source_lease SET holder = NULL, until = NULL WHERE name = ?1 AND fence = ?2 AND holder IS NOT NULL";
    Ok(conn.prepare_cached(sql)?.execute(params![lease.name, fence(lease)])?)
}

fn fence(lease: &SourceLease) -> i64 {
    i64::try_from(lease.fence).unwrap_or(i64::MAX)
}

fn lost(lease: &SourceLease) -> Fault {
    StoreError::LostSource { name: lease.name.clone() }.into()
}
