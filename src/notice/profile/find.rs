//! The words of a notice that a profile's labels, patterns and calendar properties point to.

use std::borrow::Cow;
use std::ops::Range;

use regex::{Captures, Regex};

use super::patterns::Matcher;
use super::record::{Found, Gathered, MAX_ROWS, Record, says_something};
use super::starts::{Starts, start_of};
use super::{
    Field, Label, Pattern, Phrase, Place, Profile, Property, Section, Take, Times, Value, Words, apart, grid, lists,
};
use crate::notice::announcement::FieldSource;
use crate::notice::calendar::{self, ContentLine};
use crate::notice::forward::Quoted;
use crate::notice::message::{Message, Part, PartKind};
use crate::notice::reading::Unreadable;
use crate::notice::text::{CELL_BREAK, Cell, Line, beyond};
use crate::window::Role;

/// Most lines that belong to a label above them: the longest such list, a ring of circuits, has some hundreds.
const MAX_LINES_BELOW: usize = 1_000;

/// Most bytes that one label leads to where it is followed each time: twice the most that a mail says. Only lists of lines,
/// of which each repeats most of the one before, come to more.
const MAX_LED_TO_BYTES: usize = 8 * 1024 * 1024;

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

/// What looking for labels needs to know of the profile and the message.
struct Labels<'p> {
    profile: &'p Profile,
    /// The headers of mails passed on in the text, whose labels are not the notice's.
    headers: Vec<Quoted>,
}

impl<'p> Labels<'p> {
    fn of(profile: &'p Profile, message: &Message) -> Self {
        Self { profile, headers: message.quoted() }
    }

    fn is_header(&self, cell: &Cell, part: &Part) -> bool {
        let within =
            |quoted: &Quoted| quoted.part == part.label && (quoted.span.0..quoted.span.1).contains(&cell.span.0);
        self.headers.iter().any(within)
    }

    /// Whether words that nothing but their place ties to a label may be what it leads to: words that the profile explains,
    /// any summary, and of other fields what holds a digit.
    fn may_be(&self, label: &Label, words: &str) -> bool {
        let holds = |field: Field| label.words.hold(|held| held == field);
        if holds(Field::Status) {
            self.profile.statuses.iter().any(|phrase| phrase.fits(words))
        } else if holds(Field::Impact) {
            self.profile.impacts.iter().any(|phrase| phrase.fits(words))
        } else {
            holds(Field::Summary) || words.contains(|c: char| c.is_ascii_digit())
        }
    }

    /// Whether words are a label or a heading that the profile knows.
    fn is_name(&self, words: &str) -> bool {
        let mut labels = self.profile.labels.iter().flat_map(|label| &label.names);
        let mut headings = self.profile.grids.iter().flat_map(|grid| &grid.header);
        labels.any(|name| rest_behind(words, name).is_some()) || headings.any(|name| *name == grid::normal(words))
    }
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

// Labels.

fn first_label<'a>(
    label: &'a Label,
    group: &[Stretch<'_>],
    look: &Labels<'_>,
    starts: &mut Starts,
) -> Option<Vec<Found<'a>>> {
    label.names.iter().find_map(|name| {
        group.iter().find_map(|stretch| {
            let behind = behind_labels(label, name, stretch, look).map(|raw| raw.read(label, name));
            let mut found = behind.filter(|found| !found.is_empty());
            let first = found.next()?;
            starts.note(&first, found);
            Some(first)
        })
    })
}

