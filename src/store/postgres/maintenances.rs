//! Maintenances with their revisions, as they are asked for.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::Conditions;
use super::column::{document, find_id, firsts, free, freed, micros, only, word};
use super::fault::Outcome;
use super::session::{Session, Step, Value};
use super::windows::{self, Search};
use crate::maintenance::{Identity, Maintenance};
use crate::names::{MaintenanceId, NoticeId, VendorId};
use crate::store::changes::Rehomed;
use crate::store::found::{MaintenanceFilter, MaintenanceNumber, NamesNear};
use crate::time::Interval;

/// Gives a maintenance to another vendor, with every reference and window it is found by.
pub(super) fn rehome(session: &Session, rehomed: &Rehomed) -> Outcome<u64> {
    let (id, vendor) = (rehomed.maintenance.as_str(), rehomed.vendor.as_str());
    let steps = [
        "UPDATE maintenance SET vendor = $2 WHERE id = $1",
        "INSERT INTO reference (folded, vendor, maintenance)
         SELECT r.folded, $2, r.maintenance FROM reference r JOIN maintenance m ON m.number = r.maintenance WHERE m.id = $1
         ON CONFLICT DO NOTHING",
        "DELETE FROM reference USING maintenance m WHERE m.number = maintenance AND m.id = $1 AND reference.vendor <> $2",
        "INSERT INTO planned_window (vendor, band, start_at, end_at, maintenance)
         SELECT $2, w.band, w.start_at, w.end_at, w.maintenance
         FROM planned_window w JOIN maintenance m ON m.number = w.maintenance WHERE m.id = $1 ON CONFLICT DO NOTHING",
        "DELETE FROM planned_window USING maintenance m
         WHERE m.number = maintenance AND m.id = $1 AND planned_window.vendor <> $2",
    ];
    session.flight(steps.into_iter().map(|sql| Step { sql, values: vec![&id, &vendor] }).collect())
}

/// Maintenances that fulfil a condition on `maintenance AS m`, by id, each with its revisions: one question.
pub(super) fn load_where(session: &Session, condition: &str, values: &[Value<'_>]) -> Outcome<Vec<Maintenance>> {
    let sql = format!(
        "SELECT m.id, m.vendor, m.account, m.reference, r.document
         FROM maintenance m LEFT JOIN revision r ON r.maintenance = m.number
         WHERE {condition} ORDER BY m.id, r.number"
    );
    whole(&session.rows(&sql, values)?)
}

fn whole(rows: &[Row]) -> Outcome<Vec<Maintenance>> {
    let mut found: Vec<Maintenance> = Vec::new();
    for row in rows {
        let id: &str = row.try_get(0)?;
        if found.last().is_none_or(|last| last.id.as_str() != id) {
            let identity = Identity {
                vendor: word("vendor id", row.try_get(1)?)?,
                account: row.try_get::<_, Option<String>>(2)?.map(freed),
                reference: word("reference", row.try_get(3)?)?,
            };
            let id: MaintenanceId = word("maintenance id", id.to_owned())?;
            found.push(Maintenance { id, identity, revisions: Vec::new() });
        }
        if let (Some(text), Some(last)) = (row.try_get::<_, Option<&str>>(4)?, found.last_mut()) {
            last.revisions.push(document("revision", text)?);
        }
    }
    Ok(found)
}

fn load(session: &Session, id: &str) -> Outcome<Option<Maintenance>> {
    Ok(load_where(session, "m.id = $1", &[&id])?.pop())
}

pub(super) fn typed(session: &Session, typed: &str) -> Outcome<Option<Maintenance>> {
    let typed = typed.trim();
    if let Some(exact) = load(session, &free(typed))? {
        return Ok(Some(exact));
    }
    let named = firsts(&session.rows(
        "SELECT DISTINCT m.id FROM reference r JOIN maintenance m ON m.number = r.maintenance WHERE r.folded = $1
         ORDER BY m.id",
        &[&free(&typed.to_lowercase())],
    )?)?;
    let id = match only(typed, named)? {
        Some(id) => Some(id),
        None => find_id(session, "maintenance", typed)?,
    };
    id.map_or(Ok(None), |id| load(session, &id))
}

pub(super) fn with_reference(session: &Session, vendor: &VendorId, folded: &str) -> Outcome<Vec<Maintenance>> {
    let condition = "m.number IN (SELECT maintenance FROM reference WHERE folded = $1 AND vendor = $2)";
    load_where(session, condition, &[&free(folded), &vendor.as_str()])
}

/// Those of which any revision came from this notice.
pub(super) fn of_notice(session: &Session, notice: &NoticeId) -> Outcome<Vec<Maintenance>> {
    let condition =
        "m.number IN (SELECT r.maintenance FROM revision r JOIN notice n ON n.number = r.notice WHERE n.id = $1)";
    load_where(session, condition, &[&notice.as_str()])
}

/// Every vendor that has announced something: from each the index leads to the next, past all that it announced. DISTINCT
/// would read all of them (5 ms of 15,000 maintenances).
const VENDORS: &str = "WITH RECURSIVE step AS (
        (SELECT vendor FROM maintenance ORDER BY vendor LIMIT 1)
    UNION ALL
        SELECT (SELECT next.vendor FROM maintenance next WHERE next.vendor > step.vendor ORDER BY next.vendor LIMIT 1)
        FROM step WHERE step.vendor IS NOT NULL)
    SELECT vendor FROM step WHERE vendor IS NOT NULL ORDER BY vendor";

