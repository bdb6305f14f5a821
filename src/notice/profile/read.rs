//! A recognised notice to an announcement, by the rules of its vendor's profile.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::dates::{Moment, NoDate};
use super::extract::{Found, find, status_phrase};
use super::{Field, Profile};
use crate::names::Reference;
use crate::notice::announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
use crate::notice::message::Message;
use crate::notice::reading::{Doubt, Unreadable};
use crate::notice::status::Status;
use crate::notice::text::CELL_BREAK;
use crate::time::{NoSpan, Readings, WallEnd, WallSpan, Zone, ZoneText, Zones, read_zone_text};
use crate::window::{Impact, Role, StatedObject, Window, Written};

/// Most objects of one notice: a whole metro ring of circuits is some hundreds.
const MAX_OBJECTS: usize = 5_000;

/// What a notice announces, read by its vendor's profile.
///
/// # Errors
/// [`Unreadable`] when it gives no reference, half a window, or words for a field that no rule reads.
pub(in crate::notice) fn read(profile: &Profile, message: &Message, zones: &Zones) -> Result<Announcement, Unreadable> {
    let mut reader = Reader { profile, message, zones, sources: Vec::new(), flags: Vec::new(), doubts: Vec::new() };
    let reference = reader.reference(Field::Reference)?.ok_or_else(|| missing("reference"))?;
    let replaces = reader.reference(Field::Replaces)?;
    let windows = reader.windows()?.into_iter().collect();
    let status = reader.status()?;
    let impact = reader.impact()?;
    let objects = reader.objects()?;
    let actual_end = reader.actual_end()?;
    if impact.is_none() && objects.iter().all(|object| object.impact.is_none()) {
        reader.flags.push(AnnouncementFlag::ImpactNotStated);
    }
    if status.is_none() {
        reader.flags.push(AnnouncementFlag::StatusNotStated);
    }
    reader.flags.sort_unstable();
    Ok(Announcement {
        vendor: profile.vendor.clone(),
        account: reader.line(Field::Account),
        reference,
        replaces,
        status,
        windows,
        impact,
        objects,
        actual_end,
        sequence: None,
        stamp: None,
        summary: reader.line(Field::Summary).or_else(|| message.facts.subject.clone()),
        grade: Grade::Profile,
        sources: reader.sources,
        flags: reader.flags,
        doubts: reader.doubts,
    })
}

fn missing(field: &str) -> Unreadable {
    Unreadable::Missing { field: field.into(), event: None }
}

fn unreadable(field: Field, text: &str, why: impl Into<String>) -> Unreadable {
    Unreadable::Field { field: field.word().into(), text: text.chars().take(200).collect(), why: why.into() }
}

/// A zone as far as the notice and the profile settle it.
struct Settled {
    zone: Zone,
    /// As written; none when the profile's own zone was taken.
    written: Option<String>,
}

impl Settled {
    /// The offset that a written abbreviation picks where the clocks showed the time twice.
    fn offset_of_pass(&self, local: NaiveDateTime) -> Option<FixedOffset> {
        self.zone.offset_of_pass(self.written.as_deref()?, local)
    }

    fn readings(&self, local: NaiveDateTime) -> Readings {
        self.zone.resolve(local).readings(self.offset_of_pass(local))
    }

    fn wall_end(&self, local: NaiveDateTime) -> WallEnd {
        WallEnd::Local { local, zone: self.zone.name().to_owned(), abbreviation: self.written.clone() }
    }
}

struct Reader<'a> {
    profile: &'a Profile,
    message: &'a Message,
    zones: &'a Zones,
    sources: Vec<FieldSource>,
    flags: Vec<AnnouncementFlag>,
    doubts: Vec<Doubt>,
}

