//! What is wrong in the inventory's files, and where.

use std::fmt;
use std::ops::Range;

/// Most problems reported at once: more than a screenful helps nobody, and a file of another kind given by mistake
/// would bring one for every line.
pub const MAX_PROBLEMS: usize = 50;

/// A file of the inventory, already read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name as the user knows it, for messages only.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Something wrong in a file, with its place and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong: lower case, no full stop, what was written in backticks.
    pub message: String,
    /// What can be done about it.
    pub help: Option<String>,
    /// The bytes of the file's text that are meant, end not included: what an excerpt underlines.
    pub span: Range<usize>,
}

impl fmt::Display for Problem {
    /// `file:line:column: message`, without the help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// A place in one of the files: its number among them, and bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) span: Range<usize>,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// The problems found so far.
#[derive(Debug)]
pub(super) struct Problems<'a> {
    files: &'a [SourceFile],
    found: Vec<(Place, String, Option<String>)>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(files: &'a [SourceFile]) -> Self {
        Self { files, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: &Place, message: impl Into<String>, help: Option<String>) {
        self.found.push((place.clone(), message.into(), help));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// `file:line` of a place, for a message about another one.
    pub(super) fn name_of(&self, place: &Place) -> String {
        let file = &self.files[place.file];
        format!("{}:{}", file.name, line_and_column(&file.text, place.span.start).0)
    }

    /// In the order of the files and of their lines; of more than [`MAX_PROBLEMS`] the first ones, and one that says
    /// how many there are beyond.
    pub(super) fn in_order(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(place, ..)| (place.file, place.span.start));
        let beyond = self.found.len().saturating_sub(MAX_PROBLEMS);
        self.found.truncate(MAX_PROBLEMS);
        if let Some(last) = self.found.last_mut().filter(|_| beyond > 0) {
            last.1 = format!("{} (and {beyond} more problems after this one)", last.1);
        }
        self.found
            .into_iter()
            .map(|(place, message, help)| {
                let file = &self.files[place.file];
                let (line, column) = line_and_column(&file.text, place.span.start);
                Problem { file: file.name.clone(), line, column, message, help, span: place.span }
            })
            .collect()
    }
}

/// Line and column of a byte, both from 1, the column in characters.
fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(byte)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// `did you mean …`, when there is something near.
pub(super) fn did_you_mean(nearest: Option<&str>) -> Option<String> {
    nearest.map(|name| format!("did you mean `{name}`?"))
}
