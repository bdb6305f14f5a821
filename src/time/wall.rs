//! A span as words give it, before zone rules make instants of it: what other rules can read again (DESIGN.md 4.9).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::length::Length;
use super::local::Readings;
use super::span::{EndDate, Span, TimeFlag, local_days, resolve_from, resolve_written};
use super::zone::{UnknownZone, Zone, Zones};

/// A span on wall clocks. Zones are named as [`Zone::name`] names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "given", rename_all = "kebab-case")]
pub enum WallSpan {
    /// Whole local days, both included.
    Days {
        /// The first.
        first: NaiveDate,
        /// The last.
        last: NaiveDate,
        /// Where.
        zone: String,
    },
    /// Two times of one clock.
    Clock {
        /// The start.
        start: NaiveDateTime,
        /// The end, with the date it was written with or borrowed.
        end: NaiveDateTime,
        /// Which of the two.
        end_date: EndDate,
        /// Where.
        zone: String,
        /// The zone as written: an abbreviation picks one of the times that a clock shows twice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        abbreviation: Option<String>,
    },
    /// A time, and how long from it.
    Lasting {
        /// The start.
        start: NaiveDateTime,
        /// For how long.
        length: Length,
        /// Where.
        zone: String,
    },
    /// Two ends that are each understood on their own.
    Ends {
        /// The start.
        start: WallEnd,
        /// The end.
        end: WallEnd,
    },
}

/// One end of a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "given", rename_all = "kebab-case")]
pub enum WallEnd {
    /// A time that needs no zone to be an instant.
    Instant {
        /// It.
        at: DateTime<Utc>,
    },
    /// A time of a clock.
    Local {
        /// What the clock shows.
        local: NaiveDateTime,
        /// Where.
        zone: String,
        /// The zone as written, as in [`WallSpan::Clock`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        abbreviation: Option<String>,
    },
}

/// Why a span on wall clocks is no interval by the rules in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSpan {
    /// The rules have no such zone.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// The end is not after the start, or lies beyond the calendar.
    #[error("the end is not after the start")]
    Empty,
}

/// A zone by the name that [`Zone::name`] gives.
pub type ZoneByName<'z> = dyn Fn(&str) -> Result<Zone, UnknownZone> + 'z;

impl WallSpan {
    /// The interval that the words mean by these rules, with what had to be decided (DESIGN.md 4.3 to 4.7).
    ///
    /// # Errors
    /// [`NoSpan`].
    pub fn resolve(&self, zones: &Zones) -> Result<Span, NoSpan> {
        self.resolve_by(&|name| zone_of(name, zones))
    }

    /// The same, with zones from elsewhere: a calendar may define its own.
    ///
    /// # Errors
    /// [`NoSpan`].
    pub fn resolve_by(&self, zone_of: &ZoneByName<'_>) -> Result<Span, NoSpan> {
        let span = match self {
            Self::Days { first, last, zone } => local_days(*first, *last, &zone_of(zone)?),
            Self::Clock { start, end, end_date, zone, abbreviation } => {
                let zone = zone_of(zone)?;
                let given = abbreviation.as_deref().and_then(|written| zone.offset_of_pass(written, *start));
                let span = resolve_written(*start, (*end, *end_date), &zone, given);
                span.map(|span| in_season(span, abbreviation.as_deref(), &zone))
            }
            Self::Lasting { start, length, zone } => resolve_from(*start, *length, &zone_of(zone)?, None),
            Self::Ends { start, end } => {
                let span = Span::between(start.readings(zone_of)?, end.readings(zone_of)?);
                match start {
                    WallEnd::Instant { .. } => span,
                    WallEnd::Local { zone, abbreviation, .. } => {
                        let zone = zone_of(zone)?;
                        span.map(|span| in_season(span, abbreviation.as_deref(), &zone))
                    }
                }
            }
        };
        span.ok_or(NoSpan::Empty)
    }

    /// The day that the clock shows at the start.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        match self {
            Self::Days { first, .. } => Some(*first),
            Self::Clock { start, .. } | Self::Lasting { start, .. } => Some(start.date()),
            Self::Ends { .. } => None,
        }
    }

    /// The day that the clock shows at the end, as far as it is written.
    #[must_use]
    pub fn last_day(&self) -> Option<NaiveDate> {
        match self {
            Self::Days { last, .. } => Some(*last),
            Self::Clock { end, .. } => Some(end.date()),
            Self::Lasting { .. } | Self::Ends { .. } => None,
        }
    }

    /// Whether no rules are needed: instants, UTC and bare offsets mean the same whatever a country does to its clocks.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Days { zone, .. } | Self::Clock { zone, .. } | Self::Lasting { zone, .. } => is_fixed_zone(zone),
            Self::Ends { start, end } => start.is_fixed() && end.is_fixed(),
        }
    }
}

impl WallEnd {
    fn readings(&self, zone_of: &ZoneByName<'_>) -> Result<Readings, UnknownZone> {
        match self {
            Self::Instant { at } => Ok(Readings::certain(*at)),
            Self::Local { local, zone, abbreviation } => {
                let zone = zone_of(zone)?;
                let given = abbreviation.as_deref().and_then(|written| zone.offset_of_pass(written, *local));
                Ok(zone.resolve(*local).readings(given))
            }
        }
    }

    fn is_fixed(&self) -> bool {
        match self {
            Self::Instant { .. } => true,
            Self::Local { zone, .. } => is_fixed_zone(zone),
        }
    }
}

