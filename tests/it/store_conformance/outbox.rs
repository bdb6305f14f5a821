//! Messages as they wait, are listed, counted and changed by people.

use chrono::TimeDelta;
use inwindow::names::{DayId, MessageId, OccurrenceId, StandingId};
use inwindow::plan::{Cause, Key, Material, Message, MessageState, Told};
use inwindow::store::{
    Arrival, Changes, Generation, MessageAction, MessageCount, MessageEdit, MessageFilter, Settlement, Store,
    StoreError, Undelivered,
};

use super::{commit, given_up, handed_over, messages, settled, state_of, try_commit};
use crate::store_fixtures::{cause, hour, hours, message};

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
        let ids = store.message_ids(&filter).expect("readable");
        assert_eq!(ids, expected.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), "{filter:?}");
        assert_eq!(store.messages_of_ids(&ids).expect("readable"), expected);
    };
    let any = MessageFilter::default;
    check(any(), &[&bob, &ann, &staff]);
    check(MessageFilter { limit: Some(1), ..any() }, &[&bob]);
    check(MessageFilter { cause: Some(cause("m-1")), ..any() }, &[&bob, &ann]);
    check(MessageFilter { cause: Some(cause("o-1")), ..any() }, &[]);
    check(MessageFilter { states: vec![MessageState::AwaitingApproval], ..any() }, &[&bob]);
    let waiting = vec![MessageState::Planned, MessageState::AwaitingApproval];
    check(MessageFilter { states: waiting, customer: ann.to.customer.clone(), ..any() }, &[&bob, &ann]);
    check(MessageFilter { states: vec![MessageState::Held, MessageState::Leased], ..any() }, &[]);
    check(MessageFilter { contact: Some("ann@acme.example".into()), ..any() }, &[&ann]);
    check(MessageFilter { customer: ann.to.customer.clone(), ..any() }, &[&bob, &ann]);
    check(MessageFilter { due: Some(hours(1, 2)), ..any() }, &[&bob]);
    let of_both = store.messages_of_causes(&[staff.key.cause.clone(), cause("m-1")]).expect("readable");
    assert_eq!(of_both, [vec![staff], vec![bob, ann]]);
}

/// A digest of 2026-11-28 that tells of these.
pub(super) fn digest(contact: &str, due: i64, told: &[&str]) -> Message {
    let one = message(contact, due);
    let tell = |id: &&str| Told { cause: cause(id), material: one.material.clone() };
    let material = Material { digest: told.iter().map(tell).collect(), ..Material::default() };
    let day = Cause::Day(DayId::new("2026-11-28").expect("an id"));
    let key = Key { cause: day, moment: "08:00".into(), material: material.digest(), ..one.key };
    Message { id: key.id(), key, material, before: None, ..one }
}

