//! Why a text is no recurrence: what was written, and the clause that forbids it.

use super::value::DateValue;

/// A bound of this program that a recurrence would pass, with the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// The text of one rule.
    #[error("a rule has at most {0} bytes")]
    RuleBytes(usize),
    /// The text of a whole schedule.
    #[error("a schedule has at most {0} bytes")]
    ScheduleBytes(usize),
    /// INTERVAL and COUNT.
    #[error("INTERVAL and COUNT are at most {0}")]
    Number(u32),
    /// RRULE and EXRULE of one recurrence.
    #[error("a recurrence has at most {0} rules")]
    Rules(usize),
    /// RDATE and EXDATE of one recurrence.
    #[error("a recurrence has at most {0} dates")]
    Dates(usize),
    /// RECURRENCE-ID of one schedule.
    #[error("a schedule has at most {0} changed occurrences")]
    Changes(usize),
}

/// A text that is no RRULE.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is longer or bigger than this program reads.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// A part without `=`.
    #[error("`{0}` is no part of a rule; a part is NAME=VALUE")]
    NoPart(String),
    /// A part that RFC 5545 does not know.
    #[error("`{0}` is no rule part of RFC 5545 section 3.3.10")]
    UnknownPart(String),
    /// The same part twice.
    #[error("`{0}` is given twice (RFC 5545 section 3.3.10: a rule part is given at most once)")]
    Twice(String),
    /// No FREQ.
    #[error("the rule has no FREQ (RFC 5545 section 3.3.10 requires it)")]
    NoFrequency,
    /// A value that its part does not allow.
    #[error("`{value}` is no value of {part}: {allowed}")]
    Value {
        /// The name of the part.
        part: &'static str,
        /// The value, shortened.
        value: String,
        /// What the part allows.
        allowed: &'static str,
    },
    /// Parts that must not stand together.
    #[error("{what} (RFC 5545 section 3.3.10, {clause})")]
    Forbidden {
        /// What stands in the rule.
        what: String,
        /// Where it is forbidden.
        clause: &'static str,
    },
}

/// Parts that are no recurrence together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    /// More than this program expands.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// A frequency below a day on a DTSTART without a time.
    #[error("FREQ={0} needs a DTSTART with a time")]
    NoTime(super::rule::Frequency),
    /// DTSTART in UTC beside a zone.
    #[error("DTSTART `{0}` is in UTC and cannot be read in another zone as well")]
    UtcInZone(DateValue),
    /// A DATE or DATE-TIME that is none.
    #[error("`{0}` is no DATE or DATE-TIME of RFC 5545 (20260131, 20260131T220000, 20260131T220000Z)")]
    NoDate(String),
    /// A PERIOD that is none.
    #[error("`{0}` is no PERIOD of RFC 5545 (start/end or start/PT2H, longer than nothing)")]
    NoPeriod(String),
}

/// As much of a value as an error shows.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
