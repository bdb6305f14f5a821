//! Mails about standing windows: never unless asked, one of the window as a whole, or reminders of each occurrence.

use chrono::TimeDelta;

use super::world::{World, asset_id, utc};
use crate::inventory::Stage;
use crate::names::{AssetId, OccurrenceId, StandingId, VendorId};
use crate::plan::{Cause, Fall, NotPlanned, StandingMails, Upcoming, Worth};
use crate::time::Interval;
use crate::window::{Impact, Role};

fn vendor() -> VendorId {
    VendorId::new("dc-ams").expect("a test id")
}

fn week() -> StandingId {
    StandingId::of(&vendor(), "week")
}

/// Four hours from then on.
pub(super) fn four_hours(start: &str) -> Fall {
    let start = utc(start);
    Fall::At(Interval::new(start, start + TimeDelta::hours(4)).expect("four hours"), Role::Primary)
}

/// Standing windows of the datacentre's feed-a.
pub(super) fn upcoming(cause: Cause, fall: Fall, rule: Option<&str>) -> Upcoming {
    Upcoming {
        cause,
        vendor: vendor(),
        fall,
        rule: rule.map(str::to_owned),
        known_from: None,
        start: vec![(asset_id("feed-a"), Impact::Outage)],
        taken_over: std::collections::BTreeSet::new(),
    }
}

pub(super) fn occurrence(start: &str) -> Upcoming {
    upcoming(Cause::Occurrence(OccurrenceId::of(utc(start), &week())), four_hours(start), None)
}

pub(super) fn whole(rule: &str, next: &str) -> Upcoming {
    upcoming(Cause::Standing(week()), four_hours(next), Some(rule))
}

fn gone(upcoming: Upcoming) -> Upcoming {
    Upcoming { fall: Fall::Gone, rule: None, start: Vec::new(), ..upcoming }
}

fn taken_over(upcoming: Upcoming, assets: &[&str]) -> Upcoming {
    let taken_over = assets.iter().map(|id| asset_id(id)).collect::<std::collections::BTreeSet<AssetId>>();
    Upcoming { taken_over, ..upcoming }
}

const NIGHT: &str = "2017-03-26T20:00:00Z";
const NEXT: &str = "2017-04-02T20:00:00Z";
const RULE: &str = "every Sunday, 20:00 to 24:00 (4 h), UTC";

fn world(mails: StandingMails, standing: Vec<Upcoming>) -> World {
    let mut world = World::at("2017-03-25T12:00:00Z");
    (world.policy.standing, world.standing) = (mails, standing);
    world
}

#[track_caller]
fn check(got: &[String], expected: &[&str]) {
    assert_eq!(got, expected);
}

const ACME_1H: &str = "+ reminder ops@acme.example/acme w1-1h";
const ACME_24H: &str = "+ reminder ops@acme.example/acme w1-24h";
const GLOBEX_1H: &str = "+ reminder noc@globex.example/globex w1-1h";
const GLOBEX_24H: &str = "+ reminder noc@globex.example/globex w1-24h";

#[test]
fn nobody_is_told_unless_the_policy_asks_for_it_and_one_line_says_so() {
    let mut world = world(StandingMails::Never, vec![whole(RULE, NIGHT), occurrence(NIGHT)]);
    let unplanned = world.propose().unplanned;
    let said: Vec<_> = unplanned.iter().map(|one| (one.cause.id(), one.contact.as_deref(), one.why.clone())).collect();
    assert_eq!(said, [("dc-ams/week", None, NotPlanned::StandingNever)]);
    check(&world.plan(), &[]);
    // One that is for nobody's assets is passed over in silence: files of them ship.
    world.standing[0].start.clear();
    assert_eq!(world.propose().unplanned, []);
}

#[test]
fn each_occurrence_has_the_reminders_still_ahead_and_no_announcement() {
    let mut world = world(StandingMails::Each, vec![whole(RULE, NIGHT), occurrence(NIGHT)]);
    // The reminder of 72 h before passed: it goes at once, and none of 168 h.
    let of_72h = ["+ reminder noc@globex.example/globex w1-72h", "+ reminder ops@acme.example/acme w1-72h"];
    check(&world.plan(), &[GLOBEX_1H, GLOBEX_24H, of_72h[0], ACME_1H, ACME_24H, of_72h[1]]);
    check(&world.send(), &["reminder noc@globex.example/globex", "reminder ops@acme.example/acme"]);
    check(
        &world.send_at("2017-03-26T19:59:59Z"),
        &["reminder noc@globex.example/globex", "reminder ops@acme.example/acme"],
    );
    check(&world.send_at("2017-03-26T20:00:00Z"), &[]);
}

#[test]
fn nothing_upcoming_goes_at_or_after_the_start_and_the_start_only_where_asked() {
    let mut world = world(StandingMails::Each, vec![occurrence(NIGHT)]);
    world.policy.reminders = vec!["1h".parse().expect("a lead")];
    (world.policy.stages.start, world.policy.stages.overrun) =
        (Worth::From(Impact::Degraded), Worth::From(Impact::Degraded));
    check(&world.plan(), &[GLOBEX_1H, ACME_1H, "+ start ops@acme.example/acme w1"]);
    // Both reminders missed their moment; the end of a standing window is nobody's delay.
    check(&world.send_at("2017-03-26T20:00:00Z"), &["start ops@acme.example/acme"]);
    check(&world.send_at("2017-03-27T00:00:00Z"), &[]);
    assert!(world.messages.iter().all(|message| !message.state.is_pending()));
}

