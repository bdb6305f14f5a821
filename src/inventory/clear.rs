//! Is it safe to take assets down for own work: what else is in maintenance then that they, what needs them, or what
//! would take over from them stands on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::conflict::{Conflict, Leaves, Work};
use super::declared::Inventory;
use super::index::{Index, NeedKind, Number};
use crate::names::{AssetId, NoticeId, VendorId};
use crate::notice::{Coverage, ReviewItem, ReviewState};
use crate::time::Interval;
use crate::window::Impact;

/// How long ago a vendor's notices may have been read for the absence of one to mean something: a day. Sources are polled
/// far more often, and who reads by hand does so every working day.
pub const LAST_READ: TimeDelta = TimeDelta::days(1);

/// What a window concerns, seen from the assets that are to go down. The first that holds counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// One of the assets themselves.
    Itself,
    /// What would take over: another member of a group that the asset, or what needs it, is in; or what that one needs.
    Partner,
    /// What the assets need.
    Needed,
    /// What needs the assets.
    Dependent,
    /// What else is needed by what needs the assets.
    NeededByDependent,
}

/// A window that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InTheWay {
    /// Its place in the list that was given.
    pub window: usize,
    /// What it works on, as far as that matters, with why that does; by relation, then by id. Never empty.
    pub assets: Vec<(AssetId, Relation)>,
}

/// What stands in the way of taking assets down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Obstacles {
    /// Each window, in the order given.
    pub windows: Vec<InTheWay>,
    /// What goes down with windows and own work together and with none of them alone; its windows are places in the list
    /// that was given, own work left out.
    pub together: Vec<Conflict>,
    /// Limits that were reached, in sentences.
    pub limits: Vec<String>,
}

/// Why it cannot be said that nothing is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Unseen {
    /// No source of the vendor was read lately.
    NotRead {
        /// Whose.
        vendor: VendorId,
        /// Up to when the best source was read, if any was.
        until: Option<DateTime<Utc>>,
    },
    /// A notice that could concern the assets waits in review.
    InReview {
        /// Which.
        notice: NoticeId,
    },
    /// A window open then names something that the inventory does not know.
    Unmatched {
        /// Whose window.
        vendor: VendorId,
        /// The vendor's reference.
        reference: String,
        /// The name.
        name: String,
    },
}

impl Inventory {
    /// What stands in the way of taking assets down for `span`, among windows given in any order.
    #[must_use]
    pub fn obstacles(&self, assets: &[AssetId], span: Interval, windows: &[Work]) -> Obstacles {
        let near = Near::of(self.index(), assets);
        let mut obstacles = Obstacles::default();
        for (window, work) in windows.iter().enumerate().filter(|(_, work)| work.interval.overlaps(&span)) {
            let concerned = work.start.iter().filter(|(_, impact)| *impact > Impact::NoImpact);
            let mut assets: Vec<_> =
                concerned.filter_map(|(asset, _)| Some((near.relation(asset)?, asset.clone()))).collect();
            assets.sort_unstable();
            assets.dedup();
            if !assets.is_empty() {
                let assets = assets.into_iter().map(|(relation, asset)| (asset, relation)).collect();
                obstacles.windows.push(InTheWay { window, assets });
            }
        }
        self.add_together(assets, span, windows, &mut obstacles);
        obstacles
    }

    fn add_together(&self, assets: &[AssetId], span: Interval, windows: &[Work], obstacles: &mut Obstacles) {
        let places: Vec<usize> = obstacles.windows.iter().map(|found| found.window).collect();
        let mut all: Vec<Work> = places.iter().map(|place| windows[*place].clone()).collect();
        let (own, start) = (all.len(), assets.iter().map(|asset| (asset.clone(), Impact::Outage)).collect());
        all.push(Work { interval: span, start });
        let conflicts = self.conflicts(&all);
        obstacles.limits = conflicts.limits.into_iter().map(super::Limit::text).collect();
        let with_own = conflicts.found.into_iter().filter(|c| c.leaves == Leaves::Nothing && c.windows.contains(&own));
        let without_own = |windows: &[usize]| windows.iter().filter_map(|place| places.get(*place).copied()).collect();
        obstacles.together = with_own.map(|c| Conflict { windows: without_own(&c.windows), ..c }).collect();
    }

