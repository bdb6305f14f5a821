//! Drafts of whole mails, written by us in the manner of several countries.

use proptest::prelude::*;

use super::{Draft, read};
use crate::notice::message::Message;
use crate::notice::status::Status;
use crate::time::Zones;

fn mail(subject: &str, kind: &str, body: &str) -> Message {
    let raw = format!(
        "From: noc@carrier.example\r\nDate: Mon, 02 Sep 2030 08:00:00 +0000\r\nSubject: {subject}\r\n\
         MIME-Version: 1.0\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    );
    Message::parse(raw.as_bytes()).expect("a mail")
}

fn draft(subject: &str, body: &str) -> Draft {
    read(&mail(subject, "text/plain", body), &Zones::embedded()).expect("a draft")
}

/// One line a field, as far as it is known; doubts last.
fn shown(draft: &Draft) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(draft.reference.as_ref().map(|reference| format!("reference {reference}")));
    lines.extend(draft.account.as_ref().map(|account| format!("account {account}")));
    lines.extend(draft.status.map(|status| format!("status {status}")));
    lines.extend(draft.windows.iter().map(|w| {
        let at = |at: chrono::DateTime<chrono::Utc>| at.format("%m-%dT%H:%MZ").to_string();
        format!("{} {} {}", w.role, at(w.interval.start()), at(w.interval.end()))
    }));
    lines.extend(draft.unresolved.iter().map(|w| format!("unresolved {} {}", w.start, w.end)));
    lines.extend(draft.impact.map(|impact| format!("impact {impact}")));
    lines.extend(draft.objects.iter().map(|object| match object.impact {
        Some(impact) => format!("object {} {impact}", object.name),
        None => format!("object {}", object.name),
    }));
    lines.extend(draft.doubts.iter().map(|doubt| format!("? {doubt}")));
    lines
}

#[track_caller]
fn check(draft: &Draft, expected: &[&str]) {
    assert_eq!(shown(draft), expected);
}

#[test]
fn labels_with_colons() {
    let body = "Dear customer,\n\nwe will be performing maintenance on our network.\n\nTicket number: NX-20771\n\
                Customer ID: 5512\nStart: 12 Oct 2030 22:00 UTC\nEnd: 13 Oct 2030 04:00 UTC\nCircuit ID: EX-0042, EX-0043\n\
                Expected impact: loss of service for ten minutes\n";
    check(
        &draft("Planned maintenance", body),
        &[
            "reference NX-20771",
            "account 5512",
            "status CONFIRMED",
            "primary 10-12T22:00Z 10-13T04:00Z",
            "impact OUTAGE",
            "object EX-0042",
            "object EX-0043",
        ],
    );
}

#[test]
fn every_field_knows_its_words() {
    let body = "Ticket number: NX-20771\nStart: 12 Oct 2030 22:00 UTC\nEnd: 13 Oct 2030 04:00 UTC\nMaintenance\n";
    let message = mail("Planned maintenance", "text/plain", body);
    let draft = read(&message, &Zones::embedded()).expect("a draft");
    let fields: Vec<&str> = draft.sources.iter().map(|source| source.field.as_str()).collect();
    assert_eq!(fields, ["window 1 start", "window 1 end", "reference", "summary"]);
    for source in draft.sources.iter().filter(|source| source.span.is_some()) {
        let (start, end) = source.span.expect("a span");
        assert_eq!(&message.parts[0].text[start..end], source.text, "{source:?}");
    }
}

