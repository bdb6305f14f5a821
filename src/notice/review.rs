//! What waits for a person, why, and what each way of settling it means.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::reading::{Doubt, Unreadable};
use crate::names::{NoticeId, VendorId};

/// Why a notice waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It could not be read.
    #[error("{0}")]
    Unreadable(Unreadable),
    /// Something in it must be settled.
    #[error("{0}")]
    Doubt(Doubt),
    /// Its vendor has no profile, and general rules are no ground to count on.
    #[error("it was read by general rules alone")]
    Generic,
    /// As an earlier release told it, in words alone.
    #[error("{0}")]
    Told(String),
}

/// A kind of reason, and what a person can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settling {
    /// The kind of reason, in a few words.
    pub reason: &'static str,
    /// What accepting it means.
    pub accept: Accept,
    /// What else settles it.
    pub or: &'static str,
    /// The commands that settle it, the best first.
    pub commands: &'static [&'static str],
}

/// What accepting a notice means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// The reading counts from now on, in these words.
    Counts(&'static str),
    /// It was recorded when it came; what stays so.
    Stands(&'static str),
    /// There is nothing that could be accepted.
    Refused(&'static str),
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counts(words) | Self::Stands(words) => f.pad(words),
            Self::Refused(words) => f.pad(&format!("is refused: {words}")),
        }
    }
}

const UNREADABLE: Settling = Settling {
    reason: "it could not be read",
    accept: Accept::Refused("nothing was read that could count"),
    or: "`correct` says what it says; `replay` reads it again once a profile can",
    commands: &["correct", "dismiss"],
};

const TIME_IN_DOUBT: Settling = Settling {
    reason: "a zone, a date or a time is in doubt",
    accept: Accept::Counts("the times count as they were read, their other readings beside them"),
    or: "`correct --start --end --zone` says which they are",
    commands: &["correct", "accept"],
};

const FIELD_IN_DOUBT: Settling = Settling {
    reason: "a field is stated twice, or not at all",
    accept: Accept::Counts("the first value counts, and what was not found stays unsaid"),
    or: "`correct` says which it is",
    commands: &["correct", "accept"],
};

const STATUSES_DIFFER: Settling = Settling {
    reason: "its rows state different statuses",
    accept: Accept::Counts("it counts without a status, so that the one known stays"),
    or: "`correct --status` says which it is",
    commands: &["correct", "accept"],
};

const QUOTED_REPLY: Settling = Settling {
    reason: "an answer that repeats an earlier mail",
    accept: Accept::Counts("it counts as if all of it were said anew"),
    or: "`correct` says what is new, `dismiss` leaves it out",
    commands: &["correct", "dismiss"],
};

const TABLE_NOT_READ: Settling = Settling {
    reason: "a table came apart, and its rows were not read",
    accept: Accept::Counts("it counts without what stands in the table"),
    or: "`correct --asset --start --end` says what it holds",
    commands: &["correct", "accept"],
};

const UNKNOWN_VENDOR: Settling = Settling {
    reason: "the vendor is not known",
    accept: Accept::Stands("what it announced stays recorded under that name"),
    or: "an alias in the inventory and `apply`, or `correct --vendor`, says whose it is",
    commands: &["correct", "accept"],
};

const ORDER_UNCLEAR: Settling = Settling {
    reason: "sequence number and date disagree",
    accept: Accept::Stands("it stays in the order of the sequence numbers"),
    or: "`correct --newest` makes it the newest word so far",
    commands: &["accept", "correct"],
};

const OLDER: Settling = Settling {
    reason: "older than what is known, and would change it",
    accept: Accept::Stands("it stays the older word, and what newer notices say holds"),
    or: "`correct --newest` makes it the newest word so far",
    commands: &["accept", "correct"],
};

const SAME_MESSAGE_ID: Settling = Settling {
    reason: "the same Message-ID came with other content",
    accept: Accept::Counts("it counts as a notice of its own"),
    or: "`dismiss` leaves it out",
    commands: &["accept", "dismiss"],
};

const SEVERAL: Settling = Settling {
    reason: "it fits several maintenances",
    accept: Accept::Refused("nobody but you knows which one it means"),
    or: "`assign` says which, `correct --account` names the account",
    commands: &["assign", "correct"],
};

const FULL: Settling = Settling {
    reason: "the maintenance that it fits takes no more",
    accept: Accept::Refused("more notices came about it than are kept of one maintenance"),
    or: "`correct --reference` makes it another maintenance, `dismiss` leaves it out",
    commands: &["dismiss", "correct"],
};

const NOT_AUTHENTIC: Settling = Settling {
    reason: "its signature proves no sender",
    accept: Accept::Counts("it counts although nothing proves who sent it"),
    or: "`dismiss` leaves it out",
    commands: &["accept", "dismiss"],
};

const GENERIC: Settling = Settling {
    reason: "it was read by general rules alone",
    accept: Accept::Counts("it counts as it was read: look at each field first"),
    or: "`correct` mends what is wrong; a profile and `replay` read all mails like it",
    commands: &["correct", "accept"],
};

