//! Laws that hold whatever happens, tried on random courses of events.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::standing::{occurrence, upcoming, whole};
use super::world::{World, asset_id, inventory, says, utc, window};
use crate::inventory::{Customer, Stage};
use crate::names::CustomerId;
use crate::notice::{Announcement, Status};
use crate::plan::draft::root;
use crate::plan::{
    Approval, Cause, Fall, Lead, Material, MaterialWindow, Message, MessageState, StandingMails, Upcoming, Worth,
};
use crate::window::{Impact, Role, StatedObject};

/// What can happen between two rounds of planning.
#[derive(Debug, Clone)]
enum Event {
    /// A notice: status, window starts in hours from the epoch of the test with lengths, impact, as baseline or not.
    Hear { status: Status, windows: Vec<(i64, i64)>, impact: Impact, baseline: bool },
    /// So many minutes pass.
    Wait(i64),
    /// Everything due is delivered.
    Send,
    /// A worker takes what is due and is never heard of again.
    Lease,
    /// A worker that leased something got no answer.
    LoseAnswer,
    /// The relay refuses, or a person takes back, one pending message.
    End(usize, MessageState),
    /// A person approves everything.
    Approve,
    /// acme's contact leaves, or comes back.
    Contact,
    /// acme uses one server less, or again.
    Uses,
    /// Standing windows as they are in the files now, and what is written of them: starts in hours, a rule, and which
    /// asset a notice takes over. What was told before and is not among them is gone.
    Standing { mails: StandingMails, starts: Vec<i64>, rule: &'static str, taken: Option<&'static str> },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let status = prop::sample::select(vec![
        Status::Tentative,
        Status::Confirmed,
        Status::Confirmed,
        Status::Cancelled,
        Status::InProcess,
        Status::Completed,
        Status::Rescheduled,
    ]);
    let impact = prop::sample::select(Impact::ALL.to_vec());
    let windows = prop::collection::vec((0_i64..300, 1_i64..30), 0..3);
    let dead = prop::sample::select(vec![
        MessageState::Failed,
        MessageState::Bounced,
        MessageState::Cancelled,
        MessageState::Held,
        MessageState::Suppressed,
    ]);
    let mails = prop::sample::select(vec![StandingMails::Never, StandingMails::First, StandingMails::Each]);
    let starts = prop::collection::vec((0_i64..40).prop_map(|day| day * 8), 0..4);
    let event = prop_oneof![
        4 => (status, windows, impact, prop::bool::weighted(0.15))
            .prop_map(|(status, windows, impact, baseline)| Event::Hear { status, windows, impact, baseline }),
        3 => (1_i64..3000).prop_map(Event::Wait),
        3 => Just(Event::Send),
        1 => Just(Event::Lease),
        1 => Just(Event::LoseAnswer),
        1 => (0_usize..20, dead).prop_map(|(index, state)| Event::End(index, state)),
        2 => Just(Event::Approve),
        1 => Just(Event::Contact),
        1 => Just(Event::Uses),
        2 => (mails, starts, prop::sample::select(vec!["by day", "by night"]), prop::option::of(Just("plus-02")))
            .prop_map(|(mails, starts, rule, taken)| Event::Standing { mails, starts, rule, taken }),
    ];
    prop::collection::vec(event, 1..14)
}

