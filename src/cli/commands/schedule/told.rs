//! Standing windows and their occurrences in words and as values.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::cli::args::Output;
use crate::cli::table::{Rows, cell, either, wall};
use crate::time::{ClockChange, Interval, TimeFlag, Zone, shown_length};
use crate::window::standing::{Counts, Reserve, Standing, StandingFile, Work};
use crate::window::{Occurrence, Schedule};

/// One occurrence with what it is one of.
pub(super) struct Occurring<'w> {
    /// The name of the file.
    pub(super) name: &'w str,
    pub(super) window: &'w Standing,
    /// The zone that the window falls by.
    pub(super) clock: Zone,
    pub(super) occurrence: Occurrence,
}

/// The occurrences as rows; without the column of `zone` for people when that is UTC.
pub(super) fn rows(found: &[Occurring<'_>], zone: &Zone, output: Output) -> Rows {
    let is_table = match output {
        Output::Table => true,
        Output::Json | Output::Ndjson | Output::Csv => false,
    };
    let with_own = !is_table || *zone != Zone::utc();
    let mut headers = vec!["window", "vendor time", "your time", "utc", "length", "clock change"];
    if !with_own {
        headers.remove(2);
    }
    let mut rows = Rows::new(&headers);
    for occurring in found {
        let interval = occurring.occurrence.interval;
        let seconds = interval.length().num_seconds();
        let note = clock_note(&occurring.occurrence, &occurring.clock, nominal(occurring.window));
        let mut cells = vec![
            cell(format!("{} {}", occurring.name, occurring.window.id)),
            span(&interval, &occurring.clock),
            span(&interval, zone),
            span(&interval, &Zone::utc()),
            either(shown_length(interval.length()), seconds),
            cell(note.as_deref().unwrap_or_default()),
        ];
        if !with_own {
            cells.remove(2);
        }
        rows.push(cells, occurrence_value(occurring, zone, note.as_deref()));
    }
    rows
}

/// `Wed 2026-11-25 00:00 to 04:00 GMT` for people, an ISO 8601 interval for programs.
fn span(interval: &Interval, zone: &Zone) -> crate::cli::table::Cell {
    let local = |at: DateTime<Utc>| zone.local(at).to_rfc3339_opts(SecondsFormat::Secs, true);
    either(span_text(interval, zone), format!("{}/{}", local(interval.start()), local(interval.end())))
}

fn span_text(interval: &Interval, zone: &Zone) -> String {
    let (start, end) = (wall(interval.start(), zone), wall(interval.end(), zone));
    let day = zone.local(interval.start()).format("%a");
    let (mut from, mut to) = (start.as_str(), end.as_str());
    let abbreviation = zone.abbreviation_at(interval.start());
    if abbreviation == zone.abbreviation_at(interval.end()) {
        from = start.strip_suffix(&format!(" {abbreviation}")).unwrap_or(from);
    }
    if start.get(..10) == end.get(..10) {
        to = end.get(11..).unwrap_or(to);
    }
    format!("{day} {from} to {to}")
}

/// Seconds of a window on a night without a clock change.
fn nominal(window: &Standing) -> Option<i64> {
    window.hours.map(|hours| i64::from(hours.seconds()))
}

/// What the clocks do to an occurrence, and to its length.
fn clock_note(occurrence: &Occurrence, zone: &Zone, nominal: Option<i64>) -> Option<String> {
    let mut parts = Vec::new();
    let start = zone.local(occurrence.interval.start()).naive_local();
    if start != occurrence.wall {
        let (there_is_no, shown) = (occurrence.wall.format("%H:%M"), start.format("%H:%M"));
        parts.push(format!("there is no {there_is_no}, it starts at {shown}"));
    } else if occurrence.flags.contains(&TimeFlag::NonexistentLocalTime) {
        parts.push("the time of its end does not exist and is moved on".to_owned());
    }
    if occurrence.flags.contains(&TimeFlag::AmbiguousLocalTime) {
        parts.push("a time of it comes twice".to_owned());
    }
    parts.extend(occurrence.clock_change.map(|change| change_text(&change)));
    let seconds = occurrence.interval.length().num_seconds();
    if let Some(nominal) = nominal.filter(|nominal| *nominal != seconds) {
        let length = |seconds: i64| shown_length(TimeDelta::seconds(seconds));
        parts.push(format!("{} instead of {}", length(seconds), length(nominal)));
    }
    (!parts.is_empty()).then(|| parts.join(": "))
}

/// `clocks go forward from 02:00 to 03:00`.
fn change_text(change: &ClockChange) -> String {
    let (before, after) = (change.wall_before(), change.wall_after());
    let way = if after > before { "forward" } else { "back" };
    format!("clocks go {way} from {} to {}", before.format("%H:%M"), after.format("%H:%M"))
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn occurrence_value(occurring: &Occurring<'_>, zone: &Zone, note: Option<&str>) -> Value {
    let Occurring { name, window, clock, occurrence } = occurring;
    let interval = occurrence.interval;
    let local = |at: DateTime<Utc>, zone: &Zone| zone.local(at).to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "file": name,
        "vendor": window.vendor,
        "window": window.id,
        "start": instant(interval.start()),
        "end": instant(interval.end()),
        "seconds": interval.length().num_seconds(),
        "usual_seconds": nominal(window),
        "vendor_zone": clock.name(),
        "vendor_start": local(interval.start(), clock),
        "vendor_end": local(interval.end(), clock),
        "your_zone": zone.name(),
        "your_start": local(interval.start(), zone),
        "your_end": local(interval.end(), zone),
        "flags": occurrence.flags,
        "clock_change": occurrence.clock_change.map(|change| json!({
            "at": instant(change.at),
            "before": change.before.to_string(),
            "after": change.after.to_string(),
        })),
        "note": note,
    })
}

