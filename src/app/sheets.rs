//! The sheets of mails to staff: what is known when they are written, as facts.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::ahead::AheadKind;
use super::audit::{AuditReport, Telling};
use super::checklist::CheckSeen;
use super::error::AppError;
use super::look::Wanted;
use super::outage::OutageSeen;
use super::settings::App;
use crate::inventory::{Inventory, Stage};
use crate::maintenance::Maintenance;
use crate::names::{AssetId, MaintenanceId};
use crate::notice::{Notice, ReviewItem};
use crate::plan::{
    Alarm, Cause, CheckRow, MISSED, Message, MessageRow, MessageState, NoticeRow, OutageRow, Section, Sheet, WindowRow,
};
use crate::store::{OutageFilter, ReviewFilter};
use crate::time::Interval;
use crate::window::Impact;

/// Rows of a section at most: more of one sort than anybody reads in a mail; the rest is counted.
const MAX_ROWS: usize = 50;

/// How long before it is too late for a message it may have been due: longer than any lead of a reminder.
const DUE_BEFORE: TimeDelta = TimeDelta::days(400);

impl App {
    /// What a message to staff tells at `now`.
    pub(super) fn sheet_of(
        &self,
        message: &Message,
        inventory: &Inventory,
        now: DateTime<Utc>,
    ) -> Result<Sheet, AppError> {
        let Some(alarm) = &message.material.alarm else { return self.digest(inventory, now) };
        let mut sections = Vec::new();
        match (alarm, &message.key.cause) {
            (Alarm::Verdict { .. }, Cause::Outage(id)) => {
                let seen = self.outage_seen(id.as_str())?;
                put(&mut sections, vec![outage_row(seen)], Section::Outages);
            }
            (Alarm::Overrun { .. } | Alarm::EarlyStart { .. }, Cause::Maintenance(id)) => {
                let maintenance = self.store.maintenance(id.as_str())?;
                let rows = maintenance.map(|maintenance| window_rows(inventory, &maintenance));
                put(&mut sections, rows.unwrap_or_default(), Section::Windows);
            }
            (Alarm::Approval { until }, _) => {
                let waiting = self.messages_until(MessageState::AwaitingApproval, *until, |_| true)?;
                put(&mut sections, waiting, Section::Waiting);
            }
            (Alarm::Missed { until }, _) => {
                let is_missed = |message: &Message| message.reason.starts_with(MISSED);
                let missed = self.messages_until(MessageState::Skipped, *until, is_missed)?;
                put(&mut sections, missed, Section::Missed);
            }
            (Alarm::Stale | Alarm::Unsubscribe, Cause::Notice(id)) => {
                let notice = self.notice_told_of(id)?;
                let item = self.store.review_of(id)?;
                let rows = notice.map(|notice| notice_row(&notice, item.as_ref())).into_iter().collect();
                put(&mut sections, rows, Section::Review);
            }
            (Alarm::Unread { .. } | Alarm::Quiet { .. } | Alarm::Windows { .. }, _) => {
                put(&mut sections, vec![message.reason.clone()], Section::Sources);
            }
            // A message is planned with the cause that its alarm has.
            (
                Alarm::Verdict { .. }
                | Alarm::Overrun { .. }
                | Alarm::EarlyStart { .. }
                | Alarm::Stale
                | Alarm::Unsubscribe,
                _,
            ) => put(&mut sections, vec![message.reason.clone()], Section::Findings),
        }
        Ok(Sheet { sections })
    }

