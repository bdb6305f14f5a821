//! One row a rule of DESIGN.md section 7: what was known, what was asked, and the verdict.

use super::*;

#[test]
fn in_window_when_all_of_it_is_covered_to_the_second() {
    let said = || vec![announced()];
    case(said(), "2020-01-10T00:00", "2020-01-10T04:00").check(Kind::InWindow, Answer::Yes, &[]);
    case(said(), "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::InWindow, Answer::Yes, &[]);
    // Ten minutes of grace belong to the window, and are not excused.
    let verdict = case(said(), "2020-01-10T03:00", "2020-01-10T04:10").check(Kind::InWindow, Answer::Yes, &[]);
    let labels: Vec<(Label, i64, bool)> = verdict.segments.iter().map(|s| (s.label, s.seconds, s.excused)).collect();
    assert_eq!(labels, [(Label::Covered, 3600, true), (Label::Grace, 600, false)]);
}

#[test]
fn overrun_when_the_rest_is_one_run_after_the_end() {
    let verdict =
        case(vec![announced()], "2020-01-10T03:00", "2020-01-10T05:00").check(Kind::Overrun, Answer::Partly, &[]);
    let labels: Vec<(Label, i64)> = verdict.segments.iter().map(|s| (s.label, s.seconds)).collect();
    assert_eq!(labels, [(Label::Covered, 3600), (Label::Grace, 600), (Label::Outside, 3000)]);
    assert_eq!(verdict.offset_seconds, Some(0));
}

#[test]
fn partly_when_the_rest_has_another_shape() {
    let mut two = announced();
    two.announcement.windows.push(window(2, "2020-01-10T06:00", "2020-01-10T08:00"));
    case(vec![two], "2020-01-10T03:00", "2020-01-10T07:00").check(Kind::Partly, Answer::Partly, &[]);
}

#[test]
fn impact_exceeded_when_it_was_worse_than_the_window_meant() {
    let during = || case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00").of("dual");
    let verdict = during().check(Kind::ImpactExceeded, Answer::Partly, &[]);
    assert_eq!(verdict.impact.expected, Some(Impact::ReducedRedundancy));
    during().observed(Impact::ReducedRedundancy).check(Kind::InWindow, Answer::Yes, &[]);
    // Both cords on the feed: an outage is what the announcement meant.
    case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00").of("corded").check(
        Kind::InWindow,
        Answer::Yes,
        &[Flag::SingleFeed],
    );
}

