//! The command line: arguments in, output and exit status out. The system's clock, its environment and its randomness
//! are read here and nowhere else.

mod args;
mod array;
mod clock;
mod commands;
mod problem;
mod table;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command, Output};
use clock::SystemClock;

use crate::app::{App, AppError, Settings, Surroundings, zone_rules};
use crate::time::{Clock, Zones};

/// How a command ended when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// What was asked for was done; the answer is yes. Exit status 0.
    Yes,
    /// Nothing was found, something waits for a person, or the answer is no or partly. Exit status 1.
    No,
    /// It cannot be said. Exit status 3.
    Unknown,
}

/// Runs the program on the process's own arguments.
///
/// Exit status: 0 done or yes, 1 no, nothing found or something waits, 2 usage, 3 it cannot be said, 4 input or output
/// failed.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli) {
        Ok(Done::Yes) => ExitCode::SUCCESS,
        Ok(Done::No) => ExitCode::from(1),
        Ok(Done::Unknown) => ExitCode::from(3),
        Err(error) => problem::report(&error),
    }
}

fn run(cli: Cli) -> anyhow::Result<Done> {
    // Completion scripts and manual pages need no data folder, and must come out where there is no home.
    if let Command::Completions { shell } = cli.command {
        return commands::completions(shell);
    }
    if let Command::Man { folder } = &cli.command {
        return commands::man(folder.as_deref());
    }
    // What INWINDOW_DATA names is for work, and the demo is for play.
    let asked = cli.data.as_deref().filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let desk = Desk { folder: data_folder(cli.data)?, output: cli.output, clock: SystemClock::from_env()? };
    match cli.command {
        Command::Import(args) => commands::import::run(&desk, &args),
        Command::Sources => commands::sources::run(&desk),
        Command::Maintenance(command) => commands::typed::run(&desk, &command),
        Command::Inventory(command) => commands::inventory::run(&desk, &command),
        Command::Alias(command) => commands::alias::run(&desk, &command),
        Command::Apply(args) => commands::apply::run(&desk, &args),
        Command::List(args) => commands::list::run(&desk, &args),
        Command::Show(args) => commands::show::run(&desk, &args),
        Command::Check(args) => commands::check::run(&desk, &args),
        Command::Outage(command) => commands::outage::run(&desk, &command),
        Command::Say(args) => commands::outage::say(&desk, &args),
        Command::Report(command) => commands::report::run(&desk, &command),
        Command::Audit(args) => commands::audit::run(&desk, &args),
        Command::Checklist(command) => commands::checklist::run(&desk, &command),
        Command::Clear(args) => commands::clear::run(&desk, &args),
        Command::Plan(args) => commands::plan::run(&desk, &args),
        Command::Send(args) => commands::send::run(&desk, &args),
        Command::Run => commands::run::run(&desk),
        Command::Outbox(command) => commands::outbox::run(&desk, &command),
        Command::Review(command) => commands::review::run(&desk, &command),
        Command::Replay(args) => commands::replay::run(&desk, &args),
        Command::Profile(command) => commands::profile::run(&desk, &command),
        Command::Preview(args) => commands::send::preview(&desk, &args),
        Command::Demo(args) => commands::demo::run(&desk, args.dir.or(asked)),
        Command::Tz(command) => commands::tz::run(&desk, &command),
        Command::Schedule(command) => commands::schedule::run(&desk, &command),
        Command::Store(command) => commands::store::run(&desk, &command),
        Command::Doctor => commands::doctor::run(&desk),
        Command::Completions { shell } => commands::completions(shell),
        Command::Man { folder } => commands::man(folder.as_deref()),
    }
}

/// What every command is given.
pub(crate) struct Desk {
    pub(crate) folder: PathBuf,
    pub(crate) output: Output,
    clock: SystemClock,
}

impl Desk {
    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// Where the clock was made to stand still, when it was.
    pub(crate) fn fixed_clock(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.clock.fixed()
    }

    pub(crate) fn clock(&self) -> &SystemClock {
        &self.clock
    }

    /// Makes sure that the clock agrees with the store's; one that was made to stand still is not meant to.
    pub(crate) fn in_step(&self, app: &App) -> Result<(), AppError> {
        if self.fixed_clock().is_some() { Ok(()) } else { app.in_step(self.now()) }
    }

    /// Who sits at the desk, for the log.
    #[allow(clippy::unused_self, reason = "the environment belongs to the desk")]
    pub(crate) fn user(&self) -> String {
        let named = |name: &str| std::env::var(name).ok().filter(|user| !user.trim().is_empty());
        named("USER").or_else(|| named("LOGNAME")).unwrap_or_else(|| "unknown".to_owned())
    }

    pub(crate) fn settings(&self) -> Result<Settings, AppError> {
        settings_of(&self.folder)
    }

    /// The store for writing, made when there is none.
    pub(crate) fn create(&self) -> anyhow::Result<App> {
        self.create_with(self.settings()?)
    }

    /// The same with settings that were read already.
    pub(crate) fn create_with(&self, settings: Settings) -> anyhow::Result<App> {
        Ok(App::create(settings, self.secret()?, self.now())?)
    }

    /// The secret of a store that is only now made.
    #[allow(clippy::unused_self, reason = "randomness belongs to the desk")]
    pub(crate) fn secret(&self) -> anyhow::Result<[u8; 32]> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))?;
        Ok(secret)
    }

    /// An existing store for writing.
    pub(crate) fn open(&self) -> Result<App, AppError> {
        App::open(self.settings()?, self.now())
    }

    /// An existing store for reading.
    pub(crate) fn look(&self) -> Result<App, AppError> {
        App::look(self.settings()?)
    }
}

/// The settings of a data folder, with what the environment adds.
pub(crate) fn settings_of(folder: &std::path::Path) -> Result<Settings, AppError> {
    let variable = |name: &str| std::env::var(name).ok();
    let surroundings = Surroundings {
        tzdir: tzdir(),
        smtp_password: variable("INWINDOW_SMTP_PASSWORD"),
        store: store_of_environment(),
        store_password: variable("INWINDOW_STORE_PASSWORD"),
        variable: Some(variable),
    };
    Settings::load(folder, surroundings)
}

/// The store that the environment names, before any configuration.
pub(crate) fn store_of_environment() -> Option<String> {
    std::env::var("INWINDOW_STORE").ok().filter(|store| !store.is_empty())
}

/// Zone rules alone: no data folder is needed.
pub(crate) fn zones() -> Result<Zones, AppError> {
    zone_rules(tzdir().as_deref())
}

/// The folder of zone rules that the user named.
fn tzdir() -> Option<PathBuf> {
    std::env::var_os("TZDIR").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// `--data`, else `INWINDOW_DATA`, else the user's data folder by the XDG base directory specification.
fn data_folder(given: Option<OsString>) -> Result<PathBuf, AppError> {
    // Empty is what a variable that was meant to be unset looks like.
    let named = given.or_else(|| std::env::var_os("INWINDOW_DATA")).filter(|folder| !folder.is_empty());
    if let Some(folder) = named {
        return Ok(folder.into());
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    let nowhere = || {
        let what = "no data folder: neither --data, INWINDOW_DATA, XDG_DATA_HOME nor HOME names one";
        AppError::usage(what, "give --data DIR")
    };
    Ok(base.ok_or_else(nowhere)?.join("inwindow"))
}
