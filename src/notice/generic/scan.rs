//! Dates and times anywhere in a text, in any usual form, each with the bytes that it stands in.
//!
//! Nothing is decided here: a numeric date keeps both of its numbers, a date without a year has none.

use std::sync::LazyLock;

use chrono::{NaiveDate, Weekday};
use regex::{Captures, Regex};

use super::pattern::fixed;

/// Most times read of one text: a notice of forty nights has a hundred and sixty.
pub(super) const MAX_STAMPS: usize = 400;

/// How far into a text times are looked for: a notice of a quarter megabyte says when long before its end.
const MAX_SCANNED_BYTES: usize = 256 * 1024;

/// Longest distance between a date and the time that belongs to it, in bytes.
const MAX_GAP: usize = 24;

/// A day as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// Only one day can be meant.
    Settled(NaiveDate),
    /// Two numbers of which one is the month; dots stand in countries that write the day first.
    Numeric { first: u32, second: u32, year: i32, dots: bool },
    /// No year.
    Yearless { month: u32, day: u32 },
}

/// A date as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) day: Day,
    pub(super) weekday: Option<Weekday>,
    /// The first day of `26-28 March 2017`.
    pub(super) first_day: Option<u32>,
    /// The two numbers of a numeric date, in their order.
    pub(super) numbers: Option<(u32, u32)>,
}

/// A time of day as written; `24:00` has hour 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
}

/// A date, a time, or both, with the zone that stands beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) date: Option<Date>,
    pub(super) clock: Option<Clock>,
    pub(super) zone: Option<String>,
    pub(super) span: (usize, usize),
}

const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrt", 3),
    ("maa", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mei", 5),
    ("mag", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("dec", 12),
    ("dez", 12),
    ("dic", 12),
    ("déc", 12),
];

const MONTH: &str = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|fevrier|mars|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|januari|februari|maart|mei|augustus|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|jan|feb|mar|mär|apr|jun|jul|aug|sept|sep|oct|okt|nov|dec|dez|dic|ene|abr|ago|fév|avr|juil|déc|mrt|gen|mag|giu|lug|set|ott)";

const WEEKDAY: &str =
    r"(?:(?P<wd>mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday|s|rs|r|nes)?[.,]{0,2}\s+)?";

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let date = format!(
        r"{WEEKDAY}(?:(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})|(?P<n1>\d{{1,2}})(?P<ns>[-/.])(?P<n2>\d{{1,2}})[-/.](?P<ny>(?:19|20)\d\d|\d\d)|(?P<dd>\d{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?[\s./,-]{{0,3}}(?:of\s|de\s)?(?P<dm>{MONTH})\b\.?(?:[\s./,'-]{{1,3}}(?:of\s|de\s|del\s)?(?P<dy>(?:19|20)\d\d)|[./'-](?P<dys>\d\d))?|(?P<mm>{MONTH})\b\.?[\s-]{{1,2}}(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[-\u{{2013}}]\s?(?P<md2>\d{{1,2}})(?:st|nd|rd|th)?)?(?:[\s,-]{{1,3}}(?P<my>(?:19|20)\d\d))?)"
    );
    let time = r"(?P<h>\d{1,2}):(?P<mi>\d\d)(?::(?P<s>\d\d)(?:\.\d{1,6})?)?(?:\s?(?P<half>[ap])\.?m\b\.?)?|(?P<hh>\d{1,2})\s?h\s?(?P<hmi>\d\d)?\b|(?P<th>\d{1,2})(?:\.(?P<tm>\d\d))?\s?(?:(?P<thalf>[ap])\.?m\b\.?|uhr\b)|(?P<mil>\d{4})\s?(?:hrs?|hours)\b|(?P<milz>[0-2]\d[0-5]\d)(?:\s?(?:utc|gmt)|z)\b";
    fixed(&format!("(?i)(?:{date})|(?:{time})"))
});

