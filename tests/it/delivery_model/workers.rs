//! Workers that send and plan: they die, stand still, and meet each other.

use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use chrono::TimeDelta;
use inwindow::app::AppError;
use inwindow::plan::Approval;
use inwindow::time::Clock as _;

use super::{AT_A_TIME, Course, Place};
use crate::frail_store::{Death, FrailStore, Gap, Since, between, nothing_between};
use crate::relay::{Mood, Pace};

/// What happens while a worker sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Nothing.
    Nothing,
    /// Something else, at once.
    Something,
    /// It stands still for longer than its leases last, and another worker sends; then it goes on.
    ThoughtDead,
}

/// Drawn from.
pub const MEANWHILE: [Meanwhile; 4] =
    [Meanwhile::Nothing, Meanwhile::Nothing, Meanwhile::Something, Meanwhile::ThoughtDead];

impl Course {
    /// A worker sends. It may die at it, and something else may happen meanwhile.
    pub fn send(self: &Rc<Self>, place: Place, meanwhile: Meanwhile, dies_since: Since) {
        let nested = place == Place::Between;
        // The last worker is nobody's who sends: it is what people type.
        let worker = usize::from(nested);
        let (death, mood) = self.draw_fate(place, dies_since);
        self.tell(format!("worker {worker} sends; relay {mood:?}, death {death:?}, meanwhile {meanwhile:?}"));
        self.revive(worker, death);
        // The clock stands while a second worker is at it: what it has under way must not see another time.
        self.relay.set_mood(mood, if nested { Pace::AtOnce } else { Pace::Slow });
        let port = if mood == Mood::Away { 1 } else { self.relay.port };
        self.house.workers[worker].borrow_mut().settings.config.transport = Self::transport(port);
        self.arrange(meanwhile, mood);
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

    /// Whether a worker dies, and how the relay is minded.
    fn draw_fate(&self, place: Place, dies_since: Since) -> (Option<Death>, Mood) {
        let mut draws = self.draws.borrow_mut();
        let (dies, call, moods) = match dies_since {
            Since::Opened => {
                let dies = draws.one_in(if place == Place::Between { 2 } else { 3 });
                (dies, draws.below(60) + 1, [Mood::Good, Mood::Any, Mood::Any, Mood::Harsh, Mood::Away])
            }
            // Mostly when the mail may have arrived, and nothing is said of it yet.
            Since::HandedOver => {
                (!draws.one_in(3), draws.below(5) + 2, [Mood::Good, Mood::Good, Mood::Good, Mood::Any, Mood::Harsh])
            }
        };
        let call = usize::try_from(call).expect("small");
        let death = Death { since: dies_since, call, done: draws.one_in(2) };
        (dies.then_some(death), draws.of(&moods))
    }

    /// Has something happen while worker 0 sends, between two of its steps.
    fn arrange(self: &Rc<Self>, meanwhile: Meanwhile, mood: Mood) {
        let (after, gap) = match meanwhile {
            Meanwhile::Nothing => return,
            Meanwhile::Something => (self.below(60), Gap::Any),
            // Before the mails are written, before the first is handed over, before it is settled.
            Meanwhile::ThoughtDead => (self.draws.borrow_mut().of(&[0, 1, 1, 1, 2]), Gap::Holding),
        };
        let (course, after) = (Rc::clone(self), usize::try_from(after).expect("small"));
        let happens = move || {
            course.relay.set_mood(mood, Pace::AtOnce);
            if meanwhile == Meanwhile::ThoughtDead {
                course.stand_still();
            } else {
                course.happen(Place::Between);
            }
            course.relay.set_mood(mood, Pace::Slow);
        };
        between(after, gap, Box::new(happens));
    }

    /// Worker 0 stands still: its leases run out, and another takes them over. What that one leaves undone is not made good
    /// before the first goes on.
    fn stand_still(self: &Rc<Self>) {
        let minutes = self.draws.borrow_mut().of(&[6, 31, 90, 240]);
        self.clock.by(TimeDelta::minutes(minutes));
        *self.late.borrow_mut() += 1;
        self.tell(format!("worker 0 stood still for {minutes} minutes"));
        self.send(Place::Between, Meanwhile::Nothing, Since::HandedOver);
    }

    /// Two find at once that there is something to plan. The first may not even heed that the other was quicker: then it is
    /// the key alone by which no message is planned twice.
    pub fn plan_at_once(self: &Rc<Self>) {
        self.hear();
        let lead = format!("{}h", self.below(40) + 1);
        self.set_policy(&[&lead], Approval::Off);
        let (now, heedless) = (self.clock.now(), self.draws.borrow_mut().one_in(2));
        self.tell(if heedless { "two plan at once, and one heeds nothing" } else { "two plan at once" });
        let course = Rc::clone(self);
        let other = move || {
            course.house.workers[1].borrow_mut().plan(now).expect("planned");
        };
        if heedless {
            self.house.workers[0].borrow_mut().store = Box::new(FrailStore::heedless(&self.home, now));
        }
        between(0, Gap::BeforeCommit, Box::new(other));
        self.house.workers[0].borrow_mut().plan(now).expect("planned");
        nothing_between();
        self.revive(0, None);
    }
}
