//! What a person makes of notices, through the program.

mod replay;

use std::fs;

use serde_json::Value;

use crate::cli::{Place, Ran};

/// A carrier of mails in prose, its profile and a customer behind one of its lines.
const INVENTORY: &str = r#"
[[vendor]]
id = "carrier"
name = "Carrier"
zone = "Europe/Amsterdam"

[[asset]]
id = "line-1"
kind = "circuit"
vendor = "carrier"

[[asset]]
id = "line-2"
kind = "circuit"
vendor = "carrier"

[[customer]]
id = "acme"
name = "Acme"
uses = ["line-1"]

[[customer.contact]]
email = "ops@acme.example"
"#;

/// Reads the carrier's mails, but for the label of the end.
const PROFILE: &str = r#"
version = 1
vendor = "carrier"
name = "Carrier"

[[recognise]]
domains = ["carrier.example"]

[zone]
default = "Europe/Amsterdam"

[dates]
moments = ["%Y-%m-%d %H:%M"]

[[label]]
field = "reference"
names = ["Ticket"]

[[label]]
field = "account"
names = ["Account"]

[[label]]
field = "start"
names = ["From"]

[[label]]
field = "end"
names = ["END"]

[[label]]
field = "objects"
names = ["Lines"]
split = [","]

[[label]]
field = "status"
names = ["Status"]

[[status]]
text = "planned"
is = "CONFIRMED"
in = "anywhere"

[[status]]
text = "cancelled"
is = "CANCELLED"
in = "anywhere"

[[status]]
text = "done"
is = "COMPLETED"
in = "anywhere"

[[impact]]
text = "down"
is = "OUTAGE"
"#;

/// A mail of the carrier; `day` and `hour` are those of March 2017 at which it came.
fn mail(id: &str, (day, hour): (u32, u32), lines: &str) -> String {
    format!(
        "Received: from mx.carrier.example by mx.hoster.example; {day} Mar 2017 {hour:02}:00:00 +0000\r\n\
         From: noc@carrier.example\r\nTo: us@hoster.example\r\nDate: {day} Mar 2017 {hour:02}:00:00 +0000\r\n\
         Message-ID: <{id}@carrier.example>\r\nSubject: maintenance notification\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        lines.replace('\n', "\r\n")
    )
}

const ANNOUNCED: &str = "Ticket: T-100\nFrom: 2017-03-20 01:00\nUntil: 2017-03-20 05:00\nLines: line-1\nStatus: planned, the line is down\n";

fn with_until(profile: &str) -> String {
    profile.replace("names = [\"END\"]", "names = [\"Until\"]")
}

/// With the inventory applied, a profile, and one mail imported, at the time of [`crate::cli::NOW`].
fn place(profile: &str, lines: &str) -> Place {
    let place = Place::new();
    place.write("inventory/all.toml", INVENTORY);
    place.write("data/config.toml", "[policy]\napproval = \"off\"\n");
    place.write("data/vendors/carrier/profile.toml", profile);
    place.write("a.eml", mail("1", (10, 9), lines));
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["import", "a.eml"]);
    place
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.text()).expect("JSON")
}

fn windows(place: &Place) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| (text(&row["reference"]), text(&row["start"]), text(&row["status"]));
    place.rows(&["list", "windows"]).iter().map(row).collect()
}

fn waiting(place: &Place) -> Vec<String> {
    place.rows(&["review", "list"]).iter().map(|row| row["notice"].as_str().expect("an id").to_owned()).collect()
}

fn only_waiting(place: &Place) -> String {
    let waiting = waiting(place);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    waiting[0].clone()
}

