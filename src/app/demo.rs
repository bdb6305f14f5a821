//! The two stories, played through the whole program under a simulated clock.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::audit::AuditReport;
use super::check::Ask;
use super::error::AppError;
use super::import::ImportOptions;
use super::settings::{App, STORE_FILE, Settings};
use super::shipped::{DEMO, DEMO_SCRIPT};
use crate::mail::RawMessage;
use crate::names::{OutageId, VendorId};
use crate::notice::Intake;
use crate::outage::{Observed, Stance, Statement};
use crate::time::{Clock, Interval};
use crate::verdict::Verdict;
use crate::window::Impact;

/// The file that marks a folder as a demo, so that running it again may replace what is in it.
const MARK: &str = ".inwindow-demo";

/// Keys the demo's Message-IDs. It is no secret: the demo must come out the same everywhere.
const SECRET: [u8; 32] = *b"inwindow demo: no secret at all.";

/// What playing the stories gave.
#[derive(Debug, Clone, Serialize)]
pub struct DemoReport {
    /// What happened, in order.
    pub steps: Vec<DemoStep>,
    /// The verdicts of the stories.
    pub rows: Vec<DemoRow>,
    /// The audit on the day before the window.
    pub audit: AuditReport,
    /// The audit on the day of story B's outage.
    pub checklist: AuditReport,
    /// Mails in the maildir.
    pub mails: usize,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct DemoStep {
    /// When, by the simulated clock.
    pub at: DateTime<Utc>,
    /// What.
    pub what: String,
}

/// One verdict of a story.
#[derive(Debug, Clone, Serialize)]
pub struct DemoRow {
    /// `A` or `B`.
    pub story: String,
    /// What was asked, in words.
    pub what: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// What happens in the stories, read from `schedules/demo/script.toml`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    event: Vec<Event>,
    check: Vec<Check>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Event {
    /// Load the inventory.
    Apply { at: DateTime<Utc> },
    /// A notice arrives.
    Import { at: DateTime<Utc>, notice: String },
    /// Everything of a vendor up to an instant was read.
    Complete { at: DateTime<Utc>, vendor: String, until: DateTime<Utc> },
    /// Assets go down.
    Open {
        at: DateTime<Utc>,
        assets: Vec<String>,
        start: DateTime<Utc>,
        written: String,
        source: String,
        summary: String,
    },
    /// They are up again: the outage that these assets had.
    Close { at: DateTime<Utc>, asset: String, end: DateTime<Utc> },
    /// Somebody says something about the newest outage of an asset.
    Say { at: DateTime<Utc>, asset: String, who: String, channel: String, stance: Stance, words: String },
    /// The audit is run.
    Audit { at: DateTime<Utc>, days: i64 },
}

impl Event {
    fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Apply { at }
            | Self::Import { at, .. }
            | Self::Complete { at, .. }
            | Self::Open { at, .. }
            | Self::Close { at, .. }
            | Self::Say { at, .. }
            | Self::Audit { at, .. } => *at,
        }
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    story: String,
    what: String,
    asset: String,
    at: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
    as_of: Option<DateTime<Utc>>,
}

/// A clock that stands where the story is.
struct StoryClock(Cell<DateTime<Utc>>);

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.get()
    }
}

/// Makes the folder a fresh demo: an earlier demo there is replaced, anything else is refused.
///
/// # Errors
/// [`AppError::Usage`] when the folder holds something else, [`AppError::File`].
pub fn prepare(folder: &Path) -> Result<(), AppError> {
    let is_demo = folder.join(MARK).is_file();
    let holds_something = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !is_demo {
        let what = format!("`{}` holds something that is no demo", folder.display());
        return Err(AppError::usage(what, "name a folder that is empty or does not exist"));
    }
    if is_demo {
        fs::remove_dir_all(folder).map_err(|error| AppError::file("remove", folder, error))?;
    }
    write(&folder.join(MARK), "This folder was made by `inwindow demo`, which may replace all of it.\n")?;
    for (name, text) in DEMO {
        write(&folder.join(name), text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), AppError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| AppError::file("create", folder, error))?;
    }
    fs::write(path, text).map_err(|error| AppError::file("write", path, error))
}

/// Plays the stories in a folder made by [`prepare`].
///
/// # Errors
/// Any [`AppError`] of the use cases played.
pub fn play(settings: Settings) -> Result<DemoReport, AppError> {
    let script: Script = toml::from_str(DEMO_SCRIPT)
        .map_err(|error| AppError::usage(format!("the demo's script is broken: {error}"), "report this"))?;
    let began = script.event.first().map_or(DateTime::UNIX_EPOCH, Event::at);
    debug_assert!(!settings.folder.join(STORE_FILE).exists(), "a demo is played in a fresh folder");
    let app = App::create(settings, SECRET, began)?;
    let mut stage = Stage { app, clock: StoryClock(Cell::new(began)), steps: Vec::new(), audits: Vec::new() };
    for event in &script.event {
        stage.deliver_until(event.at())?;
        stage.clock.0.set(event.at());
        stage.perform(event)?;
        stage.deliver()?;
    }
    stage.report(&script.check)
}

struct Stage {
    app: App,
    clock: StoryClock,
    steps: Vec<DemoStep>,
    audits: Vec<AuditReport>,
}

impl Stage {
    fn tell(&mut self, what: String) {
        self.steps.push(DemoStep { at: self.clock.now(), what });
    }

