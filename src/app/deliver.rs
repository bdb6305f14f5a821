//! Sending what is due: leased, written, handed to the relay or a maildir, settled.
//!
//! Leases are taken many at a time; their mails are written and on disk before the first of them leaves. From then on each
//! turn of [`App::send`] is one small transaction: how the attempts before ended, which mails go out next, and what is
//! leased in the place of these. Only then do they leave. While the relay takes what it is offered, the next mail of a
//! connection is handed over before the one that it sends has ended. So a connection has at most two mails that nobody has
//! settled, and a process killed at any moment leaves no more doubtful ones. Most turns do not wait for the disk: a power
//! failure can undo the last of them, and then every mail that was ready counts as perhaps sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::courier::Parcel;
use super::door::{AHEAD, Door};
use super::error::AppError;
use super::letters::Study;
use super::planning::Outbox;
use super::round::{Ready, ReturnPath, Round, Settled};
use super::settings::App;
use crate::mail::{Address, Envelope, unique_name};
use crate::names::MessageId;
use crate::plan::{Message, MessageState, Outcome};
use crate::store::{Generation, Leased, Settlement, Withdrawn};
use crate::time::Clock;

/// Leases taken at a time: so many mails share a write that waits for the disk, some 5 ms of it (measured), and are as
/// many as a process killed meanwhile holds back for [`WAIT`].
const LEASES: usize = 256;

/// How long a lease holds a message that waits in memory for a connection; handing it over makes a new one of it. A
/// process killed meanwhile holds it back no longer than this.
const WAIT: TimeDelta = TimeDelta::minutes(5);

/// How long turns go on without waiting for the disk, so that few mails are in doubt after a power failure even where the
/// relay is slow.
const UNSYNCED: TimeDelta = TimeDelta::milliseconds(250);

/// How long a plan is good for though nobody learnt anything: time alone makes a newer reminder take an older one's place.
const PLAN: TimeDelta = TimeDelta::seconds(60);

/// What a round of sending did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeliveryReport {
    /// Message by message, in the order they were settled.
    pub delivered: Vec<Delivered>,
    /// Messages whose moment passed before they could be sent.
    pub expired: Vec<Message>,
    /// Why the relay could not be used, when it could not. Nothing was lost: the messages wait.
    pub relay: Option<String>,
    /// What waits afterwards; empty until it is asked for ([`App::outbox`]).
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

