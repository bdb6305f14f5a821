//! Sources: how far each was read, and how the last attempt went.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::{free, freed, instant, maybe_instant, micros, number};
use super::fault::{Fault, Outcome};
use super::session::Session;
use crate::notice::Position;
use crate::store::error::StoreError;
use crate::store::source::{SourceLease, SourceOutcome, SourceState, SourceStep, SourceTurn};

/// Records one step. A position never goes back under one numbering: of two processes that read the same mailbox, the one
/// that is behind has stored nothing that the other has not.
pub(super) fn put(session: &Session, step: &SourceStep) -> Outcome<()> {
    let (name, place) = (&free(&step.lease.name), &free(&step.place));
    match &step.outcome {
        SourceOutcome::Took { until, .. } => keep(session, &step.lease, *until)?,
        SourceOutcome::Complete { .. } | SourceOutcome::Failed { .. } => {
            if leave(session, &step.lease)? == 0 {
                return Err(lost(&step.lease));
            }
        }
    }
    session.run("DELETE FROM source WHERE name = $1 AND place <> $2", &[name, place])?;
    session.run("INSERT INTO source (name, place) VALUES ($1, $2) ON CONFLICT DO NOTHING", &[name, place])?;
    match &step.outcome {
        SourceOutcome::Took { position, messages, newest_at, .. } => {
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

/// Taken where nobody has it, or its holder's time is over.
const LEASE: &str = "INSERT INTO source_lease (name, fence, holder, until) VALUES ($1, 1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET fence = source_lease.fence + 1, holder = excluded.holder, until = excluded.until
         WHERE source_lease.holder IS NULL OR source_lease.until <= $4
     RETURNING fence";

pub(super) fn lease(
    session: &Session,
    name: &str,
    holder: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Outcome<SourceTurn> {
    let taken = session.row(LEASE, &[&free(name), &free(holder), &micros(until), &micros(now)])?;
    if let Some(row) = taken {
        let fence = number("fence", row.try_get(0)?)?;
        return Ok(SourceTurn::Yours(SourceLease { name: name.to_owned(), fence }));
    }
    // Over by now, if there is none any more: it is to be asked for again at once.
    let sql = "SELECT fence, holder, until FROM source_lease WHERE name = $1 AND holder IS NOT NULL";
    let (fence, holder, until) = match session.row(sql, &[&free(name)])? {
        Some(row) => (row.try_get(0)?, freed(row.try_get(1)?), instant(row.try_get(2)?)?),
        None => (0, String::new(), now),
    };
    let lease = SourceLease { name: name.to_owned(), fence: number("fence", fence)? };
    Ok(SourceTurn::Others { lease, holder, until })
}

/// Whose turn it is is told by the fence.
pub(super) fn keep(session: &Session, lease: &SourceLease, until: DateTime<Utc>) -> Outcome<()> {
    let sql =
        "UPDATE source_lease SET until = GREATEST(until, $3) WHERE name = $1 AND fence = $2 AND holder IS NOT NULL";
    match session.run(sql, &[&free(&lease.name), &fence(lease), &micros(until)])? {
        0 => Err(lost(lease)),
        _ => Ok(()),
    }
}

/// Ends a turn; how many were not over.
pub(super) fn leave(session: &Session, lease: &SourceLease) -> Outcome<u64> {
    let sql =
        "UPDATE source_lease SET holder = NULL, until = NULL WHERE name = $1 AND fence = $2 AND holder IS NOT NULL";
    session.run(sql, &[&free(&lease.name), &fence(lease)])
}

fn fence(lease: &SourceLease) -> i64 {
    i64::try_from(lease.fence).unwrap_or(i64::MAX)
}

fn lost(lease: &SourceLease) -> Fault {
    StoreError::LostSource { name: lease.name.clone() }.into()
}
