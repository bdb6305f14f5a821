//! A part of an inventory: what a question about some assets needs of it, and no more.
//!
//! A verdict about one asset of 100,000 needs that asset and what it needs, the assets that the names in some notices mean,
//! and how many others there are of its kind. Whoever keeps an inventory can find these without reading the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::asset::{Asset, Vendor};
use super::declared::Inventory;
use super::index::{Index, name_key};
use crate::names::{AssetId, VendorId};

/// How many assets of one kind there are that the maintenance of the same vendors concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// The vendors of each of them and of everything it needs, sorted.
    pub vendors: Vec<VendorId>,
    /// How many stand at each site.
    pub sites: BTreeMap<AssetId, u32>,
    /// How many name no site.
    pub elsewhere: u32,
}

/// All assets counted, by kind; the peers of each by their vendors.
pub type PeersByKind = BTreeMap<String, Vec<Peers>>;

/// Whoever keeps an inventory, asked for the pieces of a part of it.
pub trait Pieces {
    /// Why a piece cannot be had.
    type Error;

    /// Those of these assets that there are.
    ///
    /// # Errors
    /// Whatever keeps them fails; so for all of these.
    fn assets(&self, ids: &BTreeSet<AssetId>) -> Result<Vec<Asset>, Self::Error>;

    /// The assets with a name of one of these keys (see [`Asset::name_keys`]); others that had one once may come too.
    ///
    /// # Errors
    /// As [`Self::assets`].
    fn named(&self, keys: &BTreeSet<String>) -> Result<BTreeSet<AssetId>, Self::Error>;

    /// Those of these vendors that there are.
    ///
    /// # Errors
    /// As [`Self::assets`].
    fn vendors(&self, ids: &BTreeSet<VendorId>) -> Result<Vec<Vendor>, Self::Error>;

    /// The peers of these kinds, as [`Inventory::peers`] counts them.
    ///
    /// # Errors
    /// As [`Self::assets`].
    fn peers(&self, kinds: &BTreeSet<String>) -> Result<PeersByKind, Self::Error>;
}

impl Asset {
    /// What its id and its aliases are looked up by: names that [`Inventory::match_name`] may take for one have one key.
    #[must_use]
    pub fn name_keys(&self) -> BTreeSet<String> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str)).map(name_key).collect()
    }
}

impl Inventory {
    /// What a verdict about `assets` in the face of `names` rests on: these assets and everything they need, by any path,
    /// with the vendors of these; the assets that one of the names may mean; and how many there are of each kind of `assets`.
    ///
    /// About these assets and names a part answers as the whole does: [`find_asset`](Self::find_asset) and
    /// [`match_name`](Self::match_name) (but for the nearest name to one that nothing fits),
    /// [`vendors_of`](Self::vendors_of), [`group`](Self::group), [`shared_domains`](Self::shared_domains),
    /// [`single_feed`](Self::single_feed), and what [`touched_by`](Self::touched_by) says of them for their vendors.
    /// Customers, staff and checklists are left out.
    ///
    /// # Errors
    /// Those of `pieces`.
    pub fn part_of<P: Pieces>(pieces: &P, assets: &[AssetId], names: &[String]) -> Result<Self, P::Error> {
        let mut part = Self::default();
        let asked: BTreeSet<AssetId> = assets.iter().cloned().collect();
        let mut open = asked.clone();
        while !open.is_empty() {
            let found = pieces.assets(&open)?;
            open = found.iter().flat_map(Asset::needs).cloned().collect();
            part.assets.extend(found.into_iter().map(|asset| (asset.id.clone(), asset)));
            open.retain(|id| !part.assets.contains_key(id));
        }
        let vendors = part.assets.values().filter_map(|asset| asset.vendor.clone()).collect();
        let kinds = asked.iter().filter_map(|id| part.assets.get(id)).map(|asset| asset.kind.clone()).collect();
        let keys: BTreeSet<String> = names.iter().map(|name| name_key(name)).collect();
        let mut meant = pieces.named(&keys)?;
        meant.retain(|id| !part.assets.contains_key(id));
        let is_meant = |asset: &Asset| asset.name_keys().iter().any(|key| keys.contains(key));
        let meant = pieces.assets(&meant)?.into_iter().filter(is_meant);
        part.assets.extend(meant.map(|asset| (asset.id.clone(), asset)));
        part.vendors = pieces.vendors(&vendors)?.into_iter().map(|vendor| (vendor.id.clone(), vendor)).collect();
        part.counted = Some(pieces.peers(&kinds)?);
        Ok(part)
    }

    /// The part that [`Self::part_of`] makes of this inventory.
    #[must_use]
    pub fn part(&self, assets: &[AssetId], names: &[String]) -> Self {
        match Self::part_of(self, assets, names) {
            Ok(part) => part,
            Err(never) => match never {},
        }
    }

    /// All assets counted; of a part those of its kinds.
    #[must_use]
    pub fn peers(&self) -> &PeersByKind {
        self.counted.as_ref().unwrap_or_else(|| self.index().peers.get_or_init(|| counted(self, self.index())))
    }
}

/// An inventory keeps its own pieces.
impl Pieces for Inventory {
    type Error = Infallible;

    fn assets(&self, ids: &BTreeSet<AssetId>) -> Result<Vec<Asset>, Infallible> {
        Ok(ids.iter().filter_map(|id| self.assets.get(id)).cloned().collect())
    }

    fn named(&self, keys: &BTreeSet<String>) -> Result<BTreeSet<AssetId>, Infallible> {
        let index = self.index();
        let of_names = index.names.values().flat_map(|names| keys.iter().filter_map(|key| names.by_key.get(key)));
        Ok(of_names.flatten().map(|number| index.ids[*number].clone()).collect())
    }

    fn vendors(&self, ids: &BTreeSet<VendorId>) -> Result<Vec<Vendor>, Infallible> {
        Ok(ids.iter().filter_map(|id| self.vendors.get(id)).cloned().collect())
    }

    fn peers(&self, kinds: &BTreeSet<String>) -> Result<PeersByKind, Infallible> {
        let of_kind = |kind: &String| self.peers().get_key_value(kind);
        Ok(kinds.iter().filter_map(of_kind).map(|(kind, peers)| (kind.clone(), peers.clone())).collect())
    }
}

fn counted(inventory: &Inventory, index: &Index) -> PeersByKind {
    let mut places: HashMap<(&str, &[VendorId]), usize> = HashMap::new();
    let mut counted: PeersByKind = BTreeMap::new();
    for asset in inventory.assets.values() {
        let vendors = index.numbers.get(&asset.id).map_or(&[][..], |number| index.vendors[*number].as_slice());
        let of_kind = counted.entry(asset.kind.clone()).or_default();
        let place = *places.entry((&asset.kind, vendors)).or_insert_with(|| {
            of_kind.push(Peers { vendors: vendors.to_vec(), sites: BTreeMap::new(), elsewhere: 0 });
            of_kind.len() - 1
        });
        match &asset.site {
            Some(site) => *of_kind[place].sites.entry(site.clone()).or_default() += 1,
            None => of_kind[place].elsewhere += 1,
        }
    }
    for peers in counted.values_mut() {
        peers.sort_by(|a, b| a.vendors.cmp(&b.vendors));
    }
    counted
}
