//! `inwindow audit`.

use anyhow::Result;
use serde_json::json;

use super::{length, moment_or, shown_in};
use crate::app::AuditReport;
use crate::cli::args::AuditArgs;
use crate::cli::table::{Rows, cell, wall};
use crate::cli::{Desk, Done};
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &AuditArgs) -> Result<Done> {
    let app = desk.look()?;
    let now = moment_or(&app.settings, args.now.as_deref(), None, desk.now())?;
    let report = app.audit(length(&args.next)?, now)?;
    let text = report_text(&report, &shown_in(&app.settings, None)?);
    rows(&report).print_report(desk.output, &serde_json::to_value(&report)?, &text)?;
    Ok(if report.is_clean() { Done::Yes } else { Done::No })
}

/// A finding a row, for programs.
fn rows(report: &AuditReport) -> Rows {
    let mut rows = Rows::new(&["rule", "severity", "asset", "vendor", "reference", "text"]);
    let mut push = |cells: [String; 6]| {
        let [rule, severity, asset, vendor, reference, text] = &cells;
        let value = json!({ "rule": rule, "severity": severity, "asset": asset, "vendor": vendor,
            "reference": reference, "text": text });
        rows.push(cells.iter().map(cell).collect(), value);
    };
    for due in &report.overdue {
        let asset = due.asset.clone().unwrap_or_default();
        push([
            "overdue".into(),
            "warning".into(),
            asset,
            String::new(),
            String::new(),
            format!("{} ({})", due.what, due.id),
        ]);
    }
    for found in &report.standing {
        let (rule, severity) = (found.rule.to_string(), found.severity.to_string());
        push([rule, severity, found.asset.to_string(), String::new(), String::new(), found.text.clone()]);
    }
    for window in &report.windows {
        let (vendor, reference) = (window.vendor.to_string(), window.reference.to_string());
        for found in &window.findings {
            let (rule, severity) = (found.rule.to_string(), found.severity.to_string());
            push([rule, severity, found.asset.to_string(), vendor.clone(), reference.clone(), found.text.clone()]);
        }
        for name in &window.unmatched {
            let text = format!("`{name}` matches nothing in the inventory");
            push(["unmatched".into(), "warning".into(), name.clone(), vendor.clone(), reference.clone(), text]);
        }
    }
    rows
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
