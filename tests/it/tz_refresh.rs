//! A country changes its clocks: two releases of zone rules, made here, and what `tz refresh` makes of windows that were
//! resolved by the first.

use serde_json::{Value, json};

use crate::cli::{Place, Ran};

/// Clocks go forward in March and back in November, as Vancouver's did.
const WITH_SEASONS: &str = "PST8PDT,M3.2.0,M11.1.0";
/// Summer time for ever: a winter evening is an hour earlier in UTC.
const WITHOUT_SEASONS: &str = "PDT7";
/// Clocks go forward in the night to Tuesday, 1 December 2026.
const FORWARD_IN_DECEMBER: &str = "PST8PDT,M12.1.2,M1.1.0";
/// Clocks go back in the night to Tuesday, 1 December 2026.
const BACK_IN_DECEMBER: &str = "PST8PDT,M3.2.0,M12.1.2";
/// An hour further west.
const FURTHER_WEST: &str = "XST9";

/// When the notices come, a month before the window of most.
const ANNOUNCED: &str = "2026-11-01T00:00:00Z";
/// A day and a half before it.
const REFRESHED: &str = "2026-11-30T12:00:00Z";

const INVENTORY: &str = r#"
[[vendor]]
id = "westgrid"
name = "Westgrid"
zone = "America/Vancouver"
terms = { notice_min = "7 d" }
[[asset]]
id = "line-1"
kind = "circuit"
vendor = "westgrid"
[[customer]]
id = "quay"
name = "Quay"
uses = ["line-1"]
[[customer.contact]]
email = "ops@quay.example"
zone = "Europe/Amsterdam"
"#;

const CONFIG: &str = "[mail]\nfrom = \"noc@hoster.example\"\n[policy]\napproval = \"off\"\n";

/// The least TZif file (RFC 9636) that says what a POSIX footer says: no transitions, one type that nothing uses.
fn tzif(footer: &str) -> Vec<u8> {
    let block = || {
        let mut bytes = b"TZif2".to_vec();
        bytes.extend([0; 15]);
        // Counts of UT and standard indicators, leap seconds, transitions, types and characters.
        for count in [0_u32, 0, 0, 0, 1, 4] {
            bytes.extend(count.to_be_bytes());
        }
        // UTC, standard time, abbreviation at 0.
        bytes.extend([0, 0, 0, 0, 0, 0]);
        bytes.extend(b"UTC\0");
        bytes
    };
    [block(), block(), format!("\n{footer}\n").into_bytes()].concat()
}

/// Releases in folders, one store, and a clock that each command is given.
struct World {
    place: Place,
}

impl World {
    fn new() -> Self {
        let world = Self { place: Place::new() };
        world.release("old", Some("2026a"), WITH_SEASONS);
        world.place.write("inventory/all.toml", INVENTORY);
        world.place.write("data/config.toml", CONFIG);
        world.run("old", ANNOUNCED, &["apply", "inventory"]).ends(0);
        world
    }

    /// A folder of zone rules in which Vancouver follows `footer`.
    fn release(&self, folder: &str, version: Option<&str>, footer: &str) {
        let zones =
            [("Etc/UTC", "UTC0"), ("Europe/Amsterdam", "CET-1CEST,M3.5.0,M10.5.0/3"), ("America/Vancouver", footer)];
        for (zone, footer) in zones {
            self.place.write(&format!("{folder}/{zone}"), tzif(footer));
        }
        if let Some(version) = version {
            self.place.write(&format!("{folder}/tzdata.zi"), format!("# version {version}\n"));
        }
    }

    fn run(&self, rules: &str, now: &str, args: &[&str]) -> Ran {
        Ran::of(self.place.command(args).env("TZDIR", self.place.path(rules)).env("INWINDOW_CLOCK", now))
    }

    /// Imports a calendar of which `times` are the lines that say when, by some rules.
    fn import(&self, rules: &str, now: &str, times: &str) {
        let calendar = format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\nBEGIN:VEVENT\nUID:1\n{times}\nSUMMARY:line work\n\
             X-MAINTNOTE-PROVIDER:westgrid\nX-MAINTNOTE-MAINTENANCE-ID:W-7\nX-MAINTNOTE-STATUS:CONFIRMED\n\
             X-MAINTNOTE-IMPACT:OUTAGE\nX-MAINTNOTE-OBJECT-ID:line-1\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        self.place.write("notice.ics", calendar);
        self.run(rules, now, &["import", "--received-at", now, "notice.ics"]).ends(0);
    }

