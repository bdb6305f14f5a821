//! A mail to staff turned into words.

use chrono::{DateTime, Utc};

use super::catalogue::Catalogue;
use super::clocks::moment;
use super::letter::Letter;
use super::message::Message;
use super::page::{accent, colour, status_name};
use super::plain;
use super::render::{Sender, Thread, addressed};
use super::sheet::{CheckRow, MessageRow, NoticeRow, OutageRow, Section, Sheet, WindowRow};
use super::templates::{TemplateError, Templates};
use super::view::{Frame, MarkView, RowView, SectionView, SheetView};
use crate::inventory::{Inventory, Stage};
use crate::names::AssetId;
use crate::time::{Zone, Zones};
use crate::window::Impact;

/// The colour of what is overdue.
const LATE: &str = "#b3261e";

/// Assets named one by one before the rest is counted.
const NAMED: usize = 6;

/// What a mail to staff is written from, beside its message and its sheet.
#[derive(Debug, Clone, Copy)]
pub struct SheetFacts<'a> {
    /// Names of assets.
    pub inventory: &'a Inventory,
    /// The rules of zones.
    pub zones: &'a Zones,
    /// In whose name.
    pub sender: &'a Sender,
    /// Keys the Message-IDs.
    pub secret: &'a [u8],
    /// The mails before it.
    pub thread: &'a Thread,
    /// The `Date` header.
    pub date: DateTime<Utc>,
}

/// The letter of a message to staff.
///
/// # Errors
/// [`TemplateError`]: the message is none to staff, the reader's zone is unknown, or a layout failed.
pub fn sheet_letter(
    message: &Message,
    sheet: &Sheet,
    facts: &SheetFacts<'_>,
    templates: &Templates,
) -> Result<Letter, TemplateError> {
    let catalogue = templates.catalogue(&message.to.language);
    let group = group_of(message).ok_or_else(|| TemplateError::OtherCause(message.key.cause.id().to_owned()))?;
    let page = SheetPage { catalogue, zone: facts.zones.get(&message.to.zone)?, inventory: facts.inventory };
    let view = page.view(message, sheet, facts, &group);
    let (text, html) = (templates.sheet_text(&view)?, templates.sheet_html(&view)?);
    Ok(addressed(message, (facts.sender, facts.secret, facts.thread, facts.date), (view.frame.subject, text, html)))
}

/// The group of the phrases that say what a message to staff is.
fn group_of(message: &Message) -> Option<String> {
    match (message.key.stage, &message.material.alarm) {
        (Stage::Alarm, Some(alarm)) => Some(format!("alarm-{}", alarm.kind())),
        (Stage::Digest, None) => Some("digest".to_owned()),
        (_, Some(_) | None) => None,
    }
}

struct SheetPage<'a> {
    catalogue: &'a Catalogue,
    zone: Zone,
    inventory: &'a Inventory,
}

