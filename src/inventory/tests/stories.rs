//! The two stories, on the inventory that ships with the demo (DESIGN.md section 8).

use super::super::fixture::{asset_id, demo, vendor_id};
use super::super::{Inventory, Match, Rule, Severity, Touched};
use crate::names::AssetId;
use crate::window::{Impact, StatedObject};

fn feed_a_off(inventory: &Inventory) -> Touched {
    let objects = [StatedObject { name: "Feed A".into(), impact: Some(Impact::Outage) }];
    inventory.touched_by(&vendor_id("dc-ams"), None, &objects, None)
}

fn ids(ids: &[&str]) -> Vec<AssetId> {
    ids.iter().map(|id| asset_id(id)).collect()
}

/// `expected`: asset, impact, way up to the named object.
#[track_caller]
fn check_touched(touched: &Touched, expected: &[(&str, Impact, &[&str])]) {
    let got: Vec<_> = touched.assets.iter().map(|(id, touch)| (id.clone(), touch.impact, touch.path.clone())).collect();
    let expected: Vec<_> = expected.iter().map(|(id, impact, path)| (asset_id(id), *impact, ids(path))).collect();
    assert_eq!(got, expected);
}

#[test]
fn one_feed_off_takes_down_the_server_with_both_cords_on_it_and_leaves_the_others_one_path() {
    let inventory = demo();
    let touched = feed_a_off(&inventory);
    check_touched(
        &touched,
        &[
            ("feed-a", Impact::Outage, &["feed-a"]),
            ("plus-01", Impact::Outage, &["plus-01", "feed-a"]),
            ("plus-02", Impact::ReducedRedundancy, &["plus-02", "feed-a"]),
            ("plus-03", Impact::ReducedRedundancy, &["plus-03", "feed-a"]),
            ("plus-04", Impact::ReducedRedundancy, &["plus-04", "feed-a"]),
            ("plus-05", Impact::ReducedRedundancy, &["plus-05", "feed-a"]),
            ("plus-06", Impact::ReducedRedundancy, &["plus-06", "feed-a"]),
        ],
    );
    let matched = Match { name: "Feed A".into(), asset: Some(asset_id("feed-a")), nearest: None };
    assert_eq!((touched.matches, touched.scope_not_stated), (vec![matched], false));
}

#[test]
fn the_other_feed_leaves_plus_01_out_of_scope() {
    let objects = [StatedObject { name: "B-feed".into(), impact: None }];
    let touched = demo().touched_by(&vendor_id("dc-ams"), None, &objects, None);
    assert_eq!(touched.assets.get(&asset_id("plus-01")), None);
    assert_eq!(touched.assets[&asset_id("plus-02")].impact, Impact::ReducedRedundancy);
}

#[test]
fn the_audit_finds_plus_01_and_nothing_else() {
    let inventory = demo();
    let audit = inventory.audit();
    let found: Vec<_> = audit.iter().map(|f| (f.rule, f.severity, f.asset.as_str(), f.text.as_str())).collect();
    let text = "`plus-01` has both cords on `feed-a`: they fail together";
    assert_eq!(found, [(Rule::SingleFeed, Severity::Warning, "plus-01", text)]);

    let window = inventory.audit_window(&[(asset_id("feed-a"), Impact::Outage)]);
    let found: Vec<_> = window.iter().map(|f| (f.rule, f.severity, f.path.clone(), f.text.as_str())).collect();
    let lost = "`plus-01` goes down with `feed-a`, since it has both cords on `feed-a`";
    // Five servers of 3.5 A on one breaker: the breakers on the PDUs tripped.
    let over = "`feed-b` has to carry 17.5 A while `feed-a` is down: more than its 16 A";
    let alone = "`plus-02`, `plus-03`, `plus-04`, `plus-05` and `plus-06` hang on `feed-b` alone while `feed-a` is down: \
                 one more failure takes them down";
    let expected = [
        (Rule::LosesAllPaths, Severity::Critical, ids(&["plus-01", "feed-a"]), lost),
        (Rule::Overload, Severity::Critical, ids(&["feed-b"]), over),
        (Rule::NoSpare, Severity::Warning, ids(&["plus-02", "feed-b"]), alone),
    ];
    assert_eq!(found, expected);

    let single: Vec<_> = inventory.assets.keys().filter(|id| inventory.single_feed(id)).cloned().collect();
    assert_eq!(single, ids(&["plus-01"]));
}

#[test]
fn everybody_who_uses_a_server_of_the_hall_is_touched_with_those_servers_alone() {
    let inventory = demo();
    let touched = inventory.customers_touched(&feed_a_off(&inventory).assets);
    let got: Vec<_> = touched.iter().map(|touch| (touch.customer.id.as_str(), touch.assets.clone())).collect();
    let (down, reduced) = (Impact::Outage, Impact::ReducedRedundancy);
    let expected = [
        ("arctic-films", vec![(asset_id("plus-01"), down)]),
        ("harbour-labs", vec![(asset_id("plus-06"), reduced)]),
        ("polder-media", vec![(asset_id("plus-02"), reduced), (asset_id("plus-03"), reduced)]),
        ("prairie-radio", vec![(asset_id("plus-01"), down), (asset_id("plus-05"), reduced)]),
        ("rhein-archiv", vec![(asset_id("plus-04"), reduced)]),
    ];
    assert_eq!(got, expected);
    assert!(touched.iter().all(|touch| touch.customer.follow_up.is_some()));
}

