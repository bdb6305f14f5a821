//! What redundancy is missing, before a window finds it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::error::AppError;
use super::settings::App;
use crate::inventory::{Finding, Inventory};
use crate::maintenance::{Maintenance, State};
use crate::names::{MaintenanceId, Reference, VendorId};
use crate::time::Interval;
use crate::window::Window;

/// What an audit found.
#[derive(Debug, Clone, Serialize)]
pub struct AuditReport {
    /// What is wrong on any day.
    pub standing: Vec<Finding>,
    /// What goes wrong in windows ahead.
    pub windows: Vec<WindowFindings>,
    /// What should have been done by now.
    pub overdue: Vec<Overdue>,
}

/// What goes wrong in one window.
#[derive(Debug, Clone, Serialize)]
pub struct WindowFindings {
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// The window.
    pub interval: Interval,
    /// The findings.
    pub findings: Vec<Finding>,
    /// The vendor's names that match nothing in the inventory.
    pub unmatched: Vec<String>,
}

/// A checklist item that is overdue.
#[derive(Debug, Clone, Serialize)]
pub struct Overdue {
    /// Its id.
    pub id: String,
    /// What should have been done.
    pub what: String,
    /// What it concerns.
    pub asset: Option<String>,
    /// Who does it.
    pub owner: Option<String>,
    /// By when; none when it was never done.
    pub due_at: Option<DateTime<Utc>>,
}

impl AuditReport {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.standing.is_empty() && self.windows.is_empty() && self.overdue.is_empty()
    }
}

impl App {
    /// Audits the inventory, the windows that are open or begin before `now + next`, and the checklist.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`].
    pub fn audit(&self, next: TimeDelta, now: DateTime<Utc>) -> Result<AuditReport, AppError> {
        let inventory = self.inventory_at(now)?;
        let ahead = Interval::new(now, now + next)?;
        let mut windows = Vec::new();
        for maintenance in self.store.maintenances_overlapping(ahead)? {
            let state = maintenance.as_of(now + TimeDelta::seconds(1));
            if let Some(state) = state.filter(|state| !state.is_cancelled()) {
                let open = state.windows.iter().filter(|w| state.effective(w).is_some_and(|e| e.overlaps(&ahead)));
                windows.extend(open.filter_map(|window| of_window(&inventory, &maintenance, &state, window)));
            }
        }
        windows.sort_by_key(|found: &WindowFindings| found.interval);
        let overdue = inventory.overdue(now).into_iter().map(|due| Overdue {
            id: due.item.id.to_string(),
            what: due.item.what.clone(),
            asset: due.item.asset.as_ref().map(ToString::to_string),
            owner: due.item.owner.clone(),
            due_at: due.due_at,
        });
        Ok(AuditReport { standing: inventory.audit(), windows, overdue: overdue.collect() })
    }
}

fn of_window(
    inventory: &Inventory,
    maintenance: &Maintenance,
    state: &State,
    window: &Window,
) -> Option<WindowFindings> {
    let identity = &maintenance.identity;
    let objects = state.objects_of(window);
    let touched = inventory.touched_by(&identity.vendor, identity.account.as_deref(), objects, state.impact);
    let findings = inventory.audit_window(&touched);
    let unmatched: Vec<String> =
        touched.matches.iter().filter(|name| name.asset.is_none()).map(|name| name.name.clone()).collect();
    (!findings.is_empty() || !unmatched.is_empty()).then(|| WindowFindings {
        maintenance: maintenance.id.clone(),
        vendor: identity.vendor.clone(),
        reference: identity.reference.clone(),
        interval: window.interval,
        findings,
        unmatched,
    })
}
