//! Dated versions of the inventory, kept item by item: a row holds for a range of versions, so that a change writes what
//! differs and a question reads what it asks about.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;

use super::column::{document, firsts, free, instant, json, micros, number, word};
use super::fault::{Fault, Outcome};
use super::session::{Session, Step, Value};
use crate::inventory::{Asset, ChecklistItem, Customer, Inventory, Peers, PeersByKind, Pieces, Vendor};
use crate::names::{AssetId, Digest, VendorId};
use crate::store::changes::NewInventory;
use crate::store::found::{Dated, InventoryVersion};
pub(super) use crate::store::sqlite::inventory::Held;
use crate::store::sqlite::inventory::{OPEN, Rest, sort};

/// Adds a version unless it is equal to the newest; gives its number.
pub(super) fn put(session: &Session, new: &NewInventory) -> Outcome<Option<u32>> {
    let digest = Digest::of(json(&new.inventory)?.as_bytes());
    let newest = session.row("SELECT version, digest FROM inventory ORDER BY version DESC LIMIT 1", &[])?;
    let newest: Option<(i64, String)> =
        newest.map(|row| Outcome::Ok((row.try_get(0)?, row.try_get(1)?))).transpose()?;
    if newest.as_ref().is_some_and(|(_, kept)| kept == digest.as_str()) {
        return Ok(None);
    }
    let version = newest.map_or(1, |(version, _)| version + 1);
    session.run(
        "INSERT INTO inventory (version, applied_at, digest) VALUES ($1, $2, $3)",
        &[&version, &micros(new.applied_at), &digest.as_str()],
    )?;
    put_items(session, version, &new.inventory)?;
    number("version of the inventory", version).map(Some)
}

/// Takes the documents apart that versions were kept as before: the part of migration 6 that SQL cannot do.
pub(super) fn take_apart(session: &Session) -> Outcome<()> {
    for row in session.rows("SELECT version, document FROM inventory ORDER BY version", &[])? {
        put_items(session, row.try_get(0)?, &document("inventory", row.try_get(1)?)?)?;
    }
    session.batch("ALTER TABLE inventory DROP COLUMN document")
}

fn put_items(session: &Session, version: i64, inventory: &Inventory) -> Outcome<()> {
    let items = Items { session, version };
    items.put(sort::VENDOR, inventory.vendors.iter().map(|(id, vendor)| (id.as_str(), vendor)))?;
    let changed = items.put(sort::ASSET, inventory.assets.iter().map(|(id, asset)| (id.as_str(), asset)))?;
    items.put(sort::CUSTOMER, inventory.customers.iter().map(|(id, customer)| (id.as_str(), customer)))?;
    items.put(sort::CHECKLIST, inventory.checklist.iter().map(|(id, item)| (id.as_str(), item)))?;
    items.put(sort::PEERS, inventory.peers().iter().map(|(kind, peers)| (kind.as_str(), peers)))?;
    let rest = Rest { staff: inventory.staff.clone(), taught: inventory.taught.clone() };
    items.put(sort::REST, std::iter::once(("", &rest)))?;
    let changed = inventory.assets.values().filter(|asset| changed.contains(asset.id.as_str()));
    let names: BTreeSet<(String, &str)> = changed
        .flat_map(|asset| asset.name_keys().into_iter().map(move |key| (free(&key).into_owned(), asset.id.as_str())))
        .collect();
    let keys: Vec<&str> = names.iter().map(|(key, _)| key.as_str()).collect();
    let assets: Vec<&str> = names.iter().map(|(_, asset)| *asset).collect();
    session.run(
        "INSERT INTO inventory_name (key, asset) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
        &[&keys, &assets],
    )?;
    Ok(())
}

/// The items of one version.
struct Items<'s> {
    session: &'s Session,
    version: i64,
}

