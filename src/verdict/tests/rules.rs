//! Rows for what is easily got wrong: which notice announced a second, what was taken away and by whom, which window a
//! verdict rests on, and what flags say.

use super::*;
use crate::maintenance::{Promise, TermsSource};

/// An outage well inside the window of [`announced`].
const INSIDE: (&str, &str) = ("2020-01-10T01:00", "2020-01-10T02:00");

fn inside(revisions: Vec<Revision>) -> Case {
    case(revisions, INSIDE.0, INSIDE.1)
}

fn object(name: &str, impact: Option<Impact>) -> StatedObject {
    StatedObject { name: name.into(), impact }
}

/// OUTAGE for some objects, with windows given as ends.
fn said(received: &str, objects: &[&str], windows: &[(&str, &str)]) -> Revision {
    let mut said = revision(received);
    said.announcement.impact = Some(Impact::Outage);
    said.announcement.objects = objects.iter().map(|name| object(name, None)).collect();
    said.announcement.windows = windows.iter().zip(1..).map(|((start, end), n)| window(n, start, end)).collect();
    said
}

fn labels(verdict: &Verdict) -> Vec<(Label, i64)> {
    verdict.segments.iter().map(|segment| (segment.label, segment.seconds)).collect()
}

const NIGHT: (&str, &str) = ("2020-01-10T00:00", "2020-01-10T04:00");
const LATER: (&str, &str) = ("2020-02-10T00:00", "2020-02-10T04:00");

#[test]
fn an_account_named_later_changes_nothing_that_was_known_before() {
    let silent = || said("2020-01-01", &[], &[NIGHT]);
    let of_estate = |mut revision: Revision| {
        revision.announcement.vendor = VendorId::new("estate").expect("an id");
        revision
    };
    let mut named = status("2020-01-10T03:00", Status::Confirmed);
    named.announcement.account = Some("B".into());
    let revisions = vec![of_estate(silent()), of_estate(named.clone())];
    inside(revisions).of("ours").check(Kind::InWindow, Answer::Yes, &[Flag::ScopeNotStated]);
    // Named before, it is another account's work.
    named.received.at = utc("2020-01-05");
    let revisions = vec![of_estate(silent()), of_estate(named)];
    inside(revisions.clone()).of("ours").check(Kind::CancelledWindow, Answer::No, &[Flag::ScopeNotStated]);
    inside(revisions).of("published").check(Kind::InWindow, Answer::Yes, &[Flag::ScopeNotStated]);
}

#[test]
fn a_window_of_other_assets_does_not_hide_that_this_ones_was_moved_away() {
    let mut moved = said("2020-01-05", &["feed"], &[LATER, NIGHT]);
    moved.announcement.windows[1].objects = vec![object("other", Some(Impact::Outage))];
    inside(vec![announced(), moved]).check(Kind::CancelledWindow, Answer::No, &[]);
}

#[test]
fn scope_can_be_added_and_taken_away() {
    // Objects named only half a day ahead count from the notice that named them.
    let added =
        || vec![said("2020-01-01", &["other"], &[NIGHT]), said("2020-01-09T12:00", &["feed", "other"], &[NIGHT])];
    let verdict = inside(added()).check(Kind::AnnouncedTooLate, Answer::No, &[]);
    assert_eq!(verdict.window.and_then(|window| window.notice_given_seconds), Some(12 * 3600));
    let removed = |objects: &[&str]| vec![announced(), said("2020-01-05", objects, &[NIGHT])];
    inside(removed(&["other"])).check(Kind::CancelledWindow, Answer::No, &[]);
    // A name that nobody knows may be the asset's: nothing was taken away for sure.
    inside(removed(&["fed"])).check(Kind::Unknown, Answer::Unknown, &[]);
}

