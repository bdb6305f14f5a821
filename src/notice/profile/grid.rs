//! Tables read by the names in their heading row.

use super::find::{Raw, Stretch, fields};
use super::record::{MAX_ROWS, Record};
use super::{Grid, RowFilter};
use crate::notice::message::PartKind;
use crate::notice::text::{Cell, Line};

/// The rows of all tables of a group of parts that have the grid's heading. A table ends where that of another of the
/// profile's grids begins.
pub(super) fn rows<'a>(grid: &'a Grid, all: &[Grid], group: &[Stretch<'_>]) -> Vec<Record<'a>> {
    let mut rows = Vec::new();
    for stretch in group {
        let mut heading: Option<Heading> = None;
        for line in stretch.lines() {
            if let Some(found) = Heading::of(grid, line).filter(|found| typed_table(found, grid, stretch)) {
                heading = Some(found);
                continue;
            }
            let Some(names) = &heading else { continue };
            let begins_another = all.iter().any(|other| Heading::of(other, line).is_some());
            if begins_another || !is_row(grid, names, line) {
                heading = None;
                continue;
            }
            rows.extend(row(grid, names, line, stretch));
            if rows.len() > MAX_ROWS {
                return rows;
            }
        }
    }
    rows
}

/// Whether a heading has rows below it. In text as typed the cells of a table may stand below each other, and what looks like
/// one column is all of them.
fn typed_table(heading: &Heading, grid: &Grid, stretch: &Stretch<'_>) -> bool {
    stretch.part.kind != PartKind::Plain || heading.is_table(grid)
}

/// The names of a heading row, normalised, by column.
pub(super) struct Heading {
    names: Vec<String>,
}

impl Heading {
    pub(super) fn of(grid: &Grid, line: &Line) -> Option<Self> {
        if line.cells.len() < grid.header.len() {
            return None;
        }
        let names: Vec<String> = line.cells.iter().map(|cell| normal(&cell.text)).collect();
        grid.header.iter().all(|wanted| names.contains(wanted)).then_some(Self { names })
    }

    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }
}

/// A column's name as names are compared: lower case, single spaces, no colon or asterisk at its end.
pub(super) fn normal(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").trim_end_matches([':', '*', ' ']).to_lowercase()
}

/// A table ends at the first line that is plainly none of its rows: one cell where the heading has several.
fn is_row(grid: &Grid, heading: &Heading, line: &Line) -> bool {
    let filled = line.cells.iter().filter(|cell| !cell.text.is_empty()).count();
    let ends = grid.until.as_ref().is_some_and(|until| line.cells.iter().any(|cell| until.is_match(&cell.text)));
    !ends && (filled > 1 || heading.names.len() == 1)
}

fn row<'a>(grid: &'a Grid, heading: &Heading, line: &Line, stretch: &Stretch<'_>) -> Option<Record<'a>> {
    let cell = |name: &str| heading.column(name).and_then(|at| line.cells.get(at));
    let passes = |filter: &RowFilter| cell(&filter.column).is_some_and(|cell| filter.matches.is_match(&cell.text));
    if !grid.keep.iter().all(passes) || grid.skip.iter().any(passes) {
        return None;
    }
    let mut record = Record::new(grid.role, Vec::new());
    for column in &grid.columns {
        let found: Option<(&String, &Cell)> = column.names.iter().find_map(|name| Some((name, cell(name)?)));
        let Some((name, cell)) = found else { continue };
        let rule = || format!("column \"{name}\"");
        let raw = Raw { text: &cell.text, span: Some(cell.span), part: &stretch.part.label, rule: &rule };
        record.fill(fields(&column.words, &raw));
    }
    Some(record).filter(|record| !record.is_empty())
}
