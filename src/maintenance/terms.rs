//! What a vendor promised: how early it gives notice, how much it may overrun.

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
