//! Planning over everything that may still be a reason to write.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use super::standing::BrokenWindows;
use crate::inventory::Inventory;
use crate::maintenance::Maintenance;
use crate::plan::{Blames, Cause, Ground, MessageState, Proposal, Reasons, Round, Seen, Topic};
use crate::store::{Changes, MessageCount, MessageFilter, OutageFilter};

/// How long after its last window a maintenance may still be a reason to write: its completion is told days late by
/// some vendors, and none of those seen took a month.
pub(super) const STILL_NEWS: TimeDelta = TimeDelta::days(31);

/// How many messages wait, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Outbox {
    /// For a person to approve them.
    pub awaiting: usize,
    /// Of those, the ones whose moment has come.
    pub awaiting_due: usize,
    /// For their moment, or for the next `send`.
    pub planned: usize,
    /// Of those, the ones whose moment has come.
    pub due: usize,
    /// When the first of those that could not be sent is tried again, where that lies ahead.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Held by a person.
    pub held: usize,
    /// Failed or bounced: for a person to try them again or let them be.
    pub failed: usize,
    /// Of those, the ones refused because of who sends them (status 5.7.x, 5.1.7, 5.1.8): others will be, too.
    pub refused_sender: usize,
}

/// Most messages held at a time while planning: some megabytes of them, and few enough questions to the store.
const PAGE: usize = 1_000;

/// Most maintenances read at a time while planning.
const TOPICS: usize = 128;

/// What is planned for.
enum Scope<'m> {
    /// Everything that may still be a reason to write.
    All,
    /// These maintenances.
    Maintenances(&'m [Maintenance]),
}

