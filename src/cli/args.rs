//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Know every maintenance window that touches you, tell your customers before it does, and prove afterwards whether an
/// outage was inside it.
#[derive(Debug, Parser)]
#[command(name = "inwindow", version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Try it: inwindow demo && inwindow --data inwindow-demo check plus-01 --at 2017-03-25T19:00:00Z"
)]
pub(crate) struct Cli {
    /// Folder with the store, the configuration and the inventory [default: the user's data folder].
    #[arg(long, global = true, env = "INWINDOW_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// How to print.
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table, value_name = "FORMAT")]
    pub(crate) output: Output,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    Ndjson,
    /// Comma-separated values with a header line.
    Csv,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read vendor notices: mails, calendars, folders, maildirs, mboxes, or `-`.
    Import(ImportArgs),
    /// Enter maintenance heard of by phone or portal, or your own.
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Load the inventory files of a folder as a new dated version.
    Apply(ApplyArgs),
    /// Show what is known: windows ahead, maintenances, notices, messages, outages.
    List(ListArgs),
    /// Show one thing with all its revisions: a maintenance, notice, outage or message.
    Show(ShowArgs),
    /// Was it in-window? Exit status: 0 yes, 1 no or partly, 3 it cannot be said.
    Check(CheckArgs),
    /// Record outages.
    #[command(subcommand)]
    Outage(OutageCommand),
    /// Record what somebody said about an outage.
    Say(SayArgs),
    /// Find what redundancy is missing, before a window does. Exit status: 0 nothing found, 1 findings.
    Audit(AuditArgs),
    /// Show which messages will and will not be sent. Sends and stores nothing.
    Plan(PlanArgs),
    /// Send what is due.
    Send(SendArgs),
    /// Look after messages: approve, hold, cancel, retry.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Notices that wait for a person.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Write a planned message as the mail it will be.
    Preview(PreviewArgs),
    /// Play two true stories through the whole program, under a simulated clock.
    Demo(DemoArgs),
    /// Say what a time means in a zone, why, and what else it could mean.
    #[command(subcommand)]
    Tz(TzCommand),
    /// Say what is configured, which zone rules are used, and what is wrong.
    Doctor,
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// What to import, and how.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow import notice.eml
  inwindow import ~/Maildir --complete-until 2026-11-01T00:00:00Z
  inwindow import --baseline old-mail.mbox
  cat notice.eml | inwindow import --received-at 2026-11-01T08:00:00Z -
  inwindow import --dry-run -o json notice.eml")]
pub(crate) struct ImportArgs {
    /// Files, folders, maildirs, mboxes, or `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print what would be read; store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Record old mail without ever writing to anybody because of it.
    #[arg(long)]
    pub(crate) baseline: bool,
    /// When your side had the message, where it has no `Received` header: RFC 3339, or local time with a `[Zone]`.
    #[arg(long, value_name = "T")]
    pub(crate) received_at: Option<String>,
    /// Declare that these paths hold every notice received before T: without that, absence proves nothing.
    #[arg(long, value_name = "T")]
    pub(crate) complete_until: Option<String>,
    /// Which vendors' notices these paths hold [default: all].
    #[arg(long, value_name = "VENDOR")]
    pub(crate) vendor: Vec<String>,
}

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
    Edit(TypedArgs),
    /// Say that it will not happen.
    Cancel(TypedRef),
    /// Say that it is over.
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
    #[arg(long, env = "USER", default_value = "unknown", hide_env_values = true)]
    pub(crate) author: String,
    /// When you were told [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) received_at: Option<String>,
    /// The zone of local times given.
    #[arg(long)]
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

/// Where the inventory is.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Folder with *.toml files [default: `inventory` in the data folder].
    pub(crate) dir: Option<PathBuf>,
    /// Show the difference; store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

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
}

/// What to list, and how much of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow list windows --next 14d
  inwindow list messages --customer acme -o json")]
pub(crate) struct ListArgs {
    /// What to list.
    #[arg(value_enum)]
    pub(crate) what: Listing,
    /// Only what touches the span from now to this much later (`14d`, `36h`).
    #[arg(long, value_name = "LENGTH")]
    pub(crate) next: Option<String>,
    /// Only this vendor's.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// Only what concerns this asset.
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// Only what concerns this customer.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// The zone times are shown in [default: the organisation's].
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// At most this many rows.
    #[arg(long, default_value_t = 200)]
    pub(crate) limit: usize,
}

