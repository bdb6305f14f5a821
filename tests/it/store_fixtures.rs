//! Values for the tests of the store: small, whole, and each with every field that is searched set.

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::inventory::{Asset, Inventory, Stage, Vendor};
use inwindow::maintenance::{Cause as RevisionCause, Identity, Maintenance, Promise, Revision, StatedTerms};
use inwindow::names::{AssetId, CustomerId, Digest, MaintenanceId, Reference, VendorId};
use inwindow::notice::{
    Announcement, Channel, Coverage, CoverageKind, Doubt, Grade, Notice, Reading, Reason, Received, ReceivedBy,
    ReviewItem, ReviewState, Status,
};
use inwindow::outage::{Attached, Attachment, Observed, Outage, Stance, Statement};
use inwindow::plan::{Cause, Key, Material, MaterialWindow, Message, MessageState, Recipient};
use inwindow::store::{NewAttachment, NewNotice};
use inwindow::time::{Interval, Zones};
use inwindow::verdict::{Answer, ImpactSeen, Kind, SCHEMA, Verdict};
use inwindow::window::{Impact, Role, StatedObject, Window, Written};
use inwindow::written::SourceFile;

/// Noon of 1 March 2017 UTC, and so many hours later.
pub fn hour(hours: i64) -> DateTime<Utc> {
    "2017-03-01T12:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::hours(hours)
}

pub fn hours(start: i64, end: i64) -> Interval {
    Interval::new(hour(start), hour(end)).expect("a test interval has a length")
}

pub fn vendor(id: &str) -> VendorId {
    VendorId::new(id).expect("a vendor id")
}

pub fn asset(id: &str) -> AssetId {
    AssetId::new(id).expect("an asset id")
}

fn received(at: DateTime<Utc>) -> Received {
    Received { at, by: ReceivedBy::ReceivedHeader, forwarded: false }
}

fn window(ordinal: u32, interval: Interval) -> Window {
    Window {
        ordinal,
        role: Role::Primary,
        interval,
        others: Vec::new(),
        flags: Vec::new(),
        written: Written { start: "1 March".into(), end: String::new(), zone: None },
        wall: None,
        zone: "UTC".into(),
        rules: Zones::embedded().version().clone(),
        objects: Vec::new(),
    }
}

pub fn announcement(reference: &str, windows: &[Interval]) -> Announcement {
    Announcement {
        vendor: vendor("dc-ams"),
        account: None,
        reference: Reference::new(reference).expect("a reference"),
        replaces: None,
        status: Some(Status::Confirmed),
        windows: (1..).zip(windows).map(|(ordinal, interval)| window(ordinal, *interval)).collect(),
        impact: None,
        objects: vec![StatedObject { name: "feed-a".into(), impact: Some(Impact::Outage) }],
        known_start: None,
        actual_end: None,
        sequence: None,
        stamp: None,
        summary: Some("Power maintenance".into()),
        grade: Grade::Profile,
        sources: Vec::new(),
        flags: Vec::new(),
        doubts: Vec::new(),
    }
}

/// A notice with these words as its bytes, received at an hour.
pub fn notice(words: &str, at: i64, announcement: Announcement) -> NewNotice {
    let raw = words.as_bytes().to_vec();
    let sha256 = Digest::of(&raw);
    NewNotice {
        notice: Notice {
            id: Notice::id_of(&sha256),
            sha256,
            bytes: raw.len() as u64,
            received: received(hour(at)),
            imported_at: hour(at) + TimeDelta::nanoseconds(123_456_789),
            channel: Channel::Mail,
            source: "mail/1.eml".into(),
            message_id: Some("1@dc-ams.example".into()),
            sent_at: Some(hour(at)),
            from: Some("noc@dc-ams.example".into()),
            subject: Some("Power maintenance".into()),
            baseline: false,
            authentication: None,
        },
        raw,
        reading: Reading::Understood { announcements: vec![announcement] },
    }
}

