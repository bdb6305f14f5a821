//! A file that gets its name only when it is whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::app::draw::Existing;
use crate::app::error::AppError;

/// `NAME.partial`, held by this process alone.
pub(super) struct Partial {
    target: PathBuf,
    path: PathBuf,
    file: File,
}

impl Partial {
    /// Begins a file, or goes on with what is left of one that was broken off.
    pub(super) fn begin(target: &Path) -> Result<Self, AppError> {
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let failed = |error| AppError::file("write", &path, error);
        loop {
            let file = open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(failed(io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it")));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Whoever held it before may have given the file its name meanwhile.
            if is_at(&file, &path).map_err(failed)? {
                return Ok(Self { target: target.to_owned(), path, file });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins anew.
    pub(super) fn empty(&self) -> Result<(), AppError> {
        for ending in ["-wal", "-shm", "-journal"] {
            let mut beside = self.path.as_os_str().to_owned();
            beside.push(ending);
            match fs::remove_file(&beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(AppError::file("remove", Path::new(&beside), error));
                }
                _ => {}
            }
        }
        self.file.set_len(0).map_err(|error| AppError::file("write", &self.path, error))
    }

    /// Gives the file its name, once it is safe on the disk; gives its length.
    pub(super) fn place(self, existing: Existing) -> Result<u64, AppError> {
        let failed = |error| AppError::file("write", &self.target, error);
        self.file.sync_all().map_err(failed)?;
        match existing {
            Existing::Replace => fs::rename(&self.path, &self.target).map_err(failed)?,
            // A link is refused where a file is, and a renaming is not.
            Existing::Keep => match fs::hard_link(&self.path, &self.target) {
                Ok(()) => fs::remove_file(&self.path).map_err(failed)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(failed(error)),
                // Not every file system has links.
                Err(_) => fs::rename(&self.path, &self.target).map_err(failed)?,
            },
        }
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(self.file.metadata().map_err(failed)?.len())
    }

    /// Removes it.
    pub(super) fn remove(self) -> Result<(), AppError> {
        self.empty()?;
        fs::remove_file(&self.path).map_err(|error| AppError::file("remove", &self.path, error))
    }
}

/// Nobody else can read it: it will hold addresses of customers and the secret.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether the file is the one that has the path.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let own = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
