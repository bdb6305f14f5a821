//! Vendor profiles as tools: how a notice was read and by whose profile.

mod new;
mod samples;

use serde::Serialize;

pub use new::write_profile;
pub use samples::SampleRead;

use super::settings::Settings;
use crate::mail::RawMessage;
use crate::notice::{Draft, FieldSource, LabelSeen, Message, Reading, Tried, labels_seen, read};

/// Most profiles told that did not recognise a notice: the nearest ones.
const MAX_NEAR: usize = 3;

/// How a notice was read: its words, which of them became fields, and by which rules.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// Where the message was found.
    pub source: String,
    /// What it gave.
    pub reading: Reading,
    /// The subject, decoded.
    pub subject: Option<String>,
    /// The readable parts as flattened, in order.
    pub parts: Vec<PartShown>,
    /// The profile that recognised it, if any, and the nearest others.
    pub profiles: Vec<Tried>,
    /// Where each field was read.
    pub fields: Vec<FieldSource>,
    /// Labels that speak of something an announcement states and from which nothing was read.
    pub unmatched: Vec<LabelSeen>,
}

/// A part of a message as it is looked through.
#[derive(Debug, Clone, Serialize)]
pub struct PartShown {
    /// Type and place: `text/html 1.2`.
    pub label: String,
    /// The text that spans count in.
    pub text: String,
}

impl Settings {
    /// Reads a message and says how.
    #[must_use]
    pub fn explain(&self, raw: &RawMessage) -> Explained {
        let source = raw.name.clone();
        match Message::parse(&raw.bytes) {
            Ok(message) => self.explain_message(source, &message),
            Err(why) => Explained {
                source,
                reading: Reading::unreadable(why),
                subject: None,
                parts: Vec::new(),
                profiles: Vec::new(),
                fields: Vec::new(),
                unmatched: Vec::new(),
            },
        }
    }

    fn explain_message(&self, source: String, message: &Message) -> Explained {
        let reading = read(message, &self.reader());
        let fields = fields_of(&reading);
        let covered = |seen: &LabelSeen| {
            let overlaps = |span: (usize, usize)| span.0 < seen.span.1 && seen.span.0 < span.1;
            fields.iter().any(|field| field.part == seen.part && field.span.is_some_and(overlaps))
        };
        let mut unmatched = labels_seen(message);
        // The plain variant of a mail says again what its HTML says.
        unmatched.retain(|seen| {
            let elsewhere = fields.iter().any(|field| field.part != seen.part && field.text.trim() == seen.text.trim());
            !covered(seen) && !elsewhere
        });
        let mut profiles = self.profiles.tried(message);
        let recognised = profiles.iter().take_while(|tried| tried.recognises()).count().min(1);
        profiles.retain(|tried| tried.recognises() || !tried.held.is_empty());
        profiles.truncate(recognised + MAX_NEAR);
        let shown = message.parts.iter().map(|part| PartShown { label: part.label.clone(), text: part.text.clone() });
        Explained {
            source,
            subject: message.facts.subject.clone(),
            parts: shown.collect(),
            profiles,
            fields,
            unmatched,
            reading,
        }
    }
}

fn fields_of(reading: &Reading) -> Vec<FieldSource> {
    match reading {
        Reading::Understood { announcements } => {
            announcements.iter().flat_map(|said| said.sources.iter().cloned()).collect()
        }
        Reading::Unreadable { draft, .. } => {
            draft.as_deref().map(|draft: &Draft| draft.sources.clone()).unwrap_or_default()
        }
        Reading::Irrelevant { .. } => Vec::new(),
    }
}
