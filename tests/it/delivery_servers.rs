//! What becomes of messages when real servers do what servers do: Postfix that refuses, puts off, takes and reports later,
//! and relays that cannot be trusted or do not trust us.
//!
//! Compiled by the feature `servers` alone. `tests/run` starts the servers; without them these tests fail.

use crate::cli::Place;
use crate::delivery::{NOTICE, inventory_of, outbox};
use crate::servers::{Imap, setting};

/// A place in which a mail is due to each of the recipients, through the relay of a setting.
fn place(relay: &str, recipients: &[String], settings: &str, rest: &str) -> Place {
    let place = Place::new();
    let (host, port) =
        setting(relay).rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).expect("host:port");
    place.write("inventory/all.toml", inventory_of(recipients));
    // The reference tells the mails of several runs against the same servers apart.
    place.write(
        "notice.ics",
        NOTICE.replace("MAINTENANCE-ID:EX-1", &format!("MAINTENANCE-ID:EX-{}", std::process::id())),
    );
    let config = format!(
        "[mail]\nfrom = \"Example NOC <noc@noc.test>\"\nhost = \"{host}\"\nport = {port}\n{settings}\n\
         [policy]\napproval = \"off\"\nreminders = []\n{rest}"
    );
    place.write("data/config.toml", config);
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["import", "notice.ics"]).ends(0);
    place
}

fn trusted() -> String {
    format!("tls = \"starttls\"\nca_file = \"{}\"", setting("INWINDOW_TEST_CA"))
}

/// Recipient, state, words of the reason, and after how many minutes it is tried again, at the least.
const POSTFIX: [(&str, &str, &str, Option<i64>); 6] = [
    ("alice@customer.test", "accepted", "accepted by the relay", None),
    ("nobody@customer.test", "failed", "refused: 550 5.1.1", None),
    ("grey@customer.test", "planned", "deferred: 450 4.7.1", Some(4)),
    ("full@customer.test", "planned", "deferred: 452 4.2.2", Some(0)),
    ("defer@customer.test", "planned", "deferred: 451 4.3.0", Some(0)),
    ("policy@customer.test", "failed", "refused: 550 5.7.1", None),
];

#[test]
fn what_postfix_says_is_what_the_outbox_says() {
    let all: Vec<String> = POSTFIX.iter().map(|(to, ..)| (*to).to_owned()).collect();
    for connections in [1, 4] {
        let place = place("INWINDOW_TEST_SMTP", &all, &format!("{}\nconnections = {connections}", trusted()), "");
        place.run(&["send"]);
        let outbox = outbox(&place);
        assert_eq!(outbox.len(), POSTFIX.len(), "nothing is lost");
        for (to, state, words, minutes) in POSTFIX {
            let row = &outbox[to];
            let got = (row["state"].as_str(), row["tries"].as_u64(), row["maybe_duplicate"].as_bool());
            assert_eq!(got, (Some(state), Some(1), Some(false)), "{row}");
            assert!(row["reason"].as_str().expect("words").contains(words), "{row}");
            let next = row["next_attempt_at"]
                .as_str()
                .map(|at| at.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant"));
            let now: chrono::DateTime<chrono::Utc> = crate::cli::NOW.parse().expect("an instant");
            let waits = next.map(|next| (next - now).num_minutes());
            assert_eq!(waits.is_some(), minutes.is_some(), "{row}");
            assert!(
                waits.zip(minutes).is_none_or(|(waits, minutes)| (minutes..=minutes + 1).contains(&waits)),
                "{row}"
            );
        }
    }
}

/// A relay that is not to be trusted, or does not trust us: no message loses an attempt, and all go when that is mended.
#[track_caller]
fn check_unusable(relay: &str, settings: &str, words: &str) {
    let place = place(relay, &[setting("INWINDOW_TEST_READER")], settings, "");
    let ran = place.run(&["send"]).ends(4);
    assert!(ran.stderr.contains(words) && ran.stderr.contains("nothing is lost: 1 message waits"), "{}", ran.stderr);
    for row in outbox(&place).values() {
        assert_eq!((row["state"].as_str(), row["tries"].as_u64()), (Some("planned"), Some(0)), "{row}");
    }
    let (host, port) =
        setting("INWINDOW_TEST_SMTP").rsplit_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).expect("host:port");
    let mended = format!(
        "[mail]\nfrom = \"noc@noc.test\"\nhost = \"{host}\"\nport = {port}\n{}\n[policy]\napproval = \"off\"\nreminders = []\n",
        trusted()
    );
    place.write("data/config.toml", mended);
    place.run(&["send"]).ends(0);
}

