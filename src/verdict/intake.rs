//! Where the user's own intake leaves room for a notice that nobody read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::question::Known;
use crate::names::{AssetId, NoticeId, VendorId};
use crate::notice::{CoverageKind, ReviewItem, ReviewState};

/// Why the absence of a notice proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IntakeGap {
    /// Some source of the vendor was not read up to the outage's start.
    NotRead {
        vendor: VendorId,
        /// Up to when all of them were read, if any was.
        until: Option<DateTime<Utc>>,
    },
    /// A notice waits in review that could concern the asset.
    InReview(NoticeId),
    /// A window open then names something the inventory does not know.
    UnmatchedName(String),
    /// A standing window falls by the clock of the place where the asset stands, and nobody said which that is.
    NoZone(String),
    /// A standing window gives each account some time of it, and nobody said which.
    UnknownSlot(String),
    /// A standing window has more occurrences than are looked at.
    NotExpanded(String),
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
            Self::NoZone(window) => {
                format!(
                    "the standing window {window} falls by the clock of the asset's place, and no zone of it is known"
                )
            }
            Self::UnknownSlot(window) => {
                format!("the standing window {window} leaves each account some time of it, and nobody said which")
            }
            Self::NotExpanded(window) => {
                format!("the standing window {window} comes round more often than can be looked at")
            }
            Self::UnmatchedName(name) => {
                format!("a window open then names `{name}`, which matches nothing in the inventory")
            }
        }
    }
}

/// The gaps before `cut`: sources not read that far, and notices received before it that nobody has settled.
pub(super) fn gaps(known: &Known<'_>, asset: &AssetId, cut: DateTime<Utc>) -> Vec<IntakeGap> {
    let vendors = known.inventory.vendors_of(asset);
    let unread = vendors.iter().filter_map(|vendor| {
        let until = read_until(known, vendor);
        (until < Some(cut)).then(|| IntakeGap::NotRead { vendor: vendor.clone(), until })
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

/// Up to when everything of a vendor was read: as a person declared, or as far as every mailbox was polled that it writes
/// to. A declaration is about all mail of the vendor; of a mailbox not polled since, nobody knows what lies in it.
fn read_until(known: &Known<'_>, vendor: &VendorId) -> Option<DateTime<Utc>> {
    let of_kind = |kind| known.coverage.iter().filter(move |source| source.kind == kind && source.is_of(vendor));
    let declared = of_kind(CoverageKind::Declared).map(|source| source.complete_until).max();
    let mut polled: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    for source in of_kind(CoverageKind::Polled) {
        let until = polled.entry(&source.source).or_insert(source.complete_until);
        *until = source.complete_until.max(*until);
    }
    declared.max(polled.into_values().min())
}
