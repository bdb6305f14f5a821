//! The words of a notice that a profile's labels, patterns and calendar properties point to.

use std::borrow::Cow;
use std::ops::Range;

use regex::{Captures, Regex};

use super::labels::{Labels, every_label, first_label, labels_alone, parted};
use super::patterns::Matcher;
use super::record::{Found, Gathered, MAX_ROWS, Record, says_something};
use super::starts::{Starts, start_of};
use super::{Field, Pattern, Phrase, Place, Profile, Property, Section, Times, Value, Words, apart, grid};
use crate::notice::announcement::FieldSource;
use crate::notice::calendar::{self, ContentLine};
use crate::notice::message::{Message, Part, PartKind};
use crate::notice::reading::Unreadable;
use crate::notice::text::{CELL_BREAK, Line};
use crate::window::Role;

/// Most bytes that words become by being put right; words that would become more stay as they are.
const MAX_PUT_RIGHT_BYTES: usize = 8 * 1024 * 1024;

/// A stretch of a part in which a rule looks.
#[derive(Debug, Clone)]
pub(super) struct Stretch<'m> {
    pub(super) part: &'m Part,
    pub(super) range: Range<usize>,
}

impl<'m> Stretch<'m> {
    fn text(&self) -> &'m str {
        &self.part.text[self.range.clone()]
    }

    /// The lines that begin in it.
    pub(super) fn lines(&self) -> &'m [Line] {
        let start = |line: &Line| line.cells.first().map_or(0, |cell| cell.span.0);
        let from = self.part.lines.partition_point(|line| start(line) < self.range.start);
        let until = self.part.lines.partition_point(|line| start(line) < self.range.end);
        &self.part.lines[from..until.max(from)]
    }
}

/// What the profile's rules lead to: a field is said by the first rule that finds it, labels before tables before calendar
/// properties before patterns, each in the order of the file.
///
/// # Errors
/// More rows than are read, or lists that do not fit each other.
pub(super) fn gather<'a>(profile: &'a Profile, message: &Message) -> Result<Gathered<'a>, Unreadable> {
    let places = Places { message, sections: &profile.sections };
    let mut notice = Record::new(Role::Primary, Vec::new());
    let mut starts = Starts::default();
    let look = Labels::of(profile, message);
    let mut lists: Vec<Vec<Record<'a>>> = Vec::new();
    let mut columns = Zip::default();
    for label in &profile.labels {
        match label.times {
            Times::First => {
                let found =
                    places.groups(label.place).iter().find_map(|group| first_label(label, group, &look, &mut starts));
                notice.fill(found.unwrap_or_default());
            }
            Times::Each => {
                let groups = places.groups(label.place);
                let mut rows = Vec::new();
                for group in &groups {
                    rows = every_label(label, group, &look)?;
                    if !rows.is_empty() {
                        break;
                    }
                }
                if rows.is_empty() {
                    let mut alone = groups.iter().map(|group| labels_alone(label, group, &look));
                    let found = alone.find(|found| !found.is_empty()).unwrap_or_default();
                    rows =
                        found.into_iter().flat_map(parted).map(|found| Record::new(label.words.role, found)).collect();
                }
                columns.add(label.words.role, rows);
            }
        }
    }
    lists.extend(columns.lists()?);
    for rule in &profile.grids {
        let groups = places.groups(rule.place);
        lists.extend(groups.iter().map(|group| grid::rows(rule, &profile.grids, group)).find(|rows| !rows.is_empty()));
    }
    let known = notice.states_a_window() || lists.iter().flatten().any(Record::states_a_window);
    for mut rows in by_properties(&profile.properties, message) {
        if known {
            // What a label or a table says of the times goes before the calendar beside it, which is often an old one.
            rows.iter_mut().for_each(Record::leave_window_out);
        }
        lists.push(rows);
    }
    for pattern in &profile.patterns {
        match pattern.times {
            Times::First => notice.fill(first_match(pattern, &places, &mut starts).unwrap_or_default()),
            Times::Each => lists.push(every_match(pattern, &places)),
        }
    }
    for label in profile.labels.iter().filter(|label| label.times == Times::First) {
        if label.words.hold(|field| notice.has(field)) {
            continue;
        }
        for group in places.groups(label.place) {
            let mut found = labels_alone(label, &group, &look).into_iter();
            if let Some(first) = found.next() {
                starts.note(&first, found);
                notice.fill(first);
                break;
            }
        }
    }
    lists.retain(|list| !list.is_empty());
    let apart = apart::unread(profile, &places.groups(Place::Body), &notice, &lists);
    Gathered::new(notice, lists).map(|gathered| {
        let several_starts = starts.several(&gathered);
        Gathered { unread_tables: apart, several_starts, ..gathered }
    })
}

