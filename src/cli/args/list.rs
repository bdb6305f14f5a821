//! What can be typed after `inwindow list`.

use clap::{Args, ValueEnum};

/// What to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// Windows, what is ahead first.
    Windows,
    /// Maintenances, newest word first.
    Maintenances,
    /// Notices, newest first.
    Notices,
    /// Messages, by when they are due.
    Messages,
    /// Outages, newest first.
    Outages,
    /// The inventory's assets, by id.
    Assets,
    /// The inventory's customers, by id.
    Customers,
    /// The inventory's vendors, by id.
    Vendors,
}

/// What to list, and how much of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow list windows --next 14d
  inwindow list windows --last 30d --vendor dc-ams
  inwindow list assets --as-of 2026-01-01T00:00:00Z
  inwindow list messages --customer acme -o json")]
pub(crate) struct ListArgs {
    /// What to list.
    #[arg(value_enum)]
    pub(crate) what: Listing,
    /// Only what touches the span from now to this much later (`14d`, `36h`).
    #[arg(long, value_name = "LENGTH")]
    pub(crate) next: Option<String>,
    /// Only what touches the span from this much earlier to now; with --next, both spans.
    #[arg(long, value_name = "LENGTH")]
    pub(crate) last: Option<String>,
    /// Only this vendor's.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// Only what concerns this asset.
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// Only what concerns this customer.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// Of assets, customers and vendors: as the inventory in force at T declared them.
    #[arg(long, value_name = "T")]
    pub(crate) as_of: Option<String>,
    /// The zone times are shown in [default: the organisation's].
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// At most this many rows.
    #[arg(long, default_value_t = 200)]
    pub(crate) limit: usize,
}
