//! The docket: everything known, put in order once, so that many outages can be judged against it.
//!
//! What [`judge`](super::judge::judge) works out for each question is worked out here for each asset and each moment of
//! knowledge: the parts of windows with their worth, sorted by start. An outage is then answered from those near it, by the
//! same rules for kinds and labels. What needs more than that is left to the judge: windows with several readings or under
//! new zone rules, standing windows, names that nobody could match, recorded outages beside it, spans ahead of now.

mod compile;
mod sheet;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::sheet::{Book, Weighted};
use super::flags::{lesser_defects, measured, without_kind};
use super::kind::{Found, Rests, answer, by_absence, by_windows};
use super::resting::offset_seconds;
use super::segments::segments;
use super::value::{Answer, Flag, Kind, Segment, Verdict};
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
}

/// See the module.
pub struct Docket<'a> {
    known: DocketKnown<'a>,
    numbers: HashMap<&'a AssetId, usize>,
    assets: Vec<AssetBook>,
    vendors: Vec<VendorBook>,
    vendor_numbers: BTreeMap<&'a VendorId, usize>,
    /// In the order of their ids, which is that of the sheets' numbers.
    maintenances: Vec<MaintenanceId>,
    recorded: WindowSet,
    /// An id that the inventory does not have: for it every window is for other assets.
    nobody: AssetId,
}

/// What is known of the windows that concern one asset.
#[derive(Default)]
struct AssetBook {
    book: Book,
    vendors: Vec<usize>,
    single_feed: bool,
    /// From when on the intake has a gap for it; none when it never has.
    gap_after: Option<DateTime<Utc>>,
}

/// What is known of all windows of one vendor, whomever they concern.
struct VendorBook {
    book: Book,
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

/// The short form of `inwindow.verdict/1`: what counts, without evidence and sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief<'v> {
    /// The answer.
    pub answer: Answer,
    /// The kind.
    pub kind: Kind,
    /// What else holds.
    pub flags: Vec<Flag>,
    /// Outage start minus the nearer edge of the window it is measured against, in seconds.
    pub offset_seconds: Option<i64>,
    /// The outage cut into runs of equal label.
    pub segments: Vec<Segment>,
    /// The window it rests on.
    pub window: Option<BriefWindow<'v>>,
}

/// The window that a short verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BriefWindow<'v> {
    /// The maintenance; none of a standing window.
    pub maintenance: Option<&'v MaintenanceId>,
    /// The standing window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<&'v str>,
    /// Which of its windows.
    pub ordinal: u32,
}

impl<'v> Brief<'v> {
    /// The short form of a verdict.
    #[must_use]
    pub fn of(verdict: &'v Verdict) -> Self {
        let window = verdict.window.as_ref().map(|window| BriefWindow {
            maintenance: window.maintenance.as_ref(),
            standing: window.standing.as_deref(),
            ordinal: window.ordinal,
        });
        Self {
            answer: verdict.answer,
            kind: verdict.kind,
            flags: verdict.flags.clone(),
            offset_seconds: verdict.offset_seconds,
            segments: verdict.segments.clone(),
            window,
        }
    }
}

/// Room to work in, kept from one outage to the next.
#[derive(Default)]
pub struct Desk<'d> {
    near: Vec<Weighted<'d>>,
}

impl Docket<'_> {
    /// The number of an asset, which outages are asked about by; none when the inventory does not have it.
    #[must_use]
    pub fn asset(&self, asset: &AssetId) -> Option<AssetNumber> {
        self.numbers.get(asset).copied().map(AssetNumber)
    }

    /// The official verdict on an outage that is over, as of its start; none where only the judge can tell.
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
        of_asset.book.near(outage, near);
        let segments = segments(outage, observed, near);
        let has_gap = of_asset.gap_after.is_some_and(|after| outage.start() > after);
        let found = match by_windows(outage, &segments, near) {
            Some(found) => found,
            None if has_gap || of_asset.vendors.is_empty() => Found { kind: Kind::Unknown, rests_on: None },
            None => {
                for vendor in &of_asset.vendors {
                    let vendor = &self.vendors[*vendor];
                    vendor.book.nearest(outage, vendor.terms.horizon, near);
                }
                by_absence(outage, near)
            }
        };
        let resting = match found.rests_on {
            Some(Rests::Known(index) | Rests::Late(index)) => near.get(index),
            None => None,
        };
        let mut flags: BTreeSet<Flag> =
            resting.map(|resting| resting.sheet.flags.iter().copied().collect()).unwrap_or_default();
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
        Some(Brief {
            answer: answer(found.kind, &segments),
            kind: found.kind,
            flags: without_kind(flags, found.kind),
            offset_seconds: resting.map(|resting| offset_seconds(outage.start(), resting.interval)),
            segments,
            window: resting.map(|resting| BriefWindow {
                maintenance: self.maintenances.get(resting.sheet.maintenance),
                standing: None,
                ordinal: resting.sheet.ordinal,
            }),
        })
    }

    /// Whether only the judge can tell.
    fn is_hard(&self, asset: &AssetBook, outage: Interval) -> bool {
        let of_vendor = |vendor: &usize| {
            let vendor = &self.vendors[*vendor];
            vendor.stands || vendor.hard_set.overlapping(&outage).next().is_some()
        };
        asset.vendors.iter().any(of_vendor) || self.recorded.overlapping(&outage).next().is_some()
    }

    /// How many maintenances it holds, and how many parts of windows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let sheets = self.assets.iter().map(|asset| asset.book.len());
        let of_vendors = self.vendors.iter().map(|vendor| vendor.book.len());
        (self.maintenances.len(), sheets.chain(of_vendors).sum())
    }
}
