//! Which customers a maintenance or an outage touches, asked of the inventory.

use std::collections::BTreeMap;

use crate::inventory::{Inventory, Touch};
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
    by_customer(inventory, &inventory.touched_by(vendor, account, objects, notice_impact).assets)
}

/// What failing assets touch.
pub(super) fn by_assets(inventory: &Inventory, assets: &[AssetId], impact: Impact) -> ByCustomer {
    let start: Vec<_> = assets.iter().map(|asset| (asset.clone(), impact)).collect();
    by_customer(inventory, &inventory.spread(&start))
}

fn by_customer(inventory: &Inventory, touched: &BTreeMap<AssetId, Touch>) -> ByCustomer {
    let customers = inventory.customers_touched(touched).into_iter();
    customers.map(|touch| (touch.customer.id.clone(), touch.assets)).collect()
}
