//! The rules of a first profile, each from where a field was found.

use std::fmt::Write as _;

use chrono::Datelike as _;

use super::formats::{Kind, format_of, shape, swapped};
use super::{one_line, pattern, quoted};
use crate::notice::announcement::FieldSource;
use crate::notice::generic::{Draft, LabelSeen, labels_seen, word_of_impact};
use crate::notice::message::Message;
use crate::notice::reading::Doubt;
use crate::window::{Role, Window};

/// Rules that stand or fall together.
pub(super) struct Block {
    pub(super) text: String,
    /// What is tried when it does not read back.
    pub(super) instead: Option<String>,
    /// Whether it only makes sense where the notice can be read.
    pub(super) needs_reading: bool,
    /// Whether what it leads to is in doubt, so that a person must say before it counts.
    pub(super) in_doubt: bool,
}

impl Block {
    fn new(text: String) -> Self {
        Self { text, instead: None, needs_reading: true, in_doubt: false }
    }
}

/// How its notices are recognised: by the sender where there is one, else by the subject's words without numbers.
pub(super) fn recognise(message: &Message) -> String {
    let from = message.facts.from.as_deref().and_then(|from| from.rsplit_once('@')).map(|(_, domain)| domain);
    let subject = message.plain_subject();
    let words: Vec<&str> =
        subject.split_whitespace().take_while(|word| !word.contains(|c: char| c.is_ascii_digit())).take(4).collect();
    let words = regex::escape(&words.join(" "));
    let some = Some(pattern(&words)).filter(|_| !words.is_empty());
    let hint = some.map(|words| format!("# subject = [{words}]\n")).unwrap_or_default();
    match from {
        Some(domain) => format!(
            "\n[[recognise]]\ndomains = [{}]\n# decide: are all mails from there notices? If not, `subject` and `body` narrow them\n{hint}",
            quoted(domain)
        ),
        None => format!(
            "\n[[recognise]]\n# decide: the mail names no sender; `domains = [\"…\"]` is surer than words of a subject\nsubject = [{}]\n",
            pattern(if words.is_empty() { "maintenance" } else { &words })
        ),
    }
}

/// All rules, the reference's first.
pub(super) fn blocks(message: &Message, draft: &Draft) -> Vec<Block> {
    let seen = labels_seen(message);
    let of = |field: &str| draft.sources.iter().filter(|source| source.field == field).collect::<Vec<_>>();
    let mut blocks = Vec::new();
    if let (Some(reference), Some(source)) = (&draft.reference, of("reference").first()) {
        blocks.push(Block { needs_reading: false, ..Block::new(reference_rule(reference.as_str(), source, &seen)) });
    }
    // Of several references each may have windows of its own.
    let whose = draft.is_in_doubt("reference") && draft.windows.len() > 1;
    let in_doubt = whose || draft.doubts.iter().any(Doubt::is_about_time);
    blocks.extend(windows(draft).map(|text| Block { in_doubt, ..Block::new(text) }));
    for field in ["account", "summary"] {
        let rule = of(field).first().and_then(|source| label_rule(field, &[&source.rule], ""));
        blocks.extend(rule.map(Block::new));
    }
    blocks.extend(objects(&of("objects"), &seen));
    blocks.extend(of("status").first().and_then(|source| status(source, draft)).map(Block::new));
    blocks.extend(of("impact").first().and_then(|source| impact(source, draft)).map(Block::new));
    blocks
}

/// `label "Start"` as kind and name.
fn rule_of(rule: &str) -> Option<(&str, &str)> {
    let (kind, name) = rule.split_once(" \"")?;
    Some((kind, name.strip_suffix('"')?))
}

