//! What else holds of a verdict: lesser defects, how the window was read, and what stands around the outage.

use std::collections::BTreeSet;

use super::judge::{Judged, down_together};
use super::pieces::{Piece, Worth};
use super::question::{Known, OutageState, Question};
use super::value::{Flag, Kind, Label};
use crate::maintenance::StateFlag;
use crate::notice::ReceivedBy;
use crate::outage::Statement;
use crate::time::TimeFlag;
use crate::window::Role;

/// All flags of a verdict, in the order of the type. A flag is never the name of the verdict's own kind.
pub(super) fn flags(question: &Question, known: &Known<'_>, judged: &Judged<'_>, kind: Kind) -> Vec<Flag> {
    let mut flags = BTreeSet::new();
    if let Some(resting) = judged.found.rests_on.map(|index| &judged.known[index]) {
        of_window(resting, question, &mut flags);
    }
    lesser_defects(judged, &mut flags);
    of_surroundings(question, known, judged, kind, &mut flags);
    of_late_notices(judged, &mut flags);
    flags.retain(|flag| !names_kind(*flag, kind));
    flags.into_iter().collect()
}

/// How the window that the verdict rests on was read and announced.
fn of_window(piece: &Piece<'_>, question: &Question, flags: &mut BTreeSet<Flag>) {
    flags.extend(piece.window.flags.iter().filter_map(|flag| match flag {
        TimeFlag::DateOnly => Some(Flag::DateOnlyWindow),
        TimeFlag::NonexistentLocalTime => Some(Flag::NonexistentLocalTime),
        TimeFlag::AmbiguousLocalTime => Some(Flag::AmbiguousLocalTime),
        TimeFlag::AbbreviationOutOfSeason => Some(Flag::AbbreviationOutOfSeason),
        TimeFlag::EndNextDay => None,
    }));
    flags.extend(piece.state.flags.iter().map(|flag| match flag {
        StateFlag::StatusNotStated => Flag::StatusNotStated,
        StateFlag::ImpactNotStated => Flag::ImpactNotStated,
        StateFlag::ScopeNotStated => Flag::ScopeNotStated,
        StateFlag::CompletedEarly => Flag::CompletedEarly,
    }));
    if piece.window.role == Role::Contingency {
        flags.insert(Flag::ContingencyWindow);
    }
    if piece.expected().is_some_and(|expected| question.observed > expected) {
        flags.insert(Flag::ImpactExceeded);
    }
    if let Some(received) = piece.announced_by().map(|revision| revision.received) {
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
}

/// Defects of other windows that hold the start as well, and of seconds further on.
fn lesser_defects(judged: &Judged<'_>, flags: &mut BTreeSet<Flag>) {
    let start = judged.outage.start();
    for piece in judged.known.iter().filter(|piece| piece.expected().is_some() && piece.interval.contains(start)) {
        match piece.worth {
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
    if judged.segments.iter().any(|segment| segment.label == Label::CoveredImpactExceeded) {
        flags.insert(Flag::ImpactExceeded);
    }
}

fn of_surroundings(
    question: &Question,
    known: &Known<'_>,
    judged: &Judged<'_>,
    kind: Kind,
    flags: &mut BTreeSet<Flag>,
) {
    if known.inventory.single_feed(&question.asset) {
        flags.insert(Flag::SingleFeed);
    }
    let down = down_together(question, known);
    if !known.inventory.shared_domains(&down).is_empty() && down.len() > 1 {
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
fn of_late_notices(judged: &Judged<'_>, flags: &mut BTreeSet<Flag>) {
    let start = judged.outage.start();
    let live = |piece: &&Piece<'_>| piece.expected().is_some() && piece.worth != Worth::Cancelled;
    let covers = |pieces: &[Piece<'_>]| pieces.iter().filter(live).any(|piece| piece.interval.contains(start));
    let cancelled = |pieces: &[Piece<'_>]| {
        pieces.iter().any(|p| p.expected().is_some() && p.worth == Worth::Cancelled && p.interval.contains(start))
    };
    let reach = |pieces: &[Piece<'_>]| {
        pieces.iter().filter(live).map(|piece| piece.interval.end()).filter(|end| *end > start).max()
    };
    if judged.late.is_empty() {
        return;
    }
    if covers(&judged.late) && !covers(&judged.known) {
        flags.insert(Flag::RetroactiveNotice);
    }
    if covers(&judged.known) && !covers(&judged.late) && cancelled(&judged.late) {
        flags.insert(Flag::LateCancellation);
    }
    if covers(&judged.known) && covers(&judged.late) && reach(&judged.late) > reach(&judged.known) {
        flags.insert(Flag::LateExtension);
    }
}

fn names_kind(flag: Flag, kind: Kind) -> bool {
    matches!(
        (flag, kind),
        (Flag::ImpactExceeded, Kind::ImpactExceeded)
            | (Flag::AnnouncedTooLate, Kind::AnnouncedTooLate)
            | (Flag::TentativeOnly, Kind::TentativeOnly)
            | (Flag::CancelledWindow, Kind::CancelledWindow)
    )
}
