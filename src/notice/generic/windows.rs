//! Windows: starts and ends under labels, ranges in lines of their own, in the subject, or in prose.
//!
//! What is stated under labels and in lines of its own goes before the subject, and that before prose. Times stated in
//! UTC and locally are one window, taken in UTC.

use std::ops::Range;

use chrono::{NaiveDate, TimeDelta};

use super::Draft;
use super::gather::{Found, Said};
use super::order::Dates;
use super::pattern::fixed;
use super::scan::{self, Stamp};
use super::statements::{Statement, cell_text};
use super::words::{self, Topic};
use crate::notice::message::Part;
use crate::notice::profile::length_in_words;
use crate::notice::reading::Doubt;
use crate::time::Zones;
use crate::window::Role;

mod meaning;
mod resolve;

use resolve::Resolver;

/// Most windows taken from one notice: work of a whole season of nights is some dozens.
pub(super) const MAX_WINDOWS: usize = 200;

/// One end of a window as written.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) stamp: Stamp,
    pub(super) found: Found,
}

/// How a window ends.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    At(Point),
    Lasting(TimeDelta, Found),
    NotStated,
}

/// A window as its words give it.
#[derive(Debug, Clone)]
pub(super) struct Rough {
    pub(super) role: Role,
    pub(super) start: Point,
    pub(super) end: Ending,
    /// The zone that the label names.
    pub(super) zone: Option<String>,
    key: String,
    row: Option<usize>,
}

/// Puts the windows of a notice into its draft.
pub(super) fn windows(said: &Said<'_>, zones: &Zones, draft: &mut Draft) {
    let sent = said.message.facts.sent_at;
    let subject = said.message.facts.subject.as_deref().unwrap_or_default();
    let mut all = scan::stamps(subject);
    for part in said.parts() {
        all.extend(scan::stamps(&part.text));
    }
    let dates = Dates::of_notice(&all, sent.map(|sent| sent.date_naive()));
    let mut resolver = Resolver::new(zones, dates, sent, notice_zone(said));
    let mut rough = of_parts(said, draft);
    let in_subject = ranges(subject, &|range| Found::in_subject("window", &subject[range]));
    let half = rough.iter().all(|rough| matches!(rough.end, Ending::NotStated) && rough.start.stamp.clock.is_some());
    if half && !in_subject.is_empty() {
        rough.clone_from(&in_subject);
    }
    if rough.is_empty() {
        rough = said.parts().map(prose).find(|found| !found.is_empty()).unwrap_or_default();
    }
    if rough.is_empty() {
        rough = alone(said, subject);
    }
    let revised = revised_ends(said);
    resolver.all(&rough, said.message, draft);
    resolver.compare(&in_subject, draft);
    resolver.extend(&revised, draft);
}

/// The windows under labels and in lines of their own, of the first part that has any.
fn of_parts(said: &Said<'_>, draft: &mut Draft) -> Vec<Rough> {
    for (part, statements) in said.parts_with_statements() {
        let mut found = labelled(part, statements, draft);
        let complete = found.iter().any(|rough| !matches!(rough.end, Ending::NotStated));
        let lines = in_lines(part);
        if complete || lines.is_empty() {
            found.extend(lines);
        } else {
            found = lines;
        }
        if !found.is_empty() {
            found.truncate(MAX_WINDOWS);
            return found;
        }
    }
    Vec::new()
}

/// A zone said once for the whole notice: under a label, or `all times are in UTC`.
fn notice_zone(said: &Said<'_>) -> Option<String> {
    let labelled = said.of(Topic::Zone).map(|(_, s)| s.text.trim().to_owned()).find(|text| scan::is_zone(text));
    labelled.or_else(|| said.parts().find_map(all_times_in))
}