#[test]
fn what_waits_is_listed_with_its_age_and_what_to_do() {
    let place = place(PROFILE, ANNOUNCED);
    let row = &place.rows(&["review", "list"])[0];
    assert_eq!((&row["state"], &row["vendor"]), (&"open".into(), &"carrier".into()));
    assert_eq!(
        (&row["age_seconds"], &row["to_settle"]),
        (&(3 * 86_400 + 4500).into(), &serde_json::json!(["correct", "dismiss"]))
    );
    place.run(&["review", "list"]).ends(0).says("3 d").says("correct, dismiss");
    place.run(&["review", "list", "--vendor", "carrier"]).ends(0);
    place.run(&["review", "list", "--vendor", "dc-ams"]).gives(1, "nothing waits for a person\n", "");
    place.run(&["review", "list", "--state", "dismissed"]).gives(1, "no notice is in that state\n", "");
    place.run(&["review", "dismiss", &only_waiting(&place), "--reason", "a test", "--by", "bob"]).ends(0);
    place.run(&["review", "list", "--state", "all"]).ends(0).says("dismissed");
    assert_eq!(place.rows(&["review", "list", "--state", "dismissed"])[0]["settled"]["words"], "a test");
}

#[test]
fn a_notice_is_shown_with_its_words_and_they_steer_no_terminal() {
    let place = place(PROFILE, &ANNOUNCED.replace("planned", "planned\u{1b}[2J\u{202e}x"));
    let id = only_waiting(&place);
    let shown = place.run(&["review", "show", &id]).ends(0);
    let text = shown.text();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    shown
        .says("it waits for a person:\n  it gives no end\n")
        .says("    accept: is refused: nothing was read that could count\n")
        .says("\nwhat was read:\n  not understood: it gives no end\n")
        .says("import: imported a notice from a.eml")
        .says("  | Ticket: T-100\n");
    // A settled one, with what was read and where it stood.
    place.write("data/vendors/carrier/profile.toml", with_until(PROFILE));
    place.write("b.eml", mail("2", (11, 9), ANNOUNCED));
    place.run(&["import", "b.eml"]).ends(0);
    let understood = place.rows(&["list", "notices"])[0]["id"].as_str().expect("an id").to_owned();
    place
        .run(&["review", "show", &understood])
        .ends(0)
        .says("it waits for nobody, and never did\n")
        .says("  reference: `T-100` in text/plain 1 8-13 by label \"ticket\"\n");
    // The one that waits names the reference of what is known by now.
    place.run(&["review", "show", &id]).ends(0).says("(carrier T-100): its words name the reference\n");
    place.run(&["review", "show", "n-zz"]).gives(
        2,
        "",
        "inwindow: no notice `n-zz`\nhelp: `inwindow list notices` shows those there are\n",
    );
}

#[test]
fn a_correction_counts_from_the_receipt_and_says_who_made_it() {
    let place = place(PROFILE, ANNOUNCED);
    let id = only_waiting(&place);
    let outage = ["check", "line-1", "--at", "2017-03-20T00:30:00Z"];
    let late = |place: &Place, args: &[&str]| {
        let mut command = place.command(args);
        Ran::of(command.env("INWINDOW_CLOCK", "2017-03-21T00:00:00Z"))
    };
    let declare = ["import", "a.eml", "--vendor", "carrier", "--complete-until", "2017-03-21T00:00:00Z"];
    late(&place, &declare).ends(1);
    late(&place, &outage).ends(3).says("waits in review and could cover it");
    let correct = [
        "review",
        "correct",
        &id,
        "--reference",
        "T-100",
        "--start",
        "2017-03-20T01:00",
        "--end",
        "2017-03-20T05:00",
        "--zone",
        "Europe/Amsterdam",
        "--object",
        "line-1=outage",
        "--status",
        "confirmed",
        "--by",
        "bob",
    ];
    place
        .run(&correct)
        .ends(0)
        .says("is corrected by bob")
        .says("opened m-")
        .says("planned ")
        .says("touches 1 asset of 1 customer");
    late(&place, &outage)
        .ends(0)
        .says("in_window")
        .says("It was announced 2017-03-10 10:00:00 CET (2017-03-10T09:00:00Z)");
    // The bytes and the channel are the notice's; the grade and the source of each field say who.
    let shown = json(&place.run(&["show", &id, "-o", "json"]).ends(0));
    assert_eq!(
        (&shown["notice"]["channel"], &shown["reading"]["announcements"][0]["grade"]),
        (&"mail".into(), &"typed".into())
    );
    place.run(&["show", &id]).says("in correction by bob");
    let before = place.stored();
    place.run(&correct).ends(0).says("is settled already, corrected by bob 2017-03-13 10:15 UTC; nothing changed\n");
    place.run(&["review", "accept", &id]).ends(0).says("nothing changed");
    place.run(&["review", "dismiss", &id]).ends(0).says("nothing changed");
    place.run(&["import", "a.eml"]).says("known already");
    assert_eq!(place.stored(), before);
    // Corrected again, the newer word holds, and the window did not move: it was always there.
    place
        .run(&["review", "correct", &id, "--start", "2017-03-20T02:00Z", "--end", "2017-03-20T05:00Z"])
        .ends(0)
        .says("  T-100 window 1: 2017-03-20T00:00:00Z to 2017-03-20T04:00:00Z → 2017-03-20T02:00:00Z to 2017-03-20T05:00:00Z\n");
    assert_eq!(windows(&place), [("T-100".into(), "2017-03-20T02:00:00Z".into(), "CONFIRMED".into())]);
    late(&place, &outage).ends(1).says("early_start");
    let log = json(&place.run(&["review", "show", &id, "-o", "json"]))["log"].clone();
    let who: Vec<&str> = log.as_array().expect("lines").iter().filter_map(|line| line[1].as_str()).collect();
    assert_eq!(who, ["import", "bob", "ada"]);
}

