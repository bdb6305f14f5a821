//! One mail to one contact for one stage: what makes it unique, what it tells, and what has become of it.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::alarm::Alarm;
use super::retry::Blames;
use crate::inventory::Stage;
use crate::names::{
    AssetId, CustomerId, DayId, Digest, MaintenanceId, MessageId, NoticeId, OccurrenceId, OutageId, SourceId,
    StandingId, VendorId, content_id,
};
use crate::notice::Status;
use crate::time::Interval;
use crate::window::{Impact, Role};

/// Why a message exists at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "kebab-case")]
pub enum Cause {
    /// A maintenance.
    Maintenance(MaintenanceId),
    /// An outage.
    Outage(OutageId),
    /// A notice that staff are told of.
    Notice(NoticeId),
    /// A source of notices, or a file, that staff are told of.
    Source(SourceId),
    /// A vendor that staff are told of.
    Vendor(VendorId),
    /// The day of a digest, or the day on which messages were to go.
    Day(DayId),
    /// A standing window as a whole.
    Standing(StandingId),
    /// One occurrence of a standing window.
    Occurrence(OccurrenceId),
}

impl Cause {
    /// The id of what caused it.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Maintenance(id) => id.as_str(),
            Self::Outage(id) => id.as_str(),
            Self::Notice(id) => id.as_str(),
            Self::Source(id) => id.as_str(),
            Self::Vendor(id) => id.as_str(),
            Self::Day(id) => id.as_str(),
            Self::Standing(id) => id.as_str(),
            Self::Occurrence(id) => id.as_str(),
        }
    }

    /// The outage that it is; none of any other cause.
    #[must_use]
    pub fn outage(&self) -> Option<&OutageId> {
        match self {
            Self::Outage(id) => Some(id),
            Self::Maintenance(_)
            | Self::Notice(_)
            | Self::Source(_)
            | Self::Vendor(_)
            | Self::Day(_)
            | Self::Standing(_)
            | Self::Occurrence(_) => None,
        }
    }

    /// The maintenance that it is; none of any other cause.
    #[must_use]
    pub fn maintenance(&self) -> Option<&MaintenanceId> {
        match self {
            Self::Maintenance(id) => Some(id),
            Self::Outage(_)
            | Self::Notice(_)
            | Self::Source(_)
            | Self::Vendor(_)
            | Self::Day(_)
            | Self::Standing(_)
            | Self::Occurrence(_) => None,
        }
    }

    /// The standing window that it is, or is an occurrence of; none of any other cause.
    #[must_use]
    pub fn standing_window(&self) -> Option<StandingId> {
        match self {
            Self::Standing(id) => Some(id.clone()),
            Self::Occurrence(id) => id.parts().map(|(_, window)| window),
            Self::Maintenance(_)
            | Self::Outage(_)
            | Self::Notice(_)
            | Self::Source(_)
            | Self::Vendor(_)
            | Self::Day(_) => None,
        }
    }

    /// The word of its kind, as the store keeps it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Maintenance(_) => "maintenance",
            Self::Outage(_) => "outage",
            Self::Notice(_) => "notice",
            Self::Source(_) => "source",
            Self::Vendor(_) => "vendor",
            Self::Day(_) => "day",
            Self::Standing(_) => "standing",
            Self::Occurrence(_) => "occurrence",
        }
    }
}

/// One window as a contact is told of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MaterialWindow {
    /// Its ordinal.
    pub ordinal: u32,
    /// Primary or contingency.
    pub role: Role,
    /// `[start, end)`.
    pub interval: Interval,
    /// The assets touched in this very window, where the windows do not all touch the same; empty means all that the
    /// material lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<(AssetId, Impact)>,
}

/// What a message tells that matters to its reader: a change of it, and nothing else, makes a change mail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Material {
    /// The windows that touch the contact's assets, by ordinal.
    pub windows: Vec<MaterialWindow>,
    /// The effective status; none for an outage.
    pub status: Option<Status>,
    /// The customer's assets touched, with the expected (of an outage: observed) impact, by id.
    pub assets: Vec<(AssetId, Impact)>,
    /// The days and hours in the words of its file, of a standing window as a whole; its windows are then the next
    /// occurrence alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// What staff are told at once; none in mails to customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// What a digest tells of each maintenance, by the start of its first window ahead; its assets are then all of theirs, and
    /// windows and status stand in these alone. Empty in every other message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digest: Vec<Told>,
}

/// What a digest tells of one maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The maintenance.
    pub cause: Cause,
    /// What matters of it.
    pub material: Material,
}

impl Material {
    /// The hash by which two materials are told apart.
    ///
    /// # Panics
    /// Never: a material has no map with keys that are no strings.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a material serializes"))
    }

    /// Whether it touches nothing of the reader's.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }

    /// The worst impact on any of the reader's assets; none when it touches none.
    #[must_use]
    pub fn worst(&self) -> Option<Impact> {
        self.assets.iter().map(|(_, impact)| *impact).max()
    }

    /// The window with this ordinal.
    #[must_use]
    pub fn window(&self, ordinal: u32) -> Option<&MaterialWindow> {
        self.windows.iter().find(|window| window.ordinal == ordinal)
    }

    /// The assets touched in one of its windows.
    #[must_use]
    pub fn assets_in<'a>(&'a self, window: &'a MaterialWindow) -> &'a [(AssetId, Impact)] {
        if window.assets.is_empty() { &self.assets } else { &window.assets }
    }
}

