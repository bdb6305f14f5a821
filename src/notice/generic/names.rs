//! Names in a notice: the vendor's reference, the objects it works on, the customer's account.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::gather::{Found, Said};
use super::pattern::fixed;
use super::scan;
use super::statements::{Statement, cell_text, is_id_line, worded};
use super::words::{self, Topic};
use super::{Draft, impact};
use crate::names::Reference;
use crate::notice::message::{Message, Part, PartKind};
use crate::notice::reading::Doubt;
use crate::notice::text::CELL_BREAK;
use crate::window::{Impact, StatedObject};

/// Most objects of one notice, as of one that a profile reads.
const MAX_OBJECTS: usize = 5_000;

/// Most references told of a notice that states several.
const MAX_REFERENCES: usize = 20;

/// Longest name of an object.
const MAX_NAME_BYTES: usize = 120;

/// A word that names one piece of work: letters and digits joined, or at least four digits.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| fixed(r"_?[A-Za-z0-9][A-Za-z0-9._/-]*[0-9][A-Za-z0-9_-]*"));

/// References where no label leads to them: letters that stand for a ticket, and its number.
static IN_PROSE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r#"(?i)(?:\b(?:ticket|reference|ref(?:erence)? (?:number|no\.?)|case|change|issue|tt|event|maintenance)\b\s?(?:id|number|no\.?|nr\.?)?\s?[:#=]{1,2}\s?"?|\b(?:tt|ticket)\s|\bmaintenance \()(?P<named>[a-z]{0,8}[-_]?\d[\w-]{2,30})|\b(?P<letters>(?:CHG|CHGP|CRQ|INC|TTN|TT|PN|PE|PW|PWIC|CM|MW|RFC|TIC|WO|SR|GCR|MNT|MAINT|CR|EVT|PM)[-#]?\d[\d-]{3,24}(?:-\d+)?)\b"#,
    )
});

/// A word that may name a ticket by its look alone, where a subject parts its pieces by bars.
static PIECE: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[A-Z]{0,6}-?\d{5,20}(?:-\d{1,4})?$"));

/// Whether words begin with something that may be a reference.
pub(super) fn is_reference(text: &str) -> bool {
    reference_in(text).is_some()
}

/// The reference at the start of words, with where it stands in them.
fn reference_in(text: &str) -> Option<(usize, usize)> {
    let found = REFERENCE.find(text)?;
    let word_start = text[..found.start()].split_whitespace().count() <= 1;
    let sound = found.as_str().len() >= 3
        && found.as_str().len() <= 64
        && scan::stamps(text).first().is_none_or(|s| s.span.0 > found.start());
    (word_start && sound).then(|| (found.start(), found.end()))
}

/// Whether a word is a name that no prose contains: a digit in it, no space, no address of a page or a person.
pub(super) fn is_id(word: &str) -> bool {
    let digit = word.chars().any(|c| c.is_ascii_digit());
    let sound = word.len() >= 4 && word.len() <= MAX_NAME_BYTES && !word.contains(char::is_whitespace);
    digit && sound && !word.contains(['@', '?']) && !word.contains("://") && scan::stamps(word).is_empty()
}

/// The reference: of a label before one in the subject, and that before one in prose. Several that differ are a doubt.
pub(super) fn reference(said: &Said<'_>, draft: &mut Draft) {
    let mut found: Vec<(u8, Found)> = Vec::new();
    for (part, statement) in said.of(Topic::Reference) {
        let Some((start, end)) = reference_in(statement.text) else { continue };
        let rank = 10 + statement.label.rank;
        found.push((rank, Found::stated("reference", part, statement, start..end)));
        // `1 / 2 / 3`: each of them is one.
        let others = statement.text[end..].split('/').skip(1).filter_map(|rest| Some((rest, reference_in(rest)?)));
        for (rest, (start, end)) in others.take(20) {
            let from = statement.text.len()
                - (statement.text.len() - (rest.as_ptr() as usize - statement.text.as_ptr() as usize));
            found.push((rank, Found::stated("reference", part, statement, from + start..from + end)));
        }
    }
    found.extend(in_subject(said.message).into_iter().map(|found| (10, found)));
    if found.is_empty() {
        found.extend(in_prose(said).into_iter().map(|found| (1, found)));
    }
    let objects: Vec<&str> = draft.objects.iter().map(|object| object.name.as_str()).collect();
    found.retain(|(rank, found)| *rank > 10 || !objects.contains(&found.text.as_str()));
    found.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    let Some((_, first)) = found.first() else { return };
    let mut values: Vec<&str> = Vec::new();
    for (_, other) in found.iter().filter(|(rank, _)| *rank != 11 || found[0].0 == 11) {
        if values.len() < MAX_REFERENCES && !values.iter().any(|known| known.eq_ignore_ascii_case(&other.text)) {
            values.push(&other.text);
        }
    }
    draft.reference = Reference::new(&first.text).ok();
    if values.len() > 1 {
        draft.doubt(Doubt::SeveralStated { field: "reference".into(), values: values.join(", ") });
    }
    draft.sources.push(first.source.clone());
}

