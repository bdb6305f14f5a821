//! Verdicts by the batch: 10 million outages against 1 million windows of 100,000 assets, and the same at 1 % and 10 %.
//!
//! `cargo bench --bench verdicts [flat|estate] [PERCENT…]` prints for each size how long the docket took to put together, how
//! many outages a second were judged on one core (putting a chunk in order by asset and judging it, without reading or
//! writing text; time on the processor), how many of them were left to the judge, and the most memory that the process had
//! held.
//!
//! `flat` has ten windows an asset, and one asset in five that needs another. `estate` is that of `--bench check`: halls whose
//! services need feeds, panels, PDUs and circuits, so that two windows in three of their hall concern them, six a day.

#![allow(clippy::print_stdout, reason = "a measurement is printed")]

#[path = "estate/made.rs"]
mod made;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::app::{Settings, Surroundings};
use inwindow::inventory::{Asset, Inventory, Vendor};
use inwindow::maintenance::{Cause, Identity, Maintenance, Promise, Revision, StatedTerms, Terms};
use inwindow::names::{AssetId, MaintenanceId, NoticeId, Reference, VendorId};
use inwindow::notice::{Announcement, Coverage, CoverageKind, Grade, Received, ReceivedBy, Status};
use inwindow::time::{Interval, Zones};
use inwindow::verdict::{AskedOfDocket, AssetNumber, Desk, Docket, DocketKnown, Kind};
use inwindow::window::{Impact, Role, StatedObject, Window, Written};

/// Outages judged at a time: as many as the program reads before it answers.
const CHUNK: usize = inwindow::app::BATCH_ROWS;

/// Days over which the windows are spread.
const DAYS: i64 = 3 * 365;

const VENDORS: usize = 200;

/// A small generator (Marsaglia's xorshift): the same numbers on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn seconds(&mut self, most: i64) -> i64 {
        i64::try_from(self.below(most.unsigned_abs())).unwrap_or_default()
    }
}

fn begin() -> DateTime<Utc> {
    "2024-01-01T00:00:00Z".parse().expect("an instant")
}

fn vendor_id(number: usize) -> VendorId {
    VendorId::new(format!("vendor-{number}")).expect("an id")
}

/// Every fifth asset needs the one before it.
fn inventory(assets: usize) -> Inventory {
    let mut inventory = Inventory::default();
    for number in 0..VENDORS.min(assets) {
        let terms = StatedTerms { notice_min: Some(Promise::Elapsed(TimeDelta::hours(72))), ..StatedTerms::default() };
        let id = vendor_id(number);
        let name = id.to_string();
        let vendor = Vendor { id: id.clone(), name, aliases: Vec::new(), account: None, zone: "UTC".into(), terms };
        inventory.vendors.insert(id, vendor);
    }
    let id = |number: usize| AssetId::new(format!("asset-{number:06}")).expect("an id");
    for number in 0..assets {
        let all_of = if number % 5 == 4 { vec![id(number - 1)] } else { Vec::new() };
        let vendor = Some(vendor_id(number / 5 % VENDORS.min(assets)));
        let asset = Asset {
            id: id(number),
            kind: "circuit".into(),
            name: None,
            vendor,
            account: None,
            site: None,
            all_of,
            any_of: Vec::new(),
            aliases: Vec::new(),
            capacity: None,
            max_share: None,
            load: None,
        };
        inventory.assets.insert(asset.id.clone(), asset);
    }
    inventory
}

