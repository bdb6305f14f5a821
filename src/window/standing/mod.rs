//! Standing windows as people write them: a TOML file with the zone, the days in words or as an RRULE, and the hours.
//!
//! ```toml
//! version = 1
//! vendor = "inex"
//! source = "inex.ie/technical/maintenance-windows"   # where the fact stands
//! source_read = "2026-11"                            # when it was read there
//! zone = "Europe/Dublin"                             # of every window that names none
//!
//! [[window]]
//! id = "week"
//! every = "Wednesday and Thursday"       # or rrule = "FREQ=WEEKLY;BYDAY=WE,TH", one or a list of them
//! from = "00:00"
//! to = "04:00"                           # at or before `from` it is the next day; "24:00" is allowed
//! # days_later = 2                       # `to` is of the day so much later: Friday 22:00 to Sunday 06:00
//! # length = "4 h"                       # instead of `to`: so long on every night, whatever the clocks do
//! since = 2026-11-01                     # the first day it can fall on
//! until = 2027-12-31                     # the last one
//! except = [2026-12-24]                  # days on which it does not fall
//! start_inside = true                    # work starts inside and may run past the end …
//! start_inside_max = "4 h"               # … for so long at most
//! counts = "with-notice"                 # only says when a notice may fall; "alone" (default): announces by itself
//! contingency = true                     # kept in reserve
//! slot = "30 min"                        # each account has so long somewhere in it; nobody knows where
//! gaps = "skip"                          # a start that the clocks leap over: "shift" (default), "skip" or "reject"
//! known_from = 2026-11-20T00:00:00Z      # it counts for nothing before
//! assets = ["elasticache"]               # whom it is for, in the vendor's words
//! sites = ["eu-west-3"]
//! class = "disruptive"                   # which work
//! impact = "NO-IMPACT"                   # what the vendor says it does
//! note = "one sentence for people"
//! ```
//!
//! A zone is a name of IANA, or a table that says what the vendor wrote and why it is read so: an abbreviation such as
//! `PST` must be declared to mean a region, whose clock changes it follows, or an offset literally:
//! `zone = { written = "PST", region = "America/Los_Angeles", because = "…" }`, or `literal = "-08:00"` in place of the
//! region. `zone = "asset"` is the zone of the place where the asset stands.
//!
//! In place of all that, `ics` holds lines of RFC 5545 (DTSTART with TZID, DTEND or DURATION, RRULE, RDATE, EXDATE).

mod days;
mod hours;
mod read;
mod spoken;
mod when;

#[cfg(test)]
mod tests;

pub use days::{Days, DaysError, MAX_DAYS_BYTES};
pub use hours::Hours;
pub use read::{MAX_STANDING, MAX_STANDING_BYTES};
pub use when::When;

use chrono::TimeDelta;

use super::impact::Impact;
use super::schedule::Length;
use crate::names::VendorId;
use crate::time::{Zone, shown_length};
use crate::written::Problem;

/// How far work may run past the end of a window it only starts in, where the vendor does not say: 4 hours, in seconds.
pub const START_INSIDE_SECONDS: i64 = 4 * 3600;

/// A file of standing windows, checked.
#[derive(Debug, Clone)]
pub struct StandingFile {
    /// Whose windows.
    pub vendor: VendorId,
    /// Where the facts stand.
    pub source: String,
    /// When they were read there: a month (`2026-11`) or a day.
    pub source_read: Option<String>,
    /// A remark for people on all of them.
    pub note: Option<String>,
    /// The windows, in the order of the file; no id twice.
    pub windows: Vec<Standing>,
    /// What is allowed and may not be meant.
    pub warnings: Vec<Problem>,
}

/// One standing window.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its name within the file.
    pub id: String,
    /// Whose it is.
    pub vendor: VendorId,
    /// The days as they were written.
    pub days: DaysGiven,
    /// The hours; of lines of RFC 5545 they are in these.
    pub hours: Option<Hours>,
    /// The zone, with why it is this one.
    pub zone: ZoneGiven,
    /// When it falls, and since when it is known.
    pub when: When,
    /// Whether it is an announcement by itself.
    pub counts: Counts,
    /// Where the work may lie.
    pub work: Work,
    /// Whether the vendor means to use it.
    pub reserve: Reserve,
    /// So long is each account's own part, somewhere in the window.
    pub slot: Option<TimeDelta>,
    /// Whom it is for.
    pub applies_to: AppliesTo,
    /// Which work is done in it, in the vendor's words.
    pub class: Option<String>,
    /// What the vendor says it does.
    pub impact: Option<Impact>,
    /// A remark for people.
    pub note: Option<String>,
}

impl Standing {
    /// `every second Tuesday of the month, 18:00 to 21:00 (3 h), America/Los_Angeles for “PST”`.
    #[must_use]
    pub fn days_and_hours(&self) -> String {
        let days = match &self.days {
            DaysGiven::Every(days) => format!("every {days}"),
            DaysGiven::Rules(rules) => format!("by {}", rules.join(" and ")),
            DaysGiven::Lines => "by lines of RFC 5545".to_owned(),
        };
        let hours = self.hours.map(|hours| match hours.length {
            Length::WallClock(seconds) => {
                format!(", {hours} ({})", shown_length(TimeDelta::seconds(i64::from(seconds))))
            }
            Length::Exact(_) | Length::Duration(_) | Length::Days(_) => format!(", {hours}"),
        });
        let zone = self.zone.zone.as_ref().map_or("the zone of the asset", |zone| zone.name());
        let written = self.zone.written.as_ref().map(|written| format!(" for “{written}”")).unwrap_or_default();
        format!("{days}{}, {zone}{written}", hours.unwrap_or_default())
    }
}

/// The days of a window as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DaysGiven {
    /// In words.
    Every(Days),
    /// As RRULE.
    Rules(Vec<String>),
    /// In lines of RFC 5545, with the hours.
    Lines,
}

/// The zone of a window and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneGiven {
    /// The zone whose wall clock is meant; none is that of the place where the asset stands.
    pub zone: Option<Zone>,
    /// What the vendor wrote, where that is something else.
    pub written: Option<String>,
    /// Why it is read so.
    pub because: Option<String>,
}

/// Whether a window is an announcement by itself (DESIGN.md section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counts {
    /// It is.
    #[default]
    Alone,
    /// It only says when a notice may fall.
    WithNotice,
}

/// Where the work may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// All of it inside.
    Inside,
    /// It starts inside and may run past the end.
    StartsInside {
        /// For so long at most.
        max: TimeDelta,
    },
}

/// Whether the vendor means to use a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// It does.
    Planned,
    /// Only when another window was not enough.
    Contingency,
}

/// Whom a window is for, in the vendor's words; both empty is everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppliesTo {
    /// Assets or services.
    pub assets: Vec<String>,
    /// Sites or regions.
    pub sites: Vec<String>,
}
