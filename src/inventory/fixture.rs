//! Inventories for the tests of this room, written as users write them.

use super::declared::Inventory;
use crate::names::{AssetId, VendorId};
use crate::time::Zones;
use crate::written::SourceFile;

#[track_caller]
pub(super) fn inventory(toml: &str) -> Inventory {
    let files = [SourceFile { name: "test.toml".into(), text: toml.into() }];
    Inventory::load(&files, &Zones::embedded()).expect("a test inventory is right")
}

/// The inventory of the two stories, as it ships.
#[track_caller]
pub(super) fn demo() -> Inventory {
    let file = |name: &str, text: &str| SourceFile { name: name.into(), text: text.into() };
    let files = [
        file("bytesized.toml", include_str!("../../schedules/demo/inventory/bytesized.toml")),
        file("center-stage.toml", include_str!("../../schedules/demo/inventory/center-stage.toml")),
        file("vendors.toml", include_str!("../../schedules/demo/inventory/vendors.toml")),
    ];
    Inventory::load(&files, &Zones::embedded()).expect("the demo inventory is right")
}

pub(super) fn asset_id(id: &str) -> AssetId {
    AssetId::new(id).expect("a test id is an identifier")
}

pub(super) fn vendor_id(id: &str) -> VendorId {
    VendorId::new(id).expect("a test id is an identifier")
}
