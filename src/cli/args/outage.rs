//! What can be typed of outages.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Outages.
#[derive(Debug, Subcommand)]
pub(crate) enum OutageCommand {
    /// Record that something went down.
    #[command(after_help = "Example:
  inwindow outage open plus-02 plus-03 --start 2017-03-25T21:00:00Z --source monitoring")]
    Open(OutageOpenArgs),
    /// Record that it is up again.
    Close(OutageCloseArgs),
    /// Record what a monitor wrote: a table, NDJSON, Alertmanager's webhook and others by a mapping.
    Import(OutageImportArgs),
    /// The mappings of monitors that ship, or the text of one.
    #[command(after_help = "Examples:
  inwindow outage mappings
  inwindow outage mappings alertmanager > monitors/ours.toml    in the data folder, to be changed")]
    Mappings {
        /// Print this one.
        name: Option<String>,
    },
    /// Hold something else against the verdict: it stands beside the computed one, with author and reason.
    Override(OutageOverrideArgs),
    /// Outages, newest first: the same as `inwindow list outages`.
    List(OutageListArgs),
    /// One outage with its verdicts, statements, evidence, claims and timeline: the same as `inwindow show`.
    #[command(after_help = "Example:
  inwindow outage show o-3f2a")]
    Show {
        /// The outage's id or the start of it.
        outage: String,
    },
    /// Attach evidence from elsewhere: a file, an address, words. It is kept for ever and changes no verdict.
    Attach(OutageAttachArgs),
    /// What can be claimed because of an outage, and until when; record that it was claimed, or that nobody will.
    Claim(OutageClaimArgs),
    /// The claims that wait for somebody, those that run out first before the others. Exit status: 0 none, 1 some.
    #[command(after_help = "Examples:
  inwindow outage claims
  inwindow outage claims --all --last 90d -o csv")]
    Claims {
        /// Those that are settled too.
        #[arg(long)]
        all: bool,
        /// With --all: because of outages that touch the span from this much earlier to now.
        #[arg(long, value_name = "LENGTH", requires = "all", default_value = "366d")]
        last: String,
    },
}

/// What a monitor wrote, and how it is read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outage import outages.csv --zone Europe/Amsterdam
  inwindow outage import --format alertmanager webhook.json
  curl -s … | inwindow outage import - --format uptime-kuma
  inwindow outage import --mapping ours.toml events.ndjson

The same input again changes nothing; a resolved alert closes its outage.

