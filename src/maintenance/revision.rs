//! A maintenance and the revisions it is made of.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fold::{Moment, State, Step, fold, standing, steps, taken_back, time_key};
use super::identity::Identity;
use super::revise::{Change, differences};
use super::terms::Urgency;
use crate::names::{MaintenanceId, NoticeId, Reference};
use crate::notice::{Announcement, Received};
use crate::window::Window;

/// What made a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A notice of the vendor.
    Notice,
    /// An entry typed by a person.
    Typed,
    /// New zone rules moved windows that were given in local time.
    Tzdata,
    /// The notice was read again, by other profiles than before.
    Reread,
    /// A person corrected what was read in the notice, or said to which maintenance it belongs.
    Corrected,
    /// A later reading of the notice says nothing of this maintenance any more; the announcement is what it had said.
    Withdrawn,
}

/// What one notice said about the maintenance. Never overwritten: read again, it is a revision of its own, which takes the
/// place of the one before and was announced when the notice was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Order of recording, from 1.
    pub number: u32,
    /// What made it.
    pub cause: Cause,
    /// The notice that said it.
    pub notice: NoticeId,
    /// The revision that this one reads again, and takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rereads: Option<u32>,
    /// When the user's side had that notice.
    pub received: Received,
    /// When this program recorded it.
    #[serde(deserialize_with = "crate::time::instant")]
    pub recorded_at: DateTime<Utc>,
    /// The sender's `Date`, which orders notices that state no SEQUENCE and no DTSTAMP.
    #[serde(default, deserialize_with = "crate::time::maybe_instant")]
    pub sent_at: Option<DateTime<Utc>>,
    /// Recorded without being a reason to write to anybody.
    pub baseline: bool,
    /// What it said.
    pub announcement: Announcement,
}

/// One piece of vendor work: a non-empty list of revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Its own id.
    pub id: MaintenanceId,
    /// Vendor, account and reference.
    pub identity: Identity,
    /// In the order of recording; never empty.
    pub revisions: Vec<Revision>,
}

impl Maintenance {
    /// The revisions that nothing takes the place of, in the order of recording: each notice as it was read last.
    pub fn standing(&self) -> impl Iterator<Item = &Revision> {
        standing(self.revisions.iter().collect()).into_iter()
    }

    /// The revision that a notice was first recorded as, of one that reads it again.
    #[must_use]
    pub fn first_recorded_as(&self, revision: &Revision) -> u32 {
        let earlier =
            |number: u32| self.revisions.iter().find(|known| known.number == number && number < revision.number);
        revision.rereads.and_then(earlier).map_or(revision.number, |earlier| self.first_recorded_as(earlier))
    }

    /// A time by which a notice is the newest word, whatever others said: after the vendor's own time of all of them.
    #[must_use]
    pub fn after_all_but(&self, notice: &NoticeId) -> Option<DateTime<Utc>> {
        let others = self.standing().filter(|revision| revision.notice != *notice).map(time_key).max();
        others.map(|newest| newest + TimeDelta::microseconds(1))
    }

    /// What differs from how the same maintenance stood before, as a customer would see it.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<Change> {
        differences(&before.latest(), &self.latest())
    }

    /// Every reference that it goes by, in the order they came: its own, those it was moved to or took the place of.
    #[must_use]
    pub fn references(&self) -> Vec<&Reference> {
        let said = self
            .standing()
            .flat_map(|revision| [revision.announcement.replaces.as_ref(), Some(&revision.announcement.reference)]);
        let mut references: Vec<&Reference> = Vec::new();
        for reference in [Some(&self.identity.reference)].into_iter().chain(said).flatten() {
            if references.iter().all(|known| known.folded() != reference.folded()) {
                references.push(reference);
            }
        }
        references
    }

    /// All that its notices ever named, each once. None where that does not tell whom it can concern: a window that names
    /// nothing is for everything of the vendor, and of several readings any may hold.
    #[must_use]
    pub fn names(&self) -> Option<BTreeSet<&str>> {
        let said = || self.revisions.iter().map(|revision| &revision.announcement);
        let is_open = |said: &Announcement| {
            let is_open = |window: &Window| window.objects.is_empty() && said.objects.is_empty();
            said.windows.iter().any(|window| is_open(window) || !window.others.is_empty())
        };
        (!said().any(is_open))
            .then(|| said().flat_map(Announcement::named).map(|object| object.name.as_str()).collect())
    }

    /// What was known from the revisions received before `before` (not at it); none when there was none yet.
    #[must_use]
    pub fn as_of(&self, before: DateTime<Utc>) -> Option<State> {
        fold(self.revisions.iter().filter(|revision| revision.received.at < before).collect())
    }

    /// What all revisions together say. One of which every notice was read anew, and says nothing of it any more, counts
    /// as cancelled.
    ///
    /// # Panics
    /// When the maintenance has no revision, which no constructor allows.
    #[must_use]
    pub fn latest(&self) -> State {
        known_of(self.revisions.iter().collect()).expect("a maintenance has at least one revision")
    }

    /// What was known to this program once revision `number` had been recorded; none before the first.
    #[must_use]
    pub fn recorded_up_to(&self, number: u32) -> Option<State> {
        known_of(self.revisions.iter().filter(|revision| revision.number <= number).collect())
    }

    /// What the notices say that had been recorded up to revision `number`, as they are read today.
    #[must_use]
    pub fn said_up_to(&self, number: u32) -> Option<State> {
        known_of(self.revisions.iter().filter(|revision| self.first_recorded_as(revision) <= number).collect())
    }

    /// The revisions received before `before` (not at it) in the vendor's order, each with what holds once it is read.
    #[must_use]
    pub fn steps_before(&self, before: DateTime<Utc>) -> Vec<Step<'_>> {
        steps(self.revisions.iter().filter(|revision| revision.received.at < before).collect())
    }

    /// Whether the vendor called the work an emergency when it first gave it a name, by what was received before `before`.
    ///
    /// Its own word counts ("Emergency maintenance: …"), the first one: work that was planned becomes no emergency when it
    /// is called one later.
    #[must_use]
    pub fn urgency_before(&self, before: DateTime<Utc>) -> Urgency {
        let known = self.standing().filter(|revision| revision.received.at < before);
        let named = known.filter(|revision| revision.announcement.summary.is_some());
        let first = named.min_by_key(|revision| (time_key(revision), revision.received.at, &revision.notice));
        let called = first.and_then(|revision| revision.announcement.summary.as_ref()).map(|name| name.to_lowercase());
        if called.is_some_and(|name| name.contains("emergency")) { Urgency::Emergency } else { Urgency::Planned }
    }

    /// Every moment at which more became known, in order of receipt, with what was known from then on.
    ///
    /// Revisions received at the same instant make one moment.
    #[must_use]
    pub fn moments(&self) -> Vec<Moment> {
        let mut instants: Vec<DateTime<Utc>> = self.revisions.iter().map(|revision| revision.received.at).collect();
        instants.sort_unstable();
        instants.dedup();
        instants
            .into_iter()
            .filter_map(|at| {
                let known = self.revisions.iter().filter(|revision| revision.received.at <= at).collect();
                fold(known).map(|state| Moment { at, state })
            })
            .collect()
    }
}

/// What revisions say, or said before they were taken back. None when there are none.
fn known_of(revisions: Vec<&Revision>) -> Option<State> {
    fold(revisions.clone()).or_else(|| taken_back(revisions))
}
