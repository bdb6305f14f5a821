//! The maintenance notification standard (MAINTNOTE): announcements in the `X-MAINTNOTE-` properties of calendar events.
//!
//! Read leniently where vendors differ, strictly where it matters: no start, no end or no reference is no announcement.

use super::announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
use super::calendar::{self, Calendar, ContentLine, Event, Repaired};
use super::message::{Message, Part, PartKind};
use super::phrase::status_in_heading;
use super::profile::Profiles;
use super::reading::{Doubt, Unreadable};
use super::when::{self, NoWindow, Rules};
use crate::names::{Reference, VendorId};
use crate::time::{Zone, Zones};
use crate::window::{Impact, Role, StatedObject, Window, Written};

const PREFIX: &str = "X-MAINTNOTE-";

/// A calendar part that was read.
pub(super) struct CalendarPart<'a> {
    pub(super) part: &'a Part,
    pub(super) calendar: Calendar,
}

/// All calendars of a message; one that is broken is an error only when it carries MAINTNOTE.
pub(super) fn calendars(message: &Message) -> Result<Vec<CalendarPart<'_>>, Unreadable> {
    let mut read = Vec::new();
    for part in message.parts.iter().filter(|part| part.kind == PartKind::Calendar) {
        match calendar::read(&part.text) {
            Ok(calendar) => read.push(CalendarPart { part, calendar }),
            Err(what) if part.text.to_uppercase().contains(PREFIX) => return Err(Unreadable::BrokenCalendar { what }),
            Err(_) => {}
        }
    }
    Ok(read)
}

/// What the events of a message announce; empty when none of them is MAINTNOTE.
///
/// # Errors
/// The first event that lacks what matters; then none of the notice counts, since half a notice would be taken for all.
pub(super) fn read(
    calendars: &[CalendarPart<'_>],
    message: &Message,
    profiles: &Profiles,
    zones: &Zones,
) -> Result<Vec<Announcement>, Unreadable> {
    let mut announcements: Vec<Announcement> = Vec::new();
    for CalendarPart { part, calendar } in calendars {
        for event in calendar.events.iter().filter(|event| is_maintnote(event)) {
            let reader = EventReader { event, calendar, part, message, profiles, zones };
            join(&mut announcements, reader.read()?);
        }
    }
    Ok(announcements)
}

fn is_maintnote(event: &Event) -> bool {
    event.lines.iter().any(|line| line.name.starts_with(PREFIX))
}

/// Puts an event to those before: one sent twice is one, and events of one maintenance are windows of it.
fn join(announcements: &mut Vec<Announcement>, new: Announcement) {
    let same = |old: &Announcement| {
        old.vendor == new.vendor && old.account == new.account && old.reference.folded() == new.reference.folded()
    };
    let Some(old) = announcements.iter_mut().find(|old| same(old)) else {
        announcements.push(new);
        return;
    };
    let known = |window: &Window| old.windows.iter().any(|other| other.interval == window.interval);
    if old.status != new.status {
        // One maintenance with two statuses in one notice: which of the two holds, a person must say.
        let mut new = new;
        new.doubts.push(Doubt::OrderUnclear);
        announcements.push(new);
        return;
    }
    if new.windows.iter().all(known) && old.objects == new.objects && old.impact == new.impact {
        return;
    }
    if old.objects != new.objects || old.impact != new.impact {
        pair_objects(old);
    }
    let ordinal = u32::try_from(old.windows.len()).unwrap_or(u32::MAX).saturating_add(1);
    let (mut windows, objects) = (new.windows, with_impact(&new.objects, new.impact));
    for window in &mut windows {
        window.ordinal = ordinal;
        if old.objects != objects || old.impact != new.impact {
            window.objects.clone_from(&objects);
        }
    }
    let renamed = |source: FieldSource| FieldSource {
        field: source.field.replace("window 1", &format!("window {ordinal}")),
        ..source
    };
    old.windows.extend(windows);
    old.objects.extend(objects.into_iter().filter(|object| !old.objects.contains(object)).collect::<Vec<_>>());
    old.impact = old.impact.max(new.impact);
    old.sequence = old.sequence.max(new.sequence);
    old.stamp = old.stamp.max(new.stamp);
    old.sources.extend(new.sources.into_iter().map(renamed));
    old.flags.extend(new.flags);
    old.flags.sort_unstable();
    old.flags.dedup();
    old.doubts.extend(new.doubts);
}

/// Gives the windows read so far the notice's objects as their own, before another event brings others.
fn pair_objects(announcement: &mut Announcement) {
    let objects = with_impact(&announcement.objects, announcement.impact);
    for window in announcement.windows.iter_mut().filter(|window| window.objects.is_empty()) {
        window.objects.clone_from(&objects);
    }
    announcement.objects = objects;
}

fn with_impact(objects: &[StatedObject], impact: Option<Impact>) -> Vec<StatedObject> {
    objects.iter().map(|o| StatedObject { name: o.name.clone(), impact: o.impact.or(impact) }).collect()
}

struct EventReader<'a> {
    event: &'a Event,
    calendar: &'a Calendar,
    part: &'a Part,
    message: &'a Message,
    profiles: &'a Profiles,
    zones: &'a Zones,
}

