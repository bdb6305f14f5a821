//! What an asset can carry and what it draws: amperes, watts, volt-amperes, bits per second.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Most of anything, in whole units: a petabit per second, a petawatt. Sums of as many as an inventory can hold stay far
/// inside `u128`, and a slip of the prefix is caught.
const MAX_UNITS: u64 = 1_000_000_000_000_000;
/// Digits kept after the point, in the base unit: a milliwatt.
const DECIMALS: usize = 3;

/// What is measured. Two quantities are compared only when their units are equal: watts are no volt-amperes without a
/// power factor, and amperes are neither without a voltage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// `A`
    Ampere,
    /// `W`
    Watt,
    /// `VA`
    VoltAmpere,
    /// `bit/s`
    BitPerSecond,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 4] = [Self::Ampere, Self::Watt, Self::VoltAmpere, Self::BitPerSecond];

    /// The unit's sign.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ampere => "A",
            Self::Watt => "W",
            Self::VoltAmpere => "VA",
            Self::BitPerSecond => "bit/s",
        }
    }

    /// Whether it measures electricity: such units stand for one another in daily use, and so are mixed by mistake.
    #[must_use]
    pub fn is_electric(self) -> bool {
        match self {
            Self::Ampere | Self::Watt | Self::VoltAmpere => true,
            Self::BitPerSecond => false,
        }
    }
}

/// An amount of a unit, such as `16 A`, `3.6 kW` or `10 Gbit/s`; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quantity {
    /// Thousandths of the unit.
    amount: u64,
    unit: Unit,
}

/// A text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuantity {
    /// No number in front.
    #[error("`{0}` does not begin with a number")]
    Number(String),
    /// A number without a unit.
    #[error("`{0}` has no unit")]
    NoUnit(String),
    /// A unit that is not known.
    #[error("unknown unit `{0}`")]
    Unit(String),
    /// More digits than are kept, or more than anything can carry.
    #[error("`{0}` cannot be kept: at most 10^15 of a unit and three decimals of it")]
    Range(String),
}

impl BadQuantity {
    /// What can be written instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "write a number and a unit, like `16 A`, `3.6 kW`, `5 kVA` or `10 Gbit/s`"
    }
}

impl Quantity {
    /// So many thousandths of a unit.
    #[must_use]
    pub fn of_thousandths(amount: u64, unit: Unit) -> Self {
        Self { amount, unit }
    }

    /// Thousandths of the unit.
    #[must_use]
    pub fn thousandths(self) -> u64 {
        self.amount
    }

    /// What is measured.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }
}

/// A part of a whole in thousandths, above nothing and at most all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

/// A number that is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share is above 0 and at most 1")]
pub struct BadShare;

impl Share {
    /// The share that lasting load may take where nothing is said: 80 %, the rule for continuous load on a breaker
    /// (NFPA 70, 210.20(A): a breaker carries 125 % of it).
    pub const DEFAULT: Self = Self(800);

    /// Of so many thousandths.
    ///
    /// # Errors
    /// [`BadShare`] for none and for more than 1000.
    pub fn of_thousandths(thousandths: u16) -> Result<Self, BadShare> {
        if (1..=1000).contains(&thousandths) { Ok(Self(thousandths)) } else { Err(BadShare) }
    }

    /// In thousandths: 1 to 1000.
    #[must_use]
    pub fn thousandths(self) -> u16 {
        self.0
    }

    /// This part of a quantity, rounded down to a thousandth of its unit.
    #[must_use]
    pub fn of(self, whole: Quantity) -> Quantity {
        let part = u128::from(whole.amount) * u128::from(self.0) / 1000;
        Quantity { amount: u64::try_from(part).unwrap_or(u64::MAX), ..whole }
    }
}

impl TryFrom<u16> for Share {
    type Error = BadShare;
    fn try_from(thousandths: u16) -> Result<Self, BadShare> {
        Self::of_thousandths(thousandths)
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl FromStr for Share {
    type Err = BadShare;

    /// `0.8`: three decimals at most.
    fn from_str(text: &str) -> Result<Self, BadShare> {
        let amount = decimal(text, 1).ok_or(BadShare)?;
        Self::of_thousandths(u16::try_from(amount).map_err(|_| BadShare)?)
    }
}

impl fmt::Display for Share {
    /// `80 %`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", without_zeros(&format!("{}.{}", self.0 / 10, self.0 % 10)))
    }
}

impl FromStr for Quantity {
    type Err = BadQuantity;

    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, sign) = (&text[..end], text[end..].trim_start());
        if number.is_empty() {
            return Err(BadQuantity::Number(text.to_owned()));
        }
        if sign.is_empty() {
            return Err(BadQuantity::NoUnit(text.to_owned()));
        }
        let (unit, factor) = unit_of(sign).ok_or_else(|| BadQuantity::Unit(sign.to_owned()))?;
        let amount = decimal(number, factor).filter(|amount| *amount <= MAX_UNITS * 1000);
        Ok(Self { amount: amount.ok_or_else(|| BadQuantity::Range(text.to_owned()))?, unit })
    }
}

/// The unit of a sign with its prefix, and how many of it the prefix makes. SI's own letters: `k` is a thousand, and the
/// `K` and the `bps` that are often written are taken too.
fn unit_of(sign: &str) -> Option<(Unit, u64)> {
    const SIGNS: [(&str, Unit); 5] = [
        ("bit/s", Unit::BitPerSecond),
        ("bps", Unit::BitPerSecond),
        ("VA", Unit::VoltAmpere),
        ("A", Unit::Ampere),
        ("W", Unit::Watt),
    ];
    let (prefix, unit) = SIGNS.iter().find_map(|(name, unit)| Some((sign.strip_suffix(name)?, *unit)))?;
    let factor = match prefix.trim_end() {
        "" => 1,
        "k" | "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        _ => return None,
    };
    Some((unit, factor))
}

