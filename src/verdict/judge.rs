//! The judge: from a question and what was known to a verdict with its ground.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use super::flags::flags;
use super::ground::{Ground, explain};
use super::intake::{IntakeGap, gaps};
use super::kind::{Found, Rests, answer, by_absence, by_windows, retroactive, unmatched_then};
use super::pieces::{Piece, Search, pieces};
use super::question::{Beside, CLOSE_IN_TIME, Known, Question};
use super::readings::{MAX_READINGS, WindowReading, outage_readings, span_text, window_readings};
use super::resting::{impact_seen, notice_seen, offset_seconds, window_seen};
use super::scope::{Scopes, Walks};
use super::segments::{agreed, segments};
use super::standing::{StandingWindows, occurring};
use super::value::{AsTold, GroupCount, Kind, SCHEMA, Segment, Verdict};
use crate::maintenance::{ByRules, Maintenance, Terms};
use crate::names::{AssetId, VendorId};
use crate::time::Interval;
use crate::window::Window;

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

impl<'a> Judged<'a> {
    /// The piece that the kind rests on.
    pub(super) fn resting(&self) -> Option<&Piece<'a>> {
        match self.found.rests_on? {
            Rests::Known(index) => self.known.get(index),
            Rests::Late(index) => self.late.get(index),
        }
    }
}

/// The readings of a question that lead to more than one kind, or that are too many to say.
#[derive(Default)]
pub(super) struct Readings {
    /// The kinds, in their order; none when all readings lead to the same.
    pub(super) kinds: Vec<Kind>,
    /// How many readings the words allow, where that is more than are tried.
    pub(super) too_many: Option<usize>,
    /// Every reading tried, with the kind that it leads to.
    pub(super) listed: Vec<(String, Kind)>,
}

/// Judges one asset and one span.
///
/// Every kind but `retroactive` is decided on what was received before the outage's start (and before `as_of`, whichever
/// is earlier). Windows given in local time are read by the newest zone rules; where customers were told other times, the
/// verdict says both. Where the words of a window or the outage's own times leave several readings and these lead to
/// different kinds, the kind is `ambiguous` and all are listed.
#[must_use]
pub fn judge(question: &Question, known: &Known<'_>) -> Verdict {
    let walks = Walks::new(known.inventory);
    let scopes = Scopes::new(&walks, &question.asset);
    let vendors = known.inventory.vendors_of(&question.asset).into_iter();
    let vendors = vendors.map(|vendor| (vendor.clone(), Rc::new(known.terms_of(&vendor)))).collect();
    let standing = occurring(known, &scopes, &vendors, question.span());
    let court = Court { question, known, scopes: &scopes, vendors: &vendors, standing };
    let told = court.of_vendors();
    let by_rules: Vec<Option<ByRules>> = told.iter().map(|(known_as, _)| known_as.by_rules(known.zones)).collect();
    let newest = told.iter().zip(&by_rules).map(|((told, terms), by_rules)| {
        let read = by_rules.as_ref().map_or(*told, |by_rules| &by_rules.maintenance);
        (read, Rc::clone(terms))
    });
    let maintenances: Vec<(&Maintenance, Rc<Terms>)> = newest.collect();
    let mut preferred = court.judge(question.outage, &maintenances);
    let readings = court.other_readings(&mut preferred, &maintenances);
    let as_told = court.as_told(&preferred, &told, &by_rules);
    court.verdict(&preferred, &readings, as_told.as_ref())
}

/// What every reading is judged by.
struct Court<'k, 'a> {
    question: &'k Question,
    known: &'k Known<'a>,
    scopes: &'k Scopes<'k>,
    /// The asset's vendors with the terms of each.
    vendors: &'k BTreeMap<VendorId, Rc<Terms>>,
    standing: StandingWindows<'a>,
}

