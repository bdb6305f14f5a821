//! A file of standing windows, read key by key: all that is wrong in it is told at once.

mod dates;
mod zone;

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::hours::{ClockTime, Hours};
use super::{
    AppliesTo, Counts, DaysGiven, Reserve, START_INSIDE_SECONDS, Standing, StandingFile, When, Work, ZoneGiven,
};
use crate::names::{VendorId, nearest};
use crate::time::{Zones, parse_length, read_local};
use crate::window::impact::Impact;
use crate::window::recurrence::GapPolicy;
use crate::window::schedule::{Length, MAX_WINDOW_DAYS, Schedule, ScheduleError};
use crate::written::{Entry, Place, Placed, Problem, Problems, Refusal, SourceFile, did_you_mean, parse_table};

/// Most windows in one file: a provider with a block for each region has a few dozen.
pub const MAX_STANDING: usize = 1000;

/// Largest file of standing windows, in bytes: a thousand windows with a paragraph each.
pub const MAX_STANDING_BYTES: usize = 1024 * 1024;

/// The version of the format read here.
const VERSION: u32 = 1;

const FILE_KEYS: &[&str] = &["version", "vendor", "source", "source_read", "zone", "note", "window"];
const WINDOW_KEYS: &[&str] = &[
    "id",
    "every",
    "rrule",
    "ics",
    "zone",
    "from",
    "to",
    "days_later",
    "length",
    "since",
    "until",
    "except",
    "start_inside",
    "start_inside_max",
    "counts",
    "contingency",
    "slot",
    "gaps",
    "known_from",
    "assets",
    "sites",
    "class",
    "impact",
    "note",
];

/// What lines of RFC 5545 say themselves.
const KEYS_OF_LINES: [&str; 10] =
    ["every", "rrule", "zone", "from", "to", "days_later", "length", "since", "until", "except"];

impl StandingFile {
    /// Reads a file of standing windows, in the format that the module's head describes.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the lines, at most [`MAX_PROBLEMS`](crate::written::MAX_PROBLEMS).
    pub fn parse(file: &SourceFile, zones: &Zones) -> Result<Self, Vec<Problem>> {
        let files = std::slice::from_ref(file);
        let mut problems = Problems::new(files);
        let table = parse_table(0, file, MAX_STANDING_BYTES, &mut problems);
        if !problems.is_empty() {
            return Err(problems.in_order());
        }
        let place = Place { file: 0, span: 0..0 };
        let root = Entry::new(&table, place, "a file of standing windows", FILE_KEYS, &mut problems);
        let mut reader =
            Reader { file, zones, problems, warnings: Problems::new(files), has_default_zone: root.has("zone") };
        let read = reader.file(&root);
        let Reader { problems, warnings, .. } = reader;
        match read {
            Some(read) if problems.is_empty() => Ok(Self { warnings: warnings.in_order(), ..read }),
            Some(_) | None => Err(problems.in_order()),
        }
    }
}

struct Reader<'a> {
    file: &'a SourceFile,
    zones: &'a Zones,
    problems: Problems<'a>,
    warnings: Problems<'a>,
    /// Whether the file names a zone for all of its windows, be it a wrong one.
    has_default_zone: bool,
}

