//! Vendor profiles: how to recognise a vendor's notices and how to read them, as data.
//!
//! A profile is a TOML file. It becomes [`Profile`] once, with every pattern compiled and every zone looked up, or an
//! error that names file, line and column.

mod dates;
mod error;
mod extract;
mod file;
mod read;
mod terms;

use std::fmt;

use regex::Regex;

pub use error::ProfileError;
pub use terms::ProfileTerms;

pub(super) use read::read;

use self::dates::DateFormat;
use super::message::Message;
use super::status::Status;
use crate::names::VendorId;
use crate::time::Abbreviations;
use crate::window::Impact;

/// How one vendor's notices are recognised and read.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The vendor's id.
    pub vendor: VendorId,
    /// The vendor's name for people.
    pub name: String,
    /// The names of its sample notices, without ending.
    pub samples: Vec<String>,
    /// Its published terms.
    pub terms: ProfileTerms,
    recognise: Recognise,
    zone: ZoneRule,
    dates: Dates,
    labels: Vec<Label>,
    patterns: Vec<Pattern>,
    statuses: Vec<StatusPhrase>,
    default_status: Option<Status>,
    impacts: Vec<(String, Impact)>,
}

#[derive(Debug, Clone, Default)]
struct Recognise {
    domains: Vec<String>,
    providers: Vec<String>,
    subject: Vec<Regex>,
    body: Vec<String>,
    exclude_subject: Vec<Regex>,
    exclude_body: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct ZoneRule {
    default: Option<String>,
    abbreviations: Abbreviations,
}

/// Formats in the order in which they are tried; the first that fits is the meaning.
#[derive(Debug, Clone, Default)]
struct Dates {
    days: Vec<DateFormat>,
    moments: Vec<DateFormat>,
    times: Vec<DateFormat>,
}

/// A field that a notice may state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Field {
    Reference,
    Replaces,
    Account,
    Status,
    Impact,
    Summary,
    Objects,
    Date,
    Start,
    End,
    Zone,
    ActualEnd,
}

impl Field {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Reference, "reference"),
        (Self::Replaces, "replaces"),
        (Self::Account, "account"),
        (Self::Status, "status"),
        (Self::Impact, "impact"),
        (Self::Summary, "summary"),
        (Self::Objects, "objects"),
        (Self::Date, "date"),
        (Self::Start, "start"),
        (Self::End, "end"),
        (Self::Zone, "zone"),
        (Self::ActualEnd, "actual_end"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(field, _)| *field == self).map_or("", |(_, word)| word)
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(field, _)| field)
    }
}

#[derive(Debug, Clone)]
struct Label {
    field: Field,
    names: Vec<String>,
    /// Where a value of several is parted.
    split: Vec<String>,
    /// What one item looks like, with groups `object` and, if it states one, `impact`.
    item: Option<Regex>,
}

#[derive(Debug, Clone)]
struct Pattern {
    place: Place,
    regex: Regex,
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    Subject,
    Body,
    Anywhere,
}

#[derive(Debug, Clone)]
struct StatusPhrase {
    phrase: String,
    is: Status,
    place: Place,
}

impl Profile {
    /// Reads a profile; `file` is only named in errors.
    ///
    /// # Errors
    /// [`ProfileError`] with line and column, for anything that is no profile, down to a pattern or a zone.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        file::parse(file, text)
    }

    /// The IANA name of the zone of times that name none.
    #[must_use]
    pub fn default_zone(&self) -> Option<&str> {
        self.zone.default.as_deref()
    }

    /// Whether a message is one of this vendor's notices.
    #[must_use]
    pub fn recognises(&self, message: &Message) -> bool {
        let rule = &self.recognise;
        let (full, plain) = (message.facts.subject.as_deref().unwrap_or_default(), message.plain_subject());
        let in_subject = |patterns: &[Regex]| patterns.iter().any(|p| p.is_match(full) || p.is_match(plain));
        let in_body = |phrases: &[String]| {
            let holds = |text: &str| phrases.iter().any(|phrase| text.contains(&phrase.to_lowercase()));
            message.parts.iter().any(|part| holds(&part.text.to_lowercase()))
        };
        let sender = message.facts.from.as_deref().is_some_and(|from| self.sends(from));
        (rule.domains.is_empty() || sender)
            && (rule.subject.is_empty() || in_subject(&rule.subject))
            && (rule.body.is_empty() || in_body(&rule.body))
            && !in_subject(&rule.exclude_subject)
            && !in_body(&rule.exclude_body)
    }

    /// Whether an address belongs to one of the vendor's domains or to a subdomain.
    fn sends(&self, address: &str) -> bool {
        self.recognise.domains.iter().any(|domain| is_of_domain(address, domain))
    }
}

/// Whether an address is at a domain or one of its subdomains, without regard to case.
pub(super) fn is_of_domain(address: &str, domain: &str) -> bool {
    let Some((_, host)) = address.rsplit_once('@') else { return false };
    let (host, domain) = (host.to_lowercase(), domain.to_lowercase());
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

/// All profiles at hand, by vendor.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    profiles: Vec<Profile>,
}

impl Profiles {
    /// Profiles in the order of their vendors' ids; of two for one vendor the later replaces the earlier, so that a
    /// user's own folder overrides what ships.
    #[must_use]
    pub fn new(profiles: Vec<Profile>) -> Self {
        let mut kept: Vec<Profile> = Vec::with_capacity(profiles.len());
        for profile in profiles {
            kept.retain(|known| known.vendor != profile.vendor);
            kept.push(profile);
        }
        kept.sort_by(|a, b| a.vendor.cmp(&b.vendor));
        Self { profiles: kept }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.iter()
    }

    /// The profile of a vendor.
    #[must_use]
    pub fn get(&self, vendor: &VendorId) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.vendor == *vendor)
    }

    /// The profile that reads a message.
    #[must_use]
    pub fn recognise(&self, message: &Message) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.recognises(message))
    }

    /// The profile of the vendor that calls itself so in `X-MAINTNOTE-PROVIDER`.
    pub(super) fn of_provider(&self, name: &str) -> Option<&Profile> {
        let name = name.trim().to_lowercase();
        self.profiles.iter().find(|p| p.recognise.providers.iter().any(|known| known.trim().to_lowercase() == name))
    }

    /// The profile of the vendor that an address belongs to.
    pub(super) fn of_sender(&self, address: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.sends(address))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
