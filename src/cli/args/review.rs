//! What can be typed of review and replay.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::notice::{ReviewState, Settling};

/// Review.
#[derive(Debug, Subcommand)]
#[command(after_long_help = what_settling_means())]
pub(crate) enum ReviewCommand {
    /// Show notices that wait for a person: for how long, why, and what to do.
    #[command(after_help = "Examples:
  inwindow review list
  inwindow review list --vendor dc-ams
  inwindow review list --state dismissed -o json")]
    List(ReviewListArgs),
    /// Show one notice: its words, what was read in them and where, why it waits, and what it may be about.
    #[command(after_help = "Example:
  inwindow review show n-1d56")]
    Show {
        /// The notice's id or the start of it.
        notice: String,
    },
    /// Let a notice count as it was read.
    #[command(after_help = format!("Example:\n  inwindow review accept n-1d56 --by ada\n\n{}", what_settling_means()))]
    Accept {
        /// The notice's id or the start of it.
        notice: String,
        /// Who decides [default: the user's login name].
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
    /// Say what a notice says, where it was read wrongly or not at all.
    #[command(after_help = "Examples:
  inwindow review correct n-1d56 --start 2026-12-01T22:00 --end 2026-12-02T02:00 --zone Europe/Amsterdam
  inwindow review correct n-1d56 --vendor dc-ams --reference DCA-2026-104 --status CANCELLED
  inwindow review correct n-1d56 --object feed-a=OUTAGE --object feed-b=NO-IMPACT
  inwindow review correct n-1d56 --file corrected.toml

What is not given stays as it was read; an empty value (--account '') says that the
notice does not state it. The notice stays what it is, and what it says counts from
when it was received. A file has the shape of the sample results that stand beside
the vendors' profiles: an [[announcement]] for each maintenance, with vendor,
reference, account, status, impact, summary, windows, objects and actual_end.")]
    Correct(Box<ReviewCorrectArgs>),
    /// Say which known maintenance a notice is about, whatever it names.
    #[command(after_help = "Examples:
  inwindow review assign n-1d56 m-fa5c
  inwindow review assign n-1d56 DCA-2026-104 --announcement 2")]
    Assign {
        /// The notice's id or the start of it.
        notice: String,
        /// The maintenance: its id, the start of it, or the vendor's reference.
        maintenance: String,
        /// Which announcement, where the notice holds several.
        #[arg(long, value_name = "N")]
        announcement: Option<usize>,
        /// Who decides [default: the user's login name].
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
    /// Settle a notice as being of no matter.
    #[command(after_help = "Examples:
  inwindow review dismiss n-1d56 --reason \"an advertisement\"
  inwindow review dismiss n-1d56 --retract --reason \"forged\"

What waits of it does not count then; what was recorded from it stays, unless
--retract takes that back too. `inwindow review accept` undoes it.")]
    Dismiss {
        /// The notice's id or the start of it.
        notice: String,
        /// Why, for the log.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Take back what was recorded from it.
        #[arg(long)]
        retract: bool,
        /// Who decides [default: the user's login name].
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
}

/// Which items to list.
#[derive(Debug, Args)]
pub(crate) struct ReviewListArgs {
    /// Only this vendor's, and those of which nobody knows whose they are.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// Only those in this state.
    #[arg(long, value_enum, default_value_t = ReviewStateArg::Open)]
    pub(crate) state: ReviewStateArg,
}

/// A state as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReviewStateArg {
    /// Waits for a person.
    Open,
    /// Counts as it was read, says a person.
    Accepted,
    /// Was corrected or assigned.
    Corrected,
    /// Is of no matter.
    Dismissed,
    /// Needed nobody any more: read again without a doubt, or its vendor became known.
    Cleared,
    /// All of them.
    All,
}

impl ReviewStateArg {
    /// The state; none for all.
    pub(crate) fn state(self) -> Option<ReviewState> {
        match self {
            Self::Open => Some(ReviewState::Open),
            Self::Accepted => Some(ReviewState::Accepted),
            Self::Corrected => Some(ReviewState::Corrected),
            Self::Dismissed => Some(ReviewState::Dismissed),
            Self::Cleared => Some(ReviewState::Cleared),
            Self::All => None,
        }
    }
}

/// What a notice says.
#[derive(Debug, Args)]
pub(crate) struct ReviewCorrectArgs {
    /// The notice's id or the start of it.
    pub(crate) notice: String,
    /// Which announcement, where the notice holds several.
    #[arg(long, value_name = "N")]
    pub(crate) announcement: Option<usize>,
    /// Whose maintenance.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// The customer account the vendor means.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// The vendor's reference.
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// The reference that it takes the place of.
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) replaces: Option<String>,
    /// TENTATIVE, CONFIRMED, CANCELLED, IN-PROCESS, COMPLETED or RE-SCHEDULED.
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// First instant: RFC 3339, or local time with --zone or `[Zone]`. Give --start and --end again for each window.
    #[arg(long, value_name = "T")]
    pub(crate) start: Vec<String>,
    /// First instant after it.
    #[arg(long, value_name = "T")]
    pub(crate) end: Vec<String>,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// An object as the vendor names it, perhaps with its impact; may be given again.
    #[arg(long, value_name = "NAME[=IMPACT]")]
    pub(crate) object: Vec<String>,
    /// NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED or OUTAGE, for all of it.
    #[arg(long)]
    pub(crate) impact: Option<String>,
    /// When the work really ended.
    #[arg(long, value_name = "T")]
    pub(crate) ended_at: Option<String>,
    /// One line that says what will be done.
    #[arg(long)]
    pub(crate) summary: Option<String>,
    /// It is the newest word on its maintenance so far, whatever it says of its order.
    #[arg(long)]
    pub(crate) newest: bool,
    /// All that it says, from a file.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["announcement", "vendor", "account", "reference",
        "replaces", "status", "start", "end", "object", "impact", "ended_at", "summary", "newest"])]
    pub(crate) file: Option<PathBuf>,
    /// Who corrects [default: the user's login name].
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
}

/// What to read again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow replay                      what would change, and whom it would reach
  inwindow replay --vendor dc-ams --since 2026-11-01T00:00:00Z
  inwindow replay --apply

What is read anew counts from when the notice was received. What a person decided
stays, and so does what was recorded from a notice that today's profiles cannot
read, or read in doubt. Doing it again changes nothing.

Exit status: 0 nothing differs, or it was applied; 1 something would change")]
pub(crate) struct ReplayArgs {
    /// Only notices that speak of this vendor, before or after.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// Only notices received at T or later.
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<String>,
    /// Do it: without this, nothing is stored.
    #[arg(long)]
    pub(crate) apply: bool,
    /// Also read again what a person accepted, corrected, assigned or dismissed: that decision is lost.
    #[arg(long)]
    pub(crate) also_corrected: bool,
}

/// What accepting means for each reason, and what else settles it.
fn what_settling_means() -> String {
    let row = |settling: &Settling| {
        format!("  {}\n      accept: {}\n      else: {}", settling.reason, settling.accept, settling.or)
    };
    let rows: Vec<String> = Settling::ALL.iter().map(row).collect();
    format!("Why a notice waits, and what settles it:\n{}", rows.join("\n"))
}
