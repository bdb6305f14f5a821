//! Courses of events, and the mails they must lead to.

use super::world::{World, says, utc, window};
use crate::inventory::Stage;
use crate::notice::{Announcement, Status};
use crate::plan::{Approval, MessageState, NotPlanned, Worth};
use crate::window::{Impact, StatedObject};

/// A ten-hour window on the night of a day of March 2017.
fn night(status: Status, day: u32) -> Announcement {
    let start = utc(&format!("2017-03-{day:02}T20:00:00Z"));
    Announcement { windows: vec![window(1, start, start + chrono::TimeDelta::hours(10))], ..says(status) }
}

#[track_caller]
fn check(got: &[String], expected: &[&str]) {
    assert_eq!(got, expected);
}

const ACME: &str = "ops@acme.example/acme";

#[test]
fn an_announcement_and_the_reminders_still_ahead() {
    let mut world = World::at("2017-03-20T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    check(
        &world.plan(),
        &[
            "+ announce ops@acme.example/acme",
            "+ reminder noc@globex.example/globex w1-1h",
            "+ reminder noc@globex.example/globex w1-24h",
            "+ reminder noc@globex.example/globex w1-72h",
            "+ reminder ops@acme.example/acme w1-1h",
            "+ reminder ops@acme.example/acme w1-24h",
            "+ reminder ops@acme.example/acme w1-72h",
        ],
    );
    // Each is due so long before the start, and stale at the start.
    let of_acme = world.messages.iter().filter(|m| m.key.contact == ACME);
    let mut times: Vec<_> = of_acme.map(|m| (m.due_at.to_rfc3339(), m.not_after.map(|t| t.to_rfc3339()))).collect();
    times.sort();
    let stale = Some("2017-03-26T20:00:00+00:00".to_owned());
    let due = ["20T12:00", "23T20:00", "25T20:00", "26T19:00"];
    let expected: Vec<_> = due.iter().map(|t| (format!("2017-03-{t}:00+00:00"), stale.clone())).collect();
    assert_eq!(times, expected);
}

#[test]
fn a_reader_learns_what_touches_the_customer_and_nothing_else() {
    let mut world = World::at("2017-03-20T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    let material = |contact: &str| {
        let message = world.messages.iter().find(|m| m.key.contact == contact).expect("a message");
        message.material.assets.iter().map(|(asset, impact)| format!("{asset} {impact}")).collect::<Vec<_>>()
    };
    assert_eq!(material(ACME), ["plus-01 OUTAGE", "plus-02 REDUCED-REDUNDANCY"]);
    assert_eq!(material("noc@globex.example/globex"), ["plus-02 REDUCED-REDUNDANCY"]);
}

#[test]
fn after_downtime_the_newest_passed_reminder_goes_and_older_ones_do_not() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    check(&world.send(), &["announce ops@acme.example/acme"]);
    // 168 h and 72 h have passed when the program comes back.
    check(
        &world.send_at("2017-03-24T12:00:00Z"),
        &["reminder noc@globex.example/globex", "reminder ops@acme.example/acme"],
    );
    let sent: Vec<_> = world.messages.iter().filter(|m| m.state == MessageState::Accepted).collect();
    assert!(sent.iter().any(|m| m.key.moment == "w1-72h") && !sent.iter().any(|m| m.key.moment == "w1-168h"));
}

#[test]
fn whoever_was_reminded_gets_no_earlier_reminder_that_the_policy_has_only_now() {
    let mut world = World::at("2017-03-20T12:00:00Z");
    let leads = |leads: &[&str]| leads.iter().map(|lead| lead.parse().expect("a lead")).collect();
    world.policy.reminders = leads(&["7h"]);
    world.hear(Announcement {
        windows: vec![window(1, utc("2017-03-22T12:00:00Z"), utc("2017-03-22T16:00:00Z"))],
        ..says(Status::Confirmed)
    });
    world.plan();
    world.send();
    world.send_at("2017-03-22T05:00:00Z");
    world.policy.reminders = leads(&["14h", "7h", "6h"]);
    let later = ["+ reminder noc@globex.example/globex w1-6h", "+ reminder ops@acme.example/acme w1-6h"];
    assert_eq!(world.plan(), later);
    let reminder = world.messages.iter_mut().find(|m| m.key.moment == "w1-7h").expect("a reminder");
    // One that may have arrived goes again, and no earlier one in its place.
    (reminder.state, reminder.maybe_duplicate) = (MessageState::Planned, true);
    assert_eq!(world.plan(), [""; 0]);
}

