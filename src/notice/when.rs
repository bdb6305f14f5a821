//! iCalendar times (RFC 5545 section 3.3.4 to 3.3.6) to intervals. Floating times get no zone that nobody named.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::calendar::ContentLine;
use super::reading::{Doubt, Unreadable};
use crate::time::{
    EndDate, Length, NoSpan, Span, WallEnd, WallSpan, Zone, ZoneText, Zones, read_zone_text, wall_clock,
};

/// What stands between the window of an event and its being read.
pub(super) enum NoWindow {
    /// It cannot be read: the whole notice waits.
    Unreadable(Unreadable),
    /// A person must say what it means.
    Doubt(Doubt),
}

impl From<Unreadable> for NoWindow {
    fn from(why: Unreadable) -> Self {
        Self::Unreadable(why)
    }
}

/// How times of a calendar are to be understood.
pub(super) struct Rules<'a> {
    pub(super) zones: &'a Zones,
    /// The zone of floating times, from the vendor's profile.
    pub(super) floating: Option<&'a Zone>,
    /// The TZIDs that the calendar defines itself.
    pub(super) defined: &'a [String],
}

/// An event's window with the zone that it was resolved in.
pub(super) struct Resolved {
    pub(super) span: Span,
    /// What it was resolved from.
    pub(super) wall: WallSpan,
    pub(super) zone: Zone,
    /// The zone as written: `UTC` for a trailing `Z`, else the TZID.
    pub(super) written_zone: Option<String>,
}

enum Point {
    Instant(DateTime<Utc>),
    Local(NaiveDateTime, Zone),
    Date(NaiveDate, Zone),
}

/// The window from DTSTART to DTEND, or for as long as DURATION says. A date alone lasts a whole local day.
pub(super) fn window(
    start: &ContentLine,
    end: Option<&ContentLine>,
    duration: Option<&ContentLine>,
    rules: &Rules<'_>,
) -> Result<Resolved, NoWindow> {
    let from = point(start, rules)?;
    let wall = match (end, duration) {
        (Some(end), _) => between(&from, &point(end, rules)?),
        (None, Some(duration)) => Some(lasting(&from, duration)?),
        (None, None) => match &from {
            // RFC 5545 section 3.6.1: an event with a start date alone lasts that day.
            Point::Date(date, zone) => Some(days(*date, *date, zone)),
            Point::Instant(_) | Point::Local(..) => {
                return Err(Unreadable::Missing { field: "end".into(), event: None }.into());
            }
        },
    };
    let reversed = || Unreadable::EndBeforeStart {
        start: start.value.trim().to_owned(),
        end: end.or(duration).map(|line| line.value.trim().to_owned()).unwrap_or_default(),
    };
    let wall = wall.ok_or_else(reversed)?;
    let span = wall.resolve(rules.zones).map_err(|why| match (why, end, duration) {
        (NoSpan::Empty, None, Some(duration)) => unusable(duration, "it reaches beyond the calendar"),
        (NoSpan::Empty, _, _) => reversed(),
        (NoSpan::Zone(unknown), _, _) => unusable(start, &unknown.to_string()),
    })?;
    let zone = match &from {
        Point::Instant(_) => Zone::utc(),
        Point::Local(_, zone) | Point::Date(_, zone) => zone.clone(),
    };
    let written_zone = match &from {
        Point::Instant(_) => Some("UTC".to_owned()),
        Point::Local(..) | Point::Date(..) => start.param("TZID").map(str::to_owned),
    };
    Ok(Resolved { span, wall, zone, written_zone })
}

fn unusable(line: &ContentLine, why: &str) -> Unreadable {
    Unreadable::Field { field: line.name.clone(), text: line.value.trim().to_owned(), why: why.to_owned() }
}

/// The instant of a DTSTAMP; none unless it is in UTC, as RFC 5545 section 3.8.7.2 demands.
pub(super) fn stamp(line: &ContentLine) -> Option<DateTime<Utc>> {
    match digits(line.value.trim())? {
        Digits::Utc(instant) => Some(instant),
        Digits::Local(_) | Digits::Date(_) => None,
    }
}

/// None when the calendar has no day before the end.
fn between(from: &Point, until: &Point) -> Option<WallSpan> {
    Some(match (from, until) {
        (Point::Local(start, zone), Point::Local(end, other)) if zone == other => WallSpan::Clock {
            start: *start,
            end: *end,
            end_date: EndDate::Written,
            zone: zone.name().to_owned(),
            abbreviation: None,
        },
        (Point::Date(first, zone), Point::Date(end, _)) => days(*first, end.pred_opt()?, zone),
        _ => WallSpan::Ends { start: wall_end(from), end: wall_end(until) },
    })
}

