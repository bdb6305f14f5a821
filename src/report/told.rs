//! Words that several reports use.

use super::clocks::Clocks;
use super::page::{Block, Table};
use crate::outage::Attachment;
use crate::verdict::{Claim, Verdict};

/// Text of strangers on one line, without the characters that steer a reader's program or turn around the order in which
/// text is read.
pub(super) fn harmless(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
    };
    let shown = |c: char| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { char::REPLACEMENT_CHARACTER };
    text.trim().chars().map(|c| if steers(c) { shown(c) } else { c }).collect()
}

/// Names with commas.
pub(super) fn joined<T: ToString>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The first name, the others counted: for labels.
pub(super) fn first_of<T: ToString>(names: &[T]) -> String {
    match names {
        [first, rest @ ..] if !rest.is_empty() => format!("{} and {} more", first.to_string(), rest.len()),
        few => joined(few),
    }
}

/// At most five names, the rest counted: for titles.
pub(super) fn in_short<T: ToString>(names: &[T]) -> String {
    match names {
        [_, _, _, _, _, rest @ ..] if !rest.is_empty() => format!("{} and {} more", joined(&names[..5]), rest.len()),
        few => joined(few),
    }
}

/// The flags of a verdict in words.
pub(super) fn flags(verdict: &Verdict) -> String {
    let flags: Vec<&str> = verdict.flags.iter().map(|flag| flag.as_str()).collect();
    flags.join(", ")
}

/// What was attached to an outage, an attachment a row.
pub(super) fn attached_table(attachments: &[Attachment], clocks: &Clocks) -> Table {
    let mut table = Table::new(&["seen", "UTC", "what", "shows", "attached by", "SHA-256"]);
    for attachment in attachments {
        table.push([
            clocks.wall(attachment.seen_at),
            Clocks::utc(attachment.seen_at),
            attachment.what.to_string(),
            attachment.note.clone().unwrap_or_default(),
            attachment.by.clone(),
            attachment.what.sha256().map_or_else(|| "nothing was kept".to_owned(), ToString::to_string),
        ]);
    }
    table
}

/// What can be claimed, under a heading; nothing where there is none.
pub(super) fn claim_blocks(claims: &[Claim], clocks: &Clocks) -> Vec<Block> {
    if claims.is_empty() {
        return Vec::new();
    }
    let sentence = |claim: &Claim| {
        let assets: Vec<_> = claim.assets.iter().map(|claimed| &claimed.asset).collect();
        let outage = claim.outage.as_ref().map(|outage| format!("{outage}: ")).unwrap_or_default();
        format!("{outage}{} ({}).", claim.sentence(&|at| clocks.wall(at)), joined(&assets))
    };
    vec![Block::Heading("Claims".to_owned()), Block::List(claims.iter().map(sentence).collect())]
}

/// The words as a sentence begins.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
