//! The store in a PostgreSQL database, for several replicas that share the work.
//!
//! One connection a store, since an [`crate::app::App`] asks one question after the other: a pool would keep connections
//! that nobody uses. A connection that ended is opened again for the next question. Whoever writes what is known holds the
//! lock of the one row of `meta`; delivery, which learns nothing, holds those of its messages alone.

mod address;
mod checklist;
mod column;
mod commit;
mod delivery;
mod evidence;
mod fault;
mod findings;
mod flaws;
mod inventory;
mod line;
mod log;
mod maintenances;
mod message_list;
mod messages;
mod migrate;
mod notices;
mod open;
mod outages;
mod revisions;
mod session;
mod sources;
mod tables;
mod tls;
mod wakes;
mod windows;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use self::address::{BadAddress, PostgresAddress};
use self::fault::Outcome;
pub(super) use self::fault::classify;
use self::line::Line;
use self::session::Session;
use super::changes::{Changes, Committed, Generation, Judged, LogEntry, Unseen};
use super::error::StoreError;
use super::found::{
    Dated, Hold, InventoryVersion, JudgedVerdict, LastPlan, Leased, Lost, MaintenanceFilter, MaintenanceNumber,
    MessageCount, MessageFilter, NamesNear, NoticeFilter, NoticePage, OutageFilter, Reader, ReviewFilter, Settlement,
    Undelivered,
};
use super::interface::Store;
use super::source::{SourceLease, SourceState, SourceTurn};
use crate::inventory::{CheckWord, Inventory, Kept};
use crate::maintenance::Maintenance;
use crate::names::{AssetId, ChecklistId, Digest, MaintenanceId, MessageId, NoticeId, OutageId, VendorId};
use crate::notice::{Coverage, Notice, Reading, ReviewItem};
use crate::outage::{Attachment, ClaimStep, Outage, Statement};
use crate::plan::{Cause, Message, Unsent};
use crate::time::Interval;
use crate::verdict::Override;

/// A store in a PostgreSQL database.
///
/// It may be moved between threads and used by one at a time; any number of processes may have the same database open.
pub struct PostgresStore {
    line: Line,
    held: inventory::Held,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PostgresStore").field(&self.line.place()).finish()
    }
}

impl PostgresStore {
    fn over(line: Line) -> Self {
        Self { line, held: inventory::Held::default() }
    }

    /// Asks something; once more when the connection had ended.
    fn read<T>(&self, work: impl Fn(&Session) -> Outcome<T>) -> Result<T, StoreError> {
        self.line.read(work)
    }

    /// Does something in a transaction of its own, or in the one that is open.
    fn write<T>(&mut self, work: impl Fn(&Session) -> Outcome<T>) -> Result<T, StoreError> {
        self.line.write(work)
    }
}

impl Store for PostgresStore {
    fn secret(&self) -> Result<[u8; 32], StoreError> {
        self.read(open::secret)
    }

    fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read(open::clock).map(Some)
    }

    fn created_at(&self) -> Result<DateTime<Utc>, StoreError> {
        self.read(open::created_at)
    }

    fn generation(&self) -> Result<Generation, StoreError> {
        self.read(commit::generation)
    }

    fn judged(&self) -> Result<Judged, StoreError> {
        self.read(commit::judged)
    }

    fn commit(&mut self, expected: Generation, changes: &Changes, now: DateTime<Utc>) -> Result<Committed, StoreError> {
        self.line.clock(now);
        self.line.part(|session| commit::write(session, expected, changes, now))
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.line.begin()
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.line.keep()
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.line.undo();
        Ok(())
    }

    fn notice(&self, typed: &str) -> Result<Option<Notice>, StoreError> {
        self.read(|session| notices::typed(session, typed))
    }

    fn notice_by_digest(&self, sha256: &Digest) -> Result<Option<Notice>, StoreError> {
        self.read(|session| notices::by_digest(session, sha256))
    }

    fn notices_by_message_id(&self, message_id: &str) -> Result<Vec<Notice>, StoreError> {
        self.read(|session| notices::by_message_id(session, message_id))
    }

    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError> {
        self.read(|session| notices::list(session, filter))
    }

    fn notices_from(&self, page: &NoticePage) -> Result<Vec<Notice>, StoreError> {
        self.read(|session| notices::after(session, page))
    }

    fn raw(&self, notice: &NoticeId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|session| notices::raw(session, notice))
    }

    fn reading(&self, notice: &NoticeId) -> Result<Option<Reading>, StoreError> {
        self.read(|session| notices::reading(session, notice))
    }

    fn readings(&self, notice: &NoticeId) -> Result<Vec<Reading>, StoreError> {
        self.read(|session| notices::readings(session, notice))
    }

    fn review(&self, filter: ReviewFilter) -> Result<Vec<ReviewItem>, StoreError> {
        self.read(|session| notices::review(session, filter))
    }

    fn review_of(&self, notice: &NoticeId) -> Result<Option<ReviewItem>, StoreError> {
        self.read(|session| notices::review_of(session, notice))
    }

    fn coverage(&self) -> Result<Vec<Coverage>, StoreError> {
        self.read(notices::coverage)
    }

    fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        self.read(sources::list)
    }

    fn lease_source(
        &mut self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<SourceTurn, StoreError> {
        self.line.clock(now);
        self.write(|session| sources::lease(session, name, holder, now, until))
    }

    fn keep_source(&mut self, lease: &SourceLease, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|session| sources::keep(session, lease, until))
    }

    fn leave_source(&mut self, lease: &SourceLease) -> Result<(), StoreError> {
        self.write(|session| sources::leave(session, lease).map(|_| ()))
    }

    fn maintenance(&self, typed: &str) -> Result<Option<Maintenance>, StoreError> {
        self.read(|session| maintenances::typed(session, typed))
    }

    fn maintenances_with_reference(&self, vendor: &VendorId, folded: &str) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::with_reference(session, vendor, folded))
    }

    fn maintenances_of_notice(&self, notice: &NoticeId) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::of_notice(session, notice))
    }

    fn maintenance_vendors(&self) -> Result<Vec<VendorId>, StoreError> {
        self.read(maintenances::vendors)
    }

    fn maintenances_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::near(session, vendors, interval))
    }

    fn names_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<NamesNear>, StoreError> {
        self.read(|session| maintenances::names_near(session, vendors, interval))
    }

    fn maintenances_numbered(&self, numbers: &[MaintenanceNumber]) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::of_numbers(session, numbers))
    }

    fn maintenances_overlapping(&self, interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::overlapping(session, interval))
    }

    fn maintenances_active(&self, at: DateTime<Utc>) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::active(session, at))
    }

    fn active_maintenance_ids(&self, at: DateTime<Utc>) -> Result<Vec<MaintenanceId>, StoreError> {
        self.read(|session| maintenances::active_ids(session, at))
    }

    fn maintenances_of_ids(&self, ids: &[MaintenanceId]) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::of_ids(session, ids))
    }

    fn maintenances(&self, filter: &MaintenanceFilter) -> Result<Vec<Maintenance>, StoreError> {
        self.read(|session| maintenances::list(session, filter))
    }

    fn inventory_as_of(&self, at: DateTime<Utc>) -> Result<Option<Dated>, StoreError> {
        self.read(|session| inventory::as_of(session, &self.held, at))
    }

    fn inventory_part(
        &self,
        at: DateTime<Utc>,
        assets: &[AssetId],
        names: &[String],
    ) -> Result<Option<Inventory>, StoreError> {
        self.read(|session| inventory::part(session, at, assets, names))
    }

    fn inventory_versions(&self) -> Result<Vec<(u32, DateTime<Utc>)>, StoreError> {
        self.read(inventory::versions)
    }

    fn inventory_latest(&self) -> Result<Option<InventoryVersion>, StoreError> {
        self.read(|session| inventory::latest(session, &self.held))
    }

    fn findings(&self) -> Result<Vec<Kept>, StoreError> {
        self.read(findings::current)
    }

    fn finding(&self, typed: &str) -> Result<Option<Kept>, StoreError> {
        self.read(|session| findings::typed(session, typed))
    }

    fn checklist(&self) -> Result<Vec<CheckWord>, StoreError> {
        self.read(checklist::newest)
    }

    fn checklist_of(&self, item: &ChecklistId, limit: usize) -> Result<Vec<CheckWord>, StoreError> {
        self.read(|session| checklist::of(session, item, limit))
    }

    fn outage(&self, typed: &str) -> Result<Option<Outage>, StoreError> {
        self.read(|session| outages::typed(session, typed))
    }

    fn outages(&self, filter: OutageFilter) -> Result<Vec<Outage>, StoreError> {
        self.read(|session| outages::list(session, filter))
    }

    fn statements(&self, outage: &OutageId) -> Result<Vec<Statement>, StoreError> {
        self.read(|session| outages::statements(session, outage))
    }

    fn attachments(&self, outage: &OutageId) -> Result<Vec<Attachment>, StoreError> {
        self.read(|session| evidence::attachments(session, outage))
    }

    fn attached_file(&self, sha256: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|session| evidence::file(session, sha256))
    }

    fn claim_steps(&self, outage: &OutageId) -> Result<Vec<ClaimStep>, StoreError> {
        self.read(|session| evidence::steps(session, outage))
    }

    fn verdicts(&self, outage: &OutageId) -> Result<Vec<JudgedVerdict>, StoreError> {
        self.read(|session| outages::verdicts(session, outage))
    }

    fn overrides(&self, outage: &OutageId) -> Result<Vec<Override>, StoreError> {
        self.read(|session| outages::overrides(session, outage))
    }

    fn message(&self, typed: &str) -> Result<Option<Message>, StoreError> {
        self.read(|session| messages::typed(session, typed))
    }

    fn message_bytes(&self, message: &MessageId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|session| messages::bytes(session, message))
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.read(|session| message_list::list(session, filter))
    }

    fn message_ids(&self, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.read(|session| message_list::ids(session, filter))
    }

    fn messages_of_ids(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        self.read(|session| message_list::of_ids(session, ids))
    }

    fn undelivered(&self) -> Result<Vec<Undelivered>, StoreError> {
        self.read(message_list::undelivered)
    }

    fn messages_of_causes(&self, causes: &[Cause]) -> Result<Vec<Vec<Message>>, StoreError> {
        self.read(|session| messages::of_causes(session, causes))
    }

    fn messages_of_readers(&self, readers: &[Reader]) -> Result<Vec<Vec<Message>>, StoreError> {
        self.read(|session| message_list::of_readers(session, readers))
    }

    fn message_counts(&self, causes: &[Cause]) -> Result<Vec<usize>, StoreError> {
        self.read(|session| messages::counts(session, causes))
    }

    fn messages_to_staff(&self, from: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.read(|session| wakes::to_staff(session, from))
    }

    fn causes_due(&self, now: DateTime<Utc>) -> Result<Vec<Cause>, StoreError> {
        self.read(|session| wakes::due(session, now))
    }

    fn unseen(&self, limit: usize) -> Result<Vec<Unseen>, StoreError> {
        self.read(|session| wakes::unseen(session, limit))
    }

    fn last_plan(&self) -> Result<Option<LastPlan>, StoreError> {
        self.read(wakes::last_plan)
    }

    fn unsent(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Unsent, StoreError> {
        self.read(|session| wakes::unsent(session, from, to))
    }

    fn standing_causes(&self, from: DateTime<Utc>) -> Result<Vec<Cause>, StoreError> {
        self.read(|session| messages::standing_causes(session, from))
    }

    fn messages_by_contact(
        &self,
        cause: &Cause,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        self.read(|session| messages::by_contact(session, cause, after, limit))
    }

    fn outbox(&self, now: DateTime<Utc>) -> Result<Vec<MessageCount>, StoreError> {
        self.read(|session| messages::outbox(session, now))
    }

    fn lease_due(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        holder: &str,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::lease(session, (now, until), holder, limit))
    }

    fn hand_over(&mut self, leases: &[Hold<'_>], until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Lost, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::hand_over(session, leases, until, now))
    }

    fn settle(&mut self, ended: &[(Hold<'_>, &Settlement)], now: DateTime<Utc>) -> Result<Lost, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::settle(session, ended, now))
    }

    fn release(&mut self, now: DateTime<Utc>, _holder: &str) -> Result<usize, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::release(session, now))
    }

    fn ready_bytes(
        &mut self,
        rendered: &[(Hold<'_>, &[u8])],
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<MessageId, Vec<u8>>, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::ready_bytes(session, rendered, now))
    }

    fn take_turn(
        &mut self,
        message: &MessageId,
        domain: &str,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::take_turn(session, message, domain, most, now))
    }

    fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read(|session| delivery::next_due(session, now))
    }

    fn expire(&mut self, now: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.line.clock(now);
        self.write(|session| delivery::expire(session, now))
    }

    fn log(&self, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.read(|session| log::newest(session, limit))
    }

    fn log_of(&self, subject: &str) -> Result<Vec<LogEntry>, StoreError> {
        self.read(|session| log::of_subject(session, subject))
    }
}
