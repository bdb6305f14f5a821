//! An estate made up by number: halls of a thousand assets with two feeds each, customers on them, and a year of windows.
//!
//! A hall has 2 feeds, 10 panels, 40 PDUs, 40 switches, 2 routers, 10 circuits, 240 servers, 400 virtual machines and 256
//! services, which need some 3,100 things. One server in twenty has both cords on one PDU, and in one rack in ten both
//! PDUs hang on one panel.

#![allow(dead_code, reason = "each benchmark uses what it measures by")]

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::maintenance::{Cause, Identity, Maintenance, Revision};
use inwindow::names::{Digest, Reference, VendorId};
use inwindow::notice::{Announcement, Channel, Grade, Notice, Reading, Received, ReceivedBy, Status};
use inwindow::store::NewNotice;
use inwindow::time::{Interval, RulesVersion};
use inwindow::window::{Impact, Role, StatedObject, Window, Written};

/// Customers of a hall.
pub(crate) const CUSTOMERS: usize = 200;
/// Carriers that all halls share.
const CARRIERS: usize = 20;

const RACKS: usize = 20;
const SERVERS: usize = 240;
const MACHINES: usize = 400;
const SERVICES: usize = 256;

/// Numbers that look drawn and are the same in every run (Knuth's multiplier of 64 bits).
pub(crate) struct Drawn(pub(crate) u64);

impl Drawn {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound as u64).expect("below a usize")
    }
}

/// The inventory files of so many halls: the vendors, then each hall.
pub(crate) fn inventory(halls: usize) -> Vec<(String, String)> {
    let mut vendors = String::from("[[vendor]]\nid = \"ops\"\nzone = \"UTC\"\n");
    for carrier in 0..CARRIERS {
        let _ = writeln!(vendors, "[[vendor]]\nid = \"carrier-{carrier}\"\nzone = \"UTC\"");
    }
    for hall in 0..halls {
        let _ = writeln!(vendors, "[[vendor]]\nid = \"dc-{hall}\"\nzone = \"Europe/Amsterdam\"");
    }
    let mut files = vec![("vendors.toml".to_owned(), vendors)];
    files.extend((0..halls).map(|hall| (format!("hall-{hall:03}.toml"), hall_file(hall))));
    files
}

fn hall_file(hall: usize) -> String {
    let mut text = String::with_capacity(200_000);
    let mut drawn = Drawn(hall as u64);
    let h = format!("h{hall}");
    power(&mut text, &h, hall);
    network(&mut text, &h, hall);
    for server in 0..SERVERS {
        let rack = server % RACKS;
        let (a, b) = (format!("{h}-pdu-a{rack}"), format!("{h}-pdu-b{rack}"));
        let other = if drawn.below(20) == 0 { &a } else { &b };
        let _ = writeln!(
            text,
            "[[asset]]\nid = \"{h}-server-{server}\"\nkind = \"server\"\nvendor = \"ops\"\nload = \"0.9 A\"\nany = [\
             {{ n = 1, of = [\"{a}\", \"{other}\"] }}, {{ n = 1, of = [\"{h}-switch-a{rack}\", \"{h}-switch-b{rack}\"] }}]"
        );
    }
    for machine in 0..MACHINES {
        let (one, other, third) = (drawn.below(SERVERS), drawn.below(SERVERS), drawn.below(SERVERS));
        let _ = writeln!(
            text,
            "[[asset]]\nid = \"{h}-vm-{machine}\"\nkind = \"vm\"\nany = [{{ n = 1, of = [\"{h}-server-{one}\", \
             \"{h}-server-{other}\", \"{h}-server-{third}\"] }}]"
        );
    }
    for service in 0..SERVICES {
        let (one, other) = (drawn.below(MACHINES), drawn.below(MACHINES));
        let _ = writeln!(
            text,
            "[[asset]]\nid = \"{h}-service-{service}\"\nkind = \"service\"\nneeds = [\"{h}-router-{}\"]\n\
             any = [{{ n = 1, of = [\"{h}-vm-{one}\", \"{h}-vm-{other}\"] }}]",
            service % 2
        );
    }
    for customer in 0..CUSTOMERS {
        let (one, other) = (drawn.below(SERVICES), drawn.below(MACHINES));
        let _ = writeln!(
            text,
            "[[customer]]\nid = \"{h}-customer-{customer}\"\nuses = [\"{h}-service-{one}\", \"{h}-vm-{other}\"]\n\
             [[customer.contact]]\nemail = \"ops@c{customer}.{h}.example\"\nzone = \"Europe/Berlin\""
        );
    }
    text
}

