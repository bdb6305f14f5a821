//! An outage: what was seen, when, and how surely.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::{AssetId, OutageId, content_id};
use crate::time::{EmptyInterval, Interval, MomentError, Zones, parse_moment};
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

    /// What a file says: RFC 3339, or a local time with its zone behind it or in `zone`. One that clocks showed twice, or
    /// leapt over, keeps both readings (DESIGN.md section 7).
    ///
    /// # Errors
    /// [`MomentError`], but for these two.
    pub fn read(text: &str, zone: Option<&str>, zones: &Zones) -> Result<Self, MomentError> {
        let unreadable = || MomentError::Unreadable { text: text.to_owned() };
        let instant = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| unreadable());
        let (at, others) = match parse_moment(text, zone, zones) {
            Ok(at) => (at, Vec::new()),
            Err(MomentError::Nonexistent { neighbours: [one, two], .. }) => (instant(&one)?, vec![instant(&two)?]),
            Err(MomentError::Ambiguous { first, second, .. }) => (instant(&first)?, vec![instant(&second)?]),
            Err(
                error @ (MomentError::Unreadable { .. }
                | MomentError::NoZone { .. }
                | MomentError::UnknownZone(_)
                | MomentError::Abbreviation { .. }
                | MomentError::OtherOffset { .. }),
            ) => return Err(error),
        };
        Ok(Self { at, plus_minus_seconds: 0, written: Some(text.to_owned()), others })
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
