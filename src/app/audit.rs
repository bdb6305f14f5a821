//! What redundancy is missing, before a window finds it; and which windows together leave nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::ahead::{AheadKind, AheadWindow};
use super::error::AppError;
use super::settings::App;
use crate::inventory::{
    self, Accepted, AuditedWindow, ChecklistItem, Conflict, Finding, Inventory, Kept, Leaves, Limit, Rule, Severity,
    reconcile,
};
use crate::names::{AssetId, CustomerId, FindingId, MaintenanceId, VendorId, nearest};
use crate::store::{Changes, LogEntry};
use crate::time::Interval;
use crate::verdict::Claim;

/// Most findings told by one audit: more than anybody reads, and some hundred megabytes at most.
const MAX_FINDINGS: usize = 200_000;

/// What an audit found.
#[derive(Debug, Clone, Serialize)]
pub struct AuditReport {
    /// What is wrong on any day.
    pub standing: Vec<Seen>,
    /// What goes wrong in windows ahead.
    pub windows: Vec<WindowFindings>,
    /// What goes wrong while several windows are open.
    pub conflicts: Vec<ConflictSeen>,
    /// What should have been done by now.
    pub overdue: Vec<Overdue>,
    /// Claims that wait for somebody, and those that ran out of late.
    pub claims: Vec<Claim>,
    /// How many findings were left out because somebody accepted them.
    pub accepted: usize,
    /// What was not looked at, or not told, and why.
    pub limits: Vec<String>,
    /// Everything found, to be kept.
    #[serde(skip)]
    changed: Vec<Kept>,
}

/// A finding with what is kept about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Its id.
    pub id: FindingId,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Since when it is found; none when it is new.
    pub since: Option<DateTime<Utc>>,
    /// Who accepted it, and why.
    pub accepted: Option<Accepted>,
}

/// What goes wrong in one window.
#[derive(Debug, Clone, Serialize)]
pub struct WindowFindings {
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// Which of its windows.
    pub ordinal: u32,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: String,
    /// When.
    pub interval: Interval,
    /// The findings.
    pub findings: Vec<Seen>,
    /// The vendor's names that match nothing in the inventory.
    pub unmatched: Vec<String>,
}

/// What goes wrong while several windows are open.
#[derive(Debug, Clone, Serialize)]
pub struct ConflictSeen {
    /// The finding.
    #[serde(flatten)]
    pub seen: Seen,
    /// Which windows; none of them could be left out.
    pub windows: Vec<AuditedWindow>,
    /// When all of them are open; several times where standing windows fall again.
    pub overlaps: Vec<Interval>,
    /// What goes down with the assets, because it needs them.
    pub downstream: Vec<AssetId>,
    /// The customers who use any of it.
    pub customers: Vec<CustomerId>,
}

/// A checklist item that is overdue.
#[derive(Debug, Clone, Serialize)]
pub struct Overdue {
    /// Its id.
    pub id: String,
    /// What should have been done.
    pub what: String,
    /// What it concerns.
    pub asset: Option<String>,
    /// Who does it.
    pub owner: Option<String>,
    /// By when; none when it was never done.
    pub due_at: Option<DateTime<Utc>>,
}

/// Which findings to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Those that somebody should look at.
    Open,
    /// Accepted ones as well.
    All,
}

impl WindowFindings {
    /// None for a standing window, of which only conflicts are told.
    fn of(window: AuditedWindow, unmatched: Vec<String>) -> Option<Self> {
        let AuditedWindow { vendor, reference, maintenance, interval } = window;
        let (maintenance, ordinal) = maintenance?;
        Some(Self { maintenance, ordinal, vendor, reference, interval, findings: Vec::new(), unmatched })
    }
}

impl AuditReport {
    /// Whether nothing was found that somebody should look at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let in_windows = self.windows.iter().flat_map(|window| &window.findings);
        let seen = self.standing.iter().chain(in_windows).chain(self.conflicts.iter().map(|conflict| &conflict.seen));
        let mut unmatched = self.windows.iter().flat_map(|window| &window.unmatched);
        seen.filter(|seen| seen.accepted.is_none()).count() == 0
            && unmatched.next().is_none()
            && self.overdue.is_empty()
            && self.claims.is_empty()
    }
}

