//! What becomes of messages when the relay does any of the things that relays do: through the program, one mail to each
//! kind of trouble, over one connection and over several.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use inwindow::plan::MessageState;
use serde_json::Value;

use crate::cli::Place;
use crate::moved::Moved;
use crate::relay::FakeRelay;

/// A notice of one night's work, long ahead.
pub const NOTICE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\nSUMMARY:Fibre works\r\n\
    DTSTART:20170327T230000Z\r\nDTEND:20170328T030000Z\r\nDTSTAMP:20170301T090000Z\r\nUID:1@example.com\r\nSEQUENCE:1\r\n\
    X-MAINTNOTE-PROVIDER:example.com\r\nX-MAINTNOTE-ACCOUNT:42\r\nX-MAINTNOTE-MAINTENANCE-ID:EX-1\r\n\
    X-MAINTNOTE-OBJECT-ID:EX-1\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\n\
    ORGANIZER:mailto:noc@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A place in which a mail is due to each of the recipients, and the relay that it goes to.
pub fn place(relay: &FakeRelay, recipients: &[String], settings: &str) -> Place {
    let policy = "[policy]\napproval = \"off\"\nbulk-limit = 100000\nreminders = []\n";
    let place = prepared(relay, recipients, settings, policy);
    place.run(&["import", "notice.ics"]).ends(0);
    place
}

/// The same before the notice has come: `settings` of mail, and what stands behind them.
pub fn prepared(relay: &FakeRelay, recipients: &[String], settings: &str, rest: &str) -> Place {
    let place = Place::new();
    place.write("inventory/all.toml", inventory_of(recipients));
    place.write("notice.ics", NOTICE);
    let config = format!(
        "[mail]\nfrom = \"Example NOC <noc@noc.test>\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n{settings}\n{rest}",
        relay.port
    );
    place.write("data/config.toml", config);
    place.run(&["apply", "inventory"]).ends(0);
    place
}

/// A customer to whom all of them belong, and what it uses.
pub fn inventory_of(recipients: &[String]) -> String {
    let mut inventory = String::from(
        "[[vendor]]\nid = \"carrier\"\nname = \"Example Carrier\"\naliases = [\"example.com\"]\nzone = \"UTC\"\n\
         [[asset]]\nid = \"circuit-1\"\nkind = \"circuit\"\nvendor = \"carrier\"\naliases = [\"EX-1\"]\n\
         [[customer]]\nid = \"acme\"\nname = \"Acme\"\nuses = [\"circuit-1\"]\n",
    );
    for recipient in recipients {
        let _ = write!(inventory, "[[customer.contact]]\nemail = \"{recipient}\"\n");
    }
    inventory
}

/// What the outbox says of each recipient.
pub fn outbox(place: &Place) -> BTreeMap<String, Value> {
    let rows = place.rows(&["outbox", "list", "--all"]);
    rows.into_iter().map(|row| (row["to"]["email"].as_str().expect("an address").to_owned(), row)).collect()
}

/// Local part, what the message is afterwards, words of its reason, whether the reader may have it twice, and how many
/// copies the relay got in one round.
const TROUBLES: [(&str, &str, &str, bool, usize); 16] = [
    ("ok", "accepted", "accepted by the relay", false, 1),
    ("multi", "accepted", "accepted by the relay", false, 1),
    ("slow", "accepted", "accepted by the relay", false, 1),
    ("grey", "planned", "deferred: 450 4.7.1 greylisted", false, 0),
    ("tmp", "planned", "deferred: 451 4.3.0 try later", false, 0),
    ("full", "planned", "deferred: 452 4.2.2 mailbox full", false, 0),
    ("gone", "failed", "refused: 550 5.1.1 no such user", false, 0),
    ("policy", "failed", "refused: 554 5.7.1 blocked by policy", false, 0),
    ("defer", "planned", "deferred: 451 4.3.0 try later", false, 0),
    ("close421", "planned", "deferred: 421 4.3.2 closing", false, 0),
    ("garbage", "planned", "not sent: RCPT TO: ", false, 0),
    ("hang", "planned", "not sent: RCPT TO: no answer within", false, 0),
    ("hangdata", "planned", "not sent: DATA: no answer within", false, 0),
    // A short mail is written at once: whether the relay had read it all before it hung up, nobody here can know.
    ("dropdata", "planned", "no answer to the message itself: ", true, 0),
    ("hangdot", "planned", "no answer to the message itself: ", true, 1),
    ("dropdot", "planned", "no answer to the message itself: ", true, 1),
];

