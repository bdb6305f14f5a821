//! One round of planning: cause by cause, and of each cause reader by reader.
//!
//! Readers come in the order of [`Key::contact`](super::Key::contact), so that of a cause with a hundred thousand messages
//! no more than a page need be held at a time. Each reader is planned for by what concerns that reader alone: a round in
//! pages proposes what one over everything does.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::digest::Digests;
use super::draft::{Addressee, Draft, NEWS_FOR, Terms, withdraw_all};
use super::material;
use super::message::{Cause, Material, Message, MessageState};
use super::now::Now;
use super::policy::{Policy, StandingMails};
use super::present::Present;
use super::proposal::{NotPlanned, Proposal, Unplanned};
use super::rule::Fit;
use super::standing::{self, Upcoming};
use super::unsent::Unsent;
use super::{alarms, follow_up, outage_mail, passing, reminder, telling};
use crate::inventory::{Customer, Inventory, Stage};
use crate::maintenance::{Maintenance, State};
use crate::names::{CustomerId, MessageId};
use crate::outage::Outage;
use crate::time::Zones;
use crate::window::Impact;

/// What planning stands on, whatever it is about.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The outages that may be a reason to write, or to ask more of a follow-up.
    pub outages: &'a [Outage],
    /// The inventory of today.
    pub inventory: &'a Inventory,
    /// The rules of zones, for the clocks of readers.
    pub zones: &'a Zones,
}

/// Whether a round keeps why mails that one might expect are not written: for each reader some words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasons {
    /// It does.
    Kept,
    /// Nobody asks for them.
    Dropped,
}

/// A maintenance, an outage or a standing window that may be a reason to write.
pub struct Topic<'m> {
    cause: Cause,
    what: What<'m>,
    /// What it means for customers, once anybody is planned for.
    walked: Option<Walked<'m>>,
    /// Up to whom it was planned; nobody at first.
    after: Option<String>,
    /// Whether any customer was ever written to about it.
    written: bool,
    /// The messages to the user's own people about it.
    to_staff: Vec<Message>,
    now: Now,
}

enum What<'m> {
    Maintenance(&'m Maintenance, Box<State>),
    Outage(&'m Outage),
    Standing(&'m Upcoming),
}

/// What a topic means for customers.
struct Walked<'m> {
    meaning: Meaning<'m>,
    /// The readers whom it touches, by [`Key::contact`](super::Key::contact).
    touched: Vec<Addressee>,
}

enum Meaning<'m> {
    Maintenance {
        present: Box<Present>,
        felt: BTreeMap<CustomerId, Impact>,
    },
    Outage {
        outage: &'m Outage,
        materials: BTreeMap<CustomerId, Material>,
    },
    /// `whole` is what it means whatever notices take over.
    Standing {
        upcoming: &'m Upcoming,
        present: Box<Present>,
        whole: BTreeMap<CustomerId, Material>,
    },
}

impl Topic<'_> {
    /// The cause of the messages about it.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The readers that are touched, after those planned for and up to `until`.
    fn touched(&self, until: Option<&str>) -> &[Addressee] {
        let touched = self.walked.as_ref().map_or(&[][..], |walked| &walked.touched);
        let up_to = |contact: &str| touched.partition_point(|reader| reader.key.as_str() <= contact);
        let from = self.after.as_deref().map_or(0, up_to);
        let to = until.map_or(touched.len(), up_to);
        touched.get(from..to).unwrap_or_default()
    }

    /// Whether only what is pending is looked at: everything is over, and news of it would be of no use.
    fn is_forgotten(&self) -> bool {
        let now = &self.now;
        match &self.what {
            What::Maintenance(_, state) => {
                let ends = state.windows.iter().map(|window| window.interval.end()).chain(state.ended_at);
                ends.max().is_none_or(|end| now.passed(end + NEWS_FOR))
            }
            What::Outage(outage) => {
                outage_mail::is_history(outage)
                    || outage_mail::of_use_until(outage).is_some_and(|until| now.passed(until))
            }
            What::Standing(upcoming) => upcoming.is_forgotten(now),
        }
    }
}

/// One round of planning.
pub struct Round<'a> {
    ground: Ground<'a>,
    policy: &'a Policy,
    reasons: Reasons,
    now: DateTime<Utc>,
    proposal: Proposal,
    digests: Digests,
    /// What the round makes of those that wait for approval, and of those that missed their moment.
    unsent: Unsent,
    /// How many alarms each of the user's own people is to get.
    alarms: BTreeMap<String, usize>,
}

/// The messages of one cause, by reader.
type Ledger<'m> = BTreeMap<&'m str, Vec<&'m Message>>;

