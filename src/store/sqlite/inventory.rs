//! Dated versions of the inventory, kept item by item: a row holds for a range of versions, so that a change writes what
//! differs and a question reads what it asks about.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::column::{document, instant, json, micros, number, word};
use super::fault::{Fault, Outcome};
use crate::inventory::{Asset, Contact, Inventory, Peers, PeersByKind, Pieces, Taught, Vendor};
use crate::names::{AssetId, Digest, VendorId};
use crate::store::changes::NewInventory;
use crate::store::found::{Dated, InventoryVersion};

/// The `until` of what no version has ended.
pub(in crate::store) const OPEN: i64 = i64::MAX;

/// The sorts of items, as the column has them.
pub(in crate::store) mod sort {
    pub(in crate::store) const VENDOR: &str = "vendor";
    pub(in crate::store) const ASSET: &str = "asset";
    pub(in crate::store) const CUSTOMER: &str = "customer";
    pub(in crate::store) const CHECKLIST: &str = "checklist";
    /// By kind of asset: an array of [`super::Peers`].
    pub(in crate::store) const PEERS: &str = "peers";
    pub(in crate::store) const REST: &str = "rest";
}

/// What there is one of in each version.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::store) struct Rest {
    pub(in crate::store) staff: Vec<Contact>,
    pub(in crate::store) taught: Vec<Taught>,
}

/// Adds a version unless it is equal to the newest; gives its number.
pub(super) fn put(conn: &Connection, new: &NewInventory) -> Outcome<Option<u32>> {
    let digest = Digest::of(json(&new.inventory)?.as_bytes());
    let newest: Option<(i64, String)> = conn
        .prepare_cached("SELECT version, digest FROM inventory ORDER BY version DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if newest.as_ref().is_some_and(|(_, kept)| kept == digest.as_str()) {
        return Ok(None);
    }
    let version = newest.map_or(1, |(version, _)| version + 1);
    conn.prepare_cached("INSERT INTO inventory (version, applied_at, digest) VALUES (?1, ?2, ?3)")?
        .execute(params![version, micros(new.applied_at), digest.as_str()])?;
    put_items(conn, version, &new.inventory)?;
    number("version of the inventory", version).map(Some)
}

/// Takes the documents apart that versions were kept as before: the part of migration 6 that SQL cannot do.
pub(super) fn take_apart(conn: &Connection) -> Outcome<()> {
    let versions: Vec<i64> = conn
        .prepare("SELECT version FROM inventory ORDER BY version")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for version in versions {
        let text: String =
            conn.query_row("SELECT document FROM inventory WHERE version = ?1", [version], |row| row.get(0))?;
        put_items(conn, version, &document("inventory", &text)?)?;
    }
    Ok(conn.execute_batch("ALTER TABLE inventory DROP COLUMN document")?)
}

fn put_items(conn: &Connection, version: i64, inventory: &Inventory) -> Outcome<()> {
    let items = Items { conn, version };
    items.put(sort::VENDOR, inventory.vendors.iter().map(|(id, vendor)| (id.as_str(), vendor)))?;
    let changed = items.put(sort::ASSET, inventory.assets.iter().map(|(id, asset)| (id.as_str(), asset)))?;
    items.put(sort::CUSTOMER, inventory.customers.iter().map(|(id, customer)| (id.as_str(), customer)))?;
    items.put(sort::CHECKLIST, inventory.checklist.iter().map(|(id, item)| (id.as_str(), item)))?;
    items.put(sort::PEERS, inventory.peers().iter().map(|(kind, peers)| (kind.as_str(), peers)))?;
    let rest = Rest { staff: inventory.staff.clone(), taught: inventory.taught.clone() };
    items.put(sort::REST, std::iter::once(("", &rest)))?;
    // In their order, so that each goes beside the one before.
    let changed = inventory.assets.values().filter(|asset| changed.contains(asset.id.as_str()));
    let keys = changed.flat_map(|asset| {
        let keys = asset.name_keys().into_iter();
        keys.map(move |key| (key, asset.id.as_str()))
    });
    let keys: BTreeSet<(String, &str)> = keys.collect();
    let mut insert =
        conn.prepare_cached("INSERT INTO inventory_name (key, asset) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    keys.iter().try_for_each(|(key, asset)| insert.execute(params![key, asset]).map(|_| ()))?;
    Ok(())
}

/// The items of one version.
struct Items<'c> {
    conn: &'c Connection,
    version: i64,
}

