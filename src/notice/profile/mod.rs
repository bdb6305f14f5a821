//! Vendor profiles: how to recognise a vendor's notices and how to read them, as data.
//!
//! A profile is a TOML file. It becomes [`Profile`] once, with every pattern compiled and every zone looked up, or an
//! error that names file, line and column. Reading then walks three floors: `find` follows the profile's rules to words
//! and gathers them as records, `times` makes windows of a record's words, `read` makes announcements of both.

mod apart;
mod check;
mod dates;
mod error;
mod file;
mod find;
mod grid;
mod labels;
mod lists;
mod patterns;
mod read;
mod recognise;
mod record;
mod schema;
mod starts;
mod terms;
mod times;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::OnceLock;

use chrono::TimeDelta;

pub use error::ProfileError;
pub use recognise::Tried;
pub use schema::profile_schema;
pub use terms::{ProfileTerms, Signing};

pub(super) use read::read;
pub(super) use recognise::is_of_domain;
pub(super) use times::length_in_words;

use self::dates::DateFormat;
use self::patterns::Matcher;
use self::recognise::Look;
use super::message::Message;
use super::status::Status;
use crate::names::VendorId;
use crate::time::Abbreviations;
use crate::window::{Impact, Role};

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
    /// How its mail is signed.
    pub signing: Signing,
    /// Addresses at which it answers about its maintenance.
    pub contacts: Vec<String>,
    /// What it calls itself in `X-MAINTNOTE-PROVIDER`.
    providers: Vec<String>,
    /// Any of them suffices.
    recognise: Vec<Recognise>,
    zone: ZoneRule,
    dates: Dates,
    sections: Vec<Section>,
    labels: Vec<Label>,
    grids: Vec<Grid>,
    properties: Vec<Property>,
    patterns: Vec<Pattern>,
    statuses: Vec<Phrase<Status>>,
    impacts: Vec<Phrase<Impact>>,
    default_status: Option<Status>,
    /// The fields whose words make a reference for notices that have none.
    digest: Vec<Field>,
    windows: WindowsStated,
}

/// One way to recognise a notice: everything stated in it must hold.
#[derive(Debug, Clone, Default)]
struct Recognise {
    domains: Vec<String>,
    /// The domains of which one must have signed it, verified; empty where that does not matter.
    signed_by: Vec<String>,
    subject: Vec<Matcher>,
    body: Vec<String>,
    exclude_subject: Vec<Matcher>,
    exclude_body: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct ZoneRule {
    default: Option<String>,
    abbreviations: Abbreviations,
    places: Vec<PlaceZone>,
}

/// The zone of a place as notices name it; `name` is lower case and may begin or end in `*`.
#[derive(Debug, Clone)]
struct PlaceZone {
    name: String,
    zone: String,
}

/// Formats in the order in which they are tried; the first that fits is the meaning.
#[derive(Debug, Clone, Default)]
struct Dates {
    days: Vec<DateFormat>,
    moments: Vec<DateFormat>,
    times: Vec<DateFormat>,
    /// Words of another language to those that the formats know, lower case: `mai` to `May`.
    words: Vec<(String, String)>,
    /// How far two statements of one time may be apart before a person is asked.
    tolerance: TimeDelta,
    /// How far from the day it was sent a window may lie before a person is asked.
    within: Option<TimeDelta>,
}

/// Whether the windows of a notice are all of its maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum WindowsStated {
    /// They replace those known.
    #[default]
    All,
    /// They are put to those known.
    Partial,
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
    StartDate,
    StartTime,
    EndDate,
    EndTime,
    Duration,
    Year,
    Zone,
    Place,
    CheckStart,
    CheckEnd,
    CheckZone,
    ActualEnd,
}

impl Field {
    const ALL: [(Self, &'static str); 22] = [
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
        (Self::StartDate, "start_date"),
        (Self::StartTime, "start_time"),
        (Self::EndDate, "end_date"),
        (Self::EndTime, "end_time"),
        (Self::Duration, "duration"),
        (Self::Year, "year"),
        (Self::Zone, "zone"),
        (Self::Place, "place"),
        (Self::CheckStart, "check_start"),
        (Self::CheckEnd, "check_end"),
        (Self::CheckZone, "check_zone"),
        (Self::ActualEnd, "actual_end"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(field, _)| *field == self).map_or("", |(_, word)| word)
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(field, _)| field)
    }

