//! Months of the calendar, as a zone's clocks show them.

use std::fmt;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::interval::Interval;
use super::local::LocalTime;
use super::zone::Zone;

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Its first day.
    first: NaiveDate,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no month")]
pub struct BadMonth(String);

impl BadMonth {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "write it like 2026-10"
    }
}

impl Month {
    /// Reads `2026-10`: four digits of the year, two of the month.
    ///
    /// # Errors
    /// [`BadMonth`] for anything else.
    pub fn parse(text: &str) -> Result<Self, BadMonth> {
        let bad = || BadMonth(text.to_owned());
        let text = text.trim();
        let (year, month) = text.split_once('-').ok_or_else(bad)?;
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(bad());
        }
        let (year, month) = (year.parse().map_err(|_| bad())?, month.parse().map_err(|_| bad())?);
        NaiveDate::from_ymd_opt(year, month, 1).map(|first| Self { first }).ok_or_else(bad)
    }

    /// The month that a zone's clocks show at an instant.
    ///
    /// # Panics
    /// Never: every month has a first day.
    #[must_use]
    pub fn of(instant: DateTime<Utc>, zone: &Zone) -> Self {
        let day = zone.local(instant).date_naive();
        Self { first: day.with_day(1).expect("every month has a first day") }
    }

    /// From its first instant on the zone's clocks to the first of the next month: 28 to 31 days, an hour more or less where
    /// clocks change in it.
    ///
    /// # Panics
    /// Never for a month that was parsed: the last is December 9999.
    #[must_use]
    pub fn span(self, zone: &Zone) -> Interval {
        let start = |day: NaiveDate| earliest(zone, day.and_time(NaiveTime::MIN));
        let next = self.first.checked_add_months(Months::new(1)).expect("the calendar goes on after the year 9999");
        Interval::new(start(self.first), start(next)).expect("a month has a length")
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.first.format("%Y-%m").to_string())
    }
}

impl Month {
    /// `October 2026`.
    #[must_use]
    pub fn in_words(self) -> String {
        self.first.format("%B %Y").to_string()
    }
}

/// The first instant at which clocks show a local time or, where they jump over it, a later one.
#[must_use]
pub fn earliest(zone: &Zone, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.resolve(local) {
        LocalTime::Unique(instant) => instant,
        LocalTime::Gap { change, .. } => change.at,
        LocalTime::Fold { first, .. } => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;

    /// A month in a zone: its ends in UTC and its length in hours.
    #[track_caller]
    fn check(zone: &str, month: &str, ends: (&str, &str), hours: i64) {
        let zone = if zone == "UTC" { Zone::utc() } else { Zones::embedded().get(zone).expect("a zone") };
        let month = Month::parse(month).expect("a month");
        let span = month.span(&zone);
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!((span.start(), span.end()), (at(ends.0), at(ends.1)));
        assert_eq!(span.length().num_hours(), hours);
        assert_eq!(Month::of(span.start(), &zone), month);
        assert_eq!(Month::of(span.end() - chrono::TimeDelta::seconds(1), &zone), month);
        assert_ne!(Month::of(span.end(), &zone), month);
    }

    #[test]
    fn months_are_as_long_as_the_clocks_make_them() {
        check("UTC", "2026-02", ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"), 28 * 24);
        check("UTC", "2028-02", ("2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"), 29 * 24);
        check("Europe/Amsterdam", "2017-03", ("2017-02-28T23:00:00Z", "2017-03-31T22:00:00Z"), 31 * 24 - 1);
        check("Europe/Amsterdam", "2026-10", ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"), 31 * 24 + 1);
        check("Australia/Sydney", "2026-04", ("2026-03-31T13:00:00Z", "2026-04-30T14:00:00Z"), 30 * 24 + 1);
        check("Australia/Sydney", "2026-10", ("2026-09-30T14:00:00Z", "2026-10-31T13:00:00Z"), 31 * 24 - 1);
        check("Australia/Lord_Howe", "2026-12", ("2026-11-30T13:00:00Z", "2026-12-31T13:00:00Z"), 31 * 24);
        // Samoa had no 30 December 2011.
        check("Pacific/Apia", "2011-12", ("2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z"), 30 * 24);
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "October", "+026-10"] {
            assert!(Month::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Month::parse(" 2026-10 ").map(|month| (month.to_string(), month.in_words())),
            Ok(("2026-10".into(), "October 2026".into()))
        );
    }
}
