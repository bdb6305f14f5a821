//! What a reading of a notice does: which of it counts and changes what is known, and what waits for a person.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::ledger::Ledger;
use crate::maintenance::{Became, Cause, Maintenance, Placed, Revision, Saying, reread};
use crate::names::{AssetId, CustomerId, MaintenanceId, Reference, VendorId};
use crate::notice::{Announcement, Channel, Doubt, Grade, Notice, Reading, Reason, ReviewItem, ReviewState, Settled};

/// What one announcement did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The maintenance; none when the announcement waits in review.
    pub maintenance: Option<MaintenanceId>,
    /// The vendor's reference.
    pub reference: Reference,
    /// `opened`, `changed`, `repeated`, `stale`, `review`; of a notice read again also `taken back`.
    pub what: &'static str,
    /// The assets it touches worse than NO-IMPACT, as it stands now.
    pub assets: Vec<AssetId>,
    /// The customers who use them.
    pub customers: Vec<CustomerId>,
    /// The vendor's names in force that match nothing in the inventory: nobody is told about those.
    pub unmatched: Vec<String>,
}

/// By whose word a reading counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// By what was read: whatever is in doubt waits.
    AsRead,
    /// A person accepted it: its doubts are settled.
    Accepted,
    /// A person said what it says, and perhaps to which maintenance one of the announcements belongs, by its place.
    Corrected(Option<(usize, MaintenanceId)>),
}

/// A reading to be weighed.
pub(super) struct Weigh<'a> {
    pub(super) notice: &'a Notice,
    pub(super) reading: &'a Reading,
    pub(super) cause: Cause,
    pub(super) word: Word,
    /// Why it waits whatever it says, or still waits since it came.
    pub(super) reasons: Vec<Reason>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Weighed {
    /// What each announcement did, and what the notice says nothing of any more.
    pub(super) effects: Vec<Effect>,
    /// Why it waits for a person; empty when it does not.
    pub(super) reasons: Vec<Reason>,
    vendors: BTreeSet<VendorId>,
    /// The maintenances changed, each as it stood before; none for one that was opened.
    pub(super) changed: Vec<(Option<Maintenance>, Maintenance)>,
}

impl Weighed {
    /// The item that says so.
    pub(super) fn item(&self, notice: &Notice, state: ReviewState, settled: Option<Settled>) -> ReviewItem {
        ReviewItem {
            notice: notice.id.clone(),
            received_at: notice.received.at,
            // A notice about several vendors could concern any of them.
            vendor: self.vendors.first().filter(|_| self.vendors.len() == 1).cloned(),
            reasons: self.reasons.clone(),
            state,
            settled,
        }
    }

    /// Something that a person must look at, told once.
    fn wait_for(&mut self, reasons: impl IntoIterator<Item = Reason>) {
        for reason in reasons {
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
    }
}

impl Weigh<'_> {
    /// Takes what counts into the ledger.
    ///
    /// A doubt about one announcement holds up no other of the same notice.
    pub(super) fn into(self, ledger: &mut Ledger<'_>, now: DateTime<Utc>) -> Result<Weighed, AppError> {
        let mut weighed = Weighed { reasons: self.reasons.clone(), ..Weighed::default() };
        if let Reading::Unreadable { why, vendor, draft: _ } = self.reading {
            weighed.vendors.extend(vendor.iter().map(|vendor| ledger.vendor(vendor).clone()));
            weighed.wait_for([Reason::Unreadable(why.clone())]);
        }
        let spoken_of = ledger.of_notice(&self.notice.id)?;
        let (mut said, mut announced) = (Vec::new(), Vec::new());
        for (place, announcement) in self.reading.announcements().iter().enumerate() {
            let vendor = ledger.vendor(&announcement.vendor).clone();
            weighed.vendors.insert(vendor.clone());
            let waits = self.waits_for(announcement, ledger.not_authentic(self.notice, &announcement.vendor));
            if let Some(reasons) = waits {
                weighed.wait_for(reasons);
                announced.push((announcement.reference.clone(), None));
                continue;
            }
            let counts = Announcement { vendor, doubts: Vec::new(), ..announcement.clone() };
            announced.push((announcement.reference.clone(), Some(said.len())));
            let belongs = self.belongs(place, &counts, &spoken_of);
            said.push(Saying { revision: self.revision(counts, now), belongs });
        }
        let known = ledger.around(&self.notice.id, &said)?;
        let vendors: Vec<VendorId> = said.iter().map(|saying| saying.revision.announcement.vendor.clone()).collect();
        let reread = reread(&known, &self.notice.id, said, now);
        for maintenance in reread.maintenances {
            let before = known.iter().find(|known| known.id == maintenance.id).cloned();
            ledger.put(maintenance.clone());
            weighed.changed.push((before, maintenance));
        }
        for (reference, place) in announced {
            match place.and_then(|place| Some((reread.placed.get(place)?, vendors.get(place)?))) {
                Some((placed, vendor)) => self.placed(&mut weighed, ledger, (placed, vendor), (reference, &known)),
                None => weighed.effects.push(waiting(reference)),
            }
        }
        for id in reread.left {
            let left =
                weighed.changed.iter().find(|(_, maintenance)| maintenance.id == id).map(|(_, left)| left.clone());
            if let Some(left) = left {
                let reference = left.identity.reference.clone();
                weighed.effects.push(ledger.effect(&left, reference, "taken back"));
            }
        }
        Ok(weighed)
    }

