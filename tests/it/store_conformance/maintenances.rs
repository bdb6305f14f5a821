//! Maintenances: what they are found by, their revisions, their windows.

use chrono::TimeDelta;
use inwindow::names::{MaintenanceId, Reference};
use inwindow::store::{Changes, Generation, MaintenanceFilter, Rehomed, Store, StoreError};
use inwindow::window::StatedObject;

use super::{commit, notices, opened, try_commit};
use crate::store_fixtures::{announcement, hour, hours, maintenance, notice, revised, vendor};

pub fn a_maintenance_goes_to_another_vendor_with_its_references(store: &mut dyn Store) {
    let (new, changes) = opened("first", "CHG-1", &[hours(10, 12)]);
    let mut maintenance = changes.maintenances[0].clone();
    commit(store, &changes);
    assert_eq!(store.maintenance_vendors().expect("readable"), [vendor("dc-ams")]);
    let rehomed = Rehomed { maintenance: maintenance.id.clone(), vendor: vendor("joyent") };
    maintenance.identity.vendor = vendor("joyent");
    let maintenances = vec![maintenance.clone()];
    commit(store, &Changes { rehomed: vec![rehomed], maintenances, ..Changes::default() });
    assert_eq!(store.maintenances_of_notice(&new.notice.id).expect("readable"), [maintenance.clone()]);
    let near = |id: &str| store.maintenances_near(&[vendor(id)], hours(11, 13)).expect("readable").len();
    assert_eq!((near("dc-ams"), near("joyent")), (0, 1));
    assert_eq!(store.maintenances_overlapping(hours(11, 13)).expect("readable"), [maintenance.clone()]);
    assert_eq!(store.maintenances_with_reference(&vendor("joyent"), "chg-1").expect("readable"), [maintenance]);
    assert_eq!(store.maintenances_with_reference(&vendor("dc-ams"), "chg-1").expect("readable"), []);
    assert_eq!(store.maintenance_vendors().expect("readable"), [vendor("joyent")]);
}

pub fn maintenances_are_found_by_id_reference_and_beginning(store: &mut dyn Store) {
    let (new, mut changes) = opened("first", " CHG-Ä1", &[hours(10, 12)]);
    let opened = changes.maintenances[0].clone();
    let mut moved = announcement("CHG-2", &[hours(20, 22)]);
    moved.replaces = Some(Reference::new("CHG-ä1").expect("a reference"));
    let second = notice("second", 1, moved);
    changes.notices.push(second.clone());
    changes.maintenances = vec![revised(opened.clone(), &second)];
    commit(store, &changes);

    let whole = &changes.maintenances[0];
    for typed in [opened.id.as_str(), &opened.id.as_str()[..6], "CHG-Ä1", "chg-ä1", "chg-2 "] {
        assert_eq!(store.maintenance(typed).expect("readable").as_ref(), Some(whole), "{typed}");
    }
    assert_eq!(store.maintenance("CHG-3").expect("readable"), None);
    let found = |vendor_id: &str, folded: &str| {
        store.maintenances_with_reference(&vendor(vendor_id), folded).expect("readable").len()
    };
    assert_eq!((found("dc-ams", "chg-ä1"), found("dc-ams", "chg-2"), found("joyent", "chg-2")), (1, 1, 0));
    assert_eq!(new.notice.id, whole.revisions[0].notice);
}

pub fn one_reference_of_two_vendors_is_ambiguous(store: &mut dyn Store) {
    let (_, ours) = opened("first", "CHG-1", &[]);
    commit(store, &ours);
    let mut said = announcement("chg-1", &[]);
    said.vendor = vendor("joyent");
    let theirs = notice("second", 1, said);
    let theirs = Changes { maintenances: vec![maintenance(&theirs)], ..notices(&[&theirs]) };
    commit(store, &theirs);
    let error = store.maintenance("CHG-1").expect_err("two vendors");
    assert!(matches!(&error, StoreError::Ambiguous { matches, .. } if matches.len() == 2), "{error}");
}

