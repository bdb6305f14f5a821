//! Planning for the user's own people: what is known that they must be told.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::intake::SourceSeen;
use super::planning::STILL_NEWS;
use super::settings::App;
use super::standing::BrokenWindows;
use crate::inventory::Inventory;
use crate::names::{NoticeId, OutageId, SourceId, VendorId};
use crate::notice::{Doubt, Notice, Reason};
use crate::plan::{
    Alarm, Cause, Message, Proposal, STAFF_LEDGER, Silence, StaffKnown, Unsent, may_alarm, propose_staff, tell_staff,
    unsent_from_to,
};
use crate::store::{NoticeFilter, OutageFilter, ReviewFilter};
use crate::verdict::Verdict;

/// How long a source must have failed before staff are told: a server that restarts is back within minutes.
const UNREAD_FOR: TimeDelta = TimeDelta::hours(1);

/// Notices of a vendor by which its usual silence is told, and how many it takes at least.
const MEASURED: usize = 20;
const MEASURED_LEAST: usize = 5;

/// A vendor is unusually silent after this many times its longest silence among the notices measured, and after
/// [`SILENT_LEAST`] at the soonest: holidays are longer than a busy vendor's pauses.
const UNUSUAL: i32 = 3;
const SILENT_LEAST: TimeDelta = TimeDelta::days(21);

/// What planning for staff looks at, held together.
struct Gathered {
    verdicts: Vec<(OutageId, DateTime<Utc>, Vec<Verdict>)>,
    review: Vec<crate::notice::ReviewItem>,
    silent: Vec<Silence>,
    messages: Vec<Message>,
}

impl App {
    /// Which messages to staff should exist at `now` and which should not, once a round has been carried out that
    /// makes `unsent` of the messages that wait for approval or missed their moment.
    pub(super) fn staff_proposal(
        &self,
        inventory: &Inventory,
        unsent: &Unsent,
        broken: &[BrokenWindows],
        now: DateTime<Utc>,
    ) -> Result<Proposal, AppError> {
        // Nobody to tell, and nobody who was told: nothing is looked at.
        let messages = self.store.messages_to_staff(now - STAFF_LEDGER)?;
        if inventory.staff.is_empty() && messages.is_empty() {
            return Ok(Proposal::default());
        }
        let gathered = self.gather(inventory, messages, broken, now)?;
        let (from, to) = unsent_from_to(&self.settings.config.policy, now);
        let mut known_unsent = self.store.unsent(from, to)?;
        known_unsent.add(unsent);
        let known = StaffKnown {
            inventory,
            zones: &self.settings.zones,
            unsent: &known_unsent,
            verdicts: &gathered.verdicts,
            review: &gathered.review,
            silent: &gathered.silent,
            messages: &gathered.messages,
        };
        Ok(propose_staff(&known, &self.settings.config.policy, now))
    }

    fn gather(
        &self,
        inventory: &Inventory,
        mut messages: Vec<Message>,
        broken: &[BrokenWindows],
        now: DateTime<Utc>,
    ) -> Result<Gathered, AppError> {
        let mut verdicts = Vec::new();
        let outages = self.store.outages(OutageFilter::OpenOrRecordedAfter(now - STILL_NEWS))?;
        for outage in outages.iter().filter(|outage| may_alarm(outage)) {
            let seen = self.outage_seen(outage.id.as_str())?.verdicts;
            let judged = self.store.verdicts(&outage.id)?;
            let at = judged.iter().filter(|judged| seen.contains(&judged.verdict)).map(|judged| judged.judged_at).max();
            verdicts.extend(at.map(|at| (outage.id.clone(), at, seen)));
        }
        let mut review = self.store.review(ReviewFilter::Open)?;
        review.retain(|item| {
            item.reasons.iter().any(|reason| matches!(reason, Reason::Doubt(Doubt::StaleWouldChange { .. })))
        });
        let mut silent = self.silences(inventory, now)?;
        silent.extend(broken.iter().filter_map(|broken| unusable(broken, now)));
        let causes: Vec<Cause> = silent
            .iter()
            .map(|silence| silence.cause.clone())
            .chain(review.iter().map(|item| Cause::Notice(item.notice.clone())))
            .collect();
        messages.extend(self.store.messages_of_causes(&causes)?.into_iter().flatten());
        let mut told = BTreeSet::new();
        messages.retain(|message| message.to.customer.is_none() && told.insert(message.id.clone()));
        Ok(Gathered { verdicts, review, silent, messages })
    }

    /// Sources that cannot be read, and sources and vendors of which nothing comes.
    fn silences(&self, inventory: &Inventory, now: DateTime<Utc>) -> Result<Vec<Silence>, AppError> {
        let mut silent = Vec::new();
        for seen in self.sources_seen(now)? {
            silent.extend(silence_of(&seen, now));
        }
        // What is not read is not heard of: that is told already, and no vendor is to blame.
        let is_unread = |silence: &Silence| match silence.alarm {
            Alarm::Unread { .. } => true,
            Alarm::Verdict { .. }
            | Alarm::Overrun { .. }
            | Alarm::EarlyStart { .. }
            | Alarm::Approval { .. }
            | Alarm::Missed { .. }
            | Alarm::Quiet { .. }
            | Alarm::Windows { .. }
            | Alarm::Stale
            | Alarm::Unsubscribe => false,
        };
        if self.settings.config.sources.is_empty() || silent.iter().any(is_unread) {
            return Ok(silent);
        }
        for vendor in inventory.vendors.keys() {
            let filter = NoticeFilter { vendor: Some(vendor.clone()), limit: Some(MEASURED), ..Default::default() };
            silent.extend(silence_of_vendor(vendor, &self.store.notices(&filter)?, now));
        }
        Ok(silent)
    }

