//! Names of vendors that nothing here is called by, and teaching what they mean.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::error::AppError;
use super::look::Wanted;
use super::settings::App;
use crate::inventory::{Inventory, Taught};
use crate::names::{AssetId, MaintenanceId, Reference, VendorId};
use crate::notice::Status;
use crate::store::{Changes, LogEntry, NewInventory};
use crate::time::Interval;

/// How far ahead windows are looked through: further than anything is announced.
const AHEAD: TimeDelta = TimeDelta::days(3660);
/// How many assets are proposed for a name.
const MAX_CANDIDATES: usize = 3;

/// A vendor's name in windows ahead that matches no asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnmatchedName {
    /// Whose name.
    pub vendor: VendorId,
    /// As the vendor wrote it.
    pub name: String,
    /// When the first window that names it begins.
    pub first: DateTime<Utc>,
    /// The maintenances that name it.
    pub maintenances: Vec<(MaintenanceId, Reference)>,
    /// Assets whose names are most like it, the likest first.
    pub candidates: Vec<AssetId>,
}

/// What teaching a name did.
#[derive(Debug, Clone, Serialize)]
pub struct AliasDone {
    /// The version of the inventory that has it, or no longer.
    pub version: u32,
    /// What the name means, or meant.
    pub taught: Taught,
    /// Maintenances ahead whose notices use the name.
    pub matched: Vec<Reference>,
    /// Messages planned because of it.
    pub messages: usize,
}

impl App {
    /// The names in windows that are open or ahead which match nothing, by the window that comes first.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`].
    pub fn unmatched_names(&self, now: DateTime<Utc>) -> Result<Vec<UnmatchedName>, AppError> {
        let inventory = self.inventory()?;
        let span = Some(Interval::new(now, now + AHEAD)?);
        let mut names: BTreeMap<(VendorId, String), UnmatchedName> = BTreeMap::new();
        for row in self.windows(&Wanted { span, limit: usize::MAX, ..Wanted::default() })? {
            match row.status {
                Status::Cancelled | Status::Completed => continue,
                Status::Tentative | Status::Confirmed | Status::InProcess | Status::Rescheduled => {}
            }
            for name in row.unmatched {
                let known = names.entry((row.vendor.clone(), name.to_lowercase())).or_insert_with(|| UnmatchedName {
                    candidates: inventory.candidates(&row.vendor, &name, MAX_CANDIDATES),
                    vendor: row.vendor.clone(),
                    name,
                    first: row.start,
                    maintenances: Vec::new(),
                });
                let maintenance = (row.maintenance.clone(), row.reference.clone());
                if !known.maintenances.contains(&maintenance) {
                    known.maintenances.push(maintenance);
                }
            }
        }
        let mut names: Vec<_> = names.into_values().collect();
        names.sort_by(|a, b| (a.first, &a.vendor, &a.name).cmp(&(b.first, &b.vendor, &b.name)));
        Ok(names)
    }

    /// Teaches what a vendor's name means, as a new version of the inventory. Stored notices are matched by it at once,
    /// and what follows is planned.
    ///
    /// # Errors
    /// [`AppError::CannotTeach`], [`AppError::NoInventory`], [`AppError::Store`].
    pub fn teach(&mut self, taught: &Taught, now: DateTime<Utc>) -> Result<AliasDone, AppError> {
        let means = format!("`{}` of {} means {}", taught.name, taught.vendor, taught.asset);
        self.change_alias(taught.clone(), &means, now, |inventory| Ok(inventory.teach(taught.clone())?))
    }

    /// Takes back what was taught.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when nobody taught it, [`AppError::NoInventory`], [`AppError::Store`].
    pub fn forget_alias(
        &mut self,
        (vendor, name): (&VendorId, &str),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<AliasDone, AppError> {
        let inventory = self.inventory()?;
        let is_it =
            |taught: &&Taught| taught.vendor == *vendor && taught.name.to_lowercase() == name.trim().to_lowercase();
        let unknown = || AppError::Unknown { what: "taught name", typed: name.to_owned(), nearest: None };
        let taught = Taught { by: by.to_owned(), ..inventory.taught.iter().find(is_it).ok_or_else(unknown)?.clone() };
        let means = format!("`{}` of {} no longer means {}", taught.name, taught.vendor, taught.asset);
        self.change_alias(taught, &means, now, |inventory| inventory.forget(vendor, name).ok_or_else(unknown))
    }

    fn change_alias(
        &mut self,
        taught: Taught,
        what: &str,
        now: DateTime<Utc>,
        change: impl Fn(&Inventory) -> Result<Inventory, AppError>,
    ) -> Result<AliasDone, AppError> {
        let named = |app: &Self| -> Result<Vec<UnmatchedName>, AppError> { app.unmatched_names(now) };
        let before = named(self)?;
        self.transact(now, |app| {
            let inventory = change(app.inventory()?.as_ref())?;
            let log =
                LogEntry { at: now, who: taught.by.clone(), what: what.to_owned(), subject: taught.asset.to_string() };
            let new = NewInventory { inventory, applied_at: now };
            Ok((Changes { inventory: Some(new), log: vec![log], ..Changes::default() }, ()))
        })?;
        let after = named(self)?;
        let is_gone =
            |name: &&UnmatchedName| !after.iter().any(|left| (&left.vendor, &left.name) == (&name.vendor, &name.name));
        let gone = before.iter().filter(is_gone);
        let matched = gone.flat_map(|name| name.maintenances.iter().map(|(_, reference)| reference.clone())).collect();
        let messages = self.plan(now)?;
        self.judge_again(now)?;
        let version = self.store.inventory_latest()?.map_or(0, |version| version.version);
        Ok(AliasDone { version, taught, matched, messages })
    }
}
