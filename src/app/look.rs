//! Looking: windows, maintenances and messages as rows, and one thing by its id.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::outage::OutageSeen;
use super::settings::App;
use super::weigh::Effect;
use crate::inventory::{Inventory, Touched};
use crate::maintenance::{Maintenance, State};
use crate::names::{AssetId, CustomerId, MaintenanceId, Reference, VendorId, nearest};
use crate::notice::{Notice, Reading, Status};
use crate::outage::Outage;
use crate::plan::{Cause, Message, MessageState};
use crate::store::{MaintenanceFilter, NoticeFilter, OutageFilter};
use crate::time::Interval;
use crate::window::{Impact, Role, Window};

/// One window with what it touches.
#[derive(Debug, Clone, Serialize)]
pub struct WindowRow {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant no longer held.
    pub end: DateTime<Utc>,
    /// The zone it was written in.
    pub zone: String,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// Which of its windows.
    pub ordinal: u32,
    /// Primary or contingency.
    pub role: Role,
    /// Where it stands.
    pub status: Status,
    /// The worst expected impact on any asset.
    pub worst: Option<Impact>,
    /// The assets touched worse than NO-IMPACT.
    pub assets: Vec<AssetId>,
    /// The customers who use them.
    pub customers: Vec<CustomerId>,
    /// The vendor's names that match nothing.
    pub unmatched: Vec<String>,
}

/// Which windows, maintenances and messages to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those that share an instant with it.
    pub span: Option<Interval>,
    /// This vendor's.
    pub vendor: Option<VendorId>,
    /// Those that concern this asset.
    pub asset: Option<AssetId>,
    /// Those that concern this customer.
    pub customer: Option<CustomerId>,
    /// Messages in one of these states; where there is none, in any.
    pub states: Vec<MessageState>,
    /// At most this many windows, notices or outages.
    pub limit: usize,
}

/// One thing, found by its id.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Shown {
    /// A maintenance with every revision, and what holds now.
    Maintenance {
        /// Every revision.
        maintenance: Box<Maintenance>,
        /// What holds now.
        state: Box<State>,
        /// What its windows touch.
        windows: Vec<WindowRow>,
        /// The messages it caused.
        messages: Vec<Message>,
    },
    /// A notice with what was read in it.
    Notice {
        /// The notice.
        notice: Box<Notice>,
        /// What was read in it.
        reading: Option<Box<Reading>>,
    },
    /// An outage with its verdicts and statements.
    Outage(Box<OutageSeen>),
    /// A message.
    Message(Box<Message>),
}

impl App {
    /// Windows, by start.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn windows(&self, wanted: &Wanted) -> Result<Vec<WindowRow>, AppError> {
        let inventory = self.store.inventory_latest()?.map(|version| version.inventory).unwrap_or_default();
        let mut rows = Vec::new();
        for maintenance in self.maintenances(wanted)? {
            let state = maintenance.latest();
            rows.extend(window_rows(&inventory, &maintenance, &state));
        }
        rows.retain(|row| {
            wanted.span.is_none_or(|span| row.start < span.end() && span.start() < row.end)
                && wanted.asset.as_ref().is_none_or(|asset| row.assets.contains(asset))
                && wanted.customer.as_ref().is_none_or(|customer| row.customers.contains(customer))
        });
        rows.sort_by(|a, b| (a.start, &a.maintenance, a.ordinal).cmp(&(b.start, &b.maintenance, b.ordinal)));
        rows.truncate(wanted.limit);
        Ok(rows)
    }

    /// Maintenances, the newest word first.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn maintenances(&self, wanted: &Wanted) -> Result<Vec<Maintenance>, AppError> {
        let mut maintenances = match wanted.span {
            Some(span) => self.store.maintenances_overlapping(span)?,
            None => {
                self.store.maintenances(&MaintenanceFilter { vendor: wanted.vendor.clone(), ..Default::default() })?
            }
        };
        maintenances.retain(|m| wanted.vendor.as_ref().is_none_or(|vendor| m.identity.vendor == *vendor));
        if wanted.asset.is_some() || wanted.customer.is_some() {
            let inventory = self.inventory()?;
            maintenances.retain(|maintenance| concerns(&inventory, maintenance, wanted));
        }
        let newest = |maintenance: &Maintenance| maintenance.revisions.iter().map(|r| r.received.at).max();
        maintenances.sort_by(|a, b| newest(b).cmp(&newest(a)).then_with(|| a.id.cmp(&b.id)));
        Ok(maintenances)
    }

    /// Notices, newest receipt first. Those of an asset or a customer are the ones behind the maintenances that concern it.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`].
    pub fn notices(&self, wanted: &Wanted) -> Result<Vec<Notice>, AppError> {
        let filter = NoticeFilter { vendor: wanted.vendor.clone(), received: wanted.span, limit: None };
        let mut notices = self.store.notices(&filter)?;
        if wanted.asset.is_some() || wanted.customer.is_some() {
            let concerned = self.maintenances(&Wanted { span: None, ..wanted.clone() })?;
            let behind: BTreeSet<_> =
                concerned.iter().flat_map(|m| m.standing().map(|revision| revision.notice.clone())).collect();
            notices.retain(|notice| behind.contains(&notice.id));
        }
        notices.truncate(wanted.limit);
        Ok(notices)
    }

    /// Outages, newest first. Those of a vendor hit something that stands on it; those of a customer, something it uses.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`].
    pub fn outages(&self, wanted: &Wanted) -> Result<Vec<Outage>, AppError> {
        let mut outages = self.store.outages(wanted.span.map_or(OutageFilter::All, OutageFilter::Overlapping))?;
        outages.retain(|outage| wanted.asset.as_ref().is_none_or(|asset| outage.assets.contains(asset)));
        if wanted.vendor.is_some() || wanted.customer.is_some() {
            let inventory = self.inventory()?;
            outages.retain(|outage| {
                let of_vendor = |vendor| outage.assets.iter().any(|asset| inventory.vendors_of(asset).contains(vendor));
                wanted.vendor.as_ref().is_none_or(of_vendor)
                    && wanted.customer.as_ref().is_none_or(|customer| hit(&inventory, outage, customer))
            });
        }
        outages.reverse();
        outages.truncate(wanted.limit);
        Ok(outages)
    }

    /// The thing with this id, this beginning of an id, or this reference.
    ///
    /// # Errors
    /// [`AppError::Unknown`] with the nearest reference when there is none; [`AppError::Store`].
    pub fn show(&self, typed: &str) -> Result<Shown, AppError> {
        if let Some(maintenance) = self.store.maintenance(typed)? {
            let inventory = self.store.inventory_latest()?.map(|version| version.inventory).unwrap_or_default();
            let state = maintenance.latest();
            let windows = window_rows(&inventory, &maintenance, &state);
            let messages = self.store.messages_of_causes(&[Cause::Maintenance(maintenance.id.clone())])?.concat();
            return Ok(Shown::Maintenance {
                maintenance: Box::new(maintenance),
                state: Box::new(state),
                windows,
                messages,
            });
        }
        if let Some(notice) = self.store.notice(typed)? {
            let reading = self.store.reading(&notice.id)?.map(Box::new);
            return Ok(Shown::Notice { notice: Box::new(notice), reading });
        }
        if self.store.outage(typed)?.is_some() {
            return Ok(Shown::Outage(Box::new(self.outage_seen(typed)?)));
        }
        if let Some(message) = self.store.message(typed)? {
            return Ok(Shown::Message(Box::new(message)));
        }
        let maintenances = self.store.maintenances(&MaintenanceFilter::default())?;
        let known = maintenances.iter().flat_map(|m| [m.identity.reference.as_str(), m.id.as_str()]);
        let nearest = nearest(typed, known).map(str::to_owned);
        Err(AppError::Unknown { what: "maintenance, notice, outage or message", typed: typed.to_owned(), nearest })
    }

    /// Whether the inventory used for an instant had been applied by then.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn inventory_was_declared(&self, instant: DateTime<Utc>) -> Result<bool, AppError> {
        Ok(self.store.inventory_versions()?.iter().any(|(_, applied_at)| *applied_at <= instant))
    }
}

