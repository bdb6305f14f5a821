//! Hostile rules: each ends within its budget of steps, with its result or an error that names the limit.

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::time::Zones;
use inwindow::window::recurrence::{
    DateValue, Dates, GapPolicy, GaveUp, MAX_DATES, MAX_STARTS, Recurrence, RecurrenceParts, Rule, RuleError,
};

use super::zones::recurrence;

fn year_of(text: &str) -> std::ops::Range<DateTime<Utc>> {
    let from: DateTime<Utc> = text.parse().expect("a test instant");
    from..from + TimeDelta::days(365)
}

#[test]
fn an_endless_second_is_cut_at_the_most_starts_and_says_so() {
    for zone in ["", "Europe/Amsterdam"] {
        let endless = recurrence("20240101T000000", zone, "RRULE:FREQ=SECONDLY", GapPolicy::Shift);
        let found = endless.starts(year_of("2024-02-01T00:00:00Z"));
        assert_eq!(found.starts.len(), MAX_STARTS);
        let last = found.starts.last().expect("some were found").at;
        assert_eq!(found.gave_up, Some(GaveUp::Starts(last + TimeDelta::seconds(1))), "and everything before is there");
    }
}

#[test]
fn a_count_that_is_out_of_reach_is_given_up_with_the_moment() {
    let found = recurrence("20240101T000000", "", "RRULE:FREQ=SECONDLY;COUNT=4294967295", GapPolicy::Shift)
        .starts(year_of("2030-01-01T00:00:00Z"));
    assert!(matches!(found.gave_up, Some(GaveUp::Steps(_))), "{found:?}");
    assert!(found.starts.is_empty());
    // Nothing of that stands in the way before the moment.
    let early = recurrence("20240101T000000", "", "RRULE:FREQ=SECONDLY;COUNT=4294967295", GapPolicy::Shift);
    assert_eq!(early.next(DateTime::<Utc>::MIN_UTC, 3).starts.len(), 3);
}

#[test]
fn rules_that_never_come_end() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;INTERVAL=4294967295",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=4294967295",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
        "FREQ=SECONDLY;INTERVAL=86400;BYSECOND=1",
        "FREQ=MONTHLY;BYDAY=53MO",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO",
        "FREQ=YEARLY;BYSETPOS=300;BYMONTH=1",
    ] {
        let found = recurrence("20240101T000000", "Europe/Amsterdam", &format!("RRULE:{rule}"), GapPolicy::Shift)
            .next(DateTime::<Utc>::MIN_UTC, 1);
        assert_eq!((found.starts.len(), found.gave_up), (0, None), "{rule}");
    }
}

#[test]
fn the_widest_steps_give_dtstart_alone() {
    for frequency in ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
        let rule = format!("RRULE:FREQ={frequency};INTERVAL=4294967295");
        let found = recurrence("20240101T000000", "", &rule, GapPolicy::Shift).starts(year_of("2024-01-01T00:00:00Z"));
        assert_eq!((found.starts.len(), found.gave_up), (1, None), "{frequency}");
    }
}

#[test]
fn the_ends_of_the_calendar_are_ends() {
    let last = recurrence("99991231T235959", "Pacific/Auckland", "RRULE:FREQ=SECONDLY", GapPolicy::Shift);
    assert_eq!(last.next(DateTime::<Utc>::MIN_UTC, 5).starts.len(), 1);
    assert_eq!(last.starts(DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC).starts.len(), 1);
    let first =
        recurrence("00010101T000000", "America/New_York", "RRULE:FREQ=YEARLY;BYWEEKNO=1;COUNT=2", GapPolicy::Shift);
    assert_eq!(first.next(DateTime::<Utc>::MIN_UTC, 5).starts.len(), 2);
    assert_eq!(first.next(DateTime::<Utc>::MAX_UTC, 5).starts.len(), 0);
    let backwards =
        "2024-01-02T00:00:00Z".parse().expect("an instant").."2024-01-01T00:00:00Z".parse().expect("an instant");
    assert_eq!(recurrence("20240101T000000", "", "RRULE:FREQ=DAILY", GapPolicy::Shift).starts(backwards).starts, []);
}

#[test]
fn the_largest_lists_are_read_and_one_more_is_refused() {
    let list = |from: i32, to: i32| (from..=to).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let times = format!("BYHOUR={};BYMINUTE={};BYSECOND={}", list(0, 23), list(0, 59), list(0, 59));
    let found = recurrence(
        "20240101T000000",
        "",
        &format!("RRULE:FREQ=YEARLY;{times};BYSETPOS=-1,1;BYYEARDAY={}", list(1, 366)),
        GapPolicy::Shift,
    )
    .next(DateTime::<Utc>::MIN_UTC, 4);
    assert_eq!((found.starts.len(), found.gave_up), (4, None));
    let zones = Zones::embedded();
    let refused = |dates: usize| {
        let day = DateValue::parse("20240101T000000").expect("a date");
        let mut parts = RecurrenceParts::new(day, zones.get("Europe/Amsterdam").ok());
        parts.rules = vec![Rule::parse("FREQ=DAILY").expect("a rule")];
        parts.exdates = vec![Dates { zone: None, values: vec![day; dates] }];
        Recurrence::new(parts).err().map(|error| error.to_string())
    };
    assert_eq!(refused(MAX_DATES), None);
    assert_eq!(refused(MAX_DATES + 1), Some("a recurrence has at most 10000 dates".into()));
    assert!(matches!(Rule::parse(&"FREQ=DAILY;".repeat(100_000)), Err(RuleError::Limit(_))));
}