#[test]
fn what_is_typed_wrongly_is_refused_with_what_to_do() {
    let place = place(PROFILE, ANNOUNCED);
    let id = only_waiting(&place);
    let before = place.stored();
    let correct = |args: &[&str]| place.run(&[&["review", "correct", id.as_str()], args].concat());
    let window = ["--reference", "T-100", "--end", "2017-03-27T05:00Z", "--start"];
    correct(&[&window[..], &["2017-03-26T02:31[Europe/Amsterdam]"]].concat()).gives(
        2,
        "",
        "inwindow: 2017-03-26T02:31:00 does not exist in Europe/Amsterdam: clocks jumped from 02:00 to 03:00 at \
         2017-03-26T01:00:00Z\nhelp: did you mean 2017-03-26T03:31:00+02:00 (the clock that had not been changed) or \
         2017-03-26T01:31:00+01:00?\n",
    );
    correct(&[&window[..], &["2017-03-28T00:00Z"]].concat()).ends(2).says("help: give an end that is later");
    correct(&["--start", "2017-03-20T00:00Z"]).ends(2).says("there are 1 --start and 0 --end");
    correct(&["--status", "cancelled"]).ends(2).says("so --reference is needed");
    correct(&["--vendor", "carier", "--reference", "T"]).ends(2).says("no vendor `carier` (did you mean `carrier`?)");
    correct(&["--status", "maybe", "--reference", "T"]).ends(2).says("`maybe` is no status");
    correct(&[]).ends(2).says("nothing is corrected");
    correct(&["--file", "none.toml"]).ends(4).says("cannot read `none.toml`");
    place.write("c.toml", "[[announcement]]\nvendor = \"carrier\"\nreference = \"T-100\"\nwindows = [{ start = \"2017-03-20T00:00:00Z\", end = \"2017-03-19T00:00:00Z\" }]\nreceived_at = \"2017-03-09T00:00:00Z\"\n");
    correct(&["--file", "c.toml"])
        .ends(2)
        .says("the notice was received 2017-03-10T09:00:00Z")
        .says("c.toml:4:")
        .says("c.toml:5:");
    place.write("c.toml", "[[announcement]]\nvendor = \"carrier\"\nrefrence = \"T-100\"\n");
    correct(&["--file", "c.toml"]).ends(2).says("unknown field `refrence`");
    place
        .run(&["review", "accept", &id])
        .ends(2)
        .says("cannot be accepted: it gives no end; nothing was read that could count\n");
    place.run(&["review", "assign", &id, "m-zz"]).ends(2).says("no maintenance `m-zz`");
    assert_eq!(place.stored(), before, "nothing of that changed anything");
}

