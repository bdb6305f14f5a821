//! Dates and times in prose, by formats that the profile declares in order. English names, any case.
//!
//! chrono checks what is written against itself: a weekday that does not fit its date is no date.

use std::sync::LazyLock;

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
pub(super) struct DateFormat {
    format: String,
    /// Whether it says no year, which then stands elsewhere or is the one near the day the notice was sent.
    yearless: bool,
}

impl DateFormat {
    /// None when chrono does not know it, or when it names a zone, which chrono would read and throw away.
    pub(super) fn new(format: &str) -> Option<Self> {
        let known = StrftimeItems::new(format).all(|item| !matches!(item, Item::Error));
        let has = |letters: &[&str]| letters.iter().any(|letter| format.contains(letter));
        // The long names are read short as well, the short ones not long.
        let format = &format.replace("%b", "%B").replace("%h", "%B").replace("%a", "%A");
        let yearless = has(&["%d", "%e"]) && !has(&["%Y", "%y", "%G", "%g", "%C", "%D", "%F", "%x", "%v", "%c", "%+"]);
        (known && !has(&["%Z", "%z"])).then(|| Self { format: format.to_owned(), yearless })
    }

    /// The same with the other ways to write its time of day: with seconds and without, by twelve hours or by twenty-four.
    pub(super) fn variants(&self) -> Vec<Self> {
        let Some(own) = CLOCKS.iter().find(|clock| self.format.contains(**clock)) else { return Vec::new() };
        let others = CLOCKS.iter().filter(|other| *other != own);
        let format = |other: &&str| Self { format: self.format.replacen(own, other, 1), ..self.clone() };
        others.map(format).collect()
    }

    /// Reads the start of a text by it; of a format without a year the first of the years that gives a date.
    fn read<T>(
        &self,
        text: &str,
        years: &Years,
        parse: impl Fn(&str, &str) -> Option<(T, String)>,
    ) -> Option<(T, String)>
    where
        T: OnADay,
    {
        if !self.yearless {
            return parse(text, &self.format);
        }
        let format = format!("%Y {}", self.format);
        let in_year = |year: i32| parse(&format!("{year} {text}"), &format);
        match (years.stated, years.sent) {
            (Some(year), _) => in_year(year),
            (None, Some(sent)) => [sent.year() - 1, sent.year(), sent.year() + 1]
                .into_iter()
                .filter_map(in_year)
                .find(|(read, _)| read.day() >= sent.checked_sub_days(LATE).unwrap_or(sent)),
            (None, None) => None,
        }
    }
}

/// Times of day as formats write them, each before those that it holds. White space in a format may be missing in a text.
const CLOCKS: [&str; 4] = ["%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M"];

/// A notice without a year speaks of the next such day, or of one this short while ago: a completion comes late.
const LATE: Days = Days::new(60);

/// Where the year stands that a date leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Years {
    /// Under a label of its own.
    pub(super) stated: Option<i32>,
    /// The day the notice was sent.
    pub(super) sent: Option<NaiveDate>,
}

trait OnADay {
    fn day(&self) -> NaiveDate;
}

impl OnADay for NaiveDate {
    fn day(&self) -> NaiveDate {
        *self
    }
}

impl OnADay for NaiveDateTime {
    fn day(&self) -> NaiveDate {
        self.date()
    }
}

/// Forms that read one way only (ISO 8601), and need no declaring.
static ISO_DAYS: LazyLock<Vec<DateFormat>> = LazyLock::new(|| formats(&["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"]));
static ISO_MOMENTS: LazyLock<Vec<DateFormat>> = LazyLock::new(|| {
    formats(&[
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y%m%dT%H%M%S",
        "%Y%m%dT%H%M",
    ])
});

static ISO_TIMES: LazyLock<Vec<DateFormat>> = LazyLock::new(|| formats(&["%H:%M:%S", "%H:%M"]));

/// Whether what stands behind a time makes it another: half of a day was left out by the format.
fn is_cut(rest: &str, format: &str) -> bool {
    let rest = rest.trim_start().to_lowercase();
    let half = ["am", "pm", "a.m", "p.m"]
        .iter()
        .any(|half| rest.strip_prefix(half).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric())));
    let cut = rest.starts_with(':') || half;
    cut && !format.contains("%p") && !format.contains("%P")
}

