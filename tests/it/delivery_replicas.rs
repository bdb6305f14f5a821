//! Several `inwindow run` on one PostgreSQL, of which any is killed at any moment, as is the database: each notice is read
//! once, and each message arrives or is reported; twice only where an attempt was in doubt, with the same bytes, and never
//! after its moment.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::time::Clock as _;
use serde_json::Value;

use crate::cli::{NOW, Place};
use crate::delivery::{NOTICE, prepared};
use crate::delivery_kill::{draw, kill, let_pass, number};
use crate::moved::Moved;
use crate::postgres::Server;
use crate::relay::{Arrived, FakeRelay, Mood, Pace};
use crate::run::{signal, until};

/// Processes that share the work.
const REPLICAS: usize = 3;

/// Connections to the relay of each. Of each at most two mails are in doubt after it is killed: the one that it sends and the
/// next.
const CONNECTIONS: usize = 2;

/// Longest between two misfortunes.
const SPREAD: Duration = Duration::from_millis(900);

/// Misfortunes of a spell, between which the clock stands still.
const MISFORTUNES: usize = 3;

/// Spells of a house. Planning looks at all that lies ahead: with many more, a program that is not optimised would hardly
/// come to sending between two misfortunes.
const SPELLS: usize = 4;

/// From one spell to the next: leases of the killed have run out (of a mail on its way after 25.5 minutes).
const SPELL: TimeDelta = TimeDelta::minutes(30);

/// Every third notice is of work that begins so soon after it: what is put off too often misses its moment.
const SOON: TimeDelta = TimeDelta::minutes(75);

/// The others are of work far ahead.
const FAR: TimeDelta = TimeDelta::days(60);

/// What came of it.
#[derive(Default)]
struct Tally {
    kills: usize,
    crashes: usize,
    mails: usize,
    doubles: usize,
    marked: usize,
    missed: usize,
}

/// What the processes share, and the processes.
struct House {
    server: Server,
    relay: FakeRelay,
    clock: Moved,
    place: Place,
    replicas: Vec<Child>,
    recipients: Vec<String>,
    /// When the work begins that was announced far ahead, at another minute each.
    far: Vec<DateTime<Utc>>,
    notices: usize,
    seed: usize,
    drawn: usize,
    tally: Tally,
}

