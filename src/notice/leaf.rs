//! What a piece of a mail is, by its type, its file's name and what it holds: senders call a calendar text, a sheet a
//! stream of bytes and HTML nothing at all.

use super::letters::to_text;
use super::message::PartKind;
use super::sheet::{is_archive, looks_like_rows};
use super::transfer;

/// What `winmail.dat` begins with (MS-OXTNEF 2.1.3.1).
const TNEF: &[u8] = b"\x78\x9f\x3e\x22";

/// What a piece holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Words, decoded.
    Text(String, PartKind),
    /// A workbook of Excel.
    Book,
    /// A mail attached as a file.
    Message,
    /// A document that nothing here reads, and why.
    NoReader(&'static str),
    /// A picture, a signature: nothing that could be a notice.
    NoWords,
}

/// A piece with words.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Type and place, `text/html 1.2`.
    pub(super) label: String,
    pub(super) kind: PartKind,
    /// The words; none of a workbook.
    pub(super) text: String,
    /// The bytes of a workbook; none of text.
    pub(super) book: Vec<u8>,
}

impl Leaf {
    pub(super) fn text(text: String, kind: PartKind, stated: &str, place: &str) -> Self {
        let stated = match kind {
            PartKind::Calendar => "text/calendar",
            PartKind::Html => "text/html",
            PartKind::Sheet => "text/csv",
            PartKind::Plain => stated,
        };
        Self { label: format!("{stated} {place}"), kind, text, book: Vec::new() }
    }

    pub(super) fn book(book: Vec<u8>, place: &str) -> Self {
        Self { label: format!("xlsx {place}"), kind: PartKind::Sheet, text: String::new(), book }
    }
}

/// An attached document whose words nobody has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What and where it is: `` `plan.pdf` (application/pdf 1.3) ``.
    pub what: String,
    /// Why it was not read.
    pub why: String,
}

impl Unread {
    pub(super) fn new(file: Option<&str>, kind: &str, place: &str, why: impl Into<String>) -> Self {
        let what = match file {
            Some(file) => {
                format!("`{}` ({kind} {place})", file.chars().filter(|c| !c.is_control()).collect::<String>())
            }
            None => format!("{kind} {place}"),
        };
        Self { what, why: why.into() }
    }
}

/// What a piece of the stated type and file name holds.
pub(super) fn content(kind: &str, file: Option<&str>, charset: Option<&str>, bytes: &[u8]) -> Content {
    let ending = file.and_then(|file| file.rsplit_once('.')).map(|(_, ending)| ending.to_lowercase());
    let ending = ending.as_deref().unwrap_or_default();
    let is_stream = ["application/octet-stream", "application/x-zip-compressed", "application/zip"].contains(&kind);
    if is_archive(bytes) {
        let is_book = ["xlsx", "xlsm"].contains(&ending) || kind.contains("spreadsheetml") || holds_a_book(bytes);
        return if is_book { Content::Book } else { no_reader(kind, ending) };
    }
    if bytes.starts_with(TNEF) {
        return no_reader("application/ms-tnef", ending);
    }
    if kind == "text/x-amp-html" {
        // A third version of what the plain and the HTML one say.
        return Content::NoWords;
    }
    if is_stream && ending == "eml" {
        return Content::Message;
    }
    let is_text = kind.starts_with("text/") || kind.starts_with("multipart/") || kind == "application/ics";
    let is_sheet = is_sheet(kind, ending) && !bytes.starts_with(b"\xd0\xcf\x11\xe0");
    if is_text || is_sheet || ending == "ics" || (is_stream && may_be_text(ending, bytes)) {
        let text = to_text(bytes, charset);
        let kind = match text_kind(kind, ending, &text) {
            PartKind::Plain | PartKind::Html if is_sheet => PartKind::Sheet,
            PartKind::Plain if file.is_some() && looks_like_rows(&text) => PartKind::Sheet,
            kind @ (PartKind::Plain | PartKind::Html | PartKind::Calendar | PartKind::Sheet) => kind,
        };
        return Content::Text(undeclared(text, kind), kind);
    }
    no_reader(kind, ending)
}

fn is_sheet(kind: &str, ending: &str) -> bool {
    const TYPES: [&str; 4] =
        ["text/csv", "text/comma-separated-values", "application/csv", "text/tab-separated-values"];
    TYPES.contains(&kind) || ["csv", "tsv"].contains(&ending)
}

/// Whether the list of an archive's files names a workbook.
fn holds_a_book(bytes: &[u8]) -> bool {
    let name = b"xl/workbook.xml";
    bytes.windows(name.len()).any(|window| window == name)
}

fn may_be_text(ending: &str, bytes: &[u8]) -> bool {
    ["txt", "htm", "html"].contains(&ending) || begins(&bytes[..bytes.len().min(200)], "BEGIN:VCALENDAR")
}

fn begins(bytes: &[u8], with: &str) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    bytes.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
}

fn text_kind(kind: &str, ending: &str, text: &str) -> PartKind {
    if kind == "text/calendar"
        || kind == "application/ics"
        || ending == "ics"
        || begins(text.as_bytes(), "BEGIN:VCALENDAR")
    {
        return PartKind::Calendar;
    }
    if kind == "text/html" || ["htm", "html"].contains(&ending) || begins_as_html(text) {
        return PartKind::Html;
    }
    PartKind::Plain
}

