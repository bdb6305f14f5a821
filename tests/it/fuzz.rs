//! Hostile input by the thousand: notices and profiles, changed at random, are read or refused, in bounded time and
//! memory, and without a panic.
//!
//! An ordinary run tries the same few thousand inputs each time. `INWINDOW_FUZZ_SECONDS` makes a run long,
//! `INWINDOW_FUZZ_SEED` makes it another: `INWINDOW_FUZZ_SECONDS=1800 INWINDOW_FUZZ_SEED=7 cargo test --release --test it
//! fuzz:: -- --nocapture`. An input that fails is kept, made smaller, in the folder for temporary files; input `n` of a
//! seed is always the same, so that `INWINDOW_FUZZ_FROM` finds again what ended the whole process.

#![allow(clippy::disallowed_methods, reason = "what hangs is found by the clock")]

mod change;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::DateTime;
use inwindow::notice::{
    Announcement, Message, Profile, Profiles, Reader, Reading, ReceivedHints, read, received, written_at,
};
use inwindow::time::Zones;

use self::change::{Random, changed_notice, changed_profile};
use crate::notice::{samples, shipped, vendor_folders};

/// Processor time that one input may take: of an optimised build, what some thousand ordinary notices take. A debug build is
/// a tenth as fast, and where processors are shared each second of one does half the work.
const MOST_TIME: Duration = if cfg!(debug_assertions) { Duration::from_secs(10) } else { Duration::from_secs(2) };

/// When an input counts as hanging, by the clock on the wall: the whole process is ended then.
const HANGS_AFTER: Duration = Duration::from_mins(1);

/// How much memory a long run may need beyond what reading the samples did, in KiB. An input has at most 1 MiB, and a
/// workbook in it unpacks to bounded pages.
const MOST_GROWTH_KIB: u64 = 192 * 1024;

/// How many inputs an ordinary run tries of each kind.
const NOTICES: u64 = 1_200;
const PROFILES: u64 = 300;

#[test]
fn changed_notices_are_read_or_refused() {
    let profiles = shipped();
    let zones = Zones::embedded();
    let own = ["hoster.example".to_owned()];
    let reader = Reader { profiles: &profiles, zones: &zones, own_domains: &own };
    let seeds = samples();
    let input = |random: &mut Random| changed_notice(random, &seeds);
    run("notices", NOTICES, &seeds, input, |raw| {
        let Ok(message) = Message::parse(raw) else { return "refused" };
        let at = DateTime::UNIX_EPOCH;
        let hints = ReceivedHints { internal_date: None, mbox_from: None, option: None, import_time: at };
        let _ = (written_at(raw), received(&message, &hints), message.quoted());
        outcome(&message, &reader)
    });
}

#[test]
fn changed_profiles_are_refused_or_read_with() {
    let zones = Zones::embedded();
    let folders = vendor_folders();
    let text = |folder: &PathBuf| fs::read(folder.join("profile.toml")).expect("each vendor has a profile");
    let seeds: Vec<Vec<u8>> = folders.iter().map(text).collect();
    let messages: Vec<Message> = samples().iter().filter_map(|raw| Message::parse(raw).ok()).collect();
    let input = |random: &mut Random| changed_profile(random, &seeds);
    run("profiles", PROFILES, &seeds, input, |raw| {
        let text = String::from_utf8_lossy(raw);
        let Ok(mut profile) = Profile::parse("profile.toml", &text) else { return "refused" };
        // What recognises nothing any more reads all the same.
        let open = format!("{text}\n[[recognise]]\nsubject = ['']\n");
        if let Ok(opened) = Profile::parse("profile.toml", &open) {
            profile = opened;
        }
        let profiles = Profiles::new(vec![profile]);
        let reader = Reader { profiles: &profiles, zones: &zones, own_domains: &[] };
        let mut said = "parsed";
        let first = raw.len() % messages.len();
        for message in messages.iter().cycle().skip(first).step_by(messages.len() / 6).take(6) {
            if outcome(message, &reader) == "understood" {
                said = "understood";
            }
        }
        said
    });
}

