//! Sending what is due: leased, written, handed to the relay or a maildir, settled.
//!
//! Leases are taken many at a time, and each turn of [`App::send`] is one transaction: how the attempts before ended, and
//! which mails go out next. Only then do these leave. So a connection has at most one mail that nobody has settled, and
//! a process killed at any moment leaves no more doubtful ones than it had connections.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::config::Transport;
use super::door::{Door, Parcel};
use super::error::AppError;
use super::letters::Study;
use super::planning::Outbox;
use super::settings::{App, Settings};
use crate::mail::{Address, Envelope, Route, unique_name};
use crate::names::{Digest, MessageId};
use crate::plan::{Attempt, Message, MessageState, Outcome, next_attempt};
use crate::store::{Generation, Leased, Settlement, StoreError, Withdrawn};
use crate::time::Clock;

/// Leases taken at a time for each connection: their commit is shared by so many mails.
const LEASES_PER_CONNECTION: usize = 16;

/// How long a lease holds a message that waits in memory for a connection; handing it over makes a new one of it. A
/// process killed meanwhile holds it back no longer than this.
const WAIT: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Attempts in a row that break off before the relay is left alone: one mail may break a connection, five different ones
/// are the relay's trouble, and each costs its message an attempt.
const BROKEN_IN_A_ROW: usize = 5;

/// What a round of sending did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeliveryReport {
    /// Message by message, in the order they were settled.
    pub delivered: Vec<Delivered>,
    /// Messages whose moment passed before they could be sent.
    pub expired: Vec<Message>,
    /// Why the relay could not be used, when it could not. Nothing was lost: the messages wait.
    pub relay: Option<String>,
    /// What waits afterwards.
    pub outbox: Outbox,
}

/// What became of one message.
#[derive(Debug, Clone, Serialize)]
pub struct Delivered {
    /// Which message.
    pub message: MessageId,
    /// To whom.
    pub to: String,
    /// What became of it.
    pub state: MessageState,
    /// Why, in words.
    pub reason: String,
}

/// A mail that is ready to go.
struct Ready {
    lease: Leased,
    to: Address,
    bytes: Vec<u8>,
}

/// What can be said of a message without another word of the relay.
struct Settled {
    lease: Leased,
    settlement: Settlement,
    /// What is told of it; none of what was only given back.
    told: Option<(MessageState, String)>,
}

/// One call of [`App::send`].
struct Round {
    door: Door,
    study: Study,
    planned_on: Generation,
    limit: usize,
    /// Leased, not written.
    waiting: VecDeque<Leased>,
    /// Handed over, by their tickets.
    under_way: BTreeMap<u64, Leased>,
    /// To be settled in the next turn.
    settled: Vec<Settled>,
    tickets: u64,
    broken_in_a_row: usize,
    /// Whether nothing more is begun.
    over: bool,
    report: DeliveryReport,
}

impl Round {
    fn room(&self) -> usize {
        let begun = self.report.delivered.len() + self.under_way.len() + self.waiting.len() + self.settled.len();
        self.limit.saturating_sub(begun)
    }

    /// Begins nothing more: what waits goes back untried.
    fn end(&mut self, now: DateTime<Utc>, why: &str) {
        self.over = true;
        self.give_back(now, why);
    }

    fn give_back(&mut self, now: DateTime<Utc>, why: &str) {
        for lease in std::mem::take(&mut self.waiting) {
            let settlement = Settlement::GivenBack { at: now, reason: why.to_owned() };
            self.settled.push(Settled { lease, settlement, told: None });
        }
    }

    /// Whether another mail about the same to the same reader has not been settled: it is to be known before this one is
    /// written, which continues its thread.
    fn follows_one(&self, message: &Message, ready: &[Ready]) -> bool {
        let same = |other: &Leased| {
            other.message.key.cause == message.key.cause && other.message.key.contact == message.key.contact
        };
        self.under_way.values().chain(self.settled.iter().map(|settled| &settled.lease)).any(same)
            || ready.iter().any(|ready| same(&ready.lease))
    }

