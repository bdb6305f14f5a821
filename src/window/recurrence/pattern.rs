//! A rule compiled against its DTSTART: what the rule leaves unsaid is filled in from there.

use super::calendar::{DAY, Month, civil, first_of_year, week_of, weekday, year_length};
use super::rule::{Bits, Frequency, NthWeekday, Rule};
use super::value::DateValue;

/// Which days a rule allows: every part given must hold.
#[derive(Debug, Clone)]
pub(super) struct DayParts {
    pub(super) months: Bits,
    month_days: Bits,
    month_days_from_end: Bits,
    year_days: Vec<i16>,
    weekdays: Bits,
    nth_weekdays: Vec<NthWeekday>,
    /// Whether `2TU` counts within the month rather than the year.
    nth_in: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Month,
    Year,
}

impl DayParts {
    fn new(rule: &Rule, start: i64) -> Self {
        let (_, month, day) = civil(start.div_euclid(DAY));
        let only = |n: i64| Bits(1 << n);
        let mut parts = Self {
            months: rule.months,
            month_days: rule.month_days,
            month_days_from_end: rule.month_days_from_end,
            year_days: rule.year_days.clone(),
            weekdays: rule.weekdays,
            nth_weekdays: rule.nth_weekdays.clone(),
            nth_in: if rule.frequency == Frequency::Yearly && rule.months.is_empty() {
                Scope::Year
            } else {
                Scope::Month
            },
        };
        let no_day = !rule.has_weekdays() && !rule.has_month_days() && rule.year_days.is_empty();
        let on_weekday = Bits(1 << weekday(start.div_euclid(DAY)));
        match rule.frequency {
            Frequency::Yearly if !rule.weeks.is_empty() => {
                if no_day {
                    parts.weekdays = on_weekday;
                }
            }
            Frequency::Yearly => {
                if no_day {
                    parts.month_days = only(day);
                }
                // `FREQ=YEARLY;BYMONTHDAY=1` does not say which month: it is DTSTART's (section 3.3.10: what the rule does
                // not contain is derived from DTSTART). Beside BYDAY the whole year is expanded and then limited.
                let month_unsaid = !rule.has_weekdays() && rule.year_days.is_empty();
                if month_unsaid && rule.months.is_empty() {
                    parts.months = only(month);
                }
            }
            Frequency::Monthly if no_day => parts.month_days = only(day),
            Frequency::Weekly if no_day => parts.weekdays = on_weekday,
            Frequency::Monthly
            | Frequency::Weekly
            | Frequency::Daily
            | Frequency::Hourly
            | Frequency::Minutely
            | Frequency::Secondly => {}
        }
        if parts.months.is_empty() {
            parts.months = Bits(0b1_1111_1111_1110);
        }
        parts
    }

    /// Whether every day of every month is allowed.
    fn allow_all(&self) -> bool {
        self.months.0 == 0b1_1111_1111_1110
            && self.month_days.is_empty()
            && self.month_days_from_end.is_empty()
            && self.year_days.is_empty()
            && self.weekdays.is_empty()
            && self.nth_weekdays.is_empty()
    }

    /// The days allowed of one month: bit 0 is its first day.
    pub(super) fn of_month(&self, month: &Month) -> u64 {
        let all = (1 << month.length) - 1;
        if !self.months.has(month.of_year()) {
            return 0;
        }
        let mut days = all;
        if !self.month_days.is_empty() || !self.month_days_from_end.is_empty() {
            let from_end = self.month_days_from_end.each().filter(|n| *n <= month.length);
            days &= from_end.fold(self.month_days.0 >> 1, |days, n| days | 1 << (month.length - n));
        }
        if !self.weekdays.is_empty() || !self.nth_weekdays.is_empty() {
            days &= self.weekdays_of(month);
        }
        if !self.year_days.is_empty() {
            days &= self.year_days_of(month);
        }
        days
    }

