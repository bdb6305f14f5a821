//! The terms a vendor publishes, as lengths of time.

use chrono::TimeDelta;

/// Published terms; what is not stated is none. Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProfileTerms {
    /// Notice promised before a window.
    pub notice_min: Option<TimeDelta>,
    /// Time after a window's end that still counts as its own.
    pub grace: Option<TimeDelta>,
    /// How far before a good window an outage is still an early start.
    pub early_radius: Option<TimeDelta>,
    /// How far after a good window an outage is still its aftermath.
    pub after_radius: Option<TimeDelta>,
}

/// Longest length accepted: no vendor promises more than a year's notice.
const MAX_SECONDS: i64 = 366 * 86_400;

/// A length such as `7 d`, `72 h`, `30 min` or `90 s`; none for anything else, or for more than a year.
pub(super) fn length(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: i64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    let seconds = count.checked_mul(unit).filter(|seconds| *seconds <= MAX_SECONDS)?;
    TimeDelta::try_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(length(text).map(|l| l.num_seconds()), expected, "{text}");
    }

    #[test]
    fn lengths_as_written() {
        check("7 d", Some(604_800));
        check("72h", Some(259_200));
        check("30 min", Some(1800));
        check("366 d", Some(31_622_400));
        check("367 d", None);
        check("-1 d", None);
        check("7", None);
        check("9999999999999999999 s", None);
    }
}
