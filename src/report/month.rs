//! A month as a value: what was down for whom, how long, and how much of it is excused.

mod shown;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::sweep::{Counts, Line, counts_at, lines};
use super::clocks::Clocks;
use super::percent::Percent;
use crate::inventory::Inventory;
use crate::names::{AssetId, CustomerId, OutageId, VendorId};
use crate::outage::Outage;
use crate::time::{Interval, Month, RulesVersion};
use crate::verdict::{Answer, Claim, Kind, Override, Verdict};
use crate::window::Impact;

/// The name and version of the schema that a month is printed in.
pub const SLA_MONTH_SCHEMA: &str = "inwindow.sla-month/1";

/// What a month is put together from.
pub struct MonthFacts<'a> {
    /// Which month.
    pub month: Month,
    /// All of it, by the clocks it is told by.
    pub span: Interval,
    /// Up to when it is told: its end, or now while it runs.
    pub until: DateTime<Utc>,
    /// What it is about.
    pub scope: MonthScope,
    /// The versions of the inventory that were in force in it, each from when on, in order; never empty.
    pub versions: &'a [(DateTime<Utc>, Arc<Inventory>)],
    /// The outages that share an instant with it, by start.
    pub outages: &'a [MonthOutageFacts],
    /// The wall clock to tell it by.
    pub clocks: Clocks,
    /// The zone rules in use.
    pub rules: &'a RulesVersion,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
}

/// An outage with what was made of it.
#[derive(Debug, Clone)]
pub struct MonthOutageFacts {
    /// The outage.
    pub outage: Outage,
    /// From its start to its end, or to now while it is open.
    pub interval: Interval,
    /// The official verdict of each asset, over all of that.
    pub verdicts: Vec<Verdict>,
    /// What people hold against them.
    pub overrides: Vec<Override>,
    /// What can be claimed because of it.
    pub claims: Vec<Claim>,
}

/// What a month is told of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MonthScope {
    /// This customer's assets alone.
    pub customer: Option<CustomerId>,
    /// This asset alone.
    pub asset: Option<AssetId>,
    /// What stands on this vendor alone.
    pub vendor: Option<VendorId>,
    /// Whether what was never down is told one by one.
    pub every: bool,
}

/// A month.
#[derive(Debug, Clone, Serialize)]
pub struct SlaMonth {
    /// [`SLA_MONTH_SCHEMA`].
    pub schema: &'static str,
    /// `2026-10`.
    pub month: String,
    /// By whose clocks it begins and ends.
    pub zone: String,
    /// The zone rules it is told by.
    pub rules: RulesVersion,
    /// Its first instant, and the first instant after it.
    pub span: Interval,
    /// Its true length: what availability is a share of.
    pub seconds: i64,
    /// Up to when it is told.
    pub until: DateTime<Utc>,
    /// Whether it was over when it was told.
    pub is_over: bool,
    /// What it is told of.
    pub scope: MonthScope,
    /// By customer and asset.
    pub customers: Vec<CustomerMonth>,
    /// Every asset that was down or degraded, whoever uses it, by id.
    pub assets: Vec<AssetMonth>,
    /// The outages behind it, by start.
    pub outages: Vec<OutageMonth>,
    /// What can be claimed because of them.
    pub claims: Vec<Claim>,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    lines: BTreeMap<AssetId, Line>,
    #[serde(skip)]
    clocks: Clocks,
}

/// A customer's month.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerMonth {
    /// Who.
    pub customer: CustomerId,
    /// As people call it.
    pub name: String,
    /// The assets it uses: those that were down or degraded, or all, by id.
    pub assets: Vec<AssetMonth>,
    /// How many more it uses, which were up all the time.
    pub up_all_the_time: usize,
}

/// An asset's month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssetMonth {
    /// Which.
    pub asset: AssetId,
    /// The outages that had a part in it.
    pub outages: Vec<OutageId>,
    /// Its seconds.
    pub seconds: MonthSeconds,
    /// The longest it was down without a break, in seconds.
    pub longest_seconds: i64,
    /// The share of the month it was up.
    pub availability: Availability,
}

/// Seconds of a month. `excused + unexcused + ambiguous` is `down`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MonthSeconds {
    /// It was down.
    pub down: i64,
    /// Of these the vendor is excused.
    pub excused: i64,
    /// Of these it is not.
    pub unexcused: i64,
    /// Of these it cannot be said.
    pub ambiguous: i64,
    /// It was up and DEGRADED; no part of `down`.
    pub degraded: i64,
}