    /// The vendors whose notices would tell of something in the way of these assets.
    #[must_use]
    pub fn vendors_near(&self, assets: &[AssetId]) -> BTreeSet<VendorId> {
        let index = self.index();
        let below = downstream(index, &numbers(index, assets));
        below.iter().flat_map(|number| &index.vendors[*number]).cloned().collect()
    }
}

/// What is not known of these vendors' windows at `now`, for work that ends at `end`: sources that were not read for
/// [`LAST_READ`], and notices that nobody has settled.
#[must_use]
pub fn unseen(
    vendors: &BTreeSet<VendorId>,
    coverage: &[Coverage],
    review: &[ReviewItem],
    (end, now): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<Unseen> {
    let needed = now.min(end) - LAST_READ;
    let read_until = |vendor: &VendorId| coverage.iter().filter(|c| c.is_of(vendor)).map(|c| c.complete_until).max();
    let not_read = vendors.iter().filter_map(|vendor| match read_until(vendor) {
        Some(until) if until >= needed => None,
        until @ (Some(_) | None) => Some(Unseen::NotRead { vendor: vendor.clone(), until }),
    });
    let could_concern = |item: &&ReviewItem| {
        item.state == ReviewState::Open && item.vendor.as_ref().is_none_or(|vendor| vendors.contains(vendor))
    };
    let waiting = review.iter().filter(could_concern).map(|item| Unseen::InReview { notice: item.notice.clone() });
    not_read.chain(waiting).collect()
}

/// The assets around those that are to go down, each sort with all it needs.
struct Near<'a> {
    index: &'a Index,
    own: BTreeSet<Number>,
    partners: BTreeSet<Number>,
    needed: BTreeSet<Number>,
    dependents: BTreeSet<Number>,
    all: BTreeSet<Number>,
}

impl<'a> Near<'a> {
    fn of(index: &'a Index, assets: &[AssetId]) -> Self {
        let own = numbers(index, assets);
        let dependents = downstream(index, &own);
        // A group counts when the failure of one of these can reach it; its other members would have to hold.
        let groups = dependents.iter().flat_map(|number| &index.needs[*number]);
        let groups = groups.filter(|need| matches!(need.kind, NeedKind::AnyOf(_)));
        let reached = groups.filter(|need| need.members.iter().any(|member| dependents.contains(member)));
        let partners = reached.flat_map(|need| &need.members).filter(|member| !dependents.contains(member)).copied();
        let partners = upstream(index, &partners.collect());
        let (needed, all) = (upstream(index, &own), upstream(index, &dependents));
        Self { index, own, partners, needed, dependents, all }
    }

    fn relation(&self, asset: &AssetId) -> Option<Relation> {
        let number = self.index.numbers.get(asset)?;
        let sorts = [
            (&self.own, Relation::Itself),
            (&self.partners, Relation::Partner),
            (&self.needed, Relation::Needed),
            (&self.dependents, Relation::Dependent),
            (&self.all, Relation::NeededByDependent),
        ];
        sorts.into_iter().find(|(numbers, _)| numbers.contains(number)).map(|(_, relation)| relation)
    }
}

fn numbers(index: &Index, assets: &[AssetId]) -> BTreeSet<Number> {
    assets.iter().filter_map(|asset| index.numbers.get(asset).copied()).collect()
}

/// These and everything that needs them.
fn downstream(index: &Index, from: &BTreeSet<Number>) -> BTreeSet<Number> {
    closure(from, |number| index.dependents[number].iter().copied())
}

/// These and everything they need.
fn upstream(index: &Index, from: &BTreeSet<Number>) -> BTreeSet<Number> {
    closure(from, |number| index.needs[number].iter().flat_map(|need| need.members.iter().copied()))
}

