//! What is wrong in files that people write, and where.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;

/// Most problems reported at once: more than a screenful helps nobody, and a file of another kind given by mistake
/// would bring one for every line.
pub const MAX_PROBLEMS: usize = 50;

/// A file that people write, already read.
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

impl Problem {
    /// A problem at bytes of a file's text.
    #[must_use]
    pub fn at(file: &SourceFile, span: Range<usize>, message: String, help: Option<String>) -> Self {
        let (line, column) = line_and_column(&file.text, span.start);
        Self { file: file.name.clone(), line, column, message, help, span }
    }

    /// A problem of which only line and column are known, both from 1: the rest of the line is meant.
    #[must_use]
    pub fn at_line(file: &SourceFile, line: usize, column: usize, message: String, help: Option<String>) -> Self {
        let before: usize = file.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let text = file.text[before..].lines().next().unwrap_or_default();
        let skipped: usize = text.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        let span = before + skipped..before + text.len();
        Self { file: file.name.clone(), line, column, message, help, span }
    }
}

impl fmt::Display for Problem {
    /// `file:line:column: message`, without the help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// A place in one of the files: its number among them, and bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) span: Range<usize>,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// The problems found so far.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    files: &'a [SourceFile],
    /// Where the lines of each file begin, once a message asked for a line.
    lines: Vec<OnceCell<Vec<usize>>>,
    found: Vec<(Place, String, Option<String>)>,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(files: &'a [SourceFile]) -> Self {
        Self { files, lines: files.iter().map(|_| OnceCell::new()).collect(), found: Vec::new() }
    }

    pub(crate) fn add(&mut self, place: &Place, message: impl Into<String>, help: Option<String>) {
        self.found.push((place.clone(), message.into(), help));
    }

    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// `file:line` of a place, for a message about another one.
    pub(crate) fn name_of(&self, place: &Place) -> String {
        let file = &self.files[place.file];
        let begin = || file.text.match_indices('\n').map(|(at, _)| at + 1).collect();
        // A file that is there twice makes as many messages as it declares things: each must be cheap.
        let line = self.lines[place.file].get_or_init(begin).partition_point(|begin| *begin <= place.span.start) + 1;
        format!("{}:{line}", file.name)
    }

    /// In the order of the files and of their lines; of more than [`MAX_PROBLEMS`] the first ones, and one that says
    /// how many there are beyond.
    pub(crate) fn in_order(mut self) -> Vec<Problem> {
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
                Problem::at(file, place.span, message, help)
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
pub(crate) fn did_you_mean(nearest: Option<&str>) -> Option<String> {
    nearest.map(|name| format!("did you mean `{name}`?"))
}
