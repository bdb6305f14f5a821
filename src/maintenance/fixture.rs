//! Revisions for tests, built by saying only what matters.

use chrono::{DateTime, Utc};

use super::revise::{Revised, revise};
use super::revision::{Cause, Maintenance, Revision};
use crate::names::{NoticeId, Reference, VendorId};
use crate::notice::{Announcement, Grade, Received, ReceivedBy, Status};
use crate::time::{Interval, RulesOrigin, RulesVersion};
use crate::window::{Role, StatedObject, Window, Written};

/// `2017-03-25T19:00` on, as UTC.
pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    let padded = if text.len() == 10 { format!("{text}T00:00:00Z") } else { format!("{text}:00Z") };
    padded.parse().expect("a test instant")
}

pub(crate) fn interval(start: &str, end: &str) -> Interval {
    Interval::new(utc(start), utc(end)).expect("a test interval")
}

pub(crate) fn window(ordinal: u32, start: &str, end: &str) -> Window {
    Window {
        ordinal,
        role: Role::Primary,
        interval: interval(start, end),
        others: Vec::new(),
        flags: Vec::new(),
        written: Written { start: start.into(), end: end.into(), zone: Some("UTC".into()) },
        wall: None,
        zone: "UTC".into(),
        rules: RulesVersion { origin: RulesOrigin::Embedded, release: None },
        objects: Vec::new(),
    }
}

/// A notice of `vendor` about `R-1`, received at `received`; change the announcement at will.
pub(crate) fn revision(received: &str) -> Revision {
    Revision {
        number: 0,
        cause: Cause::Notice,
        rereads: None,
        notice: NoticeId::new(format!("n-{received}")).expect("an id"),
        received: Received { at: utc(received), by: ReceivedBy::ReceivedHeader, forwarded: false },
        recorded_at: utc(received),
        sent_at: None,
        baseline: false,
        announcement: Announcement {
            vendor: VendorId::new("vendor").expect("an id"),
            account: None,
            reference: Reference::new("R-1").expect("a reference"),
            replaces: None,
            status: Some(Status::Confirmed),
            windows: Vec::new(),
            impact: None,
            objects: vec![StatedObject { name: "feed".into(), impact: None }],
            known_start: None,
            actual_end: None,
            sequence: None,
            stamp: None,
            summary: None,
            grade: Grade::Standard,
            sources: Vec::new(),
            flags: Vec::new(),
            doubts: Vec::new(),
        },
    }
}

/// The same with one window.
pub(crate) fn with_window(received: &str, start: &str, end: &str) -> Revision {
    let mut revision = revision(received);
    revision.announcement.windows = vec![window(1, start, end)];
    revision
}

pub(crate) fn status(received: &str, status: Status) -> Revision {
    let mut revision = revision(received);
    revision.announcement.status = Some(status);
    revision.announcement.objects = Vec::new();
    revision
}

/// Revises in the order given.
pub(crate) fn maintenance(revisions: Vec<Revision>) -> Maintenance {
    let mut known: Vec<Maintenance> = Vec::new();
    for revision in revisions {
        known = vec![match revise(&known, revision) {
            Revised::Opened(m) | Revised::Repeated(m) => m,
            Revised::Changed { maintenance, .. } | Revised::Stale { maintenance, .. } => maintenance,
            Revised::Unassigned => panic!("a test revision belongs to the only maintenance"),
        }];
    }
    known.remove(0)
}
