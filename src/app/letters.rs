//! Messages as the mails that they become: what a letter is about is read from the store, one after the other; many letters
//! are written by several threads.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Arc, LazyLock};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::settings::{App, Settings};
use super::upcoming::vendor_of;
use crate::inventory::{Inventory, Stage};
use crate::mail::{Address, compose, compose_redirected};
use crate::maintenance::Maintenance;
use crate::names::{MaintenanceId, MessageId, StandingId, VendorId};
use crate::outage::Outage;
use crate::plan::{
    Blames, Cause, Letter, LetterFacts, Message, MessageState, Sender, Sheet, SheetFacts, StandingSubject, Subject,
    Templates, Thread, digest_letter, letter, message_id, sheet_letter,
};
use crate::store::Reader;
use crate::window::standing::Standing;

/// What letters are written from, read once for many of them: good for as long as nobody learns anything.
#[derive(Default)]
pub(super) struct Study {
    /// What Message-IDs are keyed by, and the inventory in force: the same for all letters.
    common: Option<([u8; 32], Arc<Inventory>)>,
    /// The maintenances of the last letters: those of one cause are mostly due together, and digests of one hour tell of the
    /// same ones.
    maintenances: BTreeMap<MaintenanceId, Arc<Maintenance>>,
    /// The standing windows that are in force.
    standing: Option<Vec<Arc<Standing>>>,
    /// The messages that threads are put together from; only for as long as none of these is settled.
    threads: BTreeMap<Reader, Vec<Message>>,
    /// Addresses that take no mail, lower case, each with the message that found it out.
    refused: Option<BTreeMap<String, MessageId>>,
}

/// Most maintenances held for the next letters: as many as a digest may tell of, and some more. What is about to be written holds
/// its own until then.
const HELD: usize = 64;

/// What a letter is about.
pub(super) enum About {
    /// A maintenance.
    Maintenance(Arc<Maintenance>),
    /// The maintenances of which a digest tells.
    Digest(Vec<Arc<Maintenance>>),
    /// A standing window or an occurrence of it; the window itself is gone when no file has it any more.
    Standing(VendorId, Option<Arc<Standing>>),
    /// An outage.
    Outage(Box<Outage>),
    /// What staff are told.
    Sheet(Sheet),
}

/// A letter to be written.
pub(super) struct Order<'a> {
    pub(super) message: &'a Message,
    pub(super) about: &'a About,
    /// Who reads it in the place of its reader.
    pub(super) instead: Option<&'a Address>,
}

/// Most threads that write letters at a time: what they write is kept by one, which takes an eighth as long.
const WRITERS: usize = 8;

/// Letters for which it is worth to start a thread: a tenth of one is what that takes, and the last of them are waited for.
const WORTH_A_THREAD: usize = 4;

/// What letters are written with; it reads no store, and many may write at it.
pub(super) struct Desk<'a> {
    settings: &'a Settings,
    templates: &'a Templates,
    inventory: &'a Inventory,
    threads: &'a BTreeMap<Reader, Vec<Message>>,
    sender: Sender,
    secret: [u8; 32],
    now: DateTime<Utc>,
}

impl App {
    /// The message by which this address was found to take no mail, when one was and nobody released it since.
    pub(super) fn refused_address(&self, email: &str, study: &mut Study) -> Result<Option<MessageId>, AppError> {
        if study.refused.is_none() {
            let mut undelivered = self.store.undelivered()?;
            undelivered.retain(|one| Blames::of_state(one.state, one.refused_as.as_deref()) == Some(Blames::Address));
            // Of several the last one counts, and what came back before what was refused.
            undelivered.sort_by_key(|one| one.state == MessageState::Bounced);
            let refused = undelivered.into_iter().map(|one| (one.address().to_owned(), one.message)).collect();
            study.refused = Some(refused);
        }
        Ok(study.refused.as_ref().and_then(|refused| refused.get(&email.to_lowercase()).cloned()))
    }

    /// The mail of a message as it would be sent at `now`.
    ///
    /// # Errors
    /// [`AppError::Unknown`], [`AppError::Template`], [`AppError::Compose`], [`AppError::Store`].
    pub fn preview(&self, typed: &str, now: DateTime<Utc>) -> Result<Vec<u8>, AppError> {
        let unknown = || AppError::Unknown { what: "message", typed: typed.to_owned(), nearest: None };
        let message = self.store.message(typed)?.ok_or_else(unknown)?;
        if let Some(bytes) = self.store.message_bytes(&message.id)? {
            return Ok(bytes);
        }
        let mut study = Study::default();
        self.read_threads([&message], &mut study)?;
        let about = self.about(&message, &mut study, now)?;
        self.desk(&study, now)?.write(&Order { message: &message, about: &about, instead: None })
    }

