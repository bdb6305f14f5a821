//! `inwindow plan`.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::messages::{cells, headed};
use super::{NO_INVENTORY, moment_or, shown_in, warn_of_windows};
use crate::app::{MessagePages, Wanted};
use crate::cli::args::{Output, PlanArgs};
use crate::cli::array::Array;
use crate::cli::table::{Rows, cell, hint, instant, maybe, print_text, put};
use crate::cli::{Desk, Done};
use crate::names::MessageId;
use crate::plan::{Message, MessageState, Proposal};
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &PlanArgs) -> Result<Done> {
    let app = desk.look()?;
    let now = moment_or(&app.settings, args.now.as_deref(), None, desk.now())?;
    let proposal = app.proposal(now)?;
    warn_of_windows(&app)?;
    let wanted = Wanted { states: MessageState::pending(), ..Wanted::default() };
    let pending = app.message_pages(wanted)?;
    let stored = match desk.output {
        Output::Table => print_table(pending, &proposal, args, &shown_in(&app.settings, None)?),
        Output::Json => print_document(pending, &proposal, now),
        Output::Ndjson | Output::Csv => print_rows(pending, &proposal, args, desk.output),
    }?;
    if app.store.inventory_latest()?.is_none() {
        hint(desk.output, NO_INVENTORY);
    }
    Ok(if stored + proposal.new.len() == 0 { Done::No } else { Done::Yes })
}

/// What was planned before, what would be new, what would be taken back and what is not planned, a row each; gives how many
/// were planned before.
fn print_rows(pending: MessagePages<'_>, proposal: &Proposal, args: &PlanArgs, output: Output) -> Result<usize> {
    let mut rows = Rows::new(&["plan", "id", "due", "stage", "to", "customer", "cause", "state", "reason"]);
    let mut stored = 0;
    for page in pending {
        let page = page?;
        stored += page.len();
        for message in &page {
            push(&mut rows, "pending", message);
        }
        rows.print_so_far(output)?;
    }
    for message in &proposal.new {
        push(&mut rows, "new", message);
    }
    for withdrawal in &proposal.withdrawn {
        let (to, reason) = (cell(withdrawal.to), cell(&withdrawal.reason));
        let none = || cell("");
        let cells = vec![cell("withdrawn"), cell(&withdrawal.id), none(), none(), none(), none(), none(), to, reason];
        rows.push(cells, json!({ "plan": "withdrawn", "withdrawal": withdrawal }));
    }
    for unplanned in proposal.unplanned.iter().filter(|_| args.why) {
        let (to, none) = (unplanned.contact.as_deref().unwrap_or_default(), || cell(""));
        let (stage, cause, why) = (cell(unplanned.stage), cell(unplanned.cause.id()), cell(&unplanned.why));
        let cells = vec![cell("unplanned"), none(), none(), stage, cell(to), none(), cause, none(), why];
        rows.push(cells, json!({ "plan": "unplanned", "unplanned": unplanned }));
    }
    rows.print_lines(output)?;
    Ok(stored)
}

fn push(rows: &mut Rows, plan: &str, message: &Message) {
    let cells = vec![
        cell(plan),
        cell(&message.id),
        instant(message.due_at, &Zone::utc()),
        cell(message.key.stage),
        cell(&message.to.email),
        maybe(message.to.customer.as_ref()),
        cell(message.key.cause.id()),
        cell(message.state),
        cell(&message.reason),
    ];
    rows.push(cells, json!({ "plan": plan, "message": message }));
}

/// All of it as one document.
fn print_document(pending: MessagePages<'_>, proposal: &Proposal, now: DateTime<Utc>) -> Result<usize> {
    // The fields of a document stand in the order of their names.
    let before = serde_json::to_string_pretty(&json!({ "new": proposal.new, "now": now }))?;
    put(format!("{},\n  \"pending\": ", before.strip_suffix("\n}").unwrap_or(&before)).as_bytes())?;
    let (mut array, mut stored) = (Array::in_field(), 0);
    for page in pending {
        let page = page?.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
        stored += page.len();
        put(array.goes_on(&page)?.as_bytes())?;
    }
    let Proposal { withdrawn, unplanned, .. } = proposal;
    let behind = serde_json::to_string_pretty(&json!({ "withdrawn": withdrawn, "unplanned": unplanned }))?;
    put(format!("{},\n{}\n", array.ends(), behind.strip_prefix("{\n").unwrap_or(&behind)).as_bytes())?;
    Ok(stored)
}

/// For people: what would be sent, by when it is due.
fn print_table(pending: MessagePages<'_>, proposal: &Proposal, args: &PlanArgs, zone: &Zone) -> Result<usize> {
    let withdrawn: BTreeSet<&MessageId> = proposal.withdrawn.iter().map(|withdrawal| &withdrawal.id).collect();
    let place = |message: &Message| (message.due_at, message.id.clone());
    let mut new: Vec<&Message> = proposal.new.iter().collect();
    new.sort_by_key(|message| place(message));
    let mut new = new.into_iter().peekable();
    let (mut rows, mut stored) = (headed(), 0);
    let mut add = |message: &Message| rows.push(cells(message, zone), Value::Null);
    for page in pending {
        for message in page? {
            stored += 1;
            while let Some(earlier) = new.next_if(|new| place(new) < place(&message)) {
                add(earlier);
            }
            if !withdrawn.contains(&message.id) {
                add(&message);
            }
        }
    }
    new.for_each(add);
    print_text(&text(&rows, proposal, stored, args))?;
    Ok(stored)
}

fn text(rows: &Rows, proposal: &Proposal, stored: usize, args: &PlanArgs) -> String {
    let mut text =
        if rows.is_empty() { "no message is planned\n".to_owned() } else { format!("{}\n", rows.fitted_table()) };
    for withdrawal in &proposal.withdrawn {
        text.push_str(&format!("{} would be {}: {}\n", withdrawal.id, withdrawal.to, withdrawal.reason));
    }
    if args.why {
        for unplanned in &proposal.unplanned {
            let to = unplanned.contact.as_deref().unwrap_or("nobody");
            text.push_str(&format!(
                "no {} to {to} about {}: {}\n",
                unplanned.stage,
                unplanned.cause.id(),
                unplanned.why
            ));
        }
    }
    let new = proposal.new.len();
    if new + stored > 0 {
        text.push_str(&format!("{stored} in the outbox, {new} new; this command stores and sends nothing\n"));
    }
    text
}
