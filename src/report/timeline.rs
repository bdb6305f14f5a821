//! Windows against outages at a glance: lanes over one time axis, drawn as SVG or in characters.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Utc};

use super::clocks::Clocks;
use crate::time::{Interval, earliest};

/// Most lanes drawn: what fits a page of paper.
pub(super) const MAX_LANES: usize = 24;

/// How far apart the ticks of an axis can be, in seconds: lengths that people count in, up to a fortnight.
const STEPS: [i64; 16] = [
    60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 432_000, 604_800,
    1_209_600,
];

/// Seconds of a day.
const DAY: i64 = 86_400;

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
    /// Seconds that the vendor is not excused for, in a window or not.
    Unexcused,
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

    /// Every so manyth midnight of the wall clock.
    fn midnights(&self, every: i64) -> Vec<DateTime<Utc>> {
        let zone = &self.clocks.zone;
        let first = zone.local(self.span.start()).date_naive();
        let step = usize::try_from(every).unwrap_or(usize::MAX);
        let midnights = first.iter_days().map(|day| earliest(zone, day.and_time(NaiveTime::MIN)));
        let inside = midnights.skip_while(|at| *at < self.span.start()).take_while(|at| *at < self.span.end());
        inside.step_by(step).collect()
    }

    /// What stands at a tick: the time of day, of ticks that are days the date.
    #[must_use]
    pub(super) fn tick_label(&self, at: DateTime<FixedOffset>, most: i64) -> String {
        let format = if self.step(most) >= DAY { "%-d %b" } else { "%H:%M" };
        at.format(format).to_string()
    }

    /// How far apart ticks are, in seconds.
    fn step(&self, most: i64) -> i64 {
        let length = self.span.length().num_seconds();
        let last = STEPS[STEPS.len() - 1];
        STEPS.into_iter().find(|step| length / step < most).unwrap_or_else(|| (length / most / last + 1) * last)
    }

    /// The instants marked on the axis, at most `most` and two at least where the span allows it: whole steps of UTC, and from
    /// a day up midnights of the wall clock.
    #[must_use]
    pub fn ticks(&self, most: i64) -> Vec<DateTime<Utc>> {
        let step = self.step(most);
        if step >= DAY {
            return self.midnights(step / DAY);
        }
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