/// What an event gives besides its required fields.
#[derive(Default)]
struct Found {
    sources: Vec<FieldSource>,
    flags: Vec<AnnouncementFlag>,
    doubts: Vec<Doubt>,
}

impl EventReader<'_> {
    fn read(&self) -> Result<Announcement, Unreadable> {
        let mut found = Found::default();
        if self.calendar.repaired == Repaired::Joined {
            found.flags.push(AnnouncementFlag::CalendarRepaired);
        }
        if let Some(rule) = self.event.first("RRULE").or_else(|| self.event.first("RDATE")) {
            return Err(field(rule, "an event that repeats is no single maintenance"));
        }
        let vendor = self.vendor(&mut found)?;
        let reference = self.reference(&mut found)?;
        let windows = self.windows(&vendor, &mut found)?;
        let account = self.noted("ACCOUNT", "account", &mut found);
        let status = self.status(&mut found)?;
        let impact = self.impact(&mut found);
        self.noted("PRECEDENCE", "precedence", &mut found);
        let objects = self.objects(&mut found);
        if impact.is_none() && objects.iter().all(|object| object.impact.is_none()) {
            found.flags.push(AnnouncementFlag::ImpactNotStated);
        }
        found.flags.sort_unstable();
        found.flags.dedup();
        Ok(Announcement {
            vendor,
            account,
            reference,
            replaces: None,
            status,
            windows,
            impact,
            objects,
            known_start: None,
            actual_end: None,
            sequence: self.event.first("SEQUENCE").and_then(|line| line.value.trim().parse().ok()),
            stamp: self.event.first("DTSTAMP").and_then(when::stamp),
            summary: self.event.first("SUMMARY").map(|line| one_line(&line.text())).filter(|text| !text.is_empty()),
            grade: Grade::Standard,
            sources: found.sources,
            flags: found.flags,
            doubts: found.doubts,
        })
    }

    /// Which event of several, for a person who looks for it.
    fn event_name(&self) -> Option<String> {
        self.event.first("UID").map(|line| one_line(&line.text())).filter(|uid| !uid.is_empty())
    }

    fn missing(&self, field: &str) -> Unreadable {
        Unreadable::Missing { field: field.into(), event: self.event_name() }
    }

    fn source(&self, field: &str, line: &ContentLine) -> FieldSource {
        FieldSource {
            field: field.into(),
            part: self.part.label.clone(),
            rule: line.name.clone(),
            text: line.value.trim().to_owned(),
            span: Some(line.span),
        }
    }

    /// The text of an `X-MAINTNOTE-` property, with its source noted; none when it is missing or blank.
    fn noted(&self, name: &str, field: &str, found: &mut Found) -> Option<String> {
        let line = self.event.first(&format!("{PREFIX}{name}"))?;
        let text = one_line(&line.text());
        if text.is_empty() {
            return None;
        }
        found.sources.push(self.source(field, line));
        Some(text)
    }

    /// The vendor as its profile has it, else as it calls itself.
    fn vendor(&self, found: &mut Found) -> Result<VendorId, Unreadable> {
        let provider = self.noted("PROVIDER", "vendor", found);
        let sender = self.message.facts.from.as_deref();
        let profile = provider
            .as_deref()
            .and_then(|name| self.profiles.of_provider(name))
            .or_else(|| sender.and_then(|sender| self.profiles.of_sender(sender)));
        if let Some(profile) = profile {
            return Ok(profile.vendor.clone());
        }
        let name = provider.or_else(|| sender.and_then(|sender| sender.rsplit_once('@')).map(|(_, d)| d.to_owned()));
        name.and_then(|name| VendorId::of_name(&name).ok()).ok_or_else(|| self.missing("vendor"))
    }

    fn reference(&self, found: &mut Found) -> Result<Reference, Unreadable> {
        let text = self.noted("MAINTENANCE-ID", "reference", found).ok_or_else(|| self.missing("reference"))?;
        let bad = |error: crate::names::BadIdent| Unreadable::Field {
            field: "reference".into(),
            text: text.chars().take(80).collect(),
            why: error.to_string(),
        };
        Reference::new(&text).map_err(bad)
    }

    fn windows(&self, vendor: &VendorId, found: &mut Found) -> Result<Vec<Window>, Unreadable> {
        let present = |name| self.event.first(name).filter(|line| !line.value.trim().is_empty());
        let start = present("DTSTART").ok_or_else(|| self.missing("start"))?;
        let (end, duration) = (present("DTEND"), present("DURATION"));
        let floating = self.profiles.get(vendor).and_then(|profile| self.zones.find(profile.default_zone()?));
        let rules = Rules { zones: self.zones, floating: floating.as_ref(), defined: &self.calendar.zones };
        let resolved = match when::window(start, end, duration, &rules) {
            Ok(resolved) => resolved,
            Err(NoWindow::Unreadable(Unreadable::Missing { field, .. })) => return Err(self.missing(&field)),
            Err(NoWindow::Unreadable(why)) => return Err(why),
            Err(NoWindow::Doubt(doubt)) => {
                found.doubts.push(doubt);
                return Ok(Vec::new());
            }
        };
        found.sources.push(self.source("window 1 start", start));
        found.sources.extend(end.or(duration).map(|line| self.source("window 1 end", line)));
        let written = |line: Option<&ContentLine>| line.map(|l| l.value.trim().to_owned()).unwrap_or_default();
        Ok(vec![Window {
            ordinal: 1,
            role: Role::Primary,
            interval: resolved.span.interval,
            others: resolved.span.others,
            flags: resolved.span.flags,
            written: Written { start: written(Some(start)), end: written(end), zone: resolved.written_zone },
            wall: Some(resolved.wall),
            zone: name_of(&resolved.zone),
            rules: resolved.rules,
            objects: Vec::new(),
        }])
    }

    /// The status stated; for want of the property, the one the summary or the subject says in so many words.
    fn status(&self, found: &mut Found) -> Result<Option<super::Status>, Unreadable> {
        if let Some(line) = self.event.first(&format!("{PREFIX}STATUS")).filter(|l| !l.value.trim().is_empty()) {
            found.sources.push(self.source("status", line));
            // An x-name (RFC 5545 section 3.1) such as `X-COMPLETED` is its word with a prefix.
            let text = line.text();
            let word = text.strip_prefix("X-").or_else(|| text.strip_prefix("x-")).unwrap_or(&text);
            return word.parse().map(Some).map_err(|error: super::UnknownStatus| field(line, &error.to_string()));
        }
        let summary = self.event.first("SUMMARY");
        if let Some((line, status)) = summary.and_then(|line| Some((line, status_in_heading(&line.text())?))) {
            found.sources.push(self.source("status", line));
            found.flags.push(AnnouncementFlag::StatusFromSummary);
            return Ok(Some(status));
        }
        let subject = self.message.plain_subject();
        if let Some(status) = status_in_heading(subject) {
            found.sources.push(FieldSource {
                field: "status".into(),
                part: "header Subject".into(),
                rule: "word of the subject".into(),
                text: subject.to_owned(),
                span: None,
            });
            found.flags.push(AnnouncementFlag::StatusFromSummary);
            return Ok(Some(status));
        }
        found.flags.push(AnnouncementFlag::StatusNotStated);
        Ok(None)
    }

    fn impact(&self, found: &mut Found) -> Option<Impact> {
        let text = self.noted("IMPACT", "impact", found)?;
        Some(impact_of(&text, found))
    }

    fn objects(&self, found: &mut Found) -> Vec<StatedObject> {
        let mut objects: Vec<StatedObject> = Vec::new();
        for line in self.event.all(&format!("{PREFIX}OBJECT-ID")) {
            let name = one_line(&line.text());
            if name.is_empty() || objects.iter().any(|object| object.name == name) {
                continue;
            }
            let impact = line.param(&format!("{PREFIX}OBJECT-IMPACT")).map(|word| impact_of(word, found));
            found.sources.push(self.source(&format!("object {name}"), line));
            objects.push(StatedObject { name, impact });
        }
        objects
    }
}

/// An impact word; one that nobody knows counts as OUTAGE, as the standard demands of x-names, and is flagged.
fn impact_of(word: &str, found: &mut Found) -> Impact {
    let plain = word.trim().strip_prefix("X-").unwrap_or(word);
    plain.parse().unwrap_or_else(|_| {
        found.flags.push(AnnouncementFlag::ImpactUnknown);
        Impact::Outage
    })
}

fn field(line: &ContentLine, why: &str) -> Unreadable {
    Unreadable::Field { field: line.name.clone(), text: line.value.trim().to_owned(), why: why.into() }
}

fn name_of(zone: &Zone) -> String {
    zone.name().to_owned()
}

/// White space and control characters as single spaces, trimmed.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