impl Items<'_> {
    /// Writes what differs from the version before, which was the newest; gives the ids of what is new or another.
    fn put<'i, T: Serialize + 'i>(
        &self,
        sort: &str,
        items: impl Iterator<Item = (&'i str, &'i T)>,
    ) -> Outcome<HashSet<&'i str>> {
        let before = "SELECT id, document FROM inventory_item WHERE sort = $1 AND until = $2";
        let mut before: BTreeMap<String, String> = self
            .session
            .rows(before, &[&sort, &OPEN])?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Outcome<_>>()?;
        let (mut ended, mut ids, mut documents) = (Vec::new(), Vec::new(), Vec::new());
        for (id, item) in items {
            let document = json(item)?;
            match before.remove(&*free(id)) {
                Some(kept) if kept == document => continue,
                Some(_) => ended.push(free(id).into_owned()),
                None => {}
            }
            ids.push(id);
            documents.push(document);
        }
        ended.extend(before.into_keys());
        let kept: Vec<_> = ids.iter().map(|id| free(id)).collect();
        self.session.flight(vec![
            Step {
                sql: "UPDATE inventory_item SET until = $3 WHERE sort = $1 AND id = ANY($2) AND until = $4",
                values: vec![&sort, &ended, &self.version, &OPEN],
            },
            Step {
                sql: "INSERT INTO inventory_item (sort, id, since, until, document)
                      SELECT $1, id, $3, $4, document FROM unnest($2::text[], $5::text[]) AS t (id, document)",
                values: vec![&sort, &kept, &self.version, &OPEN, &documents],
            },
        ])?;
        Ok(ids.into_iter().collect())
    }

    /// All of a sort, by id.
    fn all<K: Ord, T: DeserializeOwned>(&self, sort: &str, id: impl Fn(&T) -> K) -> Outcome<BTreeMap<K, T>> {
        let sql = "SELECT document FROM inventory_item WHERE sort = $1 AND since <= $2 AND until > $2 ORDER BY id";
        let items = self.session.rows(sql, &[&sort, &self.version])?;
        items
            .iter()
            .map(|row| {
                let item: T = document(ITEM, row.try_get(0)?)?;
                Ok((id(&item), item))
            })
            .collect()
    }

    /// Some of a sort, by id.
    fn some<T: DeserializeOwned>(&self, sort: &str, ids: &[&str]) -> Outcome<Vec<(String, T)>> {
        let sql = "SELECT id, document FROM inventory_item
                   WHERE sort = $1 AND id = ANY($2) AND since <= $3 AND until > $3 ORDER BY id";
        let ids: Vec<_> = ids.iter().map(|id| free(id)).collect();
        let rows = self.session.rows(sql, &[&sort, &ids, &self.version])?;
        rows.iter().map(|row| Ok((super::column::freed(row.try_get(0)?), document(ITEM, row.try_get(1)?)?))).collect()
    }

    fn inventory(&self) -> Outcome<Inventory> {
        let rest = self.some::<Rest>(sort::REST, &[""])?.pop();
        let Rest { staff, taught } = rest.map(|(_, rest)| rest).unwrap_or_default();
        Ok(Inventory {
            vendors: self.all(sort::VENDOR, |vendor: &Vendor| vendor.id.clone())?,
            assets: self.all(sort::ASSET, |asset: &Asset| asset.id.clone())?,
            customers: self.all(sort::CUSTOMER, |customer: &Customer| customer.id.clone())?,
            checklist: self.all(sort::CHECKLIST, |item: &ChecklistItem| item.id.clone())?,
            staff,
            taught,
            ..Inventory::default()
        })
    }
}

/// What an unreadable one is called.
const ITEM: &str = "item of the inventory";

