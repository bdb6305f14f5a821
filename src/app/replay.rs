//! Replay: stored notices read again with today's profiles, shown before it is applied.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::ledger::Ledger;
use super::record::add_proposal;
use super::settings::App;
use super::weigh::{Effect, Weigh, Weighed, Word};
use crate::maintenance::{Cause, Change, Maintenance};
use crate::names::{MaintenanceId, NoticeId, Reference, VendorId};
use crate::notice::{
    Channel, Doubt, FieldChange, Notice, Reading, Reason, ReviewItem, ReviewState, Settled, differences,
};
use crate::plan::Proposal;
use crate::store::{Changes, LogEntry, NewReading, NoticeCursor, NoticePage, ReviewFilter};

/// How many notices are taken from the store at a time: their mails are held in memory one by one.
const PAGE: usize = 500;

/// How many notices are written in one transaction: what one commit costs is spread over them, and others wait for
/// parts of a second at most.
const BATCH: usize = 200;

/// What to read again.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// Only notices that speak of this vendor, as read before or as read now.
    pub vendor: Option<VendorId>,
    /// Only notices received then or later.
    pub since: Option<DateTime<Utc>>,
    /// What becomes of decisions that people made.
    pub decisions: Decisions,
    /// Who asks for it.
    pub by: String,
}

/// What becomes of decisions that people made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decisions {
    /// They stay.
    Kept,
    /// They give way to what is read now.
    GiveWay,
}

/// A notice that is read otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Which.
    pub notice: NoticeId,
    /// When the user's side had it: what it says counts from then.
    pub received_at: DateTime<Utc>,
    /// What differs.
    pub fields: Vec<FieldChange>,
    /// What it does.
    pub effects: Vec<Effect>,
    /// Why it waited.
    pub waited: Vec<String>,
    /// Why it waits now.
    pub waits: Vec<String>,
}

/// A notice that is left as it is although it is read otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// Which.
    pub notice: NoticeId,
    /// When the user's side had it.
    pub received_at: DateTime<Utc>,
    /// Why it is left.
    pub why: String,
}

/// What becomes of one maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MaintenanceChange {
    /// Which.
    pub maintenance: MaintenanceId,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// `opened`, `changed`, `taken back`, or `reread` where nothing that a customer sees differs.
    pub what: &'static str,
    /// What a customer would see of it.
    pub changes: Vec<Change>,
}

/// What reading again does, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReplayReport {
    /// How many notices were read.
    pub read: usize,
    /// Those read otherwise than before, in the order they came.
    pub replayed: Vec<Replayed>,
    /// Those read otherwise and left as they are.
    pub left_alone: Vec<LeftAlone>,
    /// What becomes of maintenances.
    pub maintenances: Vec<MaintenanceChange>,
    /// Messages planned because of it.
    pub messages: usize,
    /// Messages taken back because of it.
    pub withdrawn: usize,
    /// Whether it was done.
    pub applied: bool,
}

/// A notice to be read otherwise.
struct Anew {
    notice: Notice,
    before: Reading,
    reading: Reading,
}

/// What one unit of work came to.
#[derive(Default)]
struct Done {
    replayed: Vec<Replayed>,
    /// Each maintenance as it stood before, and as it stands.
    maintenances: BTreeMap<MaintenanceId, (Option<Maintenance>, Maintenance)>,
    readings: Vec<NewReading>,
    review: Vec<ReviewItem>,
    log: Vec<LogEntry>,
}

