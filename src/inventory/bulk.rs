//! The inventory's CSV files: many things of one sort, a row each.

use std::collections::BTreeMap;

use super::asset::AnyOf;
use super::customer::{Contact, ContactRole};
use super::load::{Draft, MAX_FILE_BYTES, alias, check_group, ident};
use crate::names::{AssetId, CustomerId, nearest};
use crate::written::{Column, Entry, Holds, Place, Placed, Sheet, SourceFile, did_you_mean};

const fn always(name: &'static str) -> Column {
    Column { name, holds: Holds::Always }
}

const fn text(name: &'static str) -> Column {
    Column { name, holds: Holds::Text }
}

const ASSET_COLUMNS: &[Column] = &[
    always("id"),
    always("kind"),
    text("name"),
    text("vendor"),
    text("account"),
    text("site"),
    text("capacity"),
    text("max_share"),
    text("load"),
];
const NEED_COLUMNS: &[Column] = &[always("asset"), always("needs"), text("any"), text("n")];
const ALIAS_COLUMNS: &[Column] = &[always("asset"), always("alias")];
const CUSTOMER_COLUMNS: &[Column] = &[always("id"), text("name"), text("follow_up")];
const USE_COLUMNS: &[Column] = &[always("customer"), always("asset")];
const CONTACT_COLUMNS: &[Column] = &[
    always("customer"),
    always("email"),
    text("name"),
    text("role"),
    text("zone"),
    text("language"),
    Column { name: "stages", holds: Holds::Words },
];

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Assets,
    Needs,
    Aliases,
    Customers,
    Uses,
    Contacts,
}

impl Rows {
    const ALL: [(&str, Self); 6] = [
        ("assets", Self::Assets),
        ("needs", Self::Needs),
        ("aliases", Self::Aliases),
        ("customers", Self::Customers),
        ("uses", Self::Uses),
        ("contacts", Self::Contacts),
    ];

    /// By the file's name: `needs.csv`, `needs-hall-1.csv`, `Needs 2026.CSV`.
    fn named(file: &str) -> Result<Self, String> {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file).to_lowercase();
        let word = name.split(['.', '-', '_', ' ']).next().unwrap_or_default();
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, rows)| *rows).ok_or_else(|| {
            did_you_mean(nearest(word, Self::ALL.iter().map(|(known, _)| *known))).unwrap_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|(known, _)| format!("{known}.csv")).collect();
                format!("the files are {}, or begin like `assets-`", names.join(", "))
            })
        })
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Assets => ASSET_COLUMNS,
            Self::Needs => NEED_COLUMNS,
            Self::Aliases => ALIAS_COLUMNS,
            Self::Customers => CUSTOMER_COLUMNS,
            Self::Uses => USE_COLUMNS,
            Self::Contacts => CONTACT_COLUMNS,
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Assets => "a row of assets",
            Self::Needs => "a row of needs",
            Self::Aliases => "a row of aliases",
            Self::Customers => "a row of customers",
            Self::Uses => "a row of uses",
            Self::Contacts => "a row of contacts",
        }
    }
}

/// What rows say of things that are declared elsewhere, to be joined to them when all files are read.
#[derive(Default)]
pub(super) struct Bulk {
    needs: Vec<(Placed<AssetId>, Placed<AssetId>)>,
    /// By asset and the name of the group.
    groups: BTreeMap<(AssetId, String), Group>,
    aliases: Vec<(Placed<AssetId>, Placed<String>)>,
    uses: Vec<(Placed<CustomerId>, Placed<AssetId>)>,
    contacts: Vec<(Placed<CustomerId>, Contact)>,
}

/// An any-of that rows put together.
struct Group {
    asset: Placed<AssetId>,
    /// As the first row that has a number states it.
    n: Option<Placed<u32>>,
    of: Vec<Placed<AssetId>>,
}

