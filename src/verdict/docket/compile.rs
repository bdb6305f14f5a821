//! A docket is put together: maintenance by maintenance, so that none of them has to stay.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use super::concern::{Alike, Concern, Concerns, Link, named};
use super::sheet::Sheet;
use super::shelf::{ByEnd, Shelf};
use super::{AssetBook, Docket, DocketKnown, VendorBook};
use crate::maintenance::{Maintenance, Terms};
use crate::names::{AssetId, VendorId};
use crate::notice::ReviewState;
use crate::time::Interval;
use crate::verdict::flags::{is_short, of_resting};
use crate::verdict::intake::read_until;
use crate::verdict::pieces::{Piece, Search, Weighed as _, announced};
use crate::verdict::scope::{Named, Scope, Scopes, Walks};
use crate::window::WindowSet;

impl<'a> Docket<'a> {
    /// An empty one. Maintenances are added in the order of their ids, then it is sealed.
    #[must_use]
    pub fn new(known: DocketKnown<'a>) -> Self {
        let vendors = known.inventory.vendors.keys().enumerate();
        let vendor_numbers: BTreeMap<&VendorId, usize> = vendors.map(|(number, id)| (id, number)).collect();
        let vendors = vendor_numbers.keys().map(|id| VendorBook {
            by_end: ByEnd::default(),
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
        let concerns = Concerns::after(vendor_numbers.len());
        let (loose, links, shelf, maintenances) = (Vec::new(), Vec::new(), Shelf::default(), Vec::new());
        Self {
            known,
            numbers,
            assets,
            vendors,
            vendor_numbers,
            concerns,
            loose,
            links,
            shelf,
            maintenances,
            recorded,
            nobody,
        }
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
        let named = named(maintenance);
        let Some(concern) = self.concern(&named, vendor) else {
            self.vendors[vendor].hard.push(hull.widened(terms.reach()));
            return;
        };
        let walks = Walks::new(self.known.inventory);
        let filed = Filed { maintenance, number, hull, terms: &terms, spans: spans(maintenance) };
        let nobody = self.nobody.clone();
        for Alike { scopes } in &concern.alike {
            let found = named.iter().cloned().zip(scopes.iter().map(|(scope, _)| Rc::clone(scope)));
            let book = |piece: &Piece<'_>| {
                let own = scopes.iter().find(|(scope, _)| Rc::ptr_eq(scope, &piece.scope));
                own.and_then(|(_, book)| *book)
            };
            filed.sheets(&Scopes::found_before(&walks, &nobody, found.collect()), book, &mut self.loose);
        }
        let found = named.iter().cloned().zip(concern.others.iter().map(Rc::clone));
        let of_vendor = u32::try_from(vendor).ok();
        let VendorBook { hard, .. } = &mut self.vendors[vendor];
        let book = |piece: &Piece<'_>| {
            match &*piece.scope {
                Scope::Unmatched { .. } if piece.is_live() => hard.push(piece.interval),
                Scope::Unmatched { .. } | Scope::In { .. } | Scope::Other => {}
            }
            of_vendor.filter(|_| piece.is_live())
        };
        filed.sheets(&Scopes::found_before(&walks, &nobody, found.collect()), book, &mut self.loose);
    }

    /// Whom windows concern that name this, of the assets that this vendor's maintenance can concern; none when too much
    /// stands on what was named.
    fn concern(&mut self, named: &[Named], vendor: usize) -> Option<Rc<Concern>> {
        let Self { known, numbers, assets, concerns, nobody, .. } = self;
        let of_vendor = |asset: &AssetId| {
            let number = numbers.get(asset).filter(|number| assets[**number].vendors.contains(&vendor))?;
            u32::try_from(*number).ok()
        };
        concerns.of(named, known.inventory, of_vendor, nobody)
    }

    /// Puts everything in order; to be called once all maintenances are there.
    pub fn seal(&mut self) {
        let Concerns { mut links, books, .. } = std::mem::take(&mut self.concerns);
        let mut sheets = std::mem::take(&mut self.loose);
        links.sort_unstable();
        let numbers = as_met(self.vendors.len(), books, &links);
        for book in links.iter_mut().map(|link| &mut link.book).chain(sheets.iter_mut().map(|sheet| &mut sheet.book)) {
            *book = numbers[*book as usize];
        }
        self.shelf = Shelf::of(sheets, books);
        let mut next = 0;
        for (number, asset) in (0..).zip(&mut self.assets) {
            let count = links[next..].iter().take_while(|link| link.asset == number).count();
            asset.links = next..next + count;
            next += count;
        }
        self.links = links;
        for (number, vendor) in (0..).zip(&mut self.vendors) {
            vendor.by_end = self.shelf.by_end(number);
            vendor.hard_set = std::mem::take(&mut vendor.hard).into_iter().collect();
        }
    }
}

/// New numbers of the books: the vendors' as they are, then the others as a sweep by asset meets them.
fn as_met(vendors: usize, books: u32, links: &[Link]) -> Vec<u32> {
    let mut numbers = vec![u32::MAX; books as usize];
    let mut next = 0..books;
    for book in (0..vendors).chain(links.iter().map(|link| link.book as usize)) {
        if numbers[book] == u32::MAX {
            numbers[book] = next.next().expect("as many numbers as books");
        }
    }
    numbers
}

/// A maintenance as it is filed.
struct Filed<'m> {
    maintenance: &'m Maintenance,
    number: u32,
    hull: Interval,
    terms: &'m Rc<Terms>,
    /// From each receipt to the next.
    spans: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Filed<'_> {
    /// Adds the parts of its windows by these scopes, of all moments at which it was known, each to the book that it is for.
    fn sheets(&self, scopes: &Scopes<'_>, mut book: impl FnMut(&Piece<'_>) -> Option<u32>, into: &mut Vec<Sheet>) {
        for (after, until) in self.spans.iter().copied() {
            let search = Search { scopes, outage: self.hull, before: until };
            let pieces = announced(search, self.maintenance, self.terms);
            into.extend(
                pieces.iter().filter_map(|piece| Some(sheet((book(piece)?, piece), self.number, (after, until)))),
            );
        }
    }
}

/// From each receipt of a word about a maintenance to the next.
fn spans(maintenance: &Maintenance) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut receipts: Vec<DateTime<Utc>> = maintenance.revisions.iter().map(|r| r.received.at).collect();
    receipts.sort_unstable();
    receipts.dedup();
    let ends = receipts.iter().skip(1).copied().chain([DateTime::<Utc>::MAX_UTC]);
    receipts.iter().copied().zip(ends).collect()
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
        links: 0..0,
        gap_after: read.chain(waits.map(|item| item.received_at)).min(),
        single_feed: known.inventory.single_feed(asset),
        vendors: vendors.iter().filter_map(|vendor| numbers.get(vendor).copied()).collect(),
    }
}

fn sheet((book, piece): (u32, &Piece<'_>), maintenance: u32, (after, until): (DateTime<Utc>, DateTime<Utc>)) -> Sheet {
    Sheet {
        book,
        interval: piece.interval,
        known_after: after,
        known_until: until,
        announced_at: piece.announced_at,
        maintenance,
        ordinal: piece.window.ordinal,
        worth: piece.worth,
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
