//! The words of a notice that a profile's labels and patterns point to.

use super::{Field, Label, Place, Profile};
use crate::notice::announcement::FieldSource;
use crate::notice::message::{Message, Part, PartKind};
use crate::notice::text::CELL_BREAK;

/// Words found, and where.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) text: String,
    pub(super) source: FieldSource,
    /// The label that pointed to them; none when a pattern did.
    pub(super) label: Option<&'a Label>,
}

/// What a field holds: by the first label that leads to words, else by the first pattern that does.
pub(super) fn find<'a>(profile: &'a Profile, message: &Message, field: Field) -> Option<Found<'a>> {
    let labels = profile.labels.iter().filter(|label| label.field == field);
    labels.clone().find_map(|label| by_label(label, message)).or_else(|| by_pattern(profile, message, field))
}

/// The readable parts, HTML first: a table says which words belong together, its plain-text twin often does not.
fn bodies(message: &Message) -> impl Iterator<Item = &Part> {
    let of = |kind| message.parts.iter().filter(move |part| part.kind == kind);
    of(PartKind::Html).chain(of(PartKind::Plain)).chain(of(PartKind::Sheet))
}

fn by_label<'a>(label: &'a Label, message: &Message) -> Option<Found<'a>> {
    bodies(message).find_map(|part| label.names.iter().find_map(|name| in_part(label, name, part)))
}

/// Next cell, behind the colon, or the next line where the label stands alone and ends in a colon.
fn in_part<'a>(label: &'a Label, name: &str, part: &Part) -> Option<Found<'a>> {
    for (number, line) in part.lines.iter().enumerate() {
        for (index, cell) in line.cells.iter().enumerate() {
            let Some(rest) = behind(&cell.text, name) else { continue };
            let found = |text: &str, span| Some(found(label, name, part, text, span));
            match rest {
                Behind::Words(words) => {
                    let from = cell.span.1 - words.len();
                    let whole = part.text.get(from..cell.span.1) == Some(words);
                    return found(words, whole.then_some((from, cell.span.1)));
                }
                Behind::Nothing(_) if index + 1 < line.cells.len() => {
                    let value = line.cells[index + 1..].iter().find(|cell| !cell.text.is_empty())?;
                    return found(&value.text, Some(value.span));
                }
                Behind::Nothing(Colon::Written) => {
                    let mut next = part.lines.get(number + 1)?.cells.iter();
                    let value = next.find(|cell| !cell.text.is_empty())?;
                    return found(&value.text, Some(value.span));
                }
                Behind::Nothing(Colon::Absent) => {}
            }
        }
    }
    None
}

enum Behind<'a> {
    Words(&'a str),
    Nothing(Colon),
}

enum Colon {
    Written,
    Absent,
}

/// What stands behind a label in its own cell; none when the cell does not begin with the label.
fn behind<'a>(cell: &'a str, name: &str) -> Option<Behind<'a>> {
    let head: usize = cell.chars().take(name.chars().count()).map(char::len_utf8).sum();
    let (label, rest) = cell.split_at(head);
    if label.to_lowercase() != *name {
        return None;
    }
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Some(Behind::Nothing(Colon::Absent));
    }
    let rest = rest.strip_prefix(':')?.trim();
    Some(if rest.is_empty() { Behind::Nothing(Colon::Written) } else { Behind::Words(rest) })
}

fn found<'a>(label: &'a Label, name: &str, part: &Part, text: &str, span: Option<(usize, usize)>) -> Found<'a> {
    let source = FieldSource {
        field: label.field.word().into(),
        part: part.label.clone(),
        rule: format!("label \"{name}\""),
        text: text.replace(CELL_BREAK, " "),
        span,
    };
    Found { text: text.to_owned(), source, label: Some(label) }
}

fn by_pattern<'a>(profile: &'a Profile, message: &Message, field: Field) -> Option<Found<'a>> {
    let patterns = profile.patterns.iter().filter(|p| p.regex.capture_names().flatten().any(|n| n == field.word()));
    patterns.clone().find_map(|pattern| {
        let capture = |text: &str| {
            let group = pattern.regex.captures(text)?.name(field.word())?;
            Some((group.as_str().trim().to_owned(), group.range())).filter(|(words, _)| !words.is_empty())
        };
        let make = |part: &str, rule: &str, (text, range): (String, std::ops::Range<usize>)| {
            let source = FieldSource {
                field: field.word().into(),
                part: part.into(),
                rule: rule.into(),
                text: text.replace(CELL_BREAK, " "),
                span: Some((range.start, range.end)),
            };
            Found { text, source, label: None }
        };
        let subject = || {
            let subject = message.plain_subject();
            capture(subject).map(|found| {
                let mut found = make("header Subject", "pattern subject", found);
                // The span would count in the subject without its marks, which nobody keeps.
                found.source.span = None;
                found
            })
        };
        let body = || bodies(message).find_map(|p| capture(&p.text).map(|found| make(&p.label, "pattern body", found)));
        match pattern.place {
            Place::Subject => subject(),
            Place::Body => body(),
            Place::Anywhere => subject().or_else(body),
        }
    })
}

/// The first of the profile's status phrases that a notice holds, with its source.
pub(super) fn status_phrase(profile: &Profile, message: &Message) -> Option<(crate::notice::Status, FieldSource)> {
    profile.statuses.iter().find_map(|rule| {
        let source = |part: &str| FieldSource {
            field: "status".into(),
            part: part.into(),
            rule: format!("phrase \"{}\"", rule.phrase),
            text: rule.phrase.clone(),
            span: None,
        };
        let subject = || {
            let holds = message.plain_subject().to_lowercase().contains(&rule.phrase);
            holds.then(|| source("header Subject"))
        };
        let body = || bodies(message).find(|p| p.text.to_lowercase().contains(&rule.phrase)).map(|p| source(&p.label));
        let found = match rule.place {
            Place::Subject => subject(),
            Place::Body => body(),
            Place::Anywhere => subject().or_else(body),
        };
        found.map(|source| (rule.is, source))
    })
}
