//! The readings of a question: an outage's times are known only so far, and the words of a window may mean several spans.

use std::collections::BTreeSet;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use super::question::Question;
use super::standing::Occurring;
use crate::maintenance::{Maintenance, Terms};
use crate::time::{Interval, shifted};
use crate::window::Window;

/// Most readings of one question that are tried (DESIGN.md section 7). Windows whose words allow more, all within one
/// vendor's reach of the outage, leave the question ambiguous for their number alone.
pub const MAX_READINGS: usize = 64;

/// Words that allow several spans. A vendor that repeats the same words means the same by them: all windows of the
/// maintenance that say them are read alike.
struct Words {
    maintenance: usize,
    /// The window as first read.
    window: Window,
}

impl Words {
    fn says_the_same(&self, maintenance: usize, window: &Window) -> bool {
        let mine = &self.window;
        self.maintenance == maintenance
            && (&mine.written, mine.interval, &mine.others) == (&window.written, window.interval, &window.others)
    }
}

/// One reading of all windows: the maintenances in it, and what of it is not the preferred one.
pub(super) struct WindowReading {
    /// The maintenances that it changes, by their place.
    pub(super) changed: Vec<(usize, Maintenance)>,
    /// In words; empty for the preferred reading.
    pub(super) text: String,
}

/// The readings of the windows, the preferred one first, and how many the words allow.
pub(super) struct WindowReadings {
    pub(super) tried: Vec<WindowReading>,
    pub(super) allowed: usize,
}

/// Every combination of what the windows near the outage can mean, at most [`MAX_READINGS`] of them; only words received
/// before `before` are asked.
pub(super) fn window_readings(
    maintenances: &[(&Maintenance, Rc<Terms>)],
    outage: Interval,
    before: DateTime<Utc>,
) -> WindowReadings {
    let words = ambiguous_words(maintenances, outage, before);
    let allowed = words.iter().fold(1, |all: usize, words| all.saturating_mul(words.window.others.len() + 1));
    let mut choice = vec![0; words.len()];
    let mut tried = Vec::new();
    for _ in 0..allowed.min(MAX_READINGS) {
        tried.push(reading(maintenances, &words, &choice));
        advance(&mut choice, &words);
    }
    WindowReadings { tried, allowed }
}

/// The next combination, counting with the last words fastest.
fn advance(choice: &mut [usize], words: &[Words]) {
    for (chosen, words) in choice.iter_mut().zip(words).rev() {
        *chosen += 1;
        if *chosen <= words.window.others.len() {
            return;
        }
        *chosen = 0;
    }
}

fn ambiguous_words(maintenances: &[(&Maintenance, Rc<Terms>)], outage: Interval, before: DateTime<Utc>) -> Vec<Words> {
    let mut words: Vec<Words> = Vec::new();
    for (place, (maintenance, terms)) in maintenances.iter().enumerate() {
        let received = maintenance.standing().filter(|revision| revision.received.at < before);
        for window in received.flat_map(|revision| &revision.announcement.windows) {
            let spans = window.others.iter().chain([&window.interval]);
            let is_near = !window.others.is_empty() && spans.into_iter().any(|s| outage.distance(s) <= terms.reach());
            if is_near && !words.iter().any(|words| words.says_the_same(place, window)) {
                words.push(Words { maintenance: place, window: window.clone() });
            }
        }
    }
    words
}

/// The maintenances with each of the words read as chosen: 0 is the preferred reading.
fn reading(maintenances: &[(&Maintenance, Rc<Terms>)], words: &[Words], choice: &[usize]) -> WindowReading {
    let mut changed: Vec<(usize, Maintenance)> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    let chosen = words.iter().zip(choice).filter_map(|(words, choice)| Some((words, choice.checked_sub(1)?)));
    for (words, other) in chosen {
        let span = words.window.others[other];
        let place = words.maintenance;
        let maintenance = maintenances[place].0;
        if !changed.iter().any(|(known, _)| *known == place) {
            changed.push((place, maintenance.clone()));
        }
        let copies = changed.iter_mut().filter(|(known, _)| *known == place);
        let revisions = copies.flat_map(|(_, maintenance)| &mut maintenance.revisions);
        for window in revisions.flat_map(|revision| &mut revision.announcement.windows) {
            if words.says_the_same(place, window) {
                window.interval = span;
            }
        }
        let reference = &maintenance.identity.reference;
        texts.push(format!("window {} of {reference} as {}", words.window.ordinal, span_text(span)));
    }
    WindowReading { changed, text: texts.join(" and ") }
}

/// The outage with its start and its end at each instant that could make a difference; the one as told comes first.
pub(super) struct OutageReadings {
    pub(super) tried: Vec<Interval>,
    /// How many of them there are.
    pub(super) allowed: usize,
}

/// Where the start and the end of an outage can make a difference, besides what was told.
#[derive(Default)]
struct Edges {
    starts: BTreeSet<DateTime<Utc>>,
    ends: BTreeSet<DateTime<Utc>>,
}

