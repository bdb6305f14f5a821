//! What can be typed.

mod checklist;
mod inventory;
mod outage;
mod report;
mod review;
mod store;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use checklist::{ChecklistCommand, SaidArgs};
pub(crate) use inventory::{AliasCommand, DrawOut, InventoryCommand, InventoryImport};
pub(crate) use outage::{
    OutageAttachArgs, OutageClaimArgs, OutageCommand, OutageImportArgs, OutageListArgs, OutageOpenArgs,
    OutageOverrideArgs,
};
pub(crate) use report::{
    ReportCommand, ReportFormat, ReportMonthArgs, ReportOut, ReportRowsOut, ReportVendorArgs, ReportVerdictArgs,
    RowsFormat,
};
pub(crate) use review::{ReplayArgs, ReviewCommand, ReviewCorrectArgs, ReviewListArgs};
pub(crate) use store::StoreCommand;

/// What the summary of commands does not say.
const AFTER_LONG_HELP: &str = "Getting started:
  inwindow demo              play two true stories; see what the files look like
  inwindow apply DIR         load your inventory: vendors, assets, customers
  inwindow import MAILDIR    read the vendors' notices; messages are planned
  inwindow outbox list       see them: in a new store each waits for approval
  inwindow outbox approve --all && inwindow send
  inwindow doctor            what is configured, what is wrong, what to do

Times are typed as RFC 3339 (2017-03-25T19:00:00Z), or as local time with
--zone or a zone behind it (2017-03-25T20:00[Europe/Amsterdam]). Lengths are
typed as 14d, 36h or 30min.

Environment:
  INWINDOW_DATA, INWINDOW_OUTPUT, INWINDOW_ZONE
                            stand for --data, --output and --zone
  INWINDOW_CLOCK            an RFC 3339 instant where the clock stands still,
                            for rehearsals and tests
  INWINDOW_SMTP_PASSWORD    the relay's password, unless mail.password_file
                            names a file
  INWINDOW_STORE            where the store is, before [store] in config.toml:
                            postgres://USER@HOST/DATABASE, or a SQLite file
  INWINDOW_STORE_PASSWORD   the database's password, unless store.password_file
                            names a file
  TZDIR                     a folder of zone rules to use before all others
  NO_COLOR                  no colours in messages

Exit status:
  0  done; the answer is yes
  1  no, partly, nothing found, or something waits for a person
  2  wrong usage: an argument, a time, a name or a file to be corrected
  3  it cannot be said
  4  input or output failed; nothing that was stored before is lost

Try it: inwindow demo && \\
        inwindow --data inwindow-demo check plus-01 --at 2017-03-25T19:00:00Z";

/// Know every maintenance window that touches you, tell your customers before it does, and prove afterwards whether an
/// outage was inside it.
#[derive(Debug, Parser)]
#[command(name = "inwindow", version, max_term_width = 110)]
#[command(
    after_help = "Try it: inwindow demo && inwindow --data inwindow-demo check plus-01 --at 2017-03-25T19:00:00Z"
)]
#[command(after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Cli {
    // The environment is asked in `data_folder`: clap would show the option as required in every usage line.
    /// Folder with config.toml, the inventory and the store [env: `INWINDOW_DATA`] [default: `inwindow` in
    /// `$XDG_DATA_HOME` or `~/.local/share`].
    #[arg(long, global = true, value_name = "DIR")]
    #[arg(help_heading = "Everywhere", display_order = 900)]
    pub(crate) data: Option<OsString>,
    /// How to print: table for people; json, ndjson (a value a line) or csv for programs.
    #[arg(short, long, global = true, env = "INWINDOW_OUTPUT", hide_env_values = true, value_name = "FORMAT")]
    #[arg(value_enum, default_value_t = Output::Table, hide_possible_values = true)]
    #[arg(help_heading = "Everywhere", display_order = 901)]
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
    /// Read vendor notices: mails, calendars, folders, maildirs, mboxes, `-`, or the configured sources.
    Import(ImportArgs),
    /// Show the configured sources of notices: how far each was read, and what is wrong with it.
    #[command(after_help = "Examples:
  inwindow sources
  inwindow sources -o json

