//! `inwindow profile explain`: a notice with the words that became fields.

use std::io::stdout;
use std::path::Path;

use anyhow::Result;

use crate::app::{AppError, Explained, PartShown};
use crate::cli::args::Output;
use crate::cli::commands::import::open;
use crate::cli::table::{Rows, cell, either, maybe, put};
use crate::cli::{Desk, Done};
use crate::notice::{FieldSource, Reading, Tried};

/// Most lines of a part shown: a notice has some fifty, a mailing list's footer included.
const MAX_LINES: usize = 300;

/// Longest words shown in the table of fields, in letters.
const MAX_WORDS: usize = 60;

/// Stands between the lines of one table cell in a flattened text.
const CELL_BREAK: char = '\u{2028}';

/// How words are set off from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// In colour, the field behind.
    Colour,
    /// `[field: words]`.
    Brackets,
}

pub(super) fn run(desk: &Desk, file: &Path) -> Result<Done> {
    let settings = desk.settings()?;
    let mut understood = true;
    let mut explained = Vec::new();
    for raw in open(file).map_err(AppError::from)? {
        let told = settings.explain(&raw?);
        understood &= matches!(told.reading, Reading::Understood { .. });
        explained.push(told);
    }
    let mut rows = Rows::new(&["source", "field", "words", "part", "rule", "from", "to"]);
    for told in &explained {
        told.fields.iter().try_for_each(|field| push(&mut rows, &told.source, field))?;
    }
    match desk.output {
        Output::Table => {
            let plain = anstream::AutoStream::choice(&stdout()) == anstream::ColorChoice::Never;
            let marks = if plain { Marks::Brackets } else { Marks::Colour };
            let text: String = explained.iter().map(|told| text_of(told, marks)).collect::<Vec<_>>().join("\n");
            put(text.as_bytes())?;
        }
        Output::Json | Output::Ndjson | Output::Csv => {
            rows.print_report(desk.output, &serde_json::to_value(&explained)?, "")?;
        }
    }
    Ok(if understood { Done::Yes } else { Done::No })
}

fn push(rows: &mut Rows, source: &str, field: &FieldSource) -> Result<()> {
    let mut value = serde_json::to_value(field)?;
    value["source"] = source.into();
    let cells = vec![
        cell(source),
        cell(&field.field),
        cell(&field.text),
        cell(&field.part),
        cell(&field.rule),
        maybe(field.span.map(|span| span.0)),
        maybe(field.span.map(|span| span.1)),
    ];
    rows.push(cells, value);
    Ok(())
}

fn text_of(told: &Explained, marks: Marks) -> String {
    let mut text = format!("{}\n", safe(&told.source));
    if let Some(subject) = &told.subject {
        text.push_str(&format!("Subject: {}\n", subject_of(subject, &told.fields, marks)));
    }
    for part in &told.parts {
        text.push_str(&format!("\n--- {}\n{}", part.label, part_of(part, &told.fields, marks)));
    }
    text.push_str(&format!("\n{}\n", reading_of(&told.reading)));
    for tried in &told.profiles {
        text.push_str(&tried_of(tried));
    }
    if !told.fields.is_empty() {
        text.push_str(&format!("\n{}\n", table_of(&told.fields)));
    }
    if !told.unmatched.is_empty() {
        text.push_str("\nlabels from which nothing was read:\n");
        for seen in &told.unmatched {
            let (name, words) = (safe(&seen.name), shortened(&seen.text));
            text.push_str(&format!("  {name} ({}): {words}\n", seen.about));
        }
    }
    text
}

fn reading_of(reading: &Reading) -> String {
    match reading {
        Reading::Understood { announcements } => {
            let doubts: Vec<String> =
                announcements.iter().flat_map(|said| &said.doubts).map(|doubt| format!("in doubt: {doubt}")).collect();
            let whose = announcements.first().map(|said| format!("{}, grade {}", said.vendor, said.grade));
            [vec![format!("understood: {}", whose.unwrap_or_default())], doubts].concat().join("\n")
        }
        Reading::Irrelevant { why } => format!("no notice: {why}"),
        Reading::Unreadable { why, draft, .. } => {
            let doubts = draft.iter().flat_map(|draft| &draft.doubts).map(|doubt| format!("in doubt: {doubt}"));
            std::iter::once(format!("not understood: {why}")).chain(doubts).collect::<Vec<_>>().join("\n")
        }
    }
}

fn tried_of(tried: &Tried) -> String {
    let name = format!("profile {}, [[recognise]] {}", tried.vendor, tried.way);
    if tried.recognises() {
        format!("{name}: recognises it: {}\n", safe(&tried.held.join("; ")))
    } else {
        format!("{name}: no: {}\n", safe(&tried.against.join("; ")))
    }
}

