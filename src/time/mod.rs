//! Instants, intervals and zones: what a local time means, and what else it could mean.
//!
//! Pure: no function here reads a clock or the host's zone. Rules of zones come from a [`ZoneSource`].

mod clock;
mod interval;
mod local;
mod moment;
mod span;
mod zone;
mod zone_text;

pub use clock::Clock;
pub use interval::{EmptyInterval, Interval, shifted};
pub use local::{ClockChange, LocalTime};
pub use moment::{MomentError, parse_moment};
pub use span::{Span, TimeFlag, local_days, resolve_span, wall_clock};
pub use zone::{Embedded, MAX_TZIF_BYTES, RulesOrigin, RulesVersion, UnknownZone, Zone, ZoneSource, Zones};
pub use zone_text::{ZoneText, read_zone_text};
