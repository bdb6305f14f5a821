//! What else holds of a verdict: lesser defects, how the window was read, and what stands around the outage.

use chrono::{DateTime, Utc};

use super::judge::{Judged, down_together};
use super::pieces::{Piece, Weighed, Worth};
use super::question::{Known, OutageState, Question};
use super::resting::{completed_at, rests_on_notice};
use super::scope::Scope;
use super::value::{AsTold, Flag, Kind, Segment};
use crate::maintenance::{Label, StateFlag};
use crate::names::MaintenanceId;
use crate::notice::ReceivedBy;
use crate::outage::Statement;
use crate::time::TimeFlag;
use crate::window::{Impact, Role};

/// A set of flags, a bit for each: a docket makes one for every outage of millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags(u32);

impl Flags {
    fn bit(flag: Flag) -> u32 {
        1 << flag as u32
    }

    pub(super) fn insert(&mut self, flag: Flag) {
        self.0 |= Self::bit(flag);
    }

    /// The flags, in the order of the type.
    fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.0 & Self::bit(*flag) != 0)
    }
}

impl Extend<Flag> for Flags {
    fn extend<T: IntoIterator<Item = Flag>>(&mut self, flags: T) {
        flags.into_iter().for_each(|flag| self.insert(flag));
    }
}

/// All flags of a verdict, in the order of the type. A flag is never the name of the verdict's own kind.
pub(super) fn flags(
    question: &Question,
    known: &Known<'_>,
    (judged, as_told): (&Judged<'_>, Option<&AsTold>),
    kind: Kind,
) -> Vec<Flag> {
    let mut flags = Flags::default();
    if let Some(resting) = judged.resting() {
        flags = of_resting(resting);
        measured(resting, is_short(resting), (question.observed, kind), &mut flags);
    }
    if as_told.is_some() {
        flags.insert(Flag::ZoneRulesChanged);
    }
    lesser_defects(judged.outage.start(), &judged.segments, &judged.known, &mut flags);
    of_surroundings(question, known, judged, kind, &mut flags);
    of_late_notices(judged, &mut flags);
    without_kind(flags, kind)
}

/// What the window that a verdict rests on says whatever the outage was.
pub(super) fn of_resting(piece: &Piece<'_>) -> Flags {
    let mut flags = Flags::default();
    of_window(piece, &mut flags);
    of_scope(piece, &mut flags);
    of_notice(piece, &mut flags);
    flags
}

/// How the outage measures up to the window that its verdict rests on, and the window to the terms.
pub(super) fn measured<P: Weighed>(piece: &P, short: Short, (observed, kind): (Impact, Kind), flags: &mut Flags) {
    if piece.expected().is_some_and(|expected| observed > expected) {
        flags.insert(Flag::ImpactExceeded);
    }
    if short == Short::Yes && counts_notice(kind) {
        flags.insert(Flag::ShortNotice);
    }
}

/// The flags less those that are the kind's own name.
pub(super) fn without_kind(flags: Flags, kind: Kind) -> Vec<Flag> {
    if flags == Flags::default() {
        return Vec::new();
    }
    flags.iter().filter(|flag| !names_kind(*flag, kind)).collect()
}

/// Whether a window had less notice than the terms ask of planned work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Short {
    Yes,
    No,
}

pub(super) fn is_short(piece: &Piece<'_>) -> Short {
    if piece.notice_given < piece.required.planned { Short::Yes } else { Short::No }
}

/// How the window that the verdict rests on was read.
fn of_window(piece: &Piece<'_>, flags: &mut Flags) {
    flags.extend(piece.window.flags.iter().filter_map(|flag| match flag {
        TimeFlag::DateOnly => Some(Flag::DateOnlyWindow),
        TimeFlag::NonexistentLocalTime => Some(Flag::NonexistentLocalTime),
        TimeFlag::AmbiguousLocalTime => Some(Flag::AmbiguousLocalTime),
        TimeFlag::AbbreviationOutOfSeason => Some(Flag::AbbreviationOutOfSeason),
        TimeFlag::EndNextDay => None,
    }));
    if piece.state().is_some_and(|state| state.flags.contains(&StateFlag::StatusNotStated)) {
        flags.insert(Flag::StatusNotStated);
    }
    match piece.window.role {
        Role::Primary if completed_at(piece).is_some() => {
            flags.insert(Flag::CompletedEarly);
        }
        Role::Primary => {}
        Role::Contingency => {
            flags.insert(Flag::ContingencyWindow);
        }
    }
    if !piece.runs_on.is_zero() {
        flags.insert(Flag::StartInside);
    }
}

/// Whether an outage of this kind is measured against a window that was known.
fn counts_notice(kind: Kind) -> bool {
    match kind {
        Kind::Ambiguous
        | Kind::InWindow
        | Kind::ImpactExceeded
        | Kind::Overrun
        | Kind::Partly
        | Kind::TentativeOnly
        | Kind::CancelledWindow
        | Kind::EarlyStart
        | Kind::AfterWindow => true,
        // There it is the kind itself, or the window decides nothing.
        Kind::AnnouncedTooLate
        | Kind::Retroactive
        | Kind::WrongAsset
        | Kind::OutOfWindow
        | Kind::Unannounced
        | Kind::Unknown => false,
    }
}

