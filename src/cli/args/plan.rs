//! What can be typed after `inwindow plan`.

use clap::Args;

/// When to plan for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow plan
  inwindow plan --why
  inwindow plan --now 2017-03-25T22:00:00Z")]
pub(crate) struct PlanArgs {
    /// Pretend that it is T.
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<String>,
    /// Also say which messages will not be sent, and why.
    #[arg(long)]
    pub(crate) why: bool,
}