#[test]
fn a_table_with_a_row_for_each_circuit() {
    let body = "<p>Emergency maintenance has been scheduled.</p><table><tr><td>Change reference<td>CRQ5-118</tr></table>\
                <table><tr><th>Window<th>Primary start (GMT)<th>Primary end (GMT)<th>Backup start (GMT)<th>Backup end (GMT)</tr>\
                <tr><td>1<td>12-Oct-2030 22:00<td>13-Oct-2030 04:00<td>14-Oct-2030 22:00<td>15-Oct-2030 04:00</tr></table>\
                <table><tr><th>Circuit ID<th>Impact<th>A end</tr><tr><td>EX-0042<td>Hard down<td>Gent</tr>\
                <tr><td>EX-0043<td>At risk<td>Lier</tr></table>";
    let draft = read(&mail("Maintenance", "text/html", body), &Zones::embedded()).expect("a draft");
    check(
        &draft,
        &[
            "reference CRQ5-118",
            "status CONFIRMED",
            "primary 10-12T22:00Z 10-13T04:00Z",
            "contingency 10-14T22:00Z 10-15T04:00Z",
            "object EX-0042 OUTAGE",
            "object EX-0043 REDUCED-REDUNDANCY",
        ],
    );
}

#[test]
fn the_same_window_in_utc_and_locally_is_one() {
    let body = |local: &str| {
        format!(
            "Maintenance window\n{local} ( Eastern )\n13-Oct-2030 02:00 to 13-Oct-2030 06:00 ( GMT )\nReference: TTN-77\n"
        )
    };
    check(
        &draft("Maintenance", &body("12-Oct-2030 22:00 to 13-Oct-2030 02:00")),
        &["reference TTN-77", "primary 10-13T02:00Z 10-13T06:00Z"],
    );
    check(
        &draft("Maintenance", &body("12-Oct-2030 21:00 to 13-Oct-2030 01:00")),
        &[
            "reference TTN-77",
            "primary 10-13T02:00Z 10-13T06:00Z",
            "? the notice gives two times that disagree: 2030-10-13T02:00:00Z to 2030-10-13T06:00:00Z and \
         2030-10-13T01:00:00Z to 2030-10-13T05:00:00Z",
        ],
    );
}

#[test]
fn what_reads_two_ways_is_a_doubt_with_both() {
    check(
        &draft("Maintenance", "Start: 09/10/2030 22:00 UTC\nEnd: 09/10/2030 23:00 UTC\nTicket: 55671\n"),
        &[
            "reference 55671",
            "primary 09-10T22:00Z 09-10T23:00Z",
            "? the date in `09/10/2030 22:00 UTC` may be 10 September 2030 or 9 October 2030",
        ],
    );
    // The end of the month settles it.
    check(
        &draft(
            "Maintenance",
            "Start: 09/10/2030 22:00 UTC\nEnd: 09/10/2030 23:00 UTC\nTicket: 55671\nSent 30/09/2030\n",
        ),
        &["reference 55671", "primary 10-09T22:00Z 10-09T23:00Z"],
    );
    check(
        &draft("Maintenance", "Start: 12 Oct 2030 22:00\nEnd: 12 Oct 2030 23:00\nTicket: 55671\n"),
        &[
            "reference 55671",
            "unresolved 12 Oct 2030 22:00 12 Oct 2030 23:00",
            "? the time `12 Oct 2030 22:00` has no zone",
        ],
    );
    check(
        &draft("Maintenance", "Start: 12 Oct 2030 22:00 IST\nEnd: 12 Oct 2030 23:00 IST\nTicket: 55671\n"),
        &[
            "reference 55671",
            "primary 10-12T16:30Z 10-12T17:30Z",
            "? the zone `IST` is not explained by the vendor's profile",
        ],
    );
    check(
        &draft("Maintenance", "Start: 12 Oct 22:00 UTC\nEnd: 12 Oct 23:00 UTC\n"),
        &[
            "primary 10-12T22:00Z 10-12T23:00Z",
            "? the date `12 Oct 22:00 UTC` names no year; 2030 was taken, which is near the day it was sent",
            "? no reference was found",
        ],
    );
}

