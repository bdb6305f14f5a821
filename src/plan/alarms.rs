//! Telling the user's own people what they must know at once.
//!
//! What an alarm is about either holds or does not; while it holds, and for a week, each of them is told once. An alarm that
//! holds no longer is taken back while that can be done. Those of a maintenance are planned with it, and all others together.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::alarm::Alarm;
use super::draft::{NEWS_FOR, can_be_withdrawn, free_key, has_told, is_dead_end, withdraw};
use super::message::{Cause, Key, Material, Message, MessageState, Recipient};
use super::now::Now;
use super::policy::{Approval, Policy};
use super::proposal::{NotPlanned, Proposal, Unplanned};
use super::raised::raised;
use super::unsent::MISSED;
use crate::inventory::{Contact, Inventory, Stage};
use crate::maintenance::{Maintenance, State};
use crate::time::Zones;

/// An alarm that holds.
pub(super) struct Wanted {
    pub(super) cause: Cause,
    pub(super) alarm: Alarm,
    pub(super) not_after: DateTime<Utc>,
    pub(super) reason: String,
}

/// Whose alarms are planned, by what, and when.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) zones: &'a Zones,
    pub(super) policy: &'a Policy,
    pub(super) now: &'a Now,
}

/// How many alarms each reader is to get in a round.
pub(super) type Counts = BTreeMap<String, usize>;

/// Plans the alarms of a maintenance; `messages` are all to staff about it.
pub(super) fn plan(
    desk: Desk<'_>,
    (cause, (maintenance, state)): (&Cause, (&Maintenance, &State)),
    messages: &[Message],
    told: (&mut Counts, &mut Proposal),
) {
    if desk.inventory.staff.is_empty() && messages.is_empty() {
        return;
    }
    let raised = raised(maintenance, state, desk.inventory, desk.now).into_iter();
    let wanted = raised.map(|raised| {
        let not_after = raised.since + NEWS_FOR;
        Wanted { cause: cause.clone(), alarm: raised.alarm, not_after, reason: raised.reason }
    });
    let messages: Vec<&Message> = messages.iter().collect();
    propose(desk, wanted.collect(), &messages, told);
}

/// Whether the alarms about it are planned with the maintenance.
pub(super) fn is_planned_with_maintenance(message: &Message) -> bool {
    message.key.stage == Stage::Alarm && message.key.cause.maintenance().is_some()
}

/// Proposes the alarms that hold and were not told, and takes those back that hold no longer; `messages` are all to staff that
/// may be these, and may be others.
pub(super) fn propose(
    desk: Desk<'_>,
    wanted: Vec<Wanted>,
    messages: &[&Message],
    (counts, proposal): (&mut Counts, &mut Proposal),
) {
    let Desk { inventory, policy, .. } = desk;
    let (on, off): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|wanted| !policy.staff.without.contains(&wanted.alarm.kind()));
    let mut note = |wanted: &Wanted, why: NotPlanned| {
        let (cause, contact) = (wanted.cause.clone(), None);
        proposal.unplanned.push(Unplanned { cause, contact, stage: Stage::Alarm, why });
    };
    for wanted in &off {
        note(wanted, NotPlanned::StageOff);
    }
    if inventory.staff.is_empty() {
        for wanted in &on {
            note(wanted, NotPlanned::NoStaff);
        }
    }
    for contact in &inventory.staff {
        let reader = Reader::new(contact, desk);
        let own: Vec<&Message> = messages.iter().copied().filter(|message| message.key.contact == reader.key).collect();
        reader.alarms(&on, &own, (counts, proposal));
    }
    let is_staff = |message: &Message| {
        inventory.staff.iter().any(|contact| contact.email.eq_ignore_ascii_case(&message.key.contact))
    };
    for message in messages.iter().filter(|message| !is_staff(message) && can_be_withdrawn(message)) {
        withdraw(message, "the reader is no longer one of the staff", proposal);
    }
}

/// One of the user's own people in one round.
pub(super) struct Reader<'a> {
    pub(super) contact: &'a Contact,
    /// As in [`Key::contact`].
    pub(super) key: String,
    pub(super) policy: &'a Policy,
    pub(super) zones: &'a Zones,
    pub(super) now: &'a Now,
}

impl<'a> Reader<'a> {
    pub(super) fn new(contact: &'a Contact, Desk { policy, zones, now, .. }: Desk<'a>) -> Self {
        Self { contact, key: contact.email.to_lowercase(), policy, zones, now }
    }

