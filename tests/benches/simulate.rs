//! A year of an operator, simulated: `cargo bench --bench simulate`.
//!
//! By default one percent of a large operator: 2 vendors, 1,000 notices, 200 customers, some 20,000 mails. In the
//! environment, `INWINDOW_SIM_PERCENT` sets another share, and `INWINDOW_SIM_VENDORS`, `_CUSTOMERS`, `_NOTICES`, `_DAYS`,
//! `_TICK` (minutes), `_PLAN_CHECK` (ticks) and `_REPLICAS` single measures. `INWINDOW_SIM_STORE` names an empty database of
//! PostgreSQL, where the store is not to be a file. It ends with status 1 when a promise was broken.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]
#![allow(unreachable_pub, reason = "a binary has no outside")]

#[path = "simulate/mod.rs"]
mod simulate;

use simulate::Scale;

fn main() -> std::process::ExitCode {
    let scale = Scale::of_environment(Scale::percent(1));
    println!("{scale:?}");
    let report = simulate::run(&scale, &mut |line| println!("{line}"));
    print!("{}", report.text());
    if report.broken.is_empty() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
