//! The verdict as a value: `inwindow.verdict/1`.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::maintenance::{Label, TermsSource};
use crate::names::{AssetId, MaintenanceId, NoticeId, Reference, VendorId};
use crate::notice::{ReceivedBy, Status};
use crate::time::{Interval, RulesVersion, TimeFlag};
use crate::window::{Impact, Role, Written};

/// The name and version of the schema that a verdict is printed in.
pub const SCHEMA: &str = "inwindow.verdict/1";

/// The answer to "was it in-window?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All of it.
    Yes,
    /// Some of it.
    Partly,
    /// None of it.
    No,
    /// It cannot be said.
    Unknown,
}

impl Answer {
    /// The answer's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The kinds of verdict, in the order in which they are tried (DESIGN.md section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Admissible readings of the times lead to different kinds.
    Ambiguous,
    /// Confirmed windows in scope, announced in time, cover all of it, and it was no worse than they meant.
    InWindow,
    /// The same, but it was worse than they meant.
    ImpactExceeded,
    /// It began in such a window, and what is not covered is one run after the end of the last.
    Overrun,
    /// It began in such a window, and what is not covered has any other shape.
    Partly,
    /// It began in a window whose notice was shorter than the terms ask.
    AnnouncedTooLate,
    /// It began in a window that was never confirmed.
    TentativeOnly,
    /// It began in a window known to be cancelled, moved away or completed before.
    CancelledWindow,
    /// It began shortly before a good window.
    EarlyStart,
    /// It began shortly after a good window.
    AfterWindow,
    /// Only a notice received from the start on covers the start.
    Retroactive,
    /// The vendor had a window then, for other assets.
    WrongAsset,
    /// The vendors had windows within their horizon, and none explains it.
    OutOfWindow,
    /// The vendors had no window within their horizon, and what was read proves it.
    Unannounced,
    /// It cannot be said: no vendor, a source not read, or a notice that nobody has settled.
    Unknown,
}

/// What else holds of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// It was worse than the window it is measured against meant.
    ImpactExceeded,
    /// Another window that holds the start was announced later than the terms ask.
    AnnouncedTooLate,
    /// Another window that holds the start was never confirmed.
    TentativeOnly,
    /// Another window that held the start had been taken away.
    CancelledWindow,
    /// Something that counts here was announced with less notice than the terms ask of planned work, which is not what
    /// decides the kind.
    ShortNotice,
    /// The notice gives a date without times.
    DateOnlyWindow,
    /// The notice gives a local time that the clocks jumped over.
    NonexistentLocalTime,
    /// The notice gives a local time that the clocks showed twice.
    AmbiguousLocalTime,
    /// The notice names the abbreviation of the other season.
    AbbreviationOutOfSeason,
    /// All cords of the asset are on one feed.
    SingleFeed,
    /// What went down together shares a failure domain.
    CommonCause,
    /// Statements about it contradict each other.
    VendorStatementConflict,
    /// A notice received from the start on claims the start for its window.
    RetroactiveNotice,
    /// A notice received from the start on extends the window.
    LateExtension,
    /// A notice received from the start on takes the window away.
    LateCancellation,
    /// The window was kept in reserve.
    ContingencyWindow,
    /// Work only starts inside the window, and may run past its end.
    StartInside,
    /// The vendor completed the work before the window's end.
    CompletedEarly,
    /// The outage has not ended and is judged up to now.
    Open,
    /// No notice states a status: it counts as CONFIRMED.
    StatusNotStated,
    /// No notice states an impact: it counts as OUTAGE.
    ImpactNotStated,
    /// No notice names an object: all of the vendor's assets are in scope.
    ScopeNotStated,
    /// When the notice came is known by the sender's own date alone.
    SenderDated,
    /// When the notice came is not known: the time of import was taken.
    ImportDated,
    /// The notice was forwarded as an attachment; its own receipt counts.
    Forwarded,
    /// A source was not read, or a notice is not settled, that could say otherwise.
    IntakeGap,
    /// By the newest zone rules the window lies elsewhere than customers were told.
    ZoneRulesChanged,
    /// The span lies ahead.
    Provisional,
}

/// A run of seconds with one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant no longer held.
    pub end: DateTime<Utc>,
    /// Elapsed seconds.
    pub seconds: i64,
    /// What they count as.
    pub label: Label,
    /// Whether the vendor is excused for them.
    pub excused: bool,
}

