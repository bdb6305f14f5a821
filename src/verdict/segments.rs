//! Every second of an outage gets exactly one label.

use chrono::{DateTime, Utc};

use super::pieces::{Piece, Scope, Worth};
use super::value::{Label, Segment};
use crate::time::Interval;
use crate::window::Impact;

/// Cuts the outage at every edge of a piece in scope and labels each part by the best that holds over all of them.
pub(super) fn segments(outage: Interval, observed: Impact, pieces: &[Piece<'_>]) -> Vec<Segment> {
    let mut cuts = vec![outage.start(), outage.end()];
    let edges = pieces.iter().filter(|piece| in_scope(piece)).flat_map(|piece| {
        let end = piece.interval.end();
        [piece.interval.start(), end, end + piece.terms.grace]
    });
    cuts.extend(edges.filter(|edge| outage.contains(*edge)));
    cuts.sort_unstable();
    cuts.dedup();
    let mut segments: Vec<Segment> = Vec::new();
    for pair in cuts.windows(2) {
        let label = label_at(pair[0], observed, pieces);
        match segments.last_mut() {
            Some(last) if last.label == label => extend(last, pair[1]),
            Some(_) | None => segments.push(segment(pair[0], pair[1], label)),
        }
    }
    segments
}

fn in_scope(piece: &Piece<'_>) -> bool {
    match piece.scope {
        Scope::In { .. } => true,
        Scope::Other | Scope::Unmatched { .. } => false,
    }
}

/// The first label that holds at an instant; between two cuts it holds for all.
fn label_at(instant: DateTime<Utc>, observed: Impact, pieces: &[Piece<'_>]) -> Label {
    pieces.iter().filter_map(|piece| label_by(piece, instant, observed)).min().unwrap_or(Label::Outside)
}

fn label_by(piece: &Piece<'_>, instant: DateTime<Utc>, observed: Impact) -> Option<Label> {
    let expected = piece.expected()?;
    if piece.interval.contains(instant) {
        return Some(match piece.worth {
            Worth::Good if observed <= expected => Label::Covered,
            Worth::Good => Label::CoveredImpactExceeded,
            Worth::Late => Label::LateNotice,
            Worth::Tentative => Label::Tentative,
            Worth::Cancelled => Label::Cancelled,
        });
    }
    let end = piece.interval.end();
    let in_grace = piece.worth == Worth::Good && end <= instant && instant < end + piece.terms.grace;
    in_grace.then_some(Label::Grace)
}

fn segment(start: DateTime<Utc>, end: DateTime<Utc>, label: Label) -> Segment {
    Segment { start, end, seconds: (end - start).num_seconds(), label, excused: is_excused(label) }
}

fn extend(segment: &mut Segment, end: DateTime<Utc>) {
    segment.end = end;
    segment.seconds = (end - segment.start).num_seconds();
}

/// Only covered seconds are excused; a contract that says otherwise will say so in its terms.
fn is_excused(label: Label) -> bool {
    match label {
        Label::Covered => true,
        Label::CoveredImpactExceeded
        | Label::Grace
        | Label::LateNotice
        | Label::Tentative
        | Label::Cancelled
        | Label::Outside => false,
    }
}
