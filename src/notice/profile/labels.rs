//! Labels: the words that stand behind one, beside it or below it.

use std::borrow::Cow;

use super::find::{Raw, Stretch, fields};
use super::patterns::Matcher;
use super::record::{Found, MAX_ROWS, Record, says_something};
use super::starts::Starts;
use super::{Field, Label, Profile, Take, grid, lists};
use crate::notice::forward::Quoted;
use crate::notice::message::{Message, Part, PartKind};
use crate::notice::reading::Unreadable;
use crate::notice::text::{CELL_BREAK, Cell, Line, beyond};

/// Most lines that belong to a label above them: the longest such list, a ring of circuits, has some hundreds.
const MAX_LINES_BELOW: usize = 1_000;

/// Most bytes that one label leads to where it is followed each time: twice the most that a mail says. Only lists of lines,
/// of which each repeats most of the one before, come to more.
const MAX_LED_TO_BYTES: usize = 8 * 1024 * 1024;

/// What looking for labels needs to know of the profile and the message.
pub(super) struct Labels<'p> {
    profile: &'p Profile,
    /// The headers of mails passed on in the text, whose labels are not the notice's.
    headers: Vec<Quoted>,
}

impl<'p> Labels<'p> {
    pub(super) fn of(profile: &'p Profile, message: &Message) -> Self {
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

pub(super) fn first_label<'a>(
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
pub(super) fn labels_alone<'a>(label: &'a Label, group: &[Stretch<'_>], look: &Labels<'_>) -> Vec<Vec<Found<'a>>> {
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
            Some(with_list(label, one, &lines[below + 1..]).read(label, name)).filter(|found| fits && !found.is_empty())
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

pub(super) fn every_label<'a>(
    label: &'a Label,
    group: &[Stretch<'_>],
    look: &Labels<'_>,
) -> Result<Vec<Record<'a>>, Unreadable> {
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
pub(super) fn parted(found: Vec<Found<'_>>) -> Vec<Vec<Found<'_>>> {
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