impl House {
    fn new(seed: usize, recipients: usize) -> Self {
        let (server, clock) = (Server::start(), Moved::at(NOW));
        let relay = FakeRelay::drawing(seed as u64, clock.clone());
        let recipients: Vec<String> = (0..recipients).map(|number| format!("ok-{number}@customer.test")).collect();
        let settings =
            format!("connections = {CONNECTIONS}\nbounces_to = \"bounces@noc.test\"\nanswer_within = \"5 s\"");
        let rest = format!(
            "[policy]\napproval = \"off\"\nbulk-limit = 100000\nreminders = []\n[store]\nurl = \"{}\"\n\
             [[source]]\nname = \"drop\"\nkind = \"folder\"\npath = \"../drop\"\npoll_every = \"1 s\"\n",
            server.url
        );
        let place = prepared(&relay, &recipients, &settings, &rest);
        std::fs::create_dir(place.path("drop")).expect("made");
        let (replicas, far, tally) = (Vec::new(), Vec::new(), Tally::default());
        let mut house =
            Self { server, relay, clock, place, replicas, recipients, far, notices: 0, seed, drawn: 0, tally };
        house.set_clock(NOW.parse().expect("an instant"));
        house
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.drawn += 1;
        draw(self.seed, self.drawn, below)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn set_clock(&mut self, now: DateTime<Utc>) {
        self.clock.to(now);
        let place = std::mem::replace(&mut self.place, Place::new());
        self.place = place.at(&now.to_rfc3339());
    }

    /// A notice comes; when its work begins.
    fn hear(&mut self, ahead: TimeDelta) -> DateTime<Utc> {
        self.notices += 1;
        let (reference, start) = (format!("EX-{}", self.notices), self.now() + ahead);
        let utc = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
        let notice = NOTICE
            .replace("MAINTENANCE-ID:EX-1", &format!("MAINTENANCE-ID:{reference}"))
            .replace("UID:1@", &format!("UID:{reference}@"))
            .replace("20170327T230000Z", &utc(start))
            .replace("20170328T030000Z", &utc(start + TimeDelta::hours(4)));
        self.place.write("coming.ics", notice);
        let there = self.place.path(&format!("drop/{reference}.ics"));
        std::fs::rename(self.place.path("coming.ics"), there).expect("moved");
        if ahead >= FAR {
            self.far.push(start);
        }
        start
    }

    fn spawn(&self) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.place.path("log")).expect("made");
        self.place.command(&["run", "-o", "ndjson"]).stdout(Stdio::null()).stderr(log).spawn().expect("started")
    }

    /// One that is away, or the database, at some moment.
    fn misfortune(&mut self) {
        let after = SPREAD * u32::try_from(self.draw(1000)).expect("small") / 1000;
        if self.draw(3) == 0 {
            let_pass(after);
            self.server.crash();
            self.tally.crashes += 1;
        } else {
            let which = usize::try_from(self.draw(REPLICAS as u64)).expect("small");
            self.tally.kills += usize::from(kill(&mut self.replicas[which], after));
            self.replicas[which] = self.spawn();
        }
    }

    /// All are told to end, and do.
    fn end(&mut self) {
        for child in &self.replicas {
            signal(child, "TERM");
        }
        for mut child in self.replicas.drain(..) {
            let status = child.wait().expect("ended");
            // One that had only just been started may have been told before it could heed it, or have found no database.
            let early = status.signal() == Some(15) || status.code() == Some(4);
            assert!(
                status.success() || early,
                "{status}\n{}",
                std::fs::read_to_string(self.place.path("log")).expect("readable")
            );
        }
    }

    /// Half an hour's work with misfortunes.
    fn spell(&mut self, number: usize) {
        self.set_clock(self.now() + SPELL);
        self.hear(if number % 3 == 1 { SOON } else { FAR });
        self.relay.set_mood(Mood::Any, Pace::AtOnce);
        self.replicas = (0..REPLICAS).map(|_| self.spawn()).collect();
        (0..MISFORTUNES).for_each(|_| self.misfortune());
        let_pass(SPREAD / 2);
        self.end();
    }

    /// The database crashes while nobody is killed: all go on by themselves, and what comes afterwards is read and sent.
    fn recover(&mut self) {
        self.set_clock(self.now() + SPELL);
        self.relay.set_mood(Mood::Good, Pace::AtOnce);
        self.replicas = (0..REPLICAS).map(|_| self.spawn()).collect();
        for crash in 0..2 {
            let start = self.hear(FAR + TimeDelta::minutes(crash));
            until("a notice is read and its mails go out", || told_of(start, &self.outbox()) == self.recipients.len());
            self.server.crash();
            self.tally.crashes += 1;
        }
        self.end();
    }

    fn outbox(&self) -> Vec<Value> {
        self.place.rows(&["outbox", "list", "--all"])
    }

    /// The rest goes out, and what was put off.
    fn settle(&mut self) {
        for _ in 0..40 {
            self.set_clock(self.now() + SPELL);
            self.place.run(&["import"]);
            self.place.run(&["send"]);
            if self.place.rows(&["outbox", "list"]).is_empty() {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    fn check(&mut self) {
        assert_eq!(self.place.rows(&["list", "notices"]).len(), self.notices, "each is read once");
        let outbox = self.outbox();
        let arrived = self.relay.arrived();
        let mut copies: BTreeMap<String, Vec<&Arrived>> = BTreeMap::new();
        for mail in &arrived {
            let id = mail.from.strip_prefix("bounces+").and_then(|from| from.strip_suffix("@noc.test")).expect("an id");
            copies.entry(id.to_owned()).or_default().push(mail);
        }
        for row in &outbox {
            let copies = copies.remove(row["id"].as_str().expect("an id")).unwrap_or_default();
            self.check_message(row, &copies);
        }
        assert!(copies.is_empty(), "nobody planned them: {:?}", copies.keys());
        let unanswered = arrived.iter().filter(|mail| !mail.answered).count();
        let in_doubt = unanswered + 2 * CONNECTIONS * (self.tally.kills + REPLICAS * self.tally.crashes);
        assert!(self.tally.doubles <= in_doubt, "{} twice, and {in_doubt} in doubt", self.tally.doubles);
        for start in &self.far {
            assert_eq!(told_of(*start, &outbox), self.recipients.len(), "not everybody was told of {start}");
        }
        self.tally.mails += outbox.len();
    }

    /// Accepted, or with the reason why not; twice where it says so.
    fn check_message(&mut self, row: &Value, copies: &[&Arrived]) {
        let (accepted, marked) = (row["state"] == "accepted", row["maybe_duplicate"] == true);
        assert!(["accepted", "skipped"].contains(&row["state"].as_str().expect("a state")), "{row}");
        assert!(!row["reason"].as_str().expect("a reason").is_empty(), "{row}");
        assert!(!accepted || !copies.is_empty(), "it never arrived: {row}");
        assert!(copies.is_empty() || accepted || marked, "it arrived, and nobody knows: {row}");
        assert!(copies.len() < 2 || marked, "{} times in silence: {row}", copies.len());
        assert!(
            copies.iter().all(|copy| copy.bytes == copies[0].bytes && copy.to == copies[0].to),
            "other bytes: {row}"
        );
        let not_after = row["not_after"].as_str().map(|at| at.parse::<DateTime<Utc>>().expect("an instant"));
        for copy in copies {
            assert!(not_after.is_none_or(|not_after| copy.at.expect("a time") < not_after), "too late: {row}");
        }
        self.tally.doubles += copies.len().saturating_sub(1);
        self.tally.marked += usize::from(marked);
        self.tally.missed += usize::from(copies.is_empty());
    }
}

/// Where a law was broken, nothing goes on behind it.
impl Drop for House {
    fn drop(&mut self) {
        for child in &mut self.replicas {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How many readers the relay took a mail to about the work that begins then.
fn told_of(start: DateTime<Utc>, outbox: &[Value]) -> usize {
    let starts =
        |row: &Value| row["material"]["windows"][0]["interval"]["start"].as_str()?.parse::<DateTime<Utc>>().ok();
    let about = outbox.iter().filter(|row| row["state"] == "accepted" && starts(row) == Some(start));
    about.filter_map(|row| row["to"]["email"].as_str()).collect::<BTreeSet<_>>().len()
}

/// One house's spells, and what came of them.
fn round(seed: usize, recipients: usize, sum: &mut Tally) {
    let mut house = House::new(seed, recipients);
    (0..SPELLS).for_each(|number| house.spell(number));
    house.recover();
    house.settle();
    house.check();
    sum.kills += house.tally.kills;
    sum.crashes += house.tally.crashes;
    sum.mails += house.tally.mails;
    sum.doubles += house.tally.doubles;
    sum.marked += house.tally.marked;
    sum.missed += house.tally.missed;
}

#[test]
fn replicas_and_their_database_killed_at_any_moment_lose_no_mail_and_double_none_in_silence() {
    let (rounds, recipients) = (number("INWINDOW_TEST_REPLICA_ROUNDS", 1), number("INWINDOW_TEST_REPLICA_MAILS", 100));
    let seed = number("PROPTEST_RNG_SEED", 0);
    let mut sum = Tally::default();
    (0..rounds).for_each(|number| round(seed + number, recipients, &mut sum));
    let Tally { kills, crashes, mails, doubles, marked, missed } = sum;
    println!(
        "{kills} replicas killed and {crashes} crashes of the database over {mails} messages: {marked} marked as perhaps \
         sent twice, {doubles} were; {missed} missed their moment and say so"
    );
    assert!(kills > 0 && crashes > 0, "nothing happened");
}