    /// Why an announcement waits and changes nothing; none when it counts.
    fn waits_for(&self, announcement: &Announcement, not_authentic: Option<Doubt>) -> Option<Vec<Reason>> {
        let not_authentic = not_authentic.filter(|_| self.word == Word::AsRead);
        let doubts = announcement.doubts.iter().cloned().chain(not_authentic);
        let doubts: Vec<Reason> = doubts.map(Reason::Doubt).collect();
        let held = self.reasons.contains(&Reason::Doubt(Doubt::SameMessageIdOtherContent));
        match self.word {
            Word::AsRead | Word::Corrected(_) if !doubts.is_empty() || held => Some(doubts),
            Word::AsRead | Word::Corrected(_) if announcement.grade == Grade::Generic => Some(vec![Reason::Generic]),
            Word::Accepted | Word::AsRead | Word::Corrected(_) => None,
        }
    }

    /// Where a person put it; else what it said already stays where it stands.
    fn belongs(&self, place: usize, counts: &Announcement, spoken_of: &[Maintenance]) -> Option<MaintenanceId> {
        if let Word::Corrected(Some((assigned, to))) = &self.word
            && *assigned == place
        {
            return Some(to.clone());
        }
        let says = |maintenance: &&Maintenance| {
            let mut standing = maintenance.standing();
            standing.any(|r| r.notice == self.notice.id && r.announcement.says_the_same(counts))
        };
        spoken_of.iter().find(says).map(|maintenance| maintenance.id.clone())
    }

    fn placed(
        &self,
        weighed: &mut Weighed,
        ledger: &Ledger<'_>,
        (placed, vendor): (&Placed, &VendorId),
        (reference, known): (Reference, &[Maintenance]),
    ) {
        let doubts = placed.doubts.iter().cloned().map(Reason::Doubt);
        match self.word {
            Word::AsRead => {
                weighed.wait_for(doubts);
                weighed.wait_for(ledger.unknown_vendor(vendor).map(Reason::Doubt));
            }
            // What a person let count stands in the vendor's order, whatever that is.
            Word::Accepted | Word::Corrected(_) => {
                weighed.wait_for(doubts.filter(|_| placed.became == Became::Unassigned));
            }
        }
        let Some(id) = &placed.maintenance else {
            weighed.effects.push(waiting(reference));
            return;
        };
        let changed = weighed.changed.iter().find(|(_, maintenance)| maintenance.id == *id);
        let stands = changed.map(|(_, after)| after).or_else(|| known.iter().find(|known| known.id == *id));
        let Some(maintenance) = stands else { return };
        let what = match (placed.became, changed) {
            (Became::Opened, _) => "opened",
            (Became::Stale, _) => "stale",
            (Became::Changed, Some((Some(before), after))) if after.changes_since(before).is_empty() => "repeated",
            (Became::Changed, Some(_)) => "changed",
            (Became::Repeated | Became::Unassigned, _) | (Became::Changed, None) => "repeated",
        };
        weighed.effects.push(ledger.effect(maintenance, reference, what));
    }

    fn revision(&self, announcement: Announcement, now: DateTime<Utc>) -> Revision {
        let notice = self.notice;
        Revision {
            number: 0,
            cause: self.cause,
            notice: notice.id.clone(),
            rereads: None,
            received: notice.received,
            recorded_at: now,
            sent_at: notice.sent_at,
            baseline: notice.baseline,
            announcement,
        }
    }
}

/// What makes the first revisions of a notice.
pub(super) fn first_cause(notice: &Notice) -> Cause {
    match notice.channel {
        Channel::Typed => Cause::Typed,
        Channel::Mail | Channel::Calendar | Channel::Api => Cause::Notice,
    }
}

fn waiting(reference: Reference) -> Effect {
    let (assets, customers, unmatched) = (Vec::new(), Vec::new(), Vec::new());
    Effect { maintenance: None, reference, what: "review", assets, customers, unmatched }
}