/// All readings of the outage's own times: as told, what else the words could mean, both ends of the uncertainty, and in
/// between every instant from which on another kind may hold: where a window, its grace or its reach begins or ends, and
/// where a notice came.
pub(super) fn outage_readings(
    question: &Question,
    maintenances: &[(&Maintenance, Rc<Terms>)],
    standing: &[Occurring<'_>],
) -> OutageReadings {
    let outage = question.outage;
    let is_exact = |uncertainty: TimeDelta, others: &[DateTime<Utc>]| uncertainty.is_zero() && others.is_empty();
    if is_exact(question.start_uncertainty, &question.other_starts)
        && is_exact(question.end_uncertainty, &question.other_ends)
    {
        return OutageReadings { tried: vec![outage], allowed: 1 };
    }
    let edges = edges(maintenances, standing);
    let starts = instants((outage.start(), &question.other_starts), question.start_uncertainty, &edges.starts);
    let ends = instants((outage.end(), &question.other_ends), question.end_uncertainty, &edges.ends);
    let pairs = || starts.iter().flat_map(|start| ends.iter().filter_map(|end| Interval::new(*start, *end).ok()));
    OutageReadings { tried: pairs().take(MAX_READINGS).collect(), allowed: pairs().count() }
}

fn edges(maintenances: &[(&Maintenance, Rc<Terms>)], standing: &[Occurring<'_>]) -> Edges {
    let mut edges = Edges::default();
    let mut windows: Vec<Interval> = Vec::new();
    for (maintenance, terms) in maintenances {
        for revision in maintenance.standing() {
            let said = &revision.announcement;
            for span in said.windows.iter().flat_map(|window| window.others.iter().chain([&window.interval])) {
                edges.add_window(*span, (terms.early_radius, terms.after_radius), terms.start_inside, terms);
                windows.push(*span);
            }
            // What is received at an instant is known from the next one on.
            edges.starts.insert(next_second(revision.received.at));
            let over = said.actual_end.unwrap_or(revision.received.at);
            edges.starts.insert(over);
            edges.ends.extend([over, next_second(over)]);
        }
    }
    for (span, radii, runs_on, terms) in standing.iter().flat_map(Occurring::spans) {
        edges.add_window(span, radii, runs_on, terms);
        windows.push(span);
    }
    edges.add_halfway(&windows);
    edges
}

impl Edges {
    fn add_window(
        &mut self,
        window: Interval,
        (early, after): (TimeDelta, TimeDelta),
        runs_on: TimeDelta,
        terms: &Terms,
    ) {
        let (start, end) = (window.start(), window.end());
        let last = |instant| next_second(instant);
        self.starts.extend([start, end, shifted(start, -early)]);
        self.starts.extend([last(shifted(end, after)), last(shifted(end, terms.horizon))]);
        let runs_out = shifted(end, runs_on);
        for covered_to in [start, end, shifted(end, terms.grace), runs_out, shifted(runs_out, terms.grace)] {
            self.ends.extend([covered_to, next_second(covered_to)]);
        }
        let in_sight = shifted(start, -terms.horizon);
        self.ends.extend([in_sight, shifted(in_sight, -TimeDelta::seconds(1))]);
    }

    /// Halfway between the end of one window and the start of the next the nearer edge changes.
    fn add_halfway(&mut self, windows: &[Interval]) {
        let mut ends: Vec<DateTime<Utc>> = windows.iter().map(Interval::end).collect();
        ends.sort_unstable();
        for start in windows.iter().map(Interval::start) {
            let before = ends.partition_point(|end| *end <= start);
            let Some(end) = before.checked_sub(1).map(|place| ends[place]) else { continue };
            self.starts.insert(shifted(end, TimeDelta::seconds(((start - end).num_seconds() + 1) / 2)));
        }
    }
}

fn next_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    shifted(instant, TimeDelta::seconds(1))
}

/// The instant as told and what its words could mean as well, the ends of the uncertainty of each, and the edges between.
fn instants(
    (told, others): (DateTime<Utc>, &[DateTime<Utc>]),
    uncertainty: TimeDelta,
    edges: &BTreeSet<DateTime<Utc>>,
) -> Vec<DateTime<Utc>> {
    let mut instants = vec![told];
    let mut add = |instant: DateTime<Utc>| {
        if !instants.contains(&instant) {
            instants.push(instant);
        }
    };
    for at in [told].iter().chain(others) {
        add(*at);
        let (earliest, latest) = (shifted(*at, -uncertainty), shifted(*at, uncertainty));
        add(earliest);
        add(latest);
        if earliest < latest {
            // One more than are tried is enough to know that there are too many.
            edges.range(earliest..latest).take(MAX_READINGS + 1).for_each(|edge| add(*edge));
        }
    }
    instants
}

/// `2017-03-25T23:00:00Z to 2017-03-26T22:00:00Z`.
pub(super) fn span_text(span: Interval) -> String {
    format!("{} to {}", span.start().format("%Y-%m-%dT%H:%M:%SZ"), span.end().format("%Y-%m-%dT%H:%M:%SZ"))
}
