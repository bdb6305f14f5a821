//! Zones made of a list of clock changes, where no source of rules has them: a calendar can define its own.

use chrono::{DateTime, FixedOffset, Utc};

use super::zone::Zone;

/// Most different offsets of one made zone: no zone of IANA has had twenty.
pub const MAX_OFFSETS: usize = 32;

/// Bytes of one abbreviation (`+0530`, or `+153000`), with the zero that ends it.
const ABBREVIATION_BYTES: usize = 8;

impl Zone {
    /// A zone that is `before` ahead of UTC until the first change, and as the last left it ever after.
    ///
    /// `changes` are the instants from which an offset holds, in order. Its clocks' abbreviations are its offsets. None when
    /// two changes are not in order, or with more than [`MAX_OFFSETS`] offsets.
    #[must_use]
    pub fn of_changes(name: &str, before: FixedOffset, changes: &[(DateTime<Utc>, FixedOffset)]) -> Option<Self> {
        if !changes.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return None;
        }
        let mut offsets = vec![before];
        for (_, offset) in changes {
            if !offsets.contains(offset) {
                offsets.push(*offset);
            }
        }
        if offsets.len() > MAX_OFFSETS {
            return None;
        }
        Self::of_tzif(name, &tzif(&offsets, changes)?)
    }
}

/// The changes as a TZif file of version 2 (RFC 9636 section 3): an empty block of 32 bits, then the one of 64. It has no
/// footer, so that the last offset holds for ever.
fn tzif(offsets: &[FixedOffset], changes: &[(DateTime<Utc>, FixedOffset)]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    header(&mut bytes, [0, 1, 1])?;
    bytes.extend([0; 7]);
    header(&mut bytes, [changes.len(), offsets.len(), offsets.len() * ABBREVIATION_BYTES])?;
    for (at, _) in changes {
        bytes.extend(at.timestamp().to_be_bytes());
    }
    for (_, offset) in changes {
        bytes.push(u8::try_from(offsets.iter().position(|known| known == offset)?).ok()?);
    }
    for (place, offset) in offsets.iter().enumerate() {
        bytes.extend(offset.local_minus_utc().to_be_bytes());
        bytes.extend([0, u8::try_from(place * ABBREVIATION_BYTES).ok()?]);
    }
    for offset in offsets {
        let end = bytes.len() + ABBREVIATION_BYTES;
        bytes.extend(offset.to_string().bytes().filter(|byte| *byte != b':'));
        bytes.resize(end, 0);
    }
    bytes.extend(b"\n\n");
    Some(bytes)
}

/// `counts`: changes, offsets, bytes of abbreviations. There are no leap seconds, and nothing says how times were written.
fn header(bytes: &mut Vec<u8>, counts: [usize; 3]) -> Option<()> {
    bytes.extend(b"TZif2");
    bytes.extend([0; 15 + 12]);
    for count in counts {
        bytes.extend(u32::try_from(count).ok()?.to_be_bytes());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{LocalTime, Zones};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn hours(hours: i32) -> FixedOffset {
        FixedOffset::east_opt(hours * 3600).expect("an offset")
    }

    /// A zone made of the changes of another answers as the other does.
    #[test]
    fn made_of_a_zones_changes_it_is_that_zone() {
        for name in ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]
        {
            let zone = Zones::embedded().get(name).expect("a zone");
            let (from, to) = (at("1970-01-10T00:00:00Z"), at("2060-01-01T00:00:00Z"));
            let found = zone.changes_between(from, to);
            let changes: Vec<_> = found.iter().map(|change| (change.at, change.after)).collect();
            let made = Zone::of_changes("Here", zone.offset_at(from), &changes).expect("a zone can be made");
            assert_eq!((made.name(), made.is_fixed()), ("Here", false));
            assert_eq!(made.changes_between(from, to), found, "{name}");
            for change in &found {
                for wall in [change.wall_before(), change.wall_after()] {
                    for second in [-1800, -1, 0, 1, 900] {
                        let wall = wall + chrono::TimeDelta::seconds(second);
                        assert_eq!(made.resolve(wall), zone.resolve(wall), "{name} {wall}");
                    }
                }
            }
        }
    }

    #[test]
    fn before_the_first_change_and_after_the_last() {
        let changes = [(at("2000-01-01T00:00:00Z"), hours(2)), (at("2001-01-01T00:00:00Z"), hours(-5))];
        let made = Zone::of_changes("Here", hours(1), &changes).expect("a zone can be made");
        assert_eq!(made.offset_at(at("0001-01-01T00:00:00Z")), hours(1));
        assert_eq!(made.offset_at(at("1999-12-31T23:59:59Z")), hours(1));
        assert_eq!(made.offset_at(at("2000-01-01T00:00:00Z")), hours(2));
        assert_eq!(made.offset_at(at("9999-01-01T00:00:00Z")), hours(-5));
        assert_eq!(made.abbreviation_at(at("9999-01-01T00:00:00Z")), "-0500");
        let plain = at("1999-06-01T11:00:00Z");
        assert_eq!(made.resolve(at("1999-06-01T12:00:00Z").naive_utc()), LocalTime::Unique(plain));
        let never = Zone::of_changes("Here", hours(1), &[]).expect("a zone without changes");
        assert_eq!(never.offset_at(plain), hours(1));
    }

    #[test]
    fn what_is_no_list_of_changes_is_no_zone() {
        let day = |n: i64| at("2000-01-01T00:00:00Z") + chrono::TimeDelta::days(n);
        assert!(Zone::of_changes("Here", hours(0), &[(day(1), hours(1)), (day(1), hours(2))]).is_none());
        let many = |count: i64| -> Vec<_> {
            (1..=count)
                .map(|n| (day(n), FixedOffset::east_opt(i32::try_from(n).expect("small")).expect("one")))
                .collect()
        };
        assert!(Zone::of_changes("Here", hours(0), &many(31)).is_some());
        assert!(Zone::of_changes("Here", hours(0), &many(32)).is_none());
    }
}
