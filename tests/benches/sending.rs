//! How fast mail leaves, beside Postfix's `smtp-source` on the same `smtp-sink`: `cargo bench --bench sending`.
//!
//! - without a word: mails of 2 KB and 10 KB over 1, 4 and 16 connections, in turns with `smtp-source -d` (which keeps its
//!   connections); the mails are written beforehand, every result is committed. Then our own mails, written on the way.
//! - `one [BYTES] [CONNECTIONS] [MAILS]`: one of these measurements without its peer, for a profiler.
//! - `memory [MESSAGES]`: resident memory while so many messages (100,000) are sent.
//! - `postfix HOST:PORT [MAILS]`: into a real Postfix, beside Python's smtplib with as many connections (STARTTLS by
//!   neither).
//!
//! Needs Postfix's tools; as root, since `smtp-sink` then changes its user.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]
#![allow(clippy::cast_precision_loss, reason = "rates of some thousands")]

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::app::{App, ImportOptions, Settings, Surroundings};
use inwindow::mail::RawMessage;
use inwindow::notice::Intake;
use inwindow::store::{Arrival, Settlement};
use inwindow::time::Clock;

/// Mails of a measurement; rounds of which the median is told.
const MAILS: usize = 5_000;
const ROUNDS: usize = 3;

#[derive(Clone)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        "2027-03-01T12:00:00Z".parse().expect("an instant")
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |place: usize, usual: usize| args.get(place).map_or(usual, |text| text.parse().expect("a number"));
    match args.first().map(String::as_str) {
        Some("one") => one(number(1, 2048), number(2, 16), number(3, MAILS)),
        Some("memory") => memory(number(1, 100_000)),
        Some("postfix") => postfix(args.get(1).expect("host:port"), number(2, 1_000)),
        _ => beside_smtp_source(number(0, MAILS)),
    }
}

/// A program that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tool(name: &str) -> Command {
    let beside = format!("/usr/sbin/{name}");
    Command::new(if std::path::Path::new(&beside).exists() { beside } else { name.to_owned() })
}

fn sink() -> (Running, u16) {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let mut command = tool("smtp-sink");
    let child = command.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"]).stderr(Stdio::inherit()).spawn();
    let running = Running(child.expect("smtp-sink of Postfix is needed"));
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    (running, port)
}

/// A folder with a store in which `mails` messages are due, and the program opened on it.
fn prepared(mails: usize, host: &str, port: u16, connections: usize) -> (tempfile::TempDir, App) {
    let place = tempfile::tempdir().expect("a folder");
    let (data, files) = (place.path().join("data"), place.path().join("inventory"));
    std::fs::create_dir_all(&files).expect("a folder");
    std::fs::create_dir_all(&data).expect("a folder");
    std::fs::write(files.join("all.toml"), inventory(mails)).expect("written");
    let config = format!(
        "[mail]\nfrom = \"Example NOC <noc@noc.test>\"\nhost = \"{host}\"\nport = {port}\ntls = \"none\"\n\
         connections = {connections}\n[policy]\napproval = \"off\"\nbulk-limit = 10000000\nreminders = []\n"
    );
    std::fs::write(data.join("config.toml"), config).expect("written");
    let settings = Settings::load(&data, Surroundings::default()).expect("settings");
    let mut app = App::create(settings, [7; 32], Fixed.now()).expect("a new store");
    let inventory = app.settings.load_inventory(&files).expect("the made-up inventory is right");
    app.apply(&inventory, Fixed.now()).expect("applied");
    let options = ImportOptions { received_at: Some(Fixed.now()), intake: Intake::News };
    let imported = app.import(&notice(), &options, Fixed.now()).expect("imported");
    assert_eq!(imported.messages, mails, "{:?}", imported.review);
    (place, app)
}

fn inventory(customers: usize) -> String {
    let mut text = String::from(
        "[[vendor]]\nid = \"dc\"\nzone = \"Europe/Amsterdam\"\n[[asset]]\nid = \"feed-1\"\nkind = \"feed\"\nvendor = \"dc\"\n",
    );
    let reader = std::env::var("INWINDOW_TEST_READER").unwrap_or_else(|_| "alice@customer.test".into());
    for number in 0..customers {
        let _ = write!(
            text,
            "[[asset]]\nid = \"server-{number}\"\nkind = \"server\"\nneeds = [\"feed-1\"]\n\
             [[customer]]\nid = \"c-{number}\"\nuses = [\"server-{number}\"]\n\
             [[customer.contact]]\nemail = \"{reader}\"\nzone = \"Europe/Berlin\"\n"
        );
    }
    text
}

