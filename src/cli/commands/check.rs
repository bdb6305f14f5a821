//! `inwindow check`.

use anyhow::Result;

use super::{impact, moment};
use crate::app::{AppError, Ask};
use crate::cli::args::{CheckArgs, Output};
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done};
use crate::time::Interval;
use crate::verdict::{Answer, Verdict, length};

pub(crate) fn run(desk: &Desk, args: &CheckArgs) -> Result<Done> {
    let app = desk.look()?;
    let zone = args.zone.as_deref();
    let instant = |text: &str| moment(&app.settings, text, zone);
    let interval = match (&args.at, &args.from, &args.to) {
        (Some(at), _, _) => Interval::second_at(instant(at)?),
        (None, Some(from), Some(to)) => Interval::new(instant(from)?, instant(to)?).map_err(AppError::from)?,
        (None, _, _) => return Err(AppError::usage("no time to check", "give --at T, or --from T and --to T").into()),
    };
    let as_of = args.as_of.as_deref().map(instant).transpose()?;
    let ask = Ask { asset: args.asset.clone(), interval, impact: impact(&args.impact)?, as_of };
    let verdict = app.check(&ask, desk.now())?;
    match desk.output {
        Output::Table => print_text(&verdict_text(&verdict))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&verdict)?)?,
    }
    Ok(match verdict.answer {
        Answer::Yes => Done::Yes,
        Answer::Partly | Answer::No => Done::No,
        Answer::Unknown => Done::Unknown,
    })
}

/// A verdict for people: the answer, its ground, the seconds.
pub(crate) fn verdict_text(verdict: &Verdict) -> String {
    let mut text = format!("{}: {} ({})", verdict.asset, verdict.answer.headline(), verdict.kind);
    if let Some(offset) = verdict.offset_seconds.filter(|offset| *offset != 0) {
        let sign = if offset < 0 { '−' } else { '+' };
        text.push_str(&format!(", offset {sign}{}", length(chrono::TimeDelta::seconds(offset.abs()))));
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
