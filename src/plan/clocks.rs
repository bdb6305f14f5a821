//! One window on three clocks: the vendor's, the reader's and UTC.

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue::{Catalogue, wall};
use super::view::ClockView;
use crate::time::{ClockChange, Interval, Zone};

/// The zones of a mail, each with how it is called.
pub(super) struct Clocks {
    zones: Vec<(String, Zone)>,
}

impl Clocks {
    /// The vendor's zone where it is known, the reader's, and UTC. A zone that is the same stands there once, for both.
    pub(super) fn new(catalogue: &Catalogue, vendor: Option<(&str, Zone)>, reader: Zone) -> Self {
        let mut zones = Vec::new();
        let shared = vendor.as_ref().is_some_and(|(_, zone)| *zone == reader);
        if let Some((vendor, zone)) = vendor {
            let phrase = if shared { "zone.both" } else { "zone.vendor" };
            zones.push((catalogue.say(phrase, &[("zone", zone.name()), ("vendor", vendor)]), zone));
        }
        if !shared {
            zones.push((catalogue.say("zone.reader", &[("zone", reader.name())]), reader));
        }
        if zones.iter().all(|(_, zone)| *zone != Zone::utc()) {
            zones.push(("UTC".to_owned(), Zone::utc()));
        }
        Self { zones }
    }

    /// The interval on each clock; each end with the offset in force at that end.
    pub(super) fn show(&self, catalogue: &Catalogue, interval: Interval) -> Vec<ClockView> {
        self.show_ends(catalogue, interval.start(), Some(interval.end()))
    }

    /// The interval on each clock but that of one zone.
    pub(super) fn show_without(&self, catalogue: &Catalogue, interval: Interval, zone: &str) -> Vec<ClockView> {
        let shown = self.show(catalogue, interval).into_iter().zip(&self.zones);
        shown.filter(|(_, (_, shown))| shown.name() != zone).map(|(view, _)| view).collect()
    }

    /// The same for something that may not be over yet.
    pub(super) fn show_ends(
        &self,
        catalogue: &Catalogue,
        start: DateTime<Utc>,
        end: Option<DateTime<Utc>>,
    ) -> Vec<ClockView> {
        let open = || catalogue.say("window.open", &[]);
        let row = |(label, zone): &(String, Zone)| ClockView {
            zone: label.clone(),
            from: moment(catalogue, zone, start),
            to: end.map_or_else(open, |end| moment(catalogue, zone, end)),
        };
        self.zones.iter().map(row).collect()
    }

    /// Says in words that clocks change within the interval, zone by zone.
    pub(super) fn changes(&self, catalogue: &Catalogue, interval: Interval) -> Vec<String> {
        let mut said = Vec::new();
        for (_, zone) in &self.zones {
            for change in zone.changes_between(interval.start(), interval.end()) {
                said.push(change_in_words(catalogue, zone, change));
            }
        }
        said
    }
}

fn change_in_words(catalogue: &Catalogue, zone: &Zone, change: ClockChange) -> String {
    let forward = change.after.local_minus_utc() > change.before.local_minus_utc();
    let (before, after) = (change.at.with_timezone(&change.before), change.at.with_timezone(&change.after));
    let date = catalogue.date(before.date_naive());
    let phrase = if forward { "window.forward" } else { "window.back" };
    let values = [("zone", zone.name()), ("from", &wall(before)), ("to", &wall(after)), ("date", &date)];
    catalogue.say(phrase, &values)
}

/// `Sunday 26 March 2017, 00:00 CET (UTC+01:00)`. An abbreviation that is only digits says no more than the offset.
pub(super) fn moment(catalogue: &Catalogue, zone: &Zone, at: DateTime<Utc>) -> String {
    let local = zone.local(at);
    let shown = catalogue.moment(local);
    let abbreviation = zone.abbreviation_at(at);
    // The offset would say the same again.
    if abbreviation == "UTC" {
        return format!("{shown} UTC");
    }
    if abbreviation.chars().all(|c| c.is_ascii_alphabetic()) {
        format!("{shown} {abbreviation} (UTC{})", local.offset())
    } else {
        format!("{shown} (UTC{})", local.offset())
    }
}

/// Elapsed time in the symbols that need no translation: `23 h`, `2 h 30 min`, `2 d 3 h`.
pub(super) fn length(length: TimeDelta) -> String {
    /// From here on days are easier to grasp than hours.
    const IN_DAYS_FROM_HOURS: i64 = 48;
    let seconds = length.num_seconds();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (days, hours) = if hours >= IN_DAYS_FROM_HOURS { (hours / 24, hours % 24) } else { (0, hours) };
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")];
    let shown: Vec<_> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if shown.is_empty() { "0 s".to_owned() } else { shown.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, expected: &str) {
        assert_eq!(length(TimeDelta::seconds(seconds)), expected);
    }

    #[test]
    fn lengths_in_symbols() {
        check(0, "0 s");
        check(59, "59 s");
        check(9000, "2 h 30 min");
        check(23 * 3600, "23 h");
        check(47 * 3600 + 61, "47 h 1 min 1 s");
        check(51 * 3600, "2 d 3 h");
    }
}