    /// Reads what the threads of these messages are put together from, all at once, in place of what was read before.
    pub(super) fn read_threads<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m Message>,
        study: &mut Study,
    ) -> Result<(), AppError> {
        let mut readers = BTreeSet::new();
        for message in messages {
            let contact = || message.key.contact.clone();
            readers.insert((message.key.cause.clone(), contact()));
            readers.extend(message.material.digest.iter().map(|told| (told.cause.clone(), contact())));
        }
        let readers: Vec<Reader> = readers.into_iter().collect();
        let messages = if readers.is_empty() { Vec::new() } else { self.store.messages_of_readers(&readers)? };
        study.threads = readers.into_iter().zip(messages).collect();
        Ok(())
    }

    /// Reads what the letter of a message is about.
    pub(super) fn about(&self, message: &Message, study: &mut Study, now: DateTime<Utc>) -> Result<About, AppError> {
        if study.common.is_none() {
            study.common = Some((self.store.secret()?, self.inventory()?));
        }
        let (_, inventory) = study.common.as_ref().ok_or_else(|| self.no_inventory())?;
        let gone = || AppError::Unknown { what: "cause", typed: message.key.cause.id().to_owned(), nearest: None };
        match &message.key.cause {
            _ if message.is_digest() => {
                let ids = message.material.digest.iter().filter_map(|told| told.cause.maintenance());
                Ok(About::Digest(self.held(&mut study.maintenances, ids)?))
            }
            _ if message.to.customer.is_none() && Stage::OF_STAFF.contains(&message.key.stage) => {
                Ok(About::Sheet(self.sheet_of(message, inventory, now)?))
            }
            Cause::Notice(_) | Cause::Source(_) | Cause::Vendor(_) | Cause::Day(_) => Err(gone()),
            Cause::Maintenance(id) => {
                let held = self.held(&mut study.maintenances, [id])?.pop();
                held.map(About::Maintenance).ok_or_else(gone)
            }
            Cause::Standing(_) | Cause::Occurrence(_) => {
                let window = message.key.cause.standing_window().ok_or_else(gone)?;
                let vendor = vendor_of(&window, inventory).ok_or_else(gone)?;
                if study.standing.is_none() {
                    let usable = self.usable_standing(inventory)?.0;
                    study.standing = Some(usable.into_iter().map(Arc::new).collect());
                }
                let is_it = |standing: &&Arc<Standing>| StandingId::of(&standing.vendor, &standing.id) == window;
                Ok(About::Standing(vendor, study.standing.iter().flatten().find(is_it).cloned()))
            }
            Cause::Outage(id) => {
                let outage = self.store.outage(id.as_str())?.ok_or_else(gone)?;
                Ok(About::Outage(Box::new(outage)))
            }
        }
    }

    /// What letters are written with, once it is read what they are about.
    pub(super) fn desk<'a>(&'a self, study: &'a Study, now: DateTime<Utc>) -> Result<Desk<'a>, AppError> {
        let config = &self.settings.config;
        let (secret, inventory) = study.common.as_ref().ok_or_else(|| self.no_inventory())?;
        let sender = Sender {
            from: config.from.clone(),
            reply_to: config.reply_to.clone(),
            domain: config.domain.clone(),
            tag: config.organisation.clone(),
            list_id: Some(format!("maintenance.{}", config.domain)),
            unsubscribe: config.unsubscribe.clone(),
            public_url: config.public_url.clone(),
        };
        Ok(Desk {
            settings: &self.settings,
            templates: self.templates()?,
            inventory,
            threads: &study.threads,
            sender,
            secret: *secret,
            now,
        })
    }

    /// These maintenances, read when they are not held; those that the store lacks are left out.
    fn held<'m>(
        &self,
        held: &mut BTreeMap<MaintenanceId, Arc<Maintenance>>,
        ids: impl IntoIterator<Item = &'m MaintenanceId>,
    ) -> Result<Vec<Arc<Maintenance>>, AppError> {
        let wanted: Vec<&MaintenanceId> = ids.into_iter().collect();
        let unknown = wanted.iter().filter(|id| !held.contains_key(**id)).count();
        if held.len() + unknown > HELD {
            held.clear();
        }
        let missing: Vec<MaintenanceId> =
            wanted.iter().copied().filter(|id| !held.contains_key(*id)).cloned().collect();
        let read = if missing.is_empty() { Vec::new() } else { self.store.maintenances_of_ids(&missing)? };
        let read = read.into_iter().map(|maintenance| (maintenance.id.clone(), Arc::new(maintenance)));
        held.extend(read);
        Ok(wanted.into_iter().filter_map(|id| held.get(id).cloned()).collect())
    }

    /// The Message-ID that a message's mail carries, without angle brackets.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn message_id_of(&self, message: &Message) -> Result<String, AppError> {
        Ok(message_id(&message.key, &self.store.secret()?, &self.settings.config.domain))
    }
}

