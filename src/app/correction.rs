//! What a person says a notice says: fields over what was read in it, or a whole file in the shape of the sample results
//! beside the vendors' profiles.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use toml::Spanned;

use super::error::AppError;
use super::ledger::Ledger;
use super::settings::{App, Settings};
use super::typed::TypedWindow;
use crate::names::{Reference, VendorId};
use crate::notice::{
    Announcement, AnnouncementFlag, Draft, FieldSource, Grade, Notice, Reading, Received, Status, differences,
};
use crate::time::{Interval, TimeFlag, WallSpan, parse_moment, read_wall_end};
use crate::window::{Impact, Role, StatedObject, Window, Written};
use crate::written::{Problem, SourceFile};

/// Largest file of corrected announcements: the longest sample result has a thousandth of it.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A field that is given, emptied, or left as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Given<T> {
    /// As it was read.
    #[default]
    Left,
    /// The notice does not say it.
    Unsaid,
    /// The notice says this.
    Said(T),
}

/// Fields over what was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Correction {
    /// Which announcement of several, from 1.
    pub place: Option<usize>,
    /// Whose maintenance.
    pub vendor: Option<VendorId>,
    /// The account it was written for.
    pub account: Given<String>,
    /// The vendor's reference.
    pub reference: Option<Reference>,
    /// The reference that it takes the place of.
    pub replaces: Given<Reference>,
    /// The status stated.
    pub status: Given<Status>,
    /// The windows with the words typed for their ends, and the zone they were typed in.
    pub windows: Given<(Vec<TypedWindow>, String)>,
    /// The impact stated for all of it.
    pub impact: Given<Impact>,
    /// The objects named.
    pub objects: Given<Vec<StatedObject>>,
    /// When the work really ended.
    pub ended_at: Given<DateTime<Utc>>,
    /// One line about it.
    pub summary: Given<String>,
    /// Where it stands among the vendor's notices.
    pub order: NoticeOrder,
}

/// Where a notice stands among its vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoticeOrder {
    /// By what it says of itself.
    #[default]
    AsStated,
    /// After all that are known.
    Newest,
}

impl App {
    /// Everything that a notice says once it is corrected so: the other announcements of it stay as they were read.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such notice; [`AppError::Usage`] when a field is missing without which
    /// nothing can be recorded, or the announcement meant is not named; [`AppError::Store`].
    pub fn correct_fields(
        &self,
        typed: &str,
        correction: &Correction,
        by: &str,
    ) -> Result<Vec<Announcement>, AppError> {
        let (notice, reading) = self.reading_of(typed)?;
        let mut announcements = reading.announcements().to_vec();
        let place = if announcements.is_empty() {
            announcements.push(blank(&notice, &reading, correction)?);
            0
        } else {
            super::review::chosen(correction.place, &announcements, &notice.id)?
        };
        let mut said = self.settings.over(announcements[place].clone(), correction, by);
        if correction.order == NoticeOrder::Newest {
            self.make_newest(&notice, &mut said)?;
        }
        announcements[place] = said;
        Ok(announcements)
    }

    /// Puts a notice after all others about the same maintenance.
    fn make_newest(&self, notice: &Notice, said: &mut Announcement) -> Result<(), AppError> {
        let ledger = Ledger::new(self)?;
        let mut known = ledger.of_notice(&notice.id)?;
        let vendor = ledger.vendor(&said.vendor).clone();
        known.extend(ledger.fitting(&Announcement { vendor, ..said.clone() })?);
        let after = known.iter().filter_map(|maintenance| maintenance.after_all_but(&notice.id)).max();
        said.sequence = None;
        said.stamp = after.or(said.stamp);
        Ok(())
    }
}

/// The announcement that a correction starts from where none was read: what general rules found without a doubt.
fn blank(notice: &Notice, reading: &Reading, correction: &Correction) -> Result<Announcement, AppError> {
    let (recognised, draft) = match reading {
        Reading::Unreadable { vendor, draft, .. } => (vendor.clone(), draft.as_deref().cloned().unwrap_or_default()),
        Reading::Understood { .. } | Reading::Irrelevant { .. } => (None, Draft::default()),
    };
    let missing = |field: &str| {
        let what = format!("nothing was read in {}, so --{field} is needed", notice.id);
        AppError::usage(what, "`inwindow review show ID` prints the notice")
    };
    let vendor = correction.vendor.clone().or(recognised).ok_or_else(|| missing("vendor"))?;
    // Of two references in the notice neither is taken for granted.
    let sure = draft.reference.clone().filter(|_| !draft.is_in_doubt("reference"));
    let reference = correction.reference.clone().or(sure).ok_or_else(|| missing("reference"))?;
    Ok(draft.settled(vendor, reference))
}

