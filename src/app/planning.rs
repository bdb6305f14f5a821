//! Planning over everything that may still be a reason to write.

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use crate::maintenance::Maintenance;
use crate::plan::{Cause, Known, Proposal, propose};
use crate::store::{Changes, OutageFilter};

/// How long after its last window a maintenance may still be a reason to write: its completion is told days late by
/// some vendors, and none of those seen took a month.
const STILL_NEWS: TimeDelta = TimeDelta::days(31);

impl App {
    /// Which messages should exist at `now` and which should not; stores nothing.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn proposal(&self, now: DateTime<Utc>) -> Result<Proposal, AppError> {
        self.proposal_for(&self.store.maintenances_active(now - STILL_NEWS)?, now)
    }

    /// The same, of these maintenances and the outages that are still news.
    pub(super) fn proposal_for(&self, maintenances: &[Maintenance], now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Proposal::default()) };
        let mut outages = self.store.outages(OutageFilter::All)?;
        outages.retain(|outage| outage.is_open() || outage.recorded_at > now - STILL_NEWS);
        let causes: Vec<Cause> = maintenances
            .iter()
            .map(|maintenance| Cause::Maintenance(maintenance.id.clone()))
            .chain(outages.iter().map(|outage| Cause::Outage(outage.id.clone())))
            .collect();
        let messages = self.store.messages_of_causes(&causes)?;
        let known = Known { maintenances, outages: &outages, inventory: &version.inventory, messages: &messages };
        Ok(propose(&known, &self.settings.config.policy, now))
    }

    /// Plans and stores what is planned. Doing it again adds nothing.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn plan(&mut self, now: DateTime<Utc>) -> Result<(), AppError> {
        self.transact(now, |app| {
            let mut changes = Changes::default();
            add_proposal(&mut changes, app.proposal(now)?);
            Ok((changes, ()))
        })
    }
}