#[test]
fn a_correction_from_a_file_has_the_shape_of_the_samples() {
    let sample = fs::read_to_string("schedules/vendors/dc-ams/change.toml").expect("a sample");
    let place = place(PROFILE, ANNOUNCED);
    let id = only_waiting(&place);
    let sample: String =
        sample.lines().filter(|line| !line.starts_with("received_at")).map(|line| format!("{line}\n")).collect();
    place.write("c.toml", sample.replace("\"dc-ams\"", "\"carrier\""));
    place
        .run(&["review", "correct", &id, "--file", "c.toml"])
        .ends(1)
        .says("`feed-a` matches nothing in the inventory");
    assert_eq!(windows(&place), [("DCA-2019-104".into(), "2019-10-26T21:00:00Z".into(), "CONFIRMED".into())]);
}

/// A correction gives what the right profile would have given, but for who said so.
#[test]
fn corrected_is_as_if_it_had_been_read_rightly() {
    let corrected = place(PROFILE, ANNOUNCED);
    let id = only_waiting(&corrected);
    corrected
        .run(&[
            "review",
            "correct",
            &id,
            "--reference",
            "T-100",
            "--start",
            "2017-03-20 01:00",
            "--end",
            "2017-03-20 05:00",
            "--zone",
            "Europe/Amsterdam",
            "--object",
            "line-1",
            "--status",
            "CONFIRMED",
            "--summary",
            "maintenance notification",
        ])
        .ends(0);
    let right = place(&with_until(PROFILE), ANNOUNCED);
    for list in [&["list", "windows"][..], &["list", "messages"]] {
        assert_eq!(corrected.rows(list), right.rows(list), "{list:?}");
    }
    // Where the words stood that the times were read from is all that differs.
    let maintenances = |place: &Place| {
        let mut rows = place.rows(&["list", "maintenances"]);
        for row in &mut rows {
            row["state"]["windows"][0]["written"] = Value::Null;
            row["state"]["windows"][0]["wall"] = Value::Null;
        }
        rows
    };
    assert_eq!(maintenances(&corrected), maintenances(&right));
    let judged = |place: &Place| {
        let verdict = json(&place.run(&["check", "line-1", "--at", "2017-03-20T00:30:00Z", "-o", "json"]));
        (verdict["kind"].clone(), verdict["notice"].clone(), verdict["segments"].clone())
    };
    assert_eq!(judged(&corrected), judged(&right));
}

#[test]
fn an_account_that_nobody_named_is_assigned_and_can_be_assigned_elsewhere() {
    let profile = with_until(PROFILE);
    let place = place(&profile, &ANNOUNCED.replace("Lines", "Account: a\nLines"));
    place.write("b.eml", mail("2", (10, 10), &ANNOUNCED.replace("Lines", "Account: b\nLines")));
    place.write("c.eml", mail("3", (10, 11), "Ticket: T-100\nStatus: cancelled\n"));
    place.run(&["import", "b.eml"]).ends(0);
    place.run(&["import", "c.eml"]).ends(1).says("it fits several maintenances");
    let id = only_waiting(&place);
    place.run(&["review", "accept", &id]).ends(2).says("help: for n-").says("`assign` says which");
    let known = place.rows(&["list", "maintenances"]);
    let ids: Vec<&str> = known.iter().filter_map(|row| row["id"].as_str()).collect();
    place.run(&["review", "show", &id]).says(ids[0]).says(ids[1]).says("the same reference");
    let statuses = |place: &Place| -> Vec<String> {
        let rows = place.rows(&["list", "maintenances"]);
        let of = |id: &&str| rows.iter().find(|row| row["id"] == **id).expect("there")["state"]["status"].to_string();
        ids.iter().map(of).collect()
    };
    place.run(&["review", "assign", &id, ids[0]]).ends(0).says("is corrected by ada").says("changed m-");
    assert_eq!(statuses(&place), ["\"CANCELLED\"", "\"CONFIRMED\""]);
    place.run(&["review", "assign", &id, ids[0]]).ends(0).says("nothing changed");
    place.run(&["review", "assign", &id, ids[1]]).ends(0).says("taken back").says("changed m-");
    assert_eq!(statuses(&place), ["\"CONFIRMED\"", "\"CANCELLED\""]);
}

