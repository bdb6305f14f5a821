//! Scorecards of vendors: loads what is counted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::error::AppError;
use super::settings::App;
use crate::inventory::Inventory;
use crate::maintenance::Terms;
use crate::names::{NoticeId, VendorId};
use crate::report::{Clocks, SCORECARD_SCHEMA, Scorecards, ScoredOutage, Tally};
use crate::store::{MaintenanceFilter, NoticeFilter, OutageFilter, ReviewFilter};
use crate::time::{Interval, Zone};
use crate::verdict::Verdict;

/// Maintenances read at a time: some megabytes.
const PAGE: usize = 1_000;

impl App {
    /// The scorecards of these vendors, or of all of which something is known, over a span.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`], an unknown zone.
    pub fn scorecards(
        &self,
        vendors: &[VendorId],
        (from, to): (Option<DateTime<Utc>>, DateTime<Utc>),
        zone: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Scorecards, AppError> {
        let inventory = self.inventory_at(to)?;
        let mut ids: BTreeSet<VendorId> = vendors.iter().cloned().collect();
        if ids.is_empty() {
            ids.extend(inventory.vendors.keys().cloned());
            ids.extend(self.store.maintenance_vendors()?);
        }
        let clocks = self.scorecard_clocks(&ids, zone, &inventory)?;
        let terms: BTreeMap<VendorId, Terms> = ids
            .iter()
            .map(|id| {
                let of = inventory.vendors.get(id).map(|vendor| self.settings.terms_of(vendor));
                (id.clone(), of.unwrap_or_default())
            })
            .collect();
        let mut tallies: Vec<Tally<'_>> = Vec::new();
        for (id, terms) in &terms {
            let name = inventory.vendors.get(id).map_or_else(|| id.to_string(), |vendor| vendor.name.clone());
            let mut tally = Tally::new((id.clone(), name), terms, (from, to), now);
            self.count_maintenances(id, &mut tally)?;
            self.count_notices(id, &mut tally)?;
            tallies.push(tally);
        }
        self.count_outages(from, to, &mut tallies)?;
        Ok(Scorecards {
            schema: SCORECARD_SCHEMA,
            from,
            to,
            zone: clocks.zone.name().to_owned(),
            rules: self.settings.zones.version().clone(),
            vendors: tallies.into_iter().map(Tally::finish).collect(),
            clocks,
        })
    }

    fn count_maintenances(&self, vendor: &VendorId, tally: &mut Tally<'_>) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let filter = MaintenanceFilter { vendor: Some(vendor.clone()), after, limit: Some(PAGE) };
            let page = self.store.maintenances(&filter)?;
            for maintenance in &page {
                tally.maintenance(maintenance);
            }
            if page.len() < PAGE {
                return Ok(());
            }
            after = page.last().map(|last| last.id.clone());
        }
    }

    /// The notices of a vendor, and those of them that waited for a person.
    fn count_notices(&self, vendor: &VendorId, tally: &mut Tally<'_>) -> Result<(), AppError> {
        let notices = self.store.notices(&NoticeFilter { vendor: Some(vendor.clone()), ..NoticeFilter::default() })?;
        for notice in &notices {
            tally.notice(notice);
        }
        let own: BTreeSet<&NoticeId> = notices.iter().map(|notice| &notice.id).collect();
        for item in self.store.review(ReviewFilter::All)? {
            if item.vendor.as_ref() == Some(vendor) || own.contains(&item.notice) {
                tally.review(&item);
            }
        }
        Ok(())
    }

    /// The outages of the span, each for every vendor behind an asset of it.
    fn count_outages(
        &self,
        from: Option<DateTime<Utc>>,
        to: DateTime<Utc>,
        tallies: &mut [Tally<'_>],
    ) -> Result<(), AppError> {
        let filter = match from {
            Some(from) => OutageFilter::Overlapping(Interval::new(from, to)?),
            None => OutageFilter::All,
        };
        for outage in self.store.outages(filter)? {
            let inventory = self.inventory_at(outage.start.at)?;
            let seen = self.outage_seen(outage.id.as_str())?;
            for tally in &mut *tallies {
                let behind = |verdict: &&Verdict| inventory.vendors_of(&verdict.asset).contains(tally.vendor());
                let verdicts: Vec<Verdict> = seen.verdicts.iter().filter(behind).cloned().collect();
                tally.outage(&ScoredOutage {
                    outage: &outage,
                    verdicts: &verdicts,
                    statements: &seen.statements,
                    claims: &seen.claims,
                });
            }
        }
        Ok(())
    }

    /// The clocks asked for, those of the only vendor, or our own.
    fn scorecard_clocks(
        &self,
        vendors: &BTreeSet<VendorId>,
        asked: Option<&str>,
        inventory: &Inventory,
    ) -> Result<Clocks, AppError> {
        let zones = &self.settings.zones;
        let only = if vendors.len() == 1 { vendors.first() } else { None };
        let of_vendor = only.and_then(|id| inventory.vendors.get(id)).map(|vendor| vendor.zone.as_str());
        let name = asked.filter(|name| !name.is_empty()).or(of_vendor).unwrap_or(&self.settings.config.zone);
        Ok(Clocks { zone: if name == "UTC" { Zone::utc() } else { zones.get(name)? } })
    }
}
