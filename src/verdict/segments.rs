//! Every second of an outage gets exactly one label.

use chrono::{DateTime, Utc};

use super::pieces::{Piece, Worth};
use super::value::{Label, Segment};
use crate::time::{Interval, shifted};
use crate::window::Impact;

/// Cuts the outage at every edge of a piece in scope and labels each part by the best that holds over all of them.
pub(super) fn segments(outage: Interval, observed: Impact, pieces: &[Piece<'_>]) -> Vec<Segment> {
    let in_scope = pieces.iter().filter(|piece| piece.expected().is_some());
    let edges = in_scope.flat_map(|piece| {
        let end = piece.interval.end();
        [piece.interval.start(), end, shifted(end, piece.terms.grace)]
    });
    labelled(outage, edges, |instant| label_at(instant, observed, pieces))
}

/// The labels of the preferred reading, where all readings that hold a second agree about it; a second whose label
/// differs between readings is ambiguous (DESIGN.md section 7).
pub(super) fn agreed(outage: Interval, preferred: &[Segment], others: &[(Interval, Vec<Segment>)]) -> Vec<Segment> {
    let all = || std::iter::once((&outage, preferred)).chain(others.iter().map(|(o, s)| (o, s.as_slice())));
    let edges = all().flat_map(|(outage, segments)| {
        segments.iter().map(|segment| segment.start).chain([outage.start(), outage.end()]).collect::<Vec<_>>()
    });
    let label = |instant: DateTime<Utc>| {
        let said = |(_, segments): (&Interval, &[Segment])| {
            segments.iter().find(|segment| segment.start <= instant && instant < segment.end).map(|s| s.label)
        };
        let mut labels = all().filter_map(said);
        let first = labels.next().unwrap_or(Label::Outside);
        if labels.all(|label| label == first) { first } else { Label::Ambiguous }
    };
    labelled(outage, edges, label)
}

/// Cuts the outage at these edges, labels each part by its first instant and joins neighbours of equal label.
fn labelled(
    outage: Interval,
    edges: impl Iterator<Item = DateTime<Utc>>,
    label: impl Fn(DateTime<Utc>) -> Label,
) -> Vec<Segment> {
    let mut cuts: Vec<DateTime<Utc>> = edges.filter(|edge| outage.contains(*edge)).collect();
    cuts.extend([outage.start(), outage.end()]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut parts: Vec<(DateTime<Utc>, DateTime<Utc>, Label)> = Vec::new();
    for pair in cuts.windows(2) {
        let label = label(pair[0]);
        match parts.last_mut() {
            Some((_, end, last)) if *last == label => *end = pair[1],
            Some(_) | None => parts.push((pair[0], pair[1], label)),
        }
    }
    parts.into_iter().map(|(start, end, label)| segment(outage, start, end, label)).collect()
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
    let in_grace = piece.worth == Worth::Good && end <= instant && instant < shifted(end, piece.terms.grace);
    in_grace.then_some(Label::Grace)
}

/// Seconds are counted from the outage's start, so that those of all segments add up to its length even where an edge
/// lies inside a second.
fn segment(outage: Interval, start: DateTime<Utc>, end: DateTime<Utc>, label: Label) -> Segment {
    let seconds = (end - outage.start()).num_seconds() - (start - outage.start()).num_seconds();
    Segment { start, end, seconds, label, excused: is_excused(label) }
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
        | Label::Outside
        | Label::Ambiguous => false,
    }
}