impl Settings {
    /// An announcement with the fields given, each with its author for a source, and without a doubt.
    fn over(&self, read: Announcement, correction: &Correction, by: &str) -> Announcement {
        let mut said = read.clone();
        said.vendor = correction.vendor.clone().unwrap_or(said.vendor);
        said.reference = correction.reference.clone().unwrap_or(said.reference);
        let Correction { account, replaces, status, windows, impact, objects, ended_at, summary, .. } = correction;
        account.clone().over(&mut said.account);
        replaces.clone().over(&mut said.replaces);
        status.clone().over(&mut said.status);
        impact.clone().over(&mut said.impact);
        ended_at.clone().over(&mut said.actual_end);
        summary.clone().over(&mut said.summary);
        match objects {
            Given::Left => {}
            Given::Unsaid => said.objects.clear(),
            Given::Said(objects) => said.objects.clone_from(objects),
        }
        match windows {
            Given::Left => {}
            Given::Unsaid => said.windows.clear(),
            Given::Said((windows, zone)) => said.windows = self.typed_windows(windows, zone),
        }
        said.grade = Grade::Typed;
        said.doubts.clear();
        said.flags = flags_of(&said);
        let mut sources = sources_of(&read, &said, by);
        let mut kept = read.sources;
        kept.retain(|source| !sources.iter().any(|new| takes_place(new, source)));
        sources.extend(kept);
        Announcement { sources, ..said }
    }

    /// The announcements of a file, in the shape of the sample results: `[[announcement]]` with `vendor`, `reference`, …
    ///
    /// # Errors
    /// [`AppError::Wrong`] with the place of what is wrong, [`AppError::File`] when it cannot be read.
    pub fn announcements_in(&self, path: &Path, received: Received, by: &str) -> Result<Vec<Announcement>, AppError> {
        let failed = |error| AppError::file("read", path, error);
        if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
            return Err(failed(std::io::Error::other("it is larger than 1 MiB")));
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let file = SourceFile { name: path.display().to_string(), text };
        let mut reader = FileReader { settings: self, file: &file, by, problems: Vec::new() };
        let announcements = reader.read(received);
        let problems = reader.problems;
        if problems.is_empty() { Ok(announcements) } else { Err(AppError::Wrong { files: vec![file], problems }) }
    }
}

impl<T> Given<T> {
    fn over(self, field: &mut Option<T>) {
        match self {
            Self::Left => {}
            Self::Unsaid => *field = None,
            Self::Said(value) => *field = Some(value),
        }
    }
}

/// What is not stated, by the fields as they stand.
fn flags_of(said: &Announcement) -> Vec<AnnouncementFlag> {
    let states_impact = said.impact.is_some() || said.objects.iter().any(|object| object.impact.is_some());
    let mut flags = Vec::new();
    if said.status.is_none() {
        flags.push(AnnouncementFlag::StatusNotStated);
    }
    if !states_impact {
        flags.push(AnnouncementFlag::ImpactNotStated);
    }
    flags
}

/// Where the corrected fields come from: the person who said them.
fn sources_of(read: &Announcement, said: &Announcement, by: &str) -> Vec<FieldSource> {
    let one = |said: &Announcement| Reading::Understood { announcements: vec![said.clone()] };
    let changed = differences(&one(read), &one(said)).into_iter();
    let changed = changed.filter(|change| change.field != "grade" && change.field != "in doubt");
    changed
        .map(|change| FieldSource {
            field: change.field,
            part: "correction".to_owned(),
            rule: by.to_owned(),
            text: change.after.unwrap_or_default(),
            span: None,
        })
        .collect()
}

/// Whether a corrected field takes the place of one that was read; those about windows go together.
fn takes_place(new: &FieldSource, read: &FieldSource) -> bool {
    let of_windows = ["start", "end", "date", "zone"];
    let about_window = |field: &str| field.starts_with("window") || of_windows.contains(&field);
    new.field == read.field || (about_window(&new.field) && about_window(&read.field))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "[[announcement]] tables")]
struct File {
    announcement: Vec<FileAnnouncement>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAnnouncement {
    vendor: Spanned<String>,
    reference: Spanned<String>,
    account: Option<String>,
    replaces: Option<Spanned<String>>,
    status: Option<Spanned<String>>,
    impact: Option<Spanned<String>>,
    summary: Option<String>,
    #[serde(default)]
    windows: Vec<FileWindow>,
    #[serde(default)]
    objects: Vec<FileObject>,
    actual_end: Option<Spanned<String>>,
    sequence: Option<i64>,
    stamp: Option<Spanned<String>>,
    received_at: Option<Spanned<String>>,
    doubts: Option<Spanned<Vec<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileWindow {
    start: Spanned<String>,
    end: Spanned<String>,
    zone: Option<Spanned<String>>,
    role: Option<Role>,
    #[serde(default)]
    flags: Vec<TimeFlag>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileObject {
    name: String,
    impact: Option<Spanned<String>>,
}

/// Reads one file, noting everything wrong in it.
struct FileReader<'a> {
    settings: &'a Settings,
    file: &'a SourceFile,
    by: &'a str,
    problems: Vec<Problem>,
}

impl FileReader<'_> {
    fn read(&mut self, received: Received) -> Vec<Announcement> {
        match toml::from_str::<File>(&self.file.text) {
            Ok(file) => file.announcement.into_iter().filter_map(|said| self.announcement(said, received)).collect(),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                self.problems.push(Problem::at(self.file, span, error.message().trim().to_owned(), None));
                Vec::new()
            }
        }
    }

