//! `inwindow review`.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::import::say_touched;
use super::replay::change_text;
use super::show::{reading_text, signatures_text};
use super::typed::{bad_ident, typed_windows};
use super::{Matching, NO_INVENTORY, impact, known_vendor, moment, past, planned, shown_in, told_of_outbox};
use crate::app::{
    App, AppError, Correction, Decided, Decision, Given, NoticeOrder, Outbox, ReviewDone, ReviewShown, ReviewWanted,
};
use crate::cli::args::{Output, ReviewCommand, ReviewCorrectArgs, ReviewListArgs};
use crate::cli::table::{Rows, cell, either, hint, instant, maybe, names, print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::names::Reference;
use crate::notice::{ReviewItem, ReviewState, Settled};
use crate::time::Zone;
use crate::window::StatedObject;

/// Most lines of a notice shown: some screenfuls, and more than any notice seen has.
const MAX_LINES: usize = 400;

/// Longest line of a notice shown, in characters: beyond it there is no prose.
const MAX_LINE: usize = 500;

pub(crate) fn run(desk: &Desk, command: &ReviewCommand) -> Result<Done> {
    let author = |by: &Option<String>| by.clone().unwrap_or_else(|| desk.user());
    let (notice, by, words, decision) = match command {
        ReviewCommand::List(args) => return list(desk, args),
        ReviewCommand::Show { notice } => return show(desk, notice),
        ReviewCommand::Accept { notice, by } => (notice, by, None, Decision::Accept),
        ReviewCommand::Correct(args) => return correct(desk, args, author(&args.by)),
        ReviewCommand::Assign { notice, maintenance, announcement, by } => {
            (notice, by, None, Decision::Assign { maintenance: maintenance.clone(), place: *announcement })
        }
        ReviewCommand::Dismiss { notice, reason, retract, by } => {
            (notice, by, reason.clone(), if *retract { Decision::Retract } else { Decision::Dismiss })
        }
    };
    let app = desk.open()?;
    decide(desk, app, notice, &Decided { decision, by: author(by), words })
}

fn list(desk: &Desk, args: &ReviewListArgs) -> Result<Done> {
    let app = desk.look()?;
    let (now, zone) = (desk.now(), shown_in(&app.settings, None)?);
    let vendor = args.vendor.as_deref().map(|vendor| known_vendor(&app, vendor)).transpose()?;
    let mut rows = Rows::new(&["notice", "received", "vendor", "why", "state", "for", "to settle"]);
    for item in app.review(&ReviewWanted { vendor, state: args.state.state() })? {
        let waits = now - item.received_at;
        let reasons: Vec<String> = item.reasons.iter().map(ToString::to_string).collect();
        let cells = vec![
            cell(&item.notice),
            instant(item.received_at, &zone),
            maybe(item.vendor.as_ref()),
            cell(reasons.join("; ")),
            cell(item.state),
            either(age(waits), waits.num_seconds()),
            names(&commands(&item)),
        ];
        rows.push(cells, item_json(&item, now)?);
    }
    rows.print(desk.output, nothing(args.state.state()))?;
    if !rows.is_empty() && args.state.state() == Some(ReviewState::Open) {
        hint(
            desk.output,
            "`inwindow review show ID` prints a notice with what was read in it; `accept`, `correct`, `assign` and `dismiss` \
             settle it",
        );
    }
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}

fn nothing(state: Option<ReviewState>) -> &'static str {
    match state {
        Some(ReviewState::Open) => "nothing waits for a person",
        Some(ReviewState::Accepted | ReviewState::Corrected | ReviewState::Dismissed | ReviewState::Cleared) | None => {
            "no notice is in that state"
        }
    }
}

/// The commands that settle an item, the best first; none where it is settled.
fn commands(item: &ReviewItem) -> Vec<&'static str> {
    let mut commands: Vec<&'static str> = Vec::new();
    if item.state == ReviewState::Open {
        for command in item.reasons.iter().flat_map(|reason| reason.settling().commands) {
            if !commands.contains(command) {
                commands.push(command);
            }
        }
    }
    commands
}

fn item_json(item: &ReviewItem, now: DateTime<Utc>) -> Result<Value> {
    let mut value = serde_json::to_value(item)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("age_seconds".to_owned(), (now - item.received_at).num_seconds().into());
        fields.insert("to_settle".to_owned(), json!(commands(item)));
    }
    Ok(value)
}

/// `3 d`, `5 h`, `12 min`: how long something waits, in its largest unit.
fn age(waits: TimeDelta) -> String {
    match (waits.num_days(), waits.num_hours(), waits.num_minutes()) {
        (days, ..) if days > 0 => format!("{days} d"),
        (_, hours, _) if hours > 0 => format!("{hours} h"),
        (.., minutes) => format!("{} min", minutes.max(0)),
    }
}

