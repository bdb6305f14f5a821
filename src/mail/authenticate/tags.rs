//! Lists of tags, `v=1; d=example.com`, of which signatures and keys are made (RFC 6376 section 3.2).

use mail_parser::decoders::base64::base64_decode;

/// Names with their values, blanks around both taken away.
#[derive(Debug)]
pub(super) struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    /// None where it is no such list: text that is no tag, or a name given twice.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut tags: Vec<(&str, &str)> = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let name = name.trim_end();
            if name.is_empty() || tags.iter().any(|(known, _)| *known == name) || tags.len() >= MAX_TAGS {
                return None;
            }
            tags.push((name, value.trim_start()));
        }
        Some(Self(tags))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The first of them, which in a key must be its version if there is one.
    pub(super) fn first(&self) -> Option<(&'a str, &'a str)> {
        self.0.first().copied()
    }

    /// The parts of a value between colons.
    pub(super) fn list(&self, name: &str) -> Option<impl Iterator<Item = &'a str>> {
        self.get(name).map(|value| value.split(':').map(str::trim))
    }

    /// A value in base64, which may be folded.
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let letters: Vec<u8> = self.get(name)?.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        base64_decode(&letters)
    }
}

/// Most tags of a list: the standards have 14 between them.
const MAX_TAGS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_names_with_values() {
        let tags = Tags::parse(" v=1;\r\n\td = Dc.example ; h=from : to; b=QU\r\n JD; ").expect("tags");
        assert_eq!((tags.first(), tags.get("d"), tags.get("x")), (Some(("v", "1")), Some("Dc.example"), None));
        assert_eq!(tags.list("h").expect("a list").collect::<Vec<_>>(), ["from", "to"]);
        assert_eq!(tags.bytes("b").as_deref(), Some(&b"ABC"[..]));
        for wrong in ["v=1; v=1", "v=1; nothing", "=1"] {
            assert!(Tags::parse(wrong).is_none(), "{wrong}");
        }
        assert!(Tags::parse(&(0..=MAX_TAGS).map(|n| format!("t{n}=;")).collect::<String>()).is_none());
    }
}
