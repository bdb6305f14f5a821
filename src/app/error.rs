//! What can go wrong in a use case, and what the user can do about it.

use std::path::{Path, PathBuf};

use super::netbox::NetBoxError;
use crate::inventory::{CannotTeach, NotRead};
use crate::mail::FileError;
use crate::names::BadIdent;
use crate::notice::ProfileError;
use crate::store::StoreError;
use crate::time::{EmptyInterval, MomentError, UnknownZone};
use crate::written::{Problem, SourceFile};

/// Why a use case could not do what was asked. Nothing was lost: what had been stored before still is.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A time typed wrongly.
    #[error(transparent)]
    Moment(#[from] MomentError),
    /// A zone that no source knows.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// An end that is not after its start.
    #[error(transparent)]
    Empty(#[from] EmptyInterval),
    /// An identifier that cannot be one.
    #[error(transparent)]
    Ident(#[from] BadIdent),
    /// An asset that the inventory does not have.
    #[error("no asset `{typed}` in the inventory{}", .nearest.as_ref().map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default())]
    UnknownAsset {
        /// As typed.
        typed: String,
        /// The nearest known id.
        nearest: Option<String>,
    },
    /// Something else that is not there.
    #[error("no {what} `{typed}`{}", .nearest.as_ref().map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default())]
    Unknown {
        /// `maintenance`, `outage`, `message`, `vendor`, …
        what: &'static str,
        /// As typed.
        typed: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// A value typed wrongly.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        help: Option<String>,
    },
    /// No inventory was ever applied.
    #[error("the store in `{}` holds no inventory", .folder.display())]
    NoInventory {
        /// The data folder.
        folder: PathBuf,
    },
    /// Files with mistakes in them.
    #[error("{}", .problems.first().map(ToString::to_string).unwrap_or_default())]
    Wrong {
        /// The files, for showing the lines meant.
        files: Vec<SourceFile>,
        /// What is wrong, in order.
        problems: Vec<Problem>,
    },
    /// A file or folder that could not be used.
    #[error("cannot {action} `{}`", .path.display())]
    File {
        /// `read`, `create`, `list`.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A source of notices, or a maildir, that could not be used.
    #[error(transparent)]
    Source(#[from] FileError),
    /// Configured sources that could not be read to their end.
    #[error("{}", .sources.iter().map(|(name, why)| format!("source `{name}` was not read to its end: {why}")).collect::<Vec<_>>().join("; "))]
    Unread {
        /// Each with the reason.
        sources: Vec<(String, String)>,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template that cannot be filled.
    #[error(transparent)]
    Template(#[from] crate::plan::TemplateError),
    /// A mail that cannot be composed.
    #[error(transparent)]
    Compose(#[from] crate::mail::ComposeError),
    /// A bundle of evidence that cannot be put together.
    #[error(transparent)]
    Bundle(#[from] crate::report::BundleError),
    /// A name that cannot be taught.
    #[error(transparent)]
    CannotTeach(#[from] CannotTeach),
    /// A file of another system that is not what it was given for.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// A NetBox that could not be read.
    #[error(transparent)]
    NetBox(#[from] NetBoxError),
    /// This machine's clock and the database's say too different things.
    #[error(
        "the clock of this machine and that of the store are {seconds} s apart, so nothing is taken from it to be sent or read"
    )]
    ClockSkew {
        /// How far.
        seconds: i64,
    },
    /// The store kept changing under us.
    #[error("another process keeps changing the store; gave up after {tries} tries")]
    Contended {
        /// How often it was tried.
        tries: u32,
    },
}

/// Whose fault a failure is, for the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What was typed or written: exit status 2.
    Usage,
    /// Input or output: exit status 4.
    World,
}

impl AppError {
    /// A file that could not be used.
    #[must_use]
    pub fn file(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File { action, path: path.to_owned(), source }
    }

    /// A wrong value with a word of help.
    #[must_use]
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), help: Some(help.into()) }
    }

    /// A profile with a mistake in it.
    #[must_use]
    pub fn wrong_profile(name: &str, text: &str, error: ProfileError) -> Self {
        let file = SourceFile { name: name.to_owned(), text: text.to_owned() };
        let problem = Problem::at_line(&file, error.line, error.column, error.message, error.help);
        Self::Wrong { files: vec![file], problems: vec![problem] }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Moment(_)
            | Self::Zone(_)
            | Self::Empty(_)
            | Self::Ident(_)
            | Self::UnknownAsset { .. }
            | Self::Unknown { .. }
            | Self::Usage { .. }
            | Self::NoInventory { .. }
            | Self::Wrong { .. }
            | Self::CannotTeach(_)
            | Self::NotRead(_)
            | Self::NetBox(NetBoxError::Address(_) | NetBoxError::Clear(_) | NetBoxError::Token)
            | Self::Store(StoreError::Ambiguous { .. } | StoreError::NotAllowed { .. }) => Fault::Usage,
            Self::File { .. }
            | Self::Source(_)
            | Self::Unread { .. }
            | Self::Store(_)
            | Self::Template(_)
            | Self::Compose(_)
            | Self::Bundle(_)
            | Self::NetBox(NetBoxError::Unreachable { .. } | NetBoxError::Status { .. } | NetBoxError::NoPage { .. })
            | Self::ClockSkew { .. }
            | Self::Contended { .. } => Fault::World,
        }
    }

    /// What the user can do, when there is something.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Moment(error) => Some(error.help()),
            Self::Zone(_) => Some("use an IANA name such as Europe/Amsterdam, or UTC".into()),
            Self::Empty(_) => Some("give an end that is later than the start".into()),
            Self::UnknownAsset { .. } => Some("`inwindow list assets` shows what was applied".into()),
            Self::Usage { help, .. } => help.clone(),
            Self::NoInventory { folder } => {
                Some(format!("write inventory files and run: inwindow --data {} apply DIR", folder.display()))
            }
            Self::Store(StoreError::Missing { .. }) => Some(
                "`inwindow apply DIR` or `inwindow import PATH` makes one; `--data DIR` names another folder; to look around \
                 first: `inwindow demo`"
                    .into(),
            ),
            Self::Store(error) => error.help(),
            Self::ClockSkew { .. } => Some("set both by NTP".into()),
            Self::Contended { .. } => Some("run the command again".into()),
            Self::Unread { .. } => {
                Some("what was read before is stored, and the next run goes on from there; `inwindow sources` shows each".into())
            }
            Self::Unknown { what, .. } => listed(what).map(|command| format!("`{command}` shows those there are")),
            Self::Source(FileError::Empty { .. }) => {
                Some("name a mail, a calendar, an mbox, a maildir or a folder of mails; those in folders below are not read".into())
            }
            Self::CannotTeach(CannotTeach::OfAnother { .. }) => {
                Some("name an asset of that vendor, or one of no vendor; `inwindow list assets --vendor ID` shows them".into())
            }
            Self::CannotTeach(CannotTeach::Taken { .. } | CannotTeach::Known { .. }) => {
                Some("`inwindow alias list --taught` shows what was taught; the rest stands in the inventory files".into())
            }
            Self::NetBox(error) => Some(error.help().to_owned()),
            Self::NotRead(_) => {
                Some("NetBox gives pages of JSON; targets are JSON too: `yq -o json` makes it of YAML".into())
            }
            Self::Ident(_)
            | Self::Wrong { .. }
            | Self::File { .. }
            | Self::Source(FileError::Io { .. } | FileError::TooLarge { .. } | FileError::OtherKind { .. } | FileError::BadName(_))
            | Self::Template(_)
            | Self::Compose(_)
            | Self::Bundle(_) => None,
        }
    }
}

/// The command that lists such things.
fn listed(what: &str) -> Option<&'static str> {
    Some(match what {
        "maintenance" | "maintenance with reference" | "maintenance, notice, outage or message" => {
            "inwindow list maintenances"
        }
        "finding" => "inwindow audit --all",
        "outage" => "inwindow list outages",
        "mapping of a monitor" => "inwindow outage mappings",
        "message" => "inwindow outbox list --all",
        "customer" => "inwindow list customers",
        "vendor" => "inwindow list vendors",
        "file of standing windows" => "inwindow schedule list",
        "source" => "inwindow sources",
        "notice in review" => "inwindow review list",
        "notice" => "inwindow list notices",
        "taught name" => "inwindow alias list --taught",
        _ => return None,
    })
}
