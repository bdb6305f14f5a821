//! A message turned into words: what its reader must know, in the order in which they want to know it.

mod windows;

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::clocks::{Clocks, moment};
use super::draft::root;
use super::material::{Difference, differences};
use super::message::{Material, MaterialWindow, Message};
use super::plain;
use super::render::{LetterFacts, Subject};
use super::templates::TemplateError;
use super::view::{AssetView, FactView, Frame, Told, View};
use crate::inventory::{Asset, Inventory, Stage};
use crate::maintenance::Maintenance;
use crate::names::{AssetId, VendorId};
use crate::notice::Status;
use crate::time::{RulesVersion, Zone, ZoneText, Zones, read_zone_text};
use crate::window::{Impact, Window};

/// One mail while its words are found.
pub(super) struct Page<'a> {
    pub(super) message: &'a Message,
    pub(super) facts: &'a LetterFacts<'a>,
    pub(super) catalogue: &'a Catalogue,
    clocks: Clocks,
    reader_zone: Zone,
    vendor: String,
    pub(super) customer: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        message: &'a Message,
        facts: &'a LetterFacts<'a>,
        catalogue: &'a Catalogue,
    ) -> Result<Self, TemplateError> {
        let reader_zone = facts.zones.get(&message.to.zone)?;
        let vendor = vendor_id(facts);
        let entry = vendor.and_then(|id| facts.inventory.vendors.get(id));
        let name = entry.map(|vendor| vendor.name.as_str()).or(vendor.map(VendorId::as_str));
        let vendor_name = plain::one_line(name.unwrap_or_default());
        let zone = entry.and_then(|vendor| zone_of(&vendor.zone, facts.zones)).or_else(|| notice_zone(facts));
        let clocks = Clocks::new(catalogue, zone.map(|zone| (vendor_name.as_str(), zone)), reader_zone.clone());
        let customer = message.to.customer.as_ref();
        let customer = customer.and_then(|id| facts.inventory.customers.get(id)).map(|customer| &customer.name);
        let customer = plain::one_line(customer.unwrap_or(&message.to.email));
        Ok(Self { message, facts, catalogue, clocks, reader_zone, vendor: vendor_name, customer })
    }

    /// All of it.
    pub(super) fn view(&self) -> View {
        View {
            frame: self.frame(),
            follow_up: self.follow_up(),
            changes: self.changes(),
            told: self.told(),
            ask: self.ask(),
        }
    }

    /// What stands around the mail that it is by itself.
    pub(super) fn frame(&self) -> Frame {
        let rules = self.facts.zones.version().to_string();
        Frame {
            language: self.catalogue.language.clone(),
            subject: self.subject(),
            heading_words: self.catalogue.say(&format!("{}.heading", self.phrases()), &[]),
            accent: accent(self.shown_assets().iter().map(|(_, impact)| *impact).max()),
            greeting: self.catalogue.greeting(self.message.to.name.as_deref()),
            lead: self.lead(),
            footer: self.catalogue.say("footer.why", &[("customer", &self.customer), ("rules", &rules)]),
            label: self.catalogue.labels(),
        }
    }

    /// What it tells of its subject.
    pub(super) fn told(&self) -> Told {
        Told {
            summary: self.summary().map(plain::one_line).filter(|summary| !summary.is_empty()),
            facts: self.fact_views(),
            windows: self.window_views(),
            assets: self.asset_views(self.shown_assets()),
            advice: self.advice().into_iter().map(|name| self.catalogue.say(&format!("advice.{name}"), &[])).collect(),
        }
    }

    /// Whom to ask.
    pub(super) fn ask(&self) -> String {
        let sender = self.facts.sender;
        let ask = sender.reply_to.as_ref().unwrap_or(&sender.from);
        self.catalogue.say("ask.reply", &[("address", &plain::token(&ask.email))])
    }

    /// The line a calendar shows for a window that touches these.
    pub(super) fn calendar_summary(&self, assets: &[(AssetId, Impact)]) -> String {
        self.catalogue.say("calendar.summary", &[("assets", &self.in_short(assets)), ("vendor", &self.vendor)])
    }

    /// What a calendar shows below it.
    pub(super) fn calendar_description(&self, assets: &[(AssetId, Impact)]) -> String {
        let assets = self.asset_views(assets).into_iter().map(|asset| format!("{}: {}", asset.name, asset.words));
        self.summary().map(plain::one_line).into_iter().chain(assets).collect::<Vec<_>>().join("\n")
    }

    fn subject(&self) -> String {
        let stage = self.phrases();
        let values = [
            ("assets", self.assets_in_short()),
            ("date", self.short_date()),
            ("vendor", self.vendor.clone()),
            ("customer", self.customer.clone()),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let words = self.catalogue.say(&format!("{stage}.subject"), &values);
        self.subject_of(&words)
    }

    /// A subject of these words.
    pub(super) fn subject_of(&self, words: &str) -> String {
        plain::subject(&format!("[{}] {words}", self.facts.sender.tag))
    }

    /// The date of the window that it is about first of all, on the reader's clock.
    pub(super) fn short_date(&self) -> String {
        let start = self.main_window().map(|window| self.reader_zone.local(window.interval.start()));
        start.map(|start| self.catalogue.short_date(start.date_naive())).unwrap_or_default()
    }

    /// When that window starts, on the reader's clock.
    pub(super) fn start(&self) -> String {
        let start = self.main_window().map(|w| moment(self.catalogue, &self.reader_zone, w.interval.start()));
        start.unwrap_or_default()
    }

    /// The group of phrases for subject, heading and lead: the stage's, but of a first word about a standing window, which
    /// nobody has announced for a day.
    fn phrases(&self) -> &'static str {
        let (stage, is_whole) = (self.message.key.stage, self.message.material.standing.is_some());
        if stage == Stage::Announce && is_whole { "standing" } else { stage.as_str() }
    }

    fn lead(&self) -> String {
        let start = self.start();
        let values = [("vendor", self.vendor.as_str()), ("customer", &self.customer), ("start", &start)];
        self.catalogue.say(&format!("{}.lead", self.phrases()), &values)
    }

    fn follow_up(&self) -> Option<String> {
        if self.message.key.stage != Stage::FollowUp {
            return None;
        }
        let customer = self.facts.inventory.customers.get(self.message.to.customer.as_ref()?)?;
        customer.follow_up.as_deref().map(plain::lines)
    }

    /// The vendor's one line, or that of the outage.
    fn summary(&self) -> Option<&str> {
        match self.facts.subject {
            // The newest word of the vendor that has one, in the order of recording.
            Subject::Maintenance(maintenance) => {
                let having = maintenance.standing().filter(|revision| revision.announcement.summary.is_some());
                let newest = having.max_by_key(|revision| maintenance.first_recorded_as(revision));
                newest.and_then(|revision| revision.announcement.summary.as_deref())
            }
            Subject::Outage(outage) => outage.summary.as_deref(),
            Subject::Standing(_) => None,
        }
    }

    fn fact_views(&self) -> Vec<FactView> {
        let label = |name: &str| self.catalogue.say(&format!("label.{name}"), &[]);
        let mut facts = Vec::new();
        let vendor = || FactView { label: label("vendor"), value: self.vendor.clone() };
        match self.facts.subject {
            Subject::Maintenance(maintenance) => {
                let newest = maintenance.standing().max_by_key(|revision| maintenance.first_recorded_as(revision));
                let reference = newest.map_or(&maintenance.identity.reference, |newest| &newest.announcement.reference);
                let value = plain::one_line(reference.as_str());
                facts.extend([vendor(), FactView { label: label("reference"), value }]);
            }
            Subject::Standing(subject) => {
                let rule = self.shown().standing.as_deref().or(subject.rule).map(plain::one_line);
                facts.push(vendor());
                facts.extend(rule.map(|value| FactView { label: label("standing"), value }));
            }
            // Who is to blame for an outage is not known when its first mail goes out.
            Subject::Outage(_) => {}
        }
        if let Some(status) = self.message.material.status {
            facts.push(FactView { label: label("status"), value: self.status(status) });
        }
        facts
    }

    fn status(&self, status: Status) -> String {
        self.catalogue.say(&format!("status.{}", status_name(status)), &[])
    }

    /// What changed, in the reader's terms: only a change mail says so.
    fn changes(&self) -> Vec<String> {
        let (Stage::Change, Some(before)) = (self.message.key.stage, &self.message.before) else { return Vec::new() };
        let after = &self.message.material;
        let mut changes = Vec::new();
        for difference in differences(before, after) {
            match difference {
                Difference::Times => {
                    changes.push(self.catalogue.say("changed.times", &[]));
                    changes.extend(self.changes_of_rules(before, after));
                }
                Difference::Rule => changes.extend(self.rule_change(before, after)),
                Difference::Status => changes.extend(self.status_change(before, after)),
                Difference::Assets => changes.extend(self.asset_changes(before, after)),
            }
        }
        changes
    }

    /// That the clocks are why, where new zone rules moved a window and not the vendor; each zone once.
    fn changes_of_rules(&self, before: &Material, after: &Material) -> Vec<String> {
        let mut said = Vec::new();
        for window in &after.windows {
            let was = before.window(window.ordinal);
            let Some((was, now)) = was.and_then(|was| self.moved_by_rules(was, window)) else { continue };
            let release = |rules: &RulesVersion| rules.release.clone().unwrap_or_else(|| rules.to_string());
            let (rules_before, rules_after) = (release(&was.rules), release(&now.rules));
            let values = [
                ("vendor", self.vendor.as_str()),
                ("zone", now.zone.as_str()),
                ("before", rules_before.as_str()),
                ("after", rules_after.as_str()),
            ];
            let sentence = self.catalogue.say("changed.rules", &values);
            if !said.contains(&sentence) {
                said.push(sentence);
            }
        }
        said
    }

    /// The vendor's window before and after, where new zone rules moved it.
    fn moved_by_rules(&self, was: &MaterialWindow, window: &MaterialWindow) -> Option<(&Window, &Window)> {
        match self.facts.subject {
            Subject::Maintenance(maintenance) => maintenance.moved_by_rules(was.interval, window.interval),
            Subject::Outage(_) | Subject::Standing(_) => None,
        }
    }

    fn rule_change(&self, before: &Material, after: &Material) -> Option<String> {
        let (before, after) = (plain::one_line(before.standing.as_ref()?), plain::one_line(after.standing.as_ref()?));
        Some(self.catalogue.say("changed.rule", &[("before", &before), ("after", &after)]))
    }

    fn status_change(&self, before: &Material, after: &Material) -> Option<String> {
        let (before, after) = (self.status(before.status?), self.status(after.status?));
        Some(self.catalogue.say("changed.status", &[("before", &before), ("after", &after)]))
    }

    fn asset_changes(&self, before: &Material, after: &Material) -> Vec<String> {
        let of = |material: &Material, asset: &AssetId| {
            material.assets.iter().find(|(id, _)| id == asset).map(|(_, impact)| *impact)
        };
        let expected = |impact: Impact| self.catalogue.say(&format!("expected.{}", impact_name(impact)), &[]);
        let mut changes = Vec::new();
        for (asset, _) in before.assets.iter().filter(|(asset, _)| of(after, asset).is_none()) {
            changes.push(self.catalogue.say("changed.removed", &[("asset", &self.asset_name(asset))]));
        }
        for (asset, now) in &after.assets {
            let name = self.asset_name(asset);
            let now = expected(*now);
            let change = match of(before, asset).map(expected) {
                None => self.catalogue.say("changed.added", &[("asset", &name), ("words", &now)]),
                Some(was) if was != now => {
                    let values = [("asset", name.as_str()), ("before", &was), ("after", &now)];
                    self.catalogue.say("changed.impact", &values)
                }
                Some(_) => continue,
            };
            changes.push(change);
        }
        if changes.is_empty() {
            changes.push(self.catalogue.say("changed.windows-of-assets", &[]));
        }
        changes
    }

    /// The material whose windows and assets are shown: of what is called off, that which the reader had been told.
    fn shown(&self) -> &Material {
        match (&self.message.before, self.message.key.stage) {
            (Some(before), Stage::Cancel) => before,
            (
                Some(_) | None,
                Stage::Announce
                | Stage::Change
                | Stage::Reminder
                | Stage::Start
                | Stage::Overrun
                | Stage::Complete
                | Stage::Cancel
                | Stage::Outage
                | Stage::FollowUp
                | Stage::Alarm
                | Stage::Digest,
            ) => &self.message.material,
        }
    }

    fn shown_assets(&self) -> &[(AssetId, Impact)] {
        &self.shown().assets
    }

    /// The window that the subject and the lead speak of: the one a reminder is for, else the first that is ahead.
    fn main_window(&self) -> Option<&MaterialWindow> {
        let shown = if self.shown().windows.is_empty() {
            self.message.before.as_ref().unwrap_or(&self.message.material)
        } else {
            self.shown()
        };
        let ahead = shown.windows.iter().find(|window| window.interval.start() > self.facts.date);
        self.reminded().and_then(|ordinal| shown.window(ordinal)).or(ahead).or(shown.windows.first())
    }

    /// The ordinal of the one window that a mail is for, from its key: `w1-24h` of a reminder, `w1` of a start.
    fn reminded(&self) -> Option<u32> {
        match self.message.key.stage {
            Stage::Reminder | Stage::Start | Stage::Overrun => {}
            Stage::Announce
            | Stage::Change
            | Stage::Complete
            | Stage::Cancel
            | Stage::Outage
            | Stage::FollowUp
            | Stage::Alarm
            | Stage::Digest => return None,
        }
        root(&self.message.key.moment).strip_prefix('w')?.split('-').next()?.parse().ok()
    }

    fn asset_views(&self, assets: &[(AssetId, Impact)]) -> Vec<AssetView> {
        let group = match (self.message.key.stage, self.facts.subject) {
            (Stage::Outage, Subject::Outage(outage)) if outage.is_open() => "observed",
            (Stage::Outage, Subject::Outage(_)) => "ended",
            (Stage::Complete | Stage::Cancel | Stage::FollowUp, _) => "past",
            (
                Stage::Announce
                | Stage::Change
                | Stage::Reminder
                | Stage::Start
                | Stage::Overrun
                | Stage::Outage
                | Stage::Alarm
                | Stage::Digest,
                _,
            ) => "expected",
        };
        let view = |(asset, impact): &(AssetId, Impact)| AssetView {
            name: self.asset_name(asset),
            words: self.catalogue.say(&format!("{group}.{}", impact_name(*impact)), &[]),
            impact: impact.as_str(),
            colour: colour(*impact),
        };
        assets.iter().map(view).collect()
    }

    /// `Web shop (plus-01)`, or the id where there is no other name.
    fn asset_name(&self, asset: &AssetId) -> String {
        let known = self.facts.inventory.assets.get(asset).and_then(|asset| asset.name.as_deref());
        match known.map(plain::one_line).filter(|name| !name.is_empty() && name != asset.as_str()) {
            Some(name) => format!("{name} ({asset})"),
            None => asset.to_string(),
        }
    }

    /// The assets that the subject names: of a reader who is no longer touched those that were.
    pub(super) fn assets_in_short(&self) -> String {
        match (self.shown_assets(), &self.message.before) {
            ([], Some(before)) => self.in_short(&before.assets),
            (shown, _) => self.in_short(shown),
        }
    }

    /// The first of the worst touched, and how many more: what fits into a subject.
    fn in_short(&self, assets: &[(AssetId, Impact)]) -> String {
        let worst = assets.iter().map(|(_, impact)| *impact).max();
        let first = assets.iter().find(|(_, impact)| Some(*impact) == worst).map(|(asset, _)| self.asset_name(asset));
        let (first, more) = (first.unwrap_or_default(), assets.len().saturating_sub(1).to_string());
        if assets.len() > 1 { self.catalogue.say("list.more", &[("first", &first), ("count", &more)]) } else { first }
    }

    /// Which pieces of advice fit.
    fn advice(&self) -> Vec<&'static str> {
        match (self.message.key.stage, self.facts.subject) {
            (Stage::Cancel, _) => vec!["cancel"],
            (Stage::Complete, _) => vec!["complete"],
            (Stage::FollowUp, _) => vec!["follow-up"],
            (_, Subject::Outage(outage)) => vec![if outage.is_open() { "incident" } else { "incident-over" }],
            (
                Stage::Announce
                | Stage::Change
                | Stage::Reminder
                | Stage::Start
                | Stage::Overrun
                | Stage::Outage
                | Stage::Alarm
                | Stage::Digest,
                Subject::Maintenance(_) | Subject::Standing(_),
            ) => self.precautions(),
        }
    }

    fn precautions(&self) -> Vec<&'static str> {
        let holds = |impact: Impact| self.shown_assets().iter().any(|(_, i)| *i == impact);
        let serious: Vec<_> =
            [Impact::Outage, Impact::Degraded].into_iter().filter(|impact| holds(*impact)).map(impact_name).collect();
        match self.shown_assets().iter().map(|(_, impact)| *impact).max() {
            None => vec!["untouched"],
            Some(Impact::Outage | Impact::Degraded) => serious,
            Some(mild @ (Impact::ReducedRedundancy | Impact::NoImpact)) => vec![impact_name(mild)],
        }
    }
}

