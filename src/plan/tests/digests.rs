//! Digests to customers: what waits for one, what does not, and what a digest that waits, went or failed leads to.

use chrono::TimeDelta;

use super::letters::{SECRET, sender, templates};
use super::world::{World, says, utc, window};
use crate::names::Reference;
use crate::notice::{Announcement, Status};
use crate::plan::{
    Approval, Cause, Letter, LetterFacts, Message, MessageState, NotPlanned, Subject, Thread, digest_letter, letter,
};
use crate::time::Zones;

/// Eleven in the morning in New York, where acme's reader is; the next digest goes at 12:00 UTC of the 21st.
const NOW: &str = "2017-03-20T15:00:00Z";
const HOUR: &str = "2017-03-21T12:00:00Z";

const PLUS: &str = "+ announce ops@acme.example/acme 08:00";
const MINUS: &str = "- announce ops@acme.example/acme 08:00";
const ALONE: &str = "+ announce ops@acme.example/acme";

fn world() -> World {
    let mut world = World::at(NOW);
    world.policy.digest = "daily 08:00".parse().expect("a time for a digest");
    world.policy.reminders.clear();
    world
}

fn of(reference: &str, status: Status, starts: &[&str]) -> Announcement {
    let at = |start: &&str| utc(start);
    let windows =
        (1..).zip(starts.iter().map(at)).map(|(ordinal, start)| window(ordinal, start, start + TimeDelta::hours(4)));
    let reference = Reference::new(reference).expect("a test reference");
    Announcement { reference, windows: windows.collect(), ..says(status) }
}

fn announced(reference: &str, start: &str) -> Announcement {
    of(reference, Status::Confirmed, &[start])
}

#[track_caller]
fn check(got: &[String], expected: &[&str]) {
    assert_eq!(got, expected);
}

/// The digests that wait, each with the references that it tells of.
fn waiting(world: &World) -> Vec<Vec<String>> {
    let pending = world.messages.iter().filter(|message| message.is_digest() && message.state.is_pending());
    pending.map(|message| references(world, message)).collect()
}

fn references(world: &World, digest: &Message) -> Vec<String> {
    let of = |cause: &Cause| {
        let found = world.maintenances.iter().find(|one| Cause::Maintenance(one.id.clone()) == *cause);
        found.expect("a digest tells of maintenances").identity.reference.to_string()
    };
    digest.material.digest.iter().map(|told| of(&told.cause)).collect()
}

/// Two announcements that wait for the next digest.
fn two() -> World {
    let mut world = world();
    world.hear(announced("CHG-1", "2017-04-12T20:00:00Z"));
    check(&world.plan(), &[PLUS]);
    world.now += TimeDelta::hours(1);
    world.hear(announced("CHG-2", "2017-04-10T20:00:00Z"));
    check(&world.plan(), &[PLUS, MINUS]);
    world
}

#[test]
fn announcements_go_together_at_their_hour_the_next_window_first() {
    let mut world = two();
    assert_eq!(waiting(&world), [["CHG-2", "CHG-1"]]);
    let digest = world.messages.last().expect("a digest").clone();
    assert_eq!((digest.key.cause.id(), digest.due_at), ("2017-03-21", utc(HOUR)));
    assert_eq!(digest.not_after, Some(utc("2017-04-10T20:00:00Z")));
    assert!(digest.reason.starts_with("the digest of 2017-03-21 08:00: first word of m-"), "{}", digest.reason);
    check(&world.send_at("2017-03-21T11:59:59Z"), &[]);
    check(&world.send_at(HOUR), &["announce ops@acme.example/acme"]);
    // What it told is told, and nothing of it is announced again.
    check(&world.send_at("2017-03-22T12:00:00Z"), &[]);
    world.hear(announced("CHG-3", "2017-04-11T20:00:00Z"));
    check(&world.plan(), &[PLUS]);
    assert_eq!(waiting(&world), [["CHG-3"]]);
}

#[test]
fn what_waits_is_said_of_each() {
    let world = two();
    let said = |world: &World| -> Vec<String> {
        let own = |unplanned: &&crate::plan::Unplanned| unplanned.contact.as_deref() == Some("ops@acme.example/acme");
        world.propose().unplanned.iter().filter(own).map(|unplanned| unplanned.why.to_string()).collect()
    };
    assert_eq!(said(&world), ["it waits for the digest of 2017-03-21 08:00"; 2]);
    let mut later = world;
    later.hear(announced("CHG-3", "2017-04-11T20:00:00Z"));
    assert_eq!(said(&later), ["it waits for the digest of 2017-03-21 08:00"; 3]);
}

