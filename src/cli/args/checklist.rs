//! What can be typed of the checklist.

use clap::{Args, Subcommand};

/// The checklist.
#[derive(Debug, Subcommand)]
pub(crate) enum ChecklistCommand {
    /// Show the items: what, owner, when due, the newest fact; overdue ones first.
    #[command(after_help = "Examples:
  inwindow checklist list
  inwindow checklist list -o json

Exit status: 0 nothing is overdue, 1 something is, or there is no item.")]
    List,
    /// Say that an item was done.
    #[command(after_help = "Examples:
  inwindow checklist done webtix-backup
  inwindow checklist done webtix-backup --at 2026-12-01T03:00:00Z --by restore-test")]
    Done {
        /// The item's id.
        item: String,
        #[command(flatten)]
        said: SaidArgs,
    },
    /// Note a fact about an item, such as the age of the newest backup: shown with it, and in the digest.
    #[command(after_help = "Examples:
  inwindow checklist fact webtix-backup \"newest backup is 3 h old, 41 GB\" --by backup-job
  inwindow checklist fact contacts \"noc of dc-ams answers on the new number\"")]
    Fact {
        /// The item's id.
        item: String,
        /// One line.
        words: String,
        #[command(flatten)]
        said: SaidArgs,
    },
    /// Show what was said of an item, newest first: what, of when, by whom.
    #[command(after_help = "Example:
  inwindow checklist log webtix-backup")]
    Log {
        /// The item's id.
        item: String,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

/// When it was so, and who says it.
#[derive(Debug, Args)]
pub(crate) struct SaidArgs {
    /// When it was so: RFC 3339, or local time with --zone or `[Zone]` [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// The zone of a local time.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// The person or the program that says so [default: the user's login name].
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
}
