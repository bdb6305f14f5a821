//! Words of windows to instants: which day, which zone, and which of several statements is the same window again.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

use super::meaning::{Meaning, Meanings};
use super::{Ending, Found, MAX_WINDOWS, Point, Rough, first_of_days};
use crate::notice::calendar;
use crate::notice::generic::Draft;
use crate::notice::generic::order::{Dates, Meant, Order, Year};
use crate::notice::generic::scan::{Clock, Stamp};
use crate::notice::message::{Message, PartKind};
use crate::notice::reading::Doubt;
use crate::notice::when;
use crate::time::{EndDate, Interval, Length, Span, WallSpan, Zone, Zones, wall_clock};
use crate::window::{Role, Window, Written};

/// How far two clocks can be apart that show the same moment.
const FURTHEST_CLOCKS: TimeDelta = TimeDelta::hours(26);

/// How far from the day it was sent a window may lie before its date is doubted.
const FAR: TimeDelta = TimeDelta::days(400);

/// A reading of a window.
#[derive(Debug, Clone)]
struct Read {
    span: Span,
    wall: WallSpan,
    zone: Zone,
}

/// A start by one reading of its date, and the zone as written.
struct Said {
    start: NaiveDateTime,
    order: Option<Order>,
    zone: Option<String>,
}

/// A window with all of its readings, the likeliest first.
#[derive(Debug, Clone)]
struct Resolved {
    role: Role,
    written: Written,
    /// What the clock shows, for comparing with a statement by another clock.
    local: (NaiveDateTime, NaiveDateTime),
    readings: Vec<Read>,
    certain: bool,
    doubts: Vec<Doubt>,
    found: Vec<Found>,
}

impl Resolved {
    fn is_utc(&self) -> bool {
        self.certain && self.readings.first().is_some_and(|read| read.zone.name() == Zone::utc().name())
    }

    fn interval(&self) -> Option<Interval> {
        self.readings.first().map(|read| read.span.interval)
    }

    /// Whether both can be the same window by different clocks: as long, and not further apart than clocks are.
    fn may_be(&self, other: &Self) -> bool {
        let length = |of: &Self| of.local.1 - of.local.0;
        // A change of clocks makes an hour.
        let as_long = (length(self) - length(other)).abs() <= TimeDelta::hours(1);
        as_long && (self.local.0 - other.local.0).abs() <= FURTHEST_CLOCKS
    }

    fn agrees(&self, other: Interval) -> bool {
        self.readings.is_empty()
            || self.readings.iter().any(|read| read.span.interval == other || read.span.others.contains(&other))
    }
}

pub(super) struct Resolver<'z> {
    zones: &'z Zones,
    dates: Dates,
    sent: Option<DateTime<Utc>>,
    /// The zone said once for all times.
    zone: Option<String>,
    meanings: Meanings<'z>,
}

impl<'z> Resolver<'z> {
    pub(super) fn new(zones: &'z Zones, dates: Dates, sent: Option<DateTime<Utc>>, zone: Option<String>) -> Self {
        Self { zones, dates, sent, zone, meanings: Meanings::new(zones) }
    }

