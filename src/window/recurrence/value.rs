//! DATE, DATE-TIME, PERIOD and DURATION values of RFC 5545 sections 3.3.4 to 3.3.9.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

use super::error::{RecurrenceError, shown};

/// A DATE or DATE-TIME as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DateValue {
    /// `20260131`
    Date(NaiveDate),
    /// `20260131T220000`: the wall clock of a zone named elsewhere, or of none.
    Local(NaiveDateTime),
    /// `20260131T220000Z`
    Utc(NaiveDateTime),
}

impl DateValue {
    /// Reads one DATE or DATE-TIME. A second of 60 is read as 59, as section 3.3.12 asks of those without leap seconds.
    ///
    /// # Errors
    /// [`RecurrenceError::NoDate`] when it is neither, or names a day or time that no calendar has.
    pub fn parse(text: &str) -> Result<Self, RecurrenceError> {
        read_date_value(text).ok_or_else(|| RecurrenceError::NoDate(shown(text)))
    }

    /// The wall clock written, midnight for a DATE.
    #[must_use]
    pub fn wall(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Local(wall) | Self::Utc(wall) => wall,
        }
    }
}

impl fmt::Display for DateValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.format("%Y%m%d")),
            Self::Local(wall) => write!(f, "{}", wall.format("%Y%m%dT%H%M%S")),
            Self::Utc(wall) => write!(f, "{}", wall.format("%Y%m%dT%H%M%SZ")),
        }
    }
}

fn read_date_value(text: &str) -> Option<DateValue> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?)?;
    if bytes.len() == 8 {
        return Some(DateValue::Date(date));
    }
    let second = number(13, 15)?;
    let wall = date.and_hms_opt(number(9, 11)?, number(11, 13)?, if second == 60 { 59 } else { second })?;
    match (bytes[8].to_ascii_uppercase(), bytes.get(15).map(u8::to_ascii_uppercase), bytes.len()) {
        (b'T', None, 15) => Some(DateValue::Local(wall)),
        (b'T', Some(b'Z'), 16) => Some(DateValue::Utc(wall)),
        _ => None,
    }
}

/// A DURATION: days by the calendar, the rest by the clock (RFC 5545 section 3.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WallSpan {
    /// Days and weeks: the same wall time so many days later, however long those days were.
    pub days: u32,
    /// Hours, minutes and seconds of elapsed time after that.
    pub seconds: u32,
}

impl WallSpan {
    /// Reads `P2D`, `PT1H30M`, `P1W`, `P1DT12H`; a negative or empty one is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let mut span = Self { days: 0, seconds: 0 };
        for (count, unit) in counted(date)? {
            span.days = span.days.checked_add(count.checked_mul(match unit {
                'W' => 7,
                'D' => 1,
                _ => return None,
            })?)?;
        }
        for (count, unit) in counted(time.unwrap_or_default())? {
            span.seconds = span.seconds.checked_add(count.checked_mul(match unit {
                'H' => 3600,
                'M' => 60,
                'S' => 1,
                _ => return None,
            })?)?;
        }
        (span.days > 0 || span.seconds > 0).then_some(span).filter(|span| span.days <= MAX_SPAN_DAYS)
    }
}

/// Longest window in days: ten years is no window any more.
const MAX_SPAN_DAYS: u32 = 3660;

/// `1D12H` as its numbers and units.
fn counted(text: &str) -> Option<Vec<(u32, char)>> {
    let mut found = Vec::new();
    let mut digits = String::new();
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
        } else {
            found.push((digits.parse().ok()?, character));
            digits.clear();
        }
    }
    digits.is_empty().then_some(found)
}

/// One value of RDATE: a start, or a start with an end of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Extra {
    /// A DATE or DATE-TIME; it lasts as long as every occurrence.
    At(DateValue),
    /// A PERIOD with its end.
    To(DateValue, DateValue),
    /// A PERIOD with its length.
    For(DateValue, WallSpan),
}

impl Extra {
    /// Reads one value of RDATE.
    ///
    /// # Errors
    /// [`RecurrenceError::NoDate`], [`RecurrenceError::NoPeriod`].
    pub fn parse(text: &str) -> Result<Self, RecurrenceError> {
        let Some((start, end)) = text.split_once('/') else { return DateValue::parse(text).map(Self::At) };
        let none = || RecurrenceError::NoPeriod(shown(text));
        let start = DateValue::parse(start)?;
        if let Some(span) = WallSpan::parse(end) {
            return Ok(Self::For(start, span));
        }
        let end = DateValue::parse(end).map_err(|_| none())?;
        let alike =
            matches!((start, end), (DateValue::Local(_), DateValue::Local(_)) | (DateValue::Utc(_), DateValue::Utc(_)));
        if alike && end.wall() > start.wall() { Ok(Self::To(start, end)) } else { Err(none()) }
    }

    /// When it starts.
    #[must_use]
    pub fn start(self) -> DateValue {
        match self {
            Self::At(start) | Self::To(start, _) | Self::For(start, _) => start,
        }
    }

    /// Its own length, as far as one is written: days by the calendar, then elapsed time.
    #[must_use]
    pub fn length(self) -> Option<WallSpan> {
        match self {
            Self::At(_) => None,
            Self::For(_, span) => Some(span),
            Self::To(start, end) => {
                let seconds = u32::try_from((end.wall() - start.wall()).num_seconds()).ok()?;
                Some(WallSpan { days: 0, seconds })
            }
        }
    }
}

/// Seconds from 1970 on the wall clock.
pub(super) fn wall_seconds(wall: NaiveDateTime) -> i64 {
    wall.and_utc().timestamp()
}

/// The wall clock at so many seconds from 1970.
pub(super) fn wall_at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(seconds, 0).map_or(NaiveDateTime::MAX, |at| at.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(DateValue::parse(text).ok().map(|value| value.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_as_the_rfc_writes_them() {
        check("20260131", Some("20260131"));
        check("20260131T220000", Some("20260131T220000"));
        check("20260131T220000Z", Some("20260131T220000Z"));
        check("20161231T235960Z", Some("20161231T235959Z"));
        for no_date in ["", "2026013", "20260231", "20260131T240000", "20260131T2200", "20260131T220000ZZ", "2026€131"]
        {
            check(no_date, None);
        }
    }

    #[test]
    fn lengths_as_the_rfc_writes_them() {
        let span = |days, seconds| Some(WallSpan { days, seconds });
        assert_eq!(WallSpan::parse("PT1H30M"), span(0, 5400));
        assert_eq!(WallSpan::parse("P15DT5H0M20S"), span(15, 18_020));
        assert_eq!(WallSpan::parse("P7W"), span(49, 0));
        for none in ["PT0S", "P", "-P1D", "P1H", "PT1D", "P1", "P99999999999D", "P4000D", "P€D"] {
            assert_eq!(WallSpan::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_period_has_an_end_of_the_same_form_after_its_start() {
        assert!(Extra::parse("19960403T020000Z/19960403T040000Z").is_ok());
        assert!(Extra::parse("19960404T010000Z/PT3H").is_ok());
        for none in
            ["19960403T020000Z/19960403T020000Z", "19960403T020000/19960403T040000Z", "19960403/19960404", "x/PT3H"]
        {
            assert!(Extra::parse(none).is_err(), "{none}");
        }
    }
}
