//! Digests: announcements that can wait go to a reader together, at an hour of their clock.
//!
//! A digest is planned with what it tells, in the transaction of the revision that is its reason, and not put together when
//! it goes: so a person can look at it, approve it and take it back while it waits, and its key says what it tells. When
//! something changes of what waits, or more comes, another digest of the same hour takes its place. What a digest told its
//! reader is told, as by a mail of its own: [`Message::telling`] is how a topic sees it. One that may have arrived, since its
//! attempt got no answer, is altered no more: it goes again byte by byte, and what has changed since is told by mails of
//! their own, later ones by their date and by the SEQUENCE of their events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::digest_time::DigestTime;
use super::draft::{Draft, can_be_withdrawn, free_key, root, withdraw};
use super::message::{Cause, Key, Material, Message, MessageState, Told};
use super::proposal::{NotPlanned, Proposal, Unplanned};
use super::unsent::is_missed;
use crate::inventory::Stage;
use crate::names::{AssetId, DayId, MessageId};
use crate::window::Impact;

/// Most maintenances in one digest: a mail of more is not read to its end. Further ones go by themselves.
const MAX_TOLD: usize = 50;

/// The hour of a digest to one reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    /// On the reader's clock.
    pub(super) day: DayId,
    /// On the reader's clock, as `08:00`.
    pub(super) hour: String,
    /// That hour, or the end of the quiet hours that it lies in.
    pub(super) due_at: DateTime<Utc>,
}

impl Slot {
    /// That of a digest; none of any other message.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let Cause::Day(day) = &message.key.cause else { return None };
        let (hour, due_at) = (root(&message.key.moment).to_owned(), message.due_at);
        message.is_digest().then(|| Self { day: day.clone(), hour, due_at })
    }

    /// The next one after now that the policy has for this reader.
    fn next(draft: &Draft<'_>) -> Option<Self> {
        let zone = draft.zone()?;
        let at = draft.policy.digest.next_after(draft.now.at(), &zone)?;
        let local = zone.local(at);
        let (day, hour) = (DayId::of(local.date_naive()), local.format("%H:%M").to_string());
        Some(Self { day, hour, due_at: draft.end_of_quiet_hours(at).unwrap_or(at) })
    }

    /// Whether a first word of this, the next window of which starts at `start`, can wait for it: it still gives the notice
    /// that the policy asks for, and no reminder comes first.
    fn suits(&self, draft: &Draft<'_>, material: &Material, start: DateTime<Utc>) -> bool {
        let waits = |at: DateTime<Utc>| at <= self.due_at && !draft.now.passed(at);
        let reminded = || draft.wants(Stage::Reminder, material.worst()).is_ok();
        let starts = || material.windows.iter().map(|window| window.interval.start());
        let mut reminders =
            starts().flat_map(|start| draft.policy.reminders.iter().map(move |lead| start - lead.length()));
        let leaves_notice = self.due_at + draft.policy.notice.length() <= start;
        draft.now.passed(self.due_at) || (leaves_notice && !(reminded() && reminders.any(waits)))
    }
}

/// The digest that the first word of a maintenance waits for: that in which it stands, else the next one; none when it goes
/// by itself. One that waits by itself already, such as for approval, goes on doing so.
pub(super) fn slot(draft: &Draft<'_>, material: &Material, start: DateTime<Utc>) -> Option<Slot> {
    draft.cause.maintenance()?;
    let pending = draft.pending(&[Stage::Announce]);
    let waits_alone = pending.iter().any(|message| !message.is_digest() && message.material == *material);
    if draft.policy.digest == DigestTime::Off || waits_alone {
        return None;
    }
    let standing = pending.iter().find_map(|message| Slot::of(message));
    standing.or_else(|| Slot::next(draft)).filter(|slot| slot.suits(draft, material, start))
}

/// One digest of a reader: whose, of which day, at which hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    contact: String,
    day: DayId,
    hour: String,
}

impl Place {
    fn of(message: &Message) -> Option<Self> {
        let Slot { day, hour, .. } = Slot::of(message)?;
        Some(Self { contact: message.key.contact.clone(), day, hour })
    }

