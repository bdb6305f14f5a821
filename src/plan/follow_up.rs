//! Follow-up: what a customer should do once a maintenance that touched it is over.

use std::collections::BTreeMap;

use super::draft::{Draft, NEWS_FOR, New};
use super::message::{Material, MessageState};
use super::present::{Opened, Present};
use super::proposal::NotPlanned;
use super::telling::names;
use crate::inventory::{Customer, Inventory, Stage};
use crate::maintenance::{Maintenance, State, StatedTerms, Terms};
use crate::names::CustomerId;
use crate::notice::Status;
use crate::outage::Outage;
use crate::time::Interval;
use crate::window::Impact;

/// The worst that each customer felt of outages around a maintenance: those that began in its windows, or as far before
/// as the vendor's terms still call an early start.
///
/// Whether the vendor is excused for them is the judge's question; what the customer should do now is the same.
pub(super) fn felt(
    maintenance: &Maintenance,
    state: &State,
    outages: &[Outage],
    inventory: &Inventory,
) -> BTreeMap<CustomerId, Impact> {
    let contract = inventory.vendors.get(&maintenance.identity.vendor).map(|vendor| vendor.terms.clone());
    let terms = Terms::of(&contract.unwrap_or_default(), &StatedTerms::default());
    let around = |outage: &&Outage| {
        state.windows.iter().any(|window| {
            let (start, end) = (window.interval.start() - terms.early_radius, window.interval.end());
            start <= outage.start.at && outage.start.at < end
        })
    };
    let mut felt: BTreeMap<CustomerId, Impact> = BTreeMap::new();
    for outage in outages.iter().filter(around) {
        let start: Vec<_> = outage.assets.iter().map(|asset| (asset.clone(), outage.impact)).collect();
        for touch in inventory.customers_touched(&inventory.spread(&start)) {
            let worst = touch.assets.iter().map(|(_, impact)| *impact).max();
            let seen = felt.entry(touch.customer.id.clone()).or_insert(Impact::NoImpact);
            *seen = (*seen).max(worst.unwrap_or(Impact::NoImpact));
        }
    }
    felt
}

/// The instants of which some must lie in a window for the outage to have been felt around its maintenance, whatever the
/// terms of its vendor.
#[must_use]
pub fn felt_within(outage: &Outage, inventory: &Inventory) -> Interval {
    let contracts = inventory.vendors.values().map(|vendor| vendor.terms.clone()).chain([StatedTerms::default()]);
    let radius = contracts.map(|contract| Terms::of(&contract, &StatedTerms::default()).early_radius).max();
    let (first, second) = (outage.start.at, Interval::second_at(outage.start.at));
    Interval::new(first, second.end() + radius.unwrap_or_default()).unwrap_or(second)
}

/// Plans the one follow-up mail of this reader, or takes it back when the work is not over after all.
/// `felt` is the worst that outages around the work did to the customer.
pub(super) fn plan(
    draft: &mut Draft<'_>,
    present: &Present,
    (customer, felt): (&Customer, Option<Impact>),
    current: &Material,
) {
    let pending = draft.pending(&[Stage::FollowUp]);
    match wanted(draft, present, (customer, felt), current) {
        Ok(new) => {
            let written = |state: MessageState| state != MessageState::Skipped;
            if !draft.messages.iter().any(|m| m.key.stage == Stage::FollowUp && written(m.state)) {
                draft.add(new);
            }
        }
        Err(why) => {
            for message in pending {
                draft.withdraw(message, "what it follows up on no longer holds");
            }
            if let Some(why) = why {
                draft.note(Stage::FollowUp, why);
            }
        }
    }
}

/// The message, or why there is none; without words where nobody would expect one.
fn wanted(
    draft: &Draft<'_>,
    present: &Present,
    (customer, felt): (&Customer, Option<Impact>),
    current: &Material,
) -> Result<New, Option<NotPlanned>> {
    if current.status != Some(Status::Completed) || current.is_empty() || customer.follow_up.is_none() {
        return Err(None);
    }
    let starts = current.windows.iter().map(|window| window.interval.start());
    let known_before = starts.min().is_some_and(|start| present.first_recorded_at() < start);
    if draft.told().is_none() && !known_before {
        return Err(Some(NotPlanned::AlreadyBegun));
    }
    let by_baseline = present.baseline.as_ref().map(|b| (b.opened, b.material_of(&customer.id)));
    if by_baseline.is_some_and(|(opened, known)| opened == Opened::ByBaseline && known.status == current.status) {
        return Err(Some(NotPlanned::Baseline));
    }
    let ends = current.windows.iter().map(|window| window.interval.end()).chain(present.ended_at);
    let until = ends.max().map(|end| end + NEWS_FOR).filter(|until| !draft.now.passed(*until));
    let until = until.ok_or(Some(NotPlanned::TooLate))?;
    draft.wants(Stage::FollowUp, current.worst().max(felt)).map_err(Some)?;
    Ok(New {
        stage: Stage::FollowUp,
        root: String::new(),
        material: current.clone(),
        before: None,
        due_at: draft.now.at(),
        not_after: Some(until),
        slot: None,
        reason: format!("{} is completed and touched {}", draft.cause.id(), names(current)),
    })
}
