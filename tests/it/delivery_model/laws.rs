//! What must hold of a course that has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use inwindow::app::App;
use inwindow::inventory::Stage;
use inwindow::notice::Status;
use inwindow::plan::{Cause, Material, Message, MessageState};
use inwindow::store::MaintenanceFilter;

use super::Course;
use crate::relay::Arrived;

/// A mail that arrived, with the message that it was.
struct Reached<'a> {
    message: &'a Message,
    arrived: &'a Arrived,
    at: DateTime<Utc>,
}

/// What must hold of a course that has come to rest.
pub fn check(course: &Course) {
    let (messages, arrived) = (course.messages(), course.relay.arrived());
    let app = course.house.workers[0].borrow();
    let by_id: BTreeMap<String, &Message> =
        messages.iter().map(|message| (app.message_id_of(message).expect("an id"), message)).collect();
    let copies: Vec<Reached<'_>> = arrived
        .iter()
        .map(|arrived| {
            let id = arrived.header("Message-ID").expect("an id");
            let message = by_id.get(id.trim_matches(['<', '>'])).copied().expect("a mail that nobody planned arrived");
            Reached { message, arrived, at: arrived.at.expect("a time") }
        })
        .collect();
    every_message_has_an_end(&messages, &copies);
    no_mail_is_doubled_in_silence(course, &messages, &copies);
    nothing_upcoming_is_late(&copies);
    the_newest_reminder_alone(&copies);
    a_change_tells_a_change(&messages);
    readers_know_what_holds(course, &app, &messages, &copies);
}