    /// What there is to know at `now`.
    fn digest(&self, inventory: &Inventory, now: DateTime<Utc>) -> Result<Sheet, AppError> {
        let ahead = self.settings.config.policy.staff.ahead.length();
        let report = self.audit(ahead, Telling::Open, now)?;
        let mut sections = Vec::new();
        let outages = self.store.outages(OutageFilter::Open)?;
        let seen = outages.iter().map(|outage| self.outage_seen(outage.id.as_str())).collect::<Result<Vec<_>, _>>()?;
        put(&mut sections, seen.into_iter().map(outage_row).collect(), Section::Outages);
        let checklist = self.checklist(now)?.into_iter().map(check_row).collect();
        put(&mut sections, checklist, Section::Checklist);
        put(
            &mut sections,
            self.windows_told(inventory, &report, Interval::new(now, now + ahead)?, now)?,
            Section::Windows,
        );
        put(&mut sections, findings(&report), Section::Findings);
        let mut review = Vec::new();
        for item in self.store.review(ReviewFilter::Open)? {
            let notice = self.notice_told_of(&item.notice)?;
            review.extend(notice.map(|notice| notice_row(&notice, Some(&item))));
        }
        put(&mut sections, review, Section::Review);
        let in_states = |states| Wanted { states, ..Wanted::default() };
        let waiting = in_states(vec![MessageState::AwaitingApproval]);
        put(&mut sections, self.message_rows(waiting, |_| true)?, Section::Waiting);
        let failed = in_states(vec![MessageState::Failed, MessageState::Bounced]);
        put(&mut sections, self.message_rows(failed, |_| true)?, Section::Failed);
        let mut wrong: Vec<String> =
            self.sources_seen(now)?.iter().flat_map(super::intake::SourceSeen::wrong).collect();
        wrong.extend(self.broken_windows()?.iter().map(ToString::to_string));
        put(&mut sections, wrong, Section::Sources);
        Ok(Sheet { sections })
    }

