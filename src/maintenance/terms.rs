//! What a vendor promised: how early it gives notice, how much it may overrun.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::label::Excused;
use super::promise::{Calendar, Promise};
use crate::notice::{ClaimWithin, ProfileTerms};
use crate::time::Zone;
use crate::window::Impact;

/// What was said of a vendor's terms, by a contract or by the vendor's profile; what was not said is none.
///
/// Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatedTerms {
    /// Notice promised before a window; equal is in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_min: Option<Promise>,
    /// Notice promised before work that the vendor says does this much, where that is another one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notice_by_impact: BTreeMap<Impact, Promise>,
    /// Notice promised before work that the vendor calls an emergency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_emergency: Option<Promise>,
    /// Weekdays that are no business days, by the vendor's own calendar.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<NaiveDate>,
    /// Seconds after a window's end that still count as its own.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub grace: Option<TimeDelta>,
    /// How far before a good window an outage is still an early start.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub early_radius: Option<TimeDelta>,
    /// How far after a good window an outage is still its aftermath.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub after_radius: Option<TimeDelta>,
    /// The same before an occurrence of a standing window.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub standing_early_radius: Option<TimeDelta>,
    /// The same after an occurrence of a standing window.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub standing_after_radius: Option<TimeDelta>,
    /// How far to either side other windows of the vendor are looked for before saying that there were none.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub horizon: Option<TimeDelta>,
    /// Work only starts inside this vendor's windows, and may run past their end for so long.
    #[serde(with = "optional_seconds", skip_serializing_if = "Option::is_none")]
    pub start_inside: Option<TimeDelta>,
    /// Whether contingency windows count as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contingency_counts: Option<bool>,
    /// Whether windows that were never confirmed count as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tentative_counts: Option<bool>,
    /// The labels whose seconds the vendor is excused for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excused: Option<Excused>,
    /// How long after an outage the vendor takes claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_within: Option<ClaimWithin>,
}

impl From<ProfileTerms> for StatedTerms {
    fn from(published: ProfileTerms) -> Self {
        let ProfileTerms { notice_min, grace, early_radius, after_radius, claim_within } = published;
        let notice_min = notice_min.map(Promise::Elapsed);
        Self { notice_min, grace, early_radius, after_radius, claim_within, ..Self::default() }
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

/// Whether work was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// It was.
    Planned,
    /// The vendor calls it an emergency.
    Emergency,
}

/// The terms that hold between a vendor and the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Notice promised before a window; equal is in time.
    pub notice_min: Promise,
    /// Who said so.
    pub notice_from: TermsSource,
    /// Notice promised before work of one impact, where that is another one.
    pub notice_by_impact: BTreeMap<Impact, Promise>,
    /// Notice promised before an emergency; none is as before planned work.
    pub notice_emergency: Option<Promise>,
    /// The days that business days are counted by.
    pub calendar: Calendar,
    /// Time after a window's end that still counts as its own.
    pub grace: TimeDelta,
    /// How far before a good window an outage is still an early start; zero for not at all.
    pub early_radius: TimeDelta,
    /// How far after a good window an outage is still its aftermath; zero for not at all.
    pub after_radius: TimeDelta,
    /// The same before an occurrence of a standing window.
    pub standing_early_radius: TimeDelta,
    /// The same after an occurrence of a standing window.
    pub standing_after_radius: TimeDelta,
    /// How far to either side other windows of the vendor are looked for before saying that there were none.
    pub horizon: TimeDelta,
    /// So long past the end of a window its work may run, having started inside; zero for not at all.
    pub start_inside: TimeDelta,
    /// Whether contingency windows count as announced.
    pub contingency_counts: bool,
    /// Whether windows that were never confirmed count as announced.
    pub tentative_counts: bool,
    /// The labels whose seconds the vendor is excused for.
    pub excused: Excused,
    /// How long after an outage the vendor takes claims; none when nobody said.
    pub claim_within: Option<ClaimWithin>,
}

impl Default for Terms {
    /// The defaults of DESIGN.md section 7: no notice required, no grace, 24 h before, 12 h after, 7 days around; nothing
    /// before and after standing windows.
    fn default() -> Self {
        Self {
            notice_min: Promise::NONE,
            notice_from: TermsSource::Default,
            notice_by_impact: BTreeMap::new(),
            notice_emergency: None,
            calendar: Calendar::default(),
            grace: TimeDelta::zero(),
            early_radius: TimeDelta::hours(24),
            after_radius: TimeDelta::hours(12),
            standing_early_radius: TimeDelta::zero(),
            standing_after_radius: TimeDelta::zero(),
            horizon: TimeDelta::days(7),
            start_inside: TimeDelta::zero(),
            contingency_counts: true,
            tentative_counts: false,
            excused: Excused::default(),
            claim_within: None,
        }
    }
}

