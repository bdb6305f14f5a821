//! What would go wrong: redundancy that is none, and windows that leave an asset without a way.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::asset::{AnyOf, Asset};
use super::declared::Inventory;
use super::scope::{Touch, Touched};
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
        let down = || touched.assets.iter().filter(|(_, touch)| touch.impact == Impact::Outage);
        let named: BTreeSet<_> = down().filter(|(_, touch)| touch.path.len() == 1).map(|(asset, _)| asset).collect();
        down().filter_map(|(asset, touch)| self.loses_all_paths(asset, touch, &named)).collect()
    }

    fn loses_all_paths(&self, asset: &AssetId, touch: &Touch, named: &BTreeSet<&AssetId>) -> Option<Finding> {
        let direct = touch.path.get(1)?;
        // One object may take it down, or several that only together leave no path: all of them are said.
        let with: Vec<_> =
            self.upstream(asset).iter().filter(|id| named.contains(id)).map(|id| format!("`{id}`")).collect();
        let cords = self.assets.get(asset).into_iter().flat_map(single_feeds).find(|(feed, _)| *feed == direct);
        let because = cords
            .map_or_else(String::new, |(feed, cords)| format!(", since it has {} on `{feed}`", cords_in_words(cords)));
        Some(Finding {
            rule: Rule::LosesAllPaths,
            severity: Severity::Critical,
            asset: asset.clone(),
            path: touch.path.clone(),
            text: format!("`{asset}` goes down with {}{because}", with.join(" and ")),
        })
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{asset_id, inventory};
    use super::*;

    const HALL: &str = r#"
        asset = [
            { id = "feed-a", kind = "feed" },
            { id = "feed-b", kind = "feed" },
            { id = "three", kind = "server", any = [{ n = 1, of = ["feed-a", "feed-a", "feed-a"] }] },
            { id = "mixed", kind = "server", any = [{ n = 1, of = ["feed-a", "feed-a", "feed-b"] }] },
            { id = "one-cord", kind = "server", any = [{ n = 1, of = ["feed-b"] }] },
            { id = "app", kind = "service", needs = ["three"] },
            { id = "either", kind = "service", any = [{ n = 1, of = ["three", "mixed"] }] },
        ]
    "#;

    #[test]
    fn an_asset_hangs_on_one_feed_when_all_of_several_cords_do() {
        let inventory = inventory(HALL);
        let audit: Vec<_> = inventory.audit().into_iter().map(|finding| finding.text).collect();
        assert_eq!(audit, ["`three` has all 3 cords on `feed-a`: they fail together"]);
        let single: Vec<_> =
            inventory.assets.keys().filter(|id| inventory.single_feed(id)).map(AssetId::as_str).collect();
        assert_eq!(single, ["app", "three"]);
    }

    /// `expected`: the sentences, in the order of the assets.
    #[track_caller]
    fn check_window(down: &[&str], expected: &[&str]) {
        let inventory = inventory(HALL);
        let start: Vec<_> = down.iter().map(|id| (asset_id(id), Impact::Outage)).collect();
        let touched = Touched { assets: inventory.spread(&start), ..Touched::default() };
        let found: Vec<_> = inventory.audit_window(&touched).into_iter().map(|finding| finding.text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_loses_all_paths_is_found_and_what_is_named_is_not() {
        let three = "`three` goes down with `feed-a`, since it has all 3 cords on `feed-a`";
        check_window(&["feed-a"], &["`app` goes down with `feed-a`", three]);
        check_window(&["feed-b"], &["`one-cord` goes down with `feed-b`"]);
        check_window(
            &["feed-a", "feed-b"],
            &[
                "`app` goes down with `feed-a`",
                "`either` goes down with `feed-a` and `feed-b`",
                "`mixed` goes down with `feed-a` and `feed-b`",
                "`one-cord` goes down with `feed-b`",
                three,
            ],
        );
        check_window(&["three"], &["`app` goes down with `three`"]);
        check_window(&[], &[]);
    }
}
