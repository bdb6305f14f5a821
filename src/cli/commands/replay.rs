//! `inwindow replay`.

use anyhow::Result;

use super::import::{end_progress, tell_progress};
use super::{known_vendor, moment, planned, shown_in, told_of_outbox};
use crate::app::{App, Decisions, MaintenanceChange, ReplayOptions, ReplayReport, Replayed};
use crate::cli::args::ReplayArgs;
use crate::cli::table::{Rows, cell, count, maybe, wall};
use crate::cli::{Desk, Done};
use crate::notice::FieldChange;
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &ReplayArgs) -> Result<Done> {
    let mut app = if args.apply { desk.open()? } else { desk.look()? };
    let now = desk.now();
    let options = ReplayOptions {
        vendor: args.vendor.as_deref().map(|vendor| known_vendor(&app, vendor)).transpose()?,
        since: args.since.as_deref().map(|since| moment(&app.settings, since, None)).transpose()?,
        decisions: if args.also_corrected { Decisions::GiveWay } else { Decisions::Kept },
        by: desk.user(),
    };
    let mut read = 0;
    let mut told = |count: usize| {
        read = count;
        tell_progress(count);
    };
    let report =
        if args.apply { app.replay(&options, &mut told, now) } else { app.replay_preview(&options, &mut told, now) };
    end_progress(read);
    let report = report?;
    if report.applied {
        app.judge_again(now)?;
    }
    print(desk, &app, &report)?;
    let waits = report.replayed.iter().any(|replayed| !replayed.waits.is_empty());
    let quiet = if report.applied { !waits } else { report.replayed.is_empty() };
    Ok(if quiet { Done::Yes } else { Done::No })
}

fn print(desk: &Desk, app: &App, report: &ReplayReport) -> Result<()> {
    let mut rows = Rows::new(&["notice", "reference", "field", "before", "after"]);
    for replayed in &report.replayed {
        for change in &replayed.fields {
            let cells = vec![
                cell(&replayed.notice),
                maybe(change.reference.as_ref()),
                cell(&change.field),
                maybe(change.before.as_ref()),
                maybe(change.after.as_ref()),
            ];
            let mut value = serde_json::to_value(change)?;
            if let Some(fields) = value.as_object_mut() {
                fields.insert("notice".to_owned(), replayed.notice.as_str().into());
            }
            rows.push(cells, value);
        }
    }
    let mut text = text(report, &shown_in(&app.settings, None)?);
    if report.applied && report.messages > 0 {
        text.push_str(&told_of_outbox(&app.outbox(desk.now())?));
    }
    rows.print_report(desk.output, &serde_json::to_value(report)?, &text)
}

fn text(report: &ReplayReport, zone: &Zone) -> String {
    let mut text: String = report.replayed.iter().map(|replayed| replayed_text(replayed, zone)).collect();
    for left in &report.left_alone {
        text.push_str(&format!(
            "{} received {}: left as it is: {}\n",
            left.notice,
            wall(left.received_at, zone),
            left.why
        ));
    }
    text.extend(report.maintenances.iter().map(maintenance_text));
    text.push_str(&format!(
        "read {}: {} read otherwise than before\n",
        count(report.read, "notice"),
        report.replayed.len()
    ));
    if report.replayed.is_empty() {
        return text;
    }
    let messages = planned(report.messages, report.withdrawn);
    text.push_str(&if report.applied {
        format!("{messages}\n")
    } else {
        format!("{messages}, if it is applied\nnothing was stored: `--apply` does it\n")
    });
    text
}

fn replayed_text(replayed: &Replayed, zone: &Zone) -> String {
    let mut text = format!("{} received {}:\n", replayed.notice, wall(replayed.received_at, zone));
    for change in &replayed.fields {
        text.push_str(&format!("  {}\n", change_text(change)));
    }
    for reason in &replayed.waits {
        text.push_str(&format!("  to review: {reason}\n"));
    }
    if replayed.waits.is_empty() && !replayed.waited.is_empty() {
        text.push_str("  waits for nobody any more\n");
    }
    text
}

/// `status: CONFIRMED → CANCELLED`.
pub(super) fn change_text(change: &FieldChange) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
    let of = change.reference.as_ref().map(|reference| format!("{reference} ")).unwrap_or_default();
    format!("{of}{}: {} → {}", change.field, side(&change.before), side(&change.after))
}

fn maintenance_text(change: &MaintenanceChange) -> String {
    let MaintenanceChange { maintenance, vendor, reference, what, changes } = change;
    let words: Vec<&str> = changes.iter().map(|change| change.as_str()).collect();
    let changes = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
    format!("{what} {maintenance} ({vendor} {reference}){changes}\n")
}
