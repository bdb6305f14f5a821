//! The policy: on which occasions mails are written, how early, and what waits for a person.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::digest_time::DigestTime;
use super::quiet::QuietHours;
use super::rule::Rule;
use super::staff_policy::StaffPolicy;
use crate::inventory::Stage;
use crate::time::{BadLength, parse_length};
use crate::window::Impact;

/// Whether a person must approve each message before it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Nothing goes before a person said so. The default: a fresh store writes to nobody by itself.
    #[default]
    On,
    /// Messages go when they are due.
    Off,
}

/// How long before a window's start a reminder is due: elapsed time, so that 24 h across a clock change stay 24 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lead(u32);

/// Longest lead in minutes: no vendor announces more than a year ahead.
const MAX_LEAD_MINUTES: u32 = 366 * 24 * 60;

/// Why a text is no lead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLead {
    /// It is no length of time.
    #[error("{0}; {help}", help = .0.help())]
    Length(BadLength),
    /// Nothing, parts of a minute, or more than a year.
    #[error("`{0}` is no time ahead: it is whole minutes, more than nothing and at most 366 d")]
    Range(String),
}

impl Lead {
    pub(super) const fn of_minutes(minutes: u32) -> Self {
        Self(minutes)
    }

    /// As elapsed time.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }
}

impl FromStr for Lead {
    type Err = BadLead;

    fn from_str(text: &str) -> Result<Self, BadLead> {
        let length = parse_length(text).map_err(BadLead::Length)?;
        let minutes = u32::try_from(length.num_minutes()).unwrap_or(u32::MAX);
        let is_whole = length == TimeDelta::minutes(i64::from(minutes));
        let is_lead = is_whole && (1..=MAX_LEAD_MINUTES).contains(&minutes);
        if is_lead { Ok(Self(minutes)) } else { Err(BadLead::Range(text.to_owned())) }
    }
}

impl fmt::Display for Lead {
    /// Whole hours as `24h`, others as `90min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(60) { write!(f, "{}h", self.0 / 60) } else { write!(f, "{}min", self.0) }
    }
}

impl TryFrom<String> for Lead {
    type Error = BadLead;
    fn try_from(text: String) -> Result<Self, BadLead> {
        text.parse()
    }
}

impl From<Lead> for String {
    fn from(lead: Lead) -> Self {
        lead.to_string()
    }
}

/// Whether mails are written about standing windows, which no notice announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandingMails {
    /// None. The default: who reads of the same night every week reads no more of any.
    #[default]
    Never,
    /// One that tells of the window, its days and hours and the next occurrence; another when these change.
    First,
    /// Reminders, and what the policy writes at the start, of each occurrence.
    Each,
}

/// From which impact on an occasion is worth a mail. Written `off`, or the word of an impact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Worth {
    /// Never.
    Off,
    /// When the worst impact on the reader's assets is this or worse.
    From(Impact),
}

impl TryFrom<String> for Worth {
    type Error = crate::window::UnknownImpact;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().eq_ignore_ascii_case("off") { Ok(Self::Off) } else { text.parse().map(Self::From) }
    }
}

impl From<Worth> for String {
    fn from(worth: Worth) -> Self {
        match worth {
            Worth::Off => "off".to_owned(),
            Worth::From(impact) => impact.as_str().to_owned(),
        }
    }
}

/// What each stage is worth. A stage that is not listed keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stages {
    /// Default: anything worse than NO-IMPACT.
    pub announce: Worth,
    /// Default: anything worse than NO-IMPACT, before or after the change.
    pub change: Worth,
    /// Default: anything worse than NO-IMPACT.
    pub reminder: Worth,
    /// When a window begins. Default: off, since most readers had a reminder an hour before.
    pub start: Worth,
    /// When the last window ends and nobody has said that the work is done. Default: off, since some vendors never say so.
    pub overrun: Worth,
    /// Default: anything worse than NO-IMPACT.
    pub complete: Worth,
    /// Default: anything worse than NO-IMPACT.
    pub cancel: Worth,
    /// By the observed impact. Default: DEGRADED and OUTAGE.
    pub outage: Worth,
    /// By the worse of the expected impact and what recorded outages around the work did to the reader's assets.
    /// Default: DEGRADED and OUTAGE, so that nobody whose redundancy held is asked to restart anything.
    pub follow_up: Worth,
}

