//! Maintenances and their revisions, which are added and never changed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::column::{Conditions, document, find_id, json, micros, micros_up, only, word};
use super::fault::{Fault, Outcome};
use super::windows;
use crate::maintenance::{Identity, Maintenance, Revision};
use crate::names::{MaintenanceId, NoticeId, Reference, VendorId};
use crate::store::changes::Rehomed;
use crate::store::error::StoreError;
use crate::store::found::MaintenanceFilter;
use crate::time::Interval;

/// Adds the revisions that are not there yet.
pub(super) fn put(conn: &Connection, maintenance: &Maintenance) -> Outcome<()> {
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
    put_identity(conn, maintenance)?;
    let stored = revisions(conn, id.as_str())?;
    if let Some((_, differing)) = maintenance.revisions.iter().zip(&stored).find(|(given, kept)| given != kept) {
        let number = differing.number;
        return Err(StoreError::RevisionDiffers { maintenance: id.clone(), number }.into());
    }
    for revision in maintenance.revisions.iter().skip(stored.len()) {
        add(conn, maintenance, revision)?;
    }
    Ok(())
}

/// The account may become known later; nothing else of an identity changes.
fn put_identity(conn: &Connection, maintenance: &Maintenance) -> Outcome<()> {
    let (id, given) = (maintenance.id.as_str(), &maintenance.identity);
    let Some(kept) = identity(conn, id)? else {
        conn.prepare_cached(
            "INSERT INTO maintenance (id, vendor, account, reference, last_recorded) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id, given.vendor.as_str(), given.account, given.reference.as_str(), i64::MIN])?;
        return put_reference(conn, maintenance, &given.reference);
    };
    if kept == *given {
        return Ok(());
    }
    if kept.account.is_none() && (Identity { account: given.account.clone(), ..kept }) == *given {
        conn.prepare_cached("UPDATE maintenance SET account = ?2 WHERE id = ?1")?
            .execute(params![id, given.account])?;
        return Ok(());
    }
    Err(StoreError::IdentityDiffers { maintenance: maintenance.id.clone() }.into())
}

/// Gives a maintenance to another vendor, with every reference it goes by.
pub(super) fn rehome(conn: &Connection, rehomed: &Rehomed) -> Outcome<()> {
    let (id, vendor) = (rehomed.maintenance.as_str(), rehomed.vendor.as_str());
    conn.prepare_cached("UPDATE maintenance SET vendor = ?2 WHERE id = ?1")?.execute(params![id, vendor])?;
    conn.prepare_cached("UPDATE OR REPLACE reference SET vendor = ?2 WHERE maintenance = ?1")?
        .execute(params![id, vendor])?;
    Ok(())
}

fn put_reference(conn: &Connection, maintenance: &Maintenance, reference: &Reference) -> Outcome<()> {
    conn.prepare_cached(
        "INSERT INTO reference (folded, vendor, maintenance) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute(params![reference.folded(), maintenance.identity.vendor.as_str(), maintenance.id.as_str()])?;
    Ok(())
}

fn add(conn: &Connection, maintenance: &Maintenance, revision: &Revision) -> Outcome<()> {
    let id = maintenance.id.as_str();
    conn.prepare_cached(
        "INSERT INTO revision (maintenance, number, notice, received_at, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![id, revision.number, revision.notice.as_str(), micros(revision.received.at), json(revision)?])
    .map_err(|error| Fault::from(error).or_dangling(|| StoreError::UnknownNotice(revision.notice.clone())))?;
    let said = &revision.announcement;
    for reference in [Some(&said.reference), said.replaces.as_ref()].into_iter().flatten() {
        put_reference(conn, maintenance, reference)?;
    }
    windows::index(conn, id, revision)?;
    let last_end = windows::intervals(revision).map(|interval| micros_up(interval.end())).max();
    conn.prepare_cached(
        "UPDATE maintenance SET last_recorded = max(last_recorded, ?2),
                last_end = coalesce(max(last_end, ?3), last_end, ?3) WHERE id = ?1",
    )?
    .execute(params![id, micros_up(revision.recorded_at), last_end])?;
    Ok(())
}

fn identity(conn: &Connection, id: &str) -> Outcome<Option<Identity>> {
    conn.prepare_cached("SELECT vendor, account, reference FROM maintenance WHERE id = ?1")?
        .query_and_then([id], |row| {
            Ok(Identity {
                vendor: word("vendor id", row.get(0)?)?,
                account: row.get(1)?,
                reference: word("reference", row.get(2)?)?,
            })
        })?
        .next()
        .transpose()
}

fn revisions(conn: &Connection, id: &str) -> Outcome<Vec<Revision>> {
    conn.prepare_cached("SELECT document FROM revision WHERE maintenance = ?1 ORDER BY number")?
        .query_and_then([id], |row| document("revision", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?))?
        .collect()
}

fn load(conn: &Connection, id: &str) -> Outcome<Option<Maintenance>> {
    let Some(identity) = identity(conn, id)? else { return Ok(None) };
    let id: MaintenanceId = word("maintenance id", id.to_owned())?;
    let revisions = revisions(conn, id.as_str())?;
    Ok(Some(Maintenance { id, identity, revisions }))
}

fn load_all(conn: &Connection, ids: impl IntoIterator<Item = String>) -> Outcome<Vec<Maintenance>> {
    ids.into_iter().filter_map(|id| load(conn, &id).transpose()).collect()
}

pub(super) fn typed(conn: &Connection, typed: &str) -> Outcome<Option<Maintenance>> {
    let typed = typed.trim();
    if let Some(exact) = load(conn, typed)? {
        return Ok(Some(exact));
    }
    let named: Vec<String> = conn
        .prepare_cached("SELECT DISTINCT maintenance FROM reference WHERE folded = ?1 ORDER BY maintenance")?
        .query_map([typed.to_lowercase()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let id = match only(typed, named)? {
        Some(id) => Some(id),
        None => find_id(conn, "maintenance", typed)?,
    };
    id.map_or(Ok(None), |id| load(conn, &id))
}

pub(super) fn with_reference(conn: &Connection, vendor: &VendorId, folded: &str) -> Outcome<Vec<Maintenance>> {
    let ids: Vec<String> = conn
        .prepare_cached("SELECT maintenance FROM reference WHERE folded = ?1 AND vendor = ?2 ORDER BY maintenance")?
        .query_map([folded, vendor.as_str()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    load_all(conn, ids)
}

/// Those of which any revision came from this notice.
pub(super) fn of_notice(conn: &Connection, notice: &NoticeId) -> Outcome<Vec<Maintenance>> {
    let ids: Vec<String> = conn
        .prepare_cached("SELECT DISTINCT maintenance FROM revision WHERE notice = ?1 ORDER BY maintenance")?
        .query_map([notice.as_str()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    load_all(conn, ids)
}

/// Every vendor that has announced something.
pub(super) fn vendors(conn: &Connection) -> Outcome<Vec<VendorId>> {
    conn.prepare_cached("SELECT DISTINCT vendor FROM maintenance ORDER BY vendor")?
        .query_and_then([], |row| word("vendor id", row.get(0)?))?
        .collect()
}

pub(super) fn overlapping(conn: &Connection, interval: Interval) -> Outcome<Vec<Maintenance>> {
    load_all(conn, windows::overlapping(conn, interval)?)
}

pub(super) fn near(conn: &Connection, vendors: &[VendorId], interval: Interval) -> Outcome<Vec<Maintenance>> {
    let mut of_vendors = Vec::new();
    let mut vendor_of = conn.prepare_cached("SELECT vendor FROM maintenance WHERE id = ?1")?;
    for id in windows::overlapping(conn, interval)? {
        let vendor: String = vendor_of.query_row([&id], |row| row.get(0))?;
        if vendors.iter().any(|known| known.as_str() == vendor) {
            of_vendors.push(id);
        }
    }
    load_all(conn, of_vendors)
}

/// Maintenances that `?1` does not leave behind.
pub(super) const ACTIVE: &str = "SELECT id FROM maintenance WHERE last_end > ?1 OR last_recorded >= ?1";

pub(super) fn active(conn: &Connection, at: DateTime<Utc>) -> Outcome<Vec<Maintenance>> {
    let ids: BTreeSet<String> =
        conn.prepare_cached(ACTIVE)?.query_map([micros(at)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    load_all(conn, ids)
}

pub(super) fn list(conn: &Connection, filter: &MaintenanceFilter) -> Outcome<Vec<Maintenance>> {
    let mut conditions = Conditions::default();
    if let Some(vendor) = &filter.vendor {
        conditions.and("vendor = ?", vendor.as_str().to_owned());
    }
    if let Some(after) = &filter.after {
        conditions.and("id > ?", after.as_str().to_owned());
    }
    let ids: Vec<String> =
        conditions.rows(conn, "SELECT id FROM maintenance", "id", filter.limit, |row| Ok(row.get(0)?))?;
    load_all(conn, ids)
}
