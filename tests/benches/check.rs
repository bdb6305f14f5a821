//! One check as a process, and a batch as text, on a store of 1 million windows and 100,000 assets.
//!
//! `cargo bench --bench check -- --make DIR [PERCENT]` makes such a data folder (or 10 % or 1 % of it: windows, assets and
//! customers), `-- --rows N PERCENT csv|ndjson` writes so many outages for it to the standard output, as NDJSON or CSV, half of
//! them near a window of their asset's hall, and `-- --measure DIR [PERCENT]` runs checks of a feed, a circuit, a PDU, a
//! server and a service by `inwindow`, each 40 times after one that is told apart, and prints wall and processor time. What
//! `hyperfine -N` says of one of them is the same, with more of the machine in it.
//!
//! Windows are spread over three years: 78 in a hundred are the datacentres' (a hundred of them, on feeds, panels and PDUs),
//! 20 the carriers' (twenty, on circuits), 2 the user's own on servers. A server needs eight vendors and more, so that some
//! two thousand windows lie near one.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]

mod estate {
    pub(crate) mod made;
}

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use estate::made;
use inwindow::app::{App, Settings, Surroundings};
use inwindow::maintenance::Maintenance;
use inwindow::names::MaintenanceId;
use inwindow::notice::{Coverage, CoverageKind};
use inwindow::store::{Changes, NewNotice};

/// Windows of a hall of a thousand assets.
const WINDOWS: usize = 10_000;
const DAYS: usize = 3 * 365;
/// Windows stored in one unit of work.
const TOGETHER: usize = 25_000;
/// Runs of each check.
const RUNS: u32 = 40;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let percent = |place: usize| args.get(place).and_then(|text| text.parse().ok()).unwrap_or(100);
    match args.first().copied() {
        Some("--make") => make(Path::new(args[1]), percent(2)),
        Some("--rows") => {
            rows(args[1].parse().expect("a number of rows"), percent(2), args.get(3).copied().unwrap_or("ndjson"));
        }
        Some("--measure") => measure(Path::new(args[1])),
        _ => {
            let folder = tempfile::tempdir().expect("a folder");
            for percent in [1, 10] {
                let data = folder.path().join(percent.to_string());
                make(&data, percent);
                measure(&data);
            }
            println!("the full size: --make DIR, then --measure DIR");
        }
    }
}

fn begin() -> DateTime<Utc> {
    "2024-01-01T00:00:00Z".parse().expect("an instant")
}

/// The windows of all halls as their notices come, those of each hall counted in that order.
fn as_they_come(halls: usize) -> Vec<made::Announced> {
    let mut windows: Vec<_> =
        (0..halls).flat_map(|hall| made::windows(hall, (WINDOWS, DAYS), made::object_of_others, begin())).collect();
    windows.sort_by_key(|window| window.received);
    let mut counts = vec![0; halls];
    for window in &mut windows {
        let count = &mut counts[window.hall];
        window.number = *count;
        *count += 1;
    }
    windows
}

/// With an id that rises as the notices come: drawn from digests, each of a million goes to a page of its own in the indexes of
/// them, to write which is most of the time that a store of this size takes to make.
fn named(place: usize, (notice, maintenance): (NewNotice, Maintenance)) -> (NewNotice, Maintenance) {
    let id = MaintenanceId::new(format!("m-{place:012}")).expect("an id");
    (notice, Maintenance { id, ..maintenance })
}

