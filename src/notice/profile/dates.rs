//! Dates and times in prose, by formats that the profile declares in order. English names, any case.
//!
//! chrono checks what is written against itself: a weekday that does not fit its date is no date.

use chrono::format::{Item, StrftimeItems};
use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::Dates;
use crate::time::EndDate;

/// Longest text looked at as a date.
const MAX_TEXT_BYTES: usize = 200;

/// Years in which maintenance is announced; anything else is a misreading.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2200;

/// What stands between the ends of a range.
const RANGE_MARKS: [&str; 6] = [" - ", " \u{2013} ", " to ", " until ", "\u{2013}", "-"];

/// A format of strftime that chrono reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateFormat(String);

impl DateFormat {
    /// None when chrono does not know it, or when it names a zone, which chrono would read and throw away.
    pub(super) fn new(format: &str) -> Option<Self> {
        let known = StrftimeItems::new(format).all(|item| !matches!(item, Item::Error));
        (known && !format.contains("%Z") && !format.contains("%z")).then(|| Self(format.to_owned()))
    }
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoDate {
    /// No format fits.
    Unreadable,
    /// No format is declared for it and it reads two ways: 3/4/2017.
    TwoWay,
}

/// A local time as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) local: NaiveDateTime,
    pub(super) dated: EndDate,
    /// What stands behind the time: a zone, if anything.
    pub(super) rest: String,
}

impl Dates {
    /// The first and last day of `26 March 2017`, `26-28 March 2017`, `26 March to 2 April 2017`; both included.
    pub(super) fn days(&self, text: &str) -> Result<(NaiveDate, NaiveDate), NoDate> {
        let text = plain(text).ok_or(NoDate::Unreadable)?;
        if let Some(day) = self.day(&text) {
            return Ok((day, day));
        }
        let range = RANGE_MARKS.iter().find_map(|mark| {
            text.match_indices(mark).find_map(|(at, _)| self.range(text[..at].trim(), text[at + mark.len()..].trim()))
        });
        if let Some(range) = range {
            return Ok(range);
        }
        numeric(&text).map(|day| (day, day))
    }

    /// A date and time, or a time alone of a day stated elsewhere. `24:00` is the next midnight.
    pub(super) fn moment(&self, text: &str, day: Option<NaiveDate>) -> Result<Moment, NoDate> {
        let text = plain(text).ok_or(NoDate::Unreadable)?;
        let (text, extra) = without_24(&text);
        let moved = |local: NaiveDateTime| local.checked_add_days(extra).filter(|l| YEARS.contains(&l.year()));
        let dated = self.moments.iter().find_map(|format| {
            let (local, rest) = NaiveDateTime::parse_and_remainder(&text, &format.0).ok()?;
            Some(Moment { local: moved(local)?, dated: EndDate::Written, rest: rest.trim().to_owned() })
        });
        let timed = || {
            let day = day?;
            self.times.iter().find_map(|format| {
                let (time, rest) = NaiveTime::parse_and_remainder(&text, &format.0).ok()?;
                Some(Moment {
                    local: moved(day.and_time(time))?,
                    dated: EndDate::Borrowed,
                    rest: rest.trim().to_owned(),
                })
            })
        };
        let date = || text.split([' ', ',']).next().map(numeric);
        dated.or_else(timed).ok_or_else(|| match date() {
            Some(Err(NoDate::TwoWay)) => NoDate::TwoWay,
            Some(Err(NoDate::Unreadable) | Ok(_)) | None => NoDate::Unreadable,
        })
    }

    fn day(&self, text: &str) -> Option<NaiveDate> {
        self.days.iter().find_map(|format| {
            let (day, rest) = NaiveDate::parse_and_remainder(text, &format.0).ok()?;
            (rest.trim().is_empty() && YEARS.contains(&day.year())).then_some(day)
        })
    }

    /// Both ends of a range; the first may leave out what the last says: `26-28 March 2017`.
    fn range(&self, first: &str, last: &str) -> Option<(NaiveDate, NaiveDate)> {
        let end = self.day(last)?;
        let with_year = format!("{first} {}", end.year());
        let with_month = last.find(|c: char| c.is_ascii_digit()).map(|at| {
            let rest = last[at..].trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{first}{rest}")
        });
        let start =
            self.day(first).or_else(|| self.day(&with_year)).or_else(|| with_month.and_then(|text| self.day(&text)))?;
        (start <= end).then_some((start, end))
    }
}

