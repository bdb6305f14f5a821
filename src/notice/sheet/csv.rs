//! Comma-separated values, with whatever stands for the comma.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::push;
use crate::notice::reading::Unreadable;
use crate::notice::text::{Rows, beyond, cell_words};

/// What sets cells apart in files of this name, those that also occur within cells last.
const DELIMITERS: [u8; 4] = *b"\t;|,";

/// Most delimiters on one line, also within quotes: the columns of the widest spreadsheet. Blank cells at the end of a row
/// count for nothing else, and each takes the reader some 30 bytes.
const MAX_DELIMITERS: usize = 16_384;

/// How many lines are looked at to see what sets cells apart.
const LINES_LOOKED_AT: usize = 10;

/// The rows of a file of comma-separated values, as text.
pub(in crate::notice) fn csv(text: &str) -> Result<String, Unreadable> {
    let text = text.trim_start_matches('\u{feff}');
    // The first line by which Excel is told what sets cells apart.
    let (stated, text) = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().len() == 5 && first.starts_with("sep=") => {
            (Some(first.as_bytes()[4]), rest)
        }
        _ => (None, text),
    };
    let delimiter = stated.unwrap_or_else(|| delimiter(text));
    let stand_in = |line: &str| line.bytes().filter(|byte| *byte == delimiter).take(MAX_DELIMITERS + 1).count();
    if text.lines().any(|line| stand_in(line) > MAX_DELIMITERS) {
        return Err(beyond("a row's number of columns", MAX_DELIMITERS, "columns"));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut rows = Rows::default();
    // Text that is UTF-8 and rows of any length leave nothing to go wrong.
    while let Ok(true) = reader.read_record(&mut record) {
        let words: Vec<(usize, String)> = record
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (column, cell_words(cell)))
            .filter(|(_, words)| !words.is_empty())
            .collect();
        push(&mut rows, &words.iter().map(|(column, words)| (*column, words.as_str())).collect::<Vec<_>>())?;
    }
    Ok(rows.into_text())
}

/// Whether text that nobody called a sheet is one: every line of its start has the same two or more tabs.
pub(in crate::notice) fn looks_like_rows(text: &str) -> bool {
    let mut counts =
        text.lines().filter(|line| !line.trim().is_empty()).take(LINES_LOOKED_AT).map(|line| count(line, b'\t'));
    let first = counts.next().unwrap_or_default();
    let mut others = counts.peekable();
    first >= 2 && others.peek().is_some() && others.all(|count| count == first)
}

/// What sets cells apart: what stands in the most of the first lines, and of several such the first listed.
fn delimiter(text: &str) -> u8 {
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(LINES_LOOKED_AT);
    let holding = |delimiter: u8| lines().filter(|line| count(line, delimiter) > 0).count();
    let most = DELIMITERS.iter().map(|delimiter| holding(*delimiter)).max().unwrap_or_default();
    DELIMITERS.into_iter().find(|delimiter| most > 0 && holding(*delimiter) == most).unwrap_or(b',')
}

/// How often a byte stands outside of quotes.
fn count(line: &str, wanted: u8) -> usize {
    let mut quoted = false;
    let outside = |byte: u8| {
        quoted ^= byte == b'"';
        !quoted && byte == wanted
    };
    line.bytes().map(outside).filter(|is| *is).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::text::MAX_COLUMNS;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(csv(text).as_deref(), Ok(expected), "{text:?}");
    }

    #[test]
    fn rows_keep_their_columns_whatever_sets_them_apart() {
        check("id,start,end\r\nA-1,,2 March\r\n,,\r\n", "id\tstart\tend\nA-1\t\t2 March\n");
        check("id;start, local;end\nA-1;1 March, 22:00;\n", "id\tstart, local\tend\nA-1\t1 March, 22:00\n");
        check("\u{feff}id\tstart\nA-1\t1 March, 22:00\n", "id\tstart\nA-1\t1 March, 22:00\n");
        check("id|a,b\nA-1|c\n", "id\ta,b\nA-1\tc\n");
        check("sep=,\na;b,c\n", "a;b\tc\n");
        check("one\ntwo\n", "one\ntwo\n");
        check("", "");
    }

    #[test]
    fn quotes_hold_delimiters_newlines_and_themselves() {
        check("a,b\n\"x, y\",\"says \"\"no\"\"\"\n", "a\tb\nx, y\tsays \"no\"\n");
        check("a,b\n\"one\ntwo\",c\n", "a\tb\none\u{2028}two\tc\n");
        check("a,b\n\"tab\there\",c\n", "a\tb\ntab here\tc\n");
        check("a,b\n\"never ends,c\n", "a\tb\nnever ends,c\n");
    }

    #[test]
    fn rows_beyond_the_limits_are_refused() {
        let wide = |columns: usize| format!("{}a\n", ",".repeat(columns - 1));
        assert!(csv(&wide(MAX_COLUMNS)).is_ok());
        assert!(csv(&wide(MAX_COLUMNS + 1)).is_err());
        check(&",".repeat(MAX_DELIMITERS), "");
        assert!(csv(&",".repeat(MAX_DELIMITERS + 1)).is_err());
        assert!(csv(&wide(MAX_COLUMNS).repeat(5_000)).is_err());
    }

    #[test]
    fn rows_that_nobody_called_a_sheet() {
        assert!(looks_like_rows("a\tb\tc\n1\t\t3\n"));
        assert!(!looks_like_rows("a\tb\tc\n"));
        assert!(!looks_like_rows("a\tb\n1\t2\n"));
        assert!(!looks_like_rows("a\tb\tc\nDear all,\n"));
    }
}
