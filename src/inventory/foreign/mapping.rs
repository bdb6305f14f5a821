//! A mapping: an inventory file with columns in its texts, filled in once for each row of another system.
//!
//! ```toml
//! [[asset]]
//! id = "{rack}"                     # `{…}` is what the row says; `{{` is a brace
//! kind = "rack"
//!
//! [[asset]]
//! id = "{hostname}"
//! kind = "server"
//! site = "{rack}"
//! any = [{ n = 1, of = ["{feed 1}", "{feed 2}"] }]
//! load = "{watts} W"
//!
//! [[customer]]
//! id = "{owner}"
//! uses = ["{hostname}"]
//! [[customer.contact]]
//! email = "{owner mail}"
//! ```
//!
//! A text with an empty column in it is left out; a table whose `id` is, is not drawn for that row, and no contact without
//! an address. Rows that make the same id make one table: lists are joined, of two different texts the first stays.

use std::collections::BTreeMap;

use super::sketch::{CONTACT_TEXTS, Drawn, Sketch, Sketches, Sort};
use super::sources::ForeignRow;
use crate::names::nearest;
use crate::written::{Entry, Place, Placed, Problem, Problems, SourceFile, did_you_mean, parse_table};

/// Longest mapping accepted, in bytes: one is a page long.
const MAX_MAPPING_BYTES: usize = 1024 * 1024;
/// How many rows that draw nothing are told one by one.
const MAX_TOLD: usize = 20;

/// A mapping, read and checked.
#[derive(Debug)]
pub struct Mapping {
    tables: Vec<Table>,
}

/// A table to be filled in.
#[derive(Debug)]
struct Table {
    sort: Sort,
    id: Text,
    texts: BTreeMap<&'static str, Text>,
    lists: BTreeMap<&'static str, Vec<Text>>,
    any: Vec<(u32, Vec<Text>)>,
    contacts: Vec<BTreeMap<&'static str, Text>>,
}

/// A text with columns in it.
#[derive(Debug, PartialEq, Eq)]
struct Text(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    Column(String),
}

impl Mapping {
    /// Reads a mapping for rows with these columns.
    ///
    /// # Errors
    /// Everything that is wrong in it, unknown columns included, with its place.
    pub fn read(file: &SourceFile, columns: &[String]) -> Result<Self, Vec<Problem>> {
        let files = std::slice::from_ref(file);
        let mut problems = Problems::new(files);
        let table = parse_table(0, file, MAX_MAPPING_BYTES, &mut problems);
        if !problems.is_empty() {
            return Err(problems.in_order());
        }
        let sorts = [Sort::Vendor, Sort::Asset, Sort::Customer];
        let top = Place { file: 0, span: 0..0 };
        let root = Entry::new(&table, top.clone(), "a mapping", &sorts.map(Sort::as_str), &mut problems);
        let mut reader = Reader { columns, problems };
        let mut tables = Vec::new();
        for (sort, what) in sorts.into_iter().zip(["[[vendor]]", "[[asset]]", "[[customer]]"]) {
            let keys = keys_of(sort);
            for entry in root.entries(sort.as_str(), what, &keys, &mut reader.problems) {
                tables.extend(reader.table(&entry, sort));
            }
        }
        let mut problems = reader.problems;
        if tables.is_empty() && problems.is_empty() {
            let help = "write `[[asset]]` with `id = \"{column}\"` and what else the rows say".to_owned();
            problems.add(&top, "the mapping draws nothing", Some(help));
        }
        if problems.is_empty() { Ok(Self { tables }) } else { Err(problems.in_order()) }
    }

    /// Draws up an inventory file from rows; `from` says in its first line where they are from.
    #[must_use]
    pub fn draw(&self, rows: &[ForeignRow], from: &str) -> Drawn {
        let mut sketches = Sketches::default();
        let mut idle = 0;
        for row in rows {
            let mut drew = false;
            for table in &self.tables {
                if let Some(id) = table.id.fill(row) {
                    sketches.put(table.sort, &id, table.fill(row));
                    drew = true;
                }
            }
            if !drew {
                idle += 1;
                if idle <= MAX_TOLD {
                    sketches.leave_out(&row.from, "it fills the `id` of no table");
                }
            }
        }
        if idle > MAX_TOLD {
            sketches.leave_out(format!("{} more rows", idle - MAX_TOLD), "they fill the `id` of no table");
        }
        sketches.drawn(&[format!("Drawn up from {from}. Look it through, then run `inwindow apply` on this folder.")])
    }
}