fn happen(world: &mut World, event: &Event) {
    let now = world.now;
    match event {
        Event::Hear { status, windows, impact, baseline } => {
            let origin = utc("2017-03-17T00:00:00Z");
            let windows = (1..).zip(windows).map(|(ordinal, (start, length))| {
                window(ordinal, origin + TimeDelta::hours(*start), origin + TimeDelta::hours(start + length))
            });
            let objects = vec![StatedObject { name: "feed-a".into(), impact: Some(*impact) }];
            let said = Announcement { windows: windows.collect(), objects, ..says(*status) };
            if *baseline { world.hear_as_baseline(said) } else { world.hear(said) }
        }
        Event::Wait(minutes) => world.now += TimeDelta::minutes(*minutes),
        Event::Send => {
            world.send();
        }
        Event::Lease => {
            let due = |m: &&mut Message| m.state == MessageState::Planned && m.due_at <= now;
            world.messages.iter_mut().filter(due).for_each(|m| m.state = MessageState::Leased);
        }
        Event::LoseAnswer => {
            for message in world.messages.iter_mut().filter(|m| m.state == MessageState::Leased) {
                (message.state, message.maybe_duplicate) = (MessageState::Planned, true);
            }
        }
        Event::End(index, state) => {
            let mut pending: Vec<_> = world.messages.iter_mut().filter(|m| m.state.is_pending()).collect();
            if let Some(message) = pending.get_mut(*index) {
                message.state = *state;
            }
        }
        Event::Approve => {
            let waiting = |m: &&mut Message| m.state == MessageState::AwaitingApproval;
            world.messages.iter_mut().filter(waiting).for_each(|m| m.state = MessageState::Planned);
        }
        Event::Contact => {
            let contacts = inventory().customers.remove(&acme()).map(|acme| acme.contacts).unwrap_or_default();
            edit(world, |acme| acme.contacts = if acme.contacts.is_empty() { contacts } else { Vec::new() });
        }
        Event::Uses => edit(world, |acme| match acme.uses.len() {
            1 => acme.uses.push(asset_id("plus-02")),
            _ => acme.uses.truncate(1),
        }),
        Event::Standing { mails, starts, rule, taken } => {
            world.policy.standing = *mails;
            world.standing = in_files(world, starts, rule, *taken);
        }
    }
}

/// The standing windows of those starts, and as gone what messages are about besides.
fn in_files(world: &World, starts: &[i64], rule: &str, taken: Option<&str>) -> Vec<Upcoming> {
    let origin = utc("2017-03-17T00:00:00Z");
    let starts: BTreeSet<String> =
        starts.iter().map(|hours| (origin + TimeDelta::hours(*hours)).to_rfc3339()).collect();
    let mut found: Vec<Upcoming> = starts.iter().map(|start| occurrence(start)).collect();
    let next = starts.iter().find(|start| utc(start) > world.now);
    found.extend(next.map(|next| whole(rule, next)));
    for one in &mut found {
        one.taken_over.extend(taken.map(asset_id));
    }
    let told: BTreeSet<_> = world.messages.iter().map(|message| &message.key.cause).collect();
    let is_standing = |cause: &Cause| cause.standing_window().is_some();
    let gone = told.into_iter().filter(|cause| is_standing(cause) && found.iter().all(|one| one.cause != **cause));
    let gone: Vec<_> = gone.map(|cause| upcoming(cause.clone(), Fall::Gone, None)).collect();
    found.extend(gone);
    found
}

fn acme() -> CustomerId {
    CustomerId::new("acme").expect("a test id")
}

/// A new version of the inventory, with acme changed.
fn edit(world: &mut World, change: impl FnOnce(&mut Customer)) {
    let mut inventory = world.inventory.clone();
    change(inventory.customers.get_mut(&acme()).expect("acme is there"));
    world.inventory = inventory;
}