impl Default for Stages {
    fn default() -> Self {
        let felt = Worth::From(Impact::ReducedRedundancy);
        let seen = Worth::From(Impact::Degraded);
        Self {
            announce: felt,
            change: felt,
            reminder: felt,
            start: Worth::Off,
            overrun: Worth::Off,
            complete: felt,
            cancel: felt,
            outage: seen,
            follow_up: seen,
        }
    }
}

impl Stages {
    /// What one stage is worth.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Worth {
        match stage {
            Stage::Announce => self.announce,
            Stage::Change => self.change,
            Stage::Reminder => self.reminder,
            Stage::Complete => self.complete,
            Stage::Cancel => self.cancel,
            Stage::Outage => self.outage,
            Stage::FollowUp => self.follow_up,
            Stage::Start => self.start,
            Stage::Overrun => self.overrun,
            // Mails of staff are about no impact.
            Stage::Alarm | Stage::Digest => Worth::From(Impact::NoImpact),
        }
    }

    /// What each stage of a maintenance is worth.
    pub(super) fn of_maintenances(&self) -> [Worth; 8] {
        let Self { announce, change, reminder, start, overrun, complete, cancel, outage: _, follow_up } = *self;
        [announce, change, reminder, start, overrun, complete, cancel, follow_up]
    }

    /// Puts another worth in place of one.
    pub(super) fn set(&mut self, stage: Stage, worth: Worth) {
        let place = match stage {
            Stage::Announce => &mut self.announce,
            Stage::Change => &mut self.change,
            Stage::Reminder => &mut self.reminder,
            Stage::Start => &mut self.start,
            Stage::Overrun => &mut self.overrun,
            Stage::Complete => &mut self.complete,
            Stage::Cancel => &mut self.cancel,
            Stage::Outage => &mut self.outage,
            Stage::FollowUp => &mut self.follow_up,
            Stage::Alarm | Stage::Digest => return,
        };
        *place = worth;
    }
}

/// Which messages should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Default: on.
    pub approval: Approval,
    /// How early to remind, in any order. Default: 7d, 72h, 24h, 1h.
    pub reminders: Vec<Lead>,
    /// With how much notice readers should hear of a window: an announcement or a change that gives less says so.
    /// Default: 24h.
    pub notice: Lead,
    /// When announcements that can wait go together in one mail, on the clock of each reader. Default: never, each at once.
    pub digest: DigestTime,
    /// Whether mails are written about standing windows. Default: never.
    pub standing: StandingMails,
    /// More new messages than this at once all wait for a person. Default: 20 (DESIGN.md section 9).
    pub bulk_limit: usize,
    /// What each stage is worth.
    pub stages: Stages,
    /// Stages whose approval is not that of all. Default: none.
    pub approve: BTreeMap<Stage, Approval>,
    /// When readers are not to be disturbed by what can wait. Default: never.
    pub quiet: Option<QuietHours>,
    /// What the user's own people are told.
    pub staff: StaffPolicy,
    /// What else holds for some. Default: nothing.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

impl Policy {
    /// Whether a message of this stage waits for a person.
    #[must_use]
    pub fn approval_of(&self, stage: Stage) -> Approval {
        self.approve.get(&stage).copied().unwrap_or(self.approval)
    }

    /// The same of a message to one of the user's own people: it goes by itself unless its very stage is named.
    #[must_use]
    pub fn approval_of_staff(&self, stage: Stage) -> Approval {
        self.approve.get(&stage).copied().unwrap_or(Approval::Off)
    }
}