    /// Lets the clock run to each instant at which a message is due before the next event, and sends it.
    fn deliver_until(&mut self, next: DateTime<Utc>) -> Result<(), AppError> {
        while let Some(due) = self.app.store.next_due(self.clock.now())?.filter(|due| *due < next) {
            self.clock.0.set(due);
            if self.deliver()? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn deliver(&mut self) -> Result<usize, AppError> {
        let report = self.app.send(usize::MAX, &self.clock)?;
        let mut stages: Vec<(String, Vec<String>)> = Vec::new();
        for sent in &report.delivered {
            let stage =
                self.app.store.message(sent.message.as_str())?.map_or("mail", |message| message.key.stage.as_str());
            match stages.iter_mut().find(|(name, _)| name == stage) {
                Some((_, to)) => to.push(sent.to.clone()),
                None => stages.push((stage.to_owned(), vec![sent.to.clone()])),
            }
        }
        for (stage, mut to) in stages {
            to.sort();
            self.tell(format!("mailed {stage} to {}", to.join(", ")));
        }
        for expired in &report.expired {
            self.tell(format!("skipped {} to {}: {}", expired.key.stage, expired.to.email, expired.reason));
        }
        Ok(report.delivered.len() + report.expired.len())
    }

    fn perform(&mut self, event: &Event) -> Result<(), AppError> {
        let now = self.clock.now();
        match event {
            Event::Apply { .. } => {
                let folder = self.app.settings.folder.join("inventory");
                let inventory = self.app.settings.load_inventory(&folder)?;
                let assets = inventory.assets.len();
                self.app.apply(&inventory, now)?;
                self.tell(format!("applied an inventory of {assets} assets"));
            }
            Event::Import { notice, .. } => {
                let path = self.app.settings.folder.join("notices").join(notice);
                let bytes = fs::read(&path).map_err(|error| AppError::file("read", &path, error))?;
                let raw = RawMessage { name: format!("notices/{notice}"), bytes, mbox_from: None };
                let options = ImportOptions { received_at: None, intake: Intake::News };
                let imported = self.app.import(&raw, &options, now)?;
                self.app.judge_again(now)?;
                let effects: Vec<String> =
                    imported.effects.iter().map(|effect| format!("{} {}", effect.what, effect.reference)).collect();
                self.tell(format!("imported {notice}: {}", effects.join(", ")));
            }
            Event::Complete { vendor, until, .. } => {
                let vendor = VendorId::new(vendor)?;
                self.app.declare_complete(&format!("{vendor} mailbox"), std::slice::from_ref(&vendor), *until, now)?;
                self.app.judge_again(now)?;
                self.tell(format!("declared that all mail of {vendor} before {} was read", until.format("%F %H:%MZ")));
            }
            Event::Open { assets, start, written, source, summary, .. } => {
                let start = Observed { at: *start, plus_minus_seconds: 0, written: Some(written.clone()) };
                let about = (Impact::Outage, source.as_str(), Some(summary.as_str()));
                self.app.open_outage(assets, (start, None), about, now)?;
                self.tell(format!("down: {} ({written})", assets.join(", ")));
            }
            Event::Close { asset, end, .. } => {
                let outage = self.newest_outage(asset)?;
                self.app.close_outage(outage.as_str(), &Observed::exactly(*end), now)?;
                self.tell(format!("up again: what went down with {asset}"));
            }
            Event::Say { asset, who, channel, stance, words, .. } => {
                let outage = self.newest_outage(asset)?;
                let (who, channel, words) = (who.clone(), channel.clone(), words.clone());
                self.tell(format!("{who} said: {words} ({stance})"));
                let statement =
                    Statement { outage, who, said_at: now, channel, words, stance: *stance, recorded_at: now };
                self.app.say(statement, now)?;
            }
            Event::Audit { days, .. } => {
                let report = self.app.audit(chrono::TimeDelta::days(*days), now)?;
                let found = report.standing.len() + report.windows.iter().map(|w| w.findings.len()).sum::<usize>();
                self.tell(format!("audit: {found} findings, {} checklist items overdue", report.overdue.len()));
                self.audits.push(report);
            }
        }
        Ok(())
    }

    /// The outage of an asset that began last.
    fn newest_outage(&self, asset: &str) -> Result<OutageId, AppError> {
        let outages = self.app.store.outages(crate::store::OutageFilter::All)?;
        let of_asset = outages.iter().filter(|outage| outage.assets.iter().any(|id| id.as_str() == asset));
        let newest = of_asset.max_by_key(|outage| outage.start.at);
        newest.map(|outage| outage.id.clone()).ok_or_else(|| AppError::Unknown {
            what: "outage of",
            typed: asset.to_owned(),
            nearest: None,
        })
    }

    fn report(mut self, checks: &[Check]) -> Result<DemoReport, AppError> {
        let now = self.clock.now();
        let mut rows = Vec::new();
        for check in checks {
            let interval = match check.to {
                Some(to) => Interval::new(check.at, to)?,
                None => Interval::second_at(check.at),
            };
            let ask = Ask { asset: check.asset.clone(), interval, impact: Impact::Outage, as_of: check.as_of };
            let verdict = self.app.check(&ask, now)?;
            rows.push(DemoRow { story: check.story.clone(), what: check.what.clone(), verdict });
        }
        let accepted =
            crate::store::MessageFilter { state: Some(crate::plan::MessageState::Accepted), ..Default::default() };
        let mails = self.app.store.messages(&accepted)?.len();
        let missing = || AppError::usage("the demo's script runs fewer than two audits", "report this");
        let audit = self.audits.pop().ok_or_else(missing)?;
        let checklist = self.audits.pop().ok_or_else(missing)?;
        Ok(DemoReport { steps: self.steps, rows, audit, checklist, mails })
    }
}
