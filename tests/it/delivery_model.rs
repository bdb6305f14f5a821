//! Planning and delivery as a model: random courses of events against the program itself (its store, its sender, a relay on
//! loopback), by a clock that is moved. Workers die between any two steps and others take over, notices come in the midst
//! of sending, clocks jump both ways, the relay does whatever relays do. What DESIGN.md section 9 promises must hold.
//!
//! A course is drawn from its seed, which a failure names. `INWINDOW_MODEL_COURSES` is how many are tried. What a worker
//! that died had under way may or may not have reached the relay, as in life: so a seed is not always the same course.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::app::{App, AppError, ImportOptions, Settings, SmtpSettings, Surroundings, Transport};
use inwindow::inventory::{Inventory, Stage};
use inwindow::mail::{RawMessage, Tls};
use inwindow::names::Digest;
use inwindow::notice::{Intake, Status};
use inwindow::plan::{Approval, Cause, Message, MessageState};
use inwindow::store::{MaintenanceFilter, MessageAction, MessageFilter, SqliteStore};
use inwindow::time::Clock;

use crate::frail_store::{Death, FrailStore, between, nothing_between};
use crate::relay::{Arrived, FakeRelay, Mood, Pace};

/// Workers on one store.
const WORKERS: usize = 3;

/// Events of a course, the last of which leave it to the relay to take all there is.
const EVENTS: usize = 30;

/// Messages that a worker is asked to send at most.
const AT_A_TIME: usize = 1000;

/// A clock that is moved.
#[derive(Clone)]
struct Moved(Arc<AtomicI64>);

impl Moved {
    fn by(&self, delta: TimeDelta) {
        self.0.fetch_add(delta.num_seconds(), Ordering::SeqCst);
    }

    fn to(&self, at: DateTime<Utc>) {
        // Up to the next whole second, so that what is due is due.
        self.0.store(at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0), Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).expect("an instant")
    }
}

/// Draws from a seed.
struct Draws {
    seed: u64,
    drawn: u64,
}

impl Draws {
    fn below(&mut self, most: u64) -> u64 {
        self.drawn += 1;
        draw(self.seed, &self.drawn.to_string()) % most
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[usize::try_from(self.below(these.len() as u64)).expect("small")]
    }
}

fn draw(seed: u64, what: &str) -> u64 {
    let digest = Digest::of_parts([seed.to_string().as_str(), what]);
    u64::from_str_radix(&digest.as_str()[..15], 16).expect("digits")
}

/// The workers and what they are set to, made once: reading profiles and templates takes longest.
struct House {
    workers: Vec<RefCell<App>>,
    inventories: Vec<Inventory>,
    _folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2027-03-01T12:00:00Z".parse().expect("an instant");
        let app = |number: usize| {
            let data = folder.path().join(format!("data-{number}"));
            let settings = Settings::load(&data, Surroundings::default()).expect("settings");
            App::create(settings, [7; 32], now).expect("a store")
        };
        let workers: Vec<_> = (0..WORKERS).map(|number| RefCell::new(app(number))).collect();
        let inventories = (0..3).map(|variant| {
            let files = folder.path().join(format!("inventory-{variant}"));
            std::fs::create_dir(&files).expect("made");
            std::fs::write(files.join("all.toml"), inventory(variant)).expect("written");
            workers[0].borrow().settings.load_inventory(&files).expect("right")
        });
        let inventories = inventories.collect();
        Self { workers, inventories, _folder: folder }
    }
}

/// Two customers on three circuits; who uses which, and who reads, differs.
fn inventory(variant: usize) -> String {
    let mut text =
        String::from("[[vendor]]\nid = \"carrier\"\naliases = [\"carrier.example\"]\nzone = \"Europe/Amsterdam\"\n");
    for circuit in 1..=3 {
        let _ = write!(
            text,
            "[[asset]]\nid = \"circuit-{circuit}\"\nkind = \"circuit\"\nvendor = \"carrier\"\naliases = [\"EX-{circuit}\"]\n"
        );
    }
    let uses = [
        ("[\"circuit-1\"]", "[\"circuit-2\"]"),
        ("[\"circuit-1\", \"circuit-2\"]", "[\"circuit-2\", \"circuit-3\"]"),
        ("[\"circuit-3\"]", "[\"circuit-2\"]"),
    ];
    let (acme, beta) = uses[variant];
    let _ =
        write!(text, "[[customer]]\nid = \"acme\"\nuses = {acme}\n[[customer.contact]]\nemail = \"ann@acme.test\"\n");
    if variant != 1 {
        text.push_str("[[customer.contact]]\nemail = \"bob@acme.test\"\nzone = \"Asia/Tokyo\"\n");
    }
    let _ =
        write!(text, "[[customer]]\nid = \"beta\"\nuses = {beta}\n[[customer.contact]]\nemail = \"cat@beta.test\"\n");
    text
}

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
    path: PathBuf,
    clock: Moved,
    relay: FakeRelay,
    draws: RefCell<Draws>,
    /// What happened, for whom it has to be explained to.
    told: RefCell<Vec<String>>,
    /// How often each of the two maintenances was announced.
    sequences: RefCell<[u32; 2]>,
    deaths: RefCell<usize>,
    /// When everything was let go.
    let_go: RefCell<Option<DateTime<Utc>>>,
}

