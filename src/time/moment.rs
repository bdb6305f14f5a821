//! An instant as a user types it: RFC 3339, or a local time with a zone.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::local::LocalTime;
use super::span::wall_clock;
use super::wall::WallEnd;
use super::zone::{UnknownZone, Zone, Zones};
use super::zone_text::{ZoneText, read_zone_text};

/// Why a typed time is no instant. What does not exist is refused with its neighbours named, never shifted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// Neither RFC 3339 nor a local time.
    #[error("`{text}` is no time")]
    Unreadable {
        /// As typed.
        text: String,
    },
    /// A local time, and nobody said where.
    #[error("`{text}` has no offset and no zone")]
    NoZone {
        /// As typed.
        text: String,
    },
    /// A zone that no source knows.
    #[error(transparent)]
    UnknownZone(#[from] UnknownZone),
    /// An abbreviation, which may mean several zones.
    #[error("`{letters}` is an abbreviation, not a zone")]
    Abbreviation {
        /// In capitals.
        letters: String,
        /// For each offset it stands for, a zone that shows it: `Europe/Dublin (+01:00)`.
        shown: Vec<String>,
    },
    /// An offset that the zone beside it did not have then (RFC 9557 section 3.4).
    #[error("{time} is not in {zone}, where the clock showed {shown}")]
    OtherOffset {
        /// The time with its offset as typed.
        time: String,
        /// The zone's name.
        zone: String,
        /// The same instant there, RFC 3339.
        shown: String,
    },
    /// The clocks jumped over it.
    #[error("{local} does not exist in {zone}: clocks jumped from {jump_from} to {jump_to} at {at}")]
    Nonexistent {
        /// The wall-clock time as read.
        local: String,
        /// The zone's name.
        zone: String,
        /// Wall clock before the jump.
        jump_from: String,
        /// Wall clock after the jump.
        jump_to: String,
        /// The jump itself, RFC 3339 in UTC.
        at: String,
        /// The two instants that may be meant, RFC 3339 with their offsets: by the offset before, by the one after.
        neighbours: [String; 2],
    },
    /// The clocks showed it twice.
    #[error("{local} happened twice in {zone}: {first} and {second}")]
    Ambiguous {
        /// The wall-clock time as read.
        local: String,
        /// The zone's name.
        zone: String,
        /// The first pass, RFC 3339.
        first: String,
        /// The second pass, RFC 3339.
        second: String,
    },
}

impl MomentError {
    /// What the user can type instead.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "write it like 2017-03-26T01:00:00Z, or 2017-03-26T01:00 with --zone or [Europe/Amsterdam]".into()
            }
            Self::NoZone { text } => format!("write `{text}Z` for UTC, or `{text}[Europe/Amsterdam]`, or give --zone"),
            Self::UnknownZone(_) => "use an IANA name such as Europe/Amsterdam, or UTC".into(),
            Self::Abbreviation { shown, .. } => format!("name the zone; clocks show it in {}", shown.join(", ")),
            Self::OtherOffset { shown, .. } => format!("write {shown}, or leave out the offset or the zone"),
            Self::Nonexistent { neighbours, .. } => {
                format!("did you mean {} (the clock that had not been changed) or {}?", neighbours[0], neighbours[1])
            }
            Self::Ambiguous { first, second, .. } => format!("write which of the two: {first} or {second}"),
        }
    }
}

/// Reads an instant: RFC 3339, or a local date and time followed by `[Zone]` or read in `default_zone`.
///
/// # Errors
/// [`MomentError`]: unreadable, without a zone, in an unknown zone, nonexistent or ambiguous there.
pub fn parse_moment(text: &str, default_zone: Option<&str>, zones: &Zones) -> Result<DateTime<Utc>, MomentError> {
    Ok(read_end(text, default_zone, zones)?.0)
}

/// What was typed for an instant, as other zone rules can read it again: a local time keeps its zone, an offset wins.
///
/// # Errors
/// As [`parse_moment`].
pub fn read_wall_end(text: &str, default_zone: Option<&str>, zones: &Zones) -> Result<WallEnd, MomentError> {
    Ok(read_end(text, default_zone, zones)?.1)
}

fn read_end(text: &str, default_zone: Option<&str>, zones: &Zones) -> Result<(DateTime<Utc>, WallEnd), MomentError> {
    let typed = read_typed(text)?;
    let at = match (typed.value, typed.bracket) {
        (TypedTime::Instant(instant), None) => instant.to_utc(),
        (TypedTime::Instant(instant), Some(zone)) => agreeing(typed.time, instant, &zones.get(zone)?)?,
        (TypedTime::Local(local), bracket) => {
            let name = bracket.or(default_zone).ok_or_else(|| MomentError::NoZone { text: typed.time.to_owned() })?;
            let zone = typed_zone(name, local, zones)?;
            let at = in_zone(local, &zone)?;
            return Ok((at, WallEnd::Local { local, zone: zone.name().to_owned(), abbreviation: None }));
        }
    };
    Ok((at, WallEnd::Instant { at }))
}

