//! A relay on loopback that behaves as the recipient's local part says, over any number of connections, and keeps what
//! it got.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::names::Digest;
use inwindow::time::Clock;

use crate::moved::Moved;

/// A mail that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub from: String,
    pub to: String,
    pub bytes: Vec<u8>,
    /// Whether the relay said so.
    pub answered: bool,
    /// When, by the clock of a relay that has one.
    pub at: Option<DateTime<Utc>>,
}

/// How a relay that draws what it does is minded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It takes everything.
    Good,
    /// Anything may happen that is over later.
    Any,
    /// The same, and refusals for good.
    Harsh,
    /// Nobody is there; the caller asks elsewhere.
    Away,
}

/// Whether mails may take their time by the clock of a relay that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The clock stands.
    AtOnce,
    /// It may go on with each mail.
    Slow,
}

/// A relay that draws what it does: by its seed, the recipient, and how often that one was asked for.
struct Drawing {
    seed: u64,
    mood: Mutex<Mood>,
    /// Whether a mail that was taken may have taken its time.
    slow: AtomicBool,
}

impl Drawing {
    fn behaviour(&self, to: &str, times: usize) -> String {
        let soon = ["grey", "tmp", "full", "close421", "garbage", "dropdata", "defer", "dropdot", "dropdot", "multi"];
        let harsh = ["gone", "policy"];
        let most = match *self.mood.lock().expect("no panic") {
            Mood::Good | Mood::Away => 0,
            Mood::Any => soon.len(),
            Mood::Harsh => soon.len() + harsh.len(),
        };
        // As often again it does what it should.
        let drawn = self.draw(to, times, "does") % (most * 2).max(1);
        let drawn = soon.iter().chain(&harsh).take(most).nth(drawn);
        (*drawn.unwrap_or(&"ok")).to_owned()
    }

    fn draw(&self, to: &str, times: usize, what: &str) -> usize {
        let digest = Digest::of_parts([self.seed.to_string().as_str(), to, &times.to_string(), what]);
        usize::from_str_radix(&digest.as_str()[..15], 16).expect("digits")
    }

    /// Minutes by which the clock goes on while a mail is taken: mostly none, sometimes more than what waits is leased for,
    /// and never more than what was handed over is.
    fn minutes(&self, to: &str, times: usize) -> i64 {
        let slow = self.slow.load(Ordering::SeqCst);
        if slow { [0, 0, 0, 0, 0, 2, 7, 20][self.draw(to, times, "takes") % 8] } else { 0 }
    }
}

impl Arrived {
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let prefix = format!("{}:", name.to_lowercase());
        let line = text.lines().find(|line| line.to_lowercase().starts_with(&prefix))?;
        Some(line[prefix.len()..].trim().to_owned())
    }
}

#[derive(Default)]
struct Kept {
    arrived: Mutex<Vec<Arrived>>,
    asked: Mutex<BTreeMap<String, usize>>,
    /// Connections accepted.
    connections: Mutex<usize>,
    silent: AtomicBool,
    /// Answers 530 to every mail.
    barring: AtomicBool,
    /// Mails taken over one connection, when there is a limit.
    per_connection: AtomicUsize,
    clock: Option<Moved>,
    drawing: Option<Drawing>,
}

impl Kept {
    /// What is done with the next mail to a recipient: what its local part says, unless it is drawn.
    fn behaviour(&self, to: &str) -> (String, usize) {
        let times = {
            let mut asked = self.asked.lock().expect("no panic");
            let times = asked.entry(to.to_owned()).or_default();
            *times += 1;
            *times
        };
        let said = || to.split(['@', '+', '-']).next().unwrap_or_default().to_owned();
        (self.drawing.as_ref().map_or_else(said, |drawing| drawing.behaviour(to, times)), times)
    }

    /// What a mail takes of the relay's clock.
    fn take_time(&self, to: &str, times: usize, behaviour: &str) {
        let said = if behaviour == "late" { LATE } else { TimeDelta::zero() };
        let time = self.drawing.as_ref().map_or(said, |drawing| TimeDelta::minutes(drawing.minutes(to, times)));
        self.clock.iter().for_each(|clock| clock.by(time));
    }
}

/// By how much the clock goes on while a mail to `late` is taken.
const LATE: TimeDelta = TimeDelta::seconds(20);

/// The relay; its threads end with the process.
#[derive(Clone)]
pub struct FakeRelay {
    pub port: u16,
    kept: Arc<Kept>,
}

impl FakeRelay {
    pub fn start() -> Self {
        Self::with(Kept::default())
    }

    /// One that has a clock.
    pub fn by(clock: Moved) -> Self {
        Self::with(Kept { clock: Some(clock), ..Kept::default() })
    }

    /// One that has a clock and draws what it does.
    pub fn drawing(seed: u64, clock: Moved) -> Self {
        let drawing = Drawing { seed, mood: Mutex::new(Mood::Good), slow: AtomicBool::new(false) };
        Self::with(Kept { clock: Some(clock), drawing: Some(drawing), ..Kept::default() })
    }

    /// How it is minded, and whether mails may take their time.
    pub fn set_mood(&self, mood: Mood, pace: Pace) {
        let drawing = self.kept.drawing.as_ref().expect("a relay that draws");
        *drawing.mood.lock().expect("no panic") = mood;
        drawing.slow.store(pace == Pace::Slow, Ordering::SeqCst);
    }

