//! From revisions to a state: what holds once they are read in the vendor's order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::revision::{Cause, Revision};
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
    /// A notice calls it completed after it was cancelled: that closes it, and the work was not done.
    ClosedAfterCancelled,
    /// Every notice that spoke of it was read anew, and none of them does any more.
    TakenBack,
}

/// What is known of a maintenance at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The effective status; RE-SCHEDULED counts as CONFIRMED.
    pub status: Status,
    /// The windows in force, by ordinal. Of a cancelled maintenance, the windows that were cancelled.
    pub windows: Vec<Window>,
    /// Windows that earlier revisions held and later ones took away or moved.
    pub moved_away: Vec<Window>,
    /// The impact stated for the whole maintenance.
    pub impact: Option<Impact>,
    /// The objects named.
    pub objects: Vec<StatedObject>,
    /// The account that the vendor wrote it for, as far as the notices so far name one.
    pub account: Option<String>,
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

/// A revision in its place in the vendor's order, with what holds once it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// The revision.
    pub revision: &'a Revision,
    /// What holds then.
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

/// Every step of the fold, in the vendor's order.
pub(super) fn steps(revisions: Vec<&Revision>) -> Vec<Step<'_>> {
    let mut revisions = standing(revisions);
    in_vendor_order(&mut revisions);
    let mut state: Option<State> = None;
    let mut steps = Vec::with_capacity(revisions.len());
    for revision in revisions {
        let mut next = match state.take() {
            None => first(revision),
            Some(mut state) => {
                apply(&mut state, revision);
                state
            }
        };
        state = Some(next.clone());
        finish(&mut next);
        steps.push(Step { revision, state: next });
    }
    steps
}

/// Folds revisions, given in any order, in the vendor's order. None when none of them stands.
pub(super) fn fold(revisions: Vec<&Revision>) -> Option<State> {
    fold_all(standing(revisions))
}

/// What revisions said that were all taken back, as cancelled. None when there are none.
pub(super) fn taken_back(revisions: Vec<&Revision>) -> Option<State> {
    let mut state = fold_all(in_force(revisions))?;
    state.status = Status::Cancelled;
    state.flags = vec![StateFlag::TakenBack];
    Some(state)
}

/// Those of the revisions that none of the others takes the place of, and that have not been taken back: a notice read
/// again was said once, and moved no window.
pub(super) fn standing(revisions: Vec<&Revision>) -> Vec<&Revision> {
    let mut standing = in_force(revisions);
    standing.retain(|revision| revision.cause != Cause::Withdrawn);
    standing
}

/// Those of the revisions that none of the others takes the place of.
fn in_force(mut revisions: Vec<&Revision>) -> Vec<&Revision> {
    let replaced: BTreeSet<u32> = revisions.iter().filter_map(|revision| revision.rereads).collect();
    revisions.retain(|revision| !replaced.contains(&revision.number));
    revisions
}

fn fold_all(mut revisions: Vec<&Revision>) -> Option<State> {
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
        account: None,
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
        state.flags.retain(|flag| !matches!(flag, StateFlag::StatusNotStated | StateFlag::ClosedAfterCancelled));
        if closes_a_cancelled(status, state) {
            state.flags.push(StateFlag::ClosedAfterCancelled);
        } else {
            state.status = effective_status(status);
        }
    }
    apply_windows(state, revision);
    state.impact = said.impact.or(state.impact);
    if !said.objects.is_empty() {
        state.objects.clone_from(&said.objects);
    }
    if said.account.is_some() {
        state.account.clone_from(&said.account);
    }
    if said.summary.is_some() {
        state.summary.clone_from(&said.summary);
    }
    state.ended_at = match state.status {
        Status::Completed => said.actual_end.or(state.ended_at).or(Some(revision.received.at)),
        Status::Tentative | Status::Confirmed | Status::Cancelled | Status::InProcess | Status::Rescheduled => None,
    };
}

