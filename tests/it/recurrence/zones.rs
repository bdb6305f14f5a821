//! Recurrences in zones: clock changes, and UNTIL, COUNT, EXDATE and RDATE in all their forms.

use chrono::{DateTime, SecondsFormat, Utc};
use inwindow::time::Zones;
use inwindow::window::recurrence::{DateValue, Dates, Extra, GapPolicy, Recurrence, RecurrenceParts, Rule};

/// DTSTART with its zone (empty: as the value says), lines `RRULE:`, `EXRULE:`, `RDATE:`, `EXDATE:`.
pub(super) fn recurrence(dtstart: &str, zone: &str, lines: &str, gaps: GapPolicy) -> Recurrence {
    let zone = (!zone.is_empty()).then(|| Zones::embedded().get(zone).expect("a test zone exists"));
    let mut parts = RecurrenceParts::new(DateValue::parse(dtstart).expect("a test start is readable"), zone);
    parts.gaps = gaps;
    for line in lines.split_whitespace() {
        let (name, value) = line.split_once(':').expect("a test line has a name");
        match name {
            "RRULE" => parts.rules.push(Rule::parse(value).expect("a test rule is valid")),
            "EXRULE" => parts.exrules.push(Rule::parse(value).expect("a test rule is valid")),
            "RDATE" => parts.rdates.push(Dates {
                zone: None,
                values: value.split(',').map(|text| Extra::parse(text).expect("a test date")).collect(),
            }),
            "EXDATE" => parts.exdates.push(Dates {
                zone: None,
                values: value.split(',').map(|text| DateValue::parse(text).expect("a test date")).collect(),
            }),
            other => panic!("`{other}` is no test line"),
        }
    }
    Recurrence::new(parts).expect("a test recurrence is valid")
}

