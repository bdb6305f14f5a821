//! A mail as a value: what it says and to whom, before it becomes bytes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An address with the name shown beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// What people call them.
    pub name: Option<String>,
    /// `local@domain`.
    pub email: String,
}

/// A calendar part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarPart {
    /// The calendar object (RFC 5545), lines ended by CRLF and folded.
    pub text: String,
    /// The iTIP method (RFC 5546); none, as DESIGN.md section 9 asks, unless the contact wants invitations.
    pub method: Option<String>,
}

/// A mail that can be turned into the same bytes at any time and on any machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Without angle brackets: a keyed hash of the message's key at our domain.
    pub message_id: String,
    /// The `Date` header.
    pub date: DateTime<Utc>,
    /// Who writes.
    pub from: Mailbox,
    /// To whom.
    pub to: Mailbox,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Mailbox>,
    /// One line, without control characters.
    pub subject: String,
    /// The text part, readable alone.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The calendar part, where there is something to put into a calendar.
    pub calendar: Option<CalendarPart>,
    /// Of an invitation that some windows were taken out of: these, since one calendar object has one method.
    pub dropped: Option<CalendarPart>,
    /// Message-IDs of the mails this one continues, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// `List-Id` (RFC 2919), without angle brackets.
    pub list_id: Option<String>,
    /// Where to write in order to get no more: the address of `List-Unsubscribe` (RFC 2369).
    pub unsubscribe: Option<String>,
    /// Where the same is asked for by one click (RFC 8058): an https URL that names this mail.
    pub one_click: Option<String>,
}
