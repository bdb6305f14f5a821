//! What planning must look at, and what it has seen.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::{count, freed, instant, micros, number, word};
use super::fault::Outcome;
use super::messages::{COLUMNS, message};
use super::session::Session;
use crate::plan::{Cause, Message, Unsent};
use crate::store::changes::{Changes, Unseen};
use crate::store::found::LastPlan;
use crate::store::sqlite::messages::cause_of;
use crate::store::sqlite::wakes::{causes_of, wakes};

/// What wakes by `$1`.
pub(super) const DUE: &str = "SELECT cause_kind, cause FROM wake WHERE at <= $1";

pub(super) fn due(session: &Session, now: DateTime<Utc>) -> Outcome<Vec<Cause>> {
    session.rows(DUE, &[&micros(now)])?.iter().map(|row| cause_of(row.try_get(0)?, row.try_get(1)?)).collect()
}

/// Messages that planning has not seen as they are, `$1` at most.
pub(super) const UNSEEN: &str = "SELECT id, state, fence, cause_kind, cause,
        CASE WHEN cause_kind = 'day' AND customer IS NOT NULL THEN material END
    FROM message WHERE unseen = 1 LIMIT $1";

pub(super) fn unseen(session: &Session, most: usize) -> Outcome<Vec<Unseen>> {
    let row = |row: &Row| -> Outcome<Unseen> {
        let cause = cause_of(row.try_get(3)?, freed(row.try_get(4)?))?;
        Ok(Unseen {
            message: word("message id", row.try_get(0)?)?,
            state: word("state of a message", row.try_get(1)?)?,
            fence: number("fence", row.try_get(2)?)?,
            causes: causes_of(cause, row.try_get(5)?)?,
        })
    };
    session.rows(UNSEEN, &[&count(most)])?.iter().map(row).collect()
}

pub(super) fn last_plan(session: &Session) -> Outcome<Option<LastPlan>> {
    let Some(row) = session.row("SELECT planned_by, planned_at FROM meta", &[])? else { return Ok(None) };
    let (by, at): (Option<String>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    by.zip(at).map(|(by, at)| Ok(LastPlan { by: word("digest", by)?, at: instant(at)? })).transpose()
}

/// Those that wait for approval, by when it is too late for them.
pub(super) const AWAITING: &str = "SELECT not_after, count(*) FROM message
    WHERE lease_until IS NULL AND state = 'awaiting-approval' AND customer IS NOT NULL AND stale_at >= $1 AND stale_at <= $2
    GROUP BY not_after";

/// Those that missed their moment, by that.
pub(super) const MISSED: &str = "SELECT not_after, count(*) FROM message
    WHERE state = 'skipped' AND customer IS NOT NULL AND reason >= 'its moment passed' AND reason < 'its moment passee'
        AND maybe_duplicate = 0 AND not_after >= $1 AND not_after <= $2 GROUP BY not_after";

pub(super) fn unsent(session: &Session, from: DateTime<Utc>, to: DateTime<Utc>) -> Outcome<Unsent> {
    let counts = |sql: &str| -> Outcome<BTreeMap<DateTime<Utc>, i64>> {
        let row = |row: &Row| Outcome::Ok((instant(row.try_get(0)?)?, row.try_get(1)?));
        session.rows(sql, &[&micros(from), &micros(to)])?.iter().map(row).collect()
    };
    Ok(Unsent { awaiting: counts(AWAITING)?, missed: counts(MISSED)? })
}

pub(super) fn to_staff(session: &Session, from: DateTime<Utc>) -> Outcome<Vec<Message>> {
    let sql =
        format!("SELECT {COLUMNS} FROM message m WHERE m.customer IS NULL AND m.due_at >= $1 ORDER BY m.due_at, m.id");
    session.rows(&sql, &[&micros(from)])?.iter().map(message).collect()
}

/// Writes what planning found at `now`.
pub(super) fn put(session: &Session, changes: &Changes, now: DateTime<Utc>) -> Outcome<()> {
    put_wakes(session, changes)?;
    see(session, &changes.seen)?;
    match &changes.planned_by {
        Some(by) => session.run("UPDATE meta SET planned_by = $1, planned_at = $2", &[&by.as_str(), &micros(now)])?,
        None if changes.wakes.is_empty() => 0,
        None => session
            .run("UPDATE meta SET planned_at = $1 WHERE planned_at IS NULL OR planned_at < $1", &[&micros(now)])?,
    };
    Ok(())
}

fn put_wakes(session: &Session, changes: &Changes) -> Outcome<()> {
    let (mut kinds, mut causes, mut at) = (Vec::new(), Vec::new(), Vec::new());
    let (mut asleep_kinds, mut asleep) = (Vec::new(), Vec::new());
    for (cause, wakes_at) in changes.wakes.iter().filter(|(cause, _)| wakes(cause)) {
        if let Some(wakes_at) = wakes_at {
            kinds.push(cause.kind());
            causes.push(cause.id());
            at.push(micros(*wakes_at));
        } else {
            asleep_kinds.push(cause.kind());
            asleep.push(cause.id());
        }
    }
    if !causes.is_empty() {
        session.run(
            "INSERT INTO wake (cause_kind, cause, at) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
             ON CONFLICT (cause_kind, cause) DO UPDATE SET at = excluded.at",
            &[&kinds, &causes, &at],
        )?;
    }
    if !asleep.is_empty() {
        session.run(
            "DELETE FROM wake USING unnest($1::text[], $2::text[]) AS t (cause_kind, cause)
             WHERE wake.cause_kind = t.cause_kind AND wake.cause = t.cause",
            &[&asleep_kinds, &asleep],
        )?;
    }
    Ok(())
}

/// What a worker has just locked is passed over, and is looked at again.
fn see(session: &Session, seen: &[Unseen]) -> Outcome<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = seen.iter().map(|seen| seen.message.as_str()).collect();
    let states: Vec<&str> = seen.iter().map(|seen| seen.state.as_str()).collect();
    let fences: Vec<i64> = seen.iter().map(|seen| i64::try_from(seen.fence).unwrap_or(i64::MAX)).collect();
    session.run(
        "UPDATE message SET unseen = 0 WHERE id IN (
             SELECT m.id FROM message m JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS t (id, state, fence)
                 ON m.id = t.id AND m.state = t.state AND m.fence = t.fence
             ORDER BY m.id FOR UPDATE OF m SKIP LOCKED)",
        &[&ids, &states, &fences],
    )?;
    Ok(())
}
