//! Why the store did not do what it was asked.

use std::error::Error;

use super::changes::{Generation, MessageAction};
use super::interface::MAX_RAW_BYTES;
use crate::names::{MaintenanceId, MessageId, NoticeId, OutageId};
use crate::plan::MessageState;

/// What a database said, whichever it is.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// Why the store did not do what it was asked. `store` is the path of its file, or the address of its database without a
/// password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file, or nothing in it.
    #[error("there is no store at {store}")]
    Missing {
        /// Where.
        store: String,
    },
    /// The file or its folder cannot be written.
    #[error("the store {store} can be read and not written")]
    ReadOnly {
        /// Where.
        store: String,
    },
    /// Its last user did not close it, what that one wrote stands in the `-wal` file beside it, and the folder cannot
    /// be written, which is needed to read that file.
    #[error("the store {store} was not closed by its last user, and its folder cannot be written to finish that")]
    Unfinished {
        /// Where.
        store: String,
    },
    /// No space is left.
    #[error("no space is left for the store {store}")]
    DiskFull {
        /// Where.
        store: String,
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// Another process kept it locked for longer than we wait.
    #[error("the store {store} is locked by another process")]
    Locked {
        /// Where.
        store: String,
    },
    /// Another transaction was in the way, and nothing of this one was written.
    #[error("another process changed the same rows of the store {store} at the same moment")]
    Collided {
        /// Where.
        store: String,
    },
    /// The database does not answer, takes nobody in now, or went away: that passes by itself.
    #[error("the store {store} cannot be reached")]
    Unreachable {
        /// Where.
        store: String,
        /// What it, or the system, said.
        #[source]
        source: Cause,
    },
    /// The database is there and not for us: a name or a password is wrong, or its certificate is not trusted.
    #[error("the store {store} cannot be entered")]
    NoEntry {
        /// Where.
        store: String,
        /// What it said, or what was not trusted.
        #[source]
        source: Cause,
    },
    /// Another kind of file.
    #[error("{store} is no store of inwindow")]
    NotAStore {
        /// Where.
        store: String,
    },
    /// The file is damaged.
    #[error("the store {store} is damaged")]
    Damaged {
        /// Where.
        store: String,
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// Written by a newer release.
    #[error("the store {store} has schema {found}; this release knows schemas up to {known}")]
    NewerSchema {
        /// Where.
        store: String,
        /// Its schema.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// Written by an older release, and opened without the right to bring it up to date.
    #[error("the store {store} has schema {found} and must be brought to schema {known} before it can be read")]
    OlderSchema {
        /// Where.
        store: String,
        /// Its schema.
        found: u32,
        /// The one that is needed.
        known: u32,
    },
    /// Something is kept where a copy is to go.
    #[error("the store {store} holds something already")]
    NotEmpty {
        /// Where.
        store: String,
    },
    /// A copy into a database that was not made to its end, and so is no store.
    #[error("{store} holds a copy that was broken off")]
    CopyUnfinished {
        /// Where.
        store: String,
    },
    /// A copy that does not hold what it was made of.
    #[error("the table {table} of {store} differs from what it was copied from")]
    CopyDiffers {
        /// Where.
        store: String,
        /// Which table.
        table: String,
    },
    /// Any other trouble of the database.
    #[error("the store {store} failed")]
    Failed {
        /// Where.
        store: String,
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// A stored document that this release cannot read.
    #[error("the stored {what} cannot be read")]
    Unreadable {
        /// Which.
        what: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// Somebody else wrote since the caller looked.
    #[error("the store moved from generation {expected} to {found} in the meantime")]
    Moved {
        /// The generation the caller planned on.
        expected: Generation,
        /// The one in force.
        found: Generation,
    },
    /// A message to be taken back that a worker has, or that has been settled.
    #[error("message {message} is {state} and cannot be taken back")]
    NotPending {
        /// Which.
        message: MessageId,
        /// Its state.
        state: MessageState,
    },
    /// An action that has no meaning in the message's state.
    #[error("cannot {action} message {message}: it is {state}")]
    NotAllowed {
        /// Which.
        message: MessageId,
        /// Its state.
        state: MessageState,
        /// What was wanted.
        action: MessageAction,
    },
    /// A revision that is stored with other content.
    #[error(
        "revision {number} of maintenance {maintenance} is stored with other content, and revisions are never changed"
    )]
    RevisionDiffers {
        /// Which maintenance.
        maintenance: MaintenanceId,
        /// Which revision.
        number: u32,
    },
    /// Revisions that do not count from 1 without a hole.
    #[error("revision {number} of maintenance {maintenance} is missing")]
    RevisionMissing {
        /// Which maintenance.
        maintenance: MaintenanceId,
        /// Which revision.
        number: u32,
    },
    /// A maintenance that is stored with another vendor, account or reference.
    #[error("maintenance {maintenance} is stored with another vendor, account or reference")]
    IdentityDiffers {
        /// Which maintenance.
        maintenance: MaintenanceId,
    },
    /// Bytes that are not those of the notice.
    #[error("the bytes given for notice {notice} are not its own")]
    BytesDiffer {
        /// Which notice.
        notice: NoticeId,
    },
    /// A notice longer than [`MAX_RAW_BYTES`].
    #[error("notice {notice} has {bytes} bytes, more than the {MAX_RAW_BYTES} that are kept")]
    TooLarge {
        /// Which notice.
        notice: NoticeId,
        /// Its length.
        bytes: usize,
    },
    /// Two different things whose content gives the same id.
    #[error("the id {id} belongs to something else already")]
    IdTaken {
        /// The id.
        id: String,
    },
    /// Something said about a message that is not there.
    #[error("there is no message {0}")]
    UnknownMessage(MessageId),
    /// Something said about an outage that is not there.
    #[error("there is no outage {0}")]
    UnknownOutage(OutageId),
    /// Something said about a notice that is not there.
    #[error("there is no notice {0}")]
    UnknownNotice(NoticeId),
    /// What was typed fits several.
    #[error("`{typed}` could be {}", .matches.join(", "))]
    Ambiguous {
        /// As typed.
        typed: String,
        /// Some of those it fits, at most five.
        matches: Vec<String>,
    },
    /// Somebody else reads the source by now, or the turn to read it is over.
    #[error("the turn to read source `{name}` was lost to another process")]
    LostSource {
        /// Which.
        name: String,
    },
}

impl StoreError {
    /// What the user can do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Missing { .. } => "`inwindow apply DIR` creates it; `--data DIR` says which folder holds it".into(),
            Self::ReadOnly { store } if store.contains("://") => {
                "`check`, `list` and `show` work as they are; to change anything name the server that takes writes, and a role \
                 that may write"
                    .into()
            }
            Self::ReadOnly { store } => {
                format!(
                    "`check`, `list` and `show` work as they are; to change anything make {store} and its folder writable"
                )
            }
            Self::Unfinished { store } => {
                format!("copy {store} and {store}-wal into a folder that can be written, and use that")
            }
            Self::DiskFull { .. } => "nothing of this command was written; free some space and run it again".into(),
            Self::Locked { .. } => "wait until the other process is done, or end it".into(),
            Self::Unreachable { .. } => "nothing is lost: run the command again once the database answers".into(),
            Self::NoEntry { .. } => {
                "set right what names it: `url`, `password_file` or `ca_file` of `[store]`, or INWINDOW_STORE and \
                 INWINDOW_STORE_PASSWORD"
                    .into()
            }
            Self::NotAStore { store } if store.contains("://") => {
                "give it a database of its own, or a schema: ?options=-csearch_path%3DNAME behind the address".into()
            }
            Self::NotAStore { .. } => "`--data DIR` says which folder holds the store".into(),
            Self::Damaged { store, .. } if store.contains("://") => "restore it from a copy".into(),
            Self::Damaged { .. } => "restore it from a copy; `sqlite3 FILE .recover` saves what can be read".into(),
            Self::NewerSchema { .. } => "use the release that wrote it, or a newer one".into(),
            Self::OlderSchema { .. } => "run `inwindow store migrate` once".into(),
            Self::CopyUnfinished { store } => format!(
                "`inwindow store copy --to {store}` by the release that began it goes on with it; to be rid of it drop its \
                 tables, or the schema they are in"
            ),
            Self::NotEmpty { .. } => "copy into a new place; nothing was written".into(),
            Self::CopyDiffers { .. } => {
                "the copy is not used; run it again, and if that does not help, `inwindow store check`".into()
            }
            Self::Collided { .. } | Self::Moved { .. } | Self::NotPending { .. } => "run the command again".into(),
            Self::Ambiguous { .. } => "type more of the id".into(),
            Self::NotAllowed { action, .. } => {
                let states: Vec<&str> = action.from().iter().map(|state| state.as_str()).collect();
                format!("only a message that is {} can be given that", states.join(" or "))
            }
            Self::Failed { .. }
            | Self::Unreadable { .. }
            | Self::RevisionDiffers { .. }
            | Self::RevisionMissing { .. }
            | Self::IdentityDiffers { .. }
            | Self::BytesDiffer { .. }
            | Self::TooLarge { .. }
            | Self::IdTaken { .. }
            | Self::UnknownMessage(_)
            | Self::UnknownOutage(_)
            | Self::UnknownNotice(_)
            | Self::LostSource { .. } => return None,
        };
        Some(help)
    }

    /// Whether the store is away, and will be back without anybody doing anything here.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether the plan was made on a state that is gone: read again and plan again.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Moved { .. } | Self::NotPending { .. } | Self::Collided { .. })
    }
}
