//! The walk: from what a vendor names to everything that works only while it does (DESIGN.md section 6).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::asset::Asset;
use super::customer::Customer;
use super::declared::Inventory;
use super::index::{Index, Need, NeedKind, Number};
use super::scope::{Scope, Touch, Touched};
use crate::names::{AssetId, CustomerId, VendorId};
use crate::window::{Impact, StatedObject};

/// A customer with those of the assets it uses that are touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerTouch<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// The touched assets among those it uses, by id, with their impact; never empty.
    pub assets: Vec<(AssetId, Impact)>,
}

/// What the walk found for one asset.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) impact: Impact,
    /// The need that gives the impact; none where the walk began.
    pub(super) via: Option<Number>,
    /// Steps from where the walk began.
    depth: usize,
}

/// Everything that a walk met.
#[derive(Debug)]
pub(super) struct Reach<'a> {
    pub(super) index: &'a Index,
    /// Where the walk began.
    pub(super) begun: HashMap<Number, Impact>,
    pub(super) states: HashMap<Number, State>,
}

impl Reach<'_> {
    /// From an asset that was met up to where the walk began.
    pub(super) fn path(&self, number: Number) -> Vec<AssetId> {
        let steps = std::iter::successors(Some(number), |step| self.states.get(step)?.via);
        steps.map(|step| self.index.ids[step].clone()).collect()
    }

    /// The impact on an asset; none where the walk did not come.
    pub(super) fn impact(&self, number: Number) -> Option<Impact> {
        self.states.get(&number).map(|state| state.impact)
    }

    /// Whether an asset is down.
    pub(super) fn is_down(&self, number: Number) -> bool {
        self.impact(number) == Some(Impact::Outage)
    }
}

impl Inventory {
    /// What a window begins with: the objects it names at their stated impact (the object's, else the notice's, else
    /// OUTAGE). Naming no object means all assets of that vendor, and of the account where both sides state one.
    ///
    /// Names that are unknown stay in `matches` with the nearest known one.
    #[must_use]
    pub fn scope(
        &self,
        vendor: &VendorId,
        account: Option<&str>,
        objects: &[StatedObject],
        notice_impact: Option<Impact>,
    ) -> Scope {
        let general = notice_impact.unwrap_or(Impact::Outage);
        let matches: Vec<_> = objects.iter().map(|object| self.match_name(vendor, &object.name)).collect();
        let start: Vec<_> = if objects.is_empty() {
            self.estate(vendor, account).map(|asset| (asset, general)).collect()
        } else {
            let stated = objects.iter().map(|object| object.impact.unwrap_or(general));
            matches.iter().zip(stated).filter_map(|(found, impact)| Some((found.asset.clone()?, impact))).collect()
        };
        Scope { start, matches, scope_not_stated: objects.is_empty() }
    }

    /// What a window touches: its [`scope`](Self::scope) and everything downstream.
    ///
    /// The vendor's statement about an asset holds for that asset whatever the walk would give; what needs the asset
    /// follows the statement.
    #[must_use]
    pub fn touched_by(
        &self,
        vendor: &VendorId,
        account: Option<&str>,
        objects: &[StatedObject],
        notice_impact: Option<Impact>,
    ) -> Touched {
        let Scope { start, matches, scope_not_stated } = self.scope(vendor, account, objects, notice_impact);
        Touched { assets: self.spread(&start), matches, scope_not_stated }
    }

    /// The assets that name the vendor, less those known to belong to another account.
    fn estate(&self, vendor: &VendorId, account: Option<&str>) -> impl Iterator<Item = AssetId> {
        let index = self.index();
        let default = self.vendors.get(vendor).and_then(|vendor| vendor.account.as_deref());
        let is_theirs = move |asset: &Asset| {
            let own = asset.account.as_deref().or(default);
            own.zip(account).is_none_or(|(own, stated)| own.trim().to_lowercase() == stated.trim().to_lowercase())
        };
        let numbers = index.of_vendor.get(vendor).into_iter().flatten();
        numbers.map(|number| index.ids[*number].clone()).filter(move |id| self.assets.get(id).is_some_and(&is_theirs))
    }

    /// The same walk from assets directly, as from an outage: these at their impact, the worst where one is given twice,
    /// and everything downstream, NO-IMPACT included. Unknown assets are left out.
    #[must_use]
    pub fn spread(&self, start: &[(AssetId, Impact)]) -> BTreeMap<AssetId, Touch> {
        let reach = self.reach(start);
        let touch = |number: Number, state: &State| Touch { impact: state.impact, path: reach.path(number) };
        let id = |number: Number| self.index().ids[number].clone();
        reach.states.iter().map(|(number, state)| (id(*number), touch(*number, state))).collect()
    }

