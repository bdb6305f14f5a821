//! Schedules: lengths over clock changes, changed occurrences, the text they are read from.

use chrono::{DateTime, NaiveDateTime, Utc};
use inwindow::time::{Interval, TimeFlag, Zones};
use inwindow::window::recurrence::{DateValue, GapPolicy, RecurrenceParts, Rule};
use inwindow::window::{Length, Schedule, ScheduleError, ScheduleParts};

use super::zones::utc;

fn read(text: &str) -> Result<Schedule, ScheduleError> {
    Schedule::parse(text, &Zones::embedded(), GapPolicy::Shift, None)
}

/// A schedule in Amsterdam by its wall clock on both sides, as `22:00-06:00` means it.
fn wall_clock(dtstart: &str, rule: &str, seconds: u32) -> Schedule {
    let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
    let mut recurrence = RecurrenceParts::new(DateValue::parse(dtstart).expect("a test start"), Some(zone));
    recurrence.rules.push(Rule::parse(rule).expect("a test rule"));
    let parts = ScheduleParts {
        recurrence,
        length: Length::WallClock(seconds),
        changes: Vec::new(),
        known_from: None,
        text: String::new(),
    };
    Schedule::new(parts).expect("a test schedule")
}

/// `expected`: one `start/end` in UTC for each occurrence of the span, a `*` behind those within which the clocks change.
#[track_caller]
fn check(schedule: &Schedule, span: (&str, &str), expected: &[&str]) {
    let at = |text: &str| -> DateTime<Utc> { format!("{text}:00Z").parse().expect("a test instant") };
    let span = Interval::new(at(span.0), at(span.1)).expect("a test span");
    let found = schedule.overlapping(&span);
    let short = |instant| utc(instant).trim_end_matches(":00Z").to_owned();
    let got: Vec<String> = found
        .occurrences
        .iter()
        .map(|o| {
            format!(
                "{}/{}{}",
                short(o.interval.start()),
                short(o.interval.end()),
                if o.clock_change.is_some() { "*" } else { "" }
            )
        })
        .collect();
    assert_eq!((got, found.gave_up), (expected.iter().map(|&text| text.to_owned()).collect(), None));
}

const MARCH: (&str, &str) = ("2017-03-24T12:00", "2017-03-27T12:00");
const OCTOBER: (&str, &str) = ("2017-10-27T12:00", "2017-10-30T12:00");

#[test]
fn a_night_shift_holds_its_wall_clock_on_both_sides() {
    let nights = wall_clock("20170101T220000", "FREQ=DAILY", 8 * 3600);
    check(
        &nights,
        MARCH,
        &[
            "2017-03-24T21:00/2017-03-25T05:00",
            "2017-03-25T21:00/2017-03-26T04:00*",
            "2017-03-26T20:00/2017-03-27T04:00",
        ],
    );
    check(
        &nights,
        OCTOBER,
        &[
            "2017-10-27T20:00/2017-10-28T04:00",
            "2017-10-28T20:00/2017-10-29T05:00*",
            "2017-10-29T21:00/2017-10-30T05:00",
        ],
    );
}

