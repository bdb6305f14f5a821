//! What today's profiles, and names declared later, make of old notices, through the program.

use super::{ANNOUNCED, INVENTORY, PROFILE, json, mail, only_waiting, place, waiting, windows, with_until};
use crate::cli::{CALENDAR, Place, Ran};

#[test]
fn replay_shows_what_a_new_profile_changes_before_it_does_it() {
    let place = place(PROFILE, ANNOUNCED);
    let before = (place.stored(), place.store_bytes());
    place.run(&["replay"]).gives(0, "read 1 notice: 0 read otherwise than before\n", "");
    place.run(&["replay", "--apply"]).gives(0, "read 1 notice: 0 read otherwise than before\n", "");
    assert_eq!((place.stored(), place.store_bytes()), before, "read by the same profiles it says the same");
    place.write("data/vendors/carrier/profile.toml", with_until(PROFILE));
    let shown = place.run(&["replay"]).ends(1);
    let id = only_waiting(&place);
    for line in [
        format!("{id} received 2017-03-10 09:00 UTC:\n  reading: not understood: it gives no end → understood\n"),
        "  T-100 window 1: nothing → 2017-03-20T00:00:00Z to 2017-03-20T04:00:00Z\n".to_owned(),
        "  waits for nobody any more\nopened m-".to_owned(),
        "planned 4 messages, if it is applied\nnothing was stored: `--apply` does it\n".to_owned(),
    ] {
        assert!(shown.text().contains(&line), "{line}: {}", shown.text());
    }
    assert_eq!((place.stored(), place.store_bytes()), before, "it only showed");
    let rows = place.rows(&["replay"]);
    assert_eq!((&rows[0]["notice"], &rows[0]["field"]), (&id.as_str().into(), &"reading".into()));
    place.run(&["replay", "--vendor", "dc-ams"]).ends(0).says("read 0 notices");
    place.run(&["replay", "--since", "2017-03-11T00:00:00Z"]).ends(0).says("read 0 notices");
    place.run(&["replay", "--apply"]).ends(0).says("planned 4 messages\n").never_says("nothing was stored");
    let after = (place.stored(), place.store_bytes());
    place.run(&["replay", "--apply"]).gives(0, "read 1 notice: 0 read otherwise than before\n", "");
    assert_eq!((place.stored(), place.store_bytes()), after, "a second time changes nothing");
    assert!(waiting(&place).is_empty());
    assert_eq!(place.rows(&["review", "list", "--state", "cleared"])[0]["settled"]["words"], "read again");
    // It is as if it had been read so at once.
    let straight = self::place(&with_until(PROFILE), ANNOUNCED);
    for list in [&["list", "windows"][..], &["list", "maintenances"], &["list", "messages"]] {
        assert_eq!(place.rows(list), straight.rows(list), "{list:?}");
    }
}

#[test]
fn replay_moves_what_was_read_wrongly_and_mails_nobody_about_the_past() {
    let wrong = with_until(PROFILE).replace("Europe/Amsterdam", "Europe/London");
    let place = place(&wrong, ANNOUNCED);
    place.run(&["send"]).ends(0);
    place.write("data/vendors/carrier/profile.toml", with_until(PROFILE));
    place
        .run(&["replay", "--apply"])
        .ends(0)
        .says("T-100 window 1: 2017-03-20T01:00:00Z to 2017-03-20T05:00:00Z → 2017-03-20T00:00:00Z to 2017-03-20T04:00:00Z\n")
        .says("changed m-")
        .says(": windows\n")
        .says("planned 4 messages, took back 3 messages\n");
    let place = self::place(&wrong, ANNOUNCED);
    place.write("data/vendors/carrier/profile.toml", with_until(PROFILE));
    let late = |args: &[&str]| Ran::of(place.command(args).env("INWINDOW_CLOCK", "2017-04-21T00:00:00Z"));
    late(&["replay", "--apply"]).ends(0).says(": windows\n").never_says("planned 1");
    assert!(place.rows(&["list", "messages"]).iter().all(|row| row["key"]["stage"] != "change"));
}

#[test]
fn replay_leaves_what_a_person_decided_and_what_it_would_lose() {
    let place = place(PROFILE, ANNOUNCED);
    let id = only_waiting(&place);
    place
        .run(&[
            "review",
            "correct",
            &id,
            "--reference",
            "T-7",
            "--start",
            "2017-03-21T00:00Z",
            "--end",
            "2017-03-21T01:00Z",
        ])
        .ends(0);
    place.write("data/vendors/carrier/profile.toml", with_until(PROFILE));
    place.run(&["replay", "--apply"]).gives(
        0,
        &format!(
            "{id} received 2017-03-10 09:00 UTC: left as it is: it was corrected by ada\nread 1 notice: 0 read otherwise \
             than before\n"
        ),
        "",
    );
    assert_eq!(windows(&place)[0].0, "T-7");
    place.run(&["replay", "--apply", "--also-corrected"]).ends(0).says("opened m-").says("taken back m-");
    assert_eq!(
        windows(&place).iter().map(|row| (row.0.as_str(), row.2.as_str())).collect::<Vec<_>>(),
        [("T-100", "CONFIRMED"), ("T-7", "CANCELLED")]
    );
    // A profile that reads less than before takes nothing away.
    place.write("data/vendors/carrier/profile.toml", PROFILE);
    let before = place.stored();
    place.run(&["replay", "--apply"]).ends(0).says("left as it is: today's profiles cannot read it: it gives no end\n");
    assert_eq!(place.stored(), before);
}

