//! Standing windows: those that ship, by the instants they must mean; and what their words mean, against a calendar.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc, Weekday};
use inwindow::time::{Interval, TimeFlag, Zones};
use inwindow::window::recurrence::{DateValue, Recurrence, RecurrenceParts, Rule};
use inwindow::window::standing::{Days, Reserve, StandingFile, Work};
use inwindow::written::SourceFile;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    window: String,
    asset_zone: Option<String>,
    from: NaiveDate,
    to: NaiveDate,
    expect: Vec<(String, String)>,
    flags: Option<Vec<Vec<TimeFlag>>>,
}

fn shipped() -> Vec<(String, StandingFile)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schedules/windows");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let source = SourceFile { name: name.clone(), text: std::fs::read_to_string(&path).expect("readable") };
        (name, StandingFile::parse(&source, &Zones::embedded()).unwrap_or_else(|problems| panic!("{problems:#?}")))
    };
    files.into_iter().map(read).collect()
}

fn utc(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").expect(text).and_utc()
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(0, 0, 0).expect("midnight in UTC").and_utc()
}

#[test]
fn each_window_that_ships_means_these_instants() {
    let rows: Rows = toml::from_str(include_str!("../cases/windows/shipped.toml")).expect("rows");
    let (files, zones) = (shipped(), Zones::embedded());
    let mut left: BTreeSet<String> =
        files.iter().flat_map(|(name, file)| file.windows.iter().map(move |w| format!("{name} {}", w.id))).collect();
    for row in &rows.row {
        let (name, id) = row.window.split_once(' ').expect("a file and an id");
        let file = &files.iter().find(|(known, _)| known == name).expect(name).1;
        let window = file.windows.iter().find(|window| window.id == id).expect(id);
        let zone = row.asset_zone.as_ref().map(|name| zones.get(name).expect("a zone"));
        let schedule = window.when.schedule(zone.as_ref()).expect("a zone is known");
        let span = Interval::new(midnight(row.from), midnight(row.to)).expect("a span");
        let found = schedule.overlapping(&span).occurrences;
        let got: Vec<_> = found.iter().map(|o| (o.interval.start(), o.interval.end())).collect();
        let expected: Vec<_> = row.expect.iter().map(|(start, end)| (utc(start), utc(end))).collect();
        assert_eq!(got, expected, "{} from {}", row.window, row.from);
        if let Some(flags) = &row.flags {
            assert_eq!(found.iter().map(|o| o.flags.clone()).collect::<Vec<_>>(), *flags, "{}", row.window);
        }
        left.remove(&row.window);
    }
    assert!(left.is_empty(), "no row asks {left:?}");
}

#[test]
fn each_file_that_ships_has_its_source_and_no_warning() {
    for (name, file) in shipped() {
        assert!(file.warnings.is_empty(), "{name}: {:?}", file.warnings);
        assert_eq!(file.source_read.as_deref(), Some("2026-11"), "{name}");
    }
}

/// The days of ten years on which rules fall.
fn days_of(rules: &[String]) -> BTreeSet<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day");
    let last = NaiveDate::from_ymd_opt(2030, 1, 1).expect("a day");
    let mut parts = RecurrenceParts::new(DateValue::Local(first.and_hms_opt(0, 0, 0).expect("midnight")), None);
    parts.rules = rules.iter().map(|rule| Rule::parse(rule).expect(rule)).collect();
    let recurrence = Recurrence::new(parts).expect("a recurrence");
    recurrence.starts(midnight(first)..midnight(last)).starts.iter().map(|start| start.wall.date()).collect()
}

#[track_caller]
fn check_words(text: &str, rules: &[&str]) {
    let days = Days::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let spelled: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    assert_eq!(days_of(&days.rules()), days_of(&spelled), "{text}");
}

#[test]
fn words_are_their_rules_over_ten_years() {
    check_words("Wednesday and Thursday", &["FREQ=WEEKLY;BYDAY=WE,TH"]);
    check_words("weekdays", &["FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"]);
    check_words("day", &["FREQ=DAILY"]);
    check_words("Monday to Saturday", &["FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA"]);
    check_words("second Tuesday", &["FREQ=MONTHLY;BYDAY=2TU"]);
    check_words("second and fourth Wednesday of the month", &["FREQ=MONTHLY;BYDAY=2WE", "FREQ=MONTHLY;BYDAY=4WE"]);
    check_words("last Sunday", &["FREQ=MONTHLY;BYDAY=SU;BYSETPOS=-1"]);
    check_words("third weekend", &["FREQ=MONTHLY;BYDAY=3SA", "FREQ=MONTHLY;BYDAY=SU;BYMONTHDAY=16,17,18,19,20,21,22"]);
    check_words("15th of the month", &["FREQ=MONTHLY;BYMONTHDAY=15"]);
    check_words("first Sunday of March", &["FREQ=YEARLY;BYMONTH=3;BYDAY=1SU"]);
    check_words("last day of February", &["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"]);
    check_words("first weekday of the month", &["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"]);
}

/// What is counted, the other way round: the day is asked whether it is one.
#[derive(Debug, Clone)]
struct Counted {
    /// 1 to 4, or -1 for the last.
    n: i32,
    /// None is a weekend.
    weekday: Option<Weekday>,
    /// 1 to 12; empty is all.
    months: Vec<u32>,
}

