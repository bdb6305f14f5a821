//! Reading a notice again: what it says now takes the place of what it was read as before.

use chrono::{DateTime, Utc};

use super::revise::{Revised, join, revise};
use super::revision::{Cause, Maintenance, Revision};
use crate::names::{MaintenanceId, NoticeId};
use crate::notice::Doubt;

/// Most revisions of one maintenance that notices add to. The longest story of a real one has some dozens; without an end,
/// a sender who gives one reference for ever makes each import slower than the last, since all of a maintenance is read.
pub const MAX_REVISIONS: usize = 1_000;

/// Something that a notice says, and the maintenance it is known to say it of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    /// Its number and `rereads` are set here.
    pub revision: Revision,
    /// The maintenance that a person, or an earlier reading, put it to; none looks for the one that fits.
    pub belongs: Option<MaintenanceId>,
}

/// What became of one saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It opened a maintenance.
    Opened,
    /// It changed one.
    Changed,
    /// It said again what was known.
    Repeated,
    /// It is older in the vendor's order than what is known.
    Stale,
    /// Several maintenances fit, or the one that fits takes no more: a person must look.
    Unassigned,
}

/// One saying in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The maintenance; none when nobody knows which.
    pub maintenance: Option<MaintenanceId>,
    /// What it did there.
    pub became: Became,
    /// Why a person must look all the same.
    pub doubts: Vec<Doubt>,
}

/// What reading a notice again does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reread {
    /// The maintenances that it changes, with their new revisions.
    pub maintenances: Vec<Maintenance>,
    /// What became of each saying, in their order.
    pub placed: Vec<Placed>,
    /// The maintenances that the notice spoke of, and does not any more.
    pub left: Vec<MaintenanceId>,
}

/// Puts all that a notice says in the place of what it said before, among all maintenances that it spoke of or may speak
/// of. A notice that was never recorded has nothing before; one that says nothing is taken back everywhere.
///
/// What it says of a maintenance again keeps its place there, and raises no doubt about the order of notices that was
/// not raised when it came.
#[must_use]
pub fn reread(known: &[Maintenance], notice: &NoticeId, said: Vec<Saying>, now: DateTime<Utc>) -> Reread {
    let mut others: Vec<Maintenance> = known.iter().map(|maintenance| without(maintenance, notice)).collect();
    let mut reread = Reread::default();
    let mut joined: Vec<(MaintenanceId, Revision)> = Vec::new();
    for saying in said {
        let (maintenance, mut placed) = place(&others, saying);
        if let Some(maintenance) = maintenance {
            let spoke = known.iter().find(|m| m.id == maintenance.id).is_some_and(|m| speaks(m, notice));
            placed.doubts.retain(|_| !spoke);
            joined.extend(maintenance.revisions.last().map(|last| (maintenance.id.clone(), last.clone())));
            others.retain(|other| other.id != maintenance.id);
            others.push(maintenance);
        }
        reread.placed.push(placed);
    }
    for other in others {
        let said = joined.iter().filter(|(id, _)| *id == other.id).map(|(_, revision)| revision.clone()).collect();
        let Some(before) = known.iter().find(|maintenance| maintenance.id == other.id) else {
            reread.maintenances.push(other);
            continue;
        };
        let after = rewritten(before, notice, said, now);
        if speaks(before, notice) && !speaks(&after, notice) {
            reread.left.push(after.id.clone());
        }
        if after != *before {
            let account = before.identity.account.clone().or(other.identity.account);
            let identity = super::Identity { account, ..after.identity };
            reread.maintenances.push(Maintenance { identity, ..after });
        }
    }
    reread
}

fn place(others: &[Maintenance], saying: Saying) -> (Option<Maintenance>, Placed) {
    let known = saying.belongs.and_then(|id| others.iter().find(|maintenance| maintenance.id == id));
    let revised = match known {
        Some(maintenance) => join(maintenance, saying.revision),
        None => revise(others, saying.revision),
    };
    let (maintenance, became, doubts) = match revised {
        Revised::Changed { maintenance, .. } | Revised::Stale { maintenance, .. } | Revised::Repeated(maintenance)
            if is_full(&maintenance) =>
        {
            (None, Became::Unassigned, vec![Doubt::TooManyRevisions { limit: MAX_REVISIONS }])
        }
        Revised::Opened(maintenance) => (Some(maintenance), Became::Opened, Vec::new()),
        Revised::Changed { maintenance, doubts, .. } => (Some(maintenance), Became::Changed, doubts),
        Revised::Repeated(maintenance) => (Some(maintenance), Became::Repeated, Vec::new()),
        Revised::Stale { maintenance, doubts } => (Some(maintenance), Became::Stale, doubts),
        Revised::Unassigned => (None, Became::Unassigned, vec![Doubt::SeveralAccounts]),
    };
    let id = maintenance.as_ref().map(|maintenance| maintenance.id.clone());
    (maintenance, Placed { maintenance: id, became, doubts })
}

