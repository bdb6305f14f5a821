//! The interface to whatever keeps the data: a SQLite file, or a PostgreSQL database for several replicas that share the
//! work. Both must pass the same tests (`tests/it/store_conformance.rs`).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::changes::{Changes, Committed, Generation, Judged, LogEntry, Unseen};
use super::error::StoreError;
use super::found::{
    Dated, Hold, InventoryVersion, JudgedVerdict, LastPlan, Leased, Lost, MaintenanceFilter, MaintenanceNumber,
    MessageCount, MessageFilter, NamesNear, NoticeFilter, NoticePage, OutageFilter, Reader, ReviewFilter, Settlement,
    Undelivered,
};
use super::source::{SourceLease, SourceState, SourceTurn};
use crate::inventory::{CheckWord, Inventory, Kept};
use crate::maintenance::Maintenance;
use crate::names::{AssetId, ChecklistId, Digest, MaintenanceId, MessageId, NoticeId, OutageId, VendorId};
use crate::notice::{Coverage, Notice, Reading, ReviewItem};
use crate::outage::{Attachment, ClaimStep, Outage, Statement};
use crate::plan::{Cause, Message, Unsent};
use crate::time::Interval;
use crate::verdict::Override;

/// Longest raw notice kept, in bytes: twice the 25 MiB that the large mail services take, and far below the 1 GB that
/// a SQLite value can hold.
pub const MAX_RAW_BYTES: usize = 50 * 1024 * 1024;

/// What keeps the data.
///
/// Synchronous: SQLite is; an implementation over a network blocks on a runtime of its own, and asynchronous callers
/// use `spawn_blocking`. Instants that are searched or counted with (those of a message, `applied_at`, `judged_at`) are
/// kept to the microsecond; documents are kept as they are. A `typed` id is the id or a beginning that only one has.
///
/// Every method fails with [`StoreError`]: the store is locked, damaged, full or gone, or holds what cannot be read.
#[allow(clippy::missing_errors_doc, reason = "said once above for all of them")]
pub trait Store: Send {
    // What the store is.

    /// The 32 bytes, drawn when the store was created, by which Message-IDs are keyed.
    fn secret(&self) -> Result<[u8; 32], StoreError>;

    /// What time it is where the store is kept; none where that is this machine. Who is far from it must not take leases.
    fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// When the store was created.
    fn created_at(&self) -> Result<DateTime<Utc>, StoreError>;

    /// What a plan must be made on. Read it first, then what the plan needs.
    fn generation(&self) -> Result<Generation, StoreError>;

    /// Whether recorded outages were judged by everything that is known: what [`Changes::judging`] counted.
    fn judged(&self) -> Result<Judged, StoreError>;

    // Writing.

    /// Writes all changes, or nothing, as one transaction at `now`.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when the generation is not `expected`, and [`StoreError::NotPending`] when a message to be
    /// taken back is being sent or has been settled: read again and plan again. [`StoreError::RevisionDiffers`],
    /// [`StoreError::RevisionMissing`] and [`StoreError::IdentityDiffers`] for a maintenance that contradicts its stored
    /// form; [`StoreError::LostSource`] for a step at a source that somebody else reads by now; [`StoreError::UnknownMessage`] and its like for something said about what is not there.
    fn commit(&mut self, expected: Generation, changes: &Changes, now: DateTime<Utc>) -> Result<Committed, StoreError>;

    /// Begins to keep all that is committed from now on together; from the first commit on at the latest, nobody else can
    /// commit until [`Self::keep`] or [`Self::undo`]. For many small units of work at once: each costs a hundredth of what it costs alone.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Whether [`Self::begin_light`] is lighter than [`Self::begin`] here.
    fn keeps_lightly(&self) -> bool {
        false
    }

    /// As [`Self::begin`], for work that need not wait for the disk: once kept it survives the end of this process, and a
    /// power failure from the next keep of what was begun otherwise on. A store that cannot tell the two apart does the
    /// safer one.
    fn begin_light(&mut self) -> Result<(), StoreError> {
        self.begin()
    }

    /// Keeps what was committed since [`Self::begin`], all of it or, on an error, nothing.
    fn keep(&mut self) -> Result<(), StoreError>;

    /// Forgets what was committed since [`Self::begin`].
    fn undo(&mut self) -> Result<(), StoreError>;

    // Notices.

    /// The notice with this id, or the only one whose id begins so.
    fn notice(&self, typed: &str) -> Result<Option<Notice>, StoreError>;

    /// The notice with these bytes.
    fn notice_by_digest(&self, sha256: &Digest) -> Result<Option<Notice>, StoreError>;

