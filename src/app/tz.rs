//! Local times resolved row by row, so that others can test us.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::rows::{Answered, Row, RowsAnswered, each_row};
use crate::time::{LocalKind, Zones, read_local};

/// Longest row read: a zone's name and a time take 100 bytes, other members are ignored.
const MAX_ROW_BYTES: usize = 64 * 1024;

/// A row as asked; members beside these are ignored.
#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    zone: Cow<'a, str>,
    #[serde(borrow)]
    local: Cow<'a, str>,
}

#[derive(Serialize)]
struct Answer<'a> {
    zone: &'a str,
    local: &'a str,
    kind: LocalKind,
    earlier: DateTime<Utc>,
    later: DateTime<Utc>,
    compatible: DateTime<Utc>,
}

#[derive(Serialize)]
struct Refusal {
    error: String,
    line: u64,
}

/// Answers each line `{"zone","local"}` of `input` with `{"zone","local","kind","earlier","later","compatible"}` on a line
/// of `output`, a line that cannot be answered with `{"error","line"}` in its place. Empty lines are left out.
///
/// In a gap `earlier` is by the offset after the jump and `later` by the one before; `compatible` is the reading of RFC 5545
/// section 3.3.5. What was read so far is answered before more is waited for.
///
/// # Errors
/// When `input` cannot be read or `output` not written.
pub fn resolve_rows(input: impl Read, output: impl Write, zones: &Zones) -> io::Result<RowsAnswered> {
    each_row(input, output, MAX_ROW_BYTES, |row, line, output| {
        let resolved = match row {
            Row::TooLong => Err(format!("the row is longer than {MAX_ROW_BYTES} bytes")),
            Row::Whole(row) => resolve_row(row, zones, output)?,
        };
        match resolved {
            Ok(()) => Ok(Answered::Resolved),
            Err(error) => {
                serde_json::to_writer(output, &Refusal { error, line })?;
                Ok(Answered::Refused)
            }
        }
    })
}

fn resolve_row(row: &[u8], zones: &Zones, output: &mut impl Write) -> io::Result<Result<(), String>> {
    let asked: Asked<'_> = match serde_json::from_slice(row) {
        Ok(asked) => asked,
        Err(error) => return Ok(Err(format!("no row {{\"zone\",\"local\"}}: {error}"))),
    };
    let zone = match zones.get(&asked.zone) {
        Ok(zone) => zone,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Some(local) = read_local(&asked.local) else {
        return Ok(Err(format!("`{}` is no local time", asked.local)));
    };
    let resolved = zone.resolve(local);
    let answer = Answer {
        zone: &asked.zone,
        local: &asked.local,
        kind: resolved.kind(),
        earlier: resolved.earlier(),
        later: resolved.later(),
        compatible: resolved.compatible(),
    };
    serde_json::to_writer(output, &answer)?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: the lines answered.
    #[track_caller]
    fn check(input: &str, expected: &[&str]) {
        let mut output = Vec::new();
        let answered = resolve_rows(input.as_bytes(), &mut output, &Zones::embedded()).expect("memory does not fail");
        let output = String::from_utf8(output).expect("JSON is text");
        assert_eq!(output.lines().collect::<Vec<_>>(), expected);
        let refused = output.lines().filter(|line| line.starts_with("{\"error\"")).count() as u64;
        assert_eq!(answered, RowsAnswered { resolved: expected.len() as u64 - refused, refused });
    }

    #[test]
    fn each_row_is_answered_in_its_place() {
        check("", &[]);
        check(
            "{\"zone\":\"Europe/Amsterdam\",\"local\":\"2017-03-26T02:31:00\",\"more\":1}\n\n\
             {\"zone\":\"Nowhere\",\"local\":\"2017-03-26T02:31:00\"}\n\
             {\"local\":\"2017-10-29T02:31:00\",\"zone\":\"europe\\/amsterdam\"}\r\n\
             nonsense\n\
             {\"zone\":\"UTC\",\"local\":\"2017-03-26T02:31:00Z\"}\n\
             {\"zone\":\"UTC\",\"local\":\"2017-03-26T02:31:00\"}",
            &[
                r#"{"zone":"Europe/Amsterdam","local":"2017-03-26T02:31:00","kind":"gap","earlier":"2017-03-26T00:31:00Z","later":"2017-03-26T01:31:00Z","compatible":"2017-03-26T01:31:00Z"}"#,
                r#"{"error":"unknown time zone `Nowhere`","line":3}"#,
                r#"{"zone":"europe/amsterdam","local":"2017-10-29T02:31:00","kind":"fold","earlier":"2017-10-29T00:31:00Z","later":"2017-10-29T01:31:00Z","compatible":"2017-10-29T00:31:00Z"}"#,
                r#"{"error":"no row {\"zone\",\"local\"}: expected ident at line 1 column 2","line":5}"#,
                r#"{"error":"`2017-03-26T02:31:00Z` is no local time","line":6}"#,
                r#"{"zone":"UTC","local":"2017-03-26T02:31:00","kind":"plain","earlier":"2017-03-26T02:31:00Z","later":"2017-03-26T02:31:00Z","compatible":"2017-03-26T02:31:00Z"}"#,
            ],
        );
    }

    #[test]
    fn a_row_without_end_is_refused_and_the_next_one_answered() {
        let good = r#"{"zone":"UTC","local":"2017-03-26T02:31:00"}"#;
        let answer = r#"{"zone":"UTC","local":"2017-03-26T02:31:00","kind":"plain","earlier":"2017-03-26T02:31:00Z","later":"2017-03-26T02:31:00Z","compatible":"2017-03-26T02:31:00Z"}"#;
        let refusal = r#"{"error":"the row is longer than 65536 bytes","line":1}"#;
        for length in [MAX_ROW_BYTES + 1, MAX_ROW_BYTES + 2, 10 * MAX_ROW_BYTES] {
            check(&format!("{}\n{good}\n", "x".repeat(length)), &[refusal, answer]);
        }
    }
}
