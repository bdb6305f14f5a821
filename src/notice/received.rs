//! A notice as it came in: what is kept for ever, and when the user's side had it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::authentication::Authentication;
use super::message::Message;
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
    #[serde(deserialize_with = "crate::time::instant")]
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
    /// What was made of its signatures when it came. None of what is no mail, and of what came before releases that look
    /// at them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
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

/// What is known of a message's receipt besides its own headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedHints {
    /// IMAP INTERNALDATE.
    pub internal_date: Option<DateTime<Utc>>,
    /// The `From ` line of an mbox.
    pub mbox_from: Option<DateTime<Utc>>,
    /// The option `--received-at`.
    pub option: Option<DateTime<Utc>>,
    /// When this program read it.
    pub import_time: DateTime<Utc>,
}

/// When the user's side had a message, by the first of: topmost `Received`, INTERNALDATE, mbox `From `, option, `Date`,
/// time of import (DESIGN.md section 2).
///
/// Of a message that was attached to another, only its own headers say so: the mailbox dates the mail that carried it.
#[must_use]
pub fn received(message: &Message, hints: &ReceivedHints) -> Received {
    let mailbox = |date: Option<DateTime<Utc>>| date.filter(|_| !message.forwarded);
    let candidates = [
        (ReceivedBy::ReceivedHeader, message.received_header),
        (ReceivedBy::InternalDate, mailbox(hints.internal_date)),
        (ReceivedBy::MboxFrom, mailbox(hints.mbox_from)),
        (ReceivedBy::Option, hints.option),
        (ReceivedBy::SenderDated, message.facts.sent_at),
    ];
    let found = candidates.into_iter().find_map(|(by, at)| Some((by, at?)));
    let (by, at) = found.unwrap_or((ReceivedBy::ImportTime, hints.import_time));
    Received { at, by, forwarded: message.forwarded }
}

/// When the user's side had bytes that could not be taken apart, so that they state nothing themselves.
#[must_use]
pub fn received_unread(hints: &ReceivedHints) -> Received {
    let candidates = [
        (ReceivedBy::InternalDate, hints.internal_date),
        (ReceivedBy::MboxFrom, hints.mbox_from),
        (ReceivedBy::Option, hints.option),
    ];
    let found = candidates.into_iter().find_map(|(by, at)| Some((by, at?)));
    let (by, at) = found.unwrap_or((ReceivedBy::ImportTime, hints.import_time));
    Received { at, by, forwarded: false }
}

/// What becomes of a notice besides being recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intake {
    /// It is news: messages may be planned from it.
    News,
    /// Old mail, taken in to be known (`--baseline`): never a reason to write to anybody.
    Baseline,
}

/// Where a notice came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// A file name, a mailbox, or the person who typed it.
    pub source: String,
    /// When this program read it.
    pub imported_at: DateTime<Utc>,
    /// News or baseline.
    pub intake: Intake,
}

impl Notice {
    /// The notice that raw bytes make, once taken apart. `raw` is what the digest is of, carrier mail and all.
    #[must_use]
    pub fn from_message(raw: &[u8], message: &Message, received: Received, origin: Origin) -> Self {
        let facts = message.facts.clone();
        Self {
            channel: message.channel,
            message_id: facts.message_id,
            sent_at: facts.sent_at,
            from: facts.from,
            subject: facts.subject,
            ..Self::from_unreadable(raw, received, origin)
        }
    }

    /// The notice that raw bytes make which could not be taken apart: kept all the same.
    #[must_use]
    pub fn from_unreadable(raw: &[u8], received: Received, origin: Origin) -> Self {
        let sha256 = Digest::of(raw);
        Self {
            id: Self::id_of(&sha256),
            sha256,
            bytes: raw.len() as u64,
            received,
            imported_at: origin.imported_at,
            channel: Channel::Mail,
            source: origin.source,
            message_id: None,
            sent_at: None,
            from: None,
            subject: None,
            baseline: origin.intake == Intake::Baseline,
            authentication: None,
        }
    }
}
