//! Outages, what was said about them, and how they were judged.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::{Conditions, document, find_id, instant, json, micros, micros_up, number};
use super::fault::{Fault, Outcome};
use crate::names::OutageId;
use crate::outage::{Outage, Statement};
use crate::store::changes::{NewOverride, NewVerdict, OutageEnd};
use crate::store::error::StoreError;
use crate::store::found::{JudgedVerdict, OutageFilter};
use crate::store::once;
use crate::verdict::{Override, Verdict};

/// Records an outage; gives how many rows that made, none when it was there already.
pub(super) fn keep(conn: &Connection, outage: &Outage) -> Outcome<usize> {
    Ok(conn
        .prepare_cached(
            "INSERT INTO outage (id, start_at, end_at, document) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            outage.id.as_str(),
            micros(outage.start.at),
            outage.end.as_ref().map(|end| micros_up(end.at)),
            json(outage)?,
        ])?)
}

pub(super) fn end(conn: &Connection, end: &OutageEnd) -> Outcome<()> {
    let Some(mut outage) = load(conn, end.outage.as_str())? else {
        return Err(StoreError::UnknownOutage(end.outage.clone()).into());
    };
    if outage.end.as_ref() == Some(&end.end) {
        return Ok(());
    }
    outage.end = Some(end.end.clone());
    conn.prepare_cached("UPDATE outage SET end_at = ?2, document = ?3 WHERE id = ?1")?.execute(params![
        outage.id.as_str(),
        micros_up(end.end.at),
        json(&outage)?
    ])?;
    Ok(())
}

pub(super) fn say(conn: &Connection, statement: &Statement) -> Outcome<()> {
    let digest = once::statement(statement)?;
    conn.prepare_cached(
        "INSERT INTO statement (outage, digest, said_at, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (outage, digest) DO NOTHING",
    )?
    .execute(params![statement.outage.as_str(), digest.as_str(), micros(statement.said_at), json(statement)?])
    .map_err(|error| Fault::from(error).or_dangling(|| StoreError::UnknownOutage(statement.outage.clone())))?;
    Ok(())
}

pub(super) fn judge(conn: &Connection, new: &NewVerdict, now: DateTime<Utc>) -> Outcome<()> {
    let (outage, asset) = (new.outage.as_str(), new.verdict.asset.as_str());
    let newest: Option<(i64, String)> = conn
        .prepare_cached(
            "SELECT revision, document FROM verdict WHERE outage = ?1 AND asset = ?2 ORDER BY revision DESC LIMIT 1",
        )?
        .query_row([outage, asset], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let revision = match newest {
        None => 1,
        Some((_, kept)) if document::<Verdict>("verdict", &kept)? == new.verdict => return Ok(()),
        Some((revision, _)) => revision + 1,
    };
    conn.prepare_cached(
        "INSERT INTO verdict (outage, asset, revision, judged_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![outage, asset, revision, micros(now), json(&new.verdict)?])
    .map_err(|error| Fault::from(error).or_dangling(|| StoreError::UnknownOutage(new.outage.clone())))?;
    Ok(())
}

/// Keeps a person's word on a verdict; the same word again is the one that is there.
pub(super) fn put_override(conn: &Connection, new: &NewOverride) -> Outcome<()> {
    let kept = overrides(conn, &new.outage)?;
    let same = |known: &Override| Override { made_at: new.said.made_at, ..known.clone() } == new.said;
    let newest = kept.iter().rfind(|known| known.asset == new.said.asset);
    if newest.is_some_and(same) {
        return Ok(());
    }
    let number = i64::try_from(kept.len()).unwrap_or(i64::MAX - 1) + 1;
    conn.prepare_cached("INSERT INTO override (outage, number, made_at, document) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![new.outage.as_str(), number, micros(new.said.made_at), json(&new.said)?])
        .map_err(|error| Fault::from(error).or_dangling(|| StoreError::UnknownOutage(new.outage.clone())))?;
    Ok(())
}

pub(super) fn overrides(conn: &Connection, outage: &OutageId) -> Outcome<Vec<Override>> {
    conn.prepare_cached("SELECT document FROM override WHERE outage = ?1 ORDER BY number")?
        .query_and_then([outage.as_str()], |row| document("override", &row.get::<_, String>(0)?))?
        .collect()
}

fn outage(row: &Row<'_>) -> Outcome<Outage> {
    document("outage", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)
}

fn load(conn: &Connection, id: &str) -> Outcome<Option<Outage>> {
    conn.prepare_cached("SELECT document FROM outage WHERE id = ?1")?.query_and_then([id], outage)?.next().transpose()
}

pub(super) fn typed(conn: &Connection, typed: &str) -> Outcome<Option<Outage>> {
    find_id(conn, "outage", typed)?.map_or(Ok(None), |id| load(conn, &id))
}

pub(super) fn list(conn: &Connection, filter: OutageFilter) -> Outcome<Vec<Outage>> {
    let mut conditions = Conditions::default();
    match filter {
        OutageFilter::All => {}
        OutageFilter::Open => conditions.and("end_at IS ?", rusqlite::types::Value::Null),
        OutageFilter::Overlapping(interval) => {
            conditions.and("start_at < ?", micros_up(interval.end()));
            conditions.and("(end_at IS NULL OR end_at > ?)", micros(interval.start()));
        }
        OutageFilter::OpenOrRecordedAfter(at) => {
            // To the second, and then exactly below: only what is recent is read whole.
            let recorded = "(end_at IS NULL OR unixepoch(json_extract(document, '$.recorded_at')) >= ?)";
            conditions.and(recorded, at.timestamp());
        }
    }
    let mut found = conditions.rows(conn, "SELECT document FROM outage", "start_at, id", None, outage)?;
    if let OutageFilter::OpenOrRecordedAfter(at) = filter {
        found.retain(|outage| outage.is_open() || outage.recorded_at > at);
    }
    Ok(found)
}

pub(super) fn statements(conn: &Connection, outage: &OutageId) -> Outcome<Vec<Statement>> {
    conn.prepare_cached("SELECT document FROM statement WHERE outage = ?1 ORDER BY said_at, digest")?
        .query_and_then([outage.as_str()], |row| document("statement", &row.get::<_, String>(0)?))?
        .collect()
}

pub(super) fn verdicts(conn: &Connection, outage: &OutageId) -> Outcome<Vec<JudgedVerdict>> {
    conn.prepare_cached("SELECT revision, judged_at, document FROM verdict WHERE outage = ?1 ORDER BY asset, revision")?
        .query_and_then([outage.as_str()], |row| {
            Ok(JudgedVerdict {
                revision: number("revision of a verdict", row.get(0)?)?,
                judged_at: instant(row.get(1)?)?,
                verdict: document("verdict", &row.get::<_, String>(2)?)?,
            })
        })?
        .collect()
}