pub fn digests_are_found_by_what_they_tell(store: &mut dyn Store) {
    let (alone, of_ann, of_bob) = (
        message("bob@acme.example", 2),
        digest("ann@acme.example", 1, &["m-1", "m-2"]),
        digest("bob@acme.example", 3, &["m-2", "m-3"]),
    );
    commit(store, &messages(&[alone.clone(), of_ann.clone(), of_bob.clone()]));
    // The same again changes nothing.
    commit(store, &messages(std::slice::from_ref(&of_ann)));
    assert_eq!(store.message(of_ann.id.as_str()).expect("readable").as_ref(), Some(&of_ann));
    let about = store.messages_of_causes(&["m-3", "m-1", "m-4", "m-2"].map(cause)).expect("readable");
    let (none, both) = (vec![], vec![of_ann.clone(), of_bob.clone()]);
    assert_eq!(about, [vec![of_bob.clone()], vec![of_ann.clone(), alone.clone()], none, both]);
    assert_eq!(store.message_counts(&["m-1", "m-2", "m-4"].map(cause)).expect("readable"), [2, 2, 0]);
    let listed = |cause: Cause, contact: Option<&str>| {
        let (cause, contact) = (Some(cause), contact.map(str::to_owned));
        store.messages(&MessageFilter { cause, contact, ..MessageFilter::default() }).expect("readable")
    };
    assert_eq!(listed(cause("m-2"), None), [of_ann.clone(), of_bob.clone()]);
    assert_eq!(listed(cause("m-2"), Some("bob@acme.example")), std::slice::from_ref(&of_bob));
    assert_eq!(listed(cause("m-1"), Some("bob@acme.example")), std::slice::from_ref(&alone));
    assert_eq!(listed(of_ann.key.cause.clone(), Some("ann@acme.example")), std::slice::from_ref(&of_ann));
    let readers = [("m-2", "bob"), ("m-1", "ann"), ("m-4", "ann"), ("m-3", "bob"), ("m-1", "bob"), ("m-2", "bob")];
    let readers = readers.map(|(id, name)| (cause(id), format!("{name}@acme.example")));
    let each = readers.clone().map(|(cause, contact)| listed(cause, Some(&contact)));
    assert_eq!(each.each_ref().map(Vec::len), [1, 1, 0, 1, 1, 1]);
    assert_eq!(store.messages_of_readers(&readers).expect("readable"), each);
    assert_eq!(store.messages_of_readers(&[]).expect("readable"), Vec::<Vec<Message>>::new());
    let page =
        |id: &str, after: Option<&str>, limit| store.messages_by_contact(&cause(id), after, limit).expect("readable");
    assert_eq!(page("m-1", None, 9), [of_ann.clone(), alone.clone()]);
    assert_eq!(page("m-1", None, 1), std::slice::from_ref(&of_ann));
    assert_eq!(page("m-1", Some("ann@acme.example"), 9), [alone]);
    assert_eq!(page("m-2", Some("ann@acme.example"), 9), [of_bob]);
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

pub fn what_came_back_is_told_without_what_it_told(store: &mut dyn Store) {
    let of = |contact: &str, due: i64, state: MessageState, refused_as: Option<&str>| Message {
        state,
        refused_as: refused_as.map(str::to_owned),
        ..message(contact, due)
    };
    let mut staff = of("staff@us.example", 4, MessageState::Bounced, None);
    staff.to.customer = None;
    let rows = [
        of("ann@acme.example/acme", 3, MessageState::Failed, Some("5.1.1")),
        of("bob@acme.example", 2, MessageState::Failed, None),
        of("c@x.example", 1, MessageState::Accepted, None),
        staff,
    ];
    commit(store, &messages(&rows));
    let told = store.undelivered().expect("readable");
    let expected: Vec<Undelivered> = [&rows[1], &rows[0], &rows[3]]
        .map(|one| Undelivered {
            message: one.id.clone(),
            contact: one.key.contact.clone(),
            customer: one.to.customer.clone(),
            state: one.state,
            refused_as: one.refused_as.clone(),
        })
        .into();
    assert_eq!(told, expected);
    let addresses: Vec<&str> = told.iter().map(Undelivered::address).collect();
    assert_eq!(addresses, ["bob@acme.example", "ann@acme.example", "staff@us.example"]);
    // Pages come as they were asked for, without what is not there.
    let ids = [rows[2].id.clone(), MessageId::new("msg-none").expect("an id"), rows[0].id.clone()];
    assert_eq!(store.messages_of_ids(&ids).expect("readable"), [rows[2].clone(), rows[0].clone()]);
    assert_eq!(store.messages_of_ids(&[]).expect("readable"), []);
}

pub fn standing_windows_are_found_with_the_occurrences_ahead(store: &mut dyn Store) {
    let week = StandingId::new("dc-ams/week").expect("an id");
    let occurrence = |at: i64| Cause::Occurrence(OccurrenceId::of(hour(at), &week));
    let of = |contact: &str, cause: Cause| {
        let mut message = message(contact, 1);
        message.key.cause = cause;
        Message { id: message.key.id(), ..message }
    };
    let causes =
        [Cause::Standing(week.clone()), occurrence(9), occurrence(10), occurrence(240), occurrence(10), cause("m-1")];
    let contacts =
        ["a@acme.example", "a@acme.example", "a@acme.example", "a@acme.example", "b@acme.example", "a@acme.example"];
    let stored: Vec<Message> = contacts.iter().zip(&causes).map(|(to, cause)| of(to, cause.clone())).collect();
    commit(store, &messages(&stored));
    assert_eq!(store.message(stored[4].id.as_str()).expect("readable").as_ref(), Some(&stored[4]));
    let found = |from: i64| store.standing_causes(hour(from)).expect("readable");
    assert_eq!(found(10), [occurrence(10), occurrence(240), Cause::Standing(week.clone())]);
    assert_eq!(found(241), [Cause::Standing(week.clone())]);
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
        // An attempt that may be made already is not one ahead.
        count(MessageState::Planned, None, 3, 2, Some(3)),
        count(MessageState::Failed, None, 1, 1, None),
        count(MessageState::Failed, Some("5.7.1"), 1, 1, None),
    ];
    assert_eq!(store.outbox(hour(2)).expect("readable"), expected);
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
    handed_over(store, lease.hold(), b"mail", hour(4), hour(4)).expect("its own");
    assert_eq!((store.release(hour(6), "b").expect("released"), store.expire(hour(6)).expect("expired")), (0, vec![]));
    assert_eq!(store.expire(hour(7)).expect("expired"), [], "nobody released it");
    assert_eq!(store.release(hour(7), "b").expect("released"), 1);
    let told = store.expire(hour(7)).expect("expired").pop().expect("the lease ran out");
    assert_eq!((told.state, told.maybe_duplicate, told.tries), (MessageState::Skipped, true, 1));
    assert_eq!(told.reason, "its moment passed, and whether an attempt before had reached the relay is not known");
    assert_eq!(store.lease_due(hour(8), hour(9), "b", 1).expect("leased"), []);

    // What was handed over is its worker's beyond the lease.
    let two = Message { not_after: Some(hour(9)), ..message("bob@acme.example", 1) };
    commit(store, &messages(std::slice::from_ref(&two)));
    let lease = store.lease_due(hour(8), hour(9), "a", 1).expect("leased").pop().expect("due");
    handed_over(store, lease.hold(), b"mail", hour(11), hour(8)).expect("its own");
    assert_eq!(store.next_due(hour(8)).expect("readable"), None, "it is stale when it is free");
    assert_eq!(
        (store.release(hour(10), "b").expect("released"), store.expire(hour(10)).expect("expired")),
        (0, vec![])
    );
    assert_eq!(store.release(hour(11), "b").expect("released"), 1);
    assert_eq!(store.expire(hour(11)).expect("expired").len(), 1);
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
    let failed = given_up(MessageState::Failed, "550", Some("5.2.2"), Arrival::RuledOut);
    assert!(settled(store, lease.hold(), &failed, hour(1)), "its own");
    assert_eq!(code(store).as_deref(), Some("5.2.2"));
    commit(store, &edit(MessageAction::Retry, None));
    assert_eq!(code(store), None);
    let lease = store.lease_due(hour(1), hour(2), "a", 1).expect("leased").pop().expect("due");
    assert!(settled(store, lease.hold(), &Settlement::Accepted { reason: "250".into() }, hour(1)), "its own");
    commit(store, &edit(MessageAction::Bounce, Some("5.1.1")));
    assert_eq!(code(store).as_deref(), Some("5.1.1"));
}