impl Terms {
    /// What the contract says, else what the vendor publishes, else the default, term by term (DESIGN.md section 2).
    ///
    /// A contract that says anything of notice puts all that is published of it aside.
    #[must_use]
    pub fn of(contract: &StatedTerms, published: &StatedTerms) -> Self {
        let default = Self::default();
        let says_notice = |terms: &StatedTerms| {
            terms.notice_min.is_some() || !terms.notice_by_impact.is_empty() || terms.notice_emergency.is_some()
        };
        let (notice, notice_from) = match (says_notice(contract), says_notice(published)) {
            (true, _) => (contract, TermsSource::Contract),
            (false, true) => (published, TermsSource::Profile),
            (false, false) => (contract, TermsSource::Default),
        };
        let holidays = contract.holidays.iter().chain(&published.holidays).copied().collect();
        macro_rules! first {
            ($term:ident) => {
                contract.$term.or(published.$term).unwrap_or(default.$term)
            };
        }
        Self {
            notice_min: notice.notice_min.unwrap_or(default.notice_min),
            notice_from,
            notice_by_impact: notice.notice_by_impact.clone(),
            notice_emergency: notice.notice_emergency,
            calendar: Calendar { holidays, ..default.calendar },
            grace: first!(grace),
            early_radius: first!(early_radius),
            after_radius: first!(after_radius),
            standing_early_radius: first!(standing_early_radius),
            standing_after_radius: first!(standing_after_radius),
            horizon: first!(horizon),
            start_inside: first!(start_inside),
            contingency_counts: first!(contingency_counts),
            tentative_counts: first!(tentative_counts),
            excused: contract.excused.as_ref().or(published.excused.as_ref()).cloned().unwrap_or_default(),
            claim_within: contract.claim_within.or(published.claim_within),
        }
    }

    /// The same with business days counted on the clocks of a zone: the vendor's.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { calendar: Calendar { zone, ..self.calendar }, ..self }
    }

    /// The notice promised before work of this kind; an impact that was not stated is an OUTAGE.
    #[must_use]
    pub fn notice_for(&self, stated: Option<Impact>, urgency: Urgency) -> Promise {
        let planned = || self.notice_by_impact.get(&stated.unwrap_or(Impact::Outage)).copied();
        let planned = || planned().unwrap_or(self.notice_min);
        match urgency {
            Urgency::Planned => planned(),
            Urgency::Emergency => self.notice_emergency.unwrap_or_else(planned),
        }
    }

    /// How far from an outage a window can matter under these terms.
    #[must_use]
    pub fn reach(&self) -> TimeDelta {
        let radii = [self.early_radius, self.after_radius, self.standing_early_radius, self.standing_after_radius];
        let past_the_end = self.start_inside.checked_add(&self.grace).unwrap_or(TimeDelta::MAX);
        radii.into_iter().fold(self.horizon.max(past_the_end), TimeDelta::max)
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
        let promised = |hours| Some(Promise::Elapsed(TimeDelta::hours(hours)));
        let contract = StatedTerms { grace: hours(1), ..StatedTerms::default() };
        let published = ProfileTerms { notice_min: hours(168), grace: hours(2), ..ProfileTerms::default() };
        let terms = Terms::of(&contract, &published.into());
        let expected = Terms {
            notice_min: Promise::Elapsed(TimeDelta::hours(168)),
            notice_from: TermsSource::Profile,
            grace: TimeDelta::hours(1),
            ..Terms::default()
        };
        assert_eq!(terms, expected);
        // A contract that says zero says something: the vendor's published notice does not hold then.
        let waived = StatedTerms { notice_min: promised(0), ..StatedTerms::default() };
        let terms = Terms::of(&waived, &published.into());
        assert_eq!((terms.notice_min, terms.notice_from), (Promise::NONE, TermsSource::Contract));
        assert_eq!(Terms::of(&StatedTerms::default(), &StatedTerms::default()), Terms::default());
    }

    #[test]
    fn stated_terms_keep_what_was_not_said_apart_from_zero() {
        let stated = StatedTerms { notice_min: Some(Promise::NONE), ..StatedTerms::default() };
        let json = serde_json::to_string(&stated).expect("serializes");
        assert_eq!(json, r#"{"notice_min":0}"#);
        assert_eq!(serde_json::from_str::<StatedTerms>(&json).expect("reads back"), stated);
        // Stores written when every term had a value still read.
        let full = r#"{"notice_min":259200,"grace":0,"early_radius":86400,"after_radius":43200,"horizon":604800,"contingency_counts":true}"#;
        let read: StatedTerms = serde_json::from_str(full).expect("reads");
        assert_eq!(
            (read.notice_min, read.contingency_counts),
            (Some(Promise::Elapsed(TimeDelta::hours(72))), Some(true))
        );
    }
}
