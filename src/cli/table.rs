//! Rows, printed as the user asked: a table for people, JSON, NDJSON or CSV for programs.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::args::Output;
use crate::time::Zone;

/// Rows under headers, with the JSON value of each.
pub(crate) struct Rows {
    headers: Vec<&'static str>,
    cells: Vec<Vec<String>>,
    values: Vec<Value>,
}

impl Rows {
    pub(crate) fn new(headers: &[&'static str]) -> Self {
        Self { headers: headers.to_vec(), cells: Vec::new(), values: Vec::new() }
    }

    pub(crate) fn push(&mut self, cells: Vec<String>, value: Value) {
        self.cells.push(cells);
        self.values.push(value);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Prints all rows; for people, `nothing` when there is none.
    pub(crate) fn print(&self, output: Output, nothing: &str) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match output {
            Output::Table if self.is_empty() => writeln!(out, "{nothing}"),
            Output::Table => writeln!(out, "{}", self.table()),
            Output::Json => writeln!(out, "{}", serde_json::to_string_pretty(&self.values)?),
            Output::Ndjson => self.values.iter().try_for_each(|value| writeln!(out, "{value}")),
            Output::Csv => out.write_all(self.csv().as_bytes()),
        }
    }

    /// The table for people, without trailing blanks.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.headers.iter().map(|header| header.to_uppercase()));
        for row in &self.cells {
            table.add_row(row);
        }
        let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
        lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }

    /// RFC 4180, lines ended by CRLF.
    fn csv(&self) -> String {
        let headers = self.headers.iter().map(|header| quoted(&header.replace(' ', "_")));
        let mut lines = vec![headers.collect::<Vec<_>>().join(",")];
        lines.extend(self.cells.iter().map(|row| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",")));
        lines.iter().map(|line| format!("{line}\r\n")).collect()
    }
}

/// A CSV field, quoted where it must be. A field that a spreadsheet would take for a formula gets a leading apostrophe.
fn quoted(field: &str) -> String {
    let field = if field.starts_with(['=', '+', '@']) { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// Prints one value for programs.
pub(crate) fn print_json(output: Output, value: &Value) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match output {
        Output::Ndjson | Output::Csv => writeln!(out, "{value}"),
        Output::Json | Output::Table => writeln!(out, "{}", serde_json::to_string_pretty(value)?),
    }
}

/// Prints lines for people.
pub(crate) fn print_text(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout().lock(), "{}", text.trim_end())
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
        rows.push(vec!["x,y".into(), "say \"hi\"".into()], Value::Null);
        rows.push(vec!["=1+1".into(), "-".into()], Value::Null);
        assert_eq!(rows.csv(), "a_b,c\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n'=1+1,-\r\n");
    }
}