    /// The announced windows ahead that touch anything of ours, or name what is not known, with what the audit found.
    fn windows_told(
        &self,
        inventory: &Inventory,
        report: &AuditReport,
        span: Interval,
        now: DateTime<Utc>,
    ) -> Result<Vec<WindowRow>, AppError> {
        let mut rows = Vec::new();
        let mut states: BTreeMap<MaintenanceId, Option<Maintenance>> = BTreeMap::new();
        let (windows, _) = self.windows_ahead(inventory, span, now)?;
        for ahead in windows.into_iter().filter(|ahead| ahead.kind == AheadKind::Announced) {
            let Some((id, ordinal)) = ahead.window.maintenance.clone() else { continue };
            let maintenance = match states.get(&id) {
                Some(known) => known,
                None => &*states.entry(id.clone()).or_insert(self.store.maintenance(id.as_str())?),
            };
            let found = report.windows.iter().find(|found| found.maintenance == id && found.ordinal == ordinal);
            let findings = found.into_iter().flat_map(|found| &found.findings).map(|seen| seen.finding.text.clone());
            let row = WindowRow {
                status: maintenance.as_ref().map(|maintenance| maintenance.latest().status),
                findings: findings.collect(),
                unmatched: ahead.scope.unmatched().map(str::to_owned).collect(),
                ..window_row(
                    inventory,
                    (&ahead.window.vendor.to_string(), &ahead.window.reference),
                    Some(id),
                    ahead.window.interval,
                    &ahead.scope.start,
                )
            };
            if !row.assets.is_empty() || !row.unmatched.is_empty() {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// The customers' messages in a state for which it is, or was, too late within a span.
    fn messages_until(
        &self,
        state: MessageState,
        until: Interval,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Vec<MessageRow>, AppError> {
        let due = Interval::new(until.start() - DUE_BEFORE, until.end())?;
        let wanted = Wanted { states: vec![state], span: Some(due), ..Wanted::default() };
        let ends_within = |message: &Message| message.not_after.is_some_and(|at| until.contains(at));
        self.message_rows(wanted, |message| ends_within(message) && fits(message))
    }

    /// The customers' messages that are wanted and fit: those of one cause and stage in one state are one row,
    /// in the order of when it is too late for them.
    fn message_rows(&self, wanted: Wanted, fits: impl Fn(&Message) -> bool) -> Result<Vec<MessageRow>, AppError> {
        let mut rows = BTreeMap::new();
        for page in self.message_pages(wanted)? {
            let page = page?.into_iter().filter(|message| message.to.customer.is_some() && fits(message));
            page.for_each(|message| add(&mut rows, message));
        }
        let mut rows: Vec<MessageRow> = rows.into_values().collect();
        rows.sort_by(|a, b| {
            (a.not_after.is_none(), a.not_after, &a.cause).cmp(&(b.not_after.is_none(), b.not_after, &b.cause))
        });
        Ok(rows)
    }
}

/// Adds a section, cut where it has too many rows.
fn put<R>(sections: &mut Vec<Section>, mut rows: Vec<R>, section: fn(Vec<R>) -> Section) {
    let more = rows.len().saturating_sub(MAX_ROWS);
    rows.truncate(MAX_ROWS);
    sections.push(section(rows));
    if more > 0 {
        sections.push(Section::More(more));
    }
}

fn outage_row(seen: OutageSeen) -> OutageRow {
    let OutageSeen { outage, verdicts, .. } = seen;
    OutageRow {
        verdicts: verdicts.into_iter().map(|verdict| (verdict.asset, verdict.kind, verdict.answer)).collect(),
        id: outage.id,
        assets: outage.assets,
        impact: outage.impact,
        start: outage.start.at,
        end: outage.end.map(|end| end.at),
        source: outage.source,
        summary: outage.summary,
    }
}

/// The windows of a maintenance as they stand.
fn window_rows(inventory: &Inventory, maintenance: &Maintenance) -> Vec<WindowRow> {
    let (state, identity) = (maintenance.latest(), &maintenance.identity);
    let row = |window: &crate::window::Window| {
        let account = identity.account.as_deref();
        let scope = inventory.scope(&identity.vendor, account, state.objects_of(window), state.impact);
        let of = (identity.vendor.as_str(), identity.reference.as_str());
        let row = window_row(inventory, of, Some(maintenance.id.clone()), window.interval, &scope.start);
        WindowRow { status: Some(state.status), unmatched: scope.unmatched().map(str::to_owned).collect(), ..row }
    };
    state.windows.iter().map(row).collect()
}

/// A window with what it touches of ours, the worst first.
fn window_row(
    inventory: &Inventory,
    (vendor, reference): (&str, &str),
    maintenance: Option<MaintenanceId>,
    interval: Interval,
    start: &[(AssetId, Impact)],
) -> WindowRow {
    let touched = inventory.spread(start);
    let customers = inventory.customers_touched(&touched).len();
    let felt = touched.into_iter().filter(|(_, touch)| touch.impact > Impact::NoImpact);
    let mut assets: Vec<(AssetId, Impact)> = felt.map(|(asset, touch)| (asset, touch.impact)).collect();
    assets.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    let known = inventory.vendors.values().find(|known| known.id.as_str() == vendor);
    WindowRow {
        vendor: known.map_or(vendor, |known| known.name.as_str()).to_owned(),
        reference: reference.to_owned(),
        maintenance,
        status: None,
        interval,
        assets,
        customers,
        findings: Vec::new(),
        unmatched: Vec::new(),
    }
}

/// What the audit found on any day and while several windows are open.
fn findings(report: &AuditReport) -> Vec<String> {
    let conflicts = report.conflicts.iter().map(|conflict| &conflict.seen);
    let seen = conflicts.chain(&report.standing);
    seen.map(|seen| format!("{} {}: {}", seen.finding.severity, seen.finding.rule, seen.finding.text)).collect()
}

fn check_row(seen: CheckSeen) -> CheckRow {
    let CheckSeen { item, due_at, is_overdue, done, fact } = seen;
    let words = |said: crate::inventory::CheckSaid| match said {
        crate::inventory::CheckSaid::Fact(words) => words,
        crate::inventory::CheckSaid::Done => String::new(),
    };
    CheckRow {
        id: item.id.to_string(),
        what: item.what,
        asset: item.asset,
        owner: item.owner,
        due_at,
        is_overdue,
        done: item.last_done.map(|at| (at, done.map(|word| word.who))),
        fact: fact.map(|word| (words(word.said), word.at, word.who)),
    }
}

fn notice_row(notice: &Notice, item: Option<&ReviewItem>) -> NoticeRow {
    let vendor = item.and_then(|item| item.vendor.as_ref()).map(ToString::to_string);
    NoticeRow {
        id: notice.id.clone(),
        subject: notice.subject.clone(),
        from: vendor.or_else(|| notice.from.clone()),
        received_at: notice.received.at,
        reasons: item.into_iter().flat_map(|item| &item.reasons).map(ToString::to_string).collect(),
    }
}

/// Counts a message in the row of its cause, stage and state.
fn add(rows: &mut BTreeMap<(String, Stage, MessageState), MessageRow>, message: Message) {
    let key = (message.key.cause.id().to_owned(), message.key.stage, message.state);
    if let Some(row) = rows.get_mut(&key) {
        row.more += 1;
        row.not_after = [row.not_after, message.not_after].into_iter().flatten().min();
        return;
    }
    let row = MessageRow {
        stage: message.key.stage,
        cause: key.0.clone(),
        to: message.to.email,
        more: 0,
        not_after: message.not_after,
        reason: message.reason,
    };
    rows.insert(key, row);
}
