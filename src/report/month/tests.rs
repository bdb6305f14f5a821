//! Months of made outages, row by row.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::maintenance::Label;
use crate::outage::Observed;
use crate::time::Zones;
use crate::verdict::{ImpactSeen, SCHEMA, Segment};
use crate::written::SourceFile;

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().expect("an instant")
}

fn span(text: &str) -> Interval {
    let (start, end) = text.split_once(" to ").expect("two instants");
    Interval::new(at(start), at(end)).expect("a length")
}

fn asset(id: &str) -> AssetId {
    AssetId::new(id).expect("an id")
}

/// Two servers, each with a service; `both` needs one of them, `web` the first.
fn inventory() -> Inventory {
    let text = "vendor = [{ id = 'dc', zone = 'Europe/Amsterdam' }]\n\
        asset = [{ id = 'one', kind = 'server', vendor = 'dc' }, { id = 'two', kind = 'server', vendor = 'dc' },\n\
          { id = 'web', kind = 'service', needs = ['one'] },\n\
          { id = 'both', kind = 'service', any = [{ n = 1, of = ['one', 'two'] }] }]\n\
        customer = [{ id = 'acme', name = 'Acme', uses = ['web', 'both'] }, { id = 'bolt', uses = ['two'] }]\n";
    let files = [SourceFile { name: "a.toml".into(), text: text.into() }];
    Inventory::load(&files, &Zones::embedded()).expect("an inventory")
}

/// How a made outage was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// All of it is covered.
    Yes,
    /// None of it.
    No,
    /// It cannot be said, although all of it looks covered.
    Unknown,
    /// Readings differ about its second half.
    Ambiguous,
}

fn verdict(of: &str, outage: Interval, judged: Judged) -> Verdict {
    let segment = |span: Interval, label, excused| Segment {
        start: span.start(),
        end: span.end(),
        seconds: span.length().num_seconds(),
        label,
        excused,
    };
    let middle = outage.start() + outage.length() / 2;
    let halves = |label| {
        let half = |start, end| Interval::new(start, end).expect("a half");
        let first = segment(half(outage.start(), middle), Label::Covered, true);
        vec![first, segment(half(middle, outage.end()), label, false)]
    };
    let (answer, kind, segments) = match judged {
        Judged::Yes => (Answer::Yes, Kind::InWindow, vec![segment(outage, Label::Covered, true)]),
        Judged::No => (Answer::No, Kind::Unannounced, vec![segment(outage, Label::Outside, false)]),
        Judged::Unknown => (Answer::Unknown, Kind::Unknown, vec![segment(outage, Label::Covered, true)]),
        Judged::Ambiguous => (Answer::Unknown, Kind::Ambiguous, halves(Label::Ambiguous)),
    };
    Verdict {
        schema: SCHEMA.into(),
        asset: asset(of),
        answer,
        kind,
        flags: Vec::new(),
        outage,
        as_of: outage.start(),
        offset_seconds: None,
        segments,
        window: None,
        notice: None,
        impact: ImpactSeen { observed: Impact::Outage, stated: None, expected: None, path: Vec::new() },
        group: Vec::new(),
        evidence: Vec::new(),
        why: Vec::new(),
        readings: Vec::new(),
    }
}

fn outage(of: &str, interval: Interval, impact: Impact, judged: Judged) -> MonthOutageFacts {
    let assets = vec![asset(of)];
    let source = format!("{interval:?} {judged:?}");
    let outage = Outage {
        id: Outage::id_of(&assets, interval.start(), &source),
        assets,
        start: Observed::exactly(interval.start()),
        end: Some(Observed::exactly(interval.end())),
        impact,
        source,
        summary: None,
        recorded_at: interval.end(),
    };
    let verdicts = vec![verdict(of, interval, judged)];
    MonthOutageFacts { outage, interval, verdicts, overrides: Vec::new(), claims: Vec::new() }
}

fn month(outages: &[MonthOutageFacts], until: Option<&str>, scope: MonthScope) -> SlaMonth {
    let zone = Zones::embedded().get("Europe/Amsterdam").expect("a zone");
    let month = Month::parse("2017-03").expect("a month");
    let span = month.span(&zone);
    SlaMonth::new(MonthFacts {
        month,
        span,
        until: until.map_or(span.end(), at),
        scope,
        versions: &[(at("2017-01-01T00:00"), Arc::new(inventory()))],
        outages,
        clocks: Clocks { zone },
        rules: Zones::embedded().version(),
        limits: Vec::new(),
    })
}

fn every() -> MonthScope {
    MonthScope { every: true, ..MonthScope::default() }
}

