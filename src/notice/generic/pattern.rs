//! The patterns of the general rules.

use regex::{Regex, RegexBuilder};

/// What searching for one pattern may keep of what it has met, in bytes; beyond that it begins anew.
const MAX_MET_BYTES: usize = 256 * 1024;

/// A pattern that stands in the program.
///
/// Its `\b` goes by the letters of ASCII: where it goes by those of Unicode, a search falls back to its slowest way at the
/// first letter beyond ASCII, which took 1.4 s for a mail of a quarter megabyte.
pub(super) fn fixed(pattern: &str) -> Regex {
    let pattern = pattern.replace(r"\b", r"(?-u:\b)");
    RegexBuilder::new(&pattern).dfa_size_limit(MAX_MET_BYTES).build().expect("a fixed pattern compiles")
}