impl Items<'_> {
    /// Writes what differs from the version before, which was the newest; gives the ids of what is new or another.
    fn put<'i, T: Serialize + 'i>(
        &self,
        sort: &str,
        items: impl Iterator<Item = (&'i str, &'i T)>,
    ) -> Outcome<HashSet<&'i str>> {
        let mut before: BTreeMap<String, String> = self
            .conn
            .prepare_cached("SELECT id, document FROM inventory_item WHERE sort = ?1 AND until = ?2")?
            .query_map(params![sort, OPEN], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut end = self
            .conn
            .prepare_cached("UPDATE inventory_item SET until = ?3 WHERE sort = ?1 AND id = ?2 AND until = ?4")?;
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO inventory_item (sort, id, since, until, document) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let mut changed = HashSet::new();
        for (id, item) in items {
            let document = json(item)?;
            match before.remove(id) {
                Some(kept) if kept == document => continue,
                Some(_) => {
                    end.execute(params![sort, id, self.version, OPEN])?;
                }
                None => {}
            }
            insert.execute(params![sort, id, self.version, OPEN, document])?;
            changed.insert(id);
        }
        for gone in before.keys() {
            end.execute(params![sort, gone, self.version, OPEN])?;
        }
        Ok(changed)
    }

    /// All of a sort, by id.
    fn all<K: Ord, T: DeserializeOwned>(&self, sort: &str, id: impl Fn(&T) -> K) -> Outcome<BTreeMap<K, T>> {
        let sql = "SELECT document FROM inventory_item WHERE sort = ?1 AND since <= ?2 AND until > ?2 ORDER BY id";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut rows = select.query(params![sort, self.version])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            let item: T = read(row)?;
            items.push((id(&item), item));
        }
        // Of what comes in its order a map is built faster than item by item.
        Ok(items.into_iter().collect())
    }

    fn one<T: DeserializeOwned>(&self, sort: &str, id: &str) -> Outcome<Option<T>> {
        let mut select = self.conn.prepare_cached(ITEM)?;
        let mut rows = select.query(params![sort, id, self.version])?;
        rows.next()?.map(read).transpose()
    }

    fn inventory(&self) -> Outcome<Inventory> {
        let Rest { staff, taught } = self.one(sort::REST, "")?.unwrap_or_default();
        Ok(Inventory {
            vendors: self.all(sort::VENDOR, |vendor: &Vendor| vendor.id.clone())?,
            assets: self.all(sort::ASSET, |asset: &Asset| asset.id.clone())?,
            customers: self.all(sort::CUSTOMER, |customer: &crate::inventory::Customer| customer.id.clone())?,
            checklist: self.all(sort::CHECKLIST, |item: &crate::inventory::ChecklistItem| item.id.clone())?,
            staff,
            taught,
            ..Inventory::default()
        })
    }
}

/// An item as the version `?3` has it.
pub(super) const ITEM: &str = "SELECT document FROM inventory_item
    WHERE sort = ?1 AND id = ?2 AND since <= ?3 AND until > ?3 ORDER BY since DESC LIMIT 1";

/// The assets that ever had a name.
pub(super) const NAMED: &str = "SELECT asset FROM inventory_name WHERE key = ?1";

fn read<T: DeserializeOwned>(row: &Row<'_>) -> Outcome<T> {
    document("item of the inventory", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)
}

impl Pieces for Items<'_> {
    type Error = Fault;

    fn assets(&self, ids: &BTreeSet<AssetId>) -> Outcome<Vec<Asset>> {
        ids.iter().filter_map(|id| self.one(sort::ASSET, id.as_str()).transpose()).collect()
    }

    fn named(&self, keys: &BTreeSet<String>) -> Outcome<BTreeSet<AssetId>> {
        let mut select = self.conn.prepare_cached(NAMED)?;
        let mut named = BTreeSet::new();
        for key in keys {
            for id in select.query_map([key], |row| row.get(0))? {
                named.insert(word("asset id", id?)?);
            }
        }
        Ok(named)
    }

    fn vendors(&self, ids: &BTreeSet<VendorId>) -> Outcome<Vec<Vendor>> {
        ids.iter().filter_map(|id| self.one(sort::VENDOR, id.as_str()).transpose()).collect()
    }

    fn peers(&self, kinds: &BTreeSet<String>) -> Outcome<PeersByKind> {
        let of_kind = |kind: &String| -> Option<Outcome<(String, Vec<Peers>)>> {
            let peers = self.one(sort::PEERS, kind).transpose()?;
            Some(peers.map(|peers| (kind.clone(), peers)))
        };
        kinds.iter().filter_map(of_kind).collect()
    }
}

