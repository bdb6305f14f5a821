//! `inwindow schedule` as it is typed: what it says of files, of those that ship and of rows.

use serde_json::{Value, json};

use crate::cli::Place;

const OWN: &str = r#"version = 1
vendor = "carrier.example"
source = "the contract, annex B"
zone = "Europe/Amsterdam"

[[window]]
id = "night"
every = "Saturday"
from = "22:00"
to = "06:00"
"#;

fn place() -> Place {
    Place::new().at("2027-03-24T12:00:00Z")
}

#[test]
fn check_says_what_was_understood_and_when_it_falls() {
    let place = place();
    place.write("own.toml", OWN);
    let summary = |name: &str| {
        format!(
            "{name}: carrier.example, by the contract, annex B\n\
             \x20 night: every Saturday, 22:00 to 06:00 the next day (8 h), Europe/Amsterdam\n\
             \x20   next: Sat 2027-03-27 22:00 CET to 2027-03-28 06:00 CEST (clocks go forward from 02:00 to 03:00: 7 h instead of 8 h)\n\
             \x20         Sat 2027-04-03 22:00 to 2027-04-04 06:00 CEST\n\
             \x20         Sat 2027-04-10 22:00 to 2027-04-11 06:00 CEST\n"
        )
    };
    place.run(&["schedule", "check", "own.toml"]).gives(0, &summary("own.toml"), "");
    place.run_with_input(&["schedule", "check", "-"], OWN.as_bytes()).gives(0, &summary("<stdin>"), "");
    let checked: Value =
        serde_json::from_str(&place.run(&["schedule", "check", "own.toml", "-o", "json"]).ends(0).text())
            .expect("JSON");
    let first = json!(["2027-03-27T21:00:00Z", "2027-03-28T04:00:00Z"]);
    assert_eq!(checked["files"][0]["windows"][0]["next"][0], first);
    place.write("ended.toml", OWN.replace("[[window]]", "[[window]]\nuntil = 2020-01-01"));
    place.run(&["schedule", "check", "ended.toml"]).ends(0).says("    next: never again\n");
}

