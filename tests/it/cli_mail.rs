//! Safe by default: what goes out, to whom, and only when a person said so.

use crate::cli::Place;

/// The addresses after `To: `, sorted.
fn to(place: &Place) -> Vec<String> {
    let line = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("To: ")).unwrap_or_default().to_owned();
    let mut to: Vec<String> = place.mails().values().map(line).collect();
    to.sort();
    to
}

#[test]
fn a_fresh_store_sends_nothing_until_it_is_approved() {
    let place = Place::with_an_announcement();
    let waits = |number: &str| {
        format!(
            "{number} messages wait for approval: look with `inwindow outbox list` and `inwindow preview ID`, then \
             `inwindow outbox approve --all` and `inwindow send`\n"
        )
    };
    place.run(&["send"]).gives(1, &format!("nothing was sent\n{}", waits("26")), "");
    assert_eq!(place.mails().len(), 0);
    let message = "msg-2df692f1f2b5";
    let preview = place.run(&["preview", message]).ends(0).text();
    assert!(preview.contains("oncall@prairie-radio.example"), "{preview}");
    place.run(&["outbox", "approve", "msg-2df6"]).gives(
        0,
        "ID                DUE                   STAGE     TO                            CUSTOMER       STATE    REASON\n\
         msg-2df692f1f2b5  2017-03-13 10:15 UTC  announce  oncall@prairie-radio.example  prairie-radio  planned  approved \
         by ada\n",
        "hint: 1 message is due: `inwindow send` sends what is\n",
    );
    place.run(&["send"]).gives(
        1,
        &format!(
            "msg-2df692f1f2b5 oncall@prairie-radio.example accepted: delivered into the maildir data/mail\n{}",
            waits("25")
        ),
        "",
    );
    assert_eq!(
        place.mails().into_values().collect::<Vec<_>>(),
        std::slice::from_ref(&preview),
        "what was previewed is what went"
    );
    place.run(&["outbox", "show", "msg-2df6"]).ends(0).says("delivered into the maildir data/mail");
    place.run(&["outbox", "show", "msg-2df6", "--raw"]).gives(0, &preview, "");
    let notice = place.rows(&["list", "notices"])[0]["id"].as_str().expect("an id").to_owned();
    place.run(&["outbox", "show", &notice]).gives(
        2,
        "",
        &format!(
            "inwindow: `{notice}` is no message\nhelp: `inwindow outbox list --all` lists messages; `inwindow show` shows \
             anything\n"
        ),
    );
    // Approving what went already is refused, and changes nothing.
    place.run(&["outbox", "approve", message]).gives(
        2,
        "",
        "inwindow: cannot approve message msg-2df692f1f2b5: it is accepted\n\
         help: only a message that is awaiting-approval or held can be given that\n",
    );
}

#[test]
fn messages_are_held_and_cancelled() {
    let place = Place::with_an_announcement();
    let state = |id: &str| {
        let all = place.rows(&["list", "messages"]);
        all.iter().find(|message| message["id"] == id).expect("the message")["state"].clone()
    };
    place.run(&["outbox", "hold", "msg-2df692f1f2b5"]).ends(0).says("held by ada");
    place.run(&["outbox", "cancel", "msg-4cf5941a591d"]).ends(0).says("cancelled by ada");
    place.run(&["outbox", "approve", "msg-549cd3dc6b34"]).ends(0);
    place.run(&["send"]).ends(1);
    assert_eq!(to(&place), ["ops@arctic-films.example"].map(|to| format!("\"Arctic Films operations\" <{to}>")));
    assert_eq!((state("msg-2df692f1f2b5"), state("msg-4cf5941a591d")), ("held".into(), "cancelled".into()));
    // What is held goes after all; what was cancelled stays so.
    place.run(&["outbox", "approve", "--all"]).ends(0);
    place.run(&["send"]).ends(0);
    assert_eq!(place.mails().len(), 5);
    assert_eq!(state("msg-4cf5941a591d"), "cancelled");
    place.run(&["outbox", "retry", "--all"]).gives(1, "no message is in a state for that\n", "");
}

#[test]
fn redirect_to_keeps_every_mail_inside() {
    let place = Place::with_an_announcement();
    place.write("data/config.toml", "[mail]\nfrom = \"noc@hoster.example\"\nredirect_to = \"test@hoster.example\"\n");
    place.run(&["outbox", "approve", "--all"]).ends(0);
    place.run(&["send"]).ends(0);
    assert_eq!(to(&place), ["test@hoster.example"; 6]);
    for mail in place.mails().values() {
        assert!(mail.contains("\nX-Inwindow-Would-Go-To: "), "{mail}");
    }
}

#[test]
fn allow_keeps_all_others_inside() {
    let place = Place::with_an_announcement();
    place.write("data/config.toml", "[mail]\nfrom = \"noc@hoster.example\"\nallow = [\"harbour-labs.example\"]\n");
    place.run(&["outbox", "approve", "--all"]).ends(0);
    place.run(&["send"]).ends(0).says("suppressed");
    assert_eq!(place.mails().len(), 1);
    assert!(to(&place)[0].contains("sysadmin@harbour-labs.example"), "{:?}", to(&place));
    let states: Vec<_> = place.rows(&["list", "messages"]).iter().map(|message| message["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| **state == "suppressed").count(), 5, "each with its reason, none silently");
}

#[test]
fn without_approval_what_is_due_goes() {
    let place = Place::with_demo_files();
    place.write(
        "data/config.toml",
        "[mail]\nfrom = \"noc@hoster.example\"\n[policy]\napproval = \"off\"\nbulk-limit = 100\n",
    );
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["import", "notices/dc-ams-announcement.eml"]).ends(0).never_says("approval");
    place.run(&["send"]).ends(0);
    assert_eq!(place.mails().len(), 6);
    place.run(&["send"]).gives(0, "nothing was sent\n", "");
    // Each reminder at its moment: seven days before the window, nothing the second before.
    let place = place.at("2017-03-18T22:59:59Z");
    place.run(&["send"]).gives(0, "nothing was sent\n", "");
    let place = place.at("2017-03-18T23:00:00Z");
    place.run(&["send"]).ends(0);
    assert_eq!(place.mails().len(), 11);
}