#[test]
fn a_window_taken_away_tells_both_notices() {
    let check = |revisions: Vec<Revision>, withdrawn_at: &str, notice: &str, word: &str| {
        let verdict = inside(revisions).verdict();
        assert_eq!(verdict.kind, Kind::CancelledWindow);
        let window = verdict.window.expect("it rests on the window");
        assert_eq!((window.announced_at, window.withdrawn_at), (Some(utc("2020-01-01")), Some(utc(withdrawn_at))));
        assert_eq!(window.notice_given_seconds, Some(9 * 86_400));
        assert_eq!(verdict.notice.expect("it rests on a notice").id.as_str(), notice);
        assert!(verdict.why.iter().any(|sentence| sentence.contains(word)), "{:#?}", verdict.why);
    };
    let cancelled = vec![announced(), status("2020-01-05", Status::Cancelled)];
    check(cancelled.clone(), "2020-01-05", "n-2020-01-05", "It was cancelled 2020-01-05 00:00:00 UTC");
    // A later word that leaves it cancelled is not what cancelled it.
    let mut again = status("2020-01-07", Status::Cancelled);
    again.announcement.summary = Some("still not".into());
    check([cancelled, vec![again]].concat(), "2020-01-05", "n-2020-01-05", "It was cancelled 2020-01-05");
    let moved = vec![announced(), said("2020-01-06", &["feed"], &[LATER])];
    check(moved, "2020-01-06", "n-2020-01-06", "It was moved or taken back 2020-01-06");
    let mut over = status("2020-01-10T00:50", Status::Completed);
    over.announcement.actual_end = Some(utc("2020-01-10T00:40"));
    check(vec![announced(), over], "2020-01-10T00:50", "n-2020-01-10T00:50", "Its work ended 2020-01-10 00:40:00 UTC");
}

#[test]
fn an_earlier_start_does_not_spoil_the_notice_of_what_was_announced_before() {
    // Announced exactly 24 h ahead; given two more hours in front, half a day ahead.
    let earlier = || {
        let opening = said("2020-01-09", &["feed"], &[NIGHT]);
        vec![opening, said("2020-01-09T12:00", &["feed"], &[("2020-01-09T22:00", NIGHT.1)])]
    };
    let verdict = inside(earlier()).check(Kind::InWindow, Answer::Yes, &[]);
    assert_eq!(verdict.window.and_then(|window| window.notice_given_seconds), Some(86_400));
    case(earlier(), "2020-01-09T23:00", "2020-01-09T23:30").check(Kind::AnnouncedTooLate, Answer::No, &[]);
}

#[test]
fn runs_follow_the_seconds_and_not_the_ordinals() {
    let two = ("2020-01-11T00:00", "2020-01-11T04:00");
    let swapped = |received: &str| said(received, &["feed"], &[two, NIGHT]);
    inside(vec![said("2020-01-01", &["feed"], &[NIGHT, two]), swapped("2020-01-09T20:00")]).check(
        Kind::InWindow,
        Answer::Yes,
        &[],
    );
    // Moved away and back: what was promised in between was something else.
    let back = said("2020-01-09T20:00", &["feed"], &[NIGHT]);
    inside(vec![announced(), said("2020-01-05", &["feed"], &[LATER]), back]).check(
        Kind::AnnouncedTooLate,
        Answer::No,
        &[],
    );
    // A shortening keeps the old announcement for what is left, and takes the rest away.
    let shorter = || vec![announced(), said("2020-01-09T20:00", &["feed"], &[(NIGHT.0, "2020-01-10T03:00")])];
    inside(shorter()).check(Kind::InWindow, Answer::Yes, &[]);
    case(shorter(), "2020-01-10T03:30", "2020-01-10T03:40").check(Kind::CancelledWindow, Answer::No, &[]);
    // Two windows made into one.
    let halves = said("2020-01-01", &["feed"], &[(NIGHT.0, "2020-01-10T02:00"), ("2020-01-10T02:00", NIGHT.1)]);
    case(vec![halves, said("2020-01-09T20:00", &["feed"], &[NIGHT])], "2020-01-10T01:00", "2020-01-10T03:00").check(
        Kind::InWindow,
        Answer::Yes,
        &[],
    );
}

#[test]
fn a_stale_notice_counts_in_the_vendors_order() {
    let stamped = |mut revision: Revision, stamp: &str| {
        revision.announcement.stamp = Some(utc(stamp));
        revision
    };
    // The move was read first; the notice that it overrides came two days later.
    let moved = stamped(said("2020-01-05", &["feed"], &[LATER]), "2020-01-04");
    let original = || stamped(said("2020-01-07", &["feed"], &[NIGHT]), "2020-01-01");
    let verdict = inside(vec![moved.clone(), original()]).check(Kind::CancelledWindow, Answer::No, &[]);
    assert_eq!(verdict.window.and_then(|window| window.announced_at), Some(utc("2020-01-07")));
    let at_its_place = case(vec![moved, original()], LATER.0, LATER.1).check(Kind::InWindow, Answer::Yes, &[]);
    assert_eq!(at_its_place.window.and_then(|window| window.announced_at), Some(utc("2020-01-05")));
}

