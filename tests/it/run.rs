//! The daemon: what comes is read, what is due is sent, what another command approves goes out, and signals are heeded.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cli::{Place, Ran};
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
    started(place, &mut place.command(&["run"]))
}

/// The same on the database at this address.
fn start_on(place: &Place, url: &str) -> Child {
    started(place, place.command(&["run"]).env("INWINDOW_STORE", url))
}

fn started(place: &Place, command: &mut Command) -> Child {
    let log = std::fs::File::create(place.path("log")).expect("made");
    command.stdout(Stdio::null()).stderr(log).spawn().expect("started")
}

fn log(place: &Place) -> String {
    std::fs::read_to_string(place.path("log")).expect("readable")
}

fn said(place: &Place, what: &str) -> bool {
    log(place).contains(what)
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

/// A database that hangs up on whoever calls: its address, and how often it was called.
fn hanging_up() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    std::thread::spawn(move || {
        for call in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            drop(call);
        }
    });
    (format!("postgres://ann:secret@127.0.0.1:{port}/inwindow?sslmode=disable"), calls)
}

#[test]
fn a_database_that_is_away_is_waited_for_and_told_once() {
    let (place, (url, calls)) = (Place::new(), hanging_up());
    let mut child = start_on(&place, &url);
    until("the database is found away", || said(&place, "warning: the store postgres://ann@127.0.0.1:"));
    place.write("data/config.toml", "[mail]\nfrom = \"noc@hoster.example\"\n");
    // Each hangup has it tried again at once.
    for times in 1..=2 {
        signal(&child, "HUP");
        until("the configuration is read again", || {
            log(&place).matches("the configuration was read again").count() == times
        });
    }
    place.write("data/config.toml", "[mail]\nhots = 1\n");
    signal(&child, "HUP");
    until("a wrong configuration is told", || said(&place, "the configuration stays as it was"));
    let before = calls.load(Ordering::SeqCst);
    until("it calls again with the old one", || calls.load(Ordering::SeqCst) > before);
    signal(&child, "TERM");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert_eq!(log(&place).matches("cannot be reached").count(), 1, "{}", log(&place));
    assert!(!log(&place).contains("secret"), "{}", log(&place));
    // Whoever sits there is told at once.
    place.write("data/config.toml", "");
    for command in [&["send"][..], &["import", "data"], &["plan"]] {
        Ran::of(place.command(command).env("INWINDOW_STORE", &url)).ends(4).says("run the command again once");
    }
}

#[cfg(feature = "servers")]
mod with_a_database {
    use super::*;
    use crate::cli::ONE_SERVER;
    use crate::postgres::{Schema, Server};

    #[test]
    fn it_is_ready_when_the_database_comes_and_when_it_comes_again() {
        let (relay, server) = (FakeRelay::start(), Server::start());
        let place =
            prepared(&relay, &["ok@customer.test".to_owned()], "", "[policy]\napproval = \"off\"\nreminders = []\n");
        place.run(&["store", "copy", "--to", &server.url]).ends(0);
        server.stop();
        let mut child = start_on(&place, &server.url);
        until("the database is found away", || said(&place, "cannot be reached"));
        server.crash();
        until("it is found back", || said(&place, "warning: the store answers"));
        // It goes on by the configuration that it read, whatever stands there now.
        let config = std::fs::read(place.path("data/config.toml")).expect("readable");
        place.write("data/config.toml", "half a line");
        server.stop();
        until("it is found away again", || log(&place).matches("cannot be reached").count() == 2);
        server.crash();
        until("it is found back again", || log(&place).matches("the store answers").count() == 2);
        place.write("data/config.toml", config);
        Ran::of(place.command(&["import", "notice.ics"]).env("INWINDOW_STORE", &server.url)).ends(0);
        until("the mail is sent", || relay.arrived().len() == 1);
        signal(&child, "TERM");
        assert_eq!(child.wait().expect("ended").code(), Some(0));
        assert_eq!(log(&place).matches("the store answers").count(), 2, "{}", log(&place));
        assert!(!said(&place, "config.toml"), "{}", log(&place));
    }

    #[test]
    fn what_does_not_pass_by_itself_is_no_reason_to_wait() {
        let (place, schema) = (Place::new(), Schema::new());
        let run = |url: &str| Ran::of(place.command(&["run"]).env("INWINDOW_STORE", url)).ends(4);
        let at = |from: &str, to: &str| schema.url().replacen(from, to, 1);
        let entry = "help: set right what names it: `url`, `password_file` or `ca_file` of `[store]`";
        run(&at("/inwindow?", "/elsewhere?")).says("database \"elsewhere\" does not exist (3D000)").says(entry);
        run(&at("//inwindow@", "//nobody@")).says("cannot be entered").says(entry);
        schema.sql("CREATE TABLE orders (id bigint)");
        run(&schema.url()).says("is no store of inwindow");
        schema.sql("DROP TABLE orders");
        place.write("inventory/all.toml", ONE_SERVER);
        Ran::of(place.command(&["apply", "inventory"]).env("INWINDOW_STORE", schema.url())).ends(0);
        schema.sql("INSERT INTO migration VALUES (999, 'later', 0)");
        run(&schema.url()).says("has schema 999; this release knows schemas up to ");
    }
}
