//! Windows found by time, in the bands of `sqlite/windows.rs`.

use super::column::{count, micros, micros_up};
use super::session::Value;
use crate::store::sqlite::windows::BANDS;
use crate::time::Interval;

/// The numbers of the maintenances with a window that shares an instant with `[$1, $2)`, of those for which the condition holds
/// too; the other values are those of [`Search`].
macro_rules! overlapping {
    ($of:literal) => {
        concat!(
            "SELECT maintenance FROM planned_window
                WHERE ",
            $of,
            "band = 0 AND start_at > $3 AND start_at < $2 AND end_at > $1
            UNION SELECT maintenance FROM planned_window
                WHERE ",
            $of,
            "band = 1 AND start_at > $4 AND start_at < $2 AND end_at > $1
            UNION SELECT maintenance FROM planned_window
                WHERE ",
            $of,
            "band = 2 AND start_at > $5 AND start_at < $2 AND end_at > $1"
        )
    };
}

/// Of all vendors.
pub(super) const OVERLAPPING: &str = overlapping!("");

/// Of the vendors `$6`.
pub(super) const NEAR: &str = overlapping!("vendor = ANY($6) AND ");

/// The values of [`OVERLAPPING`], and of [`NEAR`] the first.
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
