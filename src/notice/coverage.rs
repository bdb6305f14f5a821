//! Which sources were read, and up to when: without it, absence of a notice proves nothing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::VendorId;

/// How a source came to be known as complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageKind {
    /// A person said so (`import --complete-until`).
    Declared,
    /// The last poll of a mailbox that stored everything.
    Polled,
}

/// How far a mailbox was read: everything up to this UID, under this numbering (RFC 3501, section 2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which numbering: when it changes, all UIDs are others.
    pub uid_validity: u32,
    /// The last one read.
    pub uid: u32,
}

/// Everything that arrived at a source before an instant has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The source: a folder, a mailbox.
    pub source: String,
    /// Whose notices arrive there; empty means every vendor's.
    pub vendors: Vec<VendorId>,
    /// Nothing that arrived before this instant is unread; the instant itself is not covered.
    pub complete_until: DateTime<Utc>,
    /// Declared or polled.
    pub kind: CoverageKind,
    /// When this was recorded.
    pub recorded_at: DateTime<Utc>,
}

impl Coverage {
    /// Whether the source would have brought this vendor's notices.
    #[must_use]
    pub fn is_of(&self, vendor: &VendorId) -> bool {
        self.vendors.is_empty() || self.vendors.contains(vendor)
    }
}
