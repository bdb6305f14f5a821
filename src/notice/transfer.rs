//! Transfer encodings, taken off even where they were put on badly.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// The bytes of a body whose header names a transfer encoding; one that is none of the two that change bytes changes none.
pub(super) fn decode<'a>(encoding: &str, body: &'a [u8]) -> Cow<'a, [u8]> {
    let encoding = encoding.trim_matches([' ', '"', '\'']).to_ascii_lowercase();
    if encoding.starts_with("base64") {
        return Cow::Owned(base64(body));
    }
    if encoding.starts_with("quoted-printable") || encoding.starts_with("quoted_printable") {
        return Cow::Owned(quoted_printable(body));
    }
    Cow::Borrowed(body)
}

/// Base64 with whatever stands between its letters left out, as RFC 2045 section 6.8 asks; what is padded ends there unless
/// more of it follows.
pub(super) fn base64(body: &[u8]) -> Vec<u8> {
    // Footers that list servers put behind an attachment hold letters of the alphabet too.
    let body = body.split(|byte| *byte == b'\n').take_while(|line| !is_prose(line));
    let letters: Vec<u8> = body.flatten().copied().filter(|byte| is_letter(*byte)).collect();
    base64_decode(&letters).unwrap_or_else(|| {
        // Several encoded texts one behind the other.
        let texts = letters.split(|byte| *byte == b'=').filter(|text| !text.is_empty());
        texts.filter_map(base64_decode).flatten().collect()
    })
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Whether a line is words: letters with blanks between them.
fn is_prose(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"____") || line.starts_with(b"-- ") || line.split(|byte| *byte == b' ').nth(2).is_some()
}

/// Quoted-printable; an equals sign that begins no code stands for itself.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    if let Some(decoded) = quoted_printable_decode(body) {
        return decoded;
    }
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'=') {
        decoded.extend_from_slice(&rest[..at]);
        let code = &rest[at + 1..];
        let (byte, length) = match code {
            [b'\n', ..] => (None, 1),
            [b'\r', b'\n', ..] => (None, 2),
            [high, low, ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (Some(high << 4 | low), 2),
                _ => (Some(b'='), 0),
            },
            _ => (Some(b'='), 0),
        };
        decoded.extend(byte);
        rest = &code[length..];
    }
    decoded.extend_from_slice(rest);
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Takes off a quoted-printable encoding that nobody declared: a third of real HTML bodies arrive so. Text is left as it is
/// unless its equals signs agree: of HTML those that set off attributes, of other text all.
pub(super) fn undeclared(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let (mut encoded_attributes, mut attributes, mut telltales, mut others) = (0, 0, 0, 0);
    for (at, _) in text.match_indices('=') {
        let after = &bytes[at + 1..];
        match after {
            [b'3', b'D', b'"', ..] => encoded_attributes += 1,
            [b'"', ..] => attributes += 1,
            _ => {}
        }
        match after {
            // A soft line break, an equals sign, a no-break space; the end of a line, a blank before one.
            [b'\n', ..]
            | [b'\r', b'\n', ..]
            | [b'3', b'D', ..]
            | [b'C', b'2', b'=', b'A', b'0', ..]
            | [b'0', b'D', b'=', b'0', b'A', ..]
            | [b'2', b'0', b'\n' | b'\r', ..] => telltales += 1,
            [high, low, ..] if is_upper_hex(*high) && is_upper_hex(*low) => {}
            _ => others += 1,
        }
    }
    (encoded_attributes > attributes || (telltales >= 2 && others == 0)).then(|| quoted_printable(bytes))
}

fn is_upper_hex(digit: u8) -> bool {
    digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoding: &str, body: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&decode(encoding, body.as_bytes())), expected, "{encoding}: {body:?}");
    }

    #[test]
    fn encodings_are_taken_off() {
        check("7bit", "a=20b", "a=20b");
        check("", "a=20b", "a=20b");
        check("Quoted-Printable", "a=3Db=\r\nc=C3=A9 \r\nd", "a=bcé\r\nd");
        check("quoted-printable", "a=b, 100=% =", "a=b, 100=% =");
        check(" BASE64 ", "TWFpbnRlbmFuY2U=", "Maintenance");
    }

    #[test]
    fn base64_is_read_with_what_does_not_belong_there() {
        check("base64", "TWFp\r\n bnRl!bmFu\tY2U", "Maintenance");
        check("base64", "TWFpbnRlbmFuY2U=\r\n\r\n____________\r\nlist mailing list\r\n", "Maintenance");
        check("base64", "TWFpbnRlbmFuY2U=\nSent to you by a list\n", "Maintenance");
        check("base64", "TWFpbg==dGVuYW5jZQ==", "Maintenance");
        check("base64", "", "");
    }

    #[test]
    fn an_encoding_that_nobody_declared() {
        let decoded = |text: &str| undeclared(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        for (text, expected) in [
            ("<p style=3D\"x\">a =3D b=\n</p>", Some("<p style=\"x\">a = b</p>")),
            ("<p style=\"x\">a=3D\"b</p>", None),
            ("Start =3D 22:00=0D=0AEnd=\n\n", Some("Start = 22:00\r\nEnd\n")),
            ("a=20\nb=20\n", Some("a \nb \n")),
            ("a = b, c=3D and =3D", None),
            ("see https://example.net/?a=20&b=3D", None),
            ("no sign", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text:?}");
        }
    }
}
