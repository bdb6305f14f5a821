//! Windows found by time.
//!
//! "Overlaps `[from, to)`" bounds the start of a window on one side only: a long one may have begun years ago. Windows
//! are therefore put into bands by length. Within a band the start lies less than the band's greatest length before
//! `from`, so that the search is one short range of the index a band, whatever the longest window in the store. Each vendor's
//! stand together: a check asks for those of its asset's vendors, however much others announced. Another index holds those
//! of all vendors by time, however many vendors there are.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};

use super::column::{document, micros, micros_up};
use super::fault::Outcome;
use crate::maintenance::Revision;
use crate::names::VendorId;
use crate::store::found::{MaintenanceNumber, NamesNear};
use crate::time::Interval;

const DAY: i64 = 86_400_000_000;

/// The greatest length of each band in microseconds: nearly all maintenance windows fit into a night or a day with its
/// clock change; projects of some weeks are the next class; the last takes the rest, which is scanned from its beginning.
pub(in crate::store) const BANDS: [i64; 3] = [2 * DAY, 40 * DAY, i64::MAX];

/// Windows of a band that share an instant with `[?3, ?4)`; `?2` is the band's length before `?3`.
pub(super) const OVERLAPPING: &str = "SELECT maintenance FROM planned_window
    WHERE band = ?1 AND start_at > ?2 AND start_at < ?4 AND end_at > ?3";

/// Those of one vendor and band that share an instant with `[?4, ?5)`; `?3` is the band's length before `?4`.
pub(super) const NEAR: &str = "SELECT maintenance FROM planned_window
    WHERE vendor = ?1 AND band = ?2 AND start_at > ?3 AND start_at < ?5 AND end_at > ?4";

/// The same windows, with their maintenances' numbers and what each of these names; a maintenance as often as it has some.
pub(super) const NAMES_NEAR: &str = "SELECT number, names FROM planned_window JOIN maintenance ON number = maintenance
    WHERE planned_window.vendor = ?1 AND band = ?2 AND start_at > ?3 AND start_at < ?5 AND end_at > ?4";

pub(in crate::store) fn band(start: i64, end: i64) -> usize {
    BANDS.iter().position(|longest| end - start <= *longest).unwrap_or(BANDS.len() - 1)
}

/// Makes a revision's windows, in all their readings, findable.
pub(super) fn index(conn: &Connection, vendor: &VendorId, maintenance: i64, revision: &Revision) -> Outcome<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO planned_window (vendor, band, start_at, end_at, maintenance) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?;
    for interval in intervals(revision) {
        let (start, end) = (micros(interval.start()), micros_up(interval.end()));
        insert.execute(params![vendor.as_str(), band_column(band(start, end)), start, end, maintenance])?;
    }
    Ok(())
}

/// Makes the windows of a maintenance that another vendor had findable as that of this one.
pub(super) fn rehome(
    conn: &Connection,
    (from, to): (&str, &VendorId),
    maintenance: i64,
    revisions: &[Revision],
) -> Outcome<()> {
    let mut delete = conn.prepare_cached(
        "DELETE FROM planned_window
         WHERE vendor = ?1 AND band = ?2 AND start_at = ?3 AND end_at = ?4 AND maintenance = ?5",
    )?;
    for interval in revisions.iter().flat_map(intervals) {
        let (start, end) = (micros(interval.start()), micros_up(interval.end()));
        delete.execute(params![from, band_column(band(start, end)), start, end, maintenance])?;
    }
    revisions.iter().try_for_each(|revision| index(conn, to, maintenance, revision))
}

/// Every interval that the windows of a revision may mean.
pub(in crate::store) fn intervals(revision: &Revision) -> impl Iterator<Item = Interval> + '_ {
    revision.announcement.windows.iter().flat_map(|window| window.others.iter().copied().chain([window.interval]))
}

/// The numbers of the maintenances with a window that shares an instant with `interval`.
pub(super) fn overlapping(conn: &Connection, interval: Interval) -> Outcome<BTreeSet<i64>> {
    let mut select = conn.prepare_cached(OVERLAPPING)?;
    let mut numbers = BTreeSet::new();
    for Range { band, before, from, to } in ranges(interval) {
        for number in select.query_map([band, before, from, to], |row| row.get(0))? {
            numbers.insert(number?);
        }
    }
    Ok(numbers)
}

/// The numbers of these vendors' maintenances with such a window.
pub(super) fn near(conn: &Connection, vendors: &[VendorId], interval: Interval) -> Outcome<BTreeSet<i64>> {
    let mut numbers = BTreeSet::new();
    each_near(conn, NEAR, (vendors, interval), |_, row| {
        numbers.insert(row.get(0)?);
        Ok(())
    })?;
    Ok(numbers)
}

/// What these name.
pub(super) fn names_near(conn: &Connection, vendors: &[VendorId], interval: Interval) -> Outcome<Vec<NamesNear>> {
    let mut near = BTreeMap::new();
    each_near(conn, NAMES_NEAR, (vendors, interval), |vendor, row| {
        let Entry::Vacant(new) = near.entry(MaintenanceNumber(row.get(0)?)) else { return Ok(()) };
        let names = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        let names = names.map(|names| document("names of a maintenance", names)).transpose()?;
        let maintenance = *new.key();
        new.insert(NamesNear { maintenance, vendor: vendor.clone(), names });
        Ok(())
    })?;
    Ok(near.into_values().collect())
}

/// Asks for the windows of each vendor and band that share an instant with an interval.
fn each_near(
    conn: &Connection,
    sql: &str,
    (vendors, interval): (&[VendorId], Interval),
    mut each: impl FnMut(&VendorId, &Row<'_>) -> Outcome<()>,
) -> Outcome<()> {
    let mut select = conn.prepare_cached(sql)?;
    for vendor in vendors {
        for Range { band, before, from, to } in ranges(interval) {
            let mut rows = select.query(params![vendor.as_str(), band, before, from, to])?;
            while let Some(row) = rows.next()? {
                each(vendor, row)?;
            }
        }
    }
    Ok(())
}

/// Where the windows of a band start that may share an instant with `[from, to)`: after `before`.
struct Range {
    band: i64,
    before: i64,
    from: i64,
    to: i64,
}

fn ranges(interval: Interval) -> impl Iterator<Item = Range> {
    let (from, to) = (micros(interval.start()), micros_up(interval.end()));
    BANDS.iter().enumerate().map(move |(band, longest)| Range {
        band: band_column(band),
        before: from.saturating_sub(*longest),
        from,
        to,
    })
}

fn band_column(band: usize) -> i64 {
    i64::try_from(band).expect("there are three bands")
}
