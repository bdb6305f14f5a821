//! Recording what a notice said: identity, revisions, review and planned messages in one transaction.

use chrono::{DateTime, Utc};

use super::error::AppError;
use super::ledger::Ledger;
use super::settings::App;
use super::unjudged::{Owed, Unjudged};
use super::weigh::{Effect, Weigh, Word, first_cause};
use crate::names::NoticeId;
use crate::notice::{Authentication, Channel, Doubt, Irrelevant, Notice, Reading, Reason, ReviewState};
use crate::plan::{Cause, Proposal};
use crate::store::{Changes, Generation, Judging, LogEntry, NewNotice, StoreError, Withdrawal, Withdrawn};

#[cfg(test)]
mod tests;

/// How often a unit of work is computed again because somebody else wrote in between.
pub(super) const MAX_TRIES: u32 = 20;

/// With how many of the newest notices of one Message-ID a new one is compared: two or three are common where a mail
/// comes by several ways, and a sender who repeats one id for ever must not make each import slower than the last.
const MAX_COMPARED: usize = 16;

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
            let mut ledger = Ledger::new(app)?;
            let reasons = app.same_id_other_content(notice)?.into_iter().map(Reason::Doubt).collect();
            let weigh = Weigh { notice, reading, cause: first_cause(notice), word: Word::AsRead, reasons };
            let weighed = weigh.into(&mut ledger, now)?;
            let maintenances = ledger.into_changed();
            let proposal = app.proposal_for(&maintenances, now)?;
            let waits = !weighed.reasons.is_empty();
            let review = waits.then(|| weighed.item(notice, ReviewState::Open, None)).into_iter().collect();
            let recorded = Recorded {
                repeats: None,
                review: weighed.reasons.iter().map(ToString::to_string).collect(),
                effects: weighed.effects,
                messages: proposal.new.len(),
                withdrawn: proposal.withdrawn.len(),
            };
            let notices = vec![NewNotice { notice: notice.clone(), raw: raw.to_vec(), reading: reading.clone() }];
            let log = vec![taken_in(notice, now)];
            let mut changes = Changes { notices, maintenances, review, log, ..Changes::default() };
            add_proposal(&mut changes, proposal);
            if matches!(reading, Reading::Irrelevant { why: Irrelevant::Bounce }) {
                app.note_bounce(raw, &mut changes, now)?;
            }
            if matches!(reading, Reading::Irrelevant { why: Irrelevant::Unsubscribe }) && !notice.baseline {
                changes.messages.extend(app.tell_of_unsubscribing(notice, now)?);
            }
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
                // What was undone is not owed, and its numbers will be others'.
                self.owed = Owed::default();
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
            let (mut changes, answer) = compute(self)?;
            if changes == Changes::default() {
                return Ok(answer);
            }
            wake_what_changes(&mut changes, now);
            let unjudged = Unjudged::of(&changes, self.store.as_ref())?;
            if unjudged != Unjudged::Nothing {
                changes.judging = Judging::Owed;
            }
            match self.store.commit(generation, &changes, now) {
                Ok(committed) => {
                    if unjudged != Unjudged::Nothing {
                        self.owed.add(unjudged, committed.owed);
                    }
                    return Ok(answer);
                }
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
        for earlier in self.same_id(message_id, notice)?.into_iter().rev().take(MAX_COMPARED) {
            let known = self.store.reading(&earlier.id)?;
            if known.is_some_and(|known| repeats(&known, reading)) || self.reads_the_same(&earlier, reading)? {
                return self.repeats(earlier.id).map(Some);
            }
        }
        Ok(None)
    }

    /// The doubt about a notice whose Message-ID came before with other content: all that it says waits.
    fn same_id_other_content(&self, notice: &Notice) -> Result<Option<Doubt>, StoreError> {
        let Some(message_id) = &notice.message_id else { return Ok(None) };
        let before = self.same_id(message_id, notice)?;
        Ok((!before.is_empty()).then_some(Doubt::SameMessageIdOtherContent))
    }

    /// The notices that came before with a Message-ID, without those that it cannot be measured by: a forgery that waits
    /// for want of a signature must not keep out the vendor's own mail, which bears one.
    fn same_id(&self, message_id: &str, notice: &Notice) -> Result<Vec<Notice>, StoreError> {
        let proved = |notice: &Notice| -> Vec<String> {
            notice.authentication.iter().flat_map(Authentication::proved).map(str::to_owned).collect()
        };
        let signed_by = proved(notice);
        let mut before = Vec::new();
        for earlier in self.store.notices_by_message_id(message_id)? {
            let known = proved(&earlier);
            let proves_more = signed_by.iter().any(|domain| !known.contains(domain));
            if !(proves_more && self.is_unproved(&earlier.id)?) {
                before.push(earlier);
            }
        }
        Ok(before)
    }

    /// Whether a notice does not count because its signature proves nothing.
    fn is_unproved(&self, notice: &NoticeId) -> Result<bool, StoreError> {
        let Some(item) = self.store.review_of(notice)? else { return Ok(false) };
        let counts = match item.state {
            ReviewState::Open | ReviewState::Dismissed => false,
            ReviewState::Accepted | ReviewState::Corrected | ReviewState::Cleared => true,
        };
        Ok(!counts && item.reasons.contains(&Reason::Doubt(Doubt::NotAuthentic)))
    }

    /// What a notice that is known already does: nothing; it may still wait in review.
    fn repeats(&self, earlier: NoticeId) -> Result<Recorded, StoreError> {
        let open = self.store.review_of(&earlier)?.filter(|item| item.state == ReviewState::Open);
        let review = open.map(|item| item.reasons);
        let review = review.unwrap_or_default().iter().map(ToString::to_string).collect();
        Ok(Recorded { repeats: Some(earlier), review, ..Recorded::default() })
    }

    /// Whether an earlier notice would be read as this one by the profiles and zone rules of today: those it was read by
    /// then may have been others.
    fn reads_the_same(&self, earlier: &Notice, reading: &Reading) -> Result<bool, StoreError> {
        let raw = self.store.raw(&earlier.id)?.unwrap_or_default();
        Ok(repeats(&self.settings.read_stored(earlier, &raw), reading))
    }
}