/// The window a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSeen {
    /// The maintenance; none of a standing window.
    pub maintenance: Option<MaintenanceId>,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference; none of a standing window.
    pub reference: Option<Reference>,
    /// The standing window that it is an occurrence of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// Which of its windows.
    pub ordinal: u32,
    /// Primary or contingency.
    pub role: Role,
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant no longer held.
    pub end: DateTime<Utc>,
    /// Its status as known.
    pub status: Status,
    /// The vendor's words.
    pub written: Written,
    /// The zone they were read in.
    pub zone: String,
    /// How they were read.
    pub time_flags: Vec<TimeFlag>,
    /// When the window was announced: the receipt of the first revision of the unbroken run that holds it; of a standing
    /// window when it became known, and none of one that always was.
    pub announced_at: Option<DateTime<Utc>>,
    /// Window start minus that, in seconds; negative when the word came after the start. For seconds that the window held
    /// before it was given an earlier start, the start it had then.
    pub notice_given_seconds: Option<i64>,
    /// What the terms ask for before this window, in seconds.
    pub notice_required_seconds: i64,
    /// What they ask for in their own words, where these are not a length of elapsed time: `5 business days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_required_words: Option<String>,
    /// Who asks for it.
    #[serde(default)]
    pub notice_required_by: TermsSource,
    /// When the work was over, where that was before the window's end.
    pub completed_at: Option<DateTime<Utc>>,
    /// Of a window that had been cancelled, moved away or completed: when word of that came.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Where customers were told that it lies, where new zone rules put it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_told: Option<AsTold>,
}

/// A window by the zone rules that customers were told it by, beside what the newest make of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsTold {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant no longer held.
    pub end: DateTime<Utc>,
    /// The rules it was told by.
    pub rules: RulesVersion,
    /// The rules that the verdict is by.
    pub rules_now: RulesVersion,
    /// What the verdict would be by the reading told.
    pub kind: Kind,
}

/// The notice a verdict rests on: the one that announced its window, or the one that took it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSeen {
    /// Its id.
    pub id: NoticeId,
    /// When the user's side had it.
    pub received_at: DateTime<Utc>,
    /// What that was taken from.
    pub received_by: ReceivedBy,
}

/// The three impacts, kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpactSeen {
    /// What was seen.
    pub observed: Impact,
    /// The vendor's word about the object that touches the asset; none when it said nothing.
    pub stated: Option<Impact>,
    /// What the window meant for this asset; none without a window.
    pub expected: Option<Impact>,
    /// From the asset up to the named object that gives the expected impact.
    pub path: Vec<AssetId>,
}

/// How many assets of one failure domain were down at about the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCount {
    /// The failure domain; none for everything outside the domains named.
    pub domain: Option<AssetId>,
    /// Assets of it that were down.
    pub down: u32,
    /// Assets of it.
    pub of: u32,
}

/// One thing that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `notice`, `standing`, `inventory`, `coverage`, `review`, `gap`, `outage`, `statement`, `reading`.
    pub kind: String,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// What it says, in one line.
    pub text: String,
}

/// The answer to "was it in-window", with its ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// [`SCHEMA`].
    pub schema: String,
    /// The asset judged.
    pub asset: AssetId,
    /// The answer.
    pub answer: Answer,
    /// The kind.
    pub kind: Kind,
    /// What else holds, in a fixed order.
    pub flags: Vec<Flag>,
    /// What was judged: `[start, end)`.
    pub outage: Interval,
    /// Only what was received before this instant was asked.
    pub as_of: DateTime<Utc>,
    /// Outage start minus the nearer edge of the window it is measured against, in seconds: negative before its start,
    /// positive after its end, zero inside. None where there is no such window.
    pub offset_seconds: Option<i64>,
    /// The outage cut into runs of equal label; their seconds add up to its length.
    pub segments: Vec<Segment>,
    /// The window it rests on.
    pub window: Option<WindowSeen>,
    /// The notice it rests on.
    pub notice: Option<NoticeSeen>,
    /// Observed and expected impact.
    pub impact: ImpactSeen,
    /// The same outage in its failure domains.
    pub group: Vec<GroupCount>,
    /// Everything it rests on.
    pub evidence: Vec<Evidence>,
    /// The ground, in sentences.
    pub why: Vec<String>,
    /// Under `ambiguous`: the kinds that the readings lead to.
    pub readings: Vec<Kind>,
}

impl Kind {
    /// All kinds, in the order in which they are tried.
    pub const ALL: [Self; 15] = [
        Self::Ambiguous,
        Self::InWindow,
        Self::ImpactExceeded,
        Self::Overrun,
        Self::Partly,
        Self::AnnouncedTooLate,
        Self::TentativeOnly,
        Self::CancelledWindow,
        Self::EarlyStart,
        Self::AfterWindow,
        Self::Retroactive,
        Self::WrongAsset,
        Self::OutOfWindow,
        Self::Unannounced,
        Self::Unknown,
    ];

