//! A vendor as a value: what it promised and what it did. Each figure lists what it counts.

mod maintenances;
mod outages;
mod shown;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use self::outages::ScoredOutage;
use super::clocks::Clocks;
use super::percent::Percent;
use crate::maintenance::Terms;
use crate::names::VendorId;
use crate::notice::{Notice, ReviewItem, ReviewState, SignatureOutcome};
use crate::time::{RulesVersion, shown_length};

/// The name and version of the schema that scorecards are printed in.
pub const SCORECARD_SCHEMA: &str = "inwindow.scorecard/1";

/// Most items that one figure lists: those that come first. The figure counts all.
const MAX_ITEMS: usize = 500;

/// The scorecards of one vendor or several.
#[derive(Debug, Clone, Serialize)]
pub struct Scorecards {
    /// [`SCORECARD_SCHEMA`].
    pub schema: &'static str,
    /// The first instant told of; none for all that is known.
    pub from: Option<DateTime<Utc>>,
    /// The first instant no longer told of.
    pub to: DateTime<Utc>,
    /// The zone that instants are written in.
    pub zone: String,
    /// The zone rules in use.
    pub rules: RulesVersion,
    /// The vendors, by id.
    pub vendors: Vec<Scorecard>,
    /// The wall clock to tell it by.
    #[serde(skip)]
    pub clocks: Clocks,
}

/// One vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scorecard {
    /// Who.
    pub vendor: VendorId,
    /// As people call it.
    pub name: String,
    /// Notice promised before planned work, in the words of the terms; `0 s` for none.
    pub promised: String,
    /// Notice promised before emergencies.
    pub promised_emergency: String,
    /// The figures, always all of them and in this order.
    pub figures: Vec<Figure>,
}

/// A figure with what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// How many.
    pub count: usize,
    /// Of how many; none where there is no such number.
    pub of: Option<usize>,
    /// That as a share; none where there is nothing to share.
    pub share: Option<Percent>,
    /// Lengths of time that belong to it, in seconds: `median_given`, `least_given`, `worst_margin`, `longest`.
    pub seconds: BTreeMap<&'static str, i64>,
    /// What it counts, or where that is what went well, what did not.
    pub items: Vec<Item>,
    /// How many items are not listed for their number.
    pub left_out: usize,
}

/// One thing that a figure counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Item {
    /// When.
    pub at: DateTime<Utc>,
    /// The maintenance, outage or notice.
    pub id: String,
    /// What happened.
    pub text: String,
    /// By how much, in seconds, where there is such a length.
    pub seconds: Option<i64>,
}

/// What is counted so far of one vendor.
#[derive(Debug)]
pub struct Tally<'a> {
    pub(super) vendor: VendorId,
    pub(super) name: String,
    pub(super) terms: &'a Terms,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) to: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
    pub(super) planned: Vec<Given>,
    pub(super) emergency: Vec<Given>,
    /// Maintenances with a window, or the word that it is off, in the span.
    pub(super) maintenances: usize,
    /// Outages of what stands on the vendor.
    pub(super) outages: usize,
    pub(super) claims: usize,
    pub(super) notices: usize,
    pub(super) proved: usize,
    pub(super) waits: Vec<i64>,
    pub(super) items: BTreeMap<&'static str, Vec<Item>>,
}

/// The notice that one window was announced with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) notice: i64,
    pub(super) required: i64,
    pub(super) item: Item,
}

/// Every figure that lists what it counts, with what it says.
const COUNTED: [(&str, &str); 16] = [
    ("stated_after_start", "windows, or earlier starts of them, of which no notice spoke before they began"),
    ("never_confirmed", "windows that were still tentative when they began"),
    ("early_starts", "outages that began shortly before a good window"),
    ("overruns", "outages that began in a good window and ran past its end"),
    ("late_completions", "maintenances whose work ended after the last window"),
    ("impact_exceeded", "outages that were worse than their window meant"),
    ("unannounced", "outages without any window near, and with proof that none was announced"),
    ("contradictions", "outages about which statements contradict each other"),
    ("cancellations", "maintenances that were cancelled"),
    ("late_cancellations", "of these, with less notice than is asked before the window, or after it began"),
    ("moves", "windows that were moved or taken away while the maintenance went on"),
    ("waited_in_review", "notices that waited for a person"),
    ("signed", "notices that a verified signature proves"),
    ("signatures_failed", "notices with a signature that was verified and is wrong"),
    ("claims_filed", "claims that were filed"),
    ("claims_lapsed", "claims that ran out with nothing recorded about them"),
];

