//! Identifiers whose constructor is the check: past it nobody checks again.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::content::content_id;

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
    /// A standing window: its vendor, `/`, and its id in the vendor's file (`inex/week`).
    StandingId
);
ident!(
    /// One occurrence of a standing window: its start in UTC, `/`, and the window (`2026-12-02T00:00:00Z/inex/week`), so
    /// that ids are in the order of the starts.
    OccurrenceId
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

impl StandingId {
    /// Longest one that is written out: the id of an occurrence is one, too, with its start.
    const MAX_BYTES: usize = 200;

    /// The id of a vendor's standing window. One that would be too long is made of the digest of both.
    ///
    /// # Panics
    /// Never: of two checked texts one is short enough, or a content id is an identifier.
    #[must_use]
    pub fn of(vendor: &VendorId, window: &str) -> Self {
        let written = Self::new(format!("{vendor}/{window}")).ok().filter(|id| id.0.len() <= Self::MAX_BYTES);
        let digest = || content_id("standing", [vendor.as_str(), window]);
        written.unwrap_or_else(|| Self::new(digest()).expect("a content id is an identifier"))
    }

    /// Whether it is a window of this vendor; not of an id that was too long to be written out.
    #[must_use]
    pub fn is_of(&self, vendor: &VendorId) -> bool {
        self.0.strip_prefix(vendor.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl OccurrenceId {
    /// How the start is written: in this form later ones sort after earlier ones.
    const START: &str = "%Y-%m-%dT%H:%M:%SZ";

    /// The id of the occurrence that starts then, to the second.
    ///
    /// # Panics
    /// Never: a [`StandingId`] leaves room for the start.
    #[must_use]
    pub fn of(start: DateTime<Utc>, window: &StandingId) -> Self {
        Self::new(format!("{}{window}", Self::first_from(start))).expect("a start and a window are an identifier")
    }

    /// What no id of an occurrence that starts then or later sorts before.
    #[must_use]
    pub fn first_from(start: DateTime<Utc>) -> String {
        format!("{}/", start.format(Self::START))
    }

    /// Its start and its window; none of an id that is not written so.
    #[must_use]
    pub fn parts(&self) -> Option<(DateTime<Utc>, StandingId)> {
        let (start, window) = self.0.split_once('/')?;
        let start = NaiveDateTime::parse_from_str(start, Self::START).ok()?.and_utc();
        Some((start, StandingId::new(window).ok()?))
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
