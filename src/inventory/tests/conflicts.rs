//! Conflicts against their definition, and the rows that it is easiest misread in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::fixture::{asset_id, inventory};
use super::super::{Conflicts, Inventory, Leaves, Limit, MAX_SETS, Work};
use super::walk::{drawn_graph, graph, numbered};
use crate::names::AssetId;
use crate::time::Interval;
use crate::window::Impact;

fn hour(hour: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
}

fn work(start: i64, end: i64, named: &[(AssetId, Impact)]) -> Work {
    Work { interval: Interval::new(hour(start), hour(end)).expect("a test window has a length"), start: named.to_vec() }
}

fn down(start: i64, end: i64, named: &[&str]) -> Work {
    let named: Vec<_> = named.iter().map(|id| (asset_id(id), Impact::Outage)).collect();
    work(start, end, &named)
}

/// `0+2 3-5: web; app` for windows 0 and 2 from the third hour to the fifth, which take `web`'s ways and `app` with it.
fn told(conflicts: &Conflicts) -> Vec<String> {
    let ids = |ids: &[AssetId]| ids.iter().map(AssetId::as_str).collect::<Vec<_>>().join(" ");
    let hours = |at: DateTime<Utc>| (at - DateTime::UNIX_EPOCH).num_hours();
    let of = |conflict: &super::super::Conflict| {
        let places: Vec<_> = conflict.windows.iter().map(ToString::to_string).collect();
        let (from, to) = (hours(conflict.interval.start()), hours(conflict.interval.end()));
        let below =
            if conflict.downstream.is_empty() { String::new() } else { format!("; {}", ids(&conflict.downstream)) };
        let tight = if conflict.leaves == Leaves::NoSpare { " (tight)" } else { "" };
        format!("{} {from}-{to}: {}{below}{tight}", places.join("+"), ids(&conflict.assets))
    };
    conflicts.found.iter().map(of).collect()
}

const PLANT: &str = r#"
    asset = [
        { id = "a", kind = "circuit" },
        { id = "b", kind = "circuit" },
        { id = "c", kind = "circuit" },
        { id = "d", kind = "circuit" },
        { id = "web", kind = "server", any = [{ n = 1, of = ["a", "b"] }] },
        { id = "app", kind = "service", needs = ["web"] },
        { id = "core", kind = "router", any = [{ n = 2, of = ["a", "c", "d"] }] },
        { id = "ring", kind = "router", any = [{ n = 1, of = ["b", "c", "d"] }] },
    ]
"#;

#[track_caller]
fn check(windows: &[Work], expected: &[&str]) {
    let conflicts = inventory(PLANT).conflicts(windows);
    assert_eq!(
        (told(&conflicts), conflicts.limits.is_empty()),
        (expected.iter().map(|e| (*e).to_owned()).collect(), true)
    );
}

#[test]
fn two_windows_that_overlap_take_both_ways() {
    check(&[down(0, 4, &["a"]), down(3, 6, &["b"])], &["0+1 3-4: web; app"]);
    check(&[down(3, 6, &["b"]), down(0, 4, &["a"])], &["0+1 3-4: web; app"]);
    check(&[down(0, 9, &["a"]), down(3, 4, &["b"]), down(5, 6, &["b"])], &["0+1 3-4: web; app", "0+2 5-6: web; app"]);
}

#[test]
fn back_to_back_is_no_overlap() {
    check(&[down(0, 4, &["a"]), down(4, 6, &["b"])], &[]);
    check(&[down(4, 6, &["b"]), down(0, 4, &["a"])], &[]);
}

