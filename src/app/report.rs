//! Reports: loads what one is put together from.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::outage::OutageSeen;
use super::settings::App;
use crate::inventory::Inventory;
use crate::maintenance::Maintenance;
use crate::names::{AssetId, NoticeId, VendorId};
use crate::notice::Notice;
use crate::outage::{Attached, MAX_BUNDLED_BYTES, Outage};
use crate::plan::Cause;
use crate::report::{Bundle, Clocks, PostMortem, PostMortemFacts};
use crate::store::OutageFilter;
use crate::time::{Interval, Zone};
use crate::verdict::Verdict;

/// How far around an outage a post-mortem looks for windows and other outages: a day, as far as a window is taken to be
/// begun early.
const NEAR: TimeDelta = TimeDelta::hours(24);

/// Most other outages in a post-mortem: those that began nearest to it.
const MAX_BESIDE: usize = 50;

impl App {
    /// The post-mortem of a recorded outage, told by the clocks of `zone`, else by those of the vendor.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such outage, [`AppError::NoInventory`], [`AppError::Store`], and an unknown
    /// zone.
    pub fn post_mortem(&self, typed: &str, zone: Option<&str>, now: DateTime<Utc>) -> Result<PostMortem, AppError> {
        let seen = self.outage_seen(typed)?;
        let inventory = self.inventory_at(seen.outage.start.at)?;
        let interval = seen.outage.interval(now.max(Interval::second_at(seen.outage.start.at).end()))?;
        let vendors = vendors_of(&inventory, &seen.outage.assets);
        let maintenances = self.maintenances_near(&seen, &inventory, interval)?;
        let notices = self.notices_of(&seen.verdicts, &maintenances)?;
        let mut causes: Vec<Cause> = maintenances.iter().map(|m| Cause::Maintenance(m.id.clone())).collect();
        causes.push(Cause::Outage(seen.outage.id.clone()));
        // A digest may tell of several of them.
        let mut messages = self.store.messages_of_causes(&causes)?.concat();
        let mut met = BTreeSet::new();
        messages.retain(|message| met.insert(message.id.clone()));
        Ok(PostMortem::new(&PostMortemFacts {
            outage: &seen.outage,
            interval,
            verdicts: &seen.verdicts,
            later: &seen.later,
            overrides: &seen.overrides,
            statements: &seen.statements,
            attachments: &seen.attachments,
            claims: &seen.claims,
            maintenances: &maintenances,
            notices: &notices,
            messages: &messages,
            beside: &self.outages_near(&seen.outage, interval, &|other| {
                vendors_of(&inventory, &other.assets).iter().any(|vendor| vendors.contains(vendor))
            })?,
            clocks: self.clocks_for(&seen.verdicts, zone, &inventory, &vendors)?,
            rules: self.settings.zones.version(),
        }))
    }

    /// The evidence bundle of a recorded outage: its post-mortem and the notices as received.
    ///
    /// # Errors
    /// As [`App::post_mortem`]; [`AppError::Bundle`] when a part cannot be written.
    pub fn bundle(&self, typed: &str, now: DateTime<Utc>) -> Result<Bundle, AppError> {
        let post_mortem = self.post_mortem(typed, None, now)?;
        let mut raw = Vec::new();
        for notice in &post_mortem.notices {
            raw.extend(self.store.raw(&notice.id)?.map(|bytes| (notice.id.clone(), bytes)));
        }
        let (mut attached, mut left) = (Vec::new(), MAX_BUNDLED_BYTES);
        for attachment in &post_mortem.attachments {
            let Attached::File { bytes, sha256, kept: true, .. } = &attachment.what else { continue };
            if *bytes <= left && attached.iter().all(|(known, _)| known != sha256) {
                attached.extend(self.store.attached_file(sha256)?.map(|bytes| (sha256.clone(), bytes)));
                left -= bytes;
            }
        }
        Ok(Bundle::new(&post_mortem, &raw, &attached)?)
    }

