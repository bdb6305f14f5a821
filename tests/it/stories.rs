//! The two stories (DESIGN.md section 8), every row to the second, through the program as a user runs it: `inwindow
//! demo` in a folder of its own, then questions to what it left there.

mod again;
mod mails;
mod played;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

pub use played::{Demo, FOLDER, Ran, program, ran};

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
    // What the notice states of `feed-a`, which the path of each of them leads to.
    let stated = path.as_ref().map(|_| "OUTAGE");
    assert_eq!(
        verdict["impact"],
        json!({ "observed": "OUTAGE", "stated": stated, "expected": expected, "path": path.unwrap_or_default() })
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
    // The demo has run the audit at that instant, and kept what it found.
    let told = |found: &Value| {
        assert_eq!(found["since"], "2017-03-24T09:00:00Z", "{found}");
        assert!(found["id"].as_str().is_some_and(|id| id.starts_with("f-")), "{found}");
        ["severity", "rule", "asset", "text"].map(|key| found[key].as_str().unwrap_or_default().to_owned())
    };
    let all = |found: &Value| found.as_array().expect("findings").iter().map(told).collect::<Vec<_>>();
    let single = "`plus-01` has both cords on `feed-a`: they fail together";
    assert_eq!(all(&audit["standing"]), [["warning", "single-feed", "plus-01", single]]);
    assert_eq!(audit["standing"][0]["path"], json!(["plus-01", "feed-a"]));
    let windows = audit["windows"].as_array().expect("windows");
    assert_eq!(windows.len(), 1);
    assert_eq!(windows[0]["reference"], "DCA-2017-031");
    assert_eq!(windows[0]["interval"], json!({ "start": DAY.0, "end": DAY.1 }));
    let lost = "`plus-01` goes down with `feed-a`, since it has both cords on `feed-a`";
    let over = "`feed-b` has to carry 17.5 A while `feed-a` is down: more than its 16 A";
    let alone = "`plus-02`, `plus-03`, `plus-04`, `plus-05` and `plus-06` hang on `feed-b` alone while `feed-a` is down: \
                 one more failure takes them down";
    let expected = [
        ["critical", "loses-all-paths", "plus-01", lost],
        ["critical", "overload", "feed-b", over],
        ["warning", "no-spare", "plus-02", alone],
    ];
    assert_eq!(all(&windows[0]["findings"]), expected);
    assert_eq!(audit["conflicts"], json!([]));
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

/// Start, assets, kind, offset, flags and seconds of a recorded outage.
type Stored = (&'static str, &'static [&'static str], &'static str, Option<i64>, &'static [&'static str], i64);

#[test]
fn the_stored_verdicts_are_those_of_what_was_known_at_the_start() {
    let outages = outages();
    let starts: Vec<&str> = outages.keys().map(String::as_str).collect();
    assert_eq!(
        starts,
        ["2014-05-27T20:13:00Z", "2017-03-25T19:00:00Z", "2017-03-25T21:00:00Z", "2017-03-26T00:00:00Z"]
    );
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
            let mut asked = demo.json(&["check", &asset, "--from", &from, "--to", &to, "--as-of", &as_of], 1);
            // What `check` adds to the verdict: what could be claimed, and whether the inventory had been applied by then.
            let claims = asked.as_object_mut().and_then(|verdict| verdict.remove("claims"));
            assert!(claims.is_some_and(|claims| claims.is_array()));
            let declared = asked.as_object_mut().and_then(|verdict| verdict.remove("inventory"));
            assert_eq!(declared, Some(Value::from("in_force")));
            assert_eq!(asked, *said, "{}", row["what"]);
        }
    }
}