#[test]
fn a_window_that_begins_or_ends_in_gap_and_fold() {
    let sunday = ("2017-03-25T12:00", "2017-03-26T12:00");
    check(&wall_clock("20170101T023000", "FREQ=DAILY", 2 * 3600), sunday, &["2017-03-26T01:30/2017-03-26T02:30"]);
    check(&wall_clock("20170101T010000", "FREQ=DAILY", 5400), sunday, &["2017-03-26T00:00/2017-03-26T01:30*"]);
    // A shift would leave no length: the nominal one is kept.
    check(&wall_clock("20170101T020000", "FREQ=DAILY", 3600), sunday, &["2017-03-26T01:00/2017-03-26T02:00"]);
    let sunday = ("2017-10-28T12:00", "2017-10-29T12:00");
    check(&wall_clock("20170101T020000", "FREQ=DAILY", 1800), sunday, &["2017-10-29T00:00/2017-10-29T00:30"]);
    check(&wall_clock("20170101T010000", "FREQ=DAILY", 5400), sunday, &["2017-10-28T23:00/2017-10-29T00:30"]);
    check(&wall_clock("20170101T023000", "FREQ=DAILY", 3600), sunday, &["2017-10-29T00:30/2017-10-29T02:30*"]);
    // Every hour for half an hour: each pass of the fold is a window of its own.
    let hourly = wall_clock("20170101T000000", "FREQ=HOURLY", 1800);
    check(
        &hourly,
        ("2017-10-29T00:00", "2017-10-29T03:00"),
        &[
            "2017-10-29T00:00/2017-10-29T00:30",
            "2017-10-29T01:00/2017-10-29T01:30",
            "2017-10-29T02:00/2017-10-29T02:30",
        ],
    );
}

#[test]
fn dtend_is_exact_duration_has_nominal_days_and_dates_are_whole_days() {
    let zone = "DTSTART;TZID=Europe/Amsterdam:20170101T220000\nRRULE:FREQ=DAILY\n";
    let exact = read(&format!("{zone}DTEND;TZID=Europe/Amsterdam:20170102T060000")).expect("a schedule");
    check(
        &exact,
        MARCH,
        &[
            "2017-03-24T21:00/2017-03-25T05:00",
            "2017-03-25T21:00/2017-03-26T05:00*",
            "2017-03-26T20:00/2017-03-27T04:00",
        ],
    );
    let hours = read(&format!("{zone}DURATION:PT8H")).expect("a schedule");
    check(&hours, ("2017-03-25T12:00", "2017-03-26T12:00"), &["2017-03-25T21:00/2017-03-26T05:00*"]);
    let day = read(&format!("{zone}DURATION:P1DT1H")).expect("a schedule");
    check(&day, ("2017-03-26T12:00", "2017-03-26T20:00"), &["2017-03-25T21:00/2017-03-26T21:00*"]);
    let dates = read(
        "DTSTART;VALUE=DATE;TZID=Europe/Amsterdam:20170101\nDTEND;VALUE=DATE:20170102\nRRULE:FREQ=WEEKLY;BYDAY=SU",
    )
    .expect("a schedule");
    check(&dates, MARCH, &["2017-03-25T23:00/2017-03-26T22:00*"]);
    check(&dates, OCTOBER, &["2017-10-28T22:00/2017-10-29T23:00*"]);
    let flags =
        dates.overlapping(&Interval::second_at("2017-03-26T00:00:00Z".parse().expect("an instant"))).occurrences[0]
            .flags
            .clone();
    assert_eq!(flags, [TimeFlag::DateOnly]);
}

#[test]
fn a_period_brings_its_own_length() {
    let text = "DTSTART:20240610T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20240611T090000Z/PT4H,20240612T090000Z/20240612T093000Z";
    let schedule = read(text).expect("a schedule");
    check(
        &schedule,
        ("2024-06-10T00:00", "2024-06-13T00:00"),
        &[
            "2024-06-10T09:00/2024-06-10T10:00",
            "2024-06-11T09:00/2024-06-11T13:00",
            "2024-06-12T09:00/2024-06-12T09:30",
        ],
    );
    // The long one is found from its end, too.
    check(&schedule, ("2024-06-11T12:59", "2024-06-11T13:00"), &["2024-06-11T09:00/2024-06-11T13:00"]);
}

const SERIES: &str = "BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
DTSTART;TZID=Europe/Amsterdam:20240604T220000\r
DTEND;TZID=Europe/Amsterdam:20240605T000000\r
RRULE:FREQ=WEEKLY;\r
 BYDAY=TU;UNTIL=20240701\r
