//! A first profile, written from one notice with what general rules found in it.
//!
//! Every rule is tried before it is written: the profile so far reads the notice, and a rule that makes it say something
//! else is written as a comment. What a person must decide stands behind `decide:`.

mod blocks;
mod formats;

use super::announcement::Announcement;
use super::generic::{self, Draft};
use super::message::Message;
use super::profile::{self, Profile};
use crate::names::VendorId;
use crate::time::Zones;

use blocks::{Block, blocks, recognise};

/// What a written profile is called in errors that nobody sees.
const FILE: &str = "profile.toml";

/// Writes a profile for a vendor from one of its notices; none when general rules find nothing in it.
///
/// The text is a valid profile, and read by it the notice says nothing but what general rules found without a doubt.
#[must_use]
pub fn outline(message: &Message, vendor: &VendorId, zones: &Zones) -> Option<String> {
    let draft = generic::read(message, zones)?;
    let head = head(message, vendor);
    let mut kept = String::new();
    let mut tail = String::new();
    // The reference goes first: without one nothing is read, and no other rule could be tried.
    for block in blocks(message, &draft) {
        let reads = |text: &&String| match tried(&format!("{head}{kept}{text}"), message, zones) {
            Tried::Read(announcements) => announcements.iter().all(|said| agrees(said, &draft)),
            Tried::Refused => !block.needs_reading && draft.reference.is_none(),
            Tried::NoProfile => false,
        };
        let kept_text = [Some(&block.text), block.instead.as_ref()].into_iter().flatten().find(reads);
        match kept_text.filter(|_| !block.in_doubt) {
            Some(text) => kept.push_str(&text.clone()),
            None => tail.push_str(&commented(&block)),
        }
    }
    let mut text = format!("{head}{kept}");
    for doubt in &draft.doubts {
        text.push_str(&format!("\n# decide: {}\n", one_line(&doubt.to_string())));
    }
    Some(format!("{text}{tail}"))
}

enum Tried {
    Read(Vec<Announcement>),
    /// The profile is one, and the notice cannot be read by it.
    Refused,
    NoProfile,
}

fn tried(text: &str, message: &Message, zones: &Zones) -> Tried {
    let Ok(profile) = Profile::parse(FILE, text) else { return Tried::NoProfile };
    match profile::read(&profile, message, zones) {
        Ok(announcements) => Tried::Read(announcements),
        Err(_) => Tried::Refused,
    }
}

fn head(message: &Message, vendor: &VendorId) -> String {
    let name = vendor.as_str();
    format!(
        "# A first profile of {name}, made from one notice. schedules/vendors/README.md explains every word;\n\
         # `inwindow profile test` reads the samples beside it.\n\
         version = 1\nvendor = {}\nname = {}{}\nsamples = []\n{}",
        quoted(name),
        quoted(name),
        "                         # decide: the vendor's name for people",
        recognise(message)
    )
}

fn commented(block: &Block) -> String {
    let lines: String = block
        .text
        .trim()
        .lines()
        .map(|line| if line.is_empty() { "#\n".into() } else { format!("# {line}\n") })
        .collect();
    let why =
        if block.in_doubt { "what this leads to is in doubt" } else { "read by this, the notice says something else" };
    format!("\n# decide: {why}.\n{lines}")
}

/// Whether what was read says nothing but what the draft says without a doubt.
fn agrees(said: &Announcement, draft: &Draft) -> bool {
    let same = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
    let reference = draft.reference.as_ref().is_some_and(|known| same(known.as_str(), said.reference.as_str()));
    let windows = said
        .windows
        .iter()
        .all(|window| draft.windows.iter().any(|known| known.interval == window.interval && known.role == window.role));
    let objects = said.objects.iter().all(|object| {
        draft
            .objects
            .iter()
            .any(|known| known.name == object.name && (object.impact.is_none() || object.impact == known.impact))
    });
    let objects = objects && (said.objects.is_empty() || !draft.is_in_doubt("objects"));
    let whole = said.objects.is_empty() || said.objects.len() == draft.objects.len();
    let status = said.status.is_none_or(|status| draft.status == Some(status) && !draft.is_in_doubt("status"));
    let impact = said.impact.is_none_or(|impact| draft.impact == Some(impact) && !draft.is_in_doubt("impact"));
    let account = said.account.is_none() || said.account == draft.account;
    reference && windows && objects && whole && status && impact && account
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(one_line(text)).to_string()
}

/// A pattern as TOML: literal, so that its backslashes stay.
fn pattern(text: &str) -> String {
    if text.contains(['\'', '\n']) { quoted(text) } else { format!("'{text}'") }
}

fn one_line(text: &str) -> String {
    let clean: String =
        text.chars().map(|letter| if letter.is_control() || letter == '\u{2028}' { ' ' } else { letter }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
