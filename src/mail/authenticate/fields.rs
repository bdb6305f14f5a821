//! The header of a mail as signatures see it: fields as written, in their order.

use std::collections::HashMap;

/// Most fields looked at: mails with long ways have a hundred.
const MAX_FIELDS: usize = 1_000;

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// Its name, in the case it is written in.
    pub(super) name: &'a [u8],
    /// All of it, folded lines and line end included; the value is its end.
    pub(super) raw: &'a [u8],
    /// What stands behind the colon.
    pub(super) value: &'a [u8],
}

/// All fields, from the top.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    all: Vec<Field<'a>>,
    /// Where each name stands, in lower case, from the top.
    places: HashMap<Vec<u8>, Vec<usize>>,
    /// Whether there were more than are looked at.
    pub(super) too_many: bool,
    /// What stands behind the empty line.
    pub(super) body: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn split(mail: &'a [u8]) -> Self {
        let mut fields = Self { all: Vec::new(), places: HashMap::new(), too_many: false, body: &[] };
        let (mut start, mut at) = (0, 0);
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            let ends = line == b"\n" || line == b"\r\n";
            let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
            if !goes_on {
                fields.push(&mail[start..at]);
                start = at;
            }
            at += line.len();
            if ends {
                fields.body = &mail[at..];
                return fields;
            }
        }
        fields.push(&mail[start..]);
        fields
    }

    fn push(&mut self, raw: &'a [u8]) {
        // What has no colon is no field; a reader of mail passes over it as well.
        let Some(colon) = raw.iter().position(|byte| *byte == b':') else { return };
        if self.all.len() >= MAX_FIELDS {
            self.too_many = true;
            return;
        }
        let (name, value) = (raw[..colon].trim_ascii(), &raw[colon + 1..]);
        self.places.entry(name.to_ascii_lowercase()).or_default().push(self.all.len());
        self.all.push(Field { name, raw, value });
    }

    /// All of them, from the top.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Field<'a>> {
        self.all.iter()
    }

    /// Those of a name in lower case, from the top.
    pub(super) fn named(&self, name: &str) -> impl DoubleEndedIterator<Item = &Field<'a>> + use<'_, 'a> {
        self.places.get(name.as_bytes()).into_iter().flatten().map(|place| &self.all[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_split_into_its_fields() {
        let mail = b"A: 1\r\n 2\r\nnonsense\r\na : 3\n\r\nB: body\r\n";
        let fields = Fields::split(mail);
        let all: Vec<(&[u8], &[u8])> = fields.iter().map(|field| (field.name, field.value)).collect();
        assert_eq!(all, [(&b"A"[..], &b" 1\r\n 2\r\n"[..]), (b"a", b" 3\n")]);
        assert_eq!((fields.named("a").count(), fields.named("b").count(), fields.body), (2, 0, &b"B: body\r\n"[..]));
        assert_eq!(Fields::split(b"A: no end").iter().count(), 1);
        assert_eq!(Fields::split(b"").iter().count(), 0);
    }

    #[test]
    fn more_fields_than_are_looked_at_are_told() {
        let of = |count: usize| "A:\n".repeat(count).into_bytes();
        assert!(!Fields::split(&of(MAX_FIELDS)).too_many);
        assert!(Fields::split(&of(MAX_FIELDS + 1)).too_many);
    }
}
