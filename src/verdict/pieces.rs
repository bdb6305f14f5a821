//! From what was known of the vendors' maintenances to pieces of time: each with the window it belongs to, when it was
//! announced, and what it is worth.

use std::cmp::Ordering;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use super::scope::{Scope, Scopes};
use super::standing::Occurring;
use crate::maintenance::{Maintenance, Promise, State, Terms, Urgency};
use crate::names::VendorId;
use crate::notice::Status;
use crate::time::{Interval, shifted};
use crate::window::standing::Standing;
use crate::window::{Impact, Role, Window};

/// What a piece of a window is worth, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// Confirmed and announced in time.
    Good,
    /// Confirmed, and announced later than the terms ask.
    Late,
    /// Never confirmed, or a contingency window under terms that do not count it.
    Tentative,
    /// Cancelled, moved away, or over before.
    Cancelled,
}

/// How a window was taken away, and when that was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Withdrawn {
    pub(super) by: Withdrawal,
    /// The receipt of the word.
    pub(super) at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Withdrawal {
    Cancelled,
    /// Moved, shortened, or no longer for this asset.
    Moved,
    /// The work was over.
    Completed,
}

/// Where a window is from.
#[derive(Debug, Clone)]
pub(super) enum Origin<'a> {
    /// A vendor's notices announced it.
    Announced {
        maintenance: &'a Maintenance,
        /// The state the window is, or was last, in force by.
        state: Rc<State>,
    },
    /// It comes round, and is its own announcement.
    Standing(&'a Standing),
}

/// What the terms ask before a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Required {
    /// As promised.
    pub(super) promise: Promise,
    /// In elapsed time before this very window.
    pub(super) length: TimeDelta,
    /// What they ask before planned work in its place, where this is an emergency with terms of its own.
    pub(super) planned: TimeDelta,
}

/// A run of seconds of one window, all announced at the same time.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) interval: Interval,
    pub(super) worth: Worth,
    pub(super) scope: Rc<Scope>,
    /// Of a standing window that was always known the first instant that there is.
    pub(super) announced_at: DateTime<Utc>,
    /// Start of the window minus the announcement. A window that was given an earlier start afterwards keeps, for the
    /// seconds that it held before, the notice it was announced with: only what was added counts from its own mail.
    pub(super) notice_given: TimeDelta,
    pub(super) required: Required,
    /// Work may run so long past the end of the window, having begun inside.
    pub(super) runs_on: TimeDelta,
    pub(super) withdrawn: Option<Withdrawn>,
    pub(super) terms: Rc<Terms>,
    pub(super) window: Window,
    pub(super) origin: Origin<'a>,
}

impl<'a> Piece<'a> {
    /// The maintenance it is of; none of a standing window.
    pub(super) fn maintenance(&self) -> Option<&'a Maintenance> {
        match self.origin {
            Origin::Announced { maintenance, .. } => Some(maintenance),
            Origin::Standing(_) => None,
        }
    }

    /// The state that the window is, or was last, in force by; none of a standing window.
    pub(super) fn state(&self) -> Option<&State> {
        match &self.origin {
            Origin::Announced { state, .. } => Some(state),
            Origin::Standing(_) => None,
        }
    }

    pub(super) fn vendor(&self) -> &'a VendorId {
        match self.origin {
            Origin::Announced { maintenance, .. } => &maintenance.identity.vendor,
            Origin::Standing(standing) => &standing.vendor,
        }
    }

    /// What it is known by: announced windows go before standing ones, each by its id.
    fn known_by(&self) -> (Option<&str>, &'a str) {
        match self.origin {
            Origin::Announced { maintenance, .. } => (None, maintenance.id.as_str()),
            Origin::Standing(standing) => (Some(standing.vendor.as_str()), &standing.id),
        }
    }

    /// With the time past its end, when it is the last part of a window that the work began in.
    fn running_on(mut self, outage: Interval) -> Self {
        self.interval = past_the_end(self.interval, self.run_on(), outage);
        self
    }

    /// How far past its end work may run that began in it: nothing but for the last part of a window that stands.
    pub(super) fn run_on(&self) -> TimeDelta {
        let is_last = self.interval.end() == self.window.interval.end();
        if self.is_live() && is_last { self.runs_on } else { TimeDelta::zero() }
    }
}

/// What kinds, labels and lesser defects are told by: a piece, or what a docket keeps of one.
pub(super) trait Weighed {
    /// The seconds it is about.
    fn interval(&self) -> Interval;

    fn worth(&self) -> Worth;

    /// The impact meant for the asset, when it is in scope.
    fn expected(&self) -> Option<Impact>;

    /// How far before the window an outage is still an early start, and how far after it its aftermath.
    fn radii(&self) -> (TimeDelta, TimeDelta);

