//! When a digest goes, on the clock of its reader.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::time::{LocalTime, Zone};

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

/// Days looked through for one on which a digest goes: a week, and a day for a time of today that is over, or still ahead.
const DAYS: u64 = 8;

impl DigestTime {
    /// The last time at or before `now` at which the digest was to go, on the clock of `zone`. A time that the clocks jump
    /// over comes with the jump; of one that they show twice it is the first.
    #[must_use]
    pub fn last_at(self, now: DateTime<Utc>, zone: &Zone) -> Option<DateTime<Utc>> {
        let today = zone.local(now).date_naive();
        let dates = (0..=DAYS).filter_map(|back| today.checked_sub_days(Days::new(back)));
        dates.filter_map(|date| self.on(date, zone)).find(|at| *at <= now)
    }

    /// The next time after `now` at which it goes, likewise.
    #[must_use]
    pub fn next_after(self, now: DateTime<Utc>, zone: &Zone) -> Option<DateTime<Utc>> {
        let today = zone.local(now).date_naive();
        let dates = (0..=DAYS).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        dates.filter_map(|date| self.on(date, zone)).find(|at| *at > now)
    }

    /// When it goes on a day; none on a day on which it does not.
    fn on(self, date: NaiveDate, zone: &Zone) -> Option<DateTime<Utc>> {
        let time = match self {
            Self::Off => return None,
            Self::Daily(time) => time,
            Self::Weekly(day, time) => Some(time).filter(|_| date.weekday() == day)?,
        };
        Some(match zone.resolve(date.and_time(time)) {
            LocalTime::Unique(at) | LocalTime::Fold { first: at, .. } => at,
            LocalTime::Gap { change, .. } => change.at,
        })
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

    #[track_caller]
    fn check_next(written: &str, now: &str, expected: Option<&str>) {
        let utc = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let zone = Zones::embedded().get("Europe/Berlin").expect("a zone");
        let time: DigestTime = written.parse().expect("a time for a digest");
        assert_eq!(time.next_after(utc(now), &zone), expected.map(utc), "{written} after {now}");
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
    fn the_next_digest_lies_after_now() {
        check_next("off", "2027-01-11T08:00:00Z", None);
        check_next("daily 08:00", "2027-01-11T06:59:59Z", Some("2027-01-11T07:00:00Z"));
        check_next("daily 08:00", "2027-01-11T07:00:00Z", Some("2027-01-12T07:00:00Z"));
        check_next("weekly monday 08:00", "2027-01-11T06:59:59Z", Some("2027-01-11T07:00:00Z"));
        check_next("weekly monday 08:00", "2027-01-11T07:00:00Z", Some("2027-01-18T07:00:00Z"));
        // The clocks go forward on 28 March 2027 at 01:00 UTC and back on 31 October.
        check_next("daily 02:30", "2027-03-28T00:59:59Z", Some("2027-03-28T01:00:00Z"));
        check_next("daily 02:30", "2027-03-28T01:00:00Z", Some("2027-03-29T00:30:00Z"));
        check_next("daily 02:30", "2027-10-31T00:00:00Z", Some("2027-10-31T00:30:00Z"));
        check_next("daily 02:30", "2027-10-31T00:30:00Z", Some("2027-11-01T01:30:00Z"));
    }

    #[test]
    fn what_is_no_time_for_a_digest_is_refused() {
        for text in ["", "daily", "daily 8", "hourly 08:00", "weekly 08:00", "weekly someday 08:00", "daily 24:00"] {
            let refused = text.parse::<DigestTime>().expect_err("refused").to_string();
            assert!(refused.ends_with("it is written `off`, `daily 08:00` or `weekly monday 08:00`"), "{refused}");
        }
    }
}
