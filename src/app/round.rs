//! One round of sending: what waits, what is ready, what is under way, and when the relay is left alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};

use super::config::Transport;
use super::courier::Parcel;
use super::deliver::{Delivered, DeliveryReport};
use super::door::Door;
use super::error::AppError;
use super::letters::Study;
use super::settings::Settings;
use crate::mail::Address;
use crate::names::Digest;
use crate::plan::{Attempt, Message, Outcome, next_attempt};
use crate::store::{Arrival, Generation, Leased, Reader, Settlement};

/// Attempts in a row that break off before the relay is left alone: one mail may break a connection, five different ones
/// are the relay's trouble, and each costs its message an attempt.
const BROKEN_IN_A_ROW: usize = 5;

/// Refusals in a row that blame the sender before the relay is left alone: one reader's server may want no mail of ours,
/// five in a row are the relay's word on us, and each fails its message.
const BLAMED_IN_A_ROW: usize = 5;

/// A mail that is ready to go.
pub(super) struct Ready {
    pub(super) lease: Leased,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
}

/// About what a mail is, and who reads it.
pub(super) fn reader(lease: &Leased) -> Reader {
    (lease.message.key.cause.clone(), lease.message.key.contact.clone())
}

/// What can be said of a message without another word of the relay.
pub(super) struct Settled {
    pub(super) lease: Leased,
    pub(super) settlement: Settlement,
}

impl Settled {
    /// What follows from how an attempt ended.
    fn after(lease: Leased, outcome: &Outcome, taken_by: &str, now: DateTime<Utc>) -> Self {
        let message = &lease.message;
        let arrival = if outcome.maybe_delivered() { Arrival::Possible } else { Arrival::RuledOut };
        let settlement = match next_attempt(outcome, message.tries + 1, message.not_after, now, || jitter(message)) {
            Attempt::Done => Settlement::Accepted { reason: taken_by.to_owned() },
            Attempt::NotMade { reason } => Settlement::GivenBack { at: now, reason },
            Attempt::Retry { at, reason } => Settlement::Retry { at, reason, arrival },
            Attempt::GiveUp { state, reason, refused_as } => Settlement::GivenUp { state, reason, refused_as, arrival },
        };
        Self { lease, settlement }
    }

    /// What is told of it; nothing of what was only given back.
    pub(super) fn told(self) -> Option<Delivered> {
        let Self { lease, settlement } = self;
        if let Settlement::GivenBack { .. } = settlement {
            return None;
        }
        let (state, reason) = (settlement.state(), settlement.reason().to_owned());
        Some(Delivered { message: lease.message.id, to: lease.message.to.email, state, reason })
    }
}

/// One call of [`App::send`](super::settings::App::send).
pub(super) struct Round {
    pub(super) door: Door,
    pub(super) study: Study,
    pub(super) planned_on: Generation,
    pub(super) planned_at: DateTime<Utc>,
    limit: usize,
    /// Leased, not written.
    pub(super) waiting: VecDeque<Leased>,
    /// Written and on disk.
    pub(super) ready: VecDeque<Ready>,
    /// Handed over, by their tickets.
    pub(super) under_way: BTreeMap<u64, Leased>,
    /// To be settled in the next turn.
    pub(super) settled: Vec<Settled>,
    pub(super) tickets: u64,
    broken_in_a_row: usize,
    blamed_in_a_row: usize,
    /// Why nothing more is begun, once that is so.
    pub(super) over: Option<String>,
    /// When a write last waited for the disk; none when the next one must.
    pub(super) synced_at: Option<DateTime<Utc>>,
    /// Whether more may be due than was leased when it was asked last.
    pub(super) more_is_due: bool,
    pub(super) report: DeliveryReport,
}

impl Round {
    pub(super) fn new(
        door: Door,
        planned_on: Generation,
        limit: usize,
        now: DateTime<Utc>,
        report: DeliveryReport,
    ) -> Self {
        Self {
            door,
            study: Study::default(),
            planned_on,
            planned_at: now,
            limit,
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            under_way: BTreeMap::new(),
            settled: Vec::new(),
            tickets: 0,
            broken_in_a_row: 0,
            blamed_in_a_row: 0,
            over: None,
            synced_at: Some(now),
            more_is_due: true,
            report,
        }
    }

    /// Leases that have not been handed over.
    pub(super) fn waits(&self) -> usize {
        self.waiting.len() + self.ready.len()
    }

    /// Leases that may still be taken.
    pub(super) fn room(&self) -> usize {
        let begun = self.report.delivered.len() + self.under_way.len() + self.waits() + self.settled.len();
        self.limit.saturating_sub(begun)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waits() == 0 && self.under_way.is_empty() && self.settled.is_empty()
    }

    /// Whether more than the turn at hand is to come.
    pub(super) fn goes_on(&self) -> bool {
        self.waits() > 0 || !self.under_way.is_empty()
    }

    /// The causes and readers of all that has been written and not been settled.
    pub(super) fn engaged(&self) -> BTreeSet<Reader> {
        let ready = self.ready.iter().map(|ready| &ready.lease);
        let settled = self.settled.iter().map(|settled| &settled.lease);
        ready.chain(self.under_way.values()).chain(settled).map(reader).collect()
    }

    /// Begins nothing more: what waits goes back untried.
    pub(super) fn end(&mut self, now: DateTime<Utc>, why: &str) {
        self.over = Some(why.to_owned());
        self.give_back(now, why);
    }

