//! What new zone rules do to a maintenance (DESIGN.md 4.9).
//!
//! A country changed its clocks: words that name a local time mean another instant. What lies ahead is read again as a
//! revision, which keeps everything else and with it the time it was announced. What is over stays as customers were told
//! it, and is read by the newest rules when somebody asks about it.

use chrono::{DateTime, Utc};

use super::revision::{Cause, Maintenance, Revision};
use crate::notice::Status;
use crate::time::{Interval, NoSpan, TimeFlag, Zones};
use crate::window::{Reread, Window};

/// A window in force and not over, and what the rules in use make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenWindow {
    /// As it stood.
    pub window: Window,
    /// What the rules in use make of it.
    pub seen: Seen,
}

/// What the rules in use make of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It was given in UTC or with an offset.
    Fixed,
    /// It was resolved by the release in use.
    Current,
    /// Another release, by which it lies where it lay.
    Same,
    /// It lies elsewhere, or its words allow another reading than before.
    Drifted(Box<Window>),
    /// It was resolved by newer rules than those in use, and is left as it is.
    OlderRules,
    /// How its words were read was not kept, so that it is left as it is.
    NotKept,
    /// Its words mean nothing by the rules in use, and it is left as it is.
    Nothing(NoSpan),
}

impl Seen {
    /// Whether a person must look: nothing could be made of it, or a clock now skips or repeats a time that it did not.
    #[must_use]
    pub fn needs_a_person(&self, before: &Window) -> bool {
        let is_new = |flag: &TimeFlag| match flag {
            TimeFlag::NonexistentLocalTime | TimeFlag::AmbiguousLocalTime => !before.flags.contains(flag),
            TimeFlag::DateOnly | TimeFlag::EndNextDay | TimeFlag::AbbreviationOutOfSeason => false,
        };
        match self {
            Self::Fixed | Self::Current | Self::Same => false,
            Self::Drifted(window) => window.flags.iter().any(is_new),
            Self::OlderRules | Self::NotKept | Self::Nothing(_) => true,
        }
    }
}

/// What refreshing a maintenance does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The windows in force that are not over, by ordinal.
    pub windows: Vec<SeenWindow>,
    /// With the new revisions; none when nothing differs.
    pub maintenance: Option<Maintenance>,
}

/// A maintenance with its words read by the rules in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByRules {
    /// The maintenance.
    pub maintenance: Maintenance,
    /// The windows that lie elsewhere than customers were told: as told, and by the rules in use.
    pub moved: Vec<(Window, Window)>,
}

impl Maintenance {
    /// Reads what lies ahead again by these rules.
    ///
    /// A window is over when it has ended by its old reading and by its new one: of a window that has begun the end still
    /// lies ahead, and that is what customers go by. A maintenance that was cancelled or completed has nothing ahead.
    /// Every notice that states a window is read again, not only the last: otherwise the window would count as announced
    /// by the last. Rules older than those a window was resolved by change nothing, and with equal rules nothing differs.
    #[must_use]
    pub fn refreshed(&self, zones: &Zones, now: DateTime<Utc>) -> Refreshed {
        let state = self.latest();
        match state.status {
            Status::Cancelled | Status::Completed => return Refreshed { windows: Vec::new(), maintenance: None },
            Status::Tentative | Status::Confirmed | Status::InProcess | Status::Rescheduled => {}
        }
        let in_force = state.windows.into_iter().filter_map(|window| seen(window, zones, now));
        let windows: Vec<SeenWindow> = in_force.collect();
        let drifted = windows.iter().any(|window| matches!(window.seen, Seen::Drifted(_)));
        Refreshed { maintenance: drifted.then(|| self.with_rereadings(zones, now)), windows }
    }

    fn with_rereadings(&self, zones: &Zones, now: DateTime<Utc>) -> Self {
        let mut refreshed = self.clone();
        for revision in self.standing() {
            let mut announcement = revision.announcement.clone();
            for window in &mut announcement.windows {
                if let Some(SeenWindow { seen: Seen::Drifted(by_rules), .. }) = seen(window.clone(), zones, now) {
                    *window = *by_rules;
                }
            }
            if announcement == revision.announcement {
                continue;
            }
            refreshed.revisions.push(Revision {
                number: u32::try_from(refreshed.revisions.len()).unwrap_or(u32::MAX).saturating_add(1),
                cause: Cause::Tzdata,
                rereads: Some(revision.number),
                recorded_at: now,
                // That the clocks change is news, whatever the notice was.
                baseline: false,
                announcement,
                ..revision.clone()
            });
        }
        refreshed
    }

