//! The statements of a part: what stands behind a label, beside it, below it, or in the column of a heading.

use std::ops::Range;

use super::scan;
use super::words::{self, Label, Topic};
use crate::notice::message::{Part, PartKind};
use crate::notice::text::{CELL_BREAK, Cell, Line};
use crate::window::Role;

/// Most statements of one part: a table of a metro ring's circuits has thousands of cells, its labels some dozens.
const MAX_STATEMENTS: usize = 6_000;

/// How many lines below a heading its role reaches, where no other heading comes: `Alternate night:`.
const ROLE_LINES: usize = 12;

/// Words that a label leads to.
#[derive(Debug, Clone)]
pub(super) struct Statement<'m> {
    pub(super) label: Label,
    /// The label as written.
    name: &'m str,
    pub(super) text: &'m str,
    pub(super) span: Range<usize>,
    /// The row of a table, counted through the part; none of a label.
    pub(super) row: Option<usize>,
}

impl<'m> Statement<'m> {
    /// The rule, as provenance names it.
    pub(super) fn rule(&self) -> String {
        let kind = if self.row.is_some() { "column" } else { "label" };
        format!("{kind} \"{}\"", self.name())
    }

    /// The label without its colon and marks of emphasis.
    pub(super) fn name(&self) -> &'m str {
        self.name.trim_matches(|c: char| c.is_whitespace() || ":*_".contains(c))
    }
}

/// All that a part states under labels and headings, in order.
pub(super) fn statements(part: &Part) -> Vec<Statement<'_>> {
    let mut reader = Reader { part, found: Vec::new(), rows: 0, role: None };
    let mut at = 0;
    while at < part.lines.len() && reader.found.len() < MAX_STATEMENTS {
        at += match forwarded_header(&part.lines[at..]) {
            0 => reader.line(at),
            lines => lines,
        };
    }
    reader.found
}

/// How many lines at most the header of a mail takes that was passed on inline.
const HEADER_LINES: usize = 8;

/// How many lines are the header of a mail passed on inline: its date is that of the mail, and its subject is not folded
/// as labels are.
fn forwarded_header(lines: &[Line]) -> usize {
    let name = |line: &Line| {
        line.cells
            .first()
            .and_then(|cell| cell.text.split_once(':'))
            .map(|(name, _)| name.trim_matches(['*', ' ', '>']).to_lowercase())
    };
    if lines.first().and_then(name).as_deref() != Some("from") && lines.first().and_then(name).as_deref() != Some("von")
    {
        return 0;
    }
    let known = ["date", "sent", "to", "cc", "subject", "gesendet", "an", "betreff", "reply-to"];
    let of_header = |line: &Line| name(line).is_some_and(|name| known.contains(&name.as_str()));
    let among = lines.iter().take(HEADER_LINES).enumerate().filter(|(_, line)| of_header(line));
    match among.clone().count() {
        0 | 1 => 0,
        _ => among.max_by_key(|(at, _)| *at).map_or(0, |(at, _)| at + 1),
    }
}

struct Reader<'m> {
    part: &'m Part,
    found: Vec<Statement<'m>>,
    rows: usize,
    /// The role that a heading gives to what stands below it, and its line.
    role: Option<(Role, usize)>,
}

/// The words of a cell as they stand in the part, without marks of emphasis.
pub(super) fn cell_text<'m>(part: &'m Part, cell: &Cell) -> &'m str {
    part.text.get(cell.span.0..cell.span.1).unwrap_or_default()
}

impl<'m> Reader<'m> {
    /// Reads the line of that number and answers how many lines were used up.
    fn line(&mut self, at: usize) -> usize {
        let line = &self.part.lines[at];
        if let Some(columns) = self.heading(line, at) {
            return 1 + self.table(&columns, at + 1);
        }
        let cells = worded(line);
        if let [only] = cells.as_slice() {
            self.in_one_cell(only, at);
        } else {
            self.beside(&cells, at);
        }
        1
    }

    fn push(&mut self, label: Label, name: &'m str, span: Range<usize>, line: usize, row: Option<usize>) {
        let text = &self.part.text[span.clone()];
        let trimmed = text.trim_matches(blank);
        if trimmed.is_empty() || self.found.len() >= MAX_STATEMENTS {
            return;
        }
        let start = span.start + (text.len() - text.trim_start_matches(blank).len());
        let role = match (label.role, self.role) {
            (Role::Primary, Some((role, set))) if line <= set + ROLE_LINES => role,
            (role, _) => role,
        };
        let label = Label { role, ..label };
        self.found.push(Statement { label, name, text: trimmed, span: start..start + trimmed.len(), row });
    }