impl Course {
    fn new(house: &Rc<House>, folder: &Path, seed: u64) -> Rc<Self> {
        let path = folder.join("store.db");
        let clock = Moved(Arc::new(AtomicI64::new(1_803_902_400)));
        drop(SqliteStore::create_or_open(&path, &[7; 32], clock.now()).expect("a store"));
        let relay = FakeRelay::drawing(seed, Arc::clone(&clock.0));
        let course = Self {
            house: Rc::clone(house),
            path,
            clock,
            relay,
            draws: RefCell::new(Draws { seed, drawn: 0 }),
            told: RefCell::default(),
            sequences: RefCell::default(),
            deaths: RefCell::default(),
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
        let store = FrailStore::open(&self.path, self.clock.now(), death);
        self.house.workers[worker].borrow_mut().store = Box::new(store);
    }

    /// One event; between two steps of sending others can happen.
    fn happen(self: &Rc<Self>, place: Place) {
        match self.below(if place == Place::Between { 14 } else { 20 }) {
            0..=3 => self.hear(),
            4 => self.apply(),
            5 => self.edit(),
            6..=13 => self.send(place),
            14 => self.change_policy(),
            15 => self.jump_back(),
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
        let which = draws.of(&[0, 0, 1]);
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
        drop(draws);
        self.tell(format!("reminders {leads:?}, approval {approval:?}"));
        for worker in &self.house.workers {
            let policy = &mut worker.borrow_mut().settings.config.policy;
            policy.reminders = leads.iter().map(|lead| lead.parse().expect("a lead")).collect();
            policy.approval = approval;
        }
    }

    /// A worker sends. It may die at it, and something else may happen meanwhile.
    fn send(self: &Rc<Self>, place: Place) {
        let nested = place == Place::Between;
        // The last worker is nobody's who sends: it is what people type.
        let worker = usize::from(nested);
        let (dies, call, done, mood) = {
            let mut draws = self.draws.borrow_mut();
            let (dies, done) = (draws.one_in(if nested { 2 } else { 3 }), draws.one_in(2));
            let (call, mood) =
                (draws.below(60) + 1, draws.of(&[Mood::Good, Mood::Any, Mood::Any, Mood::Harsh, Mood::Away]));
            (dies, usize::try_from(call).expect("small"), done, mood)
        };
        let death = dies.then_some(Death { call, done });
        let meanwhile = !nested && self.below(2) == 0;
        self.tell(format!("worker {worker} sends; relay {mood:?}, death {death:?}, meanwhile {meanwhile}"));
        self.revive(worker, death);
        // The clock stands while a second worker is at it: what it has under way must not see another time.
        self.relay.set_mood(mood, if nested { Pace::AtOnce } else { Pace::Slow });
        let port = if mood == Mood::Away { 1 } else { self.relay.port };
        self.house.workers[worker].borrow_mut().settings.config.transport = Self::transport(port);
        if meanwhile {
            let (course, after) = (Rc::clone(self), usize::try_from(self.below(60)).expect("small"));
            between(
                after,
                Box::new(move || {
                    course.relay.set_mood(mood, Pace::AtOnce);
                    course.happen(Place::Between);
                    course.relay.set_mood(mood, Pace::Slow);
                }),
            );
        }
        let sent = self.house.workers[worker].borrow_mut().send(AT_A_TIME, &self.clock, &AtomicBool::new(false));
        if !nested {
            nothing_between();
        }
        match sent {
            Ok(report) => {
                let lines = report.delivered.iter().map(|one| format!("{} {}", one.message, one.state));
                self.tell(format!("worker {worker}: {}", lines.collect::<Vec<_>>().join(", ")));
            }
            Err(error) => {
                assert!(death.is_some() && matches!(error, AppError::Store(_)), "{error:?}");
                self.tell(format!("worker {worker} died"));
                *self.deaths.borrow_mut() += 1;
            }
        }
        self.revive(worker, None);
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
                None => return,
            }
        }
        panic!("it never comes to rest");
    }

