//! The docket: everything known, put in order once, so that many outages can be judged against it.
//!
//! What [`judge`](super::judge::judge) works out for each question is worked out here for each thing that windows name and
//! each moment of knowledge: the parts of windows with their worth, sorted by start, beside each asset what is upstream of it
//! and what that means for it. An outage is then answered from the parts near it, by the same rules for kinds and labels. What
//! needs more than that is left to the judge: windows with several readings or under new zone rules, standing windows, names
//! that nobody could match, recorded outages beside it.

mod brief;
mod compile;
mod concern;
mod sheet;
mod shelf;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use chrono::{DateTime, Utc};

pub use self::brief::{Brief, BriefWindow, write_instant, write_number, write_text};
use self::concern::{Concerns, Link};
use self::sheet::{Sheet, Weighted};
use self::shelf::{ByEnd, Near, Shelf, Span};
use super::flags::{lesser_defects, measured, without_kind};
use super::kind::{Found, Rests, answer, by_absence, by_windows};
use super::resting::offset_seconds;
use super::segments::segments;
use super::value::{Flag, Kind};
use crate::inventory::Inventory;
use crate::maintenance::Terms;
use crate::names::{AssetId, MaintenanceId, VendorId};
use crate::notice::{Coverage, ReviewItem};
use crate::time::{Interval, Zones};
use crate::window::standing::Standing;
use crate::window::{Impact, WindowSet};

/// What a docket is made for, besides the maintenances.
#[derive(Debug, Clone, Copy)]
pub struct DocketKnown<'a> {
    /// The inventory that holds for all outages asked about.
    pub inventory: &'a Inventory,
    /// What holds between each vendor and the user.
    pub terms: &'a BTreeMap<VendorId, Terms>,
    /// The standing windows of the inventory's vendors.
    pub standing: &'a [Standing],
    /// Which sources were read, and up to when.
    pub coverage: &'a [Coverage],
    /// Notices that wait in review.
    pub review: &'a [ReviewItem],
    /// Recorded outages with what lies as near to them as one cause may reach.
    pub recorded: &'a [Interval],
    /// Zone rules.
    pub zones: &'a Zones,
    /// An outage that begins later is asked about as of this.
    pub now: DateTime<Utc>,
}

/// See the module.
pub struct Docket<'a> {
    known: DocketKnown<'a>,
    numbers: HashMap<&'a AssetId, usize>,
    assets: Vec<AssetBook>,
    vendors: Vec<VendorBook>,
    vendor_numbers: BTreeMap<&'a VendorId, usize>,
    /// Until it is sealed.
    concerns: Concerns,
    /// Until it is sealed.
    loose: Vec<Sheet>,
    /// By asset, once it is sealed.
    links: Vec<Link>,
    /// All sheets, once it is sealed; the books of vendors come first.
    shelf: Shelf,
    /// In the order of their ids, which is that of the sheets' numbers.
    maintenances: Vec<MaintenanceId>,
    recorded: WindowSet,
    /// An id that the inventory does not have: for it every window is for other assets.
    nobody: AssetId,
}

/// What is known of the windows that concern one asset.
struct AssetBook {
    /// Which of the docket's links are its own.
    links: Range<usize>,
    /// Shared by all assets that have the same.
    vendors: Rc<[usize]>,
    single_feed: bool,
    /// From when on the intake has a gap for it; none when it never has.
    gap_after: Option<DateTime<Utc>>,
}

/// What is known of all windows of one vendor, whomever they concern.
struct VendorBook {
    by_end: ByEnd,
    /// Shared by all of its sheets: one that each had of its own would be fetched for each.
    terms: Rc<Terms>,
    /// Spans in which something is known that only the judge can weigh.
    hard: Vec<Interval>,
    hard_set: WindowSet,
    /// Whether some standing window is this vendor's.
    stands: bool,
}

/// An asset's place in a docket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetNumber(usize);

/// An outage among many: what it is of, when it was and how bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedOfDocket {
    /// The asset.
    pub asset: AssetNumber,
    /// When.
    pub outage: Interval,
    /// How badly the asset was touched.
    pub observed: Impact,
    /// What the caller knows it by.
    pub place: usize,
}

/// Room to work in, kept from one outage to the next.
#[derive(Default)]
pub struct Desk<'d> {
    near: Vec<Weighted<'d>>,
    /// How many outages are of assets before each one, then where the next of it goes.
    counts: Vec<u32>,
    /// Outages by their assets.
    order: Vec<u32>,
    /// The next of them.
    fetched: Vec<AskedOfDocket>,
}

/// So many outages are fetched at a time: each lies somewhere else, and memory gives many at once in little more time than one.
const FETCHED: usize = 64;