/// What was understood of a file, in words, with the next occurrences of each window.
pub(super) fn summary(name: &str, file: &StandingFile, now: DateTime<Utc>, number: usize) -> String {
    let read = file.source_read.as_ref().map(|read| format!(" (read {read})")).unwrap_or_default();
    let mut text = format!("{name}: {}, by {}{read}\n", file.vendor, file.source);
    for window in &file.windows {
        text.push_str(&format!("  {}: {}\n", window.id, window.days_and_hours()));
        for remark in remarks(window) {
            text.push_str(&format!("    {remark}\n"));
        }
        match window.when.schedule(None) {
            None => text
                .push_str("    next: known with the zone of the asset; `schedule next --asset-zone ZONE` shows it\n"),
            Some(schedule) => text.push_str(&next_text(window, &schedule, now, number)),
        }
    }
    text
}

fn next_text(window: &Standing, schedule: &Schedule, now: DateTime<Utc>, number: usize) -> String {
    let clock = schedule.zone().cloned().unwrap_or_else(Zone::utc);
    let next = schedule.next(now, number).occurrences;
    if next.is_empty() {
        return "    next: never again\n".to_owned();
    }
    let heads = ["    next: "].into_iter().chain(std::iter::repeat("          "));
    let line = |(head, occurrence): (&str, &Occurrence)| {
        let note = clock_note(occurrence, &clock, nominal(window)).map(|note| format!(" ({note})"));
        format!("{head}{}{}\n", span_text(&occurrence.interval, &clock), note.unwrap_or_default())
    };
    heads.zip(&next).map(line).collect()
}

/// What else was understood.
fn remarks(window: &Standing) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(window.zone.because.as_ref().map(|because| format!("zone: {because}")));
    let whom = [window.applies_to.assets.join(", "), window.applies_to.sites.join(", ")];
    let whom: Vec<String> = whom.into_iter().filter(|names| !names.is_empty()).collect();
    if !whom.is_empty() {
        remarks.push(format!("for {}", whom.join(" in ")));
    }
    remarks.extend(window.class.as_ref().map(|class| format!("for work that is: {class}")));
    remarks.extend(window.impact.map(|impact| format!("the vendor states {impact}")));
    match window.counts {
        Counts::Alone => {}
        Counts::WithNotice => remarks.push("counts only with a notice: it says when one may fall".to_owned()),
    }
    match window.work {
        Work::Inside => {}
        Work::StartsInside { max } => {
            remarks.push(format!("work starts inside and may run {} past the end", shown_length(max)));
        }
    }
    match window.reserve {
        Reserve::Planned => {}
        Reserve::Contingency => remarks.push("kept in reserve".to_owned()),
    }
    let slot = |slot| format!("each account has {} somewhere in it; your own file can say where", shown_length(slot));
    remarks.extend(window.slot.map(slot));
    remarks.extend(window.when.known_from().map(|from| format!("known from {}", instant(from))));
    remarks.extend(window.note.clone());
    remarks
}

/// The same for programs.
pub(super) fn value(name: &str, file: &StandingFile, now: DateTime<Utc>, number: usize) -> Value {
    let window = |window: &Standing| {
        let next = window.when.schedule(None).map(|schedule| {
            let next = schedule.next(now, number).occurrences;
            next.iter().map(|o| json!([instant(o.interval.start()), instant(o.interval.end())])).collect::<Vec<_>>()
        });
        json!({
            "id": window.id,
            "understood": window.days_and_hours(),
            "zone": window.zone.zone.as_ref().map(Zone::name),
            "remarks": remarks(window),
            "next": next,
        })
    };
    let warnings = file.warnings.iter().map(|warning| {
        json!({ "line": warning.line, "column": warning.column, "message": warning.message, "help": warning.help })
    });
    json!({
        "file": name,
        "vendor": file.vendor,
        "source": file.source,
        "source_read": file.source_read,
        "note": file.note,
        "windows": file.windows.iter().map(window).collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
    })
}