fn closure<I: Iterator<Item = Number>>(from: &BTreeSet<Number>, next: impl Fn(Number) -> I) -> BTreeSet<Number> {
    let mut seen = from.clone();
    let mut open: Vec<Number> = from.iter().copied().collect();
    while let Some(number) = open.pop() {
        open.extend(next(number).filter(|other| seen.insert(*other)));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{asset_id, inventory, vendor_id};
    use super::*;
    use crate::notice::CoverageKind;

    const PLANT: &str = r#"
        vendor = [{ id = "power", zone = "UTC" }, { id = "net", zone = "UTC" }]
        asset = [
            { id = "feed-a", kind = "feed", vendor = "power" },
            { id = "feed-b", kind = "feed", vendor = "power" },
            { id = "line", kind = "circuit", vendor = "net" },
            { id = "pdu-a", kind = "pdu", needs = ["feed-a"] },
            { id = "pdu-b", kind = "pdu", needs = ["feed-b"] },
            { id = "web", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-b"] }] },
            { id = "app", kind = "service", needs = ["web", "line"] },
            { id = "apart", kind = "server", needs = ["line"] },
        ]
    "#;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(1_000 + hour)
    }

    fn hours(start: i64, end: i64) -> Interval {
        Interval::new(at(start), at(end)).expect("a test span has a length")
    }

    /// `windows`: start, end, what they name at which impact; `expected`: what stands in the way, then what goes down
    /// only together.
    #[track_caller]
    fn check(asset: &str, windows: &[(i64, i64, &str, Impact)], expected: &[&str]) {
        let work = |(start, end, id, impact): &(i64, i64, &str, Impact)| Work {
            interval: hours(*start, *end),
            start: vec![(asset_id(id), *impact)],
        };
        let windows: Vec<_> = windows.iter().map(work).collect();
        let obstacles = inventory(PLANT).obstacles(&[asset_id(asset)], hours(10, 14), &windows);
        let in_the_way = obstacles.windows.iter().flat_map(|found| {
            found.assets.iter().map(move |(id, relation)| format!("{} {id} {relation:?}", found.window))
        });
        let ids = |ids: &[AssetId]| ids.iter().map(AssetId::as_str).collect::<Vec<_>>().join(" ");
        let together =
            obstacles.together.iter().map(|c| format!("{:?}: {}; {}", c.windows, ids(&c.assets), ids(&c.downstream)));
        assert_eq!(in_the_way.chain(together).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_at_work_around_an_asset_stands_in_its_way() {
        let down = Impact::Outage;
        check("pdu-a", &[(0, 20, "feed-b", down)], &["0 feed-b Partner", "[0]: web; app"]);
        check("pdu-a", &[(0, 20, "pdu-b", Impact::Degraded)], &["0 pdu-b Partner"]);
        check("pdu-a", &[(0, 20, "feed-b", Impact::NoImpact)], &[]);
        check("pdu-a", &[(0, 20, "feed-a", down)], &["0 feed-a Needed"]);
        check("pdu-a", &[(0, 20, "pdu-a", down)], &["0 pdu-a Itself"]);
        check("pdu-a", &[(0, 20, "app", down)], &["0 app Dependent"]);
        check("pdu-a", &[(0, 20, "line", down)], &["0 line NeededByDependent"]);
        check("apart", &[(0, 20, "feed-a", down), (0, 20, "line", down)], &["1 line Needed"]);
        check("apart", &[(0, 20, "app", down)], &[]);
    }

    #[test]
    fn a_window_that_only_meets_the_span_is_not_in_the_way() {
        let down = Impact::Outage;
        check("pdu-a", &[(0, 10, "feed-b", down), (14, 20, "feed-b", down)], &[]);
        check("pdu-a", &[(13, 20, "feed-b", down)], &["0 feed-b Partner", "[0]: web; app"]);
    }

    #[test]
    fn only_vendors_near_the_asset_have_to_have_been_read() {
        let inventory = inventory(PLANT);
        let near = |asset: &str| inventory.vendors_near(&[asset_id(asset)]);
        assert_eq!(near("apart"), BTreeSet::from([vendor_id("net")]));
        assert_eq!(near("pdu-a"), BTreeSet::from([vendor_id("net"), vendor_id("power")]));
    }

    #[test]
    fn what_was_not_read_for_a_day_tells_nothing() {
        let vendors = BTreeSet::from([vendor_id("net")]);
        let read = |until: i64| Coverage {
            source: "mail".into(),
            vendors: Vec::new(),
            complete_until: at(until),
            kind: CoverageKind::Polled,
            recorded_at: at(until),
        };
        let unread = |until: i64, end: i64, now: i64| unseen(&vendors, &[read(until)], &[], (at(end), at(now))).len();
        assert_eq!(unread(0, 500, 24), 0);
        assert_eq!(unread(-1, 500, 24), 1);
        // Work that is over by then is told by what was read around its end.
        assert_eq!(unread(0, 24, 500), 0);
        assert_eq!(
            unseen(&vendors, &[], &[], (at(9), at(1))),
            [Unseen::NotRead { vendor: vendor_id("net"), until: None }]
        );
    }
}
