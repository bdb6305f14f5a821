//! Recording what a notice said: identity, revisions, review and planned messages in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::settings::App;
use crate::maintenance::{Cause as RevisionCause, Maintenance, Revised, Revision, revise};
use crate::names::{AssetId, CustomerId, MaintenanceId, NoticeId, Reference, VendorId};
use crate::notice::{Announcement, Channel, Doubt, Message, Notice, Reading, ReviewItem, ReviewState, read};
use crate::plan::Proposal;
use crate::store::{Changes, Generation, LogEntry, NewNotice, ReviewFilter, StoreError, Withdrawal, Withdrawn};
use crate::time::{RulesOrigin, RulesVersion};

#[cfg(test)]
mod tests;

/// How often a unit of work is computed again because somebody else wrote in between.
pub(super) const MAX_TRIES: u32 = 20;

/// With how many of the newest notices of one Message-ID a new one is compared: two or three are common where a mail
/// comes by several ways, and a sender who repeats one id for ever must not make each import slower than the last.
const MAX_COMPARED: usize = 16;

/// What one announcement did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The maintenance; none when the announcement waits in review.
    pub maintenance: Option<MaintenanceId>,
    /// The vendor's reference.
    pub reference: Reference,
    /// `opened`, `changed`, `repeated`, `stale`, `review`.
    pub what: &'static str,
    /// The assets it touches worse than NO-IMPACT, as it stands now.
    pub assets: Vec<AssetId>,
    /// The customers who use them.
    pub customers: Vec<CustomerId>,
    /// The vendor's names in force that match nothing in the inventory: nobody is told about those.
    pub unmatched: Vec<String>,
}

/// What recording one notice did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Recorded {
    /// The notice it repeats: its bytes, or its Message-ID and reading, were known already.
    pub(super) repeats: Option<NoticeId>,
    pub(super) effects: Vec<Effect>,
    /// Why it waits in review, when it does.
    pub(super) review: Vec<String>,
    pub(super) messages: usize,
    /// Messages that were planned before and are taken back because of it.
    pub(super) withdrawn: usize,
}

impl App {
    /// Records a notice with its reading, and plans what follows from it, in one transaction.
    pub(super) fn record(
        &mut self,
        notice: &Notice,
        raw: &[u8],
        reading: &Reading,
        now: DateTime<Utc>,
    ) -> Result<Recorded, AppError> {
        self.transact(now, |app| {
            if let Some(known) = app.known_already(notice, reading)? {
                return Ok((Changes::default(), known));
            }
            let mut intake = Intake::default();
            intake.same_id_other_content(app, notice)?;
            intake.read(app, notice, reading, now)?;
            let proposal = app.proposal_for(&intake.maintenances, now)?;
            let recorded = Recorded {
                repeats: None,
                effects: intake.effects.clone(),
                review: intake.reasons.clone(),
                messages: proposal.new.len(),
                withdrawn: proposal.withdrawn.len(),
            };
            let mut changes = intake.into_changes(notice, raw, reading, now);
            add_proposal(&mut changes, proposal);
            Ok((changes, recorded))
        })
    }

    /// Does several units of work of which all are kept or none.
    pub(super) fn together<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, AppError>) -> Result<T, AppError> {
        self.store.begin()?;
        match work(self) {
            Ok(done) => {
                self.store.keep()?;
                Ok(done)
            }
            Err(error) => {
                self.store.undo()?;
                Err(error)
            }
        }
    }

    /// Computes changes from what is known and writes them; computes again when somebody else wrote in between.
    pub(super) fn transact<T>(
        &mut self,
        now: DateTime<Utc>,
        compute: impl Fn(&Self) -> Result<(Changes, T), AppError>,
    ) -> Result<T, AppError> {
        for _ in 0..MAX_TRIES {
            let generation: Generation = self.store.generation()?;
            let (changes, answer) = compute(self)?;
            if changes == Changes::default() {
                return Ok(answer);
            }
            match self.store.commit(generation, &changes, now) {
                Ok(_) => return Ok(answer),
                Err(error) if error.is_stale() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended { tries: MAX_TRIES })
    }

    /// Equal bytes, or an equal Message-ID with an equal reading, are the same notice again (DESIGN.md section 5).
    ///
    /// What could not be read tells nothing about what it says, so only equal bytes repeat it.
    fn known_already(&self, notice: &Notice, reading: &Reading) -> Result<Option<Recorded>, StoreError> {
        if let Some(earlier) = self.store.notice_by_digest(&notice.sha256)? {
            return self.repeats(earlier.id).map(Some);
        }
        let Some(message_id) = &notice.message_id else { return Ok(None) };
        for earlier in self.store.notices_by_message_id(message_id)?.into_iter().rev().take(MAX_COMPARED) {
            let known = self.store.reading(&earlier.id)?;
            if known.is_some_and(|known| says_the_same(&known, reading)) || self.reads_the_same(&earlier, reading)? {
                return self.repeats(earlier.id).map(Some);
            }
        }
        Ok(None)
    }

    /// What a notice that is known already does: nothing; it may still wait in review.
    fn repeats(&self, earlier: NoticeId) -> Result<Recorded, StoreError> {
        let open = self.store.review(ReviewFilter::Open)?;
        let review = open.into_iter().find(|item| item.notice == earlier).map(|item| item.reasons);
        Ok(Recorded { repeats: Some(earlier), review: review.unwrap_or_default(), ..Recorded::default() })
    }

    /// Whether an earlier notice would be read as this one by the profiles and zone rules of today: those it was read by
    /// then may have been others.
    fn reads_the_same(&self, earlier: &Notice, reading: &Reading) -> Result<bool, StoreError> {
        let raw = self.store.raw(&earlier.id)?.unwrap_or_default();
        let again = Message::parse(&raw).map(|message| read(&message, &self.settings.reader()));
        Ok(again.is_ok_and(|again| says_the_same(&again, reading)))
    }
}

