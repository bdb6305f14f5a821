//! A connection to the relay, secured as asked, ready for the SMTP conversation.
//!
//! We connect ourselves: bytes that arrive in clear right behind the answer to STARTTLS must not be taken for answers of
//! the secured relay (the command injection of CVE-2011-0411), and here they end the connection. How a server is reached
//! and secured is the same for mail out and mail in: [`Peer`](super::peer::Peer).

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::peer::Tls;
use super::relay::{Relay, RelayError};

/// Most bytes of one reply in clear: an EHLO answer has some hundred.
const MAX_REPLY_BYTES: usize = 16 * 1024;

/// Connects and, as the relay's settings say, secures.
pub(super) async fn connect(relay: &Relay) -> Result<Box<dyn AsyncTokioStream>, RelayError> {
    let (peer, deadlines) = (relay.peer(), relay.deadlines);
    let mut tcp = peer.dial(deadlines.connect).await?;
    match relay.tls {
        Tls::None => Ok(Box::new(tcp)),
        Tls::Implicit => Ok(Box::new(Secured { tls: peer.handshake(tcp, deadlines.command).await?, greeting: &[] })),
        Tls::StartTls => {
            start_tls(relay, &mut tcp).await?;
            // The relay greets once, before STARTTLS; the SMTP client behind us waits for a greeting, and is given one.
            let tls = peer.handshake(tcp, deadlines.command).await?;
            Ok(Box::new(Secured { tls, greeting: b"220 secured\r\n" }))
        }
    }
}

/// Greeting, EHLO and STARTTLS, in clear.
async fn start_tls(relay: &Relay, tcp: &mut TcpStream) -> Result<(), RelayError> {
    expect(relay, tcp, "greeting", "", 220).await?;
    let offers = expect(relay, tcp, "EHLO", &format!("EHLO {}\r\n", relay.helo), 250).await?;
    if !offers.lines().any(|line| line.get(4..).is_some_and(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Err(RelayError::NoStartTls { relay: relay.name() });
    }
    expect(relay, tcp, "STARTTLS", "STARTTLS\r\n", 220).await?;
    Ok(())
}

/// Says `command` and returns the whole reply when its code is `code` and nothing follows it.
async fn expect(
    relay: &Relay,
    tcp: &mut TcpStream,
    step: &'static str,
    command: &str,
    code: u16,
) -> Result<String, RelayError> {
    let conversation = async {
        tcp.write_all(command.as_bytes()).await?;
        read_reply(tcp).await
    };
    let wrong = |what: String| RelayError::Conversation { relay: relay.name(), step, what };
    let reply = relay.peer().within(relay.deadlines.command, step, conversation).await?;
    let reply = reply.map_err(|error| wrong(error.to_string()))?;
    if reply.starts_with(&format!("{code}")) {
        Ok(reply)
    } else {
        Err(wrong(reply.trim_end().escape_debug().to_string()))
    }
}

/// One reply (RFC 5321, section 4.2.1) that is the last thing the relay has said.
async fn read_reply(tcp: &mut TcpStream) -> io::Result<String> {
    let mut reply = Vec::new();
    loop {
        let mut chunk = [0; 1024];
        let read = tcp.read(&mut chunk).await?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed"));
        }
        reply.extend_from_slice(&chunk[..read]);
        match reply_end(&reply) {
            Some(end) if end == reply.len() => break,
            Some(_) => return Err(io::Error::other("more was sent than the reply")),
            None if reply.len() > MAX_REPLY_BYTES => return Err(io::Error::other("the reply has no end")),
            None => {}
        }
    }
    String::from_utf8(reply).map_err(|_| io::Error::other("the reply is not text"))
}

/// Where the first line that is not continued (`250-`) ends.
fn reply_end(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        start += line.len();
        if line.ends_with(b"\n") && line.get(3) != Some(&b'-') {
            return Some(start);
        }
    }
    None
}

/// A secured connection that begins with a greeting.
#[derive(Debug)]
struct Secured {
    tls: TlsStream<TcpStream>,
    /// What is still to be read before the relay's own bytes.
    greeting: &'static [u8],
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tls.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.tls).poll_read(cx, buf);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &str, expected: Option<usize>) {
        assert_eq!(reply_end(bytes.as_bytes()), expected, "{bytes:?}");
    }

    #[test]
    fn a_reply_ends_with_its_first_line_that_is_not_continued() {
        check("", None);
        check("220 ready", None);
        check("220 ready\r\n", Some(11));
        check("250-a\r\n250-STARTTLS\r\n", None);
        check("250-a\r\n250 STARTTLS\r\n", Some(21));
        check("220 go\r\n250 injected\r\n", Some(8));
        check("what?\r\n", Some(7));
    }
}