/// Accepted, or reported with a reason; and what was accepted has arrived.
fn every_message_has_an_end(messages: &[Message], copies: &[Reached<'_>]) {
    for message in messages {
        assert!(!message.state.is_pending(), "it is still {}: {message:?}", message.state);
        assert!(!message.reason.is_empty(), "{message:?}");
        let arrived = copies.iter().any(|copy| copy.message.id == message.id);
        assert!(message.state != MessageState::Accepted || arrived, "accepted, and it never arrived: {message:?}");
        let known = message.state == MessageState::Accepted || message.maybe_duplicate;
        assert!(!arrived || known, "it arrived and nobody knows: {message:?}");
    }
}

/// Twice only what an attempt left in doubt, with the same bytes; and only as often as there was doubt.
fn no_mail_is_doubled_in_silence(course: &Course, messages: &[Message], copies: &[Reached<'_>]) {
    let mut extra = 0;
    for message in messages {
        let of: Vec<&Reached<'_>> = copies.iter().filter(|copy| copy.message.id == message.id).collect();
        let Some(first) = of.first() else { continue };
        assert!(of.iter().all(|copy| copy.arrived.bytes == first.arrived.bytes), "other bytes: {message:?}");
        assert!(of.len() == 1 || message.maybe_duplicate, "{} times, and not marked: {message:?}", of.len());
        extra += of.len() - 1;
    }
    // Who comes back late was told of one mail at most that another had in doubt.
    let unknown = *course.deaths.borrow() + *course.late.borrow();
    let doubts = copies.iter().filter(|copy| !copy.arrived.answered).count() + unknown;
    assert!(extra <= doubts, "{extra} doubles and {doubts} doubts");
}

/// Announcements and reminders are of what is ahead.
fn nothing_upcoming_is_late(copies: &[Reached<'_>]) {
    for Reached { message, at, .. } in copies {
        let upcoming = matches!(message.key.stage, Stage::Announce | Stage::Reminder);
        let told = message.material.digest.iter().map(|told| &told.material);
        let materials: Vec<&Material> = if message.is_digest() { told.collect() } else { vec![&message.material] };
        let is_ahead = |material: &&Material| material.windows.iter().any(|window| window.interval.start() > *at);
        assert!(!upcoming || materials.iter().all(is_ahead), "it went at {at}: {message:?}");
        assert!(message.not_after.is_none_or(|not_after| *at < not_after), "it went at {at}: {message:?}");
    }
}

/// Of the reminders of one window to one reader no older one arrives after a newer one.
fn the_newest_reminder_alone(copies: &[Reached<'_>]) {
    let mut last = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for Reached { message, .. } in copies.iter().filter(|copy| copy.message.key.stage == Stage::Reminder) {
        if !seen.insert(&message.id) {
            continue; // once more, since nobody knew whether it had come
        }
        let Some(window) = message.material.windows.first() else { continue };
        let key: (&Cause, &str, DateTime<Utc>) = (&message.key.cause, &message.key.contact, window.interval.start());
        let moment = window.interval.start() - message.due_at;
        if let Some((before, due)) = last.insert(key, (message.id.as_str(), message.due_at)) {
            assert!(message.due_at >= due, "{before}, then the older one of {moment}: {message:?}");
        }
    }
}

const TELLING: [Stage; 4] = [Stage::Announce, Stage::Change, Stage::Cancel, Stage::Complete];

/// Whoever is told of a change is told another thing than before.
fn a_change_tells_a_change(messages: &[Message]) {
    for message in messages.iter().filter(|message| message.key.stage == Stage::Change) {
        let before = message.before.as_ref().expect("a change has a before");
        assert_ne!(before, &message.material, "nothing changed: {message:?}");
    }
    let mut keys = BTreeSet::new();
    assert!(messages.iter().all(|message| keys.insert(&message.key)), "a key twice");
}

/// Whoever was told of a maintenance, and was never refused, in doubt or kept from it by a person, was last told of what
/// stands, where it was still ahead when all was let go.
fn readers_know_what_holds(course: &Course, app: &App, messages: &[Message], copies: &[Reached<'_>]) {
    let let_go = course.let_go.borrow().expect("it came to rest");
    let inventory = app.inventory().expect("applied");
    for maintenance in app.store.maintenances(&MaintenanceFilter::default()).expect("readable") {
        let state = maintenance.latest();
        let over = matches!(state.status, Status::Cancelled | Status::Completed);
        if over || state.windows.iter().any(|window| window.interval.start() <= let_go) {
            continue;
        }
        // Whom it touches: `EX-1` is circuit-1.
        let named: Vec<String> = state.objects.iter().map(|object| object.name.replace("EX-", "circuit-")).collect();
        let touched = inventory
            .customers
            .values()
            .filter(|customer| customer.uses.iter().any(|asset| named.iter().any(|name| name == asset.as_str())));
        let contacts: BTreeSet<&str> =
            touched.flat_map(|customer| &customer.contacts).map(|contact| contact.email.as_str()).collect();
        let mut by_reader: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
        let cause = Cause::Maintenance(maintenance.id.clone());
        for message in messages.iter().filter(|message| message.is_about(&cause)) {
            by_reader.entry(&message.to.email).or_default().push(message);
        }
        for (reader, of) in by_reader.into_iter().filter(|(reader, _)| contacts.contains(reader)) {
            let kept_away = of.iter().any(|message| {
                let dead = [MessageState::Failed, MessageState::Cancelled, MessageState::Suppressed];
                message.maybe_duplicate || dead.contains(&message.state)
            });
            // In the order of arrival, since the clock may have been set back.
            let told =
                copies.iter().rev().map(|copy| copy.message).find(|message| {
                    TELLING.contains(&message.key.stage) && of.iter().any(|other| other.id == message.id)
                });
            let Some(last) = told.filter(|_| !kept_away).map(|told| told.telling(&cause)) else { continue };
            if last.material.is_empty() {
                continue;
            }
            let stand: Vec<_> = state.windows.iter().map(|window| window.interval).collect();
            let told: Vec<_> = last.material.windows.iter().map(|window| window.interval).collect();
            assert_eq!((told, last.material.status), (stand, Some(state.status)), "{reader} knows otherwise: {last:?}");
        }
    }
}