impl App {
    /// Plans what became due, then sends up to `limit` messages; `clock` is read by the connections too, so that no mail begins
    /// after its moment. Once `stop` is set nothing more is begun; what is under
    /// way is awaited and settled.
    ///
    /// # Errors
    /// [`AppError::Store`]; [`AppError::Source`] when the maildir cannot be made; [`AppError::Usage`] when the relay's settings
    /// cannot be used. A relay that cannot be reached is no
    /// error of this function: the report says so and the messages wait.
    pub fn send<C: Clock + Clone + 'static>(
        &mut self,
        limit: usize,
        clock: &C,
        stop: &AtomicBool,
    ) -> Result<DeliveryReport, AppError> {
        let mut report = DeliveryReport::default();
        let door = Door::open(&self.settings, Arc::new(clock.clone()))?;
        let return_path = self.settings.return_path()?;
        let now = clock.now();
        let planned_on = self.plan_and_expire(now, &mut report)?;
        let taken_by = self.settings.taken_by();
        let mut round = Round::new(door, planned_on, limit, now, report);
        loop {
            if stop.load(Ordering::Relaxed) && round.over.is_none() {
                round.end(clock.now(), "the sender was stopped");
            }
            // What is known is settled before anything is leased, or we would take our own leases over.
            self.turn(&mut round, &return_path, clock)?;
            let more = self.lease(&mut round, clock.now())?;
            if round.ready.is_empty() && self.make_ready(&mut round, clock.now())? {
                self.turn(&mut round, &return_path, clock)?;
            }
            if round.is_empty() && !more {
                break;
            }
            let heard = round.door.wait();
            round.hear(heard.ended, &taken_by, clock.now());
            heard.untried.into_iter().for_each(|parcel| round.take_back(parcel, clock.now()));
            if let Some(error) = heard.out {
                let words = Outcome::from(error).words();
                round.end(clock.now(), &words);
                round.report.relay = Some(words);
            }
        }
        let Round { door, report, .. } = round;
        door.close();
        Ok(report)
    }

    /// Plans what became due and skips what went stale; the generation that the plan stands on.
    ///
    /// What a worker held that is no more is given back first. Otherwise the plan would take it for told, and the next
    /// worker would send it behind the newer message that has taken its place.
    fn plan_and_expire(&mut self, now: DateTime<Utc>, report: &mut DeliveryReport) -> Result<Generation, AppError> {
        self.store.release(now, &self.settings.holder())?;
        self.plan(now)?;
        report.expired.extend(self.store.expire(now)?);
        Ok(self.store.generation()?)
    }

    /// Takes leases when none is left; whether there are any.
    fn lease(&mut self, round: &mut Round, now: DateTime<Utc>) -> Result<bool, AppError> {
        if round.waits() > 0 {
            return Ok(true);
        }
        // What fell due since it was asked last is found once what is under way has ended.
        let asks = round.more_is_due || round.under_way.is_empty();
        let most = round.room().min(LEASES);
        if round.over.is_some() || most == 0 || !asks {
            return Ok(false);
        }
        if self.store.release(now, &self.settings.holder())? > 0 {
            self.plan_again(round, now)?;
        }
        self.lease_some(round, most, now)?;
        round.door.widen(round.waiting.len());
        Ok(!round.waiting.is_empty())
    }

    /// Takes as many leases as there is room for while the relay is at mails, and no more than the turn hands over, which are about to
    /// be under way.
    fn lease_ahead(&mut self, round: &mut Round, going: usize, now: DateTime<Utc>) -> Result<(), AppError> {
        let room = round.room().saturating_sub(going).min(LEASES.saturating_sub(round.waits())).min(going);
        if room == 0 || !round.more_is_due || round.over.is_some() {
            return Ok(());
        }
        self.lease_some(round, room, now)
    }

    fn lease_some(&mut self, round: &mut Round, most: usize, now: DateTime<Utc>) -> Result<(), AppError> {
        let leased = self.store.lease_due(now, now + WAIT, &self.settings.holder(), most)?;
        round.more_is_due = leased.len() == most;
        round.waiting.extend(leased);
        Ok(())
    }

    /// Whether a unit of work can be kept without waiting for the disk, and may.
    fn may_be_light(&self) -> bool {
        self.store.keeps_lightly() && self.settings.may_be_light()
    }

    /// Settles what ended and hands over what can go, in one transaction; then lets it go.
    fn turn(&mut self, round: &mut Round, return_path: &ReturnPath, clock: &dyn Clock) -> Result<(), AppError> {
        round.door.widen(round.ready.len());
        let room = round.door.room(round.under_way.len()).min(round.ready.len());
        if room == 0 && round.settled.is_empty() {
            return Ok(());
        }
        let unsynced = round.synced_at.map(|synced_at| clock.now() - synced_at);
        let may_wait = unsynced.is_some_and(|unsynced| (TimeDelta::zero()..UNSYNCED).contains(&unsynced));
        let light = may_wait && round.goes_on() && self.may_be_light();
        let turn = |app: &mut Self| {
            // Read once the store is ours, which may have been waited for: what is too late by then does not go.
            let now = clock.now();
            let settled = std::mem::take(&mut round.settled);
            app.settle(settled, &mut round.report, now)?;
            // What was planned is sent only while nobody has learnt anything since, and it is not long ago.
            let holds = (TimeDelta::zero()..PLAN).contains(&(now - round.planned_at));
            let learnt = room > 0 && !(holds && app.store.generation()? == round.planned_on);
            let going = if learnt { Vec::new() } else { app.hand_over(round, room, now)? };
            // Where the disk is waited for the mails wait too: they are to go as soon as they can.
            if light {
                app.lease_ahead(round, going.len(), now)?;
            }
            Ok((going, learnt, now))
        };
        let (going, learnt, now) = if light { self.lightly(turn)? } else { self.together(turn)? };
        if !light {
            round.synced_at = Some(now);
        }
        let soon = clock.now() + AHEAD;
        for Ready { lease, to, bytes } in going {
            round.tickets += 1;
            let parcel = Parcel {
                ticket: round.tickets,
                envelope: Envelope { from: return_path.of(&lease.message), to },
                name: unique_name(lease.message.planned_at, lease.message.id.as_str()),
                bytes,
                before: lease.message.not_after.map_or(soon, |not_after| not_after.min(soon)),
            };
            round.under_way.insert(round.tickets, lease);
            round.door.hand_over(parcel);
        }
        if learnt {
            round.give_back(now, "what was planned has to be looked at again");
            self.return_untried(round, now)?;
            self.plan_again(round, now)?;
        }
        Ok(())
    }

    fn plan_again(&mut self, round: &mut Round, now: DateTime<Utc>) -> Result<(), AppError> {
        round.study = Study::default();
        round.planned_on = self.plan_and_expire(now, &mut round.report)?;
        round.planned_at = now;
        Ok(())
    }

    /// As [`App::together`], without waiting for the disk.
    fn lightly<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, AppError>) -> Result<T, AppError> {
        self.store.begin_light()?;
        match work(self) {
            Ok(done) => {
                self.store.keep()?;
                Ok(done)
            }
            Err(error) => {
                self.store.undo()?;
                Err(error)
            }
        }
    }

    /// Gives leases back at once, so that the planner may take their messages back.
    fn return_untried(&mut self, round: &mut Round, now: DateTime<Utc>) -> Result<(), AppError> {
        let settled = std::mem::take(&mut round.settled);
        self.settle(settled, &mut round.report, now)
    }

    /// Takes up to `room` mails that are ready and may still go, and notes that they leave.
    fn hand_over(&mut self, round: &mut Round, room: usize, now: DateTime<Utc>) -> Result<Vec<Ready>, AppError> {
        let mut going = Vec::with_capacity(room);
        let until = now + AHEAD + round.door.longest_send();
        while going.len() < room && !round.ready.is_empty() {
            let chosen = self.choose(round, room - going.len(), now)?;
            let holds: Vec<_> = chosen.iter().map(|ready| ready.lease.hold()).collect();
            let lost = self.store.hand_over(&holds, until, now)?;
            going.extend(chosen.into_iter().filter(|ready| !lost.contains(&ready.lease.message.id)));
        }
        Ok(going)
    }

    /// Takes up to `room` mails that are ready and may still go; settles those before them that may not.
    fn choose(&mut self, round: &mut Round, room: usize, now: DateTime<Utc>) -> Result<Vec<Ready>, AppError> {
        let (mut chosen, mut settled) = (Vec::with_capacity(room), Vec::new());
        while chosen.len() < room
            && let Some(ready) = round.ready.pop_front()
        {
            match self.not_now(&ready.lease, &ready.to, now)? {
                Some(settlement) => settled.push(Settled { lease: ready.lease, settlement }),
                None => chosen.push(ready),
            }
        }
        self.settle(settled, &mut round.report, now)?;
        Ok(chosen)
    }

    /// Why a mail that is ready does not go now: its moment passed, or its domain has had enough for this minute.
    fn not_now(&mut self, lease: &Leased, to: &Address, now: DateTime<Utc>) -> Result<Option<Settlement>, AppError> {
        if is_stale(&lease.message, now) {
            return Ok(Some(Settlement::NotWanted { to: Withdrawn::Skipped, reason: STALE.to_owned() }));
        }
        let Some(most) = self.settings.config.per_domain_a_minute else { return Ok(None) };
        let turn = self.store.take_turn(&lease.message.id, to.domain(), most.get(), now)?;
        Ok(turn.map(|at| {
            let reason = format!("its turn comes: no more than {most} mails a minute go to {}", to.domain());
            Settlement::GivenBack { at, reason }
        }))
    }

    fn settle(
        &mut self,
        settled: Vec<Settled>,
        report: &mut DeliveryReport,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let ended: Vec<_> = settled.iter().map(|settled| (settled.lease.hold(), &settled.settlement)).collect();
        let lost = self.store.settle(&ended, now)?;
        report.delivered.extend(settled.into_iter().filter_map(Settled::told).map(|told| {
            if !lost.contains(&told.message) {
                return told;
            }
            let reason = format!("another worker took it over meanwhile; here it was {}", told.reason);
            Delivered { state: MessageState::Leased, reason, ..told }
        }));
        Ok(())
    }
}

/// Why a message is skipped whose moment passed while it waited here.
pub(super) const STALE: &str = "its moment passed before it was sent";

pub(super) fn is_stale(message: &Message, now: DateTime<Utc>) -> bool {
    message.not_after.is_some_and(|not_after| not_after <= now)
}
