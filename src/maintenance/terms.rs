//! What a vendor promised: how early it gives notice, how much it may overrun.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The published or contracted terms of a vendor. Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Notice promised before a window; equal is in time. Seconds.
    #[serde(with = "seconds")]
    pub notice_min: TimeDelta,
    /// Seconds after a window's end that still count as its own.
    #[serde(with = "seconds")]
    pub grace: TimeDelta,
    /// How far before a good window an outage is still an early start.
    #[serde(with = "seconds")]
    pub early_radius: TimeDelta,
    /// How far after a good window an outage is still its aftermath.
    #[serde(with = "seconds")]
    pub after_radius: TimeDelta,
    /// How far to either side other windows of the vendor are looked for before saying that there were none.
    #[serde(with = "seconds")]
    pub horizon: TimeDelta,
    /// Whether contingency windows count as announced.
    pub contingency_counts: bool,
}

impl Default for Terms {
    /// The defaults of DESIGN.md section 7: no notice required, no grace, 24 h before, 12 h after, 7 days around.
    fn default() -> Self {
        Self {
            notice_min: TimeDelta::zero(),
            grace: TimeDelta::zero(),
            early_radius: TimeDelta::hours(24),
            after_radius: TimeDelta::hours(12),
            horizon: TimeDelta::days(7),
            contingency_counts: true,
        }
    }
}

mod seconds {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(length: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(length.num_seconds())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TimeDelta, D::Error> {
        let seconds = i64::deserialize(from)?;
        TimeDelta::try_seconds(seconds).ok_or_else(|| D::Error::custom("a length of time out of range"))
    }
}
