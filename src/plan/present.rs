//! How a maintenance stands when planning looks at it, and since when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::material;
use super::message::Material;
use super::policy::Policy;
use super::standing::{Fall, ORDINAL, Upcoming};
use crate::inventory::Inventory;
use crate::maintenance::{Maintenance, State};
use crate::names::CustomerId;
use crate::notice::Status;
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
    status: Status,
    materials: BTreeMap<CustomerId, Material>,
}

impl Baseline {
    /// The customer's material at that time, by today's inventory.
    pub(super) fn material_of(&self, customer: &CustomerId) -> Material {
        self.materials.get(customer).cloned().unwrap_or_else(|| material::untouched(self.status))
    }
}

/// Windows with their ordinals.
type Numbered = Vec<(u32, Interval)>;

/// A maintenance, or a standing window, as planning sees it.
pub(super) struct Present {
    pub(super) baseline: Option<Baseline>,
    status: Status,
    /// The end of the work, once completed.
    pub(super) ended_at: Option<DateTime<Utc>>,
    first_recorded_at: DateTime<Utc>,
    materials: BTreeMap<CustomerId, Material>,
    /// The windows that stood after each revision, in the order of recording; none of what was cancelled then.
    recorded: Vec<(DateTime<Utc>, Numbered)>,
}

impl Present {
    /// Walks the inventory for the newest state and, where there is one, for the baseline.
    pub(super) fn of(maintenance: &Maintenance, state: &State, inventory: &Inventory, policy: &Policy) -> Self {
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
            Some(Baseline {
                opened,
                recorded_at: last.recorded_at,
                materials: materials_of(&state),
                status: state.status,
            })
        });
        let mut numbers: Vec<_> = maintenance.revisions.iter().map(|r| (r.number, r.recorded_at)).collect();
        numbers.sort_unstable();
        let recorded = numbers
            .iter()
            .filter_map(|(number, at)| Some((*at, held(&maintenance.recorded_up_to(*number)?))))
            .collect();
        let first = numbers.iter().map(|(_, at)| *at).min();
        Self {
            baseline,
            status: state.status,
            ended_at: state.ended_at,
            first_recorded_at: first.unwrap_or(DateTime::<Utc>::MIN_UTC),
            materials: materials_of(state),
            recorded,
        }
    }

    /// A standing window that is known since then, with what its next occurrence, or this one, means for customers. Gone,
    /// it is as a maintenance that was cancelled.
    pub(super) fn of_standing(upcoming: &Upcoming, materials: BTreeMap<CustomerId, Material>) -> Self {
        let known_from = upcoming.known_from.unwrap_or(DateTime::<Utc>::MIN_UTC);
        let (status, windows) = match upcoming.fall {
            Fall::At(interval, _) => (Status::Confirmed, vec![(ORDINAL, interval)]),
            Fall::NoMore => (Status::Confirmed, Vec::new()),
            Fall::Gone => (Status::Cancelled, Vec::new()),
        };
        Self {
            baseline: None,
            status,
            ended_at: None,
            first_recorded_at: known_from,
            materials,
            recorded: vec![(known_from, windows)],
        }
    }

    /// The customer's material as it stands.
    pub(super) fn material_of(&self, customer: &CustomerId) -> Material {
        self.materials.get(customer).cloned().unwrap_or_else(|| material::untouched(self.status))
    }

    /// Customers that it touches, or touched when the baseline was recorded.
    pub(super) fn customers(&self) -> impl Iterator<Item = &CustomerId> {
        self.materials.keys().chain(self.baseline.iter().flat_map(|baseline| baseline.materials.keys()))
    }

    /// Since when it has been on record that the window lies there: the recording of the first revision of the unbroken,
    /// uncancelled run, up to the newest, that holds it so.
    pub(super) fn recorded_at(&self, ordinal: u32, interval: Interval) -> DateTime<Utc> {
        let run = self.recorded.iter().rev().take_while(|(_, held)| held.contains(&(ordinal, interval)));
        run.map(|(at, _)| *at).last().unwrap_or(self.first_recorded_at)
    }

    /// When it became known.
    pub(super) fn first_recorded_at(&self) -> DateTime<Utc> {
        self.first_recorded_at
    }
}

/// The windows that stand.
fn held(state: &State) -> Vec<(u32, Interval)> {
    let windows = state.windows.iter().filter(|_| !state.is_cancelled());
    windows.map(|window| (window.ordinal, window.interval)).collect()
}