    fn messages(&self) -> Vec<Message> {
        self.house.workers[0].borrow().store.messages(&MessageFilter::default()).expect("readable")
    }
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

/// A mail that arrived, with the message that it was.
struct Reached<'a> {
    message: &'a Message,
    arrived: &'a Arrived,
    at: DateTime<Utc>,
}

/// What must hold of a course that has come to rest.
fn check(course: &Course) {
    let (messages, arrived) = (course.messages(), course.relay.arrived());
    let app = course.house.workers[0].borrow();
    let by_id: BTreeMap<String, &Message> =
        messages.iter().map(|message| (app.message_id_of(message).expect("an id"), message)).collect();
    let copies: Vec<Reached<'_>> = arrived
        .iter()
        .map(|arrived| {
            let id = arrived.header("Message-ID").expect("an id");
            let message = by_id.get(id.trim_matches(['<', '>'])).copied().expect("a mail that nobody planned arrived");
            Reached { message, arrived, at: arrived.at.expect("a time") }
        })
        .collect();
    every_message_has_an_end(&messages, &copies);
    no_mail_is_doubled_in_silence(course, &messages, &copies);
    nothing_upcoming_is_late(&copies);
    the_newest_reminder_alone(&copies);
    a_change_tells_a_change(&messages);
    readers_know_what_holds(course, &app, &messages, &copies);
}

