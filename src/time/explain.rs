//! What a time means in a zone, why, and what else it could mean: for people who doubt what we made of it.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Serialize;

use super::local::{ClockChange, LocalTime};
use super::moment::{MomentError, TypedTime, read_typed, typed_zone};
use super::zone::{Zone, Zones};

/// How far the clock changes before and after a time are looked for: every zone that changes its clocks does so within.
const HORIZON_DAYS: i64 = 400;

/// What a time means in a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The zone's name.
    pub zone: String,
    /// The zone as typed.
    pub typed_zone: String,
    /// Whether the zone is a bare offset, which follows no clock changes.
    pub fixed: bool,
    /// What was asked about.
    pub asked: Asked,
    /// The wall-clock time: as asked, or as the zone showed it at the instant asked about.
    pub local: NaiveDateTime,
    /// What the wall-clock time is.
    pub kind: LocalKind,
    /// The clock change that makes it a gap or a fold.
    pub change: Option<ChangeTold>,
    /// The instants it can be: of a local time the one preferred in a notice first, of an instant that one first.
    pub readings: Vec<Reading>,
    /// The last clock change before it, within 400 days.
    pub previous: Option<ChangeTold>,
    /// The first clock change after it, within 400 days.
    pub next: Option<ChangeTold>,
}

/// What was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// A wall-clock time.
    Local,
    /// An instant.
    Instant,
}

/// What a wall-clock time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalKind {
    /// One instant.
    Plain,
    /// The clocks jumped over it.
    Gap,
    /// The clocks showed it twice.
    Fold,
}

impl LocalTime {
    /// Without the instants.
    #[must_use]
    pub fn kind(&self) -> LocalKind {
        match self {
            Self::Unique(_) => LocalKind::Plain,
            Self::Gap { .. } => LocalKind::Gap,
            Self::Fold { .. } => LocalKind::Fold,
        }
    }
}

/// One instant that a time can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// What the zone's clocks show at it; in a gap another time than the one asked about.
    pub shown: NaiveDateTime,
    /// The offset in force at it, `+01:00`.
    pub offset: String,
    /// The abbreviation in force at it.
    pub abbreviation: String,
    /// How the time asked about came to be this instant.
    pub by: By,
}

/// How a wall-clock time becomes an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// There is no other way.
    Only,
    /// By the clock that had not been changed.
    OffsetBefore,
    /// By the clock that had been changed already.
    OffsetAfter,
    /// The first time that the clocks showed it.
    FirstPass,
    /// The second time.
    SecondPass,
}

/// A clock change as the wall clock showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeTold {
    /// The first instant of the new offset.
    pub at: DateTime<Utc>,
    /// The time the clocks were changed from.
    pub wall_before: NaiveDateTime,
    /// The time they were changed to.
    pub wall_after: NaiveDateTime,
    /// The offset until then, `+01:00`.
    pub offset_before: String,
    /// The offset from then on.
    pub offset_after: String,
    /// The abbreviation until then.
    pub abbreviation_before: String,
    /// The abbreviation from then on.
    pub abbreviation_after: String,
}

/// Explains a time as typed: RFC 3339, or a wall-clock time followed by `[Zone]` or read in `zone`.
///
/// An instant is shown on the zone's wall clock. Gaps and folds are no errors here: they are what is to be explained.
///
/// # Errors
/// [`MomentError`]: unreadable, without a zone, or in one that is unknown or means several.
pub fn explain(text: &str, zone: Option<&str>, zones: &Zones) -> Result<Explanation, MomentError> {
    let typed = read_typed(text)?;
    let name = typed.bracket.or(zone).ok_or_else(|| MomentError::NoZone { text: typed.time.to_owned() })?;
    let explained = match typed.value {
        TypedTime::Local(local) => of_local(local, &typed_zone(name, local, zones)?),
        TypedTime::Instant(instant) => of_instant(instant.to_utc(), &typed_zone(name, instant.naive_utc(), zones)?),
    };
    Ok(Explanation { typed_zone: name.trim().to_owned(), ..explained })
}

fn of_local(local: NaiveDateTime, zone: &Zone) -> Explanation {
    let resolved = zone.resolve(local);
    let (change, readings) = match resolved {
        LocalTime::Unique(instant) => (None, vec![reading(zone, instant, By::Only)]),
        LocalTime::Gap { earlier, later, change } => {
            (Some(change), vec![reading(zone, later, By::OffsetBefore), reading(zone, earlier, By::OffsetAfter)])
        }
        LocalTime::Fold { first, second, change } => {
            (Some(change), vec![reading(zone, first, By::FirstPass), reading(zone, second, By::SecondPass)])
        }
    };
    let (previous, next) = changes_around(zone, resolved.earlier(), resolved.later());
    Explanation {
        zone: zone.name().to_owned(),
        typed_zone: zone.name().to_owned(),
        fixed: zone.is_fixed(),
        asked: Asked::Local,
        local,
        kind: resolved.kind(),
        change: change.map(|change| told(zone, change)),
        readings,
        previous,
        next,
    }
}

