//! Lists of objects that go on in the lines below.

use super::Items;

/// Most lines that a list goes on through: a ring of circuits has some hundreds.
const MAX_LINES: usize = 1_000;

/// Shortest name that is told by its shape: `A-1` is like too many words.
const MIN_SHAPE: usize = 4;

/// The lines below that belong to a list: those behind a mark that parts items, and those shaped like its last item, as where
/// the lines of a table's cell became lines of text.
pub(super) fn goes_on<'t>(words: &'t str, items: &Items, below: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut last = words.trim();
    let mut more = Vec::new();
    for line in below.take(MAX_LINES) {
        let open = items.split.iter().any(|mark| !mark.trim().is_empty() && last.ends_with(mark.trim()));
        let alike = || {
            let item = items.parts(last).last().and_then(|item| shape(item));
            item.is_some() && items.parts(line).iter().all(|item_below| shape(item_below) == item)
        };
        if !(open && line.contains(|c: char| c.is_ascii_digit()) && !line.contains(':') || alike()) {
            break;
        }
        more.push(line);
        last = line.trim();
    }
    more
}

/// What a name looks like: `207-DUB-2` is `0-a-0`. None of what is no name: blanks in it, or no digit.
fn shape(item: &str) -> Option<String> {
    let item = item.trim_matches(['-', '*', '\u{2022}', ' ', ',', ';']);
    if item.len() < MIN_SHAPE || item.contains(char::is_whitespace) || !item.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut shape = String::new();
    for letter in item.chars() {
        let kind = match letter {
            '0'..='9' => '0',
            _ if letter.is_alphabetic() => 'a',
            _ => letter,
        };
        if !(kind.is_alphanumeric() && shape.ends_with(kind)) {
            shape.push(kind);
        }
    }
    Some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, below: &[&str], expected: &[&str]) {
        let items = Items { split: vec![",".into()], item: None };
        assert_eq!(goes_on(words, &items, below.iter().copied()), expected, "{words}");
    }

    #[test]
    fn a_list_goes_on_in_lines_like_its_items_and_behind_a_mark() {
        check("207-DUB-2-AMS-418", &["207-DUB-2-LON-42", "Aqua 1"], &["207-DUB-2-LON-42"]);
        check("1-300, 1-301,", &["1-302", "Impact: 20 minutes"], &["1-302"]);
        check("1-300, 1-301,", &["Impact: 20 minutes"], &[]);
        check("AB-1234", &["CD-9", "see below", "EF-3"], &["CD-9"]);
        check("AB-1234", &["10:00", "5555"], &[]);
        check("feed A", &["feed B"], &[]);
        check("A1", &["B2"], &[]);
    }
}
