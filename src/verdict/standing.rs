//! Standing windows before the judge: which of them concern the asset, and what their occurrences are worth.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use super::intake::IntakeGap;
use super::pieces::{Origin, Piece, Required, Search, worth};
use super::question::Known;
use super::scope::{Scope, Scopes};
use crate::maintenance::{Promise, Terms, Urgency};
use crate::names::VendorId;
use crate::notice::Status;
use crate::time::{Interval, Zones};
use crate::window::standing::{AppliesTo, Counts, Reserve, Standing, Work};
use crate::window::{Occurrence, Role, StatedObject, Window, Written};

/// A standing window of one of the asset's vendors, with its occurrences around the span asked about.
pub(super) struct Occurring<'a> {
    standing: &'a Standing,
    terms: Rc<Terms>,
    scope: Rc<Scope>,
    occurrences: Vec<Window>,
}

/// The standing windows that matter, and what about them cannot be said.
pub(super) struct StandingWindows<'a> {
    pub(super) windows: Vec<Occurring<'a>>,
    pub(super) gaps: Vec<IntakeGap>,
}

/// Finds the occurrences within the vendors' reach of a span.
///
/// One whose names for assets or places mean nothing in the inventory is nobody's here: files of standing windows ship with
/// the words of vendors, and only who gave an asset such an alias meant to have it judged by them.
pub(super) fn occurring<'a>(
    known: &Known<'a>,
    scopes: &Scopes<'_>,
    vendors: &BTreeMap<VendorId, Rc<Terms>>,
    span: Interval,
) -> StandingWindows<'a> {
    let mut found = StandingWindows { windows: Vec::new(), gaps: Vec::new() };
    let mut standing: Vec<&Standing> = known.standing.iter().collect();
    standing.sort_by_key(|standing| (&standing.vendor, &standing.id));
    for standing in standing {
        let Some(terms) = vendors.get(&standing.vendor) else { continue };
        let Some(scope) = scope_of(standing, scopes) else { continue };
        let is_in = matches!(*scope, Scope::In { .. });
        let Some(schedule) = standing.when.schedule(None) else {
            if is_in && standing.counts == Counts::Alone {
                found.gaps.push(IntakeGap::NoZone(told(standing)));
            }
            continue;
        };
        let expansion = schedule.overlapping(&span.widened(terms.reach() + TimeDelta::seconds(1)));
        if expansion.gave_up.is_some() && is_in {
            found.gaps.push(IntakeGap::NotExpanded(told(standing)));
        }
        let occurrences = (1..).zip(expansion.occurrences);
        let occurrences = occurrences.map(|(place, occurrence)| window(standing, place, &occurrence, known.zones));
        let occurrences: Vec<Window> = occurrences.collect();
        let unknown_slot = standing.slot.is_some() && standing.counts == Counts::Alone;
        if unknown_slot && is_in && occurrences.iter().any(|window| window.interval.overlaps(&span)) {
            found.gaps.push(IntakeGap::UnknownSlot(told(standing)));
        }
        found.windows.push(Occurring { standing, terms: Rc::clone(terms), scope, occurrences });
    }
    found
}

fn told(standing: &Standing) -> String {
    format!("{} {}", standing.vendor, standing.id)
}

/// Whether a standing window concerns the asset; none when all its names are unknown.
fn scope_of(standing: &Standing, scopes: &Scopes<'_>) -> Option<Rc<Scope>> {
    let (vendor, AppliesTo { assets, sites }) = (&standing.vendor, &standing.applies_to);
    let objects: Vec<StatedObject> =
        assets.iter().map(|name| StatedObject { name: name.clone(), impact: None }).collect();
    let scope = scopes.of_objects(vendor, None, &objects, standing.impact);
    if !assets.is_empty() && scopes.named(vendor, assets).is_empty() {
        return None;
    }
    if sites.is_empty() {
        return Some(scope);
    }
    let places = scopes.named(vendor, sites);
    match (places.is_empty(), scopes.stands_in(vendor, &places)) {
        (true, _) => None,
        (false, true) => Some(scope),
        (false, false) => Some(Rc::new(Scope::Other)),
    }
}

