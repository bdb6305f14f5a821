//! The inventory as declared in files: one dated version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::asset::{Asset, Vendor};
use super::customer::{Contact, Customer};
use crate::names::{AssetId, CustomerId, VendorId};

/// Everything declared, checked: ids known, no cycle, every address usable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// By id.
    pub vendors: BTreeMap<VendorId, Vendor>,
    /// By id.
    pub assets: BTreeMap<AssetId, Asset>,
    /// By id.
    pub customers: BTreeMap<CustomerId, Customer>,
    /// The user's own people.
    pub staff: Vec<Contact>,
}
