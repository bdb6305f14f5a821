//! What planning must look at, and what it has seen.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::names::{DayId, Digest};
use inwindow::plan::{Cause, MISSED, Message, MessageState, Unsent};
use inwindow::store::{
    Arrival, Changes, LastPlan, MessageAction, MessageEdit, Settlement, Store, Unseen, Withdrawal, Withdrawn,
};

use super::outbox::digest;
use super::{commit, messages, settled};
use crate::store_fixtures::{cause, hour, message};

fn wakes<const N: usize>(wakes: [(Cause, Option<DateTime<Utc>>); N]) -> Changes {
    Changes { wakes: wakes.into(), ..Changes::default() }
}

pub fn what_wakes_is_due_from_then_on(store: &mut dyn Store) {
    let due = |store: &dyn Store, now| store.causes_due(now).expect("readable").into_iter().collect::<BTreeSet<_>>();
    let day = Cause::Day(DayId::new("2017-03-01").expect("a day"));
    let generation = store.generation().expect("readable");
    let changes = wakes([(cause("m-1"), Some(hour(2))), (cause("m-2"), Some(hour(3))), (cause("m-3"), None)]);
    commit(store, &changes);
    // Mails of a day are planned whenever anything is.
    commit(store, &wakes([(day, Some(hour(1)))]));
    assert_eq!(store.generation().expect("readable"), generation, "nothing became known");
    assert_eq!(due(store, hour(2) - TimeDelta::microseconds(1)), BTreeSet::new());
    assert_eq!(due(store, hour(2)), [cause("m-1")].into());
    assert_eq!(due(store, hour(9)), [cause("m-1"), cause("m-2")].into());
    commit(store, &wakes([(cause("m-1"), Some(hour(8))), (cause("m-2"), None)]));
    assert_eq!(due(store, hour(7)), BTreeSet::new());
    assert_eq!(due(store, hour(8)), [cause("m-1")].into());
}

pub fn by_what_everything_was_planned_is_kept(store: &mut dyn Store) {
    let mut plan = |changes: Changes, now| {
        let generation = store.generation().expect("readable");
        store.commit(generation, &changes, now).expect("written");
        store.last_plan().expect("readable")
    };
    // What was planned before everything was says nothing of the rest.
    assert_eq!(plan(wakes([(cause("m-1"), None)]), hour(5)), None);
    let by = Digest::of(b"one policy");
    let everything = |by: &Digest| Changes { planned_by: Some(by.clone()), ..Changes::default() };
    assert_eq!(plan(everything(&by), hour(2)), Some(LastPlan { by: by.clone(), at: hour(2) }));
    // The latest instant counts, and of everything that at which it was.
    assert_eq!(plan(wakes([(cause("m-1"), None)]), hour(4)), Some(LastPlan { by: by.clone(), at: hour(4) }));
    assert_eq!(plan(wakes([(cause("m-1"), None)]), hour(3)), Some(LastPlan { by: by.clone(), at: hour(4) }));
    assert_eq!(plan(messages(&[message("ann@acme.example", 1)]), hour(9)).map(|last| last.at), Some(hour(4)));
    let other = Digest::of(b"another policy");
    assert_eq!(plan(everything(&other), hour(1)), Some(LastPlan { by: other, at: hour(1) }));
}

/// What planning has not seen, each message with its state.
#[track_caller]
fn unseen(store: &dyn Store, expected: &[(&Message, MessageState)]) -> Vec<Unseen> {
    let found = store.unseen(9).expect("readable");
    let mut states: Vec<_> = found.iter().map(|unseen| (unseen.message.clone(), unseen.state)).collect();
    let mut expected: Vec<_> = expected.iter().map(|(message, state)| (message.id.clone(), *state)).collect();
    states.sort();
    expected.sort();
    assert_eq!(states, expected);
    found
}