impl App {
    /// Which messages should exist at `now` and which should not; stores nothing.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn proposal(&self, now: DateTime<Utc>) -> Result<Proposal, AppError> {
        self.proposal_over_all(Reasons::Kept, now)
    }

    fn proposal_over_all(&self, reasons: Reasons, now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Proposal::default()) };
        let (mut proposal, seen, broken) = self.round(&version.inventory, &Scope::All, reasons, now)?;
        // What missed its moment in this very round is told of in it.
        proposal.add(self.staff_proposal(&version.inventory, &seen, &broken, now)?);
        Ok(proposal)
    }

    /// The same, of these maintenances and the outages that are still news.
    pub(super) fn proposal_for(&self, maintenances: &[Maintenance], now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Proposal::default()) };
        let scope = Scope::Maintenances(maintenances);
        Ok(self.round(&version.inventory, &scope, Reasons::Dropped, now)?.0)
    }

    /// One round of planning, and the files of standing windows that it had to do without. Maintenances and messages are read
    /// by pages, so that it takes no more memory the more there are of them.
    fn round(
        &self,
        inventory: &Inventory,
        scope: &Scope<'_>,
        reasons: Reasons,
        now: DateTime<Utc>,
    ) -> Result<(Proposal, Seen, Vec<BrokenWindows>), AppError> {
        let outages = self.store.outages(OutageFilter::OpenOrRecordedAfter(now - STILL_NEWS))?;
        let ground = Ground { outages: &outages, inventory, zones: &self.settings.zones };
        let mut round = Round::new(ground, &self.settings.config.policy, reasons, now);
        match scope {
            Scope::Maintenances(these) => self.plan_maintenances(&mut round, these)?,
            Scope::All => {
                for page in self.store.active_maintenance_ids(now - STILL_NEWS)?.chunks(TOPICS) {
                    self.plan_maintenances(&mut round, &self.store.maintenances_of_ids(page)?)?;
                }
            }
        }
        let topics = outages.iter().map(|outage| round.outage(outage)).collect();
        self.plan_topics(&mut round, topics)?;
        let (upcoming, broken) = match scope {
            Scope::Maintenances(_) => (Vec::new(), Vec::new()),
            Scope::All => self.upcoming(inventory, reasons, now)?,
        };
        for some in upcoming.chunks(TOPICS) {
            let topics = some.iter().map(|upcoming| round.standing(upcoming)).collect();
            self.plan_topics(&mut round, topics)?;
        }
        let mut digests = Vec::new();
        for (day, contact) in round.digest_days() {
            let of_day = MessageFilter { cause: Some(day), contact: Some(contact), ..MessageFilter::default() };
            digests.extend(self.store.messages(&of_day)?);
        }
        let (proposal, seen) = round.finish(&digests);
        Ok((proposal, seen, broken))
    }

    fn plan_maintenances(&self, round: &mut Round<'_>, maintenances: &[Maintenance]) -> Result<(), AppError> {
        let topics = maintenances.iter().map(|maintenance| round.maintenance(maintenance)).collect();
        self.plan_topics(round, topics)
    }

    /// Plans for topics with few messages together, and for one with many page by page.
    fn plan_topics(&self, round: &mut Round<'_>, topics: Vec<Topic<'_>>) -> Result<(), AppError> {
        let causes: Vec<Cause> = topics.iter().map(|topic| topic.cause().clone()).collect();
        let counts = self.store.message_counts(&causes)?;
        let (mut together, mut held) = (Vec::new(), 0);
        for (topic, count) in topics.into_iter().zip(counts) {
            if count > PAGE {
                self.plan_by_pages(round, topic)?;
                continue;
            }
            if held + count > PAGE {
                self.plan_together(round, std::mem::take(&mut together))?;
                held = 0;
            }
            held += count;
            together.push(topic);
        }
        self.plan_together(round, together)
    }

    fn plan_together(&self, round: &mut Round<'_>, topics: Vec<Topic<'_>>) -> Result<(), AppError> {
        let causes: Vec<Cause> = topics.iter().map(|topic| topic.cause().clone()).collect();
        for (mut topic, messages) in topics.into_iter().zip(self.store.messages_of_causes(&causes)?) {
            round.plan(&mut topic, &messages, None);
        }
        Ok(())
    }

    fn plan_by_pages(&self, round: &mut Round<'_>, mut topic: Topic<'_>) -> Result<(), AppError> {
        let mut after: Option<String> = None;
        loop {
            let mut page = self.store.messages_by_contact(topic.cause(), after.as_deref(), PAGE)?;
            if page.len() < PAGE {
                round.plan(&mut topic, &page, None);
                return Ok(());
            }
            // There may be more messages to the last reader of a page: they all come with the next one.
            let Some(last) = page.last().map(|message| message.key.contact.clone()) else { return Ok(()) };
            let whole = page.partition_point(|message| message.key.contact < last);
            if whole == 0 {
                let (cause, contact) = (Some(topic.cause().clone()), Some(last.clone()));
                page = self.store.messages(&MessageFilter { cause, contact, ..MessageFilter::default() })?;
                after = Some(last);
            } else {
                page.truncate(whole);
                after = page.last().map(|message| message.key.contact.clone());
            }
            round.plan(&mut topic, &page, after.as_deref());
        }
    }

    /// Plans and stores what is planned; gives how many messages are new. Doing it again adds nothing.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn plan(&mut self, now: DateTime<Utc>) -> Result<usize, AppError> {
        self.transact(now, |app| {
            let (mut changes, proposal) = (Changes::default(), app.proposal_over_all(Reasons::Dropped, now)?);
            let new = proposal.new.len();
            add_proposal(&mut changes, proposal);
            Ok((changes, new))
        })
    }

    /// How many messages wait, and for what.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn outbox(&self, now: DateTime<Utc>) -> Result<Outbox, AppError> {
        let mut outbox = Outbox::default();
        self.store.outbox(now)?.iter().for_each(|some| outbox.count(some));
        Ok(outbox)
    }
}

impl Outbox {
    fn count(&mut self, some: &MessageCount) {
        match some.state {
            MessageState::AwaitingApproval => {
                self.awaiting += some.count;
                self.awaiting_due += some.due;
            }
            MessageState::Planned | MessageState::Leased => {
                self.planned += some.count;
                self.due += some.due;
                self.next_attempt_at = self.next_attempt_at.into_iter().chain(some.next_attempt_at).min();
            }
            MessageState::Held => self.held += some.count,
            MessageState::Failed | MessageState::Bounced => {
                self.failed += some.count;
                if Blames::of_state(some.state, some.refused_as.as_deref()) == Some(Blames::Sender) {
                    self.refused_sender += some.count;
                }
            }
            MessageState::Accepted | MessageState::Skipped | MessageState::Cancelled | MessageState::Suppressed => {}
        }
    }
}
