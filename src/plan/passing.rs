//! What the clock says of a window: it begins, and it ends while nobody has said that the work is done.
//!
//! Passing the end never completes a maintenance: completion is a fact from vendor, monitor or person.

use chrono::{DateTime, Utc};

use super::draft::{Draft, NEWS_FOR, New, instant};
use super::message::{Material, MaterialWindow};
use super::present::Present;
use super::proposal::NotPlanned;
use super::reminder::{is_settled, why_withdrawn};
use crate::inventory::Stage;
use crate::notice::Status;
use crate::window::Role;

/// Plans the mails of these stages, at the start of each window and at the end of the last, and takes back those that no longer fit.
pub(super) fn plan(draft: &mut Draft<'_>, present: &Present, stages: &[Stage], current: &Material) {
    for stage in stages {
        let wanted = match wanted(draft, present, *stage, current) {
            Ok(wanted) => wanted,
            Err(why) => {
                if let Some(why) = why {
                    draft.note(*stage, why);
                }
                Vec::new()
            }
        };
        let pending = draft.pending(&[*stage]);
        for message in pending.iter().filter(|message| !wanted.iter().any(|new| new.is(message))) {
            draft.withdraw(message, why_withdrawn(message, current));
        }
        for new in wanted.into_iter().filter(|new| !pending.iter().any(|message| new.is(message))) {
            draft.add(new);
        }
    }
}

/// The messages of one stage that should exist, or why there are none; without words where nobody would expect one. Both
/// stages are off by default, and then nobody does.
fn wanted(
    draft: &Draft<'_>,
    present: &Present,
    stage: Stage,
    current: &Material,
) -> Result<Vec<New>, Option<NotPlanned>> {
    // What is tentative may not be happening at all, and what is over neither begins nor runs late.
    if current.status != Some(Status::Confirmed) || current.is_empty() {
        return Err(None);
    }
    draft.wants(stage, current.worst()).map_err(|why| if why == NotPlanned::StageOff { None } else { Some(why) })?;
    let mut wanted: Vec<New> = windows(stage, current)
        .into_iter()
        .filter(|window| known_before(draft, present, window))
        .map(|window| passing(draft, stage, current, window))
        .filter(|new| new.not_after.is_some_and(|until| !draft.now.passed(until)))
        .collect();
    wanted.retain(|new| {
        let window = windows(stage, current).into_iter().find(|window| moment(window) == new.root);
        let holds = |material: &Material| {
            window.is_some_and(|window| material.window(window.ordinal).is_some_and(|w| w.interval == window.interval))
        };
        !is_settled(draft, new, &holds)
    });
    Ok(wanted)
}

/// The windows that a stage speaks of. A reserve date may not be used, so that its start says nothing; and only the end
/// of the last window is late: vendors that work on several nights complete after the last.
fn windows(stage: Stage, current: &Material) -> Vec<&MaterialWindow> {
    if stage == Stage::Start {
        return current.windows.iter().filter(|window| window.role == Role::Primary).collect();
    }
    current.windows.iter().max_by_key(|window| window.interval.end()).into_iter().collect()
}

/// A window that had begun when we heard of it begins for nobody.
fn known_before(draft: &Draft<'_>, present: &Present, window: &MaterialWindow) -> bool {
    let recorded_at = present.recorded_at(window.ordinal, window.interval);
    recorded_at < window.interval.start() || draft.told().is_some_and(|told| told.planned_at < window.interval.start())
}

fn moment(window: &MaterialWindow) -> String {
    format!("w{}", window.ordinal)
}

fn passing(draft: &Draft<'_>, stage: Stage, current: &Material, window: &MaterialWindow) -> New {
    let (start, end) = (window.interval.start(), window.interval.end());
    let (ordinal, id) = (window.ordinal, draft.cause.id());
    let (due_at, until, reason): (DateTime<Utc>, DateTime<Utc>, String) = if stage == Stage::Start {
        (start, end, format!("window {ordinal} of {id} starts at {}", instant(start)))
    } else {
        let reason = format!("window {ordinal} of {id} ends at {} and nobody has completed it", instant(end));
        (end, end + NEWS_FOR, reason)
    };
    New {
        stage,
        root: moment(window),
        material: current.clone(),
        before: None,
        due_at,
        not_after: Some(until),
        slot: None,
        reason,
    }
}