impl Pieces for Items<'_> {
    type Error = Fault;

    fn assets(&self, ids: &BTreeSet<AssetId>) -> Outcome<Vec<Asset>> {
        let ids: Vec<&str> = ids.iter().map(AssetId::as_str).collect();
        Ok(self.some(sort::ASSET, &ids)?.into_iter().map(|(_, asset)| asset).collect())
    }

    fn named(&self, keys: &BTreeSet<String>) -> Outcome<BTreeSet<AssetId>> {
        let keys: Vec<_> = keys.iter().map(|key| free(key)).collect();
        let named = self.session.rows("SELECT asset FROM inventory_name WHERE key = ANY($1)", &[&keys])?;
        firsts(&named)?.into_iter().map(|id| word("asset id", id)).collect()
    }

    fn vendors(&self, ids: &BTreeSet<VendorId>) -> Outcome<Vec<Vendor>> {
        let ids: Vec<&str> = ids.iter().map(VendorId::as_str).collect();
        Ok(self.some(sort::VENDOR, &ids)?.into_iter().map(|(_, vendor)| vendor).collect())
    }

    fn peers(&self, kinds: &BTreeSet<String>) -> Outcome<PeersByKind> {
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        Ok(self.some::<Vec<Peers>>(sort::PEERS, &kinds)?.into_iter().collect())
    }
}

/// A version without what is in it.
struct Numbered {
    version: i64,
    applied_at: i64,
    digest: Digest,
}

impl Numbered {
    fn whole(self, session: &Session, held: &Held) -> Outcome<InventoryVersion> {
        let inventory = held.get(&self.digest, || Items { session, version: self.version }.inventory())?;
        let version = number("version of the inventory", self.version)?;
        Ok(InventoryVersion { version, applied_at: instant(self.applied_at)?, digest: self.digest, inventory })
    }
}

/// The first row of a query for number, instant and digest.
fn numbered(session: &Session, sql: &str, values: &[Value<'_>]) -> Outcome<Option<Numbered>> {
    let numbered = |row: Row| {
        Ok(Numbered { version: row.try_get(0)?, applied_at: row.try_get(1)?, digest: word("digest", row.try_get(2)?)? })
    };
    session.row(sql, values)?.map(numbered).transpose()
}

fn in_force(session: &Session, at: DateTime<Utc>) -> Outcome<Option<Numbered>> {
    let sql = "SELECT version, applied_at, digest FROM inventory WHERE applied_at <= $1
               ORDER BY applied_at DESC, version DESC LIMIT 1";
    numbered(session, sql, &[&micros(at)])
}

fn oldest(session: &Session) -> Outcome<Option<Numbered>> {
    numbered(session, "SELECT version, applied_at, digest FROM inventory ORDER BY applied_at, version LIMIT 1", &[])
}

pub(super) fn latest(session: &Session, held: &Held) -> Outcome<Option<InventoryVersion>> {
    let sql = "SELECT version, applied_at, digest FROM inventory ORDER BY version DESC LIMIT 1";
    numbered(session, sql, &[])?.map(|version| version.whole(session, held)).transpose()
}

pub(super) fn versions(session: &Session) -> Outcome<Vec<(u32, DateTime<Utc>)>> {
    let version = |row: &Row| Ok((number("version of the inventory", row.try_get(0)?)?, instant(row.try_get(1)?)?));
    session.rows("SELECT version, applied_at FROM inventory ORDER BY version DESC", &[])?.iter().map(version).collect()
}

pub(super) fn as_of(session: &Session, held: &Held, at: DateTime<Utc>) -> Outcome<Option<Dated>> {
    if let Some(version) = in_force(session, at)? {
        return Ok(Some(Dated::InForce(version.whole(session, held)?)));
    }
    let oldest = oldest(session)?.map(|version| version.whole(session, held)).transpose()?;
    Ok(oldest.map(Dated::DeclaredLater))
}

pub(super) fn part(
    session: &Session,
    at: DateTime<Utc>,
    assets: &[AssetId],
    names: &[String],
) -> Outcome<Option<Inventory>> {
    let version = in_force(session, at)?.map_or_else(|| oldest(session), |version| Ok(Some(version)))?;
    let part = |version: Numbered| Inventory::part_of(&Items { session, version: version.version }, assets, names);
    version.map(part).transpose()
}
