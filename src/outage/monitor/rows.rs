//! A file of a monitor as rows, each with its line and its cells.

use regex::Regex;
use serde_json::Value;

use super::mapping::Format;
use super::template::Cells;

/// Largest input read, in bytes: a year of a busy monitor; a webhook has some kilobytes.
pub const MAX_MONITOR_BYTES: usize = 64 * 1024 * 1024;

/// Most rows of one input: ten times what a monitor of ten thousand machines says in a bad week.
pub const MAX_MONITOR_ROWS: usize = 1_000_000;

/// Deepest nesting of JSON whose cells are read: monitors nest three deep.
const MAX_DEPTH: usize = 16;

/// A row, or why it is none.
pub(super) type Row = (u64, Result<Cells, String>);

/// Why an input has no rows at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRows {
    /// It is no JSON.
    #[error("no JSON: {0}")]
    Json(String),
    /// The list is not where the mapping says.
    #[error("there is no list at `{0}`")]
    NoList(String),
    /// It is no CSV with a header.
    #[error("no CSV with a header: {0}")]
    Csv(String),
    /// More than [`MAX_MONITOR_ROWS`].
    #[error("more than {MAX_MONITOR_ROWS} rows")]
    TooMany,
    /// It says that it is of another version than the mapping reads.
    #[error("it is version `{found}`, and the mapping reads `{read}`")]
    Version {
        /// What it says.
        found: String,
        /// What is read.
        read: String,
    },
}

/// The rows of a text, and what the whole document says, by `$.` and the path.
pub(super) fn rows(
    text: &str,
    format: Format,
    list: &str,
    pattern: Option<&Regex>,
) -> Result<(Vec<Row>, Cells), NoRows> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (rows, document) = match format {
        Format::Csv => (of_csv(text)?, Cells::new()),
        Format::Ndjson => (of_lines(text, of_json_line), Cells::new()),
        Format::Lines => {
            (of_lines(text, |line| pattern.and_then(|pattern| captured(pattern, line)).map(Ok)), Cells::new())
        }
        Format::Json => of_document(text, list)?,
    };
    if rows.len() > MAX_MONITOR_ROWS { Err(NoRows::TooMany) } else { Ok((rows, document)) }
}

fn of_csv(text: &str) -> Result<Vec<Row>, NoRows> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| NoRows::Csv(error.to_string()))?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| match record {
        Err(error) => (error.position().map_or(0, csv::Position::line), Err(error.to_string())),
        Ok(record) => {
            let line = record.position().map_or(0, csv::Position::line);
            let cells = headers.iter().zip(&record).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
            (line, Ok(cells))
        }
    };
    Ok(reader.records().take(MAX_MONITOR_ROWS + 1).map(row).collect())
}

/// Each line that is not empty; one that `read` gives nothing for is no row.
fn of_lines(text: &str, read: impl Fn(&str) -> Option<Result<Cells, String>>) -> Vec<Row> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.filter_map(|(number, line)| Some((number, read(line)?))).take(MAX_MONITOR_ROWS + 1).collect()
}

#[allow(clippy::unnecessary_wraps, reason = "every line of NDJSON is a row, of a log only those that match")]
fn of_json_line(line: &str) -> Option<Result<Cells, String>> {
    let value = serde_json::from_str::<Value>(line).map_err(|error| format!("no JSON: {error}"));
    Some(value.map(|value| {
        let mut cells = Cells::new();
        flatten("", &value, 0, &mut cells);
        cells
    }))
}

fn captured(pattern: &Regex, line: &str) -> Option<Cells> {
    let captures = pattern.captures(line)?;
    let names = pattern.capture_names().flatten();
    Some(names.filter_map(|name| Some((name.to_owned(), captures.name(name)?.as_str().to_owned()))).collect())
}

/// The rows of one JSON value: the list at a path, or the value itself, or each item where it is a list.
fn of_document(text: &str, list: &str) -> Result<(Vec<Row>, Cells), NoRows> {
    let value: Value = serde_json::from_str(text).map_err(|error| NoRows::Json(error.to_string()))?;
    let mut path = list.split('.').filter(|step| !step.is_empty());
    let found = path.try_fold(&value, |value, step| value.get(step));
    let items: Vec<&Value> = match found {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Object(_)) if list.is_empty() => vec![&value],
        Some(_) | None => return Err(NoRows::NoList(list.to_owned())),
    };
    let mut document = Cells::new();
    if let Value::Object(fields) = &value {
        let outside = fields.iter().filter(|(name, _)| *name != list);
        outside.for_each(|(name, value)| flatten(&format!("$.{name}"), value, 0, &mut document));
    }
    let row = |item: &Value| {
        let mut cells = document.clone();
        flatten("", item, 0, &mut cells);
        Ok(cells)
    };
    Ok(((1..).zip(items).map(|(number, item)| (number, row(item))).collect(), document))
}

/// Each text, number and truth of a value by its path: `labels.instance`, `heartbeat.time`.
fn flatten(path: &str, value: &Value, depth: usize, cells: &mut Cells) {
    if depth > MAX_DEPTH {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| flatten(&below(name), value, depth + 1, cells)),
        Value::Array(items) => {
            (0..)
                .zip(items)
                .for_each(|(place, value): (u32, _)| flatten(&below(&place.to_string()), value, depth + 1, cells));
        }
        Value::String(text) => drop(cells.insert(path.to_owned(), text.clone())),
        Value::Bool(truth) => drop(cells.insert(path.to_owned(), truth.to_string())),
        // `1.0` and `1` are the same number: Icinga writes the first.
        Value::Number(number) => {
            let text = number.to_string();
            drop(cells.insert(path.to_owned(), text.strip_suffix(".0").unwrap_or(&text).to_owned()));
        }
        Value::Null => {}
    }
}
