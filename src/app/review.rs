//! Review: what waits for a person, and what a person makes of it. Each decision leaves a line in the log.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::ledger::Ledger;
use super::record::add_proposal;
use super::settings::App;
use super::weigh::{Effect, Weigh, Weighed, Word, first_cause};
use crate::maintenance::{Cause, Clues, NEAR, Similar, similar};
use crate::names::{MaintenanceId, NoticeId, VendorId};
use crate::notice::{
    Accept, Announcement, Channel, FieldChange, Message, Notice, Reading, Reason, ReviewItem, ReviewState, Settled,
    differences,
};
use crate::store::{Changes, LogEntry, NewReading, ReviewFilter};
use crate::time::Interval;

/// Which items of review to list.
#[derive(Debug, Clone, Default)]
pub struct ReviewWanted {
    /// Those of this vendor, and those whose vendor nobody knows.
    pub vendor: Option<VendorId>,
    /// Those in this state; none for all.
    pub state: Option<ReviewState>,
}

/// One notice that waits, or waited, with all that helps to settle it.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewShown {
    /// The notice.
    pub notice: Notice,
    /// The item; none for a notice that never waited.
    pub item: Option<ReviewItem>,
    /// What was read in it last.
    pub reading: Reading,
    /// Its readable parts, each with its label: text of strangers, to be shown sanitised.
    pub parts: Vec<(String, String)>,
    /// Known maintenances that it may be about.
    pub similar: Vec<Similar>,
    /// Addresses at which its vendors answer, by their profiles.
    pub contacts: Vec<String>,
    /// What was done to it, oldest first: when, who, what.
    pub log: Vec<(DateTime<Utc>, String, String)>,
}

/// What a person makes of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It counts as it was read.
    Accept,
    /// This is what it says.
    Correct(Vec<Announcement>),
    /// It belongs to this maintenance, whatever it names: the announcement at this place, counted from 1, where it holds
    /// several.
    Assign {
        /// The maintenance, as typed.
        maintenance: String,
        /// The announcement.
        place: Option<usize>,
    },
    /// It is of no matter; what was recorded from it stays.
    Dismiss,
    /// It is of no matter, and what was recorded from it is taken back.
    Retract,
}

/// A decision with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// Who.
    pub by: String,
    /// Why, in words.
    pub words: Option<String>,
}

/// What a decision did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewDone {
    /// The notice.
    pub notice: NoticeId,
    /// How it stands now.
    pub state: ReviewState,
    /// Who had settled it before; then nothing changed.
    pub already: Option<Settled>,
    /// Nothing changed, since it stood so.
    pub unchanged: bool,
    /// What differs from what was read before.
    pub changes: Vec<FieldChange>,
    /// What it did to maintenances.
    pub effects: Vec<Effect>,
    /// Why it waits all the same.
    pub review: Vec<String>,
    /// Messages planned because of it.
    pub messages: usize,
    /// Messages taken back because of it.
    pub withdrawn: usize,
}

/// A notice on the desk of a person.
struct Case {
    typed: String,
    notice: Notice,
    item: Option<ReviewItem>,
    reading: Reading,
}

