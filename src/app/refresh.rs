//! What lies ahead, read again by the zone rules in use (DESIGN.md 4.9).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::check::FURTHEST_DRIFT;
use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use crate::maintenance::{Maintenance, Seen, SeenWindow};
use crate::names::{MaintenanceId, Reference, VendorId};
use crate::store::{Changes, LogEntry};
use crate::time::{Interval, RulesVersion, TimeFlag};
use crate::window::Written;

/// What became of a window that other zone rules stand behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refreshing {
    /// It means other instants, or allows another reading, and was read again.
    Drifted,
    /// It was resolved by newer rules than those in use, and stays.
    OlderRules,
    /// How its words were read was not kept, and it stays.
    NotKept,
    /// Its words mean nothing by the rules in use, and it stays.
    Unreadable,
}

/// A window that means something else, or that a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefreshedWindow {
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// Which of its windows.
    pub ordinal: u32,
    /// The vendor's words.
    pub written: Written,
    /// The zone they are read in.
    pub zone: String,
    /// What became of it.
    pub what: Refreshing,
    /// Where it lay.
    pub before: Interval,
    /// Where it lies by the rules in use; none where it stays.
    pub after: Option<Interval>,
    /// The rules it was resolved by.
    pub rules_before: RulesVersion,
    /// What had to be decided to read it by the rules in use.
    pub flags: Vec<TimeFlag>,
    /// Whether a person must look at it.
    pub needs_a_person: bool,
    /// Why its words mean nothing.
    pub why: Option<String>,
}

/// What reading the windows again did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefreshReport {
    /// The rules in use.
    pub rules: RulesVersion,
    /// Windows that mean something else, and those that a person must look at.
    pub windows: Vec<RefreshedWindow>,
    /// Windows given in UTC or with an offset, which no rules touch.
    pub fixed: usize,
    /// Windows resolved by the release in use.
    pub current: usize,
    /// Windows resolved by another release, by which they lie where they lay.
    pub same: usize,
    /// Messages planned because of it.
    pub messages: usize,
    /// Messages that were planned before and are taken back because of it.
    pub withdrawn: usize,
}

impl RefreshReport {
    /// Windows that became something of some sort.
    #[must_use]
    pub fn count(&self, what: Refreshing) -> usize {
        self.windows.iter().filter(|window| window.what == what).count()
    }

    /// Whether a person must look at something.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        self.windows.iter().any(|window| window.needs_a_person)
    }

    fn see(&mut self, maintenance: &Maintenance, seen: &SeenWindow) {
        let SeenWindow { window, seen } = seen;
        let (what, after, why) = match seen {
            Seen::Fixed => return self.fixed += 1,
            Seen::Current => return self.current += 1,
            Seen::Same => return self.same += 1,
            Seen::Drifted(by_rules) => (Refreshing::Drifted, Some(by_rules), None),
            Seen::OlderRules => (Refreshing::OlderRules, None, None),
            Seen::NotKept => (Refreshing::NotKept, None, None),
            Seen::Nothing(why) => (Refreshing::Unreadable, None, Some(why.to_string())),
        };
        self.windows.push(RefreshedWindow {
            maintenance: maintenance.id.clone(),
            vendor: maintenance.identity.vendor.clone(),
            reference: maintenance.identity.reference.clone(),
            ordinal: window.ordinal,
            written: window.written.clone(),
            zone: window.zone.clone(),
            what,
            before: window.interval,
            after: after.map(|by_rules| by_rules.interval),
            rules_before: window.rules.clone(),
            flags: after.map(|by_rules| by_rules.flags.clone()).unwrap_or_default(),
            needs_a_person: seen.needs_a_person(window),
            why,
        });
    }
}

impl App {
    /// What [`Self::refresh_windows`] would do at `now`; nothing is stored.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn windows_to_refresh(&self, now: DateTime<Utc>) -> Result<RefreshReport, AppError> {
        self.refreshing(now, "").map(|(_, report)| report)
    }

    /// Reads every window ahead again by the zone rules in use, as revisions that keep the announcement, and plans what
    /// follows from it. Doing it again by the same rules adds nothing.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn refresh_windows(&mut self, who: &str, now: DateTime<Utc>) -> Result<RefreshReport, AppError> {
        let report = self.transact(now, |app| app.refreshing(now, who))?;
        self.judge_again(now)?;
        Ok(report)
    }

    fn refreshing(&self, now: DateTime<Utc>, who: &str) -> Result<(Changes, RefreshReport), AppError> {
        let zones = &self.settings.zones;
        let mut report = RefreshReport {
            rules: zones.version().clone(),
            windows: Vec::new(),
            fixed: 0,
            current: 0,
            same: 0,
            messages: 0,
            withdrawn: 0,
        };
        let mut changes = Changes::default();
        for maintenance in self.store.maintenances_active(now - FURTHEST_DRIFT)? {
            let refreshed = maintenance.refreshed(zones, now);
            refreshed.windows.iter().for_each(|window| report.see(&maintenance, window));
            if let Some(refreshed) = refreshed.maintenance {
                changes.log.push(LogEntry {
                    at: now,
                    who: who.to_owned(),
                    what: format!("read its windows again by zone rules {}", zones.version()),
                    subject: refreshed.id.to_string(),
                });
                changes.maintenances.push(refreshed);
            }
        }
        report
            .windows
            .sort_by(|a, b| (a.before, &a.maintenance, a.ordinal).cmp(&(b.before, &b.maintenance, b.ordinal)));
        if !changes.maintenances.is_empty() {
            let proposal = self.proposal_for(&changes.maintenances, now)?;
            (report.messages, report.withdrawn) = (proposal.new.len(), proposal.withdrawn.len());
            add_proposal(&mut changes, proposal);
        }
        Ok((changes, report))
    }
}
