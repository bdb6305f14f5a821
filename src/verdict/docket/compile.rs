//! A docket is put together: maintenance by maintenance, so that none of them has to stay.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use super::sheet::Sheet;
use super::shelf::{Book, BookByEnd, Shelf};
use super::{AssetBook, Docket, DocketKnown, VendorBook};
use crate::maintenance::{Maintenance, Terms};
use crate::names::{AssetId, VendorId};
use crate::notice::ReviewState;
use crate::time::Interval;
use crate::verdict::flags::{is_short, of_resting};
use crate::verdict::intake::read_until;
use crate::verdict::pieces::{Piece, Search, Weighed as _, announced};
use crate::verdict::scope::{Scope, Scopes, Walks};
use crate::window::WindowSet;

impl<'a> Docket<'a> {
    /// An empty one. Maintenances are added in the order of their ids, then it is sealed.
    #[must_use]
    pub fn new(known: DocketKnown<'a>) -> Self {
        let vendors = known.inventory.vendors.keys().enumerate();
        let vendor_numbers: BTreeMap<&VendorId, usize> = vendors.map(|(number, id)| (id, number)).collect();
        let vendors = vendor_numbers.keys().map(|id| VendorBook {
            loose: Vec::new(),
            book: BookByEnd::default(),
            terms: Rc::new(known.terms.get(*id).cloned().unwrap_or_default()),
            hard: Vec::new(),
            hard_set: WindowSet::default(),
            stands: known.standing.iter().any(|standing| standing.vendor == **id),
        });
        let vendors = vendors.collect();
        // Assets of the same vendors stand together, so that a sweep by asset goes through one vendor's windows at a time.
        let assets = known.inventory.assets.keys();
        let mut assets: Vec<(&AssetId, AssetBook)> =
            assets.map(|asset| (asset, asset_book(asset, &known, &vendor_numbers))).collect();
        assets.sort_by(|(_, one), (_, two)| one.vendors.cmp(&two.vendors));
        for place in 1..assets.len() {
            if assets[place].1.vendors == assets[place - 1].1.vendors {
                assets[place].1.vendors = Rc::clone(&assets[place - 1].1.vendors);
            }
        }
        let numbers: HashMap<&AssetId, usize> =
            assets.iter().enumerate().map(|(number, (id, _))| (*id, number)).collect();
        let assets = assets.into_iter().map(|(_, book)| book).collect();
        let recorded = known.recorded.iter().copied().collect();
        let nobody = nobody(known.inventory);
        let (shelf, maintenances) = (Shelf::default(), Vec::new());
        Self { known, numbers, assets, vendors, vendor_numbers, shelf, maintenances, recorded, nobody }
    }

    /// Adds a maintenance; its id comes after those added before.
    ///
    /// # Panics
    /// When it does not: which of two windows is preferred would depend on the order they came in.
    pub fn add(&mut self, maintenance: &Maintenance) {
        assert!(self.maintenances.last() < Some(&maintenance.id), "maintenances are added in the order of their ids");
        let number = u32::try_from(self.maintenances.len()).expect("fewer maintenances than fit into memory");
        self.maintenances.push(maintenance.id.clone());
        let Some(vendor) = self.vendor_numbers.get(&maintenance.identity.vendor).copied() else { return };
        let Some(hull) = hull(maintenance) else { return };
        let terms = Rc::clone(&self.vendors[vendor].terms);
        let windows = || maintenance.revisions.iter().flat_map(|revision| &revision.announcement.windows);
        let has_readings = windows().any(|window| !window.others.is_empty());
        if has_readings || maintenance.by_rules(self.known.zones).is_some() {
            self.vendors[vendor].hard.push(hull.widened(terms.reach() + FURTHEST));
            return;
        }
        let walks = Walks::new(self.known.inventory);
        let touched = self.touched(maintenance, &walks, vendor);
        let mut receipts: Vec<DateTime<Utc>> = maintenance.revisions.iter().map(|r| r.received.at).collect();
        receipts.sort_unstable();
        receipts.dedup();
        let ends = receipts.iter().skip(1).copied().chain([DateTime::<Utc>::MAX_UTC]);
        let spans: Vec<(DateTime<Utc>, DateTime<Utc>)> = receipts.iter().copied().zip(ends).collect();
        for asset in touched {
            let scopes = Scopes::new(&walks, &asset);
            let loose = self.numbers.get(&asset).map(|number| &mut self.assets[*number].loose);
            let Some(loose) = loose else { continue };
            for (after, until) in &spans {
                let search = Search { scopes: &scopes, outage: hull, before: *until };
                let pieces = announced(search, maintenance, &terms);
                let in_scope = pieces.iter().filter(|piece| piece.expected().is_some());
                in_scope.for_each(|piece| loose.push(sheet(piece, number, (*after, *until))));
            }
        }
        let scopes = Scopes::new(&walks, &self.nobody);
        let of_vendor = &mut self.vendors[vendor];
        for (after, until) in spans {
            let search = Search { scopes: &scopes, outage: hull, before: until };
            for piece in announced(search, maintenance, &terms).iter().filter(|piece| piece.is_live()) {
                match &*piece.scope {
                    Scope::Unmatched { .. } => of_vendor.hard.push(piece.interval),
                    Scope::In { .. } | Scope::Other => {}
                }
                of_vendor.loose.push(sheet(piece, number, (after, until)));
            }
        }
    }

