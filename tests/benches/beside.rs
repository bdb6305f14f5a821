//! Occurrences of ten years beside other programs in one run: `cargo bench --bench beside`.
//!
//! Ours, the plain loop, the `rrule` crate and calcard give instants in Europe/Amsterdam; python-dateutil and libical
//! (compiled here against libical-dev) only wall clocks, which is less work. `INWINDOW_PYTHON` names the
//! python.

#![allow(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use calcard::icalendar::ICalendar;

mod rules;

use rules::{RULES, decade, of_crate, plain_loop, recurrence, zone};

const ROUNDS: usize = 31;

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed(work: impl FnOnce() -> usize) -> (Duration, usize) {
    let begun = std::time::Instant::now();
    let count = divan::black_box(work());
    (begun.elapsed(), count)
}

/// Nanoseconds an occurrence: the best of the rounds, each of as many runs as make it long enough to measure.
fn each(mut work: impl FnMut() -> usize) -> f64 {
    let (once, count) = timed(&mut work);
    let runs = (Duration::from_millis(2).as_nanos() / once.as_nanos().max(1)).clamp(1, 10_000);
    let runs = usize::try_from(runs).expect("at most 10,000");
    let best = (0..ROUNDS).map(|_| timed(|| (0..runs).map(|_| work()).sum()).0).min().expect("some rounds");
    best.as_secs_f64() * 1e9 / f64::from(u32::try_from(runs * count.max(1)).expect("a small number"))
}

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/benches")
}

/// The numbers that another program prints, one for each rule.
fn asked(mut program: Command, counts: &[usize]) -> Vec<f64> {
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    for ((_, dtstart, rule), count) in RULES.iter().zip(counts) {
        writeln!(stdin, "{rule} {dtstart} {count}").expect("it reads");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "python-dateutil or libical is missing");
    let text = String::from_utf8(output.stdout).expect("numbers");
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

fn libical() -> Command {
    let program = std::env::temp_dir().join(format!("inwindow-libical-{}", std::process::id()));
    let built = Command::new("cc")
        .args(["-O2", "-o"])
        .arg(&program)
        .arg(folder().join("speed_libical.c"))
        .arg("-lical")
        .status();
    assert!(built.is_ok_and(|status| status.success()), "this needs cc and libical-dev");
    Command::new(program)
}

fn dateutil() -> Command {
    let mut python = Command::new(std::env::var("INWINDOW_PYTHON").unwrap_or_else(|_| "python3".into()));
    python.arg(folder().join("speed_dateutil.py"));
    python
}

fn calcard(dtstart: &str, rule: &str, count: usize) -> impl FnMut() -> usize {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Europe/Amsterdam:{dtstart}\r\nDURATION:PT1H\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let calendar = ICalendar::parse(&text).expect("calcard reads it");
    move || calendar.expand_dates(chrono::Utc, count).events.len()
}

fn main() {
    let zone = zone();
    let ours: Vec<_> = RULES.iter().map(|(_, dtstart, rule)| recurrence(dtstart, rule)).collect();
    // Reading the two instants of the span is no part of the work: of a yearly rule it would be a tenth.
    let span = decade();
    let counts: Vec<usize> = ours.iter().map(|recurrence| recurrence.starts(span.clone()).starts.len()).collect();
    let (python, c) = (asked(dateutil(), &counts), asked(libical(), &counts));
    println!("nanoseconds an occurrence, ten years (how many times ours)");
    println!(
        "{:20} {:>5} {:>7} {:>16} {:>16} {:>16} {:>16} {:>18}",
        "rule", "n", "ours", "plain loop", "rrule", "calcard", "libical", "dateutil"
    );
    for (n, (name, dtstart, rule)) in RULES.iter().enumerate() {
        let set = of_crate(dtstart, rule);
        let mine = each(|| ours[n].starts(span.clone()).starts.len());
        let others = [
            each(|| plain_loop(name, &zone)),
            each(|| set.into_iter().take(counts[n]).count()),
            each(calcard(dtstart, rule, counts[n])),
            c[n],
            python[n],
        ];
        let others: Vec<String> = others.iter().map(|other| format!("{other:.0} ({:.2})", other / mine)).collect();
        println!(
            "{name:20} {:>5} {mine:>7.0} {:>16} {:>16} {:>16} {:>16} {:>18}",
            counts[n], others[0], others[1], others[2], others[3], others[4]
        );
    }
}
