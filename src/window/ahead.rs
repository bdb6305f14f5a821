//! The first occurrences of a schedule, where not all of a span are asked about.

use chrono::{DateTime, TimeDelta, Utc};

use super::recurrence::GaveUp;
use super::schedule::{Expansion, Schedule};
use crate::time::Interval;

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
        self.first_until(from, later(from, MAX_AHEAD_DAYS), most)
    }

    /// The first `most` occurrences that share some instant with `span`, in order: the work is that of as many, however
    /// long the span is.
    #[must_use]
    pub fn first_overlapping(&self, span: &Interval, most: usize) -> Expansion {
        self.first_until(span.start(), span.end(), most)
    }

    fn first_until(&self, from: DateTime<Utc>, last: DateTime<Utc>, most: usize) -> Expansion {
        let mut found = self.at(from);
        found.rejected.clear();
        found.occurrences.retain(|occurrence| occurrence.interval.start() < from);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;
    use crate::window::recurrence::GapPolicy;

    fn schedule(lines: &str) -> Schedule {
        Schedule::parse(lines, &Zones::embedded(), GapPolicy::Shift, None).expect("a schedule")
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    /// `expected`: the starts.
    #[track_caller]
    fn check(lines: &str, from: &str, most: usize, expected: &[&str]) {
        let found = schedule(lines).next(utc(from), most);
        let starts: Vec<_> = found.occurrences.iter().map(|o| o.interval.start()).collect();
        assert_eq!(starts, expected.iter().map(|text| utc(text)).collect::<Vec<_>>(), "{from}");
        assert_eq!(found.gave_up, None);
    }

    #[test]
    fn what_has_begun_and_not_ended_is_the_first() {
        let night = "DTSTART:20261101T220000Z\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=3";
        let (first, second, third) = ("2026-11-01T22:00:00Z", "2026-11-02T22:00:00Z", "2026-11-03T22:00:00Z");
        check(night, "2026-11-02T05:59:59Z", 2, &[first, second]);
        check(night, "2026-11-02T06:00:00Z", 2, &[second, third]);
        check(night, second, 2, &[second, third]);
        check(night, "2000-01-01T00:00:00Z", 9, &[first, second, third]);
        check(night, "2026-11-04T06:00:00Z", 9, &[]);
        check(
            "DTSTART:20240229T000000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY",
            "2096-03-01T00:00:00Z",
            1,
            &["2104-02-29T00:00:00Z"],
        );
    }

    #[test]
    fn the_first_of_a_span_are_those_of_all() {
        let night = schedule("DTSTART:20261101T220000Z\nDURATION:PT8H\nRRULE:FREQ=DAILY");
        let span = Interval::new(utc("2026-12-01T00:00:00Z"), utc("2027-12-01T22:00:00Z")).expect("a span");
        let all = night.overlapping(&span);
        assert_eq!(night.first_overlapping(&span, usize::MAX), all);
        let mut some = all.occurrences;
        some.truncate(100);
        assert_eq!(night.first_overlapping(&span, 100).occurrences, some);
    }
}
