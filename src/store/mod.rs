//! What is kept: notices, maintenances, inventory, outages, verdicts and messages, each command's work as one unit.
//!
//! Decides nothing: there is no rule about windows, verdicts or mails in here. Whoever wants to write reads the
//! [`Generation`], plans, and hands in [`Changes`]; when somebody else wrote in between, all of it is refused and
//! planned again. Instants come in as arguments, to SQL too.

mod changes;
mod column;
mod error;
mod fault;
mod found;
mod interface;
mod postgres;
mod source;
mod sqlite;

pub use changes::{
    Changes, Committed, Generation, LogEntry, MessageAction, MessageEdit, NewInventory, NewNotice, NewOverride,
    NewReading, NewVerdict, OutageEnd, Rehomed, Withdrawal, Withdrawn,
};
pub use error::StoreError;
pub use found::{
    Dated, InventoryVersion, JudgedVerdict, Leased, MaintenanceFilter, MessageFilter, NoticeCursor, NoticeFilter,
    NoticePage, OutageFilter, ReviewFilter, Settlement,
};
pub use interface::{MAX_RAW_BYTES, Store};
pub use postgres::{BadAddress, PostgresAddress, PostgresStore};
pub use source::{SourceOutcome, SourceState, SourceStep};
pub use sqlite::SqliteStore;