#[test]
fn other_languages() {
    let german = "Wir werden Wartungsarbeiten durchführen.\nTicketnummer: 4471-B\nBeginn: 12.10.2030 22:00 Uhr\n\
                  Ende: 13.10.2030 04:00 Uhr\nZeitzone: Europe/Berlin\nBetroffene Dienste: DE-9001\nAuswirkung: Ausfall\n";
    check(
        &draft("Wartung", &format!("{german}maintenance")),
        &[
            "reference 4471-B",
            "status CONFIRMED",
            "primary 10-12T20:00Z 10-13T02:00Z",
            "impact OUTAGE",
            "object DE-9001",
        ],
    );
    let french = "Référence : FR-88123\nDate de début : 12 octobre 2030 à 22h00 UTC\nDate de fin : 13 octobre 2030 à 04h00 UTC\n\
                  Les travaux ont été annulés : la maintenance a été annulée.\n";
    check(
        &draft("Travaux programmés", french),
        &["reference FR-88123", "status CANCELLED", "primary 10-12T22:00Z 10-13T04:00Z"],
    );
}

#[test]
fn a_status_is_what_is_said_of_the_work() {
    #[track_caller]
    fn status(subject: &str, line: &str, expected: Option<&str>) {
        let draft = draft(subject, &format!("{line}\nTicket: NX-20771\n"));
        assert_eq!(draft.status.map(Status::as_str), expected, "{subject} / {line}");
    }
    status("Maintenance", "The maintenance has been cancelled.", Some("CANCELLED"));
    status("Maintenance cancelled", "See below.", Some("CANCELLED"));
    status("Maintenance", "You will be told when the maintenance has been completed.", None);
    status("Maintenance", "If the work has been rescheduled we will write again.", None);
    status("Reminder: maintenance", "See below.", None);
    status("Maintenance", "The planned work has now started.", Some("IN-PROCESS"));
    status("Maintenance", "Status: tentative", Some("TENTATIVE"));
    status("Start of maintenance on Monday", "See below.", None);
}

#[test]
fn a_mail_that_only_names_maintenance_gives_no_draft() {
    let message = mail("Our newsletter", "text/plain", "Read all about maintenance, and how we think of it.");
    assert_eq!(read(&message, &Zones::embedded()), None);
}

fn line() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Start",
        "End",
        "Window",
        "Date:",
        "Time",
        "to",
        "-",
        "from",
        ":",
        "UTC",
        "GMT+3",
        "EST",
        "(",
        ")",
        "12/10/2030",
        "31.12.2030",
        "12 Oct",
        "2030",
        "22:00",
        "24:00",
        "06:00",
        "am",
        "Reference",
        "Ticket #",
        "Circuit ID",
        "CHG0001",
        "|",
        "\t",
        "maintenance",
        "Backup",
        "26-28 March 2031",
        "9999-12-31",
        "Impact",
        "has been cancelled",
        "Duration",
        "2 hours",
        "ä",
        "\u{2028}",
        "Extended until",
        "00:00-00:00",
        "February 29",
        "Sun",
        "*",
        ",",
    ]);
    prop::collection::vec(word, 0..9).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_lines_are_too_strange(lines in prop::collection::vec(line(), 0..25), html in any::<bool>()) {
        let (kind, end) = if html { ("text/html", "<br>") } else { ("text/plain", "\n") };
        let message = mail("maintenance", kind, &lines.join(end));
        if let Some(draft) = read(&message, &Zones::embedded()) {
            for source in draft.sources.iter().filter(|source| source.span.is_some()) {
                let part = message.parts.iter().find(|part| part.label == source.part).expect("a part");
                let (start, end) = source.span.expect("a span");
                prop_assert!(part.text.get(start..end).is_some());
            }
        }
    }
}

#[test]
fn a_mail_of_many_lines_takes_bounded_time() {
    let lines = "Start: 12/10/2030 22:00 EST to 13/10/2030 06:00 Circuit ID: EX-0042 | Impact: down\n".repeat(8_000);
    let draft = draft("maintenance", &lines);
    assert!(draft.windows.len() <= super::windows::MAX_WINDOWS && draft.sources.len() <= 7_000);
}

/// Each line below is a name, so that counting them anew from every line would take minutes.
#[test]
fn lines_of_names_are_counted_once() {
    let names: String = (0..10_000).map(|n| format!("QUFBQUFB{n}\n")).collect();
    assert!(draft("maintenance TT-4402917", &names).objects.is_empty());
}
