//! What is written together, and in which order it is known.

use inwindow::notice::ReviewState;
use inwindow::store::{
    Changes, Generation, LogEntry, MessageFilter, NewInventory, NoticeFilter, OutageFilter, Rehomed, Store, StoreError,
};

use super::{commit, notices, opened, try_commit};
use crate::store_fixtures::{
    announcement, coverage, hour, hours, inventory, maintenance, message, notice, outage, review_item, revised, vendor,
};

pub fn a_fresh_store_is_empty(store: &mut dyn Store) {
    assert_eq!(store.generation().expect("readable"), Generation(0));
    assert_eq!(store.secret().expect("readable"), [7; 32]);
    assert_eq!(store.created_at().expect("readable"), hour(0));
    assert_eq!(store.inventory_as_of(hour(0)).expect("readable"), None);
    assert_eq!(store.inventory_latest().expect("readable"), None);
    assert_eq!(store.next_due(hour(0)).expect("readable"), None);
    assert_eq!(store.notice("n-").expect("readable"), None);
    assert_eq!(store.notice("").expect("readable"), None);
    assert_eq!(store.maintenance("").expect("readable"), None);
    assert_eq!(store.lease_due(hour(0), hour(1), "a", 10).expect("readable"), []);
    assert_eq!(store.expire(hour(0)).expect("readable"), []);
}

pub fn what_is_kept_together_is_kept_or_not(store: &mut dyn Store) {
    let (one, two) = (notice("one", 1, announcement("R1", &[])), notice("two", 2, announcement("R2", &[])));
    let there = |store: &dyn Store| store.notices(&NoticeFilter::default()).expect("readable").len();
    store.begin().expect("begun");
    commit(store, &notices(&[&one]));
    // A unit of work that fails takes nothing else with it.
    let unknown = Changes { review: vec![review_item(&two, ReviewState::Open)], ..Changes::default() };
    try_commit(store, &unknown).expect_err("no such notice");
    commit(store, &notices(&[&two]));
    assert_eq!(there(store), 2, "seen from inside");
    store.undo().expect("undone");
    assert_eq!((there(store), store.generation().expect("readable")), (0, Generation(0)));
    store.undo().expect("nothing to undo");
    store.begin().expect("begun");
    commit(store, &notices(&[&one]));
    commit(store, &notices(&[&two]));
    store.keep().expect("kept");
    assert_eq!((there(store), store.generation().expect("readable")), (2, Generation(2)));
    commit(store, &notices(&[&notice("three", 3, announcement("R3", &[]))]));
    assert_eq!(there(store), 3, "alone again");
}

/// What was read or written since it began is as the store has it, also when a unit of work failed or all was undone.
pub fn maintenances_of_what_is_kept_together_are_as_they_stand(store: &mut dyn Store) {
    let new = notice("opens", 5, announcement("R5", &[hours(10, 12)]));
    let opened = maintenance(&new);
    let again = notice("revising", 6, announcement("R5", &[hours(11, 13)]));
    let moved = revised(opened.clone(), &again);
    let id = opened.id.as_str();
    let both = Changes { maintenances: vec![opened.clone()], ..notices(&[&new, &again]) };
    let revising = Changes { maintenances: vec![moved.clone()], ..Changes::default() };
    let fails = Changes {
        review: vec![review_item(&notice("no", 7, announcement("R7", &[])), ReviewState::Open)],
        ..revising.clone()
    };
    let found = |store: &dyn Store| store.maintenance(id).expect("readable");
    store.begin().expect("begun");
    commit(store, &both);
    assert_eq!(found(store).as_ref(), Some(&opened));
    try_commit(store, &fails).expect_err("no such notice");
    assert_eq!(found(store).as_ref(), Some(&opened), "the revision went with the unit of work that failed");
    commit(store, &revising);
    assert_eq!(found(store).as_ref(), Some(&moved));
    store.undo().expect("undone");
    assert_eq!(found(store), None);
    store.begin().expect("begun");
    commit(store, &both);
    store.keep().expect("kept");
    assert_eq!(found(store).as_ref(), Some(&opened));
    store.begin().expect("begun");
    commit(store, &revising);
    let to = vendor("joyent");
    let rehomed = vec![Rehomed { maintenance: opened.id.clone(), vendor: to.clone() }];
    commit(store, &Changes { rehomed, ..Changes::default() });
    assert_eq!(found(store).map(|found| found.identity.vendor), Some(to));
    store.undo().expect("undone");
    assert_eq!(found(store).as_ref(), Some(&opened));
}

pub fn a_stale_plan_is_refused_whole(store: &mut dyn Store) {
    let looked = store.generation().expect("readable");
    commit(store, &opened("first", "R1", &[]).1);
    let (_, late) = opened("second", "R2", &[]);
    let error = store.commit(looked, &late, hour(0)).expect_err("somebody wrote");
    assert!(matches!(error, StoreError::Moved { expected: Generation(0), found: Generation(1) }), "{error}");
    assert!(error.is_stale());
    assert_eq!(store.maintenance("R2").expect("readable"), None);
    assert_eq!(store.notices(&NoticeFilter::default()).expect("readable").len(), 1);
}

pub fn a_failing_change_leaves_nothing(store: &mut dyn Store) {
    let (_, changes) = opened("first", "R1", &[]);
    commit(store, &changes);
    let mut altered = changes.maintenances[0].clone();
    altered.revisions[0].baseline = true;
    let (_, fresh) = opened("second", "R2", &[hours(1, 2)]);
    let mut all = fresh;
    all.inventory = Some(NewInventory { inventory: inventory("feed-a"), applied_at: hour(0) });
    all.coverage = vec![coverage(&[], 1)];
    all.outages = vec![outage(0, None)];
    all.messages = vec![message("ann@acme.example", 1)];
    all.log = vec![LogEntry { at: hour(0), who: "ann".into(), what: "imported".into(), subject: String::new() }];
    all.maintenances.push(altered);
    let error = try_commit(store, &all).expect_err("a revision differs");
    assert!(matches!(error, StoreError::RevisionDiffers { .. }), "{error}");

    assert_eq!(store.generation().expect("readable"), Generation(1));
    assert_eq!(store.maintenance("R2").expect("readable"), None);
    assert_eq!(store.notices(&NoticeFilter::default()).expect("readable").len(), 1);
    assert_eq!(store.maintenances_overlapping(hours(0, 9)).expect("readable"), []);
    assert_eq!(store.inventory_latest().expect("readable"), None);
    assert_eq!(store.coverage().expect("readable"), []);
    assert_eq!(store.outages(OutageFilter::All).expect("readable"), []);
    assert_eq!(store.messages(&MessageFilter::default()).expect("readable"), []);
    assert_eq!(store.log(10).expect("readable"), []);
}

pub fn the_log_is_kept_newest_first(store: &mut dyn Store) {
    let entry = |number: i64| LogEntry {
        at: hour(number),
        who: "ann".into(),
        what: format!("approved {number}"),
        subject: "msg-1".into(),
    };
    for number in 0..3 {
        let done = commit(store, &Changes { log: vec![entry(number)], ..Changes::default() });
        assert_eq!(done.generation, Generation(0), "the log is not what is known");
    }
    assert_eq!(store.log(2).expect("readable"), [entry(2), entry(1)]);
}
