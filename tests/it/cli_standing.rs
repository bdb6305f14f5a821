//! Mails about standing windows, from an empty folder: a file of them, an inventory, and a word in the policy.

use crate::cli::{ONE_SERVER, Place};

const WINDOWS: &str = r#"
version = 1
vendor = "dc-ams"
source = "the contract, annex B"
zone = "Europe/Amsterdam"
[[window]]
id = "patch-night"
every = "Saturday"
from = "22:00"
to = "06:00"
assets = ["feed-a"]
"#;

fn place(mails: &str) -> Place {
    let place = Place::new().at("2027-03-24T12:00:00Z");
    place.write("inventory/all.toml", ONE_SERVER);
    place.write("data/windows/dc-ams.toml", WINDOWS);
    let policy = format!("[policy]\napproval = \"off\"\nreminders = [\"24h\"]\nstanding = \"{mails}\"\n");
    place.write("data/config.toml", format!("[mail]\nfrom = \"noc@hoster.example\"\n{policy}"));
    place.run(&["apply", "inventory"]).ends(0);
    place
}

#[test]
fn nobody_is_told_unless_asked_and_one_line_says_so() {
    place("never").run(&["plan", "--why"]).gives(
        1,
        "no message is planned\n\
         no announce to nobody about dc-ams/patch-night: the policy writes no mails about standing windows\n",
        "",
    );
}

#[test]
fn first_tells_once_in_the_words_of_the_file() {
    let place = place("first").at("2027-03-24T12:00:00Z");
    place.run(&["send"]).ends(0);
    let mail = place.mails().into_values().next().expect("a mail");
    for words in
        ["every Saturday, 22:00 to 06:00 the next day (8 h)", "DTSTART:20270327T210000Z", "DTEND:20270328T040000Z"]
    {
        assert!(mail.contains(words), "{words}: {mail}");
    }
    let later = place.at("2027-03-30T12:00:00Z");
    later.run(&["plan"]).says("no message is planned");
    later.write("data/windows/dc-ams.toml", WINDOWS.replace("Saturday", "Sunday"));
    later.run(&["plan"]).says("changed: the days or hours");
    later.run(&["send"]).ends(0);
    let change = later.mails().into_values().find(|mail| mail.contains("Maintenance changed")).expect("a change");
    let words = change.replace("=\r\n", "").replace("=\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "they were every Saturday, 22:00 to 06:00 the next day (8 h), Europe/Amsterdam; they are every Sunday, \
                    22:00 to 06:00 the next day (8 h), Europe/Amsterdam.";
    assert!(words.contains(expected) && !words.contains("Was:"), "{words}");
}

#[test]
fn a_notice_inside_an_occurrence_takes_it_over() {
    let place = place("each").at("2027-03-26T12:00:00Z");
    place.run(&["plan"]).ends(0).says("24h before window 1 of 2027-03-27T21:00:00Z/dc-ams/patch-night");
    place.run(&["send"]).ends(0);
    let add = "maintenance add --vendor dc-ams --reference X-1 --zone Europe/Amsterdam --object feed-a --impact outage \
               --start 2027-03-27T23:00 --end 2027-03-28T01:00";
    place.run(&add.split_whitespace().collect::<Vec<_>>()).ends(0);
    place.run(&["plan"]).ends(0).says("would be skipped: a notice of the vendor takes this occurrence over");
}

#[test]
fn of_a_dropped_occurrence_those_hear_who_were_reminded() {
    let place = place("each").at("2027-03-26T22:00:00Z");
    place.run(&["send"]).ends(0);
    place.write("data/windows/dc-ams.toml", WINDOWS.replace("Saturday", "Sunday"));
    place.run(&["plan"]).ends(0).says("it was cancelled, since msg-");
    place.run(&["send"]).ends(0).says("accepted");
    // Told once; what is planned still is the new night's reminder.
    place.run(&["plan"]).says("1 in the outbox, 0 new").says("2027-03-28T20:00:00Z/dc-ams/patch-night");
}

#[test]
fn a_broken_file_is_told_and_stops_nothing_else() {
    let place = place("each").at("2027-03-26T22:00:00Z");
    place.write("inventory/staff.toml", "[[staff]]\nemail = \"noc@hoster.example\"\n");
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["send"]).ends(0).says("ops@acme.example accepted");
    place.write("data/windows/dc-ams.toml", WINDOWS.replace("every =", "ever ="));
    let add = "maintenance add --vendor dc-ams --reference X-1 --zone Europe/Amsterdam --object feed-a --impact outage \
               --start 2027-04-03T01:00 --end 2027-04-03T03:00";
    place.run(&add.split_whitespace().collect::<Vec<_>>()).ends(0);
    let warning = "data/windows/dc-ams.toml: line 6: ";
    // Nobody is told that the night is off: nothing is known of it.
    place.run(&["plan"]).ends(0).says(&format!("warning: {warning}")).never_says("cancel");
    place.run(&["send"]).ends(0).says(&format!("warning: {warning}"));
    place.run(&["doctor"]).says(warning);
    place.run(&["audit"]).says("its standing windows were not looked at: data/windows/dc-ams.toml: line 6: ");
    let mails = || -> Vec<String> { place.mails().into_values().collect() };
    assert!(mails().iter().any(|mail| mail.contains("Vendor's reference: X-1")));
    let alarms = |mails: &[String]| mails.iter().filter(|mail| mail.contains("A file of standing windows")).count();
    assert_eq!(alarms(&mails()), 1, "{:#?}", mails());
    place.run(&["send"]).says("nothing was sent");
    // A file of which not even the letters can be read is told as well, and a verdict waits for it.
    place.write("data/windows/dc-ams.toml", b"version = \xff");
    place.run(&["send"]).ends(0).says("warning: data/windows/dc-ams.toml: ");
    assert_eq!(alarms(&mails()), 2);
    place.run(&["check", "--asset", "web-1", "--start", "2027-03-20T22:00", "--end", "2027-03-20T23:00"]).ends(2);
    place.write("data/windows/dc-ams.toml", WINDOWS);
    place.run(&["plan"]).never_says("warning").never_says("cancel");
}
