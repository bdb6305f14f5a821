//! Dated versions of the inventory.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::{document, instant, json, micros, number, word};
use super::fault::Outcome;
use crate::names::Digest;
use crate::store::changes::NewInventory;
use crate::store::found::{Dated, InventoryVersion};

/// Adds a version unless it is equal to the newest; gives its number.
pub(super) fn put(conn: &Connection, new: &NewInventory) -> Outcome<Option<u32>> {
    let document = json(&new.inventory)?;
    let digest = Digest::of(document.as_bytes());
    let newest: Option<(i64, String)> = conn
        .prepare_cached("SELECT version, digest FROM inventory ORDER BY version DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if newest.as_ref().is_some_and(|(_, kept)| kept == digest.as_str()) {
        return Ok(None);
    }
    let version = newest.map_or(1, |(version, _)| version + 1);
    conn.prepare_cached("INSERT INTO inventory (version, applied_at, digest, document) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![version, micros(new.applied_at), digest.as_str(), document])?;
    number("version of the inventory", version).map(Some)
}

fn version(row: &Row<'_>) -> Outcome<InventoryVersion> {
    Ok(InventoryVersion {
        version: number("version of the inventory", row.get(0)?)?,
        applied_at: instant(row.get(1)?)?,
        digest: word("digest", row.get(2)?)?,
        inventory: document("inventory", row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?)?,
    })
}

pub(super) fn latest(conn: &Connection) -> Outcome<Option<InventoryVersion>> {
    conn.prepare_cached("SELECT version, applied_at, digest, document FROM inventory ORDER BY version DESC LIMIT 1")?
        .query_and_then([], version)?
        .next()
        .transpose()
}

pub(super) fn versions(conn: &Connection) -> Outcome<Vec<(u32, DateTime<Utc>)>> {
    conn.prepare_cached("SELECT version, applied_at FROM inventory ORDER BY version DESC")?
        .query_and_then([], |row| Ok((number("version of the inventory", row.get(0)?)?, instant(row.get(1)?)?)))?
        .collect()
}

pub(super) fn as_of(conn: &Connection, at: DateTime<Utc>) -> Outcome<Option<Dated>> {
    let in_force = conn
        .prepare_cached(
            "SELECT version, applied_at, digest, document FROM inventory WHERE applied_at <= ?1
             ORDER BY applied_at DESC, version DESC LIMIT 1",
        )?
        .query_and_then([micros(at)], version)?
        .next()
        .transpose()?;
    if let Some(version) = in_force {
        return Ok(Some(Dated::InForce(version)));
    }
    let oldest = conn
        .prepare_cached(
            "SELECT version, applied_at, digest, document FROM inventory ORDER BY applied_at, version LIMIT 1",
        )?
        .query_and_then([], version)?
        .next()
        .transpose()?;
    Ok(oldest.map(Dated::DeclaredLater))
}
