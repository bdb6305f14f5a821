//! Messages as they are leased, handed over and settled.

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::names::MessageId;
use inwindow::plan::{Message, MessageState};
use inwindow::store::{Arrival, Changes, Leased, Lost, Settlement, Store, StoreError, Withdrawal, Withdrawn};

use super::{commit, given_up, handed_over, messages, ready, settled, state_of, try_commit};
use crate::store_fixtures::{hour, message};

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
    assert!(settled(store, lease.hold(), &accepted, hour(3)), "its own lease");
    let sent = store.message(due.id.as_str()).expect("readable").expect("there");
    assert_eq!((sent.state, sent.tries, sent.accepted_at), (MessageState::Accepted, 1, Some(hour(3))));
    assert_eq!(sent.reason, "250 queued");
    assert!(!settled(store, lease.hold(), &accepted, hour(3)), "settled already");

    let ids = |leased: Vec<Leased>| leased.into_iter().map(|l| l.message.id).collect::<Vec<_>>();
    assert_eq!(ids(store.lease_due(hour(9), hour(10), "a", 1).expect("leased")), [retried.id]);
    assert_eq!(ids(store.lease_due(hour(9), hour(10), "a", 9).expect("leased")), [later.id]);
}

pub fn a_lease_that_ran_out_goes_to_another(store: &mut dyn Store) {
    let one = message("ann@acme.example", 1);
    commit(store, &messages(std::slice::from_ref(&one)));
    let lease = |store: &mut dyn Store, now, until, holder: &str| {
        store.release(now, holder).expect("released");
        store.lease_due(now, until, holder, 10).expect("leased").pop()
    };
    let first = lease(store, hour(1), hour(2), "a").expect("due");
    let just_before = hour(2) - TimeDelta::microseconds(1);
    assert_eq!(lease(store, just_before, hour(3), "b"), None);
    // The first worker died before it spoke to the relay.
    let second = lease(store, hour(2), hour(3), "b").expect("run out");
    assert_eq!((second.fence, second.message.maybe_duplicate, second.message.tries), (2, false, 0));
    assert_eq!(handed_over(store, first.hold(), b"mine", hour(2), hour(2)), None, "it is another's");

    let kept = handed_over(store, second.hold(), b"first rendering", hour(2), hour(2));
    assert_eq!(kept.as_deref(), Some(&b"first rendering"[..]));
    // The second died after it.
    let third = lease(store, hour(3), hour(4), "c").expect("run out");
    assert_eq!((third.fence, third.message.maybe_duplicate, third.message.tries), (3, true, 1));
    assert_eq!(third.message.reason, "worker b never said how its attempt ended");
    assert_eq!(third.bytes.as_deref(), Some(&b"first rendering"[..]));
    let kept = handed_over(store, third.hold(), b"second rendering", hour(3), hour(3));
    assert_eq!(kept.as_deref(), Some(&b"first rendering"[..]));
    assert_eq!(store.message_bytes(&one.id).expect("readable").as_deref(), Some(&b"first rendering"[..]));

    let failed = given_up(MessageState::Failed, "550", None, Arrival::RuledOut);
    assert!(!settled(store, second.hold(), &failed, hour(3)), "it is another's");
    assert_eq!(state_of(store, &one), MessageState::Leased);
    assert_eq!(handed_over(store, third.hold(), b"", hour(5), hour(4)), None, "run out");
    // Late, but nobody took it in the meantime.
    assert!(settled(store, third.hold(), &Settlement::Accepted { reason: "250".into() }, hour(5)), "still good");
    assert_eq!(state_of(store, &one), MessageState::Accepted);
}

