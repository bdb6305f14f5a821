//! What can be typed after `inwindow tz`.

use clap::{Args, Subcommand};

/// Zones and their rules.
#[derive(Debug, Subcommand)]
#[command(after_help = "Zones are IANA names in any case, Windows names, or offsets such as
+01:00 and GMT+1. TZDIR names a folder of zone rules to use; else the newer of the
system's and the built-in ones is used.")]
pub(crate) enum TzCommand {
    /// Explain a time: the clock change beside it, the instants it can be, and what is made of it where.
    Explain(TzExplainArgs),
    /// Answer rows of local times on standard input, one JSON object a line, for tests and programs.
    #[command(after_help = "Example:
  echo '{\"zone\":\"Europe/Amsterdam\",\"local\":\"2017-03-26T02:31:00\"}' | inwindow tz resolve

Answers {\"zone\",\"local\",\"kind\",\"earlier\",\"later\",\"compatible\"} a line. Kinds are plain,
gap (earlier is by the offset after the jump, later by the one before) and fold (first and
second pass); compatible is the reading of RFC 5545 section 3.3.5. A row that cannot be
answered is answered {\"error\",\"line\"} in its place.

Exit status: 0 every row was answered, 1 some row was wrong, 4 input or output failed.")]
    Resolve,
    /// Say which release of the zone rules is used, and where from.
    Version,
    /// Read what lies ahead again by the zone rules in use, after a country changed its clocks.
    Refresh(TzRefreshArgs),
}

/// How to read windows again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow tz refresh --dry-run
  TZDIR=/opt/zoneinfo inwindow tz refresh -o json

Only windows given in local time and not over are read again, where the rules in use are newer
than those they were resolved by. Each that means other instants becomes a revision that keeps
the day it was announced, and its readers are sent a change. Running it twice changes nothing.

Exit status: 0 all is read by the rules in use, 1 a person must look at a window, 4 input or
output failed.")]
pub(crate) struct TzRefreshArgs {
    /// Show what would change; store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which time to explain.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow tz explain 2017-03-26T02:31 Europe/Amsterdam
  inwindow tz explain '2017-10-29 02:31[Europe/Amsterdam]' -o json
  inwindow tz explain 2017-03-26T00:31:00Z America/New_York
  inwindow tz explain 2026-07-01T12:00 'W. Europe Standard Time'")]
pub(crate) struct TzExplainArgs {
    /// A local time, perhaps with a `[Zone]` behind it; or an instant in RFC 3339, to see what the clocks show.
    pub(crate) when: String,
    /// The zone, where none stands behind the time.
    pub(crate) zone: Option<String>,
}
