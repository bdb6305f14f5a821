//! The store in one SQLite file: WAL, STRICT tables, `synchronous=FULL`, one writer at a time.

mod checklist;
mod column;
mod commit;
pub(super) mod delivery;
mod evidence;
mod fault;
mod findings;
pub(super) mod inventory;
mod log;
mod maintenances;
mod message_list;
pub(super) mod messages;
mod migrate;
pub(super) mod notices;
mod open;
mod outages;
mod pages;
mod sources;
mod tables;
pub(super) mod wakes;
pub(super) mod windows;

#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use self::fault::Outcome;
pub(super) use self::fault::classify;
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

/// Number and name of each migration.
#[cfg(test)]
pub(super) fn migrations() -> Vec<(u32, &'static str)> {
    migrate::ALL.iter().map(|step| (step.number, step.name)).collect()
}

/// A store in a SQLite file.
///
/// It may be moved between threads and used by one at a time; several processes may have the file open.
#[derive(Debug)]
pub struct SqliteStore {
    conn: Connection,
    /// The path, as errors show it.
    place: String,
    held: inventory::Held,
    maintenances: maintenances::Held,
    /// How what is open now, or what was kept last, was begun.
    begun: Begun,
}

/// What a transaction waits for when it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// For the disk.
    Fully,
    /// For nothing.
    Lightly,
}

impl SqliteStore {
    fn over(conn: Connection, place: &str) -> Self {
        let (held, maintenances) = (inventory::Held::default(), maintenances::Held::default());
        Self { conn, place: place.to_owned(), held, maintenances, begun: Begun::Fully }
    }

    /// Says it to SQLite where it is another one than before; it cannot be said in the midst of a transaction.
    fn about_to_begin(&mut self, begun: Begun) -> Result<(), StoreError> {
        if self.begun != begun && self.conn.is_autocommit() {
            let level = match begun {
                Begun::Fully => "PRAGMA synchronous = FULL",
                Begun::Lightly => "PRAGMA synchronous = NORMAL",
            };
            self.read(|conn| Ok(conn.execute_batch(level)?))?;
            self.begun = begun;
        }
        Ok(())
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T, StoreError> {
        work(&self.conn).map_err(|fault| fault.at(&self.place))
    }

    /// As [`Self::read`], for what takes many statements: all of them see one state of the store. Each by itself would take
    /// and give back the locks, which of a few thousand lasts longer than what they read.
    fn read_at_once<T>(&self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T, StoreError> {
        self.read(|conn| {
            let at_once = conn.is_autocommit().then(|| conn.unchecked_transaction()).transpose()?;
            let done = work(conn);
            drop(at_once);
            done
        })
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&mut Connection, &maintenances::Held) -> Outcome<T>,
    ) -> Result<T, StoreError> {
        // SQLite would let a transaction that finds nothing to write pass.
        if self.read(|conn| Ok(conn.is_readonly(rusqlite::MAIN_DB)?))? {
            return Err(StoreError::ReadOnly { store: self.place.clone() });
        }
        self.about_to_begin(Begun::Fully)?;
        work(&mut self.conn, &self.maintenances).map_err(|fault| fault.at(&self.place))
    }
}

impl Store for SqliteStore {
    fn secret(&self) -> Result<[u8; 32], StoreError> {
        self.read(|conn| Ok(conn.query_row("SELECT secret FROM meta", [], |row| row.get(0))?))
    }

    fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(None)
    }

    fn created_at(&self) -> Result<DateTime<Utc>, StoreError> {
        self.read(|conn| column::instant(conn.query_row("SELECT created_at FROM meta", [], |row| row.get(0))?))
    }

    fn generation(&self) -> Result<Generation, StoreError> {
        self.read(commit::generation)
    }

    fn judged(&self) -> Result<Judged, StoreError> {
        self.read(commit::judged)
    }

    fn commit(&mut self, expected: Generation, changes: &Changes, now: DateTime<Utc>) -> Result<Committed, StoreError> {
        let committed = self.write(|conn, held| commit::commit(conn, held, expected, changes, now));
        if committed.is_err() {
            self.maintenances.forget();
        }
        committed
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.write(|conn, held| {
            conn.execute_batch("BEGIN IMMEDIATE")?;
            held.begin();
            Ok(())
        })
    }

    fn keeps_lightly(&self) -> bool {
        true
    }

    fn begin_light(&mut self) -> Result<(), StoreError> {
        self.about_to_begin(Begun::Lightly)?;
        self.read(|conn| {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            Ok(())
        })
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.write(|conn, held| {
            held.end();
            let kept = conn.prepare_cached("COMMIT")?.execute([]);
            // What could not be kept is still open, and would be kept by the next who says so.
            if kept.is_err() && !conn.is_autocommit() {
                conn.execute_batch("ROLLBACK")?;
            }
            kept?;
            Ok(())
        })
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        // Some errors, such as a full disk, have forgotten everything already.
        self.write(|conn, held| {
            held.end();
            if !conn.is_autocommit() {
                conn.execute_batch("ROLLBACK")?;
            }
            Ok(())
        })
    }

