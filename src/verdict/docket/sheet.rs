//! What a docket keeps of a part of a window.

use std::cmp::Ordering;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::maintenance::Terms;
use crate::time::Interval;
use crate::verdict::flags::{Flags, Short};
use crate::verdict::pieces::{Weighed, Worth, past_the_end};
use crate::window::Impact;

/// A part of a window by what was known of it for outages asked about as of an instant within a span. What it means for an asset is with those
/// that it concerns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    /// The number of the book that it belongs into.
    pub(super) book: u32,
    pub(super) interval: Interval,
    /// It holds as of every instant after this one …
    pub(super) known_after: DateTime<Utc>,
    /// … up to this one, it included.
    pub(super) known_until: DateTime<Utc>,
    pub(super) announced_at: DateTime<Utc>,
    pub(super) maintenance: u32,
    pub(super) ordinal: u32,
    pub(super) worth: Worth,
    pub(super) short: Short,
    pub(super) runs_on: TimeDelta,
    pub(super) terms: Rc<Terms>,
    /// What it says whatever the outage was.
    pub(super) flags: Flags,
}

/// A sheet as one outage meets it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighted<'d> {
    pub(super) sheet: &'d Sheet,
    /// What it means for the asset; none when it does not concern it.
    pub(super) expected: Option<Impact>,
    /// With the time that work may run past the end.
    pub(super) interval: Interval,
}

impl Weighed for Weighted<'_> {
    fn interval(&self) -> Interval {
        self.interval
    }

    fn worth(&self) -> Worth {
        self.sheet.worth
    }

    fn expected(&self) -> Option<Impact> {
        self.expected
    }

    fn radii(&self) -> (TimeDelta, TimeDelta) {
        (self.sheet.terms.early_radius, self.sheet.terms.after_radius)
    }

    fn terms(&self) -> &Terms {
        &self.sheet.terms
    }

    fn best_first(&self, other: &Self) -> Ordering {
        let (one, two) = (self.sheet, other.sheet);
        other
            .expected
            .cmp(&self.expected)
            .then(one.announced_at.cmp(&two.announced_at))
            .then(one.maintenance.cmp(&two.maintenance))
            .then(one.ordinal.cmp(&two.ordinal))
            .then(self.interval.cmp(&other.interval))
            .then(one.worth.cmp(&two.worth))
    }
}

impl Sheet {
    /// Whether it is what was known before this instant.
    pub(super) fn is_known_at(&self, as_of: DateTime<Utc>) -> bool {
        self.known_after < as_of && as_of <= self.known_until
    }

    /// What an outage meets of it, of an asset for which it means so much.
    pub(super) fn met_by(&self, outage: Interval, expected: Option<Impact>) -> Weighted<'_> {
        Weighted { sheet: self, expected, interval: past_the_end(self.interval, self.runs_on, outage) }
    }
}