fn in_subject(message: &Message) -> Vec<Found> {
    let subject = message.facts.subject.as_deref().unwrap_or_default();
    let named: Vec<Found> = IN_PROSE
        .captures_iter(subject)
        .take(8)
        .filter_map(|found| found.name("named").or_else(|| found.name("letters")))
        .map(|found| Found::in_subject("reference", found.as_str()))
        .collect();
    if !named.is_empty() {
        return named;
    }
    // Pieces are parted by bars and brackets; what stands before a number in its piece may say what it is.
    let pieces = subject.split(['|', '[', ']', ',', ';']);
    let found = pieces.flat_map(|piece| {
        let words = piece.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        let named = words.filter(|word| PIECE.is_match(word) && scan::stamps(word).is_empty());
        named.filter(|word| !piece.split(word).next().is_some_and(words::name_another_number)).collect::<Vec<_>>()
    });
    found.take(8).map(|word| Found::in_subject("reference", word)).collect()
}

fn in_prose(said: &Said<'_>) -> Vec<Found> {
    let mut all = Vec::new();
    for part in said.parts() {
        for found in IN_PROSE.captures_iter(&part.text).take(8) {
            if let Some(words) = found.name("named").or_else(|| found.name("letters")) {
                all.push(Found::in_part("reference", part, "words in the text", words.range()));
            }
        }
    }
    all
}

/// The account, under the surest label that has one.
pub(super) fn account(said: &Said<'_>, draft: &mut Draft) {
    let best = said.of(Topic::Account).filter(|(_, s)| s.row.is_none()).max_by_key(|(_, s)| s.label.rank);
    // Of equal labels the first counts.
    let first = best.and_then(|(_, best)| {
        said.of(Topic::Account).find(|(_, s)| s.row.is_none() && s.label.rank == best.label.rank)
    });
    if let Some((part, statement)) = first.filter(|(_, s)| s.text.len() <= MAX_NAME_BYTES && s.label.rank == 2) {
        let found = Found::stated("account", part, statement, 0..statement.text.len());
        draft.account = Some(found.text.clone());
        draft.sources.push(found.source);
    }
}

/// The summary, under the surest label that has one, else the subject.
pub(super) fn summary(said: &Said<'_>, draft: &mut Draft) {
    let rank = said.of(Topic::Summary).map(|(_, s)| s.label.rank).max();
    let first = said.of(Topic::Summary).find(|(_, s)| Some(s.label.rank) == rank);
    let found = match (first, &said.message.facts.subject) {
        (Some((part, statement)), _) => Found::stated("summary", part, statement, 0..statement.text.len()),
        (None, Some(subject)) => Found::in_subject("summary", subject),
        (None, None) => return,
    };
    draft.summary = Some(found.text.split_whitespace().collect::<Vec<_>>().join(" "));
    draft.sources.push(found.source);
}

/// The objects: of the surest labels and columns, else the lines of names below a sentence that speaks of what is touched.
pub(super) fn objects(said: &Said<'_>, draft: &mut Draft) {
    let statements: Vec<(&Part, &Statement<'_>)> = said.of(Topic::Objects).collect();
    let rank = statements.iter().map(|(_, s)| s.label.rank).max();
    for part in said.parts() {
        // The first label that leads to names, wherever it stands in the part.
        let mut name: Option<&str> = None;
        for (_, statement) in statements.iter().filter(|(of, s)| std::ptr::eq(*of, part) && Some(s.label.rank) == rank)
        {
            let known = draft.objects.len();
            if name.is_none_or(|name| name == statement.label.key) {
                take(said, part, statement, draft);
            }
            if draft.objects.len() > known {
                name = name.or(Some(&statement.label.key));
            }
        }
        if !draft.objects.is_empty() && part.kind != PartKind::Sheet {
            break;
        }
    }
    if draft.objects.is_empty() {
        by_lines(said, draft);
    }
    impacts_of_rows(said, draft);
}

fn take(said: &Said<'_>, part: &Part, statement: &Statement<'_>, draft: &mut Draft) {
    let row_impact = statement.row.and_then(|row| {
        let same = said.of(Topic::Impact).find(|(of, s)| std::ptr::eq(*of, part) && s.row == Some(row));
        same.and_then(|(_, impact)| impact::of_words(impact.text))
    });
    let known = draft.objects.len();
    if let Some(other) = other_column(said, part, statement) {
        let values = format!("{}, {}", statement.text.trim(), other.text.trim());
        draft.doubt(Doubt::SeveralStated { field: "objects".into(), values });
    }
    for name in items(statement.text) {
        if let Some(strange) = strange_before(statement.text, name) {
            let values = format!("{name}, {strange}{name}");
            draft.doubt(Doubt::SeveralStated { field: "objects".into(), values });
        }
        put(draft, name, row_impact);
    }
    if draft.objects.len() > known {
        draft.sources.push(Found::stated("objects", part, statement, 0..statement.text.len()).source);
    }
}

/// Another column of the same row that names objects too: which of the names the customer knows, nobody said.
fn other_column<'s>(said: &'s Said<'_>, part: &Part, statement: &Statement<'_>) -> Option<&'s Statement<'s>> {
    statement.row?;
    let mut same = said.of(Topic::Objects).filter(|(of, s)| std::ptr::eq(*of, part) && s.row == statement.row);
    let other = same.find(|(_, s)| s.label.key != statement.label.key && items(s.text).iter().any(|name| is_id(name)));
    other.map(|(_, other)| other)
}

