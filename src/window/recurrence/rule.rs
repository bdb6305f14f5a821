//! An RRULE as a value: one that exists is one that RFC 5545 allows.

use std::fmt;

use super::value::DateValue;

/// How often a rule's period comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// `SECONDLY`
    Secondly,
    /// `MINUTELY`
    Minutely,
    /// `HOURLY`
    Hourly,
    /// `DAILY`
    Daily,
    /// `WEEKLY`
    Weekly,
    /// `MONTHLY`
    Monthly,
    /// `YEARLY`
    Yearly,
}

impl Frequency {
    /// All of them, the shortest first.
    pub const ALL: [Self; 7] =
        [Self::Secondly, Self::Minutely, Self::Hourly, Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    /// The RFC's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secondly => "SECONDLY",
            Self::Minutely => "MINUTELY",
            Self::Hourly => "HOURLY",
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What ends a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing before the year 9999 is over.
    Never,
    /// So many instances; at least 1.
    Count(u32),
    /// The last moment at which an instance may start, itself included. A DATE includes the whole of that day.
    Until(DateValue),
}

/// `2TU` or `-1FR`: the n-th such weekday of the month or year, counted from its end when negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NthWeekday {
    /// -53 to 53, never 0.
    pub n: i8,
    /// Monday 0 to Sunday 6.
    pub(super) weekday: u8,
}

/// A set of small numbers: bit n stands for n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bits(pub(super) u64);

impl Bits {
    pub(super) fn add(&mut self, n: u32) {
        self.0 |= 1 << n;
    }

    pub(super) fn has(self, n: u32) -> bool {
        self.0 >> n & 1 == 1
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in order.
    pub(super) fn each(self) -> impl Iterator<Item = u32> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = (rest != 0).then(|| rest.trailing_zeros());
            rest &= rest.wrapping_sub(1);
            next
        })
    }
}

/// One RRULE or EXRULE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(super) text: String,
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) end: End,
    /// Monday 0 to Sunday 6.
    pub(super) week_start: u8,
    /// BYMONTH, 1 to 12.
    pub(super) months: Bits,
    /// BYWEEKNO, -53 to 53, in the order given.
    pub(super) weeks: Vec<i16>,
    /// BYYEARDAY, -366 to 366.
    pub(super) year_days: Vec<i16>,
    /// BYMONTHDAY from the start of the month, 1 to 31.
    pub(super) month_days: Bits,
    /// BYMONTHDAY from its end: 1 is the last day.
    pub(super) month_days_from_end: Bits,
    /// BYDAY without a number, Monday 0 to Sunday 6.
    pub(super) weekdays: Bits,
    /// BYDAY with a number.
    pub(super) nth_weekdays: Vec<NthWeekday>,
    /// BYHOUR, BYMINUTE, BYSECOND.
    pub(super) hours: Bits,
    pub(super) minutes: Bits,
    pub(super) seconds: Bits,
    /// BYSETPOS, -366 to 366.
    pub(super) positions: Vec<i16>,
}

impl Rule {
    /// The text as received.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// FREQ.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// INTERVAL, 1 when none is given.
    #[must_use]
    pub fn interval(&self) -> u32 {
        self.interval
    }

    /// COUNT, UNTIL or neither.
    #[must_use]
    pub fn end(&self) -> End {
        self.end
    }

    /// Whether DTSTART says on which days it falls: by INTERVAL or COUNT, or because no BY part names the day.
    pub(in crate::window) fn leans_on_start(&self) -> bool {
        let counted = self.interval > 1 || matches!(self.end, End::Count(_));
        let unnamed = match self.frequency {
            Frequency::Secondly | Frequency::Minutely | Frequency::Hourly | Frequency::Daily => false,
            Frequency::Weekly => !self.has_weekdays(),
            Frequency::Monthly => !self.has_weekdays() && !self.has_month_days(),
            Frequency::Yearly => {
                let by_week = !self.weeks.is_empty() && !self.has_weekdays();
                let by_month = self.weeks.is_empty() && self.year_days.is_empty() && !self.has_weekdays();
                by_week || by_month && (!self.has_month_days() || self.months.is_empty())
            }
        };
        counted || unnamed
    }

    /// Whether it says at which time of the day it falls.
    pub(in crate::window) fn names_times(&self) -> bool {
        let below_a_day = match self.frequency {
            Frequency::Secondly | Frequency::Minutely | Frequency::Hourly => true,
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => false,
        };
        below_a_day || [self.hours, self.minutes, self.seconds].into_iter().any(|times| !times.is_empty())
    }

    /// Whether BYDAY is given, with or without numbers.
    pub(super) fn has_weekdays(&self) -> bool {
        !self.weekdays.is_empty() || !self.nth_weekdays.is_empty()
    }

    /// Whether BYMONTHDAY is given.
    pub(super) fn has_month_days(&self) -> bool {
        !self.month_days.is_empty() || !self.month_days_from_end.is_empty()
    }
}
