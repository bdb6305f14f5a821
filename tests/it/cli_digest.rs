//! Announcements of several maintenances in one mail, from an empty folder: an inventory, an hour in the policy, and notices
//! that are typed.

use crate::cli::{ONE_SERVER, Place};

/// A store whose policy asks for digests, with these lines more, and two announcements of the 24th.
fn place(policy: &str) -> Place {
    let place = Place::new().at("2027-03-24T15:00:00Z");
    place.write("inventory/all.toml", ONE_SERVER);
    let policy = format!("[policy]\nreminders = []\ndigest = \"daily 08:00\"\n{policy}\n");
    place.write("data/config.toml", format!("[mail]\nfrom = \"noc@hoster.example\"\n{policy}"));
    place.run(&["apply", "inventory"]).ends(0);
    add(&place, "CHG-1", ["2027-04-12T22:00", "2027-04-13T02:00"]);
    add(&place, "CHG-2", ["2027-04-10T22:00", "2027-04-11T02:00"]);
    place
}

fn typed(place: &Place, what: &str, reference: &str, more: &[&str]) {
    let named = ["maintenance", what, "--vendor", "dc-ams", "--reference", reference];
    place.run(&[&named[..], more].concat()).ends(0);
}

fn add(place: &Place, reference: &str, [start, end]: [&str; 2]) {
    let when = ["--zone", "Europe/Amsterdam", "--start", start, "--end", end];
    typed(place, "add", reference, &[&["--object", "feed-a", "--impact", "outage"][..], &when].concat());
}

/// The one mail there is.
fn mail(place: &Place) -> String {
    let mails: Vec<String> = place.mails().into_values().collect();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    mails[0].clone()
}

fn header(mail: &str, name: &str) -> String {
    let unfolded = mail.replace("\r\n", "\n").replace("\n ", " ");
    let value = unfolded.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_default().trim().to_owned()
}

#[test]
fn announcements_wait_for_their_hour_and_go_as_one_mail() {
    let place = place("approval = \"off\"");
    let digests: Vec<_> = place.rows(&["outbox", "list"]);
    assert_eq!(digests.len(), 1, "{digests:#?}");
    let id = digests[0]["id"].as_str().expect("an id").to_owned();
    place
        .run(&["plan", "--why"])
        .ends(0)
        .says("the digest of 2027-03-25 08:00: first word of m-")
        .says(": it waits for the digest of 2027-03-25 08:00");
    place
        .run(&["outbox", "show", &id])
        .ends(0)
        .says("touches web-1 (OUTAGE), from 2027-04-10 20:00 UTC")
        .says("from 2027-04-12");
    place
        .run(&["show", "CHG-1"])
        .ends(0)
        .says(&format!("{id} 2027-03-25 12:00 UTC announce to ops@acme.example: planned"));
    place
        .run(&["preview", &id])
        .ends(0)
        .says("Subject: [hoster.example] 2 maintenances announced, the first on 10 April");
    place.at("2027-03-25T11:59:59Z").run(&["send"]).says("nothing was sent");
}

#[test]
fn a_change_after_the_digest_continues_its_thread_and_its_entry() {
    let place = place("approval = \"off\"").at("2027-03-25T12:00:00Z");
    place.run(&["send"]).ends(0).says("ops@acme.example accepted");
    let digest = mail(&place);
    for words in ["1 of 2: web-1, 10 April 2027", "2 of 2: web-1, 12 April 2027", "Vendor's reference: CHG-1"] {
        assert!(digest.contains(words), "{words}: {digest}");
    }
    let events = |mail: &str, name: &str| -> Vec<String> {
        mail.lines().filter_map(|line| line.trim_end().strip_prefix(name)).map(str::to_owned).collect()
    };
    assert_eq!(events(&digest, "DTSTART:"), ["20270410T200000Z", "20270412T200000Z"]);
    assert_eq!(events(&digest, "SEQUENCE:"), ["0", "0"]);
    let place = place.at("2027-03-26T12:00:00Z");
    place.run(&["plan"]).says("no message is planned");
    typed(
        &place,
        "edit",
        "CHG-1",
        &["--zone", "Europe/Amsterdam", "--start", "2027-04-14T22:00", "--end", "2027-04-15T02:00"],
    );
    place.run(&["send"]).ends(0);
    let change = place.mails().into_values().find(|mail| *mail != digest).expect("another mail");
    assert_eq!(header(&change, "Subject"), "[hoster.example] Maintenance changed: web-1, 14 April 2027");
    assert_eq!(header(&change, "In-Reply-To"), header(&digest, "Message-ID"));
    assert_eq!(events(&change, "SEQUENCE:"), ["1"]);
    assert_eq!(events(&change, "UID:"), events(&digest, "UID:")[1..]);
    place.run(&["store", "check"]).ends(0);
}

#[test]
fn what_waits_is_approved_as_a_whole_and_anew_when_more_comes() {
    let place = place("");
    place.run(&["outbox", "approve", "--all"]).ends(0);
    add(&place, "CHG-3", ["2027-04-20T22:00", "2027-04-21T02:00"]);
    let place = place.at("2027-03-25T12:00:00Z");
    place.run(&["send"]).says("1 message waits for approval");
    typed(&place, "cancel", "CHG-2", &[]);
    place.run(&["outbox", "approve", "--all"]).ends(0);
    place.run(&["send"]).ends(0);
    let digest = mail(&place);
    assert_eq!(header(&digest, "Subject"), "[hoster.example] 2 maintenances announced, the first on 12 April 2027");
}

#[test]
fn what_cannot_wait_goes_at_once_and_templates_are_checked() {
    let place = place("approval = \"off\"");
    add(&place, "CHG-3", ["2027-03-26T08:00", "2027-03-26T10:00"]);
    place.run(&["send"]).ends(0);
    assert!(mail(&place).contains("Vendor's reference: CHG-3"));
    place.write("data/templates/shared.txt", "{% macro what(summary, facts) %}{{ fact");
    place.run(&["send"]).ends(4).says("shared.txt");
    let own = ["what(summary, facts)", "times(windows)", "services(assets)", "todo(advice)"]
        .map(|head| format!("{{% macro {head} %}}our own {head}\n{{% endmacro %}}"));
    place.write("data/templates/shared.txt", own.concat());
    let planned = place.rows(&["outbox", "list"]);
    place.run(&["preview", planned[0]["id"].as_str().expect("an id")]).ends(0).says("our own times(windows)");
    place.write("data/templates/digest.txt", "{{ lead }} {{ parts[0].titel }}");
    place.run(&["send"]).ends(4).says("digest.txt");
    place.write("data/templates/digest.txt", "{% for part in parts %}{{ part.title }};{% endfor %}");
    let place = place.at("2027-03-25T12:00:00Z");
    place.run(&["send"]).ends(0);
    assert!(
        place.mails().values().any(|mail| mail.contains("1 of 2: web-1, 10 April 2027;2 of 2: web-1, 12 April 2027;"))
    );
}
