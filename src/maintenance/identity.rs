//! Which maintenance an announcement belongs to.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::names::{MaintenanceId, NoticeId, Reference, VendorId, content_id};
use crate::notice::Announcement;

/// A reference used again this long after the last window of a completed maintenance opens a new one.
pub const REUSE_AFTER: TimeDelta = TimeDelta::days(400);

/// Vendor, account and reference; the account is missing from many notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Whose maintenance.
    pub vendor: VendorId,
    /// The account the vendor wrote it for, as first written.
    pub account: Option<String>,
    /// The vendor's reference, as first written.
    pub reference: Reference,
}

impl Identity {
    /// The identity an announcement states.
    #[must_use]
    pub fn of(announcement: &Announcement) -> Self {
        Self {
            vendor: announcement.vendor.clone(),
            account: announcement.account.clone(),
            reference: announcement.reference.clone(),
        }
    }

    /// Whether the accounts may be the same: equal, or one of them unstated.
    #[must_use]
    pub fn may_share_account(&self, other: &Self) -> bool {
        match (&self.account, &other.account) {
            (Some(mine), Some(theirs)) => folded(mine) == folded(theirs),
            (None, _) | (_, None) => true,
        }
    }

    /// The id of the maintenance that a notice with this identity opens: the same notice opens the same id anywhere.
    ///
    /// # Panics
    /// Never: a content id is an identifier.
    #[must_use]
    pub fn opened_by(&self, notice: &NoticeId) -> MaintenanceId {
        let account = self.account.as_deref().map(folded).unwrap_or_default();
        let parts = [self.vendor.as_str(), &account, &self.reference.folded(), notice.as_str()];
        MaintenanceId::new(content_id("m", parts)).expect("a content id is an identifier")
    }
}

fn folded(account: &str) -> String {
    account.trim().to_lowercase()
}