impl App {
    /// Audits the inventory, the windows that are open or begin before `now + next`, and the checklist. Keeps nothing:
    /// [`keep_audit`](Self::keep_audit) does.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`]; [`AppError::Wrong`] for a file of standing windows.
    pub fn audit(&self, next: TimeDelta, telling: Telling, now: DateTime<Utc>) -> Result<AuditReport, AppError> {
        let inventory = self.inventory_at(now)?;
        let ahead = Interval::new(now, now + next)?;
        let (windows, mut limits) = self.windows_ahead(&inventory, ahead, now)?;
        let mut found: Vec<Kept> =
            inventory.audit().into_iter().map(|f| Kept::new(f, Vec::new(), Vec::new())).collect();
        for ahead in windows.iter().filter(|ahead| ahead.kind == AheadKind::Announced) {
            let of_window = inventory.audit_window(&ahead.scope.start);
            found.extend(of_window.into_iter().map(|f| Kept::new(f, vec![ahead.window.clone()], Vec::new())));
            if found.len() > MAX_FINDINGS {
                limits
                    .push(format!("there are more than {MAX_FINDINGS} findings: those of later windows are not told"));
                break;
            }
        }
        let works: Vec<_> = windows.iter().map(AheadWindow::work).collect();
        let conflicts = inventory.conflicts(&works);
        drop(works);
        limits.extend(conflicts.limits.iter().copied().map(Limit::text));
        let mut below = BTreeMap::new();
        found.extend(together(&windows, conflicts.found, &mut below));
        // What was not told for its number is not gone.
        let until = if limits.is_empty() { ahead.end() } else { DateTime::<Utc>::MIN_UTC };
        let (joined, changed) = reconcile(self.store.findings()?, found, until, now);
        let mut report = AuditReport {
            standing: Vec::new(),
            windows: unmatched(&windows),
            conflicts: Vec::new(),
            overdue: overdue(&self.checklist_items(&inventory)?, now),
            claims: self.open_claims(now)?,
            accepted: 0,
            limits,
            changed,
        };
        report.tell(joined, telling, &inventory, &mut below);
        Ok(report)
    }

    /// Keeps what an audit found: since when each finding is known, and which are gone.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn keep_audit(&mut self, report: &AuditReport, now: DateTime<Utc>) -> Result<(), AppError> {
        self.transact(now, |_| Ok((Changes { findings: report.changed.clone(), ..Changes::default() }, ())))
    }

    /// Accepts a finding: it is as it should be, for a reason.
    ///
    /// # Errors
    /// [`AppError::Unknown`] for a finding that is not kept, [`AppError::Usage`] for one that is cleared, an empty reason
    /// or nobody; [`AppError::Store`].
    pub fn accept_finding(
        &mut self,
        typed: &str,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Kept, AppError> {
        let (by, reason) = (by.trim(), reason.trim());
        if reason.is_empty() || by.is_empty() {
            let what = "an acceptance needs a reason and a name";
            return Err(AppError::usage(what, "say why it is as it should be, and who says so: --reason, --by"));
        }
        self.transact(now, |app| {
            let Some(kept) = app.store.finding(typed)? else {
                let findings = app.store.findings()?;
                let known = findings.iter().map(|kept| kept.id.as_str());
                let nearest = nearest(typed, known).map(str::to_owned);
                return Err(AppError::Unknown { what: "finding", typed: typed.to_owned(), nearest });
            };
            if let Some(cleared_at) = kept.cleared_at {
                let what = format!("{} was found no more at {}", kept.id, cleared_at.format("%Y-%m-%dT%H:%M:%SZ"));
                return Err(AppError::usage(what, "`inwindow audit` shows what is found now"));
            }
            let accepted = Accepted { by: by.to_owned(), at: now, reason: reason.to_owned() };
            let kept = Kept { accepted: Some(accepted), ..kept };
            let log = LogEntry {
                at: now,
                who: by.to_owned(),
                what: format!("accepted a finding: {reason}"),
                subject: kept.id.to_string(),
            };
            Ok((Changes { findings: vec![kept.clone()], log: vec![log], ..Changes::default() }, kept))
        })
    }
}

/// What goes down with the assets of a conflict.
type Below = BTreeMap<FindingId, Vec<AssetId>>;