#[track_caller]
fn check_troubles(connections: usize) {
    let relay = FakeRelay::start();
    let all: Vec<String> = TROUBLES.iter().map(|(local, ..)| format!("{local}@customer.test")).collect();
    let settings = format!("connections = {connections}\nanswer_within = \"1 s\"\ntaken_within = \"1 s\"");
    let place = place(&relay, &all, &settings);
    // The relay is left alone after five attempts in a row that broke off; the next call goes on with the others.
    for _ in 0..3 {
        place.run(&["send"]);
    }
    let outbox = outbox(&place);
    assert_eq!(outbox.len(), TROUBLES.len(), "nothing is lost");
    for (local, state, words, maybe_duplicate, copies) in TROUBLES {
        let row = &outbox[&format!("{local}@customer.test")];
        let reason = row["reason"].as_str().expect("a reason");
        assert_eq!(
            (row["state"].as_str(), row["maybe_duplicate"].as_bool()),
            (Some(state), Some(maybe_duplicate)),
            "{row}"
        );
        assert!(reason.contains(words), "{local}: {reason}");
        assert_eq!(row["tries"].as_u64(), Some(1), "{row}");
        assert_eq!(row["next_attempt_at"].is_null(), state != "planned", "{row}");
        let refused_as = [("gone", "5.1.1"), ("policy", "5.7.1")].into_iter().find(|(name, _)| *name == local);
        assert_eq!(row["refused_as"].as_str(), refused_as.map(|(_, code)| code), "{row}");
        let got = relay.arrived().iter().filter(|mail| mail.to.starts_with(&format!("{local}@"))).count();
        assert_eq!(got, copies, "{local}");
    }
}

#[test]
fn whatever_the_relay_does_the_outbox_says_what_became_of_the_mail() {
    check_troubles(1);
    check_troubles(4);
}

#[test]
fn what_was_put_off_goes_again_with_the_same_bytes() {
    let relay = FakeRelay::start();
    let all = ["grey@customer.test".to_owned(), "dropdot@customer.test".to_owned()];
    let mut place = place(&relay, &all, "connections = 2\nanswer_within = \"10 s\"");
    for minute in [15, 25, 55] {
        place = place.at(&format!("2017-03-13T10:{minute}:00Z"));
        place.run(&["send"]);
    }
    let outbox = outbox(&place);
    assert_eq!(outbox["grey@customer.test"]["state"], "accepted");
    assert_eq!(outbox["dropdot@customer.test"]["maybe_duplicate"], true);
    let twice: Vec<_> = relay.arrived().into_iter().filter(|mail| mail.to.starts_with("dropdot")).collect();
    assert!(twice.len() > 1 && twice.iter().all(|mail| *mail == twice[0]), "{}", twice.len());
}

/// Its moment passes before another attempt could be made; the reader may have it all the same, and the outbox says so.
#[test]
fn a_last_attempt_without_an_answer_leaves_its_mark() {
    let relay = FakeRelay::start();
    let all = ["dropdot@customer.test".to_owned(), "tmp@customer.test".to_owned()];
    let place = place(&relay, &all, "connections = 2").at("2017-03-27T22:59:30Z");
    place.run(&["send"]);
    let outbox = outbox(&place);
    for (local, tries, doubt) in [("dropdot", 1, true), ("tmp", 1, false)] {
        let row = &outbox[&format!("{local}@customer.test")];
        assert_eq!((row["state"].as_str(), row["tries"].as_u64()), (Some("skipped"), Some(tries)), "{row}");
        assert_eq!(row["maybe_duplicate"].as_bool(), Some(doubt), "{row}");
        assert!(
            row["reason"].as_str().is_some_and(|why| why.starts_with("its moment passed before another attempt")),
            "{row}"
        );
    }
    assert_eq!(relay.arrived().len(), 1);
}

#[test]
fn a_relay_that_never_greets_costs_no_message_an_attempt() {
    let relay = FakeRelay::start();
    relay.fall_silent();
    let all: Vec<String> = (0..40).map(|number| format!("ok-{number}@customer.test")).collect();
    let place = place(&relay, &all, "connections = 4\nanswer_within = \"1 s\"");
    let ran = place.run(&["send"]);
    assert_ne!(ran.status, Some(0));
    assert!(ran.stderr.contains("nothing is lost: 40 messages wait"), "{}", ran.stderr);
    for row in outbox(&place).values() {
        assert_eq!((row["state"].as_str(), row["tries"].as_u64()), (Some("planned"), Some(0)), "{row}");
    }
}

