//! Standing windows: a recurrence in a zone with a length, and what became of single occurrences.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::recurrence::{
    DateValue, Extra, GaveUp, Limit, Recurrence, RecurrenceError, RecurrenceParts, RuleError, Start, WallSpan,
};
use crate::time::{ClockChange, Interval, LocalTime, TimeFlag, UnknownZone, Zone, local_days, resolve_span};

/// Longest standing window in days: what lasts longer than a year is no window.
pub const MAX_WINDOW_DAYS: u32 = 366;

/// Most changed or cancelled occurrences of one schedule.
pub const MAX_CHANGES: usize = 10_000;

/// How long every occurrence lasts (DESIGN.md 4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// To the wall clock so many seconds later, which holds on both sides of a clock change: 22:00-06:00.
    WallClock(u32),
    /// So many seconds of elapsed time each: RFC 5545 DTEND on a recurring event.
    Exact(u32),
    /// RFC 5545 DURATION: days by the calendar, hours by the clock.
    Duration(WallSpan),
    /// So many whole local days, of 23, 24 or 25 hours.
    Days(u32),
}

impl Length {
    /// At most so many seconds, whatever the clocks do.
    fn longest(self) -> i64 {
        const DAY: i64 = 86_400;
        let nominal = match self {
            Self::WallClock(seconds) | Self::Exact(seconds) => i64::from(seconds),
            Self::Duration(span) => i64::from(span.days) * DAY + i64::from(span.seconds),
            Self::Days(days) => i64::from(days) * DAY,
        };
        nominal + DAY
    }

    fn check(self) -> Result<Self, ScheduleError> {
        let most = i64::from(MAX_WINDOW_DAYS) * 86_400;
        match self {
            Self::WallClock(0) | Self::Exact(0) | Self::Days(0) | Self::Duration(WallSpan { days: 0, seconds: 0 }) => {
                Err(ScheduleError::NoLength)
            }
            Self::WallClock(_) | Self::Exact(_) | Self::Days(_) | Self::Duration(_) => {
                if self.longest() - 86_400 > most { Err(ScheduleError::TooLong) } else { Ok(self) }
            }
        }
    }
}

/// What became of one occurrence: a component with a RECURRENCE-ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// RECURRENCE-ID: the start that the rule gives. A DATE names the occurrence of that local day.
    pub of: DateValue,
    /// What it became.
    pub to: Changed,
}

/// The two fates of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It does not take place.
    Cancelled,
    /// It takes place then instead, with another length where one is given.
    Moved {
        /// The new start.
        start: DateValue,
        /// The zone of the new start, where it is not the schedule's.
        zone: Option<Zone>,
        /// The new length, where it is not the schedule's.
        length: Option<Length>,
    },
}

/// Parts that are no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// More than this program reads.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// A rule that is none.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Dates and rules that do not go together.
    #[error(transparent)]
    Recurrence(#[from] RecurrenceError),
    /// A zone that is not known.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// A window without a length.
    #[error("a window needs a length: DTEND or DURATION, after the start")]
    NoLength,
    /// A window that is too long to be one.
    #[error("a standing window lasts at most {MAX_WINDOW_DAYS} days")]
    TooLong,
    /// A rule that never ends and comes round every second or minute.
    #[error("a SECONDLY or MINUTELY rule of a schedule needs COUNT or UNTIL")]
    Endless,
    /// A property that must be there.
    #[error("the schedule has no {0}")]
    Missing(&'static str),
    /// A property given more than once.
    #[error("the schedule has {0} twice")]
    Twice(&'static str),
    /// A property whose value or form cannot be read, with its line.
    #[error("`{0}` cannot be read")]
    Unreadable(String),
    /// RANGE=THISANDFUTURE, which changes all later occurrences.
    #[error("RECURRENCE-ID with RANGE=THISANDFUTURE is not supported: end the schedule and begin another")]
    ThisAndFuture,
}

/// What a schedule is made of.
#[derive(Debug, Clone)]
pub struct ScheduleParts {
    /// DTSTART, zone, rules and dates.
    pub recurrence: RecurrenceParts,
    /// How long each occurrence lasts.
    pub length: Length,
    /// Occurrences that were moved or cancelled.
    pub changes: Vec<Change>,
    /// When it became known; none means always.
    pub known_from: Option<DateTime<Utc>>,
    /// The text it was read from, which is what is stored and exported.
    pub text: String,
}

/// One occurrence of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// `[start, end)`: the preferred reading. Of a floating schedule its wall clock read as if it were UTC.
    pub interval: Interval,
    /// The wall clock at which the schedule has it start.
    pub wall: NaiveDateTime,
    /// What had to be decided to find the instants.
    pub flags: Vec<TimeFlag>,
    /// Other readings.
    pub others: Vec<Interval>,
    /// The first change of the clocks within it.
    pub clock_change: Option<ClockChange>,
    /// The start it was moved from.
    pub moved_from: Option<DateValue>,
}

/// The occurrences of a span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// In order of start; no start twice, but for one that was moved onto another.
    pub occurrences: Vec<Occurrence>,
    /// Local times that do not exist, where the schedule rejects them.
    pub rejected: Vec<NaiveDateTime>,
    /// Set when the span was not expanded to its end.
    pub gave_up: Option<GaveUp>,
}

