//! From what was known of the vendors' maintenances to pieces of time: each with the window it belongs to, when it was
//! announced, and what it is worth.

use chrono::{DateTime, TimeDelta, Utc};

use super::question::Known;
use crate::inventory::Touched;
use crate::maintenance::{Maintenance, Moment, State, Terms};
use crate::names::AssetId;
use crate::notice::Status;
use crate::time::Interval;
use crate::window::{Impact, Role, Window};

/// What a piece of a window is worth, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// Confirmed and announced in time.
    Good,
    /// Confirmed, and announced later than the terms ask.
    Late,
    /// Never confirmed, or a contingency window under terms that do not count it.
    Tentative,
    /// Cancelled, moved away, or over before.
    Cancelled,
}

/// Whether a window concerns the asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// It names the asset or something upstream of it.
    In {
        /// The impact it means for the asset.
        expected: Impact,
        /// From the asset up to the named object.
        path: Vec<AssetId>,
    },
    /// It is for other assets.
    Other,
    /// It is for other assets, as far as can be told: some names are unknown.
    Unmatched {
        /// The names.
        names: Vec<String>,
    },
}

/// A run of seconds of one window, all announced at the same time.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) interval: Interval,
    pub(super) worth: Worth,
    pub(super) scope: Scope,
    pub(super) announced_at: DateTime<Utc>,
    pub(super) terms: Terms,
    pub(super) maintenance: &'a Maintenance,
    pub(super) window: Window,
    /// The state the window is in force by.
    pub(super) state: State,
}

impl Piece<'_> {
    /// The impact meant for the asset, when the piece is in scope.
    pub(super) fn expected(&self) -> Option<Impact> {
        match &self.scope {
            Scope::In { expected, .. } => Some(*expected),
            Scope::Other | Scope::Unmatched { .. } => None,
        }
    }

    /// Notice given: window start minus the announcement.
    pub(super) fn notice_given(&self) -> TimeDelta {
        self.window.interval.start() - self.announced_at
    }
}

/// All pieces of the asset's vendors' windows as known from notices received before `before`.
pub(super) fn pieces<'a>(known: &Known<'a>, asset: &AssetId, before: DateTime<Utc>) -> Vec<Piece<'a>> {
    let vendors = known.inventory.vendors_of(asset);
    known
        .maintenances
        .iter()
        .filter(|maintenance| vendors.contains(&maintenance.identity.vendor))
        .flat_map(|maintenance| of_maintenance(known, asset, maintenance, before))
        .collect()
}

fn of_maintenance<'a>(
    known: &Known<'a>,
    asset: &AssetId,
    maintenance: &'a Maintenance,
    before: DateTime<Utc>,
) -> Vec<Piece<'a>> {
    let moments: Vec<Moment> = maintenance.moments().into_iter().filter(|moment| moment.at < before).collect();
    let Some(last) = moments.last() else { return Vec::new() };
    let terms = known.inventory.vendors.get(&maintenance.identity.vendor).map(|v| v.terms).unwrap_or_default();
    let reader = Reader { known, asset, maintenance, terms, moments: &moments };
    let state = &last.state;
    let mut pieces = Vec::new();
    for window in &state.windows {
        pieces.extend(reader.in_force(state, window));
    }
    // What an extension or a move still holds was not taken away.
    let held = || state.windows.iter().map(|window| window.interval);
    for window in &state.moved_away {
        let taken = window.interval.minus(held());
        pieces.extend(taken.into_iter().map(|part| reader.piece(state, window, part, Worth::Cancelled, last.at)));
    }
    pieces
}

struct Reader<'k, 'a> {
    known: &'k Known<'a>,
    asset: &'k AssetId,
    maintenance: &'a Maintenance,
    terms: Terms,
    moments: &'k [Moment],
}

