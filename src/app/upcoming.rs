//! Standing windows as planning is asked about them: what falls next, what customers were told of, and what is gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::ahead::standing_scope;
use super::error::AppError;
use super::planning::STILL_NEWS;
use super::settings::App;
use super::standing::BrokenWindows;
use crate::inventory::Inventory;
use crate::maintenance::Maintenance;
use crate::names::{AssetId, OccurrenceId, StandingId, VendorId};
use crate::plan::{Cause, Fall, Reasons, Upcoming};
use crate::time::Interval;
use crate::window::standing::{Counts, Reserve, Standing};
use crate::window::{Impact, Occurrence, Role, Schedule};

/// How long before the first of its reminders an occurrence is planned for: who plans once a day misses none.
const AHEAD_OF_REMINDERS: TimeDelta = TimeDelta::days(1);

/// Most occurrences of one standing window planned for at a time: a nightly one for two months. Later ones follow as these
/// pass.
const MAX_OCCURRENCES: usize = 62;

/// A standing window that announces by itself, with whom it is for.
struct Counted {
    id: StandingId,
    standing: Standing,
    schedule: Schedule,
    start: Vec<(AssetId, Impact)>,
}

/// When a vendor's notices have windows begin, each with what the notice touches.
type Announced = BTreeMap<VendorId, Vec<(DateTime<Utc>, BTreeSet<AssetId>)>>;

impl App {
    /// The standing windows that may be a reason to write at `now`, and their occurrences up to a day before the longest
    /// reminder; with those of which messages stand already, be they gone or not. Nothing where the policy never writes of
    /// any, nobody was ever written to, and nobody asks why.
    ///
    /// Of a file that cannot be used nothing is known, not even that its windows are gone: what was told of windows that are
    /// in no other file is left as it is.
    pub(super) fn upcoming(
        &self,
        inventory: &Inventory,
        reasons: Reasons,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Upcoming>, Vec<BrokenWindows>), AppError> {
        let policy = &self.settings.config.policy;
        let told = self.store.standing_causes(now - STILL_NEWS)?;
        if !policy.tells_of_standing() && told.is_empty() && reasons == Reasons::Dropped {
            return Ok((Vec::new(), Vec::new()));
        }
        let (usable, broken) = self.usable_standing(inventory)?;
        let counted = counted(usable, inventory, now);
        let mut found: BTreeMap<Cause, Upcoming> = BTreeMap::new();
        for window in &counted {
            let mut of_window = vec![window.whole(now)];
            if policy.tells_of_standing() {
                of_window.extend(window.occurrences(now, now + policy.longest_lead() + AHEAD_OF_REMINDERS));
            }
            found.extend(of_window.into_iter().map(|upcoming| (upcoming.cause.clone(), upcoming)));
        }
        let is_known =
            |cause: &Cause| counted.iter().any(|window| cause.standing_window().as_ref() == Some(&window.id));
        for cause in told {
            if !found.contains_key(&cause) && (broken.is_empty() || is_known(&cause)) {
                let upcoming = of_cause(&cause, &counted, inventory);
                found.extend(upcoming.map(|upcoming| (cause, upcoming)));
            }
        }
        let mut upcoming: Vec<Upcoming> = found.into_values().collect();
        self.take_over(&mut upcoming, inventory)?;
        Ok((upcoming, broken))
    }

    /// Finds what notices take over of the occurrences.
    fn take_over(&self, upcoming: &mut [Upcoming], inventory: &Inventory) -> Result<(), AppError> {
        let occurrences: Vec<Interval> = upcoming.iter().filter_map(occurrence_of).collect();
        let first = occurrences.iter().map(Interval::start).min();
        let last = occurrences.iter().map(Interval::end).max();
        let Some(span) = first.zip(last).and_then(|(first, last)| Interval::new(first, last).ok()) else {
            return Ok(());
        };
        let vendors: BTreeSet<VendorId> = upcoming.iter().map(|one| one.vendor.clone()).collect();
        let mut announced = Announced::new();
        for maintenance in self.store.maintenances_overlapping(span)? {
            let vendor = &maintenance.identity.vendor;
            if vendors.contains(vendor) {
                announced.entry(vendor.clone()).or_default().extend(stated(&maintenance, inventory));
            }
        }
        for one in upcoming {
            let Some(interval) = occurrence_of(one) else { continue };
            let by = announced.get(&one.vendor).into_iter().flatten().filter(|(start, _)| interval.contains(*start));
            one.taken_over = by.flat_map(|(_, assets)| assets).cloned().collect();
        }
        Ok(())
    }
}