    /// Resolves windows into a draft: second statements of one are joined to it, equal ones are one.
    pub(super) fn all(&mut self, rough: &[Rough], message: &Message, draft: &mut Draft) {
        let mut resolved: Vec<Resolved> = Vec::new();
        for rough in rough.iter().take(MAX_WINDOWS) {
            match self.resolve(rough) {
                Some(window) => resolved.push(window),
                None => Self::unresolved(rough, draft),
            }
        }
        let events = self.events(message);
        let with_instants = resolved.iter().any(|window| !window.readings.is_empty());
        if !with_instants && resolved.is_empty() {
            resolved.clone_from(&events);
        }
        let (utc, mut others): (Vec<_>, Vec<_>) = resolved.into_iter().partition(Resolved::is_utc);
        let mut kept: Vec<Resolved> = Vec::new();
        for window in utc {
            if !kept.iter().any(|known| known.interval() == window.interval()) {
                kept.push(window);
            }
        }
        if kept.is_empty() {
            // A calendar beside the words says which instants they mean.
            kept.extend(
                others.iter().filter_map(|window| events.iter().find(|event| event.may_be(window))).take(1).cloned(),
            );
        }
        let stated_in_utc = kept.len();
        others.retain(|window| !Self::is_second_statement(window, &kept[..stated_in_utc], draft));
        for window in others {
            let same = |known: &&mut Resolved| known.local == window.local && (known.interval() == window.interval());
            if kept.iter_mut().find(same).is_none() {
                kept.push(window);
            }
        }
        Self::check_events(&kept, &events, draft);
        for window in kept {
            self.keep(window, draft);
        }
    }

    /// Whether a window is one of those in UTC again by another clock; when it cannot be, though it should, is a doubt.
    fn is_second_statement(window: &Resolved, utc: &[Resolved], draft: &mut Draft) -> bool {
        let mut candidates = utc.iter().filter(|known| known.may_be(window));
        let Some(first) = candidates.clone().next() else { return false };
        let agreed = candidates.any(|known| known.interval().is_some_and(|interval| window.agrees(interval)));
        if !agreed {
            let shown = |interval: Option<Interval>| interval.map(shown).unwrap_or_default();
            draft.doubt(Doubt::TimesDisagree { first: shown(first.interval()), second: shown(window.interval()) });
        }
        true
    }

    /// The events of a plain calendar that was attached.
    fn events(&self, message: &Message) -> Vec<Resolved> {
        let calendars = message.parts.iter().filter(|part| part.kind == PartKind::Calendar);
        let mut events = Vec::new();
        for part in calendars {
            let Ok(calendar) = calendar::read(&part.text) else { continue };
            let rules = when::Rules { zones: self.zones, floating: None, defined: &calendar.zones };
            for event in calendar.events.iter().take(MAX_WINDOWS) {
                let Some(start) = event.first("DTSTART") else { continue };
                let (end, duration) = (event.first("DTEND"), event.first("DURATION"));
                let Ok(resolved) = when::window(start, end, duration, &rules) else { continue };
                let interval = resolved.span.interval;
                let found = |field: &str, line: &calendar::ContentLine| {
                    Found::in_part(field, part, &line.name, line.span.0..line.span.1)
                };
                let written = Written {
                    start: start.value.trim().to_owned(),
                    end: end.or(duration).map(|line| line.value.trim().to_owned()).unwrap_or_default(),
                    zone: resolved.written_zone,
                };
                events.push(Resolved {
                    role: Role::Primary,
                    written,
                    local: (interval.start().naive_utc(), interval.end().naive_utc()),
                    readings: vec![Read { span: resolved.span, wall: resolved.wall, zone: resolved.zone }],
                    certain: true,
                    doubts: Vec::new(),
                    found: std::iter::once(found("start", start)).chain(end.map(|line| found("end", line))).collect(),
                });
            }
        }
        events
    }

    fn check_events(kept: &[Resolved], events: &[Resolved], draft: &mut Draft) {
        let Some(first) = kept.first().and_then(Resolved::interval) else { return };
        let stated = |event: &&Resolved| kept.iter().any(|known| known.interval() == event.interval());
        if let Some(event) = events.iter().find(|event| !stated(event)) {
            let second = event.interval().map(shown).unwrap_or_default();
            draft.doubt(Doubt::TimesDisagree { first: shown(first), second });
        }
    }

