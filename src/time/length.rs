//! How long something lasts by a DURATION of RFC 5545: days on the wall clock, hours exactly.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// A positive length in two parts (RFC 5545 section 3.3.6): a day is from one wall-clock time to the same of the next day,
/// be it 23, 24 or 25 hours; the rest is elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Length {
    /// Days and weeks.
    pub days: u64,
    /// Hours, minutes and seconds; never negative.
    pub exact: TimeDelta,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    days: u64,
    seconds: i64,
}

impl From<Length> for Parts {
    fn from(length: Length) -> Self {
        Self { days: length.days, seconds: length.exact.num_seconds() }
    }
}

impl TryFrom<Parts> for Length {
    type Error = &'static str;
    fn try_from(Parts { days, seconds }: Parts) -> Result<Self, Self::Error> {
        let exact = TimeDelta::try_seconds(seconds).filter(|exact| *exact >= TimeDelta::zero());
        let exact = exact.filter(|exact| days > 0 || !exact.is_zero()).ok_or("a length of time is positive")?;
        Ok(Self { days, exact })
    }
}

impl Length {
    /// Reads `P1D`, `PT2H30M`, `P1W`, `P1DT12H`. None when it is negative, empty or no duration.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_uppercase();
        let rest = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
        let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
        let days = units(date, &[('W', 7), ('D', 1)])?;
        let seconds = units(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
        let exact = TimeDelta::try_seconds(i64::try_from(seconds).ok()?)?;
        (days + seconds > 0).then_some(Self { days, exact })
    }
}

fn units(text: &str, known: &[(char, u64)]) -> Option<u64> {
    let mut sum: u64 = 0;
    let mut number = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let (_, size) = known.iter().find(|(unit, _)| *unit == letter)?;
        // Nine digits of seconds are 31 years: longer windows do not exist.
        let count: u64 = number.parse().ok().filter(|_| number.len() <= 9)?;
        sum = sum.checked_add(count.checked_mul(*size)?)?;
        number.clear();
    }
    number.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: days and exact seconds.
    #[track_caller]
    fn check(text: &str, expected: Option<(u64, i64)>) {
        let expected = expected.map(|(days, seconds)| (days, TimeDelta::seconds(seconds)));
        assert_eq!(Length::parse(text).map(|length| (length.days, length.exact)), expected, "{text}");
    }

    #[test]
    fn lengths_of_rfc_5545() {
        check("P1D", Some((1, 0)));
        check("P2W", Some((14, 0)));
        check("+pt2h30m", Some((0, 9_000)));
        check("P1DT12H", Some((1, 43_200)));
        check("P15DT5H0M20S", Some((15, 18_020)));
        for wrong in ["", "P", "PT0S", "-PT1H", "PT1", "P1H", "1D", "P9999999999D", "PT1\u{20ac}"] {
            check(wrong, None);
        }
    }
}
