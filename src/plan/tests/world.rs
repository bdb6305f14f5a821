//! The world of the planning tests: two feeds, two servers, two customers, three readers.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::inventory::{AnyOf, Asset, Contact, ContactRole, Customer, Inventory, Stage, Vendor};
use crate::maintenance::{Cause as RevisionCause, Maintenance, Revised, Revision, StatedTerms, revise};
use crate::names::{AssetId, CustomerId, MessageId, NoticeId, Reference, VendorId};
use crate::notice::{Announcement, Grade, Received, ReceivedBy, Status};
use crate::outage::{Observed, Outage};
use crate::plan::{
    Approval, Cause, Ground, Known, Message, MessageState, Policy, Proposal, Reasons, Round, Topic, Upcoming, apply,
    propose,
};
use crate::time::{Interval, RulesOrigin, RulesVersion, Zones};
use crate::window::{Impact, Role, StatedObject, Window, Written};

pub(in crate::plan) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a test instant is RFC 3339")
}

pub(in crate::plan) fn asset_id(text: &str) -> AssetId {
    AssetId::new(text).expect("a test id")
}

fn asset(id: &str, all_of: &[&str], any_of: &[&str]) -> Asset {
    let ids = |names: &[&str]| names.iter().map(|name| asset_id(name)).collect::<Vec<_>>();
    let is_feed = id.starts_with("feed");
    Asset {
        id: asset_id(id),
        kind: if is_feed { "feed" } else { "server" }.into(),
        name: None,
        vendor: is_feed.then(|| VendorId::new("dc-ams").expect("a test id")),
        account: None,
        site: None,
        all_of: ids(all_of),
        any_of: if any_of.is_empty() { Vec::new() } else { vec![AnyOf { n: 1, of: ids(any_of) }] },
        aliases: Vec::new(),
        capacity: None,
        max_share: None,
        load: None,
    }
}

pub(in crate::plan) fn contact(email: &str, zone: &str, language: &str, stages: &[Stage]) -> Contact {
    Contact {
        email: email.into(),
        name: None,
        role: ContactRole::Technical,
        zone: zone.into(),
        language: language.into(),
        stages: stages.to_vec(),
        invitations: false,
    }
}

pub(in crate::plan) fn customer(id: &str, uses: &[&str], contacts: Vec<Contact>) -> Customer {
    Customer {
        id: CustomerId::new(id).expect("a test id"),
        name: id.to_uppercase(),
        uses: uses.iter().map(|name| asset_id(name)).collect(),
        contacts,
        follow_up: None,
    }
}

/// `plus-01` hangs on feed-a alone, `plus-02` on either feed. acme uses both and reads everything; globex uses plus-02
/// and has one reader who takes reminders alone.
pub(in crate::plan) fn inventory() -> Inventory {
    let assets = [
        asset("feed-a", &[], &[]),
        asset("feed-b", &[], &[]),
        asset("plus-01", &["feed-a"], &[]),
        asset("plus-02", &[], &["feed-a", "feed-b"]),
    ];
    let vendor = Vendor {
        id: VendorId::new("dc-ams").expect("a test id"),
        name: "Amsterdam Datacentre".into(),
        aliases: Vec::new(),
        account: None,
        zone: "Europe/Amsterdam".into(),
        terms: StatedTerms::default(),
    };
    let acme = contact("Ops@acme.example", "America/New_York", "en", &Stage::ALL);
    let globex = contact("noc@globex.example", "Europe/Berlin", "de", &[Stage::Reminder]);
    let mut customers =
        [customer("acme", &["plus-01", "plus-02"], vec![acme]), customer("globex", &["plus-02"], vec![globex])];
    customers[0].follow_up = Some("Please restart your apps.".into());
    Inventory {
        vendors: [(vendor.id.clone(), vendor)].into(),
        assets: assets.into_iter().map(|asset| (asset.id.clone(), asset)).collect(),
        customers: customers.into_iter().map(|customer| (customer.id.clone(), customer)).collect(),
        ..Inventory::default()
    }
}

pub(in crate::plan) fn window(ordinal: u32, start: DateTime<Utc>, end: DateTime<Utc>) -> Window {
    Window {
        ordinal,
        role: Role::Primary,
        interval: Interval::new(start, end).expect("a test window has a length"),
        others: Vec::new(),
        flags: Vec::new(),
        written: Written { start: String::new(), end: String::new(), zone: None },
        wall: None,
        zone: "Europe/Amsterdam".into(),
        rules: RulesVersion { origin: RulesOrigin::Embedded, release: None },
        objects: Vec::new(),
    }
}

