//! `inwindow import`.

use std::io::{BufReader, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{moment, vendor};
use crate::app::{App, DryRun, ImportOptions, ImportReport, Imported, Settings};
use crate::cli::args::{ImportArgs, Output};
use crate::cli::table::{print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::mail::{self, FileError, Source};
use crate::notice::{Intake, Reading};
use crate::time::Zone;

/// On a terminal, the count is told every so many messages.
const PROGRESS_STEP: usize = 100;

pub(crate) fn run(desk: &Desk, args: &ImportArgs) -> Result<Done> {
    let settings = desk.settings()?;
    let now = desk.now();
    let instant = |text: &Option<String>| text.as_deref().map(|text| moment(&settings, text, None)).transpose();
    let options = ImportOptions {
        received_at: instant(&args.received_at)?,
        intake: if args.baseline { Intake::Baseline } else { Intake::News },
    };
    let until = instant(&args.complete_until)?;
    let vendors = args.vendor.iter().map(|text| vendor(text)).collect::<Result<Vec<_>, _>>()?;
    if args.dry_run {
        return dry_run(desk, &settings, args, &options, now);
    }
    let sources = open_all(args, until)?;
    let mut app = desk.create()?;
    let mut report = ImportReport::default();
    for (path, source) in sources {
        if let Some(source) = source {
            import_source(&mut app, source, &options, desk, &mut report)?;
        }
        if let Some(until) = until.filter(|_| report.failed.is_empty()) {
            report.coverage.push(app.declare_complete(&name_of(&path)?, &vendors, until, now)?);
        }
    }
    app.judge_again(now)?;
    print_report(desk.output, &report, &Zone::utc())?;
    Ok(done(&report))
}

/// 0 when something was announced and nothing waits, or when completeness was declared of sources without a notice.
fn done(report: &ImportReport) -> Done {
    let only_declared = report.imported.is_empty() && !report.coverage.is_empty();
    let clean = report.failed.is_empty() && !report.waits();
    if clean && (report.announced() || only_declared) { Done::Yes } else { Done::No }
}

/// Every path opened before anything is stored. An empty folder is no mistake where its completeness is declared.
fn open_all(args: &ImportArgs, until: Option<DateTime<Utc>>) -> Result<Vec<(std::path::PathBuf, Option<Source>)>> {
    let mut sources = Vec::new();
    for path in &args.paths {
        let source = match open(path) {
            Err(FileError::Empty { .. }) if until.is_some() => None,
            other => Some(other.map_err(crate::app::AppError::from)?),
        };
        sources.push((path.clone(), source));
    }
    Ok(sources)
}

fn open(path: &Path) -> Result<Source, FileError> {
    if path == Path::new("-") { mail::from_reader("-", BufReader::new(std::io::stdin())) } else { mail::open(path) }
}

/// The name a source is known by: its path from the root, so that it is the same from anywhere.
fn name_of(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return Ok("-".to_owned());
    }
    Ok(std::fs::canonicalize(path)?.display().to_string())
}

fn import_source(
    app: &mut App,
    source: Source,
    options: &ImportOptions,
    desk: &Desk,
    report: &mut ImportReport,
) -> Result<()> {
    for raw in source {
        match raw {
            Ok(raw) => report.imported.push(app.import(&raw, options, desk.now())?),
            Err(error) => report.failed.push(error.to_string()),
        }
        tell_progress(report.imported.len());
    }
    Ok(())
}

/// On a terminal, how far the import has come.
fn tell_progress(count: usize) {
    let mut err = std::io::stderr();
    if count > 0 && count.is_multiple_of(PROGRESS_STEP) && err.is_terminal() {
        let _ = write!(err, "\r{count} messages");
        let _ = err.flush();
    }
}

fn dry_run(
    desk: &Desk,
    settings: &Settings,
    args: &ImportArgs,
    options: &ImportOptions,
    now: DateTime<Utc>,
) -> Result<Done> {
    let mut runs = Vec::new();
    let mut failed = Vec::new();
    for path in &args.paths {
        for raw in open(path).map_err(crate::app::AppError::from)? {
            match raw {
                Ok(raw) => runs.push(settings.dry_run(&raw, options, now)),
                Err(error) => failed.push(error.to_string()),
            }
        }
    }
    match desk.output {
        Output::Table => {
            let mut text: String = runs.iter().map(|run| told(&run.source, &run.reading, &Zone::utc())).collect();
            text.extend(failed.iter().map(|failed| format!("not read: {failed}\n")));
            print_text(&text)?;
        }
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &dry_json(&runs, &failed))?,
    }
    let understood = runs.iter().any(|run| !run.maintenances().is_empty());
    Ok(if understood && failed.is_empty() { Done::Yes } else { Done::No })
}