/// The first revision of a maintenance, said by a notice.
pub fn maintenance(notice: &NewNotice) -> Maintenance {
    let revision = revision(notice);
    let identity = Identity::of(&revision.announcement);
    Maintenance { id: identity.opened_by(&revision.notice), identity, revisions: vec![revision] }
}

/// The same with one more.
pub fn revised(mut maintenance: Maintenance, notice: &NewNotice) -> Maintenance {
    let number = u32::try_from(maintenance.revisions.len()).expect("few revisions") + 1;
    maintenance.revisions.push(Revision { number, ..revision(notice) });
    maintenance
}

fn revision(new: &NewNotice) -> Revision {
    let Reading::Understood { announcements } = &new.reading else { unreachable!("test notices are understood") };
    Revision {
        number: 1,
        cause: RevisionCause::Notice,
        rereads: None,
        notice: new.notice.id.clone(),
        received: new.notice.received,
        recorded_at: new.notice.imported_at,
        sent_at: new.notice.sent_at,
        baseline: false,
        announcement: announcements[0].clone(),
    }
}

pub fn review_item(new: &NewNotice, state: ReviewState) -> ReviewItem {
    ReviewItem {
        notice: new.notice.id.clone(),
        received_at: new.notice.received.at,
        vendor: Some(vendor("dc-ams")),
        reasons: vec![Reason::Doubt(Doubt::UnknownAbbreviation { abbreviation: "MST".into() })],
        state,
        settled: None,
    }
}

pub fn coverage(vendors: &[&str], until: i64) -> Coverage {
    Coverage {
        source: "mail".into(),
        vendors: vendors.iter().map(|id| vendor(id)).collect(),
        complete_until: hour(until),
        kind: CoverageKind::Declared,
        recorded_at: hour(until),
    }
}

/// An inventory of one asset.
pub fn inventory(id: &str) -> Inventory {
    let mut inventory = Inventory::default();
    let hours = |hours| Some(TimeDelta::hours(hours));
    let terms = StatedTerms {
        notice_min: Some(Promise::NONE),
        grace: hours(0),
        early_radius: hours(24),
        after_radius: hours(12),
        horizon: hours(168),
        contingency_counts: Some(true),
        ..StatedTerms::default()
    };
    let dc = Vendor {
        id: vendor("dc-ams"),
        name: "DC".into(),
        aliases: Vec::new(),
        account: None,
        zone: "Europe/Amsterdam".into(),
        terms,
    };
    inventory.vendors.insert(dc.id.clone(), dc);
    let feed = Asset {
        id: asset(id),
        kind: "feed".into(),
        name: None,
        vendor: Some(vendor("dc-ams")),
        account: None,
        site: None,
        all_of: Vec::new(),
        any_of: Vec::new(),
        aliases: Vec::new(),
        capacity: None,
        max_share: None,
        load: None,
    };
    inventory.assets.insert(feed.id.clone(), feed);
    inventory
}

/// An inventory of some size, with everything that a version can hold in it: written as users write it.
pub fn large_inventory(changed: &str) -> Inventory {
    let mut toml = String::from(
        "[[vendor]]\nid = \"dc-ams\"\nzone = \"UTC\"\n[[vendor]]\nid = \"joyent\"\nzone = \"UTC\"\n\
         [[asset]]\nid = \"hall\"\nkind = \"site\"\n\
         [[asset]]\nid = \"feed-a\"\nkind = \"feed\"\nvendor = \"dc-ams\"\naliases = [\"Feed A\"]\n\
         [[asset]]\nid = \"feed-b\"\nkind = \"feed\"\nvendor = \"dc-ams\"\naliases = [\"B feed\"]\n\
         [[customer]]\nid = \"acme\"\nuses = [\"server-1\"]\n[[customer.contact]]\nemail = \"ops@acme.example\"\n\
         [[staff]]\nemail = \"noc@hoster.example\"\n\
         [[checklist]]\nid = \"backup\"\nwhat = \"backup verified\"\nevery = \"1 d\"\n",
    );
    for number in 0..12 {
        let site = if number % 3 == 0 { "site = \"hall\"\n" } else { "" };
        let feed = if number % 2 == 0 { "feed-a" } else { "feed-b" };
        toml += &format!("[[asset]]\nid = \"server-{number}\"\nkind = \"server\"\n{site}needs = [\"{feed}\"]\n");
    }
    toml += changed;
    let files = [SourceFile { name: "store.toml".into(), text: toml }];
    Inventory::load(&files, &Zones::embedded()).expect("a sound inventory")
}

