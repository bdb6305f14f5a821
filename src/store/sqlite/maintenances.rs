//! Maintenances and their revisions, which are added and never changed.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::column::{Conditions, document, find_id, json, micros, micros_up, only, word};
use super::fault::Outcome;
use super::{notices, windows};
use crate::maintenance::{Identity, Maintenance, Revision};
use crate::names::{MaintenanceId, NoticeId, Reference, VendorId};
use crate::store::changes::Rehomed;
use crate::store::error::StoreError;
use crate::store::found::{MaintenanceFilter, MaintenanceNumber};
use crate::time::Interval;

/// Maintenances of units of work that are kept together, as they were read or written since those began: nobody else can
/// change one meanwhile. To read the revisions of each back from their documents, twice a notice, was a tenth of an import.
#[derive(Debug, Default)]
pub(super) struct Held(RefCell<Option<HashMap<i64, Maintenance>>>);

/// Most maintenances held, at some 10 KiB each: those of the notices that are stored together.
const MAX_HELD: usize = 256;

impl Held {
    /// From here on this connection alone can write.
    pub(super) fn begin(&self) {
        *self.0.borrow_mut() = Some(HashMap::new());
    }

    /// From here on others can write too.
    pub(super) fn end(&self) {
        *self.0.borrow_mut() = None;
    }

    /// Something that was written is undone.
    pub(super) fn forget(&self) {
        if let Some(held) = self.0.borrow_mut().as_mut() {
            held.clear();
        }
    }

    fn get(&self, number: i64) -> Option<Maintenance> {
        self.0.borrow().as_ref()?.get(&number).cloned()
    }

    fn put(&self, number: i64, maintenance: &Maintenance) {
        if let Some(held) = self.0.borrow_mut().as_mut() {
            if held.len() >= MAX_HELD {
                held.clear();
            }
            held.insert(number, maintenance.clone());
        }
    }
}

/// Adds the revisions that are not there yet.
pub(super) fn put(conn: &Connection, held: &Held, maintenance: &Maintenance) -> Outcome<()> {
    let id = &maintenance.id;
    let missing = |number| StoreError::RevisionMissing { maintenance: id.clone(), number };
    for (number, revision) in (1..).zip(&maintenance.revisions) {
        if revision.number != number {
            return Err(missing(number).into());
        }
    }
    if maintenance.revisions.is_empty() {
        return Err(missing(1).into());
    }
    let (number, stored) = match load(conn, held, id.as_str())? {
        Some((number, kept)) => {
            agree(conn, (number, &kept.identity), maintenance)?;
            let mut both = maintenance.revisions.iter().zip(&kept.revisions);
            if let Some((_, differing)) = both.find(|(given, kept)| given != kept) {
                let number = differing.number;
                return Err(StoreError::RevisionDiffers { maintenance: id.clone(), number }.into());
            }
            (number, kept.revisions.len())
        }
        None => (insert(conn, maintenance)?, 0),
    };
    let names = names(maintenance)?;
    for revision in maintenance.revisions.iter().skip(stored) {
        add(conn, (number, names.as_deref()), maintenance, revision)?;
    }
    held.put(number, maintenance);
    Ok(())
}

fn insert(conn: &Connection, maintenance: &Maintenance) -> Outcome<i64> {
    let (id, given) = (maintenance.id.as_str(), &maintenance.identity);
    let recorded = maintenance.revisions.iter().map(|revision| micros_up(revision.recorded_at)).max();
    conn.prepare_cached(
        "INSERT INTO maintenance (id, vendor, account, reference, last_end, last_recorded, names)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id,
        given.vendor.as_str(),
        given.account,
        given.reference.as_str(),
        maintenance.revisions.iter().filter_map(last_end).max(),
        recorded.unwrap_or(i64::MIN),
        names(maintenance)?,
    ])?;
    let number = conn.last_insert_rowid();
    put_reference(conn, number, maintenance, &given.reference)?;
    Ok(number)
}

/// The account may become known later; nothing else of an identity changes.
fn agree(conn: &Connection, (number, kept): (i64, &Identity), maintenance: &Maintenance) -> Outcome<()> {
    let given = &maintenance.identity;
    if kept == given {
        return Ok(());
    }
    if kept.account.is_none() && (Identity { account: given.account.clone(), ..kept.clone() }) == *given {
        conn.prepare_cached("UPDATE maintenance SET account = ?2 WHERE number = ?1")?
            .execute(params![number, given.account])?;
        return Ok(());
    }
    Err(StoreError::IdentityDiffers { maintenance: maintenance.id.clone() }.into())
}

