//! Local start and end to an interval, with every rule of DESIGN.md 4.3 and 4.6 that was applied kept as a flag.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::length::Length;
use super::local::{LocalTime, Readings};
use super::zone::Zone;

/// What had to be decided to turn local times into instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFlag {
    /// A start or end fell into a gap and was shifted by its length.
    NonexistentLocalTime,
    /// A start or end fell into a fold and one pass was chosen.
    AmbiguousLocalTime,
    /// Only dates were given: the interval is whole local days.
    DateOnly,
    /// An undated end at or before the start was read as the next day.
    EndNextDay,
    /// The abbreviation written is not the one the region used then (EST in July).
    AbbreviationOutOfSeason,
}

/// An interval with how it was found and what else it could have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The preferred reading.
    pub interval: Interval,
    /// What had to be decided.
    pub flags: Vec<TimeFlag>,
    /// Other readings that the words allow.
    pub others: Vec<Interval>,
}

/// Whether the end of a window was written with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndDate {
    /// It has its own, be it the start's.
    Written,
    /// It is a time alone, of the day that the start or the whole notice names.
    Borrowed,
}

impl Span {
    /// The interval between two times that are each understood on their own. None when the end is not after the start.
    #[must_use]
    pub fn between(start: Readings, end: Readings) -> Option<Self> {
        let interval = Interval::new(start.preferred, end.preferred).ok()?;
        Some(Self::preferring(interval, start, end))
    }

    /// With every other pair of readings that is an interval.
    fn preferring(interval: Interval, start: Readings, end: Readings) -> Self {
        let mut flags: Vec<TimeFlag> = [start.flag, end.flag].into_iter().flatten().collect();
        flags.sort_unstable();
        flags.dedup();
        let pairs = start.all().flat_map(|start| end.all().map(move |end| (start, end)));
        let intervals = pairs.filter_map(|(start, end)| Interval::new(start, end).ok());
        Self { interval, flags, others: intervals.filter(|other| *other != interval).collect() }
    }
}

/// The interval between two wall-clock times of one zone, as a notice gives them (DESIGN.md 4.6).
///
/// A borrowed date that puts the end at or before the start means the next day; that it is the second pass of a fold is
/// kept as another reading. A written one means what it says: see [`resolve_span`].
#[must_use]
pub fn resolve_written(
    start: NaiveDateTime,
    (end, date): (NaiveDateTime, EndDate),
    zone: &Zone,
    given: Option<FixedOffset>,
) -> Option<Span> {
    match date {
        EndDate::Borrowed if end <= start => {
            let mut span = resolve_span(start, end.checked_add_days(Days::new(1))?, zone, given)?;
            span.flags.push(TimeFlag::EndNextDay);
            span.flags.sort_unstable();
            let same_day = resolve_span(start, end, zone, given);
            span.others.extend(same_day.into_iter().flat_map(|span| [vec![span.interval], span.others].concat()));
            Some(span)
        }
        EndDate::Borrowed | EndDate::Written => resolve_span(start, end, zone, given),
    }
}

/// The interval between two wall-clock times of one zone.
///
/// Preferred readings (DESIGN.md 4.3): start in a gap is shifted later by the gap; start in a fold is the first pass
/// unless `given` is the offset of the second; an end in a gap is shifted the same way; an end in a fold is the start's
/// pass if the start lies in that fold, else the first; one earlier than the start is the second pass. Where a shift
/// leaves no length, the nominal length is kept.
/// None when the end is not after the start and no rule allows it.
#[must_use]
pub fn resolve_span(start: NaiveDateTime, end: NaiveDateTime, zone: &Zone, given: Option<FixedOffset>) -> Option<Span> {
    let from = zone.resolve(start).readings(given);
    let until = match (zone.resolve(start), zone.resolve(end)) {
        (LocalTime::Fold { second: start_second, .. }, ends @ LocalTime::Fold { change, .. }) => {
            let is_second = from.preferred == start_second || end <= start;
            ends.readings(Some(if is_second { change.after } else { change.before }))
        }
        (_, ends) => ends.readings(given),
    };
    let gap = Some(TimeFlag::NonexistentLocalTime);
    let kept = || {
        let end = from.preferred.checked_add_signed(end - start)?;
        Some(Span::preferring(Interval::new(from.preferred, end).ok()?, from, until))
    };
    let shifted = from.flag == gap || until.flag == gap;
    let mut span = Span::between(from, until).or_else(|| if shifted { kept() } else { None })?;
    if from.flag == gap && until.flag == gap {
        // Two times in one jump are read by one clock: nobody writes each by another.
        let by_the_other = from.other.zip(until.other).and_then(|(start, end)| Interval::new(start, end).ok());
        span.others = by_the_other.into_iter().collect();
    }
    Some(span)
}