/// Whether a zone, by its name, never changes its clocks: UTC, a bare offset, or IANA's area for those.
#[must_use]
pub fn is_fixed_zone(name: &str) -> bool {
    name == Zone::utc().name() || name.starts_with(['+', '-']) || name.starts_with("Etc/")
}

/// The zone that [`Zone::name`] named.
fn zone_of(name: &str, zones: &Zones) -> Result<Zone, UnknownZone> {
    if name == Zone::utc().name() { Ok(Zone::utc()) } else { zones.get(name) }
}

/// Flags an abbreviation that the region shows at another time of the year.
fn in_season(mut span: Span, abbreviation: Option<&str>, zone: &Zone) -> Span {
    if abbreviation.is_some_and(|written| zone.is_out_of_season(written, span.interval.start())) {
        span.flags.push(TimeFlag::AbbreviationOutOfSeason);
        span.flags.sort_unstable();
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().expect("a test time")
    }

    /// Whether rules are needed to resolve a span.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Rules {
        Needed,
        Not,
    }

    /// `expected`: start and end, or why there is none.
    #[track_caller]
    fn check(span: &WallSpan, rules: Rules, expected: Result<(&str, &str), &str>) {
        let resolved = span.resolve(&Zones::embedded());
        let got = resolved.map(|span| (span.interval.start().to_rfc3339(), span.interval.end().to_rfc3339()));
        let utc = |text: &str| text.replace('Z', "+00:00");
        let expected = expected.map(|(start, end)| (utc(start), utc(end))).map_err(str::to_owned);
        assert_eq!(got.map_err(|error| error.to_string()), expected, "{span:?}");
        let needs = if span.is_fixed() { Rules::Not } else { Rules::Needed };
        assert_eq!(needs, rules, "{span:?}");
        let stored = serde_json::to_string(span).expect("serializes");
        assert_eq!(&serde_json::from_str::<WallSpan>(&stored).expect("reads back"), span);
    }

    #[test]
    fn each_way_of_giving_a_span_is_resolved_and_kept() {
        let amsterdam = || "Europe/Amsterdam".to_owned();
        let date = |text: &str| text.parse().expect("a date");
        let days = WallSpan::Days { first: date("2017-03-26"), last: date("2017-03-26"), zone: amsterdam() };
        check(&days, Rules::Needed, Ok(("2017-03-25T23:00:00Z", "2017-03-26T22:00:00Z")));
        let clock = |start: &str, end: &str, zone: &str, abbreviation: Option<&str>| WallSpan::Clock {
            start: local(start),
            end: local(end),
            end_date: EndDate::Written,
            zone: zone.to_owned(),
            abbreviation: abbreviation.map(str::to_owned),
        };
        let night = ("2017-10-29T02:30:00", "2017-10-29T06:00:00");
        let first = clock(night.0, night.1, "Europe/Amsterdam", None);
        check(&first, Rules::Needed, Ok(("2017-10-29T00:30:00Z", "2017-10-29T05:00:00Z")));
        let second = clock(night.0, night.1, "Europe/Amsterdam", Some("CET"));
        check(&second, Rules::Needed, Ok(("2017-10-29T01:30:00Z", "2017-10-29T05:00:00Z")));
        check(&clock(night.0, night.1, "UTC", None), Rules::Not, Ok(("2017-10-29T02:30:00Z", "2017-10-29T06:00:00Z")));
        check(
            &clock(night.0, night.1, "-05:00", None),
            Rules::Not,
            Ok(("2017-10-29T07:30:00Z", "2017-10-29T11:00:00Z")),
        );
        check(&clock(night.1, night.0, "Etc/UTC", None), Rules::Not, Err("the end is not after the start"));
        let nowhere = clock(night.0, night.1, "Europe/Atlantis", None);
        check(&nowhere, Rules::Needed, Err("unknown time zone `Europe/Atlantis` (did you mean `Europe/Athens`?)"));
        let length = Length::parse("P1DT2H").expect("a length");
        let lasting = WallSpan::Lasting { start: local("2017-03-25T12:00:00"), length, zone: amsterdam() };
        check(&lasting, Rules::Needed, Ok(("2017-03-25T11:00:00Z", "2017-03-26T12:00:00Z")));
        let instant = |text: &str| WallEnd::Instant { at: text.parse().expect("an instant") };
        let end = WallEnd::Local { local: local("2017-03-26T03:00:00"), zone: amsterdam(), abbreviation: None };
        let mixed = WallSpan::Ends { start: instant("2017-03-26T00:30:00Z"), end };
        check(&mixed, Rules::Needed, Ok(("2017-03-26T00:30:00Z", "2017-03-26T01:00:00Z")));
        let instants = WallSpan::Ends { start: instant("2017-03-26T00:30:00Z"), end: instant("2017-03-26T02:30:00Z") };
        check(&instants, Rules::Not, Ok(("2017-03-26T00:30:00Z", "2017-03-26T02:30:00Z")));
    }

    #[test]
    fn an_abbreviation_of_the_other_season_is_flagged() {
        let (start, end) = (local("2017-07-01T12:00:00"), local("2017-07-01T13:00:00"));
        let (zone, abbreviation) = ("America/New_York".to_owned(), Some("EST".to_owned()));
        let span = WallSpan::Clock { start, end, end_date: EndDate::Written, zone, abbreviation };
        let flags = span.resolve(&Zones::embedded()).map(|span| span.flags);
        assert_eq!(flags, Ok(vec![TimeFlag::AbbreviationOutOfSeason]));
    }
}
