//! A store that dies: after so many calls, before or after the last of them did its work, it does nothing more, as that
//! of a process that was killed. Between two calls something else can be made to happen.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use inwindow::inventory::{CheckWord, Inventory, Kept};
use inwindow::maintenance::Maintenance;
use inwindow::names::{AssetId, ChecklistId, Digest, MaintenanceId, MessageId, NoticeId, OutageId, VendorId};
use inwindow::notice::{Coverage, Notice, Reading, ReviewItem};
use inwindow::outage::{Attachment, ClaimStep, Outage, Statement};
use inwindow::plan::{Cause, Message, Unsent};
use inwindow::store::{
    Changes, Committed, Dated, Generation, Hold, InventoryVersion, Judged, JudgedVerdict, LastPlan, Leased, LogEntry,
    Lost, MaintenanceFilter, MaintenanceNumber, MessageCount, MessageFilter, NamesNear, NoticeFilter, NoticePage,
    OutageFilter, Reader, ReviewFilter, Settlement, SourceLease, SourceState, SourceTurn, Store, StoreError,
    Undelivered, Unseen,
};
use inwindow::time::Interval;
use inwindow::verdict::Override;

use crate::elsewhere::Home;

/// Between which two calls something else can happen; never while a transaction is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Any two.
    Any,
    /// Before what was decided is written.
    BeforeCommit,
    /// Before a transaction of a worker that holds leases, while nothing is under way over its one connection: however long
    /// the gap lasts, no mail arrives at its end that left at its beginning.
    Holding,
}

/// What happens between two calls.
struct Event {
    /// Gaps that are let go by before.
    after: usize,
    gap: Gap,
    what: Box<dyn FnOnce()>,
}

thread_local! {
    static BETWEEN: RefCell<Option<Event>> = const { RefCell::new(None) };
}

/// Has something happen in such a gap between calls to the stores of this thread, after so many of them.
pub fn between(after: usize, gap: Gap, what: Box<dyn FnOnce()>) {
    BETWEEN.with(|between| *between.borrow_mut() = Some(Event { after, gap, what }));
}

/// Takes back what has not happened yet.
pub fn nothing_between() {
    BETWEEN.with(|between| *between.borrow_mut() = None);
}

/// From when on the calls of a store are counted until it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// From the first.
    Opened,
    /// From that by which a message is first handed over.
    HandedOver,
}

/// When a store dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// What is counted.
    pub since: Since,
    /// In which call of these, from 1.
    pub call: usize,
    /// Whether that call still did its work.
    pub done: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Begins,
    Ends,
    Commits,
    HandsOver,
    Delivers,
    Other,
}

/// Whether who writes what it decided heeds that others have written since it looked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heed {
    Generation,
    Nothing,
}

/// What a worker holds a message for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Waits,
    HandedOver,
}

/// The store.
pub struct FrailStore {
    /// Gone when it has died: what was open is rolled back by that.
    living: RefCell<Option<Box<dyn Store>>>,
    death: Cell<Option<Death>>,
    open: Cell<bool>,
    held: RefCell<BTreeMap<MessageId, Held>>,
    heed: Heed,
}

impl FrailStore {
    pub fn open(home: &Home, now: DateTime<Utc>, death: Option<Death>) -> Self {
        Self {
            living: RefCell::new(Some(home.open(now))),
            death: Cell::new(death),
            open: Cell::new(false),
            held: RefCell::default(),
            heed: Heed::Generation,
        }
    }

    /// One that writes whatever others have written since it looked.
    pub fn heedless(home: &Home, now: DateTime<Utc>) -> Self {
        Self { heed: Heed::Nothing, ..Self::open(home, now, None) }
    }

    fn step<T>(&self, kind: Call, call: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.happen(kind);
        let last = self.count(kind);
        if last.is_some_and(|death| !death.done) {
            self.living.borrow_mut().take();
        }
        let answer = match self.living.borrow_mut().as_mut() {
            Some(store) => call(store.as_mut()),
            None => return Err(dead()),
        };
        match kind {
            Call::Begins => self.open.set(answer.is_ok()),
            Call::Ends => self.open.set(false),
            Call::Commits | Call::HandsOver | Call::Delivers | Call::Other => {}
        }
        if last.is_some() {
            self.living.borrow_mut().take();
            return Err(dead());
        }
        answer
    }

    /// Its death, when it dies in this call.
    fn count(&self, call: Call) -> Option<Death> {
        let death = self.death.get()?;
        let since = if call == Call::HandsOver { Since::Opened } else { death.since };
        let counted = match since {
            Since::Opened => Death { since, call: death.call - 1, ..death },
            Since::HandedOver => death,
        };
        self.death.set(Some(counted).filter(|death| death.call > 0));
        Some(counted).filter(|death| death.call == 0)
    }

