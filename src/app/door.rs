//! Where mail goes out: a maildir, or a relay over several connections.
//!
//! While the relay takes whatever it is offered, each connection finds its next mail waiting, so that it does not stand idle
//! while the store notes how the one before ended. After anything else a connection gets one mail at a time.

use std::collections::VecDeque;
use std::fs;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::runtime::{Builder, Runtime};

use super::config::{SmtpSettings, Transport};
use super::courier::{Courier, Event, Parcel, Then};
use super::error::AppError;
use super::intake::password_in;
use super::settings::Settings;
use crate::mail::{Credentials, Deadlines, Maildir, Relay, RelayError, Session};
use crate::plan::Outcome;
use crate::time::Clock;

/// Threads that speak with the relay over many connections: one encrypts while the other waits for the system.
const THREADS: usize = 2;

/// Connections that one thread serves while the store is written: a second one for so few would mostly wake and sleep, at the
/// cost of a tenth of the mails over four connections (measured on two cores).
const FOR_ONE_THREAD: usize = 8;

/// Mails handed over for each connection while all goes well: the one that it sends, and the next. So many are in doubt when
/// the process is killed.
const HANDED_OVER: usize = 2;

/// How long a mail may wait behind another one: what was true when it was handed over is looked at again after that.
pub(super) const AHEAD: TimeDelta = TimeDelta::milliseconds(250);

/// What happened since it was asked last.
#[derive(Default)]
pub(super) struct Heard {
    /// Attempts that ended, by their tickets.
    pub(super) ended: Vec<(u64, Outcome)>,
    /// Mails that were not tried, and may be.
    pub(super) untried: Vec<Parcel>,
    /// Why no connection could be opened, when none is left.
    pub(super) out: Option<RelayError>,
}

/// Where mail goes out.
pub(super) enum Door {
    /// A file a mail.
    Maildir(MaildirDoor),
    /// Over SMTP.
    Relay(Box<RelayDoor>),
}

/// A maildir, and what was just put into it.
pub(super) struct MaildirDoor {
    maildir: Maildir,
    ended: VecDeque<(u64, Outcome)>,
}

/// A relay and the connections to it.
pub(super) struct RelayDoor {
    courier: Arc<Courier>,
    runtime: Runtime,
    idle: Vec<Session>,
    opening: usize,
    /// Connections that send.
    sending: usize,
    /// Whether of what was heard last every mail was taken, and none had waited too long.
    steady: bool,
    /// Connections at most: as configured, and fewer once the relay takes no more.
    most: usize,
}

impl Door {
    pub(super) fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        let smtp = match &settings.config.transport {
            Transport::Maildir(folder) => {
                let maildir = Maildir::create(folder)?;
                return Ok(Self::Maildir(MaildirDoor { maildir, ended: VecDeque::new() }));
            }
            Transport::Smtp(smtp) => smtp,
        };
        if settings.config.is_nobody() {
            return Err(AppError::usage(
                "mail.host is set and mail.from is not: nobody would know who writes",
                "add to config.toml, under [mail]: from = \"Your NOC <noc@your.domain>\"",
            ));
        }
        let runtime =
            runtime(smtp.connections).map_err(|error| AppError::usage(format!("no runtime: {error}"), "try again"))?;
        Ok(Self::Relay(Box::new(RelayDoor {
            courier: Arc::new(Courier::new(relay(smtp, settings)?, clock)),
            runtime,
            idle: Vec::new(),
            opening: 0,
            sending: 0,
            steady: false,
            most: smtp.connections,
        })))
    }

    /// How long one mail may take at the worst once it is handed over: its lease must outlive that, and a process killed
    /// meanwhile holds the mail back no longer.
    pub(super) fn longest_send(&self) -> TimeDelta {
        match self {
            Self::Maildir(_) => TimeDelta::minutes(1),
            Self::Relay(door) => {
                // A spent connection is found out by its first answer, and another one is opened for the mail.
                let deadlines = door.courier.relay.deadlines;
                let longest = deadlines.command + deadlines.longest_open() + deadlines.longest_send();
                TimeDelta::from_std(longest).unwrap_or(TimeDelta::hours(1)) + TimeDelta::minutes(1)
            }
        }
    }

    /// Sees to it that so many mails can be under way, as far as the settings and the relay let them.
    pub(super) fn widen(&mut self, mails: usize) {
        let Self::Relay(door) = self else { return };
        let wanted = mails.min(door.most.saturating_sub(door.sending));
        for _ in (door.idle.len() + door.opening)..wanted {
            door.opening += 1;
            door.runtime.spawn(Arc::clone(&door.courier).open());
        }
    }

    /// Mails that are sent at once when they are handed over now.
    fn free(&self) -> usize {
        match self {
            Self::Maildir(door) => usize::from(door.ended.is_empty()),
            Self::Relay(door) => door.idle.len(),
        }
    }

    /// Mails that [`Door::hand_over`] takes now, when it is not yet known of so many how they ended: those, and what may wait
    /// behind others, [`AHEAD`] at most.
    pub(super) fn room(&self, under_way: usize) -> usize {
        match self {
            Self::Relay(door) if door.steady => {
                (HANDED_OVER * (door.idle.len() + door.sending)).saturating_sub(under_way)
            }
            Self::Maildir(_) | Self::Relay(_) => self.free(),
        }
    }

    /// Sends a mail; how that ends is heard by [`Door::wait`].
    pub(super) fn hand_over(&mut self, parcel: Parcel) {
        let ticket = parcel.ticket;
        match self {
            Self::Maildir(door) => {
                let outcome = match door.maildir.deliver(&parcel.name, &parcel.bytes) {
                    Ok(_) => Outcome::Accepted,
                    Err(error) => Outcome::Broken { what: error.to_string() },
                };
                door.ended.push_back((ticket, outcome));
            }
            Self::Relay(door) => {
                door.courier.queue().push_back(parcel);
                door.set_out();
            }
        }
    }

    /// What happened since it was asked last: waits for the first, and takes what else is there.
    pub(super) fn wait(&mut self) -> Heard {
        match self {
            Self::Maildir(door) => Heard { ended: door.ended.drain(..).collect(), ..Heard::default() },
            Self::Relay(door) => door.wait(),
        }
    }

    /// Says goodbye to the relay.
    pub(super) fn close(self) {
        if let Self::Relay(door) = self {
            let RelayDoor { runtime, idle, .. } = *door;
            runtime.block_on(async move {
                let mut closing: tokio::task::JoinSet<()> = idle.into_iter().map(Session::close).collect();
                while closing.join_next().await.is_some() {}
            });
        }
    }
}

