//! The names of things: checked identifiers, ids derived from content, and the nearest known name for a mistyped one.
//!
//! Every other room may use this one; it knows nothing of what the names stand for.

mod content;
mod ident;
mod nearest;

pub use content::{Digest, Digester, content_id};
pub use ident::{
    AssetId, BadIdent, ChecklistId, CustomerId, DayId, FindingId, MAX_IDENT_BYTES, MaintenanceId, MessageId, NoticeId,
    OccurrenceId, OutageId, Reference, SourceId, StandingId, VendorId,
};
pub use nearest::{alike, nearest};
