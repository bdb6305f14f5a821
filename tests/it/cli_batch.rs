//! `check --batch` and `outage override`: many rows answered in their order, wrong ones told with their line, each as `check`
//! answers it alone; and a person's word beside a verdict.

use serde_json::Value;

use crate::cli::Place;

/// Two days after the work of the demo's announcement.
const AFTER: &str = "2017-03-28T12:00:00Z";

fn place() -> Place {
    Place::with_an_announcement().at(AFTER)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Line, kind or error, and the seconds in words.
fn told(rows: &[Value]) -> Vec<String> {
    let seconds = |row: &Value| -> String {
        let segments = row["segments"].as_array().map(Vec::as_slice).unwrap_or_default();
        segments.iter().map(|s| format!(" {} {}", s["label"].as_str().unwrap_or_default(), s["seconds"])).collect()
    };
    let word = |row: &Value| row["kind"].as_str().or(row["error"].as_str()).unwrap_or_default().to_owned();
    rows.iter().map(|row| format!("{}: {}{}", row["line"], word(row), seconds(row))).collect()
}

const ROWS: &str = "asset,from,to,impact
plus-02,2017-03-25T21:00:00Z,2017-03-25T21:12:00Z,OUTAGE
plus-01,2017-03-26T01:00[Europe/Amsterdam],2017-03-26T04:00[Europe/Amsterdam],
plus-9,2017-03-26T01:00Z,2017-03-26T02:00Z,

\"plus-02\",2017-03-26 00:00Z,2017-03-26 01:00Z,reduced-redundancy
plus-02,2017-03-26T02:31[Europe/Amsterdam],2017-03-26T05:00[Europe/Amsterdam],reduced-redundancy
plus-02,2017-03-26T02:00Z,2017-03-26T01:00Z,
plus-02,2017-03-27T00:30[Europe/Amsterdam],2017-03-27T00:31[Europe/Amsterdam],much
plus-02,2017-03-27T00:30[Europe/Amsterdam],2017-03-27T00:31[Europe/Amsterdam]
tix1,2014-05-27T20:13:00Z,2014-05-27T21:20:00Z,OUTAGE
";

#[test]
fn rows_are_answered_in_their_order_and_wrong_ones_told_with_their_line() {
    let place = place();
    let ran = place.run_with_input(&["check", "--batch", "-"], ROWS.as_bytes()).ends(1);
    assert_eq!(ran.stderr, "");
    let rows = lines(&ran.text());
    assert_eq!(
        told(&rows),
        [
            "2: early_start outside 720",
            "3: in_window covered 7200",
            "4: no asset `plus-9` in the inventory (did you mean `plus-01`?)",
            "6: in_window covered 3600",
            // Half past two was leapt over: 03:31 CEST or 01:31 CET, and both lie in the window.
            "7: in_window covered 5340",
            "8: the end 2017-03-26 01:00:00 UTC is not after the start 2017-03-26 02:00:00 UTC",
            "9: `much` is no impact; the levels are NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED and OUTAGE",
            "10: after_window outside 60",
            "11: unknown outside 4020",
        ]
    );
    assert_eq!(rows[0]["schema"], "inwindow.verdict/1");
    assert_eq!(rows[0]["answer"], "no");
    assert_eq!(rows[0]["offset_seconds"], -7200);
    assert_eq!(rows[0]["window"]["ordinal"], 1);
    assert!(rows[0].get("evidence").is_none());
    // The same in a file, as NDJSON.
    let ndjson =
        "{\"asset\":\"plus-02\",\"from\":\"2017-03-25T21:00:00Z\",\"to\":\"2017-03-25T21:12:00Z\"}\n{\"asset\":1}\n";
    place.write("rows.ndjson", ndjson);
    let ran = place.run(&["check", "--batch", "rows.ndjson"]).ends(1);
    let again = lines(&ran.text());
    assert_eq!(Value::from(1), again[0]["line"]);
    assert_eq!(rows[0]["segments"], again[0]["segments"]);
    assert!(again[1]["error"].as_str().is_some_and(|error| error.starts_with("no row of an outage: ")), "{again:?}");
}

#[test]
fn a_row_is_answered_as_the_question_alone() {
    let place = place();
    let rows = "asset,from,to\nplus-01,2017-03-25T19:00:00Z,2017-03-25T19:00:01Z\nplus-03,2017-03-26T00:00:00Z,2017-03-26T02:50:00Z\n";
    let full = place.run_with_input(&["check", "--batch", "-", "--full"], rows.as_bytes()).ends(0);
    let short = place.run_with_input(&["check", "--batch", "-"], rows.as_bytes()).ends(0);
    let alone = [
        place.run(&["check", "plus-01", "--at", "2017-03-25T19:00:00Z", "-o", "json"]),
        place.run(&[
            "check",
            "plus-03",
            "--from",
            "2017-03-26T00:00:00Z",
            "--to",
            "2017-03-26T02:50:00Z",
            "-o",
            "json",
        ]),
    ];
    for ((full, short), alone) in lines(&full.text()).into_iter().zip(lines(&short.text())).zip(alone) {
        let alone: Value = serde_json::from_str(&alone.text()).expect("JSON");
        for key in ["asset", "answer", "kind", "flags", "outage", "as_of", "offset_seconds", "segments"] {
            assert_eq!((&full[key], &short[key]), (&alone[key], &alone[key]), "{key}");
        }
        for key in ["window", "why", "evidence", "impact", "group"] {
            assert_eq!(full[key], alone[key], "{key}");
        }
        assert_eq!(short["window"]["maintenance"], alone["window"]["maintenance"]);
    }
}

#[test]
fn strict_stops_at_the_first_wrong_row_and_a_header_must_name_the_columns() {
    let place = place();
    let ran = place.run_with_input(&["check", "--batch", "-", "--strict"], ROWS.as_bytes()).ends(2);
    assert_eq!(lines(&ran.text()).len(), 2);
    assert!(ran.stderr.contains("row on line 4: no asset `plus-9` in the inventory"), "{}", ran.stderr);
    let ran = place
        .run_with_input(&["check", "--batch", "-"], b"plus-02,2017-03-25T21:00:00Z,2017-03-25T21:12:00Z\n")
        .ends(2);
    assert!(ran.stderr.contains("the rows have no column `asset`"), "{}", ran.stderr);
    place.run_with_input(&["check", "--batch", "-"], b"").ends(0);
    place.run(&["check"]).ends(2);
    place.run(&["check", "--batch", "nowhere.csv"]).ends(4);
}

#[test]
fn an_override_stands_beside_the_verdict() {
    let place = place();
    let opened =
        ["outage", "open", "plus-02", "--start", "2017-03-26T00:00:00Z", "--end", "2017-03-26T01:00:00Z", "-o", "json"];
    let seen: Value = serde_json::from_str(&place.run(&opened).text()).expect("JSON");
    let id = seen["outage"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(seen["verdicts"][0]["kind"], "impact_exceeded");
    let held =
        ["outage", "override", &id, "--kind", "unannounced", "--by", "ann", "--reason", "the contract excludes it"];
    let ran = place.run(&held).ends(0);
    assert!(ran.text().contains("ann holds plus-02 to be unannounced (not in-window)"), "{}", ran.text());
    assert!(ran.text().contains("plus-02: partly in-window (impact_exceeded)"), "{}", ran.text());
    let shown: Value = serde_json::from_str(&place.run(&["show", &id, "-o", "json"]).text()).expect("JSON");
    assert!(shown.to_string().contains("the contract excludes it"), "{shown}");
    place.run(&["outage", "override", &id, "--kind", "unanounced", "--reason", "x"]).ends(2);
    place.run(&["outage", "override", &id, "--kind", "unannounced", "--reason", " "]).ends(2);
    place.run(&["outage", "override", &id, "--asset", "plus-01", "--kind", "unannounced", "--reason", "x"]).ends(2);
}

#[test]
fn what_came_later_is_a_verdict_of_its_own_beside_the_official_one() {
    let place = place();
    let opened =
        ["outage", "open", "plus-01", "--start", "2017-03-25T19:00:00Z", "--end", "2017-03-25T20:00:00Z", "-o", "json"];
    let seen: Value = serde_json::from_str(&place.run(&opened).text()).expect("JSON");
    assert_eq!(seen["later"], Value::Array(Vec::new()));
    let id = seen["outage"]["id"].as_str().expect("an id").to_owned();
    place.run(&["import", "notices/dc-ams-began.eml"]);
    let shown = place.run(&["show", &id, "-o", "json"]).text();
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let outage = if shown.get("verdicts").is_some() { &shown } else { &shown["outage"] };
    assert_eq!(outage["verdicts"][0]["flags"], seen["verdicts"][0]["flags"], "{shown}");
    assert_eq!(outage["later"][0]["kind"], "early_start");
    assert!(outage["later"][0]["flags"].to_string().contains("retroactive_notice"), "{shown}");
}