impl<'a> Reader<'_, 'a> {
    /// The pieces of a window of the last known state: split where a part of it was announced at another time.
    fn in_force(&self, state: &State, window: &Window) -> Vec<Piece<'a>> {
        if state.is_cancelled() {
            let at = self.moments.last().map_or(window.interval.start(), |moment| moment.at);
            return vec![self.piece(state, window, window.interval, Worth::Cancelled, at)];
        }
        let effective = state.effective(window);
        let mut pieces: Vec<Piece<'a>> = effective
            .into_iter()
            .flat_map(|effective| self.split(effective))
            .map(|(interval, announced_at)| {
                let worth = self.worth(state, window, announced_at);
                self.piece(state, window, interval, worth, announced_at)
            })
            .collect();
        let over_from = effective.map_or(window.interval.start(), |effective| effective.end());
        if let (Some(ended_at), Ok(rest)) = (state.ended_at, Interval::new(over_from, window.interval.end())) {
            pieces.push(self.piece(state, window, rest, Worth::Cancelled, ended_at));
        }
        pieces
    }

    fn worth(&self, state: &State, window: &Window, announced_at: DateTime<Utc>) -> Worth {
        let counts = match window.role {
            Role::Primary => true,
            Role::Contingency => self.terms.contingency_counts,
        };
        match state.status {
            Status::Cancelled => Worth::Cancelled,
            Status::Tentative => Worth::Tentative,
            Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled if !counts => {
                Worth::Tentative
            }
            Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled => {
                let given = window.interval.start() - announced_at;
                if given >= self.terms.notice_min { Worth::Good } else { Worth::Late }
            }
        }
    }

    /// Cuts an interval where the earlier moments' windows begin or end, and finds when each part was announced.
    fn split(&self, effective: Interval) -> Vec<(Interval, DateTime<Utc>)> {
        let mut cuts = vec![effective.start(), effective.end()];
        for moment in self.moments {
            for held in moment.state.windows.iter().filter_map(|window| moment.state.effective(window)) {
                cuts.extend([held.start(), held.end()].into_iter().filter(|edge| effective.contains(*edge)));
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut parts: Vec<(Interval, DateTime<Utc>)> = Vec::new();
        for pair in cuts.windows(2) {
            let Ok(part) = Interval::new(pair[0], pair[1]) else { continue };
            let announced_at = self.announced_at(part);
            match parts.last_mut() {
                Some((last, at)) if *at == announced_at && last.end() == part.start() => {
                    *last = Interval::new(last.start(), part.end()).unwrap_or(*last);
                }
                Some(_) | None => parts.push((part, announced_at)),
            }
        }
        parts
    }

    /// The receipt of the first revision of the unbroken, uncancelled run, ending with the last known, that all hold the
    /// part in a window in scope (DESIGN.md section 7).
    fn announced_at(&self, part: Interval) -> DateTime<Utc> {
        let holds = |moment: &&Moment| {
            !moment.state.is_cancelled()
                && moment.state.windows.iter().any(|window| {
                    let held = moment
                        .state
                        .effective(window)
                        .is_some_and(|held| held.start() <= part.start() && part.end() <= held.end());
                    held && self.is_in_scope(&moment.state, window)
                })
        };
        let first = self.moments.iter().rev().take_while(holds).last();
        first.or(self.moments.last()).map_or(part.start(), |moment| moment.at)
    }

    fn is_in_scope(&self, state: &State, window: &Window) -> bool {
        self.touched(state, window).assets.contains_key(self.asset)
    }

    fn touched(&self, state: &State, window: &Window) -> Touched {
        let identity = &self.maintenance.identity;
        self.known.inventory.touched_by(
            &identity.vendor,
            identity.account.as_deref(),
            state.objects_of(window),
            state.impact,
        )
    }

    fn scope(&self, state: &State, window: &Window) -> Scope {
        let touched = self.touched(state, window);
        if let Some(touch) = touched.assets.get(self.asset) {
            return Scope::In { expected: touch.impact, path: touch.path.clone() };
        }
        let names: Vec<String> =
            touched.matches.iter().filter(|name| name.asset.is_none()).map(|name| name.name.clone()).collect();
        if names.is_empty() { Scope::Other } else { Scope::Unmatched { names } }
    }

    fn piece(
        &self,
        state: &State,
        window: &Window,
        interval: Interval,
        worth: Worth,
        announced_at: DateTime<Utc>,
    ) -> Piece<'a> {
        Piece {
            interval,
            worth,
            scope: self.scope(state, window),
            announced_at,
            terms: self.terms,
            maintenance: self.maintenance,
            window: window.clone(),
            state: state.clone(),
        }
    }
}