fn formats(list: &[&str]) -> Vec<DateFormat> {
    list.iter().map(|format| DateFormat::new(format).expect("a fixed format is one")).collect()
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
    pub(super) fn days(&self, text: &str, years: &Years) -> Result<(NaiveDate, NaiveDate), NoDate> {
        let text = self.plain(text).ok_or(NoDate::Unreadable)?;
        if let Some(day) = self.day(&text, years) {
            return Ok((day, day));
        }
        let range = RANGE_MARKS.iter().find_map(|mark| {
            text.match_indices(mark)
                .find_map(|(at, _)| self.range(text[..at].trim(), text[at + mark.len()..].trim(), years))
        });
        if let Some(range) = range {
            return Ok(range);
        }
        numeric(&text).map(|day| (day, day))
    }

    /// A date and time, or a time alone of a day stated elsewhere. `24:00` is the next midnight.
    pub(super) fn moment(&self, text: &str, day: Option<NaiveDate>, years: &Years) -> Result<Moment, NoDate> {
        let text = self.plain(text).ok_or(NoDate::Unreadable)?;
        let (text, extra) = without_24(&text);
        let moved = |local: NaiveDateTime| local.checked_add_days(extra).filter(|l| YEARS.contains(&l.year()));
        let dated = self.moments.iter().chain(ISO_MOMENTS.iter()).find_map(|format| {
            let read = |text: &str, format: &str| {
                let (local, rest) = NaiveDateTime::parse_and_remainder(text, format).ok()?;
                (!is_cut(rest, format)).then(|| (local, rest.to_owned()))
            };
            let (local, rest) = format.read(&text, years, read)?;
            Some(Moment { local: moved(local)?, dated: EndDate::Written, rest: rest.trim().to_owned() })
        });
        let timed = || {
            let day = day?;
            self.times.iter().chain(ISO_TIMES.iter()).find_map(|format| {
                let (time, rest) = NaiveTime::parse_and_remainder(&text, &format.format).ok()?;
                if is_cut(rest, &format.format) {
                    return None;
                }
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

    fn day(&self, text: &str, years: &Years) -> Option<NaiveDate> {
        self.days.iter().chain(ISO_DAYS.iter()).find_map(|format| {
            let read = |text: &str, format: &str| {
                NaiveDate::parse_and_remainder(text, format).ok().map(|(day, rest)| (day, rest.to_owned()))
            };
            let (day, rest) = format.read(text, years, read)?;
            (rest.trim().is_empty() && YEARS.contains(&day.year())).then_some(day)
        })
    }

    /// Both ends of a range; the first may leave out what the last says: `26-28 March 2017`.
    fn range(&self, first: &str, last: &str, years: &Years) -> Option<(NaiveDate, NaiveDate)> {
        let end = self.day(last, years)?;
        let with_year = format!("{first} {}", end.year());
        let with_month = last.find(|c: char| c.is_ascii_digit()).map(|at| {
            let rest = last[at..].trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{first}{rest}")
        });
        let start = self
            .day(first, years)
            .or_else(|| self.day(&with_year, years))
            .or_else(|| with_month.and_then(|text| self.day(&text, years)))?;
        (start <= end).then_some((start, end))
    }

    /// White space single, ordinals without their letters, months in the words that chrono knows.
    fn plain(&self, text: &str) -> Option<String> {
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        let words: Vec<String> = text.split_whitespace().map(|word| self.word(word)).collect();
        Some(words.join(" "))
    }

    fn word(&self, word: &str) -> String {
        let (core, tail) = word.split_at(word.trim_end_matches([',', '.']).len());
        let lower = word.to_lowercase();
        if let Some(half) = ["a.m", "p.m"].into_iter().find(|half| lower.trim_end_matches(['.', ',']).ends_with(half)) {
            let number = &word[..lower.rfind(half).unwrap_or_default()];
            return format!("{number}{}", half.replace('.', ""));
        }
        let lower = core.to_lowercase();
        let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|letters| lower.strip_suffix(letters));
        if let Some(number) = ordinal.filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
            return format!("{number}{tail}");
        }
        // A word of another language may be joined to numbers: `26-mai-2017`.
        let parts: Vec<&str> = core.split('-').map(|part| self.known_word(part)).collect();
        format!("{}{tail}", parts.join("-"))
    }

    fn known_word<'t>(&'t self, word: &'t str) -> &'t str {
        let lower = word.to_lowercase();
        if lower == "sept" {
            return "Sep";
        }
        self.words.iter().find(|(known, _)| *known == lower).map_or(word, |(_, meant)| meant.as_str())
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
        Dates {
            days: formats(&["%A %d %B %Y", "%A, %d %B %Y", "%d %B %Y", "%Y-%m-%d"]),
            moments: formats(&["%A %d %B %Y, %H:%M", "%d %B %Y %H:%M", "%Y-%m-%d %H:%M"]),
            times: formats(&["%H:%M"]),
            ..Dates::default()
        }
    }

    #[track_caller]
    fn days(text: &str, expected: Result<(&str, &str), NoDate>) {
        let got = dates().days(text, &Years::default()).map(|(first, last)| (first.to_string(), last.to_string()));
        assert_eq!(got, expected.map(|(first, last)| (first.to_owned(), last.to_owned())), "{text}");
    }

    #[track_caller]
    fn moment(text: &str, expected: Result<(&str, &str), NoDate>) {
        let day = NaiveDate::from_ymd_opt(2017, 3, 26);
        let got = dates().moment(text, day, &Years::default()).map(|moment| (moment.local.to_string(), moment.rest));
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
    fn a_time_of_day_is_read_however_it_is_written() {
        let dates = Dates {
            moments: [DateFormat::new("%d %b %Y %H:%M").expect("a format")]
                .into_iter()
                .flat_map(|format| std::iter::once(format.clone()).chain(format.variants()))
                .collect(),
            ..Dates::default()
        };
        let check = |text: &str, expected: &str| {
            let read = dates.moment(text, None, &Years::default()).map(|m| format!("{}|{}", m.local, m.rest));
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        };
        check("26 Mar 2017 22:00 UTC", "2017-03-26 22:00:00|UTC");
        check("26 March 2017 22:00:30 UTC", "2017-03-26 22:00:30|UTC");
        check("26 Mar 2017 10:00 PM UTC", "2017-03-26 22:00:00|UTC");
        check("26 Mar 2017 12:30am", "2017-03-26 00:30:00|");
        check("26 Mar 2017 12:30 p.m. UTC", "2017-03-26 12:30:00|UTC");
        check("26 Mar 2017 10:00:00 pm", "2017-03-26 22:00:00|");
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
