//! `inwindow doctor`.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::app::{App, AppError, Settings, Transport};
use crate::cli::args::Output;
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done};
use crate::plan::Approval;
use crate::store::ReviewFilter;

pub(crate) fn run(desk: &Desk) -> Result<Done> {
    let settings = desk.settings()?;
    let mut facts = vec![
        ("data folder", settings.folder.display().to_string()),
        ("zone rules", settings.zones.version().to_string()),
        (
            "vendor profiles",
            settings.profiles.iter().map(|profile| profile.vendor.to_string()).collect::<Vec<_>>().join(", "),
        ),
        ("organisation", format!("{} ({})", settings.config.organisation, settings.config.zone)),
        ("mail goes", where_to(&settings)),
        (
            "approval",
            match settings.config.policy.approval {
                Approval::On => "on: nothing is sent before a person approves it".to_owned(),
                Approval::Off => "off: messages go when they are due".to_owned(),
            },
        ),
    ];
    let mut wrong = Vec::new();
    if let Some(warning) = old_rules(&settings, desk.now()) {
        wrong.push(warning);
    }
    match App::look(settings) {
        Ok(app) => {
            facts.push(("store", app.settings.store_path().display().to_string()));
            store_facts(&app, &mut facts, &mut wrong)?;
        }
        Err(error) => {
            let help = AppError::help(&error).map(|help| format!(" ({help})")).unwrap_or_default();
            wrong.push(format!("{error}{help}"));
        }
    }
    match desk.output {
        Output::Table => {
            let mut text: String = facts.iter().map(|(what, value)| format!("{what}: {value}\n")).collect();
            text.extend(wrong.iter().map(|warning| format!("warning: {warning}\n")));
            print_text(&text)?;
        }
        Output::Json | Output::Ndjson | Output::Csv => {
            let facts: serde_json::Map<String, serde_json::Value> =
                facts.into_iter().map(|(what, value)| (what.replace(' ', "_"), json!(value))).collect();
            print_json(desk.output, &json!({ "facts": facts, "warnings": wrong }))?;
        }
    }
    Ok(if wrong.is_empty() { Done::Yes } else { Done::No })
}

fn where_to(settings: &Settings) -> String {
    let mut text = match &settings.config.transport {
        Transport::Maildir(folder) => format!("into the maildir {}", folder.display()),
        Transport::Smtp(smtp) => format!("to the relay {}:{} ({:?})", smtp.host, smtp.port, smtp.tls),
    };
    if let Some(instead) = &settings.config.mail.redirect_to {
        text.push_str(&format!(", all of it to {instead}"));
    }
    text
}

fn store_facts(app: &App, facts: &mut Vec<(&str, String)>, wrong: &mut Vec<String>) -> Result<(), AppError> {
    match app.store.inventory_latest()? {
        None => wrong.push("no inventory was applied: nobody can be told anything".to_owned()),
        Some(version) => {
            let (assets, customers) = (version.inventory.assets.len(), version.inventory.customers.len());
            facts.push(("inventory", format!("version {}: {assets} assets, {customers} customers", version.version)));
            let coverage = app.store.coverage()?;
            for vendor in version.inventory.vendors.keys() {
                match coverage.iter().filter(|source| source.is_of(vendor)).map(|source| source.complete_until).max() {
                    None => wrong
                        .push(format!("no source of {vendor}'s notices was declared complete: absence proves nothing")),
                    Some(until) => facts
                        .push(("read", format!("{vendor}, everything received before {}", until.format("%F %H:%MZ")))),
                }
            }
        }
    }
    let waiting = app.store.review(ReviewFilter::Open)?.len();
    if waiting > 0 {
        wrong.push(format!("{waiting} notices wait in review: `inwindow review list`"));
    }
    Ok(())
}

/// Zone rules more than a year old: governments change their clocks at short notice.
fn old_rules(settings: &Settings, now: DateTime<Utc>) -> Option<String> {
    let version = settings.zones.version();
    version
        .is_older_than_a_year(now)
        .then(|| format!("the zone rules are {version}: set TZDIR to a newer folder, or update"))
}
