//! An operator simulated: vendors announce, move, cancel and complete work, customers are told through the real program and
//! a relay of its own, and in the end everything that was promised is held against what arrived.
//!
//! Time is virtual and moves in ticks: what came in a tick is imported together, then what is due is sent, as `inwindow
//! run` does. Nothing is drawn by chance: the same scale gives the same world. The faults are those of every year: the relay
//! is away for some hours, notices come twice, and some overtake those sent before them.

#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]
#![allow(clippy::cast_precision_loss, reason = "counts of mails are far below 2^52")]

mod promise;
mod replica;
mod sink;
mod world;

use std::fmt::Write as _;
use std::ops::AddAssign;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::app::{App, Settings, Surroundings};
use inwindow::time::Clock;

use promise::Kept;
use replica::{Ask, Replica};
use sink::Sink;
use world::World;

/// How much is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub vendors: usize,
    pub customers: usize,
    pub notices: usize,
    /// Over how many days the notices come.
    pub days: i64,
    /// Minutes of virtual time in a tick. Reminders are due at whole hours.
    pub tick: i64,
    /// Every so many ticks planning everything anew is asked to find nothing.
    pub plan_check: usize,
    /// Programs that share the work.
    pub replicas: usize,
}

impl Scale {
    /// So many percent of the year of a large operator: 200 vendors, 100,000 notices, 20,000 customers.
    pub fn percent(percent: usize) -> Self {
        let of = |all: usize| (all * percent / 100).max(1);
        Self {
            vendors: of(200),
            customers: of(20_000),
            notices: of(100_000),
            days: 365,
            tick: 60,
            plan_check: 0,
            replicas: 1,
        }
    }

    /// What the environment asks for, or `usual`: `INWINDOW_SIM_PERCENT` of a large operator, and single measures by
    /// `INWINDOW_SIM_VENDORS`, `_CUSTOMERS`, `_NOTICES`, `_DAYS`, `_TICK`, `_PLAN_CHECK` and `_REPLICAS`.
    pub fn of_environment(usual: Self) -> Self {
        let number = |name: &str| -> Option<usize> {
            let text = std::env::var(format!("INWINDOW_SIM_{name}")).ok()?;
            Some(text.parse().unwrap_or_else(|_| panic!("INWINDOW_SIM_{name} is no number")))
        };
        let days = |name: &str, usual: i64| {
            number(name).map_or(usual, |number| i64::try_from(number).expect("a number of days or minutes"))
        };
        let scale = number("PERCENT").map_or(usual, Self::percent);
        Self {
            vendors: number("VENDORS").unwrap_or(scale.vendors),
            customers: number("CUSTOMERS").unwrap_or(scale.customers),
            notices: number("NOTICES").unwrap_or(scale.notices),
            days: days("DAYS", scale.days),
            tick: days("TICK", scale.tick),
            plan_check: number("PLAN_CHECK").unwrap_or(scale.plan_check),
            replicas: number("REPLICAS").unwrap_or(scale.replicas),
        }
    }
}

/// The virtual clock: microseconds since 1970.
#[derive(Clone, Default)]
pub struct VirtualClock(Arc<AtomicI64>);

impl VirtualClock {
    fn set(&self, at: DateTime<Utc>) {
        self.0.store(at.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).expect("an instant of the simulation")
    }
}

/// What replicas did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub notices: usize,
    pub in_review: usize,
    pub repeated: usize,
    pub planned: usize,
    pub sent: usize,
    /// Rounds of sending that found the relay away.
    pub relay_away: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.notices += other.notices;
        self.in_review += other.in_review;
        self.repeated += other.repeated;
        self.planned += other.planned;
        self.sent += other.sent;
        self.relay_away += other.relay_away;
    }
}

/// What was measured, and what was found.
#[derive(Debug, Default)]
pub struct Report {
    pub maintenances: usize,
    pub counts: Counts,
    pub kept: Kept,
    /// What must never be: each a sentence.
    pub broken: Vec<String>,
    pub importing: f64,
    pub sending: f64,
    /// Processor time of the whole process, the relay's included, without the checks at the end.
    pub processor: f64,
    pub peak_rss_kib: u64,
    /// Of a store that is a file.
    pub store_bytes: u64,
    /// A line a virtual month.
    pub months: String,
}

/// Runs the simulation in a folder; `told` hears a line a virtual month.
pub fn run(scale: &Scale, told: &mut dyn FnMut(&str)) -> Report {
    let place = tempfile::tempdir().expect("a folder");
    let world = World::made(scale);
    let clock = VirtualClock::default();
    let sink = Sink::start(clock.clone(), &place.path().join("arrived"));
    let (data, files) = (place.path().join("data"), place.path().join("inventory"));
    for folder in [&data, &files] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    std::fs::write(files.join("all.toml"), world.inventory()).expect("written");
    std::fs::write(data.join("config.toml"), config(sink.port)).expect("written");
    let begin = World::begin();
    clock.set(begin);
    let mut app = App::create(settings(&data), [7; 32], begin).expect("a new store");
    assert_eq!(app.store.generation().expect("readable").0, 0, "the store is not new");
    let inventory = app.settings.load_inventory(&files).expect("the made-up inventory is right");
    app.apply(&inventory, begin).expect("applied");
    let mut report = Report { maintenances: world.works.len(), ..Report::default() };
    let replicas: Vec<Replica> = (0..scale.replicas).map(|_| Replica::start(&data, &clock)).collect();
    play(scale, &world, (&app, &replicas, &clock, &sink), &mut report, told);
    report.processor = processor_seconds();
    report.peak_rss_kib = peak_rss_kib();
    report.store_bytes = bytes_of(&data);
    sink.end();
    promise::check(&world, &app, &place.path().join("arrived"), &mut report);
    report
}

