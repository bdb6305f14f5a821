//! Quiet hours: when a reader's clock is in them, what can wait is due at their end.

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::time::{LocalTime, Zone};

/// From when to when on the reader's clock no mail is due, over midnight where `to` is before `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct QuietHours {
    from: NaiveTime,
    to: NaiveTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: String,
    to: String,
}

/// Why two times are no quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuietHours {
    /// One is no time of day.
    #[error("`{0}` is no time of day: it is written like `22:00`")]
    Time(String),
    /// Both are the same.
    #[error("quiet hours from `{0}` to `{0}` are none, or all day")]
    Empty(String),
}

impl TryFrom<Written> for QuietHours {
    type Error = BadQuietHours;
    fn try_from(written: Written) -> Result<Self, BadQuietHours> {
        let time =
            |text: &str| NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| BadQuietHours::Time(text.to_owned()));
        let (from, to) = (time(&written.from)?, time(&written.to)?);
        if from == to { Err(BadQuietHours::Empty(written.from)) } else { Ok(Self { from, to }) }
    }
}

impl From<QuietHours> for Written {
    fn from(quiet: QuietHours) -> Self {
        let shown = |time: NaiveTime| time.format("%H:%M").to_string();
        Self { from: shown(quiet.from), to: shown(quiet.to) }
    }
}

impl QuietHours {
    /// When the quiet hours that hold `at` on the clock of `zone` end; none outside of them. `from` is quiet, `to` is not.
    /// An end that the clocks jump over comes with the jump; of one that they show twice it is the first.
    #[must_use]
    pub fn end_after(&self, at: DateTime<Utc>, zone: &Zone) -> Option<DateTime<Utc>> {
        let local = zone.local(at).naive_local();
        let (date, time) = (local.date(), local.time());
        let within =
            if self.from < self.to { self.from <= time && time < self.to } else { self.from <= time || time < self.to };
        if !within {
            return None;
        }
        let date = if time < self.to { date } else { date.checked_add_days(Days::new(1))? };
        match zone.resolve(date.and_time(self.to)) {
            LocalTime::Unique(end) | LocalTime::Fold { first: end, .. } => Some(end),
            LocalTime::Gap { change, .. } => Some(change.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;

    #[track_caller]
    fn check(hours: (&str, &str), at: &str, expected: Option<&str>) {
        let quiet = QuietHours::try_from(Written { from: hours.0.into(), to: hours.1.into() }).expect("quiet hours");
        let zone = Zones::embedded().get("Europe/Berlin").expect("a zone");
        let utc = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!(quiet.end_after(utc(at), &zone), expected.map(utc), "{hours:?} {at}");
    }

    #[test]
    fn quiet_hours_end_on_the_readers_clock() {
        let night = ("22:00", "07:00");
        check(night, "2027-01-10T20:59:59Z", None);
        check(night, "2027-01-10T21:00:00Z", Some("2027-01-11T06:00:00Z"));
        check(night, "2027-01-11T05:59:59Z", Some("2027-01-11T06:00:00Z"));
        check(night, "2027-01-11T06:00:00Z", None);
        // The clocks go forward on 28 March 2027 at 01:00 UTC and back on 31 October.
        check(night, "2027-03-27T22:00:00Z", Some("2027-03-28T05:00:00Z"));
        check(night, "2027-10-30T21:00:00Z", Some("2027-10-31T06:00:00Z"));
        check(("23:00", "02:30"), "2027-03-28T00:30:00Z", Some("2027-03-28T01:00:00Z"));
        check(("23:00", "02:30"), "2027-10-30T22:30:00Z", Some("2027-10-31T00:30:00Z"));
        check(("12:00", "13:00"), "2027-01-10T11:30:00Z", Some("2027-01-10T12:00:00Z"));
        check(("12:00", "13:00"), "2027-01-10T12:00:00Z", None);
    }

    #[test]
    fn what_is_no_quiet_hours_is_refused() {
        let refused = |from: &str, to: &str| {
            QuietHours::try_from(Written { from: from.into(), to: to.into() }).expect_err("refused").to_string()
        };
        assert_eq!(refused("22", "07:00"), "`22` is no time of day: it is written like `22:00`");
        assert_eq!(refused("25:00", "07:00"), "`25:00` is no time of day: it is written like `22:00`");
        assert_eq!(refused("07:00", "07:00"), "quiet hours from `07:00` to `07:00` are none, or all day");
    }
}
