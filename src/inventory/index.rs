//! What look-ups need, built once: assets numbered so that what an asset needs has a smaller number than it has.
//!
//! With the numbers in that order a walk visits only what is downstream of where it starts, each asset once and after
//! everything it needs: the cost is that of what is touched, not of the whole inventory.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::OnceLock;

use super::asset::{AnyOf, Asset};
use super::carried::Carried;
use super::declared::Inventory;
use super::part::PeersByKind;
use crate::names::{AssetId, CustomerId, VendorId};

/// An asset's number.
pub(super) type Number = usize;

/// One need of an asset: how many of some distinct members must be up.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) kind: NeedKind,
    /// Each once, in the order first listed.
    pub(super) members: Vec<Number>,
    /// How often each member is listed: so many cords lead to it.
    pub(super) cords: Vec<u32>,
}

/// How many of the members of a need must be up.
#[derive(Debug, Clone, Copy)]
pub(super) enum NeedKind {
    AllOf,
    AnyOf(usize),
}

/// The names under which the assets of one vendor, or of none, are found.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Case-folded aliases.
    pub(super) aliases: HashMap<String, Vec<Number>>,
    /// Ids and aliases by [`name_key`].
    pub(super) by_key: HashMap<String, Vec<Number>>,
    /// Ids and aliases as written, sorted by their case-folded form: alike names stand near each other.
    pub(super) sorted: Vec<(String, String)>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) ids: Vec<AssetId>,
    pub(super) numbers: HashMap<AssetId, Number>,
    pub(super) needs: Vec<Vec<Need>>,
    /// What needs it directly.
    pub(super) dependents: Vec<Vec<Number>>,
    /// The vendors of it and of everything it needs, sorted.
    pub(super) vendors: Vec<Vec<VendorId>>,
    /// The customers that use it directly, sorted.
    pub(super) users: Vec<Vec<CustomerId>>,
    /// By vendor; `None` holds the assets without one.
    pub(super) names: HashMap<Option<VendorId>, Names>,
    /// The assets that name the vendor.
    pub(super) of_vendor: HashMap<VendorId, Vec<Number>>,
    /// What draws and carries how much, on a day without outages.
    pub(super) carried: Carried,
    /// All assets counted, when that is first asked for.
    pub(super) peers: OnceLock<PeersByKind>,
}

/// An [`Index`] that is built when it is first asked for. It is no part of what an inventory says: two inventories are
/// equal without regard to it.
#[derive(Default)]
pub(crate) struct LazyIndex(OnceLock<Box<Index>>);

impl fmt::Debug for LazyIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyIndex")
    }
}

impl Clone for LazyIndex {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for LazyIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for LazyIndex {}

impl Inventory {
    pub(super) fn index(&self) -> &Index {
        let index = self.index.0.get_or_init(|| Box::new(Index::of(self)));
        debug_assert_eq!(index.ids.len(), self.assets.len(), "an inventory is not changed after its first question");
        index
    }
}

impl Index {
    fn of(inventory: &Inventory) -> Self {
        let ids = in_need_order(&inventory.assets);
        let numbers: HashMap<_, _> = ids.iter().cloned().enumerate().map(|(number, id)| (id, number)).collect();
        let mut index = Self {
            needs: Vec::with_capacity(ids.len()),
            dependents: vec![Vec::new(); ids.len()],
            vendors: Vec::with_capacity(ids.len()),
            users: vec![Vec::new(); ids.len()],
            names: HashMap::new(),
            of_vendor: HashMap::new(),
            carried: Carried::default(),
            peers: OnceLock::new(),
            ids,
            numbers,
        };
        for number in 0..index.ids.len() {
            index.add(number, &inventory.assets[&index.ids[number]]);
        }
        for names in index.names.values_mut() {
            names.sorted.sort_unstable();
        }
        for customer in inventory.customers.values() {
            for number in customer.uses.iter().filter_map(|asset| index.numbers.get(asset)) {
                if index.users[*number].last() != Some(&customer.id) {
                    index.users[*number].push(customer.id.clone());
                }
            }
        }
        index.carried = Carried::of(inventory, &index.ids, &index.needs);
        index
    }

    fn add(&mut self, number: Number, asset: &Asset) {
        let needs = self.needs_of(asset);
        let mut vendors: Vec<_> = asset.vendor.iter().cloned().collect();
        for member in needs.iter().flat_map(|need| &need.members) {
            if self.dependents[*member].last() != Some(&number) {
                self.dependents[*member].push(number);
            }
            vendors.extend(self.vendors.get(*member).into_iter().flatten().cloned());
        }
        vendors.sort_unstable();
        vendors.dedup();
        self.needs.push(needs);
        self.vendors.push(vendors);
        if let Some(vendor) = &asset.vendor {
            self.of_vendor.entry(vendor.clone()).or_default().push(number);
        }
        self.names.entry(asset.vendor.clone()).or_default().add(number, asset);
    }