impl<'a> Court<'_, 'a> {
    /// The maintenances of the asset's vendors with their terms, by id.
    fn of_vendors(&self) -> Vec<(&'a Maintenance, Rc<Terms>)> {
        let terms = |maintenance: &Maintenance| self.vendors.get(&maintenance.identity.vendor).map(Rc::clone);
        let maintenances = self.known.maintenances.iter();
        let mut maintenances: Vec<(&Maintenance, Rc<Terms>)> =
            maintenances.filter_map(|maintenance| Some((maintenance, terms(maintenance)?))).collect();
        maintenances.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        maintenances
    }

    fn judge<'m>(&self, outage: Interval, maintenances: &[(&'m Maintenance, Rc<Terms>)]) -> Judged<'m>
    where
        'a: 'm,
    {
        let (question, known) = (self.question, self.known);
        let as_of = self.as_of(outage);
        let cut = as_of.min(outage.start());
        let pieces_before = |before: DateTime<Utc>| -> Vec<Piece<'m>> {
            let search = Search { scopes: self.scopes, outage, before };
            pieces(search, maintenances, &self.standing.windows)
        };
        let before = pieces_before(cut);
        let late = if as_of > outage.start() { pieces_before(as_of) } else { Vec::new() };
        let segments = segments(outage, question.observed, &before);
        let mut gaps = gaps(known, &question.asset, cut);
        gaps.extend(self.standing.gaps.iter().cloned());
        gaps.extend(unmatched_then(outage, &before).into_iter().map(IntakeGap::UnmatchedName));
        let found = by_windows(outage, &segments, &before)
            .or_else(|| retroactive(outage.start(), &late))
            .unwrap_or_else(|| self.absent(outage, &before, &gaps));
        Judged { outage, found, segments, known: before, late, gaps }
    }

    /// The moment of knowledge for a reading: the official one moves with the outage's start.
    fn as_of(&self, outage: Interval) -> DateTime<Utc> {
        let asked = self.question.as_of;
        if asked == self.question.outage.start() { outage.start() } else { asked }
    }

    /// What absence proves: nothing where a source was not read or a notice waits that could say otherwise.
    fn absent(&self, outage: Interval, before: &[Piece<'_>], gaps: &[IntakeGap]) -> Found {
        if self.vendors.is_empty() || !gaps.is_empty() {
            return Found { kind: Kind::Unknown, rests_on: None };
        }
        by_absence(outage, before)
    }

    /// Judges all other readings, and marks the seconds of the preferred one about which they do not agree.
    fn other_readings(&self, preferred: &mut Judged<'_>, maintenances: &[(&Maintenance, Rc<Terms>)]) -> Readings {
        let question = self.question;
        let outages = outage_readings(question, maintenances, &self.standing.windows);
        let before = question.as_of.max(question.span().end());
        let windows = window_readings(maintenances, question.outage, before);
        let allowed = outages.allowed.saturating_mul(windows.allowed);
        if allowed == 1 {
            return Readings::default();
        }
        let mut listed = Vec::new();
        let mut others: Vec<(Interval, Vec<Segment>)> = Vec::new();
        let all = outages.tried.iter().flat_map(|outage| windows.tried.iter().map(move |reading| (*outage, reading)));
        for (outage, reading) in all.take(MAX_READINGS) {
            let changed = with_changed(maintenances, reading);
            let judged = self.judge(outage, &changed);
            listed.push((self.reading_text(outage, reading), judged.found.kind));
            others.push((outage, judged.segments));
        }
        preferred.segments = agreed(preferred.outage, &preferred.segments, &others);
        let kinds: BTreeSet<Kind> = listed.iter().map(|(_, kind)| *kind).collect();
        let too_many = Some(allowed).filter(|allowed| *allowed > MAX_READINGS);
        if kinds.len() > 1 || too_many.is_some() {
            Readings { kinds: kinds.into_iter().collect(), too_many, listed }
        } else {
            Readings::default()
        }
    }

    /// Where customers were told that the window lies which the verdict rests on, where the newest zone rules put it
    /// elsewhere; none when they were told since.
    fn as_told(
        &self,
        judged: &Judged<'_>,
        told: &[(&Maintenance, Rc<Terms>)],
        by_rules: &[Option<ByRules>],
    ) -> Option<AsTold> {
        let resting = judged.resting()?;
        let rests_on = &resting.maintenance()?.id;
        let place = told.iter().position(|(told, _)| told.id == *rests_on)?;
        let state = told[place].0.as_of(self.question.as_of);
        let holds = |window: &Window| window.interval == resting.window.interval;
        if state.is_some_and(|state| state.windows.iter().any(holds)) {
            return None;
        }
        let moved = &by_rules[place].as_ref()?.moved;
        let (before, after) = moved.iter().find(|(_, now)| holds(now) && now.wall == resting.window.wall)?;
        Some(AsTold {
            start: before.interval.start(),
            end: before.interval.end(),
            rules: before.rules.clone(),
            rules_now: after.rules.clone(),
            kind: self.judge(judged.outage, told).found.kind,
        })
    }

    fn reading_text(&self, outage: Interval, reading: &WindowReading) -> String {
        let outage = (outage != self.question.outage).then(|| format!("the outage from {}", span_text(outage)));
        let texts: Vec<String> =
            outage.into_iter().chain(Some(reading.text.clone()).filter(|t| !t.is_empty())).collect();
        if texts.is_empty() { "as first read".to_owned() } else { texts.join(" and ") }
    }

    fn verdict(&self, judged: &Judged<'_>, readings: &Readings, as_told: Option<&AsTold>) -> Verdict {
        let (question, known) = (self.question, self.known);
        let kind = if readings.kinds.is_empty() { judged.found.kind } else { Kind::Ambiguous };
        let resting = judged.resting();
        let group = group(question, known);
        let flags = flags(question, known, (judged, as_told), kind);
        let ground = Ground { question, known, judged, kind, resting, as_told, flags: &flags, group: &group, readings };
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
            notice: resting.and_then(notice_seen),
            window: resting.map(|piece| window_seen(piece, as_told)),
            impact: impact_seen(question.observed, resting),
            group,
            flags,
            evidence,
            why,
            readings: readings.kinds.clone(),
        }
    }
}

/// The maintenances with those that a reading changes in place of the preferred ones.
fn with_changed<'m>(
    maintenances: &[(&'m Maintenance, Rc<Terms>)],
    reading: &'m WindowReading,
) -> Vec<(&'m Maintenance, Rc<Terms>)> {
    let mut all = maintenances.to_vec();
    for (place, changed) in &reading.changed {
        all[*place].0 = changed;
    }
    all
}

/// The recorded outages that began at about the same time.
pub(super) fn close_in_time<'k>(question: &Question, known: &Known<'k>) -> Vec<&'k Beside> {
    let apart = |beside: &Beside| (beside.start - question.outage.start()).abs();
    known.beside.iter().filter(|beside| apart(beside) <= CLOSE_IN_TIME).collect()
}

/// The assets that went down at about the same time, this one included, each once.
pub(super) fn down_together(question: &Question, known: &Known<'_>) -> Vec<AssetId> {
    let close = close_in_time(question, known).into_iter().map(|beside| &beside.asset);
    let down: BTreeSet<&AssetId> = close.chain([&question.asset]).collect();
    down.into_iter().cloned().collect()
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
