//! An outage: what was seen, when, and how surely.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::{AssetId, OutageId, content_id};
use crate::time::{EmptyInterval, Interval};
use crate::window::Impact;

/// An observed instant with what it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The instant, UTC.
    pub at: DateTime<Utc>,
    /// It may have been this many seconds earlier or later.
    #[serde(default)]
    pub plus_minus_seconds: u32,
    /// The words it was read from, with their zone; none when a program reported it.
    #[serde(default)]
    pub written: Option<String>,
    /// What the words could mean as well: of a local time that the clocks showed twice the other pass, of one that they
    /// jumped over the other side of the jump.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<DateTime<Utc>>,
}

impl Observed {
    /// An instant without doubt.
    #[must_use]
    pub fn exactly(at: DateTime<Utc>) -> Self {
        Self { at, plus_minus_seconds: 0, written: None, others: Vec::new() }
    }
}

/// What was observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// `o-…`, derived from assets, start and source.
    pub id: OutageId,
    /// What was down, in the order given; never empty.
    pub assets: Vec<AssetId>,
    /// The first instant of the outage.
    pub start: Observed,
    /// The first instant after it; none while it is open.
    pub end: Option<Observed>,
    /// How badly they were touched.
    pub impact: Impact,
    /// Who or what reported it.
    pub source: String,
    /// One line about it.
    pub summary: Option<String>,
    /// When this program recorded it.
    pub recorded_at: DateTime<Utc>,
}

impl Outage {
    /// The id that belongs to an outage: the same report gives the same id.
    ///
    /// # Panics
    /// Never: a content id is an identifier.
    #[must_use]
    pub fn id_of(assets: &[AssetId], start: DateTime<Utc>, source: &str) -> OutageId {
        let start = start.to_rfc3339();
        let parts = assets.iter().map(AssetId::as_str).chain([start.as_str(), source]);
        OutageId::new(content_id("o", parts)).expect("a content id is an identifier")
    }

    /// From start to end, or to `now` while it is open.
    ///
    /// # Errors
    /// [`EmptyInterval`] when the end, or `now`, is not after the start.
    pub fn interval(&self, now: DateTime<Utc>) -> Result<Interval, EmptyInterval> {
        Interval::new(self.start.at, self.end.as_ref().map_or(now, |end| end.at))
    }

    /// Whether nobody has said yet that it ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }
}
