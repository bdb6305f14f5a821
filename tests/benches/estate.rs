//! What a large estate costs: `cargo bench --bench estate`.
//!
//! 100,000 assets with 300,000 dependencies, 20,000 customers and a year of 50,000 windows, all made up by number, then a
//! third and a tenth of that, to show how the cost grows. Each size runs in a process of its own, so that its memory is
//! its own. `cargo bench --bench estate -- --write DIR` only writes the inventory files of the full size, to be looked at.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]

mod estate {
    pub(crate) mod made;
}

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use estate::made;
use inwindow::app::{App, Settings, Surroundings, Telling};
use inwindow::inventory::Inventory;
use inwindow::names::VendorId;
use inwindow::store::Changes;
use inwindow::window::StatedObject;

/// Windows of a hall in a year.
const WINDOWS: usize = 500;

/// Halls of a thousand assets: all, 30 % and 10 %.
const SIZES: [usize; 3] = [10, 30, 100];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--write", folder] => write_inventory(Path::new(folder), SIZES[2]),
        ["--halls", halls] => measure(halls.parse().expect("a number of halls")),
        _ => {
            println!(
                "{:>7} {:>7} {:>9} {:>7} | {:>7} {:>6} {:>8} | {:>8} {:>9} {:>9} | {:>7} {:>6} {:>8} {:>9} {:>9}",
                "assets",
                "needs",
                "customers",
                "windows",
                "apply s",
                "cpu s",
                "peak MiB",
                "index ms",
                "impact ms",
                "a feed ms",
                "audit s",
                "cpu s",
                "peak MiB",
                "findings",
                "conflicts"
            );
            for halls in SIZES {
                let this = std::env::current_exe().expect("the benchmark's own path");
                let status = Command::new(this).args(["--halls", &halls.to_string()]).status().expect("it runs");
                assert!(status.success(), "{halls} halls");
            }
        }
    }
}

fn write_inventory(folder: &Path, halls: usize) {
    fs::create_dir_all(folder).expect("a folder");
    for (name, text) in made::inventory(halls) {
        fs::write(folder.join(name), text).expect("written");
    }
}

fn start_of_year() -> DateTime<Utc> {
    "2027-01-01T00:00:00Z".parse().expect("an instant")
}

/// Processor time of this process so far, in seconds: on a machine that others use too, what remains of a figure.
fn cpu_seconds() -> f64 {
    // proc(5): utime and stime are the 14th and 15th field, in ticks of 10 ms; the 2nd, in brackets, may hold blanks.
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory that this process has had at once since it was last forgotten, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or_default() / 1024
}

/// Forgets it (proc(5), `/proc/pid/clear_refs`).
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn measure(halls: usize) {
    let place = tempfile::tempdir().expect("a folder");
    let (data, files) = (place.path().join("data"), place.path().join("inventory"));
    write_inventory(&files, halls);
    let now = start_of_year();
    let settings = || Settings::load(&data, Surroundings::default()).expect("settings");
    let mut app = App::create(settings(), [7; 32], now).expect("a new store");

    forget_peak();
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let inventory = app.settings.load_inventory(&files).expect("the made-up inventory is right");
    app.apply(&inventory, now - TimeDelta::days(60)).expect("applied");
    let (apply, apply_cpu, apply_peak) = (began.elapsed(), cpu_seconds() - cpu, peak());
    let needs: usize = inventory.assets.values().map(|asset| asset.needs().count()).sum();
    let (assets, customers) = (inventory.assets.len(), inventory.customers.len());
    let (index, impact, feed) = impacts(&inventory, halls);
    drop(inventory);

    announce(&mut app, halls, now);
    drop(app);
    let app = App::look(settings()).expect("the store");
    forget_peak();
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let report = app.audit(TimeDelta::days(365), Telling::Open, now).expect("audited");
    let (audit, audit_cpu, audit_peak) = (began.elapsed(), cpu_seconds() - cpu, peak());
    let findings = report.standing.len() + report.windows.iter().map(|window| window.findings.len()).sum::<usize>();
    report.limits.iter().for_each(|limit| println!("note: {limit}"));
    println!(
        "{assets:>7} {needs:>7} {customers:>9} {:>7} | {:>7.2} {apply_cpu:>6.2} {apply_peak:>8} | {index:>8.0} {impact:>9.3} {feed:>9.3} | {:>7.2} {audit_cpu:>6.2} {audit_peak:>8} \
         {findings:>9} {:>9}",
        halls * WINDOWS,
        apply.as_secs_f64(),
        audit.as_secs_f64(),
        report.conflicts.len(),
    );
}

/// What the first question costs, then what a notice like those of the year costs and one of a whole feed: milliseconds of
/// processor time, on average.
fn impacts(inventory: &Inventory, halls: usize) -> (f64, f64, f64) {
    let ask = |(vendor, name): (String, String)| {
        let vendor = VendorId::new(vendor).expect("a vendor id");
        let touched = inventory.touched_by(&vendor, None, &[StatedObject { name, impact: None }], None);
        let customers = inventory.customers_touched(&touched.assets).len();
        assert!(!touched.assets.is_empty() && customers < made::CUSTOMERS * halls, "every name is known");
    };
    let feed = |hall: usize| (format!("dc-{hall}"), format!("Hall {hall} feed a"));
    let each = |many: u32, mut work: Box<dyn FnMut(usize) + '_>| {
        let began = cpu_seconds();
        (0..many).for_each(|number| work(number as usize));
        (cpu_seconds() - began) * 1_000.0 / f64::from(many)
    };
    let first = each(1, Box::new(|_| ask(feed(0))));
    let mut drawn = made::Drawn(5);
    let usual = each(
        10_000,
        Box::new(|_| {
            let hall = drawn.below(halls);
            ask(made::object(&mut drawn, hall));
        }),
    );
    (first, usual, each(500, Box::new(|number| ask(feed(number % halls)))))
}

/// Puts a year of windows into the store, a hall at a time.
fn announce(app: &mut App, halls: usize, now: DateTime<Utc>) {
    let rules = app.settings.zones.version().clone();
    for hall in 0..halls {
        let windows = made::windows(hall, (WINDOWS, 365), made::object, now);
        let (notices, maintenances) = windows.map(|window| made::maintenance(window, &rules)).unzip();
        let generation = app.store.generation().expect("a generation");
        let changes = Changes { notices, maintenances, ..Changes::default() };
        app.store.commit(generation, &changes, now).expect("kept");
    }
}
