//! The two stories (DESIGN.md section 8), every row to the second, through the program as a user runs it: `inwindow
//! demo` in a folder of its own, then questions to what it left there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder in which the demo was played.
pub struct Demo {
    folder: TempDir,
    /// What it printed.
    pub printed: String,
}

/// The demo's folder, as it is named on the command line.
pub const FOLDER: &str = "inwindow-demo";

/// What a command printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Demo {
    /// Plays the demo in a fresh folder.
    pub fn play() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = ran(&program(folder.path()).args(["demo", FOLDER]).output().expect("the program runs"));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
        Self { folder, printed: ran.stdout }
    }

    /// One demo for all tests that only read and run at the same time; the last of them clears it away.
    fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let demo = Arc::new(Self::play());
            *shared = Arc::downgrade(&demo);
            demo
        })
    }

    /// The folder that holds the demo's folder: where commands are run.
    pub fn place(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command on the demo's data.
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = program(self.place()).args(["--data", FOLDER]).args(args).output().expect("the program runs");
        ran(&output)
    }

    /// Runs a command with `-o json`, which must end with this status.
    #[track_caller]
    fn json(&self, args: &[&str], status: i32) -> Value {
        let ran = self.run(&[args, &["-o", "json"]].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (status, ""), "{args:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).expect("the program prints JSON")
    }

    /// The mails in the maildir, as the transport wrote them.
    fn mails(&self) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(self.place().join(FOLDER).join("mail/new")).expect("the demo has a maildir");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).expect("a mail")).collect()
    }
}

/// The program, with nothing of the tester's environment that could change its answers.
pub fn program(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inwindow"));
    command.current_dir(place);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("INWINDOW") || text == "TZDIR" || text == "TZ" || text == "XDG_DATA_HOME" {
            command.env_remove(&name);
        }
    }
    command
}

fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
    Ran { status: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// What a verdict must say.
struct Row {
    answer: &'static str,
    kind: &'static str,
    offset: Option<i64>,
    flags: &'static [&'static str],
    /// Domain (empty for elsewhere), down, of.
    group: &'static [(&'static str, u64, u64)],
    /// Expected impact, and the path that it comes by.
    expected: Option<(&'static str, &'static [&'static str])>,
    /// Label, start, end, seconds.
    segments: &'static [(&'static str, &'static str, &'static str, i64)],
}

/// The announced day: Sunday 26 March 2017 in Amsterdam, 23 hours.
const DAY: (&str, &str) = ("2017-03-25T23:00:00Z", "2017-03-26T22:00:00Z");

/// plus-01: both cords on feed-a.
const SINGLE: Option<(&str, &[&str])> = Some(("OUTAGE", &["plus-01", "feed-a"]));

#[track_caller]
fn check_verdict(verdict: &Value, row: &Row) {
    assert_eq!(verdict["schema"], "inwindow.verdict/1");
    assert_eq!(verdict["answer"], row.answer);
    assert_eq!(verdict["kind"], row.kind);
    assert_eq!(verdict["offset_seconds"], json!(row.offset));
    assert_eq!(verdict["flags"], json!(row.flags));
    let group: Vec<Value> = row
        .group
        .iter()
        .map(|(domain, down, of)| {
            let domain = if domain.is_empty() { Value::Null } else { json!(domain) };
            json!({ "domain": domain, "down": down, "of": of })
        })
        .collect();
    assert_eq!(verdict["group"], json!(group));
    let (expected, path) = row.expected.unzip();
    assert_eq!(
        verdict["impact"],
        json!({ "observed": "OUTAGE", "expected": expected, "path": path.unwrap_or_default() })
    );
    let segments = row.segments.iter().map(|(label, start, end, seconds)| {
        json!({ "label": label, "start": start, "end": end, "seconds": seconds, "excused": false })
    });
    assert_eq!(verdict["segments"], json!(segments.collect::<Vec<_>>()));
    if row.offset.is_none() {
        assert_eq!((&verdict["window"], &verdict["notice"]), (&Value::Null, &Value::Null));
        return;
    }
    let window = &verdict["window"];
    assert_eq!((window["start"].as_str(), window["end"].as_str()), (Some(DAY.0), Some(DAY.1)));
    assert_eq!(window["written"]["start"], "Sunday 26 March 2017");
    assert_eq!((&window["vendor"], &window["reference"]), (&json!("dc-ams"), &json!("DCA-2017-031")));
    assert_eq!((&window["status"], &window["role"]), (&json!("CONFIRMED"), &json!("primary")));
    assert_eq!(window["announced_at"], "2017-03-13T09:12:40Z");
    // From 13 March 09:12:40Z to 25 March 23:00Z; the contract asks for 72 h.
    assert_eq!(
        (&window["notice_given_seconds"], &window["notice_required_seconds"]),
        (&json!(1_086_440), &json!(259_200))
    );
    assert_eq!(
        (&verdict["notice"]["received_at"], &verdict["notice"]["received_by"]),
        (&json!("2017-03-13T09:12:40Z"), &json!("received_header"))
    );
}

