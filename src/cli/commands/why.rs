//! `inwindow show MAINTENANCE --why ASSET`.

use anyhow::Result;

use super::shown_in;
use crate::app::{App, WhyCustomer, WhyWindow};
use crate::cli::args::Output;
use crate::cli::table::{print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::inventory::{Because, Why, WhyNeed};
use crate::time::Zone;
use crate::window::Impact;

/// Exit status 1 where no window touches the asset.
pub(super) fn run(desk: &Desk, app: &App, maintenance: &str, asset: &str) -> Result<Done> {
    let windows = app.why(maintenance, asset)?;
    match desk.output {
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&windows)?)?,
        Output::Table => {
            let zone = shown_in(&app.settings, None)?;
            print_text(&windows.iter().map(|window| window_text(window, &zone)).collect::<Vec<_>>().join("\n"))?;
        }
    }
    let touched = windows.iter().any(|window| window.why.impact.is_some());
    Ok(if touched { Done::Yes } else { Done::No })
}

fn window_text(window: &WhyWindow, zone: &Zone) -> String {
    let (start, end) = (wall(window.interval.start(), zone), wall(window.interval.end(), zone));
    let WhyWindow { vendor, reference, ordinal, role, .. } = window;
    let mut text = format!("{vendor} {reference}, window {ordinal} ({role}), {start} to {end}:\n");
    let named = if window.scope_not_stated { NOTHING_NAMED } else { NAMED };
    why_text(&window.why, 1, named, &mut text);
    if !window.customers.is_empty() {
        text.push_str("touched through it:\n");
        window.customers.iter().for_each(|customer| customer_text(customer, &mut text));
    }
    text
}

/// How the notice came to speak of an asset.
const NAMED: &str = "as the notice names it";
const NOTHING_NAMED: &str = "since the notice names nothing and so all of the vendor's";

fn why_text(why: &Why, depth: usize, named: &str, text: &mut String) {
    let impact = why.impact.map_or("", Impact::as_str);
    let word = match &why.because {
        Because::Named => format!("{impact}, {named}"),
        Because::NotTouched => "not touched".to_owned(),
        Because::Needs { .. } => impact.to_owned(),
        Because::ToldAbove => format!("{impact}, see above"),
        Because::LeftOut => format!("{impact}; what it needs is left out, this is long enough"),
    };
    text.push_str(&format!("{}{}: {word}\n", "  ".repeat(depth), why.asset));
    match &why.because {
        Because::Needs { needs } => {
            for need in needs {
                text.push_str(&format!("{}{}\n", "  ".repeat(depth + 1), need_text(need)));
                need.members.iter().for_each(|member| why_text(member, depth + 2, named, text));
            }
        }
        Because::Named | Because::NotTouched | Because::ToldAbove | Because::LeftOut => {}
    }
}

fn need_text(need: &WhyNeed) -> String {
    let (of, left) = (need.members.len(), need.left);
    match need.any {
        None => "it needs all of these:".to_owned(),
        Some(_) if of == 1 && need.cords == 2 => "both its cords are on this:".to_owned(),
        Some(_) if of == 1 && need.cords > 2 => format!("all its {} cords are on this:", need.cords),
        Some(_) if of == 1 => "it needs this:".to_owned(),
        Some(n) => {
            let are = if left == 1 { "is" } else { "are" };
            format!("it needs {n} of these {of}, and {left} of them {are} not down ({}):", need.impact)
        }
    }
}

fn customer_text(customer: &WhyCustomer, text: &mut String) {
    let assets: Vec<_> = customer.assets.iter().map(|(asset, impact)| format!("{asset} {impact}")).collect();
    text.push_str(&format!("  {} ({}): {}\n", customer.id, customer.name, super::few(&assets)));
    for contact in &customer.contacts {
        let role = serde_json::to_value(contact.role).ok();
        let role = role.as_ref().and_then(|role| role.as_str()).unwrap_or_default().to_owned();
        let stages = contact.stages.as_ref().map_or_else(String::new, |stages| {
            format!(", {} only", stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "))
        });
        text.push_str(&format!("    {} ({role}{stages})\n", contact.email));
    }
}
