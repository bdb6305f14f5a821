//! Use cases: each joins the rooms below for one command. Nothing here knows a rule about windows.

mod ahead;
mod alias;
mod apply;
mod audit;
mod authentic;
mod batch;
mod bounce;
mod check;
mod clear;
mod config;
mod correction;
mod demo;
mod deliver;
mod door;
mod draw;
mod error;
mod expand;
mod import;
mod intake;
mod ledger;
mod letters;
mod look;
mod monitor;
mod netbox;
mod outage;
mod place;
mod planning;
mod profile;
mod record;
mod refresh;
mod replay;
mod report;
mod review;
mod rows;
mod settings;
mod settle;
mod shipped;
mod standing;
mod typed;
mod tz;
mod unjudged;
mod weigh;
mod why;
mod zones;

pub use alias::{AliasDone, UnmatchedName};
pub use apply::{Applied, INVENTORY_SCHEMA, Rehoming};
pub use audit::{AuditReport, ConflictSeen, Seen, Telling, WindowFindings};
pub use batch::{BATCH_ROWS, BatchAnswered, BatchForm, BatchOptions, OnWrong};
pub use check::Ask;
pub(crate) use check::find_asset;
pub use clear::{ClearAnswer, ClearAsk, Cleared, Obstacle};
pub use config::{
    AskDns, AuthenticationConfig, Config, ImapSettings, PasswordFrom, SmtpSettings, SourceConfig, SourceKind,
    StoreSettings, Transport, VendorSigning,
};
pub use correction::{Correction, Given, NoticeOrder};
pub use deliver::{Delivered, DeliveryReport};
pub use demo::{DemoReport, DemoRow, DemoStep, Refused, StoryReport, play, prepare};
pub use draw::{DrawReport, Existing, Foreign};
pub use error::{AppError, Fault};
pub use expand::{DEFAULT_LIMIT, MAX_LIMIT, expand_rows, gave_up};
pub use import::{DryRun, ImportOptions, ImportReport, Imported};
pub(crate) use intake::Batches;
pub use intake::{Heard, SourceEnd, SourceRead, SourceSeen, open_in_order};
pub use look::{Shown, Wanted, WindowRow};
pub use monitor::{MappingOf, OutagesImported, WrongRow, shipped_mappings};
pub use netbox::NetBoxError;
pub use outage::{Closing, OutageSeen};
pub use place::{MAX_CLOCK_SKEW, StorePlace};
pub use planning::Outbox;
pub use profile::{Explained, PartShown, SampleRead, write_profile};
pub use refresh::{RefreshReport, RefreshedWindow, Refreshing};
pub use replay::{Decisions, LeftAlone, MaintenanceChange, ReplayOptions, ReplayReport, Replayed};
pub use review::{Decided, Decision, ReviewDone, ReviewShown, ReviewWanted};
pub use rows::RowsAnswered;
pub use settings::{App, Settings, Surroundings};
pub use shipped::ProfileFound;
pub use standing::{
    WindowsFile, WindowsOrigin, checked_windows, known_windows, named_windows, read_windows, windows_on,
};
pub use typed::{TypedDone, TypedEntry, TypedWindow};
pub use tz::resolve_rows;
pub use weigh::Effect;
pub use why::{WhyContact, WhyCustomer, WhyWindow};
pub use zones::zone_rules;
