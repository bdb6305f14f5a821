//! Importing notices from files, folders, maildirs, mboxes and standard input.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::authentic::signed;
use super::error::AppError;
use super::intake::SourceRead;
use super::planning::Outbox;
use super::settings::{App, Settings};
use super::weigh::Effect;
use crate::mail::{Asking, MAX_MESSAGE_BYTES, RawMessage};
use crate::names::{NoticeId, VendorId};
use crate::notice::{
    Announcement, Authentication, Coverage, CoverageKind, Draft, Intake, Message, Notice, Origin, Reading, Received,
    ReceivedHints, Status, Unreadable, received, received_unread,
};
use crate::store::{Changes, LogEntry};
use crate::window::{Impact, StatedObject, Window};

/// How messages are taken in.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// When the user's side had them, for those without a `Received` header.
    pub received_at: Option<DateTime<Utc>>,
    /// News or baseline.
    pub intake: Intake,
}

/// What importing one message did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Where the message was found.
    pub source: String,
    /// The notice it became, or the one that it repeats.
    pub notice: NoticeId,
    /// When the user's side had it.
    pub received: Received,
    /// What was made of its signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// It was known already.
    pub repeated: bool,
    /// The vendor and the grade of each announcement.
    pub reading: Reading,
    /// What each announcement did.
    pub effects: Vec<Effect>,
    /// Why it waits in review, when it does.
    pub review: Vec<String>,
    /// Messages planned because of it.
    pub messages: usize,
    /// Messages that were planned before and are taken back because of it.
    pub withdrawn: usize,
}

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportReport {
    /// Message by message; those that were told already are only counted.
    pub imported: Vec<Imported>,
    /// What was told of those before, and is kept no longer.
    #[serde(skip)]
    pub told: Told,
    /// Messages that could not be read from disk, with the reason.
    pub failed: Vec<String>,
    /// What stood among the files and was not read: folders below, sockets, links that lead nowhere.
    pub passed_over: Vec<String>,
    /// What was declared complete, when anything was.
    pub coverage: Vec<Coverage>,
    /// What came of each configured source that was read; its messages stand above.
    pub sources: Vec<SourceRead>,
    /// What waits to be sent afterwards.
    pub outbox: Outbox,
}

/// What is counted of messages that were told: of many thousand, nobody could hold all that each says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// All of them.
    pub count: usize,
    /// Those that were known already.
    pub known: usize,
    /// Those that wait in review.
    pub in_review: usize,
    /// Those that announce something.
    pub announcing: usize,
    /// Those that did something.
    pub effective: usize,
    /// Those with names that match nothing in the inventory.
    pub unmatched: usize,
    /// Messages planned because of them.
    pub messages: usize,
}

impl Told {
    fn add(&mut self, imported: &Imported) {
        self.count += 1;
        self.known += usize::from(imported.repeated);
        self.in_review += usize::from(!imported.review.is_empty());
        self.announcing += usize::from(!imported.reading.announcements().is_empty());
        self.effective += usize::from(!imported.effects.is_empty());
        self.unmatched += usize::from(imported.effects.iter().any(|effect| !effect.unmatched.is_empty()));
        self.messages += imported.messages;
    }
}

impl ImportReport {
    /// Everything counted, what was told before and what stands here.
    #[must_use]
    pub fn counted(&self) -> Told {
        let mut counted = self.told;
        self.imported.iter().for_each(|imported| counted.add(imported));
        counted
    }

    /// Keeps only the count of what stands here, once it was told.
    pub fn let_go(&mut self) {
        self.told = self.counted();
        self.imported.clear();
    }

    /// Whether something waits for a person.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.counted().in_review > 0
    }

    /// Whether anything was announced, now or before.
    #[must_use]
    pub fn announced(&self) -> bool {
        self.counted().announcing > 0
    }

    /// Messages planned because of what was imported.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.counted().messages
    }
}

/// What a message would be read as.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// Where the message was found.
    pub source: String,
    /// When the user's side had it.
    pub received: Received,
    /// What was made of its signatures.
    pub authentication: Option<Authentication>,
    /// The reading.
    pub reading: Reading,
}

