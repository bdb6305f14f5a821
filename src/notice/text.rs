//! A part's text as lines with cells, each with the bytes it came from: what labels are looked for in.

/// Stands inside a cell where the cell of a table has several lines; white space to every pattern.
pub(super) const CELL_BREAK: char = '\u{2028}';

/// One line of a part; never without a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its cells in order, none of them blank.
    pub cells: Vec<Cell>,
}

/// A piece of a line that stands alone: a table cell, or words set apart by a tab or by two spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The words, trimmed, no-break spaces made plain.
    pub text: String,
    /// Where they stand in the part's text, in bytes, end not included.
    pub span: (usize, usize),
}

/// Splits a text into its lines that are not blank, and those into cells.
#[must_use]
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut offset = 0;
    let mut lines = Vec::new();
    for raw in text.split_inclusive('\n') {
        let cells = cells(raw, offset);
        if !cells.is_empty() {
            lines.push(Line { cells });
        }
        offset += raw.len();
    }
    lines
}

fn cells(line: &str, offset: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut start = 0;
    let mut blanks = 0;
    for (at, letter) in line.char_indices() {
        let gap = letter == '\t' || (blanks == 1 && is_blank(letter));
        if gap {
            cells.extend(cell(line, start, at, offset));
            start = at + letter.len_utf8();
        }
        blanks = usize::from(!gap && is_blank(letter));
    }
    cells.extend(cell(line, start, line.len(), offset));
    cells
}

fn is_blank(letter: char) -> bool {
    letter == ' ' || letter == '\u{a0}'
}

fn cell(line: &str, start: usize, end: usize, offset: usize) -> Option<Cell> {
    let words = &line[start..end];
    let trimmed = words.trim();
    if trimmed.is_empty() {
        return None;
    }
    let from = offset + start + (words.len() - words.trim_start().len());
    Some(Cell { text: trimmed.replace('\u{a0}', " "), span: (from, from + trimmed.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&[&str]]) {
        let lines = lines(text);
        for cell in lines.iter().flat_map(|line| &line.cells) {
            assert_eq!(text[cell.span.0..cell.span.1].replace('\u{a0}', " "), cell.text);
        }
        let got: Vec<Vec<&str>> =
            lines.iter().map(|line| line.cells.iter().map(|cell| cell.text.as_str()).collect()).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn lines_and_cells() {
        check("", &[]);
        check("  \r\n\t\n", &[]);
        check("Reference: A-1\r\nStart:   26 March\r\n", &[&["Reference: A-1"], &["Start:", "26 March"]]);
        check("Start\t26\u{a0}March\t\n", &[&["Start", "26 March"]]);
        check("a \u{a0} b", &[&["a", "b"]]);
        check("ä  ö", &[&["ä", "ö"]]);
    }
}