/// Whether two readings say the same, wherever in the message it stood and by whichever release of the zone rules.
fn says_the_same(one: &Reading, other: &Reading) -> bool {
    let said = |reading: &Reading| match reading {
        Reading::Understood { announcements } => Some(announcements.iter().map(content).collect::<Vec<_>>()),
        Reading::Irrelevant { .. } => Some(Vec::new()),
        Reading::Unreadable { .. } => None,
    };
    said(one).is_some_and(|said_by_one| said(other) == Some(said_by_one))
}

/// What an announcement says, without where it was read.
fn content(announcement: &Announcement) -> Announcement {
    let mut content = Announcement { sources: Vec::new(), ..announcement.clone() };
    for window in &mut content.windows {
        window.rules = RulesVersion { origin: RulesOrigin::Embedded, release: None };
    }
    content
}

/// Adds what planning proposes to a unit of work.
pub(super) fn add_proposal(changes: &mut Changes, proposal: Proposal) {
    use crate::plan::MessageState;
    changes.messages.extend(proposal.new);
    changes.withdrawals.extend(proposal.withdrawn.into_iter().map(|withdrawal| Withdrawal {
        message: withdrawal.id,
        to: match withdrawal.to {
            MessageState::Suppressed => Withdrawn::Suppressed,
            MessageState::Cancelled => Withdrawn::Cancelled,
            MessageState::Skipped
            | MessageState::Planned
            | MessageState::AwaitingApproval
            | MessageState::Held
            | MessageState::Leased
            | MessageState::Accepted
            | MessageState::Failed
            | MessageState::Bounced => Withdrawn::Skipped,
        },
        reason: withdrawal.reason,
    }));
}

/// Whether a notice's Message-ID came before with other content: then all that it says waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum MessageIdSeen {
    #[default]
    No,
    WithOtherContent,
}

/// What one notice brings, gathered before it is written.
#[derive(Default)]
struct Intake {
    maintenances: Vec<Maintenance>,
    effects: Vec<Effect>,
    reasons: Vec<String>,
    vendors: BTreeSet<VendorId>,
    message_id: MessageIdSeen,
}

impl Intake {
    fn same_id_other_content(&mut self, app: &App, notice: &Notice) -> Result<(), StoreError> {
        let Some(message_id) = &notice.message_id else { return Ok(()) };
        if !app.store.notices_by_message_id(message_id)?.is_empty() {
            self.message_id = MessageIdSeen::WithOtherContent;
            self.doubt([Doubt::SameMessageIdOtherContent]);
        }
        Ok(())
    }

    fn read(&mut self, app: &App, notice: &Notice, reading: &Reading, now: DateTime<Utc>) -> Result<(), AppError> {
        match reading {
            Reading::Irrelevant { .. } => {}
            Reading::Unreadable { why, vendor } => {
                self.vendors.extend(vendor.clone());
                self.reasons.push(why.to_string());
            }
            Reading::Understood { announcements } => {
                let inventory = app.store.inventory_latest()?.map(|version| version.inventory).unwrap_or_default();
                for announcement in announcements {
                    let vendor = inventory.vendor_named(&announcement.vendor).unwrap_or(&announcement.vendor).clone();
                    self.announcement(app, notice, &Announcement { vendor, ..announcement.clone() }, now)?;
                }
            }
        }
        Ok(())
    }

