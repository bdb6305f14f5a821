//! The words of a record to a window.

use chrono::{DateTime, Days, FixedOffset, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use super::dates::{Moment, NoDate, Years};
use super::record::{Found, Record};
use super::{Field, Profile};
use crate::notice::announcement::FieldSource;
use crate::notice::reading::{Doubt, Unreadable};
use crate::time::{EndDate, Length, NoSpan, Readings, Span, WallEnd, WallSpan, Zone, ZoneText, Zones, read_zone_text};
use crate::window::{Window, Written};

/// Reads times of one notice; what only a person can settle is kept as a doubt.
pub(super) struct TimeReader<'a> {
    pub(super) profile: &'a Profile,
    pub(super) zones: &'a Zones,
    /// When the notice was sent, by its own word: years that are not written are near it.
    pub(super) sent: Option<DateTime<Utc>>,
    pub(super) doubts: Vec<Doubt>,
    /// Whether a second statement of times was there and could not be read.
    pub(super) unread_statement: bool,
}

/// Whether a second statement of times was there to be compared.
enum Compared {
    Read,
    Unread,
}

/// A window as far as a record states it, with the sources of its words.
pub(super) struct Stated {
    pub(super) span: Span,
    /// What it was resolved from.
    wall: WallSpan,
    written: Written,
    zone: Zone,
    pub(super) sources: Vec<FieldSource>,
}

pub(super) fn missing(field: &str) -> Unreadable {
    Unreadable::Missing { field: field.into(), event: None }
}

