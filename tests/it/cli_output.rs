//! Output that programs read: every format valid for every command, a closed pipe, a full disk, no colours in pipes.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::cli::{CALENDAR, Place, Ran};

/// Every command that prints rows or a value, on a store where there is something to print.
const COMMANDS: &[&[&str]] = &[
    &["list", "windows"],
    &["list", "maintenances"],
    &["list", "notices"],
    &["list", "messages"],
    &["list", "outages"],
    &["list", "assets"],
    &["list", "customers"],
    &["list", "vendors"],
    &["outbox", "list"],
    &["outbox", "list", "--all"],
    &["review", "list"],
    &["review", "list", "--state", "all"],
    &["review", "show", "n-3f91"],
    &["plan", "--why"],
    &["audit"],
    &["doctor"],
    &["send"],
    &["apply", "inventory"],
    &["apply", "inventory", "--dry-run"],
    &["import", "notices"],
    &["import", "notices", "--dry-run"],
    &["profile", "explain", "notices/dc-ams-announcement.eml"],
    &["profile", "list"],
    &["profile", "test"],
    &["check", "plus-01", "--at", "2017-03-25T19:00:00Z"],
    &["show", "DCA-2017-031"],
    &["show", "n-8165"],
    &["show", "msg-2df692f1f2b5"],
    &["outbox", "hold", "msg-2df692f1f2b5"],
    &["outage", "open", "plus-01", "--start", "2017-03-12T00:00Z"],
    &["maintenance", "edit", "--vendor", "dc-ams", "--reference", "DCA-2017-031", "--summary", "a, \"b\"\nc"],
];

fn place() -> Place {
    let place = Place::with_an_announcement();
    place.write("broken.ics", CALENDAR.split("END:VEVENT").next().expect("a start"));
    place.run(&["import", "broken.ics"]).ends(1);
    place.run(&["outage", "open", "plus-02", "--start", "2017-03-12T00:00Z"]).ends(0);
    place
}

/// The records of a CSV text by RFC 4180; panics where it is none.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('"') {
            assert!(field.is_empty(), "a quote within a field: {rest}");
            let mut end = 0;
            while inner[end..].starts_with("\"\"") || !inner[end..].starts_with('"') {
                end += if inner[end..].starts_with("\"\"") {
                    2
                } else {
                    inner[end..].chars().next().expect("a quote").len_utf8()
                };
            }
            field = inner[..end].replace("\"\"", "\"");
            rest = &inner[end + 1..];
            assert!(rest.starts_with([',', '\r']), "something after a quoted field: {rest}");
        } else if let Some(after) = rest.strip_prefix(',') {
            record.push(std::mem::take(&mut field));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\r\n") {
            record.push(std::mem::take(&mut field));
            records.push(std::mem::take(&mut record));
            rest = after;
        } else {
            let next = rest.chars().next().expect("something");
            assert!(next != '\n' && next != '\r', "a bare end of line: {rest}");
            field.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    assert!(record.is_empty() && field.is_empty(), "no end of line at the end");
    records
}

#[test]
fn every_command_prints_valid_json_ndjson_and_csv() {
    for args in COMMANDS {
        let run = |format: &str| place().run(&[args, &["-o", format][..]].concat());
        let json = run("json");
        assert!(serde_json::from_str::<Value>(&json.text()).is_ok(), "{args:?}: {}", json.text());
        let ndjson = run("ndjson");
        for line in ndjson.text().lines() {
            assert!(serde_json::from_str::<Value>(line).is_ok(), "{args:?}: {line}");
        }
        let csv = run("csv");
        let records = records(&csv.text());
        assert!(records.len() > 1 || *args == ["send"] || args[0] == "apply", "{args:?} has nothing to print");
        assert!(records.iter().all(|record| record.len() == records[0].len()), "{args:?}: {records:?}");
        let table = run("table");
        let statuses = [json.status, ndjson.status, csv.status, table.status];
        assert!(statuses.iter().all(|status| *status == table.status), "{args:?}: {statuses:?}");
        for ran in [json, ndjson, csv] {
            assert_eq!(ran.stderr, "", "{args:?}: programs are told nothing beside");
        }
    }
}

