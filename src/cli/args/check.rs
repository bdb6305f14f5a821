//! What can be typed after `inwindow check`.

use std::path::PathBuf;

use clap::Args;

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow check plus-01 --at 2017-03-25T19:00:00Z
  inwindow check plus-01 --from 2017-03-25T20:00 --to 2017-03-25T21:15 --zone Europe/Amsterdam
  inwindow check plus-01 --at '2017-03-25T20:00[Europe/Amsterdam]' --as-of 2017-03-27T00:00:00Z -o json
  inwindow check --batch outages.csv > verdicts.ndjson

Exit status: 0 yes, or every row was answered; 1 no, partly, or a row was wrong;
2 usage, 3 it cannot be said, 4 input or output failed.")]
#[command(override_usage = "inwindow check <ASSET> --at <T> [OPTIONS]
       inwindow check <ASSET> --from <T> --to <T> [OPTIONS]
       inwindow check --batch <FILE|-> [--full] [--strict]")]
#[command(group = clap::ArgGroup::new("when").args(["at", "from", "batch"]).required(true))]
pub(crate) struct CheckArgs {
    /// The asset that was touched.
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) asset: Option<String>,
    /// Judge many: rows of asset, from, to and impact as CSV or NDJSON, `-` for standard input. Each is answered with a line
    /// of JSON.
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["at", "from", "as_of"])]
    pub(crate) batch: Option<PathBuf>,
    /// Answer rows with the whole verdict, evidence and sentences too.
    #[arg(long, requires = "batch")]
    pub(crate) full: bool,
    /// Stop at the first row that is wrong.
    #[arg(long, requires = "batch")]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) judged: JudgedTime,
    /// Ask only what was received before K [default: the start].
    #[arg(long, value_name = "K")]
    pub(crate) as_of: Option<String>,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// How badly it was touched: REDUCED-REDUNDANCY, DEGRADED or OUTAGE.
    #[arg(long, default_value = "OUTAGE")]
    pub(crate) impact: String,
}

/// The second or the span that is to be judged.
#[derive(Debug, Args)]
pub(crate) struct JudgedTime {
    /// Judge the second that begins at T.
    #[arg(long, value_name = "T", conflicts_with_all = ["from", "to"])]
    pub(crate) at: Option<String>,
    /// Judge from T …
    #[arg(long, value_name = "T", requires = "to")]
    pub(crate) from: Option<String>,
    /// … to T, which is no longer part of it.
    #[arg(long, value_name = "T", requires = "from")]
    pub(crate) to: Option<String>,
}