/// Standing windows.
#[derive(Debug, Clone)]
pub struct Schedule {
    recurrence: Recurrence,
    length: Length,
    /// The zone of the wall clock; UTC for a floating schedule.
    zone: Zone,
    changed: HashSet<DateValue>,
    moved: Vec<Occurrence>,
    longest: TimeDelta,
    known_from: Option<DateTime<Utc>>,
    text: String,
}

impl Schedule {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`ScheduleError`]: no length or one of more than [`MAX_WINDOW_DAYS`], an endless SECONDLY or MINUTELY rule, more
    /// changes than [`MAX_CHANGES`], parts that are no recurrence.
    pub fn new(parts: ScheduleParts) -> Result<Self, ScheduleError> {
        if parts.changes.len() > MAX_CHANGES {
            return Err(Limit::Changes(MAX_CHANGES).into());
        }
        let mut longest = parts.length.check()?.longest();
        for extra in parts.recurrence.rdates.iter().flat_map(|dates| &dates.values) {
            if let Some(own) = extra.length() {
                longest = longest.max(Length::Duration(own).check()?.longest());
            }
        }
        let recurrence = Recurrence::new(parts.recurrence)?;
        if recurrence.is_endlessly_fine() {
            return Err(ScheduleError::Endless);
        }
        let zone = recurrence.zone().cloned().unwrap_or_else(Zone::utc);
        let mut schedule = Self {
            recurrence,
            length: parts.length,
            zone,
            changed: parts.changes.iter().map(|change| change.of).collect(),
            moved: Vec::new(),
            longest: TimeDelta::seconds(longest),
            known_from: parts.known_from,
            text: parts.text,
        };
        for change in &parts.changes {
            if let Changed::Moved { start, zone, length } = &change.to {
                let length = length.unwrap_or(parts.length).check()?;
                let moved = schedule.moved(change.of, *start, zone.as_ref(), length)?;
                schedule.longest = schedule.longest.max(TimeDelta::seconds(length.longest()));
                schedule.moved.push(moved);
            }
        }
        Ok(schedule)
    }

    /// The text as received.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When the schedule became known; none means always.
    #[must_use]
    pub fn known_from(&self) -> Option<DateTime<Utc>> {
        self.known_from
    }

    /// The zone of its wall clock, none when floating.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.recurrence.zone()
    }

    /// Its starts, without lengths and changes.
    #[must_use]
    pub fn recurrence(&self) -> &Recurrence {
        &self.recurrence
    }

    /// The occurrences that share some instant with `span`, in order.
    #[must_use]
    pub fn overlapping(&self, span: &Interval) -> Expansion {
        let mut found = self.starting_in(earlier(span.start(), self.longest)..span.end());
        found.occurrences.retain(|occurrence| occurrence.interval.overlaps(span));
        found
    }

    /// The occurrences that hold an instant, in order.
    #[must_use]
    pub fn at(&self, instant: DateTime<Utc>) -> Expansion {
        self.overlapping(&Interval::second_at(instant)).holding(instant)
    }

    /// The occurrences with `span.start <= start < span.end`, in order. Spans that meet share none and lose none.
    #[must_use]
    pub fn starting_in(&self, span: Range<DateTime<Utc>>) -> Expansion {
        let starts = self.recurrence.starts(span.clone());
        let mut expansion = Expansion { rejected: starts.rejected, gave_up: starts.gave_up, ..Expansion::default() };
        let kept = starts.starts.iter().filter(|start| !self.is_changed(start));
        expansion.occurrences = kept.filter_map(|start| self.occurrence(start)).collect();
        let moved = self.moved.iter().filter(|moved| span.contains(&moved.interval.start()));
        let whole = expansion.occurrences.len();
        expansion.occurrences.extend(moved.cloned());
        if expansion.occurrences.len() > whole {
            expansion.occurrences.sort_by_key(|occurrence| (occurrence.interval, occurrence.moved_from.is_some()));
        }
        self.mark_changes(&mut expansion.occurrences);
        expansion
    }

    /// Whether a RECURRENCE-ID names this start, in any of its three forms.
    fn is_changed(&self, start: &Start) -> bool {
        let forms =
            [DateValue::Date(start.wall.date()), DateValue::Local(start.wall), DateValue::Utc(start.at.naive_utc())];
        !self.changed.is_empty() && forms.iter().any(|form| self.changed.contains(form))
    }

    fn occurrence(&self, start: &Start) -> Option<Occurrence> {
        let length = match start.period {
            Some(Extra::To(from, to)) => Length::Exact(u32::try_from((to.wall() - from.wall()).num_seconds()).ok()?),
            Some(Extra::For(_, span)) => Length::Duration(span),
            Some(Extra::At(_)) | None => self.length,
        };
        let mut occurrence = last(start, length, &self.zone)?;
        occurrence.flags.extend(start.flag);
        occurrence.flags.sort_unstable();
        occurrence.flags.dedup();
        Some(occurrence)
    }

    fn moved(
        &self,
        of: DateValue,
        start: DateValue,
        zone: Option<&Zone>,
        length: Length,
    ) -> Result<Occurrence, ScheduleError> {
        let utc = matches!(start, DateValue::Utc(_)).then(Zone::utc);
        let zone = utc.as_ref().or(zone).unwrap_or(&self.zone);
        let (at, flag) = match zone.resolve(start.wall()) {
            LocalTime::Unique(at) => (at, None),
            LocalTime::Gap { later, .. } => (later, Some(TimeFlag::NonexistentLocalTime)),
            LocalTime::Fold { first, .. } => (first, Some(TimeFlag::AmbiguousLocalTime)),
        };
        let start = Start { wall: start.wall(), at, flag, period: None };
        let mut occurrence = last(&start, length, zone).ok_or(ScheduleError::NoLength)?;
        occurrence.flags.extend(flag.filter(|flag| !occurrence.flags.contains(flag)));
        occurrence.moved_from = Some(of);
        Ok(occurrence)
    }

    /// Marks the occurrences within which the clocks change.
    fn mark_changes(&self, occurrences: &mut [Occurrence]) {
        let (Some(first), Some(end)) = (occurrences.first(), occurrences.iter().map(|o| o.interval.end()).max()) else {
            return;
        };
        let changes = self.zone.changes_between(first.interval.start(), end);
        if changes.is_empty() {
            return;
        }
        for occurrence in occurrences {
            let next = changes.partition_point(|change| change.at <= occurrence.interval.start());
            occurrence.clock_change = changes.get(next).filter(|change| change.at < occurrence.interval.end()).copied();
        }
    }
}