impl App {
    /// What reading stored notices again would do; stores nothing. `told` hears how many were read so far.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn replay_preview(
        &self,
        options: &ReplayOptions,
        told: &mut dyn FnMut(usize),
        now: DateTime<Utc>,
    ) -> Result<ReplayReport, AppError> {
        let (mut report, anew) = self.read_again(options, told)?;
        let mut ledger = Ledger::new(self)?;
        let done = self.replay_all(&mut ledger, &anew, options, now)?;
        let proposal = self.proposal_for(&ledger.into_changed(), now)?;
        report.take(done, &proposal);
        Ok(report)
    }

    /// Reads stored notices again and records what they say now, in batches, the messages planned with the last of them:
    /// so that all that they cause counts together for the guard against sending too many at once. Ended in between, it
    /// goes on when it is done again; `send` plans what is left.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`]; the batches before stay.
    pub fn replay(
        &mut self,
        options: &ReplayOptions,
        told: &mut dyn FnMut(usize),
        now: DateTime<Utc>,
    ) -> Result<ReplayReport, AppError> {
        let (mut report, anew) = self.read_again(options, told)?;
        let mut touched: Vec<MaintenanceId> = Vec::new();
        let batches = anew.len().div_ceil(BATCH);
        for (batch, number) in anew.chunks(BATCH).zip(1..) {
            let (done, proposal) = self.transact(now, |app| {
                let mut ledger = Ledger::new(app)?;
                let done = app.replay_all(&mut ledger, batch, options, now)?;
                let mut touching = ledger.into_changed();
                let mut changes = done.changes(touching.clone());
                if number < batches {
                    return Ok((changes, (done, Proposal::default())));
                }
                for id in touched.iter().filter(|id| !done.maintenances.contains_key(*id)) {
                    touching.extend(app.store.maintenance(id.as_str())?);
                }
                let proposal = app.proposal_for(&touching, now)?;
                add_proposal(&mut changes, proposal.clone());
                Ok((changes, (done, proposal)))
            })?;
            touched.extend(done.maintenances.keys().cloned());
            report.take(done, &proposal);
        }
        report.applied = true;
        Ok(report)
    }

    /// Reads all that is asked for, and keeps what is read otherwise than before.
    fn read_again(
        &self,
        options: &ReplayOptions,
        told: &mut dyn FnMut(usize),
    ) -> Result<(ReplayReport, Vec<Anew>), AppError> {
        let items = self.store.review(ReviewFilter::All)?;
        let items: BTreeMap<&NoticeId, &ReviewItem> = items.iter().map(|item| (&item.notice, item)).collect();
        let (mut report, mut anew) = (ReplayReport::default(), Vec::new());
        let mut after = NoticeCursor::Since(options.since.unwrap_or(DateTime::<Utc>::MIN_UTC));
        loop {
            let page = self.store.notices_from(&NoticePage { after, limit: PAGE })?;
            let Some(last) = page.last() else { return Ok((report, anew)) };
            after = NoticeCursor::Notice(Box::new(last.clone()));
            for notice in page.into_iter().filter(|notice| notice.channel != Channel::Typed) {
                let Some(found) = self.read_one(notice, options)? else { continue };
                report.read += 1;
                told(report.read);
                if found.before.says_the_same(&found.reading) {
                    continue;
                }
                let item = items.get(&found.notice.id).copied();
                match self.left_alone(&found, item, options.decisions)? {
                    Some(why) => {
                        let (notice, received_at) = (found.notice.id, found.notice.received.at);
                        report.left_alone.push(LeftAlone { notice, received_at, why });
                    }
                    None => anew.push(found),
                }
            }
        }
    }

    /// A notice as it is read today; none when it is not asked for.
    fn read_one(&self, notice: Notice, options: &ReplayOptions) -> Result<Option<Anew>, AppError> {
        let raw = self.store.raw(&notice.id)?.unwrap_or_default();
        let reading = self.settings.read_stored(&notice, &raw);
        let Some(before) = self.store.reading(&notice.id)? else { return Ok(None) };
        let speaks = |vendor: &VendorId| speaks_of(&before, vendor) || speaks_of(&reading, vendor);
        let wanted = options.vendor.as_ref().is_none_or(speaks);
        Ok(wanted.then_some(Anew { notice, before, reading }))
    }

    /// Why a notice is left as it is: a person decided it, or what counts of it would be lost to a reading in doubt.
    fn left_alone(
        &self,
        anew: &Anew,
        item: Option<&ReviewItem>,
        decisions: Decisions,
    ) -> Result<Option<String>, AppError> {
        if let Some(item) = item.filter(|item| item.state.is_decided() && decisions == Decisions::Kept) {
            let by = item.settled.as_ref().map(|settled| format!(" by {}", settled.by)).unwrap_or_default();
            return Ok(Some(format!("it was {}{by}", item.state)));
        }
        let counts = self.store.maintenances_of_notice(&anew.notice.id)?;
        if !counts.iter().any(|m| m.standing().any(|revision| revision.notice == anew.notice.id)) {
            return Ok(None);
        }
        Ok(match &anew.reading {
            Reading::Unreadable { why, .. } => Some(format!("today's profiles cannot read it: {why}")),
            Reading::Irrelevant { .. } => None,
            Reading::Understood { announcements } => {
                let ledger = Ledger::new(self)?;
                let doubt = announcements.iter().find_map(|said| {
                    said.doubts.first().cloned().or_else(|| ledger.not_authentic(&anew.notice, &said.vendor))
                });
                doubt.map(|doubt| format!("today's profiles read it in doubt: {doubt}"))
            }
        })
    }

    /// What these notices say now, one after the other.
    fn replay_all(
        &self,
        ledger: &mut Ledger<'_>,
        anew: &[Anew],
        options: &ReplayOptions,
        now: DateTime<Utc>,
    ) -> Result<Done, AppError> {
        let mut done = Done::default();
        for found in anew {
            let item = self.store.review_of(&found.notice.id)?;
            // Somebody may have decided it since it was read.
            if self.left_alone(found, item.as_ref(), options.decisions)?.is_some() {
                continue;
            }
            let waiting =
                item.filter(|item| item.state == ReviewState::Open || options.decisions == Decisions::GiveWay);
            let weigh = Weigh {
                notice: &found.notice,
                reading: &found.reading,
                cause: Cause::Reread,
                word: Word::AsRead,
                reasons: still_holding(waiting.as_ref(), &found.reading),
            };
            let weighed = weigh.into(ledger, now)?;
            done.take(found, waiting, weighed, (&options.by, now));
        }
        Ok(done)
    }
}

