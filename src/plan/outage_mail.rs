//! Outage mails: something is down, and whoever uses it hears it from us first.

use chrono::{DateTime, TimeDelta, Utc};

use super::draft::{Draft, New, instant};
use super::message::{Material, MessageState};
use super::proposal::NotPlanned;
use super::telling::names;
use crate::inventory::Stage;
use crate::outage::Outage;

/// An outage recorded later than this after its start and over by then is history; and news of one that has ended stays
/// of use this long.
pub(super) const NEWS_FOR: TimeDelta = TimeDelta::hours(24);

/// Until when news of an outage is of use: no limit while it is open.
pub(super) fn of_use_until(outage: &Outage) -> Option<DateTime<Utc>> {
    outage.end.as_ref().map(|end| end.at.max(outage.recorded_at) + NEWS_FOR)
}

/// Whether an outage was over when it was recorded, and had begun long before.
pub(super) fn is_history(outage: &Outage) -> bool {
    !outage.is_open() && outage.recorded_at - outage.start.at > NEWS_FOR
}

/// Plans the one mail about an outage to this reader.
pub(super) fn plan(draft: &mut Draft<'_>, outage: &Outage, current: &Material) {
    let pending = draft.pending(&[Stage::Outage]);
    let wanted = wanted(draft, outage, current);
    let kept = wanted.as_ref().ok().and_then(|new| pending.iter().find(|message| new.is(message)));
    let kept = kept.map(|message| message.id.clone());
    for message in pending.iter().filter(|message| Some(&message.id) != kept.as_ref()) {
        draft.withdraw(message, "what it tells of the outage no longer holds");
    }
    match wanted {
        Ok(new) => {
            let settled = |state: MessageState| state != MessageState::Skipped && !state.is_pending();
            let leased = |state: MessageState| state == MessageState::Leased;
            let written = draft.messages.iter().any(|m| settled(m.state) || leased(m.state) || m.maybe_duplicate);
            if kept.is_none() && !written {
                draft.add(new);
            }
        }
        Err(Some(why)) => draft.note(Stage::Outage, why),
        Err(None) => {}
    }
}

fn wanted(draft: &Draft<'_>, outage: &Outage, current: &Material) -> Result<New, Option<NotPlanned>> {
    if current.is_empty() || !draft.now.passed(outage.start.at) {
        return Err(None);
    }
    let not_after = of_use_until(outage);
    if is_history(outage) || not_after.is_some_and(|until| draft.now.passed(until)) {
        return Err(Some(NotPlanned::TooLate));
    }
    draft.wants(Stage::Outage, current.worst()).map_err(Some)?;
    Ok(New {
        stage: Stage::Outage,
        root: String::new(),
        material: current.clone(),
        before: None,
        due_at: draft.now.at(),
        not_after,
        slot: None,
        reason: format!("outage {} since {} touches {}", outage.id, instant(outage.start.at), names(current)),
    })
}
