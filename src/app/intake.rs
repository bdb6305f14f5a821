//! Reading the configured sources: mailboxes on servers, maildirs, mboxes and folders, once or for as long as one likes.
//!
//! What a source brings is stored in batches, each in one transaction with the position it was read up to. So whatever
//! ends the process, every message is stored once, and a source counts as read only when all of it is.

mod files;
mod turn;

use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::{Pin, pin};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub(crate) use self::files::Batches;
use self::files::{Taken, found_at, remind};
use self::turn::{STILL_HERE, TURN, lost, unless_lost};
use super::config::{ImapSettings, PasswordFrom, SourceConfig, SourceKind};
use super::error::AppError;
use super::import::{ImportOptions, Imported};
use super::settings::{App, Settings};
use crate::mail::imap::{Batch, Follow, ImapDeadlines, ImapServer, News, Receipt, Signal, follow};
use crate::mail::{self, Credentials, FileError, RawMessage, Source};
use crate::names::{VendorId, nearest};
use crate::notice::{Coverage, CoverageKind, Position, written_at};
use crate::store::{SourceLease, SourceOutcome, SourceState};
use crate::time::Clock;

/// How one attempt to read a source ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceRead {
    /// Which source.
    pub source: String,
    /// Messages that could not be read, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// The server numbered its messages anew, so that all were read again.
    pub renumbered: bool,
    /// How it ended.
    #[serde(flatten)]
    pub end: SourceEnd,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum SourceEnd {
    /// Everything that was there is stored.
    Complete {
        /// What was received before is read.
        until: DateTime<Utc>,
    },
    /// It could not be read to its end; what was stored stays.
    Unread {
        /// Why.
        error: String,
    },
    /// It was not begun: another process reads it, and stores what it brings.
    Elsewhere {
        /// Which.
        holder: String,
        /// Until when, if it lives no longer.
        until: DateTime<Utc>,
    },
}

/// What is told while sources are read.
#[derive(Debug)]
pub enum Heard<'a> {
    /// These messages of a source were stored together. They are told once: of a mailbox of many thousand nobody could hold
    /// what all of them say until it is read.
    Stored {
        /// Which source.
        source: &'a str,
        /// What each did.
        imported: Vec<Imported>,
    },
    /// An attempt ended.
    Ended(SourceRead),
}

/// A source as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSeen {
    /// As configured.
    pub config: SourceConfig,
    /// What is known of it; none before it was first read.
    pub state: Option<SourceState>,
    /// Vendors it is said to bring that neither the inventory nor a profile knows.
    pub unknown_vendors: Vec<VendorId>,
    /// For how long nothing came, when that is longer than it should be.
    pub quiet_for: Option<TimeDelta>,
}

impl SourceSeen {
    /// What is wrong with it, in words.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let name = &self.config.name;
        let mut wrong = Vec::new();
        match &self.state {
            None => wrong.push(format!("source `{name}` was never read: `inwindow import --source '{name}'`")),
            Some(SourceState { error: Some(error), complete_at, .. }) => {
                let since = complete_at.map_or("it was never read to its end".to_owned(), |at| {
                    format!("it was last read to its end {}", at.format("%F %H:%MZ"))
                });
                wrong.push(format!("source `{name}` cannot be read: {error}; {since}"));
            }
            Some(_) => {}
        }
        if let Some(quiet) = self.quiet_for {
            wrong.push(format!(
                "source `{name}` has been quiet for {} d: see whether mail still arrives there, or set quiet_after",
                quiet.num_days()
            ));
        }
        for vendor in &self.unknown_vendors {
            wrong.push(format!(
                "source `{name}` is said to bring notices of `{vendor}`, which the inventory does not have"
            ));
        }
        wrong
    }
}

/// One attempt under way.
#[derive(Default)]
struct Attempt {
    /// The turn in which it is made; none before the first attempt and after each.
    lease: Option<SourceLease>,
    began_at: DateTime<Utc>,
    failed: Vec<String>,
    renumbered: bool,
}

impl Attempt {
    fn end(&mut self, source: &SourceConfig, end: SourceEnd) -> SourceRead {
        let Self { failed, renumbered, .. } = std::mem::take(self);
        SourceRead { source: source.name.clone(), failed, renumbered, end }
    }
}

