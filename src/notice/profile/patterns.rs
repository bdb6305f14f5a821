//! What the patterns of a profile may cost: searching is linear whatever they are, making them is not.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// The sizes that a pattern is tried at, in bytes, so that what it takes is known; the last is the largest that is read: a
/// profile's patterns are short, and a counted repeat of a repeat is not.
const SIZES: [usize; 3] = [64 * 1024, 256 * 1024, 1024 * 1024];

/// What all patterns of a profile may take together, in bytes: some 250 ordinary ones, where the longest profile has 30.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Most classes such as `[\w/-]` of a profile: the most that one has is 13, and that of all letters in any case takes 3 ms
/// to make.
const MAX_CLASSES: usize = 100;

/// Who wrote a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// It ships, and a test reads it as if it were anybody's. Each of its patterns is made when it is first searched by: to
    /// make those of all that ship takes a fifth of a second, and a notice is searched by a few of one vendor's.
    Ours,
    /// A user, or a stranger.
    Anybody,
}

/// A pattern as profiles mean it: in any case, `^` and `$` at each line.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    pattern: String,
    made: OnceLock<Regex>,
}

impl Deref for Matcher {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        let make = || made(&self.pattern).map(|(regex, _)| regex);
        self.made.get_or_init(|| make().unwrap_or_else(|error| panic!("the pattern `{}`: {error}", self.pattern)))
    }
}

/// As it was written.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

/// What the patterns of one profile may still take.
pub(super) struct Patterns {
    author: Author,
    bytes: Cell<usize>,
    classes: Cell<usize>,
}

impl Patterns {
    pub(super) fn new(author: Author) -> Self {
        Self { author, bytes: Cell::new(MAX_BYTES), classes: Cell::new(MAX_CLASSES) }
    }

    pub(super) fn author(&self) -> Author {
        self.author
    }

    /// A pattern that can be searched by.
    ///
    /// # Errors
    /// What is wrong with it, or that it takes too much; of one of [ours](Author::Ours) nothing.
    pub(super) fn compile(&self, pattern: &str) -> Result<Matcher, String> {
        let made = match self.author {
            Author::Ours => OnceLock::new(),
            Author::Anybody => OnceLock::from(self.within_limits(pattern)?),
        };
        Ok(Matcher { pattern: pattern.to_owned(), made })
    }

    fn within_limits(&self, pattern: &str) -> Result<Regex, String> {
        let classes = self.classes.get().checked_sub(wide_classes(pattern));
        self.classes.set(classes.ok_or_else(|| {
            format!("the patterns of this profile have more than {MAX_CLASSES} classes such as `[\\w/-]`")
        })?);
        let (regex, size) = made(pattern)?;
        let left = self.bytes.get().checked_sub(size);
        self.bytes.set(left.ok_or_else(|| {
            format!("the patterns of this profile take more than {MAX_BYTES} bytes together; counted repeats take most")
        })?);
        Ok(regex)
    }
}

/// A pattern, and at which of the sizes it could be made.
fn made(pattern: &str) -> Result<(Regex, usize), String> {
    let mut builder = RegexBuilder::new(&with_plain_digits(pattern));
    builder.case_insensitive(true).multi_line(true).crlf(true);
    let mut built = builder.size_limit(SIZES[0]).build();
    let mut size = SIZES[0];
    for larger in &SIZES[1..] {
        if !matches!(built, Err(regex::Error::CompiledTooBig(_))) {
            break;
        }
        size = *larger;
        built = builder.size_limit(size).build();
    }
    built.map(|regex| (regex, size)).map_err(|error| told(&error))
}

/// The pattern with `\d` for the digits 0 to 9 alone, of which every number and date that is read is made. Those of all
/// scripts, each copied for every place of a `\d{4}`, took a third of what the patterns that ship take.
fn with_plain_digits(pattern: &str) -> String {
    let (mut plain, mut in_class) = (String::with_capacity(pattern.len()), 0_usize);
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('d') => plain.push_str(if in_class > 0 { "0-9" } else { "[0-9]" }),
                escaped => {
                    plain.push('\\');
                    plain.extend(escaped);
                }
            },
            '[' => {
                in_class += 1;
                plain.push('[');
                // A bracket in the first place of a class is one of its letters.
                let mut rest = chars.clone();
                let mut first = rest.next();
                if first == Some('^') {
                    chars.next();
                    plain.push('^');
                    first = rest.next();
                }
                if first == Some(']') {
                    chars.next();
                    plain.push(']');
                }
            }
            ']' => {
                in_class = in_class.saturating_sub(1);
                plain.push(']');
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Classes in brackets that hold more than letters as they stand, of which each case must be made.
fn wide_classes(pattern: &str) -> usize {
    let inside = pattern.split('[').skip(1).map(|rest| rest.trim_start_matches(['^', ']']).split(']').next());
    inside.flatten().filter(|class| class.contains('\\') || !class.is_ascii()).count()
}

/// What is wrong with a pattern, without the drawing of it that goes before.
fn told(error: &regex::Error) -> String {
    let text = error.to_string();
    let why = text.lines().last().unwrap_or_default().trim();
    format!("this is no pattern: {}", why.strip_prefix("error: ").unwrap_or(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_dates_are_made_of() {
        let rows = [
            (r"\d{4}-\d+", "[0-9]{4}-[0-9]+"),
            (r"[\d.]", "[0-9.]"),
            (r"[^\d]\d", "[^0-9][0-9]"),
            (r"[]\d]\d", "[]0-9][0-9]"),
            (r"[^]\d]\d", "[^]0-9][0-9]"),
            (r"[a[\d]b]\d", "[a[0-9]b][0-9]"),
            (r"\[\d\]", r"\[[0-9]\]"),
            (r"\\d\\\d", r"\\d\\[0-9]"),
            (r"\D\w", r"\D\w"),
            ("\\", "\\"),
        ];
        for (pattern, plain) in rows {
            assert_eq!(with_plain_digits(pattern), plain, "{pattern}");
        }
    }
}
