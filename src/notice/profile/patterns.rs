//! What the patterns of a profile may cost: searching is linear whatever they are, making them is not.

use std::cell::Cell;

use regex::{Regex, RegexBuilder};

/// The sizes that a pattern is tried at, in bytes, so that what it takes is known; the last is the largest that is read: a
/// profile's patterns are short, and a counted repeat of a repeat is not.
const SIZES: [usize; 3] = [64 * 1024, 256 * 1024, 1024 * 1024];

/// What all patterns of a profile may take together, in bytes: some 250 ordinary ones, where the longest profile has 30.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Most classes such as `[\w/-]` of a profile: the most that one has is 13, and that of all letters in any case takes 3 ms
/// to make.
const MAX_CLASSES: usize = 100;

/// What the patterns of one profile may still take.
pub(super) struct Patterns {
    bytes: Cell<usize>,
    classes: Cell<usize>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { bytes: Cell::new(MAX_BYTES), classes: Cell::new(MAX_CLASSES) }
    }
}

impl Patterns {
    /// A pattern as profiles mean it: in any case, `^` and `$` at each line.
    ///
    /// # Errors
    /// What is wrong with it, or that it takes too much.
    pub(super) fn compile(&self, pattern: &str) -> Result<Regex, String> {
        let classes = self.classes.get().checked_sub(wide_classes(pattern));
        self.classes.set(classes.ok_or_else(|| {
            format!("the patterns of this profile have more than {MAX_CLASSES} classes such as `[\\w/-]`")
        })?);
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
        let regex = built.map_err(|error| told(&error))?;
        let left = self.bytes.get().checked_sub(size);
        self.bytes.set(left.ok_or_else(|| {
            format!("the patterns of this profile take more than {MAX_BYTES} bytes together; counted repeats take most")
        })?);
        Ok(regex)
    }
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
