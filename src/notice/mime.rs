//! The pieces of a raw mail, under limits: headers by mail-parser, the nesting by our own hand.
//!
//! mail-parser nests attached messages without bound, so that a mail of 30-byte messages inside each other could exhaust
//! the stack. Here the nesting is walked with a limit and mail-parser is given one header block or one leaf at a time.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::{HeaderName, HeaderValue, MessageParser};

use super::reading::Unreadable;

/// Deepest nesting of multiparts and messages: real notices have 4, a forwarded forward 8.
pub(super) const MAX_DEPTH: usize = 12;

/// Most leaves read of one mail: real notices have under 30 with all their pictures.
pub(super) const MAX_LEAVES: usize = 400;

/// Most text decoded of one mail, in bytes: some 1,000 printed pages.
pub(super) const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

/// The headers of a mail or of one of its pieces.
#[derive(Debug)]
pub(super) struct Headers {
    message: Option<mail_parser::Message<'static>>,
}

impl Headers {
    /// Reads the header block at the start of `raw` and gives what stands behind it. Bytes that are no UTF-8 are read as
    /// Latin-1: the header is then still legible, and the rest of the mail is not lost for one letter.
    fn split(raw: &[u8]) -> (Self, &[u8]) {
        let end = header_end(raw);
        let (block, body) = raw.split_at(end);
        let text = match std::str::from_utf8(block) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(latin1(block)),
        };
        // The block is closed by hand, since mail-parser drops the last header of one that has no blank line.
        let closed = format!("{}\r\n\r\n", text.trim_end_matches(['\r', '\n']));
        let message = MessageParser::default().parse_headers(closed.as_bytes()).map(mail_parser::Message::into_owned);
        (Self { message }, body)
    }

    /// The values of a header in the order written, topmost first.
    pub(super) fn all(&self, name: &HeaderName<'_>) -> impl Iterator<Item = &HeaderValue<'static>> {
        let headers = self.message.as_ref().map(mail_parser::Message::headers).unwrap_or_default();
        headers.iter().filter(move |header| header.name == *name).map(|header| &header.value)
    }

    /// The topmost value of a header.
    pub(super) fn first(&self, name: &HeaderName<'_>) -> Option<&HeaderValue<'static>> {
        self.all(name).next()
    }

    fn content_type(&self) -> (String, String) {
        let found = self.first(&HeaderName::ContentType).and_then(HeaderValue::as_content_type);
        found.map_or_else(
            || ("text".into(), "plain".into()),
            |found| (found.ctype().to_lowercase(), found.subtype().unwrap_or_default().to_lowercase()),
        )
    }

    /// A parameter of Content-Type such as `boundary` or `charset`.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.first(&HeaderName::ContentType).and_then(HeaderValue::as_content_type)?;
        found.attribute(name).map(str::to_owned)
    }

    fn file_name(&self) -> Option<String> {
        let disposition = self.first(&HeaderName::ContentDisposition).and_then(HeaderValue::as_content_type);
        let name = disposition.and_then(|found| found.attribute("filename")).map(str::to_owned);
        name.or_else(|| self.parameter("name"))
    }
}

/// A leaf of the tree, decoded to text.
#[derive(Debug)]
pub(super) struct Leaf {
    /// `text/html`.
    pub(super) kind: String,
    /// Its place, `1.2`.
    pub(super) place: String,
    /// The words.
    pub(super) text: String,
}

/// A mail taken apart.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) headers: Headers,
    /// `multipart/report`: a delivery report (RFC 6522).
    pub(super) is_report: bool,
    pub(super) leaves: Vec<Leaf>,
    /// The raw bytes of attached messages.
    pub(super) attached: Vec<Vec<u8>>,
}

/// Takes a raw mail apart. Attached messages are not entered: their bytes are given.
pub(super) fn take_apart(raw: &[u8]) -> Result<Pieces, Unreadable> {
    let (headers, body) = Headers::split(raw);
    let is_report = headers.content_type() == ("multipart".into(), "report".into());
    let mut walk = Walk { leaves: Vec::new(), attached: Vec::new(), text_bytes: 0, pieces: 0 };
    walk.enter(&headers, body, "1", 0)?;
    Ok(Pieces { headers, is_report, leaves: walk.leaves, attached: walk.attached })
}

struct Walk {
    leaves: Vec<Leaf>,
    attached: Vec<Vec<u8>>,
    text_bytes: usize,
    pieces: usize,
}

