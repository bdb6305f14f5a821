//! Maintenance heard of by phone or read in a portal, and the user's own: a notice of channel *typed* with its author.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::error::AppError;
use super::import::announcement_json;
use super::record::Effect;
use super::settings::App;
use crate::names::{Digest, NoticeId, Reference, VendorId};
use crate::notice::{Announcement, AnnouncementFlag, Channel, Grade, Notice, Reading, Received, ReceivedBy, Status};
use crate::time::Interval;
use crate::window::{Impact, Role, StatedObject, Window, Written};

/// What a person entered.
#[derive(Debug, Clone)]
pub struct TypedEntry {
    /// Whose maintenance.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// Who entered it.
    pub author: String,
    /// When they were told.
    pub received_at: DateTime<Utc>,
    /// The status they were told; none for none.
    pub status: Option<Status>,
    /// The windows, with the words typed for their ends.
    pub windows: Vec<(Interval, Written)>,
    /// The zone the windows were typed in.
    pub zone: String,
    /// The impact stated for all of it.
    pub impact: Option<Impact>,
    /// The objects named.
    pub objects: Vec<String>,
    /// The account meant.
    pub account: Option<String>,
    /// When the work really ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// One line about it.
    pub summary: Option<String>,
}

impl App {
    /// Records what a person entered.
    ///
    /// # Errors
    /// [`AppError::Store`] when it cannot be stored; [`AppError::Usage`] when it must wait in review instead.
    pub fn typed(
        &mut self,
        entry: &TypedEntry,
        now: DateTime<Utc>,
    ) -> Result<(NoticeId, Vec<Effect>, usize), AppError> {
        let announcement = self.announcement(entry);
        let raw = serde_json::to_vec_pretty(&json!({
            "typed_by": entry.author,
            "typed_at": now,
            "announcement": announcement_json(&announcement),
        }))
        .unwrap_or_default();
        let sha256 = Digest::of(&raw);
        let notice = Notice {
            id: Notice::id_of(&sha256),
            sha256,
            bytes: raw.len() as u64,
            received: Received { at: entry.received_at, by: ReceivedBy::Option, forwarded: false },
            imported_at: now,
            channel: Channel::Typed,
            source: entry.author.clone(),
            message_id: None,
            sent_at: None,
            from: None,
            subject: entry.summary.clone(),
            baseline: false,
        };
        let recorded = self.record(&notice, &raw, &Reading::Understood { announcements: vec![announcement] }, now)?;
        if !recorded.review.is_empty() && recorded.effects.iter().all(|effect| effect.maintenance.is_none()) {
            return Err(AppError::usage(
                format!("the entry waits in review: {}", recorded.review.join("; ")),
                "give --account, or look at `inwindow review list`",
            ));
        }
        Ok((notice.id, recorded.effects, recorded.messages))
    }

    fn announcement(&self, entry: &TypedEntry) -> Announcement {
        let windows = entry.windows.iter().zip(1..).map(|((interval, written), ordinal)| Window {
            ordinal,
            role: Role::Primary,
            interval: *interval,
            others: Vec::new(),
            flags: Vec::new(),
            written: written.clone(),
            zone: entry.zone.clone(),
            rules: self.settings.zones.version().clone(),
            objects: Vec::new(),
        });
        let mut flags = Vec::new();
        if entry.status.is_none() {
            flags.push(AnnouncementFlag::StatusNotStated);
        }
        if entry.impact.is_none() {
            flags.push(AnnouncementFlag::ImpactNotStated);
        }
        Announcement {
            vendor: entry.vendor.clone(),
            account: entry.account.clone(),
            reference: entry.reference.clone(),
            replaces: None,
            status: entry.status,
            windows: windows.collect(),
            impact: entry.impact,
            objects: entry.objects.iter().map(|name| StatedObject { name: name.clone(), impact: None }).collect(),
            actual_end: entry.ended_at,
            sequence: None,
            stamp: None,
            summary: entry.summary.clone(),
            grade: Grade::Typed,
            sources: Vec::new(),
            flags,
            doubts: Vec::new(),
        }
    }
}
