//! `inwindow checklist`.

use anyhow::Result;

use super::{moment_or, shown_in};
use crate::app::CheckSeen;
use crate::cli::args::{ChecklistCommand, SaidArgs};
use crate::cli::table::{Rows, cell, instant, maybe, print_json, print_text, wall};
use crate::cli::{Desk, Done, Output};
use crate::inventory::{CheckSaid, CheckWord};
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, command: &ChecklistCommand) -> Result<Done> {
    match command {
        ChecklistCommand::List => list(desk),
        ChecklistCommand::Done { item, said } => note(desk, item, CheckSaid::Done, said),
        ChecklistCommand::Fact { item, words, said } => {
            note(desk, item, CheckSaid::Fact(words.trim().to_owned()), said)
        }
        ChecklistCommand::Log { item, limit } => log(desk, item, *limit),
    }
}

fn list(desk: &Desk) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, None)?;
    let seen = app.checklist(desk.now())?;
    let mut rows = Rows::new(&["item", "what", "asset", "owner", "last done", "due", "state", "fact"]);
    for check in &seen {
        let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or_else(|| cell(""), |at| instant(at, &zone));
        let cells = vec![
            cell(&check.item.id),
            cell(&check.item.what),
            maybe(check.item.asset.as_ref()),
            maybe(check.item.owner.as_ref()),
            at(check.item.last_done),
            at(check.due_at),
            cell(if check.is_overdue { "overdue" } else { "in time" }),
            cell(fact(check)),
        ];
        rows.push(cells, serde_json::to_value(check)?);
    }
    rows.print(desk.output, "the inventory holds no [[checklist]]")?;
    let fine = !seen.is_empty() && seen.iter().all(|check| !check.is_overdue);
    Ok(if fine { Done::Yes } else { Done::No })
}

fn fact(check: &CheckSeen) -> &str {
    check.fact.as_ref().map_or("", words)
}

fn words(word: &CheckWord) -> &str {
    match &word.said {
        CheckSaid::Done => "done",
        CheckSaid::Fact(words) => words,
    }
}

fn note(desk: &Desk, item: &str, said: CheckSaid, args: &SaidArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let at = moment_or(&app.settings, args.at.as_deref(), args.zone.as_deref(), desk.now())?;
    let by = args.by.clone().unwrap_or_else(|| desk.user());
    let seen = app.note_checklist(item, (said, at, &by), desk.now())?;
    match desk.output {
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&seen)?)?,
        Output::Table => print_text(&stands(&seen, &shown_in(&app.settings, None)?))?,
    }
    Ok(Done::Yes)
}

/// How an item stands, in a line.
fn stands(seen: &CheckSeen, zone: &Zone) -> String {
    let due = match (seen.due_at, seen.is_overdue) {
        (None, _) => "never done".to_owned(),
        (Some(at), true) => format!("overdue since {}", wall(at, zone)),
        (Some(at), false) => format!("due by {}", wall(at, zone)),
    };
    let fact = if seen.fact.is_some() { format!("; {}", fact(seen)) } else { String::new() };
    format!("{}: {}, {due}{fact}\n", seen.item.id, seen.item.what)
}

fn log(desk: &Desk, item: &str, limit: usize) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, None)?;
    let mut rows = Rows::new(&["at", "said", "by", "recorded"]);
    for word in app.checklist_words(item, limit)? {
        let cells =
            vec![instant(word.at, &zone), cell(words(&word)), cell(&word.who), instant(word.recorded_at, &zone)];
        rows.push(cells, serde_json::to_value(&word)?);
    }
    rows.print(desk.output, "nothing was said of it yet")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}
