//! The post-mortem of an outage as a value: everything known about it, in the order it happened.

mod events;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::clocks::Clocks;
use crate::maintenance::{Maintenance, State};
use crate::names::{AssetId, CustomerId, Digest, MaintenanceId, NoticeId, OutageId, Reference, VendorId};
use crate::notice::{Authentication, Notice, ReceivedBy, Status};
use crate::outage::{Attachment, Outage, Statement};
use crate::plan::{Message, MessageState};
use crate::time::{Interval, RulesVersion};
use crate::verdict::{Claim, Override, Verdict};
use crate::window::{Role, Window, Written};

/// The name and version of the schema that a post-mortem is printed in.
pub const POST_MORTEM_SCHEMA: &str = "inwindow.post-mortem/1";

/// What a post-mortem is put together from.
#[derive(Debug, Clone)]
pub struct PostMortemFacts<'a> {
    /// The outage.
    pub outage: &'a Outage,
    /// From its start to its end, or to now while it is open.
    pub interval: Interval,
    /// The official verdict of each asset.
    pub verdicts: &'a [Verdict],
    /// The same by what became known later, where that says something else.
    pub later: &'a [Verdict],
    /// What people hold against them.
    pub overrides: &'a [Override],
    /// What was said about it.
    pub statements: &'a [Statement],
    /// What was attached to it.
    pub attachments: &'a [Attachment],
    /// What can be claimed because of it.
    pub claims: &'a [Claim],
    /// The maintenances near it that concern its assets.
    pub maintenances: &'a [Maintenance],
    /// The notices of those.
    pub notices: &'a [Notice],
    /// The mails because of the outage and of those maintenances.
    pub messages: &'a [Message],
    /// Outages near it.
    pub beside: &'a [Outage],
    /// The wall clock to tell it by.
    pub clocks: Clocks,
    /// The zone rules in use.
    pub rules: &'a RulesVersion,
}

/// The post-mortem of an outage.
#[derive(Debug, Clone, Serialize)]
pub struct PostMortem {
    /// [`POST_MORTEM_SCHEMA`].
    pub schema: &'static str,
    /// The outage.
    pub outage: Outage,
    /// From its start to its end, or to when it was asked while it is open.
    pub interval: Interval,
    /// How long it really lasted, in seconds.
    pub seconds: i64,
    /// How long the wall clocks make it, in seconds, where a clock change makes that wrong.
    pub wall_clock_seconds: Option<i64>,
    /// The zone that it is told in, beside UTC.
    pub zone: String,
    /// The zone rules it is told by.
    pub rules: RulesVersion,
    /// The official verdict of each asset, as of the outage's start.
    pub verdicts: Vec<Verdict>,
    /// The same by what became known later, where that says something else.
    pub later: Vec<Verdict>,
    /// What people hold against them.
    pub overrides: Vec<Override>,
    /// The windows near it, by start.
    pub windows: Vec<WindowTold>,
    /// The notices behind them, in the order they came.
    pub notices: Vec<NoticeTold>,
    /// Outages near it, by start.
    pub beside: Vec<OutageTold>,
    /// What was said, in the order it was said.
    pub statements: Vec<Statement>,
    /// What was attached to it, in the order it was seen.
    pub attachments: Vec<Attachment>,
    /// What can be claimed because of it, by vendor.
    pub claims: Vec<Claim>,
    /// The mails, those of one stage and instant together.
    pub mails: Vec<MailsTold>,
    /// All of it in the order it happened.
    pub events: Vec<Event>,
    #[serde(skip)]
    clocks: Clocks,
}

/// A window near the outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowTold {
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// Which of its windows.
    pub ordinal: u32,
    /// Primary or contingency.
    pub role: Role,
    /// `[start, end)`.
    pub interval: Interval,
    /// Where the maintenance stood when the outage began; of a window that was said later, where it stands by now.
    pub status: Status,
    /// The vendor's words.
    pub written: Written,
    /// The zone they were read in.
    pub zone: String,
    /// When the vendor had said it.
    pub said: WindowSaid,
    /// Whether it had been moved elsewhere by then.
    pub moved_away: bool,
}

/// When a window had been said, seen from the start of the outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowSaid {
    /// Before it.
    Before,
    /// Not before it began.
    Later,
}

/// A notice behind a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeTold {
    /// Its id.
    pub id: NoticeId,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// When the user's side had it.
    pub received_at: DateTime<Utc>,
    /// What that was taken from.
    pub received_by: ReceivedBy,
    /// Who sent it, as written.
    pub from: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// What each maintenance made of it: `DCA-1: CONFIRMED`.
    pub says: Vec<String>,
    /// Who signed it, as far as that was verified.
    pub authentication: Option<Authentication>,
}

/// Another outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutageTold {
    /// Its id.
    pub id: OutageId,
    /// What was down.
    pub assets: Vec<AssetId>,
    /// Its first instant.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: Option<DateTime<Utc>>,
}

/// Mails of one stage that went, or did not go, at one instant. Addresses are left out: a report goes to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailsTold {
    /// When the relay accepted them, else when they were due.
    pub at: DateTime<Utc>,
    /// What they tell: `announce`, `outage`.
    pub stage: &'static str,
    /// What became of them.
    pub state: MessageState,
    /// How many.
    pub count: usize,
    /// To whose people they went, each once; the user's own people are nobody's.
    pub customers: Vec<CustomerId>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// By the wall clock.
    pub local: String,
    /// Seconds since the outage began; negative before.
    pub since_start_seconds: i64,
    /// What kind of thing.
    pub kind: EventKind,
    /// What happened.
    pub text: String,
}