/// A time as typed, before any zone is applied.
pub(super) struct Typed<'a> {
    /// Without the zone behind it.
    pub(super) time: &'a str,
    /// The zone in brackets behind it.
    pub(super) bracket: Option<&'a str>,
    pub(super) value: TypedTime,
}

pub(super) enum TypedTime {
    Instant(DateTime<FixedOffset>),
    Local(NaiveDateTime),
}

pub(super) fn read_typed(text: &str) -> Result<Typed<'_>, MomentError> {
    let trimmed = text.trim();
    let (time, bracket) = match trimmed.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((time, zone)) => (time.trim(), Some(zone)),
        None => (trimmed, None),
    };
    let value = match parse_instant(time) {
        Some(instant) => TypedTime::Instant(instant),
        None => TypedTime::Local(read_local(time).ok_or_else(|| MomentError::Unreadable { text: trimmed.to_owned() })?),
    };
    Ok(Typed { time, bracket, value })
}

/// A zone as a user types it. An abbreviation is refused, though IANA may have it for a name: whoever types `EST` for a
/// day in July should say whether New York or Panama is meant.
pub(super) fn typed_zone(name: &str, near: NaiveDateTime, zones: &Zones) -> Result<Zone, MomentError> {
    match read_zone_text(name, zones) {
        ZoneText::Region(zone) => Ok(zone),
        ZoneText::Offset(offset) => Ok(Zone::fixed(offset)),
        ZoneText::Unknown(_) => Ok(zones.get(name)?),
        ZoneText::Abbreviation(letters) => {
            let shown = zones.showing(&letters, near.and_utc());
            if shown.is_empty() { Ok(zones.get(name)?) } else { Err(MomentError::Abbreviation { letters, shown }) }
        }
    }
}

/// RFC 3339, also with a blank for the `T` and without seconds; with a `Z` a date alone too, and `24:00`.
fn parse_instant(time: &str) -> Option<DateTime<FixedOffset>> {
    let time = time.replacen(' ', "T", 1);
    let without_seconds = || DateTime::parse_from_str(&time, "%Y-%m-%dT%H:%M%#z").ok();
    let in_utc = || Some(read_local(time.strip_suffix(['Z', 'z'])?)?.and_utc().fixed_offset());
    let instant = DateTime::parse_from_rfc3339(&time).ok().or_else(without_seconds).or_else(in_utc)?;
    RFC_3339_YEARS.contains(&instant.year()).then_some(instant)
}

/// An instant whose offset is the one that the zone had; `Z` goes with every zone.
fn agreeing(time: &str, instant: DateTime<FixedOffset>, zone: &Zone) -> Result<DateTime<Utc>, MomentError> {
    let utc = instant.with_timezone(&Utc);
    if time.ends_with(['Z', 'z']) || zone.offset_at(utc) == *instant.offset() {
        return Ok(utc);
    }
    let shown = zone.local(utc).to_rfc3339();
    Err(MomentError::OtherOffset { time: time.to_owned(), zone: zone.name().to_owned(), shown })
}

/// The years that RFC 3339 can write; no zone has rules for others.
const RFC_3339_YEARS: std::ops::RangeInclusive<i32> = 0..=9999;

