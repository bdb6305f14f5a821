//! Words that several reports use.

use crate::verdict::Verdict;

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