/// Where the rules of one profile look in one message.
pub(super) struct Places<'m, 'p> {
    message: &'m Message,
    sections: &'p [Section],
}

impl<'m> Places<'m, '_> {
    /// The stretches of a place, by kind of part: a table says which words belong together, its plain-text twin often
    /// does not, so that HTML comes first and the twin is only asked when it has nothing to say.
    fn groups(&self, place: Place) -> Vec<Vec<Stretch<'m>>> {
        let kinds: &[PartKind] = match place {
            Place::Subject => &[],
            Place::Html => &[PartKind::Html],
            Place::Plain => &[PartKind::Plain],
            Place::Sheet => &[PartKind::Sheet],
            Place::Body | Place::Anywhere | Place::Section(_) => &[PartKind::Html, PartKind::Sheet, PartKind::Plain],
        };
        let section = match place {
            Place::Section(index) => self.sections.get(index),
            Place::Subject | Place::Body | Place::Anywhere | Place::Html | Place::Plain | Place::Sheet => None,
        };
        let stretch = |part: &'m Part| {
            let range = section.map_or(Some(0..part.text.len()), |section| section.range(&part.text))?;
            Some(Stretch { part, range })
        };
        let of = |kind: &PartKind| {
            self.message.parts.iter().filter(|part| part.kind == *kind).filter_map(stretch).collect::<Vec<_>>()
        };
        kinds.iter().map(of).filter(|group| !group.is_empty()).collect()
    }

    /// The subject without its marks, and whole, where the place includes it.
    fn subjects(&self, place: Place) -> Vec<&'m str> {
        match place {
            Place::Subject | Place::Anywhere => {
                vec![self.message.plain_subject(), self.message.facts.subject.as_deref().unwrap_or_default()]
            }
            Place::Body | Place::Html | Place::Plain | Place::Sheet | Place::Section(_) => Vec::new(),
        }
    }
}

impl Section {
    /// The stretch behind the first place where it begins, if it does.
    fn range(&self, text: &str) -> Option<Range<usize>> {
        let from = self.begins.find(text)?.end();
        let until = self.ends.as_ref().and_then(|ends| ends.find_at(text, from)).map_or(text.len(), |end| end.start());
        Some(from..until)
    }
}

/// Words with their place, before the rule is applied to them.
pub(super) struct Raw<'r> {
    pub(super) text: &'r str,
    /// Where they stand in the part's text; none when that is not kept.
    pub(super) span: Option<(usize, usize)>,
    pub(super) part: &'r str,
    pub(super) rule: &'r dyn Fn() -> String,
}

/// The fields that words hold by a rule; none when they are blank or its pattern does not fit.
pub(super) fn fields<'a>(words: &'a Words, raw: &Raw<'_>) -> Vec<Found<'a>> {
    let text = put_right(&words.replace, raw.text);
    let text = Text { start: raw.start_of(&text), words: &text, raw };
    match &words.value {
        Value::Field(field) => text.found(words, *field, 0..text.words.len()).into_iter().collect(),
        Value::Groups(regex) => {
            regex.captures(text.words).map(|groups| text.groups(words, regex, &groups)).unwrap_or_default()
        }
    }
}

impl Raw<'_> {
    /// Where the text begins in its part, unless putting it right changed it.
    fn start_of(&self, text: &str) -> Option<usize> {
        self.span.filter(|_| std::ptr::eq(text, self.text)).map(|(start, _)| start)
    }
}

/// A text that fields are taken from.
struct Text<'t, 'r> {
    words: &'t str,
    start: Option<usize>,
    raw: &'t Raw<'r>,
}

