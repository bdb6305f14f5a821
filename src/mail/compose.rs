//! A letter to the bytes that are stored, sent, and sent again.
//!
//! The same letter gives the same bytes on every machine: Date, Message-ID and MIME boundaries are ours.
//!
//! **Structure.** Text and HTML are alternatives. A calendar part *with* a method is a third one, as iMIP asks (RFC
//! 6047, section 2.4), for clients then show the invitation with its buttons. A calendar part *without* a method
//! stands beside them as an attached file (`multipart/mixed`): the last alternative a client understands is the only
//! one it shows (RFC 2046, section 5.1.4), and a calendar's bare fields must not take the place of the mail with its
//! three clocks, nor be hidden because no button belongs to it.
//!
//! Windows that were taken out of an invitation are called off by a calendar of their own, attached: one calendar object
//! has one method.
//!
//! **Left out.** `Precedence` is in no standard (RFC 3834, section 3.1.8), and `bulk` would sort an outage mail among
//! newsletters; `Auto-Submitted` and `List-Id` say what responders need.

use std::fmt::Write as _;
use std::time::SystemTime;

use chrono::Datelike as _;
use lettre::message::header::{ContentDisposition, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};

use super::address::{Address, BadAddress};
use crate::names::Digest;
use crate::plan::{CalendarPart, Letter, Mailbox as LetterMailbox};

/// Octets in a line without its CRLF (RFC 5322, section 2.1.1).
const MAX_LINE_OCTETS: usize = 998;

/// Octets in a Message-ID: fits one header line with its name, and no real one is longer.
const MAX_MESSAGE_ID_OCTETS: usize = 255;

/// Message-IDs in `References`: the first and the latest are kept, as netnews does (RFC 5537, section 3.4.4), since
/// relays refuse header fields without end.
const MAX_REFERENCES: usize = 20;

/// Why a letter cannot become a mail.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// An address that is none.
    #[error("the {field} of the mail is no address")]
    Address {
        /// `From`, `To`, `Reply-To` or `List-Unsubscribe`.
        field: &'static str,
        /// What is wrong with it.
        source: BadAddress,
    },
    /// A line break or another control character where one line is needed: it could forge a header.
    #[error("the {field} of the mail holds a control character: `{text}`")]
    Control {
        /// The header.
        field: &'static str,
        /// What was given, escaped.
        text: String,
    },
    /// A Message-ID, List-Id or calendar method with characters it may not have.
    #[error("`{text}` is no well-formed {field}")]
    Malformed {
        /// The header.
        field: &'static str,
        /// What was given, escaped.
        text: String,
    },
    /// A year that a `Date` header cannot hold (before 1970 or after 9999).
    #[error("a mail cannot be dated in the year {0}")]
    Date(i32),
    /// A line that no relay needs to take.
    #[error("a line of the mail has {0} octets, more than {MAX_LINE_OCTETS}")]
    LineTooLong(usize),
    /// The builder refused.
    #[error("the mail cannot be built")]
    Build(#[source] lettre::error::Error),
}

/// The bytes of a mail: CRLF line ends, no line over 998 octets, ASCII but for local parts outside it.
///
/// # Errors
/// [`ComposeError`] when something in the letter cannot stand where it must.
pub fn compose(letter: &Letter) -> Result<Vec<u8>, ComposeError> {
    compose_with(letter, headers(letter, &letter.to)?)
}

/// The bytes of a mail that goes to `instead`, under [`Reach::redirect_to`](super::Reach).
///
/// `To` names `instead` alone, so that no answer to all leaves the house; who would have had the mail is said in
/// `X-Inwindow-Would-Go-To`.
///
/// # Errors
/// As [`compose`].
pub fn compose_redirected(letter: &Letter, instead: &Address) -> Result<Vec<u8>, ComposeError> {
    let to = LetterMailbox { name: None, email: instead.as_str().to_owned() };
    let meant_for = address("To", &letter.to.email)?;
    // Whoever reads it instead is not the one whom a click would unsubscribe.
    let builder = headers(&Letter { one_click: None, ..letter.clone() }, &to)?
        .raw_header(text_header("X-Inwindow-Would-Go-To", meant_for.as_str()));
    compose_with(letter, builder)
}

fn compose_with(letter: &Letter, builder: MessageBuilder) -> Result<Vec<u8>, ComposeError> {
    let mail = builder.multipart(body(letter)?).map_err(ComposeError::Build)?.formatted();
    match mail.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line).len()).max() {
        Some(longest) if longest > MAX_LINE_OCTETS => Err(ComposeError::LineTooLong(longest)),
        Some(_) | None => Ok(mail),
    }
}

