//! Rules and dates together, in a zone: the instants at which something starts.

use std::ops::{ControlFlow, Range};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::calendar::{DAY, END_OF_TIME};
use super::error::{Limit, RecurrenceError};
use super::parts::{Dates, GapPolicy, GaveUp, MAX_DATES, MAX_RULES, MAX_STARTS, RecurrenceParts, Start, Starts};
use super::pattern::{Pattern, unit_length};
use super::quiet::Quiet;
use super::rule::{End, Rule};
use super::value::{DateValue, Extra, wall_at, wall_seconds};
use super::walk::{Steps, Walked};
use crate::time::{LocalTime, TimeFlag, Zone};

/// How far an instant's wall clock can be from another's an instant earlier: Apia leapt a day in 2011.
const WIDEST_CHANGE: i64 = 25 * 3600;

/// A rule with its end worked out.
#[derive(Debug, Clone)]
struct Series {
    pattern: Pattern,
    /// The last wall-clock second at which an instance may start.
    last: i64,
    /// The last instant at which one may start, where UNTIL is in UTC.
    last_instant: Option<DateTime<Utc>>,
    /// Of the instance at `last`, how many passes of a fold COUNT leaves.
    last_passes: usize,
    /// Where counting to COUNT was given up.
    counted_to: Option<i64>,
}

/// A DTSTART with its rules and dates, ready to be expanded over any span.
#[derive(Debug, Clone)]
pub struct Recurrence {
    dtstart: DateValue,
    zone: Option<Zone>,
    gaps: GapPolicy,
    series: Vec<Series>,
    excluded_series: Vec<Series>,
    /// The dates added, sorted by instant; DTSTART among them when there is no rule.
    added: Vec<Start>,
    added_rejected: Vec<NaiveDateTime>,
    excluded_walls: Vec<i64>,
    excluded_days: Vec<i64>,
    excluded_instants: Vec<i64>,
}

impl Recurrence {
    /// Checks the parts and works out where each COUNT ends.
    ///
    /// # Errors
    /// [`RecurrenceError`]: more rules or dates than the limits, a DATE with a frequency below a day, UTC beside a zone.
    pub fn new(parts: RecurrenceParts) -> Result<Self, RecurrenceError> {
        let zone = match (parts.dtstart, parts.zone) {
            (DateValue::Utc(_), Some(zone)) if zone != Zone::utc() => {
                return Err(RecurrenceError::UtcInZone(parts.dtstart));
            }
            (DateValue::Utc(_), _) => Some(Zone::utc()),
            (DateValue::Date(_) | DateValue::Local(_), zone) => zone,
        };
        check_limits(&parts.rules, &parts.exrules, parts.dtstart)?;
        let rdates: usize = parts.rdates.iter().map(|dates| dates.values.len()).sum();
        let exdates: usize = parts.exdates.iter().map(|dates| dates.values.len()).sum();
        if rdates > MAX_DATES || exdates > MAX_DATES {
            return Err(Limit::Dates(MAX_DATES).into());
        }
        let mut recurrence = Self {
            dtstart: parts.dtstart,
            zone,
            gaps: parts.gaps,
            series: Vec::new(),
            excluded_series: Vec::new(),
            added: Vec::new(),
            added_rejected: Vec::new(),
            excluded_walls: Vec::new(),
            excluded_days: Vec::new(),
            excluded_instants: Vec::new(),
        };
        let mut steps = Steps::all();
        recurrence.series = parts.rules.iter().map(|rule| recurrence.series(rule, &mut steps)).collect();
        recurrence.excluded_series = parts.exrules.iter().map(|rule| recurrence.series(rule, &mut steps)).collect();
        recurrence.add_dates(&parts.rdates);
        recurrence.exclude_dates(&parts.exdates);
        Ok(recurrence)
    }

    /// The zone, none when floating.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The first start as given.
    #[must_use]
    pub fn dtstart(&self) -> DateValue {
        self.dtstart
    }

