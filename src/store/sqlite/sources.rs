//! Sources: how far each was read, and how the last attempt went.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

use super::column::{instant, maybe_instant, micros, number};
use super::fault::Outcome;
use crate::notice::Position;
use crate::store::source::{SourceOutcome, SourceState, SourceStep};

/// Records one step. A position never goes back under one numbering: of two processes that read the same mailbox, the one
/// that is behind has stored nothing that the other has not.
pub(super) fn put(conn: &Connection, step: &SourceStep) -> Outcome<()> {
    let (name, place) = (&step.name, &step.place);
    conn.prepare_cached("DELETE FROM source WHERE name = ?1 AND place IS NOT ?2")?.execute(params![name, place])?;
    conn.prepare_cached("INSERT INTO source (name, place) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![name, place])?;
    match &step.outcome {
        SourceOutcome::Took { position, messages, newest_at } => {
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