fn headers(letter: &Letter, to: &LetterMailbox) -> Result<MessageBuilder, ComposeError> {
    let year = letter.date.year();
    if !(1970..=9999).contains(&year) {
        return Err(ComposeError::Date(year));
    }
    let mut builder = MessageBuilder::new()
        .date(SystemTime::from(letter.date))
        .from(mailbox("From", &letter.from)?)
        .to(mailbox("To", to)?)
        .raw_header(text_header("Subject", one_line("Subject", &letter.subject)?.trim()))
        .raw_header(ids_header("Message-ID", &[&letter.message_id])?);
    if let Some(reply_to) = &letter.reply_to {
        builder = builder.reply_to(mailbox("Reply-To", reply_to)?);
    }
    if let Some(parent) = letter.references.last() {
        builder = builder
            .raw_header(ids_header("In-Reply-To", &[parent])?)
            .raw_header(ids_header("References", &kept_references(&letter.references))?);
    }
    if let Some(list) = &letter.list_id {
        builder = builder.raw_header(list_id(list)?);
    }
    let by_mail = letter.unsubscribe.as_ref().map(|to| address("List-Unsubscribe", to)).transpose()?;
    let one_click = letter.one_click.as_deref().map(one_click).transpose()?;
    let ways: Vec<String> = one_click.iter().cloned().chain(by_mail.as_ref().map(mailto)).collect();
    if !ways.is_empty() {
        builder = builder.raw_header(encoded("List-Unsubscribe", ways.join(",\r\n ")));
    }
    if one_click.is_some() {
        builder = builder.raw_header(encoded("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    Ok(builder.raw_header(encoded("Auto-Submitted", "auto-generated".to_owned())))
}

fn body(letter: &Letter) -> Result<MultiPart, ComposeError> {
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(printable(&letter.text));
    let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(printable(&letter.html));
    let [of_alternatives, of_mixed] = boundaries(letter);
    let alternatives = MultiPart::alternative().boundary(of_alternatives);
    let alternatives = alternatives.singlepart(text).singlepart(html);
    let Some(part) = &letter.calendar else { return Ok(alternatives) };
    // A file name in either structure: some clients offer the calendar for saving by that alone.
    let Some(method) = &part.method else {
        let mixed = MultiPart::mixed().boundary(of_mixed);
        let shown = ContentDisposition::attachment("maintenance.ics");
        return Ok(mixed.multipart(alternatives).singlepart(calendar(part, "", shown)?));
    };
    if !is_method(method) {
        return Err(malformed("calendar method", method));
    }
    let shown = ContentDisposition::inline_with_name("maintenance.ics");
    let alternatives = alternatives.singlepart(calendar(part, &format!("; method={method}"), shown)?);
    let Some(dropped) = &letter.dropped else { return Ok(alternatives) };
    let method = dropped.method.as_deref().filter(|method| is_method(method));
    let method = method.ok_or_else(|| malformed("calendar method", dropped.method.as_deref().unwrap_or_default()))?;
    let shown = ContentDisposition::attachment("cancelled.ics");
    let mixed = MultiPart::mixed().boundary(of_mixed).multipart(alternatives);
    Ok(mixed.singlepart(calendar(dropped, &format!("; method={method}"), shown)?))
}

fn is_method(method: &str) -> bool {
    !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn calendar(part: &CalendarPart, parameter: &str, shown: ContentDisposition) -> Result<SinglePart, ComposeError> {
    let content_type = format!("text/calendar; charset=utf-8{parameter}");
    let content_type = ContentType::parse(&content_type).map_err(|_| malformed("calendar method", parameter))?;
    Ok(SinglePart::builder().header(content_type).header(shown).body(printable(&part.text)))
}

/// Two boundaries, of the alternatives and of what stands beside them. They stand in no part, since the parts are hashed into
/// them, and are new to every mail.
fn boundaries(letter: &Letter) -> [String; 2] {
    /// RFC 2046 allows 70 characters; 128 bits of the digest are enough.
    const DIGITS: usize = 32;
    let calendar = letter.calendar.as_ref().map_or("", |part| part.text.as_str());
    let digest = Digest::of_parts([letter.message_id.as_str(), &letter.text, &letter.html, calendar]);
    let (first, second) = digest.as_str().split_at(DIGITS);
    [first, second].map(|digits| format!("inwindow{digits}"))
}

/// The text with every kind of line end as LF (the builder writes CRLF), and a mark in place of control characters.
///
/// A lone CR or a NUL in a body is forbidden (RFC 5322, section 2.3), and relays that differ in how they read one are
/// what SMTP smuggling lives from.
fn printable(text: &str) -> String {
    let forbidden = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(forbidden) {
        return text.to_owned();
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace(forbidden, "\u{FFFD}")
}

fn one_line<'a>(field: &'static str, text: &'a str) -> Result<&'a str, ComposeError> {
    if text.chars().any(char::is_control) {
        return Err(ComposeError::Control { field, text: text.escape_debug().to_string() });
    }
    Ok(text)
}

fn malformed(field: &'static str, text: &str) -> ComposeError {
    ComposeError::Malformed { field, text: text.escape_debug().to_string() }
}

fn address(field: &'static str, text: &str) -> Result<Address, ComposeError> {
    Address::new(text).map_err(|source| ComposeError::Address { field, source })
}

fn mailbox(field: &'static str, mailbox: &LetterMailbox) -> Result<Mailbox, ComposeError> {
    let name = mailbox.name.as_deref().map(|name| one_line(field, name)).transpose()?;
    let name = name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Mailbox::new(name, address(field, &mailbox.email)?.inner().clone()))
}

/// A header whose value is already what must stand there: checked, ASCII but for addresses, folded.
fn encoded(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// A header of free text on one line.
///
/// The builder folds plain words; it would leave a word longer than a line whole, and hand on text that only looks
/// encoded (`=?`) to be decoded by the reader. Both, and what is not ASCII, become encoded words (RFC 2047) here.
fn text_header(name: &'static str, text: &str) -> HeaderValue {
    /// Longest word that still fits a line of 76 behind any header name used here.
    const LONGEST_WORD: usize = 50;
    let plain = text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() <= LONGEST_WORD);
    if plain {
        return HeaderValue::new(HeaderName::new_from_ascii_str(name), text.to_owned());
    }
    encoded(name, encoded_words(text))
}

/// The text as Q-encoded words of at most 75 characters (RFC 2047, section 2), one a line, none cutting a character.
fn encoded_words(text: &str) -> String {
    /// 75 less `=?utf-8?q?` and `?=`, and less the longest header name on the first line.
    const ROOM: usize = 75 - 12 - "X-Inwindow-Would-Go-To: ".len();
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut letter = String::new();
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            match byte {
                b' ' => letter.push('_'),
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b',' | b':' | b'+' | b'/' => {
                    letter.push(char::from(byte));
                }
                other => {
                    let _ = write!(letter, "={other:02X}");
                }
            }
        }
        match words.last_mut() {
            Some(word) if word.len() + letter.len() <= ROOM => word.push_str(&letter),
            Some(_) | None => words.push(letter),
        }
    }
    words.iter().map(|word| format!("=?utf-8?q?{word}?=")).collect::<Vec<_>>().join("\r\n ")
}

/// `<id>` or several, one a line.
fn ids_header(name: &'static str, ids: &[&String]) -> Result<HeaderValue, ComposeError> {
    let mut shown = Vec::with_capacity(ids.len());
    for id in ids {
        let sides = id.split_once('@').filter(|(left, right)| !left.is_empty() && !right.is_empty());
        let graphic = id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>');
        if sides.is_none() || !graphic || id.len() > MAX_MESSAGE_ID_OCTETS {
            return Err(malformed(name, id));
        }
        shown.push(format!("<{id}>"));
    }
    Ok(encoded(name, shown.join("\r\n ")))
}

fn kept_references(references: &[String]) -> Vec<&String> {
    let oldest = references.first();
    let latest = references.iter().skip(1.max(references.len().saturating_sub(MAX_REFERENCES - 1)));
    oldest.into_iter().chain(latest).collect()
}

/// RFC 2919: a dot-atom with at least one dot.
fn list_id(list: &str) -> Result<HeaderValue, ComposeError> {
    let atom = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+~".contains(&b));
    if !list.contains('.') || !list.split('.').all(atom) || list.len() > MAX_MESSAGE_ID_OCTETS {
        return Err(malformed("List-Id", list));
    }
    Ok(encoded("List-Id", format!("<{list}>")))
}

/// The URL of RFC 8058, which is for https alone.
fn one_click(url: &str) -> Result<String, ComposeError> {
    /// Octets of a URL: far more than ours have, and a line with its name keeps far below [`MAX_LINE_OCTETS`].
    const MAX_URL_OCTETS: usize = 400;
    let graphic = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>,\"".contains(&byte));
    if !url.starts_with("https://") || !graphic || url.len() > MAX_URL_OCTETS {
        return Err(malformed("List-Unsubscribe", url));
    }
    Ok(format!("<{url}>"))
}

/// RFC 2369 with a `mailto` address (RFC 6068): everything that could end it or mean something in it is escaped.
fn mailto(address: &Address) -> String {
    let mut url = String::from("<mailto:");
    for byte in address.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url.push_str("?subject=unsubscribe>");
    url
}

#[cfg(test)]
mod tests;