/// Inventories held in memory, newest use first, by the digest of their documents: reading one of 10,000 customers takes
/// a tenth of a second, and it is asked for with every notice.
#[derive(Debug, Default)]
pub(in crate::store) struct Held(RefCell<Vec<(Digest, Arc<Inventory>)>>);

/// Most inventories held: that of today, and those of the outages judged along with it.
const MAX_HELD: usize = 4;

impl Held {
    /// The inventory of this digest, read by `read` unless it is held.
    pub(in crate::store) fn get(
        &self,
        digest: &Digest,
        read: impl FnOnce() -> Outcome<Inventory>,
    ) -> Outcome<Arc<Inventory>> {
        let mut held = self.0.borrow_mut();
        let found = match held.iter().position(|(known, _)| known == digest) {
            Some(place) => held.remove(place).1,
            None => Arc::new(read()?),
        };
        held.insert(0, (digest.clone(), Arc::clone(&found)));
        held.truncate(MAX_HELD);
        Ok(found)
    }
}

/// A version without what is in it.
struct Numbered {
    version: i64,
    applied_at: i64,
    digest: Digest,
}

impl Numbered {
    fn whole(self, conn: &Connection, held: &Held) -> Outcome<InventoryVersion> {
        let inventory = held.get(&self.digest, || Items { conn, version: self.version }.inventory())?;
        let version = number("version of the inventory", self.version)?;
        Ok(InventoryVersion { version, applied_at: instant(self.applied_at)?, digest: self.digest, inventory })
    }
}

/// The first row of a query for number, instant and digest.
fn numbered(conn: &Connection, sql: &str, values: impl Params) -> Outcome<Option<Numbered>> {
    let row = |row: &Row<'_>| -> rusqlite::Result<(i64, i64, String)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
    let found = conn.prepare_cached(sql)?.query_row(values, row).optional()?;
    found
        .map(|(version, applied_at, digest)| Ok(Numbered { version, applied_at, digest: word("digest", digest)? }))
        .transpose()
}

fn in_force(conn: &Connection, at: DateTime<Utc>) -> Outcome<Option<Numbered>> {
    let sql = "SELECT version, applied_at, digest FROM inventory WHERE applied_at <= ?1
               ORDER BY applied_at DESC, version DESC LIMIT 1";
    numbered(conn, sql, [micros(at)])
}

fn oldest(conn: &Connection) -> Outcome<Option<Numbered>> {
    numbered(conn, "SELECT version, applied_at, digest FROM inventory ORDER BY applied_at, version LIMIT 1", [])
}

pub(super) fn latest(conn: &Connection, held: &Held) -> Outcome<Option<InventoryVersion>> {
    let newest = numbered(conn, "SELECT version, applied_at, digest FROM inventory ORDER BY version DESC LIMIT 1", [])?;
    newest.map(|version| version.whole(conn, held)).transpose()
}

pub(super) fn versions(conn: &Connection) -> Outcome<Vec<(u32, DateTime<Utc>)>> {
    conn.prepare_cached("SELECT version, applied_at FROM inventory ORDER BY version DESC")?
        .query_and_then([], |row| Ok((number("version of the inventory", row.get(0)?)?, instant(row.get(1)?)?)))?
        .collect()
}

pub(super) fn as_of(conn: &Connection, held: &Held, at: DateTime<Utc>) -> Outcome<Option<Dated>> {
    if let Some(version) = in_force(conn, at)? {
        return Ok(Some(Dated::InForce(version.whole(conn, held)?)));
    }
    let oldest = oldest(conn)?.map(|version| version.whole(conn, held)).transpose()?;
    Ok(oldest.map(Dated::DeclaredLater))
}

pub(super) fn part(
    conn: &Connection,
    at: DateTime<Utc>,
    assets: &[AssetId],
    names: &[String],
) -> Outcome<Option<Inventory>> {
    let version = in_force(conn, at)?.map_or_else(|| oldest(conn), |version| Ok(Some(version)))?;
    let part = |version: Numbered| Inventory::part_of(&Items { conn, version: version.version }, assets, names);
    version.map(part).transpose()
}