#[test]
fn a_change_and_a_cancellation_alter_what_waits() {
    let mut world = two();
    world.hear(announced("CHG-2", "2017-04-14T20:00:00Z"));
    check(&world.plan(), &[PLUS, MINUS]);
    assert_eq!(waiting(&world), [["CHG-1", "CHG-2"]]);
    world.hear(of("CHG-1", Status::Cancelled, &[]));
    check(&world.plan(), &[PLUS, MINUS]);
    assert_eq!(waiting(&world), [["CHG-2"]]);
    // What comes back to a digest that was taken back is the same digest again, under another key.
    world.hear(of("CHG-2", Status::Cancelled, &[]));
    check(&world.plan(), &[MINUS]);
    let last = world.messages.iter().rfind(|message| message.is_digest()).expect("a digest");
    assert_eq!((last.state, &*last.reason), (MessageState::Skipped, "it was cancelled before it was sent"));
    world.hear(announced("CHG-2", "2017-04-14T20:00:00Z"));
    check(&world.plan(), &["+ announce ops@acme.example/acme 08:00-again-2"]);
    check(&world.send_at(HOUR), &["announce ops@acme.example/acme"]);
}

#[test]
fn what_a_digest_told_is_changed_and_cancelled_by_mails_of_its_own() {
    let mut world = two();
    world.send_at(HOUR);
    world.hear(announced("CHG-1", "2017-04-13T20:00:00Z"));
    check(&world.plan(), &["+ change ops@acme.example/acme after-msg"]);
    let change = world.messages.last().expect("a change");
    let digest = world.messages.iter().find(|message| message.state == MessageState::Accepted).expect("a digest");
    assert_eq!(change.key.moment, format!("after-{}", digest.id));
    let before = change.before.as_ref().expect("what the digest told");
    assert_eq!(before.windows[0].interval.start(), utc("2017-04-12T20:00:00Z"));
    world.hear(of("CHG-2", Status::Cancelled, &[]));
    check(&world.plan(), &["+ cancel ops@acme.example/acme after-msg"]);
    check(&world.send(), &["cancel ops@acme.example/acme", "change ops@acme.example/acme"]);
    world.hear(of("CHG-1", Status::Completed, &[]));
    world.plan();
    check(&world.send(), &["complete ops@acme.example/acme", "follow-up ops@acme.example/acme"]);
}

#[track_caller]
fn check_alone(change: impl FnOnce(&mut World), starts: &[&str], expected: &str) {
    let mut world = world();
    change(&mut world);
    world.hear(of("CHG-1", Status::Confirmed, starts));
    let lines = world.plan();
    let announcements: Vec<_> = lines.iter().filter(|line| line.contains("announce")).collect();
    assert_eq!(announcements, [expected], "{starts:?}");
}

#[test]
fn what_cannot_wait_goes_at_once_by_itself() {
    let nothing = |_: &mut World| {};
    // The digest must leave the notice of the policy: 24 h before the first window.
    check_alone(nothing, &["2017-03-22T12:00:00Z"], PLUS);
    check_alone(nothing, &["2017-03-22T11:59:59Z"], ALONE);
    check_alone(nothing, &["2017-04-10T20:00:00Z", "2017-03-22T11:59:59Z"], ALONE);
    check_alone(|world| world.policy.notice = "1h".parse().expect("a lead"), &["2017-03-21T13:00:00Z"], PLUS);
    // No reminder comes before what it reminds of.
    let three_days = |world: &mut World| world.policy.reminders = vec!["3d".parse().expect("a lead")];
    check_alone(three_days, &["2017-03-24T12:00:00Z"], ALONE);
    check_alone(three_days, &["2017-03-24T12:00:01Z"], PLUS);
    check_alone(three_days, &["2017-03-23T15:00:00Z"], PLUS);
    check_alone(three_days, &["2017-03-23T15:00:01Z"], ALONE);
    // Nor where the reader's zone is unknown.
    check_alone(|world| world.acme().contacts[0].zone = "Mars/Olympus".into(), &["2017-04-10T20:00:00Z"], ALONE);
}