#[test]
fn a_reminder_that_was_never_planned_and_is_superseded_is_named() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    // Nobody plans until two reminders have passed.
    world.now = utc("2017-03-24T12:00:00Z");
    let proposal = world.propose();
    let globex: Vec<_> =
        proposal.new.iter().filter(|m| m.key.contact.starts_with("noc@")).map(|m| m.key.moment.as_str()).collect();
    assert_eq!(globex, ["w1-72h", "w1-24h", "w1-1h"]);
    let superseded = proposal.unplanned.iter().filter(|unplanned| unplanned.why == NotPlanned::Superseded);
    assert_eq!(superseded.count(), 1);
    // Whoever is announced to now needs no reminder of what passed before.
    let acme: Vec<_> = proposal.new.iter().filter(|m| m.key.contact == ACME).map(|m| m.key.stage).collect();
    assert_eq!(acme, [Stage::Announce, Stage::Reminder, Stage::Reminder]);
}

#[test]
fn a_change_taken_back_no_longer_stands_for_a_reminder() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    world.send();
    let milder = vec![StatedObject { name: "feed-a".into(), impact: Some(Impact::Degraded) }];
    // While the change waits it tells of the window, so that the reminder of 168 h before is not written.
    world.now = utc("2017-03-20T12:00:00Z");
    world.policy.approval = Approval::On;
    world.hear(Announcement { objects: milder, ..night(Status::Confirmed, 26) });
    world.plan();
    // The vendor takes the change back, and we take back the mail: in the same round, not in the next.
    world.hear(night(Status::Confirmed, 26));
    let lines = world.plan();
    assert!(lines.contains(&"- change ops@acme.example/acme after-msg".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("+ reminder ops@acme.example/acme w1-168h")), "{lines:?}");
}

