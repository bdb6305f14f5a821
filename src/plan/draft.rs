//! Planning for one reader of one cause: what was written so far, and the few moves the rules are made of.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::digest::{Digests, Slot, can_be_altered};
use super::message::{Cause, Key, Material, Message, MessageState, Recipient};
use super::now::Now;
use super::policy::{Approval, Policy, Worth};
use super::proposal::{NotPlanned, Proposal, Unplanned, Withdrawal};
use super::unsent::MISSED;
use crate::inventory::{Customer, Stage};
use crate::names::{Digest, MessageId};
use crate::time::{Zone, Zones};
use crate::window::Impact;

/// How long after everything is over news of it is still of use to a reader.
pub(super) const NEWS_FOR: TimeDelta = TimeDelta::days(7);

/// The stages that tell a reader how a maintenance stands.
pub(super) const TELLING: [Stage; 4] = [Stage::Announce, Stage::Change, Stage::Cancel, Stage::Complete];

/// Somebody who can be written to on behalf of one customer.
#[derive(Debug, Clone)]
pub(super) struct Addressee {
    /// As in [`Key::contact`].
    pub(super) key: String,
    pub(super) to: Recipient,
    pub(super) stages: BTreeSet<Stage>,
}

impl Addressee {
    /// The customer's contacts. An address listed twice is one reader, who wants what either entry wants.
    pub(super) fn of(customer: &Customer) -> Vec<Self> {
        let mut readers: Vec<Self> = Vec::new();
        for contact in &customer.contacts {
            let key = format!("{}/{}", contact.email.to_lowercase(), customer.id);
            if let Some(same) = readers.iter_mut().find(|reader| reader.key == key) {
                same.stages.extend(contact.stages.iter().copied());
                same.to.invitations |= contact.invitations;
                continue;
            }
            let to = Recipient {
                email: contact.email.clone(),
                name: contact.name.clone(),
                zone: contact.zone.clone(),
                language: contact.language.clone(),
                customer: Some(customer.id.clone()),
                invitations: contact.invitations,
            };
            readers.push(Self { key, to, stages: contact.stages.iter().copied().collect() });
        }
        readers
    }
}

/// A message to plan, before it has a key.
pub(super) struct New {
    pub(super) stage: Stage,
    /// The moment of its key, unless a message of that key was withdrawn before.
    pub(super) root: String,
    pub(super) material: Material,
    pub(super) before: Option<Material>,
    pub(super) due_at: DateTime<Utc>,
    pub(super) not_after: Option<DateTime<Utc>>,
    /// The digest that it goes in; none when it goes by itself.
    pub(super) slot: Option<Slot>,
    /// Why it exists, in words.
    pub(super) reason: String,
}

impl New {
    /// Whether it is this message: that says the same on the same occasion, and goes in the same way.
    pub(super) fn is(&self, message: &Message) -> bool {
        let slot = Slot::of(message);
        let goes_so = match (&self.slot, &slot) {
            (None, None) => true,
            (Some(own), Some(other)) => (&own.day, &own.hour) == (&other.day, &other.hour),
            (Some(_), None) | (None, Some(_)) => false,
        };
        goes_so && self.says_as(message)
    }

    /// Whether a message says the same on the same occasion, by itself or in a digest.
    fn says_as(&self, message: &Message) -> bool {
        let is_occasion = message.is_digest() || root(&message.key.moment) == self.root;
        message.key.stage == self.stage && is_occasion && message.material == self.material
    }
}

/// By what a reader is planned for.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) policy: &'a Policy,
    pub(super) zones: &'a Zones,
    pub(super) now: &'a Now,
}

/// One reader of one cause in one round.
pub(super) struct Draft<'a> {
    pub(super) cause: &'a Cause,
    pub(super) reader: &'a Addressee,
    /// Every message that tells this reader of this cause, of digests as much as they tell of it.
    pub(super) messages: &'a [&'a Message],
    pub(super) policy: &'a Policy,
    pub(super) now: &'a Now,
    zones: &'a Zones,
    proposal: &'a mut Proposal,
    digests: &'a mut Digests,
    /// The digests that this cause has left.
    left: Vec<MessageId>,
    /// What was planned in this round to go in a digest.
    waits: Option<Material>,
    /// Where this reader's new messages begin in the proposal.
    new_from: usize,
    /// Where this reader's withdrawals begin in the proposal.
    withdrawn_from: usize,
}

