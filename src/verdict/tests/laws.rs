//! Laws that hold of any verdict, over random maintenances; and the labels again, second by second and by the words of
//! DESIGN.md section 7 alone.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::maintenance::{Moment, State};
use crate::time::Interval;
use crate::window::Window;
use crate::window::standing::StandingFile;
use crate::written::SourceFile;

/// Hour 0 of the small world in which random windows and outages lie.
fn hour(hour: i64) -> DateTime<Utc> {
    utc("2020-01-10") + TimeDelta::hours(hour)
}

fn span(start: i64, hours: i64) -> Interval {
    Interval::new(hour(start), hour(start + hours)).expect("a length")
}

fn objects() -> impl Strategy<Value = Vec<StatedObject>> {
    let names = [&[][..], &["feed"], &["other"], &["feed", "other"], &["nobody knows"], &["other", "nobody knows"]];
    // Of one of them the vendor may say more than of the rest.
    let own = prop::option::weighted(0.3, (0..2_usize, prop::sample::select(Impact::ALL.to_vec())));
    (prop::sample::select(names.map(<[&str]>::to_vec).to_vec()), own).prop_map(|(names, own)| {
        let impact = |place| own.and_then(|(of, impact)| (of == place).then_some(impact));
        let object = |(place, name): (usize, &str)| StatedObject { name: name.into(), impact: impact(place) };
        names.into_iter().enumerate().map(object).collect()
    })
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let one = (0..30_i64, 1..8_i64, prop::bool::weighted(0.2), prop::option::weighted(0.2, objects()));
    prop::collection::vec(one, 0..4).prop_map(|windows| {
        let built = windows.into_iter().zip(1..).map(|((start, hours, reserve, own), ordinal)| Window {
            interval: span(start, hours),
            role: if reserve { Role::Contingency } else { Role::Primary },
            objects: own.unwrap_or_default(),
            ..window(ordinal, "2020-01-10", "2020-01-11")
        });
        built.collect()
    })
}

fn a_revision() -> impl Strategy<Value = Revision> {
    let impacts = prop::option::of(prop::sample::select(Impact::ALL.to_vec()));
    let statuses = prop::option::weighted(0.7, prop::sample::select(Status::ALL.to_vec()));
    let ended = prop::option::weighted(0.3, 0..30_i64);
    (-60..34_i64, -3..4_i64, statuses, windows(), objects(), impacts, ended, any::<u32>()).prop_map(
        |(received, drift, status, windows, objects, impact, ended, salt)| {
            let mut built = revision("2020-01-01");
            built.notice = NoticeId::new(format!("n-{salt:08x}")).expect("an id");
            built.received.at = hour(received);
            let said = &mut built.announcement;
            // Most notices come in the order they were written in; some do not.
            said.stamp = Some(hour(received + drift * 4));
            (said.status, said.windows, said.objects, said.impact) = (status, windows, objects, impact);
            said.actual_end = ended.map(hour);
            built
        },
    )
}

pub(super) fn a_case() -> impl Strategy<Value = Case> {
    let maintenances = prop::collection::vec(prop::collection::vec(a_revision(), 1..5), 0..4);
    let observed = prop::sample::select(Impact::ALL.to_vec());
    let assets = prop::sample::select(vec!["server", "dual", "corded", "feed"]);
    (maintenances, -20..40_i64, 1..12_i64, observed, assets).prop_map(|(maintenances, start, hours, observed, id)| {
        let mut built = case(Vec::new(), "2020-01-10", "2020-01-11").of(id).observed(observed);
        for mut revisions in maintenances {
            revisions.sort_by_key(|revision| revision.received.at);
            built = built.and(revisions);
        }
        built.question.outage = span(start, hours);
        built.question.as_of = hour(start);
        built
    })
}

/// Standing windows of the small world, some of which come round in it.
fn a_standing() -> impl Strategy<Value = Standing> {
    let counts = prop::sample::select(vec!["alone", "with-notice"]);
    let names = prop::sample::select(vec!["", "assets = ['feed']", "assets = ['other']", "assets = ['nobody here']"]);
    let known = prop::option::weighted(0.3, -40..30_i64);
    (0..24_u32, 1..6_u32, counts, names, prop::bool::weighted(0.3), known).prop_map(
        |(from, hours, counts, names, starts, known)| {
            let inside = if starts { "start_inside = true\nstart_inside_max = '2 h'" } else { "" };
            let known = known.map(|at| format!("known_from = {}", hour(at).format("%Y-%m-%dT%H:%M:%SZ")));
            let text = format!(
                "version = 1\nvendor = 'vendor'\nsource = 'a law'\n[[window]]\nid = 'w'\nevery = 'Friday'\nzone = 'UTC'\n\
                 from = '{from:02}:00'\nlength = '{hours} h'\ncounts = '{counts}'\n{names}\n{inside}\n{}\n",
                known.unwrap_or_default()
            );
            let file = SourceFile { name: "law.toml".into(), text };
            let windows = StandingFile::parse(&file, &WORLD.zones).expect("sound").windows;
            windows.into_iter().next().expect("one window")
        },
    )
}