    /// What the subject says of the windows, where the text says it too.
    pub(super) fn compare(&mut self, subject: &[Rough], draft: &mut Draft) {
        for rough in subject {
            let Some(said) = self.resolve(rough) else { continue };
            let agrees = draft
                .windows
                .iter()
                .any(|window| said.agrees(window.interval) || window.others.iter().any(|other| said.agrees(*other)));
            if let (false, Some(first), Some(second)) = (agrees, draft.windows.first(), said.interval()) {
                let first = shown(first.interval);
                draft.doubt(Doubt::TimesDisagree { first, second: shown(second) });
            }
        }
    }

    /// An end that takes the place of the one window's.
    pub(super) fn extend(&mut self, ends: &[(Point, Option<String>)], draft: &mut Draft) {
        let mut instants = Vec::new();
        for (point, zone) in ends {
            let Some(local) = self.local(&point.stamp, None).first().map(|(local, ..)| *local) else { continue };
            let written = point.stamp.zone.as_ref().or(zone.as_ref());
            if let Meaning::Certain(zone) = self.meanings.of(written, local) {
                instants.push((zone.resolve(local).readings(None).preferred, point));
            }
        }
        let (Some((end, point)), [window]) = (instants.first(), draft.windows.as_slice()) else { return };
        let (start, known) = (window.interval.start(), window.interval.end());
        let Ok(interval) = Interval::new(start, *end) else { return };
        if *end == known {
            return;
        }
        let written = Written { end: point.found.text.clone(), ..window.written.clone() };
        draft.windows = vec![Window { interval, written, wall: None, ..window.clone() }];
        let mut source = point.found.source.clone();
        source.field = "window 1 end".into();
        draft.sources.push(source);
        let second = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (first, second) = (second(end), second(&known));
        draft.doubt(Doubt::ReadsTwoWays {
            field: "window 1 end".into(),
            text: point.found.text.clone(),
            first,
            second,
        });
    }

    fn unresolved(rough: &Rough, draft: &mut Draft) {
        let end = match &rough.end {
            Ending::At(point) => point.found.text.clone(),
            Ending::Lasting(_, found) => found.text.clone(),
            Ending::NotStated => {
                draft.doubt(Doubt::NotStated { field: "end".into() });
                String::new()
            }
        };
        if !end.is_empty() {
            draft.doubt(Doubt::NoZone { text: rough.start.found.text.clone() });
        }
        let zone = rough.start.stamp.zone.clone().or_else(|| rough.zone.clone());
        let written = Written { start: rough.start.found.text.clone(), end, zone };
        if !draft.unresolved.contains(&written) {
            draft.sources.push(rough.start.found.source.clone());
            draft.unresolved.push(written);
        }
    }

    /// A window with its readings; none when half of it or its date cannot be read. Without a zone it has no reading.
    fn resolve(&mut self, rough: &Rough) -> Option<Resolved> {
        let starts = self.local(&rough.start.stamp, None);
        let (first, ..) = *starts.first()?;
        let zone = self.zone_words(rough);
        let meaning = self.meanings.of(zone.as_ref(), first);
        let (zones, certain, mut doubts) = match meaning {
            Meaning::Certain(zone) => (vec![zone], true, Vec::new()),
            Meaning::OneOf(zones, doubt) => (zones, false, vec![doubt]),
            Meaning::Unsaid => (Vec::new(), false, vec![Doubt::NoZone { text: rough.start.found.text.clone() }]),
        };
        let mut readings: Vec<Read> = Vec::new();
        let mut local = None;
        let mut found = vec![rough.start.found.clone()];
        found.first_mut()?.source.field = "start".into();
        let mut written = Written { start: rough.start.found.text.clone(), end: String::new(), zone: zone.clone() };
        for (start, order, _) in &starts {
            let said = Said { start: *start, order: *order, zone: zone.clone() };
            let Some((_, end)) = self.wall(rough, &said, &Zone::utc()) else { continue };
            local = local.or(Some((*start, end)));
            for zone in &zones {
                let Some((wall, _)) = self.wall(rough, &said, zone) else { continue };
                let Ok(span) = wall.resolve(self.zones) else { continue };
                readings.push(Read { span, wall, zone: zone.clone() });
            }
        }
        let local = local?;
        match &rough.end {
            Ending::At(point) => {
                let mut end = point.found.clone();
                end.source.field = "end".into();
                written.end.clone_from(&end.text);
                found.push(end);
            }
            Ending::Lasting(_, length) => {
                written.end.clone_from(&length.text);
                found.push(length.clone());
            }
            Ending::NotStated => {}
        }
        self.doubts_of_dates(rough, &starts, &readings, &mut doubts);
        Some(Resolved { role: rough.role, written, local, readings, certain, doubts, found })
    }

