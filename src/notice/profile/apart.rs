//! Tables whose heading stands in the text as bare words, so that no row of them can be read: what they name would be lost.

use super::find::Stretch;
use super::grid::{Heading, normal};
use super::record::Record;
use super::{Field, Grid, Profile};
use crate::notice::message::PartKind;
use crate::notice::text::Line;

/// How many lines the names of a heading may take, each with a line of its own: the widest table of a profile has 15 columns.
const MAX_HEADING_LINES: usize = 20;

/// Longest line that is a heading.
const MAX_HEADING_BYTES: usize = 300;

/// The headings of the profile's tables that came apart, where nothing else states what the table would.
pub(super) fn unread(
    profile: &Profile,
    groups: &[Vec<Stretch<'_>>],
    notice: &Record<'_>,
    lists: &[Vec<Record<'_>>],
) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    for grid in &profile.grids {
        let rows = || lists.iter().flatten();
        let states = |field: Field| grid.columns.iter().any(|column| column.words.hold(|held| held == field));
        let objects =
            states(Field::Objects) && !notice.has(Field::Objects) && !rows().any(|row| row.has(Field::Objects));
        let windows = states(Field::Start) && !rows().any(Record::states_a_window);
        if !objects && !windows {
            continue;
        }
        let lines = || groups.iter().flatten().map(|stretch| (stretch.part.kind, stretch.lines()));
        let read = |lines: &[Line]| lines.iter().any(|line| Heading::of(grid, line).is_some_and(|h| h.is_table(grid)));
        let came_apart =
            |kind: PartKind, lines: &[Line]| kind != PartKind::Sheet && (in_lines(grid, lines) || in_one(grid, lines));
        if !lines().any(|(_, lines)| read(lines)) && lines().any(|(kind, lines)| came_apart(kind, lines)) {
            let heading = grid.header.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            if !headings.contains(&heading) {
                headings.push(heading);
            }
        }
    }
    headings
}

/// Whether the names stand below each other, each in a line of its own.
fn in_lines(grid: &Grid, lines: &[Line]) -> bool {
    let name = |line: &Line| match line.cells.as_slice() {
        [only] => Some(normal(&only.text)),
        [] | [_, ..] => None,
    };
    let Some(first) = grid.header.first() else { return false };
    let starts = lines.iter().enumerate().filter(|(_, line)| name(line).as_ref() == Some(first));
    starts.take(MAX_HEADING_LINES).any(|(at, _)| {
        let near = &lines[at.saturating_sub(MAX_HEADING_LINES)..lines.len().min(at + MAX_HEADING_LINES)];
        grid.header.iter().all(|wanted| near.iter().any(|line| name(line).as_ref() == Some(wanted)))
    })
}

/// Whether the names stand in one line as headings do: in their order, written with a capital, and no sentence.
fn in_one(grid: &Grid, lines: &[Line]) -> bool {
    if grid.header.len() < 2 {
        return false;
    }
    lines.iter().any(|line| {
        let [cell, ..] = line.cells.as_slice() else { return false };
        let text = cell.text.as_str();
        text.len() <= MAX_HEADING_BYTES
            && line.cells.len() < grid.header.len()
            && !text.ends_with('.')
            && !text.contains(|c: char| c.is_ascii_digit())
            && in_order(&grid.header, text)
    })
}

fn in_order(names: &[String], text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut from = 0;
    names.iter().all(|name| {
        let Some(at) = lower.get(from..).and_then(|rest| rest.find(name.as_str())) else { return false };
        let start = from + at;
        from = start + name.len();
        text.get(start..).and_then(|rest| rest.chars().next()).is_some_and(char::is_uppercase)
    })
}

impl Heading {
    /// Whether rows can be told below it: in one column they cannot, where the profile reads several.
    pub(super) fn is_table(&self, grid: &Grid) -> bool {
        self.width() > 1 || grid.columns.len() < 2
    }
}
