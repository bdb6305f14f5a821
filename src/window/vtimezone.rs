//! The zone that a calendar defines itself: STANDARD and DAYLIGHT of a VTIMEZONE (RFC 5545 section 3.6.5).

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use super::recurrence::{DateValue, Dates, Extra, Frequency, MAX_DATES, Recurrence, RecurrenceParts, Rule};
use crate::time::{MAX_OFFSETS, Zone};

/// Most STANDARD and DAYLIGHT of one VTIMEZONE: one that spells out every change of a zone since 1900 has under 300.
pub const MAX_OBSERVANCES: usize = 400;

/// Most clock changes of one VTIMEZONE: two a year since 1601, where Outlook lets its zones begin, are 1,000.
pub const MAX_ONSETS: usize = 4_096;

/// The year from which on a VTIMEZONE is not followed: no window is announced for then, and its rules run for ever.
const LAST_YEAR: i32 = 2100;

/// Most bytes of a rule of a VTIMEZONE: real ones have under 80, and lists of seconds are no way to change clocks.
const MAX_RULE_BYTES: usize = 200;

/// As much of a value as a fault shows.
const SHOWN_CHARS: usize = 60;

/// Offsets further from UTC than this are none: Manila was 15:56 behind, until 1844.
const MAX_OFFSET_SECONDS: i32 = 16 * 3600;

