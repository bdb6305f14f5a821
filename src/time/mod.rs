//! Instants, intervals and zones: what a local time means, and what else it could mean.
//!
//! Pure: no function here reads a clock or the host's zone. Rules of zones come from a [`ZoneSource`].

mod abbreviation;
mod clock;
mod elapsed;
mod explain;
mod instant;
mod interval;
mod length;
mod local;
mod made;
mod moment;
mod month;
mod span;
mod wall;
mod windows_zones;
mod zone;
mod zone_text;

pub use abbreviation::Abbreviations;
pub use clock::Clock;
pub use elapsed::{BadLength, MAX_LENGTH_DAYS, parse_length, shown_length};
pub use explain::{Asked, By, ChangeTold, Explanation, LocalKind, Reading, explain};
pub use instant::plain_instant;
pub(crate) use instant::{instant, maybe_instant};
pub use interval::{EmptyInterval, Interval, shifted};
pub use length::Length;
pub use local::{ClockChange, LocalTime, Readings};
pub use made::MAX_OFFSETS;
pub use moment::{MomentError, parse_moment, read_local, read_wall_end};
pub use month::{BadMonth, Month, earliest};
pub use span::{EndDate, Span, TimeFlag, local_days, resolve_from, resolve_span, resolve_written, wall_clock};
pub use wall::{NoSpan, WallEnd, WallSpan, ZoneByName, is_fixed_zone};
pub use zone::{Embedded, MAX_TZIF_BYTES, RulesOrigin, RulesVersion, UnknownZone, Zone, ZoneSource, Zones};
pub use zone_text::{ZoneText, read_zone_text};
