//! `inwindow tz`.

use std::io::{BufWriter, stdin, stdout};

use anyhow::Result;
use chrono::NaiveDateTime;
use serde_json::{Value, json};

use super::refresh;
use crate::app::{AppError, resolve_rows};
use crate::cli::args::{Output, TzCommand, TzExplainArgs};
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done, zones};
use crate::time::{Asked, By, ChangeTold, Explanation, LocalKind, Reading, RulesVersion, Zones, explain};

pub(crate) fn run(desk: &Desk, command: &TzCommand) -> Result<Done> {
    match command {
        TzCommand::Explain(args) => explained(desk.output, args, &zones()?),
        TzCommand::Resolve => {
            let answered = resolve_rows(stdin().lock(), BufWriter::new(stdout().lock()), &zones()?)?;
            Ok(if answered.refused == 0 { Done::Yes } else { Done::No })
        }
        TzCommand::Version => version(desk, zones()?.version()),
        TzCommand::Refresh(args) => refresh::run(desk, args),
    }
}

fn version(desk: &Desk, version: &RulesVersion) -> Result<Done> {
    let is_old = version.is_older_than_a_year(desk.now());
    match desk.output {
        Output::Table => {
            let warning = if is_old { "\nwarning: they are older than a year, or do not say their age" } else { "" };
            print_text(&format!("zone rules: {version}{warning}"))?;
        }
        Output::Json | Output::Ndjson | Output::Csv => {
            let mut value = serde_json::to_value(version)?;
            value["older_than_a_year"] = Value::Bool(is_old);
            print_json(desk.output, &value)?;
        }
    }
    Ok(Done::Yes)
}

fn explained(output: Output, args: &TzExplainArgs, zones: &Zones) -> Result<Done> {
    let told = explain(&args.when, args.zone.as_deref(), zones).map_err(AppError::from)?;
    match output {
        Output::Table => print_text(&text_of(&told, zones.version()))?,
        Output::Json | Output::Ndjson | Output::Csv => {
            let mut value = serde_json::to_value(&told)?;
            value["treated"] =
                treated(&told).into_iter().map(|(place, what)| (place.replace(' ', "_"), json!(what))).collect();
            value["rules"] = serde_json::to_value(zones.version())?;
            print_json(output, &value)?;
        }
    }
    Ok(Done::Yes)
}

fn text_of(told: &Explanation, rules: &RulesVersion) -> String {
    let mut text = format!("{}\n\n", headline(told));
    if let Some(change) = &told.change {
        let verb = if told.kind == LocalKind::Gap { "jumped" } else { "went back" };
        text.push_str(&format!(
            "The clocks {verb} from {} {} ({}) to {} {} ({}) at {}.\n\n",
            clock(change.wall_before, told.local),
            change.abbreviation_before,
            change.offset_before,
            clock(change.wall_after, told.local),
            change.abbreviation_after,
            change.offset_after,
            change.at.format("%FT%TZ"),
        ));
    }
    for reading in &told.readings {
        text.push_str(&format!("  {}\n", reading_text(reading, told.asked)));
    }
    text.push('\n');
    let facts = facts(told, rules);
    let width = facts.iter().map(|(what, _)| what.len()).max().unwrap_or_default();
    for (what, value) in facts {
        text.push_str(&format!("{what:width$}  {value}\n"));
    }
    text
}

fn facts(told: &Explanation, rules: &RulesVersion) -> Vec<(&'static str, String)> {
    let mut facts = treated(told);
    facts.extend(told.previous.as_ref().map(|change| ("change before", change_text(change))));
    facts.extend(told.next.as_ref().map(|change| ("change after", change_text(change))));
    if told.fixed && told.zone != "UTC" {
        facts.push(("changes", "none: a bare offset follows no clock changes".to_owned()));
    } else if told.previous.is_none() && told.next.is_none() {
        facts.push(("changes", "none within 400 days".to_owned()));
    }
    if !told.typed_zone.eq_ignore_ascii_case(&told.zone) {
        facts.push(("zone", format!("`{}` is {}", told.typed_zone, told.zone)));
    }
    facts.push(("zone rules", rules.to_string()));
    facts
}

