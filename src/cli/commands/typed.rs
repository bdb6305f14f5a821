//! `inwindow maintenance`.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::import::say_touched;
use super::{Matching, NO_INVENTORY, impact, known_vendor, moment, moment_or, past, planned, shown_in, told_of_outbox};
use crate::app::{App, AppError, Outbox, Settings, TypedDone, TypedEntry, TypedWindow};
use crate::cli::args::{MaintenanceCommand, Output, TypedArgs, TypedRef};
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done};
use crate::names::{BadIdent, Reference, VendorId, nearest};
use crate::notice::Status;
use crate::store::MaintenanceFilter;
use crate::time::{Interval, WallSpan, read_wall_end};
use crate::window::Written;

pub(crate) fn run(desk: &Desk, command: &MaintenanceCommand) -> Result<Done> {
    let (settings, now) = (desk.settings()?, desk.now());
    // A first maintenance makes the store, but not before what was typed is known to be right.
    let entry = entry(&settings, command, &desk.user(), now)?;
    let mut app = match command {
        MaintenanceCommand::Add(_) => desk.create()?,
        MaintenanceCommand::Edit(_) | MaintenanceCommand::Cancel(_) | MaintenanceCommand::Complete(_) => desk.open()?,
    };
    let entry = TypedEntry { vendor: known_vendor(&app, entry.vendor.as_str())?, ..entry };
    match command {
        MaintenanceCommand::Add(_) => refuse_known(&app, &entry)?,
        MaintenanceCommand::Edit(_) | MaintenanceCommand::Cancel(_) | MaintenanceCommand::Complete(_) => {
            refuse_unknown(&app, &entry)?;
        }
    }
    let done = app.typed(&entry, now)?;
    app.judge_again(now)?;
    let matching = Matching::of(&app)?;
    match desk.output {
        Output::Table => print_text(&text(&done, &entry, &app.outbox(now)?, matching))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&done)?)?,
    }
    let unmatched = matching == Matching::Inventory && done.effects.iter().any(|effect| !effect.unmatched.is_empty());
    Ok(if done.review.is_empty() && !unmatched { Done::Yes } else { Done::No })
}

fn text(done: &TypedDone, entry: &TypedEntry, outbox: &Outbox, matching: Matching) -> String {
    if done.repeated {
        return format!("known already as {}; nothing changed\n", done.notice);
    }
    let mut text = format!("kept as {}, typed by {}\n", done.notice, entry.author);
    for effect in &done.effects {
        let id = effect.maintenance.as_ref().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("{} {id} ({})\n", effect.what, effect.reference));
        say_touched(effect, matching, &mut |line| text.push_str(&format!("{line}\n")));
    }
    for reason in &done.review {
        text.push_str(&format!("to review: {reason}\n"));
    }
    text.push_str(&format!("{}\n", planned(done.messages, done.withdrawn)));
    if matching == Matching::Nothing {
        text.push_str(&format!("{NO_INVENTORY}\n"));
    }
    text.push_str(&told_of_outbox(outbox));
    text
}

fn entry(
    settings: &Settings,
    command: &MaintenanceCommand,
    who: &str,
    now: DateTime<Utc>,
) -> Result<TypedEntry, AppError> {
    match command {
        MaintenanceCommand::Add(args) if args.start.is_empty() && args.end.is_empty() => {
            Err(AppError::usage("a new maintenance needs a window", "give --start and --end"))
        }
        MaintenanceCommand::Add(args) => {
            let entry = windows_entry(settings, args, who, now)?;
            Ok(TypedEntry { status: entry.status.or(Some(Status::Confirmed)), ..entry })
        }
        MaintenanceCommand::Edit(args) => windows_entry(settings, args, who, now),
        MaintenanceCommand::Cancel(args) => {
            Ok(TypedEntry { status: Some(Status::Cancelled), ..blank(settings, args, who, now)? })
        }
        MaintenanceCommand::Complete(args) => {
            let typed = &args.typed;
            let read = |text: &String| past("--ended-at", moment(settings, text, typed.zone.as_deref())?, now);
            let ended_at = args.ended_at.as_ref().map(read).transpose()?;
            Ok(TypedEntry { status: Some(Status::Completed), ended_at, ..blank(settings, typed, who, now)? })
        }
    }
}

