//! The part of the policy that is about the user's own people.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

use super::alarm::AlarmKind;
use super::policy::Lead;
use crate::time::{LocalTime, Zone};

/// How long after its time a digest is still worth sending: what waits then waits for the next one.
pub(super) const DIGEST_FOR: TimeDelta = TimeDelta::hours(12);

/// What staff are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StaffPolicy {
    /// When the digest goes, on the clock of each. Default: never.
    pub digest: DigestTime,
    /// How far ahead the digest looks for windows. Default: 14 d.
    pub ahead: Lead,
    /// How long before it is too late for a message that waits for approval staff are told. Default: 4 h.
    pub approval_ahead: Lead,
    /// Alarms that nobody wants. Default: none.
    pub without: BTreeSet<AlarmKind>,
}

impl Default for StaffPolicy {
    fn default() -> Self {
        Self {
            digest: DigestTime::Off,
            ahead: Lead::of_minutes(14 * 24 * 60),
            approval_ahead: Lead::of_minutes(4 * 60),
            without: BTreeSet::new(),
        }
    }
}

/// When a digest goes: `off`, `daily 08:00` or `weekly monday 08:00`, on the reader's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DigestTime {
    /// Never.
    Off,
    /// Every day.
    Daily(NaiveTime),
    /// Every week.
    Weekly(Weekday, NaiveTime),
}

/// A text that says no time for a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time for a digest: it is written `off`, `daily 08:00` or `weekly monday 08:00`")]
pub struct BadDigestTime(String);

impl FromStr for DigestTime {
    type Err = BadDigestTime;

    fn from_str(text: &str) -> Result<Self, BadDigestTime> {
        let bad = || BadDigestTime(text.to_owned());
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| bad());
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["off"] => Ok(Self::Off),
            ["daily", at] => Ok(Self::Daily(time(at)?)),
            ["weekly", day, at] => Ok(Self::Weekly(day.parse().map_err(|_| bad())?, time(at)?)),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for DigestTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Daily(at) => write!(f, "daily {}", at.format("%H:%M")),
            Self::Weekly(day, at) => write!(f, "weekly {} {}", day_name(*day), at.format("%H:%M")),
        }
    }
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "monday",
        Weekday::Tue => "tuesday",
        Weekday::Wed => "wednesday",
        Weekday::Thu => "thursday",
        Weekday::Fri => "friday",
        Weekday::Sat => "saturday",
        Weekday::Sun => "sunday",
    }
}

impl TryFrom<String> for DigestTime {
    type Error = BadDigestTime;
    fn try_from(text: String) -> Result<Self, BadDigestTime> {
        text.parse()
    }
}

impl From<DigestTime> for String {
    fn from(time: DigestTime) -> Self {
        time.to_string()
    }
}

impl DigestTime {
    /// The last time at or before `now` at which the digest was to go, on the clock of `zone`. A time that the clocks jump
    /// over comes with the jump; of one that they show twice it is the first.
    #[must_use]
    pub fn last_at(self, now: DateTime<Utc>, zone: &Zone) -> Option<DateTime<Utc>> {
        /// A week, and a day for a time of today that is still ahead.
        const DAYS: u64 = 8;
        let (day, time) = match self {
            Self::Off => return None,
            Self::Daily(time) => (None, time),
            Self::Weekly(day, time) => (Some(day), time),
        };
        let today = zone.local(now).date_naive();
        let dates = (0..=DAYS).filter_map(|back| today.checked_sub_days(Days::new(back)));
        let instants = dates.filter(|date| day.is_none_or(|day| date.weekday() == day)).map(|date| {
            match zone.resolve(date.and_time(time)) {
                LocalTime::Unique(at) | LocalTime::Fold { first: at, .. } => at,
                LocalTime::Gap { change, .. } => change.at,
            }
        });
        instants.into_iter().find(|at| *at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;

    #[track_caller]
    fn check(written: &str, now: &str, expected: Option<&str>) {
        let utc = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let zone = Zones::embedded().get("Europe/Berlin").expect("a zone");
        let time: DigestTime = written.parse().expect("a time for a digest");
        assert_eq!(time.last_at(utc(now), &zone), expected.map(utc), "{written} at {now}");
        assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn a_digest_goes_by_the_readers_clock() {
        check("off", "2027-01-11T08:00:00Z", None);
        check("daily 08:00", "2027-01-11T06:59:59Z", Some("2027-01-10T07:00:00Z"));
        check("daily 08:00", "2027-01-11T07:00:00Z", Some("2027-01-11T07:00:00Z"));
        check("weekly monday 08:00", "2027-01-11T06:59:59Z", Some("2027-01-04T07:00:00Z"));
        check("weekly mon 08:00", "2027-01-17T23:30:00Z", Some("2027-01-11T07:00:00Z"));
        // The clocks go forward on 28 March 2027 at 01:00 UTC and back on 31 October.
        check("daily 02:30", "2027-03-28T12:00:00Z", Some("2027-03-28T01:00:00Z"));
        check("daily 02:30", "2027-10-31T12:00:00Z", Some("2027-10-31T00:30:00Z"));
    }

    #[test]
    fn what_is_no_time_for_a_digest_is_refused() {
        for text in ["", "daily", "daily 8", "hourly 08:00", "weekly 08:00", "weekly someday 08:00", "daily 24:00"] {
            let refused = text.parse::<DigestTime>().expect_err("refused").to_string();
            assert!(refused.ends_with("it is written `off`, `daily 08:00` or `weekly monday 08:00`"), "{refused}");
        }
    }
}
