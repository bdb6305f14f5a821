//! Messages out of an mbox (RFC 4155), one at a time.

use std::io::{self, BufRead, Read as _};

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use super::source::MAX_MESSAGE_BYTES;

/// One message of an mbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Its bytes without the `From ` line, quoting undone, and the date of that line where it is readable.
    Message { bytes: Vec<u8>, from: Option<DateTime<Utc>> },
    /// It is larger than [`MAX_MESSAGE_BYTES`].
    TooLarge,
}

/// Reads an mbox, keeping one message in memory.
///
/// A line beginning `From ` starts a message when it is the first of the file, or when it follows an empty line and
/// either carries a date or stands before a header field. Writers of every dialect quote other such lines or should;
/// a paragraph beginning "From Monday" in a file of one that does not stays in its message.
pub(super) struct Mbox<R> {
    reader: R,
    /// A line read ahead.
    ahead: Option<Vec<u8>>,
    /// The `From ` line of the next message.
    separator: Option<Vec<u8>>,
}

impl<R: BufRead> Mbox<R> {
    /// Of a reader that stands at a `From ` line.
    pub(super) fn new(reader: R) -> Self {
        Self { reader, ahead: None, separator: None }
    }

    /// The next message; none at the end.
    pub(super) fn next(&mut self) -> Option<io::Result<Entry>> {
        self.read_message().transpose()
    }

    fn read_message(&mut self) -> io::Result<Option<Entry>> {
        let separator = match self.separator.take() {
            Some(line) => line,
            None => match self.line()? {
                Some(line) => line,
                None => return Ok(None),
            },
        };
        let (mut bytes, mut too_large, mut after_empty) = (Vec::new(), false, false);
        while let Some(line) = self.line()? {
            if after_empty && self.starts_message(&line)? {
                self.separator = Some(line);
                break;
            }
            after_empty = matches!(&line[..], b"\n" | b"\r\n");
            let line = unquoted(&line);
            too_large |= (bytes.len() + line.len()) as u64 > MAX_MESSAGE_BYTES;
            if too_large {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(line);
            }
        }
        if too_large {
            return Ok(Some(Entry::TooLarge));
        }
        drop_separating_line(&mut bytes);
        Ok(Some(Entry::Message { bytes, from: from_line_date(&separator) }))
    }

    fn starts_message(&mut self, line: &[u8]) -> io::Result<bool> {
        if !line.starts_with(b"From ") {
            return Ok(false);
        }
        if from_line_date(line).is_some() {
            return Ok(true);
        }
        let next = self.line()?;
        let found = next.as_deref().is_some_and(is_header_field);
        self.ahead = next;
        Ok(found)
    }

    /// The next line with its end, or a piece of one longer than a message may be.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(MAX_MESSAGE_BYTES + 1).read_until(b'\n', &mut line)?;
        Ok((read > 0).then_some(line))
    }
}

/// `>From `, `>>From ` … lose one `>` (the mboxrd dialect; in mboxo only the first of them can be meant).
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}

/// The empty line that an mbox puts after each message is none of its own.
fn drop_separating_line(bytes: &mut Vec<u8>) {
    for (ending, separator) in [(&b"\r\n\r\n"[..], 2), (b"\n\n", 1)] {
        if bytes.ends_with(ending) {
            bytes.truncate(bytes.len() - separator);
            return;
        }
    }
}

fn is_header_field(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_graphic() && **byte != b':').count();
    name > 0 && line.get(name) == Some(&b':')
}

