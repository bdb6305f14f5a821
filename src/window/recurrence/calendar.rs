//! The calendar as the generator needs it: days and months as running numbers.

use chrono::{Datelike as _, NaiveDate};

/// Days from 0001-01-01 (day 1 of the common era) to 1970-01-01.
const EPOCH_FROM_CE: i64 = 719_163;

/// Seconds of a wall-clock day.
pub(super) const DAY: i64 = 86_400;

/// The last year that DATE can write.
pub(super) const LAST_YEAR: i64 = 9999;

/// The first wall-clock second after the year 9999, since 1970.
pub(super) const END_OF_TIME: i64 = 253_402_300_800;

/// A month: its running number (12 a year), its first day since 1970, its length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Month {
    pub(super) number: i64,
    pub(super) first: i64,
    pub(super) length: u32,
}

impl Month {
    /// The month so many months after January of the year 0; clamped to what lies a little outside the years 0 to 9999.
    pub(super) fn numbered(number: i64) -> Self {
        let number = number.clamp(-24, (LAST_YEAR + 3) * 12);
        let first = first_of(number);
        let year = number.div_euclid(12);
        let length = match number.rem_euclid(12) {
            1 if is_leap(year) => 29,
            1 => 28,
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        };
        Self { number, first, length }
    }

    /// The month in which a day since 1970 lies.
    pub(super) fn of_day(day: i64) -> Self {
        let (year, month, _) = civil(day);
        Self::numbered(year * 12 + month - 1)
    }

    pub(super) fn year(&self) -> i64 {
        self.number.div_euclid(12)
    }

    /// 1 to 12.
    pub(super) fn of_year(&self) -> u32 {
        u32::try_from(self.number.rem_euclid(12)).expect("a remainder of 12") + 1
    }
}

/// Year, month (1 to 12) and day of the month of a day since 1970.
pub(super) fn civil(day: i64) -> (i64, i64, i64) {
    let date = i32::try_from(day + EPOCH_FROM_CE).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    let date = date.unwrap_or(NaiveDate::MAX);
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// The first day, since 1970, of a running month, by the leap years before it: this is asked once or twice for each period
/// of a rule, and chrono's dates take a third of a yearly rule's time.
fn first_of(number: i64) -> i64 {
    /// Days of a common year before each month.
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let (year, month) = (number.div_euclid(12), number.rem_euclid(12));
    let past = year - 1;
    let leap_days = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    let leap_day = i64::from(month > 1 && is_leap(year));
    let in_year = usize::try_from(month).map_or(0, |month| BEFORE[month]);
    past * 365 + leap_days + in_year + leap_day + 1 - EPOCH_FROM_CE
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The first day of a year.
pub(super) fn first_of_year(year: i64) -> i64 {
    Month::numbered(year * 12).first
}

/// 365 or 366.
pub(super) fn year_length(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

/// Monday 0 to Sunday 6.
pub(super) fn weekday(day: i64) -> u32 {
    // 1970-01-01 was a Thursday.
    u32::try_from((day + 3).rem_euclid(7)).expect("a remainder of 7")
}

/// The first day of the week in which `day` lies.
pub(super) fn week_of(day: i64, week_start: u8) -> i64 {
    day - i64::from((weekday(day) + 7 - u32::from(week_start)) % 7)
}

/// The first day of week 1 of a year: the first week with at least four days in that year (RFC 5545, BYWEEKNO).
pub(super) fn first_week(year: i64, week_start: u8) -> i64 {
    week_of(first_of_year(year) + 3, week_start)
}

/// The year by whose weeks a day is counted; around New Year it can differ from the calendar's.
pub(super) fn week_year(day: i64, week_start: u8) -> i64 {
    let (year, ..) = civil(day);
    if day < first_week(year, week_start) {
        year - 1
    } else if day >= first_week(year + 1, week_start) {
        year + 1
    } else {
        year
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_begins_where_chrono_says() {
        for number in -24..(LAST_YEAR + 3) * 12 {
            let month = Month::numbered(number);
            let (year, of_year) = (i32::try_from(month.year()).expect("small"), month.of_year());
            let first = NaiveDate::from_ymd_opt(year, of_year, 1).expect("a first day");
            assert_eq!(month.first, i64::from(first.num_days_from_ce()) - EPOCH_FROM_CE, "{first}");
            assert_eq!(month.length, u32::from(first.num_days_in_month()), "{first}");
            assert_eq!(civil(month.first), (month.year(), i64::from(of_year), 1), "{first}");
        }
    }
}