    /// An announcement with doubts waits in review and changes nothing; any other makes a revision.
    fn announcement(
        &mut self,
        app: &App,
        notice: &Notice,
        announcement: &Announcement,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        self.vendors.insert(announcement.vendor.clone());
        if !announcement.doubts.is_empty() || self.message_id == MessageIdSeen::WithOtherContent {
            self.wait(announcement, announcement.doubts.clone());
            return Ok(());
        }
        let known = self.known(app, announcement)?;
        let (maintenance, what, doubts) = match revise(&known, revision(notice, announcement.clone(), now)) {
            Revised::Opened(maintenance) => (maintenance, "opened", Vec::new()),
            Revised::Changed { maintenance, doubts, .. } => (maintenance, "changed", doubts),
            Revised::Repeated(maintenance) => (maintenance, "repeated", Vec::new()),
            Revised::Stale { maintenance, doubts } => (maintenance, "stale", doubts),
            Revised::Unassigned => {
                self.wait(announcement, [Doubt::SeveralAccounts]);
                return Ok(());
            }
        };
        self.doubt(doubts);
        self.doubt(unknown_vendor(app, &announcement.vendor)?);
        self.effects.push(app.effect(&maintenance, announcement.reference.clone(), what)?);
        self.maintenances.retain(|other| other.id != maintenance.id);
        self.maintenances.push(maintenance);
        Ok(())
    }

    /// Something that a person must look at, told once.
    fn doubt(&mut self, doubts: impl IntoIterator<Item = Doubt>) {
        for doubt in doubts.into_iter().map(|doubt| doubt.to_string()) {
            if !self.reasons.contains(&doubt) {
                self.reasons.push(doubt);
            }
        }
    }

    fn wait(&mut self, announcement: &Announcement, doubts: impl IntoIterator<Item = Doubt>) {
        self.doubt(doubts);
        let reference = announcement.reference.clone();
        let (assets, customers, unmatched) = (Vec::new(), Vec::new(), Vec::new());
        self.effects.push(Effect { maintenance: None, reference, what: "review", assets, customers, unmatched });
    }

    /// The maintenances this announcement could belong to: those of the store, and those of the same notice.
    fn known(&self, app: &App, announcement: &Announcement) -> Result<Vec<Maintenance>, StoreError> {
        let references = [Some(&announcement.reference), announcement.replaces.as_ref()];
        let mut known = self.maintenances.clone();
        for reference in references.into_iter().flatten() {
            for maintenance in app.store.maintenances_with_reference(&announcement.vendor, &reference.folded())? {
                if known.iter().all(|other| other.id != maintenance.id) {
                    known.push(maintenance);
                }
            }
        }
        Ok(known)
    }

    fn into_changes(self, notice: &Notice, raw: &[u8], reading: &Reading, now: DateTime<Utc>) -> Changes {
        let log = LogEntry {
            at: now,
            who: who(notice).to_owned(),
            what: match notice.channel {
                Channel::Typed => "typed a notice".to_owned(),
                Channel::Mail | Channel::Calendar | Channel::Api => format!("imported a notice from {}", notice.source),
            },
            subject: notice.id.to_string(),
        };
        let review = (!self.reasons.is_empty()).then(|| ReviewItem {
            notice: notice.id.clone(),
            received_at: notice.received.at,
            // A notice about several vendors could concern any of them.
            vendor: self.vendors.first().filter(|_| self.vendors.len() == 1).cloned(),
            reasons: self.reasons,
            state: ReviewState::Open,
        });
        Changes {
            notices: vec![NewNotice { notice: notice.clone(), raw: raw.to_vec(), reading: reading.clone() }],
            maintenances: self.maintenances,
            review: review.into_iter().collect(),
            log: vec![log],
            ..Changes::default()
        }
    }
}

/// The doubt about a vendor that neither the inventory nor any profile knows. What it announced is kept and concerns
/// nothing; most often the inventory calls the vendor something else. With no inventory there is nothing to be missing in.
fn unknown_vendor(app: &App, vendor: &VendorId) -> Result<Option<Doubt>, StoreError> {
    if app.settings.profiles.get(vendor).is_some() {
        return Ok(None);
    }
    let inventory = app.store.inventory_latest()?.map(|version| version.inventory);
    let is_missing = inventory.is_some_and(|inventory| !inventory.vendors.contains_key(vendor));
    Ok(is_missing.then(|| Doubt::UnknownVendor { vendor: vendor.to_string() }))
}

fn who(notice: &Notice) -> &str {
    match notice.channel {
        Channel::Typed => &notice.source,
        Channel::Mail | Channel::Calendar | Channel::Api => "import",
    }
}

fn revision(notice: &Notice, announcement: Announcement, now: DateTime<Utc>) -> Revision {
    Revision {
        number: 0,
        cause: match notice.channel {
            Channel::Typed => RevisionCause::Typed,
            Channel::Mail | Channel::Calendar | Channel::Api => RevisionCause::Notice,
        },
        notice: notice.id.clone(),
        rereads: None,
        received: notice.received,
        recorded_at: now,
        sent_at: notice.sent_at,
        baseline: notice.baseline,
        announcement,
    }
}
