//! What a recurrence is made of, and what comes of it.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::rule::Rule;
use super::value::{DateValue, Extra};
use crate::time::{TimeFlag, Zone};

/// Most RRULE and EXRULE of one recurrence: the RFC advises one.
pub const MAX_RULES: usize = 16;

/// Most RDATE and most EXDATE of one recurrence: a day off in each of 27 years.
pub const MAX_DATES: usize = 10_000;

/// Most starts of one expansion: one every 5 minutes for a year.
pub const MAX_STARTS: usize = 105_408;

/// What becomes of an occurrence whose local time the clocks leap over. RFC 5545 says both of the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapPolicy {
    /// It starts later by the gap (section 3.3.5).
    #[default]
    Shift,
    /// It does not take place, and COUNT does not count it (section 3.3.10).
    Skip,
    /// It is listed as rejected, for whoever asked to refuse the schedule.
    Reject,
}

/// Dates of one RDATE or EXDATE property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dates<T> {
    /// The zone of the property, where it is not DTSTART's.
    pub zone: Option<Zone>,
    /// The values.
    pub values: Vec<T>,
}

/// What a recurrence is made of.
#[derive(Debug, Clone)]
pub struct RecurrenceParts {
    /// The first start, from which a rule takes what it does not say.
    pub dtstart: DateValue,
    /// The zone of `dtstart`; none means floating, unless `dtstart` is in UTC.
    pub zone: Option<Zone>,
    /// What becomes of local times that do not exist.
    pub gaps: GapPolicy,
    /// RRULE.
    pub rules: Vec<Rule>,
    /// EXRULE, which RFC 2445 had.
    pub exrules: Vec<Rule>,
    /// RDATE.
    pub rdates: Vec<Dates<Extra>>,
    /// EXDATE.
    pub exdates: Vec<Dates<DateValue>>,
}

impl RecurrenceParts {
    /// DTSTART alone.
    #[must_use]
    pub fn new(dtstart: DateValue, zone: Option<Zone>) -> Self {
        Self {
            dtstart,
            zone,
            gaps: GapPolicy::Shift,
            rules: Vec::new(),
            exrules: Vec::new(),
            rdates: Vec::new(),
            exdates: Vec::new(),
        }
    }
}

/// One start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The wall clock that the rule or date names, which is not always the one of `at`.
    pub wall: NaiveDateTime,
    /// The instant; of a floating recurrence its wall clock read as if it were UTC.
    pub at: DateTime<Utc>,
    /// What had to be decided to find the instant.
    pub flag: Option<TimeFlag>,
    /// The date this start stems from, where that has a length of its own.
    pub period: Option<Extra>,
}

/// Why an expansion is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// [`MAX_STEPS`](super::MAX_STEPS) were taken; every start before this instant is given, and none from it on.
    Steps(DateTime<Utc>),
    /// [`MAX_STARTS`] were found; every start before this instant is given, and none from it on.
    Starts(DateTime<Utc>),
}

impl GaveUp {
    /// The instant from which on nothing is known.
    #[must_use]
    pub fn from(self) -> DateTime<Utc> {
        match self {
            Self::Steps(from) | Self::Starts(from) => from,
        }
    }
}

/// The starts of a span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Starts {
    /// In order, no instant twice.
    pub starts: Vec<Start>,
    /// Local times that do not exist, under [`GapPolicy::Reject`].
    pub rejected: Vec<NaiveDateTime>,
    /// Set when the span was not expanded to its end.
    pub gave_up: Option<GaveUp>,
}