impl Expansion {
    fn holding(mut self, instant: DateTime<Utc>) -> Self {
        self.occurrences.retain(|occurrence| occurrence.interval.contains(instant));
        self
    }
}

/// A start with its length in a zone.
fn last(start: &Start, length: Length, zone: &Zone) -> Option<Occurrence> {
    let elapsed = |seconds: u32| start.at.checked_add_signed(TimeDelta::seconds(i64::from(seconds)));
    let mut occurrence = Occurrence {
        interval: Interval::second_at(start.at),
        wall: start.wall,
        flags: Vec::new(),
        others: Vec::new(),
        clock_change: None,
        moved_from: None,
    };
    match length {
        Length::WallClock(seconds) => {
            let end = start.wall.checked_add_signed(TimeDelta::seconds(i64::from(seconds)))?;
            // The pass of a fold that was found, not the one a bare local time would mean.
            let given = (start.flag == Some(TimeFlag::AmbiguousLocalTime)).then(|| zone.offset_at(start.at));
            let span = resolve_span(start.wall, end, zone, given)?;
            (occurrence.interval, occurrence.flags, occurrence.others) = (span.interval, span.flags, span.others);
        }
        Length::Exact(seconds) => occurrence.interval = Interval::new(start.at, elapsed(seconds)?).ok()?,
        Length::Duration(span) => {
            let seconds = TimeDelta::seconds(i64::from(span.seconds));
            let end = if span.days == 0 {
                start.at
            } else {
                match zone.resolve(start.wall.checked_add_days(Days::new(u64::from(span.days)))?) {
                    LocalTime::Unique(at) => at,
                    LocalTime::Gap { later, .. } => later,
                    LocalTime::Fold { first, .. } => first,
                }
            };
            occurrence.interval = Interval::new(start.at, end.checked_add_signed(seconds)?).ok()?;
        }
        Length::Days(days) => {
            let first = start.wall.date();
            let final_day = first.checked_add_days(Days::new(u64::from(days.checked_sub(1)?)))?;
            let span = local_days(first, final_day, zone)?;
            (occurrence.interval, occurrence.flags) = (span.interval, span.flags);
        }
    }
    Some(occurrence)
}

fn earlier(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
