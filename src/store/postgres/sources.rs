//! Sources: how far each was read, and how the last attempt went.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::{free, freed, maybe_instant, micros, number};
use super::fault::Outcome;
use super::session::Session;
use crate::notice::Position;
use crate::store::source::{SourceOutcome, SourceState, SourceStep};

/// Records one step. A position never goes back under one numbering: of two processes that read the same mailbox, the one
/// that is behind has stored nothing that the other has not.
pub(super) fn put(session: &Session, step: &SourceStep) -> Outcome<()> {
    let (name, place) = (&free(&step.name), &free(&step.place));
    session.run("DELETE FROM source WHERE name = $1 AND place <> $2", &[name, place])?;
    session.run("INSERT INTO source (name, place) VALUES ($1, $2) ON CONFLICT DO NOTHING", &[name, place])?;
    match &step.outcome {
        SourceOutcome::Took { position, messages, newest_at } => {
            took(session, name, *position, *messages, *newest_at)?;
        }
        SourceOutcome::Complete { began_at } => {
            session.run(
                "UPDATE source SET error = NULL, tried_at = $2, complete_at = $2,
                     first_complete_at = coalesce(first_complete_at, $2) WHERE name = $1",
                &[name, &micros(*began_at)],
            )?;
        }
        SourceOutcome::Failed { error, at } => {
            session.run(
                "UPDATE source SET error = $2, tried_at = $3 WHERE name = $1",
                &[name, &free(error), &micros(*at)],
            )?;
        }
    }
    Ok(())
}

fn took(
    session: &Session,
    name: &str,
    position: Option<Position>,
    messages: u64,
    newest_at: Option<DateTime<Utc>>,
) -> Outcome<()> {
    session.run(
        "UPDATE source SET messages = messages + $2, newest_at = GREATEST(newest_at, $3) WHERE name = $1",
        &[&name, &i64::try_from(messages).unwrap_or(i64::MAX), &newest_at.map(micros)],
    )?;
    if let Some(position) = position {
        session.run(
            "UPDATE source SET last_uid = CASE WHEN uid_validity = $2 THEN GREATEST(last_uid, $3) ELSE $3 END,
                 uid_validity = $2 WHERE name = $1",
            &[&name, &i64::from(position.uid_validity), &i64::from(position.uid)],
        )?;
    }
    Ok(())
}

pub(super) fn list(session: &Session) -> Outcome<Vec<SourceState>> {
    let sql = "SELECT name, place, uid_validity, last_uid, tried_at, error, first_complete_at, complete_at, newest_at, messages
               FROM source ORDER BY name";
    session.rows(sql, &[])?.iter().map(state).collect()
}

fn state(row: &Row) -> Outcome<SourceState> {
    let position = match (row.try_get::<_, Option<i64>>(2)?, row.try_get::<_, Option<i64>>(3)?) {
        (Some(uid_validity), Some(uid)) => {
            Some(Position { uid_validity: number("UIDVALIDITY", uid_validity)?, uid: number("UID", uid)? })
        }
        (None | Some(_), _) => None,
    };
    Ok(SourceState {
        name: freed(row.try_get(0)?),
        place: freed(row.try_get(1)?),
        position,
        tried_at: maybe_instant(row.try_get(4)?)?,
        error: row.try_get::<_, Option<String>>(5)?.map(freed),
        first_complete_at: maybe_instant(row.try_get(6)?)?,
        complete_at: maybe_instant(row.try_get(7)?)?,
        newest_at: maybe_instant(row.try_get(8)?)?,
        messages: number("count of messages", row.try_get(9)?)?,
    })
}