    /// The notices with this Message-ID, in order of receipt.
    fn notices_by_message_id(&self, message_id: &str) -> Result<Vec<Notice>, StoreError>;

    /// Notices, newest receipt first.
    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError>;

    /// The bytes as received.
    fn raw(&self, notice: &NoticeId) -> Result<Option<Vec<u8>>, StoreError>;

    /// A page of notices in the order they came: by receipt, then by id.
    fn notices_from(&self, page: &NoticePage) -> Result<Vec<Notice>, StoreError>;

    /// What the notice was read as last.
    fn reading(&self, notice: &NoticeId) -> Result<Option<Reading>, StoreError>;

    /// Everything that the notice was ever read as, the first reading first.
    fn readings(&self, notice: &NoticeId) -> Result<Vec<Reading>, StoreError>;

    /// Notices that wait, or waited, for a person, oldest receipt first.
    fn review(&self, filter: ReviewFilter) -> Result<Vec<ReviewItem>, StoreError>;

    /// The item of review of a notice, whatever has become of it.
    fn review_of(&self, notice: &NoticeId) -> Result<Option<ReviewItem>, StoreError>;

    /// Which sources were read, and up to when.
    fn coverage(&self) -> Result<Vec<Coverage>, StoreError>;

    /// The sources that are read again and again, by name.
    fn sources(&self) -> Result<Vec<SourceState>, StoreError>;

