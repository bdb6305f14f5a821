//! `inwindow report`.

use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::check::judged;
use super::impact;
use crate::app::{AppError, Ask};
use crate::cli::args::{Output, ReportCommand, ReportFormat, ReportOut, ReportVerdictArgs};
use crate::cli::table::{count, print_json, print_text, put};
use crate::cli::{Desk, Done};
use crate::report::{Page, html, markdown, readable, verdict_page};

pub(crate) fn run(desk: &Desk, command: &ReportCommand) -> Result<Done> {
    match command {
        ReportCommand::Outage { outage, zone, out } => {
            let app = desk.look()?;
            let report = app.post_mortem(outage, zone.as_deref(), desk.now())?;
            write(out, &|| report.page(), &serde_json::to_value(&report)?)
        }
        ReportCommand::Verdict(args) => verdict(desk, args),
        ReportCommand::Bundle { outage, out } => bundle(desk, outage, out),
        ReportCommand::Month(args) => super::report_rows::month(desk, args),
        ReportCommand::Vendor(args) => super::report_rows::vendor(desk, args),
    }
}

/// The evidence of an outage as an archive.
fn bundle(desk: &Desk, outage: &str, out: &Path) -> Result<Done> {
    let bundle = desk.look()?.bundle(outage, desk.now())?;
    keep(out, &bundle.archive)?;
    let value = json!({ "file": out, "manifest_sha256": bundle.manifest, "files": bundle.files });
    match desk.output {
        Output::Table => print_text(&format!(
            "{}: {}; sha256 of its manifest: {}\nto check it: unzip it, and `sha256sum -c manifest.sha256` inside",
            out.display(),
            count(bundle.files.len(), "file"),
            bundle.manifest
        ))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &value)?,
    }
    Ok(Done::Yes)
}

/// The verdicts of a recorded outage, or of an asset and span.
fn verdict(desk: &Desk, args: &ReportVerdictArgs) -> Result<Done> {
    let app = desk.look()?;
    let zone = args.zone.as_deref();
    let (verdicts, claims) = match judged(&app.settings, &args.judged, zone)? {
        None => {
            let seen = app.outage_seen(&args.what)?;
            (seen.verdicts, seen.claims)
        }
        Some(interval) => {
            let ask = Ask { asset: args.what.clone(), interval, impact: impact(&args.impact)?, as_of: None };
            let verdict = app.check(&ask, desk.now())?;
            let claims = app.claims_if(&verdict, desk.now())?;
            (vec![verdict], claims)
        }
    };
    let clocks = app.clocks_of(&verdicts, zone)?;
    let page = || verdict_page(&verdicts, &claims, &clocks, app.settings.zones.version());
    write(&args.out, &page, &serde_json::to_value(&verdicts)?)
}

/// Writes a report as asked: to the standard output, or to a file.
fn write(out: &ReportOut, page: &dyn Fn() -> Page, value: &serde_json::Value) -> Result<Done> {
    let text = text_of((out.format(out.out.as_deref()), out.out.as_deref()), page, value)?;
    match &out.out {
        Some(path) => keep(path, text.as_bytes())?,
        None => put(text.as_bytes())?,
    }
    Ok(Done::Yes)
}

/// A report as text, for a file or the standard output.
pub(super) fn text_of(
    (format, file): (ReportFormat, Option<&Path>),
    page: &dyn Fn() -> Page,
    value: &serde_json::Value,
) -> Result<String> {
    Ok(match format {
        ReportFormat::Md if file.is_none() && std::io::stdout().is_terminal() => readable(&page()),
        ReportFormat::Md => markdown(&page()),
        ReportFormat::Html => html(&page()),
        ReportFormat::Json => format!("{}\n", serde_json::to_string_pretty(value)?),
    })
}

/// Writes a file whole: beside its place first, so that nobody finds half of it.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let failed = |error| AppError::file("write", path, error);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let beside = path.with_file_name(name);
    std::fs::write(&beside, bytes).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
