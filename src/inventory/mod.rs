//! What the user has, what needs what, and who uses it.
//!
//! Pure. Files reach this room as text, in TOML or as rows of CSV (`bulk.rs`); together they are one version of the
//! inventory, and it does not matter which file declares what.
//!
//! ```toml
//! [[vendor]]
//! id = "dc-ams"
//! name = "Datacentre Amsterdam"            # what people call it; default: the id
//! aliases = ["AMS Datacentre B.V."]        # what it calls itself in its notices, where that is neither id nor name
//! account = "C-1042"                       # optional
//! zone = "Europe/Amsterdam"                # the zone its local times are shown in
//! # The contract: what it leaves out holds as the vendor's profile publishes it, else by default.
//! terms = { # in place of a length: "5 business days", the weekdays of the vendor's zone less its holidays
//!   notice_min = "72 h",
//!   notice_by_impact = { OUTAGE = "7 d" },   # where the stated impact of the work asks for another notice
//!   notice_emergency = "24 h",               # before work that the vendor calls an emergency
//!   holidays = [2026-12-25],
//!   grace = "0 s",                           # after a window's end
//!   early_radius = "24 h",                   # before a window …
//!   after_radius = "12 h",                   # … and after it
//!   standing_early_radius = "0 s",           # the same around an occurrence of a standing window
//!   standing_after_radius = "0 s",
//!   horizon = "7 d",
//!   start_inside = "0 s",                    # work that began in a window may run so long past its end
//!   contingency_counts = true,
//!   tentative_counts = false,
//!   excused = ["covered"],                   # the labels of seconds that the vendor is excused for
//!   claim_within = "30 d after month end",   # until when it takes claims; or "10 business days", "2 months"
//! }
//!
//! [[asset]]
//! id = "feed-a"
//! kind = "feed"                            # an open word: feed, panel, circuit, server, service, site, …
//! vendor = "dc-ams"                        # whose maintenance concerns it; default: the vendors of what it needs
//! aliases = ["Feed A", "A-feed"]           # the vendor's names for it
//! capacity = "16 A"                        # what it can carry: A, W, VA or bit/s, with k, M, G, T
//! max_share = 0.8                          # the part of it that lasting load may take; default 0.8
//!
//! [[asset]]
//! id = "feed-b"
//! kind = "feed"
//! vendor = "dc-ams"
//!
//! [[asset]]
//! id = "dc-ams/hall-1"
//! kind = "site"
//!
//! [[asset]]
//! id = "switch-1"
//! kind = "switch"
//!
//! [[asset]]
//! id = "plus-02"
//! kind = "server"
//! name = "plus-02, hall 1"                 # optional
//! account = "C-1042"                       # optional, where it is not the vendor's
//! site = "dc-ams/hall-1"                   # a failure domain, itself an asset; it is no need
//! needs = ["switch-1"]                     # all of these
//! any = [{ n = 1, of = ["feed-a", "feed-b"] }]   # and n distinct ones of each group
//! load = "3.5 A"                           # what it draws, all its cords together
//!
//! [[customer]]
//! id = "polder-media"
//! name = "Polder Media"                    # default: the id
//! uses = ["plus-02"]
//! follow_up = "Please restart your apps."  # said once a maintenance that touched it is over
//!
//! [[customer.contact]]
//! email = "ops@polder.example"
//! name = "Operations"                      # optional
//! role = "technical"                       # technical (default), billing, staff
//! zone = "Europe/Berlin"                   # default UTC
//! language = "en"                          # BCP 47, default en
//! stages = ["announce", "change"]          # default: all
//! invitations = true                       # default: false
//!
//! [[staff]]                                # the user's own people: like a contact
//! email = "noc@hoster.example"
//!
//! [[checklist]]
//! id = "webtix-backup"
//! what = "backup verified"
//! asset = "plus-02"                        # optional
//! owner = "Operations"                     # optional
//! every = "1 d"
//! last_done = 2014-05-25T18:00:00Z         # optional; without it the item was never done
//! ```
//!
//! **Load** is an asset's own, without that of what it feeds. It is carried by those of its needs that state a capacity,
//! and by those of theirs: each of `needs` carries all of it, the members of an `any` that are up share it evenly, and one
//! that is listed twice takes two shares. Quantities are compared in one unit only, so electric ones (A, W, VA) must be
//! equal along such a way; bit/s stand apart from them.
//!
//! Lengths are elapsed time, `7 d` is 168 h: `2 w`, `7 d`, `72 h`, `30 min`, `90 s`, `1 d 12 h`.

mod address;
mod asset;
mod audit;
mod bulk;
mod carried;
mod checklist;
mod clear;
mod conflict;
mod customer;
mod declared;
mod differences;
mod domain;
mod foreign;
mod index;
mod links;
mod load;
mod naming;
mod part;
mod quantity;
mod scope;
mod teach;
mod walk;
mod why;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use asset::{AnyOf, Asset, Vendor};
pub use audit::{Accepted, AuditedWindow, Finding, Kept, MAX_POINTS, Rule, Severity, reconcile};
pub use checklist::{CheckSaid, CheckWord, ChecklistItem, Due, overdue};
pub use clear::{InTheWay, LAST_READ, Obstacles, Relation, Unseen, unseen};
pub use conflict::{Conflict, Conflicts, Leaves, Limit, MAX_CONFLICTS, MAX_SETS, MAX_TOGETHER, Work};
pub use customer::{Contact, ContactRole, Customer, Stage};
pub use declared::Inventory;
pub use differences::{Changed, Difference};
pub use domain::{DomainCount, SharedDomain};
pub use foreign::{Drawn, ForeignRow, LeftOut, Mapping, NETBOX_ENDPOINTS, NotRead, csv_rows, netbox, prometheus_rows};
pub use index::name_key;
pub use load::MAX_FILE_BYTES;
pub use naming::UnknownAsset;
pub use part::{Peers, PeersByKind, Pieces};
pub use quantity::{BadQuantity, BadShare, Quantity, Share, Unit};
pub use scope::{Match, Scope, Touch, Touched};
pub use teach::{CannotTeach, Taught};
pub use walk::CustomerTouch;
pub use why::{Because, MAX_TOLD, Why, WhyNeed};
