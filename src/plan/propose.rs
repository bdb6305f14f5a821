//! Planning: from what is known, the policy and the hour to the messages that should exist.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::draft::{Addressee, Draft, NEWS_FOR, Terms, withdraw_all};
use super::material;
use super::message::{Cause, Material, Message, MessageState};
use super::policy::Policy;
use super::present::Present;
use super::proposal::{NotPlanned, Proposal, Unplanned};
use super::rule::Fit;
use super::{follow_up, outage_mail, passing, reminder, telling};
use crate::inventory::{Customer, Inventory, Stage};
use crate::maintenance::Maintenance;
use crate::names::{CustomerId, VendorId};
use crate::outage::Outage;
use crate::time::Zones;

/// What planning looks at.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The maintenances that may still be a reason to write, each with all its revisions.
    pub maintenances: &'a [Maintenance],
    /// The outages that may be a reason to write.
    pub outages: &'a [Outage],
    /// The inventory of today.
    pub inventory: &'a Inventory,
    /// Every message of these causes, whatever has become of it: what was sent decides what is news.
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
    let mut round = Round::new(known, policy, now);
    let mut ledgers = ledgers(known.messages);
    for maintenance in known.maintenances {
        let cause = Cause::Maintenance(maintenance.id.clone());
        let ledger = ledgers.remove(&cause).unwrap_or_default();
        round.maintenance(&cause, &ledger, maintenance);
    }
    for outage in known.outages {
        let cause = Cause::Outage(outage.id.clone());
        let ledger = ledgers.remove(&cause).unwrap_or_default();
        round.outage(&cause, &ledger, outage);
    }
    let mut proposal = round.proposal;
    await_approval(&mut proposal, policy);
    proposal
}

/// The messages of one cause, by reader.
type Ledger<'a> = BTreeMap<&'a str, Vec<&'a Message>>;

fn ledgers(messages: &[Message]) -> BTreeMap<Cause, Ledger<'_>> {
    let mut ledgers: BTreeMap<Cause, Ledger<'_>> = BTreeMap::new();
    // What staff are told is no word to a customer.
    for message in messages.iter().filter(|message| message.to.customer.is_some()) {
        let ledger = ledgers.entry(message.key.cause.clone()).or_default();
        ledger.entry(message.key.contact.as_str()).or_default().push(message);
    }
    ledgers
}

struct Round<'a> {
    known: &'a Known<'a>,
    policy: &'a Policy,
    now: DateTime<Utc>,
    /// By customer.
    readers: Vec<(&'a Customer, Addressee)>,
    /// Places in `readers` by [`Key::contact`](super::Key::contact).
    by_contact: HashMap<String, usize>,
    /// Places in `readers` by customer.
    of_customer: HashMap<&'a CustomerId, Vec<usize>>,
    proposal: Proposal,
}

impl<'a> Round<'a> {
    fn new(known: &'a Known<'a>, policy: &'a Policy, now: DateTime<Utc>) -> Self {
        let mut readers = Vec::new();
        let (mut by_contact, mut of_customer): (HashMap<_, _>, HashMap<_, Vec<_>>) = Default::default();
        for customer in known.inventory.customers.values() {
            for reader in Addressee::of(customer) {
                by_contact.insert(reader.key.clone(), readers.len());
                of_customer.entry(&customer.id).or_default().push(readers.len());
                readers.push((customer, reader));
            }
        }
        Self { known, policy, now, readers, by_contact, of_customer, proposal: Proposal::default() }
    }

