//! `inwindow maintenance`.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::import::say_touched;
use super::{NO_INVENTORY, impact, known_vendor, moment, moment_or, past, told_of_outbox};
use crate::app::{App, AppError, Outbox, TypedDone, TypedEntry};
use crate::cli::args::{MaintenanceCommand, Output, TypedArgs, TypedEnd, TypedRef};
use crate::cli::table::{count, print_json, print_text};
use crate::cli::{Desk, Done};
use crate::names::{Reference, nearest};
use crate::notice::Status;
use crate::time::Interval;
use crate::window::Written;

pub(crate) fn run(desk: &Desk, command: &MaintenanceCommand) -> Result<Done> {
    let mut app = desk.create()?;
    let now = desk.now();
    let who = desk.user();
    let entry = match command {
        MaintenanceCommand::Add(args) => {
            if args.start.is_empty() {
                return Err(AppError::usage("a new maintenance needs a window", "give --start and --end").into());
            }
            let entry = windows_entry(&app, args, &who, now)?;
            refuse_known(&app, &entry)?;
            TypedEntry { status: entry.status.or(Some(Status::Confirmed)), ..entry }
        }
        MaintenanceCommand::Edit(args) => known(&app, windows_entry(&app, args, &who, now)?)?,
        MaintenanceCommand::Cancel(args) => {
            known(&app, TypedEntry { status: Some(Status::Cancelled), ..blank(&app, args, &who, now)? })?
        }
        MaintenanceCommand::Complete(args) => known(&app, completed(&app, args, &who, now)?)?,
    };
    let done = app.typed(&entry, now)?;
    app.judge_again(now)?;
    let inventory = app.store.inventory_latest()?.is_some();
    match desk.output {
        Output::Table => print_text(&text(&done, &entry, &app.outbox(now)?, inventory))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&done)?)?,
    }
    let unmatched = inventory && done.effects.iter().any(|effect| !effect.unmatched.is_empty());
    Ok(if done.review.is_empty() && !unmatched { Done::Yes } else { Done::No })
}

fn text(done: &TypedDone, entry: &TypedEntry, outbox: &Outbox, inventory: bool) -> String {
    if done.repeated {
        return format!("known already as {}; nothing changed\n", done.notice);
    }
    let mut text = format!("kept as {}, typed by {}\n", done.notice, entry.author);
    for effect in &done.effects {
        let id = effect.maintenance.as_ref().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("{} {id} ({})\n", effect.what, effect.reference));
        say_touched(effect, inventory, &mut |line| text.push_str(&format!("{line}\n")));
    }
    for reason in &done.review {
        text.push_str(&format!("to review: {reason}\n"));
    }
    text.push_str(&format!("planned {}\n", count(done.messages, "message")));
    if !inventory {
        text.push_str(&format!("{NO_INVENTORY}\n"));
    }
    text.push_str(&told_of_outbox(outbox));
    text
}

/// An entry that says nothing but whose and which.
fn blank(app: &App, args: &TypedRef, who: &str, now: DateTime<Utc>) -> Result<TypedEntry, AppError> {
    let received_at = moment_or(&app.settings, args.received_at.as_deref(), args.zone.as_deref(), now)?;
    Ok(TypedEntry {
        vendor: known_vendor(app, &args.vendor)?,
        reference: Reference::new(&args.reference)?,
        author: args.author.clone().unwrap_or_else(|| who.to_owned()),
        received_at: past("--received-at", received_at, now)?,
        status: None,
        windows: Vec::new(),
        zone: args.zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        impact: None,
        objects: Vec::new(),
        account: None,
        ended_at: None,
        summary: None,
    })
}

fn windows_entry(app: &App, args: &TypedArgs, who: &str, now: DateTime<Utc>) -> Result<TypedEntry, AppError> {
    if args.start.len() != args.end.len() {
        let what = format!("there are {} --start and {} --end", args.start.len(), args.end.len());
        return Err(AppError::usage(what, "give one --end for each --start, in the same order"));
    }
    let zone = args.typed.zone.as_deref();
    let mut windows = Vec::new();
    for (start, end) in args.start.iter().zip(&args.end) {
        let interval = Interval::new(moment(&app.settings, start, zone)?, moment(&app.settings, end, zone)?)?;
        let written = Written { start: start.clone(), end: end.clone(), zone: zone.map(str::to_owned) };
        windows.push((interval, written));
    }
    let bad_status = |error: crate::notice::UnknownStatus| AppError::Usage { what: error.to_string(), help: None };
    Ok(TypedEntry {
        status: args.status.as_deref().map(str::parse).transpose().map_err(bad_status)?,
        windows,
        impact: args.impact.as_deref().map(impact).transpose()?,
        objects: args.object.clone(),
        account: args.account.clone(),
        summary: args.summary.clone(),
        ..blank(app, &args.typed, who, now)?
    })
}

fn completed(app: &App, args: &TypedEnd, who: &str, now: DateTime<Utc>) -> Result<TypedEntry, AppError> {
    let zone = args.typed.zone.as_deref();
    let ended_at = args.ended_at.as_deref().map(|text| moment(&app.settings, text, zone)).transpose()?;
    Ok(TypedEntry { status: Some(Status::Completed), ended_at, ..blank(app, &args.typed, who, now)? })
}

/// What changes a maintenance must name one that is known.
fn known(app: &App, entry: TypedEntry) -> Result<TypedEntry, AppError> {
    if !app.store.maintenances_with_reference(&entry.vendor, &entry.reference.folded())?.is_empty() {
        return Ok(entry);
    }
    let all = app
        .store
        .maintenances(&crate::store::MaintenanceFilter { vendor: Some(entry.vendor), ..Default::default() })?;
    let nearest =
        nearest(entry.reference.as_str(), all.iter().map(|m| m.identity.reference.as_str())).map(str::to_owned);
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