fn show(desk: &Desk, notice: &str) -> Result<Done> {
    let app = desk.look()?;
    let shown = app.review_shown(notice)?;
    match desk.output {
        Output::Table => print_text(&shown_text(&shown, &shown_in(&app.settings, None)?, desk.now()))?,
        Output::Json | Output::Ndjson | Output::Csv => {
            let mut value = serde_json::to_value(&shown)?;
            if let (Some(fields), Some(item)) = (value.as_object_mut(), &shown.item) {
                fields.insert("item".to_owned(), item_json(item, desk.now())?);
            }
            print_json(desk.output, &value)?;
        }
    }
    Ok(Done::Yes)
}

fn shown_text(shown: &ReviewShown, zone: &Zone, now: DateTime<Utc>) -> String {
    let notice = &shown.notice;
    let mut text = format!(
        "{}: received {} ({} ago) from {}: {}\n",
        notice.id,
        wall(notice.received.at, zone),
        age(now - notice.received.at),
        notice.from.as_deref().unwrap_or("nobody named"),
        notice.subject.as_deref().unwrap_or("no subject"),
    );
    match &shown.item {
        None => text.push_str("it waits for nobody, and never did\n"),
        Some(item) => text.push_str(&item_text(item, zone)),
    }
    let signatures = signatures_text(notice.authentication.as_ref());
    if !signatures.is_empty() {
        text.push_str(&format!("\nwho signed it:\n{signatures}"));
    }
    if !shown.contacts.is_empty() {
        text.push_str(&format!("\nwhom to ask: {}\n", shown.contacts.join(", ")));
    }
    text.push_str("\nwhat was read:\n");
    text.push_str(&indented(&reading_text(&shown.reading, zone)));
    if !shown.similar.is_empty() {
        text.push_str("\nit may be about:\n");
        for similar in &shown.similar {
            let (id, vendor, reference) = (&similar.maintenance, &similar.vendor, &similar.reference);
            text.push_str(&format!("  {id} ({vendor} {reference}): {}\n", similar.why.join(", ")));
        }
    }
    text.push_str("\nwhat was done:\n");
    for (at, who, what) in &shown.log {
        text.push_str(&format!("  {} {who}: {what}\n", wall(*at, zone)));
    }
    text.push_str("\nits words:\n");
    text.push_str(&words_text(shown));
    text
}

fn item_text(item: &ReviewItem, zone: &Zone) -> String {
    let mut text = match &item.settled {
        None if item.state == ReviewState::Open => "it waits for a person:\n".to_owned(),
        None => format!("{}:\n", item.state),
        Some(settled) => format!("{}\n", settled_text(item.state, settled, zone)),
    };
    for reason in &item.reasons {
        text.push_str(&format!("  {reason}\n"));
        if item.state == ReviewState::Open {
            let settling = reason.settling();
            text.push_str(&format!("    accept: {}\n    else: {}\n", settling.accept, settling.or));
        }
    }
    text
}

/// `accepted by ada 2026-11-02 13:00 CET: words`.
fn settled_text(state: ReviewState, settled: &Settled, zone: &Zone) -> String {
    let words = settled.words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
    format!("{state} by {} {}{words}", settled.by, wall(settled.at, zone))
}

