//! A maintenance and the revisions it is made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fold::{Moment, State, Step, fold, standing, steps};
use super::identity::Identity;
use crate::names::{MaintenanceId, NoticeId};
use crate::notice::{Announcement, Received};

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
}

/// What one notice said about the maintenance. Never overwritten: by new zone rules it is read again as a revision of its
/// own, which keeps everything but the instants, so that it was announced when the notice was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Order of recording, from 1.
    pub number: u32,
    /// What made it.
    pub cause: Cause,
    /// The notice that said it.
    pub notice: NoticeId,
    /// The revision that this one reads again by other zone rules, and takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rereads: Option<u32>,
    /// When the user's side had that notice.
    pub received: Received,
    /// When this program recorded it.
    pub recorded_at: DateTime<Utc>,
    /// The sender's `Date`, which orders notices that state no SEQUENCE and no DTSTAMP.
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

    /// What was known from the revisions received before `before` (not at it); none when there was none yet.
    #[must_use]
    pub fn as_of(&self, before: DateTime<Utc>) -> Option<State> {
        fold(self.revisions.iter().filter(|revision| revision.received.at < before).collect())
    }

    /// What all revisions together say.
    ///
    /// # Panics
    /// When the maintenance has no revision, which no constructor allows.
    #[must_use]
    pub fn latest(&self) -> State {
        fold(self.revisions.iter().collect()).expect("a maintenance has at least one revision")
    }

    /// What was known to this program once revision `number` had been recorded; none before the first.
    #[must_use]
    pub fn recorded_up_to(&self, number: u32) -> Option<State> {
        fold(self.revisions.iter().filter(|revision| revision.number <= number).collect())
    }

    /// The revisions received before `before` (not at it) in the vendor's order, each with what holds once it is read.
    #[must_use]
    pub fn steps_before(&self, before: DateTime<Utc>) -> Vec<Step<'_>> {
        steps(self.revisions.iter().filter(|revision| revision.received.at < before).collect())
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