/// A case with standing windows beside what was announced.
pub(super) fn a_case_with_standing() -> impl Strategy<Value = Case> {
    (a_case(), prop::collection::vec(a_standing(), 0..3)).prop_map(|(mut case, standing)| {
        case.standing = standing;
        for (place, standing) in case.standing.iter_mut().enumerate() {
            standing.id = format!("w{place}");
        }
        case
    })
}

/// Kind, answer and the labels with their ends: what must not depend on how the question was put together.
type Essence = (Kind, Answer, Vec<(DateTime<Utc>, DateTime<Utc>, Label)>);

fn essence(verdict: &Verdict) -> Essence {
    let segments = verdict.segments.iter().map(|segment| (segment.start, segment.end, segment.label));
    (verdict.kind, verdict.answer, segments.collect())
}

/// The label of an instant, told from the moments of knowledge alone.
fn label_by_definition(case: &Case, instant: DateTime<Utc>) -> Label {
    let labels = case.maintenances.iter().flat_map(|maintenance| labels_of(case, maintenance, instant));
    labels.min().unwrap_or(Label::Outside)
}

fn expected(case: &Case, maintenance: &Maintenance, state: &State, window: &Window) -> Option<Impact> {
    let vendor = &maintenance.identity.vendor;
    let touched = WORLD.inventory.touched_by(vendor, None, state.objects_of(window), state.impact);
    touched.assets.get(&case.question.asset).map(|touch| touch.impact)
}