fn dry_json(runs: &[DryRun], failed: &[String]) -> Value {
    let maintenances: Vec<Value> = runs.iter().flat_map(DryRun::maintenances).collect();
    let notices: Vec<Value> = runs.iter().map(DryRun::notice).collect();
    json!({ "maintenances": maintenances, "notices": notices, "failed": failed })
}

fn print_report(output: Output, report: &ImportReport, zone: &Zone) -> Result<()> {
    match output {
        Output::Json => print_json(output, &serde_json::to_value(report)?)?,
        Output::Ndjson | Output::Csv => {
            for imported in &report.imported {
                print_json(Output::Ndjson, &serde_json::to_value(imported)?)?;
            }
        }
        Output::Table => print_text(&report_text(report, zone))?,
    }
    Ok(())
}

fn report_text(report: &ImportReport, zone: &Zone) -> String {
    let mut text = String::new();
    for imported in &report.imported {
        text.push_str(&imported_text(imported, zone));
    }
    for failed in &report.failed {
        text.push_str(&format!("not read: {failed}\n"));
    }
    for coverage in &report.coverage {
        let whose = if coverage.vendors.is_empty() {
            "every vendor".to_owned()
        } else {
            coverage.vendors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        text.push_str(&format!(
            "declared: `{}` holds everything from {whose} received before {}\n",
            coverage.source,
            wall(coverage.complete_until, zone)
        ));
    }
    text
}

fn imported_text(imported: &Imported, zone: &Zone) -> String {
    let mut text = told(&imported.source, &imported.reading, zone);
    let mut say = |line: String| text.push_str(&format!("  {line}\n"));
    if imported.repeated {
        say(format!("known already as {}; nothing changed", imported.notice));
        return text;
    }
    say(format!("kept as {}, received {}", imported.notice, wall(imported.received.at, zone)));
    for effect in &imported.effects {
        match &effect.maintenance {
            Some(id) => say(format!("{} {id} ({})", effect.what, effect.reference)),
            None => say(format!("{} waits in review", effect.reference)),
        }
    }
    for reason in &imported.review {
        say(format!("to review: {reason}"));
    }
    if imported.messages > 0 {
        say(format!("planned {} messages: see `inwindow plan`, `inwindow outbox list`", imported.messages));
    }
    text
}

/// What was read in a message, for people.
fn told(source: &str, reading: &Reading, zone: &Zone) -> String {
    match reading {
        Reading::Irrelevant { why } => format!("{source}: no notice: {why}\n"),
        Reading::Unreadable { why, .. } => format!("{source}: not understood: {why}\n"),
        Reading::Understood { announcements } => {
            let mut text = format!("{source}:\n");
            for said in announcements {
                let status = said.status.map_or("status not stated", |status| status.as_str());
                text.push_str(&format!("  {} {} {status} (grade {})\n", said.vendor, said.reference, said.grade));
                for window in &said.windows {
                    let (start, end) = (window.interval.start(), window.interval.end());
                    text.push_str(&format!(
                        "    window {}: {} to {}\n",
                        window.ordinal,
                        wall(start, zone),
                        wall(end, zone)
                    ));
                }
                for object in &said.objects {
                    let impact = object.impact.or(said.impact).map_or("impact not stated", |impact| impact.as_str());
                    text.push_str(&format!("    {}: {impact}\n", object.name));
                }
                for doubt in &said.doubts {
                    text.push_str(&format!("    in doubt: {doubt}\n"));
                }
            }
            text
        }
    }
}