impl<'a> Round<'a> {
    /// Begins.
    #[must_use]
    pub fn new(ground: Ground<'a>, policy: &'a Policy, reasons: Reasons, now: DateTime<Utc>) -> Self {
        let (proposal, digests) = (Proposal::default(), Digests::default());
        let (unsent, alarms) = (Unsent::default(), BTreeMap::new());
        Self { ground, policy, reasons, now, proposal, digests, unsent, alarms }
    }

    /// Takes up a maintenance, with all its revisions.
    #[must_use]
    pub fn maintenance<'m>(&self, maintenance: &'m Maintenance) -> Topic<'m> {
        let what = What::Maintenance(maintenance, Box::new(maintenance.latest()));
        self.topic(Cause::Maintenance(maintenance.id.clone()), what)
    }

    /// Takes up an outage.
    #[must_use]
    pub fn outage<'m>(&self, outage: &'m Outage) -> Topic<'m> {
        self.topic(Cause::Outage(outage.id.clone()), What::Outage(outage))
    }

    /// Takes up a standing window, or one occurrence.
    #[must_use]
    pub fn standing<'m>(&self, upcoming: &'m Upcoming) -> Topic<'m> {
        self.topic(upcoming.cause.clone(), What::Standing(upcoming))
    }

    fn topic<'m>(&self, cause: Cause, what: What<'m>) -> Topic<'m> {
        let now = Now::new(self.now);
        Topic { cause, what, walked: None, after: None, written: false, to_staff: Vec::new(), now }
    }

    /// Plans for the next readers, up to `until` and that one too; for all that are left when it is none. `messages` are all
    /// of this topic to these readers, digests that tell of it among them, whatever has become of them: what was sent decides
    /// what is news.
    ///
    /// Looks at nobody but whom it touches and who was written to, so that a round costs what is touched and not what is
    /// known.
    pub fn plan<'m>(
        &mut self,
        topic: &mut Topic<'_>,
        messages: impl IntoIterator<Item = &'m Message>,
        until: Option<&str>,
    ) {
        let messages: Vec<Cow<'m, Message>> = messages
            .into_iter()
            .map(|message| {
                self.digests.meet(message);
                message.telling(&topic.cause)
            })
            .collect();
        let ledger = ledger(&messages, &mut topic.to_staff);
        topic.written |= !ledger.is_empty();
        let withdrawn_from = self.proposal.withdrawn.len();
        let forgotten = topic.is_forgotten();
        let waits = |messages: &Vec<&Message>| messages.iter().any(|message| message.state.is_pending());
        let written_to: Vec<&str> =
            ledger.iter().filter(|(_, messages)| !forgotten || waits(messages)).map(|(contact, _)| *contact).collect();
        if !(forgotten && written_to.is_empty()) {
            self.walk(topic);
            let (known, gone) = self.known(&written_to, &ledger);
            let mut readers: BTreeMap<&str, &Addressee> =
                known.iter().map(|reader| (reader.key.as_str(), reader)).collect();
            if !forgotten {
                readers.extend(topic.touched(until).iter().map(|reader| (reader.key.as_str(), reader)));
            }
            self.plan_for(topic, readers.into_values(), &ledger);
            for contact in gone {
                let why = "the reader is no longer a contact of the customer";
                withdraw_all(&ledger[contact], why, (&mut self.proposal, &mut self.digests));
            }
        }
        self.count_withdrawn(&ledger, withdrawn_from);
        if until.is_none() {
            if !forgotten {
                self.note_nobody(topic);
            }
            self.close(topic);
        }
        if self.reasons == Reasons::Dropped {
            self.proposal.unplanned.clear();
        }
        topic.after = until.map(str::to_owned);
    }

    /// The days and readers whose messages must be known to [`Self::finish`]: something waits for a digest of theirs, or
    /// does so no longer.
    #[must_use]
    pub fn digest_days(&self) -> Vec<(Cause, String)> {
        self.digests.days().into_iter().collect()
    }

    /// What the round proposes, and what it makes of the messages that wait for approval or missed their moment; `digests`
    /// are all messages of [`Self::digest_days`].
    #[must_use]
    pub fn finish(self, digests: &[Message]) -> (Proposal, Unsent) {
        let Self { mut proposal, mut unsent, policy, now, reasons, .. } = self;
        for (withdrawn, digest) in self.digests.finish(digests, now, &mut proposal) {
            unsent.uncount(&digest);
            unsent.count(&withdrawn);
            // What it told besides, and is not looked at in this round, has to be told by another.
            for told in digest.material.digest {
                proposal.wakes.entry(told.cause).or_insert(Some(now));
            }
        }
        if reasons == Reasons::Dropped {
            proposal.unplanned.clear();
        }
        await_approval(&mut proposal, policy);
        proposal.new.iter().for_each(|message| unsent.count(message));
        wake_in_time(&mut proposal, now);
        (proposal, unsent)
    }

    /// Ends what was planned for all readers of a topic.
    fn close(&mut self, topic: &Topic<'_>) {
        match &topic.what {
            What::Maintenance(maintenance, state) => {
                let Ground { inventory, zones, .. } = self.ground;
                let desk = alarms::Desk { inventory, zones, policy: self.policy, now: &topic.now };
                let told = (&mut self.alarms, &mut self.proposal);
                alarms::plan(desk, (&topic.cause, (maintenance, state)), &topic.to_staff, told);
            }
            What::Outage(_) => {}
            // They are looked at in each round.
            What::Standing(_) => return,
        }
        self.proposal.wakes.insert(topic.cause.clone(), topic.now.next());
    }

    /// Of those who were written to those who still are contacts of their customers, and those who are no longer.
    fn known<'c>(&self, written_to: &[&'c str], ledger: &Ledger<'_>) -> (Vec<Addressee>, Vec<&'c str>) {
        let (mut known, mut gone) = (Vec::new(), Vec::new());
        for contact in written_to {
            let customer = ledger[contact].iter().find_map(|message| message.to.customer.as_ref());
            let customer = customer.and_then(|customer| self.ground.inventory.customers.get(customer));
            let reader = customer.and_then(|customer| Addressee::of(customer).into_iter().find(|r| r.key == *contact));
            match reader {
                Some(reader) => known.push(reader),
                None => gone.push(*contact),
            }
        }
        (known, gone)
    }

    /// Walks the inventory for a topic, once.
    fn walk(&self, topic: &mut Topic<'_>) {
        if topic.walked.is_some() {
            return;
        }
        let Ground { inventory, outages, .. } = self.ground;
        let meaning = match &topic.what {
            What::Maintenance(maintenance, state) => {
                let felt = follow_up::felt(maintenance, state, outages, inventory);
                let present = Present::of(maintenance, state, inventory, self.policy);
                Meaning::Maintenance { present: Box::new(present), felt }
            }
            What::Outage(outage) => {
                let materials = material::of_outage(outage, inventory, self.policy.mildest_outage());
                Meaning::Outage { outage, materials }
            }
            What::Standing(upcoming) => {
                let of = |without| material::of_standing(upcoming, inventory, self.policy.mildest(), without);
                let present = Box::new(Present::of_standing(upcoming, of(&upcoming.taken_over)));
                Meaning::Standing { upcoming, present, whole: of(&BTreeSet::new()) }
            }
        };
        let customers: BTreeSet<&CustomerId> = match &meaning {
            Meaning::Maintenance { present, .. } => present.customers().collect(),
            Meaning::Outage { materials, .. } => materials.keys().collect(),
            Meaning::Standing { whole, .. } => whole.keys().collect(),
        };
        let customers = customers.into_iter().filter_map(|customer| inventory.customers.get(customer));
        let mut touched: Vec<Addressee> = customers.flat_map(Addressee::of).collect();
        touched.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        topic.walked = Some(Walked { meaning, touched });
    }

    fn plan_for<'r>(&mut self, topic: &Topic<'_>, readers: impl Iterator<Item = &'r Addressee>, ledger: &Ledger<'_>) {
        let Some(Walked { meaning, .. }) = &topic.walked else { return };
        let vendor = match &topic.what {
            What::Maintenance(maintenance, _) => Some(&maintenance.identity.vendor),
            What::Standing(upcoming) => Some(&upcoming.vendor),
            What::Outage(_) => None,
        };
        let Ground { inventory, zones, .. } = self.ground;
        for reader in readers {
            let customer = reader.to.customer.as_ref().and_then(|customer| inventory.customers.get(customer));
            let Some(customer) = customer else { continue };
            let messages = ledger.get(reader.key.as_str()).map_or(&[][..], Vec::as_slice);
            let current = meaning.material_of(&customer.id);
            let fit = Fit { vendor, customer: &customer.id, material: &current, inventory };
            let policy = self.policy.fitted(&fit);
            let terms = Terms { policy: &policy, zones, now: &topic.now };
            let gathered = (&mut self.proposal, &mut self.digests);
            let mut draft = Draft::new((&topic.cause, reader, messages), terms, gathered);
            meaning.plan(&mut draft, customer, &current);
        }
    }

    /// Counts what was taken back as it is now; of digests that is known at the end of the round.
    fn count_withdrawn(&mut self, ledger: &Ledger<'_>, withdrawn_from: usize) {
        let withdrawn = &self.proposal.withdrawn[withdrawn_from..];
        if withdrawn.is_empty() {
            return;
        }
        let withdrawn: HashMap<&MessageId, _> = withdrawn.iter().map(|one| (&one.id, one)).collect();
        for message in ledger.values().flatten() {
            if let Some(one) = withdrawn.get(&message.id) {
                self.unsent.uncount(message);
                self.unsent.count(&one.done_to(message));
            }
        }
    }

    /// Notes that nobody is touched by what nobody was ever told of; of a standing window, which mostly touches nobody, in
    /// one line that nobody gets any mail about one that does.
    fn note_nobody(&mut self, topic: &Topic<'_>) {
        let Some(walked) = &topic.walked else { return };
        let touches_nobody = walked.meaning.touches_nobody();
        let (applies, stage, why) = match &topic.what {
            What::Maintenance(..) => (touches_nobody, Stage::Announce, NotPlanned::NobodyTouched),
            What::Outage(_) => (touches_nobody, Stage::Outage, NotPlanned::NobodyTouched),
            What::Standing(upcoming) => {
                let is_whole = upcoming.mails() == StandingMails::First;
                let never = is_whole && !self.policy.tells_of_standing();
                (never && !touches_nobody, Stage::Announce, NotPlanned::StandingNever)
            }
        };
        if topic.written || !applies {
            return;
        }
        let cause = topic.cause.clone();
        self.proposal.unplanned.push(Unplanned { cause, contact: None, stage, why });
    }
}

