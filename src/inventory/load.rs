//! The inventory from its files: every table and row read, every problem kept.

use std::collections::{HashMap, HashSet};
use std::fmt;

use toml::de::DeTable;

use super::address::address;
use super::asset::{AnyOf, Asset, Vendor};
use super::bulk::Bulk;
use super::checklist::ChecklistItem;
use super::customer::{Contact, ContactRole, Customer, Stage};
use super::declared::Inventory;
use super::links::{Links, Quantities};
use super::quantity::{Quantity, Share};
use crate::maintenance::StatedTerms;
use crate::names::{AssetId, BadIdent, ChecklistId, CustomerId, VendorId, nearest};
use crate::time::Zones;
use crate::written::{Entry, Place, Placed, Problem, Problems, Refusal, SourceFile, did_you_mean, parse_table};

/// Largest file accepted, in bytes: 100,000 assets with their needs are about 20 MB.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

const FILE_KEYS: &[&str] = &["vendor", "asset", "customer", "staff", "checklist"];
const VENDOR_KEYS: &[&str] = &["id", "name", "aliases", "account", "zone", "terms"];
const ASSET_KEYS: &[&str] =
    &["id", "kind", "name", "vendor", "account", "site", "needs", "any", "aliases", "capacity", "max_share", "load"];
const ANY_KEYS: &[&str] = &["n", "of"];
const CUSTOMER_KEYS: &[&str] = &["id", "name", "uses", "contact", "follow_up"];
const CONTACT_KEYS: &[&str] = &["email", "name", "role", "zone", "language", "stages", "invitations"];
const CHECKLIST_KEYS: &[&str] = &["id", "what", "asset", "owner", "every", "last_done"];

/// The tables of a file, as its schema names them, with the keys of each.
#[cfg(test)]
pub(super) const ALL_KEYS: &[(&str, &[&str])] = &[
    ("", FILE_KEYS),
    ("vendor", VENDOR_KEYS),
    ("terms", StatedTerms::KEYS),
    ("asset", ASSET_KEYS),
    ("any", ANY_KEYS),
    ("customer", CUSTOMER_KEYS),
    ("contact", CONTACT_KEYS),
    ("checklist", CHECKLIST_KEYS),
];

impl Inventory {
    /// Reads the inventory from its files, in the format that the room's front door describes.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the files and lines, at most
    /// [`MAX_PROBLEMS`](crate::written::MAX_PROBLEMS). Files that are no TOML are reported alone, since what else is missing may
    /// stand behind the slip.
    pub fn load(files: &[SourceFile], zones: &Zones) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new(files);
        let numbered = || files.iter().enumerate();
        let tables: Vec<_> = numbered()
            .filter(|(_, file)| !is_csv(&file.name))
            .map(|(number, file)| (number, parse_table(number, file, MAX_FILE_BYTES, &mut problems)))
            .collect();
        if !problems.is_empty() {
            return Err(problems.in_order());
        }
        let mut draft = Draft {
            zones,
            problems,
            inventory: Self::default(),
            declared: HashMap::new(),
            links: Links::default(),
            addresses: HashSet::new(),
            bulk: Bulk::default(),
        };
        for (file, table) in &tables {
            draft.file(*file, table);
        }
        for (number, file) in numbered().filter(|(_, file)| is_csv(&file.name)) {
            draft.rows(number, file);
        }
        draft.join();
        let Draft { mut problems, inventory, links, .. } = draft;
        links.check(&inventory, &mut problems);
        if problems.is_empty() { Ok(inventory) } else { Err(problems.in_order()) }
    }
}

/// What an id names; ids of different sorts may be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    Vendor,
    Asset,
    Customer,
    Checklist,
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vendor => "vendor",
            Self::Asset => "asset",
            Self::Customer => "customer",
            Self::Checklist => "checklist",
        })
    }
}

/// Whether a file is one of rows, by its name.
pub(super) fn is_csv(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("csv"))
}

pub(super) struct Draft<'a> {
    pub(super) zones: &'a Zones,
    pub(super) problems: Problems<'a>,
    pub(super) inventory: Inventory,
    declared: HashMap<(Sort, String), Place>,
    pub(super) links: Links,
    /// Whom each customer, or nobody for staff, has for contacts: addresses in lower case.
    addresses: HashSet<(Option<CustomerId>, String)>,
    /// What rows say of things that other rows or files declare.
    pub(super) bulk: Bulk,
}

