//! Telling a reader how a maintenance stands: announce, change, cancel, complete.
//!
//! What the reader was last told is compared with what holds now, and the difference decides the stage.

use chrono::{DateTime, Utc};

use super::digest;
use super::draft::{Draft, NEWS_FOR, New, TELLING, instant};
use super::material::{Difference, differences};
use super::message::{Material, Message};
use super::present::{Opened, Present};
use super::proposal::NotPlanned;
use crate::inventory::Stage;
use crate::names::CustomerId;
use crate::notice::Status;

/// What a reader knows already.
struct Base {
    /// The moment of a message that follows upon it.
    root: String,
    /// Who told it, in words.
    teller: String,
    material: Material,
}

/// What should happen.
#[allow(clippy::large_enum_variant, reason = "it lives for one call")]
enum Decision {
    /// This message should exist.
    Tell(New),
    /// The reader knows all there is to know.
    NoNews,
    /// Something happened, and no mail is written about it.
    Not(Stage, NotPlanned),
}

/// Plans what this reader must be told, and takes back what must no longer be said.
pub(super) fn plan(draft: &mut Draft<'_>, present: &Present, customer: &CustomerId, current: &Material) {
    let decision = match decide(draft, present, customer, current) {
        Decision::Tell(new) => allowed(draft, new),
        other @ (Decision::NoNews | Decision::Not(..)) => other,
    };
    let pending = draft.pending(&TELLING);
    let kept: Option<&Message> = match &decision {
        Decision::Tell(new) => pending.iter().copied().find(|message| new.is(message)),
        // A message whose attempt got no answer is what told the reader; while it holds it goes again.
        Decision::NoNews => draft.told().filter(|told| told.material == *current),
        Decision::Not(..) => None,
    };
    for message in pending.into_iter().filter(|message| kept.is_none_or(|kept| kept.id != message.id)) {
        draft.withdraw(message, why_withdrawn(&decision, current));
    }
    match decision {
        Decision::Tell(new) if kept.is_none() => draft.add(new),
        Decision::Tell(New { slot: Some(slot), stage, .. }) => {
            draft.note(stage, NotPlanned::InDigest { day: slot.day, hour: slot.hour });
        }
        Decision::Tell(_) | Decision::NoNews => {}
        Decision::Not(stage, why) => draft.note(stage, why),
    }
}

fn why_withdrawn(decision: &Decision, current: &Material) -> &'static str {
    match (decision, current.status) {
        (Decision::Tell(_), _) => "superseded: what it tells has changed, and a newer message tells the present state",
        (_, Some(Status::Cancelled)) => "it was cancelled before it was sent",
        (_, Some(Status::Completed)) => "the maintenance was completed before it was sent",
        (Decision::NoNews, _) => "superseded: what it tells no longer holds, and the reader knows the present state",
        (Decision::Not(..), _) => "what it tells no longer holds",
    }
}

/// Whether policy, reader and history let the message be written.
fn allowed(draft: &Draft<'_>, new: New) -> Decision {
    let worst = new.material.worst().max(new.before.as_ref().and_then(Material::worst));
    match draft.wants(new.stage, worst) {
        Err(why) => Decision::Not(new.stage, why),
        Ok(()) => match draft.dead_end(&new) {
            Some(why) => Decision::Not(new.stage, why),
            None => Decision::Tell(new),
        },
    }
}

fn decide(draft: &Draft<'_>, present: &Present, customer: &CustomerId, current: &Material) -> Decision {
    let (base, by_baseline) = base(draft, present, customer);
    let Some(base) = base else {
        return if by_baseline.as_ref() == Some(current) && !current.is_empty() {
            Decision::Not(Stage::Announce, NotPlanned::Baseline)
        } else {
            first_word(draft, present, current)
        };
    };
    if base.material == *current || by_baseline.as_ref() == Some(current) {
        return Decision::NoNews;
    }
    let is_over = |material: &Material| matches!(material.status, Some(Status::Cancelled | Status::Completed));
    let nothing_before = base.material.is_empty() || is_over(&base.material);
    match current.status {
        Some(Status::Cancelled | Status::Completed) if nothing_before => Decision::NoNews,
        Some(Status::Cancelled) => follow(draft, present, Stage::Cancel, base, current),
        Some(Status::Completed) => follow(draft, present, Stage::Complete, base, current),
        Some(Status::Tentative | Status::Confirmed | Status::InProcess | Status::Rescheduled) | None => {
            if nothing_before && current.is_empty() {
                Decision::NoNews
            } else {
                follow(draft, present, Stage::Change, base, current)
            }
        }
    }
}

