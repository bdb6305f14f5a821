//! `inwindow plan`.

use anyhow::Result;
use serde_json::json;

use super::list::message_rows;
use super::{moment_or, shown_in};
use crate::app::Wanted;
use crate::cli::args::{Output, PlanArgs};
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done};
use crate::plan::{Message, Proposal};
use crate::time::Zone;

pub(crate) fn run(desk: &Desk, args: &PlanArgs) -> Result<Done> {
    let app = desk.look()?;
    let now = moment_or(&app.settings, args.now.as_deref(), None, desk.now())?;
    let proposal = app.proposal(now)?;
    let mut pending = app.messages(&Wanted { limit: usize::MAX, ..Wanted::default() })?;
    pending.retain(|message| message.state.is_pending());
    match desk.output {
        Output::Table => {
            print_text(&text(&pending, &proposal, args, &shown_in(&app.settings, None)?)?)?;
        }
        Output::Json | Output::Ndjson | Output::Csv => {
            let value = json!({ "now": now, "pending": pending, "new": proposal.new, "withdrawn": proposal.withdrawn,
                "unplanned": proposal.unplanned });
            print_json(desk.output, &value)?;
        }
    }
    Ok(Done::Yes)
}

fn text(pending: &[Message], proposal: &Proposal, args: &PlanArgs, zone: &Zone) -> Result<String> {
    let withdrawn = |message: &Message| proposal.withdrawn.iter().any(|withdrawal| withdrawal.id == message.id);
    let mut messages: Vec<Message> =
        pending.iter().filter(|message| !withdrawn(message)).chain(&proposal.new).cloned().collect();
    messages.sort_by(|a, b| (a.due_at, &a.id).cmp(&(b.due_at, &b.id)));
    let mut text = if messages.is_empty() {
        "no message is planned\n".to_owned()
    } else {
        format!("{}\n", message_rows(&messages, zone)?.table())
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
    Ok(text)
}