/// Words below each place where a label stands alone in its line without a colon, as where a table became plain text cell by
/// cell; of the first of its names that leads to any.
fn labels_alone<'a>(label: &'a Label, group: &[Stretch<'_>], look: &Labels<'_>) -> Vec<Vec<Found<'a>>> {
    let names = label.names.iter().filter(|name| matches!(label.take, Take::Value) && !name.ends_with('*'));
    let plain = || group.iter().filter(|stretch| stretch.part.kind == PartKind::Plain);
    let below = |name: &str, stretch: &Stretch<'_>| -> Vec<Vec<Found<'a>>> {
        let lines = stretch.lines();
        let alone = (0..lines.len()).filter(|at| is_alone(name, &lines[*at], stretch, look));
        let found = alone.filter_map(|at| {
            // A line between may hold the colon.
            let words = |line: &Line| line.cells.iter().any(|cell| says_something(&cell.text));
            let below = (at + 1..lines.len()).take(2).find(|below| words(&lines[*below]))?;
            let cell = lines[below].cells.first()?;
            let fits = !look.is_name(&cell.text) && look.may_be(label, &cell.text);
            let one = Behind { part: stretch.part, text: Cow::Borrowed(&cell.text), span: Some(cell.span) };
            some(with_list(label, one, &lines[below + 1..]).read(label, name)).filter(|_| fits)
        });
        found.take(MAX_ROWS).collect()
    };
    names
        .flat_map(|name| plain().map(|stretch| below(name, stretch)).collect::<Vec<_>>())
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn is_alone(name: &str, line: &Line, stretch: &Stretch<'_>, look: &Labels<'_>) -> bool {
    match line.cells.as_slice() {
        [only] => rest_behind(&only.text, name).is_some_and(str::is_empty) && !look.is_header(only, stretch.part),
        [] | [_, ..] => false,
    }
}

fn every_label<'a>(label: &'a Label, group: &[Stretch<'_>], look: &Labels<'_>) -> Result<Vec<Record<'a>>, Unreadable> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for stretch in group {
        for name in &label.names {
            for behind in behind_labels(label, name, stretch, look) {
                bytes += behind.text.len();
                if bytes > MAX_LED_TO_BYTES {
                    return Err(beyond("what a label leads to", MAX_LED_TO_BYTES, "bytes"));
                }
                let found = behind.read(label, name);
                rows.extend(parted(found).into_iter().map(|found| Record::new(label.words.role, found)));
                if rows.len() > MAX_ROWS {
                    return Ok(rows);
                }
            }
        }
    }
    Ok(rows)
}

/// Words of which each item is a row of its own: `TT-1 / TT-2` of a label that is followed each time.
fn parted(found: Vec<Found<'_>>) -> Vec<Vec<Found<'_>>> {
    match found.as_slice() {
        [] => Vec::new(),
        [only] if only.field == Field::Reference && !only.items.split.is_empty() => {
            let items = only.items.parts(&only.text);
            items.into_iter().map(|item| vec![Found { text: item.to_owned(), ..only.clone() }]).collect()
        }
        _ => vec![found],
    }
}

struct Behind<'m> {
    part: &'m Part,
    text: Cow<'m, str>,
    span: Option<(usize, usize)>,
}

impl Behind<'_> {
    fn read<'a>(&self, label: &'a Label, name: &str) -> Vec<Found<'a>> {
        let rule = || format!("label \"{name}\"");
        fields(&label.words, &Raw { text: &self.text, span: self.span, part: &self.part.label, rule: &rule })
    }
}

/// What stands behind each place where a label is written.
fn behind_labels<'m>(
    label: &Label,
    name: &str,
    stretch: &Stretch<'m>,
    look: &Labels<'_>,
) -> impl Iterator<Item = Behind<'m>> {
    let (lines, part) = (stretch.lines(), stretch.part);
    let cells = lines.iter().enumerate().flat_map(|(number, line)| (0..line.cells.len()).map(move |at| (number, at)));
    let places = cells.filter_map(move |(number, at)| {
        let cell = &lines[number].cells[at];
        let rest = rest_behind(&cell.text, name).filter(|_| !look.is_header(cell, part))?;
        let below = &lines[number + 1..];
        let found = behind(&label.take, rest, cell, &lines[number].cells[at + 1..], below, part)?;
        Some(if matches!(label.take, Take::Value) { with_list(label, found, below) } else { found })
    });
    // A mail of nothing but labels, each of which has all lines below it, would be read once for each of its lines.
    places.take(MAX_ROWS + 1)
}