/// A letter before a name that no name begins with: what is left of a character set that was not said.
fn strange_before(text: &str, name: &str) -> Option<char> {
    let at = text.find(name)?;
    text[..at].chars().next_back().filter(|letter| ('\u{a1}'..='\u{bf}').contains(letter) || *letter == '\u{fffd}')
}

fn put(draft: &mut Draft, name: &str, impact: Option<Impact>) {
    if name.len() > MAX_NAME_BYTES || draft.objects.len() >= MAX_OBJECTS {
        return;
    }
    match draft.objects.iter_mut().find(|known| known.name == name) {
        Some(known) => known.impact = known.impact.max(impact),
        None => draft.objects.push(StatedObject { name: name.to_owned(), impact }),
    }
}

/// The names among words: parted at breaks, commas and semicolons, and at spaces where each piece is a name by itself.
fn items(text: &str) -> Vec<&str> {
    // A dash of another character set shows as signs of Latin-1.
    let quotes = |c: char| c.is_whitespace() || "[]'\"`*.".contains(c) || ('\u{a0}'..='\u{bf}').contains(&c);
    let pieces = text.split([CELL_BREAK, ',', ';', '\n']).map(|piece| piece.trim_matches(quotes));
    pieces
        .flat_map(|piece| {
            let words: Vec<&str> = piece.split_whitespace().collect();
            let ids = words.len() > 1
                && words
                    .iter()
                    .all(|word| is_id(word) && word.len() >= 8 && word.contains(|c: char| !c.is_ascii_digit()));
            if ids { words } else { vec![piece] }
        })
        .filter(|name| is_name(name))
        .collect()
}

/// Whether words may name an object: a digit in them, and no sentence.
fn is_name(text: &str) -> bool {
    let none = ["n/a", "na", "none", "-", "tbd", "tba"];
    let words = text.split_whitespace().count();
    !text.is_empty()
        && !none.contains(&text.to_lowercase().as_str())
        && words <= 6
        && text.chars().any(|c| c.is_ascii_digit() || (words == 1 && c == '-'))
}

/// Lines that are one name each, below a line that speaks of objects.
fn by_lines(said: &Said<'_>, draft: &mut Draft) {
    for part in said.parts() {
        for (at, line) in part.lines.iter().enumerate() {
            let speaks =
                matches!(worded(line)[..], [only] if !is_id_line(line) && words::speaks_of_objects(&only.text));
            if !speaks {
                continue;
            }
            // Counted below such a line alone: where it has any, it is the last that is looked at.
            let ids = part.lines[at + 1..].iter().take_while(|line| is_id_line(line)).count();
            if ids == 0 {
                continue;
            }
            for cell in part.lines[at + 1..=at + ids].iter().flat_map(|line| &line.cells) {
                for name in items(cell_text(part, cell)) {
                    put(draft, name, None);
                }
                let source = Found::in_part("objects", part, "lines below", cell.span.0..cell.span.1).source;
                draft.sources.push(source);
            }
            return;
        }
    }
}

/// What a line says of an object that is known by then: `CIRCUIT-1 | at risk`.
fn impacts_of_rows(said: &Said<'_>, draft: &mut Draft) {
    let places: HashMap<String, usize> =
        draft.objects.iter().enumerate().map(|(at, object)| (object.name.clone(), at)).collect();
    for part in said.parts() {
        for line in &part.lines {
            let [name, words] = worded(line)[..] else { continue };
            let place = places.get(cell_text(part, name)).and_then(|at| draft.objects.get_mut(*at));
            if let Some(object) = place.filter(|object| object.impact.is_none()) {
                object.impact = impact::of_words(cell_text(part, words));
            }
        }
    }
}
