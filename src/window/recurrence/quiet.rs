//! The instants of many wall clocks in order, most of which lie far from any change of the clocks.

use std::ops::Range;

use chrono::{NaiveDateTime, TimeDelta};

use super::calendar::DAY;
use super::value::{wall_at, wall_seconds};
use crate::time::{LocalTime, Zone};

/// Wall clocks closer together than this are worth learning where the next change lies: it costs as much as finding a
/// few instants, and saves some twenty of a weekly rule.
const DENSE: i64 = 8 * DAY;

/// How far ahead a change is looked for, in days.
const AHEAD: i64 = 200;

/// Finds instants, and remembers a stretch of wall clock in which the offset does not change.
pub(super) struct Quiet<'a> {
    zone: Option<&'a Zone>,
    /// Wall-clock seconds that are all `offset` seconds ahead of UTC, each of them once.
    stretch: Range<i64>,
    offset: i64,
    last: i64,
}

impl<'a> Quiet<'a> {
    /// Of a zone, or of a wall clock read as if it were UTC.
    pub(super) fn new(zone: Option<&'a Zone>) -> Self {
        let always = i64::MIN..i64::MAX;
        match zone {
            None => Self { zone, stretch: always, offset: 0, last: i64::MIN / 2 },
            Some(fixed) if fixed.is_fixed() => {
                let offset = fixed.offset_at(NaiveDateTime::default().and_utc()).local_minus_utc();
                Self { zone, stretch: always, offset: i64::from(offset), last: i64::MIN / 2 }
            }
            Some(_) => Self { zone, stretch: 0..0, offset: 0, last: i64::MIN / 2 },
        }
    }

    /// What a wall-clock second can be; `wall` is the same second as a date and time.
    pub(super) fn resolve(&mut self, second: i64, wall: NaiveDateTime) -> LocalTime {
        let Some(zone) = self.zone.filter(|_| !self.stretch.contains(&second)) else {
            return LocalTime::Unique(wall_at(second - self.offset).and_utc());
        };
        let found = zone.resolve(wall);
        if let LocalTime::Unique(at) = found
            && (0..DENSE).contains(&(second - self.last))
        {
            let changes = zone.changes_between(at, at + TimeDelta::days(AHEAD));
            // Until the first wall clock that the next change leaves out or shows twice.
            let end = changes.first().map(|change| wall_seconds(change.wall_before().min(change.wall_after())));
            self.offset = second - at.timestamp();
            self.stretch = second..end.unwrap_or(second + (AHEAD - 2) * DAY);
        }
        self.last = second;
        found
    }
}
