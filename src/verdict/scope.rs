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

/// What a window names and what is said of that: it decides whom the window concerns, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Named {
    vendor: VendorId,
    account: Option<String>,
    /// None of them means everything of the vendor and account.
    objects: Vec<StatedObject>,
    /// The notice's word about objects of which it says nothing else.
    impact: Option<Impact>,
}

impl Named {
    /// What a window of this vendor names by what its maintenance said so far.
    pub(super) fn by(vendor: &VendorId, state: &State, window: &Window) -> Self {
        let objects = state.objects_of(window).to_vec();
        Self { vendor: vendor.clone(), account: state.account.clone(), objects, impact: state.impact }
    }

    /// What it means in an inventory.
    pub(super) fn touched(&self, inventory: &Inventory) -> Touched {
        inventory.touched_by(&self.vendor, self.account.as_deref(), &self.objects, self.impact)
    }
}

/// What windows touch, each walk made once: a maintenance says the same of most of its windows and revisions.
pub(super) struct Walks<'k> {
    inventory: &'k Inventory,
    made: RefCell<HashMap<Named, Rc<Touched>>>,
}

impl<'k> Walks<'k> {
    pub(super) fn new(inventory: &'k Inventory) -> Self {
        Self { inventory, made: RefCell::default() }
    }

    fn touched(&self, named: Named) -> Rc<Touched> {
        if let Some(made) = self.made.borrow().get(&named) {
            return Rc::clone(made);
        }
        let touched = Rc::new(named.touched(self.inventory));
        self.made.borrow_mut().insert(named, Rc::clone(&touched));
        touched
    }
}

/// The scopes of one asset.
pub(super) struct Scopes<'k> {
    walks: &'k Walks<'k>,
    asset: &'k AssetId,
    found: RefCell<HashMap<Named, Rc<Scope>>>,
}

impl<'k> Scopes<'k> {
    pub(super) fn new(walks: &'k Walks<'k>, asset: &'k AssetId) -> Self {
        Self::found_before(walks, asset, HashMap::new())
    }

    /// Those of an asset for which these were found before.
    pub(super) fn found_before(walks: &'k Walks<'k>, asset: &'k AssetId, found: HashMap<Named, Rc<Scope>>) -> Self {
        Self { walks, asset, found: RefCell::new(found) }
    }

    /// The scope of a window by what its maintenance said so far.
    pub(super) fn of(&self, vendor: &VendorId, state: &State, window: &Window) -> Rc<Scope> {
        self.of_named(Named::by(vendor, state, window))
    }

    /// The scope of what names these objects; of what names none everything of the vendor and account.
    pub(super) fn of_objects(
        &self,
        vendor: &VendorId,
        account: Option<&str>,
        objects: &[StatedObject],
        impact: Option<Impact>,
    ) -> Rc<Scope> {
        let account = account.map(str::to_owned);
        self.of_named(Named { vendor: vendor.clone(), account, objects: objects.to_vec(), impact })
    }

    fn of_named(&self, named: Named) -> Rc<Scope> {
        if let Some(known) = self.found.borrow().get(&named) {
            return Rc::clone(known);
        }
        let touched = self.walks.touched(named.clone());
        let scope = Rc::new(scope(self.asset, &touched, &named));
        self.found.borrow_mut().insert(named, Rc::clone(&scope));
        scope
    }

    /// The assets that a vendor's names for places mean.
    pub(super) fn named(&self, vendor: &VendorId, names: &[String]) -> Vec<AssetId> {
        let objects: Vec<StatedObject> =
            names.iter().map(|name| StatedObject { name: name.clone(), impact: None }).collect();
        let touched = self.walks.touched(Named { vendor: vendor.clone(), account: None, objects, impact: None });
        touched.matches.iter().filter_map(|found| found.asset.clone()).collect()
    }

    /// Whether the asset, or something of this vendor that it needs, stands in one of these places or is one of them.
    pub(super) fn stands_in(&self, vendor: &VendorId, places: &[AssetId]) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![self.asset];
        while let Some(id) = open.pop() {
            let Some(asset) = self.walks.inventory.assets.get(id).filter(|_| seen.insert(id)) else { continue };
            let is_there = places.contains(id) || asset.site.as_ref().is_some_and(|site| places.contains(site));
            if is_there && (id == self.asset || asset.vendor.as_ref() == Some(vendor)) {
                return true;
            }
            open.extend(asset.needs());
        }
        false
    }
}

/// Whether what is named concerns an asset, by what it touches.
pub(super) fn scope(asset: &AssetId, touched: &Touched, what: &Named) -> Scope {
    if let Some(touch) = touched.assets.get(asset) {
        let said = touched.matches.iter().zip(&what.objects);
        let of_it = said.filter(|(found, _)| found.asset.as_ref() == touch.path.last());
        let own: Vec<Option<Impact>> = of_it.map(|(_, object)| object.impact.or(what.impact)).collect();
        // Nothing named means the whole estate, at the notice's impact. One of several words unsaid counts as OUTAGE.
        let stated =
            if own.is_empty() { what.impact } else { own.into_iter().collect::<Option<Vec<_>>>().and_then(worst) };
        return Scope::In { expected: touch.impact, stated, path: touch.path.clone() };
    }
    let unmatched = touched.matches.iter().filter(|name| name.asset.is_none());
    let names: Vec<String> = unmatched.map(|name| name.name.clone()).collect();
    if names.is_empty() { Scope::Other } else { Scope::Unmatched { names } }
}

fn worst(impacts: Vec<Impact>) -> Option<Impact> {
    impacts.into_iter().max()
}