/// What may stand between a date and its time.
static DATE_TO_TIME: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^[\s,;@|()\u{2013}-]*(?:t|at|um|à|às|a las|alle|om|kl\.?|ore|from|von|de|ab|time|between|zwischen)?[\s:,|(]*$",
    )
});

/// What may stand between a time and the date behind it.
static TIME_TO_DATE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)^\s?\(?(?:[a-z]{2,5}|utc[+-]\d{1,2}|local time|local)?\)?[\s,]*(?:on|am|le|del|el|op|il|em|of)?[\s,]*$")
});

/// What stands between the ends of a range.
static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^[\s,;)]*(?:-+>?|\u{2013}|\u{2014}|~|/|to|until|till|through|thru|and|und|bis(?: zum)?|au|jusqu'au|à|al?|hasta|tot|t/m|fino al?|até)[\s:,(]*(?:the\s|on\s|le\s)?$",
    )
});

/// A zone right behind a time.
static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^\s{0,2}[(\[]?\s?(?P<zone>(?:(?:utc|gmt)\s?[+\u{2212}-]\d{1,2}(?::?\d\d)?\b)|[+\u{2212}-]\d\d:?\d\d(?:\s?\(?(?:utc|gmt)\)?)?|z\b|(?:america|europe|asia|africa|australia|pacific|atlantic|indian)/[a-z_]+(?:/[a-z_]+)?|(?:[a-z. ]{0,14}\b)?(?:eastern|central|mountain|pacific)(?:\s(?:european|us|standard|daylight|summer))*(?:\stime)?\b|(?:utc|gmt)\b|local(?:\stime)?\b|(?-i:[A-Z]{2,5})\b)",
    )
});

/// Letters that notices use for zones; other capitals behind a time are none.
const LETTERS: &[&str] = &[
    "CET", "CEST", "MET", "MEST", "MEZ", "MESZ", "WET", "WEST", "EET", "EEST", "BST", "IST", "MSK", "EST", "EDT",
    "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST", "AST", "ADT", "NST", "NDT", "BRT", "ART", "CLT",
    "CLST", "COT", "PET", "VET", "GST", "PKT", "WIB", "WITA", "WIT", "ICT", "SGT", "HKT", "PHT", "JST", "KST", "AEST",
    "AEDT", "ACST", "ACDT", "AWST", "NZST", "NZDT", "SAST", "CAT", "EAT", "WAT", "TRT", "MYT", "ET", "CT", "MT", "PT",
];

/// Whether words are a zone that this reader looks at.
pub(super) fn is_zone(text: &str) -> bool {
    let text = text.trim().trim_matches(['(', ')', '[', ']']);
    ZONE.captures(text).is_some_and(|found| {
        let zone = &found["zone"];
        found.get(0).is_some_and(|whole| text[whole.end()..].trim().is_empty()) && is_known(zone)
    })
}

fn is_known(zone: &str) -> bool {
    let capitals = zone.chars().all(|c| c.is_ascii_uppercase());
    !capitals || zone == "Z" || zone == "UTC" || zone == "GMT" || LETTERS.contains(&zone)
}

enum Token {
    Date(Date),
    Clock(Clock),
}

/// Whether a text between two times joins them as the ends of a range.
pub(super) fn is_range_mark(between: &str) -> bool {
    between.len() <= MAX_GAP && RANGE.is_match(between)
}

