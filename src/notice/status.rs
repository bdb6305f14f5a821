//! Where a maintenance stands, in the vendor's words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The statuses of MAINTNOTE (`X-MAINTNOTE-STATUS`) and RE-SCHEDULED, which vendors use in practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Status {
    /// Proposed; the vendor may still withdraw it.
    Tentative,
    /// Will happen.
    Confirmed,
    /// Will not happen.
    Cancelled,
    /// Has begun.
    InProcess,
    /// Is over.
    Completed,
    /// Will happen at another time than said before.
    #[serde(rename = "RE-SCHEDULED")]
    Rescheduled,
}

impl Status {
    /// All statuses.
    pub const ALL: [Self; 6] =
        [Self::Tentative, Self::Confirmed, Self::Cancelled, Self::InProcess, Self::Completed, Self::Rescheduled];

    /// The standard's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
            Self::InProcess => "IN-PROCESS",
            Self::Completed => "COMPLETED",
            Self::Rescheduled => "RE-SCHEDULED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status; they are TENTATIVE, CONFIRMED, CANCELLED, IN-PROCESS, COMPLETED and RE-SCHEDULED")]
pub struct UnknownStatus(pub String);

impl FromStr for Status {
    type Err = UnknownStatus;

    /// Reads the standard's word in any case, whatever stands between its parts, in either spelling of "cancelled".
    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let squash = |word: &str| word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_uppercase();
        let word = match squash(text).as_str() {
            "CANCELED" => "CANCELLED".to_owned(),
            "INPROGRESS" => "INPROCESS".to_owned(),
            other => other.to_owned(),
        };
        Self::ALL
            .into_iter()
            .find(|status| squash(status.as_str()) == word)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Status>) {
        assert_eq!(text.parse().ok(), expected, "{text}");
    }

    #[test]
    fn statuses_as_they_are_written() {
        check("CONFIRMED", Some(Status::Confirmed));
        check(" in process ", Some(Status::InProcess));
        check("IN-PROGRESS", Some(Status::InProcess));
        check("Canceled", Some(Status::Cancelled));
        check("RE-SCHEDULED", Some(Status::Rescheduled));
        check("rescheduled", Some(Status::Rescheduled));
        check("maybe", None);
    }

    #[test]
    fn the_stored_word_is_the_shown_word() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).expect("serializes"), status.as_str());
        }
    }
}