/// Whether a notice only closes what was cancelled before: vendors complete the tickets of work that they did not do, and
/// nobody must be told that it was done.
fn closes_a_cancelled(stated: Status, state: &State) -> bool {
    stated == Status::Completed && state.is_cancelled()
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
    let new = if partial { said.windows.clone() } else { with_ordinals_of(&taken, &said.windows) };
    state.windows = kept;
    state.windows.extend(new);
    state.windows.sort_by_key(|window| (window.ordinal, window.interval));
    state.moved_away.extend(taken);
    let State { windows, moved_away, .. } = state;
    moved_away.retain(|old| windows.iter().all(|new| new.interval != old.interval));
}

/// The new windows under the ordinals that they had: an ordinal survives a move (DESIGN.md section 2), and a window that
/// stands at another place of the list, since one before it is over, is the same window.
///
/// A window with the times of an old one is that one. Any other has the ordinal it is given, where that is free, else
/// that of an old window which is gone, else the next.
fn with_ordinals_of(old: &[Window], new: &[Window]) -> Vec<Window> {
    let known: BTreeMap<Interval, u32> = old.iter().rev().map(|window| (window.interval, window.ordinal)).collect();
    let mut taken = BTreeSet::new();
    let same = |window: &Window| known.get(&window.interval).copied().filter(|ordinal| taken.insert(*ordinal));
    let ordinals: Vec<Option<u32>> = new.iter().map(same).collect();
    let mut gone = old.iter().map(|window| window.ordinal);
    let mut next = old.iter().map(|window| window.ordinal).max().unwrap_or_default().saturating_add(1)..;
    let mut number = |window: &Window| {
        let stated = Some(window.ordinal).filter(|ordinal| taken.insert(*ordinal));
        let mut free = gone.by_ref().chain(next.by_ref()).filter(|ordinal| !taken.contains(ordinal));
        let ordinal = stated.or_else(|| free.next()).unwrap_or(window.ordinal);
        taken.insert(ordinal);
        ordinal
    };
    let numbered = new
        .iter()
        .zip(ordinals)
        .map(|(window, ordinal)| Window { ordinal: ordinal.unwrap_or_else(|| number(window)), ..window.clone() });
    numbered.collect()
}