/// What the window says of the asset, and what it leaves unsaid.
fn of_scope(piece: &Piece<'_>, flags: &mut Flags) {
    if piece.state().is_some_and(|state| state.objects_of(&piece.window).is_empty()) {
        flags.insert(Flag::ScopeNotStated);
    }
    match &*piece.scope {
        Scope::In { stated: None, .. } => {
            flags.insert(Flag::ImpactNotStated);
        }
        Scope::In { stated: Some(_), .. } | Scope::Other | Scope::Unmatched { .. } => {}
    }
}

/// How it is known when the notice came.
fn of_notice(piece: &Piece<'_>, flags: &mut Flags) {
    let Some(received) = rests_on_notice(piece).map(|revision| revision.received) else { return };
    match received.by {
        ReceivedBy::SenderDated => {
            flags.insert(Flag::SenderDated);
        }
        ReceivedBy::ImportTime => {
            flags.insert(Flag::ImportDated);
        }
        ReceivedBy::ReceivedHeader | ReceivedBy::InternalDate | ReceivedBy::MboxFrom | ReceivedBy::Option => {}
    }
    if received.forwarded {
        flags.insert(Flag::Forwarded);
    }
}

/// Defects of other windows that hold the start as well, and of seconds further on.
pub(super) fn lesser_defects<P: Weighed>(start: DateTime<Utc>, segments: &[Segment], known: &[P], flags: &mut Flags) {
    for piece in known.iter().filter(|piece| piece.holds(start)) {
        match piece.worth() {
            Worth::Good => {}
            Worth::Late => {
                flags.insert(Flag::AnnouncedTooLate);
            }
            Worth::Tentative => {
                flags.insert(Flag::TentativeOnly);
            }
            Worth::Cancelled => {
                flags.insert(Flag::CancelledWindow);
            }
        }
    }
    let counted = |label| segments.iter().any(|segment| segment.label == label);
    if counted(Label::CoveredImpactExceeded) {
        flags.insert(Flag::ImpactExceeded);
    }
    if counted(Label::LateNotice) {
        flags.insert(Flag::ShortNotice);
    }
}

fn of_surroundings(question: &Question, known: &Known<'_>, judged: &Judged<'_>, kind: Kind, flags: &mut Flags) {
    if known.inventory.single_feed(&question.asset) {
        flags.insert(Flag::SingleFeed);
    }
    let shared = known.inventory.shared_domains(&down_together(question, known));
    if shared.iter().any(|domain| domain.assets.contains(&question.asset)) {
        flags.insert(Flag::CommonCause);
    }
    if Statement::contradict(known.statements) {
        flags.insert(Flag::VendorStatementConflict);
    }
    match question.state {
        OutageState::Ended => {}
        OutageState::Open => {
            flags.insert(Flag::Open);
        }
        OutageState::Ahead => {
            flags.insert(Flag::Provisional);
        }
    }
    // Where absence decides, a gap makes the kind itself `unknown`; elsewhere it is worth a flag.
    if !judged.gaps.is_empty() && kind != Kind::Unknown {
        flags.insert(Flag::IntakeGap);
    }
}

/// What notices received from the start on would have changed, had they come in time.
fn of_late_notices(judged: &Judged<'_>, flags: &mut Flags) {
    if judged.late.is_empty() {
        return;
    }
    let start = judged.outage.start();
    let holding = |pieces: &[Piece<'_>]| -> Vec<Option<MaintenanceId>> {
        let live = pieces.iter().filter(|piece| piece.is_live() && piece.holds(start));
        live.map(|piece| piece.maintenance().map(|maintenance| maintenance.id.clone())).collect()
    };
    let (before, after) = (holding(&judged.known), holding(&judged.late));
    if before.is_empty() && !after.is_empty() {
        flags.insert(Flag::RetroactiveNotice);
    }
    if !before.is_empty() && after.is_empty() {
        flags.insert(Flag::LateCancellation);
    }
    let longer = |maintenance: &MaintenanceId| {
        before.contains(&Some(maintenance.clone()))
            && reach(&judged.late, maintenance, start) > reach(&judged.known, maintenance, start)
    };
    if after.iter().flatten().any(longer) {
        flags.insert(Flag::LateExtension);
    }
}

/// How far the windows of a maintenance that hold the start go on.
fn reach(pieces: &[Piece<'_>], maintenance: &MaintenanceId, start: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let of_it =
        pieces.iter().filter(|piece| piece.is_live() && piece.maintenance().is_some_and(|of| of.id == *maintenance));
    let in_scope = of_it.filter(|piece| piece.expected().is_some() && piece.window.interval.contains(start));
    in_scope.map(|piece| piece.interval.end()).max()
}

fn names_kind(flag: Flag, kind: Kind) -> bool {
    matches!(
        (flag, kind),
        (Flag::ImpactExceeded, Kind::ImpactExceeded)
            | (Flag::AnnouncedTooLate | Flag::ShortNotice, Kind::AnnouncedTooLate)
            | (Flag::TentativeOnly, Kind::TentativeOnly)
            | (Flag::CancelledWindow, Kind::CancelledWindow)
    )
}