fn keys_of(sort: Sort) -> Vec<&'static str> {
    let own: &[&str] = match sort {
        Sort::Vendor => &[],
        Sort::Asset => &["any"],
        Sort::Customer => &["contact"],
    };
    [&["id"], sort.text_keys(), sort.list_keys(), own].concat()
}

impl Table {
    fn fill(&self, row: &ForeignRow) -> Sketch {
        let texts = |texts: &BTreeMap<&'static str, Text>| -> BTreeMap<&'static str, String> {
            texts.iter().filter_map(|(key, text)| Some((*key, text.fill(row)?))).collect()
        };
        let all = |members: &[Text]| members.iter().filter_map(|member| member.fill(row)).collect::<Vec<_>>();
        let any = self.any.iter().map(|(n, of)| (*n, all(of))).filter(|(_, of)| !of.is_empty());
        // Half of the cords known: what is left is all that the group can need.
        let any = any.map(|(n, of)| (n.min(u32::try_from(of.len()).unwrap_or(n)), of));
        Sketch {
            texts: texts(&self.texts),
            lists: self.lists.iter().map(|(key, members)| (*key, all(members))).collect(),
            any: any.collect(),
            contacts: self.contacts.iter().map(texts).filter(|contact| contact.contains_key("email")).collect(),
        }
    }
}

impl Text {
    fn fill(&self, row: &ForeignRow) -> Option<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Word(word) => Some(word.clone()),
            Piece::Column(name) => row.cells.get(name).cloned(),
        };
        self.0.iter().map(piece).collect::<Option<String>>().filter(|text| !text.trim().is_empty())
    }
}

struct Reader<'a> {
    columns: &'a [String],
    problems: Problems<'a>,
}

impl Reader<'_> {
    fn table(&mut self, entry: &Entry<'_>, sort: Sort) -> Option<Table> {
        let id = self.text(entry, "id");
        let id = entry.require("id", id, &mut self.problems);
        let texts = self.texts(entry, sort.text_keys());
        let lists = sort.list_keys().iter().map(|key| (*key, self.texts_of(entry, key)));
        let lists = lists.collect();
        let mut any = Vec::new();
        let mut contacts = Vec::new();
        match sort {
            Sort::Vendor => {}
            Sort::Asset => {
                for group in entry.entries("any", "any = [{ n = …, of = […] }]", &["n", "of"], &mut self.problems) {
                    let n = group.count("n", &mut self.problems);
                    let n = group.require("n", n, &mut self.problems);
                    let of = self.texts_of(&group, "of");
                    any.extend(n.map(|n| (n.value, of)));
                }
            }
            Sort::Customer => {
                let what = "[[customer.contact]]";
                for contact in entry.entries("contact", what, CONTACT_TEXTS, &mut self.problems) {
                    contacts.push(self.texts(&contact, CONTACT_TEXTS));
                }
            }
        }
        Some(Table { sort, id: id?, texts, lists, any, contacts })
    }

    fn texts(&mut self, entry: &Entry<'_>, keys: &[&'static str]) -> BTreeMap<&'static str, Text> {
        keys.iter().filter_map(|key| Some((*key, self.text(entry, key)?))).collect()
    }

    fn text(&mut self, entry: &Entry<'_>, key: &str) -> Option<Text> {
        let text = entry.text(key, &mut self.problems)?;
        self.checked(&text)
    }

    fn texts_of(&mut self, entry: &Entry<'_>, key: &str) -> Vec<Text> {
        let members = entry.texts(key, &mut self.problems);
        members.iter().filter_map(|member| self.checked(member)).collect()
    }

    fn checked(&mut self, text: &Placed<String>) -> Option<Text> {
        let Some(pieces) = pieces(&text.value) else {
            let help = Some("a column stands in braces, `{name}`; a brace itself is written twice".to_owned());
            self.problems.add(&text.place, format!("a brace of `{}` is not closed", text.value), help);
            return None;
        };
        for piece in &pieces {
            let Piece::Column(name) = piece else { continue };
            if !self.columns.contains(name) {
                let known = self.columns.iter().map(String::as_str);
                let help = did_you_mean(nearest(name, known))
                    .unwrap_or_else(|| format!("the rows have {}", self.columns.join(", ")));
                self.problems.add(&text.place, format!("unknown column `{name}`"), Some(help));
            }
        }
        Some(Text(pieces))
    }
}

