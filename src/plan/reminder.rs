//! Reminders: so long before each window.

use chrono::{DateTime, Utc};

use super::draft::{Draft, New, has_told, instant, root};
use super::message::{Material, MaterialWindow, Message, MessageState};
use super::policy::Lead;
use super::present::{Opened, Present};
use super::proposal::NotPlanned;
use crate::inventory::Stage;
use crate::names::CustomerId;
use crate::notice::Status;

/// Plans the reminders of every window ahead, and takes back those that no longer fit.
pub(super) fn plan(draft: &mut Draft<'_>, present: &Present, customer: &CustomerId, current: &Material) {
    let mut wanted = Vec::new();
    match may_remind(draft, present, customer, current) {
        Err(Some(why)) => draft.note(Stage::Reminder, why),
        Err(None) => {}
        Ok(()) => {
            for window in &current.windows {
                let due = due(draft, present, current, window);
                wanted.extend(due.wanted);
                for _ in 0..due.never_written {
                    draft.note(Stage::Reminder, NotPlanned::Superseded);
                }
            }
        }
    }
    for message in draft.pending(&[Stage::Reminder]) {
        if !wanted.iter().any(|new: &New| new.is(message)) {
            draft.withdraw(message, why_withdrawn(message, current));
        }
    }
    let pending = draft.pending(&[Stage::Reminder]);
    for new in wanted {
        if !pending.iter().any(|message| new.is(message)) {
            draft.add(new);
        }
    }
}

/// Whether this reader gets reminders, or why not; without words where nobody would expect one.
fn may_remind(
    draft: &Draft<'_>,
    present: &Present,
    customer: &CustomerId,
    current: &Material,
) -> Result<(), Option<NotPlanned>> {
    let ahead = current.windows.iter().any(|window| !draft.now.passed(window.interval.start()));
    if !ahead || matches!(current.status, Some(Status::Cancelled | Status::Completed)) {
        return Err(None);
    }
    let known = present.baseline.as_ref().filter(|baseline| baseline.opened == Opened::ByBaseline);
    if draft.told().is_none() && known.is_some_and(|baseline| baseline.material_of(customer) == *current) {
        return Err(Some(NotPlanned::Baseline));
    }
    draft.wants(Stage::Reminder, current.worst()).map_err(Some)
}

pub(super) fn why_withdrawn(message: &Message, current: &Material) -> &'static str {
    match current.status {
        Some(Status::Cancelled) => return "the maintenance was cancelled",
        Some(Status::Completed) => return "the maintenance was completed",
        Some(Status::Tentative | Status::Confirmed | Status::InProcess | Status::Rescheduled) | None => {}
    }
    if message.material == *current {
        "superseded: a newer message tells of the same window"
    } else {
        "superseded: what it tells has changed"
    }
}

/// The reminders of one window that should exist.
struct Due {
    wanted: Vec<New>,
    /// Moments that passed without a message, and for which a newer reminder stands.
    never_written: usize,
}

/// The reminders of one window that are ahead, and the newest of those whose moment passed unsent.
fn due(draft: &Draft<'_>, present: &Present, current: &Material, window: &MaterialWindow) -> Due {
    let start = window.interval.start();
    let recorded_at = present.recorded_at(window.ordinal, window.interval);
    let holds = |material: &Material| material.window(window.ordinal).is_some_and(|w| w.interval == window.interval);
    let since = draft.telling_of(holds).map_or(recorded_at, |told_at| told_at.max(recorded_at));
    if start <= recorded_at || draft.now.passed(start) {
        return Due { wanted: Vec::new(), never_written: 0 };
    }
    let mut moments: Vec<(DateTime<Utc>, Lead)> =
        draft.policy.reminders.iter().map(|lead| (start - lead.length(), *lead)).collect();
    moments.sort_unstable();
    moments.dedup();
    // Who was reminded has no use for what an earlier reminder would have said, such as one that the policy has only now.
    let reminded = reminded_at(draft, window, &holds);
    moments.retain(|(moment, _)| *moment > since && reminded.is_none_or(|reminded| *moment >= reminded));
    let older = moments.iter().filter(|(moment, _)| draft.now.passed(*moment)).count().saturating_sub(1);
    let mut reminders: Vec<New> =
        moments.into_iter().map(|(due_at, lead)| reminder(draft, current, window, due_at, lead)).collect();
    let mut wanted = reminders.split_off(older);
    wanted.retain(|new| !is_settled(draft, new, &holds));
    let written = |new: &&New| draft.messages.iter().any(|message| root(&message.key.moment) == new.root);
    Due { wanted, never_written: reminders.iter().filter(|new| !written(new)).count() }
}

/// The moment of the last reminder of this window that the reader has, or may have.
fn reminded_at(
    draft: &Draft<'_>,
    window: &MaterialWindow,
    holds: &impl Fn(&Material) -> bool,
) -> Option<DateTime<Utc>> {
    let moment_of = |message: &Message| {
        let (ordinal, lead) = root(&message.key.moment).strip_prefix('w')?.split_once('-')?;
        let lead: Lead = lead.parse().ok().filter(|_| ordinal.parse() == Ok(window.ordinal))?;
        Some(window.interval.start() - lead.length())
    };
    let reminders = draft.messages.iter().filter(|message| message.key.stage == Stage::Reminder && has_told(message));
    reminders.filter(|message| holds(&message.material)).filter_map(|message| moment_of(message)).max()
}

/// Whether the message of that stage and moment was sent, refused, or taken back by a person. One whose attempt got no
/// answer goes again as long as it still says what holds.
pub(super) fn is_settled(draft: &Draft<'_>, new: &New, holds: &impl Fn(&Material) -> bool) -> bool {
    let settles = |message: &Message| match message.state {
        MessageState::Accepted
        | MessageState::Leased
        | MessageState::Failed
        | MessageState::Bounced
        | MessageState::Cancelled
        | MessageState::Suppressed => true,
        MessageState::Planned | MessageState::AwaitingApproval | MessageState::Held | MessageState::Skipped => {
            message.maybe_duplicate && !new.is(message)
        }
    };
    draft.messages.iter().any(|message| {
        message.key.stage == new.stage
            && root(&message.key.moment) == new.root
            && holds(&message.material)
            && settles(message)
    })
}

fn reminder(draft: &Draft<'_>, current: &Material, window: &MaterialWindow, due_at: DateTime<Utc>, lead: Lead) -> New {
    let start = window.interval.start();
    let (ordinal, id) = (window.ordinal, draft.cause.id());
    New {
        stage: Stage::Reminder,
        root: format!("w{ordinal}-{lead}"),
        material: current.clone(),
        before: None,
        due_at,
        not_after: Some(start),
        slot: None,
        reason: format!("{lead} before window {ordinal} of {id}, which starts at {}", instant(start)),
    }
}