impl Draft<'_> {
    /// Reads a CSV file, whose name says what its rows are.
    pub(super) fn rows(&mut self, number: usize, file: &SourceFile) {
        let rows = match Rows::named(&file.name) {
            Ok(rows) => rows,
            Err(help) => {
                let message = "the name does not say what the rows are".to_owned();
                return self.problems.add(&Place { file: number, span: 0..0 }, message, Some(help));
            }
        };
        let Some(mut sheet) = Sheet::open(number, file, rows.columns(), MAX_FILE_BYTES, &mut self.problems) else {
            return;
        };
        while let Some(row) = sheet.next_row(&mut self.problems) {
            let entry = row.entry(rows.one());
            match rows {
                Rows::Assets => self.asset(&entry),
                Rows::Needs => self.need(&entry),
                Rows::Aliases => {
                    let (asset, alias) = (self.id(&entry, "asset"), entry.checked("alias", &mut self.problems, alias));
                    let alias = entry.require("alias", alias, &mut self.problems);
                    self.bulk.aliases.extend(asset.zip(alias));
                }
                Rows::Customers => self.customer(&entry),
                Rows::Uses => {
                    let (customer, asset) = (self.id(&entry, "customer"), self.id(&entry, "asset"));
                    self.bulk.uses.extend(customer.zip(asset));
                }
                Rows::Contacts => {
                    let customer = self.id::<CustomerId>(&entry, "customer");
                    let id = customer.as_ref().map(|customer| &customer.value);
                    let contact = self.contact(&entry, id, ContactRole::Technical);
                    self.bulk.contacts.extend(customer.zip(contact));
                }
            }
        }
    }

    fn id<T: TryFrom<String, Error = crate::names::BadIdent>>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
    ) -> Option<Placed<T>> {
        let id = entry.checked(key, &mut self.problems, ident::<T>);
        entry.require(key, id, &mut self.problems)
    }

    /// Without a group the need is one of all; the rows of one asset that name a group are its members.
    fn need(&mut self, entry: &Entry<'_>) {
        let (asset, need) = (self.id::<AssetId>(entry, "asset"), self.id::<AssetId>(entry, "needs"));
        let problems = &mut self.problems;
        let (group, n) = (entry.text("any", problems), entry.count("n", problems));
        let (Some(asset), Some(need)) = (asset, need) else { return };
        let Some(group) = group else {
            if let Some(n) = n {
                let help = "name the group in the column `any`, the same in each of its rows";
                problems.add(&n.place, format!("`n = {}` of no group", n.value), Some(help.to_owned()));
            }
            return self.bulk.needs.push((asset, need));
        };
        let known = self.bulk.groups.entry((asset.value.clone(), group.value)).or_insert_with(|| Group {
            asset,
            n: None,
            of: Vec::new(),
        });
        known.of.push(need);
        let Some(n) = n else { return };
        let first = known.n.get_or_insert_with(|| n.clone());
        if first.value != n.value {
            let message = format!("`n = {}`, where the group has `n = {}` before", n.value, first.value);
            problems.add(&n.place, message, Some("write the number once, or the same in each row".into()));
        }
    }

    /// Joins what rows said to what it was said of; what is declared nowhere is reported with the other references.
    pub(super) fn join(&mut self) {
        let Bulk { needs, groups, aliases, uses, contacts } = std::mem::take(&mut self.bulk);
        for (asset, need) in needs {
            let Some(known) = self.inventory.assets.get_mut(&asset.value) else {
                self.links.assets.push(asset);
                continue;
            };
            known.all_of.push(need.value.clone());
            self.links.needs.entry(asset.value).or_default().push(need);
        }
        for group in groups.into_values() {
            self.join_group(group);
        }
        for (asset, alias) in aliases {
            let Some(known) = self.inventory.assets.get_mut(&asset.value) else {
                self.links.assets.push(asset);
                continue;
            };
            known.aliases.push(alias.value.clone());
            self.links.aliases.push((asset.value, alias));
        }
        for (customer, asset) in uses {
            match self.inventory.customers.get_mut(&customer.value) {
                Some(known) => known.uses.push(asset.value.clone()),
                None => self.links.customers.push(customer),
            }
            self.links.assets.push(asset);
        }
        for (customer, contact) in contacts {
            match self.inventory.customers.get_mut(&customer.value) {
                Some(known) => known.contacts.push(contact),
                None => self.links.customers.push(customer),
            }
        }
    }

    fn join_group(&mut self, group: Group) {
        let Some(known) = self.inventory.assets.get_mut(&group.asset.value) else {
            return self.links.assets.push(group.asset);
        };
        let n = group.n.as_ref().map_or(1, |n| n.value);
        let any_of = AnyOf { n, of: group.of.iter().map(|member| member.value.clone()).collect() };
        let place = group.n.map_or(group.asset.place, |n| n.place);
        check_group(&any_of, &place, &mut self.problems);
        known.any_of.push(any_of);
        self.links.needs.entry(group.asset.value).or_default().extend(group.of);
    }
}
