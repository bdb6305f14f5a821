//! One file a command: it reads what was typed, calls the use case and prints what came of it.

pub(super) mod alias;
pub(super) mod apply;
pub(super) mod audit;
pub(super) mod check;
pub(super) mod checklist;
pub(super) mod clear;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod import;
pub(super) mod inventory;
pub(super) mod list;
mod messages;
pub(super) mod outage;
mod outage_evidence;
mod outage_import;
pub(super) mod outbox;
pub(super) mod plan;
pub(super) mod profile;
pub(super) mod refresh;
pub(super) mod replay;
pub(super) mod report;
mod report_rows;
pub(super) mod review;
pub(super) mod run;
pub(super) mod schedule;
pub(super) mod send;
pub(super) mod show;
pub(super) mod sources;
pub(super) mod store;
pub(super) mod typed;
pub(super) mod tz;
pub(super) mod why;

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use clap::CommandFactory as _;

use super::Done;
use super::args::Cli;
use super::table::{caution, count, put};
use crate::app::{App, AppError, BrokenWindows, Outbox, ProfileFound, Settings};
use crate::names::{VendorId, nearest};
use crate::store::MaintenanceFilter;
use crate::time::{Zone, parse_length, parse_moment};
use crate::window::Impact;

/// An instant as typed, in the zone given with it or beside it.
fn moment(settings: &Settings, text: &str, zone: Option<&str>) -> Result<DateTime<Utc>, AppError> {
    Ok(parse_moment(text, zone.filter(|zone| !zone.is_empty()), &settings.zones)?)
}

/// An instant as typed, or `now`.
fn moment_or(
    settings: &Settings,
    text: Option<&str>,
    zone: Option<&str>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, AppError> {
    text.map_or(Ok(now), |text| moment(settings, text, zone))
}

fn length(text: &str) -> Result<TimeDelta, AppError> {
    parse_length(text).map_err(|bad| AppError::usage(bad.to_string(), bad.help()))
}

fn impact(text: &str) -> Result<Impact, AppError> {
    text.parse().map_err(|error: crate::window::UnknownImpact| AppError::Usage { what: error.to_string(), help: None })
}

fn vendor(text: &str) -> Result<VendorId, AppError> {
    Ok(VendorId::new(text)?)
}

/// The zone that times are shown in: the one asked for, else the organisation's.
fn shown_in(settings: &Settings, zone: Option<&str>) -> Result<Zone, AppError> {
    let name = zone.filter(|zone| !zone.is_empty()).unwrap_or(&settings.config.zone);
    if name == "UTC" { Ok(Zone::utc()) } else { Ok(settings.zones.get(name)?) }
}

/// The profile of a vendor as typed.
fn known_profile<'p>(found: &'p [ProfileFound], text: &str) -> Result<&'p ProfileFound, AppError> {
    let unknown = || {
        let names = found.iter().map(|found| found.profile.vendor.as_str());
        let help = match nearest(text, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`inwindow profile list` names them".to_owned(),
        };
        AppError::usage(format!("there is no profile of the vendor `{text}`"), help)
    };
    found.iter().find(|found| found.profile.vendor.as_str() == text).ok_or_else(unknown)
}

/// A vendor as typed, known to the inventory, by a profile or from what it announced before. While there is no
/// inventory, any.
fn known_vendor(app: &App, text: &str) -> Result<VendorId, AppError> {
    let typed = vendor(text)?;
    let Some(version) = app.store.inventory_latest()? else { return Ok(typed) };
    if let Some(vendor) = version.inventory.vendor_named(&typed) {
        return Ok(vendor.clone());
    }
    let mut known: Vec<&str> = version.inventory.vendors.keys().map(VendorId::as_str).collect();
    known.extend(app.settings.profiles.vendors().map(VendorId::as_str));
    let filter = MaintenanceFilter { vendor: Some(typed.clone()), ..Default::default() };
    if known.contains(&typed.as_str()) || !app.store.maintenances(&filter)?.is_empty() {
        return Ok(typed);
    }
    let nearest = nearest(text, known).map(str::to_owned);
    Err(AppError::Unknown { what: "vendor", typed: text.to_owned(), nearest })
}