impl Docket<'_> {
    /// Judges many outages as [`Self::judge`] does each, asset by asset, so that the windows of each are gone through while
    /// they are at hand. `each` hears the outage and its verdict; of none where only the judge can tell.
    ///
    /// # Panics
    /// With more outages than four thousand million.
    pub fn sweep<'d>(
        &'d self,
        asked: &[AskedOfDocket],
        desk: &mut Desk<'d>,
        mut each: impl FnMut(&AskedOfDocket, Option<Brief<'d>>),
    ) {
        assert!(u32::try_from(asked.len()).is_ok(), "a chunk is smaller than that");
        let (mut order, mut fetched) = (std::mem::take(&mut desk.order), std::mem::take(&mut desk.fetched));
        by_asset(asked, self.assets.len(), &mut desk.counts, &mut order);
        for places in order.chunks(FETCHED) {
            fetched.clear();
            fetched.extend(places.iter().map(|place| asked[*place as usize]));
            for asked in &fetched {
                each(asked, self.judge(asked.asset, asked.outage, asked.observed, desk));
            }
        }
        (desk.order, desk.fetched) = (order, fetched);
    }

    /// The number of an asset, which outages are asked about by; none when the inventory does not have it.
    #[must_use]
    pub fn asset(&self, asset: &AssetId) -> Option<AssetNumber> {
        self.numbers.get(asset).copied().map(AssetNumber)
    }

    /// The official verdict on an outage, as of its start or of now, whichever is earlier; none where only the judge can tell.
    ///
    /// The docket has to be sealed. `desk` may have been used for other outages.
    pub fn judge<'d>(
        &'d self,
        AssetNumber(asset): AssetNumber,
        outage: Interval,
        observed: Impact,
        desk: &mut Desk<'d>,
    ) -> Option<Brief<'d>> {
        let of_asset = &self.assets[asset];
        if self.is_hard(of_asset, outage) {
            return None;
        }
        let near = &mut desk.near;
        near.clear();
        let as_of = outage.start().min(self.known.now);
        let asked = Near { outage, span: Span::of(outage), as_of };
        for link in &self.links[of_asset.links.clone()] {
            self.shelf.near((link.book, link.expected), &asked, near);
        }
        let segments = segments(outage, observed, near);
        let has_gap = of_asset.gap_after.is_some_and(|after| as_of > after);
        let found = match by_windows(outage, &segments, near) {
            Some(found) => found,
            None if has_gap || of_asset.vendors.is_empty() => Found { kind: Kind::Unknown, rests_on: None },
            None => {
                for vendor in &*of_asset.vendors {
                    let vendor = &self.vendors[*vendor];
                    self.shelf.nearest(&vendor.by_end, &asked, vendor.terms.horizon, near);
                }
                by_absence(outage, near)
            }
        };
        let resting = match found.rests_on {
            Some(Rests::Known(index) | Rests::Late(index)) => near.get(index),
            None => None,
        };
        let mut flags = resting.map(|resting| resting.sheet.flags).unwrap_or_default();
        if let Some(resting) = resting {
            measured(resting, resting.sheet.short, (observed, found.kind), &mut flags);
        }
        lesser_defects(outage.start(), &segments, near, &mut flags);
        if of_asset.single_feed {
            flags.insert(Flag::SingleFeed);
        }
        if has_gap && found.kind != Kind::Unknown {
            flags.insert(Flag::IntakeGap);
        }
        if as_of < outage.start() {
            flags.insert(Flag::Provisional);
        }
        Some(Brief {
            answer: answer(found.kind, &segments),
            kind: found.kind,
            flags: without_kind(flags, found.kind),
            offset_seconds: resting.map(|resting| offset_seconds(outage.start(), resting.interval)),
            segments,
            window: resting.map(|resting| BriefWindow {
                maintenance: self.maintenances.get(resting.sheet.maintenance as usize),
                standing: None,
                ordinal: resting.sheet.ordinal,
            }),
        })
    }

    /// Whether only the judge can tell.
    fn is_hard(&self, asset: &AssetBook, outage: Interval) -> bool {
        let of_vendor = |vendor: &usize| {
            let vendor = &self.vendors[*vendor];
            vendor.stands || (!vendor.hard_set.is_empty() && vendor.hard_set.overlapping(&outage).next().is_some())
        };
        asset.vendors.iter().any(of_vendor)
            || (!self.recorded.is_empty() && self.recorded.overlapping(&outage).next().is_some())
    }

    /// How many maintenances it holds, and how many parts of windows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.maintenances.len(), self.shelf.len())
    }
}

/// The places of outages, those of one asset together: counted and dealt out, which takes no comparisons.
fn by_asset(asked: &[AskedOfDocket], assets: usize, counts: &mut Vec<u32>, order: &mut Vec<u32>) {
    counts.clear();
    counts.resize(assets + 1, 0);
    for asked in asked {
        counts[asked.asset.0 + 1] += 1;
    }
    let mut before = 0;
    for count in counts.iter_mut() {
        before += *count;
        *count = before;
    }
    order.clear();
    order.resize(asked.len(), 0);
    for (place, asked) in (0..).zip(asked) {
        let next = &mut counts[asked.asset.0];
        order[*next as usize] = place;
        *next += 1;
    }
}
