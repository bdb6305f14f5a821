//! The daemon: what comes is read, what is due is sent, what another command approves goes out, and signals are heeded.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cli::Place;
use crate::delivery::{NOTICE, outbox, prepared};
use crate::relay::FakeRelay;

/// Tries before something that should happen within a second or two is given up.
const TRIES: usize = 300;

/// Asks again and again, since nothing tells when another process has done something.
#[track_caller]
pub fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let (_never, nothing) = channel::<()>();
    for _ in 0..TRIES {
        if happened() {
            return;
        }
        let _ = nothing.recv_timeout(Duration::from_millis(100));
    }
    panic!("it never happened: {what}");
}

pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

fn start(place: &Place) -> Child {
    let log = std::fs::File::create(place.path("log")).expect("made");
    place.command(&["run"]).stdout(Stdio::null()).stderr(log).spawn().expect("started")
}

fn said(place: &Place, what: &str) -> bool {
    std::fs::read_to_string(place.path("log")).expect("readable").contains(what)
}

#[test]
fn it_reads_sends_reloads_and_ends() {
    let relay = FakeRelay::start();
    let source = "[[source]]\nname = \"drop\"\nkind = \"folder\"\npath = \"../drop\"\npoll_every = \"1 s\"\n";
    let all = ["ok@customer.test".to_owned()];
    let place = prepared(&relay, &all, "", &format!("{source}[policy]\nreminders = []\n"));
    std::fs::create_dir(place.path("drop")).expect("made");
    let mut child = start(&place);
    place.write("drop/notice.ics", NOTICE);
    until("the notice is read", || place.rows(&["list", "notices"]).len() == 1);
    assert!(relay.arrived().is_empty(), "nothing goes unapproved");
    place.run(&["outbox", "approve", "--all"]).ends(0);
    until("the approved mail is sent", || relay.arrived().len() == 1);

    let config = place.path("data/config.toml");
    let good = std::fs::read_to_string(&config).expect("readable");
    std::fs::write(&config, "[mail]\nhots = 1\n").expect("written");
    signal(&child, "HUP");
    until("a wrong configuration is told", || said(&place, "the configuration stays as it was"));
    std::fs::write(&config, good).expect("written");
    signal(&child, "HUP");
    until("the configuration is read again", || said(&place, "the configuration was read again"));

    signal(&child, "TERM");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert_eq!(outbox(&place)["ok@customer.test"]["state"], "accepted");
    assert_eq!(relay.arrived().len(), 1);
}

#[test]
fn a_relay_that_is_away_keeps_nothing_from_ending() {
    let relay = FakeRelay::start();
    relay.fall_silent();
    let settings = "answer_within = \"1 s\"";
    let place = crate::delivery::place(&relay, &["ok@customer.test".to_owned()], settings);
    let mut child = start(&place);
    until("the relay is found away", || said(&place, "nothing is lost, the next attempt is in 15 s"));
    signal(&child, "TERM");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    let row = &outbox(&place)["ok@customer.test"];
    assert_eq!((row["state"].as_str(), row["tries"].as_u64()), (Some("planned"), Some(0)));
}
