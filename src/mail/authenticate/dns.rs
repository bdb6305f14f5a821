//! Asking a resolver for text records (RFC 1035), in bounded time.
//!
//! A stub of our own and not hickory-resolver, which brings 24 crates and wants a runtime: one kind of question to the
//! resolver that the user trusts anyway. The port is the system's choice at random and the number is random, so that who
//! does not see the question cannot forge the answer; the socket is connected, so that nobody else's comes in.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// How long one resolver may take: they answer in parts of a second, and ask others for at most two.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Most resolvers asked, one after the other.
const MAX_SERVERS: usize = 2;

/// Most datagrams looked at for an answer: strays would otherwise make the wait long.
const MAX_DATAGRAMS: usize = 8;

/// Largest answer taken in one datagram, as told to the resolver: what passes everywhere without being cut up.
const DATAGRAM_BYTES: u16 = 1_232;

/// Most records read of one answer: a key has one.
const MAX_RECORDS: u16 = 64;

/// Where a Unix system names its resolvers.
const SYSTEM_FILE: &str = "/etc/resolv.conf";

const TXT: u16 = 16;
const IN: u16 = 1;

/// Resolvers to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dns {
    servers: Servers,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Servers {
    /// Those that the system names when it is asked.
    System,
    At(SocketAddr),
}

/// Why nobody answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum DnsError {
    #[error("no resolver is named in {SYSTEM_FILE}")]
    NoServer,
    #[error("the resolver {0} did not answer: {1}")]
    NoAnswer(SocketAddr, io::Error),
    #[error("the resolver {0} failed (code {1})")]
    Failed(SocketAddr, u8),
    #[error("the resolver {0} sent an answer that cannot be read")]
    Broken(SocketAddr),
}

impl Dns {
    /// The resolvers of the system.
    #[must_use]
    pub fn system() -> Self {
        Self { servers: Servers::System }
    }

    /// This one.
    #[must_use]
    pub fn at(server: SocketAddr) -> Self {
        Self { servers: Servers::At(server) }
    }

    /// The text records of a name; empty when it has none.
    pub(super) fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        let servers = match &self.servers {
            Servers::System => named_in(&fs::read_to_string(SYSTEM_FILE).unwrap_or_default()),
            Servers::At(server) => vec![*server],
        };
        let mut last = DnsError::NoServer;
        for server in servers.into_iter().take(MAX_SERVERS) {
            match ask(server, name) {
                Ok(records) => return Ok(records),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn named_in(text: &str) -> Vec<SocketAddr> {
    let words = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver")?.split_whitespace().next());
    words.filter_map(|word| word.parse::<IpAddr>().ok()).map(|address| SocketAddr::new(address, 53)).collect()
}

fn ask(server: SocketAddr, name: &str) -> Result<Vec<String>, DnsError> {
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(|error| DnsError::NoAnswer(server, io::Error::other(error.to_string())))?;
    let question = question(id, name);
    let no_answer = |error| DnsError::NoAnswer(server, error);
    let datagram = by_datagram(server, &question).map_err(no_answer)?;
    let answer = Answer::read(&datagram, &question).ok_or(DnsError::Broken(server))?;
    let answer = if answer.cut {
        let whole = by_stream(server, &question).map_err(no_answer)?;
        Answer::read(&whole, &question).ok_or(DnsError::Broken(server))?
    } else {
        answer
    };
    match answer.code {
        0 => Ok(answer.texts),
        NO_SUCH_NAME => Ok(Vec::new()),
        code => Err(DnsError::Failed(server, code)),
    }
}

const NO_SUCH_NAME: u8 = 3;

/// A question for the text records of a name, with the size of answers we take (RFC 6891).
fn question(id: [u8; 2], name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 29);
    out.extend(id);
    // Recursion desired; one question, one additional record.
    out.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        out.extend(label.bytes());
    }
    out.push(0);
    out.extend([TXT, IN].into_iter().flat_map(u16::to_be_bytes));
    out.extend([0, 0, 41]);
    out.extend(DATAGRAM_BYTES.to_be_bytes());
    out.extend([0; 6]);
    out
}

fn by_datagram(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.send(question)?;
    let mut buffer = vec![0; usize::from(DATAGRAM_BYTES)];
    for _ in 0..MAX_DATAGRAMS {
        let length = socket.recv(&mut buffer)?;
        if buffer[..length].starts_with(&question[..2]) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "its answers are to other questions"))
}

