//! What a local date and time can be: one instant, none, or two.

use chrono::{DateTime, FixedOffset, Utc};

use super::span::TimeFlag;

/// A change of a zone's offset: clocks jump forward (gap) or back (fold).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockChange {
    /// The first instant at which the new offset holds.
    pub at: DateTime<Utc>,
    /// The offset until then.
    pub before: FixedOffset,
    /// The offset from then on.
    pub after: FixedOffset,
}

impl ClockChange {
    /// The wall clock at the change by the old offset, which the jump starts from (02:00 on a March night).
    #[must_use]
    pub fn wall_before(&self) -> chrono::NaiveDateTime {
        self.at.with_timezone(&self.before).naive_local()
    }

    /// The wall clock at the change by the new offset, which the jump lands on (03:00 on a March night).
    #[must_use]
    pub fn wall_after(&self) -> chrono::NaiveDateTime {
        self.at.with_timezone(&self.after).naive_local()
    }
}

/// The instants a local date and time could be. Somebody must match all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalTime {
    /// Exactly one instant.
    Unique(DateTime<Utc>),
    /// The clocks jumped over it.
    Gap {
        /// Read with the offset after the jump.
        earlier: DateTime<Utc>,
        /// Read with the offset before the jump; RFC 5545 section 3.3.5 prefers this one.
        later: DateTime<Utc>,
        /// The jump.
        change: ClockChange,
    },
    /// The clocks showed it twice.
    Fold {
        /// The first pass, with the offset before the change; RFC 5545 section 3.3.5 prefers this one.
        first: DateTime<Utc>,
        /// The second pass, an hour later in most zones.
        second: DateTime<Utc>,
        /// The change.
        change: ClockChange,
    },
}

/// What a local time means, and what else it could mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readings {
    /// The instant meant (DESIGN.md 4.3).
    pub preferred: DateTime<Utc>,
    /// The other one that the words allow.
    pub other: Option<DateTime<Utc>>,
    /// What had to be decided.
    pub flag: Option<TimeFlag>,
}

impl Readings {
    /// A time that needs no zone to be an instant.
    #[must_use]
    pub fn certain(instant: DateTime<Utc>) -> Self {
        Self { preferred: instant, other: None, flag: None }
    }

    /// All instants meant: the preferred first.
    pub fn all(self) -> impl Iterator<Item = DateTime<Utc>> + Clone {
        [Some(self.preferred), self.other].into_iter().flatten()
    }
}

impl LocalTime {
    /// The first of the instants: in a gap read with the offset after the jump, in a fold the first pass.
    #[must_use]
    pub fn earlier(&self) -> DateTime<Utc> {
        match self {
            Self::Unique(instant) => *instant,
            Self::Gap { earlier, .. } => *earlier,
            Self::Fold { first, .. } => *first,
        }
    }

    /// The last of the instants: in a gap read with the offset before the jump, in a fold the second pass.
    #[must_use]
    pub fn later(&self) -> DateTime<Utc> {
        match self {
            Self::Unique(instant) => *instant,
            Self::Gap { later, .. } => *later,
            Self::Fold { second, .. } => *second,
        }
    }

    /// The instant that RFC 5545 section 3.3.5 means: by the offset before the change.
    #[must_use]
    pub fn compatible(&self) -> DateTime<Utc> {
        self.readings(None).preferred
    }

    /// The preferred instant and the other one: in a gap by the offset before the jump, in a fold the first pass unless
    /// `given` is the offset of the second (DESIGN.md 4.3).
    #[must_use]
    pub fn readings(&self, given: Option<FixedOffset>) -> Readings {
        match *self {
            Self::Unique(instant) => Readings::certain(instant),
            Self::Gap { earlier, later, .. } => {
                Readings { preferred: later, other: Some(earlier), flag: Some(TimeFlag::NonexistentLocalTime) }
            }
            Self::Fold { first, second, change } => {
                let (preferred, other) = if given == Some(change.after) { (second, first) } else { (first, second) };
                Readings { preferred, other: Some(other), flag: Some(TimeFlag::AmbiguousLocalTime) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDateTime, Utc};

    use super::LocalTime;
    use crate::time::Zones;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a test instant is RFC 3339")
    }

    /// `expected` lists the instants: one for unique, earlier and later for a gap, first and second for a fold.
    #[track_caller]
    fn check(zone: &str, local: &str, kind: &str, expected: &[&str]) {
        let zone = Zones::embedded().get(zone).expect("a test zone exists");
        let local: NaiveDateTime = local.parse().expect("a test time is readable");
        let (got_kind, got) = match zone.resolve(local) {
            LocalTime::Unique(instant) => ("unique", vec![instant]),
            LocalTime::Gap { earlier, later, .. } => ("gap", vec![earlier, later]),
            LocalTime::Fold { first, second, .. } => ("fold", vec![first, second]),
        };
        assert_eq!((got_kind, got), (kind, expected.iter().map(|t| utc(t)).collect()), "{local} {zone:?}");
    }

    #[test]
    fn the_second_before_at_and_after_each_change() {
        let zone = "Europe/Amsterdam";
        check(zone, "2017-03-26T01:59:59", "unique", &["2017-03-26T00:59:59Z"]);
        check(zone, "2017-03-26T02:00:00", "gap", &["2017-03-26T00:00:00Z", "2017-03-26T01:00:00Z"]);
        check(zone, "2017-03-26T02:31:00", "gap", &["2017-03-26T00:31:00Z", "2017-03-26T01:31:00Z"]);
        check(zone, "2017-03-26T02:59:59", "gap", &["2017-03-26T00:59:59Z", "2017-03-26T01:59:59Z"]);
        check(zone, "2017-03-26T03:00:00", "unique", &["2017-03-26T01:00:00Z"]);
        check(zone, "2017-10-29T01:59:59", "unique", &["2017-10-28T23:59:59Z"]);
        check(zone, "2017-10-29T02:00:00", "fold", &["2017-10-29T00:00:00Z", "2017-10-29T01:00:00Z"]);
        check(zone, "2017-10-29T02:59:59", "fold", &["2017-10-29T00:59:59Z", "2017-10-29T01:59:59Z"]);
        check(zone, "2017-10-29T03:00:00", "unique", &["2017-10-29T02:00:00Z"]);
        check("Australia/Lord_Howe", "2024-10-06T02:15:00", "gap", &["2024-10-05T15:15:00Z", "2024-10-05T15:45:00Z"]);
        check("America/Havana", "2024-03-10T00:30:00", "gap", &["2024-03-10T04:30:00Z", "2024-03-10T05:30:00Z"]);
        check("Asia/Tokyo", "2017-03-26T02:31:00", "unique", &["2017-03-25T17:31:00Z"]);
    }

    #[test]
    fn a_gap_names_the_jump() {
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
        let LocalTime::Gap { change, .. } = zone.resolve("2017-03-26T02:31:00".parse().expect("readable")) else {
            panic!("02:31 does not exist that night")
        };
        assert_eq!(change.at, utc("2017-03-26T01:00:00Z"));
        assert_eq!(change.wall_before().to_string(), "2017-03-26 02:00:00");
        assert_eq!(change.wall_after().to_string(), "2017-03-26 03:00:00");
    }
}