/// What must hold after every round.
fn laws(world: &World) -> Result<(), TestCaseError> {
    let keys: BTreeSet<_> = world.messages.iter().map(|message| &message.key).collect();
    prop_assert_eq!(keys.len(), world.messages.len(), "keys are unique");
    for message in &world.messages {
        prop_assert_eq!(&message.key.id(), &message.id);
        prop_assert!(message.not_after.is_none_or(|not_after| message.due_at < not_after), "{:?}", message);
        prop_assert!(!message.reason.is_empty());
        let withdrawable = message.state.is_pending() && message.state != MessageState::Leased;
        prop_assert!(
            !withdrawable || message.not_after.is_none_or(|t| world.now < t),
            "stale and pending: {message:?}"
        );
        let upcoming = matches!(message.key.stage, Stage::Announce | Stage::Reminder);
        let starts = message.material.windows.iter().map(|window| window.interval.start());
        prop_assert!(!upcoming || starts.max() >= message.not_after, "upcoming after every start: {message:?}");
        if let Some(accepted_at) = message.accepted_at {
            prop_assert!(message.due_at <= accepted_at, "before its moment: {message:?}");
            prop_assert!(message.not_after.is_none_or(|until| accepted_at < until), "after its moment: {message:?}");
            prop_assert!(in_its_time(message, accepted_at), "{message:?}");
        }
    }
    one_reminder_each(world)
}

/// Whether a mail about one window went before its start, within it, or after its end, as its stage asks.
fn in_its_time(message: &Message, accepted_at: DateTime<Utc>) -> bool {
    let ordinal = message.key.moment.strip_prefix('w').and_then(|moment| moment.split('-').next()?.parse().ok());
    let Some(window) = ordinal.and_then(|ordinal| message.material.window(ordinal)) else { return true };
    match message.key.stage {
        Stage::Reminder => accepted_at < window.interval.start(),
        Stage::Start => window.interval.contains(accepted_at),
        Stage::Overrun => window.interval.end() <= accepted_at,
        Stage::Announce
        | Stage::Change
        | Stage::Complete
        | Stage::Cancel
        | Stage::Outage
        | Stage::FollowUp
        | Stage::Alarm
        | Stage::Digest => true,
    }
}

/// Of the reminders of one window whose moment has come, the newest alone may still go.
fn one_reminder_each(world: &World) -> Result<(), TestCaseError> {
    let mut seen = BTreeSet::new();
    for message in world.messages.iter().filter(|message| message.key.stage == Stage::Reminder) {
        let Some((window, lead)) = root(&message.key.moment).split_once('-') else { continue };
        let ordinal = window.trim_start_matches('w').parse().expect("an ordinal");
        let interval = message.material.window(ordinal).expect("a reminder tells of its window").interval;
        let has_come = interval.start() - lead.parse::<Lead>().expect("a lead").length() <= world.now;
        if has_come && message.state.is_pending() && message.state != MessageState::Leased {
            prop_assert!(seen.insert((&message.key.cause, &message.key.contact, ordinal)), "two at once: {message:?}");
        }
    }
    Ok(())
}

fn material() -> impl Strategy<Value = Material> {
    let impact = || prop::sample::select(Impact::ALL.to_vec());
    let windows = prop::collection::vec((1_u32..3, 0_i64..3, 1_i64..3, any::<bool>()), 0..3);
    let status = prop::sample::select(vec![None, Some(Status::Confirmed), Some(Status::Cancelled)]);
    let assets = prop::collection::vec((prop::sample::select(vec!["plus-01", "plus-02"]), impact()), 0..3);
    (windows, status, assets).prop_map(|(windows, status, assets)| {
        let origin = utc("2017-03-17T00:00:00Z");
        let window = |(ordinal, start, length, reserve): (u32, i64, i64, bool)| MaterialWindow {
            ordinal,
            role: if reserve { Role::Contingency } else { Role::Primary },
            interval: window(1, origin + TimeDelta::hours(start), origin + TimeDelta::hours(start + length)).interval,
            assets: Vec::new(),
        };
        let assets = assets.into_iter().map(|(asset, impact)| (asset_id(asset), impact)).collect();
        Material { windows: windows.into_iter().map(window).collect(), status, assets, ..Material::default() }
    })
}

