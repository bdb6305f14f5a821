//! `inwindow clear`.

use anyhow::Result;

use super::{known_vendor, moment, shown_in};
use crate::app::{ClearAnswer, ClearAsk, Cleared, Obstacle};
use crate::cli::args::ClearArgs;
use crate::cli::table::{Rows, cell, instant, maybe, names, wall};
use crate::cli::{Desk, Done};
use crate::inventory::{AuditedWindow, Relation, Unseen};
use crate::names::AssetId;
use crate::time::{Interval, Zone};

pub(crate) fn run(desk: &Desk, args: &ClearArgs) -> Result<Done> {
    let app = desk.look()?;
    let zone = args.zone.as_deref();
    let (from, to) = (moment(&app.settings, &args.from, zone)?, moment(&app.settings, &args.to, zone)?);
    let interval = Interval::new(from, to).map_err(crate::app::AppError::from)?;
    let vendor = args.vendor.as_deref().map(|typed| known_vendor(&app, typed)).transpose()?;
    let cleared = app.clear(&ClearAsk { assets: args.assets.clone(), interval, vendor }, desk.now())?;
    let shown = shown_in(&app.settings, zone)?;
    rows(&cleared, &shown).print_report(desk.output, &serde_json::to_value(&cleared)?, &text(&cleared, &shown))?;
    Ok(match cleared.answer {
        ClearAnswer::Yes => Done::Yes,
        ClearAnswer::No => Done::No,
        ClearAnswer::Unknown => Done::Unknown,
    })
}

/// A window in the way a row, for programs.
fn rows(cleared: &Cleared, zone: &Zone) -> Rows {
    let mut rows = Rows::new(&["vendor", "reference", "maintenance", "start", "end", "works on"]);
    for Obstacle { window, works_on } in &cleared.in_the_way {
        let assets: Vec<&AssetId> = works_on.iter().map(|(asset, _)| asset).collect();
        let cells = vec![
            cell(&window.vendor),
            cell(&window.reference),
            maybe(window.maintenance.as_ref().map(|(id, _)| id)),
            instant(window.interval.start(), zone),
            instant(window.interval.end(), zone),
            names(&assets),
        ];
        rows.push(cells, serde_json::json!({ "window": window, "works_on": works_on }));
    }
    rows
}

fn text(cleared: &Cleared, zone: &Zone) -> String {
    let answer = match cleared.answer {
        ClearAnswer::Yes => "yes",
        ClearAnswer::No => "no",
        ClearAnswer::Unknown => "cannot be said",
    };
    let assets = cleared.assets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut text = format!("{answer}: {assets}, {}\n", span(cleared.interval, zone));
    for obstacle in &cleared.in_the_way {
        text.push_str(&format!("\n{}\n", of_window(&obstacle.window, zone)));
        for (asset, relation) in &obstacle.works_on {
            text.push_str(&format!("  works on {asset}, {}\n", relation_text(*relation, cleared.assets.len())));
        }
    }
    for goes in &cleared.together {
        let windows: Vec<_> = goes.windows.iter().map(|w| format!("{} {}", w.vendor, w.reference)).collect();
        text.push_str(&format!("\nwith {} and your work, {}:\n", windows.join(" and "), span(goes.interval, zone)));
        let down = goes.assets.iter().chain(&goes.downstream).map(ToString::to_string).collect::<Vec<_>>();
        text.push_str(&format!("  goes down: {}\n", super::few(&down)));
        if !goes.customers.is_empty() {
            let customers = goes.customers.iter().map(ToString::to_string).collect::<Vec<_>>();
            text.push_str(&format!("  customers: {}\n", super::few(&customers)));
        }
    }
    if !cleared.unseen.is_empty() || !cleared.limits.is_empty() {
        text.push_str("\nnot known:\n");
        cleared.unseen.iter().for_each(|unseen| text.push_str(&format!("  {}\n", unseen_text(unseen, zone))));
        cleared.limits.iter().for_each(|limit| text.push_str(&format!("  {limit}\n")));
    }
    text
}

fn span(interval: Interval, zone: &Zone) -> String {
    format!("{} to {}", wall(interval.start(), zone), wall(interval.end(), zone))
}

/// `dc-ams DCA-2017-031 (m-fa5cdb766806), 2017-03-26 00:00 CET to 2017-03-27 00:00 CEST`
pub(super) fn of_window(window: &AuditedWindow, zone: &Zone) -> String {
    let id = window.maintenance.as_ref().map_or("standing".to_owned(), |(id, _)| id.to_string());
    format!("{} {} ({id}), {}", window.vendor, window.reference, span(window.interval, zone))
}

fn relation_text(relation: Relation, assets: usize) -> &'static str {
    match (relation, assets) {
        (Relation::Itself, 1) => "the asset itself",
        (Relation::Itself, _) => "one of the assets",
        (Relation::Partner, _) => "which would have to take over, or which that needs",
        (Relation::Needed, _) => "which it needs",
        (Relation::Dependent, _) => "which needs it",
        (Relation::NeededByDependent, _) => "which is needed by what needs it",
    }
}

fn unseen_text(unseen: &Unseen, zone: &Zone) -> String {
    match unseen {
        Unseen::NotRead { vendor, until: None } => {
            format!("no source of {vendor}'s notices is known to have been read")
        }
        Unseen::NotRead { vendor, until: Some(until) } => {
            format!("{vendor}'s notices are known to have been read only up to {}", wall(*until, zone))
        }
        Unseen::InReview { notice } => {
            format!("notice {notice} waits in review and could concern it: `inwindow review show {notice}`")
        }
        Unseen::Unmatched { vendor, reference, name } => {
            format!("{vendor} {reference} names `{name}`, which matches nothing in the inventory")
        }
    }
}
