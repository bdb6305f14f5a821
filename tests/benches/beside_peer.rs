//! Reading the corpus beside circuit-maintenance-parser, in one run: both warm, in one process and on one thread each, in
//! alternating rounds of which the median counts. The peer is told the vendor of each mail; we are told nothing.
//!
//!     tests/benches/beside_peer            installs the peer into a folder of its own, and runs this
//!
//! Times are of the processor and not of the clock on the wall, so that a busy machine changes little. html5ever's share is
//! what its tokenizer alone takes for the HTML of the same mails.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use inwindow::notice::{Message, Profile, Profiles, Reader, Reading, read};
use inwindow::time::Zones;
use mail_parser::{MessageParser, PartType};

/// Rounds of both, after one that warms up.
const ROUNDS: usize = 7;

/// How often we read the corpus in one round: once is too short to be measured.
const REPEATS: u32 = 40;

fn main() {
    let corpus = std::env::var_os("INWINDOW_CORPUS").expect("the corpus is named by INWINDOW_CORPUS");
    let cases = PathBuf::from(corpus).join("cases");
    let mails = mails(&cases);
    let pages = pages(&mails);
    let profiles = shipped();
    let zones = Zones::embedded();
    let reader = Reader { profiles: &profiles, zones: &zones, own_domains: &[] };
    let (mut peer, version) = Peer::begin(&cases);

    let (mut theirs, mut ours, mut taking_apart, mut tokens) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut they_read, mut we_read) = (0, 0);
    for round in 0..=ROUNDS {
        let (seconds, read) = peer.round();
        let each = [
            timed(|| we_read = mails.iter().filter(|raw| is_read(raw, &reader)).count()),
            timed(|| {
                black_box(mails.iter().filter(|raw| Message::parse(raw).is_ok()).count());
            }),
            timed(|| {
                black_box(pages.iter().map(|page| tokenized(page)).sum::<usize>());
            }),
        ];
        they_read = read;
        if round > 0 {
            theirs.push(seconds);
            ours.push(each[0]);
            taking_apart.push(each[1]);
            tokens.push(each[2]);
        }
    }
    let count = f64::from(u32::try_from(mails.len()).expect("some mails"));
    let [theirs, ours, taking_apart, tokens] = [theirs, ours, taking_apart, tokens].map(median);
    println!("{} mails of the corpus, {ROUNDS} rounds, medians of processor time", mails.len());
    println!("circuit-maintenance-parser {version}: {:.0} mails a second, {they_read} read", count / theirs);
    println!("inwindow: {:.0} mails a second, {we_read} read", count / ours);
    println!("ratio: {:.0}", theirs / ours);
    println!(
        "of ours: {:.0} % taking mails apart, html5ever alone {:.0} %",
        100. * taking_apart / ours,
        100. * tokens / ours
    );
}

/// The mails of the corpus, in the order of its cases.
fn mails(cases: &Path) -> Vec<Vec<u8>> {
    let folders = fs::read_dir(cases).expect("the corpus has cases");
    let mut paths: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path().join("message.eml")).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a case has a mail")).collect()
}

/// The HTML of mails, decoded.
fn pages(mails: &[Vec<u8>]) -> Vec<String> {
    let of = |mail: &Vec<u8>| {
        let message = MessageParser::default().parse(mail).expect("a mail");
        let html = |body: &PartType<'_>| match body {
            PartType::Html(html) => Some(html.to_string()),
            PartType::Text(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => None,
        };
        message.parts.iter().filter_map(|part| html(&part.body)).collect::<Vec<_>>()
    };
    mails.iter().flat_map(of).collect()
}

fn shipped() -> Profiles {
    let vendors = Path::new(env!("CARGO_MANIFEST_DIR")).join("schedules/vendors");
    let folders = fs::read_dir(vendors).expect("vendors ship").map(|entry| entry.expect("an entry").path());
    let files = folders.map(|folder| folder.join("profile.toml")).filter(|path| path.is_file());
    let profile = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a profile");
        Profile::parse(&path.display().to_string(), &text).expect("a right profile")
    };
    Profiles::new(files.map(profile).collect())
}

fn is_read(raw: &[u8], reader: &Reader<'_>) -> bool {
    match Message::parse(raw).map(|message| read(&message, reader)) {
        Ok(Reading::Understood { .. }) => true,
        Ok(Reading::Irrelevant { .. } | Reading::Unreadable { .. }) | Err(_) => false,
    }
}

#[derive(Default)]
struct Count(Cell<usize>);

impl TokenSink for Count {
    type Handle = ();

    fn process_token(&self, _: Token, _: u64) -> TokenSinkResult<()> {
        self.0.set(self.0.get() + 1);
        TokenSinkResult::Continue
    }
}

fn tokenized(page: &str) -> usize {
    let tokenizer = Tokenizer::new(Count::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(page));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.get()
}

/// Seconds of the processor for the work done once.
fn timed(mut work: impl FnMut()) -> f64 {
    let began = processor_time();
    (0..REPEATS).for_each(|_| work());
    processor_time().saturating_sub(began).as_secs_f64() / f64::from(REPEATS)
}

/// What this thread has had of a processor.
fn processor_time() -> Duration {
    let said = fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    Duration::from_nanos(said.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("nanoseconds"))
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// The peer, in a process of its own.
struct Peer {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Peer {
    fn begin(cases: &Path) -> (Self, String) {
        let python = std::env::var("INWINDOW_PYTHON").unwrap_or_else(|_| "python3".into());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/benches/peer.py");
        let mut command = Command::new(python);
        command.arg(script).arg(cases).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python starts");
        let mut peer = Self { said: BufReader::new(child.stdout.take().expect("piped")), child };
        let version = peer.line().first().cloned().unwrap_or_default();
        (peer, version)
    }

    fn line(&mut self) -> Vec<String> {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the peer answers");
        assert!(!line.is_empty(), "the peer ended; tests/benches/beside_peer installs it");
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// All mails once: seconds of the processor, and how many gave a result.
    fn round(&mut self) -> (f64, usize) {
        writeln!(self.child.stdin.as_mut().expect("piped"), "again").expect("the peer listens");
        let line = self.line();
        (line[0].parse().expect("seconds"), line[1].parse().expect("a count"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
