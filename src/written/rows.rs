//! The rows of a CSV file, each cell with its place.
//!
//! Not the crate `csv`: it does not say where in the file a cell stands, and takes a quote that is never closed for the
//! rest of the file.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::entry::Entry;
use super::problem::{Place, Problems, SourceFile, did_you_mean};
use crate::names::nearest;

/// A column that a file may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A text; every row has one.
    Always,
    /// A text, or nothing.
    Text,
    /// Words with spaces or commas between them, or nothing.
    Words,
}

/// A cell: its text, and the bytes of the file's text that it takes up.
#[derive(Debug, Clone)]
pub(crate) struct Cell<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) span: Range<usize>,
}

/// Cells are separated by the first of `;`, tab and `,` that the heading has, may stand in double quotes, and a quote
/// inside these is written twice (RFC 4180; spreadsheets write `;` where the comma is the decimal sign). Rows without any
/// text are passed over.
pub(crate) struct Rows<'t> {
    file: usize,
    text: &'t str,
    separator: u8,
    at: usize,
}

impl<'t> Rows<'t> {
    /// The rows of the file with this number; its first row, the heading, comes first.
    pub(crate) fn of(number: usize, file: &'t SourceFile) -> Self {
        let at = if file.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let heading = file.text[at..].lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let separator = [b';', b'\t'].into_iter().find(|mark| heading.as_bytes().contains(mark)).unwrap_or(b',');
        Self { file: number, text: &file.text, separator, at }
    }

    /// The cells of the next row that has any text, trimmed; none at the end, or where a quote is never closed.
    pub(crate) fn next_row(&mut self, problems: &mut Problems<'_>) -> Option<Vec<Cell<'t>>> {
        while self.at < self.text.len() {
            let row = self.row(problems)?;
            if row.iter().any(|cell| !cell.text.is_empty()) {
                return Some(row);
            }
        }
        None
    }

    fn row(&mut self, problems: &mut Problems<'_>) -> Option<Vec<Cell<'t>>> {
        let bytes = self.text.as_bytes();
        let mut row = Vec::new();
        loop {
            let cell = if bytes.get(self.at) == Some(&b'"') { self.quoted(problems)? } else { self.bare() };
            row.push(cell);
            match bytes.get(self.at) {
                Some(byte) if *byte == self.separator => self.at += 1,
                Some(_) => {
                    self.at += 1;
                    return Some(row);
                }
                None => return Some(row),
            }
        }
    }

    /// Up to the separator or the end of the line, whose carriage return is trimmed with the rest.
    fn bare(&mut self) -> Cell<'t> {
        let rest = &self.text.as_bytes()[self.at..];
        let end = rest.iter().position(|byte| *byte == self.separator || *byte == b'\n').unwrap_or(rest.len());
        let written = &self.text[self.at..self.at + end];
        let text = written.trim();
        let start = self.at + (written.len() - written.trim_start().len());
        self.at += end;
        Cell { text: Cow::Borrowed(text), span: start..start + text.len() }
    }

    fn quoted(&mut self, problems: &mut Problems<'_>) -> Option<Cell<'t>> {
        let start = self.at;
        let mut end = start + 1;
        let closed = loop {
            let Some(found) = self.text[end..].find('"') else { break None };
            end += found + 1;
            if !self.text[end..].starts_with('"') {
                break Some(end);
            }
            end += 1;
        };
        let Some(end) = closed else {
            let place = Place { file: self.file, span: start..start + 1 };
            let help = "close it with another `\"`; inside a cell a quote is written twice";
            problems.add(&place, "a quote is opened here and never closed", Some(help.to_owned()));
            self.at = self.text.len();
            return None;
        };
        self.at = end;
        let behind = self.bare();
        if !behind.text.is_empty() {
            let place = Place { file: self.file, span: behind.span };
            let help = "a cell in quotes ends with its quote; inside it a quote is written twice";
            problems.add(&place, format!("`{}` stands behind a closed quote", behind.text), Some(help.to_owned()));
        }
        let inner = &self.text[start + 1..end - 1];
        let text = if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) };
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        Some(Cell { text, span: start..end })
    }
}

/// A CSV file with known columns: its rows are read key by key, as the tables of a TOML file are.
pub(crate) struct Sheet<'t> {
    rows: Rows<'t>,
    /// What each column of the file is.
    columns: Vec<Option<Column>>,
}

impl<'t> Sheet<'t> {
    /// The file with this number, its heading read; none, with the reason among the problems, when that is wrong or the
    /// file longer than `max_bytes`.
    pub(crate) fn open(
        number: usize,
        file: &'t SourceFile,
        known: &[Column],
        max_bytes: usize,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let before = problems.len();
        let top = Place { file: number, span: 0..0 };
        if file.text.len() > max_bytes {
            let message = format!("the file is {} bytes long; at most {max_bytes} are read", file.text.len());
            problems.add(&top, message, Some("split it into several files".into()));
            return None;
        }
        let mut rows = Rows::of(number, file);
        let heading = rows.next_row(problems).unwrap_or_default();
        let columns: Vec<_> = heading.iter().map(|cell| column(cell, number, known, problems)).collect();
        for (place, name) in heading.iter().zip(&columns).enumerate().filter_map(|(nth, (cell, column))| {
            let name = column.as_ref()?.name;
            let again = columns[..nth].iter().flatten().any(|earlier| earlier.name == name);
            again.then(|| (Place { file: number, span: cell.span.clone() }, name))
        }) {
            problems.add(&place, format!("the column `{name}` is there twice"), Some("leave one of them out".into()));
        }
        let is_there = |wanted: &Column| columns.iter().flatten().any(|column| column.name == wanted.name);
        for wanted in known.iter().filter(|wanted| wanted.holds == Holds::Always && !is_there(wanted)) {
            let names: Vec<_> = known.iter().map(|column| column.name).collect();
            let help = format!("the first row names the columns: {}", names.join(", "));
            problems.add(&top, format!("there is no column `{}`", wanted.name), Some(help));
        }
        (problems.len() == before).then_some(Self { rows, columns })
    }