/// What follows from the state as a whole.
fn finish(state: &mut State) {
    let windows = &state.windows;
    let mut named = state.objects.iter().chain(windows.iter().flat_map(|window| &window.objects));
    if state.impact.is_none() && named.all(|object| object.impact.is_none()) {
        state.flags.push(StateFlag::ImpactNotStated);
    }
    if state.objects.is_empty() && windows.iter().all(|window| window.objects.is_empty()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::fixture::{interval, maintenance, revision, status, utc, window, with_window};

    fn known_windows(state: &State) -> Vec<Interval> {
        state.windows.iter().filter_map(|window| state.effective(window)).collect()
    }

    #[test]
    fn what_a_notice_does_not_say_stays() {
        let m = maintenance(vec![
            with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00"),
            status("2020-01-02", Status::InProcess),
        ]);
        let state = m.latest();
        assert_eq!(state.status, Status::InProcess);
        assert_eq!(known_windows(&state), [interval("2020-01-10T00:00", "2020-01-10T04:00")]);
        assert_eq!(state.objects.len(), 1);
    }

    #[test]
    fn stated_windows_replace_all_and_partial_ones_merge_by_ordinal() {
        let mut first = with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
        first.announcement.windows.push(window(2, "2020-01-11T00:00", "2020-01-11T04:00"));
        let second = with_window("2020-01-02", "2020-01-12T00:00", "2020-01-12T04:00");
        let state = maintenance(vec![first.clone(), second.clone()]).latest();
        assert_eq!(known_windows(&state), [interval("2020-01-12T00:00", "2020-01-12T04:00")]);
        assert_eq!(state.moved_away.len(), 2);

        let mut partial = second;
        partial.announcement.flags = vec![AnnouncementFlag::PartialWindows];
        let state = maintenance(vec![first, partial]).latest();
        assert_eq!(
            known_windows(&state),
            [interval("2020-01-12T00:00", "2020-01-12T04:00"), interval("2020-01-11T00:00", "2020-01-11T04:00")]
        );
        assert_eq!(state.moved_away.len(), 1);
    }

    #[test]
    fn a_window_moved_back_is_not_moved_away() {
        let there = |received: &str| with_window(received, "2020-01-10T00:00", "2020-01-10T04:00");
        let m = maintenance(vec![
            there("2020-01-01"),
            with_window("2020-01-02", "2020-01-12T00:00", "2020-01-12T04:00"),
            there("2020-01-03"),
        ]);
        let moved: Vec<Interval> = m.latest().moved_away.iter().map(|window| window.interval).collect();
        assert_eq!(moved, [interval("2020-01-12T00:00", "2020-01-12T04:00")]);
    }

    /// What a first notice's windows are called once a second one has stated its own.
    #[track_caller]
    fn check_ordinals(first: &[&str], second: &[&str], expected: &[(u32, &str)]) {
        let on = |days: &[&str], received: &str| {
            let mut built = revision(received);
            let windows = days.iter().zip(1..).map(|(day, ordinal)| {
                window(ordinal, &format!("2020-01-{day}T00:00"), &format!("2020-01-{day}T04:00"))
            });
            built.announcement.windows = windows.collect();
            built
        };
        let state = maintenance(vec![on(first, "2020-01-01"), on(second, "2020-01-02")]).latest();
        let got: Vec<(u32, String)> = state
            .windows
            .iter()
            .map(|window| (window.ordinal, window.interval.start().format("%d").to_string()))
            .collect();
        let expected: Vec<(u32, String)> = expected.iter().map(|(n, day)| (*n, (*day).to_owned())).collect();
        assert_eq!(got, expected, "{first:?} then {second:?}");
    }

    #[test]
    fn an_ordinal_survives_a_move_and_another_place_in_the_list() {
        check_ordinals(&["10", "11"], &["12", "11"], &[(1, "12"), (2, "11")]);
        // The first night is over, and the notice lists what is left.
        check_ordinals(&["10", "11"], &["11"], &[(2, "11")]);
        check_ordinals(&["10", "11"], &["11", "12"], &[(1, "12"), (2, "11")]);
        check_ordinals(&["10", "11"], &["11", "10"], &[(1, "10"), (2, "11")]);
        check_ordinals(&["10", "11"], &["09", "10", "11"], &[(1, "10"), (2, "11"), (3, "09")]);
        check_ordinals(&["10"], &["10", "11"], &[(1, "10"), (2, "11")]);
    }

    #[test]
    fn flags_look_at_the_objects_of_windows_too() {
        let mut paired = with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
        paired.announcement.objects.clear();
        let object = StatedObject { name: "feed".into(), impact: Some(Impact::Outage) };
        paired.announcement.windows[0].objects = vec![object];
        assert_eq!(maintenance(vec![paired]).latest().flags, []);
    }

    #[test]
    fn completion_ends_the_window_at_the_stated_end_else_at_its_receipt() {
        let announced = || with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
        let ended = |completion: Revision| {
            let state = maintenance(vec![announced(), completion]).latest();
            (known_windows(&state).first().map(Interval::end), state.flags.contains(&StateFlag::CompletedEarly))
        };
        assert_eq!(ended(status("2020-01-10T03:00", Status::Completed)), (Some(utc("2020-01-10T03:00")), true));
        let mut stated = status("2020-01-10T03:00", Status::Completed);
        stated.announcement.actual_end = Some(utc("2020-01-10T02:30"));
        assert_eq!(ended(stated), (Some(utc("2020-01-10T02:30")), true));
        assert_eq!(ended(status("2020-01-10T05:00", Status::Completed)), (Some(utc("2020-01-10T04:00")), false));
        // Over before it began: nothing of the window is left.
        assert_eq!(ended(status("2020-01-09", Status::Completed)), (None, true));
    }

    #[test]
    fn completion_lapses_the_windows_behind_it_and_closes_what_was_cancelled() {
        let mut announced = with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
        let reserve = Window { role: Role::Contingency, ..window(2, "2020-01-11T00:00", "2020-01-11T04:00") };
        announced.announcement.windows.push(reserve);
        let announced = || announced.clone();
        assert_eq!(known_windows(&maintenance(vec![announced()]).latest()).len(), 2);
        let completed = status("2020-01-10T05:00", Status::Completed);
        let state = maintenance(vec![announced(), completed.clone()]).latest();
        assert_eq!(known_windows(&state), [interval("2020-01-10T00:00", "2020-01-10T04:00")]);

        let cancelled = || status("2020-01-05", Status::Cancelled);
        let state = maintenance(vec![announced(), cancelled(), completed.clone()]).latest();
        assert_eq!((state.status, state.ended_at), (Status::Cancelled, None));
        assert!(state.flags.contains(&StateFlag::ClosedAfterCancelled), "{:?}", state.flags);
        // Confirmed in between, it was on again.
        let confirmed = status("2020-01-06", Status::Confirmed);
        let state = maintenance(vec![announced(), cancelled(), confirmed, completed]).latest();
        assert_eq!((state.status, state.flags.contains(&StateFlag::ClosedAfterCancelled)), (Status::Completed, false));
    }

    #[test]
    fn a_status_not_stated_counts_as_confirmed_and_says_so() {
        let mut silent = revision("2020-01-01");
        silent.announcement.status = None;
        let state = maintenance(vec![silent]).latest();
        assert_eq!((state.status, state.flags.contains(&StateFlag::StatusNotStated)), (Status::Confirmed, true));
    }

    /// Numbers name the revisions; the last one decides what is known.
    #[track_caller]
    fn check_order(revisions: &[(i64, &str, Option<i64>)], expected: &[i64]) {
        let built: Vec<Revision> = revisions
            .iter()
            .map(|(number, stamp, sequence)| {
                let mut built = revision(&format!("2020-02-0{number}"));
                built.number = u32::try_from(*number).expect("small");
                built.announcement.stamp = Some(utc(stamp));
                built.announcement.sequence = *sequence;
                built
            })
            .collect();
        let mut order: Vec<&Revision> = built.iter().collect();
        in_vendor_order(&mut order);
        assert_eq!(order.iter().map(|revision| i64::from(revision.number)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn sequence_orders_where_both_state_one_and_time_does_elsewhere() {
        check_order(&[(1, "2020-01-01", None), (2, "2020-01-02", None)], &[1, 2]);
        check_order(&[(1, "2020-01-02", None), (2, "2020-01-01", None)], &[2, 1]);
        check_order(&[(1, "2020-01-02", Some(1)), (2, "2020-01-01", Some(2))], &[1, 2]);
        // The unsequenced follow-up of the 3rd keeps its place between those of the 1st and the 5th.
        check_order(&[(1, "2020-01-05", Some(1)), (2, "2020-01-03", None), (3, "2020-01-01", Some(2))], &[1, 2, 3]);
    }

    #[test]
    fn only_what_was_received_before_the_moment_is_known() {
        let m = maintenance(vec![
            with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00"),
            status("2020-01-05", Status::Cancelled),
        ]);
        assert_eq!(m.as_of(utc("2020-01-01")), None);
        assert_eq!(m.as_of(utc("2020-01-05")).map(|state| state.status), Some(Status::Confirmed));
        assert_eq!(m.as_of(utc("2020-01-05T00:01")).map(|state| state.status), Some(Status::Cancelled));
    }
}
