//! Recurrences expanded row by row, so that others can test us.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::rows::{Answered, Row, RowsAnswered, each_row};
use crate::time::Zones;
use crate::window::MAX_SCHEDULE_BYTES;
use crate::window::recurrence::{
    DateValue, Dates, Extra, GaveUp, MAX_STARTS, Recurrence, RecurrenceParts, Rule, Start, Starts,
};

/// Longest row read: a schedule may have so much text.
const MAX_ROW_BYTES: usize = MAX_SCHEDULE_BYTES;

/// Starts of a row that names no `limit`: a weekly window for nineteen years.
pub const DEFAULT_LIMIT: usize = 1000;

/// Highest `limit` of a row: as many starts as one expansion holds.
pub const MAX_LIMIT: usize = MAX_STARTS;

/// A row as asked; members beside these are ignored. Members that are absent are as if null or empty.
#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(default, borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    dtstart: Cow<'a, str>,
    #[serde(default, borrow)]
    tzid: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    rrule: Option<Cow<'a, str>>,
    #[serde(default)]
    exdates: Vec<String>,
    #[serde(default)]
    rdates: Vec<String>,
    #[serde(default)]
    exrules: Vec<String>,
    #[serde(default, borrow)]
    from: Option<Cow<'a, str>>,
    #[serde(default)]
    limit: Option<usize>,
}

/// What a row is known by when nothing else of it can be read.
#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    id: Option<String>,
}

#[derive(Serialize, Default)]
struct Answer {
    id: Option<String>,
    /// As DTSTART is written: DATE, local or UTC.
    starts: Vec<String>,
    /// Empty when the recurrence is floating, which names no instants.
    starts_utc: Vec<String>,
    error: Option<String>,
    /// Of a row with an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

/// Answers each line `{"id","dtstart","tzid","rrule","exdates","rdates","exrules","from","limit"}` of `input` with
/// `{"id","starts","starts_utc","error"}` on a line of `output`, a row that cannot be read with an error and its `line`.
///
/// An expansion that gave up answers what it found and says so in `error`.
///
/// # Errors
/// When `input` cannot be read or `output` not written.
pub fn expand_rows(input: impl Read, output: impl Write, zones: &Zones) -> io::Result<RowsAnswered> {
    each_row(input, output, MAX_ROW_BYTES, |row, line, output| {
        let mut answer = match row {
            Row::TooLong => refusal(format!("the row is longer than {MAX_ROW_BYTES} bytes")),
            Row::Whole(row) => answer(row, zones),
        };
        answer.line = answer.error.is_some().then_some(line);
        serde_json::to_writer(output, &answer)?;
        Ok(if answer.error.is_none() { Answered::Resolved } else { Answered::Refused })
    })
}

fn refusal(error: String) -> Answer {
    Answer { error: Some(error), ..Answer::default() }
}

fn answer(row: &[u8], zones: &Zones) -> Answer {
    let asked: Asked<'_> = match serde_json::from_slice(row) {
        Ok(asked) => asked,
        Err(error) => {
            let id = serde_json::from_slice(row).ok().and_then(|known: Known| known.id);
            return Answer { id, ..refusal(format!("no row of a recurrence: {error}")) };
        }
    };
    let expanded = expand(&asked, zones);
    let id = asked.id.map(Cow::into_owned);
    match expanded {
        Err(error) => Answer { id, ..refusal(error) },
        Ok((recurrence, starts)) => {
            let instants = if recurrence.zone().is_some() { starts.starts.as_slice() } else { &[] };
            let in_utc = |start: &Start| start.at.to_rfc3339_opts(SecondsFormat::Secs, true);
            Answer {
                id,
                starts: starts.starts.iter().map(|start| written(&recurrence, start)).collect(),
                starts_utc: instants.iter().map(in_utc).collect(),
                error: starts.gave_up.map(gave_up),
                line: None,
            }
        }
    }
}

fn expand(asked: &Asked<'_>, zones: &Zones) -> Result<(Recurrence, Starts), String> {
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT);
    if limit > MAX_LIMIT {
        return Err(format!("`limit` is at most {MAX_LIMIT}"));
    }
    let recurrence = recurrence(asked, zones)?;
    let from = match asked.from.as_deref() {
        None => DateTime::<Utc>::MIN_UTC,
        Some(text) => instant(DateValue::parse(text).map_err(|error| error.to_string())?, &recurrence),
    };
    let starts = recurrence.next(from, limit);
    Ok((recurrence, starts))
}

fn recurrence(asked: &Asked<'_>, zones: &Zones) -> Result<Recurrence, String> {
    fn all<T, E: ToString>(texts: &[String], read: impl Fn(&str) -> Result<T, E>) -> Result<Vec<T>, String> {
        texts.iter().map(|text| read(text).map_err(|error| error.to_string())).collect()
    }
    let zone = asked.tzid.as_deref().map(|name| zones.get(name)).transpose().map_err(|error| error.to_string())?;
    let dtstart = DateValue::parse(&asked.dtstart).map_err(|error| error.to_string())?;
    let mut parts = RecurrenceParts::new(dtstart, zone);
    let rule = asked.rrule.as_deref().map(Rule::parse).transpose().map_err(|error| error.to_string())?;
    parts.rules = rule.into_iter().collect();
    parts.exrules = all(&asked.exrules, Rule::parse)?;
    parts.rdates = vec![Dates { zone: None, values: all(&asked.rdates, Extra::parse)? }];
    parts.exdates = vec![Dates { zone: None, values: all(&asked.exdates, DateValue::parse)? }];
    Recurrence::new(parts).map_err(|error| error.to_string())
}

