//! `inwindow alias`.

use anyhow::Result;

use super::{known_vendor, shown_in, told_of_outbox};
use crate::app::{AliasDone, App};
use crate::cli::args::AliasCommand;
use crate::cli::table::{Rows, cell, count, instant, names, print_json, print_text};
use crate::cli::{Desk, Done, Output};
use crate::inventory::Taught;

pub(crate) fn run(desk: &Desk, command: &AliasCommand) -> Result<Done> {
    let by = |by: &Option<String>| by.clone().unwrap_or_else(|| desk.user());
    match command {
        AliasCommand::List { taught: false } => unmatched(desk),
        AliasCommand::List { taught: true } => taught(desk),
        AliasCommand::Add { vendor, name, asset, by: who } => {
            let mut app = desk.open()?;
            // The checks of an alias in a file hold for one that is taught.
            let name = crate::names::AssetId::new(name).map_err(crate::app::AppError::from)?.to_string();
            let (vendor, asset) = (known_vendor(&app, vendor)?, app.known_asset(asset)?);
            let taught = Taught { vendor, name, asset, by: by(who), at: desk.now() };
            let done = app.teach(&taught, desk.now())?;
            told(desk, &app, &done, "means")
        }
        AliasCommand::Forget { vendor, name, by: who } => {
            let mut app = desk.open()?;
            let vendor = known_vendor(&app, vendor)?;
            let done = app.forget_alias((&vendor, name), &by(who), desk.now())?;
            told(desk, &app, &done, "no longer means")
        }
    }
}

fn told(desk: &Desk, app: &App, done: &AliasDone, means: &str) -> Result<Done> {
    match desk.output {
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(done)?)?,
        Output::Table => {
            let Taught { vendor, name, asset, .. } = &done.taught;
            let mut text = format!("`{name}` of {vendor} {means} {asset}; version {}\n", done.version);
            if !done.matched.is_empty() {
                let matched: Vec<_> = done.matched.iter().map(ToString::to_string).collect();
                text.push_str(&format!("matched in {}\n", matched.join(", ")));
            }
            if done.messages > 0 {
                text.push_str(&format!("planned {}\n", count(done.messages, "message")));
                text.push_str(&told_of_outbox(&app.outbox(desk.now())?));
            }
            print_text(&text)?;
        }
    }
    Ok(Done::Yes)
}

fn unmatched(desk: &Desk) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, None)?;
    let mut rows = Rows::new(&["vendor", "name", "first window", "references", "nearest assets"]);
    for found in app.unmatched_names(desk.now())? {
        let references: Vec<_> = found.maintenances.iter().map(|(_, reference)| reference).collect();
        let cells = vec![
            cell(&found.vendor),
            cell(&found.name),
            instant(found.first, &zone),
            names(&references),
            names(&found.candidates),
        ];
        rows.push(cells, serde_json::to_value(&found)?);
    }
    rows.print(desk.output, "every name in windows ahead matches an asset")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}

fn taught(desk: &Desk) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, None)?;
    let mut rows = Rows::new(&["vendor", "name", "asset", "taught", "by"]);
    for taught in &app.inventory()?.taught {
        let cells = vec![
            cell(&taught.vendor),
            cell(&taught.name),
            cell(&taught.asset),
            instant(taught.at, &zone),
            cell(&taught.by),
        ];
        rows.push(cells, serde_json::to_value(taught)?);
    }
    rows.print(desk.output, "nothing was taught")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}
