//! Planning over everything that may still be a reason to write: what is due to be looked at, and nothing else.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use crate::inventory::Inventory;
use crate::maintenance::Maintenance;
use crate::names::{Digest, MaintenanceId};
use crate::outage::Outage;
use crate::plan::{Blames, Cause, Ground, MessageState, Proposal, Reasons, Round, Topic, Unsent, Upcoming};
use crate::store::{Changes, InventoryVersion, MessageCount, MessageFilter, OutageFilter, Unseen};

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

/// Most messages that have become something else taken up in one unit of work: some megabytes of what is known of them.
const UNSEEN: usize = 10_000;

/// Most units of work for one plan: each takes up [`UNSEEN`] messages, or what another one left to be looked at again.
const MAX_PARTS: usize = 1_000;

/// How far the clocks of those who plan may be apart: more than two of the 5 s that a replica may be off its database. A clock
/// that was set back further has everything looked at again.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(15);

/// What one unit of work is about.
#[derive(Debug, Default)]
struct Part {
    causes: BTreeSet<Cause>,
    seen: Vec<Unseen>,
    /// By what everything is planned, when this is about everything.
    planned_by: Option<Digest>,
}

impl Part {
    fn is_nothing(&self) -> bool {
        self.causes.is_empty() && self.seen.is_empty() && self.planned_by.is_none()
    }
}

/// What a round proposes, and what that makes of the messages that wait for approval or missed their moment.
type Planned = (Proposal, Unsent);

