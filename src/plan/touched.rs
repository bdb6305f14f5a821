//! Which customers a maintenance or an outage touches, asked of the inventory.
//!
//! TO BE REPLACED AT MERGE by `Inventory::touched_by`, `spread` and `customers_touched`: the two functions below are all
//! that this room needs of them. Until then: direct match of names, and one brute-force walk.

use std::collections::BTreeMap;

use crate::inventory::{Asset, Inventory};
use crate::names::{AssetId, CustomerId, VendorId};
use crate::window::{Impact, StatedObject};

/// The assets that each customer uses, with the impact on each; a customer of none is not listed.
pub(super) type ByCustomer = BTreeMap<CustomerId, Vec<(AssetId, Impact)>>;

/// What the objects that a vendor names touch.
pub(super) fn by_objects(
    inventory: &Inventory,
    vendor: &VendorId,
    account: Option<&str>,
    objects: &[StatedObject],
    notice_impact: Option<Impact>,
) -> ByCustomer {
    let mine = |asset: &&Asset| {
        asset.vendor.as_ref() == Some(vendor)
            && (account.is_none() || asset.account.is_none() || asset.account.as_deref() == account)
    };
    let whole = notice_impact.unwrap_or(Impact::Outage);
    let mut start = BTreeMap::new();
    for asset in inventory.assets.values().filter(mine) {
        let named = |name: &str| {
            asset.id.as_str().eq_ignore_ascii_case(name) || asset.aliases.iter().any(|a| a.eq_ignore_ascii_case(name))
        };
        if objects.is_empty() {
            start.insert(asset.id.clone(), whole);
        }
        for object in objects.iter().filter(|object| named(&object.name)) {
            start.insert(asset.id.clone(), object.impact.unwrap_or(whole));
        }
    }
    by_customer(inventory, &walk(inventory, start))
}

/// What failing assets touch.
pub(super) fn by_assets(inventory: &Inventory, assets: &[AssetId], impact: Impact) -> ByCustomer {
    let start = assets.iter().map(|asset| (asset.clone(), impact)).collect();
    by_customer(inventory, &walk(inventory, start))
}

fn by_customer(inventory: &Inventory, touched: &BTreeMap<AssetId, Impact>) -> ByCustomer {
    let used = inventory.customers.values().map(|customer| {
        let mut assets: Vec<_> =
            customer.uses.iter().filter_map(|asset| Some((asset.clone(), *touched.get(asset)?))).collect();
        assets.sort();
        assets.dedup();
        (customer.id.clone(), assets)
    });
    used.filter(|(_, assets)| !assets.is_empty()).collect()
}

fn walk(inventory: &Inventory, start: BTreeMap<AssetId, Impact>) -> BTreeMap<AssetId, Impact> {
    let mut touched = start;
    loop {
        let before = touched.len();
        for asset in inventory.assets.values().filter(|asset| asset.vendor.is_none()) {
            let of = |id: &AssetId| touched.get(id).copied();
            let all = asset.all_of.iter().filter_map(of);
            let any = asset.any_of.iter().filter_map(|group| {
                let mut members = group.of.clone();
                members.sort();
                members.dedup();
                members.iter().filter_map(of).max()?;
                let up = |worst: Impact| members.iter().filter(|m| of(m).unwrap_or(Impact::NoImpact) < worst).count();
                let enough = |worst| up(worst) >= usize::try_from(group.n).unwrap_or(usize::MAX);
                Some(match (enough(Impact::Outage), enough(Impact::Degraded)) {
                    (false, _) => Impact::Outage,
                    (true, false) => Impact::Degraded,
                    (true, true) if up(Impact::ReducedRedundancy) < members.len() => Impact::ReducedRedundancy,
                    (true, true) => Impact::NoImpact,
                })
            });
            if let Some(impact) = all.chain(any).max() {
                touched.insert(asset.id.clone(), impact);
            }
        }
        if touched.len() == before {
            return touched;
        }
    }
}