#[test]
fn an_older_notice_becomes_the_newest_word_when_a_person_says_so() {
    let profile = with_until(PROFILE);
    let place = place(&profile, ANNOUNCED);
    // Sent before the one that is known, and received after it.
    let older =
        mail("2", (10, 8), &ANNOUNCED.replace("03-20", "03-22")).replacen("10 Mar 2017 08", "10 Mar 2017 12", 1);
    place.write("b.eml", older);
    place.run(&["import", "b.eml"]).ends(1).says("it is older than what is known and would move a window");
    let id = only_waiting(&place);
    assert_eq!(windows(&place)[0].1, "2017-03-20T00:00:00Z");
    place.run(&["review", "correct", &id, "--newest"]).ends(0).says("stamp: nothing → 2017-03-10T09:00:00.000001Z");
    assert_eq!(windows(&place)[0].1, "2017-03-22T00:00:00Z");
    assert!(waiting(&place).is_empty());
}

#[test]
fn what_is_dismissed_makes_no_verdict_unknown_and_acceptance_undoes_it() {
    let place = place(PROFILE, ANNOUNCED);
    let id = only_waiting(&place);
    let late = |args: &[&str]| Ran::of(place.command(args).env("INWINDOW_CLOCK", "2017-04-21T00:00:00Z"));
    late(&["import", "a.eml", "--vendor", "carrier", "--complete-until", "2017-04-21T00:00:00Z"]).ends(1);
    let ask = ["check", "line-1", "--at", "2017-04-20T00:30:00Z"];
    late(&ask).ends(3).says("unknown").says(&id);
    late(&["outage", "open", "line-1", "--start", "2017-04-20T00:30:00Z"]).says("(unknown)");
    late(&["review", "dismiss", &id, "--reason", "spam"]).gives(
        0,
        &format!("{id} is settled as being of no matter\n"),
        "",
    );
    late(&ask).ends(1).says("unannounced").never_says("intake_gap");
    late(&["list", "outages"]).says("unannounced");
    late(&["review", "dismiss", &id])
        .ends(0)
        .says("is settled already, dismissed by ada 2017-04-21 00:00 UTC: spam; nothing changed\n");
}

#[test]
fn a_forged_notice_is_taken_back_and_who_was_told_is_told() {
    let place = place(&with_until(PROFILE), ANNOUNCED);
    place.run(&["send"]).ends(0);
    let notice = place.rows(&["list", "notices"])[0]["id"].as_str().expect("an id").to_owned();
    place.run(&["review", "dismiss", &notice]).ends(2).says("no notice in review");
    place
        .run(&["review", "dismiss", &notice, "--retract", "--reason", "forged"])
        .ends(0)
        .says("is settled as being of no matter, and taken back\n")
        .says("taken back m-")
        .says("planned 1 message, took back ");
    assert_eq!(windows(&place), [("T-100".into(), "2017-03-20T00:00:00Z".into(), "CANCELLED".into())]);
    let stages: Vec<Value> = place.rows(&["outbox", "list"]).iter().map(|row| row["key"]["stage"].clone()).collect();
    assert_eq!(stages, ["cancel"]);
    place.run(&["review", "dismiss", &notice, "--retract"]).ends(0).says("nothing changed");
    place.run(&["replay"]).gives(0, "read 1 notice: 0 read otherwise than before\n", "");
    // It counts again when a person says so.
    place.run(&["review", "accept", &notice]).ends(0).says("changed m-");
    assert_eq!(windows(&place)[0].2, "CONFIRMED");
}

#[test]
fn the_help_tells_what_accepting_means_for_each_reason() {
    let place = Place::new();
    for settling in inwindow::notice::Settling::ALL {
        let words = settling.accept.to_string();
        place
            .run(&["review", "accept", "--help"])
            .ends(0)
            .says(settling.reason)
            .says(words.split(' ').next().expect("a word"));
    }
}
