//! The floors of the house: a room names only rooms earlier in the list, and a pure room does not touch the world.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The rooms from the ground up, as in `src/ARCHITECTURE.md`.
const ROOMS: [&str; 16] = [
    "names",
    "time",
    "written",
    "window",
    "notice",
    "maintenance",
    "inventory",
    "outage",
    "verdict",
    "plan",
    "report",
    "store",
    "mail",
    "app",
    "serve",
    "cli",
];

/// Rooms up to this one are pure.
const LAST_PURE: &str = "report";

/// What no pure room may mention.
const WORLD: [&str; 13] = [
    "tokio",
    "rusqlite",
    "tokio_postgres",
    "axum",
    "lettre",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant::now",
];

#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|name| *name == room)
}

/// How many steps up from a file's own module the room is.
fn depth(file: &str) -> usize {
    let steps = file.split('/').count() - 1;
    if file.ends_with("/mod.rs") { steps - 1 } else { steps }
}

/// The breaches in one file; `file` is its path below `src`.
fn breaches(file: &str, text: &str) -> Vec<Breach> {
    let room = file.split('/').next().unwrap_or_default();
    if room == "lib.rs" || room == "main.rs" {
        return Vec::new();
    }
    let breach = |line: usize, what: String| Breach { file: file.to_owned(), line, what };
    let Some(own) = floor(room) else {
        return vec![breach(1, format!("`{room}` is no room of the house"))];
    };
    let names = Regex::new(r"\bcrate::(\w+|\{)").expect("a valid pattern");
    let supers = Regex::new(r"\b(?:super::)+").expect("a valid pattern");
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for name in names.captures_iter(code).map(|captures| captures[1].to_owned()) {
            match floor(&name) {
                Some(other) if other <= own => {}
                Some(_) => found.push(breach(index + 1, format!("`{room}` names the later room `{name}`"))),
                None => found.push(breach(index + 1, format!("`crate::{name}` names no room; one `use` a room"))),
            }
        }
        // A line further in stands in an inline module, such as `mod tests`, which is one step deeper.
        let depth = depth(file) + usize::from(line.starts_with(' '));
        if supers.find_iter(code).any(|chain| chain.as_str().matches("super").count() > depth) {
            found.push(breach(index + 1, "`super` leaves the room and hides which one is named".into()));
        }
        if Some(own) <= floor(LAST_PURE) {
            let touched = WORLD.iter().filter(|word| code.contains(**word));
            found.extend(touched.map(|word| breach(index + 1, format!("pure room `{room}` mentions `{word}`"))));
        }
    }
    found
}

/// All Rust files below a folder, as paths relative to it.
fn rust_files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder of the sources is readable") {
            let path = entry.expect("an entry is readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.insert(path.strip_prefix(folder).expect("below the folder").to_owned());
            }
        }
    }
    files
}

/// The files that the `mod` lines reach from `lib.rs`: an independent count of what there is to read.
fn declared_files(src: &Path) -> BTreeSet<PathBuf> {
    let declaration = Regex::new(r"(?m)^\s*(?:pub(?:\([^)]*\))? )?mod (\w+);").expect("a valid pattern");
    let mut files = BTreeSet::from([PathBuf::from("lib.rs"), PathBuf::from("main.rs")]);
    let mut open = vec![(PathBuf::from("lib.rs"), PathBuf::new())];
    while let Some((file, folder)) = open.pop() {
        let text = fs::read_to_string(src.join(&file)).expect("a declared file is readable");
        for name in declaration.captures_iter(&text).map(|captures| captures[1].to_owned()) {
            let inner = folder.join(&name);
            let (flat, nested) = (inner.with_extension("rs"), inner.join("mod.rs"));
            let file = if src.join(&flat).is_file() { flat } else { nested };
            files.insert(file.clone());
            open.push((file, inner));
        }
    }
    files
}

#[test]
fn no_room_breaks_a_floor() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    let declared = declared_files(&src);
    let unread: Vec<_> = files.symmetric_difference(&declared).collect();
    assert!(unread.is_empty(), "on disk and not reached by a `mod` line, or the other way round: {unread:?}");
    let mut found = Vec::new();
    for file in &files {
        let text = fs::read_to_string(src.join(file)).expect("a source is readable");
        found.extend(breaches(&file.to_string_lossy(), &text));
    }
    let list: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", list.join("\n"));
}

#[test]
fn the_list_of_rooms_is_the_one_of_the_map() {
    let map = include_str!("../../src/ARCHITECTURE.md");
    let rooms: Vec<&str> =
        map.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split('`').next()).collect();
    let listed: Vec<&str> = ROOMS.into_iter().filter(|room| rooms.contains(room)).collect();
    assert_eq!(rooms, listed);
}

#[track_caller]
fn check(file: &str, text: &str, expected: &[&str]) {
    let found: Vec<String> = breaches(file, text).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_rule_broken_on_purpose_is_named_with_file_and_line() {
    check("verdict/judge.rs", "use crate::time::Interval;\nuse crate::verdict::Kind;\n", &[]);
    check(
        "time/zone.rs",
        "\nuse crate::notice::Status;\n",
        &["src/time/zone.rs:2: `time` names the later room `notice`"],
    );
    check(
        "plan/render.rs",
        "fn f() {\n    lettre::message();\n}\n",
        &["src/plan/render.rs:2: pure room `plan` mentions `lettre`"],
    );
    check("time/clock.rs", "Utc::now()", &["src/time/clock.rs:1: pure room `time` mentions `Utc::now`"]);
    check("mail/smtp.rs", "use std::net::TcpStream;", &[]);
    check("plan/mod.rs", "// lettre is named in a comment only", &[]);
    let leaves = "`super` leaves the room and hides which one is named";
    check("time/a.rs", "use super::zone;\nuse super::super::store;", &[&format!("src/time/a.rs:2: {leaves}")]);
    check("time/mod.rs", "use super::store;", &[&format!("src/time/mod.rs:1: {leaves}")]);
    check("time/a.rs", "mod tests {\n    use super::super::zone;\n}", &[]);
    check("time/a/b.rs", "use super::super::zone;", &[]);
    check("store/x.rs", "use crate::{app, cli};", &["src/store/x.rs:1: `crate::{` names no room; one `use` a room"]);
    check("utils/x.rs", "", &["src/utils/x.rs:1: `utils` is no room of the house"]);
}
