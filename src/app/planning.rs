//! Planning over everything that may still be a reason to write.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use crate::maintenance::Maintenance;
use crate::plan::{Cause, Known, Message, MessageState, Proposal, apply, propose};
use crate::store::{Changes, MessageFilter, OutageFilter};

/// How long after its last window a maintenance may still be a reason to write: its completion is told days late by
/// some vendors, and none of those seen took a month.
const STILL_NEWS: TimeDelta = TimeDelta::days(31);

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

impl App {
    /// Which messages should exist at `now` and which should not; stores nothing.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn proposal(&self, now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let maintenances = self.store.maintenances_active(now - STILL_NEWS)?;
        let mut proposal = Proposal::default();
        self.with_known(&maintenances, now, |known| {
            proposal = propose(known, &self.settings.config.policy, now);
            if proposal.is_empty() || known.inventory.staff.is_empty() {
                proposal.add(self.staff_proposal(known, now)?);
                return Ok(());
            }
            // What missed its moment in this very round is told of in it.
            let mut messages = known.messages.to_vec();
            apply(&mut messages, &proposal);
            proposal.add(self.staff_proposal(&Known { messages: &messages, ..*known }, now)?);
            Ok(())
        })?;
        Ok(proposal)
    }

    /// The same, of these maintenances and the outages that are still news.
    pub(super) fn proposal_for(&self, maintenances: &[Maintenance], now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let mut proposal = Proposal::default();
        self.with_known(maintenances, now, |known| {
            proposal = propose(known, &self.settings.config.policy, now);
            Ok(())
        })?;
        Ok(proposal)
    }

    /// Looks with what planning must know of these maintenances and the outages that are still news; at nothing while
    /// there is no inventory.
    fn with_known(
        &self,
        maintenances: &[Maintenance],
        now: DateTime<Utc>,
        look: impl FnOnce(&Known<'_>) -> Result<(), AppError>,
    ) -> Result<(), AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(()) };
        let outages = self.store.outages(OutageFilter::OpenOrRecordedAfter(now - STILL_NEWS))?;
        let causes: Vec<Cause> = maintenances
            .iter()
            .map(|maintenance| Cause::Maintenance(maintenance.id.clone()))
            .chain(outages.iter().map(|outage| Cause::Outage(outage.id.clone())))
            .collect();
        let messages = self.store.messages_of_causes(&causes)?;
        let zones = &self.settings.zones;
        let inventory = &version.inventory;
        look(&Known { maintenances, outages: &outages, inventory, messages: &messages, zones })
    }

    /// Plans and stores what is planned; gives how many messages are new. Doing it again adds nothing.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn plan(&mut self, now: DateTime<Utc>) -> Result<usize, AppError> {
        self.transact(now, |app| {
            let (mut changes, proposal) = (Changes::default(), app.proposal(now)?);
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
        // One state at a time: what was sent grows for years, and is not asked for.
        let may_fail = [MessageState::Failed, MessageState::Bounced];
        for state in MessageState::ALL.into_iter().filter(|state| state.is_pending() || may_fail.contains(state)) {
            let of_state = MessageFilter { state: Some(state), ..MessageFilter::default() };
            outbox.count(&self.store.messages(&of_state)?, now);
        }
        Ok(outbox)
    }
}

impl Outbox {
    fn count(&mut self, messages: &[Message], now: DateTime<Utc>) {
        for message in messages {
            match message.state {
                MessageState::AwaitingApproval => {
                    self.awaiting += 1;
                    self.awaiting_due += usize::from(message.due_at <= now);
                }
                MessageState::Planned | MessageState::Leased => {
                    self.planned += 1;
                    self.due += usize::from(message.due_at <= now);
                    let later = message.next_attempt_at.filter(|at| *at > now);
                    self.next_attempt_at = self.next_attempt_at.into_iter().chain(later).min();
                }
                MessageState::Held => self.held += 1,
                MessageState::Failed | MessageState::Bounced => {
                    self.failed += 1;
                    self.refused_sender += usize::from(message.blames_us());
                }
                MessageState::Accepted | MessageState::Skipped | MessageState::Cancelled | MessageState::Suppressed => {
                }
            }
        }
    }
}
