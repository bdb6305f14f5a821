//! The program killed at any moment of an import from a mailbox: every mail is stored once, and the mailbox counts as read
//! only when it was.

use std::process::Stdio;
use std::time::Duration;

use inwindow::store::{NoticeFilter, SqliteStore, Store};

use crate::cli::Place;
use crate::delivery_kill::{self, draw, number};
use crate::imap_servers::{Gate, PATIENCE, Then, kept, mailbox, notice};

/// Bytes of about two batches of 100 mails: a kill falls into the first or the second that a run takes, or behind them.
const SPREAD_BYTES: u64 = 2 * 100 * 560;

/// Longest that a kill is put off beyond the bytes that were to pass, so that it also falls into the storing of them.
const SPREAD: Duration = Duration::from_millis(400);

/// What the store says: how many notices there are, up to which UID it was read, and whether it counts as read.
fn stored(place: &Place) -> (usize, usize, bool) {
    // Killed before or while the store was made: a reader does not finish that.
    let Ok(store) = SqliteStore::open_read_only(&place.path("data/inwindow.db")) else { return (0, 0, false) };
    let notices = store.notices(&NoticeFilter::default()).expect("readable").len();
    let source = store.sources().expect("readable").pop();
    let uid = source.as_ref().and_then(|source| source.position).map_or(0, |position| position.uid as usize);
    let complete = !store.coverage().expect("readable").is_empty();
    assert_eq!(complete, source.is_some_and(|source| source.complete_at.is_some()));
    (notices, uid, complete)
}

/// Runs an import and kills it once so many bytes have come and so long has passed; whether it was still running.
fn kill(place: &Place, gate: &Gate, bytes: usize, later: Duration) -> bool {
    let told = gate.pass(bytes, Then::GoOn);
    let mut command = place.command(&["import", "-o", "ndjson"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let came = told.recv_timeout(PATIENCE).is_ok();
    delivery_kill::kill(&mut child, if came { later } else { Duration::ZERO })
}

#[test]
fn killed_at_any_moment_it_stores_every_mail_once() {
    let (kills, mails) = (number("INWINDOW_TEST_KILLS", 3), number("INWINDOW_TEST_KILL_MAILS", 200));
    let seed = number("PROPTEST_RNG_SEED", 0);
    let all: Vec<Vec<u8>> = (1..=mails).map(notice).collect();
    let mut imap = mailbox("kill");
    for mail in &all {
        imap.append("kill", 1, mail);
    }
    let (mut killed, mut drawn, mut imports, mut amid) = (0, 0, 0, 0);
    while killed < kills {
        let gate = Gate::new();
        let place = gate.place("kill");
        imports += 1;
        while killed < kills && !stored(&place).2 {
            let bytes = usize::try_from(draw(seed, drawn, SPREAD_BYTES)).expect("small") + 1;
            let later = SPREAD * u32::try_from(draw(seed, drawn + 1, 1000)).expect("small") / 1000;
            drawn += 2;
            killed += usize::from(kill(&place, &gate, bytes, later));
            let (notices, uid, complete) = stored(&place);
            assert_eq!(notices, uid, "mails and position are stored together");
            assert!(!complete || uid == mails, "it counts as read, at {uid} of {mails}");
            amid += usize::from(uid > 0 && uid < mails);
        }
        let _told = gate.pass(usize::MAX, Then::GoOn);
        place.run(&["import", "-o", "json"]).ends(0);
        assert_eq!(stored(&place), (mails, mails, true));
        let kept = kept(&place);
        let (missing, doubled) = (
            all.iter().filter(|mail| !kept.contains_key(*mail)).count(),
            kept.values().filter(|(times, _)| *times > 1).count(),
        );
        assert_eq!((missing, doubled, kept.len()), (0, 0, mails));
    }
    println!("{killed} kills over {imports} imports of {mails} mails, {amid} of them with part of the mails stored");
}