    /// Takes note of how attempts ended, and of a relay that takes no mail.
    fn hear(&mut self, ended: Vec<(u64, Outcome)>, taken_by: &str, now: DateTime<Utc>) {
        for (ticket, outcome) in ended {
            match &outcome {
                Outcome::Accepted | Outcome::Refused { .. } | Outcome::Deferred { .. } => self.broken_in_a_row = 0,
                Outcome::Broken { what } | Outcome::Unanswered { what } => {
                    self.broken_in_a_row += 1;
                    if self.broken_in_a_row >= BROKEN_IN_A_ROW && !self.over {
                        let why = format!("{BROKEN_IN_A_ROW} attempts in a row broke off, the last one: {what}");
                        self.end(now, &why);
                        self.report.relay = Some(why);
                    }
                }
            }
            if let Some(lease) = self.under_way.remove(&ticket) {
                self.settled.push(settled(lease, &outcome, taken_by, now));
            }
        }
    }
}

impl Settings {
    /// Who took a mail that was accepted.
    fn taken_by(&self) -> String {
        match &self.config.transport {
            Transport::Maildir(folder) => format!("delivered into the maildir {}", folder.display()),
            Transport::Smtp(smtp) => format!("accepted by the relay {}", smtp.host),
        }
    }
}

impl App {
    /// Plans what became due, then sends up to `limit` messages. Once `stop` is set nothing more is begun; what is under
    /// way is awaited and settled.
    ///
    /// # Errors
    /// [`AppError::Store`]; [`AppError::Source`] when the maildir cannot be made. A relay that cannot be reached is no
    /// error of this function: the report says so and the messages wait.
    pub fn send(&mut self, limit: usize, clock: &dyn Clock, stop: &AtomicBool) -> Result<DeliveryReport, AppError> {
        let mut report = DeliveryReport::default();
        let door = Door::open(&self.settings)?;
        let planned_on = self.plan_and_expire(clock.now(), &mut report)?;
        let taken_by = self.settings.taken_by();
        let mut round = Round {
            door,
            study: Study::default(),
            planned_on,
            limit,
            waiting: VecDeque::new(),
            under_way: BTreeMap::new(),
            settled: Vec::new(),
            tickets: 0,
            broken_in_a_row: 0,
            over: false,
            report,
        };
        loop {
            if stop.load(Ordering::Relaxed) && !round.over {
                round.end(clock.now(), "the sender was stopped");
            }
            let more = self.lease(&mut round, clock.now())?;
            self.turn(&mut round, clock)?;
            let nothing_left = round.waiting.is_empty() && round.under_way.is_empty() && round.settled.is_empty();
            if nothing_left && !more {
                break;
            }
            let (ended, out) = round.door.wait();
            round.hear(ended, &taken_by, clock.now());
            if let Some(error) = out {
                let words = Outcome::from(error).words();
                round.end(clock.now(), &words);
                round.report.relay = Some(words);
            }
        }
        let Round { door, mut report, .. } = round;
        door.close();
        report.outbox = self.outbox(clock.now())?;
        Ok(report)
    }

    /// Plans what became due and skips what went stale; the generation that the plan stands on.
    fn plan_and_expire(&mut self, now: DateTime<Utc>, report: &mut DeliveryReport) -> Result<Generation, AppError> {
        self.plan(now)?;
        report.expired.extend(self.store.expire(now)?);
        Ok(self.store.generation()?)
    }

    /// Who holds a lease: this process on this machine.
    fn holder(&self) -> String {
        format!("{}/{}", self.settings.config.domain, std::process::id())
    }

    /// Takes leases when none waits; whether there were any.
    fn lease(&mut self, round: &mut Round, now: DateTime<Utc>) -> Result<bool, AppError> {
        let most = round.room().min(round.door.width() * LEASES_PER_CONNECTION);
        if round.over || !round.waiting.is_empty() || most == 0 {
            return Ok(!round.waiting.is_empty());
        }
        round.waiting.extend(self.store.lease_due(now, now + WAIT, &self.holder(), most)?);
        round.door.widen(round.waiting.len());
        Ok(!round.waiting.is_empty())
    }

