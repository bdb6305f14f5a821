//! What expansion and lookups cost: `cargo bench --bench windows`. Beside other programs: `--bench beside`.

use chrono::{DateTime, TimeDelta, Utc};
use divan::Bencher;
use divan::counter::ItemsCount;
use inwindow::time::{Interval, Zones};
use inwindow::window::recurrence::GapPolicy;
use inwindow::window::{Schedule, WindowSet};

mod rules;

use rules::{RULES, decade, of_crate, plain_loop, recurrence, utc, zone};

fn main() {
    divan::main();
}

fn named(name: &str) -> (&'static str, &'static str) {
    RULES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, dtstart, rule)| (*dtstart, *rule))
        .expect("a rule of the list")
}

const NAMES: [&str; 5] = [RULES[0].0, RULES[1].0, RULES[2].0, RULES[3].0, RULES[4].0];

#[divan::bench(args = NAMES)]
fn ten_years_ours(bencher: Bencher<'_, '_>, name: &str) {
    let (dtstart, rule) = named(name);
    let recurrence = recurrence(dtstart, rule);
    let span = decade();
    let count = recurrence.starts(span.clone()).starts.len();
    bencher.counter(ItemsCount::new(count)).bench(|| recurrence.starts(span.clone()));
}

#[divan::bench(args = NAMES)]
fn ten_years_rrule_crate(bencher: Bencher<'_, '_>, name: &str) {
    let (dtstart, rule) = named(name);
    let (set, end) = (of_crate(dtstart, rule), decade().end);
    let count = set.into_iter().take_while(|at| *at < end).count();
    bencher.counter(ItemsCount::new(count)).bench(|| set.into_iter().take_while(|at| *at < end).count());
}

#[divan::bench(args = NAMES)]
fn ten_years_plain_loop(bencher: Bencher<'_, '_>, name: &str) {
    let zone = zone();
    bencher.counter(ItemsCount::new(plain_loop(name, &zone))).bench(|| plain_loop(name, &zone));
}

/// A weekly window 30 years old.
fn old() -> Schedule {
    let text = "DTSTART;TZID=Europe/Amsterdam:19961126T220000\nDURATION:PT4H\nRRULE:FREQ=WEEKLY";
    Schedule::parse(text, &Zones::embedded(), GapPolicy::Shift, None).expect("a schedule")
}

#[divan::bench]
fn in_window_now_cold(bencher: Bencher<'_, '_>) {
    let (schedule, now) = (old(), utc("2026-11-24T22:30:00Z"));
    assert_eq!(schedule.at(now).occurrences.len(), 1);
    bencher.bench(|| schedule.at(divan::black_box(now)));
}

#[divan::bench]
fn in_window_now_materialised(bencher: Bencher<'_, '_>) {
    let (schedule, now) = (old(), utc("2026-11-24T22:30:00Z"));
    let all = Interval::new(utc("1996-01-01T00:00:00Z"), utc("2028-01-01T00:00:00Z")).expect("a span");
    let set: WindowSet = schedule.overlapping(&all).occurrences.iter().map(|o| o.interval).collect();
    assert!(set.contains(now));
    bencher.bench(|| set.contains(divan::black_box(now)));
}

/// What must end in under 50 ms: reading, and a year of it.
const HOSTILE: [&str; 9] = [
    "FREQ=SECONDLY",
    "FREQ=SECONDLY;COUNT=4294967295",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
    "FREQ=SECONDLY;INTERVAL=86399;BYHOUR=0;BYMINUTE=0;BYSECOND=0;BYDAY=MO;COUNT=4294967295",
    "FREQ=DAILY;INTERVAL=4294967295",
    "FREQ=DAILY;COUNT=4294967295",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
    "FREQ=WEEKLY;BYDAY=€",
    "a megabyte",
];

#[divan::bench(args = HOSTILE, sample_count = 10)]
fn hostile(bencher: Bencher<'_, '_>, rule: &str) {
    let text = if rule == "a megabyte" { "FREQ=DAILY;".repeat(100_000) } else { rule.to_owned() };
    let exdates: Vec<String> = (0..10_000).map(|n| format!("{}0101T000000", 1000 + n % 8000)).collect();
    let text = format!(
        "DTSTART;TZID=Europe/Amsterdam:20240101T000000\nDURATION:PT1H\nRRULE:{text}\nEXDATE:{}",
        exdates.join(",")
    );
    let year = Interval::new(utc("2025-01-01T00:00:00Z"), utc("2026-01-01T00:00:00Z")).expect("a span");
    bencher.bench(|| {
        Schedule::parse(&text, &Zones::embedded(), GapPolicy::Shift, None)
            .map(|schedule| schedule.overlapping(&year).gave_up)
    });
}

/// An endless second by itself, which a schedule refuses: cut at the most starts.
#[divan::bench(args = ["FREQ=SECONDLY", "FREQ=SECONDLY;BYMINUTE=7"], sample_count = 10)]
fn hostile_recurrence(bencher: Bencher<'_, '_>, rule: &str) {
    bencher
        .bench(|| recurrence("20240101T000000", rule).starts(utc("2025-01-01T00:00:00Z")..utc("2026-01-01T00:00:00Z")));
}

const MILLION: i64 = 1_000_000;

/// A million windows of an hour to a month, half an hour apart.
fn million() -> WindowSet {
    let epoch = utc("1990-01-01T00:00:00Z");
    let window = |n: i64| {
        let start = epoch + TimeDelta::minutes(30 * n);
        let hours = if n % 1000 == 0 { 720 } else { 1 + n % 3 };
        Interval::new(start, start + TimeDelta::hours(hours)).expect("a window")
    };
    (0..MILLION).filter(|n| n % 5 != 3).map(window).collect()
}

/// Instants spread over the windows, in no order.
fn scattered(count: i64) -> Vec<DateTime<Utc>> {
    let epoch = utc("1990-01-01T00:00:00Z");
    (0..count).map(|n| epoch + TimeDelta::seconds(n * 7_919_777_777 % (MILLION * 1800))).collect()
}

#[divan::bench]
fn lookup_in_a_million(bencher: Bencher<'_, '_>) {
    let (set, instants) = (million(), scattered(100_000));
    bencher.counter(ItemsCount::new(instants.len())).bench(|| instants.iter().filter(|at| set.contains(**at)).count());
}

#[divan::bench(sample_count = 10)]
fn sweep_ten_million_over_a_million(bencher: Bencher<'_, '_>) {
    let (set, mut instants) = (million(), scattered(10 * MILLION));
    instants.sort_unstable();
    bencher
        .counter(ItemsCount::new(instants.len()))
        .bench(|| set.sweep(instants.iter().copied()).filter(|held| *held).count());
}
