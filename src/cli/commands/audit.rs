//! `inwindow audit`.

use anyhow::Result;

use super::{length, moment_or, shown_in};
use crate::app::AuditReport;
use crate::cli::args::{AuditArgs, Output};
use crate::cli::table::{print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &AuditArgs) -> Result<Done> {
    let app = desk.look()?;
    let now = moment_or(&app.settings, args.now.as_deref(), None, desk.now())?;
    let report = app.audit(length(&args.next)?, now)?;
    match desk.output {
        Output::Table => print_text(&report_text(&report, &shown_in(&app.settings, None)?))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&report)?)?,
    }
    Ok(if report.is_clean() { Done::Yes } else { Done::No })
}

pub(crate) fn report_text(report: &AuditReport, zone: &Zone) -> String {
    if report.is_clean() {
        return "nothing found\n".to_owned();
    }
    let mut text = String::new();
    for due in &report.overdue {
        let when = due.due_at.map_or_else(|| "never done".to_owned(), |at| format!("was due {}", wall(at, zone)));
        let of = due.asset.as_ref().map(|asset| format!(" of {asset}")).unwrap_or_default();
        let owner = due.owner.as_ref().map(|owner| format!(", owner: {owner}")).unwrap_or_default();
        text.push_str(&format!("overdue: {}{of} ({}), {when}{owner}\n", due.what, due.id));
    }
    for finding in &report.standing {
        text.push_str(&format!("{} {}: {}\n", finding.severity, finding.rule, finding.text));
    }
    for window in &report.windows {
        let (start, end) = (wall(window.interval.start(), zone), wall(window.interval.end(), zone));
        text.push_str(&format!("{} {} ({}), {start} to {end}:\n", window.vendor, window.reference, window.maintenance));
        for finding in &window.findings {
            text.push_str(&format!("  {} {}: {}\n", finding.severity, finding.rule, finding.text));
        }
        for name in &window.unmatched {
            text.push_str(&format!("  `{name}` matches nothing in the inventory\n"));
        }
    }
    text
}
