//! What can be typed of maintenance heard of by phone or portal.

use clap::{Args, Subcommand};

/// Typed maintenance.
#[derive(Debug, Subcommand)]
pub(crate) enum MaintenanceCommand {
    /// Enter a maintenance.
    #[command(after_help = "Example:
  inwindow maintenance add --vendor dc-ams --reference DCA-2026-104 \\
      --start 2026-12-01T22:00 --end 2026-12-02T02:00 --zone Europe/Amsterdam \\
      --object feed-a --impact outage --summary \"UPS battery exchange\"")]
    Add(TypedArgs),
    /// Say what changed; what is not given stays.
    #[command(after_help = "Example:
  inwindow maintenance edit --vendor dc-ams --reference DCA-2026-104 \\
      --start 2026-12-02T22:00 --end 2026-12-03T02:00 --zone Europe/Amsterdam")]
    Edit(TypedArgs),
    /// Say that it will not happen.
    #[command(after_help = "Example:
  inwindow maintenance cancel --vendor dc-ams --reference DCA-2026-104")]
    Cancel(TypedRef),
    /// Say that it is over.
    #[command(after_help = "Example:
  inwindow maintenance complete --vendor dc-ams --reference DCA-2026-104 --ended-at 2026-12-02T00:40:00Z")]
    Complete(TypedEnd),
}

/// Which maintenance.
#[derive(Debug, Args)]
pub(crate) struct TypedRef {
    /// Whose maintenance.
    #[arg(long)]
    pub(crate) vendor: String,
    /// The vendor's reference.
    #[arg(long)]
    pub(crate) reference: String,
    /// Who enters it [default: the user's login name].
    #[arg(long)]
    pub(crate) author: Option<String>,
    /// When you were told [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) received_at: Option<String>,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// The end of a maintenance.
#[derive(Debug, Args)]
pub(crate) struct TypedEnd {
    #[command(flatten)]
    pub(crate) typed: TypedRef,
    /// When the work really ended [default: when you were told].
    #[arg(long, value_name = "T")]
    pub(crate) ended_at: Option<String>,
}

/// What is known of a maintenance.
#[derive(Debug, Args)]
pub(crate) struct TypedArgs {
    #[command(flatten)]
    pub(crate) typed: TypedRef,
    /// First instant: RFC 3339, or local time with --zone or `[Zone]`. Give --start and --end again for each window.
    #[arg(long, value_name = "T")]
    pub(crate) start: Vec<String>,
    /// First instant after it.
    #[arg(long, value_name = "T")]
    pub(crate) end: Vec<String>,
    /// TENTATIVE, CONFIRMED, IN-PROCESS or RE-SCHEDULED.
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED or OUTAGE.
    #[arg(long)]
    pub(crate) impact: Option<String>,
    /// An object as the vendor names it; may be given again.
    #[arg(long)]
    pub(crate) object: Vec<String>,
    /// The customer account the vendor means.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// One line that says what will be done.
    #[arg(long)]
    pub(crate) summary: Option<String>,
}
