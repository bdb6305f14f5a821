//! What a verdict says, word for word: one of each kind, and what is told of its window.

use super::*;

const INSIDE: (&str, &str) = ("2020-01-10T01:00", "2020-01-10T02:00");

fn inside(revisions: Vec<Revision>) -> Case {
    case(revisions, INSIDE.0, INSIDE.1)
}

fn for_others() -> Revision {
    let mut elsewhere = announced();
    elsewhere.announcement.objects = vec![StatedObject { name: "other".into(), impact: None }];
    elsewhere
}

/// The kind, and the sentence that the ground opens with, after the instant and its UTC.
#[track_caller]
fn check(case: &Case, kind: Kind, words: &str) {
    let verdict = case.verdict();
    let start = case.question.outage.start();
    let told = format!("{} ({})", start.format("%Y-%m-%d %H:%M:%S UTC"), start.format("%Y-%m-%dT%H:%M:%SZ"));
    assert_eq!((verdict.kind, verdict.why[0].replace(&told, "T").as_str()), (kind, words));
}

/// Some sentence of the ground.
#[track_caller]
fn check_holds(case: &Case, sentence: &str) {
    let why = case.verdict().why;
    assert!(why.iter().any(|said| said == sentence), "{why:#?}");
}

#[test]
fn windows_that_hold_the_start() {
    let mut two = announced();
    two.announcement.windows.push(window(2, "2020-01-10T06:00", "2020-01-10T08:00"));
    let mut late = announced();
    late.received.at = utc("2020-01-09T12:00");
    let mut tentative = announced();
    tentative.announcement.status = Some(Status::Tentative);
    check(
        &case(vec![announced()], "2020-01-10T03:00", "2020-01-10T04:05"),
        Kind::InWindow,
        "server went down at T, inside a window announced for it; all of it is covered, 5 min of it by the grace after the end.",
    );
    check(
        &inside(vec![announced()]).of("dual").observed(Impact::Degraded),
        Kind::ImpactExceeded,
        "dual was degraded from T, inside the announced window, but worse than the window meant for it.",
    );
    check(
        &case(vec![announced()], "2020-01-10T03:00", "2020-01-10T05:00"),
        Kind::Overrun,
        "server went down at T, inside the announced window, and went on after its end: the last 50 min are not covered.",
    );
    check(
        &case(vec![two], "2020-01-10T03:00", "2020-01-10T07:00"),
        Kind::Partly,
        "server went down at T, inside an announced window, but windows cover only 2 h 10 min of its 4 h.",
    );
    check(
        &inside(vec![late]),
        Kind::AnnouncedTooLate,
        "server went down at T, inside a window that was announced later than the terms ask.",
    );
    check(
        &inside(vec![tentative]),
        Kind::TentativeOnly,
        "server went down at T, inside a window that was only tentative.",
    );
    check(
        &inside(vec![announced(), status("2020-01-05", Status::Cancelled)]),
        Kind::CancelledWindow,
        "server went down at T, inside a window that had been cancelled.",
    );
}

#[test]
fn windows_near_the_start_and_none() {
    let mut afterwards = announced();
    afterwards.received.at = utc("2020-01-10T12:00");
    check(
        &case(vec![announced()], "2020-01-09T20:00", "2020-01-09T21:00"),
        Kind::EarlyStart,
        "server went down at T, 4 h before the announced window began.",
    );
    check(
        &case(vec![announced()], "2020-01-10T05:30", "2020-01-10T06:00"),
        Kind::AfterWindow,
        "server went down at T, 1 h 30 min after the announced window had ended.",
    );
    check(
        &inside(vec![afterwards]).known_until("2020-01-11"),
        Kind::Retroactive,
        "server went down at T; the window that covers it was announced only afterwards.",
    );
    check(
        &inside(vec![for_others()]),
        Kind::WrongAsset,
        "server went down at T, while vendor had a window for other assets.",
    );
    check(
        &case(vec![for_others()], "2020-01-12T01:00", "2020-01-12T02:00"),
        Kind::OutOfWindow,
        "server went down at T; the nearest window of its vendors is 1 d 21 h away and does not explain it.",
    );
    check(
        &inside(Vec::new()),
        Kind::Unannounced,
        "server went down at T, and its vendors had announced no window near it.",
    );
    check(
        &inside(Vec::new()).of("lone"),
        Kind::Unknown,
        "lone went down at T; whether a window covered it cannot be said.",
    );
    let mut twice = announced();
    twice.announcement.windows[0].others = vec![interval("2020-01-10T02:00", "2020-01-10T06:00")];
    check(
        &inside(vec![twice]),
        Kind::Ambiguous,
        "server went down at T; the times given can be read in several ways, which lead to in_window, early_start.",
    );
}

