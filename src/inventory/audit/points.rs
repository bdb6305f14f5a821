//! Single points: assets whose failure alone takes another down, however many ways it seems to have.

use std::collections::BTreeMap;

use super::{Finding, Rule, Severity, listed};
use crate::inventory::declared::Inventory;
use crate::inventory::index::{Index, Need, NeedKind, Number};
use crate::names::AssetId;

/// Most single points kept of an asset, the nearest first: real ways up are some ten assets long, and a chain of
/// thousands would otherwise cost their square.
pub const MAX_POINTS: usize = 64;

impl Inventory {
    /// Groups that have members to spare, of which one asset further up takes too many at once.
    pub(super) fn single_paths(&self) -> Vec<Finding> {
        let index = self.index();
        let points = points(index);
        let mut found = Vec::new();
        for number in 0..index.ids.len() {
            for need in &index.needs[number] {
                let NeedKind::AnyOf(n) = need.kind else { continue };
                if need.members.len() <= n {
                    continue;
                }
                // What the asset needs in any case is no surprise.
                let declared = |point: &Number| always_needed(index, number).any(|one| points[one].contains(point));
                let mut shared = shared(need, n, &points);
                shared.retain(|(point, _)| !declared(point));
                let nearest = |(point, _): &&(Number, usize)| {
                    !shared.iter().any(|(nearer, _)| nearer != point && points[*nearer].contains(point))
                };
                let of_need = shared.iter().filter(nearest);
                found.extend(of_need.map(|(point, count)| finding(index, number, need, n, (*point, *count))));
            }
        }
        found
    }
}

fn always_needed(index: &Index, number: Number) -> impl Iterator<Item = Number> {
    let all_of = index.needs[number].iter().filter(|need| matches!(need.kind, NeedKind::AllOf));
    all_of.flat_map(|need| need.members.iter().copied())
}

/// Of each asset the assets whose failure alone takes it down, itself first, then nearer ones before those they hang on.
fn points(index: &Index) -> Vec<Vec<Number>> {
    let mut points: Vec<Vec<Number>> = Vec::with_capacity(index.ids.len());
    for (number, needs) in index.needs.iter().enumerate() {
        let mut own = Vec::new();
        for need in needs {
            match need.kind {
                NeedKind::AllOf => own.extend(need.members.iter().filter_map(|one| points.get(*one)).flatten()),
                NeedKind::AnyOf(n) => own.extend(shared(need, n, &points).iter().map(|(point, _)| *point)),
            }
        }
        // What an asset needs has a smaller number, so the largest is nearest.
        own.sort_unstable_by(|a, b| b.cmp(a));
        own.dedup();
        own.truncate(MAX_POINTS - 1);
        own.insert(0, number);
        points.push(own);
    }
    points
}

/// The assets that take down so many members of a group that fewer than `n` are left, with how many they take.
fn shared(need: &Need, n: usize, points: &[Vec<Number>]) -> Vec<(Number, usize)> {
    let mut counts: BTreeMap<Number, usize> = BTreeMap::new();
    for point in need.members.iter().filter_map(|member| points.get(*member)).flatten() {
        *counts.entry(*point).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| need.members.len() - count < n).collect()
}

fn finding(index: &Index, number: Number, need: &Need, n: usize, (point, count): (Number, usize)) -> Finding {
    let (asset, shared) = (&index.ids[number], &index.ids[point]);
    let many = match (count, need.members.len()) {
        (2, 2) => "both".to_owned(),
        (count, members) if count == members => format!("all {count}"),
        (count, _) => format!("{count} of them"),
    };
    let members = listed(need.members.iter().map(|member| &index.ids[*member]));
    Finding {
        rule: Rule::SinglePath,
        severity: Severity::Warning,
        asset: asset.clone(),
        path: way_up(index, number, need, point),
        others: Vec::new(),
        text: format!("`{asset}` needs {n} of {members}, and {many} hang on `{shared}`: they fail together"),
    }
}

/// A shortest way from an asset by one of its needs up to another asset.
fn way_up(index: &Index, number: Number, need: &Need, target: Number) -> Vec<AssetId> {
    let mut from: BTreeMap<Number, Number> = need.members.iter().map(|member| (*member, number)).collect();
    let mut open: std::collections::VecDeque<Number> = need.members.iter().copied().collect();
    while let Some(next) = open.pop_front() {
        if next == target {
            break;
        }
        for member in index.needs[next].iter().flat_map(|need| &need.members).filter(|member| **member >= target) {
            from.entry(*member).or_insert_with(|| {
                open.push_back(*member);
                next
            });
        }
    }
    let steps = std::iter::successors(Some(target), |step| from.get(step).copied().filter(|_| *step != number));
    let mut way: Vec<_> = steps.map(|step| index.ids[step].clone()).collect();
    way.reverse();
    way
}