impl Counted {
    fn words(&self) -> String {
        let ordinal = ["last", "", "first", "second", "third", "fourth"][usize::try_from(self.n + 1).expect("small")];
        let day = self.weekday.map_or("weekend".to_owned(), |weekday| weekday.to_string());
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let months: Vec<&str> = self.months.iter().map(|month| names[*month as usize - 1]).collect();
        let months = if months.is_empty() { "the month".to_owned() } else { months.join(" and ") };
        format!("{ordinal} {day} of {months}")
    }

    fn is(&self, day: NaiveDate) -> bool {
        match self.weekday {
            Some(weekday) => self.is_nth(day, weekday),
            None => {
                self.is_nth(day, Weekday::Sat)
                    || day.weekday() == Weekday::Sun && self.is_nth(day.pred_opt().expect("a day before"), Weekday::Sat)
            }
        }
    }

    fn is_nth(&self, day: NaiveDate, weekday: Weekday) -> bool {
        let same_month = |days: i64| (day + chrono::TimeDelta::days(days)).month() == day.month();
        let n = if self.n < 0 { !same_month(7) } else { i32::try_from(day.day0() / 7).expect("small") == self.n - 1 };
        n && day.weekday() == weekday && (self.months.is_empty() || self.months.contains(&day.month()))
    }
}

proptest! {
    #[test]
    fn counted_days_are_those_of_the_calendar(
        n in prop_oneof![Just(-1), 1..=4_i32],
        weekday in prop::option::weighted(0.7, 0..7_u8),
        months in prop::collection::btree_set(1..=12_u32, 0..4),
    ) {
        let weekday = weekday.map(|n| Weekday::try_from(n).expect("a weekday"));
        let counted = Counted { n, weekday, months: months.into_iter().collect() };
        let days = Days::parse(&counted.words()).expect("words");
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day");
        let expected: BTreeSet<NaiveDate> = first.iter_days().take_while(|day| day.year() < 2030).filter(|day| counted.is(*day)).collect();
        prop_assert_eq!(days_of(&days.rules()), expected, "{}", counted.words());
        // The canonical words are read as the same.
        prop_assert_eq!(Days::parse(&days.to_string()).expect("canonical"), days);
    }

    /// Half-open, longer than nothing, a day at most; and an end at or before the start is of the next day.
    #[test]
    fn hours_over_midnight_are_a_day_at_most(from in 0..1440_u32, to in 0..=1440_u32) {
        let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let text = format!(
            "version = 1\nvendor = \"v\"\nsource = \"s\"\nzone = \"UTC\"\n[[window]]\nid = \"a\"\nevery = \"Monday\"\nfrom = \"{}\"\nto = \"{}\"\n",
            clock(from),
            clock(to),
        );
        let file = StandingFile::parse(&SourceFile { name: "a".into(), text }, &Zones::embedded()).expect("a window");
        let schedule = file.windows[0].when.schedule(None).expect("a zone");
        let occurrence = schedule.next(utc("2026-11-22T00:00"), 1).occurrences.remove(0);
        let minutes = occurrence.interval.length().num_minutes();
        prop_assert_eq!(minutes, i64::from(if to > from { to - from } else { to + 1440 - from }));
        prop_assert_eq!(occurrence.interval.start(), utc("2026-11-23T00:00") + chrono::TimeDelta::minutes(i64::from(from)));
    }
}

/// A window of Amazon RDS as an account has it: the published default is a block that only the account can see.
const RDS: &str = r#"
version = 1
vendor = "aws"
source = "the console: PreferredMaintenanceWindow"
zone = "UTC"

[[window]]
id = "db-1"
every = "Sunday"
from = "23:45"
to = "00:15"
start_inside = true
contingency = false
assets = ["db-1"]
"#;

#[test]
fn work_that_starts_inside_may_run_four_hours_past_the_end() {
    let source = SourceFile { name: "rds".into(), text: RDS.into() };
    let file = StandingFile::parse(&source, &Zones::embedded()).expect("a file");
    let window = &file.windows[0];
    assert_eq!(window.work, Work::StartsInside { max: chrono::TimeDelta::hours(4) });
    assert_eq!(
        (window.reserve, window.applies_to.assets.as_slice()),
        (Reserve::Planned, ["db-1".to_owned()].as_slice())
    );
    let next = window.when.schedule(None).expect("a zone").next(utc("2026-11-22T00:00"), 1).occurrences.remove(0);
    // In UTC, so that in Amsterdam it moves by an hour with the clocks, and the window is not longer for it.
    assert_eq!((next.interval.start(), next.interval.end()), (utc("2026-11-22T23:45"), utc("2026-11-23T00:15")));
    let own = RDS.replace("start_inside = true", "start_inside = true\nstart_inside_max = \"90 min\"");
    let file = StandingFile::parse(&SourceFile { name: "rds".into(), text: own }, &Zones::embedded()).expect("a file");
    assert_eq!(file.windows[0].work, Work::StartsInside { max: chrono::TimeDelta::minutes(90) });
}