#[test]
fn rows_for_programs_are_exact() {
    let place = place();
    place.run(&["list", "windows", "-o", "csv"]).gives(
        0,
        "when,start,end,vendor,reference,status,impact,assets,customers\r\n\
         ahead,2017-03-25T23:00:00Z,2017-03-26T22:00:00Z,dc-ams,DCA-2017-031,CONFIRMED,OUTAGE,\
         feed-a;plus-01;plus-02;plus-03;plus-04;plus-05;plus-06,\
         arctic-films;harbour-labs;polder-media;prairie-radio;rhein-archiv\r\n",
        "",
    );
    place.run(&["check", "plus-01", "--at", "2017-03-25T19:00:00Z", "-o", "csv"]).gives(
        1,
        "asset,start,end,answer,kind,offset_seconds,excused_seconds,flags,vendor,reference,maintenance,window_start,\
         window_end,as_of,inventory\r\n\
         plus-01,2017-03-25T19:00:00Z,2017-03-25T19:00:01Z,no,early_start,-14400,0,\
         date_only_window;single_feed;intake_gap;provisional,dc-ams,DCA-2017-031,m-fa5cdb766806,2017-03-25T23:00:00Z,\
         2017-03-26T22:00:00Z,2017-03-13T10:15:00Z,in_force\r\n",
        "",
    );
    // Every format also by the environment, and nothing to list is status 1 in each.
    let mut command = place.command(&["list", "outages", "--asset", "tix1"]);
    Ran::of(command.env("INWINDOW_OUTPUT", "json")).gives(1, "[]\n", "");
    place.run(&["list", "outages", "--asset", "tix1"]).gives(1, "nothing to list\n", "");
    place.run(&["list", "outages", "--asset", "tix1", "-o", "ndjson"]).gives(1, "", "");
}

#[test]
fn filters_filter() {
    let place = place().at("2017-03-27T00:00:00Z");
    for (args, rows) in [
        (&["list", "notices"][..], 2),
        (&["list", "notices", "--asset", "plus-01"], 1),
        (&["list", "notices", "--asset", "tix1"], 0),
        (&["list", "notices", "--customer", "prairie-radio"], 1),
        (&["list", "notices", "--vendor", "joyent"], 0),
        (&["list", "outages", "--vendor", "dc-ams"], 1),
        (&["list", "outages", "--vendor", "joyent"], 0),
        (&["list", "outages", "--customer", "polder-media"], 1),
        (&["list", "outages", "--customer", "arctic-films"], 0),
        (&["list", "messages", "--vendor", "dc-ams", "--limit", "7"], 7),
        (&["list", "messages", "--vendor", "joyent"], 0),
        (&["list", "windows", "--next", "14d"], 0),
        (&["list", "windows", "--last", "14d"], 1),
        (&["list", "windows", "--last", "1h"], 0),
        (&["list", "windows", "--last", "3h", "--next", "14d"], 1),
        (&["list", "customers", "--asset", "plus-01"], 2),
        (&["list", "vendors", "--customer", "mesa-arts"], 1),
        (&["list", "assets", "--vendor", "dc-ams"], 9),
    ] {
        assert_eq!(place.rows(args).len(), rows, "{args:?}");
    }
    let when = |place: &Place| place.rows(&["list", "windows"])[0]["when"].clone();
    assert_eq!(when(&place), "over");
    let place = place.at("2017-03-26T21:59:59Z");
    assert_eq!(when(&place), "open");
    place.run(&["list", "messages", "--limit", "1"]).says("hint: ").says(" more; --limit N shows them\n");
}