#[test]
fn announced_too_late_counts_from_the_mail_that_added_the_second() {
    let said = |received: &str, start: &str, end: &str| {
        let mut said = with_window(received, start, end);
        said.announcement.impact = Some(Impact::Outage);
        said
    };
    let window = ("2020-01-10T00:00", "2020-01-10T04:00");
    // 24 h are asked for: equal is in time, a minute less is not.
    case(vec![said("2020-01-09", window.0, window.1)], "2020-01-10T01:00", "2020-01-10T02:00").check(
        Kind::InWindow,
        Answer::Yes,
        &[],
    );
    let late = vec![said("2020-01-09T00:01", window.0, window.1)];
    let verdict = case(late, "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::AnnouncedTooLate, Answer::No, &[]);
    let seen = verdict.window.expect("it rests on the window");
    assert_eq!((seen.notice_given_seconds, seen.notice_required_seconds), (Some(86_340), 86_400));
    // An extension counts from its own mail for the seconds it adds, a change of the text keeps the old announcement.
    let extended = || {
        let mut text = said("2020-01-09T12:00", window.0, "2020-01-10T06:00");
        text.announcement.summary = Some("new text".into());
        vec![said("2020-01-01", window.0, window.1), text]
    };
    case(extended(), "2020-01-10T01:00", "2020-01-10T04:00").check(Kind::InWindow, Answer::Yes, &[]);
    let verdict = case(extended(), "2020-01-10T03:00", "2020-01-10T05:00").check(
        Kind::Overrun,
        Answer::Partly,
        &[Flag::ShortNotice],
    );
    assert_eq!(
        verdict.segments.iter().map(|s| s.label).collect::<Vec<_>>(),
        [Label::Covered, Label::Grace, Label::LateNotice]
    );
    case(extended(), "2020-01-10T04:30", "2020-01-10T05:00").check(Kind::AnnouncedTooLate, Answer::No, &[]);
}

#[test]
fn a_cancellation_breaks_the_run() {
    let again = |received: &str| {
        let mut again = announced();
        again.received.at = utc(received);
        again.notice = NoticeId::new(format!("n-{received}")).expect("an id");
        again
    };
    let revisions = vec![announced(), status("2020-01-05", Status::Cancelled), again("2020-01-09T12:00")];
    case(revisions, "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::AnnouncedTooLate, Answer::No, &[]);
}

#[test]
fn tentative_counts_from_its_first_mail_once_confirmed() {
    let tentative = || {
        let mut tentative = announced();
        tentative.announcement.status = Some(Status::Tentative);
        tentative
    };
    case(vec![tentative()], "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::TentativeOnly, Answer::No, &[]);
    let confirmed = vec![tentative(), status("2020-01-09T20:00", Status::Confirmed)];
    case(confirmed, "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::InWindow, Answer::Yes, &[]);
}

#[test]
fn cancelled_moved_or_completed_before() {
    let ask = |more: Vec<Revision>| {
        let revisions = [vec![announced()], more].concat();
        case(revisions, "2020-01-10T01:00", "2020-01-10T02:00")
    };
    ask(vec![status("2020-01-05", Status::Cancelled)]).check(Kind::CancelledWindow, Answer::No, &[]);
    let moved = with_window("2020-01-05", "2020-02-10T00:00", "2020-02-10T04:00");
    ask(vec![moved]).check(Kind::CancelledWindow, Answer::No, &[]);
    ask(vec![status("2020-01-10T00:30", Status::Completed)]).check(
        Kind::CancelledWindow,
        Answer::No,
        &[Flag::CompletedEarly],
    );
    // Received only after the outage began: it changes nothing, and a later question is told.
    let late = || ask(vec![status("2020-01-10T01:30", Status::Cancelled)]);
    late().check(Kind::InWindow, Answer::Yes, &[]);
    late().known_until("2020-01-11").check(Kind::InWindow, Answer::Yes, &[Flag::LateCancellation]);
}

#[test]
fn early_start_and_after_window_by_the_nearer_edge() {
    let ask = |start: &str, end: &str| case(vec![announced()], start, end);
    let verdict = ask("2020-01-09T20:00", "2020-01-09T21:00").check(Kind::EarlyStart, Answer::No, &[]);
    assert_eq!(verdict.offset_seconds, Some(-14_400));
    ask("2020-01-09T23:59", "2020-01-10T01:00").check(Kind::EarlyStart, Answer::Partly, &[]);
    ask("2020-01-09T00:00", "2020-01-09T01:00").check(Kind::EarlyStart, Answer::No, &[]);
    ask("2020-01-08T23:59", "2020-01-09T01:00").check(Kind::OutOfWindow, Answer::No, &[]);
    let verdict = ask("2020-01-10T06:00", "2020-01-10T07:00").check(Kind::AfterWindow, Answer::No, &[]);
    assert_eq!(verdict.offset_seconds, Some(7200));
    ask("2020-01-10T16:00", "2020-01-10T17:00").check(Kind::AfterWindow, Answer::No, &[]);
    ask("2020-01-10T16:01", "2020-01-10T17:00").check(Kind::OutOfWindow, Answer::No, &[]);
    // Two hours after one window, two before the next: a tie is early.
    let mut two = announced();
    two.announcement.windows.push(window(2, "2020-01-10T08:00", "2020-01-10T10:00"));
    case(vec![two], "2020-01-10T06:00", "2020-01-10T07:00").check(Kind::EarlyStart, Answer::No, &[]);
}

#[test]
fn retroactive_only_as_of_a_later_moment() {
    let late = || {
        let mut late = announced();
        late.received.at = utc("2020-01-10T12:00");
        case(vec![late], "2020-01-10T01:00", "2020-01-10T02:00")
    };
    late().check(Kind::Unannounced, Answer::No, &[]);
    late().known_until("2020-01-11").check(Kind::Retroactive, Answer::No, &[Flag::RetroactiveNotice]);
    // An early start stays one, with the flag.
    let mut claim = with_window("2020-01-10T12:00", "2020-01-09T18:00", "2020-01-10T04:00");
    claim.announcement.impact = Some(Impact::Outage);
    case(vec![announced(), claim], "2020-01-09T20:00", "2020-01-09T21:00").known_until("2020-01-12").check(
        Kind::EarlyStart,
        Answer::No,
        &[Flag::RetroactiveNotice],
    );
}

#[test]
fn wrong_asset_out_of_window_and_unannounced() {
    let elsewhere = || {
        let mut elsewhere = announced();
        elsewhere.announcement.objects = vec![StatedObject { name: "other".into(), impact: None }];
        vec![elsewhere]
    };
    case(elsewhere(), "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::WrongAsset, Answer::No, &[]);
    case(elsewhere(), "2020-01-12T01:00", "2020-01-12T02:00").check(Kind::OutOfWindow, Answer::No, &[]);
    case(elsewhere(), "2020-01-17T04:00", "2020-01-17T05:00").check(Kind::OutOfWindow, Answer::No, &[]);
    case(elsewhere(), "2020-01-17T04:01", "2020-01-17T05:00").check(Kind::Unannounced, Answer::No, &[]);
    case(Vec::new(), "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::Unannounced, Answer::No, &[]);
}

#[test]
fn unknown_where_absence_proves_nothing() {
    let ask = || case(Vec::new(), "2020-01-10T01:00", "2020-01-10T02:00");
    ask().of("orphan").check(Kind::Unknown, Answer::Unknown, &[]);
    ask().of("lone").check(Kind::Unknown, Answer::Unknown, &[]);
    let mut unread = ask();
    unread.coverage[0].complete_until = utc("2020-01-10T00:59");
    unread.check(Kind::Unknown, Answer::Unknown, &[]);
    let mut read_to_the_start = ask();
    read_to_the_start.coverage[0].complete_until = utc("2020-01-10T01:00");
    read_to_the_start.check(Kind::Unannounced, Answer::No, &[]);
    let waiting = |vendor: Option<&str>| ReviewItem {
        notice: NoticeId::new("n-1").expect("an id"),
        received_at: utc("2020-01-05"),
        vendor: vendor.map(|id| VendorId::new(id).expect("an id")),
        reasons: Vec::new(),
        state: ReviewState::Open,
        settled: None,
    };
    for (vendor, kind) in [(None, Kind::Unknown), (Some("vendor"), Kind::Unknown), (Some("unread"), Kind::Unannounced)]
    {
        let mut reviewed = ask();
        reviewed.review = vec![waiting(vendor)];
        assert_eq!(reviewed.verdict().kind, kind, "{vendor:?}");
    }
    let mut unmatched = announced();
    unmatched.announcement.objects = vec![StatedObject { name: "nobody knows".into(), impact: None }];
    case(vec![unmatched], "2020-01-10T01:00", "2020-01-10T02:00").check(Kind::Unknown, Answer::Unknown, &[]);
    // Where a window explains it, the gap is a flag.
    let mut gap = case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00");
    gap.coverage.clear();
    gap.check(Kind::InWindow, Answer::Yes, &[Flag::IntakeGap]);
}

#[test]
fn readings_that_lead_to_different_kinds_are_ambiguous() {
    let mut twice = announced();
    twice.announcement.windows[0].others = vec![interval("2020-01-10T02:00", "2020-01-10T06:00")];
    let verdict =
        case(vec![twice.clone()], "2020-01-10T01:00", "2020-01-10T01:30").check(Kind::Ambiguous, Answer::Unknown, &[]);
    assert_eq!(verdict.readings, [Kind::InWindow, Kind::EarlyStart]);
    case(vec![twice], "2020-01-10T02:00", "2020-01-10T04:00").check(Kind::InWindow, Answer::Yes, &[]);
    let mut unsure = case(vec![announced()], "2020-01-10T00:02", "2020-01-10T01:30");
    unsure.question.start_uncertainty = chrono::TimeDelta::minutes(5);
    let verdict = unsure.check(Kind::Ambiguous, Answer::Unknown, &[]);
    assert_eq!(verdict.readings, [Kind::InWindow, Kind::EarlyStart]);
}

#[test]
fn what_stands_around_the_outage_is_flagged() {
    let mut grouped = case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00");
    let beside = |id: &str, start: &str| Beside {
        outage: OutageId::new("o-1").expect("an id"),
        asset: asset(id),
        start: utc(start),
    };
    grouped.beside = vec![beside("server", "2020-01-10T01:00"), beside("dual", "2020-01-10T01:15")];
    let verdict = grouped.check(Kind::InWindow, Answer::Yes, &[Flag::CommonCause]);
    assert_eq!(group_text(&verdict.group), "2 of 2 in site, 0 of 1 elsewhere");
    let mut apart = case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00");
    apart.beside = vec![beside("dual", "2020-01-10T01:16")];
    apart.check(Kind::InWindow, Answer::Yes, &[]);

    let said = |stance| Statement {
        outage: OutageId::new("o-1").expect("an id"),
        who: "somebody".into(),
        said_at: utc("2020-01-10"),
        channel: "phone".into(),
        words: "words".into(),
        stance,
        recorded_at: utc("2020-01-10"),
    };
    let mut disputed = case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00");
    disputed.statements = vec![said(Stance::Related), said(Stance::Unrelated)];
    disputed.check(Kind::InWindow, Answer::Yes, &[Flag::VendorStatementConflict]);
}

#[test]
fn contingency_windows_count_and_say_so() {
    let mut reserve = announced();
    reserve.announcement.windows[0].role = Role::Contingency;
    case(vec![reserve], "2020-01-10T01:00", "2020-01-10T02:00").check(
        Kind::InWindow,
        Answer::Yes,
        &[Flag::ContingencyWindow],
    );
}

#[test]
fn a_notice_that_names_nothing_means_the_whole_estate() {
    let mut all = revision("2020-01-01");
    all.announcement.objects.clear();
    all.announcement.windows = vec![window(1, "2020-01-10T00:00", "2020-01-10T04:00")];
    case(vec![all], "2020-01-10T01:00", "2020-01-10T02:00").check(
        Kind::InWindow,
        Answer::Yes,
        &[Flag::ImpactNotStated, Flag::ScopeNotStated],
    );
}

#[test]
fn a_notice_received_later_never_changes_the_official_kind() {
    let late = [Status::Cancelled, Status::Tentative, Status::Completed];
    for (start, end) in [("2020-01-10T01:00", "2020-01-10T02:00"), ("2020-01-09T20:00", "2020-01-09T21:00")] {
        let before = case(vec![announced()], start, end).verdict();
        for status_said in late {
            let after = case(vec![announced(), status("2020-01-10T02:00", status_said)], start, end).verdict();
            assert_eq!((before.kind, &before.segments), (after.kind, &after.segments));
        }
    }
}

#[test]
fn a_verdict_reads_back_and_so_does_one_written_before_a_field_was_added() {
    let verdict = case(vec![announced()], "2020-01-10T01:00", "2020-01-10T02:00").verdict();
    let mut json = serde_json::to_value(&verdict).expect("serializes");
    assert_eq!(serde_json::from_value::<Verdict>(json.clone()).expect("reads back"), verdict);
    let window = json["window"].as_object_mut().expect("it rests on a window");
    for added in ["notice_required_by", "completed_at", "withdrawn_at"] {
        assert!(window.remove(added).is_some(), "{added}");
    }
    assert!(json["impact"].as_object_mut().expect("an impact").remove("stated").is_some());
    let old = serde_json::from_value::<Verdict>(json).expect("reads");
    assert_eq!((old.kind, old.impact.stated), (verdict.kind, None));
}
