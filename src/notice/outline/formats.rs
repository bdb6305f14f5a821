//! The format of a date as written, and the shape of words that are a name.

use chrono::{Datelike as _, NaiveDate};

/// Which list of formats one belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Moment,
    Day,
    Time,
}

/// The format of strftime in which a time was written that is on this day of its own clock; the zone stands behind it.
///
/// None for what no format reads, such as a month in another language.
pub(super) fn format_of(text: &str, zone: Option<&str>, day: NaiveDate) -> Option<(String, Kind)> {
    let text = zone.and_then(|zone| text.rfind(zone)).filter(|at| *at > 4).map_or(text, |at| &text[..at]);
    let text = text.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '.');
    let half = text.to_lowercase().contains("am") || text.to_lowercase().contains("pm");
    let mut format = String::new();
    let (mut dated, mut timed) = (false, false);
    let mut rest = text;
    let mut numbers = 0;
    while let Some(letter) = rest.chars().next() {
        let run = rest.find(|c: char| {
            c.is_ascii_digit() != letter.is_ascii_digit() || c.is_alphabetic() != letter.is_alphabetic()
        });
        let run = run.unwrap_or(rest.len());
        let (word, after) = rest.split_at(run);
        rest = after;
        if letter.is_ascii_digit() {
            let in_time = after.starts_with(':') || format.ends_with(':');
            let number: u32 = word.parse().ok()?;
            if in_time {
                timed = true;
                format.push_str(match format.rsplit('%').next().filter(|_| format.ends_with(':')) {
                    Some("H:" | "I:") => "%M",
                    Some("M:") => "%S",
                    Some(_) | None if half => "%I",
                    Some(_) | None => "%H",
                });
            } else {
                dated = true;
                numbers += 1;
                format.push_str(part_of_date(word, number, day, &format, text, numbers)?);
            }
        } else if letter.is_alphabetic() {
            format.push_str(&word_of_date(word, &format)?);
        } else {
            format.push_str(&word.split_whitespace().collect::<Vec<_>>().join(" ").replace('%', "%%"));
            if word.ends_with(char::is_whitespace) || word.trim().is_empty() {
                format.push(' ');
            }
            if word.starts_with(char::is_whitespace) && !word.trim().is_empty() {
                let at = format.rfind(word.trim()).unwrap_or(format.len());
                format.insert(at, ' ');
            }
        }
    }
    let kind = match (dated, timed) {
        (true, true) => Kind::Moment,
        (true, false) => Kind::Day,
        (false, true) => Kind::Time,
        (false, false) => return None,
    };
    Some((format.trim().to_owned(), kind))
}

/// The same format with day and month in the other order.
pub(super) fn swapped(format: &str) -> String {
    format.replace("%d", "%\u{0}").replace("%m", "%d").replace("%\u{0}", "%m")
}

/// The part of a date that a number is.
fn part_of_date(
    word: &str,
    number: u32,
    day: NaiveDate,
    before: &str,
    text: &str,
    place: usize,
) -> Option<&'static str> {
    let year = u32::try_from(day.year()).ok()?;
    if word.len() == 4 && number == year {
        return Some("%Y");
    }
    let named_month = text.chars().any(char::is_alphabetic) && before_has_month(text);
    if before.contains("%d") && (before.contains("%m") || named_month) && number == year % 100 {
        return Some("%y");
    }
    if named_month {
        return (number == day.day() && !before.contains("%d")).then_some("%d");
    }
    let day_first = text.contains('.') || !text.contains('/');
    let (can_day, can_month) =
        (number == day.day() && !before.contains("%d"), number == day.month() && !before.contains("%m"));
    match (can_day, can_month) {
        (true, true) if place == 1 && !before.contains("%Y") => Some(if day_first { "%d" } else { "%m" }),
        (_, true) => Some("%m"),
        (true, false) => Some("%d"),
        (false, false) => None,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Letters of a name that are enough to know it by.
const SHORT: usize = 3;

/// Whether a word is one of the names, whole or cut short.
fn is_of(word: &str, names: &[&str]) -> bool {
    let lower = word.to_lowercase();
    lower.len() >= SHORT && names.iter().any(|name| name.starts_with(&lower))
}

fn before_has_month(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| is_of(word, &MONTHS))
}

/// A word among the numbers of a date; `before` is the format so far: an ordinal's letters stand behind a day.
fn word_of_date(word: &str, before: &str) -> Option<String> {
    let lower = word.to_lowercase();
    match lower.as_str() {
        "st" | "nd" | "rd" | "th" if before.ends_with("%d") => Some(String::new()),
        "am" | "pm" => Some("%p".into()),
        "t" | "at" | "on" | "of" => Some(word.to_owned()),
        _ if is_of(word, &DAYS) => Some("%A".into()),
        _ if is_of(word, &MONTHS) => Some("%B".into()),
        _ => None,
    }
}

/// A pattern for words that look alike: any digits in the place of these, any letters of a month or a zone.
pub(super) fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut digits = false;
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            if !digits {
                shape.push_str(r"\d+");
            }
        } else if letter.is_whitespace() {
            shape.push_str(r"\s+");
        } else {
            shape.push_str(&regex::escape(&letter.to_string()));
        }
        digits = letter.is_ascii_digit();
    }
    MONTHS.iter().fold(shape, |shape, month| {
        let at = shape.to_lowercase().find(&month[..SHORT]);
        match at.filter(|at| shape.is_char_boundary(*at) && text.contains(':')) {
            Some(at) => {
                let end = shape[at..].find(|c: char| !c.is_alphabetic()).map_or(shape.len(), |length| at + length);
                format!(r"{}[a-z]+{}", &shape[..at], &shape[end..])
            }
            None => shape,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, zone: Option<&str>, expected: Option<&str>) {
        let day = NaiveDate::from_ymd_opt(2030, 10, 12).expect("a day");
        assert_eq!(format_of(text, zone, day).map(|(format, _)| format).as_deref(), expected, "{text}");
    }

    #[test]
    fn formats_of_dates_as_written() {
        check("12 Oct 2030 22:00 UTC", Some("UTC"), Some("%d %B %Y %H:%M"));
        check("Saturday, 12th October 2030, 22:00:00 (UTC)", Some("UTC"), Some("%A, %d %B %Y, %H:%M:%S"));
        check("Oct 12, 2030 9:00 AM", None, Some("%B %d, %Y %I:%M %p"));
        check("12-Oct-2030 22:00", None, Some("%d-%B-%Y %H:%M"));
        check("12/10/2030 22:00", None, Some("%d/%m/%Y %H:%M"));
        check("10/12/2030 22:00", None, Some("%m/%d/%Y %H:%M"));
        check("22:00 12.10.2030", None, Some("%H:%M %d.%m.%Y"));
        check("2030-10-12T22:00", None, Some("%Y-%m-%dT%H:%M"));
        check("12 October 2030", None, Some("%d %B %Y"));
        check("22:00", None, Some("%H:%M"));
        check("12 mars 2030", None, None);
        check("soon", None, None);
    }

    #[test]
    fn shapes_of_names() {
        assert_eq!(shape("CHG-0042"), r"CHG\-\d+");
        assert_eq!(shape("12-Oct-2030 22:00"), r"\d+\-[a-z]+\-\d+\s+\d+:\d+");
    }
}
