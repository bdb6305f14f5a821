//! Files of standing windows: those that ship, those of the user's folder over them, and those named one by one.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::AppError;
use super::shipped;
use crate::names::nearest;
use crate::time::Zones;
use crate::window::standing::{MAX_STANDING_BYTES, StandingFile};
use crate::written::SourceFile;

/// The folder in the data folder whose files go before those that ship.
const FOLDER: &str = "windows";

/// A file of standing windows, not yet checked.
#[derive(Debug, Clone)]
pub struct WindowsFile {
    /// What it is asked for by: the name of the file without `.toml`.
    pub name: String,
    /// Where it is from.
    pub origin: WindowsOrigin,
    /// The file with its text.
    pub source: SourceFile,
}

/// Where a file of standing windows is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowsOrigin {
    /// It ships inside the program.
    Shipped,
    /// It is in the folder `windows` of the data folder.
    Own,
    /// It was named.
    Given,
}

impl WindowsOrigin {
    /// As people read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Own => "own",
            Self::Given => "given",
        }
    }
}

/// All files that can be asked for by name, in its order; those of the data folder in place of shipped ones of the same name.
///
/// # Errors
/// [`AppError::File`] when the folder or a file in it cannot be read.
pub fn known_windows(data: &Path) -> Result<Vec<WindowsFile>, AppError> {
    let own = own_files(&data.join(FOLDER))?;
    let files = own.iter().map(|path| read_windows(path)).collect::<Result<_, _>>()?;
    Ok(with_shipped(files, &own))
}

/// Files of the data folder with those that ship, but for these that one of theirs takes the place of, `own`, read or not.
fn with_shipped(files: Vec<WindowsFile>, own: &[PathBuf]) -> Vec<WindowsFile> {
    let mut files: Vec<WindowsFile> =
        files.into_iter().map(|file| WindowsFile { origin: WindowsOrigin::Own, ..file }).collect();
    for (name, text) in shipped::WINDOWS {
        if own.iter().all(|own| own.file_stem().is_none_or(|stem| stem != *name)) {
            let source = SourceFile { name: format!("schedules/windows/{name}.toml"), text: (*text).to_owned() };
            files.push(WindowsFile { name: (*name).to_owned(), origin: WindowsOrigin::Shipped, source });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

/// As [`known_windows`], without the files that cannot be read, and these.
///
/// # Errors
/// [`AppError::File`] when the folder cannot be read.
pub(super) fn readable_windows(data: &Path) -> Result<(Vec<WindowsFile>, Vec<BrokenWindows>), AppError> {
    let own = own_files(&data.join(FOLDER))?;
    let (mut files, mut broken) = (Vec::new(), Vec::new());
    for path in &own {
        match read_windows(path) {
            Ok(file) => files.push(file),
            Err(error) => {
                let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                broken.push(BrokenWindows { file: path.display().to_string(), what: cause });
            }
        }
    }
    Ok((with_shipped(files, &own), broken))
}

fn own_files(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let is_toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml") && path.is_file();
    Ok(shipped::entries(folder)?.into_iter().filter(is_toml).collect())
}

/// A file by its name among the known ones, else by its path.
///
/// # Errors
/// [`AppError::Unknown`] with the nearest name when it is neither; [`AppError::File`] when it cannot be read.
pub fn named_windows(typed: &str, data: &Path) -> Result<WindowsFile, AppError> {
    let known = known_windows(data)?;
    if let Some(found) = known.iter().find(|file| file.name == typed) {
        return Ok(found.clone());
    }
    let path = Path::new(typed);
    if path.exists() || typed.contains(['/', '.']) {
        return read_windows(path);
    }
    let nearest = nearest(typed, known.iter().map(|file| file.name.as_str())).map(str::to_owned);
    Err(AppError::Unknown { what: "file of standing windows", typed: typed.to_owned(), nearest })
}

/// A file by its path.
///
/// # Errors
/// [`AppError::File`] when it cannot be read or is too large.
pub fn read_windows(path: &Path) -> Result<WindowsFile, AppError> {
    let file = File::open(path).map_err(|error| AppError::file("read", path, error))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    read_from(file, path, name)
}

/// The file on an input, as `<stdin>`.
///
/// # Errors
/// [`AppError::File`] when it cannot be read or is too large.
pub fn windows_on(input: impl Read) -> Result<WindowsFile, AppError> {
    read_from(input, Path::new("<stdin>"), "stdin".to_owned())
}

fn read_from(input: impl Read, path: &Path, name: String) -> Result<WindowsFile, AppError> {
    let failed = |error| AppError::file("read", path, error);
    let most = u64::try_from(MAX_STANDING_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    input.take(most + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() > MAX_STANDING_BYTES {
        return Err(failed(std::io::Error::other("it is larger than 1 MiB")));
    }
    let source = SourceFile { name: path.display().to_string(), text };
    Ok(WindowsFile { name, origin: WindowsOrigin::Given, source })
}

/// The windows of several files.
///
/// # Errors
/// [`AppError::Wrong`] with everything that is wrong in any of them.
pub fn checked_windows(files: &[WindowsFile], zones: &Zones) -> Result<Vec<StandingFile>, AppError> {
    let (mut read, mut wrong, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        match StandingFile::parse(&file.source, zones) {
            Ok(standing) => read.push(standing),
            Err(found) => {
                problems.extend(found);
                wrong.push(file.source.clone());
            }
        }
    }
    if wrong.is_empty() { Ok(read) } else { Err(AppError::Wrong { files: wrong, problems }) }
}

/// A file of standing windows that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenWindows {
    /// The file.
    pub file: String,
    /// What is wrong with it first, and where.
    pub what: String,
}

impl fmt::Display for BrokenWindows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.what)
    }
}

/// The windows of the files that can be used, and the others.
pub(super) fn usable_windows(files: &[WindowsFile], zones: &Zones) -> (Vec<StandingFile>, Vec<BrokenWindows>) {
    let (mut usable, mut broken) = (Vec::new(), Vec::new());
    for file in files {
        match StandingFile::parse(&file.source, zones) {
            Ok(standing) => usable.push(standing),
            Err(problems) => {
                let first = problems.first().map(|first| format!("line {}: {}", first.line, first.message));
                broken.push(BrokenWindows { file: file.source.name.clone(), what: first.unwrap_or_default() });
            }
        }
    }
    (usable, broken)
}
