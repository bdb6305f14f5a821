//! How badly something is touched, in the words of MAINTNOTE.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Impact levels, mildest first, so that the worse of two is their maximum.
///
/// The names are those of the maintenance notification standard (`X-MAINTNOTE-IMPACT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Impact {
    /// The object keeps working as it does.
    #[serde(rename = "NO-IMPACT")]
    NoImpact,
    /// It keeps working, with fewer paths than it should have.
    #[serde(rename = "REDUCED-REDUNDANCY")]
    ReducedRedundancy,
    /// It works less well.
    #[serde(rename = "DEGRADED")]
    Degraded,
    /// It does not work.
    #[serde(rename = "OUTAGE")]
    Outage,
}

impl Impact {
    /// All levels, mildest first.
    pub const ALL: [Self; 4] = [Self::NoImpact, Self::ReducedRedundancy, Self::Degraded, Self::Outage];

    /// The standard's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoImpact => "NO-IMPACT",
            Self::ReducedRedundancy => "REDUCED-REDUNDANCY",
            Self::Degraded => "DEGRADED",
            Self::Outage => "OUTAGE",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no impact level. The standard reads it as OUTAGE; whoever does must say so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no impact; the levels are NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED and OUTAGE")]
pub struct UnknownImpact(pub String);

impl FromStr for Impact {
    type Err = UnknownImpact;

    /// Reads the standard's word in any case, with `-`, `_` or a space between its parts.
    fn from_str(text: &str) -> Result<Self, UnknownImpact> {
        let word = text.trim().to_uppercase().replace(['_', ' '], "-");
        Self::ALL.into_iter().find(|impact| impact.as_str() == word).ok_or_else(|| UnknownImpact(text.to_owned()))
    }
}

/// An object as the vendor named it, with the impact stated for that very object, if any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatedObject {
    /// The vendor's name, trimmed.
    pub name: String,
    /// The vendor's word for this object; none when it said nothing of it.
    pub impact: Option<Impact>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impacts_are_ordered_mildest_first_and_read_in_any_case() {
        assert!(Impact::NoImpact < Impact::ReducedRedundancy && Impact::Degraded < Impact::Outage);
        assert_eq!("reduced redundancy".parse(), Ok(Impact::ReducedRedundancy));
        assert_eq!("No_Impact".parse(), Ok(Impact::NoImpact));
        assert_eq!("severe".parse::<Impact>(), Err(UnknownImpact("severe".into())));
    }
}
