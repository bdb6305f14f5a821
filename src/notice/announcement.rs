//! What a notice says about one maintenance. What the vendor did not say stays unsaid.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::reading::Doubt;
use super::status::Status;
use crate::names::{Reference, VendorId};
use crate::time::{RulesOrigin, RulesVersion};
use crate::window::{Impact, StatedObject, Window};

/// How far a reading can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Read by general rules, the vendor being unknown: always to review.
    Generic,
    /// Read by a vendor's profile.
    Profile,
    /// Read from a MAINTNOTE calendar.
    Standard,
    /// Entered by a person.
    Typed,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Generic => "generic",
            Self::Profile => "profile",
            Self::Standard => "standard",
            Self::Typed => "typed",
        })
    }
}

/// Where one field of an announcement was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSource {
    /// The field: `reference`, `status`, `window 1 start`, …
    pub field: String,
    /// The part of the message: `header Subject`, `text/html 1.2`, `text/calendar 1.3`.
    pub part: String,
    /// The rule: `X-MAINTNOTE-STATUS`, `label "Reference"`, `pattern subject`.
    pub rule: String,
    /// The words that were read.
    pub text: String,
    /// Where they stand in the part's decoded text, in bytes, end not included; none when the text was put together.
    pub span: Option<(usize, usize)>,
}

/// What is worth knowing about how an announcement was read, and stays with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnouncementFlag {
    /// The notice states no status.
    StatusNotStated,
    /// The notice states no impact; it counts as OUTAGE.
    ImpactNotStated,
    /// The impact word was unknown and counts as OUTAGE.
    ImpactUnknown,
    /// The status was read from the summary, for want of a status property.
    StatusFromSummary,
    /// The notice has no reference: one was made of its words, as the profile says.
    ReferenceDerived,
    /// Lines of the calendar were broken and were joined.
    CalendarRepaired,
    /// A second statement of its times was there and could not be read, so that nothing was compared.
    SecondStatementUnread,
    /// A document was attached that nobody here can read: it may say more.
    AttachmentNotRead,
    /// The profile says the windows given are only some of all.
    PartialWindows,
}

/// What a notice says about one maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Whose maintenance it is.
    pub vendor: VendorId,
    /// The customer account the vendor wrote it for; many notices name none.
    pub account: Option<String>,
    /// The vendor's reference.
    pub reference: Reference,
    /// The reference this one takes the place of (RE-SCHEDULED to a new reference).
    pub replaces: Option<Reference>,
    /// The status stated; none means unchanged.
    pub status: Option<Status>,
    /// The windows stated, by ordinal; none means unchanged.
    pub windows: Vec<Window>,
    /// The start that a cancellation or a completion names without an end: it says which window is meant, and is none.
    #[serde(default)]
    pub known_start: Option<DateTime<Utc>>,
    /// The impact stated for the whole notice.
    pub impact: Option<Impact>,
    /// The objects named; none means unchanged, or on a first notice the vendor's whole estate.
    pub objects: Vec<StatedObject>,
    /// When the work really ended, stated with COMPLETED.
    pub actual_end: Option<DateTime<Utc>>,
    /// iCalendar SEQUENCE.
    pub sequence: Option<i64>,
    /// iCalendar DTSTAMP.
    pub stamp: Option<DateTime<Utc>>,
    /// One line that says what will be done.
    pub summary: Option<String>,
    /// How far the reading can be trusted.
    pub grade: Grade,
    /// Where each field was read.
    pub sources: Vec<FieldSource>,
    /// What stays with the reading.
    pub flags: Vec<AnnouncementFlag>,
    /// What a person must settle before the reading counts; empty means it counts.
    pub doubts: Vec<Doubt>,
}

impl Announcement {
    /// Every object that it names: those of single windows, then those of the whole.
    pub fn named(&self) -> impl Iterator<Item = &StatedObject> {
        self.windows.iter().flat_map(|window| &window.objects).chain(&self.objects)
    }

    /// Whether both say the same, wherever in a message it stood and by whichever release of the zone rules.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.content() == other.content()
    }

    /// What it says, without where it was read.
    fn content(&self) -> Self {
        let mut content = Self { sources: Vec::new(), ..self.clone() };
        for window in &mut content.windows {
            window.rules = RulesVersion { origin: RulesOrigin::Embedded, release: None };
        }
        content
    }
}
