//! Every second of an outage gets exactly one label.

use chrono::{DateTime, Utc};

use super::pieces::{Weighed, Worth};
use super::value::Segment;
use crate::maintenance::Label;
use crate::time::{Interval, shifted};
use crate::window::Impact;

/// What a second counts as, and whether the vendor is excused for it.
type Counted = (Label, bool);

/// Cuts the outage at every edge of a piece in scope and labels each part by the best that holds over all of them.
pub(super) fn segments<P: Weighed>(outage: Interval, observed: Impact, pieces: &[P]) -> Vec<Segment> {
    let meets = |piece: &&P| {
        let last = shifted(piece.interval().end(), piece.terms().grace);
        piece.expected().is_some() && piece.interval().start() < outage.end() && outage.start() < last
    };
    // Most outages of a batch meet no window at all.
    if !pieces.iter().any(|piece| meets(&piece)) {
        return vec![segment(outage, outage.start(), outage.end(), (Label::Outside, false))];
    }
    let edges = pieces.iter().filter(meets).flat_map(|piece| {
        let end = piece.interval().end();
        [piece.interval().start(), end, shifted(end, piece.terms().grace)]
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
            let held = segments.iter().find(|segment| segment.start <= instant && instant < segment.end);
            held.map(|segment| (segment.label, segment.excused))
        };
        let mut labels = all().filter_map(said);
        let first = labels.next().unwrap_or((Label::Outside, false));
        if labels.all(|label| label == first) { first } else { (Label::Ambiguous, false) }
    };
    labelled(outage, edges, label)
}

/// Cuts the outage at these edges, labels each part by its first instant and joins neighbours of equal label.
fn labelled(
    outage: Interval,
    edges: impl Iterator<Item = DateTime<Utc>>,
    label: impl Fn(DateTime<Utc>) -> Counted,
) -> Vec<Segment> {
    let mut cuts: Vec<DateTime<Utc>> = edges.filter(|edge| outage.contains(*edge)).collect();
    cuts.extend([outage.start(), outage.end()]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut parts: Vec<(DateTime<Utc>, DateTime<Utc>, Counted)> = Vec::new();
    for pair in cuts.windows(2) {
        let label = label(pair[0]);
        match parts.last_mut() {
            Some((_, end, last)) if *last == label => *end = pair[1],
            Some(_) | None => parts.push((pair[0], pair[1], label)),
        }
    }
    parts.into_iter().map(|(start, end, label)| segment(outage, start, end, label)).collect()
}

/// The first label that holds at an instant; between two cuts it holds for all. It is excused where the terms of any
/// window that gives it say so.
fn label_at<P: Weighed>(instant: DateTime<Utc>, observed: Impact, pieces: &[P]) -> Counted {
    let labels = pieces.iter().filter_map(|piece| Some((label_by(piece, instant, observed)?, piece)));
    let counted = labels.map(|(label, piece)| (label, !piece.terms().excused.holds(label)));
    counted.min().map_or((Label::Outside, false), |(label, unexcused)| (label, !unexcused))
}

fn label_by<P: Weighed>(piece: &P, instant: DateTime<Utc>, observed: Impact) -> Option<Label> {
    let expected = piece.expected()?;
    if piece.interval().contains(instant) {
        return Some(match piece.worth() {
            Worth::Good if observed <= expected => Label::Covered,
            Worth::Good => Label::CoveredImpactExceeded,
            Worth::Late => Label::LateNotice,
            Worth::Tentative => Label::Tentative,
            Worth::Cancelled => Label::Cancelled,
        });
    }
    let end = piece.interval().end();
    let in_grace = piece.worth() == Worth::Good && end <= instant && instant < shifted(end, piece.terms().grace);
    in_grace.then_some(Label::Grace)
}

/// Seconds are counted from the outage's start, so that those of all segments add up to its length even where an edge
/// lies inside a second.
fn segment(outage: Interval, start: DateTime<Utc>, end: DateTime<Utc>, (label, excused): Counted) -> Segment {
    let seconds = (end - outage.start()).num_seconds() - (start - outage.start()).num_seconds();
    Segment { start, end, seconds, label, excused }
}