/// What kind of thing happened; of two at one instant the earlier of these comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The clocks of the zone changed.
    ClockChange,
    /// An outage ended.
    OutageEnd,
    /// A window ended.
    WindowEnd,
    /// A notice came.
    Notice,
    /// A window began.
    WindowStart,
    /// An outage began.
    OutageStart,
    /// Somebody said something.
    Statement,
    /// Something that is attached was seen.
    Attachment,
    /// Mails went out.
    Mails,
    /// A person held something against a verdict.
    Override,
    /// Somebody did something about a claim.
    Claim,
}

impl PostMortem {
    /// Puts it together.
    #[must_use]
    pub fn new(facts: &PostMortemFacts<'_>) -> Self {
        let mut post_mortem = Self {
            schema: POST_MORTEM_SCHEMA,
            outage: facts.outage.clone(),
            interval: facts.interval,
            seconds: facts.interval.length().num_seconds(),
            wall_clock_seconds: facts.clocks.wall_length(facts.interval).map(|wall| wall.num_seconds()),
            zone: facts.clocks.zone.name().to_owned(),
            rules: facts.rules.clone(),
            verdicts: facts.verdicts.to_vec(),
            later: facts.later.to_vec(),
            overrides: facts.overrides.to_vec(),
            windows: windows(facts),
            notices: facts.notices.iter().map(|notice| notice_told(notice, facts.maintenances)).collect(),
            beside: facts.beside.iter().map(outage_told).collect(),
            statements: facts.statements.to_vec(),
            attachments: facts.attachments.to_vec(),
            claims: facts.claims.to_vec(),
            mails: mails(facts.messages),
            events: Vec::new(),
            clocks: facts.clocks.clone(),
        };
        post_mortem.notices.sort_by(|a, b| (a.received_at, &a.id).cmp(&(b.received_at, &b.id)));
        post_mortem.beside.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        post_mortem.events = events::of(&post_mortem);
        post_mortem
    }
}

/// The windows as they were known when the outage began, and those that a notice gave later.
fn windows(facts: &PostMortemFacts<'_>) -> Vec<WindowTold> {
    let mut windows: Vec<WindowTold> = Vec::new();
    for maintenance in facts.maintenances {
        let known = maintenance.as_of(facts.outage.start.at);
        if let Some(known) = &known {
            let told = |window: &Window| window_told(maintenance, known, window, WindowSaid::Before);
            windows.extend(known.windows.iter().map(told));
            windows.extend(known.moved_away.iter().map(|window| WindowTold { moved_away: true, ..told(window) }));
        }
        let latest = maintenance.latest();
        let is_new = |window: &&Window| {
            let same = |other: &Window| (other.ordinal, other.interval) == (window.ordinal, window.interval);
            !known.as_ref().is_some_and(|known| known.windows.iter().chain(&known.moved_away).any(same))
        };
        let told = |window: &Window| window_told(maintenance, &latest, window, WindowSaid::Later);
        windows.extend(latest.windows.iter().filter(is_new).map(told));
    }
    windows.sort_by(|a, b| {
        let order = |window: &WindowTold| (window.said, window.interval, window.maintenance.clone(), window.ordinal);
        order(a).cmp(&order(b))
    });
    windows
}

fn window_told(maintenance: &Maintenance, state: &State, window: &Window, said: WindowSaid) -> WindowTold {
    let identity = &maintenance.identity;
    WindowTold {
        maintenance: maintenance.id.clone(),
        vendor: identity.vendor.clone(),
        reference: identity.reference.clone(),
        ordinal: window.ordinal,
        role: window.role,
        interval: window.interval,
        status: state.status,
        written: window.written.clone(),
        zone: window.zone.clone(),
        said,
        moved_away: false,
    }
}

fn notice_told(notice: &Notice, maintenances: &[Maintenance]) -> NoticeTold {
    let mut says = Vec::new();
    for maintenance in maintenances {
        for revision in maintenance.standing().filter(|revision| revision.notice == notice.id) {
            let said = &revision.announcement;
            let status = said.status.map_or("status not stated", |status| status.as_str());
            says.push(format!("{} {}: {status}", said.vendor, said.reference));
        }
    }
    NoticeTold {
        id: notice.id.clone(),
        sha256: notice.sha256.clone(),
        received_at: notice.received.at,
        received_by: notice.received.by,
        from: notice.from.clone(),
        subject: notice.subject.clone(),
        says,
        authentication: notice.authentication.clone(),
    }
}

fn outage_told(outage: &Outage) -> OutageTold {
    OutageTold {
        id: outage.id.clone(),
        assets: outage.assets.clone(),
        start: outage.start.at,
        end: outage.end.as_ref().map(|end| end.at),
    }
}

/// Messages of one stage, state and instant together, in their order.
fn mails(messages: &[Message]) -> Vec<MailsTold> {
    let mut grouped: BTreeMap<(DateTime<Utc>, &'static str, MessageState), Vec<&Message>> = BTreeMap::new();
    for message in messages {
        let at = message.accepted_at.unwrap_or(message.due_at);
        grouped.entry((at, message.key.stage.as_str(), message.state)).or_default().push(message);
    }
    let told = |((at, stage, state), messages): ((DateTime<Utc>, &'static str, MessageState), Vec<&Message>)| {
        let customers: BTreeSet<_> = messages.iter().filter_map(|message| message.to.customer.clone()).collect();
        MailsTold { at, stage, state, count: messages.len(), customers: customers.into_iter().collect() }
    };
    grouped.into_iter().map(told).collect()
}
