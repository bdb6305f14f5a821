//! What a vendor or a user wrote for a zone: a region, an offset, an abbreviation that needs a table, or nothing known.

use chrono::FixedOffset;

use super::zone::{Zone, Zones};

/// A zone as written, read as far as it can be without guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneText {
    /// An IANA region such as `Europe/Amsterdam`, or UTC.
    Region(Zone),
    /// An offset from UTC: `+01:00`, `UTC+1`, `GMT+1` (never the inverted `Etc/GMT+1`).
    Offset(FixedOffset),
    /// An abbreviation such as `CET` or `EST`: only the vendor's own table can say which region it means.
    Abbreviation(String),
    /// No zone this program knows.
    Unknown(String),
}

/// Reads a zone as written (DESIGN.md 4.5).
#[must_use]
pub fn read_zone_text(text: &str, zones: &Zones) -> ZoneText {
    let text = text.trim().trim_matches(|c| c == '(' || c == ')' || c == '[' || c == ']').trim();
    if ["utc", "gmt", "z", "zulu", "etc/utc", "utc/gmt"].contains(&text.to_lowercase().as_str()) {
        return ZoneText::Region(Zone::utc());
    }
    if let Some(offset) = read_offset(text) {
        return ZoneText::Offset(offset);
    }
    if text.contains('/') {
        return zones.get(text).map_or_else(|_| ZoneText::Unknown(text.to_owned()), ZoneText::Region);
    }
    if (2..=5).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic()) {
        return ZoneText::Abbreviation(text.to_uppercase());
    }
    ZoneText::Unknown(text.to_owned())
}

/// `+01:00`, `+0100`, `+1`, each also behind `UTC` or `GMT`; at most 14 hours to either side.
fn read_offset(text: &str) -> Option<FixedOffset> {
    let upper = text.to_uppercase();
    let rest = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper).trim();
    let (sign, digits) = match rest.chars().next()? {
        '+' => (1, rest.strip_prefix('+')?),
        '-' => (-1, rest.strip_prefix('-')?),
        '\u{2212}' => (-1, rest.strip_prefix('\u{2212}')?),
        _ => return None,
    };
    let (hours, minutes) = match digits.trim().split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits.trim(), "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
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
        check("GMT+1", "offset +01:00");
        check("GMT+3", "offset +03:00");
        check("UTC-05:30", "offset -05:30");
        check("+0100", "offset +01:00");
        check("CET", "abbreviation CET");
        check("est", "abbreviation EST");
        check("Europe/Atlantis", "unknown Europe/Atlantis");
        check("UTC+15", "unknown UTC+15");
        check("local time", "unknown local time");
    }
}