fn power(text: &mut String, h: &str, hall: usize) {
    for feed in ["a", "b"] {
        let _ = writeln!(
            text,
            "[[asset]]\nid = \"{h}-feed-{feed}\"\nkind = \"feed\"\nvendor = \"dc-{hall}\"\naliases = [\"Hall {hall} feed {feed}\"]\n\
             capacity = \"320 A\""
        );
        for panel in 0..5 {
            let _ = writeln!(
                text,
                "[[asset]]\nid = \"{h}-panel-{feed}{panel}\"\nkind = \"panel\"\nvendor = \"dc-{hall}\"\ncapacity = \"63 A\"\n\
                 needs = [\"{h}-feed-{feed}\"]"
            );
        }
        for rack in 0..RACKS {
            let from = if rack % 10 == 3 { "a" } else { feed };
            let _ = writeln!(
                text,
                "[[asset]]\nid = \"{h}-pdu-{feed}{rack}\"\nkind = \"pdu\"\nvendor = \"dc-{hall}\"\ncapacity = \"16 A\"\n\
                 needs = [\"{h}-panel-{from}{}\"]",
                rack % 5
            );
        }
    }
}

fn network(text: &mut String, h: &str, hall: usize) {
    for circuit in 0..10 {
        let carrier = (hall + circuit * 7) % CARRIERS;
        let _ = writeln!(
            text,
            "[[asset]]\nid = \"{h}-circuit-{circuit}\"\nkind = \"circuit\"\nvendor = \"carrier-{carrier}\"\n\
             aliases = [\"C{carrier}/{hall}/{circuit}\"]"
        );
    }
    for router in 0..2 {
        let circuits: Vec<_> = (0..5).map(|n| format!("\"{h}-circuit-{}\"", router * 5 + n)).collect();
        let _ = writeln!(
            text,
            "[[asset]]\nid = \"{h}-router-{router}\"\nkind = \"router\"\nvendor = \"ops\"\nload = \"1 A\"\nany = [\
             {{ n = 1, of = [\"{h}-pdu-a{router}\", \"{h}-pdu-b{router}\"] }}, {{ n = 2, of = [{}] }}]",
            circuits.join(", ")
        );
    }
    for rack in 0..RACKS {
        for side in ["a", "b"] {
            let _ = writeln!(
                text,
                "[[asset]]\nid = \"{h}-switch-{side}{rack}\"\nkind = \"switch\"\nvendor = \"ops\"\nload = \"0.5 A\"\nany = [\
                 {{ n = 1, of = [\"{h}-pdu-a{rack}\", \"{h}-pdu-b{rack}\"] }}, {{ n = 1, of = [\"{h}-router-0\", \"{h}-router-1\"] }}]"
            );
        }
    }
}

/// A window that a vendor announces for one thing in a hall.
pub(crate) struct Announced {
    pub(crate) hall: usize,
    /// Its place among those of the hall.
    pub(crate) number: usize,
    vendor: String,
    object: String,
    interval: Interval,
    pub(crate) received: DateTime<Utc>,
}

/// So many windows of one hall, spread over the days from `from` on, each for what `object` draws: of four hours on average,
/// announced 30 days before its year or its window begins, whichever is later.
pub(crate) fn windows(
    hall: usize,
    (count, days): (usize, usize),
    mut object: impl FnMut(&mut Drawn, usize) -> (String, String),
    from: DateTime<Utc>,
) -> impl Iterator<Item = Announced> {
    let mut drawn = Drawn(1_000_000 + hall as u64);
    (0..count).map(move |number| {
        let (vendor, object) = object(&mut drawn, hall);
        let start = from + TimeDelta::minutes(i64::try_from(drawn.below(days * 24 * 60)).expect("minutes"));
        let length = TimeDelta::minutes(i64::try_from(60 + drawn.below(360)).expect("minutes of a night"));
        let interval = Interval::new(start, start + length).expect("a window has a length");
        let received = if days > 366 { start } else { from } - TimeDelta::days(30);
        Announced { hall, number, vendor, object, interval, received }
    })
}