Exit status: 0 nothing is wrong, 1 something should be looked at, 2 none is configured.")]
    Sources,
    /// Enter maintenance heard of by phone or portal, or your own.
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Load the inventory (vendors, assets, customers) from the files of a folder, as a new dated version.
    Apply(ApplyArgs),
    /// Inventory files from NetBox, Prometheus or a table; the versions applied; the schema of the files.
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Vendors' names for assets: which match nothing, and teaching what they mean.
    #[command(subcommand)]
    Alias(AliasCommand),
    /// Show what is known: windows, maintenances, notices, messages, outages, assets, customers, vendors.
    List(ListArgs),
    /// Show one thing with all its revisions: a maintenance, notice, outage or message.
    Show(ShowArgs),
    /// Was it in-window? Exit status: 0 yes, 1 no or partly, 3 it cannot be said.
    Check(CheckArgs),
    /// Record outages, attach evidence to them, and see to claims because of them.
    #[command(subcommand)]
    Outage(OutageCommand),
    /// Record what somebody said about an outage.
    Say(SayArgs),
    /// Reports as Markdown, HTML, JSON or CSV: the post-mortem of an outage, a verdict with its evidence, a month, a vendor.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Find what redundancy is missing, and which windows together leave nothing, before they do. Exit status: 0 nothing
    /// found, 1 findings.
    Audit(AuditArgs),
    /// What should be done again and again: show it, say that it was done, note facts such as the age of a backup.
    #[command(subcommand)]
    Checklist(ChecklistCommand),
    /// Is it safe to take assets down for your own work? Exit status: 0 yes, 1 no, 3 it cannot be said.
    Clear(ClearArgs),
    /// Show which messages will and will not be sent. Sends and stores nothing.
    Plan(PlanArgs),
    /// Send what is due.
    Send(SendArgs),
    /// Read the sources and send what is due, again and again, until SIGTERM. SIGHUP reads the configuration again.
    Run,
    /// Look after messages: show, approve, hold, cancel, retry.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Notices that wait for a person: list, show, accept, correct, assign, dismiss.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Read stored notices again with today's profiles, and show what would change.
    Replay(ReplayArgs),
    /// Vendor profiles: how a notice was read, and how the next one is.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Write a planned message as the mail it will be.
    Preview(PreviewArgs),
    /// Play two true stories through the whole program, under a simulated clock.
    Demo(DemoArgs),
    /// Say what a time means in a zone, why, and what else it could mean.
    #[command(subcommand)]
    Tz(TzCommand),
    /// Standing windows: check a file of them, list those that ship, show when they fall.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Look after the store: examine, back up, restore, copy it, bring it up to date.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Say what is configured, which zone rules are used, what is wrong, and what to do about it.
    #[command(after_help = "Example:
  inwindow doctor

Exit status: 0 nothing is wrong, 1 something should be looked at.")]
    Doctor,
    /// Print a completion script for a shell.
    #[command(after_help = "Example:
  inwindow completions bash > ~/.local/share/bash-completion/completions/inwindow")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command into a folder.
    #[command(after_help = "Examples:
  inwindow man | man -l -
  inwindow man ~/.local/share/man/man1 && man inwindow-check")]
    Man {
        /// Where inwindow.1, inwindow-import.1 and the others go; made if it is not there.
        folder: Option<PathBuf>,
    },
}

/// What to import, and how.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow import                      every [[source]] of config.toml
  inwindow import --source noc         one of them
  inwindow import --watch              follow them until interrupted
  inwindow import notice.eml
  inwindow import ~/Maildir --complete-until 2026-11-01T00:00:00Z
  inwindow import --baseline old-mail.mbox
  cat notice.eml | inwindow import --received-at 2026-11-01T08:00:00Z -
  inwindow import --dry-run -o json notice.eml

Importing the same notice again changes nothing.

