//! The next occurrences of a schedule, where no span is asked about.

use chrono::{DateTime, TimeDelta, Utc};

use super::recurrence::GaveUp;
use super::schedule::{Expansion, Schedule};

/// How far ahead is looked, in days: a hundred years, past any rule that somebody waits for.
const MAX_AHEAD_DAYS: i64 = 36_525;

/// First stretch looked through, in days: most standing windows fall every month.
const FIRST_STRETCH_DAYS: i64 = 40;

impl Schedule {
    /// The first `most` occurrences that end after `from`, in order, with what was rejected before the last of them.
    ///
    /// Of a schedule that has ended, or falls less often than once in a hundred years, fewer.
    #[must_use]
    pub fn next(&self, from: DateTime<Utc>, most: usize) -> Expansion {
        let mut found = self.at(from);
        found.rejected.clear();
        found.occurrences.retain(|occurrence| occurrence.interval.start() < from);
        let last = later(from, MAX_AHEAD_DAYS);
        let (mut begin, mut days) = (from, FIRST_STRETCH_DAYS);
        while begin < last && found.occurrences.len() < most && found.gave_up.is_none() {
            let end = later(begin, days).min(last);
            let part = self.starting_in(begin..end);
            found.rejected.extend(part.rejected);
            found.occurrences.extend(part.occurrences);
            match part.gave_up {
                None => (begin, days) = (end, days * 4),
                // A stretch with more than fit: on from where it stopped.
                Some(GaveUp::Starts(from)) if from > begin => begin = from,
                Some(GaveUp::Starts(_) | GaveUp::Steps(_)) => found.gave_up = part.gave_up,
            }
        }
        if found.occurrences.len() >= most {
            found.gave_up = None;
        }
        found.occurrences.truncate(most);
        found
    }
}

fn later(instant: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    instant.checked_add_signed(TimeDelta::days(days)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
