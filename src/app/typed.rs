//! Maintenance heard of by phone or read in a portal, and the user's own: a notice of channel *typed* with its author.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;

use super::error::AppError;
use super::import::announcement_json;
use super::settings::{App, Settings};
use super::weigh::Effect;
use crate::names::{Digest, NoticeId, Reference, VendorId};
use crate::notice::{Announcement, AnnouncementFlag, Channel, Grade, Notice, Reading, Received, ReceivedBy, Status};
use crate::time::{Interval, WallSpan};
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
    /// The windows, with how their ends were read and the words typed for them.
    pub windows: Vec<TypedWindow>,
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

/// A window as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedWindow {
    /// What was understood.
    pub interval: Interval,
    /// What it was understood from, to be read again when zone rules change.
    pub wall: WallSpan,
    /// The words.
    pub written: Written,
}

/// What an entry did.
#[derive(Debug, Clone, Serialize)]
pub struct TypedDone {
    /// The notice it became.
    pub notice: NoticeId,
    /// The very same was entered before.
    pub repeated: bool,
    /// What it did.
    pub effects: Vec<Effect>,
    /// Why it waits in review, when it does.
    pub review: Vec<String>,
    /// Messages planned because of it.
    pub messages: usize,
    /// Messages that were planned before and are taken back because of it.
    pub withdrawn: usize,
}

impl Settings {
    /// Windows as a person typed them, in this zone.
    pub(super) fn typed_windows(&self, typed: &[TypedWindow], zone: &str) -> Vec<Window> {
        let window = |(typed, ordinal): (&TypedWindow, u32)| Window {
            ordinal,
            role: Role::Primary,
            interval: typed.interval,
            others: Vec::new(),
            flags: Vec::new(),
            written: typed.written.clone(),
            wall: Some(typed.wall.clone()),
            zone: zone.to_owned(),
            rules: self.zones.version().clone(),
            objects: Vec::new(),
        };
        typed.iter().zip(1..).map(window).collect()
    }
}

impl App {
    /// Records what a person entered.
    ///
    /// Of two entries made for the same instant the later one is the newer word: its receipt is moved by a microsecond,
    /// since equal times have no order of their own.
    ///
    /// # Errors
    /// [`AppError::Store`] when it cannot be stored; [`AppError::Usage`] when it must wait in review instead.
    pub fn typed(&mut self, entry: &TypedEntry, now: DateTime<Utc>) -> Result<TypedDone, AppError> {
        let announcement = self.announcement(entry);
        let received_at = self.after_its_like(entry)?;
        let raw = serde_json::to_vec_pretty(&json!({
            "typed_by": entry.author,
            "typed_at": now,
            "received_at": received_at,
            "announcement": announcement_json(&announcement),
        }))
        .unwrap_or_default();
        let sha256 = Digest::of(&raw);
        let notice = Notice {
            id: Notice::id_of(&sha256),
            sha256,
            bytes: raw.len() as u64,
            received: Received { at: received_at, by: ReceivedBy::Option, forwarded: false },
            imported_at: now,
            channel: Channel::Typed,
            source: entry.author.clone(),
            message_id: None,
            sent_at: None,
            from: None,
            subject: entry.summary.clone(),
            baseline: false,
            authentication: None,
        };
        let recorded = self.record(&notice, &raw, &Reading::Understood { announcements: vec![announcement] }, now)?;
        if !recorded.review.is_empty() && recorded.effects.iter().all(|effect| effect.maintenance.is_none()) {
            return Err(AppError::usage(
                format!("the entry waits in review: {}", recorded.review.join("; ")),
                "give --account, or look at `inwindow review list`",
            ));
        }
        Ok(TypedDone {
            repeated: recorded.repeats.is_some(),
            notice: notice.id,
            effects: recorded.effects,
            review: recorded.review,
            messages: recorded.messages,
            withdrawn: recorded.withdrawn,
        })
    }

    /// When an entry counts as received: as typed, or right after what was typed for the same instant before.
    fn after_its_like(&self, entry: &TypedEntry) -> Result<DateTime<Utc>, AppError> {
        let known = self.store.maintenances_with_reference(&entry.vendor, &entry.reference.folded())?;
        let mut taken: Vec<_> = known.iter().flat_map(|m| m.revisions.iter().map(|r| r.received.at)).collect();
        taken.sort_unstable();
        let mut at = entry.received_at;
        for other in taken {
            if other == at {
                at += TimeDelta::microseconds(1);
            }
        }
        Ok(at)
    }

    fn announcement(&self, entry: &TypedEntry) -> Announcement {
        let windows = self.settings.typed_windows(&entry.windows, &entry.zone);
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
            windows,
            impact: entry.impact,
            objects: entry.objects.iter().map(|name| StatedObject { name: name.clone(), impact: None }).collect(),
            known_start: None,
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