Exit status:
  0  announcements were understood; of sources: all of them were read
  1  of paths: there was none; something waits in review, or a notice names
     something that the inventory does not have
  4  a path or a source could not be read, or the store not be written")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct ImportArgs {
    /// Files, folders, maildirs, mboxes, or `-` for standard input [default: the configured sources].
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read this configured source; may be given again [default: all of them].
    #[arg(long, value_name = "NAME", conflicts_with = "paths")]
    pub(crate) source: Vec<String>,
    /// Follow the configured sources until interrupted.
    #[arg(long, conflicts_with_all = ["paths", "dry_run"])]
    pub(crate) watch: bool,
    /// Print what would be read; store nothing.
    #[arg(long, requires = "paths")]
    pub(crate) dry_run: bool,
    /// With --dry-run: ask the DNS for the keys of signatures too, where the configuration allows it.
    #[arg(long, requires = "dry_run")]
    pub(crate) look_up: bool,
    /// Record old mail without ever writing to anybody because of it.
    #[arg(long)]
    pub(crate) baseline: bool,
    /// When your side had the message, where it has no `Received` header: RFC 3339, or local time with a `[Zone]`.
    #[arg(long, value_name = "T", requires = "paths")]
    pub(crate) received_at: Option<String>,
    /// Declare that these paths hold every notice received before T: without that, absence proves nothing.
    #[arg(long, value_name = "T", conflicts_with = "dry_run", requires = "paths")]
    pub(crate) complete_until: Option<String>,
    /// With --complete-until: whose notices these paths hold, may be given again [default: every vendor's].
    #[arg(long, value_name = "VENDOR", requires = "complete_until")]
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

/// Where the inventory is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow apply --dry-run ./inventory
  inwindow apply ./inventory
  inwindow apply                       the folder `inventory` in the data folder")]
