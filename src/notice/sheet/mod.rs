//! Sheets attached to a mail, as text whose lines are rows and whose cells keep their columns.

mod csv;
mod number;
mod xlsx;
mod xml;

pub(super) use csv::{csv, looks_like_rows};
pub(super) use xlsx::{is_archive, pages};

use super::reading::Unreadable;
use super::text::{MAX_COLUMNS, Rows, beyond};

/// Most text of one sheet: some 20,000 rows of ten columns.
const MAX_SHEET_BYTES: usize = 4 * 1024 * 1024;

/// A sheet as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// What the workbook calls it.
    pub(super) name: String,
    /// Its rows by line, its cells between tabs.
    pub(super) text: String,
}

/// Why a workbook gave no pages.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is none, or a damaged one: what the rest of the mail says is not touched.
    Broken(String),
    /// It goes beyond a limit, and with it the mail.
    Beyond(Unreadable),
}

impl From<Unreadable> for Trouble {
    fn from(why: Unreadable) -> Self {
        Self::Beyond(why)
    }
}

/// Adds a row, within the limits.
fn push(rows: &mut Rows, cells: &[(usize, &str)]) -> Result<(), Unreadable> {
    if cells.last().is_some_and(|(column, _)| *column >= MAX_COLUMNS) {
        return Err(beyond("a row's number of columns", MAX_COLUMNS, "columns"));
    }
    // A shared text may stand in each of thousands of cells, so that it is counted before it is copied.
    let words: usize = cells.iter().map(|(_, words)| words.len()).sum();
    if rows.len() + words + MAX_COLUMNS > MAX_SHEET_BYTES {
        return Err(beyond("text of a sheet", MAX_SHEET_BYTES, "bytes"));
    }
    rows.push_row(cells);
    Ok(())
}
