//! Events in zones that only their calendar knows: VTIMEZONE, followed or refused.

use super::{EVENT, calendar, check};

/// STANDARD and DAYLIGHT of New York since 2007, and as they were before.
const US: &str = "\
BEGIN:STANDARD\nDTSTART:16010101T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\nEND:STANDARD\n\
BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\nEND:DAYLIGHT\n";
const US_BEFORE_2007: &str = "\
BEGIN:STANDARD\nDTSTART:19671029T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nTZNAME:EST\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
BEGIN:DAYLIGHT\nDTSTART:19870405T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nTZNAME:EDT\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4\nEND:DAYLIGHT\n";
const STANDARD: &str = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0530\nEND:STANDARD\n";

fn zone(tzid: &str, observances: &str) -> String {
    format!("BEGIN:VTIMEZONE\nTZID:{tzid}\n{observances}END:VTIMEZONE\n")
}

/// An event from `start` to `end`, local times of a TZID, in a calendar with these VTIMEZONEs.
#[track_caller]
fn check_in(tzid: &str, zones: &str, start: &str, end: &str, expected: &str) {
    let line = |name: &str, local: &str| format!("{name};TZID=\"{tzid}\":{local}");
    let event = EVENT
        .replace("DTSTART:20240301T000000Z", &line("DTSTART", start))
        .replace("DTEND:20240301T040000Z", &line("DTEND", end));
    check(calendar(&format!("{zones}{event}")), &format!("example-net W-1 CONFIRMED {expected}"));
}

const OWN: &str = "Customized Time Zone";

#[track_caller]
fn check_own(observances: &str, start: &str, end: &str, expected: &str) {
    check_in(OWN, &zone(OWN, observances), start, end, expected);
}

/// A start in 2024 that only a person can place, and why.
#[track_caller]
fn check_review(observances: &str, why: &str) {
    let expected = format!(
        " ? the zone `{OWN}` of `20240301T000000` is known only to its calendar, whose rules cannot be followed: {why}"
    );
    check_own(observances, "20240301T000000", "20240301T040000", &expected);
}

#[test]
fn a_zone_of_its_own_is_what_its_parts_say() {
    check_own(US, "20240301T000000", "20240301T040000", "2024-03-01T05:00Z/2024-03-01T09:00Z");
    check_own(US, "20240320T000000", "20240320T040000", "2024-03-20T04:00Z/2024-03-20T08:00Z");
    check_own(US_BEFORE_2007, "20240320T000000", "20240320T040000", "2024-03-20T05:00Z/2024-03-20T09:00Z");
    check_own(US_BEFORE_2007, "20240408T000000", "20240408T040000", "2024-04-08T04:00Z/2024-04-08T08:00Z");
    check_own(STANDARD, "20240701T000000", "20240701T040000", "2024-06-30T18:30Z/2024-06-30T22:30Z");
    // Abbreviations are nobody's zone, until a calendar says whose.
    check_in("EST", &zone("EST", US), "20240720T000000", "20240720T040000", "2024-07-20T04:00Z/2024-07-20T08:00Z");
    let commas = zone(r"(UTC-05:00) Here\, There", US);
    check_in(
        "(UTC-05:00) Here, There",
        &commas,
        "20240720T000000",
        "20240720T040000",
        "2024-07-20T04:00Z/2024-07-20T08:00Z",
    );
}

#[test]
fn changes_given_as_dates() {
    let dated = "\
BEGIN:DAYLIGHT\nDTSTART:20230326T010000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRDATE:20240331T010000,20250330T010000\nEND:DAYLIGHT\n\
BEGIN:STANDARD\nDTSTART:20231029T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\nRDATE:20241027T020000\nRDATE:20251026T020000\nEND:STANDARD\n";
    check_own(dated, "20240330T230000", "20240331T050000", "2024-03-30T23:00Z/2024-03-31T04:00Z");
    check_own(dated, "20240701T000000", "20240701T040000", "2024-06-30T23:00Z/2024-07-01T03:00Z");
    check_own(dated, "20241101T000000", "20241101T040000", "2024-11-01T00:00Z/2024-11-01T04:00Z");
    // What comes after the last date is as it was left.
    check_own(dated, "20300701T000000", "20300701T040000", "2030-07-01T00:00Z/2030-07-01T04:00Z");
    check_own(
        dated,
        "20220701T000000",
        "20220701T040000",
        " ? the zone `Customized Time Zone` of `20220701T000000` is known only to its calendar, whose rules cannot be followed: it is defined from 2023-03-26 02:00:00 to the year 2100 only",
    );
}

