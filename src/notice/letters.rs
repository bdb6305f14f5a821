//! Bytes to letters, and letters to words: charsets by any name, text read in the wrong charset before us, and the
//! letters that nobody sees.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

use super::text::CELL_BREAK;

/// Names of the charset that senders put on UTF-8 without looking.
const LATIN_NAMES: [&str; 9] =
    ["", "ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"];

/// Dashes, quotes and dots of UTF-8 whose bytes were read as Windows-1252 or as Latin-1: what the third byte of each became
/// behind `â€`, and what was meant.
const PUNCTUATION: [([char; 2], char); 10] = [
    (['\u{201c}', '\u{93}'], '–'),
    (['\u{201d}', '\u{94}'], '—'),
    (['\u{2122}', '\u{99}'], '’'),
    (['\u{2dc}', '\u{98}'], '‘'),
    (['\u{153}', '\u{9c}'], '“'),
    (['\u{9d}', '\u{9d}'], '”'),
    (['\u{a2}', '\u{a2}'], '•'),
    (['\u{a6}', '\u{a6}'], '…'),
    (['\u{2018}', '\u{91}'], '-'),
    (['\u{90}', '\u{90}'], '-'),
];

/// Text of a named charset. One of no name, of an unknown one, or called Latin-1 is UTF-8 where its bytes are that, and
/// Windows-1252 (which holds Latin-1) where not. UTF-16 is seen by its mark, or by every other byte being zero.
pub(super) fn to_text(bytes: &[u8], charset: Option<&str>) -> String {
    if let Some(text) = utf16(bytes) {
        return text;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let named = charset.map(|name| name.trim_matches([' ', '"', '\'']).to_lowercase()).unwrap_or_default();
    let decoder = || charset_decoder(named.as_bytes());
    let is_latin = LATIN_NAMES.contains(&named.as_str());
    if !is_latin
        && !["utf-8", "utf8"].contains(&named.as_str())
        && !named.starts_with("utf-16")
        && let Some(decoder) = decoder()
    {
        return decoder(bytes);
    }
    std::str::from_utf8(bytes).map_or_else(|_| latin(bytes), str::to_owned)
}

/// Windows-1252, of which every byte is a letter: nothing is lost, and what is no letter of the sender's is seen.
pub(super) fn latin(bytes: &[u8]) -> String {
    charset_decoder(b"windows-1252").map_or_else(|| bytes.iter().map(|b| char::from(*b)).collect(), |read| read(bytes))
}

/// UTF-16 by its byte order mark, or without one by the zeros of its Latin letters: half of all bytes.
fn utf16(bytes: &[u8]) -> Option<String> {
    type Order = fn([u8; 2]) -> u16;
    let (bytes, order): (&[u8], Order) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => (rest, u16::from_be_bytes),
        _ => {
            let head = bytes.get(..64.min(bytes.len() & !1)).filter(|head| head.len() >= 4)?;
            let zeros = |of: usize| head.iter().skip(of).step_by(2).filter(|byte| **byte == 0).count();
            let most = head.len() / 2 - head.len() / 8;
            match (zeros(0), zeros(1)) {
                (0, low) if low >= most => (bytes, u16::from_le_bytes),
                (high, 0) if high >= most => (bytes, u16::from_be_bytes),
                _ => return None,
            }
        }
    };
    let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
    Some(char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Whether a letter is there for the typesetter alone: joiners, soft hyphens, marks of direction.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Adds words to a line, every run of white space as one space, without what nobody sees.
pub(super) fn push_words(line: &mut String, text: &str) {
    for letter in text.chars() {
        push_letter(line, letter);
    }
}

/// Adds a letter to a line whose white space is worth one space.
fn push_letter(line: &mut String, letter: char) {
    if letter.is_ascii_graphic() {
        return line.push(letter);
    }
    if letter == '\u{a0}' && line.ends_with('Â') {
        line.pop();
    }
    if letter.is_whitespace() {
        if !line.is_empty() && !line.ends_with([' ', CELL_BREAK]) {
            line.push(' ');
        }
    } else {
        push_other(line, letter);
    }
}

/// Adds a letter that is no white space; the last of three that were one before they were read wrongly as that one.
fn push_other(line: &mut String, letter: char) {
    if let Some(before) = line.strip_suffix("â€").map(str::len)
        && let Some((_, meant)) = PUNCTUATION.iter().find(|(wrong, _)| wrong.contains(&letter))
    {
        line.truncate(before);
        line.push(*meant);
    } else if letter == '\u{80}' && line.ends_with('â') {
        line.push('€');
    } else if !letter.is_control() && !is_invisible(letter) {
        line.push(letter);
    }
}

/// Text as typed without what nobody sees: lines end in a newline alone, a no-break space is a space, and no line begins or
/// ends in blanks.
pub(super) fn typed(text: &str) -> Cow<'_, str> {
    match visible(text) {
        Cow::Borrowed(text) => flush(text),
        Cow::Owned(text) => Cow::Owned(flush(&text).into_owned()),
    }
}

/// The text of a mail that was passed on without the marks that the program which did so put before each of its lines.
pub(super) fn unquoted(text: &str) -> Cow<'_, str> {
    by_line(text, |line| line.trim_start_matches(['>', ' ', '\t']), |line| line.starts_with('>'))
}