    /// The maintenance with every window, past ones too, read by these rules; none when all lie where they lay.
    #[must_use]
    pub fn by_rules(&self, zones: &Zones) -> Option<ByRules> {
        let is_other = |window: &Window| matches!(window.read_again(zones), Reread::Other(_));
        // Of nearly all that is every window, and there is nothing to copy.
        if !self.standing().flat_map(|revision| &revision.announcement.windows).any(is_other) {
            return None;
        }
        let standing: Vec<u32> = self.standing().map(|revision| revision.number).collect();
        let (mut maintenance, mut moved) = (self.clone(), Vec::new());
        let read_last = maintenance.revisions.iter_mut().filter(|revision| standing.contains(&revision.number));
        for window in read_last.flat_map(|revision| &mut revision.announcement.windows) {
            match window.read_again(zones) {
                Reread::Other(by_rules) => {
                    if by_rules.interval != window.interval {
                        moved.push((window.clone(), (*by_rules).clone()));
                    }
                    *window = *by_rules;
                }
                Reread::Fixed
                | Reread::Current
                | Reread::OlderRules
                | Reread::NotKept
                | Reread::Same
                | Reread::Nothing(_) => {}
            }
        }
        Some(ByRules { maintenance, moved })
    }

    /// The window before and after, where new zone rules and not the vendor moved one from the first span to the second.
    #[must_use]
    pub fn moved_by_rules(&self, from: Interval, to: Interval) -> Option<(&Window, &Window)> {
        let of = |number: u32| self.revisions.iter().find(|revision| revision.number == number);
        for revision in &self.revisions {
            let windows = revision.announcement.windows.iter().enumerate();
            for (place, after) in windows.filter(|(_, window)| window.interval == to) {
                let mut read_before = revision.rereads;
                while let Some(earlier) = read_before.and_then(of) {
                    let before = earlier.announcement.windows.get(place).filter(|window| window.interval == from);
                    if let Some(before) = before {
                        return Some((before, after));
                    }
                    // A revision reads again one of before, so this ends.
                    read_before = earlier.rereads.filter(|number| *number < earlier.number);
                }
            }
        }
        None
    }
}