impl App {
    /// Which messages should exist at `now` and which should not, with why others will not; looks at everything, stores
    /// nothing.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn proposal(&self, now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Proposal::default()) };
        let inventory = &version.inventory;
        let everything = self.everything(now)?;
        let (upcoming, broken) = self.upcoming(inventory, Reasons::Kept, now)?;
        let (mut proposal, unsent) = self.round(inventory, (&everything, &upcoming), Reasons::Kept, now)?;
        // What missed its moment in this very round is told of in it.
        proposal.add(self.staff_proposal(inventory, &unsent, &broken, now)?);
        Ok(proposal)
    }

    /// The messages of these maintenances that should exist, and those that should not.
    pub(super) fn proposal_for(&self, maintenances: &[Maintenance], now: DateTime<Utc>) -> Result<Proposal, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Proposal::default()) };
        let outages = self.news_of_outages(now)?;
        let mut round = self.begin(&version.inventory, &outages, Reasons::Dropped, now);
        self.plan_maintenances(&mut round, maintenances)?;
        Ok(self.finish(round)?.0)
    }

    /// Plans and stores what is planned; gives how many messages are new. Doing it again adds nothing.
    ///
    /// Looks at those maintenances and outages alone that time, or what became of their messages, may have changed since they
    /// were looked at ([`Changes::wakes`], [`Store::unseen`](crate::store::Store::unseen)), and at all of them under another
    /// policy, inventory or other zone rules, and when the clock was set back.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn plan(&mut self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let mut new = 0;
        for _ in 0..MAX_PARTS {
            let planned = self.transact(now, |app| app.plan_part(now))?;
            let Some(planned) = planned else { break };
            new += planned;
        }
        Ok(new + self.transact(now, |app| app.plan_standing_and_staff(now))?)
    }

    /// Plans what is due to be looked at; none when nothing is.
    fn plan_part(&self, now: DateTime<Utc>) -> Result<(Changes, Option<usize>), AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok((Changes::default(), None)) };
        let part = self.due(&version, now)?;
        if part.is_nothing() {
            return Ok((Changes::default(), None));
        }
        let (proposal, _) = self.round(&version.inventory, (&part.causes, &[]), Reasons::Dropped, now)?;
        let new = proposal.new.len();
        let mut changes = Changes { seen: part.seen, planned_by: part.planned_by, ..Changes::default() };
        // Those that are no more need no look.
        changes.wakes.extend(part.causes.into_iter().map(|cause| (cause, None)));
        add_proposal(&mut changes, proposal);
        Ok((changes, Some(new)))
    }

    /// Plans for standing windows and the user's own people, whatever it is that is news of them.
    fn plan_standing_and_staff(&self, now: DateTime<Utc>) -> Result<(Changes, usize), AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok((Changes::default(), 0)) };
        let inventory = &version.inventory;
        let (upcoming, broken) = self.upcoming(inventory, Reasons::Dropped, now)?;
        let (mut proposal, unsent) = self.round(inventory, (&BTreeSet::new(), &upcoming), Reasons::Dropped, now)?;
        proposal.add(self.staff_proposal(inventory, &unsent, &broken, now)?);
        let (mut changes, new) = (Changes::default(), proposal.new.len());
        add_proposal(&mut changes, proposal);
        Ok((changes, new))
    }

    /// What is due to be looked at. The messages that planning has not seen are found before any is read for it, so that
    /// what becomes of them meanwhile is not taken for seen.
    fn due(&self, version: &InventoryVersion, now: DateTime<Utc>) -> Result<Part, AppError> {
        let seen = self.store.unseen(UNSEEN)?;
        let mut causes: BTreeSet<Cause> = self.store.causes_due(now)?.into_iter().collect();
        causes.extend(seen.iter().flat_map(|unseen| unseen.causes.iter().cloned()));
        let by = self.plans_by(version);
        let last = self.store.last_plan()?;
        let holds = last.is_some_and(|last| last.by == by && last.at <= now + CLOCKS_APART);
        if !holds {
            causes.extend(self.everything(now)?);
        }
        Ok(Part { causes, seen, planned_by: (!holds).then_some(by) })
    }

    /// What everything is planned by, beside what is known: another one is a reason to look at everything again.
    fn plans_by(&self, version: &InventoryVersion) -> Digest {
        let policy = serde_json::to_string(&self.settings.config.policy).unwrap_or_default();
        let zones = format!("{:?}", self.settings.zones.version());
        let (number, release) = (version.version.to_string(), env!("CARGO_PKG_VERSION"));
        Digest::of_parts([policy.as_str(), &zones, &number, version.digest.as_str(), release])
    }

    /// The maintenances and outages that may still be a reason to write.
    fn everything(&self, now: DateTime<Utc>) -> Result<BTreeSet<Cause>, AppError> {
        let maintenances = self.store.active_maintenance_ids(now - STILL_NEWS)?.into_iter().map(Cause::Maintenance);
        let outages = self.news_of_outages(now)?.into_iter().map(|outage| Cause::Outage(outage.id));
        Ok(maintenances.chain(outages).collect())
    }

    /// The outages that may be a reason to write, or to ask more of a follow-up.
    fn news_of_outages(&self, now: DateTime<Utc>) -> Result<Vec<Outage>, AppError> {
        Ok(self.store.outages(OutageFilter::OpenOrRecordedAfter(now - STILL_NEWS))?)
    }

    fn begin<'r>(
        &'r self,
        inventory: &'r Inventory,
        outages: &'r [Outage],
        reasons: Reasons,
        now: DateTime<Utc>,
    ) -> Round<'r> {
        let ground = Ground { outages, inventory, zones: &self.settings.zones };
        Round::new(ground, &self.settings.config.policy, reasons, now)
    }

    /// One round of planning over the maintenances and outages among these causes, and these standing windows. Maintenances and
    /// messages are read by pages, so that it takes no more memory the more there are of them.
    fn round(
        &self,
        inventory: &Inventory,
        (causes, standing): (&BTreeSet<Cause>, &[Upcoming]),
        reasons: Reasons,
        now: DateTime<Utc>,
    ) -> Result<Planned, AppError> {
        let outages = self.news_of_outages(now)?;
        let mut round = self.begin(inventory, &outages, reasons, now);
        let ids: Vec<MaintenanceId> = causes.iter().filter_map(Cause::maintenance).cloned().collect();
        for page in ids.chunks(TOPICS) {
            self.plan_maintenances(&mut round, &self.store.maintenances_of_ids(page)?)?;
        }
        let mut known = Vec::new();
        for outage in causes.iter().filter_map(Cause::outage) {
            known.extend(self.store.outage(outage.as_str())?);
        }
        let topics = known.iter().map(|outage| round.outage(outage)).collect();
        self.plan_topics(&mut round, topics)?;
        for some in standing.chunks(TOPICS) {
            let topics = some.iter().map(|upcoming| round.standing(upcoming)).collect();
            self.plan_topics(&mut round, topics)?;
        }
        self.finish(round)
    }

    fn finish(&self, round: Round<'_>) -> Result<Planned, AppError> {
        let mut digests = Vec::new();
        for (day, contact) in round.digest_days() {
            let of_day = MessageFilter { cause: Some(day), contact: Some(contact), ..MessageFilter::default() };
            digests.extend(self.store.messages(&of_day)?);
        }
        Ok(round.finish(&digests))
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
