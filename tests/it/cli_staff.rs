//! Mails to staff as they lie in the maildir, and the checklist as it is typed.

use super::cli::Place;

/// One line of the east, a server behind it, its customer, two of the staff and what they look after.
const INVENTORY: &str = r#"
[[vendor]]
id = "east"
name = "Carrier East"
zone = "Europe/Berlin"

[[asset]]
id = "line-e"
kind = "circuit"
vendor = "east"

[[asset]]
id = "web"
kind = "server"
needs = ["line-e"]

[[customer]]
id = "acme"
uses = ["web"]

[[customer.contact]]
email = "ops@acme.example"

[[staff]]
email = "noc@isp.example"
name = "NOC"
zone = "Europe/Berlin"
language = "de"

[[staff]]
email = "boss@isp.example"
stages = ["digest"]

[[checklist]]
id = "web-backup"
what = "backup verified"
asset = "web"
owner = "jo"
every = "1 d"
last_done = 2026-10-30T18:00:00Z

[[checklist]]
id = "restore"
what = "restore tested"
every = "90 d"
"#;

const CONFIG: &str = r#"
[organisation]
name = "Isp"
domain = "isp.example"

[mail]
from = "Isp NOC <noc@isp.example>"
unsubscribe = "leave@isp.example"
"#;

/// Monday 2 November 2026; the inventory is applied.
fn place() -> Place {
    let place = Place::new().at("2026-11-02T12:00:00Z");
    place.write("data/config.toml", CONFIG);
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    place
}

/// The mails to one address, by what the maildir calls them.
fn mails_to(place: &Place, address: &str) -> Vec<mail_parser::Message<'static>> {
    let mails = place.mails().into_values();
    let parsed =
        mails.filter_map(|mail| Some(mail_parser::MessageParser::default().parse(mail.as_bytes())?.into_owned()));
    parsed.filter(|mail| mail.to().and_then(|to| to.first()?.address()).is_some_and(|to| to == address)).collect()
}

fn subjects(place: &Place, address: &str) -> Vec<String> {
    let mut subjects: Vec<String> =
        mails_to(place, address).iter().map(|mail| mail.subject().unwrap_or_default().to_owned()).collect();
    subjects.sort();
    subjects
}

#[test]
fn an_outage_outside_of_windows_is_told_to_staff_at_once_though_customers_wait_for_approval() {
    let place = place();
    place.run(&["outage", "open", "web", "--start", "2026-11-02T11:50:00Z"]).ends(0);
    place.run(&["send"]).ends(1).says("for approval");
    assert_eq!(subjects(&place, "noc@isp.example"), ["[Isp] Störung nicht entschuldigt: web"]);
    assert_eq!(subjects(&place, "boss@isp.example"), Vec::<String>::new(), "who wants digests gets no alarms");
    assert_eq!(place.mails().len(), 1, "nobody approved the mail to the customer");
    let mails = mails_to(&place, "noc@isp.example");
    let text = mails[0].body_text(0).expect("a text");
    assert!(text.contains("web: unknown (entschuldigt: unknown)"), "{text}");
    assert!(text.contains("Montag, 2. November 2026, 12:50 CET"), "{text}");
    // Once is enough.
    place.run(&["send"]).ends(1);
    assert_eq!(place.mails().len(), 1);
}

#[test]
fn the_digest_tells_what_there_is_to_know_overdue_first() {
    let place = place();
    place.write("data/config.toml", format!("{CONFIG}\n[policy.staff]\ndigest = \"daily 08:00\"\n"));
    let add =
        ["maintenance", "add", "--vendor", "east", "--reference", "E-1", "--object", "line-e", "--impact", "outage"];
    let span = ["--start", "2026-11-10T22:00:00Z", "--end", "2026-11-11T02:00:00Z"];
    place.run(&[&add[..], &span].concat()).ends(0);
    place.run(&["outage", "open", "web", "--start", "2026-11-02T11:50:00Z"]).ends(0);
    place.run(&["checklist", "done", "restore", "--at", "2026-11-01T00:00:00Z", "--by", "ann"]).gives(
        0,
        "restore: restore tested, due by 2027-01-30 00:00 UTC\n",
        "",
    );
    place.run(&["checklist", "fact", "web-backup", "newest backup is 3 h old", "--by", "backup-job"]).gives(
        0,
        "web-backup: backup verified, overdue since 2026-10-31 18:00 UTC; newest backup is 3 h old\n",
        "",
    );
    let place = place.at("2026-11-03T08:00:00Z");
    place.run(&["send"]).ends(1);
    let digests = mails_to(&place, "boss@isp.example");
    let text = digests[0].body_text(0).expect("a text").into_owned();
    insta::with_settings!({ snapshot_path => "../snapshots/plan", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("staff-digest", text);
    });
    let html = digests[0].body_html(0).expect("an HTML part");
    assert!(html.contains("overdue") && html.contains("Carrier East E-1"), "{html}");
}

