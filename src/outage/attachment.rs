//! What somebody attached to an outage: a page, words, a file from elsewhere. It is evidence and changes no verdict.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::{Digest, OutageId};

/// Largest file whose bytes are kept, in bytes: a photograph, a log of a night. Of a larger one name, size and digest are.
pub const MAX_KEPT_BYTES: u64 = 16 * 1024 * 1024;

/// Most bytes of attached files in one bundle: what mail services and trackers take, several times over.
pub const MAX_BUNDLED_BYTES: u64 = 256 * 1024 * 1024;

/// Longest text attached, in bytes; what is longer is a file.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Longest address attached, in bytes: what browsers take.
pub const MAX_URL_BYTES: usize = 2048;

/// Most attachments of one outage: more than anybody reads.
pub const MAX_ATTACHMENTS: usize = 500;

/// What is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Attached {
    /// An address alone. Nothing was fetched, so nothing says what stood there.
    Url {
        /// The address.
        url: String,
    },
    /// Words.
    Text {
        /// The words.
        text: String,
        /// Of their bytes.
        sha256: Digest,
    },
    /// A file.
    File {
        /// Its name, without its folders.
        name: String,
        /// How many bytes it has.
        bytes: u64,
        /// Of its bytes.
        sha256: Digest,
        /// Whether the bytes are kept; not when they are more than [`MAX_KEPT_BYTES`].
        kept: bool,
        /// Where it was saved from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
}

/// Evidence from elsewhere: what, seen when, attached by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The outage it is about.
    pub outage: OutageId,
    /// What is attached.
    pub what: Attached,
    /// When it was seen to be so.
    pub seen_at: DateTime<Utc>,
    /// Who attached it.
    pub by: String,
    /// What it shows, in a line.
    pub note: Option<String>,
    /// When this program recorded it.
    pub recorded_at: DateTime<Utc>,
}

impl Attached {
    /// The digest of what is attached; none of an address alone.
    #[must_use]
    pub fn sha256(&self) -> Option<&Digest> {
        match self {
            Self::Url { .. } => None,
            Self::Text { sha256, .. } | Self::File { sha256, .. } => Some(sha256),
        }
    }
}

impl fmt::Display for Attached {
    /// `https://…`, `“words”`, `photo.jpg (12345 bytes)`, from where it was saved.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url } => f.write_str(url),
            Self::Text { text, .. } => write!(f, "“{text}”"),
            Self::File { name, bytes, kept, url, .. } => {
                write!(f, "{name} ({bytes} bytes{})", if *kept { "" } else { ", too large to be kept" })?;
                url.as_ref().map_or(Ok(()), |url| write!(f, " from {url}"))
            }
        }
    }
}
