//! One unit of work: everything that one command wants to write, as a value.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::source::SourceStep;
use crate::inventory::{CheckWord, Inventory, Kept};
use crate::maintenance::Maintenance;
use crate::names::{Digest, MaintenanceId, MessageId, NoticeId, OutageId, VendorId};
use crate::notice::{Coverage, Notice, Reading, ReviewItem};
use crate::outage::{Attachment, ClaimStep, Observed, Outage, Statement};
use crate::plan::{Cause, Message, MessageState};
use crate::verdict::{Override, Verdict};

/// A number that rises whenever what is known, or what is to be told, changes.
///
/// Plans are made on one generation and refused on any other. Delivery (leases, settlements, expiry) and the log do not
/// change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A notice with its bytes and what was read in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// The notice; its id, digest and length are those of `raw`.
    pub notice: Notice,
    /// The bytes as received, at most [`super::MAX_RAW_BYTES`].
    pub raw: Vec<u8>,
    /// What they were read as.
    pub reading: Reading,
}

/// A notice that was kept before, read again: from now on this is what it says. Earlier readings stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReading {
    /// Which notice.
    pub notice: NoticeId,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// The person who corrected it, or the command that read it.
    pub who: String,
    /// What it was read as.
    pub reading: Reading,
}

/// A maintenance that turned out to be another vendor's: the name it was announced under is that vendor's alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehomed {
    /// Which maintenance.
    pub maintenance: MaintenanceId,
    /// Whose it is.
    pub vendor: VendorId,
}

/// An inventory as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInventory {
    /// What was declared.
    pub inventory: Inventory,
    /// From when on it is in force.
    pub applied_at: DateTime<Utc>,
}

/// The word that an outage is over; said again, the newer word counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageEnd {
    /// Which outage.
    pub outage: OutageId,
    /// The first instant after it.
    pub end: Observed,
}

/// A verdict on a recorded outage. Kept as a new revision where it differs from the newest of the same asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVerdict {
    /// Which outage.
    pub outage: OutageId,
    /// What was judged of one of its assets.
    pub verdict: Verdict,
}

/// What a person holds against a verdict on a recorded outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOverride {
    /// Which outage.
    pub outage: OutageId,
    /// The person's word.
    pub said: Override,
}

/// Evidence attached to an outage, with the bytes of a file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// What is attached.
    pub attachment: Attachment,
    /// The file's bytes; their digest is the attachment's.
    pub bytes: Option<Vec<u8>>,
}

/// What a message becomes that shall not be sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// Its moment passed, or a newer message took its place.
    Skipped,
    /// A person, or a change of the maintenance, took it back.
    Cancelled,
    /// Its address is on the suppression list.
    Suppressed,
}

impl Withdrawn {
    /// The state of the message then.
    #[must_use]
    pub fn state(self) -> MessageState {
        match self {
            Self::Skipped => MessageState::Skipped,
            Self::Cancelled => MessageState::Cancelled,
            Self::Suppressed => MessageState::Suppressed,
        }
    }
}

/// A message taken back by the plan: only while it waits, never while a worker has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Which message.
    pub message: MessageId,
    /// What it becomes.
    pub to: Withdrawn,
    /// Why, in words.
    pub reason: String,
}

/// What a person can do to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageAction {
    /// Let it go when it is due.
    Approve,
    /// Stop it for now.
    Hold,
    /// Take it back for good.
    Cancel,
    /// Send it once more, with the same bytes.
    Retry,
    /// A report says that its address takes no mail.
    Bounce,
    /// A report says that the relay tried for long enough, and that another time may go better.
    Expire,
}

impl MessageAction {
    /// The states in which the action has a meaning.
    #[must_use]
    pub fn from(self) -> &'static [MessageState] {
        match self {
            Self::Approve => &[MessageState::AwaitingApproval, MessageState::Held],
            Self::Hold => &[MessageState::Planned, MessageState::AwaitingApproval],
            Self::Cancel => &[MessageState::Planned, MessageState::AwaitingApproval, MessageState::Held],
            Self::Retry => &[MessageState::Failed, MessageState::Bounced],
            Self::Bounce | Self::Expire => &[MessageState::Accepted],
        }
    }

    /// The state it leads to.
    #[must_use]
    pub fn to(self) -> MessageState {
        match self {
            Self::Approve | Self::Retry => MessageState::Planned,
            Self::Hold => MessageState::Held,
            Self::Cancel => MessageState::Cancelled,
            Self::Bounce => MessageState::Bounced,
            Self::Expire => MessageState::Failed,
        }
    }
}

impl fmt::Display for MessageAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Bounce => "bounce",
            Self::Expire => "expire",
        })
    }
}

