//! The window and the notice that a verdict rests on.

use chrono::{DateTime, Utc};

use super::pieces::{Origin, Piece, Withdrawal};
use super::scope::Scope;
use super::value::{AsTold, ImpactSeen, NoticeSeen, WindowSeen};
use crate::maintenance::{Promise, Revision};
use crate::names::AssetId;
use crate::notice::Status;
use crate::time::Interval;
use crate::window::Impact;

impl<'a> Piece<'a> {
    /// The revision that announced this piece: of those received when it was announced the one that states the window.
    pub(super) fn announced_by(&self) -> Option<&'a Revision> {
        let states_it = |revision: &Revision| {
            revision.announcement.windows.iter().any(|window| window.interval.overlaps(&self.interval))
        };
        let then = self.maintenance()?.standing().filter(|revision| revision.received.at == self.announced_at);
        then.min_by_key(|revision| (!states_it(revision), &revision.notice, revision.number))
    }

    /// The revision that took the window away: of those received then the one that has a word about status or windows.
    pub(super) fn withdrawn_by(&self) -> Option<&'a Revision> {
        let at = self.withdrawn?.at;
        let says_nothing =
            |revision: &Revision| revision.announcement.status.is_none() && revision.announcement.windows.is_empty();
        let then = self.maintenance()?.standing().filter(|revision| revision.received.at == at);
        then.min_by_key(|revision| (says_nothing(revision), &revision.notice, revision.number))
    }
}

/// The revision that a verdict resting on this piece rests on.
pub(super) fn rests_on_notice<'a>(piece: &Piece<'a>) -> Option<&'a Revision> {
    piece.withdrawn_by().or_else(|| piece.announced_by())
}

/// Outage start minus the nearer edge of the window: negative before its start, positive after its end, zero inside.
pub(super) fn offset_seconds(start: DateTime<Utc>, window: Interval) -> i64 {
    if start < window.start() {
        (start - window.start()).num_seconds()
    } else if start >= window.end() {
        (start - window.end()).num_seconds()
    } else {
        0
    }
}

pub(super) fn window_seen(piece: &Piece<'_>, as_told: Option<&AsTold>) -> WindowSeen {
    let window = &piece.window;
    WindowSeen {
        maintenance: piece.maintenance().map(|maintenance| maintenance.id.clone()),
        vendor: piece.vendor().clone(),
        reference: piece.maintenance().map(|maintenance| maintenance.identity.reference.clone()),
        standing: match piece.origin {
            Origin::Announced { .. } => None,
            Origin::Standing(standing) => Some(standing.id.clone()),
        },
        ordinal: window.ordinal,
        role: window.role,
        start: window.interval.start(),
        end: window.interval.end(),
        status: status_known(piece),
        written: window.written.clone(),
        zone: window.zone.clone(),
        time_flags: window.flags.clone(),
        announced_at: announced_at(piece),
        notice_given_seconds: announced_at(piece).map(|_| piece.notice_given.num_seconds()),
        notice_required_seconds: piece.required.length.num_seconds(),
        notice_required_words: match piece.required.promise {
            Promise::Elapsed(_) => None,
            promise @ Promise::BusinessDays(_) => Some(promise.to_string()),
        },
        notice_required_by: piece.terms.notice_from,
        completed_at: completed_at(piece),
        withdrawn_at: piece.withdrawn.map(|withdrawn| withdrawn.at),
        as_told: as_told.cloned(),
    }
}

/// When the window was announced; none of a standing window that was always known.
pub(super) fn announced_at(piece: &Piece<'_>) -> Option<DateTime<Utc>> {
    match piece.origin {
        Origin::Announced { .. } => Some(piece.announced_at),
        Origin::Standing(standing) => standing.when.known_from(),
    }
}

/// The status as known: of a window taken away the one it had then, unless that was taken away by it.
pub(super) fn status_known(piece: &Piece<'_>) -> Status {
    match piece.withdrawn.map(|withdrawn| withdrawn.by) {
        Some(Withdrawal::Cancelled) => Status::Cancelled,
        Some(Withdrawal::Completed) => Status::Completed,
        Some(Withdrawal::Moved) | None => piece.state().map_or(Status::Confirmed, |state| state.status),
    }
}

pub(super) fn notice_seen(piece: &Piece<'_>) -> Option<NoticeSeen> {
    let revision = rests_on_notice(piece)?;
    Some(NoticeSeen {
        id: revision.notice.clone(),
        received_at: revision.received.at,
        received_by: revision.received.by,
    })
}

pub(super) fn path(piece: &Piece<'_>) -> Vec<AssetId> {
    match &*piece.scope {
        Scope::In { path, .. } => path.clone(),
        Scope::Other | Scope::Unmatched { .. } => Vec::new(),
    }
}

/// When the work was over, where that was before the end of the window that the verdict rests on.
pub(super) fn completed_at(piece: &Piece<'_>) -> Option<DateTime<Utc>> {
    piece.state()?.ended_at.filter(|ended_at| *ended_at < piece.window.interval.end())
}

/// The three impacts, as far as the piece that the verdict rests on tells them.
pub(super) fn impact_seen(observed: Impact, resting: Option<&Piece<'_>>) -> ImpactSeen {
    match resting.map(|piece| &*piece.scope) {
        Some(Scope::In { expected, stated, path }) => {
            ImpactSeen { observed, stated: *stated, expected: Some(*expected), path: path.clone() }
        }
        Some(Scope::Other | Scope::Unmatched { .. }) | None => {
            ImpactSeen { observed, stated: None, expected: None, path: Vec::new() }
        }
    }
}
