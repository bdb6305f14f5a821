//! Connections over which mails go to the relay, each in a task of its own, and what they tell the thread that writes the store.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::mail::{Envelope, Fared, Relay, RelayError, Session};
use crate::plan::Outcome;
use crate::time::Clock;

/// How long the one who asks waits for more than one mail that was taken, while each connection has its next one: to settle one
/// costs the store about as much as to settle four. A fast relay takes several meanwhile; behind a slow one there is mostly one,
/// and it is settled by itself. What the relay took and nobody settled would go twice if the process were killed.
const A_MOMENT: Duration = Duration::from_micros(150);

/// One mail as it goes out.
pub(super) struct Parcel {
    /// Tells the attempt among those under way.
    pub(super) ticket: u64,
    /// From whom and to whom.
    pub(super) envelope: Envelope,
    /// The file's name in a maildir.
    pub(super) name: String,
    /// The mail.
    pub(super) bytes: Vec<u8>,
    /// It is begun before this instant, or not at all.
    pub(super) before: DateTime<Utc>,
}

/// What happened to a connection, or over it.
pub(super) enum Event {
    /// One more connection can take mail, or why none could be opened.
    Opened(Result<Session, RelayError>),
    /// An attempt ended.
    Ended {
        /// Which attempt.
        ticket: u64,
        /// How.
        outcome: Outcome,
        /// What its connection does now.
        then: Then,
    },
    /// A connection found nothing more to send.
    Free(Session),
    /// A mail waited too long for its connection.
    Left(Parcel),
    /// A connection was spent before it heard of this mail, and no other could be opened.
    Untried(Parcel, RelayError),
}

/// What a connection does after a mail.
pub(super) enum Then {
    /// It sends the next one.
    GoesOn,
    /// It is free, when it is good for another mail.
    Stops(Option<Session>),
}

impl Event {
    /// Whether it waits for no other: a connection has nothing to do, or something is not as it should be.
    fn hurries(&self) -> bool {
        !matches!(self, Self::Ended { outcome: Outcome::Accepted, then: Then::GoesOn, .. })
    }
}

/// What all connections to one relay share.
pub(super) struct Courier {
    pub(super) relay: Relay,
    clock: Arc<dyn Clock>,
    /// Mails that were handed over and wait for a connection.
    queue: Mutex<VecDeque<Parcel>>,
    told: Mutex<Told>,
    enough: Condvar,
}

/// What was told since it was asked last.
#[derive(Default)]
struct Told {
    events: Vec<Event>,
    /// Whether one of them hurries.
    hurry: bool,
    /// With so many the one who asks is woken; zero when nobody waits.
    wanted: usize,
}

/// What a thread that panicked left whole: nobody panics while one of these is locked.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Courier {
    pub(super) fn new(relay: Relay, clock: Arc<dyn Clock>) -> Self {
        Self { relay, clock, queue: Mutex::default(), told: Mutex::default(), enough: Condvar::new() }
    }

    /// What waits for a connection.
    pub(super) fn queue(&self) -> MutexGuard<'_, VecDeque<Parcel>> {
        locked(&self.queue)
    }

    /// Opens one more connection.
    pub(super) async fn open(self: Arc<Self>) {
        self.tell(Event::Opened(Session::open(&self.relay).await));
    }

    /// Sends a mail, and others as long as some wait and all goes well.
    pub(super) async fn carry(self: Arc<Self>, mut session: Session, mut parcel: Parcel) {
        loop {
            if parcel.before <= self.clock.now() {
                self.tell(Event::Left(parcel));
            } else {
                let attempt = Attempt { courier: &self, ticket: parcel.ticket };
                let sent = self.send(session, parcel).await;
                let ticket = attempt.ended();
                let (outcome, after) = match sent {
                    Ok(ended) => ended,
                    Err((parcel, error)) => return self.tell(Event::Untried(parcel, error)),
                };
                let goes_on = outcome == Outcome::Accepted && !self.queue().is_empty();
                match after {
                    Some(after) if goes_on => session = after,
                    stops => return self.tell(Event::Ended { ticket, outcome, then: Then::Stops(stops) }),
                }
                self.tell(Event::Ended { ticket, outcome, then: Then::GoesOn });
            }
            let next = self.queue().pop_front();
            let Some(next) = next else { return self.tell(Event::Free(session)) };
            parcel = next;
        }
    }

    /// Sends a mail; over a new connection when the relay is done with this one. The mail, when there is no other.
    async fn send(&self, session: Session, parcel: Parcel) -> Result<(Outcome, Option<Session>), (Parcel, RelayError)> {
        match session.try_send(&parcel.envelope, &parcel.bytes).await {
            Fared::Ended(outcome, session) => Ok((outcome, session)),
            Fared::Stale(_) => match Session::open(&self.relay).await {
                Err(error) => Err((parcel, error)),
                Ok(session) => Ok(session.send(&parcel.envelope, &parcel.bytes).await),
            },
        }
    }

    fn tell(&self, event: Event) {
        let mut told = locked(&self.told);
        told.hurry |= event.hurries();
        told.events.push(event);
        if told.wanted > 0 && (told.hurry || told.events.len() >= told.wanted) {
            told.wanted = 0;
            self.enough.notify_one();
        }
    }

    /// What happened since it was asked last: `many` events, or as many as there are when one hurries or [`A_MOMENT`] is over;
    /// one at least, however long that takes.
    pub(super) fn hear(&self, many: usize) -> Vec<Event> {
        let mut told = locked(&self.told);
        if many > 1 && !told.hurry && told.events.len() < many {
            told.wanted = many;
            let waited = self.enough.wait_timeout_while(told, A_MOMENT, |told| told.wanted > 0);
            told = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if told.events.is_empty() {
            told.wanted = 1;
            let waited = self.enough.wait_while(told, |told| told.wanted > 0);
            told = waited.unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut *told).events
    }
}