/// The share of a month that something was up; always of its true length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Availability {
    /// All downtime counts.
    pub all: Percent,
    /// Excused downtime does not; what cannot be said does.
    pub without_excused: Percent,
    /// Neither excused downtime does, nor what cannot be said.
    pub if_ambiguous_excused: Percent,
}

/// An outage as far as it lies in the month.
#[derive(Debug, Clone, Serialize)]
pub struct OutageMonth {
    /// Its id.
    pub id: OutageId,
    /// What was down.
    pub assets: Vec<AssetId>,
    /// The observed impact.
    pub impact: Impact,
    /// Its first instant.
    pub start: DateTime<Utc>,
    /// The first instant after it; none while it is open.
    pub end: Option<DateTime<Utc>>,
    /// The part of it that lies in the month.
    pub within: Interval,
    /// How long that is.
    pub seconds: i64,
    /// What was made of each asset.
    pub verdicts: Vec<VerdictMonth>,
    /// What people hold against that. It changes no second.
    pub overrides: Vec<Override>,
}

/// A verdict as far as it lies in the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictMonth {
    /// The asset judged.
    pub asset: AssetId,
    /// The answer.
    pub answer: Answer,
    /// The kind.
    pub kind: Kind,
    /// Seconds excused.
    pub excused: i64,
    /// Seconds not excused.
    pub unexcused: i64,
    /// Seconds of which it cannot be said.
    pub ambiguous: i64,
}

impl MonthFacts<'_> {
    /// The inventory in force at an instant of the month.
    fn inventory_at(&self, instant: DateTime<Utc>) -> &Inventory {
        let in_force = self.versions.iter().rfind(|(applied_at, _)| *applied_at <= instant);
        &in_force.unwrap_or(&self.versions[0]).1
    }

    /// Whether an asset is one that the month is told of.
    fn concerns(&self, asset: &AssetId) -> bool {
        self.scope.asset.as_ref().is_none_or(|only| only == asset)
            && self.scope.vendor.as_ref().is_none_or(|vendor| {
                self.versions.iter().any(|(_, inventory)| inventory.vendors_of(asset).contains(vendor))
            })
    }

    /// Who uses what in any of the versions.
    fn users(&self) -> BTreeMap<CustomerId, (String, BTreeSet<AssetId>)> {
        let mut users: BTreeMap<CustomerId, (String, BTreeSet<AssetId>)> = BTreeMap::new();
        for (_, inventory) in self.versions {
            for customer in inventory.customers.values() {
                if self.scope.customer.as_ref().is_none_or(|only| *only == customer.id) {
                    let (name, used) = users.entry(customer.id.clone()).or_default();
                    customer.name.clone_into(name);
                    used.extend(customer.uses.iter().filter(|asset| self.concerns(asset)).cloned());
                }
            }
        }
        users
    }
}

impl MonthOutageFacts {
    /// The verdict on each of its assets that something hangs on; none of one that was never judged.
    fn verdicts_on<'a>(&'a self, hangs_on: &'a dyn Fn(&AssetId) -> bool) -> impl Iterator<Item = Option<&'a Verdict>> {
        let verdict = |asset: &AssetId| self.verdicts.iter().find(|verdict| verdict.asset == *asset);
        self.outage.assets.iter().filter(|asset| hangs_on(asset)).map(verdict)
    }
}