/// What to show.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// An id (`m-…`, `n-…`, `o-…`, `msg-…`), the start of one, or a vendor's reference.
    pub(crate) id: String,
    /// Print a notice's raw bytes, a message's mail.
    #[arg(long)]
    pub(crate) raw: bool,
}

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow check plus-01 --at 2017-03-25T19:00:00Z
  inwindow check plus-01 --from 2017-03-25T20:00 --to 2017-03-25T21:15 --zone Europe/Amsterdam
  inwindow check plus-01 --at '2017-03-25T20:00[Europe/Amsterdam]' --as-of 2017-03-27T00:00:00Z -o json

Exit status: 0 yes, 1 no or partly, 2 usage, 3 it cannot be said, 4 input or output failed.")]
pub(crate) struct CheckArgs {
    /// The asset that was touched.
    pub(crate) asset: String,
    /// Judge the second that begins at T.
    #[arg(long, value_name = "T", conflicts_with_all = ["from", "to"], required_unless_present = "from")]
    pub(crate) at: Option<String>,
    /// Judge from T …
    #[arg(long, value_name = "T", requires = "to")]
    pub(crate) from: Option<String>,
    /// … to T, which is no longer part of it.
    #[arg(long, value_name = "T", requires = "from")]
    pub(crate) to: Option<String>,
    /// Ask only what was received before K [default: the start].
    #[arg(long, value_name = "K")]
    pub(crate) as_of: Option<String>,
    /// The zone of local times given.
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// How badly it was touched: REDUCED-REDUNDANCY, DEGRADED or OUTAGE.
    #[arg(long, default_value = "OUTAGE")]
    pub(crate) impact: String,
}

/// Outages.
#[derive(Debug, Subcommand)]
pub(crate) enum OutageCommand {
    /// Record that something went down.
    #[command(after_help = "Example:
  inwindow outage open plus-02 plus-03 --start 2017-03-25T21:00:00Z --source monitoring")]
    Open(OutageOpenArgs),
    /// Record that it is up again.
    Close(OutageCloseArgs),
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
    #[arg(long)]
    pub(crate) zone: Option<String>,
}

/// Which outage is over, and since when.
#[derive(Debug, Args)]
pub(crate) struct OutageCloseArgs {
    /// The outage's id or the start of it.
    pub(crate) outage: String,
    /// First instant after it.
    #[arg(long, value_name = "T")]
    pub(crate) end: String,
    /// The zone of local times given.
    #[arg(long)]
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
    #[arg(long)]
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

/// What to audit.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Only windows that begin within this much from now.
    #[arg(long, value_name = "LENGTH", default_value = "60d")]
    pub(crate) next: String,
    /// Pretend that it is T.
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<String>,
}

/// When to plan for.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Pretend that it is T.
    #[arg(long, value_name = "T")]
    pub(crate) now: Option<String>,
    /// Also say which messages will not be sent, and why.
    #[arg(long)]
    pub(crate) why: bool,
}

/// How much to send.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// At most this many messages.
    #[arg(long, default_value_t = 1000)]
    pub(crate) limit: usize,
}

/// Messages.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Show messages that are not sent yet, or all.
    List {
        /// Those already sent, skipped or cancelled as well.
        #[arg(long)]
        all: bool,
    },
    /// Let messages go that wait for approval or are held.
    Approve(MessagesArgs),
    /// Stop messages for now.
    Hold(MessagesArgs),
    /// Take messages back for good.
    Cancel(MessagesArgs),
    /// Try failed messages again.
    Retry(MessagesArgs),
}

/// Which messages.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outbox approve --all
  inwindow outbox approve msg-3f2a msg-77c1")]
pub(crate) struct MessagesArgs {
    /// Ids or starts of them.
    #[arg(required_unless_present = "all")]
    pub(crate) ids: Vec<String>,
    /// Every message this can be done to.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}

/// Review.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// Show notices that wait for a person, with their reasons.
    List,
    /// Settle a notice as being of no matter.
    Dismiss {
        /// The notice's id or the start of it.
        notice: String,
    },
}

/// Which message to preview.
#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// The message's id or the start of it.
    pub(crate) message: String,
}

/// Where to play.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder to play in; a demo found there is replaced.
    #[arg(default_value = "inwindow-demo")]
    pub(crate) dir: PathBuf,
}

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
