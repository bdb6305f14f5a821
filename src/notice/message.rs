//! A raw mail or calendar file as what reading needs: who, when, the subject, and parts of text with lines and cells.

use chrono::{DateTime, NaiveDateTime, Utc};
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{HeaderName, HeaderValue};

use super::html;
use super::mime::{self, Headers, Leaf, Pieces};
use super::reading::Unreadable;
use super::received::Channel;
use super::text::{Line, lines};

/// Largest message read, in bytes: the limit of most mail servers.
pub const MAX_MESSAGE_BYTES: usize = 25 * 1024 * 1024;

/// How deep attached messages are entered: a forward of a forward.
const MAX_FORWARDS: usize = 3;

/// Who sent a message, when, and about what: what a notice keeps of its headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFacts {
    /// The Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// The sender's `Date`.
    pub sent_at: Option<DateTime<Utc>>,
    /// The `From` address, lower case.
    pub from: Option<String>,
    /// The subject, decoded.
    pub subject: Option<String>,
}

/// What a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartKind {
    /// Text as typed.
    Plain,
    /// Text that was HTML.
    Html,
    /// An iCalendar, whatever type it was sent as.
    Calendar,
}

/// One readable part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Type and place: `text/html 1.2`.
    pub label: String,
    /// What it holds.
    pub kind: PartKind,
    /// The words that spans count in: decoded, and of HTML as flattened.
    pub text: String,
    /// The words by line and cell; none of a calendar, which has lines of its own.
    pub lines: Vec<Line>,
}

/// What kind of mail it is, by its headers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A mail like others.
    Ordinary,
    /// A report about another mail (RFC 6522).
    Report,
    /// An automatic reply (RFC 3834).
    AutoReply,
}

/// A message taken apart; what an attached message says stands in for the mail that carried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// From the headers of the mail, or of the message attached to it.
    pub facts: MessageFacts,
    /// The date of the topmost `Received`.
    pub received_header: Option<DateTime<Utc>>,
    /// Whether the notice was attached to another mail.
    pub forwarded: bool,
    /// What kind of mail it is.
    pub kind: MailKind,
    /// Mail or bare calendar file.
    pub channel: Channel,
    /// The readable parts, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// Takes a raw mail or a bare calendar file apart, under limits.
    ///
    /// # Errors
    /// [`Unreadable`] when it is neither, or larger or deeper than is read.
    pub fn parse(raw: &[u8]) -> Result<Self, Unreadable> {
        if raw.len() > MAX_MESSAGE_BYTES {
            return Err(Unreadable::TooLarge { bytes: raw.len() as u64, limit: MAX_MESSAGE_BYTES as u64 });
        }
        if is_bare_calendar(raw) {
            return Self::of_calendar(raw);
        }
        let mut message = Self::of_pieces(mime::take_apart(without_mbox_line(raw))?, 0)?;
        if message.facts == MessageFacts::default() && message.received_header.is_none() {
            return Err(Unreadable::NoMessage);
        }
        message.parts.retain(|part| !part.text.trim().is_empty());
        Ok(message)
    }

    /// The subject without `Fwd:`, `Re:` and tags in brackets at its start, for matching.
    #[must_use]
    pub fn plain_subject(&self) -> &str {
        let mut rest = self.facts.subject.as_deref().unwrap_or_default().trim();
        loop {
            let after = strip_reply_mark(rest).or_else(|| strip_tag(rest));
            match after.map(str::trim_start).filter(|after| !after.is_empty()) {
                Some(after) => rest = after,
                None => return rest,
            }
        }
    }

    /// Whether the subject says that the mail was passed on: `Fwd:`, `FW:`.
    #[must_use]
    pub fn is_passed_on(&self) -> bool {
        let subject = self.facts.subject.as_deref().unwrap_or_default().trim().to_lowercase();
        ["fwd:", "fw:", "wg:", "tr:"].iter().any(|mark| subject.starts_with(mark))
    }

    fn of_calendar(raw: &[u8]) -> Result<Self, Unreadable> {
        let text = mime::bare_text(raw);
        if text.len() > mime::MAX_TEXT_BYTES {
            let limit = format!("{} bytes", mime::MAX_TEXT_BYTES);
            return Err(Unreadable::TooComplex { what: "its text".into(), limit });
        }
        Ok(Self {
            facts: MessageFacts::default(),
            received_header: None,
            forwarded: false,
            kind: MailKind::Ordinary,
            channel: Channel::Calendar,
            parts: vec![Part { label: "text/calendar 1".into(), kind: PartKind::Calendar, lines: Vec::new(), text }],
        })
    }

    fn of_pieces(pieces: Pieces, depth: usize) -> Result<Self, Unreadable> {
        let kind = kind(&pieces);
        let own_calendar = pieces.leaves.iter().any(is_calendar);
        if kind == MailKind::Ordinary && !own_calendar && !pieces.attached.is_empty() {
            return Self::of_attached(&pieces.attached, depth);
        }
        Ok(Self {
            facts: facts(&pieces.headers),
            received_header: pieces.headers.first(&HeaderName::Received).and_then(received_date),
            forwarded: depth > 0,
            kind,
            channel: Channel::Mail,
            parts: pieces.leaves.into_iter().map(part).collect::<Result<_, _>>()?,
        })
    }

    /// The attached message is the notice. Several of them would hide each other, so that a person must part them.
    fn of_attached(attached: &[Vec<u8>], depth: usize) -> Result<Self, Unreadable> {
        let [only] = attached else {
            return Err(Unreadable::SeveralMessages { count: attached.len() as u64 });
        };
        if depth >= MAX_FORWARDS {
            let limit = format!("{MAX_FORWARDS} levels");
            return Err(Unreadable::TooComplex { what: "the nesting of forwarded messages".into(), limit });
        }
        Self::of_pieces(mime::take_apart(without_mbox_line(only))?, depth + 1)
    }
}

