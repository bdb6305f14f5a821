//! Windows found by time, in the bands of `sqlite/windows.rs`.

use super::column::{count, micros, micros_up};
use super::session::Value;
use crate::store::sqlite::windows::BANDS;
use crate::time::Interval;

/// The numbers of the maintenances of the vendors `$6` with a window that shares an instant with `[$1, $2)`; the values in
/// between are those of [`Search`].
pub(super) const OVERLAPPING: &str = "SELECT maintenance FROM planned_window
        WHERE vendor = ANY($6) AND band = 0 AND start_at > $3 AND start_at < $2 AND end_at > $1
    UNION SELECT maintenance FROM planned_window
        WHERE vendor = ANY($6) AND band = 1 AND start_at > $4 AND start_at < $2 AND end_at > $1
    UNION SELECT maintenance FROM planned_window
        WHERE vendor = ANY($6) AND band = 2 AND start_at > $5 AND start_at < $2 AND end_at > $1";

/// The values of [`OVERLAPPING`].
pub(super) struct Search([i64; 5]);

impl Search {
    pub(super) fn of(interval: Interval) -> Self {
        let (from, to) = (micros(interval.start()), micros_up(interval.end()));
        let [nights, weeks, rest] = BANDS.map(|longest| from.saturating_sub(longest));
        Self([from, to, nights, weeks, rest])
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        self.0.iter().map(|value| value as Value<'_>).collect()
    }
}

/// A band as a column.
pub(super) fn band_column(band: usize) -> i64 {
    count(band)
}
