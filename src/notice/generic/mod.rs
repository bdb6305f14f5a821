//! Mails that speak of maintenance and that no profile recognises, read by what their words say in general.
//!
//! What comes of it is a draft, never an announcement: it waits for a person who accepts or corrects it. Every field is
//! optional and knows its words; what reads two ways is a doubt that names both, with the likelier one in the field.

mod gather;
mod impact;
mod names;
mod order;
mod pattern;
mod scan;
mod statements;
mod windows;
mod words;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::gather::Said;
use super::announcement::{Announcement, FieldSource, Grade};
use super::message::Message;
use super::reading::Doubt;
use super::status::Status;
use crate::names::{Reference, VendorId};
use crate::time::Zones;
use crate::window::{Impact, StatedObject, Window, Written};

/// Most doubts kept: more say no more than that a person must read the mail.
const MAX_DOUBTS: usize = 40;

/// What general rules found in a notice. Nothing of it counts before a person has looked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// The vendor's reference.
    pub reference: Option<Reference>,
    /// The customer account.
    pub account: Option<String>,
    /// The status stated; an announcement in plain words is CONFIRMED.
    pub status: Option<Status>,
    /// The windows stated, as far as the notice says which instants it means; other readings stand in each.
    pub windows: Vec<Window>,
    /// Times of which it does not: no zone, or no end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unresolved: Vec<Written>,
    /// The impact stated for the whole notice.
    pub impact: Option<Impact>,
    /// The objects named.
    pub objects: Vec<StatedObject>,
    /// One line that says what will be done.
    pub summary: Option<String>,
    /// Where each field was read.
    pub sources: Vec<FieldSource>,
    /// What a person must settle, field by field.
    pub doubts: Vec<Doubt>,
}

impl Draft {
    /// Always [`Grade::Generic`].
    #[must_use]
    pub fn grade(&self) -> Grade {
        Grade::Generic
    }

    /// Whether several values are stated of a field.
    #[must_use]
    pub fn is_in_doubt(&self, name: &str) -> bool {
        let of_field = |doubt: &Doubt| matches!(doubt, Doubt::SeveralStated { field, .. } if field == name);
        self.doubts.iter().any(of_field)
    }

    /// What of it stands without a doubt, once a person says whose it is and what it is called: the ground that a
    /// correction starts from. What is in doubt must be said.
    #[must_use]
    pub fn settled(&self, vendor: VendorId, reference: Reference) -> Announcement {
        let times_in_doubt = self.doubts.iter().any(Doubt::is_about_time);
        Announcement {
            vendor,
            account: self.account.clone(),
            reference,
            replaces: None,
            status: self.status.filter(|_| !self.is_in_doubt("status")),
            windows: if times_in_doubt { Vec::new() } else { self.windows.clone() },
            impact: self.impact.filter(|_| !self.is_in_doubt("impact")),
            objects: if self.is_in_doubt("objects") { Vec::new() } else { self.objects.clone() },
            known_start: None,
            actual_end: None,
            sequence: None,
            stamp: None,
            summary: self.summary.clone(),
            grade: self.grade(),
            sources: self.sources.clone(),
            flags: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// Whether it holds anything that an announcement is about.
    fn says_something(&self) -> bool {
        self.reference.is_some() || !self.windows.is_empty() || !self.unresolved.is_empty() || !self.objects.is_empty()
    }

    /// Keeps a doubt, once.
    fn doubt(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) && self.doubts.len() < MAX_DOUBTS {
            self.doubts.push(doubt);
        }
    }
}

/// A label or a heading of a notice, and the words that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelSeen {
    /// The part of the message.
    pub part: String,
    /// What its words speak of: `start`, `reference`, …
    pub about: &'static str,
    /// Whether it is the heading of a column.
    pub is_column: bool,
    /// As written.
    pub name: String,
    /// The words.
    pub text: String,
    /// Where the words stand in the part's text, in bytes, end not included.
    pub span: (usize, usize),
}

/// The labels and headings of a message whose words speak of something that an announcement states.
#[must_use]
pub fn labels_seen(message: &Message) -> Vec<LabelSeen> {
    let said = Said::of_message(message);
    let mut seen = Vec::new();
    for (part, statements) in said.parts_with_statements() {
        for statement in statements.iter().filter(|statement| statement.label.topic != words::Topic::Other) {
            seen.push(LabelSeen {
                part: part.label.clone(),
                about: statement.label.topic.word(),
                is_column: statement.row.is_some(),
                name: statement.name().to_owned(),
                text: statement.text.replace(super::text::CELL_BREAK, " "),
                span: (statement.span.start, statement.span.end),
            });
        }
    }
    seen
}

/// The word of a text by which its impact was told.
pub(super) fn word_of_impact(text: &str) -> Option<&str> {
    impact::word(text)
}

/// Reads a message by general rules; none when they find nothing that an announcement is about.
#[must_use]
pub(super) fn read(message: &Message, zones: &Zones) -> Option<Draft> {
    let said = Said::of_message(message);
    let mut draft = Draft::default();
    windows::windows(&said, zones, &mut draft);
    names::objects(&said, &mut draft);
    names::reference(&said, &mut draft);
    names::account(&said, &mut draft);
    names::summary(&said, &mut draft);
    impact::impact(&said, &mut draft);
    impact::status(&said, &mut draft);
    if draft.reference.is_none() {
        draft.doubt(Doubt::NotStated { field: "reference".into() });
    }
    draft.says_something().then_some(draft)
}