fn of_instant(instant: DateTime<Utc>, zone: &Zone) -> Explanation {
    let mut explained = of_local(zone.local(instant).naive_local(), zone);
    explained.asked = Asked::Instant;
    explained.readings.sort_by_key(|reading| reading.instant != instant);
    (explained.previous, explained.next) = changes_around(zone, instant, instant);
    explained
}

fn reading(zone: &Zone, instant: DateTime<Utc>, by: By) -> Reading {
    Reading {
        instant,
        shown: zone.local(instant).naive_local(),
        offset: zone.offset_at(instant).to_string(),
        abbreviation: zone.abbreviation_at(instant),
        by,
    }
}

/// The last change at or before `from`, and the first after `until`.
fn changes_around(zone: &Zone, from: DateTime<Utc>, until: DateTime<Utc>) -> (Option<ChangeTold>, Option<ChangeTold>) {
    let horizon = TimeDelta::days(HORIZON_DAYS);
    let after = |start: DateTime<Utc>, end: Option<DateTime<Utc>>| {
        end.map_or_else(Vec::new, |end| zone.changes_between(start, end))
    };
    let before = from
        .checked_sub_signed(horizon)
        .map_or_else(Vec::new, |start| after(start, from.checked_add_signed(TimeDelta::seconds(1))));
    let ahead = after(until, until.checked_add_signed(horizon));
    (before.last().map(|change| told(zone, *change)), ahead.first().map(|change| told(zone, *change)))
}

fn told(zone: &Zone, change: ClockChange) -> ChangeTold {
    ChangeTold {
        at: change.at,
        wall_before: change.wall_before(),
        wall_after: change.wall_after(),
        offset_before: change.before.to_string(),
        offset_after: change.after.to_string(),
        abbreviation_before: zone.abbreviation_at(change.at - TimeDelta::seconds(1)),
        abbreviation_after: zone.abbreviation_at(change.at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: kind, then for each reading how, when, and what the clock shows.
    #[track_caller]
    fn check(text: &str, zone: &str, kind: LocalKind, expected: &[(By, &str, &str)]) -> Explanation {
        let explained = explain(text, Some(zone), &Zones::embedded()).expect("explained");
        let got: Vec<_> = explained
            .readings
            .iter()
            .map(|r| (r.by, r.instant.to_rfc3339(), format!("{} {}", r.shown.format("%H:%M"), r.abbreviation)))
            .collect();
        let utc = |text: &str| text.replace('Z', "+00:00");
        let expected: Vec<_> = expected.iter().map(|(by, at, shown)| (*by, utc(at), (*shown).to_owned())).collect();
        assert_eq!((explained.kind, got), (kind, expected), "{text} {zone}");
        explained
    }

    #[test]
    fn gaps_folds_and_plain_times() {
        let zone = "Europe/Amsterdam";
        let gap = [
            (By::OffsetBefore, "2017-03-26T01:31:00Z", "03:31 CEST"),
            (By::OffsetAfter, "2017-03-26T00:31:00Z", "01:31 CET"),
        ];
        let change = check("2017-03-26T02:31", zone, LocalKind::Gap, &gap).change.expect("a change");
        assert_eq!((change.abbreviation_before.as_str(), change.abbreviation_after.as_str()), ("CET", "CEST"));
        let fold = [
            (By::FirstPass, "2017-10-29T00:31:00Z", "02:31 CEST"),
            (By::SecondPass, "2017-10-29T01:31:00Z", "02:31 CET"),
        ];
        check("2017-10-29 02:31", zone, LocalKind::Fold, &fold);
        // An instant is one pass, and says that there was another.
        check("2017-10-29T01:31:00Z", zone, LocalKind::Fold, &[fold[1], fold[0]]);
        let plain =
            check("2017-07-01T12:00", zone, LocalKind::Plain, &[(By::Only, "2017-07-01T10:00:00Z", "12:00 CEST")]);
        let around = (plain.previous.expect("spring").at.to_rfc3339(), plain.next.expect("autumn").at.to_rfc3339());
        assert_eq!(around, ("2017-03-26T01:00:00+00:00".to_owned(), "2017-10-29T01:00:00+00:00".to_owned()));
        let fixed =
            check("2017-07-01T12:00", "GMT+1", LocalKind::Plain, &[(By::Only, "2017-07-01T11:00:00Z", "12:00 +01:00")]);
        assert!(fixed.fixed && fixed.previous.is_none() && fixed.next.is_none());
    }

    #[test]
    fn the_ends_of_the_calendar_are_explained_too() {
        for text in ["0001-01-01T00:00", "9999-12-31T23:59", "-9999-01-01T00:00", "262000-01-01T00:00:00"] {
            let _ = explain(text, Some("America/New_York"), &Zones::embedded());
        }
    }
}