/// All dates and times of a text, in order.
pub(super) fn stamps(text: &str) -> Vec<Stamp> {
    let tokens = tokens(text);
    let mut stamps = Vec::new();
    let mut at = 0;
    while at < tokens.len() && stamps.len() < MAX_STAMPS {
        let (token, start, end) = &tokens[at];
        let next = tokens.get(at + 1);
        let gap = next.map(|(_, from, _)| &text[*end..*from]).filter(|gap| gap.len() <= MAX_GAP);
        let (mut stamp, used) = match (token, next.map(|(token, ..)| token), gap) {
            (Token::Date(date), Some(Token::Clock(clock)), Some(gap)) if DATE_TO_TIME.is_match(gap) => {
                (stamp(Some(*date), Some(*clock), (*start, tokens[at + 1].2)), 2)
            }
            (Token::Clock(clock), Some(Token::Date(date)), Some(gap)) if TIME_TO_DATE.is_match(gap) => {
                let mut both = stamp(Some(*date), Some(*clock), (*start, tokens[at + 1].2));
                both.zone = zone_at(gap).map(|(zone, _)| zone);
                (both, 2)
            }
            (Token::Date(date), _, _) => (stamp(Some(*date), None, (*start, *end)), 1),
            (Token::Clock(clock), _, _) => (stamp(None, Some(*clock), (*start, *end)), 1),
        };
        if stamp.clock.is_some() && stamp.zone.is_none() {
            let words = &text[stamp.span.0..stamp.span.1];
            // `22:00-06:00` is a range; an offset west of UTC stands behind seconds, as in ISO 8601.
            let whole = words.matches(':').count() >= 2;
            if let Some((zone, length)) =
                zone_at(&text[stamp.span.1..]).filter(|(zone, _)| whole || !zone.starts_with('-'))
            {
                stamp.zone = Some(zone);
                stamp.span.1 += length;
            }
        }
        at += used;
        // The digits of an offset are no time.
        at += tokens[at..].iter().take_while(|(_, start, _)| *start < stamp.span.1).count();
        stamps.push(stamp);
    }
    stamps
}

fn stamp(date: Option<Date>, clock: Option<Clock>, span: (usize, usize)) -> Stamp {
    Stamp { date, clock, zone: None, span }
}

/// The zone at the start of a text, and how far it reaches with what encloses it.
fn zone_at(text: &str) -> Option<(String, usize)> {
    let found = ZONE.captures(text)?;
    let (whole, zone) = (found.get(0)?, found.name("zone")?.as_str().trim());
    let closing =
        text[whole.end()..].find([')', ']']).filter(|at| *at <= 40 && text[..whole.end()].contains(['(', '[']));
    let end = whole.end() + closing.map_or(0, |at| at + 1);
    is_known(zone).then(|| (zone.to_owned(), end))
}

fn tokens(text: &str) -> Vec<(Token, usize, usize)> {
    let text = &text[..text.floor_char_boundary(MAX_SCANNED_BYTES)];
    let mut tokens: Vec<(Token, usize, usize)> = Vec::new();
    let mut from = 0;
    while tokens.len() < 2 * MAX_STAMPS {
        let Some(found) = TOKEN.captures_at(text, from) else { break };
        let Some(whole) = found.get(0) else { break };
        from = whole.end();
        let first_of_days = found.name("dd").is_some() && day_before_range(&text[..whole.start()]).is_some();
        let joined = first_of_days || tokens.last().is_some_and(|(_, _, end)| whole.start() <= *end + 1);
        if is_number_behind(&text[whole.end()..]) || !(joined || stands_alone(&text[..whole.start()])) {
            // A number cut out of a longer one; what stands behind it may be a date all the same.
            from = after_run(text, whole.start());
            continue;
        }
        let token = clock(&found).map(Token::Clock).or_else(|| date(&found, text, whole.start()).map(Token::Date));
        if let Some(token) = token {
            // The letters of a zone behind four digits belong to the zone.
            let end = found.name("milz").map_or(whole.end(), |digits| digits.end());
            tokens.push((token, whole.start(), end));
        }
    }
    tokens
}

/// The end of the letters and digits that a place lies in.
fn after_run(text: &str, at: usize) -> usize {
    let run = text[at..].find(|c: char| !c.is_alphanumeric() && !".:/-".contains(c));
    run.map_or(text.len(), |length| at + length.max(1))
}

/// Whether a text ends where a date may begin: not inside a word, an address or a longer number.
fn stands_alone(before: &str) -> bool {
    let glued = before.ends_with(|c: char| c.is_alphanumeric() || "-/.:_#+$".contains(c));
    !glued || before.ends_with(" -")
}

/// Whether a number goes on behind it.
fn is_number_behind(after: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    after.starts_with(digit) || after.strip_prefix(['.', '/', ':']).is_some_and(|rest| rest.starts_with(digit))
}

