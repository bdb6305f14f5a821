//! `inwindow check`.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Result;

use super::{impact, moment, shown_in};
use crate::app::{AppError, Ask, BatchForm, BatchOptions, OnWrong, Settings};
use crate::cli::args::{CheckArgs, JudgedTime};
use crate::cli::table::{Rows, cell, instant, maybe, names, wall};
use crate::cli::{Desk, Done};
use crate::time::{Interval, Zone, shown_length};
use crate::verdict::{Answer, Verdict};

pub(crate) fn run(desk: &Desk, args: &CheckArgs) -> Result<Done> {
    match (&args.batch, &args.asset) {
        (Some(batch), _) => rows(desk, batch, args),
        (None, Some(asset)) => one(desk, asset, args),
        (None, None) => Err(AppError::usage("no asset to check", "name one, or rows with --batch").into()),
    }
}

/// Rows on a file or the standard input, answered on the standard output.
fn rows(desk: &Desk, batch: &Path, args: &CheckArgs) -> Result<Done> {
    let app = desk.look()?;
    let options = BatchOptions {
        zone: args.zone.clone(),
        form: if args.full { BatchForm::Full } else { BatchForm::Short },
        wrong: if args.strict { OnWrong::Stop } else { OnWrong::GoOn },
    };
    let output = std::io::stdout().lock();
    let mut told = |count: u64| tell(count);
    let now = desk.now();
    let answered = if batch == Path::new("-") {
        app.check_batch((std::io::stdin().lock(), output), &options, &mut told, now)
    } else {
        let file = File::open(batch).map_err(|error| AppError::file("read", batch, error))?;
        app.check_batch((file, output), &options, &mut told, now)
    };
    let answered = match answered {
        Err(error) if is_broken_pipe(&error) => return Ok(Done::Yes),
        answered => answered?,
    };
    Ok(if answered.refused == 0 { Done::Yes } else { Done::No })
}

/// Whether whoever reads the answers has gone.
fn is_broken_pipe(error: &AppError) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::BrokenPipe)
}

/// On a terminal, how many rows are answered.
fn tell(count: u64) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "\r{count} rows");
        let _ = err.flush();
    }
}

fn one(desk: &Desk, asset: &str, args: &CheckArgs) -> Result<Done> {
    let app = desk.look()?;
    let zone = args.zone.as_deref();
    let Some(interval) = judged(&app.settings, &args.judged, zone)? else {
        return Err(AppError::usage("no time to check", "give --at T, or --from T and --to T").into());
    };
    let as_of = args.as_of.as_deref().map(|text| moment(&app.settings, text, zone)).transpose()?;
    let ask = Ask { asset: asset.to_owned(), interval, impact: impact(&args.impact)?, as_of };
    let verdict = app.check(&ask, desk.now())?;
    let inventory = if app.inventory_was_declared(interval.start())? { "in_force" } else { "declared_later" };
    let claims = app.claims_if(&verdict, desk.now())?;
    let mut document = serde_json::to_value(&verdict)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("inventory".to_owned(), inventory.into());
        fields.insert("claims".to_owned(), serde_json::to_value(&claims)?);
    }
    let mut text = verdict_text(&verdict);
    if !claims.is_empty() {
        let zone = shown_in(&app.settings, None)?;
        let told = claims.iter().map(|claim| format!("\n  {}", claim.sentence(&|at| wall(at, &zone))));
        text.push_str(&format!("\n\nclaims:{}", told.collect::<String>()));
    }
    if inventory == "declared_later" {
        text.push_str(
            "\n\nnote: the inventory was applied after the start, so it was judged by what was declared first, and not by \
             what was declared then",
        );
    }
    row(&verdict, inventory, &document).print_report(desk.output, &document, &text)?;
    Ok(match verdict.answer {
        Answer::Yes => Done::Yes,
        Answer::Partly | Answer::No => Done::No,
        Answer::Unknown => Done::Unknown,
    })
}

