//! Claims because of the demo's outages, as a user sees to them: until when, filed, waived, run out.

use serde_json::Value;

use crate::stories::{Demo, FOLDER, Ran, ran};

/// The night of story A.
const NIGHT: &str = "o-36f9d1257136";

/// A command at an instant.
fn at(demo: &Demo, clock: &str, args: &[&str]) -> Ran {
    let mut program = demo.program();
    ran(&program
        .env("INWINDOW_CLOCK", clock)
        .env("USER", "ada")
        .args(["--data", FOLDER])
        .args(args)
        .output()
        .expect("runs"))
}

fn json(demo: &Demo, clock: &str, args: &[&str], status: i32) -> Value {
    let ran = at(demo, clock, &[args, &["-o", "json"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (status, ""), "{args:?}: {ran:?}");
    serde_json::from_str(&ran.stdout).expect("JSON")
}

/// Which claims are told, by outage with their state.
fn states(told: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = told.as_array().expect("rows");
    rows.iter().map(|row| (word(&row["claim"]["outage"]), word(&row["state_now"]))).collect()
}

#[test]
fn the_claims_of_story_a_run_out_thirty_days_after_the_end_of_march() {
    let demo = Demo::shared();
    let open = json(&demo, "2017-04-10T08:00:00Z", &["outage", "claims"], 1);
    assert_eq!(open.as_array().map(Vec::len), Some(3), "one an outage: {open:#}");
    for row in open.as_array().expect("rows") {
        let claim = &row["claim"];
        // March ends in Amsterdam at 22:00Z, the clocks having been changed.
        assert_eq!(
            (&claim["counted_from"], &claim["due_at"]),
            (&"2017-03-31T22:00:00Z".into(), &"2017-04-30T22:00:00Z".into())
        );
        assert_eq!((&claim["vendor"], &claim["within"]), (&"dc-ams".into(), &"30 d after month end".into()));
    }
    // To the very last instant they can be filed, a second later they have run out.
    let all = |clock, status| states(&json(&demo, clock, &["outage", "claims"], status));
    assert!(all("2017-04-30T22:00:00Z", 1).iter().all(|(_, state)| state == "open"));
    assert!(all("2017-04-30T22:00:01Z", 0).iter().all(|(_, state)| state == "lapsed"));
    assert_eq!(all("2017-05-31T22:00:00Z", 0).len(), 3);
    assert_eq!(all("2017-05-31T22:00:01Z", 1 - 1).len(), 0, "and after a month more nobody is told of them");
    let ever = json(&demo, "2018-01-01T00:00:00Z", &["outage", "claims", "--all"], 0);
    assert_eq!(states(&ever).len(), 3, "unless asked for all");
}

#[test]
fn a_claim_that_is_filed_or_waived_waits_no_more_and_stays_on_record() {
    let demo = Demo::play();
    let day = "2017-04-10T08:00:00Z";
    let filed = json(&demo, day, &["outage", "claim", NIGHT, "--filed", "--by", "ann", "--note", "ticket 4711"], 0);
    assert_eq!(states(&filed), [(NIGHT.to_owned(), "filed".to_owned())]);
    let step = &filed[0]["claim"]["step"];
    assert_eq!((&step["by"], &step["at"], &step["note"]), (&"ann".into(), &day.into(), &"ticket 4711".into()));
    assert_eq!(json(&demo, day, &["outage", "claims"], 1).as_array().map(Vec::len), Some(2));
    let shown = at(&demo, day, &["outage", "show", NIGHT]).stdout;
    assert!(shown.contains("claimed from dc-ams by ann on 2017-04-10 10:00 CEST: ticket 4711"), "{shown}");
    let report = at(&demo, day, &["report", "outage", NIGHT]).stdout;
    assert!(report.contains("## Claims") && report.contains("ann claimed from dc-ams"), "{report}");

    // Told again it is the same; a later word takes its place, and both are kept.
    let again = json(&demo, day, &["outage", "claim", NIGHT, "--filed", "--by", "ann", "--note", "ticket 4711"], 0);
    assert_eq!(again, filed);
    let waived = ["outage", "claim", NIGHT, "--waived", "--by", "bob", "--note", "below the minimum"];
    assert_eq!(states(&json(&demo, "2017-04-11T08:00:00Z", &waived, 0)), [(NIGHT.to_owned(), "waived".to_owned())]);
    // Told after its last instant it is filed late.
    let late = json(&demo, "2017-05-02T08:00:00Z", &["outage", "claim", NIGHT, "--filed"], 0);
    assert_eq!(states(&late), [(NIGHT.to_owned(), "filed-late".to_owned())]);
    assert_eq!(late[0]["claim"]["step"]["by"], "ada", "the user, where nobody is named");
}

#[test]
fn what_cannot_be_claimed_is_refused_with_the_reason() {
    let demo = Demo::play();
    let day = "2017-04-10T08:00:00Z";
    let refused = |args: &[&str], why: &str| {
        let ran = at(&demo, day, args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{args:?}: {}", ran.stderr);
    };
    refused(&["outage", "claim", NIGHT, "--waived", "--by", "bob"], "nothing says why nobody claims");
    refused(&["outage", "claim", NIGHT, "--by", "bob"], "--by says nothing without --filed or --waived");
    refused(&["outage", "claim", NIGHT, "--filed", "--at", "2017-04-11T00:00:00Z"], "lies ahead");
    refused(&["outage", "claim", NIGHT, "--filed", "--at", "2017-03-01T00:00:00Z"], "is before the outage began");
    refused(&["outage", "claim", NIGHT, "--filed", "--by", " "], "nobody is named");
    refused(&["outage", "claim", NIGHT, "--filed", "--vendor", "dc-amz"], "did you mean `dc-ams`?");
    refused(&["outage", "claim", "o-000000000000", "--filed"], "no outage");
    // Joyent's terms say nothing of claims.
    let tix = at(&demo, day, &["outage", "list", "--asset", "tix1", "-o", "ndjson"]).stdout;
    let tix: Value = serde_json::from_str(tix.lines().next().expect("one")).expect("JSON");
    let tix = tix["outage"]["id"].as_str().expect("an id");
    refused(&["outage", "claim", tix, "--filed"], "there is nothing to claim");
    assert_eq!(at(&demo, day, &["outage", "claim", tix]).status, 0);
    // Nothing was recorded by any of these.
    assert_eq!(json(&demo, day, &["outage", "claims"], 1).as_array().map(Vec::len), Some(3));
}

#[test]
fn a_persons_word_decides_whether_there_is_something_to_claim() {
    let demo = Demo::play();
    let day = "2017-04-10T08:00:00Z";
    let hold =
        ["outage", "override", NIGHT, "--asset", "plus-02", "--kind", "in_window", "--by", "ann", "--reason", "agreed"];
    assert_eq!(at(&demo, day, &hold).status, 0);
    let claim = json(&demo, day, &["outage", "claim", NIGHT], 1);
    let assets = claim[0]["claim"]["assets"].as_array().expect("assets");
    let names: Vec<_> = assets.iter().map(|claimed| claimed["asset"].as_str()).collect();
    assert_eq!(names, [Some("plus-03"), Some("plus-04"), Some("plus-05")]);
    assert_eq!(assets[0]["unexcused_seconds"], 10_200);
    let hold = ["outage", "override", NIGHT, "--kind", "in_window", "--by", "ann", "--reason", "agreed"];
    assert_eq!(at(&demo, day, &hold).status, 0);
    assert_eq!(json(&demo, day, &["outage", "claim", NIGHT], 0), Value::Array(Vec::new()));
}

#[test]
fn audit_and_doctor_tell_of_claims_before_they_run_out() {
    let demo = Demo::shared();
    let day = "2017-04-10T08:00:00Z";
    let audit = at(&demo, day, &["audit", "--now", day]);
    assert_eq!(audit.status, 1);
    let told = format!(
        "claim: dc-ams takes claims until 2017-05-01 00:00 CEST (30 d after month end); none is recorded of {NIGHT}"
    );
    assert!(audit.stdout.contains(&told), "{}", audit.stdout);
    let rows = at(&demo, day, &["audit", "--now", day, "-o", "csv"]).stdout;
    assert_eq!(rows.lines().filter(|line| line.starts_with("claim,warning,")).count(), 3, "{rows}");
    let doctor = at(&demo, day, &["doctor"]).stdout;
    assert!(doctor.contains(&format!("`inwindow outage claim {NIGHT}`")), "{doctor}");
}

#[test]
fn a_check_says_what_could_be_claimed() {
    let demo = Demo::shared();
    let early = ["check", "plus-01", "--at", "2017-03-25T19:00:00Z"];
    let text = at(&demo, "2017-04-10T08:00:00Z", &early);
    assert!(
        text.stdout.contains("\nclaims:\n  dc-ams takes claims until 2017-05-01 00:00 CEST (30 d after month end)"),
        "{}",
        text.stdout
    );
    let verdict = json(&demo, "2017-04-10T08:00:00Z", &early, 1);
    assert_eq!(verdict["claims"][0]["due_at"], "2017-04-30T22:00:00Z");
    // Where the answer is yes, or nobody says until when, there is none; of what lies ahead neither.
    let feed = json(&demo, "2017-04-10T08:00:00Z", &["check", "feed-a", "--at", "2017-03-26T10:00:00Z"], 0);
    assert_eq!(feed["claims"], Value::Array(Vec::new()));
    let joyent = json(&demo, "2017-04-10T08:00:00Z", &["check", "tix1", "--at", "2014-05-27T20:13:00Z"], 1);
    assert_eq!(joyent["claims"], Value::Array(Vec::new()));
    let ahead = at(&demo, "2017-03-20T08:00:00Z", &[&early[..], &["-o", "json"]].concat());
    let ahead: Value = serde_json::from_str(&ahead.stdout).expect("JSON");
    assert_eq!(ahead["claims"], Value::Array(Vec::new()));
}
