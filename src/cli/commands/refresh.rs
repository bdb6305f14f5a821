//! `inwindow tz refresh`.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{planned, told_of_outbox};
use crate::app::{Outbox, RefreshReport, RefreshedWindow, Refreshing};
use crate::cli::args::TzRefreshArgs;
use crate::cli::table::{Rows, cell, maybe};
use crate::cli::{Desk, Done};
use crate::time::shown_length;
use crate::time::{Interval, RulesVersion, TimeFlag};

pub(crate) fn run(desk: &Desk, args: &TzRefreshArgs) -> Result<Done> {
    let now = desk.now();
    let (report, outbox) = if args.dry_run {
        (desk.look()?.windows_to_refresh(now)?, Outbox::default())
    } else {
        let mut app = desk.open()?;
        let report = app.refresh_windows(&desk.user(), now)?;
        (report, app.outbox(now)?)
    };
    let text = text(&report, &outbox, args);
    rows(&report)?.print_report(desk.output, &serde_json::to_value(&report)?, &text)?;
    Ok(if report.needs_a_person() { Done::No } else { Done::Yes })
}

fn rows(report: &RefreshReport) -> Result<Rows> {
    let headers = ["maintenance", "vendor", "reference", "window", "start written", "end written", "zone", "what"];
    let times = ["start before", "end before", "start after", "end after", "rules before", "rules after"];
    let mut rows = Rows::new(&[&headers[..], &times].concat());
    for window in &report.windows {
        let after = window.after;
        let mut value = serde_json::to_value(window)?;
        value["rules_after"] = serde_json::to_value(&report.rules)?;
        let what = value["what"].as_str().unwrap_or_default().to_owned();
        let cells = vec![
            cell(&window.maintenance),
            cell(&window.vendor),
            cell(&window.reference),
            cell(window.ordinal),
            cell(&window.written.start),
            cell(&window.written.end),
            cell(&window.zone),
            cell(what),
            cell(utc(window.before.start())),
            cell(utc(window.before.end())),
            maybe(after.map(|after| utc(after.start()))),
            maybe(after.map(|after| utc(after.end()))),
            cell(&window.rules_before),
            cell(&report.rules),
        ];
        rows.push(cells, value);
    }
    Ok(rows)
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn text(report: &RefreshReport, outbox: &Outbox, args: &TzRefreshArgs) -> String {
    let mut text = format!("zone rules in use: {}\n", report.rules);
    report.windows.iter().for_each(|window| text.push_str(&window_text(window, &report.rules)));
    let counts = [
        (report.count(Refreshing::Drifted), if args.dry_run { "would be read again" } else { "read again" }),
        (report.same, "by other rules lie where they lay"),
        (report.current, "by the rules in use"),
        (report.fixed, "in UTC or with an offset, untouched"),
        (report.windows.len() - report.count(Refreshing::Drifted), "left for a person"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    if counts.is_empty() {
        text.push_str("no window lies ahead\n");
    } else {
        text.push_str(&format!("windows ahead: {}\n", counts.join("; ")));
    }
    if report.count(Refreshing::OlderRules) > 0 {
        text.push_str("the rules in use are older than those: update them, or set TZDIR to a newer folder\n");
    }
    if args.dry_run {
        text.push_str("nothing was stored\n");
    } else if report.messages + report.withdrawn > 0 {
        text.push_str(&format!("{}\n", planned(report.messages, report.withdrawn)));
        text.push_str(&told_of_outbox(outbox));
    }
    text
}

/// The window, its words, where it lay and where it lies.
fn window_text(window: &RefreshedWindow, rules: &RulesVersion) -> String {
    let written = [window.written.start.as_str(), &window.written.end];
    let written: Vec<&str> = written.into_iter().filter(|words| !words.is_empty()).collect();
    let RefreshedWindow { vendor, reference, maintenance, ordinal, zone, .. } = window;
    let mut text = format!(
        "{vendor} {reference} ({maintenance}) window {ordinal}: {}, in {zone}\n  {} by {}\n",
        written.join(" to "),
        span(window.before),
        window.rules_before
    );
    let outcome = match (window.what, window.after) {
        (Refreshing::Drifted, Some(after)) => format!("{} by {rules}{}", span(after), moved(window.before, after)),
        (Refreshing::Drifted | Refreshing::OlderRules, _) => format!("left as it is: {rules} is older"),
        (Refreshing::NotKept, _) => {
            "left as it is: how its words were read was not kept; enter it again with `inwindow maintenance edit`"
                .to_owned()
        }
        (Refreshing::Unreadable, _) => {
            let why = window.why.as_deref().unwrap_or_default();
            format!("left as it is: by {rules} {why}; ask the vendor, then `inwindow maintenance edit`")
        }
    };
    text.push_str(&format!("  {outcome}\n"));
    if window.needs_a_person && window.what == Refreshing::Drifted {
        let what = if window.flags.contains(&TimeFlag::NonexistentLocalTime) {
            "the clocks now jump over a time of it, which was shifted by the jump"
        } else {
            "the clocks now show a time of it twice, and one was chosen"
        };
        text.push_str(&format!("  {what}: ask the vendor what is meant\n"));
    }
    text
}

fn span(interval: Interval) -> String {
    format!("{} to {}", utc(interval.start()), utc(interval.end()))
}

/// `: 1 h earlier`; `: ends 1 h later` where only that end moved.
fn moved(before: Interval, after: Interval) -> String {
    let by = |from: DateTime<Utc>, to: DateTime<Utc>| match (to - from).num_seconds() {
        0 => None,
        seconds if seconds < 0 => Some(format!("{} earlier", shown_length(from - to))),
        _ => Some(format!("{} later", shown_length(to - from))),
    };
    match (by(before.start(), after.start()), by(before.end(), after.end())) {
        (None, None) => ": the same instants".to_owned(),
        (Some(start), Some(end)) if start == end => format!(": {start}"),
        (Some(start), Some(end)) => format!(": starts {start}, ends {end}"),
        (Some(start), None) => format!(": starts {start}"),
        (None, Some(end)) => format!(": ends {end}"),
    }
}