fn headline(told: &Explanation) -> String {
    let (local, zone) = (wall(told.local), &told.zone);
    match (told.asked, told.kind) {
        (Asked::Local, LocalKind::Plain) => format!("{local} in {zone} is one instant."),
        (Asked::Local, LocalKind::Gap) => format!("{local} does not exist in {zone}."),
        (Asked::Local, LocalKind::Fold) => format!("{local} happened twice in {zone}."),
        (Asked::Instant, LocalKind::Plain | LocalKind::Gap) => format!("The clocks in {zone} show {local}."),
        (Asked::Instant, LocalKind::Fold) => {
            format!("The clocks in {zone} show {local}, which they show twice.")
        }
    }
}

fn reading_text(reading: &Reading, asked: Asked) -> String {
    let why = match (reading.by, asked) {
        (By::Only, _) => "",
        (By::OffsetBefore, _) => ": by the clock that had not been changed",
        (By::OffsetAfter, _) => ": by the clock that had been changed already",
        (By::FirstPass, _) => ": the first time",
        (By::SecondPass, _) => ": the second time",
    };
    let Reading { instant, shown, offset, abbreviation, .. } = reading;
    let instant = instant.format("%FT%TZ");
    let named = if abbreviation == offset { offset.clone() } else { format!("{abbreviation} ({offset})") };
    format!("{instant} = {} {named}{why}", wall(*shown))
}

/// What the program makes of such a time, place by place.
fn treated(told: &Explanation) -> Vec<(&'static str, String)> {
    let written = |reading: &Reading| format!("{}{}", reading.shown.format("%FT%T"), reading.offset);
    let both = || told.readings.iter().map(written).collect::<Vec<_>>().join(" or ");
    let in_an_outage = || {
        let instants = || told.readings.iter().map(|reading| reading.instant);
        let apart = instants().max().zip(instants().min()).map_or(0, |(last, first)| (last - first).num_minutes());
        format!("refused; write one of them with --plus-minus {apart}min, and both are judged")
    };
    match (told.asked, told.kind) {
        (Asked::Instant, _) | (Asked::Local, LocalKind::Plain) => Vec::new(),
        (Asked::Local, LocalKind::Gap) => vec![
            ("in a notice", "read as the first of the two, with the flag `nonexistent_local_time`".to_owned()),
            ("on the command line", format!("refused; write {}", both())),
            ("in an outage", in_an_outage()),
            ("in a schedule", "shifted (the first of the two), skipped or refused, as the schedule says".to_owned()),
        ],
        (Asked::Local, LocalKind::Fold) => vec![
            (
                "in a notice",
                "read as the first of the two unless an abbreviation picks the second, with the flag \
                 `ambiguous_local_time`"
                    .to_owned(),
            ),
            ("on the command line", format!("refused; write {}", both())),
            ("in an outage", in_an_outage()),
            ("in a schedule", "the first of the two".to_owned()),
        ],
    }
}

fn change_text(change: &ChangeTold) -> String {
    format!(
        "{} {} became {} {} ({})",
        wall(change.wall_before),
        change.abbreviation_before,
        clock(change.wall_after, change.wall_before),
        change.abbreviation_after,
        change.at.format("%FT%TZ"),
    )
}

/// Date and time, seconds only where there are some.
fn wall(local: NaiveDateTime) -> String {
    format!("{} {}", local.date(), clock(local, local))
}

/// The time alone where the date is that of `beside`.
fn clock(local: NaiveDateTime, beside: NaiveDateTime) -> String {
    use chrono::Timelike as _;
    let time = local.format(if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" });
    if local.date() == beside.date() { time.to_string() } else { format!("{} {time}", local.date()) }
}
