//! A raw mail or calendar file as what reading needs: who, when, the subject, and parts of text with lines and cells.

use chrono::{DateTime, NaiveDateTime, Utc};
use mail_parser::{HeaderName, HeaderValue};

use super::forward::{self, Quoted};
use super::headers::Headers;
use super::html;
use super::leaf::{Leaf, Unread};
use super::letters::{to_text, typed, unquoted};
use super::mime::{self, Pieces};
use super::reading::Unreadable;
use super::received::Channel;
use super::sheet::{self, Trouble};
use super::subject::{self, Passed};
use super::text::{Budget, Line, beyond, table_lines, typed_lines};

/// Largest message read, in bytes: the limit of most mail servers.
pub const MAX_MESSAGE_BYTES: usize = 25 * 1024 * 1024;

/// How deep attached messages are entered: a forward of a forward.
const MAX_FORWARDS: usize = 3;

/// What of a subject is read: the longest seen has some 300 bytes, and one of a quarter megabyte took a second and a half
/// to be searched for times.
const MAX_SUBJECT_BYTES: usize = 4 * 1024;

/// How many lines with a mark make a quotation: one may be a list or an arrow.
const QUOTED_LINES: usize = 3;

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
    /// A sheet of a workbook, or comma-separated values: its lines are rows, its cells stand in their columns.
    Sheet,
}

