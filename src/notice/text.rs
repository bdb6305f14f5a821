//! A part's text as lines with cells, each with the bytes it came from: what labels and grids are looked for in.
//!
//! Text as typed has cells where words are set apart by a tab or by two blanks, and none of them is blank. Rows of a
//! table or of a sheet are lines whose cells stand between tabs; a blank cell inside a row stays, so that the fourth cell
//! is the fourth column.

use super::letters::push_words;
use super::reading::Unreadable;

/// Stands inside a cell where the cell of a table has several lines; white space to every pattern.
pub(super) const CELL_BREAK: char = '\u{2028}';

/// Most lines of one mail: the longest of real notices, a carrier's list of circuits, has some thousand.
pub(super) const MAX_LINES: usize = 100_000;

/// Most cells of one mail, since each costs some 60 bytes however short it is.
pub(super) const MAX_CELLS: usize = 300_000;

/// Most text that a mail becomes, in bytes: more than it decodes to, since tabs stand for blank cells and a text shared by
/// the cells of a sheet stands in each.
pub(super) const MAX_FLAT_BYTES: usize = 8 * 1024 * 1024;

/// Most columns of a row: 16,384 is what a spreadsheet can have, and nobody reads a notice of more than some dozen.
pub(super) const MAX_COLUMNS: usize = 1_000;

/// Most bytes that the workbooks of one mail are unpacked to: a list of 5,000 circuits takes 3 MiB.
pub(super) const MAX_INFLATED_BYTES: usize = 32 * 1024 * 1024;

/// One line of a part; never without a cell that holds words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its cells in order. In a row of a table or of a sheet the cells before the last are blank where the row's are.
    pub cells: Vec<Cell>,
}

/// A piece of a line that stands alone: a table cell, or words set apart by a tab or by two spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The words, trimmed; empty for a blank cell of a row.
    pub text: String,
    /// Where they stand in the part's text, in bytes, end not included.
    pub span: (usize, usize),
}

/// What may still be read of a mail.
#[derive(Debug)]
pub(super) struct Budget {
    lines: usize,
    cells: usize,
    flat: usize,
    inflated: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { lines: MAX_LINES, cells: MAX_CELLS, flat: MAX_FLAT_BYTES, inflated: MAX_INFLATED_BYTES }
    }
}

impl Budget {
    fn take(&mut self, cells: usize) -> Result<(), Unreadable> {
        self.lines = self.lines.checked_sub(1).ok_or_else(|| beyond("its number of lines", MAX_LINES, "lines"))?;
        self.cells = self.cells.checked_sub(cells).ok_or_else(|| beyond("its number of cells", MAX_CELLS, "cells"))?;
        Ok(())
    }

    /// How many bytes may still be unpacked.
    pub(super) fn inflatable(&self) -> usize {
        self.inflated
    }

    /// Counts bytes that were unpacked.
    pub(super) fn inflate(&mut self, bytes: usize) -> Result<(), Unreadable> {
        let left = self.inflated.checked_sub(bytes);
        self.inflated = left.ok_or_else(|| beyond("what it unpacks to", MAX_INFLATED_BYTES, "bytes"))?;
        Ok(())
    }
}

/// The reason of a mail that goes beyond a limit.
pub(super) fn beyond(what: &str, limit: usize, unit: &str) -> Unreadable {
    Unreadable::TooComplex { what: what.into(), limit: format!("{limit} {unit}") }
}

/// Splits text as typed into its lines that are not blank, and those into cells that are not.
pub(super) fn typed_lines(text: &str, budget: &mut Budget) -> Result<Vec<Line>, Unreadable> {
    lines(text, budget, typed_cells)
}

/// Splits rows set down by [`Rows`] into lines and cells, blank ones between others included.
pub(super) fn table_lines(text: &str, budget: &mut Budget) -> Result<Vec<Line>, Unreadable> {
    lines(text, budget, table_cells)
}

fn lines(text: &str, budget: &mut Budget, split: fn(&str, usize, usize) -> Vec<Cell>) -> Result<Vec<Line>, Unreadable> {
    let left = budget.flat.checked_sub(text.len());
    budget.flat = left.ok_or_else(|| beyond("what it says", MAX_FLAT_BYTES, "bytes"))?;
    let mut offset = 0;
    let mut lines = Vec::new();
    for raw in text.split_inclusive('\n') {
        // One more than may be is enough to refuse the line.
        let cells = split(raw, offset, budget.cells + 1);
        offset += raw.len();
        if !cells.is_empty() {
            budget.take(cells.len())?;
            lines.push(Line { cells });
        }
    }
    Ok(lines)
}

/// At most so many cells of a line.
fn typed_cells(line: &str, offset: usize, most: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut start = 0;
    let mut after_blank = false;
    for (at, byte) in line.bytes().enumerate() {
        if cells.len() >= most {
            return cells;
        }
        let gap = byte == b'\t' || (after_blank && byte == b' ');
        if gap {
            cells.extend(Some(cell(line, start, at, offset)).filter(|cell| !cell.text.is_empty()));
            start = at + 1;
        }
        after_blank = !gap && byte == b' ';
    }
    cells.extend(Some(cell(line, start, line.len(), offset)).filter(|cell| !cell.text.is_empty()));
    cells
}

/// At most so many cells of a row.
fn table_cells(line: &str, offset: usize, most: usize) -> Vec<Cell> {
    let mut start = 0;
    let mut cells = Vec::new();
    for words in line.split('\t').take(most) {
        cells.push(cell(line, start, start + words.len(), offset));
        start += words.len() + 1;
    }
    while cells.len() < most && cells.last().is_some_and(|cell: &Cell| cell.text.is_empty()) {
        cells.pop();
    }
    cells
}

