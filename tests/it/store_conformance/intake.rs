//! Notices, their readings, what waits for a person, coverage and the sources that notices come from.

use chrono::TimeDelta;
use inwindow::names::NoticeId;
use inwindow::notice::{Position, Reading, ReviewItem, ReviewState, Settled, Unreadable};
use inwindow::store::{
    Changes, Generation, NewNotice, NewReading, NoticeCursor, NoticeFilter, NoticePage, ReviewFilter, SourceLease,
    SourceOutcome, SourceState, SourceStep, SourceTurn, Store, StoreError,
};

use super::{commit, notices, try_commit};
use crate::store_fixtures::{announcement, coverage, hour, hours, notice, review_item, vendor};

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