/// Those that announce by themselves, fall at an hour that is known, are known by now and are for something of ours.
fn counted(standing: Vec<Standing>, inventory: &Inventory, now: DateTime<Utc>) -> Vec<Counted> {
    let counts = |standing: &Standing| match standing.counts {
        Counts::Alone => standing.slot.is_none() && standing.when.known_from().is_none_or(|from| from <= now),
        Counts::WithNotice => false,
    };
    let counted = |standing: Standing| {
        let schedule = standing.when.schedule(None)?.into_owned();
        let start = standing_scope(inventory, &standing)?.start;
        Some(Counted { id: StandingId::of(&standing.vendor, &standing.id), standing, schedule, start })
    };
    standing.into_iter().filter(counts).filter_map(counted).collect()
}

impl Counted {
    fn upcoming(&self, cause: Cause, fall: Fall, rule: Option<String>) -> Upcoming {
        Upcoming {
            cause,
            vendor: self.standing.vendor.clone(),
            fall,
            rule,
            known_from: self.standing.when.known_from(),
            start: self.start.clone(),
            taken_over: BTreeSet::new(),
        }
    }

    fn whole(&self, now: DateTime<Utc>) -> Upcoming {
        // One that has begun is no longer ahead of anybody.
        let found = self.schedule.next(now, MAX_OCCURRENCES).occurrences;
        let next = found.into_iter().find(|one| one.interval.start() > now);
        let fall = next.map_or(Fall::NoMore, |next| self.falls(&next));
        self.upcoming(Cause::Standing(self.id.clone()), fall, Some(self.standing.days_and_hours()))
    }

    /// Its occurrences that start after `now` and before `until`.
    fn occurrences(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Upcoming> {
        let Ok(span) = Interval::new(now, until) else { return Vec::new() };
        let found = self.schedule.first_overlapping(&span, MAX_OCCURRENCES).occurrences;
        found.iter().filter(|one| one.interval.start() > now).map(|one| self.occurrence(one)).collect()
    }

    fn occurrence(&self, one: &Occurrence) -> Upcoming {
        let id = OccurrenceId::of(one.interval.start(), &self.id);
        self.upcoming(Cause::Occurrence(id), self.falls(one), None)
    }

    fn falls(&self, one: &Occurrence) -> Fall {
        Fall::At(
            one.interval,
            match self.standing.reserve {
                Reserve::Planned => Role::Primary,
                Reserve::Contingency => Role::Contingency,
            },
        )
    }
}

/// What messages are about, as it is now.
fn of_cause(cause: &Cause, counted: &[Counted], inventory: &Inventory) -> Option<Upcoming> {
    let known = |id: &StandingId| counted.iter().find(|window| window.id == *id);
    let window = cause.standing_window()?;
    let found = match cause {
        Cause::Occurrence(id) => {
            let (start, _) = id.parts()?;
            let starting = |window: &Counted| {
                let found = window.schedule.starting_in(start..start + TimeDelta::seconds(1)).occurrences;
                found.first().map(|one| window.occurrence(one))
            };
            known(&window).and_then(starting)
        }
        // Those that there are were looked at as wholes.
        Cause::Standing(_)
        | Cause::Maintenance(_)
        | Cause::Outage(_)
        | Cause::Notice(_)
        | Cause::Source(_)
        | Cause::Vendor(_)
        | Cause::Day(_) => None,
    };
    let gone = || {
        let vendor = vendor_of(&window, inventory)?;
        let (start, taken_over, known_from) = (Vec::new(), BTreeSet::new(), None);
        Some(Upcoming { cause: cause.clone(), vendor, fall: Fall::Gone, rule: None, known_from, start, taken_over })
    };
    found.or_else(gone)
}

/// The vendor of a standing window by its id, also of one that is gone.
pub(super) fn vendor_of(window: &StandingId, inventory: &Inventory) -> Option<VendorId> {
    let known = inventory.vendors.keys().find(|vendor| window.is_of(vendor)).cloned();
    known.or_else(|| VendorId::new(window.as_str().split_once('/')?.0).ok())
}

/// The interval of one occurrence; a window as a whole is taken over by nothing.
fn occurrence_of(upcoming: &Upcoming) -> Option<Interval> {
    match (&upcoming.cause, upcoming.fall) {
        (Cause::Occurrence(_), Fall::At(interval, _)) => Some(interval),
        (_, Fall::At(..) | Fall::NoMore | Fall::Gone) => None,
    }
}

/// The starts of all windows that any notice ever gave a maintenance, moved and cancelled ones too: the vendor has said
/// what it does then (as the verdict has it).
fn stated(maintenance: &Maintenance, inventory: &Inventory) -> Vec<(DateTime<Utc>, BTreeSet<AssetId>)> {
    let (identity, state) = (&maintenance.identity, maintenance.latest());
    let touched = |objects| {
        let account = identity.account.as_deref();
        let touched = inventory.touched_by(&identity.vendor, account, objects, state.impact);
        touched.assets.into_keys().collect::<BTreeSet<AssetId>>()
    };
    let windows = maintenance.revisions.iter().flat_map(|revision| &revision.announcement.windows);
    windows.map(|window| (window.interval.start(), touched(state.objects_of(window)))).collect()
}