    /// The wall clock of a report: the one asked for, that of the window a verdict rests on, the vendor's, or our own.
    ///
    /// # Errors
    /// The zone that was asked for, or ours, is unknown.
    fn clocks_for(
        &self,
        verdicts: &[Verdict],
        asked: Option<&str>,
        inventory: &Inventory,
        vendors: &BTreeSet<VendorId>,
    ) -> Result<Clocks, AppError> {
        let zones = &self.settings.zones;
        if let Some(name) = asked.filter(|name| !name.is_empty()) {
            return Ok(Clocks { zone: zones.get(name)? });
        }
        let of_window = verdicts.iter().find_map(|verdict| verdict.window.as_ref()).map(|window| window.zone.as_str());
        let of_vendor = vendors.iter().find_map(|id| inventory.vendors.get(id)).map(|vendor| vendor.zone.as_str());
        let named = of_window.into_iter().chain(of_vendor).find_map(|name| zones.get(name).ok());
        let own = || {
            let name = self.settings.config.zone.as_str();
            if name == "UTC" { Ok(Zone::utc()) } else { zones.get(name) }
        };
        Ok(Clocks { zone: named.map_or_else(own, Ok)? })
    }

    /// The wall clock that verdicts on these assets are told by.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`], and an unknown zone.
    pub fn clocks_of(&self, verdicts: &[Verdict], zone: Option<&str>) -> Result<Clocks, AppError> {
        let Some(first) = verdicts.first() else {
            return self.clocks_for(&[], zone, &Inventory::default(), &BTreeSet::new());
        };
        let inventory = self.inventory_at(first.outage.start())?;
        let assets: Vec<AssetId> = verdicts.iter().map(|verdict| verdict.asset.clone()).collect();
        self.clocks_for(verdicts, zone, &inventory, &vendors_of(&inventory, &assets))
    }

    /// The maintenances that a verdict rests on, and those with a window near the outage that touches its assets.
    fn maintenances_near(
        &self,
        seen: &OutageSeen,
        inventory: &Inventory,
        interval: Interval,
    ) -> Result<Vec<Maintenance>, AppError> {
        let mut near = self.store.maintenances_overlapping(interval.widened(NEAR))?;
        near.retain(|maintenance| concerns(inventory, maintenance, &seen.outage.assets));
        let rested_on = seen.verdicts.iter().filter_map(|verdict| verdict.window.as_ref()?.maintenance.as_ref());
        for id in rested_on {
            if near.iter().all(|maintenance| maintenance.id != *id) {
                near.extend(self.store.maintenance(id.as_str())?);
            }
        }
        Ok(near)
    }

    /// The notices that these maintenances came from, and those that a verdict rests on.
    fn notices_of(&self, verdicts: &[Verdict], maintenances: &[Maintenance]) -> Result<Vec<Notice>, AppError> {
        let revisions = maintenances.iter().flat_map(|maintenance| &maintenance.revisions);
        let mut ids: BTreeSet<NoticeId> = revisions.map(|revision| revision.notice.clone()).collect();
        ids.extend(verdicts.iter().filter_map(|verdict| Some(verdict.notice.as_ref()?.id.clone())));
        let mut notices = Vec::new();
        for id in &ids {
            notices.extend(self.store.notice(id.as_str())?);
        }
        Ok(notices)
    }

    /// Other outages near one that have something to do with it, those that began nearest to it first.
    fn outages_near(
        &self,
        outage: &Outage,
        interval: Interval,
        related: &dyn Fn(&Outage) -> bool,
    ) -> Result<Vec<Outage>, AppError> {
        let mut near = self.store.outages(OutageFilter::Overlapping(interval.widened(NEAR)))?;
        near.retain(|other| other.id != outage.id && related(other));
        near.sort_by_key(|other| ((other.start.at - outage.start.at).abs(), other.id.clone()));
        near.truncate(MAX_BESIDE);
        Ok(near)
    }
}

fn vendors_of(inventory: &Inventory, assets: &[AssetId]) -> BTreeSet<VendorId> {
    assets.iter().flat_map(|asset| inventory.vendors_of(asset)).collect()
}

/// Whether any window of a maintenance, as it stands or before it was moved away, is about one of these assets.
fn concerns(inventory: &Inventory, maintenance: &Maintenance, assets: &[AssetId]) -> bool {
    let (identity, state) = (&maintenance.identity, maintenance.latest());
    state.windows.iter().chain(&state.moved_away).any(|window| {
        let objects = state.objects_of(window);
        let touched = inventory.touched_by(&identity.vendor, identity.account.as_deref(), objects, state.impact);
        assets.iter().any(|asset| touched.assets.contains_key(asset))
    })
}
