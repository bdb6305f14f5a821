//! What can go wrong with files.

use std::io;
use std::path::Path;

use super::source::MAX_MESSAGE_BYTES;

/// A file or folder that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot {doing} `{path}`")]
    Io {
        /// What was attempted: `open`, `read`, `create`.
        doing: &'static str,
        /// On what.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no message in it.
    #[error("`{path}` holds no notices")]
    Empty {
        /// What was looked into.
        path: String,
    },
    /// One message is larger than [`MAX_MESSAGE_BYTES`]; the others are not affected.
    #[error("`{name}` is larger than {} MiB, the most a notice may have", MAX_MESSAGE_BYTES >> 20)]
    TooLarge {
        /// The message.
        name: String,
    },
    /// What is there is of another kind than was said.
    #[error("`{path}` is no {should_be}")]
    OtherKind {
        /// What was looked at.
        path: String,
        /// What it should be: `maildir`, `mbox`, `folder`.
        should_be: &'static str,
    },
    /// A name that cannot be a file in a maildir.
    #[error("`{0}` cannot name a mail in a maildir")]
    BadName(String),
}

impl FileError {
    /// For `map_err` on an operation on `path`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { doing, path, source }
    }
}