impl Text<'_, '_> {
    fn groups<'a>(&self, words: &'a Words, regex: &'a Regex, groups: &Captures<'_>) -> Vec<Found<'a>> {
        let one = |(name, field)| self.found(words, field, groups.name(name)?.range());
        groups_of(regex).filter_map(one).collect()
    }

    fn found<'a>(&self, words: &'a Words, field: Field, range: Range<usize>) -> Option<Found<'a>> {
        let trimmed = self.words[range.clone()].trim_start();
        let from = range.end - trimmed.len();
        let text = trimmed.trim_end();
        let source = FieldSource {
            field: field.word().into(),
            part: self.raw.part.into(),
            rule: (self.raw.rule)(),
            text: text.replace(CELL_BREAK, " "),
            span: self.start.map(|start| (start + from, start + from + text.len())),
        };
        let found = Found { field, text: text.to_owned(), source, items: &words.items, zone: words.zone.as_deref() };
        says_something(text).then_some(found)
    }
}

fn put_right<'t>(replace: &[(Matcher, String)], text: &'t str) -> Cow<'t, str> {
    replace.iter().fold(Cow::Borrowed(text), |text, (wrong, right)| match replaced(&text, wrong, right) {
        Some(changed) => Cow::Owned(changed),
        None => text,
    })
}

/// A text with another in the place of each match; none when there is no match, or it would become too long.
fn replaced(text: &str, wrong: &Regex, right: &str) -> Option<String> {
    let (mut changed, mut kept) = (String::new(), 0);
    for groups in wrong.captures_iter(text) {
        let found = groups.get_match();
        changed.push_str(&text[kept..found.start()]);
        // No byte of the replacement stands for more than the whole match.
        if changed.len() + right.len() * (found.len() + 1) > MAX_PUT_RIGHT_BYTES {
            return None;
        }
        groups.expand(right, &mut changed);
        kept = found.end();
    }
    if changed.is_empty() && kept == 0 {
        return None;
    }
    changed.push_str(&text[kept..]);
    Some(changed)
}

/// The named groups of a pattern, each with its field: a trailing number lets one field stand twice, `objects_2`.
pub(super) fn groups_of(regex: &Regex) -> impl Iterator<Item = (&str, Field)> {
    regex.capture_names().flatten().filter_map(|name| Some((name, field_of_group(name)?)))
}

pub(super) fn field_of_group(name: &str) -> Option<Field> {
    Field::of_word(name)
        .or_else(|| Field::of_word(name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('_')?))
}

/// Rows of labels that are followed each time: the first start with the first end, of each role for itself.
#[derive(Default)]
struct Zip<'a> {
    lists: Vec<(Role, Vec<Record<'a>>)>,
}

impl<'a> Zip<'a> {
    fn add(&mut self, role: Role, rows: Vec<Record<'a>>) {
        if !rows.is_empty() {
            self.lists.push((role, rows));
        }
    }

    /// The lists that state windows joined one to one, the others as they are.
    fn lists(self) -> Result<Vec<Vec<Record<'a>>>, Unreadable> {
        let mut joined: Vec<(Role, Vec<Record<'a>>)> = Vec::new();
        let mut others = Vec::new();
        for (role, rows) in self.lists {
            let windows = rows.iter().all(Record::states_a_window);
            match joined.iter_mut().find(|(known, _)| *known == role) {
                _ if !windows => others.push(rows),
                None => joined.push((role, rows)),
                Some((_, list)) if list.len() == rows.len() => {
                    list.iter_mut().zip(rows).for_each(|(row, more)| row.fill(more.into_found()));
                }
                Some((_, list)) => {
                    let (first, second) = (list.len(), rows.len());
                    return Err(Unreadable::Uneven {
                        first: format!("{first} times of one kind"),
                        second: format!("{second} of another"),
                    });
                }
            }
        }
        // Primary windows and those in reserve are one list: whatever counts all of them counts both.
        let windows = joined.into_iter().flat_map(|(_, rows)| rows).collect();
        Ok([windows].into_iter().chain(others).collect())
    }
}

// Patterns.

fn first_match<'a>(pattern: &'a Pattern, places: &Places<'_, '_>, starts: &mut Starts) -> Option<Vec<Found<'a>>> {
    let mut subjects = places.subjects(pattern.place).into_iter();
    let in_subject = subjects.find_map(|subject| some(fields(&pattern.words, &of_subject(subject))));
    in_subject.or_else(|| {
        places.groups(pattern.place).iter().flatten().find_map(|stretch| {
            let first = some(fields(&pattern.words, &of_stretch(stretch)))?;
            if start_of(&first).is_some() {
                starts.note(&first, matches(pattern, &of_stretch(stretch)).into_iter().map(Record::into_found));
            }
            Some(first)
        })
    })
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// The span would count in the subject without its marks, which nobody keeps.
fn of_subject(subject: &str) -> Raw<'_> {
    Raw { text: subject, span: None, part: "header Subject", rule: &|| "pattern subject".into() }
}