    /// Whether a rule of a frequency below an hour has neither COUNT nor UNTIL.
    pub(in crate::window) fn is_endlessly_fine(&self) -> bool {
        let endless = |series: &Series| series.last >= END_OF_TIME - 1 && series.counted_to.is_none();
        self.series
            .iter()
            .any(|series| endless(series) && unit_length(series.pattern.frequency).is_some_and(|unit| unit < 3600))
    }

    /// The starts with `span.start <= start < span.end`.
    #[must_use]
    pub fn starts(&self, span: Range<DateTime<Utc>>) -> Starts {
        self.starts_within(&span, &mut Steps::all(), MAX_STARTS)
    }

    /// The first `most` starts at or after `from`, to the end of the year 9999.
    #[must_use]
    pub fn next(&self, from: DateTime<Utc>, most: usize) -> Starts {
        let mut found = Starts::default();
        let (mut steps, mut days) = (Steps::all(), 1);
        let first = wall_at(wall_seconds(self.dtstart.wall()) - 2 * DAY).and_utc();
        let first = self.added.first().map_or(first, |added| added.at.min(first));
        let mut begin = from.max(first);
        let end_of_time = wall_at(END_OF_TIME + DAY).and_utc();
        while begin < end_of_time && found.starts.len() < most {
            let end = begin.checked_add_signed(TimeDelta::days(days)).map_or(end_of_time, |end| end.min(end_of_time));
            let wanted = most - found.starts.len();
            let part = self.starts_within(&(begin..end), &mut steps, wanted.min(MAX_STARTS));
            found.starts.extend(part.starts);
            found.rejected.extend(part.rejected);
            match part.gave_up {
                // Few are found in a long empty stretch: the next part is wider.
                None => (begin, days) = (end, days * 4),
                // As many as were wanted, of which EXDATE may have taken some: on from there.
                Some(GaveUp::Starts(from)) => begin = from,
                Some(GaveUp::Steps(_)) => {
                    found.gave_up = part.gave_up.filter(|_| found.starts.len() < most);
                    break;
                }
            }
        }
        found.starts.truncate(most);
        found
    }

    fn starts_within(&self, span: &Range<DateTime<Utc>>, steps: &mut Steps, most: usize) -> Starts {
        let mut found = Starts::default();
        let walls = self.walls(span);
        for series in &self.series {
            self.expand(series, span, &walls, steps, most, &mut found);
        }
        let low = self.added.partition_point(|start| start.at < span.start);
        let high = self.added.partition_point(|start| start.at < span.end);
        found.starts.extend_from_slice(&self.added[low..high.max(low)]);
        found.rejected.extend(self.added_rejected.iter().filter(|wall| walls.contains(&wall_seconds(**wall))));
        tidy(&mut found.starts);
        found.rejected.sort_unstable();
        found.rejected.dedup();
        self.exclude(steps, &mut found);
        if let Some(gave_up) = found.gave_up {
            found.starts.retain(|start| start.at < gave_up.from());
            found.rejected.retain(|wall| self.at_or_before(*wall) < gave_up.from());
        }
        found
    }

    /// The wall clocks that can lie in a span of instants, and some around them.
    fn walls(&self, span: &Range<DateTime<Utc>>) -> Range<i64> {
        // No instance lies outside the years 0 to 9999, and chrono has no local time at the far ends of its own.
        let (first, last) = (wall_at(-END_OF_TIME).and_utc(), wall_at(END_OF_TIME + 2 * DAY).and_utc());
        let (start, end) = (span.start.clamp(first, last), span.end.clamp(first, last));
        // A span may end within a second that starts something.
        let Some(zone) = &self.zone else { return start.timestamp()..end.timestamp() + 1 };
        let margin = if zone.is_fixed() { 0 } else { WIDEST_CHANGE };
        let local = |at: DateTime<Utc>| wall_seconds(zone.local(at).naive_local());
        local(start) - margin..local(end) + 1 + margin
    }