fn behind<'m>(
    take: &Take,
    rest: &'m str,
    cell: &'m Cell,
    beside: &'m [Cell],
    below: &'m [Line],
    part: &'m Part,
) -> Option<Behind<'m>> {
    let of_cell = |cell: &'m Cell| Behind { part, text: Cow::Borrowed(&cell.text), span: Some(cell.span) };
    let first_below =
        || below.first().and_then(|line| line.cells.iter().find(|cell| !cell.text.is_empty())).map(of_cell);
    match take {
        Take::Lines { until } => Some(lines_below(rest, until.as_ref(), below, part)),
        Take::Below => first_below(),
        Take::Value => {
            let words = rest.strip_prefix(':').map_or(rest, str::trim);
            if !words.is_empty() {
                let from = cell.span.1 - words.len();
                let span = (part.text.get(from..cell.span.1) == Some(words)).then_some((from, cell.span.1));
                return Some(Behind { part, text: Cow::Borrowed(words), span });
            }
            let value = |cell: &&Cell| !cell.text.trim_matches([':', ' ']).is_empty();
            match beside.iter().find(value) {
                Some(cell) => Some(beside_value(cell, part)),
                None if rest.starts_with(':') || beside.iter().any(|cell| cell.text == ":") => first_below(),
                None => None,
            }
        }
    }
}

/// The words behind a label with the lines below that go on with a list of objects.
fn with_list<'m>(label: &Label, found: Behind<'m>, below: &'m [Line]) -> Behind<'m> {
    if found.part.kind == PartKind::Sheet || !label.words.names_objects() {
        return found;
    }
    let lines = below.iter().map_while(|line| match line.cells.as_slice() {
        [only] => Some(only),
        [] | [_, ..] => None,
    });
    // Words that stand in a line below their label are not followed by themselves.
    let own = found.span.map(|(from, _)| from);
    let more = lines.skip_while(|cell| own.is_some_and(|own| cell.span.0 <= own));
    let more = lists::goes_on(&found.text, &label.words.items, more.map(|cell| cell.text.as_str()));
    if more.is_empty() {
        return found;
    }
    let words: Vec<&str> = [found.text.as_ref()].into_iter().chain(more).collect();
    Behind { text: Cow::Owned(words.join(&CELL_BREAK.to_string())), span: None, ..found }
}

/// The cell beside a label, without a colon that it may begin with.
fn beside_value<'m>(cell: &'m Cell, part: &'m Part) -> Behind<'m> {
    let words = cell.text.trim_start_matches([':', ' ']);
    let from = cell.span.0 + (cell.text.len() - words.len());
    Behind { part, text: Cow::Borrowed(words), span: Some((from, cell.span.1)) }
}

/// The lines below a label to the first that matches, one under the other; what stands behind the label comes first.
fn lines_below<'m>(rest: &'m str, until: Option<&Matcher>, below: &'m [Line], part: &'m Part) -> Behind<'m> {
    let whole = |line: &Line| line.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join("\t");
    let mut words = vec![rest.trim_start_matches([':', ' ']).to_owned()];
    words.extend(
        below
            .iter()
            .take(MAX_LINES_BELOW)
            .map(whole)
            .take_while(|line| until.is_none_or(|until| !until.is_match(line))),
    );
    words.retain(|line| !line.is_empty());
    Behind { part, text: Cow::Owned(words.join(&CELL_BREAK.to_string())), span: None }
}

/// What stands behind a label in its own cell, from the colon on; none when the cell does not begin with the label.
///
/// The label ends with the cell or at a colon; a name that ends in `*` reaches to whichever comes first.
fn rest_behind<'c>(cell: &'c str, name: &str) -> Option<&'c str> {
    let (name, open) = name.strip_suffix('*').map_or((name, false), |name| (name, true));
    let mut letters = cell.char_indices();
    for wanted in name.chars() {
        let (_, letter) = letters.next()?;
        if !letter.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let rest = letters.as_str();
    if open {
        return Some(rest.find(':').map_or("", |colon| &rest[colon..]));
    }
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with(':')).then_some(rest)
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