    fn terms(&self) -> &Terms;

    /// The order in which pieces of equal worth are preferred: the one that means the worst for the asset, then the one
    /// announced first, which serve the vendor best; the rest makes it one order whatever order they come in.
    fn best_first(&self, other: &Self) -> Ordering;

    /// Whether it is in scope and holds an instant.
    fn holds(&self, instant: DateTime<Utc>) -> bool {
        self.expected().is_some() && self.interval().contains(instant)
    }

    /// Whether the window still stood, be it late or tentative.
    fn is_live(&self) -> bool {
        self.worth() != Worth::Cancelled
    }
}

impl Weighed for Piece<'_> {
    fn interval(&self) -> Interval {
        self.interval
    }

    fn worth(&self) -> Worth {
        self.worth
    }

    fn expected(&self) -> Option<Impact> {
        match &*self.scope {
            Scope::In { expected, .. } => Some(*expected),
            Scope::Other | Scope::Unmatched { .. } => None,
        }
    }

    fn radii(&self) -> (TimeDelta, TimeDelta) {
        match self.origin {
            Origin::Announced { .. } => (self.terms.early_radius, self.terms.after_radius),
            Origin::Standing(_) => (self.terms.standing_early_radius, self.terms.standing_after_radius),
        }
    }

    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn best_first(&self, other: &Self) -> Ordering {
        other
            .expected()
            .cmp(&self.expected())
            .then(self.announced_at.cmp(&other.announced_at))
            .then_with(|| self.known_by().cmp(&other.known_by()))
            .then(self.window.ordinal.cmp(&other.window.ordinal))
            .then(self.interval.cmp(&other.interval))
            .then(self.worth.cmp(&other.worth))
    }
}

/// Where pieces are looked for: the asset's scopes, the span asked about and the moment of knowledge.
#[derive(Clone, Copy)]
pub(super) struct Search<'k> {
    pub(super) scopes: &'k Scopes<'k>,
    pub(super) outage: Interval,
    /// Only what was received before this instant is known.
    pub(super) before: DateTime<Utc>,
}

/// The pieces of all windows as known then, as far as they can matter for the span: those that notices announced, and
/// those that come round.
pub(super) fn pieces<'a>(
    search: Search<'_>,
    maintenances: &[(&'a Maintenance, Rc<Terms>)],
    standing: &[Occurring<'a>],
) -> Vec<Piece<'a>> {
    let announced = maintenances.iter().flat_map(|(maintenance, terms)| announced(search, maintenance, terms));
    let mut pieces: Vec<Piece<'a>> = announced.collect();
    let standing: Vec<Piece<'a>> = standing.iter().flat_map(|window| window.pieces(search, &mut pieces)).collect();
    pieces.extend(standing);
    pieces.into_iter().map(|piece| piece.running_on(search.outage)).collect()
}

/// A window with the time that work may run past its end, of an outage that began in it.
pub(super) fn past_the_end(window: Interval, runs_on: TimeDelta, outage: Interval) -> Interval {
    if runs_on.is_zero() || !window.contains(outage.start()) {
        return window;
    }
    Interval::new(window.start(), shifted(window.end(), runs_on)).unwrap_or(window)
}

/// The pieces of one maintenance's windows.
pub(super) fn announced<'a>(search: Search<'_>, maintenance: &'a Maintenance, terms: &Rc<Terms>) -> Vec<Piece<'a>> {
    let vendor = &maintenance.identity.vendor;
    let moments = maintenance.moments();
    let known = moments.into_iter().take_while(|moment| moment.at < search.before);
    let is_near = |window: &Window| search.outage.distance(&window.interval) <= terms.reach();
    let held: Vec<Held> = known
        .map(|moment| {
            let near = moment.state.windows.iter().filter(|window| is_near(window));
            let scoped = near.map(|window| (search.scopes.of(vendor, &moment.state, window), window.clone())).collect();
            Held { at: moment.at, windows: scoped, state: Rc::new(moment.state) }
        })
        .collect();
    let Some(last) = held.last() else { return Vec::new() };
    let urgency = maintenance.urgency_before(search.before);
    let reader = Reader { maintenance, terms, urgency, held: &held };
    let mut pieces = reader.in_force(last);
    pieces.extend(reader.taken_away(search, last, is_near));
    pieces
}

/// What was known from a moment on: the windows near the span, each with its scope.
struct Held {
    at: DateTime<Utc>,
    state: Rc<State>,
    windows: Vec<(Rc<Scope>, Window)>,
}

/// Which windows announce a piece: of a window that concerns the asset only those that concern it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announcing {
    InScope,
    Any,
}

impl Announcing {
    fn of(scope: &Scope) -> Self {
        match scope {
            Scope::In { .. } => Self::InScope,
            Scope::Other | Scope::Unmatched { .. } => Self::Any,
        }
    }

