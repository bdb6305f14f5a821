//! The kind of a verdict: the best window for the vendor first, then its defect; the first that holds (DESIGN.md
//! section 7).

use chrono::{DateTime, TimeDelta, Utc};

use super::pieces::{Piece, Weighed, Worth};
use super::scope::Scope;
use super::value::{Answer, Kind, Segment};
use crate::maintenance::Label;
use crate::time::Interval;

/// A kind with the piece of a window that it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) rests_on: Option<Rests>,
}

/// Which piece: an index into those known before the outage, or into those known by the moment asked as of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rests {
    Known(usize),
    Late(usize),
}

/// The kind that the known windows lead to; none when none of the kinds from `in_window` to `after_window` holds.
pub(super) fn by_windows<P: Weighed>(outage: Interval, segments: &[Segment], pieces: &[P]) -> Option<Found> {
    let start = outage.start();
    let holding = |worth: Worth| best(pieces, |piece| piece.worth() == worth && piece.holds(start));
    let found = |kind: Kind| move |index: usize| Found { kind, rests_on: Some(Rests::Known(index)) };
    holding(Worth::Good)
        .map(found(in_good_window(segments)))
        .or_else(|| holding(Worth::Late).map(found(Kind::AnnouncedTooLate)))
        .or_else(|| holding(Worth::Tentative).map(found(Kind::TentativeOnly)))
        .or_else(|| holding(Worth::Cancelled).map(found(Kind::CancelledWindow)))
        .or_else(|| near_good_window(start, pieces))
}

/// Among the pieces that fit, the best for the vendor, and always the same one.
fn best<P: Weighed>(pieces: &[P], fits: impl Fn(&P) -> bool) -> Option<usize> {
    (0..pieces.len()).filter(|index| fits(&pieces[*index])).min_by(|a, b| pieces[*a].best_first(&pieces[*b]))
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

/// Whether a label counts as lying in a window: its grace belongs to it.
pub(super) fn is_covered(label: Label) -> bool {
    match label {
        Label::Covered | Label::CoveredImpactExceeded | Label::Grace => true,
        Label::LateNotice | Label::Tentative | Label::Cancelled | Label::Outside | Label::Ambiguous => false,
    }
}

/// Early start or after window: the nearer edge of a good window decides, and a tie is early. A radius of zero is none.
fn near_good_window<P: Weighed>(start: DateTime<Utc>, pieces: &[P]) -> Option<Found> {
    let near = |index: usize| {
        let piece = &pieces[index];
        if piece.worth() != Worth::Good || piece.expected().is_none() {
            return None;
        }
        let (before, after) = (piece.interval().start() - start, start - piece.interval().end());
        let (early, aftermath) = piece.radii();
        if before > TimeDelta::zero() && before <= early {
            Some((before, Kind::EarlyStart, index))
        } else if after >= TimeDelta::zero() && after <= aftermath && !aftermath.is_zero() {
            Some((after, Kind::AfterWindow, index))
        } else {
            None
        }
    };
    (0..pieces.len())
        .filter_map(near)
        .min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| pieces[a.2].best_first(&pieces[b.2])))
        .map(|(_, kind, index)| Found { kind, rests_on: Some(Rests::Known(index)) })
}

/// A window that covers the start and was announced only from the start on.
pub(super) fn retroactive(start: DateTime<Utc>, late: &[Piece<'_>]) -> Option<Found> {
    let covers = best(late, |piece| piece.is_live() && piece.holds(start))?;
    Some(Found { kind: Kind::Retroactive, rests_on: Some(Rests::Late(covers)) })
}

/// What the vendors' other windows make of an outage that none of the windows in scope explains.
pub(super) fn by_absence<P: Weighed>(outage: Interval, pieces: &[P]) -> Found {
    let other_then =
        |piece: &P| piece.is_live() && piece.expected().is_none() && piece.interval().contains(outage.start());
    if let Some(then) = best(pieces, other_then) {
        return Found { kind: Kind::WrongAsset, rests_on: Some(Rests::Known(then)) };
    }
    let distance = |index: usize| (outage.distance(&pieces[index].interval()), index);
    let near = (0..pieces.len())
        .filter(|index| pieces[*index].is_live())
        .map(distance)
        .filter(|(distance, index)| *distance <= pieces[*index].terms().horizon)
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| pieces[a.1].best_first(&pieces[b.1])));
    match near {
        Some((_, index)) => Found { kind: Kind::OutOfWindow, rests_on: Some(Rests::Known(index)) },
        None => Found { kind: Kind::Unannounced, rests_on: None },
    }
}

/// Names of the vendor's that nobody could match, in a window that was open when the outage began; each once.
pub(super) fn unmatched_then(outage: Interval, pieces: &[Piece<'_>]) -> Vec<String> {
    let mut names: Vec<String> = pieces
        .iter()
        .filter(|piece| piece.is_live() && piece.interval.contains(outage.start()))
        .flat_map(|piece| match &*piece.scope {
            Scope::Unmatched { names } => names.clone(),
            Scope::In { .. } | Scope::Other => Vec::new(),
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Kind {
    /// Whether it was decided by what the vendors' windows for other assets are as well.
    #[must_use]
    pub fn weighs_all(self) -> bool {
        match self {
            Self::WrongAsset | Self::OutOfWindow | Self::Unannounced | Self::Unknown | Self::Ambiguous => true,
            Self::InWindow
            | Self::ImpactExceeded
            | Self::Overrun
            | Self::Partly
            | Self::AnnouncedTooLate
            | Self::TentativeOnly
            | Self::CancelledWindow
            | Self::EarlyStart
            | Self::AfterWindow
            | Self::Retroactive => false,
        }
    }
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
