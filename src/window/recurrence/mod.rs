//! Recurrence of RFC 5545: DTSTART with RRULE, EXRULE, RDATE and EXDATE, in wall-clock time.
//!
//! Expansion is ours for every shape of rule. The `rrule` crate is the second source in tests: it never skips ahead, gives
//! up in silence after 100,000 steps, and departs from the RFC in ways that would each have to be recognised and
//! answered here before it could be asked. The generator is shorter than that would be. `tests/it/recurrence` holds the
//! two against each other wherever the crate is right.
//!
//! A rule is compiled once against its DTSTART (`pattern`) and then walked over any span in wall-clock seconds
//! (`walk`): periods before the span are skipped by arithmetic, never by iteration. Zones come last (`starts`).

mod calendar;
mod error;
mod parse;
mod parts;
mod pattern;
mod quiet;
mod rule;
mod starts;
mod value;
mod walk;

pub use error::{Limit, RecurrenceError, RuleError};
pub use parse::MAX_RULE_BYTES;
pub use parts::{Dates, GapPolicy, GaveUp, MAX_DATES, MAX_RULES, MAX_STARTS, RecurrenceParts, Start, Starts};
pub use rule::{End, Frequency, NthWeekday, Rule};
pub use starts::Recurrence;
pub use value::{DateValue, Extra, WallSpan};
pub use walk::MAX_STEPS;
