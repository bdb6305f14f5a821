//! The main job against real servers: a notice is imported, approved, sent by `inwindow send` through Postfix, and read
//! back over IMAP as the customer would.
//!
//! Compiled by the feature `servers` alone. `tests/run` starts the servers; without them these tests fail.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use mail_parser::MessageParser;

use crate::servers::{Imap, setting};

const INVENTORY: &str = r#"
[[vendor]]
id = "carrier"
name = "Example Carrier"
aliases = ["example.com"]
zone = "Europe/Amsterdam"
[[asset]]
id = "circuit-1"
kind = "circuit"
vendor = "carrier"
aliases = ["EX-1"]
[[customer]]
id = "alice-corp"
name = "Alice Corp"
uses = ["circuit-1"]
[[customer.contact]]
email = "READER"
name = "Müller, Alice"
zone = "America/New_York"
language = "de"
"#;

/// A night shift across the change of clocks in Amsterdam.
const NOTICE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\nSUMMARY:Fibre works\r\n\
    DTSTART:20270327T230000Z\r\nDTEND:20270328T030000Z\r\nDTSTAMP:20270301T090000Z\r\nUID:1@example.com\r\nSEQUENCE:1\r\n\
    X-MAINTNOTE-PROVIDER:example.com\r\nX-MAINTNOTE-ACCOUNT:42\r\nX-MAINTNOTE-MAINTENANCE-ID:EX-2027-REFERENCE\r\n\
    X-MAINTNOTE-OBJECT-ID:EX-1\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\n\
    ORGANIZER:mailto:noc@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Runs the program at a fixed time and expects it to have done what was asked.
#[track_caller]
fn inwindow(data: &Path, args: &[&str]) -> Output {
    ended(data, args, 0)
}

/// The same, with the exit status that is expected.
#[track_caller]
fn ended(data: &Path, args: &[&str], status: i32) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_inwindow"))
        .args(["--data", data.to_str().expect("a path")])
        .args(args)
        .env("INWINDOW_CLOCK", "2027-03-02T10:00:00Z")
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(status), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn a_mail_sent_by_inwindow_send_is_read_back_over_imap_with_calendar_and_headers_intact() {
    let data = tempfile::tempdir().expect("a folder");
    let (host, port) =
        setting("INWINDOW_TEST_SMTP").rsplit_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).expect("host:port");
    fs::create_dir(data.path().join("inventory")).expect("made");
    let inventory = INVENTORY.replace("READER", &setting("INWINDOW_TEST_READER"));
    fs::write(data.path().join("inventory/all.toml"), inventory).expect("written");
    // The reference tells the mails of several runs against the same servers apart.
    let reference = format!("EX-{}", std::process::id());
    fs::write(data.path().join("notice.ics"), NOTICE.replace("EX-2027-REFERENCE", &reference)).expect("written");
    let config = format!(
        "[mail]\nfrom = \"Example NOC <noc@noc.test>\"\nhost = \"{host}\"\nport = {port}\ntls = \"starttls\"\nca_file = \"{}\"\n",
        setting("INWINDOW_TEST_CA")
    );
    fs::write(data.path().join("config.toml"), config).expect("written");

    inwindow(data.path(), &["apply"]);
    let notice = data.path().join("notice.ics");
    inwindow(data.path(), &["import", notice.to_str().expect("a path")]);
    // Safe by default: nothing goes before somebody approved it.
    let unapproved: serde_json::Value = json(&ended(data.path(), &["send", "-o", "json"], 1));
    assert_eq!(unapproved["delivered"].as_array().map(Vec::len), Some(0));
    assert!(unapproved["outbox"]["awaiting_due"].as_u64() > Some(0), "{unapproved}");
    inwindow(data.path(), &["outbox", "approve", "--all"]);
    let sent = json(&inwindow(data.path(), &["send", "-o", "json"]));
    let delivered = sent["delivered"].as_array().expect("a list");
    assert_eq!((delivered.len(), delivered[0]["state"].as_str()), (1, Some("accepted")), "{sent}");

    let id = delivered[0]["message"].as_str().expect("an id");
    let raw = inwindow(data.path(), &["show", "--raw", id]).stdout;
    let ours = MessageParser::default().parse(&raw).expect("a mail");
    let arrived = Imap::login().mail(ours.message_id().expect("a Message-ID"));
    assert!(arrived.ends_with(&raw), "the servers change nothing behind their own headers");
    let mail = MessageParser::default().parse(&arrived).expect("a mail");
    for header in ["Date", "From", "To", "Subject", "Message-ID", "List-Id", "Auto-Submitted"] {
        assert_eq!(mail.header_raw(header), ours.header_raw(header), "{header}");
        assert!(mail.header_raw(header).is_some(), "{header}");
    }
    let text = mail.body_text(0).expect("a text part");
    for clock in ["00:00 CET", "05:00 CEST", "19:00 EDT", "23:00 UTC"] {
        assert!(text.contains(clock), "{clock} is one of the three clocks: {text}");
    }
    let calendar = mail.attachments().next().and_then(|part| part.text_contents()).expect("the calendar");
    assert!(
        calendar.contains("DTSTART:20270327T230000Z") && calendar.contains("X-MAINTNOTE-STATUS:CONFIRMED"),
        "{calendar}"
    );
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}
