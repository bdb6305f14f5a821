//! A window of one maintenance.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::impact::StatedObject;
use crate::time::{Interval, NoSpan, RulesVersion, TimeFlag, WallSpan, Zones, is_fixed_zone};

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
    /// The words as read on wall clocks, which other zone rules can read again. None in stores of before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<WallSpan>,
    /// The zone used: an IANA name, `UTC`, or an offset.
    pub zone: String,
    /// The release of the zone rules used.
    pub rules: RulesVersion,
    /// The objects of this window alone, where the vendor pairs them; empty means those of the whole notice.
    pub objects: Vec<StatedObject>,
}

/// What zone rules in use make of a window that was resolved before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reread {
    /// It was given in UTC or with an offset: no rules touch it.
    Fixed,
    /// It was resolved by the release in use.
    Current,
    /// The rules in use are older than those it was resolved by, and no ground for another reading.
    OlderRules,
    /// How its words were read was not kept.
    NotKept,
    /// Its words mean by them what they meant.
    Same,
    /// Its words mean something else: other instants, another reading beside them, or another flag.
    Other(Box<Window>),
    /// Its words mean nothing by them.
    Nothing(NoSpan),
}

impl Window {
    /// Reads the words again by these rules (DESIGN.md 4.9).
    #[must_use]
    pub fn read_again(&self, zones: &Zones) -> Reread {
        let Some(wall) = &self.wall else {
            return if is_fixed_zone(&self.zone) { Reread::Fixed } else { Reread::NotKept };
        };
        if wall.is_fixed() {
            return Reread::Fixed;
        }
        let rules = zones.version();
        if rules.is_same_release(&self.rules) {
            return Reread::Current;
        }
        if rules.is_older_than(&self.rules) {
            return Reread::OlderRules;
        }
        match wall.resolve(zones) {
            Err(why) => Reread::Nothing(why),
            Ok(span) if (span.interval, &span.others, &span.flags) == (self.interval, &self.others, &self.flags) => {
                Reread::Same
            }
            Ok(span) => Reread::Other(Box::new(Self {
                interval: span.interval,
                others: span.others,
                flags: span.flags,
                rules: rules.clone(),
                ..self.clone()
            })),
        }
    }
}