/// Asks the demo, and expects `check` to end with no or partly.
#[track_caller]
fn check(asset: &str, asked: &[&str], row: &Row) -> Value {
    let verdict = Demo::shared().json(&[&["check", asset], asked].concat(), 1);
    assert_eq!(verdict["asset"], asset);
    check_verdict(&verdict, row);
    verdict
}

const PLUS_01: Row = Row {
    answer: "no",
    kind: "early_start",
    offset: Some(-14_400),
    flags: &["date_only_window", "single_feed"],
    group: &[("dc-ams/hall-1", 1, 6)],
    expected: SINGLE,
    segments: &[("outside", "2017-03-25T19:00:00Z", "2017-03-25T19:00:01Z", 1)],
};

#[test]
fn a_the_server_with_both_cords_on_one_feed_died_four_hours_early() {
    let verdict = check("plus-01", &["--at", "2017-03-25T19:00:00Z"], &PLUS_01);
    assert_eq!(verdict["as_of"], "2017-03-25T19:00:00Z");
    // The same instant as people wrote it.
    check("plus-01", &["--at", "2017-03-25T20:00", "--zone", "Europe/Amsterdam"], &PLUS_01);
    check("plus-01", &["--at", "2017-03-25T20:00+01:00"], &PLUS_01);
}

#[test]
fn a_the_dual_fed_servers_rebooted_two_hours_early() {
    for asset in ["plus-02", "plus-03", "plus-04", "plus-05"] {
        let row = Row {
            answer: "no",
            kind: "early_start",
            offset: Some(-7_200),
            flags: &["impact_exceeded", "date_only_window", "common_cause"],
            group: &[("dc-ams/hall-1", 4, 6)],
            expected: None,
            segments: &[("outside", "2017-03-25T21:00:00Z", "2017-03-25T21:00:01Z", 1)],
        };
        // 22:00 "GMT+1".
        for at in ["2017-03-25T21:00:00Z", "2017-03-25T22:00+01:00"] {
            dual_fed(asset, &["--at", at], &row);
        }
    }
}

#[test]
fn a_the_same_servers_went_down_inside_the_announced_day_of_23_hours() {
    for asset in ["plus-02", "plus-03", "plus-04", "plus-05"] {
        let row = Row {
            answer: "partly",
            kind: "impact_exceeded",
            offset: Some(0),
            flags: &["date_only_window", "common_cause", "vendor_statement_conflict"],
            group: &[("dc-ams/hall-1", 4, 6)],
            expected: None,
            segments: &[("covered_impact_exceeded", "2017-03-26T00:00:00Z", "2017-03-26T00:00:01Z", 1)],
        };
        let verdict = dual_fed(asset, &["--at", "2017-03-26T00:00:00Z"], &row);
        let said: Vec<&str> = evidence(&verdict, "statement");
        assert_eq!(said.len(), 3, "{said:?}");
        let stances = [": unrelated: ", ": related: ", ": related: "];
        assert!(said.iter().zip(stances).all(|(said, stance)| said.contains(stance)), "{said:?}");
    }
}

/// [`check`] of a server with a cord on each feed, whose path is its own.
#[track_caller]
fn dual_fed(asset: &'static str, asked: &[&str], row: &Row) -> Value {
    let path: &'static [&'static str] = Box::leak(Box::new([asset, "feed-a"]));
    check(asset, asked, &Row { expected: Some(("REDUCED-REDUNDANCY", path)), ..*row })
}

fn evidence<'a>(verdict: &'a Value, kind: &str) -> Vec<&'a str> {
    let all = verdict["evidence"].as_array().expect("evidence is a list");
    all.iter().filter(|one| one["kind"] == kind).filter_map(|one| one["text"].as_str()).collect()
}

