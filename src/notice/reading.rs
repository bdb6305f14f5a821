//! What reading a notice gave: announcements, nothing for us, or a reason why it could not be read.

use serde::{Deserialize, Serialize};

use super::announcement::Announcement;
use super::generic::Draft;
use crate::names::VendorId;

/// The result of reading one notice. Nothing is guessed: what could not be read is a value with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reading", rename_all = "kebab-case")]
pub enum Reading {
    /// One or more announcements.
    Understood {
        /// In the order of the notice; never empty.
        announcements: Vec<Announcement>,
    },
    /// No notice of maintenance.
    Irrelevant {
        /// Why not.
        why: Irrelevant,
    },
    /// A notice that could not be read; it waits in review.
    Unreadable {
        /// Why not.
        why: Unreadable,
        /// The vendor, where it was recognised.
        vendor: Option<VendorId>,
        /// What general rules found in it; only with [`Unreadable::NoProfile`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draft: Option<Box<Draft>>,
    },
}

impl Reading {
    /// A message of which not even the vendor is known.
    #[must_use]
    pub fn unreadable(why: Unreadable) -> Self {
        Self::Unreadable { why, vendor: None, draft: None }
    }

    /// What general rules found, where nothing else read the message.
    #[must_use]
    pub fn draft(&self) -> Option<&Draft> {
        match self {
            Self::Unreadable { draft, .. } => draft.as_deref(),
            Self::Understood { .. } | Self::Irrelevant { .. } => None,
        }
    }
}

/// Why a message is no notice of maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Irrelevant {
    /// It came from us.
    #[error("it is a mail that we sent")]
    OwnMail,
    /// A delivery status notification (RFC 3464).
    #[error("it is a report about a mail that could not be delivered")]
    Bounce,
    /// `Auto-Submitted: auto-replied` (RFC 3834).
    #[error("it is an automatic reply")]
    AutoReply,
    /// `METHOD:REPLY` (RFC 5546).
    #[error("it is an answer to an invitation")]
    CalendarReply,
    /// A mail to the address of our `List-Unsubscribe`.
    #[error("it asks for no more mail")]
    Unsubscribe,
    /// Nothing in it speaks of maintenance.
    #[error("nothing in it announces maintenance")]
    NothingAnnounced,
}

/// Why a notice could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unreadable {
    /// Not a message at all: no header, no calendar.
    #[error("it is neither a mail nor a calendar")]
    NoMessage,
    /// Larger than the limit.
    #[error("it is {bytes} bytes long, more than the {limit} that are read")]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Nested deeper, or made of more pieces, than is read.
    #[error("{what} goes beyond the limit of {limit}")]
    TooComplex {
        /// What goes beyond it.
        what: String,
        /// The limit with its unit.
        limit: String,
    },
    /// Nothing in it is of a kind that is read.
    #[error("its only content, {what}, cannot be read: {why}")]
    NoReader {
        /// The attached document.
        what: String,
        /// Why not.
        why: String,
    },
    /// Several attached messages: which of them is the notice, nobody said.
    #[error("it carries {count} attached messages; import them one by one")]
    SeveralMessages {
        /// How many.
        count: u64,
    },
    /// A calendar that breaks off or holds no event.
    #[error("its calendar is broken: {what}")]
    BrokenCalendar {
        /// What is wrong.
        what: String,
    },
    /// A field without which nothing can be recorded.
    #[error("it gives no {field}{}", .event.as_ref().map(|e| format!(" (event {e})")).unwrap_or_default())]
    Missing {
        /// `start`, `end` or `reference`.
        field: String,
        /// Which event of several.
        event: Option<String>,
    },
    /// A field whose words could not be read.
    #[error("its {field} `{text}` cannot be read: {why}")]
    Field {
        /// The field.
        field: String,
        /// The words.
        text: String,
        /// What is wrong with them.
        why: String,
    },
    /// The end is not after the start.
    #[error("its end {end} is not after its start {start}")]
    EndBeforeStart {
        /// The start as written.
        start: String,
        /// The end as written.
        end: String,
    },
    /// Two lists that belong together and are not equally long.
    #[error("it gives {first} and {second}, and does not say which belong together")]
    Uneven {
        /// How many of one: `3 references`.
        first: String,
        /// How many of the other.
        second: String,
    },
    /// It speaks of maintenance and no profile reads it.
    #[error("it seems to announce maintenance, and no profile reads mails like it")]
    NoProfile,
}