/// The words and columns of a text; none when a brace is opened and not closed, or closed and not opened.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut word = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        word.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(doubled) = rest.strip_prefix(brace) {
            word.push_str(brace);
            rest = doubled;
        } else if brace == "{" {
            let (name, behind) = rest.split_once('}')?;
            if !word.is_empty() {
                pieces.push(Piece::Word(std::mem::take(&mut word)));
            }
            pieces.push(Piece::Column(name.trim().to_owned()));
            rest = behind;
        } else {
            return None;
        }
    }
    word.push_str(rest);
    if !word.is_empty() {
        pieces.push(Piece::Word(word));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::super::sources::csv_rows;
    use super::*;

    fn file(name: &str, text: &str) -> SourceFile {
        SourceFile { name: name.into(), text: text.into() }
    }

    fn draw(mapping: &str, rows: &str) -> Result<Drawn, Vec<String>> {
        let (columns, rows) = csv_rows(&file("hosts.csv", rows)).expect("rows");
        let mapping = Mapping::read(&file("map.toml", mapping), &columns);
        let told = |problem: &Problem| format!("{problem} | {}", problem.help.as_deref().unwrap_or("-"));
        Ok(mapping.map_err(|found| found.iter().map(told).collect::<Vec<_>>())?.draw(&rows, "hosts.csv"))
    }

    #[test]
    fn each_row_fills_the_tables_it_has_words_for() {
        let mapping = r#"
            [[asset]]
            id = "{rack}"
            kind = "rack"
            [[asset]]
            id = "{host}.example"
            kind = "server"
            site = "{rack}"
            any = [{ n = 2, of = ["{feed 1}", "{feed 2}"] }]
            load = "{watts} W"
            max_share = "0.5"
            [[customer]]
            id = "{owner}"
            name = "{{{owner}}}"
            uses = ["{host}.example"]
            [[customer.contact]]
            email = "{mail}"
        "#;
        let rows = "host;rack;feed 1;feed 2;watts;owner;mail\n\
                    a;r1;f1;f2;300;acme;ops@acme.example\n\
                    b;r1;f1;;;acme;\n\
                    ;;f1;;;;\n";
        let drawn = draw(mapping, rows).expect("a right mapping");
        assert_eq!(
            drawn.text,
            r#"# Drawn up from hosts.csv. Look it through, then run `inwindow apply` on this folder.

[[asset]]
id = "a.example"
kind = "server"
site = "r1"
max_share = 0.5
load = "300 W"
any = [{ n = 2, of = ["f1", "f2"] }]

[[asset]]
id = "b.example"
kind = "server"
site = "r1"
max_share = 0.5
any = [{ n = 1, of = ["f1"] }]

[[asset]]
id = "r1"
kind = "rack"

[[customer]]
id = "acme"
name = "{acme}"
uses = ["a.example", "b.example"]

[[customer.contact]]
email = "ops@acme.example"
"#
        );
        let left: Vec<_> = drawn.left_out.iter().map(|left| format!("{}: {}", left.what, left.why)).collect();
        assert_eq!(left, ["hosts.csv:4: it fills the `id` of no table"]);
    }

    #[track_caller]
    fn check(mapping: &str, expected: &[&str]) {
        assert_eq!(draw(mapping, "host,rack\na,r\n").expect_err("it is wrong"), expected);
    }

    #[test]
    fn a_mapping_that_cannot_be_filled_is_refused_where_it_is_wrong() {
        check(
            "[[asset]]\nid = '{hots}'\nkind = 'x'\nneeds = ['{row}', 'a{']\n",
            &[
                "map.toml:2:6: unknown column `hots` | did you mean `host`?",
                "map.toml:4:10: unknown column `row` | the rows have host, rack",
                "map.toml:4:19: a brace of `a{` is not closed | a column stands in braces, `{name}`; a brace itself is written twice",
            ],
        );
        check("[[asset]]\nkind = 'x'\n", &["map.toml:1:1: [[asset]] has no `id` | add `id = …`"]);
        check(
            "[[staff]]\nemail = 'a@b.example'\n",
            &["map.toml:1:3: unknown key `staff` in a mapping | the keys are vendor, asset, customer"],
        );
        check(
            "",
            &[
                "map.toml:1:1: the mapping draws nothing | write `[[asset]]` with `id = \"{column}\"` and what else the rows say",
            ],
        );
    }
}
