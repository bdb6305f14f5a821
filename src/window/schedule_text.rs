//! The text of a schedule: content lines of RFC 5545, alone or in VEVENTs.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::recurrence::{DateValue, Dates, Extra, GapPolicy, Limit, RecurrenceParts, Rule, WallSpan};
use super::schedule::{Change, Changed, Length, Schedule, ScheduleError, ScheduleParts};
use crate::time::{LocalTime, Zone, Zones};

/// Longest text of a schedule in bytes: as many EXDATE as are allowed, twice.
pub const MAX_SCHEDULE_BYTES: usize = 512 * 1024;

/// As much of a line as an error shows.
const SHOWN_CHARS: usize = 60;

/// One content line.
struct Line<'a> {
    name: String,
    parameters: Vec<(String, &'a str)>,
    value: &'a str,
    whole: &'a str,
}

impl Schedule {
    /// Reads DTSTART, DTEND or DURATION, RRULE, EXRULE, RDATE, EXDATE, each with its TZID; in VEVENTs also those with a
    /// RECURRENCE-ID, which move an occurrence or (STATUS:CANCELLED) cancel it. Other properties are left unread.
    ///
    /// # Errors
    /// [`ScheduleError`]: text longer than [`MAX_SCHEDULE_BYTES`], a line, zone, date or rule that cannot be read, no
    /// DTSTART, no length, two events without RECURRENCE-ID.
    pub fn parse(
        text: &str,
        zones: &Zones,
        gaps: GapPolicy,
        known_from: Option<DateTime<Utc>>,
    ) -> Result<Self, ScheduleError> {
        if text.len() > MAX_SCHEDULE_BYTES {
            return Err(Limit::ScheduleBytes(MAX_SCHEDULE_BYTES).into());
        }
        let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
        let (mut main, mut changes) = (None, Vec::new());
        for lines in events(&unfolded)? {
            let event = Event { lines, zones };
            if event.one("RECURRENCE-ID")?.is_some() {
                changes.push(event);
            } else if main.replace(event).is_some() {
                return Err(ScheduleError::Twice("an event without RECURRENCE-ID"));
            }
        }
        let main = main.ok_or(ScheduleError::Missing("DTSTART"))?;
        let (recurrence, length) = main.recurrence(gaps)?;
        let zone = recurrence.zone.clone();
        let changes = changes.iter().map(|event| event.change(zone.as_ref())).collect::<Result<_, _>>()?;
        let length = length.ok_or(ScheduleError::NoLength)?;
        Self::new(ScheduleParts { recurrence, length, changes, known_from, text: text.to_owned() })
    }
}

/// The lines of each VEVENT, without those of components within it; lines in no component are an event together.
fn events(text: &str) -> Result<Vec<Vec<Line<'_>>>, ScheduleError> {
    let (mut events, mut bare): (Vec<Vec<Line<'_>>>, _) = (Vec::new(), Vec::new());
    let mut open: Vec<&str> = Vec::new();
    for whole in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let line = read_line(whole)?;
        match line.name.as_str() {
            "BEGIN" => {
                if line.value.eq_ignore_ascii_case("VEVENT") {
                    events.push(Vec::new());
                }
                open.push(line.value);
            }
            "END" => {
                open.pop();
            }
            _ => match (open.last(), events.last_mut()) {
                (None, _) => bare.push(line),
                (Some(component), Some(event)) if component.eq_ignore_ascii_case("VEVENT") => event.push(line),
                (Some(_), _) => {}
            },
        }
    }
    if !bare.is_empty() {
        events.push(bare);
    }
    Ok(events)
}

fn read_line(whole: &str) -> Result<Line<'_>, ScheduleError> {
    let mut quoted = false;
    let colon = whole.find(|character| {
        quoted ^= character == '"';
        character == ':' && !quoted
    });
    let (head, value) = colon.map(|at| (&whole[..at], &whole[at + 1..])).ok_or_else(|| unreadable(whole))?;
    let mut parts = head.split(';');
    let name = parts.next().unwrap_or_default().trim().to_ascii_uppercase();
    let parameters = parts
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.to_ascii_uppercase(), value.trim_matches('"')))
        .collect();
    Ok(Line { name, parameters, value: value.trim(), whole })
}

impl Line<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// The lines of one event.
struct Event<'a> {
    lines: Vec<Line<'a>>,
    zones: &'a Zones,
}