    fn happen(&self, next: Call) {
        let due = BETWEEN.with(|between| {
            let event = between.borrow_mut().take()?;
            if !self.is_in(event.gap, next) {
                *between.borrow_mut() = Some(event);
                return None;
            }
            if event.after == 0 {
                return Some(event.what);
            }
            *between.borrow_mut() = Some(Event { after: event.after - 1, ..event });
            None
        });
        if let Some(what) = due {
            what();
        }
    }

    fn is_in(&self, gap: Gap, next: Call) -> bool {
        !self.open.get()
            && match gap {
                Gap::Any => true,
                Gap::BeforeCommit => next == Call::Commits,
                Gap::Holding => {
                    let held = self.held.borrow();
                    let all_wait = held.values().all(|held| *held == Held::Waits);
                    // Who holds one alone that was handed over begins a transaction to settle it: the relay has answered.
                    matches!(next, Call::Begins | Call::Delivers) && !held.is_empty() && (all_wait || held.len() == 1)
                }
            }
    }
}

fn dead() -> StoreError {
    StoreError::Failed { store: "of a worker that was killed".into(), source: "killed".into() }
}

#[allow(clippy::redundant_closure_for_method_calls, reason = "one form for all calls")]
impl Store for FrailStore {
    fn secret(&self) -> Result<[u8; 32], StoreError> {
        self.step(Call::Other, |store| store.secret())
    }

    fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.step(Call::Other, |store| store.clock())
    }

    fn created_at(&self) -> Result<DateTime<Utc>, StoreError> {
        self.step(Call::Other, |store| store.created_at())
    }

    fn generation(&self) -> Result<Generation, StoreError> {
        self.step(Call::Other, |store| store.generation())
    }

    fn commit(&mut self, expected: Generation, changes: &Changes, now: DateTime<Utc>) -> Result<Committed, StoreError> {
        self.step(Call::Commits, |store| {
            let expected = match self.heed {
                Heed::Generation => expected,
                Heed::Nothing => store.generation()?,
            };
            store.commit(expected, changes, now)
        })
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.step(Call::Begins, |store| store.begin())
    }

    fn keeps_lightly(&self) -> bool {
        self.living.borrow().as_ref().is_some_and(|store| store.keeps_lightly())
    }

    fn begin_light(&mut self) -> Result<(), StoreError> {
        self.step(Call::Begins, |store| store.begin_light())
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.step(Call::Ends, |store| store.keep())
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.step(Call::Ends, |store| store.undo())
    }

    fn notice(&self, typed: &str) -> Result<Option<Notice>, StoreError> {
        self.step(Call::Other, |store| store.notice(typed))
    }

    fn notice_by_digest(&self, sha256: &Digest) -> Result<Option<Notice>, StoreError> {
        self.step(Call::Other, |store| store.notice_by_digest(sha256))
    }

    fn notices_by_message_id(&self, message_id: &str) -> Result<Vec<Notice>, StoreError> {
        self.step(Call::Other, |store| store.notices_by_message_id(message_id))
    }

    fn notices(&self, filter: &NoticeFilter) -> Result<Vec<Notice>, StoreError> {
        self.step(Call::Other, |store| store.notices(filter))
    }

    fn raw(&self, notice: &NoticeId) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(Call::Other, |store| store.raw(notice))
    }

    fn notices_from(&self, page: &NoticePage) -> Result<Vec<Notice>, StoreError> {
        self.step(Call::Other, |store| store.notices_from(page))
    }

    fn reading(&self, notice: &NoticeId) -> Result<Option<Reading>, StoreError> {
        self.step(Call::Other, |store| store.reading(notice))
    }

    fn readings(&self, notice: &NoticeId) -> Result<Vec<Reading>, StoreError> {
        self.step(Call::Other, |store| store.readings(notice))
    }

    fn review(&self, filter: ReviewFilter) -> Result<Vec<ReviewItem>, StoreError> {
        self.step(Call::Other, |store| store.review(filter))
    }

    fn review_of(&self, notice: &NoticeId) -> Result<Option<ReviewItem>, StoreError> {
        self.step(Call::Other, |store| store.review_of(notice))
    }

    fn coverage(&self) -> Result<Vec<Coverage>, StoreError> {
        self.step(Call::Other, |store| store.coverage())
    }

    fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        self.step(Call::Other, |store| store.sources())
    }

    fn lease_source(
        &mut self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<SourceTurn, StoreError> {
        self.step(Call::Other, |store| store.lease_source(name, holder, now, until))
    }

    fn keep_source(&mut self, lease: &SourceLease, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.step(Call::Other, |store| store.keep_source(lease, until))
    }

    fn leave_source(&mut self, lease: &SourceLease) -> Result<(), StoreError> {
        self.step(Call::Other, |store| store.leave_source(lease))
    }

    fn maintenance(&self, typed: &str) -> Result<Option<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenance(typed))
    }

    fn maintenances_with_reference(&self, vendor: &VendorId, folded: &str) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_with_reference(vendor, folded))
    }

    fn maintenances_of_notice(&self, notice: &NoticeId) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_of_notice(notice))
    }

    fn maintenance_vendors(&self) -> Result<Vec<VendorId>, StoreError> {
        self.step(Call::Other, |store| store.maintenance_vendors())
    }

    fn maintenances_overlapping(&self, interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_overlapping(interval))
    }

    fn maintenances_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_near(vendors, interval))
    }

    fn names_near(&self, vendors: &[VendorId], interval: Interval) -> Result<Vec<NamesNear>, StoreError> {
        self.step(Call::Other, |store| store.names_near(vendors, interval))
    }

    fn maintenances_numbered(&self, numbers: &[MaintenanceNumber]) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_numbered(numbers))
    }

    fn maintenances_active(&self, at: DateTime<Utc>) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_active(at))
    }

    fn active_maintenance_ids(&self, at: DateTime<Utc>) -> Result<Vec<MaintenanceId>, StoreError> {
        self.step(Call::Other, |store| store.active_maintenance_ids(at))
    }

    fn maintenances_of_ids(&self, ids: &[MaintenanceId]) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances_of_ids(ids))
    }

    fn maintenances(&self, filter: &MaintenanceFilter) -> Result<Vec<Maintenance>, StoreError> {
        self.step(Call::Other, |store| store.maintenances(filter))
    }

    fn inventory_as_of(&self, at: DateTime<Utc>) -> Result<Option<Dated>, StoreError> {
        self.step(Call::Other, |store| store.inventory_as_of(at))
    }

    fn inventory_part(
        &self,
        at: DateTime<Utc>,
        assets: &[AssetId],
        names: &[String],
    ) -> Result<Option<Inventory>, StoreError> {
        self.step(Call::Other, |store| store.inventory_part(at, assets, names))
    }

    fn inventory_versions(&self) -> Result<Vec<(u32, DateTime<Utc>)>, StoreError> {
        self.step(Call::Other, |store| store.inventory_versions())
    }

    fn inventory_latest(&self) -> Result<Option<InventoryVersion>, StoreError> {
        self.step(Call::Other, |store| store.inventory_latest())
    }

    fn findings(&self) -> Result<Vec<Kept>, StoreError> {
        self.step(Call::Other, |store| store.findings())
    }

    fn finding(&self, typed: &str) -> Result<Option<Kept>, StoreError> {
        self.step(Call::Other, |store| store.finding(typed))
    }

    fn outage(&self, typed: &str) -> Result<Option<Outage>, StoreError> {
        self.step(Call::Other, |store| store.outage(typed))
    }

    fn outages(&self, filter: OutageFilter) -> Result<Vec<Outage>, StoreError> {
        self.step(Call::Other, |store| store.outages(filter))
    }

    fn statements(&self, outage: &OutageId) -> Result<Vec<Statement>, StoreError> {
        self.step(Call::Other, |store| store.statements(outage))
    }

    fn verdicts(&self, outage: &OutageId) -> Result<Vec<JudgedVerdict>, StoreError> {
        self.step(Call::Other, |store| store.verdicts(outage))
    }

    fn overrides(&self, outage: &OutageId) -> Result<Vec<Override>, StoreError> {
        self.step(Call::Other, |store| store.overrides(outage))
    }

    fn attachments(&self, outage: &OutageId) -> Result<Vec<Attachment>, StoreError> {
        self.step(Call::Other, |store| store.attachments(outage))
    }

    fn attached_file(&self, sha256: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(Call::Other, |store| store.attached_file(sha256))
    }

    fn claim_steps(&self, outage: &OutageId) -> Result<Vec<ClaimStep>, StoreError> {
        self.step(Call::Other, |store| store.claim_steps(outage))
    }

    fn checklist(&self) -> Result<Vec<CheckWord>, StoreError> {
        self.step(Call::Other, |store| store.checklist())
    }

    fn checklist_of(&self, item: &ChecklistId, limit: usize) -> Result<Vec<CheckWord>, StoreError> {
        self.step(Call::Other, |store| store.checklist_of(item, limit))
    }

    fn judged(&self) -> Result<Judged, StoreError> {
        self.step(Call::Other, |store| store.judged())
    }

    fn message(&self, typed: &str) -> Result<Option<Message>, StoreError> {
        self.step(Call::Other, |store| store.message(typed))
    }

    fn message_bytes(&self, message: &MessageId) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(Call::Other, |store| store.message_bytes(message))
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.step(Call::Other, |store| store.messages(filter))
    }

    fn message_ids(&self, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.step(Call::Other, |store| store.message_ids(filter))
    }

    fn messages_of_ids(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        self.step(Call::Other, |store| store.messages_of_ids(ids))
    }

    fn undelivered(&self) -> Result<Vec<Undelivered>, StoreError> {
        self.step(Call::Other, |store| store.undelivered())
    }

    fn messages_of_causes(&self, causes: &[Cause]) -> Result<Vec<Vec<Message>>, StoreError> {
        self.step(Call::Other, |store| store.messages_of_causes(causes))
    }

    fn messages_of_readers(&self, readers: &[Reader]) -> Result<Vec<Vec<Message>>, StoreError> {
        self.step(Call::Other, |store| store.messages_of_readers(readers))
    }

    fn message_counts(&self, causes: &[Cause]) -> Result<Vec<usize>, StoreError> {
        self.step(Call::Other, |store| store.message_counts(causes))
    }

    fn standing_causes(&self, from: DateTime<Utc>) -> Result<Vec<Cause>, StoreError> {
        self.step(Call::Other, |store| store.standing_causes(from))
    }

    fn messages_by_contact(
        &self,
        cause: &Cause,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        self.step(Call::Other, |store| store.messages_by_contact(cause, after, limit))
    }

    fn messages_to_staff(&self, from: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.step(Call::Other, |store| store.messages_to_staff(from))
    }

    fn causes_due(&self, now: DateTime<Utc>) -> Result<Vec<Cause>, StoreError> {
        self.step(Call::Other, |store| store.causes_due(now))
    }

    fn unseen(&self, limit: usize) -> Result<Vec<Unseen>, StoreError> {
        self.step(Call::Other, |store| store.unseen(limit))
    }

    fn last_plan(&self) -> Result<Option<LastPlan>, StoreError> {
        self.step(Call::Other, |store| store.last_plan())
    }

    fn unsent(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Unsent, StoreError> {
        self.step(Call::Other, |store| store.unsent(from, to))
    }

    fn outbox(&self, now: DateTime<Utc>) -> Result<Vec<MessageCount>, StoreError> {
        self.step(Call::Other, |store| store.outbox(now))
    }

    fn lease_due(
        &mut self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        holder: &str,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        let leased = self.step(Call::Other, |store| store.lease_due(now, until, holder, limit))?;
        self.held.borrow_mut().extend(leased.iter().map(|lease| (lease.message.id.clone(), Held::Waits)));
        Ok(leased)
    }

    fn release(&mut self, now: DateTime<Utc>, holder: &str) -> Result<usize, StoreError> {
        self.step(Call::Other, |store| store.release(now, holder))
    }

    fn ready_bytes(
        &mut self,
        rendered: &[(Hold<'_>, &[u8])],
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<MessageId, Vec<u8>>, StoreError> {
        self.step(Call::Delivers, |store| store.ready_bytes(rendered, now))
    }

    fn hand_over(&mut self, leases: &[Hold<'_>], until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Lost, StoreError> {
        let lost = self.step(Call::HandsOver, |store| store.hand_over(leases, until, now))?;
        let good = leases.iter().map(|hold| hold.message).filter(|message| !lost.contains(*message));
        self.held.borrow_mut().extend(good.map(|message| (message.clone(), Held::HandedOver)));
        Ok(lost)
    }

    fn settle(&mut self, ended: &[(Hold<'_>, &Settlement)], now: DateTime<Utc>) -> Result<Lost, StoreError> {
        let settled = self.step(Call::Delivers, |store| store.settle(ended, now));
        self.held.borrow_mut().retain(|message, _| ended.iter().all(|(hold, _)| hold.message != message));
        settled
    }

    fn take_turn(
        &mut self,
        message: &MessageId,
        domain: &str,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.step(Call::Other, |store| store.take_turn(message, domain, most, now))
    }

    fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.step(Call::Other, |store| store.next_due(now))
    }

    fn expire(&mut self, now: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
        self.step(Call::Other, |store| store.expire(now))
    }

    fn log(&self, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.step(Call::Other, |store| store.log(limit))
    }

    fn log_of(&self, subject: &str) -> Result<Vec<LogEntry>, StoreError> {
        self.step(Call::Other, |store| store.log_of(subject))
    }
}