    /// Whether a record that holds it states a window of its own.
    fn states_a_window(self) -> bool {
        match self {
            Self::Date | Self::Start | Self::StartDate | Self::StartTime | Self::End | Self::EndTime => true,
            Self::Reference
            | Self::Replaces
            | Self::Account
            | Self::Status
            | Self::Impact
            | Self::Summary
            | Self::Objects
            | Self::EndDate
            | Self::Duration
            | Self::Year
            | Self::Zone
            | Self::Place
            | Self::CheckStart
            | Self::CheckEnd
            | Self::CheckZone
            | Self::ActualEnd => false,
        }
    }
}

/// A stretch of each part's text, from behind one pattern to the next match of another.
#[derive(Debug, Clone)]
struct Section {
    begins: Matcher,
    ends: Option<Matcher>,
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Subject,
    /// The parts that are read, HTML before sheets before plain text.
    Body,
    Anywhere,
    Html,
    Plain,
    Sheet,
    /// The section of that index, in any part.
    Section(usize),
}

/// How often a rule is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Times {
    /// To the first words it leads to, which are the whole notice's.
    First,
    /// To all of them: each is a row of its own.
    Each,
}

/// What becomes of the words that a rule leads to.
#[derive(Debug, Clone)]
struct Words {
    /// Put right before anything else is done, in this order.
    replace: Vec<(Matcher, String)>,
    value: Value,
    items: Items,
    /// The zone of times that name none, where the rule itself says it: a label such as `Start (UTC)`.
    zone: Option<String>,
    role: Role,
}

impl Words {
    fn hold(&self, wanted: impl Fn(Field) -> bool) -> bool {
        match &self.value {
            Value::Field(field) => wanted(*field),
            Value::Groups(regex) => find::groups_of(regex).any(|(_, field)| wanted(field)),
        }
    }

    fn names_objects(&self) -> bool {
        self.hold(|field| field == Field::Objects)
    }
}

/// Which fields words hold.
#[derive(Debug, Clone)]
enum Value {
    /// All of the words are one field.
    Field(Field),
    /// The groups of a pattern.
    Groups(Matcher),
}

/// How the words of `objects` or `reference` are parted when there are several.
#[derive(Debug, Clone, Default)]
struct Items {
    /// Where a value of several is parted.
    split: Vec<String>,
    /// What one item looks like, with groups `object` and, if it states one, `impact`.
    item: Option<Matcher>,
}

/// Words behind a label: the next cell, behind a colon, or the line below.
#[derive(Debug, Clone)]
struct Label {
    /// Lower case, without a colon; one that ends in `*` stands for all that begin so.
    names: Vec<String>,
    take: Take,
    place: Place,
    times: Times,
    words: Words,
}

/// How far the words behind a label reach.
#[derive(Debug, Clone)]
enum Take {
    /// The rest of its cell, or the next cell, or behind a colon the line below.
    Value,
    /// The line below.
    Below,
    /// All lines below, to the first that matches or to the end.
    Lines { until: Option<Matcher> },
}

/// Words of a text by a pattern, its groups being fields.
#[derive(Debug, Clone)]
struct Pattern {
    place: Place,
    times: Times,
    words: Words,
}

/// A table read by the names in its heading row; each row below is a record.
#[derive(Debug, Clone)]
struct Grid {
    /// Names that the heading must have, normalised.
    header: Vec<String>,
    columns: Vec<Column>,
    keep: Vec<RowFilter>,
    skip: Vec<RowFilter>,
    /// What a row that is none of this table looks like.
    until: Option<Matcher>,
    place: Place,
    role: Role,
}

/// One column of a grid, by any of its names.
#[derive(Debug, Clone)]
struct Column {
    names: Vec<String>,
    words: Words,
}

/// A condition on a row: what its cell of that column must, or must not, look like.
#[derive(Debug, Clone)]
struct RowFilter {
    column: String,
    matches: Matcher,
}

/// A property of an iCalendar event.
#[derive(Debug, Clone)]
struct Property {
    /// Upper case.
    name: String,
    words: Words,
}

/// A phrase and what it says; the first of a profile's that fits wins.
#[derive(Debug, Clone)]
struct Phrase<T> {
    wording: Wording,
    is: T,
    /// Where the mail itself is searched for it; none when only words that a rule led to are.
    place: Option<Place>,
}

#[derive(Debug, Clone)]
enum Wording {
    /// Held anywhere, in any case; the pattern looks for just that, without copying the text it looks in.
    Text { text: String, anywhere: Matcher },
    Pattern {
        /// As the profile has it.
        written: String,
        pattern: Matcher,
    },
}

impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => f.pad(text),
            Self::Pattern { written, .. } => f.pad(written),
        }
    }
}

impl<T> Phrase<T> {
    fn fits(&self, words: &str) -> bool {
        match &self.wording {
            Wording::Text { anywhere, .. } => anywhere.is_match(words),
            Wording::Pattern { pattern, .. } => pattern.is_match(words),
        }
    }
}