impl Meaning<'_> {
    fn material_of(&self, customer: &CustomerId) -> Material {
        match self {
            Self::Maintenance { present, .. } | Self::Standing { present, .. } => present.material_of(customer),
            Self::Outage { materials, .. } => {
                materials.get(customer).cloned().unwrap_or_else(material::untouched_by_outage)
            }
        }
    }

    fn touches_nobody(&self) -> bool {
        match self {
            Self::Maintenance { present, .. } => present.customers().next().is_none(),
            Self::Outage { materials, .. } => materials.is_empty(),
            Self::Standing { whole, .. } => whole.is_empty(),
        }
    }

    fn plan(&self, draft: &mut Draft<'_>, customer: &Customer, current: &Material) {
        match self {
            Self::Maintenance { present, felt } => {
                telling::plan(draft, present, &customer.id, current);
                reminder::plan(draft, present, &customer.id, current);
                passing::plan(draft, present, &[Stage::Start, Stage::Overrun], current);
                follow_up::plan(draft, present, (customer, felt.get(&customer.id).copied()), current);
            }
            Self::Outage { outage, .. } => outage_mail::plan(draft, outage, current),
            Self::Standing { upcoming, present, whole } => {
                standing::plan(draft, present, (upcoming, whole), &customer.id, current);
            }
        }
    }
}

