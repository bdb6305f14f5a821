//! What every implementation of the store must do. Each function is given an empty store; `store.rs` runs all of them on
//! SQLite, `store_postgres.rs` on PostgreSQL.

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::inventory::{CheckSaid, CheckWord, Taught};
use inwindow::names::{AssetId, ChecklistId, DayId, MaintenanceId, MessageId, NoticeId, OutageId, Reference};
use inwindow::notice::{Position, Reading, ReviewItem, ReviewState, Settled, Unreadable};
use inwindow::outage::{Attached, ClaimAct, ClaimStep, Observed};
use inwindow::plan::{Cause, Key, Message, MessageState};
use inwindow::store::{
    Changes, Committed, Dated, Generation, Judging, LogEntry, MaintenanceFilter, MessageAction, MessageCount,
    MessageEdit, MessageFilter, NewInventory, NewNotice, NewOverride, NewReading, NewVerdict, NoticeCursor,
    NoticeFilter, NoticePage, OutageEnd, OutageFilter, Rehomed, ReviewFilter, Settlement, SourceLease, SourceOutcome,
    SourceState, SourceStep, SourceTurn, Store, StoreError, Withdrawal, Withdrawn,
};
use inwindow::verdict::{Kind, Override};
use inwindow::window::StatedObject;

use crate::store_fixtures::{
    announcement, asset, attachment, attachment_of, cause, coverage, hour, hours, inventory, large_inventory,
    maintenance, message, notice, outage, review_item, revised, statement, vendor, verdict,
};

/// Gives the names of all functions here to a macro, which makes a test of each.
macro_rules! every_promise {
    ($test:ident) => {
        $test!(
            a_fresh_store_is_empty,
            notices_are_kept_whole,
            notices_are_listed_newest_first,
            the_same_notice_twice_is_known,
            bytes_that_are_not_the_notices_own_are_refused,
            a_beginning_that_fits_several_is_ambiguous,
            review_and_coverage_keep_the_newer_word,
            sources_keep_their_positions,
            a_source_is_read_by_one_at_a_time,
            what_is_kept_together_is_kept_or_not,
            a_notice_read_again_keeps_every_reading,
            notices_come_in_pages_in_the_order_they_came,
            a_maintenance_goes_to_another_vendor_with_its_references,
            maintenances_are_found_by_id_reference_and_beginning,
            one_reference_of_two_vendors_is_ambiguous,
            revisions_are_added_and_never_changed,
            an_account_may_become_known_once,
            windows_are_found_by_time,
            windows_of_any_revision_and_reading_are_found,
            what_maintenances_name_is_found_without_them,
            maintenances_stay_active_until_their_last_window_ends,
            maintenances_are_listed_by_pages,
            the_inventory_is_dated,
            a_part_of_the_inventory_is_that_of_its_version,
            outages_are_kept_with_what_was_said_of_them,
            verdicts_are_kept_as_revisions,
            overrides_stand_beside_verdicts,
            a_message_is_kept_once_for_its_key,
            messages_are_listed_by_what_they_are,
            messages_of_a_cause_come_by_contact_in_pages,
            what_waits_and_what_failed_is_counted,
            a_stale_plan_is_refused_whole,
            a_failing_change_leaves_nothing,
            the_log_is_kept_newest_first,
            a_lease_is_one_workers_alone,
            a_lease_that_ran_out_goes_to_another,
            attempts_end_in_their_states,
            what_a_worker_has_cannot_be_taken_back,
            people_change_what_waits,
            what_went_stale_is_skipped_and_told,
            a_stale_message_is_left_to_the_worker_that_has_it,
            maintenances_of_what_is_kept_together_are_as_they_stand,
            what_outages_are_to_be_judged_by_is_counted,
            what_is_attached_and_claimed_is_kept_for_ever,
            what_is_said_of_the_checklist_is_kept,
            bytes_that_no_attempt_used_are_forgotten,
            leases_that_ran_out_are_given_back,
            what_was_handed_over_is_held_longer,
            so_many_turns_a_minute_are_given_for_a_domain,
            a_code_is_kept_with_the_message,
        );
    };
}
pub(crate) use every_promise;

/// Commits on the generation in force.
fn try_commit(store: &mut dyn Store, changes: &Changes) -> Result<Committed, StoreError> {
    let generation = store.generation()?;
    store.commit(generation, changes, hour(0))
}

#[track_caller]
fn commit(store: &mut dyn Store, changes: &Changes) -> Committed {
    try_commit(store, changes).expect("the changes are good")
}

fn notices(notices: &[&NewNotice]) -> Changes {
    Changes { notices: notices.iter().map(|new| (*new).clone()).collect(), ..Changes::default() }
}

fn messages(messages: &[Message]) -> Changes {
    Changes { messages: messages.to_vec(), ..Changes::default() }
}

/// A notice with the maintenance it opens.
fn opened(words: &str, reference: &str, windows: &[inwindow::time::Interval]) -> (NewNotice, Changes) {
    let new = notice(words, 0, announcement(reference, windows));
    let changes = Changes { notices: vec![new.clone()], maintenances: vec![maintenance(&new)], ..Changes::default() };
    (new, changes)
}

#[track_caller]
fn state_of(store: &dyn Store, message: &Message) -> MessageState {
    store.message(message.id.as_str()).expect("readable").expect("there").state
}

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

pub fn notices_are_kept_whole(store: &mut dyn Store) {
    let first = notice("first", 1, announcement("R1", &[]));
    let second = notice("second", 2, announcement("R2", &[]));
    let done = commit(store, &notices(&[&first, &second]));
    assert_eq!(done.new_notices, [first.notice.id.clone(), second.notice.id.clone()]);
    assert_eq!(store.notice(first.notice.id.as_str()).expect("readable").as_ref(), Some(&first.notice));
    assert_eq!(store.notice_by_digest(&second.notice.sha256).expect("readable").as_ref(), Some(&second.notice));
    assert_eq!(store.raw(&first.notice.id).expect("readable").as_deref(), Some(&b"first"[..]));
    assert_eq!(store.reading(&first.notice.id).expect("readable").as_ref(), Some(&first.reading));
    let same_message_id = store.notices_by_message_id("1@dc-ams.example").expect("readable");
    assert_eq!(same_message_id, [first.notice.clone(), second.notice.clone()]);
    let nobody = NoticeId::new("n-000000000000").expect("an id");
    assert_eq!(store.raw(&nobody).expect("readable"), None);
    assert_eq!(store.reading(&nobody).expect("readable"), None);
}

pub fn notices_are_listed_newest_first(store: &mut dyn Store) {
    let all: Vec<NewNotice> = (1..=3).map(|at| notice(&format!("notice {at}"), at, announcement("R", &[]))).collect();
    let mut other = announcement("R", &[]);
    other.vendor = vendor("joyent");
    let other = notice("other", 0, other);
    commit(store, &notices(&[&all[0], &all[1], &all[2], &other]));
    let found = |filter: NoticeFilter| -> Vec<String> {
        let found = store.notices(&filter).expect("readable");
        found.into_iter().map(|notice| notice.received.at.to_rfc3339()).collect()
    };
    let at = |hours: &[i64]| -> Vec<String> { hours.iter().map(|h| hour(*h).to_rfc3339()).collect() };
    assert_eq!(found(NoticeFilter::default()), at(&[3, 2, 1, 0]));
    assert_eq!(found(NoticeFilter { limit: Some(2), ..NoticeFilter::default() }), at(&[3, 2]));
    assert_eq!(found(NoticeFilter { vendor: Some(vendor("joyent")), ..NoticeFilter::default() }), at(&[0]));
    assert_eq!(found(NoticeFilter { received: Some(hours(1, 3)), ..NoticeFilter::default() }), at(&[2, 1]));
}

pub fn the_same_notice_twice_is_known(store: &mut dyn Store) {
    let first = notice("first", 1, announcement("R1", &[]));
    commit(store, &notices(&[&first]));
    let mut again = first.clone();
    again.notice.imported_at = hour(9);
    again.notice.source = "elsewhere".into();
    let done = commit(store, &notices(&[&again]));
    assert_eq!((done.new_notices, done.known_notices), (vec![], vec![first.notice.id.clone()]));
    assert_eq!(done.generation, Generation(1), "nothing was learned");
    assert_eq!(store.notice(first.notice.id.as_str()).expect("readable"), Some(first.notice));
}

pub fn bytes_that_are_not_the_notices_own_are_refused(store: &mut dyn Store) {
    let mut wrong = notice("first", 1, announcement("R1", &[]));
    wrong.raw = b"other".to_vec();
    let error = try_commit(store, &notices(&[&wrong])).expect_err("other bytes");
    assert!(matches!(error, StoreError::BytesDiffer { .. }), "{error}");
    let huge = notice(&"x".repeat(inwindow::store::MAX_RAW_BYTES + 1), 1, announcement("R1", &[]));
    let error = try_commit(store, &notices(&[&huge])).expect_err("too large");
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
}

