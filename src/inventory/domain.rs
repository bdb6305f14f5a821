//! Failure domains: how many of which were down, and what several assets have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::asset::Asset;
use super::declared::Inventory;
use crate::names::{AssetId, VendorId};

/// How many assets of one failure domain were down, of how many of their kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainCount {
    /// The site; none for everything outside the sites named.
    pub domain: Option<AssetId>,
    /// How many of them were down.
    pub down: u32,
    /// How many there are.
    pub of: u32,
}

impl fmt::Display for DomainCount {
    /// `1 of 2 in joyent/us-east-1`, `0 of 5 elsewhere`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.domain {
            Some(domain) => write!(f, "{} of {} in {domain}", self.down, self.of),
            None => write!(f, "{} of {} elsewhere", self.down, self.of),
        }
    }
}

/// Something that several assets have in common: a site, or an asset that they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedDomain {
    /// What they share.
    pub domain: AssetId,
    /// Who shares it, by id; two at least.
    pub assets: Vec<AssetId>,
}

impl Inventory {
    /// How many of their peers were down with these assets: a row for each site that one of them stands in, by id, and a
    /// last row for everything elsewhere. Peers are of the same kind and of a vendor in common. No row is about nothing.
    #[must_use]
    pub fn group<'a>(&'a self, down: &[AssetId]) -> Vec<DomainCount> {
        let down: BTreeMap<_, _> = down.iter().filter_map(|id| Some((id, self.assets.get(id)?))).collect();
        let sites: BTreeSet<_> = down.values().filter_map(|asset| asset.site.as_ref()).collect();
        // A service listed beside its server has no site, and would count as a peer of nothing in every row.
        let placed: Vec<_> = down.values().filter(|asset| sites.is_empty() || asset.site.is_some()).copied().collect();
        let vendors: BTreeSet<_> = placed.iter().flat_map(|asset| self.known_vendors(asset)).collect();
        let kinds: BTreeSet<_> = placed.iter().map(|asset| asset.kind.as_str()).collect();
        let shares = |known: &[VendorId]| known.iter().any(|vendor| vendors.contains(vendor));
        // Keyed by "is it elsewhere" first, so that elsewhere comes last.
        let mut rows: BTreeMap<(bool, Option<&AssetId>), (u32, u32)> = BTreeMap::new();
        let mut count = |site: Option<&'a AssetId>, down: u32, of: u32| {
            let site = site.filter(|site| sites.contains(site));
            let row = rows.entry((site.is_none(), site)).or_default();
            *row = (row.0 + down, row.1 + of);
        };
        for peers in
            kinds.iter().filter_map(|kind| self.peers().get(*kind)).flatten().filter(|peers| shares(&peers.vendors))
        {
            peers.sites.iter().for_each(|(site, of)| count(Some(site), 0, *of));
            if peers.elsewhere > 0 {
                count(None, 0, peers.elsewhere);
            }
        }
        for asset in down.values().filter(|asset| kinds.contains(asset.kind.as_str())) {
            // What is of another vendor was not counted above.
            count(asset.site.as_ref(), 1, u32::from(!shares(self.known_vendors(asset))));
        }
        let row =
            |((_, site), (down, of)): ((bool, Option<&AssetId>), _)| DomainCount { domain: site.cloned(), down, of };
        rows.into_iter().map(row).collect()
    }

    fn known_vendors(&self, asset: &Asset) -> &[VendorId] {
        let index = self.index();
        index.numbers.get(&asset.id).map_or(&[], |number| index.vendors[*number].as_slice())
    }

    /// What several of these assets have in common: the assets they are or need, by any path, and the sites of those.
    /// What most of them share comes first, then by id.
    #[must_use]
    pub fn shared_domains(&self, assets: &[AssetId]) -> Vec<SharedDomain> {
        let mut shared: BTreeMap<AssetId, BTreeSet<&AssetId>> = BTreeMap::new();
        for asset in assets {
            let upstream = self.upstream(asset);
            let sites = upstream.iter().filter_map(|id| self.assets.get(id)?.site.clone()).collect::<Vec<_>>();
            for domain in upstream.into_iter().chain(sites) {
                shared.entry(domain).or_default().insert(asset);
            }
        }
        let mut shared: Vec<_> = shared
            .into_iter()
            .filter(|(_, assets)| assets.len() > 1)
            .map(|(domain, assets)| SharedDomain { domain, assets: assets.into_iter().cloned().collect() })
            .collect();
        shared.sort_by_key(|domain| std::cmp::Reverse(domain.assets.len()));
        shared
    }
}
