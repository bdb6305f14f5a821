//! Messages as the mails that they become.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::error::AppError;
use super::settings::App;
use super::upcoming::vendor_of;
use crate::inventory::{Inventory, Stage};
use crate::mail::{Route, compose, compose_redirected};
use crate::maintenance::Maintenance;
use crate::names::{MaintenanceId, MessageId, StandingId, VendorId};
use crate::plan::{
    Blames, Cause, Letter, LetterFacts, Message, MessageState, Sender, SheetFacts, StandingSubject, Subject, Thread,
    digest_letter, letter, message_id, sheet_letter,
};
use crate::store::Reader;
use crate::window::standing::Standing;

/// What letters are written from, read once for many of them: good for as long as nobody learns anything.
#[derive(Default)]
pub(super) struct Study {
    secret: Option<[u8; 32]>,
    inventory: Option<Arc<Inventory>>,
    /// The maintenances of the last letters: those of one cause are mostly due together, and digests of one hour tell of the
    /// same ones.
    maintenances: BTreeMap<MaintenanceId, Maintenance>,
    /// The standing windows that are in force.
    standing: Option<Vec<Standing>>,
    /// The messages that threads are put together from; only for as long as none of these is settled.
    threads: BTreeMap<Reader, Vec<Message>>,
    /// Addresses that take no mail, lower case, each with the message that found it out.
    refused: Option<BTreeMap<String, MessageId>>,
}

/// Most maintenances held at a time: as many as a digest may tell of, and some more.
const HELD: usize = 64;

/// The messages about a cause to the reader of a message.
fn of_reader<'t>(threads: &'t BTreeMap<Reader, Vec<Message>>, cause: &Cause, message: &Message) -> &'t [Message] {
    threads.get(&(cause.clone(), message.key.contact.clone())).map_or(&[], Vec::as_slice)
}