/// No reader has two pending messages that tell how things stand.
fn one_telling_each(world: &World) -> Result<(), TestCaseError> {
    let mut seen = BTreeSet::new();
    for message in &world.messages {
        let telling = matches!(message.key.stage, Stage::Announce | Stage::Change | Stage::Cancel | Stage::Complete);
        if telling && message.state.is_pending() && message.state != MessageState::Leased {
            prop_assert!(seen.insert((&message.key.cause, &message.key.contact)), "two tellings pending: {message:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_materials_have_one_digest_exactly_when_they_tell_the_same(a in material(), b in material()) {
        prop_assert_eq!(a.digest() == b.digest(), a == b);
    }

    /// Another summary, stamp or sequence changes nothing that a reader is told of.
    #[test]
    fn what_is_not_material_is_no_news(start in 30_i64..300, send in any::<bool>(), sequence in 1_u32..9, summary in ".{0,20}") {
        let mut world = World::at("2017-03-17T00:00:00Z");
        let start = utc("2017-03-17T00:00:00Z") + TimeDelta::hours(start);
        let said = Announcement { windows: vec![window(1, start, start + TimeDelta::hours(4))], ..says(Status::Confirmed) };
        world.hear(said.clone());
        world.plan();
        if send {
            world.send();
            world.plan();
        }
        world.now += TimeDelta::minutes(1);
        let sequence = Some(sequence.into());
        world.hear(Announcement { summary: Some(summary), stamp: Some(world.now), sequence, ..said });
        prop_assert_eq!(world.plan(), Vec::<String>::new());
    }

    #[test]
    fn planning_twice_adds_nothing_and_no_message_outlives_its_moment(
        events in events(),
        approve in any::<bool>(),
        quiet in any::<bool>(),
    ) {
        let mut world = World::at("2017-03-17T00:00:00Z");
        let hours = quiet.then(|| toml::from_str("from = \"20:00\"\nto = \"08:00\"").expect("quiet hours"));
        world.policy.quiet = hours;
        world.policy.approval = if approve { Approval::On } else { Approval::Off };
        (world.policy.stages.start, world.policy.stages.overrun) = (Worth::From(Impact::Degraded), Worth::From(Impact::Degraded));
        for event in &events {
            happen(&mut world, event);
            // However few readers are looked at together, the same is proposed, in the same words.
            prop_assert_eq!(world.propose_by_pages(1), world.propose());
            world.plan();
            laws(&world)?;
            one_telling_each(&world)?;
        }
    }

    /// Without refusals, losses and baselines: whoever was told knows the present state, or a pending message tells it,
    /// as long as it is of use.
    #[test]
    fn whoever_was_told_knows_how_it_stands(
        notices in prop::collection::vec((0_i64..200, prop::sample::select(vec![Status::Confirmed, Status::Tentative, Status::Cancelled]), 1_i64..400, any::<bool>()), 1..8)
    ) {
        let mut world = World::at("2017-03-10T00:00:00Z");
        world.policy.reminders.clear();
        for (start, status, wait, send) in notices {
            // Every window lies ahead of the whole course, so that no news comes too late.
            let start = utc("2017-04-10T00:00:00Z") + TimeDelta::hours(start);
            world.hear(Announcement { windows: vec![window(1, start, start + TimeDelta::hours(4))], ..says(status) });
            world.now += TimeDelta::minutes(wait);
            world.plan();
            if send {
                world.send();
                world.plan();
            }
            let state = world.maintenances[0].latest();
            let tellings = || world.messages.iter().filter(|m| m.key.contact == "ops@acme.example/acme");
            let pending = tellings().find(|m| m.state.is_pending());
            let told = tellings().filter(|m| m.state == MessageState::Accepted).max_by_key(|m| (m.accepted_at, m.planned_at));
            match (pending.or(told), state.is_cancelled()) {
                (None, cancelled) => prop_assert!(cancelled, "nobody says anything"),
                (Some(word), false) => {
                    prop_assert_eq!(word.material.status, Some(state.status));
                    prop_assert_eq!(word.material.windows[0].interval, state.windows[0].interval);
                }
                (Some(word), true) => prop_assert_eq!(word.material.status, Some(Status::Cancelled)),
            }
        }
    }
}
