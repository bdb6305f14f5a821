//! Random valid rules.

use chrono::NaiveDateTime;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A rule with its start, both as text.
#[derive(Debug, Clone)]
pub(super) struct Random {
    pub(super) dtstart: String,
    pub(super) rule: String,
}

fn list(name: &'static str, values: impl Strategy<Value = i32> + 'static) -> BoxedStrategy<String> {
    let some = prop::collection::btree_set(values, 1..4).prop_map(move |values| {
        let values: Vec<String> = values.iter().filter(|n| **n != 0).map(ToString::to_string).collect();
        if values.is_empty() { String::new() } else { format!(";{name}={}", values.join(",")) }
    });
    prop_oneof![3 => Just(String::new()), 2 => some].boxed()
}

/// BYHOUR and its like, where 0 is a value too.
fn clock(name: &'static str, most: i32) -> BoxedStrategy<String> {
    let some = prop::collection::btree_set(0..=most, 1..4).prop_map(move |values| {
        format!(";{name}={}", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    });
    prop_oneof![4 => Just(String::new()), 1 => some].boxed()
}

/// BYDAY with numbers where there are some to choose from.
fn weekdays(numbers: BoxedStrategy<i32>) -> BoxedStrategy<String> {
    let day = prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let some = prop::collection::vec((numbers, day), 1..4).prop_map(|days| {
        // Plain days and numbered ones are not mixed: that case has rows of its own.
        let plain = days[0].0 == 0;
        let days = days.iter().filter(|(n, _)| (*n == 0) == plain);
        let days: Vec<String> =
            days.map(|(n, day)| if *n == 0 { (*day).to_owned() } else { format!("{n}{day}") }).collect();
        format!(";BYDAY={}", days.join(","))
    });
    prop_oneof![1 => Just(String::new()), 1 => some].boxed()
}

fn dtstart() -> impl Strategy<Value = String> {
    (0i64..1_500_000_000).prop_map(|second| {
        let wall: NaiveDateTime = chrono::DateTime::from_timestamp(second, 0).expect("in range").naive_utc();
        wall.format("%Y%m%dT%H%M%S").to_string()
    })
}

/// A rule that RFC 5545 allows, of one of these frequencies, without COUNT and UNTIL.
pub(super) fn rule_of(frequencies: Vec<&'static str>) -> impl Strategy<Value = Random> {
    let parts = prop::sample::select(frequencies).prop_flat_map(|frequency| {
        let weeks = if frequency == "YEARLY" { list("BYWEEKNO", -53..=53) } else { Just(String::new()).boxed() };
        weeks.prop_flat_map(move |weeks| parts(frequency, weeks))
    });
    (dtstart(), parts).prop_map(|(dtstart, rule)| Random { dtstart, rule })
}

fn parts(frequency: &'static str, weeks: String) -> impl Strategy<Value = String> {
    let none = || Just(String::new()).boxed();
    let numbered = frequency == "MONTHLY" || (frequency == "YEARLY" && weeks.is_empty());
    let numbers = if numbered { prop_oneof![Just(0), -5..=5].boxed() } else { Just(0).boxed() };
    let days = if frequency == "WEEKLY" { none() } else { list("BYMONTHDAY", -31..=31) };
    let no_year_days = ["DAILY", "WEEKLY", "MONTHLY"].contains(&frequency);
    let year_days = if no_year_days { none() } else { list("BYYEARDAY", -366..=366) };
    let clock = (clock("BYHOUR", 23), clock("BYMINUTE", 59), clock("BYSECOND", 59)).prop_map(|(h, m, s)| h + &m + &s);
    let sets = (list("BYMONTH", 1..=12), days, year_days, weekdays(numbers), clock);
    let sets = sets.prop_map(move |(months, days, year_days, weekdays, clock)| {
        weeks.clone() + &months + &days + &year_days + &weekdays + &clock
    });
    (1u32..6, week_start(), sets, list("BYSETPOS", -4..=4)).prop_map(move |(interval, week_start, sets, positions)| {
        let positions = if sets.is_empty() { String::new() } else { positions };
        format!("FREQ={frequency};INTERVAL={interval}{week_start}{sets}{positions}")
    })
}

fn week_start() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => Just(";WKST=SU".to_owned()), 1 => Just(";WKST=WE".to_owned())]
}

/// Any rule that RFC 5545 allows, some with COUNT.
pub(super) fn rule() -> impl Strategy<Value = Random> {
    let all = vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"];
    (rule_of(all), prop_oneof![3 => Just(None), 1 => (1u32..40).prop_map(Some)]).prop_map(|(random, count)| match count
    {
        Some(count) => Random { rule: format!("{};COUNT={count}", random.rule), ..random },
        None => random,
    })
}

/// The number in an environment variable, or another where it is unset.
pub(super) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a whole number"))
}

/// So many random rules, always the same of one `INWINDOW_FUZZ_SEED`.
pub(super) fn random(rules: impl Strategy<Value = Random>, count: u64) -> Vec<Random> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("INWINDOW_FUZZ_SEED", 1).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(|_| rules.new_tree(&mut runner).expect("a rule").current()).collect()
}
