//! Who uses what, and whom to write to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::{AssetId, CustomerId};

/// Occasions on which a mail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A maintenance was announced.
    Announce,
    /// Something that matters to the reader changed.
    Change,
    /// A window is near.
    Reminder,
    /// A window began.
    Start,
    /// A window ended and the work did not.
    Overrun,
    /// The work is over.
    Complete,
    /// The work will not happen.
    Cancel,
    /// Something is down.
    Outage,
    /// What the reader should do afterwards.
    FollowUp,
    /// What staff must know at once.
    Alarm,
    /// What there is to know on a day, in one mail.
    Digest,
}

impl Stage {
    /// The stages of mails about one maintenance or outage, in the order of DESIGN.md section 2.
    pub const ALL: [Self; 9] = [
        Self::Announce,
        Self::Change,
        Self::Reminder,
        Self::Start,
        Self::Overrun,
        Self::Complete,
        Self::Cancel,
        Self::Outage,
        Self::FollowUp,
    ];

    /// The stages of mails that staff alone get.
    pub const OF_STAFF: [Self; 2] = [Self::Alarm, Self::Digest];

    /// The stage's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announce => "announce",
            Self::Change => "change",
            Self::Reminder => "reminder",
            Self::Start => "start",
            Self::Overrun => "overrun",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
            Self::Outage => "outage",
            Self::FollowUp => "follow-up",
            Self::Alarm => "alarm",
            Self::Digest => "digest",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a contact is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactRole {
    /// Runs what is touched.
    Technical,
    /// Pays for it.
    Billing,
    /// The user's own people.
    Staff,
}

/// Somebody to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The address: `local@domain`, checked when the inventory is loaded.
    pub email: String,
    /// What people call them.
    pub name: Option<String>,
    /// What they are there for.
    pub role: ContactRole,
    /// The IANA zone their mails are written in.
    pub zone: String,
    /// The language of their mails, BCP 47.
    pub language: String,
    /// The occasions they want mail on.
    pub stages: Vec<Stage>,
    /// Whether windows come as invitations, which a calendar takes in by itself, and not as entries beside the mail.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invitations: bool,
}

impl Contact {
    /// Whether one of the user's own people wants mails of this stage. Who names none of staff's stages wants all of them.
    #[must_use]
    pub fn wants_as_staff(&self, stage: Stage) -> bool {
        self.stages.contains(&stage) || !Stage::OF_STAFF.iter().any(|own| self.stages.contains(own))
    }
}

/// Who uses assets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// What people call it.
    pub name: String,
    /// The assets it uses directly; what they need is found by walking.
    pub uses: Vec<AssetId>,
    /// Whom to write to.
    pub contacts: Vec<Contact>,
    /// What this customer should be told once a maintenance that touched it is over.
    pub follow_up: Option<String>,
}