/// Thousandths of a decimal number times a factor; none when it is no number, too large or has more decimals than that.
fn decimal(number: &str, factor: u64) -> Option<u64> {
    let (whole, rest) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let rest = if rest.len() > 1 { rest.trim_end_matches('0') } else { rest };
    let rest = if rest.is_empty() { "0" } else { rest };
    if !is_number(whole) || !is_number(rest) || rest.len() > 15 {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(rest.len()).ok()?);
    let digits = whole.parse::<u128>().ok()?.checked_mul(scale)? + rest.parse::<u128>().ok()?;
    let amount = digits.checked_mul(u128::from(factor) * 10_u128.pow(u32::try_from(DECIMALS).ok()?))?;
    (amount % scale == 0).then(|| u64::try_from(amount / scale).ok()).flatten()
}

impl fmt::Display for Quantity {
    /// `3.6 kW`: with the largest prefix that leaves at least one whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PREFIXES: [(&str, u64); 5] =
            [("T", 1_000_000_000_000), ("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000), ("", 1)];
        let fitting = PREFIXES.iter().find(|(_, factor)| self.amount / 1000 >= *factor);
        let (prefix, factor) = fitting.copied().unwrap_or(("", 1));
        let (whole, rest) = (self.amount / (factor * 1000), self.amount % (factor * 1000));
        let width = (factor * 1000).ilog10() as usize;
        f.pad(&format!("{} {prefix}{}", without_zeros(&format!("{whole}.{rest:0width$}")), self.unit.as_str()))
    }
}

fn without_zeros(number: &str) -> &str {
    number.trim_end_matches('0').trim_end_matches('.')
}

impl TryFrom<String> for Quantity {
    type Error = BadQuantity;
    fn try_from(text: String) -> Result<Self, BadQuantity> {
        text.parse()
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: thousandths of the unit, and how it is printed.
    #[track_caller]
    fn check(text: &str, expected: Result<(u64, Unit, &str), &str>) {
        let read = text.parse::<Quantity>();
        let got = read.as_ref().map(|q| (q.thousandths(), q.unit(), q.to_string())).map_err(ToString::to_string);
        let expected = expected.map(|(amount, unit, text)| (amount, unit, text.to_owned())).map_err(str::to_owned);
        assert_eq!(got, expected, "{text}");
        if let Ok(read) = read {
            assert_eq!(read.to_string().parse(), Ok(read), "{text} is printed as it can be read");
        }
    }

    #[test]
    fn a_quantity_is_a_number_and_a_unit_with_its_prefix() {
        check("16 A", Ok((16_000, Unit::Ampere, "16 A")));
        check("16A", Ok((16_000, Unit::Ampere, "16 A")));
        check("0.5 A", Ok((500, Unit::Ampere, "0.5 A")));
        check("3.6 kW", Ok((3_600_000, Unit::Watt, "3.6 kW")));
        check("3.60 KW", Ok((3_600_000, Unit::Watt, "3.6 kW")));
        check("1500 W", Ok((1_500_000, Unit::Watt, "1.5 kW")));
        check("1.2345 kVA", Ok((1_234_500, Unit::VoltAmpere, "1.2345 kVA")));
        check("10 Gbit/s", Ok((10_000_000_000_000, Unit::BitPerSecond, "10 Gbit/s")));
        check("100 Mbps", Ok((100_000_000_000, Unit::BitPerSecond, "100 Mbit/s")));
        check("0 W", Ok((0, Unit::Watt, "0 W")));
        check("1000 Tbit/s", Ok((1_000_000_000_000_000_000, Unit::BitPerSecond, "1000 Tbit/s")));
    }

    #[test]
    fn what_is_none_is_refused() {
        let range = "cannot be kept: at most 10^15 of a unit and three decimals of it";
        check("", Err("`` does not begin with a number"));
        check("-3 A", Err("`-3 A` does not begin with a number"));
        check("16", Err("`16` has no unit"));
        check("16 mA", Err("unknown unit `mA`"));
        check("16 amps", Err("unknown unit `amps`"));
        check("16 GB/s", Err("unknown unit `GB/s`"));
        check("1.2345 A", Err(&format!("`1.2345 A` {range}")));
        check("1.2.3 A", Err(&format!("`1.2.3 A` {range}")));
        check("1001 Tbit/s", Err(&format!("`1001 Tbit/s` {range}")));
        check(&format!("{} A", "9".repeat(60)), Err(&format!("`{} A` {range}", "9".repeat(60))));
    }

    #[track_caller]
    fn check_share(text: &str, whole: &str, part: Option<&str>) {
        let whole: Quantity = whole.parse().expect("a test quantity");
        let share = text.parse::<Share>();
        assert_eq!(share.ok().map(|share| share.of(whole).to_string()).as_deref(), part, "{text}");
    }

    #[test]
    fn a_share_is_above_nothing_and_at_most_all() {
        check_share("0.8", "16 A", Some("12.8 A"));
        check_share("1", "3.6 kW", Some("3.6 kW"));
        check_share("1.0", "1000 Tbit/s", Some("1000 Tbit/s"));
        check_share("0.001", "16 A", Some("0.016 A"));
        check_share("0", "16 A", None);
        check_share("1.001", "16 A", None);
        check_share("0.0001", "16 A", None);
        check_share("80 %", "16 A", None);
        assert_eq!(Share::DEFAULT.to_string(), "80 %");
    }
}
