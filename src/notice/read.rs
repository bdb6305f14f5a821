//! From a message to what it announces: what is no notice is told apart first, then the standard, then profiles, then
//! general rules.

use super::announcement::AnnouncementFlag;
use super::generic;
use super::maintnote::{self, CalendarPart};
use super::message::{MailKind, Message};
use super::phrase::field_word;
use super::profile::{self, Profiles, is_of_domain};
use super::reading::{Doubt, Irrelevant, Reading, Unreadable};
use crate::names::VendorId;
use crate::time::Zones;

/// What reading needs besides the message.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The vendors' profiles.
    pub profiles: &'a Profiles,
    /// The zone rules at hand.
    pub zones: &'a Zones,
    /// The domains that we send from; mail from them is no notice.
    pub own_domains: &'a [String],
}

/// Reads one message. Nothing is guessed, and nothing is lost: what cannot be read is said to be so.
#[must_use]
pub fn read(message: &Message, reader: &Reader<'_>) -> Reading {
    let mut reading = read_words(message, reader);
    if let (Reading::Understood { announcements }, false) = (&mut reading, message.unread.is_empty()) {
        for announcement in announcements {
            announcement.flags.push(AnnouncementFlag::AttachmentNotRead);
            announcement.flags.sort_unstable();
        }
    }
    reading
}

fn read_words(message: &Message, reader: &Reader<'_>) -> Reading {
    if let Some(why) = by_headers(message, reader) {
        return Reading::Irrelevant { why };
    }
    let vendor = || sender_vendor(message, reader);
    let unreadable = |why: Unreadable| Reading::Unreadable { why, vendor: vendor(), draft: None };
    let calendars = match maintnote::calendars(message) {
        Ok(calendars) => calendars,
        Err(why) => return unreadable(why),
    };
    if calendars.iter().any(|part| part.calendar.method.as_deref() == Some("REPLY")) {
        return Reading::Irrelevant { why: Irrelevant::CalendarReply };
    }
    match by_standard(&calendars, message, reader) {
        Ok(announcements) if !announcements.is_empty() => Reading::Understood { announcements },
        Ok(_) => by_profile(message, reader),
        Err(why) => unreadable(why),
    }
}

/// What is no notice, whatever it carries: a mail of ours that came back carries our own calendar.
fn by_headers(message: &Message, reader: &Reader<'_>) -> Option<Irrelevant> {
    match message.kind {
        MailKind::Report => return Some(Irrelevant::Bounce),
        MailKind::AutoReply => return Some(Irrelevant::AutoReply),
        MailKind::Ordinary => {}
    }
    let from = message.facts.from.as_deref()?;
    // What a colleague passed on came from our domain and is the vendor's word all the same.
    let own = reader.own_domains.iter().any(|domain| is_of_domain(from, domain)) && !message.is_passed_on();
    own.then_some(Irrelevant::OwnMail)
}

fn by_standard(
    calendars: &[CalendarPart<'_>],
    message: &Message,
    reader: &Reader<'_>,
) -> Result<Vec<super::Announcement>, Unreadable> {
    maintnote::read(calendars, message, reader.profiles, reader.zones)
}

fn by_profile(message: &Message, reader: &Reader<'_>) -> Reading {
    if let Some(profile) = reader.profiles.recognise(message) {
        return match profile::read(profile, message, reader.zones) {
            Ok(mut announcements) => {
                if message.answers_what_it_quotes() {
                    for said in &mut announcements {
                        said.doubts.push(Doubt::QuotedReply);
                    }
                }
                Reading::Understood { announcements }
            }
            Err(why) => Reading::Unreadable { why, vendor: Some(profile.vendor.clone()), draft: None },
        };
    }
    let subject = message.facts.subject.as_deref().unwrap_or_default();
    let mut texts = std::iter::once(subject).chain(message.parts.iter().map(|part| part.text.as_str()));
    if texts.any(|text| field_word(text).is_some()) {
        let draft = generic::read(message, reader.zones).map(Box::new);
        return Reading::Unreadable { why: Unreadable::NoProfile, vendor: sender_vendor(message, reader), draft };
    }
    Reading::Irrelevant { why: Irrelevant::NothingAnnounced }
}

/// The vendor whose domain the message came from: a notice that cannot be read could be about its assets.
fn sender_vendor(message: &Message, reader: &Reader<'_>) -> Option<VendorId> {
    let from = message.facts.from.as_deref()?;
    reader.profiles.of_sender(from).map(|profile| profile.vendor.clone())
}
