//! The world: who sends what when, and whom it touches.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

use super::Scale;

/// Customers that need each object of a vendor, about.
const CUSTOMERS_OF_OBJECT: usize = 8;

/// Days after the last notice in which everything comes to its end.
const TAIL: i64 = 40;

/// Every so many days the relay is away …
const AWAY_EVERY: i64 = 30;

/// … for so many hours.
const AWAY_HOURS: i64 = 6;

/// Numbers that look drawn and are the same in every run (Knuth's multiplier of 64 bits).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(bound).expect("a bound")).expect("below an i64")
    }
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Confirmed,
    Cancelled,
    Completed,
}

/// One notice about a work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) sequence: u32,
    pub(super) says: Says,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    /// When the vendor wrote it.
    pub(super) stamp: DateTime<Utc>,
}

/// A piece of vendor work, as its vendor tells of it.
pub(super) struct Work {
    pub(super) object: usize,
    pub(super) steps: Vec<Step>,
}

/// A mail that comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) work: usize,
    step: usize,
}

pub(super) struct World {
    vendors: usize,
    customers: usize,
    pub(super) objects: usize,
    days: i64,
    pub(super) works: Vec<Work>,
    pub(super) events: Vec<Event>,
}

/// The first day: a year with a clock change in spring and autumn.
fn first_day() -> DateTime<Utc> {
    "2027-01-01T00:00:00Z".parse().expect("an instant")
}

/// Whether the relay is away: from the eleventh hour of each thirtieth day on.
pub(super) fn relay_is_away(begin: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let hours = (now - begin).num_hours();
    let (day, hour) = (hours / 24, hours % 24);
    day % AWAY_EVERY == AWAY_EVERY / 2 && (11..11 + AWAY_HOURS).contains(&hour)
}

impl World {
    pub(super) fn made(scale: &Scale) -> Self {
        let objects = (scale.customers / CUSTOMERS_OF_OBJECT).max(scale.vendors);
        let mut world = Self {
            vendors: scale.vendors,
            customers: scale.customers,
            objects,
            days: scale.days,
            works: Vec::new(),
            events: Vec::new(),
        };
        let mut drawn = Drawn(1);
        while world.events.len() < scale.notices {
            world.add_work(&mut drawn);
        }
        world.events.sort_by_key(|event| (event.at, event.work, event.step));
        world
    }

    pub(super) fn begin() -> DateTime<Utc> {
        first_day()
    }

    pub(super) fn end(&self) -> DateTime<Utc> {
        first_day() + TimeDelta::days(self.days + TAIL)
    }

    /// Six of ten are announced and completed, two moved as well, one cancelled, one only worded anew; one mail in ten
    /// comes twice, and of the moved ones each fifth move overtakes the announcement.
    fn add_work(&mut self, drawn: &mut Drawn) {
        let number = self.works.len();
        let object = usize::try_from(drawn.below(i64::try_from(self.objects).expect("few"))).expect("few");
        let announced = first_day() + TimeDelta::minutes(drawn.below(self.days * 24 * 60));
        let day = TimeDelta::days(3 + drawn.below(27));
        let start = midnight(announced + day) + TimeDelta::hours(drawn.below(24));
        let length = TimeDelta::hours(1 + drawn.below(6));
        let step = |sequence, says, start, stamp| Step { sequence, says, start, end: start + length, stamp };
        let mut steps = vec![step(0, Says::Confirmed, start, announced)];
        let later = announced + TimeDelta::hours(2 + drawn.below(40));
        let moved = start + TimeDelta::hours(24 * (1 + drawn.below(5)));
        let kind = drawn.below(10);
        let held = match kind {
            0..6 => start,
            6 | 7 => {
                steps.push(step(1, Says::Confirmed, moved, later));
                moved
            }
            8 => {
                steps.push(step(1, Says::Cancelled, start, later));
                start
            }
            _ => {
                steps.push(step(1, Says::Confirmed, start, later));
                start
            }
        };
        if kind != 8 {
            let sequence = u32::try_from(steps.len()).expect("few");
            steps.push(step(sequence, Says::Completed, held, held + length + TimeDelta::minutes(drawn.below(180))));
        }
        let overtakes = matches!(kind, 6 | 7) && drawn.below(5) == 0;
        for (place, step) in steps.iter().enumerate() {
            let at = if overtakes && place == 0 { later + TimeDelta::hours(2) } else { step.stamp };
            self.events.push(Event { at, work: number, step: place });
            if drawn.below(10) == 0 {
                self.events.push(Event { at: at + TimeDelta::minutes(5), work: number, step: place });
            }
        }
        self.works.push(Work { object, steps });
    }