    /// The messages that tell staff of somebody who asked for no more mail.
    pub(super) fn tell_of_unsubscribing(&self, notice: &Notice, now: DateTime<Utc>) -> Result<Vec<Message>, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Vec::new()) };
        let who = notice.from.as_deref().unwrap_or("somebody");
        let reason = format!("{who} asked for no more mail");
        let about = (&Cause::Notice(notice.id.clone()), &Alarm::Unsubscribe, reason.as_str());
        let known = (version.inventory.as_ref(), &*self.settings.zones);
        Ok(tell_staff(known, &self.settings.config.policy, about, now))
    }

    /// The notice of an id that a message is about.
    pub(super) fn notice_told_of(&self, id: &NoticeId) -> Result<Option<Notice>, AppError> {
        Ok(self.store.notice(id.as_str())?.filter(|notice| notice.id == *id))
    }
}

/// That a file of standing windows cannot be used, for as long as it cannot.
fn unusable(broken: &BrokenWindows, now: DateTime<Utc>) -> Option<Silence> {
    let cause = Cause::Source(SourceId::new(&broken.file).ok()?);
    let alarm = Alarm::Windows { wrong: broken.what.clone() };
    Some(Silence { cause, alarm, since: now, words: broken.to_string() })
}

fn silence_of(seen: &SourceSeen, now: DateTime<Utc>) -> Option<Silence> {
    let cause = Cause::Source(SourceId::new(&seen.config.name).ok()?);
    let state = seen.state.as_ref()?;
    let words = seen.wrong().join("; ");
    if state.error.is_some() {
        let since = state.complete_at;
        let from = since.map_or(state.tried_at.unwrap_or(now), |at| at + UNREAD_FOR);
        return Some(Silence { cause, alarm: Alarm::Unread { since }, since: from, words });
    }
    let quiet = seen.quiet_for?;
    let alarm = Alarm::Quiet { since: now - quiet };
    Some(Silence { cause, alarm, since: now - quiet + seen.config.quiet_after, words })
}

/// `notices` are the vendor's newest, newest first.
fn silence_of_vendor(vendor: &VendorId, notices: &[Notice], now: DateTime<Utc>) -> Option<Silence> {
    let newest = notices.first()?.received.at;
    if notices.len() < MEASURED_LEAST {
        return None;
    }
    let longest = notices.windows(2).map(|pair| pair[0].received.at - pair[1].received.at).max()?;
    let usual = (longest * UNUSUAL).max(SILENT_LEAST);
    let since = newest.checked_add_signed(usual).filter(|since| *since <= now)?;
    let words = format!(
        "nothing has come from {vendor} for {} d, and its longest silence before was {} d",
        (now - newest).num_days(),
        longest.num_days()
    );
    Some(Silence { cause: Cause::Vendor(vendor.clone()), alarm: Alarm::Quiet { since: newest }, since, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Digest;
    use crate::notice::{Channel, Received, ReceivedBy};

    /// Notices received so many days ago, newest first.
    fn received(days: &[i64], now: DateTime<Utc>) -> Vec<Notice> {
        let notice = |(number, days): (usize, &i64)| {
            let sha256 = Digest::of(&number.to_be_bytes());
            let at = now - TimeDelta::days(*days);
            Notice {
                id: Notice::id_of(&sha256),
                sha256,
                bytes: 8,
                received: Received { at, by: ReceivedBy::Option, forwarded: false },
                imported_at: at,
                channel: Channel::Mail,
                source: "test".into(),
                message_id: None,
                sent_at: None,
                from: None,
                subject: None,
                baseline: false,
                authentication: None,
            }
        };
        days.iter().enumerate().map(notice).collect()
    }

    #[track_caller]
    fn check(days: &[i64], expected: Option<i64>) {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(10_000);
        let vendor = VendorId::new("dc").expect("an id");
        let silence = silence_of_vendor(&vendor, &received(days, now), now);
        assert_eq!(silence.map(|silence| (now - silence.since).num_days()), expected, "{days:?}");
    }

    #[test]
    fn a_vendor_is_silent_after_three_times_its_longest_silence() {
        check(&[30, 40, 50, 60], None);
        check(&[29, 40, 50, 60, 70], None);
        check(&[33, 40, 50, 60, 70], Some(3));
        // Of a busy vendor no pause shorter than three weeks is unusual.
        check(&[20, 21, 22, 23, 24], None);
        check(&[21, 22, 23, 24, 25], Some(0));
        check(&[100, 160, 170, 180, 190], None);
        check(&[], None);
    }
}
