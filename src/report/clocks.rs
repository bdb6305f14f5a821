//! Two clocks side by side: the vendor's wall clock and UTC.

use chrono::{DateTime, TimeDelta, Utc};

use crate::time::{ClockChange, Interval, Zone};

/// The wall clock that a report is written by, beside UTC.
#[derive(Debug, Clone)]
pub struct Clocks {
    /// The zone of the wall clock: the vendor's.
    pub zone: Zone,
}

impl Clocks {
    /// `Sat 25 Mar 2017 20:00 CET`, seconds only where there are some.
    #[must_use]
    pub fn wall(&self, at: DateTime<Utc>) -> String {
        shown(&self.zone, at)
    }

    /// `Sat 25 Mar 2017 19:00 UTC`.
    #[must_use]
    pub fn utc(at: DateTime<Utc>) -> String {
        shown(&Zone::utc(), at)
    }

    /// The clock changes strictly inside a span, in order.
    #[must_use]
    pub fn changes(&self, span: Interval) -> Vec<ClockChange> {
        self.zone.changes_between(span.start(), span.end())
    }

    /// What the wall clock seems to say of a span's length, where a clock change makes that wrong; none where it is right.
    #[must_use]
    pub fn wall_length(&self, span: Interval) -> Option<TimeDelta> {
        let wall = self.zone.local(span.end()).naive_local() - self.zone.local(span.start()).naive_local();
        (wall != span.length()).then_some(wall)
    }

    /// `clocks jump from 02:00 CET to 03:00 CEST`, or fall back.
    #[must_use]
    pub fn change_text(&self, change: &ClockChange) -> String {
        let verb = if change.after.local_minus_utc() > change.before.local_minus_utc() { "jump" } else { "fall back" };
        let before = self.zone.abbreviation_at(change.at - TimeDelta::seconds(1));
        let after = self.zone.abbreviation_at(change.at);
        let (from, to) = (change.wall_before().format("%H:%M"), change.wall_after().format("%H:%M"));
        format!("clocks {verb} from {from} {before} to {to} {after}")
    }
}

fn shown(zone: &Zone, at: DateTime<Utc>) -> String {
    use chrono::Timelike as _;
    let local = zone.local(at);
    let format = if local.second() == 0 { "%a %-d %b %Y %H:%M" } else { "%a %-d %b %Y %H:%M:%S" };
    format!("{} {}", local.format(format), zone.abbreviation_at(at))
}