fn labels_of(case: &Case, maintenance: &Maintenance, instant: DateTime<Utc>) -> Vec<Label> {
    let (notice_min, grace) = (TimeDelta::hours(24), TimeDelta::minutes(10));
    let cut = case.question.outage.start();
    let moments: Vec<Moment> = maintenance.moments().into_iter().filter(|moment| moment.at < cut).collect();
    let Some(last) = moments.last() else { return Vec::new() };
    // The starts of the windows in scope in which the work may go on at an instant, by one moment's knowledge.
    let open = |moment: &Moment, at: DateTime<Utc>| -> Vec<DateTime<Utc>> {
        let live = moment.state.windows.iter().filter(|_| !moment.state.is_cancelled());
        let holding = live.filter(|window| moment.state.effective(window).is_some_and(|span| span.contains(at)));
        let in_scope = holding.filter(|window| expected(case, maintenance, &moment.state, window).is_some());
        in_scope.map(|window| window.interval.start()).collect()
    };
    let mut labels = Vec::new();
    for window in last.state.windows.iter().filter(|_| !last.state.is_cancelled()) {
        let Some(expected) = expected(case, maintenance, &last.state, window) else { continue };
        let Some(effective) = last.state.effective(window) else { continue };
        let worth = |at: DateTime<Utc>| {
            let run: Vec<&Moment> = moments.iter().rev().take_while(|moment| !open(moment, at).is_empty()).collect();
            let first = run.last().expect("the last moment holds it");
            let then = open(first, at).into_iter().max().expect("it holds it");
            let in_time = then.max(window.interval.start()) - first.at >= notice_min;
            if last.state.status == Status::Tentative {
                Label::Tentative
            } else if !in_time {
                Label::LateNotice
            } else if case.question.observed <= expected {
                Label::Covered
            } else {
                Label::CoveredImpactExceeded
            }
        };
        if effective.contains(instant) {
            labels.push(worth(instant));
        }
        // Grace follows each minute of the window that was announced in time.
        let before: Vec<DateTime<Utc>> = (1..=10).map(|minutes| instant - TimeDelta::minutes(minutes)).collect();
        let was_good = |at: &DateTime<Utc>| {
            effective.contains(*at) && matches!(worth(*at), Label::Covered | Label::CoveredImpactExceeded)
        };
        if before.iter().any(was_good) && instant < before[0] + TimeDelta::minutes(1) + grace {
            labels.push(Label::Grace);
        }
    }
    // What any notice held in scope, and no window still holds or may hold.
    let may_hold = |window: &Window| {
        last.state.effective(window).is_some_and(|span| span.contains(instant)) && !last.state.is_cancelled()
    };
    let unmatched = |window: &Window| {
        let objects = last.state.objects_of(window);
        let touched = WORLD.inventory.touched_by(&maintenance.identity.vendor, None, objects, None);
        touched.matches.iter().any(|name| name.asset.is_none())
    };
    let still = |window: &Window| expected(case, maintenance, &last.state, window).is_some() || unmatched(window);
    let held_before = maintenance.steps_before(cut).into_iter().any(|step| {
        let holding = step.state.windows.iter().filter(|window| window.interval.contains(instant));
        holding.into_iter().any(|window| expected(case, maintenance, &step.state, window).is_some())
    });
    if held_before && !last.state.windows.iter().any(|window| may_hold(window) && still(window)) {
        labels.push(Label::Cancelled);
    }
    labels
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_second_has_exactly_one_label(case in a_case_with_standing()) {
        let verdict = case.verdict();
        let outage = case.question.outage;
        let edges: Vec<_> = verdict.segments.iter().map(|segment| (segment.start, segment.end)).collect();
        prop_assert_eq!(edges.first().map(|edge| edge.0), Some(outage.start()));
        prop_assert_eq!(edges.last().map(|edge| edge.1), Some(outage.end()));
        prop_assert!(edges.windows(2).all(|pair| pair[0].1 == pair[1].0));
        prop_assert!(verdict.segments.windows(2).all(|pair| pair[0].label != pair[1].label));
        prop_assert!(verdict.segments.iter().all(|s| s.seconds == (s.end - s.start).num_seconds() && s.seconds > 0));
        prop_assert!(!verdict.why.is_empty());
        // Excused, unexcused and ambiguous seconds are all there are.
        let ambiguous = |segment: &&Segment| segment.label == Label::Ambiguous;
        let of = |counts: &dyn Fn(&&Segment) -> bool| -> i64 { verdict.segments.iter().filter(counts).map(|s| s.seconds).sum() };
        let unexcused = of(&|segment| !segment.excused && !ambiguous(segment));
        prop_assert_eq!(of(&|segment| segment.excused) + unexcused + of(&|s| ambiguous(s)), outage.length().num_seconds());
        prop_assert!(verdict.segments.iter().all(|segment| !segment.excused || segment.label == Label::Covered));
    }

    /// The kinds that readings lead to are those of every second within the doubt, asked one by one.
    #[test]
    fn an_uncertain_start_is_tried_wherever_it_can_matter(case in a_case_with_standing(), minutes in 1..90_i64) {
        let mut case = case;
        case.question.start_uncertainty = TimeDelta::minutes(minutes);
        let verdict = case.verdict();
        let told = case.question.outage;
        // Everything in the small world happens on the full hour, or the grace of ten minutes after it, or halfway between
        // two of these: other kinds hold from there on, or from a second later on.
        let (mut at, latest) = (told.start() - TimeDelta::minutes(minutes), told.start() + TimeDelta::minutes(minutes));
        let mut kinds = std::collections::BTreeSet::new();
        while at <= latest {
            for start in [at, at + TimeDelta::seconds(1)] {
                let mut one = case.clone();
                one.question.start_uncertainty = TimeDelta::zero();
                let Ok(outage) = Interval::new(start, told.end()) else { continue };
                if start <= latest {
                    (one.question.outage, one.question.as_of) = (outage, start);
                    kinds.insert(one.verdict().kind);
                }
            }
            let next = at + TimeDelta::minutes(5) - TimeDelta::seconds(at.timestamp().rem_euclid(300));
            at = if at < latest { next.min(latest) } else { next };
        }
        let kinds: Vec<Kind> = kinds.into_iter().collect();
        let too_many = verdict.why[0].contains("in more than");
        let expected = if kinds.len() > 1 { kinds.clone() } else { Vec::new() };
        prop_assert!(too_many || verdict.readings == expected, "{:?} {:?}", verdict.readings, kinds);
    }

    #[test]
    fn a_mailbox_read_a_year_late_gives_the_same_verdicts(case in a_case_with_standing()) {
        let mut late = case.clone();
        for revision in late.maintenances.iter_mut().flat_map(|maintenance| &mut maintenance.revisions) {
            revision.recorded_at += TimeDelta::days(365);
        }
        prop_assert_eq!(case.verdict(), late.verdict());
    }

    #[test]
    fn labels_are_those_of_the_definition(case in a_case()) {
        for segment in case.verdict().segments {
            let mut instant = segment.start;
            while instant < segment.end {
                prop_assert_eq!(segment.label, label_by_definition(&case, instant), "at {}", instant);
                instant += TimeDelta::minutes(10);
            }
        }
    }

    #[test]
    fn kind_answer_and_labels_agree(case in a_case()) {
        let verdict = case.verdict();
        let first = verdict.segments[0].label;
        let all = |labels: &[Label]| verdict.segments.iter().all(|segment| labels.contains(&segment.label));
        match verdict.kind {
            Kind::InWindow => prop_assert!(all(&[Label::Covered, Label::Grace])),
            Kind::ImpactExceeded => prop_assert!(all(&[Label::Covered, Label::CoveredImpactExceeded, Label::Grace])),
            Kind::Overrun | Kind::Partly => {
                prop_assert!(matches!(first, Label::Covered | Label::CoveredImpactExceeded));
            }
            Kind::AnnouncedTooLate => prop_assert!(matches!(first, Label::LateNotice | Label::Grace)),
            Kind::TentativeOnly => prop_assert!(matches!(first, Label::Tentative | Label::Grace)),
            Kind::CancelledWindow => prop_assert!(matches!(first, Label::Cancelled | Label::Grace)),
            Kind::EarlyStart => prop_assert!(verdict.offset_seconds.is_some_and(|offset| offset < 0)),
            Kind::AfterWindow => prop_assert!(verdict.offset_seconds.is_some_and(|offset| offset >= 0)),
            Kind::Ambiguous | Kind::Retroactive => prop_assert!(false, "nothing here has two readings or a later K"),
            Kind::WrongAsset | Kind::OutOfWindow | Kind::Unannounced | Kind::Unknown => {
                prop_assert!(matches!(first, Label::Outside | Label::Grace));
            }
        }
        prop_assert_eq!(verdict.answer == Answer::Yes, verdict.kind == Kind::InWindow);
        prop_assert_eq!(verdict.answer == Answer::Unknown, verdict.kind == Kind::Unknown);
        prop_assert_eq!(verdict.window.is_some(), verdict.notice.is_some());
    }

    #[test]
    fn a_notice_from_the_start_on_changes_nothing_as_of_the_start(
        case in a_case_with_standing(),
        mut late in prop::collection::vec(a_revision(), 1..3),
        delay in 0..30_i64,
    ) {
        let before = case.verdict();
        let mut more = case.clone();
        late.sort_by_key(|revision| revision.received.at);
        for (mut revision, minutes) in late.into_iter().zip(0..) {
            revision.received.at = case.question.outage.start() + TimeDelta::hours(delay) + TimeDelta::minutes(minutes);
            match more.maintenances.pop() {
                None => more = more.and(vec![revision]),
                Some(last) => {
                    revision.announcement.reference = last.identity.reference.clone();
                    revision.announcement.account = Some("B".into());
                    let mut revisions = last.revisions;
                    revisions.push(revision);
                    more.maintenances.push(maintenance(revisions));
                }
            }
        }
        prop_assert_eq!(essence(&before), essence(&more.verdict()));
    }

    #[test]
    fn the_order_of_what_is_known_does_not_matter(case in a_case_with_standing(), by in 0..4_usize, late in 0..30_i64) {
        let mut case = case;
        case.question.as_of += TimeDelta::hours(late);
        let asked = case.question.outage.start();
        let outage = || OutageId::new("o-1").expect("an id");
        let beside = |(id, minutes)| Beside { outage: outage(), asset: asset(id), start: asked + TimeDelta::minutes(minutes) };
        case.beside = [("dual", 3), ("server", 3), ("lone", 7)].map(beside).to_vec();
        case.statements = [Stance::Related, Stance::Unrelated, Stance::Unknown]
            .map(|stance| Statement {
                outage: outage(),
                who: "somebody".into(),
                said_at: asked,
                channel: "phone".into(),
                words: "words".into(),
                stance,
                recorded_at: asked,
            })
            .to_vec();
        let mut turned = case.clone();
        turned.maintenances.reverse();
        let by = by.min(turned.maintenances.len());
        turned.maintenances.rotate_left(by);
        turned.standing.reverse();
        turned.beside.reverse();
        turned.statements.rotate_left(1);
        prop_assert_eq!(case.verdict(), turned.verdict());
    }

    #[test]
    fn notices_read_in_another_order_lead_to_the_same_kind(case in a_case(), by in 0..4_usize) {
        let mut turned = case.clone();
        for known in &mut turned.maintenances {
            let mut revisions = known.revisions.clone();
            revisions.reverse();
            let by = by.min(revisions.len());
            revisions.rotate_left(by);
            *known = maintenance(revisions);
        }
        prop_assert_eq!(essence(&case.verdict()), essence(&turned.verdict()));
    }

    #[test]
    fn a_day_later_everything_is_a_day_later(case in a_case(), late in 0..30_i64) {
        let day = TimeDelta::days(1);
        let mut case = case;
        case.question.as_of += TimeDelta::hours(late);
        let mut shifted = case.clone();
        let moved = |interval: Interval| Interval::new(interval.start() + day, interval.end() + day).expect("a length");
        shifted.question.outage = moved(shifted.question.outage);
        shifted.question.as_of += day;
        for revision in shifted.maintenances.iter_mut().flat_map(|maintenance| &mut maintenance.revisions) {
            revision.received.at += day;
            let said = &mut revision.announcement;
            said.stamp = said.stamp.map(|at| at + day);
            said.actual_end = said.actual_end.map(|at| at + day);
            for window in &mut said.windows {
                window.interval = moved(window.interval);
            }
        }
        let (first, second) = (case.verdict(), shifted.verdict());
        let (kind, answer, segments) = essence(&first);
        let segments = segments.into_iter().map(|(start, end, label)| (start + day, end + day, label)).collect();
        prop_assert_eq!((kind, answer, segments), essence(&second));
        prop_assert_eq!((first.flags, first.offset_seconds), (second.flags, second.offset_seconds));
    }

    #[test]
    fn two_readings_of_a_window_are_judged_as_two_questions(case in a_case(), by in prop::sample::select(vec![-3_i64, 1, 5])) {
        let read_as = |read: &dyn Fn(&mut Window)| {
            let mut read_so = case.clone();
            let revisions = read_so.maintenances.iter_mut().take(1).flat_map(|maintenance| &mut maintenance.revisions);
            revisions.flat_map(|revision| &mut revision.announcement.windows).for_each(read);
            read_so
        };
        let revisions = case.maintenances.first().map(|maintenance| &maintenance.revisions);
        let mut windows = revisions.into_iter().flatten().flat_map(|revision| &revision.announcement.windows);
        let Some(words) = windows.next().map(|window| window.interval) else { return Ok(()) };
        let by = TimeDelta::hours(by);
        let other = Interval::new(words.start() + by, words.end() + by).expect("a length");
        let second = read_as(&|window| if window.interval == words { window.interval = other }).verdict();
        let both = read_as(&|window| if window.interval == words { window.others = vec![other] }).verdict();
        let first = case.verdict();
        let kind = if first.kind == second.kind { first.kind } else { Kind::Ambiguous };
        prop_assert_eq!(both.kind, kind);
        let label = |verdict: &Verdict, at: DateTime<Utc>| {
            verdict.segments.iter().find(|segment| segment.start <= at && at < segment.end).map(|segment| segment.label)
        };
        let mut at = case.question.outage.start();
        while at < case.question.outage.end() {
            let (one, two) = (label(&first, at), label(&second, at));
            prop_assert_eq!(label(&both, at), if one == two { one } else { Some(Label::Ambiguous) });
            at += TimeDelta::minutes(10);
        }
    }

    #[test]
    fn uncertain_times_never_lose_a_second(case in a_case_with_standing(), start in 0..20_i64, end in 0..20_i64) {
        let mut case = case;
        case.question.start_uncertainty = TimeDelta::minutes(start * 40);
        case.question.end_uncertainty = TimeDelta::minutes(end * 40);
        let verdict = case.verdict();
        let seconds: i64 = verdict.segments.iter().map(|segment| segment.seconds).sum();
        prop_assert_eq!(seconds, case.question.outage.length().num_seconds());
        let too_many = verdict.why[0].contains("in more than");
        prop_assert_eq!(verdict.kind == Kind::Ambiguous, verdict.readings.len() > 1 || too_many);
        let listed = verdict.evidence.iter().filter(|evidence| evidence.kind == "reading").count();
        prop_assert!(listed <= MAX_READINGS && (listed > 1) == (verdict.kind == Kind::Ambiguous));
    }
}
