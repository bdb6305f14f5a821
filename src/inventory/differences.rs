//! What a new version of the inventory changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::declared::Inventory;

/// What became of something declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Changed {
    /// It is new.
    Added,
    /// It differs.
    Changed {
        /// The fields that differ, by name.
        fields: Vec<String>,
    },
    /// It is gone.
    Removed,
}

/// One thing that differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `vendor`, `asset`, `customer`, `staff`, `checklist`.
    pub sort: &'static str,
    /// Its id; of staff the address.
    pub id: String,
    /// What became of it.
    pub change: Changed,
}

impl fmt::Display for Difference {
    /// `+ asset plus-07`, `~ asset plus-01: any_of, site`, `- customer arctic`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Changed::Added => write!(f, "+ {} {}", self.sort, self.id),
            Changed::Removed => write!(f, "- {} {}", self.sort, self.id),
            Changed::Changed { fields } => write!(f, "~ {} {}: {}", self.sort, self.id, fields.join(", ")),
        }
    }
}

impl Inventory {
    /// What `new` adds to, changes in and removes from `old`: vendors, assets, customers, staff and checklist, each by
    /// id. Equal versions have none.
    #[must_use]
    pub fn differences(old: &Self, new: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        compare("vendor", &by_id(&old.vendors), &by_id(&new.vendors), &mut found);
        compare("asset", &by_id(&old.assets), &by_id(&new.assets), &mut found);
        compare("customer", &by_id(&old.customers), &by_id(&new.customers), &mut found);
        compare("staff", &old.staff_by_address(), &new.staff_by_address(), &mut found);
        compare("checklist", &by_id(&old.checklist), &by_id(&new.checklist), &mut found);
        found
    }

    fn staff_by_address(&self) -> BTreeMap<String, &super::Contact> {
        self.staff.iter().map(|contact| (contact.email.to_lowercase(), contact)).collect()
    }
}

fn by_id<Id: ToString, T>(declared: &BTreeMap<Id, T>) -> BTreeMap<String, &T> {
    declared.iter().map(|(id, value)| (id.to_string(), value)).collect()
}

fn compare<T: PartialEq + Serialize>(
    sort: &'static str,
    old: &BTreeMap<String, &T>,
    new: &BTreeMap<String, &T>,
    found: &mut Vec<Difference>,
) {
    let ids: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for id in ids {
        let change = match (old.get(id), new.get(id)) {
            (None, _) => Changed::Added,
            (Some(_), None) => Changed::Removed,
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => Changed::Changed { fields: fields_changed(*old, *new) },
        };
        found.push(Difference { sort, id: id.clone(), change });
    }
}

/// The names of the fields whose values differ. Every declared thing is a struct of plain values, and serializes as one.
fn fields_changed<T: Serialize>(old: &T, new: &T) -> Vec<String> {
    let fields = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let (old, new) = (fields(old), fields(new));
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::inventory;
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[&str]) {
        let found = Inventory::differences(&inventory(old), &inventory(new));
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    const OLD: &str = r#"
        vendor = [{ id = "dc", zone = "UTC" }]
        asset = [{ id = "feed-a", kind = "feed", vendor = "dc" }, { id = "old", kind = "server" }, { id = "pdu", kind = "pdu", capacity = "16 A" }]
        customer = [{ id = "c", uses = ["feed-a"] }]
        staff = [{ email = "noc@hoster.example" }]
        checklist = [{ id = "backup", what = "backup verified", every = "1 d" }]
    "#;
    const NEW: &str = r#"
        vendor = [{ id = "dc", zone = "Europe/Amsterdam", terms = { notice_min = "72 h" } }]
        asset = [{ id = "feed-a", kind = "feed", vendor = "dc" }, { id = "new", kind = "server" }, { id = "pdu", kind = "pdu" }]
        customer = [{ id = "c", uses = ["feed-a", "new"] }]
        staff = [{ email = "NOC@hoster.example", name = "The NOC" }]
        checklist = [{ id = "backup", what = "backup verified", every = "12 h" }]
    "#;

    #[test]
    fn what_is_added_changed_and_removed_is_named_with_its_fields() {
        check(OLD, OLD, &[]);
        check(
            OLD,
            NEW,
            &[
                "~ vendor dc: terms, zone",
                "+ asset new",
                "- asset old",
                "~ asset pdu: capacity",
                "~ customer c: uses",
                "~ staff noc@hoster.example: email, name",
                "~ checklist backup: every",
            ],
        );
    }
}