    fn alarms(&self, wanted: &[Wanted], own: &[&Message], (counts, proposal): (&mut Counts, &mut Proposal)) {
        let wants = self.contact.wants_as_staff(Stage::Alarm);
        let says = |message: &Message, wanted: &Wanted| {
            message.key.cause == wanted.cause && message.material.alarm.as_ref() == Some(&wanted.alarm)
        };
        let alarms: Vec<&Message> =
            own.iter().copied().filter(|message| message.key.stage == Stage::Alarm && !is_event(message)).collect();
        for message in alarms.iter().filter(|message| can_be_withdrawn(message)) {
            if message.not_after.is_some_and(|not_after| self.now.passed(not_after)) {
                withdraw(message, &format!("{MISSED}: still {}", message.state), proposal);
            } else if !wants || !wanted.iter().any(|wanted| says(message, wanted)) {
                withdraw(message, "what it tells no longer holds", proposal);
            }
        }
        let told = counts.entry(self.key.clone()).or_default();
        for wanted in wanted {
            if !wants {
                let (cause, contact) = (wanted.cause.clone(), Some(self.key.clone()));
                proposal.unplanned.push(Unplanned { cause, contact, stage: Stage::Alarm, why: NotPlanned::NotWanted });
                continue;
            }
            let same: Vec<&Message> = alarms.iter().copied().filter(|message| says(message, wanted)).collect();
            if !same.iter().any(|message| is_said(message)) {
                let mut alarm = self.alarm(wanted, &same);
                *told += 1;
                if *told > self.policy.bulk_limit && alarm.state == MessageState::Planned {
                    alarm.state = MessageState::AwaitingApproval;
                    alarm.reason = format!(
                        "{}; more than {} alarms at once wait for approval",
                        alarm.reason, self.policy.bulk_limit
                    );
                }
                proposal.new.push(alarm);
            }
        }
    }

    pub(super) fn alarm(&self, wanted: &Wanted, same: &[&Message]) -> Message {
        let kind = wanted.alarm.kind();
        let due_at = if kind.is_urgent() { self.now.at() } else { self.out_of_quiet_hours(wanted.not_after) };
        let material = Material { alarm: Some(wanted.alarm.clone()), ..Material::default() };
        let key = self.key_of((&wanted.cause, Stage::Alarm, kind.as_str()), &material, same);
        self.message(key, material, (due_at, wanted.not_after), wanted.reason.clone())
    }

    fn out_of_quiet_hours(&self, not_after: DateTime<Utc>) -> DateTime<Utc> {
        let zone = self.zones.get(&self.contact.zone).ok();
        let end = self.policy.quiet.zip(zone).and_then(|(quiet, zone)| quiet.end_after(self.now.at(), &zone));
        end.filter(|end| *end < not_after).unwrap_or(self.now.at())
    }

    /// The key of a new message.
    pub(super) fn key_of(
        &self,
        (cause, stage, root): (&Cause, Stage, &str),
        material: &Material,
        same: &[&Message],
    ) -> Key {
        let (cause, contact, material) = (cause.clone(), self.key.clone(), material.digest());
        free_key(Key { cause, contact, stage, moment: root.to_owned(), material }, same)
    }

    pub(super) fn message(
        &self,
        key: Key,
        material: Material,
        (due_at, not_after): (DateTime<Utc>, DateTime<Utc>),
        reason: String,
    ) -> Message {
        let (state, reason) = match self.policy.approval_of_staff(key.stage) {
            Approval::On => (MessageState::AwaitingApproval, format!("{reason}; waits for approval")),
            Approval::Off => (MessageState::Planned, reason),
        };
        Message {
            id: key.id(),
            key,
            to: Recipient {
                email: self.contact.email.clone(),
                name: self.contact.name.clone(),
                zone: self.contact.zone.clone(),
                language: self.contact.language.clone(),
                customer: None,
                invitations: false,
            },
            material,
            before: None,
            due_at,
            not_after: Some(not_after),
            state,
            reason,
            planned_at: self.now.at(),
            tries: 0,
            next_attempt_at: None,
            accepted_at: None,
            maybe_duplicate: false,
            refused_as: None,
        }
    }
}

/// Whether the reader has been told, is about to be, or cannot be.
pub(super) fn is_said(message: &Message) -> bool {
    has_told(message) || message.state.is_pending() || is_dead_end(message.state)
}

/// Whether a message tells of something that happened, and so holds for ever.
fn is_event(message: &Message) -> bool {
    match &message.material.alarm {
        Some(Alarm::Unsubscribe) => true,
        Some(
            Alarm::Verdict { .. }
            | Alarm::Overrun { .. }
            | Alarm::EarlyStart { .. }
            | Alarm::Approval { .. }
            | Alarm::Missed { .. }
            | Alarm::Unread { .. }
            | Alarm::Quiet { .. }
            | Alarm::Windows { .. }
            | Alarm::Stale,
        )
        | None => false,
    }
}