    /// Settles what ended and hands over what can go, in one transaction; then lets it go.
    fn turn(&mut self, round: &mut Round, clock: &dyn Clock) -> Result<(), AppError> {
        round.door.widen(round.waiting.len());
        let ready = self.write(round, clock.now())?;
        if ready.is_empty() && round.settled.is_empty() {
            return Ok(());
        }
        let now = clock.now();
        let (going, learnt) = self.together(|app| {
            let settled = std::mem::take(&mut round.settled);
            settled.iter().try_for_each(|settled| app.settle(settled, &mut round.report, now))?;
            // What was planned is sent only while nobody has learnt anything since.
            if app.store.generation()? == round.planned_on {
                Ok((app.keep(ready, &round.door, now)?, false))
            } else {
                round.waiting.extend(ready.into_iter().map(|ready| ready.lease));
                Ok((Vec::new(), true))
            }
        })?;
        for Ready { lease, to, bytes } in going {
            round.tickets += 1;
            let parcel = Parcel {
                ticket: round.tickets,
                envelope: Envelope { from: self.envelope_from(&lease.message)?, to },
                name: unique_name(lease.message.planned_at, lease.message.id.as_str()),
                bytes,
            };
            round.under_way.insert(round.tickets, lease);
            round.door.hand_over(parcel);
        }
        if learnt {
            round.give_back(now, "what is known changed meanwhile");
            self.return_untried(round, now)?;
            round.study = Study::default();
            round.planned_on = self.plan_and_expire(now, &mut round.report)?;
        }
        Ok(())
    }

    /// Gives leases back at once, so that the planner may take their messages back.
    fn return_untried(&mut self, round: &mut Round, now: DateTime<Utc>) -> Result<(), AppError> {
        let settled = std::mem::take(&mut round.settled);
        self.together(|app| settled.iter().try_for_each(|settled| app.settle(settled, &mut round.report, now)))
    }

    /// Writes as many mails as can be handed over now.
    fn write(&self, round: &mut Round, now: DateTime<Utc>) -> Result<Vec<Ready>, AppError> {
        let mut ready = Vec::new();
        let mut later = VecDeque::new();
        while ready.len() < round.door.free() {
            let Some(lease) = round.waiting.pop_front() else { break };
            if round.follows_one(&lease.message, &ready) {
                later.push_back(lease);
                continue;
            }
            match self.written(&lease, &mut round.study, now)? {
                Ok((to, bytes)) => ready.push(Ready { lease, to, bytes }),
                Err((settlement, state, reason)) => {
                    round.settled.push(Settled { lease, settlement, told: Some((state, reason)) });
                }
            }
        }
        later.append(&mut round.waiting);
        round.waiting = later;
        Ok(ready)
    }

    /// The mail of a message and where it goes, or why it does not go.
    #[allow(clippy::type_complexity, reason = "an answer with its reason, used in one place")]
    fn written(
        &self,
        lease: &Leased,
        study: &mut Study,
        now: DateTime<Utc>,
    ) -> Result<Result<(Address, Vec<u8>), (Settlement, MessageState, String)>, AppError> {
        let message = &lease.message;
        let cannot = |why: String| {
            let reason = format!("the mail cannot be written: {why}");
            Ok(Err((Settlement::Failed { reason: reason.clone() }, MessageState::Failed, reason)))
        };
        let not_wanted = |to: Withdrawn, reason: String| {
            Ok(Err((Settlement::NotWanted { to, reason: reason.clone() }, to.state(), reason)))
        };
        if message.not_after.is_some_and(|not_after| not_after <= now) {
            return not_wanted(Withdrawn::Skipped, "its moment passed before it was sent".to_owned());
        }
        let to = match Address::new(&message.to.email) {
            Ok(to) => to,
            Err(error) => return cannot(error.to_string()),
        };
        if self.settings.config.suppress_bounced
            && let Some(bounced) = self.bounced_from(&message.to.email, study)?
        {
            let why = format!("{bounced} to the same address came back; `inwindow outbox retry {bounced}` lifts this");
            return not_wanted(Withdrawn::Suppressed, why);
        }
        let route = self.settings.config.mail.route(&to);
        let actual = match &route {
            Route::Deliver => to,
            Route::Redirect(instead) => instead.clone(),
            Route::Refuse { why } => return not_wanted(Withdrawn::Suppressed, why.clone()),
        };
        if let Some(bytes) = &lease.bytes {
            return Ok(Ok((actual, bytes.clone())));
        }
        match self.render(message, &route, study, now) {
            Ok(bytes) => Ok(Ok((actual, bytes))),
            Err(AppError::Store(error)) => Err(error.into()),
            Err(error) => cannot(error.to_string()),
        }
    }

