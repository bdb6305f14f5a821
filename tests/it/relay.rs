//! A relay on loopback that behaves as the recipient's local part says, over any number of connections, and keeps what
//! it got.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A mail that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub from: String,
    pub to: String,
    pub bytes: Vec<u8>,
    /// Whether the relay said so.
    pub answered: bool,
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
}

/// The relay; its threads end with the process.
#[derive(Clone)]
pub struct FakeRelay {
    pub port: u16,
    kept: Arc<Kept>,
}

impl FakeRelay {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let kept = Arc::new(Kept::default());
        let relay = Self { port, kept: Arc::clone(&kept) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, kept) = (stream.expect("a connection"), Arc::clone(&kept));
                *kept.connections.lock().expect("no panic") += 1;
                // The client may leave at any point, and be killed.
                std::thread::spawn(move || serve(&stream, &kept));
            }
        });
        relay
    }

    /// From now on connections are taken and not greeted.
    pub fn fall_silent(&self) {
        self.kept.silent.store(true, Ordering::SeqCst);
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

fn serve(stream: &TcpStream, kept: &Kept) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes());
    stream.set_nodelay(true)?;
    if kept.silent.load(Ordering::SeqCst) {
        return hang(&mut reader);
    }
    say("220 fake ESMTP")?;
    let (mut from, mut to) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let address =
            || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(a, _)| a).to_owned();
        let command = line.split([' ', ':', '\r']).next().unwrap_or_default().to_uppercase();
        let behaviour = to.split(['@', '+', '-']).next().unwrap_or_default().to_owned();
        match command.as_str() {
            "EHLO" => say("250-fake\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")?,
            "RSET" => say("250 2.0.0 ok")?,
            "QUIT" => return say("221 bye"),
            "MAIL" => {
                from = address();
                to.clear();
                say("250 2.1.0 ok")?;
            }
            "RCPT" => {
                to = address();
                let times = {
                    let mut asked = kept.asked.lock().expect("no panic");
                    let times = asked.entry(to.clone()).or_default();
                    *times += 1;
                    *times
                };
                match to.split(['@', '+', '-']).next().unwrap_or_default() {
                    "grey" if times < 3 => say("450 4.7.1 greylisted")?,
                    "tmp" => say("451 4.3.0 try later")?,
                    "full" => say("452 4.2.2 mailbox full")?,
                    "gone" => say("550 5.1.1 no such user")?,
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
                        let mail = Arrived { from: from.clone(), to: to.clone(), bytes, answered };
                        kept.arrived.lock().expect("no panic").push(mail);
                        match behaviour.as_str() {
                            "dropdot" => return stream.shutdown(Shutdown::Both),
                            "hangdot" => return hang(&mut reader),
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