    fn json(&self, rules: &str, now: &str, args: &[&str]) -> Value {
        let ran = self.run(rules, now, &[args, &["-o", "json"]].concat());
        serde_json::from_str(&ran.text())
            .unwrap_or_else(|error| panic!("{args:?}: {error}: {}{}", ran.text(), ran.stderr))
    }

    /// Every revision, as stored.
    fn revisions(&self) -> Vec<Value> {
        let shown = self.json("old", REFRESHED, &["show", "W-7"]);
        shown["maintenance"]["revisions"].as_array().expect("revisions").clone()
    }
}

const EVENING: &str = "DTSTART;TZID=America/Vancouver:20261201T200000\nDTEND;TZID=America/Vancouver:20261202T000000";

/// One window imported by the old rules and read again by others.
struct Row {
    times: &'static str,
    /// The footer of the new rules, and their release.
    rules: (&'static str, Option<&'static str>),
    now: &'static str,
    status: i32,
    /// What the report says.
    expected: Value,
}

impl Default for Row {
    fn default() -> Self {
        let rules = (WITHOUT_SEASONS, Some("2026b"));
        Self { times: EVENING, rules, now: REFRESHED, status: 0, expected: Value::Null }
    }
}

#[track_caller]
fn check(row: &Row) {
    let world = World::new();
    world.import("old", ANNOUNCED, row.times);
    world.release("new", row.rules.1, row.rules.0);
    let before = world.revisions();
    let dry = world.json("new", row.now, &["tz", "refresh", "--dry-run"]);
    assert_eq!(world.revisions(), before, "a dry run stores nothing");
    let ran = world.run("new", row.now, &["tz", "refresh", "-o", "json"]).ends(row.status);
    let report: Value = serde_json::from_str(&ran.text()).expect("JSON");
    assert_eq!(report, dry, "a dry run says what would be done");
    let windows = report["windows"].as_array().expect("windows").iter().map(|window| {
        let after = &window["after"];
        json!([window["what"], window["before"]["start"], after["start"], after["end"], window["flags"]])
    });
    let got = json!({
        "windows": windows.collect::<Vec<_>>(),
        "counts": [report["fixed"], report["current"], report["same"]],
    });
    assert_eq!(got, row.expected, "{}", row.times);
    // Twice changes nothing, and what stays for a person stays.
    let revisions = world.revisions();
    let again = world.json("new", row.now, &["tz", "refresh"]);
    assert_eq!((world.revisions(), &again["messages"]), (revisions.clone(), &json!(0)));
    let drifted = report["windows"].as_array().is_some_and(|w| w.iter().any(|w| w["what"] == "drifted"));
    assert_eq!(revisions.len(), before.len() + usize::from(drifted));
}

#[test]
fn what_new_rules_do_to_a_window() {
    let nothing = |counts: [u32; 3]| json!({ "windows": [], "counts": counts });
    let one = |window: Value| json!({ "windows": [window], "counts": [0, 0, 0] });
    let start = "2026-12-02T04:00:00Z";
    let moved = || one(json!(["drifted", start, "2026-12-02T03:00:00Z", "2026-12-02T07:00:00Z", []]));
    let left = |what: &str| one(json!([what, start, null, null, []]));
    // A winter evening by rules that end winter time.
    check(&Row { expected: moved(), ..Row::default() });
    // Other zones, other seasons.
    let amsterdam = "DTSTART;TZID=Europe/Amsterdam:20261201T200000\nDURATION:PT4H";
    check(&Row { times: amsterdam, expected: nothing([0, 0, 1]), ..Row::default() });
    let summer = "DTSTART;TZID=America/Vancouver:20270701T200000\nDURATION:PT4H";
    check(&Row { times: summer, expected: nothing([0, 0, 1]), ..Row::default() });
    // UTC and offsets.
    let utc = "DTSTART:20261202T040000Z\nDTEND:20261202T080000Z";
    check(&Row { times: utc, expected: nothing([1, 0, 0]), ..Row::default() });
    let offset = "DTSTART;TZID=GMT-8:20261201T200000\nDTEND;TZID=GMT-8:20261202T000000";
    check(&Row { times: offset, expected: nothing([1, 0, 0]), ..Row::default() });
    // A day without times, and a length.
    let day = "DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261202";
    let in_zone = day.replace("DTSTART;", "DTSTART;TZID=America/Vancouver;");
    let in_zone: &'static str = in_zone.replace("DTEND;", "DTEND;TZID=America/Vancouver;").leak();
    let date_only =
        json!(["drifted", "2026-12-01T08:00:00Z", "2026-12-01T07:00:00Z", "2026-12-02T07:00:00Z", ["date_only"]]);
    check(&Row { times: in_zone, expected: one(date_only), ..Row::default() });
    let lasting = "DTSTART;TZID=America/Vancouver:20261201T200000\nDURATION:PT4H";
    check(&Row { times: lasting, expected: moved(), ..Row::default() });
    // The same release, read from another folder.
    check(&Row { rules: (WITH_SEASONS, Some("2026a")), expected: nothing([0, 1, 0]), ..Row::default() });
    // Rules that are older, and rules of which nobody knows the age, change nothing.
    check(&Row { rules: (WITHOUT_SEASONS, Some("2025c")), status: 1, expected: left("older-rules"), ..Row::default() });
    check(&Row { rules: (WITHOUT_SEASONS, None), status: 1, expected: left("older-rules"), ..Row::default() });
}