fn notice() -> RawMessage {
    let mail = "From: dc <noc@dc.example>\r\nTo: noc@hoster.example\r\nSubject: Maintenance\r\n\
         Date: Mon, 01 Mar 2027 11:00:00 +0000\r\nMessage-ID: <1@dc.example>\r\n\
         Content-Type: text/calendar; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//made up//EN\r\nBEGIN:VEVENT\r\nUID:1@dc.example\r\n\
         DTSTAMP:20270301T110000Z\r\nDTSTART:20270320T220000Z\r\nDTEND:20270321T040000Z\r\nSUMMARY:Work\r\nSEQUENCE:1\r\n\
         X-MAINTNOTE-PROVIDER:dc\r\nX-MAINTNOTE-ACCOUNT:1\r\nX-MAINTNOTE-MAINTENANCE-ID:CHG-1\r\n\
         X-MAINTNOTE-OBJECT-ID:feed-1\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n";
    RawMessage::new("notice", mail.as_bytes().to_vec())
}

/// A mail of so many bytes.
fn mail_of(bytes: usize, number: usize) -> Vec<u8> {
    let mut mail = format!(
        "From: <noc@noc.test>\r\nTo: <alice@customer.test>\r\nSubject: Work\r\nMessage-ID: <{number}@noc.test>\r\n\
         Date: Mon, 01 Mar 2027 12:00:00 +0000\r\n\r\n"
    );
    while mail.len() + 2 < bytes {
        let room = (bytes - mail.len() - 2).min(70);
        mail.push_str(&"x".repeat(room));
        mail.push_str("\r\n");
    }
    mail.into_bytes()
}

/// Puts mails of so many bytes in the place of those that would be written, as if a first attempt had been put off, and has
/// planning see it.
fn with_mails_of(app: &mut App, bytes: usize) {
    let (now, until) = (Fixed.now(), Fixed.now() + TimeDelta::minutes(10));
    let leased = app.store.lease_due(now, until, "bench", usize::MAX >> 1).expect("leased");
    app.store.begin().expect("begun");
    for (number, lease) in leased.iter().enumerate() {
        let (hold, mail) = (lease.hold(), mail_of(bytes, number));
        app.store.ready_bytes(&[(hold, &mail)], now).expect("kept");
        app.store.hand_over(&[hold], until, now).expect("handed over");
        let later = Settlement::Retry { at: now, reason: "put off".into(), arrival: Arrival::RuledOut };
        app.store.settle(&[(hold, &later)], now).expect("settled");
    }
    app.store.keep().expect("kept");
    assert_eq!(app.plan(now).expect("planned"), 0, "nothing is new");
}

/// Sends all that is due; mails a second, and the seconds of processor time this process took for each.
fn sent(app: &mut App, mails: usize) -> (f64, f64) {
    let (began, cpu) = (Instant::now(), processor_time());
    let report = app.send(mails, &Fixed, &AtomicBool::new(false)).expect("sent");
    let rate = mails as f64 / began.elapsed().as_secs_f64();
    let accepted = report.delivered.iter().filter(|one| one.state == inwindow::plan::MessageState::Accepted).count();
    assert_eq!(accepted, mails, "{:?} {:?}", report.relay, report.delivered.first());
    (rate, (processor_time() - cpu) / mails as f64)
}