    fn takes(self, scope: &Scope) -> bool {
        match (self, scope) {
            (Self::Any, _) | (Self::InScope, Scope::In { .. }) => true,
            (Self::InScope, Scope::Other | Scope::Unmatched { .. }) => false,
        }
    }
}

impl Held {
    /// The spans in which the vendor may work, with the starts of their windows; none of a cancelled maintenance.
    fn open(&self, announcing: Announcing) -> impl Iterator<Item = (Interval, DateTime<Utc>)> {
        let windows = if self.state.is_cancelled() { &[] } else { self.windows.as_slice() };
        windows.iter().filter(move |(scope, _)| announcing.takes(scope)).filter_map(|(_, window)| {
            self.state.effective(window).map(|effective| (effective, window.interval.start()))
        })
    }

    /// The start of the window that holds all of a part; of several the latest, which was announced best.
    fn holding(&self, part: Interval, announcing: Announcing) -> Option<DateTime<Utc>> {
        let holds = |open: &Interval| open.start() <= part.start() && part.end() <= open.end();
        self.open(announcing).filter(|(open, _)| holds(open)).map(|(_, start)| start).max()
    }
}

/// An unbroken run of moments that all hold a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    announced_at: DateTime<Utc>,
    /// The start of the window that held it at the first of them.
    start_then: DateTime<Utc>,
}

/// When a part that is gone was announced, and when it was told to be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    announced_at: DateTime<Utc>,
    withdrawn_at: DateTime<Utc>,
}

struct Reader<'k, 'a> {
    maintenance: &'a Maintenance,
    terms: &'k Rc<Terms>,
    urgency: Urgency,
    held: &'k [Held],
}