    fn announcement(&mut self, said: FileAnnouncement, received: Received) -> Option<Announcement> {
        self.refuse_other_receipt(said.received_at.as_ref(), received);
        if let Some(doubts) = said.doubts.filter(|doubts| !doubts.get_ref().is_empty()) {
            self.wrong(&doubts, "what a person says is in no doubt".into(), "leave out `doubts`");
        }
        let vendor = self.parsed(&said.vendor, |text| VendorId::new(text).map_err(|e| e.to_string()));
        let reference = self.parsed(&said.reference, |text| Reference::new(text).map_err(|e| e.to_string()));
        let replaces =
            said.replaces.and_then(|text| self.parsed(&text, |t| Reference::new(t).map_err(|e| e.to_string())));
        let status =
            said.status.and_then(|text| self.parsed(&text, |t| t.parse::<Status>().map_err(|e| e.to_string())));
        let impact = said.impact.and_then(|text| self.impact(&text));
        let windows = said.windows.into_iter().zip(1..).filter_map(|(window, ordinal)| self.window(window, ordinal));
        let windows: Vec<Window> = windows.collect();
        let object = |object: FileObject| StatedObject {
            name: object.name,
            impact: object.impact.and_then(|impact| self.impact(&impact)),
        };
        let objects = said.objects.into_iter().map(object).collect();
        let actual_end = said.actual_end.and_then(|at| self.moment(&at, None));
        let stamp = said.stamp.and_then(|at| self.moment(&at, None));
        let said = Announcement {
            vendor: vendor?,
            account: said.account,
            reference: reference?,
            replaces,
            status,
            windows,
            impact,
            objects,
            known_start: None,
            actual_end,
            sequence: said.sequence,
            stamp,
            summary: said.summary,
            grade: Grade::Typed,
            sources: vec![FieldSource {
                field: "all".into(),
                part: self.file.name.clone(),
                rule: self.by.to_owned(),
                text: String::new(),
                span: None,
            }],
            flags: Vec::new(),
            doubts: Vec::new(),
        };
        Some(Announcement { flags: flags_of(&said), ..said })
    }

    /// When a notice was received is the notice's own, and no correction moves it.
    fn refuse_other_receipt(&mut self, typed: Option<&Spanned<String>>, received: Received) {
        let Some(typed) = typed else { return };
        if self.moment(typed, None).is_some_and(|at| at != received.at) {
            let own = received.at.format("%Y-%m-%dT%H:%M:%SZ");
            self.wrong(typed, format!("the notice was received {own}"), "leave out `received_at`");
        }
    }

    fn window(&mut self, window: FileWindow, ordinal: u32) -> Option<Window> {
        let zone = window.zone.as_ref().map(|zone| zone.get_ref().as_str());
        let (start, end) = (self.moment(&window.start, zone)?, self.moment(&window.end, zone)?);
        let interval = match Interval::new(start, end) {
            Ok(interval) => interval,
            Err(error) => {
                self.wrong(&window.end, error.to_string(), "give an end that is later than the start");
                return None;
            }
        };
        let written = Written {
            start: window.start.get_ref().clone(),
            end: window.end.get_ref().clone(),
            zone: zone.map(str::to_owned),
        };
        let wall = self.wall(&window, zone)?;
        let typed = self
            .settings
            .typed_windows(&[TypedWindow { interval, wall, written }], zone.unwrap_or("UTC"))
            .into_iter()
            .next()?;
        Some(Window { ordinal, role: window.role.unwrap_or(Role::Primary), flags: window.flags, ..typed })
    }

    /// What the words say, to be read again when zone rules change.
    fn wall(&self, window: &FileWindow, zone: Option<&str>) -> Option<WallSpan> {
        let end = |text: &Spanned<String>| read_wall_end(text.get_ref(), zone, &self.settings.zones).ok();
        Some(WallSpan::Ends { start: end(&window.start)?, end: end(&window.end)? })
    }

    fn impact(&mut self, text: &Spanned<String>) -> Option<Impact> {
        self.parsed(text, |text| text.parse::<Impact>().map_err(|error| error.to_string()))
    }

    fn moment(&mut self, text: &Spanned<String>, zone: Option<&str>) -> Option<DateTime<Utc>> {
        match parse_moment(text.get_ref(), zone, &self.settings.zones) {
            Ok(at) => Some(at),
            Err(error) => {
                self.wrong(text, error.to_string(), &error.help());
                None
            }
        }
    }

    fn parsed<T>(&mut self, text: &Spanned<String>, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match parse(text.get_ref()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Problem::at(self.file, text.span(), message, None));
                None
            }
        }
    }

    fn wrong<T>(&mut self, value: &Spanned<T>, message: String, help: &str) {
        self.problems.push(Problem::at(self.file, value.span(), message, Some(help.to_owned())));
    }
}