#[test]
fn a_relay_that_lets_nobody_send_costs_no_message_an_attempt() {
    let relay = FakeRelay::start();
    relay.bar();
    let all: Vec<String> = (0..40).map(|number| format!("ok-{number}@customer.test")).collect();
    let place = place(&relay, &all, "connections = 4");
    let ran = place.run(&["send"]).ends(4);
    assert!(ran.stderr.contains("the relay does not let us send: 530 5.7.0 authentication required"), "{}", ran.stderr);
    for row in outbox(&place).values() {
        assert_eq!((row["state"].as_str(), row["tries"].as_u64()), (Some("planned"), Some(0)), "{row}");
    }
    relay.unbar();
    place.run(&["send"]).ends(0);
    assert_eq!(relay.arrived().len(), 40);
}

#[test]
fn a_relay_that_refuses_us_again_and_again_is_left_alone() {
    let relay = FakeRelay::start();
    let all: Vec<String> = (0..40).map(|number| format!("policy-{number}@customer.test")).collect();
    let place = place(&relay, &all, "connections = 1");
    let ran = place.run(&["send"]).ends(4);
    assert!(ran.stderr.contains("5 mails in a row were refused because of who sends them"), "{}", ran.stderr);
    let states = |state: &str| outbox(&place).values().filter(|row| row["state"] == state && row["tries"] == 0).count();
    assert_eq!((states("failed"), states("planned")), (0, 35), "the others were not tried");
    let doctor = place.run(&["doctor"]).text();
    assert!(doctor.contains("5 messages were refused because of who sends (status 5.7.x"), "{doctor}");
}

#[test]
fn a_relay_that_takes_few_mails_a_connection_is_called_again() {
    for connections in [1, 3] {
        let relay = FakeRelay::start();
        relay.take_per_connection(4);
        let all: Vec<String> = (0..30).map(|number| format!("ok-{number}@customer.test")).collect();
        let place = place(&relay, &all, &format!("connections = {connections}"));
        place.run(&["send"]).ends(0);
        assert_eq!(relay.arrived().len(), all.len());
        assert!(relay.connections() >= 30 / 4, "{}", relay.connections());
        for row in outbox(&place).values() {
            let got = (row["state"].as_str(), row["tries"].as_u64(), row["maybe_duplicate"].as_bool());
            assert_eq!(got, (Some("accepted"), Some(1), Some(false)), "{row}");
        }
    }
}

#[test]
fn so_many_mails_a_minute_go_to_a_domain_and_others_are_not_kept_waiting() {
    let relay = FakeRelay::start();
    let to = |domain: &str, many: usize| (0..many).map(|number| format!("ok-{number}@{domain}")).collect::<Vec<_>>();
    let all = [to("large.test", 8), to("small.test", 2)].concat();
    let mut place = place(&relay, &all, "per_domain_a_minute = 3\nconnections = 2");
    // What may not go yet has no attempt behind it, and is due when its turn comes, in the order it was due.
    let rounds = [
        ("10:15:00", 5, "2017-03-13T10:16:00Z"),
        ("10:15:00", 5, "2017-03-13T10:16:00Z"),
        ("10:15:59", 5, "2017-03-13T10:16:00Z"),
        ("10:16:00", 8, "2017-03-13T10:17:00Z"),
        ("10:17:30", 10, ""),
    ];
    for (at, arrived, next) in rounds {
        place = place.at(&format!("2017-03-13T{at}Z"));
        place.run(&["send"]);
        assert_eq!(relay.arrived().len(), arrived, "{at}");
        let outbox = outbox(&place);
        let waits = outbox.values().filter(|row| row["state"] == "planned");
        let nexts: Vec<&str> = waits.clone().filter_map(|row| row["next_attempt_at"].as_str()).collect();
        assert_eq!(nexts.iter().min().copied().unwrap_or_default(), next, "{at}");
        for row in waits {
            assert_eq!(row["tries"], 0, "{row}");
            assert_eq!(row["reason"], "its turn comes: no more than 3 mails a minute go to large.test", "{row}");
        }
    }
}