/// What a notice about `CHG-1` says of feed-a; the rest is unsaid.
pub(in crate::plan) fn says(status: Status) -> Announcement {
    Announcement {
        vendor: VendorId::new("dc-ams").expect("a test id"),
        account: None,
        reference: Reference::new("CHG-1").expect("a test reference"),
        replaces: None,
        status: Some(status),
        windows: Vec::new(),
        impact: None,
        objects: vec![StatedObject { name: "feed-a".into(), impact: Some(Impact::Outage) }],
        known_start: None,
        actual_end: None,
        sequence: None,
        stamp: None,
        summary: Some("Power maintenance on feed A".into()),
        grade: Grade::Standard,
        sources: Vec::new(),
        flags: Vec::new(),
        doubts: Vec::new(),
    }
}

/// Everything planning looks at, and a clock.
pub(in crate::plan) struct World {
    pub(in crate::plan) now: DateTime<Utc>,
    pub(in crate::plan) policy: Policy,
    pub(in crate::plan) inventory: Inventory,
    pub(in crate::plan) maintenances: Vec<Maintenance>,
    pub(in crate::plan) outages: Vec<Outage>,
    pub(in crate::plan) standing: Vec<Upcoming>,
    pub(in crate::plan) messages: Vec<Message>,
    /// When each cause must be looked at again, as the last plan said.
    pub(in crate::plan) wakes: BTreeMap<Cause, Option<DateTime<Utc>>>,
    notices: u32,
}

impl World {
    pub(in crate::plan) fn at(now: &str) -> Self {
        let policy = Policy { approval: Approval::Off, bulk_limit: 1000, ..Policy::default() };
        let (maintenances, outages, messages) = (Vec::new(), Vec::new(), Vec::new());
        let (standing, wakes) = (Vec::new(), BTreeMap::new());
        let (now, inventory) = (utc(now), inventory());
        Self { now, policy, inventory, standing, maintenances, outages, messages, wakes, notices: 0 }
    }

    /// Records what a notice says, received now.
    pub(in crate::plan) fn hear(&mut self, announcement: Announcement) {
        self.record(announcement, Baseline::No);
    }

    /// Records what a notice says as baseline.
    pub(in crate::plan) fn hear_as_baseline(&mut self, announcement: Announcement) {
        self.record(announcement, Baseline::Yes);
    }

    fn record(&mut self, announcement: Announcement, baseline: Baseline) {
        self.notices += 1;
        let revision = Revision {
            number: 0,
            cause: RevisionCause::Notice,
            rereads: None,
            notice: NoticeId::new(format!("n-{}", self.notices)).expect("a test id"),
            received: Received { at: self.now, by: ReceivedBy::Option, forwarded: false },
            recorded_at: self.now,
            // Two notices of one instant are ordered by their numbers.
            sent_at: Some(self.now + TimeDelta::microseconds(i64::from(self.notices))),
            baseline: matches!(baseline, Baseline::Yes),
            announcement,
        };
        let maintenance = match revise(&self.maintenances, revision) {
            Revised::Opened(maintenance)
            | Revised::Changed { maintenance, .. }
            | Revised::Repeated(maintenance)
            | Revised::Stale { maintenance, .. } => maintenance,
            Revised::Unassigned => panic!("no two accounts here"),
        };
        self.maintenances.retain(|known| known.id != maintenance.id);
        self.maintenances.push(maintenance);
    }

    /// Records an outage that begins now and stays open.
    pub(in crate::plan) fn fails(&mut self, asset: &str, impact: Impact) {
        let assets = vec![asset_id(asset)];
        self.outages.push(Outage {
            id: Outage::id_of(&assets, self.now, "test"),
            assets,
            start: Observed::exactly(self.now),
            end: None,
            impact,
            source: "test".into(),
            summary: None,
            recorded_at: self.now,
        });
    }

    pub(in crate::plan) fn propose(&self) -> Proposal {
        self.propose_at(self.now)
    }