fn speaks_of(reading: &Reading, vendor: &VendorId) -> bool {
    match reading {
        Reading::Understood { announcements } => announcements.iter().any(|said| said.vendor == *vendor),
        Reading::Unreadable { vendor: of, .. } => of.as_ref() == Some(vendor),
        Reading::Irrelevant { .. } => false,
    }
}

/// The reasons that reading a notice again cannot settle: they are about how it came, not about its words.
fn still_holding(waiting: Option<&ReviewItem>, reading: &Reading) -> Vec<Reason> {
    let about_coming = |reason: &&Reason| match reason {
        Reason::Doubt(Doubt::SameMessageIdOtherContent) => true,
        Reason::Doubt(doubt) => doubt.is_about_order() && !reading.announcements().is_empty(),
        Reason::Unreadable(_) | Reason::Generic | Reason::Told(_) => false,
    };
    waiting.map(|item| item.reasons.iter().filter(about_coming).cloned().collect()).unwrap_or_default()
}

impl Done {
    fn take(&mut self, found: &Anew, waiting: Option<ReviewItem>, weighed: Weighed, (by, now): (&str, DateTime<Utc>)) {
        let (notice, reading) = (&found.notice, found.reading.clone());
        let fields = differences(&found.before, &reading);
        let waits = !weighed.reasons.is_empty();
        let words = |reasons: &[Reason]| reasons.iter().map(ToString::to_string).collect::<Vec<_>>();
        let open = waiting.as_ref().filter(|item| item.state == ReviewState::Open);
        let waited = open.map(|item| words(&item.reasons)).unwrap_or_default();
        if waits {
            self.review.push(weighed.item(notice, ReviewState::Open, None));
        } else if let Some(item) = waiting {
            let settled = Some(Settled { by: by.to_owned(), at: now, words: Some("read again".into()) });
            let vendor = weighed.item(notice, ReviewState::Cleared, None).vendor;
            self.review.push(ReviewItem { state: ReviewState::Cleared, vendor, settled, ..item });
        }
        for (before, after) in &weighed.changed {
            let known = self.maintenances.entry(after.id.clone());
            known.or_insert_with(|| (before.clone(), after.clone())).1.clone_from(after);
        }
        let (id, who) = (notice.id.clone(), by.to_owned());
        let what = format!("read again: {} fields differ", fields.len());
        self.log.push(LogEntry { at: now, who: who.clone(), what, subject: id.to_string() });
        self.readings.push(NewReading { notice: id.clone(), read_at: now, who, reading });
        self.replayed.push(Replayed {
            notice: id,
            received_at: notice.received.at,
            fields,
            waits: words(&weighed.reasons),
            effects: weighed.effects,
            waited,
        });
    }

    fn changes(&self, maintenances: Vec<Maintenance>) -> Changes {
        let (readings, review, log) = (self.readings.clone(), self.review.clone(), self.log.clone());
        Changes { readings, maintenances, review, log, ..Changes::default() }
    }
}

impl ReplayReport {
    fn take(&mut self, done: Done, proposal: &Proposal) {
        self.replayed.extend(done.replayed);
        self.maintenances
            .extend(done.maintenances.into_values().map(|(before, after)| change(before.as_ref(), &after)));
        self.messages += proposal.new.len();
        self.withdrawn += proposal.withdrawn.len();
    }
}

fn change(before: Option<&Maintenance>, after: &Maintenance) -> MaintenanceChange {
    let stood = |maintenance: &Maintenance| maintenance.standing().next().is_some();
    let changes = before.map(|before| after.changes_since(before)).unwrap_or_default();
    let what = match before {
        None => "opened",
        Some(before) if !stood(before) && stood(after) => "opened",
        Some(before) if stood(before) && !stood(after) => "taken back",
        Some(_) if changes.is_empty() => "reread",
        Some(_) => "changed",
    };
    MaintenanceChange {
        maintenance: after.id.clone(),
        vendor: after.identity.vendor.clone(),
        reference: after.identity.reference.clone(),
        what,
        changes,
    }
}
