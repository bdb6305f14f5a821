//! A window of one maintenance.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::impact::StatedObject;
use crate::time::{Interval, RulesVersion, TimeFlag};

/// Whether the vendor means to work then, or only if the first attempt fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The work is meant to happen then.
    Primary,
    /// A night kept in reserve; it lapses when the work is completed before it.
    Contingency,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Primary => "primary",
            Self::Contingency => "contingency",
        })
    }
}

/// The vendor's own words for a window, kept beside what they were resolved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The start as written.
    pub start: String,
    /// The end as written; empty when only a date or a length was given.
    pub end: String,
    /// The zone, offset or abbreviation as written; none when the notice names none.
    pub zone: Option<String>,
}

/// A half-open span of one maintenance: the words, and what they were resolved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its place among the windows of its maintenance, from 1; it survives a move.
    pub ordinal: u32,
    /// Primary or contingency.
    pub role: Role,
    /// `[start, end)` in UTC: the preferred reading.
    pub interval: Interval,
    /// Other readings the words allow.
    pub others: Vec<Interval>,
    /// What had to be decided to resolve the words.
    pub flags: Vec<TimeFlag>,
    /// The vendor's words.
    pub written: Written,
    /// The zone used: an IANA name, `UTC`, or an offset.
    pub zone: String,
    /// The release of the zone rules used.
    pub rules: RulesVersion,
    /// The objects of this window alone, where the vendor pairs them; empty means those of the whole notice.
    pub objects: Vec<StatedObject>,
}