    /// Leaves as many of the new messages as there is room for, and says so of each; others go by themselves.
    fn admit(&self, new: &mut Vec<Message>, room: usize, proposal: &mut Proposal) {
        let Self { contact, day, hour } = self;
        new.sort_by(|a, b| a.key.cause.cmp(&b.key.cause));
        let alone = new.split_off(room.min(new.len())).into_iter();
        proposal.new.extend(alone.map(|message| {
            let reason = format!("{}; the digest of {day} {hour} is full", message.reason);
            Message { reason, ..message }
        }));
        proposal.unplanned.extend(new.iter().map(|message| Unplanned {
            cause: message.key.cause.clone(),
            contact: Some(contact.clone()),
            stage: Stage::Announce,
            why: NotPlanned::InDigest { day: day.clone(), hour: hour.clone() },
        }));
    }
}

/// First words that are to go in one digest, each as the message that it would be by itself.
struct Waiting {
    due_at: DateTime<Utc>,
    messages: Vec<Message>,
}

/// What a round does to digests, gathered topic by topic: one digest tells of several.
#[derive(Default)]
pub(super) struct Digests {
    /// Those that wait, and those that were not sent in time, as they were met.
    met: BTreeMap<MessageId, Message>,
    /// Those that must not be sent at all any more, and why.
    taken_back: BTreeMap<MessageId, String>,
    /// What must not be told by them any more, and why.
    left: BTreeMap<MessageId, BTreeMap<Cause, String>>,
    waiting: BTreeMap<Place, Waiting>,
}

impl Digests {
    /// Takes note of a message, if it is a digest.
    pub(super) fn meet(&mut self, message: &Message) {
        let counts = message.is_digest() && (message.state.is_pending() || is_missed(message));
        if counts && !self.met.contains_key(&message.id) {
            self.met.insert(message.id.clone(), message.clone());
        }
    }

    /// A whole digest is not to be sent.
    pub(super) fn take_back(&mut self, digest: &MessageId, why: &str) {
        self.taken_back.entry(digest.clone()).or_insert_with(|| why.to_owned());
    }

    /// A digest is to tell of this no longer.
    pub(super) fn leave(&mut self, digest: &MessageId, cause: &Cause, why: &str) {
        self.left.entry(digest.clone()).or_default().insert(cause.clone(), why.to_owned());
    }

    /// What this message would tell by itself is to go in a digest.
    pub(super) fn wait(&mut self, slot: Slot, message: Message) {
        let Slot { day, hour, due_at } = slot;
        let place = Place { contact: message.key.contact.clone(), day, hour };
        self.waiting.entry(place).or_insert(Waiting { due_at, messages: Vec::new() }).messages.push(message);
    }

    fn places(&self) -> BTreeSet<Place> {
        let left = self.left.keys().filter_map(|id| self.met.get(id)).filter_map(Place::of);
        left.chain(self.waiting.keys().cloned()).collect()
    }

    /// The days and readers whose digests must be known to [`Self::finish`].
    pub(super) fn days(&self) -> BTreeSet<(Cause, String)> {
        self.places().into_iter().map(|place| (Cause::Day(place.day), place.contact)).collect()
    }

    /// Proposes what follows for digests; `known` are all messages of [`Self::days`]. Gives the digests that are taken back, each
    /// as it is once that has been carried out, and as it was.
    pub(super) fn finish(
        mut self,
        known: &[Message],
        now: DateTime<Utc>,
        proposal: &mut Proposal,
    ) -> Vec<(Message, Message)> {
        let from = proposal.withdrawn.len();
        let places = self.places();
        let mut of_days: BTreeMap<(&str, &str), Vec<&Message>> = BTreeMap::new();
        for message in known.iter().filter(|message| message.is_digest()) {
            of_days.entry((&message.key.contact, message.key.cause.id())).or_default().push(message);
        }
        for (id, why) in &self.taken_back {
            self.met.get(id).into_iter().for_each(|digest| withdraw(digest, why, proposal));
        }
        for place in places {
            let of_day = of_days.get(&(&*place.contact, place.day.as_str())).map_or(&[][..], Vec::as_slice);
            let waiting = self.waiting.remove(&place);
            self.rewrite(&place, waiting, of_day, now, proposal);
        }
        let withdrawn = proposal.withdrawn[from..].iter();
        // One that is altered may tell of nothing that was looked at.
        let found = |id: &MessageId| known.iter().find(|message| message.id == *id).cloned();
        let mut was = |id: &MessageId| self.met.remove(id).or_else(|| found(id));
        withdrawn.filter_map(|one| was(&one.id).map(|digest| (one.done_to(&digest), digest))).collect()
    }