impl AuditReport {
    fn tell(&mut self, found: Vec<Kept>, telling: Telling, inventory: &Inventory, below: &mut Below) {
        let mut of_window: BTreeMap<(MaintenanceId, u32), usize> = BTreeMap::new();
        for (place, window) in self.windows.iter().enumerate() {
            of_window.insert((window.maintenance.clone(), window.ordinal), place);
        }
        for kept in found {
            if kept.accepted.is_some() && telling == Telling::Open {
                self.accepted += 1;
                continue;
            }
            let Kept { id, finding, mut windows, overlaps, since, accepted, .. } = kept;
            let seen = Seen { id, finding, since, accepted };
            if windows.len() > 1 {
                let downstream = below.remove(&seen.id).unwrap_or_default();
                let assets = [&seen.finding.asset].into_iter().chain(&seen.finding.others).chain(&downstream);
                let customers = inventory.users_of(assets);
                self.conflicts.push(ConflictSeen { seen, windows, overlaps, downstream, customers });
                continue;
            }
            match windows.pop() {
                None => self.standing.push(seen),
                Some(window) => {
                    let Some(key) = window.maintenance.clone() else { continue };
                    let place = *of_window.entry(key).or_insert(self.windows.len());
                    if place == self.windows.len() {
                        self.windows.extend(WindowFindings::of(window, Vec::new()));
                    }
                    self.windows[place].findings.push(seen);
                }
            }
        }
        self.windows.sort_by(|a, b| (a.interval, &a.maintenance).cmp(&(b.interval, &b.maintenance)));
    }
}

/// The windows that name something the inventory does not have.
fn unmatched(windows: &[AheadWindow]) -> Vec<WindowFindings> {
    let of = |ahead: &AheadWindow| {
        let unmatched: Vec<String> = ahead.scope.unmatched().map(str::to_owned).collect();
        if unmatched.is_empty() { None } else { WindowFindings::of(ahead.window.clone(), unmatched) }
    };
    windows.iter().filter_map(of).collect()
}

/// The conflicts as findings. What the same standing windows do again and again is one, with each time it does.
fn together(windows: &[AheadWindow], conflicts: Vec<Conflict>, below: &mut Below) -> Vec<Kept> {
    let mut found: BTreeMap<FindingId, Kept> = BTreeMap::new();
    for conflict in conflicts {
        let mut of: Vec<_> = conflict.windows.iter().map(|place| windows[*place].window.clone()).collect();
        of.sort_by(|a, b| (a.interval, &a.vendor, &a.reference).cmp(&(b.interval, &b.vendor, &b.reference)));
        let Some(finding) = finding(&of, &conflict) else { continue };
        let kept = Kept::new(finding, of, vec![conflict.interval]);
        below.entry(kept.id.clone()).or_insert(conflict.downstream);
        match found.get_mut(&kept.id) {
            Some(known) => known.overlaps.push(conflict.interval),
            None => {
                found.insert(kept.id.clone(), kept);
            }
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by(|a, b| (&a.overlaps, &a.id).cmp(&(&b.overlaps, &b.id)));
    found
}

fn finding(windows: &[AuditedWindow], conflict: &Conflict) -> Option<Finding> {
    let (asset, others) = conflict.assets.split_first()?;
    let names: BTreeSet<String> =
        windows.iter().map(|window| format!("{} {}", window.vendor, window.reference)).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(" and ");
    let more = match others.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let plural = !others.is_empty();
    let (rule, severity, text) = match conflict.leaves {
        Leaves::Nothing => {
            let verb = if plural { "go" } else { "goes" };
            let text = format!("`{asset}`{more} {verb} down while {names} overlap, and with none of them alone");
            (Rule::Conflict, Severity::Critical, text)
        }
        Leaves::NoSpare => {
            let verb = if plural { "have" } else { "has" };
            let text = format!("`{asset}`{more} {verb} nothing to spare while {names} overlap");
            (Rule::NoSpare, Severity::Warning, text)
        }
    };
    let path = vec![asset.clone()];
    Some(Finding { rule, severity, asset: asset.clone(), path, others: others.to_vec(), text })
}

fn overdue(items: &[ChecklistItem], now: DateTime<Utc>) -> Vec<Overdue> {
    let overdue = inventory::overdue(items, now).into_iter().map(|due| Overdue {
        id: due.item.id.to_string(),
        what: due.item.what.clone(),
        asset: due.item.asset.as_ref().map(ToString::to_string),
        owner: due.item.owner.clone(),
        due_at: due.due_at,
    });
    overdue.collect()
}
