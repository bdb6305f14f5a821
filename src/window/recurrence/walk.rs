//! A compiled rule walked over a span of wall-clock time.

use std::ops::ControlFlow;

use super::calendar::{DAY, END_OF_TIME, Month, civil, first_of_year, first_week, week_of, week_year};
use super::pattern::{Pattern, unit_length};
use super::rule::Frequency;

/// Most steps of one expansion; a step is a period looked at or an instance found. In release builds they take about 20 ms
/// together on a busy machine, and a weekly rule needs 104 a year.
pub const MAX_STEPS: u64 = 500_000;

/// Steps that are left.
#[derive(Debug)]
pub(super) struct Steps(u64);

impl Steps {
    pub(super) fn all() -> Self {
        Self(MAX_STEPS)
    }
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walked {
    /// The whole span was seen.
    Whole,
    /// The visitor had enough.
    Stopped,
    /// The steps ran out: nothing is known from this wall-clock second on.
    GaveUp { from: i64 },
}

/// Why a walk ends before its span does.
enum Halt {
    Past,
    Stopped,
    Spent,
}

type Going = Result<(), Halt>;

impl Pattern {
    /// Shows `visit` every instance with `from <= instance < to`, in order, each once.
    pub(super) fn walk<V>(&self, from: i64, to: i64, steps: &mut Steps, visit: V) -> Walked
    where
        V: FnMut(i64) -> ControlFlow<()>,
    {
        let (from, to) = (from.max(self.start), to.min(END_OF_TIME));
        if self.never || from >= to {
            return Walked::Whole;
        }
        let mut walk = Walk { pattern: self, from, to, steps, visit, reached: from, days: Vec::new(), month: None };
        let ended = match self.frequency {
            Frequency::Yearly if self.weeks.is_empty() => walk.years(),
            Frequency::Yearly => walk.week_years(),
            Frequency::Monthly => walk.months(),
            Frequency::Weekly => walk.weeks(),
            Frequency::Daily => walk.days(),
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                walk.units(unit_length(self.frequency).expect("a frequency below a day has one"))
            }
        };
        match ended {
            Ok(()) | Err(Halt::Past) => Walked::Whole,
            Err(Halt::Stopped) => Walked::Stopped,
            Err(Halt::Spent) => Walked::GaveUp { from: walk.reached },
        }
    }
}

struct Walk<'a, V> {
    pattern: &'a Pattern,
    from: i64,
    to: i64,
    steps: &'a mut Steps,
    visit: V,
    /// Everything before this second has been shown.
    reached: i64,
    /// The days of the present period.
    days: Vec<i64>,
    /// The month last looked at with its allowed days.
    month: Option<(Month, u64)>,
}

/// The first of `base`, `base + step`, … that is not before `at`.
fn on_grid(base: i64, step: i64, at: i64) -> i64 {
    if at <= base { base } else { base + (at - base + step - 1) / step * step }
}