#[test]
fn its_gap_and_its_fold_are_read_as_those_of_any_zone() {
    // The clocks jump from 02:00 to 03:00 at 07:00Z on 10 March, and back at 06:00Z on 3 November.
    check_own(US, "20240310T013000", "20240310T033000", "2024-03-10T06:30Z/2024-03-10T07:30Z");
    check_own(US, "20240310T023000", "20240310T050000", "2024-03-10T07:30Z/2024-03-10T09:00Z");
    check_own(US, "20241103T013000", "20241103T050000", "2024-11-03T05:30Z/2024-11-03T10:00Z");
    let event = EVENT
        .replace("DTSTART:20240301T000000Z", &format!("DTSTART;TZID={OWN}:20241103T013000"))
        .replace("DTEND:20240301T040000Z", &format!("DTEND;TZID={OWN}:20241103T050000"));
    let read = super::read_raw(calendar(&format!("{}{event}", zone(OWN, US))).as_bytes());
    let window = &super::understood(read)[0].windows[0];
    assert_eq!(window.flags, [inwindow::time::TimeFlag::AmbiguousLocalTime]);
    assert_eq!(window.others.len(), 1);
    // Nobody else knows the zone: what is kept is the offset it had.
    assert_eq!((window.zone.as_str(), window.written.zone.as_deref()), ("-04:00", Some(OWN)));
    assert_eq!(window.rules.to_string(), "the calendar's own");
}

#[test]
fn a_known_name_wins_unless_its_calendar_means_another_instant() {
    let name = "America/New_York";
    let old = zone(name, US_BEFORE_2007);
    check_in(name, &zone(name, US), "20240320T000000", "20240320T040000", "2024-03-20T04:00Z/2024-03-20T08:00Z");
    check_in(name, &old, "20240701T000000", "20240701T040000", "2024-07-01T04:00Z/2024-07-01T08:00Z");
    let doubt = " ? `20240320T000000` is 2024-03-20T04:00:00Z by the zone's name `America/New_York`, and 2024-03-20T05:00:00Z by the rules that its calendar gives it";
    check_in(name, &old, "20240320T000000", "20240320T040000", doubt);
    let windows = "Eastern Standard Time";
    let doubt = doubt.replace(name, windows);
    check_in(windows, &zone(windows, US_BEFORE_2007), "20240320T000000", "20240320T040000", &doubt);
    // An end that contradicts is enough.
    let end = " ? `20240310T080000` is 2024-03-10T12:00:00Z by the zone's name `America/New_York`, and 2024-03-10T13:00:00Z by the rules that its calendar gives it";
    check_in(name, &old, "20240310T000000", "20240310T080000", end);
    // Rules that say nothing, or nothing that can be followed, contradict nothing.
    for silent in ["", "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0900\nEND:STANDARD\n"] {
        let zones = zone(name, silent);
        check_in(name, &zones, "20240320T000000", "20240320T040000", "2024-03-20T04:00Z/2024-03-20T08:00Z");
    }
    let ahead = zone(name, &STANDARD.replace("1970", "2030"));
    check_in(name, &ahead, "20240320T000000", "20240320T040000", "2024-03-20T04:00Z/2024-03-20T08:00Z");
}

