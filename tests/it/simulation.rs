//! A small operator for two months: `cargo bench --bench simulate` does the same for large ones.

#[path = "../benches/simulate/mod.rs"]
mod simulate;

use simulate::Scale;

#[test]
fn every_promise_of_two_months_is_kept_or_has_its_reason() {
    let small = Scale { vendors: 3, customers: 40, notices: 60, days: 60, plan_check: 25, ..Scale::percent(1) };
    let scale = Scale::of_environment(small);
    let report = simulate::run(&scale, &mut |line| println!("{line}"));
    println!("{scale:?}\n{}", report.text());
    assert!(report.broken.is_empty(), "{}", report.text());
    assert!(report.kept.promised > 400 && report.kept.arrived * 10 > report.kept.promised * 9, "{}", report.text());
    assert!(report.counts.repeated > 0 && report.counts.relay_away > 0, "{}", report.text());
}
