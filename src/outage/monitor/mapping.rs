//! A mapping: how one monitor tells of outages. It is a file; none of it is in the program.
//!
//! ```toml
//! name = "uptime-kuma"                     # the source of what is recorded
//! format = "json"                          # csv, ndjson, json, or lines read by a pattern
//! rows = ""                                # where the list is in a JSON document; empty: the document is the row
//! key = ["{heartbeat.monitorID}"]          # what is one and the same outage goes by; none: assets and start
//! asset = ["{monitor.name}"]               # the first that is filled in and that the inventory knows
//! start = ["{heartbeat.time}"]             # of a row with a state: when that state began
//! zone = ["UTC"]
//! state = ["{heartbeat.status}"]           # none: every row is an outage from start to end
//! down = ["0"]                             # the states that open an outage
//! up = ["1"]                               # those that close it; every other is left out
//!
//! [assets]                                 # what the monitor calls assets, where that is no name of the inventory
//! "web one" = "web-1"
//! ```

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::rows::{NoRows, rows};
use super::template::{Cells, filled, first};

/// Largest pattern, compiled, in bytes: one line of a log needs some kilobytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// How the rows of a file stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Csv,
    Ndjson,
    Json,
    Lines,
}

/// How one monitor tells of outages.
#[derive(Debug, Clone)]
pub struct Mapping {
    file: File,
    pattern: Option<Regex>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    format: Format,
    #[serde(default)]
    rows: String,
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    reads: Vec<String>,
    /// What the document says it left out: anything but 0 warns.
    #[serde(default)]
    left_out: Option<String>,
    #[serde(default)]
    key: Vec<String>,
    asset: Vec<String>,
    start: Vec<String>,
    #[serde(default)]
    end: Vec<String>,
    #[serde(default)]
    zone: Vec<String>,
    #[serde(default)]
    state: Vec<String>,
    #[serde(default)]
    down: Vec<String>,
    #[serde(default)]
    up: Vec<String>,
    #[serde(default)]
    impact: Vec<String>,
    #[serde(default)]
    summary: Vec<String>,
    #[serde(default)]
    source: Vec<String>,
    #[serde(default)]
    assets: BTreeMap<String, String>,
}

/// Why a file is no mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMapping {
    /// It is no TOML, lacks a word or has one too many.
    #[error("{0}")]
    Toml(String),
    /// Its pattern is none.
    #[error("the pattern cannot be used: {0}")]
    Pattern(String),
    /// Lines are read by a pattern, and only those.
    #[error("`pattern` belongs to `format = \"lines\"`, and that needs one")]
    PatternAlone,
    /// A state is named, and not which of them mean an outage.
    #[error("`state` needs `down`, and events that only say that it is over need `key`")]
    NoStates,
}

/// What one row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorEvent {
    /// The source that it is recorded with.
    pub source: String,
    /// Whether the source is of this one outage alone, or of this one machine.
    pub keyed: bool,
    /// What it may call the asset, the best first; several assets of one name stand behind each other with `;`.
    pub assets: Vec<String>,
    /// What happened.
    pub what: What,
    /// The zone of local times.
    pub zone: Option<String>,
    /// How badly, in MAINTNOTE's words.
    pub impact: Option<String>,
    /// One line about it.
    pub summary: Option<String>,
}

/// What happened; times as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Something is down since then.
    Began {
        /// Since when.
        start: String,
    },
    /// It was down from then to then, or is still.
    Lasted {
        /// The first instant.
        start: String,
        /// The first instant after it.
        end: Option<String>,
    },
    /// What was down is up again.
    Over {
        /// Since when.
        at: String,
    },
}

/// A row with its line, or with its place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorRow {
    /// Its line; in a list of a JSON document its place, from 1.
    pub line: u64,
    /// What it says: nothing when its state is neither down nor up; or what is wrong with it.
    pub says: Result<Option<MonitorEvent>, String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorRead {
    /// The rows in their order.
    pub rows: Vec<MonitorRow>,
    /// How many more the monitor says it left out.
    pub left_out: Option<String>,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// [`BadMapping`].
    pub fn read(text: &str) -> Result<Self, BadMapping> {
        let file: File = toml::from_str(text).map_err(|error| BadMapping::Toml(error.to_string().trim().to_owned()))?;
        if (file.format == Format::Lines) != file.pattern.is_some() {
            return Err(BadMapping::PatternAlone);
        }
        if file.state.is_empty() != file.down.is_empty()
            || !file.up.is_empty() && file.end.is_empty() && file.key.is_empty()
        {
            return Err(BadMapping::NoStates);
        }
        let compiled = |pattern: &String| RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build();
        let pattern = file.pattern.as_ref().map(compiled).transpose();
        Ok(Self { pattern: pattern.map_err(|error| BadMapping::Pattern(error.to_string()))?, file })
    }

    /// Reads what a monitor wrote.
    ///
    /// # Errors
    /// [`NoRows`] when there is nothing to go by; what is wrong with one row stands in its place.
    pub fn events(&self, text: &str) -> Result<MonitorRead, NoRows> {
        let (rows, document) = rows(text, self.file.format, &self.file.rows, self.pattern.as_ref())?;
        let said = |template: &Option<String>| template.as_ref().and_then(|template| filled(template, &document));
        if let Some(found) = said(&self.file.version).filter(|found| !self.file.reads.contains(found)) {
            return Err(NoRows::Version { found, read: self.file.reads.join(", ") });
        }
        let rows =
            rows.into_iter().map(|(line, cells)| MonitorRow { line, says: cells.and_then(|cells| self.event(&cells)) });
        Ok(MonitorRead { rows: rows.collect(), left_out: said(&self.file.left_out).filter(|count| count != "0") })
    }

    fn event(&self, cells: &Cells) -> Result<Option<MonitorEvent>, String> {
        let file = &self.file;
        let named = |templates: &[String]| first(templates, cells);
        let missing = |what: &str| format!("it does not say {what}");
        let state = named(&file.state);
        let what = match (&state, named(&file.start)) {
            (_, None) => return Err(missing("when")),
            (None, Some(_)) if !file.state.is_empty() => return Err(missing("whether it is down")),
            (None, Some(start)) => What::Lasted { start, end: named(&file.end) },
            (Some(state), Some(start)) if file.down.contains(state) => What::Began { start },
            (Some(state), Some(start)) if file.up.contains(state) => match (file.end.is_empty(), named(&file.end)) {
                (true, _) => What::Over { at: start },
                (false, Some(end)) => What::Lasted { start, end: Some(end) },
                (false, None) => return Err(missing("when it ended")),
            },
            (Some(_), Some(_)) => return Ok(None),
        };
        let key = named(&file.key);
        if key.is_none() && !file.key.is_empty() {
            return Err(missing("which outage it is about"));
        }
        let assets: Vec<String> = file.asset.iter().filter_map(|template| filled(template, cells)).collect();
        if assets.is_empty() {
            return Err(missing("what is down"));
        }
        let meant = |name: String| file.assets.get(&name).cloned().unwrap_or(name);
        let source = named(&file.source).unwrap_or_else(|| file.name.clone());
        Ok(Some(MonitorEvent {
            keyed: key.is_some(),
            source: key.map_or(source, |key| format!("{} {key}", file.name)),
            assets: assets.into_iter().map(meant).collect(),
            what,
            zone: named(&file.zone),
            impact: named(&file.impact),
            summary: named(&file.summary),
        }))
    }
}