#[test]
fn check_shows_mistakes_of_all_files_and_where_they_stand() {
    let place = place();
    place.write("own.toml", OWN);
    place.write("a.toml", OWN.replace("Saturday", "Satuday"));
    place.write("b.toml", OWN.replace("\"Europe/Amsterdam\"", "\"PST\"").replace("from", "form"));
    let ran = place.run(&["schedule", "check", "own.toml", "a.toml", "b.toml"]).ends(2);
    assert_eq!(ran.text(), "");
    for said in [
        "error: `Satuday` is no day\n --> a.toml:8:10\n",
        "help: did you mean `Saturday`?\n",
        "error: `PST` does not say whether the hours follow the clock changes\n --> b.toml:4:8\n",
        "error: [[window]] has no `from`\n --> b.toml:6:1\n",
        "error: unknown key `form` in [[window]]\n --> b.toml:9:1\n",
        "help: did you mean `from`?\n",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    place.run(&["schedule", "check", "missing.toml"]).gives(
        4,
        "",
        "inwindow: cannot read `missing.toml`: No such file or directory (os error 2)\n",
    );
    place.write("large.toml", " ".repeat((1 << 20) + 1));
    place.run(&["schedule", "check", "large.toml"]).gives(
        4,
        "",
        "inwindow: cannot read `large.toml`: it is larger than 1 MiB\n",
    );
    place.write("bytes.toml", b"\xff");
    place.run(&["schedule", "check", "bytes.toml"]).ends(4);
}

#[test]
fn a_warning_is_shown_and_counts_as_something_to_look_at() {
    let place = place();
    place.write("own.toml", OWN.replace("Europe/Amsterdam", "GMT+1"));
    let ran = place.run(&["schedule", "check", "own.toml"]).ends(1);
    assert!(ran.text().contains("next: Sat 2027-03-27 22:00 to 2027-03-28 06:00 +01:00\n"), "{}", ran.text());
    let said = "warning: `GMT+1` is a bare offset, which follows no clock change\n --> own.toml:4:8\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn those_that_ship_are_listed_and_ones_own_go_before_them() {
    let place = place();
    let rows = place.rows(&["schedule", "list"]);
    let inex = rows.iter().find(|row| row["name"] == "inex").expect("it ships");
    assert_eq!((&inex["from"], &inex["windows"]), (&json!("shipped"), &json!(["week"])));
    assert_eq!(rows.len(), 13);
    place.write("data/windows/inex.toml", OWN);
    place.write("data/windows/other.toml", OWN);
    let rows = place.rows(&["schedule", "list"]);
    let inex = rows.iter().find(|row| row["name"] == "inex").expect("it is there");
    assert_eq!((&inex["from"], &inex["windows"], rows.len()), (&json!("own"), &json!(["night"]), 14));
    place.run(&["schedule", "next", "inex", "-n", "1"]).ends(0).says("inex night");
    // A mistake in one of them is told, and those that are named still answer.
    place.write("data/windows/other.toml", OWN.replace("Saturday", "Satuday"));
    place.run(&["schedule", "next"]).ends(2);
    place.run(&["schedule", "next", "netx", "-n", "1"]).ends(0);
}

#[test]
fn next_shows_three_clocks_and_what_a_change_of_them_does() {
    let place = place();
    let night = ["schedule", "next", "salesforce", "--from", "2027-03-13T12:00:00Z", "-n", "2"];
    place.run(&[&night[..], &["--zone", "Europe/Amsterdam"]].concat()).gives(
        0,
        "WINDOW                                   VENDOR TIME                                       YOUR TIME                          UTC                                LENGTH  CLOCK CHANGE\n\
         salesforce account-engagement            Sat 2027-03-13 20:00 EST to 2027-03-14 05:00 EDT  Sun 2027-03-14 02:00 to 10:00 CET  Sun 2027-03-14 01:00 to 09:00 UTC  8 h     clocks go forward from 02:00 to 03:00: 8 h instead of 9 h\n\
         salesforce marketing-cloud-intelligence  Sun 2027-03-14 03:00 to 06:00 EDT                 Sun 2027-03-14 08:00 to 11:00 CET  Sun 2027-03-14 07:00 to 10:00 UTC  3 h     there is no 02:00, it starts at 03:00: 3 h instead of 4 h\n",
        "hint: by the clock of the asset's place: salesforce commerce-cloud; --asset-zone ZONE names it\n",
    );
    let rows = place.rows(&night);
    assert_eq!(rows[1]["start"], "2027-03-14T07:00:00Z");
    assert_eq!((&rows[1]["seconds"], &rows[1]["usual_seconds"]), (&json!(10_800), &json!(14_400)));
    assert_eq!(rows[1]["flags"], json!(["nonexistent_local_time"]));
    assert_eq!(rows[0]["clock_change"], json!({"at": "2027-03-14T07:00:00Z", "before": "-05:00", "after": "-04:00"}));
    let asset =
        ["schedule", "next", "salesforce", "--window", "commerce-cloud", "-n", "1", "-o", "csv", "--asset-zone"];
    place.run(&[&asset[..], &["Asia/Tokyo"]].concat()).gives(
        0,
        "window,vendor_time,your_time,utc,length,clock_change\r\n\
         salesforce commerce-cloud,2027-03-25T02:00:00+09:00/2027-03-25T07:00:00+09:00,2027-03-24T17:00:00Z/2027-03-24T22:00:00Z,\
         2027-03-24T17:00:00Z/2027-03-24T22:00:00Z,18000,\r\n",
        "",
    );
    // One that has begun and not ended is the next.
    let inside = place.rows(&["schedule", "next", "inex", "-n", "1", "--from", "2027-03-24T03:59:59Z"]);
    assert_eq!(inside[0]["start"], "2027-03-24T00:00:00Z");
    let after = place.rows(&["schedule", "next", "inex", "-n", "1", "--from", "2027-03-24T04:00:00Z"]);
    assert_eq!(after[0]["start"], "2027-03-25T00:00:00Z");
}

#[test]
fn expand_shows_a_span_and_says_what_it_leaves_out() {
    let place = place();
    let span = ["schedule", "expand", "inspire", "--from", "2027-04-03", "--to", "2027-04-07", "--zone", "UTC"];
    let rows = place.rows(&span);
    let starts: Vec<&str> = rows.iter().filter_map(|row| row["start"].as_str()).collect();
    assert_eq!(
        starts,
        ["2027-04-03T12:00:00Z", "2027-04-04T13:00:00Z", "2027-04-05T13:00:00Z", "2027-04-06T13:00:00Z"]
    );
    let ran = place.run(&[&span[..], &["--limit", "1"]].concat()).ends(0);
    assert_eq!(ran.stderr, "hint: later ones are not shown: --limit N shows more\n");
    place.write("reject.toml", OWN.replace("22:00", "02:30").replace("Saturday", "Sunday\"\ngaps = \"reject"));
    let span = ["schedule", "expand", "./reject.toml", "--from", "2027-03-22", "--to", "2027-04-05", "--zone", "UTC"];
    let ran = place.run(&span).ends(1);
    assert_eq!(ran.text().lines().count(), 2, "{}", ran.text());
    assert_eq!(
        ran.stderr,
        "warning: reject night: 2027-03-28 02:30:00 does not exist, and the schedule rejects such nights\n"
    );
}

/// Runs what must be refused, and compares what is said.
#[track_caller]
fn check_refused(args: &[&str], stderr: &str) {
    place().run(&[&["schedule"], args].concat()).gives(2, "", stderr);
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_can() {
    check_refused(
        &["next", "inexx"],
        "inwindow: no file of standing windows `inexx` (did you mean `inex`?)\nhelp: `inwindow schedule list` shows those there are\n",
    );
    check_refused(&["next", "inex", "--window", "weak"], "inwindow: no window `weak` (did you mean `week`?)\n");
    check_refused(
        &["expand", "inex"],
        "inwindow: no span is given to expand `inex` over\nhelp: add --from T --to T, or ask `inwindow schedule next`\n",
    );
    check_refused(
        &["expand", "inex", "--from", "2027-04-03T00:00:00Z", "--to", "2027-04-03T00:00:00Z"],
        "inwindow: the end 2027-04-03 00:00:00 UTC is not after the start 2027-04-03 00:00:00 UTC\nhelp: give an end that is later than the start\n",
    );
    check_refused(
        &["expand", "--from", "2027-04-03", "--to", "2027-04-04"],
        "inwindow: rows on standard input take no options\n\
         help: name a file, as in `inwindow schedule expand inex --from T --to T`; rows say `from` and `limit` themselves\n",
    );
}

#[test]
fn rows_are_answered_one_by_one() {
    let place = place();
    let rows = b"{\"id\":\"a\",\"dtstart\":\"20270321T020000\",\"tzid\":\"Europe/Amsterdam\",\"rrule\":\"FREQ=WEEKLY\",\"limit\":2}\nnonsense\n";
    for args in [&["schedule", "expand"][..], &["schedule", "expand", "-"]] {
        place.run_with_input(args, rows).gives(
            1,
            "{\"id\":\"a\",\"starts\":[\"20270321T020000\",\"20270328T020000\"],\"starts_utc\":[\"2027-03-21T01:00:00Z\",\"2027-03-28T01:00:00Z\"],\"error\":null}\n\
             {\"id\":null,\"starts\":[],\"starts_utc\":[],\"error\":\"no row of a recurrence: expected ident at line 1 column 2\",\"line\":2}\n",
            "",
        );
    }
}

#[cfg(feature = "oracle")]
#[test]
fn the_table_of_the_oracle_is_answered_through_the_program() {
    let folder = std::env::var_os("INWINDOW_ORACLE").expect("the feature `oracle` needs INWINDOW_ORACLE");
    let text =
        std::fs::read_to_string(std::path::Path::new(&folder).join("recurrence.jsonl")).expect("the table is there");
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a case")).collect();
    // Where the table says from when on, the rest of its list.
    let expected = |case: &Value| {
        let mut starts = case["expected"].as_array().cloned().unwrap_or_default();
        starts.retain(|start| case["from"].as_str().is_none_or(|from| start.as_str() >= Some(from)));
        starts
    };
    let asked: String = cases
        .iter()
        .map(|case| {
            let more = usize::from(case["prefix"] != true);
            let mut row = case.clone();
            row["limit"] = json!(expected(case).len() + more);
            format!("{row}\n")
        })
        .collect();
    let place = place();
    place.write("rows", asked);
    let rows = std::fs::File::open(place.path("rows")).expect("written");
    let output = place.command(&["schedule", "expand"]).stdin(rows).output().expect("the program runs");
    let answers: Vec<Value> = output
        .stdout
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("an answer"))
        .collect();
    assert_eq!(answers.len(), cases.len());
    let (mut core, mut forbidden, mut wrong) = (0, 0, Vec::new());
    for (case, answer) in cases.iter().zip(&answers) {
        assert_eq!(case["id"], answer["id"]);
        let tags: Vec<&str> = case["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if tags.contains(&"rfc-forbids") {
            forbidden += usize::from(answer["error"].as_str().is_some_and(|error| error.contains("RFC 5545")));
        } else if tags.iter().all(|tag| *tag == "rare") {
            let right = if case["error"] == true {
                answer["error"].is_string()
            } else {
                answer["error"].is_null() && answer["starts"] == json!(expected(case))
            };
            core += usize::from(right);
            wrong.extend((!right).then(|| format!("{} {answer}", case["id"])));
        }
    }
    println!("through the program: core {core}, forbidden {forbidden}");
    assert_eq!((core, forbidden), (341, 46), "{wrong:#?}");
}