#[test]
fn a_moment_that_passes_at_the_recording_is_not_ahead() {
    let mut world = World::at("2017-03-19T20:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    assert!(!world.messages.iter().any(|message| message.key.moment == "w1-168h"));
    let mut world = World::at("2017-03-19T19:59:59Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    assert!(world.messages.iter().any(|message| message.key.moment == "w1-168h"));
}

#[test]
fn which_asset_in_which_window_is_material() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.reminders.clear();
    let two = |objects: [&str; 2]| {
        let mut said = night(Status::Confirmed, 26);
        let mut second = said.windows[0].clone();
        second.ordinal = 2;
        second.interval = window(2, utc("2017-03-28T20:00:00Z"), utc("2017-03-29T06:00:00Z")).interval;
        said.windows.push(second);
        for (window, name) in said.windows.iter_mut().zip(objects) {
            window.objects = vec![StatedObject { name: name.into(), impact: Some(Impact::Outage) }];
        }
        said
    };
    world.hear(two(["feed-a", "feed-b"]));
    world.plan();
    world.send();
    world.hear(two(["feed-b", "feed-a"]));
    check(&world.plan(), &["+ change ops@acme.example/acme after-msg"]);
    let change = world.messages.last().expect("the change");
    assert!(change.reason.starts_with("changed: the assets or the impact on them"), "{}", change.reason);
}

#[test]
fn nothing_upcoming_goes_at_the_start() {
    let mut world = World::at("2017-03-26T19:59:59Z");
    world.hear(night(Status::Confirmed, 26));
    check(&world.plan(), &["+ announce ops@acme.example/acme"]);
    // The second passes before it could be sent.
    world.now = utc("2017-03-26T20:00:00Z");
    check(&world.plan(), &["- announce ops@acme.example/acme"]);
    assert_eq!(world.messages[0].state, MessageState::Skipped);
    assert!(world.messages[0].reason.contains("its moment passed"), "{}", world.messages[0].reason);
}

#[test]
fn a_window_already_begun_plans_nothing_and_says_so() {
    let mut world = World::at("2017-03-26T20:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    let proposal = world.propose();
    assert!(proposal.new.is_empty());
    let why: Vec<_> = proposal.unplanned.iter().map(|unplanned| &unplanned.why).collect();
    assert_eq!(why, [&NotPlanned::AlreadyBegun, &NotPlanned::AlreadyBegun]);
}

#[test]
fn a_move_is_told_old_to_new_and_a_move_back_is_told_again() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.send_at("2017-03-10T12:00:00Z");
    world.hear(night(Status::Confirmed, 28));
    check(&world.send_at("2017-03-11T12:00:00Z"), &["change ops@acme.example/acme"]);
    world.hear(night(Status::Confirmed, 26));
    check(&world.send_at("2017-03-12T12:00:00Z"), &["change ops@acme.example/acme"]);
    let last = world.messages.iter().rfind(|m| m.key.stage == Stage::Change).expect("a change");
    let day = |material: &crate::plan::Material| material.windows[0].interval.start().format("%d").to_string();
    assert_eq!((last.before.as_ref().map(day), day(&last.material)), (Some("28".into()), "26".into()));
    // The reminders follow the window.
    check(
        &world.send_at("2017-03-19T20:00:00Z"),
        &["reminder noc@globex.example/globex", "reminder ops@acme.example/acme"],
    );
}

#[test]
fn an_unsent_announcement_is_replaced_and_the_first_one_can_come_back() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.approval = Approval::On;
    world.policy.reminders.clear();
    world.hear(night(Status::Confirmed, 26));
    check(&world.plan(), &["+ announce ops@acme.example/acme"]);
    world.hear(night(Status::Confirmed, 28));
    check(&world.plan(), &["+ announce ops@acme.example/acme", "- announce ops@acme.example/acme"]);
    world.hear(night(Status::Confirmed, 26));
    check(&world.plan(), &["+ announce ops@acme.example/acme again-2", "- announce ops@acme.example/acme"]);
    world.hear(night(Status::Cancelled, 26));
    check(&world.plan(), &["- announce ops@acme.example/acme again-2"]);
    world.hear(night(Status::Confirmed, 26));
    check(&world.plan(), &["+ announce ops@acme.example/acme again-3"]);
}

#[test]
fn what_a_person_took_back_stays_back() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.reminders.clear();
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    for state in [MessageState::Cancelled, MessageState::Failed, MessageState::Suppressed, MessageState::Bounced] {
        world.messages[0].state = state;
        let proposal = world.propose();
        assert!(proposal.is_empty());
        let why = NotPlanned::DeadEnd { message: world.messages[0].id.clone(), state };
        assert!(proposal.unplanned.iter().any(|unplanned| unplanned.why == why));
    }
    // Other news is other news.
    world.hear(night(Status::Confirmed, 27));
    check(&world.plan(), &["+ announce ops@acme.example/acme"]);
}