const TOLD: Settling = Settling {
    reason: "any other",
    accept: Accept::Counts("it counts as it was read"),
    or: "`correct` says what it says, `dismiss` leaves it out",
    commands: &["correct", "accept", "dismiss"],
};

impl Settling {
    /// Every kind of reason.
    pub const ALL: [Self; 15] = [
        UNREADABLE,
        TIME_IN_DOUBT,
        FIELD_IN_DOUBT,
        STATUSES_DIFFER,
        QUOTED_REPLY,
        TABLE_NOT_READ,
        UNKNOWN_VENDOR,
        ORDER_UNCLEAR,
        OLDER,
        SAME_MESSAGE_ID,
        SEVERAL,
        FULL,
        NOT_AUTHENTIC,
        GENERIC,
        TOLD,
    ];
}

impl Reason {
    /// What a person can do about it.
    #[must_use]
    pub fn settling(&self) -> Settling {
        match self {
            Self::Unreadable(_) => UNREADABLE,
            Self::Generic => GENERIC,
            Self::Told(_) => TOLD,
            Self::Doubt(doubt) => match doubt {
                Doubt::UnknownAbbreviation { .. }
                | Doubt::NoZone { .. }
                | Doubt::ZoneNotFollowed { .. }
                | Doubt::ZoneContradicted { .. }
                | Doubt::TwoWayDate { .. }
                | Doubt::TimesDisagree { .. }
                | Doubt::FarFromSent { .. }
                | Doubt::ReadsTwoWays { .. }
                | Doubt::YearNotStated { .. }
                | Doubt::WeekdayDisagrees { .. }
                | Doubt::NoWindow => TIME_IN_DOUBT,
                Doubt::SeveralStated { .. } | Doubt::NotStated { .. } => FIELD_IN_DOUBT,
                Doubt::StatusesDiffer { .. } => STATUSES_DIFFER,
                Doubt::QuotedReply => QUOTED_REPLY,
                Doubt::TableNotRead { .. } => TABLE_NOT_READ,
                Doubt::UnknownVendor { .. } => UNKNOWN_VENDOR,
                Doubt::OrderUnclear => ORDER_UNCLEAR,
                Doubt::StaleWouldChange { .. } => OLDER,
                Doubt::SameMessageIdOtherContent => SAME_MESSAGE_ID,
                Doubt::SeveralAccounts => SEVERAL,
                Doubt::TooManyRevisions { .. } => FULL,
                Doubt::NotAuthentic => NOT_AUTHENTIC,
            },
        }
    }
}

impl Doubt {
    /// Whether it is about when, so that a notice may lack its window because of it.
    #[must_use]
    pub fn is_about_time(&self) -> bool {
        Reason::Doubt(self.clone()).settling() == TIME_IN_DOUBT
    }

    /// The abbreviation of a zone that nothing explains.
    pub(super) fn unknown_abbreviation(&self) -> Option<&str> {
        if let Self::UnknownAbbreviation { abbreviation } = self { Some(abbreviation) } else { None }
    }

    /// Whether it is about the order of notices: raised when a notice comes, and not by reading it again.
    #[must_use]
    pub fn is_about_order(&self) -> bool {
        let settling = Reason::Doubt(self.clone()).settling();
        settling == ORDER_UNCLEAR || settling == OLDER
    }
}

/// What has become of an item of review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewState {
    /// Waits for a person.
    Open,
    /// Accepted as read.
    Accepted,
    /// Corrected or assigned by a person.
    Corrected,
    /// Found to be of no matter.
    Dismissed,
    /// Read again without a doubt, or its vendor became known: nobody had to decide.
    Cleared,
}

impl ReviewState {
    /// Whether a person decided it: then no profile decides otherwise.
    #[must_use]
    pub fn is_decided(self) -> bool {
        match self {
            Self::Accepted | Self::Corrected | Self::Dismissed => true,
            Self::Open | Self::Cleared => false,
        }
    }
}

impl fmt::Display for ReviewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Corrected => "corrected",
            Self::Dismissed => "dismissed",
            Self::Cleared => "cleared",
        })
    }
}

/// Who settled an item, when, and in which words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The person, or the command that did it without one.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, where somebody said so.
    pub words: Option<String>,
}

/// A notice that waits for a person, or waited. Nothing that could not be read is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewItem {
    /// The notice.
    pub notice: NoticeId,
    /// When the user's side had it.
    pub received_at: DateTime<Utc>,
    /// The vendor, where it was recognised; an item without one could concern any vendor.
    pub vendor: Option<VendorId>,
    /// Why it waits, or waited; written in words.
    #[serde(serialize_with = "in_words")]
    pub reasons: Vec<Reason>,
    /// What has become of it.
    pub state: ReviewState,
    /// Who settled it; none while it is open, and of items that releases before 0.2 settled.
    pub settled: Option<Settled>,
}

fn in_words<S: Serializer>(reasons: &[Reason], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(reasons.iter().map(ToString::to_string))
}