/// What makes a message unique (DESIGN.md section 9): the same key is never planned twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The maintenance or outage; of a digest its day, on the clock of its reader.
    pub cause: Cause,
    /// Who reads it: the address in lower case, `/`, and the customer's id (`ops@acme.example/acme`); of staff the
    /// address alone. An address that
    /// stands under two customers gets a mail for each, since each lists that customer's assets alone. No domain holds
    /// a `/`, so the two can be told apart.
    pub contact: String,
    /// The occasion.
    pub stage: Stage,
    /// Which of several of its stage: `w1-24h` for a reminder (window ordinal and lead), `after-msg-…` for a change,
    /// cancel or complete (the message that told the state before; `after-baseline` when none of ours did), the hour of a
    /// digest on the clock of its reader (`08:00`), empty for the first word. A message planned again after it had been withdrawn ends in `again-2`, `again-3`, …
    pub moment: String,
    /// The digest of the material.
    pub material: Digest,
}

impl Key {
    /// The id of the message with this key.
    ///
    /// # Panics
    /// Never: a content id is an identifier.
    #[must_use]
    pub fn id(&self) -> MessageId {
        let parts = [self.cause.id(), &self.contact, self.stage.as_str(), &self.moment, self.material.as_str()];
        MessageId::new(content_id("msg", parts)).expect("a content id is an identifier")
    }
}

/// To whom a message goes, as known when it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// What people call them.
    pub name: Option<String>,
    /// The IANA zone their mails are written in.
    pub zone: String,
    /// The language of their mails.
    pub language: String,
    /// The customer they belong to; none for the user's own people.
    pub customer: Option<CustomerId>,
    /// Whether windows come as invitations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invitations: bool,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageState {
    /// Will go when it is due.
    Planned,
    /// Waits until a person approves it.
    AwaitingApproval,
    /// A person stopped it for now.
    Held,
    /// A worker is sending it.
    Leased,
    /// The relay answered 250.
    Accepted,
    /// The relay refused it for good.
    Failed,
    /// It came back.
    Bounced,
    /// Its moment passed unsent, or the planner took it back: a newer message took its place, or what it tells no longer
    /// holds. Should it hold again, it is planned again.
    Skipped,
    /// A person took it back: it is not planned again.
    Cancelled,
    /// Its address is on the suppression list.
    Suppressed,
}

impl MessageState {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::AwaitingApproval,
        Self::Held,
        Self::Leased,
        Self::Accepted,
        Self::Failed,
        Self::Bounced,
        Self::Skipped,
        Self::Cancelled,
        Self::Suppressed,
    ];

    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::AwaitingApproval => "awaiting-approval",
            Self::Held => "held",
            Self::Leased => "leased",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Suppressed => "suppressed",
        }
    }

    /// Those of messages that may still be sent.
    #[must_use]
    pub fn pending() -> Vec<Self> {
        Self::ALL.into_iter().filter(|state| state.is_pending()).collect()
    }

    /// Whether the message may still be sent.
    #[must_use]
    pub fn is_pending(self) -> bool {
        match self {
            Self::Planned | Self::AwaitingApproval | Self::Held | Self::Leased => true,
            Self::Accepted | Self::Failed | Self::Bounced | Self::Skipped | Self::Cancelled | Self::Suppressed => false,
        }
    }
}

impl fmt::Display for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One mail to one contact for one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Derived from the key.
    pub id: MessageId,
    /// What makes it unique.
    pub key: Key,
    /// To whom it goes.
    pub to: Recipient,
    /// What it tells.
    pub material: Material,
    /// What the contact had been told before, for `old → new`; none when this is the first word.
    pub before: Option<Material>,
    /// Not to be sent earlier.
    pub due_at: DateTime<Utc>,
    /// Not to be sent at or after this instant; none when it never goes stale.
    pub not_after: Option<DateTime<Utc>>,
    /// What has become of it.
    pub state: MessageState,
    /// Why it is in that state, and why it exists, in words.
    pub reason: String,
    /// When it was planned.
    pub planned_at: DateTime<Utc>,
    /// Attempts so far.
    pub tries: u32,
    /// When the next attempt may be made.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the relay accepted it.
    pub accepted_at: Option<DateTime<Utc>>,
    /// An attempt ended without an answer: the reader may have it twice, with the same Message-ID and bytes.
    pub maybe_duplicate: bool,
    /// The status code (RFC 3463), such as `5.1.1`, by which it was refused for good or came back last; none when it was
    /// neither, or nobody gave a code.
    pub refused_as: Option<String>,
}

impl Message {
    /// Whether it was refused, or came back, because of who sends it: other mails will be, too.
    #[must_use]
    pub fn blames_us(&self) -> bool {
        self.blames() == Some(Blames::Sender)
    }

    /// Whether it tells customers of several maintenances.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        match &self.key.cause {
            Cause::Day(_) => self.key.stage == Stage::Announce,
            Cause::Maintenance(_)
            | Cause::Outage(_)
            | Cause::Notice(_)
            | Cause::Source(_)
            | Cause::Vendor(_)
            | Cause::Standing(_)
            | Cause::Occurrence(_) => false,
        }
    }

    /// Whether it tells of this: it is its cause, or the message is a digest with it.
    #[must_use]
    pub fn is_about(&self, cause: &Cause) -> bool {
        self.key.cause == *cause || self.material.digest.iter().any(|told| told.cause == *cause)
    }

    /// The message as far as it tells of this: of a digest that holds it the material of that alone.
    #[must_use]
    pub fn telling(&self, cause: &Cause) -> Cow<'_, Self> {
        match self.material.digest.iter().find(|told| told.cause == *cause) {
            Some(told) => Cow::Owned(Self { material: told.material.clone(), ..self.clone() }),
            None => Cow::Borrowed(self),
        }
    }

    fn blames(&self) -> Option<Blames> {
        Blames::of_state(self.state, self.refused_as.as_deref())
    }
}
