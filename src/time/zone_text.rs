//! What a vendor or a user wrote for a zone: a region, an offset, an abbreviation that needs a table, or nothing known.

use chrono::FixedOffset;

use super::zone::{Zone, Zones};

/// A zone as written, read as far as it can be without guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneText {
    /// A region by its IANA or Windows name such as `Europe/Amsterdam` or `W. Europe Standard Time`, or UTC.
    Region(Zone),
    /// An offset from UTC: `+01:00`, `UTC+1`, `GMT+1` (never the inverted `Etc/GMT+1`).
    Offset(FixedOffset),
    /// An abbreviation such as `CET` or `EST`: only the vendor's own table can say which region it means.
    Abbreviation(String),
    /// No zone this program knows.
    Unknown(String),
}

/// Names of IANA that people write as abbreviations. IANA means Panama by `EST` and Phoenix by `MST`; a vendor may not.
const IANA_ABBREVIATIONS: [&str; 7] = ["CET", "EET", "EST", "HST", "MET", "MST", "WET"];

/// Most parts of a TZID looked at: a registry, its version, and the three of `America/Argentina/Buenos_Aires`.
const MAX_TZID_PARTS: usize = 6;

/// Reads a zone as written (DESIGN.md 4.5).
#[must_use]
pub fn read_zone_text(text: &str, zones: &Zones) -> ZoneText {
    let text = unbracketed(text.trim());
    if ["utc", "gmt", "z", "zulu", "etc/utc", "utc/gmt"].contains(&text.to_lowercase().as_str()) {
        return ZoneText::Region(Zone::utc());
    }
    if let Some(offset) = read_offset(text) {
        return ZoneText::Offset(offset);
    }
    let letters = (2..=5).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic());
    if letters && IANA_ABBREVIATIONS.contains(&text.to_uppercase().as_str()) {
        return ZoneText::Abbreviation(text.to_uppercase());
    }
    match named(text, zones) {
        Some(zone) => ZoneText::Region(zone),
        None if letters => ZoneText::Abbreviation(text.to_uppercase()),
        // `GMT (Greenwich Mean Time)`: the name behind says nothing that the letters do not.
        None => match text.split_once(" (") {
            Some((before, rest)) if rest.ends_with(')') && !before.trim().is_empty() => read_zone_text(before, zones),
            Some(_) | None => ZoneText::Unknown(text.to_owned()),
        },
    }
}

/// `(UTC)` and `[CET]` without what encloses them; `Central Standard Time (Mexico)` as it is.
fn unbracketed(text: &str) -> &str {
    let inner = |open, close| text.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    inner('(', ')').or_else(|| inner('[', ']')).map_or(text, str::trim)
}

/// A zone by its name, also behind the prefix of a TZID in a registry of its own (RFC 5545 section 3.8.3.1), such as
/// `/mozilla.org/20050126_1/Europe/Amsterdam`.
fn named(text: &str, zones: &Zones) -> Option<Zone> {
    match text.strip_prefix('/') {
        None => zones.find(text),
        Some(global) => {
            let parts: Vec<&str> = global.split('/').take(MAX_TZID_PARTS).collect();
            (1..parts.len()).find_map(|from| zones.find(&parts[from..].join("/")))
        }
    }
}

/// `+01:00`, `+0100`, `+1`, each also behind `UTC` or `GMT`; at most 14 hours to either side.
pub(super) fn read_offset(text: &str) -> Option<FixedOffset> {
    let upper = text.to_uppercase();
    let rest = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper).trim();
    let (sign, digits) = match rest.chars().next()? {
        '+' => (1, rest.strip_prefix('+')?),
        '-' => (-1, rest.strip_prefix('-')?),
        '\u{2212}' => (-1, rest.strip_prefix('\u{2212}')?),
        _ => return None,
    };
    let digits = digits.trim();
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "0"),
    };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i32>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 14 || minutes >= 60 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let got = match read_zone_text(text, &Zones::embedded()) {
            ZoneText::Region(zone) => format!("region {}", zone.name()),
            ZoneText::Offset(offset) => format!("offset {offset}"),
            ZoneText::Abbreviation(letters) => format!("abbreviation {letters}"),
            ZoneText::Unknown(text) => format!("unknown {text}"),
        };
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn zones_as_vendors_write_them() {
        check("Europe/Amsterdam", "region Europe/Amsterdam");
        check("europe/amsterdam", "region Europe/Amsterdam");
        check("(UTC)", "region UTC");
        check("GMT", "region UTC");
        check("GMT (Greenwich Mean Time)", "region UTC");
        check("CST (Central Standard Time)", "abbreviation CST");
        check("CEST (", "unknown CEST (");
        check("GMT+1", "offset +01:00");
        check("GMT+3", "offset +03:00");
        check("UTC-05:30", "offset -05:30");
        check("+0100", "offset +01:00");
        check("CET", "abbreviation CET");
        check("est", "abbreviation EST");
        check("Europe/Atlantis", "unknown Europe/Atlantis");
        check("UTC+15", "unknown UTC+15");
        check("UTC+14:30", "unknown UTC+14:30");
        check("++1", "unknown ++1");
        check("\u{2212}05:00", "offset -05:00");
        check("EST", "abbreviation EST");
        check("IST", "abbreviation IST");
        check("NZ", "region NZ");
        check("EST5EDT", "region EST5EDT");
        check("Etc/GMT+1", "region Etc/GMT+1");
        check("W. Europe Standard Time", "region Europe/Berlin");
        check("Central Standard Time (Mexico)", "region America/Mexico_City");
        check("/mozilla.org/20050126_1/Europe/Amsterdam", "region Europe/Amsterdam");
        check("/mozilla.org/20050126_1/Europe/Atlantis", "unknown /mozilla.org/20050126_1/Europe/Atlantis");
        check("local time", "unknown local time");
    }
}
