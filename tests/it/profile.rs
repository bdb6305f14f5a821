//! `inwindow profile`: what vendors' profiles are written with.

use crate::cli::Place;

const UNKNOWN: &str = "From: NOC <noc@carrier.example>\nDate: Mon, 02 Sep 2030 08:00:00 +0000\n\
    Subject: Planned maintenance NX-20771\nMessage-ID: <1@carrier.example>\n\nDear customer,\n\n\
    we will be performing maintenance on our network.\n\nTicket number: NX-20771\nStart: 12 Oct 2030 22:00 UTC\n\
    End: 13 Oct 2030 04:00 UTC\nCircuit ID: EX-0042\n\u{1b}[2J\n";

#[test]
fn explain_marks_the_words_and_names_the_rules() {
    let place = Place::new();
    place.write("unknown.eml", UNKNOWN);
    place
        .run(&["profile", "explain", "unknown.eml"])
        .ends(1)
        .says("Subject: Planned maintenance NX-20771\n")
        .says("Ticket number: [reference: NX-20771]\n")
        .says("Start: [window 1 start: 12 Oct 2030 22:00 UTC]\n")
        .says("not understood: it seems to announce maintenance, and no profile reads mails like it\n")
        .says("window 1 end    13 Oct 2030 04:00 UTC")
        .says("label \"Ticket number\"")
        .never_says("\u{1b}");
    let demo = Place::with_demo_files();
    demo.run(&["profile", "explain", "notices/dc-ams-announcement.eml"])
        .ends(0)
        .says("understood: dc-ams, grade profile\n")
        .says("profile dc-ams, [[recognise]] 1: recognises it: the sender facilities@dc-ams.example is of its domains")
        .says("[reference: DCA-2017-031]");
    assert!(!place.path("data").exists() && !demo.path("data").exists());
}

#[test]
fn explain_says_why_the_nearest_profile_did_not_recognise_a_mail() {
    let place = Place::new();
    place.write("near.eml", UNKNOWN.replace("carrier.example", "dc-ams.example"));
    place
        .run(&["profile", "explain", "near.eml"])
        .ends(1)
        .says("profile dc-ams, [[recognise]] 1: no: the subject matches none of its 1 patterns\n");
}
