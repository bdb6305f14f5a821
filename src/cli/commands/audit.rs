//! `inwindow audit`.

use anyhow::Result;
use chrono::SecondsFormat;
use serde_json::json;

use super::clear::of_window;
use super::{few, length, moment_or, shown_in};
use crate::app::{AppError, AuditReport, ConflictSeen, Seen, Telling};
use crate::cli::args::{AuditArgs, AuditCommand};
use crate::cli::table::{Rows, caution, cell, print_text, wall};
use crate::cli::{Desk, Done};
use crate::store::StoreError;
use crate::time::Zone;
use crate::verdict::Claim;

/// Stretches of one conflict shown at once: those of a weekly window for a month.
const MAX_OVERLAPS: usize = 4;

pub(crate) fn run(desk: &Desk, args: &AuditArgs) -> Result<Done> {
    if let Some(command) = &args.command {
        return accept(desk, command);
    }
    let app = desk.look()?;
    let now = moment_or(&app.settings, args.now.as_deref(), None, desk.now())?;
    let telling = if args.all { Telling::All } else { Telling::Open };
    let report = app.audit(length(&args.next)?, telling, now)?;
    // What would be found at another time is not found now.
    if args.now.is_none() {
        keep(desk, &report)?;
    }
    let text = report_text(&report, &shown_in(&app.settings, None)?);
    rows(&report).print_report(desk.output, &serde_json::to_value(&report)?, &text)?;
    Ok(if report.is_clean() { Done::Yes } else { Done::No })
}

/// Keeps what was found. A store that can only be read is audited all the same.
fn keep(desk: &Desk, report: &AuditReport) -> Result<()> {
    let kept = desk.open().and_then(|mut app| app.keep_audit(report, desk.now()));
    match kept {
        Err(AppError::Store(error @ (StoreError::ReadOnly { .. } | StoreError::Locked { .. }))) => {
            caution(&format!("{error}: since when each finding is known is not kept"));
            Ok(())
        }
        kept => Ok(kept?),
    }
}

fn accept(desk: &Desk, command: &AuditCommand) -> Result<Done> {
    let AuditCommand::Accept { finding, reason, by } = command;
    let mut app = desk.open()?;
    let by = by.clone().unwrap_or_else(|| desk.user());
    let kept = app.accept_finding(finding, &by, reason, desk.now())?;
    print_text(&format!("accepted {}: {}", kept.id, kept.finding.text))?;
    Ok(Done::Yes)
}