pub fn what_became_of_a_message_is_unseen_until_it_was_seen(store: &mut dyn Store) {
    let (ann, bob) = (message("ann@acme.example", 1), message("bob@acme.example", 1));
    let letter = digest("cat@acme.example", 1, &["m-2", "m-3"]);
    commit(store, &messages(&[ann.clone(), bob.clone(), letter.clone()]));
    let leased = store.lease_due(hour(1), hour(2), "a", 9).expect("leased");
    // What planning does, and that a worker takes it, is nothing new.
    unseen(store, &[]);
    let accepted = Settlement::Accepted { reason: "250".into() };
    let retry = Settlement::Retry { at: hour(1), reason: "450".into(), arrival: Arrival::RuledOut };
    for lease in &leased {
        let ended = if lease.message.id == bob.id { &retry } else { &accepted };
        assert!(settled(store, lease.hold(), ended, hour(1)), "its own lease");
    }
    let found = unseen(
        store,
        &[(&ann, MessageState::Accepted), (&bob, MessageState::Planned), (&letter, MessageState::Accepted)],
    );
    let causes = |of: &Message| {
        let unseen = found.iter().find(|unseen| unseen.message == of.id).expect("it is there");
        unseen.causes.iter().cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(causes(&ann), [cause("m-1")].into());
    assert_eq!(causes(&letter), [letter.key.cause.clone(), cause("m-2"), cause("m-3")].into());
    assert_eq!(store.unseen(2).expect("readable").len(), 2);
    // Meanwhile bob's was tried once more, and so was not seen as it is by now.
    let again = store.lease_due(hour(1), hour(2), "b", 9).expect("leased");
    assert!(settled(store, again[0].hold(), &retry, hour(1)), "its own lease");
    let generation = store.generation().expect("readable");
    commit(store, &Changes { seen: found, ..Changes::default() });
    assert_eq!(store.generation().expect("readable"), generation, "nothing became known");
    let found = unseen(store, &[(&bob, MessageState::Planned)]);
    commit(store, &Changes { seen: found, ..Changes::default() });
    unseen(store, &[]);
}

pub fn what_others_do_to_messages_is_unseen(store: &mut dyn Store) {
    let [held, taken_back, stale, given_up] =
        ["ann@acme.example", "bob@acme.example", "cat@acme.example", "dan@acme.example"].map(|to| message(to, 1));
    let stale = Message { state: MessageState::AwaitingApproval, not_after: Some(hour(2)), ..stale };
    commit(store, &messages(&[held.clone(), taken_back.clone(), stale.clone(), given_up.clone()]));
    let withdrawal = Withdrawal { message: taken_back.id.clone(), to: Withdrawn::Skipped, reason: "superseded".into() };
    commit(store, &Changes { withdrawals: vec![withdrawal], ..Changes::default() });
    unseen(store, &[]);
    let stop = MessageEdit {
        message: held.id.clone(),
        action: MessageAction::Hold,
        reason: "by ann".into(),
        refused_as: None,
    };
    commit(store, &Changes { edits: vec![stop], ..Changes::default() });
    store.expire(hour(2)).expect("expired");
    store.lease_due(hour(2), hour(3), "a", 9).expect("leased");
    assert_eq!(store.release(hour(3), "b").expect("released"), 1);
    unseen(store, &[(&held, MessageState::Held), (&stale, MessageState::Skipped), (&given_up, MessageState::Planned)]);
}

pub fn what_is_unsent_is_counted_by_its_moment(store: &mut dyn Store) {
    let mut number = 0;
    let mut of = |state: MessageState, not_after: i64, reason: &str| {
        number += 1;
        let one = message(&format!("r{number}@acme.example"), 1);
        Message { state, not_after: Some(hour(not_after)), reason: reason.into(), ..one }
    };
    let waits = |of: &mut dyn FnMut(MessageState, i64, &str) -> Message, at| of(MessageState::AwaitingApproval, at, "");
    let missed = format!("{MISSED} before it was sent");
    let mut staff = waits(&mut of, 5);
    staff.to.customer = None;
    let doubtful = Message { maybe_duplicate: true, ..of(MessageState::Skipped, 3, &missed) };
    let rows = [
        waits(&mut of, 4),
        waits(&mut of, 5),
        waits(&mut of, 5),
        waits(&mut of, 6),
        waits(&mut of, 7),
        of(MessageState::Planned, 5, ""),
        of(MessageState::Skipped, 3, &missed),
        of(MessageState::Skipped, 6, MISSED),
        of(MessageState::Skipped, 7, &missed),
        of(MessageState::Skipped, 5, "superseded"),
        of(MessageState::Accepted, 5, &missed),
        staff.clone(),
        doubtful,
    ];
    commit(store, &messages(&rows));
    let expected = Unsent { awaiting: [(hour(5), 2), (hour(6), 1)].into(), missed: [(hour(6), 1)].into() };
    assert_eq!(store.unsent(hour(5), hour(6)).expect("readable"), expected);
    assert_eq!(store.unsent(hour(3), hour(3)).expect("readable").missed, [(hour(3), 1)].into());

    let to_staff = |from| store.messages_to_staff(from).expect("readable");
    assert_eq!(to_staff(hour(1)), std::slice::from_ref(&staff));
    assert_eq!(to_staff(hour(1) + TimeDelta::microseconds(1)), []);
}
