//! What a window touches: from the names in a notice to the assets behind them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::AssetId;
use crate::window::Impact;

/// A vendor's name beside the asset it was matched to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// As the vendor wrote it.
    pub name: String,
    /// The asset, when the inventory knows the name.
    pub asset: Option<AssetId>,
    /// The nearest known name, when it does not.
    pub nearest: Option<String>,
}

/// How one asset is touched, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The expected impact.
    pub impact: Impact,
    /// From the asset up to the named object that touches it: `[plus-01, feed-a]`.
    pub path: Vec<AssetId>,
}

/// What a window begins with, before anything is walked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// The assets that the notice names, each with the impact stated for it.
    pub start: Vec<(AssetId, Impact)>,
    /// Names that were matched, and names that were not.
    pub matches: Vec<Match>,
    /// The notice names no object: all assets of the vendor are in scope.
    pub scope_not_stated: bool,
}

impl Scope {
    /// The vendor's names that match nothing.
    pub fn unmatched(&self) -> impl Iterator<Item = &str> {
        self.matches.iter().filter(|name| name.asset.is_none()).map(|name| name.name.as_str())
    }
}

/// What a window touches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Touched {
    /// Every asset in scope with its expected impact, NO-IMPACT included.
    pub assets: BTreeMap<AssetId, Touch>,
    /// Names that were matched, and names that were not.
    pub matches: Vec<Match>,
    /// The notice names no object: all assets of the vendor are in scope.
    pub scope_not_stated: bool,
}
