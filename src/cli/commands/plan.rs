//! `inwindow plan`.

use anyhow::Result;
use serde_json::json;

use super::list::message_rows;
use super::{NO_INVENTORY, moment_or, shown_in, warn_of_windows};
use crate::app::Wanted;
use crate::cli::args::PlanArgs;
use crate::cli::table::{Rows, cell, hint, instant, maybe};
use crate::cli::{Desk, Done};
use crate::plan::{Message, Proposal};
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &PlanArgs) -> Result<Done> {
    let app = desk.look()?;
    let now = moment_or(&app.settings, args.now.as_deref(), None, desk.now())?;
    let proposal = app.proposal(now)?;
    warn_of_windows(&app)?;
    let mut pending = app.messages(&Wanted { limit: usize::MAX, ..Wanted::default() })?;
    pending.retain(|message| message.state.is_pending());
    let zone = shown_in(&app.settings, None)?;
    let document = json!({ "now": now, "pending": pending, "new": proposal.new, "withdrawn": proposal.withdrawn,
        "unplanned": proposal.unplanned });
    let text = text(&pending, &proposal, args, &zone)?;
    rows(&pending, &proposal, args).print_report(desk.output, &document, &text)?;
    if app.store.inventory_latest()?.is_none() {
        hint(desk.output, NO_INVENTORY);
    }
    let empty = pending.is_empty() && proposal.new.is_empty();
    Ok(if empty { Done::No } else { Done::Yes })
}

/// What was planned before, what would be new, what would be taken back and what is not planned, a row each.
fn rows(pending: &[Message], proposal: &Proposal, args: &PlanArgs) -> Rows {
    let mut rows = Rows::new(&["plan", "id", "due", "stage", "to", "customer", "cause", "state", "reason"]);
    let messages = pending.iter().map(|message| ("pending", message));
    for (plan, message) in messages.chain(proposal.new.iter().map(|message| ("new", message))) {
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
    rows
}

fn text(pending: &[Message], proposal: &Proposal, args: &PlanArgs, zone: &Zone) -> Result<String> {
    let withdrawn = |message: &Message| proposal.withdrawn.iter().any(|withdrawal| withdrawal.id == message.id);
    let mut messages: Vec<Message> =
        pending.iter().filter(|message| !withdrawn(message)).chain(&proposal.new).cloned().collect();
    messages.sort_by(|a, b| (a.due_at, &a.id).cmp(&(b.due_at, &b.id)));
    let mut text = if messages.is_empty() {
        "no message is planned\n".to_owned()
    } else {
        format!("{}\n", message_rows(&messages, zone)?.fitted_table())
    };
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
    let (new, stored) = (proposal.new.len(), pending.len());
    if new + stored > 0 {
        text.push_str(&format!("{stored} in the outbox, {new} new; this command stores and sends nothing\n"));
    }
    Ok(text)
}
