//! Sending what is due: leased, written, handed to the relay or a maildir, settled.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::config::{SmtpSettings, Transport};
use super::error::AppError;
use super::intake::password_in;
use super::planning::Outbox;
use super::settings::{App, Settings};
use crate::mail::{
    Address, Credentials, Deadlines, Envelope, Maildir, Relay, RelayError, Route, Session, compose, compose_redirected,
    unique_name,
};
use crate::names::{Digest, MessageId};
use crate::plan::{
    Attempt, Cause, LetterFacts, Message, MessageState, Outcome, Sender, Subject, Thread, letter, message_id,
    next_attempt,
};
use crate::store::{Generation, Leased, Settlement, StoreError, Withdrawn};
use crate::time::Clock;

/// What a round of sending did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeliveryReport {
    /// Message by message, in the order tried.
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

/// Where mail goes out.
enum Door {
    Maildir(Maildir),
    Relay(Box<RelayDoor>),
}

/// A relay, with the session kept between mails.
struct RelayDoor {
    relay: Relay,
    runtime: tokio::runtime::Runtime,
    session: Option<Session>,
}

impl Door {
    fn open(settings: &Settings) -> Result<Self, AppError> {
        match &settings.config.transport {
            Transport::Maildir(folder) => Ok(Self::Maildir(Maildir::create(folder)?)),
            Transport::Smtp(smtp) => {
                if settings.config.is_nobody() {
                    return Err(AppError::usage(
                        "mail.host is set and mail.from is not: nobody would know who writes",
                        "add to config.toml, under [mail]: from = \"Your NOC <noc@your.domain>\"",
                    ));
                }
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(|error| AppError::usage(format!("no runtime: {error}"), "try again"))?;
                Ok(Self::Relay(Box::new(RelayDoor { relay: relay(smtp, settings)?, runtime, session: None })))
            }
        }
    }

    /// How long one mail may take at the worst: its lease must outlive that, and a process killed meanwhile holds the mail
    /// back no longer.
    fn longest_send(&self) -> TimeDelta {
        match self {
            Self::Maildir(_) => TimeDelta::minutes(1),
            Self::Relay(door) => {
                let deadlines = door.relay.deadlines;
                let longest = deadlines.longest_open() + deadlines.longest_send();
                TimeDelta::from_std(longest).unwrap_or(TimeDelta::hours(1)) + TimeDelta::minutes(1)
            }
        }
    }

    /// Makes sure that there is somebody to hand mail to.
    fn ready(&mut self) -> Result<(), RelayError> {
        match self {
            Self::Maildir(_) => Ok(()),
            Self::Relay(door) => {
                if door.session.is_none() {
                    door.session = Some(door.runtime.block_on(Session::open(&door.relay))?);
                }
                Ok(())
            }
        }
    }

    fn hand_over(&mut self, envelope: &Envelope, name: &str, mail: &[u8]) -> Outcome {
        match self {
            Self::Maildir(maildir) => match maildir.deliver(name, mail) {
                Ok(_) => Outcome::Accepted,
                Err(error) => Outcome::Broken { what: error.to_string() },
            },
            Self::Relay(door) => {
                let Some(open) = door.session.take() else {
                    return Outcome::Broken { what: "no session with the relay".into() };
                };
                let (outcome, kept) = door.runtime.block_on(open.send(envelope, mail));
                door.session = kept;
                outcome
            }
        }
    }

    fn close(self) {
        if let Self::Relay(door) = self
            && let Some(session) = door.session
        {
            door.runtime.block_on(session.close());
        }
    }
}

fn relay(smtp: &SmtpSettings, settings: &Settings) -> Result<Relay, AppError> {
    let auth = match &smtp.user {
        None => None,
        Some(user) => Some(Credentials::new(user.clone(), password(smtp, settings)?)),
    };
    let read = |path: &std::path::PathBuf| fs::read(path).map_err(|error| AppError::file("read", path, error));
    Ok(Relay {
        host: smtp.host.clone(),
        port: smtp.port,
        tls: smtp.tls,
        auth,
        extra_ca: smtp.ca_file.as_ref().map(read).transpose()?,
        helo: smtp.helo.clone().unwrap_or_else(|| settings.config.domain.clone()),
        deadlines: Deadlines::default(),
    })
}