/// An occurrence as a window. Which reading of a local time holds is the schedule's own rule, so that there is one.
fn window(standing: &Standing, place: u32, occurrence: &Occurrence, zones: &Zones) -> Window {
    let zone = standing.when.schedule(None).and_then(|schedule| schedule.zone().map(|zone| zone.name().to_owned()));
    let zone = zone.unwrap_or_else(|| "UTC".to_owned());
    let start = occurrence.wall.format("%Y-%m-%dT%H:%M:%S").to_string();
    Window {
        ordinal: place,
        role: match standing.reserve {
            Reserve::Planned => Role::Primary,
            Reserve::Contingency => Role::Contingency,
        },
        interval: occurrence.interval,
        others: Vec::new(),
        flags: occurrence.flags.clone(),
        written: Written { start, end: String::new(), zone: Some(zone.clone()) },
        wall: None,
        zone,
        rules: zones.version().clone(),
        objects: Vec::new(),
    }
}

impl<'a> Occurring<'a> {
    /// Where its occurrences lie, with how far they reach before and after, and how far work may run past their end.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Interval, (TimeDelta, TimeDelta), TimeDelta, &Terms)> {
        let radii = (self.terms.standing_early_radius, self.terms.standing_after_radius);
        self.occurrences.iter().map(move |window| (window.interval, radii, self.runs_on(), &*self.terms))
    }

    fn runs_on(&self) -> TimeDelta {
        match self.standing.work {
            Work::Inside => self.terms.start_inside,
            Work::StartsInside { max } => max,
        }
    }

    /// The pieces of its occurrences, as far as it was known then and no notice took them over.
    ///
    /// A notice for the asset whose window begins inside an occurrence takes that over, whatever became of the notice; where
    /// work only starts inside the occurrence, it may run past the end of the notice's window too.
    pub(super) fn pieces(&self, search: Search<'_>, announced: &mut [Piece<'_>]) -> Vec<Piece<'a>> {
        if self.standing.when.known_from().is_some_and(|known_from| known_from >= search.before) {
            return Vec::new();
        }
        let runs_on = self.runs_on();
        let mut pieces = Vec::new();
        for window in &self.occurrences {
            let mut taken_over = false;
            for piece in announced.iter_mut().filter(|piece| self.is_taken_over(window, piece)) {
                piece.runs_on = piece.runs_on.max(runs_on);
                taken_over = true;
            }
            let counts = match self.standing.counts {
                Counts::Alone => self.standing.slot.is_none(),
                Counts::WithNotice => false,
            };
            if counts && !taken_over && search.outage.distance(&window.interval) <= self.terms.reach() {
                pieces.push(self.piece(window, runs_on));
            }
        }
        pieces
    }

    fn is_taken_over(&self, occurrence: &Window, by: &Piece<'_>) -> bool {
        by.vendor() == &self.standing.vendor
            && by.expected().is_some()
            && matches!(*self.scope, Scope::In { .. })
            && occurrence.interval.contains(by.window.interval.start())
    }

    fn piece(&self, window: &Window, runs_on: TimeDelta) -> Piece<'a> {
        let announced_at = self.standing.when.known_from().unwrap_or(DateTime::<Utc>::MIN_UTC);
        let start = window.interval.start();
        let given = start - announced_at;
        let promise = match self.standing.when.known_from() {
            Some(_) => self.terms.notice_for(self.standing.impact, Urgency::Planned),
            None => Promise::NONE,
        };
        let length = promise.before(start, &self.terms.calendar);
        Piece {
            interval: window.interval,
            worth: worth(&self.terms, (Status::Confirmed, window.role), (given, length)),
            scope: Rc::clone(&self.scope),
            announced_at,
            notice_given: given,
            required: Required { promise, length, planned: length },
            runs_on,
            withdrawn: None,
            terms: Rc::clone(&self.terms),
            window: window.clone(),
            origin: Origin::Standing(self.standing),
        }
    }
}
