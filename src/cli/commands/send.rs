//! `inwindow send` and `inwindow preview`.

use std::io::Write as _;

use anyhow::Result;

use crate::app::DeliveryReport;
use crate::cli::args::{Output, PreviewArgs, SendArgs};
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done};
use crate::plan::MessageState;

pub(crate) fn run(desk: &Desk, args: &SendArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let report = app.send(args.limit, desk.clock())?;
    match desk.output {
        Output::Table => print_text(&text(&report))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&report)?)?,
    }
    if let Some(relay) = &report.relay {
        anyhow::bail!("{relay}; the messages wait and go with the next `inwindow send`");
    }
    let troubled = |state| state == MessageState::Failed || state == MessageState::Planned;
    let trouble = report.delivered.iter().any(|delivered| troubled(delivered.state));
    Ok(if trouble { Done::No } else { Done::Yes })
}

fn text(report: &DeliveryReport) -> String {
    let mut text = String::new();
    for delivered in &report.delivered {
        text.push_str(&format!("{} {} {}: {}\n", delivered.message, delivered.to, delivered.state, delivered.reason));
    }
    for expired in &report.expired {
        text.push_str(&format!("{} {} skipped: {}\n", expired.id, expired.to.email, expired.reason));
    }
    if report.awaiting > 0 {
        text.push_str(&format!(
            "{} messages wait for approval: `inwindow outbox list`, then `inwindow outbox approve`\n",
            report.awaiting
        ));
    }
    if text.is_empty() && report.relay.is_none() {
        text.push_str("nothing is due\n");
    }
    text
}

pub(crate) fn preview(desk: &Desk, args: &PreviewArgs) -> Result<Done> {
    let app = desk.look()?;
    std::io::stdout().write_all(&app.preview(&args.message, desk.now())?)?;
    Ok(Done::Yes)
}
