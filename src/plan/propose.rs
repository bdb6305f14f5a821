//! Planning: from what is known, the policy and the hour to the messages that should exist.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::message::{Cause, Message};
use super::policy::Policy;
use super::proposal::Proposal;
use super::round::{Ground, Reasons, Round};
use super::standing::Upcoming;
use crate::inventory::Inventory;
use crate::maintenance::Maintenance;
use crate::outage::Outage;
use crate::time::Zones;

/// What planning looks at, all of it at once.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The maintenances that may still be a reason to write, each with all its revisions.
    pub maintenances: &'a [Maintenance],
    /// The outages that may be a reason to write.
    pub outages: &'a [Outage],
    /// The standing windows, as wholes and by occurrences, that may be a reason to write.
    pub standing: &'a [Upcoming],
    /// The inventory of today.
    pub inventory: &'a Inventory,
    /// Every message about these, and of the days of digests, whatever has become of it: what was sent decides what is news.
    pub messages: &'a [Message],
    /// The rules of zones, for the clocks of readers.
    pub zones: &'a Zones,
}

/// The messages that should exist and do not, and the pending ones that should not be sent any more.
///
/// A pure function of its arguments: once its proposal has been carried out, asking again at the same `now` proposes
/// nothing. Leased messages are never withdrawn, and count as told.
#[must_use]
pub fn propose(known: &Known<'_>, policy: &Policy, now: DateTime<Utc>) -> Proposal {
    let Known { outages, inventory, zones, standing, .. } = *known;
    let mut round = Round::new(Ground { outages, inventory, zones }, policy, Reasons::Kept, now);
    let mut by_cause: BTreeMap<&Cause, Vec<&Message>> = BTreeMap::new();
    for message in known.messages {
        by_cause.entry(&message.key.cause).or_default().push(message);
        for told in &message.material.digest {
            by_cause.entry(&told.cause).or_default().push(message);
        }
    }
    let about = |cause: &Cause| by_cause.get(cause).into_iter().flatten().copied();
    for maintenance in known.maintenances {
        let mut topic = round.maintenance(maintenance);
        let messages = about(topic.cause());
        round.plan(&mut topic, messages, None);
    }
    for outage in known.outages {
        let mut topic = round.outage(outage);
        let messages = about(topic.cause());
        round.plan(&mut topic, messages, None);
    }
    for upcoming in standing {
        let mut topic = round.standing(upcoming);
        let messages = about(topic.cause());
        round.plan(&mut topic, messages, None);
    }
    let days = round.digest_days();
    let of_days = days.iter().flat_map(|(day, contact)| about(day).filter(move |one| one.key.contact == *contact));
    let digests: Vec<Message> = of_days.cloned().collect();
    round.finish(&digests).0
}
