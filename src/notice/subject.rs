//! A subject without what was put before it on its way.

/// Marks of mail programs in the languages of their users.
const REPLIES: [&str; 8] = ["re", "aw", "antw", "sv", "res", "rif", "r", "réf"];

/// Marks of mail that was passed on.
const FORWARDS: [&str; 9] = ["fwd", "fw", "wg", "tr", "rv", "doorst", "vs", "enc", "i"];

/// What mail gateways put before the subject of mail from outside.
const WARNINGS: [&str; 6] = ["ext", "extern", "external", "external email", "external sender", "caution"];

/// What the marks of a subject say of its mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// It was passed on.
    On,
    /// It answers another.
    Back,
    /// It answers one that was passed on.
    BackOn,
    /// There is none.
    Not,
}

/// The subject behind all of its marks and tags, and what the marks say. A subject of nothing else is left as it is.
pub(super) fn plain(subject: &str) -> (&str, Passed) {
    let mut rest = subject.trim();
    let mut passed = Passed::Not;
    while let Some((after, kind)) = strip(rest) {
        if after.trim_start().is_empty() {
            break;
        }
        passed = match (passed, kind) {
            (Passed::Not, first) => first,
            (Passed::Back, Passed::On) => Passed::BackOn,
            (known, _) => known,
        };
        rest = after.trim_start();
    }
    (rest, passed)
}

fn strip(subject: &str) -> Option<(&str, Passed)> {
    if let Some((_, after)) = subject.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return Some((after, Passed::Not));
    }
    let is_warning = |words: &str| WARNINGS.contains(&words.trim_matches(['*', ' ', '!', '-']).to_lowercase().as_str());
    for (open, close) in [("(", ")"), ("<", ">"), ("***", "***"), ("{", "}")] {
        let tag = subject.strip_prefix(open).and_then(|rest| rest.split_once(close));
        if let Some((_, after)) = tag.filter(|(words, _)| is_warning(words)) {
            return Some((after.strip_prefix(':').unwrap_or(after), Passed::Not));
        }
    }
    let (mark, after) = subject.split_once([':', '：'])?;
    // `Re[2]:`, `Fwd (3):`.
    let mark =
        mark.trim().trim_end_matches([']', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '[', '(', ' ']);
    let mark = mark.to_lowercase();
    if FORWARDS.contains(&mark.as_str()) {
        return Some((after, Passed::On));
    }
    if REPLIES.contains(&mark.as_str()) {
        return Some((after, Passed::Back));
    }
    is_warning(&mark).then_some((after, Passed::Not))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_tags_are_stripped_in_any_order() {
        for (subject, expected, passed) in [
            ("Planned work A-1", "Planned work A-1", Passed::Not),
            ("Fwd: RE: fw : Planned work", "Planned work", Passed::On),
            ("RE:[## 9 ##] Planned work", "Planned work", Passed::Back),
            ("[ EXTERNAL ] [list] Fwd: [EXT] Planned work", "Planned work", Passed::On),
            ("EXT: WG: Planned work", "Planned work", Passed::On),
            ("CAUTION: Planned work", "Planned work", Passed::Not),
            ("(External) ***CAUTION*** Re[2]: Planned work", "Planned work", Passed::Back),
            ("RE: FW: Planned work", "Planned work", Passed::BackOn),
            ("TR : Travaux: A-1", "Travaux: A-1", Passed::On),
            ("Emergency: work", "Emergency: work", Passed::Not),
            ("Reminder: work", "Reminder: work", Passed::Not),
            ("(A-1) work", "(A-1) work", Passed::Not),
            ("Fwd:", "Fwd:", Passed::Not),
            ("[A-1]", "[A-1]", Passed::Not),
            ("", "", Passed::Not),
        ] {
            assert_eq!(plain(subject), (expected, passed), "{subject}");
        }
    }
}