    fn doubts_of_dates(
        &self,
        rough: &Rough,
        starts: &[(NaiveDateTime, Option<Order>, Year)],
        readings: &[Read],
        doubts: &mut Vec<Doubt>,
    ) {
        let text = || rough.start.found.text.clone();
        if let [(first, ..), (second, ..)] = starts {
            let shown = |local: &NaiveDateTime| local.format("%-d %B %Y").to_string();
            let (first, second) = (shown(first), shown(second));
            doubts.push(Doubt::ReadsTwoWays { field: "date".into(), text: text(), first, second });
        }
        if let Some((local, _, Year::NearTheDaySent)) = starts.first() {
            let year = chrono::Datelike::year(local);
            doubts.push(Doubt::YearNotStated { text: text(), year });
        }
        let weekday = rough.start.stamp.date.and_then(|date| date.weekday);
        if let (Some(weekday), Some((local, ..))) = (weekday, starts.first())
            && chrono::Datelike::weekday(&local.date()) != weekday
        {
            doubts.push(Doubt::WeekdayDisagrees { text: text() });
        }
        let distance = |read: &Read, sent: DateTime<Utc>| (read.span.interval.start() - sent).abs();
        if let (Some(sent), Some(read)) = (self.sent, readings.first())
            && distance(read, sent) > FAR
        {
            doubts.push(Doubt::FarFromSent {
                start: read.span.interval.start().to_rfc3339_opts(SecondsFormat::Secs, true),
                sent: sent.to_rfc3339_opts(SecondsFormat::Secs, true),
                limit: format!("{} days", FAR.num_days()),
            });
        }
    }

    /// The zone of a window: behind its start, behind its end, in its label, or said once for all.
    fn zone_words(&self, rough: &Rough) -> Option<String> {
        let of_end = match &rough.end {
            Ending::At(point) => point.stamp.zone.clone(),
            Ending::Lasting(..) | Ending::NotStated => None,
        };
        let of_label =
            rough.zone.clone().filter(|zone| super::scan::is_zone(&zone.to_uppercase()) || super::scan::is_zone(zone));
        rough.start.stamp.zone.clone().or(of_end).or(of_label).or_else(|| self.zone.clone())
    }

    /// What the clock shows at a stamp by each reading of its date; `borrowed` is the day of one without a date.
    fn local(&self, stamp: &Stamp, borrowed: Option<Meant>) -> Vec<(NaiveDateTime, Option<Order>, Year)> {
        let days = match (&stamp.date, borrowed) {
            (Some(date), _) => self.dates.meant(date),
            (None, Some(day)) => vec![day],
            (None, None) => Vec::new(),
        };
        let first = stamp.date.and_then(|date| date.first_day);
        let at = |meant: &Meant| {
            let day = if stamp.clock.is_none() { first_of_days(meant.day, first) } else { meant.day };
            Some((on(day, stamp.clock)?, meant.order, meant.year))
        };
        days.iter().filter_map(at).collect()
    }

