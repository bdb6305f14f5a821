//! A recognised notice to announcements, by the rules of its vendor's profile.

use std::cell::OnceCell;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::find::{gather, phrase};
use super::patterns::Matcher;
use super::record::{Found, Gathered, Record};
use super::times::{TimeReader, missing, unreadable};
use super::{Field, Phrase, Profile, WindowsStated};
use crate::names::{Digest, Reference};
use crate::notice::announcement::{Announcement, AnnouncementFlag, FieldSource, Grade};
use crate::notice::message::Message;
use crate::notice::reading::{Doubt, Unreadable};
use crate::notice::status::Status;
use crate::notice::text::{CELL_BREAK, beyond};
use crate::time::Zones;
use crate::window::{Impact, StatedObject, Window};

/// Most objects of one notice: a whole metro ring of circuits is some hundreds.
const MAX_OBJECTS: usize = 5_000;

/// Most bytes that the announcements of a notice repeat of what it says once: each keeps the words that it was read from.
const MAX_REPEATED_BYTES: usize = 64 * 1024 * 1024;

/// How many hexadecimal digits of a digest serve as a reference.
const DIGEST_DIGITS: usize = 16;

/// What a notice announces, read by its vendor's profile: one announcement, or one for each reference that its rows name.
///
/// # Errors
/// [`Unreadable`] when it gives no reference, half a window, or words for a field that no rule reads.
pub(in crate::notice) fn read(
    profile: &Profile,
    message: &Message,
    zones: &Zones,
) -> Result<Vec<Announcement>, Unreadable> {
    let Gathered { notice, rows, unread_tables, several_starts } = gather(profile, message)?;
    let subject = message.facts.subject.as_ref().map_or(0, String::len);
    if (notice.bytes() + subject).saturating_mul(rows.len()) > MAX_REPEATED_BYTES {
        return Err(beyond("what it says of all its rows", MAX_REPEATED_BYTES, "bytes"));
    }
    let prose = Prose { profile, message, status: OnceCell::new(), impact: OnceCell::new() };
    by_reference(rows)
        .into_iter()
        .map(|rows| {
            let mut said = Reader::new(profile, message, zones, &notice, rows, &prose).announcement()?;
            said.doubts.extend(unread_tables.iter().map(|heading| Doubt::TableNotRead { heading: heading.clone() }));
            let several =
                several_starts.clone().map(|values| Doubt::SeveralStated { field: Field::Start.word().into(), values });
            said.doubts.extend(several);
            Ok(said)
        })
        .collect()
}

/// What the phrases of a profile find in the mail itself: looked for once, however many maintenances its rows name.
struct Prose<'r, 'a> {
    profile: &'a Profile,
    message: &'r Message,
    status: OnceCell<Option<(Status, FieldSource)>>,
    impact: OnceCell<Option<(Impact, FieldSource)>>,
}

impl Prose<'_, '_> {
    fn status(&self) -> Option<(Status, FieldSource)> {
        let look = || phrase(self.profile, &self.profile.statuses, Field::Status, self.message);
        self.status.get_or_init(look).clone()
    }

    fn impact(&self) -> Option<(Impact, FieldSource)> {
        let look = || phrase(self.profile, &self.profile.impacts, Field::Impact, self.message);
        self.impact.get_or_init(look).clone()
    }
}

