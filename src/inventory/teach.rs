//! Names that a person taught: a vendor's name for an asset, beside those in the files.
//!
//! They are kept with the inventory, so that applying the files again does not forget them, until the files say the same
//! or say otherwise.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::declared::Inventory;
use crate::names::{AssetId, VendorId};

/// A name that somebody taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taught {
    /// Whose name it is.
    pub vendor: VendorId,
    /// As the vendor writes it.
    pub name: String,
    /// What it means.
    pub asset: AssetId,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why a name cannot be taught.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotTeach {
    /// The vendor's names are looked for among its own assets and those of no vendor.
    #[error("`{asset}` is of vendor `{owner}`, and a name of `{vendor}` never means it")]
    OfAnother {
        /// The asset.
        asset: AssetId,
        /// Its vendor.
        owner: VendorId,
        /// Whose name it should get.
        vendor: VendorId,
    },
    /// It would mean two things.
    #[error("`{name}` already means `{asset}`")]
    Taken {
        /// The name.
        name: String,
        /// What it means.
        asset: AssetId,
    },
    /// It means that already.
    #[error("`{name}` means `{asset}` already")]
    Known {
        /// The name.
        name: String,
        /// What it means.
        asset: AssetId,
    },
}

impl Inventory {
    /// The same with one name more. Teaching an asset of no vendor a name teaches it for every vendor's notices.
    ///
    /// # Errors
    /// [`CannotTeach`]. The asset must be one of the inventory.
    pub fn teach(&self, taught: Taught) -> Result<Self, CannotTeach> {
        let Taught { vendor, name, asset, .. } = taught.clone();
        let owner = self.assets.get(&asset).and_then(|asset| asset.vendor.clone());
        if let Some(owner) = owner.filter(|owner| *owner != vendor) {
            return Err(CannotTeach::OfAnother { asset, owner, vendor });
        }
        if let Some(known) = self.match_name(&vendor, &name).asset {
            return Err(if known == asset {
                CannotTeach::Known { name, asset }
            } else {
                CannotTeach::Taken { name, asset: known }
            });
        }
        let mut with = self.clone();
        with.take_in(taught);
        Ok(with)
    }

    /// The same without a taught name; none when nobody taught it.
    #[must_use]
    pub fn forget(&self, vendor: &VendorId, name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let at = self.taught.iter().position(|known| known.vendor == *vendor && known.name.to_lowercase() == name)?;
        let mut without = self.clone();
        let gone = without.taught.remove(at);
        if let Some(asset) = without.assets.get_mut(&gone.asset) {
            asset.aliases.retain(|alias| alias.to_lowercase() != name);
        }
        Some(without)
    }

    /// Takes over what was taught to the version before, and gives back what it cannot: names whose asset is gone or is
    /// another vendor's now, and names that the files give to another asset. What the files say themselves is no longer
    /// taught. To be called before the inventory is asked anything.
    pub fn keep_taught(&mut self, before: &Self) -> Vec<Taught> {
        if before.taught.is_empty() {
            return Vec::new();
        }
        // One pass over the assets, however many names were taught.
        let mut holders: HashMap<String, Vec<(AssetId, Option<VendorId>)>> =
            before.taught.iter().map(|taught| (taught.name.to_lowercase(), Vec::new())).collect();
        for asset in self.assets.values() {
            for name in std::iter::once(asset.id.as_str()).chain(asset.aliases.iter().map(String::as_str)) {
                if let Some(holders) = holders.get_mut(&name.to_lowercase()) {
                    holders.push((asset.id.clone(), asset.vendor.clone()));
                }
            }
        }
        let mut lost = Vec::new();
        for taught in &before.taught {
            let of_it = |owner: &Option<VendorId>| owner.as_ref().is_none_or(|owner| *owner == taught.vendor);
            let may_have_it = self.assets.get(&taught.asset).is_some_and(|asset| of_it(&asset.vendor));
            let holders = holders.get(&taught.name.to_lowercase()).into_iter().flatten();
            let mut holders = holders.filter(|(_, owner)| of_it(owner)).map(|(asset, _)| asset);
            match (holders.next(), may_have_it) {
                (Some(holder), _) if *holder == taught.asset => {}
                (None, true) => self.take_in(taught.clone()),
                (Some(_), _) | (None, false) => lost.push(taught.clone()),
            }
        }
        lost
    }