    /// The customers that need an object: each server needs one, and one in ten another as well.
    pub(super) fn customers_of(&self, object: usize) -> Vec<String> {
        let own = (object..self.customers).step_by(self.objects);
        let seconds = (0..self.customers).step_by(10).filter(|customer| self.second(*customer) == object);
        let mut customers: Vec<usize> = own.chain(seconds).collect();
        customers.sort_unstable();
        customers.dedup();
        customers.into_iter().map(|customer| format!("c-{customer}")).collect()
    }

    fn second(&self, customer: usize) -> usize {
        (customer * 7 + 3) % self.objects
    }

    pub(super) fn inventory(&self) -> String {
        let zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"];
        let languages = ["en", "de", "nl", "fr"];
        let mut text = String::new();
        for vendor in 0..self.vendors {
            let _ = writeln!(text, "[[vendor]]\nid = \"v-{vendor}\"\nzone = \"UTC\"");
        }
        for object in 0..self.objects {
            let vendor = object % self.vendors;
            let _ = writeln!(text, "[[asset]]\nid = \"o-{object}\"\nkind = \"circuit\"\nvendor = \"v-{vendor}\"");
        }
        for customer in 0..self.customers {
            let second = if customer % 10 == 0 { format!(", \"o-{}\"", self.second(customer)) } else { String::new() };
            let second = if self.second(customer) == customer % self.objects { String::new() } else { second };
            let _ = writeln!(
                text,
                "[[asset]]\nid = \"s-{customer}\"\nkind = \"server\"\nneeds = [\"o-{}\"{second}]\n\
                 [[customer]]\nid = \"c-{customer}\"\nuses = [\"s-{customer}\"]\n\
                 [[customer.contact]]\nemail = \"ops@c-{customer}.example\"\nzone = \"{}\"\nlanguage = \"{}\"",
                customer % self.objects,
                zones[customer % zones.len()],
                languages[customer % languages.len()],
            );
        }
        text
    }

    /// The mail of an event: a MAINTNOTE.
    pub(super) fn mail(&self, event: &Event) -> Vec<u8> {
        let work = &self.works[event.work];
        let Step { sequence, says, start, end, stamp } = work.steps[event.step];
        let (object, vendor) = (work.object, work.object % self.vendors);
        let status = match says {
            Says::Confirmed => "CONFIRMED",
            Says::Cancelled => "CANCELLED",
            Says::Completed => "COMPLETED",
        };
        let time = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ");
        let (reference, date) = (self.reference(event.work), stamp.to_rfc2822());
        format!(
            "From: NOC <noc@v-{vendor}.example>\r\nTo: noc@operator.test\r\nSubject: {status} {reference}\r\n\
             Date: {date}\r\nMessage-ID: <{reference}-{sequence}@v-{vendor}.example>\r\n\
             Content-Type: text/calendar; charset=utf-8\r\n\r\n\
             BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//made up//EN\r\nBEGIN:VEVENT\r\nUID:{reference}@v-{vendor}.example\r\n\
             DTSTAMP:{}\r\nDTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Fibre work {sequence}\r\nSEQUENCE:{sequence}\r\n\
             X-MAINTNOTE-PROVIDER:v-{vendor}\r\nX-MAINTNOTE-ACCOUNT:1\r\nX-MAINTNOTE-MAINTENANCE-ID:{reference}\r\n\
             X-MAINTNOTE-OBJECT-ID:o-{object}\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\nX-MAINTNOTE-STATUS:{status}\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n",
            time(stamp),
            time(start),
            time(end),
        )
        .into_bytes()
    }

    /// The vendor's reference of a work.
    #[allow(clippy::unused_self, reason = "the names are the world's")]
    pub(super) fn reference(&self, work: usize) -> String {
        format!("CHG-{work:07}")
    }

    /// When the last word about the window came in, of those that state it so.
    pub(super) fn known_at(&self) -> Vec<DateTime<Utc>> {
        let mut known = vec![DateTime::<Utc>::MAX_UTC; self.works.len()];
        for event in &self.events {
            let work = &self.works[event.work];
            let (step, last) = (work.steps[event.step], work.last_confirmed());
            if step.says == Says::Confirmed && step.start == last.start {
                known[event.work] = known[event.work].min(event.at);
            }
        }
        known
    }
}

impl Work {
    /// The newest word that states the window.
    pub(super) fn last_confirmed(&self) -> Step {
        *self.steps.iter().rfind(|step| step.says == Says::Confirmed).expect("every work is announced")
    }

    /// What became of it, and when that was written.
    pub(super) fn outcome(&self) -> Step {
        *self.steps.last().expect("every work is announced")
    }
}

fn midnight(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
}
