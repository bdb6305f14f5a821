//! A store that dies: after so many calls, before or after the last of them did its work, it does nothing more, as that
//! of a process that was killed. Between two calls something else can be made to happen.

use std::cell::{Cell, RefCell};
use std::path::Path;

use chrono::{DateTime, Utc};
use inwindow::inventory::{CheckWord, Inventory, Kept};
use inwindow::maintenance::Maintenance;
use inwindow::names::{AssetId, ChecklistId, Digest, MaintenanceId, MessageId, NoticeId, OutageId, VendorId};
use inwindow::notice::{Coverage, Notice, Reading, ReviewItem};
use inwindow::outage::{Attachment, ClaimStep, Outage, Statement};
use inwindow::plan::{Cause, Message};
use inwindow::store::{
    Changes, Committed, Dated, Generation, InventoryVersion, Judged, JudgedVerdict, Leased, LogEntry,
    MaintenanceFilter, MaintenanceNumber, MessageCount, MessageFilter, NamesNear, NoticeFilter, NoticePage,
    OutageFilter, ReviewFilter, Settlement, SourceLease, SourceState, SourceTurn, SqliteStore, Store, StoreError,
};
use inwindow::time::Interval;
use inwindow::verdict::Override;

/// After how many calls, and what.
type Event = (usize, Box<dyn FnOnce()>);

thread_local! {
    /// What happens between two calls: after so many more of them, and once no transaction is open.
    static BETWEEN: RefCell<Option<Event>> = const { RefCell::new(None) };
}

/// Has something happen after so many calls to the stores of this thread.
pub fn between(calls: usize, what: Box<dyn FnOnce()>) {
    BETWEEN.with(|between| *between.borrow_mut() = Some((calls, what)));
}

/// Takes back what has not happened yet.
pub fn nothing_between() {
    BETWEEN.with(|between| *between.borrow_mut() = None);
}

/// When a store dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// In which call from now on, from 1.
    pub call: usize,
    /// Whether that call still did its work.
    pub done: bool,
}

#[derive(Clone, Copy)]
enum Open {
    Begins,
    Ends,
    Stays,
}

/// The store.
pub struct FrailStore {
    /// Gone when it has died: what was open is rolled back by that.
    living: RefCell<Option<SqliteStore>>,
    death: Cell<Option<Death>>,
    open: Cell<bool>,
}

impl FrailStore {
    pub fn open(path: &Path, now: DateTime<Utc>, death: Option<Death>) -> Self {
        let living = SqliteStore::open_existing(path, now).expect("opened");
        Self { living: RefCell::new(Some(living)), death: Cell::new(death), open: Cell::new(false) }
    }

    fn step<T>(
        &self,
        open: Open,
        call: impl FnOnce(&mut SqliteStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.happen();
        let dies = self.death.get().map(|death| Death { call: death.call - 1, ..death });
        self.death.set(dies.filter(|death| death.call > 0));
        let last = dies.filter(|death| death.call == 0);
        if last.is_some_and(|death| !death.done) {
            self.living.borrow_mut().take();
        }
        let answer = match self.living.borrow_mut().as_mut() {
            Some(store) => call(store),
            None => return Err(dead()),
        };
        match open {
            Open::Begins => self.open.set(answer.is_ok()),
            Open::Ends => self.open.set(false),
            Open::Stays => {}
        }
        if last.is_some() {
            self.living.borrow_mut().take();
            return Err(dead());
        }
        answer
    }

    fn happen(&self) {
        let due = BETWEEN.with(|between| {
            let mut between = between.borrow_mut();
            let (calls, what) = between.take()?;
            if calls == 0 && !self.open.get() {
                return Some(what);
            }
            *between = Some((calls.saturating_sub(1), what));
            None
        });
        if let Some(what) = due {
            what();
        }
    }
}

fn dead() -> StoreError {
    StoreError::Failed { store: "of a worker that was killed".into(), source: "killed".into() }
}

#[allow(clippy::redundant_closure_for_method_calls, reason = "one form for all calls")]
impl Store for FrailStore {
    fn secret(&self) -> Result<[u8; 32], StoreError> {
        self.step(Open::Stays, |store| store.secret())
    }

    fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.step(Open::Stays, |store| store.clock())
    }

    fn created_at(&self) -> Result<DateTime<Utc>, StoreError> {
        self.step(Open::Stays, |store| store.created_at())
    }

    fn generation(&self) -> Result<Generation, StoreError> {
        self.step(Open::Stays, |store| store.generation())
    }

    fn commit(&mut self, expected: Generation, changes: &Changes, now: DateTime<Utc>) -> Result<Committed, StoreError> {
        self.step(Open::Stays, |store| store.commit(expected, changes, now))
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.step(Open::Begins, |store| store.begin())
    }

