//! Output as the user asked: a table or lines for people, JSON, NDJSON or CSV for programs.

use std::io::{self, IsTerminal as _, Write};

use anyhow::{Context as _, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use serde_json::Value;

use super::args::Output;
use super::array::Array;
use crate::time::Zone;

/// Narrowest terminal that a table is fitted to: below it every cell would be broken into syllables.
const NARROWEST: u16 = 80;

/// One cell of a row: what people see, and what programs get.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    shown: String,
    exact: String,
}

/// The same for people and for programs.
#[allow(clippy::needless_pass_by_value, reason = "callers have words, numbers and references alike")]
pub(crate) fn cell(text: impl ToString) -> Cell {
    let exact = text.to_string();
    Cell { shown: one_line(&exact), exact }
}

/// Several lines in one cell.
pub(crate) fn lines(lines: &[String]) -> Cell {
    Cell { shown: lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n"), exact: lines.join("; ") }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The same, empty when there is none.
pub(crate) fn maybe(text: Option<impl ToString>) -> Cell {
    cell(text.map(|text| text.to_string()).unwrap_or_default())
}

/// Several names: with commas for people, with semicolons for programs.
pub(crate) fn names<T: ToString>(names: &[T]) -> Cell {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    Cell { shown: one_line(&names.join(", ")), exact: names.join(";") }
}

/// An instant: on a zone's wall clock for people, RFC 3339 in UTC for programs.
pub(crate) fn instant(at: DateTime<Utc>, zone: &Zone) -> Cell {
    Cell { shown: wall(at, zone), exact: at.to_rfc3339_opts(SecondsFormat::AutoSi, true) }
}

/// One thing for people, another for programs.
#[allow(clippy::needless_pass_by_value, reason = "callers have words, numbers and references alike")]
pub(crate) fn either(shown: impl ToString, exact: impl ToString) -> Cell {
    Cell { shown: one_line(&shown.to_string()), exact: exact.to_string() }
}

/// Rows under headers, with the JSON value of each.
pub(crate) struct Rows {
    headers: Vec<&'static str>,
    cells: Vec<Vec<Cell>>,
    values: Vec<Value>,
    /// Whether rows were printed before these, and the headers with them.
    begun: bool,
    array: Array,
}

impl Rows {
    pub(crate) fn new(headers: &[&'static str]) -> Self {
        Self { headers: headers.to_vec(), cells: Vec::new(), values: Vec::new(), begun: false, array: Array::default() }
    }

    pub(crate) fn push(&mut self, cells: Vec<Cell>, value: Value) {
        self.cells.push(cells);
        self.values.push(value);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(crate) fn count(&self) -> usize {
        self.cells.len()
    }

    /// Keeps the first so many rows, and gives how many it dropped.
    pub(crate) fn keep(&mut self, limit: usize) -> usize {
        let dropped = self.cells.len().saturating_sub(limit);
        self.cells.truncate(limit);
        self.values.truncate(limit);
        dropped
    }

    /// Prints all rows, or those behind [`Self::print_so_far`]; for people, `nothing` when there is none.
    pub(crate) fn print(&self, output: Output, nothing: &str) -> Result<()> {
        match output {
            Output::Table if self.is_empty() => print_text(nothing),
            Output::Table => print_text(&self.fitted_table()),
            Output::Json => {
                let mut array = self.array;
                put(format!("{}{}\n", array.goes_on(&self.values)?, array.ends()).as_bytes())
            }
            Output::Ndjson | Output::Csv => self.print_lines(output),
        }
    }

    /// Prints a report of which these are the rows: `text` for people, `document` as JSON, the rows as NDJSON and CSV.
    pub(crate) fn print_report(&self, output: Output, document: &Value, text: &str) -> Result<()> {
        match output {
            Output::Table => print_text(text),
            Output::Json => put_json(document),
            Output::Ndjson | Output::Csv => self.print_lines(output),
        }
    }

    /// Prints the rows that are there for programs, and holds them no longer. Of a table, whose columns are as wide as the
    /// widest of all rows, only the cells stay.
    pub(crate) fn print_so_far(&mut self, output: Output) -> Result<()> {
        match output {
            Output::Table => {
                self.values.clear();
                return Ok(());
            }
            Output::Json => put(self.array.goes_on(&self.values)?.as_bytes())?,
            Output::Ndjson | Output::Csv => self.print_lines(output)?,
        }
        self.begun = true;
        self.keep(0);
        Ok(())
    }

    /// Prints the rows as lines for programs.
    pub(crate) fn print_lines(&self, output: Output) -> Result<()> {
        match output {
            Output::Csv => put(self.csv().as_bytes()),
            Output::Table | Output::Json | Output::Ndjson => {
                put(self.values.iter().map(|value| format!("{value}\n")).collect::<String>().as_bytes())
            }
        }
    }

    /// The table for people, as wide as it is, without trailing blanks.
    pub(crate) fn table(&self) -> String {
        self.table_within(None)
    }

    /// The same, fitted to the terminal when it goes to one.
    pub(crate) fn fitted_table(&self) -> String {
        self.table_within(terminal_width())
    }

    fn table_within(&self, width: Option<u16>) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        match width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table.set_header(self.headers.iter().map(|header| header.to_uppercase()));
        for row in &self.cells {
            table.add_row(row.iter().map(|cell| harmless(&cell.shown)));
        }
        // Ids, times and addresses stay whole, to be copied; what gives way are the last two columns, which hold words.
        let whole = self.headers.len().saturating_sub(2);
        table.column_iter_mut().take(whole).for_each(|column| {
            column.set_constraint(ColumnConstraint::ContentWidth);
        });
        let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
        lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }

    /// RFC 4180, lines ended by CRLF.
    pub(crate) fn csv(&self) -> String {
        let headers = self.headers.iter().map(|header| quoted(&header.replace(' ', "_")));
        let mut lines = Vec::new();
        if !self.begun {
            lines.push(headers.collect::<Vec<_>>().join(","));
        }
        let line = |row: &Vec<Cell>| row.iter().map(|cell| quoted(&cell.exact)).collect::<Vec<_>>().join(",");
        lines.extend(self.cells.iter().map(line));
        lines.iter().map(|line| format!("{line}\r\n")).collect()
    }
}

fn terminal_width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| width.0.max(NARROWEST))
}

/// A CSV field, quoted where it must be. A field that a spreadsheet would take for a formula gets a leading apostrophe.
fn quoted(field: &str) -> String {
    let field = if field.starts_with(['=', '+', '@']) { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// Text of strangers as it may stand on a terminal: without the characters that steer one, or that turn the order of
/// what is read around.
fn harmless(text: &str) -> String {
    let steers =
        |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Prints one value for programs: as CSV the path and the text of each field in it.
pub(crate) fn print_json(output: Output, value: &Value) -> Result<()> {
    match output {
        Output::Json | Output::Table => put_json(value),
        Output::Ndjson => put(format!("{value}\n").as_bytes()),
        Output::Csv => {
            let mut rows = Rows::new(&["field", "value"]);
            flatten("", value, &mut rows);
            put(rows.csv().as_bytes())
        }
    }
}

fn flatten(path: &str, value: &Value, rows: &mut Rows) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| flatten(&below(name), value, rows)),
        Value::Array(items) => {
            (0..).zip(items).for_each(|(place, value): (u32, _)| flatten(&below(&place.to_string()), value, rows));
        }
        Value::String(text) => rows.push(vec![cell(path), cell(text)], Value::Null),
        Value::Null => rows.push(vec![cell(path), cell("")], Value::Null),
        Value::Bool(_) | Value::Number(_) => rows.push(vec![cell(path), cell(value)], Value::Null),
    }
}

fn put_json(value: &impl serde::Serialize) -> Result<()> {
    put(format!("{}\n", serde_json::to_string_pretty(value)?).as_bytes())
}

/// Prints lines for people; nothing for an empty text.
pub(crate) fn print_text(text: &str) -> Result<()> {
    let text = harmless(text.trim_end());
    if text.is_empty() { Ok(()) } else { put(format!("{text}\n").as_bytes()) }
}

/// Writes to the standard output, to the end: what was not written is a failure.
///
/// A reader who has seen enough (`| head -1`) is none: the command was done, and its exit status says how it ended.
pub(crate) fn put(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the output"),
    }
}