/// Whether text that nobody called HTML begins with a tag of it.
fn begins_as_html(text: &str) -> bool {
    const TAGS: [&str; 16] = [
        "!doctype", "html", "head", "body", "meta", "style", "table", "div", "p", "span", "font", "center", "br", "h1",
        "h2", "h3",
    ];
    let Some(tag) = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).strip_prefix('<') else {
        return false;
    };
    let name = tag.split(|c: char| !c.is_ascii_alphanumeric() && c != '!').next().unwrap_or_default();
    // An address in angle brackets begins with a name as well.
    let end = tag[name.len()..].chars().next();
    TAGS.iter().any(|known| name.eq_ignore_ascii_case(known))
        && matches!(end, Some('>' | '/' | ' ' | '\r' | '\n' | '\t'))
}

/// Takes off a transfer encoding that nobody declared, of what is written by people and programs for mail alone.
fn undeclared(text: String, kind: PartKind) -> String {
    match kind {
        PartKind::Plain | PartKind::Html => match transfer::undeclared(&text) {
            Some(bytes) => to_text(&bytes, None),
            None => text,
        },
        PartKind::Calendar | PartKind::Sheet => text,
    }
}

/// Documents that could hold a notice and that nothing here reads.
fn no_reader(kind: &str, ending: &str) -> Content {
    let why = match (kind, ending) {
        ("application/ms-tnef" | "application/vnd.ms-tnef", _) | (_, "tnef") => {
            "what Outlook puts in place of text and attachments is not read; ask the sender for plain MIME"
        }
        ("application/pdf", _) | (_, "pdf") => "PDF is not read",
        ("application/msword", _) | (_, "doc" | "docx" | "odt" | "rtf") => "documents of word processors are not read",
        ("application/vnd.ms-excel", _) | (_, "xls" | "xlsb" | "xlsx" | "ods") => {
            "of workbooks only those of Excel since 2007 are read, without a password"
        }
        ("application/pkcs7-mime" | "application/x-pkcs7-mime" | "application/pgp-encrypted", _) | (_, "p7m") => {
            "it is encrypted or wrapped in its signature"
        }
        (_, "zip" | "7z" | "rar" | "gz") => "archives are not unpacked",
        _ => return Content::NoWords,
    };
    Content::NoReader(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(content: &Content) -> String {
        match content {
            Content::Text(_, kind) => format!("{kind:?}"),
            Content::Book => "Book".into(),
            Content::Message => "Message".into(),
            Content::NoReader(_) => "NoReader".into(),
            Content::NoWords => "NoWords".into(),
        }
    }

    #[track_caller]
    fn check(kind: &str, file: &str, bytes: impl AsRef<[u8]>, expected: &str) {
        let file = Some(file).filter(|file| !file.is_empty());
        assert_eq!(word(&content(kind, file, None, bytes.as_ref())), expected, "{kind} {file:?}");
    }

    #[test]
    fn a_piece_is_what_it_holds() {
        check("text/plain", "", "Dear all", "Plain");
        check("text/plain", "", "begin:vcalendar\n", "Calendar");
        check("text/plain", "plan.ics", "x", "Calendar");
        check("application/octet-stream", "", "\u{feff}\nBEGIN:VCALENDAR\n", "Calendar");
        check("text/plain", "", "<!DOCTYPE html><p>x", "Html");
        check("text/plain", "", "\n <div\nclass=x>x", "Html");
        check("text/plain", "", "<p@example.net> wrote", "Plain");
        check("text/html", "", "x", "Html");
        check("text/x-amp-html", "", "<!doctype html>", "NoWords");
        check("image/png", "logo.png", "x", "NoWords");
    }

    #[test]
    fn a_sheet_is_one_by_type_by_name_and_by_what_it_holds() {
        check("text/csv", "", "a,b", "Sheet");
        check("application/octet-stream", "circuits.CSV", "a,b", "Sheet");
        check("application/vnd.ms-excel", "circuits.csv", "a,b", "Sheet");
        check("text/plain", "circuits.txt", "a\tb\tc\n1\t\t3\n", "Sheet");
        check("text/plain", "", "a\tb\tc\n1\t\t3\n", "Plain");
        check("application/octet-stream", "circuits", "PK\x03\x04 xl/workbook.xml", "Book");
        check("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "", "PK\x03\x04", "Book");
        check("application/zip", "circuits.zip", "PK\x03\x04", "NoReader");
    }

    #[test]
    fn what_has_no_reader_says_so() {
        check("application/ms-tnef", "winmail.dat", "x", "NoReader");
        check("application/octet-stream", "winmail.dat", TNEF, "NoReader");
        check("application/pdf", "", "x", "NoReader");
        check("application/vnd.ms-excel", "circuits.xls", "x", "NoReader");
        check("application/octet-stream", "circuits.xlsx", "no archive", "NoReader");
        check("application/octet-stream", "mail.eml", "From: a@example.net\n\nx", "Message");
    }
}
