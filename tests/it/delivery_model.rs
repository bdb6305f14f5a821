//! Planning and delivery as a model: random courses of events against the program itself (its store, its sender, a relay on
//! loopback), by a clock that is moved. Workers die between any two steps and others take over; workers that were thought dead
//! come back and go on; two plan at once; notices come in the midst of sending, clocks jump both ways, the relay does
//! whatever relays do. What DESIGN.md section 9 promises must hold.
//!
//! A course is drawn from its seed, which a failure names. `INWINDOW_MODEL_COURSES` is how many are tried. What a worker
//! that died had under way may or may not have reached the relay, as in life: so a seed is not always the same course.

mod house;
mod laws;
mod workers;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::app::{App, ImportOptions, SmtpSettings, Transport};
use inwindow::mail::{RawMessage, Tls};
use inwindow::notice::Intake;
use inwindow::plan::{Approval, DigestTime, Message, MessageState};
use inwindow::store::{MessageAction, MessageFilter};
use inwindow::time::Clock as _;

use self::house::{Draws, House, WORKERS};
use self::workers::{MEANWHILE, Meanwhile};
use crate::elsewhere::Home;
use crate::frail_store::{Death, FrailStore, Since};
use crate::moved::Moved;
use crate::relay::{FakeRelay, Mood, Pace};

/// Events of a course, the last of which leave it to the relay to take all there is.
const EVENTS: usize = 30;

/// Messages that a worker is asked to send at most.
const AT_A_TIME: usize = 1000;

/// Where an event has its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After the one before.
    Next,
    /// Between two steps of another.
    Between,
}

/// One course of events.
struct Course {
    house: Rc<House>,
    home: Home,
    clock: Moved,
    relay: FakeRelay,
    draws: RefCell<Draws>,
    /// What happened, for whom it has to be explained to.
    told: RefCell<Vec<String>>,
    /// How often each of the maintenances was announced.
    sequences: RefCell<[u32; 4]>,
    deaths: RefCell<usize>,
    /// How often a worker stood still while others went on.
    late: RefCell<usize>,
    /// When everything was let go.
    let_go: RefCell<Option<DateTime<Utc>>>,
}

impl Course {
    fn new(house: &Rc<House>, folder: &Path, seed: u64) -> Rc<Self> {
        let home = Home::or_file(folder.join("store.db"));
        let clock = Moved::at("2027-03-01T12:00:00Z");
        home.create(clock.now());
        let relay = FakeRelay::drawing(seed, clock.clone());
        let course = Self {
            house: Rc::clone(house),
            home,
            clock,
            relay,
            draws: RefCell::new(Draws { seed, drawn: 0 }),
            told: RefCell::default(),
            sequences: RefCell::default(),
            deaths: RefCell::default(),
            late: RefCell::default(),
            let_go: RefCell::default(),
        };
        for number in 0..WORKERS {
            course.revive(number, None);
            let mut app = course.house.workers[number].borrow_mut();
            app.settings.config.transport = Self::transport(course.relay.port);
            app.settings.config.from.email = "noc@noc.test".into();
            app.settings.config.domain = "noc.test".into();
            app.settings.config.policy.approval = Approval::Off;
            app.settings.config.policy.reminders = ["24h", "1h"].map(|lead| lead.parse().expect("a lead")).to_vec();
            app.settings.config.policy.notice = "2h".parse().expect("a lead");
            app.settings.config.policy.digest = digest(if seed.is_multiple_of(2) { "daily 06:00" } else { "off" });
        }
        course.house.workers[0].borrow_mut().apply(&course.house.inventories[0], course.clock.now()).expect("applied");
        Rc::new(course)
    }

    fn transport(port: u16) -> Transport {
        Transport::Smtp(SmtpSettings {
            host: "127.0.0.1".into(),
            port,
            tls: Tls::None,
            user: None,
            password_file: None,
            ca_file: None,
            helo: None,
            connections: 1,
            answer_within: None,
            taken_within: None,
        })
    }

    fn below(&self, most: u64) -> u64 {
        self.draws.borrow_mut().below(most)
    }

    fn tell(&self, what: impl AsRef<str>) {
        self.told.borrow_mut().push(format!("{} {}", self.clock.now().format("%d. %H:%M:%S"), what.as_ref()));
    }

    /// A worker with a connection of its own to the store, which may be one that dies.
    fn revive(&self, worker: usize, death: Option<Death>) {
        let store = FrailStore::open(&self.home, self.clock.now(), death);
        self.house.workers[worker].borrow_mut().store = Box::new(store);
    }

    /// One event; between two steps of sending others can happen.
    fn happen(self: &Rc<Self>, place: Place) {
        match self.below(if place == Place::Between { 14 } else { 26 }) {
            0..=3 => self.hear(),
            4 => self.apply(),
            5 => self.edit(),
            6..=13 => {
                let meanwhile =
                    if place == Place::Next { self.draws.borrow_mut().of(&MEANWHILE) } else { Meanwhile::Nothing };
                self.send(place, meanwhile, Since::Opened);
            }
            14 => self.change_policy(),
            15 => self.jump_back(),
            16 | 17 => self.plan_at_once(),
            18..=21 => {
                self.hear();
                self.send(place, Meanwhile::ThoughtDead, Since::Opened);
            }
            _ => self.wait(),
        }
    }