/// The time to judge, if one was given.
pub(super) fn judged(
    settings: &Settings,
    given: &JudgedTime,
    zone: Option<&str>,
) -> Result<Option<Interval>, AppError> {
    let typed = |text: &str| moment(settings, text, zone);
    match (&given.at, &given.from, &given.to) {
        (Some(at), _, _) if is_date_alone(at) => {
            let what = format!("`{at}` is a day and no instant");
            Err(AppError::usage(what, "give a time of day, or --from and --to for a span"))
        }
        (Some(at), _, _) => Ok(Some(Interval::second_at(typed(at)?))),
        (None, Some(from), Some(to)) => Ok(Some(Interval::new(typed(from)?, typed(to)?)?)),
        // One of the two asks for the other.
        (None, _, _) => Ok(None),
    }
}

/// Midnight is seldom what is meant by a date in `--at`, and its verdict would look like one on the day.
fn is_date_alone(text: &str) -> bool {
    let time = text.split('[').next().unwrap_or_default();
    !time.contains(':') && time.trim().len() >= "2017-03-25".len()
}

/// A verdict as one row, for programs.
fn row(verdict: &Verdict, inventory: &str, document: &serde_json::Value) -> Rows {
    let mut rows = Rows::new(&[
        "asset",
        "start",
        "end",
        "answer",
        "kind",
        "offset seconds",
        "excused seconds",
        "flags",
        "vendor",
        "reference",
        "maintenance",
        "window start",
        "window end",
        "as of",
        "inventory",
    ]);
    let utc = Zone::utc();
    let window = verdict.window.as_ref();
    let excused: i64 = verdict.segments.iter().filter(|segment| segment.excused).map(|segment| segment.seconds).sum();
    let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(|| cell(""), |at| instant(at, &utc));
    let cells = vec![
        cell(&verdict.asset),
        at(Some(verdict.outage.start())),
        at(Some(verdict.outage.end())),
        cell(verdict.answer),
        cell(verdict.kind),
        maybe(verdict.offset_seconds),
        cell(excused),
        names(&verdict.flags),
        maybe(window.map(|window| &window.vendor)),
        maybe(window.and_then(|window| window.reference.as_ref())),
        maybe(window.and_then(|window| window.maintenance.as_ref())),
        at(window.map(|window| window.start)),
        at(window.map(|window| window.end)),
        at(Some(verdict.as_of)),
        cell(inventory),
    ];
    rows.push(cells, document.clone());
    rows
}

/// A verdict for people: the answer, its ground, the seconds.
pub(crate) fn verdict_text(verdict: &Verdict) -> String {
    let mut text = format!("{}: {} ({})", verdict.asset, verdict.answer.headline(), verdict.kind);
    if let Some(offset) = verdict.offset_seconds.filter(|offset| *offset != 0) {
        let sign = if offset < 0 { '−' } else { '+' };
        text.push_str(&format!(", offset {sign}{}", shown_length(chrono::TimeDelta::seconds(offset.abs()))));
    }
    text.push('\n');
    if !verdict.flags.is_empty() {
        let flags: Vec<&str> = verdict.flags.iter().map(|flag| flag.as_str()).collect();
        text.push_str(&format!("flags: {}\n", flags.join(", ")));
    }
    text.push('\n');
    for sentence in &verdict.why {
        text.push_str(&format!("{sentence}\n"));
    }
    text.push_str("\nseconds:");
    for segment in &verdict.segments {
        let excused = if segment.excused { ", excused" } else { "" };
        text.push_str(&format!("\n  {} s {}{excused}", segment.seconds, segment.label.as_str()));
    }
    if !verdict.evidence.is_empty() {
        text.push_str("\n\nevidence:");
        for evidence in &verdict.evidence {
            let id = evidence.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
            text.push_str(&format!("\n  {}{id}: {}", evidence.kind, evidence.text));
        }
    }
    text
}