/// Whether a reading repeats another. What could not be read tells nothing about what it says.
fn repeats(known: &Reading, reading: &Reading) -> bool {
    match known {
        Reading::Understood { .. } | Reading::Irrelevant { .. } => known.says_the_same(reading),
        Reading::Unreadable { .. } => false,
    }
}

/// Has planning look again at what a unit of work changes without planning for it.
fn wake_what_changes(changes: &mut Changes, now: DateTime<Utc>) {
    let maintenances = changes.maintenances.iter().map(|maintenance| Cause::Maintenance(maintenance.id.clone()));
    let ended = changes.outage_ends.iter().map(|end| &end.outage);
    let outages = changes.outages.iter().map(|outage| &outage.id).chain(ended).cloned().map(Cause::Outage);
    for cause in maintenances.chain(outages) {
        changes.wakes.entry(cause).or_insert(Some(now));
    }
}

/// Adds what planning proposes to a unit of work.
pub(super) fn add_proposal(changes: &mut Changes, proposal: Proposal) {
    use crate::plan::MessageState;
    changes.wakes.extend(proposal.wakes);
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

fn who(notice: &Notice) -> &str {
    match notice.channel {
        Channel::Typed => &notice.source,
        Channel::Mail | Channel::Calendar | Channel::Api => "import",
    }
}

fn taken_in(notice: &Notice, now: DateTime<Utc>) -> LogEntry {
    LogEntry {
        at: now,
        who: who(notice).to_owned(),
        what: match notice.channel {
            Channel::Typed => "typed a notice".to_owned(),
            Channel::Mail | Channel::Calendar | Channel::Api => format!("imported a notice from {}", notice.source),
        },
        subject: notice.id.to_string(),
    }
}
