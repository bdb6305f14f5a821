//! Windows found by time.
//!
//! "Overlaps `[from, to)`" bounds the start of a window on one side only: a long one may have begun years ago. Windows
//! are therefore put into bands by length. Within a band the start lies less than the band's greatest length before
//! `from`, so that the search is one short range of the index a band, whatever the longest window in the store.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::column::{micros, micros_up};
use super::fault::Outcome;
use crate::maintenance::Revision;
use crate::time::Interval;

const DAY: i64 = 86_400_000_000;

/// The greatest length of each band in microseconds: nearly all maintenance windows fit into a night or a day with its
/// clock change; projects of some weeks are the next class; the last takes the rest, which is scanned from its beginning.
pub(in crate::store) const BANDS: [i64; 3] = [2 * DAY, 40 * DAY, i64::MAX];

/// Windows of one band that share an instant with `[?3, ?4)`; `?2` is the band's length before `?3`.
pub(super) const OVERLAPPING: &str =
    "SELECT maintenance FROM planned_window WHERE band = ?1 AND start_at > ?2 AND start_at < ?4 AND end_at > ?3";

pub(in crate::store) fn band(start: i64, end: i64) -> usize {
    BANDS.iter().position(|longest| end - start <= *longest).unwrap_or(BANDS.len() - 1)
}

/// Makes a revision's windows, in all their readings, findable.
pub(super) fn index(conn: &Connection, maintenance: &str, revision: &Revision) -> Outcome<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO planned_window (band, start_at, end_at, maintenance) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for interval in intervals(revision) {
        let (start, end) = (micros(interval.start()), micros_up(interval.end()));
        insert.execute(params![band_column(band(start, end)), start, end, maintenance])?;
    }
    Ok(())
}

/// Every interval that the windows of a revision may mean.
pub(in crate::store) fn intervals(revision: &Revision) -> impl Iterator<Item = Interval> + '_ {
    revision.announcement.windows.iter().flat_map(|window| window.others.iter().copied().chain([window.interval]))
}

/// The ids of the maintenances with a window that shares an instant with `interval`.
pub(super) fn overlapping(conn: &Connection, interval: Interval) -> Outcome<BTreeSet<String>> {
    let (from, to) = (micros(interval.start()), micros_up(interval.end()));
    let mut select = conn.prepare_cached(OVERLAPPING)?;
    let mut ids = BTreeSet::new();
    for (band, longest) in BANDS.iter().enumerate() {
        let rows =
            select.query_map(params![band_column(band), from.saturating_sub(*longest), from, to], |r| r.get(0))?;
        for id in rows {
            ids.insert(id?);
        }
    }
    Ok(ids)
}

fn band_column(band: usize) -> i64 {
    i64::try_from(band).expect("there are three bands")
}
