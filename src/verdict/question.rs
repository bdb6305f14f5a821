//! What is asked, and what it is judged by.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::inventory::{Asset, Inventory, name_key};
use crate::maintenance::{Maintenance, Terms};
use crate::names::{AssetId, OutageId, VendorId};
use crate::notice::{Coverage, ReviewItem};
use crate::outage::Statement;
use crate::time::{Interval, Zones};
use crate::window::Impact;
use crate::window::standing::Standing;

/// Outages that begin within this of each other may have one cause: monitors report a single failure spread over a few
/// polling rounds, of five minutes in most of them.
pub const CLOSE_IN_TIME: TimeDelta = TimeDelta::minutes(15);

/// One asset and one span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What was touched.
    pub asset: AssetId,
    /// When: `[start, end)`; of an open outage up to now.
    pub outage: Interval,
    /// The start may have been this much earlier or later.
    pub start_uncertainty: TimeDelta,
    /// The end may have been this much earlier or later.
    pub end_uncertainty: TimeDelta,
    /// What the words for the start could mean as well.
    pub other_starts: Vec<DateTime<Utc>>,
    /// What the words for the end could mean as well.
    pub other_ends: Vec<DateTime<Utc>>,
    /// Whether the outage has ended.
    pub state: OutageState,
    /// How badly the asset was touched.
    pub observed: Impact,
    /// Only what was received before this instant is asked.
    pub as_of: DateTime<Utc>,
}

/// Whether an outage has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageState {
    /// It has.
    Ended,
    /// It has not; it is judged up to now.
    Open,
    /// It has not begun: the answer is provisional.
    Ahead,
}

impl Question {
    /// A question about a span that is over, as of its start: the official way of asking.
    #[must_use]
    pub fn official(asset: AssetId, outage: Interval, observed: Impact) -> Self {
        Self {
            asset,
            outage,
            start_uncertainty: TimeDelta::zero(),
            end_uncertainty: TimeDelta::zero(),
            other_starts: Vec::new(),
            other_ends: Vec::new(),
            state: OutageState::Ended,
            observed,
            as_of: outage.start(),
        }
    }

    /// Whether the outage's own times can be read in one way alone.
    #[must_use]
    pub fn has_one_reading(&self) -> bool {
        self.other_starts.is_empty()
            && self.other_ends.is_empty()
            && self.start_uncertainty.is_zero()
            && self.end_uncertainty.is_zero()
    }

    /// From the earliest start that the outage can have had to its latest end.
    #[must_use]
    pub fn span(&self) -> Interval {
        let starts = [self.outage.start()].into_iter().chain(self.other_starts.iter().copied());
        let ends = [self.outage.end()].into_iter().chain(self.other_ends.iter().copied());
        let (first, last) = (starts.clone().min(), ends.chain(starts).max());
        let (first, last) = (first.unwrap_or(self.outage.start()), last.unwrap_or(self.outage.end()));
        let by = self.start_uncertainty.max(self.end_uncertainty);
        Interval::new(first, last).unwrap_or(self.outage).widened(by)
    }
}

/// Another outage, seen beside the one judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Its id.
    pub outage: OutageId,
    /// One of its assets.
    pub asset: AssetId,
    /// When it began.
    pub start: DateTime<Utc>,
}

/// Everything a verdict may rest on.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// All maintenances that may matter: every one of the asset's vendors with a window within their horizon.
    pub maintenances: &'a [Maintenance],
    /// The standing windows of these vendors.
    pub standing: &'a [Standing],
    /// Which sources were read, and up to when.
    pub coverage: &'a [Coverage],
    /// Notices that wait in review.
    pub review: &'a [ReviewItem],
    /// The inventory as it was at the outage's start.
    pub inventory: &'a Inventory,
    /// What holds between each vendor and the user: contract over published terms over defaults. A vendor that is
    /// missing here has the defaults.
    pub terms: &'a BTreeMap<VendorId, Terms>,
    /// Recorded outages that began at about the same time, this one included.
    pub beside: &'a [Beside],
    /// What was said about this outage.
    pub statements: &'a [Statement],
    /// Zone rules: for telling times, and for reading again what was resolved by older ones.
    pub zones: &'a Zones,
}

/// What vendors name in these, each name once: besides the assets asked about, all that a verdict looks up in the inventory.
/// The part of one that [`Inventory::part`] makes for them leads to the verdict that the whole leads to.
#[must_use]
pub fn names_in(maintenances: &[Maintenance], standing: &[Standing]) -> Vec<String> {
    let said = maintenances.iter().flat_map(|maintenance| &maintenance.revisions);
    let objects = said.flat_map(|revision| revision.announcement.named());
    let applies_to = standing.iter().map(|standing| &standing.applies_to);
    let places = applies_to.flat_map(|applies_to| applies_to.assets.iter().chain(&applies_to.sites));
    let names: BTreeSet<&String> = objects.map(|object| &object.name).chain(places).collect();
    names.into_iter().cloned().collect()
}

/// Which of what vendors name can concern an asset: what can mean it, or something that it needs.
///
/// The verdict on an outage whose kind [does not weigh all](super::Kind::weighs_all) is the same without the maintenances that
/// name nothing of the kind, but for those of which a window can be open when the outage begins and a name means nothing that
/// is known; as far as the outage has one reading, and each of these maintenances too.
#[derive(Debug)]
pub struct Concerning {
    /// What all of it is looked up by.
    keys: HashSet<String>,
}

impl Concerning {
    /// By an inventory, or a part of one that knows the asset.
    #[must_use]
    pub fn asset(asset: &AssetId, inventory: &Inventory) -> Self {
        let upstream = inventory.upstream(asset);
        Self { keys: upstream.iter().filter_map(|id| inventory.assets.get(id)).flat_map(Asset::name_keys).collect() }
    }

    /// Whether this name can. Of names that can mean the same asset either all can or none.
    #[must_use]
    pub fn may(&self, name: &str) -> bool {
        self.keys.contains(&name_key(name))
    }
}

impl Known<'_> {
    pub(super) fn terms_of(&self, vendor: &VendorId) -> Terms {
        self.terms.get(vendor).cloned().unwrap_or_default()
    }
}