    fn begin_light(&mut self) -> Result<(), StoreError> {
        self.step(Open::Begins, |store| store.begin_light())
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.step(Open::Ends, |store| store.keep())
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.step(Open::Ends, |store| store.undo())
    }

    fn notice(&self, typed: &str) -> Result<Option<Notice>, StoreError> {
        self.step(Open::Stays, |store| store.notice(typed))
    }

    fn notice_by_digest(&self, sha256: &Digest) -> Result<Option<Notice>, StoreError> {
        self.step(Open::Stays, |store| store.notice_by_digest(sha256))
    }

    fn notices_by_message_id(&self, message_id: &str) -> Result<Vec<Notice>, StoreError> {
        self.step(Open::Stays, |store| store.notices_by_message_id(message_id))
    }

    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError> {
        self.step(Open::Stays, |store| store.notices(filter))
    }

    fn raw(&self, notice: &NoticeId) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(Open::Stays, |store| store.raw(notice))
    }

    fn notices_from(&self, page: &NoticePage) -> Result<Vec<Notice>, StoreError> {
        self.step(Open::Stays, |store| store.notices_from(page))
    }

    fn reading(&self, notice: &NoticeId) -> Result<Option<Reading>, StoreError> {
        self.step(Open::Stays, |store| store.reading(notice))
    }

    fn readings(&self, notice: &NoticeId) -> Result<Vec<Reading>, StoreError> {
        self.step(Open::Stays, |store| store.readings(notice))
    }

    fn review(&self, filter: ReviewFilter) -> Result<Vec<ReviewItem>, StoreError> {
        self.step(Open::Stays, |store| store.review(filter))
    }

    fn review_of(&self, notice: &NoticeId) -> Result<Option<ReviewItem>, StoreError> {
        self.step(Open::Stays, |store| store.review_of(notice))
    }

    fn coverage(&self) -> Result<Vec<Coverage>, StoreError> {
        self.step(Open::Stays, |store| store.coverage())
    }

    fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        self.step(Open::Stays, |store| store.sources())
    }

    fn lease_source(
        &mut self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<SourceTurn, StoreError> {
        self.step(Open::Stays, |store| store.lease_source(name, holder, now, until))
    }

    fn keep_source(&mut self, lease: &SourceLease, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.step(Open::Stays, |store| store.keep_source(lease, until))
    }

    fn leave_source(&mut self, lease: &SourceLease) -> Result<(), StoreError> {
        self.step(Open::Stays, |store| store.leave_source(lease))
    }

    fn maintenance(&self, typed: &str) -> Result<Option<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenance(typed))
    }

    fn maintenances_with_reference(&self, vendor: &VendorId, folded: &str) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_with_reference(vendor, folded))
    }

    fn maintenances_of_notice(&self, notice: &NoticeId) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_of_notice(notice))
    }

    fn maintenance_vendors(&self) -> Result<Vec<VendorId>, StoreError> {
        self.step(Open::Stays, |store| store.maintenance_vendors())
    }

    fn maintenances_overlapping(&self, interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_overlapping(interval))
    }

    fn maintenances_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_near(vendors, interval))
    }

    fn names_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<NamesNear>, StoreError> {
        self.step(Open::Stays, |store| store.names_near(vendors, interval))
    }

    fn maintenances_numbered(&self, numbers: &[MaintenanceNumber]) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_numbered(numbers))
    }

    fn maintenances_active(&self, at: DateTime<Utc>) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_active(at))
    }

    fn active_maintenance_ids(&self, at: DateTime<Utc>) -> Result<Vec<MaintenanceId>, StoreError> {
        self.step(Open::Stays, |store| store.active_maintenance_ids(at))
    }

    fn maintenances_of_ids(&self, ids: &[MaintenanceId]) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances_of_ids(ids))
    }

    fn maintenances(&self, filter: &MaintenanceFilter) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Open::Stays, |store| store.maintenances(filter))
    }

    fn inventory_as_of(&self, at: DateTime<Utc>) -> Result<Option<Dated>, StoreError> {
        self.step(Open::Stays, |store| store.inventory_as_of(at))
    }

    fn inventory_part(
        &self,
        at: DateTime<Utc>,
        assets: &[AssetId],
        names: &[String],
    ) -> Result<Option<Inventory>, StoreError> {
        self.step(Open::Stays, |store| store.inventory_part(at, assets, names))
    }

    fn inventory_versions(&self) -> Result<Vec<(u32, DateTime<Utc>)>, StoreError> {
        self.step(Open::Stays, |store| store.inventory_versions())
    }

    fn inventory_latest(&self) -> Result<Option<InventoryVersion>, StoreError> {
        self.step(Open::Stays, |store| store.inventory_latest())
    }

    fn findings(&self) -> Result<Vec<Kept>, StoreError> {
        self.step(Open::Stays, |store| store.findings())
    }

    fn finding(&self, typed: &str) -> Result<Option<Kept>, StoreError> {
        self.step(Open::Stays, |store| store.finding(typed))
    }

    fn outage(&self, typed: &str) -> Result<Option<Outage>, StoreError> {
        self.step(Open::Stays, |store| store.outage(typed))
    }

    fn outages(&self, filter: OutageFilter) -> Result<Vec<Outage>, StoreError> {
        self.step(Open::Stays, |store| store.outages(filter))
    }

    fn statements(&self, outage: &OutageId) -> Result<Vec<Statement>, StoreError> {
        self.step(Open::Stays, |store| store.statements(outage))
    }

    fn verdicts(&self, outage: &OutageId) -> Result<Vec<JudgedVerdict>, StoreError> {
        self.step(Open::Stays, |store| store.verdicts(outage))
    }

    fn overrides(&self, outage: &OutageId) -> Result<Vec<Override>, StoreError> {
        self.step(Open::Stays, |store| store.overrides(outage))
    }

    fn attachments(&self, outage: &OutageId) -> Result<Vec<Attachment>, StoreError> {
        self.step(Open::Stays, |store| store.attachments(outage))
    }

    fn attached_file(&self, sha256: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(Open::Stays, |store| store.attached_file(sha256))
    }

    fn claim_steps(&self, outage: &OutageId) -> Result<Vec<ClaimStep>, StoreError> {
        self.step(Open::Stays, |store| store.claim_steps(outage))
    }

    fn checklist(&self) -> Result<Vec<CheckWord>, StoreError> {
        self.step(Open::Stays, |store| store.checklist())
    }

    fn checklist_of(&self, item: &ChecklistId, limit: usize) -> Result<Vec<CheckWord>, StoreError> {
        self.step(Open::Stays, |store| store.checklist_of(item, limit))
    }

    fn judged(&self) -> Result<Judged, StoreError> {
        self.step(Open::Stays, |store| store.judged())
    }

    fn message(&self, typed: &str) -> Result<Option<Message>, StoreError> {
        self.step(Open::Stays, |store| store.message(typed))
    }

    fn message_bytes(&self, message: &MessageId) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(Open::Stays, |store| store.message_bytes(message))
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.step(Open::Stays, |store| store.messages(filter))
    }

    fn messages_of_causes(&self, causes: &[Cause]) -> Result<Vec<Message>, StoreError> {
        self.step(Open::Stays, |store| store.messages_of_causes(causes))
    }

    fn message_counts(&self, causes: &[Cause]) -> Result<Vec<usize>, StoreError> {
        self.step(Open::Stays, |store| store.message_counts(causes))
    }

    fn messages_by_contact(
        &self,
        cause: &Cause,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        self.step(Open::Stays, |store| store.messages_by_contact(cause, after, limit))
    }

    fn outbox(&self, now: DateTime<Utc>) -> Result<Vec<MessageCount>, StoreError> {
        self.step(Open::Stays, |store| store.outbox(now))
    }

    fn lease_due(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        holder: &str,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        self.step(Open::Stays, |store| store.lease_due(now, until, holder, limit))
    }

    fn release(&mut self, now: DateTime<Utc>, holder: &str) -> Result<usize, StoreError> {
        self.step(Open::Stays, |store| store.release(now, holder))
    }

    fn ready_bytes(
        &mut self,
        message: &MessageId,
        fence: u64,
        rendered: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, StoreError> {
        self.step(Open::Stays, |store| store.ready_bytes(message, fence, rendered, now))
    }

    fn hand_over(
        &mut self,
        message: &MessageId,
        fence: u64,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.step(Open::Stays, |store| store.hand_over(message, fence, until, now))
    }

    fn settle(
        &mut self,
        message: &MessageId,
        fence: u64,
        settlement: &Settlement,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.step(Open::Stays, |store| store.settle(message, fence, settlement, now))
    }

    fn take_turn(
        &mut self,
        message: &MessageId,
        domain: &str,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.step(Open::Stays, |store| store.take_turn(message, domain, most, now))
    }

    fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.step(Open::Stays, |store| store.next_due(now))
    }

    fn expire(&mut self, now: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.step(Open::Stays, |store| store.expire(now))
    }

    fn log(&self, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.step(Open::Stays, |store| store.log(limit))
    }

    fn log_of(&self, subject: &str) -> Result<Vec<LogEntry>, StoreError> {
        self.step(Open::Stays, |store| store.log_of(subject))
    }
}
