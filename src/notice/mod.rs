//! Notices: raw mail in, what a vendor announced out.
//!
//! Pure. A vendor is never branched on by name: what is particular to one stands in its profile.

mod announcement;
mod calendar;
mod coverage;
mod defined_zones;
mod html;
mod maintnote;
mod message;
mod mime;
mod phrase;
mod profile;
mod read;
mod reading;
mod received;
mod status;
mod text;
mod when;

pub use announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
pub use coverage::{Coverage, CoverageKind};
pub use message::{MAX_MESSAGE_BYTES, MailKind, Message, MessageFacts, Part, PartKind};
pub use profile::{Profile, ProfileError, ProfileTerms, Profiles};
pub use read::{Reader, read};
pub use reading::{Doubt, Irrelevant, Reading, ReviewItem, ReviewState, Unreadable};
pub use received::{Channel, Intake, Notice, Origin, Received, ReceivedBy, ReceivedHints, received, received_unread};
pub use status::{Status, UnknownStatus};
pub use text::{Cell, Line};
