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

/// The turn to read a source, which one process has at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLease {
    /// What the user calls the source.
    pub name: String,
    /// Rises with each lease: who has an older one has lost it.
    pub fence: u64,
}

/// Whose turn it is to read a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceTurn {
    /// That of who asked.
    Yours(SourceLease),
    /// Somebody else's.
    Others {
        /// The lease that is in the way, for who knows that it is nobody's any more.
        lease: SourceLease,
        /// Whose.
        holder: String,
        /// Until when, unless it is made longer.
        until: DateTime<Utc>,
    },
}

/// What happened at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStep {
    /// The turn in which it happened, and with it what the user calls the source.
    pub lease: SourceLease,
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
        /// The turn lasts until then, if that is later.
        until: DateTime<Utc>,
        /// Up to where a mailbox is stored now.
        position: Option<Position>,
        /// How many of them were new.
        messages: u64,
        /// The latest receipt among them.
        newest_at: Option<DateTime<Utc>>,
    },
    /// Everything that was there was stored, and the turn is over.
    Complete {
        /// When the attempt began.
        began_at: DateTime<Utc>,
    },
    /// It could not be read to the end, and the turn is over.
    Failed {
        /// Why, in words.
        error: String,
        /// When.
        at: DateTime<Utc>,
    },
}
