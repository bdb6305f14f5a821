//! What is kept once however often it is told: by a digest of all but when it was recorded.

use chrono::{DateTime, Utc};

use super::column::json;
use super::fault::Outcome;
use crate::names::Digest;
use crate::outage::{Attachment, ClaimStep, Statement};

/// Of a statement: heard twice it is still said once.
pub(super) fn statement(statement: &Statement) -> Outcome<Digest> {
    of(&Statement { recorded_at: DateTime::<Utc>::UNIX_EPOCH, ..statement.clone() })
}

/// Of an attachment: attached twice it is still one.
pub(super) fn attachment(attachment: &Attachment) -> Outcome<Digest> {
    of(&Attachment { recorded_at: DateTime::<Utc>::UNIX_EPOCH, ..attachment.clone() })
}

/// Of a step of a claim.
pub(super) fn claim_step(step: &ClaimStep) -> Outcome<Digest> {
    of(&ClaimStep { recorded_at: DateTime::<Utc>::UNIX_EPOCH, ..step.clone() })
}

fn of<T: serde::Serialize>(told: &T) -> Outcome<Digest> {
    Ok(Digest::of(json(told)?.as_bytes()))
}