fn vendor_id<'a>(facts: &LetterFacts<'a>) -> Option<&'a VendorId> {
    match facts.subject {
        Subject::Maintenance(maintenance) => Some(&maintenance.identity.vendor),
        Subject::Outage(outage) => vendor_behind(facts.inventory, &outage.assets),
        Subject::Standing(subject) => Some(subject.vendor),
    }
}

/// The nearest vendor that any of the assets stands on, level by level through what they need.
fn vendor_behind<'a>(inventory: &'a Inventory, assets: &'a [AssetId]) -> Option<&'a VendorId> {
    let mut seen = BTreeSet::new();
    let mut level: Vec<&AssetId> = assets.iter().collect();
    while !level.is_empty() {
        let known: Vec<_> =
            level.into_iter().filter(|id| seen.insert(*id)).filter_map(|id| inventory.assets.get(id)).collect();
        if let Some(vendor) = known.iter().find_map(|asset| asset.vendor.as_ref()) {
            return Some(vendor);
        }
        level = known.into_iter().flat_map(Asset::needs).collect();
    }
    None
}

/// The zone in which the vendor wrote, where the inventory does not know the vendor's.
fn notice_zone(facts: &LetterFacts<'_>) -> Option<Zone> {
    match facts.subject {
        Subject::Maintenance(maintenance) => {
            stated_windows(maintenance).find_map(|window| zone_of(&window.zone, facts.zones))
        }
        Subject::Standing(subject) => subject.zone.cloned(),
        Subject::Outage(_) => None,
    }
}