impl<'a> Tally<'a> {
    /// Nothing counted yet. What happened from `from` on and before `to` counts; `now` is how long what is open has lasted.
    #[must_use]
    pub fn new(
        (vendor, name): (VendorId, String),
        terms: &'a Terms,
        (from, to): (Option<DateTime<Utc>>, DateTime<Utc>),
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            vendor,
            name,
            terms,
            from,
            to,
            now,
            planned: Vec::new(),
            emergency: Vec::new(),
            maintenances: 0,
            outages: 0,
            claims: 0,
            notices: 0,
            proved: 0,
            waits: Vec::new(),
            items: BTreeMap::new(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn vendor(&self) -> &VendorId {
        &self.vendor
    }

    pub(super) fn is_within(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && at < self.to
    }

    pub(super) fn count(&mut self, figure: &'static str, item: Item) {
        debug_assert!(COUNTED.iter().any(|(name, _)| *name == figure), "{figure} is told of");
        self.items.entry(figure).or_default().push(item);
    }

    /// Counts a notice of the vendor's by its signatures.
    pub fn notice(&mut self, notice: &Notice) {
        if !self.is_within(notice.received.at) {
            return;
        }
        self.notices += 1;
        let Some(found) = &notice.authentication else { return };
        if found.proved().next().is_some() {
            self.proved += 1;
            return;
        }
        let failed = found.signatures.iter().find(|signature| match signature.outcome {
            SignatureOutcome::Fail { .. } => true,
            SignatureOutcome::Pass { .. }
            | SignatureOutcome::NoKey
            | SignatureOutcome::TemporaryError { .. }
            | SignatureOutcome::NotLookedUp { .. } => false,
        });
        if let Some(failed) = failed {
            let text = format!("{}: {failed}", notice.subject.as_deref().unwrap_or("no subject"));
            self.count(
                "signatures_failed",
                Item { at: notice.received.at, id: notice.id.to_string(), text, seconds: None },
            );
        }
    }

    /// Counts an item of review of the vendor's by how long it waited.
    pub fn review(&mut self, review: &ReviewItem) {
        if !self.is_within(review.received_at) {
            return;
        }
        let settled_at = review.settled.as_ref().map(|settled| settled.at);
        // Of what releases before 0.2 settled nobody knows when.
        if settled_at.is_none() && review.state != ReviewState::Open {
            return;
        }
        let waited = settled_at.unwrap_or(self.now) - review.received_at;
        let reasons: Vec<String> = review.reasons.iter().map(ToString::to_string).collect();
        let (waits, length) = (if settled_at.is_some() { "waited" } else { "has waited" }, shown_length(waited));
        let text = format!("{waits} {length}: {}", reasons.join("; "));
        self.waits.push(waited.num_seconds());
        let item =
            Item { at: review.received_at, id: review.notice.to_string(), text, seconds: Some(waited.num_seconds()) };
        self.count("waited_in_review", item);
    }

    /// All that was counted.
    #[must_use]
    pub fn finish(mut self) -> Scorecard {
        let promised = |promise: crate::maintenance::Promise| promise.to_string();
        let mut figures = vec![
            notice(
                "notice_planned",
                "windows of planned work that were announced in time",
                std::mem::take(&mut self.planned),
            ),
            notice(
                "notice_emergency",
                "windows of emergencies that were announced in time",
                std::mem::take(&mut self.emergency),
            ),
        ];
        let mut items = std::mem::take(&mut self.items);
        let cancelled = items.get("cancellations").map_or(0, Vec::len);
        for (name, says) in COUNTED {
            figures.push(self.counted((name, says), cancelled, items.remove(name).unwrap_or_default()));
        }
        Scorecard {
            vendor: self.vendor,
            name: self.name,
            promised: promised(self.terms.notice_min),
            promised_emergency: promised(self.terms.notice_emergency.unwrap_or(self.terms.notice_min)),
            figures,
        }
    }

    fn counted(&self, (name, says): (&'static str, &'static str), cancelled: usize, items: Vec<Item>) -> Figure {
        let count = if name == "signed" { self.proved } else { items.len() };
        let of = match name {
            "early_starts" | "overruns" | "impact_exceeded" | "unannounced" | "contradictions" => Some(self.outages),
            "late_completions" | "cancellations" => Some(self.maintenances),
            "late_cancellations" => Some(cancelled),
            "waited_in_review" | "signed" | "signatures_failed" => Some(self.notices),
            "claims_filed" | "claims_lapsed" => Some(self.claims),
            _ => None,
        };
        let mut figure = figure(name, says, (count, of), items);
        if name == "waited_in_review" {
            figure.seconds.extend(median(&self.waits).map(|seconds| ("median", seconds)));
            figure.seconds.extend(self.waits.iter().max().map(|seconds| ("longest", *seconds)));
        }
        figure
    }
}

fn figure(name: &'static str, says: &'static str, (count, of): (usize, Option<usize>), mut items: Vec<Item>) -> Figure {
    items.sort();
    let left_out = items.len().saturating_sub(MAX_ITEMS);
    items.truncate(MAX_ITEMS);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let share = of.filter(|of| *of > 0).map(|of| Percent::of(number(count), number(of)));
    Figure { name, says, count, of, share, seconds: BTreeMap::new(), items, left_out }
}

/// How many windows were announced in time, of how many; the ones that were not are listed.
fn notice(name: &'static str, says: &'static str, windows: Vec<Given>) -> Figure {
    let given: Vec<i64> = windows.iter().map(|window| window.notice).collect();
    let margins = windows.iter().map(|window| window.notice - window.required);
    let (all, worst) = (windows.len(), margins.min());
    let short: Vec<Item> =
        windows.into_iter().filter(|window| window.notice < window.required).map(|window| window.item).collect();
    let mut figure = figure(name, says, (all - short.len(), Some(all)), short);
    figure.seconds.extend(median(&given).map(|seconds| ("median_given", seconds)));
    figure.seconds.extend(given.iter().min().map(|seconds| ("least_given", *seconds)));
    figure.seconds.extend(worst.map(|seconds| ("worst_margin", seconds)));
    figure
}

/// The middle one; of an even number the smaller of the two in the middle, which did happen.
fn median(seconds: &[i64]) -> Option<i64> {
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}