impl<V: FnMut(i64) -> ControlFlow<()>> Walk<'_, V> {
    /// Begins a period at a wall-clock second.
    fn period(&mut self, start: i64) -> Going {
        if start >= self.to {
            return Err(Halt::Past);
        }
        self.reached = self.reached.max(start);
        self.take(1)
    }

    fn take(&mut self, steps: usize) -> Going {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.steps.0 = self.steps.0.checked_sub(steps).ok_or(Halt::Spent)?;
        Ok(())
    }

    fn show(&mut self, second: i64) -> Going {
        if second >= self.to {
            return Err(Halt::Past);
        }
        self.reached = self.reached.max(second);
        self.take(1)?;
        if second >= self.from && (self.visit)(second).is_break() {
            return Err(Halt::Stopped);
        }
        self.reached = self.reached.max(second + 1);
        Ok(())
    }

    fn years(&mut self) -> Going {
        let pattern = self.pattern;
        let mut year =
            on_grid(civil(pattern.start.div_euclid(DAY)).0, pattern.interval, civil(self.from.div_euclid(DAY)).0);
        loop {
            self.period(first_of_year(year) * DAY)?;
            self.days.clear();
            for month in pattern.days.months.each() {
                self.add_month(&Month::numbered(year * 12 + i64::from(month) - 1))?;
            }
            self.show_days()?;
            year += pattern.interval;
        }
    }

    fn months(&mut self) -> Going {
        let pattern = self.pattern;
        let start = Month::of_day(pattern.start.div_euclid(DAY)).number;
        let mut number = on_grid(start, pattern.interval, Month::of_day(self.from.div_euclid(DAY)).number);
        loop {
            let month = Month::numbered(number);
            self.period(month.first * DAY)?;
            self.days.clear();
            self.add_month(&month)?;
            self.show_days()?;
            number += pattern.interval;
        }
    }

    fn add_month(&mut self, month: &Month) -> Going {
        let mut days = self.pattern.days.of_month(month);
        self.take(1)?;
        while days != 0 {
            self.days.push(month.first + i64::from(days.trailing_zeros()));
            days &= days - 1;
        }
        Ok(())
    }

    /// Years by their numbered weeks, which may begin in December and end in January.
    fn week_years(&mut self) -> Going {
        let pattern = self.pattern;
        let of = |second: i64| week_year(second.div_euclid(DAY), pattern.week_start);
        let mut year = on_grid(of(pattern.start), pattern.interval, of(self.from));
        loop {
            let first = first_week(year, pattern.week_start);
            let count = (first_week(year + 1, pattern.week_start) - first) / 7;
            self.period(first * DAY)?;
            let numbers = pattern.weeks.iter().map(|n| i64::from(*n));
            let mut weeks: Vec<i64> = numbers.map(|n| if n > 0 { n - 1 } else { count + n }).collect();
            weeks.retain(|week| (0..count).contains(week));
            weeks.sort_unstable();
            weeks.dedup();
            self.days.clear();
            for day in weeks.iter().flat_map(|week| first + week * 7..first + week * 7 + 7) {
                self.take(1)?;
                if self.allows(day) {
                    self.days.push(day);
                }
            }
            self.show_days()?;
            year += pattern.interval;
        }
    }

    fn weeks(&mut self) -> Going {
        let pattern = self.pattern;
        let in_week = pattern.days_of_week();
        let every_month = pattern.days.months.0.count_ones() == 12;
        let mut week =
            on_grid(pattern.first_week(), 7 * pattern.interval, week_of(self.from.div_euclid(DAY), pattern.week_start));
        loop {
            self.period(week * DAY)?;
            self.days.clear();
            let mut rest = in_week;
            while rest != 0 {
                let day = week + i64::from(rest.trailing_zeros());
                if every_month || self.allows(day) {
                    self.days.push(day);
                }
                rest &= rest - 1;
            }
            self.show_days()?;
            week += 7 * pattern.interval;
        }
    }

    fn days(&mut self) -> Going {
        let pattern = self.pattern;
        let start = pattern.start.div_euclid(DAY);
        let mut day = on_grid(start, pattern.interval, self.from.div_euclid(DAY));
        loop {
            self.period(day * DAY)?;
            let allowed = if pattern.limits_days { self.next_allowed(day)? } else { day };
            if allowed > day {
                day = on_grid(start, pattern.interval, allowed);
                continue;
            }
            self.days.clear();
            self.days.push(day);
            self.show_days()?;
            day += pattern.interval;
        }
    }

    /// Hours, minutes or seconds: what the other parts forbid is leapt over.
    fn units(&mut self, length: i64) -> Going {
        let pattern = self.pattern;
        let in_day = DAY / length;
        let start = pattern.start.div_euclid(length);
        let mut unit = on_grid(start, pattern.interval, self.from.div_euclid(length));
        loop {
            self.period(unit * length)?;
            let day = unit.div_euclid(in_day);
            let allowed = if pattern.limits_days { self.next_allowed(day)? } else { day };
            if allowed > day {
                unit = on_grid(start, pattern.interval, allowed * in_day);
                continue;
            }
            let time = unit.rem_euclid(in_day);
            let allowed = pattern.next_time(time, length).unwrap_or(in_day);
            if allowed > time {
                unit = on_grid(start, pattern.interval, day * in_day + allowed);
                continue;
            }
            self.show_times(&[unit * length])?;
            unit += pattern.interval;
        }
    }

    /// The first allowed day from `day` on.
    fn next_allowed(&mut self, day: i64) -> Result<i64, Halt> {
        let mut day = day;
        loop {
            let (month, days) = self.month_of(day);
            let rest = days >> (day - month.first);
            if rest != 0 {
                return Ok(day + i64::from(rest.trailing_zeros()));
            }
            day = month.first + i64::from(month.length);
            self.period(day * DAY)?;
        }
    }

    fn allows(&mut self, day: i64) -> bool {
        let (month, days) = self.month_of(day);
        days >> (day - month.first) & 1 == 1
    }

    /// The month of a day with its allowed days.
    fn month_of(&mut self, day: i64) -> (Month, u64) {
        if let Some((month, days)) = self.month {
            let after = month.first + i64::from(month.length);
            if (month.first..after).contains(&day) {
                return (month, days);
            }
        }
        let month = Month::of_day(day);
        let days = self.pattern.days.of_month(&month);
        self.month = Some((month, days));
        (month, days)
    }

    fn show_days(&mut self) -> Going {
        let mut days = std::mem::take(&mut self.days);
        for day in &mut days {
            *day *= DAY;
        }
        let going = self.show_times(&days);
        self.days = days;
        going
    }

    /// Shows the instances of one period: each of `bases` with each time, or those of them that BYSETPOS picks.
    fn show_times(&mut self, bases: &[i64]) -> Going {
        let pattern = self.pattern;
        if pattern.positions.is_empty() {
            for base in bases {
                // Of a period that began before the span, what lies before it is leapt over.
                let skipped =
                    if *base >= self.from { 0 } else { pattern.times.partition_point(|time| base + time < self.from) };
                for time in &pattern.times[skipped..] {
                    self.show(base + time)?;
                }
            }
            return Ok(());
        }
        let each = pattern.times.len();
        let all = bases.len() * each;
        self.take(pattern.positions.len())?;
        let place = |n: &i16| match usize::from(n.unsigned_abs()) {
            n_th if n_th > all => None,
            n_th if *n > 0 => Some(n_th - 1),
            n_th => Some(all - n_th),
        };
        let mut places: Vec<usize> = pattern.positions.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            self.show(bases[place / each] + pattern.times[place % each])?;
        }
        Ok(())
    }
}
