//! A question and what was known, built by saying only what matters.

mod docket;
mod kinds;
mod laws;
mod parts;
mod rules;
mod words;

use std::sync::LazyLock;

use super::*;
use crate::inventory::{Inventory, Vendor};
use crate::maintenance::fixture::{interval, maintenance, revision, status, utc, window, with_window};
use crate::maintenance::{Maintenance, Revision, StatedTerms, Terms};
use crate::names::{AssetId, NoticeId, OutageId, Reference, VendorId};
use crate::notice::{Coverage, CoverageKind, ReviewItem, ReviewState, Status};
use crate::outage::{Stance, Statement};
use crate::time::{Interval, Zones};
use crate::window::standing::Standing;
use crate::window::{Impact, Role, StatedObject};
use crate::written::SourceFile;

/// `server` hangs on `feed`; `dual` on `feed` and `other`; `lone` is of a vendor whose notices nobody reads; `orphan` of
/// none; `ours` and `published` are of a vendor without a contract, `ours` by account A. The vendor promises 24 h notice; before 2020 it read its mail up to the end of the year.
const INVENTORY: &str = r#"
[[vendor]]
id = "vendor"
zone = "UTC"
terms = { notice_min = "24 h", grace = "10 min" }
[[vendor]]
id = "unread"
zone = "UTC"
[[vendor]]
id = "estate"
zone = "UTC"
[[asset]]
id = "site"
kind = "site"
[[asset]]
id = "feed"
kind = "feed"
vendor = "vendor"
[[asset]]
id = "other"
kind = "feed"
vendor = "vendor"
[[asset]]
id = "server"
kind = "server"
site = "site"
needs = ["feed"]
[[asset]]
id = "dual"
kind = "server"
site = "site"
any = [{ n = 1, of = ["feed", "other"] }]
[[asset]]
id = "corded"
kind = "server"
any = [{ n = 1, of = ["feed", "feed"] }]
[[asset]]
id = "ours"
kind = "circuit"
vendor = "estate"
account = "A"
[[asset]]
id = "published"
kind = "circuit"
vendor = "estate"
[[asset]]
id = "lone"
kind = "server"
vendor = "unread"
[[asset]]
id = "orphan"
kind = "server"
"#;

struct World {
    zones: Zones,
    inventory: Inventory,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let zones = Zones::embedded();
    let file = SourceFile { name: "test.toml".into(), text: INVENTORY.into() };
    let inventory = Inventory::load(&[file], &zones).expect("a sound inventory");
    World { zones, inventory }
});

#[derive(Debug, Clone)]
struct Case {
    maintenances: Vec<Maintenance>,
    standing: Vec<Standing>,
    coverage: Vec<Coverage>,
    review: Vec<ReviewItem>,
    beside: Vec<Beside>,
    statements: Vec<Statement>,
    /// What the vendor's profile says of its terms.
    published: StatedTerms,
    question: Question,
}

fn asset(id: &str) -> AssetId {
    AssetId::new(id).expect("an id")
}

/// An outage of `server` against what these revisions said, asked as of its start.
fn case(revisions: Vec<Revision>, start: &str, end: &str) -> Case {
    let maintenances = if revisions.is_empty() { Vec::new() } else { vec![maintenance(revisions)] };
    let read = Coverage {
        source: "mailbox".into(),
        vendors: ["vendor", "estate"].map(|id| VendorId::new(id).expect("an id")).to_vec(),
        complete_until: utc("2021-01-01"),
        kind: CoverageKind::Declared,
        recorded_at: utc("2021-01-01"),
    };
    Case {
        maintenances,
        standing: Vec::new(),
        coverage: vec![read],
        review: Vec::new(),
        beside: Vec::new(),
        statements: Vec::new(),
        published: StatedTerms::default(),
        question: Question::official(asset("server"), interval(start, end), Impact::Outage),
    }
}

impl Case {
    fn of(mut self, id: &str) -> Self {
        self.question.asset = asset(id);
        self
    }

    fn known_until(mut self, text: &str) -> Self {
        self.question.as_of = utc(text);
        self
    }

