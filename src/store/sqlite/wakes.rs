//! What planning must look at, and what it has seen.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

use super::column::{document, instant, limit, micros, number, word};
use super::fault::Outcome;
use super::messages::{SELECT, cause_of, message};
use crate::plan::{Cause, Material, Message, Unsent};
use crate::store::changes::{Changes, Unseen};
use crate::store::found::LastPlan;

/// Causes of which a row of `wake` is kept.
pub(in crate::store) fn wakes(cause: &Cause) -> bool {
    cause.maintenance().is_some() || cause.outage().is_some()
}

/// What a message is about: its cause, and what a digest tells of.
pub(in crate::store) fn causes_of(own: Cause, material: Option<&str>) -> Outcome<Vec<Cause>> {
    let material: Option<Material> = material.map(|text| document("material of a message", text)).transpose()?;
    let told = material.into_iter().flat_map(|material| material.digest).map(|told| told.cause);
    Ok(told.chain([own]).collect())
}

pub(super) const DUE: &str = "SELECT cause_kind, cause FROM wake WHERE at <= ?1";

pub(super) fn due(conn: &Connection, now: DateTime<Utc>) -> Outcome<Vec<Cause>> {
    let row = |row: &Row<'_>| cause_of(&row.get::<_, String>(0)?, row.get(1)?);
    conn.prepare_cached(DUE)?.query_and_then([micros(now)], row)?.collect()
}

pub(super) const UNSEEN: &str = "SELECT id, state, fence, cause_kind, cause,
    CASE WHEN cause_kind = 'day' AND customer IS NOT NULL THEN material END FROM message WHERE unseen = 1 LIMIT ?1";

pub(super) fn unseen(conn: &Connection, most: usize) -> Outcome<Vec<Unseen>> {
    let row = |row: &Row<'_>| -> Outcome<Unseen> {
        let cause = cause_of(&row.get::<_, String>(3)?, row.get(4)?)?;
        Ok(Unseen {
            message: word("message id", row.get(0)?)?,
            state: word("state of a message", row.get(1)?)?,
            fence: number("fence", row.get(2)?)?,
            causes: causes_of(cause, row.get::<_, Option<String>>(5)?.as_deref())?,
        })
    };
    conn.prepare_cached(UNSEEN)?.query_and_then([limit(Some(most))], row)?.collect()
}

pub(super) fn last_plan(conn: &Connection) -> Outcome<Option<LastPlan>> {
    let mut select = conn.prepare_cached("SELECT planned_by, planned_at FROM meta")?;
    let (by, at): (Option<String>, Option<i64>) = select.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    by.zip(at).map(|(by, at)| Ok(LastPlan { by: word("digest", by)?, at: instant(at)? })).transpose()
}

/// Those that wait for approval, by when it is too late for them: of all that wait few are too late soon. The index is of what
/// nobody has.
pub(super) const AWAITING: &str = "SELECT not_after, count(*) FROM message
    WHERE lease_until IS NULL AND +state = 'awaiting-approval' AND customer IS NOT NULL AND stale_at >= ?1 AND stale_at <= ?2
    GROUP BY not_after";

/// Those that missed their moment, by that: a few of all that were skipped.
pub(super) const MISSED: &str = "SELECT not_after, count(*) FROM message INDEXED BY message_missed
    WHERE state = 'skipped' AND customer IS NOT NULL AND reason >= 'its moment passed' AND reason < 'its moment passee'
        AND maybe_duplicate = 0 AND not_after >= ?1 AND not_after <= ?2 GROUP BY not_after";

pub(super) fn unsent(conn: &Connection, from: DateTime<Utc>, to: DateTime<Utc>) -> Outcome<Unsent> {
    let counts = |sql: &str| -> Outcome<BTreeMap<DateTime<Utc>, i64>> {
        let row = |row: &Row<'_>| Outcome::Ok((instant(row.get(0)?)?, row.get(1)?));
        conn.prepare_cached(sql)?.query_and_then([micros(from), micros(to)], row)?.collect()
    };
    Ok(Unsent { awaiting: counts(AWAITING)?, missed: counts(MISSED)? })
}

pub(super) const TO_STAFF: &str = "WHERE customer IS NULL AND due_at >= ?1 ORDER BY due_at, id";

pub(super) fn to_staff(conn: &Connection, from: DateTime<Utc>) -> Outcome<Vec<Message>> {
    conn.prepare_cached(&format!("{SELECT} {TO_STAFF}"))?.query_and_then([micros(from)], message)?.collect()
}

/// Writes what planning found at `now`.
pub(super) fn put(conn: &Connection, changes: &Changes, now: DateTime<Utc>) -> Outcome<()> {
    for (cause, at) in changes.wakes.iter().filter(|(cause, _)| wakes(cause)) {
        match at {
            Some(at) => conn
                .prepare_cached(
                    "INSERT INTO wake (cause_kind, cause, at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (cause_kind, cause) DO UPDATE SET at = excluded.at",
                )?
                .execute(params![cause.kind(), cause.id(), micros(*at)])?,
            None => conn
                .prepare_cached("DELETE FROM wake WHERE cause_kind = ?1 AND cause = ?2")?
                .execute([cause.kind(), cause.id()])?,
        };
    }
    for seen in &changes.seen {
        let fence = i64::try_from(seen.fence).unwrap_or(i64::MAX);
        conn.prepare_cached("UPDATE message SET unseen = 0 WHERE id = ?1 AND state = ?2 AND fence = ?3")?
            .execute(params![seen.message.as_str(), seen.state.as_str(), fence])?;
    }
    match &changes.planned_by {
        Some(by) => conn
            .prepare_cached("UPDATE meta SET planned_by = ?1, planned_at = ?2")?
            .execute(params![by.as_str(), micros(now)])?,
        None if changes.wakes.is_empty() => 0,
        None => conn
            .prepare_cached("UPDATE meta SET planned_at = ?1 WHERE planned_at IS NULL OR planned_at < ?1")?
            .execute([micros(now)])?,
    };
    Ok(())
}
