//! Workbooks of Excel (ECMA-376): an archive of XML files.
//!
//! Read by our own hand and not by calamine, which copies the font and the format of each style into each cell format: a
//! file of 2 KB made it take 1 GB. Here every file is unpacked under the mail's budget and walked once.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::number::{self, Epoch, Shown};
use super::xml::{Fields, Node, walk};
use super::{Page, Trouble, push};
use crate::notice::letters::to_text;
use crate::notice::text::{Budget, MAX_CELLS, MAX_COLUMNS, MAX_FLAT_BYTES, Rows, beyond, cell_words};

/// Most files in the archive: a workbook of ten sheets has some forty.
pub(super) const MAX_FILES: usize = 1_000;

/// Most sheets of a workbook that are read.
pub(super) const MAX_SHEETS: usize = 50;

/// What each entry of an archive's list begins with.
const LIST_ENTRY: &[u8] = b"PK\x01\x02";

/// Whether bytes begin as an archive does.
pub(in crate::notice) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The sheets of a workbook that a reader sees, in its order.
pub(in crate::notice) fn pages(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Page>, Trouble> {
    // Counted before the list is read, each entry of which takes some hundred bytes.
    if bytes.windows(LIST_ENTRY.len()).filter(|window| *window == LIST_ENTRY).count() > MAX_FILES {
        return Err(beyond("a workbook's number of files", MAX_FILES, "files").into());
    }
    let mut book = Book::open(bytes, budget)?;
    let home = book.home()?;
    let folder = home.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let (sheets, epoch) = sheets(&book.file(&home)?.ok_or_else(|| missing(&home))?)?;
    let links = book.links(&home)?;
    let of_kind = |kind: &str| links.iter().find(|link| link.kind.ends_with(kind)).map(|link| link.target.clone());
    let strings = match of_kind("/sharedStrings") {
        Some(path) => shared_strings(&book.file(&path)?.unwrap_or_default())?,
        None => Vec::new(),
    };
    let formats = match of_kind("/styles") {
        Some(path) => formats(&book.file(&path)?.unwrap_or_default())?,
        None => Vec::new(),
    };
    let (mut pages, mut said) = (Vec::new(), 0);
    for (index, (name, link)) in sheets.into_iter().enumerate() {
        let target = links.iter().find(|found| found.id == link && found.kind.ends_with("/worksheet"));
        let path = target.map_or_else(|| format!("{folder}/worksheets/sheet{}.xml", index + 1), |l| l.target.clone());
        if let Some(xml) = book.file(&path)? {
            let text = Sheet { strings: &strings, formats: &formats, epoch, ..Sheet::default() }.read(&xml)?;
            said += text.len();
            if said > MAX_FLAT_BYTES {
                return Err(beyond("text of a workbook", MAX_FLAT_BYTES, "bytes").into());
            }
            pages.push(Page { name, text });
        }
    }
    Ok(pages)
}

fn missing(path: &str) -> Trouble {
    Trouble::Broken(format!("it holds no {path}"))
}

struct Book<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Places in the archive by path in lower case: some writers care for neither case nor slashes.
    places: HashMap<String, usize>,
    budget: &'a mut Budget,
}

/// One file's link to another (ECMA-376 part 2, 6.5).
struct Link {
    id: String,
    kind: String,
    target: String,
}

impl<'a> Book<'a> {
    fn open(bytes: &'a [u8], budget: &'a mut Budget) -> Result<Self, Trouble> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| Trouble::Broken(error.to_string()))?;
        let names = archive.file_names_raw().map(plain_path);
        let places = names.enumerate().map(|(place, name)| (name, place)).collect();
        Ok(Self { archive, places, budget })
    }

    /// A file's text, unpacked within the budget whatever length it claims; none when it is not there.
    fn file(&mut self, path: &str) -> Result<Option<String>, Trouble> {
        let Some(place) = self.places.get(&plain_path(path.as_bytes())) else { return Ok(None) };
        let broken = |error: &dyn std::fmt::Display| Trouble::Broken(format!("{path}: {error}"));
        let file = self.archive.by_index(*place).map_err(|error| broken(&error))?;
        let mut bytes = Vec::new();
        file.take(self.budget.inflatable() as u64 + 1).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
        self.budget.inflate(bytes.len())?;
        Ok(Some(String::from_utf8(bytes).unwrap_or_else(|error| to_text(error.as_bytes(), None))))
    }

    /// The path of the workbook itself.
    fn home(&mut self) -> Result<String, Trouble> {
        let links = self.links("")?;
        let stated = links.into_iter().find(|link| link.kind.ends_with("/officeDocument")).map(|link| link.target);
        Ok(stated.unwrap_or_else(|| "xl/workbook.xml".into()))
    }

    /// What a file links to, with paths from the archive's root.
    fn links(&mut self, from: &str) -> Result<Vec<Link>, Trouble> {
        let (folder, name) = from.rsplit_once('/').unwrap_or(("", from));
        let path = format!("{folder}/_rels/{name}.rels");
        let mut links = Vec::new();
        walk(&self.file(&path)?.unwrap_or_default(), |node| {
            if let Node::Start("Relationship", fields) = node {
                if links.len() >= MAX_FILES {
                    return Err(beyond("a workbook's number of links", MAX_FILES, "links").into());
                }
                let of = |name: &str| fields.get(name).unwrap_or_default();
                let target = resolve(folder, &of("Target"));
                links.push(Link { id: of("Id"), kind: of("Type"), target });
            }
            Ok(())
        })?;
        Ok(links)
    }
}

