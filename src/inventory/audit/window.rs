//! What a window does that somebody should know before it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Rule, Severity, cords_in_words, listed, single_feeds};
use crate::inventory::declared::Inventory;
use crate::inventory::index::{NeedKind, Number};
use crate::inventory::walk::Reach;
use crate::names::AssetId;
use crate::window::Impact;

/// A group that is left without a member to spare: who is left, and who is down.
type Tight = (BTreeSet<Number>, BTreeSet<Number>);

impl Inventory {
    /// What goes wrong in a window that begins with `start`: assets that lose all paths, by id; then what has to carry
    /// more than it may; then what has nothing to spare. An object that the notice itself names as down is no finding,
    /// the vendor has said it.
    #[must_use]
    pub fn audit_window(&self, start: &[(AssetId, Impact)]) -> Vec<Finding> {
        let reach = self.reach_of_outage(start);
        let down: BTreeSet<Number> = reach.states.keys().copied().filter(|number| reach.is_down(*number)).collect();
        if down.is_empty() {
            return Vec::new();
        }
        let lost = down.iter().filter(|number| !reach.begun.contains_key(number));
        let mut found: Vec<_> = lost.filter_map(|number| self.loses_all_paths(&reach, *number)).collect();
        found.sort_by(|a, b| a.asset.cmp(&b.asset));
        let named = listed(named_down(&reach).map(|number| &reach.index.ids[number]));
        let over = reach.index.carried.over_while(&reach.index.needs, &reach.index.dependents, &down);
        found.extend(over.iter().map(|over| self.overload(over, &format!(" while {named} is down"))));
        found.extend(no_spare(&reach));
        found
    }

    fn loses_all_paths(&self, reach: &Reach<'_>, number: Number) -> Option<Finding> {
        let path = reach.path(number);
        let (asset, direct) = (path.first()?, path.get(1)?);
        // One object may take it down, or several that only together leave no path: all of them are said.
        let with = named_above(reach, number);
        let mut with: Vec<_> = with.into_iter().map(|number| &reach.index.ids[number]).collect();
        with.sort_unstable();
        let cords = self.assets.get(asset).into_iter().flat_map(single_feeds).find(|(feed, _)| *feed == direct);
        let because = cords
            .map_or_else(String::new, |(feed, cords)| format!(", since it has {} on `{feed}`", cords_in_words(cords)));
        Some(Finding {
            rule: Rule::LosesAllPaths,
            severity: Severity::Critical,
            asset: asset.clone(),
            text: format!("`{asset}` goes down with {}{because}", listed(with)),
            others: Vec::new(),
            path,
        })
    }
}

fn named_down<'a>(reach: &'a Reach<'_>) -> impl Iterator<Item = Number> + 'a {
    let mut named: Vec<_> = reach.begun.keys().copied().filter(|number| reach.is_down(*number)).collect();
    named.sort_unstable_by_key(|number| &reach.index.ids[*number]);
    named.into_iter()
}

/// The objects that are named as down and that an asset needs by any path.
fn named_above(reach: &Reach<'_>, number: Number) -> BTreeSet<Number> {
    let (mut seen, mut named) = (BTreeSet::from([number]), BTreeSet::new());
    let mut open = vec![number];
    while let Some(next) = open.pop() {
        if reach.begun.contains_key(&next) && reach.is_down(next) {
            named.insert(next);
        }
        let members = reach.index.needs[next].iter().flat_map(|need| &need.members);
        open.extend(members.filter(|member| reach.states.contains_key(member) && seen.insert(**member)));
    }
    named
}

/// Groups of assets that are up, of which as many are left as are needed; told once for all assets on the same group.
fn no_spare(reach: &Reach<'_>) -> Vec<Finding> {
    let index = reach.index;
    let mut tight: BTreeMap<Tight, BTreeSet<&AssetId>> = BTreeMap::new();
    for number in reach.states.keys().copied() {
        if reach.is_down(number) || reach.begun.contains_key(&number) {
            continue;
        }
        for need in &index.needs[number] {
            let NeedKind::AnyOf(n) = need.kind else { continue };
            let (down, left): (BTreeSet<_>, BTreeSet<_>) =
                need.members.iter().copied().partition(|member| reach.is_down(*member));
            if !down.is_empty() && left.len() == n {
                tight.entry((left, down)).or_default().insert(&index.ids[number]);
            }
        }
    }
    let mut found: Vec<_> = tight.into_iter().filter_map(|(group, assets)| finding(reach, &group, &assets)).collect();
    found.sort_by(|a, b| (&a.asset, &a.path).cmp(&(&b.asset, &b.path)));
    found
}

fn finding(reach: &Reach<'_>, (left, down): &Tight, assets: &BTreeSet<&AssetId>) -> Option<Finding> {
    let ids = |numbers: &BTreeSet<Number>| {
        let mut ids: Vec<_> = numbers.iter().map(|number| &reach.index.ids[*number]).collect();
        ids.sort_unstable();
        ids
    };
    let (hang, them) = if assets.len() == 1 { ("hangs", "it") } else { ("hang", "them") };
    let (left, down) = (ids(left), ids(down));
    let is = if down.len() == 1 { "is" } else { "are" };
    let text = format!(
        "{} {hang} on {} alone while {} {is} down: one more failure takes {them} down",
        listed(assets.iter().copied()),
        listed(left.iter().copied()),
        listed(down),
    );
    let mut assets = assets.iter().map(|asset| (*asset).clone());
    let asset = assets.next()?;
    Some(Finding {
        rule: Rule::NoSpare,
        severity: Severity::Warning,
        path: vec![asset.clone(), (*left.first()?).clone()],
        asset,
        others: assets.collect(),
        text,
    })
}
