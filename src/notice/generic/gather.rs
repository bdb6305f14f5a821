//! All that a message states, part by part, and how words found become a field with its source.

use std::ops::Range;

use super::statements::{Statement, statements};
use super::words::Topic;
use crate::notice::announcement::FieldSource;
use crate::notice::message::{Message, Part, PartKind};
use crate::notice::text::CELL_BREAK;

/// Words of a field, and where they stand.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) source: FieldSource,
}

impl Found {
    pub(super) fn in_part(field: &str, part: &Part, rule: &str, span: Range<usize>) -> Self {
        let text = part.text.get(span.clone()).unwrap_or_default().replace(CELL_BREAK, " ").trim().to_owned();
        let source = FieldSource {
            field: field.to_owned(),
            part: part.label.clone(),
            rule: rule.to_owned(),
            text: text.clone(),
            span: Some((span.start, span.end)),
        };
        Self { text, source }
    }

    /// A range of a statement's words.
    pub(super) fn stated(field: &str, part: &Part, statement: &Statement<'_>, range: Range<usize>) -> Self {
        let span = statement.span.start + range.start..statement.span.start + range.end;
        Self::in_part(field, part, &statement.rule(), span)
    }

    /// The span would count in the subject as decoded, which is kept with the notice and not as a part.
    pub(super) fn in_subject(field: &str, text: &str) -> Self {
        let source = FieldSource {
            field: field.to_owned(),
            part: "header Subject".into(),
            rule: "words in the subject".into(),
            text: text.to_owned(),
            span: None,
        };
        Self { text: text.to_owned(), source }
    }
}

/// What the readable parts of a message state, HTML before sheets before plain text: the first is what the sender meant
/// to be seen.
pub(super) struct Said<'m> {
    pub(super) message: &'m Message,
    parts: Vec<(&'m Part, Vec<Statement<'m>>)>,
}

impl<'m> Said<'m> {
    pub(super) fn of_message(message: &'m Message) -> Self {
        let of_kind = |kind: PartKind| message.parts.iter().filter(move |part| part.kind == kind);
        let kinds = [PartKind::Html, PartKind::Sheet, PartKind::Plain];
        let parts = kinds.into_iter().flat_map(of_kind).map(|part| (part, statements(part))).collect();
        Self { message, parts }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &'m Part> + '_ {
        self.parts.iter().map(|(part, _)| *part)
    }

    pub(super) fn parts_with_statements(&self) -> impl Iterator<Item = (&'m Part, &[Statement<'m>])> {
        self.parts.iter().map(|(part, statements)| (*part, statements.as_slice()))
    }

    /// What stands under labels and headings of a topic.
    pub(super) fn of(&self, topic: Topic) -> impl Iterator<Item = (&'m Part, &Statement<'m>)> {
        self.parts.iter().flat_map(move |(part, statements)| {
            statements.iter().filter(move |s| s.label.topic == topic).map(move |s| (*part, s))
        })
    }
}