impl Event<'_> {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &Line<'_>> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    fn one(&self, name: &'static str) -> Result<Option<&Line<'_>>, ScheduleError> {
        let mut lines = self.all(name);
        let first = lines.next();
        if lines.next().is_some() { Err(ScheduleError::Twice(name)) } else { Ok(first) }
    }

    fn zone_of(&self, line: &Line<'_>) -> Result<Option<Zone>, ScheduleError> {
        Ok(line.parameter("TZID").map(|name| self.zones.get(name)).transpose()?)
    }

    fn date(&self, name: &'static str) -> Result<Option<(DateValue, Option<Zone>)>, ScheduleError> {
        let Some(line) = self.one(name)? else { return Ok(None) };
        let value = DateValue::parse(line.value).map_err(|_| unreadable(line.whole))?;
        Ok(Some((value, self.zone_of(line)?)))
    }

    fn recurrence(&self, gaps: GapPolicy) -> Result<(RecurrenceParts, Option<Length>), ScheduleError> {
        let (dtstart, zone) = self.date("DTSTART")?.ok_or(ScheduleError::Missing("DTSTART"))?;
        let length = self.length(dtstart, zone.as_ref())?;
        let rules = |name| self.all(name).map(|line| Rule::parse(line.value)).collect::<Result<Vec<_>, _>>();
        let mut parts = RecurrenceParts { gaps, ..RecurrenceParts::new(dtstart, zone.clone()) };
        (parts.rules, parts.exrules) = (rules("RRULE")?, rules("EXRULE")?);
        for line in self.all("RDATE") {
            let values = line.value.split(',').map(Extra::parse).collect::<Result<_, _>>()?;
            parts.rdates.push(Dates { zone: self.zone_of(line)?.filter(|own| Some(own) != zone.as_ref()), values });
        }
        for line in self.all("EXDATE") {
            let values = line.value.split(',').map(DateValue::parse).collect::<Result<_, _>>()?;
            parts.exdates.push(Dates { zone: self.zone_of(line)?.filter(|own| Some(own) != zone.as_ref()), values });
        }
        Ok((parts, length))
    }

    /// DTEND or DURATION beside a start; a DATE without either is one day.
    fn length(&self, start: DateValue, zone: Option<&Zone>) -> Result<Option<Length>, ScheduleError> {
        let end = self.date("DTEND")?;
        let duration = self.one("DURATION")?;
        match (start, end, duration) {
            (_, Some(_), Some(_)) => Err(ScheduleError::Twice("a length (DTEND and DURATION)")),
            (DateValue::Date(from), Some((DateValue::Date(to), _)), None) => u32::try_from((to - from).num_days())
                .map(|days| Some(Length::Days(days)))
                .map_err(|_| ScheduleError::NoLength),
            (DateValue::Date(_), Some(_), None) | (_, Some((DateValue::Date(_), _)), None) => {
                Err(unreadable(self.one("DTEND")?.map_or("DTEND", |line| line.whole)))
            }
            (_, Some((end, end_zone)), None) => {
                let elapsed = read_in(end, end_zone.as_ref().or(zone)) - read_in(start, zone);
                u32::try_from(elapsed.num_seconds())
                    .map(|s| Some(Length::Exact(s)))
                    .map_err(|_| ScheduleError::NoLength)
            }
            (start, None, Some(line)) => {
                let span = WallSpan::parse(line.value).ok_or_else(|| unreadable(line.whole))?;
                match start {
                    DateValue::Date(_) if span.seconds > 0 => Err(unreadable(line.whole)),
                    DateValue::Date(_) => Ok(Some(Length::Days(span.days))),
                    DateValue::Local(_) | DateValue::Utc(_) => Ok(Some(Length::Duration(span))),
                }
            }
            (DateValue::Date(_), None, None) => Ok(Some(Length::Days(1))),
            (DateValue::Local(_) | DateValue::Utc(_), None, None) => Ok(None),
        }
    }

    fn change(&self, zone: Option<&Zone>) -> Result<Change, ScheduleError> {
        let (of, of_zone) = self.date("RECURRENCE-ID")?.ok_or(ScheduleError::Missing("RECURRENCE-ID"))?;
        if self.one("RECURRENCE-ID")?.is_some_and(|line| line.parameter("RANGE").is_some()) {
            return Err(ScheduleError::ThisAndFuture);
        }
        // Written in another zone it names an instant.
        let of = match (of, of_zone.filter(|own| Some(own) != zone)) {
            (DateValue::Local(_), Some(own)) => DateValue::Utc(read_in(of, Some(&own)).naive_utc()),
            (of, _) => of,
        };
        if self.one("STATUS")?.is_some_and(|line| line.value.eq_ignore_ascii_case("CANCELLED")) {
            return Ok(Change { of, to: Changed::Cancelled });
        }
        let (start, own) = self.date("DTSTART")?.ok_or(ScheduleError::Missing("DTSTART beside its RECURRENCE-ID"))?;
        let own = own.or_else(|| zone.cloned());
        let length = self.length(start, own.as_ref())?;
        Ok(Change { of, to: Changed::Moved { start, zone: own, length } })
    }
}

/// An explicit time: of a gap the offset before it, of a fold the first pass (RFC 5545 section 3.3.5).
fn read_in(value: DateValue, zone: Option<&Zone>) -> DateTime<Utc> {
    let in_zone = |wall: NaiveDateTime| match zone.map(|zone| zone.resolve(wall)) {
        None => wall.and_utc(),
        Some(LocalTime::Unique(at)) => at,
        Some(LocalTime::Gap { later, .. }) => later,
        Some(LocalTime::Fold { first, .. }) => first,
    };
    match value {
        DateValue::Utc(wall) => wall.and_utc(),
        DateValue::Date(_) | DateValue::Local(_) => in_zone(value.wall()),
    }
}

fn unreadable(line: &str) -> ScheduleError {
    ScheduleError::Unreadable(line.chars().take(SHOWN_CHARS).collect())
}
