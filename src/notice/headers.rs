//! The headers of a mail or of one of its pieces, read by mail-parser; encoded words by our own hand, since senders break
//! them in ways that it leaves undecoded.

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::{HeaderName, HeaderValue, MessageParser};

use super::letters::{latin, to_text};
use super::reading::Unreadable;
use super::text::beyond;
use super::transfer::{base64, quoted_printable};

/// Longest header block, since each line of one takes some 150 bytes: five thousand recipients take 200 KiB.
const MAX_HEADER_BYTES: usize = 1024 * 1024;

/// Longest encoded word: RFC 2047 allows 75 bytes, and some programs put a whole subject into one.
const MAX_WORD_BYTES: usize = 4 * 1024;

/// The headers that are read, and as what.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .with_mime_headers()
        .header_address(HeaderName::From)
        .header_date(HeaderName::Date)
        .header_id(HeaderName::MessageId)
        .header_received(HeaderName::Received)
        .header_text(HeaderName::AutoSubmitted)
        .header_raw(HeaderName::Subject)
        .default_header_ignore()
});

/// The headers of a mail or of one of its pieces.
#[derive(Debug)]
pub(super) struct Headers {
    message: Option<mail_parser::Message<'static>>,
}

impl Headers {
    /// Reads the header block at the start of `raw` and gives what stands behind it. Bytes that are no UTF-8 are read as
    /// Latin-1: the header is then still legible, and the rest of the mail is not lost for one letter.
    ///
    /// # Errors
    /// A block beyond [`MAX_HEADER_BYTES`].
    pub(super) fn split(raw: &[u8]) -> Result<(Self, &[u8]), Unreadable> {
        let end = header_end(raw);
        let (block, body) = raw.split_at(end);
        if block.len() > MAX_HEADER_BYTES {
            return Err(beyond("a header", MAX_HEADER_BYTES, "bytes"));
        }
        let text = match std::str::from_utf8(block) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(latin(block)),
        };
        // The block is closed by hand, since mail-parser drops the last header of one that has no blank line.
        let closed = format!("{}\r\n\r\n", text.trim_end_matches(['\r', '\n']));
        let message = PARSER.parse_headers(closed.as_bytes()).map(mail_parser::Message::into_owned);
        Ok((Self { message }, body))
    }

    /// The topmost value of a header.
    pub(super) fn first(&self, name: &HeaderName<'_>) -> Option<&HeaderValue<'static>> {
        let headers = self.message.as_ref().map(mail_parser::Message::headers).unwrap_or_default();
        headers.iter().find(|header| header.name == *name).map(|header| &header.value)
    }

    /// The topmost value of a header as it was written, its encoded words decoded.
    pub(super) fn words(&self, name: &HeaderName<'_>) -> Option<String> {
        let message = self.message.as_ref()?;
        let header = message.headers().iter().find(|header| header.name == *name)?;
        let raw = message.raw_message.get(header.offset_start as usize..header.offset_end as usize)?;
        Some(decode_words(&String::from_utf8_lossy(raw)))
    }

    /// Type and subtype in lower case; `None` where the piece states none.
    pub(super) fn content_type(&self) -> Option<(String, String)> {
        let found = self.first(&HeaderName::ContentType).and_then(HeaderValue::as_content_type)?;
        Some((found.ctype().to_lowercase(), found.subtype().unwrap_or_default().to_lowercase()))
    }

    /// A parameter of Content-Type such as `boundary` or `charset`.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.first(&HeaderName::ContentType).and_then(HeaderValue::as_content_type)?;
        found.attribute(name).map(str::to_owned)
    }

    /// The name of the attached file, also in parts and charsets of its own (RFC 2231) and as encoded words.
    pub(super) fn file_name(&self) -> Option<String> {
        let disposition = self.first(&HeaderName::ContentDisposition).and_then(HeaderValue::as_content_type);
        let name = disposition.and_then(|found| found.attribute("filename")).map(str::to_owned);
        name.or_else(|| self.parameter("name")).map(|name| decode_words(&name))
    }

    /// The transfer encoding as written.
    pub(super) fn encoding(&self) -> &str {
        self.first(&HeaderName::ContentTransferEncoding).and_then(HeaderValue::as_text).unwrap_or_default()
    }
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

/// An encoded word (RFC 2047), `=?charset?B?letters?=`, or several that follow each other.
struct Word<'a> {
    charset: &'a str,
    encoding: Encoding,
    letters: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Quoted,
    Base64,
}

impl Word<'_> {
    /// Whether another word goes on where this one ends: a letter may be split between them, and so may its code.
    fn goes_on_in(&self, other: &Self) -> bool {
        self.encoding == other.encoding && self.charset.eq_ignore_ascii_case(other.charset)
    }

    fn text(self) -> String {
        let bytes = match self.encoding {
            Encoding::Quoted => quoted_printable(&self.letters),
            Encoding::Base64 => base64(&self.letters),
        };
        // A language may follow the charset (RFC 2231).
        to_text(&bytes, self.charset.split('*').next())
    }
}

