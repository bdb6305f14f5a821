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
        several => match several.iter().find(|m| both_state_account(m, &identity)) {
            Some(exact) => join(exact, revision),
            None => Revised::Unassigned,
        },
    }
}

/// Among maintenances that fit: whether both name an account, which then is the same.
fn both_state_account(maintenance: &Maintenance, identity: &Identity) -> bool {
    maintenance.identity.account.is_some() && identity.account.is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::fixture::{maintenance, revision, status, utc, with_window};
    use crate::names::Reference;

    fn announced() -> Maintenance {
        maintenance(vec![with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00")])
    }

    fn reference(text: &str) -> Reference {
        Reference::new(text).expect("a reference")
    }

    #[track_caller]
    fn check(known: &[Maintenance], next: Revision, expected: &str) -> Revised {
        let revised = revise(known, next);
        let word = match &revised {
            Revised::Opened(_) => "opened",
            Revised::Changed { .. } => "changed",
            Revised::Repeated(_) => "repeated",
            Revised::Stale { .. } => "stale",
            Revised::Unassigned => "unassigned",
        };
        assert_eq!(word, expected);
        revised
    }

    #[test]
    fn a_new_reference_opens_and_a_known_one_joins() {
        check(&[], with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00"), "opened");
        check(&[announced()], with_window("2020-01-02", "2020-01-10T00:00", "2020-01-10T04:00"), "repeated");
        check(&[announced()], with_window("2020-01-02", "2020-01-10T00:00", "2020-01-10T05:00"), "changed");
        let mut other = revision("2020-01-02");
        other.announcement.reference = reference("R-2");
        check(&[announced()], other, "opened");
        let mut same = status("2020-01-02", Status::Cancelled);
        same.announcement.reference = reference(" r-1 ");
        check(&[announced()], same, "changed");
    }

    #[test]
    fn a_new_reference_that_replaces_an_old_one_keeps_the_id() {
        let known = announced();
        let mut moved = with_window("2020-01-02", "2020-01-12T00:00", "2020-01-12T04:00");
        moved.announcement.reference = reference("R-9");
        moved.announcement.replaces = Some(reference("R-1"));
        let Revised::Changed { maintenance: joined, .. } = check(std::slice::from_ref(&known), moved, "changed") else {
            panic!("checked")
        };
        assert_eq!(joined.id, known.id);
        let mut later = status("2020-01-03", Status::Cancelled);
        later.announcement.reference = reference("R-9");
        check(&[joined], later, "changed");
    }

    #[test]
    fn accounts_tell_maintenances_apart_and_a_missing_one_joins_the_only_match() {
        let with_account = |account: &str| {
            let mut opening = with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
            opening.announcement.account = Some(account.into());
            maintenance(vec![opening])
        };
        let silent = || status("2020-01-02", Status::Cancelled);
        check(&[with_account("a")], silent(), "changed");
        check(&[with_account("a"), with_account("b")], silent(), "unassigned");
        let mut named = silent();
        named.announcement.account = Some(" B".into());
        check(&[with_account("a"), with_account("b")], named, "changed");
    }

    #[test]
    fn an_older_notice_is_stale_and_says_what_it_would_have_done() {
        let mut newer = with_window("2020-01-05", "2020-01-12T00:00", "2020-01-12T04:00");
        newer.announcement.stamp = Some(utc("2020-01-05"));
        let known = maintenance(vec![newer]);
        let mut older = with_window("2020-01-06", "2020-01-10T00:00", "2020-01-10T04:00");
        older.announcement.stamp = Some(utc("2020-01-01"));
        let Revised::Stale { doubts, maintenance } = check(&[known], older, "stale") else { panic!("checked") };
        assert_eq!(doubts, [Doubt::StaleWouldChange { would: "move a window".into() }]);
        assert_eq!(maintenance.latest().windows[0].interval.start(), utc("2020-01-12"));
    }

    #[test]
    fn sequence_and_time_that_disagree_go_to_review() {
        let sequenced = |received: &str, sequence: i64| {
            let mut built = with_window(received, "2020-01-10T00:00", "2020-01-10T04:00");
            built.announcement.sequence = Some(sequence);
            built
        };
        let known = maintenance(vec![sequenced("2020-01-01", 5)]);
        let Revised::Stale { doubts, .. } = check(&[known], sequenced("2020-01-02", 4), "stale") else {
            panic!("checked")
        };
        assert_eq!(doubts, [Doubt::OrderUnclear]);
    }

    #[test]
    fn a_reference_used_again_long_after_completion_opens_a_new_maintenance() {
        let over = maintenance(vec![
            with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00"),
            status("2020-01-10T04:00", Status::Completed),
        ]);
        let again = |received: &str| with_window(received, "2022-01-10T00:00", "2022-01-10T04:00");
        check(std::slice::from_ref(&over), again("2021-02-13T04:00"), "changed");
        check(&[over], again("2021-02-13T04:01"), "opened");
    }
}