#[test]
fn what_is_over_stays_and_what_runs_is_read_again() {
    let moved = || {
        let window = ["2026-12-02T04:00:00Z", "2026-12-02T03:00:00Z", "2026-12-02T07:00:00Z"];
        json!({ "windows": [["drifted", window[0], window[1], window[2], []]], "counts": [0, 0, 0] })
    };
    let over = || json!({ "windows": [], "counts": [0, 0, 0] });
    let at = |now: &'static str, expected: Value| check(&Row { now, expected, ..Row::default() });
    // Begun by the new rules alone, begun by both, over by the new rules alone, over by both.
    at("2026-12-02T03:30:00Z", moved());
    at("2026-12-02T05:00:00Z", moved());
    at("2026-12-02T07:59:59Z", moved());
    at("2026-12-02T08:00:00Z", over());
    // Over by the old rules alone.
    let west = |now: &'static str, expected: Value| {
        check(&Row { now, rules: (FURTHER_WEST, Some("2026b")), expected, ..Row::default() });
    };
    let later = json!([["drifted", "2026-12-02T04:00:00Z", "2026-12-02T05:00:00Z", "2026-12-02T09:00:00Z", []]]);
    west("2026-12-02T08:59:59Z", json!({ "windows": later, "counts": [0, 0, 0] }));
    west("2026-12-02T09:00:00Z", over());
}

#[test]
fn a_time_that_the_clocks_now_skip_or_repeat_is_for_a_person() {
    let one = |window: Value| json!({ "windows": [window], "counts": [0, 0, 0] });
    let times = "DTSTART;TZID=America/Vancouver:20261201T023000\nDTEND;TZID=America/Vancouver:20261201T060000";
    let gap = json!([
        "drifted",
        "2026-12-01T10:30:00Z",
        "2026-12-01T10:30:00Z",
        "2026-12-01T13:00:00Z",
        ["nonexistent_local_time"]
    ]);
    check(&Row { times, rules: (FORWARD_IN_DECEMBER, Some("2026b")), status: 1, expected: one(gap), ..Row::default() });
    let times = "DTSTART;TZID=America/Vancouver:20261201T013000\nDTEND;TZID=America/Vancouver:20261201T060000";
    let fold = json!([
        "drifted",
        "2026-12-01T09:30:00Z",
        "2026-12-01T08:30:00Z",
        "2026-12-01T14:00:00Z",
        ["ambiguous_local_time"]
    ]);
    check(&Row { times, rules: (BACK_IN_DECEMBER, Some("2026b")), status: 1, expected: one(fold), ..Row::default() });
    // An end in UTC before a start that moves past it.
    let times = "DTSTART;TZID=America/Vancouver:20261201T200000\nDTEND:20261202T043000Z";
    let reversed = json!(["unreadable", "2026-12-02T04:00:00Z", null, null, []]);
    check(&Row { times, rules: (FURTHER_WEST, Some("2026b")), status: 1, expected: one(reversed), ..Row::default() });
}

