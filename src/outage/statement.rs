//! What somebody said about an outage. It is evidence and never changes the official verdict.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::OutageId;

/// Whether the speaker holds the outage to come from the maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// It comes from the maintenance.
    Related,
    /// It does not.
    Unrelated,
    /// The speaker does not say.
    Unknown,
}

impl fmt::Display for Stance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Related => "related",
            Self::Unrelated => "unrelated",
            Self::Unknown => "unknown",
        })
    }
}

/// Who said what, when and where, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The outage it is about.
    pub outage: OutageId,
    /// The speaker.
    pub who: String,
    /// When it was said.
    pub said_at: DateTime<Utc>,
    /// Where: phone, chat, mail, status page.
    pub channel: String,
    /// The words.
    pub words: String,
    /// What they mean for the question.
    pub stance: Stance,
    /// When this program recorded it.
    pub recorded_at: DateTime<Utc>,
}

impl Statement {
    /// Whether some hold the outage to come from the maintenance and some hold it not to.
    #[must_use]
    pub fn contradict(statements: &[Self]) -> bool {
        let holds = |stance| statements.iter().any(|statement| statement.stance == stance);
        holds(Stance::Related) && holds(Stance::Unrelated)
    }
}