    /// Gives `holder` the turn to read a source until `until`, unless somebody else has it and it has not run out at `now`.
    /// Whoever had it before has lost it.
    fn lease_source(
        &mut self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<SourceTurn, StoreError>;

    /// Makes a turn last until `until`, if that is later. One that ran out and that nobody took is still good for this.
    ///
    /// # Errors
    /// [`StoreError::LostSource`] when somebody else took it, or it is over.
    fn keep_source(&mut self, lease: &SourceLease, until: DateTime<Utc>) -> Result<(), StoreError>;

    /// Ends a turn, if it is not over.
    fn leave_source(&mut self, lease: &SourceLease) -> Result<(), StoreError>;

    // Maintenances.

    /// The maintenance with this id, the only one with this reference, or the only one whose id begins so.
    fn maintenance(&self, typed: &str) -> Result<Option<Maintenance>, StoreError>;

    /// Those of which any revision carries or replaces this folded reference.
    fn maintenances_with_reference(&self, vendor: &VendorId, folded: &str) -> Result<Vec<Maintenance>, StoreError>;

    /// Those of which any revision came from this notice.
    fn maintenances_of_notice(&self, notice: &NoticeId) -> Result<Vec<Maintenance>, StoreError>;

    /// The vendors of all maintenances, by id.
    fn maintenance_vendors(&self) -> Result<Vec<VendorId>, StoreError>;

    /// Those of which any window of any revision, in any of its readings, shares an instant with the interval.
    fn maintenances_overlapping(&self, interval: Interval) -> Result<Vec<Maintenance>, StoreError>;

    /// The same of these vendors alone: what a check asks for, however much others announced.
    fn maintenances_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<Maintenance>, StoreError>;

    /// What [`Self::maintenances_near`] name, in no order: most of them are told from it to be none of an asset's, at a
    /// fraction of what reading them takes.
    fn names_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<NamesNear>, StoreError>;

    /// The maintenances of these numbers, by id.
    fn maintenances_numbered(&self, numbers: &[MaintenanceNumber]) -> Result<Vec<Maintenance>, StoreError>;

    /// Those of which any window of any revision ends after `at`, or any revision was recorded at or after it.
    fn maintenances_active(&self, at: DateTime<Utc>) -> Result<Vec<Maintenance>, StoreError>;

    /// Their ids, in order: what to read pages of them by.
    fn active_maintenance_ids(&self, at: DateTime<Utc>) -> Result<Vec<MaintenanceId>, StoreError>;

    /// The maintenances of these ids, by id; those that are not there are left out.
    fn maintenances_of_ids(&self, ids: &[MaintenanceId]) -> Result<Vec<Maintenance>, StoreError>;

    /// Maintenances by id, a page at a time.
    fn maintenances(&self, filter: &MaintenanceFilter) -> Result<Vec<Maintenance>, StoreError>;

    // Inventory.

    /// The version in force at an instant; none when nothing was ever applied.
    fn inventory_as_of(&self, at: DateTime<Utc>) -> Result<Option<Dated>, StoreError>;

    /// Of the version in force at an instant, or before the first one of that, the part that [`Inventory::part`] makes for
    /// these assets and names, without reading the rest; none when nothing was ever applied. [`Inventory::part_of`] puts it
    /// together from look-ups ([`crate::inventory::Pieces`]).
    fn inventory_part(
        &self,
        at: DateTime<Utc>,
        assets: &[AssetId],
        names: &[String],
    ) -> Result<Option<Inventory>, StoreError>;

    /// When each version was applied, the newest first.
    fn inventory_versions(&self) -> Result<Vec<(u32, DateTime<Utc>)>, StoreError>;

    /// The version applied last.
    fn inventory_latest(&self) -> Result<Option<InventoryVersion>, StoreError>;

    // Findings.

    /// What the audit found and has not been cleared, by id.
    fn findings(&self) -> Result<Vec<Kept>, StoreError>;

    /// The finding with this id, or the only one whose id begins so, whatever has become of it.
    fn finding(&self, typed: &str) -> Result<Option<Kept>, StoreError>;

    // The checklist.

    /// The newest word that something was done, and the newest fact, of each item, by item.
    fn checklist(&self) -> Result<Vec<CheckWord>, StoreError>;

    /// The newest words on one item, newest first.
    fn checklist_of(&self, item: &ChecklistId, limit: usize) -> Result<Vec<CheckWord>, StoreError>;

    // Outages.

    /// The outage with this id, or the only one whose id begins so.
    fn outage(&self, typed: &str) -> Result<Option<Outage>, StoreError>;

    /// Outages by start.
    fn outages(&self, filter: OutageFilter) -> Result<Vec<Outage>, StoreError>;

    /// What people said about an outage, in the order it was said.
    fn statements(&self, outage: &OutageId) -> Result<Vec<Statement>, StoreError>;

    /// The evidence attached to an outage, in the order it was seen.
    fn attachments(&self, outage: &OutageId) -> Result<Vec<Attachment>, StoreError>;

    /// The bytes of an attached file; none when they are not kept.
    fn attached_file(&self, sha256: &Digest) -> Result<Option<Vec<u8>>, StoreError>;

    /// What was done about claims because of an outage, in the order it was recorded.
    fn claim_steps(&self, outage: &OutageId) -> Result<Vec<ClaimStep>, StoreError>;

    /// Its verdicts, by asset and revision.
    fn verdicts(&self, outage: &OutageId) -> Result<Vec<JudgedVerdict>, StoreError>;

    /// What people hold against them, in the order it was said.
    fn overrides(&self, outage: &OutageId) -> Result<Vec<Override>, StoreError>;

    // Messages.

    /// The message with this id, or the only one whose id begins so.
    fn message(&self, typed: &str) -> Result<Option<Message>, StoreError>;

    /// The bytes that were rendered for a message.
    fn message_bytes(&self, message: &MessageId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Messages by the instant they are due.
    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError>;

    /// Their ids, in the same order: what to read pages of them by.
    fn message_ids(&self, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError>;

    /// The messages of these ids, in their order; those that are not there are left out.
    fn messages_of_ids(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError>;

    /// Messages that were refused or came back, by the instant they were due: what they say of their addresses, without what
    /// they told.
    fn undelivered(&self) -> Result<Vec<Undelivered>, StoreError>;

    /// All messages about each of these, in their order: those of that cause and the digests that tell of it
    /// ([`Message::is_about`]), by the instant they are due.
    fn messages_of_causes(&self, causes: &[Cause]) -> Result<Vec<Vec<Message>>, StoreError>;

    /// The same of those of one reader ([`Key::contact`](crate::plan::Key::contact)) for each: what a thread is put together
    /// from.
    fn messages_of_readers(&self, readers: &[Reader]) -> Result<Vec<Vec<Message>>, StoreError>;

    /// How many messages there are about each of these, in their order.
    fn message_counts(&self, causes: &[Cause]) -> Result<Vec<usize>, StoreError>;

    /// The standing windows that messages are about, and their occurrences that start at or after `from`.
    fn standing_causes(&self, from: DateTime<Utc>) -> Result<Vec<Cause>, StoreError>;

    /// The messages about one cause by [`Key::contact`](crate::plan::Key::contact): the first `limit` of those to readers after
    /// `after`.
    fn messages_by_contact(&self, cause: &Cause, after: Option<&str>, limit: usize)
    -> Result<Vec<Message>, StoreError>;

    /// The messages to staff that are due from `from` on, whatever has become of them, by the instant they are due.
    fn messages_to_staff(&self, from: DateTime<Utc>) -> Result<Vec<Message>, StoreError>;

    // Planning.

    /// The maintenances and outages that planning is to look at, in no order: those that wake at or before `now`
    /// ([`Changes::wakes`]).
    fn causes_due(&self, now: DateTime<Utc>) -> Result<Vec<Cause>, StoreError>;

    /// At most `limit` of the messages that have become something else since planning looked at them: how an attempt ended, what a
    /// person or a report said of them, what remained of a lease that ran out, that their moment passed. Neither what planning
    /// does to messages nor a lease is among it.
    fn unseen(&self, limit: usize) -> Result<Vec<Unseen>, StoreError>;

    /// By what everything was planned last, and when anything was; none when everything never was.
    fn last_plan(&self) -> Result<Option<LastPlan>, StoreError>;

    /// Of the messages to customers for which it becomes, or became, too late between `from` and `to`, both included, those that
    /// wait for approval and those that missed their moment.
    fn unsent(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Unsent, StoreError>;

    /// How many messages wait at `now`, by state; behind these how many failed or came back, by state and by the code they were
    /// refused with.
    fn outbox(&self, now: DateTime<Utc>) -> Result<Vec<MessageCount>, StoreError>;

    // Delivery.

    /// Gives at most `limit` messages to `holder` until `until`: planned, due, the next attempt allowed and not stale at
    /// `now`, longest ready first. One whose lease ran out is among them once it is released.
    ///
    /// No transaction of its own is open afterwards: the caller takes its time, shorter than the lease, to send. Between
    /// [`Self::begin`] and [`Self::keep`] it is part of what is kept together.
    fn lease_due(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        holder: &str,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError>;

    /// Gives back the leases that ran out at or before `now`, so that the plan can take their messages back, and anybody
    /// lease them; how many there were. Handed over, a message counts as tried, and as perhaps sent twice.
    ///
    /// What stands behind a `#` in `holder`, who asks, names the running system: a lease of another one whose message had
    /// its bytes ready counts as handed over, since what was begun lightly may have been lost with that system.
    fn release(&mut self, now: DateTime<Utc>, holder: &str) -> Result<usize, StoreError>;

    /// Keeps the bytes of leased messages, each unless an earlier attempt has kept some, and returns those that will go out,
    /// by their messages; left out is one whose lease is another's or has run out at `now`. It does not count as handed
    /// over; when the lease is given back or runs out before it is, bytes that no attempt has used are forgotten.
    ///
    /// Here and in the two that follow no message comes twice; all of it is kept or, on an error, nothing.
    fn ready_bytes(
        &mut self,
        rendered: &[(Hold<'_>, &[u8])],
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<MessageId, Vec<u8>>, StoreError>;

    /// Called in every attempt, once its bytes are kept and right before they go to the relay. From here on the messages
    /// count as handed over, and the leases last until `until`, if that is later. Between [`Self::begin`] and
    /// [`Self::keep`] it is part of what is kept together, as [`Self::settle`] is.
    ///
    /// Lost are leases that are another's or have run out at `now`.
    fn hand_over(&mut self, leases: &[Hold<'_>], until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Lost, StoreError>;

    /// Records how attempts ended and gives their leases back. A lease that ran out and that nobody took is still good for
    /// this.
    ///
    /// Lost are messages that somebody else took, and those that have been settled.
    fn settle(&mut self, ended: &[(Hold<'_>, &Settlement)], now: DateTime<Utc>) -> Result<Lost, StoreError>;

    /// Asks for a turn to send to a domain that takes `most` mails in any minute (the instants after `now` less 60 s, up to
    /// `now`), whoever sends them. None: it is this mail's turn, and it counts. Otherwise the turn kept for it, which is
    /// later; it is to be asked for again then.
    ///
    /// `most` is at least 1. Turns given by a clock that was ahead of `now` count no more.
    fn take_turn(
        &mut self,
        message: &MessageId,
        domain: &str,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// When [`Self::lease_due`] has something to give, or after [`Self::release`]: `now`, a later instant, or never as things
    /// are.
    fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Sets what waits and went stale at or before `now` to skipped, and returns it. What a worker holds is left to it, and
    /// once its lease ran out to who releases it.
    fn expire(&mut self, now: DateTime<Utc>) -> Result<Vec<Message>, StoreError>;

    // Who did what.

    /// The newest lines of the log, newest first.
    fn log(&self, limit: usize) -> Result<Vec<LogEntry>, StoreError>;

    /// What was done to the thing of this id, oldest first.
    fn log_of(&self, subject: &str) -> Result<Vec<LogEntry>, StoreError>;
}
