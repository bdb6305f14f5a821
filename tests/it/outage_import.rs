//! Outages from monitors, through the program: the same input twice, a resolved alert, rows that are wrong, and local
//! times that clocks skipped or showed twice.

use std::fs;

use serde_json::{Value, json};

use crate::stories::{Demo, Ran};

/// Imports a text, with the arguments behind the file's name.
fn import(demo: &Demo, file: &str, text: &str, more: &[&str]) -> Ran {
    let path = demo.place().join(file);
    fs::write(&path, text).expect("written");
    demo.run(&[&["outage", "import", &path.display().to_string(), "-o", "json"], more].concat())
}

#[track_caller]
fn check(ran: &Ran, status: i32, recorded: usize, closed: usize, unchanged: u64) -> Value {
    assert_eq!(ran.status, status, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let count = |name: &str| told[name].as_array().map(Vec::len);
    assert_eq!((count("recorded"), count("closed")), (Some(recorded), Some(closed)), "{told}");
    assert_eq!(told["unchanged"], unchanged, "{told}");
    told
}

#[test]
fn an_alert_opens_an_outage_once_and_its_resolution_closes_it() {
    let demo = Demo::play();
    let alert = |status: &str, end: &str| {
        json!({ "version": "4", "truncatedAlerts": 0, "alerts": [{
            "status": status, "labels": { "alertname": "HostDown", "instance": "plus-06" }, "annotations": {},
            "startsAt": "2017-04-20T10:00:00Z", "endsAt": end, "fingerprint": "c0ffee" }] })
        .to_string()
    };
    let format = ["--format", "alertmanager"];
    let firing = alert("firing", "2017-04-20T10:04:00Z");
    let told = check(&import(&demo, "a.json", &firing, &format), 0, 1, 0, 0);
    let id = told["recorded"][0].as_str().expect("an id").to_owned();
    assert_eq!(demo.json(&["show", &id], 0)["outage"]["end"], Value::Null, "a firing alert has no end");
    check(&import(&demo, "a.json", &firing, &format), 0, 0, 0, 1);
    let resolved = alert("resolved", "2017-04-20T10:30:00Z");
    check(&import(&demo, "a.json", &resolved, &format), 0, 0, 1, 0);
    check(&import(&demo, "a.json", &resolved, &format), 0, 0, 0, 1);
    check(&import(&demo, "a.json", &firing, &format), 0, 0, 0, 1);
    assert_eq!(demo.json(&["show", &id], 0)["outage"]["end"]["at"], "2017-04-20T10:30:00Z");
    let truncated = resolved.replace("\"truncatedAlerts\":0", "\"truncatedAlerts\":3");
    let ran = import(&demo, "a.json", &truncated, &format);
    assert!(ran.status == 1 && ran.stderr.contains("left out 3 more"), "{ran:?}");
}

#[test]
fn a_heartbeat_opens_and_closes_by_its_monitor() {
    let demo = Demo::play();
    let beat = |status: u32, time: &str| {
        json!({ "heartbeat": { "monitorID": 7, "status": status, "time": time }, "monitor": { "name": "plus-06" } })
            .to_string()
    };
    let format = ["--format", "uptime-kuma"];
    check(&import(&demo, "k.json", &beat(1, "2017-04-20 09:00:00"), &format), 0, 0, 0, 0);
    check(&import(&demo, "k.json", &beat(0, "2017-04-20 10:00:00"), &format), 0, 1, 0, 0);
    check(&import(&demo, "k.json", &beat(0, "2017-04-20 10:01:00"), &format), 0, 0, 0, 1);
    check(&import(&demo, "k.json", &beat(1, "2017-04-20 10:20:00"), &format), 0, 0, 1, 0);
    check(&import(&demo, "k.json", &beat(1, "2017-04-20 10:20:00"), &format), 0, 0, 0, 1);
}

#[test]
fn a_wrong_row_is_told_with_its_line_and_stops_no_other() {
    let demo = Demo::play();
    let rows = "asset,start,end\nplus-06,2017-04-20T10:00:00Z,2017-04-20T10:30:00Z\nplus-99,2017-04-20T10:00:00Z,\n\
                plus-06,yesterday,\nplus-06,2017-04-21T10:00:00Z,2017-04-21T09:00:00Z\nplus-06,2017-04-22T10:00:00Z,2017-04-22T10:30:00Z\n";
    let told = check(&import(&demo, "o.csv", rows, &[]), 1, 2, 0, 0);
    let wrong: Vec<_> = told["wrong"].as_array().expect("rows").iter().map(|row| row["line"].as_u64()).collect();
    assert_eq!(wrong, [Some(3), Some(4), Some(5)], "{told}");
    check(&import(&demo, "o.csv", rows, &[]), 1, 0, 0, 2);
    let no_zone = "asset,start,end\nplus-06,2017-04-23T10:00:00,2017-04-23T10:30:00\n";
    let told = check(&import(&demo, "z.csv", no_zone, &[]), 1, 0, 0, 0);
    let said = "`2017-04-23T10:00:00` has no offset and no zone; --zone says by whose clocks the file is to be read";
    assert_eq!(told["wrong"][0]["error"], said, "{told}");
    check(&import(&demo, "z.csv", no_zone, &["--zone", "Europe/Amsterdam"]), 0, 1, 0, 0);
    let ran = import(&demo, "o.txt", rows, &[]);
    assert!(ran.status == 2 && ran.stderr.contains("--format"), "{ran:?}");
}

#[test]
fn a_local_time_that_clocks_skipped_or_showed_twice_keeps_both_readings() {
    let demo = Demo::play();
    let rows =
        "asset,start,end\nplus-06,2017-03-26T02:31,2017-03-26T04:00\nplus-06,2016-10-30T02:30,2016-10-30T04:00\n";
    let told = check(&import(&demo, "o.csv", rows, &["--zone", "Europe/Amsterdam"]), 0, 2, 0, 0);
    let others = |place: usize| {
        let id = told["recorded"][place].as_str().expect("an id");
        demo.json(&["show", id], 0)["outage"]["start"].clone()
    };
    let (gap, fold) = (others(0), others(1));
    assert_eq!((&gap["at"], &gap["others"]), (&json!("2017-03-26T01:31:00Z"), &json!(["2017-03-26T00:31:00Z"])));
    assert_eq!((&fold["at"], &fold["others"]), (&json!("2016-10-30T00:30:00Z"), &json!(["2016-10-30T01:30:00Z"])));
}
