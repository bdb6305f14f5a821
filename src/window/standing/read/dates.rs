//! On which days a window falls: in words or by rules, from a first day to a last one, but for some.

use std::ops::Range;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc};

use super::Reader;
use crate::time::Zone;
use crate::window::recurrence::{DateValue, Dates, End, GapPolicy, Recurrence, RecurrenceParts, Rule};
use crate::window::schedule::ScheduleParts;
use crate::window::standing::spoken::Weekday;
use crate::window::standing::{Days, DaysGiven, Hours, When};
use crate::written::{Entry, Place, Placed};

/// Where days are counted from while no `since` is given: before any window that is asked about.
const SINCE_EVER: NaiveDate = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a day of the calendar");

/// The days of one window, with what they need to be whole.
pub(super) struct Pattern {
    pub(super) given: DaysGiven,
    rules: Vec<Rule>,
    place: Place,
    /// Whether only a first day says which weeks are meant.
    leans_on_start: bool,
    /// Whether a rule has its own COUNT or UNTIL.
    ends: bool,
}

/// The first and last day, and those left out.
pub(super) struct Reach {
    since: Option<Placed<NaiveDate>>,
    until: Option<Placed<NaiveDate>>,
    except: Vec<Placed<NaiveDate>>,
}

impl Reader<'_> {
    pub(super) fn days(&mut self, entry: &Entry<'_>) -> Option<Pattern> {
        match (entry.has("every"), entry.has("rrule")) {
            (true, true) => {
                let help = Some("keep one of them".to_owned());
                self.problems.add(entry.place(), "`every` and `rrule` both say which days", help);
                None
            }
            (true, false) => self.every(entry),
            (false, true) => self.rrules(entry),
            (false, false) => {
                let help = "add `every = \"second Tuesday\"`, or `rrule = \"FREQ=MONTHLY;BYDAY=2TU\"`";
                self.problems.add(entry.place(), "[[window]] does not say on which days", Some(help.into()));
                None
            }
        }
    }

    fn every(&mut self, entry: &Entry<'_>) -> Option<Pattern> {
        let written = entry.text("every", &mut self.problems)?;
        let days = match Days::parse(&written.value) {
            Ok(days) => days,
            Err(error) => {
                let place = self.within(&written, error.span);
                self.problems.add(&place, error.message, Some(error.help));
                return None;
            }
        };
        let rules: Vec<Rule> = days.rules().iter().filter_map(|rule| Rule::parse(rule).ok()).collect();
        let leans_on_start = days.is_every_other_week();
        Some(Pattern { given: DaysGiven::Every(days), rules, place: written.place, leans_on_start, ends: false })
    }

    /// Bytes of a text, where it stands in the file as it is; all of it where it is written with escapes.
    fn within(&self, written: &Placed<String>, span: Range<usize>) -> Place {
        let Place { file, span: whole } = written.place.clone();
        let raw = self.file.text.get(whole.clone()).unwrap_or_default();
        match raw.find(&written.value) {
            Some(at) if !span.is_empty() => {
                Place { file, span: whole.start + at + span.start..whole.start + at + span.end }
            }
            Some(_) | None => Place { file, span: whole },
        }
    }

    fn rrules(&mut self, entry: &Entry<'_>) -> Option<Pattern> {
        let written = entry.one_or_more("rrule", &mut self.problems);
        let place = written.first()?.place.clone();
        let mut rules = Vec::new();
        for text in &written {
            match Rule::parse(&text.value) {
                Ok(rule) if rule.names_times() => {
                    let message = format!("`{}` says at which times, and so does `from`", text.value);
                    let help = "leave BYHOUR, BYMINUTE, BYSECOND and frequencies below a day to `ics`, which holds all in RFC 5545";
                    self.problems.add(&text.place, message, Some(help.into()));
                }
                Ok(rule) => rules.push(rule),
                Err(error) => self.problems.add(&text.place, error.to_string(), None),
            }
        }
        if rules.len() < written.len() {
            return None;
        }
        let leans_on_start = rules.iter().any(Rule::leans_on_start);
        let ends = rules.iter().any(|rule| rule.end() != End::Never);
        let given = DaysGiven::Rules(written.into_iter().map(|text| text.value).collect());
        Some(Pattern { given, rules, place, leans_on_start, ends })
    }

    pub(super) fn reach(&mut self, entry: &Entry<'_>) -> Reach {
        let since = entry.day("since", &mut self.problems);
        let until = entry.day("until", &mut self.problems);
        if let (Some(since), Some(until)) = (&since, &until)
            && until.value < since.value
        {
            let message = format!("`until` {} is before `since` {}", until.value, since.value);
            self.problems.add(&until.place, message, Some("`until` is the last day on which it can fall".into()));
        }
        Reach { since, until, except: entry.days("except", &mut self.problems) }
    }

    pub(super) fn when(
        &mut self,
        pattern: &Pattern,
        hours: Hours,
        zone: Option<&Zone>,
        reach: &Reach,
        gaps: GapPolicy,
        known_from: Option<DateTime<Utc>>,
    ) -> Option<When> {
        let since = self.first_day(pattern, reach.since.as_ref())?;
        let mut recurrence = RecurrenceParts::new(DateValue::Local(since.and_time(hours.from)), zone.cloned());
        recurrence.gaps = gaps;
        recurrence.rules = self.bounded(pattern, reach.until.as_ref())?;
        self.warn_of_empty(&recurrence, pattern, &reach.except);
        let values = reach.except.iter().map(|day| DateValue::Date(day.value)).collect();
        recurrence.exdates = vec![Dates { zone: None, values }];
        let parts =
            ScheduleParts { recurrence, length: hours.length, changes: Vec::new(), known_from, text: String::new() };
        When::new(parts).map_err(|error| self.problems.add(&pattern.place, error.to_string(), None)).ok()
    }

    /// The day that days are counted from.
    fn first_day(&mut self, pattern: &Pattern, since: Option<&Placed<NaiveDate>>) -> Option<NaiveDate> {
        let Some(since) = since else {
            if pattern.leans_on_start {
                let message = "only a first day says which of these days are meant";
                let help = Some("add `since = 2026-11-03`, a day on which the window falls".to_owned());
                self.problems.add(&pattern.place, message, help);
                return None;
            }
            return Some(SINCE_EVER);
        };
        if pattern.leans_on_start && !falls_on(&pattern.rules, since.value) {
            let message = format!("{} is a {}, on which the window does not fall", since.value, weekday(since.value));
            let help = "`since` is what the days are counted from here: give the first day on which the window falls";
            self.problems.add(&since.place, message, Some(help.into()));
            return None;
        }
        Some(since.value)
    }

    /// The rules, ended after the last day.
    fn bounded(&mut self, pattern: &Pattern, until: Option<&Placed<NaiveDate>>) -> Option<Vec<Rule>> {
        let Some(until) = until else { return Some(pattern.rules.clone()) };
        if pattern.ends {
            let help = Some("keep one of them".to_owned());
            self.problems.add(&until.place, "the rule says itself when it ends, by COUNT or UNTIL", help);
            return None;
        }
        let last = |rule: &Rule| {
            Rule::parse(&format!("{};UNTIL={}", rule.text().trim().trim_end_matches(';'), DateValue::Date(until.value)))
        };
        pattern
            .rules
            .iter()
            .map(last)
            .collect::<Result<_, _>>()
            .map_err(|error| self.problems.add(&until.place, error.to_string(), None))
            .ok()
    }

    /// Warns of windows that never fall, and of exceptions on days without one: both look right, and do nothing.
    fn warn_of_empty(&mut self, parts: &RecurrenceParts, pattern: &Pattern, except: &[Placed<NaiveDate>]) {
        let floating = RecurrenceParts { zone: None, ..parts.clone() };
        let Ok(recurrence) = Recurrence::new(floating) else { return };
        let starts_from = |from: NaiveDateTime| recurrence.next(from.and_utc(), 1).starts;
        if starts_from(NaiveDateTime::MIN).is_empty() {
            let help = Some("`inwindow schedule next FILE` shows when it falls".to_owned());
            self.warnings.add(&pattern.place, "no day of the calendar is meant", help);
        }
        for day in except {
            let midnight = day.value.and_hms_opt(0, 0, 0).unwrap_or_default();
            let found = starts_from(midnight).first().is_some_and(|start| start.wall.date() == day.value);
            if !found {
                let message = format!("no window falls on {}, a {}", day.value, weekday(day.value));
                let help = "a window that ends on that day falls on the day it starts";
                self.warnings.add(&day.place, message, Some(help.into()));
            }
        }
    }
}

/// Whether the rules, counted from a day, fall on it.
fn falls_on(rules: &[Rule], day: NaiveDate) -> bool {
    let start = day.and_hms_opt(0, 0, 0).unwrap_or_default();
    let mut parts = RecurrenceParts::new(DateValue::Local(start), None);
    parts.rules = rules.to_vec();
    let first = Recurrence::new(parts).ok().map(|recurrence| recurrence.next(start.and_utc(), 1).starts);
    first.is_some_and(|starts| starts.first().is_some_and(|first| first.wall == start))
}

fn weekday(day: NaiveDate) -> &'static str {
    Weekday::ALL[day.weekday().num_days_from_monday() as usize].name()
}