/// A local date and time as ISO 8601 writes it, or a date alone for its midnight; `24:00` is the next one. None for
/// anything else, and for what has an offset.
#[must_use]
pub fn read_local(text: &str) -> Option<NaiveDateTime> {
    let text = text.replacen(' ', "T", 1);
    if let Some(date) = text.strip_suffix("T24:00").or_else(|| text.strip_suffix("T24:00:00")) {
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok().filter(|d| RFC_3339_YEARS.contains(&d.year()))?;
        return wall_clock(date, 24, 0, 0);
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .or_else(|| Some(NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))
        .filter(|local| RFC_3339_YEARS.contains(&local.year()))
}

fn in_zone(local: NaiveDateTime, zone: &Zone) -> Result<DateTime<Utc>, MomentError> {
    let written = local.format("%Y-%m-%dT%H:%M:%S").to_string();
    let with_offset = |instant: DateTime<Utc>| zone.local(instant).to_rfc3339();
    match zone.resolve(local) {
        LocalTime::Unique(instant) => Ok(instant),
        LocalTime::Gap { earlier, later, change } => Err(MomentError::Nonexistent {
            local: written,
            zone: zone.name().to_owned(),
            jump_from: change.wall_before().format("%H:%M").to_string(),
            jump_to: change.wall_after().format("%H:%M").to_string(),
            at: change.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            neighbours: [with_offset(later), with_offset(earlier)],
        }),
        LocalTime::Fold { first, second, .. } => Err(MomentError::Ambiguous {
            local: written,
            zone: zone.name().to_owned(),
            first: with_offset(first),
            second: with_offset(second),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, zone: Option<&str>, expected: Result<&str, &str>) {
        let got = parse_moment(text, zone, &Zones::embedded());
        assert_eq!(
            got.map(|t| t.to_rfc3339()).map_err(|e| e.to_string()),
            expected.map(str::to_owned).map_err(str::to_owned),
            "{text}"
        );
    }

    #[test]
    fn typed_times() {
        check("2017-03-25T19:00:00Z", None, Ok("2017-03-25T19:00:00+00:00"));
        check("2017-03-25 20:00:00+01:00", None, Ok("2017-03-25T19:00:00+00:00"));
        // What the help for a time without a zone proposes, and what people type.
        check("2017-03-25T19:00Z", None, Ok("2017-03-25T19:00:00+00:00"));
        check("2017-03-25 20:00+01:00", None, Ok("2017-03-25T19:00:00+00:00"));
        check("2017-03-25Z", None, Ok("2017-03-25T00:00:00+00:00"));
        check("Z", None, Err("`Z` is no time"));
        check("2017-03-25T20:00", Some("Europe/Amsterdam"), Ok("2017-03-25T19:00:00+00:00"));
        check("2017-03-25T20:00[Europe/Amsterdam]", Some("Asia/Tokyo"), Ok("2017-03-25T19:00:00+00:00"));
        check("2017-03-25", Some("Europe/Amsterdam"), Ok("2017-03-24T23:00:00+00:00"));
        check("2017-03-25T20:00Z", None, Ok("2017-03-25T20:00:00+00:00"));
        check("2017-03-25T24:00", Some("Europe/Amsterdam"), Ok("2017-03-25T23:00:00+00:00"));
        check("2017-03-25T20:00", Some("GMT+1"), Ok("2017-03-25T19:00:00+00:00"));
        check("2017-03-25T20:00[W. Europe Standard Time]", None, Ok("2017-03-25T19:00:00+00:00"));
        check("2017-10-29T02:31+01:00[Europe/Amsterdam]", None, Ok("2017-10-29T01:31:00+00:00"));
        check("2017-10-29T01:31Z[Europe/Amsterdam]", None, Ok("2017-10-29T01:31:00+00:00"));
        check(
            "2017-07-01T12:00+01:00[Europe/Amsterdam]",
            None,
            Err("2017-07-01T12:00+01:00 is not in Europe/Amsterdam, where the clock showed 2017-07-01T13:00:00+02:00"),
        );
        check("2017-03-25T20:00", None, Err("`2017-03-25T20:00` has no offset and no zone"));
        check("9999-12-31T23:59:59Z", None, Ok("9999-12-31T23:59:59+00:00"));
        check("+262142-12-31T23:59:59", Some("UTC"), Err("`+262142-12-31T23:59:59` is no time"));
        check("+262142-12-31T23:59Z", None, Err("`+262142-12-31T23:59Z` is no time"));
        check("+10000-01-01", Some("Asia/Tokyo"), Err("`+10000-01-01` is no time"));
        check("+262142-12-31T24:00", Some("UTC"), Err("`+262142-12-31T24:00` is no time"));
        check("yesterday", None, Err("`yesterday` is no time"));
        check(
            "2017-03-26T02:31",
            Some("Europe/Amsterdam"),
            Err(
                "2017-03-26T02:31:00 does not exist in Europe/Amsterdam: clocks jumped from 02:00 to 03:00 at 2017-03-26T01:00:00Z",
            ),
        );
        check(
            "2017-10-29T02:31",
            Some("Europe/Amsterdam"),
            Err(
                "2017-10-29T02:31:00 happened twice in Europe/Amsterdam: 2017-10-29T02:31:00+02:00 and 2017-10-29T02:31:00+01:00",
            ),
        );
    }

    #[test]
    fn an_abbreviation_is_refused_with_the_zones_that_show_it() {
        let help = |text: &str| parse_moment(text, None, &Zones::embedded()).expect_err("no zone").help();
        assert_eq!(
            help("2026-07-01T12:00[IST]"),
            "name the zone; clocks show it in Asia/Kolkata (+05:30), Asia/Jerusalem (+02:00), Europe/Dublin (+01:00)"
        );
        assert_eq!(help("2026-07-01T12:00[est]"), "name the zone; clocks show it in America/New_York (-05:00)");
        assert_eq!(help("2026-07-01T12:00[XYZ]"), "use an IANA name such as Europe/Amsterdam, or UTC");
    }

    #[test]
    fn a_time_that_does_not_exist_names_its_neighbours() {
        let error = parse_moment("2017-03-26T02:31[Europe/Amsterdam]", None, &Zones::embedded()).expect_err("a gap");
        assert_eq!(
            error.help(),
            "did you mean 2017-03-26T03:31:00+02:00 (the clock that had not been changed) or 2017-03-26T01:31:00+01:00?"
        );
    }
}