#[test]
fn a_code_decides_whether_the_address_gets_more() {
    let relay = FakeRelay::start();
    let rows = [
        ("5-1-1", true),
        ("5-1-2", true),
        ("5-1-3", true),
        ("5-1-6", true),
        ("5-1-10", true),
        ("5-1-7", false),
        ("5-1-8", false),
        ("5-7-1", false),
        ("5-2-2", false),
        ("5-4-4", false),
    ];
    let all: Vec<String> = rows.iter().map(|(code, _)| format!("code-{code}@customer.test")).collect();
    let place = place(&relay, &all, "");
    place.run(&["send"]);
    let other = NOTICE.replace("MAINTENANCE-ID:EX-1", "MAINTENANCE-ID:EX-2").replace("UID:1@", "UID:2@");
    place.write("other.ics", other);
    place.run(&["import", "other.ics"]).ends(0);
    place.run(&["send"]);
    let messages = place.rows(&["outbox", "list", "--all"]);
    for (code, suppressed) in rows {
        let to = format!("code-{code}@customer.test");
        let mut states: Vec<&str> =
            messages.iter().filter(|row| row["to"]["email"] == to).filter_map(|row| row["state"].as_str()).collect();
        states.sort_unstable();
        assert_eq!(states, if suppressed { ["failed", "suppressed"] } else { ["failed", "failed"] }, "{code}");
    }
}

#[test]
fn a_relay_that_breaks_off_again_and_again_is_left_alone() {
    let relay = FakeRelay::start();
    let all: Vec<String> = (0..40).map(|number| format!("dropdata-{number}@customer.test")).collect();
    let place = place(&relay, &all, "connections = 1");
    let ran = place.run(&["send"]);
    assert!(ran.stderr.contains("5 attempts in a row broke off"), "{}", ran.stderr);
    let tried = outbox(&place).values().filter(|row| row["tries"].as_u64() > Some(0)).count();
    assert_eq!(tried, 5);
}

/// Twenty seconds go by while a mail is taken, and the next one was handed over before: it is asked for anew when its turn
/// comes, and not sent on the word of twenty seconds ago.
#[test]
fn a_mail_that_waited_behind_a_slow_one_does_not_go_once_its_moment_has_passed() {
    let clock = Moved::at("2017-03-27T22:59:25Z");
    let relay = FakeRelay::by(clock.clone());
    let all: Vec<String> = (1..=5).map(|number| format!("late-{number}@customer.test")).collect();
    let place = place(&relay, &all, "connections = 1");
    let report = place.app().send(usize::MAX, &clock, &AtomicBool::new(false)).expect("sent");
    let arrived = relay.arrived().into_iter().map(|mail| mail.at.expect("by the clock").format("%T").to_string());
    assert_eq!(arrived.collect::<Vec<_>>(), ["22:59:25", "22:59:45"], "the window opens at 23:00");
    let states: Vec<_> = report.delivered.iter().map(|one| (one.state, one.reason.as_str())).collect();
    assert_eq!(states[2..], [(MessageState::Skipped, "its moment passed before it was sent"); 3], "{states:?}");
    let outbox = outbox(&place);
    let in_state = |state: &str| outbox.values().filter(|row| row["state"] == state).count();
    assert_eq!((in_state("accepted"), in_state("skipped")), (2, 3), "{outbox:?}");
    assert!(outbox.values().all(|row| row["maybe_duplicate"] == false), "none of them is in doubt: {outbox:?}");
}

#[test]
fn many_mails_go_over_as_many_connections_as_are_configured() {
    for connections in [1, 4, 16] {
        let relay = FakeRelay::start();
        let all: Vec<String> = (0..120).map(|number| format!("ok-{number}@customer.test")).collect();
        let place = place(&relay, &all, &format!("connections = {connections}"));
        place.run(&["send"]).ends(0);
        // Several threads write them, and each goes to the one that it was written for.
        for mail in relay.arrived() {
            assert_eq!(mail.header("To").as_ref(), Some(&mail.to));
        }
        let mut got: Vec<String> = relay.arrived().into_iter().map(|mail| mail.to).collect();
        got.sort();
        let mut wanted = all;
        wanted.sort();
        assert_eq!(got, wanted);
        assert_eq!(relay.connections(), connections);
    }
}

#[test]
fn no_more_are_sent_than_were_asked_for() {
    let relay = FakeRelay::start();
    let all: Vec<String> = (0..60).map(|number| format!("ok-{number}@customer.test")).collect();
    let place = place(&relay, &all, "connections = 4");
    for sent in [20, 40, 60] {
        place.run(&["send", "--limit", "20"]).ends(0);
        assert_eq!(relay.arrived().len(), sent);
    }
}

