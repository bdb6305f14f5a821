//! `inwindow inventory`.

use anyhow::Result;

use super::shown_in;
use crate::app::{DrawReport, Existing, Foreign, INVENTORY_SCHEMA};
use crate::cli::args::{DrawOut, InventoryCommand, InventoryImport};
use crate::cli::table::{Rows, cell, count, instant, put};
use crate::cli::{Desk, Done};

/// How many things that were left out are told; `-o json` has all of them.
const MAX_TOLD: usize = 20;

pub(crate) fn run(desk: &Desk, command: &InventoryCommand) -> Result<Done> {
    match command {
        InventoryCommand::Import(from) => import(desk, from),
        InventoryCommand::Versions => versions(desk),
        InventoryCommand::Schema => {
            put(INVENTORY_SCHEMA.as_bytes())?;
            Ok(Done::Yes)
        }
    }
}

fn versions(desk: &Desk) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, None)?;
    let mut rows = Rows::new(&["version", "applied"]);
    for (version, applied_at) in app.store.inventory_versions()? {
        let value = serde_json::json!({ "version": version, "applied_at": applied_at });
        rows.push(vec![cell(version), instant(applied_at, &zone)], value);
    }
    rows.print(desk.output, "no inventory was applied")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}

fn import(desk: &Desk, command: &InventoryImport) -> Result<Done> {
    let (from, DrawOut { out, replace }) = match command {
        InventoryImport::Netbox { from, token_file, out } => {
            (Foreign::NetBox { from, token_file: token_file.as_deref() }, out)
        }
        InventoryImport::Prometheus { from, mapping, out } => (Foreign::Prometheus { from, mapping }, out),
        InventoryImport::Csv { from, mapping, out } => (Foreign::Csv { from, mapping }, out),
    };
    let existing = if *replace { Existing::Replace } else { Existing::Keep };
    let report = desk.settings()?.draw_up(from, out, existing)?;
    let mut rows = Rows::new(&["left out", "why"]);
    for left in &report.left_out {
        rows.push(vec![cell(&left.what), cell(&left.why)], serde_json::to_value(left)?);
    }
    let folder = out.display().to_string();
    rows.print_report(desk.output, &serde_json::to_value(&report)?, &text(&report, &folder))?;
    let is_whole = report.left_out.is_empty() && report.to_put_right.is_empty();
    Ok(if is_whole { Done::Yes } else { Done::No })
}

fn text(report: &DrawReport, folder: &str) -> String {
    let DrawReport { file, vendors, assets, customers, left_out, to_put_right } = report;
    let counts = [count(*vendors, "vendor"), count(*assets, "asset"), count(*customers, "customer")].join(", ");
    let mut text = format!("drew up {counts} in {}\n", file.display());
    for left in left_out.iter().take(MAX_TOLD) {
        text.push_str(&format!("left out: {}: {}\n", left.what, left.why));
    }
    if left_out.len() > MAX_TOLD {
        text.push_str(&format!("… and {} more; -o json shows all of them\n", left_out.len() - MAX_TOLD));
    }
    text.push_str(&if to_put_right.is_empty() {
        format!("look it through, then: inwindow apply {folder}\n")
    } else {
        let things = count(to_put_right.len(), "thing");
        format!("{things} still to be put right: inwindow apply --dry-run {folder} shows where\n")
    });
    text
}