/// An entry that says nothing but whose and which.
fn blank(settings: &Settings, args: &TypedRef, who: &str, now: DateTime<Utc>) -> Result<TypedEntry, AppError> {
    let received_at = moment_or(settings, args.received_at.as_deref(), args.zone.as_deref(), now)?;
    Ok(TypedEntry {
        vendor: VendorId::new(&args.vendor).map_err(|error| bad_ident("--vendor", &error))?,
        reference: Reference::new(&args.reference).map_err(|error| bad_ident("--reference", &error))?,
        author: args.author.clone().unwrap_or_else(|| who.to_owned()),
        received_at: past("--received-at", received_at, now)?,
        status: None,
        windows: Vec::new(),
        zone: "UTC".to_owned(),
        impact: None,
        objects: Vec::new(),
        account: None,
        ended_at: None,
        summary: None,
    })
}

fn windows_entry(settings: &Settings, args: &TypedArgs, who: &str, now: DateTime<Utc>) -> Result<TypedEntry, AppError> {
    let zone = args.typed.zone.as_deref();
    let (windows, zone) = typed_windows(settings, (&args.start, &args.end), zone)?;
    let bad_status = |error: crate::notice::UnknownStatus| AppError::Usage { what: error.to_string(), help: None };
    Ok(TypedEntry {
        status: args.status.as_deref().map(str::parse).transpose().map_err(bad_status)?,
        windows,
        zone,
        impact: args.impact.as_deref().map(impact).transpose()?,
        objects: args.object.clone(),
        account: args.account.clone(),
        summary: args.summary.clone(),
        ..blank(settings, &args.typed, who, now)?
    })
}

/// Windows as typed, one `--end` for each `--start`, and the zone they were typed in.
pub(super) fn typed_windows(
    settings: &Settings,
    (starts, ends): (&[String], &[String]),
    zone: Option<&str>,
) -> Result<(Vec<TypedWindow>, String), AppError> {
    if starts.len() != ends.len() {
        let what = format!("there are {} --start and {} --end", starts.len(), ends.len());
        return Err(AppError::usage(what, "give one --end for each --start, in the same order"));
    }
    let zone = zone.filter(|zone| !zone.is_empty());
    let mut windows = Vec::new();
    for (start, end) in starts.iter().zip(ends) {
        let interval = Interval::new(moment(settings, start, zone)?, moment(settings, end, zone)?)?;
        let wall = |typed: &str| read_wall_end(typed, zone, &settings.zones);
        let wall = WallSpan::Ends { start: wall(start)?, end: wall(end)? };
        let written = Written { start: start.clone(), end: end.clone(), zone: zone.map(str::to_owned) };
        windows.push(TypedWindow { interval, wall, written });
    }
    Ok((windows, zone_of(settings, starts, zone)?))
}

/// An identifier that cannot be one, with the option that it was typed behind.
pub(super) fn bad_ident(option: &str, error: &BadIdent) -> AppError {
    AppError::usage(format!("{option}: {error}"), "`--help` shows an example")
}

/// The zone the windows were typed in: the one behind the first start, else `--zone`, else UTC.
fn zone_of(settings: &Settings, starts: &[String], zone: Option<&str>) -> Result<String, AppError> {
    let behind = |text: &String| Some(text.trim().strip_suffix(']')?.split_once('[')?.1.to_owned());
    let named = starts.first().and_then(behind).or_else(|| zone.map(str::to_owned));
    Ok(match named {
        Some(name) => shown_in(settings, Some(&name))?.name().to_owned(),
        None => "UTC".to_owned(),
    })
}

/// What changes a maintenance must name one that is known.
fn refuse_unknown(app: &App, entry: &TypedEntry) -> Result<(), AppError> {
    if !app.store.maintenances_with_reference(&entry.vendor, &entry.reference.folded())?.is_empty() {
        return Ok(());
    }
    let filter = MaintenanceFilter { vendor: Some(entry.vendor.clone()), ..Default::default() };
    let all = app.store.maintenances(&filter)?;
    let known = all.iter().map(|maintenance| maintenance.identity.reference.as_str());
    let nearest = nearest(entry.reference.as_str(), known).map(str::to_owned);
    Err(AppError::Unknown { what: "maintenance with reference", typed: entry.reference.to_string(), nearest })
}

/// `add` is for what is new: what is known is edited.
fn refuse_known(app: &App, entry: &TypedEntry) -> Result<(), AppError> {
    if app.store.maintenances_with_reference(&entry.vendor, &entry.reference.folded())?.is_empty() {
        return Ok(());
    }
    let what = format!("{} {} is known already", entry.vendor, entry.reference);
    Err(AppError::usage(what, "say what changed with `inwindow maintenance edit`"))
}
