//! A writer killed at any moment: what it was told to be committed is there, and nothing is half there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use inwindow::store::{Changes, MaintenanceFilter, NoticeFilter, SqliteStore, Store};

use crate::store_fixtures::{announcement, hour, hours, maintenance, notice};

/// Tells the child test where to write; without it that test has nothing to do.
const STORE_OF_CHILD: &str = "INWINDOW_TEST_CRASH_STORE";

/// Commits that the child reports before it is killed in the middle of a later one.
const REPORTED: usize = 20;

#[test]
fn the_child_that_is_killed() {
    let Some(path) = std::env::var_os(STORE_OF_CHILD) else { return };
    let mut store = SqliteStore::create_or_open(Path::new(&path), &[7; 32], hour(0)).expect("opened");
    for number in 0.. {
        let name = format!("R{number}");
        let new = notice(&name, 1, announcement(&name, &[hours(10, 12)]));
        let changes = Changes { maintenances: vec![maintenance(&new)], notices: vec![new], ..Changes::default() };
        let generation = store.generation().expect("readable");
        let committed = store.commit(generation, &changes, hour(0)).expect("good");
        println!("committed {}", committed.generation);
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_was_told_was_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("store.db");
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "store_crash::the_child_that_is_killed", "--nocapture"])
            .env(STORE_OF_CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let told = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok())
            .take(if round == 1 { REPORTED } else { 1 })
            .last();
        child.kill().expect("killed");
        child.wait().expect("gone");
        let Some(told) = told else {
            panic!("the child committed nothing in round {round}");
        };
        let store = SqliteStore::open_existing(&path, hour(1)).expect("whole");
        let kept = store.generation().expect("readable").0;
        assert!(kept >= told, "told {told}, kept {kept}");
        let (notices, maintenances) = (
            store.notices(&NoticeFilter::default()).expect("readable").len(),
            store.maintenances(&MaintenanceFilter::default()).expect("readable").len(),
        );
        assert_eq!((notices, maintenances), (usize::try_from(kept).expect("few"), notices), "all or nothing");
    }
}