#[test]
fn completion_cuts_the_window_that_was_open_and_ends_the_ones_after_it() {
    let mut nights = said("2020-01-01", &["feed"], &[NIGHT, ("2020-01-11T00:00", "2020-01-11T04:00")]);
    nights.announcement.windows[1].role = Role::Contingency;
    let done = || vec![nights.clone(), status("2020-01-10T03:00", Status::Completed)];
    // Early in the first night nothing of it is known yet.
    case(done(), "2020-01-10T02:00", "2020-01-10T03:30").check(Kind::InWindow, Answer::Yes, &[]);
    // After it the rest of the night is over, and the night in reserve has lapsed: that is no early completion of it.
    case(done(), "2020-01-10T03:30", "2020-01-10T03:40").check(
        Kind::CancelledWindow,
        Answer::No,
        &[Flag::CompletedEarly],
    );
    case(done(), "2020-01-11T01:00", "2020-01-11T02:00").check(
        Kind::CancelledWindow,
        Answer::No,
        &[Flag::ContingencyWindow],
    );
    // A first night that ended as planned was not completed early, though the second never came.
    let verdict = case(
        vec![
            said("2020-01-01", &["feed"], &[NIGHT, ("2020-01-11T00:00", "2020-01-11T04:00")]),
            status("2020-01-10T05:00", Status::Completed),
        ],
        "2020-01-10T06:00",
        "2020-01-10T07:00",
    );
    verdict.check(Kind::AfterWindow, Answer::No, &[]);
    // Completion that states the times of the work: the rest of the night was taken away by it.
    let mut actual = said("2020-01-10T02:40", &["feed"], &[("2020-01-10T00:30", "2020-01-10T02:30")]);
    actual.announcement.status = Some(Status::Completed);
    let verdict = case(vec![announced(), actual], "2020-01-10T03:00", "2020-01-10T03:10");
    assert_eq!(verdict.verdict().kind, Kind::CancelledWindow);
}

#[test]
fn after_a_completion_the_distance_is_from_the_end_of_the_work() {
    let done = vec![announced(), status("2020-01-10T02:00", Status::Completed)];
    let verdict = case(done, "2020-01-10T05:00", "2020-01-10T05:10").check(
        Kind::AfterWindow,
        Answer::No,
        &[Flag::CompletedEarly],
    );
    assert_eq!(verdict.offset_seconds, Some(3 * 3600));
    assert_eq!(verdict.window.and_then(|window| window.completed_at), Some(utc("2020-01-10T02:00")));
}

#[test]
fn a_confirmation_taken_back_leaves_the_window_tentative() {
    let verdict = inside(vec![announced(), status("2020-01-05", Status::Tentative)]).verdict();
    assert_eq!(verdict.kind, Kind::TentativeOnly);
    assert!(verdict.why[0].ends_with("inside a window that was only tentative."), "{}", verdict.why[0]);
}

#[test]
fn contingency_windows_count_unless_the_terms_say_otherwise() {
    let mut reserve = announced();
    reserve.announcement.windows[0].role = Role::Contingency;
    let mut case = inside(vec![reserve]);
    case.published.contingency_counts = Some(false);
    let verdict = case.check(Kind::TentativeOnly, Answer::No, &[Flag::ContingencyWindow]);
    assert!(verdict.why[0].contains("which the terms do not count as announced"), "{}", verdict.why[0]);
}

#[test]
fn published_terms_hold_where_the_contract_is_silent() {
    let of_estate = || {
        let mut said = said("2020-01-08", &["published"], &[NIGHT]);
        said.announcement.vendor = VendorId::new("estate").expect("an id");
        let mut case = inside(vec![said]).of("published");
        case.published.notice_min = Some(Promise::Elapsed(chrono::TimeDelta::hours(72)));
        case
    };
    let verdict = of_estate().check(Kind::AnnouncedTooLate, Answer::No, &[]);
    let window = verdict.window.expect("it rests on the window");
    assert_eq!((window.notice_required_seconds, window.notice_required_by), (259_200, TermsSource::Profile));
    assert!(
        verdict.why[2].ends_with("the vendor's published terms ask for 3 d, so it was 1 d short."),
        "{}",
        verdict.why[2]
    );
    // `vendor` has a contract, which promises less than it publishes.
    let mut contract = inside(vec![said("2020-01-08", &["feed"], &[NIGHT])]);
    contract.published.notice_min = Some(Promise::Elapsed(chrono::TimeDelta::hours(72)));
    let verdict = contract.check(Kind::InWindow, Answer::Yes, &[]);
    assert!(verdict.why[2].ends_with("the contract asks for 1 d."), "{}", verdict.why[2]);
}

