//! What would go wrong: redundancy that is none, and windows that leave an asset without a way.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::asset::{AnyOf, Asset};
use super::declared::Inventory;
use super::scope::Touched;
use crate::names::AssetId;
use crate::window::Impact;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An any-of that lists several cords, all of them on one feed.
    SingleFeed,
    /// In the window the asset is down, because what it needs is.
    LosesAllPaths,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SingleFeed => "single-feed",
            Self::LosesAllPaths => "loses-all-paths",
        })
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
    /// In a sentence, without a full stop.
    pub text: String,
}

impl Inventory {
    /// What is wrong on any day, by asset: both cords on one feed.
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        let finding = |asset: &Asset, feed: &AssetId, cords: usize| Finding {
            rule: Rule::SingleFeed,
            severity: Severity::Warning,
            asset: asset.id.clone(),
            path: vec![asset.id.clone(), feed.clone()],
            text: format!("`{}` has {} on `{feed}`: they fail together", asset.id, cords_in_words(cords)),
        };
        let of_asset = |asset| single_feeds(asset).map(move |(feed, cords)| finding(asset, feed, cords));
        self.assets.values().flat_map(of_asset).collect()
    }

    /// What a window does that somebody should know before it, by asset: those that lose all paths. An object that the
    /// notice itself names as down is no finding, the vendor has said it.
    #[must_use]
    pub fn audit_window(&self, touched: &Touched) -> Vec<Finding> {
        let goes_down = touched.assets.iter().filter(|(_, touch)| touch.impact == Impact::Outage);
        goes_down
            .filter_map(|(asset, touch)| {
                let (down, direct) = (touch.path.last()?, touch.path.get(1)?);
                let cords = self.assets.get(asset).into_iter().flat_map(single_feeds).find(|(feed, _)| *feed == direct);
                let because = cords.map_or_else(String::new, |(feed, cords)| {
                    format!(", since it has {} on `{feed}`", cords_in_words(cords))
                });
                Some(Finding {
                    rule: Rule::LosesAllPaths,
                    severity: Severity::Critical,
                    asset: asset.clone(),
                    path: touch.path.clone(),
                    text: format!("`{asset}` goes down with `{down}`{because}"),
                })
            })
            .collect()
    }

    /// Whether the asset, or something that it cannot work without, has all its cords on one feed. An app on such a
    /// server hangs on that feed as the server does.
    #[must_use]
    pub fn single_feed(&self, asset: &AssetId) -> bool {
        let mut seen: std::collections::BTreeSet<&AssetId> = std::collections::BTreeSet::new();
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