impl Walk {
    fn enter(&mut self, headers: &Headers, body: &[u8], place: &str, depth: usize) -> Result<(), Unreadable> {
        self.pieces += 1;
        within(self.pieces, MAX_LEAVES, "its number of parts", "parts")?;
        within(depth, MAX_DEPTH, "its nesting", "levels")?;
        let (main, sub) = headers.content_type();
        if main == "multipart"
            && let Some(boundary) = headers.parameter("boundary").filter(|b| !b.is_empty())
        {
            for (index, part) in split_at_boundary(body, boundary.as_bytes()).into_iter().enumerate() {
                let (inner, inner_body) = Headers::split(part);
                self.enter(&inner, inner_body, &format!("{place}.{}", index + 1), depth + 1)?;
            }
            return Ok(());
        }
        if main == "message" && ["rfc822", "global"].contains(&sub.as_str()) {
            self.attached.push(decode(headers, body));
            return Ok(());
        }
        self.leaf(headers, body, &format!("{main}/{sub}"), place)
    }

    fn leaf(&mut self, headers: &Headers, body: &[u8], kind: &str, place: &str) -> Result<(), Unreadable> {
        let file = headers.file_name().map(|name| name.to_lowercase());
        let calendar_file = file.as_ref().is_some_and(|name| name.rsplit('.').next() == Some("ics"));
        if !kind.starts_with("text/") && !kind.starts_with("multipart/") && kind != "application/ics" && !calendar_file
        {
            return Ok(());
        }
        let text = to_text(&decode(headers, body), headers.parameter("charset").as_deref());
        self.text_bytes += text.len();
        within(self.text_bytes, MAX_TEXT_BYTES, "its text", "bytes")?;
        let kind = if calendar_file { "text/calendar".to_owned() } else { kind.to_owned() };
        self.leaves.push(Leaf { kind, place: place.to_owned(), text });
        Ok(())
    }
}

fn within(count: usize, limit: usize, what: &str, unit: &str) -> Result<(), Unreadable> {
    if count <= limit {
        return Ok(());
    }
    Err(Unreadable::TooComplex { what: what.into(), limit: format!("{limit} {unit}") })
}

/// The first byte behind the blank line that ends a header block.
fn header_end(raw: &[u8]) -> usize {
    let mut at = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line == b"\n" || line == b"\r\n" {
            return at;
        }
    }
    raw.len()
}

/// The parts between boundary lines (RFC 2046 section 5.1.1); one that never ends, ends with the mail.
fn split_at_boundary<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if parts.len() > MAX_LEAVES {
            // One more than is read: whoever enters them refuses the mail.
            break;
        }
        let rest = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
        let rest = rest.map(|rest| (rest.starts_with(b"--"), rest.trim_ascii()));
        if let Some((closes, rest)) = rest
            && (rest.is_empty() || closes)
        {
            parts.extend(open.map(|start| &body[start..at]));
            open = if closes { None } else { Some(at + line.len()) };
        }
        at += line.len();
    }
    parts.extend(open.map(|start| &body[start..]));
    parts
}

/// The bytes of a leaf with its transfer encoding taken off.
fn decode(headers: &Headers, body: &[u8]) -> Vec<u8> {
    let encoding = headers.first(&HeaderName::ContentTransferEncoding).and_then(HeaderValue::as_text);
    let encoding = encoding.unwrap_or_default().trim().to_lowercase();
    if encoding != "base64" && encoding != "quoted-printable" {
        return body.to_vec();
    }
    let header =
        format!("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n").into_bytes();
    let alone: Vec<u8> = [header.as_slice(), body].concat();
    let parsed = MessageParser::default().parse(&alone);
    parsed.and_then(|message| message.parts.first().map(|part| part.contents().to_vec())).unwrap_or_default()
}

/// Text of a named charset; of none, or of one that does not fit, UTF-8 where it is that and Latin-1 where not.
fn to_text(bytes: &[u8], charset: Option<&str>) -> String {
    let named = charset.map(|name| name.trim().to_lowercase()).unwrap_or_default();
    if !["", "utf-8", "utf8", "us-ascii", "ascii"].contains(&named.as_str())
        && let Some(decoder) = charset_decoder(named.as_bytes())
    {
        return decoder(bytes);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), str::to_owned)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The text of raw bytes that are no mail.
pub(super) fn bare_text(raw: &[u8]) -> String {
    to_text(raw, None)
}