impl SlaMonth {
    /// Puts it together.
    #[must_use]
    pub fn new(facts: MonthFacts<'_>) -> Self {
        let mut lines = lines(&facts);
        let users = facts.users();
        let is_used = |asset: &AssetId| users.values().any(|(_, uses)| uses.contains(asset));
        lines.retain(|asset, _| facts.concerns(asset) && (facts.scope.customer.is_none() || is_used(asset)));
        let every = facts.scope.every || facts.scope.customer.is_some() || facts.scope.asset.is_some();
        let nothing = Line::default();
        let of_customer = |(customer, (name, uses)): (CustomerId, (String, BTreeSet<AssetId>))| {
            let told = uses.iter().filter(|asset| every || lines.contains_key(*asset));
            let assets: Vec<AssetMonth> =
                told.map(|asset| AssetMonth::of(asset, lines.get(asset).unwrap_or(&nothing), &facts)).collect();
            let up_all_the_time = uses.len() - assets.len();
            CustomerMonth { customer, name, assets, up_all_the_time }
        };
        let mut customers: Vec<CustomerMonth> = users.clone().into_iter().map(of_customer).collect();
        customers.retain(|customer| !customer.assets.is_empty() || facts.scope.customer.is_some());
        let behind: BTreeSet<&OutageId> = lines.values().flat_map(|line| &line.outages).collect();
        let outages: Vec<&MonthOutageFacts> =
            facts.outages.iter().filter(|outage| behind.contains(&outage.outage.id)).collect();
        let told = Interval::new(facts.span.start(), facts.until).unwrap_or(facts.span);
        Self {
            schema: SLA_MONTH_SCHEMA,
            month: facts.month.to_string(),
            zone: facts.clocks.zone.name().to_owned(),
            rules: facts.rules.clone(),
            span: facts.span,
            seconds: facts.span.length().num_seconds(),
            until: facts.until,
            is_over: facts.until >= facts.span.end(),
            customers,
            assets: lines.iter().map(|(asset, line)| AssetMonth::of(asset, line, &facts)).collect(),
            outages: outages.iter().filter_map(|outage| OutageMonth::of(outage, told)).collect(),
            claims: outages.iter().flat_map(|outage| outage.claims.clone()).collect(),
            limits: facts.limits,
            title: facts.month.in_words(),
            scope: facts.scope,
            lines,
            clocks: facts.clocks,
        }
    }
}

/// The whole seconds of an interval, counted from a common start, so that those of neighbours add up.
fn seconds_from(start: DateTime<Utc>, interval: Interval) -> i64 {
    (interval.end() - start).num_seconds() - (interval.start() - start).num_seconds()
}

impl AssetMonth {
    fn of(asset: &AssetId, line: &Line, facts: &MonthFacts<'_>) -> Self {
        let start = facts.span.start();
        let counted = |counts: Counts| {
            let runs = line.down.iter().filter(|(_, as_what)| *as_what == counts);
            runs.map(|(run, _)| seconds_from(start, *run)).sum::<i64>()
        };
        let (excused, unexcused, ambiguous) =
            (counted(Counts::Excused), counted(Counts::Unexcused), counted(Counts::Ambiguous));
        let down = excused + unexcused + ambiguous;
        let degraded = line.degraded.iter().map(|run| seconds_from(start, *run)).sum();
        let whole = facts.span.length().num_seconds();
        Self {
            asset: asset.clone(),
            outages: line.outages.iter().cloned().collect(),
            seconds: MonthSeconds { down, excused, unexcused, ambiguous, degraded },
            longest_seconds: longest(start, line),
            availability: Availability {
                all: Percent::of(whole - down, whole),
                without_excused: Percent::of(whole - unexcused - ambiguous, whole),
                if_ambiguous_excused: Percent::of(whole - unexcused, whole),
            },
        }
    }
}

fn longest(start: DateTime<Utc>, line: &Line) -> i64 {
    let (mut longest, mut run, mut end) = (0, 0, None);
    for (part, _) in &line.down {
        run = if end == Some(part.start()) { run } else { 0 } + seconds_from(start, *part);
        end = Some(part.end());
        longest = longest.max(run);
    }
    longest
}

impl OutageMonth {
    fn of(facts: &MonthOutageFacts, told: Interval) -> Option<Self> {
        let within = facts.interval.intersection(&told)?;
        let verdict = |verdict: &Verdict| VerdictMonth::of(verdict, within);
        Some(Self {
            id: facts.outage.id.clone(),
            assets: facts.outage.assets.clone(),
            impact: facts.outage.impact,
            start: facts.outage.start.at,
            end: facts.outage.end.as_ref().map(|end| end.at),
            within,
            seconds: seconds_from(told.start(), within),
            verdicts: facts.verdicts.iter().map(verdict).collect(),
            overrides: facts.overrides.clone(),
        })
    }
}

impl VerdictMonth {
    fn of(verdict: &Verdict, within: Interval) -> Self {
        let mut seconds = [0; 3];
        for segment in &verdict.segments {
            let part = Interval::new(segment.start, segment.end).ok().and_then(|run| run.intersection(&within));
            if let Some(part) = part {
                seconds[counts_at(Some(verdict), part.start()) as usize] += seconds_from(within.start(), part);
            }
        }
        let [excused, ambiguous, unexcused] = seconds;
        let asset = verdict.asset.clone();
        Self { asset, answer: verdict.answer, kind: verdict.kind, excused, unexcused, ambiguous }
    }
}
