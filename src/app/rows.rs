//! Rows on an input answered one by one: each line a question, each answered on a line of the output.

use std::io::{self, BufRead as _, BufReader, Read, Write};

/// One line of the input.
pub(super) enum Row<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// It is longer than is read, and was left out to its end.
    TooLong,
}

/// How one row was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// With what was asked for.
    Resolved,
    /// With an error.
    Refused,
}

/// How many rows were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowsAnswered {
    /// With what was asked for.
    pub resolved: u64,
    /// With an error.
    pub refused: u64,
}

/// Lets `answer` write one line, without its end, for each row of at most `max_bytes`; it is told the row's line. Empty
/// lines are left out. What was read so far is answered before more is waited for.
pub(super) fn each_row<O: Write>(
    input: impl Read,
    mut output: O,
    max_bytes: usize,
    mut answer: impl FnMut(Row<'_>, u64, &mut O) -> io::Result<Answered>,
) -> io::Result<RowsAnswered> {
    let mut input = BufReader::new(input);
    let mut answered = RowsAnswered::default();
    let mut row = Vec::new();
    for line in 1.. {
        if input.buffer().is_empty() {
            output.flush()?;
        }
        if !read_row(&mut input, &mut row, max_bytes)? {
            break;
        }
        let asked = match row.trim_ascii() {
            [] => continue,
            _ if row.len() > max_bytes => Row::TooLong,
            whole => Row::Whole(whole),
        };
        match answer(asked, line, &mut output)? {
            Answered::Resolved => answered.resolved += 1,
            Answered::Refused => answered.refused += 1,
        }
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(answered)
}

/// Reads a line, of a longer one the first `max_bytes` + 1 bytes; false at the end.
pub(super) fn read_row(input: &mut BufReader<impl Read>, row: &mut Vec<u8>, max_bytes: usize) -> io::Result<bool> {
    row.clear();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let read = input.by_ref().take(limit).read_until(b'\n', row)?;
    if read > max_bytes && row.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    Ok(read > 0)
}