impl Profile {
    /// Reads a profile; `file` is only named in errors.
    ///
    /// # Errors
    /// [`ProfileError`] with line and column, for anything that is no profile, down to a pattern or a zone.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        check::parse(file, text)
    }

    /// The IANA name of the zone of times that name none.
    #[must_use]
    pub fn default_zone(&self) -> Option<&str> {
        self.zone.default.as_deref()
    }
}

/// A profile that ships: its vendor's id, its file's name, and its text.
pub type ShippedProfile = (&'static str, &'static str, &'static str);

/// All profiles at hand, by vendor. One that ships is compiled when it is first asked for: most commands need none.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    vendor: VendorId,
    shipped: Option<ShippedProfile>,
    read: OnceLock<Profile>,
}

impl Entry {
    fn profile(&self) -> &Profile {
        self.read.get_or_init(|| {
            let (_, file, text) = self.shipped.expect("what does not ship was read before");
            check::parse_ours(file, text).unwrap_or_else(|error| panic!("a profile that ships is right: {error}"))
        })
    }
}

impl Profiles {
    /// Profiles in the order of their vendors' ids; of two for one vendor the later replaces the earlier, so that a
    /// user's own folder overrides what ships.
    #[must_use]
    pub fn new(profiles: Vec<Profile>) -> Self {
        Self::with_shipped(&[], profiles)
    }

    /// Those that ship, and over them others, as [`Profiles::new`].
    ///
    /// # Panics
    /// When one that ships is none, at its first use.
    #[must_use]
    pub fn with_shipped(shipped: &[ShippedProfile], own: Vec<Profile>) -> Self {
        let shipped = shipped.iter().map(|profile| Entry {
            vendor: VendorId::new(profile.0).expect("the vendor of a profile that ships has an id"),
            shipped: Some(*profile),
            read: OnceLock::new(),
        });
        let mut entries: Vec<Entry> = shipped.collect();
        for profile in own {
            entries.retain(|known| known.vendor != profile.vendor);
            entries.push(Entry { vendor: profile.vendor.clone(), shipped: None, read: OnceLock::from(profile) });
        }
        entries.sort_by(|a, b| a.vendor.cmp(&b.vendor));
        Self { entries }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.entries.iter().map(Entry::profile)
    }

    /// The vendors that have one.
    pub fn vendors(&self) -> impl Iterator<Item = &VendorId> {
        self.entries.iter().map(|entry| &entry.vendor)
    }

    /// The profile of a vendor.
    #[must_use]
    pub fn get(&self, vendor: &VendorId) -> Option<&Profile> {
        self.entries.iter().find(|entry| entry.vendor == *vendor).map(Entry::profile)
    }

    /// What the profile of a vendor says of its terms; of one that ships without compiling the rest.
    ///
    /// # Panics
    /// When one that ships is none.
    #[must_use]
    pub fn terms(&self, vendor: &VendorId) -> Option<ProfileTerms> {
        let entry = self.entries.iter().find(|entry| entry.vendor == *vendor)?;
        Some(match (entry.read.get(), entry.shipped) {
            (None, Some((_, file, text))) => {
                check::terms_alone(file, text).unwrap_or_else(|error| panic!("a profile that ships is right: {error}"))
            }
            (Some(_), _) | (None, None) => entry.profile().terms,
        })
    }

    /// The profile that reads a message.
    #[must_use]
    pub fn recognise(&self, message: &Message) -> Option<&Profile> {
        let look = Look::at(message);
        self.iter().find(|profile| profile.recognises_in(&look))
    }

    /// How near each profile comes to a message, those that recognise it first. One that reads it stands first.
    #[must_use]
    pub fn tried(&self, message: &Message) -> Vec<Tried> {
        let look = Look::at(message);
        let mut tried: Vec<Tried> = self.iter().filter_map(|profile| profile.tried(&look)).collect();
        tried.sort_by_key(|tried| {
            (!tried.recognises(), !tried.sent, tried.against.len(), std::cmp::Reverse(tried.held.len()))
        });
        tried
    }

    /// The profile of the vendor that calls itself so in `X-MAINTNOTE-PROVIDER`.
    pub(super) fn of_provider(&self, name: &str) -> Option<&Profile> {
        let name = name.trim().to_lowercase();
        self.iter().find(|p| p.providers.iter().any(|known| known.trim().to_lowercase() == name))
    }

    /// The profile of the vendor that an address belongs to.
    pub(super) fn of_sender(&self, address: &str) -> Option<&Profile> {
        self.iter().find(|profile| profile.sends(address))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
