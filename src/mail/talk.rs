//! What is said to a relay and what it answers: one reply at a time, none longer than it may be.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Most bytes of one reply: an EHLO answer has some hundred.
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// What a connection to a relay must be able to do.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// The two directions of a connection.
pub(super) struct Talk<S = Box<dyn Connection>> {
    stream: S,
    /// What came and was not taken as a reply.
    heard: Vec<u8>,
}

/// One reply (RFC 5321, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub(super) code: u16,
    /// What stands behind the code, line by line.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Its lines joined by blanks.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.text().escape_debug())
    }
}

impl<S: Connection> Talk<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, heard: Vec::new() }
    }

    /// Says commands, each of which ends its line, or nothing, and hears the next reply.
    ///
    /// # Errors
    /// As [`Talk::hear`], and those of writing.
    pub(super) async fn ask(&mut self, lines: &str) -> io::Result<Reply> {
        if !lines.is_empty() {
            self.write(lines.as_bytes(), &mut 0).await?;
        }
        self.hear().await
    }

    /// Sends bytes as they are; `written` counts those that the system, or the encryption before it, has taken.
    pub(super) async fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        while *written < bytes.len() {
            match self.stream.write(&bytes[*written..]).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                more => *written += more,
            }
        }
        self.stream.flush().await
    }

    /// The next reply.
    ///
    /// # Errors
    /// `UnexpectedEof` when the connection ended before it was whole; `InvalidData` when it is none, or has no end.
    pub(super) async fn hear(&mut self) -> io::Result<Reply> {
        loop {
            if let Some((reply, end)) = reply(&self.heard)? {
                self.heard.drain(..end);
                return Ok(reply);
            }
            if self.heard.len() > MAX_REPLY_BYTES {
                return Err(wrong("the reply has no end".to_owned()));
            }
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed"));
            }
        }
    }

    /// The connection, when nothing came behind the last reply.
    pub(super) fn into_stream(self) -> io::Result<S> {
        if self.heard.is_empty() { Ok(self.stream) } else { Err(wrong("more was sent than the reply".to_owned())) }
    }
}

fn wrong(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The reply that the bytes begin with, and where it ends; none when it is not whole.
fn reply(bytes: &[u8]) -> io::Result<Option<(Reply, usize)>> {
    let (mut end, mut lines, mut code) = (0, Vec::new(), None);
    for line in bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        end += line.len();
        let line = line.trim_ascii_end();
        let garbled = || wrong(format!("no reply: `{}`", line.escape_ascii()));
        let (digits, rest) = line.split_at_checked(3).ok_or_else(garbled)?;
        let formed = (b'2'..=b'5').contains(&digits[0]) && digits[1..].iter().all(u8::is_ascii_digit);
        let number = digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit.wrapping_sub(b'0')));
        let (goes_on, words) = match rest.split_first() {
            None => (false, rest),
            Some((b' ', words)) => (false, words),
            Some((b'-', words)) => (true, words),
            Some(_) => return Err(garbled()),
        };
        if !formed || code.is_some_and(|code| code != number) {
            return Err(garbled());
        }
        code = Some(number);
        lines.push(String::from_utf8_lossy(words).into_owned());
        if !goes_on {
            return Ok(Some((Reply { code: number, lines }, end)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<Option<(u16, &str, usize)>, &str>) {
        let got = reply(bytes).map_err(|error| error.to_string());
        let got = got.map(|whole| whole.map(|(reply, end)| (reply.code, reply.text(), end)));
        let expected = expected.map(|whole| whole.map(|(code, text, end)| (code, text.to_owned(), end)));
        assert_eq!(got, expected.map_err(str::to_owned), "{}", bytes.escape_ascii());
    }

    #[test]
    fn a_reply_ends_with_its_first_line_that_is_not_continued() {
        check(b"", Ok(None));
        check(b"220 ready", Ok(None));
        check(b"220 ready\r\n", Ok(Some((220, "ready", 11))));
        check(b"250\r\n", Ok(Some((250, "", 5))));
        check(b"250-a\r\n250-STARTTLS\r\n", Ok(None));
        check(b"250-a\r\n250 STARTTLS\r\n", Ok(Some((250, "a STARTTLS", 21))));
        check(b"220 go\r\n250 injected\r\n", Ok(Some((220, "go", 8))));
        check(b"250 caf\xe9\n", Ok(Some((250, "caf\u{fffd}", 9))));
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        check(b"what?\r\n", Err("no reply: `what?`"));
        check(b"25\r\n", Err("no reply: `25`"));
        check(b"\r\n", Err("no reply: ``"));
        check(b"2500 ok\r\n", Err("no reply: `2500 ok`"));
        check(b"150 go\r\n", Err("no reply: `150 go`"));
        check(b"650 go\r\n", Err("no reply: `650 go`"));
        check(b"2x0 go\r\n", Err("no reply: `2x0 go`"));
        check(b"250-a\r\n251 b\r\n", Err("no reply: `251 b`"));
        check(b"HTTP/1.1 400 Bad Request\r\n", Err("no reply: `HTTP/1.1 400 Bad Request`"));
    }
}