/// A stranger's text, line by line behind a bar: without runs of blank lines, and not without end.
fn words_text(shown: &ReviewShown) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (label, part) in &shown.parts {
        lines.push(format!("  [{label}]"));
        let mut blank = true;
        for line in part.lines() {
            let line: String = line.replace(['\t', '\u{2028}', '\u{2029}'], " ").chars().take(MAX_LINE).collect();
            let line = line.trim_end();
            if !(blank && line.is_empty()) {
                lines.push(format!("  | {line}").trim_end().to_owned());
            }
            blank = line.is_empty();
        }
    }
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    if more > 0 {
        lines.push(format!("  … and {more} more lines: `inwindow show {} --raw`", shown.notice.id));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

fn correct(desk: &Desk, args: &ReviewCorrectArgs, by: String) -> Result<Done> {
    let app = desk.open()?;
    let announcements = match &args.file {
        Some(file) => {
            let (notice, _) = app.reading_of(&args.notice)?;
            let mut announcements = app.settings.announcements_in(file, notice.received, &by)?;
            for said in &mut announcements {
                said.vendor = known_vendor(&app, said.vendor.as_str())?;
            }
            announcements
        }
        None => app.correct_fields(&args.notice, &correction(&app, args, desk.now())?, &by)?,
    };
    decide(desk, app, &args.notice, &Decided { decision: Decision::Correct(announcements), by, words: None })
}

fn correction(app: &App, args: &ReviewCorrectArgs, now: DateTime<Utc>) -> Result<Correction, AppError> {
    let zone = args.zone.as_deref();
    let at = |text: &str| past("--ended-at", moment(&app.settings, text, zone)?, now);
    let reference = |option: &str, text: &str| Reference::new(text).map_err(|error| bad_ident(option, &error));
    let status = |text: &str| {
        text.parse()
            .map_err(|error: crate::notice::UnknownStatus| AppError::Usage { what: error.to_string(), help: None })
    };
    let text = |text: &str| Ok(text.to_owned());
    let correction = Correction {
        place: args.announcement,
        vendor: args.vendor.as_deref().map(|vendor| known_vendor(app, vendor)).transpose()?,
        account: given(args.account.as_deref(), text)?,
        reference: args.reference.as_deref().map(|text| reference("--reference", text)).transpose()?,
        replaces: given(args.replaces.as_deref(), |text| reference("--replaces", text))?,
        status: given(args.status.as_deref(), status)?,
        windows: if args.start.is_empty() && args.end.is_empty() {
            Given::Left
        } else {
            Given::Said(typed_windows(&app.settings, (&args.start, &args.end), zone)?)
        },
        impact: given(args.impact.as_deref(), impact)?,
        objects: objects(&args.object),
        ended_at: given(args.ended_at.as_deref(), at)?,
        summary: given(args.summary.as_deref(), text)?,
        order: if args.newest { NoticeOrder::Newest } else { NoticeOrder::AsStated },
    };
    if correction == (Correction { place: correction.place, ..Correction::default() }) {
        let help = "name the fields that are wrong, or let it count as it was read: `inwindow review accept`";
        return Err(AppError::usage("nothing is corrected", help));
    }
    Ok(correction)
}

/// A field as typed; an empty one says that the notice does not state it.
fn given<T>(typed: Option<&str>, parse: impl Fn(&str) -> Result<T, AppError>) -> Result<Given<T>, AppError> {
    match typed.map(str::trim) {
        None => Ok(Given::Left),
        Some("") => Ok(Given::Unsaid),
        Some(text) => Ok(Given::Said(parse(text)?)),
    }
}

/// Objects as typed, `NAME` or `NAME=IMPACT`; what stands behind the last `=` and is no impact belongs to the name.
fn objects(typed: &[String]) -> Given<Vec<StatedObject>> {
    let objects: Vec<StatedObject> = typed
        .iter()
        .filter(|text| !text.trim().is_empty())
        .map(|text| match text.rsplit_once('=').and_then(|(name, word)| Some((name, word.parse().ok()?))) {
            Some((name, impact)) => StatedObject { name: name.trim().to_owned(), impact: Some(impact) },
            None => StatedObject { name: text.trim().to_owned(), impact: None },
        })
        .collect();
    match (typed.is_empty(), objects.is_empty()) {
        (true, _) => Given::Left,
        (false, true) => Given::Unsaid,
        (false, false) => Given::Said(objects),
    }
}

fn decide(desk: &Desk, mut app: App, notice: &str, decided: &Decided) -> Result<Done> {
    let now = desk.now();
    let done = app.decide(notice, decided, now)?;
    if !done.unchanged {
        app.judge_again(now)?;
    }
    let matching = Matching::of(&app)?;
    match desk.output {
        Output::Table => {
            let zone = shown_in(&app.settings, None)?;
            print_text(&done_text(&done, decided, (matching, &zone), &app.outbox(now)?))?;
        }
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&done)?)?,
    }
    let unmatched = matching == Matching::Inventory && done.effects.iter().any(|effect| !effect.unmatched.is_empty());
    Ok(if done.review.is_empty() && !unmatched { Done::Yes } else { Done::No })
}

fn done_text(done: &ReviewDone, decided: &Decided, (matching, zone): (Matching, &Zone), outbox: &Outbox) -> String {
    if done.unchanged {
        let how = done.already.as_ref().map_or(done.state.to_string(), |s| settled_text(done.state, s, zone));
        return format!("{} is settled already, {how}; nothing changed\n", done.notice);
    }
    let mut text = match (&decided.decision, done.review.is_empty()) {
        (_, false) => format!("{} still waits for a person\n", done.notice),
        (Decision::Dismiss, true) => format!("{} is settled as being of no matter\n", done.notice),
        (Decision::Retract, true) => {
            format!("{} is settled as being of no matter, and taken back\n", done.notice)
        }
        (Decision::Accept | Decision::Correct(_) | Decision::Assign { .. }, true) => {
            format!("{} is {} by {}\n", done.notice, done.state, decided.by)
        }
    };
    for change in &done.changes {
        text.push_str(&format!("  {}\n", change_text(change)));
    }
    for effect in &done.effects {
        let id = effect.maintenance.as_ref().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("{} {id} ({})\n", effect.what, effect.reference));
        if effect.maintenance.is_some() {
            say_touched(effect, matching, &mut |line| text.push_str(&format!("{line}\n")));
        }
    }
    for reason in &done.review {
        text.push_str(&format!("to review: {reason}\n"));
    }
    if done.messages + done.withdrawn > 0 {
        text.push_str(&format!("{}\n", planned(done.messages, done.withdrawn)));
        text.push_str(&told_of_outbox(outbox));
    }
    if matching == Matching::Nothing && !done.effects.is_empty() {
        text.push_str(&format!("{NO_INVENTORY}\n"));
    }
    text
}