impl<'a> Draft<'a> {
    /// Begins, and takes back what missed its moment.
    pub(super) fn new(
        (cause, reader, messages): (&'a Cause, &'a Addressee, &'a [&'a Message]),
        Terms { policy, zones, now }: Terms<'a>,
        (proposal, digests): (&'a mut Proposal, &'a mut Digests),
    ) -> Self {
        let (new_from, withdrawn_from) = (proposal.new.len(), proposal.withdrawn.len());
        let (left, waits) = (Vec::new(), None);
        let mut draft = Self {
            cause,
            reader,
            messages,
            policy,
            now,
            zones,
            proposal,
            digests,
            left,
            waits,
            new_from,
            withdrawn_from,
        };
        for message in messages.iter().filter(|message| can_be_withdrawn(message)) {
            if let Some(not_after) = message.not_after.filter(|not_after| now.passed(*not_after)) {
                let why = format!("{MISSED}: still {} at {}", message.state, instant(not_after));
                if message.is_digest() {
                    draft.left.push(message.id.clone());
                    draft.digests.take_back(&message.id, &why);
                } else {
                    draft.withdraw(message, &why);
                }
            }
        }
        draft
    }

    /// Its messages of some stages that could still be taken back, and were not taken back in this round.
    pub(super) fn pending(&self, stages: &[Stage]) -> Vec<&'a Message> {
        let withdrawn = &self.proposal.withdrawn[self.withdrawn_from..];
        let stands = |message: &Message| {
            withdrawn.iter().all(|withdrawal| withdrawal.id != message.id) && !self.left.contains(&message.id)
        };
        let of =
            |message: &&Message| stages.contains(&message.key.stage) && can_be_withdrawn(message) && stands(message);
        self.messages.iter().copied().filter(of).collect()
    }

    /// The message that last told the reader how the cause stands. Reminders count for readers who get nothing else.
    pub(super) fn told(&self) -> Option<&'a Message> {
        let of = |stages: &[Stage]| -> Vec<&'a Message> {
            let told = |message: &&Message| stages.contains(&message.key.stage) && has_told(message);
            self.messages.iter().copied().filter(told).collect()
        };
        let order = |message: &&Message| {
            (message.accepted_at.unwrap_or(DateTime::<Utc>::MAX_UTC), message.planned_at, message.id.clone())
        };
        let tellings = of(&TELLING);
        let followed = |message: &Message| {
            tellings.iter().any(|other| told_before(&other.key.moment) == Some(message.id.as_str()))
        };
        let newest = tellings.iter().copied().filter(|message| !followed(message)).max_by_key(order);
        newest.or_else(|| of(&[Stage::Reminder]).into_iter().max_by_key(order))
    }

    /// When the reader was told, or is about to be, of a window that lies there.
    pub(super) fn telling_of(&self, holds: impl Fn(&Material) -> bool) -> Option<DateTime<Utc>> {
        let known = self.messages.iter().copied().filter(|message| has_told(message));
        let kept = known.chain(self.pending(&TELLING)).chain(&self.proposal.new[self.new_from..]);
        kept.filter(|message| TELLING.contains(&message.key.stage) && holds(&message.material))
            .map(|message| message.accepted_at.unwrap_or(message.planned_at))
            .chain(self.waits.as_ref().filter(|material| holds(material)).map(|_| self.now.at()))
            .max()
    }

    /// Whether a mail of this stage about this impact should be written to this reader.
    pub(super) fn wants(&self, stage: Stage, worst: Option<Impact>) -> Result<(), NotPlanned> {
        let Worth::From(least) = self.policy.stages.of(stage) else { return Err(NotPlanned::StageOff) };
        let worst = worst.unwrap_or(Impact::NoImpact);
        if !self.reader.stages.contains(&stage) {
            return Err(NotPlanned::NotWanted);
        }
        if worst < least { Err(NotPlanned::BelowThreshold { worst, least }) } else { Ok(()) }
    }

    /// An equal message of the same occasion that went wrong for good, or that a person took back.
    pub(super) fn dead_end(&self, new: &New) -> Option<NotPlanned> {
        let equal = |message: &&&Message| is_dead_end(message.state) && new.says_as(message);
        let dead = self.messages.iter().find(equal)?;
        Some(NotPlanned::DeadEnd { message: dead.id.clone(), state: dead.state })
    }

    /// Plans a message, by itself or in a digest.
    pub(super) fn add(&mut self, new: New) {
        let key = self.key_of(&new);
        let due_at = self.out_of_quiet_hours(&new);
        let state = match self.policy.approval_of(new.stage) {
            Approval::On => MessageState::AwaitingApproval,
            Approval::Off => MessageState::Planned,
        };
        let message = Message {
            id: key.id(),
            key,
            to: self.reader.to.clone(),
            material: new.material,
            before: new.before,
            due_at,
            not_after: new.not_after,
            state,
            reason: new.reason,
            planned_at: self.now.at(),
            tries: 0,
            next_attempt_at: None,
            accepted_at: None,
            maybe_duplicate: false,
            refused_as: None,
        };
        match new.slot {
            Some(slot) => {
                self.waits = Some(message.material.clone());
                self.digests.wait(slot, message);
            }
            None => self.proposal.new.push(message),
        }
    }

    /// The reader's zone, where it is known.
    pub(super) fn zone(&self) -> Option<Zone> {
        self.zones.get(&self.reader.to.zone).ok()
    }

    /// When the quiet hours end that hold this instant on the reader's clock; none outside of them.
    pub(super) fn end_of_quiet_hours(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.policy.quiet?.end_after(at, &self.zone()?)
    }

    /// When a message is due: one that can wait, and would be due in the quiet hours of its reader, at their end. It never
    /// waits until a window has begun or it is of no use; what tells that something happens now does not wait.
    fn out_of_quiet_hours(&self, new: &New) -> DateTime<Utc> {
        match new.stage {
            Stage::Start | Stage::Overrun | Stage::Outage | Stage::Alarm => return new.due_at,
            Stage::Announce
            | Stage::Change
            | Stage::Reminder
            | Stage::Complete
            | Stage::Cancel
            | Stage::FollowUp
            | Stage::Digest => {}
        }
        let at = new.due_at.max(self.now.at());
        let Some(end) = self.end_of_quiet_hours(at) else { return new.due_at };
        let windows = new.before.iter().chain([&new.material]).flat_map(|material| &material.windows);
        let mut limits = windows.map(|window| window.interval.start()).filter(|start| *start > at).chain(new.not_after);
        if limits.all(|limit| end < limit) { end } else { new.due_at }
    }

    /// The key of a new message.
    fn key_of(&self, new: &New) -> Key {
        let key = Key {
            cause: self.cause.clone(),
            contact: self.reader.key.clone(),
            stage: new.stage,
            moment: new.root.clone(),
            material: self.digest_of(&new.material),
        };
        free_key(key, self.messages)
    }

    /// The digest of a material; most new messages of one reader tell the same.
    fn digest_of(&self, material: &Material) -> Digest {
        let same = self.proposal.new[self.new_from..].iter().find(|message| message.material == *material);
        same.map_or_else(|| material.digest(), |message| message.key.material.clone())
    }

    /// Takes a pending message back; out of a digest what it tells of this cause, unless it may have arrived.
    pub(super) fn withdraw(&mut self, message: &Message, reason: &str) {
        if message.is_digest() && !can_be_altered(message) {
            return;
        }
        if message.is_digest() {
            self.left.push(message.id.clone());
            self.digests.leave(&message.id, self.cause, reason);
        } else {
            withdraw(message, reason, self.proposal);
        }
    }

    /// Notes why something will not be sent.
    pub(super) fn note(&mut self, stage: Stage, why: NotPlanned) {
        let contact = Some(self.reader.key.clone());
        self.proposal.unplanned.push(Unplanned { cause: self.cause.clone(), contact, stage, why });
    }
}