#[test]
fn a_report_comes_back_to_an_address_that_names_the_message() {
    let relay = FakeRelay::start();
    let place = place(&relay, &["ok@customer.test".to_owned()], "bounces_to = \"bounces@noc.test\"");
    place.run(&["send"]).ends(0);
    let id = outbox(&place)["ok@customer.test"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(relay.arrived()[0].from, format!("bounces+{id}@noc.test"));
    assert_eq!(relay.arrived()[0].header("From").as_deref(), Some("\"Example NOC\" <noc@noc.test>"));
}

#[test]
fn a_rule_says_for_whom_notice_is_short_and_a_public_address_offers_a_click() {
    let rule = |vendor: &str| {
        format!(
            "[organisation]\npublic_url = \"https://status.noc.test/maintenance/\"\n[policy]\napproval = \"off\"\n\
             reminders = []\n[[policy.rule]]\nvendor = \"{vendor}\"\nnotice = \"15 d\"\n"
        )
    };
    // The work begins in 14 days and 12 hours.
    for (vendor, is_short) in [("carrier", true), ("other", false)] {
        let relay = FakeRelay::start();
        let place =
            prepared(&relay, &["ok@customer.test".to_owned()], "unsubscribe = \"leave@noc.test\"", &rule(vendor));
        place.run(&["import", "notice.ics"]).ends(0);
        let row = outbox(&place).remove("ok@customer.test").expect("a message");
        assert_eq!(row["reason"].as_str().expect("words").contains("at short notice"), is_short, "{row}");
        let preview = place.run(&["preview", row["id"].as_str().expect("an id")]).text();
        assert_eq!(preview.contains("Short notice"), is_short, "{preview}");
        place.run(&["send"]).ends(0);
        let mail = relay.arrived().remove(0);
        let id = mail.header("Message-ID").expect("an id");
        let own = id.trim_start_matches('<').split('@').next().expect("a part").to_owned();
        let text = String::from_utf8_lossy(&mail.bytes).replace("\r\n ", " ");
        let both = format!(
            "List-Unsubscribe: <https://status.noc.test/maintenance/unsubscribe/{own}>, \
             <mailto:leave@noc.test?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        );
        assert!(text.contains(&both), "{text}");
    }
}

/// A report about a mail, to the address that the mail came from.
fn report(from: &str, to: &str, status: &str) -> String {
    format!(
        "Received: from relay.test by mx.noc.test; Mon, 13 Mar 2017 10:14:00 +0000\r\nFrom: MAILER-DAEMON@relay.test\r\n\
         To: {from}\r\nDate: Mon, 13 Mar 2017 10:14:00 +0000\r\nMessage-ID: <r{status}@relay.test>\r\nSubject: Undelivered\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; relay.test\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} no\r\n\r\n--b--\r\n"
    )
}

#[test]
fn a_mail_that_came_back_is_bounced_and_its_address_gets_no_more() {
    let relay = FakeRelay::start();
    let all = ["ok-1@customer.test".to_owned(), "ok-2@customer.test".to_owned(), "ok-3@customer.test".to_owned()];
    let place = place(&relay, &all, "bounces_to = \"bounces@noc.test\"");
    place.run(&["send"]).ends(0);
    let from = |to: &str| relay.arrived().into_iter().find(|mail| mail.to == to).expect("arrived").from;
    place.write("gone.eml", report(&from(&all[0]), &all[0], "5.1.1"));
    place.write("late.eml", report(&from(&all[1]), &all[1], "4.4.7"));
    for _ in 0..2 {
        place.run(&["import", "gone.eml", "late.eml"]);
    }
    let states = || outbox(&place).into_iter().map(|(to, row)| (to, row["state"].clone())).collect::<Vec<_>>();
    let told = ["bounced", "failed", "accepted"];
    assert_eq!(states(), all.clone().into_iter().zip(told.map(Value::from)).collect::<Vec<_>>());
    let reason = outbox(&place)["ok-1@customer.test"]["reason"].as_str().expect("words").to_owned();
    assert_eq!(reason, "came back from ok-1@customer.test: 5.1.1 550 5.1.1 no");

    place.write("cancelled.ics", NOTICE.replace("CONFIRMED", "CANCELLED").replace("SEQUENCE:1", "SEQUENCE:2"));
    place.run(&["import", "cancelled.ics"]);
    place.run(&["send"]);
    let cancels = || place.rows(&["outbox", "list", "--all"]).into_iter().filter(|row| row["key"]["stage"] == "cancel");
    for row in cancels() {
        let expected = if row["to"]["email"] == "ok-1@customer.test" { "suppressed" } else { "accepted" };
        assert_eq!(row["state"], expected, "{row}");
    }
    assert!(cancels().count() > 0);
}
