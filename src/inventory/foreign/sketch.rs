//! The tables of an inventory file to be: put together piece by piece, and written as TOML.

use std::collections::BTreeMap;

use serde::Serialize;

/// An inventory file drawn up from another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// The file, in TOML.
    pub text: String,
    /// How many tables of each sort it has: `vendor`, `asset`, `customer`.
    pub counts: Vec<(&'static str, usize)>,
    /// What is not in it, in the order met.
    pub left_out: Vec<LeftOut>,
}

/// Something that the other system knows and the file does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// What, as the other system names it.
    pub what: String,
    /// Why, in a clause without a full stop.
    pub why: String,
}

/// A sort of table, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Vendor,
    Asset,
    Customer,
}

impl Sort {
    const ALL: [Self; 3] = [Self::Vendor, Self::Asset, Self::Customer];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Asset => "asset",
            Self::Customer => "customer",
        }
    }

    /// The keys whose values are one text, in the order in which they are written.
    pub(super) fn text_keys(self) -> &'static [&'static str] {
        match self {
            Self::Vendor => &["name", "account", "zone"],
            Self::Asset => &["kind", "name", "vendor", "account", "site", "capacity", "max_share", "load"],
            Self::Customer => &["name", "follow_up"],
        }
    }

    /// The keys whose values are lists of texts.
    pub(super) fn list_keys(self) -> &'static [&'static str] {
        match self {
            Self::Vendor => &["aliases"],
            Self::Asset => &["needs", "aliases"],
            Self::Customer => &["uses"],
        }
    }
}

/// The keys of a contact, all of which are one text here.
pub(super) const CONTACT_TEXTS: &[&str] = &["email", "name", "role", "zone", "language"];

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sketch {
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) lists: BTreeMap<&'static str, Vec<String>>,
    /// How many of which.
    pub(super) any: Vec<(u32, Vec<String>)>,
    pub(super) contacts: Vec<BTreeMap<&'static str, String>>,
}

impl Sketch {
    pub(super) fn text(mut self, key: &'static str, text: Option<impl Into<String>>) -> Self {
        if let Some(text) = text {
            self.texts.insert(key, text.into());
        }
        self
    }

    pub(super) fn list(mut self, key: &'static str, members: impl IntoIterator<Item = String>) -> Self {
        self.lists.entry(key).or_default().extend(members);
        self
    }

    /// Takes in what another sketch of the same thing says beyond this one; of two different texts the first stays, and
    /// their key is given back.
    fn merge(&mut self, other: Self) -> Vec<&'static str> {
        let mut differing = Vec::new();
        for (key, text) in other.texts {
            let first = self.texts.entry(key).or_insert_with(|| text.clone());
            if *first != text {
                differing.push(key);
            }
        }
        for (key, members) in other.lists {
            let known = self.lists.entry(key).or_default();
            for member in members {
                if !known.contains(&member) {
                    known.push(member);
                }
            }
        }
        let new: Vec<_> = other.any.into_iter().filter(|group| !self.any.contains(group)).collect();
        self.any.extend(new);
        for contact in other.contacts {
            if !self.contacts.iter().any(|known| known.get("email") == contact.get("email")) {
                self.contacts.push(contact);
            }
        }
        differing
    }
}

