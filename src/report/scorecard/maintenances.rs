//! What a vendor's maintenances count for: notice given, late words, moves, cancellations, late completions.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Given, Item, Tally};
use crate::maintenance::{Maintenance, Moment, State, Urgency};
use crate::notice::Status;
use crate::time::{Interval, shown_length};
use crate::window::{Impact, Role, Window};

impl Tally<'_> {
    /// Counts a maintenance of the vendor's.
    pub fn maintenance(&mut self, maintenance: &Maintenance) {
        let moments = maintenance.moments();
        let windows = every_window(&moments);
        let mut concerns = false;
        for window in windows.iter().filter(|window| window.role == Role::Primary) {
            let start = window.interval.start();
            if self.is_within(start) && start <= self.now {
                concerns |= self.begun(maintenance, &moments, window);
            }
        }
        concerns |= self.changes(maintenance, &moments);
        self.completion(maintenance);
        self.maintenances += usize::from(concerns);
    }

    /// Counts a window by how it was known when it began. Whether it is one that began at all.
    fn begun(&mut self, maintenance: &Maintenance, moments: &[Moment], window: &Window) -> bool {
        let start = window.interval.start();
        let known: Vec<&Moment> = moments.iter().filter(|moment| moment.at < start).collect();
        let in_force = |state: &State| !state.is_cancelled() && state.windows.iter().any(|other| same(other, window));
        if let Some(last) = known.last().filter(|last| in_force(&last.state)) {
            if last.state.effective(window).is_none() {
                return true;
            }
            if last.state.status == Status::Tentative {
                let item = item(maintenance, window, start, "was tentative when it began".to_owned(), None);
                self.count("never_confirmed", item);
                return true;
            }
            self.announced(maintenance, &known, window);
            return true;
        }
        // Not known to be on when it began: told only later, unless it had been taken away before.
        let later = moments.iter().find(|moment| moment.at >= start && in_force(&moment.state));
        let Some(later) = later else { return false };
        let late = later.at - start;
        let text = format!("stated {} after it began", shown_length(late));
        self.count("stated_after_start", item(maintenance, window, later.at, text, Some(late.num_seconds())));
        true
    }

    /// Counts the notice a window was given: from the first of the unbroken run of moments that all hold its first second.
    fn announced(&mut self, maintenance: &Maintenance, known: &[&Moment], window: &Window) {
        let start = window.interval.start();
        let holds = |moment: &&&Moment| {
            let state = &moment.state;
            let open = |other: &Window| state.effective(other).is_some_and(|span| span.contains(start));
            !state.is_cancelled() && state.windows.iter().any(open)
        };
        let Some(first) = known.iter().rev().take_while(holds).last() else { return };
        let last = &known[known.len() - 1].state;
        let given = start - first.at;
        let urgency = maintenance.urgency_before(start);
        let promise = self.terms.notice_for(worst_stated(last, window), urgency);
        let required = promise.before(start, &self.terms.calendar);
        let text = format!(
            "{} given, {promise} asked: short by {}",
            shown_length(given),
            shown_length((required - given).max(TimeDelta::zero()))
        );
        let short = (required - given).num_seconds();
        let given = Given {
            notice: given.num_seconds(),
            required: required.num_seconds(),
            item: item(maintenance, window, start, text, Some(short)),
        };
        match urgency {
            Urgency::Planned => self.planned.push(given),
            Urgency::Emergency => self.emergency.push(given),
        }
    }

    /// Counts what one moment took away of what the one before held. Whether anything of it lies in the span.
    fn changes(&mut self, maintenance: &Maintenance, moments: &[Moment]) -> bool {
        let mut concerns = false;
        for pair in moments.windows(2) {
            let (before, after, at) = (&pair[0].state, &pair[1].state, pair[1].at);
            if !self.is_within(at) || before.is_cancelled() {
                continue;
            }
            if after.is_cancelled() {
                concerns = true;
                self.cancelled(maintenance, before, at);
                continue;
            }
            let gone = before.windows.iter().filter(|window| after.windows.iter().all(|other| !same(other, window)));
            for window in gone {
                concerns = true;
                let now = after.windows.iter().find(|other| other.ordinal == window.ordinal);
                let text = match now {
                    Some(now) => format!("moved by {}", moved_by(window.interval, now.interval)),
                    None => "taken away".to_owned(),
                };
                self.count("moves", item(maintenance, window, at, text, None));
            }
        }
        concerns
    }

    /// Counts a cancellation; late is one with less notice than the terms ask before the first window still ahead or running.
    fn cancelled(&mut self, maintenance: &Maintenance, before: &State, at: DateTime<Utc>) {
        let mut ahead: Vec<&Window> = before.windows.iter().filter(|window| window.interval.end() > at).collect();
        ahead.sort_by_key(|window| window.interval);
        let id = maintenance.identity.reference.to_string();
        let Some(first) = ahead.first() else {
            let text = "cancelled after its windows".to_owned();
            self.count("cancellations", Item { at, id, text, seconds: None });
            return;
        };
        let start = first.interval.start();
        let given = start - at;
        let urgency = maintenance.urgency_before(at);
        let required = self.terms.notice_for(worst_stated(before, first), urgency).before(start, &self.terms.calendar);
        let text = if given > TimeDelta::zero() {
            format!("cancelled {} before it began", shown_length(given))
        } else {
            format!("cancelled {} after it began", shown_length(-given))
        };
        let cancelled = item(maintenance, first, at, text, Some(given.num_seconds()));
        if given < required || given <= TimeDelta::zero() {
            self.count("late_cancellations", cancelled.clone());
        }
        self.count("cancellations", cancelled);
    }

    /// Counts work that ended after the last window.
    fn completion(&mut self, maintenance: &Maintenance) {
        let state = maintenance.latest();
        let last = state.windows.iter().max_by_key(|window| window.interval.end());
        let Some((ended_at, last)) = state.ended_at.zip(last) else { return };
        let over = ended_at - last.interval.end();
        // Where no end is stated the word itself counts as the end, and that may come long after the work.
        let is_stated = maintenance.standing().any(|revision| revision.announcement.actual_end == Some(ended_at));
        if is_stated && over > TimeDelta::zero() && self.is_within(ended_at) {
            let text = format!("ended {} after the window", shown_length(over));
            self.count("late_completions", item(maintenance, last, ended_at, text, Some(over.num_seconds())));
        }
    }
}

