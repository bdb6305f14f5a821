//! Our calendars as other programs read them: libical, python-icalendar, and the generic provider of
//! circuit-maintenance-parser, each without complaint and with the same times.
//!
//! Compiled by the feature `readers` alone; `tests/readers/fetch` makes the others ready, in the folder that
//! `INWINDOW_READERS` names.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use mail_parser::{MessageParser, MimeHeaders as _};

use crate::cli::Place;

const INVENTORY: &str = r#"
[[vendor]]
id = "globalcloudxchange"
name = "Global Cloud Xchange"
zone = "UTC"

[[asset]]
id = "wave-18"
kind = "circuit"
name = "Wave 18; Amsterdam, Mumbai"
vendor = "globalcloudxchange"
aliases = ["PHWLS40418"]

[[asset]]
id = "wave-19"
kind = "circuit"
vendor = "globalcloudxchange"
aliases = ["PHWLS40419"]

[[customer]]
id = "acme"
name = "Acme, Inc."
uses = ["wave-18", "wave-19"]

[[customer.contact]]
email = "ops@acme.example"
name = "Öps \"Acme\""
zone = "Asia/Kolkata"
language = "fr"
"#;

const CONFIG: &str =
    "[mail]\nfrom = \"Isp <noc@isp.example>\"\n[policy]\napproval = \"off\"\nbulk-limit = 99\nreminders = [\"24h\"]\n";

/// An event as one of the readers tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    uid: String,
    sequence: i64,
    status: String,
    start: i64,
    end: i64,
    attendees: usize,
}

fn event(words: &[&str]) -> Event {
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("{words:?}"));
    Event {
        uid: words[0].to_owned(),
        sequence: number(words[1]),
        status: words[2].to_owned(),
        start: number(words[3]),
        end: number(words[4]),
        attendees: words[5].parse().expect("a count"),
    }
}

/// What a program says of a calendar; it must not fail.
fn asked(command: &mut Command, calendar: &[u8]) -> Vec<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
    child.stdin.take().expect("an input").write_all(calendar).expect("written");
    let output = child.wait_with_output().expect("ended");
    let text = String::from_utf8(output.stdout).expect("text");
    let shown = String::from_utf8_lossy(calendar);
    assert!(output.status.success(), "{}\n{text}\n{shown}", output.status);
    text.lines().map(str::to_owned).collect()
}

/// The events of a calendar, as all readers tell them alike, and the lines of circuit-maintenance-parser.
fn read(calendar: &[u8]) -> (BTreeSet<Event>, Vec<String>) {
    let folder = PathBuf::from(std::env::var_os("INWINDOW_READERS").expect("INWINDOW_READERS=$(tests/readers/fetch)"));
    let libical = asked(&mut Command::new(folder.join("libical_read")), calendar);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/read.py");
    let python = asked(Command::new("python3").arg(script).env("PYTHONPATH", &folder), calendar);
    let of = |lines: &[String], name: &str| -> BTreeSet<Event> {
        let words = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
        words.filter(|words| words[0] == name).map(|words| event(&words[1..])).collect()
    };
    let events = of(&libical, "event");
    assert_eq!(events.len(), libical.len(), "{libical:?}");
    assert_eq!(of(&python, "icalendar"), events, "libical and python-icalendar agree");
    (events, python.into_iter().filter(|line| line.starts_with("parser ")).collect())
}

/// The newest mail whose subject begins so: its calendar, and the method that its part has.
fn calendar_of(place: &Place, subject: &str) -> (Vec<u8>, Option<String>) {
    let mails = place.mails();
    let mut found = None;
    for mail in mails.values() {
        let mail = MessageParser::default().parse(mail.as_bytes()).expect("a mail");
        let is_calendar = |part: &&mail_parser::MessagePart<'_>| {
            part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar"))
        };
        let Some(part) = mail.parts.iter().find(is_calendar) else { continue };
        if mail.subject().is_some_and(|found| found.contains(subject)) {
            let method = part.content_type().and_then(|kind| kind.attribute("method")).map(str::to_owned);
            found = Some((mail.date().expect("a date").to_timestamp(), part.contents().to_vec(), method));
        }
    }
    let (_, calendar, method) = found.unwrap_or_else(|| panic!("no mail with `{subject}` and a calendar"));
    (calendar, method)
}

fn seconds(at: &str) -> i64 {
    at.parse::<DateTime<Utc>>().expect("an instant").timestamp()
}

/// `expected`: status, start and end of each event, in the order of their starts; and how the parser names the status.
#[track_caller]
fn check(place: &Place, subject: &str, expected: &[(&str, &str, &str)], status: &str) -> BTreeSet<Event> {
    let (calendar, method) = calendar_of(place, subject);
    assert_eq!(method, None, "{subject}");
    let (events, parser) = read(&calendar);
    let mut found: Vec<(String, i64, i64)> = events.iter().map(|e| (e.status.clone(), e.start, e.end)).collect();
    found.sort_by_key(|(_, start, _)| *start);
    let wanted: Vec<_> =
        expected.iter().map(|(status, start, end)| ((*status).to_owned(), seconds(start), seconds(end))).collect();
    assert_eq!(found, wanted, "{subject}");
    assert!(events.iter().all(|event| event.attendees == 0));
    let times: BTreeSet<(i64, i64)> = wanted.iter().map(|(_, start, end)| (*start, *end)).collect();
    let told: BTreeSet<(i64, i64)> = parser
        .iter()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(words[1].starts_with("m-") && words[2] == "acme", "{line}");
            assert!(status.is_empty() || words[4] == status, "{subject}: {line}");
            (words[5].parse().expect("seconds"), words[6].parse().expect("seconds"))
        })
        .collect();
    assert_eq!(told, times, "{subject}: circuit-maintenance-parser");
    events
}