/// When the beginning of a message, its header at least, says that it was written: the `Date` of a mail, else its topmost
/// `Received`; the first DTSTAMP of a bare calendar. For putting many into their order before they are read.
#[must_use]
pub fn written_at(start: &[u8]) -> Option<DateTime<Utc>> {
    if is_bare_calendar(start) {
        let mut lines = start.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let stamp = lines.find_map(|line| line.trim().strip_prefix("DTSTAMP:"))?;
        return NaiveDateTime::parse_from_str(stamp.trim(), "%Y%m%dT%H%M%SZ").ok().map(|at| at.and_utc());
    }
    let lines = start.split_inclusive(|byte| *byte == b'\n');
    let header: usize = lines.take_while(|line| !line.trim_ascii().is_empty()).map(<[u8]>::len).sum();
    let message = Message::parse(&start[..header]).ok()?;
    message.facts.sent_at.or(message.received_header)
}

fn is_bare_calendar(raw: &[u8]) -> bool {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    raw.get(..15).is_some_and(|start| start.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"))
}

/// Leaves out the `From ` line that an mbox puts before each mail.
fn without_mbox_line(raw: &[u8]) -> &[u8] {
    match raw.strip_prefix(b"From ") {
        Some(rest) => rest.iter().position(|byte| *byte == b'\n').map_or(raw, |end| &rest[end + 1..]),
        None => raw,
    }
}

fn kind(pieces: &Pieces) -> MailKind {
    if pieces.is_report {
        return MailKind::Report;
    }
    let auto = pieces.headers.first(&HeaderName::AutoSubmitted).and_then(HeaderValue::as_text).unwrap_or_default();
    if auto.trim().to_lowercase().starts_with("auto-replied") { MailKind::AutoReply } else { MailKind::Ordinary }
}

fn facts(headers: &Headers) -> MessageFacts {
    let text = |name: HeaderName<'_>| {
        let found = headers.first(&name).and_then(HeaderValue::as_text)?;
        let clean: String = found.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Some(clean.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let address = headers.first(&HeaderName::From).and_then(HeaderValue::as_address).and_then(|a| a.first());
    MessageFacts {
        message_id: text(HeaderName::MessageId).map(|id| id.trim_matches(['<', '>']).to_owned()),
        sent_at: headers.first(&HeaderName::Date).and_then(HeaderValue::as_datetime).and_then(instant),
        from: address.and_then(|a| a.address()).map(|a| a.trim().to_lowercase()).filter(|a| !a.is_empty()),
        subject: text(HeaderName::Subject),
    }
}

fn received_date(value: &HeaderValue<'_>) -> Option<DateTime<Utc>> {
    value.as_received().and_then(mail_parser::Received::date).and_then(|date| instant(&date))
}

fn instant(date: &mail_parser::DateTime) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&date.to_rfc3339()).ok().map(|date| date.with_timezone(&Utc))
}

fn is_calendar(leaf: &Leaf) -> bool {
    let start = leaf.text.trim_start().get(..15).unwrap_or_default();
    leaf.kind == "text/calendar" || leaf.kind == "application/ics" || start.eq_ignore_ascii_case("BEGIN:VCALENDAR")
}

fn part(leaf: Leaf) -> Result<Part, Unreadable> {
    let kind = match leaf.kind.as_str() {
        _ if is_calendar(&leaf) => PartKind::Calendar,
        "text/html" => PartKind::Html,
        _ => PartKind::Plain,
    };
    let text = match kind {
        PartKind::Calendar => leaf.text,
        PartKind::Plain => without_quoted_printable(leaf.text, "=0D=0A"),
        PartKind::Html => html::flatten(&without_quoted_printable(leaf.text, "=3D\""))?,
    };
    let lines = match kind {
        PartKind::Calendar => Vec::new(),
        PartKind::Plain | PartKind::Html => lines(&text),
    };
    Ok(Part { label: format!("{} {}", leaf.kind, leaf.place), kind, lines, text })
}

/// Takes off a quoted-printable encoding that nobody declared; `telltale` does not occur in text that has none.
///
/// A third of real HTML bodies arrive so (DEPENDENCIES.md).
fn without_quoted_printable(text: String, telltale: &str) -> String {
    if !text.contains(telltale) {
        return text;
    }
    match quoted_printable_decode(text.as_bytes()) {
        Some(bytes) => mime::bare_text(&bytes),
        None => text,
    }
}

fn strip_reply_mark(subject: &str) -> Option<&str> {
    let (mark, rest) = subject.split_once(':')?;
    let known = ["fwd", "fw", "re", "wg", "aw", "tr", "rif"];
    known.contains(&mark.trim().to_lowercase().as_str()).then_some(rest)
}

fn strip_tag(subject: &str) -> Option<&str> {
    subject.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(_, rest)| rest)
}
