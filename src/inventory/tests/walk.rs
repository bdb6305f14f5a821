//! The walk against its definition, and the rows that the definition is easiest misread in.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::fixture::{asset_id, inventory, vendor_id};
use super::super::{AnyOf, Asset, Inventory, Touch};
use crate::names::AssetId;
use crate::window::{Impact, StatedObject};

/// A need as drawn: how many of which earlier assets; `None` means all of them.
type Drawn = Vec<(Option<u32>, Vec<prop::sample::Index>)>;

fn id(number: usize) -> AssetId {
    asset_id(&format!("a{number:02}"))
}

/// An inventory in which each asset needs earlier ones only, but whose ids sort the other way round every second time.
fn graph(drawn: &[Drawn]) -> Inventory {
    let mut inventory = Inventory::default();
    for (number, needs) in drawn.iter().enumerate() {
        let (mut all_of, mut any_of) = (Vec::new(), Vec::new());
        for (n, members) in needs.iter().filter(|_| number > 0) {
            let members: Vec<_> = members.iter().map(|member| id(99 - member.index(number))).collect();
            let distinct = u32::try_from(members.iter().collect::<BTreeSet<_>>().len()).expect("few members");
            match n {
                None => all_of.extend(members),
                Some(n) => any_of.push(AnyOf { n: n % distinct + 1, of: members }),
            }
        }
        let asset = Asset {
            id: id(99 - number),
            kind: "thing".into(),
            name: None,
            vendor: None,
            account: None,
            site: None,
            all_of,
            any_of,
            aliases: Vec::new(),
            capacity: None,
            max_share: None,
            load: None,
        };
        inventory.assets.insert(asset.id.clone(), asset);
    }
    inventory
}

/// DESIGN.md section 6, word by word and without regard to cost: the state of one asset.
fn state(inventory: &Inventory, named: &BTreeMap<AssetId, Impact>, asset: &AssetId) -> Impact {
    if let Some(stated) = named.get(asset) {
        return *stated;
    }
    let asset = &inventory.assets[asset];
    let all_of = asset.all_of.iter().map(|member| state(inventory, named, member));
    let any_of = asset.any_of.iter().map(|group| {
        let distinct: BTreeSet<_> = group.of.iter().collect();
        let states: Vec<_> = distinct.iter().map(|member| state(inventory, named, member)).collect();
        let not_in_outage = states.iter().filter(|state| **state != Impact::Outage).count();
        let better_than_degraded = states.iter().filter(|state| **state < Impact::Degraded).count();
        let n = usize::try_from(group.n).expect("n is small");
        if not_in_outage < n {
            Impact::Outage
        } else if better_than_degraded < n {
            Impact::Degraded
        } else if states.iter().any(|state| *state != Impact::NoImpact) {
            Impact::ReducedRedundancy
        } else {
            Impact::NoImpact
        }
    });
    all_of.chain(any_of).max().unwrap_or(Impact::NoImpact)
}

fn is_in_scope(inventory: &Inventory, named: &BTreeMap<AssetId, Impact>, asset: &AssetId) -> bool {
    named.contains_key(asset) || inventory.assets[asset].needs().any(|need| is_in_scope(inventory, named, need))
}

/// A way leads step by step over needs, from the asset to a named object, and stops at the first.
fn is_a_way(inventory: &Inventory, named: &BTreeMap<AssetId, Impact>, asset: &AssetId, touch: &Touch) -> bool {
    touch.path.first() == Some(asset)
        && touch.path.windows(2).all(|step| inventory.assets[&step[0]].needs().any(|need| *need == step[1]))
        && touch.path.iter().position(|step| named.contains_key(step)) == Some(touch.path.len() - 1)
}

fn drawn_graph() -> impl Strategy<Value = Vec<Drawn>> {
    let need = (proptest::option::of(0_u32..4), vec(any::<prop::sample::Index>(), 1..4));
    vec(vec(need, 0..3), 1..12)
}

proptest! {
    // A failure is kept as a row of its own, not as a seed in a folder.
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_walk_gives_what_the_definition_gives(
        drawn in drawn_graph(),
        start in vec((any::<prop::sample::Index>(), prop::sample::select(&Impact::ALL[..])), 0..4),
    ) {
        let inventory = graph(&drawn);
        let start: Vec<_> = start.iter().map(|(which, impact)| (id(99 - which.index(drawn.len())), *impact)).collect();
        let mut named = BTreeMap::new();
        for (asset, impact) in &start {
            named.entry(asset.clone()).and_modify(|worst: &mut Impact| *worst = (*worst).max(*impact)).or_insert(*impact);
        }
        let spread = inventory.spread(&start);
        for asset in inventory.assets.keys() {
            match spread.get(asset) {
                None => prop_assert!(!is_in_scope(&inventory, &named, asset), "{asset} is in scope"),
                Some(touch) => {
                    prop_assert!(is_in_scope(&inventory, &named, asset), "{asset} is out of scope");
                    prop_assert_eq!(touch.impact, state(&inventory, &named, asset), "{}", asset);
                    prop_assert!(is_a_way(&inventory, &named, asset, touch), "{asset}: {touch:?}");
                }
            }
        }
    }
}

