//! From revisions to a state: what holds once they are read in the vendor's order.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::revision::Revision;
use crate::names::NoticeId;
use crate::notice::{AnnouncementFlag, Status};
use crate::time::Interval;
use crate::window::{Impact, Role, StatedObject, Window};

/// What is worth knowing about a state besides its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFlag {
    /// No notice so far has stated a status: it counts as CONFIRMED.
    StatusNotStated,
    /// No notice so far has stated an impact: it counts as OUTAGE.
    ImpactNotStated,
    /// No notice so far has named an object: the vendor's whole estate is in scope.
    ScopeNotStated,
    /// The maintenance ended before its window did.
    CompletedEarly,
}

/// What is known of a maintenance at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The effective status; RE-SCHEDULED counts as CONFIRMED once it has given its new windows.
    pub status: Status,
    /// The windows in force, by ordinal. Of a cancelled maintenance, the windows that were cancelled.
    pub windows: Vec<Window>,
    /// Windows that earlier revisions held and later ones took away or moved.
    pub moved_away: Vec<Window>,
    /// The impact stated for the whole maintenance.
    pub impact: Option<Impact>,
    /// The objects named.
    pub objects: Vec<StatedObject>,
    /// One line that says what will be done.
    pub summary: Option<String>,
    /// The end of the work, once completed: stated, else the receipt of the word.
    pub ended_at: Option<DateTime<Utc>>,
    /// The notice that the newest revision in the vendor's order came from.
    pub notice: NoticeId,
    /// What else is worth knowing.
    pub flags: Vec<StateFlag>,
}

/// A moment at which more became known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The receipt of the notice.
    pub at: DateTime<Utc>,
    /// What was known from then on.
    pub state: State,
}

impl State {
    /// Whether windows of this state are meant to be used.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        match self.status {
            Status::Cancelled => true,
            Status::Tentative | Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled => {
                false
            }
        }
    }

    /// The part of a window in which the vendor may still work: all of it, up to the end of the work once completed,
    /// none when the work was over before it began.
    #[must_use]
    pub fn effective(&self, window: &Window) -> Option<Interval> {
        match self.ended_at {
            None => Some(window.interval),
            Some(ended_at) => window.interval.before(ended_at),
        }
    }

    /// The objects that a window concerns, with the impact stated for each: the window's own, else the notice's.
    #[must_use]
    pub fn objects_of<'a>(&'a self, window: &'a Window) -> &'a [StatedObject] {
        if window.objects.is_empty() { &self.objects } else { &window.objects }
    }
}

/// Folds revisions, given in any order, in the vendor's order. None when there are none.
pub(super) fn fold(mut revisions: Vec<&Revision>) -> Option<State> {
    in_vendor_order(&mut revisions);
    let mut revisions = revisions.into_iter();
    let mut state = first(revisions.next()?);
    for revision in revisions {
        apply(&mut state, revision);
    }
    finish(&mut state);
    Some(state)
}

/// Sorts by SEQUENCE where both state one, else by DTSTAMP, else by Date, else by receipt.
///
/// Comparing pairs that way is not transitive, so it is done in two steps: all are sorted by time, then those that state
/// a SEQUENCE are put, in its order, into the places that such revisions hold.
pub(super) fn in_vendor_order(revisions: &mut [&Revision]) {
    revisions.sort_by_key(|revision| (time_key(revision), revision.received.at, revision.notice.clone()));
    let places: Vec<usize> =
        (0..revisions.len()).filter(|place| revisions[*place].announcement.sequence.is_some()).collect();
    let mut sequenced: Vec<&Revision> = places.iter().map(|place| revisions[*place]).collect();
    sequenced.sort_by_key(|revision| revision.announcement.sequence);
    for (place, revision) in places.into_iter().zip(sequenced) {
        revisions[place] = revision;
    }
}

/// The vendor's own time of a notice.
pub(super) fn time_key(revision: &Revision) -> DateTime<Utc> {
    revision.announcement.stamp.or(revision.sent_at).unwrap_or(revision.received.at)
}

fn first(revision: &Revision) -> State {
    let said = &revision.announcement;
    let mut state = State {
        status: Status::Confirmed,
        windows: Vec::new(),
        moved_away: Vec::new(),
        impact: None,
        objects: Vec::new(),
        summary: None,
        ended_at: None,
        notice: revision.notice.clone(),
        flags: Vec::new(),
    };
    if said.status.is_none() {
        state.flags.push(StateFlag::StatusNotStated);
    }
    apply(&mut state, revision);
    state
}

/// What one revision changes: what it does not say stays (DESIGN.md section 5).
fn apply(state: &mut State, revision: &Revision) {
    let said = &revision.announcement;
    state.notice = revision.notice.clone();
    if let Some(status) = said.status {
        state.flags.retain(|flag| *flag != StateFlag::StatusNotStated);
        state.status = effective_status(status);
    }
    apply_windows(state, revision);
    state.impact = said.impact.or(state.impact);
    if !said.objects.is_empty() {
        state.objects.clone_from(&said.objects);
    }
    if said.summary.is_some() {
        state.summary.clone_from(&said.summary);
    }
    state.ended_at = match state.status {
        Status::Completed => said.actual_end.or(state.ended_at).or(Some(revision.received.at)),
        Status::Tentative | Status::Confirmed | Status::Cancelled | Status::InProcess | Status::Rescheduled => None,
    };
}

fn effective_status(stated: Status) -> Status {
    match stated {
        Status::Rescheduled => Status::Confirmed,
        Status::Tentative | Status::Confirmed | Status::Cancelled | Status::InProcess | Status::Completed => stated,
    }
}

/// Stated windows replace all others; a profile's word `partial` merges them by ordinal.
fn apply_windows(state: &mut State, revision: &Revision) {
    let said = &revision.announcement;
    if said.windows.is_empty() {
        return;
    }
    let partial = said.flags.contains(&AnnouncementFlag::PartialWindows);
    let stated = |ordinal: u32| said.windows.iter().any(|window| window.ordinal == ordinal);
    let (kept, taken): (Vec<Window>, Vec<Window>) =
        state.windows.drain(..).partition(|window| partial && !stated(window.ordinal));
    let still_held = |old: &Window| said.windows.iter().any(|new| new.interval == old.interval);
    state.moved_away.extend(taken.into_iter().filter(|old| !still_held(old)));
    state.moved_away.retain(|old| !still_held(old));
    state.windows = kept;
    state.windows.extend(said.windows.iter().cloned());
    state.windows.sort_by_key(|window| (window.ordinal, window.interval));
}

/// What follows from the state as a whole.
fn finish(state: &mut State) {
    if state.impact.is_none() && state.objects.iter().all(|object| object.impact.is_none()) {
        state.flags.push(StateFlag::ImpactNotStated);
    }
    if state.objects.is_empty() && state.windows.iter().all(|window| window.objects.is_empty()) {
        state.flags.push(StateFlag::ScopeNotStated);
    }
    let last_end = state.windows.iter().filter(|w| w.role == Role::Primary).map(|w| w.interval.end()).max();
    if let (Some(ended_at), Some(last_end)) = (state.ended_at, last_end)
        && ended_at < last_end
    {
        state.flags.push(StateFlag::CompletedEarly);
    }
    state.flags.sort_unstable();
    state.flags.dedup();
}
