//! Whether a window concerns the asset asked about, and what it means for it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::inventory::{Inventory, Touched};
use crate::maintenance::State;
use crate::names::{AssetId, VendorId};
use crate::window::{Impact, StatedObject, Window};

/// Whether a window concerns the asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// It names the asset or something upstream of it.
    In {
        /// The impact it means for the asset.
        expected: Impact,
        /// The vendor's word about what it names; none when it said nothing, which counts as OUTAGE.
        stated: Option<Impact>,
        /// From the asset up to the named object.
        path: Vec<AssetId>,
    },
    /// It is for other assets.
    Other,
    /// It is for other assets, as far as can be told: some names are unknown.
    Unmatched {
        /// The names.
        names: Vec<String>,
    },
}

/// What a scope is found by: vendor, account, objects and the notice's impact.
type Key = (VendorId, Option<String>, Vec<StatedObject>, Option<Impact>);

/// The scopes of one asset, each walk made once: a maintenance says the same of most of its windows and revisions.
pub(super) struct Scopes<'k> {
    inventory: &'k Inventory,
    asset: &'k AssetId,
    found: RefCell<HashMap<Key, Rc<Scope>>>,
}

impl<'k> Scopes<'k> {
    pub(super) fn new(inventory: &'k Inventory, asset: &'k AssetId) -> Self {
        Self { inventory, asset, found: RefCell::default() }
    }

    /// The scope of a window by what its maintenance said so far.
    pub(super) fn of(&self, vendor: &VendorId, state: &State, window: &Window) -> Rc<Scope> {
        self.of_objects(vendor, state.account.as_deref(), state.objects_of(window), state.impact)
    }

    /// The scope of what names these objects; of what names none everything of the vendor and account.
    pub(super) fn of_objects(
        &self,
        vendor: &VendorId,
        account: Option<&str>,
        objects: &[StatedObject],
        impact: Option<Impact>,
    ) -> Rc<Scope> {
        let key = (vendor.clone(), account.map(str::to_owned), objects.to_vec(), impact);
        if let Some(known) = self.found.borrow().get(&key) {
            return Rc::clone(known);
        }
        let touched = self.inventory.touched_by(vendor, account, objects, impact);
        let scope = Rc::new(scope(self.asset, &touched, objects, impact));
        self.found.borrow_mut().insert(key, Rc::clone(&scope));
        scope
    }

    /// The assets that a vendor's names for places mean.
    pub(super) fn named(&self, vendor: &VendorId, names: &[String]) -> Vec<AssetId> {
        let objects: Vec<StatedObject> =
            names.iter().map(|name| StatedObject { name: name.clone(), impact: None }).collect();
        let touched = self.inventory.touched_by(vendor, None, &objects, None);
        touched.matches.into_iter().filter_map(|found| found.asset).collect()
    }

    /// Whether the asset, or something of this vendor that it needs, stands in one of these places or is one of them.
    pub(super) fn stands_in(&self, vendor: &VendorId, places: &[AssetId]) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![self.asset];
        while let Some(id) = open.pop() {
            let Some(asset) = self.inventory.assets.get(id).filter(|_| seen.insert(id)) else { continue };
            let is_there = places.contains(id) || asset.site.as_ref().is_some_and(|site| places.contains(site));
            if is_there && (id == self.asset || asset.vendor.as_ref() == Some(vendor)) {
                return true;
            }
            open.extend(asset.needs());
        }
        false
    }
}

fn scope(asset: &AssetId, touched: &Touched, objects: &[StatedObject], notice: Option<Impact>) -> Scope {
    if let Some(touch) = touched.assets.get(asset) {
        let named = touched.matches.iter().zip(objects).filter(|(found, _)| found.asset.as_ref() == touch.path.last());
        let own: Vec<Option<Impact>> = named.map(|(_, object)| object.impact.or(notice)).collect();
        // Nothing named means the whole estate, at the notice's impact. One of several words unsaid counts as OUTAGE.
        let stated = if own.is_empty() { notice } else { own.into_iter().collect::<Option<Vec<_>>>().and_then(worst) };
        return Scope::In { expected: touch.impact, stated, path: touch.path.clone() };
    }
    let unmatched = touched.matches.iter().filter(|name| name.asset.is_none());
    let names: Vec<String> = unmatched.map(|name| name.name.clone()).collect();
    if names.is_empty() { Scope::Other } else { Scope::Unmatched { names } }
}

fn worst(impacts: Vec<Impact>) -> Option<Impact> {
    impacts.into_iter().max()
}
