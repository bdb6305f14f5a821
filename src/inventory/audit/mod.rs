//! What would go wrong: redundancy that is none, load that what is left cannot carry, and windows that leave an asset
//! without a way, or without one to spare.

mod kept;
mod points;
mod window;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::asset::{AnyOf, Asset};
use super::carried::Over;
use super::declared::Inventory;
use crate::names::AssetId;

pub use kept::{Accepted, AuditedWindow, Kept, reconcile};
pub use points::MAX_POINTS;

/// How many names a sentence lists before it counts the rest.
const MAX_NAMED: usize = 5;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An any-of that lists several cords, all of them on one feed.
    SingleFeed,
    /// An any-of of which several members hang on one asset further up: both cords by one panel.
    SinglePath,
    /// An asset carries more than the share of its capacity that lasting load may take: always, or in the window, when
    /// it takes over from what is down.
    Overload,
    /// In the window the asset is down, because what it needs is.
    LosesAllPaths,
    /// In the window, or in several that overlap, as many of a group are left as are needed, and none to spare: what
    /// should take over is in maintenance itself.
    NoSpare,
    /// Several windows that overlap take the asset down together, and none of them does alone.
    Conflict,
}

impl Rule {
    /// The rule's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SingleFeed => "single-feed",
            Self::SinglePath => "single-path",
            Self::Overload => "overload",
            Self::LosesAllPaths => "loses-all-paths",
            Self::NoSpare => "no-spare",
            Self::Conflict => "conflict",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It will hurt some day.
    Warning,
    /// It will hurt in the window.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

/// Something that the audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// By which rule.
    pub rule: Rule,
    /// How soon somebody should look.
    pub severity: Severity,
    /// The asset at risk.
    pub asset: AssetId,
    /// From the asset up to what it hangs on.
    pub path: Vec<AssetId>,
    /// Other assets at the same risk, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<AssetId>,
    /// In a sentence, without a full stop.
    pub text: String,
}

impl Inventory {
    /// What is wrong on any day, by asset: both cords on one feed, several ways that are one further up, load above what
    /// may last.
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        let finding = |asset: &Asset, feed: &AssetId, cords: usize| Finding {
            rule: Rule::SingleFeed,
            severity: Severity::Warning,
            asset: asset.id.clone(),
            path: vec![asset.id.clone(), feed.clone()],
            others: Vec::new(),
            text: format!("`{}` has {} on `{feed}`: they fail together", asset.id, cords_in_words(cords)),
        };
        let of_asset = |asset| single_feeds(asset).map(move |(feed, cords)| finding(asset, feed, cords));
        let mut found: Vec<_> = self.assets.values().flat_map(of_asset).collect();
        found.extend(self.single_paths());
        found.extend(self.index().carried.usually_over().iter().map(|over| self.overload(over, "")));
        found.sort_by(|a, b| (&a.asset, a.rule, &a.path).cmp(&(&b.asset, b.rule, &b.path)));
        found
    }

    /// `while_what`: when that is, with a space in front; empty for always.
    fn overload(&self, over: &Over, while_what: &str) -> Finding {
        let asset = self.index().ids[over.number].clone();
        let (capacity, limit) = (over.carrier.capacity, over.carrier.limit);
        let is_beyond = over.load.thousandths() > capacity.thousandths();
        let verb = if while_what.is_empty() { "carries" } else { "has to carry" };
        let more = if is_beyond {
            format!("more than its {capacity}")
        } else {
            format!("more than the {limit} of its {capacity} that may last")
        };
        Finding {
            rule: Rule::Overload,
            severity: if is_beyond { Severity::Critical } else { Severity::Warning },
            text: format!("`{asset}` {verb} {}{while_what}: {more}", over.load),
            path: vec![asset.clone()],
            others: Vec::new(),
            asset,
        }
    }

    /// Whether the asset, or something that it cannot work without, has all its cords on one feed. An app on such a
    /// server hangs on that feed as the server does.
    #[must_use]
    pub fn single_feed(&self, asset: &AssetId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![asset];
        while let Some(asset) = open.pop().and_then(|id| self.assets.get(id)) {
            if single_feeds(asset).next().is_some() {
                return true;
            }
            open.extend(asset.all_of.iter().filter(|need| seen.insert(*need)));
        }
        false
    }
}

/// The members that stand alone in an any-of that lists them several times, with how often.
fn single_feeds(asset: &Asset) -> impl Iterator<Item = (&AssetId, usize)> {
    let alone = |group: &AnyOf| group.of.len() > 1 && group.distinct().len() == 1;
    asset.any_of.iter().filter(move |group| alone(group)).filter_map(|group| Some((group.of.first()?, group.of.len())))
}

fn cords_in_words(cords: usize) -> String {
    if cords == 2 { "both cords".into() } else { format!("all {cords} cords") }
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and 7 more ``.
pub(super) fn listed<'a>(ids: impl IntoIterator<Item = &'a AssetId>) -> String {
    let mut names: Vec<String> = ids.into_iter().map(|id| format!("`{id}`")).collect();
    if names.len() > MAX_NAMED {
        let rest = names.len() - (MAX_NAMED - 1);
        names.truncate(MAX_NAMED - 1);
        names.push(format!("{rest} more"));
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, front)) => format!("{} and {last}", front.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