impl Settings {
    /// The configured sources of these names; all of them when no name is given.
    ///
    /// # Errors
    /// [`AppError::Unknown`] for a name that is not configured, [`AppError::Usage`] when none is.
    pub fn sources_named(&self, names: &[String]) -> Result<Vec<SourceConfig>, AppError> {
        let all = &self.config.sources;
        if all.is_empty() {
            let help = "name files, or describe mailboxes as [[source]] in config.toml: see the README";
            return Err(AppError::usage("no source of notices is configured", help));
        }
        if names.is_empty() {
            return Ok(all.clone());
        }
        let find = |name: &String| {
            all.iter().find(|source| source.name == *name).cloned().ok_or_else(|| AppError::Unknown {
                what: "source",
                typed: name.clone(),
                nearest: nearest(name, all.iter().map(|source| source.name.as_str())).map(str::to_owned),
            })
        };
        names.iter().map(find).collect()
    }

    fn imap_server(&self, settings: &ImapSettings) -> Result<ImapServer, AppError> {
        let password = match &settings.password {
            PasswordFrom::File(path) => password_in(path)?,
            PasswordFrom::Variable(name) => {
                let none =
                    || AppError::usage(format!("the variable `{name}` that password_env names is not set"), "set it");
                self.surroundings.variable.and_then(|variable| variable(name)).ok_or_else(none)?
            }
        };
        let read = |path: &std::path::PathBuf| fs::read(path).map_err(|error| AppError::file("read", path, error));
        Ok(ImapServer {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls,
            auth: Credentials::new(settings.user.clone(), password),
            extra_ca: settings.ca_file.as_ref().map(read).transpose()?,
            mailbox: settings.mailbox.clone(),
            deadlines: ImapDeadlines::default(),
        })
    }
}