#[test]
fn the_checklist_is_listed_and_remembers_who_said_what() {
    let place = place();
    place.run(&["checklist", "list"]).gives(
        1,
        "ITEM        WHAT             ASSET  OWNER  LAST DONE             DUE                   STATE    FACT\n\
         restore     restore tested                                                             overdue\n\
         web-backup  backup verified  web    jo     2026-10-30 18:00 UTC  2026-10-31 18:00 UTC  overdue\n",
        "",
    );
    place.run(&["checklist", "done", "web-backup"]).ends(0);
    place.run(&["checklist", "done", "restore"]).ends(0);
    place.run(&["checklist", "list"]).ends(0).never_says("overdue");
    place.run(&["audit"]).ends(0).never_says("overdue");
    place
        .run(&["checklist", "fact", "restore", "took 2 h", "--by", "jo", "--at", "2026-11-01T10:00[Europe/Berlin]"])
        .ends(0);
    place.run(&["checklist", "log", "restore"]).gives(
        0,
        "AT                    SAID      BY   RECORDED\n\
         2026-11-02 12:00 UTC  done      ada  2026-11-02 12:00 UTC\n\
         2026-11-01 09:00 UTC  took 2 h  jo   2026-11-02 12:00 UTC\n",
        "",
    );
    place.run(&["checklist", "done", "restor"]).gives(
        2,
        "",
        "inwindow: no checklist item `restor` (did you mean `restore`?)\n",
    );
    place.run(&["checklist", "fact", "restore", " "]).ends(2).says("that is no fact");
    place.run(&["checklist", "done", "restore", "--at", "2026-11-03T00:00:00Z"]).ends(2).says("lies ahead");
}

#[test]
fn who_asks_for_no_more_mail_is_told_of() {
    let place = place();
    let mail = "From: Ops <ops@acme.example>\nTo: leave@isp.example\nSubject: unsubscribe\n\
                Date: Mon, 02 Nov 2026 11:00:00 +0000\nMessage-ID: <1@acme.example>\n\nno more maintenance mails please\n";
    place.write("leave.eml", mail);
    place.run(&["import", "leave.eml"]).ends(1).says("it asks for no more mail");
    place.run(&["import", "leave.eml"]).ends(1);
    place.run(&["send"]).ends(0);
    assert_eq!(subjects(&place, "noc@isp.example"), ["[Isp] Jemand möchte keine Mail mehr: unsubscribe"]);
    let mails = mails_to(&place, "noc@isp.example");
    assert!(mails[0].body_text(0).expect("a text").contains("ops@acme.example"));
    place.run(&["review", "list"]).ends(1);
}

#[test]
fn what_nobody_approved_is_told_before_and_after_it_is_too_late() {
    let place = place();
    let add =
        ["maintenance", "add", "--vendor", "east", "--reference", "E-1", "--object", "line-e", "--impact", "outage"];
    let span = ["--start", "2026-11-10T22:00:00Z", "--end", "2026-11-11T02:00:00Z"];
    place.run(&[&add[..], &span].concat()).ends(0);
    let place = place.at("2026-11-10T19:00:00Z");
    place.run(&["send"]).ends(1);
    let waits = "[Isp] Nachrichten warten auf Freigabe: Wartung angekündigt: ";
    let told = subjects(&place, "noc@isp.example");
    assert!(told.len() == 1 && told[0].starts_with(waits), "{told:?}");
    let place = place.at("2026-11-10T22:00:00Z");
    place.run(&["send"]).ends(0);
    let told = subjects(&place, "noc@isp.example");
    assert!(
        told.iter().any(|subject| subject.starts_with("[Isp] Nachrichten gingen nicht rechtzeitig hinaus: ")),
        "{told:?}"
    );
    // And the end of the window passes without a word from the vendor.
    let place = place.at("2026-11-11T02:00:00Z");
    place.run(&["send"]).ends(0);
    let told = subjects(&place, "noc@isp.example");
    assert!(told.contains(&"[Isp] Wartung dauert zu lange: Carrier East E-1".to_owned()), "{told:?}");
}

#[test]
fn wrong_settings_for_staff_are_refused_with_their_place() {
    let place = place();
    place.write("data/config.toml", "[policy.staff]\ndigest = \"at eight\"\n");
    place
        .run(&["doctor"])
        .ends(2)
        .says("config.toml:2:10")
        .says("it is written `off`, `daily 08:00` or `weekly monday 08:00`");
    place.write(
        "inventory/all.toml",
        INVENTORY.replace("email = \"ops@acme.example\"", "email = \"ops@acme.example\"\nstages = [\"digest\"]"),
    );
    place.run(&["apply", "--dry-run", "inventory"]).ends(2);
    place.write("data/config.toml", CONFIG);
    place.run(&["apply", "--dry-run", "inventory"]).ends(2).says("unknown stage `digest`");
}