    /// The window on the clock of a zone from a start on, and what the clock shows at its end.
    fn wall(&self, rough: &Rough, said: &Said, zone: &Zone) -> Option<(WallSpan, NaiveDateTime)> {
        let (start, zone) = (said.start, zone.name().to_owned());
        let days = |last: NaiveDate| {
            let first = start.date();
            (first <= last).then(|| (WallSpan::Days { first, last, zone: zone.clone() }, last.and_time(NaiveTime::MIN)))
        };
        match &rough.end {
            Ending::Lasting(exact, _) => {
                let end = start.checked_add_signed(*exact)?;
                Some((WallSpan::Lasting { start, length: Length { days: 0, exact: *exact }, zone }, end))
            }
            Ending::At(point) => match (rough.start.stamp.clock, point.stamp.clock) {
                (None, None) => days(self.of_order(&point.stamp, said)?.date()),
                (Some(_), Some(_)) => {
                    let end = self.of_order(&point.stamp, said)?;
                    let dated = point.stamp.date.is_some();
                    let end_date = if dated { EndDate::Written } else { EndDate::Borrowed };
                    let shown = if end <= start && !dated { end.checked_add_days(Days::new(1))? } else { end };
                    let abbreviation = said.zone.clone();
                    (shown > start).then_some((WallSpan::Clock { start, end, end_date, zone, abbreviation }, shown))
                }
                (None, Some(_)) | (Some(_), None) => None,
            },
            Ending::NotStated if rough.start.stamp.clock.is_none() => {
                days(self.dates.meant(&rough.start.stamp.date?).first()?.day)
            }
            Ending::NotStated => None,
        }
    }

    /// What the clock shows at an end, its date read in the order of the start's.
    fn of_order(&self, stamp: &Stamp, said: &Said) -> Option<NaiveDateTime> {
        let order = said.order;
        let borrowed = Meant { day: said.start.date(), order, year: Year::Written };
        let last = |stamp: &Stamp| {
            let plain =
                Stamp { date: stamp.date.map(|date| super::scan::Date { first_day: None, ..date }), ..stamp.clone() };
            self.local(&plain, Some(borrowed))
        };
        let readings = last(stamp);
        let same = readings.iter().find(|(_, of, _)| of.is_none() || order.is_none() || *of == order);
        same.or(readings.first()).map(|(local, ..)| *local)
    }

    /// Puts a window with its doubts and sources into the draft.
    fn keep(&self, window: Resolved, draft: &mut Draft) {
        for doubt in window.doubts {
            draft.doubt(doubt);
        }
        let Some((first, rest)) = window.readings.split_first() else {
            draft.sources.extend(window.found.into_iter().map(|found| found.source));
            draft.unresolved.push(window.written);
            return;
        };
        if draft.windows.len() >= MAX_WINDOWS {
            return;
        }
        let ordinal = u32::try_from(draft.windows.len()).unwrap_or(u32::MAX).saturating_add(1);
        let interval = first.span.interval;
        let mut others = first.span.others.clone();
        for read in rest {
            let more = std::iter::once(read.span.interval).chain(read.span.others.iter().copied());
            others.extend(more.filter(|other| *other != interval));
        }
        others.sort_unstable_by_key(|other| (other.start(), other.end()));
        others.dedup();
        for found in window.found {
            let mut source = found.source;
            source.field = format!("window {ordinal} {}", source.field);
            draft.sources.push(source);
        }
        draft.windows.push(Window {
            ordinal,
            role: window.role,
            interval,
            others,
            flags: first.span.flags.clone(),
            written: window.written,
            wall: Some(first.wall.clone()),
            zone: first.zone.name().to_owned(),
            rules: self.zones.version().clone(),
            objects: Vec::new(),
        });
    }
}

fn on(day: NaiveDate, clock: Option<Clock>) -> Option<NaiveDateTime> {
    match clock {
        Some(clock) => wall_clock(day, clock.hour, clock.minute, clock.second),
        None => Some(day.and_time(NaiveTime::MIN)),
    }
}

fn shown(interval: Interval) -> String {
    let second = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{} to {}", second(interval.start()), second(interval.end()))
}
