//! A report as blocks, before it is Markdown or HTML.

use super::timeline::Timeline;

/// A report: a title, blocks in reading order, a last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The title.
    pub title: String,
    /// What stands under it.
    pub subtitle: String,
    /// The blocks in reading order.
    pub blocks: Vec<Block>,
    /// The last line: by which rules it was written.
    pub footer: String,
}

/// One block of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading of a section.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Short sentences under each other.
    List(Vec<String>),
    /// The answer, in large letters.
    Answer {
        /// How good the news is.
        tone: Tone,
        /// The answer.
        headline: String,
        /// What it is about.
        detail: String,
    },
    /// What somebody said, word for word.
    Quote {
        /// Who, when, where.
        by: String,
        /// The words.
        words: String,
    },
    /// A table.
    Table(Table),
    /// Windows against outages.
    Timeline(Timeline),
}

/// How good the news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// In a window.
    Good,
    /// Partly.
    Mixed,
    /// Not in a window.
    Bad,
    /// Nobody can say.
    Open,
}

impl Tone {
    /// The tone of an answer.
    #[must_use]
    pub fn of(answer: crate::verdict::Answer) -> Self {
        use crate::verdict::Answer;
        match answer {
            Answer::Yes => Self::Good,
            Answer::Partly => Self::Mixed,
            Answer::No => Self::Bad,
            Answer::Unknown => Self::Open,
        }
    }
}

/// A table with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The header's cells.
    pub headers: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A cell for each header.
    Cells(Vec<String>),
    /// The same, of the outage that the report is about.
    Strong(Vec<String>),
    /// One text across all columns: something about the time axis itself, such as a clock change.
    Marker(String),
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Row::Cells(cells.into_iter().collect()));
    }
}