/// The password, from its file or the environment; never from an argument or the configuration itself.
fn password(smtp: &SmtpSettings, settings: &Settings) -> Result<String, AppError> {
    if let Some(path) = &smtp.password_file {
        return password_in(path);
    }
    settings.surroundings.smtp_password.clone().ok_or_else(|| {
        AppError::usage("mail.user is set and there is no password", "set mail.password_file or INWINDOW_SMTP_PASSWORD")
    })
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
    /// Plans what became due, then sends up to `limit` messages.
    ///
    /// # Errors
    /// [`AppError::Store`]; [`AppError::Source`] when the maildir cannot be made; [`AppError::Template`] or
    /// [`AppError::Compose`] when a letter cannot be written. A relay that cannot be reached is no error of this
    /// function: the report says so and the messages wait.
    pub fn send(&mut self, limit: usize, clock: &dyn Clock) -> Result<DeliveryReport, AppError> {
        let mut report = DeliveryReport::default();
        let mut door = Door::open(&self.settings)?;
        let mut planned_on = self.plan_and_expire(clock.now(), &mut report)?;
        while report.delivered.len() < limit && report.relay.is_none() {
            let now = clock.now();
            let leased = self.store.lease_due(now, now + door.longest_send(), &self.holder(), 1)?;
            let Some(lease) = leased.into_iter().next() else { break };
            // What was planned is sent only while nobody has learnt anything since.
            if self.store.generation()? == planned_on {
                self.send_one(&lease, &mut door, clock, &mut report)?;
            } else {
                self.give_back(&lease, now, "what is known changed meanwhile")?;
                planned_on = self.plan_and_expire(now, &mut report)?;
            }
        }
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

    fn give_back(&mut self, lease: &Leased, now: DateTime<Utc>, reason: &str) -> Result<(), StoreError> {
        let settlement = Settlement::GivenBack { at: now, reason: reason.to_owned() };
        self.store.settle(&lease.message.id, lease.fence, &settlement, now)
    }

    fn send_one(
        &mut self,
        lease: &Leased,
        door: &mut Door,
        clock: &dyn Clock,
        report: &mut DeliveryReport,
    ) -> Result<(), AppError> {
        let message = &lease.message;
        let to = match Address::new(&message.to.email) {
            Ok(to) => to,
            Err(error) => return self.cannot_write(lease, &error.to_string(), clock.now(), report),
        };
        let route = self.settings.config.mail.route(&to);
        let actual = match &route {
            Route::Deliver => to,
            Route::Redirect(instead) => instead.clone(),
            Route::Refuse { why } => {
                let settlement = Settlement::NotWanted { to: Withdrawn::Suppressed, reason: why.clone() };
                self.store.settle(&message.id, lease.fence, &settlement, clock.now())?;
                report.delivered.push(delivered(message, MessageState::Suppressed, why));
                return Ok(());
            }
        };
        if let Err(error) = door.ready() {
            let words = Outcome::from(error).words();
            self.give_back(lease, clock.now(), &words)?;
            report.relay = Some(words);
            return Ok(());
        }
        let rendered = match &lease.bytes {
            Some(bytes) => bytes.clone(),
            None => match self.render(message, &route, clock.now()) {
                Ok(bytes) => bytes,
                Err(AppError::Store(error)) => return Err(error.into()),
                Err(error) => return self.cannot_write(lease, &error.to_string(), clock.now(), report),
            },
        };
        let bytes = self.store.keep_bytes(&message.id, lease.fence, &rendered, clock.now())?;
        let from = Address::new(&self.settings.config.from.email)
            .map_err(|error| AppError::usage(error.to_string(), "correct mail.from in config.toml"))?;
        let name = unique_name(message.planned_at, message.id.as_str());
        let outcome = door.hand_over(&Envelope { from, to: actual }, &name, &bytes);
        self.settle(lease, &outcome, clock.now(), report)
    }

    /// A message that cannot be written fails visibly, and the others go on.
    fn cannot_write(
        &mut self,
        lease: &Leased,
        why: &str,
        now: DateTime<Utc>,
        report: &mut DeliveryReport,
    ) -> Result<(), AppError> {
        let reason = format!("the mail cannot be written: {why}");
        self.store.settle(&lease.message.id, lease.fence, &Settlement::Failed { reason: reason.clone() }, now)?;
        report.delivered.push(delivered(&lease.message, MessageState::Failed, &reason));
        Ok(())
    }

    fn settle(
        &mut self,
        lease: &Leased,
        outcome: &Outcome,
        now: DateTime<Utc>,
        report: &mut DeliveryReport,
    ) -> Result<(), AppError> {
        let message = &lease.message;
        let attempt = next_attempt(outcome, message.tries + 1, message.not_after, now, jitter(message));
        let (settlement, state, reason) = match attempt {
            Attempt::Done => {
                let reason = self.settings.taken_by();
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
            Attempt::GiveUp { reason, .. } => {
                (Settlement::Failed { reason: reason.clone() }, MessageState::Failed, reason)
            }
        };
        self.store.settle(&message.id, lease.fence, &settlement, now)?;
        report.delivered.push(delivered(message, state, &reason));
        Ok(())
    }

    /// The mail of a message as it would be sent at `now`.
    ///
    /// # Errors
    /// [`AppError::Unknown`], [`AppError::Template`], [`AppError::Compose`], [`AppError::Store`].
    pub fn preview(&self, typed: &str, now: DateTime<Utc>) -> Result<Vec<u8>, AppError> {
        let unknown = || AppError::Unknown { what: "message", typed: typed.to_owned(), nearest: None };
        let message = self.store.message(typed)?.ok_or_else(unknown)?;
        match self.store.message_bytes(&message.id)? {
            Some(bytes) => Ok(bytes),
            None => self.render(&message, &Route::Deliver, now),
        }
    }

    fn render(&self, message: &Message, route: &Route, now: DateTime<Utc>) -> Result<Vec<u8>, AppError> {
        let config = &self.settings.config;
        let secret = self.store.secret()?;
        let earlier = self.store.messages_of_causes(std::slice::from_ref(&message.key.cause))?;
        let thread = Thread::of(message, &earlier, &secret, &config.domain);
        let inventory = self.inventory()?;
        let sender = Sender {
            from: config.from.clone(),
            reply_to: config.reply_to.clone(),
            domain: config.domain.clone(),
            tag: config.organisation.clone(),
            list_id: Some(format!("maintenance.{}", config.domain)),
            unsubscribe: config.unsubscribe.clone(),
        };
        let gone = || AppError::Unknown { what: "cause", typed: message.key.cause.id().to_owned(), nearest: None };
        let facts = |subject| LetterFacts {
            subject,
            inventory: &inventory,
            zones: &self.settings.zones,
            sender: &sender,
            secret: &secret,
            thread: &thread,
            date: now,
        };
        let letter = match &message.key.cause {
            Cause::Maintenance(id) => {
                let maintenance = self.store.maintenance(id.as_str())?.ok_or_else(gone)?;
                letter(message, &facts(Subject::Maintenance(&maintenance)), &self.templates)?
            }
            Cause::Outage(id) => {
                let outage = self.store.outage(id.as_str())?.ok_or_else(gone)?;
                letter(message, &facts(Subject::Outage(&outage)), &self.templates)?
            }
        };
        Ok(match route {
            Route::Redirect(instead) => compose_redirected(&letter, instead)?,
            Route::Deliver | Route::Refuse { .. } => compose(&letter)?,
        })
    }

    /// The Message-ID that a message's mail carries, without angle brackets.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn message_id_of(&self, message: &Message) -> Result<String, AppError> {
        Ok(message_id(&message.key, &self.store.secret()?, &self.settings.config.domain))
    }
}

fn delivered(message: &Message, state: MessageState, reason: &str) -> Delivered {
    Delivered { message: message.id.clone(), to: message.to.email.clone(), state, reason: reason.to_owned() }
}

/// Moves retries of different messages apart, the same way on every machine.
fn jitter(message: &Message) -> u64 {
    let digest = Digest::of_parts([message.id.as_str(), &message.tries.to_string()]);
    u64::from_str_radix(&digest.as_str()[..16], 16).unwrap_or_default()
}