#[test]
fn a_cancellation_reaches_those_who_were_told_and_takes_reminders_back() {
    let mut world = World::at("2017-03-24T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    world.send();
    world.hear(says(Status::Cancelled));
    check(
        &world.plan(),
        &[
            "+ cancel ops@acme.example/acme after-msg",
            "- reminder noc@globex.example/globex w1-1h",
            "- reminder noc@globex.example/globex w1-24h",
            "- reminder ops@acme.example/acme w1-1h",
            "- reminder ops@acme.example/acme w1-24h",
        ],
    );
    world.send();
    // It is on again: to somebody who was told, that is a change.
    world.hear(night(Status::Confirmed, 26));
    check(&world.send_at("2017-03-24T13:00:00Z"), &["change ops@acme.example/acme"]);
}

#[test]
fn a_ticket_completed_after_it_was_cancelled_was_not_done() {
    let mut world = World::at("2017-03-24T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    world.send();
    world.hear(says(Status::Cancelled));
    world.plan();
    // The cancellation is not out yet when the vendor closes its ticket: it goes, and nothing says that work was done.
    world.now = utc("2017-03-24T12:30:00Z");
    world.hear(says(Status::Completed));
    check(&world.plan(), &[]);
    check(&world.send(), &["cancel ops@acme.example/acme"]);
    world.now = utc("2017-03-27T08:00:00Z");
    check(&world.plan(), &[]);
}

#[test]
fn a_cancellation_after_the_end_is_no_news() {
    let mut world = World::at("2017-03-24T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.send_at("2017-03-24T12:00:00Z");
    world.now = utc("2017-03-27T06:00:00Z");
    world.hear(says(Status::Cancelled));
    assert!(world.propose().unplanned.iter().any(|u| u.stage == Stage::Cancel && u.why == NotPlanned::TooLate));
    assert!(world.propose().new.is_empty());
}

#[test]
fn completion_is_told_and_followed_up() {
    let mut world = World::at("2017-03-24T12:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    world.send_at("2017-03-24T12:00:00Z");
    world.now = utc("2017-03-27T04:00:00Z");
    world.hear(says(Status::InProcess));
    check(
        &world.plan(),
        &[
            "- reminder noc@globex.example/globex w1-1h",
            "- reminder noc@globex.example/globex w1-24h",
            "- reminder ops@acme.example/acme w1-1h",
            "- reminder ops@acme.example/acme w1-24h",
        ],
    );
    world.hear(says(Status::Completed));
    check(
        &world.send_at("2017-03-27T04:00:00Z"),
        &["complete ops@acme.example/acme", "follow-up ops@acme.example/acme"],
    );
    let complete = world.messages.iter().find(|m| m.key.stage == Stage::Complete).expect("a message");
    assert_eq!(complete.material.windows[0].interval.end(), utc("2017-03-27T04:00:00Z"));
}

#[test]
fn no_follow_up_on_what_was_only_heard_of_when_it_had_begun() {
    let completed = |world: &mut World| {
        world.now = utc("2017-03-27T04:00:00Z");
        world.hear(says(Status::Completed));
        let proposal = world.propose();
        proposal.new.iter().map(|message| message.key.stage).collect::<Vec<_>>()
    };
    let mut world = World::at("2017-03-26T20:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    assert_eq!(completed(&mut world), []);
    // Known a second earlier, though nobody was told in time.
    let mut world = World::at("2017-03-26T19:59:59Z");
    world.hear(night(Status::Confirmed, 26));
    assert_eq!(completed(&mut world), [Stage::FollowUp]);
}

#[test]
fn a_baseline_plans_nothing_and_a_later_change_of_it_does() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.hear_as_baseline(night(Status::Confirmed, 26));
    check(&world.plan(), &[]);
    world.hear(Announcement { summary: Some("other words".into()), ..night(Status::Confirmed, 26) });
    check(&world.plan(), &[]);
    world.policy.reminders.clear();
    world.hear(night(Status::Confirmed, 28));
    check(&world.plan(), &["+ change ops@acme.example/acme after-baseline"]);
    assert!(world.messages[0].before.is_some());
}

#[test]
fn a_baseline_import_after_an_announcement_is_no_news_either() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.reminders.clear();
    world.hear(night(Status::Confirmed, 26));
    world.send_at("2017-03-10T12:00:00Z");
    world.now = utc("2017-03-10T13:00:00Z");
    world.hear_as_baseline(night(Status::Confirmed, 28));
    check(&world.plan(), &[]);
    world.hear(night(Status::Confirmed, 29));
    check(&world.plan(), &["+ change ops@acme.example/acme after-msg"]);
}

#[test]
fn who_is_no_longer_touched_is_told_so() {
    let mut world = World::at("2017-03-24T12:00:00Z");
    world.policy.reminders.clear();
    world.hear(night(Status::Confirmed, 26));
    world.send_at("2017-03-24T12:00:00Z");
    let objects = vec![StatedObject { name: "feed-a".into(), impact: Some(Impact::NoImpact) }];
    world.hear(Announcement { objects, ..night(Status::Confirmed, 26) });
    check(&world.plan(), &["+ change ops@acme.example/acme after-msg"]);
    assert!(world.messages[1].material.is_empty());
}

#[test]
fn an_attempt_without_an_answer_counts_as_told() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.reminders.clear();
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    world.messages[0].maybe_duplicate = true;
    check(&world.plan(), &[]);
    world.hear(says(Status::Cancelled));
    check(&world.plan(), &["+ cancel ops@acme.example/acme after-msg", "- announce ops@acme.example/acme"]);
}

#[test]
fn an_outage_is_told_once_to_those_who_feel_it() {
    let mut world = World::at("2017-03-25T19:00:00Z");
    world.fails("feed-a", Impact::Outage);
    check(&world.plan(), &["+ outage ops@acme.example/acme"]);
    assert_eq!(world.messages[0].material.assets.len(), 1, "plus-02 still has its other feed");
    world.send();
    world.now = utc("2017-03-25T21:00:00Z");
    check(&world.plan(), &[]);
}

#[test]
fn an_old_outage_that_is_over_is_history() {
    let mut world = World::at("2017-03-25T19:00:00Z");
    world.fails("plus-01", Impact::Outage);
    world.outages[0].end = Some(crate::outage::Observed::exactly(utc("2017-03-25T20:00:00Z")));
    world.outages[0].recorded_at = utc("2017-03-26T19:00:01Z");
    world.now = utc("2017-03-26T19:00:01Z");
    check(&world.plan(), &[]);
    world.outages[0].recorded_at = utc("2017-03-26T19:00:00Z");
    check(&world.plan(), &["+ outage ops@acme.example/acme"]);
}

#[test]
fn many_messages_at_once_wait_for_a_person() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.bulk_limit = 8;
    world.hear(night(Status::Confirmed, 26));
    world.plan();
    assert_eq!(world.messages.len(), 9, "an announcement, and four reminders each to two readers");
    assert!(world.messages.iter().all(|m| m.state == MessageState::AwaitingApproval));
    assert!(world.messages[0].reason.ends_with("9 new messages at once are more than 8, so each waits for approval"));
    world.messages.clear();
    world.policy.bulk_limit = 9;
    world.plan();
    assert!(world.messages.iter().all(|m| m.state == MessageState::Planned));
}

#[test]
fn an_address_under_two_customers_gets_a_mail_for_each() {
    let mut world = World::at("2017-03-10T12:00:00Z");
    world.policy.reminders.clear();
    let acme = world.inventory.customers.values().next().expect("acme").clone();
    let globex = world.inventory.customers.values_mut().last().expect("globex");
    globex.contacts.clone_from(&acme.contacts);
    world.hear(night(Status::Confirmed, 26));
    check(&world.plan(), &["+ announce ops@acme.example/acme", "+ announce ops@acme.example/globex"]);
    // Whoever leaves is not written to.
    world.inventory.customers.values_mut().last().expect("globex").contacts.clear();
    check(&world.plan(), &["- announce ops@acme.example/globex"]);
}

/// With mails at the start and at the end of windows, and no reminders.
fn passing_world() -> World {
    let mut world = World::at("2017-03-20T12:00:00Z");
    world.policy.reminders.clear();
    world.policy.stages.start = Worth::From(Impact::Degraded);
    world.policy.stages.overrun = Worth::From(Impact::Degraded);
    world.hear(night(Status::Confirmed, 26));
    world
}

#[test]
fn a_start_is_told_within_the_window_and_an_overrun_after_it() {
    let mut world = passing_world();
    check(&world.send_at("2017-03-20T12:00:00Z"), &["announce ops@acme.example/acme"]);
    check(&world.send_at("2017-03-26T19:59:59Z"), &[]);
    check(&world.send_at("2017-03-26T20:00:00Z"), &["start ops@acme.example/acme"]);
    check(&world.send_at("2017-03-27T05:59:59Z"), &[]);
    check(&world.send_at("2017-03-27T06:00:00Z"), &["overrun ops@acme.example/acme"]);
    check(&world.send_at("2017-03-28T06:00:00Z"), &[]);
    let by_default = {
        let mut world = World::at("2017-03-20T12:00:00Z");
        world.hear(night(Status::Confirmed, 26));
        world.plan()
    };
    assert!(!by_default.iter().any(|line| line.contains("start") || line.contains("overrun")), "{by_default:?}");
}

#[test]
fn after_downtime_a_start_that_is_over_is_not_told_and_an_overrun_is() {
    let mut world = passing_world();
    world.plan();
    world.send();
    check(&world.send_at("2017-03-27T07:00:00Z"), &["overrun ops@acme.example/acme"]);
}

#[test]
fn completion_and_cancellation_take_start_and_overrun_back() {
    for status in [Status::Completed, Status::Cancelled] {
        let mut world = passing_world();
        world.send_at("2017-03-20T12:00:00Z");
        world.now = utc("2017-03-26T21:00:00Z");
        world.plan();
        world.send();
        world.hear(Announcement { windows: Vec::new(), ..night(status, 26) });
        let lines = world.plan();
        assert!(lines.contains(&"- overrun ops@acme.example/acme w1".to_owned()), "{lines:?}");
        assert!(!world.send_at("2017-03-27T07:00:00Z").iter().any(|sent| sent.starts_with("overrun")));
    }
}

#[test]
fn only_the_last_of_several_nights_runs_late_and_a_moved_window_starts_again() {
    let mut world = passing_world();
    let (first, second) = (utc("2017-03-26T20:00:00Z"), utc("2017-03-27T20:00:00Z"));
    let long = chrono::TimeDelta::hours(4);
    let nights = vec![window(1, first, first + long), window(2, second, second + long)];
    world.hear(Announcement { windows: nights.clone(), ..says(Status::Confirmed) });
    world.send_at("2017-03-20T12:00:00Z");
    check(&world.send_at("2017-03-26T20:30:00Z"), &["start ops@acme.example/acme"]);
    check(&world.send_at("2017-03-27T01:00:00Z"), &[]);
    let third = second + chrono::TimeDelta::hours(24);
    let moved = vec![nights[0].clone(), window(2, third, third + long)];
    world.hear(Announcement { windows: moved, ..says(Status::Confirmed) });
    check(&world.send_at("2017-03-27T21:00:00Z"), &["change ops@acme.example/acme"]);
    check(&world.send_at("2017-03-28T20:00:00Z"), &["start ops@acme.example/acme"]);
    check(&world.send_at("2017-03-29T00:00:00Z"), &["overrun ops@acme.example/acme"]);
}

#[test]
fn tentative_work_neither_starts_nor_runs_late_and_a_window_heard_of_late_does_not_start() {
    let mut world = passing_world();
    world.hear(night(Status::Tentative, 26));
    world.send_at("2017-03-20T12:00:00Z");
    check(&world.send_at("2017-03-27T07:00:00Z"), &[]);
    let mut world = passing_world();
    world.maintenances.clear();
    world.now = utc("2017-03-26T21:00:00Z");
    world.hear(night(Status::Confirmed, 26));
    check(&world.plan(), &[]);
}

/// The same world under a policy as it is written.
fn under(policy: &str) -> World {
    let mut world = World::at("2017-03-20T12:00:00Z");
    world.policy = toml::from_str(policy).expect("a policy");
    world.hear(night(Status::Confirmed, 26));
    world
}

#[test]
fn the_later_of_two_rules_that_fit_goes_before() {
    let reminders = |rules: &str| {
        let planned = under(&format!("approval = \"off\"\nreminders = [\"24h\"]\n{rules}")).plan();
        let moments = planned.iter().filter(|line| line.contains("reminder")).filter(|line| line.contains("acme"));
        moments.filter_map(|line| line.split(" w1-").nth(1)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(reminders(""), ["24h"]);
    assert_eq!(reminders("[[rule]]\nvendor = \"dc-ams\"\nreminders = [\"48h\"]\n"), ["48h"]);
    assert_eq!(reminders("[[rule]]\nvendor = \"other\"\nreminders = [\"48h\"]\n"), ["24h"]);
    assert_eq!(reminders("[[rule]]\ncustomer = \"globex\"\nreminders = [\"48h\"]\n"), ["24h"]);
    assert_eq!(reminders("[[rule]]\nkind = \"server\"\nreminders = [\"48h\"]\n"), ["48h"]);
    assert_eq!(reminders("[[rule]]\nkind = \"feed\"\nreminders = [\"48h\"]\n"), ["24h"]);
    assert_eq!(reminders("[[rule]]\nimpact = \"OUTAGE\"\nreminders = [\"48h\"]\n"), ["48h"]);
    let both = "[[rule]]\nimpact = \"OUTAGE\"\nreminders = [\"48h\"]\n[[rule]]\ncustomer = \"acme\"\nreminders = []\n";
    assert_eq!(reminders(both), [""; 0]);
    assert_eq!(reminders("[[rule]]\nstages = { reminder = \"off\" }\n"), [""; 0]);
}

#[test]
fn a_stage_may_have_an_approval_of_its_own() {
    let waiting = |policy: &str| {
        let mut world = under(policy);
        world.plan();
        let waits = world.messages.iter().filter(|m| m.state == MessageState::AwaitingApproval);
        waits.map(|message| message.key.stage.as_str()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(waiting("").into_iter().collect::<Vec<_>>(), ["announce", "reminder"]);
    assert_eq!(waiting("[approve]\nreminder = \"off\"\n").into_iter().collect::<Vec<_>>(), ["announce"]);
    let ruled = "approval = \"off\"\n[[rule]]\ncustomer = \"globex\"\napproval = \"on\"\n";
    assert_eq!(waiting(ruled).into_iter().collect::<Vec<_>>(), ["reminder"]);
    assert_eq!(
        waiting("approval = \"off\"\nbulk-limit = 1\n").into_iter().collect::<Vec<_>>(),
        ["announce", "reminder"]
    );
}

#[test]
fn what_can_wait_waits_for_the_end_of_quiet_hours_and_never_until_a_window_began() {
    // acme reads in New York, four hours behind UTC then: the announcement comes at 08:00 there, the window begins at 16:00.
    let due = |policy: &str| {
        let mut world = under(&format!("approval = \"off\"\n{policy}"));
        world.plan();
        let of_acme = world.messages.iter().filter(|message| message.key.contact == ACME);
        let mut due: Vec<_> = of_acme.map(|message| message.due_at.format("%dT%H:%M").to_string()).collect();
        due.sort();
        due
    };
    let quiet = |from: &str, to: &str| {
        due(&format!("reminders = [\"24h\", \"1h\"]\n[quiet]\nfrom = \"{from}\"\nto = \"{to}\"\n"))
    };
    assert_eq!(due("reminders = [\"24h\", \"1h\"]\n"), ["20T12:00", "25T20:00", "26T19:00"]);
    assert_eq!(quiet("22:00", "09:00"), ["20T13:00", "25T20:00", "26T19:00"]);
    assert_eq!(quiet("15:00", "15:59"), ["20T12:00", "25T20:00", "26T19:59"]);
    assert_eq!(quiet("15:00", "16:00"), ["20T12:00", "25T20:00", "26T19:00"], "it would be at the start");
    assert_eq!(quiet("14:00", "08:00"), ["20T12:00", "26T12:00", "26T19:00"]);
}
