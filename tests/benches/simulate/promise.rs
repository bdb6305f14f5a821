//! What was promised, held against what arrived. The promises are told anew from the world, without a word of the planner.

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::app::App;
use inwindow::inventory::Stage;
use inwindow::maintenance::Maintenance;
use inwindow::plan::{Cause, Message, MessageState, message_id};

use super::world::{Says, Step, World};
use super::{Report, sink};

/// The leads of the default policy.
const LEADS: [TimeDelta; 4] = [TimeDelta::days(7), TimeDelta::hours(72), TimeDelta::hours(24), TimeDelta::hours(1)];

/// The promises, and how they were kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// A customer is to know the window before it begins; that it was cancelled; that it is over; and each reminder.
    pub promised: usize,
    /// The mail arrived in time.
    pub arrived: usize,
    /// It did not, and the store says why.
    pub with_reason: usize,
    /// Mails that arrived, and those that did twice.
    pub mails: usize,
    pub twice: usize,
}

impl Kept {
    pub fn text(&self) -> String {
        format!(
            "{} promises: {} mails arrived in time, {} did not and have their reason; of {} mails {} arrived twice",
            self.promised, self.arrived, self.with_reason, self.mails, self.twice
        )
    }
}

pub(super) fn check(world: &World, app: &App, file: &Path, report: &mut Report) {
    let arrived = sink::arrived(file).expect("readable");
    let secret = app.store.secret().expect("readable");
    let known = world.known_at();
    let mut seen = 0;
    for (number, work) in world.works.iter().enumerate() {
        let reference = world.reference(number);
        let maintenance = app.store.maintenance(&reference).expect("readable");
        let Some(maintenance) = maintenance else {
            report.broken.push(format!("{reference} is not known"));
            continue;
        };
        let messages =
            app.store.messages_of_causes(&[Cause::Maintenance(maintenance.id.clone())]).expect("readable").concat();
        let mut of_contact: HashMap<String, Vec<Told>> = HashMap::new();
        for message in messages {
            let id = sink::id_of(&message_id(&message.key, &secret, &app.settings.config.domain));
            let came = arrived.get(&id).map_or(&[][..], Vec::as_slice);
            seen += came.len();
            sound(&message, came, world.end(), report);
            let came = came.iter().min().and_then(|at| DateTime::from_timestamp_micros(*at));
            of_contact.entry(message.key.contact.clone()).or_default().push(Told { message, came });
        }
        for customer in world.customers_of(work.object) {
            let contact = format!("ops@{customer}.example/{customer}");
            let told = of_contact.get(&contact).map_or(&[][..], Vec::as_slice);
            promises(
                &maintenance,
                (&reference, &contact),
                (work.last_confirmed(), work.outcome()),
                known[number],
                told,
                report,
            );
        }
    }
    report.kept.mails = arrived.values().map(Vec::len).sum();
    report.kept.twice = arrived.values().filter(|came| came.len() > 1).count();
    if seen != report.kept.mails {
        report.broken.push(format!("{} mails arrived that no message is of", report.kept.mails - seen));
    }
}

/// A message, and when its mail arrived.
struct Told {
    message: Message,
    came: Option<DateTime<Utc>>,
}

/// What holds for every message, whatever it says.
fn sound(message: &Message, came: &[i64], end: DateTime<Utc>, report: &mut Report) {
    let mut broken = |what: &str| report.broken.push(format!("{} ({}): {what}", message.id, message.state));
    let accepted = message.state == MessageState::Accepted;
    if accepted == came.is_empty() {
        broken("what the store says and what the relay got differ");
    }
    if came.len() > 1 && !message.maybe_duplicate {
        broken("it arrived twice and is not marked");
    }
    if let (Some(not_after), Some(last)) = (message.not_after, came.iter().max())
        && *last >= not_after.timestamp_micros()
    {
        broken("it arrived after its moment");
    }
    let upcoming = matches!(message.key.stage, Stage::Announce | Stage::Reminder);
    let starts = message.material.windows.iter().map(|window| window.interval.start()).max();
    if let (true, Some(start), Some(last)) = (upcoming, starts, came.iter().max())
        && *last >= start.timestamp_micros()
    {
        broken("it tells of something ahead that had begun");
    }
    if message.reason.is_empty() {
        broken("it has no reason");
    }
    if message.state.is_pending() && message.due_at < end {
        broken("it was due and still waits");
    }
}

/// What one customer was promised of one work.
fn promises(
    maintenance: &Maintenance,
    (reference, contact): (&str, &str),
    (window, outcome): (Step, Step),
    known: DateTime<Utc>,
    told: &[Told],
    report: &mut Report,
) {
    let states = |told: &Told| {
        told.message
            .material
            .windows
            .iter()
            .any(|w| w.interval.start() == window.start && w.interval.end() == window.end)
    };
    let mut promise = |what: &str, before: Option<DateTime<Utc>>, is_it: &dyn Fn(&Told) -> bool| {
        report.kept.promised += 1;
        let mut candidates = told.iter().filter(|told| is_it(told)).peekable();
        let none = candidates.peek().is_none();
        if told
            .iter()
            .filter(|told| is_it(told))
            .any(|told| told.came.is_some_and(|came| before.is_none_or(|before| came < before)))
        {
            report.kept.arrived += 1;
        } else if none {
            report.broken.push(format!("{reference} {contact} ({}): no message {what}", maintenance.id));
        } else {
            report.kept.with_reason += 1;
        }
    };
    let stage = |told: &Told| told.message.key.stage;
    promise("tells the window", Some(window.start), &|told| {
        states(told) && matches!(stage(told), Stage::Announce | Stage::Change)
    });
    match outcome.says {
        Says::Cancelled => {
            // Nothing is taken back where nothing had arrived.
            if told.iter().any(|told| told.came.is_some()) {
                promise("tells that it was cancelled", None, &|told| stage(told) == Stage::Cancel);
            }
            return;
        }
        Says::Completed => promise("tells that it is over", None, &|told| stage(told) == Stage::Complete),
        Says::Confirmed => {}
    }
    for lead in LEADS {
        let due = window.start - lead;
        // One due while the news of the window is on its way is none: the news says it.
        if due > known + TimeDelta::hours(7) {
            promise(&format!("reminds {} h before", lead.num_hours()), Some(window.start), &|told| {
                states(told) && stage(told) == Stage::Reminder && told.message.due_at == due
            });
        }
    }
}