    fn take_in(&mut self, taught: Taught) {
        if let Some(asset) = self.assets.get_mut(&taught.asset) {
            asset.aliases.push(taught.name.clone());
        }
        self.taught.push(taught);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{asset_id, inventory, vendor_id};
    use super::*;

    const KNOWN: &str = r#"
        vendor = [{ id = "dc", zone = "UTC" }, { id = "isp", zone = "UTC" }]
        asset = [
            { id = "feed-a", kind = "feed", vendor = "dc" },
            { id = "feed-b", kind = "feed", vendor = "dc", aliases = ["North"] },
            { id = "rack-7", kind = "rack" },
        ]
    "#;

    fn taught(vendor: &str, name: &str, asset: &str) -> Taught {
        let at = DateTime::from_timestamp(0, 0).expect("an instant");
        Taught { vendor: vendor_id(vendor), name: name.into(), asset: asset_id(asset), by: "ada".into(), at }
    }

    #[track_caller]
    fn check(vendor: &str, name: &str, asset: &str, expected: Result<(), &str>) {
        let got = inventory(KNOWN).teach(taught(vendor, name, asset));
        let got = got.map(|with| assert_eq!(with.match_name(&vendor_id(vendor), name).asset, Some(asset_id(asset))));
        assert_eq!(got.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn a_name_is_taught_where_a_notice_can_mean_it() {
        check("dc", "Main hall supply 1", "feed-a", Ok(()));
        check("isp", "Cage 12", "rack-7", Ok(()));
        check("isp", "Supply", "feed-a", Err("`feed-a` is of vendor `dc`, and a name of `isp` never means it"));
        check("dc", "NORTH", "feed-a", Err("`NORTH` already means `feed-b`"));
        check("dc", "Feed A", "feed-a", Err("`Feed A` means `feed-a` already"));
    }

    /// `kept` and `lost`: how many names are still taught, and how many are not, after these files were applied.
    #[track_caller]
    fn check_next(files: &str, kept: usize, lost: usize) {
        let before = inventory(KNOWN).teach(taught("dc", "Supply 1", "feed-a")).expect("a new name");
        let mut next = inventory(files);
        assert_eq!((next.keep_taught(&before).len(), next.taught.len()), (lost, kept));
        if kept > 0 {
            assert_eq!(next.match_name(&vendor_id("dc"), "supply 1").asset, Some(asset_id("feed-a")));
        }
    }

    #[test]
    fn what_was_taught_stays_until_the_files_say_it_or_say_otherwise() {
        let vendor = "vendor = [{ id = 'dc', zone = 'UTC' }, { id = 'isp', zone = 'UTC' }]\n";
        check_next(KNOWN, 1, 0);
        let feed = |rest: &str| format!("{vendor}asset = [{{ id = 'feed-a', kind = 'feed', {rest} }}]");
        check_next(&feed("vendor = 'dc', aliases = ['supply 1']"), 0, 0);
        check_next(&feed("vendor = 'isp'"), 0, 1);
        check_next(&format!("{vendor}asset = [{{ id = 'feed-b', kind = 'feed' }}]"), 0, 1);
        let other = "{ id = 'feed-b', kind = 'feed', vendor = 'dc', aliases = ['Supply 1'] }";
        check_next(&format!("{vendor}asset = [{{ id = 'feed-a', kind = 'feed', vendor = 'dc' }}, {other}]"), 0, 1);
    }

    #[test]
    fn what_is_forgotten_means_nothing_again() {
        let with = inventory(KNOWN).teach(taught("dc", "Supply 1", "feed-a")).expect("a new name");
        assert_eq!(with.forget(&vendor_id("dc"), " SUPPLY 1 "), Some(inventory(KNOWN)));
        assert_eq!(with.forget(&vendor_id("dc"), "North"), None);
    }
}
