//! The terms a vendor publishes: lengths of time, and how its mail is signed.

use chrono::TimeDelta;

use crate::notice::authentication::SignaturePolicy;
use crate::notice::claim_within::ClaimWithin;

/// Published terms; what is not stated is none. Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProfileTerms {
    /// Notice promised before a window.
    pub notice_min: Option<TimeDelta>,
    /// Time after a window's end that still counts as its own.
    pub grace: Option<TimeDelta>,
    /// How far before a good window an outage is still an early start.
    pub early_radius: Option<TimeDelta>,
    /// How far after a good window an outage is still its aftermath.
    pub after_radius: Option<TimeDelta>,
    /// How long after an outage it takes claims.
    pub claim_within: Option<ClaimWithin>,
}

/// How a vendor's mail is signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signing {
    /// The domains by which it signs, those below them included, in lower case.
    pub domains: Vec<String>,
    /// What becomes of a notice that none of them signed.
    pub policy: SignaturePolicy,
}
