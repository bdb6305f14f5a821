//! Maintenances and their revisions, which are added and never changed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::Conditions;
use super::column::{document, find_id, firsts, free, freed, json, micros, micros_up, numbers_of, only, word};
use super::fault::Outcome;
use super::session::{Session, Step, Value};
use super::windows::{self, Search, band_column};
use crate::maintenance::{Identity, Maintenance, Revision};
use crate::names::{MaintenanceId, NoticeId, VendorId};
use crate::store::changes::Rehomed;
use crate::store::error::StoreError;
use crate::store::found::{MaintenanceFilter, MaintenanceNumber, NamesNear};
use crate::store::sqlite::windows::{band, intervals};
use crate::time::Interval;

/// Most revisions written in one flight: what is held in memory twice.
const MAX_AT_ONCE: usize = 5_000;

/// Adds the revisions that are not there yet; gives how many rows that changed.
pub(super) fn put(session: &Session, maintenances: &[Maintenance]) -> Outcome<u64> {
    let mut changed = 0;
    for some in maintenances.chunks(MAX_AT_ONCE) {
        some.iter().try_for_each(numbered)?;
        changed += put_some(session, some)?;
    }
    Ok(changed)
}

/// Revisions count from 1 without a hole.
fn numbered(maintenance: &Maintenance) -> Outcome<()> {
    let missing = |number| StoreError::RevisionMissing { maintenance: maintenance.id.clone(), number };
    for (number, revision) in (1..).zip(&maintenance.revisions) {
        if revision.number != number {
            return Err(missing(number).into());
        }
    }
    if maintenance.revisions.is_empty() {
        return Err(missing(1).into());
    }
    Ok(())
}

fn put_some(session: &Session, maintenances: &[Maintenance]) -> Outcome<u64> {
    let ids: Vec<&str> = maintenances.iter().map(|one| one.id.as_str()).collect();
    let mut known: BTreeMap<String, Maintenance> = load_where(session, "m.id = ANY($1)", &[&ids])?
        .into_iter()
        .map(|known| (known.id.to_string(), known))
        .collect();
    let (mut rows, mut accounts) = (NewRows::default(), 0);
    for given in maintenances {
        // Several words about one maintenance in one unit of work: each adds to the one before.
        match known.get(given.id.as_str()) {
            None => rows.identity(given),
            Some(known) if known.identity == given.identity => {}
            Some(known) if only_account_differs(&known.identity, &given.identity) => {
                accounts += session.run(
                    "UPDATE maintenance SET account = $2 WHERE id = $1",
                    &[&given.id.as_str(), &given.identity.account.as_deref().map(free)],
                )?;
            }
            Some(_) => return Err(StoreError::IdentityDiffers { maintenance: given.id.clone() }.into()),
        }
        let stored = known.get(given.id.as_str()).map_or(&[][..], |known| &known.revisions);
        if let Some((_, differing)) = given.revisions.iter().zip(stored).find(|(given, kept)| given != kept) {
            let number = differing.number;
            return Err(StoreError::RevisionDiffers { maintenance: given.id.clone(), number }.into());
        }
        for revision in given.revisions.iter().skip(stored.len()) {
            rows.revision(given, revision)?;
        }
        if stored.len() <= given.revisions.len() {
            known.insert(given.id.to_string(), given.clone());
        }
    }
    Ok(accounts + rows.write(session)?)
}

/// The account may become known later; nothing else of an identity changes.
fn only_account_differs(kept: &Identity, given: &Identity) -> bool {
    kept.account.is_none() && (Identity { account: given.account.clone(), ..kept.clone() }) == *given
}

/// What its revisions make of a maintenance's row.
struct Told {
    recorded: i64,
    last_end: Option<i64>,
    names: Option<String>,
}

/// The same of many, column by column.
#[derive(Default)]
struct ToldColumns<'a> {
    id: Vec<&'a str>,
    recorded: Vec<i64>,
    last_end: Vec<Option<i64>>,
    names: Vec<Option<&'a str>>,
}

impl<'a> ToldColumns<'a> {
    fn of(rows: impl Iterator<Item = (&'a String, &'a Told)>) -> Self {
        let mut columns = Self::default();
        for (id, told) in rows {
            columns.id.push(id);
            columns.recorded.push(told.recorded);
            columns.last_end.push(told.last_end);
            columns.names.push(told.names.as_deref());
        }
        columns
    }
}

/// Rows to be written, column by column.
#[derive(Default)]
struct NewRows {
    // maintenance
    id: Vec<String>,
    vendor: Vec<String>,
    account: Vec<Option<String>>,
    reference: Vec<String>,
    // revision
    of: Vec<String>,
    number: Vec<i64>,
    notice: Vec<String>,
    received_at: Vec<i64>,
    document: Vec<String>,
    // what is kept of all revisions of a maintenance, by its id
    told: BTreeMap<String, Told>,
    // reference: folded, vendor, maintenance
    references: BTreeSet<(String, String, String)>,
    // planned_window: band, start, end, maintenance, and vendor
    windows: BTreeSet<(i64, i64, i64, String, String)>,
}

impl NewRows {
    fn identity(&mut self, new: &Maintenance) {
        let Identity { vendor, account, reference } = &new.identity;
        self.id.push(new.id.to_string());
        self.vendor.push(vendor.to_string());
        self.account.push(account.as_deref().map(|account| free(account).into_owned()));
        self.reference.push(reference.to_string());
        self.references.insert((reference.folded(), vendor.to_string(), new.id.to_string()));
    }