#[test]
fn rules_that_cannot_be_followed_wait_for_a_person() {
    check_review("", "it has neither STANDARD nor DAYLIGHT");
    let without =
        |name: &str| STANDARD.split_inclusive('\n').filter(|line| !line.starts_with(name)).collect::<String>();
    for name in ["DTSTART", "TZOFFSETFROM", "TZOFFSETTO"] {
        check_review(&without(name), &format!("one of its STANDARD or DAYLIGHT gives no {name}"));
    }
    let twice = STANDARD.replace("TZOFFSETTO:+0530", "TZOFFSETTO:+0530\nTZOFFSETTO:+0600");
    check_review(&twice, "one of its STANDARD or DAYLIGHT gives TZOFFSETTO twice");
    for absurd in ["+9900", "+1601", "-1660", "0530", "+05:30", "+053", "+0530Z", "+€50", ""] {
        let why = format!("its TZOFFSETTO `{absurd}` cannot be followed: it is no offset of at most 16 hours");
        check_review(&STANDARD.replace("TZOFFSETTO:+0530", &format!("TZOFFSETTO:{absurd}")), &why);
    }
    for start in ["19700101T000000Z", "19700101", "19700230T000000"] {
        let why = format!("its DTSTART `{start}` cannot be followed: it is no local date and time");
        check_review(&STANDARD.replace("19700101T000000", start), &why);
    }
    let ruled = |rule: &str| STANDARD.replace("END:", &format!("{rule}\nEND:"));
    for often in ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY"] {
        let why = format!("its RRULE `FREQ={often}` cannot be followed: clocks do not change {often}");
        check_review(&ruled(&format!("RRULE:FREQ={often}")), &why);
    }
    let endless = ruled("RRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU");
    check_review(&endless, "its clocks change more than 4096 times before the year 2100");
    check_review(
        &ruled("EXDATE:19700101T000000"),
        "its EXDATE `19700101T000000` cannot be followed: RFC 5545 gives a zone none",
    );
    let long = format!("RRULE:FREQ=YEARLY;BYYEARDAY={}", "1,".repeat(200));
    assert!(long.len() > 200);
    let shown: String = long[6..].chars().take(60).collect();
    check_review(
        &ruled(&long),
        &format!("its RRULE `{shown}` cannot be followed: a zone's rule has at most 200 bytes"),
    );
    check_review(&STANDARD.repeat(401), "it has more than 400 STANDARD and DAYLIGHT");
    let spread: String = (0..33)
        .map(|n| {
            STANDARD
                .replace("1970", &(1970 + n).to_string())
                .replace("TZOFFSETTO:+0530", &format!("TZOFFSETTO:+05{n:02}"))
        })
        .collect();
    check_review(&spread, "it has more than 32 offsets");
}

#[test]
fn one_name_has_one_definition() {
    let (a, b) = (zone(OWN, US), zone(OWN, STANDARD));
    let same = "2024-03-01T05:00Z/2024-03-01T09:00Z";
    check_in(OWN, &format!("{a}{a}"), "20240301T000000", "20240301T040000", same);
    let doubt = format!(
        " ? the zone `{OWN}` of `20240301T000000` is known only to its calendar, whose rules cannot be followed: it is defined twice, and differently"
    );
    check_in(OWN, &format!("{a}{b}"), "20240301T000000", "20240301T040000", &doubt);
}

/// Ten thousand parts, each with a rule that runs for ever, in one zone and in a thousand.
#[test]
fn thousands_of_parts_are_refused_before_any_is_followed() {
    let compact = "BEGIN:STANDARD\nDTSTART:00010101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000\nRRULE:FREQ=MONTHLY\nEND:STANDARD\n";
    let expected = " ? the zone `Customized Time Zone` of `20240301T000000` is known only to its calendar, whose rules cannot be followed: it has more than 400 STANDARD and DAYLIGHT";
    check_in(OWN, &zone(OWN, &compact.repeat(3_000)), "20240301T000000", "20240301T040000", expected);
    let many: String = (0..1_000).map(|n| zone(&format!("Zone {n}"), compact)).collect();
    check_in(OWN, &format!("{}{many}", zone(OWN, compact)), "20240301T000000", "20240301T040000", expected);
    // Past the lines that are read of a calendar, the calendar itself is refused.
    let event = EVENT.replace("DTSTART:2024", &format!("DTSTART;TZID={OWN}:2024"));
    check(
        calendar(&format!("{}{event}", zone(OWN, &compact.repeat(10_000)))),
        "unreadable: its calendar is broken: it has more than 20000 lines",
    );
}