#[test]
fn tix1_down_touches_the_webtix_customers_of_tix1_alone() {
    let inventory = demo();
    let spread = inventory.spread(&[(asset_id("tix1"), Impact::Outage)]);
    assert_eq!(spread.keys().map(AssetId::as_str).collect::<Vec<_>>(), ["tix1", "webtix-1"]);
    let customers = inventory.customers_touched(&spread);
    let customers: Vec<_> = customers.iter().map(|touch| touch.customer.id.as_str()).collect();
    assert_eq!(customers, ["lakeside-theatre", "midtown-opera", "salle-boreale"]);
}

#[track_caller]
fn check_group(down: &[&str], expected: &str) {
    let rows: Vec<_> = demo().group(&ids(down)).iter().map(ToString::to_string).collect();
    assert_eq!(rows.join(", "), expected);
}

#[test]
fn an_outage_is_counted_in_its_failure_domain_and_elsewhere() {
    check_group(&["tix1"], "1 of 2 in joyent/us-east-1, 0 of 5 elsewhere");
    check_group(&["tix1", "webtix-1", "tix1"], "1 of 2 in joyent/us-east-1, 0 of 5 elsewhere");
    check_group(&["tix1", "tix5"], "1 of 1 in joyent/eu-ams-1, 1 of 2 in joyent/us-east-1, 0 of 4 elsewhere");
    check_group(&["plus-02", "plus-03", "plus-04", "plus-05"], "4 of 6 in dc-ams/hall-1");
    check_group(&["webtix-1"], "1 of 7 elsewhere");
    check_group(&["nothing-we-know"], "");
    check_group(&[], "");
}

#[track_caller]
fn check_shared(assets: &[&str], expected: &[(&str, &[&str])]) {
    let shared = demo().shared_domains(&ids(assets));
    let got: Vec<_> = shared.into_iter().map(|shared| (shared.domain, shared.assets)).collect();
    let expected: Vec<_> = expected.iter().map(|(domain, assets)| (asset_id(domain), ids(assets))).collect();
    assert_eq!(got, expected);
}

#[test]
fn assets_share_a_failure_domain_when_they_share_a_site_or_a_need() {
    check_shared(
        &["plus-01", "plus-02", "plus-03"],
        &[
            ("dc-ams/hall-1", &["plus-01", "plus-02", "plus-03"]),
            ("feed-a", &["plus-01", "plus-02", "plus-03"]),
            ("feed-b", &["plus-02", "plus-03"]),
        ],
    );
    check_shared(&["webtix-1", "wtx1"], &[("joyent/us-east-1", &["webtix-1", "wtx1"])]);
    check_shared(&["tix1", "tix2"], &[]);
    check_shared(&["tix1", "tix1"], &[]);
    check_shared(&["plus-01", "tix1"], &[]);
}

#[test]
fn an_asset_without_a_vendor_has_those_of_what_it_needs() {
    let inventory = demo();
    let vendors = |id: &str| inventory.vendors_of(&asset_id(id)).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(vendors("plus-02"), ["dc-ams"]);
    assert_eq!(vendors("webtix-1"), ["joyent"]);
    assert_eq!(vendors("nothing-we-know"), [""; 0]);
    let upstream: Vec<_> = inventory.upstream(&asset_id("plus-02")).iter().map(ToString::to_string).collect();
    assert_eq!(upstream, ["feed-a", "feed-b", "plus-02"]);
}

#[test]
fn the_backup_is_overdue_on_the_morning_of_the_outage() {
    let inventory = demo();
    let now = "2014-05-27T18:00:00Z".parse().expect("a test instant is RFC 3339");
    let overdue = inventory.overdue(now);
    let got: Vec<_> =
        overdue.iter().map(|due| (due.item.id.as_str(), due.item.what.as_str(), due.overdue_by)).collect();
    assert_eq!(got, [("webtix-backup", "backup verified", Some(chrono::TimeDelta::days(1)))]);
}

#[test]
fn contacts_read_their_mail_in_different_zones_and_languages() {
    let inventory = demo();
    let contacts: Vec<_> = inventory.customers.values().flat_map(|customer| &customer.contacts).collect();
    let count = |of: fn(&super::super::Contact) -> &str| {
        contacts.iter().map(|contact| of(contact)).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(count(|contact| &contact.zone) >= 8 && count(|contact| &contact.language) >= 4);
    assert!(contacts.iter().all(|contact| contact.email.ends_with(".example")));
    assert!(!inventory.staff.is_empty() && inventory.staff.iter().all(|contact| contact.email.ends_with(".example")));
}

#[test]
fn a_stored_version_is_the_version_that_was_loaded() {
    let inventory = demo();
    let stored = serde_json::to_string(&inventory).expect("an inventory serializes");
    let read: Inventory = serde_json::from_str(&stored).expect("a stored inventory is readable");
    assert_eq!(read, inventory);
    assert_eq!(feed_a_off(&read), feed_a_off(&inventory));
}