#[test]
fn an_occurrence_that_is_gone_is_called_off_to_those_alone_who_were_told() {
    let mut told = world(StandingMails::Each, vec![occurrence(NIGHT)]);
    told.policy.reminders = vec!["24h".parse().expect("a lead")];
    check(&told.plan(), &[GLOBEX_24H, ACME_24H]);
    told.standing = vec![gone(occurrence(NIGHT))];
    check(&told.plan(), &["- reminder noc@globex.example/globex w1-24h", "- reminder ops@acme.example/acme w1-24h"]);
    told.standing = vec![occurrence(NIGHT)];
    told.plan();
    told.send_at("2017-03-25T20:00:00Z");
    told.standing = vec![gone(occurrence(NIGHT))];
    // globex reads reminders alone.
    check(&told.plan(), &["+ cancel ops@acme.example/acme after-msg"]);
    check(&told.send(), &["cancel ops@acme.example/acme"]);
    check(&told.plan(), &[]);
}

#[test]
fn what_a_notice_takes_over_is_left_to_the_mails_of_the_notice() {
    let mut world = world(StandingMails::Each, vec![occurrence(NIGHT)]);
    world.policy.reminders = vec!["24h".parse().expect("a lead"), "1h".parse().expect("a lead")];
    world.plan();
    check(
        &world.send_at("2017-03-25T20:00:00Z"),
        &["reminder noc@globex.example/globex", "reminder ops@acme.example/acme"],
    );
    // All of globex, and one of acme's two servers: acme's other one is still reminded of, and nobody of a change.
    world.standing = vec![taken_over(occurrence(NIGHT), &["plus-02"])];
    check(
        &world.plan(),
        &[ACME_1H, "- reminder noc@globex.example/globex w1-1h", "- reminder ops@acme.example/acme w1-1h"],
    );
    let last = world.messages.last().expect("a reminder");
    assert_eq!(last.material.assets, [(asset_id("plus-01"), Impact::Outage)]);
    world.standing = vec![taken_over(occurrence(NIGHT), &["feed-a", "plus-01", "plus-02"])];
    check(&world.plan(), &["- reminder ops@acme.example/acme w1-1h"]);
    let reason = &world.messages.last().expect("a message").reason;
    assert_eq!(reason, "a notice of the vendor takes this occurrence over");
}

#[test]
fn first_tells_once_and_again_when_the_rule_changes() {
    let mut world = world(StandingMails::First, vec![whole(RULE, NIGHT), occurrence(NIGHT)]);
    check(&world.plan(), &["+ announce ops@acme.example/acme"]);
    world.send();
    // Another occurrence is the next one: no news.
    world.now = utc("2017-03-27T12:00:00Z");
    world.standing = vec![whole(RULE, NEXT)];
    check(&world.plan(), &[]);
    world.standing = vec![whole("every Sunday, 22:00 to 02:00 the next day (4 h), UTC", "2017-04-02T22:00:00Z")];
    check(&world.plan(), &["+ change ops@acme.example/acme after-msg"]);
    world.send();
    // Withdrawn long after the occurrence that was told: it is news all the same.
    world.now = utc("2017-05-30T12:00:00Z");
    world.standing = vec![gone(world.standing[0].clone())];
    check(&world.plan(), &["+ cancel ops@acme.example/acme after-msg"]);
    world.send();
    check(&world.plan(), &[]);
}

#[test]
fn a_window_whose_days_are_over_ends_in_silence() {
    let mut world = world(StandingMails::First, vec![whole(RULE, NIGHT)]);
    world.plan();
    world.send();
    world.standing[0].fall = Fall::NoMore;
    check(&world.plan(), &[]);
}

#[test]
fn rules_choose_by_vendor_and_customer_and_another_choice_takes_back() {
    let mut world = world(StandingMails::Never, vec![whole(RULE, NIGHT), occurrence(NIGHT)]);
    world.policy.reminders = vec!["1h".parse().expect("a lead")];
    let rules =
        "[[rule]]\nvendor = \"dc-ams\"\nstanding = \"first\"\n[[rule]]\ncustomer = \"globex\"\nstanding = \"each\"";
    world.policy.rules = toml::from_str::<crate::plan::Policy>(rules).expect("a policy").rules;
    check(&world.plan(), &["+ announce ops@acme.example/acme", GLOBEX_1H]);
    world.policy.rules.clear();
    check(&world.plan(), &["- announce ops@acme.example/acme", "- reminder noc@globex.example/globex w1-1h"]);
}

#[test]
fn the_mails_say_the_rule_and_carry_one_event_with_a_uid_of_its_own() {
    let mut world = world(StandingMails::First, vec![whole(RULE, NIGHT)]);
    world.plan();
    let first = world.letter(Stage::Announce);
    assert!(first.subject.contains("Standing maintenance window: "), "{}", first.subject);
    for words in
        [RULE, "Amsterdam Datacentre", "Sunday 26 March 2017, 22:00 CEST", "It comes again by the schedule above"]
    {
        assert!(first.text.replace('\n', " ").contains(words) && first.html.contains(words), "{words}: {}", first.text);
    }
    world.policy.standing = StandingMails::Each;
    world.standing = vec![occurrence(NIGHT), occurrence(NEXT)];
    world.plan();
    let uids: std::collections::BTreeSet<String> = [Some(first), Some(world.letter(Stage::Reminder))]
        .into_iter()
        .flatten()
        .filter_map(|letter| {
            let calendar = letter.calendar.expect("a calendar").text;
            assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 1, "{calendar}");
            calendar.lines().find(|line| line.starts_with("UID:")).map(str::to_owned)
        })
        .collect();
    assert_eq!(uids.len(), 2, "{uids:?}");
}
