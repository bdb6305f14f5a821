//! `inwindow show`.

use anyhow::Result;

use super::outage::seen_text;
use super::shown_in;
use crate::app::{App, AppError, Shown, WindowRow};
use crate::cli::args::{Output, ShowArgs};
use crate::cli::table::{print_json, print_text, put, wall};
use crate::cli::{Desk, Done};
use crate::maintenance::{Cause, Maintenance, Revision, State};
use crate::notice::{Authentication, FieldSource, Notice, Reading};
use crate::plan::Message;
use crate::report::strip;
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &ShowArgs) -> Result<Done> {
    let app = desk.look()?;
    if let Some(asset) = &args.why {
        return super::why::run(desk, &app, &args.id, asset);
    }
    let shown = app.show(&args.id)?;
    if args.raw {
        put(&raw(&app, &shown, desk)?)?;
        return Ok(Done::Yes);
    }
    match desk.output {
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&shown)?)?,
        Output::Table => {
            let zone = shown_in(&app.settings, None)?;
            print_text(&match &shown {
                Shown::Maintenance { maintenance, state, windows, messages } => {
                    maintenance_text(maintenance, state, windows, messages, &zone)
                }
                Shown::Notice { notice, reading } => notice_text(notice, reading.as_deref(), &zone),
                Shown::Outage(seen) => {
                    let report = app.post_mortem(seen.outage.id.as_str(), None, desk.now())?;
                    format!("{}\n{}", seen_text(seen, &zone), strip(&report.timeline()))
                }
                Shown::Message(message) => message_text(message, &zone),
            })?;
        }
    }
    Ok(Done::Yes)
}

/// The bytes behind a thing: a notice as received, a message as mailed.
fn raw(app: &App, shown: &Shown, desk: &Desk) -> Result<Vec<u8>, AppError> {
    match shown {
        Shown::Notice { notice, .. } => Ok(app.store.raw(&notice.id)?.unwrap_or_default()),
        Shown::Message(message) => app.preview(message.id.as_str(), desk.now()),
        Shown::Maintenance { .. } | Shown::Outage(_) => {
            Err(AppError::usage("only notices and messages have raw bytes", "leave out --raw"))
        }
    }
}

fn maintenance_text(
    maintenance: &Maintenance,
    state: &State,
    windows: &[WindowRow],
    messages: &[Message],
    zone: &Zone,
) -> String {
    let identity = &maintenance.identity;
    let account = identity.account.as_ref().map(|account| format!(", account {account}")).unwrap_or_default();
    let mut text =
        format!("{}: {} {}{account}: {}\n", maintenance.id, identity.vendor, identity.reference, state.status);
    let references = maintenance.references();
    if references.len() > 1 {
        text.push_str(&format!("goes by {}\n", joined(&references)));
    }
    if let Some(summary) = &state.summary {
        text.push_str(&format!("{summary}\n"));
    }
    for flag in &state.flags {
        text.push_str(&format!("note: {}\n", format!("{flag:?}").chars().fold(String::new(), snake)));
    }
    text.push_str("\nwindows:\n");
    for (row, window) in windows.iter().zip(&state.windows) {
        text.push_str(&format!("  {} {}: {} to {}", row.ordinal, row.role, wall(row.start, zone), wall(row.end, zone)));
        let end = if window.written.end.is_empty() { String::new() } else { format!(" to {}", window.written.end) };
        let written_zone = window.written.zone.as_deref().unwrap_or("no zone written");
        text.push_str(&format!(
            "\n    as written: {}{end} ({written_zone}); read in {} by rules {}\n",
            window.written.start, row.zone, window.rules
        ));
        if !row.assets.is_empty() {
            text.push_str(&format!("    touches {}\n", joined(&row.assets)));
        }
        for name in &row.unmatched {
            text.push_str(&format!("    `{name}` matches nothing in the inventory: no customer is told about it\n"));
        }
        if !row.customers.is_empty() {
            text.push_str(&format!("    customers {}\n", joined(&row.customers)));
        }
    }
    text.push_str("\nrevisions:\n");
    for revision in &maintenance.revisions {
        text.push_str(&revision_text(revision, zone));
    }
    if !messages.is_empty() {
        text.push_str("\nmessages:\n");
        for message in messages {
            let (due, to) = (wall(message.due_at, zone), &message.to.email);
            text.push_str(&format!("  {} {due} {} to {to}: {}\n", message.id, message.key.stage, message.state));
        }
    }
    text
}

fn joined<T: ToString>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `StatusNotStated` letter by letter to `status not stated`.
fn snake(mut text: String, letter: char) -> String {
    if letter.is_uppercase() && !text.is_empty() {
        text.push(' ');
    }
    text.extend(letter.to_lowercase());
    text
}