/// None for a window that is over.
fn seen(window: Window, zones: &Zones, now: DateTime<Utc>) -> Option<SeenWindow> {
    let is_ahead = |window: &Window| window.interval.end() > now;
    let by_old = is_ahead(&window);
    let (seen, by_new) = match window.read_again(zones) {
        Reread::Other(by_rules) => {
            let by_new = is_ahead(&by_rules);
            (Seen::Drifted(by_rules), by_new)
        }
        Reread::Fixed => (Seen::Fixed, by_old),
        Reread::Current => (Seen::Current, by_old),
        Reread::Same => (Seen::Same, by_old),
        Reread::OlderRules => (Seen::OlderRules, by_old),
        Reread::NotKept => (Seen::NotKept, by_old),
        Reread::Nothing(why) => (Seen::Nothing(why), by_old),
    };
    (by_old || by_new).then_some(SeenWindow { window, seen })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;
    use crate::maintenance::fixture::{maintenance, revision, status, utc, window};
    use crate::time::{Embedded, EndDate, Length, RulesOrigin, RulesVersion, WallEnd, WallSpan, ZoneSource};

    /// The embedded rules under another name, with some zones taken for others.
    struct Release {
        name: &'static str,
        swapped: &'static [(&'static str, &'static str)],
    }

    impl ZoneSource for Release {
        fn spelling(&self, name: &str) -> Option<String> {
            Embedded.spelling(name)
        }

        fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>> {
            let other = self.swapped.iter().find(|(zone, _)| *zone == name).map_or(name, |(_, other)| other);
            Embedded.tzif(other).map(|bytes| Cow::Owned(bytes.into_owned()))
        }

        fn version(&self) -> RulesVersion {
            RulesVersion { origin: RulesOrigin::Tzdir, release: Some(self.name.to_owned()) }
        }
    }

    fn release(name: &'static str, swapped: &'static [(&'static str, &'static str)]) -> Zones {
        Zones::new(Release { name, swapped })
    }

    /// Oslo ends its summer time.
    const NO_SUMMER: &[(&str, &str)] = &[("Europe/Oslo", "Africa/Algiers")];

    fn given(wall: WallSpan, zones: &Zones) -> Option<Window> {
        let span = wall.resolve(zones).ok()?;
        Some(Window {
            interval: span.interval,
            others: span.others,
            flags: span.flags,
            wall: Some(wall),
            zone: "Europe/Oslo".into(),
            rules: zones.version().clone(),
            ..window(1, "2020-01-10", "2020-01-11")
        })
    }

    /// 22:00 to 02:00 in Oslo, 10 July 2020: 20:00Z to 00:00Z by summer time.
    fn a_night(zones: &Zones) -> Window {
        let local = |text: &str| text.parse().expect("a test time");
        let wall = WallSpan::Clock {
            start: local("2020-07-10T22:00:00"),
            end: local("2020-07-11T02:00:00"),
            end_date: EndDate::Written,
            zone: "Europe/Oslo".into(),
            abbreviation: None,
        };
        given(wall, zones).expect("a night has a length")
    }

    fn saying(received: &str, windows: Vec<Window>) -> Revision {
        let mut said = revision(received);
        said.announcement.windows = windows;
        said
    }

    #[test]
    fn a_rereading_takes_the_place_of_its_notice_and_moves_nothing_else() {
        let old = release("2020a", &[]);
        let announced = maintenance(vec![
            saying("2020-06-01", vec![a_night(&old), window(2, "2020-07-12", "2020-07-13")]),
            status("2020-06-02", Status::InProcess),
        ]);
        let refreshed = announced.refreshed(&release("2020b", NO_SUMMER), utc("2020-07-01"));
        let seen: Vec<bool> = refreshed.windows.iter().map(|seen| matches!(seen.seen, Seen::Fixed)).collect();
        assert_eq!(seen, [false, true]);
        let known = refreshed.maintenance.expect("one window drifted");
        assert_eq!(known.revisions[..2], announced.revisions[..], "nothing is overwritten");
        let [reread] = &known.revisions[2..] else { panic!("one notice states windows") };
        assert_eq!((reread.cause, reread.rereads, reread.number), (Cause::Tzdata, Some(1), 3));
        assert_eq!(reread.received, announced.revisions[0].received);
        let (before, after) = (announced.latest(), known.latest());
        let starts: Vec<_> = after.windows.iter().map(|window| window.interval.start()).collect();
        assert_eq!(starts, [utc("2020-07-10T21:00"), utc("2020-07-12")]);
        assert_eq!((after.status, after.moved_away, after.notice), (before.status, Vec::new(), before.notice.clone()));
        // The notice of before counts as having said so when it came.
        let first = known.as_of(utc("2020-06-01T12:00")).expect("known by then");
        assert_eq!(first.windows[0].interval, after.windows[0].interval);
        assert!(known.recorded_up_to(2).is_some_and(|state| state.windows[0].interval == before.windows[0].interval));
        let (from, to) = (before.windows[0].interval, after.windows[0].interval);
        assert!(known.moved_by_rules(from, to).is_some());
        assert_eq!((known.moved_by_rules(to, from), announced.moved_by_rules(from, to)), (None, None));
    }

    #[test]
    fn rules_of_before_leave_everything_as_it_is() {
        let announced = maintenance(vec![saying("2020-06-01", vec![a_night(&release("2020b", NO_SUMMER))])]);
        let refreshed = announced.refreshed(&release("2020a", &[]), utc("2020-07-01"));
        assert_eq!(refreshed.maintenance, None);
        assert!(refreshed.windows.iter().all(|window| window.seen == Seen::OlderRules));
        assert_eq!(announced.by_rules(&release("2020a", &[])), None);
    }

    #[test]
    fn a_window_of_before_words_were_kept_is_left_for_a_person() {
        let old = Window { wall: None, ..a_night(&release("2020a", &[])) };
        let announced = maintenance(vec![saying("2020-06-01", vec![old])]);
        let refreshed = announced.refreshed(&release("2020b", NO_SUMMER), utc("2020-07-01"));
        assert_eq!(refreshed.maintenance, None);
        let [only] = refreshed.windows.as_slice() else { panic!("one window") };
        assert!(only.seen == Seen::NotKept && only.seen.needs_a_person(&only.window));
    }

    #[test]
    fn what_a_baseline_notice_said_is_news_when_the_clocks_change() {
        let mut old = saying("2020-06-01", vec![a_night(&release("2020a", &[]))]);
        old.baseline = true;
        let refreshed = maintenance(vec![old]).refreshed(&release("2020b", NO_SUMMER), utc("2020-07-01"));
        let known = refreshed.maintenance.expect("it drifted");
        assert_eq!(known.revisions.iter().map(|revision| revision.baseline).collect::<Vec<_>>(), [true, false]);
    }

    fn clock() -> impl Strategy<Value = NaiveDateTime> {
        // Around the clock changes of Oslo in March and October 2020, and days without one.
        let day = prop::sample::select(vec![(3, 28), (3, 29), (10, 24), (10, 25), (7, 10)]);
        (day, 0..96_i64).prop_map(|((month, day), quarter)| {
            let date = NaiveDate::from_ymd_opt(2020, month, day).expect("a date");
            date.and_hms_opt(0, 0, 0).expect("midnight") + TimeDelta::minutes(15 * quarter)
        })
    }

    fn zone() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["Europe/Oslo", "UTC", "+05:30", "America/New_York", "Africa/Cairo"])
            .prop_map(str::to_owned)
    }

    fn end() -> impl Strategy<Value = WallEnd> {
        let letters = prop::option::of(prop::sample::select(vec!["CET".to_owned(), "CEST".to_owned()]));
        prop_oneof![
            clock().prop_map(|at| WallEnd::Instant { at: at.and_utc() }),
            (clock(), zone(), letters).prop_map(|(local, zone, abbreviation)| WallEnd::Local {
                local,
                zone,
                abbreviation
            }),
        ]
    }

    fn wall() -> impl Strategy<Value = WallSpan> {
        let letters = prop::option::of(prop::sample::select(vec!["CET".to_owned(), "CEST".to_owned()]));
        let dates = prop::sample::select(vec![EndDate::Written, EndDate::Borrowed]);
        prop_oneof![
            (clock(), 0..3_u64, zone()).prop_map(|(first, more, zone)| WallSpan::Days {
                first: first.date(),
                last: first.date() + Days::new(more),
                zone
            }),
            (clock(), clock(), dates, zone(), letters).prop_map(|(start, end, end_date, zone, abbreviation)| {
                WallSpan::Clock { start, end, end_date, zone, abbreviation }
            }),
            (clock(), 0..3_u64, 1..90_000_i64, zone()).prop_map(|(start, days, seconds, zone)| WallSpan::Lasting {
                start,
                length: Length { days, exact: TimeDelta::seconds(seconds) },
                zone
            }),
            (end(), end()).prop_map(|(start, end)| WallSpan::Ends { start, end }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Equal rules, be they called otherwise, change nothing; and what was read again reads the same.
        #[test]
        fn equal_rules_change_nothing(walls in prop::collection::vec(wall(), 1..4), now in clock()) {
            let old = release("2020a", &[]);
            let windows: Vec<Window> = walls.into_iter().filter_map(|wall| given(wall, &old)).collect();
            let announced = maintenance(vec![saying("2020-01-01", windows)]);
            for name in ["2020a", "2020b"] {
                let same = release(name, &[]);
                let refreshed = announced.refreshed(&same, now.and_utc());
                prop_assert_eq!((refreshed.maintenance, announced.by_rules(&same)), (None, None));
            }
            let new = release("2020b", NO_SUMMER);
            let refreshed = announced.refreshed(&new, now.and_utc());
            if let Some(refreshed) = refreshed.maintenance {
                prop_assert_eq!(refreshed.refreshed(&new, now.and_utc()).maintenance, None);
                let stored = serde_json::to_string(&refreshed).expect("serializes");
                prop_assert_eq!(serde_json::from_str::<Maintenance>(&stored).expect("reads back"), refreshed);
            }
        }
    }
}