#[test]
fn a_the_window_is_the_local_day_to_the_second() {
    let demo = Demo::shared();
    for (at, kind, offset) in [
        ("2017-03-25T22:59:59Z", "early_start", -1),
        ("2017-03-25T23:00:00Z", "impact_exceeded", 0),
        ("2017-03-26T21:59:59Z", "impact_exceeded", 0),
        ("2017-03-26T22:00:00Z", "after_window", 0),
        ("2017-03-26T22:00:01Z", "after_window", 1),
    ] {
        let verdict = demo.json(&["check", "plus-03", "--at", at, "--as-of", "2017-03-25T00:00:00Z"], 1);
        assert_eq!((&verdict["kind"], &verdict["offset_seconds"]), (&json!(kind), &json!(offset)), "{at}");
        assert_eq!(
            (verdict["window"]["start"].as_str(), verdict["window"]["end"].as_str()),
            (Some(DAY.0), Some(DAY.1))
        );
    }
}

#[test]
fn a_a_time_that_no_clock_showed_is_refused_with_its_neighbours() {
    let demo = Demo::shared();
    let refused = Ran {
        status: 2,
        stdout: String::new(),
        stderr: "inwindow: 2017-03-26T02:31:00 does not exist in Europe/Amsterdam: clocks jumped from 02:00 to 03:00 at \
                 2017-03-26T01:00:00Z\nhelp: did you mean 2017-03-26T03:31:00+02:00 (the clock that had not been changed) \
                 or 2017-03-26T01:31:00+01:00?\n"
            .into(),
    };
    assert_eq!(demo.run(&["check", "plus-02", "--at", "2017-03-26T02:31[Europe/Amsterdam]"]), refused);
    assert_eq!(demo.run(&["check", "plus-02", "--at", "2017-03-26T02:31", "--zone", "Europe/Amsterdam"]), refused);
    // 03:31 CEST = 02:31 CET = 01:31Z.
    for (at, zone) in [
        ("2017-03-26T03:31", Some("Europe/Amsterdam")),
        ("2017-03-26T03:31+02:00", None),
        ("2017-03-26T02:31+01:00", None),
        ("2017-03-26T01:31Z", None),
        ("2017-03-26T01:31:00Z", None),
    ] {
        let mut args = vec!["check", "plus-02", "--at", at];
        args.extend(zone.iter().flat_map(|zone| ["--zone", zone]));
        let verdict = demo.json(&args, 1);
        assert_eq!(verdict["outage"]["start"], "2017-03-26T01:31:00Z", "{at}");
    }
}

#[test]
fn a_from_one_o_clock_to_the_word_is_an_hour_and_a_half() {
    let span = ["--from", "2017-03-26T01:00", "--to", "2017-03-26T03:31", "--zone", "Europe/Amsterdam"];
    let row = Row {
        answer: "partly",
        kind: "impact_exceeded",
        offset: Some(0),
        flags: &["date_only_window", "common_cause", "vendor_statement_conflict"],
        group: &[("dc-ams/hall-1", 4, 6)],
        expected: None,
        // 1 h 31 min; the wall clock's difference is 2 h 31 min.
        segments: &[("covered_impact_exceeded", "2017-03-26T00:00:00Z", "2017-03-26T01:31:00Z", 5_460)],
    };
    dual_fed("plus-02", &span, &row);
    let refused = &played()["stories"][0]["refused"];
    assert_eq!(refused["clocks"], json!(["03:31 CEST", "02:31 CET", "01:31Z"]));
    assert_eq!((&refused["since"], &refused["elapsed_seconds"]), (&json!("01:00 CET"), &json!(5_460)));
    assert_eq!(refused["meant"], "2017-03-26T01:31:00Z");
    // The statement itself bears that instant.
    let outage = &outages()["2017-03-26T00:00:00Z"];
    let word =
        outage["statements"].as_array().expect("statements").iter().find(|said| said["said_at"] == refused["meant"]);
    assert!(
        word.is_some_and(|said| said["words"].as_str().is_some_and(|words| words.contains("Breakers on the PDUs")))
    );
}

#[test]
fn a_a_later_mail_changes_nothing_but_is_told() {
    let later = ["--at", "2017-03-25T19:00:00Z", "--as-of", "2017-03-27T00:00:00Z"];
    let row = Row { flags: &["date_only_window", "single_feed", "retroactive_notice"], ..PLUS_01 };
    let verdict = check("plus-01", &later, &row);
    assert_eq!(verdict["as_of"], "2017-03-27T00:00:00Z");
    // The mail came at 07:40:00Z; K is exclusive.
    check("plus-01", &["--at", "2017-03-25T19:00:00Z", "--as-of", "2017-03-26T07:40:00Z"], &PLUS_01);
    check("plus-01", &["--at", "2017-03-25T19:00:00Z", "--as-of", "2017-03-26T07:40:01Z"], &row);
}