    /// The same, in numbers.
    pub(super) fn reach(&self, start: &[(AssetId, Impact)]) -> Reach<'_> {
        self.reach_by(start, |_| true)
    }

    /// Only what is down, and what needs that directly: of a feed that is off with its twin on, a few hundred of the tens
    /// of thousands of assets that have lost some redundancy.
    pub(super) fn reach_of_outage(&self, start: &[(AssetId, Impact)]) -> Reach<'_> {
        self.reach_by(start, |impact| impact == Impact::Outage)
    }

    fn reach_by(&self, start: &[(AssetId, Impact)], goes_on: impl Fn(Impact) -> bool) -> Reach<'_> {
        let index = self.index();
        let mut begun: HashMap<Number, Impact> = HashMap::new();
        for (asset, impact) in start {
            if let Some(number) = index.numbers.get(asset) {
                begun.entry(*number).and_modify(|worst| *worst = (*worst).max(*impact)).or_insert(*impact);
            }
        }
        let states = walk(index, &begun, goes_on);
        Reach { index, begun, states }
    }

    /// The asset and everything it needs, by any path; empty for an unknown asset.
    #[must_use]
    pub fn upstream(&self, asset: &AssetId) -> BTreeSet<AssetId> {
        let index = self.index();
        let mut seen: BTreeSet<Number> = index.numbers.get(asset).copied().into_iter().collect();
        let mut open: Vec<_> = seen.iter().copied().collect();
        while let Some(number) = open.pop() {
            let members = index.needs[number].iter().flat_map(|need| &need.members);
            open.extend(members.filter(|member| seen.insert(**member)));
        }
        seen.into_iter().map(|number| index.ids[number].clone()).collect()
    }

    /// The vendors whose maintenance concerns the asset: its own and those of everything it needs.
    #[must_use]
    pub fn vendors_of(&self, asset: &AssetId) -> BTreeSet<VendorId> {
        let index = self.index();
        let number = index.numbers.get(asset);
        number.into_iter().flat_map(|number| &index.vendors[*number]).cloned().collect()
    }

    /// The customers that use any of these assets directly, by id.
    #[must_use]
    pub fn users_of<'a>(&self, assets: impl IntoIterator<Item = &'a AssetId>) -> Vec<CustomerId> {
        let index = self.index();
        let numbers = assets.into_iter().filter_map(|asset| index.numbers.get(asset));
        let users: BTreeSet<&CustomerId> = numbers.flat_map(|number| &index.users[*number]).collect();
        users.into_iter().cloned().collect()
    }

    /// The customers that use something touched, by id.
    #[must_use]
    pub fn customers_touched(&self, touched: &BTreeMap<AssetId, Touch>) -> Vec<CustomerTouch<'_>> {
        let index = self.index();
        let mut by_customer: BTreeMap<&CustomerId, Vec<(AssetId, Impact)>> = BTreeMap::new();
        for (asset, touch) in touched {
            let Some(number) = index.numbers.get(asset) else { continue };
            for user in &index.users[*number] {
                by_customer.entry(user).or_default().push((asset.clone(), touch.impact));
            }
        }
        let with_customer = |(id, assets)| Some(CustomerTouch { customer: self.customers.get(id)?, assets });
        by_customer.into_iter().filter_map(with_customer).collect()
    }
}

/// The state of everything downstream of where the walk begins. What an asset needs has a smaller number than the asset,
/// so taking the smallest first meets each asset once, after its needs. What needs an asset is met if the asset's impact
/// `goes_on`.
fn walk(index: &Index, begun: &HashMap<Number, Impact>, goes_on: impl Fn(Impact) -> bool) -> HashMap<Number, State> {
    let first = |(number, impact): (&Number, &Impact)| (*number, State { impact: *impact, via: None, depth: 0 });
    let mut states: HashMap<Number, State> = begun.iter().map(first).collect();
    let going_on = begun.iter().filter(|(_, impact)| goes_on(**impact));
    let mut open: BTreeSet<Number> = going_on.flat_map(|(number, _)| &index.dependents[*number]).copied().collect();
    while let Some(number) = open.pop_first() {
        if begun.contains_key(&number) {
            continue;
        }
        if let Some(state) = state_of(&index.needs[number], &states) {
            states.insert(number, state);
            if !goes_on(state.impact) {
                continue;
            }
            // On a cycle, which loading refuses, a dependent may have a smaller number: it is not walked again.
            open.extend(index.dependents[number].iter().filter(|dependent| **dependent > number));
        }
    }
    states
}

/// The worst over the needs that are touched, and the member that it comes from: of the needs that give it the worst
/// member, then the one with the shortest way, then the first listed.
fn state_of(needs: &[Need], states: &HashMap<Number, State>) -> Option<State> {
    let mut best: Option<(Impact, Impact, State)> = None;
    for need in needs {
        let impact = impact_of(need, states);
        for member in &need.members {
            let Some(state) = states.get(member) else { continue };
            let step = State { impact, via: Some(*member), depth: state.depth + 1 };
            let is_worse = best.is_none_or(|(worst, by, at)| {
                (impact, state.impact) > (worst, by) || ((impact, state.impact) == (worst, by) && step.depth < at.depth)
            });
            if is_worse {
                best = Some((impact, state.impact, step));
            }
        }
    }
    best.map(|(_, _, state)| state)
}

/// The state that one need leaves an asset in; its members are distinct, and those that the walk has not met work.
pub(super) fn impact_of(need: &Need, states: &HashMap<Number, State>) -> Impact {
    let impacts = need.members.iter().map(|member| states.get(member).map_or(Impact::NoImpact, |state| state.impact));
    let worst = impacts.clone().max().unwrap_or(Impact::NoImpact);
    match need.kind {
        NeedKind::AllOf => worst,
        NeedKind::AnyOf(n) => {
            let better_than = |level: Impact| impacts.clone().filter(|impact| *impact < level).count();
            if better_than(Impact::Outage) < n {
                Impact::Outage
            } else if better_than(Impact::Degraded) < n {
                Impact::Degraded
            } else if worst > Impact::NoImpact {
                Impact::ReducedRedundancy
            } else {
                Impact::NoImpact
            }
        }
    }
}
