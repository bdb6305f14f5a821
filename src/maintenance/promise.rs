//! How long before a window notice is promised: so much elapsed time, or so many business days.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::time::{BadLength, LocalTime, Zone, parse_length, shown_length};

/// Most business days that a contract can promise: two years of them, more than any vendor plans ahead.
pub const MAX_BUSINESS_DAYS: u32 = 520;

/// Notice promised before a window; equal is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Promise {
    /// Elapsed time: `7 d` is 168 h.
    Elapsed(TimeDelta),
    /// So many business days, by the vendor's own calendar.
    BusinessDays(u32),
}

impl Promise {
    /// No notice at all.
    pub const NONE: Self = Self::Elapsed(TimeDelta::zero());

    /// Reads `72 h`, or `5 business days`.
    ///
    /// # Errors
    /// [`BadLength`] when it is neither, or more than [`MAX_BUSINESS_DAYS`].
    pub fn parse(text: &str) -> Result<Self, BadLength> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [number, "business", "day" | "days"] => match number.parse::<u32>() {
                Ok(days) if days <= MAX_BUSINESS_DAYS => Ok(Self::BusinessDays(days)),
                Ok(_) => Err(BadLength::TooLong(text.to_owned())),
                Err(_) => Err(BadLength::Unreadable(text.to_owned())),
            },
            _ => parse_length(text).map(Self::Elapsed),
        }
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_none(self) -> bool {
        match self {
            Self::Elapsed(length) => length.is_zero(),
            Self::BusinessDays(days) => days == 0,
        }
    }

    /// How much elapsed time that is before a window that starts then.
    #[must_use]
    pub fn before(self, start: DateTime<Utc>, calendar: &Calendar) -> TimeDelta {
        match self {
            Self::Elapsed(length) => length,
            Self::BusinessDays(days) => start - calendar.business_days_before(start, days),
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed(length) => f.pad(&shown_length(*length)),
            Self::BusinessDays(1) => f.pad("1 business day"),
            Self::BusinessDays(days) => f.pad(&format!("{days} business days")),
        }
    }
}

/// In documents lengths are whole seconds, as they were before there were business days; these are in words.
impl Serialize for Promise {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Elapsed(length) => to.serialize_i64(length.num_seconds()),
            Self::BusinessDays(_) => to.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Promise {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Kept {
            Seconds(i64),
            Words(String),
        }
        match Kept::deserialize(from)? {
            Kept::Seconds(seconds) => TimeDelta::try_seconds(seconds)
                .map(Self::Elapsed)
                .ok_or_else(|| D::Error::custom("a length of time out of range")),
            Kept::Words(words) => Self::parse(&words).map_err(D::Error::custom),
        }
    }
}

/// By which days a vendor counts: the weekdays of its zone less the holidays listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Whose wall clock the days are of.
    pub zone: Zone,
    /// Weekdays on which nobody works.
    pub holidays: BTreeSet<NaiveDate>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { zone: Zone::utc(), holidays: BTreeSet::new() }
    }
}

impl Calendar {
    /// The latest instant from which so many whole business days pass until `start`.
    ///
    /// Only time on business days counts, each of them as one day whatever the clocks do on it: from Monday 10:00 two days
    /// back is Thursday 10:00, and from Saturday 10:00 one day back is Friday 00:00.
    #[must_use]
    pub fn business_days_before(&self, start: DateTime<Utc>, days: u32) -> DateTime<Utc> {
        let local = self.zone.local(start).naive_local();
        let (mut day, mut left) = (local.date(), days);
        let at = if self.is_business_day(day) { local.time() } else { NaiveTime::MIN };
        while left > 0 {
            let Some(before) = day.checked_sub_days(Days::new(1)) else { return DateTime::<Utc>::MIN_UTC };
            day = before;
            left -= u32::from(self.is_business_day(day));
        }
        if days == 0 {
            return start;
        }
        match self.zone.resolve(day.and_time(at)) {
            LocalTime::Unique(instant) => instant,
            LocalTime::Gap { later, .. } => later,
            LocalTime::Fold { first, .. } => first,
        }
    }

    pub(super) fn is_business_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.holidays.contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;

    /// `zone`, the start of the window, how many business days, and the last instant that is in time.
    #[track_caller]
    fn check(zone: &str, start: &str, days: u32, expected: &str) {
        let zone = Zones::embedded().get(zone).expect("a zone");
        let holidays = [(2026, 12, 25), (2026, 4, 6)];
        let holidays = holidays.map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).expect("a day")).into();
        let calendar = Calendar { zone, holidays };
        let start: DateTime<Utc> = start.parse().expect("an instant");
        let expected: DateTime<Utc> = expected.parse().expect("an instant");
        let deadline = calendar.business_days_before(start, days);
        assert_eq!(deadline, expected, "{days} before {start}: {}", calendar.zone.local(deadline));
        assert_eq!(Promise::BusinessDays(days).before(start, &calendar), start - expected);
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        // 2026-11-23 is a Monday.
        check("UTC", "2026-11-23T10:00:00Z", 0, "2026-11-23T10:00:00Z");
        check("UTC", "2026-11-23T10:00:00Z", 1, "2026-11-20T10:00:00Z");
        check("UTC", "2026-11-23T10:00:00Z", 2, "2026-11-19T10:00:00Z");
        check("UTC", "2026-11-21T10:00:00Z", 1, "2026-11-20T00:00:00Z");
        check("UTC", "2026-11-22T10:00:00Z", 1, "2026-11-20T00:00:00Z");
        check("UTC", "2026-11-27T10:00:00Z", 5, "2026-11-20T10:00:00Z");
        // Christmas 2026 is a Friday: from the Monday after it one day back is the Thursday before.
        check("UTC", "2026-12-28T10:00:00Z", 1, "2026-12-24T10:00:00Z");
    }

    #[test]
    fn days_are_those_of_the_vendors_zone() {
        // Sunday 22:00 in UTC is Monday 11:00 in Auckland.
        check("Pacific/Auckland", "2026-11-22T22:00:00Z", 1, "2026-11-19T22:00:00Z");
        // The clocks go forward on 29 March 2026 in Berlin, and back on 5 April in Auckland: wall clocks are kept.
        check("Europe/Berlin", "2026-03-30T08:00:00Z", 1, "2026-03-27T09:00:00Z");
        check("Pacific/Auckland", "2026-04-06T22:00:00Z", 1, "2026-04-02T21:00:00Z");
    }

    #[test]
    fn promises_read_back_in_both_forms() {
        for (text, promise, json) in [
            ("72 h", Promise::Elapsed(TimeDelta::hours(72)), "259200"),
            ("1 business day", Promise::BusinessDays(1), "\"1 business day\""),
            ("10 business days", Promise::BusinessDays(10), "\"10 business days\""),
        ] {
            assert_eq!(Promise::parse(text).ok(), Some(promise), "{text}");
            assert_eq!(serde_json::to_string(&promise).expect("serializes"), json);
            assert_eq!(serde_json::from_str::<Promise>(json).expect("reads back"), promise);
        }
        for text in ["", "business days", "521 business days", "-1 business days", "3 working days"] {
            assert!(Promise::parse(text).is_err(), "{text}");
        }
    }
}