/// The interval from a wall-clock time for as long as a DURATION says: days on the wall clock, the rest exactly
/// (DESIGN.md 4.7; RFC 5545 section 3.3.6).
///
/// The start is read as in [`resolve_span`]; each other reading of it lasts as long. None beyond the calendar.
#[must_use]
pub fn resolve_from(start: NaiveDateTime, length: Length, zone: &Zone, given: Option<FixedOffset>) -> Option<Span> {
    let from = zone.resolve(start).readings(given);
    if length.days == 0 {
        let lasting = |start: DateTime<Utc>| Interval::new(start, start.checked_add_signed(length.exact)?).ok();
        let interval = lasting(from.preferred)?;
        let others = from.other.and_then(lasting).into_iter().collect();
        return Some(Span { interval, flags: from.flag.into_iter().collect(), others });
    }
    let span = resolve_span(start, start.checked_add_days(Days::new(length.days))?, zone, given)?;
    let longer = |part: Interval| Interval::new(part.start(), part.end().checked_add_signed(length.exact)?).ok();
    let others = span.others.into_iter().filter_map(longer).collect();
    Some(Span { interval: longer(span.interval)?, flags: span.flags, others })
}

/// The whole local days from `first` to `last`, both included: 23, 24 or 25 hours each.
///
/// A day whose midnight falls into a gap begins at the first instant after the gap. None when `last` is before `first`.
#[must_use]
pub fn local_days(first: NaiveDate, last: NaiveDate, zone: &Zone) -> Option<Span> {
    if last < first {
        return None;
    }
    let start = start_of_day(first, zone);
    let end = start_of_day(last.checked_add_days(Days::new(1))?, zone);
    let interval = Interval::new(start, end).ok()?;
    Some(Span { interval, flags: vec![TimeFlag::DateOnly], others: Vec::new() })
}

fn start_of_day(date: NaiveDate, zone: &Zone) -> DateTime<Utc> {
    match zone.resolve(date.and_time(NaiveTime::MIN)) {
        LocalTime::Unique(instant) => instant,
        LocalTime::Gap { change, .. } => change.at,
        LocalTime::Fold { first, .. } => first,
    }
}