    fn maintenance(&mut self, cause: &Cause, ledger: &Ledger<'_>, maintenance: &Maintenance) {
        let state = maintenance.latest();
        let ends = state.windows.iter().map(|window| window.interval.end()).chain(state.ended_at);
        let forgotten = ends.max().is_none_or(|end| end + NEWS_FOR <= self.now);
        if forgotten && !ledger.values().flatten().any(|message| message.state.is_pending()) {
            return;
        }
        let present = Present::of(maintenance, &state, self.known.inventory, self.policy);
        let customers: BTreeSet<_> = present.customers().cloned().collect();
        if customers.is_empty() && ledger.is_empty() {
            self.note_nobody(cause, Stage::Announce);
            return;
        }
        let felt = follow_up::felt(maintenance, &state, self.known.outages, self.known.inventory);
        let vendor = Some(&maintenance.identity.vendor);
        let material_of = |customer: &CustomerId| present.material_of(customer);
        self.each_reader((cause, vendor), ledger, &customers, material_of, |draft, customer, current| {
            telling::plan(draft, &present, &customer.id, current);
            reminder::plan(draft, &present, &customer.id, current);
            passing::plan(draft, &present, current);
            follow_up::plan(draft, &present, (customer, felt.get(&customer.id).copied()), current);
        });
    }

    fn outage(&mut self, cause: &Cause, ledger: &Ledger<'_>, outage: &Outage) {
        let over =
            outage_mail::is_history(outage) || outage_mail::of_use_until(outage).is_some_and(|until| until <= self.now);
        if over && !ledger.values().flatten().any(|message| message.state.is_pending()) {
            return;
        }
        let materials = material::of_outage(outage, self.known.inventory, self.policy.mildest_outage());
        if materials.is_empty() && ledger.is_empty() {
            self.note_nobody(cause, Stage::Outage);
            return;
        }
        let customers = materials.keys().cloned().collect();
        let material_of =
            |customer: &CustomerId| materials.get(customer).cloned().unwrap_or_else(material::untouched_by_outage);
        self.each_reader((cause, None), ledger, &customers, material_of, |draft, _, current| {
            outage_mail::plan(draft, outage, current);
        });
    }

    /// Plans for every reader of these customers and everybody written to before, and takes back what is pending to people
    /// who are no longer there. Looks at nobody else, so that a round costs what is touched and not what is known.
    fn each_reader(
        &mut self,
        (cause, vendor): (&Cause, Option<&VendorId>),
        ledger: &Ledger<'_>,
        customers: &BTreeSet<CustomerId>,
        material_of: impl Fn(&CustomerId) -> Material,
        plan: impl Fn(&mut Draft<'_>, &Customer, &Material),
    ) {
        let written_to = ledger.keys().filter_map(|contact| self.by_contact.get(*contact).copied());
        let touched = customers.iter().flat_map(|id| self.of_customer.get(id).into_iter().flatten().copied());
        let chosen: BTreeSet<usize> = written_to.chain(touched).collect();
        for (customer, reader) in chosen.into_iter().map(|place| &self.readers[place]) {
            let messages = ledger.get(reader.key.as_str()).map_or(&[][..], Vec::as_slice);
            let about = (cause, reader, messages);
            let current = material_of(&customer.id);
            let inventory = self.known.inventory;
            let policy = self.policy.fitted(&Fit { vendor, customer: &customer.id, material: &current, inventory });
            let terms = Terms { policy: &policy, zones: self.known.zones, now: self.now };
            plan(&mut Draft::new(about, terms, &mut self.proposal), customer, &current);
        }
        for (_, messages) in ledger.iter().filter(|(contact, _)| !self.by_contact.contains_key(**contact)) {
            withdraw_all(messages, "the reader is no longer a contact of the customer", &mut self.proposal);
        }
    }

    fn note_nobody(&mut self, cause: &Cause, stage: Stage) {
        let why = NotPlanned::NobodyTouched;
        self.proposal.unplanned.push(Unplanned { cause: cause.clone(), contact: None, stage, why });
    }
}

/// Says of the new messages that wait for a person why they do: all of them when they are many at once.
fn await_approval(proposal: &mut Proposal, policy: &Policy) {
    let count = proposal.new.len();
    let many = (count > policy.bulk_limit).then(|| {
        format!("{count} new messages at once are more than {}, so each waits for approval", policy.bulk_limit)
    });
    for message in &mut proposal.new {
        if many.is_some() {
            message.state = MessageState::AwaitingApproval;
        }
        if message.state == MessageState::AwaitingApproval {
            let waits = many.as_deref().unwrap_or("waits for approval");
            message.reason = format!("{}; {waits}", message.reason);
        }
    }
}