#[test]
fn a_rule_says_whose_announcements_wait() {
    let off = "[[rule]]\nimpact = \"OUTAGE\"\ndigest = \"off\"";
    let with = |rules: &'static str| {
        move |world: &mut World| {
            world.policy.rules = toml::from_str::<crate::plan::Policy>(rules).expect("a policy").rules;
        }
    };
    check_alone(with(off), &["2017-04-10T20:00:00Z"], ALONE);
    let weekly = "[[rule]]\ncustomer = \"acme\"\ndigest = \"weekly friday 16:30\"";
    check_alone(with(weekly), &["2017-04-10T20:00:00Z"], "+ announce ops@acme.example/acme 16:30");
}

#[test]
fn a_digest_due_in_quiet_hours_goes_at_their_end() {
    let mut world = world();
    world.policy.quiet = Some(toml::from_str("from = \"20:00\"\nto = \"09:30\"").expect("quiet hours"));
    world.hear(announced("CHG-1", "2017-04-10T20:00:00Z"));
    check(&world.plan(), &[PLUS]);
    check(&world.send_at("2017-03-21T13:29:59Z"), &[]);
    check(&world.send_at("2017-03-21T13:30:00Z"), &["announce ops@acme.example/acme"]);
}

#[test]
fn more_than_was_approved_is_approved_anew_and_less_is_not() {
    let mut world = world();
    world.policy.approval = Approval::On;
    let state = |world: &World| world.messages.last().map(|message| message.state);
    let approve = |world: &mut World| {
        world
            .messages
            .iter_mut()
            .filter(|m| m.state == MessageState::AwaitingApproval)
            .for_each(|m| m.state = MessageState::Planned);
    };
    for reference in ["CHG-1", "CHG-2"] {
        world.hear(announced(reference, "2017-04-10T20:00:00Z"));
        world.plan();
        assert_eq!(state(&world), Some(MessageState::AwaitingApproval));
        approve(&mut world);
        check(&world.plan(), &[]);
    }
    world.hear(of("CHG-2", Status::Cancelled, &[]));
    check(&world.plan(), &["+ announce ops@acme.example/acme 08:00-again-2", MINUS]);
    assert_eq!((state(&world), waiting(&world)), (Some(MessageState::Planned), vec![vec!["CHG-1".to_owned()]]));
    check(&world.send_at(HOUR), &["announce ops@acme.example/acme"]);
}

#[test]
fn what_was_not_approved_in_time_is_missed_and_the_rest_still_told() {
    let mut world = world();
    world.policy.approval = Approval::On;
    for (reference, start) in [("CHG-1", "2017-03-23T12:00:00Z"), ("CHG-2", "2017-03-24T11:00:00Z")] {
        world.hear(announced(reference, start));
        world.plan();
    }
    world.now = utc("2017-03-23T11:59:59Z");
    check(&world.plan(), &[]);
    world.now = utc("2017-03-23T12:00:00Z");
    // The next digest would leave less notice than a day.
    check(&world.plan(), &[ALONE, MINUS]);
    let missed = world.messages.iter().rfind(|message| message.is_digest()).expect("a digest");
    assert_eq!(missed.reason, "its moment passed: still awaiting-approval at 2017-03-23T12:00:00Z");
}

#[test]
fn without_a_digest_in_the_policy_what_waited_goes_by_itself() {
    let mut world = two();
    world.policy.digest = "off".parse().expect("a time for a digest");
    check(&world.plan(), &[ALONE, ALONE, MINUS]);
    // And what waits by itself does not wait for a digest thereafter.
    world.policy.digest = "daily 08:00".parse().expect("a time for a digest");
    check(&world.plan(), &[]);
    check(&world.send(), &["announce ops@acme.example/acme"; 2]);
}

#[test]
fn another_hour_in_the_policy_is_that_of_what_comes_later() {
    let mut world = world();
    world.hear(announced("CHG-1", "2017-04-10T20:00:00Z"));
    world.plan();
    world.policy.digest = "daily 16:00".parse().expect("a time for a digest");
    check(&world.plan(), &[]);
    world.hear(announced("CHG-2", "2017-04-10T20:00:00Z"));
    check(&world.plan(), &["+ announce ops@acme.example/acme 16:00"]);
    assert_eq!(waiting(&world), [["CHG-1"], ["CHG-2"]]);
}

