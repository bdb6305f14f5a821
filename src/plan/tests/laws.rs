//! Laws that hold whatever happens, tried on random courses of events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::standing::{occurrence, upcoming, whole};
use super::world::{World, asset_id, contact, inventory, says, utc, window};
use crate::inventory::{Customer, Stage};
use crate::names::{CustomerId, Reference};
use crate::notice::{Announcement, Status};
use crate::plan::draft::root;
use crate::plan::{
    Approval, Cause, Fall, Lead, Material, MaterialWindow, Message, MessageState, StandingMails, Upcoming, Worth,
};
use crate::window::{Impact, Role, StatedObject};

/// What can happen between two rounds of planning.
#[derive(Debug, Clone)]
enum Event {
    /// A notice: of which maintenance, status, window starts in hours from the epoch of the test with lengths, impact, as
    /// baseline or not.
    Hear { number: u8, status: Status, windows: Vec<(i64, i64)>, impact: Impact, baseline: bool },
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
    /// The policy has another time for digests, or none.
    Digest(&'static str),
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
        5 => (0_u8..3, status, windows, impact, prop::bool::weighted(0.15))
            .prop_map(|(number, status, windows, impact, baseline)| Event::Hear { number, status, windows, impact, baseline }),
        1 => prop::sample::select(vec!["off", "daily 06:00", "daily 18:00", "weekly monday 08:00"]).prop_map(Event::Digest),
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
        Event::Hear { number, status, windows, impact, baseline } => {
            let origin = utc("2017-03-17T00:00:00Z");
            let windows = (1..).zip(windows).map(|(ordinal, (start, length))| {
                window(ordinal, origin + TimeDelta::hours(*start), origin + TimeDelta::hours(start + length))
            });
            let objects = vec![StatedObject { name: "feed-a".into(), impact: Some(*impact) }];
            let reference = Reference::new(format!("CHG-{number}")).expect("a test reference");
            let said = Announcement { reference, windows: windows.collect(), objects, ..says(*status) };
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
        Event::Digest(time) => world.policy.digest = time.parse().expect("a time for a digest"),
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
        for material in tellings(message) {
            let starts = material.windows.iter().map(|window| window.interval.start());
            prop_assert!(!upcoming || starts.max() >= message.not_after, "upcoming after every start: {message:?}");
        }
        if let Some(accepted_at) = message.accepted_at {
            prop_assert!(message.due_at <= accepted_at, "before its moment: {message:?}");
            prop_assert!(message.not_after.is_none_or(|until| accepted_at < until), "after its moment: {message:?}");
            prop_assert!(in_its_time(message, accepted_at), "{message:?}");
        }
    }
    one_reminder_each(world)
}

/// What a message tells, of a digest cause by cause.
fn tellings(message: &Message) -> Vec<&Material> {
    let told = message.material.digest.iter().map(|told| &told.material);
    if message.is_digest() { told.collect() } else { vec![&message.material] }
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

/// No reader has two pending messages that tell how things stand, but for a digest that may have arrived and goes again.
fn one_telling_each(world: &World) -> Result<(), TestCaseError> {
    let mut seen = BTreeSet::new();
    for message in &world.messages {
        let telling = matches!(message.key.stage, Stage::Announce | Stage::Change | Stage::Cancel | Stage::Complete);
        let goes_again = message.is_digest() && message.maybe_duplicate;
        if telling && message.state.is_pending() && message.state != MessageState::Leased && !goes_again {
            prop_assert!(!message.is_digest() || !message.material.digest.is_empty(), "nothing told: {message:?}");
            let told: Vec<&Cause> = message.material.digest.iter().map(|told| &told.cause).collect();
            for cause in if message.is_digest() { told } else { vec![&message.key.cause] } {
                prop_assert!(seen.insert((cause, &message.key.contact)), "two tellings pending: {message:?}");
            }
        }
    }
    Ok(())
}

/// Time alone changes nothing of what is planned for a cause before the instant at which it is to be looked at again, and
/// nothing of a digest before the first of these: not right before, and not halfway.
fn nothing_before_it_wakes(world: &World) -> Result<(), TestCaseError> {
    let first = world.wakes.values().flatten().min().copied();
    let digests = world.messages.iter().filter(|message| message.is_digest()).map(|digest| (&digest.key.cause, first));
    for (cause, at) in world.wakes.iter().map(|(cause, at)| (cause, *at)).chain(digests) {
        let ahead = at.map_or(TimeDelta::days(500), |at| at - world.now - TimeDelta::microseconds(1));
        for ahead in [ahead / 2, ahead].into_iter().filter(|ahead| *ahead >= TimeDelta::zero()) {
            let proposal = world.propose_at(world.now + ahead);
            let withdrawn = proposal.withdrawn.iter().map(|one| &one.id);
            let old = withdrawn.flat_map(|id| world.messages.iter().filter(move |message| message.id == *id));
            let changed: Vec<_> = old
                .chain(&proposal.new)
                .filter(|message| message.key.cause == *cause)
                .map(|m| (&m.id, &m.reason))
                .collect();
            prop_assert!(changed.is_empty(), "{cause:?} wakes at {at:?}, {} + {ahead}: {changed:#?}", world.now);
        }
    }
    Ok(())
}

/// What each reader was told last of each cause.
fn known_to_readers(world: &World) -> Vec<(String, String, Material)> {
    let mut known = BTreeMap::new();
    let mut accepted: Vec<&Message> = world.messages.iter().filter(|m| m.state == MessageState::Accepted).collect();
    accepted.sort_by_key(|message| (message.accepted_at, message.planned_at));
    for message in accepted.into_iter().filter(|message| message.to.customer.is_some()) {
        for told in &message.material.digest {
            known.insert((told.cause.id(), &*message.key.contact), &told.material);
        }
        if !message.is_digest() && !matches!(message.key.stage, Stage::Reminder) {
            known.insert((message.key.cause.id(), &*message.key.contact), &message.material);
        }
    }
    known.into_iter().map(|((cause, contact), told)| (cause.to_owned(), contact.to_owned(), told.clone())).collect()
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
        staff in any::<bool>(),
    ) {
        let mut world = World::at("2017-03-17T00:00:00Z");
        world.inventory.staff.extend(staff.then(|| contact("noc@isp.example", "Europe/Amsterdam", "en", &[])));
        let hours = quiet.then(|| toml::from_str("from = \"20:00\"\nto = \"08:00\"").expect("quiet hours"));
        world.policy.quiet = hours;
        world.policy.approval = if approve { Approval::On } else { Approval::Off };
        (world.policy.stages.start, world.policy.stages.overrun) = (Worth::From(Impact::Degraded), Worth::From(Impact::Degraded));
        for event in &events {
            happen(&mut world, event);
            if matches!(event, Event::Lease) {
                // A worker that takes a message changes nothing that is planned.
                prop_assert!(world.propose().is_empty(), "{:#?}", world.propose());
                nothing_before_it_wakes(&world)?;
            }
            // However few readers are looked at together, the same is proposed, in the same words.
            prop_assert_eq!(world.propose_by_pages(1), world.propose());
            world.plan();
            laws(&world)?;
            one_telling_each(&world)?;
            nothing_before_it_wakes(&world)?;
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

    /// Whoever reads digests ends up knowing what others know: nothing that waits is lost, whatever changes meanwhile.
    #[test]
    fn digests_tell_what_mails_of_their_own_would(
        notices in prop::collection::vec(
            (0_u8..3, 0_i64..200, prop::sample::select(vec![Status::Confirmed, Status::Tentative, Status::Cancelled]), 1_i64..2000),
            1..9,
        )
    ) {
        let [mut together, mut alone] = ["daily 08:00", "off"].map(|time| {
            let mut world = World::at("2017-03-01T00:00:00Z");
            world.policy.reminders.clear();
            world.policy.digest = time.parse().expect("a time for a digest");
            world
        });
        for world in [&mut together, &mut alone] {
            for (number, start, status, wait) in &notices {
                // Every window lies ahead of the whole course.
                let start = utc("2017-04-10T00:00:00Z") + TimeDelta::hours(*start);
                let reference = Reference::new(format!("CHG-{number}")).expect("a test reference");
                let windows = vec![window(1, start, start + TimeDelta::hours(4))];
                world.hear(Announcement { reference, windows, ..says(*status) });
                world.plan();
                world.send();
                world.now += TimeDelta::minutes(*wait);
                world.plan();
                world.send();
            }
            world.now += TimeDelta::days(1);
            world.plan();
            world.send();
            prop_assert!(world.messages.iter().all(|message| !message.state.is_pending()));
        }
        let standing = |known: Vec<(String, String, Material)>| -> Vec<_> {
            known.into_iter().filter(|(_, _, told)| told.status != Some(Status::Cancelled)).collect()
        };
        prop_assert_eq!(standing(known_to_readers(&together)), standing(known_to_readers(&alone)));
    }
}
