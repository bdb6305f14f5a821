//! Mails about standing windows, where the policy asks for them: one that tells of the window as a whole, or reminders of
//! each occurrence.
//!
//! No notice announces an occurrence. A notice of the same vendor whose window begins inside one takes it over, for what
//! it touches: its own mails tell of that night.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::draft::{Draft, NEWS_FOR, TELLING};
use super::message::{Cause, Material};
use super::now::Now;
use super::policy::StandingMails;
use super::present::Present;
use super::{passing, reminder, telling};
use crate::inventory::Stage;
use crate::names::{AssetId, CustomerId, VendorId};
use crate::time::Interval;
use crate::window::{Impact, Role};

/// The ordinal of the one window that a mail about a standing window tells.
pub(super) const ORDINAL: u32 = 1;

/// When a standing window falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fall {
    /// Then: this occurrence, or of a window as a whole the next one.
    At(Interval, Role),
    /// Never again: its days are over.
    NoMore,
    /// It is no longer in any file, or this occurrence of it is not.
    Gone,
}

/// A standing window as a whole, or one occurrence, as planning is asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// [`Cause::Standing`] or [`Cause::Occurrence`].
    pub cause: Cause,
    /// Whose.
    pub vendor: VendorId,
    /// When.
    pub fall: Fall,
    /// Days and hours in words, of a window as a whole.
    pub rule: Option<String>,
    /// Since when it is known; none means always.
    pub known_from: Option<DateTime<Utc>>,
    /// What of the vendor's it is for, with what it does to each.
    pub start: Vec<(AssetId, Impact)>,
    /// The assets touched by notices that take the occurrence over.
    pub taken_over: BTreeSet<AssetId>,
}

impl Upcoming {
    /// The mails that are written about it.
    pub(super) fn mails(&self) -> StandingMails {
        match &self.cause {
            Cause::Standing(_) => StandingMails::First,
            Cause::Occurrence(_) => StandingMails::Each,
            Cause::Maintenance(_)
            | Cause::Outage(_)
            | Cause::Notice(_)
            | Cause::Source(_)
            | Cause::Vendor(_)
            | Cause::Day(_) => StandingMails::Never,
        }
    }

    /// Whether news of it would be of no use any more.
    pub(super) fn is_forgotten(&self, now: &Now) -> bool {
        let is_long_ago = |end: DateTime<Utc>| now.passed(end + NEWS_FOR);
        match (self.fall, &self.cause) {
            (Fall::At(interval, _), _) => is_long_ago(interval.end()),
            (Fall::NoMore, _) => true,
            (Fall::Gone, Cause::Occurrence(id)) => id.parts().is_none_or(|(start, _)| is_long_ago(start)),
            (Fall::Gone, _) => false,
        }
    }
}

/// Plans what this reader must be told of it. `whole` is what it means for customers whatever notices take over.
pub(super) fn plan(
    draft: &mut Draft<'_>,
    present: &Present,
    (upcoming, whole): (&Upcoming, &BTreeMap<CustomerId, Material>),
    customer: &CustomerId,
    current: &Material,
) {
    if draft.policy.standing != upcoming.mails() {
        return take_back(draft, &Stage::ALL, "the policy writes no such mail about standing windows");
    }
    match (upcoming.fall, upcoming.mails()) {
        (Fall::NoMore, _) => take_back(draft, &Stage::ALL, "the standing window does not fall any more"),
        (Fall::Gone, _) => {
            take_back(draft, &[Stage::Reminder, Stage::Start], "the standing window does not fall then any more");
            telling::plan(draft, present, customer, current);
        }
        (Fall::At(..), StandingMails::First) => plan_first(draft, present, customer, current),
        (Fall::At(..), StandingMails::Each) => plan_each(draft, present, (customer, whole.get(customer)), current),
        (Fall::At(..), StandingMails::Never) => {}
    }
}

/// The reader is told of the window once, and again when its days, hours, or what it touches have changed; that another
/// occurrence is the next one by now is no news.
fn plan_first(draft: &mut Draft<'_>, present: &Present, customer: &CustomerId, current: &Material) {
    let is_same = |told: &Material| {
        told.standing == current.standing && told.status == current.status && told.assets == current.assets
    };
    let known = draft.told().map(|told| &told.material).filter(|told| is_same(told));
    telling::plan(draft, present, customer, known.unwrap_or(current));
}

/// The reader is reminded without having been told. One who was, of what a notice has taken over since, is told nothing
/// by us that the notice's own mails do not tell.
fn plan_each(
    draft: &mut Draft<'_>,
    present: &Present,
    (customer, whole): (&CustomerId, Option<&Material>),
    current: &Material,
) {
    if current.is_empty() && whole.is_some() {
        return take_back(draft, &Stage::ALL, "a notice of the vendor takes this occurrence over");
    }
    match draft.told() {
        Some(told) if whole != Some(&told.material) => telling::plan(draft, present, customer, current),
        Some(_) | None => take_back(draft, &TELLING, "superseded: what it tells no longer holds"),
    }
    reminder::plan(draft, present, customer, current);
    passing::plan(draft, present, &[Stage::Start], current);
}

fn take_back(draft: &mut Draft<'_>, stages: &[Stage], why: &str) {
    for message in draft.pending(stages) {
        draft.withdraw(message, why);
    }
}
