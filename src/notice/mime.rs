//! The pieces of a raw mail, under limits: the nesting by our own hand, what is in a piece by what it holds.
//!
//! mail-parser nests attached messages without bound, so that a mail of 30-byte messages inside each other could exhaust
//! the stack. Here the nesting is walked with a limit and mail-parser is given one header block at a time.

use std::borrow::Cow;

use super::headers::Headers;
use super::leaf::{self, Content, Leaf, Unread};
use super::reading::Unreadable;
use super::text::beyond;
use super::transfer;

/// Deepest nesting of multiparts and messages: real notices have 4, a forwarded forward 8.
pub(super) const MAX_DEPTH: usize = 12;

/// Most leaves read of one mail: real notices have under 30 with all their pictures.
pub(super) const MAX_LEAVES: usize = 400;

/// Most text decoded of one mail, in bytes: some 1,000 printed pages.
pub(super) const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

/// Most bytes of an attached workbook as it comes; unpacked it has a limit of its own.
pub(super) const MAX_BOOK_BYTES: usize = 4 * 1024 * 1024;

/// How many lines are looked at for a boundary that no header names.
const LINES_BEFORE_BOUNDARY: usize = 5;

/// A mail taken apart.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) headers: Headers,
    /// `multipart/report`: a delivery report (RFC 6522).
    pub(super) is_report: bool,
    pub(super) leaves: Vec<Leaf>,
    /// Attached files that nothing here reads.
    pub(super) unread: Vec<Unread>,
    /// The raw bytes of attached messages.
    pub(super) attached: Vec<Vec<u8>>,
}

/// Takes a raw mail apart. Attached messages are not entered: their bytes are given.
pub(super) fn take_apart(raw: &[u8]) -> Result<Pieces, Unreadable> {
    let (headers, body) = Headers::split(raw)?;
    let is_report = headers.content_type().is_some_and(|(main, sub)| main == "multipart" && sub == "report");
    let mut walk = Walk::default();
    walk.enter(&headers, body, "1", 0)?;
    Ok(Pieces { headers, is_report, leaves: walk.leaves, unread: walk.unread, attached: walk.attached })
}

#[derive(Default)]
struct Walk {
    leaves: Vec<Leaf>,
    unread: Vec<Unread>,
    attached: Vec<Vec<u8>>,
    text_bytes: usize,
    pieces: usize,
}

impl Walk {
    fn enter(&mut self, headers: &Headers, body: &[u8], place: &str, depth: usize) -> Result<(), Unreadable> {
        self.pieces += 1;
        within(self.pieces, MAX_LEAVES, "its number of parts", "parts")?;
        within(depth, MAX_DEPTH, "its nesting", "levels")?;
        let kind = headers.content_type();
        let (main, sub) = kind.as_ref().map_or(("text", "plain"), |(main, sub)| (main.as_str(), sub.as_str()));
        if let Some(parts) = parts(headers, main, sub, body) {
            for (index, part) in parts.into_iter().enumerate() {
                let (inner, inner_body) = Headers::split(part)?;
                self.enter(&inner, inner_body, &format!("{place}.{}", index + 1), depth + 1)?;
            }
            return Ok(());
        }
        let bytes = transfer::decode(headers.encoding(), body);
        if main == "message" && ["rfc822", "global"].contains(&sub) {
            self.attached.push(bytes.into_owned());
            return Ok(());
        }
        self.leaf(headers, &format!("{main}/{sub}"), place, bytes)
    }

    fn leaf(&mut self, headers: &Headers, kind: &str, place: &str, bytes: Cow<'_, [u8]>) -> Result<(), Unreadable> {
        let file = headers.file_name();
        let charset = headers.parameter("charset");
        match leaf::content(kind, file.as_deref(), charset.as_deref(), &bytes) {
            Content::Text(text, text_kind) => {
                self.text_bytes += text.len();
                within(self.text_bytes, MAX_TEXT_BYTES, "its text", "bytes")?;
                self.leaves.push(Leaf::text(text, text_kind, kind, place));
            }
            Content::Book => {
                within(bytes.len(), MAX_BOOK_BYTES, "an attached workbook", "bytes")?;
                self.leaves.push(Leaf::book(bytes.into_owned(), place));
            }
            Content::Message => self.attached.push(bytes.into_owned()),
            Content::NoReader(why) => self.unread.push(Unread::new(file.as_deref(), kind, place, why)),
            Content::NoWords => {}
        }
        Ok(())
    }
}

fn within(count: usize, limit: usize, what: &str, unit: &str) -> Result<(), Unreadable> {
    if count <= limit { Ok(()) } else { Err(beyond(what, limit, unit)) }
}

/// The parts of a multipart, by the boundary that its header names or, where that is absent or occurs nowhere, by the one
/// that its body begins with. Text that begins with a boundary is a multipart too: mails lose headers as they are passed on.
fn parts<'a>(headers: &Headers, main: &str, sub: &str, body: &'a [u8]) -> Option<Vec<&'a [u8]>> {
    let is_multipart = main == "multipart";
    if !is_multipart && (main != "text" || sub != "plain" || headers.file_name().is_some()) {
        return None;
    }
    let named = headers.parameter("boundary").filter(|boundary| is_multipart && !boundary.is_empty());
    let parts = named.map(|boundary| split_at_boundary(body, boundary.as_bytes())).unwrap_or_default();
    if !parts.is_empty() {
        return Some(parts);
    }
    let parts = boundary_in(body).map(|boundary| split_at_boundary(body, boundary)).unwrap_or_default();
    Some(parts).filter(|parts| !parts.is_empty())
}

/// The boundary that a body begins with: a line of two dashes and more, and a header of a part behind it.
fn boundary_in(body: &[u8]) -> Option<&[u8]> {
    let mut lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut lines = lines.by_ref().take(LINES_BEFORE_BOUNDARY + 1).peekable();
    while let Some(line) = lines.next() {
        let boundary = line.strip_prefix(b"--").filter(|boundary| boundary.len() > 4 && !boundary.contains(&b' '));
        let header = lines.peek().and_then(|next| next.get(..8)).unwrap_or_default();
        if boundary.is_some() && header.eq_ignore_ascii_case(b"content-") {
            return boundary;
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_that_no_header_names_is_found() {
        for (body, expected) in [
            ("\r\n--=_next\r\nContent-Type: text/plain\r\n\r\nx", Some("=_next")),
            ("This is a multi-part message.\n\n--abcde\ncontent-type: text/plain\n", Some("abcde")),
            ("--abcde\nReference: A\n", None),
            ("-- \nContent-Type\n", None),
            ("a\nb\nc\nd\ne\nf\n--abcde\nContent-Type: text/plain\n", None),
            ("", None),
        ] {
            assert_eq!(boundary_in(body.as_bytes()), expected.map(str::as_bytes), "{body:?}");
        }
    }

    #[test]
    fn parts_end_at_their_boundary_and_no_other() {
        let split = |body| split_at_boundary(body, b"ab").into_iter().map(String::from_utf8_lossy).collect::<Vec<_>>();
        assert_eq!(split(b"pre\n--ab\n1\n--abc\n2\n--ab \n3\n--ab--\npost\n"), ["1\n--abc\n2\n", "3\n"]);
        assert_eq!(split(b"--ab\n1\n--ab\n2"), ["1\n", "2"]);
        assert!(split(b"x\n").is_empty());
    }
}
