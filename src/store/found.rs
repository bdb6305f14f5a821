//! What is asked of the store, and what it answers, where the rooms below have no value for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::inventory::Inventory;
use crate::names::{CustomerId, Digest, MaintenanceId, MessageId, VendorId};
use crate::notice::Notice;
use crate::plan::{Cause, Message, MessageState};
use crate::time::Interval;
use crate::verdict::Verdict;

/// Which notices to list, newest receipt first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticeFilter {
    /// Those whose reading speaks of this vendor.
    pub vendor: Option<VendorId>,
    /// Those received in `[start, end)`.
    pub received: Option<Interval>,
    /// At most this many.
    pub limit: Option<usize>,
}

/// A page of notices in the order they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticePage {
    /// Where it begins.
    pub after: NoticeCursor,
    /// At most this many.
    pub limit: usize,
}

/// Where a page of notices begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeCursor {
    /// With the first one received at or after this.
    Since(DateTime<Utc>),
    /// With the one after this: the last of the page before.
    Notice(Box<Notice>),
}

/// Which maintenances to list, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaintenanceFilter {
    /// Those of this vendor.
    pub vendor: Option<VendorId>,
    /// Those after this one: the last of the page before.
    pub after: Option<MaintenanceId>,
    /// At most this many.
    pub limit: Option<usize>,
}

/// What a store knows a maintenance by, in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaintenanceNumber(pub(super) i64);

/// A maintenance with a window near a span, by what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesNear {
    /// The maintenance.
    pub maintenance: MaintenanceNumber,
    /// Whose it is.
    pub vendor: VendorId,
    /// All that [`Maintenance::names`](crate::maintenance::Maintenance::names) tells of it.
    pub names: Option<Vec<String>>,
}

/// Which messages to list, by the instant they are due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// Those of this maintenance or outage.
    pub cause: Option<Cause>,
    /// Those in one of these states; where there is none, in any.
    pub states: Vec<MessageState>,
    /// Those to this address, lower case.
    pub contact: Option<String>,
    /// Those to this customer.
    pub customer: Option<CustomerId>,
    /// Those due in `[start, end)`.
    pub due: Option<Interval>,
    /// At most this many.
    pub limit: Option<usize>,
}

/// What a reader is told of, and [`Key::contact`](crate::plan::Key::contact).
pub type Reader = (Cause, String);

/// A message that was refused or came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// The message.
    pub message: MessageId,
    /// Whom it was to: [`Key::contact`](crate::plan::Key::contact).
    pub contact: String,
    /// Whose customer that is; none of staff.
    pub customer: Option<CustomerId>,
    /// Failed or bounced.
    pub state: MessageState,
    /// The status code it was refused with, if any.
    pub refused_as: Option<String>,
}

impl Undelivered {
    /// The address, lower case.
    #[must_use]
    pub fn address(&self) -> &str {
        let customer = self.customer.as_ref().map_or("", CustomerId::as_str);
        let address = self.contact.strip_suffix(customer).and_then(|address| address.strip_suffix('/'));
        address.unwrap_or(&self.contact)
    }
}

/// Messages that wait or failed, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageCount {
    /// The state of all of them: one that is pending, failed or bounced.
    pub state: MessageState,
    /// The status code they were refused with, if any.
    pub refused_as: Option<String>,
    /// How many there are.
    pub count: usize,
    /// Of those, the ones that are due at the instant asked about.
    pub due: usize,
    /// The first instant after it at which one of them may be tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// Which outages to list, by start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageFilter {
    /// All of them.
    All,
    /// Those without an end.
    Open,
    /// Those that share an instant with the interval; an open one lasts for ever.
    Overlapping(Interval),
    /// Those without an end, and those recorded after this.
    OpenOrRecordedAfter(DateTime<Utc>),
}

/// Which items of review to list, oldest receipt first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewFilter {
    /// Those that wait for a person.
    Open,
    /// All of them.
    All,
}

