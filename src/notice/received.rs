//! A notice as it came in: what is kept for ever, and when the user's side had it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::{Digest, NoticeId};

/// How a notice reached the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// An e-mail.
    Mail,
    /// A bare calendar file.
    Calendar,
    /// Entered by a person who heard it by phone or read it in a portal.
    Typed,
    /// Posted by a program.
    Api,
}

/// What `received_at` was taken from, best first (DESIGN.md section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedBy {
    /// The topmost `Received` header, written by the user's own server.
    ReceivedHeader,
    /// IMAP INTERNALDATE.
    InternalDate,
    /// The `From ` line of an mbox.
    MboxFrom,
    /// The option `--received-at`.
    Option,
    /// The sender's own `Date`: flag `sender_dated`.
    SenderDated,
    /// The time of import, for want of anything better: flag `import_dated`.
    ImportTime,
}

/// When the user's side had a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The instant.
    pub at: DateTime<Utc>,
    /// What it was taken from.
    pub by: ReceivedBy,
    /// The message was forwarded as attachment and the instant is the attachment's own.
    pub forwarded: bool,
}

/// One message as received. Its raw bytes are stored beside it, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// `n-` and the start of the SHA-256.
    pub id: NoticeId,
    /// SHA-256 of the raw bytes.
    pub sha256: Digest,
    /// Length of the raw bytes.
    pub bytes: u64,
    /// When the user's side had it.
    pub received: Received,
    /// When this program read it.
    pub imported_at: DateTime<Utc>,
    /// How it came.
    pub channel: Channel,
    /// Where it was read from: a file name, a mailbox, or the person who typed it.
    pub source: String,
    /// The Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// The sender's `Date`.
    pub sent_at: Option<DateTime<Utc>>,
    /// The `From` address, lower case.
    pub from: Option<String>,
    /// The subject, decoded.
    pub subject: Option<String>,
    /// Imported with `--baseline`: known, and never a reason to write to anybody.
    pub baseline: bool,
}

impl Notice {
    /// The id that belongs to a digest: the same bytes are the same notice.
    ///
    /// # Panics
    /// Never: a digest has 64 digits and no control character.
    #[must_use]
    pub fn id_of(sha256: &Digest) -> NoticeId {
        NoticeId::new(format!("n-{}", &sha256.as_str()[..12])).expect("a digest's digits make an identifier")
    }
}