pub(super) fn unreadable(field: Field, text: &str, why: impl Into<String>) -> Unreadable {
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

/// One end of a window as written.
struct Point {
    text: String,
    moment: Moment,
    /// The zone that the rule which led to it states.
    by_rule: Option<String>,
}

impl TimeReader<'_> {
    /// The window that a record states, what it leaves out being said once for the whole notice.
    ///
    /// None when it states none, or when a person must settle it.
    ///
    /// # Errors
    /// Half a window, words that no format fits, an end before the start.
    pub(super) fn stated(&mut self, row: &Record<'_>, notice: &Record<'_>) -> Result<Option<Stated>, Unreadable> {
        let says = Says { row, notice };
        let Some(mut stated) = self.window_of(&says)? else { return Ok(None) };
        let compared = self.cross_check(&says, &stated.span);
        let second = [Field::CheckStart, Field::CheckEnd].into_iter().filter_map(|field| says.get(field));
        match compared {
            Compared::Read => stated.sources.extend(second.map(|found| found.source.clone())),
            Compared::Unread => self.unread_statement |= second.count() > 0,
        }
        self.near_the_day_sent(&stated.span);
        Ok(Some(stated))
    }

    /// The start, where that is all that is said of a window.
    pub(super) fn start_alone(
        &mut self,
        row: &Record<'_>,
        notice: &Record<'_>,
    ) -> Result<Option<DateTime<Utc>>, Unreadable> {
        let says = Says { row, notice };
        let start = says.first(&[Field::Start, Field::StartTime]);
        if start.is_none() || says.first(&[Field::End, Field::EndTime, Field::Duration]).is_some() {
            return Ok(None);
        }
        let Some(point) = self.point(&says, Field::Start, None, &mut Vec::new())? else { return Ok(None) };
        let settled = self.zone(&point, &point.moment.rest, &says)?;
        Ok(settled.map(|settled| settled.readings(point.moment.local).preferred))
    }

    fn window_of(&mut self, says: &Says<'_, '_>) -> Result<Option<Stated>, Unreadable> {
        let timed_start = says.first(&[Field::Start, Field::StartTime]).is_some();
        let timed_end = says.first(&[Field::End, Field::EndTime]).is_some();
        let days = says.first(&[Field::Date, Field::StartDate]);
        match (timed_start, timed_end, days) {
            (true, true, _) => self.timed(says),
            (true, false, _) if says.get(Field::Duration).is_some() => self.lasting(says),
            (true, false, _) => Err(missing("end")),
            (false, true, _) => Err(missing("start")),
            (false, false, Some(days)) => self.whole_days(days, says),
            (false, false, None) => Ok(None),
        }
    }

    fn whole_days(&mut self, days: &Found<'_>, says: &Says<'_, '_>) -> Result<Option<Stated>, Unreadable> {
        let text = days.line();
        let years = self.years(says);
        let (first, mut last) = match self.profile.dates.days(&text, &years) {
            Ok(days) => days,
            Err(no) => return self.no_date(days.field, &text, no).map(|()| None),
        };
        let mut sources = vec![days.source.clone()];
        if let Some(end) = says.get(Field::EndDate) {
            match self.profile.dates.days(&end.line(), &years) {
                Ok((_, end)) => last = end,
                Err(no) => return self.no_date(end.field, &end.line(), no).map(|()| None),
            }
            sources.push(end.source.clone());
        }
        let local = first.and_time(NaiveTime::MIN);
        let moment = Moment { local, dated: EndDate::Written, rest: String::new() };
        let point = Point { text: text.clone(), moment, by_rule: days.zone.map(str::to_owned) };
        let Some(settled) = self.zone(&point, "", says)? else { return Ok(None) };
        let wall = WallSpan::Days { first, last, zone: settled.zone.name().to_owned() };
        let span = self.resolve(&wall, &first.to_string(), &last.to_string())?;
        let written = Written { start: text, end: String::new(), zone: settled.written };
        Ok(Some(Stated { span, wall, written, zone: settled.zone, sources }))
    }

    fn resolve(&self, wall: &WallSpan, start: &str, end: &str) -> Result<Span, Unreadable> {
        wall.resolve(self.zones).map_err(|why| match why {
            NoSpan::Empty => Unreadable::EndBeforeStart { start: start.to_owned(), end: end.to_owned() },
            NoSpan::Zone(unknown) => unreadable(Field::Zone, start, unknown.to_string()),
        })
    }

    fn timed(&mut self, says: &Says<'_, '_>) -> Result<Option<Stated>, Unreadable> {
        let mut sources = Vec::new();
        let Some(from) = self.point(says, Field::Start, None, &mut sources)? else { return Ok(None) };
        let Some(until) = self.point(says, Field::End, Some(&from.moment), &mut sources)? else { return Ok(None) };
        let Some((wall, settled)) = self.between(&from, &until, says)? else { return Ok(None) };
        let span = self.resolve(&wall, &from.text, &until.text)?;
        sources.extend(says.get(Field::Zone).map(|found| found.source.clone()));
        let written = Written { start: from.text, end: until.text, zone: settled.written };
        Ok(Some(Stated { span, wall, written, zone: settled.zone, sources }))
    }

    fn between(
        &mut self,
        from: &Point,
        until: &Point,
        says: &Says<'_, '_>,
    ) -> Result<Option<(WallSpan, Settled)>, Unreadable> {
        let (start, end) = (&from.moment, &until.moment);
        // A zone written once, behind either end, is that of both.
        let (start_rest, end_rest) = (or(&start.rest, &end.rest), or(&end.rest, &start.rest));
        let Some(settled) = self.zone(from, start_rest, says)? else { return Ok(None) };
        let Some(end_zone) = self.zone(until, end_rest, says)? else { return Ok(None) };
        let wall = if settled.zone == end_zone.zone {
            WallSpan::Clock {
                start: start.local,
                end: end.local,
                end_date: end.dated,
                zone: settled.zone.name().to_owned(),
                abbreviation: settled.written.clone(),
            }
        } else {
            WallSpan::Ends { start: settled.wall_end(start.local), end: end_zone.wall_end(end.local) }
        };
        Ok(Some((wall, settled)))
    }

    /// From the start for as long as the notice says.
    fn lasting(&mut self, says: &Says<'_, '_>) -> Result<Option<Stated>, Unreadable> {
        let mut sources = Vec::new();
        let Some(from) = self.point(says, Field::Start, None, &mut sources)? else { return Ok(None) };
        let Some(duration) = says.get(Field::Duration) else { return Err(missing("end")) };
        let text = duration.line();
        let exact =
            length_in_words(&text).ok_or_else(|| unreadable(Field::Duration, &text, "it is no length of time"))?;
        let Some(settled) = self.zone(&from, &from.moment.rest, says)? else { return Ok(None) };
        let zone = settled.zone.name().to_owned();
        let wall = WallSpan::Lasting { start: from.moment.local, length: Length { days: 0, exact }, zone };
        let span = self.resolve(&wall, &from.text, &text)?;
        sources.push(duration.source.clone());
        let written = Written { start: from.text, end: text, zone: settled.written };
        Ok(Some(Stated { span, wall, written, zone: settled.zone, sources }))
    }

    /// One end, from its words or from a date and a time that stand apart. None when a person must settle it.
    fn point(
        &mut self,
        says: &Says<'_, '_>,
        end: Field,
        start: Option<&Moment>,
        sources: &mut Vec<FieldSource>,
    ) -> Result<Option<Point>, Unreadable> {
        let (date_field, time_field) = match start {
            None => (Field::StartDate, Field::StartTime),
            Some(_) => (Field::EndDate, Field::EndTime),
        };
        let Some(found) = says.first(&[end, time_field]) else { return Err(missing(end.word())) };
        let years = self.years(says);
        let mut text = found.line();
        let own_day = says.get(date_field);
        let day = match own_day.or_else(|| says.get(Field::Date)) {
            Some(day) => match self.profile.dates.days(&day.line(), &years) {
                // Of a range of days the start has the first, the end the last.
                Ok((first, last)) => Some(if start.is_none() { first } else { last }),
                Err(no) if found.field == time_field => return self.no_date(day.field, &day.line(), no).map(|()| None),
                Err(_) => None,
            },
            None => start.map(|start| start.local.date()),
        };
        let mut moment = match self.profile.dates.moment(&text, day, &years) {
            Ok(moment) => moment,
            Err(no) => return self.no_date(end, &text, no).map(|()| None),
        };
        sources.push(found.source.clone());
        if let Some(own) = own_day.filter(|_| found.field == time_field) {
            moment.dated = EndDate::Written;
            text = format!("{} {text}", own.line());
            sources.push(own.source.clone());
        }
        Ok(Some(Point { text, moment, by_rule: found.zone.map(str::to_owned) }))
    }

    fn years(&self, says: &Says<'_, '_>) -> Years {
        let stated = says.get(Field::Year).and_then(|found| found.text.trim().parse().ok());
        Years { stated, sent: self.sent.map(|sent| sent.date_naive()) }
    }

    fn no_date(&mut self, field: Field, text: &str, no: NoDate) -> Result<(), Unreadable> {
        match no {
            NoDate::TwoWay => {
                self.doubt_once(Doubt::TwoWayDate { text: text.to_owned() });
                Ok(())
            }
            NoDate::Unreadable => Err(unreadable(field, text, "none of the profile's date formats fits it")),
        }
    }

    /// The zone of a time: written behind it, else stated by the rule that led to it, else under the zone's own label,
    /// else that of the place named, else the profile's. A doubt and none when nothing settles it.
    fn zone(&mut self, time: &Point, rest: &str, says: &Says<'_, '_>) -> Result<Option<Settled>, Unreadable> {
        let labelled = || says.get(Field::Zone).map(Found::line);
        let written = Some(rest.to_owned()).filter(|rest| !rest.is_empty()).or_else(labelled);
        if let Some(written) = written {
            return self.written_zone(written, time.moment.local);
        }
        let by_place = || says.get(Field::Place).and_then(|place| self.profile.zone.of_place(&place.line()));
        let name = time.by_rule.as_deref().or_else(by_place).or_else(|| self.profile.default_zone());
        let zone = name.and_then(|name| self.zones.find(name));
        if zone.is_none() {
            self.doubt_once(Doubt::NoZone { text: time.text.clone() });
        }
        Ok(zone.map(|zone| Settled { zone, written: None }))
    }

    fn written_zone(&mut self, written: String, near: NaiveDateTime) -> Result<Option<Settled>, Unreadable> {
        // What the profile explains wins: `Eastern` is a zone of no table, `Central` one of several.
        let explained = self.profile.zone.abbreviations.explained(&written).and_then(|name| self.zones.find(name));
        let zone = match explained.map_or_else(|| read_zone_text(&written, self.zones), ZoneText::Region) {
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

    /// Keeps a doubt, once.
    pub(super) fn doubt_once(&mut self, doubt: Doubt) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    fn abbreviation(&self, letters: &str, near: NaiveDateTime) -> Option<Zone> {
        let home = self.profile.default_zone().and_then(|name| self.zones.find(name));
        self.profile.zone.abbreviations.settle(letters, home.as_ref(), near.and_utc(), self.zones)
    }

    /// Compares with the second statement of the same window, where the notice has one that can be read.
    fn cross_check(&mut self, says: &Says<'_, '_>, span: &Span) -> Compared {
        let Some((start, end, second)) = self.second_statement(says) else { return Compared::Unread };
        let apart = |readings: Readings, other: DateTime<Utc>| {
            let nearest = readings.all().map(|reading| (reading - other).abs()).min();
            nearest.is_some_and(|apart| apart > self.profile.dates.tolerance)
        };
        if apart(start, span.interval.start()) || apart(end, span.interval.end()) {
            let first = format!("{} to {}", seconds(span.interval.start()), seconds(span.interval.end()));
            self.doubt_once(Doubt::TimesDisagree { first, second });
        }
        Compared::Read
    }

    /// Both ends of the second statement, and its words. A zone that nobody explains proves nothing.
    fn second_statement(&mut self, says: &Says<'_, '_>) -> Option<(Readings, Readings, String)> {
        let (start, end) = (says.get(Field::CheckStart)?, says.get(Field::CheckEnd)?);
        let (years, dates) = (self.years(says), &self.profile.dates);
        let from = dates.moment(&start.line(), None, &years).ok()?;
        let until = dates.moment(&end.line(), Some(from.local.date()), &years).ok()?;
        let next_day = until.dated == EndDate::Borrowed && until.local <= from.local;
        let until_local = until.local.checked_add_days(Days::new(u64::from(next_day)))?;
        let labelled = says.get(Field::CheckZone).map(Found::line).unwrap_or_default();
        let known = self.doubts.len();
        // A zone written once is that of both ends; across a clock change each has its own letters.
        let start_zone = or(&from.rest, or(&until.rest, &labelled)).to_owned();
        let end_zone = or(&until.rest, or(&from.rest, &labelled)).to_owned();
        let mut settle = |written: String, local| {
            if written.is_empty() { Ok(None) } else { self.written_zone(written, local) }
        };
        let (start_zone, end_zone) = (settle(start_zone, from.local), settle(end_zone, until_local));
        self.doubts.truncate(known);
        let (start_zone, end_zone) = (start_zone.ok()??, end_zone.ok()??);
        let words = format!("{} to {}", start.line(), end.line());
        Some((start_zone.readings(from.local), end_zone.readings(until_local), words))
    }

    /// Doubts a window that lies further from the day the notice was sent than the profile allows.
    fn near_the_day_sent(&mut self, span: &Span) {
        let (Some(within), Some(sent)) = (self.profile.dates.within, self.sent) else { return };
        let start = span.interval.start();
        if (start - sent).abs() > within {
            self.doubt_once(Doubt::FarFromSent {
                start: seconds(start),
                sent: seconds(sent),
                limit: format!("{} days", within.num_days()),
            });
        }
    }

    /// When the work really ended.
    pub(super) fn actual_end(&mut self, notice: &Record<'_>) -> Result<Option<DateTime<Utc>>, Unreadable> {
        let Some(found) = notice.get(Field::ActualEnd) else { return Ok(None) };
        let (text, says) = (found.line(), Says { row: notice, notice });
        let moment = match self.profile.dates.moment(&text, None, &self.years(&says)) {
            Ok(moment) => moment,
            Err(no) => return self.no_date(Field::ActualEnd, &text, no).map(|()| None),
        };
        let point = Point { text, moment, by_rule: found.zone.map(str::to_owned) };
        let settled = self.zone(&point, &point.moment.rest, &says)?;
        Ok(settled.map(|settled| settled.readings(point.moment.local).preferred))
    }

    /// The window of a maintenance.
    pub(super) fn window(&self, stated: Stated, ordinal: u32, row: &Record<'_>) -> Window {
        Window {
            ordinal,
            role: row.role,
            interval: stated.span.interval,
            others: stated.span.others,
            flags: stated.span.flags,
            written: stated.written,
            wall: Some(stated.wall),
            zone: stated.zone.name().to_owned(),
            rules: self.zones.version().clone(),
            objects: Vec::new(),
        }
    }
}

fn seconds(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn or<'t>(first: &'t str, second: &'t str) -> &'t str {
    if first.is_empty() { second } else { first }
}

/// A row, and what is said once for all rows.
struct Says<'r, 'a> {
    row: &'r Record<'a>,
    notice: &'r Record<'a>,
}

impl<'r, 'a> Says<'r, 'a> {
    fn get(&self, field: Field) -> Option<&'r Found<'a>> {
        self.row.get(field).or_else(|| self.notice.get(field))
    }

    /// The first of the fields that the row says, else that the notice says.
    fn first(&self, fields: &[Field]) -> Option<&'r Found<'a>> {
        let of = |record: &'r Record<'a>| fields.iter().find_map(|field| record.get(*field));
        of(self.row).or_else(|| of(self.notice))
    }
}

/// Longest length of time in words: a year.
const MAX_LENGTH: TimeDelta = TimeDelta::days(366);

/// `2 hours`, `approximately 6 Hours 30 Minutes`, `480 min`: the numbers that stand before a unit, added up.
pub(in crate::notice) fn length_in_words(text: &str) -> Option<TimeDelta> {
    let spaced: String = text.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut seconds = 0.0_f64;
    for (index, word) in words.iter().enumerate() {
        let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let Ok(count) = word[..digits].parse::<f64>() else { continue };
        let unit =
            if digits < word.len() { &word[digits..] } else { words.get(index + 1).copied().unwrap_or_default() };
        seconds += count * unit_seconds(unit)?;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked against a year right behind")]
    let length = TimeDelta::try_seconds(seconds.round() as i64)?;
    (length > TimeDelta::zero() && length <= MAX_LENGTH).then_some(length)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    let unit = unit.to_lowercase();
    let known = [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("m", 60.0), ("s", 1.0)];
    let words = [
        "d", "day", "days", "h", "hr", "hrs", "hour", "hours", "min", "mins", "minute", "minutes", "m", "s", "sec",
        "secs", "second", "seconds",
    ];
    let unit = words.contains(&unit.as_str()).then_some(unit)?;
    known.into_iter().find(|(start, _)| unit.starts_with(start)).map(|(_, seconds)| seconds)
}

impl super::ZoneRule {
    /// The zone of a place as a notice names it, by the first row of the profile's table that fits.
    fn of_place(&self, place: &str) -> Option<&str> {
        let place = place.trim().to_lowercase();
        let fits = |name: &str| match (name.strip_prefix('*'), name.strip_suffix('*')) {
            (Some(end), _) => place.ends_with(end),
            (None, Some(start)) => place.starts_with(start),
            (None, None) => place == name,
        };
        self.places.iter().find(|row| fits(&row.name)).map(|row| row.zone.as_str())
    }
}