/// A header's text with its encoded words decoded, folded lines joined. Words may hold blanks and question marks, which
/// they must not, and a letter may be split between two of them.
pub(super) fn decode_words(raw: &str) -> String {
    let raw = raw.replace("\r\n", "\n").replace("\n\t", " ").replace('\n', "");
    let mut text = String::with_capacity(raw.len());
    let mut open: Option<Word<'_>> = None;
    let mut rest = raw.trim();
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let Some((word, after)) = encoded_word(from) else {
            text.extend(open.take().map(Word::text));
            text.push_str(before);
            text.push_str("=?");
            rest = &from[2..];
            continue;
        };
        // White space between two encoded words is none.
        match &mut open {
            Some(last) if before.trim().is_empty() && last.goes_on_in(&word) => last.letters.extend(word.letters),
            last => {
                let between = last.is_some() && before.trim().is_empty();
                text.extend(last.take().map(Word::text));
                if !between {
                    text.push_str(before);
                }
                *last = Some(word);
            }
        }
        rest = after;
    }
    text.extend(open.map(Word::text));
    text.push_str(rest);
    text
}

/// The encoded word at the start of a text, with what follows it.
fn encoded_word(text: &str) -> Option<(Word<'_>, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (kind, rest) = rest.split_once('?')?;
    if charset.is_empty() || charset.contains(char::is_whitespace) {
        return None;
    }
    let (rest, beyond) = rest.split_at(rest.floor_char_boundary(MAX_WORD_BYTES));
    let encoding = match kind.trim() {
        "Q" | "q" => Encoding::Quoted,
        "B" | "b" => Encoding::Base64,
        _ => return None,
    };
    // A question mark of a quoted word's own may stand before a code: `?=20`.
    let ends = |(at, _): &(usize, &str)| {
        let after = &rest.as_bytes()[at + 2..];
        encoding == Encoding::Base64
            || !matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    };
    let (end, _) = rest.match_indices("?=").find(ends).or_else(|| rest.match_indices("?=").next())?;
    let letters = match encoding {
        Encoding::Quoted => rest[..end].replace('_', " "),
        // Blanks would make base64 take the line for words.
        Encoding::Base64 => rest[..end].replace(' ', ""),
    };
    let after = &text[text.len() - beyond.len() - (rest.len() - end - 2)..];
    Some((Word { charset, encoding, letters: letters.into_bytes() }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        assert_eq!(decode_words(raw), expected, "{raw:?}");
    }

    #[test]
    fn encoded_words_are_decoded() {
        check("Planned work", "Planned work");
        check("=?utf-8?Q?caf=C3=A9_A?= b", "café A b");
        check("=?UTF-8?B?Y2Fmw6k=?=", "café");
        check("=?iso-8859-1*fr?q?caf=E9?=", "café");
        check("a =?utf-8?q?b?=\r\n =?utf-8?q?c?= d", "a bc d");
        check("a =?utf-8?q?b?= =?iso-8859-1?q?=E9?=", "a bé");
        check("=?koi8-r?B?8uHi7/T5?=", "РАБОТЫ");
    }

    #[test]
    fn encoded_words_that_were_broken_are_decoded_too() {
        check("=?utf-8?Q?Planned work on 1 May?= now", "Planned work on 1 May now");
        check("=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café");
        check("=?utf-8?B?Y2Fmw?=\n =?utf-8?B?6k=?=", "café");
        check("=?utf-8?Q?really?=20so?=", "really? so");
        check("=?utf-8?B?Y2 Fm\r\n w6k=?=", "café");
        check("no =? word, =?x?y?z?= either", "no =? word, =?x?y?z?= either");
        check("=?utf-8?Q?never ends", "=?utf-8?Q?never ends");
        check(
            &format!("=?utf-8?Q?{}?= b", "a".repeat(MAX_WORD_BYTES - 2)),
            &format!("{} b", "a".repeat(MAX_WORD_BYTES - 2)),
        );
        let endless = "=?a?Q?x".repeat(50_000);
        check(&endless, &endless);
        check("100=3D folded\r\n\there", "100=3D folded here");
    }

    #[test]
    fn a_file_goes_by_names_of_every_kind() {
        for (header, expected) in [
            ("Content-Disposition: attachment; filename=\"a.csv\"", "a.csv"),
            ("Content-Type: text/csv; name=a.csv", "a.csv"),
            ("Content-Disposition: attachment; filename*=utf-8''caf%C3%A9.xlsx", "café.xlsx"),
            ("Content-Disposition: attachment; filename*0=\"a\"; filename*1=\"b.csv\"", "ab.csv"),
            ("Content-Disposition: attachment; filename=\"=?utf-8?B?Y2Fmw6kueGxzeA==?=\"", "café.xlsx"),
        ] {
            let (headers, _) = Headers::split(header.as_bytes()).expect("a short header");
            assert_eq!(headers.file_name().as_deref(), Some(expected), "{header}");
        }
    }

    #[test]
    fn a_header_is_as_long_as_the_limit_says() {
        let long = |bytes: usize| format!("X-A: {}\n\nbody", "a".repeat(bytes - 7)).into_bytes();
        assert_eq!(Headers::split(&long(MAX_HEADER_BYTES)).map(|(_, body)| body.len()).ok(), Some(4));
        assert!(Headers::split(&long(MAX_HEADER_BYTES + 1)).is_err());
    }
}
