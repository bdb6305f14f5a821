//! From a message and the facts behind it to the letter that is sent.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::calendar;
use super::draft::has_told;
use super::letter::{CalendarPart, Letter, Mailbox};
use super::message::{Cause, Key, Message};
use super::page::Page;
use super::plain;
use super::templates::{TemplateError, Templates};
use crate::inventory::{Inventory, Stage};
use crate::maintenance::Maintenance;
use crate::names::{MessageId, VendorId};
use crate::outage::Outage;
use crate::time::{Zone, Zones};

/// Most references in one header: the first mail of the thread and the newest, so that the header stays short.
const MAX_REFERENCES: usize = 20;

/// In whose name letters are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The sender.
    pub from: Mailbox,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Mailbox>,
    /// The domain of Message-IDs and calendar UIDs.
    pub domain: String,
    /// Stands in brackets before each subject.
    pub tag: String,
    /// `List-Id`, without angle brackets.
    pub list_id: Option<String>,
    /// The address of `List-Unsubscribe`.
    pub unsubscribe: Option<String>,
    /// Where our pages are: an https URL without its last slash.
    pub public_url: Option<String>,
}

/// What a message is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A maintenance with all its revisions.
    Maintenance(&'a Maintenance),
    /// An outage.
    Outage(&'a Outage),
    /// A standing window, or an occurrence of it.
    Standing(StandingSubject<'a>),
}

/// A standing window as its mails tell of it; once it is in no file any more, as much as is still known.
#[derive(Debug, Clone, Copy)]
pub struct StandingSubject<'a> {
    /// Whose.
    pub vendor: &'a VendorId,
    /// The zone of its hours.
    pub zone: Option<&'a Zone>,
    /// Its days and hours in words.
    pub rule: Option<&'a str>,
}

/// The mails of a cause that a reader had before this one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Thread {
    /// Their Message-IDs, oldest first; the first one is the root of the thread.
    pub references: Vec<String>,
    /// How many mails to this reader about this cause were tried before: it rises with every letter, and is the SEQUENCE
    /// of its calendar events.
    pub sequence: u32,
}

impl Thread {
    /// The thread about a cause that a message continues, from all messages about it; others are passed over.
    #[must_use]
    pub fn about(cause: &Cause, message: &Message, messages: &[Message], secret: &[u8], domain: &str) -> Self {
        let earlier = |other: &&Message| {
            other.is_about(cause) && other.key.contact == message.key.contact && order(other) < order(message)
        };
        let mut told: Vec<&Message> = messages.iter().filter(earlier).filter(|other| has_told(other)).collect();
        told.sort_by_key(|other| order(other));
        let tried = messages.iter().filter(earlier).filter(|other| other.tries > 0 || has_told(other)).count();
        let references = told.into_iter().map(|other| message_id(&other.key, secret, domain)).collect();
        Self { references, sequence: u32::try_from(tried).unwrap_or(u32::MAX) }
    }
}

/// The order of a thread: what was accepted first, then what is on its way. It is total, so that of two messages sent at
/// once one continues the other and never both each other.
fn order(message: &Message) -> (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>, Stage, &MessageId) {
    let accepted_at = message.accepted_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
    (accepted_at, message.due_at, message.planned_at, message.key.stage, &message.id)
}

/// What a letter is written from, beside its message.
#[derive(Debug, Clone, Copy)]
pub struct LetterFacts<'a> {
    /// What it is about.
    pub subject: Subject<'a>,
    /// Names of assets, vendors and customers, and the customer's text for afterwards.
    pub inventory: &'a Inventory,
    /// The rules of zones.
    pub zones: &'a Zones,
    /// In whose name.
    pub sender: &'a Sender,
    /// Keys the Message-IDs, so that nobody outside can guess one.
    pub secret: &'a [u8],
    /// The mails before it.
    pub thread: &'a Thread,
    /// The `Date` header, and what counts as begun.
    pub date: DateTime<Utc>,
    /// A window of which readers first hear with less notice than this is said to be at short notice.
    pub notice: TimeDelta,
}

/// The letter of a message.
///
/// # Errors
/// [`TemplateError`]: the facts are about another cause, the reader's zone is unknown, or a layout failed.
pub fn letter(message: &Message, facts: &LetterFacts<'_>, templates: &Templates) -> Result<Letter, TemplateError> {
    let same = match (&message.key.cause, facts.subject) {
        (Cause::Maintenance(id), Subject::Maintenance(maintenance)) => *id == maintenance.id,
        (Cause::Outage(id), Subject::Outage(outage)) => *id == outage.id,
        (Cause::Standing(_) | Cause::Occurrence(_), Subject::Standing(_)) => true,
        (Cause::Maintenance(_), Subject::Outage(_) | Subject::Standing(_))
        | (Cause::Outage(_), Subject::Maintenance(_) | Subject::Standing(_))
        | (Cause::Standing(_) | Cause::Occurrence(_), Subject::Maintenance(_) | Subject::Outage(_))
        | (Cause::Notice(_) | Cause::Source(_) | Cause::Vendor(_) | Cause::Day(_), _) => false,
    };
    if !same {
        return Err(TemplateError::OtherCause(message.key.cause.id().to_owned()));
    }
    let page = Page::new(message, facts, templates.catalogue(&message.to.language))?;
    page.letter(templates)
}