#[test]
fn what_comes_while_a_digest_is_sent_waits_for_the_next() {
    let mut world = two();
    world.now = utc(HOUR);
    let sent = world.messages.iter().position(|m| m.is_digest() && m.state.is_pending()).expect("a digest");
    world.messages[sent].state = MessageState::Leased;
    world.hear(announced("CHG-3", "2017-04-11T20:00:00Z"));
    check(&world.plan(), &[PLUS]);
    let next = world.messages.last().expect("the next digest");
    assert_eq!((next.key.cause.id(), next.due_at), ("2017-03-22", utc("2017-03-22T12:00:00Z")));
    // Given back, it goes as it is; and so it does when nobody knows whether it arrived.
    for maybe_duplicate in [false, true] {
        let lost = Message { state: MessageState::Planned, maybe_duplicate, ..world.messages[sent].clone() };
        world.messages[sent] = lost.clone();
        check(&world.plan(), &[]);
        assert_eq!(world.messages[sent], lost);
    }
    check(&world.send(), &["announce ops@acme.example/acme"]);
}

#[test]
fn a_digest_that_may_have_arrived_goes_again_as_it_is_and_what_changed_by_itself() {
    let mut world = two();
    world.now = utc(HOUR);
    let sent = world.messages.iter_mut().find(|m| m.is_digest() && m.state.is_pending()).expect("a digest");
    sent.maybe_duplicate = true;
    world.hear(announced("CHG-1", "2017-04-13T20:00:00Z"));
    check(&world.plan(), &["+ change ops@acme.example/acme after-msg"]);
    assert_eq!(waiting(&world), [["CHG-2", "CHG-1"]]);
    world.hear(of("CHG-2", Status::Cancelled, &[]));
    check(&world.plan(), &["+ cancel ops@acme.example/acme after-msg"]);
    check(
        &world.send(),
        &["announce ops@acme.example/acme", "cancel ops@acme.example/acme", "change ops@acme.example/acme"],
    );
    check(&world.plan(), &[]);
}

#[test]
fn what_failed_or_was_taken_back_is_not_announced_again() {
    for state in [MessageState::Failed, MessageState::Bounced, MessageState::Cancelled, MessageState::Suppressed] {
        let mut world = two();
        let waits = world.messages.iter_mut().find(|m| m.is_digest() && m.state.is_pending()).expect("a digest");
        waits.state = state;
        let id = waits.id.clone();
        check(&world.plan(), &[]);
        let dead = NotPlanned::DeadEnd { message: id, state };
        assert_eq!(world.propose().unplanned.iter().filter(|unplanned| unplanned.why == dead).count(), 2);
    }
}

#[test]
fn who_leaves_gets_no_digest() {
    let mut world = two();
    world.acme().contacts.clear();
    check(&world.plan(), &[MINUS]);
    let last = world.messages.last().expect("a message");
    assert_eq!(last.reason, "the reader is no longer a contact of the customer");
}

#[test]
fn of_more_than_fifty_the_others_go_by_themselves() {
    let mut world = world();
    for number in 1..=52 {
        world.hear(announced(&format!("CHG-{number}"), "2017-04-10T20:00:00Z"));
    }
    check(&world.plan(), &[ALONE, ALONE, PLUS]);
    assert_eq!(waiting(&world)[0].len(), 50);
    assert!(
        world.messages[0].reason.ends_with("; the digest of 2017-03-21 08:00 is full"),
        "{}",
        world.messages[0].reason
    );
}

#[test]
fn reminders_are_counted_from_when_a_digest_was_planned() {
    let mut world = world();
    world.policy.reminders = ["14d", "7d"].map(|lead| lead.parse().expect("a lead")).to_vec();
    world.hear(announced("CHG-1", "2017-04-01T20:00:00Z"));
    // Two weeks before have passed: the announcement says so much, and no reminder goes in its place.
    world.now += TimeDelta::hours(2);
    check(
        &world.plan(),
        &[PLUS, "+ reminder noc@globex.example/globex w1-168h", "+ reminder ops@acme.example/acme w1-168h"],
    );
}