/// A date and a wall-clock time, where `24:00` is 00:00 of the next day (ISO 8601-1:2019).
///
/// None when the hour, minute or second does not exist.
#[must_use]
pub fn wall_clock(date: NaiveDate, hour: u32, minute: u32, second: u32) -> Option<NaiveDateTime> {
    if (hour, minute, second) == (24, 0, 0) {
        return Some(date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN));
    }
    date.and_hms_opt(hour, minute, second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;

    /// `expected`: preferred start and end, flags.
    #[track_caller]
    fn check(start: &str, end: &str, expected: (&str, &str), flags: &[TimeFlag]) {
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
        let span = resolve_span(start.parse().expect("start"), end.parse().expect("end"), &zone, None).expect("a span");
        let interval =
            Interval::new(expected.0.parse().expect("utc"), expected.1.parse().expect("utc")).expect("a length");
        assert_eq!((span.interval, span.flags.as_slice()), (interval, flags));
    }

    #[test]
    fn windows_across_the_march_change() {
        use TimeFlag::NonexistentLocalTime as Gap;
        check("2017-03-26T01:00:00", "2017-03-26T04:00:00", ("2017-03-26T00:00:00Z", "2017-03-26T02:00:00Z"), &[]);
        check("2017-03-26T02:30:00", "2017-03-26T05:00:00", ("2017-03-26T01:30:00Z", "2017-03-26T03:00:00Z"), &[Gap]);
        check("2017-03-26T01:00:00", "2017-03-26T02:30:00", ("2017-03-26T00:00:00Z", "2017-03-26T01:30:00Z"), &[Gap]);
        // A shift would leave no length: the nominal one is kept.
        check("2017-03-26T02:00:00", "2017-03-26T03:00:00", ("2017-03-26T01:00:00Z", "2017-03-26T02:00:00Z"), &[Gap]);
        check("2017-03-26T02:30:00", "2017-03-26T03:15:00", ("2017-03-26T01:30:00Z", "2017-03-26T02:15:00Z"), &[Gap]);
    }

    #[test]
    fn windows_across_the_october_change() {
        use TimeFlag::AmbiguousLocalTime as Fold;
        check("2017-10-29T01:00:00", "2017-10-29T04:00:00", ("2017-10-28T23:00:00Z", "2017-10-29T03:00:00Z"), &[]);
        check("2017-10-29T02:00:00", "2017-10-29T02:30:00", ("2017-10-29T00:00:00Z", "2017-10-29T00:30:00Z"), &[Fold]);
        // An end with the start's date and an earlier wall time is the second pass (DESIGN.md 4.6).
        check("2017-10-29T02:30:00", "2017-10-29T02:15:00", ("2017-10-29T00:30:00Z", "2017-10-29T01:15:00Z"), &[Fold]);
        check("2017-10-29T02:30:00", "2017-10-29T06:00:00", ("2017-10-29T00:30:00Z", "2017-10-29T05:00:00Z"), &[Fold]);
    }

    /// The end is a time of the start's day; `expected`: start and end, flags, other readings.
    #[track_caller]
    fn borrowed(start: &str, end: &str, expected: (&str, &str), flags: &[TimeFlag], others: &[(&str, &str)]) {
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
        let end = (end.parse().expect("end"), EndDate::Borrowed);
        let span = resolve_written(start.parse().expect("start"), end, &zone, None).expect("a span");
        let interval = |(start, end): &(&str, &str)| {
            Interval::new(start.parse().expect("utc"), end.parse().expect("utc")).expect("a length")
        };
        let others: Vec<Interval> = others.iter().map(interval).collect();
        assert_eq!((span.interval, span.flags.as_slice(), span.others), (interval(&expected), flags, others));
    }

    #[test]
    fn an_undated_end_not_after_the_start_is_the_next_day() {
        use TimeFlag::{AmbiguousLocalTime as Fold, EndNextDay as Next};
        let day = "2017-06-01";
        let at = |time: &str| format!("{day}T{time}:00");
        borrowed(&at("22:00"), &at("06:00"), ("2017-06-01T20:00:00Z", "2017-06-02T04:00:00Z"), &[Next], &[]);
        borrowed(&at("22:00"), &at("22:00"), ("2017-06-01T20:00:00Z", "2017-06-02T20:00:00Z"), &[Next], &[]);
        borrowed(&at("22:00"), &at("22:01"), ("2017-06-01T20:00:00Z", "2017-06-01T20:01:00Z"), &[], &[]);
        // On the night of the change it may be the second pass as well.
        borrowed(
            "2017-10-29T02:30:00",
            "2017-10-29T02:15:00",
            ("2017-10-29T00:30:00Z", "2017-10-30T01:15:00Z"),
            &[Fold, Next],
            &[("2017-10-29T01:30:00Z", "2017-10-30T01:15:00Z"), ("2017-10-29T00:30:00Z", "2017-10-29T01:15:00Z")],
        );
    }

    #[test]
    fn a_night_shift_across_the_change_keeps_its_wall_clock() {
        use TimeFlag::EndNextDay as Next;
        let spring = ("2017-03-25T21:00:00Z", "2017-03-26T04:00:00Z");
        borrowed("2017-03-25T22:00:00", "2017-03-25T06:00:00", spring, &[Next], &[]);
        let autumn = ("2017-10-28T20:00:00Z", "2017-10-29T05:00:00Z");
        borrowed("2017-10-28T22:00:00", "2017-10-28T06:00:00", autumn, &[Next], &[]);
    }

    /// `expected`: start, end and how many other readings there are.
    #[track_caller]
    fn lasting(start: &str, length: &str, expected: (&str, &str, usize)) {
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
        let length = Length::parse(length).expect("a length");
        let span = resolve_from(start.parse().expect("start"), length, &zone, None).expect("a span");
        let got = (span.interval.start().to_rfc3339(), span.interval.end().to_rfc3339(), span.others.len());
        let utc = |text: &str| text.replace('Z', "+00:00");
        assert_eq!(got, (utc(expected.0), utc(expected.1), expected.2), "{start} {length:?}");
    }

    #[test]
    fn days_are_nominal_and_hours_exact() {
        lasting("2017-03-25T12:00:00", "P1D", ("2017-03-25T11:00:00Z", "2017-03-26T10:00:00Z", 0));
        lasting("2017-03-25T12:00:00", "PT24H", ("2017-03-25T11:00:00Z", "2017-03-26T11:00:00Z", 0));
        lasting("2017-03-25T12:00:00", "P1DT2H", ("2017-03-25T11:00:00Z", "2017-03-26T12:00:00Z", 0));
        lasting("2017-10-28T12:00:00", "P1D", ("2017-10-28T10:00:00Z", "2017-10-29T11:00:00Z", 0));
        lasting("2017-10-29T02:30:00", "PT1H", ("2017-10-29T00:30:00Z", "2017-10-29T01:30:00Z", 1));
        lasting("2017-03-26T02:30:00", "PT1H", ("2017-03-26T01:30:00Z", "2017-03-26T02:30:00Z", 1));
        lasting("2017-03-25T02:30:00", "P1D", ("2017-03-25T01:30:00Z", "2017-03-26T01:30:00Z", 1));
        lasting("2017-03-26T02:30:00", "P1D", ("2017-03-26T01:30:00Z", "2017-03-27T00:30:00Z", 1));
    }

    /// The readings beside the preferred one.
    #[track_caller]
    fn check_others(start: &str, end: &str, expected: &[(&str, &str)]) {
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
        let span = resolve_span(start.parse().expect("start"), end.parse().expect("end"), &zone, None).expect("a span");
        let interval = |(start, end): &(&str, &str)| {
            Interval::new(start.parse().expect("utc"), end.parse().expect("utc")).expect("a length")
        };
        assert_eq!(span.others, expected.iter().map(interval).collect::<Vec<_>>(), "{start} to {end}");
    }

    #[test]
    fn other_readings_are_kept_beside_the_preferred_one() {
        check_others("2017-03-26T01:00:00", "2017-03-26T04:00:00", &[]);
        check_others("2017-03-26T02:00:00", "2017-03-26T03:00:00", &[("2017-03-26T00:00:00Z", "2017-03-26T01:00:00Z")]);
        // Both ends in the jump: by the clock before, or by the clock after, and never one by each.
        check_others("2017-03-26T02:10:00", "2017-03-26T02:20:00", &[("2017-03-26T00:10:00Z", "2017-03-26T00:20:00Z")]);
        check_others("2017-10-29T01:00:00", "2017-10-29T02:30:00", &[("2017-10-28T23:00:00Z", "2017-10-29T01:30:00Z")]);
    }

    #[test]
    fn a_given_offset_picks_the_pass() {
        let zone = Zones::embedded().get("Europe/Amsterdam").expect("a test zone exists");
        let (start, end) = ("2017-10-29T02:00:00".parse().expect("start"), "2017-10-29T03:00:00".parse().expect("end"));
        let winter = FixedOffset::east_opt(3600);
        let span = resolve_span(start, end, &zone, winter).expect("a span");
        assert_eq!(span.interval.start().to_rfc3339(), "2017-10-29T01:00:00+00:00");
    }

    #[test]
    fn a_reversed_span_is_refused() {
        let zone = Zone::utc();
        let at = |text: &str| text.parse().expect("readable");
        assert_eq!(resolve_span(at("2017-01-01T05:00:00"), at("2017-01-01T04:00:00"), &zone, None), None);
    }

    #[test]
    fn whole_local_days_have_23_24_or_25_hours() {
        let zones = Zones::embedded();
        let hours = |zone: &str, date: &str| {
            let date: NaiveDate = date.parse().expect("a date");
            let span = local_days(date, date, &zones.get(zone).expect("a zone")).expect("a day");
            (span.interval.start().to_rfc3339(), span.interval.length().num_hours())
        };
        assert_eq!(hours("Europe/Amsterdam", "2017-03-26"), ("2017-03-25T23:00:00+00:00".into(), 23));
        assert_eq!(hours("Europe/Amsterdam", "2017-10-29"), ("2017-10-28T22:00:00+00:00".into(), 25));
        assert_eq!(hours("Europe/Amsterdam", "2017-06-01"), ("2017-05-31T22:00:00+00:00".into(), 24));
        // Midnight does not exist: the day starts at 01:00.
        assert_eq!(hours("America/Havana", "2024-03-10"), ("2024-03-10T05:00:00+00:00".into(), 23));
    }

    #[test]
    fn twenty_four_hundred_is_the_next_midnight() {
        let date = NaiveDate::from_ymd_opt(2017, 3, 25).expect("a date");
        assert_eq!(wall_clock(date, 24, 0, 0).map(|t| t.to_string()), Some("2017-03-26 00:00:00".into()));
        assert_eq!(wall_clock(date, 24, 1, 0), None);
        assert_eq!(wall_clock(date, 25, 0, 0), None);
    }
}
