//! Numbers of a sheet as a reader sees them: its number format says whether one is a date.

use chrono::{NaiveDate, TimeDelta};

/// How a cell's number is shown (ECMA-376 part 1, 18.8.30).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Number,
    Date,
    DateTime,
    Time,
    /// `[h]:mm`: hours that may be more than a day's.
    Elapsed,
}

/// The first day of a workbook's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    /// 1 is 1 January 1900, and 60 a 29 February that never was.
    Of1900,
    /// 0 is 1 January 1904.
    Of1904,
}

/// The formats that have a number and no text of their own.
pub(super) fn of_number(id: u32) -> Shown {
    match id {
        14..=17 | 27..=31 | 34..=36 | 50..=58 => Shown::Date,
        18..=21 | 32 | 33 | 45 | 47 => Shown::Time,
        22 => Shown::DateTime,
        46 => Shown::Elapsed,
        _ => Shown::Number,
    }
}

/// A format as text: `dd/mm/yyyy hh:mm`, `[$-409]d-mmm-yy;@`.
pub(super) fn of_format(code: &str) -> Shown {
    let (mut date, mut time, mut elapsed) = (false, false, false);
    let code = code.strip_prefix("General").unwrap_or(code);
    let has_clock = code.contains(['h', 'H', 's', 'S']);
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter.to_ascii_lowercase() {
            ';' => break,
            '"' => {
                letters.by_ref().find(|letter| *letter == '"');
            }
            '\\' | '_' | '*' => {
                letters.next();
            }
            '[' => {
                let within: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let unit = within.to_ascii_lowercase();
                elapsed |= !unit.is_empty() && unit.bytes().all(|b| matches!(b, b'h' | b'm' | b's'));
            }
            'y' | 'd' => date = true,
            'h' | 's' => time = true,
            // A month, or the minutes of what else says.
            'm' => date |= !has_clock,
            _ => {}
        }
    }
    match (elapsed, date, time) {
        (true, ..) => Shown::Elapsed,
        (false, true, true) => Shown::DateTime,
        (false, true, false) => Shown::Date,
        (false, false, true) => Shown::Time,
        (false, false, false) => Shown::Number,
    }
}

/// The words of a number: `2025-03-31 14:00:00`, and a plain one without a needless `.0`.
///
/// A day that is shown without its time is given without one when that is midnight, else with it: what was entered counts.
pub(super) fn words(raw: &str, shown: Shown, epoch: Epoch) -> String {
    let Ok(number) = raw.parse::<f64>() else { return raw.to_owned() };
    if shown == Shown::Number {
        // All the digits of an identifier, which a floating number would round.
        return if raw.bytes().all(|byte| byte.is_ascii_digit()) { raw.to_owned() } else { plain(number) };
    }
    // Seconds, since a serial of two thirds of a day is no exact number.
    let seconds = (number * 86_400.0).round();
    if !(0.0..253_402_300_800.0).contains(&seconds) {
        return plain(number);
    }
    #[allow(clippy::cast_possible_truncation, reason = "the range was just checked")]
    let seconds = seconds as i64;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let clock = |seconds: i64| format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let date = || day(days, epoch).map(|day| day.to_string());
    let dated = match shown {
        Shown::Date if of_day == 0 => date(),
        Shown::Date | Shown::DateTime => date().map(|date| format!("{date} {}", clock(of_day))),
        Shown::Time => Some(clock(of_day)),
        Shown::Elapsed => Some(clock(seconds)),
        Shown::Number => None,
    };
    dated.unwrap_or_else(|| plain(number))
}

fn plain(number: f64) -> String {
    number.to_string()
}

fn day(serial: i64, epoch: Epoch) -> Option<NaiveDate> {
    let (first, serial) = match epoch {
        Epoch::Of1900 if serial < 60 => (NaiveDate::from_ymd_opt(1899, 12, 31)?, serial),
        Epoch::Of1900 => (NaiveDate::from_ymd_opt(1899, 12, 30)?, serial),
        Epoch::Of1904 => (NaiveDate::from_ymd_opt(1904, 1, 1)?, serial),
    };
    first.checked_add_signed(TimeDelta::try_days(serial)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_says_whether_a_number_is_a_date() {
        for (code, expected) in [
            ("General", Shown::Number),
            ("0.00E+00", Shown::Number),
            ("#,##0.00 \"days\"", Shown::Number),
            ("[Red]0;[Blue]-0", Shown::Number),
            ("@", Shown::Number),
            ("yyyy-mm-dd", Shown::Date),
            ("[$-409]d\\-mmm\\-yy;@", Shown::Date),
            ("mmm", Shown::Date),
            ("dd/mm/yyyy hh:mm", Shown::DateTime),
            ("m/d/yy h:mm AM/PM", Shown::DateTime),
            ("hh:mm:ss", Shown::Time),
            ("mm:ss", Shown::Time),
            ("[h]:mm", Shown::Elapsed),
        ] {
            assert_eq!(of_format(code), expected, "{code}");
        }
        for (id, expected) in [(0, Shown::Number), (14, Shown::Date), (20, Shown::Time), (22, Shown::DateTime)] {
            assert_eq!(of_number(id), expected, "{id}");
        }
    }

    #[track_caller]
    fn check(raw: &str, shown: Shown, expected: &str) {
        assert_eq!(words(raw, shown, Epoch::Of1900), expected, "{raw} as {shown:?}");
    }

    #[test]
    fn numbers_as_a_reader_sees_them() {
        check("12", Shown::Number, "12");
        check("12.0", Shown::Number, "12");
        check("0.30000000000000004", Shown::Number, "0.30000000000000004");
        check("16.350000000000001", Shown::Number, "16.35");
        check("1E3", Shown::Number, "1000");
        check("123456789012345678901", Shown::Number, "123456789012345678901");
        check("n/a", Shown::Number, "n/a");
        check("NaN", Shown::DateTime, "NaN");
    }

    #[test]
    fn dates_are_iso() {
        check("45747.583333333336", Shown::DateTime, "2025-03-31 14:00:00");
        check("45747.583333333336", Shown::Date, "2025-03-31 14:00:00");
        check("45747", Shown::Date, "2025-03-31");
        check("45747", Shown::DateTime, "2025-03-31 00:00:00");
        check("45747.583333333336", Shown::Time, "14:00:00");
        check("1.25", Shown::Elapsed, "30:00:00");
        check("45747.99999999", Shown::DateTime, "2025-04-01 00:00:00");
        check("1", Shown::Date, "1900-01-01");
        check("59", Shown::Date, "1900-02-28");
        check("61", Shown::Date, "1900-03-01");
        check("-1", Shown::Date, "-1");
        check("1E300", Shown::Date, &plain(1e300));
        assert_eq!(words("0", Shown::Date, Epoch::Of1904), "1904-01-01");
        assert_eq!(words("44285.5", Shown::DateTime, Epoch::Of1904), "2025-03-31 12:00:00");
    }
}
