//! The maintenances of one unit of work: those that it has changed so far, over those that are stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::error::AppError;
use super::look::effect;
use super::settings::App;
use super::weigh::Effect;
use crate::inventory::Inventory;
use crate::maintenance::{Maintenance, Saying};
use crate::names::{MaintenanceId, NoticeId, Reference, VendorId};
use crate::notice::{Announcement, Doubt, Notice};
use crate::store::StoreError;

/// What a unit of work knows.
pub(super) struct Ledger<'a> {
    pub(super) app: &'a App,
    /// The inventory of today; none while nothing was applied.
    inventory: Option<Arc<Inventory>>,
    changed: BTreeMap<MaintenanceId, Maintenance>,
    /// Where the changed ones are found, beside where the store finds them.
    by_reference: HashMap<(VendorId, String), BTreeSet<MaintenanceId>>,
    by_notice: HashMap<NoticeId, BTreeSet<MaintenanceId>>,
}

impl<'a> Ledger<'a> {
    /// With nothing changed yet.
    pub(super) fn new(app: &'a App) -> Result<Self, StoreError> {
        let inventory = app.store.inventory_latest()?.map(|version| version.inventory);
        Ok(Self::under(app, inventory))
    }

    /// The same by an inventory that is only now applied.
    pub(super) fn under(app: &'a App, inventory: Option<Arc<Inventory>>) -> Self {
        let (by_reference, by_notice) = (HashMap::new(), HashMap::new());
        Self { app, inventory, changed: BTreeMap::new(), by_reference, by_notice }
    }

    /// The vendor that the inventory means by the name that a notice gives.
    pub(super) fn vendor<'v>(&'v self, named: &'v VendorId) -> &'v VendorId {
        self.inventory.as_ref().and_then(|inventory| inventory.vendor_named(named)).unwrap_or(named)
    }

    /// The doubt about a vendor that neither the inventory nor any profile knows. What it announced is kept and concerns
    /// nothing; most often the inventory calls the vendor something else. With no inventory there is nothing to be
    /// missing in.
    pub(super) fn unknown_vendor(&self, vendor: &VendorId) -> Option<Doubt> {
        if self.app.settings.profiles.get(vendor).is_some() {
            return None;
        }
        let is_missing = self.inventory.as_ref().is_some_and(|inventory| !inventory.vendors.contains_key(vendor));
        is_missing.then(|| Doubt::UnknownVendor { vendor: vendor.to_string() })
    }

    /// The doubt about a notice that the vendor it names so did not sign and must have.
    pub(super) fn not_authentic(&self, notice: &Notice, named: &VendorId) -> Option<Doubt> {
        self.app.settings.not_authentic(notice, named, self.vendor(named))
    }

    /// What an announcement did to a maintenance, as that stands now.
    pub(super) fn effect(&self, maintenance: &Maintenance, reference: Reference, what: &'static str) -> Effect {
        let empty = Inventory::default();
        effect(self.inventory.as_deref().unwrap_or(&empty), maintenance, reference, what)
    }

    /// Takes down how a maintenance stands now.
    pub(super) fn put(&mut self, maintenance: Maintenance) {
        for reference in maintenance.references() {
            let key = (maintenance.identity.vendor.clone(), reference.folded());
            self.by_reference.entry(key).or_default().insert(maintenance.id.clone());
        }
        for revision in &maintenance.revisions {
            self.by_notice.entry(revision.notice.clone()).or_default().insert(maintenance.id.clone());
        }
        self.changed.insert(maintenance.id.clone(), maintenance);
    }

    /// The maintenances changed so far.
    pub(super) fn into_changed(self) -> Vec<Maintenance> {
        self.changed.into_values().collect()
    }

    /// A maintenance as it stands.
    pub(super) fn maintenance(&self, id: &MaintenanceId) -> Result<Option<Maintenance>, StoreError> {
        match self.changed.get(id) {
            Some(changed) => Ok(Some(changed.clone())),
            None => self.app.store.maintenance(id.as_str()),
        }
    }

    /// Those that a notice speaks of, or ever spoke of.
    pub(super) fn of_notice(&self, notice: &NoticeId) -> Result<Vec<Maintenance>, StoreError> {
        let stored = self.app.store.maintenances_of_notice(notice)?;
        Ok(self.over(stored, self.by_notice.get(notice)))
    }

    /// Those that go by a reference of an announcement.
    pub(super) fn fitting(&self, announcement: &Announcement) -> Result<Vec<Maintenance>, StoreError> {
        let mut fitting = Vec::new();
        for reference in [Some(&announcement.reference), announcement.replaces.as_ref()].into_iter().flatten() {
            let (vendor, folded) = (&announcement.vendor, reference.folded());
            let stored = self.app.store.maintenances_with_reference(vendor, &folded)?;
            fitting.extend(self.over(stored, self.by_reference.get(&(vendor.clone(), folded))));
        }
        Ok(fitting)
    }

    /// Everything that a notice which says this could touch, each once.
    pub(super) fn around(&self, notice: &NoticeId, said: &[Saying]) -> Result<Vec<Maintenance>, AppError> {
        let mut around: BTreeMap<MaintenanceId, Maintenance> = BTreeMap::new();
        let mut add = |found: Vec<Maintenance>| around.extend(found.into_iter().map(|m| (m.id.clone(), m)));
        add(self.of_notice(notice)?);
        for saying in said {
            add(self.fitting(&saying.revision.announcement)?);
            if let Some(id) = &saying.belongs {
                add(self.maintenance(id)?.into_iter().collect());
            }
        }
        Ok(around.into_values().collect())
    }

    fn over(&self, stored: Vec<Maintenance>, changed: Option<&BTreeSet<MaintenanceId>>) -> Vec<Maintenance> {
        let ids: BTreeSet<MaintenanceId> = stored
            .iter()
            .map(|maintenance| maintenance.id.clone())
            .chain(changed.into_iter().flatten().cloned())
            .collect();
        let stored: BTreeMap<MaintenanceId, Maintenance> = stored.into_iter().map(|m| (m.id.clone(), m)).collect();
        ids.iter().filter_map(|id| self.changed.get(id).or_else(|| stored.get(id)).cloned()).collect()
    }
}
