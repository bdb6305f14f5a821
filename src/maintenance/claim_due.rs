//! Until when a vendor takes a claim.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, Utc};

use super::promise::Calendar;
use crate::notice::{ClaimLength, ClaimWithin, CountedFrom};
use crate::time::{Month, earliest, shifted};

impl ClaimWithin {
    /// What the term is counted from, for an outage that ended then, and the last instant at which a claim is in time.
    #[must_use]
    pub fn due(self, ended_at: DateTime<Utc>, calendar: &Calendar) -> (DateTime<Utc>, DateTime<Utc>) {
        let from = match self.from {
            CountedFrom::OutageEnd => ended_at,
            CountedFrom::MonthEnd => Month::of(ended_at, &calendar.zone).span(&calendar.zone).end(),
        };
        let due = match self.length {
            ClaimLength::Elapsed(length) => shifted(from, length),
            ClaimLength::BusinessDays(days) => calendar.business_days_after(from, days),
            ClaimLength::Months(months) => {
                let local = calendar.zone.local(from).naive_local();
                let later = local.checked_add_months(Months::new(months));
                later.map_or(DateTime::<Utc>::MAX_UTC, |later| earliest(&calendar.zone, later))
            }
        };
        (from, due)
    }
}

impl Calendar {
    /// The earliest instant by which so many whole business days have passed since `start`:
    /// [`Self::business_days_before`] the other way round. From Friday 10:00 one day on is Monday 10:00, from Saturday 10:00
    /// it is the end of Monday.
    #[must_use]
    pub fn business_days_after(&self, start: DateTime<Utc>, days: u32) -> DateTime<Utc> {
        if days == 0 {
            return start;
        }
        let local = self.zone.local(start).naive_local();
        let (day, time) = (local.date(), local.time());
        // A day that is counted from its midnight on has passed at its end; of any other the rest passes on the last day.
        let whole = time == NaiveTime::MIN || !self.is_business_day(day);
        let (first, at, more) = if whole { (Some(day), NaiveTime::MIN, 1) } else { (day.succ_opt(), time, 0) };
        let last = first.and_then(|first| self.business_day(first, days)?.checked_add_days(Days::new(more)));
        last.map_or(DateTime::<Utc>::MAX_UTC, |last| earliest(&self.zone, last.and_time(at)))
    }

    /// Which day is the `number`th business day from `first` on, `first` included.
    fn business_day(&self, first: NaiveDate, number: u32) -> Option<NaiveDate> {
        let (mut day, mut left) = (first, number);
        loop {
            left -= u32::from(self.is_business_day(day));
            if left == 0 {
                return Some(day);
            }
            day = day.succ_opt()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zones;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    /// A term, the end of an outage, what the term is counted from, and its last instant.
    #[track_caller]
    fn check(zone: &str, term: &str, ended_at: &str, expected: (&str, &str)) {
        let holidays = [(2026, 12, 25), (2026, 4, 6)];
        let holidays = holidays.map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).expect("a day")).into();
        let calendar = Calendar { zone: Zones::embedded().get(zone).expect("a zone"), holidays };
        let term = ClaimWithin::parse(term).expect("a term");
        assert_eq!(term.due(at(ended_at), &calendar), (at(expected.0), at(expected.1)));
    }

    #[test]
    fn terms_count_from_the_outage_or_from_the_end_of_its_month() {
        let ended = "2026-10-20T10:00:00Z";
        check("UTC", "30 d", ended, (ended, "2026-11-19T10:00:00Z"));
        check("UTC", "30 d after month end", ended, ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"));
        // By the vendor's clock October ends an hour before UTC's, and November a day has 24 hours.
        check("Europe/Berlin", "30 d after month end", ended, ("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"));
        check(
            "Australia/Sydney",
            "0 s after month end",
            "2026-10-31T14:00:00Z",
            ("2026-11-30T13:00:00Z", "2026-11-30T13:00:00Z"),
        );
        // Elapsed time crosses a clock change as it is; months keep the wall clock.
        check("Europe/Berlin", "7 d", ended, (ended, "2026-10-27T10:00:00Z"));
        check("Europe/Berlin", "1 month", ended, (ended, "2026-11-20T11:00:00Z"));
        check("UTC", "1 month", "2026-01-31T10:00:00Z", ("2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"));
        check("UTC", "2 months after month end", ended, ("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"));
    }

    #[test]
    fn weekends_and_holidays_do_not_pass() {
        // 2026-11-20 is a Friday.
        check("UTC", "1 business day", "2026-11-20T10:00:00Z", ("2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"));
        check("UTC", "1 business day", "2026-11-21T10:00:00Z", ("2026-11-21T10:00:00Z", "2026-11-24T00:00:00Z"));
        check("UTC", "5 business days", "2026-11-21T10:00:00Z", ("2026-11-21T10:00:00Z", "2026-11-28T00:00:00Z"));
        check("UTC", "1 business day", "2026-11-20T00:00:00Z", ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"));
        check("UTC", "0 business days", "2026-11-21T10:00:00Z", ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"));
        // Christmas 2026 is a Friday.
        check("UTC", "1 business day", "2026-12-24T10:00:00Z", ("2026-12-24T10:00:00Z", "2026-12-28T10:00:00Z"));
        // The clocks went forward on Sunday, 29 March: Friday 10:00 to Monday 10:00 by the wall.
        check(
            "Europe/Berlin",
            "1 business day",
            "2026-03-27T09:00:00Z",
            ("2026-03-27T09:00:00Z", "2026-03-30T08:00:00Z"),
        );
    }
}