pub fn a_beginning_that_fits_several_is_ambiguous(store: &mut dyn Store) {
    let all: Vec<NewNotice> =
        (0..20).map(|number| notice(&format!("notice {number}"), number, announcement("R", &[]))).collect();
    commit(store, &notices(&all.iter().collect::<Vec<_>>()));
    let error = store.notice("n-").expect_err("twenty fit");
    assert!(
        matches!(&error, StoreError::Ambiguous { typed, matches } if typed == "n-" && matches.len() == 5),
        "{error}"
    );
    for new in &all {
        let id = new.notice.id.as_str();
        let shared =
            |length: usize| all.iter().filter(|other| other.notice.id.as_str().starts_with(&id[..length])).count();
        let unique = (3..id.len()).find(|length| shared(*length) == 1).expect("ids differ");
        assert_eq!(store.notice(&id[..unique]).expect("unique").as_ref(), Some(&new.notice));
        assert_eq!(store.notice(&format!(" {} ", &id[..unique])).expect("unique").as_ref(), Some(&new.notice));
    }
    assert_eq!(store.notice("n-%").expect("readable"), None);
    assert_eq!(store.notice("zzz").expect("readable"), None);
}

pub fn sources_keep_their_positions(store: &mut dyn Store) {
    let step = |store: &mut dyn Store, place: &str, outcome| {
        let step = SourceStep { lease: turn_of(store, "noc", 0), place: place.into(), outcome };
        commit(store, &Changes { sources: vec![step], ..Changes::default() });
    };
    let took = |uid_validity, uid, newest| SourceOutcome::Took {
        until: hour(0),
        position: Some(Position { uid_validity, uid }),
        messages: 2,
        newest_at: Some(hour(newest)),
    };
    let state = |store: &dyn Store| store.sources().expect("readable").pop().expect("a source");
    step(store, "a", took(7, 5, 3));
    step(store, "a", SourceOutcome::Complete { began_at: hour(4) });
    step(store, "a", SourceOutcome::Failed { error: "no".into(), at: hour(5) });
    let expected = SourceState {
        name: "noc".into(),
        place: "a".into(),
        position: Some(Position { uid_validity: 7, uid: 5 }),
        tried_at: Some(hour(5)),
        error: Some("no".into()),
        first_complete_at: Some(hour(4)),
        complete_at: Some(hour(4)),
        newest_at: Some(hour(3)),
        messages: 2,
    };
    assert_eq!(state(store), expected);
    // Two read the same mailbox, and one is behind: the position stays. Under another numbering it is another.
    step(store, "a", took(7, 4, 2));
    assert_eq!((state(store).position, state(store).newest_at), (expected.position, expected.newest_at));
    step(store, "a", SourceOutcome::Complete { began_at: hour(6) });
    assert_eq!((state(store).error, state(store).complete_at), (None, Some(hour(6))));
    step(store, "a", took(8, 1, 2));
    assert_eq!(state(store).position, Some(Position { uid_validity: 8, uid: 1 }));
    // What the name stands for now was never read.
    step(store, "b", SourceOutcome::Failed { error: "no".into(), at: hour(7) });
    assert_eq!((state(store).position, state(store).complete_at, state(store).messages), (None, None, 0));
    assert_eq!(store.generation().expect("readable"), Generation(0), "nothing of what is known changed");
}

/// The turn of somebody who takes it at an hour at which it is free, for no time at all.
#[track_caller]
fn turn_of(store: &mut dyn Store, name: &str, at: i64) -> SourceLease {
    match store.lease_source(name, "somebody", hour(at), hour(at)).expect("readable") {
        SourceTurn::Yours(lease) => lease,
        SourceTurn::Others { holder, until, .. } => panic!("it is the turn of {holder} until {until}"),
    }
}

pub fn a_source_is_read_by_one_at_a_time(store: &mut dyn Store) {
    let ask = |store: &mut dyn Store, holder: &str, at| {
        store.lease_source("noc", holder, hour(at), hour(at + 2)).expect("readable")
    };
    let lease = |fence| SourceLease { name: "noc".into(), fence };
    let others =
        |holder: &str, until| SourceTurn::Others { lease: lease(1), holder: holder.into(), until: hour(until) };
    let step = |store: &mut dyn Store, fence, outcome| {
        let step = SourceStep { lease: lease(fence), place: "a".into(), outcome };
        let changes = Changes { sources: vec![step], ..Changes::default() };
        store.commit(store.generation().expect("readable"), &changes, hour(0)).map(|_| ())
    };
    let took =
        |until| SourceOutcome::Took { until: hour(until), position: None, messages: 1, newest_at: Some(hour(1)) };
    let is_lost = |done: Result<(), StoreError>| matches!(done, Err(StoreError::LostSource { name }) if name == "noc");

    assert_eq!(ask(store, "a", 0), SourceTurn::Yours(lease(1)));
    // The instant before it runs out, and the one at which it does; its own holder waits as well.
    let before = store.lease_source("noc", "b", hour(2) - TimeDelta::microseconds(1), hour(9)).expect("readable");
    assert_eq!(before, others("a", 2));
    assert_eq!(ask(store, "a", 1), others("a", 2));
    // Each step makes it longer, and none shorter.
    step(store, 1, took(5)).expect("its turn");
    step(store, 1, took(3)).expect("its turn");
    store.keep_source(&lease(1), hour(6)).expect("its turn");
    assert_eq!(ask(store, "b", 4), others("a", 6));
    assert_eq!(ask(store, "b", 6), SourceTurn::Yours(lease(2)));
    // What the first one stored stays, and it stores nothing more.
    assert!(is_lost(step(store, 1, took(9))) && is_lost(store.keep_source(&lease(1), hour(9))));
    assert!(is_lost(step(store, 1, SourceOutcome::Complete { began_at: hour(1) })));
    store.leave_source(&lease(1)).expect("nothing to leave");
    assert_eq!(store.sources().expect("readable")[0].messages, 2);
    // One that ran out and that nobody took is still good; the end of an attempt is that of the turn.
    step(store, 2, SourceOutcome::Complete { began_at: hour(7) }).expect("its turn");
    assert!(is_lost(step(store, 2, took(9))));
    assert_eq!(ask(store, "c", 7), SourceTurn::Yours(lease(3)));
    step(store, 3, SourceOutcome::Failed { error: "no".into(), at: hour(7) }).expect("its turn");
    assert_eq!(ask(store, "d", 7), SourceTurn::Yours(lease(4)));
    store.leave_source(&lease(4)).expect("left");
    assert_eq!(ask(store, "e", 7), SourceTurn::Yours(lease(5)));
    // Another source is another turn.
    turn_of(store, "old", 7);
}

