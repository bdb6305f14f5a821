//! What an answer says (RFC 3501, section 7), as far as a reader of mail needs it; the rest is passed over.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::wire::digits;

/// OK or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
    /// The server is about to hang up.
    Bye,
    /// Logged in before anybody said who it is.
    PreAuth,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// `+`: go on.
    Continue,
    /// A command is done.
    Done { tag: String, status: Status, text: String },
    /// A word of the server's own.
    Status { status: Status, text: String },
    /// How many messages there are now.
    Exists,
    /// UIDs found.
    Search(Vec<u32>),
    /// What the server can do, in capitals.
    Capability(Vec<String>),
    /// Of a message.
    Fetch(Fetched),
    /// Anything else.
    Other,
}

/// What was said of one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fetched {
    pub(super) uid: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) internal_date: Option<DateTime<Utc>>,
    /// BODY[], or the beginning of it that was asked for.
    pub(super) body: Option<Vec<u8>>,
}

/// Reads an answer; none when it is none.
pub(super) fn said(answer: Vec<u8>) -> Option<Said> {
    if answer.starts_with(b"+") {
        return Some(Said::Continue);
    }
    let Some(data) = answer.strip_prefix(b"* ") else {
        let (tag, rest) = word(&answer);
        let (status, text) = status(rest)?;
        return Some(Said::Done { tag: lossy(tag), status, text });
    };
    if let Some((status, text)) = status(data) {
        return Some(Said::Status { status, text });
    }
    let (first, rest) = word(data);
    if first.eq_ignore_ascii_case(b"SEARCH") {
        let numbers = rest.split(|byte| *byte == b' ').filter(|text| !text.is_empty());
        // CONDSTORE puts `(MODSEQ 5)` behind the numbers.
        return Some(Said::Search(numbers.map_while(digits).collect()));
    }
    if first.eq_ignore_ascii_case(b"CAPABILITY") {
        return Some(Said::Capability(capabilities(rest)));
    }
    let (second, rest) = word(rest);
    if digits::<u32>(first).is_none() {
        return Some(Said::Other);
    }
    if second.eq_ignore_ascii_case(b"EXISTS") {
        return Some(Said::Exists);
    }
    if second.eq_ignore_ascii_case(b"FETCH") {
        let start = answer.len() - rest.len();
        return fetched(answer, start).map(Said::Fetch);
    }
    Some(Said::Other)
}

fn capabilities(text: &[u8]) -> Vec<String> {
    text.split(|byte| *byte == b' ').map(|word| lossy(word).to_ascii_uppercase()).collect()
}

/// The number in a response code such as `[UIDVALIDITY 3857529045]`.
pub(super) fn code_number(text: &str, name: &str) -> Option<u32> {
    let (code, _) = text.strip_prefix('[')?.split_once(']')?;
    let (key, value) = code.split_once(' ')?;
    if key.eq_ignore_ascii_case(name) { digits(value.as_bytes()) } else { None }
}

/// The capabilities in a response code `[CAPABILITY …]`.
pub(super) fn code_capabilities(text: &str) -> Option<Vec<String>> {
    let (code, _) = text.strip_prefix('[')?.split_once(']')?;
    let (key, value) = code.split_once(' ')?;
    key.eq_ignore_ascii_case("CAPABILITY").then(|| capabilities(value.as_bytes()))
}

fn status(text: &[u8]) -> Option<(Status, String)> {
    let (first, rest) = word(text);
    let named = [
        (&b"OK"[..], Status::Ok),
        (b"NO", Status::No),
        (b"BAD", Status::Bad),
        (b"BYE", Status::Bye),
        (b"PREAUTH", Status::PreAuth),
    ];
    let (_, status) = named.into_iter().find(|(name, _)| first.eq_ignore_ascii_case(name))?;
    Some((status, lossy(rest)))
}