pub(super) fn utc(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `expected`: the instants of the first starts, as many as there are; `.` after them means that no more come.
#[track_caller]
fn check_with(gaps: GapPolicy, dtstart: &str, zone: &str, lines: &str, expected: &str) {
    let whole = expected.ends_with('.');
    let expected: Vec<&str> = expected.trim_end_matches('.').split_whitespace().collect();
    let starts =
        recurrence(dtstart, zone, lines, gaps).next(DateTime::<Utc>::MIN_UTC, expected.len() + usize::from(whole));
    let got: Vec<String> =
        starts.starts.iter().map(|start| utc(start.at).trim_end_matches(":00Z").to_owned()).collect();
    assert_eq!(
        (got, starts.gave_up),
        (expected.into_iter().map(str::to_owned).collect(), None),
        "{dtstart} {zone} {lines}"
    );
}

#[track_caller]
fn check(dtstart: &str, zone: &str, lines: &str, expected: &str) {
    check_with(GapPolicy::Shift, dtstart, zone, lines, expected);
}

const AMSTERDAM: &str = "Europe/Amsterdam";

#[test]
fn a_daily_rule_keeps_its_wall_clock_over_both_changes() {
    check(
        "20170325T013000",
        AMSTERDAM,
        "RRULE:FREQ=DAILY;COUNT=3",
        "2017-03-25T00:30 2017-03-26T00:30 2017-03-26T23:30.",
    );
    // In the gap: by the offset before it, which is 03:30. In the fold: the first pass.
    check(
        "20170325T023000",
        AMSTERDAM,
        "RRULE:FREQ=DAILY;COUNT=3",
        "2017-03-25T01:30 2017-03-26T01:30 2017-03-27T00:30.",
    );
    check(
        "20171028T023000",
        AMSTERDAM,
        "RRULE:FREQ=DAILY;COUNT=3",
        "2017-10-28T00:30 2017-10-29T00:30 2017-10-30T01:30.",
    );
}

#[test]
fn a_gap_is_shifted_skipped_or_rejected_as_asked() {
    let daily = "RRULE:FREQ=DAILY;COUNT=3";
    check_with(
        GapPolicy::Skip,
        "20170325T023000",
        AMSTERDAM,
        daily,
        "2017-03-25T01:30 2017-03-27T00:30 2017-03-28T00:30.",
    );
    check_with(GapPolicy::Reject, "20170325T023000", AMSTERDAM, daily, "2017-03-25T01:30 2017-03-27T00:30.");
    let rejected =
        recurrence("20170325T023000", AMSTERDAM, daily, GapPolicy::Reject).next(DateTime::<Utc>::MIN_UTC, 9).rejected;
    assert_eq!(rejected.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2017-03-26 02:30:00"]);
    // DTSTART itself in the gap.
    check("20170326T023000", AMSTERDAM, "RRULE:FREQ=WEEKLY;COUNT=2", "2017-03-26T01:30 2017-04-02T00:30.");
    check_with(GapPolicy::Skip, "20170326T023000", AMSTERDAM, "RRULE:FREQ=WEEKLY;COUNT=1", "2017-04-02T00:30.");
}

#[test]
fn two_times_that_a_gap_makes_one_are_one() {
    let rule = "RRULE:FREQ=DAILY;BYHOUR=2,3;COUNT=5";
    check(
        "20170325T023000",
        AMSTERDAM,
        rule,
        "2017-03-25T01:30 2017-03-25T02:30 2017-03-26T01:30 2017-03-27T00:30 2017-03-27T01:30.",
    );
}

#[test]
fn hourly_rules_go_with_the_clock() {
    // No instant twice and none lost: the hour that does not exist is none, the one shown twice is two.
    check(
        "20170326T000000",
        AMSTERDAM,
        "RRULE:FREQ=HOURLY;COUNT=4",
        "2017-03-25T23:00 2017-03-26T00:00 2017-03-26T01:00 2017-03-26T02:00.",
    );
    check(
        "20171029T010000",
        AMSTERDAM,
        "RRULE:FREQ=HOURLY;COUNT=4",
        "2017-10-28T23:00 2017-10-29T00:00 2017-10-29T01:00 2017-10-29T02:00.",
    );
    // COUNT may end between the two passes.
    check("20171029T010000", AMSTERDAM, "RRULE:FREQ=HOURLY;COUNT=2", "2017-10-28T23:00 2017-10-29T00:00.");
    let minutes = "RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=5";
    check(
        "20171029T020000",
        AMSTERDAM,
        minutes,
        "2017-10-29T00:00 2017-10-29T00:30 2017-10-29T01:00 2017-10-29T01:30 2017-10-29T02:00.",
    );
    // Half an hour, at Lord Howe.
    check(
        "20240407T013000",
        "Australia/Lord_Howe",
        minutes,
        "2024-04-06T14:30 2024-04-06T15:00 2024-04-06T15:30 2024-04-06T16:00 2024-04-06T16:30.",
    );
}

#[test]
fn changes_at_midnight_lose_nothing() {
    check(
        "20240309T000000",
        "America/Havana",
        "RRULE:FREQ=DAILY;COUNT=3",
        "2024-03-09T05:00 2024-03-10T05:00 2024-03-11T04:00.",
    );
    check(
        "20181103T003000",
        "America/Sao_Paulo",
        "RRULE:FREQ=DAILY;COUNT=3",
        "2018-11-03T03:30 2018-11-04T03:30 2018-11-05T02:30.",
    );
    check(
        "20220326T003000",
        "Asia/Beirut",
        "RRULE:FREQ=DAILY;COUNT=3",
        "2022-03-25T22:30 2022-03-26T22:30 2022-03-27T21:30.",
    );
    // Apia had no 30 December 2011: shifted by that day it is the 31st, which is an occurrence of its own.
    check(
        "20111229T090000",
        "Pacific/Apia",
        "RRULE:FREQ=DAILY;UNTIL=20120101",
        "2011-12-29T19:00 2011-12-30T19:00 2011-12-31T19:00.",
    );
    // Weekly on Fridays it is kept.
    check(
        "20111223T090000",
        "Pacific/Apia",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "2011-12-23T19:00 2011-12-30T19:00 2012-01-05T19:00.",
    );
    // Dublin's winter is the exception; the wall clock does not care.
    check(
        "20240330T013000",
        "Europe/Dublin",
        "RRULE:FREQ=DAILY;COUNT=3",
        "2024-03-30T01:30 2024-03-31T01:30 2024-04-01T00:30.",
    );
}

#[test]
fn until_in_its_three_forms_includes_its_moment() {
    // In UTC: 07:00Z is 09:00 in Amsterdam's summer.
    check(
        "20240610T090000",
        AMSTERDAM,
        "RRULE:FREQ=DAILY;UNTIL=20240611T070000Z",
        "2024-06-10T07:00 2024-06-11T07:00.",
    );
    check("20240610T090000", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20240611T065959Z", "2024-06-10T07:00.");
    // On the wall clock.
    check("20240610T090000", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20240611T090000", "2024-06-10T07:00 2024-06-11T07:00.");
    // As a DATE it includes the whole of that day.
    check("20240610T090000", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20240611", "2024-06-10T07:00 2024-06-11T07:00.");
    check("20240610T090000Z", "", "RRULE:FREQ=DAILY;UNTIL=20240611", "2024-06-10T09:00 2024-06-11T09:00.");
    check("20240610", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20240611", "2024-06-09T22:00 2024-06-10T22:00.");
    check("20240610T090000", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20240609T000000Z", ".");
    // Between the two passes of 02:30; and after a gap, in which a shifted 02:30 is later than UNTIL.
    check("20171029T023000", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20171029T011500Z", "2017-10-29T00:30.");
    check("20170325T023000", AMSTERDAM, "RRULE:FREQ=DAILY;UNTIL=20170326T011500Z", "2017-03-25T01:30.");
}

#[test]
fn dates_added_and_taken_away_in_all_their_forms() {
    let daily = "RRULE:FREQ=DAILY;COUNT=3";
    check(
        "20240610T090000",
        AMSTERDAM,
        &format!("{daily} EXDATE:20240611T090000"),
        "2024-06-10T07:00 2024-06-12T07:00.",
    );
    check(
        "20240610T090000",
        AMSTERDAM,
        &format!("{daily} EXDATE:20240611T070000Z"),
        "2024-06-10T07:00 2024-06-12T07:00.",
    );
    check("20240610T090000", AMSTERDAM, &format!("{daily} EXDATE:20240611"), "2024-06-10T07:00 2024-06-12T07:00.");
    check(
        "20240610T090000",
        AMSTERDAM,
        &format!("{daily} EXDATE:20240611T080000"),
        "2024-06-10T07:00 2024-06-11T07:00 2024-06-12T07:00.",
    );
    // An EXDATE in the gap takes away the occurrence that the gap shifted, whichever way it is written.
    check(
        "20170326T023000",
        AMSTERDAM,
        &format!("{daily} EXDATE:20170326T023000"),
        "2017-03-27T00:30 2017-03-28T00:30.",
    );
    check(
        "20170326T023000",
        AMSTERDAM,
        &format!("{daily} EXDATE:20170326T013000Z"),
        "2017-03-27T00:30 2017-03-28T00:30.",
    );
    // RDATE: a duplicate is one, a DATE takes DTSTART's time, a PERIOD brings its length, the set is sorted.
    check(
        "20240610T090000",
        AMSTERDAM,
        "RRULE:FREQ=DAILY;COUNT=1 RDATE:20240609T090000,20240610T070000Z,20240612",
        "2024-06-09T07:00 2024-06-10T07:00 2024-06-12T07:00.",
    );
    // Without a rule DTSTART is the first of the set.
    check("20240610T090000", AMSTERDAM, "RDATE:20240612T090000", "2024-06-10T07:00 2024-06-12T07:00.");
    check("20240610T090000", AMSTERDAM, "", "2024-06-10T07:00.");
    check(
        "20240610T090000",
        AMSTERDAM,
        &format!("{daily} EXRULE:FREQ=WEEKLY;BYDAY=TU"),
        "2024-06-10T07:00 2024-06-12T07:00.",
    );
}

#[test]
fn what_the_rrule_crate_gets_wrong_is_right() {
    check(
        "20240102T120000",
        "",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2,3;COUNT=3",
        "2024-01-03T12:00 2024-01-05T12:00 2024-01-10T12:00.",
    );
    check(
        "20240101T120000",
        "",
        "RRULE:FREQ=MONTHLY;BYDAY=SU,2TU;COUNT=3",
        "2024-01-07T12:00 2024-01-09T12:00 2024-01-14T12:00.",
    );
    check("20240101T120000", "", "RRULE:FREQ=DAILY;INTERVAL=70000;COUNT=2", "2024-01-01T12:00 2215-08-28T12:00.");
    check("20240101T120000", "", "RRULE:FREQ=MINUTELY;BYSECOND=60;COUNT=1", "2024-01-01T12:00:59Z.");
    check("20240101", AMSTERDAM, "RRULE:FREQ=DAILY;BYHOUR=9;COUNT=1", "2023-12-31T23:00.");
    // 100,000 steps are not enough for the crate here, and it does not say so.
    check(
        "19000101T000000",
        "",
        "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=0;BYDAY=SU;COUNT=2",
        "1920-02-29T00:00 1948-02-29T00:00.",
    );
}

#[test]
fn a_start_says_what_was_decided() {
    let found = recurrence("20170325T023000", AMSTERDAM, "RRULE:FREQ=DAILY", GapPolicy::Shift)
        .next(DateTime::<Utc>::MIN_UTC, 2);
    let said: Vec<String> = found.starts.iter().map(|start| format!("{} {:?}", start.wall, start.flag)).collect();
    assert_eq!(said, ["2017-03-25 02:30:00 None", "2017-03-26 02:30:00 Some(NonexistentLocalTime)"]);
}

#[test]
fn a_span_that_ends_within_a_second_holds_what_starts_in_it() {
    for zone in ["", AMSTERDAM, "UTC"] {
        let seconds = recurrence("20240101T000000", zone, "RRULE:FREQ=SECONDLY;COUNT=2", GapPolicy::Shift);
        let first = seconds.next(DateTime::<Utc>::MIN_UTC, 1).starts[0].at;
        let fifth = first + chrono::TimeDelta::milliseconds(200);
        assert_eq!(
            (
                seconds.starts(first..fifth).starts.len(),
                seconds.starts(fifth..fifth + chrono::TimeDelta::days(1)).starts.len()
            ),
            (1, 1)
        );
    }
}