fn all_times_in(part: &Part) -> Option<String> {
    use std::sync::LazyLock;
    static ALL_TIMES: LazyLock<regex::Regex> = LazyLock::new(|| {
        fixed(
            r"(?i)\b(?:all|the|these)?\s?(?:dates and )?times?(?: given| shown| stated| listed| stamps| below)*(?: will)?(?: are| is| appear)?(?: given| shown| stated| expressed| appear)?(?: below)? (?:in|as) (?P<zone>[A-Za-z+:0-9/ ]{2,30})",
        )
    });
    let found = ALL_TIMES.captures(&part.text)?;
    let text = found.name("zone")?.as_str();
    let mut words: Vec<&str> = text.split(' ').collect();
    while !words.is_empty() {
        let candidate = words.join(" ");
        if scan::is_zone(&candidate) {
            return Some(candidate);
        }
        words.pop();
    }
    None
}

/// Starts joined to their ends, windows in one value, and days whose times stand apart.
fn labelled(part: &Part, statements: &[Statement<'_>], draft: &mut Draft) -> Vec<Rough> {
    let mut pairing = Pairing::default();
    for statement in statements {
        let topic = statement.label.topic;
        if topic == Topic::Duration {
            pairing.duration(part, statement);
        }
        if !matches!(topic, Topic::Start | Topic::End | Topic::Window) || statement.label.revised {
            continue;
        }
        let found = |range: Range<usize>| {
            Found::in_part(
                "window",
                part,
                &statement.rule(),
                statement.span.start + range.start..statement.span.start + range.end,
            )
        };
        let in_one = ranges(statement.text, &found);
        if !in_one.is_empty() {
            let label = &statement.label;
            let with_label = |rough: Rough| Rough {
                role: label.role,
                zone: label.zone.clone(),
                key: label.key.clone(),
                row: statement.row,
                ..rough
            };
            pairing.windows.extend(in_one.into_iter().map(with_label));
            continue;
        }
        let stamps = scan::stamps(statement.text);
        // Of several times under one label the last is the newer one where the first was struck out; a person must say.
        let Some(stamp) = stamps.last() else { continue };
        let near = stamps.first().is_some_and(|first| first.span.0 <= 40 || topic == Topic::Window);
        if !near {
            continue;
        }
        let dated = |first: &Stamp| first.date.is_some() && stamp.date.is_some();
        if let Some(first) = stamps.first().filter(|first| stamps.len() > 1 && dated(first)) {
            let words = |stamp: &Stamp| statement.text[stamp.span.0..stamp.span.1].to_owned();
            draft.doubt(Doubt::ReadsTwoWays {
                field: statement.rule(),
                text: statement.text.chars().take(120).collect(),
                first: words(stamp),
                second: words(first),
            });
        }
        let point = Point { stamp: stamp.clone(), found: found(stamp.span.0..stamp.span.1) };
        match topic {
            Topic::End => pairing.end(point, statement),
            Topic::Start => pairing.start(point, statement),
            Topic::Window => pairing.day(point, statement),
            Topic::Zone
            | Topic::Duration
            | Topic::Reference
            | Topic::Objects
            | Topic::Account
            | Topic::Impact
            | Topic::Status
            | Topic::Summary
            | Topic::Other => {}
        }
    }
    pairing.finish()
}

#[derive(Default)]
struct Pairing {
    windows: Vec<Rough>,
    day: Option<Rough>,
    duration: Option<(TimeDelta, Found)>,
}

impl Pairing {
    fn duration(&mut self, part: &Part, statement: &Statement<'_>) {
        let in_words = if statement.text.bytes().all(|b| b.is_ascii_digit()) && statement.label.key.contains("minute") {
            length_in_words(&format!("{} minutes", statement.text))
        } else {
            length_in_words(statement.text)
        };
        if let (Some(length), None) = (in_words, &self.duration) {
            let found = Found::in_part("duration", part, &statement.rule(), statement.span.clone());
            self.duration = Some((length, found));
        }
    }

    fn start(&mut self, point: Point, statement: &Statement<'_>) {
        // `Start date` and `Start time` stand apart.
        let open = self.windows.iter_mut().rev().find(|w| w.row == statement.row && matches!(w.end, Ending::NotStated));
        if let Some(open) = open
            && join(&mut open.start, &point)
        {
            return;
        }
        let label = &statement.label;
        self.windows.push(Rough {
            role: label.role,
            start: point,
            end: Ending::NotStated,
            zone: label.zone.clone(),
            key: label.key.clone(),
            row: statement.row,
        });
    }

    fn end(&mut self, point: Point, statement: &Statement<'_>) {
        let same_row = |w: &&mut Rough| w.row == statement.row;
        let last = self.windows.iter_mut().rev().find(same_row);
        if let Some(Rough { end: Ending::At(known), .. }) = last
            && join(known, &point)
        {
            return;
        }
        let open = |w: &&mut Rough| w.row == statement.row && matches!(w.end, Ending::NotStated);
        let by_key = self
            .windows
            .iter()
            .position(|w| w.row == statement.row && matches!(w.end, Ending::NotStated) && w.key == statement.label.key);
        let window = match by_key {
            Some(at) => self.windows.get_mut(at),
            None => self.windows.iter_mut().find(open),
        };
        if let Some(window) = window {
            window.end = Ending::At(point);
            window.zone = window.zone.take().or_else(|| statement.label.zone.clone());
        }
    }

    fn day(&mut self, point: Point, statement: &Statement<'_>) {
        let label = &statement.label;
        let rough = Rough {
            role: label.role,
            start: point,
            end: Ending::NotStated,
            zone: label.zone.clone(),
            key: label.key.clone(),
            row: statement.row,
        };
        if rough.start.stamp.clock.is_none() && self.day.is_none() {
            self.day = Some(rough);
        } else if rough.start.stamp.clock.is_some() && rough.start.stamp.date.is_some() {
            self.start(rough.start, statement);
        }
    }

    /// Days lend their date to times without one; a day alone is a window of that day.
    fn finish(mut self) -> Vec<Rough> {
        let mut lent = false;
        if let Some(day) = &self.day {
            for window in &mut self.windows {
                if window.start.stamp.date.is_none() {
                    window.start.stamp.date = day.start.stamp.date;
                    lent = true;
                }
            }
        }
        if let Some((length, found)) = &self.duration {
            let timed = |w: &&mut Rough| matches!(w.end, Ending::NotStated) && w.start.stamp.clock.is_some();
            for window in self.windows.iter_mut().filter(timed) {
                window.end = Ending::Lasting(*length, found.clone());
            }
        }
        // A time under a label that speaks of no day is none of a window.
        self.windows.retain(|window| window.start.stamp.date.is_some());
        match self.day {
            Some(day) if !lent && self.windows.is_empty() => vec![day],
            Some(_) | None => self.windows,
        }
    }
}

/// Puts a time to a date that lacks one, or a date to a time.
fn join(known: &mut Point, more: &Point) -> bool {
    let (has, brings) = (known.stamp.clone(), &more.stamp);
    let fits = has.date.is_some() != brings.date.is_some() && has.clock.is_some() != brings.clock.is_some();
    if fits {
        known.stamp.date = has.date.or(brings.date);
        known.stamp.clock = has.clock.or(brings.clock);
        known.stamp.zone = known.stamp.zone.take().or_else(|| more.stamp.zone.clone());
        let text = format!("{} {}", known.found.text, more.found.text);
        known.found.source.text.clone_from(&text);
        known.found.source.span = None;
        known.found.text = text;
    }
    fits
}

/// All ranges of times in a text: two that a mark joins.
fn ranges(text: &str, found: &dyn Fn(Range<usize>) -> Found) -> Vec<Rough> {
    let stamps = scan::stamps(text);
    let mut rough = Vec::new();
    let mut at = 0;
    while at + 1 < stamps.len() {
        let (start, end) = (&stamps[at], &stamps[at + 1]);
        let joined = text.get(start.span.1..end.span.0).is_some_and(scan::is_range_mark);
        let dated = start.date.is_some() || end.date.is_some();
        let timed = start.clock.is_some() == end.clock.is_some();
        if !(joined && dated && timed) {
            at += 1;
            continue;
        }
        let mut start = start.clone();
        let mut end = end.clone();
        let (start_span, end_span) = (start.span, end.span);
        if start.date.is_none() {
            // `22:00 to 06:00 on 12 October`: the day is the start's.
            start.date = end.date.take();
        }
        let point = |stamp: Stamp, span: (usize, usize)| Point { stamp, found: found(span.0..span.1) };
        rough.push(Rough {
            role: Role::Primary,
            start: point(start, start_span),
            end: Ending::At(point(end, end_span)),
            zone: None,
            key: String::new(),
            row: None,
        });
        at += 2;
    }
    rough
}

/// Most words beside the times in a line that is a range and nothing else.
const WORDS_BESIDE: usize = 5;

/// Lines that are a range of times and hardly anything else.
fn in_lines(part: &Part) -> Vec<Rough> {
    let mut found = Vec::new();
    let mut role = Role::Primary;
    for line in &part.lines {
        for cell in &line.cells {
            let text = cell_text(part, cell);
            let of = |range: Range<usize>| {
                Found::in_part("window", part, "a line of its own", cell.span.0 + range.start..cell.span.0 + range.end)
            };
            let all = ranges(text, &of);
            let heading = all.is_empty() && text.split_whitespace().count() <= 6;
            if heading {
                role = heading_role(text, role);
            }
            let beside = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
            if beside <= WORDS_BESIDE + 3 * all.len() && found.len() < MAX_WINDOWS {
                found.extend(all.into_iter().map(|rough| Rough { role, ..rough }));
            }
        }
    }
    found
}

fn heading_role(text: &str, before: Role) -> Role {
    match words::role_of(text) {
        Role::Contingency => Role::Contingency,
        Role::Primary
            if text.to_lowercase().contains("primary")
                || words::label(text).is_some_and(|l| l.topic == Topic::Window) =>
        {
            Role::Primary
        }
        Role::Primary => before,
    }
}

/// Ranges anywhere in a part.
fn prose(part: &Part) -> Vec<Rough> {
    let of = |range: Range<usize>| Found::in_part("window", part, "times in the text", range);
    ranges(&part.text, &of)
}

/// A single date with a time, when nothing else is there: a start without an end.
fn alone(said: &Said<'_>, subject: &str) -> Vec<Rough> {
    let of_text = |text: &str, found: &dyn Fn(Range<usize>) -> Found| {
        let stamps = scan::stamps(text);
        let mut full = stamps.iter().filter(|stamp| stamp.date.is_some() && stamp.clock.is_some());
        let first = full.next()?;
        let same = full.all(|other| (other.date, other.clock) == (first.date, first.clock));
        same.then(|| Rough {
            role: Role::Primary,
            start: Point { stamp: first.clone(), found: found(first.span.0..first.span.1) },
            end: Ending::NotStated,
            zone: None,
            key: String::new(),
            row: None,
        })
    };
    let in_subject = of_text(subject, &|range| Found::in_subject("window", &subject[range]));
    let in_parts = || {
        said.parts()
            .find_map(|part| of_text(&part.text, &|range| Found::in_part("window", part, "times in the text", range)))
    };
    in_subject.or_else(in_parts).into_iter().collect()
}

/// Ends that take the place of others: `Extended until`.
fn revised_ends(said: &Said<'_>) -> Vec<(Point, Option<String>)> {
    let revised = said.of(Topic::End).filter(|(_, s)| s.label.revised);
    revised
        .filter_map(|(part, s)| {
            let stamp = scan::stamps(s.text).into_iter().next()?;
            let range = stamp.span.0..stamp.span.1;
            Some((Point { stamp, found: Found::stated("end", part, s, range) }, s.label.zone.clone()))
        })
        .take(MAX_WINDOWS)
        .collect()
}

/// The first day of a range of days, as written before a date.
pub(super) fn first_of_days(day: NaiveDate, first: Option<u32>) -> NaiveDate {
    use chrono::Datelike as _;
    first.and_then(|first| day.with_day(first)).filter(|first| *first <= day).unwrap_or(day)
}