    fn needs_of(&self, asset: &Asset) -> Vec<Need> {
        let all_of = self.need(NeedKind::AllOf, &asset.all_of);
        let n = |group: &AnyOf| usize::try_from(group.n).unwrap_or(usize::MAX);
        let any_of = asset.any_of.iter().map(|group| self.need(NeedKind::AnyOf(n(group)), &group.of));
        std::iter::once(all_of).chain(any_of).filter(|need| !need.members.is_empty()).collect()
    }

    fn need(&self, kind: NeedKind, listed: &[AssetId]) -> Need {
        let (mut members, mut cords) = (Vec::with_capacity(listed.len()), Vec::<u32>::with_capacity(listed.len()));
        let mut places = HashMap::new();
        for number in listed.iter().filter_map(|id| self.numbers.get(id)) {
            let place = *places.entry(*number).or_insert(members.len());
            if place == members.len() {
                members.push(*number);
                cords.push(0);
            }
            cords[place] = cords[place].saturating_add(1);
        }
        Need { kind, members, cords }
    }
}

impl Names {
    fn add(&mut self, number: Number, asset: &Asset) {
        for alias in &asset.aliases {
            push_once(&mut self.aliases, alias.to_lowercase(), number);
        }
        for name in std::iter::once(asset.id.as_str()).chain(asset.aliases.iter().map(String::as_str)) {
            push_once(&mut self.by_key, name_key(name), number);
            self.sorted.push((name.to_lowercase(), name.to_owned()));
        }
    }
}

fn push_once(map: &mut HashMap<String, Vec<Number>>, key: String, number: Number) {
    let numbers = map.entry(key).or_default();
    if numbers.last() != Some(&number) {
        numbers.push(number);
    }
}

/// A name without what people write differently: case, and the spaces, dashes and underscores between its words.
/// Letters and digits that touch are two words, so that `Feed A`, `FEED-A` and `feed_a` are one, `plus01` is `plus-01`,
/// and `1-23` is not `12-3`.
#[must_use]
pub fn name_key(name: &str) -> String {
    let mut normal = String::with_capacity(name.len() + 4);
    let mut last = None;
    for c in name.to_lowercase().chars() {
        let sort = CharSort::of(c);
        if sort != CharSort::Space {
            let apart = match last {
                Some(CharSort::Space) => !normal.is_empty(),
                Some(CharSort::Letter) => sort == CharSort::Digit,
                Some(CharSort::Digit) => sort == CharSort::Letter,
                Some(CharSort::Other) | None => false,
            };
            normal.extend(apart.then_some('-'));
            normal.push(c);
        }
        last = Some(sort);
    }
    normal
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CharSort {
    /// What stands between words: white space, dashes, underscores.
    Space,
    Letter,
    Digit,
    /// Anything else, such as the `/` and `.` of a port, tells names apart.
    Other,
}

impl CharSort {
    fn of(c: char) -> Self {
        let is_dash = c == '-' || c == '_' || ('\u{2010}'..='\u{2015}').contains(&c) || c == '\u{2212}';
        if c.is_whitespace() || is_dash {
            Self::Space
        } else if c.is_numeric() {
            Self::Digit
        } else if c.is_alphabetic() {
            Self::Letter
        } else {
            Self::Other
        }
    }
}

/// All ids, every asset after what it needs (Kahn's order, by id where the needs leave it open). Assets on a cycle, which
/// loading refuses, come last.
fn in_need_order(assets: &BTreeMap<AssetId, Asset>) -> Vec<AssetId> {
    let mut dependents: HashMap<&AssetId, Vec<&AssetId>> = HashMap::new();
    let mut waiting: BTreeMap<&AssetId, usize> = BTreeMap::new();
    for asset in assets.values() {
        let needs = asset.needs().filter(|need| assets.contains_key(*need));
        let count = needs.inspect(|need| dependents.entry(need).or_default().push(&asset.id)).count();
        waiting.insert(&asset.id, count);
    }
    let mut ready: VecDeque<_> = waiting.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut order = Vec::with_capacity(assets.len());
    while let Some(id) = ready.pop_front() {
        order.push(id.clone());
        waiting.remove(id);
        for dependent in dependents.remove(id).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(dependent) {
                *count -= 1;
                if *count == 0 {
                    ready.push_back(dependent);
                }
            }
        }
    }
    order.extend(waiting.into_keys().cloned());
    order
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(name_key(name), expected);
    }

    #[test]
    fn case_spaces_and_dashes_do_not_matter_and_the_rest_does() {
        check("Feed A", "feed-a");
        check(" feed_\u{2013} a ", "feed-a");
        check("FEED-A", "feed-a");
        check("plus01", "plus-01");
        check("1-23", "1-23");
        check("12-3", "12-3");
        check("xe-0/0/1", "xe-0/0/1");
        check("xe 0/01", "xe-0/01");
        check("xe0/0.1", "xe-0/0.1");
        check("--", "");
    }
}