    /// The next row; none at the end. A row with more cells than columns is reported and passed over.
    pub(crate) fn next_row(&mut self, problems: &mut Problems<'_>) -> Option<SheetRow<'t>> {
        loop {
            let row = self.rows.next_row(problems)?;
            let place = self.place_of(&row);
            let Some(cell) = row.iter().skip(self.columns.len()).find(|cell| !cell.text.is_empty()) else {
                return Some(SheetRow { table: self.table(row), place });
            };
            let place = Place { file: self.rows.file, span: cell.span.clone() };
            let message = format!("the row has {} cells, the heading {}", row.len(), self.columns.len());
            problems.add(&place, message, Some("a cell that holds the separator stands in double quotes".into()));
        }
    }

    fn place_of(&self, row: &[Cell<'t>]) -> Place {
        let start = row.first().map_or(0, |cell| cell.span.start);
        Place { file: self.rows.file, span: start..row.last().map_or(start, |cell| cell.span.end) }
    }

    fn table(&self, row: Vec<Cell<'t>>) -> DeTable<'t> {
        let mut table = DeTable::new();
        for (column, cell) in self.columns.iter().zip(row) {
            let Some(column) = column.filter(|_| !cell.text.is_empty()) else { continue };
            let value = match column.holds {
                Holds::Always | Holds::Text => DeValue::String(cell.text),
                Holds::Words => DeValue::Array(words(&cell)),
            };
            let key = Spanned::new(cell.span.clone(), Cow::Borrowed(column.name));
            table.insert(key, Spanned::new(cell.span, value));
        }
        table
    }
}

/// A row of a sheet: what is empty is not there.
pub(crate) struct SheetRow<'t> {
    table: DeTable<'t>,
    place: Place,
}

impl SheetRow<'_> {
    /// To be read key by key; `what` is a row as a message calls it.
    pub(crate) fn entry(&self, what: &'static str) -> Entry<'_> {
        Entry::row(&self.table, self.place.clone(), what)
    }
}

fn words<'t>(cell: &Cell<'t>) -> DeArray<'t> {
    let mut words = DeArray::new();
    for word in cell.text.split([' ', ',']).filter(|word| !word.is_empty()) {
        words.push(Spanned::new(cell.span.clone(), DeValue::String(Cow::Owned(word.to_owned()))));
    }
    words
}

/// The column that a heading names, without regard to case; a column without a heading is none of ours.
fn column(cell: &Cell<'_>, number: usize, known: &[Column], problems: &mut Problems<'_>) -> Option<Column> {
    let found = known.iter().find(|column| column.name.eq_ignore_ascii_case(&cell.text));
    if found.is_none() && !cell.text.is_empty() {
        let names = known.iter().map(|column| column.name);
        let help = did_you_mean(nearest(&cell.text, names.clone()))
            .unwrap_or_else(|| format!("the columns are {}", names.collect::<Vec<_>>().join(", ")));
        let place = Place { file: number, span: cell.span.clone() };
        problems.add(&place, format!("unknown column `{}`", cell.text), Some(help));
    }
    found.copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: the cells of each row with where they begin; what is wrong as `line:column message`.
    #[track_caller]
    fn check(text: &str, expected: &[&[(&str, usize)]], wrong: &[&str]) {
        let files = [SourceFile { name: "a.csv".into(), text: text.into() }];
        let mut problems = Problems::new(&files);
        let mut rows = Rows::of(0, &files[0]);
        let mut got = Vec::new();
        while let Some(row) = rows.next_row(&mut problems) {
            got.push(row.into_iter().map(|cell| (cell.text.into_owned(), cell.span.start)).collect::<Vec<_>>());
        }
        let expected: Vec<Vec<_>> =
            expected.iter().map(|row| row.iter().map(|(text, at)| ((*text).to_owned(), *at)).collect()).collect();
        assert_eq!(got, expected);
        let problems = problems.in_order();
        let told: Vec<_> = problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
        assert_eq!(told, wrong);
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        check("id,kind\na, b \n", &[&[("id", 0), ("kind", 3)], &[("a", 8), ("b", 11)]], &[]);
        check("\u{feff}id;kind\r\na,1;b\r\n", &[&[("id", 3), ("kind", 6)], &[("a,1", 12), ("b", 16)]], &[]);
        check("id\tkind\na\t", &[&[("id", 0), ("kind", 3)], &[("a", 8), ("", 10)]], &[]);
        check("\n;;\nid;k\n;\n\nx;\n", &[&[("id", 4), ("k", 7)], &[("x", 12), ("", 14)]], &[]);
        check("id,n\n\"a, \"\"b\"\"\nc\",\"\"\n", &[&[("id", 0), ("n", 3)], &[("a, \"b\"\nc", 5), ("", 18)]], &[]);
        check("id,n\n5\" rack,\"x\"", &[&[("id", 0), ("n", 3)], &[("5\" rack", 5), ("x", 13)]], &[]);
        check("", &[], &[]);
    }

    #[test]
    fn a_quote_that_goes_wrong_is_shown_where_it_does() {
        check("id\na\n\"b\nc\n", &[&[("id", 0)], &[("a", 3)]], &["3:1 a quote is opened here and never closed"]);
        check("id\n\"a\"b\nc\n", &[&[("id", 0)], &[("a", 3)], &[("c", 8)]], &["2:4 `b` stands behind a closed quote"]);
    }
}