impl Settings {
    /// Reads one raw message and judges its signatures; nothing is stored.
    #[must_use]
    pub fn read_message(
        &self,
        raw: &RawMessage,
        options: &ImportOptions,
        asking: Asking,
        now: DateTime<Utc>,
    ) -> (Notice, Reading) {
        let hints = ReceivedHints {
            internal_date: raw.internal_date,
            mbox_from: raw.mbox_from,
            option: options.received_at,
            import_time: now,
        };
        let origin = Origin { source: raw.name.clone(), imported_at: now, intake: options.intake };
        match Message::parse(&raw.bytes) {
            Ok(message) => {
                let mut notice = Notice::from_message(&raw.bytes, &message, received(&message, &hints), origin);
                if let Some(bytes) = raw.cut_from {
                    let why = Unreadable::TooLarge { bytes, limit: MAX_MESSAGE_BYTES };
                    return (notice, Reading::unreadable(why));
                }
                notice.authentication = self.authenticate(&message, &raw.bytes, notice.received, asking);
                let message = signed(message, notice.authentication.as_ref());
                let reading = self.read_signed(&message, &raw.bytes);
                (notice, reading)
            }
            Err(why) => {
                let notice = Notice::from_unreadable(&raw.bytes, received_unread(&hints), origin);
                (notice, Reading::unreadable(why))
            }
        }
    }

    /// What a message would be read as; nothing is stored.
    #[must_use]
    pub fn dry_run(&self, raw: &RawMessage, options: &ImportOptions, asking: Asking, now: DateTime<Utc>) -> DryRun {
        let (notice, reading) = self.read_message(raw, options, asking, now);
        let Notice { received, authentication, .. } = notice;
        DryRun { source: raw.name.clone(), received, authentication, reading }
    }
}

impl App {
    /// Imports one message: stored with its reading, its revisions and the messages planned from them.
    ///
    /// # Errors
    /// [`AppError::Store`] when it cannot be stored; then nothing of it was.
    pub fn import(
        &mut self,
        raw: &RawMessage,
        options: &ImportOptions,
        now: DateTime<Utc>,
    ) -> Result<Imported, AppError> {
        let (notice, reading) = self.settings.read_message(raw, options, Asking::Allowed, now);
        self.take_in(raw, notice, reading, now)
    }

    fn take_in(
        &mut self,
        raw: &RawMessage,
        notice: Notice,
        reading: Reading,
        now: DateTime<Utc>,
    ) -> Result<Imported, AppError> {
        let recorded = self.record(&notice, &raw.bytes, &reading, now)?;
        Ok(Imported {
            source: raw.name.clone(),
            repeated: recorded.repeats.is_some(),
            notice: recorded.repeats.unwrap_or(notice.id),
            received: notice.received,
            authentication: notice.authentication,
            reading,
            effects: recorded.effects,
            review: recorded.review,
            messages: recorded.messages,
            withdrawn: recorded.withdrawn,
        })
    }

    /// Imports messages, all of them or none: one transaction for many costs little more than one for one.
    ///
    /// # Errors
    /// [`AppError::Store`] when they cannot be stored.
    pub fn import_together(
        &mut self,
        raws: &[RawMessage],
        options: &ImportOptions,
        now: DateTime<Utc>,
    ) -> Result<Vec<Imported>, AppError> {
        let read = self.read_all(raws, options, now);
        self.together(|app| app.take_all_in(raws, read, now))
    }

    /// Reads messages before any transaction begins: others do not wait while a resolver is asked for a key.
    pub(super) fn read_all(
        &self,
        raws: &[RawMessage],
        options: &ImportOptions,
        now: DateTime<Utc>,
    ) -> Vec<(Notice, Reading)> {
        raws.iter().map(|raw| self.settings.read_message(raw, options, Asking::Allowed, now)).collect()
    }

