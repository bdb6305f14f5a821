//! Windows: half-open spans during which a vendor said something may happen, and the impact it stated; standing schedules
//! of them and their recurrence; sets of them to be asked often.
//!
//! Pure.

pub mod recurrence;
pub mod standing;

mod ahead;
mod impact;
mod planned;
mod schedule;
mod schedule_text;
mod set;
mod vtimezone;

pub use impact::{Impact, StatedObject, UnknownImpact};
pub use planned::{Reread, Role, Window, Written};
pub use schedule::{
    Change, Changed, Expansion, Length, MAX_CHANGES, MAX_WINDOW_DAYS, Occurrence, Schedule, ScheduleError,
    ScheduleParts,
};
pub use schedule_text::MAX_SCHEDULE_BYTES;
pub use set::{Boundary, WindowSet};
pub use vtimezone::{DefinedZone, MAX_OBSERVANCES, MAX_ONSETS, ZoneDefinition, ZoneFault};
