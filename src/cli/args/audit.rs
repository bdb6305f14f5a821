//! What can be typed after `inwindow audit`.

use clap::{Args, Subcommand};

/// What to audit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow audit
  inwindow audit --next 14d -o csv
  inwindow audit --now 2017-03-24T09:00:00Z    keeps nothing: it is not that time
  inwindow audit --all                         accepted findings too
  inwindow audit accept f-3b71 --reason \"moves to panel 2 in May, CHG-88\" --by jo

Exit status: 0 nothing found, 1 findings.")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct AuditArgs {
    /// What to do with a finding.
    #[command(subcommand)]
    pub(crate) command: Option<AuditCommand>,
    /// Findings that somebody accepted as well.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only windows that begin within this much from now.
    #[arg(long, value_name = "LENGTH", default_value = "60d")]
    pub(crate) next: String,
    /// Pretend that it is T.
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<String>,
}

/// What to do with a finding.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Accept a finding: it is as it should be. It is shown again when it has been gone and comes back.
    Accept {
        /// The finding's id (`f-…`) or the start of it.
        finding: String,
        /// Why it is as it should be.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who says so [default: the user's login name].
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
}