/// Every window that any revision stated, newest revision first.
fn stated_windows(maintenance: &Maintenance) -> impl Iterator<Item = &Window> {
    maintenance.revisions.iter().rev().flat_map(|revision| &revision.announcement.windows)
}

fn zone_of(text: &str, zones: &Zones) -> Option<Zone> {
    match read_zone_text(text, zones) {
        ZoneText::Region(zone) => Some(zone),
        ZoneText::Offset(offset) => Some(Zone::fixed(offset)),
        ZoneText::Abbreviation(_) | ZoneText::Unknown(_) => zones.get(text).ok(),
    }
}

/// The status as phrases are named.
pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Tentative => "tentative",
        Status::Confirmed | Status::InProcess | Status::Rescheduled => "confirmed",
        Status::Cancelled => "cancelled",
        Status::Completed => "completed",
    }
}

/// The impact as phrases are named.
fn impact_name(impact: Impact) -> &'static str {
    match impact {
        Impact::NoImpact => "no-impact",
        Impact::ReducedRedundancy => "reduced-redundancy",
        Impact::Degraded => "degraded",
        Impact::Outage => "outage",
    }
}

/// The colour of a mail whose worst impact this is.
pub(super) fn accent(worst: Option<Impact>) -> &'static str {
    worst.map_or("#2f6fde", colour)
}

/// Dark enough for white letters (WCAG 2.2 contrast 4.5:1).
pub(super) fn colour(impact: Impact) -> &'static str {
    match impact {
        Impact::NoImpact => "#3d6b45",
        Impact::ReducedRedundancy => "#8a5300",
        Impact::Degraded => "#a8410b",
        Impact::Outage => "#b3261e",
    }
}