fn word(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b' ') {
        Some(space) => (&text[..space], &text[space + 1..]),
        None => (text, &[]),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What stands in the brackets of a FETCH from `start`; none when they do not close.
fn fetched(mut answer: Vec<u8>, start: usize) -> Option<Fetched> {
    let mut cursor = Cursor { bytes: &answer, at: start };
    let mut fetched = Fetched::default();
    let mut body = None;
    cursor.expect(b'(')?;
    loop {
        cursor.skip_spaces();
        if cursor.peek()? == b')' {
            break;
        }
        let name = cursor.name()?;
        cursor.expect(b' ')?;
        let value = cursor.value()?;
        let (name, text) = (&answer[name], &answer[value.clone()]);
        if name.eq_ignore_ascii_case(b"UID") {
            fetched.uid = digits(text);
        } else if name.eq_ignore_ascii_case(b"RFC822.SIZE") {
            fetched.size = digits(text);
        } else if name.eq_ignore_ascii_case(b"INTERNALDATE") {
            fetched.internal_date = internal_date(text);
        } else if name.eq_ignore_ascii_case(b"BODY[]") || name.eq_ignore_ascii_case(b"BODY[]<0>") {
            body = Some(value);
        }
    }
    // In place: a mail may have many megabytes.
    fetched.body = body.map(|range| {
        answer.truncate(range.end);
        answer.drain(..range.start);
        answer
    });
    Some(fetched)
}

/// ` 7-Feb-1994 21:52:25 -0800`.
fn internal_date(text: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(text).ok()?.trim();
    DateTime::parse_from_str(text, "%d-%b-%Y %H:%M:%S %z").ok().map(|at| at.to_utc())
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let found = self.peek()? == byte;
        self.at += usize::from(found);
        found.then_some(())
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// A name such as `UID` or `BODY[HEADER.FIELDS (DATE)]<0>`.
    fn name(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut brackets = 0_usize;
        loop {
            match self.peek()? {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b' ' | b'(' | b')' if brackets == 0 => return (self.at > start).then_some(start..self.at),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The content of a value: an atom, a string, a literal, or a whole list, whose depth does not matter.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            let content = match self.peek()? {
                b'(' => {
                    (depth, self.at) = (depth + 1, self.at + 1);
                    continue;
                }
                b')' => {
                    (depth, self.at) = (depth.checked_sub(1)?, self.at + 1);
                    start..self.at
                }
                b' ' => {
                    self.at += 1;
                    continue;
                }
                b'"' => self.quoted()?,
                b'{' => self.literal()?,
                _ => self.atom(),
            };
            if depth == 0 {
                return Some(content);
            }
        }
    }

    fn quoted(&mut self) -> Option<Range<usize>> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(start..self.at - 1);
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn literal(&mut self) -> Option<Range<usize>> {
        let rest = &self.bytes[self.at + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        let length: usize = digits(&rest[..close])?;
        self.at += close + 2;
        let _ = self.expect(b'\r');
        self.expect(b'\n')?;
        let start = self.at;
        self.at = start.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        Some(start..self.at)
    }

    fn atom(&mut self) -> Range<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| !matches!(byte, b' ' | b'(' | b')')) {
            self.at += 1;
        }
        start..self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: impl Into<Option<Said>>) {
        assert_eq!(said(answer.as_bytes().to_vec()), expected.into(), "{answer}");
    }

    fn fetch(uid: u32, size: Option<u64>, date: Option<&str>, body: Option<&str>) -> Said {
        Said::Fetch(Fetched {
            uid: Some(uid),
            size,
            internal_date: date.map(|date| date.parse().expect("an instant")),
            body: body.map(|body| body.as_bytes().to_vec()),
        })
    }

    #[test]
    fn answers() {
        let done = |tag: &str, status, text: &str| Some(Said::Done { tag: tag.into(), status, text: text.into() });
        check("+ idling", Some(Said::Continue));
        check("+", Some(Said::Continue));
        check("a1 OK done", done("a1", Status::Ok, "done"));
        check("a1 no [AUTHENTICATIONFAILED] wrong", done("a1", Status::No, "[AUTHENTICATIONFAILED] wrong"));
        check("a1 BAD", done("a1", Status::Bad, ""));
        check("* BYE later", Some(Said::Status { status: Status::Bye, text: "later".into() }));
        check("* 23 EXISTS", Some(Said::Exists));
        check("* 23 EXPUNGE", Some(Said::Other));
        check("* FLAGS (\\Seen)", Some(Said::Other));
        check("* SEARCH", Some(Said::Search(vec![])));
        check("* SEARCH 2 84 882", Some(Said::Search(vec![2, 84, 882])));
        check("* SEARCH 2 84 (MODSEQ 917162500)", Some(Said::Search(vec![2, 84])));
        check("* capability imap4rev1 Idle", Some(Said::Capability(vec!["IMAP4REV1".into(), "IDLE".into()])));
        for nothing in
            ["", "*", "a1", "a1 WHAT", "* 1 FETCH (UID 1", "* 1 FETCH UID 1", "* 1 FETCH (UID 1 BODY[] {9}\r\nx)"]
        {
            check(nothing, None);
        }
    }

    #[test]
    fn fetched_messages() {
        check("* 1 FETCH (UID 7 RFC822.SIZE 44)", fetch(7, Some(44), None, None));
        check(
            "* 1 FETCH (FLAGS (\\Seen (a \")\" {1}\r\n))) UID 7 INTERNALDATE \" 7-Feb-1994 21:52:25 -0800\")",
            fetch(7, None, Some("1994-02-08T05:52:25Z"), None),
        );
        check("* 1 FETCH (BODY[] {5}\r\na)\r\n( uid 7)", fetch(7, None, None, Some("a)\r\n(")));
        check("* 1 FETCH (UID 7 BODY[]<0> {2}\r\nab)", fetch(7, None, None, Some("ab")));
        check("* 1 FETCH (UID 7 BODY[] \"a b\" MODSEQ (12))", fetch(7, None, None, Some("a b")));
        check("* 1 FETCH (UID 7 BODY[HEADER.FIELDS (DATE FROM)] {2}\r\n\r\n)", fetch(7, None, None, None));
        check("* 1 FETCH (UID 99999999999 INTERNALDATE \"nonsense\")", Some(Said::Fetch(Fetched::default())));
        let deep = format!("* 1 FETCH (BODYSTRUCTURE {}{} UID 7)", "(".repeat(100_000), ")".repeat(100_000));
        check(&deep, fetch(7, None, None, None));
    }

    #[test]
    fn codes() {
        assert_eq!(code_number("[UIDVALIDITY 38] ok", "UIDVALIDITY"), Some(38));
        assert_eq!(code_number("[uidvalidity 38]", "UIDVALIDITY"), Some(38));
        assert_eq!(code_number("[UIDNEXT 38]", "UIDVALIDITY"), None);
        assert_eq!(code_number("UIDVALIDITY 38", "UIDVALIDITY"), None);
        assert_eq!(code_capabilities("[CAPABILITY IMAP4rev1 IDLE] hi"), Some(vec!["IMAP4REV1".into(), "IDLE".into()]));
    }
}
