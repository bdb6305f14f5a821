//! What is kept: notices, maintenances, inventory, outages, verdicts and messages, each command's work as one unit.
//!
//! Decides nothing: there is no rule about windows, verdicts or mails in here. Whoever wants to write reads the
//! [`Generation`], plans, and hands in [`Changes`]; when somebody else wrote in between, all of it is refused and
//! planned again. Instants come in as arguments, to SQL too.

mod changes;
mod column;
mod copy;
mod error;
mod examine;
mod fault;
mod found;
mod interface;
mod migration;
mod once;
mod postgres;
mod source;
mod sqlite;
mod tables;

pub use changes::{
    Changes, Committed, Generation, Judged, Judging, LogEntry, MessageAction, MessageEdit, NewAttachment, NewInventory,
    NewNotice, NewOverride, NewReading, NewVerdict, OutageEnd, Rehomed, Unseen, Withdrawal, Withdrawn,
};
pub use copy::{CopiedTable, copy};
pub use error::StoreError;
pub use examine::{Examined, Flaw, MAX_FLAWS, examine};
pub use found::{
    Arrival, Dated, Hold, InventoryVersion, JudgedVerdict, LastPlan, Leased, Lost, MaintenanceFilter,
    MaintenanceNumber, MessageCount, MessageFilter, NamesNear, NoticeCursor, NoticeFilter, NoticePage, OutageFilter,
    Reader, ReviewFilter, Settlement, Undelivered,
};
pub use interface::{MAX_RAW_BYTES, Store};
pub use postgres::{BadAddress, PostgresAddress, PostgresStore};
pub use source::{SourceLease, SourceOutcome, SourceState, SourceStep, SourceTurn};
pub use sqlite::SqliteStore;
pub use tables::{BATCH_BYTES, BATCH_ROWS, META, MIGRATION, Room, Row, RowsDigest, Table, Tables, Value};