#[test]
fn a_the_audit_finds_both_cords_on_one_feed_before_the_window() {
    let audit = Demo::shared().json(&["audit", "--now", "2017-03-24T09:00:00Z"], 1);
    let found = |severity: &str, rule: &str, text: &str| json!([{ "asset": "plus-01", "path": ["plus-01", "feed-a"], "rule": rule, "severity": severity, "text": text }]);
    let single = found("warning", "single-feed", "`plus-01` has both cords on `feed-a`: they fail together");
    assert_eq!(audit["standing"], single);
    let windows = audit["windows"].as_array().expect("windows");
    assert_eq!(windows.len(), 1);
    assert_eq!(windows[0]["reference"], "DCA-2017-031");
    assert_eq!(windows[0]["interval"], json!({ "start": DAY.0, "end": DAY.1 }));
    let lost = "`plus-01` goes down with `feed-a`, since it has both cords on `feed-a`";
    assert_eq!(windows[0]["findings"], found("critical", "loses-all-paths", lost));
}

#[test]
fn b_no_window_was_announced_and_that_is_proved() {
    let row = Row {
        answer: "no",
        kind: "unannounced",
        offset: None,
        flags: &[],
        group: &[("joyent/us-east-1", 1, 2), ("", 0, 5)],
        expected: None,
        segments: &[("outside", "2014-05-27T20:13:00Z", "2014-05-27T21:20:00Z", 4_020)],
    };
    let verdict = check("tix1", &["--from", "2014-05-27T20:13:00Z", "--to", "2014-05-27T21:20:00Z"], &row);
    let read = "joyent: everything received before 2014-05-28T09:00:00Z was read";
    assert_eq!(evidence(&verdict, "coverage"), [read]);
    let why: Vec<&str> = verdict["why"].as_array().expect("why").iter().filter_map(Value::as_str).collect();
    let proof =
        "joyent's notices in `joyent mailbox` were all read up to 2014-05-28 05:00:00 EDT (2014-05-28T09:00:00Z)";
    assert!(why.iter().any(|sentence| sentence.starts_with(proof)), "{why:?}");
    let group = "1 of 2 in joyent/us-east-1, 0 of 5 elsewhere";
    assert!(why.iter().any(|sentence| sentence.ends_with(&format!("{group}."))), "{why:?}");
    assert!(Demo::shared().printed.contains(group));
}

#[test]
fn b_the_backup_check_was_overdue() {
    let audit = Demo::shared().json(&["audit", "--now", "2014-05-27T21:00:00Z", "--next", "14d"], 1);
    let item = json!([{ "id": "webtix-backup", "what": "backup verified", "asset": "webtix-1",
        "owner": "Center Stage on call", "due_at": "2014-05-26T18:00:00Z" }]);
    assert_eq!(audit["overdue"], item);
    assert_eq!(audit["windows"], json!([]));
    let story = &played()["stories"][1];
    let audits: Vec<&str> = steps(story, "audit");
    assert_eq!(
        audits,
        ["checklist item overdue: backup verified of webtix-1, due 26 May 14:00 EDT, owner Center Stage on call"]
    );
}

fn steps<'a>(story: &'a Value, event: &str) -> Vec<&'a str> {
    let all = story["steps"].as_array().expect("steps");
    all.iter().filter(|step| step["event"] == event).filter_map(|step| step["what"].as_str()).collect()
}

/// What `demo -o json` prints.
fn played() -> &'static Value {
    static PLAYED: OnceLock<Value> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = ran(&program(folder.path()).args(["demo", "-o", "json"]).output().expect("the program runs"));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        serde_json::from_str(&ran.stdout).expect("JSON")
    })
}

/// The recorded outages by their start.
fn outages() -> BTreeMap<String, Value> {
    let list = Demo::shared().json(&["list", "outages"], 0);
    let of = |seen: &Value| (seen["outage"]["start"]["at"].as_str().expect("a start").to_owned(), seen.clone());
    list.as_array().expect("a list").iter().map(of).collect()
}

