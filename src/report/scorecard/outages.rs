//! What the outages of what stands on a vendor count for.

use chrono::TimeDelta;

use super::{Item, Tally};
use crate::names::AssetId;
use crate::outage::{Outage, Statement};
use crate::report::told::in_short;
use crate::time::shown_length;
use crate::verdict::{Claim, ClaimState, Flag, Kind, Verdict};

/// An outage with what was made of it.
#[derive(Debug, Clone, Copy)]
pub struct ScoredOutage<'a> {
    /// The outage.
    pub outage: &'a Outage,
    /// The official verdict of each of its assets that stands on the vendor.
    pub verdicts: &'a [Verdict],
    /// What was said about it.
    pub statements: &'a [Statement],
    /// What can be claimed because of it.
    pub claims: &'a [Claim],
}

impl Tally<'_> {
    /// Counts an outage of something that stands on the vendor: once a figure, whatever the number of its assets.
    pub fn outage(&mut self, scored: &ScoredOutage<'_>) {
        let start = scored.outage.start.at;
        if !self.is_within(start) || scored.verdicts.is_empty() {
            return;
        }
        self.outages += 1;
        let own = |verdict: &&Verdict| verdict.window.as_ref().is_some_and(|window| window.vendor == self.vendor);
        let of = |is: &dyn Fn(&Verdict) -> bool| -> Vec<&Verdict> {
            scored.verdicts.iter().filter(own).filter(|v| is(v)).collect()
        };
        let early = of(&|verdict| verdict.kind == Kind::EarlyStart);
        let overrun = of(&|verdict| verdict.kind == Kind::Overrun);
        let exceeded =
            of(&|verdict| verdict.kind == Kind::ImpactExceeded || verdict.flags.contains(&Flag::ImpactExceeded));
        let unannounced: Vec<&Verdict> =
            scored.verdicts.iter().filter(|verdict| verdict.kind == Kind::Unannounced).collect();
        self.about("early_starts", scored, &early, |verdict| {
            let before = verdict.offset_seconds.unwrap_or_default().abs();
            (format!("{} before the window", shown(before)), Some(before))
        });
        self.about("overruns", scored, &overrun, |verdict| {
            let end = verdict.window.as_ref().map_or(verdict.outage.end(), |window| window.end);
            let past = (verdict.outage.end() - end).num_seconds();
            (format!("{} past the end of the window", shown(past)), Some(past))
        });
        self.about("impact_exceeded", scored, &exceeded, |verdict| {
            let meant = verdict.impact.expected.map_or("nothing", |impact| impact.as_str());
            (format!("{} observed, {meant} meant", verdict.impact.observed), None)
        });
        self.about("unannounced", scored, &unannounced, |verdict| {
            let seconds = verdict.outage.length().num_seconds();
            (format!("lasted {}", shown(seconds)), Some(seconds))
        });
        if Statement::contradict(scored.statements) {
            let text = format!("{} statements", scored.statements.len());
            self.count("contradictions", item(scored, &[], &text, None));
        }
        for claim in scored.claims {
            if claim.vendor == self.vendor {
                self.claim(scored, claim);
            }
        }
    }

    fn claim(&mut self, scored: &ScoredOutage<'_>, claim: &Claim) {
        self.claims += 1;
        let text = claim.sentence(&|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let assets: Vec<AssetId> = claim.assets.iter().map(|claimed| claimed.asset.clone()).collect();
        let figure = match claim.state {
            ClaimState::Filed | ClaimState::FiledLate => "claims_filed",
            ClaimState::Open if claim.has_lapsed(self.now) => "claims_lapsed",
            ClaimState::Open | ClaimState::NotBegun | ClaimState::Waived => return,
        };
        self.count(figure, item(scored, &assets, &text, None));
    }

    /// Counts an outage for a figure, told by the first of the verdicts that say so; nothing where none does.
    fn about(
        &mut self,
        figure: &'static str,
        scored: &ScoredOutage<'_>,
        verdicts: &[&Verdict],
        told: impl Fn(&Verdict) -> (String, Option<i64>),
    ) {
        let Some(first) = verdicts.first() else { return };
        let (text, seconds) = told(first);
        let assets: Vec<AssetId> = verdicts.iter().map(|verdict| verdict.asset.clone()).collect();
        self.count(figure, item(scored, &assets, &text, seconds));
    }
}

fn shown(seconds: i64) -> String {
    shown_length(TimeDelta::seconds(seconds))
}

fn item(scored: &ScoredOutage<'_>, assets: &[AssetId], text: &str, seconds: Option<i64>) -> Item {
    let assets = if assets.is_empty() { &scored.outage.assets } else { assets };
    let text = format!("{}: {text}", in_short(assets));
    Item { at: scored.outage.start.at, id: scored.outage.id.to_string(), text, seconds }
}