pub fn outage(start: i64, end: Option<i64>) -> Outage {
    let assets = vec![asset("plus-01")];
    Outage {
        id: Outage::id_of(&assets, hour(start), "monitor"),
        assets,
        start: Observed::exactly(hour(start)),
        end: end.map(|end| Observed::exactly(hour(end))),
        impact: Impact::Outage,
        source: "monitor".into(),
        summary: None,
        recorded_at: hour(start),
    }
}

pub fn statement(outage: &Outage, who: &str) -> Statement {
    Statement {
        outage: outage.id.clone(),
        who: who.into(),
        said_at: hour(3),
        channel: "phone".into(),
        words: "most likely related".into(),
        stance: Stance::Related,
        recorded_at: hour(4),
    }
}

pub fn attachment_of(outage: &Outage, what: Attached, seen: i64) -> NewAttachment {
    let attachment = Attachment {
        outage: outage.id.clone(),
        what,
        seen_at: hour(seen),
        by: "ann".into(),
        note: None,
        recorded_at: hour(seen + 1),
    };
    NewAttachment { attachment, bytes: None }
}

/// A file that is kept, seen at an hour.
pub fn attachment(outage: &Outage, name: &str, bytes: &[u8], seen: i64) -> NewAttachment {
    let (sha256, length) = (Digest::of(bytes), bytes.len() as u64);
    let file = Attached::File { name: name.into(), bytes: length, sha256, kept: true, url: None };
    NewAttachment { bytes: Some(bytes.to_vec()), ..attachment_of(outage, file, seen) }
}

pub fn verdict(kind: Kind) -> Verdict {
    Verdict {
        schema: SCHEMA.into(),
        asset: asset("plus-01"),
        answer: Answer::No,
        kind,
        flags: Vec::new(),
        outage: hours(0, 1),
        as_of: hour(0),
        offset_seconds: None,
        segments: Vec::new(),
        window: None,
        notice: None,
        impact: ImpactSeen { observed: Impact::Outage, stated: None, expected: None, path: Vec::new() },
        group: Vec::new(),
        evidence: Vec::new(),
        why: vec!["no window".into()],
        readings: Vec::new(),
    }
}

pub fn cause(id: &str) -> Cause {
    Cause::Maintenance(MaintenanceId::new(id).expect("a maintenance id"))
}

/// A planned message to `contact`, due at an hour.
pub fn message(contact: &str, due: i64) -> Message {
    let material = Material {
        windows: vec![MaterialWindow {
            ordinal: 1,
            role: Role::Primary,
            interval: hours(100, 110),
            assets: Vec::new(),
        }],
        status: Some(Status::Confirmed),
        assets: vec![(asset("plus-01"), Impact::Outage)],
        standing: None,
        alarm: None,
        digest: Vec::new(),
    };
    let key = Key {
        cause: cause("m-1"),
        contact: contact.into(),
        stage: Stage::Announce,
        moment: String::new(),
        material: material.digest(),
    };
    Message {
        id: key.id(),
        key,
        to: Recipient {
            email: contact.into(),
            name: Some("Ann".into()),
            zone: "Europe/Amsterdam".into(),
            language: "en".into(),
            customer: Some(CustomerId::new("acme").expect("a customer id")),
            invitations: false,
        },
        before: Some(Material { status: Some(Status::Tentative), ..material.clone() }),
        material,
        due_at: hour(due),
        not_after: Some(hour(100)),
        state: MessageState::Planned,
        reason: "announced".into(),
        planned_at: hour(0),
        tries: 0,
        next_attempt_at: None,
        accepted_at: None,
        maybe_duplicate: false,
        refused_as: None,
    }
}
