//! The kind of a verdict: the best window for the vendor first, then its defect; the first that holds (DESIGN.md
//! section 7).

use chrono::{DateTime, TimeDelta, Utc};

use super::pieces::{Piece, Scope, Worth};
use super::value::{Answer, Kind, Label, Segment};
use crate::time::Interval;

/// A kind with the piece of a window that it rests on, as an index into the pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) rests_on: Option<usize>,
}

/// The kind that the known windows lead to; none when none of the kinds from `in_window` to `after_window` holds.
pub(super) fn by_windows(outage: Interval, segments: &[Segment], pieces: &[Piece<'_>]) -> Option<Found> {
    let start = outage.start();
    let holding = |worth: Worth| best(pieces, |piece| piece.worth == worth && holds(piece, start));
    if let Some(good) = holding(Worth::Good) {
        return Some(Found { kind: in_good_window(segments), rests_on: Some(good) });
    }
    [
        (Worth::Late, Kind::AnnouncedTooLate),
        (Worth::Tentative, Kind::TentativeOnly),
        (Worth::Cancelled, Kind::CancelledWindow),
    ]
    .into_iter()
    .find_map(|(worth, kind)| holding(worth).map(|piece| Found { kind, rests_on: Some(piece) }))
    .or_else(|| near_good_window(start, pieces))
}

fn holds(piece: &Piece<'_>, instant: DateTime<Utc>) -> bool {
    piece.expected().is_some() && piece.interval.contains(instant)
}

/// Among the pieces that fit, the one that expects the worst for the asset, then the one announced first, then by the
/// maintenance's id: the window that serves the vendor best, and always the same one.
fn best(pieces: &[Piece<'_>], fits: impl Fn(&Piece<'_>) -> bool) -> Option<usize> {
    (0..pieces.len()).filter(|index| fits(&pieces[*index])).min_by(|a, b| {
        let (a, b) = (&pieces[*a], &pieces[*b]);
        b.expected()
            .cmp(&a.expected())
            .then(a.announced_at.cmp(&b.announced_at))
            .then_with(|| a.maintenance.id.cmp(&b.maintenance.id))
            .then(a.window.ordinal.cmp(&b.window.ordinal))
    })
}

/// Among the kinds of an outage that began in a good window.
fn in_good_window(segments: &[Segment]) -> Kind {
    let uncovered: Vec<usize> = (0..segments.len()).filter(|index| !is_covered(segments[*index].label)).collect();
    let exceeded = segments.iter().any(|segment| segment.label == Label::CoveredImpactExceeded);
    match uncovered.first() {
        None if exceeded => Kind::ImpactExceeded,
        None => Kind::InWindow,
        Some(first) if uncovered.len() == segments.len() - first => Kind::Overrun,
        Some(_) => Kind::Partly,
    }
}

fn is_covered(label: Label) -> bool {
    match label {
        Label::Covered | Label::CoveredImpactExceeded | Label::Grace => true,
        Label::LateNotice | Label::Tentative | Label::Cancelled | Label::Outside => false,
    }
}

/// Early start or after window: the nearer edge of a good window decides, and a tie is early.
fn near_good_window(start: DateTime<Utc>, pieces: &[Piece<'_>]) -> Option<Found> {
    let near = |index: usize| {
        let piece = &pieces[index];
        if piece.worth != Worth::Good || piece.expected().is_none() {
            return None;
        }
        let (before, after) = (piece.interval.start() - start, start - piece.interval.end());
        if before > TimeDelta::zero() && before <= piece.terms.early_radius {
            Some((before, Kind::EarlyStart, index))
        } else if after >= TimeDelta::zero() && after <= piece.terms.after_radius {
            Some((after, Kind::AfterWindow, index))
        } else {
            None
        }
    };
    (0..pieces.len())
        .filter_map(near)
        .min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| order(&pieces[a.2], &pieces[b.2])))
        .map(|(_, kind, index)| Found { kind, rests_on: Some(index) })
}

fn order(a: &Piece<'_>, b: &Piece<'_>) -> std::cmp::Ordering {
    a.announced_at.cmp(&b.announced_at).then_with(|| a.maintenance.id.cmp(&b.maintenance.id))
}

/// What the vendors' other windows make of an outage that none of the windows in scope explains.
pub(super) fn by_absence(outage: Interval, pieces: &[Piece<'_>]) -> Found {
    let live = |piece: &Piece<'_>| piece.worth != Worth::Cancelled;
    let other = |piece: &Piece<'_>| live(piece) && piece.expected().is_none();
    let then =
        (0..pieces.len()).find(|index| other(&pieces[*index]) && pieces[*index].interval.contains(outage.start()));
    if let Some(index) = then {
        return Found { kind: Kind::WrongAsset, rests_on: Some(index) };
    }
    let distance = |piece: &Piece<'_>| {
        let (before, after) = (piece.interval.start() - outage.end(), outage.start() - piece.interval.end());
        before.max(after).max(TimeDelta::zero())
    };
    let near = (0..pieces.len())
        .filter(|index| live(&pieces[*index]) && distance(&pieces[*index]) <= pieces[*index].terms.horizon)
        .min_by(|a, b| distance(&pieces[*a]).cmp(&distance(&pieces[*b])).then_with(|| order(&pieces[*a], &pieces[*b])));
    match near {
        Some(index) => Found { kind: Kind::OutOfWindow, rests_on: Some(index) },
        None => Found { kind: Kind::Unannounced, rests_on: None },
    }
}

/// Names of the vendor's that nobody could match, in a window that was open when the outage began.
pub(super) fn unmatched_then(outage: Interval, pieces: &[Piece<'_>]) -> Vec<String> {
    pieces
        .iter()
        .filter(|piece| piece.worth != Worth::Cancelled && piece.interval.contains(outage.start()))
        .flat_map(|piece| match &piece.scope {
            Scope::Unmatched { names } => names.clone(),
            Scope::In { .. } | Scope::Other => Vec::new(),
        })
        .collect()
}

/// The answer that belongs to a kind.
pub(super) fn answer(kind: Kind, segments: &[Segment]) -> Answer {
    match kind {
        Kind::InWindow => Answer::Yes,
        Kind::ImpactExceeded | Kind::Overrun | Kind::Partly => Answer::Partly,
        Kind::EarlyStart | Kind::AfterWindow if segments.iter().any(|segment| segment.excused) => Answer::Partly,
        Kind::EarlyStart
        | Kind::AfterWindow
        | Kind::AnnouncedTooLate
        | Kind::TentativeOnly
        | Kind::CancelledWindow
        | Kind::Retroactive
        | Kind::WrongAsset
        | Kind::OutOfWindow
        | Kind::Unannounced => Answer::No,
        Kind::Ambiguous | Kind::Unknown => Answer::Unknown,
    }
}
