//! What one table says about another: references, aliases, and needs that must not go in a circle.

use std::collections::{BTreeMap, HashMap};

use super::declared::Inventory;
use super::quantity::{Quantity, Unit};
use crate::names::{AssetId, CustomerId, VendorId, nearest};
use crate::written::{MAX_PROBLEMS, Placed, Problems, did_you_mean};

/// How many known ids are compared with an unknown one: enough for any inventory written by hand. A generated one of
/// 100,000 with 50,000 wrong references would otherwise be compared five billion times.
const MAX_COMPARED: usize = 20_000;
/// How many unknown references get a nearest id: as many problems as are shown.
const MAX_EXPLAINED: usize = MAX_PROBLEMS;

/// The references met while reading, each with its place.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) assets: Vec<Placed<AssetId>>,
    pub(super) vendors: Vec<Placed<VendorId>>,
    pub(super) customers: Vec<Placed<CustomerId>>,
    /// Of each asset everything it needs, in the order written.
    pub(super) needs: BTreeMap<AssetId, Vec<Placed<AssetId>>>,
    pub(super) aliases: Vec<(AssetId, Placed<String>)>,
    pub(super) quantities: HashMap<AssetId, Quantities>,
}

/// What an asset carries and draws.
#[derive(Debug)]
pub(super) struct Quantities {
    pub(super) capacity: Option<Placed<Quantity>>,
    pub(super) load: Option<Placed<Quantity>>,
}

impl Links {
    pub(super) fn check(&self, inventory: &Inventory, problems: &mut Problems<'_>) {
        let assets = self.assets.iter().chain(self.needs.values().flatten());
        references("asset", assets, &inventory.assets, AssetId::as_str, problems);
        references("vendor", self.vendors.iter(), &inventory.vendors, VendorId::as_str, problems);
        references("customer", self.customers.iter(), &inventory.customers, CustomerId::as_str, problems);
        self.check_aliases(inventory, problems);
        self.check_cycles(problems);
        self.check_units(problems);
    }

    /// Load is carried from an asset to those of its needs that state a capacity, and from these on to theirs: what is
    /// added up and compared along such a way must be of one unit.
    fn check_units(&self, problems: &mut Problems<'_>) {
        for (asset, needs) in &self.needs {
            let Some(own) = self.quantities.get(asset) else { continue };
            for drawn in [&own.load, &own.capacity].into_iter().flatten() {
                let other = needs.iter().find_map(|need| {
                    let carrier = self.quantities.get(&need.value)?.capacity.as_ref()?;
                    are_mixed(drawn.value.unit(), carrier.value.unit()).then_some((&need.value, carrier.value))
                });
                let Some((need, capacity)) = other else { continue };
                let message = format!(
                    "`{}` of `{asset}` cannot be compared with `{capacity}`, the capacity of `{need}` that it needs",
                    drawn.value
                );
                let help = "write both in one unit: amperes, watts or volt-amperes";
                problems.add(&drawn.place, message, Some(help.to_owned()));
            }
        }
    }

    /// Within a vendor a name means one asset, be it an id or an alias, without regard to case.
    fn check_aliases(&self, inventory: &Inventory, problems: &mut Problems<'_>) {
        let owner = |asset: &AssetId| inventory.assets.get(asset).and_then(|asset| asset.vendor.as_ref());
        let mut taken: HashMap<(Option<&VendorId>, String), &AssetId> =
            inventory.assets.keys().map(|id| ((owner(id), id.as_str().to_lowercase()), id)).collect();
        for (asset, alias) in &self.aliases {
            let vendor = owner(asset);
            let holder = *taken.entry((vendor, alias.value.to_lowercase())).or_insert(asset);
            if holder != asset {
                let of = vendor.map_or_else(|| "no vendor".to_owned(), |vendor| format!("`{vendor}`"));
                let message = format!("alias `{}` already means `{holder}` among the assets of {of}", alias.value);
                problems.add(&alias.place, message, Some("within a vendor a name must mean one asset".into()));
            }
        }
    }

    /// A walk in depth, without recursion since a chain of needs may be long. Each need that closes a circle is reported,
    /// up to as many as are shown: every one of them names its whole path.
    fn check_cycles(&self, problems: &mut Problems<'_>) {
        let mut done: HashMap<&AssetId, Visit> = HashMap::new();
        let mut circles = 0;
        for root in self.needs.keys() {
            if done.contains_key(root) {
                continue;
            }
            done.insert(root, Visit::Open);
            let mut path: Vec<(&AssetId, std::slice::Iter<'_, Placed<AssetId>>)> =
                vec![(root, self.needs[root].iter())];
            while let Some((asset, rest)) = path.last_mut() {
                let Some(need) = rest.next() else {
                    done.insert(asset, Visit::Closed);
                    path.pop();
                    continue;
                };
                match (done.get(&need.value), self.needs.get_key_value(&need.value)) {
                    (Some(Visit::Open), _) => {
                        circles += 1;
                        if circles <= MAX_EXPLAINED {
                            report_cycle(path.iter().map(|(id, _)| *id), need, problems);
                        }
                    }
                    (None, Some((id, needs))) => {
                        done.insert(id, Visit::Open);
                        path.push((id, needs.iter()));
                    }
                    (Some(Visit::Closed), _) | (None, None) => {}
                }
            }
        }
    }
}

/// Whether both are electric, and not the same.
fn are_mixed(one: Unit, other: Unit) -> bool {
    one != other && one.is_electric() && other.is_electric()
}

enum Visit {
    /// On the path from the root.
    Open,
    /// Everything it needs has been seen.
    Closed,
}

fn report_cycle<'a>(path: impl Iterator<Item = &'a AssetId>, need: &'a Placed<AssetId>, problems: &mut Problems<'_>) {
    let circle = path.skip_while(|id| **id != need.value).chain(std::iter::once(&need.value));
    let circle: Vec<_> = circle.map(AssetId::as_str).collect();
    let message = format!("needs go in a circle: {}", circle.join(" → "));
    problems.add(&need.place, message, Some("leave out the need that is not real".into()));
}

fn references<'a, Id: Ord + 'a, T>(
    sort: &str,
    wanted: impl Iterator<Item = &'a Placed<Id>>,
    known: &BTreeMap<Id, T>,
    text: fn(&Id) -> &str,
    problems: &mut Problems<'_>,
) {
    for (count, reference) in wanted.filter(|reference| !known.contains_key(&reference.value)).enumerate() {
        let id = text(&reference.value);
        let help = (count < MAX_EXPLAINED)
            .then(|| did_you_mean(nearest(id, known.keys().take(MAX_COMPARED).map(text))))
            .flatten()
            .unwrap_or_else(|| format!("declare it as `[[{sort}]]` with `id = \"{id}\"`"));
        problems.add(&reference.place, format!("unknown {sort} `{id}`"), Some(help));
    }
}
