//! The days of a standing window in words, `second and fourth Wednesday of the month`, and the rules they mean.

use std::fmt;
use std::ops::Range;

use super::spoken::{self, Weekday, Word};

/// Longest text read: every weekday and every month by name, twice.
pub const MAX_DAYS_BYTES: usize = 512;

/// Days understood.
///
/// Its `Display` is the canonical wording, which reads back as the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    which: Which,
    /// The months, 1 to 12, in which alone it is so; empty means all.
    months: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    Daily,
    /// In order, none twice.
    Weekly(Vec<Weekday>),
    /// Every second week, counted from a first day.
    EveryOtherWeek(Vec<Weekday>),
    /// Each the n-th of its month, -1 the last.
    Nth(Vec<(i8, NthDay)>),
    /// Days of the month, 1 to 31; -1 is the last.
    OfMonth(Vec<i8>),
}

/// What an ordinal counts within a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NthDay {
    On(Weekday),
    /// Monday to Friday.
    Workday,
    /// The n-th Saturday, and the Sunday after it: the month's first Sunday does not belong to its first weekend when
    /// the month begins with it.
    Weekend,
}

/// Why words are no days, with the bytes meant and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DaysError {
    /// What is wrong.
    pub message: String,
    /// What can be written instead.
    pub help: String,
    /// The bytes of the text that are meant.
    pub span: Range<usize>,
}

/// Said where no better help is known.
const HELP: &str = "write for example `Wednesday and Thursday`, `weekdays`, `day`, `second Tuesday`, `last Sunday`, `third weekend`, \
                    `15th of the month` or `first Sunday of March`";

impl Days {
    /// Reads days in English: weekdays, ranges and lists of them, ordinals, days of the month, and months behind `of`.
    ///
    /// # Errors
    /// [`DaysError`] for words that are none of these, and for those that can be meant in two ways.
    pub fn parse(text: &str) -> Result<Self, DaysError> {
        let whole = 0..text.len();
        if text.len() > MAX_DAYS_BYTES {
            return Err(refused(whole, format!("days of more than {MAX_DAYS_BYTES} bytes"), HELP));
        }
        let words = spoken::words(text);
        let of = words.iter().position(|word| ["of", "in"].contains(&word.text.as_str()));
        let (head, tail) = words.split_at(of.unwrap_or(words.len()));
        let period = tail.split_first().map(|(of, rest)| Period::read(of, rest)).transpose()?;
        let mut reader = Reader { period: period.is_some(), ..Reader::default() };
        let mut rest = head;
        while let Some((word, after)) = rest.split_first() {
            rest = reader.word(word, after)?;
        }
        let which = reader.finish(whole.clone())?;
        let months = match period {
            None | Some(Period::Month) => Vec::new(),
            Some(Period::Months(months)) => months,
        };
        if months.is_empty() && period_is_idle(&which) && of.is_some() {
            let message = format!("`{text}` names no day of the month");
            return Err(refused(
                whole,
                message,
                "leave `of the month` out, or say which: `second Tuesday of the month`",
            ));
        }
        Ok(Self { which, months })
    }

    /// The days as RRULE of RFC 5545; their union is meant.
    #[must_use]
    pub fn rules(&self) -> Vec<String> {
        let months = list(&self.months);
        let rule = |text: String| if months.is_empty() { text } else { format!("{text};BYMONTH={months}") };
        match &self.which {
            Which::Daily => vec![rule("FREQ=DAILY".into())],
            Which::Weekly(days) => vec![rule(format!("FREQ=WEEKLY;BYDAY={}", list(days)))],
            Which::EveryOtherWeek(days) => vec![rule(format!("FREQ=WEEKLY;INTERVAL=2;BYDAY={}", list(days)))],
            Which::OfMonth(days) => vec![rule(format!("FREQ=MONTHLY;BYMONTHDAY={}", list(days)))],
            Which::Nth(days) => {
                let on: Vec<String> = days
                    .iter()
                    .filter_map(|(n, day)| match day {
                        NthDay::On(weekday) => Some(format!("{n}{weekday}")),
                        NthDay::Workday | NthDay::Weekend => None,
                    })
                    .collect();
                let mut rules = Vec::new();
                if !on.is_empty() {
                    rules.push(rule(format!("FREQ=MONTHLY;BYDAY={}", on.join(","))));
                }
                for (n, day) in days {
                    match day {
                        NthDay::On(_) => {}
                        NthDay::Workday => {
                            rules.push(rule(format!("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS={n}")));
                        }
                        NthDay::Weekend => {
                            rules.push(rule(format!("FREQ=MONTHLY;BYDAY={n}SA")));
                            rules.extend(self.sundays_after(*n));
                        }
                    }
                }
                rules
            }
        }
    }

