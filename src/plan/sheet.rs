//! What mails to staff tell, as facts: sections of rows, before they have words.

use chrono::{DateTime, Utc};

use crate::inventory::Stage;
use crate::names::{AssetId, MaintenanceId, NoticeId, OutageId};
use crate::notice::Status;
use crate::time::Interval;
use crate::verdict::{Answer, Kind};
use crate::window::Impact;

/// A mail of sections: an alarm has the one it is about, a digest all that there is to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// In the order in which they are read.
    pub sections: Vec<Section>,
}

/// Rows of one sort. In a digest an empty one says that there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// Outages: those that are open, or the one that an alarm is about.
    Outages(Vec<OutageRow>),
    /// Windows ahead, by start, with what the audit found of them.
    Windows(Vec<WindowRow>),
    /// What the audit found on any day, in words.
    Findings(Vec<String>),
    /// What should be done again and again, overdue first.
    Checklist(Vec<CheckRow>),
    /// Notices that wait for a person, or the one that an alarm is about.
    Review(Vec<NoticeRow>),
    /// Messages that wait for approval, by when it is too late for them.
    Waiting(Vec<MessageRow>),
    /// Messages for which it became too late.
    Missed(Vec<MessageRow>),
    /// Messages that failed or came back.
    Failed(Vec<MessageRow>),
    /// What is wrong with sources, in words.
    Sources(Vec<String>),
    /// Rows left out because there are too many.
    More(usize),
}

/// An outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageRow {
    /// Its id.
    pub id: OutageId,
    /// What failed.
    pub assets: Vec<AssetId>,
    /// How badly.
    pub impact: Impact,
    /// Since when.
    pub start: DateTime<Utc>,
    /// Until when; none while it is open.
    pub end: Option<DateTime<Utc>>,
    /// Who reported it.
    pub source: String,
    /// In a line.
    pub summary: Option<String>,
    /// The official verdicts.
    pub verdicts: Vec<(AssetId, Kind, Answer)>,
}

/// A window of a maintenance, or an occurrence of a standing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRow {
    /// What people call the vendor.
    pub vendor: String,
    /// The vendor's reference, or the name of the standing window.
    pub reference: String,
    /// The maintenance; none of a standing window.
    pub maintenance: Option<MaintenanceId>,
    /// How it stands; none of a standing window.
    pub status: Option<Status>,
    /// When.
    pub interval: Interval,
    /// Our assets touched, the worst first.
    pub assets: Vec<(AssetId, Impact)>,
    /// How many customers use any of them.
    pub customers: usize,
    /// What the audit found, in words.
    pub findings: Vec<String>,
    /// The vendor's names that match nothing.
    pub unmatched: Vec<String>,
}

/// An item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// Its id.
    pub id: String,
    /// What is to be done.
    pub what: String,
    /// What it concerns.
    pub asset: Option<AssetId>,
    /// Who does it.
    pub owner: Option<String>,
    /// By when; none when it was never done.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that has passed.
    pub is_overdue: bool,
    /// When it was last done, and who said so.
    pub done: Option<(DateTime<Utc>, Option<String>)>,
    /// What was last noted of it: the words, of when, by whom.
    pub fact: Option<(String, DateTime<Utc>, String)>,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: NoticeId,
    /// Its subject.
    pub subject: Option<String>,
    /// Whose it seems to be, or from which address it came.
    pub from: Option<String>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// Why it waits, in words.
    pub reasons: Vec<String>,
}

/// Messages of one stage about one cause in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// The occasion.
    pub stage: Stage,
    /// The maintenance or outage.
    pub cause: String,
    /// To whom, the first of them.
    pub to: String,
    /// How many more.
    pub more: usize,
    /// The first instant at which it is too late for any.
    pub not_after: Option<DateTime<Utc>>,
    /// Why they are where they are.
    pub reason: String,
}
