//! What a zone as written means: one zone, one of several, or nothing that anybody said.

use chrono::NaiveDateTime;

use crate::notice::reading::Doubt;
use crate::time::{Zone, ZoneText, Zones, read_zone_text};

/// Most abbreviations looked up for one notice: each is compared with every zone there is.
const MAX_ABBREVIATIONS: usize = 6;

/// What a zone as written means.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    /// This one.
    Certain(Zone),
    /// One of these, the best known first.
    OneOf(Vec<Zone>, Doubt),
    /// Nobody said.
    Unsaid,
}

/// Looks zones up, each abbreviation once.
pub(super) struct Meanings<'z> {
    zones: &'z Zones,
    known: Vec<(String, Vec<Zone>)>,
}

impl<'z> Meanings<'z> {
    pub(super) fn new(zones: &'z Zones) -> Self {
        Self { zones, known: Vec::new() }
    }

    /// `near` is a time at which it was used.
    pub(super) fn of(&mut self, written: Option<&String>, near: NaiveDateTime) -> Meaning {
        let Some(text) = written else { return Meaning::Unsaid };
        let plain = text.trim().trim_matches(['(', ')', '[', ']']).trim();
        // `+00:00 UTC`: the offset says it all.
        let offset = plain
            .strip_suffix("UTC")
            .or(plain.strip_suffix("GMT"))
            .map(str::trim)
            .filter(|rest| rest.starts_with(['+', '-']));
        match read_zone_text(offset.unwrap_or(plain).trim_end_matches(['(', ' ']), self.zones) {
            ZoneText::Region(zone) => Meaning::Certain(zone),
            ZoneText::Offset(offset) => Meaning::Certain(Zone::fixed(offset)),
            ZoneText::Abbreviation(letters) => self.one_of(&letters, near),
            ZoneText::Unknown(words) => match region_in_words(&words) {
                Some(name) => match self.zones.get(name) {
                    Ok(zone) => Meaning::OneOf(vec![zone], Doubt::UnknownAbbreviation { abbreviation: words }),
                    Err(_) => Meaning::Unsaid,
                },
                None => Meaning::Unsaid,
            },
        }
    }

    /// The zones whose clocks show an abbreviation near a time, the best known first.
    fn one_of(&mut self, letters: &str, near: NaiveDateTime) -> Meaning {
        let doubt = Doubt::UnknownAbbreviation { abbreviation: letters.to_owned() };
        if let Some((_, zones)) = self.known.iter().find(|(known, _)| known == letters) {
            return Meaning::OneOf(zones.clone(), doubt);
        }
        if let Some(name) = region_in_words(letters) {
            return self.zones.get(name).map_or(Meaning::Unsaid, |zone| Meaning::OneOf(vec![zone], doubt));
        }
        if self.known.len() >= MAX_ABBREVIATIONS {
            return Meaning::Unsaid;
        }
        let names = self.zones.showing(letters, near.and_utc());
        let zones: Vec<Zone> = names
            .iter()
            .filter_map(|name| self.zones.get(name.split_once(" (").map_or(name.as_str(), |(name, _)| name)).ok())
            .collect();
        self.known.push((letters.to_owned(), zones.clone()));
        if zones.is_empty() { Meaning::Unsaid } else { Meaning::OneOf(zones, doubt) }
    }
}

/// A region that words name without being its name; always a doubt, for `Central` is one of several.
fn region_in_words(words: &str) -> Option<&'static str> {
    let lower = words.to_lowercase();
    let known = [
        ("central european", "Europe/Berlin"),
        ("mez", "Europe/Berlin"),
        ("mesz", "Europe/Berlin"),
        ("sgt", "Asia/Singapore"),
        ("myt", "Asia/Kuala_Lumpur"),
        ("brt", "America/Sao_Paulo"),
        ("trt", "Europe/Istanbul"),
        ("gst", "Asia/Dubai"),
        ("eastern", "America/New_York"),
        ("central", "America/Chicago"),
        ("mountain", "America/Denver"),
        ("pacific", "America/Los_Angeles"),
        ("et", "America/New_York"),
        ("ct", "America/Chicago"),
        ("mt", "America/Denver"),
        ("pt", "America/Los_Angeles"),
    ];
    let name = |word: &&str| word.len() > 4;
    known.iter().find(|(word, _)| lower == *word || (name(word) && lower.contains(word))).map(|(_, zone)| *zone)
}
