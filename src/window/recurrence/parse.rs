//! The text of an RRULE to a [`Rule`]: strict, each refusal with the clause that forbids it.

use super::error::{Limit, RuleError, shown};
use super::rule::{Bits, End, Frequency, NthWeekday, Rule};
use super::value::DateValue;

/// Longest text of one rule in bytes: every number that BYYEARDAY, BYHOUR, BYMINUTE and BYSECOND can list fits twice.
pub const MAX_RULE_BYTES: usize = 16 * 1024;

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Rule {
    /// Reads the value of an RRULE or EXRULE, with or without the property's name before it.
    ///
    /// A `;` at the end is allowed, and python's BYWEEKDAY for BYDAY: both are found in the field and mean one thing only.
    ///
    /// # Errors
    /// [`RuleError`]: text too long, a part unknown or given twice, a value out of its range, parts that RFC 5545 section
    /// 3.3.10 forbids beside each other.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        if text.len() > MAX_RULE_BYTES {
            return Err(Limit::RuleBytes(MAX_RULE_BYTES).into());
        }
        let value = text.trim();
        let value = value.strip_prefix("RRULE:").or_else(|| value.strip_prefix("EXRULE:")).unwrap_or(value);
        let parts = Parts::read(value.strip_suffix(';').unwrap_or(value))?;
        let rule = parts.into_rule(text)?;
        check_together(&rule)?;
        Ok(rule)
    }
}

/// The names of the parts, and where each is kept while reading.
const NAMES: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// The values as written, in the order of [`NAMES`].
struct Parts<'a>([Option<&'a str>; NAMES.len()]);

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, RuleError> {
        let mut values = [None; NAMES.len()];
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| RuleError::NoPart(shown(part)))?;
            let name = name.to_ascii_uppercase();
            let name = if name == "BYWEEKDAY" { "BYDAY" } else { &name };
            let place = NAMES.iter().position(|known| *known == name);
            let slot = &mut values[place.ok_or_else(|| RuleError::UnknownPart(shown(name)))?];
            if slot.replace(value).is_some() {
                return Err(RuleError::Twice(name.to_owned()));
            }
        }
        Ok(Self(values))
    }

    fn get(&self, name: &'static str) -> Option<&'a str> {
        NAMES.iter().position(|known| *known == name).and_then(|place| self.0[place])
    }

    fn into_rule(self, text: &str) -> Result<Rule, RuleError> {
        let frequency = self.get("FREQ").ok_or(RuleError::NoFrequency)?;
        let frequency = Frequency::ALL
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(frequency))
            .ok_or_else(|| bad("FREQ", frequency, "SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY"))?;
        let (weekdays, nth_weekdays) = self.weekdays()?;
        let (month_days, month_days_from_end) = self.month_days()?;
        // Without leap seconds 60 is 59, as RFC 5545 section 3.3.12 asks.
        let mut seconds = self.bits("BYSECOND", 0, 60, "whole numbers from 0 to 60")?;
        if seconds.has(60) {
            seconds = Bits(seconds.0 & !(1 << 60) | 1 << 59);
        }
        Ok(Rule {
            text: text.to_owned(),
            frequency,
            interval: self.get("INTERVAL").map_or(Ok(1), |value| positive("INTERVAL", value))?,
            end: self.end()?,
            week_start: self.get("WKST").map_or(Ok(0), |day| {
                weekday(day).ok_or_else(|| bad("WKST", day, "a weekday: MO, TU, WE, TH, FR, SA or SU"))
            })?,
            months: self.bits("BYMONTH", 1, 12, "whole numbers from 1 to 12")?,
            weeks: self.signed("BYWEEKNO", 53, "whole numbers from -53 to 53 but 0")?,
            year_days: self.signed("BYYEARDAY", 366, "whole numbers from -366 to 366 but 0")?,
            month_days,
            month_days_from_end,
            weekdays,
            nth_weekdays,
            hours: self.bits("BYHOUR", 0, 23, "whole numbers from 0 to 23")?,
            minutes: self.bits("BYMINUTE", 0, 59, "whole numbers from 0 to 59")?,
            seconds,
            positions: self.signed("BYSETPOS", 366, "whole numbers from -366 to 366 but 0")?,
        })
    }

    fn end(&self) -> Result<End, RuleError> {
        match (self.get("COUNT"), self.get("UNTIL")) {
            (Some(_), Some(_)) => Err(forbidden("COUNT and UNTIL stand together", "COUNT and UNTIL")),
            (Some(count), None) => positive("COUNT", count).map(End::Count),
            (None, Some(until)) => DateValue::parse(until)
                .map(End::Until)
                .map_err(|_| bad("UNTIL", until, "a DATE or DATE-TIME (20260131, 20260131T220000, 20260131T220000Z)")),
            (None, None) => Ok(End::Never),
        }
    }

    /// A list of whole numbers from `low` to `high`.
    fn bits(&self, part: &'static str, low: u32, high: u32, allowed: &'static str) -> Result<Bits, RuleError> {
        let mut bits = Bits::default();
        for value in self.list(part) {
            let number = digits(value, 2).and_then(|n| u32::try_from(n).ok()).filter(|n| (low..=high).contains(n));
            bits.add(number.ok_or_else(|| bad(part, value, allowed))?);
        }
        Ok(bits)
    }

    /// A list of whole numbers from `-most` to `most`, but 0.
    fn signed(&self, part: &'static str, most: i16, allowed: &'static str) -> Result<Vec<i16>, RuleError> {
        let read = |value| signed_digits(value).filter(|n| *n != 0 && n.abs() <= most);
        self.list(part).map(|value| read(value).ok_or_else(|| bad(part, value, allowed))).collect()
    }

    fn list(&self, part: &'static str) -> impl Iterator<Item = &'a str> {
        self.get(part).into_iter().flat_map(|list| list.split(','))
    }

    fn month_days(&self) -> Result<(Bits, Bits), RuleError> {
        let (mut from_start, mut from_end) = (Bits::default(), Bits::default());
        for day in self.signed("BYMONTHDAY", 31, "whole numbers from -31 to 31 but 0")? {
            let side = if day > 0 { &mut from_start } else { &mut from_end };
            side.add(u32::from(day.unsigned_abs()));
        }
        Ok((from_start, from_end))
    }

    fn weekdays(&self) -> Result<(Bits, Vec<NthWeekday>), RuleError> {
        let (mut every, mut nth) = (Bits::default(), Vec::new());
        for value in self.list("BYDAY") {
            let none = || bad("BYDAY", value, "weekdays (MO to SU), each with an optional number from -53 to 53 but 0");
            let at = value.len().checked_sub(2).filter(|at| value.is_char_boundary(*at)).ok_or_else(none)?;
            let (number, day) = value.split_at(at);
            let weekday = weekday(day).ok_or_else(none)?;
            if number.is_empty() {
                every.add(u32::from(weekday));
                continue;
            }
            let n = signed_digits(number).filter(|n| *n != 0 && n.abs() <= 53).and_then(|n| i8::try_from(n).ok());
            nth.push(NthWeekday { n: n.ok_or_else(none)?, weekday });
        }
        nth.sort_unstable();
        nth.dedup();
        Ok((every, nth))
    }
}