/// A maintenance with one window for one asset, announced days ahead, one in ten moved or cancelled after that.
fn maintenance(number: usize, assets: usize, zones: &Zones, dice: &mut Dice) -> Maintenance {
    let asset = usize::try_from(dice.below(assets as u64)).unwrap_or_default();
    let vendor = vendor_id(asset / 5 % VENDORS.min(assets));
    let start = begin() + TimeDelta::seconds(dice.seconds(DAYS * 86_400));
    let window = |start: DateTime<Utc>, hours: i64| Window {
        ordinal: 1,
        role: Role::Primary,
        interval: Interval::new(start, start + TimeDelta::hours(hours)).expect("a length"),
        others: Vec::new(),
        flags: Vec::new(),
        written: Written { start: String::new(), end: String::new(), zone: Some("UTC".into()) },
        wall: None,
        zone: "UTC".into(),
        rules: zones.version().clone(),
        objects: Vec::new(),
    };
    let reference = Reference::new(format!("CHG{number:07}")).expect("a reference");
    let hours = 1 + dice.seconds(7);
    let received = start - TimeDelta::hours(24 + dice.seconds(240));
    let revision = |count: u32, at: DateTime<Utc>, status: Status, windows: Vec<Window>| Revision {
        number: count,
        cause: Cause::Notice,
        rereads: None,
        notice: NoticeId::new(format!("n-{number:07}-{count}")).expect("an id"),
        received: Received { at, by: ReceivedBy::ReceivedHeader, forwarded: false },
        recorded_at: at,
        sent_at: None,
        baseline: false,
        announcement: Announcement {
            vendor: vendor.clone(),
            account: None,
            reference: reference.clone(),
            replaces: None,
            status: Some(status),
            windows,
            impact: Some(if number.is_multiple_of(3) { Impact::Degraded } else { Impact::Outage }),
            objects: vec![StatedObject { name: format!("asset-{asset:06}"), impact: None }],
            known_start: None,
            actual_end: None,
            sequence: None,
            stamp: None,
            summary: None,
            grade: Grade::Standard,
            sources: Vec::new(),
            flags: Vec::new(),
            doubts: Vec::new(),
        },
    };
    let mut revisions = vec![revision(1, received, Status::Confirmed, vec![window(start, hours)])];
    match dice.below(20) {
        0 => revisions.push(revision(2, received + TimeDelta::hours(12), Status::Cancelled, Vec::new())),
        1 => {
            let moved = window(start + TimeDelta::hours(24), hours);
            revisions.push(revision(2, received + TimeDelta::hours(12), Status::Confirmed, vec![moved]));
        }
        _ => {}
    }
    Maintenance {
        id: MaintenanceId::new(format!("m-{number:07}")).expect("an id"),
        identity: Identity { vendor, account: None, reference },
        revisions,
    }
}

/// How long this process has been on a processor, as Linux tells it: on a machine that is shared the clock on the wall tells
/// what others do as well.
fn on_cpu() -> Duration {
    let told = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

/// The most memory that this process has held, in MiB, as Linux tells it.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default() / 1024
}

/// What is judged, and by what.
struct World {
    assets: usize,
    windows: usize,
    inventory: Inventory,
    /// In the order of their ids.
    maintenances: Box<dyn Iterator<Item = Maintenance>>,
    /// An asset that outages are of, by the object of a window or drawn.
    asset: fn(&Announcement, &mut made::Drawn, usize) -> String,
}

/// Ten windows an asset.
fn flat(percent: usize) -> World {
    let (assets, windows) = (1_000 * percent, 10_000 * percent);
    let (mut dice, zones) = (Dice(0x2545_f491_4f6c_dd1d), Zones::embedded());
    let maintenances = (0..windows).map(move |number| maintenance(number, assets, &zones, &mut dice));
    World {
        assets,
        windows,
        inventory: inventory(assets),
        maintenances: Box::new(maintenances),
        asset: |said, _, _| said.objects[0].name.clone(),
    }
}

/// Halls of a thousand assets that need one another.
fn estate(halls: usize) -> World {
    let files = tempfile::tempdir().expect("a folder");
    for (name, text) in made::inventory(halls) {
        fs::write(files.path().join(name), text).expect("written");
    }
    let settings = Settings::load(&files.path().join("data"), Surroundings::default()).expect("settings");
    let inventory = settings.load_inventory(files.path()).expect("the made-up inventory is right");
    let rules = Zones::embedded().version().clone();
    let days = usize::try_from(DAYS).expect("days");
    let windows = (0..halls).flat_map(move |hall| made::windows(hall, (10_000, days), made::object_of_others, begin()));
    let maintenances = windows.zip(0_u64..).map(move |(window, place)| {
        let id = MaintenanceId::new(format!("m-{place:012}")).expect("an id");
        Maintenance { id, ..made::maintenance(window, &rules).1 }
    });
    World {
        assets: inventory.assets.len(),
        windows: 10_000 * halls,
        inventory,
        maintenances: Box::new(maintenances),
        asset: |_, drawn, halls| made::asset(drawn, halls),
    }
}

