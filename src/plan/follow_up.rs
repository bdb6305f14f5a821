//! Follow-up: what a customer should do once a maintenance that touched it is over.

use super::draft::{Draft, NEWS_FOR, New};
use super::message::{Material, MessageState};
use super::present::{Opened, Present};
use super::proposal::NotPlanned;
use super::telling::names;
use crate::inventory::{Customer, Stage};
use crate::notice::Status;

/// Plans the one follow-up mail of this reader, or takes it back when the work is not over after all.
pub(super) fn plan(draft: &mut Draft<'_>, present: &Present<'_>, customer: &Customer, current: &Material) {
    let pending = draft.pending(&[Stage::FollowUp]);
    match wanted(draft, present, customer, current) {
        Ok(new) => {
            let written = |state: MessageState| state != MessageState::Skipped;
            if !draft.messages.iter().any(|m| m.key.stage == Stage::FollowUp && written(m.state)) {
                draft.add(new);
            }
        }
        Err(why) => {
            for message in pending {
                draft.withdraw(message, "what it follows up on no longer holds");
            }
            if let Some(why) = why {
                draft.note(Stage::FollowUp, why);
            }
        }
    }
}

/// The message, or why there is none; without words where nobody would expect one.
fn wanted(
    draft: &Draft<'_>,
    present: &Present<'_>,
    customer: &Customer,
    current: &Material,
) -> Result<New, Option<NotPlanned>> {
    if current.status != Some(Status::Completed) || current.is_empty() || customer.follow_up.is_none() {
        return Err(None);
    }
    let starts = current.windows.iter().map(|window| window.interval.start());
    let known_before = starts.min().is_some_and(|start| present.first_recorded_at() < start);
    if draft.told().is_none() && !known_before {
        return Err(Some(NotPlanned::AlreadyBegun));
    }
    let by_baseline = present.baseline.as_ref().map(|b| (b.opened, b.material_of(&customer.id)));
    if by_baseline.is_some_and(|(opened, known)| opened == Opened::ByBaseline && known.status == current.status) {
        return Err(Some(NotPlanned::Baseline));
    }
    let ends = current.windows.iter().map(|window| window.interval.end()).chain(present.state.ended_at);
    let until = ends.max().map(|end| end + NEWS_FOR).filter(|until| *until > draft.now);
    let until = until.ok_or(Some(NotPlanned::TooLate))?;
    draft.wants(Stage::FollowUp, current.worst()).map_err(Some)?;
    Ok(New {
        stage: Stage::FollowUp,
        root: String::new(),
        material: current.clone(),
        before: None,
        due_at: draft.now,
        not_after: Some(until),
        reason: format!("{} is completed and touched {}", draft.cause.id(), names(current)),
    })
}
