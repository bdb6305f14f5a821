//! Which known maintenances a notice that waits may be about.

use chrono::TimeDelta;
use serde::Serialize;

use super::revision::Maintenance;
use crate::names::{MaintenanceId, Reference, VendorId, nearest};
use crate::notice::Announcement;

/// How far apart windows may lie to be worth a look: most moves that vendors announce are by days.
pub const NEAR: TimeDelta = TimeDelta::days(7);

/// Most that are shown: a person picks from a handful.
const MAX_SIMILAR: usize = 5;

/// The shortest reference looked for in running text, in bytes: shorter ones are words of their own.
const MIN_WORD: usize = 4;

/// A known maintenance, and why the notice may be about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Similar {
    /// Which.
    pub maintenance: MaintenanceId,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// What speaks for it, the strongest first.
    pub why: Vec<&'static str>,
}

/// What a notice gives to go by.
#[derive(Debug, Clone, Copy)]
pub struct Clues<'a> {
    /// Its vendor, where it was recognised.
    pub vendor: Option<&'a VendorId>,
    /// What was read in it.
    pub announcements: &'a [Announcement],
    /// Its words, lower case.
    pub text: &'a str,
}

/// The maintenances that a notice may be about, the likeliest first; those of other vendors never.
#[must_use]
pub fn similar(clues: Clues<'_>, known: &[Maintenance]) -> Vec<Similar> {
    let of_vendor =
        |maintenance: &&Maintenance| clues.vendor.is_none_or(|vendor| *vendor == maintenance.identity.vendor);
    let mut found: Vec<(u32, Similar)> =
        known.iter().filter(of_vendor).filter_map(|known| weigh(clues, known)).collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.maintenance.cmp(&b.1.maintenance)));
    found.truncate(MAX_SIMILAR);
    found.into_iter().map(|(_, similar)| similar).collect()
}

/// How strongly a maintenance is meant, and why; none when nothing speaks for it.
fn weigh(clues: Clues<'_>, known: &Maintenance) -> Option<(u32, Similar)> {
    let references: Vec<String> = known.references().into_iter().map(Reference::folded).collect();
    let state = known.latest();
    let said = || clues.announcements.iter();
    let named = |said: &Announcement| {
        [Some(&said.reference), said.replaces.as_ref()].into_iter().flatten().any(|r| references.contains(&r.folded()))
    };
    let alike = |said: &Announcement| nearest(said.reference.as_str(), references.iter().map(String::as_str)).is_some();
    let near = |said: &Announcement| {
        let windows = || state.windows.iter();
        said.windows.iter().any(|window| windows().any(|known| known.interval.distance(&window.interval) <= NEAR))
    };
    let shares = |said: &Announcement| {
        let mut objects = said.objects.iter();
        objects.any(|object| state.objects.iter().any(|known| known.name.eq_ignore_ascii_case(&object.name)))
    };
    let written = references.iter().any(|reference| reference.len() >= MIN_WORD && has_word(clues.text, reference));
    let grounds = [
        (said().any(named), 16, "the same reference"),
        (!said().any(named) && written, 8, "its words name the reference"),
        (!said().any(named) && said().any(alike), 4, "a reference like it"),
        (said().any(near), 2, "a window near it"),
        (said().any(shares), 1, "the same objects"),
    ];
    let holds = || grounds.iter().filter(|(holds, ..)| *holds);
    let weight: u32 = holds().map(|(_, weight, _)| weight).sum();
    let similar = Similar {
        maintenance: known.id.clone(),
        vendor: known.identity.vendor.clone(),
        reference: known.identity.reference.clone(),
        why: holds().map(|(.., why)| *why).collect(),
    };
    (weight > 0).then_some((weight, similar))
}

/// Whether a text has these letters as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    let edge = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    text.match_indices(word)
        .any(|(at, found)| edge(text[..at].chars().next_back()) && edge(text[at + found.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::fixture::{maintenance, with_window};

    #[test]
    fn a_notice_is_about_what_it_names_then_about_what_is_near() {
        let of = |reference: &str, start: &str, end: &str| {
            let mut built = with_window("2020-01-01", start, end);
            built.announcement.reference = Reference::new(reference).expect("a reference");
            maintenance(vec![built])
        };
        let known = [
            of("CHG-104", "2020-01-10T00:00", "2020-01-10T04:00"),
            of("CHG-105", "2020-03-10T00:00", "2020-03-10T04:00"),
            of("X", "2020-01-12T00:00", "2020-01-12T04:00"),
            of("Y", "2020-05-12T00:00", "2020-05-12T04:00"),
        ];
        let mut said = with_window("2020-01-02", "2020-01-11T00:00", "2020-01-11T04:00").announcement;
        said.reference = Reference::new("chg-104").expect("a reference");
        said.objects.clear();
        let found = |announcements: &[Announcement], text: &str| -> Vec<(String, Vec<&'static str>)> {
            let found = similar(Clues { vendor: None, announcements, text }, &known);
            found.into_iter().map(|similar| (similar.reference.to_string(), similar.why)).collect()
        };
        assert_eq!(
            found(&[said.clone()], ""),
            [
                ("CHG-104".to_owned(), vec!["the same reference", "a window near it"]),
                ("CHG-105".to_owned(), vec!["a reference like it"]),
                ("X".to_owned(), vec!["a window near it"]),
            ]
        );
        assert_eq!(found(&[], "about chg-105."), [("CHG-105".to_owned(), vec!["its words name the reference"])]);
        assert_eq!(found(&[], "about chg-1050"), []);
        let other = VendorId::new("other").expect("an id");
        assert_eq!(similar(Clues { vendor: Some(&other), announcements: &[said], text: "" }, &known), []);
    }
}
