//! How long after an outage a vendor takes claims, as it publishes it or a contract says.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::time::{BadLength, parse_length, shown_length};

/// Most months or business days that a term can give: far more than any vendor leaves.
const MAX_COUNT: u32 = 520;

/// A term for claims: so long, counted from there. A claim at its very last instant is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimWithin {
    /// How long.
    pub length: ClaimLength,
    /// From when on.
    pub from: CountedFrom,
}

/// How long claims are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimLength {
    /// Elapsed time: `30 d` is 720 h.
    Elapsed(TimeDelta),
    /// So many weekdays of the vendor's zone less its holidays.
    BusinessDays(u32),
    /// So many months of the calendar, to the same day and time by the vendor's clock.
    Months(u32),
}

/// What a term is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountedFrom {
    /// The end of the outage.
    OutageEnd,
    /// The end of the month, by the vendor's clock, that the outage ended in.
    MonthEnd,
}

/// A text that is no term for claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no term for claims")]
pub struct BadClaimTerm(String);

impl BadClaimTerm {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "write it like `30 d`, `10 business days` or `2 months`, counted from the outage's end, or with `after month end` behind it"
    }
}

impl ClaimWithin {
    /// Reads `30 d`, `10 business days` or `2 months`, alone or followed by `after outage end` or `after month end`.
    ///
    /// # Errors
    /// [`BadClaimTerm`] when it is none of these, or more than a contract gives.
    pub fn parse(text: &str) -> Result<Self, BadClaimTerm> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (length, from) = match words.as_slice() {
            [length @ .., "after", "month", "end"] => (length, CountedFrom::MonthEnd),
            [length @ .., "after", "outage", "end"] | length => (length, CountedFrom::OutageEnd),
        };
        let length = ClaimLength::read(length).map_err(|_| BadClaimTerm(text.to_owned()))?;
        Ok(Self { length, from })
    }
}

impl ClaimLength {
    fn read(words: &[&str]) -> Result<Self, BadLength> {
        let count = |number: &str| {
            let count = number.parse::<u32>().ok().filter(|count| *count <= MAX_COUNT);
            count.ok_or_else(|| BadLength::Unreadable(number.to_owned()))
        };
        match words {
            [number, "business", "day" | "days"] => count(number).map(Self::BusinessDays),
            [number, "month" | "months"] => count(number).map(Self::Months),
            length => parse_length(&length.join(" ")).map(Self::Elapsed),
        }
    }
}

impl fmt::Display for ClaimWithin {
    /// `30 d after outage end`: what [`Self::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length {
            ClaimLength::Elapsed(length) => f.write_str(&shown_length(length))?,
            ClaimLength::BusinessDays(1) => f.write_str("1 business day")?,
            ClaimLength::BusinessDays(days) => write!(f, "{days} business days")?,
            ClaimLength::Months(1) => f.write_str("1 month")?,
            ClaimLength::Months(months) => write!(f, "{months} months")?,
        }
        f.write_str(match self.from {
            CountedFrom::OutageEnd => " after outage end",
            CountedFrom::MonthEnd => " after month end",
        })
    }
}

impl Serialize for ClaimWithin {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClaimWithin {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_back_as_they_are_shown() {
        for (text, shown) in [
            ("30 d", "30 d after outage end"),
            ("720h", "30 d after outage end"),
            ("1 d 12 h after outage end", "1 d 12 h after outage end"),
            ("0 s after month end", "0 s after month end"),
            ("10 business days", "10 business days after outage end"),
            ("1 business day after month end", "1 business day after month end"),
            ("2  months after month end", "2 months after month end"),
            ("1 month", "1 month after outage end"),
        ] {
            let term = ClaimWithin::parse(text).expect(text);
            assert_eq!(term.to_string(), shown);
            assert_eq!(ClaimWithin::parse(shown), Ok(term));
            let json = serde_json::to_string(&term).expect("serializes");
            assert_eq!(serde_json::from_str::<ClaimWithin>(&json).expect("reads back"), term);
        }
    }

    #[test]
    fn what_is_no_term_is_refused() {
        for text in [
            "",
            "30",
            "after month end",
            "30 d after",
            "30 d from outage end",
            "-1 months",
            "521 months",
            "30 d after the month",
        ] {
            assert!(ClaimWithin::parse(text).is_err(), "{text}");
        }
    }
}
