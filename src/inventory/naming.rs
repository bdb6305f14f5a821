//! Which asset a name means: a vendor's in a notice, a person's on the command line.

use super::asset::Asset;
use super::declared::Inventory;
use super::index::{Names, Number, name_key};
use super::scope::Match;
use crate::names::{AssetId, VendorId, alike, nearest};

/// How many names to either side of an unknown one, in alphabetical order, are looked at for the nearest. All of a
/// common inventory; of a very large one those that begin alike, so that an unknown name never costs a full search.
const NEIGHBOURS: usize = 1_000;

/// A typed name that is no asset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown asset `{typed}`")]
pub struct UnknownAsset {
    /// As typed.
    pub typed: String,
    /// The known name most like it.
    pub nearest: Option<String>,
}

impl UnknownAsset {
    /// What the user can do.
    #[must_use]
    pub fn help(&self) -> String {
        match &self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`inwindow apply DIR` loads the inventory; assets are declared there as `[[asset]]`".into(),
        }
    }
}

impl Inventory {
    /// The vendor that goes by this id, or whose name or alias makes it ([`VendorId::of_name`]): notices are read before
    /// anybody asks the inventory, under the name the vendor gives itself. What fits several vendors is none.
    #[must_use]
    pub fn vendor_named(&self, id: &VendorId) -> Option<&VendorId> {
        if let Some((known, _)) = self.vendors.get_key_value(id) {
            return Some(known);
        }
        let calls_itself = |name: &String| VendorId::of_name(name).as_ref() == Ok(id);
        let mut fitting = self
            .vendors
            .values()
            .filter(|vendor| calls_itself(&vendor.name) || vendor.aliases.iter().any(calls_itself))
            .map(|vendor| &vendor.id);
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// The asset that a vendor's name means, among the vendor's own assets and those of no vendor: an id as it stands,
    /// else an alias without regard to case, else the only id or alias that is equal but for case, spaces and dashes.
    /// What fits several assets equally well is no match.
    #[must_use]
    pub fn match_name(&self, vendor: &VendorId, name: &str) -> Match {
        let name = name.trim();
        let index = self.index();
        let known: Vec<_> = [Some(vendor.clone()), None].iter().filter_map(|owner| index.names.get(owner)).collect();
        let asset = self
            .exact(name)
            .filter(|asset| asset.vendor.as_ref().is_none_or(|owner| owner == vendor))
            .map(|asset| asset.id.clone())
            .or_else(|| self.alias_or_alike(name, &known));
        let nearest = if asset.is_none() { near(name, &known) } else { None };
        Match { name: name.to_owned(), asset, nearest }
    }

    /// The asset that a person means: an id, or an alias or a spelling that fits one asset alone.
    ///
    /// # Errors
    /// [`UnknownAsset`] with the nearest name, when no asset fits or several do.
    pub fn find_asset(&self, typed: &str) -> Result<&Asset, UnknownAsset> {
        let typed = typed.trim();
        let known: Vec<_> = self.index().names.values().collect();
        self.exact(typed)
            .or_else(|| self.assets.get(&self.alias_or_alike(typed, &known)?))
            .ok_or_else(|| UnknownAsset { typed: typed.to_owned(), nearest: near(typed, &known) })
    }

    /// Assets that a vendor's unknown name may mean: those whose ids and aliases are most like it, the likest first.
    #[must_use]
    pub fn candidates(&self, vendor: &VendorId, name: &str, limit: usize) -> Vec<AssetId> {
        let index = self.index();
        let known: Vec<_> = [Some(vendor.clone()), None].iter().filter_map(|owner| index.names.get(owner)).collect();
        let mut assets = Vec::new();
        for written in alike(name, neighbours(name, &known)) {
            let asset = self.match_name(vendor, written).asset;
            assets.extend(asset.filter(|asset| !assets.contains(asset)));
            if assets.len() == limit {
                break;
            }
        }
        assets
    }

    fn exact(&self, name: &str) -> Option<&Asset> {
        self.assets.get(&AssetId::new(name).ok()?)
    }

    fn alias_or_alike(&self, name: &str, known: &[&Names]) -> Option<AssetId> {
        let folded = name.to_lowercase();
        let normal = name_key(name);
        let aliases = all(known, |names| names.aliases.get(&folded));
        let found = if aliases.is_empty() { all(known, |names| names.by_key.get(&normal)) } else { aliases };
        match found.as_slice() {
            [only] => Some(self.index().ids[*only].clone()),
            _ => None,
        }
    }
}

fn all<'a>(known: &[&'a Names], found: impl Fn(&'a Names) -> Option<&'a Vec<Number>>) -> Vec<Number> {
    let mut numbers: Vec<_> = known.iter().filter_map(|names| found(names)).flatten().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn near(name: &str, known: &[&Names]) -> Option<String> {
    nearest(name, neighbours(name, known)).map(str::to_owned)
}

/// The names around one, in alphabetical order.
fn neighbours<'a>(name: &str, known: &[&'a Names]) -> impl Iterator<Item = &'a str> {
    let folded = name.to_lowercase();
    known.iter().flat_map(move |names| {
        let here = names.sorted.partition_point(|(other, _)| *other < folded);
        let end = names.sorted.len().min(here + NEIGHBOURS);
        names.sorted[here.saturating_sub(NEIGHBOURS)..end].iter().map(|(_, written)| written.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{asset_id, inventory, vendor_id};
    use crate::names::VendorId;

    const NAMES: &str = r#"
        [[vendor]]
        id = "dc"
        zone = "UTC"
        [[vendor]]
        id = "isp"
        zone = "UTC"
        [[asset]]
        id = "feed-a"
        kind = "feed"
        vendor = "dc"
        aliases = ["A side", "PDU 1-23", "Main"]
        [[asset]]
        id = "feed-b"
        kind = "feed"
        vendor = "dc"
        aliases = ["PDU 12-3"]
        [[asset]]
        id = "FEED_B"
        kind = "feed"
        vendor = "dc"
        [[asset]]
        id = "line-1"
        kind = "circuit"
        vendor = "isp"
        aliases = ["main"]
        [[asset]]
        id = "rack-7"
        kind = "rack"
    "#;

    /// `asset` is the asset matched, else `nearest` what is proposed.
    #[track_caller]
    fn check(vendor: &str, name: &str, asset: Option<&str>, nearest: Option<&str>) {
        let found = inventory(NAMES).match_name(&vendor_id(vendor), name);
        assert_eq!((found.asset, found.nearest.as_deref()), (asset.map(asset_id), nearest), "{vendor} {name}");
        assert_eq!(found.name, name.trim());
    }

    #[test]
    fn a_vendor_is_known_under_the_name_it_gives_itself() {
        let known = inventory(
            r#"
            [[vendor]]
            id = "carrier"
            name = "NTT (AS2914)"
            aliases = ["example.com"]
            zone = "UTC"
            [[vendor]]
            id = "one"
            name = "Twin"
            zone = "UTC"
            [[vendor]]
            id = "two"
            name = "twin"
            zone = "UTC"
        "#,
        );
        let named = |id: &str| known.vendor_named(&vendor_id(id)).map(VendorId::as_str);
        assert_eq!(named("carrier"), Some("carrier"));
        assert_eq!(named("ntt-as2914"), Some("carrier"));
        assert_eq!(named("example.com"), Some("carrier"));
        assert_eq!(named("twin"), None);
        assert_eq!(named("nobody"), None);
    }

    #[test]
    fn a_vendors_name_is_matched_and_never_guessed() {
        check("dc", "feed-a", Some("feed-a"), None);
        check("dc", " a SIDE ", Some("feed-a"), None);
        check("dc", "Feed A", Some("feed-a"), None);
        check("dc", "pdu 1 23", Some("feed-a"), None);
        check("dc", "PDU-12_3", Some("feed-b"), None);
        check("dc", "PDU 123", None, Some("PDU 1-23"));
        check("dc", "feed-b", Some("feed-b"), None);
        check("dc", "Feed B", None, Some("FEED_B"));
        check("dc", "main", Some("feed-a"), None);
        check("isp", "MAIN", Some("line-1"), None);
        check("dc", "line-1", None, None);
        check("isp", "Rack 7", Some("rack-7"), None);
        check("dc", "feed-c", None, Some("feed-a"));
        check("nobody", "zebra", None, None);
        check("dc", "", None, None);
    }

    #[test]
    fn a_person_may_write_an_alias_of_any_vendor_that_is_one_assets_alone() {
        let inventory = inventory(NAMES);
        let found = |typed: &str| inventory.find_asset(typed).map(|asset| asset.id.as_str());
        assert_eq!(found("pdu 12-3"), Ok("feed-b"));
        assert_eq!(found("LINE 1"), Ok("line-1"));
        let error = found("lin-1").expect_err("no asset has this name");
        assert_eq!(
            (error.to_string().as_str(), error.help().as_str()),
            ("unknown asset `lin-1`", "did you mean `line-1`?")
        );
        found("main").expect_err("two vendors call something of theirs so");
        assert_eq!(found("zebra").expect_err("nothing is like it").nearest, None);
    }
}
