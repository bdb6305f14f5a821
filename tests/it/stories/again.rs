//! The demo as a command: again, elsewhere, cut short, and what it proposes to try.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::played::{Demo, FOLDER, program, ran};

/// Everything in a folder, by its place there. The store's own files are left out: a database file is not the same
/// byte for byte.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("inwindow.db") {
                found.insert(path.strip_prefix(folder).expect("inside").to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn the_demo_again_is_the_same_to_the_byte_whatever_the_environment_says() {
    let demo = Demo::play();
    let folder = demo.place().join(FOLDER);
    let before = contents(&folder);
    assert!(before.len() > 51, "the mails and the demo's own files");
    // What a user left in it goes: the folder is the demo's.
    fs::write(folder.join("inventory/extra.toml"), "[[vendor]]\nid = \"x\"\n").expect("written");
    let elsewhere = demo.place().join("elsewhere");
    let mut again = program(demo.place());
    again.args(["demo", FOLDER]).env("INWINDOW_DATA", &elsewhere).env("INWINDOW_CLOCK", "2031-01-01T00:00:00Z");
    let again = ran(&again.env("TZ", "Asia/Tokyo").output().expect("the program runs"));
    assert_eq!((again.status, again.stderr.as_str()), (0, ""));
    assert_eq!(again.stdout, demo.printed);
    assert!(contents(&folder) == before, "the second run left other files than the first");
    assert!(!elsewhere.exists(), "INWINDOW_DATA is not the demo's folder");
}

#[test]
fn the_demo_leaves_a_foreign_folder_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join(FOLDER);
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("precious.txt"), "mine").expect("written");
    let ran = ran(&program(place.path()).args(["demo", FOLDER]).output().expect("the program runs"));
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "inwindow: `inwindow-demo` holds something that is no demo\nhelp: name a folder that is empty or does not exist\n"
    );
    assert_eq!(contents(&folder), BTreeMap::from([(PathBuf::from("precious.txt"), b"mine".to_vec())]));
}

#[test]
fn the_demo_plays_where_data_says_unless_it_is_told_where() {
    let place = tempfile::tempdir().expect("a folder");
    let play = |args: &[&str]| ran(&program(place.path()).args(args).output().expect("the program runs"));
    assert_eq!(play(&["--data", "mine", "demo"]).status, 0);
    assert_eq!(play(&["--data", "mine", "list", "outages"]).status, 0);
    assert!(!place.path().join(FOLDER).exists(), "nothing is played elsewhere");
    assert_eq!(play(&["--data", "mine", "demo", FOLDER]).status, 0);
    assert!(place.path().join(FOLDER).join("config.toml").exists());
}

#[test]
fn the_demo_is_not_played_into_a_store_that_is_in_use() {
    let place = tempfile::tempdir().expect("a folder");
    for args in [["demo"].as_slice(), &["demo", FOLDER], &["--data", "mine", "demo"]] {
        let mut program = program(place.path());
        let ran = ran(&program.args(args).env("INWINDOW_STORE", "work.db").output().expect("the program runs"));
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert_eq!(
            ran.stderr,
            "inwindow: INWINDOW_STORE is set, and the demo would be played into the store that it names\n\
             help: unset INWINDOW_STORE: the demo has a store of its own in its folder\n"
        );
    }
    assert_eq!(contents(place.path()), BTreeMap::new(), "nothing was made");
}

#[test]
fn a_demo_that_was_cut_short_can_be_repeated() {
    let demo = Demo::play();
    let folder = demo.place().join(FOLDER);
    fs::remove_file(folder.join("config.toml")).expect("removed");
    fs::remove_dir_all(folder.join("inventory")).expect("removed");
    let again = ran(&program(demo.place()).args(["demo", FOLDER]).output().expect("the program runs"));
    assert_eq!((again.status, again.stdout == demo.printed), (0, true), "{}", again.stderr);
}

#[test]
fn every_command_that_the_demo_proposes_works() {
    let demo = Demo::shared();
    let prefix = format!("inwindow --data {FOLDER} ");
    let lines = demo.printed.lines().map(|line| line.trim_start().trim_start_matches("$ "));
    let commands: Vec<&str> = lines.filter_map(|line| line.strip_prefix(&prefix)).collect();
    assert_eq!(commands.len(), 6, "{commands:?}");
    for command in commands {
        let args: Vec<&str> = command.split(' ').map(|word| word.trim_matches('\'')).collect();
        let ran = demo.run(&args);
        // The one that is shown refused, `check` and `audit` with their answer no, the others with yes.
        let status = match (args[0], command.contains("02:31")) {
            (_, true) => 2,
            ("check" | "audit", false) => 1,
            (_, false) => 0,
        };
        assert_eq!(ran.status, status, "{command}: {ran:?}");
        let shown = if status == 2 { &ran.stderr } else { &ran.stdout };
        assert!(shown.lines().count() >= 2, "{command}: {ran:?}");
    }
}

#[test]
fn the_demo_fits_a_screen_of_110_columns() {
    let demo = Demo::shared();
    let long: Vec<&str> = demo.printed.lines().filter(|line| line.chars().count() > 110).collect();
    assert!(long.is_empty(), "{long:#?}");
}