/// Gives a maintenance to another vendor, with every reference and window it is found by.
pub(super) fn rehome(conn: &Connection, held: &Held, rehomed: &Rehomed) -> Outcome<()> {
    held.forget();
    let (id, vendor) = (rehomed.maintenance.as_str(), rehomed.vendor.as_str());
    let known: Option<(i64, String)> = conn
        .prepare_cached("SELECT number, vendor FROM maintenance WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, before)) = known else { return Ok(()) };
    conn.prepare_cached("UPDATE maintenance SET vendor = ?2 WHERE number = ?1")?.execute(params![number, vendor])?;
    conn.prepare_cached("UPDATE OR REPLACE reference SET vendor = ?2 WHERE maintenance = ?1")?
        .execute(params![number, vendor])?;
    windows::rehome(conn, (&before, &rehomed.vendor), number, &revisions(conn, number)?)
}

fn put_reference(conn: &Connection, number: i64, maintenance: &Maintenance, reference: &Reference) -> Outcome<()> {
    conn.prepare_cached(
        "INSERT INTO reference (folded, vendor, maintenance) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute(params![reference.folded(), maintenance.identity.vendor.as_str(), number])?;
    Ok(())
}

fn add(
    conn: &Connection,
    (number, names): (i64, Option<&str>),
    maintenance: &Maintenance,
    revision: &Revision,
) -> Outcome<()> {
    conn.prepare_cached(
        "INSERT INTO revision (maintenance, number, notice, received_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        number,
        revision.number,
        notices::number_of(conn, &revision.notice)?,
        micros(revision.received.at),
        json(revision)?
    ])?;
    let said = &revision.announcement;
    for reference in [Some(&said.reference), said.replaces.as_ref()].into_iter().flatten() {
        if revision.number > 1 || *reference != maintenance.identity.reference {
            put_reference(conn, number, maintenance, reference)?;
        }
    }
    windows::index(conn, &maintenance.identity.vendor, number, revision)?;
    // What opens a maintenance was written with it.
    if revision.number > 1 {
        conn.prepare_cached(
            "UPDATE maintenance SET last_recorded = max(last_recorded, ?2),
                    last_end = coalesce(max(last_end, ?3), last_end, ?3), names = ?4 WHERE number = ?1",
        )?
        .execute(params![number, micros_up(revision.recorded_at), last_end(revision), names])?;
    }
    Ok(())
}

/// What the maintenance names, as a column.
fn names(maintenance: &Maintenance) -> Outcome<Option<String>> {
    maintenance.names().map(|names| json(&names)).transpose()
}

/// The latest end of any reading of any window.
fn last_end(revision: &Revision) -> Option<i64> {
    windows::intervals(revision).map(|interval| micros_up(interval.end())).max()
}

fn revisions(conn: &Connection, number: i64) -> Outcome<Vec<Revision>> {
    conn.prepare_cached("SELECT document FROM revision WHERE maintenance = ?1 ORDER BY number")?
        .query_and_then([number], |row| document("revision", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?))?
        .collect()
}

/// The maintenance of an id, with its number.
fn load(conn: &Connection, held: &Held, id: &str) -> Outcome<Option<(i64, Maintenance)>> {
    let number: Option<i64> = conn
        .prepare_cached("SELECT number FROM maintenance WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    number.map(|number| Ok((number, numbered(conn, held, number)?))).transpose()
}

/// The maintenance of a number.
fn numbered(conn: &Connection, held: &Held, number: i64) -> Outcome<Maintenance> {
    if let Some(known) = held.get(number) {
        return Ok(known);
    }
    let row = |row: &Row<'_>| -> Outcome<(MaintenanceId, Identity)> {
        let identity = Identity {
            vendor: word("vendor id", row.get(1)?)?,
            account: row.get(2)?,
            reference: word("reference", row.get(3)?)?,
        };
        Ok((word("maintenance id", row.get(0)?)?, identity))
    };
    let mut select = conn.prepare_cached("SELECT id, vendor, account, reference FROM maintenance WHERE number = ?1")?;
    let (id, identity) = select.query_and_then([number], row)?.next().ok_or(rusqlite::Error::QueryReturnedNoRows)??;
    let maintenance = Maintenance { id, identity, revisions: revisions(conn, number)? };
    held.put(number, &maintenance);
    Ok(maintenance)
}

/// Those of these numbers, by id.
fn load_all(conn: &Connection, held: &Held, numbers: impl IntoIterator<Item = i64>) -> Outcome<Vec<Maintenance>> {
    let mut all =
        numbers.into_iter().map(|number| numbered(conn, held, number)).collect::<Outcome<Vec<Maintenance>>>()?;
    all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}

pub(super) fn of_numbers(conn: &Connection, held: &Held, numbers: &[MaintenanceNumber]) -> Outcome<Vec<Maintenance>> {
    load_all(conn, held, numbers.iter().map(|MaintenanceNumber(number)| *number))
}

/// The numbers that a query gives.
fn numbers(conn: &Connection, sql: &str, values: impl Params) -> Outcome<Vec<i64>> {
    let mut select = conn.prepare_cached(sql)?;
    Ok(select.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn typed(conn: &Connection, held: &Held, typed: &str) -> Outcome<Option<Maintenance>> {
    let typed = typed.trim();
    if let Some((_, exact)) = load(conn, held, typed)? {
        return Ok(Some(exact));
    }
    let named: Vec<String> = conn
        .prepare_cached(
            "SELECT DISTINCT maintenance.id FROM reference JOIN maintenance ON maintenance.number = reference.maintenance
             WHERE folded = ?1 ORDER BY maintenance.id",
        )?
        .query_map([typed.to_lowercase()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let id = match only(typed, named)? {
        Some(id) => Some(id),
        None => find_id(conn, "maintenance", typed)?,
    };
    id.map_or(Ok(None), |id| Ok(load(conn, held, &id)?.map(|(_, found)| found)))
}

pub(super) fn with_reference(
    conn: &Connection,
    held: &Held,
    vendor: &VendorId,
    folded: &str,
) -> Outcome<Vec<Maintenance>> {
    let sql = "SELECT maintenance FROM reference WHERE folded = ?1 AND vendor = ?2";
    load_all(conn, held, numbers(conn, sql, [folded, vendor.as_str()])?)
}

/// Those of which any revision came from this notice.
pub(super) fn of_notice(conn: &Connection, held: &Held, notice: &NoticeId) -> Outcome<Vec<Maintenance>> {
    let sql = "SELECT DISTINCT maintenance FROM revision WHERE notice = (SELECT number FROM notice WHERE id = ?1)";
    load_all(conn, held, numbers(conn, sql, [notice.as_str()])?)
}

/// The vendor after `?1`.
pub(super) const NEXT_VENDOR: &str = "SELECT vendor FROM maintenance WHERE vendor > ?1 ORDER BY vendor LIMIT 1";

/// Every vendor that has announced something: from each the index leads to the next, past all that it announced.
pub(super) fn vendors(conn: &Connection) -> Outcome<Vec<VendorId>> {
    let mut next = conn.prepare_cached(NEXT_VENDOR)?;
    let mut vendors: Vec<VendorId> = Vec::new();
    loop {
        let last = vendors.last().map_or("", VendorId::as_str);
        let Some(vendor) = next.query_row([last], |row| row.get(0)).optional()? else { return Ok(vendors) };
        vendors.push(word("vendor id", vendor)?);
    }
}

pub(super) fn overlapping(conn: &Connection, held: &Held, interval: Interval) -> Outcome<Vec<Maintenance>> {
    load_all(conn, held, windows::overlapping(conn, interval)?)
}

pub(super) fn near(
    conn: &Connection,
    held: &Held,
    vendors: &[VendorId],
    interval: Interval,
) -> Outcome<Vec<Maintenance>> {
    load_all(conn, held, windows::near(conn, vendors, interval)?)
}

/// Maintenances that `?1` does not leave behind.
pub(super) const ACTIVE: &str = "SELECT number FROM maintenance WHERE last_end > ?1 OR last_recorded >= ?1";

pub(super) fn active(conn: &Connection, held: &Held, at: DateTime<Utc>) -> Outcome<Vec<Maintenance>> {
    load_all(conn, held, numbers(conn, ACTIVE, [micros(at)])?)
}

pub(super) fn active_ids(conn: &Connection, at: DateTime<Utc>) -> Outcome<Vec<MaintenanceId>> {
    let sql = format!("SELECT id FROM maintenance WHERE number IN ({ACTIVE}) ORDER BY id");
    conn.prepare_cached(&sql)?.query_and_then([micros(at)], |row| word("maintenance id", row.get(0)?))?.collect()
}

pub(super) fn of_ids(conn: &Connection, held: &Held, ids: &[MaintenanceId]) -> Outcome<Vec<Maintenance>> {
    let found = ids.iter().map(|id| Ok(load(conn, held, id.as_str())?.map(|(_, found)| found)));
    let mut found: Vec<Maintenance> = found.collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect();
    found.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

pub(super) fn list(conn: &Connection, held: &Held, filter: &MaintenanceFilter) -> Outcome<Vec<Maintenance>> {
    let mut conditions = Conditions::default();
    if let Some(vendor) = &filter.vendor {
        conditions.and("vendor = ?", vendor.as_str().to_owned());
    }
    if let Some(after) = &filter.after {
        conditions.and("id > ?", after.as_str().to_owned());
    }
    let numbers: Vec<i64> =
        conditions.rows(conn, "SELECT number FROM maintenance", "id", filter.limit, |row| Ok(row.get(0)?))?;
    load_all(conn, held, numbers)
}
