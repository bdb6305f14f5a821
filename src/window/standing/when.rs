//! When a standing window falls: at once, or as soon as the zone of the asset is known.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};

use crate::time::Zone;
use crate::window::recurrence::{DateValue, RecurrenceParts};
use crate::window::schedule::{Length, Schedule, ScheduleError, ScheduleParts};

/// When a standing window falls.
#[derive(Debug, Clone)]
pub enum When {
    /// In a zone of its own.
    Scheduled(Box<Schedule>),
    /// In the zone of the place where the asset stands, which only the inventory or a person can name.
    OfAsset(Box<ScheduleParts>),
}

impl When {
    /// Checks the parts; without a zone they wait for that of the asset.
    pub(super) fn new(mut parts: ScheduleParts) -> Result<Self, ScheduleError> {
        parts.text = lines(&parts);
        let schedule = Schedule::new(parts.clone())?;
        Ok(match parts.recurrence.zone {
            Some(_) => Self::Scheduled(Box::new(schedule)),
            None => Self::OfAsset(Box::new(parts)),
        })
    }

    /// When it became known; none means always.
    #[must_use]
    pub fn known_from(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Scheduled(schedule) => schedule.known_from(),
            Self::OfAsset(parts) => parts.known_from,
        }
    }

    /// The schedule; where the zone is the asset's, in `asset_zone`, and none without it.
    #[must_use]
    pub fn schedule(&self, asset_zone: Option<&Zone>) -> Option<Cow<'_, Schedule>> {
        match (self, asset_zone) {
            (Self::Scheduled(schedule), _) => Some(Cow::Borrowed(schedule)),
            (Self::OfAsset(_), None) => None,
            (Self::OfAsset(parts), Some(zone)) => {
                let recurrence = RecurrenceParts { zone: Some(zone.clone()), ..parts.recurrence.clone() };
                let mut parts = ScheduleParts { recurrence, ..(**parts).clone() };
                parts.text = lines(&parts);
                Schedule::new(parts).ok().map(Cow::Owned)
            }
        }
    }
}

/// The days and hours as lines of RFC 5545, which is what is stored and exported. DTEND is the first end: to keep the wall
/// clock on both sides of a clock change, as [`Length::WallClock`] does, RFC 5545 has no words.
fn lines(parts: &ScheduleParts) -> String {
    let recurrence = &parts.recurrence;
    let zone = recurrence.zone.as_ref().map(|zone| format!(";TZID={}", zone.name())).unwrap_or_default();
    let start = recurrence.dtstart.wall();
    let mut text = format!("DTSTART{zone}:{}\n", recurrence.dtstart);
    let seconds = match parts.length {
        Length::WallClock(seconds) | Length::Exact(seconds) => i64::from(seconds),
        Length::Duration(span) => i64::from(span.days) * 86_400 + i64::from(span.seconds),
        Length::Days(days) => i64::from(days) * 86_400,
    };
    if let Some(end) = start.checked_add_signed(TimeDelta::seconds(seconds)) {
        text.push_str(&format!("DTEND{zone}:{}\n", DateValue::Local(end)));
    }
    for rule in &recurrence.rules {
        text.push_str(&format!("RRULE:{}\n", rule.text()));
    }
    let days = recurrence.exdates.iter().flat_map(|dates| &dates.values);
    for day in days {
        text.push_str(&format!("EXDATE;VALUE=DATE:{day}\n"));
    }
    text
}