fn make(data: &Path, halls: usize) {
    let files = tempfile::tempdir().expect("a folder");
    for (name, text) in made::inventory(halls) {
        fs::write(files.path().join(name), text).expect("written");
    }
    let settings = Settings::load(data, Surroundings::default()).expect("settings");
    let mut app = App::create(settings, [7; 32], begin()).expect("a new store");
    let inventory = app.settings.load_inventory(files.path()).expect("the made-up inventory is right");
    app.apply(&inventory, begin() - TimeDelta::days(60)).expect("applied");
    let rules = app.settings.zones.version().clone();
    let read = begin() + TimeDelta::days(i64::try_from(DAYS).expect("days") + 100);
    let coverage = Coverage {
        source: "mailbox".into(),
        vendors: Vec::new(),
        complete_until: read,
        kind: CoverageKind::Polled,
        recorded_at: read,
    };
    let mut windows = as_they_come(halls).into_iter().enumerate().peekable();
    let mut coverage = vec![coverage];
    while windows.peek().is_some() {
        let made =
            windows.by_ref().take(TOGETHER).map(|(place, window)| named(place, made::maintenance(window, &rules)));
        let (notices, maintenances) = made.unzip();
        let changes = Changes { notices, maintenances, coverage: std::mem::take(&mut coverage), ..Changes::default() };
        let generation = app.store.generation().expect("a generation");
        app.store.commit(generation, &changes, begin()).expect("kept");
    }
    let needs: usize = inventory.assets.values().map(|asset| asset.needs().count()).sum();
    println!(
        "{} assets, {needs} needs, {} customers, {} windows",
        inventory.assets.len(),
        halls * made::CUSTOMERS,
        halls * WINDOWS
    );
}

fn rows(count: usize, halls: usize, form: &str) {
    let mut drawn = made::Drawn(77);
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let days = i64::try_from(DAYS).expect("days");
    if form == "csv" {
        writeln!(out, "asset,from,to,impact").expect("written");
    }
    for _ in 0..count {
        let asset = made::asset(&mut drawn, halls);
        let seconds = |drawn: &mut made::Drawn, below: i64| {
            i64::try_from(drawn.below(usize::try_from(below).expect("seconds"))).expect("seconds")
        };
        let start = begin() + TimeDelta::seconds(seconds(&mut drawn, days * 86_400));
        let end = start + TimeDelta::seconds(60 + seconds(&mut drawn, 3 * 3600));
        let (start, end) = (start.format("%Y-%m-%dT%H:%M:%SZ"), end.format("%Y-%m-%dT%H:%M:%SZ"));
        let written = if form == "csv" {
            writeln!(out, "{asset},{start},{end},OUTAGE")
        } else {
            writeln!(out, r#"{{"asset":"{asset}","from":"{start}","to":"{end}","impact":"OUTAGE"}}"#)
        };
        if written.is_err() {
            return;
        }
    }
    let _ = out.flush();
}

/// Processor time of the children that have ended, in milliseconds (proc(5): cutime and cstime, in ticks of 10 ms).
fn children_ms() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn measure(data: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_inwindow"));
    println!("{:>14} {:>9} {:>9} {:>9} {:>9} {:>9}  kind", "asset", "first ms", "median", "least", "most", "cpu ms");
    for asset in ["h0-feed-a", "h0-circuit-3", "h0-pdu-a5", "h0-server-7", "h0-service-9"] {
        let run = || -> (Duration, String) {
            let mut check = Command::new(program);
            check.arg("--data").arg(data).args(["check", asset, "--at", "2025-06-15T12:00:00Z", "-o", "json"]);
            let began = Instant::now();
            let done = check.stderr(Stdio::inherit()).output().expect("it runs");
            let took = began.elapsed();
            let verdict: serde_json::Value = serde_json::from_slice(&done.stdout).expect("a verdict");
            (took, verdict["kind"].to_string())
        };
        let (first, kind) = run();
        let cpu = children_ms();
        let mut took: Vec<Duration> = (0..RUNS).map(|_| run().0).collect();
        let cpu = (children_ms() - cpu) / f64::from(RUNS);
        took.sort_unstable();
        let ms = |took: Duration| took.as_secs_f64() * 1_000.0;
        println!(
            "{asset:>14} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {cpu:>9.1}  {kind}",
            ms(first),
            ms(took[took.len() / 2]),
            ms(took[0]),
            ms(took[took.len() - 1])
        );
    }
}
