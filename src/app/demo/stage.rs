//! The stage: one store, one clock that the script moves, and what happened on it.

use std::fs;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, TimeDelta, Utc};

use super::script::{Check, Event, LookAt, Story, Typed};
use super::{DemoRow, DemoStep, Refused, StoryReport};
use crate::app::audit::{Seen, Telling};
use crate::app::check::Ask;
use crate::app::error::AppError;
use crate::app::import::{ImportOptions, Imported};
use crate::app::outage::Closing;
use crate::app::settings::App;
use crate::mail::RawMessage;
use crate::names::{OutageId, VendorId};
use crate::notice::{Intake, Reading};
use crate::outage::{Observed, Stance, Statement};
use crate::plan::MessageState;
use crate::store::{MessageFilter, OutageFilter};
use crate::time::{Clock, Interval, MomentError, Zone, parse_moment, shown_length};
use crate::window::Impact;

/// A clock that stands where the story is.
#[derive(Clone, Copy)]
struct StoryClock(DateTime<Utc>);

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

pub(super) struct Stage {
    app: App,
    clock: StoryClock,
    /// The wall clock that the story now playing is told by.
    zone: Zone,
    steps: Vec<DemoStep>,
}

impl Stage {
    pub(super) fn new(app: App, began: DateTime<Utc>) -> Self {
        Self { app, clock: StoryClock(began), zone: Zone::utc(), steps: Vec::new() }
    }

    /// Plays a story and asks its questions.
    pub(super) fn play(&mut self, story: &Story) -> Result<StoryReport, AppError> {
        self.zone = self.app.settings.zones.get(&story.zone)?;
        for event in &story.event {
            self.deliver_until(event.at())?;
            self.clock = StoryClock(event.at());
            self.perform(event)?;
            self.deliver()?;
        }
        Ok(StoryReport {
            id: story.id.clone(),
            title: story.title.clone(),
            told: story.told.clone(),
            zone: story.zone.clone(),
            steps: std::mem::take(&mut self.steps),
            refused: story.typed.as_ref().map(|typed| self.refused(typed)).transpose()?,
            rows: story.check.iter().map(|check| self.ask(check)).collect::<Result<_, _>>()?,
        })
    }

    /// The mails that went, by stage.
    pub(super) fn mails(&self) -> Result<Vec<(String, usize)>, AppError> {
        let accepted = MessageFilter { states: vec![MessageState::Accepted], ..MessageFilter::default() };
        let mut messages = self.app.store.messages(&accepted)?;
        messages.sort_by_key(|message| message.accepted_at);
        let mut counts: Vec<(String, usize)> = Vec::new();
        for message in messages {
            match counts.iter_mut().find(|(stage, _)| stage == message.key.stage.as_str()) {
                Some((_, count)) => *count += 1,
                None => counts.push((message.key.stage.to_string(), 1)),
            }
        }
        Ok(counts)
    }

    fn tell(&mut self, event: &'static str, what: String) {
        self.steps.push(DemoStep { at: self.clock.now(), event, what });
    }

    /// `26 March 01:00 CET`: an instant on the story's wall clock.
    fn wall(&self, instant: DateTime<Utc>) -> String {
        format!("{} {}", self.zone.local(instant).format("%-d %B %H:%M"), self.zone.abbreviation_at(instant))
    }