    pub(in crate::plan) fn propose_at(&self, now: DateTime<Utc>) -> Proposal {
        let known = Known {
            maintenances: &self.maintenances,
            outages: &self.outages,
            standing: &self.standing,
            inventory: &self.inventory,
            messages: &self.messages,
            zones: &Zones::embedded(),
        };
        propose(&known, &self.policy, now)
    }

    /// The part of it that is for staff.
    pub(in crate::plan) fn propose_to_staff(&self) -> Proposal {
        let mut proposal = self.propose();
        let to_staff = |message: &Message| message.to.customer.is_none();
        let known: Vec<&MessageId> = self.messages.iter().filter(|m| to_staff(m)).map(|message| &message.id).collect();
        proposal.new.retain(to_staff);
        proposal.withdrawn.retain(|one| known.contains(&&one.id));
        proposal.unplanned.retain(|unplanned| unplanned.stage == Stage::Alarm);
        proposal
    }

    /// The same, with at most so many readers at a time.
    pub(in crate::plan) fn propose_by_pages(&self, readers: usize) -> Proposal {
        let (outages, inventory, zones) = (&self.outages[..], &self.inventory, &Zones::embedded());
        let mut round = Round::new(Ground { outages, inventory, zones }, &self.policy, Reasons::Kept, self.now);
        let mut topics: Vec<Topic<'_>> =
            self.maintenances.iter().map(|maintenance| round.maintenance(maintenance)).collect();
        topics.extend(outages.iter().map(|outage| round.outage(outage)));
        topics.extend(self.standing.iter().map(|upcoming| round.standing(upcoming)));
        for mut topic in topics {
            let mut own: Vec<&Message> = self.messages.iter().filter(|m| m.is_about(topic.cause())).collect();
            own.sort_by_key(|message| &message.key.contact);
            let mut contacts: Vec<&str> = own.iter().map(|message| message.key.contact.as_str()).collect();
            contacts.dedup();
            for page in contacts.chunks(readers) {
                let messages = own.iter().copied().filter(|message| page.contains(&message.key.contact.as_str()));
                round.plan(&mut topic, messages, page.last().copied());
            }
            round.plan(&mut topic, [], None);
        }
        let days = round.digest_days();
        let is_of = |m: &&Message| days.iter().any(|(day, reader)| m.key.cause == *day && m.key.contact == *reader);
        let digests: Vec<Message> = self.messages.iter().filter(is_of).cloned().collect();
        round.finish(&digests).0
    }

    /// Plans, carries it out, and says what was done: `+ announce ops@acme.example/acme`, `- …` for a withdrawal.
    pub(in crate::plan) fn plan(&mut self) -> Vec<String> {
        let proposal = self.propose();
        let shown = |message: &Message, sign: char| {
            let key = &message.key;
            let moment = if key.moment.starts_with("after-msg") { "after-msg" } else { &key.moment };
            format!("{sign} {} {} {moment}", key.stage, key.contact).trim_end().to_owned()
        };
        let find = |id| self.messages.iter().find(|message| message.id == id).expect("withdrawn messages exist");
        let withdrawn = proposal.withdrawn.iter().map(|withdrawal| shown(find(withdrawal.id.clone()), '-'));
        let mut lines: Vec<String> = withdrawn.chain(proposal.new.iter().map(|new| shown(new, '+'))).collect();
        lines.sort();
        apply(&mut self.messages, &proposal);
        self.wakes = proposal.wakes;
        assert!(self.propose().is_empty(), "asking twice adds {:#?}", self.propose());
        lines
    }

    /// Moves the clock, plans, and delivers what is due; says what was delivered.
    pub(in crate::plan) fn send_at(&mut self, now: &str) -> Vec<String> {
        self.now = utc(now);
        self.plan();
        self.send()
    }

    /// Delivers what is due.
    pub(in crate::plan) fn send(&mut self) -> Vec<String> {
        let now = self.now;
        let is_due = |message: &&mut Message| {
            message.state == MessageState::Planned
                && message.due_at <= now
                && message.not_after.is_none_or(|not_after| now < not_after)
        };
        let mut sent = Vec::new();
        for message in self.messages.iter_mut().filter(is_due) {
            message.state = MessageState::Accepted;
            message.accepted_at = Some(now);
            sent.push(format!("{} {}", message.key.stage, message.key.contact));
        }
        sent.sort();
        sent
    }
}

#[derive(Clone, Copy)]
enum Baseline {
    Yes,
    No,
}