/// Reads a message and holds what it says against what must be true of any reading.
fn outcome(message: &Message, reader: &Reader<'_>) -> &'static str {
    match read(message, reader) {
        Reading::Understood { announcements } => {
            assert!(!announcements.is_empty(), "understood, and nothing announced");
            for announcement in &announcements {
                check(announcement, message);
            }
            "understood"
        }
        Reading::Irrelevant { why } => {
            let _ = why.to_string();
            "irrelevant"
        }
        Reading::Unreadable { why, .. } => {
            let _ = why.to_string();
            "unreadable"
        }
    }
}

#[track_caller]
fn check(announcement: &Announcement, message: &Message) {
    for window in &announcement.windows {
        assert!(window.interval.end() > window.interval.start(), "{window:?}");
    }
    for source in &announcement.sources {
        let Some((from, to)) = source.span else { continue };
        let of_part = message.parts.iter().filter(|part| part.label == source.part);
        let of_subject = message.facts.subject.iter().filter(|_| source.part == "header Subject");
        let mut texts = of_part.map(|part| part.text.as_str()).chain(of_subject.map(String::as_str));
        assert!(texts.any(|text| text.get(from..to).is_some()), "a span beyond its part: {source:?}");
    }
    serde_json::to_string(announcement).expect("what is stored can be written");
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Tries inputs, each made of the seed and its number alone.
fn run(
    target: &'static str,
    count: u64,
    seeds: &[Vec<u8>],
    input: impl Fn(&mut Random) -> Vec<u8>,
    attempt: impl Fn(&[u8]) -> &'static str,
) {
    let (seed, from) = (number("INWINDOW_FUZZ_SEED", 1), number("INWINDOW_FUZZ_FROM", 0));
    let long = std::env::var_os("INWINDOW_FUZZ_SECONDS").map(|_| number("INWINDOW_FUZZ_SECONDS", 0));
    let watch = Watch::begin(target);
    for raw in seeds {
        attempt(raw);
    }
    let (began, memory) = (Instant::now(), peak_kib());
    let (mut n, mut slowest, mut told) = (from, (Duration::ZERO, 0), 0);
    let mut outcomes = std::collections::BTreeMap::<&str, u64>::new();
    while long.map_or(n < count, |seconds| began.elapsed().as_secs() < seconds) {
        let raw = input(&mut Random::new(seed, n));
        watch.enter(n, &raw);
        let start = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| attempt(&raw)));
        let mut took = start.elapsed();
        watch.leave();
        if took > MOST_TIME {
            let again = processor_time();
            let _ = catch_unwind(AssertUnwindSafe(|| attempt(&raw)));
            took = processor_time().saturating_sub(again);
        }
        let Ok(outcome) = ended else {
            let fails = |raw: &[u8]| catch_unwind(AssertUnwindSafe(|| attempt(raw))).is_err();
            panic!(
                "{target}: input {n} of seed {seed} panics: {}",
                keep(target, seed, n, &smaller(raw, fails)).display()
            );
        };
        assert!(
            took <= MOST_TIME,
            "{target}: input {n} of seed {seed} takes {took:?}: {}",
            keep(target, seed, n, &raw).display()
        );
        *outcomes.entry(outcome).or_default() += 1;
        slowest = slowest.max((took, n));
        n += 1;
        if long.is_some() {
            let grown = peak_kib().saturating_sub(memory);
            assert!(
                grown <= MOST_GROWTH_KIB,
                "{target}: {grown} KiB more at input {n}: {}",
                keep(target, seed, n, &raw).display()
            );
            if began.elapsed().as_secs() / 60 > told {
                told = began.elapsed().as_secs() / 60;
                println!("{}", figures(target, seed, n - from, began, slowest, &outcomes));
            }
        }
    }
    println!("{}", figures(target, seed, n - from, began, slowest, &outcomes));
}

fn figures(
    target: &str,
    seed: u64,
    tried: u64,
    began: Instant,
    (slowest, which): (Duration, u64),
    outcomes: &std::collections::BTreeMap<&str, u64>,
) -> String {
    let seconds = began.elapsed().as_secs_f64();
    let each = f64::from(u32::try_from(tried).unwrap_or(u32::MAX)) / seconds;
    let peak = peak_kib() / 1024;
    format!(
        "{target}: seed {seed}: {tried} inputs in {seconds:.0} s, {each:.0} a second, slowest {slowest:.1?} (input {which}), peak {peak} MiB, {outcomes:?}"
    )
}

/// The input in hand: since when, its number, its bytes.
type InHand = Option<(Instant, u64, Vec<u8>)>;

/// Ends the process when an input hangs, once it is kept: nothing else could.
struct Watch(Arc<Mutex<InHand>>);

impl Watch {
    fn begin(target: &'static str) -> Self {
        let current = Arc::new(Mutex::new(InHand::None));
        let seen = Arc::downgrade(&current);
        std::thread::spawn(move || {
            while let Some(current) = seen.upgrade() {
                if let Some((since, n, raw)) = &*current.lock().expect("nobody panics holding it")
                    && since.elapsed() > HANGS_AFTER
                {
                    let path = keep(target, number("INWINDOW_FUZZ_SEED", 1), *n, raw);
                    println!("{target}: input {n} hangs: {}", path.display());
                    std::process::abort();
                }
                drop(current);
                std::thread::park_timeout(Duration::from_secs(1));
            }
        });
        Self(current)
    }

    fn enter(&self, n: u64, raw: &[u8]) {
        *self.0.lock().expect("nobody panics holding it") = Some((Instant::now(), n, raw.to_vec()));
    }

    fn leave(&self) {
        *self.0.lock().expect("nobody panics holding it") = None;
    }
}

fn keep(target: &str, seed: u64, n: u64, raw: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("inwindow-fuzz-{target}-{seed}-{n}"));
    fs::write(&path, raw).expect("the folder for temporary files can be written");
    path
}

/// An input without whatever can be left out so that it still fails, as far as some seconds allow.
fn smaller(mut raw: Vec<u8>, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let began = Instant::now();
    let mut size = raw.len().div_ceil(2);
    while size > 0 && began.elapsed() < Duration::from_secs(20) {
        let mut at = 0;
        while at < raw.len() {
            let mut without = raw.clone();
            without.drain(at..(at + size).min(raw.len()));
            if fails(&without) { raw = without } else { at += size }
        }
        size /= 2;
    }
    raw
}

/// The most memory that the process ever held.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// What this thread has had of a processor; of a busy machine the clock on the wall says nothing.
fn processor_time() -> Duration {
    let said = fs::read_to_string(Path::new("/proc/thread-self/schedstat")).unwrap_or_default();
    Duration::from_nanos(said.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}