    fn weekdays_of(&self, month: &Month) -> u64 {
        let first = weekday(month.first);
        // The seven bits turned so that bit 0 is the weekday of the 1st, then repeated for five weeks.
        let week = (self.weekdays.0 >> first | self.weekdays.0 << (7 - first)) & 0x7f;
        let mut days = week * 0x1020_4081;
        let (scope, length) = match self.nth_in {
            Scope::Month => (month.first, i64::from(month.length)),
            Scope::Year => (first_of_year(month.year()), year_length(month.year())),
        };
        for nth in &self.nth_weekdays {
            let day = nth_in(*nth, scope, length) - month.first;
            if (0..i64::from(month.length)).contains(&day) {
                days |= 1 << day;
            }
        }
        days
    }

    fn year_days_of(&self, month: &Month) -> u64 {
        let (first, length) = (first_of_year(month.year()), year_length(month.year()));
        let mut days = 0;
        for n in self.year_days.iter().map(|n| i64::from(*n)).filter(|n| n.abs() <= length) {
            let day = if n > 0 { first + n - 1 } else { first + length + n } - month.first;
            if (0..i64::from(month.length)).contains(&day) {
                days |= 1 << day;
            }
        }
        days
    }
}

/// The day of the n-th weekday in a scope; before or after the scope when it has not so many.
fn nth_in(nth: NthWeekday, first: i64, length: i64) -> i64 {
    let n = i64::from(nth.n);
    let forward = |from: i64| (i64::from(nth.weekday) + 7 - i64::from(weekday(from))) % 7;
    let last = first + length - 1;
    if n > 0 {
        let day = first + forward(first) + (n - 1) * 7;
        if day <= last { day } else { i64::MAX / 2 }
    } else {
        let back = (7 - forward(last)) % 7;
        let day = last - back + (n + 1) * 7;
        if day >= first { day } else { i64::MIN / 2 }
    }
}

/// A rule ready to be walked.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) week_start: u8,
    /// DTSTART in wall-clock seconds since 1970: no instance lies before it.
    pub(super) start: i64,
    pub(super) days: DayParts,
    /// Whether `days` leaves out any day.
    pub(super) limits_days: bool,
    /// BYWEEKNO.
    pub(super) weeks: Vec<i16>,
    /// BYHOUR, BYMINUTE and BYSECOND where they limit the period; all bits set where they do not.
    pub(super) limits: [u64; 3],
    /// Seconds after the beginning of a day (or of the hour, minute, second of such a frequency), in order.
    pub(super) times: Vec<i64>,
    /// BYSETPOS.
    pub(super) positions: Vec<i16>,
    /// Whether INTERVAL steps over every moment that the other parts allow.
    pub(super) never: bool,
}

/// The period of a frequency below a day in seconds.
pub(super) fn unit_length(frequency: Frequency) -> Option<i64> {
    match frequency {
        Frequency::Secondly => Some(1),
        Frequency::Minutely => Some(60),
        Frequency::Hourly => Some(3600),
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => None,
    }
}

impl Pattern {
    /// The rule as it runs from `dtstart`. On a DATE, BYHOUR, BYMINUTE and BYSECOND are ignored (section 3.3.10).
    pub(super) fn new(rule: &Rule, dtstart: DateValue) -> Self {
        let start = super::value::wall_seconds(dtstart.wall());
        let clock = if matches!(dtstart, DateValue::Date(_)) {
            [Bits::default(); 3]
        } else {
            [rule.hours, rule.minutes, rule.seconds]
        };
        let days = DayParts::new(rule, start);
        let mut pattern = Self {
            frequency: rule.frequency,
            interval: i64::from(rule.interval),
            week_start: rule.week_start,
            start,
            limits_days: !days.allow_all(),
            days,
            weeks: rule.weeks.clone(),
            limits: [u64::MAX; 3],
            times: Vec::new(),
            positions: rule.positions.clone(),
            never: false,
        };
        pattern.set_times(clock);
        pattern
    }