    /// Adds the starts of one rule, in order of wall clock.
    fn expand(
        &self,
        series: &Series,
        span: &Range<DateTime<Utc>>,
        walls: &Range<i64>,
        steps: &mut Steps,
        most: usize,
        found: &mut Starts,
    ) {
        let end = walls.end.min(series.last.saturating_add(1));
        let (mut count, mut latest, mut full) = (0, None, None);
        let mut quiet = Quiet::new(self.zone.as_ref());
        let walked = series.pattern.walk(walls.start, end, steps, |second| {
            if count >= most && latest < Some(self.at_or_before(wall_at(second))) {
                full = Some(second);
                return ControlFlow::Break(());
            }
            let passes = if second == series.last { series.last_passes } else { 2 };
            self.each_pass(&mut quiet, &series.pattern, second, passes, |pass| match pass {
                Pass::At(start) => {
                    if span.contains(&start.at) && series.last_instant.is_none_or(|last| start.at <= last) {
                        count += 1;
                        latest = latest.max(Some(start.at));
                        found.starts.push(start);
                    }
                }
                Pass::Rejected { wall, later } => found.rejected.extend(span.contains(&later).then_some(wall)),
            });
            ControlFlow::Continue(())
        });
        let from = |second: i64| self.at_or_before(wall_at(second));
        let spent = match walked {
            Walked::GaveUp { from: second } => Some(GaveUp::Steps(from(second))),
            Walked::Whole => series.counted_to.filter(|to| *to < walls.end).map(|to| GaveUp::Steps(from(to))),
            Walked::Stopped => full.map(|second| GaveUp::Starts(from(second))),
        };
        earlier(&mut found.gave_up, spent);
    }

    /// The first instant that this wall clock or a later one can mean.
    fn at_or_before(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        match self.zone.as_ref().filter(|zone| !zone.is_fixed()).map(|zone| zone.resolve(wall)) {
            None => self.unique(wall),
            Some(LocalTime::Unique(at) | LocalTime::Fold { first: at, .. }) => at,
            Some(LocalTime::Gap { change, .. }) => change.at,
        }
    }

    /// Takes away what EXRULE and EXDATE name.
    fn exclude(&self, steps: &mut Steps, found: &mut Starts) {
        let dates = [&self.excluded_walls, &self.excluded_days, &self.excluded_instants];
        if self.excluded_series.is_empty() && dates.iter().all(|list| list.is_empty()) {
            return;
        }
        // An EXRULE need not be looked at where there is nothing to take away.
        let (Some(first), Some(last)) = (found.starts.first(), found.starts.last()) else { return };
        let span = first.at..last.at + TimeDelta::seconds(1);
        let mut excluded = Starts::default();
        for series in &self.excluded_series {
            self.expand(series, &span, &self.walls(&span), steps, MAX_STARTS, &mut excluded);
        }
        earlier(&mut found.gave_up, excluded.gave_up);
        tidy(&mut excluded.starts);
        let by_rule = |start: &Start| excluded.starts.binary_search_by_key(&start.at, |other| other.at).is_ok();
        found.starts.retain(|start| {
            let wall = wall_seconds(start.wall);
            !(self.excluded_walls.binary_search(&wall).is_ok()
                || self.excluded_days.binary_search(&wall.div_euclid(DAY)).is_ok()
                || self.excluded_instants.binary_search(&start.at.timestamp()).is_ok()
                || by_rule(start))
        });
    }

    /// The instants of one wall-clock time of a rule, in order.
    ///
    /// A rule of days and longer names a wall clock that a gap shifts, and a fold gives its first pass. A rule of hours and
    /// shorter goes with the clock: what the clock never shows is no instance, what it shows twice is two.
    fn each_pass(
        &self,
        quiet: &mut Quiet<'_>,
        pattern: &Pattern,
        second: i64,
        passes: usize,
        mut each: impl FnMut(Pass),
    ) {
        let wall = wall_at(second);
        let runs_with_clock = unit_length(pattern.frequency).is_some();
        match quiet.resolve(second, wall) {
            LocalTime::Unique(at) => each(Pass::At(Start { wall, at, flag: None, period: None })),
            LocalTime::Fold { first, second, .. } => {
                let flag = Some(TimeFlag::AmbiguousLocalTime);
                let both = [first, second];
                let shown = if runs_with_clock { passes.min(2) } else { 1 };
                both[..shown].iter().for_each(|at| each(Pass::At(Start { wall, at: *at, flag, period: None })));
            }
            LocalTime::Gap { .. } if runs_with_clock => {}
            LocalTime::Gap { later, .. } => match self.gaps {
                GapPolicy::Shift => {
                    // 02:30 beside 03:30 in one rule: on the night of the gap the two are one.
                    let lands = self.zone.as_ref().map_or(wall, |zone| zone.local(later).naive_local());
                    if lands.date() != wall.date() || !pattern.has_time(wall_seconds(lands).rem_euclid(DAY)) {
                        each(Pass::At(Start {
                            wall,
                            at: later,
                            flag: Some(TimeFlag::NonexistentLocalTime),
                            period: None,
                        }));
                    }
                }
                GapPolicy::Skip => {}
                GapPolicy::Reject => each(Pass::Rejected { wall, later }),
            },
        }
    }