    /// Stores messages with what was read in them.
    pub(super) fn take_all_in(
        &mut self,
        raws: &[RawMessage],
        read: Vec<(Notice, Reading)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Imported>, AppError> {
        raws.iter().zip(read).map(|(raw, (notice, reading))| self.take_in(raw, notice, reading, now)).collect()
    }

    /// Declares that a source holds everything these vendors sent that was received before an instant.
    ///
    /// # Errors
    /// [`AppError::Store`] when it cannot be stored.
    pub fn declare_complete(
        &mut self,
        source: &str,
        vendors: &[VendorId],
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Coverage, AppError> {
        let coverage = Coverage {
            source: source.to_owned(),
            vendors: vendors.to_vec(),
            complete_until: until,
            kind: CoverageKind::Declared,
            recorded_at: now,
        };
        self.transact(now, |_| {
            let what = format!("declared complete until {}", until.format("%Y-%m-%dT%H:%M:%SZ"));
            let log = LogEntry { at: now, who: "import".into(), what, subject: source.to_owned() };
            Ok((Changes { coverage: vec![coverage.clone()], log: vec![log], ..Changes::default() }, ()))
        })?;
        Ok(coverage)
    }
}

impl DryRun {
    /// One JSON value a maintenance, in the shape of `import -o json`: instants in RFC 3339, `NO-CHANGE` where the
    /// notice states no status, OUTAGE as the effective impact where it states none. A draft of general rules has no
    /// vendor, and may have no reference.
    #[must_use]
    pub fn maintenances(&self) -> Vec<Value> {
        match &self.reading {
            Reading::Understood { announcements } => announcements.iter().map(announcement_json).collect(),
            Reading::Unreadable { draft, .. } => draft.iter().map(|draft| draft_json(draft)).collect(),
            Reading::Irrelevant { .. } => Vec::new(),
        }
    }

    /// Whether an announcement was understood; a draft is none.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        match &self.reading {
            Reading::Understood { .. } => true,
            Reading::Irrelevant { .. } | Reading::Unreadable { .. } => false,
        }
    }

    /// The message and what became of it, without the announcements.
    #[must_use]
    pub fn notice(&self) -> Value {
        let (reading, why) = match &self.reading {
            Reading::Understood { .. } => ("understood", None),
            Reading::Irrelevant { why } => ("irrelevant", Some(why.to_string())),
            Reading::Unreadable { why, .. } => ("unreadable", Some(why.to_string())),
        };
        let signatures = self.authentication.as_ref();
        json!({
            "source": self.source,
            "received": self.received,
            "authentication": signatures,
            "reading": reading,
            "why": why,
        })
    }
}

/// An announcement as `import -o json` prints it.
#[must_use]
pub(super) fn announcement_json(said: &Announcement) -> Value {
    let windows: Vec<Value> = said.windows.iter().map(window_json).collect();
    let assets: Vec<Value> = said.objects.iter().map(|object| object_json(object, said.impact)).collect();
    json!({
        "vendor": said.vendor,
        "account": said.account,
        "reference": said.reference,
        "replaces": said.replaces,
        "status": said.status.map_or("NO-CHANGE", Status::as_str),
        "start": said.windows.first().map(|window| window.interval.start()).or(said.known_start),
        "end": said.windows.first().map(|window| window.interval.end()),
        "windows": windows,
        "assets": assets,
        "impact": said.impact.unwrap_or(Impact::Outage),
        "impact_stated": said.impact.is_some() || said.objects.iter().any(|object| object.impact.is_some()),
        "actual_end": said.actual_end,
        "sequence": said.sequence,
        "stamp": said.stamp,
        "summary": said.summary,
        "grade": said.grade,
        "flags": said.flags,
        "doubts": said.doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "sources": said.sources,
    })
}

/// What general rules found, in the same shape: whoever compares readings compares drafts too.
fn draft_json(draft: &Draft) -> Value {
    let windows: Vec<Value> = draft.windows.iter().map(window_json).collect();
    let assets: Vec<Value> = draft.objects.iter().map(|object| object_json(object, draft.impact)).collect();
    json!({
        "vendor": null,
        "account": draft.account,
        "reference": draft.reference,
        "status": draft.status.map_or("NO-CHANGE", Status::as_str),
        "start": draft.windows.first().map(|window| window.interval.start()),
        "end": draft.windows.first().map(|window| window.interval.end()),
        "windows": windows,
        "unresolved": draft.unresolved,
        "assets": assets,
        "impact": draft.impact.unwrap_or(Impact::Outage),
        "impact_stated": draft.impact.is_some() || draft.objects.iter().any(|object| object.impact.is_some()),
        "summary": draft.summary,
        "grade": draft.grade(),
        "doubts": draft.doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "sources": draft.sources,
    })
}

fn object_json(object: &StatedObject, notice: Option<Impact>) -> Value {
    let impact = object.impact.or(notice);
    json!({ "id": object.name, "impact": impact.unwrap_or(Impact::Outage), "impact_stated": impact.is_some() })
}

fn window_json(window: &Window) -> Value {
    json!({
        "ordinal": window.ordinal,
        "role": window.role,
        "start": window.interval.start(),
        "end": window.interval.end(),
        "zone": window.zone,
        "written": window.written,
        "flags": window.flags,
        "others": window.others,
        "rules": window.rules.to_string(),
    })
}
