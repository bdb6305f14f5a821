//! Notices: raw mail in, what a vendor announced out.
//!
//! Pure. A vendor is never branched on by name: what is particular to one stands in its profile.

mod announcement;
mod coverage;
mod html;
mod message;
mod mime;
mod reading;
mod received;
mod status;
mod text;

pub use announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
pub use coverage::{Coverage, CoverageKind};
pub use message::{MAX_MESSAGE_BYTES, MailKind, Message, MessageFacts, Part, PartKind};
pub use reading::{Doubt, Irrelevant, Reading, ReviewItem, ReviewState, Unreadable};
pub use received::{Channel, Notice, Received, ReceivedBy};
pub use status::{Status, UnknownStatus};
pub use text::{Cell, Line};
