//! A relay that takes everything and remembers only what came when: of each mail its Message-ID and the virtual time.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use inwindow::time::Clock as _;

use super::VirtualClock;

struct Kept {
    clock: VirtualClock,
    away: AtomicBool,
    /// Written down and not held: what is measured is the program's memory.
    arrived: Mutex<BufWriter<File>>,
}

pub(super) struct Sink {
    pub(super) port: u16,
    kept: Arc<Kept>,
}

impl Sink {
    pub(super) fn start(clock: VirtualClock, arrived: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let file = Mutex::new(BufWriter::new(File::create(arrived).expect("made")));
        let kept = Arc::new(Kept { clock, away: AtomicBool::new(false), arrived: file });
        let of_all = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, kept) = (stream.expect("a connection"), Arc::clone(&of_all));
                if !kept.away.load(Ordering::SeqCst) {
                    std::thread::spawn(move || serve(&stream, &kept));
                }
            }
        });
        Self { port, kept }
    }

    /// From now on connections are taken and closed.
    pub(super) fn goes_away(&self) {
        self.kept.away.store(true, Ordering::SeqCst);
    }

    /// From now on it takes mails, again.
    pub(super) fn is_there(&self) {
        self.kept.away.store(false, Ordering::SeqCst);
    }

    /// Everything that arrived is in the file.
    pub(super) fn end(&self) {
        self.kept.arrived.lock().expect("no panic").flush().expect("written");
    }
}

fn serve(stream: &TcpStream, kept: &Kept) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(line.as_bytes());
    say("220 sink\r\n")?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default() {
            b"EHLO" => say("250-sink\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n")?,
            b"QUIT" => return say("221 bye\r\n"),
            b"DATA" => {
                say("354 go\r\n")?;
                let id = mail(&mut reader)?;
                let at = kept.clock.now().timestamp_micros();
                let mut arrived = kept.arrived.lock().expect("no panic");
                arrived.write_all(&id.to_le_bytes())?;
                arrived.write_all(&at.to_le_bytes())?;
                drop(arrived);
                say("250 2.0.0 queued\r\n")?;
            }
            _ => say("250 2.1.0 ok\r\n")?,
        }
    }
}

/// Reads a mail to its final dot; the 128 bits that our Message-IDs begin with.
fn mail(reader: &mut BufReader<&TcpStream>) -> io::Result<u128> {
    let (mut id, mut line) = (0, Vec::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(id);
        }
        if id == 0 && line.len() > 12 && line[..12].eq_ignore_ascii_case(b"message-id: ") {
            let text = String::from_utf8_lossy(&line[12..]);
            id = id_of(text.trim().trim_start_matches('<'));
        }
    }
}

/// The bits of a Message-ID of ours.
pub(super) fn id_of(message_id: &str) -> u128 {
    u128::from_str_radix(message_id.split('@').next().unwrap_or_default(), 16).expect("a Message-ID of ours")
}

/// What the file says: each Message-ID with the times at which it came.
pub(super) fn arrived(file: &Path) -> io::Result<std::collections::HashMap<u128, Vec<i64>>> {
    let mut reader = BufReader::new(File::open(file)?);
    let mut arrived = std::collections::HashMap::new();
    let (mut id, mut at) = ([0; 16], [0; 8]);
    while reader.read_exact(&mut id).is_ok() {
        reader.read_exact(&mut at)?;
        arrived.entry(u128::from_le_bytes(id)).or_insert_with(Vec::new).push(i64::from_le_bytes(at));
    }
    Ok(arrived)
}