/// Rows of one maintenance together, in the order in which references come up; rows that name none belong to the first.
fn by_reference(rows: Vec<Record<'_>>) -> Vec<Vec<Record<'_>>> {
    let mut groups: Vec<(Option<String>, Vec<Record<'_>>)> = Vec::new();
    for row in rows {
        let reference = row.get(Field::Reference).map(|found| found.line().to_lowercase());
        match groups.iter_mut().find(|(known, _)| *known == reference) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((reference, vec![row])),
        }
    }
    let unnamed = groups.iter().position(|(reference, _)| reference.is_none());
    let unnamed = unnamed.map(|at| groups.remove(at).1).unwrap_or_default();
    match groups.first_mut() {
        Some((_, first)) => first.extend(unnamed),
        None => groups.push((None, unnamed)),
    }
    groups.into_iter().map(|(_, rows)| rows).collect()
}

struct Reader<'r, 'a> {
    message: &'r Message,
    notice: &'r Record<'a>,
    rows: Vec<Record<'a>>,
    prose: &'r Prose<'r, 'a>,
    times: TimeReader<'a>,
    sources: Vec<FieldSource>,
    flags: Vec<AnnouncementFlag>,
}

impl<'r, 'a> Reader<'r, 'a> {
    fn new(
        profile: &'a Profile,
        message: &'r Message,
        zones: &'a Zones,
        notice: &'r Record<'a>,
        rows: Vec<Record<'a>>,
        prose: &'r Prose<'r, 'a>,
    ) -> Self {
        let times =
            TimeReader { profile, zones, sent: message.facts.sent_at, doubts: Vec::new(), unread_statement: false };
        Self { message, notice, rows, prose, times, sources: Vec::new(), flags: Vec::new() }
    }

    fn announcement(mut self) -> Result<Announcement, Unreadable> {
        let profile = self.times.profile;
        let account = self.line(Field::Account);
        let reference = self.reference()?;
        let replaces = self.line(Field::Replaces).map(|text| reference_of(Field::Replaces, &text)).transpose()?;
        let status = self.status()?;
        let impact = self.impact();
        let (windows, known_start) = self.windows(status)?;
        let announces = matches!(status, Some(Status::Tentative | Status::Confirmed | Status::Rescheduled));
        if announces && windows.is_empty() && self.times.doubts.is_empty() {
            self.times.doubt_once(Doubt::NoWindow);
        }
        let objects = self.objects()?;
        let actual_end = self.times.actual_end(self.notice)?;
        if actual_end.is_some() {
            self.note(Field::ActualEnd);
        }
        let summary = self.line(Field::Summary).or_else(|| self.message.facts.subject.clone());
        if impact.is_none() && objects.iter().all(|object| object.impact.is_none()) {
            self.flags.push(AnnouncementFlag::ImpactNotStated);
        }
        if status.is_none() {
            self.flags.push(AnnouncementFlag::StatusNotStated);
        }
        if self.times.unread_statement {
            self.flags.push(AnnouncementFlag::SecondStatementUnread);
        }
        if profile.windows == WindowsStated::Partial {
            self.flags.push(AnnouncementFlag::PartialWindows);
        }
        self.flags.sort_unstable();
        self.flags.dedup();
        Ok(Announcement {
            vendor: profile.vendor.clone(),
            account,
            reference,
            replaces,
            status,
            windows,
            known_start,
            impact,
            objects,
            actual_end,
            sequence: None,
            stamp: None,
            summary,
            grade: Grade::Profile,
            sources: self.sources,
            flags: self.flags,
            doubts: self.times.doubts,
        })
    }

    /// A field of the rows where they agree about it, else of the notice.
    fn found(&self, field: Field) -> Option<Found<'a>> {
        let mut of_rows = self.rows.iter().filter_map(|row| row.get(field));
        let first = of_rows.next();
        let agreed = first.filter(|first| of_rows.all(|other| other.text.to_lowercase() == first.text.to_lowercase()));
        agreed.or_else(|| self.notice.get(field)).cloned()
    }

    fn note(&mut self, field: Field) -> Option<Found<'a>> {
        let found = self.found(field)?;
        self.sources.push(found.source.clone());
        Some(found)
    }

    fn line(&mut self, field: Field) -> Option<String> {
        self.note(field).map(|found| found.line())
    }

    /// The reference stated, else the digest of the fields that the profile names for it.
    fn reference(&mut self) -> Result<Reference, Unreadable> {
        if let Some(text) = self.line(Field::Reference) {
            return reference_of(Field::Reference, &text);
        }
        let digest = &self.times.profile.digest;
        if digest.is_empty() {
            return Err(missing("reference"));
        }
        let mut words = Vec::new();
        for field in digest {
            let found = self.found(*field).ok_or_else(|| missing("reference"))?;
            words.push(found.line().split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
        }
        let whole = Digest::of_parts(words.iter().map(String::as_str));
        let text = &whole.as_str()[..DIGEST_DIGITS];
        let names: Vec<&str> = digest.iter().map(|field| field.word()).collect();
        self.flags.push(AnnouncementFlag::ReferenceDerived);
        self.sources.push(FieldSource {
            field: Field::Reference.word().into(),
            part: "message".into(),
            rule: format!("digest of {}", names.join(", ")),
            text: words.join(" | "),
            span: None,
        });
        reference_of(Field::Reference, text)
    }

    /// The words of a label or of the rows by the profile's phrases, else as the standard's word; for want of words by
    /// phrases in the mail.
    fn status(&mut self) -> Result<Option<Status>, Unreadable> {
        let profile = self.times.profile;
        let own = self.notice.get(Field::Status);
        let mut stated: Vec<&Found<'a>> = match own {
            Some(own) => vec![own],
            None => self.rows.iter().filter_map(|row| row.get(Field::Status)).collect(),
        };
        stated.dedup_by_key(|found| found.text.clone());
        let mut statuses: Vec<Status> = Vec::new();
        for found in &stated {
            let status = status_of(&profile.statuses, found)?;
            if !statuses.contains(&status) {
                statuses.push(status);
            }
        }
        self.sources.extend(stated.first().map(|found| found.source.clone()));
        match statuses.as_slice() {
            [only] => return Ok(Some(*only)),
            [] => {}
            [_, ..] => {
                let words: Vec<String> = stated.iter().map(|found| found.line()).collect();
                self.times.doubt_once(Doubt::StatusesDiffer { statuses: words.join(", ") });
                return Ok(None);
            }
        }
        if let Some((status, source)) = self.prose.status() {
            self.sources.push(source);
            return Ok(Some(status));
        }
        Ok(profile.default_status)
    }

    /// The impact of the whole notice: under a label of its own, else by phrases in the mail.
    fn impact(&mut self) -> Option<Impact> {
        if let Some(found) = self.notice.get(Field::Impact) {
            self.sources.push(found.source.clone());
            let text = found.line();
            return Some(self.impact_of(&text));
        }
        let (impact, source) = self.prose.impact()?;
        self.sources.push(source);
        Some(impact)
    }

    /// An impact by the profile's phrases, else as the standard's word. One that neither knows counts as OUTAGE.
    fn impact_of(&mut self, text: &str) -> Impact {
        let phrases = &self.times.profile.impacts;
        let known = phrases.iter().find(|phrase| phrase.fits(text)).map(|phrase| phrase.is);
        known.or_else(|| text.parse().ok()).unwrap_or_else(|| {
            self.flags.push(AnnouncementFlag::ImpactUnknown);
            Impact::Outage
        })
    }

    /// The windows of the rows, each with the objects of its row; where no row states one, that of the notice. A
    /// cancellation or completion that names a start alone only says which of the known windows is meant.
    fn windows(&mut self, status: Option<Status>) -> Result<(Vec<Window>, Option<DateTime<Utc>>), Unreadable> {
        let ends = matches!(status, Some(Status::Cancelled | Status::Completed));
        let rows: Vec<Record<'a>> = self.rows.iter().filter(|row| row.states_a_window()).cloned().collect();
        let of_notice = rows.is_empty();
        let rows = if of_notice { vec![self.notice.clone()] } else { rows };
        if let (true, [row]) = (ends, rows.as_slice())
            && let Some(start) = self.times.start_alone(row, self.notice)?
        {
            return Ok((Vec::new(), Some(start)));
        }
        let mut windows: Vec<Window> = Vec::new();
        for row in &rows {
            let Some(stated) = self.times.stated(row, self.notice)? else { continue };
            let ordinal = u32::try_from(windows.len()).unwrap_or(u32::MAX).saturating_add(1);
            let renamed = |source: &FieldSource| FieldSource {
                field: format!("window {ordinal} {}", source.field),
                ..source.clone()
            };
            let sources: Vec<FieldSource> = stated.sources.iter().map(renamed).collect();
            let mut window = self.times.window(stated, ordinal, row);
            window.objects = if of_notice { Vec::new() } else { self.objects_of_row(row)? };
            let same = |known: &&mut Window| known.interval == window.interval && known.role == window.role;
            if let Some(known) = windows.iter_mut().find(same) {
                // A table with a row for each object states the same window again and again.
                let mut objects = Objects::of(std::mem::take(&mut known.objects));
                window.objects.into_iter().try_for_each(|object| objects.put(object))?;
                known.objects = objects.list;
            } else {
                self.sources.extend(sources);
                windows.push(window);
            }
        }
        Ok((windows, None))
    }

    fn objects_of_row(&mut self, row: &Record<'a>) -> Result<Vec<StatedObject>, Unreadable> {
        match row.get(Field::Objects) {
            Some(found) => self.objects_in(found, row.get(Field::Impact)),
            None => Ok(Vec::new()),
        }
    }

    /// All objects named, each once: what a row says of an impact stands before a bare mention.
    fn objects(&mut self) -> Result<Vec<StatedObject>, Unreadable> {
        let mut objects = Objects::default();
        let rows: Vec<Record<'a>> = self.rows.iter().filter(|row| row.has(Field::Objects)).cloned().collect();
        for row in &rows {
            let of_row = self.objects_of_row(row)?;
            self.sources.extend(row.get(Field::Objects).map(|found| found.source.clone()));
            of_row.into_iter().try_for_each(|object| objects.put(object))?;
        }
        if let Some(found) = self.notice.get(Field::Objects) {
            self.sources.push(found.source.clone());
            let of_notice = self.objects_in(found, None)?;
            of_notice.into_iter().try_for_each(|object| objects.put(object))?;
        }
        Ok(objects.list)
    }

    fn objects_in(&mut self, found: &Found<'_>, impact: Option<&Found<'_>>) -> Result<Vec<StatedObject>, Unreadable> {
        let of_row = impact.map(|impact| self.impact_of(&impact.line()));
        let mut objects = Objects::default();
        for item in found.items.parts(&found.text) {
            let mut object = self.object(item, found.items.item.as_ref())?;
            object.impact = object.impact.or(of_row);
            objects.put(object)?;
        }
        Ok(objects.list)
    }

    fn object(&mut self, item: &str, pattern: Option<&Matcher>) -> Result<StatedObject, Unreadable> {
        let Some(pattern) = pattern else { return Ok(StatedObject { name: item.to_owned(), impact: None }) };
        let groups = pattern
            .captures(item)
            .ok_or_else(|| unreadable(Field::Objects, item, "it does not look like the profile's items"))?;
        let name = groups.name("object").map_or(item, |group| group.as_str().trim()).to_owned();
        let impact = groups.name("impact").map(|group| self.impact_of(group.as_str()));
        Ok(StatedObject { name, impact })
    }
}