fn cell(line: &str, start: usize, end: usize, offset: usize) -> Cell {
    let words = &line[start..end];
    let trimmed = words.trim();
    let from =
        if trimmed.is_empty() { offset + start } else { offset + start + (words.len() - words.trim_start().len()) };
    Cell { text: trimmed.to_owned(), span: (from, from + trimmed.len()) }
}

/// Text put together row by row: cells apart by tabs, rows by newlines.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: String,
}

impl Rows {
    /// Adds a line that is a single cell; a blank one is no line. In text that was preformatted it may hold tabs.
    pub(super) fn push_line(&mut self, line: &str) {
        let line = line.trim();
        if !line.is_empty() {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Adds a row of cells, each with its column, in rising order; what lies between them is blank, and blank cells at its
    /// end go. Their words hold no tab and no newline.
    pub(super) fn push_row(&mut self, cells: &[(usize, &str)]) {
        let mut at = 0;
        for (column, words) in cells.iter().filter(|(_, words)| !words.is_empty()) {
            while at < *column {
                self.text.push('\t');
                at += 1;
            }
            self.text.push_str(words);
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// The bytes put together so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// The words of a cell as written, its own lines set apart by [`CELL_BREAK`].
pub(super) fn cell_words(written: &str) -> String {
    let mut words = String::with_capacity(written.len());
    for line in written.split(['\n', '\r', CELL_BREAK]).map(str::trim).filter(|line| !line.is_empty()) {
        trim_end(&mut words);
        if !words.is_empty() {
            words.push(CELL_BREAK);
        }
        push_words(&mut words, line);
    }
    trim_end(&mut words);
    words
}

fn trim_end(words: &mut String) {
    words.truncate(words.trim_end_matches([' ', CELL_BREAK]).len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_lines(text: &str, lines: &[Line], expected: &[&[&str]]) {
        for cell in lines.iter().flat_map(|line| &line.cells) {
            assert_eq!(text[cell.span.0..cell.span.1], cell.text);
        }
        let got: Vec<Vec<&str>> =
            lines.iter().map(|line| line.cells.iter().map(|cell| cell.text.as_str()).collect()).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[track_caller]
    fn check(text: &str, expected: &[&[&str]]) {
        check_lines(text, &typed_lines(text, &mut Budget::default()).expect("few lines"), expected);
    }

    #[track_caller]
    fn check_rows(rows: &[&[&str]], text: &str, expected: &[&[&str]]) {
        let mut put = Rows::default();
        for row in rows {
            put.push_row(&row.iter().copied().enumerate().collect::<Vec<_>>());
        }
        let got = put.into_text();
        assert_eq!(got, text, "{rows:?}");
        check_lines(text, &table_lines(text, &mut Budget::default()).expect("few lines"), expected);
    }

    #[test]
    fn typed_text_has_no_blank_cells() {
        check("", &[]);
        check("  \n\t\n", &[]);
        check("Reference: A-1\nStart:   26 March\n", &[&["Reference: A-1"], &["Start:", "26 March"]]);
        check("Start\t\t26 March\t\n", &[&["Start", "26 March"]]);
        check("a   b", &[&["a", "b"]]);
        check("ä  ö", &[&["ä", "ö"]]);
    }

    #[test]
    fn a_row_keeps_its_columns() {
        check_rows(&[&["a", "", "b"], &["", "", "c"]], "a\t\tb\n\t\tc\n", &[&["a", "", "b"], &["", "", "c"]]);
        check_rows(&[&["a", "", ""], &["", ""], &[]], "a\n", &[&["a"]]);
    }

    #[test]
    fn the_lines_of_a_cell_stay_in_it() {
        for (written, expected) in [
            ("", ""),
            ("  a\tb ", "a b"),
            ("a\r\nb", "a\u{2028}b"),
            ("\na\n\n \n b \n", "a\u{2028}b"),
            ("\u{200b}\n\u{a0}\na", "a"),
        ] {
            assert_eq!(cell_words(written), expected, "{written:?}");
        }
    }

    #[test]
    fn as_many_lines_and_cells_are_read_as_the_limits_say() {
        let read = |text: &str| table_lines(text, &mut Budget::default()).map(|lines| lines.len());
        assert_eq!(read(&"a\n".repeat(MAX_LINES)), Ok(MAX_LINES));
        assert_eq!(read(&"a\n".repeat(MAX_LINES + 1)), Err(beyond("its number of lines", MAX_LINES, "lines")));
        let row = format!("{}a\n", "\t".repeat(MAX_COLUMNS - 1));
        assert_eq!(read(&row.repeat(MAX_CELLS / MAX_COLUMNS)), Ok(300));
        let over = row.repeat(MAX_CELLS / MAX_COLUMNS + 1);
        assert_eq!(read(&over), Err(beyond("its number of cells", MAX_CELLS, "cells")));
        let typed = format!("{}\n", "a\t".repeat(MAX_CELLS + 1));
        let refused = typed_lines(&typed, &mut Budget::default()).map(|lines| lines.len());
        assert_eq!(refused, Err(beyond("its number of cells", MAX_CELLS, "cells")));
        let long = "a".repeat(MAX_FLAT_BYTES / 2);
        let mut budget = Budget::default();
        let mut again = || table_lines(&long, &mut budget).map(|lines| lines.len());
        assert_eq!([again(), again()], [Ok(1), Ok(1)]);
        assert_eq!(
            table_lines("a", &mut budget).map(|lines| lines.len()),
            Err(beyond("what it says", MAX_FLAT_BYTES, "bytes"))
        );
    }
}
