//! Use cases: each joins the rooms below for one command. Nothing here knows a rule about windows.

mod apply;
mod audit;
mod check;
mod config;
mod demo;
mod deliver;
mod error;
mod import;
mod look;
mod outage;
mod planning;
mod record;
mod refresh;
mod settings;
mod settle;
mod shipped;
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
pub use import::{DryRun, ImportOptions, ImportReport, Imported};
pub use look::{Shown, Wanted, WindowRow};
pub use outage::OutageSeen;
pub use planning::Outbox;
pub use record::Effect;
pub use refresh::{RefreshReport, RefreshedWindow, Refreshing};
pub use settings::{App, Settings, Surroundings};
pub use typed::{TypedDone, TypedEntry};
pub use tz::{RowsAnswered, resolve_rows};
pub use zones::zone_rules;