    fn notice(&self, typed: &str) -> Result<Option<Notice>, StoreError> {
        self.read(|conn| notices::typed(conn, typed))
    }

    fn notice_by_digest(&self, sha256: &Digest) -> Result<Option<Notice>, StoreError> {
        self.read(|conn| notices::by_digest(conn, sha256))
    }

    fn notices_by_message_id(&self, message_id: &str) -> Result<Vec<Notice>, StoreError> {
        self.read(|conn| notices::by_message_id(conn, message_id))
    }

    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError> {
        self.read(|conn| notices::list(conn, filter))
    }

    fn notices_from(&self, page: &NoticePage) -> Result<Vec<Notice>, StoreError> {
        self.read(|conn| notices::after(conn, page))
    }

    fn raw(&self, notice: &NoticeId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|conn| notices::raw(conn, notice))
    }

    fn reading(&self, notice: &NoticeId) -> Result<Option<Reading>, StoreError> {
        self.read(|conn| notices::reading(conn, notice))
    }

    fn readings(&self, notice: &NoticeId) -> Result<Vec<Reading>, StoreError> {
        self.read(|conn| notices::readings(conn, notice))
    }

    fn review(&self, filter: ReviewFilter) -> Result<Vec<ReviewItem>, StoreError> {
        self.read(|conn| notices::review(conn, filter))
    }

    fn review_of(&self, notice: &NoticeId) -> Result<Option<ReviewItem>, StoreError> {
        self.read(|conn| notices::review_of(conn, notice))
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
        self.write(|conn, _| sources::lease(conn, name, holder, now, until))
    }

    fn keep_source(&mut self, lease: &SourceLease, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|conn, _| sources::keep(conn, lease, until))
    }

    fn leave_source(&mut self, lease: &SourceLease) -> Result<(), StoreError> {
        self.write(|conn, _| sources::leave(conn, lease).map(|_| ()))
    }

    fn maintenance(&self, typed: &str) -> Result<Option<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::typed(conn, &self.maintenances, typed))
    }

    fn maintenances_with_reference(&self, vendor: &VendorId, folded: &str) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::with_reference(conn, &self.maintenances, vendor, folded))
    }

    fn maintenances_of_notice(&self, notice: &NoticeId) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::of_notice(conn, &self.maintenances, notice))
    }

    fn maintenance_vendors(&self) -> Result<Vec<VendorId>, StoreError> {
        self.read(maintenances::vendors)
    }

    fn maintenances_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::near(conn, &self.maintenances, vendors, interval))
    }

    fn names_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<NamesNear>, StoreError> {
        self.read_at_once(|conn| windows::names_near(conn, vendors, interval))
    }

    fn maintenances_numbered(&self, numbers: &[MaintenanceNumber]) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::of_numbers(conn, &self.maintenances, numbers))
    }

    fn maintenances_overlapping(&self, interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::overlapping(conn, &self.maintenances, interval))
    }

    fn maintenances_active(&self, at: DateTime<Utc>) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::active(conn, &self.maintenances, at))
    }

    fn active_maintenance_ids(&self, at: DateTime<Utc>) -> Result<Vec<MaintenanceId>, StoreError> {
        self.read(|conn| maintenances::active_ids(conn, at))
    }

    fn maintenances_of_ids(&self, ids: &[MaintenanceId]) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::of_ids(conn, &self.maintenances, ids))
    }

    fn maintenances(&self, filter: &MaintenanceFilter) -> Result<Vec<Maintenance>, StoreError> {
        self.read_at_once(|conn| maintenances::list(conn, &self.maintenances, filter))
    }

    fn inventory_as_of(&self, at: DateTime<Utc>) -> Result<Option<Dated>, StoreError> {
        self.read_at_once(|conn| inventory::as_of(conn, &self.held, at))
    }

    fn inventory_part(
        &self,
        at: DateTime<Utc>,
        assets: &[AssetId],
        names: &[String],
    ) -> Result<Option<Inventory>, StoreError> {
        self.read_at_once(|conn| inventory::part(conn, at, assets, names))
    }

    fn inventory_versions(&self) -> Result<Vec<(u32, DateTime<Utc>)>, StoreError> {
        self.read(inventory::versions)
    }

    fn inventory_latest(&self) -> Result<Option<InventoryVersion>, StoreError> {
        self.read_at_once(|conn| inventory::latest(conn, &self.held))
    }

    fn findings(&self) -> Result<Vec<Kept>, StoreError> {
        self.read(findings::current)
    }

    fn finding(&self, typed: &str) -> Result<Option<Kept>, StoreError> {
        self.read(|conn| findings::typed(conn, typed))
    }

    fn checklist(&self) -> Result<Vec<CheckWord>, StoreError> {
        self.read(checklist::newest)
    }

    fn checklist_of(&self, item: &ChecklistId, limit: usize) -> Result<Vec<CheckWord>, StoreError> {
        self.read(|conn| checklist::of(conn, item, limit))
    }

    fn outage(&self, typed: &str) -> Result<Option<Outage>, StoreError> {
        self.read(|conn| outages::typed(conn, typed))
    }

    fn outages(&self, filter: OutageFilter) -> Result<Vec<Outage>, StoreError> {
        self.read(|conn| outages::list(conn, filter))
    }

    fn statements(&self, outage: &OutageId) -> Result<Vec<Statement>, StoreError> {
        self.read(|conn| outages::statements(conn, outage))
    }

    fn attachments(&self, outage: &OutageId) -> Result<Vec<Attachment>, StoreError> {
        self.read(|conn| evidence::attachments(conn, outage))
    }

    fn attached_file(&self, sha256: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|conn| evidence::file(conn, sha256))
    }

    fn claim_steps(&self, outage: &OutageId) -> Result<Vec<ClaimStep>, StoreError> {
        self.read(|conn| evidence::steps(conn, outage))
    }

    fn verdicts(&self, outage: &OutageId) -> Result<Vec<JudgedVerdict>, StoreError> {
        self.read(|conn| outages::verdicts(conn, outage))
    }

    fn overrides(&self, outage: &OutageId) -> Result<Vec<Override>, StoreError> {
        self.read(|conn| outages::overrides(conn, outage))
    }

    fn message(&self, typed: &str) -> Result<Option<Message>, StoreError> {
        self.read(|conn| messages::typed(conn, typed))
    }

    fn message_bytes(&self, message: &MessageId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|conn| messages::bytes(conn, message))
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.read(|conn| message_list::list(conn, filter))
    }

    fn message_ids(&self, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.read(|conn| message_list::ids(conn, filter))
    }

    fn messages_of_ids(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        self.read(|conn| message_list::of_ids(conn, ids))
    }

    fn undelivered(&self) -> Result<Vec<Undelivered>, StoreError> {
        self.read(message_list::undelivered)
    }

    fn messages_of_causes(&self, causes: &[Cause]) -> Result<Vec<Vec<Message>>, StoreError> {
        self.read(|conn| messages::of_causes(conn, causes))
    }

    fn messages_of_readers(&self, readers: &[Reader]) -> Result<Vec<Vec<Message>>, StoreError> {
        self.read(|conn| message_list::of_readers(conn, readers))
    }

    fn message_counts(&self, causes: &[Cause]) -> Result<Vec<usize>, StoreError> {
        self.read(|conn| messages::counts(conn, causes))
    }

    fn messages_to_staff(&self, from: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.read(|conn| wakes::to_staff(conn, from))
    }

    fn causes_due(&self, now: DateTime<Utc>) -> Result<Vec<Cause>, StoreError> {
        self.read(|conn| wakes::due(conn, now))
    }

    fn unseen(&self, limit: usize) -> Result<Vec<Unseen>, StoreError> {
        self.read(|conn| wakes::unseen(conn, limit))
    }

    fn last_plan(&self) -> Result<Option<LastPlan>, StoreError> {
        self.read(wakes::last_plan)
    }

    fn unsent(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Unsent, StoreError> {
        self.read(|conn| wakes::unsent(conn, from, to))
    }

    fn standing_causes(&self, from: DateTime<Utc>) -> Result<Vec<Cause>, StoreError> {
        self.read(|conn| messages::standing_causes(conn, from))
    }

    fn messages_by_contact(
        &self,
        cause: &Cause,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        self.read(|conn| messages::by_contact(conn, cause, after, limit))
    }

    fn outbox(&self, now: DateTime<Utc>) -> Result<Vec<MessageCount>, StoreError> {
        self.read(|conn| messages::outbox(conn, now))
    }

    fn lease_due(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        holder: &str,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        self.write(|conn, _| delivery::lease(conn, (now, until), holder, limit))
    }

    fn hand_over(&mut self, leases: &[Hold<'_>], until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Lost, StoreError> {
        self.write(|conn, _| delivery::hand_over(conn, leases, until, now))
    }

    fn settle(&mut self, ended: &[(Hold<'_>, &Settlement)], now: DateTime<Utc>) -> Result<Lost, StoreError> {
        self.write(|conn, _| delivery::settle(conn, ended, now))
    }

    fn release(&mut self, now: DateTime<Utc>, holder: &str) -> Result<usize, StoreError> {
        self.write(|conn, _| delivery::release(conn, now, holder))
    }

    fn ready_bytes(
        &mut self,
        rendered: &[(Hold<'_>, &[u8])],
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<MessageId, Vec<u8>>, StoreError> {
        self.write(|conn, _| delivery::ready_bytes(conn, rendered, now))
    }

    fn take_turn(
        &mut self,
        message: &MessageId,
        domain: &str,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.write(|conn, _| delivery::take_turn(conn, message, domain, most, now))
    }

    fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read(|conn| delivery::next_due(conn, now))
    }

    fn expire(&mut self, now: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.write(|conn, _| delivery::expire(conn, now))
    }

    fn log(&self, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.read(|conn| log::newest(conn, limit))
    }

    fn log_of(&self, subject: &str) -> Result<Vec<LogEntry>, StoreError> {
        self.read(|conn| log::of_subject(conn, subject))
    }
}