/// Reads one line of what a command prints, closes the pipe, and gives status and standard error.
fn first_line_only(place: &Place, args: &[&str]) -> (Option<i32>, String) {
    let mut command = place.command(args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(1, child.stdout.take().expect("an output"));
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    let output = child.wait_with_output().expect("ended");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    // Much more than a pipe holds, so that the program is still writing when the reader goes.
    let place = Place::new();
    let kind = "server".repeat(10);
    let asset = |n: usize| format!("[[asset]]\nid = \"a-{n:06}\"\nkind = \"{kind}\"\n");
    place.write("inventory/a.toml", (0..4000).map(asset).collect::<String>());
    place.run(&["apply", "inventory", "-o", "csv"]).ends(0);
    for args in [
        &["list", "assets", "--limit", "9999"][..],
        &["list", "assets", "--limit", "9999", "-o", "json"],
        &["list", "assets", "--limit", "9999", "-o", "ndjson"],
        &["list", "assets", "--limit", "9999", "-o", "csv"],
        &["completions", "bash"],
        &["completions", "zsh"],
    ] {
        assert_eq!(first_line_only(&place, args), (Some(0), String::new()), "{args:?}");
    }
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let place = Place::with_an_announcement();
    for args in
        [&["list", "windows"][..], &["show", "n-8165", "--raw"], &["completions", "bash"], &["doctor", "-o", "json"]]
    {
        let full = File::options().write(true).open("/dev/full").expect("a disk that is full");
        let output = place.command(args).stdout(full).output().expect("started");
        assert_eq!(output.status.code(), Some(4), "{args:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "inwindow: cannot write the output: No space left on device (os error 28)\n"
        );
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let place = Place::new();
    place.run(&["man"]).ends(0).says(".TH inwindow 1").says("Getting started:");
    place.run(&["man", "made/man1"]).gives(0, "", "");
    let page = |name: &str| std::fs::read_to_string(place.path(&format!("made/man1/{name}.1"))).expect(name);
    assert!(page("inwindow").contains("inwindow\\-check(1)"));
    assert!(page("inwindow-outbox-approve").contains(".TH inwindow-outbox-approve 1"));
    // A file where the folder should be.
    place.write("file", "x");
    place.run(&["man", "file/man1"]).ends(4).says("cannot write manual pages into `file/man1`");
}

#[test]
fn help_has_examples_for_every_command() {
    let place = Place::new();
    let commands: [&[&str]; 35] = [
        &["import"],
        &["maintenance", "add"],
        &["maintenance", "edit"],
        &["maintenance", "cancel"],
        &["maintenance", "complete"],
        &["apply"],
        &["list"],
        &["show"],
        &["check"],
        &["outage", "open"],
        &["outage", "close"],
        &["say"],
        &["audit"],
        &["plan"],
        &["send"],
        &["outbox", "approve"],
        &["outbox", "hold"],
        &["outbox", "cancel"],
        &["outbox", "retry"],
        &["review", "list"],
        &["review", "show"],
        &["review", "accept"],
        &["review", "correct"],
        &["review", "assign"],
        &["review", "dismiss"],
        &["replay"],
        &["preview"],
        &["demo"],
        &["schedule", "check"],
        &["schedule", "list"],
        &["schedule", "next"],
        &["schedule", "expand"],
        &["doctor"],
        &["completions"],
        &["man"],
    ];
    for args in commands {
        let help = place.run(&[args, &["--help"]].concat()).ends(0);
        assert!(help.text().contains("Example"), "{args:?}: {}", help.text());
        assert_eq!(help.stderr, "");
    }
    place.run(&["--help"]).ends(0).says("INWINDOW_CLOCK").says("Exit status:").says("Getting started:");
    place.run(&[]).ends(2).says("Usage: inwindow");
}

/// Pages hold a thousand messages.
#[test]
fn a_list_of_several_pages_reads_as_one_in_every_format() {
    let all: Vec<String> = (0..1100).map(|number| format!("c{}@customer.test", number * 7 % 1100)).collect();
    let relay = crate::relay::FakeRelay::start();
    let policy = "[policy]\nbulk-limit = 9999\nreminders = []\n";
    let place = crate::delivery::prepared(&relay, &all, "", policy);
    place.run(&["plan", "-o", "json"]).gives(
        1,
        "{\n  \"new\": [],\n  \"now\": \"2017-03-13T10:15:00Z\",\n  \"pending\": [],\n  \"unplanned\": [],\n  \
         \"withdrawn\": []\n}\n",
        "",
    );
    place.run(&["outbox", "list", "-o", "json"]).gives(1, "[]\n", "");
    place.run(&["outbox", "list", "-o", "csv"]).gives(1, "id,due,stage,to,customer,state,reason\r\n", "");
    place.run(&["import", "notice.ics"]).ends(0);
    let rows = place.rows(&["outbox", "list"]);
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), 1100);
    assert!(ids.is_sorted(), "all are due at once, and so by id");
    let document = |args: &[&str]| place.run(&[args, &["-o", "json"]].concat()).ends(0).text();
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    for list in [["outbox", "list", "--all"].as_slice(), &["list", "messages", "--limit", "1100"]] {
        let text = document(list);
        assert_eq!(text, format!("{}\n", serde_json::to_string_pretty(&rows).expect("JSON")), "{list:?}");
        assert_eq!(records(&place.run(&[list, &["-o", "csv"]].concat()).text()).len(), 1101);
    }
    let plan = document(&["plan"]);
    assert_eq!(plan, format!("{}\n", serde_json::to_string_pretty(&value(&plan)).expect("JSON")));
    assert_eq!(value(&plan)["pending"], Value::Array(rows.clone()));
    assert_eq!(place.rows(&["plan"]).len(), 1100);
    for args in [["outbox", "list"].as_slice(), &["plan"], &["list", "messages", "--limit", "1100"]] {
        let table = place.run(args).text();
        let shown = |line: &&str| line.starts_with("msg-");
        assert_eq!(table.lines().filter(shown).map(|line| &line[..16]).collect::<Vec<_>>(), ids, "{args:?}");
    }
    let asked: [&[&str]; 3] = [&[], &["--vendor", "carrier"], &["--asset", "circuit-1", "--customer", "acme"]];
    for filter in asked {
        place
            .run(&[&["list", "messages", "--limit", "1050"], filter].concat())
            .ends(0)
            .says("hint: 50 rows more; --limit N shows them");
    }
}