/// See [`VENDORS`].
pub(super) fn vendors(session: &Session) -> Outcome<Vec<VendorId>> {
    firsts(&session.rows(VENDORS, &[])?)?.into_iter().map(|vendor| word("vendor id", vendor)).collect()
}

pub(super) fn overlapping(session: &Session, interval: Interval) -> Outcome<Vec<Maintenance>> {
    let condition = format!("m.number IN ({})", windows::OVERLAPPING);
    load_where(session, &condition, &Search::of(interval).values())
}

pub(super) fn near(session: &Session, vendors: &[VendorId], interval: Interval) -> Outcome<Vec<Maintenance>> {
    let condition = format!("m.number IN ({})", windows::NEAR);
    let vendors: Vec<&str> = vendors.iter().map(VendorId::as_str).collect();
    let search = Search::of(interval);
    let mut values = search.values();
    values.push(&vendors);
    load_where(session, &condition, &values)
}

/// What these name.
pub(super) fn names_near(session: &Session, vendors: &[VendorId], interval: Interval) -> Outcome<Vec<NamesNear>> {
    let sql = format!("SELECT number, vendor, names FROM maintenance WHERE number IN ({})", windows::NEAR);
    let vendors: Vec<&str> = vendors.iter().map(VendorId::as_str).collect();
    let search = Search::of(interval);
    let mut values = search.values();
    values.push(&vendors);
    let near = |row: &Row| -> Outcome<NamesNear> {
        let names: Option<&str> = row.try_get(2)?;
        Ok(NamesNear {
            maintenance: MaintenanceNumber(row.try_get(0)?),
            vendor: word("vendor id", row.try_get(1)?)?,
            names: names.map(|names| document("names of a maintenance", names)).transpose()?,
        })
    };
    session.rows(&sql, &values)?.iter().map(near).collect()
}

pub(super) fn of_numbers(session: &Session, numbers: &[MaintenanceNumber]) -> Outcome<Vec<Maintenance>> {
    let numbers: Vec<i64> = numbers.iter().map(|MaintenanceNumber(number)| *number).collect();
    load_where(session, "m.number = ANY($1)", &[&numbers])
}

/// Maintenances that `$1` does not leave behind.
pub(super) const ACTIVE: &str = "SELECT number FROM maintenance WHERE last_end > $1
    UNION SELECT number FROM maintenance WHERE last_recorded >= $1";

pub(super) fn active(session: &Session, at: DateTime<Utc>) -> Outcome<Vec<Maintenance>> {
    load_where(session, &format!("m.number IN ({ACTIVE})"), &[&micros(at)])
}

pub(super) fn active_ids(session: &Session, at: DateTime<Utc>) -> Outcome<Vec<MaintenanceId>> {
    let sql = format!("SELECT id FROM maintenance WHERE number IN ({ACTIVE}) ORDER BY id");
    firsts(&session.rows(&sql, &[&micros(at)])?)?.into_iter().map(|id| word("maintenance id", id)).collect()
}

pub(super) fn of_ids(session: &Session, ids: &[MaintenanceId]) -> Outcome<Vec<Maintenance>> {
    let ids: Vec<&str> = ids.iter().map(MaintenanceId::as_str).collect();
    load_where(session, "m.id = ANY($1)", &[&ids])
}

pub(super) fn list(session: &Session, filter: &MaintenanceFilter) -> Outcome<Vec<Maintenance>> {
    let mut conditions = Conditions::default();
    if let Some(vendor) = &filter.vendor {
        conditions.and("vendor = ?", vendor.to_string());
    }
    if let Some(after) = &filter.after {
        conditions.and("id > ?", after.to_string());
    }
    let ids = firsts(&conditions.rows(session, "SELECT id FROM maintenance", "id", filter.limit)?)?;
    load_where(session, "m.id = ANY($1)", &[&ids])
}
