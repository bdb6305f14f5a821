//! English words for days, as far as standing windows need them.

use std::fmt;
use std::ops::Range;

use crate::names::nearest;

/// A day of the week; its `Display` is that of RFC 5545.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub(super) const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// From one to the other, both included, over the end of the week where need be.
    pub(super) fn range(first: Self, last: Self) -> Vec<Self> {
        let (first, last) = (first as usize, last as usize);
        let days = (last + 7 - first) % 7;
        (0..=days).map(|step| Self::ALL[(first + step) % 7]).collect()
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name()[..2].to_ascii_uppercase())
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// What else means something, for "did you mean".
const OTHERS: [&str; 7] = ["last", "day", "weekdays", "weekend", "other", "month", "and"];

/// One word of a text.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    /// As written.
    pub(super) written: String,
    pub(super) span: Range<usize>,
}

/// The words of a text, without those that carry no meaning; `Mon-Fri` is `mon to fri`, and a comma is `and`.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut from = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let sign = match character {
            '-' | '\u{2013}' => Some("to"),
            ',' | '&' | '+' => Some("and"),
            other if other.is_whitespace() => None,
            _ => {
                from.get_or_insert(at);
                continue;
            }
        };
        if let Some(start) = from.take() {
            words.push(word(text, start..at));
        }
        words.extend(sign.map(|sign| Word {
            text: sign.to_owned(),
            written: character.to_string(),
            span: at..at + character.len_utf8(),
        }));
    }
    let mut is_first = true;
    words.retain(|word| {
        let idle =
            ["the", "on"].contains(&word.text.as_str()) || is_first && ["every", "each"].contains(&word.text.as_str());
        is_first &= idle;
        !idle
    });
    words
}

fn word(text: &str, span: Range<usize>) -> Word {
    let lower = text[span.clone()].to_lowercase();
    let lower = match lower.as_str() {
        "through" | "till" | "until" | "thru" => "to".to_owned(),
        _ => lower,
    };
    Word { text: lower, written: text[span.clone()].to_owned(), span }
}

/// `tue`, `tues`, `tuesday`, `tuesdays`.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let found = |name: &str| match word {
        "tues" => name == "tuesday",
        "weds" => name == "wednesday",
        "thur" | "thurs" => name == "thursday",
        _ => word == &name[..3] || word == name || word.strip_suffix('s') == Some(name),
    };
    Weekday::ALL.into_iter().find(|day| found(&day.name().to_lowercase()))
}

/// 1 to 12.
pub(super) fn month(word: &str) -> Option<u8> {
    let found = |name: &str| word == name || word == &name[..3] || word == "sept" && name == "september";
    (1..).zip(MONTHS).find(|(_, name)| found(&name.to_lowercase())).map(|(n, _)| n)
}

pub(super) fn month_name(month: u8) -> &'static str {
    MONTHS[usize::from(month - 1)]
}

/// `first` to `fifth`, `1st` to `31st`; `last` is -1.
pub(super) fn ordinal(word: &str) -> Option<i8> {
    if word == "last" {
        return Some(-1);
    }
    if let Some((n, _)) = (1..).zip(ORDINALS).find(|(_, name)| word == *name) {
        return Some(n);
    }
    let digits = word.find(|c: char| !c.is_ascii_digit())?;
    let n: i8 = word[..digits].parse().ok().filter(|n| (1..=31).contains(n))?;
    (word[digits..] == *suffix(n)).then_some(n)
}

fn suffix(n: i8) -> &'static str {
    match (n % 10, n / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    }
}

/// `second`, `last`, `15th`.
pub(super) fn place(n: i8) -> String {
    match usize::try_from(n) {
        Err(_) => "last".into(),
        Ok(n) if (1..=5).contains(&n) => ORDINALS[n - 1].into(),
        Ok(_) => numbered(n),
    }
}

/// `2nd`, `15th`, `last day`.
pub(super) fn numbered(n: i8) -> String {
    if n < 0 { "last day".into() } else { format!("{n}{}", suffix(n)) }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `did you mean …`, when some word that is known is near.
pub(super) fn meant(word: &str) -> Option<String> {
    let days = Weekday::ALL.into_iter().map(Weekday::name);
    let known = days.chain(MONTHS).chain(ORDINALS).chain(OTHERS);
    nearest(word, known).map(|name| format!("did you mean `{name}`?"))
}