/// The first instant that `from` can mean on the clock of the recurrence.
fn instant(from: DateValue, recurrence: &Recurrence) -> DateTime<Utc> {
    match (from, recurrence.zone()) {
        (DateValue::Utc(wall), _) => wall.and_utc(),
        (DateValue::Date(_) | DateValue::Local(_), None) => from.wall().and_utc(),
        (DateValue::Date(_) | DateValue::Local(_), Some(zone)) => zone.resolve(from.wall()).earlier(),
    }
}

/// A start as DTSTART is written.
fn written(recurrence: &Recurrence, start: &Start) -> String {
    match recurrence.dtstart() {
        DateValue::Date(_) => DateValue::Date(start.wall.date()).to_string(),
        DateValue::Local(_) => DateValue::Local(start.wall).to_string(),
        DateValue::Utc(_) => DateValue::Utc(start.wall).to_string(),
    }
}

/// Why an expansion is not whole, and from when on nothing is known.
#[must_use]
pub fn gave_up(gave_up: GaveUp) -> String {
    let (why, from) = match gave_up {
        GaveUp::Steps(from) => ("after too many steps", from),
        GaveUp::Starts(from) => ("after too many starts", from),
    };
    format!("gave up {why}: nothing is known from {} on", from.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: the lines answered.
    #[track_caller]
    fn check(input: &str, expected: &[&str]) {
        let mut output = Vec::new();
        let answered = expand_rows(input.as_bytes(), &mut output, &Zones::embedded()).expect("memory does not fail");
        let output = String::from_utf8(output).expect("JSON is text");
        assert_eq!(output.lines().collect::<Vec<_>>(), expected);
        let refused = output.lines().filter(|line| !line.contains("\"error\":null")).count() as u64;
        assert_eq!(answered, RowsAnswered { resolved: expected.len() as u64 - refused, refused });
    }

    #[test]
    fn each_row_is_answered_in_its_place() {
        check("", &[]);
        check(
            r#"{"id":"a","dtstart":"20260301T023000","tzid":"America/New_York","rrule":"FREQ=WEEKLY","limit":2,"more":[1]}

{"id":"b","dtstart":"20260301T090000","tzid":null,"rrule":"FREQ=DAILY;COUNT=3","exdates":["20260302T090000"],"rdates":[],"exrules":[],"from":"20260301T090001"}
{"id":"c","dtstart":"20260301","rrule":"FREQ=HOURLY"}
{"id":"d","dtstart":"20260301T090000Z","limit":9}
{"id":"e","rrule":"FREQ=DAILY"}
nonsense"#,
            &[
                r#"{"id":"a","starts":["20260301T023000","20260308T023000"],"starts_utc":["2026-03-01T07:30:00Z","2026-03-08T07:30:00Z"],"error":null}"#,
                r#"{"id":"b","starts":["20260303T090000"],"starts_utc":[],"error":null}"#,
                r#"{"id":"c","starts":[],"starts_utc":[],"error":"FREQ=HOURLY needs a DTSTART with a time","line":4}"#,
                r#"{"id":"d","starts":["20260301T090000Z"],"starts_utc":["2026-03-01T09:00:00Z"],"error":null}"#,
                r#"{"id":"e","starts":[],"starts_utc":[],"error":"no row of a recurrence: missing field `dtstart` at line 1 column 31","line":6}"#,
                r#"{"id":null,"starts":[],"starts_utc":[],"error":"no row of a recurrence: expected ident at line 1 column 2","line":7}"#,
            ],
        );
    }

    #[test]
    fn a_row_has_its_limits() {
        let row =
            |limit: usize| format!(r#"{{"id":"a","dtstart":"20260301T090000","rrule":"FREQ=DAILY","limit":{limit}}}"#);
        let refused = r#"{"id":"a","starts":[],"starts_utc":[],"error":"`limit` is at most 105408","line":1}"#;
        check(&row(MAX_LIMIT + 1), &[refused]);
        check(&row(0), &[r#"{"id":"a","starts":[],"starts_utc":[],"error":null}"#]);
        let mut output = Vec::new();
        let endless = r#"{"id":"a","dtstart":"20260301T090000","rrule":"FREQ=DAILY"}"#;
        expand_rows(endless.as_bytes(), &mut output, &Zones::embedded()).expect("memory does not fail");
        assert_eq!(String::from_utf8(output).expect("text").matches("T090000").count(), DEFAULT_LIMIT);
        let long = format!("{}\n{}", "x".repeat(MAX_ROW_BYTES + 1), row(0));
        check(
            &long,
            &[
                r#"{"id":null,"starts":[],"starts_utc":[],"error":"the row is longer than 524288 bytes","line":1}"#,
                r#"{"id":"a","starts":[],"starts_utc":[],"error":null}"#,
            ],
        );
    }
}
