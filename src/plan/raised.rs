//! What a maintenance gives the user's own people to know at once: it runs late, or began early.

use chrono::{DateTime, Utc};

use super::alarm::Alarm;
use super::draft::{NEWS_FOR, instant};
use super::material::told_status;
use super::now::Now;
use crate::inventory::Inventory;
use crate::maintenance::{Maintenance, State};
use crate::notice::Status;

/// An alarm that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) alarm: Alarm,
    /// From when on it holds.
    pub(super) since: DateTime<Utc>,
    pub(super) reason: String,
}

/// The alarms of a maintenance as it stands, each for [`NEWS_FOR`].
pub(super) fn raised(maintenance: &Maintenance, state: &State, inventory: &Inventory, now: &Now) -> Vec<Raised> {
    let is_news = |raised: &Raised| now.passed(raised.since) && !now.passed(raised.since + NEWS_FOR);
    let all = [overrun(maintenance, state), early_start(maintenance, state)];
    let mut raised: Vec<Raised> = all.into_iter().flatten().filter(is_news).collect();
    if !raised.is_empty() && !touches(maintenance, state, inventory) {
        raised.clear();
    }
    raised
}

/// From the end of the last window on, when nobody has completed work that was known before it.
fn overrun(maintenance: &Maintenance, state: &State) -> Option<Raised> {
    let ended = state.windows.iter().map(|window| window.interval.end()).max()?;
    let known_before = maintenance.revisions.iter().any(|r| !r.baseline && r.recorded_at < ended);
    let holds = told_status(state.status) == Status::Confirmed && known_before;
    let reason =
        format!("the last window of {} ended at {} and nobody has completed it", maintenance.id, instant(ended));
    holds.then_some(Raised { alarm: Alarm::Overrun { ended }, since: ended, reason })
}

/// The vendor's word that work is going on, of a moment before the first window.
fn early_start(maintenance: &Maintenance, state: &State) -> Option<Raised> {
    let start = state.windows.iter().map(|window| window.interval.start()).min().filter(|_| !state.is_cancelled())?;
    let said = maintenance.standing().filter(|revision| !revision.baseline);
    let early = said.filter_map(|revision| {
        let is_going_on = revision.announcement.status == Some(Status::InProcess);
        let began = revision.announcement.known_start.unwrap_or(revision.received.at);
        (is_going_on && began < start).then_some((began, revision.recorded_at))
    });
    let (began, since) = early.min()?;
    let reason = format!("{} began at {}, and its window begins at {}", maintenance.id, instant(began), instant(start));
    Some(Raised { alarm: Alarm::EarlyStart { began, start }, since, reason })
}

/// Whether any of the windows touches anything of ours.
fn touches(maintenance: &Maintenance, state: &State, inventory: &Inventory) -> bool {
    let identity = &maintenance.identity;
    state.windows.iter().any(|window| {
        let objects = state.objects_of(window);
        !inventory.touched_by(&identity.vendor, identity.account.as_deref(), objects, state.impact).assets.is_empty()
    })
}
