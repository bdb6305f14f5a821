//! Planning for the user's own people: what they must know at once, and their digest.
//!
//! What an alarm is about either holds or does not; while it holds, and for a week, each of them is told once. An alarm that
//! holds no longer is taken back while that can be done.

use chrono::{DateTime, TimeDelta, Utc};

use super::alarm::Alarm;
use super::draft::{NEWS_FOR, can_be_withdrawn, has_told, instant, is_dead_end, withdraw};
use super::message::{Cause, Key, Material, Message, MessageState, Recipient};
use super::outage_mail::is_history;
use super::policy::{Approval, Policy};
use super::proposal::{NotPlanned, Proposal, Unplanned};
use super::seen::{MISSED, Seen};
use super::staff_policy::DIGEST_FOR;
use crate::inventory::{Contact, Inventory, Stage};
use crate::names::{DayId, OutageId};
use crate::notice::{Doubt, Reason, ReviewItem};
use crate::outage::Outage;
use crate::time::{Interval, Zones};
use crate::verdict::{Answer, Verdict};

/// What planning for staff looks at, beside what it looks at for customers.
#[derive(Debug, Clone, Copy)]
pub struct StaffKnown<'a> {
    /// The inventory of today.
    pub inventory: &'a Inventory,
    /// The rules of zones, for the clocks of readers.
    pub zones: &'a Zones,
    /// What planning for customers saw, of everything that may be a reason to write.
    pub seen: &'a Seen,
    /// The official verdicts on the outages, with when the newest of them was reached.
    pub verdicts: &'a [(OutageId, DateTime<Utc>, Vec<Verdict>)],
    /// The items of review that wait.
    pub review: &'a [ReviewItem],
    /// Sources and vendors of which nothing is heard, and files that cannot be read.
    pub silent: &'a [Silence],
    /// The messages to staff of the last [`STAFF_LEDGER`].
    pub messages: &'a [Message],
}

/// How far back the messages to staff must be known: nothing is told for longer.
pub const STAFF_LEDGER: TimeDelta = TimeDelta::days(31);

/// A source or a vendor of which nothing is heard, or a file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Which.
    pub cause: Cause,
    /// What staff are told.
    pub alarm: Alarm,
    /// From when on they are to be told.
    pub since: DateTime<Utc>,
    /// What is wrong, in words.
    pub words: String,
}

/// An alarm that holds.
struct Wanted {
    cause: Cause,
    alarm: Alarm,
    not_after: DateTime<Utc>,
    reason: String,
}

/// The messages to staff that should exist and do not, and the pending ones that should not be sent any more.
///
/// As pure as [`propose`](super::propose), and as quiet when it is asked twice.
#[must_use]
pub fn propose_staff(known: &StaffKnown<'_>, policy: &Policy, now: DateTime<Utc>) -> Proposal {
    let mut proposal = Proposal::default();
    let wanted = wanted(known, policy, now);
    let (on, off): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|wanted| !policy.staff.without.contains(&wanted.alarm.kind()));
    let inventory = known.inventory;
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
        let reader = Reader::new(contact, policy, known.zones, now);
        let own: Vec<&Message> = known.messages.iter().filter(|message| message.key.contact == reader.key).collect();
        reader.alarms(&on, &own, &mut proposal);
        reader.digest(&own, &mut proposal);
    }
    let is_staff = |message: &&Message| {
        inventory.staff.iter().any(|contact| contact.email.eq_ignore_ascii_case(&message.key.contact))
    };
    for message in known.messages.iter().filter(|message| !is_staff(message) && can_be_withdrawn(message)) {
        withdraw(message, "the reader is no longer one of the staff", &mut proposal);
    }
    proposal
}

/// Messages to staff about something that happened, and that nothing can take back: one to each who wants alarms.
#[must_use]
pub fn tell_staff(
    (inventory, zones): (&Inventory, &Zones),
    policy: &Policy,
    (cause, alarm, reason): (&Cause, &Alarm, &str),
    now: DateTime<Utc>,
) -> Vec<Message> {
    if policy.staff.without.contains(&alarm.kind()) {
        return Vec::new();
    }
    let wanted =
        Wanted { cause: cause.clone(), alarm: alarm.clone(), not_after: now + NEWS_FOR, reason: reason.to_owned() };
    let readers = inventory.staff.iter().filter(|contact| contact.wants_as_staff(Stage::Alarm));
    readers.map(|contact| Reader::new(contact, policy, zones, now).alarm(&wanted, &[])).collect()
}

