//! Text from outside made safe for a header, a line of a mail or a property of a calendar.

/// Longest line taken from outside, in characters: a summary longer than this is a body.
const MAX_LINE_CHARS: usize = 300;

/// Longest subject, in characters: what phones and list views show at most, with room to spare.
const MAX_SUBJECT_CHARS: usize = 160;

/// One line: no control character, no line or paragraph separator, no mark that turns the direction of writing (those
/// can make a mail read otherwise than it is written), and no run of white space.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String =
        text.chars().filter(|c| !is_direction_mark(*c)).map(|c| if breaks(c) { ' ' } else { c }).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    shortened(&line, MAX_LINE_CHARS)
}

/// A subject: one line, shortened.
pub(super) fn subject(text: &str) -> String {
    shortened(&one_line(text), MAX_SUBJECT_CHARS)
}

/// Several lines, each as [`one_line`] but for its length and its leading white space.
pub(super) fn lines(text: &str) -> String {
    let line = |line: &str| -> String { line.chars().filter(|c| !breaks(*c) && !is_direction_mark(*c)).collect() };
    text.lines().map(|text| line(text).trim_end().to_owned()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// An address, a message id or a list id: nothing that could end a header or a bracket.
pub(super) fn token(text: &str) -> String {
    text.chars().filter(|c| !breaks(*c) && !c.is_whitespace() && !is_direction_mark(*c) && !"<>".contains(*c)).collect()
}

fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The explicit directional formatting characters of Unicode (UAX #9), and the byte order mark.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}

fn shortened(line: &str, most: usize) -> String {
    if line.chars().count() <= most {
        return line.to_owned();
    }
    let kept: String = line.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Lines of at most `width` characters where spaces allow, each behind `indent`; line breaks of the text stay.
pub(super) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let long = indent.chars().count() + line.chars().count() + 1 + word.chars().count() > width;
            if long && !line.is_empty() {
                lines.push(format!("{indent}{line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(format!("{indent}{line}").trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text), expected);
    }

    #[test]
    fn a_line_stays_one_line() {
        check("Power\r\nBcc: all@example.org", "Power Bcc: all@example.org");
        check("a\u{2028}b\u{0}c\td", "a b c d");
        check("safe \u{202e}txt.exe", "safe txt.exe");
        check(&"x".repeat(301), &format!("{}…", "x".repeat(299)));
    }

    #[test]
    fn tokens_cannot_leave_their_brackets() {
        assert_eq!(token("a@b.example>\r\nX: y <c"), "a@b.exampleX:yc");
    }

    #[test]
    fn lines_are_wrapped_at_spaces() {
        assert_eq!(wrapped("one two three\n\nfour", 9, "  "), "  one two\n  three\n\n  four");
        assert_eq!(wrapped("unbreakable", 5, ""), "unbreakable");
    }
}