fn plain_path(name: &[u8]) -> String {
    String::from_utf8_lossy(name).replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// A link's target from the root: it is written from the folder of the file that links, or from the root with a slash.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(from_root) = target.strip_prefix('/') {
        return from_root.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => {
                steps.pop();
            }
            "" | "." => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The sheets that are not hidden, by name and link, and what the workbook counts days from.
fn sheets(workbook: &str) -> Result<(Vec<(String, String)>, Epoch), Trouble> {
    let mut sheets = Vec::new();
    let mut epoch = Epoch::Of1900;
    walk(workbook, |node| {
        match node {
            Node::Start("workbookPr", fields) if is_on(fields.get("date1904").as_deref()) => epoch = Epoch::Of1904,
            Node::Start("sheet", fields) if fields.get("state").is_none_or(|state| state == "visible") => {
                if sheets.len() >= MAX_SHEETS {
                    return Err(beyond("a workbook's number of sheets", MAX_SHEETS, "sheets").into());
                }
                let name = cell_words(&fields.get("name").unwrap_or_default());
                sheets.push((name, fields.get("id").unwrap_or_default()));
            }
            Node::Start(..) | Node::End(_) | Node::Text(_) => {}
        }
        Ok(())
    })?;
    Ok((sheets, epoch))
}

fn is_on(value: Option<&str>) -> bool {
    value.is_some_and(|value| value != "0" && value != "false")
}

/// Words of one text, run by run, without its readings for pronunciation and without what is struck out.
#[derive(Default)]
struct Words {
    text: String,
    in_text: bool,
    in_reading: bool,
    struck: bool,
}

impl Words {
    fn take(&mut self, node: &Node<'_>) {
        match node {
            Node::Start("t", _) => self.in_text = true,
            Node::End("t") => self.in_text = false,
            Node::Start("rPh", _) => self.in_reading = true,
            Node::End("rPh") => self.in_reading = false,
            Node::Start("strike", fields) => self.struck = fields.get("val").is_none_or(|value| is_on(Some(&value))),
            Node::End("r") => self.struck = false,
            Node::Text(text) if self.in_text && !self.in_reading && !self.struck => self.text.push_str(text),
            Node::Start(..) | Node::End(_) | Node::Text(_) => {}
        }
    }

    fn finish(&mut self) -> String {
        cell_words(&std::mem::take(self).text)
    }
}

fn shared_strings(xml: &str) -> Result<Vec<String>, Trouble> {
    let mut strings = Vec::new();
    let mut words = Words::default();
    walk(xml, |node| {
        words.take(&node);
        if let Node::End("si") = node {
            if strings.len() >= MAX_CELLS {
                return Err(beyond("a workbook's number of texts", MAX_CELLS, "texts").into());
            }
            strings.push(words.finish());
        }
        Ok(())
    })?;
    Ok(strings)
}

/// How numbers are shown, by the number that cells give of their format.
fn formats(xml: &str) -> Result<Vec<Shown>, Trouble> {
    let mut own: HashMap<u32, Shown> = HashMap::new();
    let mut formats = Vec::new();
    let mut of_cells = false;
    walk(xml, |node| {
        match node {
            Node::Start("numFmt", fields) => {
                let id = fields.get("numFmtId").and_then(|id| id.parse().ok());
                own.extend(
                    id.zip(fields.get("formatCode")).map(|(id, code): (u32, String)| (id, number::of_format(&code))),
                );
            }
            Node::Start("cellXfs", _) => of_cells = true,
            Node::End("cellXfs") => of_cells = false,
            Node::Start("xf", fields) if of_cells => {
                let id: u32 = fields.get("numFmtId").and_then(|id| id.parse().ok()).unwrap_or_default();
                formats.push(own.get(&id).copied().unwrap_or_else(|| number::of_number(id)));
            }
            Node::Start(..) | Node::End(_) | Node::Text(_) => {}
        }
        Ok(())
    })?;
    Ok(formats)
}

/// A sheet being read.
struct Sheet<'a> {
    strings: &'a [String],
    formats: &'a [Shown],
    epoch: Epoch,
    rows: Rows,
    row: Vec<(usize, Content<'a>)>,
    /// The column after the last cell of the row.
    next: usize,
    cell: Cell,
}

/// The cell being read.
#[derive(Default)]
struct Cell {
    /// What its value is: `s` a shared text, `inlineStr`, `str`, `b`, `e`, `d`; a number without.
    kind: String,
    style: usize,
    value: String,
    in_value: bool,
    words: Words,
}

/// What a cell holds: one text may be shared by many.
enum Content<'a> {
    Shared(&'a str),
    Own(String),
}

impl Content<'_> {
    fn words(&self) -> &str {
        match self {
            Content::Shared(words) => words,
            Content::Own(words) => words,
        }
    }
}