/// Every window of any moment once.
fn every_window(moments: &[Moment]) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for window in moments.iter().flat_map(|moment| &moment.state.windows) {
        if windows.iter().all(|known| !same(known, window)) {
            windows.push(window.clone());
        }
    }
    windows
}

fn same(one: &Window, other: &Window) -> bool {
    (one.ordinal, one.interval) == (other.ordinal, other.interval)
}

/// The worst impact that the vendor states of what a window concerns; none when it states none.
fn worst_stated(state: &State, window: &Window) -> Option<Impact> {
    let objects = state.objects_of(window).iter().map(|object| object.impact.or(state.impact));
    // An object without a stated impact is an OUTAGE, which `None` means here too.
    let mut worst = state.impact;
    for impact in objects {
        worst = Some(worst.unwrap_or(Impact::NoImpact).max(impact?));
    }
    worst
}

/// `2 d later`, `3 h earlier`, `1 h later, 2 h shorter`.
fn moved_by(from: Interval, to: Interval) -> String {
    let start = to.start() - from.start();
    let length = to.length() - from.length();
    let mut words = Vec::new();
    if start != TimeDelta::zero() {
        let side = if start > TimeDelta::zero() { "later" } else { "earlier" };
        words.push(format!("{} {side}", shown_length(start.abs())));
    }
    if length != TimeDelta::zero() {
        let side = if length > TimeDelta::zero() { "longer" } else { "shorter" };
        words.push(format!("{} {side}", shown_length(length.abs())));
    }
    words.join(", ")
}

fn item(maintenance: &Maintenance, window: &Window, at: DateTime<Utc>, text: String, seconds: Option<i64>) -> Item {
    let id = format!("{} #{}", maintenance.identity.reference, window.ordinal);
    Item { at, id, text, seconds }
}
