//! Dated versions of the inventory.

use std::cell::RefCell;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::column::{document, instant, json, micros, number, word};
use super::fault::Outcome;
use crate::inventory::Inventory;
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

/// Inventories held in memory, newest use first, by the digest of their documents: reading one of 10,000 customers takes
/// a tenth of a second, and it is asked for with every notice.
#[derive(Debug, Default)]
pub(super) struct Held(RefCell<Vec<(Digest, Arc<Inventory>)>>);

/// Most inventories held: that of today, and those of the outages judged along with it.
const MAX_HELD: usize = 4;

impl Held {
    /// The inventory of this digest, read by `read` unless it is held.
    fn get(&self, digest: &Digest, read: impl FnOnce() -> Outcome<Inventory>) -> Outcome<Arc<Inventory>> {
        let mut held = self.0.borrow_mut();
        let found = match held.iter().position(|(known, _)| known == digest) {
            Some(place) => held.remove(place).1,
            None => Arc::new(read()?),
        };
        held.insert(0, (digest.clone(), Arc::clone(&found)));
        held.truncate(MAX_HELD);
        Ok(found)
    }
}

/// The first row of a query for number, instant and digest, with its document.
fn version(conn: &Connection, held: &Held, sql: &str, values: impl Params) -> Outcome<Option<InventoryVersion>> {
    let row = |row: &Row<'_>| -> rusqlite::Result<(i64, i64, String)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
    let Some((row_number, applied_at, digest)) = conn.prepare_cached(sql)?.query_row(values, row).optional()? else {
        return Ok(None);
    };
    let digest: Digest = word("digest", digest)?;
    let read = || {
        let text: String = conn
            .prepare_cached("SELECT document FROM inventory WHERE version = ?1")?
            .query_row([row_number], |row| row.get(0))?;
        document("inventory", &text)
    };
    let inventory = held.get(&digest, read)?;
    let version = number("version of the inventory", row_number)?;
    Ok(Some(InventoryVersion { version, applied_at: instant(applied_at)?, digest, inventory }))
}

pub(super) fn latest(conn: &Connection, held: &Held) -> Outcome<Option<InventoryVersion>> {
    version(conn, held, "SELECT version, applied_at, digest FROM inventory ORDER BY version DESC LIMIT 1", [])
}

pub(super) fn versions(conn: &Connection) -> Outcome<Vec<(u32, DateTime<Utc>)>> {
    conn.prepare_cached("SELECT version, applied_at FROM inventory ORDER BY version DESC")?
        .query_and_then([], |row| Ok((number("version of the inventory", row.get(0)?)?, instant(row.get(1)?)?)))?
        .collect()
}

pub(super) fn as_of(conn: &Connection, held: &Held, at: DateTime<Utc>) -> Outcome<Option<Dated>> {
    let in_force = "SELECT version, applied_at, digest FROM inventory WHERE applied_at <= ?1
                    ORDER BY applied_at DESC, version DESC LIMIT 1";
    if let Some(version) = version(conn, held, in_force, [micros(at)])? {
        return Ok(Some(Dated::InForce(version)));
    }
    let oldest = "SELECT version, applied_at, digest FROM inventory ORDER BY applied_at, version LIMIT 1";
    Ok(version(conn, held, oldest, [])?.map(Dated::DeclaredLater))
}