/// Seconds of user and system time that this process has had (`/proc/self/stat`, fields 14 and 15, in hundredths).
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn smtp_source(port: u16, connections: usize, bytes: usize, mails: usize) -> f64 {
    let began = Instant::now();
    let mut command = tool("smtp-source");
    let (connections, bytes, number) = (connections.to_string(), bytes.to_string(), mails.to_string());
    command.args(["-d", "-s", &connections, "-l", &bytes, "-m", &number, "-f", "noc@noc.test"]);
    let status = command.args(["-t", "alice@customer.test", &format!("127.0.0.1:{port}")]).status();
    assert!(status.expect("smtp-source of Postfix is needed").success());
    mails as f64 / began.elapsed().as_secs_f64()
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn beside_smtp_source(mails: usize) {
    let (_sink, port) = sink();
    println!("{mails} mails, median of {ROUNDS} rounds in turns; rates a second, µs of our processor time a mail");
    println!("{:<10} {:>11} {:>12} {:>9} {:>7} {:>7}", "mail", "connections", "smtp-source", "inwindow", "ratio", "µs");
    let measure = |what: &str, connections: usize, bytes: usize, written: bool| {
        let (mut theirs, mut ours, mut ratios, mut costs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (_place, mut app) = prepared(mails, "127.0.0.1", port, connections);
            if written {
                with_mails_of(&mut app, bytes);
            }
            theirs.push(smtp_source(port, connections, bytes, mails));
            let (rate, cost) = sent(&mut app, mails);
            ratios.push(rate / theirs[theirs.len() - 1]);
            ours.push(rate);
            costs.push(cost * 1e6);
        }
        let (theirs, ours, ratio, cost) = (median(theirs), median(ours), median(ratios), median(costs));
        println!("{what:<10} {connections:>11} {theirs:>12.0} {ours:>9.0} {ratio:>7.2} {cost:>7.0}");
    };
    for connections in [1, 4, 16] {
        measure("2 KB", connections, 2048, true);
        measure("10 KB", connections, 10_240, true);
    }
    let own = own_size();
    for connections in [1, 4, 16] {
        measure(&format!("own {own}"), connections, own, false);
    }
}

fn one(bytes: usize, connections: usize, mails: usize) {
    let (_sink, port) = sink();
    let (_place, mut app) = prepared(mails, "127.0.0.1", port, connections);
    with_mails_of(&mut app, bytes);
    let (rate, cost) = sent(&mut app, mails);
    println!("{mails} mails of {bytes} bytes over {connections}: {rate:.0} a second, {:.0} µs each", cost * 1e6);
}

/// Bytes of a mail as we write it.
fn own_size() -> usize {
    let (_place, app) = prepared(1, "127.0.0.1", 25, 1);
    let messages = app.store.messages(&inwindow::store::MessageFilter::default()).expect("readable");
    app.preview(messages[0].id.as_str(), Fixed.now()).expect("written").len()
}

/// Resident memory in MiB (`/proc/self/statm`, field 2, in pages of 4 KiB).
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or_default() / 256.0
}

fn memory(messages: usize) {
    let (_sink, port) = sink();
    println!("{:>6.1} MiB before anything", resident());
    let (place, app) = prepared(messages, "127.0.0.1", port, 4);
    println!("{:>6.1} MiB with {messages} messages planned", resident());
    drop(app);
    println!("{:>6.1} MiB with the store closed", resident());
    let over = Arc::new(AtomicBool::new(false));
    let watch = {
        let over = Arc::clone(&over);
        std::thread::spawn(move || {
            let mut most: f64 = 0.0;
            while !over.load(Ordering::Relaxed) {
                most = most.max(resident());
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        })
    };
    let settings = Settings::load(&place.path().join("data"), Surroundings::default()).expect("settings");
    let mut app = App::open(settings, Fixed.now()).expect("opened");
    // As `inwindow run` does, ten thousand at a time.
    let mut done = 0;
    while done < messages {
        let many = (messages - done).min(10_000);
        let (rate, _) = sent(&mut app, many);
        done += many;
        println!("{:>6.1} MiB after {done} were sent, {rate:.0} a second", resident());
    }
    over.store(true, Ordering::Relaxed);
    println!("{:>6.1} MiB at the most while sending", watch.join().expect("watched"));
}

fn postfix(address: &str, mails: usize) {
    let (host, port) = address.rsplit_once(':').expect("host:port");
    let port: u16 = port.parse().expect("a port");
    println!("{mails} mails of 4 KB into {address}; mails a second, median of {ROUNDS} rounds in turns");
    println!("{:>11} {:>9} {:>9} {:>7}", "connections", "smtplib", "inwindow", "ratio");
    for connections in [1, 4, 16] {
        let (mut theirs, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (_place, mut app) = prepared(mails, host, port, connections);
            with_mails_of(&mut app, 4096);
            theirs.push(smtplib(host, port, connections, mails));
            ours.push(sent(&mut app, mails).0);
            ratios.push(ours[ours.len() - 1] / theirs[theirs.len() - 1]);
        }
        println!("{connections:>11} {:>9.0} {:>9.0} {:>7.2}", median(theirs), median(ours), median(ratios));
    }
}

fn smtplib(host: &str, port: u16, connections: usize, mails: usize) -> f64 {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/benches/smtplib_send.py");
    let reader = std::env::var("INWINDOW_TEST_READER").unwrap_or_else(|_| "alice@customer.test".into());
    let mut command = Command::new("python3");
    command.args([script, host, &port.to_string(), &connections.to_string(), &mails.to_string(), &reader]);
    let output = command.stderr(Stdio::inherit()).output().expect("python3 is needed");
    let text = String::from_utf8(output.stdout).expect("text");
    text.trim().parse().unwrap_or_else(|_| panic!("no rate: {text}"))
}
