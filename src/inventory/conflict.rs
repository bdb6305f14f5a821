//! Conflicts: windows that overlap and together leave an asset no way, where none of them alone does.
//!
//! The windows are swept by their edges. For every asset that some open window reaches, the smallest sets of open windows
//! that take it down are kept; when a window begins, only what stands downstream of what it takes down is looked at
//! again, and when it ends, the sets with it in them go. So the work is that of what windows touch, and no two windows
//! are compared that are not open together.
//!
//! What a vendor says of an asset counts here only when it says OUTAGE: that one window leaves a server its other way is
//! no word about what two of them do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::declared::Inventory;
use super::index::{Index, Need, NeedKind, Number};
use crate::names::AssetId;
use crate::time::Interval;
use crate::window::Impact;

/// Most windows in one conflict: five vendors at work at one moment on the ways of one asset. Sets grow as the product of
/// what each way has, and larger ones are told by the sets they hold.
pub const MAX_TOGETHER: usize = 5;

/// Most sets kept of one asset at a time, the smallest first: a hundred vendor-wide windows open at once would otherwise
/// make thousands of pairs of every server.
pub const MAX_SETS: usize = 128;

/// Most conflicts told by one sweep: far more than anybody reads, and some tens of megabytes at most.
pub const MAX_CONFLICTS: usize = 20_000;

/// A window as the sweep sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// When.
    pub interval: Interval,
    /// What it begins with, as [`Inventory::scope`] gives it.
    pub start: Vec<(AssetId, Impact)>,
}

/// What a conflict leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leaves {
    /// Every way is gone, or fewer than needed are left.
    Nothing,
    /// As many as are needed, and none to spare: one more failure is an outage.
    NoSpare,
}

/// Windows that do together what none of them does alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Which, as places in the list that was given, in its order; two at least, and none could be left out.
    pub windows: Vec<usize>,
    /// When all of them are open.
    pub interval: Interval,
    /// What is left then.
    pub leaves: Leaves,
    /// The assets whose ways run out, by id.
    pub assets: Vec<AssetId>,
    /// What goes down with these, because it needs them; by id.
    pub downstream: Vec<AssetId>,
}

/// What a sweep found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Conflicts {
    /// By the beginning of the overlap, then by windows.
    pub found: Vec<Conflict>,
    /// Which limits were reached, so that there may be more.
    pub limits: BTreeSet<Limit>,
}

/// A limit of the sweep that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// [`MAX_TOGETHER`].
    Together,
    /// [`MAX_SETS`].
    Sets,
    /// [`MAX_CONFLICTS`].
    Conflicts,
}

impl Limit {
    /// What is not told because of it, in a sentence without a full stop.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Together => format!("sets of more than {MAX_TOGETHER} windows were not looked at"),
            Self::Sets => {
                format!("some asset has more than {MAX_SETS} sets of windows that take it down: the smallest are told")
            }
            Self::Conflicts => format!("there are more than {MAX_CONFLICTS} conflicts: the first are told"),
        }
    }
}

impl Inventory {
    /// The conflicts among windows, given in any order. Windows of which one ends as the other begins are in none.
    #[must_use]
    pub fn conflicts(&self, windows: &[Work]) -> Conflicts {
        let index = self.index();
        let down = |work: &Work| {
            let down = work.start.iter().filter(|(_, impact)| *impact == Impact::Outage);
            down.filter_map(|(asset, _)| index.numbers.get(asset).copied()).collect::<BTreeSet<_>>()
        };
        let mut sweep = Sweep {
            index,
            windows,
            down: windows.iter().map(down).collect(),
            named: HashMap::new(),
            sets: HashMap::new(),
            reached: HashMap::new(),
            conflicts: Conflicts::default(),
        };
        for (edge, place) in edges(windows) {
            match edge {
                Edge::End => sweep.end(place),
                Edge::Start => sweep.begin(place),
            }
            if sweep.conflicts.found.len() >= MAX_CONFLICTS {
                sweep.conflicts.found.truncate(MAX_CONFLICTS);
                sweep.conflicts.limits.insert(Limit::Conflicts);
                break;
            }
        }
        let mut conflicts = sweep.conflicts;
        conflicts.found.sort_by(|a, b| {
            (a.interval.start(), &a.windows, a.leaves).cmp(&(b.interval.start(), &b.windows, b.leaves))
        });
        conflicts
    }
}