/// The letter of a message to acme, by what the world knows.
fn written(world: &World, message: &Message) -> Letter {
    let (sender, zones, now) = (sender(), Zones::embedded(), world.now);
    let of = |cause: &Cause| {
        let found = world.maintenances.iter().find(|one| Cause::Maintenance(one.id.clone()) == *cause);
        let thread = Thread::about(cause, message, &world.messages, SECRET, &sender.domain);
        (found.expect("a maintenance"), thread)
    };
    let told = message.material.digest.iter().map(|told| &told.cause);
    let causes: Vec<&Cause> = if message.is_digest() { told.collect() } else { vec![&message.key.cause] };
    let known: Vec<_> = causes.into_iter().map(of).collect();
    let facts = |(maintenance, thread)| LetterFacts {
        subject: Subject::Maintenance(maintenance),
        inventory: &world.inventory,
        zones: &zones,
        sender: &sender,
        secret: SECRET,
        thread,
        date: now,
        notice: TimeDelta::hours(24),
    };
    let parts: Vec<LetterFacts<'_>> = known.iter().map(|(maintenance, thread)| facts((*maintenance, thread))).collect();
    let letter = if message.is_digest() {
        digest_letter(message, &parts, &templates())
    } else {
        letter(message, &parts[0], &templates())
    };
    letter.expect("the letter can be written")
}

fn lines<'c>(calendar: &'c str, name: &str) -> Vec<&'c str> {
    calendar.lines().filter_map(|line| line.strip_prefix(name)).collect()
}

#[test]
fn a_digest_reads_as_one_mail_with_a_calendar_of_all() {
    let mut world = two();
    world.now = utc(HOUR);
    let letter = written(&world, world.messages.last().expect("a digest"));
    world.send();
    insta::assert_snapshot!("digest_text", format!("Subject: {}\n\n{}", letter.subject, letter.text));
    insta::assert_snapshot!("digest_html", letter.html);
    assert_eq!(letter.references, [""; 0]);
    let calendar = letter.calendar.as_ref().expect("a calendar");
    assert_eq!((calendar.method.as_deref(), lines(&calendar.text, "SEQUENCE:")), (None, vec!["0", "0"]));
    assert_eq!(lines(&calendar.text, "DTSTART:"), ["20170410T200000Z", "20170412T200000Z"]);
    assert_eq!(calendar.text.matches("BEGIN:VCALENDAR").count(), 1);
    // A later mail about one of them continues its entry and its thread.
    world.now += TimeDelta::hours(1);
    world.hear(announced("CHG-1", "2017-04-13T20:00:00Z"));
    world.plan();
    let change = written(&world, world.messages.last().expect("a change"));
    assert_eq!(change.references, std::slice::from_ref(&letter.message_id));
    let changed = change.calendar.expect("a calendar").text;
    assert_eq!(lines(&changed, "SEQUENCE:"), ["1"]);
    assert_eq!(lines(&changed, "UID:"), lines(&calendar.text, "UID:")[1..]);
}

#[test]
fn a_digest_of_one_is_the_announcement_of_that_one() {
    let mut world = world();
    world.hear(announced("CHG-1", "2017-04-12T20:00:00Z"));
    world.plan();
    let digest = world.messages.last().expect("a digest");
    let letter = written(&world, digest);
    assert!(letter.subject.contains("Maintenance announced: "), "{}", letter.subject);
    world.policy.digest = "off".parse().expect("a time for a digest");
    world.plan();
    let alone = written(&world, world.messages.last().expect("an announcement"));
    assert_eq!((letter.subject, letter.text, letter.html), (alone.subject, alone.text, alone.html));
    assert_eq!(letter.calendar, alone.calendar);
    assert_ne!(letter.message_id, alone.message_id);
}

#[test]
fn invitations_come_together_and_other_languages_speak_of_several() {
    let world = two();
    let digest = world.messages.last().expect("a digest").clone();
    for (language, words) in [
        ("en", "2 maintenances announced, the first on 10 April 2017"),
        ("de", "2 Wartungen angekündigt, die erste am 10. April 2017"),
        ("nl", "2 keer onderhoud aangekondigd, voor het eerst op 10 april 2017"),
        ("fr", "2 maintenances annoncées, la première le 10 avril 2017"),
        ("es", "2 mantenimientos anunciados, el primero el 10 de abril de 2017"),
    ] {
        let mut told = digest.clone();
        (told.to.language, told.to.invitations) = (language.into(), true);
        let letter = written(&world, &told);
        assert!(letter.subject.contains(words), "{}", letter.subject);
        let calendar = letter.calendar.expect("a calendar");
        assert_eq!(calendar.method.as_deref(), Some("REQUEST"));
        assert_eq!(calendar.text.matches("ATTENDEE").count(), 2);
    }
}