/// Why a VTIMEZONE cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneFault {
    /// No STANDARD and no DAYLIGHT.
    #[error("it has neither STANDARD nor DAYLIGHT")]
    Empty,
    /// More than [`MAX_OBSERVANCES`].
    #[error("it has more than {MAX_OBSERVANCES} STANDARD and DAYLIGHT")]
    Observances,
    /// A property that RFC 5545 demands.
    #[error("one of its STANDARD or DAYLIGHT gives no {0}")]
    Missing(&'static str),
    /// A property that stands there twice.
    #[error("one of its STANDARD or DAYLIGHT gives {0} twice")]
    Twice(&'static str),
    /// A property whose value cannot be read, or that has no place there.
    #[error("its {name} `{text}` cannot be followed: {why}")]
    Property {
        /// The property.
        name: String,
        /// Its value, shortened.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// More than [`MAX_ONSETS`].
    #[error("its clocks change more than {MAX_ONSETS} times before the year {LAST_YEAR}")]
    Onsets,
    /// More than [`MAX_OFFSETS`].
    #[error("it has more than {MAX_OFFSETS} offsets")]
    Offsets,
    /// Two VTIMEZONEs of one TZID that differ.
    #[error("it is defined twice, and differently")]
    Redefined,
    /// A local time before the first STANDARD or DAYLIGHT begins, or too far ahead.
    #[error("it is defined from {first} to the year {LAST_YEAR} only")]
    Outside {
        /// When its first STANDARD or DAYLIGHT begins.
        first: NaiveDateTime,
    },
}

/// A VTIMEZONE as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ZoneDefinition {
    observances: Vec<Vec<(String, String)>>,
}

impl ZoneDefinition {
    /// Begins a STANDARD or DAYLIGHT; which of the two does not matter, since both say their offsets.
    pub fn begin(&mut self) {
        self.observances.push(Vec::new());
    }

    /// Puts a property, its name in upper case, to the STANDARD or DAYLIGHT that was begun last.
    pub fn property(&mut self, name: &str, value: &str) {
        if let Some(properties) = self.observances.last_mut() {
            properties.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// How many STANDARD and DAYLIGHT it has.
    #[must_use]
    pub fn observances(&self) -> usize {
        self.observances.len()
    }

    /// The zone by this name: every change that its rules and dates name before the year 2100.
    ///
    /// Where two begin at one instant, the one further behind UTC holds.
    ///
    /// # Errors
    /// [`ZoneFault`]: it has no parts or too many, or one that does not say what it should, or too many changes.
    pub fn zone(&self, tzid: &str) -> Result<DefinedZone, ZoneFault> {
        if self.observances.len() > MAX_OBSERVANCES {
            return Err(ZoneFault::Observances);
        }
        let mut onsets = Vec::new();
        for properties in &self.observances {
            Observance::read(properties)?.add_onsets(&mut onsets)?;
            if onsets.len() > MAX_ONSETS {
                return Err(ZoneFault::Onsets);
            }
        }
        onsets.sort_unstable_by_key(|onset: &Onset| (onset.at, onset.to.local_minus_utc()));
        onsets.dedup_by_key(|onset| onset.at);
        let first = onsets.first().ok_or(ZoneFault::Empty)?;
        let changes: Vec<_> = onsets.iter().map(|onset| (onset.at, onset.to)).collect();
        let zone = Zone::of_changes(tzid, first.from, &changes).ok_or(ZoneFault::Offsets)?;
        Ok(DefinedZone { zone, first: first.at })
    }
}

/// A zone made of a VTIMEZONE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinedZone {
    zone: Zone,
    first: DateTime<Utc>,
}

impl DefinedZone {
    /// The zone for a local time.
    ///
    /// # Errors
    /// [`ZoneFault::Outside`]: no STANDARD or DAYLIGHT has begun yet, or it is the year 2100 and what holds was not followed.
    pub fn at(&self, local: NaiveDateTime) -> Result<&Zone, ZoneFault> {
        let resolved = self.zone.resolve(local);
        if resolved.earlier() < self.first || resolved.later() >= end() {
            return Err(ZoneFault::Outside { first: self.zone.local(self.first).naive_local() });
        }
        Ok(&self.zone)
    }
}

/// The instant from which on rules are not followed.
fn end() -> DateTime<Utc> {
    chrono::NaiveDate::from_ymd_opt(LAST_YEAR, 1, 1)
        .map_or(DateTime::<Utc>::MAX_UTC, |day| day.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// A moment from which an offset holds.
struct Onset {
    at: DateTime<Utc>,
    from: FixedOffset,
    to: FixedOffset,
}

/// One STANDARD or DAYLIGHT.
struct Observance {
    start: NaiveDateTime,
    from: FixedOffset,
    to: FixedOffset,
    rules: Vec<Rule>,
    dates: Vec<Extra>,
}

impl Observance {
    fn read(properties: &[(String, String)]) -> Result<Self, ZoneFault> {
        let one = |name: &'static str| {
            let mut values = properties.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
            let value = values.next().ok_or(ZoneFault::Missing(name))?;
            if values.next().is_some() { Err(ZoneFault::Twice(name)) } else { Ok(value) }
        };
        let offset = |name: &'static str| {
            let text = one(name)?;
            read_offset(text).ok_or_else(|| fault(name, text, "it is no offset of at most 16 hours"))
        };
        let start = one("DTSTART")?;
        let Ok(DateValue::Local(wall)) = DateValue::parse(start) else {
            return Err(fault("DTSTART", start, "it is no local date and time"));
        };
        let mut read = Self {
            start: wall,
            from: offset("TZOFFSETFROM")?,
            to: offset("TZOFFSETTO")?,
            rules: Vec::new(),
            dates: Vec::new(),
        };
        for (name, value) in properties {
            match name.as_str() {
                "RRULE" => read.rules.push(rule(value)?),
                "RDATE" => read.add_dates(value)?,
                // Leaving them unread would keep changes that do not take place.
                "EXDATE" | "EXRULE" => return Err(fault(name, value, "RFC 5545 gives a zone none")),
                _ => {}
            }
        }
        Ok(read)
    }

    fn add_dates(&mut self, value: &str) -> Result<(), ZoneFault> {
        for text in value.split(',') {
            let date = DateValue::parse(text.trim()).map_err(|error| fault("RDATE", text, &error.to_string()))?;
            if self.dates.len() == MAX_DATES {
                return Err(ZoneFault::Onsets);
            }
            self.dates.push(Extra::At(date));
        }
        Ok(())
    }

    /// DTSTART and what its rules and dates add, each on the clocks that are about to change.
    fn add_onsets(self, onsets: &mut Vec<Onset>) -> Result<(), ZoneFault> {
        let Self { start, from, to, rules, dates } = self;
        let clock = Zone::fixed(from);
        let onset = |at| Onset { at, from, to };
        onsets.push(onset(clock.resolve(start).earlier()));
        let mut parts = RecurrenceParts::new(DateValue::Local(start), Some(clock));
        parts.rules = rules;
        parts.rdates = vec![Dates { zone: None, values: dates }];
        let recurrence = Recurrence::new(parts).map_err(|error| fault("RRULE", "", &error.to_string()))?;
        let found = recurrence.starts(DateTime::<Utc>::MIN_UTC..end());
        if found.gave_up.is_some() {
            return Err(ZoneFault::Onsets);
        }
        onsets.extend(found.starts.iter().map(|start| onset(start.at)));
        Ok(())
    }
}

fn rule(text: &str) -> Result<Rule, ZoneFault> {
    if text.len() > MAX_RULE_BYTES {
        return Err(fault("RRULE", text, &format!("a zone's rule has at most {MAX_RULE_BYTES} bytes")));
    }
    let rule = Rule::parse(text).map_err(|error| fault("RRULE", text, &error.to_string()))?;
    if rule.frequency() < Frequency::Monthly {
        let why = format!("clocks do not change {}", rule.frequency());
        return Err(fault("RRULE", text, &why));
    }
    Ok(rule)
}

/// `+0100`, `-0500`, `+001932` (RFC 5545 section 3.3.14).
fn read_offset(text: &str) -> Option<FixedOffset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = &text[1..];
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(digits.len() == 4 || digits.len() == 6) {
        return None;
    }
    let number = |from: usize| digits.get(from..from + 2).map_or(Some(0), |pair| pair.parse::<i32>().ok());
    let (hours, minutes, seconds) = (number(0)?, number(2)?, number(4)?);
    let offset = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && offset <= MAX_OFFSET_SECONDS).then(|| FixedOffset::east_opt(sign * offset))?
}

fn fault(name: &str, text: &str, why: &str) -> ZoneFault {
    ZoneFault::Property { name: name.to_owned(), text: text.chars().take(SHOWN_CHARS).collect(), why: why.to_owned() }
}