impl<'a> Reader<'_, 'a> {
    /// The windows of the last known state, split where a part was announced at another time.
    fn in_force(&self, last: &Held) -> Vec<Piece<'a>> {
        if last.state.is_cancelled() {
            return Vec::new();
        }
        let mut pieces = Vec::new();
        for (scope, window) in &last.windows {
            let Some(effective) = last.state.effective(window) else { continue };
            let announcing = Announcing::of(scope);
            for (part, found) in self.split(effective, |part| run(part, announcing, self.held)) {
                let Some(run) = found else { continue };
                let start = run.start_then.max(window.interval.start());
                let given = start - run.announced_at;
                let required = self.required(scope, start);
                pieces.push(Piece {
                    interval: part,
                    worth: worth(self.terms, (last.state.status, window.role), (given, required.length)),
                    scope: Rc::clone(scope),
                    announced_at: run.announced_at,
                    notice_given: given,
                    required,
                    runs_on: self.terms.start_inside,
                    withdrawn: None,
                    terms: Rc::clone(self.terms),
                    window: window.clone(),
                    origin: Origin::Announced { maintenance: self.maintenance, state: Rc::clone(&last.state) },
                });
            }
        }
        pieces
    }

    /// What earlier notices held for this asset and the last known state does not hold any more, each second by the
    /// newest notice that still held it. What a window with an unknown name may still hold was not taken away for sure.
    fn taken_away(&self, search: Search<'_>, last: &Held, is_near: impl Fn(&Window) -> bool) -> Vec<Piece<'a>> {
        // What was said once and stands has taken nothing away.
        if self.maintenance.revisions.len() == 1 && !last.state.is_cancelled() && last.state.ended_at.is_none() {
            return Vec::new();
        }
        let may_hold = |scope: &Scope| match scope {
            Scope::In { .. } | Scope::Unmatched { .. } => true,
            Scope::Other => false,
        };
        let open = last.windows.iter().filter(|_| !last.state.is_cancelled()).filter(|(scope, _)| may_hold(scope));
        let mut gone: Vec<Interval> = open.filter_map(|(_, window)| last.state.effective(window)).collect();
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        for step in self.maintenance.steps_before(search.before).into_iter().rev() {
            let state = Rc::new(step.state);
            let mut parts = Vec::new();
            for window in state.windows.iter().filter(|window| is_near(window)) {
                let scope = search.scopes.of(&self.maintenance.identity.vendor, &state, window);
                if scope_is_in(&scope) {
                    let received_at = step.revision.received.at;
                    let taken = window.interval.minus(gone.iter().copied());
                    parts.extend(taken.into_iter().map(|part| (part, Rc::clone(&scope), window, received_at)));
                }
            }
            gone.extend(parts.iter().map(|(part, ..)| *part));
            for (part, scope, window, received_at) in parts {
                pieces.extend(self.withdrawn(part, &scope, (window, &state), (last, received_at)));
            }
        }
        pieces
    }

    fn withdrawn(
        &self,
        part: Interval,
        scope: &Rc<Scope>,
        (window, state): (&Window, &Rc<State>),
        (last, received_at): (&Held, DateTime<Utc>),
    ) -> Vec<Piece<'a>> {
        let told = |part: Interval| {
            let holds = |held: &Held| held.holding(part, Announcing::InScope).is_some();
            let run = |place: usize| run(part, Announcing::InScope, &self.held[..=place]);
            let found = self.held.iter().rposition(holds).and_then(|place| Some((place, run(place)?)));
            match found {
                Some((place, run)) => {
                    let withdrawn_at = self.held.get(place + 1).map_or(last.at, |next| next.at);
                    Told { announced_at: run.announced_at, withdrawn_at }
                }
                // First heard of when it was gone: the notice of it came after the one that took it away.
                None => Told { announced_at: received_at, withdrawn_at: last.at },
            }
        };
        let by = withdrawal(&last.state);
        let piece = |(part, told): (Interval, Told)| Piece {
            interval: part,
            worth: Worth::Cancelled,
            scope: Rc::clone(scope),
            announced_at: told.announced_at,
            notice_given: window.interval.start() - told.announced_at,
            required: self.required(scope, window.interval.start()),
            runs_on: TimeDelta::zero(),
            withdrawn: Some(Withdrawn { by, at: told.withdrawn_at }),
            terms: Rc::clone(self.terms),
            window: window.clone(),
            origin: Origin::Announced { maintenance: self.maintenance, state: Rc::clone(state) },
        };
        self.split(part, told).into_iter().map(piece).collect()
    }

    /// What the terms ask before a window that starts then, by what the vendor says that it does to what it names.
    fn required(&self, scope: &Scope, start: DateTime<Utc>) -> Required {
        let stated = match scope {
            Scope::In { stated, .. } => *stated,
            Scope::Other | Scope::Unmatched { .. } => None,
        };
        let asked = |urgency| self.terms.notice_for(stated, urgency);
        let (promise, planned) = (asked(self.urgency), asked(Urgency::Planned));
        let length = |promise: Promise| promise.before(start, &self.terms.calendar);
        Required { promise, length: length(promise), planned: length(planned) }
    }

    /// Cuts a span where windows of any moment begin or end, asks about each part, and joins neighbours of equal answer.
    fn split<T: PartialEq>(&self, span: Interval, ask: impl Fn(Interval) -> T) -> Vec<(Interval, T)> {
        let mut cuts = vec![span.start(), span.end()];
        for (open, _) in self.held.iter().flat_map(|held| held.open(Announcing::Any)) {
            cuts.extend([open.start(), open.end()].into_iter().filter(|edge| span.contains(*edge)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut parts: Vec<(Interval, T)> = Vec::new();
        for pair in cuts.windows(2) {
            let Ok(part) = Interval::new(pair[0], pair[1]) else { continue };
            let answer = ask(part);
            match parts.last_mut() {
                Some((last, known)) if *known == answer => {
                    *last = Interval::new(last.start(), part.end()).unwrap_or(*last);
                }
                Some(_) | None => parts.push((part, answer)),
            }
        }
        parts
    }
}

/// What a window in force is worth under these terms, by the notice given and the notice asked for.
pub(super) fn worth(terms: &Terms, (status, role): (Status, Role), (given, asked): (TimeDelta, TimeDelta)) -> Worth {
    let counts = match role {
        Role::Primary => true,
        Role::Contingency => terms.contingency_counts,
    };
    let confirmed = match status {
        Status::Cancelled => return Worth::Cancelled,
        Status::Tentative => terms.tentative_counts,
        Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled => true,
    };
    match (counts && confirmed, given >= asked) {
        (true, true) => Worth::Good,
        (true, false) => Worth::Late,
        (false, _) => Worth::Tentative,
    }
}

/// The unbroken, uncancelled run of moments, ending with the last of these, that all hold the part in a window that
/// announces it (DESIGN.md section 7).
fn run(part: Interval, announcing: Announcing, held: &[Held]) -> Option<Run> {
    let holding = |held: &Held| held.holding(part, announcing).map(|start| (held.at, start));
    let (announced_at, start_then) = held.iter().rev().map_while(holding).last()?;
    Some(Run { announced_at, start_then })
}

fn scope_is_in(scope: &Scope) -> bool {
    match scope {
        Scope::In { .. } => true,
        Scope::Other | Scope::Unmatched { .. } => false,
    }
}

/// How a window that is not open any more was taken away.
fn withdrawal(last: &State) -> Withdrawal {
    match (last.is_cancelled(), last.ended_at) {
        (true, _) => Withdrawal::Cancelled,
        (false, Some(_)) => Withdrawal::Completed,
        (false, None) => Withdrawal::Moved,
    }
}