#[test]
fn the_stored_verdicts_are_those_of_what_was_known_at_the_start() {
    let outages = outages();
    let starts: Vec<&str> = outages.keys().map(String::as_str).collect();
    assert_eq!(
        starts,
        ["2014-05-27T20:13:00Z", "2017-03-25T19:00:00Z", "2017-03-25T21:00:00Z", "2017-03-26T00:00:00Z"]
    );
    type Stored = (&'static str, &'static [&'static str], &'static str, Option<i64>, &'static [&'static str], i64);
    let rows: [Stored; 4] = [
        ("2014-05-27T20:13:00Z", &["tix1"], "unannounced", None, &[], 4_020),
        (
            "2017-03-25T19:00:00Z",
            &["plus-01"],
            "early_start",
            Some(-14_400),
            &["date_only_window", "single_feed"],
            3_900,
        ),
        (
            "2017-03-25T21:00:00Z",
            &["plus-02", "plus-03", "plus-04", "plus-05"],
            "early_start",
            Some(-7_200),
            &["impact_exceeded", "date_only_window", "common_cause"],
            720,
        ),
        (
            "2017-03-26T00:00:00Z",
            &["plus-02", "plus-03", "plus-04", "plus-05"],
            "impact_exceeded",
            Some(0),
            &["date_only_window", "common_cause", "vendor_statement_conflict"],
            10_200,
        ),
    ];
    for (start, assets, kind, offset, flags, seconds) in rows {
        let seen = &outages[start];
        assert_eq!(seen["outage"]["assets"], json!(assets), "{start}");
        let verdicts = seen["verdicts"].as_array().expect("verdicts");
        assert_eq!(verdicts.len(), assets.len(), "{start}");
        for (verdict, asset) in verdicts.iter().zip(assets) {
            assert_eq!(verdict["asset"], *asset);
            assert_eq!(verdict["as_of"], start, "the official verdict asks what was known at the start");
            assert_eq!(
                (&verdict["kind"], &verdict["offset_seconds"]),
                (&json!(kind), &json!(offset)),
                "{asset} {start}"
            );
            assert_eq!(verdict["flags"], json!(flags), "{asset} {start}");
            let sum: i64 =
                verdict["segments"].as_array().expect("segments").iter().filter_map(|s| s["seconds"].as_i64()).sum();
            assert_eq!(sum, seconds, "{asset} {start}");
        }
        let id = seen["outage"]["id"].as_str().expect("an id");
        assert_eq!(Demo::shared().json(&["show", id], 0)["verdicts"], seen["verdicts"], "{start}");
    }
}

#[test]
fn the_demo_prints_the_verdicts_that_check_gives() {
    let demo = Demo::shared();
    for story in played()["stories"].as_array().expect("stories") {
        for row in story["rows"].as_array().expect("rows") {
            let said = &row["verdict"];
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let (asset, from, to) =
                (text(&said["asset"]), text(&said["outage"]["start"]), text(&said["outage"]["end"]));
            let as_of = text(&said["as_of"]);
            let asked = demo.json(&["check", &asset, "--from", &from, "--to", &to, "--as-of", &as_of], 1);
            assert_eq!(asked, *said, "{}", row["what"]);
        }
    }
}

/// A mail as it was delivered.
struct Delivered {
    stage: &'static str,
    to: String,
    text: String,
    subject: String,
    calendar: Option<String>,
}

/// The stage that a subject belongs to, in the languages of the letters.
fn stage_of(subject: &str) -> &'static str {
    let stages = [
        ("announce", ["Maintenance announced: ", "Wartung angekündigt: "]),
        ("reminder", ["Reminder: maintenance of ", "Erinnerung: Wartung von "]),
        ("change", ["Maintenance changed: ", "Wartung geändert: "]),
        ("complete", ["Maintenance completed: ", "Wartung beendet: "]),
        ("follow-up", ["After the maintenance: ", "Nach der Wartung: "]),
        ("outage", ["Outage: ", "Störung: "]),
    ];
    let rest = subject.strip_prefix("[Hoster] ").unwrap_or_else(|| panic!("{subject}: not ours"));
    let found = stages.iter().find(|(_, words)| words.iter().any(|words| rest.starts_with(words)));
    found.unwrap_or_else(|| panic!("{subject}: no stage")).0
}

