//! The hours of a standing window: a time of the day to another, or for so long.

use std::fmt;

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike as _};

use crate::time::{shown_length, wall_clock};
use crate::window::schedule::Length;

const DAY: u32 = 86_400;

/// A start on the wall clock, and how long from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first instant, wall clock.
    pub from: NaiveTime,
    /// To a wall clock ([`Length::WallClock`]) or for so long ([`Length::Exact`]).
    pub length: Length,
}

impl Hours {
    /// From one wall clock to another of the day so much later; at or before `from` and no day named, of the next one.
    ///
    /// None where a day is named and that end is not after the start.
    pub(super) fn between(from: NaiveTime, to: ClockTime, days_later: Option<u32>) -> Option<Self> {
        let (start, end) = (from.num_seconds_from_midnight(), to.seconds);
        let later = days_later.unwrap_or(u32::from(end <= start));
        let seconds = later.checked_mul(DAY)?.checked_add(end)?.checked_sub(start)?;
        (seconds > 0).then_some(Self { from, length: Length::WallClock(seconds) })
    }

    /// Seconds of a window on a night without a clock change.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        match self.length {
            Length::WallClock(seconds) | Length::Exact(seconds) => seconds,
            Length::Duration(span) => span.days * DAY + span.seconds,
            Length::Days(days) => days * DAY,
        }
    }
}

/// A time of the day up to `24:00`, in seconds from midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockTime {
    pub(super) seconds: u32,
}

impl ClockTime {
    /// Reads `04:00`, `4:00` or `23:59:30`; None for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 3];
        let given: Vec<&str> = text.split(':').collect();
        let digits = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if !(2..=3).contains(&given.len()) || !given.iter().all(digits) || given[1..].iter().any(|part| part.len() < 2)
        {
            return None;
        }
        for (part, text) in parts.iter_mut().zip(given) {
            *part = text.parse().ok()?;
        }
        let [hour, minute, second] = parts;
        wall_clock(NaiveDate::MIN, hour, minute, second)?;
        Some(Self { seconds: hour * 3600 + minute * 60 + second })
    }

    /// The time of one day; None for `24:00`.
    pub(super) fn of_the_day(self) -> Option<NaiveTime> {
        NaiveTime::from_num_seconds_from_midnight_opt(self.seconds, 0)
    }
}

impl fmt::Display for Hours {
    /// `20:00 to 05:00 the next day`, `20:00 to 24:00`, `02:00 for 4 h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |seconds: u32| {
            let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
        };
        let from = self.from.num_seconds_from_midnight();
        match self.length {
            Length::WallClock(seconds) => {
                let end = from + seconds;
                // The end of a day rather than the start of the next.
                let (days, time) = if end.is_multiple_of(DAY) { (end / DAY - 1, DAY) } else { (end / DAY, end % DAY) };
                write!(f, "{} to {}", clock(from), clock(time))?;
                match days {
                    0 => Ok(()),
                    1 => f.write_str(" the next day"),
                    days => write!(f, " {days} days later"),
                }
            }
            Length::Exact(_) | Length::Duration(_) | Length::Days(_) => {
                write!(f, "{} for {}", clock(from), shown_length(TimeDelta::seconds(i64::from(self.seconds()))))
            }
        }
    }
}