    /// The instant of a wall clock in a zone without changes, or in none.
    fn unique(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        let offset = self.zone.as_ref().map_or(0, |zone| zone.offset_at(wall.and_utc()).local_minus_utc());
        wall.and_utc() - TimeDelta::seconds(i64::from(offset))
    }

    fn series(&self, rule: &Rule, steps: &mut Steps) -> Series {
        let pattern = Pattern::new(rule, self.dtstart);
        let mut series =
            Series { pattern, last: END_OF_TIME - 1, last_instant: None, last_passes: 2, counted_to: None };
        match rule.end() {
            End::Never => {}
            End::Count(count) => self.count(&mut series, count, steps),
            // A DATE includes the whole of its day, as the calendars that write one mean it.
            End::Until(until @ DateValue::Date(_)) => series.last = wall_seconds(until.wall()) + DAY - 1,
            End::Until(DateValue::Local(wall)) => series.last = wall_seconds(wall),
            End::Until(DateValue::Utc(until)) => match &self.zone {
                None => series.last = wall_seconds(until),
                Some(_) if matches!(self.dtstart, DateValue::Date(_)) => series.last = wall_seconds(until),
                Some(zone) => {
                    series.last = wall_seconds(zone.local(until.and_utc()).naive_local()) + WIDEST_CHANGE;
                    series.last_instant = Some(until.and_utc());
                }
            },
        }
        series
    }

