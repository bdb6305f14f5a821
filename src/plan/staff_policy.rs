//! The part of the policy that is about the user's own people.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::alarm::AlarmKind;
use super::digest_time::DigestTime;
use super::policy::Lead;

/// How long after its time a digest is still worth sending: what waits then waits for the next one.
pub(super) const DIGEST_FOR: TimeDelta = TimeDelta::hours(12);

/// What staff are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StaffPolicy {
    /// When the digest goes, on the clock of each. Default: never.
    pub digest: DigestTime,
    /// How far ahead the digest looks for windows. Default: 14 d.
    pub ahead: Lead,
    /// How long before it is too late for a message that waits for approval staff are told. Default: 4 h.
    pub approval_ahead: Lead,
    /// Alarms that nobody wants. Default: none.
    pub without: BTreeSet<AlarmKind>,
}

impl Default for StaffPolicy {
    fn default() -> Self {
        Self {
            digest: DigestTime::Off,
            ahead: Lead::of_minutes(14 * 24 * 60),
            approval_ahead: Lead::of_minutes(4 * 60),
            without: BTreeSet::new(),
        }
    }
}