/// A numeric date that only one order can mean; none when both can (DESIGN.md 4.4).
fn numeric(text: &str) -> Result<NaiveDate, NoDate> {
    let numbers: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [first, second, year] = numbers.as_slice() else { return Err(NoDate::Unreadable) };
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| NoDate::Unreadable);
    let (first, second) = (number(first)?, number(second)?);
    let year: i32 = year.trim().parse().ok().filter(|y| YEARS.contains(y)).ok_or(NoDate::Unreadable)?;
    let day_first = NaiveDate::from_ymd_opt(year, second, first);
    match (day_first, NaiveDate::from_ymd_opt(year, first, second)) {
        (Some(one), Some(other)) if one != other => Err(NoDate::TwoWay),
        (Some(day), _) | (None, Some(day)) => Ok(day),
        (None, None) => Err(NoDate::Unreadable),
    }
}

/// White space single, ordinals without their letters, `Sept` as chrono knows it.
fn plain(text: &str) -> Option<String> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let (core, tail) = word.split_at(word.trim_end_matches([',', '.']).len());
            let lower = core.to_lowercase();
            let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|letters| lower.strip_suffix(letters));
            match ordinal.filter(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())) {
                Some(number) => format!("{number}{tail}"),
                None if lower == "sept" => "Sep".to_owned(),
                None => word.to_owned(),
            }
        })
        .collect();
    Some(words.join(" "))
}

/// `24:00` as `00:00`, with the day that it adds.
fn without_24(text: &str) -> (String, Days) {
    let found = text.match_indices("24:00").find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_digit() || c == ':')
    });
    match found {
        Some((at, _)) => (format!("{}00:00{}", &text[..at], &text[at + 5..]), Days::new(1)),
        None => (text.to_owned(), Days::new(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates() -> Dates {
        let formats = |list: &[&str]| list.iter().map(|f| DateFormat::new(f).expect("a format")).collect();
        Dates {
            days: formats(&["%A %d %B %Y", "%A, %d %B %Y", "%d %B %Y", "%Y-%m-%d"]),
            moments: formats(&["%A %d %B %Y, %H:%M", "%d %B %Y %H:%M", "%Y-%m-%d %H:%M"]),
            times: formats(&["%H:%M"]),
        }
    }

    #[track_caller]
    fn days(text: &str, expected: Result<(&str, &str), NoDate>) {
        let got = dates().days(text).map(|(first, last)| (first.to_string(), last.to_string()));
        assert_eq!(got, expected.map(|(first, last)| (first.to_owned(), last.to_owned())), "{text}");
    }

    #[track_caller]
    fn moment(text: &str, expected: Result<(&str, &str), NoDate>) {
        let day = NaiveDate::from_ymd_opt(2017, 3, 26);
        let got = dates().moment(text, day).map(|moment| (moment.local.to_string(), moment.rest));
        assert_eq!(got, expected.map(|(local, rest)| (local.to_owned(), rest.to_owned())), "{text}");
    }

    #[test]
    fn days_and_ranges_of_days() {
        days("Sunday 26 March 2017", Ok(("2017-03-26", "2017-03-26")));
        days("sunday  26th MARCH 2017", Ok(("2017-03-26", "2017-03-26")));
        days("Monday 26 March 2017", Err(NoDate::Unreadable));
        days("25-26 March 2017", Ok(("2017-03-25", "2017-03-26")));
        days("26 \u{2013} 28 March 2017", Ok(("2017-03-26", "2017-03-28")));
        days("28 February to 2 March 2017", Ok(("2017-02-28", "2017-03-02")));
        days("2017-03-26 - 2017-03-28", Ok(("2017-03-26", "2017-03-28")));
        days("1 Sept 2017", Ok(("2017-09-01", "2017-09-01")));
        days("28-26 March 2017", Err(NoDate::Unreadable));
        days("26 March", Err(NoDate::Unreadable));
        days("26 March 0017", Err(NoDate::Unreadable));
    }

    #[test]
    fn a_numeric_date_without_a_declared_order_is_read_only_if_it_reads_one_way() {
        days("26/03/2017", Ok(("2017-03-26", "2017-03-26")));
        days("03/26/2017", Ok(("2017-03-26", "2017-03-26")));
        days("04/04/2017", Ok(("2017-04-04", "2017-04-04")));
        days("03/04/2017", Err(NoDate::TwoWay));
        moment("03/04/2017 10:00", Err(NoDate::TwoWay));
    }

    #[test]
    fn moments_with_what_stands_behind_them() {
        moment("Sunday 26 March 2017, 01:00 CET", Ok(("2017-03-26 01:00:00", "CET")));
        moment("26 March 2017 24:00", Ok(("2017-03-27 00:00:00", "")));
        moment("06:00 (local)", Ok(("2017-03-26 06:00:00", "(local)")));
        moment("24:00", Ok(("2017-03-27 00:00:00", "")));
        moment("26 March 2017 25:00", Err(NoDate::Unreadable));
        moment("soon", Err(NoDate::Unreadable));
    }
}