/// A letter with its headers and these words: subject, text, HTML.
pub(super) fn addressed(
    message: &Message,
    (sender, secret, thread, date): (&Sender, &[u8], &Thread, DateTime<Utc>),
    (subject, text, html): (String, String, String),
) -> Letter {
    let id = message_id(&message.key, secret, &sender.domain);
    // What stands before the `@` is known to nobody but us and the reader.
    let own = id.split('@').next().unwrap_or_default();
    let one_click = sender.public_url.as_ref().map(|public| format!("{public}/unsubscribe/{own}"));
    Letter {
        one_click,
        message_id: id,
        date,
        from: clean(&sender.from),
        to: clean(&Mailbox { name: message.to.name.clone(), email: message.to.email.clone() }),
        reply_to: sender.reply_to.as_ref().map(clean),
        subject,
        text,
        html,
        calendar: None,
        dropped: None,
        references: references(thread),
        list_id: sender.list_id.as_deref().map(plain::token),
        unsubscribe: sender.unsubscribe.as_deref().map(plain::token),
    }
}

/// The Message-ID of the message with this key, without angle brackets: the same at every attempt and on every machine
/// that holds the secret.
///
/// # Panics
/// Never: HMAC takes a key of any length, and a key of messages has no map.
#[must_use]
pub fn message_id(key: &Key, secret: &[u8], domain: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&serde_json::to_vec(key).expect("a key serializes"));
    let mut id = String::with_capacity(33 + domain.len());
    for byte in &mac.finalize().into_bytes()[..16] {
        use std::fmt::Write as _;
        let _ = write!(id, "{byte:02x}");
    }
    format!("{id}@{}", plain::token(domain))
}

fn references(thread: &Thread) -> Vec<String> {
    let cleaned: Vec<String> = thread.references.iter().map(|id| plain::token(id)).collect();
    match cleaned.split_first() {
        Some((root, rest)) if rest.len() >= MAX_REFERENCES => {
            let newest = &rest[rest.len() - (MAX_REFERENCES - 1)..];
            std::iter::once(root).chain(newest).cloned().collect()
        }
        Some(_) | None => cleaned,
    }
}

fn clean(mailbox: &Mailbox) -> Mailbox {
    let name = mailbox.name.as_deref().map(plain::one_line).filter(|name| !name.is_empty());
    Mailbox { name, email: plain::token(&mailbox.email) }
}

/// Whether letters of a stage carry the windows as a calendar: those that say when something will happen or no longer
/// will.
pub(super) fn has_calendar(stage: Stage) -> bool {
    match stage {
        Stage::Announce | Stage::Change | Stage::Reminder | Stage::Complete | Stage::Cancel => true,
        Stage::Start | Stage::Overrun | Stage::Outage | Stage::FollowUp | Stage::Alarm | Stage::Digest => false,
    }
}

impl Page<'_> {
    /// The letter that it is by itself.
    pub(super) fn letter(&self, templates: &Templates) -> Result<Letter, TemplateError> {
        let view = self.view();
        let (text, html) = (templates.text(&view)?, templates.html(&view)?);
        let [calendar, dropped] = self.calendars();
        let LetterFacts { sender, secret, thread, date, .. } = *self.facts;
        let letter = addressed(self.message, (sender, secret, thread, date), (view.frame.subject, text, html));
        Ok(Letter { calendar, dropped, ..letter })
    }

    /// The calendar part, and of an invitation the windows that are no more apart from it.
    fn calendars(&self) -> [Option<CalendarPart>; 2] {
        if !has_calendar(self.message.key.stage) {
            return [None, None];
        }
        let (material, before) = (&self.message.material, self.message.before.as_ref());
        if !self.message.to.invitations {
            let text = self.with_events(|facts| calendar::calendar(facts, material, before)).flatten();
            return [text.map(|text| CalendarPart { text, method: None }), None];
        }
        let parts = self.with_events(|facts| calendar::invitations(facts, material, before)).unwrap_or_default();
        let part = |(text, method): (String, &str)| CalendarPart { text, method: Some(method.to_owned()) };
        let mut parts = parts.into_iter().map(part);
        [parts.next(), parts.next()]
    }

    /// What is made of the facts that its calendar events have in common; nothing where it has none.
    pub(super) fn with_events<T>(&self, make: impl FnOnce(&calendar::Facts<'_>) -> T) -> Option<T> {
        let id = match self.facts.subject {
            Subject::Maintenance(maintenance) => maintenance.id.as_str(),
            Subject::Standing(_) => self.message.key.cause.id(),
            Subject::Outage(_) => return None,
        };
        let to = &self.message.to;
        Some(make(&calendar::Facts {
            maintenance: id,
            account: to.customer.as_ref().map_or(to.email.as_str(), |id| id.as_str()),
            domain: &self.facts.sender.domain,
            organizer: &self.facts.sender.from.email,
            attendee: to.invitations.then_some(to.email.as_str()),
            sequence: self.facts.thread.sequence,
            stamp: self.facts.date,
            summary: &|assets| self.calendar_summary(assets),
            description: &|assets| self.calendar_description(assets),
        }))
    }
}