    /// Lets the clock run to each instant at which a message is due before the next event, and sends it.
    fn deliver_until(&mut self, next: DateTime<Utc>) -> Result<(), AppError> {
        while let Some(due) = self.app.store.next_due(self.clock.now())?.filter(|due| *due < next) {
            self.clock = StoryClock(due);
            if self.deliver()? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn deliver(&mut self) -> Result<usize, AppError> {
        let report = self.app.send(usize::MAX, &self.clock, &AtomicBool::new(false))?;
        let mut stages: Vec<(String, Vec<String>)> = Vec::new();
        for sent in &report.delivered {
            let message = self.app.store.message(sent.message.as_str())?;
            let stage = message.map_or("mail", |message| message.key.stage.as_str());
            match stages.iter_mut().find(|(name, _)| name == stage) {
                Some((_, to)) => to.push(sent.to.clone()),
                None => stages.push((stage.to_owned(), vec![sent.to.clone()])),
            }
        }
        for (stage, mut to) in stages {
            to.sort();
            self.tell("mail", format!("{stage} to {}", to.join(", ")));
        }
        for expired in &report.expired {
            self.tell("mail", format!("no {} to {}: {}", expired.key.stage, expired.to.email, expired.reason));
        }
        Ok(report.delivered.len() + report.expired.len())
    }

    fn perform(&mut self, event: &Event) -> Result<(), AppError> {
        match event {
            Event::Apply { .. } => self.apply(),
            Event::Import { notice, .. } => self.import(notice),
            Event::Complete { vendor, until, .. } => self.complete(vendor, *until),
            Event::Open { assets, start, written, source, summary, .. } => {
                let start = Observed { written: Some(written.clone()), ..Observed::exactly(*start) };
                let about = (Impact::Outage, source.as_str(), Some(summary.as_str()));
                self.app.open_outage(assets, (start, None), about, self.clock.now())?;
                self.tell("down", format!("{} ({written}), known from {source}", assets.join(", ")));
                Ok(())
            }
            Event::Close { asset, end, .. } => {
                let id = self.newest_outage(asset)?;
                let seen =
                    self.app.close_outage(id.as_str(), (&Observed::exactly(*end), Closing::Once), self.clock.now())?;
                let assets: Vec<String> = seen.outage.assets.iter().map(ToString::to_string).collect();
                let lasted = shown_length(*end - seen.outage.start.at);
                self.tell("up", format!("{} since {}, after {lasted}", assets.join(", "), self.wall(*end)));
                Ok(())
            }
            Event::Say { asset, who, channel, stance, words, .. } => {
                let (outage, now) = (self.newest_outage(asset)?, self.clock.now());
                let (who, channel, words) = (who.clone(), channel.clone(), words.clone());
                let holds = match stance {
                    Stance::Related => ", holds it related",
                    Stance::Unrelated => ", holds it unrelated",
                    Stance::Unknown => "",
                };
                self.tell("said", format!("{who} ({channel}{holds}): “{words}”"));
                let statement =
                    Statement { outage, who, said_at: now, channel, words, stance: *stance, recorded_at: now };
                self.app.say(statement, now)?;
                Ok(())
            }
            Event::Audit { days, look_at, .. } => self.audit(TimeDelta::days(*days), *look_at),
        }
    }

    fn apply(&mut self) -> Result<(), AppError> {
        let folder = self.app.settings.folder.join("inventory");
        let inventory = self.app.settings.load_inventory(&folder)?;
        let (assets, customers) = (inventory.assets.len(), inventory.customers.len());
        self.app.apply(&inventory, self.clock.now())?;
        self.tell("apply", format!("an inventory of {assets} assets and {customers} customers, for both stories"));
        Ok(())
    }

    fn import(&mut self, notice: &str) -> Result<(), AppError> {
        let path = self.app.settings.folder.join("notices").join(notice);
        let bytes = fs::read(&path).map_err(|error| AppError::file("read", &path, error))?;
        let raw = RawMessage::new(format!("notices/{notice}"), bytes);
        let options = ImportOptions { received_at: None, intake: Intake::News };
        let imported = self.app.import(&raw, &options, self.clock.now())?;
        self.app.judge_again(self.clock.now())?;
        self.tell("notice", self.said(notice, &imported));
        Ok(())
    }

    /// What a notice said, in the vendor's words and as read.
    fn said(&self, notice: &str, imported: &Imported) -> String {
        let mut text = format!("{notice}, received {}", self.wall(imported.received.at));
        for effect in &imported.effects {
            text.push_str(&format!(": {} {}", effect.what, effect.reference));
        }
        let Reading::Understood { announcements } = &imported.reading else { return text };
        for said in announcements {
            text.push_str(&said.status.map(|status| format!(", {status}")).unwrap_or_default());
            for window in &said.windows {
                let (start, end) = (window.interval.start(), window.interval.end());
                let (words, hours) = (&window.written.start, shown_length(end - start));
                text.push_str(&format!(", “{words}”: {} to {} ({hours})", self.wall(start), self.wall(end)));
            }
            for object in &said.objects {
                let impact = object.impact.or(said.impact).map_or("impact not stated", Impact::as_str);
                text.push_str(&format!(", {}: {impact}", object.name));
            }
        }
        text
    }

    fn complete(&mut self, vendor: &str, until: DateTime<Utc>) -> Result<(), AppError> {
        let (vendor, now) = (VendorId::new(vendor)?, self.clock.now());
        self.app.declare_complete(&format!("{vendor} mailbox"), std::slice::from_ref(&vendor), until, now)?;
        self.app.judge_again(now)?;
        self.tell("read", format!("all mail of {vendor} before {} was read, says a person", self.wall(until)));
        Ok(())
    }

    fn audit(&mut self, next: TimeDelta, look_at: LookAt) -> Result<(), AppError> {
        let report = self.app.audit(next, Telling::Open, self.clock.now())?;
        match look_at {
            LookAt::Redundancy => {
                self.app.keep_audit(&report, self.clock.now())?;
                for Seen { finding, .. } in &report.standing {
                    self.tell("audit", format!("{} {}: {}", finding.severity, finding.rule, finding.text));
                }
                for window in &report.windows {
                    for Seen { finding, .. } in &window.findings {
                        let (of, start) = (&window.reference, self.wall(window.interval.start()));
                        let found = format!("{} {}: {}", finding.severity, finding.rule, finding.text);
                        self.tell("audit", format!("{found} ({of}, from {start})"));
                    }
                }
            }
            LookAt::Checklist => {
                for due in &report.overdue {
                    let when = due.due_at.map_or("it was never done".to_owned(), |at| format!("due {}", self.wall(at)));
                    let of = due.asset.as_ref().map(|asset| format!(" of {asset}")).unwrap_or_default();
                    let owner = due.owner.as_ref().map(|owner| format!(", owner {owner}")).unwrap_or_default();
                    self.tell("audit", format!("checklist item overdue: {}{of}, {when}{owner}", due.what));
                }
            }
        }
        Ok(())
    }

    /// The outage of an asset that began last.
    fn newest_outage(&self, asset: &str) -> Result<OutageId, AppError> {
        let outages = self.app.store.outages(OutageFilter::All)?;
        let of_asset = outages.iter().filter(|outage| outage.assets.iter().any(|id| id.as_str() == asset));
        let newest = of_asset.max_by_key(|outage| outage.start.at);
        newest.map(|outage| outage.id.clone()).ok_or_else(|| AppError::Unknown {
            what: "outage of",
            typed: asset.to_owned(),
            nearest: None,
        })
    }

    fn ask(&self, check: &Check) -> Result<DemoRow, AppError> {
        let interval = match check.to {
            Some(to) => Interval::new(check.at, to)?,
            None => Interval::second_at(check.at),
        };
        let ask = Ask { asset: check.asset.clone(), interval, impact: Impact::Outage, as_of: check.as_of };
        let verdict = self.app.check(&ask, self.clock.now())?;
        Ok(DemoRow { what: check.what.clone(), verdict })
    }

    /// Types a local time that does not exist, as a user would.
    fn refused(&self, typed: &Typed) -> Result<Refused, AppError> {
        let broken = |why: &str| AppError::usage(format!("the demo's script is broken: {why}"), "report this");
        let Err(error) = parse_moment(&typed.time, None, &self.app.settings.zones) else {
            return Err(broken("the time that it types exists"));
        };
        let MomentError::Nonexistent { neighbours, .. } = &error else { return Err(error.into()) };
        let meant = parse_moment(&neighbours[0], None, &self.app.settings.zones)?;
        let hour = |at: DateTime<Utc>| self.zone.local(at).format("%H:%M").to_string();
        let unchanged = meant.with_timezone(&self.zone.offset_at(typed.since)).format("%H:%M");
        let abbreviation = |at| self.zone.abbreviation_at(at);
        Ok(Refused {
            asset: typed.asset.clone(),
            typed: typed.time.clone(),
            error: error.to_string(),
            help: error.help(),
            meant,
            clocks: [
                format!("{} {}", hour(meant), abbreviation(meant)),
                format!("{unchanged} {}", abbreviation(typed.since)),
                meant.format("%H:%MZ").to_string(),
            ],
            since: format!("{} {}", hour(typed.since), abbreviation(typed.since)),
            elapsed_seconds: (meant - typed.since).num_seconds(),
        })
    }
}