pub(crate) struct ApplyArgs {
    /// Folder with *.toml and *.csv files [default: `inventory` in the data folder].
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

/// What to show.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow show DCA-2017-031           a maintenance, by the vendor's reference
  inwindow show m-fa5c                 or by its id, or the start of one
  inwindow show DCA-2017-031 --why plus-02   why it touches an asset, and whom
  inwindow show n-8165a29e3519 --raw   a notice as it was received
  inwindow show msg-2df6 --raw         a message as it is mailed")]
pub(crate) struct ShowArgs {
    /// An id (`m-…`, `n-…`, `o-…`, `msg-…`), the start of one, or a vendor's reference.
    pub(crate) id: String,
    /// Print a notice's raw bytes, a message's mail.
    #[arg(long, conflicts_with = "why")]
    pub(crate) raw: bool,
    /// Why the maintenance touches this asset: the way up to what the notice names, what is left beside it, and who uses
    /// it.
    #[arg(long, value_name = "ASSET")]
    pub(crate) why: Option<String>,
}

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
    /// Judge the second that begins at T.
    #[arg(long, value_name = "T", conflicts_with_all = ["from", "to"])]
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
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// How badly it was touched: REDUCED-REDUNDANCY, DEGRADED or OUTAGE.
    #[arg(long, default_value = "OUTAGE")]
    pub(crate) impact: String,
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

/// What is to be taken down, and when.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow clear plus-02 --from 2017-03-26T01:00 --to 2017-03-26T03:00 --zone UTC
  inwindow clear plus-02 plus-03 --from 2017-04-01T20:00:00Z --to 2017-04-01T22:00:00Z

In the way is every window then of what the assets need, of what would take over
from them, of what needs them, and of what that needs. Without one the answer is
yes, if the notices of all vendors concerned were read within the last day.

Exit status: 0 yes, 1 no, 3 it cannot be said.")]
pub(crate) struct ClearArgs {
    /// Asset ids, aliases or names.
    #[arg(required = true, value_name = "ASSET")]
    pub(crate) assets: Vec<String>,
    /// From when on they are to be down.
    #[arg(long, value_name = "T")]
    pub(crate) from: String,
    /// First instant at which they are up again.
    #[arg(long, value_name = "T")]
    pub(crate) to: String,
    /// Ask only after this vendor's windows.
    #[arg(long, value_name = "ID")]
    pub(crate) vendor: Option<String>,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}

/// When to plan for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow plan
  inwindow plan --why
  inwindow plan --now 2017-03-25T22:00:00Z")]
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
#[command(after_help = "Examples:
  inwindow send
  * * * * * inwindow send -o ndjson    from cron: sending again sends nothing twice

Exit status:
  0  all that is due was sent
  1  something that is due failed or waits for approval
  4  the relay could not be used: nothing is lost, and goes with the next send")]
pub(crate) struct SendArgs {
    /// At most this many messages.
    #[arg(long, default_value_t = 1000)]
    pub(crate) limit: usize,
    /// What it does anyway, for timers that say so: what is due goes once, and the program ends. `run` stays.
    #[arg(long)]
    #[allow(dead_code, reason = "there is no other way to send than once")]
    pub(crate) once: bool,
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
    /// Show what became of one message, and why it exists.
    Show(MessageArgs),
    /// Let messages go that wait for approval or are held.
    Approve(MessagesArgs),
    /// Stop messages for now.
    Hold(MessagesArgs),
    /// Take messages back for good.
    Cancel(MessagesArgs),
    /// Try failed messages again.
    Retry(MessagesArgs),
}

/// Which message.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outbox show msg-3f2a
  inwindow outbox show msg-3f2a --raw | less")]
pub(crate) struct MessageArgs {
    /// Its id or the start of it.
    pub(crate) id: String,
    /// Print the mail itself, as it was or will be sent.
    #[arg(long)]
    pub(crate) raw: bool,
}

/// Which messages.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow outbox approve --all
  inwindow outbox approve msg-3f2a msg-77c1
  inwindow outbox hold msg-3f2a
  inwindow outbox retry --all")]
#[command(group = clap::ArgGroup::new("which").args(["ids", "all"]).required(true))]
pub(crate) struct MessagesArgs {
    /// Ids or starts of them.
    pub(crate) ids: Vec<String>,
    /// Every message this can be done to.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}

/// Vendor profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the vendors whose notices can be read, and where each profile comes from.
    #[command(after_help = "Example:
  inwindow profile list

Profiles of your own lie in the folder `vendors` of the data folder, each in
a folder of its vendor, and go before those that ship.")]
    List,
    /// Print a vendor's profile as it is written.
    #[command(after_help = "Example:
  inwindow profile show dc-ams > profile.toml")]
    Show {
        /// The vendor.
        vendor: String,
    },
    /// Print the JSON Schema of profiles, for editors.
    #[command(after_help = "Example:
  inwindow profile schema > profile.schema.json

A first line `#:schema ./profile.schema.json` in a profile makes editors that
know taplo (VS Code with Even Better TOML, Helix, Zed) explain and complete
its words.")]
    Schema,
    /// Write a first profile from a notice, with what general rules find in it.
    #[command(after_help = "Example:
  inwindow profile new notice.eml --to vendors/metro
  inwindow profile new notice.eml --vendor metro > profile.toml

Every rule is tried on the notice before it is written; what a person must
decide stands behind `decide:`. Exit status: 0 it was written, 1 nothing was
found in the notice.")]
    New {
        /// A mail of the vendor.
        file: PathBuf,
        /// The vendor's id, as the inventory has it. Default: from the sender's domain.
        #[arg(long, value_name = "VENDOR")]
        vendor: Option<String>,
        /// Write DIR/profile.toml and the notice beside it, instead of printing. Nothing is overwritten.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Read sample notices and compare with what stands beside them.
    #[command(after_help = "Example:
  inwindow profile test
  inwindow profile test vendors/metro

Without DIR the samples that ship are read. DIR holds a profile.toml with
samples beside it (NAME.eml and what it must say, NAME.toml), or folders that
do; its profiles go before all others. Exit status: 0 all are read as they
must be, 1 one differs.")]
    Test {
        /// The folder of a vendor, or one that holds such folders.
        dir: Option<PathBuf>,
    },
    /// Show how a notice is read: its words with the fields they became, the rules, and which profile recognised it.
    #[command(after_help = "Example:
  inwindow profile explain notice.eml

On a terminal the words are marked in colour, elsewhere as [field: words].
Nothing is stored. Exit status: 0 it is understood, 1 it is not.")]
    Explain {
        /// A mail or calendar file, or `-`.
        file: PathBuf,
    },
}

/// Which message to preview.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  inwindow preview msg-2df6 | less")]
pub(crate) struct PreviewArgs {
    /// The message's id or the start of it.
    pub(crate) message: String,
}

/// Where to play.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow demo
  inwindow demo /tmp/try && inwindow --data /tmp/try list outages")]
pub(crate) struct DemoArgs {
    /// Folder to play in; a demo found there is replaced [default: what --data names, else `inwindow-demo`].
    pub(crate) dir: Option<PathBuf>,
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