const PLANT: &str = r#"
    [[vendor]]
    id = "dc"
    account = "A-1"
    zone = "UTC"
    [[asset]]
    id = "f1"
    kind = "feed"
    vendor = "dc"
    [[asset]]
    id = "f2"
    kind = "feed"
    vendor = "dc"
    [[asset]]
    id = "f3"
    kind = "feed"
    vendor = "dc"
    account = "B-2"
    [[asset]]
    id = "two-of-three"
    kind = "server"
    any = [{ n = 2, of = ["f1", "f2", "f3"] }]
    [[asset]]
    id = "app"
    kind = "service"
    needs = ["two-of-three", "f1"]
"#;

/// `objects` are names with the impact stated for them; `expected` every asset in scope with its impact and its way.
#[track_caller]
fn check(account: Option<&str>, objects: &[(&str, Option<Impact>)], notice: Option<Impact>, expected: &str) {
    let objects: Vec<_> =
        objects.iter().map(|(name, impact)| StatedObject { name: (*name).into(), impact: *impact }).collect();
    let touched = inventory(PLANT).touched_by(&vendor_id("dc"), account, &objects, notice);
    let way = |touch: &Touch| touch.path.iter().map(AssetId::as_str).collect::<Vec<_>>().join(">");
    let got: Vec<_> = touched.assets.values().map(|touch| format!("{} {}", way(touch), touch.impact)).collect();
    assert_eq!(got.join("; "), expected);
    assert_eq!(touched.scope_not_stated, objects.is_empty());
    assert_eq!(touched.matches.len(), objects.len());
}

#[test]
fn the_impact_of_an_object_is_its_own_else_the_notices_else_outage() {
    let (degraded, reduced) = (Some(Impact::Degraded), Some(Impact::ReducedRedundancy));
    check(
        None,
        &[("f3", None)],
        None,
        "app>two-of-three>f3 REDUCED-REDUNDANCY; f3 OUTAGE; two-of-three>f3 REDUCED-REDUNDANCY",
    );
    check(None, &[("f1", None)], degraded, "app>f1 DEGRADED; f1 DEGRADED; two-of-three>f1 REDUCED-REDUNDANCY");
    check(
        None,
        &[("f1", reduced)],
        degraded,
        "app>f1 REDUCED-REDUNDANCY; f1 REDUCED-REDUNDANCY; two-of-three>f1 REDUCED-REDUNDANCY",
    );
    check(
        None,
        &[("f3", Some(Impact::NoImpact))],
        None,
        "app>two-of-three>f3 NO-IMPACT; f3 NO-IMPACT; two-of-three>f3 NO-IMPACT",
    );
    check(
        None,
        &[("f2", None), ("f3", degraded)],
        None,
        "app>two-of-three>f2 DEGRADED; f2 OUTAGE; f3 DEGRADED; two-of-three>f2 DEGRADED",
    );
    check(
        None,
        &[("f2", degraded), ("f2", None)],
        reduced,
        "app>two-of-three>f2 REDUCED-REDUNDANCY; f2 DEGRADED; two-of-three>f2 REDUCED-REDUNDANCY",
    );
}

#[test]
fn what_the_vendor_says_of_an_asset_holds_for_it_and_for_what_needs_it() {
    check(
        None,
        &[("f2", None), ("f3", None), ("two-of-three", Some(Impact::NoImpact))],
        None,
        "app>two-of-three NO-IMPACT; f2 OUTAGE; f3 OUTAGE; two-of-three NO-IMPACT",
    );
}

#[test]
fn no_object_named_means_all_of_the_vendor_and_of_the_account() {
    let reduced = Some(Impact::ReducedRedundancy);
    let all = "app>f1 OUTAGE; f1 OUTAGE; f2 OUTAGE; f3 OUTAGE; two-of-three>f1 OUTAGE";
    check(None, &[], None, all);
    check(
        Some(" a-1 "),
        &[],
        reduced,
        "app>f1 REDUCED-REDUNDANCY; f1 REDUCED-REDUNDANCY; f2 REDUCED-REDUNDANCY; two-of-three>f1 REDUCED-REDUNDANCY",
    );
    check(
        Some("B-2"),
        &[],
        None,
        "app>two-of-three>f3 REDUCED-REDUNDANCY; f3 OUTAGE; two-of-three>f3 REDUCED-REDUNDANCY",
    );
}

#[test]
fn an_unknown_name_is_kept_and_touches_nothing() {
    check(None, &[("zebra", None)], None, "");
    check(None, &[("zebra", None), ("f1", None)], None, "app>f1 OUTAGE; f1 OUTAGE; two-of-three>f1 REDUCED-REDUNDANCY");
}
