//! Notices: raw mail in, what a vendor announced out.
//!
//! Pure. A vendor is never branched on by name: what is particular to one stands in its profile.

mod announcement;
mod coverage;
mod reading;
mod received;
mod status;

pub use announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
pub use coverage::{Coverage, CoverageKind};
pub use reading::{Doubt, Irrelevant, Reading, ReviewItem, ReviewState, Unreadable};
pub use received::{Channel, Notice, Received, ReceivedBy};
pub use status::{Status, UnknownStatus};