fn number(found: &Captures<'_>, name: &str) -> Option<u32> {
    found.name(name)?.as_str().parse().ok()
}

fn clock(found: &Captures<'_>) -> Option<Clock> {
    let (hour, minute, second, half) = if let Some(hour) = number(found, "h") {
        (hour, number(found, "mi")?, number(found, "s").unwrap_or(0), found.name("half"))
    } else if let Some(hour) = number(found, "hh") {
        (hour, number(found, "hmi").unwrap_or(0), 0, None)
    } else if let Some(hour) = number(found, "th") {
        (hour, number(found, "tm").unwrap_or(0), 0, found.name("thalf"))
    } else {
        let digits = number(found, "mil").or_else(|| number(found, "milz"))?;
        (digits / 100, digits % 100, 0, None)
    };
    let hour = match half.map(|half| half.as_str().to_lowercase()) {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + if half == "p" { 12 } else { 0 },
        Some(_) if hour > 12 => hour,
        Some(_) => return None,
        None => hour,
    };
    let exists = (hour < 24 && minute < 60 && second < 60) || (hour, minute, second) == (24, 0, 0);
    exists.then_some(Clock { hour, minute, second })
}

fn date(found: &Captures<'_>, text: &str, start: usize) -> Option<Date> {
    let year = |name: &str| {
        let year: i32 = found.name(name)?.as_str().parse().ok()?;
        Some(if year < 100 { 2000 + year } else { year })
    };
    let month = |name: &str| month_of(found.name(name)?.as_str());
    let named = |month: u32, day: u32, year: Option<i32>| match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day).map(Day::Settled),
        // The 29th of February is a day of some years.
        None => NaiveDate::from_ymd_opt(2000, month, day).map(|_| Day::Yearless { month, day }),
    };
    let mut first_day = None;
    let day = if let Some(y) = year("y") {
        Day::Settled(NaiveDate::from_ymd_opt(y, number(found, "m")?, number(found, "d")?)?)
    } else if let Some(first) = number(found, "n1") {
        let (second, year, dots) = (number(found, "n2")?, year("ny")?, &found["ns"] == ".");
        numeric(Day::Numeric { first, second, year, dots })?
    } else if let Some(day) = number(found, "dd") {
        first_day = day_before_range(&text[..start]);
        named(month("dm")?, day, year("dy").or_else(|| year("dys")))?
    } else {
        let (first, last) = (number(found, "md")?, number(found, "md2"));
        first_day = last.map(|_| first);
        named(month("mm")?, last.unwrap_or(first), year("my"))?
    };
    let numbers = number(found, "n1").zip(number(found, "n2"));
    Some(Date { day, weekday: found.name("wd").and_then(|name| name.as_str().parse().ok()), first_day, numbers })
}

/// Two numbers and a year, settled where only one order makes a day.
fn numeric(written: Day) -> Option<Day> {
    let Day::Numeric { first, second, year, .. } = written else { return Some(written) };
    let (day_first, month_first) =
        (NaiveDate::from_ymd_opt(year, second, first), NaiveDate::from_ymd_opt(year, first, second));
    match (day_first, month_first) {
        (Some(_), Some(_)) => Some(written),
        (Some(day), None) | (None, Some(day)) => Some(Day::Settled(day)),
        (None, None) => None,
    }
}

fn month_of(name: &str) -> Option<u32> {
    let lower = name.to_lowercase();
    let longest = MONTHS.iter().filter(|(start, _)| lower.starts_with(start)).max_by_key(|(start, _)| start.len());
    longest.map(|(_, number)| *number)
}

