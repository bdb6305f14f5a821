//! What a person holds against a computed verdict.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::kind::answer;
use super::value::{Answer, Kind};
use crate::names::AssetId;

/// A person's word on a verdict: it stands beside the computed one, with its author and reason, and changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The asset whose verdict it is about.
    pub asset: AssetId,
    /// What the person holds it to be.
    pub kind: Kind,
    /// Who.
    pub by: String,
    /// Why, in the person's words.
    pub reason: String,
    /// When it was said.
    pub made_at: DateTime<Utc>,
}

impl Override {
    /// The answer that belongs to its kind.
    #[must_use]
    pub fn answer(&self) -> Answer {
        answer(self.kind, &[])
    }
}