#[test]
fn other_programs_read_our_calendars_with_the_same_times() {
    let place = Place::new().at("2025-03-04T08:00:00Z");
    place.write("data/config.toml", CONFIG);
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schedules/vendors/globalcloudxchange");
    let import = |place: &Place, sample: &str| {
        place.run(&["import", samples.join(sample).to_str().expect("text")]).ends(0);
        place.run(&["send"]).ends(0);
    };
    let (first, second, reserve) = (
        ("CONFIRMED", "2025-03-29T22:00:00Z", "2025-03-30T04:00:00Z"),
        ("CONFIRMED", "2025-03-30T22:00:00Z", "2025-03-31T04:00:00Z"),
        ("CONFIRMED", "2025-04-05T22:00:00Z", "2025-04-06T04:00:00Z"),
    );
    // Two nights and one in reserve.
    import(&place, "announcement.eml");
    let announced = check(&place, "Maintenance annoncée", &[first, second, reserve], "CONFIRMED");
    // One night moves, another is dropped, and the reserve stays as it was.
    let place = place.at("2025-03-10T08:00:00Z");
    let edit = ["maintenance", "edit", "--vendor", "globalcloudxchange", "--reference", "PE2025030470118"];
    let times = [
        "--start",
        "2025-03-29T23:00:00Z",
        "--end",
        "2025-03-30T05:00:00Z", //
        "--start",
        "2025-04-05T22:00:00Z",
        "--end",
        "2025-04-06T04:00:00Z",
    ];
    place.run(&[&edit[..], &times].concat()).ends(0);
    place.run(&["send"]).ends(0);
    let (calendar, _) = calendar_of(&place, "Maintenance modifiée");
    let (changed, _) = read(&calendar);
    let starts: BTreeSet<i64> = changed.iter().filter(|e| e.status == "CONFIRMED").map(|e| e.start).collect();
    assert_eq!(starts, [seconds("2025-03-29T23:00:00Z"), seconds("2025-04-05T22:00:00Z")].into());
    assert!(changed.iter().any(|event| event.status == "CANCELLED"), "{changed:?}");
    let uids = |events: &BTreeSet<Event>| events.iter().map(|event| event.uid.clone()).collect::<BTreeSet<_>>();
    assert!(uids(&changed).is_subset(&uids(&announced)), "an event keeps its UID: {changed:?}");
    let newest = |events: &BTreeSet<Event>| events.iter().map(|event| event.sequence).max();
    assert!(newest(&changed) > newest(&announced), "SEQUENCE rises");
    // A reminder; then all is called off.
    let place = place.at("2025-03-28T23:00:00Z");
    place.run(&["send"]).ends(0);
    calendar_of(&place, "Rappel");
    let cancel = ["maintenance", "cancel", "--vendor", "globalcloudxchange", "--reference", "PE2025030470118"];
    place.run(&cancel).ends(0);
    place.run(&["send"]).ends(0);
    let called_off = check(
        &place,
        "Maintenance annulée",
        &[
            ("CANCELLED", "2025-03-29T23:00:00Z", "2025-03-30T05:00:00Z"),
            ("CANCELLED", "2025-04-05T22:00:00Z", "2025-04-06T04:00:00Z"),
        ],
        "CANCELLED",
    );
    assert!(newest(&called_off) > newest(&changed));
}

#[test]
fn completed_work_is_read_with_its_real_end() {
    let place = Place::new().at("2026-11-01T08:00:00Z");
    place.write("data/config.toml", CONFIG);
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    let of = ["--vendor", "globalcloudxchange", "--reference", "GCX-1"];
    let add = ["--start", "2026-11-10T22:00:00Z", "--end", "2026-11-11T04:00:00Z", "--object", "PHWLS40419"];
    place.run(&[&["maintenance", "add"], &of[..], &add, &["--impact", "outage"]].concat()).ends(0);
    place.run(&["send"]).ends(0);
    check(
        &place,
        "Maintenance annoncée",
        &[("CONFIRMED", "2026-11-10T22:00:00Z", "2026-11-11T04:00:00Z")],
        "CONFIRMED",
    );
    let place = place.at("2026-11-11T02:00:00Z");
    place.run(&[&["maintenance", "complete"], &of[..], &["--ended-at", "2026-11-11T01:30:00Z"]].concat()).ends(0);
    place.run(&["send"]).ends(0);
    check(
        &place,
        "Maintenance terminée",
        &[("CONFIRMED", "2026-11-10T22:00:00Z", "2026-11-11T01:30:00Z")],
        "COMPLETED",
    );
}
