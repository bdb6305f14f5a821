//! Identifiers whose constructor is the check: past it nobody checks again.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Longest identifier accepted, in bytes: longer than any circuit id or URL-like reference seen in real notices.
pub const MAX_IDENT_BYTES: usize = 256;

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIdent {
    /// Nothing but white space.
    #[error("an identifier must not be empty")]
    Empty,
    /// More than [`MAX_IDENT_BYTES`] bytes.
    #[error("an identifier of {0} bytes is longer than {MAX_IDENT_BYTES}")]
    TooLong(usize),
    /// A control character such as a line break, which could forge a header or a log line.
    #[error("`{0}` holds a control character")]
    Control(String),
}

fn checked(text: &str) -> Result<String, BadIdent> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadIdent::Empty);
    }
    if text.len() > MAX_IDENT_BYTES {
        return Err(BadIdent::TooLong(text.len()));
    }
    if text.chars().any(char::is_control) {
        return Err(BadIdent::Control(text.escape_default().to_string()));
    }
    Ok(text.to_owned())
}

macro_rules! ident {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Trims the text and checks it.
            ///
            /// # Errors
            /// [`BadIdent`] when it is empty, too long or holds a control character.
            pub fn new(text: impl AsRef<str>) -> Result<Self, BadIdent> {
                checked(text.as_ref()).map(Self)
            }

            /// The identifier as written, trimmed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadIdent;
            fn try_from(text: String) -> Result<Self, BadIdent> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

ident!(
    /// A vendor's id: the folder name of its profile, and its entry in the inventory (`dc-ams`).
    VendorId
);
ident!(
    /// An asset's id in the inventory (`plus-01`, `joyent/us-east-1`).
    AssetId
);
ident!(
    /// A customer's id in the inventory.
    CustomerId
);
ident!(
    /// A checklist item's id in the inventory (`webtix-backup`).
    ChecklistId
);
ident!(
    /// A notice's id: `n-` and the start of the SHA-256 of its raw bytes.
    NoticeId
);
ident!(
    /// A maintenance's own id, `m-…`; it survives RE-SCHEDULED to a new reference.
    MaintenanceId
);
ident!(
    /// An outage's id, `o-…`.
    OutageId
);
ident!(
    /// An audit finding's id, `f-…`, derived from what was found about what, and in which windows.
    FindingId
);
ident!(
    /// The id of one message to one contact, `msg-…`, derived from its key.
    MessageId
);
ident!(
    /// A day of the calendar of a digest's reader, or of the outbox (UTC): `2026-11-28`.
    DayId
);
ident!(
    /// A source of notices, as the configuration calls it.
    SourceId
);
ident!(
    /// A vendor's reference for a maintenance, as written; compare by [`Reference::folded`].
    Reference
);

impl VendorId {
    /// The id made of what a vendor calls itself: lower case, everything but letters, digits and dots as single hyphens
    /// (`NTT (AS2914)` is `ntt-as2914`).
    ///
    /// # Errors
    /// [`BadIdent`] when nothing is left of it, or too much.
    pub fn of_name(name: &str) -> Result<Self, BadIdent> {
        let keep = |c: char| if c.is_alphanumeric() || c == '.' { c } else { '-' };
        let kept: String = name.to_lowercase().chars().map(keep).collect();
        Self::new(kept.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-"))
    }
}

impl DayId {
    /// The id of a day.
    ///
    /// # Panics
    /// Never: a date in digits is an identifier.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self::new(day.to_string()).expect("a date in digits is an identifier")
    }
}

impl Reference {
    /// The form two notices are matched by: trimmed and case-folded (DESIGN.md section 2).
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, BadIdent>) {
        assert_eq!(AssetId::new(text).map(String::from), expected.map(str::to_owned));
    }

    #[test]
    fn an_identifier_is_trimmed_and_checked() {
        check(" feed-a ", Ok("feed-a"));
        check("joyent/us-east-1", Ok("joyent/us-east-1"));
        check(" \t ", Err(BadIdent::Empty));
        check("a\nb", Err(BadIdent::Control("a\\nb".into())));
        check(&"x".repeat(256), Ok(&"x".repeat(256)));
        check(&"x".repeat(257), Err(BadIdent::TooLong(257)));
    }

    #[test]
    fn a_vendor_is_known_by_what_it_calls_itself() {
        let id = |name| VendorId::of_name(name).map(String::from);
        assert_eq!(id(" NTT (AS2914) "), Ok("ntt-as2914".into()));
        assert_eq!(id("euNetworks.com"), Ok("eunetworks.com".into()));
        assert_eq!(id("--"), Err(BadIdent::Empty));
    }

    #[test]
    fn references_match_without_regard_to_case() {
        let folded = |text| Reference::new(text).map(|r| r.folded());
        assert_eq!(folded(" CHG-Ä1"), folded("chg-ä1 "));
    }
}