/// What every letter is written with.
struct Desk<'a> {
    inventory: &'a Inventory,
    sender: &'a Sender,
    secret: &'a [u8],
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
        self.render(&message, &Route::Deliver, &mut study, now)
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

    /// The mail of a message of which [`Self::read_threads`] has read the threads.
    pub(super) fn render(
        &self,
        message: &Message,
        route: &Route,
        study: &mut Study,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, AppError> {
        let config = &self.settings.config;
        let secret = match study.secret {
            Some(secret) => secret,
            None => *study.secret.insert(self.store.secret()?),
        };
        if study.inventory.is_none() {
            study.inventory = Some(self.inventory()?);
        }
        let Some(inventory) = &study.inventory else { return Err(self.no_inventory()) };
        let thread =
            Thread::of(message, of_reader(&study.threads, &message.key.cause, message), &secret, &config.domain);
        let sender = Sender {
            from: config.from.clone(),
            reply_to: config.reply_to.clone(),
            domain: config.domain.clone(),
            tag: config.organisation.clone(),
            list_id: Some(format!("maintenance.{}", config.domain)),
            unsubscribe: config.unsubscribe.clone(),
            public_url: config.public_url.clone(),
        };
        let gone = || AppError::Unknown { what: "cause", typed: message.key.cause.id().to_owned(), nearest: None };
        let facts = |subject, vendor: Option<&VendorId>| LetterFacts {
            notice: config.policy.notice_of(message, vendor, inventory).length(),
            subject,
            inventory,
            zones: &self.settings.zones,
            sender: &sender,
            secret: &secret,
            thread: &thread,
            date: now,
        };
        let letter = match &message.key.cause {
            _ if message.is_digest() => {
                let desk = Desk { inventory, sender: &sender, secret: &secret, now };
                self.letter_of_digest(message, &mut study.maintenances, &study.threads, &desk)?
            }
            _ if message.to.customer.is_none() && Stage::OF_STAFF.contains(&message.key.stage) => {
                let sheet = self.sheet_of(message, inventory, now)?;
                let zones = &self.settings.zones;
                let facts =
                    SheetFacts { inventory, zones, sender: &sender, secret: &secret, thread: &thread, date: now };
                sheet_letter(message, &sheet, &facts, self.templates()?)?
            }
            Cause::Notice(_) | Cause::Source(_) | Cause::Vendor(_) | Cause::Day(_) => return Err(gone()),
            Cause::Maintenance(id) => {
                self.hold(&mut study.maintenances, [id])?;
                let maintenance = study.maintenances.get(id).ok_or_else(gone)?;
                let vendor = Some(&maintenance.identity.vendor);
                letter(message, &facts(Subject::Maintenance(maintenance), vendor), self.templates()?)?
            }
            Cause::Standing(_) | Cause::Occurrence(_) => {
                let window = message.key.cause.standing_window().ok_or_else(gone)?;
                let vendor = vendor_of(&window, inventory).ok_or_else(gone)?;
                if study.standing.is_none() {
                    study.standing = Some(self.usable_standing(inventory)?.0);
                }
                let is_it = |standing: &&Standing| StandingId::of(&standing.vendor, &standing.id) == window;
                let standing = study.standing.iter().flatten().find(is_it);
                let rule = standing.map(Standing::days_and_hours);
                let zone = standing.and_then(|standing| standing.zone.zone.as_ref());
                let subject = StandingSubject { vendor: &vendor, zone, rule: rule.as_deref() };
                letter(message, &facts(Subject::Standing(subject), Some(&vendor)), self.templates()?)?
            }
            Cause::Outage(id) => {
                let outage = self.store.outage(id.as_str())?.ok_or_else(gone)?;
                letter(message, &facts(Subject::Outage(&outage), None), self.templates()?)?
            }
        };
        Ok(match route {
            Route::Redirect(instead) => compose_redirected(&letter, instead)?,
            Route::Deliver | Route::Refuse { .. } => compose(&letter)?,
        })
    }

    /// The letter of a digest: each of its maintenances with the mails about it that its reader had before.
    fn letter_of_digest(
        &self,
        message: &Message,
        held: &mut BTreeMap<MaintenanceId, Maintenance>,
        threads: &BTreeMap<Reader, Vec<Message>>,
        desk: &Desk<'_>,
    ) -> Result<Letter, AppError> {
        let config = &self.settings.config;
        let Desk { inventory, sender, secret, now } = *desk;
        let told = message.material.digest.iter();
        let ids: Vec<&MaintenanceId> = told.filter_map(|told| told.cause.maintenance()).collect();
        self.hold(held, ids.iter().copied())?;
        let thread = |id: &&MaintenanceId| {
            let cause = Cause::Maintenance((*id).clone());
            Thread::about(&cause, message, of_reader(threads, &cause, message), secret, &config.domain)
        };
        let threads: Vec<Thread> = ids.iter().map(thread).collect();
        let part = |(id, thread)| {
            let maintenance = held.get(id)?;
            let told = message.telling(&Cause::Maintenance(id.clone()));
            Some(LetterFacts {
                notice: config.policy.notice_of(&told, Some(&maintenance.identity.vendor), inventory).length(),
                subject: Subject::Maintenance(maintenance),
                inventory,
                zones: &self.settings.zones,
                sender,
                secret,
                thread,
                date: now,
            })
        };
        let parts: Vec<LetterFacts<'_>> = ids.into_iter().zip(&threads).filter_map(part).collect();
        Ok(digest_letter(message, &parts, self.templates()?)?)
    }

    /// Reads those of these maintenances that are not held.
    fn hold<'m>(
        &self,
        held: &mut BTreeMap<MaintenanceId, Maintenance>,
        ids: impl IntoIterator<Item = &'m MaintenanceId>,
    ) -> Result<(), AppError> {
        let wanted: Vec<MaintenanceId> = ids.into_iter().cloned().collect();
        let is_missing = |held: &BTreeMap<_, _>| wanted.iter().filter(|id| !held.contains_key(*id)).count();
        if held.len() + is_missing(held) > HELD {
            held.clear();
        }
        let missing: Vec<MaintenanceId> = wanted.into_iter().filter(|id| !held.contains_key(id)).collect();
        let read = if missing.is_empty() { Vec::new() } else { self.store.maintenances_of_ids(&missing)? };
        held.extend(read.into_iter().map(|maintenance| (maintenance.id.clone(), maintenance)));
        Ok(())
    }

    /// The Message-ID that a message's mail carries, without angle brackets.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn message_id_of(&self, message: &Message) -> Result<String, AppError> {
        Ok(message_id(&message.key, &self.store.secret()?, &self.settings.config.domain))
    }
}