#[test]
fn a_relay_that_cannot_be_trusted_or_does_not_trust_us_costs_no_attempt() {
    check_unusable("INWINDOW_TEST_SMTP", "tls = \"starttls\"", "UnknownIssuer");
    check_unusable("INWINDOW_TEST_SMTP_EXPIRED", &trusted(), "xpired");
    check_unusable("INWINDOW_TEST_SMTP_OTHER_NAME", &trusted(), "not valid for name");
    let folder = tempfile::tempdir().expect("a folder");
    let password = folder.path().join("password");
    std::fs::write(&password, "wrong").expect("written");
    let wrong = format!(
        "{}\nuser = \"{}\"\npassword_file = \"{}\"",
        trusted(),
        setting("INWINDOW_TEST_SENDER"),
        password.display()
    );
    check_unusable("INWINDOW_TEST_SUBMISSION", &wrong, "535");
    check_unusable("INWINDOW_TEST_IMAP", "tls = \"none\"\nanswer_within = \"2 s\"", "greeting");
}

#[test]
fn a_report_of_postfix_comes_back_and_the_address_gets_no_more() {
    let to = format!("lost+{}@customer.test", std::process::id());
    let bounces = setting("INWINDOW_TEST_BOUNCES");
    let (host, port) =
        setting("INWINDOW_TEST_IMAP").rsplit_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).expect("host:port");
    let source = format!(
        "[[source]]\nname = \"reports\"\nkind = \"imap\"\nhost = \"{host}\"\nport = {port}\ntls = \"starttls\"\nca_file = \"{}\"\n\
         user = \"{bounces}\"\npassword_file = \"../password\"\n",
        setting("INWINDOW_TEST_CA")
    );
    let place = place(
        "INWINDOW_TEST_SMTP",
        std::slice::from_ref(&to),
        &format!("{}\nbounces_to = \"{bounces}\"", trusted()),
        &source,
    );
    place.write("password", setting("INWINDOW_TEST_BOUNCES_PASSWORD"));
    place.run(&["send"]).ends(0);
    let row = outbox(&place)[&to].clone();
    assert_eq!(row["state"], "accepted", "Postfix takes it, and finds out later: {row}");
    let mut imap = Imap::login_as("BOUNCES");
    imap.command("SELECT INBOX");
    imap.find(&format!("TO {}", row["id"].as_str().expect("an id")));
    place.run(&["import"]);
    let row = outbox(&place)[&to].clone();
    assert_eq!((row["state"].as_str(), row["refused_as"].as_str()), (Some("bounced"), Some("5.1.1")), "{row}");
    assert!(row["reason"].as_str().expect("words").starts_with(&format!("came back from {to}: 5.1.1 ")), "{row}");
    let other = NOTICE.replace("MAINTENANCE-ID:EX-1", "MAINTENANCE-ID:EX-other").replace("UID:1@", "UID:2@");
    place.write("other.ics", other);
    place.run(&["import", "other.ics"]);
    place.run(&["send"]);
    let states: Vec<String> =
        place.rows(&["outbox", "list", "--all"]).iter().map(|row| row["state"].to_string()).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&"\"suppressed\"".to_owned()), "{states:?}");
}
