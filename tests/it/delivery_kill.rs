//! The program killed at any moment of sending, alone and with a second one at work on the same store: every message
//! arrives, and twice only where an attempt was in doubt, with the same bytes.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use inwindow::names::Digest;

use crate::cli::Place;
use crate::delivery::{outbox, place};
use crate::relay::{Arrived, FakeRelay};

/// Connections of each process. Of each at most two mails are in doubt after a kill: the one that it sends and the next.
const CONNECTIONS: usize = 4;

/// Longest that a process runs before it is killed: some reach their end, most do not.
const SPREAD: Duration = Duration::from_millis(600);

/// A number of the environment, for runs longer than the usual one.
pub fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// The `place`th number of a seed, below a bound.
pub fn draw(seed: usize, place: usize, below: u64) -> u64 {
    let digest = Digest::of_parts([seed.to_string(), place.to_string()].iter().map(String::as_str));
    u64::from_str_radix(&digest.as_str()[..15], 16).expect("digits") % below
}

fn spawn(place: &Place) -> Child {
    let mut command = place.command(&["send", "-o", "ndjson"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
}

/// Lets so long pass.
pub fn let_pass(time: Duration) {
    let (_never, nothing) = channel::<()>();
    let _ = nothing.recv_timeout(time);
}

/// Kills a process after so long; whether it was still running.
pub fn kill(child: &mut Child, after: Duration) -> bool {
    let_pass(after);
    let running = child.try_wait().expect("asked").is_none();
    child.kill().expect("killed");
    child.wait().expect("gone");
    running
}

/// What one place came to.
#[derive(Default)]
struct Tally {
    kills: usize,
    mails: usize,
    doubles: usize,
    marked: usize,
}

/// Sends `mails` mails; `kills` processes at most are killed meanwhile, every third with another one beside it.
fn round(seed: usize, kills: usize, mails: usize) -> Tally {
    let relay = FakeRelay::start();
    let all: Vec<String> = (0..mails).map(|number| format!("ok-{number}@customer.test")).collect();
    let mut place = place(&relay, &all, &format!("connections = {CONNECTIONS}"));
    let mut tally = Tally { mails, ..Tally::default() };
    let waits = |place: &Place| outbox(place).values().filter(|row| row["state"] != "accepted").count();
    for attempt in 0..kills {
        // Half an hour later: leases of the killed have run out (of a mail on its way after 25.5 minutes), and none of
        // the living.
        place = place.at(&clock(attempt));
        let mut second = (attempt % 3 == 2).then(|| spawn(&place));
        let after = SPREAD * u32::try_from(draw(seed, attempt, 1000)).expect("small") / 1000;
        tally.kills += usize::from(kill(&mut spawn(&place), after));
        if let Some(second) = &mut second {
            second.wait().expect("ended");
        }
        if waits(&place) == 0 {
            break;
        }
    }
    place = place.at(&clock(kills));
    place.run(&["send"]);
    check(&relay.arrived(), &all, &place, &mut tally);
    tally
}

fn clock(attempt: usize) -> String {
    let minutes = attempt * 30;
    format!("2017-03-{:02}T{:02}:{:02}:00Z", 14 + minutes / 1440, minutes / 60 % 24, minutes % 60)
}

fn check(arrived: &[Arrived], all: &[String], place: &Place, tally: &mut Tally) {
    let mut copies: BTreeMap<&str, Vec<&Arrived>> = BTreeMap::new();
    for mail in arrived {
        copies.entry(&mail.to).or_default().push(mail);
    }
    let outbox = outbox(place);
    for recipient in all {
        let row = &outbox[recipient];
        assert_eq!(row["state"], "accepted", "{row}");
        let copies = &copies[recipient.as_str()];
        assert!(copies.iter().all(|copy| copy.bytes == copies[0].bytes), "{recipient} got different mails");
        assert!(copies.len() == 1 || row["maybe_duplicate"] == true, "{recipient} got {} unmarked", copies.len());
        tally.doubles += copies.len() - 1;
        tally.marked += usize::from(row["maybe_duplicate"] == true);
    }
    assert_eq!(copies.len(), all.len(), "to nobody else");
    assert!(tally.marked <= tally.kills * CONNECTIONS * 2, "{} marked after {} kills", tally.marked, tally.kills);
}

#[test]
fn killed_at_any_moment_it_loses_no_mail_and_doubles_none_in_silence() {
    let (kills, mails) = (number("INWINDOW_TEST_SEND_KILLS", 5), number("INWINDOW_TEST_SEND_KILL_MAILS", 150));
    let seed = number("PROPTEST_RNG_SEED", 0);
    let (mut sum, mut rounds) = (Tally::default(), 0);
    while sum.kills < kills {
        let tally = round(seed + rounds, kills - sum.kills, mails);
        sum.kills += tally.kills;
        sum.mails += tally.mails;
        sum.doubles += tally.doubles;
        sum.marked += tally.marked;
        rounds += 1;
    }
    println!(
        "{} kills over {rounds} stores and {} mails: {} marked as perhaps sent twice, {} were",
        sum.kills, sum.mails, sum.marked, sum.doubles
    );
}
