//! What somebody did about a claim against a vendor because of an outage. Steps are added and never changed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::{OutageId, VendorId};

/// What was done about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimAct {
    /// The vendor was told.
    Filed,
    /// Nobody will claim.
    Waived,
}

/// Who did what about a claim, and when. The newest step says where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStep {
    /// The outage it is about.
    pub outage: OutageId,
    /// The vendor it is against.
    pub vendor: VendorId,
    /// What was done.
    pub act: ClaimAct,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: String,
    /// The vendor's number for it, or why nobody claims.
    pub note: Option<String>,
    /// When this program recorded it.
    pub recorded_at: DateTime<Utc>,
}