/// Where a window begins or ends. An end comes before a beginning at the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    End,
    Start,
}

/// All edges in order, each with the window's place.
fn edges(windows: &[Work]) -> impl Iterator<Item = (Edge, usize)> {
    let mut edges: Vec<_> = (0..)
        .zip(windows)
        .flat_map(|(place, work): (usize, &Work)| {
            [(work.interval.start(), Edge::Start, place), (work.interval.end(), Edge::End, place)]
        })
        .collect();
    edges.sort_unstable();
    edges.into_iter().map(|(_, edge, place)| (edge, place))
}

/// Windows that together take something down, by place and in order.
type Set = Vec<usize>;

struct Sweep<'a> {
    index: &'a Index,
    windows: &'a [Work],
    /// What each window takes down by itself.
    down: Vec<BTreeSet<Number>>,
    /// The open windows that take an asset down by name.
    named: HashMap<Number, Vec<usize>>,
    /// Of each asset the smallest sets of open windows that take it down: none of them holds another.
    sets: HashMap<Number, Vec<Set>>,
    /// The assets of which some set holds the window.
    reached: HashMap<usize, Vec<Number>>,
    conflicts: Conflicts,
}

/// Assets that one set of windows concerns: where its ways run out, and what goes down with those.
type Cut = (Vec<Number>, Vec<Number>);