fn delivered() -> Vec<Delivered> {
    let of = |bytes: &Vec<u8>| {
        let message = MessageParser::default().parse(bytes).expect("a mail");
        check_headers(&message);
        let subject = message.subject().expect("a subject").to_owned();
        let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a recipient");
        let is_calendar = |part: &&mail_parser::MessagePart<'_>| {
            part.content_type().is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some("calendar"))
        };
        Delivered {
            stage: stage_of(&subject),
            to: to.to_owned(),
            text: message.body_text(0).expect("a text").into_owned(),
            calendar: message.parts.iter().find(is_calendar).and_then(|part| part.text_contents()).map(str::to_owned),
            subject,
        }
    };
    Demo::shared().mails().iter().map(of).collect()
}

#[track_caller]
fn check_headers(message: &Message<'_>) {
    let header = |name: &str| message.header_raw(name).map(str::trim).map(str::to_owned);
    assert_eq!(
        message.from().and_then(|from| from.first()).and_then(|from| from.address()),
        Some("noc@hoster.example")
    );
    assert_eq!(message.to().map(|to| to.iter().count()), Some(1), "one mail has one reader");
    assert_eq!(header("Auto-Submitted").as_deref(), Some("auto-generated"));
    let unsubscribe = "<mailto:unsubscribe@hoster.example?subject=unsubscribe>";
    assert_eq!(header("List-Unsubscribe").as_deref(), Some(unsubscribe));
    assert!(message.message_id().is_some_and(|id| id.ends_with("@hoster.example")));
    assert!(message.body_html(0).is_some_and(|html| html.contains("<!DOCTYPE html>")));
}

/// Who got the mails of a stage: addresses with how many each.
fn readers(stage: &str, about: &str) -> BTreeMap<String, usize> {
    let mut readers = BTreeMap::new();
    for mail in delivered().iter().filter(|mail| mail.stage == stage && mail.text.contains(about)) {
        *readers.entry(mail.to.clone()).or_default() += 1;
    }
    readers
}

#[track_caller]
fn check_readers(stage: &str, about: &str, expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> = expected.iter().map(|(to, count)| ((*to).to_owned(), *count)).collect();
    assert_eq!(readers(stage, about), expected, "{stage} about {about}");
}

#[test]
fn the_mails_go_to_those_who_are_touched_and_want_them_and_to_nobody_else() {
    // harbour-labs has one server with a cord on each feed; polder-media's book-keepers want announcements only.
    check_readers(
        "announce",
        "DCA-2017-031",
        &[
            ("administratie@polder-media.example", 1),
            ("beheer@polder-media.example", 1),
            ("oncall@prairie-radio.example", 1),
            ("ops@arctic-films.example", 1),
            ("sysadmin@harbour-labs.example", 1),
            ("technik@rhein-archiv.example", 1),
        ],
    );
    let technical = |count| {
        [
            ("beheer@polder-media.example", count),
            ("oncall@prairie-radio.example", count),
            ("ops@arctic-films.example", count),
            ("sysadmin@harbour-labs.example", count),
            ("technik@rhein-archiv.example", count),
        ]
    };
    check_readers("reminder", "DCA-2017-031", &technical(4));
    check_readers("change", "DCA-2017-031", &technical(1));
    check_readers("complete", "DCA-2017-031", &technical(1));
    // Not to harbour-labs: plus-06 never went down.
    check_readers(
        "follow-up",
        "DCA-2017-031",
        &[
            ("beheer@polder-media.example", 1),
            ("oncall@prairie-radio.example", 1),
            ("ops@arctic-films.example", 1),
            ("technik@rhein-archiv.example", 1),
        ],
    );
    // plus-01 once; plus-02 to -05 twice; prairie-radio uses plus-01 and plus-05.
    check_readers(
        "outage",
        "plus-0",
        &[
            ("beheer@polder-media.example", 2),
            ("oncall@prairie-radio.example", 3),
            ("ops@arctic-films.example", 1),
            ("technik@rhein-archiv.example", 2),
        ],
    );
    // Story B: the Webtix customers of tix1 who want outage mail; not midtown-opera's accounts, no Wintix customer.
    check_readers(
        "outage",
        "webtix-1",
        &[
            ("billetterie@salle-boreale.example", 1),
            ("boxoffice@lakeside-theatre.example", 1),
            ("tickets@midtown-opera.example", 1),
        ],
    );
    let all: usize = [6, 5 * 4, 5, 5, 4, 8, 3].iter().sum();
    assert_eq!(delivered().len(), all);
}

