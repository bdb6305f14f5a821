//! Running the samples of profiles: each notice is read, and what it says is compared with what stands beside it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::super::error::AppError;
use super::super::settings::Settings;
use super::super::shipped::{self, entries};
use crate::notice::{
    Message, Profile, Profiles, Reader, Reading, ReceivedHints, Sample, Unlike, read, received, received_unread,
};
use crate::written::{Problem, SourceFile};

/// Largest sample read, as the largest message.
const MAX_SAMPLE_BYTES: u64 = crate::mail::MAX_MESSAGE_BYTES;

/// A notice with what it must say.
struct Case {
    vendor: String,
    name: String,
    raw: Vec<u8>,
    /// The file that says it; none when there is none.
    beside: Option<SourceFile>,
}

/// How one sample was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleRead {
    /// Whose sample.
    pub vendor: String,
    /// Its name, without ending.
    pub sample: String,
    /// Where it was read otherwise; empty when it says what it must.
    pub unlike: Vec<Unlike>,
}

impl Settings {
    /// Reads the samples of the shipped profiles, or of a folder that holds a `profile.toml` or folders that do, and
    /// compares.
    ///
    /// # Errors
    /// [`AppError::Wrong`] for a profile or a result with a mistake, [`AppError::File`] when one cannot be read,
    /// [`AppError::Usage`] when the folder has no profile.
    pub fn test_profiles(&self, folder: Option<&Path>) -> Result<Vec<SampleRead>, AppError> {
        let (own, cases) = match folder {
            None => (Vec::new(), shipped_cases()),
            Some(folder) => in_folder(folder)?,
        };
        // A profile that is being tested stands in the place of the one known for its vendor.
        let profiles = Profiles::new(self.profiles.iter().cloned().chain(own).collect());
        let profiles = if folder.is_none() { shipped::profiles(Path::new(""))? } else { profiles };
        let reader = Reader { profiles: &profiles, zones: &self.zones, own_domains: &[] };
        cases.iter().map(|case| case.run(&reader)).collect()
    }
}

fn shipped_cases() -> Vec<Case> {
    let case = |sample: &shipped::ShippedSample| Case {
        vendor: sample.vendor.to_owned(),
        name: sample.name.to_owned(),
        raw: sample.raw.to_vec(),
        beside: Some(SourceFile {
            name: format!("schedules/vendors/{}/{}.toml", sample.vendor, sample.name),
            text: sample.beside.to_owned(),
        }),
    };
    shipped::SAMPLES.iter().map(case).collect()
}

fn in_folder(folder: &Path) -> Result<(Vec<Profile>, Vec<Case>), AppError> {
    let has_profile = |folder: &PathBuf| folder.join("profile.toml").is_file();
    let folders = if has_profile(&folder.to_owned()) {
        vec![folder.to_owned()]
    } else {
        entries(folder)?.into_iter().filter(has_profile).collect()
    };
    if folders.is_empty() {
        let what = format!("no profile.toml in `{}`, nor in a folder of it", folder.display());
        return Err(AppError::usage(what, "name the folder of a vendor, or one that holds such folders"));
    }
    let (mut profiles, mut cases) = (Vec::new(), Vec::new());
    for folder in &folders {
        let profile = shipped::profile_in(&folder.join("profile.toml"))?;
        for path in entries(folder)?.iter().filter(|path| path.extension().is_some_and(|ending| ending == "eml")) {
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let beside = path.with_extension("toml");
            let beside = if beside.is_file() { Some(source_file(&beside)?) } else { None };
            cases.push(Case { vendor: profile.vendor.to_string(), name, raw: bytes(path)?, beside });
        }
        profiles.push(profile);
    }
    Ok((profiles, cases))
}

fn bytes(path: &Path) -> Result<Vec<u8>, AppError> {
    let failed = |error| AppError::file("read", path, error);
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_SAMPLE_BYTES {
        return Err(failed(std::io::Error::other(format!("it is larger than {MAX_SAMPLE_BYTES} bytes"))));
    }
    std::fs::read(path).map_err(failed)
}

fn source_file(path: &Path) -> Result<SourceFile, AppError> {
    let text = String::from_utf8(bytes(path)?);
    let text = text.map_err(|_| AppError::file("read", path, std::io::Error::other("it is no UTF-8")))?;
    Ok(SourceFile { name: path.display().to_string(), text })
}

impl Case {
    fn run(&self, reader: &Reader<'_>) -> Result<SampleRead, AppError> {
        let unlike = match &self.beside {
            Some(beside) => self.compared(beside, reader)?,
            None => vec![Unlike {
                field: format!("{}.toml", self.name),
                expected: "a file beside the sample".into(),
                read: Value::Null,
            }],
        };
        Ok(SampleRead { vendor: self.vendor.clone(), sample: self.name.clone(), unlike })
    }

    fn compared(&self, beside: &SourceFile, reader: &Reader<'_>) -> Result<Vec<Unlike>, AppError> {
        let expected: Sample = toml::from_str(&beside.text).map_err(|error| {
            let place = error.span().unwrap_or(0..0);
            let problem = Problem::at(beside, place, error.message().trim().to_owned(), None);
            AppError::Wrong { files: vec![beside.clone()], problems: vec![problem] }
        })?;
        let (reading, received_at) = self.read(reader);
        let otherwise = |read: String| {
            vec![Unlike { field: "reading".into(), expected: "announcements".into(), read: read.into() }]
        };
        Ok(match reading {
            Reading::Understood { announcements } => expected.unlike(&Sample::of(&announcements, received_at)),
            Reading::Irrelevant { why } => otherwise(format!("no notice: {why}")),
            Reading::Unreadable { why, .. } => otherwise(format!("not understood: {why}")),
        })
    }

    /// A sample that does not say when it was received was received at the epoch, wherever it is tested.
    fn read(&self, reader: &Reader<'_>) -> (Reading, DateTime<Utc>) {
        let hints =
            ReceivedHints { internal_date: None, mbox_from: None, option: None, import_time: DateTime::UNIX_EPOCH };
        match Message::parse(&self.raw) {
            Ok(message) => (read(&message, reader), received(&message, &hints).at),
            Err(why) => (Reading::unreadable(why), received_unread(&hints).at),
        }
    }
}