impl Sweep<'_> {
    fn end(&mut self, place: usize) {
        for number in &self.down[place] {
            if let Some(open) = self.named.get_mut(number) {
                open.retain(|other| *other != place);
                if open.is_empty() {
                    self.named.remove(number);
                }
            }
        }
        // A set that was left out for a smaller one with this window in it holds the window as well.
        for number in self.reached.remove(&place).unwrap_or_default() {
            if let Some(sets) = self.sets.get_mut(&number) {
                sets.retain(|set| !set.contains(&place));
                if sets.is_empty() {
                    self.sets.remove(&number);
                }
            }
        }
    }

    fn begin(&mut self, place: usize) {
        for number in &self.down[place] {
            self.named.entry(*number).or_default().push(place);
        }
        let mut open = self.down[place].clone();
        let (mut reached, mut cut) = (Vec::new(), BTreeMap::<(Set, Leaves), Cut>::new());
        // What an asset needs has a smaller number: each is met once, after its needs.
        while let Some(number) = open.pop_first() {
            let (sets, tight) = self.sets_of(number);
            for set in tight.into_iter().filter(|set| set.contains(&place)) {
                cut.entry((set, Leaves::NoSpare)).or_default().0.push(number);
            }
            let new: Vec<Set> = sets.iter().filter(|set| set.contains(&place)).cloned().collect();
            if new.is_empty() {
                continue;
            }
            self.sets.insert(number, sets);
            reached.push(number);
            for set in new.into_iter().filter(|set| set.len() > 1) {
                let goes_with = self.is_passed_on(number, &set);
                let (assets, downstream) = cut.entry((set, Leaves::Nothing)).or_default();
                if goes_with { downstream.push(number) } else { assets.push(number) }
            }
            open.extend(self.index.dependents[number].iter().filter(|dependent| **dependent > number));
        }
        self.reached.insert(place, reached);
        for ((windows, leaves), (assets, downstream)) in cut {
            self.tell(windows, leaves, (&assets, &downstream));
        }
    }

    /// The smallest sets that take an asset down, and those that leave one of its groups no member to spare.
    fn sets_of(&mut self, number: Number) -> (Vec<Set>, Vec<Set>) {
        let index = self.index;
        let mut sets: Vec<Set> = self.named.get(&number).into_iter().flatten().map(|place| vec![*place]).collect();
        let mut tight = Vec::new();
        for need in &index.needs[number] {
            match need.kind {
                NeedKind::AllOf => {
                    let members = need.members.iter().filter_map(|member| self.sets.get(member));
                    sets.extend(members.flatten().cloned());
                }
                NeedKind::AnyOf(n) => {
                    let (down, no_spare) = self.of_group(need, n);
                    sets.extend(down);
                    tight.extend(no_spare);
                }
            }
        }
        let sets = self.smallest(sets);
        tight.retain(|set| !sets.iter().any(|other| is_within(other, set)));
        (sets, tight)
    }

    /// The sets that leave fewer than `n` members of a group, and those that leave exactly `n` by taking members that
    /// different windows hold.
    fn of_group(&mut self, need: &Need, n: usize) -> (Vec<Set>, Vec<Set>) {
        let Some(too_many) = (need.members.len() + 1).checked_sub(n).filter(|count| *count > 0) else {
            return (Vec::new(), Vec::new());
        };
        let members: Vec<Vec<Set>> = need.members.iter().filter_map(|member| self.sets.get(member).cloned()).collect();
        if members.len() + 1 < too_many {
            return (Vec::new(), Vec::new());
        }
        // `taken[count]`: the smallest sets that take so many of the members met so far.
        let mut taken: Vec<Vec<Set>> = vec![Vec::new(); too_many + 1];
        taken[0].push(Vec::new());
        for sets in &members {
            for count in (0..too_many).rev() {
                let mut more = std::mem::take(&mut taken[count + 1]);
                let joined = taken[count].iter().flat_map(|some| sets.iter().map(|set| joined(some, set)));
                more.extend(joined);
                taken[count + 1] = self.smallest(more);
            }
        }
        let down = taken.pop().unwrap_or_default();
        let mut tight = if too_many > 2 { taken.pop().unwrap_or_default() } else { Vec::new() };
        tight.retain(|set| set.len() > 1 && !members.iter().any(|sets| sets.contains(set)));
        (down, tight)
    }

    /// The sets of which none holds another, the smallest first, within the limits.
    fn smallest(&mut self, mut sets: Vec<Set>) -> Vec<Set> {
        if sets.len() < 2 && sets.iter().all(|set| set.len() <= MAX_TOGETHER) {
            return sets;
        }
        sets.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        sets.dedup();
        let mut kept: Vec<Set> = Vec::with_capacity(sets.len().min(MAX_SETS));
        for set in sets {
            if kept.iter().any(|smaller| is_within(smaller, &set)) {
                continue;
            }
            let limit = (set.len() > MAX_TOGETHER).then_some(Limit::Together);
            if let Some(limit) = limit.or((kept.len() == MAX_SETS).then_some(Limit::Sets)) {
                self.conflicts.limits.insert(limit);
                break;
            }
            kept.push(set);
        }
        kept
    }

    /// Whether the set takes down a member already, so that the asset goes down with it.
    fn is_passed_on(&self, number: Number, set: &Set) -> bool {
        let members = self.index.needs[number].iter().flat_map(|need| &need.members);
        members.filter_map(|member| self.sets.get(member)).any(|sets| sets.contains(set))
    }

    fn tell(&mut self, windows: Set, leaves: Leaves, (assets, downstream): (&[Number], &[Number])) {
        let ids = |numbers: &[Number]| {
            let mut ids: Vec<_> = numbers.iter().map(|number| self.index.ids[*number].clone()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let all = windows.iter().map(|place| self.windows[*place].interval);
        let overlap = all.map(Some).reduce(|a, b| a?.intersection(&b?)).flatten();
        if let Some(interval) = overlap {
            let (assets, downstream) = (ids(assets), ids(downstream));
            self.conflicts.found.push(Conflict { windows, interval, leaves, assets, downstream });
        }
    }
}

/// Whether every window of one set is in the other; both are in order.
fn is_within(smaller: &Set, larger: &Set) -> bool {
    smaller.len() <= larger.len() && smaller.iter().all(|place| larger.binary_search(place).is_ok())
}

fn joined(one: &Set, other: &Set) -> Set {
    let mut both: Set = one.iter().chain(other).copied().collect();
    both.sort_unstable();
    both.dedup();
    both
}
