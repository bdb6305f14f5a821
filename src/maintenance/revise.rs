//! What an announcement does to what is known.

use serde::Serialize;

use super::fold::{State, fold, in_vendor_order, standing, time_key};
use super::identity::{Identity, REUSE_AFTER};
use super::revision::{Maintenance, Revision};
use crate::names::Reference;
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
        /// Why a person must look all the same: the order of the notices is not clear.
        doubts: Vec<Doubt>,
    },
    /// It said again what was known; kept as a revision, since when it was said may matter.
    Repeated(Maintenance),
    /// It is older in the vendor's order than what is known; kept, and what newer notices say overrides it.
    Stale {
        /// With the new revision.
        maintenance: Maintenance,
        /// Why a person must look; empty when the older notice contradicts nothing.
        doubts: Vec<Doubt>,
    },
    /// Several maintenances fit, by the account it does not name or by the reference it replaces: a person must assign it.
    Unassigned,
}

/// What differs between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
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

impl Change {
    /// The word for it, as people and programs are told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Windows => "windows",
            Self::Scope => "scope",
            Self::Text => "text",
        }
    }
}

const ALL_CHANGES: [Change; 4] = [Change::Status, Change::Windows, Change::Scope, Change::Text];

/// Joins a revision to the maintenance it belongs to among those known of the same vendor and reference, or opens one.
///
/// `revision.number` is set here.
#[must_use]
pub fn revise(known: &[Maintenance], revision: Revision) -> Revised {
    let identity = Identity::of(&revision.announcement);
    let carrying = |reference: &Reference| -> Vec<&Maintenance> {
        let carries = |maintenance: &&Maintenance| {
            maintenance.identity.vendor == identity.vendor
                && maintenance.identity.may_share_account(&identity)
                && is_open_to(maintenance, &revision)
                && carries(maintenance, reference)
                && !is_reuse(maintenance, &revision)
        };
        known.iter().filter(carries).collect()
    };
    let mut fitting = carrying(&identity.reference);
    for replaced in revision.announcement.replaces.iter().flat_map(carrying) {
        if fitting.iter().all(|known| known.id != replaced.id) {
            fitting.push(replaced);
        }
    }
    match fitting.as_slice() {
        [] => Revised::Opened(open(identity, revision)),
        [one] => join(one, revision),
        several => match only_of_account(several, &identity) {
            Some(exact) => join(exact, revision),
            None => Revised::Unassigned,
        },
    }
}

/// Of several maintenances that fit, the only one known to be of the account that the notice names.
fn only_of_account<'a>(fitting: &[&'a Maintenance], identity: &Identity) -> Option<&'a Maintenance> {
    identity.account.as_ref()?;
    let mut exact = fitting.iter().filter(|maintenance| maintenance.identity.account.is_some());
    let only = exact.next()?;
    exact.next().is_none().then_some(only)
}

/// Whether a reference names this maintenance: its own, one it was moved to, or one that it took the place of. So it does
/// not matter which of two linked notices comes first.
fn carries(maintenance: &Maintenance, reference: &Reference) -> bool {
    let folded = reference.folded();
    maintenance.references().into_iter().any(|known| known.folded() == folded)
}

/// A maintenance of which nothing is said any more is there only for the notices that it was taken back from.
fn is_open_to(maintenance: &Maintenance, revision: &Revision) -> bool {
    maintenance.revisions.is_empty()
        || maintenance.standing().next().is_some()
        || maintenance.revisions.iter().any(|known| known.notice == revision.notice)
}

/// A reference used again more than 400 days after a maintenance was completed names a new one (DESIGN.md section 2).
fn is_reuse(maintenance: &Maintenance, revision: &Revision) -> bool {
    let Some(state) = fold(maintenance.revisions.iter().collect()) else { return false };
    let last = state.ended_at.into_iter().chain(state.windows.iter().map(|window| window.interval.end())).max();
    matches!(state.status, Status::Completed) && last.is_some_and(|last| time_key(revision) - last > REUSE_AFTER)
}