    /// Sorts each of BYHOUR, BYMINUTE, BYSECOND into what limits the period and what expands it.
    fn set_times(&mut self, clock: [Bits; 3]) {
        let limited = match self.frequency {
            Frequency::Secondly => 3,
            Frequency::Minutely => 2,
            Frequency::Hourly => 1,
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => 0,
        };
        let in_day = self.start.rem_euclid(DAY);
        let of_start = [in_day / 3600, in_day / 60 % 60, in_day % 60];
        let mut times = vec![0];
        for (place, bits) in clock.into_iter().enumerate() {
            if place < limited {
                if !bits.is_empty() {
                    self.limits[place] = bits.0;
                }
                continue;
            }
            let bits = if bits.is_empty() { Bits(1 << of_start[place]) } else { bits };
            let unit = [3600, 60, 1][place];
            times = times.iter().flat_map(|time| bits.each().map(move |n| time + i64::from(n) * unit)).collect();
        }
        self.times = times;
        self.never = unit_length(self.frequency).is_some_and(|unit| self.steps_over_all(unit));
    }

    /// Whether no allowed time of day is ever reached: with INTERVAL i the times of day reached are those that leave the same
    /// remainder as DTSTART's by the greatest common divisor of i and the length of the day.
    fn steps_over_all(&self, unit: i64) -> bool {
        if self.limits == [u64::MAX; 3] {
            return false;
        }
        let divisor = greatest_common_divisor(self.interval, DAY / unit);
        let start = self.start.div_euclid(unit);
        let mut next = self.next_time(0, unit);
        while let Some(time) = next {
            if (time - start).rem_euclid(divisor) == 0 {
                return false;
            }
            next = self.next_time(time + 1, unit);
        }
        true
    }

    /// The first period of the day, from the `from`-th on, that BYHOUR, BYMINUTE and BYSECOND allow.
    pub(super) fn next_time(&self, from: i64, unit: i64) -> Option<i64> {
        let mut second = from * unit;
        // Each turn raises one of the three numbers to the next allowed and clears those below it.
        loop {
            let (hour, minute) = (second / 3600, second / 60 % 60);
            let allowed_hour = next_bit(self.limits[0], hour).filter(|hour| *hour < 24)?;
            if allowed_hour > hour {
                second = allowed_hour * 3600;
                continue;
            }
            match next_bit(self.limits[1], minute).filter(|minute| *minute < 60) {
                None => second = (hour + 1) * 3600,
                Some(allowed) if allowed > minute => second = hour * 3600 + allowed * 60,
                Some(_) => match next_bit(self.limits[2], second % 60).filter(|second| *second < 60) {
                    None => second = (second / 60 + 1) * 60,
                    Some(allowed) => return Some((second / 60 * 60 + allowed) / unit),
                },
            }
        }
    }

    /// Whether every day of an instance has one at this second of the day too; of frequencies of a day and longer.
    pub(super) fn has_time(&self, second_of_day: i64) -> bool {
        self.positions.is_empty() && self.times.binary_search(&second_of_day).is_ok()
    }

    /// The weekdays of BYDAY as days after the first day of the week.
    pub(super) fn days_of_week(&self) -> u64 {
        let first = u32::from(self.week_start);
        (self.days.weekdays.0 >> first | self.days.weekdays.0 << (7 - first)) & 0x7f
    }

    pub(super) fn first_week(&self) -> i64 {
        week_of(self.start.div_euclid(DAY), self.week_start)
    }
}

fn next_bit(bits: u64, from: i64) -> Option<i64> {
    let rest = u32::try_from(from).ok().and_then(|from| u64::MAX.checked_shl(from)).map_or(0, |high| bits & high);
    (rest != 0).then(|| i64::from(rest.trailing_zeros()))
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
