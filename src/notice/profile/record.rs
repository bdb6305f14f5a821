//! Words that rules led to, gathered as records: what the whole notice says, and rows of windows and objects.

use super::{Field, Items};
use crate::notice::announcement::FieldSource;
use crate::notice::message::Part;
use crate::notice::reading::Unreadable;
use crate::notice::text::CELL_BREAK;
use crate::window::Role;

/// Most rows of one notice: a whole metro ring of circuits is some hundreds.
pub(super) const MAX_ROWS: usize = 5_000;

/// Words found, and where.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) field: Field,
    pub(super) text: String,
    pub(super) source: FieldSource,
    /// How several items among the words are parted.
    pub(super) items: &'a Items,
    /// The zone that the rule itself states for times that name none.
    pub(super) zone: Option<&'a str>,
}

impl Found<'_> {
    /// Without its span when other words stand there.
    pub(super) fn checked(mut self, part: &Part) -> Self {
        let source = &mut self.source;
        source.span = source.span.filter(|(from, to)| part.text.get(*from..*to) == Some(source.text.as_str()));
        self
    }

    /// The words on one line.
    pub(super) fn line(&self) -> String {
        self.text.replace(CELL_BREAK, " ")
    }
}

/// What belongs together: the words of a whole notice, of a row of a table, or of one match of a pattern.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    pub(super) role: Role,
    found: Vec<Found<'a>>,
}

impl<'a> Record<'a> {
    pub(super) fn new(role: Role, found: Vec<Found<'a>>) -> Self {
        Self { role, found }
    }

    pub(super) fn get(&self, field: Field) -> Option<&Found<'a>> {
        self.found.iter().find(|found| found.field == field)
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.get(field).is_some()
    }

    pub(super) fn states_a_window(&self) -> bool {
        self.found.iter().any(|found| found.field.states_a_window())
    }

    /// Leaves out its times, and what was said a second time of them.
    pub(super) fn leave_window_out(&mut self) {
        let second = [Field::CheckStart, Field::CheckEnd, Field::CheckZone];
        self.found.retain(|found| !found.field.states_a_window() && !second.contains(&found.field));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Puts to it what it does not say yet.
    pub(super) fn fill(&mut self, more: impl IntoIterator<Item = Found<'a>>) {
        for found in more {
            if !self.has(found.field) {
                self.found.push(found);
            }
        }
    }

    /// Puts words in the place of those it has for the same field.
    fn prefer(&mut self, found: Vec<Found<'a>>) {
        self.found.retain(|known| found.iter().all(|new| new.field != known.field));
        self.found.extend(found);
    }

    /// How long its words are together, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.found.iter().map(|found| found.text.len()).sum()
    }

    /// Its words, without their record.
    pub(super) fn into_found(self) -> Vec<Found<'a>> {
        self.found
    }

    /// Whether it only says more about a row that stands elsewhere: a reference, a status, a second statement of times.
    fn is_attribute(&self) -> bool {
        !self.states_a_window() && !self.has(Field::Objects)
    }
}

/// All that the rules of a profile led to in one notice.
#[derive(Debug)]
pub(super) struct Gathered<'a> {
    /// What is said once.
    pub(super) notice: Record<'a>,
    /// What is said row by row, in the order of the profile's rules.
    pub(super) rows: Vec<Record<'a>>,
    /// The headings of tables that came apart, so that none of their rows was read.
    pub(super) unread_tables: Vec<String>,
    /// Two starts behind one rule that is followed once, of which the first was taken.
    pub(super) several_starts: Option<String>,
}

impl<'a> Gathered<'a> {
    /// Gathers rows; those that state neither window nor objects belong, in order, to the windows if there are as many.
    /// A single one belongs to the whole notice.
    ///
    /// # Errors
    /// [`Unreadable::TooComplex`] for more than [`MAX_ROWS`]; [`Unreadable::Uneven`] when references cannot be paired.
    pub(super) fn new(mut notice: Record<'a>, lists: Vec<Vec<Record<'a>>>) -> Result<Self, Unreadable> {
        if lists.iter().map(Vec::len).sum::<usize>() > MAX_ROWS {
            return Err(Unreadable::TooComplex { what: "its tables".into(), limit: format!("{MAX_ROWS} rows") });
        }
        let (attributes, rows): (Vec<_>, Vec<_>) =
            lists.into_iter().partition(|list| list.iter().all(Record::is_attribute));
        let mut rows: Vec<Record<'a>> = rows.into_iter().flatten().collect();
        for list in attributes {
            pair(&mut notice, &mut rows, list)?;
        }
        Ok(Self { notice, rows, unread_tables: Vec::new(), several_starts: None })
    }
}

/// Puts a list of attributes to the rows that state windows, one to one.
fn pair<'a>(notice: &mut Record<'a>, rows: &mut [Record<'a>], list: Vec<Record<'a>>) -> Result<(), Unreadable> {
    let role = list.first().map(|record| record.role);
    let all = rows.iter().filter(|row| row.states_a_window()).count();
    let of_role = rows.iter().filter(|row| row.states_a_window() && Some(row.role) == role).count();
    let names_references = list.iter().any(|record| record.has(Field::Reference));
    if list.len() == all || (list.len() == of_role && !names_references) {
        let every = list.len() == all;
        let windows = rows.iter_mut().filter(|row| row.states_a_window() && (every || Some(row.role) == role));
        for (row, record) in windows.zip(list) {
            row.fill(record.into_found());
        }
        return Ok(());
    }
    match <[Record<'a>; 1]>::try_from(list) {
        Ok([only]) => {
            notice.prefer(only.into_found());
            Ok(())
        }
        Err(list) if names_references => {
            Err(Unreadable::Uneven { first: format!("{} references", list.len()), second: format!("{all} windows") })
        }
        // Second statements that cannot be told apart prove nothing, and statuses are weighed as they stand.
        Err(_) => Ok(()),
    }
}

impl Items {
    /// The items among words: parted at each of the marks and where a cell had several lines, none blank.
    pub(super) fn parts<'t>(&self, words: &'t str) -> Vec<&'t str> {
        let mut items = vec![words];
        for mark in self.split.iter().map(String::as_str).chain([CELL_BREAK_TEXT]) {
            items = items.into_iter().flat_map(|item| item.split(mark)).collect();
        }
        items.into_iter().map(str::trim).filter(|item| says_something(item)).collect()
    }
}

/// Whether words say anything: a dash in a cell or a colon beside a label does not.
pub(super) fn says_something(words: &str) -> bool {
    words.contains(char::is_alphanumeric)
}

/// [`CELL_BREAK`] as text.
const CELL_BREAK_TEXT: &str = "\u{2028}";