pub fn revisions_are_added_and_never_changed(store: &mut dyn Store) {
    let (new, changes) = opened("first", "R1", &[hours(10, 12)]);
    commit(store, &changes);
    let opened = changes.maintenances[0].clone();
    assert_eq!(commit(store, &changes).generation, Generation(1), "known revisions change nothing");

    let later = notice("second", 1, announcement("R1", &[hours(11, 13)]));
    let both = revised(opened.clone(), &later);
    commit(store, &Changes { maintenances: vec![both.clone()], ..notices(&[&later]) });
    assert_eq!(store.maintenance("R1").expect("readable").as_ref(), Some(&both));

    let refused = |store: &mut dyn Store, maintenance| {
        let changes = Changes { maintenances: vec![maintenance], ..Changes::default() };
        try_commit(store, &changes).expect_err("it contradicts its stored form")
    };
    let mut altered = both.clone();
    altered.revisions[0].announcement.summary = Some("something else".into());
    let error = refused(store, altered);
    assert!(matches!(error, StoreError::RevisionDiffers { number: 1, .. }), "{error}");

    let mut hole = both.clone();
    hole.revisions[1].number = 3;
    let error = refused(store, hole);
    assert!(matches!(error, StoreError::RevisionMissing { number: 2, .. }), "{error}");

    let mut empty = both.clone();
    empty.revisions.clear();
    let error = refused(store, empty);
    assert!(matches!(error, StoreError::RevisionMissing { number: 1, .. }), "{error}");

    let mut other = both.clone();
    other.identity.vendor = vendor("joyent");
    let error = refused(store, other);
    assert!(matches!(error, StoreError::IdentityDiffers { .. }), "{error}");

    let unsaid = notice("never imported", 1, announcement("R1", &[]));
    let error = refused(store, revised(both.clone(), &unsaid));
    assert!(matches!(error, StoreError::UnknownNotice(_)), "{error}");

    assert_eq!(store.maintenance("R1").expect("readable"), Some(both));
    assert_eq!(new.notice.id, opened.revisions[0].notice);
}

pub fn an_account_may_become_known_once(store: &mut dyn Store) {
    let (_, changes) = opened("first", "R1", &[]);
    commit(store, &changes);
    let mut known = changes.maintenances[0].clone();
    known.identity.account = Some("4711".into());
    commit(store, &Changes { maintenances: vec![known.clone()], ..Changes::default() });
    assert_eq!(store.maintenance("R1").expect("readable").as_ref(), Some(&known));
    known.identity.account = Some("4712".into());
    let error = try_commit(store, &Changes { maintenances: vec![known], ..Changes::default() }).expect_err("another");
    assert!(matches!(error, StoreError::IdentityDiffers { .. }), "{error}");
}

pub fn windows_are_found_by_time(store: &mut dyn Store) {
    let years = 24 * 365 * 30;
    let rows = [
        ("night", hours(100, 106)),
        ("weeks", hours(100, 100 + 24 * 20)),
        ("project", hours(-24 * 200, 24 * 200)),
        ("decades", hours(-years, 2)),
    ];
    for (reference, interval) in rows {
        commit(store, &opened(reference, reference, &[interval]).1);
    }
    let check = |start: i64, end: i64, expected: &[&str]| {
        let mut found: Vec<String> = store
            .maintenances_overlapping(hours(start, end))
            .expect("readable")
            .into_iter()
            .map(|maintenance| maintenance.identity.reference.to_string())
            .collect();
        found.sort();
        assert_eq!(found, expected, "{start} to {end}");
    };
    check(99, 100, &["project"]);
    check(99, 101, &["night", "project", "weeks"]);
    check(105, 106, &["night", "project", "weeks"]);
    check(106, 107, &["project", "weeks"]);
    check(24 * 199, 24 * 300, &["project"]);
    check(24 * 200, 24 * 300, &[]);
    check(1, 2, &["decades", "project"]);
    check(2, 3, &["project"]);
    check(-years - 1, -years, &[]);
    check(-years - 1, -years + 1, &["decades"]);
}

pub fn windows_of_any_revision_and_reading_are_found(store: &mut dyn Store) {
    let (_, changes) = opened("first", "R1", &[hours(10, 12)]);
    commit(store, &changes);
    let mut said = announcement("R1", &[hours(20, 22)]);
    said.windows[0].others = vec![hours(30, 31)];
    let later = notice("second", 1, said);
    let both = revised(changes.maintenances[0].clone(), &later);
    commit(store, &Changes { maintenances: vec![both], ..notices(&[&later]) });
    for (start, end, expected) in [(9, 10, 0), (11, 12, 1), (12, 20, 0), (21, 22, 1), (22, 30, 0), (30, 31, 1)] {
        let found = store.maintenances_overlapping(hours(start, end)).expect("readable");
        assert_eq!(found.len(), expected, "{start} to {end}");
        let of_vendors = |vendors: &[&str]| {
            let vendors: Vec<_> = vendors.iter().map(|id| vendor(id)).collect();
            store.maintenances_near(&vendors, hours(start, end)).expect("readable")
        };
        let whose = changes.maintenances[0].identity.vendor.to_string();
        assert_eq!(of_vendors(&["nobody", &whose]), found);
        assert_eq!(of_vendors(&["nobody"]), []);
    }
}