fn of_stretch<'m>(stretch: &Stretch<'m>) -> Raw<'m> {
    let span = Some((stretch.range.start, stretch.range.end));
    Raw { text: stretch.text(), span, part: &stretch.part.label, rule: &|| "pattern body".into() }
}

fn every_match<'a>(pattern: &'a Pattern, places: &Places<'_, '_>) -> Vec<Record<'a>> {
    let in_subject = places.subjects(pattern.place).into_iter().map(|subject| matches(pattern, &of_subject(subject)));
    let in_body = places
        .groups(pattern.place)
        .into_iter()
        .map(|group| group.iter().flat_map(|stretch| matches(pattern, &of_stretch(stretch))).collect::<Vec<_>>());
    in_subject.chain(in_body).find(|rows| !rows.is_empty()).unwrap_or_default()
}

fn matches<'a>(pattern: &'a Pattern, raw: &Raw<'_>) -> Vec<Record<'a>> {
    let Value::Groups(regex) = &pattern.words.value else { return Vec::new() };
    let text = put_right(&pattern.words.replace, raw.text);
    let text = Text { start: raw.start_of(&text), words: &text, raw };
    let rows = regex.captures_iter(text.words).take(MAX_ROWS + 1);
    let rows = rows.map(|groups| text.groups(&pattern.words, regex, &groups)).filter(|found| !found.is_empty());
    rows.map(|found| Record::new(pattern.words.role, found)).collect()
}

// Calendars.

/// A row for each event, from the properties that the profile names.
fn by_properties<'a>(properties: &'a [Property], message: &Message) -> Vec<Vec<Record<'a>>> {
    if properties.is_empty() {
        return Vec::new();
    }
    let calendars = message.parts.iter().filter(|part| part.kind == PartKind::Calendar);
    let read = calendars.filter_map(|part| Some((part, calendar::read(&part.text).ok()?)));
    read.map(|(part, calendar)| {
        let events = calendar.events.iter().take(MAX_ROWS);
        let rows = events.map(|event| {
            let mut record = Record::new(Role::Primary, Vec::new());
            for property in properties {
                let Some(line) = event.first(&property.name) else { continue };
                let (text, rule) = (with_zone(line), || property.name.clone());
                let raw = Raw { text: &text, span: value_span(line, part), part: &part.label, rule: &rule };
                record.fill(fields(&property.words, &raw).into_iter().map(|found| found.checked(part)));
            }
            record
        });
        rows.filter(|record| !record.is_empty()).collect()
    })
    .collect()
}

/// Where the value of a property stands; none when it is folded or escaped there.
fn value_span(line: &ContentLine, part: &Part) -> Option<(usize, usize)> {
    let (from, value) = (line.span.0, line.text());
    let start = from + part.text.get(from..line.span.1)?.rfind(&value)?;
    Some((start, start + value.len()))
}

/// The text of a property, with the zone that it names for a time behind it, where words have theirs.
fn with_zone(line: &ContentLine) -> String {
    match line.param("TZID") {
        Some(zone) => format!("{} {zone}", line.text()),
        None => line.text(),
    }
}

/// The first of the profile's phrases that a notice holds where they are looked for, with its source.
pub(super) fn phrase<T: Copy>(
    profile: &Profile,
    phrases: &[Phrase<T>],
    field: Field,
    message: &Message,
) -> Option<(T, FieldSource)> {
    let places = Places { message, sections: &profile.sections };
    phrases.iter().find_map(|phrase| {
        let place = phrase.place?;
        let source = |part: &str| FieldSource {
            field: field.word().into(),
            part: part.into(),
            rule: "phrase".into(),
            text: phrase.wording.to_string(),
            span: None,
        };
        let in_subject = places.subjects(place).into_iter().any(|subject| phrase.fits(subject));
        let in_body = || {
            let groups = places.groups(place);
            groups
                .iter()
                .flatten()
                .find(|stretch| phrase.fits(stretch.text()))
                .map(|stretch| source(&stretch.part.label))
        };
        let found = if in_subject { Some(source("header Subject")) } else { in_body() };
        found.map(|source| (phrase.is, source))
    })
}
