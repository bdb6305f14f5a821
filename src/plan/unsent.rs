//! Which messages to customers wait for approval, and which missed their moment: as counts, since that is all that staff
//! are told of them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::message::{Message, MessageState};
use crate::time::Interval;

/// With this begins the reason of a message that was not sent before it was too late.
pub const MISSED: &str = "its moment passed";

/// Messages for which it is too late within one such span are one alarm: windows begin at quarters of an hour, and so no day
/// brings more than 96.
pub(super) const TOGETHER: TimeDelta = TimeDelta::minutes(15);

/// How many messages to customers wait for approval, and how many were not sent before it was too late, each by the instant
/// from which on it is too late. What a round makes of them is one of these as well, which may count below none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unsent {
    /// Those that wait for approval.
    pub awaiting: BTreeMap<DateTime<Utc>, i64>,
    /// Those that were not sent in time.
    pub missed: BTreeMap<DateTime<Utc>, i64>,
}

impl Unsent {
    /// Counts a message as it is, if it is one of these.
    pub(super) fn count(&mut self, message: &Message) {
        self.add_of(message, 1);
    }

    /// Takes a message out that was counted so.
    pub(super) fn uncount(&mut self, message: &Message) {
        self.add_of(message, -1);
    }

    fn add_of(&mut self, message: &Message, by: i64) {
        let Some(until) = message.not_after.filter(|_| message.to.customer.is_some()) else { return };
        if message.state == MessageState::AwaitingApproval {
            *self.awaiting.entry(until).or_default() += by;
        }
        if is_missed(message) {
            *self.missed.entry(until).or_default() += by;
        }
    }

    /// Adds what others count.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in [(&mut self.awaiting, &other.awaiting), (&mut self.missed, &other.missed)] {
            for (until, count) in other {
                *own.entry(*until).or_default() += count;
            }
        }
    }
}

/// Each [`TOGETHER`] in which there are any, with the first of their instants and how many there are.
pub(super) fn quarters(counts: &BTreeMap<DateTime<Utc>, i64>) -> Vec<(Interval, DateTime<Utc>, i64)> {
    let mut quarters: Vec<(Interval, DateTime<Utc>, i64)> = Vec::new();
    for (until, count) in counts.iter().filter(|(_, count)| **count > 0) {
        match quarters.last_mut() {
            Some((quarter, _, so_far)) if quarter.contains(*until) => *so_far += count,
            Some(_) | None => quarters.extend(quarter_of(*until).map(|quarter| (quarter, *until, *count))),
        }
    }
    quarters
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
