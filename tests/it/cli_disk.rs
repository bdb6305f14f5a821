//! A data folder that cannot be written, and one that is full. They are mounted, since root ignores permissions: these
//! tests run with the feature `servers` (as in `tests/run`) and must be able to mount then.

use std::fs;

use crate::cli::{NOW, Place};
use crate::store_readonly::Mounted;

/// A place whose `data` lies on a tmpfs of this size, with the inventory applied and the announcement imported.
fn on_tmpfs(size: &str) -> (Place, Mounted) {
    let place = Place::with_demo_files();
    let mount = Mounted::tmpfs(size);
    std::os::unix::fs::symlink(mount.path(), place.path("data")).expect("linked");
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["import", "notices/dc-ams-announcement.eml"]).ends(0);
    (place, mount)
}

#[test]
fn a_read_only_data_folder_is_read_and_not_written() {
    let (place, mount) = on_tmpfs("16m");
    let before = place.stored();
    mount.remount("ro");
    // All that only looks works as before.
    assert_eq!(place.stored(), before);
    place.run(&["check", "plus-01", "--at", "2017-03-25T19:00:00Z"]).ends(1).says("early_start");
    place.run(&["plan"]).ends(0);
    let error = "inwindow: the store data/inwindow.db can be read and not written\n\
        help: `check`, `list` and `show` work as they are; to change anything make data/inwindow.db and its folder writable\n";
    let commands: [&[&str]; 6] = [
        &["import", "notices"],
        &["apply", "inventory"],
        &["send"],
        &["outbox", "approve", "--all"],
        &["outage", "open", "plus-01", "--start", NOW],
        &["maintenance", "cancel", "--vendor", "dc-ams", "--reference", "DCA-2017-031"],
    ];
    for args in commands {
        place.run(args).gives(4, "", error);
    }
    assert_eq!(place.stored(), before, "nothing is lost");
    mount.remount("rw");
    place.run(&["import", "notices"]).ends(0);
}

#[test]
fn a_full_disk_loses_nothing_that_was_stored() {
    let (place, mount) = on_tmpfs("4m");
    let before = place.stored();
    fs::write(mount.path().join("filler"), vec![0; 16 << 20]).expect_err("more than there is room for");
    let large = format!("Subject: x\n\n{}", "word ".repeat(100_000));
    place.write("large.eml", large);
    let full = place.run(&["import", "large.eml"]).ends(4);
    assert!(full.stderr.starts_with("inwindow: no space is left for the store data/inwindow.db"), "{}", full.stderr);
    assert!(
        full.stderr.ends_with("help: nothing of this command was written; free some space and run it again\n"),
        "{}",
        full.stderr
    );
    fs::remove_file(mount.path().join("filler")).expect("removed");
    assert_eq!(place.stored(), before);
    place.run(&["import", "large.eml"]).ends(1).says("kept as");
}

#[test]
fn a_read_only_store_is_examined_and_backed_up_elsewhere() {
    let (place, mount) = on_tmpfs("16m");
    mount.remount("ro");
    place.run(&["store", "check"]).ends(0);
    place.run(&["store", "backup", "b.db"]).ends(0);
    place.run(&["store", "backup", "data/b.db"]).ends(4).says("cannot write `data/b.db.partial`");
    place.run(&["store", "restore", "--replace", "b.db"]).ends(4).says("cannot write `data/inwindow.db.partial`");
    mount.remount("rw");
    place.run(&["store", "restore", "--replace", "b.db"]).ends(0);
    place.run(&["store", "check"]).ends(0);
}

#[test]
fn what_does_not_fit_on_the_disk_leaves_nothing_behind() {
    let (place, mount) = on_tmpfs("4m");
    let before = place.stored();
    place.run(&["store", "backup", "b.db"]).ends(0);
    fs::write(mount.path().join("filler"), vec![0; 16 << 20]).expect_err("more than there is room for");
    let full = "inwindow: no space is left for the store data/";
    place.run(&["store", "backup", "data/b.db"]).ends(4).says(full).says("help: nothing of this command was written");
    place.run(&["store", "restore", "--replace", "b.db"]).ends(4).says(full);
    for name in ["b.db", "b.db.partial", "inwindow.db.partial", "inwindow.db.before-20170313T101500Z"] {
        assert!(!mount.path().join(name).exists(), "{name}");
    }
    fs::remove_file(mount.path().join("filler")).expect("removed");
    assert_eq!(place.stored(), before);
    place.run(&["store", "backup", "data/b.db"]).ends(0);
}

#[test]
fn a_copy_that_found_no_room_goes_on_when_there_is_some() {
    let (place, mount) = on_tmpfs("4m");
    fs::write(mount.path().join("filler"), vec![0; 16 << 20]).expect_err("more than there is room for");
    fs::remove_file(mount.path().join("filler")).expect("removed");
    place.run(&["store", "backup", "b.db"]).ends(0);
    let room = fs::metadata(place.path("b.db")).expect("there").len() + 400_000;
    fs::write(mount.path().join("filler"), vec![0; (4 << 20) - usize::try_from(room).expect("small")]).expect("fits");
    place
        .run(&["store", "copy", "--to", "data/c.db"])
        .ends(4)
        .says("inwindow: no space is left for the store data/c.db.partial");
    assert!(!mount.path().join("c.db").exists());
    fs::remove_file(mount.path().join("filler")).expect("removed");
    place.run(&["store", "copy", "--to", "data/c.db"]).ends(0).says("both sides are equal");
}

#[test]
fn a_store_that_cannot_be_migrated_stays_as_it_was() {
    let place = Place::new();
    let mount = Mounted::tmpfs("64m");
    std::os::unix::fs::symlink(mount.path(), place.path("data")).expect("linked");
    crate::store_commands::of_the_first_release(&place, 8_000);
    let kept = place.store_bytes();
    mount.remount("ro");
    place.run(&["store", "migrate"]).ends(4).says("inwindow: the store data/inwindow.db ");
    assert_eq!(place.store_bytes(), kept);
    mount.remount("rw");
    fs::write(mount.path().join("filler"), vec![0; 64 << 20]).expect_err("more than there is room for");
    place.run(&["store", "migrate"]).ends(4).says("inwindow: no space is left for the store data/inwindow.db");
    fs::remove_file(mount.path().join("filler")).expect("removed");
    mount.remount("size=256m");
    place.run(&["store", "migrate"]).ends(0).says("was brought from schema ");
    let store = rusqlite::Connection::open(place.path("data/inwindow.db")).expect("opened");
    let kept: i64 = store.query_row("SELECT count(*) FROM review", [], |row| row.get(0)).expect("readable");
    assert_eq!(kept, 8_001);
}
