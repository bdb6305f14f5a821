//! One round of planning: cause by cause, and of each cause reader by reader.
//!
//! Readers come in the order of [`Key::contact`](super::Key::contact), so that of a cause with a hundred thousand messages
//! no more than a page need be held at a time. Each reader is planned for by what concerns that reader alone: a round in
//! pages proposes what one over everything does.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::digest::Digests;
use super::draft::{Addressee, Draft, NEWS_FOR, Terms, withdraw_all};
use super::material;
use super::message::{Cause, Material, Message, MessageState};
use super::policy::{Policy, StandingMails};
use super::present::Present;
use super::proposal::{NotPlanned, Proposal, Unplanned};
use super::rule::Fit;
use super::seen::Seen;
use super::standing::{self, Upcoming};
use super::{follow_up, outage_mail, passing, reminder, telling};
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
}

enum What<'m> {
    Maintenance(&'m Maintenance, Box<State>),
    Outage(&'m Outage),
    Standing(&'m Upcoming),
}

/// What a topic means for customers.
struct Walked<'m> {
    meaning: Meaning<'m>,
    /// Places of readers whom it touches, rising.
    touched: Vec<usize>,
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

    /// Whether only what is pending is looked at: everything is over, and news of it would be of no use.
    fn is_forgotten(&self, now: DateTime<Utc>) -> bool {
        match &self.what {
            What::Maintenance(_, state) => {
                let ends = state.windows.iter().map(|window| window.interval.end()).chain(state.ended_at);
                ends.max().is_none_or(|end| end + NEWS_FOR <= now)
            }
            What::Outage(outage) => {
                outage_mail::is_history(outage) || outage_mail::of_use_until(outage).is_some_and(|until| until <= now)
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
    /// Listed once anybody is touched, which most notices do not.
    readers: OnceCell<Readers<'a>>,
    proposal: Proposal,
    digests: Digests,
    seen: Seen,
}

/// Everybody who can be written to.
struct Readers<'a> {
    /// By [`Key::contact`](super::Key::contact).
    all: Vec<(&'a Customer, Addressee)>,
    /// Places in `all`.
    of_customer: HashMap<&'a CustomerId, Vec<usize>>,
}

impl<'a> Readers<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let customers = inventory.customers.values();
        let mut all: Vec<(&Customer, Addressee)> = customers
            .flat_map(|customer| Addressee::of(customer).into_iter().map(move |reader| (customer, reader)))
            .collect();
        all.sort_unstable_by(|(_, a), (_, b)| a.key.cmp(&b.key));
        let mut of_customer: HashMap<_, Vec<_>> = HashMap::new();
        for (place, (customer, _)) in all.iter().enumerate() {
            of_customer.entry(&customer.id).or_default().push(place);
        }
        Self { all, of_customer }
    }
}

/// The messages of one cause, by reader.
type Ledger<'m> = BTreeMap<&'m str, Vec<&'m Message>>;

impl<'a> Round<'a> {
    /// Begins.
    #[must_use]
    pub fn new(ground: Ground<'a>, policy: &'a Policy, reasons: Reasons, now: DateTime<Utc>) -> Self {
        let (proposal, digests, seen) = (Proposal::default(), Digests::default(), Seen::default());
        Self { ground, policy, reasons, now, readers: OnceCell::new(), proposal, digests, seen }
    }

    /// Takes up a maintenance, with all its revisions.
    pub fn maintenance<'m>(&mut self, maintenance: &'m Maintenance) -> Topic<'m> {
        let state = maintenance.latest();
        self.seen.maintenance((maintenance, &state), self.ground.inventory, self.now);
        let cause = Cause::Maintenance(maintenance.id.clone());
        Topic {
            cause,
            what: What::Maintenance(maintenance, Box::new(state)),
            walked: None,
            after: None,
            written: false,
        }
    }

    /// Takes up an outage.
    #[must_use]
    pub fn outage<'m>(&self, outage: &'m Outage) -> Topic<'m> {
        let cause = Cause::Outage(outage.id.clone());
        Topic { cause, what: What::Outage(outage), walked: None, after: None, written: false }
    }

    /// Takes up a standing window, or one occurrence.
    #[must_use]
    pub fn standing<'m>(&self, upcoming: &'m Upcoming) -> Topic<'m> {
        let (cause, what) = (upcoming.cause.clone(), What::Standing(upcoming));
        Topic { cause, what, walked: None, after: None, written: false }
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
        let ledger = self.ledger(&messages);
        topic.written |= !ledger.is_empty();
        let withdrawn_from = self.proposal.withdrawn.len();
        let forgotten = topic.is_forgotten(self.now);
        let waits = |messages: &Vec<&Message>| messages.iter().any(|message| message.state.is_pending());
        let written_to: Vec<&str> =
            ledger.iter().filter(|(_, messages)| !forgotten || waits(messages)).map(|(contact, _)| *contact).collect();
        if !(forgotten && written_to.is_empty()) {
            self.walk(topic);
            let mut places: BTreeSet<usize> = written_to.iter().filter_map(|contact| self.place_of(contact)).collect();
            if !forgotten {
                places.extend(self.touched(topic, until));
            }
            self.plan_for(topic, &places, &ledger);
            let gone: Vec<&str> = written_to.into_iter().filter(|contact| self.place_of(contact).is_none()).collect();
            for contact in gone {
                let why = "the reader is no longer a contact of the customer";
                withdraw_all(&ledger[contact], why, (&mut self.proposal, &mut self.digests));
            }
        }
        self.see(&ledger, withdrawn_from);
        if until.is_none() && !forgotten {
            self.note_nobody(topic);
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

    /// What the round proposes, and what was seen; `digests` are all messages of [`Self::digest_days`].
    #[must_use]
    pub fn finish(self, digests: &[Message]) -> (Proposal, Seen) {
        let Self { mut proposal, mut seen, policy, now, reasons, .. } = self;
        self.digests.finish(digests, now, &mut proposal).for_each(|digest| seen.message(&digest));
        if reasons == Reasons::Dropped {
            proposal.unplanned.clear();
        }
        await_approval(&mut proposal, policy);
        proposal.new.iter().for_each(|message| seen.message(message));
        (proposal, seen)
    }

    /// What staff are told is no word to a customer.
    fn ledger<'m>(&mut self, messages: &'m [Cow<'_, Message>]) -> Ledger<'m> {
        let mut ledger = Ledger::new();
        for message in messages.iter().map(AsRef::as_ref) {
            if message.to.customer.is_some() {
                ledger.entry(message.key.contact.as_str()).or_default().push(message);
            } else {
                self.seen.message(message);
            }
        }
        ledger
    }

    fn readers(&self) -> &Readers<'a> {
        self.readers.get_or_init(|| Readers::of(self.ground.inventory))
    }

    fn place_of(&self, contact: &str) -> Option<usize> {
        self.readers().all.binary_search_by(|(_, reader)| reader.key.as_str().cmp(contact)).ok()
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
        let places = |customer| self.readers().of_customer.get(customer).into_iter().flatten().copied();
        let mut touched: Vec<usize> = match &meaning {
            Meaning::Maintenance { present, .. } => present.customers().flat_map(places).collect(),
            Meaning::Outage { materials, .. } => materials.keys().flat_map(places).collect(),
            Meaning::Standing { whole, .. } => whole.keys().flat_map(places).collect(),
        };
        touched.sort_unstable();
        touched.dedup();
        topic.walked = Some(Walked { meaning, touched });
    }

    /// The readers that are touched, after those planned for and up to `until`.
    fn touched<'t>(&self, topic: &'t Topic<'_>, until: Option<&str>) -> impl Iterator<Item = usize> + use<'t> {
        let touched = topic.walked.as_ref().map_or(&[][..], |walked| &walked.touched);
        let up_to =
            |contact: &str| touched.partition_point(|place| self.readers().all[*place].1.key.as_str() <= contact);
        let from = topic.after.as_deref().map_or(0, up_to);
        let to = until.map_or(touched.len(), up_to);
        touched.get(from..to).unwrap_or_default().iter().copied()
    }

    fn plan_for(&mut self, topic: &Topic<'_>, places: &BTreeSet<usize>, ledger: &Ledger<'_>) {
        let Some(Walked { meaning, .. }) = &topic.walked else { return };
        if places.is_empty() {
            return;
        }
        let vendor = match &topic.what {
            What::Maintenance(maintenance, _) => Some(&maintenance.identity.vendor),
            What::Standing(upcoming) => Some(&upcoming.vendor),
            What::Outage(_) => None,
        };
        let Ground { inventory, zones, .. } = self.ground;
        let readers = self.readers.get_or_init(|| Readers::of(inventory));
        for (customer, reader) in places.iter().map(|place| &readers.all[*place]) {
            let messages = ledger.get(reader.key.as_str()).map_or(&[][..], Vec::as_slice);
            let current = meaning.material_of(&customer.id);
            let fit = Fit { vendor, customer: &customer.id, material: &current, inventory };
            let policy = self.policy.fitted(&fit);
            let terms = Terms { policy: &policy, zones, now: self.now };
            let gathered = (&mut self.proposal, &mut self.digests);
            let mut draft = Draft::new((&topic.cause, reader, messages), terms, gathered);
            meaning.plan(&mut draft, customer, &current);
        }
    }

    /// Takes note of messages as they are once the round has been carried out; of digests that is known at its end.
    fn see(&mut self, ledger: &Ledger<'_>, withdrawn_from: usize) {
        let withdrawn = &self.proposal.withdrawn[withdrawn_from..];
        let withdrawn: HashMap<&MessageId, _> = withdrawn.iter().map(|one| (&one.id, one)).collect();
        for message in ledger.values().flatten().filter(|message| !message.is_digest()) {
            match withdrawn.get(&message.id) {
                None => self.seen.message(message),
                Some(one) => {
                    let (state, reason) = (one.to, one.reason.clone());
                    self.seen.message(&Message { state, reason, ..(*message).clone() });
                }
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