impl App {
    /// Items of review, the longest waiting first.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn review(&self, wanted: &ReviewWanted) -> Result<Vec<ReviewItem>, AppError> {
        let filter = if wanted.state == Some(ReviewState::Open) { ReviewFilter::Open } else { ReviewFilter::All };
        let mut items = self.store.review(filter)?;
        items.retain(|item| wanted.state.is_none_or(|state| item.state == state));
        items.retain(|item| wanted.vendor.is_none() || item.vendor.is_none() || item.vendor == wanted.vendor);
        Ok(items)
    }

    /// A notice with what was read in it, why it waits, and what it may be about.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such notice; [`AppError::Store`].
    pub fn review_shown(&self, typed: &str) -> Result<ReviewShown, AppError> {
        let Case { notice, item, reading, typed: _ } = self.case(typed)?;
        let raw = self.store.raw(&notice.id)?.unwrap_or_default();
        let parts: Vec<(String, String)> = match Message::parse(&raw) {
            Ok(message) if notice.channel != Channel::Typed => {
                message.parts.into_iter().map(|part| (part.label, part.text)).collect()
            }
            Ok(_) | Err(_) => vec![("as received".to_owned(), String::from_utf8_lossy(&raw).into_owned())],
        };
        let similar = self.similar(&notice, &reading, &parts)?;
        let log =
            self.store.log_of(notice.id.as_str())?.into_iter().map(|line| (line.at, line.who, line.what)).collect();
        let contacts = self.contacts(&reading)?;
        Ok(ReviewShown { notice, item, reading, parts, similar, contacts, log })
    }

    /// Whom to ask about a notice: those whom the profiles of its vendors name.
    fn contacts(&self, reading: &Reading) -> Result<Vec<String>, AppError> {
        let ledger = Ledger::new(self)?;
        let named: Vec<&VendorId> = match reading {
            Reading::Understood { announcements } => announcements.iter().map(|said| &said.vendor).collect(),
            Reading::Unreadable { vendor, .. } => vendor.iter().collect(),
            Reading::Irrelevant { .. } => Vec::new(),
        };
        let profiles = named.into_iter().filter_map(|vendor| self.settings.profiles.get(ledger.vendor(vendor)));
        let mut contacts: Vec<String> = profiles.flat_map(|profile| profile.contacts.clone()).collect();
        contacts.sort_unstable();
        contacts.dedup();
        Ok(contacts)
    }

    fn similar(
        &self,
        notice: &Notice,
        reading: &Reading,
        parts: &[(String, String)],
    ) -> Result<Vec<Similar>, AppError> {
        let ledger = Ledger::new(self)?;
        let mut announcements = reading.announcements().to_vec();
        for said in &mut announcements {
            said.vendor = ledger.vendor(&said.vendor).clone();
        }
        let mut known = self.store.maintenances_active(notice.received.at)?;
        for said in &announcements {
            known.extend(ledger.fitting(said)?);
            for window in &said.windows {
                let around = Interval::new(window.interval.start() - NEAR, window.interval.end() + NEAR)?;
                known.extend(self.store.maintenances_overlapping(around)?);
            }
        }
        known.retain(|maintenance| maintenance.standing().any(|revision| revision.notice != notice.id));
        known.sort_by(|a, b| a.id.cmp(&b.id));
        known.dedup_by(|a, b| a.id == b.id);
        let vendor = match reading {
            Reading::Unreadable { vendor, .. } => vendor.as_ref().map(|vendor| ledger.vendor(vendor).clone()),
            Reading::Understood { .. } => announcements.first().map(|said| said.vendor.clone()),
            Reading::Irrelevant { .. } => None,
        };
        let subject = notice.subject.as_deref().unwrap_or_default();
        let text = parts.iter().fold(subject.to_owned(), |text, (_, part)| text + "\n" + part).to_lowercase();
        Ok(similar(Clues { vendor: vendor.as_ref(), announcements: &announcements, text: &text }, &known))
    }

    /// Does what a person decided about a notice, in one transaction.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such notice, none of it waits where that is needed, or there is no such
    /// maintenance; [`AppError::Usage`] when the decision has no meaning for it; [`AppError::Store`].
    pub fn decide(&mut self, typed: &str, decided: &Decided, now: DateTime<Utc>) -> Result<ReviewDone, AppError> {
        self.transact(now, |app| {
            let case = app.case(typed)?;
            match &decided.decision {
                Decision::Accept => app.accept(&case, decided, now),
                Decision::Correct(announcements) => {
                    let reading = Reading::Understood { announcements: announcements.clone() };
                    app.corrected(&case, reading, None, decided, now)
                }
                Decision::Assign { maintenance, place } => app.assign(&case, (maintenance, *place), decided, now),
                Decision::Dismiss => app.dismiss(&case, decided, now),
                Decision::Retract => app.retract(&case, decided, now),
            }
        })
    }

    /// What was read in a notice last, for a person who corrects it.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such notice; [`AppError::Store`].
    pub fn reading_of(&self, typed: &str) -> Result<(Notice, Reading), AppError> {
        self.case(typed).map(|case| (case.notice, case.reading))
    }

    fn case(&self, typed: &str) -> Result<Case, AppError> {
        let unknown = || AppError::Unknown { what: "notice", typed: typed.to_owned(), nearest: None };
        let notice = self.store.notice(typed)?.ok_or_else(unknown)?;
        let item = self.store.review_of(&notice.id)?;
        let reading = self.store.reading(&notice.id)?.ok_or_else(unknown)?;
        Ok(Case { typed: typed.to_owned(), notice, item, reading })
    }

    fn accept(&self, case: &Case, decided: &Decided, now: DateTime<Utc>) -> Result<(Changes, ReviewDone), AppError> {
        let item = case.waited()?;
        match item.state {
            ReviewState::Open | ReviewState::Dismissed => {}
            ReviewState::Accepted | ReviewState::Corrected | ReviewState::Cleared => return Ok(case.already(item)),
        }
        if let Some((what, help)) = refused(case, item) {
            return Err(AppError::usage(what, help));
        }
        let weigh = Weigh {
            notice: &case.notice,
            reading: &case.reading,
            cause: first_cause(&case.notice),
            word: Word::Accepted,
            reasons: Vec::new(),
        };
        let mut ledger = Ledger::new(self)?;
        let weighed = weigh.into(&mut ledger, now)?;
        self.settled(case, (ledger, weighed), (ReviewState::Accepted, "accepted as read"), decided, now)
    }

    fn corrected(
        &self,
        case: &Case,
        reading: Reading,
        assigned: Option<(usize, MaintenanceId)>,
        decided: &Decided,
        now: DateTime<Utc>,
    ) -> Result<(Changes, ReviewDone), AppError> {
        let fields = differences(&case.reading, &reading);
        let what = match (&assigned, fields.len()) {
            (Some((_, id)), _) => format!("assigned to {id}"),
            (None, 0) => "corrected: as it was read".to_owned(),
            (None, _) => format!("corrected: {}", fields.iter().map(told).collect::<Vec<_>>().join("; ")),
        };
        let (notice, word) = (&case.notice, Word::Corrected(assigned));
        let weigh = Weigh { notice, reading: &reading, cause: Cause::Corrected, word, reasons: Vec::new() };
        let mut ledger = Ledger::new(self)?;
        let weighed = weigh.into(&mut ledger, now)?;
        if let Some(item) = case.item.as_ref().filter(|item| item.state == ReviewState::Corrected)
            && fields.is_empty()
            && weighed.changed.is_empty()
        {
            return Ok(case.already(item));
        }
        let (mut changes, mut done) =
            self.settled(case, (ledger, weighed), (ReviewState::Corrected, &what), decided, now)?;
        if !fields.is_empty() {
            let (notice, who) = (case.notice.id.clone(), decided.by.clone());
            changes.readings.push(NewReading { notice, read_at: now, who, reading });
        }
        done.changes = fields;
        Ok((changes, done))
    }

    fn assign(
        &self,
        case: &Case,
        (typed, place): (&str, Option<usize>),
        decided: &Decided,
        now: DateTime<Utc>,
    ) -> Result<(Changes, ReviewDone), AppError> {
        let unknown = || AppError::Unknown { what: "maintenance", typed: typed.to_owned(), nearest: None };
        let maintenance = self.store.maintenance(typed)?.ok_or_else(unknown)?;
        let identity = &maintenance.identity;
        let mut announcements = case.reading.announcements().to_vec();
        let id = &case.notice.id;
        if announcements.is_empty() {
            return Err(AppError::usage(
                format!("nothing was read in {id} that could be assigned"),
                format!(
                    "say what it says: inwindow review correct {id} --vendor {} --reference {} --status …",
                    identity.vendor, identity.reference
                ),
            ));
        }
        let place = chosen(place, &announcements, id)?;
        let ledger = Ledger::new(self)?;
        let said = &mut announcements[place];
        let vendor = ledger.vendor(&said.vendor).clone();
        if vendor != identity.vendor {
            if ledger.unknown_vendor(&vendor).is_none() {
                let what = format!("{id} is of {vendor}, and {} of {}", maintenance.id, identity.vendor);
                return Err(AppError::usage(what, "`inwindow review correct ID --vendor V` says whose notice it is"));
            }
            said.vendor = identity.vendor.clone();
        }
        let reading = Reading::Understood { announcements };
        self.corrected(case, reading, Some((place, maintenance.id.clone())), decided, now)
    }

    fn dismiss(&self, case: &Case, decided: &Decided, now: DateTime<Utc>) -> Result<(Changes, ReviewDone), AppError> {
        let item = case.waited()?;
        match item.state {
            ReviewState::Open => {}
            ReviewState::Accepted | ReviewState::Corrected | ReviewState::Dismissed | ReviewState::Cleared => {
                return Ok(case.already(item));
            }
        }
        let settled = Weighed::default();
        let (mut changes, done) =
            self.settled(case, (Ledger::new(self)?, settled), (ReviewState::Dismissed, "dismissed"), decided, now)?;
        // Whose it is was known before, and nothing was read anew.
        for changed in &mut changes.review {
            changed.vendor.clone_from(&item.vendor);
        }
        Ok((changes, done))
    }

    fn retract(&self, case: &Case, decided: &Decided, now: DateTime<Utc>) -> Result<(Changes, ReviewDone), AppError> {
        let nothing = Reading::Understood { announcements: Vec::new() };
        let weigh = Weigh {
            notice: &case.notice,
            reading: &nothing,
            cause: Cause::Corrected,
            word: Word::Corrected(None),
            reasons: Vec::new(),
        };
        let mut ledger = Ledger::new(self)?;
        let weighed = weigh.into(&mut ledger, now)?;
        if let Some(item) = case.item.as_ref().filter(|item| item.state == ReviewState::Dismissed)
            && weighed.changed.is_empty()
        {
            return Ok(case.already(item));
        }
        self.settled(case, (ledger, weighed), (ReviewState::Dismissed, "dismissed and taken back"), decided, now)
    }

    /// What a decision writes: revisions, the item, the messages that follow, a line in the log.
    fn settled(
        &self,
        case: &Case,
        (ledger, weighed): (Ledger<'_>, Weighed),
        (state, what): (ReviewState, &str),
        decided: &Decided,
        now: DateTime<Utc>,
    ) -> Result<(Changes, ReviewDone), AppError> {
        let maintenances = ledger.into_changed();
        let proposal = self.proposal_for(&maintenances, now)?;
        let waits = !weighed.reasons.is_empty();
        let state = if waits { ReviewState::Open } else { state };
        let settled = Settled { by: decided.by.clone(), at: now, words: decided.words.clone() };
        let mut item = weighed.item(&case.notice, state, (!waits).then_some(settled));
        if !waits {
            item.reasons = case.item.as_ref().map(|item| item.reasons.clone()).unwrap_or_default();
        }
        let words = decided.words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
        let log = LogEntry {
            at: now,
            who: decided.by.clone(),
            what: format!("{what}{words}"),
            subject: case.notice.id.to_string(),
        };
        let done = ReviewDone {
            notice: case.notice.id.clone(),
            state,
            already: None,
            unchanged: false,
            changes: Vec::new(),
            review: weighed.reasons.iter().map(ToString::to_string).collect(),
            effects: weighed.effects,
            messages: proposal.new.len(),
            withdrawn: proposal.withdrawn.len(),
        };
        let mut changes = Changes { maintenances, review: vec![item], log: vec![log], ..Changes::default() };
        add_proposal(&mut changes, proposal);
        Ok((changes, done))
    }
}

