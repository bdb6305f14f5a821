//! How long something lasts as people write it in files and arguments: `7 d`, `72 h`, `1 d 12 h`.
//!
//! The one reader of such lengths; those of calendars (`P7D`) are [`Length`](super::Length).

use chrono::TimeDelta;

/// Longest length of time accepted, in days: a hundred years, past any contract, and far from overflowing an instant.
pub const MAX_LENGTH_DAYS: i64 = 36_525;

/// Units with their seconds, largest first. A day is 24 h of elapsed time: `7 d` is 168 h (DESIGN.md section 7).
const UNITS: [(&str, i64); 5] = [("w", 7 * 86_400), ("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

/// Why a text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLength {
    /// Not numbers followed by units.
    #[error("`{0}` is no length of time")]
    Unreadable(String),
    /// A number without a unit.
    #[error("`{0}` has no unit: write `w`, `d`, `h`, `min` or `s` after each number")]
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

impl BadLength {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unit { unit, .. } if unit.eq_ignore_ascii_case("m") => {
                "`m` could be minutes or months: write `min` for minutes, and months as days, such as `30 d`"
            }
            Self::Unreadable(_) | Self::NoUnit(_) | Self::Unit { .. } | Self::Order { .. } | Self::TooLong(_) => {
                "write it like `2 w`, `7 d`, `72 h`, `30 min`, `90 s` or `1 d 12 h`"
            }
        }
    }
}

/// Reads a length of elapsed time: `2 w`, `7 d`, `72 h`, `30 min`, `90 s`, or several from the largest unit to the
/// smallest, `1 d 12 h`. White space between a number and its unit may be left out.
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

/// `12 d 13 h 47 min 20 s`: elapsed time, its largest units first, zero units left out.
#[must_use]
pub fn shown_length(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    let units = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> =
        units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
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
        check("2 w", Ok(336 * 3_600));
        check("7 d", Ok(168 * 3_600));
        check(" 72h ", Ok(259_200));
        check("30 min", Ok(1_800));
        check("90 s", Ok(90));
        check("0 s", Ok(0));
        check("1 d 12 h", Ok(129_600));
        check("1d12h30min", Ok(131_400));
        check("1 w 1 d 1 h 1 min 1 s", Ok(694_861));
        check("007\td", Ok(604_800));
        check("36525 d", Ok(36_525 * 86_400));
        check("5217 w 6 d", Ok(36_525 * 86_400));
    }

    #[test]
    fn what_is_no_length_is_refused_with_the_reason() {
        check("", Err("is no length of time"));
        check("a week", Err("is no length of time"));
        check("-1 d", Err("is no length of time"));
        check("1 d and 2 h", Err("is no length of time"));
        check("P7D", Err("is no length of time"));
        check("1.5 h", Err("has no unit that is known: `.`"));
        check("72", Err("has no unit: write `w`, `d`, `h`, `min` or `s` after each number"));
        check("1 d 12", Err("has no unit: write `w`, `d`, `h`, `min` or `s` after each number"));
        check("30 m", Err("has no unit that is known: `m`"));
        check("7 D", Err("has no unit that is known: `D`"));
        check("7 days", Err("has no unit that is known: `days`"));
        check("5 €", Err("has no unit that is known: `€`"));
        check("12 h 1 d", Err("does not go from the largest unit to the smallest: `d`"));
        check("1 h 1 h", Err("does not go from the largest unit to the smallest: `h`"));
        check("36525 d 1 s", Err("is longer than 36525 days"));
        check("5218 w", Err("is longer than 36525 days"));
        check("99999999999999999999 d", Err("is longer than 36525 days"));
        check("9223372036854775807 d", Err("is longer than 36525 days"));
    }

    #[test]
    fn a_letter_that_could_be_minutes_or_months_is_explained() {
        let help = |text: &str| parse_length(text).expect_err("no length").help();
        assert!(help("90m").starts_with("`m` could be minutes or months"));
        assert!(help("1 M").starts_with("`m` could be minutes or months"));
        assert!(help("90").starts_with("write it like"));
    }
}
