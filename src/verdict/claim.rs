//! What can be claimed of a vendor because of an outage, and until when.
//!
//! A claim exists where the terms of a vendor say until when it takes claims, and the verdict is not yes. Where a person holds
//! something else against the verdict, that person's word decides whether there is something to claim.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::held::Override;
use super::value::{Answer, Kind, Verdict};
use crate::inventory::Inventory;
use crate::maintenance::{Label, Terms};
use crate::names::{AssetId, OutageId, VendorId};
use crate::notice::ClaimWithin;
use crate::outage::{ClaimAct, ClaimStep};

/// What claims are put together from.
#[derive(Debug, Clone, Copy)]
pub struct ClaimFacts<'a> {
    /// The recorded outage; none of a span that was only asked about.
    pub outage: Option<&'a OutageId>,
    /// The first instant after it; none while it is open.
    pub ended_at: Option<DateTime<Utc>>,
    /// The official verdict of each asset.
    pub verdicts: &'a [Verdict],
    /// What people hold against them, in the order it was said.
    pub overrides: &'a [Override],
    /// What was done about claims, in the order it was recorded.
    pub steps: &'a [ClaimStep],
    /// Who stands behind which asset.
    pub inventory: &'a Inventory,
    /// The terms of the vendors.
    pub terms: &'a BTreeMap<VendorId, Terms>,
}

/// A claim against one vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The recorded outage; none of a span that was only asked about.
    pub outage: Option<OutageId>,
    /// Whom it is against: of a verdict that rests on a window the vendor whose window it is, else each vendor behind the asset.
    pub vendor: VendorId,
    /// Where it stands.
    pub state: ClaimState,
    /// The term.
    pub within: ClaimWithin,
    /// What the term is counted from; none while the outage is open.
    pub counted_from: Option<DateTime<Utc>>,
    /// The last instant at which it is in time; none while the outage is open.
    pub due_at: Option<DateTime<Utc>>,
    /// For which assets, in the order of the outage; never empty.
    pub assets: Vec<ClaimedAsset>,
    /// What was done about it last.
    pub step: Option<ClaimStep>,
}

/// Where a claim stands. Whether an open one has run out depends on when that is asked: [`Claim::has_lapsed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimState {
    /// Nobody has done anything about it.
    Open,
    /// The outage is not over, and so the term has not begun.
    NotBegun,
    /// The vendor was told in time.
    Filed,
    /// The vendor was told after the last instant.
    FiledLate,
    /// Somebody decided not to claim.
    Waived,
}

/// One asset that something is claimed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimedAsset {
    /// Which.
    pub asset: AssetId,
    /// The answer that counts: a person's, else the computed one.
    pub answer: Answer,
    /// Its kind.
    pub kind: Kind,
    /// Who holds it, where that is not the computed verdict.
    pub held_by: Option<String>,
    /// Seconds that the computed verdict does not excuse.
    pub unexcused_seconds: i64,
    /// Those of them of which it cannot be said.
    pub ambiguous_seconds: i64,
}

impl ClaimState {
    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotBegun => "not-begun",
            Self::Filed => "filed",
            Self::FiledLate => "filed-late",
            Self::Waived => "waived",
        }
    }
}

impl Claim {
    /// The claims because of an outage, by vendor.
    #[must_use]
    pub fn of(facts: &ClaimFacts<'_>) -> Vec<Self> {
        let mut of_vendor: BTreeMap<&VendorId, Vec<ClaimedAsset>> = BTreeMap::new();
        for verdict in facts.verdicts {
            let claimed = ClaimedAsset::of(verdict, facts.overrides);
            if claimed.answer == Answer::Yes {
                continue;
            }
            for vendor in against(verdict, facts) {
                of_vendor.entry(vendor).or_default().push(claimed.clone());
            }
        }
        of_vendor.into_iter().filter_map(|(vendor, assets)| Self::against(vendor, assets, facts)).collect()
    }

    fn against(vendor: &VendorId, assets: Vec<ClaimedAsset>, facts: &ClaimFacts<'_>) -> Option<Self> {
        let terms = facts.terms.get(vendor)?;
        let within = terms.claim_within?;
        let (counted_from, due_at) = facts.ended_at.map(|end| within.due(end, &terms.calendar)).unzip();
        let step = facts.steps.iter().rfind(|step| step.vendor == *vendor).cloned();
        let state = match (&step, due_at) {
            (Some(step), due_at) => match step.act {
                ClaimAct::Waived => ClaimState::Waived,
                ClaimAct::Filed if due_at.is_some_and(|due| step.at > due) => ClaimState::FiledLate,
                ClaimAct::Filed => ClaimState::Filed,
            },
            (None, None) => ClaimState::NotBegun,
            (None, Some(_)) => ClaimState::Open,
        };
        let (outage, vendor) = (facts.outage.cloned(), vendor.clone());
        Some(Self { outage, vendor, state, within, counted_from, due_at, assets, step })
    }

    /// Whether it can no longer be filed in time, and nobody has done anything about it.
    #[must_use]
    pub fn has_lapsed(&self, now: DateTime<Utc>) -> bool {
        self.state == ClaimState::Open && self.due_at.is_some_and(|due| due < now)
    }

    /// Whether somebody has to decide before it runs out.
    #[must_use]
    pub fn waits(&self, now: DateTime<Utc>) -> bool {
        self.state == ClaimState::Open && !self.has_lapsed(now)
    }

    /// Where it stands in one sentence without a full stop, instants written by `wall`.
    #[must_use]
    pub fn sentence(&self, wall: &dyn Fn(DateTime<Utc>) -> String) -> String {
        let (vendor, within) = (&self.vendor, self.within);
        let note = self.step.as_ref().and_then(|step| step.note.as_ref());
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        let by = self.step.as_ref().map_or_else(String::new, |step| format!("by {} on {}", step.by, wall(step.at)));
        let due = self.due_at.map(wall).unwrap_or_default();
        match self.state {
            ClaimState::NotBegun => format!("{vendor} takes claims until {within}, and the outage is still open"),
            ClaimState::Open => format!("{vendor} takes claims until {due} ({within}); none is recorded"),
            ClaimState::Filed => format!("claimed from {vendor} {by}{note}"),
            ClaimState::FiledLate => format!("claimed from {vendor} {by}, after {due} ({within}){note}"),
            ClaimState::Waived => format!("not claimed from {vendor}, {by}{note}"),
        }
    }
}

impl ClaimedAsset {
    fn of(verdict: &Verdict, overrides: &[Override]) -> Self {
        let held = overrides.iter().rfind(|held| held.asset == verdict.asset);
        let seconds = |counts: &dyn Fn(Label) -> bool| {
            let segments = verdict.segments.iter().filter(|segment| !segment.excused && counts(segment.label));
            segments.map(|segment| segment.seconds).sum()
        };
        Self {
            asset: verdict.asset.clone(),
            answer: held.map_or(verdict.answer, Override::answer),
            kind: held.map_or(verdict.kind, |held| held.kind),
            held_by: held.map(|held| held.by.clone()),
            unexcused_seconds: seconds(&|_| true),
            ambiguous_seconds: seconds(&|label| label == Label::Ambiguous),
        }
    }
}

/// Whom a claim because of a verdict is against.
fn against<'a>(verdict: &'a Verdict, facts: &ClaimFacts<'a>) -> Vec<&'a VendorId> {
    if let Some(window) = &verdict.window {
        return vec![&window.vendor];
    }
    let behind: BTreeSet<VendorId> = facts.inventory.vendors_of(&verdict.asset);
    facts.terms.keys().filter(|vendor| behind.contains(*vendor)).collect()
}
