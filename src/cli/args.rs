//! What can be typed.

mod audit;
mod check;
mod checklist;
mod clear;
mod demo;
mod import;
mod inventory;
mod list;
mod outage;
mod outbox;
mod plan;
mod profile;
mod report;
mod review;
mod schedule;
mod send;
mod show;
mod store;
mod typed;
mod tz;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use audit::{AuditArgs, AuditCommand};
pub(crate) use check::{CheckArgs, JudgedTime};
pub(crate) use checklist::{ChecklistCommand, SaidArgs};
pub(crate) use clear::ClearArgs;
pub(crate) use demo::DemoArgs;
pub(crate) use import::ImportArgs;
pub(crate) use inventory::{AliasCommand, ApplyArgs, DrawOut, InventoryCommand, InventoryImport};
pub(crate) use list::{ListArgs, Listing};
pub(crate) use outage::{
    OutageAttachArgs, OutageClaimArgs, OutageCommand, OutageImportArgs, OutageListArgs, OutageOpenArgs,
    OutageOverrideArgs, SayArgs, StanceArg,
};
pub(crate) use outbox::{MessageArgs, MessagesArgs, OutboxCommand};
pub(crate) use plan::PlanArgs;
pub(crate) use profile::ProfileCommand;
pub(crate) use report::{
    ReportCommand, ReportFormat, ReportMonthArgs, ReportOut, ReportRowsOut, ReportVendorArgs, ReportVerdictArgs,
    RowsFormat,
};
pub(crate) use review::{ReplayArgs, ReviewCommand, ReviewCorrectArgs, ReviewListArgs};
pub(crate) use schedule::{ScheduleCheckArgs, ScheduleCommand, ScheduleExpandArgs, ScheduleNextArgs, ScheduleShown};
pub(crate) use send::{PreviewArgs, SendArgs};
pub(crate) use show::ShowArgs;
pub(crate) use store::StoreCommand;
pub(crate) use typed::{MaintenanceCommand, TypedArgs, TypedRef};
pub(crate) use tz::{TzCommand, TzExplainArgs, TzRefreshArgs};

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
