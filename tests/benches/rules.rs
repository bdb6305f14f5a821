//! The rules that are measured: those of the oracle's table, and a nightly window.

use chrono::{DateTime, NaiveDateTime, Utc};
use inwindow::time::{LocalTime, Zone, Zones};
use inwindow::window::recurrence::{DateValue, Recurrence, RecurrenceParts, Rule};

/// Name, DTSTART, rule.
pub(crate) const RULES: [(&str, &str, &str); 5] = [
    ("weekly", "20150106T220000", "FREQ=WEEKLY"),
    ("second Tuesday", "20150113T220000", "FREQ=MONTHLY;BYDAY=2TU"),
    ("weekdays", "20150101T220000", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("yearly, last Sunday", "20150329T220000", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    ("nightly", "20150101T220000", "FREQ=DAILY"),
];

/// Ten years from the beginning of 2015.
pub(crate) fn decade() -> std::ops::Range<DateTime<Utc>> {
    utc("2015-01-01T00:00:00Z")..utc("2025-01-01T00:00:00Z")
}

pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(crate) fn zone() -> Zone {
    Zones::embedded().get("Europe/Amsterdam").expect("a zone")
}

pub(crate) fn recurrence(dtstart: &str, rule: &str) -> Recurrence {
    let mut parts = RecurrenceParts::new(DateValue::parse(dtstart).expect("a start"), Some(zone()));
    parts.rules.push(Rule::parse(rule).expect("a rule"));
    Recurrence::new(parts).expect("a recurrence")
}

/// The crate used directly, with the zone it knows.
pub(crate) fn of_crate(dtstart: &str, rule: &str) -> rrule::RRuleSet {
    format!("DTSTART;TZID=Europe/Amsterdam:{dtstart}\nRRULE:{rule}").parse().expect("the crate reads it")
}

/// The least that a loop can do: the next wall clock, then its instant.
pub(crate) fn plain_loop(name: &str, zone: &Zone) -> usize {
    use chrono::{Datelike as _, Days, NaiveDate, Weekday};
    let at = |date: NaiveDate| -> DateTime<Utc> {
        let wall: NaiveDateTime = date.and_hms_opt(22, 0, 0).expect("22:00");
        match zone.resolve(wall) {
            LocalTime::Unique(at) | LocalTime::Fold { first: at, .. } | LocalTime::Gap { later: at, .. } => at,
        }
    };
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    let end = day(2025, 1, 1);
    let days = |first: NaiveDate, step: u64| {
        std::iter::successors(Some(first), move |date| date.checked_add_days(Days::new(step)))
            .take_while(move |date| *date < end)
    };
    let starts: Vec<DateTime<Utc>> = match name {
        "weekly" => days(day(2015, 1, 6), 7).map(at).collect(),
        "nightly" => days(day(2015, 1, 1), 1).map(at).collect(),
        "weekdays" => {
            days(day(2015, 1, 1), 1).filter(|d| !matches!(d.weekday(), Weekday::Sat | Weekday::Sun)).map(at).collect()
        }
        "second Tuesday" => (2015..2025)
            .flat_map(|year| (1..=12).map(move |month| (year, month)))
            .map(|(year, month)| {
                NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Tue, 2).expect("a second Tuesday")
            })
            .map(at)
            .collect(),
        "yearly, last Sunday" => (2015..2025)
            .map(|year| day(year, 3, 31))
            .map(|last| at(last - Days::new(u64::from(last.weekday().num_days_from_sunday()))))
            .collect(),
        other => panic!("`{other}` has no loop"),
    };
    divan::black_box(starts).len()
}