/// Lines without the blanks at both of their ends.
fn flush(text: &str) -> Cow<'_, str> {
    let blank = |letter: char| letter == ' ' || letter == '\t';
    by_line(text, |line| line.trim_matches(blank), |line| line.starts_with(blank) || line.ends_with(blank))
}

/// A text whose lines that need it are put right.
fn by_line(text: &str, put_right: impl Fn(&str) -> &str, needs_it: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if !text.split('\n').any(&needs_it) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (words, end) = line.strip_suffix('\n').map_or((line, ""), |words| (words, "\n"));
        clean.push_str(if needs_it(words) { put_right(words) } else { words });
        clean.push_str(end);
    }
    Cow::Owned(clean)
}

fn visible(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' '..='~' | '\n' | '\t' => clean.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | CELL_BREAK | '\u{2029}' => clean.push('\n'),
            _ if letter.is_whitespace() => {
                if letter == '\u{a0}' && clean.ends_with('Â') {
                    clean.pop();
                }
                clean.push(' ');
            }
            _ => push_other(&mut clean, letter),
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], charset: Option<&str>, expected: &str) {
        assert_eq!(to_text(bytes, charset), expected, "{charset:?}");
    }

    #[test]
    fn a_charset_goes_by_many_names() {
        check(b"\xc3\xa9t\xc3\xa9", Some("UTF-8"), "été");
        check(b"\xe9t\xe9", Some("iso-8859-1"), "été");
        check(b"\x96 \xe9", Some("cp1252"), "– é");
        check(b"\xf9\xec\xe5\xed", Some("iso-8859-8-i"), "שלום");
        check(b"\xc7\xd1\xb1\xdb", Some("ks_c_5601-1987"), "한글");
        check(b"\x93\xfa\x96{", Some("Shift_JIS"), "日本");
        check(b"\xa4\xa4\xa4\xe5", Some("big5"), "中文");
        check(b"\xef\xf0\xe8\xe2\xe5\xf2", Some("windows-1251"), "привет");
        check(b"\xe9", Some("\"ISO-8859-15\""), "é");
    }

    #[test]
    fn a_charset_that_is_unknown_absent_or_wrong_loses_nothing() {
        check(b"\xc3\xa9t\xc3\xa9", None, "été");
        check(b"\xe9t\xe9 \x80", None, "été €");
        check(b"\xc3\xa9", Some("x-nobody-knows"), "é");
        check(b"\xe9", Some("x-nobody-knows"), "é");
        check(b"\xc3\xa9", Some("iso-8859-1"), "é");
        check(b"\xc3\xa9", Some("us-ascii"), "é");
        check(b"\xe9", Some("utf-8"), "é");
        check(b"\xef\xbb\xbfa", Some("utf-8"), "a");
    }

    #[test]
    fn utf16_is_seen_with_and_without_its_mark() {
        let little: Vec<u8> = "ID\tStart ä".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "ID\tStart ä".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(&b"\xff\xfe"[..], &little), (b"\xfe\xff", &big), (b"", &little), (b"", &big)] {
            check(&[mark, bytes].concat(), None, "ID\tStart ä");
            check(&[mark, bytes].concat(), Some("utf-16le"), "ID\tStart ä");
        }
        check(b"ab\0cd", None, "ab\0cd");
        check(b"\xff\xfea\0\x00\xd8b\0", None, "a\u{fffd}b");
    }

    #[track_caller]
    fn check_words(text: &str, expected: &str) {
        let mut line = String::new();
        push_words(&mut line, text);
        assert_eq!(line, expected, "{text:?}");
    }

    #[test]
    fn what_was_read_in_the_wrong_charset_is_repaired_where_that_is_certain() {
        check_words("Start:Â\u{a0}22:00", "Start: 22:00");
        check_words("22:00 â€“ 04:00", "22:00 – 04:00");
        check_words("22:00 â\u{80}\u{93} 04:00", "22:00 – 04:00");
        check_words("vendorâ€™s â€œworkâ€\u{9d}", "vendor’s “work”");
        check_words("Â la carte, château, 10 â€", "Â la carte, château, 10 â€");
        assert_eq!(typed("a:Â\u{a0}b â€“\r\nc"), "a: b –\nc");
    }

    #[test]
    fn what_nobody_sees_is_left_out() {
        check_words("main\u{ad}te\u{200b}nance\u{a0}\u{2009} window\u{feff}", "maintenance window");
        check_words("a\u{0}\u{7}b", "ab");
        assert_eq!(typed("a\u{a0}\u{a0}b\r\nc\rd\u{200e}"), "a  b\nc\nd");
        assert!(matches!(typed("a\tb\n"), Cow::Borrowed(_)));
    }
}