/// The messages to customers by reader; what staff are told is no word to a customer.
fn ledger<'m>(messages: &'m [Cow<'_, Message>], to_staff: &mut Vec<Message>) -> Ledger<'m> {
    let mut ledger = Ledger::new();
    for message in messages.iter().map(AsRef::as_ref) {
        if message.to.customer.is_some() {
            ledger.entry(message.key.contact.as_str()).or_default().push(message);
        } else {
            to_staff.push(message.clone());
        }
    }
    ledger
}

/// What is new has a moment after which it is too late, and so have the digests that tell of something.
fn wake_in_time(proposal: &mut Proposal, now: DateTime<Utc>) {
    let Proposal { new, wakes, .. } = proposal;
    for message in new {
        let sooner = |at: &mut Option<DateTime<Utc>>| *at = at.iter().copied().chain(message.not_after).min();
        wakes.get_mut(&message.key.cause).into_iter().for_each(sooner);
        for told in &message.material.digest {
            // What a digest tells besides, and was not looked at in this round, is to be.
            wakes.entry(told.cause.clone()).and_modify(sooner).or_insert(Some(now));
        }
    }
}

/// Says of the new messages to customers that wait for a person why they do: all of them when they are many at once.
fn await_approval(proposal: &mut Proposal, policy: &Policy) {
    let new: Vec<&mut Message> = proposal.new.iter_mut().filter(|message| message.to.customer.is_some()).collect();
    let count = new.len();
    let many = (count > policy.bulk_limit).then(|| {
        format!("{count} new messages at once are more than {}, so each waits for approval", policy.bulk_limit)
    });
    for message in new {
        if many.is_some() {
            message.state = MessageState::AwaitingApproval;
        }
        if message.state == MessageState::AwaitingApproval {
            let waits = many.as_deref().unwrap_or("waits for approval");
            message.reason = format!("{}; {waits}", message.reason);
        }
    }
}