/// Fields, each under the rule that found it.
fn table_of(fields: &[FieldSource]) -> String {
    let mut rows = Rows::new(&["field", "words", "part", "rule", "bytes"]);
    for field in fields {
        let span = field.span.map(|(start, end)| format!("{start}-{end}"));
        let words = either(shortened(&field.text), &field.text);
        rows.push(
            vec![cell(&field.field), words, cell(&field.part), cell(safe(&field.rule)), maybe(span)],
            serde_json::Value::Null,
        );
    }
    rows.table()
}

/// A subject has no spans: the first place of the words stands for them.
fn subject_of(subject: &str, fields: &[FieldSource], marks: Marks) -> String {
    let of_subject = fields.iter().filter(|field| field.part == "header Subject");
    let found = of_subject.filter_map(|field| {
        let start = subject.find(&field.text)?;
        (field.text.len() < subject.len()).then(|| ((start, start + field.text.len()), field.field.as_str()))
    });
    marked(subject, 0, &sorted(found.collect()), marks)
}

fn part_of(part: &PartShown, fields: &[FieldSource], marks: Marks) -> String {
    let of_part = fields.iter().filter(|field| field.part == part.label);
    let spans = sorted(of_part.filter_map(|field| Some((field.span?, field.field.as_str()))).collect());
    let mut text = String::new();
    let mut offset = 0;
    let mut lines = 0;
    for line in part.text.split_inclusive('\n') {
        let words = line.trim_end_matches(['\n', '\r']);
        if !words.trim().is_empty() {
            lines += 1;
            if lines <= MAX_LINES {
                text.push_str(&format!("{}\n", marked(words, offset, &spans, marks)));
            }
        }
        offset += line.len();
    }
    if lines > MAX_LINES {
        text.push_str(&format!("({} more lines)\n", lines - MAX_LINES));
    }
    text
}

/// Spans in order, of those that overlap the first; one that is several fields has all of their names.
fn sorted(mut spans: Vec<((usize, usize), &str)>) -> Vec<((usize, usize), String)> {
    spans.sort_by_key(|(span, _)| *span);
    let mut kept: Vec<((usize, usize), String)> = Vec::new();
    for (span, field) in spans {
        match kept.last_mut() {
            Some((known, names)) if *known == span => {
                if !names.split(", ").any(|name| name == field) {
                    names.push_str(&format!(", {field}"));
                }
            }
            Some((known, _)) if span.0 < known.1 => {}
            Some(_) | None => kept.push((span, field.to_owned())),
        }
    }
    kept
}

/// A line with its spans marked; `offset` is where it begins in the text that they count in.
fn marked(line: &str, offset: usize, spans: &[((usize, usize), String)], marks: Marks) -> String {
    let mut text = String::new();
    let mut at = 0;
    for ((start, end), field) in spans {
        let from = start.saturating_sub(offset).max(at).min(line.len());
        let to = end.saturating_sub(offset).min(line.len());
        if *end <= offset || from >= to {
            continue;
        }
        let (Some(before), Some(words)) = (line.get(at..from), line.get(from..to)) else { continue };
        let (before, words) = (safe(before), safe(words));
        text.push_str(&match marks {
            Marks::Brackets => format!("{before}[{field}: {words}]"),
            Marks::Colour => format!("{before}\u{1b}[1;32m{words}\u{1b}[0m\u{1b}[2m ({field})\u{1b}[0m"),
        });
        at = to;
    }
    text.push_str(&safe(line.get(at..).unwrap_or_default()));
    text
}

fn shortened(text: &str) -> String {
    let safe = safe(text);
    let short: String = safe.chars().take(MAX_WORDS).collect();
    if short.len() < safe.len() { format!("{short}…") } else { short }
}

/// A vendor's words are hostile: nothing in them may steer a terminal. Cells are set apart as people see them.
fn safe(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\t' => " | ".to_owned(),
        CELL_BREAK => " / ".to_owned(),
        letter if letter.is_control() => "\u{fffd}".to_owned(),
        letter => letter.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, spans: &[((usize, usize), &str)], expected: &str) {
        assert_eq!(marked(line, 10, &sorted(spans.to_vec()), Marks::Brackets), expected);
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        check("Start: 22:00", &[], "Start: 22:00");
        check("Start: 22:00", &[((17, 22), "start")], "Start: [start: 22:00]");
        check("a b", &[((12, 13), "end"), ((10, 11), "start")], "[start: a] [end: b]");
        check("ab", &[((10, 12), "one"), ((10, 12), "two"), ((11, 12), "inner")], "[one, two: ab]");
        // From the line before, and into the next one.
        check("ab", &[((0, 11), "one"), ((11, 40), "two")], "[one: a][two: b]");
        check("a\u{1b}[2J\tb", &[], "a\u{fffd}[2J | b");
    }
}
