//! The inventory as declared in files: one dated version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::asset::{Asset, Vendor};
use super::checklist::ChecklistItem;
use super::customer::{Contact, Customer};
use super::index::LazyIndex;
use super::part::PeersByKind;
use super::teach::Taught;
use crate::names::{AssetId, ChecklistId, CustomerId, VendorId};

/// Everything declared, checked: ids known, no cycle, every address usable.
///
/// It is put together once and then only read: what is looked up by name or walked is indexed at the first question,
/// and a version changed after that would answer as before. A clone starts without an index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    /// By id.
    pub vendors: BTreeMap<VendorId, Vendor>,
    /// By id.
    pub assets: BTreeMap<AssetId, Asset>,
    /// By id.
    pub customers: BTreeMap<CustomerId, Customer>,
    /// The user's own people.
    pub staff: Vec<Contact>,
    /// By id.
    pub checklist: BTreeMap<ChecklistId, ChecklistItem>,
    /// Names that somebody taught; each is an alias of its asset too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taught: Vec<Taught>,
    /// Of a part of an inventory, the assets of the whole counted; none of a whole one.
    #[serde(skip)]
    pub(crate) counted: Option<PeersByKind>,
    /// Built from the rest when it is first needed.
    #[serde(skip)]
    pub(crate) index: LazyIndex,
}