/// One readable part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Type and place: `text/html 1.2`, `xlsx 1.3 (Circuits)`.
    pub label: String,
    /// What it holds.
    pub kind: PartKind,
    /// The words that spans count in: decoded and without what nobody sees; of HTML and sheets as flattened, cells apart by
    /// tabs.
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
    /// The bytes of the message attached, where it was: what its sender signed, if he did.
    pub attached: Option<Vec<u8>>,
    /// The domains that signed it, verified; empty until somebody who verified it says so.
    pub signed_by: Vec<String>,
    /// What kind of mail it is.
    pub kind: MailKind,
    /// Mail or bare calendar file.
    pub channel: Channel,
    /// The readable parts, in order.
    pub parts: Vec<Part>,
    /// Attached documents whose words nobody has seen.
    pub unread: Vec<Unread>,
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
        match message.unread.first() {
            Some(unread) if message.parts.is_empty() && message.kind == MailKind::Ordinary => {
                Err(Unreadable::NoReader { what: unread.what.clone(), why: unread.why.clone() })
            }
            _ => Ok(message),
        }
    }

    /// The bytes that its sender wrote: those of the attached message, else all of `raw`, which it was parsed from.
    #[must_use]
    pub fn own_bytes<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        self.attached.as_deref().unwrap_or_else(|| without_mbox_line(raw))
    }

    /// The subject without `Fwd:`, `Re:`, `EXT:` and tags in brackets at its start, for matching.
    #[must_use]
    pub fn plain_subject(&self) -> &str {
        subject::plain(self.facts.subject.as_deref().unwrap_or_default()).0
    }

    /// Whether the subject says that the mail was passed on: `Fwd:`, `[list] FW:`.
    #[must_use]
    pub fn is_passed_on(&self) -> bool {
        match self.passed() {
            Passed::On | Passed::BackOn => true,
            Passed::Back | Passed::Not => false,
        }
    }

    /// Whether it answers a mail and repeats it: its words, or the last of them, are of that mail.
    #[must_use]
    pub fn answers_what_it_quotes(&self) -> bool {
        let marked = |part: &Part| {
            part.kind == PartKind::Plain
                && part.text.lines().filter(|line| line.starts_with('>')).count() >= QUOTED_LINES
        };
        match self.passed() {
            Passed::Back | Passed::BackOn => self.parts.iter().any(marked) || !self.quoted().is_empty(),
            Passed::On | Passed::Not => false,
        }
    }

    fn passed(&self) -> Passed {
        subject::plain(self.facts.subject.as_deref().unwrap_or_default()).1
    }

    /// What the text says of mails that were passed on inside it, the last one passed on first.
    ///
    /// These are words that anybody can type: a claim to recognise a notice by, never evidence of who sent it.
    #[must_use]
    pub fn quoted(&self) -> Vec<Quoted> {
        forward::quoted(&self.parts)
    }

    fn of_calendar(raw: &[u8]) -> Result<Self, Unreadable> {
        let text = to_text(raw, None);
        if text.len() > mime::MAX_TEXT_BYTES {
            return Err(beyond("its text", mime::MAX_TEXT_BYTES, "bytes"));
        }
        Ok(Self {
            facts: MessageFacts::default(),
            received_header: None,
            forwarded: false,
            attached: None,
            signed_by: Vec::new(),
            kind: MailKind::Ordinary,
            channel: Channel::Calendar,
            parts: vec![Part { label: "text/calendar 1".into(), kind: PartKind::Calendar, lines: Vec::new(), text }],
            unread: Vec::new(),
        })
    }

    fn of_pieces(pieces: Pieces, depth: usize) -> Result<Self, Unreadable> {
        let kind = kind(&pieces);
        let own_calendar = pieces.leaves.iter().any(|leaf| leaf.kind == PartKind::Calendar);
        if kind == MailKind::Ordinary && !own_calendar && !pieces.attached.is_empty() {
            return Self::of_attached(&pieces.attached, depth);
        }
        let facts = facts(&pieces.headers);
        let passed = subject::plain(facts.subject.as_deref().unwrap_or_default()).1;
        let mut parts = Vec::new();
        let mut unread = pieces.unread;
        let mut budget = Budget::default();
        for leaf in pieces.leaves {
            if leaf.book.is_empty() {
                parts.push(part(leaf, passed, &mut budget)?);
                continue;
            }
            match sheet::pages(&leaf.book, &mut budget) {
                Ok(pages) => {
                    for page in pages {
                        let label = format!("{} ({})", leaf.label, page.name);
                        let lines = table_lines(&page.text, &mut budget)?;
                        parts.push(Part { label, kind: PartKind::Sheet, text: page.text, lines });
                    }
                }
                Err(Trouble::Broken(why)) => unread.push(Unread { what: leaf.label, why: format!("broken: {why}") }),
                Err(Trouble::Beyond(why)) => return Err(why),
            }
        }
        Ok(Self {
            facts,
            received_header: pieces.headers.first(&HeaderName::Received).and_then(received_date),
            forwarded: depth > 0,
            attached: None,
            signed_by: Vec::new(),
            kind,
            channel: Channel::Mail,
            parts,
            unread,
        })
    }

    /// The attached message is the notice. Several of them would hide each other, so that a person must part them.
    fn of_attached(attached: &[Vec<u8>], depth: usize) -> Result<Self, Unreadable> {
        let [only] = attached else {
            return Err(Unreadable::SeveralMessages { count: attached.len() as u64 });
        };
        if depth >= MAX_FORWARDS {
            return Err(beyond("the nesting of forwarded messages", MAX_FORWARDS, "levels"));
        }
        let own = without_mbox_line(only);
        let message = Self::of_pieces(mime::take_apart(own)?, depth + 1)?;
        Ok(Self { attached: message.attached.or_else(|| Some(own.to_vec())), ..message })
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
        let found = headers.words(&name)?;
        let clean: String = found.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Some(clean.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let address = headers.first(&HeaderName::From).and_then(HeaderValue::as_address).and_then(|a| a.first());
    let address = address.and_then(|a| a.address()).map(|a| a.trim().to_lowercase());
    let address = address.filter(|a| a.contains('@') && !a.contains(char::is_whitespace));
    MessageFacts {
        message_id: text(HeaderName::MessageId).map(|id| id.trim_matches(['<', '>']).to_owned()),
        sent_at: headers.first(&HeaderName::Date).and_then(HeaderValue::as_datetime).and_then(instant),
        from: address.or_else(|| text(HeaderName::From).as_deref().and_then(forward::address)),
        subject: text(HeaderName::Subject).map(|mut subject| {
            subject.truncate(subject.floor_char_boundary(MAX_SUBJECT_BYTES));
            subject
        }),
    }
}

fn received_date(value: &HeaderValue<'_>) -> Option<DateTime<Utc>> {
    value.as_received().and_then(mail_parser::Received::date).and_then(|date| instant(&date))
}

fn instant(date: &mail_parser::DateTime) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&date.to_rfc3339()).ok().map(|date| date.with_timezone(&Utc))
}

fn part(leaf: Leaf, passed: Passed, budget: &mut Budget) -> Result<Part, Unreadable> {
    let text = match leaf.kind {
        PartKind::Calendar => leaf.text,
        PartKind::Plain => match passed {
            // What was passed on is the notice; in an answer the marks tell what was said before.
            Passed::On => unquoted(&typed(&leaf.text)).into_owned(),
            Passed::Back | Passed::BackOn | Passed::Not => typed(&leaf.text).into_owned(),
        },
        PartKind::Html => html::flatten(&leaf.text)?,
        PartKind::Sheet => sheet::csv(&leaf.text)?,
    };
    let lines = match leaf.kind {
        PartKind::Calendar => Vec::new(),
        PartKind::Plain => typed_lines(&text, budget)?,
        PartKind::Html | PartKind::Sheet => table_lines(&text, budget)?,
    };
    Ok(Part { label: leaf.label, kind: leaf.kind, lines, text })
}