    /// The Sundays that follow the n-th Saturday, which is not always the n-th Sunday and not always of that month.
    fn sundays_after(&self, n: i8) -> Vec<String> {
        let within = |days: String, months: &[u8]| {
            let months = if months.is_empty() { String::new() } else { format!(";BYMONTH={}", list(months)) };
            format!("FREQ=MONTHLY;BYDAY=SU;BYMONTHDAY={days}{months}")
        };
        let following: Vec<u8> = self.months.iter().map(|month| month % 12 + 1).collect();
        if n < 0 {
            // The last Saturday is one of the last seven days; the Sunday after it can be the 1st.
            let mut rules = vec![within("-6,-5,-4,-3,-2,-1".into(), &self.months)];
            rules.push(within("1".into(), &following));
            return rules;
        }
        let first = 7 * (n - 1) + 2;
        let mut rules = vec![within(list(&(first..first + 7).collect::<Vec<_>>()), &self.months)];
        if n == 4 && (self.months.is_empty() || self.months.contains(&2)) {
            // 28 February can be the fourth Saturday; the day after it is the 60th of the year, 29 February or 1 March.
            rules.push("FREQ=YEARLY;BYDAY=SU;BYYEARDAY=60".into());
        }
        rules
    }

    /// Whether only a first day says which weeks are meant.
    #[must_use]
    pub fn is_every_other_week(&self) -> bool {
        match self.which {
            Which::EveryOtherWeek(_) => true,
            Which::Daily | Which::Weekly(_) | Which::Nth(_) | Which::OfMonth(_) => false,
        }
    }
}

