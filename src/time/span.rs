//! Local start and end to an interval, with every rule of DESIGN.md 4.3 and 4.6 that was applied kept as a flag.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::interval::{Interval, shifted};
use super::local::LocalTime;
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

/// The interval between two wall-clock times of one zone.
///
/// Preferred readings (DESIGN.md 4.3): start in a gap is shifted later by the gap; start in a fold is the first pass
/// unless `given` is the offset of the second; an end in a gap is shifted the same way; an end in a fold is the start's
/// pass if the start lies in that fold, else the first. Where a shift leaves no length, the nominal length is kept.
/// None when the end is not after the start and no rule allows it.
#[must_use]
pub fn resolve_span(start: NaiveDateTime, end: NaiveDateTime, zone: &Zone, given: Option<FixedOffset>) -> Option<Span> {
    let mut flags = Vec::new();
    let starts = readings(zone.resolve(start), given, &mut flags);
    let ends = match zone.resolve(end) {
        LocalTime::Fold { first, second, .. } => {
            flags.push(TimeFlag::AmbiguousLocalTime);
            let second_pass = match zone.resolve(start) {
                LocalTime::Fold { first: start_first, .. } => starts[0] != start_first || end <= start,
                LocalTime::Unique(_) | LocalTime::Gap { .. } => {
                    given.is_some_and(|offset| offset == zone.offset_at(second))
                }
            };
            if second_pass { vec![second, first] } else { vec![first, second] }
        }
        other @ (LocalTime::Unique(_) | LocalTime::Gap { .. }) => readings(other, given, &mut flags),
    };
    flags.sort_unstable();
    flags.dedup();
    let nominal = end - start;
    let kept = || Interval::new(starts[0], shifted(starts[0], nominal));
    let interval = Interval::new(starts[0], ends[0]).or_else(|_| kept()).ok()?;
    // Two times in one jump are read by one offset: nobody writes each by another clock.
    let by_one_offset = is_gap(start, zone) && is_gap(end, zone);
    let others = (0..starts.len())
        .flat_map(|s| (0..ends.len()).map(move |e| (s, e)))
        .filter(|(s, e)| !by_one_offset || s == e)
        .filter_map(|(s, e)| Interval::new(starts[s], ends[e]).ok())
        .filter(|other| *other != interval)
        .collect();
    Some(Span { interval, flags, others })
}

fn is_gap(local: NaiveDateTime, zone: &Zone) -> bool {
    match zone.resolve(local) {
        LocalTime::Gap { .. } => true,
        LocalTime::Unique(_) | LocalTime::Fold { .. } => false,
    }
}

/// The instants a wall-clock time could be, the preferred one first.
fn readings(local: LocalTime, given: Option<FixedOffset>, flags: &mut Vec<TimeFlag>) -> Vec<DateTime<Utc>> {
    match local {
        LocalTime::Unique(instant) => vec![instant],
        LocalTime::Gap { earlier, later, .. } => {
            flags.push(TimeFlag::NonexistentLocalTime);
            vec![later, earlier]
        }
        LocalTime::Fold { first, second, change } => {
            flags.push(TimeFlag::AmbiguousLocalTime);
            if given == Some(change.after) { vec![second, first] } else { vec![first, second] }
        }
    }
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