/// A rule for a field behind labels; none when it was found otherwise. `more` are further keys, a line each.
fn label_rule(field: &str, rules: &[&str], more: &str) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for rule in rules {
        let (kind, name) = rule_of(rule)?;
        if kind != "label" {
            return None;
        }
        let name = quoted(name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(format!("\n[[label]]\nnames = [{}]\nfield = \"{field}\"\n{more}", names.join(", ")))
}

fn reference_rule(reference: &str, source: &FieldSource, seen: &[LabelSeen]) -> String {
    let token = shape(reference);
    match rule_of(&source.rule) {
        Some(("label", name)) => {
            let whole = seen.iter().any(|seen| seen.name == name && seen.text.trim() == reference);
            if whole {
                return format!("\n[[label]]\nnames = [{}]\nfield = \"reference\"\n", quoted(name));
            }
            let value = pattern(&format!("(?P<reference>{token})"));
            format!("\n[[label]]\nnames = [{}]\nvalue = {value}\n", quoted(name))
        }
        Some((_, name)) => {
            let name = quoted(name);
            format!("\n[[grid]]\nheader = [{name}]\ncolumns = {{ reference = [{name}] }}\n")
        }
        None => {
            let place = if source.part == "header Subject" { "subject" } else { "body" };
            let regex = pattern(&format!(r"\b(?P<reference>{token})"));
            format!("\n[[pattern]]\nin = \"{place}\"\nregex = {regex}\n")
        }
    }
}

/// Formats of the times, the zone, and the rules that lead to them; none without a window.
fn windows(draft: &Draft) -> Option<String> {
    if draft.windows.is_empty() {
        return None;
    }
    let mut text = formats(draft);
    let mut known: Vec<String> = Vec::new();
    for role in [Role::Primary, Role::Contingency] {
        let of_role: Vec<&Window> = draft.windows.iter().filter(|window| window.role == role).collect();
        if of_role.is_empty() {
            continue;
        }
        let each = of_role.len() > 1 || role == Role::Contingency || draft.windows.len() > 1;
        let mut more = if each { "each = true\n".to_owned() } else { String::new() };
        if role == Role::Contingency {
            more.push_str("role = \"contingency\"\n");
        }
        let rules = rules_of(draft, &of_role, &more)?;
        if !known.contains(&rules) {
            text.push_str(&rules);
            known.push(rules);
        }
    }
    Some(text)
}

fn end_source<'d>(draft: &'d Draft, window: &Window, end: &str) -> Option<&'d FieldSource> {
    let field = format!("window {} {end}", window.ordinal);
    draft.sources.iter().find(|source| source.field == field)
}

/// The rules that lead to windows of one role.
fn rules_of(draft: &Draft, windows: &[&Window], more: &str) -> Option<String> {
    let first = windows.first()?;
    let (start, end) = (end_source(draft, first, "start")?, end_source(draft, first, "end"));
    let zone = label_zone(start).map(|zone| format!("zone = {}\n", quoted(&zone))).unwrap_or_default();
    let starts: Vec<&str> =
        windows.iter().filter_map(|window| Some(end_source(draft, window, "start")?.rule.as_str())).collect();
    let ends: Vec<&str> =
        windows.iter().filter_map(|window| Some(end_source(draft, window, "end")?.rule.as_str())).collect();
    let Some(end) = end else {
        let duration = draft.sources.iter().find(|source| source.field == format!("window {} duration", first.ordinal));
        let field = if duration.is_some() { "start" } else { "date" };
        let mut text = label_rule(field, &starts, &format!("{more}{zone}"))?;
        text.push_str(&duration.and_then(|source| label_rule("duration", &[&source.rule], "")).unwrap_or_default());
        return Some(text);
    };
    if start.rule == end.rule {
        return in_one(start, end, more, &zone);
    }
    if let (Some(("column", start)), Some(("column", end))) = (rule_of(&start.rule), rule_of(&end.rule)) {
        let (start, end) = (quoted(start), quoted(end));
        let more = more.replace("each = true\n", "");
        return Some(format!(
            "\n[[grid]]\nheader = [{start}, {end}]\ncolumns = {{ start = [{start}], end = [{end}] }}\n{more}{zone}"
        ));
    }
    let more = format!("{more}{zone}");
    Some(label_rule("start", &starts, &more)? + &label_rule("end", &ends, &more)?)
}

/// Both ends in one value, one line, or one place of the text.
fn in_one(start: &FieldSource, end: &FieldSource, more: &str, zone: &str) -> Option<String> {
    match rule_of(&start.rule) {
        Some(("label", name)) => Some(format!(
            "\n[[label]]\nnames = [{}]\nvalue = '(?P<start>.+?) +(?:-|\u{2013}|to|until) +(?P<end>.+)'\n{more}{zone}",
            quoted(name)
        )),
        Some(_) => None,
        None => {
            let place = if start.part == "header Subject" { "subject" } else { "body" };
            let regex = format!(r"(?P<start>{}).{{1,8}}?(?P<end>{})", shape(&start.text), shape(&end.text));
            Some(format!("\n[[pattern]]\nin = \"{place}\"\nregex = {}\n{more}{zone}", pattern(&regex)))
        }
    }
}

/// The zone that a label names: `Start (UTC)`.
fn label_zone(source: &FieldSource) -> Option<String> {
    let (_, name) = rule_of(&source.rule)?;
    let upper = name.to_uppercase();
    (upper.contains("UTC") || upper.contains("GMT")).then(|| "UTC".to_owned())
}

