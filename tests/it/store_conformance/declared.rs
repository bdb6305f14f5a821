//! What people declare: versions of the inventory, and what was said of the checklist.

use chrono::TimeDelta;
use inwindow::inventory::{CheckSaid, CheckWord, Taught};
use inwindow::names::{AssetId, ChecklistId};
use inwindow::store::{Changes, Dated, NewInventory, Store};

use super::commit;
use crate::store_fixtures::{asset, hour, inventory, large_inventory, vendor};

pub fn the_inventory_is_dated(store: &mut dyn Store) {
    let mut apply = |id: &str, at: i64| {
        let new = NewInventory { inventory: inventory(id), applied_at: hour(at) };
        commit(store, &Changes { inventory: Some(new), ..Changes::default() }).new_inventory
    };
    assert_eq!(apply("feed-a", 10), Some(1));
    assert_eq!(apply("feed-a", 11), None, "the same again is no new version");
    assert_eq!(apply("feed-b", 20), Some(2));
    assert_eq!(apply("feed-a", 30), Some(3), "back to an older one is a new version");
    let as_of = |at| store.inventory_as_of(at).expect("readable").expect("there is one");
    let number = |dated: &Dated| dated.version().version;
    assert!(matches!(as_of(hour(9)), Dated::DeclaredLater(version) if version.version == 1));
    assert!(matches!(as_of(hour(10)), Dated::InForce(version) if version.version == 1));
    assert_eq!(number(&as_of(hour(20) - TimeDelta::seconds(1))), 1);
    assert_eq!(number(&as_of(hour(20))), 2);
    assert_eq!(number(&as_of(hour(40))), 3);
    let latest = store.inventory_latest().expect("readable").expect("there is one");
    assert_eq!((latest.version, latest.applied_at, &*latest.inventory), (3, hour(30), &inventory("feed-a")));
}

pub fn a_part_of_the_inventory_is_that_of_its_version(store: &mut dyn Store) {
    let added = "[[asset]]\nid = \"cloud\"\nkind = \"server\"\nvendor = \"joyent\"\naliases = [\"Feed-A\"]\nneeds = [\"feed-b\"]\n";
    let mut renamed = large_inventory("");
    let feed = renamed.assets.get_mut(&asset("feed-a")).expect("a feed");
    (feed.aliases, feed.kind) = (vec!["Main feed".to_owned()], "panel".to_owned());
    let mut gone = large_inventory("");
    gone.assets.retain(|id, _| id.as_str() != "server-3");
    (gone.customers, gone.staff) = Default::default();
    gone.taught.push(Taught {
        vendor: vendor("dc-ams"),
        name: "the feed".into(),
        asset: asset("feed-a"),
        by: "ann".into(),
        at: hour(1),
    });
    // A clone has no index of what was there before.
    let versions = [large_inventory(""), large_inventory(added), renamed.clone(), gone.clone(), large_inventory("")];
    assert_eq!(store.inventory_part(hour(0), &[], &[]).expect("readable"), None);
    for (inventory, at) in versions.iter().zip(0..) {
        let new = NewInventory { inventory: inventory.clone(), applied_at: hour(at) };
        commit(store, &Changes { inventory: Some(new), ..Changes::default() });
    }
    let asked: [(&[&str], &[&str]); 7] = [
        (&[], &[]),
        (&["server-1"], &[]),
        (&["server-3", "server-3", "nobody"], &["FEED B", "x"]),
        (&["feed-a", "cloud"], &["feed a", "main-feed", "the feed", "server 7"]),
        (&["hall"], &["Feed A", "b feed", ""]),
        (&[], &["CLOUD", "Server_11"]),
        (&["cloud", "server-2", "server-0"], &["joyent"]),
    ];
    for (inventory, at) in versions.iter().zip(0..) {
        let whole = store.inventory_as_of(hour(at)).expect("readable").expect("there is one");
        assert_eq!(*whole.version().inventory, *inventory, "version {}", at + 1);
        for (assets, names) in &asked {
            let assets: Vec<AssetId> = assets.iter().map(|id| asset(id)).collect();
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let part = store.inventory_part(hour(at), &assets, &names).expect("readable");
            assert_eq!(part, Some(inventory.part(&assets, &names)), "version {}: {assets:?} {names:?}", at + 1);
        }
    }
    let before = store.inventory_part(hour(-1), &[asset("server-3")], &[]).expect("readable");
    assert_eq!(before, Some(versions[0].part(&[asset("server-3")], &[])), "declared later");
}

pub fn what_is_said_of_the_checklist_is_kept(store: &mut dyn Store) {
    let item = |id: &str| ChecklistId::new(id).expect("an id");
    let word = |id: &str, at: i64, said: CheckSaid| CheckWord {
        item: item(id),
        at: hour(at),
        who: "backup-job".into(),
        said,
        recorded_at: hour(9),
    };
    let fact = |words: &str| CheckSaid::Fact(words.into());
    let words = [
        word("restore", 1, CheckSaid::Done),
        word("backup", 3, fact("3 h old")),
        word("backup", 2, CheckSaid::Done),
        word("backup", 1, CheckSaid::Done),
        word("backup", 3, fact("4 h old")),
    ];
    let before = store.generation().expect("readable");
    for said in &words {
        commit(store, &Changes { checklist: vec![said.clone()], ..Changes::default() });
    }
    assert_eq!(store.generation().expect("readable"), before, "no plan rests on it");
    let [restored, old, done, earlier, newest] = words;
    assert_eq!(store.checklist().expect("readable"), [done.clone(), newest.clone(), restored]);
    let of_backup = store.checklist_of(&item("backup"), 9).expect("readable");
    assert_eq!(of_backup, [newest.clone(), old, done, earlier]);
    assert_eq!(store.checklist_of(&item("backup"), 1).expect("readable"), [newest]);
    assert_eq!(store.checklist_of(&item("unheard-of"), 9).expect("readable"), []);
}