/// Objects in the order in which they are first named.
#[derive(Default)]
struct Objects {
    list: Vec<StatedObject>,
    /// Where in the list each name stands: a notice may say one many thousand times.
    places: HashMap<String, usize>,
}

impl Objects {
    fn of(list: Vec<StatedObject>) -> Self {
        let places = list.iter().enumerate().map(|(place, object)| (object.name.clone(), place)).collect();
        Self { list, places }
    }

    /// Puts an object to those known: one of the same name is the same, and counts at the worse of two stated impacts.
    fn put(&mut self, object: StatedObject) -> Result<(), Unreadable> {
        if let Some(place) = self.places.get(&object.name) {
            let known = &mut self.list[*place];
            known.impact = known.impact.max(object.impact);
            return Ok(());
        }
        if self.list.len() == MAX_OBJECTS {
            return Err(beyond("its objects", MAX_OBJECTS, "objects"));
        }
        self.places.insert(object.name.clone(), self.list.len());
        self.list.push(object);
        Ok(())
    }
}

fn reference_of(field: Field, text: &str) -> Result<Reference, Unreadable> {
    Reference::new(text).map_err(|error| unreadable(field, text, error.to_string()))
}

fn status_of(phrases: &[Phrase<Status>], found: &Found<'_>) -> Result<Status, Unreadable> {
    let text = found.text.replace(CELL_BREAK, " ");
    let known = phrases.iter().find(|phrase| phrase.fits(&text)).map(|phrase| phrase.is);
    known
        .map_or_else(|| text.parse(), Ok)
        .map_err(|error: crate::notice::UnknownStatus| unreadable(Field::Status, &text, error.to_string()))
}