/// Outages, and what becomes of an asset: `down excused unexcused ambiguous` in seconds.
#[track_caller]
fn check(outages: &[(&str, &str, Judged)], of: &str, expected: [i64; 4]) -> AssetMonth {
    let outages: Vec<_> =
        outages.iter().map(|(of, when, judged)| outage(of, span(when), Impact::Outage, *judged)).collect();
    let month = month(&outages, None, every());
    let told = month.customers.iter().flat_map(|customer| &customer.assets).chain(&month.assets);
    let told = told.into_iter().find(|told| told.asset.as_str() == of).expect("it is told of").clone();
    let MonthSeconds { down, excused, unexcused, ambiguous, degraded } = told.seconds;
    assert_eq!([down, excused, unexcused, ambiguous], expected);
    assert_eq!(degraded, 0);
    told
}

#[test]
fn seconds_are_those_of_the_month_alone() {
    // March 2017 in Amsterdam: from 28 February 23:00Z to 31 March 22:00Z, 31 days less an hour.
    check(&[("one", "2017-02-28T22:00 to 2017-02-28T23:30", Judged::No)], "one", [1_800, 0, 1_800, 0]);
    check(&[("one", "2017-03-31T21:59 to 2017-04-30T00:00", Judged::Yes)], "one", [60, 60, 0, 0]);
    let all =
        check(&[("one", "2017-01-01T00:00 to 2017-05-01T00:00", Judged::No)], "one", [2_674_800, 0, 2_674_800, 0]);
    assert_eq!(all.availability.all.to_string(), "0 %");
    check(&[("one", "2017-02-28T22:00 to 2017-02-28T23:00", Judged::No)], "web", [0; 4]);
    check(&[("one", "2017-03-31T22:00 to 2017-03-31T23:00", Judged::No)], "web", [0; 4]);
}

#[test]
fn what_hangs_on_an_asset_is_down_with_it() {
    let hour = "2017-03-10T10:00 to 2017-03-10T11:00";
    check(&[("one", hour, Judged::No)], "web", [3_600, 0, 3_600, 0]);
    check(&[("one", hour, Judged::No)], "both", [0; 4]);
    // Each leaves it one of two; together they leave it none.
    let other = "2017-03-10T10:30 to 2017-03-10T12:00";
    let both = check(&[("one", hour, Judged::Yes), ("two", other, Judged::No)], "both", [1_800, 0, 1_800, 0]);
    assert_eq!(both.outages.len(), 2);
    check(&[("one", hour, Judged::Yes), ("two", other, Judged::Yes)], "both", [1_800, 1_800, 0, 0]);
}

#[test]
fn overlapping_outages_count_once_and_the_stricter_verdict_holds() {
    let (first, second) = ("2017-03-10T10:00 to 2017-03-10T11:00", "2017-03-10T10:30 to 2017-03-10T12:00");
    let told = check(&[("one", first, Judged::Yes), ("one", second, Judged::No)], "one", [7_200, 1_800, 5_400, 0]);
    assert_eq!((told.outages.len(), told.longest_seconds), (2, 7_200));
    check(&[("one", first, Judged::Yes), ("one", first, Judged::Unknown)], "one", [3_600, 0, 0, 3_600]);
    check(&[("one", first, Judged::No), ("one", first, Judged::Unknown)], "one", [3_600, 0, 3_600, 0]);
}

#[test]
fn what_cannot_be_said_is_never_excused() {
    let hour = "2017-03-10T10:00 to 2017-03-10T11:00";
    let told = check(&[("one", hour, Judged::Unknown)], "one", [3_600, 0, 0, 3_600]);
    assert_eq!(told.availability.without_excused, told.availability.all);
    assert_eq!(told.availability.if_ambiguous_excused.to_string(), "100 %");
    check(&[("one", hour, Judged::Ambiguous)], "one", [3_600, 1_800, 0, 1_800]);
    let mut unjudged = outage("one", span(hour), Impact::Outage, Judged::Yes);
    unjudged.verdicts.clear();
    assert_eq!(month(&[unjudged], None, every()).assets[0].seconds.ambiguous, 3_600);
}

#[test]
fn degraded_time_is_told_apart_and_lost_redundancy_is_none() {
    let hour = span("2017-03-10T10:00 to 2017-03-10T11:00");
    let told = month(&[outage("one", hour, Impact::Degraded, Judged::No)], None, every());
    let one = told.assets.iter().find(|asset| asset.asset.as_str() == "one").expect("told");
    assert_eq!((one.seconds.down, one.seconds.degraded), (0, 3_600));
    assert_eq!(one.availability.all.to_string(), "100 %");
    let told = month(&[outage("one", hour, Impact::ReducedRedundancy, Judged::No)], None, every());
    assert!(told.assets.is_empty() && told.outages.is_empty());
}

