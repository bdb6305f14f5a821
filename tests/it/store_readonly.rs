//! The store on file systems that cannot be written or are full. They are mounted, since root ignores permissions:
//! these tests are compiled by the feature `servers` alone (as `tests/run` asks for it) and must be able to mount then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use inwindow::store::{Changes, NoticeFilter, SqliteStore, Store, StoreError};
use tempfile::TempDir;

use crate::store_fixtures::{announcement, hour, hours, maintenance, notice};

/// A tmpfs, unmounted at the end.
pub struct Mounted(TempDir);

impl Mounted {
    pub fn tmpfs(size: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], folder.path());
        Self(folder)
    }

    pub fn remount(&self, option: &str) {
        run("mount", &["-o", &format!("remount,{option}")], self.0.path());
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("store.db")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[track_caller]
fn run(program: &str, args: &[&str], path: &Path) {
    let done = Command::new(program).args(args).arg(path).output();
    assert!(
        done.as_ref().is_ok_and(|output| output.status.success()),
        "the feature `servers` asks for tests that mount a tmpfs, which needs root: {program} {args:?}: {done:?}"
    );
}

fn numbered(number: usize, words: &str) -> Changes {
    let new = notice(&format!("{number} {words}"), 1, announcement(&format!("R{number}"), &[hours(10, 12)]));
    Changes { maintenances: vec![maintenance(&new)], notices: vec![new], ..Changes::default() }
}

fn commit(store: &mut SqliteStore, changes: &Changes) -> Result<(), StoreError> {
    let generation = store.generation()?;
    store.commit(generation, changes, hour(0)).map(|_| ())
}

fn filled(path: &Path) -> SqliteStore {
    let mut store = SqliteStore::create_or_open(path, &[7; 32], hour(0)).expect("created");
    commit(&mut store, &numbered(1, "")).expect("written");
    store
}

#[test]
fn a_closed_store_is_read_where_nothing_can_be_written() {
    let mount = Mounted::tmpfs("8m");
    let path = mount.store();
    drop(filled(&path));
    mount.remount("ro");
    let mut store = SqliteStore::open_read_only(&path).expect("readable");
    assert_eq!(store.maintenances_overlapping(hours(11, 12)).expect("readable").len(), 1);
    let error = commit(&mut store, &numbered(2, "")).expect_err("nothing can be written");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    for opened in [SqliteStore::open_existing(&path, hour(0)), SqliteStore::create_or_open(&path, &[7; 32], hour(0))] {
        let error = opened.expect_err("nothing can be written");
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    let other = mount.0.path().join("other.db");
    let error = SqliteStore::create_or_open(&other, &[7; 32], hour(0)).expect_err("nothing can be written");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}

#[test]
fn what_stands_only_in_the_log_file_is_not_silently_left_out() {
    let mount = Mounted::tmpfs("8m");
    let path = mount.store();
    // As after a power failure: the file, and a log file with a commit that is in no other place.
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let store = filled(&elsewhere.path().join("store.db"));
    for name in ["store.db", "store.db-wal"] {
        fs::copy(elsewhere.path().join(name), mount.0.path().join(name)).expect("copied");
    }
    drop(store);
    mount.remount("ro");
    let error = SqliteStore::open_read_only(&path).expect_err("the log file cannot be taken over");
    assert!(matches!(error, StoreError::Unfinished { .. }), "{error:?}");
    assert!(error.help().is_some_and(|help| help.contains("-wal")));
    mount.remount("rw");
    let store = SqliteStore::open_read_only(&path).expect("readable");
    assert_eq!(store.notices(&NoticeFilter::default()).expect("readable").len(), 1);
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let mount = Mounted::tmpfs("2m");
    let path = mount.store();
    let mut store = filled(&path);
    let error = (2..)
        .find_map(|number| commit(&mut store, &numbered(number, &"x".repeat(100_000))).err())
        .expect("2 MiB do not hold everything");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    let kept = store.generation().expect("still readable").0;
    assert_eq!(store.notices(&NoticeFilter::default()).expect("readable").len() as u64, kept);
    mount.remount("size=16m");
    commit(&mut store, &numbered(9999, &"x".repeat(100_000))).expect("there is room again");
    drop(store);
    let store = SqliteStore::open_existing(&path, hour(0)).expect("whole");
    assert_eq!(store.generation().expect("readable").0, kept + 1);
}

#[test]
fn a_store_cannot_be_made_on_a_full_disk() {
    let mount = Mounted::tmpfs("64k");
    fs::write(mount.0.path().join("filler"), vec![0; 60 * 1024]).expect("written");
    let error = SqliteStore::create_or_open(&mount.store(), &[7; 32], hour(0)).expect_err("no room");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    fs::remove_file(mount.0.path().join("filler")).expect("removed");
    mount.remount("size=8m");
    drop(filled(&mount.store()));
}
