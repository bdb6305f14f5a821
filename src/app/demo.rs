//! The two stories, played through the whole program under a simulated clock.

mod script;
mod stage;

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use self::script::{Event, Script};
use self::stage::Stage;
use super::error::AppError;
use super::settings::{App, STORE_FILE, Settings};
use super::shipped::{DEMO, DEMO_SCRIPT};
use crate::verdict::Verdict;

/// The file that marks a folder as a demo, so that running it again may replace what is in it.
const MARK: &str = ".inwindow-demo";

/// Keys the demo's Message-IDs. It is no secret: the demo must come out the same everywhere.
const SECRET: [u8; 32] = *b"inwindow demo: no secret at all.";

/// What playing the stories gave.
#[derive(Debug, Clone, Serialize)]
pub struct DemoReport {
    /// By id.
    pub stories: Vec<StoryReport>,
    /// Mails in the maildir, by stage, in the order in which each stage was first mailed.
    pub mails: Vec<(String, usize)>,
}

/// What playing one story gave.
#[derive(Debug, Clone, Serialize)]
pub struct StoryReport {
    /// `A` or `B`.
    pub id: String,
    /// One line.
    pub title: String,
    /// The story in a few sentences.
    pub told: String,
    /// The IANA name of the zone its people are in.
    pub zone: String,
    /// What happened, in order.
    pub steps: Vec<DemoStep>,
    /// A local time that the clocks never showed, and what is said when it is typed.
    pub refused: Option<Refused>,
    /// The verdicts.
    pub rows: Vec<DemoRow>,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct DemoStep {
    /// When, by the simulated clock.
    pub at: DateTime<Utc>,
    /// `apply`, `notice`, `mail`, `down`, `up`, `said`, `audit` or `read`.
    pub event: &'static str,
    /// What.
    pub what: String,
}

/// A local time that does not exist, as typed.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// The asset asked about.
    pub asset: String,
    /// As typed.
    pub typed: String,
    /// What is said.
    pub error: String,
    /// What can be typed instead.
    pub help: String,
    /// The instant meant by somebody whose clock had not been changed.
    pub meant: DateTime<Utc>,
    /// The same instant as written on a changed clock, on one that was not, and in UTC.
    pub clocks: [String; 3],
    /// From when the elapsed time counts, on the wall clock.
    pub since: String,
    /// Elapsed seconds from then to the instant meant.
    pub elapsed_seconds: i64,
}

/// One verdict of a story.
#[derive(Debug, Clone, Serialize)]
pub struct DemoRow {
    /// What was asked, in words.
    pub what: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// Makes the folder a fresh demo: an earlier demo there is replaced, anything else is refused.
///
/// # Errors
/// [`AppError::Usage`] when the folder holds something else, [`AppError::File`].
pub fn prepare(folder: &Path) -> Result<(), AppError> {
    let is_demo = folder.join(MARK).is_file();
    let holds_something = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !is_demo {
        let what = format!("`{}` holds something that is no demo", folder.display());
        return Err(AppError::usage(what, "name a folder that is empty or does not exist"));
    }
    // The mark stays to the end, so that a run that was cut short can be repeated.
    write(&folder.join(MARK), "This folder was made by `inwindow demo`, which may replace all of it.\n")?;
    let entries = fs::read_dir(folder).map_err(|error| AppError::file("list", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| AppError::file("list", folder, error))?;
        if entry.file_name() != MARK {
            remove(&entry.path())?;
        }
    }
    DEMO.iter().try_for_each(|(name, text)| write(&folder.join(name), text))
}

/// Removes a file or a folder; a link is removed itself, never what it leads to.
fn remove(path: &Path) -> Result<(), AppError> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|error| AppError::file("remove", path, error))
}

fn write(path: &Path, text: &str) -> Result<(), AppError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| AppError::file("create", folder, error))?;
    }
    fs::write(path, text).map_err(|error| AppError::file("write", path, error))
}

/// Plays the stories in a folder made by [`prepare`].
///
/// # Errors
/// Any [`AppError`] of the use cases played.
pub fn play(settings: Settings) -> Result<DemoReport, AppError> {
    let script: Script = toml::from_str(DEMO_SCRIPT)
        .map_err(|error| AppError::usage(format!("the demo's script is broken: {error}"), "report this"))?;
    let first = script.story.iter().flat_map(|story| &story.event).next();
    let began = first.map_or(DateTime::UNIX_EPOCH, Event::at);
    debug_assert!(!settings.folder.join(STORE_FILE).exists(), "a demo is played in a fresh folder");
    let mut stage = Stage::new(App::create(settings, SECRET, began)?, began);
    let mut stories = script.story.iter().map(|story| stage.play(story)).collect::<Result<Vec<_>, _>>()?;
    stories.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(DemoReport { stories, mails: stage.mails()? })
}