    /// Finds the last instance of a rule with COUNT, so that from here on it is a rule with UNTIL.
    fn count(&self, series: &mut Series, count: u32, steps: &mut Steps) {
        let mut left = count;
        let mut last = (series.pattern.start - 1, 2);
        let mut quiet = Quiet::new(self.zone.as_ref());
        let walked = series.pattern.walk(series.pattern.start, END_OF_TIME, steps, |second| {
            let mut passes = 0;
            self.each_pass(&mut quiet, &series.pattern, second, 2, |pass| match pass {
                Pass::At(_) if left > 0 => {
                    left -= 1;
                    passes += 1;
                }
                Pass::At(_) => {}
                Pass::Rejected { .. } => left = left.saturating_sub(1),
            });
            last = (second, passes);
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match walked {
            Walked::Stopped | Walked::Whole => (series.last, series.last_passes) = last,
            Walked::GaveUp { from } => {
                series.last = from - 1;
                series.counted_to = Some(from);
            }
        }
    }

    fn add_dates(&mut self, rdates: &[Dates<Extra>]) {
        let mut extras: Vec<(Extra, Option<&Zone>)> = Vec::new();
        for dates in rdates {
            extras.extend(dates.values.iter().map(|extra| (*extra, dates.zone.as_ref())));
        }
        if self.series.is_empty() {
            extras.push((Extra::At(self.dtstart), None));
        }
        let clock = self.dtstart.wall().time();
        for (extra, zone) in extras {
            let period = extra.length().map(|_| extra);
            let wall = match (extra.start(), self.dtstart) {
                // A DATE beside a DTSTART with a time means that time.
                (DateValue::Date(date), DateValue::Local(_) | DateValue::Utc(_)) => date.and_time(clock),
                (start, _) => start.wall(),
            };
            let utc = matches!(extra.start(), DateValue::Utc(_)).then_some(Zone::utc());
            match utc.as_ref().or(zone) {
                Some(zone) if self.zone.is_some() => self.add_instant(read_in(zone, wall), period),
                Some(_) | None => self.add_wall(wall, period),
            }
        }
        tidy(&mut self.added);
    }

    fn add_instant(&mut self, at: DateTime<Utc>, period: Option<Extra>) {
        let wall = self.zone.as_ref().map_or(at.naive_utc(), |zone| zone.local(at).naive_local());
        self.added.push(Start { wall, at, flag: None, period });
    }

    fn add_wall(&mut self, wall: NaiveDateTime, period: Option<Extra>) {
        let Some(zone) = self.zone.as_ref().filter(|zone| !zone.is_fixed()) else {
            self.added.push(Start { wall, at: self.unique(wall), flag: None, period });
            return;
        };
        let start = |at, flag| Start { wall, at, flag, period };
        match zone.resolve(wall) {
            LocalTime::Unique(at) => self.added.push(start(at, None)),
            LocalTime::Fold { first, .. } => self.added.push(start(first, Some(TimeFlag::AmbiguousLocalTime))),
            LocalTime::Gap { later, .. } => match self.gaps {
                GapPolicy::Shift => self.added.push(start(later, Some(TimeFlag::NonexistentLocalTime))),
                GapPolicy::Skip => {}
                GapPolicy::Reject => self.added_rejected.push(wall),
            },
        }
    }

    fn exclude_dates(&mut self, exdates: &[Dates<DateValue>]) {
        for (value, zone) in exdates.iter().flat_map(|dates| dates.values.iter().map(|value| (*value, &dates.zone))) {
            match (value, &self.zone, zone) {
                (DateValue::Date(_), ..) => self.excluded_days.push(wall_seconds(value.wall()).div_euclid(DAY)),
                (DateValue::Utc(wall), Some(_), _) => self.excluded_instants.push(wall_seconds(wall)),
                (DateValue::Local(wall), Some(_), Some(zone)) => {
                    self.excluded_instants.push(read_in(zone, wall).timestamp());
                }
                (DateValue::Utc(wall), None, _) | (DateValue::Local(wall), _, _) => {
                    self.excluded_walls.push(wall_seconds(wall));
                }
            }
        }
        for list in [&mut self.excluded_walls, &mut self.excluded_days, &mut self.excluded_instants] {
            list.sort_unstable();
            list.dedup();
        }
    }
}

/// One reading of an instance.
enum Pass {
    At(Start),
    Rejected { wall: NaiveDateTime, later: DateTime<Utc> },
}

fn check_limits(rules: &[Rule], exrules: &[Rule], dtstart: DateValue) -> Result<(), RecurrenceError> {
    if rules.len() + exrules.len() > MAX_RULES {
        return Err(Limit::Rules(MAX_RULES).into());
    }
    let timeless = matches!(dtstart, DateValue::Date(_));
    match rules.iter().chain(exrules).find(|rule| timeless && unit_length(rule.frequency()).is_some()) {
        Some(rule) => Err(RecurrenceError::NoTime(rule.frequency())),
        None => Ok(()),
    }
}

/// An explicit local time of another property: the offset before a gap, the first pass of a fold (section 3.3.5).
fn read_in(zone: &Zone, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.resolve(wall) {
        LocalTime::Unique(at) => at,
        LocalTime::Gap { later, .. } => later,
        LocalTime::Fold { first, .. } => first,
    }
}

/// Sorts and leaves each instant once: the start that needed no decision, then the one with a length of its own.
fn tidy(starts: &mut Vec<Start>) {
    let is_sorted = starts.windows(2).all(|pair| pair[0].at < pair[1].at);
    if !is_sorted {
        starts.sort_by_key(|start| (start.at, start.flag.is_some(), start.period.is_none(), start.wall));
        starts.dedup_by_key(|start| start.at);
    }
}

fn earlier(kept: &mut Option<GaveUp>, other: Option<GaveUp>) {
    *kept = match (*kept, other) {
        (Some(a), Some(b)) => Some(if b.from() < a.from() { b } else { a }),
        (a, b) => a.or(b),
    };
}