    /// Keeps the bytes of what goes out now. What somebody else took meanwhile is theirs.
    fn keep(&mut self, ready: Vec<Ready>, door: &Door, now: DateTime<Utc>) -> Result<Vec<Ready>, AppError> {
        let mut kept = Vec::with_capacity(ready.len());
        let until = now + door.longest_send();
        for Ready { lease, to, bytes } in ready {
            match self.store.keep_bytes(&lease.message.id, lease.fence, &bytes, until, now) {
                Ok(bytes) => kept.push(Ready { lease, to, bytes }),
                Err(StoreError::LostLease { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(kept)
    }

    fn settle(&mut self, settled: &Settled, report: &mut DeliveryReport, now: DateTime<Utc>) -> Result<(), AppError> {
        let Settled { lease, settlement, told } = settled;
        let told = match self.store.settle(&lease.message.id, lease.fence, settlement, now) {
            Ok(()) => told.clone(),
            Err(StoreError::LostLease { .. }) => told.as_ref().map(|(_, reason)| {
                (MessageState::Leased, format!("another worker took it over meanwhile; here it was {reason}"))
            }),
            Err(error) => return Err(error.into()),
        };
        report.delivered.extend(told.map(|(state, reason)| Delivered {
            message: lease.message.id.clone(),
            to: lease.message.to.email.clone(),
            state,
            reason,
        }));
        Ok(())
    }

    /// Who the relay is told the mail is from: where a report about it comes back to.
    fn envelope_from(&self, message: &Message) -> Result<Address, AppError> {
        let config = &self.settings.config;
        if let Some(bounces_to) = &config.bounces_to {
            return Ok(bounces_to.with_detail(message.id.as_str()));
        }
        Address::new(&config.from.email)
            .map_err(|error| AppError::usage(error.to_string(), "correct mail.from in config.toml"))
    }
}

/// What follows from how an attempt ended.
fn settled(lease: Leased, outcome: &Outcome, taken_by: &str, now: DateTime<Utc>) -> Settled {
    let message = &lease.message;
    let attempt = next_attempt(outcome, message.tries + 1, message.not_after, now, jitter(message));
    let (settlement, state, reason) = match attempt {
        Attempt::Done => {
            let reason = taken_by.to_owned();
            (Settlement::Accepted { reason: reason.clone() }, MessageState::Accepted, reason)
        }
        Attempt::Retry { at, reason } if outcome.maybe_delivered() => {
            (Settlement::Unanswered { at, reason: reason.clone() }, MessageState::Planned, reason)
        }
        Attempt::Retry { at, reason } => {
            (Settlement::Retry { at, reason: reason.clone() }, MessageState::Planned, reason)
        }
        Attempt::GiveUp { state: MessageState::Skipped, reason } => {
            let settlement = Settlement::NotWanted { to: Withdrawn::Skipped, reason: reason.clone() };
            (settlement, MessageState::Skipped, reason)
        }
        Attempt::GiveUp { reason, .. } => (Settlement::Failed { reason: reason.clone() }, MessageState::Failed, reason),
    };
    Settled { lease, settlement, told: Some((state, reason)) }
}

/// Moves retries of different messages apart, the same way on every machine.
fn jitter(message: &Message) -> u64 {
    let digest = Digest::of_parts([message.id.as_str(), &message.tries.to_string()]);
    u64::from_str_radix(&digest.as_str()[..16], 16).unwrap_or_default()
}
