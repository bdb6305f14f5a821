//! Use cases: each joins the rooms below for one command. Nothing here knows a rule about windows.

mod apply;
mod audit;
mod check;
mod config;
mod demo;
mod deliver;
mod error;
mod expand;
mod import;
mod look;
mod outage;
mod planning;
mod record;
mod refresh;
mod rows;
mod settings;
mod settle;
mod shipped;
mod standing;
mod typed;
mod tz;
mod zones;

pub use apply::Applied;
pub use audit::AuditReport;
pub use check::Ask;
pub use config::{Config, SmtpSettings, Transport};
pub use deliver::{Delivered, DeliveryReport};
pub use demo::{DemoReport, DemoRow, DemoStep, Refused, StoryReport, play, prepare};
pub use error::{AppError, Fault};
pub use expand::{DEFAULT_LIMIT, MAX_LIMIT, expand_rows, gave_up};
pub use import::{DryRun, ImportOptions, ImportReport, Imported};
pub use look::{Shown, Wanted, WindowRow};
pub use outage::OutageSeen;
pub use planning::Outbox;
pub use record::Effect;
pub use refresh::{RefreshReport, RefreshedWindow, Refreshing};
pub use rows::RowsAnswered;
pub use settings::{App, Settings, Surroundings};
pub use standing::{
    WindowsFile, WindowsOrigin, checked_windows, known_windows, named_windows, read_windows, windows_on,
};
pub use typed::{TypedDone, TypedEntry};
pub use tz::resolve_rows;
pub use zones::zone_rules;