#[test]
fn after_completion_customers_are_asked_to_restart_their_apps() {
    let asked = |to: &str| {
        let mails = delivered();
        let mail = mails.iter().find(|mail| mail.stage == "follow-up" && mail.to == to).expect("a follow-up");
        (mail.subject.clone(), mail.text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (subject, text) = asked("ops@arctic-films.example");
    assert_eq!(subject, "[Hoster] After the maintenance: plus-01");
    assert!(
        text.contains("Please log in and restart your apps: an app that was running before does not come back"),
        "{text}"
    );
    assert!(asked("beheer@polder-media.example").1.contains("Log in en start uw apps opnieuw"));
    let (subject, text) = asked("technik@rhein-archiv.example");
    assert_eq!(subject, "[Hoster] Nach der Wartung: plus-04");
    assert!(text.contains("starten Sie Ihre Apps neu"), "{text}");
}

#[test]
fn every_mail_tells_the_time_on_three_clocks() {
    let zones = BTreeMap::from([
        ("administratie@polder-media.example", "Europe/Amsterdam"),
        ("beheer@polder-media.example", "Europe/Amsterdam"),
        ("oncall@prairie-radio.example", "America/Winnipeg"),
        ("ops@arctic-films.example", "Europe/Helsinki"),
        ("sysadmin@harbour-labs.example", "Australia/Sydney"),
        ("technik@rhein-archiv.example", "Europe/Berlin"),
        ("billetterie@salle-boreale.example", "America/Toronto"),
        ("boxoffice@lakeside-theatre.example", "America/New_York"),
        ("tickets@midtown-opera.example", "America/Chicago"),
    ]);
    for mail in delivered() {
        let vendor = if mail.text.contains("webtix-1") { "America/New_York" } else { "Europe/Amsterdam" };
        let starts = |zone: &str| mail.text.lines().any(|line| line.trim_start().starts_with(zone));
        for zone in [vendor, zones[mail.to.as_str()], "UTC"] {
            assert!(starts(zone), "{} to {} lacks {zone}:\n{}", mail.subject, mail.to, mail.text);
        }
    }
    // The announced day as a reader in Winnipeg has it: rules since 2007 hold, and the offset stands beside each time.
    let mails = delivered();
    let announced = mails.iter().find(|mail| mail.stage == "announce" && mail.to == "oncall@prairie-radio.example");
    let text = &announced.expect("an announcement").text;
    for line in [
        "from Sunday 26 March 2017, 00:00 CET (UTC+01:00)",
        "to Monday 27 March 2017, 00:00 CEST (UTC+02:00)",
        "from Saturday 25 March 2017, 18:00 CDT (UTC-05:00)",
        "to Sunday 26 March 2017, 17:00 CDT (UTC-05:00)",
        "from Saturday 25 March 2017, 23:00 UTC",
        "to Sunday 26 March 2017, 22:00 UTC",
        "Duration: 23 h",
    ] {
        assert!(text.lines().any(|shown| shown.trim() == line), "lacks `{line}`:\n{text}");
    }
}

#[test]
fn what_is_about_the_maintenance_carries_its_calendar_entry() {
    let mut sequences: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for mail in delivered() {
        let wants = matches!(mail.stage, "announce" | "reminder" | "change" | "complete");
        assert_eq!(mail.calendar.is_some(), wants, "{}", mail.subject);
        let Some(calendar) = mail.calendar else { continue };
        let unfolded = calendar.replace("\r\n ", "").replace("\n ", "");
        let value = |name: &str| {
            let line = unfolded.lines().find(|line| line.starts_with(&format!("{name}:")));
            line.unwrap_or_else(|| panic!("{} lacks {name}:\n{unfolded}", mail.subject))
                .split_once(':')
                .expect("a value")
                .1
        };
        assert_eq!(unfolded.matches("BEGIN:VEVENT").count(), 1, "one entry a window");
        assert!(!unfolded.contains("METHOD:"), "an entry that asks for no answer");
        let (start, end) = match mail.stage {
            "change" => ("20170324T230000Z", "20170326T220000Z"),
            "complete" => ("20170324T230000Z", "20170326T193000Z"),
            _ => ("20170325T230000Z", "20170326T220000Z"),
        };
        assert_eq!((value("DTSTART"), value("DTEND")), (start, end), "{}", mail.subject);
        assert_eq!(value("X-MAINTNOTE-PROVIDER"), "hoster.example");
        let status = if mail.stage == "complete" { "COMPLETED" } else { "CONFIRMED" };
        assert_eq!(value("X-MAINTNOTE-STATUS"), status, "{}: {unfolded}", mail.subject);
        let entry = (value("UID").to_owned(), format!("{:>4} {}", value("SEQUENCE"), mail.stage));
        sequences.entry(mail.to).or_default().insert(entry);
    }
    for (to, entries) in sequences {
        let uids: BTreeSet<&String> = entries.iter().map(|(uid, _)| uid).collect();
        assert_eq!(uids.len(), 1, "{to}: one reader's entry keeps its UID");
        let wanted = if to.starts_with("administratie@") { 1 } else { 7 };
        let distinct: BTreeSet<&str> = entries.iter().map(|(_, sequence)| &sequence[..4]).collect();
        assert_eq!(distinct.len(), wanted, "{to}: each mail raises the SEQUENCE: {entries:?}");
    }
}

/// Everything in a folder, by its place there. The store's own files are left out: a database file is not the same
/// byte for byte.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("inwindow.db") {
                found.insert(path.strip_prefix(folder).expect("inside").to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn the_demo_again_is_the_same_to_the_byte_whatever_the_environment_says() {
    let demo = Demo::play();
    let folder = demo.place().join(FOLDER);
    let before = contents(&folder);
    assert!(before.len() > 51, "the mails and the demo's own files");
    // What a user left in it goes: the folder is the demo's.
    fs::write(folder.join("inventory/extra.toml"), "[[vendor]]\nid = \"x\"\n").expect("written");
    let elsewhere = demo.place().join("elsewhere");
    let mut again = program(demo.place());
    again.args(["demo", FOLDER]).env("INWINDOW_DATA", &elsewhere).env("INWINDOW_CLOCK", "2031-01-01T00:00:00Z");
    let again = ran(&again.env("TZ", "Asia/Tokyo").output().expect("the program runs"));
    assert_eq!((again.status, again.stderr.as_str()), (0, ""));
    assert_eq!(again.stdout, demo.printed);
    assert!(contents(&folder) == before, "the second run left other files than the first");
    assert!(!elsewhere.exists(), "INWINDOW_DATA is not the demo's folder");
}

#[test]
fn the_demo_leaves_a_foreign_folder_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join(FOLDER);
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("precious.txt"), "mine").expect("written");
    let ran = ran(&program(place.path()).args(["demo", FOLDER]).output().expect("the program runs"));
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "inwindow: `inwindow-demo` holds something that is no demo\nhelp: name a folder that is empty or does not exist\n"
    );
    assert_eq!(contents(&folder), BTreeMap::from([(PathBuf::from("precious.txt"), b"mine".to_vec())]));
}

