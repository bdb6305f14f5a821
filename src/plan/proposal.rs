//! What a round of planning proposes: messages to write, messages to take back, and what will not be sent and why.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::message::{Cause, Message, MessageState};
use crate::inventory::Stage;
use crate::names::{DayId, MessageId};
use crate::window::Impact;

/// A message that must not be sent any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The message; it was pending and not leased.
    pub id: MessageId,
    /// What becomes of it.
    pub to: MessageState,
    /// Why, in words.
    pub reason: String,
}

impl Withdrawal {
    /// The message once it has been taken back.
    pub(super) fn done_to(&self, message: &Message) -> Message {
        Message { state: self.to, reason: self.reason.clone(), ..message.clone() }
    }
}

/// Why a mail that one might expect will not be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum NotPlanned {
    /// The contact did not ask for mail on this occasion.
    NotWanted,
    /// The policy has the stage switched off.
    StageOff,
    /// Milder than the policy writes for.
    BelowThreshold {
        /// The worst impact on the reader's assets.
        worst: Impact,
        /// The mildest that is worth a mail.
        least: Impact,
    },
    /// Every window had begun when it became known, or has begun by now.
    AlreadyBegun,
    /// Cancelled or completed before the contact had been told of it.
    OverBeforeTold,
    /// Everything is over, and news of it would be of no use.
    TooLate,
    /// The revisions were imported as baseline.
    Baseline,
    /// An equal message was refused, came back, is suppressed, or was taken back by a person.
    DeadEnd {
        /// The message.
        message: MessageId,
        /// What became of it.
        state: MessageState,
    },
    /// It is told by a digest that waits for its hour.
    InDigest {
        /// The day, on the reader's clock.
        day: DayId,
        /// The hour, on the reader's clock.
        hour: String,
    },
    /// A newer reminder of the same window takes its place.
    Superseded,
    /// Nobody uses anything that is touched.
    NobodyTouched,
    /// It is about a standing window, and the policy writes no mails about these.
    StandingNever,
    /// The inventory names nobody of the user's own people.
    NoStaff,
}

impl fmt::Display for NotPlanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWanted => f.write_str("the contact does not want mail on this occasion"),
            Self::StageOff => f.write_str("the policy has this stage switched off"),
            Self::BelowThreshold { worst, least } => {
                write!(f, "the worst impact is {worst}, and the policy writes from {least} on")
            }
            Self::AlreadyBegun => f.write_str("no window is ahead any more that was ahead when it became known"),
            Self::OverBeforeTold => f.write_str("it was cancelled or completed before the contact had been told of it"),
            Self::TooLate => f.write_str("everything is over, and news of it would be of no use"),
            Self::Baseline => f.write_str("it was imported as baseline"),
            Self::DeadEnd { message, state } => write!(f, "an equal message, {message}, is {state}"),
            Self::InDigest { day, hour } => write!(f, "it waits for the digest of {day} {hour}"),
            Self::Superseded => f.write_str("a newer reminder of the same window takes its place"),
            Self::NobodyTouched => f.write_str("no customer uses anything that it touches"),
            Self::StandingNever => f.write_str("the policy writes no mails about standing windows"),
            Self::NoStaff => f.write_str("the inventory names no staff"),
        }
    }
}

/// A mail that one might expect and that will not be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplanned {
    /// The maintenance, outage or standing window.
    pub cause: Cause,
    /// Who would have read it, as in [`Key::contact`](super::Key::contact); none when there is nobody.
    pub contact: Option<String>,
    /// The occasion.
    pub stage: Stage,
    /// Why not.
    pub why: NotPlanned,
}

/// The result of one round of planning.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proposal {
    /// Messages to store.
    pub new: Vec<Message>,
    /// Messages to take back.
    pub withdrawn: Vec<Withdrawal>,
    /// What will not be sent, and why. It changes nothing and is said again each time.
    pub unplanned: Vec<Unplanned>,
    /// For each maintenance and outage that was looked at, when it must be looked at again though nothing else becomes known:
    /// the first instant at which another message may be due to exist, or one that exists may be too late; none when time alone
    /// will change nothing. What was not looked at and must be is here with the instant of the round.
    #[serde(skip)]
    pub wakes: BTreeMap<Cause, Option<DateTime<Utc>>>,
}

impl Proposal {
    /// Adds another part of the same round.
    pub fn add(&mut self, other: Self) {
        self.new.extend(other.new);
        self.withdrawn.extend(other.withdrawn);
        self.unplanned.extend(other.unplanned);
        self.wakes.extend(other.wakes);
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.withdrawn.is_empty()
    }
}

/// Carries a proposal out on messages held in memory, as the store does on its own.
pub fn apply(messages: &mut Vec<Message>, proposal: &Proposal) {
    for withdrawal in &proposal.withdrawn {
        for message in messages.iter_mut().filter(|message| message.id == withdrawal.id) {
            message.state = withdrawal.to;
            message.reason.clone_from(&withdrawal.reason);
        }
    }
    messages.extend(proposal.new.iter().cloned());
}
