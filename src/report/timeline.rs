//! Windows against outages at a glance: lanes over one time axis, drawn as SVG or in characters.

use chrono::{DateTime, TimeDelta, Utc};

use super::clocks::Clocks;
use crate::time::Interval;

/// Most lanes drawn: what fits a page of paper.
pub(super) const MAX_LANES: usize = 24;

/// How far apart the ticks of an axis can be, in seconds: lengths that people count in, up to a fortnight.
const STEPS: [i64; 15] =
    [60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600];

/// Lanes over one time axis.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// What the axis shows.
    pub span: Interval,
    /// The clocks of the axis.
    pub clocks: Clocks,
    /// From the top down.
    pub lanes: Vec<Lane>,
}

impl PartialEq for Timeline {
    fn eq(&self, other: &Self) -> bool {
        (self.span, &self.clocks.zone, &self.lanes) == (other.span, &other.clocks.zone, &other.lanes)
    }
}

impl Eq for Timeline {}

/// One lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// What stands before it.
    pub label: String,
    /// Spans of it.
    pub bars: Vec<Bar>,
    /// Instants of it.
    pub marks: Vec<Mark>,
}

/// A span on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// From when to when; what lies outside the axis is cut off.
    pub interval: Interval,
    /// What it is.
    pub shade: Shade,
    /// What is told of it when it is pointed at.
    pub title: String,
}

/// An instant on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: DateTime<Utc>,
    /// What is told of it when it is pointed at.
    pub title: String,
}

/// What a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// A confirmed window.
    Window,
    /// A window that does not count: tentative, cancelled, moved away.
    WindowInDoubt,
    /// The outage that the report is about.
    Outage,
    /// Another outage.
    OtherOutage,
    /// Seconds that the vendor is excused for.
    Excused,
    /// Seconds in a window that the vendor is not excused for.
    Counted,
    /// Seconds in no window.
    Outside,
    /// Seconds of which it cannot be said.
    Unclear,
}

impl Timeline {
    /// Where an instant lies on an axis of `width`: 0 at the start; cut off at both ends.
    #[must_use]
    pub fn place(&self, at: DateTime<Utc>, width: i64) -> i64 {
        let length = self.span.length().num_seconds().max(1);
        let from_start = (at - self.span.start()).num_seconds().clamp(0, length);
        // Both factors fit: an axis is at most some thousand units, a span at most some centuries of seconds.
        from_start * width / length
    }

    /// The instants marked on the axis, at most `most` and two at least where the span allows it: whole steps of UTC.
    #[must_use]
    pub fn ticks(&self, most: i64) -> Vec<DateTime<Utc>> {
        let length = self.span.length().num_seconds();
        let last = STEPS[STEPS.len() - 1];
        let step =
            STEPS.into_iter().find(|step| length / step < most).unwrap_or_else(|| (length / most / last + 1) * last);
        let first = self.span.start().timestamp().div_euclid(step) * step;
        let instants = (0..=most + 1).filter_map(|number| DateTime::from_timestamp(first + number * step, 0));
        instants.filter(|at| *at >= self.span.start() && *at < self.span.end()).collect()
    }
}

/// The axis that holds all of these, with a little air at both ends.
#[must_use]
pub(super) fn axis(around: Interval, others: &[Interval]) -> Interval {
    let start = others.iter().map(Interval::start).fold(around.start(), Ord::min);
    let end = others.iter().map(Interval::end).fold(around.end(), Ord::max);
    let whole = Interval::new(start, end).unwrap_or(around);
    whole.widened((whole.length() / 40).max(TimeDelta::minutes(2)))
}