/// Whose window it is, and the vendor's name for what it works on.
pub(crate) fn object(drawn: &mut Drawn, hall: usize) -> (String, String) {
    let h = format!("h{hall}");
    let side = if drawn.below(2) == 0 { "a" } else { "b" };
    match drawn.below(100) {
        0..60 => ("ops".into(), format!("{h}-server-{}", drawn.below(SERVERS))),
        60..80 => (format!("dc-{hall}"), format!("{h}-pdu-{side}{}", drawn.below(RACKS))),
        80..90 => (format!("dc-{hall}"), format!("{h}-panel-{side}{}", drawn.below(5))),
        90..98 => {
            let circuit = drawn.below(10);
            let carrier = (hall + circuit * 7) % CARRIERS;
            (format!("carrier-{carrier}"), format!("c{carrier}/{hall}/{circuit}"))
        }
        _ => (format!("dc-{hall}"), format!("HALL {hall} FEED {side}")),
    }
}

/// The same, of which the user's own work is rare.
pub(crate) fn object_of_others(drawn: &mut Drawn, hall: usize) -> (String, String) {
    loop {
        let drawn_object = object(drawn, hall);
        if drawn_object.0 != "ops" || drawn.below(60) == 0 {
            return drawn_object;
        }
    }
}

/// An asset of each sort that outages are of, drawn.
pub(crate) fn asset(drawn: &mut Drawn, halls: usize) -> String {
    let hall = drawn.below(halls);
    match drawn.below(10) {
        0 => format!("h{hall}-pdu-a{}", drawn.below(20)),
        1 => format!("h{hall}-circuit-{}", drawn.below(10)),
        2..5 => format!("h{hall}-server-{}", drawn.below(240)),
        5..8 => format!("h{hall}-vm-{}", drawn.below(400)),
        _ => format!("h{hall}-service-{}", drawn.below(256)),
    }
}

/// The maintenance that a notice opens with it.
pub(crate) fn maintenance(announced: Announced, rules: &RulesVersion) -> (NewNotice, Maintenance) {
    let Announced { hall, number, vendor, object, interval, received } = announced;
    let reference = format!("H{hall}-{number}");
    let window = Window {
        ordinal: 1,
        role: Role::Primary,
        interval,
        others: Vec::new(),
        flags: Vec::new(),
        written: Written {
            start: interval.start().to_string(),
            end: interval.end().to_string(),
            zone: Some("UTC".into()),
        },
        wall: None,
        zone: "UTC".into(),
        rules: rules.clone(),
        objects: Vec::new(),
    };
    let announcement = Announcement {
        vendor: VendorId::new(&vendor).expect("a vendor id"),
        account: None,
        reference: Reference::new(&reference).expect("a reference"),
        replaces: None,
        status: Some(Status::Confirmed),
        windows: vec![window],
        impact: Some(Impact::Outage),
        objects: vec![StatedObject { name: object, impact: None }],
        known_start: None,
        actual_end: None,
        sequence: None,
        stamp: None,
        summary: Some("Exchange of worn parts".into()),
        grade: Grade::Standard,
        sources: Vec::new(),
        flags: Vec::new(),
        doubts: Vec::new(),
    };
    let raw = format!("{vendor} {reference}").into_bytes();
    let (sha256, bytes) = (Digest::of(&raw), raw.len() as u64);
    let by = Received { at: received, by: ReceivedBy::ReceivedHeader, forwarded: false };
    let notice = Notice {
        id: Notice::id_of(&sha256),
        sha256,
        bytes,
        received: by,
        imported_at: received,
        channel: Channel::Mail,
        source: "made up".into(),
        message_id: Some(format!("{reference}@{vendor}.example")),
        sent_at: Some(received),
        from: Some(format!("noc@{vendor}.example")),
        subject: Some(format!("Maintenance {reference}")),
        baseline: true,
        authentication: None,
    };
    let revision = Revision {
        number: 1,
        cause: Cause::Notice,
        rereads: None,
        notice: notice.id.clone(),
        received: by,
        recorded_at: received,
        sent_at: Some(received),
        baseline: true,
        announcement: announcement.clone(),
    };
    let identity = Identity::of(&announcement);
    let maintenance = Maintenance { id: identity.opened_by(&notice.id), identity, revisions: vec![revision] };
    (NewNotice { notice, raw, reading: Reading::Understood { announcements: vec![announcement] } }, maintenance)
}
