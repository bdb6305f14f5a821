//! Zones: the table of clock changes, a second source of rules, and the oracle.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use inwindow::time::{ClockChange, EndDate, LocalTime, Zone, Zones, resolve_written};
use proptest::prelude::*;
use serde::Deserialize;

/// Zones whose rules between 1970 and 2037 changed after 2025b, the release of chrono-tz, by 2026e, the embedded one:
/// Canada's west and middle and Morocco from 2026 on, Moldova's hour of the change since 2022, and the past of Baja
/// California, Colombia and Iran corrected.
const CHANGED_AFTER_2025B: [&str; 20] = [
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Bogota",
    "America/Edmonton",
    "America/Ensenada",
    "America/Inuvik",
    "America/Rainy_River",
    "America/Santa_Isabel",
    "America/Tijuana",
    "America/Vancouver",
    "America/Winnipeg",
    "America/Yellowknife",
    "Asia/Tehran",
    "Canada/Central",
    "Canada/Mountain",
    "Canada/Pacific",
    "Europe/Chisinau",
    "Europe/Tiraspol",
    "Iran",
    "Mexico/BajaNorte",
];

fn kind(local: &LocalTime) -> (&'static str, Vec<DateTime<Utc>>) {
    match local {
        LocalTime::Unique(instant) => ("plain", vec![*instant]),
        LocalTime::Gap { earlier, later, .. } => ("gap", vec![*earlier, *later]),
        LocalTime::Fold { first, second, .. } => ("fold", vec![*first, *second]),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    change: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    zone: String,
    note: String,
    rows: Vec<Vec<String>>,
}

#[test]
fn the_second_before_at_and_after_each_change() {
    let table: Changes = toml::from_str(include_str!("../cases/time/changes.toml")).expect("the table is TOML");
    assert_eq!(table.change.len(), 19);
    let zones = Zones::embedded();
    for change in table.change {
        let zone = zones.get(&change.zone).expect("a zone of the table");
        for row in change.rows {
            let instants: Vec<DateTime<Utc>> = row[2..].iter().map(|text| text.parse().expect("an instant")).collect();
            let resolved = zone.resolve(row[0].parse().expect("a local time"));
            assert_eq!(kind(&resolved), (row[1].as_str(), instants), "{} {} ({})", change.zone, row[0], change.note);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    window: Vec<WindowRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowRow {
    zone: String,
    start: NaiveDateTime,
    end: String,
    abbreviation: Option<String>,
    expect: Option<(String, String)>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    others: usize,
}

impl WindowRow {
    fn end(&self) -> (NaiveDateTime, EndDate) {
        match self.end.parse::<NaiveTime>() {
            Ok(time) => (self.start.date().and_time(time), EndDate::Borrowed),
            Err(_) => (self.end.parse().expect("a date and time"), EndDate::Written),
        }
    }
}

#[test]
fn windows_that_start_or_end_in_a_gap_or_a_fold() {
    let table: Windows = toml::from_str(include_str!("../cases/time/windows.toml")).expect("the table is TOML");
    assert!(table.window.len() >= 30);
    let zones = Zones::embedded();
    for row in table.window {
        let zone = zones.get(&row.zone).expect("a zone of the table");
        let given = row.abbreviation.as_ref().and_then(|letters| zone.offset_of_pass(letters, row.start));
        let span = resolve_written(row.start, row.end(), &zone, given);
        let shown = |instant: DateTime<Utc>| zone.local(instant).to_rfc3339();
        let got = span.map(|span| {
            let flags: Vec<String> = span
                .flags
                .iter()
                .map(|flag| serde_json::to_value(flag).expect("a flag is a word").as_str().expect("text").to_owned())
                .collect();
            ((shown(span.interval.start()), shown(span.interval.end())), flags, span.others.len())
        });
        let expected = row.expect.clone().map(|ends| (ends, row.flags.clone(), row.others));
        assert_eq!(got, expected, "{row:?}");
    }
}

/// What chrono-tz says of a local time, told as ours is.
fn second_opinion(zone: chrono_tz::Tz, local: NaiveDateTime) -> (&'static str, Vec<DateTime<Utc>>) {
    let at = |local: NaiveDateTime, offset: chrono::FixedOffset| (local - offset).and_utc();
    match zone.from_local_datetime(&local) {
        chrono::LocalResult::Single(one) => ("plain", vec![one.to_utc()]),
        chrono::LocalResult::Ambiguous(first, second) => {
            let mut passes = vec![first.to_utc(), second.to_utc()];
            passes.sort_unstable();
            ("fold", passes)
        }
        // No gap is longer than a day and none is followed by another within two.
        chrono::LocalResult::None => {
            let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
            let around = local.and_utc();
            let (before, after) = (offset(around - TimeDelta::hours(40)), offset(around + TimeDelta::hours(40)));
            ("gap", vec![at(local, after), at(local, before)])
        }
    }
}

/// Where a random local time comes from: anywhere, or near a clock change, where the mistakes are.
#[derive(Debug, Clone)]
enum Place {
    Anywhere(i64),
    NearChange { after: i64, from_change: i64 },
}

/// 1970-01-10 to 2037-06-01, in seconds: where both sources state all changes.
const YEARS: std::ops::Range<i64> = 777_600..2_127_427_200;

fn places() -> impl Strategy<Value = Place> {
    prop_oneof![
        YEARS.prop_map(Place::Anywhere),
        (YEARS, -7_300_i64..7_300).prop_map(|(after, from_change)| Place::NearChange { after, from_change }),
    ]
}

fn local_at(place: &Place, zone: &Zone) -> NaiveDateTime {
    let instant = |second: i64| DateTime::<Utc>::from_timestamp(second, 0).expect("within chrono's years");
    match place {
        Place::Anywhere(second) => instant(*second).naive_utc(),
        Place::NearChange { after, from_change } => {
            let next: Option<ClockChange> =
                zone.changes_between(instant(*after), instant(after + 400 * 86_400)).into_iter().next();
            let wall = next.map_or(instant(*after).naive_utc(), |change| change.wall_before());
            wall + TimeDelta::seconds(*from_change)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_local_time_is_what_two_sources_say(index in 0..chrono_tz::TZ_VARIANTS.len(), place in places()) {
        let theirs = chrono_tz::TZ_VARIANTS[index];
        prop_assume!(!CHANGED_AFTER_2025B.contains(&theirs.name()));
        let zone = embedded().get(theirs.name()).expect("the embedded rules know every zone of chrono-tz");
        let local = local_at(&place, &zone);
        prop_assert_eq!(kind(&zone.resolve(local)), second_opinion(theirs, local), "{} {}", theirs.name(), local);
    }

    /// What a zone's clocks show at an instant is never a gap, and can be that instant.
    #[test]
    fn what_the_clocks_show_leads_back(index in 0..chrono_tz::TZ_VARIANTS.len(), place in places()) {
        let zone = embedded().get(chrono_tz::TZ_VARIANTS[index].name()).expect("a zone");
        let instant = local_at(&place, &zone).and_utc();
        let (kind, instants) = kind(&zone.resolve(zone.local(instant).naive_local()));
        prop_assert!(kind != "gap" && instants.contains(&instant), "{} {} {}", zone.name(), instant, kind);
    }
}

proptest! {
    // Fewer, since a text that is no zone is compared with the names of all.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(1_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    /// Whatever stands for a zone is read or refused; a name that is read gives a name that is read.
    #[test]
    fn any_text_is_a_zone_or_none(text in "[-+0-9A-Za-z_/:. ()\\[\\]\u{2212}\u{20ac}]{0,24}") {
        if let Ok(zone) = embedded().get(&text) {
            prop_assert_eq!(embedded().get(zone.name()).map(|again| again == zone), Ok(true));
        }
        if let inwindow::time::ZoneText::Region(zone) = inwindow::time::read_zone_text(&text, embedded()) {
            prop_assert!(embedded().get(zone.name()).is_ok());
        }
    }
}

fn embedded() -> &'static Zones {
    static ZONES: std::sync::OnceLock<Zones> = std::sync::OnceLock::new();
    ZONES.get_or_init(Zones::embedded)
}

/// The list of zones left out above is neither too short (the property fails) nor too long.
#[test]
fn the_zones_left_out_are_those_that_changed() {
    let mut differing: BTreeMap<&str, NaiveDateTime> = BTreeMap::new();
    for theirs in chrono_tz::TZ_VARIANTS {
        let zone = embedded().get(theirs.name()).expect("the embedded rules know every zone of chrono-tz");
        // One noon a week, since no rule was in force for less, and what the clocks showed around each change.
        let at = |second: i64| DateTime::<Utc>::from_timestamp(second, 0).expect("within chrono's years");
        let noons = YEARS.step_by(604_800).map(|second| at(second + 43_200).naive_utc());
        let changes = zone.changes_between(at(YEARS.start), at(YEARS.end));
        let around = changes.iter().flat_map(|change| [change.wall_before(), change.wall_after()]);
        let differs = |local: &NaiveDateTime| kind(&zone.resolve(*local)) != second_opinion(theirs, *local);
        if let Some(local) = noons.chain(around).find(differs) {
            differing.insert(theirs.name(), local);
        }
    }
    let names: Vec<&str> = differing.keys().copied().collect();
    assert_eq!(names, CHANGED_AFTER_2025B, "{differing:#?}");
}

/// The program, with the rules built in.
fn program() -> assert_cmd::Command {
    let mut program = assert_cmd::Command::new(env!("CARGO_BIN_EXE_inwindow"));
    program.env_clear().env("HOME", "/nonexistent");
    program
}

/// `expected`: exit status, and a line of the standard output or error.
#[track_caller]
fn check_explained(args: &[&str], status: i32, expected: &str) {
    let output = program().args(["tz", "explain"]).args(args).output().expect("the program runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.lines().any(|line| line.trim() == expected), "{expected:?} is no line of\n{text}");
}

#[test]
fn a_time_is_explained_without_a_store() {
    let amsterdam = "Europe/Amsterdam";
    check_explained(&["2017-03-26T02:31", amsterdam], 0, "2017-03-26 02:31 does not exist in Europe/Amsterdam.");
    check_explained(&["2017-10-29T02:31", amsterdam], 0, "2017-10-29 02:31 happened twice in Europe/Amsterdam.");
    let second = "2017-10-29T01:31:00Z = 2017-10-29 02:31 CET (+01:00): the second time";
    check_explained(&["2017-10-29T01:31:00Z", amsterdam], 0, second);
    check_explained(&["2017-07-01T12:00", "GMT+1"], 0, "zone        `GMT+1` is +01:00");
    check_explained(
        &["2017-07-01T12:00[W. Europe Standard Time]"],
        0,
        "2017-07-01T10:00:00Z = 2017-07-01 12:00 CEST (+02:00)",
    );
    check_explained(&["2017-07-01T12:00", "Asia/Tokyo"], 0, "changes     none within 400 days");
    check_explained(&["2017-07-01T12:00"], 2, "inwindow: `2017-07-01T12:00` has no offset and no zone");
    check_explained(&["2017-07-01T12:00", "IST"], 2, "inwindow: `IST` is an abbreviation, not a zone");
    check_explained(&["tomorrow", "UTC"], 2, "inwindow: `tomorrow` is no time");
}

#[test]
fn a_tzdir_without_rules_is_refused_before_anything_is_answered() {
    let output = program().args(["tz", "resolve"]).env("TZDIR", "/nonexistent").output().expect("the program runs");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    let expected = "inwindow: TZDIR names `/nonexistent`, which is no folder of zone rules\n";
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()));
    assert!(error.starts_with(expected), "{error}");
}

#[cfg(feature = "oracle")]
mod oracle {
    use std::path::{Path, PathBuf};

    use super::*;

    /// Zones of the oracle whose rules changed after 2026e, the embedded release.
    const CHANGED_AFTER_2026E: [&str; 1] = ["America/Havana"];

    fn folder(variable: &str) -> PathBuf {
        std::env::var_os(variable).map_or_else(|| panic!("{variable} must name a folder"), PathBuf::from)
    }

    #[derive(Deserialize)]
    struct Row {
        zone: String,
        local: NaiveDateTime,
        kind: String,
        earlier: DateTime<Utc>,
        later: DateTime<Utc>,
        compatible: DateTime<Utc>,
    }

    fn rows() -> Vec<Row> {
        let path = folder("INWINDOW_ORACLE").join("transitions.jsonl");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let rows = text.lines().filter(|line| !line.contains("\"meta\""));
        rows.map(|line| serde_json::from_str(line).expect("a row of the oracle")).collect()
    }

    /// Rows missed, by zone.
    fn misses(zones: &Zones) -> (usize, BTreeMap<String, usize>) {
        let rows = rows();
        let mut missed = BTreeMap::new();
        for row in &rows {
            let zone = zones.get(&row.zone).expect("a zone of the oracle");
            let got = zone.resolve(row.local);
            let answers = (kind(&got).0, got.earlier(), got.later(), got.compatible());
            if answers != (row.kind.as_str(), row.earlier, row.later, row.compatible) {
                *missed.entry(row.zone.clone()).or_insert(0) += 1;
            }
        }
        (rows.len(), missed)
    }

    #[test]
    fn with_the_rules_of_the_oracle_every_row_is_right() {
        let folder = folder("INWINDOW_TZDIR_2026F");
        let zones = inwindow::app::zone_rules(Some(Path::new(&folder))).expect("zone rules");
        assert_eq!(zones.version().release.as_deref(), Some("2026f"));
        assert_eq!(misses(&zones), (47_136, BTreeMap::new()));
    }

    /// The program answers the oracle's own file, whose first line is no row.
    #[test]
    fn the_program_answers_the_file_row_by_row() {
        let file = std::fs::read(folder("INWINDOW_ORACLE").join("transitions.jsonl")).expect("the oracle is readable");
        let tzdir = folder("INWINDOW_TZDIR_2026F");
        let output = program().args(["tz", "resolve"]).env("TZDIR", tzdir).write_stdin(file).output();
        let output = output.expect("the program runs");
        assert_eq!(output.status.code(), Some(1));
        let answers = String::from_utf8(output.stdout).expect("UTF-8");
        let (first, answers) = answers.split_once('\n').expect("lines");
        assert!(first.starts_with("{\"error\":") && first.ends_with("\"line\":1}"), "{first}");
        let fields = |row: Row| (row.zone, row.local, row.kind, row.earlier, row.later, row.compatible);
        let answers = answers.lines().map(|line| fields(serde_json::from_str(line).expect("an answer")));
        assert!(answers.eq(rows().into_iter().map(fields)));
    }

    #[test]
    fn with_the_embedded_rules_only_zones_changed_since_are_missed() {
        let (rows, missed) = misses(&Zones::embedded());
        println!(
            "{} of {rows} rows missed with {}: {missed:?}",
            missed.values().sum::<usize>(),
            Zones::embedded().version()
        );
        assert_eq!(rows, 47_136);
        let zones: Vec<&str> = missed.keys().map(String::as_str).collect();
        assert_eq!(zones, CHANGED_AFTER_2026E);
    }
}
