//! `inwindow outbox`.

use anyhow::Result;

use super::messages;
use super::shown_in;
use crate::app::{AppError, Shown, Wanted};
use crate::cli::args::{MessageArgs, MessagesArgs, OutboxCommand, ShowArgs};
use crate::cli::table::{count, hint};
use crate::cli::{Desk, Done};
use crate::plan::MessageState;
use crate::store::MessageAction;

pub(crate) fn run(desk: &Desk, command: &OutboxCommand) -> Result<Done> {
    let (action, args) = match command {
        OutboxCommand::List { all: true } => return list(desk, Vec::new()),
        OutboxCommand::List { all: false } => return list(desk, MessageState::pending()),
        OutboxCommand::Show(args) => return show(desk, args),
        OutboxCommand::Approve(args) => (MessageAction::Approve, args),
        OutboxCommand::Hold(args) => (MessageAction::Hold, args),
        OutboxCommand::Cancel(args) => (MessageAction::Cancel, args),
        OutboxCommand::Retry(args) => (MessageAction::Retry, args),
    };
    edit(desk, action, args)
}

/// Those in one of these states; where there is none, all.
fn list(desk: &Desk, states: Vec<MessageState>) -> Result<Done> {
    let app = desk.look()?;
    let wanted = Wanted { states, ..Wanted::default() };
    let zone = shown_in(&app.settings, None)?;
    let listed =
        messages::print(app.message_pages(wanted)?, usize::MAX, desk.output, &zone, "nothing waits to be sent")?;
    if app.outbox(desk.now())?.awaiting > 0 {
        hint(
            desk.output,
            "`inwindow preview ID` shows one as it will be mailed; `inwindow outbox approve ID…` or `--all` lets them go \
             with the next `inwindow send` after they are due",
        );
    }
    Ok(if listed.shown == 0 { Done::No } else { Done::Yes })
}

/// As `inwindow show`, of nothing but a message.
fn show(desk: &Desk, args: &MessageArgs) -> Result<Done> {
    let MessageArgs { id, raw } = args;
    match desk.look()?.show(id)? {
        Shown::Message(_) => super::show::run(desk, &ShowArgs { id: id.clone(), raw: *raw, why: None }),
        Shown::Maintenance { .. } | Shown::Notice { .. } | Shown::Outage(_) => Err(AppError::usage(
            format!("`{id}` is no message"),
            "`inwindow outbox list --all` lists messages; `inwindow show` shows anything",
        ))?,
    }
}

fn edit(desk: &Desk, action: MessageAction, args: &MessagesArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let edited = app.edit_messages(&args.ids, action, &desk.user(), desk.now())?;
    let (pages, zone) = (app.pages_of_messages(edited), shown_in(&app.settings, None)?);
    let listed = messages::print(pages, usize::MAX, desk.output, &zone, "no message is in a state for that")?;
    let due = app.outbox(desk.now())?.due;
    if listed.shown > 0 && action.to() == MessageState::Planned && due > 0 {
        hint(desk.output, &format!("{} due: `inwindow send` sends what is", verb(due)));
    }
    Ok(if listed.shown == 0 { Done::No } else { Done::Yes })
}

fn verb(number: usize) -> String {
    format!("{} {}", count(number, "message"), if number == 1 { "is" } else { "are" })
}
