//! What a vendor promised: how early it gives notice, how much it may overrun; and how such lengths are written.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The published or contracted terms of a vendor. Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Notice promised before a window; equal is in time. Seconds.
    #[serde(with = "seconds")]
    pub notice_min: TimeDelta,
    /// Seconds after a window's end that still count as its own.
    #[serde(with = "seconds")]
    pub grace: TimeDelta,
    /// How far before a good window an outage is still an early start.
    #[serde(with = "seconds")]
    pub early_radius: TimeDelta,
    /// How far after a good window an outage is still its aftermath.
    #[serde(with = "seconds")]
    pub after_radius: TimeDelta,
    /// How far to either side other windows of the vendor are looked for before saying that there were none.
    #[serde(with = "seconds")]
    pub horizon: TimeDelta,
    /// Whether contingency windows count as announced.
    pub contingency_counts: bool,
}

impl Default for Terms {
    /// The defaults of DESIGN.md section 7: no notice required, no grace, 24 h before, 12 h after, 7 days around.
    fn default() -> Self {
        Self {
            notice_min: TimeDelta::zero(),
            grace: TimeDelta::zero(),
            early_radius: TimeDelta::hours(24),
            after_radius: TimeDelta::hours(12),
            horizon: TimeDelta::days(7),
            contingency_counts: true,
        }
    }
}

/// Lengths of time as whole seconds, for serde's `with`.
pub(crate) mod seconds {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(length: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(length.num_seconds())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TimeDelta, D::Error> {
        let seconds = i64::deserialize(from)?;
        TimeDelta::try_seconds(seconds).ok_or_else(|| D::Error::custom("a length of time out of range"))
    }
}

/// Why a text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLength {
    /// Not numbers followed by units.
    #[error("`{0}` is no length of time")]
    Unreadable(String),
    /// A number without a unit.
    #[error("`{0}` has no unit: write `d`, `h`, `min` or `s` after each number")]
    NoUnit(String),
    /// A unit that is none of ours.
    #[error("`{text}` has no unit that is known: `{unit}`")]
    Unit {
        /// As written.
        text: String,
        /// What stands where a unit should.
        unit: String,
    },
    /// A unit twice, or a larger one after a smaller.
    #[error("`{text}` does not go from the largest unit to the smallest: `{unit}`")]
    Order {
        /// As written.
        text: String,
        /// The unit that is out of place.
        unit: String,
    },
    /// Longer than [`MAX_LENGTH_DAYS`].
    #[error("`{0}` is longer than {MAX_LENGTH_DAYS} days")]
    TooLong(String),
}

/// Longest length of time accepted, in days: a hundred years, past any contract, and far from overflowing an instant.
pub const MAX_LENGTH_DAYS: i64 = 36_525;

/// Units with their seconds, largest first. A day is 24 h of elapsed time: `7 d` is 168 h (DESIGN.md section 7).
const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

/// Reads a length of elapsed time: `7 d`, `72 h`, `30 min`, `90 s`, or several from the largest to the smallest,
/// `1 d 12 h`. White space between a number and its unit may be left out. `m` is refused: it may be a month.
///
/// # Errors
/// [`BadLength`]: no number, no unit, units twice or out of order, or longer than [`MAX_LENGTH_DAYS`].
pub fn parse_length(text: &str) -> Result<TimeDelta, BadLength> {
    let unreadable = || BadLength::Unreadable(text.to_owned());
    let too_long = || BadLength::TooLong(text.to_owned());
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(unreadable());
    }
    let mut seconds: i64 = 0;
    let mut units = UNITS.as_slice();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if digits == 0 {
            return Err(unreadable());
        }
        let number: i64 = rest[..digits].parse().map_err(|_| too_long())?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(rest.len());
        let unit = &rest[..letters];
        rest = rest[letters..].trim_start();
        let Some(place) = units.iter().position(|(name, _)| *name == unit) else {
            if unit.is_empty() {
                return Err(BadLength::NoUnit(text.to_owned()));
            }
            let (text, unit) = (text.to_owned(), unit.to_owned());
            let known = UNITS.iter().any(|(name, _)| *name == unit);
            return Err(if known { BadLength::Order { text, unit } } else { BadLength::Unit { text, unit } });
        };
        seconds = number.checked_mul(units[place].1).and_then(|more| seconds.checked_add(more)).ok_or_else(too_long)?;
        units = &units[place + 1..];
    }
    if seconds > MAX_LENGTH_DAYS * 86_400 { Err(too_long()) } else { Ok(TimeDelta::seconds(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: Result<i64, &str>) {
        let read = parse_length(text).map(|length| length.num_seconds()).map_err(|error| error.to_string());
        assert_eq!(read, seconds.map_err(|error| format!("`{text}` {error}")));
    }

    #[test]
    fn lengths_are_elapsed_time() {
        check("7 d", Ok(168 * 3_600));
        check(" 72h ", Ok(259_200));
        check("30 min", Ok(1_800));
        check("90 s", Ok(90));
        check("0 s", Ok(0));
        check("1 d 12 h", Ok(129_600));
        check("1d12h30min", Ok(131_400));
        check("36525 d", Ok(36_525 * 86_400));
    }

    #[test]
    fn what_is_no_length_is_refused_with_the_reason() {
        check("", Err("is no length of time"));
        check("-1 d", Err("is no length of time"));
        check("1 d and 2 h", Err("is no length of time"));
        check("1.5 h", Err("has no unit that is known: `.`"));
        check("72", Err("has no unit: write `d`, `h`, `min` or `s` after each number"));
        check("30 m", Err("has no unit that is known: `m`"));
        check("12 h 1 d", Err("does not go from the largest unit to the smallest: `d`"));
        check("1 h 1 h", Err("does not go from the largest unit to the smallest: `h`"));
        check("36525 d 1 s", Err("is longer than 36525 days"));
        check("99999999999999999999 d", Err("is longer than 36525 days"));
        check("9223372036854775807 d", Err("is longer than 36525 days"));
    }
}
