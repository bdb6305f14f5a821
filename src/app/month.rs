//! A month of outages: loads what it is put together from.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::check::find_asset;
use super::error::AppError;
use super::settings::App;
use crate::inventory::Inventory;
use crate::names::{CustomerId, VendorId, nearest};
use crate::outage::Outage;
use crate::report::{Clocks, MonthFacts, MonthOutageFacts, MonthScope, SlaMonth};
use crate::store::OutageFilter;
use crate::time::{Interval, Month, Zone};
use crate::verdict::Verdict;

/// Most versions of the inventory looked at for one month: several a day. Of more the newest count.
const MAX_VERSIONS: usize = 100;

/// Most outages in one report: thousands of pages. More are for a program that asks asset by asset.
const MAX_OUTAGES: usize = 50_000;

/// What a month is to be told of, as typed.
#[derive(Debug, Clone, Default)]
pub struct MonthWanted {
    /// This customer's assets alone.
    pub customer: Option<String>,
    /// This asset alone.
    pub asset: Option<String>,
    /// What stands on this vendor alone.
    pub vendor: Option<String>,
    /// Whether what was never down is told one by one.
    pub every: bool,
}

/// The versions of the inventory that were in force in a span, each from when on, in order; never empty.
type Versions = Vec<(DateTime<Utc>, Arc<Inventory>)>;

impl App {
    /// A month by the clocks of a zone, up to `now`.
    ///
    /// # Errors
    /// [`AppError::Usage`] for a month that has not begun or holds too many outages, [`AppError::Unknown`] and
    /// [`AppError::UnknownAsset`] for names that no version of the inventory has, [`AppError::NoInventory`],
    /// [`AppError::Store`].
    pub fn sla_month(
        &self,
        month: Month,
        wanted: &MonthWanted,
        zone: Zone,
        now: DateTime<Utc>,
    ) -> Result<SlaMonth, AppError> {
        let span = month.span(&zone);
        if span.start() >= now {
            return Err(AppError::usage(format!("{month} has not begun"), "ask for a month that has"));
        }
        let until = span.end().min(now);
        let (versions, limits) = self.versions_in(Interval::new(span.start(), until)?)?;
        let scope = scope(wanted, &versions)?;
        let near = self.store.outages(OutageFilter::Overlapping(span))?;
        if near.len() > MAX_OUTAGES {
            let what = format!("{month} has {} outages, more than the {MAX_OUTAGES} that one report takes", near.len());
            return Err(AppError::usage(what, "`inwindow check --batch` judges any number of them"));
        }
        let mut outages = Vec::new();
        for outage in near.into_iter().filter(|outage| outage.start.at < until) {
            outages.push(self.month_outage(outage, now)?);
        }
        Ok(SlaMonth::new(MonthFacts {
            month,
            span,
            until,
            scope,
            versions: &versions,
            outages: &outages,
            clocks: Clocks { zone },
            rules: self.settings.zones.version(),
            limits,
        }))
    }

    pub(super) fn month_outage(&self, outage: Outage, now: DateTime<Utc>) -> Result<MonthOutageFacts, AppError> {
        let interval = outage.interval(now.max(Interval::second_at(outage.start.at).end()))?;
        let verdicts = self.verdicts_up_to(&outage, interval, now)?;
        let overrides = self.store.overrides(&outage.id)?;
        let claims = self.claims_because(&outage, (&verdicts, &overrides))?;
        Ok(MonthOutageFacts { outage, interval, verdicts, overrides, claims })
    }

    /// The official verdicts over all of an outage: as they are kept, and where that is not all of it, as of an outage that is
    /// still open, judged now.
    fn verdicts_up_to(
        &self,
        outage: &Outage,
        interval: Interval,
        now: DateTime<Utc>,
    ) -> Result<Vec<Verdict>, AppError> {
        let kept = self.outage_seen(outage.id.as_str())?.verdicts;
        let mut verdicts = Vec::new();
        for asset in &outage.assets {
            let whole = |verdict: &&Verdict| verdict.asset == *asset && verdict.outage == interval;
            verdicts.push(match kept.iter().find(whole) {
                Some(verdict) => verdict.clone(),
                None => self.judge_outage(outage, asset, None, now)?,
            });
        }
        Ok(verdicts)
    }

    /// The versions of the inventory that were in force in a span, and what was left out of them.
    fn versions_in(&self, span: Interval) -> Result<(Versions, Vec<String>), AppError> {
        let mut applied: Vec<DateTime<Utc>> = Vec::new();
        for (_, applied_at) in self.store.inventory_versions()? {
            if applied_at < span.end() {
                applied.push(applied_at);
            }
            if applied_at <= span.start() {
                break;
            }
        }
        let mut limits = Vec::new();
        if applied.len() > MAX_VERSIONS {
            let all = applied.len();
            limits
                .push(format!("{all} versions of the inventory were in force: the last {MAX_VERSIONS} are looked at"));
            applied.truncate(MAX_VERSIONS);
        }
        let mut versions = Vec::new();
        for at in applied.into_iter().rev() {
            versions.push((at, self.inventory_at(at)?));
        }
        // None was in force yet: the first that was ever applied says what there was, as for verdicts.
        if versions.is_empty() {
            versions.push((span.start(), self.inventory_at(span.start())?));
        }
        Ok((versions, limits))
    }
}

/// What is asked for, known to one of the versions.
fn scope(wanted: &MonthWanted, versions: &Versions) -> Result<MonthScope, AppError> {
    let newest = &versions[versions.len() - 1].1;
    let any = |has: &dyn Fn(&Inventory) -> bool| versions.iter().any(|(_, inventory)| has(inventory));
    let customer = wanted.customer.as_deref().map(|typed| {
        let id = CustomerId::new(typed)?;
        if any(&|inventory| inventory.customers.contains_key(&id)) {
            return Ok(id);
        }
        let nearest = nearest(typed, newest.customers.keys().map(CustomerId::as_str)).map(str::to_owned);
        Err(AppError::Unknown { what: "customer", typed: typed.to_owned(), nearest })
    });
    let vendor = wanted.vendor.as_deref().map(|typed| {
        let id = VendorId::new(typed)?;
        if any(&|inventory| inventory.vendors.contains_key(&id)) {
            return Ok(id);
        }
        let nearest = nearest(typed, newest.vendors.keys().map(VendorId::as_str)).map(str::to_owned);
        Err(AppError::Unknown { what: "vendor", typed: typed.to_owned(), nearest })
    });
    let asset = wanted.asset.as_deref().map(|typed| {
        let found = versions.iter().rev().find_map(|(_, inventory)| find_asset(inventory, typed).ok());
        found.map_or_else(|| find_asset(newest, typed), Ok)
    });
    Ok(MonthScope {
        customer: customer.transpose()?,
        asset: asset.transpose()?,
        vendor: vendor.transpose()?,
        every: wanted.every,
    })
}
