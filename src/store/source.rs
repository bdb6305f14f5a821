//! What is known of a source that is read again and again.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::notice::Position;

/// How far a source was read, and how the last attempt went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceState {
    /// What the user calls it.
    pub name: String,
    /// What the name stood for.
    pub place: String,
    /// Up to where it is stored, when it is a mailbox.
    pub position: Option<Position>,
    /// When the last attempt began, or failed.
    pub tried_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed; none when it did not.
    pub error: Option<String>,
    /// When the first attempt began that stored everything.
    pub first_complete_at: Option<DateTime<Utc>>,
    /// When the last attempt began that stored everything: what came before is stored.
    pub complete_at: Option<DateTime<Utc>>,
    /// The latest receipt of any message in it.
    pub newest_at: Option<DateTime<Utc>>,
    /// How many of its messages were new.
    pub messages: u64,
}

/// What happened at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStep {
    /// What the user calls it.
    pub name: String,
    /// What the name stands for; when it stood for something else, all that is forgotten.
    pub place: String,
    /// What happened.
    pub outcome: SourceOutcome,
}

/// What happened at a source, to be stored with what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceOutcome {
    /// Messages were taken in.
    Took {
        /// Up to where a mailbox is stored now.
        position: Option<Position>,
        /// How many of them were new.
        messages: u64,
        /// The latest receipt among them.
        newest_at: Option<DateTime<Utc>>,
    },
    /// Everything that was there was stored.
    Complete {
        /// When the attempt began.
        began_at: DateTime<Utc>,
    },
    /// It could not be read to the end.
    Failed {
        /// Why, in words.
        error: String,
        /// When.
        at: DateTime<Utc>,
    },
}