/// Whether the verdicts on an outage can be news to staff: not of one that was over, and had begun long before, when it was
/// recorded.
#[must_use]
pub fn may_alarm(outage: &Outage) -> bool {
    !is_history(outage)
}

/// One of the user's own people in one round.
struct Reader<'a> {
    contact: &'a Contact,
    /// As in [`Key::contact`].
    key: String,
    policy: &'a Policy,
    zones: &'a Zones,
    now: DateTime<Utc>,
}

impl<'a> Reader<'a> {
    fn new(contact: &'a Contact, policy: &'a Policy, zones: &'a Zones, now: DateTime<Utc>) -> Self {
        Self { contact, key: contact.email.to_lowercase(), policy, zones, now }
    }

    fn alarms(&self, wanted: &[Wanted], own: &[&Message], proposal: &mut Proposal) {
        let wants = self.contact.wants_as_staff(Stage::Alarm);
        let says = |message: &Message, wanted: &Wanted| {
            message.key.cause == wanted.cause && message.material.alarm.as_ref() == Some(&wanted.alarm)
        };
        let alarms: Vec<&Message> =
            own.iter().copied().filter(|message| message.key.stage == Stage::Alarm && !is_event(message)).collect();
        for message in alarms.iter().filter(|message| can_be_withdrawn(message)) {
            if message.not_after.is_some_and(|not_after| not_after <= self.now) {
                withdraw(message, &format!("{MISSED}: still {}", message.state), proposal);
            } else if !wants || !wanted.iter().any(|wanted| says(message, wanted)) {
                withdraw(message, "what it tells no longer holds", proposal);
            }
        }
        let mut told = 0;
        for wanted in wanted {
            if !wants {
                let (cause, contact) = (wanted.cause.clone(), Some(self.key.clone()));
                proposal.unplanned.push(Unplanned { cause, contact, stage: Stage::Alarm, why: NotPlanned::NotWanted });
                continue;
            }
            let same: Vec<&Message> = alarms.iter().copied().filter(|message| says(message, wanted)).collect();
            if !same.iter().any(|message| is_said(message)) {
                let mut alarm = self.alarm(wanted, &same);
                told += 1;
                if told > self.policy.bulk_limit && alarm.state == MessageState::Planned {
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

    fn alarm(&self, wanted: &Wanted, same: &[&Message]) -> Message {
        let kind = wanted.alarm.kind();
        let due_at = if kind.is_urgent() { self.now } else { self.out_of_quiet_hours(wanted.not_after) };
        let material = Material { alarm: Some(wanted.alarm.clone()), ..Material::default() };
        let key = self.free_key((&wanted.cause, Stage::Alarm, kind.as_str()), &material, same);
        self.message(key, material, (due_at, wanted.not_after), wanted.reason.clone())
    }

    fn digest(&self, own: &[&Message], proposal: &mut Proposal) {
        let digests: Vec<&Message> = own.iter().copied().filter(|m| m.key.stage == Stage::Digest).collect();
        let zone = self.zones.get(&self.contact.zone).ok();
        let due = zone.and_then(|zone| Some((self.policy.staff.digest.last_at(self.now, &zone)?, zone)));
        let due = due.filter(|(at, _)| self.contact.wants_as_staff(Stage::Digest) && self.now < *at + DIGEST_FOR);
        let wanted = due.map(|(at, zone)| (Cause::Day(DayId::of(zone.local(at).date_naive())), at));
        for message in digests.iter().filter(|message| can_be_withdrawn(message)) {
            if wanted.as_ref().is_none_or(|(cause, _)| message.key.cause != *cause) {
                withdraw(message, "the next digest tells what it would have told", proposal);
            }
        }
        let Some((cause, at)) = wanted else { return };
        let same: Vec<&Message> = digests.iter().copied().filter(|message| message.key.cause == cause).collect();
        if same.iter().any(|message| is_said(message)) {
            return;
        }
        let material = Material::default();
        let key = self.free_key((&cause, Stage::Digest, ""), &material, &same);
        let reason = format!("the digest of {}", cause.id());
        proposal.new.push(self.message(key, material, (at, at + DIGEST_FOR), reason));
    }

    fn out_of_quiet_hours(&self, not_after: DateTime<Utc>) -> DateTime<Utc> {
        let zone = self.zones.get(&self.contact.zone).ok();
        let end = self.policy.quiet.zip(zone).and_then(|(quiet, zone)| quiet.end_after(self.now, &zone));
        end.filter(|end| *end < not_after).unwrap_or(self.now)
    }

    /// The key, with `again-2`, `again-3`, … where earlier messages of that key were taken back.
    fn free_key(&self, (cause, stage, root): (&Cause, Stage, &str), material: &Material, same: &[&Message]) -> Key {
        let (cause, contact, material) = (cause.clone(), self.key.clone(), material.digest());
        let mut key = Key { cause, contact, stage, moment: root.to_owned(), material };
        let mut time = 1;
        while same.iter().any(|message| message.key == key) {
            time += 1;
            key.moment = if root.is_empty() { format!("again-{time}") } else { format!("{root}-again-{time}") };
        }
        key
    }

    fn message(
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
            planned_at: self.now,
            tries: 0,
            next_attempt_at: None,
            accepted_at: None,
            maybe_duplicate: false,
            refused_as: None,
        }
    }
}

/// Whether the reader has been told, is about to be, or cannot be.
fn is_said(message: &Message) -> bool {
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

/// Every alarm that holds, and has not for longer than anybody has to be told.
fn wanted(known: &StaffKnown<'_>, policy: &Policy, now: DateTime<Utc>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut add = |cause: Cause, alarm: Alarm, (since, not_after): (DateTime<Utc>, DateTime<Utc>), reason: String| {
        if since <= now && now < not_after {
            wanted.push(Wanted { cause, alarm, not_after, reason });
        }
    };
    let for_a_week = |since: DateTime<Utc>| (since, since + NEWS_FOR);
    for (outage, judged_at, verdicts) in known.verdicts {
        if let Some((alarm, reason)) = verdict(outage, verdicts) {
            add(Cause::Outage(outage.clone()), alarm, for_a_week(*judged_at), reason);
        }
    }
    for raised in &known.seen.raised {
        add(raised.cause.clone(), raised.alarm.clone(), for_a_week(raised.since), raised.reason.clone());
    }
    for (until, first, count) in known.seen.awaiting.iter() {
        let reason = format!("too late for {count} that wait for approval from {}", instant(first));
        let since = first - policy.staff.approval_ahead.length();
        add(day_of(until), Alarm::Approval { until }, (since, until.end()), reason);
    }
    for (until, first, count) in known.seen.missed.iter() {
        let reason = format!("it became too late for {count} from {} on", instant(first));
        add(day_of(until), Alarm::Missed { until }, for_a_week(first), reason);
    }
    for silence in known.silent {
        add(silence.cause.clone(), silence.alarm.clone(), for_a_week(silence.since), silence.words.clone());
    }
    for item in known.review.iter().filter(|item| item.reasons.iter().any(would_have_changed)) {
        let reason = format!("{} waits in review: it is older than what is known", item.notice);
        add(Cause::Notice(item.notice.clone()), Alarm::Stale, for_a_week(now), reason);
    }
    wanted
}

fn would_have_changed(reason: &Reason) -> bool {
    matches!(reason, Reason::Doubt(Doubt::StaleWouldChange { .. }))
}

fn verdict(outage: &OutageId, verdicts: &[Verdict]) -> Option<(Alarm, String)> {
    let mut not_yes: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.answer != Answer::Yes)
        .map(|verdict| (verdict.asset.clone(), verdict.kind))
        .collect();
    not_yes.sort();
    let (asset, kind) = not_yes.first()?;
    let more = if not_yes.len() > 1 { format!(" and {} more", not_yes.len() - 1) } else { String::new() };
    let reason = format!("{outage} is not excused: {asset} {kind}{more}");
    Some((Alarm::Verdict { verdicts: not_yes }, reason))
}

fn day_of(span: Interval) -> Cause {
    Cause::Day(DayId::of(span.start().date_naive()))
}
