//! Scorecards of made maintenances, row by row.

use super::*;
use crate::maintenance::fixture::{maintenance, status, utc, window, with_window};
use crate::maintenance::{Maintenance, Promise, Revision};
use crate::notice::Status;

/// What figures count of maintenances, with the terms asking 72 h; figures that count nothing left out.
#[track_caller]
fn check(maintenances: &[Maintenance], expected: &[(&str, usize, Option<usize>)]) -> Scorecard {
    let terms = Terms { notice_min: Promise::Elapsed(chrono::TimeDelta::hours(72)), ..Terms::default() };
    let vendor = VendorId::new("dc").expect("an id");
    let mut tally = Tally::new((vendor, "DC".into()), &terms, (None, utc("2020-02-01")), utc("2020-02-01"));
    for maintenance in maintenances {
        tally.maintenance(maintenance);
    }
    let card = tally.finish();
    let is_told = |figure: &&Figure| {
        let has_some = figure.of.is_some_and(|of| of > 0);
        figure.count > 0 || has_some && (figure.name.starts_with("notice_") || figure.name == "late_cancellations")
    };
    let told: Vec<_> =
        card.figures.iter().filter(is_told).map(|figure| (figure.name, figure.count, figure.of)).collect();
    assert_eq!(told, expected);
    card
}

/// A notice that announces 10 January 2020, 00:00 to 04:00.
fn announced(received: &str) -> Revision {
    with_window(received, "2020-01-10T00:00", "2020-01-10T04:00")
}

#[test]
fn notice_is_measured_to_the_second() {
    check(&[maintenance(vec![announced("2020-01-07T00:00")])], &[("notice_planned", 1, Some(1))]);
    let card = check(&[maintenance(vec![announced("2020-01-07T00:01")])], &[("notice_planned", 0, Some(1))]);
    let late = card.figure("notice_planned").expect("always there");
    assert_eq!(late.items[0].text, "2 d 23 h 59 min given, 3 d asked: short by 1 min");
    assert_eq!((late.seconds["median_given"], late.seconds["worst_margin"]), (3 * 86_400 - 60, -60));
    assert_eq!(late.share.map(|share| share.to_string()), Some("0 %".into()));
}

#[test]
fn an_emergency_is_counted_apart() {
    let mut emergency = announced("2020-01-09T20:00");
    emergency.announcement.summary = Some("EMERGENCY power work".into());
    check(&[maintenance(vec![emergency])], &[("notice_emergency", 0, Some(1))]);
}

#[test]
fn a_move_counts_from_its_own_word_and_a_text_change_does_not() {
    let moved = with_window("2020-01-09T00:00", "2020-01-11T00:00", "2020-01-11T06:00");
    let card = check(
        &[maintenance(vec![announced("2020-01-01"), moved])],
        &[("notice_planned", 0, Some(1)), ("moves", 1, None)],
    );
    let figure = |name: &str| card.figure(name).expect("always there").items[0].text.clone();
    assert_eq!(figure("moves"), "moved by 1 d later, 2 h longer");
    assert_eq!(figure("notice_planned"), "2 d given, 3 d asked: short by 1 d");
    let again = status("2020-01-09T20:00", Status::InProcess);
    check(&[maintenance(vec![announced("2020-01-01"), again])], &[("notice_planned", 1, Some(1))]);
}

#[test]
fn what_is_stated_once_it_has_begun_is_no_notice() {
    let card = check(&[maintenance(vec![announced("2020-01-10T00:00")])], &[("stated_after_start", 1, None)]);
    assert_eq!(card.figure("stated_after_start").expect("there").items[0].text, "stated 0 s after it began");
    check(&[maintenance(vec![announced("2020-01-12T00:00")])], &[("stated_after_start", 1, None)]);
}

#[test]
fn tentative_windows_are_no_promise_kept() {
    let mut tentative = announced("2020-01-01");
    tentative.announcement.status = Some(Status::Tentative);
    check(&[maintenance(vec![tentative.clone()])], &[("never_confirmed", 1, None)]);
    let confirmed = status("2020-01-09", Status::Confirmed);
    check(&[maintenance(vec![tentative, confirmed])], &[("notice_planned", 1, Some(1))]);
}

#[test]
fn a_cancellation_is_late_when_it_comes_with_less_notice_than_is_asked() {
    let cancelled = |at: &str| maintenance(vec![announced("2020-01-01"), status(at, Status::Cancelled)]);
    let cancellations = ("cancellations", 1, Some(1));
    let of_late = |late| ("late_cancellations", late, Some(1));
    check(&[cancelled("2020-01-07T00:00")], &[cancellations, of_late(0)]);
    check(&[cancelled("2020-01-07T00:01")], &[cancellations, of_late(1)]);
    let card = check(&[cancelled("2020-01-10T01:00")], &[("notice_planned", 1, Some(1)), cancellations, of_late(1)]);
    assert_eq!(card.figure("cancellations").expect("there").items[0].text, "cancelled 1 h after it began");
    // Cancelled twice it is off once.
    let twice = maintenance(vec![
        announced("2020-01-01"),
        status("2020-01-02", Status::Cancelled),
        status("2020-01-03", Status::Cancelled),
    ]);
    check(&[twice], &[cancellations, of_late(0)]);
}

#[test]
fn work_that_ends_after_its_window_is_late_where_the_vendor_says_when_it_ended() {
    let mut completed = status("2020-01-10T09:00", Status::Completed);
    let word = maintenance(vec![announced("2020-01-01"), completed.clone()]);
    check(&[word], &[("notice_planned", 1, Some(1))]);
    completed.announcement.actual_end = Some(utc("2020-01-10T05:30"));
    let card = check(
        &[maintenance(vec![announced("2020-01-01"), completed])],
        &[("notice_planned", 1, Some(1)), ("late_completions", 1, Some(1))],
    );
    assert_eq!(card.figure("late_completions").expect("there").items[0].seconds, Some(5_400));
}

#[test]
fn only_what_lies_in_the_span_counts() {
    let terms = Terms::default();
    let counted = |from: &str, to: &str| {
        let vendor = (VendorId::new("dc").expect("an id"), "DC".to_owned());
        let mut tally = Tally::new(vendor, &terms, (Some(utc(from)), utc(to)), utc("2020-02-01"));
        tally.maintenance(&maintenance(vec![announced("2020-01-01")]));
        tally.finish().figure("notice_planned").and_then(|figure| figure.of)
    };
    assert_eq!(counted("2020-01-10T00:00", "2020-01-10T00:01"), Some(1));
    assert_eq!(counted("2020-01-10T00:01", "2020-01-11T00:00"), Some(0));
    assert_eq!(counted("2020-01-09T00:00", "2020-01-10T00:00"), Some(0));
}

#[test]
fn several_windows_are_several_promises() {
    let mut two = announced("2020-01-08");
    two.announcement.windows.push(window(2, "2020-01-12T00:00", "2020-01-12T04:00"));
    let card = check(&[maintenance(vec![two])], &[("notice_planned", 1, Some(2))]);
    assert_eq!(card.figure("notice_planned").expect("there").seconds["median_given"], 2 * 86_400);
}

#[test]
fn the_median_is_one_that_happened() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[5]), Some(5));
    assert_eq!(median(&[9, 1]), Some(1));
    assert_eq!(median(&[3, 1, 2]), Some(2));
}