/// The password that a file holds, without the line end behind it.
pub(super) fn password_in(path: &Path) -> Result<String, AppError> {
    let text = fs::read_to_string(path).map_err(|error| AppError::file("read", path, error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What is at a path, the oldest first: what a newer notice changed must not look like news when it is read after it.
///
/// # Errors
/// As [`mail::open`].
pub fn open_in_order(path: &Path) -> Result<Source, FileError> {
    let mut source = mail::open(path)?;
    source.put_in_order(written_at);
    Ok(source)
}

impl App {
    /// Reads sources, all of them at the same time, and stores what is new. `how` gives how often each is read; `stop` ends
    /// it between two transactions. A source that cannot be read is no error of this function: `hear` is told.
    ///
    /// # Errors
    /// [`AppError::Store`] and its like when something cannot be stored; [`AppError::File`] or [`AppError::Usage`] when a
    /// password or a certificate cannot be read; what `hear` gives.
    pub async fn read_sources(
        &mut self,
        sources: &[SourceConfig],
        how: impl Fn(&SourceConfig) -> Follow,
        options: &ImportOptions,
        clock: &dyn Clock,
        stop: impl Future<Output = ()>,
        mut hear: impl FnMut(Heard<'_>) -> Result<(), AppError>,
    ) -> Result<(), AppError> {
        let (signals, inbox) = mpsc::channel(1);
        // Dropped, and their connections with them, when this ends.
        let mut readers = JoinSet::new();
        for (number, source) in sources.iter().enumerate() {
            match &source.kind {
                SourceKind::Imap(imap) => {
                    let server = self.settings.imap_server(imap)?;
                    readers.spawn(follow(number, server, how(source), signals.clone()));
                }
                SourceKind::Maildir(_) | SourceKind::Mbox(_) | SourceKind::Folder(_) => {
                    readers.spawn(remind(number, how(source), signals.clone()));
                }
            }
        }
        drop(signals);
        let mut attempts: Vec<Attempt> = sources.iter().map(|_| Attempt::default()).collect();
        let read = self.follow_readers(sources, &mut attempts, inbox, (options, clock), stop, &mut hear).await;
        let left = self.leave(attempts);
        read.and(left)
    }

    /// Takes what readers bring, until they are done or somebody wants to stop.
    async fn follow_readers(
        &mut self,
        sources: &[SourceConfig],
        attempts: &mut [Attempt],
        mut inbox: mpsc::Receiver<Signal>,
        how: (&ImportOptions, &dyn Clock),
        stop: impl Future<Output = ()>,
        hear: &mut impl FnMut(Heard<'_>) -> Result<(), AppError>,
    ) -> Result<(), AppError> {
        let mut stop = pin!(stop);
        loop {
            let signal = tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                signal = tokio::time::timeout(STILL_HERE, inbox.recv()) => signal,
            };
            let Signal { source, news, receipt } = match signal {
                Ok(Some(signal)) => signal,
                Ok(None) => return Ok(()),
                Err(_) => {
                    self.still_here(attempts, how.1.now())?;
                    continue;
                }
            };
            let (source, attempt) = (&sources[source], &mut attempts[source]);
            let answer = match (&source.kind, self.hear_of(source, attempt, news, how, hear)?) {
                (SourceKind::Maildir(path) | SourceKind::Mbox(path) | SourceKind::Folder(path), Receipt::ReadOn(_)) => {
                    match self.read_files(source, attempt, path, how, stop.as_mut(), hear).await? {
                        Some(answer) => answer,
                        None => return Ok(()),
                    }
                }
                (_, answer) => answer,
            };
            let _ = receipt.send(answer);
        }
    }

    /// What a reader brings, and what becomes of it.
    fn hear_of(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        news: News,
        (options, clock): (&ImportOptions, &dyn Clock),
        hear: &mut impl FnMut(Heard<'_>) -> Result<(), AppError>,
    ) -> Result<Receipt, AppError> {
        let ended = match news {
            News::Began => return self.begin_attempt(source, attempt, clock.now(), hear),
            News::Mails(batch) => {
                let taken = self.take_batch(source, attempt, batch, options, clock.now());
                let Some(imported) = unless_lost(taken)? else { return lost(source, attempt, hear) };
                hear(Heard::Stored { source: &source.name, imported })?;
                return Ok(Receipt::ReadOn(None));
            }
            News::Complete => self.complete(source, attempt, clock.now()),
            News::Failed(error) => self.fail(source, attempt, chain(&error), clock.now()),
        };
        let Some(read) = unless_lost(ended)? else { return lost(source, attempt, hear) };
        hear(Heard::Ended(read))?;
        Ok(Receipt::ReadOn(None))
    }

    /// Reads files to their end; none when somebody wants to stop.
    async fn read_files(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        path: &Path,
        (options, clock): (&ImportOptions, &dyn Clock),
        stop: Pin<&mut impl Future<Output = ()>>,
        hear: &mut impl FnMut(Heard<'_>) -> Result<(), AppError>,
    ) -> Result<Option<Receipt>, AppError> {
        let found = found_at(&source.kind, path);
        let taken = self.take_files(source, attempt, found, (options, clock), stop, hear).await;
        let ended = match unless_lost(taken)? {
            Some(Taken::Stopped) => return Ok(None),
            Some(Taken::All) => self.complete(source, attempt, clock.now()),
            Some(Taken::Not(error)) => self.fail(source, attempt, error, clock.now()),
            None => return lost(source, attempt, hear).map(Some),
        };
        let Some(read) = unless_lost(ended)? else { return lost(source, attempt, hear).map(Some) };
        hear(Heard::Ended(read))?;
        Ok(Some(Receipt::ReadOn(None)))
    }

    /// What is known of a source, unless its name stood for something else then.
    fn state_of(&self, source: &SourceConfig) -> Result<Option<SourceState>, AppError> {
        let place = source.place();
        Ok(self.store.sources()?.into_iter().find(|state| state.name == source.name && state.place == place))
    }

    fn take_batch(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        batch: Batch,
        options: &ImportOptions,
        now: DateTime<Utc>,
    ) -> Result<Vec<Imported>, AppError> {
        let known = self.state_of(source)?.and_then(|state| state.position);
        attempt.renumbered |= known.is_some_and(|known| known.uid_validity != batch.position.uid_validity);
        let raws: Vec<RawMessage> = batch
            .mails
            .into_iter()
            .map(|mail| RawMessage {
                name: format!("{}#{}", source.name, mail.uid),
                bytes: mail.bytes,
                mbox_from: None,
                internal_date: mail.internal_date,
                cut_from: mail.cut_from,
            })
            .collect();
        self.take((source, attempt), &raws, Some(batch.position), options, now)
    }

    /// Stores messages and the position they were read up to, together or not at all.
    fn take(
        &mut self,
        (source, attempt): (&SourceConfig, &Attempt),
        raws: &[RawMessage],
        position: Option<Position>,
        options: &ImportOptions,
        now: DateTime<Utc>,
    ) -> Result<Vec<Imported>, AppError> {
        let read = self.read_all(raws, options, now);
        self.together(|app| {
            let imported = app.take_all_in(raws, read, now)?;
            let messages = imported.iter().filter(|imported| !imported.repeated).count() as u64;
            let newest_at = imported.iter().map(|imported| imported.received.at).max();
            let outcome = SourceOutcome::Took { until: now + TURN, position, messages, newest_at };
            app.step((source, attempt), outcome, None, now)?;
            Ok(imported)
        })
    }

    async fn take_files(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        found: Result<Option<Source>, FileError>,
        (options, clock): (&ImportOptions, &dyn Clock),
        mut stop: Pin<&mut impl Future<Output = ()>>,
        hear: &mut impl FnMut(Heard<'_>) -> Result<(), AppError>,
    ) -> Result<Taken, AppError> {
        let found = match found {
            Ok(found) => found,
            Err(error) => return Ok(Taken::Not(chain(&error))),
        };
        for (raws, failed) in found.into_iter().flat_map(Batches::of) {
            attempt.failed.extend(failed);
            let imported = self.take((source, attempt), &raws, None, options, clock.now())?;
            hear(Heard::Stored { source: &source.name, imported })?;
            tokio::select! {
                biased;
                () = &mut stop => return Ok(Taken::Stopped),
                () = std::future::ready(()) => {}
            }
        }
        let failed = attempt.failed.join("; ");
        Ok(if failed.is_empty() { Taken::All } else { Taken::Not(failed) })
    }

    /// All of a source is stored: what was received before the attempt began is read.
    fn complete(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        now: DateTime<Utc>,
    ) -> Result<SourceRead, AppError> {
        let until = attempt.began_at;
        let inventory = self.store.inventory_latest()?.map(|version| version.inventory).unwrap_or_default();
        let known = |vendor: &VendorId| inventory.vendor_named(vendor).unwrap_or(vendor).clone();
        let coverage = Coverage {
            source: source.name.clone(),
            vendors: source.vendors.iter().map(known).collect(),
            complete_until: until,
            kind: CoverageKind::Polled,
            recorded_at: now,
        };
        self.step((source, attempt), SourceOutcome::Complete { began_at: until }, Some(&coverage), now)?;
        self.judge_again(now)?;
        Ok(attempt.end(source, SourceEnd::Complete { until }))
    }

    fn fail(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        error: String,
        now: DateTime<Utc>,
    ) -> Result<SourceRead, AppError> {
        self.step((source, attempt), SourceOutcome::Failed { error: error.clone(), at: now }, None, now)?;
        Ok(attempt.end(source, SourceEnd::Unread { error }))
    }

    /// The configured sources as they stand at `now`.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn sources_seen(&self, now: DateTime<Utc>) -> Result<Vec<SourceSeen>, AppError> {
        let inventory = self.store.inventory_latest()?.map(|version| version.inventory);
        let is_unknown = |vendor: &&VendorId| {
            self.settings.profiles.get(vendor).is_none()
                && inventory.as_ref().is_some_and(|inventory| inventory.vendor_named(vendor).is_none())
        };
        let seen = |config: &SourceConfig| {
            let state = self.state_of(config)?;
            let last = state.as_ref().and_then(|state| state.newest_at.or(state.first_complete_at));
            let quiet_for = last.map(|last| now - last).filter(|quiet| *quiet > config.quiet_after);
            let unknown_vendors = config.vendors.iter().filter(is_unknown).cloned().collect();
            Ok(SourceSeen { config: config.clone(), state, unknown_vendors, quiet_for })
        };
        self.settings.config.sources.iter().map(seen).collect()
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