/// Accepted, or reported with a reason; and what was accepted has arrived.
fn every_message_has_an_end(messages: &[Message], copies: &[Reached<'_>]) {
    for message in messages {
        assert!(!message.state.is_pending(), "it is still {}: {message:?}", message.state);
        assert!(!message.reason.is_empty(), "{message:?}");
        let arrived = copies.iter().any(|copy| copy.message.id == message.id);
        assert!(message.state != MessageState::Accepted || arrived, "accepted, and it never arrived: {message:?}");
        let known = message.state == MessageState::Accepted || message.maybe_duplicate;
        assert!(!arrived || known, "it arrived and nobody knows: {message:?}");
    }
}

/// Twice only what an attempt left in doubt, with the same bytes; and only as often as there was doubt.
fn no_mail_is_doubled_in_silence(course: &Course, messages: &[Message], copies: &[Reached<'_>]) {
    let mut extra = 0;
    for message in messages {
        let of: Vec<&Reached<'_>> = copies.iter().filter(|copy| copy.message.id == message.id).collect();
        let Some(first) = of.first() else { continue };
        assert!(of.iter().all(|copy| copy.arrived.bytes == first.arrived.bytes), "other bytes: {message:?}");
        assert!(of.len() == 1 || message.maybe_duplicate, "{} times, and not marked: {message:?}", of.len());
        extra += of.len() - 1;
    }
    let doubts = copies.iter().filter(|copy| !copy.arrived.answered).count() + *course.deaths.borrow();
    assert!(extra <= doubts, "{extra} doubles and {doubts} doubts");
}

/// Announcements and reminders are of what is ahead.
fn nothing_upcoming_is_late(copies: &[Reached<'_>]) {
    for Reached { message, at, .. } in copies {
        let upcoming = matches!(message.key.stage, Stage::Announce | Stage::Reminder);
        let ahead = message.material.windows.iter().any(|window| window.interval.start() > *at);
        assert!(!upcoming || ahead, "it went at {at}: {message:?}");
        assert!(message.not_after.is_none_or(|not_after| *at < not_after), "it went at {at}: {message:?}");
    }
}

/// Of the reminders of one window to one reader no older one arrives after a newer one.
fn the_newest_reminder_alone(copies: &[Reached<'_>]) {
    let mut last = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for Reached { message, .. } in copies.iter().filter(|copy| copy.message.key.stage == Stage::Reminder) {
        if !seen.insert(&message.id) {
            continue; // once more, since nobody knew whether it had come
        }
        let Some(window) = message.material.windows.first() else { continue };
        let key: (&Cause, &str, DateTime<Utc>) = (&message.key.cause, &message.key.contact, window.interval.start());
        let moment = window.interval.start() - message.due_at;
        if let Some((before, due)) = last.insert(key, (message.id.as_str(), message.due_at)) {
            assert!(message.due_at >= due, "{before}, then the older one of {moment}: {message:?}");
        }
    }
}

const TELLING: [Stage; 4] = [Stage::Announce, Stage::Change, Stage::Cancel, Stage::Complete];

/// Whoever is told of a change is told another thing than before.
fn a_change_tells_a_change(messages: &[Message]) {
    for message in messages.iter().filter(|message| message.key.stage == Stage::Change) {
        let before = message.before.as_ref().expect("a change has a before");
        assert_ne!(before, &message.material, "nothing changed: {message:?}");
    }
    let mut keys = BTreeSet::new();
    assert!(messages.iter().all(|message| keys.insert(&message.key)), "a key twice");
}

/// Whoever was told of a maintenance, and was never refused, in doubt or kept from it by a person, was last told of what
/// stands, where it was still ahead when all was let go.
fn readers_know_what_holds(course: &Course, app: &App, messages: &[Message], copies: &[Reached<'_>]) {
    let let_go = course.let_go.borrow().expect("it came to rest");
    let inventory = app.inventory().expect("applied");
    for maintenance in app.store.maintenances(&MaintenanceFilter::default()).expect("readable") {
        let state = maintenance.latest();
        let over = matches!(state.status, Status::Cancelled | Status::Completed);
        if over || state.windows.iter().any(|window| window.interval.start() <= let_go) {
            continue;
        }
        // Whom it touches: `EX-1` is circuit-1.
        let named: Vec<String> = state.objects.iter().map(|object| object.name.replace("EX-", "circuit-")).collect();
        let touched = inventory
            .customers
            .values()
            .filter(|customer| customer.uses.iter().any(|asset| named.iter().any(|name| name == asset.as_str())));
        let contacts: BTreeSet<&str> =
            touched.flat_map(|customer| &customer.contacts).map(|contact| contact.email.as_str()).collect();
        let mut by_reader: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
        for message in messages.iter().filter(|message| message.key.cause.id() == maintenance.id.as_str()) {
            by_reader.entry(&message.to.email).or_default().push(message);
        }
        for (reader, of) in by_reader.into_iter().filter(|(reader, _)| contacts.contains(reader)) {
            let kept_away = of.iter().any(|message| {
                let dead = [MessageState::Failed, MessageState::Cancelled, MessageState::Suppressed];
                message.maybe_duplicate || dead.contains(&message.state)
            });
            // In the order of arrival, since the clock may have been set back.
            let told =
                copies.iter().rev().map(|copy| copy.message).find(|message| {
                    TELLING.contains(&message.key.stage) && of.iter().any(|other| other.id == message.id)
                });
            let Some(last) = told.filter(|_| !kept_away) else { continue };
            if last.material.is_empty() {
                continue;
            }
            let stand: Vec<_> = state.windows.iter().map(|window| window.interval).collect();
            let told: Vec<_> = last.material.windows.iter().map(|window| window.interval).collect();
            assert_eq!((told, last.material.status), (stand, Some(state.status)), "{reader} knows otherwise: {last:?}");
        }
    }
}

fn run(house: &Rc<House>, seed: u64) -> (usize, usize, usize) {
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
        check(&course);
    }));
    if let Err(panic) = tried {
        println!("course {seed}:\n  {}", course.told.borrow().join("\n  "));
        std::panic::resume_unwind(panic);
    }
    let arrived = course.relay.arrived().len();
    let marked = course.messages().iter().filter(|message| message.maybe_duplicate).count();
    let deaths = *course.deaths.borrow();
    (arrived, marked, deaths)
}

#[test]
fn whatever_happens_every_message_is_accepted_or_reported_and_none_is_doubled_in_silence() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().expect("a number"));
    let (first, courses) = (number("PROPTEST_RNG_SEED", 0), number("INWINDOW_MODEL_COURSES", 25));
    let house = Rc::new(House::new());
    let mut sums = (0, 0, 0);
    for seed in first..first + courses {
        let (arrived, marked, deaths) = run(&house, seed);
        sums = (sums.0 + arrived, sums.1 + marked, sums.2 + deaths);
    }
    println!("{courses} courses: {} mails arrived, {} messages in doubt, {} deaths", sums.0, sums.1, sums.2);
    assert!(sums.0 > 0 && sums.2 > 0, "nothing happened");
}