EXDATE;TZID=America/New_York:20240625T160000\r
BEGIN:VALARM\r
DURATION:PT5M\r
END:VALARM\r
END:VEVENT\r
BEGIN:VEVENT\r
RECURRENCE-ID;TZID=Europe/Amsterdam:20240611T220000\r
DTSTART;TZID=Europe/Amsterdam:20240613T230000\r
DTEND;TZID=Europe/Amsterdam:20240614T030000\r
END:VEVENT\r
BEGIN:VEVENT\r
RECURRENCE-ID:20240618T200000Z\r
DTSTART;TZID=Europe/Amsterdam:20240618T220000\r
STATUS:CANCELLED\r
END:VEVENT\r
END:VCALENDAR\r
";

#[test]
fn occurrences_are_moved_and_cancelled_by_their_recurrence_id() {
    let schedule = read(SERIES).expect("a schedule");
    check(
        &schedule,
        ("2024-06-01T00:00", "2024-07-31T00:00"),
        &["2024-06-04T20:00/2024-06-04T22:00", "2024-06-13T21:00/2024-06-14T01:00"],
    );
    let moved = schedule.at("2024-06-14T00:59:59Z".parse().expect("an instant")).occurrences;
    let from: NaiveDateTime = "2024-06-11T22:00:00".parse().expect("a local time");
    assert_eq!(moved[0].moved_from, Some(DateValue::Local(from)));
    assert_eq!(schedule.at("2024-06-14T01:00:00Z".parse().expect("an instant")).occurrences, []);
    assert_eq!(schedule.text(), SERIES);
}

/// `expected`: a part of what the refusal says.
#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = read(text).expect_err("must be refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_no_schedule_is_refused_with_the_reason() {
    refused("", "no DTSTART");
    refused("DTSTART:20240604T220000Z", "needs a length");
    refused("DTSTART:20240604T220000Z\nDTEND:20240604T220000Z", "needs a length");
    refused("DTSTART:20240604T220000Z\nDTEND:20240604T210000Z", "needs a length");
    refused("DTSTART:20240604T220000Z\nDURATION:P367D", "at most 366 days");
    refused("DTSTART:20240604T220000Z\nDURATION:PT1H\nDTEND:20240604T230000Z", "twice");
    refused("DTSTART:20240604T220000Z\nDTSTART:20240604T220000Z\nDURATION:PT1H", "DTSTART twice");
    refused("DTSTART;TZID=Mars/Base:20240604T220000\nDURATION:PT1H", "unknown time zone `Mars/Base`");
    refused("DTSTART;TZID=Europe/Amsterdam:20240604T220000Z\nDURATION:PT1H", "cannot be read in another zone");
    refused("DTSTART:20240604T220000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", "needs COUNT or UNTIL");
    refused("DTSTART:20240604T220000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=2MO", "numbers only with");
    refused("DTSTART;VALUE=DATE:20240604\nRRULE:FREQ=HOURLY", "needs a DTSTART with a time");
    refused("DTSTART:20240604T220000Z\nno colon", "`no colon` cannot be read");
    refused("DTSTART:20240604T220000Z\nDURATION:PT1H\nRDATE:20240604T220000Z/PT0S", "no PERIOD");
    refused(&SERIES.replace("RECURRENCE-ID:", "RECURRENCE-ID;RANGE=THISANDFUTURE:"), "THISANDFUTURE");
    refused(&"X:€\n".repeat(200_000), "at most 524288 bytes");
}

#[test]
fn a_window_of_thirty_years_ago_is_found_today() {
    let schedule =
        read("DTSTART;TZID=Europe/Amsterdam:19960102T220000\nDURATION:PT4H\nRRULE:FREQ=WEEKLY").expect("a schedule");
    for (instant, held) in [
        ("2026-11-24T20:59:59Z", 0),
        ("2026-11-24T21:00:00Z", 1),
        ("2026-11-25T00:59:59Z", 1),
        ("2026-11-25T01:00:00Z", 0),
    ] {
        assert_eq!(schedule.at(instant.parse().expect("an instant")).occurrences.len(), held, "{instant}");
    }
}