/// What RFC 5545 section 3.3.10 forbids to stand together.
fn check_together(rule: &Rule) -> Result<(), RuleError> {
    use Frequency::{Daily, Monthly, Weekly, Yearly};
    let frequency = rule.frequency;
    if !rule.weeks.is_empty() && frequency != Yearly {
        let what = format!("BYWEEKNO stands in a rule with FREQ={frequency}");
        return Err(forbidden(what, "BYWEEKNO: only with FREQ=YEARLY"));
    }
    if !rule.year_days.is_empty() && [Daily, Weekly, Monthly].contains(&frequency) {
        let what = format!("BYYEARDAY stands in a rule with FREQ={frequency}");
        return Err(forbidden(what, "BYYEARDAY: not with DAILY, WEEKLY or MONTHLY"));
    }
    if rule.has_month_days() && frequency == Weekly {
        return Err(forbidden("BYMONTHDAY stands in a rule with FREQ=WEEKLY", "BYMONTHDAY: not with WEEKLY"));
    }
    if !rule.nth_weekdays.is_empty() && ![Monthly, Yearly].contains(&frequency) {
        let what = format!("BYDAY has a number in a rule with FREQ={frequency}");
        return Err(forbidden(what, "BYDAY: numbers only with MONTHLY or YEARLY"));
    }
    if !rule.nth_weekdays.is_empty() && !rule.weeks.is_empty() {
        return Err(forbidden("BYDAY has a number beside BYWEEKNO", "BYDAY: no numbers beside BYWEEKNO"));
    }
    let no_set = !rule.has_weekdays()
        && !rule.has_month_days()
        && rule.weeks.is_empty()
        && rule.year_days.is_empty()
        && [rule.months, rule.hours, rule.minutes, rule.seconds].iter().all(|bits| bits.is_empty());
    if !rule.positions.is_empty() && no_set {
        return Err(forbidden("BYSETPOS stands without another BY part", "BYSETPOS: only beside another BY part"));
    }
    Ok(())
}

fn forbidden(what: impl Into<String>, clause: &'static str) -> RuleError {
    RuleError::Forbidden { what: what.into(), clause }
}

fn bad(part: &'static str, value: &str, allowed: &'static str) -> RuleError {
    RuleError::Value { part, value: shown(value), allowed }
}

fn weekday(text: &str) -> Option<u8> {
    let at = WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(text))?;
    u8::try_from(at).ok()
}