pub fn attempts_end_in_their_states(store: &mut dyn Store) {
    let at = hour(2);
    let why = || "why".to_owned();
    let unanswered = |state| given_up(state, "why", None, Arrival::Possible);
    let refused = given_up(MessageState::Failed, "why", Some("5.1.1"), Arrival::RuledOut);
    let rows = [
        (Settlement::Accepted { reason: why() }, MessageState::Accepted, 1, None, false),
        (
            Settlement::Retry { at, reason: why(), arrival: Arrival::RuledOut },
            MessageState::Planned,
            1,
            Some(at),
            false,
        ),
        (Settlement::Retry { at, reason: why(), arrival: Arrival::Possible }, MessageState::Planned, 1, Some(at), true),
        (unanswered(MessageState::Skipped), MessageState::Skipped, 1, None, true),
        (unanswered(MessageState::Failed), MessageState::Failed, 1, None, true),
        (given_up(MessageState::Skipped, "why", None, Arrival::RuledOut), MessageState::Skipped, 1, None, false),
        (refused, MessageState::Failed, 1, None, false),
        (Settlement::GivenBack { at, reason: why() }, MessageState::Planned, 0, Some(at), false),
        (Settlement::NotWanted { to: Withdrawn::Skipped, reason: why() }, MessageState::Skipped, 0, None, false),
        (Settlement::NotWanted { to: Withdrawn::Suppressed, reason: why() }, MessageState::Suppressed, 0, None, false),
    ];
    for (number, (settlement, state, tries, next, duplicate)) in (0..).zip(rows) {
        let one = message(&format!("{number}@acme.example"), 1);
        commit(store, &messages(std::slice::from_ref(&one)));
        let lease = store.lease_due(hour(1), hour(2), "a", 1).expect("leased").pop().expect("due");
        assert!(settled(store, lease.hold(), &settlement, hour(1)), "its own lease");
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
    assert_eq!(store.release(hour(9), "a").expect("released"), 1);
    assert_eq!(store.lease_due(hour(9), hour(10), "a", 10).expect("leased").len(), 1, "only the lease that ran out");
    let error = try_commit(store, &Changes { withdrawals: vec![withdraw(&waiting)], ..Changes::default() });
    assert!(matches!(error, Err(StoreError::NotPending { state: MessageState::Cancelled, .. })));
    assert_eq!(lease.message.id, leased.id);
}

pub fn bytes_that_no_attempt_used_are_forgotten(store: &mut dyn Store) {
    let one = message("ann@acme.example", 1);
    commit(store, &messages(std::slice::from_ref(&one)));
    let lease = |store: &mut dyn Store, at| {
        store.release(hour(at), "a").expect("released");
        store.lease_due(hour(at), hour(at + 1), "a", 1).expect("leased").pop().expect("due")
    };
    let bytes = |store: &dyn Store| store.message_bytes(&one.id).expect("readable");
    let given_back = Settlement::GivenBack { at: hour(1), reason: "not now".into() };

    let first = lease(store, 1);
    let kept = ready(store, first.hold(), b"first", hour(1));
    assert_eq!((kept, bytes(store)), (Some(b"first".to_vec()), Some(b"first".to_vec())));
    assert!(settled(store, first.hold(), &given_back, hour(1)), "its own");
    assert_eq!(bytes(store), None, "given back");

    let second = lease(store, 1);
    assert_eq!(second.bytes, None);
    assert_eq!(ready(store, first.hold(), b"first", hour(1)), None, "it is another's");
    assert_eq!(ready(store, second.hold(), b"second", hour(1)), Some(b"second".to_vec()));
    // The second died before it handed the message over.
    let third = lease(store, 2);
    let got = (third.bytes.clone(), third.message.maybe_duplicate, third.message.tries);
    assert_eq!(got, (None, false, 0));

    assert_eq!(ready(store, third.hold(), b"third", hour(2)), Some(b"third".to_vec()));
    assert_eq!(handed_over(store, third.hold(), b"third", hour(2), hour(2)), Some(b"third".to_vec()));
    // The third died after that.
    let fourth = lease(store, 3);
    let got = (fourth.bytes.as_deref(), fourth.message.maybe_duplicate, fourth.message.tries);
    assert_eq!(got, (Some(&b"third"[..]), true, 1));
    assert_eq!(ready(store, fourth.hold(), b"fourth", hour(3)), Some(b"third".to_vec()));
    assert!(settled(store, fourth.hold(), &given_back, hour(3)), "its own");
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

/// Handing over makes the lease longer, and never shorter, for everybody who looks for leases that ran out.
pub fn what_was_handed_over_is_held_longer(store: &mut dyn Store) {
    let just_before = |at: DateTime<Utc>| at - TimeDelta::microseconds(1);
    for (until, ends, name) in [(hour(4), hour(4), "ann"), (hour(1), hour(2), "bob")] {
        let one = Message { not_after: Some(hour(9)), ..message(&format!("{name}@acme.example"), 1) };
        commit(store, &messages(std::slice::from_ref(&one)));
        let lease = store.lease_due(hour(1), hour(2), "a", 9).expect("leased").pop().expect("due");
        handed_over(store, lease.hold(), b"mail", until, hour(1)).expect("its own");
        assert_eq!(store.next_due(hour(1)).expect("readable"), Some(ends), "{name}");
        assert_eq!(store.release(just_before(ends), "b").expect("released"), 0, "{name}");
        assert_eq!(store.lease_due(just_before(ends), hour(9), "b", 9).expect("leased"), [], "{name}");
        handed_over(store, lease.hold(), b"mail", until, just_before(ends)).expect("still its own");
        assert_eq!(store.release(ends, "b").expect("released"), 1, "{name}");
        let taken = store.lease_due(ends, hour(8), "b", 9).expect("leased").pop().expect("run out");
        assert_eq!((taken.message.tries, taken.message.maybe_duplicate), (1, true), "{name}");
        let accepted = Settlement::Accepted { reason: "250".into() };
        assert!(settled(store, taken.hold(), &accepted, ends), "its own");
    }
}

/// The longest ready go first, and what ran out in other hands once it is released.
pub fn what_nobody_holds_is_leased_in_its_order(store: &mut dyn Store) {
    let [held, first, second] =
        [("ann", 1), ("bob", 2), ("cat", 3)].map(|(name, at)| message(&format!("{name}@acme.example"), at));
    commit(store, &messages(&[held.clone(), second.clone(), first.clone()]));
    store.lease_due(hour(1), hour(2), "a", 9).expect("leased");
    let ids = |leased: Vec<Leased>| leased.into_iter().map(|lease| lease.message.id).collect::<Vec<_>>();
    store.begin().expect("begun");
    assert_eq!(ids(store.lease_due(hour(4), hour(5), "b", 1).expect("leased")), [first.id]);
    store.keep().expect("kept");
    assert_eq!(ids(store.lease_due(hour(4), hour(5), "b", 9).expect("leased")), [second.id]);
    assert_eq!(store.lease_due(hour(4), hour(5), "b", 9).expect("leased"), []);
    assert_eq!(store.next_due(hour(4)).expect("readable"), Some(hour(4)), "one that can be released");
    assert_eq!(store.release(hour(4), "b").expect("released"), 1);
    assert_eq!(ids(store.lease_due(hour(4), hour(5), "b", 9).expect("leased")), [held.id]);
}

pub fn leases_that_ran_out_are_given_back(store: &mut dyn Store) {
    let [untouched, sent, held] = ["ann", "bob", "cat"].map(|name| message(&format!("{name}@acme.example"), 1));
    commit(store, &messages(&[untouched.clone(), sent.clone()]));
    let leased = store.lease_due(hour(1), hour(2), "a", 9).expect("leased");
    let lease = leased.iter().find(|lease| lease.message.id == sent.id).expect("leased");
    handed_over(store, lease.hold(), b"mail", hour(2), hour(1)).expect("its own");
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
    assert!(!settled(store, lease.hold(), &accepted, hour(2)), "given back");
}

/// What one worker says at once of several leases, of which it has lost one meanwhile, and one ran out.
pub fn of_several_leases_those_lost_are_told(store: &mut dyn Store) {
    let all = ["ann", "bob", "cat", "dan"].map(|name| message(&format!("{name}@acme.example"), 1));
    let [ann, bob, cat, dan] = &all;
    commit(store, &messages(&all));
    let bytes = |store: &dyn Store, of: &Message| store.message_bytes(&of.id).expect("readable");
    let none = |store: &mut dyn Store| {
        assert_eq!(store.ready_bytes(&[], hour(1)).expect("written"), [].into());
        assert_eq!(store.hand_over(&[], hour(2), hour(1)).expect("written"), [].into());
        assert_eq!(store.settle(&[], hour(1)).expect("written"), [].into());
    };
    none(store);
    store.begin().expect("begun");
    none(store);
    store.keep().expect("kept");

    // An attempt at ann's used its bytes; bob's is settled; cat's and dan's run out.
    let first = store.lease_due(hour(1), hour(2), "a", 9).expect("leased");
    let of = |leases: &[Leased], message: &Message| {
        leases.iter().find(|lease| lease.message.id == message.id).expect("leased").clone()
    };
    let retry = Settlement::Retry { at: hour(2), reason: "450".into(), arrival: Arrival::RuledOut };
    handed_over(store, of(&first, ann).hold(), b"ann's first", hour(2), hour(1)).expect("its own");
    assert!(settled(store, of(&first, ann).hold(), &retry, hour(1)));
    assert!(settled(store, of(&first, bob).hold(), &Settlement::Accepted { reason: "250".into() }, hour(1)));
    assert_eq!(store.release(hour(2), "b").expect("released"), 2);
    let second = store.lease_due(hour(2), hour(4), "b", 9).expect("leased");
    assert_eq!(second.len(), 3);
    let leases = [of(&second, ann), of(&first, bob), of(&first, cat), of(&second, dan)];
    let holds = leases.each_ref().map(Leased::hold);

    let rendered = holds.map(|hold| (hold, &b"second"[..]));
    let going = [(ann.id.clone(), b"ann's first".to_vec()), (dan.id.clone(), b"second".to_vec())];
    assert_eq!(store.ready_bytes(&rendered, hour(4)).expect("written"), [].into(), "run out");
    assert_eq!(store.ready_bytes(&rendered, hour(3)).expect("written"), going.into());
    assert_eq!((bytes(store, bob), bytes(store, cat)), (None, None));

    let every: Lost = all.iter().map(|message| message.id.clone()).collect();
    let lost: Lost = [bob.id.clone(), cat.id.clone()].into();
    assert_eq!(store.hand_over(&holds, hour(5), hour(4)).expect("written"), every, "run out");
    assert_eq!(store.hand_over(&holds[..3], hour(5), hour(3)).expect("written"), lost);
    // Dan's alone was not handed over, and runs out.
    assert_eq!(store.release(hour(4), "c").expect("released"), 2, "dan's, and cat's of the second worker");
    let third = store.lease_due(hour(4), hour(6), "c", 9).expect("leased");
    assert_eq!(ready(store, of(&third, cat).hold(), b"cat's third", hour(4)), Some(b"cat's third".to_vec()));

    let given_back = Settlement::GivenBack { at: hour(4), reason: "not now".into() };
    let ended = holds.map(|hold| (hold, &given_back));
    let lost: Lost = [bob.id.clone(), cat.id.clone(), dan.id.clone()].into();
    assert_eq!(store.settle(&ended, hour(4)).expect("written"), lost);
    let states = all.each_ref().map(|message| state_of(store, message));
    let expected = [MessageState::Planned, MessageState::Accepted, MessageState::Leased, MessageState::Leased];
    assert_eq!(states, expected);
    // What another holds keeps its bytes, and so does what an attempt has used.
    assert_eq!(bytes(store, cat), Some(b"cat's third".to_vec()));
    assert_eq!(bytes(store, ann), Some(b"ann's first".to_vec()));
}

/// One settlement after the other, in one call or each in its own, leaves the same.
pub fn attempts_settled_together_end_as_each_alone(store: &mut dyn Store) {
    let why = |number: usize| format!("reason {number}");
    let settlements = [
        Settlement::Accepted { reason: why(0) },
        Settlement::Retry { at: hour(2), reason: why(1), arrival: Arrival::RuledOut },
        Settlement::Retry { at: hour(3), reason: why(2), arrival: Arrival::Possible },
        Settlement::GivenBack { at: hour(4), reason: why(3) },
        given_up(MessageState::Failed, &why(4), Some("5.1.1"), Arrival::RuledOut),
        Settlement::NotWanted { to: Withdrawn::Skipped, reason: why(5) },
        given_up(MessageState::Skipped, &why(6), None, Arrival::Possible),
        given_up(MessageState::Skipped, &why(7), None, Arrival::RuledOut),
    ];
    let mut ended = Vec::new();
    for together in [false, true] {
        let name = |number: usize| format!("{number}-{together}@acme.example");
        let some: Vec<Message> = (0..settlements.len()).map(|number| message(&name(number), 1)).collect();
        commit(store, &messages(&some));
        let leases = store.lease_due(hour(1), hour(2), "a", 9).expect("leased");
        let of = |message: &Message| leases.iter().find(|lease| lease.message.id == message.id).expect("leased").hold();
        let all: Vec<_> = some.iter().map(of).zip(&settlements).collect();
        let rendered: Vec<_> = all.iter().map(|(hold, _)| (*hold, &b"mail"[..])).collect();
        assert_eq!(store.ready_bytes(&rendered, hour(1)).expect("written").len(), some.len());
        for some in all.chunks(if together { all.len() } else { 1 }) {
            assert_eq!(store.settle(some, hour(1)).expect("written"), [].into());
        }
        let now = some.iter().map(|message| {
            let now = store.message(message.id.as_str()).expect("readable").expect("there");
            let of_attempt = (now.state, now.reason, now.tries, now.next_attempt_at, now.accepted_at);
            let bytes = store.message_bytes(&message.id).expect("readable");
            (of_attempt, now.maybe_duplicate, now.refused_as, bytes.is_some())
        });
        ended.push(now.collect::<Vec<_>>());
    }
    assert_eq!(ended[0], ended[1]);
}