fn days(first: NaiveDate, last: NaiveDate, zone: &Zone) -> WallSpan {
    WallSpan::Days { first, last, zone: zone.name().to_owned() }
}

/// One end on its own (RFC 5545 section 3.3.5).
fn wall_end(point: &Point) -> WallEnd {
    let local =
        |local: NaiveDateTime, zone: &Zone| WallEnd::Local { local, zone: zone.name().to_owned(), abbreviation: None };
    match point {
        Point::Instant(at) => WallEnd::Instant { at: *at },
        Point::Local(time, zone) => local(*time, zone),
        Point::Date(date, zone) => local(date.and_time(NaiveTime::MIN), zone),
    }
}

fn point(line: &ContentLine, rules: &Rules<'_>) -> Result<Point, NoWindow> {
    let text = line.value.trim();
    let field = |why: &str| Unreadable::Field { field: line.name.clone(), text: text.into(), why: why.into() };
    match digits(text).ok_or_else(|| field("it is no iCalendar date or time"))? {
        Digits::Utc(instant) => Ok(Point::Instant(instant)),
        Digits::Local(local) => Ok(Point::Local(local, zone_of(line, rules)?)),
        Digits::Date(date) => Ok(Point::Date(date, zone_of(line, rules)?)),
    }
}

fn zone_of(line: &ContentLine, rules: &Rules<'_>) -> Result<Zone, NoWindow> {
    let text = line.value.trim();
    let field = |why: String| Unreadable::Field { field: line.name.clone(), text: text.into(), why };
    let Some(tzid) = line.param("TZID").map(str::trim).filter(|tzid| !tzid.is_empty()) else {
        let none = || field("it names no zone, and none is assumed".into()).into();
        return rules.floating.cloned().ok_or_else(none);
    };
    match read_zone_text(tzid, rules.zones) {
        ZoneText::Region(zone) => Ok(zone),
        ZoneText::Offset(offset) => Ok(Zone::fixed(offset)),
        // What the calendar defines itself is not read yet, and its name alone is no ground for a guess.
        ZoneText::Abbreviation(_) | ZoneText::Unknown(_) if rules.defined.iter().any(|known| known == tzid) => {
            Err(NoWindow::Doubt(Doubt::NoZone { text: format!("{text} ({tzid})") }))
        }
        ZoneText::Unknown(name) => match rules.zones.get(&name) {
            Ok(zone) => Ok(zone),
            Err(unknown) => Err(field(unknown.to_string()).into()),
        },
        ZoneText::Abbreviation(letters) => Err(field(format!("`{letters}` may be several zones")).into()),
    }
}

enum Digits {
    Utc(DateTime<Utc>),
    Local(NaiveDateTime),
    Date(NaiveDate),
}

/// `20170326`, `20170326T010000`, `20170326T010000Z`; seconds may be missing.
fn digits(text: &str) -> Option<Digits> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let date = |text: &str| {
        let year = i32::try_from(number(text.get(..4)?)?).ok()?;
        NaiveDate::from_ymd_opt(year, number(text.get(4..6)?)?, number(text.get(6..8)?)?)
    };
    let Some((day, time)) = text.split_once(['T', 't']) else {
        return date(text).filter(|_| text.len() == 8).map(Digits::Date);
    };
    let day = date(day).filter(|_| day.len() == 8)?;
    let (time, utc) = time.strip_suffix(['Z', 'z']).map_or((time, None), |time| (time, Some(Utc)));
    if time.len() != 6 && time.len() != 4 {
        return None;
    }
    let second = time.get(4..6).map_or(Some(0), number)?;
    let local = wall_clock(day, number(time.get(..2)?)?, number(time.get(2..4)?)?, second)?;
    Some(utc.map_or(Digits::Local(local), |_| Digits::Utc(local.and_utc())))
}

/// The window for as long as a DURATION says; whole days of a date are local days.
fn lasting(from: &Point, duration: &ContentLine) -> Result<WallSpan, Unreadable> {
    let length =
        Length::parse(&duration.value).ok_or_else(|| unusable(duration, "it is no positive iCalendar duration"))?;
    let from_then =
        |start: NaiveDateTime, zone: &Zone| WallSpan::Lasting { start, length, zone: zone.name().to_owned() };
    Ok(match from {
        Point::Date(date, zone) if length.exact.is_zero() => {
            let last = date.checked_add_days(Days::new(length.days)).and_then(|end| end.pred_opt());
            days(*date, last.ok_or_else(|| unusable(duration, "it reaches beyond the calendar"))?, zone)
        }
        Point::Date(date, zone) => from_then(date.and_time(NaiveTime::MIN), zone),
        Point::Local(local, zone) => from_then(*local, zone),
        Point::Instant(instant) => from_then(instant.naive_utc(), &Zone::utc()),
    })
}