#[test]
fn a_demo_that_was_cut_short_can_be_repeated() {
    let demo = Demo::play();
    let folder = demo.place().join(FOLDER);
    fs::remove_file(folder.join("config.toml")).expect("removed");
    fs::remove_dir_all(folder.join("inventory")).expect("removed");
    let again = ran(&program(demo.place()).args(["demo", FOLDER]).output().expect("the program runs"));
    assert_eq!((again.status, again.stdout == demo.printed), (0, true), "{}", again.stderr);
}

#[test]
fn every_command_that_the_demo_proposes_works() {
    let demo = Demo::shared();
    let prefix = format!("inwindow --data {FOLDER} ");
    let lines = demo.printed.lines().map(|line| line.trim_start().trim_start_matches("$ "));
    let commands: Vec<&str> = lines.filter_map(|line| line.strip_prefix(&prefix)).collect();
    assert_eq!(commands.len(), 6, "{commands:?}");
    for command in commands {
        let args: Vec<&str> = command.split(' ').map(|word| word.trim_matches('\'')).collect();
        let ran = demo.run(&args);
        // The one that is shown refused, `check` and `audit` with their answer no, the others with yes.
        let status = match (args[0], command.contains("02:31")) {
            (_, true) => 2,
            ("check" | "audit", false) => 1,
            (_, false) => 0,
        };
        assert_eq!(ran.status, status, "{command}: {ran:?}");
        let shown = if status == 2 { &ran.stderr } else { &ran.stdout };
        assert!(shown.lines().count() >= 2, "{command}: {ran:?}");
    }
}

#[test]
fn the_demo_fits_a_screen_of_110_columns() {
    let demo = Demo::shared();
    let long: Vec<&str> = demo.printed.lines().filter(|line| line.chars().count() > 110).collect();
    assert!(long.is_empty(), "{long:#?}");
}