    fn revision(&mut self, of: &Maintenance, revision: &Revision) -> Outcome<()> {
        let id = of.id.as_str();
        self.of.push(id.to_owned());
        self.number.push(i64::from(revision.number));
        self.notice.push(revision.notice.to_string());
        self.received_at.push(micros(revision.received.at));
        self.document.push(json(revision)?);
        let before = self.told.remove(id);
        let told = Told {
            recorded: micros_up(revision.recorded_at).max(before.as_ref().map_or(i64::MIN, |told| told.recorded)),
            last_end: intervals(revision)
                .map(|interval| micros_up(interval.end()))
                .max()
                .max(before.and_then(|told| told.last_end)),
            names: of.names().map(|names| json(&names)).transpose()?,
        };
        self.told.insert(id.to_owned(), told);
        let said = &revision.announcement;
        for reference in [Some(&said.reference), said.replaces.as_ref()].into_iter().flatten() {
            self.references.insert((reference.folded(), of.identity.vendor.to_string(), id.to_owned()));
        }
        for interval in intervals(revision) {
            let (start, end) = (micros(interval.start()), micros_up(interval.end()));
            let whose = of.identity.vendor.to_string();
            self.windows.insert((band_column(band(start, end)), start, end, id.to_owned(), whose));
        }
        Ok(())
    }

    /// Writes all of them; gives how many rows that changed.
    fn write(&self, session: &Session) -> Outcome<u64> {
        let opened = self.open(session)?;
        let maintenances = numbers_of(session, "maintenance", self.told.keys())?;
        let notices = numbers_of(session, "notice", &self.notice)?;
        if let Some(unknown) = self.notice.iter().find(|id| !notices.contains_key(*id)) {
            return Err(StoreError::UnknownNotice(word("notice id", unknown.clone())?).into());
        }
        let of: Vec<i64> = self.of.iter().map(|id| maintenances[id]).collect();
        let told_in: Vec<i64> = self.notice.iter().map(|id| notices[id]).collect();
        let folded: Vec<&str> = self.references.iter().map(|row| row.0.as_str()).collect();
        let whose: Vec<&str> = self.references.iter().map(|row| row.1.as_str()).collect();
        let named: Vec<i64> = self.references.iter().map(|row| maintenances[&row.2]).collect();
        let bands: Vec<i64> = self.windows.iter().map(|row| row.0).collect();
        let starts: Vec<i64> = self.windows.iter().map(|row| row.1).collect();
        let ends: Vec<i64> = self.windows.iter().map(|row| row.2).collect();
        let planned: Vec<i64> = self.windows.iter().map(|row| maintenances[&row.3]).collect();
        let announced: Vec<&str> = self.windows.iter().map(|row| row.4.as_str()).collect();
        let new: BTreeSet<&str> = self.id.iter().map(String::as_str).collect();
        let again = ToldColumns::of(self.told.iter().filter(|(id, _)| !new.contains(id.as_str())));
        let mut steps = Vec::new();
        if !of.is_empty() {
            steps.push(Step {
                sql: "INSERT INTO revision (maintenance, number, notice, received_at, document)
                      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])",
                values: vec![&of, &self.number, &told_in, &self.received_at, &self.document],
            });
        }
        if !again.id.is_empty() {
            steps.push(Step {
                sql: "UPDATE maintenance SET last_recorded = GREATEST(last_recorded, recorded),
                          last_end = GREATEST(last_end, ends), names = named
                      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) AS t (revised, recorded, ends, named)
                      WHERE id = revised",
                values: vec![&again.id, &again.recorded, &again.last_end, &again.names],
            });
        }
        if !folded.is_empty() {
            steps.push(Step {
                sql: "INSERT INTO reference (folded, vendor, maintenance)
                      SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING",
                values: vec![&folded, &whose, &named],
            });
        }
        if !bands.is_empty() {
            steps.push(Step {
                sql: "INSERT INTO planned_window (vendor, band, start_at, end_at, maintenance)
                      SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                      ON CONFLICT DO NOTHING",
                values: vec![&announced, &bands, &starts, &ends, &planned],
            });
        }
        Ok(opened + session.flight(steps)?)
    }

    /// Writes the rows of new maintenances, once, as their revisions make them.
    fn open(&self, session: &Session) -> Outcome<u64> {
        if self.id.is_empty() {
            return Ok(0);
        }
        let told = ToldColumns::of(self.id.iter().filter_map(|id| self.told.get_key_value(id)));
        session.run(
            "INSERT INTO maintenance (id, vendor, account, reference, last_recorded, last_end, names)
             SELECT id, vendor, account, reference, recorded, ends, names
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
                 WITH ORDINALITY AS t (id, vendor, account, reference, recorded, ends, names, place)
             ORDER BY place",
            &[&self.id, &self.vendor, &self.account, &self.reference, &told.recorded, &told.last_end, &told.names],
        )
    }
}

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
fn load_where(session: &Session, condition: &str, values: &[Value<'_>]) -> Outcome<Vec<Maintenance>> {
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
    near(session, &vendors(session)?, interval)
}

pub(super) fn near(session: &Session, vendors: &[VendorId], interval: Interval) -> Outcome<Vec<Maintenance>> {
    let condition = format!("m.number IN ({})", windows::OVERLAPPING);
    let vendors: Vec<&str> = vendors.iter().map(VendorId::as_str).collect();
    let search = Search::of(interval);
    let mut values = search.values();
    values.push(&vendors);
    load_where(session, &condition, &values)
}

/// What these name.
pub(super) fn names_near(session: &Session, vendors: &[VendorId], interval: Interval) -> Outcome<Vec<NamesNear>> {
    let sql = format!("SELECT number, vendor, names FROM maintenance WHERE number IN ({})", windows::OVERLAPPING);
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
