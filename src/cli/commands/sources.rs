//! `inwindow sources`, and reading them with `inwindow import`.

use std::collections::BTreeMap;
use std::future::Future;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::import::{TOLD_TOGETHER, Telling, exit_of_sources};
use super::{Matching, shown_in};
use crate::app::{App, AppError, Heard, ImportOptions, ImportReport, SourceConfig, SourceEnd, SourceRead, SourceSeen};
use crate::cli::args::ImportArgs;
use crate::cli::table::{Rows, cell, count, wall};
use crate::cli::{Desk, Done};
use crate::mail::imap::Follow;
use crate::notice::Intake;
use crate::time::Zone;

/// Shows the configured sources.
pub(crate) fn run(desk: &Desk) -> Result<Done> {
    let settings = desk.settings()?;
    settings.sources_named(&[])?;
    let zone = shown_in(&settings, None)?;
    // Before the first import there is no store, and nothing was read.
    let seen = match App::look(settings) {
        Ok(app) => app.sources_seen(desk.now())?,
        Err(AppError::Store(crate::store::StoreError::Missing { .. })) => {
            let settings = desk.settings()?;
            let never = |config| SourceSeen { config, state: None, unknown_vendors: Vec::new(), quiet_for: None };
            settings.config.sources.into_iter().map(never).collect()
        }
        Err(error) => return Err(error.into()),
    };
    let mut rows = Rows::new(&["source", "kind", "read until", "messages", "newest", "vendors", "where", "wrong"]);
    for source in &seen {
        push(&mut rows, source, &zone);
    }
    rows.print(desk.output, "")?;
    Ok(if seen.iter().all(|source| source.wrong().is_empty()) { Done::Yes } else { Done::No })
}

fn push(rows: &mut Rows, source: &SourceSeen, zone: &Zone) {
    let (config, state, wrong) = (&source.config, source.state.as_ref(), source.wrong());
    let at = |at: Option<DateTime<Utc>>| at.map_or("never".to_owned(), |at| wall(at, zone));
    let (complete_at, newest_at) = (state.and_then(|s| s.complete_at), state.and_then(|s| s.newest_at));
    let messages = state.map_or(0, |state| state.messages);
    let vendors: Vec<String> = config.vendors.iter().map(ToString::to_string).collect();
    let whose = if vendors.is_empty() { "every".to_owned() } else { vendors.join(", ") };
    let cells = [
        config.name.clone(),
        config.kind_word().to_owned(),
        at(complete_at),
        messages.to_string(),
        at(newest_at),
        whose,
        config.place(),
        wrong.join("; "),
    ];
    let value = json!({ "source": config.name, "kind": config.kind_word(), "where": config.place(), "vendors": vendors,
        "read_until": complete_at, "messages": messages, "newest": newest_at,
        "tried_at": state.and_then(|s| s.tried_at), "error": state.and_then(|s| s.error.clone()), "wrong": wrong });
    rows.push(cells.iter().map(cell).collect(), value);
}

/// Reads configured sources, once or until somebody interrupts it.
pub(super) fn import(desk: &Desk, args: &ImportArgs, options: &ImportOptions) -> Result<Done> {
    let sources = desk.settings()?.sources_named(&args.source)?;
    let mut app = desk.create()?;
    // A source is read in turns, which mean the same to all only by one clock.
    desk.in_step(&app)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if args.watch {
        watch(desk, &mut app, &sources, options, &runtime, interrupted)?;
        Ok(Done::Yes)
    } else {
        once(desk, &mut app, &sources, options, &runtime)
    }
}

fn once(
    desk: &Desk,
    app: &mut App,
    sources: &[SourceConfig],
    options: &ImportOptions,
    runtime: &tokio::runtime::Runtime,
) -> Result<Done> {
    let (matching, zone) = (Matching::of(app)?, shown_in(&app.settings, None)?);
    let mut report = ImportReport::default();
    let mut telling = Telling::new(desk.output, matching, &zone);
    let hear = |heard: Heard<'_>| match heard {
        Heard::Stored { imported, .. } => {
            report.imported.extend(imported);
            telling.so_far(&mut report).map_err(|error| nobody_reads(&error))
        }
        Heard::Ended(read) => {
            add(&mut report, read);
            Ok(())
        }
    };
    let reading = app.read_sources(sources, |_| Follow::Once, options, desk.clock(), std::future::pending(), hear);
    let done = runtime.block_on(reading);
    report.outbox = app.outbox(desk.now())?;
    telling.all(&report)?;
    done?;
    let unread: Vec<(String, String)> = report.sources.iter().filter_map(unread).collect();
    if unread.is_empty() {
        Ok(exit_of_sources(&report, matching))
    } else {
        Err(AppError::Unread { sources: unread }.into())
    }
}