fn run(world: fn(usize) -> World, percent: usize) {
    let World { assets, windows, inventory, maintenances, asset } = world(percent);
    let outages = 100_000 * percent;
    let zones = Zones::embedded();
    let terms: BTreeMap<VendorId, Terms> = inventory
        .vendors
        .values()
        .map(|vendor| (vendor.id.clone(), Terms::of(&vendor.terms, &StatedTerms::default())))
        .collect();
    let read_until = begin() + TimeDelta::days(DAYS + 100);
    let coverage = [Coverage {
        source: "mailbox".into(),
        vendors: Vec::new(),
        complete_until: read_until,
        kind: CoverageKind::Polled,
        recorded_at: read_until,
    }];
    let known = DocketKnown {
        inventory: &inventory,
        terms: &terms,
        standing: &[],
        coverage: &coverage,
        review: &[],
        recorded: &[],
        zones: &zones,
        now: read_until,
    };
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut drawn = made::Drawn(77);
    let (began, mut docket) = (on_cpu(), Docket::new(known));
    let mut near: Vec<(AssetNumber, DateTime<Utc>)> = Vec::with_capacity(windows);
    for maintenance in maintenances {
        let said = &maintenance.revisions[0].announcement;
        let asset = AssetId::new(asset(said, &mut drawn, percent)).expect("an id");
        near.push((docket.asset(&asset).expect("an asset"), said.windows[0].interval.start()));
        docket.add(&maintenance);
    }
    docket.seal();
    let put = on_cpu().saturating_sub(began);

    let (mut judging, mut left, mut kinds) = (Duration::ZERO, 0_u64, BTreeMap::<Kind, u64>::new());
    let mut desk = Desk::default();
    let mut done = 0;
    while done < outages {
        let size = CHUNK.min(outages - done);
        // Half of them near some window of the asset, as outages that somebody asks about are, half at any time.
        let chunk: Vec<AskedOfDocket> = (0..size)
            .map(|place| {
                let (asset, window) = near[usize::try_from(dice.below(near.len() as u64)).unwrap_or_default()];
                let start = if dice.below(2) == 0 {
                    window + TimeDelta::seconds(dice.seconds(10 * 3600) - 2 * 3600)
                } else {
                    begin() + TimeDelta::seconds(dice.seconds(DAYS * 86_400))
                };
                let outage = Interval::new(start, start + TimeDelta::seconds(60 + dice.seconds(3 * 3600)));
                AskedOfDocket { asset, outage: outage.expect("a length"), observed: Impact::Outage, place }
            })
            .collect();
        let began = on_cpu();
        let mut of_kind = [0_u64; Kind::ALL.len()];
        docket.sweep(&chunk, &mut desk, |_, brief| match brief {
            Some(brief) => of_kind[brief.kind as usize] += 1,
            None => left += 1,
        });
        judging += on_cpu().saturating_sub(began);
        for (kind, count) in Kind::ALL.into_iter().zip(of_kind) {
            *kinds.entry(kind).or_default() += count;
        }
        done += size;
    }
    kinds.retain(|_, count| *count > 0);
    let rate = u128::try_from(outages).unwrap_or_default() * 1_000_000 / judging.as_micros().max(1);
    println!(
        "{percent:3} %: {outages} outages, {windows} windows, {assets} assets: put together in {:.1} s (its making included), judged in {:.2} s, \
         {rate} a second, {left} left to the judge, peak {} MiB",
        put.as_secs_f64(),
        judging.as_secs_f64(),
        peak_mib()
    );
    println!("       {kinds:?}");
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let asked: Vec<usize> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![1, 10, 100] } else { asked };
    let named = |name: &str| args.iter().any(|arg| arg == name);
    for (name, world) in [("flat", flat as fn(usize) -> World), ("estate", estate)] {
        if named(name) || !(named("flat") || named("estate")) {
            println!("{name}");
            for size in &sizes {
                run(world, *size);
            }
        }
    }
}