impl<'a> Reader<'a> {
    fn found(&mut self, field: Field) -> Option<Found<'a>> {
        let found = find(self.profile, self.message, field)?;
        self.sources.push(found.source.clone());
        Some(found)
    }

    /// The words of a field on one line.
    fn line(&mut self, field: Field) -> Option<String> {
        self.found(field).map(|found| found.text.replace(CELL_BREAK, " "))
    }

    fn reference(&mut self, field: Field) -> Result<Option<Reference>, Unreadable> {
        let Some(text) = self.line(field) else { return Ok(None) };
        Reference::new(&text).map(Some).map_err(|error| unreadable(field, &text, error.to_string()))
    }

    /// A label's words by the profile's phrases, else as the standard's word; without a label by phrases anywhere.
    fn status(&mut self) -> Result<Option<Status>, Unreadable> {
        if let Some(text) = self.line(Field::Status) {
            let lower = text.to_lowercase();
            let phrase = self.profile.statuses.iter().find(|rule| lower.contains(&rule.phrase)).map(|rule| rule.is);
            let status = phrase.map_or_else(|| text.parse(), Ok);
            return status.map(Some).map_err(|error| unreadable(Field::Status, &text, error.to_string()));
        }
        if let Some((status, source)) = status_phrase(self.profile, self.message) {
            self.sources.push(source);
            return Ok(Some(status));
        }
        Ok(self.profile.default_status)
    }

    fn impact(&mut self) -> Result<Option<Impact>, Unreadable> {
        match self.line(Field::Impact) {
            Some(text) => self.impact_of(&text).map(Some),
            None => Ok(None),
        }
    }

    fn impact_of(&self, text: &str) -> Result<Impact, Unreadable> {
        let lower = text.to_lowercase();
        let phrase = self.profile.impacts.iter().find(|(phrase, _)| lower.contains(phrase)).map(|(_, impact)| *impact);
        phrase
            .map_or_else(|| text.parse(), Ok)
            .map_err(|error: crate::window::UnknownImpact| unreadable(Field::Impact, text, error.to_string()))
    }

    fn objects(&mut self) -> Result<Vec<StatedObject>, Unreadable> {
        let Some(found) = self.found(Field::Objects) else { return Ok(Vec::new()) };
        let mut items = vec![found.text.as_str()];
        let cell_break = CELL_BREAK.to_string();
        let marks = found.label.map(|label| label.split.as_slice()).unwrap_or_default();
        for mark in marks.iter().filter(|mark| !mark.is_empty()).chain([&cell_break]) {
            items = items.into_iter().flat_map(|item| item.split(mark.as_str())).collect();
        }
        if items.len() > MAX_OBJECTS {
            return Err(Unreadable::TooComplex { what: "its objects".into(), limit: format!("{MAX_OBJECTS} objects") });
        }
        let mut objects: Vec<StatedObject> = Vec::new();
        for item in items.into_iter().map(str::trim).filter(|item| !item.is_empty()) {
            let object = self.object(item, found.label.and_then(|label| label.item.as_ref()))?;
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
        Ok(objects)
    }

    fn object(&self, item: &str, pattern: Option<&regex::Regex>) -> Result<StatedObject, Unreadable> {
        let Some(pattern) = pattern else { return Ok(StatedObject { name: item.to_owned(), impact: None }) };
        let groups = pattern
            .captures(item)
            .ok_or_else(|| unreadable(Field::Objects, item, "it does not look like the profile's items"))?;
        let name = groups.name("object").map_or(item, |group| group.as_str().trim()).to_owned();
        let impact = groups.name("impact").map(|group| self.impact_of(group.as_str())).transpose()?;
        Ok(StatedObject { name, impact })
    }

    /// The window from start and end, else the whole days of a date; none where the notice states none.
    fn windows(&mut self) -> Result<Option<Window>, Unreadable> {
        let date = self.found(Field::Date);
        let (start, end) = (self.line(Field::Start), self.line(Field::End));
        match (start, end, date) {
            (Some(start), Some(end), date) => self.timed(&start, &end, date.map(|date| date.text)),
            (Some(_), None, _) => Err(missing("end")),
            (None, Some(_), _) => Err(missing("start")),
            (None, None, Some(date)) => self.whole_days(&date.text.replace(CELL_BREAK, " ")),
            (None, None, None) => Ok(None),
        }
    }

    fn whole_days(&mut self, text: &str) -> Result<Option<Window>, Unreadable> {
        let (first, last) = match self.profile.dates.days(text) {
            Ok(days) => days,
            Err(no) => return self.no_date(Field::Date, text, no).map(|()| None),
        };
        let Some(settled) = self.zone(text, "", first.and_time(NaiveTime::MIN))? else { return Ok(None) };
        let wall = WallSpan::Days { first, last, zone: settled.zone.name().to_owned() };
        let written = Written { start: text.to_owned(), end: String::new(), zone: settled.written };
        self.window(wall, written, &settled.zone).map(Some).map_err(|why| match why {
            NoSpan::Empty => unreadable(Field::Date, text, "it reaches beyond the calendar"),
            NoSpan::Zone(unknown) => unreadable(Field::Date, text, unknown.to_string()),
        })
    }

    fn timed(&mut self, start: &str, end: &str, date: Option<String>) -> Result<Option<Window>, Unreadable> {
        let day = date.and_then(|text| self.profile.dates.days(&text).ok());
        let Some(from) = self.moment(Field::Start, start, day.map(|(first, _)| first))? else { return Ok(None) };
        let Some(until) = self.moment(Field::End, end, day.map(|(_, last)| last))? else { return Ok(None) };
        let Some(settled) = self.zone(start, &from.rest, from.local)? else { return Ok(None) };
        let end_rest = if until.rest.is_empty() { &from.rest } else { &until.rest };
        let Some(end_zone) = self.zone(end, end_rest, until.local)? else { return Ok(None) };
        let wall = if settled.zone == end_zone.zone {
            WallSpan::Clock {
                start: from.local,
                end: until.local,
                end_date: until.dated,
                zone: settled.zone.name().to_owned(),
                abbreviation: settled.written.clone(),
            }
        } else {
            WallSpan::Ends { start: settled.wall_end(from.local), end: end_zone.wall_end(until.local) }
        };
        let written = Written { start: start.to_owned(), end: end.to_owned(), zone: settled.written };
        self.window(wall, written, &settled.zone).map(Some).map_err(|why| match why {
            NoSpan::Empty => Unreadable::EndBeforeStart { start: start.to_owned(), end: end.to_owned() },
            NoSpan::Zone(unknown) => unreadable(Field::Zone, start, unknown.to_string()),
        })
    }

    fn moment(&mut self, field: Field, text: &str, day: Option<NaiveDate>) -> Result<Option<Moment>, Unreadable> {
        match self.profile.dates.moment(text, day) {
            Ok(moment) => Ok(Some(moment)),
            Err(no) => self.no_date(field, text, no).map(|()| None),
        }
    }

    fn no_date(&mut self, field: Field, text: &str, no: NoDate) -> Result<(), Unreadable> {
        match no {
            NoDate::TwoWay => {
                self.doubts.push(Doubt::TwoWayDate { text: text.to_owned() });
                Ok(())
            }
            NoDate::Unreadable => Err(unreadable(field, text, "none of the profile's date formats fits it")),
        }
    }

    /// The zone of a time: written behind it, else under the zone's own label, else the profile's. A doubt and none when
    /// nothing settles it.
    fn zone(&mut self, time: &str, rest: &str, near: NaiveDateTime) -> Result<Option<Settled>, Unreadable> {
        let written = Some(rest.to_owned()).filter(|rest| !rest.is_empty()).or_else(|| self.line(Field::Zone));
        let Some(written) = written else {
            let default = self.profile.default_zone().and_then(|name| self.zones.get(name).ok());
            if default.is_none() {
                self.doubts.push(Doubt::NoZone { text: time.to_owned() });
            }
            return Ok(default.map(|zone| Settled { zone, written: None }));
        };
        let zone = match read_zone_text(&written, self.zones) {
            ZoneText::Region(zone) => Some(zone),
            ZoneText::Offset(offset) => Some(Zone::fixed(offset)),
            ZoneText::Abbreviation(letters) => {
                let known = self.abbreviation(&letters, near);
                if known.is_none() {
                    self.doubt_once(Doubt::UnknownAbbreviation { abbreviation: letters });
                }
                known
            }
            ZoneText::Unknown(text) => match self.abbreviation(&text.to_uppercase(), near) {
                Some(zone) => Some(zone),
                None => return Err(unreadable(Field::Zone, &text, "it is no zone that the profile explains")),
            },
        };
        Ok(zone.map(|zone| Settled { zone, written: Some(written) }))
    }

    fn doubt_once(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    fn abbreviation(&self, letters: &str, near: NaiveDateTime) -> Option<Zone> {
        let home = self.profile.default_zone().and_then(|name| self.zones.get(name).ok());
        self.profile.zone.abbreviations.settle(letters, home.as_ref(), near.and_utc(), self.zones)
    }

    fn actual_end(&mut self) -> Result<Option<DateTime<Utc>>, Unreadable> {
        let Some(text) = self.line(Field::ActualEnd) else { return Ok(None) };
        let Some(moment) = self.moment(Field::ActualEnd, &text, None)? else { return Ok(None) };
        let Some(settled) = self.zone(&text, &moment.rest, moment.local)? else { return Ok(None) };
        Ok(Some(settled.readings(moment.local).preferred))
    }

    fn window(&self, wall: WallSpan, written: Written, zone: &Zone) -> Result<Window, NoSpan> {
        let span = wall.resolve(self.zones)?;
        Ok(Window {
            ordinal: 1,
            role: Role::Primary,
            interval: span.interval,
            others: span.others,
            flags: span.flags,
            written,
            wall: Some(wall),
            zone: zone.name().to_owned(),
            rules: self.zones.version().clone(),
            objects: Vec::new(),
        })
    }
}