/// An instant that cannot lie ahead: when somebody was told something.
fn past(what: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, AppError> {
    if at <= now {
        return Ok(at);
    }
    let seconds = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ");
    Err(AppError::usage(
        format!("{what} {} lies ahead: it is {}", seconds(at), seconds(now)),
        "give an instant that is past",
    ))
}

/// What waits after a command planned messages, and what to do about it; nothing when nothing waits.
fn told_of_outbox(outbox: &Outbox) -> String {
    if outbox.awaiting == 0 {
        return String::new();
    }
    format!(
        "{} for approval: look with `inwindow outbox list` and `inwindow preview ID`, then `inwindow outbox approve --all` \
         and `inwindow send`\n",
        waiting(outbox.awaiting)
    )
}

/// That servers refuse us, where some do: what they refuse fails, whoever is written to.
fn told_of_sender(outbox: &Outbox, from: &str) -> Option<String> {
    (outbox.refused_sender > 0).then(|| {
        format!(
            "{} refused because of who sends (status 5.7.x, 5.1.7 or 5.1.8): see in `inwindow outbox list --all` what the \
             servers say of {from}, and ask whoever runs the relay; then `inwindow outbox retry`",
            were(outbox.refused_sender)
        )
    })
}

/// What a file of standing windows that cannot be used means.
fn told_of_windows(broken: &BrokenWindows) -> String {
    let BrokenWindows { file, what } = broken;
    format!(
        "{file}: {what}; until it is put right nothing is known of the standing windows in it: `inwindow schedule check \
         {file}` shows every mistake"
    )
}

/// Warns of these files where mails are written about what is in them.
fn warn_of_windows(app: &App) -> Result<(), AppError> {
    if app.settings.config.policy.tells_of_standing() {
        app.broken_windows()?.iter().for_each(|broken| caution(&told_of_windows(broken)));
    }
    Ok(())
}

/// `1 message was`, `2 messages were`.
fn were(number: usize) -> String {
    format!("{} {}", count(number, "message"), if number == 1 { "was" } else { "were" })
}

/// Most names on one line: what fits a few lines of a terminal.
const MAX_NAMES: usize = 20;

/// Names with commas, the rest counted where there are many.
fn few<T: ToString>(names: &[T]) -> String {
    let shown = names.iter().take(MAX_NAMES).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
        Some(more) => format!("{shown} and {more} more"),
        None => shown,
    }
}

/// `planned 3 messages`, and how many that were planned before are taken back.
fn planned(new: usize, withdrawn: usize) -> String {
    match withdrawn {
        0 => format!("planned {}", count(new, "message")),
        _ => format!("planned {}, took back {}", count(new, "message"), count(withdrawn, "message")),
    }
}

/// `1 message waits`, `2 messages wait`.
fn waiting(number: usize) -> String {
    format!("{} {}", count(number, "message"), if number == 1 { "waits" } else { "wait" })
}

/// Whether there is an inventory that names are matched against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matching {
    /// There is one.
    Inventory,
    /// Nothing was ever applied, so nothing matches.
    Nothing,
}

impl Matching {
    fn of(app: &App) -> Result<Self, AppError> {
        Ok(if app.store.inventory_latest()?.is_some() { Self::Inventory } else { Self::Nothing })
    }
}

/// Said where messages could be expected and there is nobody to write to.
const NO_INVENTORY: &str =
    "no inventory was applied, so nobody is told: `inwindow apply DIR` loads one and plans what is still ahead";

/// Prints the manual page of the program, or writes that of each command into a folder.
pub(super) fn man(folder: Option<&Path>) -> anyhow::Result<Done> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        put(&page)?;
        return Ok(Done::Yes);
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|source| AppError::File { action: "write manual pages into", path: folder.to_owned(), source })?;
    Ok(Done::Yes)
}

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Done> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "inwindow", &mut script);
    put(&script)?;
    Ok(Done::Yes)
}
