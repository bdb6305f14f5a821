//! What an announcement does to what is known.

use super::fold::{State, in_vendor_order, time_key};
use super::identity::{Identity, REUSE_AFTER};
use super::revision::{Maintenance, Revision};
use crate::notice::{Doubt, Status};

/// What an announcement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revised {
    /// It opened a maintenance.
    Opened(Maintenance),
    /// It changed one.
    Changed {
        /// With the new revision.
        maintenance: Maintenance,
        /// What changed.
        changes: Vec<Change>,
    },
    /// It said again what was known; kept as a revision, since when it was said may matter.
    Repeated(Maintenance),
    /// It is older in the vendor's order than what is known; kept, and of no effect on what is known now.
    Stale {
        /// With the new revision.
        maintenance: Maintenance,
        /// Why a person must look; empty when the older notice contradicts nothing.
        doubts: Vec<Doubt>,
    },
    /// It names no account and several maintenances fit: a person must assign it.
    Unassigned,
}

/// What differs between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The effective status.
    Status,
    /// The instants of the windows.
    Windows,
    /// The objects or the stated impact.
    Scope,
    /// The text.
    Text,
}

/// Joins a revision to the maintenance it belongs to among those known of the same vendor and reference, or opens one.
///
/// `revision.number` is set here.
#[must_use]
pub fn revise(known: &[Maintenance], revision: Revision) -> Revised {
    let identity = Identity::of(&revision.announcement);
    let replaced = revision.announcement.replaces.clone().map(|reference| Identity { reference, ..identity.clone() });
    let belongs = |maintenance: &&Maintenance| {
        [Some(&identity), replaced.as_ref()].into_iter().flatten().any(|i| knows(maintenance, i))
            && !is_reuse(maintenance, &revision)
    };
    let fitting: Vec<&Maintenance> = known.iter().filter(belongs).collect();
    match fitting.as_slice() {
        [] => Revised::Opened(open(identity, revision)),
        [one] => join(one, revision),
        several => {
            match several.iter().find(|m| m.identity.account.is_some() && m.identity.account == identity.account) {
                Some(exact) => join(exact, revision),
                None => Revised::Unassigned,
            }
        }
    }
}

/// Whether any revision carries the identity: the id survives a new reference.
fn knows(maintenance: &Maintenance, identity: &Identity) -> bool {
    maintenance.identity.may_equal(identity)
        || maintenance.revisions.iter().any(|revision| Identity::of(&revision.announcement).may_equal(identity))
}

/// A reference used again more than 400 days after a maintenance was completed names a new one (DESIGN.md section 2).
fn is_reuse(maintenance: &Maintenance, revision: &Revision) -> bool {
    let state = maintenance.latest();
    let last = state.ended_at.into_iter().chain(state.windows.iter().map(|window| window.interval.end())).max();
    matches!(state.status, Status::Completed) && last.is_some_and(|last| time_key(revision) - last > REUSE_AFTER)
}

fn open(identity: Identity, mut revision: Revision) -> Maintenance {
    revision.number = 1;
    Maintenance { id: identity.opened_by(&revision.notice), identity, revisions: vec![revision] }
}

fn join(maintenance: &Maintenance, mut revision: Revision) -> Revised {
    let before = maintenance.latest();
    let mut maintenance = maintenance.clone();
    revision.number = u32::try_from(maintenance.revisions.len()).unwrap_or(u32::MAX).saturating_add(1);
    if maintenance.identity.account.is_none() {
        maintenance.identity.account.clone_from(&revision.announcement.account);
    }
    maintenance.revisions.push(revision);
    let newest = maintenance.revisions.len() - 1;
    let after = maintenance.latest();
    let mut ordered: Vec<&Revision> = maintenance.revisions.iter().collect();
    in_vendor_order(&mut ordered);
    if ordered.last().is_some_and(|last| last.number != maintenance.revisions[newest].number) {
        let doubts = stale_doubts(&maintenance.revisions[newest], &ordered, &before);
        return Revised::Stale { maintenance, doubts };
    }
    let changes = differences(&before, &after);
    if changes.is_empty() { Revised::Repeated(maintenance) } else { Revised::Changed { maintenance, changes } }
}

/// Why a person must look at an older notice: it contradicts its own date, or it would cancel or move a window.
fn stale_doubts(stale: &Revision, ordered: &[&Revision], known: &State) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let newer_by_time = ordered.iter().all(|other| other.number == stale.number || time_key(other) <= time_key(stale));
    if newer_by_time && ordered.len() > 1 {
        doubts.push(Doubt::OrderUnclear);
    }
    let said = &stale.announcement;
    if said.status == Some(Status::Cancelled) && !known.is_cancelled() {
        doubts.push(Doubt::StaleWouldChange { would: "cancel it".into() });
    }
    let holds = |window: &crate::window::Window| known.windows.iter().any(|w| w.interval == window.interval);
    if !said.windows.is_empty() && !said.windows.iter().all(holds) {
        doubts.push(Doubt::StaleWouldChange { would: "move a window".into() });
    }
    doubts
}

/// What differs between two states, as a customer would see it.
#[must_use]
pub(super) fn differences(before: &State, after: &State) -> Vec<Change> {
    let instants = |state: &State| -> Vec<_> {
        state.windows.iter().map(|window| (window.ordinal, window.role, state.effective(window))).collect()
    };
    let scope = |state: &State| {
        let own: Vec<_> = state.windows.iter().map(|window| window.objects.clone()).collect();
        (state.objects.clone(), state.impact, own)
    };
    let mut changes = Vec::new();
    if before.status != after.status {
        changes.push(Change::Status);
    }
    if instants(before) != instants(after) {
        changes.push(Change::Windows);
    }
    if scope(before) != scope(after) {
        changes.push(Change::Scope);
    }
    if before.summary != after.summary {
        changes.push(Change::Text);
    }
    changes
}