fn open(identity: Identity, mut revision: Revision) -> Maintenance {
    revision.number = 1;
    Maintenance { id: identity.opened_by(&revision.notice), identity, revisions: vec![revision] }
}

pub(super) fn join(maintenance: &Maintenance, mut revision: Revision) -> Revised {
    let before = fold(maintenance.revisions.iter().collect());
    let mut maintenance = maintenance.clone();
    revision.number = maintenance.revisions.last().map_or(1, |last| last.number.saturating_add(1));
    if maintenance.identity.account.is_none() {
        maintenance.identity.account.clone_from(&revision.announcement.account);
    }
    maintenance.revisions.push(revision);
    let newest = maintenance.revisions.len() - 1;
    let after = maintenance.latest();
    let (earlier, said) = (&maintenance.revisions[..newest], &maintenance.revisions[newest]);
    let mut ordered: Vec<&Revision> = maintenance.standing().collect();
    in_vendor_order(&mut ordered);
    let mut doubts = Vec::new();
    if standing(earlier.iter().collect()).into_iter().any(|other| order_is_unclear(said, other)) {
        doubts.push(Doubt::OrderUnclear);
    }
    if ordered.last().is_some_and(|last| last.number != said.number) {
        doubts.extend(before.iter().flat_map(|before| would_change(said, before)));
        return Revised::Stale { maintenance, doubts };
    }
    let changes = before.map(|before| differences(&before, &after));
    // Of one that nothing was said of any more, anything is news.
    let Some(changes) = changes else { return Revised::Changed { maintenance, changes: ALL_CHANGES.to_vec(), doubts } };
    if changes.is_empty() && doubts.is_empty() {
        Revised::Repeated(maintenance)
    } else {
        Revised::Changed { maintenance, changes, doubts }
    }
}

/// Whether SEQUENCE, which both state, and time say the opposite about which of two notices is newer.
fn order_is_unclear(one: &Revision, other: &Revision) -> bool {
    let (Some(mine), Some(theirs)) = (one.announcement.sequence, other.announcement.sequence) else { return false };
    mine.cmp(&theirs).is_ne() && mine.cmp(&theirs) == time_key(other).cmp(&time_key(one))
}