#[test]
fn a_radius_of_zero_reaches_nowhere() {
    let mut case = case(vec![announced()], "2020-01-10T04:00", "2020-01-10T05:00");
    assert_eq!(case.verdict().kind, Kind::AfterWindow);
    case.published.after_radius = Some(chrono::TimeDelta::zero());
    assert_eq!(case.verdict().kind, Kind::OutOfWindow);
}

#[test]
fn a_retroactive_verdict_shows_the_window_that_came_too_late() {
    let mut late = announced();
    late.received.at = utc("2020-01-10T12:00");
    let verdict =
        inside(vec![late]).known_until("2020-01-11").check(Kind::Retroactive, Answer::No, &[Flag::RetroactiveNotice]);
    assert_eq!(labels(&verdict), [(Label::Outside, 3600)]);
    let window = verdict.window.expect("it rests on the late window");
    assert_eq!((window.announced_at, window.notice_given_seconds), (Some(utc("2020-01-10T12:00")), Some(-12 * 3600)));
    assert_eq!(verdict.impact.expected, Some(Impact::Outage));
}

#[test]
fn late_flags_tell_what_a_late_notice_did_to_this_window() {
    let ask = |late: Revision| inside(vec![announced(), late]).known_until("2020-03-01");
    let yes = (Kind::InWindow, Answer::Yes);
    let longer = said("2020-01-10T03:00", &["feed"], &[(NIGHT.0, "2020-01-10T06:00")]);
    ask(longer).check(yes.0, yes.1, &[Flag::LateExtension]);
    ask(said("2020-01-10T03:00", &["feed"], &[LATER])).check(yes.0, yes.1, &[Flag::LateCancellation]);
    // More work, in another night or another maintenance, extends nothing.
    ask(said("2020-01-10T03:00", &["feed"], &[NIGHT, ("2020-01-12T00:00", "2020-01-12T04:00")])).check(
        yes.0,
        yes.1,
        &[],
    );
    let elsewhere = vec![said("2020-01-10T03:00", &["feed"], &[("2020-01-12T00:00", "2020-01-12T04:00")])];
    inside(vec![announced()]).and(elsewhere).known_until("2020-03-01").check(yes.0, yes.1, &[]);
}

#[test]
fn a_common_cause_is_one_of_this_asset() {
    let mut beside = case(Vec::new(), INSIDE.0, INSIDE.1).of("published");
    beside.beside = ["server", "dual"]
        .map(|id| Beside { outage: OutageId::new("o-1").expect("an id"), asset: asset(id), start: utc(INSIDE.0) })
        .to_vec();
    beside.clone().check(Kind::Unannounced, Answer::No, &[]);
    beside.of("server").check(Kind::Unannounced, Answer::No, &[Flag::CommonCause]);
}

#[test]
fn an_impact_is_stated_of_the_object_that_touches_the_asset() {
    let mut mixed = announced();
    mixed.announcement.impact = None;
    mixed.announcement.objects = vec![object("feed", None), object("other", Some(Impact::Degraded))];
    let verdict = inside(vec![mixed.clone()]).check(Kind::InWindow, Answer::Yes, &[Flag::ImpactNotStated]);
    assert_eq!((verdict.impact.stated, verdict.impact.expected), (None, Some(Impact::Outage)));
    let verdict = inside(vec![mixed]).of("other").observed(Impact::Degraded).check(Kind::InWindow, Answer::Yes, &[]);
    assert_eq!((verdict.impact.stated, verdict.impact.expected), (Some(Impact::Degraded), Some(Impact::Degraded)));
}