impl Default for Policy {
    fn default() -> Self {
        let reminders = [7 * 24 * 60, 72 * 60, 24 * 60, 60].map(Lead).to_vec();
        Self {
            approval: Approval::On,
            reminders,
            notice: Lead::of_minutes(24 * 60),
            digest: DigestTime::Off,
            standing: StandingMails::Never,
            bulk_limit: 20,
            stages: Stages::default(),
            approve: BTreeMap::new(),
            quiet: None,
            staff: StaffPolicy::default(),
            rules: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(i64, &str)>) {
        let lead = text.parse::<Lead>().ok();
        let got = lead.map(|lead| (lead.length().num_minutes(), lead.to_string()));
        assert_eq!(got, expected.map(|(minutes, shown)| (minutes, shown.to_owned())), "{text}");
    }

    #[test]
    fn leads_as_they_are_written() {
        check("7d", Some((10_080, "168h")));
        check("1 w", Some((10_080, "168h")));
        check(" 72 h", Some((4_320, "72h")));
        check("1 h 30 min", Some((90, "90min")));
        check("90min", Some((90, "90min")));
        check("60 s", Some((1, "1min")));
        check("90 s", None);
        check("90m", None);
        check("0h", None);
        check("366d", Some((527_040, "8784h")));
        check("367d", None);
        check("4294967295d", None);
        check("-1h", None);
        check("7", None);
        check("soon", None);
    }

    #[test]
    fn a_policy_is_written_as_toml_and_what_is_left_out_keeps_its_default() {
        let policy: Policy = toml::from_str("reminders = [\"48h\"]\n[stages]\noutage = \"off\"\n").expect("a policy");
        assert_eq!(policy.approval, Approval::On);
        assert_eq!(policy.reminders, ["48h".parse().expect("a lead")]);
        assert_eq!(policy.stages, Stages { outage: Worth::Off, ..Stages::default() });
        let written = toml::to_string(&Policy::default()).expect("a policy is TOML");
        assert_eq!(toml::from_str::<Policy>(&written), Ok(Policy::default()));
    }

    #[track_caller]
    fn refused(text: &str, saying: &str) {
        let error = toml::from_str::<Policy>(text).expect_err("a typo is refused").to_string();
        assert!(error.contains(saying), "{error}");
    }

    #[test]
    fn a_typo_is_named() {
        refused("bulklimit = 3", "unknown field `bulklimit`");
        refused("reminders = [\"7 weeks\"]", "`7 weeks` has no unit that is known: `weeks`; write it like `2 w`");
        refused("reminders = [\"90m\"]", "`90m` has no unit that is known: `m`; `m` could be minutes or months");
        refused("reminders = [\"367 d\"]", "`367 d` is no time ahead: it is whole minutes");
        refused("[stages]\nannounce = \"severe\"", "`severe` is no impact");
        refused("[approve]\nreminders = \"off\"", "unknown variant `reminders`");
        refused("[quiet]\nfrom = \"22\"\nto = \"07:00\"", "`22` is no time of day");
        refused("[[rule]]\nreminder = []", "unknown field `reminder`");
        refused("[[rule]]\nstages = { complet = \"off\" }", "unknown variant `complet`");
        refused("[[rule]]\nstages = { alarm = \"off\" }", "`alarm` is a stage of staff's mails");
        refused("[staff]\ndigest = \"at eight\"", "`at eight` is no time for a digest");
        refused("[staff]\nwithout = [\"overun\"]", "unknown variant `overun`");
        refused("approval = \"maybe\"", "unknown variant `maybe`");
        refused("digest = \"08:00\"", "`08:00` is no time for a digest: it is written `off`, `daily 08:00`");
        refused("[[rule]]\ndigest = \"hourly\"", "`hourly` is no time for a digest");
        refused("standing = \"always\"", "unknown variant `always`");
        refused("[[rule]]\nstanding = \"once\"", "unknown variant `once`");
    }
}
