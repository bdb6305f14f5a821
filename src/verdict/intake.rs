//! Where the user's own intake leaves room for a notice that nobody read.

use chrono::{DateTime, Utc};

use super::question::Known;
use crate::names::{AssetId, NoticeId, VendorId};
use crate::notice::{ReviewItem, ReviewState};

/// Why the absence of a notice proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IntakeGap {
    /// No source of the vendor was read up to the outage's start.
    NotRead {
        vendor: VendorId,
        /// Up to when the best source was read, if any was.
        until: Option<DateTime<Utc>>,
    },
    /// A notice waits in review that could concern the asset.
    InReview(NoticeId),
    /// A window open then names something the inventory does not know.
    UnmatchedName(String),
}

impl IntakeGap {
    /// The gap in words.
    pub(super) fn text(&self) -> String {
        match self {
            Self::NotRead { vendor, until: None } => {
                format!("no source of {vendor}'s notices is known to have been read")
            }
            Self::NotRead { vendor, until: Some(until) } => {
                format!(
                    "{vendor}'s notices are known to have been read only up to {}",
                    until.format("%Y-%m-%dT%H:%M:%SZ")
                )
            }
            Self::InReview(notice) => format!("notice {notice} waits in review and could cover it"),
            Self::UnmatchedName(name) => {
                format!("a window open then names `{name}`, which matches nothing in the inventory")
            }
        }
    }
}

/// The gaps before `cut`: sources not read that far, and notices received before it that nobody has settled.
pub(super) fn gaps(known: &Known<'_>, asset: &AssetId, cut: DateTime<Utc>) -> Vec<IntakeGap> {
    let vendors = known.inventory.vendors_of(asset);
    let read_until = |vendor: &VendorId| {
        known.coverage.iter().filter(|source| source.is_of(vendor)).map(|source| source.complete_until).max()
    };
    let unread = vendors.iter().filter_map(|vendor| match read_until(vendor) {
        Some(until) if until >= cut => None,
        until @ (Some(_) | None) => Some(IntakeGap::NotRead { vendor: vendor.clone(), until }),
    });
    let waits = |item: &&ReviewItem| {
        item.state == ReviewState::Open
            && item.received_at < cut
            && item.vendor.as_ref().is_none_or(|vendor| vendors.contains(vendor))
    };
    let mut waiting: Vec<&ReviewItem> = known.review.iter().filter(waits).collect();
    waiting.sort_by_key(|item| (item.received_at, &item.notice));
    unread.chain(waiting.into_iter().map(|item| IntakeGap::InReview(item.notice.clone()))).collect()
}