/// A finding a row, for programs.
fn rows(report: &AuditReport) -> Rows {
    let mut rows = Rows::new(&["rule", "severity", "asset", "vendor", "reference", "text", "id"]);
    let mut push = |cells: [String; 7]| {
        let [rule, severity, asset, vendor, reference, text, id] = &cells;
        let value = json!({ "rule": rule, "severity": severity, "asset": asset, "vendor": vendor,
            "reference": reference, "text": text, "id": id });
        rows.push(cells.iter().map(cell).collect(), value);
    };
    let none = String::new;
    for due in &report.overdue {
        let (asset, text) = (due.asset.clone().unwrap_or_default(), format!("{} ({})", due.what, due.id));
        push(["overdue".into(), "warning".into(), asset, none(), none(), text, none()]);
    }
    for claim in &report.claims {
        let assets = claim.assets.iter().map(|claimed| claimed.asset.to_string()).collect::<Vec<_>>().join(";");
        let text = claim.sentence(&|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let outage = claim.outage.as_ref().map(ToString::to_string).unwrap_or_default();
        push(["claim".into(), "warning".into(), assets, claim.vendor.to_string(), outage, text, none()]);
    }
    let mut push_seen = |seen: &Seen, vendor: String, reference: String| {
        let found = &seen.finding;
        let (rule, severity, asset) = (found.rule.to_string(), found.severity.to_string(), found.asset.to_string());
        push([rule, severity, asset, vendor, reference, found.text.clone(), seen.id.to_string()]);
    };
    report.standing.iter().for_each(|seen| push_seen(seen, none(), none()));
    for window in &report.windows {
        let of = || (window.vendor.to_string(), window.reference.clone());
        window.findings.iter().for_each(|seen| push_seen(seen, of().0, of().1));
    }
    for conflict in &report.conflicts {
        let all = |word: fn(&crate::inventory::AuditedWindow) -> String| {
            conflict.windows.iter().map(word).collect::<Vec<_>>().join(";")
        };
        push_seen(&conflict.seen, all(|w| w.vendor.to_string()), all(|w| w.reference.clone()));
    }
    for window in &report.windows {
        for name in &window.unmatched {
            let text = format!("`{name}` matches nothing in the inventory");
            let (vendor, reference) = (window.vendor.to_string(), window.reference.clone());
            push(["unmatched".into(), "warning".into(), name.clone(), vendor, reference, text, none()]);
        }
    }
    rows
}

pub(crate) fn report_text(report: &AuditReport, zone: &Zone) -> String {
    let mut text = String::new();
    if report.is_clean() {
        text.push_str("nothing found\n");
    }
    for due in &report.overdue {
        let when = due.due_at.map_or_else(|| "never done".to_owned(), |at| format!("was due {}", wall(at, zone)));
        let of = due.asset.as_ref().map(|asset| format!(" of {asset}")).unwrap_or_default();
        let owner = due.owner.as_ref().map(|owner| format!(", owner: {owner}")).unwrap_or_default();
        text.push_str(&format!("overdue: {}{of} ({}), {when}{owner}\n", due.what, due.id));
    }
    text.push_str(&claims_text(&report.claims, zone));
    report.standing.iter().for_each(|seen| text.push_str(&seen_text(seen, "", zone)));
    for window in &report.windows {
        let (start, end) = (wall(window.interval.start(), zone), wall(window.interval.end(), zone));
        text.push_str(&format!("{} {} ({}), {start} to {end}:\n", window.vendor, window.reference, window.maintenance));
        window.findings.iter().for_each(|seen| text.push_str(&seen_text(seen, "  ", zone)));
        for name in &window.unmatched {
            text.push_str(&format!("  `{name}` matches nothing in the inventory\n"));
        }
    }
    report.conflicts.iter().for_each(|conflict| text.push_str(&conflict_text(conflict, zone)));
    if report.accepted > 0 {
        text.push_str(&format!("{} accepted: `inwindow audit --all` shows them\n", report.accepted));
    }
    report.limits.iter().for_each(|limit| text.push_str(&format!("note: {limit}\n")));
    text
}

/// Claims as items that somebody has to see to, a line each.
pub(super) fn claims_text(claims: &[Claim], zone: &Zone) -> String {
    let line = |claim: &Claim| {
        let assets: Vec<_> = claim.assets.iter().map(|claimed| &claimed.asset).collect();
        let outage = claim.outage.as_ref().map(|id| format!(" of {id}")).unwrap_or_default();
        format!("claim: {}{outage} ({})\n", claim.sentence(&|at| wall(at, zone)), few(&assets))
    };
    claims.iter().map(line).collect()
}

/// A finding with its id, its age and who accepted it.
fn seen_text(seen: &Seen, indent: &str, zone: &Zone) -> String {
    let found = &seen.finding;
    let age = seen.since.map_or_else(|| "new".to_owned(), |since| format!("since {}", wall(since, zone)));
    let accepted = seen.accepted.as_ref().map_or_else(String::new, |accepted| {
        format!("{indent}  accepted by {}, {}: {}\n", accepted.by, wall(accepted.at, zone), accepted.reason)
    });
    format!("{indent}{} {}: {} ({}, {age})\n{accepted}", found.severity, found.rule, found.text, seen.id)
}

fn conflict_text(conflict: &ConflictSeen, zone: &Zone) -> String {
    let mut text = "together:\n".to_owned();
    conflict.windows.iter().for_each(|window| text.push_str(&format!("  {}\n", of_window(window, zone))));
    text.push_str(&seen_text(&conflict.seen, "  ", zone));
    for overlap in conflict.overlaps.iter().take(MAX_OVERLAPS) {
        text.push_str(&format!("    {} to {}\n", wall(overlap.start(), zone), wall(overlap.end(), zone)));
    }
    if let Some(more) = conflict.overlaps.len().checked_sub(MAX_OVERLAPS).filter(|more| *more > 0) {
        text.push_str(&format!("    and {more} times more\n"));
    }
    if !conflict.downstream.is_empty() {
        text.push_str(&format!("    and what needs it: {}\n", few(&conflict.downstream)));
    }
    if !conflict.customers.is_empty() {
        text.push_str(&format!("    customers: {}\n", few(&conflict.customers)));
    }
    text
}