/// The `26` of `26-28 March`, where it stands at the end of what is before a date.
fn day_before_range(before: &str) -> Option<u32> {
    static LEADING: LazyLock<Regex> = LazyLock::new(|| {
        fixed(r"(?i)(?:^|[\s(])(\d{1,2})(?:st|nd|rd|th|\.)?\s?(?:-|\u{2013}|to|bis|au|and|und|until|\.)\s?$")
    });
    let tail = &before[before.floor_char_boundary(before.len().saturating_sub(16))..];
    LEADING.captures(tail).and_then(|found| found[1].parse().ok()).filter(|day| (1..=31).contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(stamp: &Stamp) -> String {
        let date = stamp.date.map(|date| match date.day {
            Day::Settled(day) => day.to_string(),
            Day::Numeric { first, second, year, .. } => format!("{first}?{second}?{year}"),
            Day::Yearless { month, day } => format!("--{month:02}-{day:02}"),
        });
        let first = stamp.date.and_then(|date| date.first_day).map(|day| format!("{day}.."));
        let clock = stamp.clock.map(|c| format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second));
        let pieces = [first, date, clock, stamp.zone.clone()];
        pieces.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = stamps(text);
        assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected, "{text}");
        assert!(found.iter().all(|stamp| text.get(stamp.span.0..stamp.span.1).is_some()), "{text}");
    }

    #[test]
    fn dates_and_times_of_any_usual_form() {
        check("2031-02-12 09:00 UTC", &["2031-02-12 09:00:00 UTC"]);
        check("2031-02-12T09:00:00Z", &["2031-02-12 09:00:00 Z"]);
        check("12 Feb 2031 09:00", &["2031-02-12 09:00:00"]);
        check("Feb 12, 2031 9:00 AM", &["2031-02-12 09:00:00"]);
        check("12-Feb-2031", &["2031-02-12"]);
        check("Wednesday, 12 Feb 2031 15:00:00 (UTC)", &["2031-02-12 15:00:00 UTC"]);
        check("12/10/2030 22:00", &["12?10?2030 22:00:00"]);
        check("22:00 31/10/2030 GMT", &["2030-10-31 22:00:00 GMT"]);
        check("12:00 AM (local time) 06/25/2031", &["2031-06-25 00:00:00 local time"]);
        check("24:00 on 3rd of March 2031", &["2031-03-03 24:00:00"]);
        check("12. März 2031 um 22.30 Uhr", &["2031-03-12 22:30:00"]);
        check("le 12 février 2031 à 22h00", &["2031-02-12 22:00:00"]);
        check("18.08.2031 00:30 GMT+3", &["18?8?2031 00:30:00 GMT+3"].map(|_| "2031-08-18 00:30:00 GMT+3"));
        check("2200 hrs", &["22:00:00"]);
        check("0900Z", &["09:00:00 Z"]);
        check("14 March 22:00", &["--03-14 22:00:00"]);
        check("26-28 March 2031", &["26.. 2031-03-28"]);
        check("March 26-28, 2031", &["26.. 2031-03-28"]);
        check("10 pm", &["22:00:00"]);
    }

    #[test]
    fn ranges_keep_both_ends() {
        check(
            "01-Nov-2030 00:01 to 01-Nov-2030 05:00 ( Mountain )",
            &["2030-11-01 00:01:00", "2030-11-01 05:00:00 Mountain"],
        );
        check(
            "31/10/2030 00:00:00 GMT - 31/10/2030 07:30:00 GMT",
            &["2030-10-31 00:00:00 GMT", "2030-10-31 07:30:00 GMT"],
        );
        check("2031-02-12T22:00:00-05:00", &["2031-02-12 22:00:00 -05:00"]);
        check("2031-02-12 22:00-06:00 CET", &["2031-02-12 22:00:00", "06:00:00 CET"]);
        assert!(is_range_mark(" to ") && is_range_mark(" \u{2013} ") && is_range_mark("-") && is_range_mark(" bis "));
        assert!(!is_range_mark(" or ") && !is_range_mark(""));
    }

    #[test]
    fn what_is_no_date_is_none() {
        check("call +44 1270 727 126 or 192.0.2.10, port 10.12.21.5", &[]);
        check("ticket 20310212 CHG-12-10-2030-7 and 25:00 31/31/2031", &[]);
        check("version 1.2.3 in may", &[]);
    }
}