    /// The kind's word, as printed in `inwindow.verdict/1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::InWindow => "in_window",
            Self::ImpactExceeded => "impact_exceeded",
            Self::Overrun => "overrun",
            Self::Partly => "partly",
            Self::AnnouncedTooLate => "announced_too_late",
            Self::TentativeOnly => "tentative_only",
            Self::CancelledWindow => "cancelled_window",
            Self::EarlyStart => "early_start",
            Self::AfterWindow => "after_window",
            Self::Retroactive => "retroactive",
            Self::WrongAsset => "wrong_asset",
            Self::OutOfWindow => "out_of_window",
            Self::Unannounced => "unannounced",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Flag {
    /// All flags, in the order of the type.
    pub const ALL: [Self; 28] = [
        Self::ImpactExceeded,
        Self::AnnouncedTooLate,
        Self::TentativeOnly,
        Self::CancelledWindow,
        Self::ShortNotice,
        Self::DateOnlyWindow,
        Self::NonexistentLocalTime,
        Self::AmbiguousLocalTime,
        Self::AbbreviationOutOfSeason,
        Self::SingleFeed,
        Self::CommonCause,
        Self::VendorStatementConflict,
        Self::RetroactiveNotice,
        Self::LateExtension,
        Self::LateCancellation,
        Self::ContingencyWindow,
        Self::StartInside,
        Self::CompletedEarly,
        Self::Open,
        Self::StatusNotStated,
        Self::ImpactNotStated,
        Self::ScopeNotStated,
        Self::SenderDated,
        Self::ImportDated,
        Self::Forwarded,
        Self::IntakeGap,
        Self::ZoneRulesChanged,
        Self::Provisional,
    ];

    /// The flag's word, as printed in `inwindow.verdict/1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImpactExceeded => "impact_exceeded",
            Self::AnnouncedTooLate => "announced_too_late",
            Self::TentativeOnly => "tentative_only",
            Self::CancelledWindow => "cancelled_window",
            Self::ShortNotice => "short_notice",
            Self::DateOnlyWindow => "date_only_window",
            Self::NonexistentLocalTime => "nonexistent_local_time",
            Self::AmbiguousLocalTime => "ambiguous_local_time",
            Self::AbbreviationOutOfSeason => "abbreviation_out_of_season",
            Self::SingleFeed => "single_feed",
            Self::CommonCause => "common_cause",
            Self::VendorStatementConflict => "vendor_statement_conflict",
            Self::RetroactiveNotice => "retroactive_notice",
            Self::LateExtension => "late_extension",
            Self::LateCancellation => "late_cancellation",
            Self::ContingencyWindow => "contingency_window",
            Self::StartInside => "start_inside",
            Self::CompletedEarly => "completed_early",
            Self::Open => "open",
            Self::StatusNotStated => "status_not_stated",
            Self::ImpactNotStated => "impact_not_stated",
            Self::ScopeNotStated => "scope_not_stated",
            Self::SenderDated => "sender_dated",
            Self::ImportDated => "import_dated",
            Self::Forwarded => "forwarded",
            Self::IntakeGap => "intake_gap",
            Self::ZoneRulesChanged => "zone_rules_changed",
            Self::Provisional => "provisional",
        }
    }

    /// What the flag adds to the ground, for those that the other sentences do not tell already.
    #[must_use]
    pub fn sentence(self) -> Option<&'static str> {
        match self {
            Self::AnnouncedTooLate => Some("Another window that holds the start was announced too late."),
            Self::TentativeOnly => Some("Another window that holds the start was only tentative."),
            Self::CancelledWindow => Some("Another window that held the start had been cancelled, moved or completed."),
            Self::ShortNotice => Some("A window that counts here had less notice than the terms ask of planned work."),
            Self::DateOnlyWindow => Some("The notice gives a date without times, which is the whole local day."),
            Self::NonexistentLocalTime => {
                Some("The notice gives a local time that the clocks jumped over; it was shifted by the jump.")
            }
            Self::AmbiguousLocalTime => {
                Some("The notice gives a local time that the clocks showed twice; one pass was chosen.")
            }
            Self::AbbreviationOutOfSeason => {
                Some("The notice names the abbreviation of the other season; the region's wall time was read.")
            }
            Self::SingleFeed => Some("All its cords are on one feed, so it has no redundancy."),
            Self::CommonCause => {
                Some("The assets that went down together share a failure domain: one cause is likely.")
            }
            Self::VendorStatementConflict => {
                Some("Statements about it contradict each other: some call it related to the work, some do not.")
            }
            Self::RetroactiveNotice => {
                Some("A notice received after the outage began claims the time for its window; it changes nothing.")
            }
            Self::LateExtension => {
                Some("A notice received after the outage began makes the window longer; it changes nothing.")
            }
            Self::LateCancellation => {
                Some("A notice received after the outage began takes the window away; it changes nothing.")
            }
            Self::ContingencyWindow => Some("The window is a contingency window."),
            Self::StartInside => Some("Work only starts inside the window and may run past its end."),
            Self::CompletedEarly => Some("The vendor completed the work before the window's end."),
            Self::Open => Some("The outage is still open and is judged up to now."),
            Self::StatusNotStated => Some("No notice of it known then states a status; it counts as CONFIRMED."),
            Self::ImpactNotStated => Some("No notice of it known then states an impact; it counts as OUTAGE."),
            Self::ScopeNotStated => {
                Some("No notice of it known then names an object; every asset of the vendor is in scope.")
            }
            Self::SenderDated => Some("When the notice came is known only by the sender's own date."),
            Self::ImportDated => Some("When the notice came is not known; the time of import was taken."),
            Self::Forwarded => Some("The notice was forwarded; the time is that of the original."),
            Self::Provisional => Some("The span lies ahead, so the answer is provisional."),
            Self::ImpactExceeded | Self::IntakeGap | Self::ZoneRulesChanged => None,
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