/// Whether `of the month` says nothing about such days.
fn period_is_idle(which: &Which) -> bool {
    match which {
        Which::Daily | Which::Weekly(_) | Which::EveryOtherWeek(_) => true,
        Which::Nth(_) | Which::OfMonth(_) => false,
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn refused(span: Range<usize>, message: String, help: impl Into<String>) -> DaysError {
    DaysError { message, help: help.into(), span }
}

/// What stands behind `of`.
enum Period {
    Month,
    /// 1 to 12, in order.
    Months(Vec<u8>),
}

impl Period {
    fn read(of: &Word, words: &[Word]) -> Result<Self, DaysError> {
        let words: Vec<&Word> =
            words.iter().filter(|word| !["each", "every", "and"].contains(&word.text.as_str())).collect();
        match words.as_slice() {
            [] => return Err(refused(of.span.clone(), format!("nothing stands behind `{}`", of.text), HELP)),
            [word] if ["month", "months"].contains(&word.text.as_str()) => return Ok(Self::Month),
            _ => {}
        }
        let mut months = Vec::new();
        let mut rest = words.as_slice();
        while let Some((word, after)) = rest.split_first() {
            let first = month(word)?;
            rest = after;
            let last = match rest {
                [to, last, after @ ..] if to.text == "to" => {
                    rest = after;
                    month(last)?
                }
                _ => first,
            };
            months.extend(
                (0..12).map(|step| (first + step - 1) % 12 + 1).take(usize::from((last + 12 - first) % 12) + 1),
            );
        }
        months.sort_unstable();
        months.dedup();
        Ok(Self::Months(months))
    }
}

fn month(word: &Word) -> Result<u8, DaysError> {
    spoken::month(&word.text).ok_or_else(|| {
        let help = match word.text.as_str() {
            "quarter" | "year" => "name the months: `first Sunday of January, April, July and October`".to_owned(),
            other => spoken::meant(other).unwrap_or_else(|| "write a month, or `of the month`".to_owned()),
        };
        refused(word.span.clone(), format!("`{}` is no month", word.written), help)
    })
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    /// Whether a period stands behind `of`.
    period: bool,
    daily: bool,
    every_other: bool,
    weekdays: Vec<Weekday>,
    nth: Vec<(i8, NthDay)>,
    month_days: Vec<i8>,
    /// Ordinals that wait for what they count.
    ordinals: Vec<(i8, Word)>,
}

impl Reader {
    /// Takes one word and what belongs to it, and gives the rest.
    fn word<'w>(&mut self, word: &Word, rest: &'w [Word]) -> Result<&'w [Word], DaysError> {
        if let Some(n) = spoken::ordinal(&word.text) {
            self.ordinals.push((n, word.clone()));
            return Ok(rest);
        }
        if let Some(first) = spoken::weekday(&word.text) {
            return self.weekday(word, first, rest);
        }
        match word.text.as_str() {
            "and" => {}
            "day" | "days" | "daily" | "night" | "nights" | "nightly" => self.day(),
            "weekday" | "weekdays" | "workday" | "workdays" => {
                self.counted(word, NthDay::Workday, &Weekday::ALL[..5])?;
            }
            "weekend" | "weekends" => self.counted(word, NthDay::Weekend, &Weekday::ALL[5..])?,
            "other" => self.every_other = true,
            "or" => {
                let help = "write `and`: the window is kept on each of them; a note can say that one of them is used";
                return Err(refused(word.span.clone(), "`or` leaves open which day is meant".into(), help));
            }
            "week" | "weeks" | "fortnight" | "biweekly" | "fortnightly" => {
                let help = "write `other Tuesday` for every second week, with `since` for the first";
                return Err(refused(word.span.clone(), format!("`{}` names no day", word.written), help));
            }
            other => {
                let help = spoken::meant(other).unwrap_or_else(|| HELP.to_owned());
                return Err(refused(word.span.clone(), format!("`{}` is no day", word.written), help));
            }
        }
        Ok(rest)
    }

    fn weekday<'w>(&mut self, word: &Word, first: Weekday, rest: &'w [Word]) -> Result<&'w [Word], DaysError> {
        let [to, last, after @ ..] = rest else {
            self.counted(word, NthDay::On(first), &[first])?;
            return Ok(rest);
        };
        let Some(last) = spoken::weekday(&last.text).filter(|_| to.text == "to") else {
            self.counted(word, NthDay::On(first), &[first])?;
            return Ok(rest);
        };
        if let Some((_, ordinal)) = self.ordinals.first() {
            let message = format!("`{}` cannot count days from {first:?} to {last:?}", ordinal.written);
            return Err(refused(ordinal.span.clone(), message, HELP));
        }
        self.counted(word, NthDay::On(first), &Weekday::range(first, last))?;
        Ok(after)
    }

    /// Days by themselves, or counted by the ordinals before them.
    fn counted(&mut self, word: &Word, day: NthDay, by_themselves: &[Weekday]) -> Result<(), DaysError> {
        if self.ordinals.is_empty() {
            if !self.nth.is_empty() {
                let message = format!("`{}` can be meant with the ordinal before it, or without", word.written);
                let help = "write an ordinal before each day, or a [[window]] for each";
                return Err(refused(word.span.clone(), message, help));
            }
            self.weekdays.extend_from_slice(by_themselves);
            return Ok(());
        }
        for (n, ordinal) in std::mem::take(&mut self.ordinals) {
            let most = match day {
                NthDay::On(_) => 5,
                NthDay::Workday => 20,
                NthDay::Weekend => 4,
            };
            if n > most {
                let message = format!("not every month has a {} {}", spoken::place(n), word.written);
                let most = spoken::place(most);
                let help = format!("the {most} is the latest that can be counted; `last` is counted from the end");
                return Err(refused(ordinal.span, message, help));
            }
            self.nth.push((n, day));
        }
        Ok(())
    }

    /// `day`: each, or the n-th of the month.
    fn day(&mut self) {
        if self.ordinals.is_empty() {
            self.daily = true;
        }
        self.month_days.extend(std::mem::take(&mut self.ordinals).into_iter().map(|(n, _)| n));
    }

    fn finish(mut self, whole: Range<usize>) -> Result<Which, DaysError> {
        if let Some((_, word)) = self.ordinals.first().filter(|(_, word)| {
            let is_number = word.text.starts_with(|c: char| c.is_ascii_digit());
            !is_number && !self.period
        }) {
            let help = format!("write `{0} Tuesday` or `{0} of the month`", word.written);
            return Err(refused(word.span.clone(), format!("`{}` counts nothing", word.written), help));
        }
        self.month_days.extend(self.ordinals.into_iter().map(|(n, _)| n));
        self.month_days.sort_unstable_by_key(|n| if *n < 0 { i8::MAX } else { *n });
        self.month_days.dedup();
        self.weekdays.sort_unstable();
        self.weekdays.dedup();
        self.nth.sort_unstable_by_key(|(n, day)| (*day, if *n < 0 { i8::MAX } else { *n }));
        self.nth.dedup();
        let kinds = [self.daily, !self.weekdays.is_empty(), !self.nth.is_empty(), !self.month_days.is_empty()];
        match (kinds, self.every_other) {
            ([false, false, false, false], _) => Err(refused(whole, "no day is named".into(), HELP)),
            ([false, true, false, false], true) => Ok(Which::EveryOtherWeek(self.weekdays)),
            (_, true) => {
                let help = "`other` goes with weekdays alone: `other Tuesday`";
                Err(refused(whole, "every other of what is not clear".into(), help))
            }
            ([true, false, false, false], false) => Ok(Which::Daily),
            ([false, true, false, false], false) => Ok(Which::Weekly(self.weekdays)),
            ([false, false, true, false], false) => Ok(Which::Nth(self.nth)),
            ([false, false, false, true], false) => Ok(Which::OfMonth(self.month_days)),
            (_, false) => {
                let message = "days of different kinds are named together".to_owned();
                Err(refused(whole, message, "write a [[window]] for each kind"))
            }
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::Daily => f.write_str("day")?,
            Which::Weekly(days) => f.write_str(&weekdays(days))?,
            Which::EveryOtherWeek(days) => write!(f, "other {}", weekdays(days))?,
            Which::OfMonth(days) => {
                f.write_str(&spoken::and(&days.iter().map(|n| spoken::numbered(*n)).collect::<Vec<_>>()))?;
            }
            Which::Nth(days) => {
                let groups = days.chunk_by(|a, b| a.1 == b.1).map(|group| {
                    let ordinals: Vec<String> = group.iter().map(|(n, _)| spoken::place(*n)).collect();
                    let day = match group[0].1 {
                        NthDay::On(weekday) => weekday.name(),
                        NthDay::Workday => "weekday",
                        NthDay::Weekend => "weekend",
                    };
                    format!("{} {day}", spoken::and(&ordinals))
                });
                f.write_str(&spoken::and(&groups.collect::<Vec<_>>()))?;
            }
        }
        match (self.months.as_slice(), &self.which) {
            ([], Which::Nth(_) | Which::OfMonth(_)) => f.write_str(" of the month"),
            ([], Which::Daily | Which::Weekly(_) | Which::EveryOtherWeek(_)) => Ok(()),
            (months, _) => {
                let months: Vec<String> = months.iter().map(|n| spoken::month_name(*n).to_owned()).collect();
                write!(f, " of {}", spoken::and(&months))
            }
        }
    }
}

/// `Monday to Friday`, `Wednesday and Thursday`.
fn weekdays(days: &[Weekday]) -> String {
    if let [first, _, .., last] = days
        && Weekday::range(*first, *last) == days
    {
        return format!("{} to {}", first.name(), last.name());
    }
    spoken::and(&days.iter().map(|day| day.name().to_owned()).collect::<Vec<_>>())
}
