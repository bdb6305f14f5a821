//! `inwindow outbox`.

use anyhow::Result;

use super::list::message_rows;
use super::shown_in;
use crate::app::Wanted;
use crate::cli::args::{MessagesArgs, OutboxCommand};
use crate::cli::{Desk, Done};
use crate::store::MessageAction;

pub(crate) fn run(desk: &Desk, command: &OutboxCommand) -> Result<Done> {
    let (action, args) = match command {
        OutboxCommand::List { all } => return list(desk, if *all { Which::All } else { Which::Pending }),
        OutboxCommand::Approve(args) => (MessageAction::Approve, args),
        OutboxCommand::Hold(args) => (MessageAction::Hold, args),
        OutboxCommand::Cancel(args) => (MessageAction::Cancel, args),
        OutboxCommand::Retry(args) => (MessageAction::Retry, args),
    };
    edit(desk, action, args)
}

#[derive(Clone, Copy)]
enum Which {
    Pending,
    All,
}

fn list(desk: &Desk, which: Which) -> Result<Done> {
    let app = desk.look()?;
    let mut messages = app.messages(&Wanted { limit: usize::MAX, ..Wanted::default() })?;
    match which {
        Which::Pending => messages.retain(|message| message.state.is_pending()),
        Which::All => {}
    }
    let rows = message_rows(&messages, &shown_in(&app.settings, None)?)?;
    rows.print(desk.output, "nothing waits to be sent")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}

fn edit(desk: &Desk, action: MessageAction, args: &MessagesArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let who = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let edited = app.edit_messages(&args.ids, action, &who, desk.now())?;
    let rows = message_rows(&edited, &shown_in(&app.settings, None)?)?;
    rows.print(desk.output, "no message is in a state for that")?;
    Ok(if edited.is_empty() { Done::No } else { Done::Yes })
}
