//! The zone of a window: a name, or what the vendor wrote and why it is read so.

use super::Reader;
use crate::time::{Zone, ZoneText, read_zone_text};
use crate::window::standing::ZoneGiven;
use crate::written::{Entry, Place};

const ZONE_KEYS: &[&str] = &["written", "region", "literal", "because"];

/// `zone` for the place where the asset stands.
const OF_ASSET: &str = "asset";

const ZONE_HELP: &str = "use an IANA name such as Europe/Amsterdam, or UTC";

impl Reader<'_> {
    /// `zone` of a file or window; None when there is none or it is wrong.
    pub(super) fn zone(&mut self, entry: &Entry<'_>) -> Option<ZoneGiven> {
        if !entry.has("zone") {
            return None;
        }
        if entry.holds_table("zone") {
            let table = entry.inner("zone", "`zone`", ZONE_KEYS, &mut self.problems)?;
            return self.declared_zone(&table);
        }
        let written = entry.text("zone", &mut self.problems)?;
        if written.value == OF_ASSET {
            return Some(ZoneGiven { zone: None, written: None, because: None });
        }
        let zone = match read_zone_text(&written.value, self.zones) {
            ZoneText::Region(zone) => zone,
            ZoneText::Offset(offset) => {
                let message = format!("`{}` is a bare offset, which follows no clock change", written.value);
                let help = "name the region (`Asia/Makassar`), or say that it is meant so: \
                            `zone = { literal = \"+08:00\", because = \"…\" }`";
                self.warnings.add(&written.place, message, Some(help.into()));
                Zone::fixed(offset)
            }
            ZoneText::Abbreviation(letters) => {
                let message = format!("`{letters}` does not say whether the hours follow the clock changes");
                self.problems.add(&written.place, message, Some(declare(&letters)));
                return None;
            }
            ZoneText::Unknown(name) => {
                let unknown = self.zones.get(&name).err().map(|error| error.to_string()).unwrap_or_default();
                self.problems.add(&written.place, unknown, Some(ZONE_HELP.into()));
                return None;
            }
        };
        self.warn_of_inverted(&zone, &written.place);
        Some(ZoneGiven { zone: Some(zone), written: None, because: None })
    }

    /// `{ written = "PST", region = "America/Los_Angeles", because = "…" }`, or `literal` in place of `region`.
    fn declared_zone(&mut self, table: &Entry<'_>) -> Option<ZoneGiven> {
        let written = table.text("written", &mut self.problems).map(|written| written.value);
        let because = table.text("because", &mut self.problems).map(|because| because.value);
        let region = table.text("region", &mut self.problems);
        let literal = table.text("literal", &mut self.problems);
        let (given, wants_offset) = match (region, literal) {
            (Some(region), None) => (region, false),
            (None, Some(literal)) => (literal, true),
            (Some(_), Some(literal)) => {
                let help = Some("keep the one that the vendor means".to_owned());
                self.problems.add(&literal.place, "a zone is a region or meant literally, not both", help);
                return None;
            }
            (None, None) => {
                let help = "add `region = \"America/Los_Angeles\"`, or `literal = \"-08:00\"` where no clock change is followed";
                self.problems.add(table.place(), "`zone` says neither `region` nor `literal`", Some(help.into()));
                return None;
            }
        };
        let place = &given.place;
        let zone = match read_zone_text(&given.value, self.zones) {
            ZoneText::Region(zone) if !wants_offset || zone == Zone::utc() => zone,
            ZoneText::Offset(offset) if wants_offset => Zone::fixed(offset),
            ZoneText::Region(_) | ZoneText::Offset(_) => {
                let (message, help) = if wants_offset {
                    ("is no offset", "write an offset such as `-08:00`, or `region` for a region")
                } else {
                    ("is no region", "name a region such as America/Los_Angeles, or write `literal` for an offset")
                };
                self.problems.add(place, format!("`{}` {message}", given.value), Some(help.into()));
                return None;
            }
            ZoneText::Abbreviation(text) | ZoneText::Unknown(text) => {
                let unknown = self.zones.get(&text).err().map(|error| error.to_string());
                let unknown =
                    unknown.unwrap_or_else(|| format!("`{text}` is an abbreviation, not the name of a region"));
                self.problems.add(place, unknown, Some(ZONE_HELP.into()));
                return None;
            }
        };
        if because.is_none() && !table.has("because") {
            let letters = written.as_deref().map(|text| read_zone_text(text, self.zones));
            if wants_offset || matches!(letters, Some(ZoneText::Abbreviation(_))) {
                let help = Some("add `because = \"…\"`: whoever reads the file cannot ask the vendor".to_owned());
                self.problems.add(table.place(), "`zone` does not say why it is read so", help);
                return None;
            }
        }
        self.warn_of_inverted(&zone, place);
        Some(ZoneGiven { zone: Some(zone), written, because })
    }

    /// `Etc/GMT+8` is eight hours behind UTC, which hardly anybody means who writes it.
    fn warn_of_inverted(&mut self, zone: &Zone, place: &Place) {
        if let Some(hours) = zone.name().strip_prefix("Etc/GMT").filter(|hours| hours.starts_with(['+', '-'])) {
            let (sign, way) = if hours.starts_with('+') { ("-", "behind") } else { ("+", "ahead of") };
            let message = format!(
                "`{}` is {} hours {way} UTC: IANA writes these names the other way round",
                zone.name(),
                &hours[1..]
            );
            let help = format!(
                "name the region, or `zone = {{ literal = \"{sign}{:0>2}:00\", because = \"…\" }}`",
                &hours[1..]
            );
            self.warnings.add(place, message, Some(help));
        }
    }
}

/// What to write in place of an abbreviation.
fn declare(letters: &str) -> String {
    format!(
        "say what is meant: `zone = {{ written = \"{letters}\", region = \"America/Los_Angeles\", because = \"…\" }}` for the wall \
         clock of a region, `literal = \"-08:00\"` in its place for the same offset all year"
    )
}