/// Whether a maintenance with a revision more has more than it may.
fn is_full(with_one_more: &Maintenance) -> bool {
    with_one_more.revisions.len() > MAX_REVISIONS
}

fn speaks(maintenance: &Maintenance, notice: &NoticeId) -> bool {
    maintenance.standing().any(|revision| revision.notice == *notice)
}

/// The maintenance as if the notice had never spoken of it.
fn without(maintenance: &Maintenance, notice: &NoticeId) -> Maintenance {
    let mut without = maintenance.clone();
    without.revisions.retain(|revision| revision.notice != *notice);
    without
}

/// The maintenance with what the notice says of it now: what it says as before stays, the rest takes the place of what
/// it said before, and what is left of that is taken back.
fn rewritten(before: &Maintenance, notice: &NoticeId, mut said: Vec<Revision>, now: DateTime<Utc>) -> Maintenance {
    let mut old: Vec<&Revision> = before.standing().filter(|revision| revision.notice == *notice).collect();
    said.retain(|new| {
        let same = old.iter().position(|old| old.announcement.says_the_same(&new.announcement));
        same.map(|place| old.remove(place)).is_none()
    });
    let mut old = old.into_iter();
    let mut after = before.clone();
    let mut number = before.revisions.last().map_or(0, |last| last.number);
    let mut add = |revision: Revision, rereads: Option<u32>| {
        number += 1;
        after.revisions.push(Revision { number, rereads, ..revision });
    };
    for new in said {
        let rereads = old.next().map(|old| old.number);
        add(new, rereads);
    }
    for old in old {
        add(Revision { cause: Cause::Withdrawn, recorded_at: now, ..old.clone() }, Some(old.number));
    }
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::maintenance::fixture::{maintenance, revision, status, utc, with_window};
    use crate::names::Reference;
    use crate::notice::Status;

    fn read(revision: Revision) -> Vec<Saying> {
        vec![Saying { revision: Revision { cause: Cause::Reread, ..revision }, belongs: None }]
    }

    fn of(reference: &str, mut revision: Revision) -> Revision {
        revision.announcement.reference = Reference::new(reference).expect("a reference");
        revision
    }

    fn starts(maintenance: &Maintenance) -> Vec<DateTime<Utc>> {
        maintenance.latest().windows.iter().map(|window| window.interval.start()).collect()
    }

    fn announced() -> Revision {
        with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00")
    }

    #[test]
    fn another_reading_takes_the_place_of_the_first_from_the_receipt_on() {
        let known = maintenance(vec![announced(), status("2020-01-05", Status::InProcess)]);
        let corrected = with_window("2020-01-01", "2020-01-10T01:00", "2020-01-10T04:00");
        let reread =
            reread(std::slice::from_ref(&known), &corrected.notice.clone(), read(corrected), utc("2020-02-01"));
        let [after] = reread.maintenances.as_slice() else { panic!("one changed: {reread:?}") };
        assert_eq!((after.id.clone(), after.revisions.len(), after.revisions[2].rereads), (known.id, 3, Some(1)));
        let state = after.as_of(utc("2020-01-02")).expect("it was known then");
        assert_eq!(state.windows[0].interval.start(), utc("2020-01-10T01:00"));
        assert!(state.moved_away.is_empty(), "no window moved");
        assert_eq!(after.latest().status, Status::InProcess);
        // Neither an older nor an unclear notice: it stands where it stood.
        assert_eq!((reread.placed[0].doubts.as_slice(), reread.left.as_slice()), ([].as_slice(), [].as_slice()));
    }

    #[test]
    fn the_same_reading_changes_nothing() {
        let known = maintenance(vec![announced(), status("2020-01-05", Status::InProcess)]);
        let same = reread(std::slice::from_ref(&known), &announced().notice, read(announced()), utc("2020-02-01"));
        assert_eq!((same.maintenances, same.left), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_notice_that_says_nothing_any_more_is_taken_back_and_can_come_again() {
        let known = maintenance(vec![announced()]);
        let notice = announced().notice;
        let gone = reread(std::slice::from_ref(&known), &notice, Vec::new(), utc("2020-02-01"));
        assert_eq!(gone.left, std::slice::from_ref(&known.id));
        let gone = gone.maintenances[0].clone();
        assert_eq!(gone.as_of(utc("2020-02-02")), None);
        // Who was told of it is told that it will not be.
        assert_eq!((gone.latest().status, starts(&gone)), (Status::Cancelled, vec![utc("2020-01-10")]));
        // Nobody else's notice revives it, and its own does.
        let other = revise(std::slice::from_ref(&gone), with_window("2020-01-03", "2020-01-11", "2020-01-12"));
        assert!(matches!(other, Revised::Opened(_)), "{other:?}");
        let again = reread(std::slice::from_ref(&gone), &notice, read(announced()), utc("2020-02-03"));
        assert_eq!((&again.maintenances[0].id, starts(&again.maintenances[0])), (&known.id, starts(&known)));
    }

    #[test]
    fn another_reference_is_another_maintenance_and_takes_the_notice_along() {
        let known = maintenance(vec![announced(), status("2020-01-05", Status::InProcess)]);
        let said = read(of("R-2", announced()));
        let reread = reread(std::slice::from_ref(&known), &announced().notice, said, utc("2020-02-01"));
        let [opened, left] = reread.maintenances.as_slice() else { panic!("two: {reread:?}") };
        let (opened, left) = if opened.id == known.id { (left, opened) } else { (opened, left) };
        assert_eq!((starts(opened), starts(left)), (vec![utc("2020-01-10")], vec![]));
        assert_eq!((left.latest().status, reread.left), (Status::InProcess, vec![known.id]));
    }

    #[test]
    fn what_a_person_assigned_joins_whatever_it_names() {
        let known = [maintenance(vec![announced()]), maintenance(vec![of("R-9", revision("2020-01-02"))])];
        let belongs = Some(known[0].id.clone());
        let said = vec![Saying { revision: of("R-9", revision("2020-01-02")), belongs }];
        let reread = reread(&known, &revision("2020-01-02").notice, said, utc("2020-02-01"));
        let joined = reread.maintenances.iter().find(|m| m.id == known[0].id).expect("joined");
        let references: Vec<&str> = joined.references().into_iter().map(Reference::as_str).collect();
        assert_eq!((references, reread.left), (vec!["R-1", "R-9"], vec![known[1].id.clone()]));
    }

    #[test]
    fn a_maintenance_takes_so_many_revisions_and_the_next_waits() {
        let becomes = |revisions: usize| {
            let mut known = maintenance(vec![announced()]);
            let first = known.revisions[0].clone();
            known.revisions = (1..).map(|number| Revision { number, ..first.clone() }).take(revisions).collect();
            let next = status("2020-01-05", Status::InProcess);
            let reread = reread(&[known], &next.notice.clone(), read(next), utc("2020-02-01"));
            (reread.maintenances.len(), reread.placed[0].became, reread.placed[0].doubts.clone())
        };
        let full = vec![Doubt::TooManyRevisions { limit: MAX_REVISIONS }];
        assert_eq!(becomes(MAX_REVISIONS - 1), (1, Became::Changed, Vec::new()));
        assert_eq!(becomes(MAX_REVISIONS), (0, Became::Unassigned, full));
    }

    proptest! {
        /// Whatever was read before: once it is read as it should have been at first, the same is known at any moment.
        #[test]
        fn corrected_is_as_if_it_had_been_read_so_at_once(
            wrong in (0_u32..24, any::<bool>()),
            others in prop::collection::vec((2_u32..9, 0_u32..24, 0..4_usize), 0..4),
            recorded in 0..4_usize,
        ) {
            let statuses = [Status::Tentative, Status::Confirmed, Status::Cancelled, Status::Completed];
            let hours = |day: u32, hour: u32| format!("2020-01-{day:02}T{hour:02}:00");
            let right = announced();
            let mut misread = with_window("2020-01-01", &hours(20, wrong.0), &hours(22, 0));
            if wrong.1 {
                misread = of("R-7", misread);
            }
            let mut rest: Vec<Revision> = others
                .iter()
                .map(|(day, hour, status)| {
                    let mut built = with_window(&hours(*day, *hour), &hours(20, *hour), &hours(21, *hour));
                    built.announcement.status = Some(statuses[*status]);
                    built
                })
                .collect();
            rest.sort_by_key(|revision| revision.received.at);
            rest.dedup_by_key(|revision| revision.received.at);
            let mut known = Vec::new();
            let at_first = |mut revisions: Vec<Revision>, known: &mut Vec<Maintenance>| {
                for revision in revisions.drain(..) {
                    let notice = revision.notice.clone();
                    take(known, reread(known, &notice, vec![Saying { revision, belongs: None }], utc("2020-01-30")));
                }
            };
            let split = recorded.min(rest.len());
            let (early, late) = (rest[..split].to_vec(), rest[split..].to_vec());
            at_first([vec![misread.clone()], early].concat(), &mut known);
            let mended = reread(&known, &right.notice, read(right.clone()), utc("2020-02-01"));
            take(&mut known, mended);
            at_first(late, &mut known);
            let mut straight = Vec::new();
            at_first([vec![right], rest].concat(), &mut straight);
            let moments = (1..30).map(|day| utc(&format!("2020-01-{day:02}T23:59")));
            for moment in moments {
                prop_assert_eq!(states(&known, moment), states(&straight, moment));
            }
        }
    }

    fn take(known: &mut Vec<Maintenance>, reread: Reread) {
        for maintenance in reread.maintenances {
            known.retain(|other| other.id != maintenance.id);
            known.push(maintenance);
        }
    }

    /// What is known of every maintenance of which anything is, whatever it is called.
    fn states(known: &[Maintenance], moment: DateTime<Utc>) -> Vec<String> {
        let mut states: Vec<String> = known
            .iter()
            .filter_map(|maintenance| maintenance.as_of(moment))
            .map(|state| format!("{state:?}"))
            .collect();
        states.sort();
        states
    }
}