/// One dated version of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryVersion {
    /// Its number, from 1.
    pub version: u32,
    /// From when on it is in force, to the microsecond.
    pub applied_at: DateTime<Utc>,
    /// The digest of its document.
    pub digest: Digest,
    /// What was declared; shared, since it is large and asked for often.
    pub inventory: Arc<Inventory>,
}

/// How far planning has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPlan {
    /// By what everything was planned ([`Changes::planned_by`](super::Changes::planned_by)).
    pub by: Digest,
    /// The latest instant at which anything was planned since: what is to wake is known from then on, and not before.
    pub at: DateTime<Utc>,
}

/// The inventory at some instant, with whether anybody had declared it by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dated {
    /// The newest version applied at or before the instant.
    InForce(InventoryVersion),
    /// There was none yet: the oldest, which was declared only later.
    DeclaredLater(InventoryVersion),
}

impl Dated {
    /// The version, however it was found.
    #[must_use]
    pub fn version(&self) -> &InventoryVersion {
        match self {
            Self::InForce(version) | Self::DeclaredLater(version) => version,
        }
    }
}

/// A verdict as kept with its outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedVerdict {
    /// Its number among those of the same outage and asset, from 1.
    pub revision: u32,
    /// When it was stored, to the microsecond.
    pub judged_at: DateTime<Utc>,
    /// The verdict.
    pub verdict: Verdict,
}

/// A message that the caller, and nobody else, may send until the lease runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The message, in state leased.
    pub message: Message,
    /// Proves the lease: it rises with each one.
    pub fence: u64,
    /// The bytes an earlier attempt rendered: these go out, and no others.
    pub bytes: Option<Vec<u8>>,
}

impl Leased {
    /// What proves it.
    #[must_use]
    pub fn hold(&self) -> Hold<'_> {
        Hold { message: &self.message.id, fence: self.fence }
    }
}

/// What proves that a message is leased, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold<'a> {
    /// The message.
    pub message: &'a MessageId,
    /// [`Leased::fence`].
    pub fence: u64,
}

/// The messages, of those that a holder speaks of, whose lease it has lost.
pub type Lost = BTreeSet<MessageId>;

/// Whether the relay may have the mail of an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It has not: it refused it, or the attempt broke off before the mail was all there.
    RuledOut,
    /// The attempt broke off without an answer to the mail itself; its message is marked as perhaps there twice.
    Possible,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The relay answered 250.
    Accepted {
        /// What it said.
        reason: String,
    },
    /// The attempt failed for now; it goes again, with the same bytes.
    Retry {
        /// Not before this instant.
        at: DateTime<Utc>,
        /// What the relay said, or what happened.
        reason: String,
        /// Whether the relay may have it.
        arrival: Arrival,
    },
    /// The attempt failed, and none follows.
    GivenUp {
        /// What it becomes: failed where the relay refused it, enough was tried or it cannot be written; skipped where its moment
        /// passes before another attempt.
        state: MessageState,
        /// What the relay said, or what happened.
        reason: String,
        /// The status code (RFC 3463) the relay refused it with, if it gave one.
        refused_as: Option<String>,
        /// Whether the relay may have it.
        arrival: Arrival,
    },
    /// Nothing was tried (the relay cannot be reached, the worker stops); it counts as no attempt, and bytes that no
    /// attempt has used are forgotten.
    GivenBack {
        /// Not before this instant.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// The last look before sending found that it should not go.
    NotWanted {
        /// What it becomes.
        to: super::Withdrawn,
        /// Why.
        reason: String,
    },
}

impl Settlement {
    /// What the message becomes.
    #[must_use]
    pub fn state(&self) -> MessageState {
        match self {
            Self::Accepted { .. } => MessageState::Accepted,
            Self::Retry { .. } | Self::GivenBack { .. } => MessageState::Planned,
            Self::GivenUp { state, .. } => *state,
            Self::NotWanted { to, .. } => to.state(),
        }
    }

    /// Why, in words.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Accepted { reason }
            | Self::Retry { reason, .. }
            | Self::GivenUp { reason, .. }
            | Self::GivenBack { reason, .. }
            | Self::NotWanted { reason, .. } => reason,
        }
    }
}
