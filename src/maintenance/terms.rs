//! What a vendor promised: how early it gives notice, how much it may overrun; and how such lengths are written.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::notice::ProfileTerms;

/// What was said of a vendor's terms, by a contract or by the vendor's profile; what was not said is none.
///
/// Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatedTerms {
    /// Notice promised before a window; equal is in time. Seconds.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub notice_min: Option<TimeDelta>,
    /// Seconds after a window's end that still count as its own.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub grace: Option<TimeDelta>,
    /// How far before a good window an outage is still an early start.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub early_radius: Option<TimeDelta>,
    /// How far after a good window an outage is still its aftermath.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub after_radius: Option<TimeDelta>,
    /// How far to either side other windows of the vendor are looked for before saying that there were none.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub horizon: Option<TimeDelta>,
    /// Whether contingency windows count as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contingency_counts: Option<bool>,
}

impl From<ProfileTerms> for StatedTerms {
    fn from(published: ProfileTerms) -> Self {
        let ProfileTerms { notice_min, grace, early_radius, after_radius } = published;
        Self { notice_min, grace, early_radius, after_radius, horizon: None, contingency_counts: None }
    }
}

/// Who said what a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TermsSource {
    /// The user's contract, from the inventory.
    Contract,
    /// The vendor's published terms, from its profile.
    Profile,
    /// Nobody: the default of DESIGN.md section 7.
    #[default]
    Default,
}

/// The terms that hold between a vendor and the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Notice promised before a window; equal is in time.
    pub notice_min: TimeDelta,
    /// Who said so.
    pub notice_from: TermsSource,
    /// Time after a window's end that still counts as its own.
    pub grace: TimeDelta,
    /// How far before a good window an outage is still an early start; zero for not at all.
    pub early_radius: TimeDelta,
    /// How far after a good window an outage is still its aftermath; zero for not at all.
    pub after_radius: TimeDelta,
    /// How far to either side other windows of the vendor are looked for before saying that there were none.
    pub horizon: TimeDelta,
    /// Whether contingency windows count as announced.
    pub contingency_counts: bool,
}

impl Default for Terms {
    /// The defaults of DESIGN.md section 7: no notice required, no grace, 24 h before, 12 h after, 7 days around.
    fn default() -> Self {
        Self {
            notice_min: TimeDelta::zero(),
            notice_from: TermsSource::Default,
            grace: TimeDelta::zero(),
            early_radius: TimeDelta::hours(24),
            after_radius: TimeDelta::hours(12),
            horizon: TimeDelta::days(7),
            contingency_counts: true,
        }
    }
}

impl Terms {
    /// What the contract says, else what the vendor publishes, else the default, term by term (DESIGN.md section 2).
    #[must_use]
    pub fn of(contract: StatedTerms, published: StatedTerms) -> Self {
        let default = Self::default();
        let notice_from = match (contract.notice_min, published.notice_min) {
            (Some(_), _) => TermsSource::Contract,
            (None, Some(_)) => TermsSource::Profile,
            (None, None) => TermsSource::Default,
        };
        Self {
            notice_min: contract.notice_min.or(published.notice_min).unwrap_or(default.notice_min),
            notice_from,
            grace: contract.grace.or(published.grace).unwrap_or(default.grace),
            early_radius: contract.early_radius.or(published.early_radius).unwrap_or(default.early_radius),
            after_radius: contract.after_radius.or(published.after_radius).unwrap_or(default.after_radius),
            horizon: contract.horizon.or(published.horizon).unwrap_or(default.horizon),
            contingency_counts: contract
                .contingency_counts
                .or(published.contingency_counts)
                .unwrap_or(default.contingency_counts),
        }
    }

    /// How far from an outage a window can matter under these terms.
    #[must_use]
    pub fn reach(&self) -> TimeDelta {
        self.horizon.max(self.early_radius).max(self.after_radius).max(self.grace)
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

/// The same of lengths that may be unstated.
#[allow(clippy::ref_option, reason = "serde's `with` hands over the field as it is")]
mod optional_seconds {
    use chrono::TimeDelta;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(length: &Option<TimeDelta>, to: S) -> Result<S::Ok, S::Error> {
        match length {
            Some(length) => to.serialize_some(&length.num_seconds()),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<TimeDelta>, D::Error> {
        let Some(seconds) = Option::<i64>::deserialize(from)? else { return Ok(None) };
        let length = TimeDelta::try_seconds(seconds);
        length.map(Some).ok_or_else(|| D::Error::custom("a length of time out of range"))
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
    fn contract_over_profile_over_default_term_by_term() {
        let hours = |hours| Some(TimeDelta::hours(hours));
        let contract = StatedTerms { grace: hours(1), ..StatedTerms::default() };
        let published = ProfileTerms { notice_min: hours(168), grace: hours(2), ..ProfileTerms::default() };
        let terms = Terms::of(contract, published.into());
        let expected = Terms {
            notice_min: TimeDelta::hours(168),
            notice_from: TermsSource::Profile,
            grace: TimeDelta::hours(1),
            ..Terms::default()
        };
        assert_eq!(terms, expected);
        // A contract that says zero says something: the vendor's published notice does not hold then.
        let waived = StatedTerms { notice_min: hours(0), ..StatedTerms::default() };
        let terms = Terms::of(waived, published.into());
        assert_eq!((terms.notice_min, terms.notice_from), (TimeDelta::zero(), TermsSource::Contract));
        assert_eq!(Terms::of(StatedTerms::default(), StatedTerms::default()), Terms::default());
    }

    #[test]
    fn stated_terms_keep_what_was_not_said_apart_from_zero() {
        let stated = StatedTerms { notice_min: Some(TimeDelta::zero()), ..StatedTerms::default() };
        let json = serde_json::to_string(&stated).expect("serializes");
        assert_eq!(json, r#"{"notice_min":0}"#);
        assert_eq!(serde_json::from_str::<StatedTerms>(&json).expect("reads back"), stated);
        // Stores written when every term had a value still read.
        let full = r#"{"notice_min":259200,"grace":0,"early_radius":86400,"after_radius":43200,"horizon":604800,"contingency_counts":true}"#;
        let read: StatedTerms = serde_json::from_str(full).expect("reads");
        assert_eq!((read.notice_min, read.contingency_counts), (Some(TimeDelta::hours(72)), Some(true)));
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