Exit status: 0 every row was taken, 1 a row was wrong or the monitor left some out, 2 usage.")]
pub(crate) struct OutageImportArgs {
    /// The file, or `-` for standard input.
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// How it is read: csv, ndjson, alertmanager, uptime-kuma, nagios, icinga, healthchecks, or one in the folder
    /// `monitors` of the data folder [default: by the file's ending].
    #[arg(long, value_name = "NAME", conflicts_with = "mapping")]
    pub(crate) format: Option<String>,
    /// A mapping of your own.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// The zone of local times that name none.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// What went down, and when.
#[derive(Debug, Args)]
pub(crate) struct OutageOpenArgs {
    /// What went down.
    #[arg(required = true)]
    pub(crate) assets: Vec<String>,
    /// First instant: RFC 3339, or local time with --zone or `[Zone]`.
    #[arg(long, value_name = "T")]
    pub(crate) start: String,
    /// First instant after it, when it is over already.
    #[arg(long, value_name = "T")]
    pub(crate) end: Option<String>,
    /// The start may have been this much earlier or later (`5min`).
    #[arg(long, value_name = "LENGTH")]
    pub(crate) plus_minus: Option<String>,
    /// How badly: REDUCED-REDUNDANCY, DEGRADED or OUTAGE.
    #[arg(long, default_value = "OUTAGE")]
    pub(crate) impact: String,
    /// Who or what reported it.
    #[arg(long, default_value = "typed")]
    pub(crate) source: String,
    /// One line about it.
    #[arg(long)]
    pub(crate) summary: Option<String>,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// Which outage is over, and since when.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  inwindow outage close o-3f2a --end 2017-03-25T21:12:00Z")]
pub(crate) struct OutageCloseArgs {
    /// The outage's id or the start of it.
    pub(crate) outage: String,
    /// First instant after it.
    #[arg(long, value_name = "T")]
    pub(crate) end: String,
    /// Put this end in the place of one that was recorded before.
    #[arg(long)]
    pub(crate) replace: bool,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// What a person holds a verdict to be.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  inwindow outage override o-3f2a --kind unannounced --by ann --reason \"the contract excludes load tests\"")]
pub(crate) struct OutageOverrideArgs {
    /// The outage's id or the start of it.
    pub(crate) outage: String,
    /// Only the verdict of this asset [default: of all of them].
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// The kind, as `check` prints it: `in_window`, `overrun`, `unannounced`, …
    #[arg(long)]
    pub(crate) kind: String,
    /// Who says so [default: the user].
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Which outages to list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outage list --last 30d
  inwindow outage list --vendor dc-ams -o json")]
pub(crate) struct OutageListArgs {
    /// Only what touches the span from this much earlier to now (`14d`, `36h`).
    #[arg(long, value_name = "LENGTH")]
    pub(crate) last: Option<String>,
    /// Only what hit something that stands on this vendor.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// Only what hit this asset.
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// Only what hit something that this customer uses.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// The zone times are shown in [default: the organisation's].
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// At most this many rows.
    #[arg(long, default_value_t = 200)]
    pub(crate) limit: usize,
}

/// What to attach.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outage attach o-3f2a breaker.jpg --note \"the PDU as the remote hands found it\"
  inwindow outage attach o-3f2a saved.html --url https://status.vendor.example/incident/1 --seen 2017-03-26T02:00:00Z
  inwindow outage attach o-3f2a --text \"the engineer read the alarm log to me: trip at 01:00\" --by ann

Nothing is fetched: save a page and attach the file to keep what stood there. Of files over 16 MiB name, size and digest are
kept, and not the bytes. The same thing again adds nothing.")]
pub(crate) struct OutageAttachArgs {
    /// The outage's id or the start of it.
    pub(crate) outage: String,
    /// A file, or `-` for standard input.
    #[arg(value_name = "FILE|-", required_unless_present_any = ["url", "text"])]
    pub(crate) file: Option<PathBuf>,
    /// An address; with a file, where that was saved from.
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Words.
    #[arg(long, conflicts_with_all = ["file", "url"])]
    pub(crate) text: Option<String>,
    /// When it was seen to be so [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) seen: Option<String>,
    /// What it shows, in a line.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// Who attaches it [default: the user].
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// The zone of a local time given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// What became of a claim.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outage claim o-3f2a
  inwindow outage claim o-3f2a --filed --by ann --note \"ticket 4711\"
  inwindow outage claim o-3f2a --vendor dc-ams --waived --by ann --note \"below the minimum of the contract\"

Until when a vendor takes claims stands in its terms (claim_within). Without --filed and --waived nothing is recorded. Exit
status: 0 nothing waits, 1 a claim waits for somebody.")]
pub(crate) struct OutageClaimArgs {
    /// The outage's id or the start of it.
    pub(crate) outage: String,
    /// Against this vendor, where there are several.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// The vendor was told.
    #[arg(long, conflicts_with = "waived")]
    pub(crate) filed: bool,
    /// Nobody will claim; --note says why.
    #[arg(long)]
    pub(crate) waived: bool,
    /// When that was [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// Who did it [default: the user].
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// The vendor's number for it, or why nobody claims.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// The zone of a local time given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// What was said.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  inwindow say o-3f2a --who \"datacentre engineer\" --channel phone --stance related \"breakers on the PDUs tripped\"")]
pub(crate) struct SayArgs {
    /// The outage's id or the start of it.
    pub(crate) outage: String,
    /// The speaker.
    #[arg(long)]
    pub(crate) who: String,
    /// Where it was said.
    #[arg(long, default_value = "unknown")]
    pub(crate) channel: String,
    /// Whether the speaker holds the outage to come from the maintenance.
    #[arg(long, value_enum, default_value_t = StanceArg::Unknown)]
    pub(crate) stance: StanceArg,
    /// When it was said [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// The zone of a local time given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// The words.
    pub(crate) words: String,
}

/// A stance as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StanceArg {
    /// It comes from the maintenance.
    Related,
    /// It does not.
    Unrelated,
    /// The speaker does not say.
    Unknown,
}
