//! The day that a written date means: a numeric one by what else the notice writes, one without a year by the day on which
//! the notice was sent.

use chrono::{Datelike as _, Days, NaiveDate};

use super::scan::{Date, Day, Stamp};

/// A notice without a year speaks of the next such day, or of one this short while ago: a completion comes late.
const LATE: Days = Days::new(60);

/// Which number of a numeric date is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// What a notice tells of its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dates {
    /// None when nothing tells, or when one date tells this and another that.
    order: Option<Order>,
    sent: Option<NaiveDate>,
}

/// A day that a date may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) day: NaiveDate,
    pub(super) order: Option<Order>,
    pub(super) year: Year,
}

/// Whether the year was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    Written,
    NearTheDaySent,
}

impl Dates {
    /// Learns the order from all dates of a notice: a day beyond the twelfth, a weekday, the same day with its month
    /// written out.
    pub(super) fn of_notice(stamps: &[Stamp], sent: Option<NaiveDate>) -> Self {
        let dates: Vec<Date> = stamps.iter().filter_map(|stamp| stamp.date).collect();
        let written: Vec<NaiveDate> = dates
            .iter()
            .filter_map(|date| match date.day {
                Day::Settled(day) if date.numbers.is_none() => Some(day),
                Day::Settled(_) | Day::Numeric { .. } | Day::Yearless { .. } => None,
            })
            .collect();
        let mut told: Vec<Order> = dates.iter().filter_map(|date| tells(date, &written)).collect();
        told.sort_unstable_by_key(|order| *order == Order::MonthFirst);
        told.dedup();
        let order = match told.as_slice() {
            [only] => Some(*only),
            [] | [_, ..] => None,
        };
        Self { order, sent }
    }

    /// The days that a date may mean, the likeliest first.
    pub(super) fn meant(self, date: &Date) -> Vec<Meant> {
        match date.day {
            Day::Settled(day) => vec![Meant { day, order: None, year: Year::Written }],
            Day::Yearless { month, day } => self.near_the_day_sent(month, day).into_iter().collect(),
            Day::Numeric { first, second, year, dots } => {
                let by_weekday = date.weekday.and_then(|weekday| {
                    let fits =
                        |order: &Order| of_order(first, second, year, *order).is_some_and(|d| d.weekday() == weekday);
                    let fitting: Vec<Order> = [Order::DayFirst, Order::MonthFirst].into_iter().filter(fits).collect();
                    <[Order; 1]>::try_from(fitting).ok().map(|[only]| only)
                });
                let settled = by_weekday.or(self.order).or(dots.then_some(Order::DayFirst));
                let orders = settled.map_or(vec![Order::DayFirst, Order::MonthFirst], |order| vec![order]);
                let mut days: Vec<Meant> = orders
                    .into_iter()
                    .filter_map(|order| {
                        let day = of_order(first, second, year, order)?;
                        Some(Meant { day, order: Some(order), year: Year::Written })
                    })
                    .collect();
                days.dedup_by_key(|meant| meant.day);
                days.sort_by_key(|meant| self.sent.map_or(0, |sent| (meant.day - sent).num_days().abs()));
                days
            }
        }
    }

    fn near_the_day_sent(self, month: u32, day: u32) -> Option<Meant> {
        let sent = self.sent?;
        let earliest = sent.checked_sub_days(LATE)?;
        let days = (sent.year() - 1..=sent.year() + 1).filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
        let day = days.into_iter().find(|day| *day >= earliest)?;
        Some(Meant { day, order: None, year: Year::NearTheDaySent })
    }
}

fn of_order(first: u32, second: u32, year: i32, order: Order) -> Option<NaiveDate> {
    match order {
        Order::DayFirst => NaiveDate::from_ymd_opt(year, second, first),
        Order::MonthFirst => NaiveDate::from_ymd_opt(year, first, second),
    }
}

fn tells(date: &Date, written: &[NaiveDate]) -> Option<Order> {
    match date.day {
        Day::Settled(_) => match date.numbers? {
            (first, _) if first > 12 => Some(Order::DayFirst),
            (_, second) if second > 12 => Some(Order::MonthFirst),
            (_, _) => None,
        },
        Day::Yearless { .. } => None,
        Day::Numeric { first, second, year, .. } => {
            if first == second {
                return None;
            }
            let fits = |order: Order| {
                let day = of_order(first, second, year, order);
                day.is_some_and(|day| date.weekday.map_or(written.contains(&day), |weekday| day.weekday() == weekday))
            };
            match (fits(Order::DayFirst), fits(Order::MonthFirst)) {
                (true, false) => Some(Order::DayFirst),
                (false, true) => Some(Order::MonthFirst),
                (true, true) | (false, false) => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::generic::scan::stamps;

    /// `expected`: the days that the first date of the notice may mean.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = stamps(text);
        let dates = Dates::of_notice(&found, NaiveDate::from_ymd_opt(2030, 9, 1));
        let meant = dates.meant(&found[0].date.expect("a date"));
        assert_eq!(meant.iter().map(|meant| meant.day.to_string()).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn a_numeric_date_is_settled_by_the_notice_alone() {
        check("12/10/2030 22:00 until 13/10/2030 08:00", &["2030-10-12"]);
        check("12/10/2030 22:00 until 12/15/2030 08:00", &["2030-12-10"]);
        check("12/10/2030, that is the 10th of December 2030", &["2030-12-10"]);
        check("Sat 12/10/2030", &["2030-10-12"]);
        check("12.10.2030 22:00", &["2030-10-12"]);
        check("10/10/2030 22:00", &["2030-10-10"]);
        // The nearer one first.
        check("12/10/2030 22:00", &["2030-10-12", "2030-12-10"]);
        check("10/12/2030 22:00", &["2030-10-12", "2030-12-10"]);
        // One date tells this, another that.
        check("12/10/2030 and 13/10/2030 and 10/13/2030", &["2030-10-12", "2030-12-10"]);
    }

    #[test]
    fn a_date_without_a_year_is_near_the_day_sent() {
        check("14 October 22:00", &["2030-10-14"]);
        check("14 March 22:00", &["2031-03-14"]);
        check("14 August 22:00", &["2030-08-14"]);
    }
}