    /// `Label | value`, `Label | : | value`, and several of them in one line.
    fn beside(&mut self, cells: &[&'m Cell], at: usize) {
        let mut next = 0;
        while next < cells.len() {
            let cell = cells[next];
            let text = cell_text(self.part, cell);
            let label = words::label(text).filter(|_| is_label(text));
            match (label, cells.get(next + 1)) {
                (Some(label), Some(value)) if label.topic != Topic::Other || next == 0 => {
                    self.push(label, text, value.span.0..value.span.1, at, None);
                    next += 2;
                }
                _ => {
                    self.in_cell(cell, at);
                    next += 1;
                }
            }
        }
    }

    fn in_one_cell(&mut self, cell: &'m Cell, at: usize) {
        let text = cell_text(self.part, cell);
        let label = words::label(text).filter(|_| is_label(text));
        if text.split_whitespace().count() <= 6 {
            if label.as_ref().is_some_and(|label| label.role == Role::Contingency) {
                self.role = Some((Role::Contingency, at));
            } else if text.to_lowercase().contains("primary") {
                self.role = None;
            }
        }
        if let (false, Some(label)) = (self.in_cell(cell, at), label) {
            self.below(&label, text, at);
        }
    }

    /// The lines below a label that stands alone: a value each for most topics, all ids for objects.
    fn below(&mut self, label: &Label, name: &'m str, at: usize) {
        let lines = &self.part.lines[at + 1..];
        let Some(first) = lines.first() else { return };
        let [cell] = worded(first)[..] else { return };
        let text = cell_text(self.part, cell);
        let fits = match label.topic {
            Topic::Start | Topic::End | Topic::Window => {
                scan::stamps(text).first().is_some_and(|stamp| stamp.span.0 <= 24)
            }
            Topic::Reference => text.split_whitespace().count() <= 3 && super::names::is_reference(text),
            Topic::Objects => name.trim_end().ends_with(':') || text.split_whitespace().count() <= 6,
            Topic::Impact | Topic::Status | Topic::Summary | Topic::Account | Topic::Zone => {
                !is_label(text) || !name.trim_end().ends_with(':') || words::label(text).is_none_or(|l| l.rank == 0)
            }
            Topic::Duration | Topic::Other => false,
        };
        if !fits || (label.topic != Topic::Objects && text.contains(':') && self.splits(cell)) {
            return;
        }
        let many = if label.topic == Topic::Objects {
            lines.iter().take_while(|line| is_id_line(line)).count().max(1)
        } else {
            1
        };
        for (offset, line) in lines.iter().take(many).enumerate() {
            for cell in &line.cells {
                self.push(label.clone(), name, cell.span.0..cell.span.1, at + 1 + offset, None);
            }
        }
    }

    fn splits(&self, cell: &Cell) -> bool {
        let text = cell_text(self.part, cell);
        colons(text).iter().any(|colon| words::label(&text[label_start(text, *colon)..*colon]).is_some())
    }

    /// `Label: value`, and several of them: `Start: …, End: …`. Whether there was any.
    fn in_cell(&mut self, cell: &'m Cell, at: usize) -> bool {
        let text = cell_text(self.part, cell);
        let mut marks: Vec<(Range<usize>, usize, Label)> = Vec::new();
        for colon in colons(text) {
            let from = label_start(text, colon);
            let Some(label) = words::label(&text[from..colon]) else { continue };
            if (label.topic != Topic::Other || marks.is_empty()) && marks.last().is_none_or(|last| from >= last.1) {
                marks.push((from..colon, colon + 1, label));
            }
        }
        let mut any = false;
        for (index, (name, start, label)) in marks.iter().enumerate() {
            let end = marks.get(index + 1).map_or(text.len(), |next| next.0.start);
            if !has_words(&text[*start..end]) {
                // The label ends its line: what belongs to it stands below.
                if index + 1 == marks.len() && label.topic != Topic::Other {
                    self.below(label, &text[name.start..*start], at);
                    any = true;
                }
                continue;
            }
            any = true;
            let span = cell.span.0 + start..cell.span.0 + end;
            self.push(label.clone(), &text[name.clone()], span, at, None);
        }
        any
    }

    /// The columns of a heading row; none when the line is none.
    fn heading(&self, line: &'m Line, at: usize) -> Option<Vec<(Option<Label>, &'m str)>> {
        let below = self.part.lines.get(at + 1)?;
        if worded(line).len() < 2 || worded(below).len() < 2 {
            return None;
        }
        let column = |cell: &'m Cell| {
            let text = cell_text(self.part, cell);
            let label = words::label(text).filter(|_| scan::stamps(text).is_empty() && !text.contains(':'));
            (label, text)
        };
        let columns: Vec<_> = line.cells.iter().map(column).collect();
        let plain = |text: &str| has_words(text) && text.split_whitespace().count() <= 8 && !text.ends_with('.');
        let labels = columns.iter().filter(|(label, _)| label.is_some()).count();
        let known = |columns: &[(Option<Label>, &str)]| {
            let of = |label: &Label| label.topic != Topic::Other;
            columns.iter().filter(|(label, _)| label.as_ref().is_some_and(of)).count()
        };
        let all_plain = columns.iter().all(|(_, text)| text.is_empty() || plain(text));
        let below_columns: Vec<_> = below.cells.iter().map(column).collect();
        let better = known(&columns) > known(&below_columns);
        let many = columns.len() > 2 || self.is_pair_of_headings(&columns, below);
        (all_plain && labels * 4 >= worded(line).len() * 3 && known(&columns) >= 1 && better && many).then_some(columns)
    }

