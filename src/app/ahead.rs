//! The windows of a span as they are known at a moment: announced ones, and the occurrences of standing ones.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::settings::App;
use crate::inventory::{AuditedWindow, Inventory, Scope, Work};
use crate::names::{AssetId, VendorId};
use crate::time::Interval;
use crate::window::standing::{AppliesTo, Counts, Standing, Work as Where};
use crate::window::{Impact, StatedObject};

/// Most occurrences of one standing window looked at: a nightly one for more than five years.
const MAX_OCCURRENCES: usize = 2_000;

/// A window with what it begins with.
#[derive(Debug, Clone)]
pub(super) struct AheadWindow {
    pub(super) window: AuditedWindow,
    /// When the vendor may still work.
    pub(super) held: Interval,
    pub(super) scope: Scope,
    pub(super) kind: AheadKind,
}

/// How a window is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AheadKind {
    /// A notice announced it.
    Announced,
    /// It falls by a standing schedule.
    Standing,
}

impl AheadWindow {
    /// As the sweep for conflicts takes it.
    pub(super) fn work(&self) -> Work {
        Work { interval: self.held, start: self.scope.start.clone() }
    }
}

impl App {
    /// The windows that share an instant with `span`, by start, as known at `now` (a notice received at that very moment
    /// included); then what could not be looked at, in sentences.
    pub(super) fn windows_ahead(
        &self,
        inventory: &Inventory,
        span: Interval,
        now: DateTime<Utc>,
    ) -> Result<(Vec<AheadWindow>, Vec<String>), AppError> {
        let mut windows = Vec::new();
        for maintenance in self.store.maintenances_overlapping(span)? {
            let known = maintenance.as_of(now + TimeDelta::seconds(1));
            let Some(state) = known.filter(|state| !state.is_cancelled()) else { continue };
            let identity = &maintenance.identity;
            for window in &state.windows {
                let Some(held) = state.effective(window).filter(|held| held.overlaps(&span)) else { continue };
                let (objects, account) = (state.objects_of(window), identity.account.as_deref());
                windows.push(AheadWindow {
                    window: AuditedWindow {
                        vendor: identity.vendor.clone(),
                        reference: identity.reference.to_string(),
                        maintenance: Some((maintenance.id.clone(), window.ordinal)),
                        interval: window.interval,
                    },
                    held,
                    scope: inventory.scope(&identity.vendor, account, objects, state.impact),
                    kind: AheadKind::Announced,
                });
            }
        }
        let mut notes = Vec::new();
        let standing = self.standing_ahead(inventory, span, now, &mut notes)?;
        // A notice inside an occurrence takes it over (DESIGN.md section 7).
        let announced = by_vendor(&windows);
        windows.extend(standing.into_iter().filter(|occurrence| {
            !announced.get(&occurrence.window.vendor).is_some_and(|announced| holds_one(occurrence.held, announced))
        }));
        windows.sort_by(|a, b| (a.held, &a.window.maintenance).cmp(&(b.held, &b.window.maintenance)));
        Ok((windows, notes))
    }

    /// The occurrences of the standing windows of this inventory's vendors that announce by themselves.
    fn standing_ahead(
        &self,
        inventory: &Inventory,
        span: Interval,
        now: DateTime<Utc>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<AheadWindow>, AppError> {
        let mut found = Vec::new();
        let (usable, broken) = self.usable_standing(inventory)?;
        notes.extend(broken.iter().map(|broken| format!("its standing windows were not looked at: {broken}")));
        for standing in usable {
            let alone = match standing.counts {
                Counts::Alone => true,
                Counts::WithNotice => false,
            };
            let is_known = standing.when.known_from().is_none_or(|from| from <= now);
            if let Some(scope) = standing_scope(inventory, &standing).filter(|_| alone && is_known) {
                occurrences(&standing, &scope, span, &mut found, notes);
            }
        }
        Ok(found)
    }
}

/// The announced windows of each vendor, by start.
fn by_vendor(windows: &[AheadWindow]) -> BTreeMap<VendorId, Vec<Interval>> {
    let mut of: BTreeMap<VendorId, Vec<Interval>> = BTreeMap::new();
    for ahead in windows {
        of.entry(ahead.window.vendor.clone()).or_default().push(ahead.held);
    }
    for held in of.values_mut() {
        held.sort_unstable();
    }
    of
}

/// Whether one of the windows, given by start, lies wholly inside the occurrence.
fn holds_one(occurrence: Interval, windows: &[Interval]) -> bool {
    let first = windows.partition_point(|window| window.start() < occurrence.start());
    let starting_inside = windows[first..].iter().take_while(|window| window.start() < occurrence.end());
    starting_inside.into_iter().any(|window| window.end() <= occurrence.end())
}

fn occurrences(
    standing: &Standing,
    scope: &Scope,
    span: Interval,
    found: &mut Vec<AheadWindow>,
    notes: &mut Vec<String>,
) {
    let (vendor, name) = (&standing.vendor, &standing.id);
    let Some(schedule) = standing.when.schedule(None) else {
        notes.push(format!(
            "the standing window {vendor} {name} was not looked at: the zone of its assets is not known"
        ));
        return;
    };
    let past_end = match standing.work {
        Where::Inside => TimeDelta::zero(),
        Where::StartsInside { max } => max,
    };
    let expansion = schedule.first_overlapping(&span, MAX_OCCURRENCES + 1);
    if expansion.gave_up.is_some() || expansion.occurrences.len() > MAX_OCCURRENCES {
        notes.push(format!("the standing window {vendor} {name} was not looked at to the end"));
    }
    for occurrence in expansion.occurrences.iter().take(MAX_OCCURRENCES) {
        let interval = occurrence.interval;
        let held = Interval::new(interval.start(), interval.end() + past_end).unwrap_or(interval);
        let (vendor, reference) = (vendor.clone(), name.clone());
        let window = AuditedWindow { vendor, reference, maintenance: None, interval };
        found.push(AheadWindow { window, held, scope: scope.clone(), kind: AheadKind::Standing });
    }
}

/// Whom a standing window is for: what it names of the vendor's assets, or all of them, as far as they stand in the sites
/// that it names. None when it is for others.
pub(super) fn standing_scope(inventory: &Inventory, standing: &Standing) -> Option<Scope> {
    let impact = standing.impact.unwrap_or(Impact::Outage);
    let named = |names: &[String]| {
        let objects: Vec<_> = names.iter().map(|name| StatedObject { name: name.clone(), impact: None }).collect();
        inventory.scope(&standing.vendor, None, &objects, Some(impact)).start
    };
    let AppliesTo { assets, sites } = &standing.applies_to;
    // No name stands for all of them.
    let mut start = named(assets);
    if !sites.is_empty() {
        let sites: BTreeSet<AssetId> = named(sites).into_iter().map(|(site, _)| site).collect();
        let site_of = |id: &AssetId| inventory.assets.get(id).and_then(|asset| asset.site.as_ref());
        start.retain(|(id, _)| sites.contains(id) || site_of(id).is_some_and(|site| sites.contains(site)));
    }
    (!start.is_empty()).then_some(Scope { start, ..Scope::default() })
}