impl Draft<'_> {
    fn file(&mut self, file: usize, table: &DeTable<'_>) {
        let root = Entry::new(table, Place { file, span: 0..0 }, "an inventory file", FILE_KEYS, &mut self.problems);
        for entry in root.entries("vendor", "[[vendor]]", VENDOR_KEYS, &mut self.problems) {
            self.vendor(&entry);
        }
        for entry in root.entries("asset", "[[asset]]", ASSET_KEYS, &mut self.problems) {
            self.asset(&entry);
        }
        for entry in root.entries("customer", "[[customer]]", CUSTOMER_KEYS, &mut self.problems) {
            self.customer(&entry);
        }
        let staff = root.entries("staff", "[[staff]]", CONTACT_KEYS, &mut self.problems);
        let staff = self.contacts(&staff, None, ContactRole::Staff);
        self.inventory.staff.extend(staff);
        for entry in root.entries("checklist", "[[checklist]]", CHECKLIST_KEYS, &mut self.problems) {
            self.checklist(&entry);
        }
    }

    /// The table's own id, reported when it is missing, no identifier or declared before.
    fn own_id<T>(&mut self, entry: &Entry<'_>, sort: Sort) -> Option<T>
    where
        T: TryFrom<String, Error = BadIdent> + Into<String> + Clone,
    {
        let id = entry.checked("id", &mut self.problems, ident::<T>);
        let id = entry.require("id", id, &mut self.problems)?;
        let key = (sort, id.value.clone().into());
        if let Some(first) = self.declared.get(&key) {
            let help = format!("it is first declared at {}", self.problems.name_of(first));
            self.problems.add(&id.place, format!("{sort} `{}` is declared twice", key.1), Some(help));
            return None;
        }
        self.declared.insert(key, id.place);
        Some(id.value)
    }

    fn vendor(&mut self, entry: &Entry<'_>) {
        let id = self.own_id::<VendorId>(entry, Sort::Vendor);
        let problems = &mut self.problems;
        let name = entry.text("name", problems);
        let account = entry.text("account", problems).map(|account| account.value);
        let aliases = values(entry.all_checked("aliases", problems, alias));
        let zone = entry.checked("zone", problems, zone(self.zones));
        let zone = entry.require("zone", zone, problems);
        let terms = terms(entry, problems);
        if let Some(id) = id {
            let name = name.map_or_else(|| id.to_string(), |name| name.value);
            let zone = zone.map_or_else(|| "UTC".into(), |zone| zone.value);
            self.inventory.vendors.insert(id.clone(), Vendor { id, name, aliases, account, zone, terms });
        }
    }

    pub(super) fn asset(&mut self, entry: &Entry<'_>) {
        let id = self.own_id::<AssetId>(entry, Sort::Asset);
        let problems = &mut self.problems;
        let kind = entry.text("kind", problems);
        let kind = entry.require("kind", kind, problems);
        let name = entry.text("name", problems).map(|name| name.value);
        let account = entry.text("account", problems).map(|account| account.value);
        let vendor = entry.checked("vendor", problems, ident::<VendorId>);
        let site = entry.checked("site", problems, ident::<AssetId>);
        let all_of = entry.all_checked("needs", problems, ident::<AssetId>);
        let groups: Vec<_> = entry
            .entries("any", "any = [{ n = …, of = […] }]", ANY_KEYS, problems)
            .iter()
            .filter_map(|group| any_of(group, problems))
            .collect();
        let aliases = entry.all_checked("aliases", problems, alias);
        let capacity = entry.checked("capacity", problems, quantity);
        let load = entry.checked("load", problems, quantity);
        let max_share = max_share(entry, problems);
        let Some(id) = id else { return };
        self.links.quantities.insert(id.clone(), Quantities { capacity: capacity.clone(), load: load.clone() });
        let members = groups.iter().flat_map(|(_, members)| members);
        self.links.needs.insert(id.clone(), all_of.iter().chain(members).cloned().collect());
        self.links.vendors.extend(vendor.clone());
        self.links.assets.extend(site.clone());
        self.links.aliases.extend(aliases.iter().map(|alias| (id.clone(), alias.clone())));
        let asset = Asset {
            id: id.clone(),
            kind: kind.map(|kind| kind.value).unwrap_or_default(),
            name,
            vendor: vendor.map(|vendor| vendor.value),
            account,
            site: site.map(|site| site.value),
            all_of: values(all_of),
            any_of: groups.into_iter().map(|(group, _)| group).collect(),
            aliases: values(aliases),
            capacity: capacity.map(|capacity| capacity.value),
            max_share,
            load: load.map(|load| load.value),
        };
        self.inventory.assets.insert(id, asset);
    }

    pub(super) fn customer(&mut self, entry: &Entry<'_>) {
        let id = self.own_id::<CustomerId>(entry, Sort::Customer);
        let name = entry.text("name", &mut self.problems);
        let uses = entry.all_checked("uses", &mut self.problems, ident::<AssetId>);
        let follow_up = entry.prose("follow_up", &mut self.problems);
        let contacts = entry.entries("contact", "[[customer.contact]]", CONTACT_KEYS, &mut self.problems);
        let contacts = self.contacts(&contacts, id.as_ref(), ContactRole::Technical);
        let Some(id) = id else { return };
        self.links.assets.extend(uses.iter().cloned());
        let name = name.map_or_else(|| id.to_string(), |name| name.value);
        let uses = values(uses);
        self.inventory.customers.insert(id.clone(), Customer { id, name, uses, contacts, follow_up });
    }

    fn contacts(&mut self, entries: &[Entry<'_>], of: Option<&CustomerId>, role: ContactRole) -> Vec<Contact> {
        entries.iter().filter_map(|entry| self.contact(entry, of, role)).collect()
    }

    /// A contact of a customer, or of nobody's: staff. One address is one contact of them.
    pub(super) fn contact(&mut self, entry: &Entry<'_>, of: Option<&CustomerId>, role: ContactRole) -> Option<Contact> {
        let problems = &mut self.problems;
        let email = entry.checked("email", problems, |text| address(text.trim()));
        let email = entry.require("email", email, problems);
        let name = entry.text("name", problems).map(|name| name.value);
        let role = entry.checked("role", problems, contact_role).map_or(role, |role| role.value);
        let zone = entry.checked("zone", problems, zone(self.zones)).map_or_else(|| "UTC".into(), |z| z.value);
        let language = entry.text("language", problems).map_or_else(|| "en".into(), |language| language.value);
        let stages = stages(entry, of, problems);
        let invitations = entry.truth("invitations", problems).unwrap_or(false);
        let email = email?;
        if !self.addresses.insert((of.cloned(), email.value.to_lowercase())) {
            let help = Some("one contact gets one mail: put the stages together".to_owned());
            self.problems.add(&email.place, format!("`{}` is listed twice", email.value), help);
            return None;
        }
        Some(Contact { email: email.value, name, role, zone, language, stages, invitations })
    }

    fn checklist(&mut self, entry: &Entry<'_>) {
        let id = self.own_id::<ChecklistId>(entry, Sort::Checklist);
        let problems = &mut self.problems;
        let what = entry.text("what", problems);
        let what = entry.require("what", what, problems);
        let asset = entry.checked("asset", problems, ident::<AssetId>);
        let owner = entry.text("owner", problems).map(|owner| owner.value);
        let every = entry.length("every", problems);
        let every = entry.require("every", every, problems);
        let last_done = entry.instant("last_done", problems);
        self.links.assets.extend(asset.clone());
        if let (Some(id), Some(what), Some(every)) = (id, what, every) {
            let asset = asset.map(|asset| asset.value);
            let item = ChecklistItem { id: id.clone(), what: what.value, asset, owner, every, last_done };
            self.inventory.checklist.insert(id, item);
        }
    }
}

fn values<T>(placed: Vec<Placed<T>>) -> Vec<T> {
    placed.into_iter().map(|placed| placed.value).collect()
}

/// The contract's terms; what it does not say stays unsaid, so that the vendor's published terms hold.
fn terms(vendor: &Entry<'_>, problems: &mut Problems<'_>) -> StatedTerms {
    let entry = vendor.inner("terms", "terms", StatedTerms::KEYS, problems);
    entry.map(|entry| StatedTerms::read(&entry, problems)).unwrap_or_default()
}

/// An any-of that can be met and can fail: `n` from 1 to the number of its distinct members.
fn any_of(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<(AnyOf, Vec<Placed<AssetId>>)> {
    let n = entry.count("n", problems);
    let n = entry.require("n", n, problems);
    let of = entry.all_checked("of", problems, ident::<AssetId>);
    let n = n?;
    let group = AnyOf { n: n.value, of: values(of.clone()) };
    check_group(&group, &n.place, problems);
    Some((group, of))
}

/// Reports an any-of that cannot be met or cannot fail, where its number stands.
pub(super) fn check_group(group: &AnyOf, place: &Place, problems: &mut Problems<'_>) {
    let distinct = group.distinct().len();
    if group.n == 0 {
        let help = Some("write how many of its members must be up, at least 1; or leave the group out".to_owned());
        problems.add(place, "an any-of with `n = 0` needs nothing", help);
    } else if usize::try_from(group.n).is_ok_and(|n| n > distinct) {
        let message = format!("`n = {}` is more than the any-of has distinct members: {distinct}", group.n);
        let help = "an asset listed twice, such as both cords on one feed, is one member";
        problems.add(place, message, Some(help.to_owned()));
    }
}

/// The part of its capacity that an asset may carry; it says nothing without one.
fn max_share(asset: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Share> {
    let written = asset.decimal("max_share", problems)?;
    let help = |text: &str| Some(text.to_owned());
    if !asset.has("capacity") {
        problems.add(
            &written.place,
            "`max_share` is a part of the capacity, and there is none",
            help("add `capacity = …`"),
        );
        return None;
    }
    let share = written.value.parse::<Share>();
    if let Err(error) = &share {
        let message = format!("`max_share = {}`: {error}", written.value);
        problems.add(&written.place, message, help("80 % is written `0.8`; at most three decimals"));
    }
    share.ok()
}

fn quantity(text: &str) -> Result<Quantity, Refusal> {
    text.parse::<Quantity>().map_err(|bad| Refusal { message: bad.to_string(), help: Some(bad.help().to_owned()) })
}

/// The occasions a contact wants mail on; all when it does not say. Those of staff are for nobody's contacts alone.
fn stages(entry: &Entry<'_>, of: Option<&CustomerId>, problems: &mut Problems<'_>) -> Vec<Stage> {
    let mut known = Stage::ALL.map(|stage| (stage.as_str(), stage)).to_vec();
    if of.is_none() {
        known.extend(Stage::OF_STAFF.map(|stage| (stage.as_str(), stage)));
    }
    let mut stages = values(entry.all_checked("stages", problems, |text| one_of(text, "stage", &known)));
    if !entry.has("stages") {
        return Stage::ALL.to_vec();
    }
    stages.sort_unstable();
    stages.dedup();
    stages
}

pub(super) fn ident<T: TryFrom<String, Error = BadIdent>>(text: &str) -> Result<T, Refusal> {
    T::try_from(text.to_owned()).map_err(|error| Refusal { message: error.to_string(), help: None })
}

pub(super) fn alias(text: &str) -> Result<String, Refusal> {
    ident::<AssetId>(text).map(String::from)
}

fn zone(zones: &Zones) -> impl Fn(&str) -> Result<String, Refusal> {
    |text| {
        zones.get(text).map(|zone| zone.name().to_owned()).map_err(|unknown| Refusal {
            message: format!("unknown time zone `{}`", unknown.name),
            help: did_you_mean(unknown.nearest.as_deref())
                .or_else(|| Some("use an IANA name such as `Europe/Amsterdam`, or `UTC`".into())),
        })
    }
}

fn contact_role(text: &str) -> Result<ContactRole, Refusal> {
    let roles =
        [("technical", ContactRole::Technical), ("billing", ContactRole::Billing), ("staff", ContactRole::Staff)];
    one_of(text, "role", &roles)
}

fn one_of<T: Copy>(text: &str, what: &str, words: &[(&str, T)]) -> Result<T, Refusal> {
    let text = text.trim();
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let help = did_you_mean(nearest(text, names.iter().copied()))
            .unwrap_or_else(|| format!("the {what}s are {}", names.join(", ")));
        Refusal { message: format!("unknown {what} `{text}`"), help: Some(help) }
    })
}