pub fn what_outages_are_to_be_judged_by_is_counted(store: &mut dyn Store) {
    let judging = |judging| Changes { judging, ..Changes::default() };
    let counted = |store: &dyn Store| {
        let judged = store.judged().expect("readable");
        (judged.owed, judged.done)
    };
    let (owed, done) = counted(store);
    assert_eq!(owed, done, "a new store owes nothing");
    let generation = store.generation().expect("readable");
    assert_eq!(commit(store, &judging(Judging::Owed)).owed, owed + 1);
    assert_eq!(commit(store, &notices(&[&notice("one", 1, announcement("R1", &[]))])).owed, owed + 1);
    assert_eq!(commit(store, &judging(Judging::Owed)).owed, owed + 2);
    assert_eq!(counted(store), (owed + 2, done));
    commit(store, &judging(Judging::Done(owed + 1)));
    assert_eq!(counted(store), (owed + 2, done + 1), "what came meanwhile stays owed");
    commit(store, &judging(Judging::Done(owed)));
    assert_eq!(counted(store), (owed + 2, done + 1), "another process judged by less");
    commit(store, &judging(Judging::Done(owed + 9)));
    assert_eq!(counted(store), (owed + 2, owed + 2), "by no more than was written");
    store.begin().expect("begun");
    commit(store, &judging(Judging::Owed));
    store.undo().expect("undone");
    assert_eq!(counted(store), (owed + 2, owed + 2));
    assert_eq!(store.generation().expect("readable"), Generation(generation.0 + 1), "only the notice was learned");
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

pub fn review_and_coverage_keep_the_newer_word(store: &mut dyn Store) {
    let new = notice("first", 1, announcement("R1", &[]));
    let mut changes = notices(&[&new]);
    changes.review = vec![review_item(&new, ReviewState::Open)];
    changes.coverage = vec![coverage(&[], 1), coverage(&["dc-ams"], 2)];
    commit(store, &changes);
    assert_eq!(store.review(ReviewFilter::Open).expect("readable"), [review_item(&new, ReviewState::Open)]);
    assert_eq!(store.coverage().expect("readable"), [coverage(&["dc-ams"], 2), coverage(&[], 1)]);

    let dismissed = Changes {
        review: vec![review_item(&new, ReviewState::Dismissed)],
        coverage: vec![coverage(&[], 5)],
        ..Changes::default()
    };
    commit(store, &dismissed);
    assert_eq!(store.review(ReviewFilter::Open).expect("readable"), []);
    assert_eq!(store.review(ReviewFilter::All).expect("readable"), [review_item(&new, ReviewState::Dismissed)]);
    assert_eq!(store.coverage().expect("readable"), [coverage(&["dc-ams"], 2), coverage(&[], 5)]);
    assert_eq!(commit(store, &dismissed).generation, Generation(2), "said again, nothing changes");

    let nobody = notice("unknown", 1, announcement("R1", &[]));
    let dangling = Changes { review: vec![review_item(&nobody, ReviewState::Open)], ..Changes::default() };
    let error = try_commit(store, &dangling).expect_err("no such notice");
    assert!(matches!(error, StoreError::UnknownNotice(_)), "{error}");
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

pub fn a_notice_read_again_keeps_every_reading(store: &mut dyn Store) {
    let new = notice("first", 1, announcement("R1", &[]));
    commit(store, &notices(&[&new]));
    let id = &new.notice.id;
    let second = Reading::Unreadable { why: Unreadable::NoProfile, vendor: Some(vendor("joyent")), draft: None };
    let reading = NewReading { notice: id.clone(), read_at: hour(2), who: "ann".into(), reading: second.clone() };
    commit(store, &Changes { readings: vec![reading.clone()], ..Changes::default() });
    assert_eq!(store.reading(id).expect("readable"), Some(second.clone()));
    assert_eq!(store.readings(id).expect("readable"), [new.reading.clone(), second]);
    let of = |store: &dyn Store, id: &str| {
        store.notices(&NoticeFilter { vendor: Some(vendor(id)), ..NoticeFilter::default() }).expect("readable").len()
    };
    assert_eq!((of(store, "dc-ams"), of(store, "joyent")), (0, 1), "it speaks of the vendor it is read as today");
    let unknown = NewReading { notice: NoticeId::new("n-none").expect("an id"), ..reading };
    let error = try_commit(store, &Changes { readings: vec![unknown], ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownNotice(_)), "{error}");
    // Who settled an item is kept with it, and it is found by its notice.
    let settled = Some(Settled { by: "ann".into(), at: hour(3), words: Some("spam".into()) });
    let item = ReviewItem { settled, ..review_item(&new, ReviewState::Cleared) };
    commit(store, &Changes { review: vec![item.clone()], ..Changes::default() });
    assert_eq!(store.review_of(id).expect("readable"), Some(item));
}

pub fn notices_come_in_pages_in_the_order_they_came(store: &mut dyn Store) {
    let mut all: Vec<NewNotice> = [3, 1, 2, 2]
        .iter()
        .zip(["a", "b", "c", "d"])
        .map(|(at, words)| notice(words, *at, announcement("R", &[])))
        .collect();
    commit(store, &notices(&all.iter().collect::<Vec<_>>()));
    all.sort_by(|a, b| (a.notice.received.at, &a.notice.id).cmp(&(b.notice.received.at, &b.notice.id)));
    let (mut after, mut found) = (NoticeCursor::Since(hour(0)), Vec::new());
    loop {
        let page = store.notices_from(&NoticePage { after, limit: 2 }).expect("readable");
        let Some(last) = page.last() else { break };
        after = NoticeCursor::Notice(Box::new(last.clone()));
        found.extend(page);
    }
    assert_eq!(found, all.iter().map(|new| new.notice.clone()).collect::<Vec<_>>());
    let since = store.notices_from(&NoticePage { after: NoticeCursor::Since(hour(2)), limit: 9 }).expect("readable");
    assert_eq!(since.len(), 3);
}

pub fn a_maintenance_goes_to_another_vendor_with_its_references(store: &mut dyn Store) {
    let (new, changes) = opened("first", "CHG-1", &[hours(10, 12)]);
    let mut maintenance = changes.maintenances[0].clone();
    commit(store, &changes);
    assert_eq!(store.maintenance_vendors().expect("readable"), [vendor("dc-ams")]);
    let rehomed = Rehomed { maintenance: maintenance.id.clone(), vendor: vendor("joyent") };
    maintenance.identity.vendor = vendor("joyent");
    let maintenances = vec![maintenance.clone()];
    commit(store, &Changes { rehomed: vec![rehomed], maintenances, ..Changes::default() });
    assert_eq!(store.maintenances_of_notice(&new.notice.id).expect("readable"), [maintenance.clone()]);
    let near = |id: &str| store.maintenances_near(&[vendor(id)], hours(11, 13)).expect("readable").len();
    assert_eq!((near("dc-ams"), near("joyent")), (0, 1));
    assert_eq!(store.maintenances_overlapping(hours(11, 13)).expect("readable"), [maintenance.clone()]);
    assert_eq!(store.maintenances_with_reference(&vendor("joyent"), "chg-1").expect("readable"), [maintenance]);
    assert_eq!(store.maintenances_with_reference(&vendor("dc-ams"), "chg-1").expect("readable"), []);
    assert_eq!(store.maintenance_vendors().expect("readable"), [vendor("joyent")]);
}

pub fn maintenances_are_found_by_id_reference_and_beginning(store: &mut dyn Store) {
    let (new, mut changes) = opened("first", " CHG-Ä1", &[hours(10, 12)]);
    let opened = changes.maintenances[0].clone();
    let mut moved = announcement("CHG-2", &[hours(20, 22)]);
    moved.replaces = Some(Reference::new("CHG-ä1").expect("a reference"));
    let second = notice("second", 1, moved);
    changes.notices.push(second.clone());
    changes.maintenances = vec![revised(opened.clone(), &second)];
    commit(store, &changes);

    let whole = &changes.maintenances[0];
    for typed in [opened.id.as_str(), &opened.id.as_str()[..6], "CHG-Ä1", "chg-ä1", "chg-2 "] {
        assert_eq!(store.maintenance(typed).expect("readable").as_ref(), Some(whole), "{typed}");
    }
    assert_eq!(store.maintenance("CHG-3").expect("readable"), None);
    let found = |vendor_id: &str, folded: &str| {
        store.maintenances_with_reference(&vendor(vendor_id), folded).expect("readable").len()
    };
    assert_eq!((found("dc-ams", "chg-ä1"), found("dc-ams", "chg-2"), found("joyent", "chg-2")), (1, 1, 0));
    assert_eq!(new.notice.id, whole.revisions[0].notice);
}

pub fn one_reference_of_two_vendors_is_ambiguous(store: &mut dyn Store) {
    let (_, ours) = opened("first", "CHG-1", &[]);
    commit(store, &ours);
    let mut said = announcement("chg-1", &[]);
    said.vendor = vendor("joyent");
    let theirs = notice("second", 1, said);
    let theirs = Changes { maintenances: vec![maintenance(&theirs)], ..notices(&[&theirs]) };
    commit(store, &theirs);
    let error = store.maintenance("CHG-1").expect_err("two vendors");
    assert!(matches!(&error, StoreError::Ambiguous { matches, .. } if matches.len() == 2), "{error}");
}

pub fn revisions_are_added_and_never_changed(store: &mut dyn Store) {
    let (new, changes) = opened("first", "R1", &[hours(10, 12)]);
    commit(store, &changes);
    let opened = changes.maintenances[0].clone();
    assert_eq!(commit(store, &changes).generation, Generation(1), "known revisions change nothing");

    let later = notice("second", 1, announcement("R1", &[hours(11, 13)]));
    let both = revised(opened.clone(), &later);
    commit(store, &Changes { maintenances: vec![both.clone()], ..notices(&[&later]) });
    assert_eq!(store.maintenance("R1").expect("readable").as_ref(), Some(&both));

    let refused = |store: &mut dyn Store, maintenance| {
        let changes = Changes { maintenances: vec![maintenance], ..Changes::default() };
        try_commit(store, &changes).expect_err("it contradicts its stored form")
    };
    let mut altered = both.clone();
    altered.revisions[0].announcement.summary = Some("something else".into());
    let error = refused(store, altered);
    assert!(matches!(error, StoreError::RevisionDiffers { number: 1, .. }), "{error}");

    let mut hole = both.clone();
    hole.revisions[1].number = 3;
    let error = refused(store, hole);
    assert!(matches!(error, StoreError::RevisionMissing { number: 2, .. }), "{error}");

    let mut empty = both.clone();
    empty.revisions.clear();
    let error = refused(store, empty);
    assert!(matches!(error, StoreError::RevisionMissing { number: 1, .. }), "{error}");

    let mut other = both.clone();
    other.identity.vendor = vendor("joyent");
    let error = refused(store, other);
    assert!(matches!(error, StoreError::IdentityDiffers { .. }), "{error}");

    let unsaid = notice("never imported", 1, announcement("R1", &[]));
    let error = refused(store, revised(both.clone(), &unsaid));
    assert!(matches!(error, StoreError::UnknownNotice(_)), "{error}");

    assert_eq!(store.maintenance("R1").expect("readable"), Some(both));
    assert_eq!(new.notice.id, opened.revisions[0].notice);
}

pub fn an_account_may_become_known_once(store: &mut dyn Store) {
    let (_, changes) = opened("first", "R1", &[]);
    commit(store, &changes);
    let mut known = changes.maintenances[0].clone();
    known.identity.account = Some("4711".into());
    commit(store, &Changes { maintenances: vec![known.clone()], ..Changes::default() });
    assert_eq!(store.maintenance("R1").expect("readable").as_ref(), Some(&known));
    known.identity.account = Some("4712".into());
    let error = try_commit(store, &Changes { maintenances: vec![known], ..Changes::default() }).expect_err("another");
    assert!(matches!(error, StoreError::IdentityDiffers { .. }), "{error}");
}

pub fn windows_are_found_by_time(store: &mut dyn Store) {
    let years = 24 * 365 * 30;
    let rows = [
        ("night", hours(100, 106)),
        ("weeks", hours(100, 100 + 24 * 20)),
        ("project", hours(-24 * 200, 24 * 200)),
        ("decades", hours(-years, 2)),
    ];
    for (reference, interval) in rows {
        commit(store, &opened(reference, reference, &[interval]).1);
    }
    let check = |start: i64, end: i64, expected: &[&str]| {
        let mut found: Vec<String> = store
            .maintenances_overlapping(hours(start, end))
            .expect("readable")
            .into_iter()
            .map(|maintenance| maintenance.identity.reference.to_string())
            .collect();
        found.sort();
        assert_eq!(found, expected, "{start} to {end}");
    };
    check(99, 100, &["project"]);
    check(99, 101, &["night", "project", "weeks"]);
    check(105, 106, &["night", "project", "weeks"]);
    check(106, 107, &["project", "weeks"]);
    check(24 * 199, 24 * 300, &["project"]);
    check(24 * 200, 24 * 300, &[]);
    check(1, 2, &["decades", "project"]);
    check(2, 3, &["project"]);
    check(-years - 1, -years, &[]);
    check(-years - 1, -years + 1, &["decades"]);
}

pub fn windows_of_any_revision_and_reading_are_found(store: &mut dyn Store) {
    let (_, changes) = opened("first", "R1", &[hours(10, 12)]);
    commit(store, &changes);
    let mut said = announcement("R1", &[hours(20, 22)]);
    said.windows[0].others = vec![hours(30, 31)];
    let later = notice("second", 1, said);
    let both = revised(changes.maintenances[0].clone(), &later);
    commit(store, &Changes { maintenances: vec![both], ..notices(&[&later]) });
    for (start, end, expected) in [(9, 10, 0), (11, 12, 1), (12, 20, 0), (21, 22, 1), (22, 30, 0), (30, 31, 1)] {
        let found = store.maintenances_overlapping(hours(start, end)).expect("readable");
        assert_eq!(found.len(), expected, "{start} to {end}");
        let of_vendors = |vendors: &[&str]| {
            let vendors: Vec<_> = vendors.iter().map(|id| vendor(id)).collect();
            store.maintenances_near(&vendors, hours(start, end)).expect("readable")
        };
        let whose = changes.maintenances[0].identity.vendor.to_string();
        assert_eq!(of_vendors(&["nobody", &whose]), found);
        assert_eq!(of_vendors(&["nobody"]), []);
    }
}

pub fn what_maintenances_name_is_found_without_them(store: &mut dyn Store) {
    let object = |name: &str| StatedObject { name: name.into(), impact: None };
    let saying = |word: &str, reference: &str, names: &[&str]| {
        let mut said = announcement(reference, &[hours(10, 12)]);
        said.objects = names.iter().map(|name| object(name)).collect();
        notice(word, 0, said)
    };
    let first = saying("first", "R1", &["feed-b", "feed-a", "say \"é\"\0"]);
    let (second, third) = (saying("second", "R2", &[]), saying("third", "R3", &["feed-c"]));
    let mut readings = announcement("R4", &[hours(11, 12)]);
    readings.objects = vec![object("feed-d")];
    readings.windows[0].others = vec![hours(30, 31)];
    let fourth = notice("fourth", 0, readings);
    let all = [&first, &second, &third, &fourth].map(maintenance);
    commit(store, &Changes { maintenances: all.to_vec(), ..notices(&[&first, &second, &third, &fourth]) });
    // A later word adds what it names, also where its window is elsewhere.
    let mut said = announcement("R3", &[hours(40, 42)]);
    (said.objects, said.windows[0].objects) = (Vec::new(), vec![object("feed-e")]);
    let later = notice("later", 1, said);
    let both = revised(all[2].clone(), &later);
    commit(store, &Changes { maintenances: vec![both], ..notices(&[&later]) });

    let near = |start: i64, end: i64| {
        let vendor = &all[0].identity.vendor;
        let near = store.names_near(&[vendor.clone(), self::vendor("nobody")], hours(start, end)).expect("readable");
        assert!(near.iter().all(|near| near.vendor == *vendor));
        let mut names: Vec<Option<Vec<String>>> = near.iter().map(|near| near.names.clone()).collect();
        names.sort();
        let numbers: Vec<_> = near.iter().map(|near| near.maintenance).collect();
        let found = store.maintenances_numbered(&numbers).expect("readable");
        assert_eq!(found, store.maintenances_near(std::slice::from_ref(vendor), hours(start, end)).expect("readable"));
        names
    };
    let names = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>());
    let of_third = names(&["feed-c", "feed-e"]);
    assert_eq!(near(11, 12), [None, None, names(&["feed-a", "feed-b", "say \"é\"\0"]), of_third.clone()]);
    assert_eq!(near(30, 31), [None]);
    assert_eq!(near(41, 42), [of_third]);
    assert_eq!(near(12, 30), []);
    assert_eq!(store.maintenances_numbered(&[]).expect("readable"), []);
}

pub fn maintenances_stay_active_until_their_last_window_ends(store: &mut dyn Store) {
    commit(store, &opened("first", "R1", &[hours(10, 12), hours(20, 22)]).1);
    commit(store, &opened("second", "R2", &[]).1);
    let active = |at| {
        let found = store.maintenances_active(at).expect("readable");
        let mut found: Vec<String> = found.into_iter().map(|one| one.identity.reference.to_string()).collect();
        found.sort();
        let ids = store.active_maintenance_ids(at).expect("readable");
        assert!(ids.is_sorted());
        assert_eq!(store.maintenances_of_ids(&ids).expect("readable").len(), found.len());
        found
    };
    assert_eq!(store.maintenances_of_ids(&[MaintenanceId::new("m-nobody").expect("an id")]).expect("readable"), []);
    assert_eq!(active(hour(0)), ["R1", "R2"], "both were recorded after that");
    assert_eq!(active(hour(1)), ["R1"]);
    assert_eq!(active(hour(22) - TimeDelta::microseconds(1)), ["R1"]);
    assert_eq!(active(hour(22)), <[String; 0]>::default());
}

pub fn maintenances_are_listed_by_pages(store: &mut dyn Store) {
    for number in 0..5 {
        let name = format!("R{number}");
        commit(store, &opened(&name, &name, &[]).1);
    }
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut after = None;
    loop {
        let filter = MaintenanceFilter { after, limit: Some(2), ..MaintenanceFilter::default() };
        let page = store.maintenances(&filter).expect("readable");
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        pages.push(page.iter().map(|one| one.id.to_string()).collect());
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let ids = pages.concat();
    assert!(ids.is_sorted() && ids.iter().all(|id| id.starts_with("m-")), "{ids:?}");
    let none = MaintenanceFilter { vendor: Some(vendor("joyent")), ..MaintenanceFilter::default() };
    assert_eq!(store.maintenances(&none).expect("readable"), []);
    let ours = MaintenanceFilter { vendor: Some(vendor("dc-ams")), ..MaintenanceFilter::default() };
    assert_eq!(store.maintenances(&ours).expect("readable").len(), 5);
}

pub fn the_inventory_is_dated(store: &mut dyn Store) {
    let mut apply = |id: &str, at: i64| {
        let new = NewInventory { inventory: inventory(id), applied_at: hour(at) };
        commit(store, &Changes { inventory: Some(new), ..Changes::default() }).new_inventory
    };
    assert_eq!(apply("feed-a", 10), Some(1));
    assert_eq!(apply("feed-a", 11), None, "the same again is no new version");
    assert_eq!(apply("feed-b", 20), Some(2));
    assert_eq!(apply("feed-a", 30), Some(3), "back to an older one is a new version");
    let as_of = |at| store.inventory_as_of(at).expect("readable").expect("there is one");
    let number = |dated: &Dated| dated.version().version;
    assert!(matches!(as_of(hour(9)), Dated::DeclaredLater(version) if version.version == 1));
    assert!(matches!(as_of(hour(10)), Dated::InForce(version) if version.version == 1));
    assert_eq!(number(&as_of(hour(20) - TimeDelta::seconds(1))), 1);
    assert_eq!(number(&as_of(hour(20))), 2);
    assert_eq!(number(&as_of(hour(40))), 3);
    let latest = store.inventory_latest().expect("readable").expect("there is one");
    assert_eq!((latest.version, latest.applied_at, &*latest.inventory), (3, hour(30), &inventory("feed-a")));
}

pub fn a_part_of_the_inventory_is_that_of_its_version(store: &mut dyn Store) {
    let added = "[[asset]]\nid = \"cloud\"\nkind = \"server\"\nvendor = \"joyent\"\naliases = [\"Feed-A\"]\nneeds = [\"feed-b\"]\n";
    let mut renamed = large_inventory("");
    let feed = renamed.assets.get_mut(&asset("feed-a")).expect("a feed");
    (feed.aliases, feed.kind) = (vec!["Main feed".to_owned()], "panel".to_owned());
    let mut gone = large_inventory("");
    gone.assets.retain(|id, _| id.as_str() != "server-3");
    (gone.customers, gone.staff) = Default::default();
    gone.taught.push(Taught {
        vendor: vendor("dc-ams"),
        name: "the feed".into(),
        asset: asset("feed-a"),
        by: "ann".into(),
        at: hour(1),
    });
    // A clone has no index of what was there before.
    let versions = [large_inventory(""), large_inventory(added), renamed.clone(), gone.clone(), large_inventory("")];
    assert_eq!(store.inventory_part(hour(0), &[], &[]).expect("readable"), None);
    for (inventory, at) in versions.iter().zip(0..) {
        let new = NewInventory { inventory: inventory.clone(), applied_at: hour(at) };
        commit(store, &Changes { inventory: Some(new), ..Changes::default() });
    }
    let asked: [(&[&str], &[&str]); 7] = [
        (&[], &[]),
        (&["server-1"], &[]),
        (&["server-3", "server-3", "nobody"], &["FEED B", "x"]),
        (&["feed-a", "cloud"], &["feed a", "main-feed", "the feed", "server 7"]),
        (&["hall"], &["Feed A", "b feed", ""]),
        (&[], &["CLOUD", "Server_11"]),
        (&["cloud", "server-2", "server-0"], &["joyent"]),
    ];
    for (inventory, at) in versions.iter().zip(0..) {
        let whole = store.inventory_as_of(hour(at)).expect("readable").expect("there is one");
        assert_eq!(*whole.version().inventory, *inventory, "version {}", at + 1);
        for (assets, names) in &asked {
            let assets: Vec<AssetId> = assets.iter().map(|id| asset(id)).collect();
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let part = store.inventory_part(hour(at), &assets, &names).expect("readable");
            assert_eq!(part, Some(inventory.part(&assets, &names)), "version {}: {assets:?} {names:?}", at + 1);
        }
    }
    let before = store.inventory_part(hour(-1), &[asset("server-3")], &[]).expect("readable");
    assert_eq!(before, Some(versions[0].part(&[asset("server-3")], &[])), "declared later");
}

pub fn outages_are_kept_with_what_was_said_of_them(store: &mut dyn Store) {
    let (open, over) = (outage(0, None), outage(5, Some(6)));
    let changes = Changes {
        outages: vec![open.clone(), over.clone()],
        statements: vec![statement(&open, "DC"), statement(&open, "hoster")],
        ..Changes::default()
    };
    assert_eq!(commit(store, &changes).new_outages, [open.id.clone(), over.id.clone()]);
    let again = commit(store, &changes);
    assert_eq!((again.new_outages, again.generation), (vec![], Generation(1)));
    assert_eq!(store.statements(&open.id).expect("readable").len(), 2);
    assert_eq!(store.statements(&over.id).expect("readable"), []);
    let starts = |filter| store.outages(filter).expect("readable").iter().map(|o| o.start.at).collect::<Vec<_>>();
    assert_eq!(starts(OutageFilter::All), [hour(0), hour(5)]);
    assert_eq!(starts(OutageFilter::Open), [hour(0)]);
    let recent = |recorded_after| starts(OutageFilter::OpenOrRecordedAfter(recorded_after));
    assert_eq!(recent(hour(5) - TimeDelta::seconds(1)), [hour(0), hour(5)]);
    assert_eq!(recent(hour(5)), [hour(0)], "an open one is always news");
    assert!(starts(OutageFilter::Overlapping(hours(-1, 0))).is_empty());
    assert_eq!(starts(OutageFilter::Overlapping(hours(5, 7))), [hour(0), hour(5)]);
    assert_eq!(starts(OutageFilter::Overlapping(hours(6, 7))), [hour(0)]);

    let end = OutageEnd { outage: open.id.clone(), end: Observed::exactly(hour(2)) };
    commit(store, &Changes { outage_ends: vec![end.clone()], ..Changes::default() });
    assert_eq!(store.outage(&open.id.as_str()[..8]).expect("readable").and_then(|o| o.end), Some(end.end.clone()));
    assert_eq!(store.outages(OutageFilter::Open).expect("readable"), []);
    assert_eq!(store.outages(OutageFilter::Overlapping(hours(2, 4))).expect("readable"), []);

    let nobody = OutageId::new("o-000000000000").expect("an id");
    let dangling = OutageEnd { outage: nobody.clone(), ..end };
    let error = try_commit(store, &Changes { outage_ends: vec![dangling], ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
    let verdicts = vec![NewVerdict { outage: nobody, verdict: verdict(Kind::Unannounced) }];
    let error = try_commit(store, &Changes { verdicts, ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
}

pub fn verdicts_are_kept_as_revisions(store: &mut dyn Store) {
    let seen = outage(0, None);
    commit(store, &Changes { outages: vec![seen.clone()], ..Changes::default() });
    for kind in [Kind::Unannounced, Kind::Unannounced, Kind::EarlyStart, Kind::Unannounced] {
        let verdicts = vec![NewVerdict { outage: seen.id.clone(), verdict: verdict(kind) }];
        commit(store, &Changes { verdicts, ..Changes::default() });
    }
    let kept = store.verdicts(&seen.id).expect("readable");
    let kinds: Vec<_> = kept.iter().map(|judged| (judged.revision, judged.verdict.kind)).collect();
    assert_eq!(kinds, [(1, Kind::Unannounced), (2, Kind::EarlyStart), (3, Kind::Unannounced)]);
    assert_eq!(kept[0].verdict, verdict(Kind::Unannounced));
    assert_eq!(kept[0].verdict.asset, asset("plus-01"));
}

pub fn overrides_stand_beside_verdicts(store: &mut dyn Store) {
    let seen = outage(0, None);
    let word = |kind, by: &str, made_at| NewOverride {
        outage: seen.id.clone(),
        said: Override {
            asset: asset("plus-01"),
            kind,
            by: by.into(),
            reason: "a reason".into(),
            made_at: hour(made_at),
        },
    };
    let verdicts = vec![NewVerdict { outage: seen.id.clone(), verdict: verdict(Kind::Unannounced) }];
    commit(store, &Changes { outages: vec![seen.clone()], verdicts, ..Changes::default() });
    let first = word(Kind::InWindow, "ann", 1);
    // Said again it is one word; another's, and one that takes it back, are others.
    let all =
        [first.clone(), word(Kind::InWindow, "ann", 2), word(Kind::Partly, "bob", 3), word(Kind::InWindow, "ann", 4)];
    for overrides in all.map(|word| vec![word]) {
        commit(store, &Changes { overrides, ..Changes::default() });
    }
    let kept = store.overrides(&seen.id).expect("readable");
    assert_eq!(
        kept.iter().map(|word| (word.by.as_str(), word.made_at)).collect::<Vec<_>>(),
        [("ann", hour(1)), ("bob", hour(3)), ("ann", hour(4))]
    );
    assert_eq!(kept[0], first.said);
    assert_eq!(store.verdicts(&seen.id).expect("readable").len(), 1);
    let nobody = NewOverride { outage: OutageId::new("o-000000000000").expect("an id"), ..first };
    let error = try_commit(store, &Changes { overrides: vec![nobody], ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
}

pub fn what_is_attached_and_claimed_is_kept_for_ever(store: &mut dyn Store) {
    let (seen, other) = (outage(0, None), outage(5, Some(6)));
    commit(store, &Changes { outages: vec![seen.clone(), other.clone()], ..Changes::default() });
    let file = attachment(&seen, "breaker.jpg", b"bytes of a picture", 3);
    let again = attachment(&other, "the same.jpg", b"bytes of a picture", 1);
    let address = attachment_of(&seen, Attached::Url { url: "https://status.example/1".into() }, 2);
    let claimed = |by: &str, hours| ClaimStep {
        outage: seen.id.clone(),
        vendor: vendor("dc-ams"),
        act: ClaimAct::Filed,
        at: hour(hours),
        by: by.into(),
        note: Some("ticket 4711".into()),
        recorded_at: hour(hours + 1),
    };
    let steps = vec![claimed("bob", 9), claimed("ann", 8)];
    let attachments = vec![file.clone(), again.clone(), address.clone()];
    let changes = Changes { attachments, claim_steps: steps.clone(), ..Changes::default() };
    commit(store, &changes);
    // Recorded again, later, they are what is there.
    let mut later = changes;
    later.attachments.iter_mut().for_each(|new| new.attachment.recorded_at = hour(50));
    later.claim_steps.iter_mut().for_each(|step| step.recorded_at = hour(50));
    let committed = commit(store, &later);
    assert_eq!(committed.generation, Generation(2), "nothing new is no news");
    assert_eq!(store.attachments(&seen.id).expect("readable"), [address.attachment, file.attachment.clone()]);
    assert_eq!(store.attachments(&other.id).expect("readable"), [again.attachment]);
    assert_eq!(store.claim_steps(&seen.id).expect("readable"), [steps[1].clone(), steps[0].clone()]);
    assert_eq!(store.claim_steps(&other.id).expect("readable"), []);
    let digest = file.attachment.what.sha256().expect("a file has one").clone();
    assert_eq!(store.attached_file(&digest).expect("readable"), file.bytes);
    assert_eq!(store.attached_file(&inwindow::names::Digest::of(b"other")).expect("readable"), None);

    let nobody = outage(99, None);
    for changes in [
        Changes { attachments: vec![attachment(&nobody, "a", b"a", 0)], ..Changes::default() },
        Changes {
            claim_steps: vec![ClaimStep { outage: nobody.id.clone(), ..claimed("ann", 1) }],
            ..Changes::default()
        },
    ] {
        let error = try_commit(store, &changes).expect_err("no such outage");
        assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
    }
}

pub fn a_message_is_kept_once_for_its_key(store: &mut dyn Store) {
    let first = message("ann@acme.example", 1);
    assert_eq!(commit(store, &messages(std::slice::from_ref(&first))).new_messages, std::slice::from_ref(&first.id));
    assert_eq!(store.message(first.id.as_str()).expect("readable").as_ref(), Some(&first));
    let again = Message { reason: "planned again".into(), due_at: hour(50), ..first.clone() };
    let done = commit(store, &messages(&[again]));
    assert_eq!((done.new_messages, done.known_messages), (vec![], vec![first.id.clone()]));
    assert_eq!(done.generation, Generation(1));
    assert_eq!(store.message(first.id.as_str()).expect("readable"), Some(first.clone()));

    let taken = Message { key: Key { moment: "w1-24h".into(), ..first.key.clone() }, ..first };
    let error = try_commit(store, &messages(&[taken])).expect_err("another key under the same id");
    assert!(matches!(error, StoreError::IdTaken { .. }), "{error}");
}

pub fn messages_are_listed_by_what_they_are(store: &mut dyn Store) {
    let ann = message("ann@acme.example", 2);
    let bob = Message { state: MessageState::AwaitingApproval, ..message("bob@acme.example", 1) };
    let mut key = message("staff@us.example", 3).key;
    key.cause = Cause::Day(DayId::new("2026-11-28").expect("an id"));
    let mut staff = Message { id: key.id(), key, ..message("staff@us.example", 3) };
    staff.to.customer = None;
    commit(store, &messages(&[ann.clone(), bob.clone(), staff.clone()]));
    let check = |filter: MessageFilter, expected: &[&Message]| {
        let expected: Vec<Message> = expected.iter().map(|one| (*one).clone()).collect();
        assert_eq!(store.messages(&filter).expect("readable"), expected, "{filter:?}");
    };
    let any = MessageFilter::default;
    check(any(), &[&bob, &ann, &staff]);
    check(MessageFilter { limit: Some(1), ..any() }, &[&bob]);
    check(MessageFilter { cause: Some(cause("m-1")), ..any() }, &[&bob, &ann]);
    check(MessageFilter { cause: Some(cause("o-1")), ..any() }, &[]);
    check(MessageFilter { state: Some(MessageState::AwaitingApproval), ..any() }, &[&bob]);
    check(MessageFilter { contact: Some("ann@acme.example".into()), ..any() }, &[&ann]);
    check(MessageFilter { customer: ann.to.customer.clone(), ..any() }, &[&bob, &ann]);
    check(MessageFilter { due: Some(hours(1, 2)), ..any() }, &[&bob]);
    let of_both = store.messages_of_causes(&[staff.key.cause.clone(), cause("m-1")]).expect("readable");
    assert_eq!(of_both, [staff, bob, ann]);
}

pub fn messages_of_a_cause_come_by_contact_in_pages(store: &mut dyn Store) {
    let of = |contact: &str, due: i64| {
        let mut message = message(contact, due);
        message.key.moment = format!("w1-{due}");
        message.id = message.key.id();
        message
    };
    let mut elsewhere = of("ann@acme.example", 1);
    elsewhere.key.cause = cause("m-2");
    elsewhere.id = elsewhere.key.id();
    let all =
        [of("ann@acme.example", 2), of("ann@acme.example", 9), of("ann@acme.example/b", 1), of("bob@acme.example", 0)];
    let stored: Vec<Message> = all.iter().rev().chain([&elsewhere]).cloned().collect();
    commit(store, &messages(&stored));
    let page = |after: Option<&str>, limit| store.messages_by_contact(&cause("m-1"), after, limit).expect("readable");
    assert_eq!(page(None, 9), all);
    assert_eq!(page(None, 3), all[..3]);
    assert_eq!(page(Some("ann@acme.example"), 1), all[2..3]);
    assert_eq!(page(Some("ann@acme.example/b"), 9), all[3..]);
    assert_eq!(page(Some("bob@acme.example"), 9), []);
    let counts = store.message_counts(&[cause("m-2"), cause("m-3"), cause("m-1")]).expect("readable");
    assert_eq!(counts, [1, 0, 4]);
}

pub fn what_waits_and_what_failed_is_counted(store: &mut dyn Store) {
    let of = |contact: &str, due: i64, state: MessageState, refused_as: Option<&str>, again: Option<i64>| Message {
        state,
        refused_as: refused_as.map(str::to_owned),
        next_attempt_at: again.map(hour),
        ..message(contact, due)
    };
    commit(
        store,
        &messages(&[
            of("a@x.example", 1, MessageState::Planned, None, None),
            of("b@x.example", 2, MessageState::Planned, None, Some(3)),
            of("c@x.example", 3, MessageState::Planned, None, Some(2)),
            of("d@x.example", 1, MessageState::AwaitingApproval, None, None),
            of("e@x.example", 1, MessageState::Failed, None, None),
            of("f@x.example", 1, MessageState::Failed, Some("5.7.1"), None),
            of("g@x.example", 1, MessageState::Accepted, None, None),
        ]),
    );
    let count = |state, refused_as: Option<&str>, count, due, again: Option<i64>| MessageCount {
        state,
        refused_as: refused_as.map(str::to_owned),
        count,
        due,
        next_attempt_at: again.map(hour),
    };
    let expected = [
        count(MessageState::AwaitingApproval, None, 1, 1, None),
        count(MessageState::Failed, None, 1, 1, None),
        count(MessageState::Failed, Some("5.7.1"), 1, 1, None),
        // An attempt that may be made already is not one ahead.
        count(MessageState::Planned, None, 3, 2, Some(3)),
    ];
    assert_eq!(store.outbox(hour(2)).expect("readable"), expected);
}

pub fn what_is_said_of_the_checklist_is_kept(store: &mut dyn Store) {
    let item = |id: &str| ChecklistId::new(id).expect("an id");
    let word = |id: &str, at: i64, said: CheckSaid| CheckWord {
        item: item(id),
        at: hour(at),
        who: "backup-job".into(),
        said,
        recorded_at: hour(9),
    };
    let fact = |words: &str| CheckSaid::Fact(words.into());
    let words = [
        word("restore", 1, CheckSaid::Done),
        word("backup", 3, fact("3 h old")),
        word("backup", 2, CheckSaid::Done),
        word("backup", 1, CheckSaid::Done),
        word("backup", 3, fact("4 h old")),
    ];
    let before = store.generation().expect("readable");
    for said in &words {
        commit(store, &Changes { checklist: vec![said.clone()], ..Changes::default() });
    }
    assert_eq!(store.generation().expect("readable"), before, "no plan rests on it");
    let [restored, old, done, earlier, newest] = words;
    assert_eq!(store.checklist().expect("readable"), [done.clone(), newest.clone(), restored]);
    let of_backup = store.checklist_of(&item("backup"), 9).expect("readable");
    assert_eq!(of_backup, [newest.clone(), old, done, earlier]);
    assert_eq!(store.checklist_of(&item("backup"), 1).expect("readable"), [newest]);
    assert_eq!(store.checklist_of(&item("unheard-of"), 9).expect("readable"), []);
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

pub fn a_lease_is_one_workers_alone(store: &mut dyn Store) {
    let (due, later) = (message("ann@acme.example", 1), message("bob@acme.example", 5));
    let waiting = Message { state: MessageState::AwaitingApproval, ..message("cat@acme.example", 1) };
    let stale = Message { not_after: Some(hour(2)), ..message("dan@acme.example", 1) };
    let retried = Message { next_attempt_at: Some(hour(3)), ..message("eve@acme.example", 1) };
    commit(store, &messages(&[due.clone(), later.clone(), waiting, stale, retried.clone()]));
    assert_eq!(store.next_due(hour(0)).expect("readable"), Some(hour(1)));
    let before = hour(1) - TimeDelta::microseconds(1);
    assert_eq!(store.lease_due(before, hour(2), "a", 10).expect("leased"), []);

    let leased = store.lease_due(hour(2), hour(4), "a", 10).expect("leased");
    let [lease] = leased.as_slice() else { panic!("only one is due: {leased:?}") };
    assert_eq!(lease.message, Message { state: MessageState::Leased, ..due.clone() });
    assert_eq!((lease.fence, &lease.bytes), (1, &None));
    assert_eq!(store.lease_due(hour(2), hour(4), "b", 10).expect("leased"), []);
    assert_eq!(store.next_due(hour(2)).expect("readable"), Some(hour(3)));
    assert_eq!(store.next_due(hour(6)).expect("readable"), Some(hour(6)));

    let accepted = Settlement::Accepted { reason: "250 queued".into() };
    store.settle(&due.id, lease.fence, &accepted, hour(3)).expect("its own lease");
    let sent = store.message(due.id.as_str()).expect("readable").expect("there");
    assert_eq!((sent.state, sent.tries, sent.accepted_at), (MessageState::Accepted, 1, Some(hour(3))));
    assert_eq!(sent.reason, "250 queued");
    let error = store.settle(&due.id, lease.fence, &accepted, hour(3)).expect_err("settled already");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");

    let ids = |leased: Vec<inwindow::store::Leased>| leased.into_iter().map(|l| l.message.id).collect::<Vec<_>>();
    assert_eq!(ids(store.lease_due(hour(9), hour(10), "a", 1).expect("leased")), [retried.id]);
    assert_eq!(ids(store.lease_due(hour(9), hour(10), "a", 9).expect("leased")), [later.id]);
}

/// Keeps the bytes and hands the message over, and returns what goes out.
fn handed_over(
    store: &mut dyn Store,
    message: &MessageId,
    fence: u64,
    bytes: &[u8],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, StoreError> {
    let kept = store.ready_bytes(message, fence, bytes, now)?;
    store.hand_over(message, fence, until, now)?;
    Ok(kept)
}

pub fn a_lease_that_ran_out_goes_to_another(store: &mut dyn Store) {
    let one = message("ann@acme.example", 1);
    commit(store, &messages(std::slice::from_ref(&one)));
    let lease = |store: &mut dyn Store, now, until, holder: &str| {
        store.lease_due(now, until, holder, 10).expect("leased").pop()
    };
    let first = lease(store, hour(1), hour(2), "a").expect("due");
    let just_before = hour(2) - TimeDelta::microseconds(1);
    assert_eq!(lease(store, just_before, hour(3), "b"), None);
    // The first worker died before it spoke to the relay.
    let second = lease(store, hour(2), hour(3), "b").expect("run out");
    assert_eq!((second.fence, second.message.maybe_duplicate, second.message.tries), (2, false, 0));
    let error = handed_over(store, &one.id, first.fence, b"mine", hour(2), hour(2)).expect_err("it is another's");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");

    let kept = handed_over(store, &one.id, second.fence, b"first rendering", hour(2), hour(2)).expect("its own");
    assert_eq!(kept, b"first rendering");
    // The second died after it.
    let third = lease(store, hour(3), hour(4), "c").expect("run out");
    assert_eq!((third.fence, third.message.maybe_duplicate, third.message.tries), (3, true, 1));
    assert_eq!(third.message.reason, "worker b never said how its attempt ended");
    assert_eq!(third.bytes.as_deref(), Some(&b"first rendering"[..]));
    let kept = handed_over(store, &one.id, third.fence, b"second rendering", hour(3), hour(3)).expect("its own");
    assert_eq!(kept, b"first rendering");
    assert_eq!(store.message_bytes(&one.id).expect("readable").as_deref(), Some(&b"first rendering"[..]));

    let failed = Settlement::Failed { reason: "550".into(), refused_as: None };
    let error = store.settle(&one.id, second.fence, &failed, hour(3)).expect_err("it is another's");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");
    assert_eq!(state_of(store, &one), MessageState::Leased);
    let error = store.ready_bytes(&one.id, third.fence, b"", hour(4)).expect_err("run out");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");
    let error = store.hand_over(&one.id, third.fence, hour(5), hour(4)).expect_err("run out");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");
    // Late, but nobody took it in the meantime.
    store.settle(&one.id, third.fence, &Settlement::Accepted { reason: "250".into() }, hour(5)).expect("still good");
    assert_eq!(state_of(store, &one), MessageState::Accepted);
}

pub fn attempts_end_in_their_states(store: &mut dyn Store) {
    let at = hour(2);
    let why = || "why".to_owned();
    let rows = [
        (Settlement::Accepted { reason: why() }, MessageState::Accepted, 1, None, false),
        (Settlement::Retry { at, reason: why() }, MessageState::Planned, 1, Some(at), false),
        (Settlement::Unanswered { at, reason: why() }, MessageState::Planned, 1, Some(at), true),
        (Settlement::GivenBack { at, reason: why() }, MessageState::Planned, 0, Some(at), false),
        (Settlement::Failed { reason: why(), refused_as: Some("5.1.1".into()) }, MessageState::Failed, 1, None, false),
        (Settlement::NotWanted { to: Withdrawn::Skipped, reason: why() }, MessageState::Skipped, 0, None, false),
        (Settlement::NotWanted { to: Withdrawn::Suppressed, reason: why() }, MessageState::Suppressed, 0, None, false),
    ];
    for (number, (settlement, state, tries, next, duplicate)) in (0..).zip(rows) {
        let one = message(&format!("{number}@acme.example"), 1);
        commit(store, &messages(std::slice::from_ref(&one)));
        let lease = store.lease_due(hour(1), hour(2), "a", 1).expect("leased").pop().expect("due");
        store.settle(&one.id, lease.fence, &settlement, hour(1)).expect("its own lease");
        let now = store.message(one.id.as_str()).expect("readable").expect("there");
        assert_eq!(
            (now.state, now.tries, now.next_attempt_at, now.maybe_duplicate, now.reason.as_str()),
            (state, tries, next, duplicate, "why"),
            "{settlement:?}"
        );
    }
}

pub fn what_a_worker_has_cannot_be_taken_back(store: &mut dyn Store) {
    let (leased, waiting) = (message("ann@acme.example", 1), message("bob@acme.example", 9));
    commit(store, &messages(&[leased.clone(), waiting.clone()]));
    let withdraw = |message: &Message| Withdrawal {
        message: message.id.clone(),
        to: Withdrawn::Cancelled,
        reason: "the work was cancelled".into(),
    };
    let lease = store.lease_due(hour(1), hour(2), "a", 10).expect("leased").pop().expect("due");
    let both = Changes { withdrawals: vec![withdraw(&waiting), withdraw(&leased)], ..Changes::default() };
    let error = try_commit(store, &both).expect_err("one is leased");
    assert!(matches!(error, StoreError::NotPending { state: MessageState::Leased, .. }), "{error}");
    assert!(error.is_stale());
    assert_eq!(state_of(store, &waiting), MessageState::Planned, "nothing of it was written");

    commit(store, &Changes { withdrawals: vec![withdraw(&waiting)], ..Changes::default() });
    let now = store.message(waiting.id.as_str()).expect("readable").expect("there");
    assert_eq!((now.state, now.reason.as_str()), (MessageState::Cancelled, "the work was cancelled"));
    assert_eq!(store.lease_due(hour(9), hour(10), "a", 10).expect("leased").len(), 1, "only the lease that ran out");
    let error = try_commit(store, &Changes { withdrawals: vec![withdraw(&waiting)], ..Changes::default() });
    assert!(matches!(error, Err(StoreError::NotPending { state: MessageState::Cancelled, .. })));
    assert_eq!(lease.message.id, leased.id);
}

pub fn people_change_what_waits(store: &mut dyn Store) {
    use MessageAction::{Approve, Bounce, Cancel, Expire, Hold, Retry};
    use MessageState as S;
    for (number, state) in (0..).zip(S::ALL) {
        for action in [Approve, Hold, Cancel, Retry, Bounce, Expire] {
            let expected = match (action, state) {
                (Approve, S::AwaitingApproval | S::Held) | (Retry, S::Failed | S::Bounced) => Some(S::Planned),
                (Hold, S::Planned | S::AwaitingApproval) => Some(S::Held),
                (Cancel, S::Planned | S::AwaitingApproval | S::Held) => Some(S::Cancelled),
                (Bounce, S::Accepted) => Some(S::Bounced),
                (Expire, S::Accepted) => Some(S::Failed),
                (Approve | Hold | Cancel | Retry | Bounce | Expire, _) => None,
            };
            let one = Message { state, ..message(&format!("{number}-{action}@acme.example"), 1) };
            if state == S::Leased {
                commit(store, &messages(&[Message { state: S::Planned, ..one.clone() }]));
                store.lease_due(hour(1), hour(90), "a", 1).expect("leased").pop().expect("due");
            } else {
                commit(store, &messages(std::slice::from_ref(&one)));
            }
            let edit = MessageEdit { message: one.id.clone(), action, reason: "ann said so".into(), refused_as: None };
            let done = try_commit(store, &Changes { edits: vec![edit], ..Changes::default() });
            match (done, expected) {
                (Ok(_), Some(expected)) => assert_eq!(state_of(store, &one), expected, "{action} {state}"),
                (Err(StoreError::NotAllowed { .. }), None) => assert_eq!(state_of(store, &one), state),
                (done, expected) => panic!("{action} {state}: {done:?} instead of {expected:?}"),
            }
            // Out of the way of the next row's lease.
            store.lease_due(hour(1), hour(90), "b", 99).expect("leased");
        }
    }
    let nobody = MessageId::new("msg-1").expect("an id");
    let edit = MessageEdit { message: nobody, action: Hold, reason: String::new(), refused_as: None };
    let error = try_commit(store, &Changes { edits: vec![edit], ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownMessage(_)), "{error}");
}

pub fn what_went_stale_is_skipped_and_told(store: &mut dyn Store) {
    let until = |contact: &str, state, not_after| Message { state, not_after, ..message(contact, 1) };
    let rows = [
        until("planned@a.example", MessageState::Planned, Some(hour(5))),
        until("waiting@a.example", MessageState::AwaitingApproval, Some(hour(5))),
        until("held@a.example", MessageState::Held, Some(hour(5))),
        until("sent@a.example", MessageState::Accepted, Some(hour(5))),
        until("later@a.example", MessageState::Held, Some(hour(6))),
        until("never@a.example", MessageState::Held, None),
    ];
    commit(store, &messages(&rows));
    assert_eq!(store.expire(hour(5) - TimeDelta::microseconds(1)).expect("expired"), []);
    let mut told: Vec<(String, MessageState, String)> =
        store.expire(hour(5)).expect("expired").into_iter().map(|one| (one.to.email, one.state, one.reason)).collect();
    told.sort();
    let skipped = |email: &str, reason: &str| (email.to_owned(), MessageState::Skipped, reason.to_owned());
    let expected = [
        skipped("held@a.example", "its moment passed while it was held"),
        skipped("planned@a.example", "its moment passed before it was sent"),
        skipped("waiting@a.example", "its moment passed before anybody approved it"),
    ];
    assert_eq!(told, expected);
    assert_eq!(store.expire(hour(5)).expect("expired"), [], "told once");
    assert_eq!(store.generation().expect("readable"), Generation(1));
}

pub fn a_stale_message_is_left_to_the_worker_that_has_it(store: &mut dyn Store) {
    let one = Message { not_after: Some(hour(5)), ..message("ann@acme.example", 1) };
    commit(store, &messages(std::slice::from_ref(&one)));
    let lease = store.lease_due(hour(4), hour(7), "a", 1).expect("leased").pop().expect("due");
    handed_over(store, &one.id, lease.fence, b"mail", hour(4), hour(4)).expect("its own");
    assert_eq!(store.expire(hour(6)).expect("expired"), []);
    let told = store.expire(hour(7)).expect("expired").pop().expect("the lease ran out");
    assert_eq!((told.state, told.maybe_duplicate, told.tries), (MessageState::Skipped, true, 1));
    assert_eq!(told.reason, "its moment passed, and worker a never said how its attempt ended");
    assert_eq!(store.lease_due(hour(8), hour(9), "b", 1).expect("leased"), []);

    // What was handed over is its worker's beyond the lease.
    let two = Message { not_after: Some(hour(9)), ..message("bob@acme.example", 1) };
    commit(store, &messages(std::slice::from_ref(&two)));
    let lease = store.lease_due(hour(8), hour(9), "a", 1).expect("leased").pop().expect("due");
    handed_over(store, &two.id, lease.fence, b"mail", hour(11), hour(8)).expect("its own");
    assert_eq!(store.next_due(hour(8)).expect("readable"), None, "it is stale when it is free");
    assert_eq!(store.expire(hour(10)).expect("expired"), []);
    assert_eq!(store.expire(hour(11)).expect("expired").len(), 1);
}

pub fn bytes_that_no_attempt_used_are_forgotten(store: &mut dyn Store) {
    let one = message("ann@acme.example", 1);
    commit(store, &messages(std::slice::from_ref(&one)));
    let lease = |store: &mut dyn Store, at| {
        store.lease_due(hour(at), hour(at + 1), "a", 1).expect("leased").pop().expect("due")
    };
    let bytes = |store: &dyn Store| store.message_bytes(&one.id).expect("readable");
    let given_back = Settlement::GivenBack { at: hour(1), reason: "not now".into() };

    let first = lease(store, 1);
    let ready = store.ready_bytes(&one.id, first.fence, b"first", hour(1)).expect("its own");
    assert_eq!((ready, bytes(store)), (b"first".to_vec(), Some(b"first".to_vec())));
    store.settle(&one.id, first.fence, &given_back, hour(1)).expect("its own");
    assert_eq!(bytes(store), None, "given back");

    let second = lease(store, 1);
    assert_eq!(second.bytes, None);
    let error = store.ready_bytes(&one.id, first.fence, b"first", hour(1)).expect_err("it is another's");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");
    store.ready_bytes(&one.id, second.fence, b"second", hour(1)).expect("its own");
    // The second died before it handed the message over.
    let third = lease(store, 2);
    let got = (third.bytes, third.message.maybe_duplicate, third.message.tries);
    assert_eq!(got, (None, false, 0));

    store.ready_bytes(&one.id, third.fence, b"third", hour(2)).expect("its own");
    assert_eq!(handed_over(store, &one.id, third.fence, b"third", hour(2), hour(2)).expect("its own"), b"third");
    // The third died after that.
    let fourth = lease(store, 3);
    let got = (fourth.bytes.as_deref(), fourth.message.maybe_duplicate, fourth.message.tries);
    assert_eq!(got, (Some(&b"third"[..]), true, 1));
    assert_eq!(store.ready_bytes(&one.id, fourth.fence, b"fourth", hour(3)).expect("its own"), b"third");
    store.settle(&one.id, fourth.fence, &given_back, hour(3)).expect("its own");
    assert_eq!(bytes(store).as_deref(), Some(&b"third"[..]), "an attempt used them");
}

pub fn so_many_turns_a_minute_are_given_for_a_domain(store: &mut dyn Store) {
    let second = |seconds: i64| hour(1) + TimeDelta::seconds(seconds);
    let id = |number: u32| MessageId::new(format!("msg-{number}")).expect("an id");
    // Message, domain, second; the second of its turn, none when it is now.
    let rows = [
        (1, "a.example", 0, None),
        (2, "a.example", 10, None),
        (3, "a.example", 20, Some(60)),
        (4, "a.example", 20, Some(70)),
        (5, "a.example", 20, Some(120)),
        (6, "b.example", 20, None),
        // Asked again too early, it keeps a turn, the first that is free.
        (3, "a.example", 59, Some(130)),
        (4, "a.example", 60, None),
        (3, "a.example", 69, Some(120)),
        (5, "a.example", 70, None),
        (3, "a.example", 120, None),
        // The clock was set back: what was given by the other one counts no more.
        (7, "a.example", -3600, None),
        (8, "a.example", -3600, None),
        (9, "a.example", -3599, Some(-3540)),
    ];
    for (message, domain, at, turn) in rows {
        let given = store.take_turn(&id(message), domain, 2, second(at)).expect("given");
        assert_eq!(given, turn.map(second), "message {message} to {domain} at {at}");
    }
}

pub fn a_code_is_kept_with_the_message(store: &mut dyn Store) {
    let one = message("ann@acme.example", 1);
    commit(store, &messages(std::slice::from_ref(&one)));
    let code = |store: &dyn Store| store.message(one.id.as_str()).expect("readable").expect("there").refused_as;
    let edit = |action, refused_as: Option<&str>| {
        let refused_as = refused_as.map(str::to_owned);
        let edit = MessageEdit { message: one.id.clone(), action, reason: "why".into(), refused_as };
        Changes { edits: vec![edit], ..Changes::default() }
    };
    let lease = store.lease_due(hour(1), hour(2), "a", 1).expect("leased").pop().expect("due");
    let failed = Settlement::Failed { reason: "550".into(), refused_as: Some("5.2.2".into()) };
    store.settle(&one.id, lease.fence, &failed, hour(1)).expect("its own");
    assert_eq!(code(store).as_deref(), Some("5.2.2"));
    commit(store, &edit(MessageAction::Retry, None));
    assert_eq!(code(store), None);
    let lease = store.lease_due(hour(1), hour(2), "a", 1).expect("leased").pop().expect("due");
    store.settle(&one.id, lease.fence, &Settlement::Accepted { reason: "250".into() }, hour(1)).expect("its own");
    commit(store, &edit(MessageAction::Bounce, Some("5.1.1")));
    assert_eq!(code(store).as_deref(), Some("5.1.1"));
}

/// Handing over makes the lease longer, and never shorter, for everybody who looks for leases that ran out.
pub fn what_was_handed_over_is_held_longer(store: &mut dyn Store) {
    let just_before = |at: DateTime<Utc>| at - TimeDelta::microseconds(1);
    for (until, ends, name) in [(hour(4), hour(4), "ann"), (hour(1), hour(2), "bob")] {
        let one = Message { not_after: Some(hour(9)), ..message(&format!("{name}@acme.example"), 1) };
        commit(store, &messages(std::slice::from_ref(&one)));
        let lease = store.lease_due(hour(1), hour(2), "a", 9).expect("leased").pop().expect("due");
        handed_over(store, &one.id, lease.fence, b"mail", until, hour(1)).expect("its own");
        assert_eq!(store.next_due(hour(1)).expect("readable"), Some(ends), "{name}");
        assert_eq!(store.release(just_before(ends), "b").expect("released"), 0, "{name}");
        assert_eq!(store.lease_due(just_before(ends), hour(9), "b", 9).expect("leased"), [], "{name}");
        handed_over(store, &one.id, lease.fence, b"mail", until, just_before(ends)).expect("still its own");
        let taken = store.lease_due(ends, hour(8), "b", 9).expect("leased").pop().expect("run out");
        assert_eq!((taken.message.tries, taken.message.maybe_duplicate), (1, true), "{name}");
        let accepted = Settlement::Accepted { reason: "250".into() };
        store.settle(&one.id, taken.fence, &accepted, ends).expect("its own");
    }
}

pub fn leases_that_ran_out_are_given_back(store: &mut dyn Store) {
    let [untouched, sent, held] = ["ann", "bob", "cat"].map(|name| message(&format!("{name}@acme.example"), 1));
    commit(store, &messages(&[untouched.clone(), sent.clone()]));
    let leased = store.lease_due(hour(1), hour(2), "a", 9).expect("leased");
    let fence = leased.iter().find(|lease| lease.message.id == sent.id).expect("leased").fence;
    handed_over(store, &sent.id, fence, b"mail", hour(2), hour(1)).expect("its own");
    commit(store, &messages(std::slice::from_ref(&held)));
    store.lease_due(hour(1), hour(3), "a", 9).expect("leased");
    let just_before = hour(2) - TimeDelta::microseconds(1);
    assert_eq!(store.release(just_before, "b").expect("released"), 0);
    assert_eq!(store.release(hour(2), "b").expect("released"), 2);
    for (one, state, tries, doubt) in [
        (&untouched, MessageState::Planned, 0, false),
        (&sent, MessageState::Planned, 1, true),
        (&held, MessageState::Leased, 0, false),
    ] {
        let now = store.message(one.id.as_str()).expect("readable").expect("there");
        assert_eq!((now.state, now.tries, now.maybe_duplicate), (state, tries, doubt), "{}", one.to.email);
    }
    let accepted = Settlement::Accepted { reason: "250".into() };
    let error = store.settle(&sent.id, fence, &accepted, hour(2)).expect_err("given back");
    assert!(matches!(error, StoreError::LostLease { .. }), "{error}");
}
