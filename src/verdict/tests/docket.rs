//! A docket answers as the judge does, or leaves the answer to it.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::laws::{a_case, a_case_with_standing};
use super::*;
use crate::time::Interval;

/// The short verdicts of a docket on outages of this case's world as of `now`, each beside the judge's.
fn both(case: &Case, asked: &[(AssetId, Interval, Impact)], now: DateTime<Utc>) -> Vec<(Option<String>, String)> {
    let World { zones, inventory } = &*WORLD;
    let terms_of = |vendor: &Vendor| (vendor.id.clone(), Terms::of(&vendor.terms, &case.published));
    let terms = inventory.vendors.values().map(terms_of).collect();
    let near = |beside: &Beside| Interval::second_at(beside.start).widened(CLOSE_IN_TIME);
    let recorded: Vec<Interval> = case.beside.iter().map(near).collect();
    let mut docket = Docket::new(DocketKnown {
        inventory,
        terms: &terms,
        standing: &case.standing,
        coverage: &case.coverage,
        review: &case.review,
        recorded: &recorded,
        zones,
        now,
    });
    let mut maintenances = case.maintenances.clone();
    maintenances.sort_by(|a, b| a.id.cmp(&b.id));
    for maintenance in &maintenances {
        docket.add(maintenance);
    }
    docket.seal();
    let mut desk = Desk::default();
    let mut answers = Vec::new();
    for (asset, outage, observed) in asked {
        let number = docket.asset(asset).expect("an asset of the inventory");
        let brief = docket.judge(number, *outage, *observed, &mut desk).map(|brief| format!("{brief:?}"));
        let mut one = case.clone();
        let state = if outage.start() > now { OutageState::Ahead } else { OutageState::Ended };
        let official = Question::official(asset.clone(), *outage, *observed);
        one.question = Question { as_of: outage.start().min(now), state, ..official };
        answers.push((brief, format!("{:?}", Brief::of(&one.verdict()))));
    }
    answers
}

fn asked() -> impl Strategy<Value = Vec<(AssetId, Interval, Impact)>> {
    let assets = prop::sample::select(vec!["server", "dual", "corded", "feed", "other", "lone", "orphan", "site"]);
    let observed = prop::sample::select(Impact::ALL.to_vec());
    // Half of them on the full hour, where everything begins and ends.
    let seconds = prop_oneof![Just(0_i64), -3700..3700_i64];
    let one = (assets, -300..300_i64, seconds, 1..40_000_i64, observed);
    prop::collection::vec(one, 1..12).prop_map(|asked| {
        let outage = |hours: i64, seconds: i64, length: i64| {
            let start = utc("2020-01-10")
                + chrono::TimeDelta::seconds(
                    hours.rem_euclid(60) * 3600 * (1 + hours.abs() / 250 * 5) + seconds - 86_400,
                );
            Interval::new(start, start + chrono::TimeDelta::seconds(length)).expect("a length")
        };
        asked
            .into_iter()
            .map(|(id, hours, more, length, observed)| (asset(id), outage(hours, more, length), observed))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_docket_answers_as_the_judge_does(case in a_case(), asked in asked(), now in prop::option::weighted(0.3, -40..60_i64), waiting in prop::option::weighted(0.2, -40..40_i64), read in prop::option::weighted(0.2, -40..40_i64)) {
        let mut case = case;
        let hour = |hours| utc("2020-01-10") + chrono::TimeDelta::hours(hours);
        case.review = waiting.map(|at| ReviewItem {
            notice: NoticeId::new("n-waiting").expect("an id"),
            received_at: hour(at),
            vendor: Some(VendorId::new("vendor").expect("an id")),
            reasons: Vec::new(),
            state: ReviewState::Open,
            settled: None,
        }).into_iter().collect();
        if let Some(until) = read {
            case.coverage[0].complete_until = hour(until);
        }
        let now = now.map_or(DateTime::<Utc>::MAX_UTC, hour);
        for ((brief, judged), asked) in both(&case, &asked, now).into_iter().zip(&asked) {
            if let Some(brief) = brief {
                prop_assert_eq!(brief, judged, "{:?}", asked);
            }
        }
    }

    #[test]
    fn it_leaves_to_the_judge_what_it_cannot_tell(case in a_case_with_standing(), asked in asked(), other in 1..5_i64) {
        let mut case = case;
        case.beside = vec![Beside { outage: OutageId::new("o-1").expect("an id"), asset: asset("dual"), start: utc("2020-01-10T05:00") }];
        if let Some(window) = case.maintenances.iter_mut().flat_map(|m| &mut m.revisions).flat_map(|r| &mut r.announcement.windows).next() {
            let by = chrono::TimeDelta::hours(other);
            let moved = Interval::new(window.interval.start() + by, window.interval.end() + by).expect("a length");
            window.others = vec![moved];
        }
        for ((brief, judged), asked) in both(&case, &asked, DateTime::<Utc>::MAX_UTC).into_iter().zip(&asked) {
            if let Some(brief) = brief {
                prop_assert_eq!(brief, judged, "{:?}", asked);
            }
        }
    }
}

#[test]
fn a_settled_world_needs_no_judge() {
    let mut reserve = announced();
    reserve.announcement.windows.push(window(2, "2020-01-11T00:00", "2020-01-11T04:00"));
    let case = case(vec![reserve, status("2020-01-10T02:00", Status::Completed)], "2020-01-10", "2020-01-11");
    let hour = |hours| utc("2020-01-09") + chrono::TimeDelta::hours(hours);
    let asked: Vec<_> = (0..72)
        .flat_map(|start| ["server", "dual", "published"].map(|id| (id, start)))
        .map(|(id, start)| (asset(id), Interval::new(hour(start), hour(start + 2)).expect("a span"), Impact::Outage))
        .collect();
    for (brief, judged) in both(&case, &asked, DateTime::<Utc>::MAX_UTC) {
        assert_eq!(brief.expect("nothing here is hard"), judged);
    }
}