/// What a stale notice says against what is known: it would cancel it, or move one of its windows.
fn would_change(stale: &Revision, known: &State) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let said = &stale.announcement;
    if said.status == Some(Status::Cancelled) && !known.is_cancelled() {
        doubts.push(Doubt::StaleWouldChange { would: "cancel it".into() });
    }
    let holds = |window: &crate::window::Window| known.windows.iter().any(|w| w.interval == window.interval);
    if !known.windows.is_empty() && !said.windows.iter().all(holds) {
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
    use proptest::prelude::*;

    use super::*;
    use crate::maintenance::fixture::{maintenance, revision, status, utc, with_window};

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
    fn linked_notices_join_whichever_comes_first() {
        let mut moved = with_window("2020-01-02", "2020-01-12T00:00", "2020-01-12T04:00");
        moved.announcement.reference = reference("R-9");
        moved.announcement.replaces = Some(reference("R-1"));
        moved.announcement.stamp = Some(utc("2020-01-02"));
        let known = maintenance(vec![moved.clone()]);
        let mut original = with_window("2020-01-03", "2020-01-10T00:00", "2020-01-10T04:00");
        original.announcement.stamp = Some(utc("2020-01-01"));
        let Revised::Stale { maintenance: joined, .. } = check(&[known], original, "stale") else { panic!("checked") };
        // Only the new window is in force.
        let windows: Vec<_> = joined.latest().windows.iter().map(|window| window.interval.start()).collect();
        assert_eq!(windows, [utc("2020-01-12")]);
        // The new reference was opened by a notice that named no old one: which of the two it is, a person must say.
        let mut alone = with_window("2020-01-02", "2020-01-12T00:00", "2020-01-12T04:00");
        alone.announcement.reference = reference("R-9");
        check(&[announced(), maintenance(vec![alone])], moved, "unassigned");
    }

    #[test]
    fn another_account_is_another_maintenance_although_a_notice_was_silent() {
        let mut named = status("2020-01-02", Status::Confirmed);
        named.announcement.account = Some("b".into());
        let opening = with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
        let known = maintenance(vec![opening, named]);
        let mut other = status("2020-01-03", Status::Cancelled);
        other.announcement.account = Some("c".into());
        check(&[known], other, "opened");
    }

    #[test]
    fn a_cancellation_that_was_read_first_moves_nothing() {
        let mut cancelled = status("2020-01-05", Status::Cancelled);
        cancelled.announcement.stamp = Some(utc("2020-01-05"));
        let mut original = with_window("2020-01-06", "2020-01-10T00:00", "2020-01-10T04:00");
        original.announcement.stamp = Some(utc("2020-01-01"));
        let known = maintenance(vec![cancelled]);
        let Revised::Stale { doubts, maintenance } = check(&[known], original, "stale") else { panic!("checked") };
        assert_eq!(doubts, []);
        let state = maintenance.latest();
        assert_eq!((state.is_cancelled(), state.windows.len()), (true, 1));
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
        let sequenced = |received: &str, stamp: &str, sequence: i64, end: &str| {
            let mut built = with_window(received, "2020-01-10T00:00", end);
            built.announcement.sequence = Some(sequence);
            built.announcement.stamp = Some(utc(stamp));
            built
        };
        let known = || [maintenance(vec![sequenced("2020-01-01", "2020-01-01", 5, "2020-01-10T04:00")])];
        let doubts = |revised| match revised {
            Revised::Stale { doubts, .. } | Revised::Changed { doubts, .. } => doubts,
            Revised::Opened(_) | Revised::Repeated(_) | Revised::Unassigned => panic!("checked"),
        };
        let lower = sequenced("2020-01-02", "2020-01-02", 4, "2020-01-10T04:00");
        assert_eq!(doubts(check(&known(), lower, "stale")), [Doubt::OrderUnclear]);
        // The same the other way round: a higher number on an older notice.
        let higher = sequenced("2020-01-02", "2019-12-31", 6, "2020-01-10T05:00");
        assert_eq!(doubts(check(&known(), higher, "changed")), [Doubt::OrderUnclear]);
        // Equal times, or equal numbers, contradict nothing.
        let same_time = sequenced("2020-01-02", "2020-01-01", 4, "2020-01-10T04:00");
        assert_eq!(doubts(check(&known(), same_time, "stale")), []);
        let same_number = sequenced("2020-01-02", "2019-12-31", 5, "2020-01-10T04:00");
        assert_eq!(doubts(check(&known(), same_number, "stale")), []);
    }

    proptest! {
        /// Importing late, or in another order, changes nothing of what is known.
        #[test]
        fn the_order_of_import_does_not_matter(
            said in prop::collection::vec((1_u32..9, 0_u32..24, 0..4_usize, prop::option::of(0_i64..4)), 1..6),
            shuffle in any::<prop::sample::Index>(),
        ) {
            let statuses = [Status::Tentative, Status::Confirmed, Status::Cancelled, Status::Completed];
            let mut revisions: Vec<Revision> = Vec::new();
            for (day, hour, status, sequence) in said {
                let at = |day: u32| format!("2020-01-{day:02}T{hour:02}:00");
                let mut built = with_window(&at(day), &at(day + 10), &at(day + 11));
                built.announcement.status = Some(statuses[status]);
                built.announcement.sequence = sequence;
                if revisions.iter().all(|known| known.received.at != built.received.at) {
                    revisions.push(built);
                }
            }
            let straight = maintenance(revisions.clone());
            let turned = shuffle.index(revisions.len());
            revisions.rotate_left(turned);
            revisions.reverse();
            let other = maintenance(revisions);
            for day in 1..10 {
                let moment = utc(&format!("2020-01-{day:02}T23:59"));
                prop_assert_eq!(straight.as_of(moment), other.as_of(moment));
            }
        }
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