impl Reader<'_> {
    fn file(&mut self, root: &Entry<'_>) -> Option<StandingFile> {
        let version = root.count("version", &mut self.problems);
        if let Some(version) = root.require("version", version, &mut self.problems).filter(|v| v.value != VERSION) {
            let message = format!("version {} of standing windows is not known", version.value);
            self.problems.add(&version.place, message, Some(format!("write `version = {VERSION}`")));
        }
        let vendor = root.checked("vendor", &mut self.problems, |text| VendorId::new(text).map_err(told));
        let vendor = root.require("vendor", vendor, &mut self.problems);
        let source = root.text("source", &mut self.problems);
        let source = root.require("source", source, &mut self.problems);
        let source_read = root.checked("source_read", &mut self.problems, month_or_day);
        let note = root.prose("note", &mut self.problems);
        let default = self.zone(root);
        let entries = root.entries("window", "[[window]]", WINDOW_KEYS, &mut self.problems);
        if entries.len() > MAX_STANDING {
            let message = format!("{} windows; at most {MAX_STANDING} are read", entries.len());
            self.problems.add(root.place(), message, Some("split the file".into()));
            return None;
        }
        if entries.is_empty() {
            self.problems.add(root.place(), "the file declares no window", Some("add a [[window]]".into()));
        }
        let vendor = vendor.map(|vendor| vendor.value);
        let mut windows: Vec<Standing> = Vec::new();
        let mut ids = HashSet::new();
        for entry in &entries {
            let id = entry.text("id", &mut self.problems);
            let id = entry.require("id", id, &mut self.problems);
            if let Some(id) = id.as_ref().filter(|id| !ids.insert(id.value.clone())) {
                let message = format!("window `{}` is declared twice", id.value);
                self.problems.add(&id.place, message, Some("give each window an id of its own".into()));
            }
            let id = id.map(|id| id.value).unwrap_or_default();
            windows.extend(self.window(entry, id, vendor.as_ref(), default.as_ref()));
        }
        let (source, source_read) = (source?.value, source_read.map(|read| read.value));
        Some(StandingFile { vendor: vendor?, source, source_read, note, windows, warnings: Vec::new() })
    }

    fn window(
        &mut self,
        entry: &Entry<'_>,
        id: String,
        vendor: Option<&VendorId>,
        default: Option<&ZoneGiven>,
    ) -> Option<Standing> {
        let before = self.problems.len();
        let gaps = entry.checked("gaps", &mut self.problems, |text| {
            word(text, &[("shift", GapPolicy::Shift), ("skip", GapPolicy::Skip), ("reject", GapPolicy::Reject)])
        });
        let gaps = gaps.map(|gaps| gaps.value).unwrap_or_default();
        let counts = entry.checked("counts", &mut self.problems, |text| {
            word(text, &[("alone", Counts::Alone), ("with-notice", Counts::WithNotice)])
        });
        let impact = entry.checked("impact", &mut self.problems, |text| text.parse::<Impact>().map_err(told));
        let known_from = entry.instant("known_from", &mut self.problems);
        let reserve = match entry.truth("contingency", &mut self.problems) {
            Some(true) => Reserve::Contingency,
            Some(false) | None => Reserve::Planned,
        };
        let work = self.work(entry);
        let note = entry.prose("note", &mut self.problems);
        let class = entry.text("class", &mut self.problems).map(|class| class.value);
        let applies_to = AppliesTo { assets: self.names(entry, "assets"), sites: self.names(entry, "sites") };
        let (days, hours, zone, when) = if entry.has("ics") {
            self.lines(entry, gaps, known_from)?
        } else {
            let own = self.zone(entry);
            let (pattern, hours, reach) = (self.days(entry), self.hours(entry), self.reach(entry));
            let zone = own.or_else(|| default.filter(|_| !entry.has("zone")).cloned());
            if zone.is_none() && !entry.has("zone") && !self.has_default_zone {
                let help = "add `zone = \"Europe/Amsterdam\"` to it, or to the file for all of its windows";
                self.problems.add(entry.place(), "the window has no zone", Some(help.into()));
            }
            let (pattern, hours, zone) = (pattern?, hours?, zone?);
            let when = self.when(&pattern, hours, zone.zone.as_ref(), &reach, gaps, known_from)?;
            (pattern.given, Some(hours), zone, when)
        };
        let slot = self.slot(entry, hours);
        if self.problems.len() > before {
            return None;
        }
        Some(Standing {
            id,
            vendor: vendor?.clone(),
            days,
            hours,
            zone,
            when,
            counts: counts.map(|counts| counts.value).unwrap_or_default(),
            work,
            reserve,
            slot,
            applies_to,
            class,
            impact: impact.map(|impact| impact.value),
            note,
        })
    }

    fn names(&mut self, entry: &Entry<'_>, key: &str) -> Vec<String> {
        let checked = |text: &str| VendorId::new(text).map(String::from).map_err(told);
        entry.all_checked(key, &mut self.problems, checked).into_iter().map(|name| name.value).collect()
    }

    fn work(&mut self, entry: &Entry<'_>) -> Work {
        let inside = entry.truth("start_inside", &mut self.problems);
        let max = length(entry, "start_inside_max", &mut self.problems);
        match (inside, max) {
            (Some(true), max) => {
                Work::StartsInside { max: max.map_or(TimeDelta::seconds(START_INSIDE_SECONDS), |max| max.value) }
            }
            (Some(false) | None, Some(max)) => {
                let help = Some("add `start_inside = true`".to_owned());
                self.problems.add(&max.place, "`start_inside_max` says nothing without `start_inside`", help);
                Work::Inside
            }
            (Some(false) | None, None) => Work::Inside,
        }
    }

    fn slot(&mut self, entry: &Entry<'_>, hours: Option<Hours>) -> Option<TimeDelta> {
        let slot = length(entry, "slot", &mut self.problems)?;
        if let Some(hours) = hours.filter(|hours| slot.value.num_seconds() >= i64::from(hours.seconds())) {
            let message = format!("the slot is as long as the window, {hours}");
            let help = Some("leave `slot` out: the whole window is everybody's".to_owned());
            self.problems.add(&slot.place, message, help);
        }
        Some(slot.value)
    }

    fn hours(&mut self, entry: &Entry<'_>) -> Option<Hours> {
        let clock = |text: &str| {
            ClockTime::parse(text).ok_or_else(|| Refusal {
                message: format!("`{text}` is no time of the day"),
                help: Some("write hours and minutes, from `00:00` to `24:00`".into()),
            })
        };
        let from = entry.checked("from", &mut self.problems, clock);
        let from = entry.require("from", from, &mut self.problems);
        let to = entry.checked("to", &mut self.problems, clock);
        let length = length(entry, "length", &mut self.problems);
        let days_later = entry.count("days_later", &mut self.problems);
        if !entry.has("to") && !entry.has("length") {
            let help =
                "add `to = \"04:00\"` (the wall clock at the end), or `length = \"4 h\"` (so long on every night)";
            self.problems.add(entry.place(), "[[window]] has no end", Some(help.into()));
        }
        if let (Some(_), Some(length)) = (&to, &length) {
            let help = "keep `to` for a wall clock that holds on nights of a clock change, `length` for equal lengths";
            self.problems.add(&length.place, "`to` and `length` both say when it ends", Some(help.into()));
            return None;
        }
        if let Some(later) = days_later.as_ref().filter(|later| later.value > MAX_WINDOW_DAYS) {
            self.too_long(&later.place);
            return None;
        }
        if let (Some(later), Some(_)) = (&days_later, &length) {
            self.problems.add(&later.place, "`days_later` goes with `to`", Some("put the days into `length`".into()));
        }
        let from = from?;
        let Some(start) = from.value.of_the_day() else {
            let help = "write `from = \"00:00\"` and name the next day";
            self.problems.add(&from.place, "a window cannot start at 24:00", Some(help.into()));
            return None;
        };
        if let Some(to) = to {
            let hours = Hours::between(start, to.value, days_later.map(|later| later.value));
            if hours.is_none() {
                let message = "the end is not after the start on that day";
                self.problems.add(&to.place, message, Some("leave `days_later` out for the next day".into()));
            }
            return hours;
        }
        let length = length?;
        if length.value > TimeDelta::days(i64::from(MAX_WINDOW_DAYS)) {
            self.too_long(&length.place);
            return None;
        }
        let seconds = u32::try_from(length.value.num_seconds()).ok().filter(|seconds| *seconds > 0);
        if seconds.is_none() {
            self.problems.add(&length.place, "a window has some length", None);
        }
        Some(Hours { from: start, length: Length::Exact(seconds?) })
    }

    fn too_long(&mut self, place: &Place) {
        let help = Some("what lasts longer is no window".to_owned());
        self.problems.add(place, ScheduleError::TooLong.to_string(), help);
    }

    /// Lines of RFC 5545 in place of days and hours.
    fn lines(
        &mut self,
        entry: &Entry<'_>,
        gaps: GapPolicy,
        known_from: Option<DateTime<Utc>>,
    ) -> Option<(DaysGiven, Option<Hours>, ZoneGiven, When)> {
        let beside: Vec<&str> = KEYS_OF_LINES.into_iter().filter(|key| entry.has(key)).collect();
        if !beside.is_empty() {
            let message = format!("`ics` says itself what `{}` says", beside.join("`, `"));
            self.problems.add(entry.place(), message, Some("keep one of them".into()));
            return None;
        }
        let (text, place) = entry.raw_text("ics", &mut self.problems)?;
        let schedule = match Schedule::parse(text, self.zones, gaps, known_from) {
            Ok(schedule) => schedule,
            Err(error) => {
                self.problems.add(&self.place_in(&place, text, &error), error.to_string(), None);
                return None;
            }
        };
        let Some(zone) = schedule.zone().cloned() else {
            let help = "write `DTSTART;TZID=Europe/Amsterdam:20261104T000000`, or an end in `Z` for UTC";
            self.problems.add(&place, "DTSTART names no zone", Some(help.into()));
            return None;
        };
        let zone = ZoneGiven { zone: Some(zone), written: None, because: None };
        Some((DaysGiven::Lines, None, zone, When::Scheduled(Box::new(schedule))))
    }

    /// The line that cannot be read, where the error shows it; else all lines.
    fn place_in(&self, place: &Place, text: &str, error: &ScheduleError) -> Place {
        let shown = error.to_string();
        let shown = shown.split('`').nth(1).unwrap_or_default();
        let raw = self.file.text.get(place.span.clone()).unwrap_or_default();
        match raw.find(shown) {
            Some(at) if !shown.is_empty() && text.contains(shown) => {
                let start = place.span.start + at;
                Place { file: place.file, span: start..start + shown.len() }
            }
            Some(_) | None => place.clone(),
        }
    }
}

fn told(error: impl std::fmt::Display) -> Refusal {
    Refusal { message: error.to_string(), help: None }
}

/// One of the words that a key can hold.
fn word<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<T, Refusal> {
    known.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let help = did_you_mean(nearest(text, words.iter().copied()))
            .unwrap_or_else(|| format!("write `{}`", words.join("` or `")));
        Refusal { message: format!("`{text}` is none of {}", words.join(", ")), help: Some(help) }
    })
}

/// `2026-11`, or a day.
fn month_or_day(text: &str) -> Result<String, Refusal> {
    let day = if text.len() == 7 { format!("{text}-01") } else { text.to_owned() };
    if day.len() == 10 && read_local(&day).is_some() {
        return Ok(text.to_owned());
    }
    let help = Some("write `2026-11` or `2026-11-20`".to_owned());
    Err(Refusal { message: format!("`{text}` is no month and no day"), help })
}

fn length(entry: &Entry<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Placed<TimeDelta>> {
    entry.checked(key, problems, |text| {
        parse_length(text).map_err(|error| Refusal {
            message: error.to_string(),
            help: Some("write it like `4 h`, `90 min` or `1 d 12 h`".into()),
        })
    })
}