/// The date of a `From ` line: `Sat Mar 25 19:00:00 2017`, in UTC (RFC 4155), or with an offset before or after the
/// year, as some writers add. A zone by name gives none: it would have to be guessed.
fn from_line_date(line: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let start = words.windows(2).position(|pair| is_one_of(pair[0], &DAYS) && is_one_of(pair[1], &MONTHS))?;
    let (month, rest) = (words[start + 1], &words[start + 2..]);
    let (day, clock, year, zone) = match *rest {
        [day, clock, year] => (day, clock, year, None),
        [day, clock, one, other] if is_year(one) => (day, clock, one, Some(other)),
        [day, clock, other, two] if is_year(two) => (day, clock, two, Some(other)),
        _ => return None,
    };
    let local = ["%d %b %Y %H:%M:%S", "%d %b %Y %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&format!("{day} {month} {year} {clock}"), format).ok())?;
    let zone = zone.filter(|zone| !zone.eq_ignore_ascii_case("UTC") && !zone.eq_ignore_ascii_case("GMT"));
    match zone {
        None => Some(local.and_utc()),
        Some(offset) => {
            let offset: FixedOffset = offset.parse().ok()?;
            Some(local.and_local_timezone(offset).single()?.to_utc())
        }
    }
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.contains(&word)
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: bodies with the date of each.
    #[track_caller]
    fn check(mbox: &str, expected: &[(&str, Option<&str>)]) {
        let mut reader = Mbox::new(mbox.as_bytes());
        let mut got = Vec::new();
        while let Some(entry) = reader.next() {
            match entry.expect("readable") {
                Entry::Message { bytes, from } => {
                    got.push((String::from_utf8(bytes).expect("text"), from.map(|at| at.to_rfc3339())));
                }
                Entry::TooLarge => panic!("too large"),
            }
        }
        let got: Vec<_> = got.iter().map(|(body, from)| (body.as_str(), from.as_deref())).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn messages_are_parted_and_unquoted() {
        let date = "Sat Mar 25 19:00:00 2017";
        check("", &[]);
        check(&format!("From a@b {date}\nA: 1\n\nx\n"), &[("A: 1\n\nx\n", Some("2017-03-25T19:00:00+00:00"))]);
        check(
            &format!("From a@b {date}\nA: 1\n\nx\n\nFrom - Sat Mar 25 20:00:00 2017\nB: 2\n\ny\n\n"),
            &[("A: 1\n\nx\n", Some("2017-03-25T19:00:00+00:00")), ("B: 2\n\ny\n", Some("2017-03-25T20:00:00+00:00"))],
        );
        check(
            &format!("From a {date}\r\nA: 1\r\n\r\nx\r\n\r\nFrom b {date}\r\nB: 2\r\n\r\ny\r\n"),
            &[
                ("A: 1\r\n\r\nx\r\n", Some("2017-03-25T19:00:00+00:00")),
                ("B: 2\r\n\r\ny\r\n", Some("2017-03-25T19:00:00+00:00")),
            ],
        );
        check(
            &format!("From a {date}\nA: 1\n\n>From b\n>>From c\n>Fromage\n> From d\n"),
            &[("A: 1\n\nFrom b\n>From c\n>Fromage\n> From d\n", Some("2017-03-25T19:00:00+00:00"))],
        );
    }

    #[test]
    fn a_from_line_needs_an_empty_line_before_and_a_date_or_a_header_after() {
        check(
            "From a nonsense\nA: 1\n\nFrom 22:00 to 02:00\nwe work\n",
            &[("A: 1\n\nFrom 22:00 to 02:00\nwe work\n", None)],
        );
        check(
            "From a nonsense\nA: 1\n\nx\n\nFrom b nonsense\nB: 2\n\ny\n",
            &[("A: 1\n\nx\n", None), ("B: 2\n\ny\n", None)],
        );
        check(
            "From a nonsense\nA: 1\n\nx\nFrom b Sat Mar 25 19:00:00 2017\nB: 2\n",
            &[("A: 1\n\nx\nFrom b Sat Mar 25 19:00:00 2017\nB: 2\n", None)],
        );
    }

    #[track_caller]
    fn check_date(line: &str, expected: Option<&str>) {
        let got = from_line_date(line.as_bytes()).map(|at| at.format("%FT%TZ").to_string());
        assert_eq!(got.as_deref(), expected, "{line}");
    }

    #[test]
    fn dates_of_from_lines() {
        check_date("From a@b Sat Mar 25 19:00:00 2017\n", Some("2017-03-25T19:00:00Z"));
        check_date("From a@b Wed Mar  1 09:05:06 2017\r\n", Some("2017-03-01T09:05:06Z"));
        check_date("From a@b Sat Mar 25 20:00:00 2017 +0100\n", Some("2017-03-25T19:00:00Z"));
        check_date("From a@b Sat Mar 25 20:00:00 +0100 2017\n", Some("2017-03-25T19:00:00Z"));
        check_date("From a@b Sat Mar 25 19:00:00 UTC 2017\n", Some("2017-03-25T19:00:00Z"));
        check_date("From a@b Sat Mar 25 19:00 2017\n", Some("2017-03-25T19:00:00Z"));
        check_date("From \"Sat Mar\"@b Sat Mar 25 19:00:00 2017\n", Some("2017-03-25T19:00:00Z"));
        check_date("From a@b Sat Mar 25 20:00:00 CET 2017\n", None);
        check_date("From a@b Sat Mar 32 20:00:00 2017\n", None);
        check_date("From a@b\n", None);
        check_date("From Monday we work\n", None);
    }

    #[test]
    fn a_message_beyond_the_limit_is_told_and_the_next_one_read() {
        let mut mbox = b"From a Sat Mar 25 19:00:00 2017\nA: 1\n\n".to_vec();
        let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
        for _ in 0..=(MAX_MESSAGE_BYTES / 1024) {
            mbox.extend_from_slice(&line);
        }
        mbox.extend_from_slice(b"\nFrom b Sat Mar 25 19:00:00 2017\nB: 2\n\ny\n");
        let mut reader = Mbox::new(&mbox[..]);
        assert_eq!(reader.next().expect("an entry").expect("readable"), Entry::TooLarge);
        let Some(Ok(Entry::Message { bytes, .. })) = reader.next() else { panic!("the second message") };
        assert_eq!(bytes, b"B: 2\n\ny\n");
        assert!(reader.next().is_none());
    }
}