pub fn what_maintenances_name_is_found_without_them(store: &mut dyn Store) {
    let object = |name: &str| StatedObject { name: name.into(), impact: None };
    let saying = |word: &str, reference: &str, names: &[&str]| {
        let mut said = announcement(reference, &[hours(10, 12)]);
        said.objects = names.iter().map(|name| object(name)).collect();
        notice(word, 0, said)
    };
    let first = saying("first", "R1", &["feed-b", "feed-a", "say \"é\"\0"]);
    let (second, third) = (saying("second", "R2", &[]), saying("third", "R3", &["feed-c"]));
    let mut readings = announcement("R4", &[hours(11, 12)]);
    readings.objects = vec![object("feed-d")];
    readings.windows[0].others = vec![hours(30, 31)];
    let fourth = notice("fourth", 0, readings);
    let all = [&first, &second, &third, &fourth].map(maintenance);
    commit(store, &Changes { maintenances: all.to_vec(), ..notices(&[&first, &second, &third, &fourth]) });
    // A later word adds what it names, also where its window is elsewhere.
    let mut said = announcement("R3", &[hours(40, 42)]);
    (said.objects, said.windows[0].objects) = (Vec::new(), vec![object("feed-e")]);
    let later = notice("later", 1, said);
    let both = revised(all[2].clone(), &later);
    commit(store, &Changes { maintenances: vec![both], ..notices(&[&later]) });

    let near = |start: i64, end: i64| {
        let vendor = &all[0].identity.vendor;
        let near = store.names_near(&[vendor.clone(), self::vendor("nobody")], hours(start, end)).expect("readable");
        assert!(near.iter().all(|near| near.vendor == *vendor));
        let mut names: Vec<Option<Vec<String>>> = near.iter().map(|near| near.names.clone()).collect();
        names.sort();
        let numbers: Vec<_> = near.iter().map(|near| near.maintenance).collect();
        let found = store.maintenances_numbered(&numbers).expect("readable");
        assert_eq!(found, store.maintenances_near(std::slice::from_ref(vendor), hours(start, end)).expect("readable"));
        names
    };
    let names = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>());
    let of_third = names(&["feed-c", "feed-e"]);
    assert_eq!(near(11, 12), [None, None, names(&["feed-a", "feed-b", "say \"é\"\0"]), of_third.clone()]);
    assert_eq!(near(30, 31), [None]);
    assert_eq!(near(41, 42), [of_third]);
    assert_eq!(near(12, 30), []);
    assert_eq!(store.maintenances_numbered(&[]).expect("readable"), []);
}

pub fn maintenances_stay_active_until_their_last_window_ends(store: &mut dyn Store) {
    commit(store, &opened("first", "R1", &[hours(10, 12), hours(20, 22)]).1);
    commit(store, &opened("second", "R2", &[]).1);
    let active = |at| {
        let found = store.maintenances_active(at).expect("readable");
        let mut found: Vec<String> = found.into_iter().map(|one| one.identity.reference.to_string()).collect();
        found.sort();
        let ids = store.active_maintenance_ids(at).expect("readable");
        assert!(ids.is_sorted());
        assert_eq!(store.maintenances_of_ids(&ids).expect("readable").len(), found.len());
        found
    };
    assert_eq!(store.maintenances_of_ids(&[MaintenanceId::new("m-nobody").expect("an id")]).expect("readable"), []);
    assert_eq!(active(hour(0)), ["R1", "R2"], "both were recorded after that");
    assert_eq!(active(hour(1)), ["R1"]);
    assert_eq!(active(hour(22) - TimeDelta::microseconds(1)), ["R1"]);
    assert_eq!(active(hour(22)), <[String; 0]>::default());
}

pub fn maintenances_are_listed_by_pages(store: &mut dyn Store) {
    for number in 0..5 {
        let name = format!("R{number}");
        commit(store, &opened(&name, &name, &[]).1);
    }
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut after = None;
    loop {
        let filter = MaintenanceFilter { after, limit: Some(2), ..MaintenanceFilter::default() };
        let page = store.maintenances(&filter).expect("readable");
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        pages.push(page.iter().map(|one| one.id.to_string()).collect());
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let ids = pages.concat();
    assert!(ids.is_sorted() && ids.iter().all(|id| id.starts_with("m-")), "{ids:?}");
    let none = MaintenanceFilter { vendor: Some(vendor("joyent")), ..MaintenanceFilter::default() };
    assert_eq!(store.maintenances(&none).expect("readable"), []);
    let ours = MaintenanceFilter { vendor: Some(vendor("dc-ams")), ..MaintenanceFilter::default() };
    assert_eq!(store.maintenances(&ours).expect("readable").len(), 5);
}