/// `[dates]` with a format for each time, and `[zone]` where the times themselves name none.
fn formats(draft: &Draft) -> String {
    let (mut moments, mut days, mut times): (Vec<String>, Vec<String>, Vec<String>) = Default::default();
    let mut default = None;
    for window in &draft.windows {
        let (first, last) = window.wall.as_ref().map_or((None, None), |wall| (wall.first_day(), wall.last_day()));
        let mut ends = [("start", first, window.interval.start()), ("end", last, window.interval.end())]
            .map(|(end, day, at)| (end, day.unwrap_or(at.date_naive())));
        // A day that is the number of its month shows no order: the other end goes first.
        ends.sort_by_key(|(_, day)| day.day() == day.month());
        for (end, day) in ends {
            let Some(source) = end_source(draft, window, end) else { continue };
            let Some((format, kind)) = format_of(&source.text, window.written.zone.as_deref(), day) else { continue };
            let known = match kind {
                Kind::Moment => &mut moments,
                Kind::Day => &mut days,
                Kind::Time => &mut times,
            };
            if day.day() == day.month() && known.contains(&quoted(&swapped(&format))) {
                continue;
            }
            let format = quoted(&format);
            if !known.contains(&format) {
                known.push(format);
            }
        }
        let start = end_source(draft, window, "start");
        let in_words = |zone: &String| start.is_some_and(|s| s.text.contains(zone.as_str()) || label_zone(s).is_some());
        let end_words =
            |zone: &String| end_source(draft, window, "end").is_some_and(|s| s.text.contains(zone.as_str()));
        if window.written.zone.as_ref().is_none_or(|zone| !in_words(zone) && !end_words(zone)) {
            default = Some(window.zone.clone());
        }
    }
    let mut text = String::new();
    let unexplained = draft.doubts.iter().filter_map(Doubt::unknown_abbreviation);
    let zone_of = draft.windows.first().map_or("UTC", |window| window.zone.as_str());
    let rows: Vec<String> =
        unexplained.map(|word| format!("{{ written = {}, zone = {} }}", quoted(word), quoted(zone_of))).collect();
    if default.is_some() || !rows.is_empty() {
        text.push_str("\n[zone]\n");
    }
    if let Some(zone) = default {
        let _ = writeln!(text, "default = {}   # decide: of times that name none", quoted(&zone));
    }
    if !rows.is_empty() {
        let _ = writeln!(text, "abbreviation = [{}]   # decide: what the vendor means by it", rows.join(", "));
    }
    let mut lists = String::new();
    for (name, list) in [("days", days), ("moments", moments), ("times", times)] {
        if !list.is_empty() {
            let _ = writeln!(lists, "{name} = [{}]", list.join(", "));
        }
    }
    if !lists.is_empty() {
        let _ = write!(text, "\n[dates]\n{lists}");
    }
    text
}

fn objects(sources: &[&FieldSource], seen: &[LabelSeen]) -> Option<Block> {
    let (kind, name) = rule_of(&sources.first()?.rule)?;
    let quoted_name = quoted(name);
    if kind == "column" {
        let impact = seen.iter().find(|seen| seen.about == "impact" && seen.is_column);
        let impact = impact.map(|seen| format!(", impact = [{}]", quoted(&seen.name))).unwrap_or_default();
        let grid = |more: &str| {
            format!("\n[[grid]]\nheader = [{quoted_name}]\ncolumns = {{ objects = [{quoted_name}]{more} }}\n")
        };
        return Some(Block { instead: Some(grid("")), ..Block::new(grid(&impact)) });
    }
    let commas = sources.iter().any(|source| source.text.contains(','));
    let split = if commas { "split = [\",\"]\n" } else { "" };
    let take = if sources.len() > 1 { "take = \"lines\"\nuntil = '[.:]'\n" } else { "" };
    label_rule("objects", &[&sources.first()?.rule], &format!("{take}{split}")).map(Block::new)
}

fn status(source: &FieldSource, draft: &Draft) -> Option<String> {
    let status = draft.status?;
    if let Some(label) = label_rule("status", &[&source.rule], "") {
        let words = quoted(&one_line(&source.text));
        return Some(format!("{label}\n[[status]]\ntext = {words}\nis = \"{status}\"\n"));
    }
    let place = if source.part == "header Subject" { "subject" } else { "body" };
    let words = quoted(&one_line(&source.text));
    Some(format!("\n[[status]]\ntext = {words}\nis = \"{status}\"\nin = \"{place}\"\n"))
}

fn impact(source: &FieldSource, draft: &Draft) -> Option<String> {
    let impact = draft.impact?;
    let label = label_rule("impact", &[&source.rule], "")?;
    let words = quoted(word_of_impact(&source.text)?);
    Some(format!("{label}\n[[impact]]\ntext = {words}\nis = \"{impact}\"\n"))
}