#[test]
fn seconds_add_up_where_an_edge_lies_inside_a_second() {
    let mut split = case(vec![announced()], "2020-01-10T03:00", "2020-01-10T04:10");
    let half = chrono::TimeDelta::milliseconds(500);
    let outage = split.question.outage;
    split.question.outage = Interval::new(outage.end() - half * 3, outage.end() + half).expect("two seconds");
    split.question.as_of = split.question.outage.start();
    assert_eq!(labels(&split.verdict()).iter().map(|(_, seconds)| seconds).sum::<i64>(), 2);
}

#[test]
fn several_maintenances_give_each_second_the_best_of_them() {
    // Until 02:00 the outage is what R-2 meant; after it only R-1 stands, which meant less.
    let mut mild = announced();
    mild.announcement.impact = Some(Impact::Degraded);
    let both = || {
        let first = case(vec![mild.clone()], "2020-01-10T01:00", "2020-01-10T03:00");
        first.and(vec![said("2020-01-02", &["feed"], &[(NIGHT.0, "2020-01-10T02:00")])])
    };
    let verdict = both().check(Kind::ImpactExceeded, Answer::Partly, &[]);
    assert_eq!(labels(&verdict), [(Label::Covered, 3600), (Label::CoveredImpactExceeded, 3600)]);
    assert_eq!(
        verdict.window.and_then(|window| window.reference).map(|reference| reference.to_string()),
        Some("R-2".into())
    );
    // The other one cancelled: the kind stands on what is left, and the flag says that there was one.
    let cancelled = inside(vec![announced()]).and(vec![announced(), status("2020-01-05", Status::Cancelled)]);
    cancelled.check(Kind::InWindow, Answer::Yes, &[Flag::CancelledWindow]);
}

#[test]
fn everything_that_was_weighed_is_listed() {
    let notices = |case: Case| -> Vec<String> {
        let evidence = case.verdict().evidence.into_iter().filter(|evidence| evidence.kind == "notice");
        evidence.filter_map(|evidence| evidence.id).collect()
    };
    let second = || vec![announced(), status("2020-01-05", Status::Cancelled)];
    let of_both = ["n-2020-01-01", "n-2020-01-01-R-2", "n-2020-01-05-R-2"];
    assert_eq!(notices(inside(vec![announced()]).and(second())), of_both);
    // Where absence decides, what was found for other assets and at other times is what was looked at.
    let elsewhere = |start: &str| case(vec![said("2020-01-01", &["other"], &[NIGHT])], start, "2020-01-13");
    assert_eq!(notices(elsewhere("2020-01-10T01:00")), ["n-2020-01-01"]);
    assert_eq!(notices(elsewhere("2020-01-12T01:00")), ["n-2020-01-01"]);
    let mut unread = elsewhere("2020-01-10T01:00");
    unread.coverage.clear();
    assert_eq!(notices(unread), ["n-2020-01-01"]);
    // Beyond reach of any rule nothing was weighed.
    assert!(notices(case(vec![announced()], "2020-06-10T01:00", "2020-06-10T02:00")).is_empty());
}

#[test]
fn the_same_wrong_asset_is_named_whatever_the_order() {
    let other = |received: &str| vec![said(received, &["other"], &[NIGHT])];
    let mut case = case(other("2020-01-02"), INSIDE.0, INSIDE.1).and(other("2020-01-01"));
    let forwards = case.verdict();
    case.maintenances.reverse();
    assert_eq!(forwards, case.verdict());
    assert_eq!(
        forwards.window.map(|window| (window.reference.map(|reference| reference.to_string()), window.announced_at)),
        Some((Some("R-2".into()), Some(utc("2020-01-01"))))
    );
}

#[test]
fn the_ends_of_time_are_judged_too() {
    for (start, end) in [("0001-01-01T00:00", "0001-01-01T04:00"), ("9999-12-31T00:00", "9999-12-31T23:59")] {
        let mut said = with_window("0001-01-01", start, end);
        said.announcement.impact = Some(Impact::Outage);
        let mut huge = said.clone();
        huge.announcement.windows[0].interval = interval("0001-01-01", "9999-12-31");
        for revisions in [vec![said.clone()], vec![huge.clone()], vec![said, huge]] {
            let mut case = case(revisions, start, end).known_until("9999-12-31T23:59");
            case.question.start_uncertainty = chrono::TimeDelta::days(36_525);
            case.question.end_uncertainty = chrono::TimeDelta::days(36_525);
            let verdict = case.verdict();
            let seconds: i64 = verdict.segments.iter().map(|segment| segment.seconds).sum();
            assert_eq!(seconds, verdict.outage.length().num_seconds());
        }
    }
    let ends = [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC];
    for instant in ends {
        let mut case = inside(vec![announced()]);
        case.question.outage = Interval::second_at(instant);
        case.question.as_of = instant;
        assert_ne!(case.verdict().kind, Kind::InWindow);
    }
}