/// What the reader was told by us, else what baseline notices made known; and the material that a baseline notice gave
/// since, which is no news.
fn base(draft: &Draft<'_>, present: &Present, customer: &CustomerId) -> (Option<Base>, Option<Material>) {
    let baseline = present.baseline.as_ref();
    let by_baseline = baseline.map(|baseline| baseline.material_of(customer));
    if let Some(told) = draft.told() {
        let told_at = told.accepted_at.unwrap_or(draft.now.at());
        let since = baseline.is_some_and(|baseline| baseline.recorded_at > told_at);
        let base =
            Base { root: format!("after-{}", told.id), teller: told.id.to_string(), material: told.material.clone() };
        return (Some(base), by_baseline.filter(|_| since));
    }
    let by_baseline = by_baseline.filter(|_| baseline.is_some_and(|baseline| baseline.opened == Opened::ByBaseline));
    let known = by_baseline.clone().filter(|material| !material.is_empty());
    let base = known.map(|material| Base {
        root: "after-baseline".to_owned(),
        teller: "the baseline import".to_owned(),
        material,
    });
    (base, by_baseline)
}

fn first_word(draft: &Draft<'_>, present: &Present, current: &Material) -> Decision {
    if current.is_empty() {
        return Decision::NoNews;
    }
    if let Some(Status::Cancelled | Status::Completed) = current.status {
        return Decision::Not(Stage::Announce, NotPlanned::OverBeforeTold);
    }
    let ahead = current.windows.iter().filter(|window| {
        let start = window.interval.start();
        start > present.recorded_at(window.ordinal, window.interval) && !draft.now.passed(start)
    });
    let Some(not_after) = ahead.map(|window| window.interval.start()).min() else {
        return Decision::Not(Stage::Announce, NotPlanned::AlreadyBegun);
    };
    let short = if not_after - draft.now.at() < draft.policy.notice.length() { ", at short notice" } else { "" };
    let (id, start) = (draft.cause.id(), instant(not_after));
    let reason = format!("first word of {id}: touches {} from {start}{short}", names(current));
    Decision::Tell(New {
        stage: Stage::Announce,
        root: String::new(),
        material: current.clone(),
        before: None,
        due_at: draft.now.at(),
        not_after: Some(not_after),
        slot: digest::slot(draft, current, not_after),
        reason,
    })
}

/// A message that follows upon what the reader knows.
fn follow(draft: &Draft<'_>, present: &Present, stage: Stage, base: Base, current: &Material) -> Decision {
    let Some(until) = of_use_until((present, draft.now.at()), stage, &base.material, current)
        .filter(|until| !draft.now.passed(*until))
    else {
        return Decision::Not(stage, NotPlanned::TooLate);
    };
    let what = match stage {
        Stage::Cancel => "it was cancelled".to_owned(),
        Stage::Complete => "it was completed".to_owned(),
        Stage::Announce
        | Stage::Change
        | Stage::Reminder
        | Stage::Start
        | Stage::Overrun
        | Stage::Outage
        | Stage::FollowUp
        | Stage::Alarm
        | Stage::Digest => {
            let changed: Vec<_> = differences(&base.material, current).into_iter().map(Difference::words).collect();
            format!("changed: {}", changed.join(", "))
        }
    };
    Decision::Tell(New {
        stage,
        root: base.root,
        material: current.clone(),
        before: Some(base.material),
        due_at: draft.now.at(),
        not_after: Some(until),
        slot: None,
        reason: format!("{what}, since {} told of {}", base.teller, draft.cause.id()),
    })
}

/// Changes and cancellations are of use until the last window, old or new, has ended; completion for a while after.
fn of_use_until(
    (present, now): (&Present, DateTime<Utc>),
    stage: Stage,
    before: &Material,
    current: &Material,
) -> Option<DateTime<Utc>> {
    let ends = before.windows.iter().chain(&current.windows).map(|window| window.interval.end());
    if stage == Stage::Complete {
        return ends.chain(present.ended_at).max().map(|end| end + NEWS_FOR);
    }
    // Of a standing window as a whole the news is the rule, and not the one occurrence that was told with it.
    let of_rule = before.standing.as_ref().map(|_| now + NEWS_FOR);
    ends.max().max(of_rule)
}

/// The assets, as reasons name them.
pub(super) fn names(material: &Material) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<_> =
        material.assets.iter().take(SHOWN).map(|(asset, impact)| format!("{asset} ({impact})")).collect();
    if let Some(more) = material.assets.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