    /// Puts everything in order; to be called once all maintenances are there.
    pub fn seal(&mut self) {
        let loose = self.assets.iter().map(|asset| &asset.loose).chain(self.vendors.iter().map(|vendor| &vendor.loose));
        self.shelf.reserve(loose.map(Vec::len).sum());
        for asset in &mut self.assets {
            asset.book = self.shelf.bind(std::mem::take(&mut asset.loose));
        }
        for vendor in &mut self.vendors {
            vendor.book = self.shelf.bind_by_end(std::mem::take(&mut vendor.loose));
            vendor.hard_set = std::mem::take(&mut vendor.hard).into_iter().collect();
        }
    }

    /// The assets of this vendor, or that need one, which any window of the maintenance ever touched.
    fn touched(&self, maintenance: &Maintenance, walks: &Walks<'_>, vendor: usize) -> BTreeSet<AssetId> {
        let mut touched = BTreeSet::new();
        let steps = maintenance.steps_before(DateTime::<Utc>::MAX_UTC).into_iter().map(|step| step.state);
        for state in steps.chain(maintenance.moments().into_iter().map(|moment| moment.state)) {
            for window in &state.windows {
                let walk = walks.of(&maintenance.identity.vendor, &state, window);
                let is_of = |asset: &&AssetId| {
                    self.numbers.get(*asset).is_some_and(|number| self.assets[*number].vendors.contains(&vendor))
                };
                touched.extend(walk.assets.keys().filter(is_of).cloned());
            }
        }
        touched
    }
}

/// More than any window is moved by new zone rules.
const FURTHEST: TimeDelta = TimeDelta::hours(25);

fn asset_book(asset: &AssetId, known: &DocketKnown<'_>, numbers: &BTreeMap<&VendorId, usize>) -> AssetBook {
    let vendors = known.inventory.vendors_of(asset);
    let read = vendors.iter().map(|vendor| read_until(known.coverage, vendor).unwrap_or(DateTime::<Utc>::MIN_UTC));
    let waits = known.review.iter().filter(|item| {
        item.state == ReviewState::Open && item.vendor.as_ref().is_none_or(|vendor| vendors.contains(vendor))
    });
    AssetBook {
        loose: Vec::new(),
        book: Book::default(),
        gap_after: read.chain(waits.map(|item| item.received_at)).min(),
        single_feed: known.inventory.single_feed(asset),
        vendors: vendors.iter().filter_map(|vendor| numbers.get(vendor).copied()).collect(),
    }
}

fn sheet(piece: &Piece<'_>, maintenance: u32, (after, until): (DateTime<Utc>, DateTime<Utc>)) -> Sheet {
    Sheet {
        interval: piece.interval,
        known_after: after,
        known_until: until,
        announced_at: piece.announced_at,
        maintenance,
        ordinal: piece.window.ordinal,
        worth: piece.worth,
        expected: piece.expected(),
        short: is_short(piece),
        runs_on: piece.run_on(),
        terms: Rc::<Terms>::clone(&piece.terms),
        flags: of_resting(piece),
    }
}

/// From the first start of any window of a maintenance to the last end.
fn hull(maintenance: &Maintenance) -> Option<Interval> {
    let windows = maintenance.revisions.iter().flat_map(|revision| &revision.announcement.windows);
    let spans = windows.flat_map(|window| window.others.iter().chain([&window.interval]));
    let (starts, ends): (Vec<_>, Vec<_>) = spans.map(|span| (span.start(), span.end())).unzip();
    Interval::new(starts.into_iter().min()?, ends.into_iter().max()?).ok()
}

/// An id that the inventory does not have.
fn nobody(inventory: &crate::inventory::Inventory) -> AssetId {
    let free = (0..).filter_map(|n| AssetId::new(format!("nobody-{n}")).ok());
    free.into_iter().find(|id| !inventory.assets.contains_key(id)).expect("some id is free")
}
