//! What a round of planning sees on its way that the user's own people may have to be told.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::alarm::Alarm;
use super::draft::{NEWS_FOR, instant};
use super::material::told_status;
use super::message::{Cause, Message, MessageState};
use crate::inventory::Inventory;
use crate::maintenance::{Maintenance, State};
use crate::notice::Status;
use crate::time::Interval;

/// With this begins the reason of a message that was not sent before it was too late.
pub const MISSED: &str = "its moment passed";

/// Messages for which it is too late within one such span are one alarm: windows begin at quarters of an hour, and so no day
/// brings more than 96.
const TOGETHER: TimeDelta = TimeDelta::minutes(15);

/// What was seen, as little as is needed: counts of the customers' messages, and not these themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Alarms of maintenances that hold.
    pub(super) raised: Vec<Raised>,
    /// The customers' messages that wait for approval.
    pub(super) awaiting: Quarters,
    /// The customers' messages that were not sent before it was too late.
    pub(super) missed: Quarters,
    /// The messages to staff about what was planned for.
    pub messages: Vec<Message>,
}

/// An alarm of a maintenance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) cause: Cause,
    pub(super) alarm: Alarm,
    /// From when on it holds.
    pub(super) since: DateTime<Utc>,
    pub(super) reason: String,
}

/// Messages counted by the quarter of an hour in which it is too late for them, each with the first such instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Quarters(BTreeMap<Interval, (DateTime<Utc>, usize)>);

impl Quarters {
    fn add(&mut self, until: DateTime<Utc>) {
        let Some(quarter) = quarter_of(until) else { return };
        let (first, count) = self.0.entry(quarter).or_insert((until, 0));
        (*first, *count) = ((*first).min(until), *count + 1);
    }

    /// Each quarter with the first instant and how many messages there are.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Interval, DateTime<Utc>, usize)> {
        self.0.iter().map(|(quarter, (first, count))| (*quarter, *first, *count))
    }
}

impl Seen {
    /// Looks at a maintenance as it stands.
    pub(super) fn maintenance(
        &mut self,
        (maintenance, state): (&Maintenance, &State),
        inventory: &Inventory,
        now: DateTime<Utc>,
    ) {
        for (alarm, since, reason) in
            [overrun(maintenance, state, now), early_start(maintenance, state)].into_iter().flatten()
        {
            if since <= now && now < since + NEWS_FOR && touches(maintenance, state, inventory) {
                let cause = Cause::Maintenance(maintenance.id.clone());
                self.raised.push(Raised { cause, alarm, since, reason });
            }
        }
    }

    /// Looks at a message as it is once the round has been carried out.
    pub(super) fn message(&mut self, message: &Message) {
        if message.to.customer.is_none() {
            self.messages.push(message.clone());
            return;
        }
        let Some(until) = message.not_after else { return };
        if message.state == MessageState::AwaitingApproval {
            self.awaiting.add(until);
        }
        if is_missed(message) {
            self.missed.add(until);
        }
    }
}

/// The end of the last window, when nobody has completed work that was known before it.
fn overrun(maintenance: &Maintenance, state: &State, now: DateTime<Utc>) -> Option<(Alarm, DateTime<Utc>, String)> {
    let ended = state.windows.iter().map(|window| window.interval.end()).max()?;
    let known_before = maintenance.revisions.iter().any(|r| !r.baseline && r.recorded_at < ended);
    let holds = told_status(state.status) == Status::Confirmed && known_before && ended <= now;
    let reason =
        format!("the last window of {} ended at {} and nobody has completed it", maintenance.id, instant(ended));
    holds.then_some((Alarm::Overrun { ended }, ended, reason))
}

/// The vendor's word that work is going on, of a moment before the first window.
fn early_start(maintenance: &Maintenance, state: &State) -> Option<(Alarm, DateTime<Utc>, String)> {
    let start = state.windows.iter().map(|window| window.interval.start()).min().filter(|_| !state.is_cancelled())?;
    let said = maintenance.standing().filter(|revision| !revision.baseline);
    let early = said.filter_map(|revision| {
        let is_going_on = revision.announcement.status == Some(Status::InProcess);
        let began = revision.announcement.known_start.unwrap_or(revision.received.at);
        (is_going_on && began < start).then_some((began, revision.recorded_at))
    });
    let (began, known_at) = early.min()?;
    let reason = format!("{} began at {}, and its window begins at {}", maintenance.id, instant(began), instant(start));
    Some((Alarm::EarlyStart { began, start }, known_at, reason))
}

/// Whether any of the windows touches anything of ours.
fn touches(maintenance: &Maintenance, state: &State, inventory: &Inventory) -> bool {
    let identity = &maintenance.identity;
    state.windows.iter().any(|window| {
        let objects = state.objects_of(window);
        !inventory.touched_by(&identity.vendor, identity.account.as_deref(), objects, state.impact).assets.is_empty()
    })
}

/// Whether it was not sent before it was too late.
pub(super) fn is_missed(message: &Message) -> bool {
    message.state == MessageState::Skipped && message.reason.starts_with(MISSED) && !message.maybe_duplicate
}

fn quarter_of(at: DateTime<Utc>) -> Option<Interval> {
    let seconds = at.timestamp().div_euclid(TOGETHER.num_seconds()) * TOGETHER.num_seconds();
    let start = DateTime::from_timestamp(seconds, 0)?;
    Interval::new(start, start + TOGETHER).ok()
}