fn unread(read: &SourceRead) -> Option<(String, String)> {
    match &read.end {
        SourceEnd::Complete { .. } => None,
        SourceEnd::Unread { error } => Some((read.source.clone(), error.clone())),
        SourceEnd::Elsewhere { holder, until } => Some((read.source.clone(), elsewhere(holder, *until))),
    }
}

fn elsewhere(holder: &str, until: DateTime<Utc>) -> String {
    format!("another process ({holder}) is reading it, and has its turn until {}", until.format("%F %H:%M:%SZ"))
}

/// What came of a source, beside what its messages did.
fn add(report: &mut ImportReport, mut read: SourceRead) {
    report.failed.append(&mut read.failed);
    report.sources.push(read);
}

/// Follows sources as `inwindow run` does, until `stop`.
pub(super) fn follow<Stopped: Future<Output = ()>>(
    desk: &Desk,
    app: &mut App,
    sources: &[SourceConfig],
    stop: impl FnOnce() -> std::io::Result<Stopped>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let options = ImportOptions { received_at: None, intake: Intake::News };
    watch(desk, app, sources, &options, &runtime, stop)
}

/// Follows sources. What is new is told as it comes; a source that cannot be read is told when that begins and when it is
/// over.
fn watch<Stopped: Future<Output = ()>>(
    desk: &Desk,
    app: &mut App,
    sources: &[SourceConfig],
    options: &ImportOptions,
    runtime: &tokio::runtime::Runtime,
    stop: impl FnOnce() -> std::io::Result<Stopped>,
) -> Result<()> {
    let zone = shown_in(&app.settings, None)?;
    let matching = Matching::of(app)?;
    let mut unread = BTreeMap::new();
    let mut untold: BTreeMap<String, ImportReport> = BTreeMap::new();
    let print = |report: &ImportReport| {
        Telling::new(desk.output, matching, &zone).all(report).map_err(|error| nobody_reads(&error))
    };
    let hear = |heard: Heard<'_>| match heard {
        Heard::Stored { source, imported } => {
            let report = untold.entry(source.to_owned()).or_default();
            report.imported.extend(imported.into_iter().filter(|imported| !imported.repeated));
            if report.imported.len() < TOLD_TOGETHER {
                return Ok(());
            }
            print(&untold.remove(source).unwrap_or_default())
        }
        // Nothing to be told every time: the other one tells what comes.
        Heard::Ended(SourceRead { end: SourceEnd::Elsewhere { .. }, .. }) => Ok(()),
        Heard::Ended(read) => {
            let mut report = untold.remove(&read.source).unwrap_or_default();
            let was = unread.insert(read.source.clone(), self::unread(&read).map(|(_, why)| why));
            let known = was.is_some_and(|was| was.is_some() == self::unread(&read).is_some());
            if known && report.imported.is_empty() {
                return Ok(());
            }
            add(&mut report, read);
            print(&report)
        }
    };
    let every = |source: &SourceConfig| Follow::Every(source.every);
    runtime.block_on(async {
        app.read_sources(sources, every, options, desk.clock(), stop()?, hear).await?;
        Ok(())
    })
}

fn nobody_reads(error: &anyhow::Error) -> AppError {
    AppError::usage(format!("nobody reads what is told: {error:#}"), "send the output somewhere")
}

/// Until SIGINT or SIGTERM. From here on neither ends the process by itself.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What came of each source, for people.
pub(super) fn sources_text(report: &ImportReport, zone: &Zone) -> String {
    let mut text = String::new();
    for read in &report.sources {
        let name = &read.source;
        if read.renumbered {
            text.push_str(&format!(
                "`{name}`: the server numbered its messages anew, so all of them were read again\n"
            ));
        }
        match &read.end {
            SourceEnd::Complete { until } => {
                text.push_str(&format!("read: `{name}`, everything received before {}\n", wall(*until, zone)));
            }
            SourceEnd::Unread { error } => text.push_str(&format!("not read to its end: `{name}`: {error}\n")),
            SourceEnd::Elsewhere { holder, until } => {
                text.push_str(&format!("not read here: `{name}`: {}\n", elsewhere(holder, *until)));
            }
        }
    }
    let counted = report.counted();
    if counted.known == counted.count && !report.sources.is_empty() {
        text.push_str(&format!("{}: nothing new\n", count(report.sources.len(), "source")));
    }
    text
}
