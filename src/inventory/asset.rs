//! Assets, what they need, and the vendors behind them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::quantity::{Quantity, Share};
use crate::maintenance::StatedTerms;
use crate::names::{AssetId, VendorId};

/// A need that is met while enough of several distinct assets are up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnyOf {
    /// How many distinct members must be up; at least 1.
    pub n: u32,
    /// The members as listed; two cords on one feed name the feed twice and are one member.
    pub of: Vec<AssetId>,
}

impl AnyOf {
    /// The members that can fail independently: each once, in the order first listed.
    #[must_use]
    pub fn distinct(&self) -> Vec<&AssetId> {
        let mut seen = BTreeSet::new();
        self.of.iter().filter(|member| seen.insert(*member)).collect()
    }
}

/// Anything that can fail: a feed, a circuit, a server, a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// An open word: `feed`, `panel`, `server`, `service`, `site`, …
    pub kind: String,
    /// What people call it.
    pub name: Option<String>,
    /// The vendor whose maintenance concerns it directly; without one, those of what it needs concern it.
    pub vendor: Option<VendorId>,
    /// The vendor's account it belongs to.
    pub account: Option<String>,
    /// The site it stands in: a failure domain, shared with its neighbours. It is no need: an asset that works only while
    /// the site does says so in `all_of` as well.
    pub site: Option<AssetId>,
    /// It works only while all of these do.
    pub all_of: Vec<AssetId>,
    /// It works only while enough of each group do.
    pub any_of: Vec<AnyOf>,
    /// The vendor's names for it.
    pub aliases: Vec<String>,
    /// What it can carry: the rating of a breaker or feed, the bandwidth of a circuit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Quantity>,
    /// The part of the capacity that lasting load may take; [`Share::DEFAULT`] where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_share: Option<Share>,
    /// What it draws, over all its cords together; not what goes through it to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Quantity>,
}

impl Asset {
    /// Everything it needs directly, by any path; an asset needed twice comes twice.
    pub fn needs(&self) -> impl Iterator<Item = &AssetId> {
        self.all_of.iter().chain(self.any_of.iter().flat_map(|group| &group.of))
    }

    /// The load it may carry for long: its share of its capacity. None where no capacity is stated.
    #[must_use]
    pub fn may_carry(&self) -> Option<Quantity> {
        Some(self.max_share.unwrap_or(Share::DEFAULT).of(self.capacity?))
    }
}

/// A vendor as this user knows it: account, contract, contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    /// Its id.
    pub id: VendorId,
    /// What people call it.
    pub name: String,
    /// What it calls itself in its notices, where that is neither its id nor its name: `NTT (AS2914)`, `example.com`.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The user's account with it.
    pub account: Option<String>,
    /// The zone its local times are shown in.
    pub zone: String,
    /// What the user's contract says; it overrides what the vendor's profile says, term by term.
    #[serde(default)]
    pub terms: StatedTerms,
}
