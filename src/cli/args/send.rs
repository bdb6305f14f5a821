//! What can be typed of messages that become mails: send and preview.

use clap::Args;

/// How much to send.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow send
  * * * * * inwindow send -o ndjson    from cron: sending again sends nothing twice

Exit status:
  0  all that is due was sent
  1  something that is due failed or waits for approval
  4  the relay could not be used: nothing is lost, and goes with the next send")]
pub(crate) struct SendArgs {
    /// At most this many messages.
    #[arg(long, default_value_t = 1000)]
    pub(crate) limit: usize,
    /// What it does anyway, for timers that say so: what is due goes once, and the program ends. `run` stays.
    #[arg(long)]
    #[allow(dead_code, reason = "there is no other way to send than once")]
    pub(crate) once: bool,
}

/// Which message to preview.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  inwindow preview msg-2df6 | less")]
pub(crate) struct PreviewArgs {
    /// The message's id or the start of it.
    pub(crate) message: String,
}