    fn with(kept: Kept) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let kept = Arc::new(kept);
        let relay = Self { port, kept: Arc::clone(&kept) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, kept) = (stream.expect("a connection"), Arc::clone(&kept));
                let number = {
                    let mut connections = kept.connections.lock().expect("no panic");
                    *connections += 1;
                    *connections
                };
                // The client may leave at any point, and be killed.
                std::thread::spawn(move || serve(&stream, &kept, number));
            }
        });
        relay
    }

    /// From now on connections are taken and not greeted.
    pub fn fall_silent(&self) {
        self.kept.silent.store(true, Ordering::SeqCst);
    }

    /// From now on it lets nobody send.
    pub fn bar(&self) {
        self.kept.barring.store(true, Ordering::SeqCst);
    }

    /// From now on everybody may send again.
    pub fn unbar(&self) {
        self.kept.barring.store(false, Ordering::SeqCst);
    }

    /// From now on each connection takes so many mails, and answers 421 to the next.
    pub fn take_per_connection(&self, mails: usize) {
        self.kept.per_connection.store(mails, Ordering::SeqCst);
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.kept.arrived.lock().expect("no panic").clone()
    }

    pub fn connections(&self) -> usize {
        *self.kept.connections.lock().expect("no panic")
    }
}

fn hang(reader: &mut impl std::io::BufRead) -> std::io::Result<()> {
    // Ends when the client has given up and closed.
    while reader.read_until(b'\n', &mut Vec::new())? > 0 {}
    Ok(())
}

/// Every other connection takes several commands at once.
const OFFERS: [&str; 2] = [
    "250-fake\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
    "250-fake\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
];

fn serve(stream: &TcpStream, kept: &Kept, number: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes());
    stream.set_nodelay(true)?;
    if kept.silent.load(Ordering::SeqCst) {
        return hang(&mut reader);
    }
    say("220 fake ESMTP")?;
    let (mut from, mut to, mut behaviour, mut times) = (String::new(), String::new(), String::new(), 0);
    let mut taken = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let address =
            || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(a, _)| a).to_owned();
        let command = line.split([' ', ':', '\r']).next().unwrap_or_default().to_uppercase();
        match command.as_str() {
            "EHLO" => say(OFFERS[number % 2])?,
            "RSET" => say("250 2.0.0 ok")?,
            "QUIT" => return say("221 bye"),
            "MAIL" if kept.barring.load(Ordering::SeqCst) => say("530 5.7.0 authentication required")?,
            "MAIL" if taken > 0 && taken == kept.per_connection.load(Ordering::SeqCst) => {
                return say("421 4.7.0 too many mails over this connection");
            }
            "MAIL" => {
                from = address();
                to.clear();
                say("250 2.1.0 ok")?;
            }
            "RCPT" => {
                to = address();
                (behaviour, times) = kept.behaviour(&to);
                match behaviour.as_str() {
                    "grey" if times < 3 => say("450 4.7.1 greylisted")?,
                    "tmp" => say("451 4.3.0 try later")?,
                    "full" => say("452 4.2.2 mailbox full")?,
                    "gone" => say("550 5.1.1 no such user")?,
                    // `code-5-1-1@…` is refused so.
                    "code" => say(&format!(
                        "550 {} so it is",
                        to["code-".len()..].split('@').next().unwrap_or_default().replace('-', ".")
                    ))?,
                    "close421" => return say("421 4.3.2 closing"),
                    "garbage" => say("what?")?,
                    "hang" => return hang(&mut reader),
                    _ => say("250 2.1.5 ok")?,
                }
            }
            "DATA" => {
                if behaviour == "hangdata" {
                    return hang(&mut reader);
                }
                // Who says several commands at once ends a mail that has no recipient by a dot alone.
                if ["tmp", "full", "gone", "code"].contains(&behaviour.as_str()) || behaviour == "grey" && times < 3 {
                    say("554 5.5.1 no valid recipients")?;
                    continue;
                }
                say("354 go")?;
                if behaviour == "dropdata" {
                    let _ = reader.read_until(b'\n', &mut Vec::new())?;
                    return stream.shutdown(Shutdown::Both);
                }
                let mut mail = Vec::new();
                while !mail.ends_with(b"\r\n.\r\n") {
                    if reader.read_until(b'\n', &mut mail)? == 0 {
                        return Ok(());
                    }
                }
                let answered = !["dropdot", "hangdot", "policy", "defer"].contains(&behaviour.as_str());
                match behaviour.as_str() {
                    "policy" => say("554 5.7.1 blocked by policy")?,
                    "defer" => say("451 4.3.0 try later")?,
                    _ => {
                        mail.truncate(mail.len() - 3);
                        let bytes = mail;
                        let at = kept.clock.as_ref().map(Clock::now);
                        let mail = Arrived { from: from.clone(), to: to.clone(), bytes, answered, at };
                        kept.arrived.lock().expect("no panic").push(mail);
                        taken += 1;
                        kept.take_time(&to, times, &behaviour);
                        match behaviour.as_str() {
                            "dropdot" => return stream.shutdown(Shutdown::Both),
                            "hangdot" => return hang(&mut reader),
                            "slow" => {
                                let (_never, nothing) = channel::<()>();
                                let _ = nothing.recv_timeout(Duration::from_millis(300));
                            }
                            "multi" => (0..50).try_for_each(|_| say("250-2.0.0 one line of many"))?,
                            _ => {}
                        }
                        say("250 2.0.0 queued")?;
                    }
                }
            }
            other => panic!("a command nobody asked for: {other}"),
        }
    }
}
