//! One file a command: it reads what was typed, calls the use case and prints what came of it.

pub(super) mod apply;
pub(super) mod audit;
pub(super) mod check;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod import;
pub(super) mod list;
pub(super) mod outage;
pub(super) mod outbox;
pub(super) mod plan;
pub(super) mod review;
pub(super) mod send;
pub(super) mod show;
pub(super) mod typed;
pub(super) mod tz;

use chrono::{DateTime, TimeDelta, Utc};
use clap::CommandFactory as _;

use super::Done;
use super::args::Cli;
use crate::app::{AppError, Settings};
use crate::maintenance::parse_length;
use crate::names::VendorId;
use crate::time::{Zone, parse_moment};
use crate::window::Impact;

/// An instant as typed, in the zone given with it or beside it.
fn moment(settings: &Settings, text: &str, zone: Option<&str>) -> Result<DateTime<Utc>, AppError> {
    Ok(parse_moment(text, zone, &settings.zones)?)
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
    parse_length(text)
        .map_err(|error| AppError::usage(error.to_string(), "write a length such as `14d`, `36h` or `30 min`"))
}

fn impact(text: &str) -> Result<Impact, AppError> {
    text.parse().map_err(|error: crate::window::UnknownImpact| AppError::Usage { what: error.to_string(), help: None })
}

fn vendor(text: &str) -> Result<VendorId, AppError> {
    Ok(VendorId::new(text)?)
}

/// The zone that times are shown in: the one asked for, else the organisation's.
fn shown_in(settings: &Settings, zone: Option<&str>) -> Result<Zone, AppError> {
    let name = zone.unwrap_or(&settings.config.zone);
    if name == "UTC" { Ok(Zone::utc()) } else { Ok(settings.zones.get(name)?) }
}

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> Done {
    clap_complete::generate(shell, &mut Cli::command(), "inwindow", &mut std::io::stdout());
    Done::Yes
}
