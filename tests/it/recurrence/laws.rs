//! Laws of expansion on random rules.

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::window::recurrence::{GapPolicy, Recurrence, Start, Starts};
use proptest::prelude::*;

use super::random::{Random, rule};
use super::zones::recurrence;

/// Zones with changes of an hour, half an hour, at midnight, of a day, of a negative summer; one without; and none.
const ZONES: [&str; 8] = [
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
    "Europe/Dublin",
    "Asia/Tokyo",
    "",
];

fn made(random: &Random, zone: &str) -> Recurrence {
    recurrence(&random.dtstart, zone, &format!("RRULE:{}", random.rule), GapPolicy::Shift)
}

/// A span within the first years of a rule; short, so that rules of seconds stay within their limits.
fn span(random: &Random, after: i64, length: i64) -> (DateTime<Utc>, DateTime<Utc>) {
    let wall = chrono::NaiveDateTime::parse_from_str(&random.dtstart, "%Y%m%dT%H%M%S").expect("a random start");
    let unit = match random.rule.split(';').next().expect("a rule has a first part") {
        "FREQ=SECONDLY" => 20,
        "FREQ=MINUTELY" => 600,
        "FREQ=HOURLY" => 20_000,
        _ => 3_000_000,
    };
    let from = wall.and_utc() + TimeDelta::seconds(after * unit);
    (from, from + TimeDelta::seconds(length * unit))
}

fn whole(starts: Starts) -> Result<Vec<Start>, TestCaseError> {
    prop_assume!(starts.gave_up.is_none());
    Ok(starts.starts)
}

/// 64 cases each, since each expands whole years; `PROPTEST_CASES` sets another number.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if asked { config.cases } else { 64 };
    ProptestConfig { cases, max_global_rejects: cases.max(1024), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_split_span_expands_to_the_whole(
        random in rule(), zone in prop::sample::select(ZONES.to_vec()), after in -20i64..200, length in 1i64..120, percent in 0i32..100,
    ) {
        let recurrence = made(&random, zone);
        let (from, to) = span(&random, after, length);
        let middle = from + (to - from) * percent / 100;
        let mut parts = whole(recurrence.starts(from..middle))?;
        parts.extend(whole(recurrence.starts(middle..to))?);
        prop_assert_eq!(parts, whole(recurrence.starts(from..to))?);
    }

    #[test]
    fn instants_increase_and_lie_in_the_span(
        random in rule(), zone in prop::sample::select(ZONES.to_vec()), after in -20i64..200, length in 1i64..120,
    ) {
        let (from, to) = span(&random, after, length);
        let starts = whole(made(&random, zone).starts(from..to))?;
        prop_assert!(starts.windows(2).all(|pair| pair[0].at < pair[1].at));
        prop_assert!(starts.iter().all(|start| (from..to).contains(&start.at)));
    }

    #[test]
    fn skipping_ahead_is_counting_from_the_start(
        random in rule(), zone in prop::sample::select(ZONES.to_vec()), after in 0i64..200, length in 1i64..40,
    ) {
        let recurrence = made(&random, zone);
        let (from, to) = span(&random, after, length);
        // From DTSTART on, nothing is skipped.
        let all = whole(recurrence.starts(span(&random, -20, 1).0..to))?;
        let expected: Vec<Start> = all.into_iter().filter(|start| start.at >= from).collect();
        prop_assert_eq!(whole(recurrence.starts(from..to))?, expected);
    }

    #[test]
    fn the_next_starts_are_the_first_of_the_span(
        random in rule(), zone in prop::sample::select(ZONES.to_vec()), after in -20i64..200, most in 1usize..30,
    ) {
        let recurrence = made(&random, zone);
        let (from, to) = span(&random, after, 100);
        let next = recurrence.next(from, most);
        let in_span = whole(recurrence.starts(from..to))?;
        let expected: Vec<Start> = in_span.into_iter().take(most).collect();
        let got: Vec<Start> = next.starts.into_iter().filter(|start| start.at < to).collect();
        prop_assert_eq!(got, expected);
    }
}