    fn wait(&self) {
        let minutes = self.draws.borrow_mut().of(&[1, 5, 20, 60, 180, 660, 1440, 4320]);
        self.clock.by(TimeDelta::minutes(minutes));
        self.tell(format!("{minutes} minutes passed"));
    }

    fn jump_back(&self) {
        let minutes = self.draws.borrow_mut().of(&[1, 10, 120, 1440]);
        self.clock.by(-TimeDelta::minutes(minutes));
        self.tell(format!("the clock was set back {minutes} minutes"));
    }

    fn hear(&self) {
        let mut draws = self.draws.borrow_mut();
        let which = draws.of(&[0, 0, 0, 1, 1, 2, 3]);
        let status =
            draws.of(&["CONFIRMED", "CONFIRMED", "CONFIRMED", "CONFIRMED", "TENTATIVE", "CANCELLED", "COMPLETED"]);
        let impact = draws.of(&["OUTAGE", "OUTAGE", "DEGRADED", "REDUCED-REDUNDANCY"]);
        let object = draws.of(&["EX-1", "EX-2", "EX-2", "EX-3"]);
        let ahead = draws.of(&[1, 3, 26, 50, 24 * 9]);
        drop(draws);
        let now = self.clock.now();
        let start = now + TimeDelta::hours(ahead);
        let sequence = {
            let mut sequences = self.sequences.borrow_mut();
            sequences[which] += 1;
            sequences[which]
        };
        self.tell(format!("notice {which} #{sequence}: {status} {impact} {object} from {}", start.format("%d. %H:%M")));
        let raw = notice(which, sequence, now, start, [status, impact, object]);
        let options = ImportOptions { received_at: Some(now), intake: Intake::News };
        self.house.workers[WORKERS - 1].borrow_mut().import(&raw, &options, now).expect("imported");
    }

    fn apply(&self) {
        let which = self.draws.borrow_mut().of(&[0, 1, 2]);
        self.tell(format!("inventory {which}"));
        let now = self.clock.now();
        self.house.workers[WORKERS - 1].borrow_mut().apply(&self.house.inventories[which], now).expect("applied");
    }

    /// What a person does to some message; it may be too late for it.
    fn edit(&self) {
        let action = self.draws.borrow_mut().of(&[
            MessageAction::Approve,
            MessageAction::Approve,
            MessageAction::Hold,
            MessageAction::Cancel,
            MessageAction::Retry,
        ]);
        let mut app = self.house.workers[WORKERS - 1].borrow_mut();
        let messages = app.store.messages(&MessageFilter::default()).expect("readable");
        let fit: Vec<&Message> = messages.iter().filter(|message| action.from().contains(&message.state)).collect();
        if fit.is_empty() {
            return;
        }
        let message = &fit[usize::try_from(self.below(fit.len() as u64)).expect("small")].id;
        self.tell(format!("{action} {message}"));
        app.edit_messages(&[message.to_string()], action, "ada", self.clock.now()).expect("edited");
    }

    fn change_policy(&self) {
        let mut draws = self.draws.borrow_mut();
        let leads: &[&str] = draws.of(&[&["24h", "1h"][..], &["48h", "24h", "2h"], &["1h"], &[]]);
        let approval = draws.of(&[Approval::Off, Approval::Off, Approval::On]);
        let time = draws.of(&["off", "daily 06:00", "daily 18:00", "weekly monday 08:00"]);
        drop(draws);
        self.set_policy(leads, approval);
        self.tell(format!("digest {time}"));
        for worker in &self.house.workers {
            worker.borrow_mut().settings.config.policy.digest = digest(time);
        }
    }

    fn set_policy(&self, leads: &[&str], approval: Approval) {
        self.tell(format!("reminders {leads:?}, approval {approval:?}"));
        for worker in &self.house.workers {
            let policy = &mut worker.borrow_mut().settings.config.policy;
            policy.reminders = leads.iter().map(|lead| lead.parse().expect("a lead")).collect();
            policy.approval = approval;
        }
    }

    /// Asking again adds nothing.
    fn plan_twice(&self) {
        let (now, mut app) = (self.clock.now(), self.house.workers[0].borrow_mut());
        app.plan(now).expect("planned");
        assert_eq!(app.plan(now).expect("planned"), 0, "planning twice added something");
        assert!(app.proposal(now).expect("planned").is_empty(), "planning twice takes something back");
    }