impl Case {
    /// The item of a notice that waits or waited.
    fn waited(&self) -> Result<&ReviewItem, AppError> {
        let unknown = || AppError::Unknown { what: "notice in review", typed: self.typed.clone(), nearest: None };
        self.item.as_ref().ok_or_else(unknown)
    }

    /// Nothing is to be done, since somebody did it.
    fn already(&self, item: &ReviewItem) -> (Changes, ReviewDone) {
        let done = ReviewDone {
            notice: self.notice.id.clone(),
            state: item.state,
            already: item.settled.clone(),
            unchanged: true,
            changes: Vec::new(),
            effects: Vec::new(),
            review: Vec::new(),
            messages: 0,
            withdrawn: 0,
        };
        (Changes::default(), done)
    }
}

/// Why a notice cannot be accepted, and what to do instead.
fn refused(case: &Case, item: &ReviewItem) -> Option<(String, String)> {
    let id = &case.notice.id;
    let cannot = |reason: &Reason, why: &str| {
        (format!("{id} cannot be accepted: {reason}; {why}"), format!("for {id}: {}", reason.settling().or))
    };
    // By what holds of it now; a reason told by an earlier release is words alone.
    let unreadable = match &case.reading {
        Reading::Unreadable { why, .. } => Some(Reason::Unreadable(why.clone())),
        Reading::Understood { .. } | Reading::Irrelevant { .. } => None,
    };
    for reason in unreadable.iter().chain(&item.reasons) {
        if let Accept::Refused(why) = reason.settling().accept {
            return Some(cannot(reason, why));
        }
    }
    let mut said = case.reading.announcements().iter().filter(|said| said.windows.is_empty());
    let doubt = said.find_map(|said| said.doubts.iter().find(|doubt| doubt.is_about_time()))?;
    Some(cannot(&Reason::Doubt(doubt.clone()), "no window was read that could count"))
}

/// Which of the announcements is meant, from 0.
pub(super) fn chosen(
    place: Option<usize>,
    announcements: &[Announcement],
    notice: &NoticeId,
) -> Result<usize, AppError> {
    let count = announcements.len();
    let listed = || {
        let listed =
            announcements.iter().zip(1..).map(|(said, place): (_, usize)| format!("{place} is {}", said.reference));
        format!("give --announcement N: {}", listed.collect::<Vec<_>>().join(", "))
    };
    match place {
        Some(place) if (1..=count).contains(&place) => Ok(place - 1),
        Some(place) => Err(AppError::usage(format!("{notice} holds no announcement {place}"), listed())),
        None if count == 1 => Ok(0),
        None => Err(AppError::usage(format!("{notice} holds {count} announcements"), listed())),
    }
}

/// A change in one line, for the log.
fn told(change: &FieldChange) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("{} {} → {}", change.field, side(&change.before), side(&change.after))
}