/// Digits alone, so many at most.
fn digits(text: &str, most: usize) -> Option<u64> {
    let only = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    only.then(|| text.parse().ok()).flatten()
}

fn signed_digits(text: &str) -> Option<i16> {
    let (sign, number) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => (1, text),
    };
    digits(number, 3).and_then(|n| i16::try_from(n).ok()).map(|n| sign * n)
}

/// COUNT or INTERVAL: at least 1.
fn positive(part: &'static str, value: &str) -> Result<u32, RuleError> {
    match digits(value, 18) {
        None | Some(0) => Err(bad(part, value, "a whole number, at least 1")),
        Some(number) => u32::try_from(number).map_err(|_| Limit::Number(u32::MAX).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is a part of the refusal; empty means the rule is allowed.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        match Rule::parse(text) {
            Ok(rule) => assert!(expected.is_empty(), "`{text}` is read, and must be refused: {expected}; {rule:?}"),
            Err(error) => {
                let said = error.to_string();
                assert!(!expected.is_empty() && said.contains(expected), "`{text}`: {said}");
            }
        }
    }

    #[test]
    fn what_the_rfc_forbids_is_refused_with_its_clause() {
        check("FREQ=DAILY;COUNT=3;UNTIL=20260101", "COUNT and UNTIL");
        check("FREQ=WEEKLY;BYDAY=2MO", "numbers only with MONTHLY or YEARLY");
        check("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "no numbers beside BYWEEKNO");
        check("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY: not with WEEKLY");
        check("FREQ=MONTHLY;BYYEARDAY=3", "BYYEARDAY: not with DAILY");
        check("FREQ=HOURLY;BYWEEKNO=3", "BYWEEKNO: only with FREQ=YEARLY");
        check("FREQ=DAILY;BYSETPOS=1", "BYSETPOS: only beside another BY part");
        check("FREQ=DAILY;FREQ=DAILY", "`FREQ` is given twice");
        check("BYDAY=MO", "no FREQ");
        check("FREQ=DAILY;X-PART=1", "`X-PART` is no rule part");
        check("FREQ=DAILY;RSCALE=HEBREW", "`RSCALE` is no rule part");
    }

    #[test]
    fn values_out_of_their_range_are_refused() {
        check("FREQ=MONTHLY;BYDAY=0MO", "`0MO` is no value of BYDAY");
        check("FREQ=MONTHLY;BYDAY=xyzMO", "`xyzMO` is no value of BYDAY");
        check("FREQ=MONTHLY;BYDAY=54MO", "from -53 to 53");
        check("FREQ=MONTHLY;BYMONTHDAY=0", "`0` is no value of BYMONTHDAY");
        check("FREQ=MONTHLY;BYMONTHDAY=32", "-31 to 31");
        check("FREQ=DAILY;INTERVAL=0", "at least 1");
        check("FREQ=DAILY;COUNT=0", "at least 1");
        check("FREQ=DAILY;COUNT=-1", "at least 1");
        check("FREQ=DAILY;BYHOUR=24", "from 0 to 23");
        check("FREQ=DAILY;BYSECOND=61", "from 0 to 60");
        check("FREQ=DAILY;BYMONTH=", "`` is no value of BYMONTH");
        check("FREQ=DAILY;UNTIL=99990231", "is no value of UNTIL");
        check("FREQ=FORTNIGHTLY", "is no value of FREQ");
        check("FREQ=DAILY;;", "is no part of a rule");
        check("", "is no part of a rule");
    }

    #[test]
    fn hostile_text_is_an_error_that_names_the_limit() {
        check("FREQ=WEEKLY;BYDAY=€", "is no value of BYDAY");
        check("FREQ=WEEKLY;BYDAY=1€", "is no value of BYDAY");
        check("FREQ=WEEKLY;BYDAY=é", "is no value of BYDAY");
        check("FREQ=DAILY;BYMONTHDAY=€,+", "is no value of BYMONTHDAY");
        check("FREQ=DAILY;INTERVAL=4294967296", "at most 4294967295");
        check("FREQ=DAILY;COUNT=99999999999999999999", "at least 1");
        check(&"A".repeat(1_000_000), "at most 16384 bytes");
    }

    #[test]
    fn what_is_found_in_the_field_and_means_one_thing_is_read() {
        for allowed in [
            "FREQ=DAILY;INTERVAL=4294967295",
            "freq=weekly;byday=mo,TU;",
            "RRULE:FREQ=MONTHLY;BYDAY=MO,2TU,+1WE,-1FR",
            "FREQ=YEARLY;BYWEEKDAY=TH",
            "FREQ=MINUTELY;BYSECOND=60",
            " FREQ=DAILY;UNTIL=20260101 ",
        ] {
            check(allowed, "");
        }
    }
}