impl Default for Sheet<'_> {
    fn default() -> Self {
        Self {
            strings: &[],
            formats: &[],
            epoch: Epoch::Of1900,
            rows: Rows::default(),
            row: Vec::new(),
            next: 0,
            cell: Cell::default(),
        }
    }
}

impl Sheet<'_> {
    fn read(mut self, xml: &str) -> Result<String, Trouble> {
        walk(xml, |node| {
            match &node {
                Node::Start("row", _) => self.next = 0,
                Node::Start("c", fields) => self.start_cell(fields)?,
                Node::Start("v", _) => self.cell.in_value = true,
                Node::End("v") => self.cell.in_value = false,
                Node::Text(text) if self.cell.in_value => self.cell.value.push_str(text),
                Node::End("c") => self.end_cell(),
                Node::End("row") => self.end_row()?,
                Node::Start(..) | Node::End(_) | Node::Text(_) => self.cell.words.take(&node),
            }
            Ok(())
        })?;
        Ok(self.rows.into_text())
    }

    fn start_cell(&mut self, fields: &Fields<'_>) -> Result<(), Trouble> {
        let column = fields.get("r").and_then(|place| column(&place)).unwrap_or(self.next);
        if self.row.len() >= MAX_COLUMNS {
            return Err(beyond("a row's number of columns", MAX_COLUMNS, "columns").into());
        }
        self.next = column.saturating_add(1);
        let style = fields.get("s").and_then(|style| style.parse().ok()).unwrap_or_default();
        self.cell = Cell { kind: fields.get("t").unwrap_or_default(), style, ..Cell::default() };
        Ok(())
    }

    fn end_cell(&mut self) {
        let mut cell = std::mem::take(&mut self.cell);
        let value = cell.value.trim();
        let content = match cell.kind.as_str() {
            "s" => {
                let index = value.parse::<usize>().ok();
                Content::Shared(index.and_then(|index| self.strings.get(index)).map_or("", String::as_str))
            }
            "inlineStr" => Content::Own(cell.words.finish()),
            "b" => Content::Own(if value == "1" { "TRUE".into() } else { "FALSE".into() }),
            "str" | "e" => Content::Own(cell_words(value)),
            // ISO 8601, whose T nobody sees.
            "d" => Content::Own(cell_words(&value.replacen('T', " ", 1))),
            _ => {
                let shown = self.formats.get(cell.style).copied().unwrap_or(Shown::Number);
                Content::Own(cell_words(&number::words(value, shown, self.epoch)))
            }
        };
        if !content.words().is_empty() {
            self.row.push((self.next.saturating_sub(1), content));
        }
    }

    fn end_row(&mut self) -> Result<(), Trouble> {
        let mut row = std::mem::take(&mut self.row);
        row.sort_by_key(|(column, _)| *column);
        let cells = row.iter().map(|(column, content)| (*column, content.words()));
        Ok(push(&mut self.rows, &cells.collect::<Vec<_>>())?)
    }
}

/// The column of a cell's place, `AB12`, counted from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let number =
        letters.take(4).fold(0, |number, letter| number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    number.checked_sub(1)
}

#[cfg(test)]
mod tests;
