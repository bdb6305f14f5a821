//! Answers of a server, one at a time and none longer than it may be.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};

/// What a connection to a server must be able to do.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// The two directions of a connection.
pub(super) struct Wire<S = Box<dyn Connection>> {
    stream: BufReader<S>,
    /// How many bytes the server may still send until it is given more.
    allowance: usize,
    /// Part of an answer has been taken: who gives up waiting now cannot go on later.
    amid: bool,
}

impl<S: Connection> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream: BufReader::with_capacity(64 * 1024, stream), allowance: 0, amid: false }
    }

    /// Whether waiting was given up in the midst of an answer.
    pub(super) fn is_amid(&self) -> bool {
        self.amid
    }

    /// How many bytes the answers to come may have together.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.allowance = bytes;
    }

    /// Says one line.
    pub(super) async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await
    }

    /// Sends bytes as they are.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes).await?;
        self.stream.get_mut().flush().await
    }

    /// Bytes that have come and were not read.
    pub(super) fn unread(&self) -> &[u8] {
        self.stream.buffer()
    }

    /// The connection without what was read ahead of it.
    pub(super) fn into_stream(self) -> S {
        self.stream.into_inner()
    }

    /// The next answer with its literals in it (RFC 3501, section 4.3) and without its last line end.
    ///
    /// # Errors
    /// `UnexpectedEof` when the connection ended, however cleanly; `InvalidData` when more came than is allowed. No
    /// memory is taken for bytes that have only been announced.
    pub(super) async fn answer(&mut self) -> io::Result<Vec<u8>> {
        let (mut answer, mut line) = (Vec::new(), 0);
        loop {
            self.line(&mut answer).await?;
            match announced(&answer[line..]).filter(|_| has_literals(&answer)) {
                Some(length) => self.literal(length, &mut answer).await?,
                None => break,
            }
            line = answer.len();
        }
        self.amid = false;
        while answer.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            answer.pop();
        }
        Ok(answer)
    }

    fn spend(&mut self, bytes: usize) -> io::Result<()> {
        let left = self.allowance.checked_sub(bytes);
        let too_much = || io::Error::new(io::ErrorKind::InvalidData, "it sent more than this answer may have");
        self.allowance = left.ok_or_else(too_much)?;
        Ok(())
    }

    /// Adds one line with its end.
    async fn line(&mut self, answer: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let chunk = self.stream.fill_buf().await?;
            if chunk.is_empty() {
                return Err(closed());
            }
            let end = chunk.iter().position(|byte| *byte == b'\n').map(|place| place + 1);
            let taken = end.unwrap_or(chunk.len());
            answer.extend_from_slice(&chunk[..taken]);
            self.stream.consume(taken);
            self.amid = true;
            self.spend(taken)?;
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Adds a literal of this length.
    async fn literal(&mut self, length: usize, answer: &mut Vec<u8>) -> io::Result<()> {
        self.spend(length)?;
        let read = (&mut self.stream).take(length as u64).read_to_end(answer).await?;
        if read == length { Ok(()) } else { Err(closed()) }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed")
}

/// Whether an answer is data. The text of OK, NO, BAD, BYE, of a tagged answer and of a continuation is free to end in
/// `{5}` and announces nothing by it.
fn has_literals(answer: &[u8]) -> bool {
    let Some(data) = answer.strip_prefix(b"* ") else { return false };
    let word = data.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    ![&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|status| word.eq_ignore_ascii_case(status))
}

/// The length of the literal that a line announces.
fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"))?.strip_suffix(b"}")?;
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    digits(&line[open + 1..])
}

/// A number in ASCII digits and nothing else.
pub(super) fn digits<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All answers in `sent`, each as text, until the connection ends or something is wrong, which comes last.
    fn answers(sent: &[u8], allowed: usize) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (ours, mut theirs) = tokio::io::duplex(sent.len().max(1));
            theirs.write_all(sent).await.expect("written");
            drop(theirs);
            let mut wire = Wire::new(ours);
            wire.allow(allowed);
            let mut answers = Vec::new();
            loop {
                match wire.answer().await {
                    Ok(answer) => answers.push(String::from_utf8(answer).expect("text")),
                    Err(error) => {
                        answers.push(error.to_string());
                        return answers;
                    }
                }
            }
        })
    }

    #[track_caller]
    fn check(sent: &str, expected: &[&str]) {
        let all = answers(sent.as_bytes(), 1000);
        let (last, answers) = all.split_last().expect("an end");
        assert_eq!(
            (answers, last.as_str()),
            (&expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..], "the connection was closed")
        );
    }

    #[test]
    fn answers_end_with_their_line_unless_a_literal_is_announced() {
        check("", &[]);
        check("* OK ready\r\n", &["* OK ready"]);
        check("* OK ready\na OK\r\n", &["* OK ready", "a OK"]);
        check("* 1 FETCH (BODY[] {4}\r\na\r\nb)\r\na OK\r\n", &["* 1 FETCH (BODY[] {4}\r\na\r\nb)", "a OK"]);
        check("* 1 FETCH (X {1}\r\n1 Y {0}\r\n Z {2}\r\n22)\r\n", &["* 1 FETCH (X {1}\r\n1 Y {0}\r\n Z {2}\r\n22)"]);
        // Not the announcement of a literal: a text may end as it likes, and so may a mail.
        check("* OK see {4}\r\n* 2 EXISTS\r\n", &["* OK see {4}", "* 2 EXISTS"]);
        check("a NO {9}\r\n", &["a NO {9}"]);
        check("* 1 FETCH (BODY[] {8}\r\nx {99}\r\n)\r\n", &["* 1 FETCH (BODY[] {8}\r\nx {99}\r\n)"]);
        check("* 1 FETCH (BODY[] {+}\r\n", &["* 1 FETCH (BODY[] {+}"]);
        // What has no end is no answer.
        check("* 2 EXI", &[]);
        check("* 1 FETCH (BODY[] {4}\r\nab", &[]);
    }

    #[test]
    fn nothing_is_held_beyond_what_is_allowed() {
        let too_much = "it sent more than this answer may have";
        for (sent, allowed, last) in [
            ("* OK\r\n", 6, "the connection was closed"),
            ("* OK\r\n", 5, too_much),
            ("* 1 FETCH (BODY[] {18446744073709551615}\r\n", 1000, too_much),
            ("* 1 FETCH (BODY[] {999}\r\n", 1000, too_much),
            ("* 1 FETCH (BODY[] {900}\r\n", 1000, "the connection was closed"),
        ] {
            assert_eq!(answers(sent.as_bytes(), allowed).last().map(String::as_str), Some(last), "{sent}");
        }
        let endless = vec![b'x'; 100_000];
        assert_eq!(answers(&endless, 70_000), [too_much]);
    }
}
