//! Shares as people write them in contracts.

use std::fmt;

use serde::{Serialize, Serializer};

/// Ten thousandths of a percent in a whole.
const WHOLE: i128 = 1_000_000;

/// A share of a whole in ten thousandths of a percent, rounded down: what lacks a single second of a month is never 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

impl Percent {
    /// `part` of `whole`; all of it where the whole is nothing.
    #[must_use]
    pub fn of(part: i64, whole: i64) -> Self {
        if whole <= 0 {
            return Self(1_000_000);
        }
        let share = i128::from(part) * WHOLE / i128::from(whole);
        Self(i64::try_from(share).unwrap_or(i64::MAX))
    }
}

impl Percent {
    /// To the nearest tenth of a percent: `66.7 %`. What is not all is never `100 %`, and what is something never `0 %`.
    #[must_use]
    pub fn in_tenths(self) -> String {
        const TENTH: i64 = 1_000;
        const ALL: i64 = 1_000_000;
        let nearest = (self.0 + TENTH / 2) / TENTH * TENTH;
        Self(if (1..ALL).contains(&self.0) { nearest.clamp(TENTH, ALL - TENTH) } else { nearest }).to_string()
    }
}

impl fmt::Display for Percent {
    /// `99.9957 %`, `100 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return f.pad(&format!("{whole} %"));
        }
        f.pad(format!("{whole}.{rest:04}").trim_end_matches('0').trim_end_matches('.').to_owned().as_str())?;
        f.write_str(" %")
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // At most seven digits, which a double holds.
        #[allow(clippy::cast_precision_loss, reason = "at most seven digits")]
        to.serialize_f64(self.0 as f64 / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_to_its_nearest_tenth() {
        for (part, whole, shown) in [
            (2, 3, "66.7 %"),
            (1, 3, "33.3 %"),
            (6_664, 10_000, "66.6 %"),
            (6_665, 10_000, "66.7 %"),
            (0, 7, "0 %"),
            (1, 9_999, "0.1 %"),
            (9_998, 9_999, "99.9 %"),
            (7, 7, "100 %"),
        ] {
            assert_eq!(Percent::of(part, whole).in_tenths(), shown, "{part} of {whole}");
        }
    }

    #[test]
    fn a_second_of_a_month_is_seen() {
        let month = 31 * 86_400;
        for (down, shown) in
            [(0, "100 %"), (1, "99.9999 %"), (60, "99.9977 %"), (26_784, "99 %"), (month / 2, "50 %"), (month, "0 %")]
        {
            assert_eq!(Percent::of(month - down, month).to_string(), shown, "{down}");
        }
        assert_eq!(serde_json::to_string(&Percent::of(999_957, 1_000_000)).expect("serializes"), "99.9957");
        assert_eq!(Percent::of(0, 0).to_string(), "100 %");
        assert_eq!(Percent::of(2, 3).to_string(), "66.6666 %");
    }
}
