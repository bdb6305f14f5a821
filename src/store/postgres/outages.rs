//! Outages, what was said about them, and how they were judged.

use chrono::{DateTime, Utc};

use super::column::{Conditions, count, document, documents, find_id, instant, json, micros, micros_up, number};
use super::fault::Outcome;
use super::session::Session;
use crate::names::OutageId;
use crate::outage::{Outage, Statement};
use crate::store::changes::{NewOverride, NewVerdict, OutageEnd};
use crate::store::error::StoreError;
use crate::store::found::{JudgedVerdict, OutageFilter};
use crate::store::once;
use crate::verdict::{Override, Verdict};

/// Records an outage; gives whether it was new.
pub(super) fn keep(session: &Session, outage: &Outage) -> Outcome<bool> {
    let end_at = outage.end.as_ref().map(|end| micros_up(end.at));
    let kept = session.run(
        "INSERT INTO outage (id, start_at, end_at, document) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        &[&outage.id.as_str(), &micros(outage.start.at), &end_at, &json(outage)?],
    )?;
    Ok(kept > 0)
}

pub(super) fn end(session: &Session, end: &OutageEnd) -> Outcome<u64> {
    let Some(mut outage) = load(session, end.outage.as_str())? else {
        return Err(StoreError::UnknownOutage(end.outage.clone()).into());
    };
    if outage.end.as_ref() == Some(&end.end) {
        return Ok(0);
    }
    outage.end = Some(end.end.clone());
    session.run(
        "UPDATE outage SET end_at = $2, document = $3 WHERE id = $1",
        &[&outage.id.as_str(), &micros_up(end.end.at), &json(&outage)?],
    )
}

pub(super) fn say(session: &Session, statement: &Statement) -> Outcome<u64> {
    let digest = once::statement(statement)?;
    session
        .run(
            "INSERT INTO statement (outage, digest, said_at, document) VALUES ($1, $2, $3, $4)
             ON CONFLICT (outage, digest) DO NOTHING",
            &[&statement.outage.as_str(), &digest.as_str(), &micros(statement.said_at), &json(statement)?],
        )
        .map_err(|fault| fault.or_dangling_reference(|| StoreError::UnknownOutage(statement.outage.clone())))
}

pub(super) fn judge(session: &Session, new: &NewVerdict, now: DateTime<Utc>) -> Outcome<u64> {
    let (outage, asset) = (new.outage.as_str(), new.verdict.asset.as_str());
    let newest = session.row(
        "SELECT revision, document FROM verdict WHERE outage = $1 AND asset = $2 ORDER BY revision DESC LIMIT 1",
        &[&outage, &asset],
    )?;
    let revision = match newest {
        None => 1,
        Some(row) if document::<Verdict>("verdict", row.try_get(1)?)? == new.verdict => return Ok(0),
        Some(row) => row.try_get::<_, i64>(0)? + 1,
    };
    session
        .run(
            "INSERT INTO verdict (outage, asset, revision, judged_at, document) VALUES ($1, $2, $3, $4, $5)",
            &[&outage, &asset, &revision, &micros(now), &json(&new.verdict)?],
        )
        .map_err(|fault| fault.or_dangling_reference(|| StoreError::UnknownOutage(new.outage.clone())))
}

/// Keeps a person's word on a verdict; the same word again is the one that is there.
pub(super) fn put_override(session: &Session, new: &NewOverride) -> Outcome<u64> {
    let kept = overrides(session, &new.outage)?;
    let same = |known: &Override| Override { made_at: new.said.made_at, ..known.clone() } == new.said;
    let newest = kept.iter().rfind(|known| known.asset == new.said.asset);
    if newest.is_some_and(same) {
        return Ok(0);
    }
    session
        .run(
            "INSERT INTO override (outage, number, made_at, document) VALUES ($1, $2, $3, $4)",
            &[&new.outage.as_str(), &(count(kept.len()) + 1), &micros(new.said.made_at), &json(&new.said)?],
        )
        .map_err(|fault| fault.or_dangling_reference(|| StoreError::UnknownOutage(new.outage.clone())))
}

pub(super) fn overrides(session: &Session, outage: &OutageId) -> Outcome<Vec<Override>> {
    let sql = "SELECT document FROM override WHERE outage = $1 ORDER BY number";
    documents("override", &session.rows(sql, &[&outage.as_str()])?)
}

fn load(session: &Session, id: &str) -> Outcome<Option<Outage>> {
    Ok(documents("outage", &session.rows("SELECT document FROM outage WHERE id = $1", &[&id])?)?.pop())
}

pub(super) fn typed(session: &Session, typed: &str) -> Outcome<Option<Outage>> {
    find_id(session, "outage", typed)?.map_or(Ok(None), |id| load(session, &id))
}

pub(super) fn list(session: &Session, filter: OutageFilter) -> Outcome<Vec<Outage>> {
    let mut conditions = Conditions::default();
    match filter {
        OutageFilter::All => {}
        OutageFilter::Open => conditions.and_that("end_at IS NULL"),
        OutageFilter::Overlapping(interval) => {
            conditions.and("start_at < ?", micros_up(interval.end()));
            conditions.and("(end_at IS NULL OR end_at > ?)", micros(interval.start()));
        }
        OutageFilter::OpenOrRecordedAfter(at) => {
            // To the second, and then exactly below: only what is recent is read whole. The key is found by its bytes:
            // within a text of JSON quotes are escaped, and jsonb refuses the NUL that such a text may hold.
            let recorded = r#"(end_at IS NULL
                OR substring(document from '"recorded_at":"([^"]+)"')::timestamptz >= to_timestamp(?))"#;
            conditions.and(recorded, seconds(at));
        }
    }
    let rows = conditions.rows(session, "SELECT document FROM outage", "start_at, id", None)?;
    let mut found: Vec<Outage> = documents("outage", &rows)?;
    if let OutageFilter::OpenOrRecordedAfter(at) = filter {
        found.retain(|outage| outage.is_open() || outage.recorded_at > at);
    }
    Ok(found)
}

/// Whole seconds since 1970, as `to_timestamp` wants them.
#[allow(clippy::cast_precision_loss, reason = "seconds of any year that a calendar knows are exact")]
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp() as f64
}

pub(super) fn statements(session: &Session, outage: &OutageId) -> Outcome<Vec<Statement>> {
    let sql = "SELECT document FROM statement WHERE outage = $1 ORDER BY said_at, digest";
    documents("statement", &session.rows(sql, &[&outage.as_str()])?)
}

pub(super) fn verdicts(session: &Session, outage: &OutageId) -> Outcome<Vec<JudgedVerdict>> {
    let sql = "SELECT revision, judged_at, document FROM verdict WHERE outage = $1 ORDER BY asset, revision";
    let rows = session.rows(sql, &[&outage.as_str()])?;
    let judged = |row: &tokio_postgres::Row| {
        Ok(JudgedVerdict {
            revision: number("revision of a verdict", row.try_get(0)?)?,
            judged_at: instant(row.try_get(1)?)?,
            verdict: document("verdict", row.try_get(2)?)?,
        })
    };
    rows.iter().map(judged).collect()
}