#[test]
fn a_window_that_does_it_alone_is_in_no_conflict() {
    check(&[down(0, 4, &["a", "b"]), down(2, 6, &["b"])], &[]);
    check(&[down(0, 4, &["web"]), down(0, 4, &["a"])], &[]);
    // The third does it with either of the others, and with both it is not smallest.
    check(&[down(0, 4, &["b"]), down(0, 4, &["b"]), down(0, 4, &["a"])], &["0+2 0-4: web; app", "1+2 0-4: web; app"]);
    // What is down already, by one window alone, still has two that would do it without that one.
    check(&[down(0, 9, &["web"]), down(2, 4, &["a"]), down(3, 5, &["b"])], &["1+2 3-4: web; app"]);
}

#[test]
fn fewer_than_needed_is_none_and_as_many_as_needed_is_tight() {
    check(&[down(0, 4, &["c"]), down(2, 6, &["d"])], &["0+1 2-4: core", "0+1 2-4: ring (tight)"]);
    check(
        &[down(0, 4, &["c"]), down(2, 6, &["d"]), down(3, 5, &["b"])],
        &[
            "0+1 2-4: core",
            "0+1 2-4: ring (tight)",
            "0+1+2 3-4: ring",
            "0+2 3-4: ring (tight)",
            "1+2 3-5: ring (tight)",
        ],
    );
}

#[test]
fn only_what_is_down_counts() {
    let reduced = |id: &str| work(0, 4, &[(asset_id(id), Impact::Degraded)]);
    check(&[reduced("a"), down(0, 4, &["b"])], &[]);
    // One vendor's word that its work leaves the server up is no word about two of them.
    let statement = [(asset_id("a"), Impact::Outage), (asset_id("web"), Impact::ReducedRedundancy)];
    check(&[work(0, 4, &statement), down(0, 4, &["b"])], &["0+1 0-4: web; app"]);
}

#[test]
fn what_is_not_told_for_its_number_is_said() {
    let windows: Vec<_> = (0..40).map(|n| down(n, 100, &[if n % 2 == 0 { "a" } else { "b" }])).collect();
    let conflicts = inventory(PLANT).conflicts(&windows);
    assert_eq!(conflicts.limits, BTreeSet::from([Limit::Sets]));
    // 20 times 20 pairs; the sets kept of an asset are those with the windows that began first.
    assert!(conflicts.found.len() >= MAX_SETS && conflicts.found.len() <= 400, "{}", conflicts.found.len());

    let many = r#"asset = [{ id = "m0", kind = "x" }, { id = "m1", kind = "x" }, { id = "m2", kind = "x" }, { id = "m3", kind = "x" },
        { id = "m4", kind = "x" }, { id = "m5", kind = "x" },
        { id = "s", kind = "x", any = [{ n = 1, of = ["m0", "m1", "m2", "m3", "m4", "m5"] }] }]"#;
    let windows: Vec<_> = (0..6).map(|n| down(0, 1, &[&format!("m{n}")])).collect();
    let conflicts = inventory(many).conflicts(&windows);
    assert_eq!(conflicts.limits, BTreeSet::from([Limit::Together]));
    assert!(conflicts.found.iter().all(|conflict| conflict.leaves == Leaves::NoSpare && conflict.windows.len() == 5));
}

/// Whether these objects, down, take an asset down: section 6's definition, at the one level that counts.
fn is_down(inventory: &Inventory, objects: &BTreeSet<AssetId>, asset: &AssetId) -> bool {
    let asset = &inventory.assets[asset];
    let down = |id: &&AssetId| is_down(inventory, objects, id);
    objects.contains(&asset.id)
        || asset.all_of.iter().any(|id| down(&id))
        || asset.any_of.iter().any(|group| {
            let distinct = group.distinct();
            let up = distinct.iter().filter(|id| !down(id)).count();
            up < usize::try_from(group.n).expect("n is small")
        })
}