    fn observed(mut self, impact: Impact) -> Self {
        self.question.observed = impact;
        self
    }

    /// Another maintenance, `R-2`, beside the first.
    fn and(mut self, revisions: Vec<Revision>) -> Self {
        let reference = Reference::new(format!("R-{}", self.maintenances.len() + 1)).expect("a reference");
        let renamed = revisions.into_iter().map(|mut revision| {
            revision.announcement.reference = reference.clone();
            revision.notice = NoticeId::new(format!("{}-{reference}", revision.notice)).expect("an id");
            revision
        });
        self.maintenances.push(maintenance(renamed.collect()));
        self
    }

    fn verdict(&self) -> Verdict {
        let World { zones, inventory } = &*WORLD;
        self.verdict_in(inventory, zones)
    }

    /// The verdict by an inventory, which a part of it leads to as well, and what can concern the asset.
    fn verdict_in(&self, inventory: &Inventory, zones: &Zones) -> Verdict {
        let by = |inventory: &Inventory, maintenances: &[Maintenance]| {
            let terms_of = |vendor: &Vendor| (vendor.id.clone(), Terms::of(&vendor.terms, &self.published));
            let known = Known {
                maintenances,
                standing: &self.standing,
                coverage: &self.coverage,
                review: &self.review,
                inventory,
                terms: &inventory.vendors.values().map(terms_of).collect(),
                beside: &self.beside,
                statements: &self.statements,
                zones,
            };
            judge(&self.question, &known)
        };
        let whole = by(inventory, &self.maintenances);
        if !(self.question.start_uncertainty.is_zero() && self.question.end_uncertainty.is_zero()) {
            // Up to 64 readings of it ask the inventory the same.
            return whole;
        }
        let beside = self.beside.iter().map(|beside| &beside.asset);
        let assets: Vec<AssetId> = beside.chain([&self.question.asset]).cloned().collect();
        let part = |maintenances: &[Maintenance]| inventory.part(&assets, &names_in(maintenances, &self.standing));
        assert_eq!(by(&part(&self.maintenances), &self.maintenances), whole, "by a part of the inventory");
        if self.question.has_one_reading() && !whole.kind.weighs_all() {
            let some = self.that_can_concern(inventory);
            assert_eq!(by(&part(&some), &some), whole, "by what can concern the asset");
        }
        whole
    }

    /// The maintenances that are left where a kind does not weigh all.
    fn that_can_concern(&self, inventory: &Inventory) -> Vec<Maintenance> {
        let concerning = Concerning::asset(&self.question.asset, inventory);
        let then = Interval::second_at(self.question.outage.start()).widened(chrono::TimeDelta::hours(24));
        let can = |maintenance: &&Maintenance| {
            let mut windows = maintenance.revisions.iter().flat_map(|said| &said.announcement.windows);
            let is_open = windows.any(|window| window.interval.intersection(&then).is_some());
            let is_unknown = |name: &&str| inventory.match_name(&maintenance.identity.vendor, name).asset.is_none();
            maintenance.names().is_none_or(|names| {
                names.iter().any(|name| concerning.may(name)) || is_open && names.iter().any(is_unknown)
            })
        };
        self.maintenances.iter().filter(can).cloned().collect()
    }

    /// Kind, answer and flags; the segments always add up to the outage.
    #[track_caller]
    fn check(self, kind: Kind, answer: Answer, flags: &[Flag]) -> Verdict {
        let verdict = self.verdict();
        assert_eq!(
            (verdict.kind, verdict.answer, verdict.flags.as_slice()),
            (kind, answer, flags),
            "{:#?}",
            verdict.why
        );
        let seconds: i64 = verdict.segments.iter().map(|segment| segment.seconds).sum();
        assert_eq!(seconds, verdict.outage.length().num_seconds());
        verdict
    }
}

/// OUTAGE for `feed`, 10 January 2020 from 00:00 to 04:00, received on the 1st.
fn announced() -> Revision {
    let mut said = with_window("2020-01-01", "2020-01-10T00:00", "2020-01-10T04:00");
    said.announcement.impact = Some(Impact::Outage);
    said
}