impl Desk<'_> {
    /// The mails of these orders, in their order.
    ///
    /// # Errors
    /// Each of its own: [`AppError::Unknown`], [`AppError::Template`], [`AppError::Compose`].
    pub(super) fn write_all(&self, orders: &[Order<'_>]) -> Vec<Result<Vec<u8>, AppError>> {
        static PROCESSORS: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
        let writers = PROCESSORS.min(WRITERS).min(orders.len() / WORTH_A_THREAD).max(1);
        let (own, others) = orders.split_at(orders.len().div_ceil(writers));
        let write = |orders: &[Order<'_>]| orders.iter().map(|order| self.write(order)).collect::<Vec<_>>();
        thread::scope(|scope| {
            // Where the system has no more threads, this one writes all of them.
            let start = |some| thread::Builder::new().spawn_scoped(scope, move || write(some)).map_err(|_| some);
            let others: Vec<_> = others.chunks(own.len().max(1)).map(start).collect();
            let own = write(own);
            let others = others.into_iter().flat_map(|other| match other {
                Ok(writer) => writer.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(unwritten) => write(unwritten),
            });
            own.into_iter().chain(others).collect()
        })
    }

    /// The mail of one.
    ///
    /// # Errors
    /// As [`Self::write_all`].
    pub(super) fn write(&self, order: &Order<'_>) -> Result<Vec<u8>, AppError> {
        let letter = self.letter(order.message, order.about)?;
        Ok(match order.instead {
            Some(instead) => compose_redirected(&letter, instead)?,
            None => compose(&letter)?,
        })
    }

    fn letter(&self, message: &Message, about: &About) -> Result<Letter, AppError> {
        let own_thread = || self.thread(&message.key.cause, message);
        match about {
            About::Maintenance(maintenance) => {
                let notice = self.notice(message, Some(&maintenance.identity.vendor));
                let thread = own_thread();
                let facts = self.facts(Subject::Maintenance(maintenance), &thread, notice);
                Ok(letter(message, &facts, self.templates)?)
            }
            About::Digest(maintenances) => {
                let cause = |one: &Arc<Maintenance>| Cause::Maintenance(one.id.clone());
                let notice = |one| self.notice(&message.telling(&cause(one)), Some(&one.identity.vendor));
                let threads: Vec<Thread> = maintenances.iter().map(|one| self.thread(&cause(one), message)).collect();
                let parts = maintenances.iter().zip(&threads);
                let parts = parts.map(|(one, thread)| self.facts(Subject::Maintenance(one), thread, notice(one)));
                let parts: Vec<LetterFacts<'_>> = parts.collect();
                Ok(digest_letter(message, &parts, self.templates)?)
            }
            About::Standing(vendor, standing) => {
                let rule = standing.as_deref().map(Standing::days_and_hours);
                let zone = standing.as_deref().and_then(|standing| standing.zone.zone.as_ref());
                let subject = Subject::Standing(StandingSubject { vendor, zone, rule: rule.as_deref() });
                let thread = own_thread();
                Ok(letter(message, &self.facts(subject, &thread, self.notice(message, Some(vendor))), self.templates)?)
            }
            About::Outage(outage) => {
                let thread = own_thread();
                let facts = self.facts(Subject::Outage(outage), &thread, self.notice(message, None));
                Ok(letter(message, &facts, self.templates)?)
            }
            About::Sheet(sheet) => {
                let Self { inventory, sender, secret, now, .. } = self;
                let (zones, thread) = (&self.settings.zones, own_thread());
                let facts = SheetFacts { inventory, zones, sender, secret, thread: &thread, date: *now };
                Ok(sheet_letter(message, sheet, &facts, self.templates)?)
            }
        }
    }

    /// The mails about a cause that the reader of a message had before it.
    fn thread(&self, cause: &Cause, message: &Message) -> Thread {
        let messages = self.threads.get(&(cause.clone(), message.key.contact.clone()));
        Thread::about(cause, message, messages.map_or(&[], Vec::as_slice), &self.secret, &self.sender.domain)
    }

    /// How long ahead the reader of a message should hear of a window.
    fn notice(&self, message: &Message, vendor: Option<&VendorId>) -> TimeDelta {
        self.settings.config.policy.notice_of(message, vendor, self.inventory).length()
    }

    fn facts<'f>(&'f self, subject: Subject<'f>, thread: &'f Thread, notice: TimeDelta) -> LetterFacts<'f> {
        LetterFacts {
            subject,
            inventory: self.inventory,
            zones: &self.settings.zones,
            sender: &self.sender,
            secret: &self.secret,
            thread,
            date: self.now,
            notice,
        }
    }
}
