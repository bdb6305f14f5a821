//! The forms in which header and body are signed (RFC 6376 section 3.4).
//!
//! Line ends are CRLF in both forms, whatever a file has: a mail that was stored with LF is the mail that was signed.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::fields::Field;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Canon {
    /// As it is.
    Simple,
    /// Blanks and folding do not matter.
    Relaxed,
}

/// A body in one of the forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BodyHash {
    /// SHA-256.
    pub(super) digest: Vec<u8>,
    /// How long it is in that form.
    pub(super) length: u64,
}

/// The hash of a body, in one walk over it.
pub(super) fn body(canon: Canon, body: &[u8]) -> BodyHash {
    let mut hasher = Sha256::new();
    let (mut length, mut blank_lines) = (0_u64, 0_u64);
    let mut feed = |bytes: &[u8]| {
        hasher.update(bytes);
        length += bytes.len() as u64;
    };
    let mut anything = false;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line = without_line_end(line);
        let line = match canon {
            Canon::Simple => Cow::Borrowed(line),
            Canon::Relaxed => Cow::Owned(one_blank(line)),
        };
        if line.is_empty() {
            // Those at the end do not count.
            blank_lines += 1;
            continue;
        }
        (0..std::mem::take(&mut blank_lines)).for_each(|_| feed(b"\r\n"));
        feed(&line);
        feed(b"\r\n");
        anything = true;
    }
    if !anything && canon == Canon::Simple {
        feed(b"\r\n");
    }
    BodyHash { digest: hasher.finalize().to_vec(), length }
}

/// A field of the header, with its line end.
pub(super) fn field(canon: Canon, field: &Field<'_>, out: &mut Vec<u8>) {
    unended(canon, field.name, field.raw, field.value, out);
    out.extend_from_slice(b"\r\n");
}

/// The field of a signature itself: without its line end, and without the signature (section 3.7).
pub(super) fn signature_field(canon: Canon, field: &Field<'_>, out: &mut Vec<u8>) {
    let value = without_signature(field.value);
    let before = &field.raw[..field.raw.len() - field.value.len()];
    let raw = [before, &value].concat();
    unended(canon, field.name, &raw, &value, out);
}

fn unended(canon: Canon, name: &[u8], raw: &[u8], value: &[u8], out: &mut Vec<u8>) {
    match canon {
        Canon::Simple => {
            for (number, line) in raw.split_inclusive(|byte| *byte == b'\n').enumerate() {
                if number > 0 {
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(without_line_end(line));
            }
        }
        Canon::Relaxed => {
            out.extend(name.to_ascii_lowercase());
            out.push(b':');
            let lines = value.split_inclusive(|byte| *byte == b'\n').map(without_line_end);
            let unfolded: Vec<u8> = lines.flatten().copied().collect();
            out.extend(one_blank(unfolded.trim_ascii_start()));
        }
    }
}

/// The value of the tag `b` deleted, with the blanks around it.
fn without_signature(value: &[u8]) -> Vec<u8> {
    let parts = value.split(|byte| *byte == b';').map(|part| match part.iter().position(|byte| *byte == b'=') {
        Some(equals) if part[..equals].trim_ascii() == b"b" => &part[..=equals],
        Some(_) | None => part,
    });
    parts.collect::<Vec<_>>().join(&b';')
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Runs of blanks are one blank, and none at the end.
fn one_blank(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    for byte in line {
        match byte {
            b' ' | b'\t' if out.last() == Some(&b' ') => {}
            b' ' | b'\t' => out.push(b' '),
            other => out.push(*other),
        }
    }
    if out.last() == Some(&b' ') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_body(canon: Canon, text: &str, expected: &str) {
        let wanted = BodyHash { digest: Sha256::digest(expected).to_vec(), length: expected.len() as u64 };
        assert_eq!(body(canon, text.as_bytes()), wanted, "{text:?}");
    }

    #[test]
    fn bodies_are_signed_as_the_standard_says() {
        // The second is the example of section 3.4.5.
        for (text, simple, relaxed) in [
            ("", "\r\n", ""),
            (" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"),
            ("\r\n\r\n", "\r\n", ""),
            (" \r\n", " \r\n", ""),
            ("a", "a\r\n", "a\r\n"),
            ("a\n\nb\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"),
            ("a\n \nb", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n"),
        ] {
            check_body(Canon::Simple, text, simple);
            check_body(Canon::Relaxed, text, relaxed);
        }
    }

    #[track_caller]
    fn check_field(text: &str, simple: &str, relaxed: &str) {
        let (name, value) = text.split_once(':').expect("a field");
        let parsed = Field { name: name.trim().as_bytes(), raw: text.as_bytes(), value: value.as_bytes() };
        for (canon, expected) in [(Canon::Simple, simple), (Canon::Relaxed, relaxed)] {
            let mut out = Vec::new();
            field(canon, &parsed, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{text:?}");
        }
    }

    #[test]
    fn fields_are_signed_as_the_standard_says() {
        check_field("A: X\r\n", "A: X\r\n", "a:X\r\n");
        check_field("B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n");
        check_field("B : Y\t\n\tZ  \n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n");
        check_field("Subject:\r\n", "Subject:\r\n", "subject:\r\n");
    }

    #[test]
    fn a_signature_is_signed_without_itself() {
        for (value, expected) in [
            ("v=1; b=abc\r\n def; bh=xyz=", "v=1; b=; bh=xyz="),
            ("bh=b=; b = abc", "bh=b=; b ="),
            ("v=1;\r\n\tb=abc;", "v=1;\r\n\tb=;"),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_signature(value.as_bytes())), expected);
        }
    }
}