/// `INWINDOW_SIM_STORE` names an empty database, where the store is not to be a file.
fn settings(data: &Path) -> Settings {
    let surroundings = Surroundings { store: std::env::var("INWINDOW_SIM_STORE").ok(), ..Surroundings::default() };
    Settings::load(data, surroundings).expect("settings")
}

fn config(port: u16) -> String {
    format!(
        "[mail]\nfrom = \"Operator <noc@operator.test>\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
         [policy]\napproval = \"off\"\nbulk-limit = 1000000\n"
    )
}

fn play(
    scale: &Scale,
    world: &World,
    (app, replicas, clock, sink): (&App, &[Replica], &VirtualClock, &Sink),
    report: &mut Report,
    told: &mut dyn FnMut(&str),
) {
    let tick = TimeDelta::minutes(scale.tick);
    let (mut now, mut next, mut ticks) = (World::begin(), 0, 0_usize);
    let mut month = Month::begin(now);
    while now < world.end() {
        now += tick;
        clock.set(now);
        if world::relay_is_away(World::begin(), now) {
            sink.goes_away();
        } else {
            sink.is_there();
        }
        let due = world.events[next..].iter().take_while(|event| event.at <= now).count();
        let began = Instant::now();
        // All mail about one work comes to one mailbox, which is read by one.
        for (number, replica) in replicas.iter().enumerate() {
            let of_mine = world.events[next..next + due].iter().filter(|event| event.work % replicas.len() == number);
            replica.ask(Ask::Import(of_mine.map(|event| (event.at, world.mail(event))).collect()));
        }
        for replica in replicas {
            report.counts += replica.done();
        }
        next += due;
        report.importing += began.elapsed().as_secs_f64();
        let began = Instant::now();
        let something = due > 0 || app.store.next_due(now).expect("readable").is_some_and(|at| at <= now);
        if something {
            // All are asked before any is waited for.
            for replica in replicas {
                replica.ask(Ask::Send);
            }
            for replica in replicas {
                report.counts += replica.done();
            }
        }
        report.sending += began.elapsed().as_secs_f64();
        ticks += 1;
        if scale.plan_check > 0 && ticks.is_multiple_of(scale.plan_check) && something {
            let again = app.proposal(now).expect("planned");
            if !again.is_empty() {
                report.broken.push(format!("{now}: planning everything again proposes {} messages", again.new.len()));
            }
        }
        if let Some(line) = month.passed(now, report) {
            told(&line);
            let _ = writeln!(report.months, "{line}");
        }
    }
}

/// What a virtual month cost.
struct Month {
    ends: DateTime<Utc>,
    number: usize,
    notices: usize,
    sent: usize,
    processor: f64,
    began: Instant,
}

impl Month {
    fn begin(now: DateTime<Utc>) -> Self {
        let (ends, processor, began) = (now + TimeDelta::days(30), processor_seconds(), Instant::now());
        Self { ends, number: 1, notices: 0, sent: 0, processor, began }
    }

    /// The line of the month that is over, if one is.
    fn passed(&mut self, now: DateTime<Utc>, report: &Report) -> Option<String> {
        if now < self.ends {
            return None;
        }
        let processor = processor_seconds();
        let line = format!(
            "month {:>2}: {:>6} notices {:>8} mails {:>7.1} s processor {:>7.1} s wall {:>5} MiB peak",
            self.number,
            report.counts.notices - self.notices,
            report.counts.sent - self.sent,
            processor - self.processor,
            self.began.elapsed().as_secs_f64(),
            peak_rss_kib() / 1024,
        );
        *self = Self {
            ends: self.ends + TimeDelta::days(30),
            number: self.number + 1,
            notices: report.counts.notices,
            sent: report.counts.sent,
            processor,
            began: Instant::now(),
        };
        Some(line)
    }
}

/// User and system time of this process so far.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name").split(' ').collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().expect("a number")).sum();
    // Linux counts them in hundredths for everybody.
    ticks / 100.0
}

fn peak_rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
}

fn bytes_of(data: &Path) -> u64 {
    ["inwindow.db", "inwindow.db-wal"].iter().filter_map(|name| data.join(name).metadata().ok()).map(|m| m.len()).sum()
}

impl Report {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} maintenances, {} notices ({} known already, {} in review), {} messages planned, {} mails sent, \
             the relay away {} times\n\
             {}\n\
             importing {:.1} s, planning and sending {:.1} s of wall time; {:.1} s of processor time\n\
             {:.2} ms of processor time a notice or mail; {} MiB peak memory; {} MiB of store\n",
            self.maintenances,
            self.counts.notices,
            self.counts.repeated,
            self.counts.in_review,
            self.counts.planned,
            self.counts.sent,
            self.counts.relay_away,
            self.kept.text(),
            self.importing,
            self.sending,
            self.processor,
            self.processor * 1e3 / (self.counts.notices + self.counts.sent).max(1) as f64,
            self.peak_rss_kib / 1024,
            self.store_bytes >> 20,
        );
        match self.broken.len() {
            0 => text.push_str("nothing is broken\n"),
            many => {
                let _ = writeln!(text, "{many} broken:");
                self.broken.iter().take(20).for_each(|what| text.push_str(&format!("  {what}\n")));
            }
        }
        text
    }
}