#[test]
fn words_that_mean_several_spans_are_read_alike_wherever_they_are_repeated() {
    let other = interval("2020-01-10T02:00", "2020-01-10T06:00");
    let twice = |received: &str| {
        let mut said = said(received, &["feed"], &[NIGHT]);
        said.announcement.windows[0].others = vec![other];
        said
    };
    // A change of the text repeats the window: there is no reading in which the second mail moves it.
    let repeated = || vec![twice("2020-01-01"), twice("2020-01-09T20:00")];
    case(repeated(), "2020-01-10T02:00", "2020-01-10T03:00").check(Kind::InWindow, Answer::Yes, &[]);
    // Covered in one reading and not in the other: ambiguous second by second, whatever becomes of the kind.
    let verdict = case(repeated(), "2020-01-10T01:00", "2020-01-10T03:00").check(Kind::Ambiguous, Answer::Unknown, &[]);
    assert_eq!(verdict.readings, [Kind::InWindow, Kind::EarlyStart]);
    assert_eq!(labels(&verdict), [(Label::Ambiguous, 3600), (Label::Covered, 3600)]);
    assert!(!verdict.segments[0].excused && verdict.segments[1].excused);
    let verdict = case(repeated(), "2020-01-10T03:00", "2020-01-10T07:00").check(Kind::Overrun, Answer::Partly, &[]);
    assert_eq!(labels(&verdict), [(Label::Covered, 3600), (Label::Ambiguous, 2 * 3600 + 600), (Label::Outside, 3000)]);
    let listed: Vec<String> =
        inside(repeated()).verdict().evidence.into_iter().filter(|e| e.kind == "reading").map(|e| e.text).collect();
    assert_eq!(
        listed,
        ["as first read: in_window", "window 1 of R-1 as 2020-01-10T02:00:00Z to 2020-01-10T06:00:00Z: early_start"]
    );
}

#[test]
fn more_readings_than_are_tried_are_ambiguous_for_their_number() {
    let night = |n: u32| {
        let mut window = window(n, &format!("2020-01-{n:02}T00:00"), &format!("2020-01-{n:02}T04:00"));
        window.others = vec![interval(&format!("2020-01-{n:02}T01:00"), &format!("2020-01-{n:02}T05:00"))];
        window
    };
    let nights = |last: u32| {
        let mut said = said("2020-01-01", &["feed"], &[]);
        said.announcement.windows = (5..=last).map(night).collect();
        case(vec![said], "2020-01-07T02:00", "2020-01-07T03:00")
    };
    nights(10).check(Kind::InWindow, Answer::Yes, &[]);
    let verdict = nights(11).check(Kind::Ambiguous, Answer::Unknown, &[]);
    assert_eq!(verdict.readings, [Kind::InWindow]);
    assert!(verdict.why[0].contains("the times given can be read in more than 64 ways"), "{}", verdict.why[0]);
}

#[test]
fn an_uncertain_start_is_tried_where_windows_begin_and_end() {
    // Neither the time as told nor the ends of its uncertainty lie in the window; instants between them do.
    let mut unsure = case(vec![announced()], "2020-01-10T06:00", "2020-01-10T20:00");
    unsure.question.start_uncertainty = chrono::TimeDelta::hours(12);
    assert_eq!(unsure.verdict().readings, [Kind::Overrun, Kind::EarlyStart, Kind::AfterWindow, Kind::OutOfWindow]);
    // A notice received between two possible starts: the official moment of knowledge is the start of each reading.
    let mut late = announced();
    late.received.at = utc("2020-01-10T00:58");
    let mut unsure = inside(vec![late]);
    unsure.question.start_uncertainty = chrono::TimeDelta::minutes(5);
    assert_eq!(unsure.verdict().readings, [Kind::AnnouncedTooLate, Kind::Unannounced]);
}