/// A person's word, or a report's, on one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEdit {
    /// Which message.
    pub message: MessageId,
    /// What is to be done.
    pub action: MessageAction,
    /// Who wants it and why, in words.
    pub reason: String,
    /// The status code that a report gives; none of a person's word.
    pub refused_as: Option<String>,
}

/// A message that has become something else since planning looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Which message.
    pub message: MessageId,
    /// What it is now.
    pub state: MessageState,
    /// How often it was leased.
    pub fence: u64,
    /// What it is about: its cause, and what a digest tells of.
    pub causes: Vec<Cause>,
}

/// A line of the append-only log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// The person or the part of the program.
    pub who: String,
    /// What was done.
    pub what: String,
    /// The id of what it was done to; empty when it concerns the store as a whole.
    pub subject: String,
}

/// What a unit of work means for the verdicts on recorded outages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Judging {
    /// Nothing: they are judged as well as before.
    #[default]
    Untouched,
    /// It makes something known that may concern some of them: they are to be judged again.
    Owed,
    /// They were judged by everything that so many units of work made known. Alone it changes no [`Generation`].
    Done(u64),
}

/// Units of work that may concern recorded outages, counted from the store's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// How many were written.
    pub owed: u64,
    /// By how many of them outages were judged: where these are fewer, somebody ended before judging.
    pub done: u64,
}

/// Everything one command wants to write. All of it is written, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Notices; one whose bytes are there already is left as it is.
    pub notices: Vec<NewNotice>,
    /// Newer readings of notices.
    pub readings: Vec<NewReading>,
    /// Maintenances that are another vendor's; written before [`Self::maintenances`], which know them so.
    pub rehomed: Vec<Rehomed>,
    /// Maintenances with all their revisions: new revisions are added, one that differs from its stored form is refused.
    pub maintenances: Vec<Maintenance>,
    /// Items of review; one a notice, the newer state counts.
    pub review: Vec<ReviewItem>,
    /// Coverage; one for a source, kind and set of vendors, the newer one counts.
    pub coverage: Vec<Coverage>,
    /// An inventory; equal to the newest version it makes no new one.
    pub inventory: Option<NewInventory>,
    /// Outages; one that is there already is left as it is.
    pub outages: Vec<Outage>,
    /// Ends of outages.
    pub outage_ends: Vec<OutageEnd>,
    /// Statements; the same words of the same speaker at the same time are kept once.
    pub statements: Vec<Statement>,
    /// Evidence from elsewhere; the same thing attached again is kept once.
    pub attachments: Vec<NewAttachment>,
    /// What people did about claims; the same step told again is kept once.
    pub claim_steps: Vec<ClaimStep>,
    /// Verdicts.
    pub verdicts: Vec<NewVerdict>,
    /// What people hold against verdicts; the same word of the same person is kept once.
    pub overrides: Vec<NewOverride>,
    /// Messages; one whose key is there already is left as it is.
    pub messages: Vec<Message>,
    /// Messages taken back.
    pub withdrawals: Vec<Withdrawal>,
    /// What people did to messages.
    pub edits: Vec<MessageEdit>,
    /// What happened at sources. Alone it changes nothing of what is known, and so no [`Generation`].
    pub sources: Vec<SourceStep>,
    /// What the audit found, or found no more; the newer word counts. Alone it changes no [`Generation`]: no plan rests
    /// on it.
    pub findings: Vec<Kept>,
    /// What it means for the verdicts on recorded outages.
    pub judging: Judging,
    /// What was said of the checklist. Alone it changes no [`Generation`]: no plan rests on it.
    pub checklist: Vec<CheckWord>,
    /// When planning is to look again at maintenances and outages though nothing else becomes known; none of those that no
    /// time changes. Alone they change no [`Generation`]: they are the plan's own.
    pub wakes: BTreeMap<Cause, Option<DateTime<Utc>>>,
    /// Messages that planning has looked at as they are here; one that has become something else meanwhile stays unseen. Alone
    /// they change no [`Generation`], nor does [`Self::planned_by`].
    pub seen: Vec<Unseen>,
    /// By what everything has been planned, where everything was.
    pub planned_by: Option<Digest>,
    /// Lines for the log.
    pub log: Vec<LogEntry>,
}

/// What a unit of work did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The generation now in force; the old one when nothing of what is known changed.
    pub generation: Generation,
    /// How many units of work were written that may concern recorded outages, with this one where it may.
    pub owed: u64,
    /// Notices that were new.
    pub new_notices: Vec<NoticeId>,
    /// Notices whose bytes were there already.
    pub known_notices: Vec<NoticeId>,
    /// The number of the inventory version made; none when it was equal to the newest.
    pub new_inventory: Option<u32>,
    /// Outages that were new.
    pub new_outages: Vec<OutageId>,
    /// Messages that were new.
    pub new_messages: Vec<MessageId>,
    /// Messages whose key was there already.
    pub known_messages: Vec<MessageId>,
}
