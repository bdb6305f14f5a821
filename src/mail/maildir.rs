//! Mail into a maildir: a file a mail, whole or not there at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::file::FileError;
use crate::names::Digest;

/// The name of a mail in a maildir: `<seconds>.<digest>.inwindow`, in order of time.
///
/// The same instant and Message-ID give the same name, so that a mail delivered again takes its own place.
#[must_use]
pub fn unique_name(at: DateTime<Utc>, message_id: &str) -> String {
    /// 64 bits of the digest: two mails of one second meet by accident about never.
    const DIGITS: usize = 16;
    format!("{}.{}.inwindow", at.timestamp(), &Digest::of(message_id.as_bytes()).as_str()[..DIGITS])
}

/// A maildir that exists.
#[derive(Debug, Clone)]
pub struct Maildir {
    root: PathBuf,
}

impl Maildir {
    /// Makes `tmp`, `new` and `cur` under `root`, open to the user alone, where they are missing.
    ///
    /// # Errors
    /// [`FileError::Io`] with the folder that could not be made.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self, FileError> {
        let root = root.into();
        for part in ["tmp", "new", "cur"] {
            let folder = root.join(part);
            folder_builder().create(&folder).map_err(FileError::io("create", &folder))?;
        }
        Ok(Self { root })
    }

    /// Puts a mail into `new`, readable by the user alone, and returns where it lies.
    ///
    /// It is on the disk before it appears there, and a mail of that name is replaced. `name` comes from
    /// [`unique_name`].
    ///
    /// # Errors
    /// [`FileError::BadName`] for a name that leaves the folder or would be hidden, else [`FileError::Io`].
    pub fn deliver(&self, name: &str, mail: &[u8]) -> Result<PathBuf, FileError> {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':', '\0']) {
            return Err(FileError::BadName(name.escape_debug().to_string()));
        }
        let (written, delivered) = (self.root.join("tmp").join(name), self.root.join("new").join(name));
        let mut file = private_file().open(&written).map_err(FileError::io("create", &written))?;
        file.write_all(mail).and_then(|()| file.sync_all()).map_err(FileError::io("write", &written))?;
        fs::rename(&written, &delivered).map_err(FileError::io("move a mail to", &delivered))?;
        sync_folder(&self.root.join("new"))?;
        Ok(delivered)
    }
}

fn folder_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// A name is on the disk only when its folder is.
fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::io("write", folder))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a test instant is RFC 3339")
    }

    #[test]
    fn the_same_mail_has_the_same_name() {
        let name = unique_name(at("2017-03-20T09:00:00Z"), "m1@noc.test");
        assert_eq!(name, unique_name(at("2017-03-20T09:00:00.900Z"), "m1@noc.test"));
        assert!(name.starts_with("1490000400.") && name.ends_with(".inwindow"), "{name}");
        assert_ne!(name, unique_name(at("2017-03-20T09:00:00Z"), "m2@noc.test"));
    }

    #[test]
    fn a_mail_is_delivered_once_and_privately() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("deep/er");
        let maildir = Maildir::create(&root).expect("created");
        let maildir = Maildir::create(&maildir.root).expect("creating it again changes nothing");
        for mail in [&b"first, longer\r\n"[..], b"second\r\n"] {
            let path = maildir.deliver("1.a.inwindow", mail).expect("delivered");
            assert_eq!(path, root.join("new/1.a.inwindow"));
            assert_eq!(fs::read(&path).expect("readable"), mail);
        }
        let count = |part: &str| fs::read_dir(root.join(part)).expect("a folder").count();
        assert_eq!((count("tmp"), count("new"), count("cur")), (0, 1, 0));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!((mode(&root.join("new/1.a.inwindow")), mode(&root.join("new"))), (0o600, 0o700));
        }
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let maildir = Maildir::create(folder.path()).expect("created");
        for name in ["", ".hidden", "../../etc/passwd", "a/b", "1.a:2,S", "a\0b"] {
            assert!(matches!(maildir.deliver(name, b""), Err(FileError::BadName(_))), "{name:?}");
        }
    }

    #[test]
    fn an_error_names_the_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let in_the_way = folder.path().join("file");
        fs::write(&in_the_way, b"").expect("written");
        let error = Maildir::create(&in_the_way).expect_err("a file is in the way");
        assert_eq!(error.to_string(), format!("cannot create `{}/tmp`", in_the_way.display()));
        assert!(error.source().is_some());
    }
}
