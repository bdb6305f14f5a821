//! What can be typed after `inwindow schedule`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Standing windows.
#[derive(Debug, Subcommand)]
#[command(after_help = "A file of standing windows is TOML: whose they are and where that is written, a zone, and for
each window its days (`every = \"second Tuesday\"`, or an RRULE) and hours. README.md tells
all keys. Files `windows/*.toml` in the data folder go before shipped ones of their name.")]
pub(crate) enum ScheduleCommand {
    /// Check files of standing windows, and say in words what was understood and when it next falls.
    #[command(after_help = "Examples:
  inwindow schedule check windows/*.toml
  cat inex.toml | inwindow schedule check -

Exit status:
  0  nothing is wrong
  1  something is allowed and may not be meant: a warning
  2  a mistake, shown with file, line and column
  4  a file could not be read")]
    Check(ScheduleCheckArgs),
    /// List the files of standing windows that can be asked for by name, with the source of each.
    #[command(after_help = "Example:
  inwindow schedule list -o csv")]
    List,
    /// Show the next occurrences, on the vendor's clock, on yours and in UTC.
    #[command(after_help = "Examples:
  inwindow schedule next
  inwindow schedule next inex -n 4 --zone Europe/Amsterdam
  inwindow schedule next ./own.toml --window backup --from 2027-03-01T00:00:00Z
  inwindow schedule next salesforce --window commerce-cloud --asset-zone Europe/Paris

Exit status: 0 there are some, 1 there is none, 3 it cannot be said.")]
    Next(ScheduleNextArgs),
    /// Show all occurrences of a span; or answer rows of recurrences on standard input, one JSON object a line.
    #[command(after_help = "Examples:
  inwindow schedule expand inex --from 2027-03-01T00:00:00Z --to 2027-04-01T00:00:00Z
  inwindow schedule expand ./own.toml --from 2027-03-01 --to 2027-04-01 --zone Europe/Berlin -o csv
  echo '{\"id\":\"a\",\"dtstart\":\"20260301T023000\",\"tzid\":\"America/New_York\",
         \"rrule\":\"FREQ=WEEKLY\",\"limit\":3}' | tr -d '\\n' | inwindow schedule expand

Without a file, or with `-`, each line
{\"id\",\"dtstart\",\"tzid\",\"rrule\",\"exdates\",\"rdates\",\"exrules\",\"from\",\"limit\"} on standard input is
answered {\"id\",\"starts\",\"starts_utc\",\"error\"}. Values are written as in RFC 5545; a null tzid is
floating, and then names no instants in UTC. `limit` is 1000 unless given, at most 105408.

Exit status: 0 there are some, or every row was answered; 1 there is none, or some row was wrong;
2 usage; 3 it cannot be said; 4 input or output failed.")]
    Expand(ScheduleExpandArgs),
}

/// Which files to check.
#[derive(Debug, Args)]
pub(crate) struct ScheduleCheckArgs {
    /// Files of standing windows, or `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Which occurrences to show.
#[derive(Debug, Args)]
pub(crate) struct ScheduleShown {
    /// Only the window with this id.
    #[arg(long, value_name = "ID")]
    pub(crate) window: Option<String>,
    /// The zone times are shown in beside the vendor's, and of local times given [default: the organisation's].
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// The zone of the asset, for windows that fall by the clock of the place where it stands.
    #[arg(long, value_name = "ZONE")]
    pub(crate) asset_zone: Option<String>,
}

/// Which windows to look ahead for.
#[derive(Debug, Args)]
pub(crate) struct ScheduleNextArgs {
    /// A file of standing windows, or the name of one that `schedule list` shows [default: all of these].
    #[arg(value_name = "FILE|NAME")]
    pub(crate) file: Option<String>,
    /// So many occurrences, at most 1000.
    #[arg(short, long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) number: u16,
    /// From T on: RFC 3339, or local time with --zone or `[Zone]` [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) shown: ScheduleShown,
}

/// Which windows to expand.
#[derive(Debug, Args)]
#[command(override_usage = "inwindow schedule expand <FILE|NAME> --from <T> --to <T> [OPTIONS]
       inwindow schedule expand [-] < ROWS")]
pub(crate) struct ScheduleExpandArgs {
    /// A file of standing windows, or the name of one that `schedule list` shows; `-` for rows on standard input.
    #[arg(value_name = "FILE|NAME")]
    pub(crate) file: Option<String>,
    /// What shares an instant with the span from T …
    #[arg(long, value_name = "T", requires = "to")]
    pub(crate) from: Option<String>,
    /// … to T, which is no longer part of it.
    #[arg(long, value_name = "T", requires = "from")]
    pub(crate) to: Option<String>,
    /// At most this many rows.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) shown: ScheduleShown,
}