    /// Puts another digest in the place of the one that waits, or the first one there; none where nothing is left to tell.
    fn rewrite(
        &self,
        place: &Place,
        waiting: Option<Waiting>,
        of_day: &[&Message],
        now: DateTime<Utc>,
        proposal: &mut Proposal,
    ) {
        let stands = |message: &&&Message| {
            can_be_altered(message)
                && !self.taken_back.contains_key(&message.id)
                && Place::of(message).as_ref() == Some(place)
        };
        let current = of_day.iter().find(stands).copied();
        let due_at = waiting.as_ref().map(|waiting| waiting.due_at).or(current.map(|current| current.due_at));
        let mut new = waiting.map(|waiting| waiting.messages).unwrap_or_default();
        let mut told = current.map(|current| self.kept(current, &new, now)).unwrap_or_default();
        place.admit(&mut new, MAX_TOLD.saturating_sub(told.len()), proposal);
        let tells = |message: &Message| Told { cause: message.key.cause.clone(), material: message.material.clone() };
        told.extend(new.iter().map(tells));
        told.sort_by(|a, b| (first_ahead(&a.material, now), &a.cause).cmp(&(first_ahead(&b.material, now), &b.cause)));
        if current.is_some_and(|current| current.material.digest == told) {
            return;
        }
        if let Some(current) = current {
            let left = self.left.get(&current.id);
            let last_word = left.and_then(|left| left.values().next()).filter(|_| told.is_empty());
            let why =
                last_word.map_or("superseded: another digest of that hour tells the present state", String::as_str);
            withdraw(current, why, proposal);
        }
        if let (Some(due_at), false) = (due_at, told.is_empty()) {
            proposal.new.extend(digest(place, (current, &new), told, of_day, due_at, now));
        }
    }

    /// What a digest still tells: what has not left it, is not told anew, and has a window ahead.
    fn kept(&self, digest: &Message, new: &[Message], now: DateTime<Utc>) -> Vec<Told> {
        let left = self.left.get(&digest.id);
        let stays = |told: &&Told| {
            left.is_none_or(|left| !left.contains_key(&told.cause))
                && new.iter().all(|message| message.key.cause != told.cause)
                && first_ahead(&told.material, now).is_some()
        };
        digest.material.digest.iter().filter(stays).cloned().collect()
    }
}

/// The digest that tells this; `new` is what no other told before. Waits for a person when the one before did, or anything
/// that is new would.
fn digest(
    place: &Place,
    (current, new): (Option<&Message>, &[Message]),
    told: Vec<Told>,
    of_day: &[&Message],
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<Message> {
    let waits = |message: &Message| matches!(message.state, MessageState::AwaitingApproval | MessageState::Held);
    let awaits = current.into_iter().chain(new).any(waits);
    let reason = format!("the digest of {} {}: first word of {}", place.day, place.hour, names(&told));
    let not_after = told.iter().filter_map(|told| first_ahead(&told.material, now)).min();
    let material = Material { assets: worst_of(&told), digest: told, ..Material::default() };
    let key = Key {
        cause: Cause::Day(place.day.clone()),
        contact: place.contact.clone(),
        stage: Stage::Announce,
        moment: place.hour.clone(),
        material: material.digest(),
    };
    let key = free_key(key, of_day);
    Some(Message {
        id: key.id(),
        key,
        to: new.first().or(current)?.to.clone(),
        material,
        before: None,
        due_at,
        not_after,
        state: if awaits { MessageState::AwaitingApproval } else { MessageState::Planned },
        reason,
        planned_at: now,
        tries: 0,
        next_attempt_at: None,
        accepted_at: None,
        maybe_duplicate: false,
        refused_as: None,
    })
}

/// Whether something may still be added to it, or taken out.
pub(super) fn can_be_altered(digest: &Message) -> bool {
    can_be_withdrawn(digest) && !digest.maybe_duplicate
}

/// When its first window starts that is ahead at `now`; none when all have begun.
fn first_ahead(material: &Material, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    material.windows.iter().map(|window| window.interval.start()).filter(|start| *start > now).min()
}

/// All assets, each with the worst that any of the maintenances does to it.
fn worst_of(told: &[Told]) -> Vec<(AssetId, Impact)> {
    let mut worst: BTreeMap<&AssetId, Impact> = BTreeMap::new();
    for (asset, impact) in told.iter().flat_map(|told| &told.material.assets) {
        let seen = worst.entry(asset).or_insert(*impact);
        *seen = (*seen).max(*impact);
    }
    worst.into_iter().map(|(asset, impact)| (asset.clone(), impact)).collect()
}

/// The maintenances, as reasons name them.
fn names(told: &[Told]) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<String> = told.iter().take(SHOWN).map(|told| told.cause.id().to_owned()).collect();
    if let Some(more) = told.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