/// Takes every message back that still can be.
pub(super) fn withdraw_all(messages: &[&Message], reason: &str, (proposal, digests): (&mut Proposal, &mut Digests)) {
    for message in messages.iter().filter(|message| can_be_withdrawn(message)) {
        if message.is_digest() {
            digests.take_back(&message.id, reason);
        } else {
            withdraw(message, reason, proposal);
        }
    }
}

pub(super) fn withdraw(message: &Message, reason: &str, proposal: &mut Proposal) {
    let (id, reason) = (message.id.clone(), reason.to_owned());
    proposal.withdrawn.push(Withdrawal { id, to: MessageState::Skipped, reason });
}

/// Pending, and not in a worker's hands.
pub(super) fn can_be_withdrawn(message: &Message) -> bool {
    message.state.is_pending() && message.state != MessageState::Leased
}

/// Whether the reader has it, is being sent it, or may have it since an attempt ended without an answer.
pub(super) fn has_told(message: &Message) -> bool {
    match message.state {
        MessageState::Accepted | MessageState::Leased => true,
        MessageState::Planned
        | MessageState::AwaitingApproval
        | MessageState::Held
        | MessageState::Failed
        | MessageState::Bounced
        | MessageState::Skipped
        | MessageState::Cancelled
        | MessageState::Suppressed => message.maybe_duplicate,
    }
}

pub(super) fn is_dead_end(state: MessageState) -> bool {
    match state {
        MessageState::Failed | MessageState::Bounced | MessageState::Cancelled | MessageState::Suppressed => true,
        MessageState::Planned
        | MessageState::AwaitingApproval
        | MessageState::Held
        | MessageState::Leased
        | MessageState::Accepted
        | MessageState::Skipped => false,
    }
}

/// The key, with `again-2`, `again-3`, … in its moment where earlier messages of that key were taken back; [`root`] takes it
/// off.
pub(super) fn free_key(mut key: Key, earlier: &[&Message]) -> Key {
    let root = key.moment.clone();
    let mut time = 1;
    while earlier.iter().any(|message| message.key == key) {
        time += 1;
        key.moment = if root.is_empty() { format!("again-{time}") } else { format!("{root}-again-{time}") };
    }
    key
}

/// A moment without the count of how often it was planned.
pub(super) fn root(moment: &str) -> &str {
    if moment.starts_with("again-") {
        return "";
    }
    moment.split_once("-again-").map_or(moment, |(root, _)| root)
}

/// The message that told the state before, from the moment of a change, cancel or complete.
fn told_before(moment: &str) -> Option<&str> {
    root(moment).strip_prefix("after-")
}

/// An instant as reasons show it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
