//! `inwindow send` and `inwindow preview`.

use std::sync::atomic::AtomicBool;

use anyhow::Result;
use serde_json::json;

use super::{shown_in, told_of_outbox, told_of_sender, waiting, warn_of_windows};
use crate::app::{App, DeliveryReport};
use crate::cli::args::{PreviewArgs, SendArgs};
use crate::cli::table::{Rows, cell, put, wall};
use crate::cli::{Desk, Done};
use crate::plan::MessageState;
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &SendArgs) -> Result<Done> {
    let mut app = desk.open()?;
    desk.in_step(&app)?;
    let mut report = app.send(args.limit, desk.clock(), &AtomicBool::new(false))?;
    report.outbox = app.outbox(desk.now())?;
    warn_of_windows(&app)?;
    let zone = shown_in(&app.settings, None)?;
    rows(&report)?.print_report(
        desk.output,
        &serde_json::to_value(&report)?,
        &text(&report, &app.settings.config.from.email, &zone),
    )?;
    if let Some(relay) = &report.relay {
        anyhow::bail!("{relay}; nothing is lost: {} for the next `inwindow send`", waiting(report.outbox.due));
    }
    let troubled = |state| state == MessageState::Failed || state == MessageState::Planned;
    let trouble = report.delivered.iter().any(|delivered| troubled(delivered.state));
    Ok(if trouble || report.outbox.awaiting_due > 0 { Done::No } else { Done::Yes })
}

/// What became of messages, where that was anything, as `inwindow run` tells it.
pub(super) fn print(desk: &Desk, app: &App, report: &mut DeliveryReport) -> Result<()> {
    if report.delivered.is_empty() && report.expired.is_empty() {
        return Ok(());
    }
    report.outbox = app.outbox(desk.now())?;
    let zone = shown_in(&app.settings, None)?;
    rows(report)?.print_report(
        desk.output,
        &serde_json::to_value(&*report)?,
        &text(report, &app.settings.config.from.email, &zone),
    )
}

/// A message a row, with what became of it.
fn rows(report: &DeliveryReport) -> Result<Rows> {
    let mut rows = Rows::new(&["message", "to", "state", "reason"]);
    for delivered in &report.delivered {
        let cells = vec![cell(&delivered.message), cell(&delivered.to), cell(delivered.state), cell(&delivered.reason)];
        rows.push(cells, serde_json::to_value(delivered)?);
    }
    for expired in &report.expired {
        let cells = vec![cell(&expired.id), cell(&expired.to.email), cell(expired.state), cell(&expired.reason)];
        let value = json!({ "message": expired.id, "to": expired.to.email, "state": expired.state,
            "reason": expired.reason });
        rows.push(cells, value);
    }
    Ok(rows)
}

fn text(report: &DeliveryReport, from: &str, zone: &Zone) -> String {
    let mut text = String::new();
    for delivered in &report.delivered {
        text.push_str(&format!("{} {} {}: {}\n", delivered.message, delivered.to, delivered.state, delivered.reason));
    }
    for expired in &report.expired {
        text.push_str(&format!("{} {} skipped: {}\n", expired.id, expired.to.email, expired.reason));
    }
    let outbox = &report.outbox;
    if text.is_empty() && report.relay.is_none() {
        text.push_str("nothing was sent\n");
    }
    if let Some(at) = outbox.next_attempt_at.filter(|_| report.relay.is_none()) {
        text.push_str(&format!("what could not be sent is tried again from {} on\n", wall(at, zone)));
    }
    text.push_str(&told_of_outbox(outbox));
    text.extend(told_of_sender(outbox, from).map(|told| format!("{told}\n")));
    text
}

pub(crate) fn preview(desk: &Desk, args: &PreviewArgs) -> Result<Done> {
    let app = desk.look()?;
    put(&app.preview(&args.message, desk.now())?)?;
    Ok(Done::Yes)
}
