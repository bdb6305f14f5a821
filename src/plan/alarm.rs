//! What staff are told at once.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::names::AssetId;
use crate::time::Interval;
use crate::verdict::Kind;

/// Something that staff must know at once, with what makes it another alarm when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Alarm {
    /// An outage whose verdict is not yes.
    Verdict {
        /// By asset.
        verdicts: Vec<(AssetId, Kind)>,
    },
    /// The last window has ended, and nobody has said that the work is done.
    Overrun {
        /// The end.
        ended: DateTime<Utc>,
    },
    /// The vendor says that the work began before its window.
    EarlyStart {
        /// Since when, as far as the vendor says, else when it said so.
        began: DateTime<Utc>,
        /// When the first window begins.
        start: DateTime<Utc>,
    },
    /// Messages wait for approval, and soon it is too late for them.
    Approval {
        /// It is too late for them within this span.
        until: Interval,
    },
    /// It became too late for messages that were not sent.
    Missed {
        /// When, within this span.
        until: Interval,
    },
    /// A source cannot be read.
    Unread {
        /// When it was last read to its end; none when it never was.
        since: Option<DateTime<Utc>>,
    },
    /// A source or a vendor has been silent for unusually long.
    Quiet {
        /// When something came last.
        since: DateTime<Utc>,
    },
    /// A file of standing windows cannot be used.
    Windows {
        /// What is wrong with it first, in words.
        wrong: String,
    },
    /// A notice that is older than what is known would have cancelled or moved a window.
    Stale,
    /// Somebody asked for no more mail.
    Unsubscribe,
}

/// The kinds of alarms, as the policy and message keys name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// [`Alarm::Verdict`].
    Verdict,
    /// [`Alarm::Overrun`].
    Overrun,
    /// [`Alarm::EarlyStart`].
    EarlyStart,
    /// [`Alarm::Approval`].
    Approval,
    /// [`Alarm::Missed`].
    Missed,
    /// [`Alarm::Unread`].
    Unread,
    /// [`Alarm::Quiet`].
    Quiet,
    /// [`Alarm::Windows`].
    Windows,
    /// [`Alarm::Stale`].
    Stale,
    /// [`Alarm::Unsubscribe`].
    Unsubscribe,
}

impl Alarm {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> AlarmKind {
        match self {
            Self::Verdict { .. } => AlarmKind::Verdict,
            Self::Overrun { .. } => AlarmKind::Overrun,
            Self::EarlyStart { .. } => AlarmKind::EarlyStart,
            Self::Approval { .. } => AlarmKind::Approval,
            Self::Missed { .. } => AlarmKind::Missed,
            Self::Unread { .. } => AlarmKind::Unread,
            Self::Quiet { .. } => AlarmKind::Quiet,
            Self::Windows { .. } => AlarmKind::Windows,
            Self::Stale => AlarmKind::Stale,
            Self::Unsubscribe => AlarmKind::Unsubscribe,
        }
    }
}

impl AlarmKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Verdict,
        Self::Overrun,
        Self::EarlyStart,
        Self::Approval,
        Self::Missed,
        Self::Unread,
        Self::Quiet,
        Self::Windows,
        Self::Stale,
        Self::Unsubscribe,
    ];

    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Overrun => "overrun",
            Self::EarlyStart => "early-start",
            Self::Approval => "approval",
            Self::Missed => "missed",
            Self::Unread => "unread",
            Self::Quiet => "quiet",
            Self::Windows => "windows",
            Self::Stale => "stale",
            Self::Unsubscribe => "unsubscribe",
        }
    }

    /// Whether quiet hours do not hold it back: it can still be acted upon now, and later may be too late.
    #[must_use]
    pub(super) fn is_urgent(self) -> bool {
        match self {
            Self::Verdict
            | Self::Overrun
            | Self::EarlyStart
            | Self::Approval
            | Self::Missed
            | Self::Unread
            | Self::Windows
            | Self::Stale => true,
            Self::Quiet | Self::Unsubscribe => false,
        }
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
