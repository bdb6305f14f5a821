//! Notices: raw mail in, what a vendor announced out.
//!
//! Pure. A vendor is never branched on by name: what is particular to one stands in its profile.

mod announcement;
mod bounce;
mod authentication;
mod calendar;
mod claim_within;
mod compare;
mod coverage;
mod defined_zones;
mod forward;
mod generic;
mod headers;
mod html;
mod leaf;
mod letters;
mod maintnote;
mod message;
mod mime;
mod outline;
mod phrase;
mod profile;
mod read;
mod reading;
mod received;
mod review;
mod sheet;
mod sample;
mod status;
mod subject;
mod text;
mod transfer;
mod unsubscribe;
mod when;

pub use announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
pub use authentication::{
    Authentication, NotLookedUp, Signature, SignatureOutcome, SignaturePolicy, VerifiedBy, is_domain, is_within,
};
pub use bounce::BounceReport;
pub use claim_within::{BadClaimTerm, ClaimLength, ClaimWithin, CountedFrom};
pub use compare::{FieldChange, differences};
pub use coverage::{Coverage, CoverageKind, Position};
pub use forward::Quoted;
pub use generic::{Draft, LabelSeen, labels_seen};
pub use leaf::Unread;
pub use message::{MAX_MESSAGE_BYTES, MailKind, Message, MessageFacts, Part, PartKind, written_at};
pub use outline::outline;
pub use profile::{Profile, ProfileError, ProfileTerms, Profiles, ShippedProfile, Signing, Tried, profile_schema};
pub use read::{Reader, read};
pub use reading::{Doubt, Irrelevant, Reading, Unreadable};
pub use received::{Channel, Intake, Notice, Origin, Received, ReceivedBy, ReceivedHints, received, received_unread};
pub use review::{Accept, Reason, ReviewItem, ReviewState, Settled, Settling};
pub use sample::{Sample, Unlike};
pub use status::{Status, UnknownStatus};
pub use text::{Cell, Line};
pub use unsubscribe::asks_to_unsubscribe;