#[test]
fn the_announcement_is_kept_and_the_verdict_says_both_readings() {
    let world = World::new();
    world.import("old", ANNOUNCED, EVENING);
    world.release("new", Some("2026b"), WITHOUT_SEASONS);
    // Half an hour after the work began by the new rules, half an hour before by the old.
    let ask = ["check", "line-1", "--at", "2026-12-02T03:30:00Z"];
    let after = "2026-12-03T00:00:00Z";
    let judged = |rules: &str| {
        let verdict = world.json(rules, after, &ask);
        let window = &verdict["window"];
        let flag = verdict["flags"].as_array().expect("flags").contains(&json!("zone_rules_changed"));
        json!([verdict["kind"], flag, window["start"], window["as_told"]])
    };
    assert_eq!(judged("old"), json!(["early_start", false, "2026-12-02T04:00:00Z", null]));
    let told = json!({
        "start": "2026-12-02T04:00:00Z",
        "end": "2026-12-02T08:00:00Z",
        "rules": { "origin": "tzdir", "release": "2026a" },
        "rules_now": { "origin": "tzdir", "release": "2026b" },
        "kind": "early_start",
    });
    assert_eq!(judged("new"), json!(["in_window", true, "2026-12-02T03:00:00Z", told]));
    world.run("new", after, &ask).ends(0).says(
        "Those are its words by the zone rules 2026b (TZDIR). By 2026a (TZDIR), which it was told by, it lies from \
         2026-12-02T04:00:00Z to 2026-12-02T08:00:00Z, and the verdict would be early_start.",
    );
    // Past: what was told stays, and both are shown as long as it is asked.
    world.run("new", after, &["tz", "refresh"]).gives(
        0,
        "zone rules in use: 2026b (TZDIR)\nno window lies ahead\n",
        "",
    );
    assert_eq!(judged("new"), json!(["in_window", true, "2026-12-02T03:00:00Z", told]));
    // Read again a day before: terms of 7 d are kept as from the first word, whatever rules ask.
    world.run("new", REFRESHED, &["tz", "refresh"]).ends(0);
    for rules in ["old", "new"] {
        assert_eq!(judged(rules), json!(["in_window", false, "2026-12-02T03:00:00Z", null]), "{rules}");
        let verdict = world.json(rules, after, &ask);
        assert_eq!(verdict["window"]["announced_at"], ANNOUNCED);
        assert_eq!(verdict["window"]["notice_given_seconds"], 31 * 86_400 + 3 * 3_600);
        assert_eq!(verdict["window"]["notice_required_seconds"], 7 * 86_400);
    }
    // The hour that it does not hold any more was not cancelled by anybody.
    let at_the_end = ["check", "line-1", "--at", "2026-12-02T07:30:00Z"];
    for rules in ["old", "new"] {
        assert_eq!(world.json(rules, after, &at_the_end)["kind"], "after_window", "{rules}");
    }
}

#[test]
fn what_readers_were_told_since_is_no_surprise() {
    let world = World::new();
    world.import("old", ANNOUNCED, EVENING);
    world.release("new", Some("2026b"), WITHOUT_SEASONS);
    // The vendor says it again, and it is read by the new rules: a change of times to readers, but no new announcement.
    world.import("new", "2026-11-29T00:00:00Z", &format!("{EVENING}\nSEQUENCE:2"));
    let ask = ["check", "line-1", "--at", "2026-12-02T03:30:00Z"];
    let verdict = world.json("new", "2026-12-03T00:00:00Z", &ask);
    assert_eq!((&verdict["kind"], &verdict["window"]["announced_at"]), (&json!("in_window"), &json!(ANNOUNCED)));
    assert_eq!(verdict["window"]["as_told"], Value::Null);
}

#[test]
fn a_window_that_only_new_rules_put_within_the_horizon_is_found() {
    let world = World::new();
    world.import("old", ANNOUNCED, EVENING);
    world.release("new", Some("2026b"), WITHOUT_SEASONS);
    let after = "2026-12-03T00:00:00Z";
    world.run("old", after, &["import", "notice.ics", "--complete-until", after, "--vendor", "westgrid"]).ends(0);
    // Seven days before the window, and half an hour more by the old rules.
    let ask = ["check", "line-1", "--at", "2026-11-25T03:30:00Z"];
    assert_eq!(world.json("old", after, &ask)["kind"], "unannounced");
    assert_eq!(world.json("new", after, &ask)["kind"], "out_of_window");
}

