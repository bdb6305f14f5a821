//! How a maintenance stands when planning looks at it, and since when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::material;
use super::message::Material;
use super::policy::Policy;
use crate::inventory::Inventory;
use crate::maintenance::{Maintenance, State};
use crate::names::CustomerId;
use crate::time::Interval;

/// What opened a maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// A revision that was no reason to write: it counts as known to everybody.
    ByBaseline,
    /// Any other.
    ByNotice,
}

/// What stood when the last baseline revision had been recorded.
pub(super) struct Baseline {
    pub(super) opened: Opened,
    pub(super) recorded_at: DateTime<Utc>,
    state: State,
    materials: BTreeMap<CustomerId, Material>,
}

impl Baseline {
    /// The customer's material at that time, by today's inventory.
    pub(super) fn material_of(&self, customer: &CustomerId) -> Material {
        self.materials.get(customer).cloned().unwrap_or_else(|| material::untouched(self.state.status))
    }
}

/// A maintenance as planning sees it.
pub(super) struct Present<'a> {
    pub(super) state: State,
    pub(super) baseline: Option<Baseline>,
    maintenance: &'a Maintenance,
    materials: BTreeMap<CustomerId, Material>,
    /// What was known after each revision, in the order of recording.
    recorded: Vec<(DateTime<Utc>, State)>,
}

impl<'a> Present<'a> {
    /// Walks the inventory for the newest state and, where there is one, for the baseline.
    pub(super) fn of(maintenance: &'a Maintenance, state: State, inventory: &Inventory, policy: &Policy) -> Self {
        let mildest = policy.mildest();
        let materials_of = |state: &State| material::of_maintenance(maintenance, state, inventory, mildest);
        // A baseline notice that is read again later is baseline, and what came in between is not.
        let by_baseline =
            maintenance.revisions.iter().filter(|revision| revision.baseline && revision.rereads.is_none());
        let last_baseline = by_baseline.max_by_key(|revision| revision.number);
        let baseline = last_baseline.and_then(|last| {
            let first = maintenance.revisions.iter().min_by_key(|revision| revision.number)?;
            let opened = if first.baseline { Opened::ByBaseline } else { Opened::ByNotice };
            let state = maintenance.said_up_to(last.number)?;
            Some(Baseline { opened, recorded_at: last.recorded_at, materials: materials_of(&state), state })
        });
        let mut numbers: Vec<_> = maintenance.revisions.iter().map(|r| (r.number, r.recorded_at)).collect();
        numbers.sort_unstable();
        let recorded =
            numbers.into_iter().filter_map(|(number, at)| Some((at, maintenance.recorded_up_to(number)?))).collect();
        Self { baseline, maintenance, materials: materials_of(&state), state, recorded }
    }

    /// The customer's material as it stands.
    pub(super) fn material_of(&self, customer: &CustomerId) -> Material {
        self.materials.get(customer).cloned().unwrap_or_else(|| material::untouched(self.state.status))
    }

    /// Customers that it touches, or touched when the baseline was recorded.
    pub(super) fn customers(&self) -> impl Iterator<Item = &CustomerId> {
        self.materials.keys().chain(self.baseline.iter().flat_map(|baseline| baseline.materials.keys()))
    }

    /// Since when it has been on record that the window lies there: the recording of the first revision of the unbroken,
    /// uncancelled run, up to the newest, that holds it so.
    pub(super) fn recorded_at(&self, ordinal: u32, interval: Interval) -> DateTime<Utc> {
        let holds = |state: &State| {
            !state.is_cancelled() && state.windows.iter().any(|w| w.ordinal == ordinal && w.interval == interval)
        };
        let run = self.recorded.iter().rev().take_while(|(_, state)| holds(state));
        run.map(|(at, _)| *at).last().unwrap_or_else(|| self.first_recorded_at())
    }

    /// When the maintenance became known.
    pub(super) fn first_recorded_at(&self) -> DateTime<Utc> {
        self.maintenance.revisions.iter().map(|r| r.recorded_at).min().unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}