#[test]
fn many_messages_of_one_replay_wait_for_a_person() {
    let place = place(PROFILE, ANNOUNCED);
    for number in 0..6 {
        let name = format!("m{number}.eml");
        place.write(&name, mail(&name, (11, number), &ANNOUNCED.replace("T-100", &format!("T-20{number}"))));
        place.run(&["import", &name]).ends(1);
    }
    place.write("data/vendors/carrier/profile.toml", with_until(PROFILE));
    place.run(&["replay", "--apply"]).ends(0).says("planned 28 messages\n28 messages wait for approval");
}

/// The carrier under another name than the inventory's, until an alias says who it is.
#[test]
fn an_alias_declared_later_brings_home_what_was_announced_before() {
    let place = Place::new();
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    let theirs = CALENDAR.replace("PROVIDER:dc-ams", "PROVIDER:Carrier B.V.").replace("feed-z", "line-1");
    place.write("a.ics", &theirs);
    place.run(&["import", "a.ics"]).ends(1).says("the vendor `carrier-b.v.` is not known");
    let id = place.rows(&["list", "maintenances"])[0]["id"].clone();
    place.write(
        "inventory/all.toml",
        INVENTORY.replace("name = \"Carrier\"", "name = \"Carrier\"\naliases = [\"Carrier B.V.\"]"),
    );
    place
        .run(&["apply", "inventory"])
        .ends(0)
        .says("(M1) is of carrier, which calls itself carrier-b.v.\n")
        .says("planned 5 messages to customers it touches\n");
    let rows = place.rows(&["list", "maintenances"]);
    assert_eq!((rows.len(), &rows[0]["id"], &rows[0]["identity"]["vendor"]), (1, &id, &"carrier".into()));
    assert!(waiting(&place).is_empty());
    place.run(&["review", "list", "--state", "cleared"]).ends(0).says("is not known");
    let before = place.stored();
    place.run(&["apply", "inventory"]).gives(0, "nothing differs from the version in force\n", "");
    place.run(&["replay", "--apply"]).ends(0).says("0 read otherwise");
    assert_eq!(place.stored(), before);
    // What comes under either name is the same maintenance.
    place.write("b.ics", theirs.replace("CONFIRMED", "CANCELLED"));
    place.run(&["import", "b.ics"]).ends(0).says("changed ");
    assert_eq!(place.rows(&["list", "maintenances"]).len(), 1);
}

#[test]
fn what_both_names_announced_becomes_one_maintenance() {
    let place = Place::new();
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    let ours = CALENDAR.replace("PROVIDER:dc-ams", "PROVIDER:carrier").replace("feed-z", "line-1");
    place.write("a.ics", &ours);
    place.run(&["import", "--received-at", "2017-03-12T00:00Z", "a.ics"]).ends(0);
    let id = place.rows(&["list", "maintenances"])[0]["id"].clone();
    place.write("b.ics", ours.replace("PROVIDER:carrier", "PROVIDER:Other Name").replace("CONFIRMED", "CANCELLED"));
    place.run(&["import", "b.ics"]).ends(1).says("the vendor `other-name` is not known");
    let aliased = INVENTORY.replace("name = \"Carrier\"", "name = \"Carrier\"\naliases = [\"Other Name\"]");
    place.write("inventory/all.toml", aliased);
    place.run(&["apply", "inventory"]).ends(0).says("is of carrier, which calls itself other-name\n");
    let rows = place.rows(&["list", "maintenances"]);
    let ours = rows.iter().find(|row| row["id"] == id).expect("there");
    assert_eq!((&ours["revisions"], &ours["state"]["status"]), (&2.into(), &"CANCELLED".into()));
    let other = rows.iter().find(|row| row["id"] != id).expect("there");
    assert_eq!(other["state"]["flags"], serde_json::json!(["taken_back"]));
    let before = place.stored();
    place.run(&["apply", "inventory"]).gives(0, "nothing differs from the version in force\n", "");
    assert_eq!(place.stored(), before);
}

#[test]
fn an_end_that_was_recorded_stays_unless_it_is_replaced() {
    let place = Place::with_an_announcement();
    let opened = json(&place.run(&["outage", "open", "plus-01", "--start", "2017-03-12T00:00Z", "-o", "json"]));
    let id = opened["outage"]["id"].as_str().expect("an id").to_owned();
    let close = |end: &str, more: &[&str]| place.run(&[&["outage", "close", &id, "--end", end], more].concat());
    close("2017-03-12T01:00Z", &[]).ends(0).says("to 2017-03-12 01:00 UTC");
    close("2017-03-12T01:00Z", &[]).ends(0).says("to 2017-03-12 01:00 UTC");
    close("2017-03-12T02:00Z", &[]).gives(
        2,
        "",
        &format!(
            "inwindow: {id} ended 2017-03-12T01:00:00Z already, as recorded before\nhelp: nothing changed; `--replace` puts \
             the new end in its place\n"
        ),
    );
    place.run(&["show", &id]).says("to 2017-03-12 01:00 UTC");
    close("2017-03-12T02:00Z", &["--replace"]).ends(0).says("to 2017-03-12 02:00 UTC");
}