/// Tells people what they may do next, on the standard error; programs are told nothing.
pub(crate) fn hint(output: Output, text: &str) {
    if output == Output::Table {
        let _ = writeln!(anstream::stderr().lock(), "hint: {text}");
    }
}

/// Warns on the standard error, programs too.
pub(crate) fn caution(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "warning: {}", harmless(text));
}

/// `1 message`, `2 messages`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// `2017-03-26 00:00 CET`: an instant on a zone's wall clock, seconds only where there are some.
pub(crate) fn wall(instant: DateTime<Utc>, zone: &Zone) -> String {
    use chrono::Timelike as _;
    let local = zone.local(instant);
    let format = if local.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    format!("{} {}", local.format(format), zone.abbreviation_at(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_quoted_where_it_must_be() {
        let mut rows = Rows::new(&["a b", "c"]);
        rows.push(vec![cell("x,y"), cell("say \"hi\"")], Value::Null);
        rows.push(vec![cell("=1+1"), names(&["p", "q"])], Value::Null);
        assert_eq!(rows.csv(), "a_b,c\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n'=1+1,p;q\r\n");
    }

    #[test]
    fn one_value_as_csv_is_its_fields() {
        let mut rows = Rows::new(&["field", "value"]);
        flatten("", &serde_json::json!({ "a": { "b": [1, "x,y"] }, "c": null }), &mut rows);
        assert_eq!(rows.csv(), "field,value\r\na.b.0,1\r\na.b.1,\"x,y\"\r\nc,\r\n");
    }

    #[test]
    fn what_strangers_wrote_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{202e}d\u{7}"), "a\u{fffd}[2Jb\nc\u{fffd}d\u{fffd}");
        let mut rows = Rows::new(&["x"]);
        rows.push(vec![cell("two\nlines")], Value::Null);
        assert_eq!(rows.table(), "X\ntwo lines");
        rows.push(vec![cell("word ".repeat(30))], Value::Null);
        assert!(rows.table_within(Some(80)).lines().all(|line| line.len() <= 80), "{}", rows.table_within(Some(80)));
    }
}
