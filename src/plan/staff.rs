//! Planning for the user's own people whatever maintenance it is about: what they must know at once, and their digest.

use chrono::{DateTime, TimeDelta, Utc};

use super::alarm::Alarm;
use super::alarms::{self, Counts, Desk, Reader, Wanted, is_planned_with_maintenance, is_said};
use super::draft::{NEWS_FOR, can_be_withdrawn, instant, withdraw};
use super::message::{Cause, Material, Message};
use super::now::Now;
use super::outage_mail::is_history;
use super::policy::Policy;
use super::proposal::Proposal;
use super::staff_policy::DIGEST_FOR;
use super::unsent::{TOGETHER, Unsent, quarters};
use crate::inventory::{Inventory, Stage};
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
    /// The messages to customers that wait for approval and those that missed their moment, of [`unsent_from_to`], as they are
    /// once what was planned is carried out.
    pub unsent: &'a Unsent,
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

/// The instants from the first of which on it must be known what was too late, and to the second of which what will be.
#[must_use]
pub fn unsent_from_to(policy: &Policy, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (now - NEWS_FOR - TOGETHER, now + policy.staff.approval_ahead.length() + TOGETHER)
}

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

/// The messages to staff that should exist and do not, and the pending ones that should not be sent any more, but for the
/// alarms of maintenances, which are planned with these.
///
/// As pure as [`propose`](super::propose()), and as quiet when it is asked twice.
#[must_use]
pub fn propose_staff(known: &StaffKnown<'_>, policy: &Policy, now: DateTime<Utc>) -> Proposal {
    let mut proposal = Proposal::default();
    let now = Now::new(now);
    let desk = Desk { inventory: known.inventory, zones: known.zones, policy, now: &now };
    let wanted = wanted(known, policy, now.at());
    let messages: Vec<&Message> =
        known.messages.iter().filter(|message| !is_planned_with_maintenance(message)).collect();
    alarms::propose(desk, wanted, &messages, (&mut Counts::new(), &mut proposal));
    for contact in &known.inventory.staff {
        let reader = Reader::new(contact, desk);
        let own: Vec<&Message> = messages.iter().copied().filter(|message| message.key.contact == reader.key).collect();
        reader.digest(&own, &mut proposal);
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
    let now = Now::new(now);
    let desk = Desk { inventory, zones, policy, now: &now };
    let readers = inventory.staff.iter().filter(|contact| contact.wants_as_staff(Stage::Alarm));
    readers.map(|contact| Reader::new(contact, desk).alarm(&wanted, &[])).collect()
}

/// Whether the verdicts on an outage can be news to staff: not of one that was over, and had begun long before, when it was
/// recorded.
#[must_use]
pub fn may_alarm(outage: &Outage) -> bool {
    !is_history(outage)
}

impl Reader<'_> {
    fn digest(&self, own: &[&Message], proposal: &mut Proposal) {
        let digests: Vec<&Message> = own.iter().copied().filter(|m| m.key.stage == Stage::Digest).collect();
        let zone = self.zones.get(&self.contact.zone).ok();
        let due = zone.and_then(|zone| Some((self.policy.staff.digest.last_at(self.now.at(), &zone)?, zone)));
        let due = due.filter(|(at, _)| self.contact.wants_as_staff(Stage::Digest) && self.now.at() < *at + DIGEST_FOR);
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
        let key = self.key_of((&cause, Stage::Digest, ""), &material, &same);
        let reason = format!("the digest of {}", cause.id());
        proposal.new.push(self.message(key, material, (at, at + DIGEST_FOR), reason));
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
    for (until, first, count) in quarters(&known.unsent.awaiting) {
        let reason = format!("too late for {count} that wait for approval from {}", instant(first));
        let since = first - policy.staff.approval_ahead.length();
        add(day_of(until), Alarm::Approval { until }, (since, until.end()), reason);
    }
    for (until, first, count) in quarters(&known.unsent.missed) {
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