/// All tables drawn so far, by sort and id.
#[derive(Debug, Default)]
pub(super) struct Sketches {
    tables: BTreeMap<(Sort, String), Sketch>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Sketches {
    /// Draws a table, or adds to the one of the same id.
    pub(super) fn put(&mut self, sort: Sort, id: &str, sketch: Sketch) {
        let id = id.trim().to_owned();
        let Some(known) = self.tables.get_mut(&(sort, id.clone())) else {
            self.tables.insert((sort, id), sketch);
            return;
        };
        for key in known.merge(sketch) {
            let what = format!("another `{key}` of {} `{id}`", sort.as_str());
            self.leave_out(what, format!("the first stands: `{}`", self.tables[&(sort, id.clone())].texts[key]));
        }
    }

    pub(super) fn leave_out(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left_out.push(LeftOut { what: what.into(), why: why.into() });
    }

    pub(super) fn has(&self, sort: Sort, id: &str) -> bool {
        self.tables.contains_key(&(sort, id.to_owned()))
    }

    /// The file, with these lines of comment on top.
    pub(super) fn drawn(self, comment: &[String]) -> Drawn {
        let mut text: String = comment.iter().map(|line| format!("# {line}\n")).collect();
        for ((sort, id), sketch) in &self.tables {
            write_table(*sort, id, sketch, &mut text);
        }
        let count = |sort: Sort| self.tables.keys().filter(|(of, _)| *of == sort).count();
        let counts = Sort::ALL.map(|sort| (sort.as_str(), count(sort))).to_vec();
        Drawn { text, counts, left_out: self.left_out }
    }
}

fn write_table(sort: Sort, id: &str, sketch: &Sketch, text: &mut String) {
    text.push_str(&format!("\n[[{}]]\nid = {}\n", sort.as_str(), quoted(id)));
    write_texts(sort.text_keys(), &sketch.texts, text);
    for key in sort.list_keys() {
        if let Some(members) = sketch.lists.get(key).filter(|members| !members.is_empty()) {
            text.push_str(&format!("{key} = {}\n", list(members)));
        }
    }
    if !sketch.any.is_empty() {
        let group = |(n, of): &(u32, Vec<String>)| format!("{{ n = {n}, of = {} }}", list(of));
        text.push_str(&format!("any = [{}]\n", sketch.any.iter().map(group).collect::<Vec<_>>().join(", ")));
    }
    for contact in &sketch.contacts {
        text.push_str(&format!("\n[[{}.contact]]\n", sort.as_str()));
        write_texts(CONTACT_TEXTS, contact, text);
    }
}

fn write_texts(keys: &[&'static str], texts: &BTreeMap<&'static str, String>, text: &mut String) {
    for key in keys {
        match texts.get(key) {
            // The one key whose value is a number; what is none is quoted, for `apply` to refuse it there.
            Some(value) if *key == "max_share" && value.parse::<f64>().is_ok_and(f64::is_finite) => {
                text.push_str(&format!("{key} = {value}\n"));
            }
            Some(value) => text.push_str(&format!("{key} = {}\n", quoted(value))),
            None => {}
        }
    }
}

fn list(members: &[String]) -> String {
    format!("[{}]", members.iter().map(|member| quoted(member)).collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    // JSON's escapes of a string are TOML's.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::inventory;
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let mut sketches = Sketches::default();
        let odd = "a \"b\" \\ é \u{1f50c}";
        sketches.put(Sort::Vendor, "dc", Sketch::default().text("zone", Some("UTC")).list("aliases", [odd.to_owned()]));
        sketches.put(Sort::Asset, odd, Sketch::default().text("kind", Some("feed")).text("capacity", Some("16 A")));
        let mut server = Sketch::default().text("kind", Some("server")).list("needs", [odd.to_owned()]);
        server.any.push((1, vec![odd.to_owned(), odd.to_owned()]));
        sketches.put(Sort::Asset, "s", server);
        sketches.put(Sort::Asset, "s", Sketch::default().text("kind", Some("host")).list("needs", [odd.to_owned()]));
        let mut customer = Sketch::default().list("uses", ["s".to_owned()]);
        customer.contacts.push([("email", "ops@c.example".to_owned()), ("name", odd.to_owned())].into());
        sketches.put(Sort::Customer, "c", customer);
        let drawn = sketches.drawn(&["from a test".into()]);
        let read = inventory(&drawn.text);
        let server = read.assets.values().find(|asset| asset.id.as_str() == "s").expect("written");
        assert_eq!((server.all_of.len(), server.any_of[0].of.len(), server.kind.as_str()), (1, 2, "server"));
        assert_eq!(read.customers.values().next().expect("written").contacts[0].name.as_deref(), Some(odd));
        assert_eq!(drawn.counts, [("vendor", 1), ("asset", 2), ("customer", 1)]);
        let left: Vec<_> = drawn.left_out.iter().map(|left| format!("{}: {}", left.what, left.why)).collect();
        assert_eq!(left, ["another `kind` of asset `s`: the first stands: `server`"]);
    }
}