#[test]
fn a_month_that_runs_is_told_up_to_now() {
    let outages = [outage("one", span("2017-03-10T10:00 to 2017-03-10T12:00"), Impact::Outage, Judged::No)];
    let told = month(&outages, Some("2017-03-10T11:00"), every());
    assert!(!told.is_over);
    assert_eq!(told.assets[0].seconds.down, 3_600);
    assert_eq!(told.seconds, 2_674_800, "availability is a share of the whole month all the same");
}

#[test]
fn a_scope_leaves_out_what_is_not_asked_for() {
    let hour = span("2017-03-10T10:00 to 2017-03-10T11:00");
    let outages = [outage("one", hour, Impact::Outage, Judged::No), outage("two", hour, Impact::Outage, Judged::No)];
    let acme = MonthScope { customer: CustomerId::new("acme").ok(), ..MonthScope::default() };
    let told = month(&outages, None, acme);
    let assets: Vec<_> = told.customers[0].assets.iter().map(|asset| asset.asset.as_str()).collect();
    assert_eq!((told.customers.len(), assets), (1, vec!["both", "web"]));
    let two = MonthScope { asset: Some(asset("two")), ..MonthScope::default() };
    let told = month(&outages, None, two);
    assert_eq!(told.assets.len(), 1);
    assert_eq!(told.outages.iter().map(|outage| outage.assets[0].as_str()).collect::<Vec<_>>(), ["two"]);
    let hit = month(&outages[1..], None, MonthScope::default());
    let bolt =
        hit.customers.iter().map(|c| (c.customer.as_str(), c.assets.len(), c.up_all_the_time)).collect::<Vec<_>>();
    assert_eq!(bolt, [("bolt", 1, 0)]);
    let vendor = VendorId::new("nobody").ok();
    assert!(month(&outages, None, MonthScope { vendor, ..every() }).assets.is_empty());
}

fn an_outage() -> impl Strategy<Value = MonthOutageFacts> {
    let judged = prop::sample::select(vec![Judged::Yes, Judged::No, Judged::Unknown, Judged::Ambiguous]);
    let of = prop::sample::select(vec!["one", "two", "web"]);
    (of, -30..760_i64, 1..40_i64, judged).prop_map(|(of, hour, hours, judged)| {
        let start = at("2017-03-01T00:00") + chrono::TimeDelta::hours(hour);
        let interval = Interval::new(start, start + chrono::TimeDelta::hours(hours)).expect("a length");
        outage(of, interval, Impact::Outage, judged)
    })
}

proptest! {
    #[test]
    fn every_second_down_counts_once(outages in prop::collection::vec(an_outage(), 0..6)) {
        let told = month(&outages, None, every());
        for asset in &told.assets {
            let MonthSeconds { down, excused, unexcused, ambiguous, .. } = asset.seconds;
            prop_assert_eq!(excused + unexcused + ambiguous, down);
            prop_assert!(down <= told.seconds && asset.longest_seconds <= down);
            prop_assert!(asset.availability.all <= asset.availability.without_excused);
            prop_assert!(asset.availability.without_excused <= asset.availability.if_ambiguous_excused);
        }
        // Asked hour by hour: an asset is down while any outage of it, or of all that it needs, is open.
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a zone");
        let span = Month::parse("2017-03").expect("a month").span(&zone);
        for (of, alone, all_of) in [("one", vec!["one"], vec![]), ("web", vec!["web", "one"], vec![]), ("both", vec![], vec!["one", "two"])] {
            let open = |of: &str, hour| outages.iter().any(|o| o.outage.assets[0].as_str() == of && o.interval.contains(hour));
            let hours = (0..span.length().num_hours()).filter(|hour| {
                let hour = span.start() + chrono::TimeDelta::hours(*hour);
                alone.iter().any(|of| open(of, hour)) || !all_of.is_empty() && all_of.iter().all(|of| open(of, hour))
            });
            let told = told.assets.iter().find(|asset| asset.asset.as_str() == of).map_or(0, |asset| asset.seconds.down);
            prop_assert_eq!(told, i64::try_from(hours.count()).expect("few") * 3_600, "{}", of);
        }
    }

    #[test]
    fn the_order_of_outages_does_not_matter(outages in prop::collection::vec(an_outage(), 0..6), by in 0..6_usize) {
        let mut turned = outages.clone();
        turned.rotate_left(by % outages.len().max(1));
        prop_assert_eq!(month(&outages, None, every()).assets, month(&turned, None, every()).assets);
    }
}