/// An attempt that is told of even where its task panics: otherwise its end would be waited for without one.
struct Attempt<'c> {
    courier: &'c Courier,
    ticket: u64,
}

impl Attempt<'_> {
    /// How it ended is told otherwise.
    fn ended(self) -> u64 {
        let ticket = self.ticket;
        std::mem::forget(self);
        ticket
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let outcome = Outcome::Unanswered { what: "the attempt was broken off by a mistake of this program".into() };
        self.courier.tell(Event::Ended { ticket: self.ticket, outcome, then: Then::Stops(None) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Deadlines, Tls};

    struct Still;

    impl Clock for Still {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }
    }

    fn courier() -> Courier {
        let relay = Relay {
            host: "mail.test".into(),
            port: 25,
            tls: Tls::None,
            auth: None,
            extra_ca: None,
            helo: "noc.test".into(),
            deadlines: Deadlines::default(),
        };
        Courier::new(relay, Arc::new(Still))
    }

    fn taken(ticket: u64) -> Event {
        Event::Ended { ticket, outcome: Outcome::Accepted, then: Then::GoesOn }
    }

    fn stopped(ticket: u64) -> Event {
        Event::Ended { ticket, outcome: Outcome::Accepted, then: Then::Stops(None) }
    }

    fn tickets(events: &[Event]) -> Vec<u64> {
        let ticket = |event: &Event| match event {
            Event::Ended { ticket, .. } => Some(*ticket),
            Event::Opened(_) | Event::Free(_) | Event::Left(_) | Event::Untried(..) => None,
        };
        events.iter().filter_map(ticket).collect()
    }

    #[track_caller]
    fn check(told: impl IntoIterator<Item = Event>, many: usize, expected: &[u64]) {
        let courier = courier();
        told.into_iter().for_each(|event| courier.tell(event));
        assert_eq!(tickets(&courier.hear(many)), expected);
        let told = locked(&courier.told);
        assert_eq!((told.events.len(), told.hurry, told.wanted), (0, false, 0));
    }

    #[test]
    fn all_that_was_told_is_heard() {
        check([taken(1)], 1, &[1]);
        check([taken(1), taken(2), taken(3)], 2, &[1, 2, 3]);
        check([taken(1), stopped(2)], 9, &[1, 2]);
        // Only a moment is waited for others.
        check([taken(1)], 9, &[1]);
    }

    #[test]
    fn what_is_not_as_it_should_be_hurries() {
        let parcel = || Parcel {
            ticket: 2,
            envelope: Envelope {
                from: "noc@noc.test".parse().expect("an address"),
                to: "alice@customer.test".parse().expect("an address"),
            },
            name: "name".into(),
            bytes: Vec::new(),
            before: DateTime::UNIX_EPOCH,
        };
        let error = || RelayError::NoStartTls { relay: "mail.test:25".into() };
        let refused = Outcome::Refused { code: 550, enhanced: None, text: "no".into() };
        assert!(!taken(1).hurries());
        assert!(stopped(1).hurries());
        assert!(Event::Ended { ticket: 1, outcome: refused, then: Then::GoesOn }.hurries());
        assert!(Event::Left(parcel()).hurries());
        assert!(Event::Untried(parcel(), error()).hurries());
        assert!(Event::Opened(Err(error())).hurries());
    }

    #[test]
    fn an_attempt_that_panics_is_told_of() {
        let courier = courier();
        drop(Attempt { courier: &courier, ticket: 3 });
        let heard = courier.hear(9);
        assert!(matches!(heard[..], [Event::Ended { ticket: 3, outcome: Outcome::Unanswered { .. }, .. }]));
        assert_eq!(Attempt { courier: &courier, ticket: 4 }.ended(), 4);
        assert_eq!(locked(&courier.told).events.len(), 0);
    }

    #[test]
    fn who_waits_is_woken() {
        for many in [1, 3, 9] {
            let courier = courier();
            let mut heard = Vec::new();
            std::thread::scope(|scope| {
                scope.spawn(|| (1..=3).map(taken).chain([stopped(4)]).for_each(|event| courier.tell(event)));
                while heard.len() < 4 {
                    heard.extend(tickets(&courier.hear(many)));
                }
            });
            assert_eq!(heard, [1, 2, 3, 4]);
        }
    }
}