    pub(super) fn give_back(&mut self, now: DateTime<Utc>, why: &str) {
        let ready = std::mem::take(&mut self.ready).into_iter().map(|ready| ready.lease);
        for lease in ready.chain(std::mem::take(&mut self.waiting)) {
            let settlement = Settlement::GivenBack { at: now, reason: why.to_owned() };
            self.settled.push(Settled { lease, settlement });
        }
    }

    /// Leaves the relay alone.
    fn leave_alone(&mut self, now: DateTime<Utc>, why: String) {
        if self.over.is_none() {
            self.end(now, &why);
            self.report.relay = Some(why);
        }
    }

    /// A mail for which there was no connection after all goes with the next one, if there is to be any.
    pub(super) fn take_back(&mut self, parcel: Parcel, now: DateTime<Utc>) {
        if let Some(lease) = self.under_way.remove(&parcel.ticket) {
            self.waiting.push_front(Leased { bytes: Some(parcel.bytes), ..lease });
        }
        if let Some(why) = self.over.clone() {
            self.give_back(now, &why);
        }
    }

    /// Takes note of how attempts ended, and of a relay that takes no mail.
    pub(super) fn hear(&mut self, ended: Vec<(u64, Outcome)>, taken_by: &str, now: DateTime<Utc>) {
        for (ticket, outcome) in ended {
            self.count(&outcome, now);
            if let Some(lease) = self.under_way.remove(&ticket) {
                self.settled.push(Settled::after(lease, &outcome, taken_by, now));
            }
        }
    }

    fn count(&mut self, outcome: &Outcome, now: DateTime<Utc>) {
        let (mut broken, mut blamed) = (0, 0);
        match outcome {
            Outcome::Refused { .. } if outcome.blames_us() => blamed = self.blamed_in_a_row + 1,
            Outcome::Accepted | Outcome::Deferred { .. } | Outcome::Refused { .. } => {}
            Outcome::Broken { .. } | Outcome::Unanswered { .. } => broken = self.broken_in_a_row + 1,
            Outcome::Unusable { .. } => self.leave_alone(now, outcome.words()),
        }
        (self.broken_in_a_row, self.blamed_in_a_row) = (broken, blamed);
        let what = match outcome {
            Outcome::Broken { what } | Outcome::Unanswered { what } => what.clone(),
            Outcome::Accepted | Outcome::Refused { .. } | Outcome::Deferred { .. } | Outcome::Unusable { .. } => {
                outcome.words()
            }
        };
        if broken >= BROKEN_IN_A_ROW {
            self.leave_alone(now, format!("{BROKEN_IN_A_ROW} attempts in a row broke off, the last one: {what}"));
        }
        if blamed >= BLAMED_IN_A_ROW {
            let why =
                format!("{BLAMED_IN_A_ROW} mails in a row were refused because of who sends them, the last one {what}");
            self.leave_alone(now, why);
        }
    }
}

/// Who the relay is told that mails are from (the reverse-path of RFC 5321): where a report about one comes back to.
pub(super) enum ReturnPath {
    /// The address that all of them show.
    Shown(Address),
    /// One of its own for each message (VERP), from this one.
    OfMessage(Address),
}

impl ReturnPath {
    pub(super) fn of(&self, message: &Message) -> Address {
        match self {
            Self::Shown(address) => address.clone(),
            Self::OfMessage(address) => address.with_detail(message.id.as_str()),
        }
    }
}

impl Settings {
    /// Who the relay is told that mails are from.
    ///
    /// # Errors
    /// [`AppError::Usage`] when `mail.from` is no address.
    pub(super) fn return_path(&self) -> Result<ReturnPath, AppError> {
        if let Some(bounces_to) = &self.config.bounces_to {
            return Ok(ReturnPath::OfMessage(bounces_to.clone()));
        }
        let shown = Address::new(&self.config.from.email);
        let shown = shown.map_err(|error| AppError::usage(error.to_string(), "correct mail.from in config.toml"))?;
        Ok(ReturnPath::Shown(shown))
    }

    /// Who took a mail that was accepted.
    pub(super) fn taken_by(&self) -> String {
        match &self.config.transport {
            Transport::Maildir(folder) => format!("delivered into the maildir {}", folder.display()),
            Transport::Smtp(smtp) => format!("accepted by the relay {}", smtp.host),
        }
    }

    /// Who holds a lease: this process, and behind the `#` the system that it runs on.
    pub(super) fn holder(&self) -> String {
        let process = format!("{}/{}", self.config.domain, std::process::id());
        match running_system() {
            Some(system) => format!("{process}#{system}"),
            None => process,
        }
    }

    /// Whether a turn need not wait for the disk: not where nobody would notice that the system came down meanwhile.
    #[allow(clippy::unused_self, reason = "the system is one of our surroundings")]
    pub(super) fn may_be_light(&self) -> bool {
        running_system().is_some()
    }
}

/// What tells this system from the same machine started again; Linux alone says it. Each turn asks, and it does not change.
fn running_system() -> Option<&'static str> {
    /// Of the 122 random bits as many as tell the few starts of one machine apart.
    const DIGITS: usize = 8;
    static SYSTEM: LazyLock<Option<String>> = LazyLock::new(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        id.get(..DIGITS).map(str::to_owned)
    });
    SYSTEM.as_deref()
}

/// Moves retries of different messages apart, the same way on every machine.
fn jitter(message: &Message) -> u64 {
    let digest = Digest::of_parts([message.id.as_str(), &message.tries.to_string()]);
    u64::from_str_radix(&digest.as_str()[..16], 16).unwrap_or_default()
}