fn by_stream(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    code: u8,
    /// There is more than fits into a datagram.
    cut: bool,
    texts: Vec<String>,
}

impl Answer {
    /// None where it is no answer to the question.
    fn read(bytes: &[u8], question: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let flags = number(2)?;
        let asked = question.get(12..question.len() - 11)?;
        let repeated = bytes.get(12..12 + asked.len());
        let is_answer = bytes.get(..2) == question.get(..2) && flags & 0x8000 != 0 && number(4)? == 1;
        if !is_answer || !repeated.is_some_and(|repeated| repeated.eq_ignore_ascii_case(asked)) {
            return None;
        }
        let mut answer = Self { code: (flags & 0xf) as u8, cut: flags & 0x200 != 0, texts: Vec::new() };
        let mut at = 12 + asked.len();
        if answer.cut {
            return Some(answer);
        }
        for _ in 0..number(6)?.min(MAX_RECORDS) {
            at = behind_name(bytes, at)?;
            let (kind, class, length) = (number(at)?, number(at + 2)?, usize::from(number(at + 8)?));
            let content = bytes.get(at + 10..at + 10 + length)?;
            if (kind, class) == (TXT, IN) {
                answer.texts.push(text(content)?);
            }
            at += 10 + length;
        }
        Some(answer)
    }
}

/// Where a name ends: at its last label, or at the reference to another name.
fn behind_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            label @ 1..=63 => at += 1 + usize::from(label),
            0xc0.. => return Some(at + 2),
            _ => return None,
        }
    }
}

/// The strings of a text record, put together.
fn text(mut content: &[u8]) -> Option<String> {
    let mut whole = Vec::new();
    while let Some((length, rest)) = content.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(*length))?;
        whole.extend_from_slice(string);
        content = rest;
    }
    Some(String::from_utf8_lossy(&whole).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Vec<u8> {
        question([1, 2], "s._domainkey.dc.example")
    }

    /// An answer with this code and these records behind the question.
    fn answer(flags: u16, records: &[&[u8]]) -> Vec<u8> {
        let asked = asked();
        let mut out = [&asked[..2], &(flags | 0x8000).to_be_bytes(), &[0, 1]].concat();
        out.extend(u16::try_from(records.len()).expect("few").to_be_bytes());
        out.extend([0; 4]);
        out.extend(&asked[12..asked.len() - 11]);
        [out, records.concat()].concat()
    }

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        let mut out = vec![0xc0, 12];
        out.extend([kind, IN].into_iter().flat_map(u16::to_be_bytes));
        out.extend([0, 0, 0, 60]);
        out.extend(u16::try_from(content.len()).expect("short").to_be_bytes());
        out.extend(content);
        out
    }

    #[test]
    fn answers_are_read_and_nothing_else_is() {
        let alias = record(5, b"\x05other\x00");
        let key = record(TXT, b"\x04v=DK\x03IM1");
        let read = |bytes: &[u8]| Answer::read(bytes, &asked());
        let texts = vec!["v=DKIM1".to_owned()];
        assert_eq!(read(&answer(0, &[&alias, &key])), Some(Answer { code: 0, cut: false, texts }));
        assert_eq!(read(&answer(3, &[])), Some(Answer { code: 3, cut: false, texts: vec![] }));
        assert!(read(&answer(0x200, &[])).is_some_and(|answer| answer.cut));
        let other = question([1, 2], "t._domainkey.dc.example");
        assert_eq!(Answer::read(&answer(0, &[&key]), &other), None);
        assert_eq!(Answer::read(&answer(0, &[&key]), &question([1, 3], "s._domainkey.dc.example")), None);
        assert_eq!(read(&asked()), None, "a question is no answer");
        let whole = answer(0, &[&alias, &key]);
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "cut at {length}");
        }
    }

    #[test]
    fn resolvers_are_those_that_the_system_names() {
        let text =
            "# none\nsearch lan\nnameserver 10.0.0.53\nnameserver  2001:db8::53 # second\nnameserver fe80::1%eth0\n";
        let expected: Vec<SocketAddr> =
            ["10.0.0.53:53", "[2001:db8::53]:53"].iter().map(|a| a.parse().expect("an address")).collect();
        assert_eq!(named_in(text), expected);
    }
}
