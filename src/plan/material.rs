//! What matters to one customer of one maintenance.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::message::{Material, MaterialWindow};
use super::standing::{Fall, ORDINAL, Upcoming};
use crate::inventory::Inventory;
use crate::maintenance::{Maintenance, State};
use crate::names::{AssetId, CustomerId};
use crate::notice::Status;
use crate::outage::Outage;
use crate::time::Interval;
use crate::window::{Impact, StatedObject, Window};

/// The status as customers are told it. That work has begun is the stage `start`, and new times are a change of the
/// windows: neither is a change of status to them.
pub(super) fn told_status(status: Status) -> Status {
    match status {
        Status::Tentative | Status::Confirmed | Status::Cancelled | Status::Completed => status,
        Status::InProcess | Status::Rescheduled => Status::Confirmed,
    }
}

/// The material of a customer that nothing of the maintenance touches.
pub(super) fn untouched(status: Status) -> Material {
    Material { status: Some(told_status(status)), ..Material::default() }
}

/// The material of each customer touched at least as badly as `mildest`.
///
/// A window counts for a customer when it touches one of the assets it uses; each asset is listed with the worst impact
/// over all windows.
pub(super) fn of_maintenance(
    maintenance: &Maintenance,
    state: &State,
    inventory: &Inventory,
    mildest: Impact,
) -> BTreeMap<CustomerId, Material> {
    let identity = &maintenance.identity;
    let touched = |objects: &[StatedObject]| {
        let scope = inventory.touched_by(&identity.vendor, identity.account.as_deref(), objects, state.impact);
        inventory.customers_touched(&scope.assets)
    };
    // Most windows have no objects of their own: those of the notice are walked once.
    let of_notice = OnceCell::new();
    let mut materials: BTreeMap<CustomerId, Material> = BTreeMap::new();
    for (window, interval) in told_windows(state) {
        let own = (!window.objects.is_empty()).then(|| touched(&window.objects));
        for touch in own.as_ref().unwrap_or_else(|| of_notice.get_or_init(|| touched(&state.objects))) {
            let assets = at_least(&touch.assets, mildest);
            if assets.is_empty() {
                continue;
            }
            let material = materials.entry(touch.customer.id.clone()).or_insert_with(|| untouched(state.status));
            let (ordinal, role) = (window.ordinal, window.role);
            material.windows.push(MaterialWindow { ordinal, role, interval, assets });
        }
    }
    for material in materials.values_mut() {
        finish(material);
    }
    materials
}

/// The material of each customer touched by a standing window at least as badly as `mildest`, but for some assets.
pub(super) fn of_standing(
    upcoming: &Upcoming,
    inventory: &Inventory,
    mildest: Impact,
    without: &BTreeSet<AssetId>,
) -> BTreeMap<CustomerId, Material> {
    let Fall::At(interval, role) = upcoming.fall else { return BTreeMap::new() };
    let mut touched = inventory.spread(&upcoming.start);
    touched.retain(|asset, _| !without.contains(asset));
    let windows = vec![MaterialWindow { ordinal: ORDINAL, role, interval, assets: Vec::new() }];
    let material = |assets: Vec<(AssetId, Impact)>| {
        let (windows, standing) = (windows.clone(), upcoming.rule.clone());
        Material { windows, assets, standing, ..untouched(Status::Confirmed) }
    };
    let customers = inventory.customers_touched(&touched).into_iter();
    customers
        .map(|touch| (touch.customer.id.clone(), at_least(&touch.assets, mildest)))
        .filter(|(_, assets)| !assets.is_empty())
        .map(|(customer, assets)| (customer, material(assets)))
        .collect()
}

/// The material of each customer touched by an outage at least as badly as `mildest`.
pub(super) fn of_outage(outage: &Outage, inventory: &Inventory, mildest: Impact) -> BTreeMap<CustomerId, Material> {
    let start: Vec<_> = outage.assets.iter().map(|asset| (asset.clone(), outage.impact)).collect();
    let touched = inventory.spread(&start);
    inventory
        .customers_touched(&touched)
        .into_iter()
        .map(|touch| (touch.customer.id.clone(), at_least(&touch.assets, mildest)))
        .filter(|(_, assets)| !assets.is_empty())
        .map(|(customer, assets)| (customer, Material { assets, ..Material::default() }))
        .collect()
}

fn at_least(assets: &[(AssetId, Impact)], mildest: Impact) -> Vec<(AssetId, Impact)> {
    assets.iter().filter(|(_, impact)| *impact >= mildest).cloned().collect()
}

/// The material of a customer that an outage does not touch.
pub(super) fn untouched_by_outage() -> Material {
    Material::default()
}

/// The windows as customers are told them. Of a completed maintenance the part that was worked in, unless the work was
/// over before any window began.
fn told_windows(state: &State) -> Vec<(&Window, Interval)> {
    let worked: Vec<_> = state.windows.iter().filter_map(|window| Some((window, state.effective(window)?))).collect();
    if worked.is_empty() { state.windows.iter().map(|window| (window, window.interval)).collect() } else { worked }
}

/// Fills in the worst of each asset, and drops the windows' own lists where all windows touch the same.
fn finish(material: &mut Material) {
    let mut worst: BTreeMap<AssetId, Impact> = BTreeMap::new();
    for (asset, impact) in material.windows.iter().flat_map(|window| &window.assets) {
        let seen = worst.entry(asset.clone()).or_insert(*impact);
        *seen = (*seen).max(*impact);
    }
    material.assets = worst.into_iter().collect();
    for window in &mut material.windows {
        window.assets.sort();
        if window.assets == material.assets {
            window.assets.clear();
        }
    }
    material.windows.sort();
}

/// In what two materials differ, as far as a reader would say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// The windows.
    Times,
    /// The days or hours of a standing window as a whole; its next occurrence goes with them.
    Rule,
    /// The effective status.
    Status,
    /// The assets, or the impact on one.
    Assets,
}

impl Difference {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Times => "the times",
            Self::Rule => "the days or hours",
            Self::Status => "the status",
            Self::Assets => "the assets or the impact on them",
        }
    }
}

/// In what two materials differ; empty when they are equal.
pub(super) fn differences(before: &Material, after: &Material) -> Vec<Difference> {
    let times = |material: &Material| -> Vec<_> {
        material.windows.iter().map(|window| (window.ordinal, window.role, window.interval)).collect()
    };
    let assets = |material: &Material| -> Vec<_> {
        let own = material.windows.iter().map(|window| (window.ordinal, window.assets.clone()));
        own.filter(|(_, assets)| !assets.is_empty()).collect()
    };
    let mut found = Vec::new();
    match (&before.standing, &after.standing) {
        // Of a standing window as a whole another next occurrence is no change, and other days or hours are.
        (Some(was), Some(now)) if was == now => {}
        (Some(_), Some(_)) => found.push(Difference::Rule),
        (None, None) if times(before) == times(after) => {}
        (None | Some(_), None) | (None, Some(_)) => found.push(Difference::Times),
    }
    if before.status != after.status {
        found.push(Difference::Status);
    }
    if before.assets != after.assets || assets(before) != assets(after) {
        found.push(Difference::Assets);
    }
    found
}