/// What an announcement did, with what its maintenance touches as it stands now.
pub(super) fn effect(
    inventory: &Inventory,
    maintenance: &Maintenance,
    reference: Reference,
    what: &'static str,
) -> Effect {
    let (mut assets, mut customers, mut unmatched) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for row in window_rows(inventory, maintenance, &maintenance.latest()) {
        assets.extend(row.assets);
        customers.extend(row.customers);
        unmatched.extend(row.unmatched);
    }
    Effect {
        maintenance: Some(maintenance.id.clone()),
        reference,
        what,
        assets: assets.into_iter().collect(),
        customers: customers.into_iter().collect(),
        unmatched: unmatched.into_iter().collect(),
    }
}

/// Whether a customer uses something that an outage took down.
fn hit(inventory: &Inventory, outage: &Outage, customer: &CustomerId) -> bool {
    let down: Vec<_> = outage.assets.iter().map(|asset| (asset.clone(), outage.impact)).collect();
    inventory.customers_touched(&inventory.spread(&down)).iter().any(|touch| touch.customer.id == *customer)
}

fn concerns(inventory: &Inventory, maintenance: &Maintenance, wanted: &Wanted) -> bool {
    window_rows(inventory, maintenance, &maintenance.latest()).iter().any(|row| {
        wanted.asset.as_ref().is_none_or(|asset| row.assets.contains(asset))
            && wanted.customer.as_ref().is_none_or(|customer| row.customers.contains(customer))
    })
}

/// The windows of a maintenance in one state, with what each touches.
fn window_rows(inventory: &Inventory, maintenance: &Maintenance, state: &State) -> Vec<WindowRow> {
    state.windows.iter().map(|window| window_row(inventory, maintenance, state, window)).collect()
}

fn window_row(inventory: &Inventory, maintenance: &Maintenance, state: &State, window: &Window) -> WindowRow {
    let identity = &maintenance.identity;
    let objects = state.objects_of(window);
    let touched = inventory.touched_by(&identity.vendor, identity.account.as_deref(), objects, state.impact);
    let customers = inventory.customers_touched(&touched.assets).into_iter().map(|touch| touch.customer.id.clone());
    WindowRow {
        start: window.interval.start(),
        end: state.effective(window).map_or(window.interval.end(), |effective| effective.end()),
        zone: window.zone.clone(),
        vendor: identity.vendor.clone(),
        reference: identity.reference.clone(),
        maintenance: maintenance.id.clone(),
        ordinal: window.ordinal,
        role: window.role,
        status: state.status,
        worst: touched.assets.values().map(|touch| touch.impact).max(),
        assets: worse_than_nothing(&touched),
        customers: customers.collect(),
        unmatched: touched.matches.iter().filter(|m| m.asset.is_none()).map(|m| m.name.clone()).collect(),
    }
}

fn worse_than_nothing(touched: &Touched) -> Vec<AssetId> {
    let touched = touched.assets.iter().filter(|(_, touch)| touch.impact > Impact::NoImpact);
    touched.map(|(asset, _)| asset.clone()).collect()
}