impl SheetPage<'_> {
    fn view(&self, message: &Message, sheet: &Sheet, facts: &SheetFacts<'_>, group: &str) -> SheetView {
        let say = |name: &str, values: &[(&str, &str)]| self.catalogue.say(name, values);
        let heading = say(&format!("{group}.heading"), &[]);
        let date = self.zone.local(facts.date).date_naive();
        let sections = self.sections(sheet);
        let first = sections.iter().find_map(|section| section.rows.first());
        let what = match (message.key.stage, first) {
            (Stage::Digest, _) | (_, None) => self.catalogue.short_date(date),
            (_, Some(row)) => row.title.clone(),
        };
        let words = say("sheet.subject", &[("heading", &heading), ("what", &what)]);
        // Only the digest's has a place for it.
        let lead = say(&format!("{group}.lead"), &[("date", &self.catalogue.date(date))]);
        let rules = facts.zones.version().to_string();
        let frame = Frame {
            language: self.catalogue.language.clone(),
            subject: plain::subject(&format!("[{}] {words}", facts.sender.tag)),
            heading_words: heading,
            accent: accent(worst(sheet)),
            greeting: self.catalogue.greeting(message.to.name.as_deref()),
            lead,
            footer: say("sheet.footer", &[("organisation", &plain::one_line(&facts.sender.tag)), ("rules", &rules)]),
            label: self.catalogue.labels(),
        };
        SheetView { frame, sections }
    }

    fn sections(&self, sheet: &Sheet) -> Vec<SectionView> {
        let mut views: Vec<SectionView> = Vec::new();
        for section in &sheet.sections {
            let (name, rows): (&str, Vec<RowView>) = match section {
                Section::Outages(rows) => ("outages", rows.iter().map(|row| self.outage(row)).collect()),
                Section::Windows(rows) => ("windows", rows.iter().map(|row| self.window(row)).collect()),
                Section::Findings(rows) => ("findings", rows.iter().map(|row| words(row)).collect()),
                Section::Checklist(rows) => ("checklist", rows.iter().map(|row| self.check(row)).collect()),
                Section::Review(rows) => ("review", rows.iter().map(|row| self.notice(row)).collect()),
                Section::Waiting(rows) => ("waiting", rows.iter().map(|row| self.message(row)).collect()),
                Section::Missed(rows) => ("missed", rows.iter().map(|row| self.message(row)).collect()),
                Section::Failed(rows) => ("failed", rows.iter().map(|row| self.message(row)).collect()),
                Section::Sources(rows) => ("sources", rows.iter().map(|row| words(row)).collect()),
                Section::More(count) => {
                    let more = words(&self.catalogue.say("sheet.more", &[("count", &count.to_string())]));
                    views.iter_mut().last().into_iter().for_each(|last| last.rows.push(more.clone()));
                    continue;
                }
            };
            let none = rows.is_empty().then(|| self.catalogue.say("sheet.none", &[]));
            views.push(SectionView { title: self.catalogue.say(&format!("section.{name}"), &[]), rows, none });
        }
        views
    }

    fn outage(&self, row: &OutageRow) -> RowView {
        let mut lines = vec![match row.end {
            Some(end) => self.span(row.start, end),
            None => self.catalogue.say("sheet.since", &[("from", &self.moment(row.start))]),
        }];
        lines.extend(row.summary.as_deref().map(plain::one_line).filter(|summary| !summary.is_empty()));
        lines.push(self.catalogue.say("sheet.source", &[("source", &plain::one_line(&row.source))]));
        lines.extend(row.verdicts.iter().map(|(asset, kind, answer)| {
            let values = [("asset", asset.as_str()), ("kind", kind.as_str()), ("answer", answer.as_str())];
            self.catalogue.say("sheet.verdict", &values)
        }));
        lines.push(self.catalogue.say("sheet.look", &[("id", row.id.as_str())]));
        RowView { title: self.names(row.assets.iter()), mark: Some(impact_mark(row.impact)), lines }
    }

    fn window(&self, row: &WindowRow) -> RowView {
        let mut lines = vec![self.span(row.interval.start(), row.interval.end())];
        lines.extend(row.status.map(|status| self.catalogue.say(&format!("status.{}", status_name(status)), &[])));
        if !row.assets.is_empty() {
            let names = self.names(row.assets.iter().map(|(asset, _)| asset));
            lines.push(self.catalogue.say("sheet.assets", &[("assets", &names)]));
            lines.push(self.catalogue.say("sheet.customers", &[("count", &row.customers.to_string())]));
        }
        lines.extend(row.findings.iter().map(|finding| plain::one_line(finding)));
        if !row.unmatched.is_empty() {
            let names =
                row.unmatched.iter().take(NAMED).map(|name| plain::one_line(name)).collect::<Vec<_>>().join(", ");
            lines.push(self.catalogue.say("sheet.unmatched", &[("names", &names)]));
        }
        lines.extend(row.maintenance.iter().map(|id| self.catalogue.say("sheet.look", &[("id", id.as_str())])));
        let title = plain::one_line(&format!("{} {}", row.vendor, row.reference));
        let worst = row.assets.iter().map(|(_, impact)| *impact).max();
        RowView { title, mark: worst.map(impact_mark), lines }
    }

    fn check(&self, row: &CheckRow) -> RowView {
        let say = |name: &str, values: &[(&str, &str)]| self.catalogue.say(name, values);
        let mut lines = Vec::new();
        lines.extend(row.due_at.map(|at| say("sheet.due", &[("date", &self.moment(at))])));
        lines.push(match &row.done {
            None => say("sheet.never", &[]),
            Some((at, None)) => say("sheet.done", &[("date", &self.moment(*at))]),
            Some((at, Some(who))) => {
                say("sheet.done-by", &[("date", &self.moment(*at)), ("who", &plain::one_line(who))])
            }
        });
        lines.extend(row.fact.as_ref().map(|(fact, at, who)| {
            let (fact, who, at) = (plain::one_line(fact), plain::one_line(who), self.moment(*at));
            say("sheet.fact", &[("fact", &fact), ("date", &at), ("who", &who)])
        }));
        lines.extend(row.owner.as_ref().map(|owner| say("sheet.owner", &[("owner", &plain::one_line(owner))])));
        let of = row.asset.as_ref().map_or(row.id.as_str(), AssetId::as_str);
        let mark = row.is_overdue.then(|| MarkView { words: say("label.overdue", &[]), colour: LATE });
        RowView { title: plain::one_line(&format!("{} ({of})", row.what)), mark, lines }
    }

    fn notice(&self, row: &NoticeRow) -> RowView {
        let from = row.from.as_deref().map(plain::one_line).unwrap_or_default();
        let received = [("date", self.moment(row.received_at)), ("from", from)];
        let received: Vec<_> = received.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut lines = vec![self.catalogue.say("sheet.received", &received)];
        lines.extend(row.reasons.iter().map(|reason| plain::one_line(reason)));
        lines.push(self.catalogue.say("sheet.look", &[("id", row.id.as_str())]));
        let subject = row.subject.as_deref().map(plain::one_line).filter(|subject| !subject.is_empty());
        RowView { title: subject.unwrap_or_else(|| row.id.to_string()), mark: None, lines }
    }

    fn message(&self, row: &MessageRow) -> RowView {
        let mut to = plain::token(&row.to);
        if row.more > 0 {
            to = self.catalogue.say("list.more", &[("first", &to), ("count", &row.more.to_string())]);
        }
        let mut lines = vec![to];
        lines.extend(row.not_after.map(|at| self.catalogue.say("sheet.too-late", &[("date", &self.moment(at))])));
        lines.push(plain::one_line(&row.reason));
        let stage = row.stage;
        let heading = if stage == Stage::Alarm {
            stage.as_str().to_owned()
        } else {
            self.catalogue.say(&format!("{stage}.heading"), &[])
        };
        RowView { title: plain::one_line(&format!("{heading}: {}", row.cause)), mark: None, lines }
    }

    fn names<'n>(&self, assets: impl Iterator<Item = &'n AssetId>) -> String {
        let names: Vec<String> = assets.map(|id| self.name(id)).collect();
        let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        match names.len().checked_sub(NAMED).filter(|more| *more > 0) {
            Some(more) => self.catalogue.say("list.more", &[("first", &shown), ("count", &more.to_string())]),
            None => shown,
        }
    }

    /// `power feed A (feed-a)`, or the id where there is no other name.
    fn name(&self, asset: &AssetId) -> String {
        let known = self.inventory.assets.get(asset).and_then(|asset| asset.name.as_deref());
        match known.map(plain::one_line).filter(|name| !name.is_empty() && name != asset.as_str()) {
            Some(name) => format!("{name} ({asset})"),
            None => asset.to_string(),
        }
    }

    fn moment(&self, at: DateTime<Utc>) -> String {
        moment(self.catalogue, &self.zone, at)
    }

    fn span(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> String {
        self.catalogue.say("sheet.span", &[("from", &self.moment(start)), ("to", &self.moment(end))])
    }
}

fn words(text: &str) -> RowView {
    RowView { title: plain::one_line(text), mark: None, lines: Vec::new() }
}

fn impact_mark(impact: Impact) -> MarkView {
    MarkView { words: impact.as_str().to_owned(), colour: colour(impact) }
}

/// The worst impact that any row speaks of.
fn worst(sheet: &Sheet) -> Option<Impact> {
    let of = |section: &Section| match section {
        Section::Outages(rows) => rows.iter().map(|row| row.impact).max(),
        Section::Windows(rows) => rows.iter().flat_map(|row| &row.assets).map(|(_, impact)| *impact).max(),
        Section::Findings(_)
        | Section::Checklist(_)
        | Section::Review(_)
        | Section::Waiting(_)
        | Section::Missed(_)
        | Section::Failed(_)
        | Section::Sources(_)
        | Section::More(_) => None,
    };
    sheet.sections.iter().filter_map(of).max()
}