impl RelayDoor {
    /// One connection fewer than there could be. A relay limits how many it takes; those that it took are enough.
    fn without(&mut self, error: RelayError) -> Option<RelayError> {
        let others = self.idle.len() + self.opening + self.sending;
        self.most = others.max(1);
        (others == 0).then_some(error)
    }

    /// Sends what waits over the connections that are free. Each takes its mail along, so that what waits in the queue waits
    /// behind another one, and may be taken back.
    fn set_out(&mut self) {
        let mut queue = self.courier.queue();
        while !self.idle.is_empty()
            && let Some(parcel) = queue.pop_front()
            && let Some(session) = self.idle.pop()
        {
            self.sending += 1;
            self.runtime.spawn(Arc::clone(&self.courier).carry(session, parcel));
        }
    }

    fn wait(&mut self) -> Heard {
        let mut heard = Heard::default();
        if self.opening + self.sending == 0 {
            return heard;
        }
        let under_way = self.sending + self.courier.queue().len();
        // While all goes well each connection has its next mail, and half of what is under way is worth a transaction.
        let many = if self.steady { under_way.div_ceil(2) } else { 1 };
        for event in self.courier.hear(many) {
            self.take_note(event, &mut heard);
        }
        let taken = heard.ended.iter().all(|(_, outcome)| *outcome == Outcome::Accepted);
        let good = taken && heard.out.is_none() && heard.untried.is_empty();
        self.steady = good && (self.steady || !heard.ended.is_empty());
        if !self.steady {
            heard.untried.extend(self.courier.queue().drain(..));
        }
        self.set_out();
        heard
    }

    fn take_note(&mut self, event: Event, heard: &mut Heard) {
        match event {
            Event::Opened(Ok(session)) => {
                self.opening -= 1;
                self.idle.push(session);
            }
            Event::Opened(Err(error)) => {
                self.opening -= 1;
                heard.out = self.without(error);
            }
            Event::Untried(parcel, error) => {
                self.sending -= 1;
                heard.untried.push(parcel);
                heard.out = self.without(error);
            }
            Event::Left(parcel) => heard.untried.push(parcel),
            Event::Free(session) => {
                self.sending -= 1;
                self.idle.push(session);
            }
            Event::Ended { ticket, outcome, then } => {
                if let Then::Stops(session) = then {
                    self.sending -= 1;
                    self.idle.extend(session);
                }
                heard.ended.push((ticket, outcome));
            }
        }
    }
}

/// Threads of its own speak with the relay while this one commits.
fn runtime(connections: usize) -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(connections.div_ceil(FOR_ONE_THREAD).clamp(1, THREADS))
        .enable_all()
        .build()
}

fn relay(smtp: &SmtpSettings, settings: &Settings) -> Result<Relay, AppError> {
    let auth = match &smtp.user {
        None => None,
        Some(user) => Some(Credentials::new(user.clone(), password(smtp, settings)?)),
    };
    let read = |path: &std::path::PathBuf| fs::read(path).map_err(|error| AppError::file("read", path, error));
    let usual = Deadlines::default();
    Ok(Relay {
        host: smtp.host.clone(),
        port: smtp.port,
        tls: smtp.tls,
        auth,
        extra_ca: smtp.ca_file.as_ref().map(read).transpose()?,
        helo: smtp.helo.clone().unwrap_or_else(|| settings.config.domain.clone()),
        deadlines: Deadlines {
            connect: smtp.answer_within.map_or(usual.connect, |within| within.min(usual.connect)),
            command: smtp.answer_within.unwrap_or(usual.command),
            data: smtp.taken_within.unwrap_or(usual.data),
        },
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