/// Every pair and every triple, with what all of them hold, by asset.
fn by_brute_force(inventory: &Inventory, windows: &[Work]) -> BTreeSet<(Vec<usize>, Interval, AssetId)> {
    let objects = |places: &[usize]| -> BTreeSet<AssetId> {
        let named = places.iter().flat_map(|place| &windows[*place].start);
        named.filter(|(_, impact)| *impact == Impact::Outage).map(|(id, _)| id.clone()).collect()
    };
    let count = windows.len();
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| vec![a, b]));
    let triples = (0..count).flat_map(|a| (a + 1..count).flat_map(move |b| (b + 1..count).map(move |c| vec![a, b, c])));
    let mut found = BTreeSet::new();
    for places in pairs.chain(triples) {
        let (start, end) = places.iter().fold((hour(-1), hour(1_000)), |(start, end), place| {
            let interval = windows[*place].interval;
            (start.max(interval.start()), end.min(interval.end()))
        });
        let Ok(overlap) = Interval::new(start, end) else { continue };
        for asset in inventory.assets.keys() {
            let without = |left_out: usize| {
                let rest: Vec<_> = places.iter().copied().filter(|place| *place != left_out).collect();
                is_down(inventory, &objects(&rest), asset)
            };
            // It is enough to leave out one at a time: whatever smaller sets do, larger ones do.
            if is_down(inventory, &objects(&places), asset) && !places.iter().any(|place| without(*place)) {
                found.insert((places.clone(), overlap, asset.clone()));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sweep_finds_what_trying_all_pairs_and_triples_finds(
        drawn in drawn_graph(),
        windows in vec((0_i64..12, 1_i64..6, vec((any::<prop::sample::Index>(), prop::sample::select(&Impact::ALL[..])), 1..3)), 0..8),
    ) {
        let inventory = graph(&drawn);
        let windows: Vec<_> = windows.iter().map(|(start, length, named)| {
            let named: Vec<_> = named.iter().map(|(which, impact)| {
                // Every second one is down: what is not takes no part.
                let impact = if *impact < Impact::Degraded { *impact } else { Impact::Outage };
                (numbered(99 - which.index(drawn.len())), impact)
            }).collect();
            work(*start, start + length, &named)
        }).collect();
        let conflicts = inventory.conflicts(&windows);
        prop_assert!(conflicts.limits.is_empty() || conflicts.limits == BTreeSet::from([Limit::Together]));
        let mut found = BTreeSet::new();
        let cut_off = conflicts.found.iter().filter(|conflict| conflict.leaves == Leaves::Nothing && conflict.windows.len() < 4);
        for conflict in cut_off {
            for asset in conflict.assets.iter().chain(&conflict.downstream) {
                prop_assert!(found.insert((conflict.windows.clone(), conflict.interval, asset.clone())), "told twice: {conflict:?}");
            }
            prop_assert!(!conflict.assets.is_empty(), "nothing begins it: {conflict:?}");
        }
        prop_assert_eq!(found, by_brute_force(&inventory, &windows));
    }

    /// In which order windows are given does not matter.
    #[test]
    fn the_order_of_windows_does_not_matter(
        drawn in drawn_graph(),
        windows in vec((0_i64..12, 1_i64..6, any::<prop::sample::Index>()), 0..7),
    ) {
        let inventory = graph(&drawn);
        let mut given: Vec<_> = windows.iter().map(|(start, length, which)| {
            work(*start, start + length, &[(numbered(99 - which.index(drawn.len())), Impact::Outage)])
        }).collect();
        let by_window = |given: &[Work]| -> BTreeMap<Vec<String>, usize> {
            let mut counts = BTreeMap::new();
            for conflict in inventory.conflicts(given).found {
                let mut key: Vec<_> = conflict.windows.iter().map(|place| format!("{:?}", given[*place])).collect();
                key.sort_unstable();
                key.push(format!("{:?} {:?} {:?}", conflict.leaves, conflict.assets, conflict.downstream));
                *counts.entry(key).or_default() += 1;
            }
            counts
        };
        let forward = by_window(&given);
        given.reverse();
        prop_assert_eq!(by_window(&given), forward);
    }
}