fn revision_text(revision: &Revision, zone: &Zone) -> String {
    let said = &revision.announcement;
    let status = said.status.map_or("status not stated", |status| status.as_str());
    let mut text = format!(
        "  {} received {} ({}): {status}, grade {}",
        revision.number,
        wall(revision.received.at, zone),
        revision.notice,
        said.grade
    );
    match revision.cause {
        Cause::Notice | Cause::Typed | Cause::Tzdata => {}
        Cause::Reread => text.push_str(", read again"),
        Cause::Corrected => text.push_str(", by a person"),
        Cause::Withdrawn => text.push_str(", taken back"),
    }
    match (revision.cause, revision.rereads, said.windows.first()) {
        (Cause::Tzdata, Some(number), Some(window)) => {
            let at = wall(revision.recorded_at, zone);
            text.push_str(&format!("\n    revision {number} read again by zone rules {} on {at}", window.rules));
        }
        (_, Some(number), _) => text.push_str(&format!(", in the place of {number}")),
        (_, None, _) => {}
    }
    for window in &said.windows {
        let (start, end) = (window.interval.start(), window.interval.end());
        text.push_str(&format!("\n    window {}: {} to {}", window.ordinal, wall(start, zone), wall(end, zone)));
    }
    for object in &said.objects {
        let impact = object.impact.or(said.impact).map_or("impact not stated", |impact| impact.as_str());
        text.push_str(&format!("\n    {}: {impact}", object.name));
    }
    text.push('\n');
    text
}

fn notice_text(notice: &Notice, reading: Option<&Reading>, zone: &Zone) -> String {
    let mut text = format!(
        "{}: received {}, imported {}\nfrom {}: {}\nsource {}, {} bytes, sha256 {}\n",
        notice.id,
        wall(notice.received.at, zone),
        wall(notice.imported_at, zone),
        notice.from.as_deref().unwrap_or("nobody named"),
        notice.subject.as_deref().unwrap_or("no subject"),
        notice.source,
        notice.bytes,
        notice.sha256
    );
    text.push_str(&signatures_text(notice.authentication.as_ref()));
    if let Some(reading) = reading {
        text.push_str(&reading_text(reading, zone));
    }
    text
}

/// Who signed a notice, a signature a line; nothing of one that bears none.
pub(super) fn signatures_text(found: Option<&Authentication>) -> String {
    let Some(found) = found else { return String::new() };
    let mut text: String = found.signatures.iter().map(|signature| format!("  {signature}\n")).collect();
    if found.left_out > 0 {
        text.push_str(&format!("  {} more signatures were not looked at\n", found.left_out));
    }
    text
}

/// What was read in a notice, each field with the words it was read from and where they stand.
pub(super) fn reading_text(reading: &Reading, zone: &Zone) -> String {
    let mut text = String::new();
    match reading {
        Reading::Irrelevant { why } => text.push_str(&format!("no notice: {why}\n")),
        Reading::Unreadable { why, .. } => text.push_str(&format!("not understood: {why}\n")),
        Reading::Understood { announcements } => {
            for said in announcements {
                let status = said.status.map_or("status not stated", |status| status.as_str());
                text.push_str(&format!("\n{} {} {status} (grade {})\n", said.vendor, said.reference, said.grade));
                for window in &said.windows {
                    let (start, end) = (wall(window.interval.start(), zone), wall(window.interval.end(), zone));
                    text.push_str(&format!("  window {}: {start} to {end}\n", window.ordinal));
                }
                for object in &said.objects {
                    let impact = object.impact.or(said.impact).map_or("impact not stated", |impact| impact.as_str());
                    text.push_str(&format!("  {}: {impact}\n", object.name));
                }
                text.push_str("read from:\n");
                text.extend(said.sources.iter().map(source_text));
                text.extend(said.doubts.iter().map(|doubt| format!("  in doubt: {doubt}\n")));
            }
        }
    }
    text
}

fn source_text(source: &FieldSource) -> String {
    let span = source.span.map(|(start, end)| format!(" {start}-{end}")).unwrap_or_default();
    format!("  {}: `{}` in {}{span} by {}\n", source.field, source.text, source.part, source.rule)
}

fn message_text(message: &Message, zone: &Zone) -> String {
    let mut text = format!(
        "{}: {} to {} about {}: {}\n{}\ndue {}",
        message.id,
        message.key.stage,
        message.to.email,
        message.key.cause.id(),
        message.state,
        message.reason,
        wall(message.due_at, zone)
    );
    if let Some(not_after) = message.not_after {
        text.push_str(&format!(", not at or after {}", wall(not_after, zone)));
    }
    if let Some(accepted_at) = message.accepted_at {
        text.push_str(&format!("\naccepted {}", wall(accepted_at, zone)));
    }
    if message.maybe_duplicate {
        text.push_str("\nan attempt ended without an answer: the reader may have it twice");
    }
    for told in &message.material.digest {
        let assets: Vec<String> = told.material.assets.iter().map(|(id, impact)| format!("{id} ({impact})")).collect();
        let starts: Vec<String> =
            told.material.windows.iter().map(|window| wall(window.interval.start(), zone)).collect();
        let (id, assets, starts) = (told.cause.id(), assets.join(", "), starts.join(", "));
        text.push_str(&format!("\ntells of {id}: touches {assets}, from {starts}"));
    }
    text.push_str(&format!("\nthe mail itself: inwindow preview {}\n", message.id));
    text
}
