//! A replica: the program on a thread of its own, with connections of its own to the store and to the relay.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};

use chrono::{DateTime, Utc};
use inwindow::app::{App, ImportOptions};
use inwindow::mail::RawMessage;
use inwindow::notice::Intake;
use inwindow::time::Clock as _;

use super::{Counts, VirtualClock, settings};

/// What a replica does next.
pub(super) enum Ask {
    /// Reads mails, each with when it came.
    Import(Vec<(DateTime<Utc>, Vec<u8>)>),
    /// Plans and sends what is due.
    Send,
}

pub(super) struct Replica {
    ask: Sender<Ask>,
    done: Receiver<Counts>,
}

impl Replica {
    /// Starts one on the store that is there.
    pub(super) fn start(data: &Path, clock: &VirtualClock) -> Self {
        let (ask, asked) = channel();
        let (tell, done) = channel();
        let (data, clock) = (data.to_owned(), clock.clone());
        std::thread::spawn(move || {
            let mut app = App::open(settings(&data), clock.now()).expect("the store is there");
            for ask in asked {
                let counts = match ask {
                    Ask::Import(mails) => import(&mut app, mails, clock.now()),
                    Ask::Send => send(&mut app, &clock),
                };
                tell.send(counts).expect("somebody asked");
            }
        });
        Self { ask, done }
    }

    pub(super) fn ask(&self, what: Ask) {
        self.ask.send(what).expect("it did not panic");
    }

    /// Waits until it is done with what it was asked for.
    pub(super) fn done(&self) -> Counts {
        self.done.recv().expect("it did not panic")
    }
}

/// Each mail in a transaction of its own: mail comes one by one.
fn import(app: &mut App, mails: Vec<(DateTime<Utc>, Vec<u8>)>, now: DateTime<Utc>) -> Counts {
    let mut counts = Counts::default();
    for (received_at, mail) in mails {
        let options = ImportOptions { received_at: Some(received_at), intake: Intake::News };
        let raw = RawMessage::new("simulated", mail);
        for imported in app.import_together(&[raw], &options, now).expect("imported") {
            counts.notices += 1;
            counts.planned += imported.messages;
            counts.repeated += usize::from(imported.repeated);
            counts.in_review += usize::from(!imported.review.is_empty());
        }
    }
    counts
}

fn send(app: &mut App, clock: &VirtualClock) -> Counts {
    let sent = app.send(usize::MAX, clock, &AtomicBool::new(false)).expect("sent");
    Counts { sent: sent.delivered.len(), relay_away: usize::from(sent.relay.is_some()), ..Counts::default() }
}