    /// Everybody lets everything go, and the relay takes it: until nothing waits any more.
    fn settle(self: &Rc<Self>) {
        self.tell("all is let go");
        *self.let_go.borrow_mut() = Some(self.clock.now());
        for worker in &self.house.workers {
            worker.borrow_mut().settings.config.policy.approval = Approval::Off;
        }
        self.revive(0, None);
        self.relay.set_mood(Mood::Good, Pace::AtOnce);
        self.house.workers[0].borrow_mut().settings.config.transport = Self::transport(self.relay.port);
        for _ in 0..500 {
            let mut app = self.house.workers[0].borrow_mut();
            app.edit_messages(&[], MessageAction::Approve, "ada", self.clock.now()).expect("approved");
            app.send(AT_A_TIME, &self.clock, &AtomicBool::new(false)).expect("sent");
            match app.store.next_due(self.clock.now()).expect("readable") {
                Some(due) if due > self.clock.now() => self.clock.to(due),
                Some(_) => {}
                // What a worker that died holds past its moment is no more to be sent, and is told of when its lease runs out.
                None if Self::holds_any(&app) => self.clock.by(TimeDelta::hours(1)),
                None => return,
            }
        }
        panic!("it never comes to rest");
    }

    fn holds_any(app: &App) -> bool {
        let leased = MessageFilter { states: vec![MessageState::Leased], ..MessageFilter::default() };
        !app.store.messages(&leased).expect("readable").is_empty()
    }

    fn messages(&self) -> Vec<Message> {
        self.house.workers[0].borrow().store.messages(&MessageFilter::default()).expect("readable")
    }
}

fn digest(time: &str) -> DigestTime {
    time.parse().expect("a time for a digest")
}

fn notice(
    which: usize,
    sequence: u32,
    now: DateTime<Utc>,
    start: DateTime<Utc>,
    [status, impact, object]: [&str; 3],
) -> RawMessage {
    let (stamp, end) = (now.format("%Y%m%dT%H%M%SZ"), start + TimeDelta::hours(4));
    let utc = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ");
    let mail = format!(
        "From: noc <noc@carrier.example>\r\nTo: noc@noc.test\r\nSubject: Work {which}\r\nDate: {}\r\n\
         Message-ID: <{which}.{sequence}.{stamp}@carrier.example>\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//made up//EN\r\nBEGIN:VEVENT\r\nUID:{which}@carrier.example\r\n\
         DTSTAMP:{stamp}\r\nDTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Work\r\nSEQUENCE:{sequence}\r\n\
         X-MAINTNOTE-PROVIDER:carrier.example\r\nX-MAINTNOTE-ACCOUNT:1\r\nX-MAINTNOTE-MAINTENANCE-ID:CHG-{which}\r\n\
         X-MAINTNOTE-OBJECT-ID:{object}\r\nX-MAINTNOTE-IMPACT:{impact}\r\nX-MAINTNOTE-STATUS:{status}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n",
        now.to_rfc2822(),
        utc(start),
        utc(end),
    );
    RawMessage::new(format!("notice-{which}-{sequence}"), mail.into_bytes())
}

/// What came of courses.
#[derive(Default)]
struct Sums {
    arrived: usize,
    in_doubt: usize,
    deaths: usize,
    late: usize,
    /// Digests that arrived, and those of several maintenances.
    digests: [usize; 2],
}

fn run(house: &Rc<House>, seed: u64, sums: &mut Sums) {
    let folder =
        tempfile::tempdir_in(if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() });
    let folder = folder.expect("a folder");
    let course = Course::new(house, folder.path(), seed);
    let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..EVENTS {
            course.happen(Place::Next);
            course.plan_twice();
        }
        course.settle();
        laws::check(&course);
    }));
    if let Err(panic) = tried {
        println!("course {seed}:\n  {}", course.told.borrow().join("\n  "));
        std::panic::resume_unwind(panic);
    }
    for digest in course.messages().iter().filter(|message| message.state == MessageState::Accepted) {
        let told = digest.material.digest.len();
        sums.digests = [sums.digests[0] + usize::from(told > 0), sums.digests[1] + usize::from(told > 1)];
    }
    sums.arrived += course.relay.arrived().len();
    sums.in_doubt += course.messages().iter().filter(|message| message.maybe_duplicate).count();
    sums.deaths += *course.deaths.borrow();
    sums.late += *course.late.borrow();
}

#[test]
fn whatever_happens_every_message_is_accepted_or_reported_and_none_is_doubled_in_silence() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().expect("a number"));
    let (first, courses) = (number("PROPTEST_RNG_SEED", 0), number("INWINDOW_MODEL_COURSES", 25));
    let house = Rc::new(House::new());
    let mut sums = Sums::default();
    for seed in first..first + courses {
        run(&house, seed, &mut sums);
    }
    let Sums { arrived, in_doubt, deaths, late, digests: [digests, several] } = sums;
    println!(
        "{courses} courses: {arrived} mails arrived, {digests} of them digests ({several} of several maintenances), \
         {in_doubt} messages in doubt, {deaths} deaths, {late} came back late"
    );
    assert!(arrived > 0 && digests > 0 && deaths > 0 && late > 0, "nothing happened");
}