    /// Two columns: `Start | End` over two times, or two topics over two values; `Status | Completed` is no heading.
    fn is_pair_of_headings(&self, columns: &[(Option<Label>, &str)], below: &Line) -> bool {
        let topics: Vec<Topic> = columns.iter().filter_map(|(label, _)| Some(label.as_ref()?.topic)).collect();
        let [first, second] = topics.as_slice() else { return false };
        let first_below = worded(below).first().map(|cell| cell_text(self.part, cell)).unwrap_or_default();
        let both = *first != Topic::Other && *second != Topic::Other && first != second;
        both && (!is_label(first_below) || words::label(first_below).is_none_or(|label| label.topic == Topic::Other))
    }

    /// The rows below a heading, and how many lines they are.
    fn table(&mut self, columns: &[(Option<Label>, &'m str)], from: usize) -> usize {
        let mut used = 0;
        for (offset, line) in self.part.lines[from..].iter().enumerate() {
            let another_heading = offset > 0 && self.heading(line, from + offset).is_some();
            if worded(line).is_empty() || line.cells.len() < 2 || another_heading || self.is_labelled(line) {
                break;
            }
            self.rows += 1;
            // Rows of a table keep their blank cells; of typed text only a whole row has its cells below their headings.
            let whole = self.part.kind != PartKind::Plain || line.cells.len() == columns.len();
            for (at, ((label, name), cell)) in columns.iter().zip(&line.cells).enumerate() {
                let Some(label) = label.as_ref().filter(|label| label.topic != Topic::Other) else { continue };
                if whole || at == 0 {
                    self.push(label.clone(), name, cell.span.0..cell.span.1, from + offset, Some(self.rows));
                }
            }
            used += 1;
        }
        used
    }

    /// Whether a line is no row of a table any more: it begins with a label and its colon.
    fn is_labelled(&self, line: &Line) -> bool {
        let first = worded(line).first().map(|cell| cell_text(self.part, cell)).unwrap_or_default();
        first.trim_end().ends_with(':') && words::label(first).is_some()
    }
}

fn blank(letter: char) -> bool {
    letter.is_whitespace() || letter == CELL_BREAK || letter == ':' || letter == '*'
}

/// The cells of a line that are not blank: a colon alone is.
pub(super) fn worded(line: &Line) -> Vec<&Cell> {
    line.cells.iter().filter(|cell| has_words(&cell.text)).collect()
}

fn has_words(text: &str) -> bool {
    !text.trim_matches(blank).is_empty()
}

/// Whether a cell can be a label: short, no time in it, no end of a sentence.
fn is_label(text: &str) -> bool {
    let text = text.trim();
    !text.ends_with(['.', '!', '?', ';', ',']) && !text.contains('@') && scan::stamps(text).is_empty()
}

/// A line of one word that is a name and no prose: `ABC-0001`, `192.0.2.1`.
pub(super) fn is_id_line(line: &Line) -> bool {
    let [cell] = worded(line)[..] else { return false };
    cell.text.split(',').all(|item| super::names::is_id(item.trim()))
}

/// Where colons stand that may end a label: none inside a time, an address or a link.
fn colons(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let at = |place: usize| bytes.get(place).copied().unwrap_or(b' ');
    let inside = |place: usize| {
        let (before, after) = (at(place.wrapping_sub(1)), at(place + 1));
        after == b'/' || after == b':' || before == b':' || (before.is_ascii_digit() && after.is_ascii_digit())
    };
    text.match_indices(':').map(|(place, _)| place).filter(|place| !inside(*place)).take(40).collect()
}

/// Where the label that a colon ends begins: behind the last mark before it that parts statements.
fn label_start(text: &str, colon: usize) -> usize {
    let before = &text[..colon];
    let cut = before
        .rfind([',', ';', '|', '\n', CELL_BREAK])
        .map(|at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let sentence = before.rfind(". ").map(|at| at + 2);
    let gap = before.rfind("  ").map(|at| at + 2);
    let start = cut.max(sentence).max(gap).unwrap_or(0);
    start + (before[start..].len() - before[start..].trim_start().len())
}
