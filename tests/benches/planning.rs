//! What planning costs where one maintenance touches 10,000 customers: `cargo bench --bench planning`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![allow(clippy::disallowed_methods, reason = "it measures by the system's clock")]

use std::fmt::Write as _;
use std::time::Instant;

use chrono::{DateTime, Utc};
use inwindow::app::{App, ImportOptions, Settings, Surroundings};
use inwindow::mail::RawMessage;
use inwindow::notice::Intake;

const CUSTOMERS: usize = 10_000;

fn main() {
    let place = tempfile::tempdir().expect("a folder");
    let (data, files) = (place.path().join("data"), place.path().join("inventory"));
    std::fs::create_dir_all(&files).expect("a folder");
    std::fs::write(files.join("all.toml"), inventory()).expect("written");
    let now: DateTime<Utc> = "2027-03-01T12:00:00Z".parse().expect("an instant");
    let settings = Settings::load(&data, Surroundings::default()).expect("settings");
    let mut app = App::create(settings, [7; 32], now).expect("a new store");
    let inventory = app.settings.load_inventory(&files).expect("the made-up inventory is right");
    app.apply(&inventory, now).expect("applied");

    let options = ImportOptions { received_at: Some(now), intake: Intake::News };
    let measured = |what: &str, began: Instant| println!("{what:<44} {:>8.0} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    let imported = app.import(&notice(1), &options, now).expect("imported");
    measured("import that plans for 10,000 customers", began);
    assert_eq!(imported.messages, CUSTOMERS * 5, "an announcement and four reminders each: {:?}", imported.review);
    let began = Instant::now();
    assert!(app.proposal(now).expect("planned").is_empty(), "planning twice adds nothing");
    measured("planning again", began);
    let began = Instant::now();
    for number in 2..=21 {
        app.import(&notice(number), &options, now).expect("imported");
    }
    measured("20 imports that touch nobody", began);
}

fn inventory() -> String {
    let mut text = String::from(
        "[[vendor]]\nid = \"dc\"\nzone = \"Europe/Amsterdam\"\n[[asset]]\nid = \"feed-1\"\nkind = \"feed\"\nvendor = \"dc\"\n",
    );
    for number in 0..CUSTOMERS {
        let _ = write!(
            text,
            "[[asset]]\nid = \"server-{number}\"\nkind = \"server\"\nneeds = [\"feed-1\"]\n\
             [[customer]]\nid = \"c-{number}\"\nuses = [\"server-{number}\"]\n\
             [[customer.contact]]\nemail = \"ops@c-{number}.example\"\nzone = \"Europe/Berlin\"\n"
        );
    }
    text
}

/// A MAINTNOTE: the first of the feed, others of nothing that anybody uses.
fn notice(number: usize) -> RawMessage {
    let mail = format!(
        "From: dc <noc@dc.example>\r\nTo: noc@hoster.example\r\nSubject: Maintenance {number}\r\n\
         Date: Mon, 01 Mar 2027 11:00:00 +0000\r\nMessage-ID: <{number}@dc.example>\r\n\
         Content-Type: text/calendar; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//made up//EN\r\nBEGIN:VEVENT\r\nUID:{number}@dc.example\r\n\
         DTSTAMP:20270301T110000Z\r\nDTSTART:20270320T220000Z\r\nDTEND:20270321T040000Z\r\nSUMMARY:Work\r\nSEQUENCE:1\r\n\
         X-MAINTNOTE-PROVIDER:dc\r\nX-MAINTNOTE-ACCOUNT:1\r\nX-MAINTNOTE-MAINTENANCE-ID:CHG-{number}\r\n\
         X-MAINTNOTE-OBJECT-ID:feed-{number}\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    RawMessage::new(format!("notice-{number}"), mail.into_bytes())
}
