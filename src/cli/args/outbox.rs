//! What can be typed after `inwindow outbox`.

use clap::{Args, Subcommand};

/// Messages.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Show messages that are not sent yet, or all.
    List {
        /// Those already sent, skipped or cancelled as well.
        #[arg(long)]
        all: bool,
    },
    /// Show what became of one message, and why it exists.
    Show(MessageArgs),
    /// Let messages go that wait for approval or are held.
    Approve(MessagesArgs),
    /// Stop messages for now.
    Hold(MessagesArgs),
    /// Take messages back for good.
    Cancel(MessagesArgs),
    /// Try failed messages again.
    Retry(MessagesArgs),
}

/// Which message.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outbox show msg-3f2a
  inwindow outbox show msg-3f2a --raw | less")]
pub(crate) struct MessageArgs {
    /// Its id or the start of it.
    pub(crate) id: String,
    /// Print the mail itself, as it was or will be sent.
    #[arg(long)]
    pub(crate) raw: bool,
}

/// Which messages.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outbox approve --all
  inwindow outbox approve msg-3f2a msg-77c1
  inwindow outbox hold msg-3f2a
  inwindow outbox retry --all")]
#[command(group = clap::ArgGroup::new("which").args(["ids", "all"]).required(true))]
pub(crate) struct MessagesArgs {
    /// Ids or starts of them.
    pub(crate) ids: Vec<String>,
    /// Every message this can be done to.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}