/// What a person must settle before a reading counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doubt {
    /// An abbreviation that the profile does not explain.
    #[error("the zone `{abbreviation}` is not explained by the vendor's profile")]
    UnknownAbbreviation {
        /// As written.
        abbreviation: String,
    },
    /// A local time, and no word of its zone.
    #[error("the time `{text}` has no zone")]
    NoZone {
        /// As written.
        text: String,
    },
    /// A zone that no database has and that the calendar does not define so that it can be followed.
    #[error("the zone `{zone}` of `{text}` is known only to its calendar, whose rules cannot be followed: {why}")]
    ZoneNotFollowed {
        /// The time as written.
        text: String,
        /// The TZID.
        zone: String,
        /// What is wrong with the VTIMEZONE.
        why: String,
    },
    /// A zone by whose name a time is another instant than by the calendar's own rules for it.
    #[error(
        "`{text}` is {by_name} by the zone's name `{zone}`, and {by_rules} by the rules that its calendar gives it"
    )]
    ZoneContradicted {
        /// The time as written.
        text: String,
        /// The TZID.
        zone: String,
        /// The instant by the name.
        by_name: String,
        /// The instant by the VTIMEZONE.
        by_rules: String,
    },
    /// A numeric date that reads two ways.
    #[error("the date `{text}` reads two ways")]
    TwoWayDate {
        /// As written.
        text: String,
    },
    /// A UTC variant and a local variant that disagree.
    #[error("the notice gives two times that disagree: {first} and {second}")]
    TimesDisagree {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// A window so far from the day the notice was sent that its date was likely misread.
    #[error("the window from {start} lies more than {limit} from the day it was sent, {sent}")]
    FarFromSent {
        /// The window's start.
        start: String,
        /// The `Date` of the mail.
        sent: String,
        /// What the profile allows.
        limit: String,
    },
    /// A notice that announces work and says no time: its layout may be another than the profile knows.
    #[error("it announces work and states no window")]
    NoWindow,
    /// An answer that repeats the mail it answers: what it says may have been said, and settled, before.
    #[error("it answers another mail and repeats it, so that what it says may be old")]
    QuotedReply,
    /// A table whose heading is there as bare words, so that its rows cannot be told apart.
    #[error("its table of {heading} has come apart, and its rows were not read")]
    TableNotRead {
        /// The names in the heading that the profile knows.
        heading: String,
    },
    /// Rows of one maintenance that state different statuses.
    #[error("its rows state different statuses: {statuses}")]
    StatusesDiffer {
        /// As written.
        statuses: String,
    },
    /// Words that mean one thing or another, and nothing in the notice says which.
    #[error("the {field} in `{text}` may be {first} or {second}")]
    ReadsTwoWays {
        /// The field.
        field: String,
        /// As written.
        text: String,
        /// The likelier reading, which was taken.
        first: String,
        /// The other.
        second: String,
    },
    /// Several values of a field that has one.
    #[error("it states several for the {field}: {values}; the first was taken")]
    SeveralStated {
        /// The field.
        field: String,
        /// As written, the one taken first.
        values: String,
    },
    /// A field that general rules did not find and nothing can be recorded without.
    #[error("no {field} was found")]
    NotStated {
        /// The field.
        field: String,
    },
    /// A date whose year is the one near the day the notice was sent.
    #[error("the date `{text}` names no year; {year} was taken, which is near the day it was sent")]
    YearNotStated {
        /// As written.
        text: String,
        /// The year taken.
        year: i32,
    },
    /// A weekday that its date is not.
    #[error("the day of the week in `{text}` is not that of the date")]
    WeekdayDisagrees {
        /// As written.
        text: String,
    },
    /// The vendor is in no inventory and has no profile.
    #[error("the vendor `{vendor}` is not known")]
    UnknownVendor {
        /// As the notice names it.
        vendor: String,
    },
    /// SEQUENCE says older, the time says newer, or the other way round.
    #[error("its sequence number and its date disagree about which notice is newer")]
    OrderUnclear,
    /// An older notice that would cancel or move a window.
    #[error("it is older than what is known and would {would}")]
    StaleWouldChange {
        /// `cancel` or `move a window`.
        would: String,
    },
    /// The same Message-ID came before with other content.
    #[error("a message with the same Message-ID and other content came before")]
    SameMessageIdOtherContent,
    /// A notice fits several maintenances, by the account it does not name or by the reference it replaces.
    #[error("it fits several maintenances, and names no account that tells them apart")]
    SeveralAccounts,
    /// The maintenance that it fits has as many revisions as are kept of one.
    #[error("the maintenance that it fits has {limit} revisions already, and takes no more")]
    TooManyRevisions {
        /// How many a maintenance may have.
        limit: usize,
    },
    /// DKIM failed against the vendor's policy.
    #[error("its signature does not prove that the vendor sent it")]
    NotAuthentic,
}

impl Reading {
    /// Whether two readings say the same, wherever in the message it stood and by whichever release of the zone rules.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Understood { announcements: mine }, Self::Understood { announcements: theirs }) => {
                mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(one, other)| one.says_the_same(other))
            }
            (Self::Irrelevant { .. }, Self::Irrelevant { .. }) => true,
            (Self::Unreadable { .. }, Self::Unreadable { .. }) => self == other,
            (Self::Understood { .. } | Self::Irrelevant { .. } | Self::Unreadable { .. }, _) => false,
        }
    }

    /// What it announces; nothing where it could not be read.
    #[must_use]
    pub fn announcements(&self) -> &[Announcement] {
        match self {
            Self::Understood { announcements } => announcements,
            Self::Irrelevant { .. } | Self::Unreadable { .. } => &[],
        }
    }
}
