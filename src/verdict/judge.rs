//! The judge: from a question and what was known to a verdict with its ground.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::flags::flags;
use super::ground::{Ground, explain, offset_seconds, window_seen};
use super::intake::{IntakeGap, gaps};
use super::kind::{Found, answer, by_absence, by_windows, unmatched_then};
use super::pieces::{Piece, pieces};
use super::question::{Known, Question};
use super::segments::segments;
use super::value::{GroupCount, ImpactSeen, Kind, SCHEMA, Segment, Verdict};
use crate::maintenance::Maintenance;
use crate::names::AssetId;
use crate::time::Interval;

/// Most readings of one question that are tried before it is called ambiguous for their number alone.
pub const MAX_READINGS: usize = 64;

/// One reading of a question, judged.
pub(super) struct Judged<'a> {
    pub(super) outage: Interval,
    pub(super) found: Found,
    pub(super) segments: Vec<Segment>,
    /// What was known before the outage began.
    pub(super) known: Vec<Piece<'a>>,
    /// What is known with the notices received from the start on, before the moment asked as of.
    pub(super) late: Vec<Piece<'a>>,
    pub(super) gaps: Vec<IntakeGap>,
}

/// Judges one asset and one span.
///
/// Every kind but `retroactive` is decided on what was received before the outage's start (and before `as_of`, whichever
/// is earlier). Where the words of a window or the outage's own times leave several readings and these lead to
/// different kinds, the kind is `ambiguous` and all are listed.
#[must_use]
pub fn judge(question: &Question, known: &Known<'_>) -> Verdict {
    let preferred = judge_reading(question, question.outage, known, known.maintenances);
    let readings = other_kinds(question, known, preferred.found.kind);
    verdict(question, known, &preferred, readings)
}

fn judge_reading<'a>(
    question: &Question,
    outage: Interval,
    known: &Known<'a>,
    maintenances: &'a [Maintenance],
) -> Judged<'a> {
    let known = &Known { maintenances, ..*known };
    let cut = question.as_of.min(outage.start());
    let before = pieces(known, &question.asset, cut);
    let late =
        if question.as_of > outage.start() { pieces(known, &question.asset, question.as_of) } else { Vec::new() };
    let segments = segments(outage, question.observed, &before);
    let mut gaps = gaps(known, &question.asset, cut);
    gaps.extend(unmatched_then(outage, &before).into_iter().map(IntakeGap::UnmatchedName));
    let found = by_windows(outage, &segments, &before)
        .or_else(|| retroactive(outage.start(), &late))
        .unwrap_or_else(|| absent(known, question, outage, &before, &gaps));
    Judged { outage, found, segments, known: before, late, gaps }
}

/// A window that covers the start and was announced only from the start on.
fn retroactive(start: DateTime<Utc>, late: &[Piece<'_>]) -> Option<Found> {
    use super::pieces::Worth;
    let covers = |piece: &Piece<'_>| {
        piece.worth != Worth::Cancelled && piece.expected().is_some() && piece.interval.contains(start)
    };
    late.iter().any(covers).then_some(Found { kind: Kind::Retroactive, rests_on: None })
}

/// What absence proves: nothing where a source was not read or a notice waits that could say otherwise.
fn absent(known: &Known<'_>, question: &Question, outage: Interval, before: &[Piece<'_>], gaps: &[IntakeGap]) -> Found {
    if known.inventory.vendors_of(&question.asset).is_empty() || !gaps.is_empty() {
        return Found { kind: Kind::Unknown, rests_on: None };
    }
    by_absence(outage, before)
}

/// The kinds that other readings lead to, when they differ from the preferred one.
fn other_kinds(question: &Question, known: &Known<'_>, preferred: Kind) -> Vec<Kind> {
    let mut kinds = BTreeSet::from([preferred]);
    for outage in outage_readings(question) {
        kinds.insert(judge_reading(question, outage, known, known.maintenances).found.kind);
    }
    for maintenances in window_readings(known.maintenances, question.outage) {
        kinds.insert(judge_reading(question, question.outage, known, &maintenances).found.kind);
    }
    if kinds.len() > 1 { kinds.into_iter().collect() } else { Vec::new() }
}

