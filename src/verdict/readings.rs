//! The readings of a question: an outage's times are known only so far, and the words of a window may mean several spans.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::pieces::Piece;
use super::question::Question;
use crate::maintenance::{Maintenance, Terms};
use crate::time::{Interval, shifted};
use crate::window::Window;

/// Most readings of one question that are tried (DESIGN.md section 7). Windows whose words allow more, all within one
/// vendor's reach of the outage, leave the question ambiguous for their number alone.
pub const MAX_READINGS: usize = 64;

/// Most instants tried for an uncertain start or end, so that all pairs stay within [`MAX_READINGS`].
const MAX_INSTANTS: usize = 8;

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
    maintenances: &[(&Maintenance, Terms)],
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

fn ambiguous_words(maintenances: &[(&Maintenance, Terms)], outage: Interval, before: DateTime<Utc>) -> Vec<Words> {
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
fn reading(maintenances: &[(&Maintenance, Terms)], words: &[Words], choice: &[usize]) -> WindowReading {
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

/// The outage with its start and its end at each instant that could make a difference: as told, at both ends of the
/// uncertainty, and where a window begins or ends in between. The one as told comes first.
pub(super) fn outage_readings(question: &Question, pieces: &[Piece<'_>]) -> Vec<Interval> {
    let (outage, second) = (question.outage, TimeDelta::seconds(1));
    let in_scope = || pieces.iter().filter(|piece| piece.expected().is_some()).map(|piece| piece.interval);
    let edges = || in_scope().flat_map(|window| [window.start(), window.end()]);
    // A start in a window's first second, and in the last one before; an end with its last second, and with one more.
    let starts = edges().flat_map(|edge| [edge, shifted(edge, -second)]);
    let ends = edges().flat_map(|edge| [edge, shifted(edge, second)]);
    let starts = instants(outage.start(), question.start_uncertainty, starts);
    let ends = instants(outage.end(), question.end_uncertainty, ends);
    starts.iter().flat_map(|start| ends.iter().filter_map(|end| Interval::new(*start, *end).ok())).collect()
}

/// The instant as told, the ends of its uncertainty, and the first of those between.
fn instants(
    told: DateTime<Utc>,
    uncertainty: TimeDelta,
    between: impl Iterator<Item = DateTime<Utc>>,
) -> Vec<DateTime<Utc>> {
    let (earliest, latest) = (shifted(told, -uncertainty), shifted(told, uncertainty));
    let between: BTreeSet<_> = between.filter(|instant| earliest < *instant && *instant < latest).collect();
    let mut instants = vec![told];
    for instant in [earliest, latest].into_iter().chain(between) {
        if !instants.contains(&instant) && instants.len() < MAX_INSTANTS {
            instants.push(instant);
        }
    }
    instants
}

/// `2017-03-25T23:00:00Z to 2017-03-26T22:00:00Z`.
pub(super) fn span_text(span: Interval) -> String {
    format!("{} to {}", span.start().format("%Y-%m-%dT%H:%M:%SZ"), span.end().format("%Y-%m-%dT%H:%M:%SZ"))
}
