//! iCalendar times (RFC 5545 section 3.3.4 to 3.3.6) to intervals. Floating times get no zone that nobody named.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};

use super::calendar::ContentLine;
use super::defined_zones::DefinedZones;
use super::reading::{Doubt, Unreadable};
use crate::time::{
    EndDate, Length, LocalTime, NoSpan, RulesOrigin, RulesVersion, Span, UnknownZone, WallEnd, WallSpan, Zone,
    ZoneText, Zones, read_zone_text, wall_clock,
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
    /// The zones that the calendar defines itself.
    pub(super) defined: &'a DefinedZones,
}

/// An event's window with the zone that it was resolved in.
pub(super) struct Resolved {
    pub(super) span: Span,
    /// What it was resolved from; of a zone that the calendar defines itself the instants, which no other rules change.
    pub(super) wall: WallSpan,
    /// Of a zone that the calendar defines itself the offset at the start: nobody else knows such a zone.
    pub(super) zone: Zone,
    /// By whose rules.
    pub(super) rules: RulesVersion,
    /// The zone as written: `UTC` for a trailing `Z`, else the TZID.
    pub(super) written_zone: Option<String>,
}

enum Point {
    Instant(DateTime<Utc>),
    Local(NaiveDateTime, Zone),
    Date(NaiveDate, Zone),
}

impl Point {
    fn zone(&self) -> Option<&Zone> {
        match self {
            Self::Instant(_) => None,
            Self::Local(_, zone) | Self::Date(_, zone) => Some(zone),
        }
    }
}

/// A zone, and who said what it is.
enum Found {
    Named(Zone),
    /// By the calendar's own rules.
    Defined(Zone),
}

/// The window from DTSTART to DTEND, or for as long as DURATION says. A date alone lasts a whole local day.
pub(super) fn window(
    start: &ContentLine,
    end: Option<&ContentLine>,
    duration: Option<&ContentLine>,
    rules: &Rules<'_>,
) -> Result<Resolved, NoWindow> {
    let mut version = rules.zones.version().clone();
    let from = point(start, rules, &mut version)?;
    let until = end.map(|end| point(end, rules, &mut version)).transpose()?;
    let wall = match (&until, duration) {
        (Some(until), _) => between(&from, until),
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
    let own = [Some(&from), until.as_ref()];
    let span =
        wall.resolve_by(&|name| known_zone(name, &own, rules.zones)).map_err(|why| match (why, end, duration) {
            (NoSpan::Empty, None, Some(duration)) => unusable(duration, "it reaches beyond the calendar"),
            (NoSpan::Empty, _, _) => reversed(),
            (NoSpan::Zone(unknown), _, _) => unusable(start, &unknown.to_string()),
        })?;
    let written_zone = match &from {
        Point::Instant(_) => Some("UTC".to_owned()),
        Point::Local(..) | Point::Date(..) => start.param("TZID").map(str::to_owned),
    };
    let zone = from.zone().cloned().unwrap_or_else(Zone::utc);
    if version.origin == RulesOrigin::Calendar {
        let instant = |at| WallEnd::Instant { at };
        let wall = WallSpan::Ends { start: instant(span.interval.start()), end: instant(span.interval.end()) };
        let zone = Zone::fixed(zone.offset_at(span.interval.start()));
        return Ok(Resolved { span, wall, zone, rules: version, written_zone });
    }
    Ok(Resolved { span, wall, zone, rules: version, written_zone })
}

/// The zone of this name among those that the two ends were read in, else by the rules at hand.
fn known_zone(name: &str, ends: &[Option<&Point>], zones: &Zones) -> Result<Zone, UnknownZone> {
    let own = ends.iter().flatten().filter_map(|point| point.zone()).find(|zone| zone.name() == name);
    own.map_or_else(|| zones.get(name), |zone| Ok(zone.clone()))
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

/// What a line says; `version` becomes that of the calendar where its zone is the calendar's own.
fn point(line: &ContentLine, rules: &Rules<'_>, version: &mut RulesVersion) -> Result<Point, NoWindow> {
    let text = line.value.trim();
    let field = |why: &str| Unreadable::Field { field: line.name.clone(), text: text.into(), why: why.into() };
    let mut zone = |local| match zone_of(line, local, rules) {
        Ok(Found::Named(zone)) => Ok(zone),
        Ok(Found::Defined(zone)) => {
            *version = RulesVersion { origin: RulesOrigin::Calendar, release: None };
            Ok(zone)
        }
        Err(why) => Err(why),
    };
    match digits(text).ok_or_else(|| field("it is no iCalendar date or time"))? {
        Digits::Utc(instant) => Ok(Point::Instant(instant)),
        Digits::Local(local) => Ok(Point::Local(local, zone(local)?)),
        Digits::Date(date) => Ok(Point::Date(date, zone(date.and_time(NaiveTime::MIN))?)),
    }
}

/// The zone that a TZID names. One that has a name of its own, of IANA or Windows, is that zone, unless the calendar's
/// VTIMEZONE means another instant by this local time; any other is what its VTIMEZONE says.
fn zone_of(line: &ContentLine, local: NaiveDateTime, rules: &Rules<'_>) -> Result<Found, NoWindow> {
    let text = line.value.trim();
    let field = |why: String| Unreadable::Field { field: line.name.clone(), text: text.into(), why };
    let Some(tzid) = line.param("TZID").map(str::trim).filter(|tzid| !tzid.is_empty()) else {
        let none = || field("it names no zone, and none is assumed".into()).into();
        return rules.floating.cloned().map(Found::Named).ok_or_else(none);
    };
    let named = match read_zone_text(tzid, rules.zones) {
        ZoneText::Region(zone) => Ok(zone),
        ZoneText::Offset(offset) => Ok(Zone::fixed(offset)),
        ZoneText::Unknown(name) => rules.zones.get(&name).map_err(|unknown| unknown.to_string()),
        ZoneText::Abbreviation(letters) => Err(format!("`{letters}` may be several zones")),
    };
    let defined =
        rules.defined.get(tzid).map(|zone| zone.as_ref().map_err(Clone::clone).and_then(|zone| zone.at(local)));
    match (named, defined) {
        (Ok(named), Some(Ok(defined))) => {
            let (by_name, by_rules) = (named.resolve(local), defined.resolve(local));
            if (by_name.earlier(), by_name.later()) == (by_rules.earlier(), by_rules.later()) {
                return Ok(Found::Named(named));
            }
            let shown = |reading: LocalTime| reading.compatible().to_rfc3339_opts(SecondsFormat::Secs, true);
            let (zone, by_name, by_rules) = (tzid.to_owned(), shown(by_name), shown(by_rules));
            Err(NoWindow::Doubt(Doubt::ZoneContradicted { text: text.to_owned(), zone, by_name, by_rules }))
        }
        (Ok(named), None | Some(Err(_))) => Ok(Found::Named(named)),
        (Err(_), Some(Ok(defined))) => Ok(Found::Defined(defined.clone())),
        (Err(_), Some(Err(fault))) => {
            let (text, zone) = (text.to_owned(), tzid.to_owned());
            Err(NoWindow::Doubt(Doubt::ZoneNotFollowed { text, zone, why: fault.to_string() }))
        }
        (Err(why), None) => Err(field(why).into()),
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