/// The outage at both ends of the uncertainty of its start and of its end.
fn outage_readings(question: &Question) -> Vec<Interval> {
    let ends = |uncertainty: TimeDelta| {
        if uncertainty.is_zero() { vec![uncertainty] } else { vec![-uncertainty, TimeDelta::zero(), uncertainty] }
    };
    let outage = question.outage;
    ends(question.start_uncertainty)
        .into_iter()
        .flat_map(|start| ends(question.end_uncertainty).into_iter().map(move |end| (start, end)))
        .filter_map(|(start, end)| Interval::new(outage.start() + start, outage.end() + end).ok())
        .filter(|reading| *reading != outage)
        .collect()
}

/// The maintenances with one window at a time in one of its other readings, as far as it lies near the outage.
fn window_readings(maintenances: &[Maintenance], outage: Interval) -> Vec<Vec<Maintenance>> {
    let near = |interval: &Interval| {
        let day = TimeDelta::days(2);
        interval.start() - day < outage.end() && outage.start() < interval.end() + day
    };
    let mut readings = Vec::new();
    for (m, maintenance) in maintenances.iter().enumerate() {
        let windows = maintenance.revisions.iter().enumerate().flat_map(|(r, revision)| {
            revision.announcement.windows.iter().enumerate().map(move |(w, window)| (r, w, window))
        });
        for (r, w, window) in windows {
            for other in window.others.iter().filter(|other| near(other) || near(&window.interval)) {
                let mut changed = maintenances.to_vec();
                changed[m].revisions[r].announcement.windows[w].interval = *other;
                readings.push(changed);
                if readings.len() == MAX_READINGS {
                    return readings;
                }
            }
        }
    }
    readings
}

fn verdict(question: &Question, known: &Known<'_>, judged: &Judged<'_>, readings: Vec<Kind>) -> Verdict {
    let kind = if readings.is_empty() { judged.found.kind } else { Kind::Ambiguous };
    let resting = judged.found.rests_on.map(|index| &judged.known[index]);
    let group = group(question, known);
    let flags = flags(question, known, judged, kind);
    let window = resting.map(window_seen);
    let ground = Ground { question, known, judged, kind, resting, flags: &flags, group: &group, readings: &readings };
    let (why, evidence) = explain(&ground);
    Verdict {
        schema: SCHEMA.to_owned(),
        asset: question.asset.clone(),
        answer: answer(kind, &judged.segments),
        kind,
        outage: judged.outage,
        as_of: question.as_of,
        offset_seconds: resting.map(|piece| offset_seconds(judged.outage.start(), piece.interval)),
        segments: judged.segments.clone(),
        notice: resting.and_then(super::ground::notice_seen),
        window,
        impact: ImpactSeen {
            observed: question.observed,
            expected: resting.and_then(Piece::expected),
            path: resting.map(super::ground::path).unwrap_or_default(),
        },
        group,
        flags,
        evidence,
        why,
        readings,
    }
}

/// The assets that went down at about the same time, this one first, each once.
pub(super) fn down_together(question: &Question, known: &Known<'_>) -> Vec<AssetId> {
    let close = |start: DateTime<Utc>| (start - question.outage.start()).abs() <= super::question::CLOSE_IN_TIME;
    let mut seen = BTreeSet::from([question.asset.clone()]);
    let mut down = vec![question.asset.clone()];
    for beside in known.beside.iter().filter(|beside| close(beside.start)) {
        if seen.insert(beside.asset.clone()) {
            down.push(beside.asset.clone());
        }
    }
    down
}

fn group(question: &Question, known: &Known<'_>) -> Vec<GroupCount> {
    let down = down_together(question, known);
    known
        .inventory
        .group(&down)
        .into_iter()
        .map(|count| GroupCount { domain: count.domain, down: count.down, of: count.of })
        .collect()
}