#[test]
fn readers_are_told_the_new_times_and_why() {
    let world = World::new();
    world.import("old", ANNOUNCED, EVENING);
    world.run("old", ANNOUNCED, &["send"]).ends(0);
    world.release("new", Some("2026b"), WITHOUT_SEASONS);
    world.run("new", REFRESHED, &["doctor"]).ends(1).says(
        "warning: 1 window ahead means other times by the zone rules in use, 2026b (TZDIR), than when it was read: \
         `inwindow tz refresh`",
    );
    let ran = world.run("new", REFRESHED, &["tz", "refresh"]);
    let id = world.json("new", REFRESHED, &["show", "W-7"])["maintenance"]["id"].as_str().expect("an id").to_owned();
    ran.gives(
        0,
        &format!(
            "zone rules in use: 2026b (TZDIR)\n\
             westgrid W-7 ({id}) window 1: 20261201T200000 to 20261202T000000, in America/Vancouver\n\
             \x20 2026-12-02T04:00:00Z to 2026-12-02T08:00:00Z by 2026a (TZDIR)\n\
             \x20 2026-12-02T03:00:00Z to 2026-12-02T07:00:00Z by 2026b (TZDIR): 1 h earlier\n\
             windows ahead: 1 read again\n\
             planned 3 messages, took back 4 messages\n"
        ),
        "",
    );
    world.run("new", REFRESHED, &["doctor"]).never_says("tz refresh");
    let shown = "    revision 1 read again by zone rules 2026b (TZDIR) on 2026-11-30 12:00 UTC\n";
    world.run("new", REFRESHED, &["show", "W-7"]).ends(0).says(shown);
    world.run("new", REFRESHED, &["send"]).ends(0);
    let mails = world.place.mails();
    let change = mails.values().find(|mail| mail.contains("Maintenance changed: line-1")).expect("a change mail");
    let text = change.replace("\r\n", "\n");
    let why = "  The clocks in America/Vancouver follow other rules than when you were told\n  (2026a, now 2026b): the local \
               time that Westgrid gave is the same, and it\n  is another moment.\n";
    // The old times are not shown on the clock that is not what it was.
    let now = "  America/Vancouver (time of Westgrid)\n    from Tuesday 1 December 2026, 20:00 PDT (UTC-07:00)\n";
    let was = "  Was:\n    Europe/Amsterdam (your time)\n      from Wednesday 2 December 2026, 05:00 CET (UTC+01:00)\n";
    for part in [why, now, was, "DTSTART:20261202T030000Z\n"] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert_eq!(mails.len(), 2, "the announcement and the change");
    // Doing it again tells nobody anything.
    let again = "zone rules in use: 2026b (TZDIR)\nwindows ahead: 1 by the rules in use\n";
    world.run("new", REFRESHED, &["tz", "refresh"]).gives(0, again, "");
    world.run("new", REFRESHED, &["plan"]).ends(0).never_says("change");
}

#[test]
fn what_a_person_typed_in_local_time_drifts_too() {
    let world = World::new();
    let add = ["maintenance", "add", "--vendor", "westgrid", "--reference", "W-7", "--object", "line-1"];
    let times = ["--start", "2026-12-01T20:00", "--end", "2026-12-02T04:30-04:00", "--zone", "America/Vancouver"];
    world.run("old", ANNOUNCED, &[&add[..], &times[..]].concat()).ends(0);
    world.release("new", Some("2026b"), WITHOUT_SEASONS);
    let report = world.json("new", REFRESHED, &["tz", "refresh"]);
    // The start is a local time; the end has an offset and stays.
    let window = &report["windows"][0];
    assert_eq!(window["before"], json!({ "start": "2026-12-02T04:00:00Z", "end": "2026-12-02T08:30:00Z" }));
    assert_eq!(window["after"], json!({ "start": "2026-12-02T03:00:00Z", "end": "2026-12-02T08:30:00Z" }));
}

#[test]
fn every_notice_of_a_window_is_read_again_and_closed_work_is_not() {
    let world = World::new();
    world.import("old", ANNOUNCED, EVENING);
    // Said again a month later with another summary: announced by the first all the same.
    world.import("old", "2026-11-29T00:00:00Z", &format!("{EVENING}\nSEQUENCE:2"));
    world.release("new", Some("2026b"), WITHOUT_SEASONS);
    world.run("new", REFRESHED, &["tz", "refresh"]).ends(0);
    let causes: Vec<Value> = world.revisions().iter().map(|r| json!([r["cause"], r["rereads"]])).collect();
    assert_eq!(causes, [json!(["notice", null]), json!(["notice", null]), json!(["tzdata", 1]), json!(["tzdata", 2])]);
    let ask = ["check", "line-1", "--at", "2026-12-02T03:30:00Z"];
    assert_eq!(world.json("old", "2026-12-03T00:00:00Z", &ask)["window"]["announced_at"], ANNOUNCED);
    // A third release reads again what the second did.
    world.release("newer", Some("2026c"), FURTHER_WEST);
    world.run("newer", REFRESHED, &["tz", "refresh"]).ends(0).says("2 h later");
    assert_eq!(world.revisions().last().map(|r| r["rereads"].clone()), Some(json!(4)));
    assert_eq!(world.json("old", REFRESHED, &["list", "windows"])[0]["start"], "2026-12-02T05:00:00Z");
    let cancel = ["maintenance", "cancel", "--vendor", "westgrid", "--reference", "W-7"];
    world.run("newer", REFRESHED, &cancel).ends(0);
    world.release("newest", Some("2026d"), WITH_SEASONS);
    world.run("newest", REFRESHED, &["tz", "refresh"]).ends(0).says("no window lies ahead\n");
}
