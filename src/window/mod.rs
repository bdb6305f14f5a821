//! Windows: half-open spans during which a vendor said something may happen, and the impact it stated.
//!
//! Pure. Standing schedules and their recurrence belong here too.

pub mod recurrence;

mod impact;
mod planned;

pub use impact::{Impact, StatedObject, UnknownImpact};
pub use planned::{Role, Window, Written};