#[test]
fn what_was_seen_is_told_as_what_it_was() {
    let seen = |impact| inside(vec![announced()]).observed(impact);
    let rest = ", inside a window announced for it; all of it is covered.";
    check(&seen(Impact::ReducedRedundancy), Kind::InWindow, &format!("server lost redundancy at T{rest}"));
    check(&seen(Impact::NoImpact), Kind::InWindow, &format!("server went on working at T{rest}"));
    let mut ahead = inside(vec![announced()]);
    ahead.question.state = OutageState::Ahead;
    check(&ahead, Kind::InWindow, &format!("server would go down at T{rest}"));
    check_holds(&ahead, "It meant OUTAGE for server (by server < feed); OUTAGE is asked about, no worse than that.");
    assert!(!ahead.verdict().why.iter().any(|said| said.starts_with("Down at about")), "nothing is down yet");
}

#[test]
fn what_is_told_of_the_window() {
    check_holds(
        &inside(vec![announced()]),
        "It was announced 2020-01-01 00:00:00 UTC (2020-01-01T00:00:00Z) by notice n-2020-01-01, 9 d ahead; the contract \
         asks for 1 d.",
    );
    check_holds(&inside(vec![for_others()]), "It was for other, which server does not need.");
    check_holds(
        &inside(vec![announced(), status("2020-01-05", Status::Cancelled)]),
        "It was cancelled 2020-01-05 00:00:00 UTC (2020-01-05T00:00:00Z) by notice n-2020-01-05.",
    );
    check_holds(
        &case(vec![announced(), status("2020-01-10T02:00", Status::Completed)], "2020-01-10T05:00", "2020-01-10T06:00"),
        "Its work ended 2020-01-10 02:00:00 UTC (2020-01-10T02:00:00Z), and the window with it.",
    );
    // A window written with a bare offset is told by that offset.
    let mut offset = announced();
    offset.announcement.windows[0].zone = "+01:00".into();
    check_holds(
        &inside(vec![offset]),
        "Window 1 of vendor R-1: 2020-01-10 01:00:00 +01:00 (2020-01-10T00:00:00Z) to 2020-01-10 05:00:00 +01:00 \
         (2020-01-10T04:00:00Z) (4 h), CONFIRMED.",
    );
    // Without terms only word from after the start comes too late.
    let mut during = announced();
    during.announcement.vendor = VendorId::new("estate").expect("an id");
    during.announcement.objects.clear();
    during.received.at = utc("2020-01-10T00:30");
    let during = inside(vec![during]).of("published");
    check(
        &during,
        Kind::AnnouncedTooLate,
        "published went down at T, inside a window that was announced only after it had begun.",
    );
    check_holds(
        &during,
        "It was announced 2020-01-10 00:30:00 UTC (2020-01-10T00:30:00Z) by notice n-2020-01-01, 30 min after its start; \
         the terms ask for no minimum.",
    );
}

#[test]
fn what_absence_rests_on_is_told() {
    check_holds(
        &inside(Vec::new()),
        "vendor's notices in `mailbox` were all read up to 2021-01-01 00:00:00 UTC (2021-01-01T00:00:00Z); by what had \
         come before the outage, no window stood within 7 d of it.",
    );
    check_holds(&inside(Vec::new()).of("lone"), "No source of unread's notices is known to have been read.");
    check_holds(&inside(Vec::new()).of("orphan"), "The inventory names no vendor for orphan or anything it needs.");
}
