//! What README.md shows is what the program does.
//!
//! The README is played from top to bottom in one empty folder, as a reader would: a fence ```` ```toml file=a/b.toml ````
//! (any language) writes its text to that file, and in a ```` ```console ```` fence each line after `$ ` is run and must
//! print exactly the lines below it, the standard output before the standard error. A line `…` stands for any lines. An
//! exit status other than 0 is shown as a last line `[exit status 2]`. Known commands are `inwindow …` and
//! `cargo run --release -- …` (both are the binary under test), `export NAME=VALUE` and `unset NAME`; a line that ends
//! with `\` goes on in the next. Where the program prints the folder's own path, the README has `/srv`.
//!
//! After a change of what the program prints, `INWINDOW_UPDATE=1 cargo test --test it readme::` writes the README anew.
//! Outputs that still match stay as they are; of others the new lines are shown, as many as before around each `…`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use inwindow::verdict::Kind;

use crate::stories::program;

fn readme_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn readme() -> String {
    fs::read_to_string(readme_path()).expect("the README is there")
}

/// The reader at their desk.
struct Desk {
    place: tempfile::TempDir,
    environment: BTreeMap<String, String>,
    commands: usize,
    /// Outputs that differ, as line number of the command and what is printed.
    wrong: Vec<String>,
}

impl Desk {
    fn write(&self, name: &str, lines: &[&str]) {
        let path = self.place.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, format!("{}\n", lines.join("\n"))).expect("written");
    }

    /// What a command prints, line by line.
    fn run(&mut self, command: &str) -> Vec<String> {
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.commands += 1;
        let args = match words.as_slice() {
            ["export", setting] => {
                let (name, value) = setting.split_once('=').expect("NAME=VALUE");
                self.environment.insert(name.to_owned(), value.to_owned());
                return Vec::new();
            }
            ["unset", name] => {
                self.environment.remove(*name);
                return Vec::new();
            }
            ["inwindow", args @ ..] | ["cargo", "run", "--release", "--", args @ ..] => args,
            other => panic!("`{command}` is no command that this test knows: {other:?}"),
        };
        let mut program = program(self.place.path());
        let output = program.args(args).env("USER", "ops").envs(&self.environment).output().expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        let place = fs::canonicalize(self.place.path()).expect("the folder is there").display().to_string();
        let mut lines: Vec<String> = [text(&output.stdout), text(&output.stderr)]
            .iter()
            .flat_map(|text| text.lines().map(|line| line.trim_end_matches('\r').replace(&place, "/srv")))
            .collect();
        match output.status.code() {
            Some(0) => {}
            Some(status) => lines.push(format!("[exit status {status}]")),
            None => panic!("`{command}` was killed"),
        }
        lines
    }

    /// Runs the commands of a fence, and gives the fence as it must be.
    fn console(&mut self, first_line: usize, lines: &[&str]) -> Vec<String> {
        let mut shown = Vec::new();
        let mut rest = lines;
        while let Some((first, after)) = rest.split_first() {
            assert!(first.starts_with("$ "), "README.md:{}: a fence begins with a command", first_line + shown.len());
            let more = after.iter().zip(rest).take_while(|(_, line)| line.ends_with('\\')).count();
            let (typed, after) = rest.split_at(1 + more);
            let until = after.iter().position(|line| line.starts_with("$ ")).unwrap_or(after.len());
            let (expected, after) = after.split_at(until);
            let number = first_line + lines.len() - rest.len();
            let joined: Vec<&str> = typed.iter().map(|line| line.trim_end_matches('\\').trim()).collect();
            let command = joined.join(" ").trim_start_matches("$ ").to_owned();
            let printed = self.run(&command);
            shown.extend(typed.iter().map(|line| (*line).to_owned()));
            if matches(expected, &printed) {
                shown.extend(expected.iter().map(|line| (*line).to_owned()));
            } else {
                self.wrong.push(format!("README.md:{number}: `{command}` prints:\n{}", printed.join("\n")));
                shown.extend(shortened(expected, &printed));
            }
            rest = after;
        }
        shown
    }
}

/// A command line as a shell parts it: at blanks, but not inside single quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("there is one").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the lines shown are those printed, where a line `…` stands for any.
fn matches(shown: &[&str], printed: &[String]) -> bool {
    let parts: Vec<&[&str]> = shown.split(|line| line.trim() == "…").collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return shown == printed;
    };
    let same = |part: &[&str], at: &[String]| part.iter().zip(at).all(|(a, b)| a == b);
    if printed.len() < first.len() + last.len() || !same(first, printed) {
        return false;
    }
    let (mut rest, end) = printed[first.len()..].split_at(printed.len() - first.len() - last.len());
    for part in middle {
        let Some(at) = rest.windows(part.len().max(1)).position(|lines| same(part, lines)) else { return false };
        rest = &rest[at + part.len()..];
    }
    same(last, end)
}

/// What is printed now, with lines left out about where they were.
fn shortened(shown: &[&str], printed: &[String]) -> Vec<String> {
    let parts: Vec<&[&str]> = shown.split(|line| line.trim() == "…").collect();
    let [first, middle @ .., last] = parts.as_slice() else { return printed.to_vec() };
    if printed.len() <= first.len() + last.len() {
        return printed.to_vec();
    }
    let end = printed.len() - last.len();
    let mut short = printed[..first.len()].to_vec();
    let mut next = first.len();
    for part in middle {
        let begins = |line: &String| part.first().is_some_and(|first| line == first);
        if let Some(at) = printed[next..end].iter().position(begins) {
            short.push("…".to_owned());
            let until = (next + at + part.len()).min(end);
            short.extend_from_slice(&printed[next + at..until]);
            next = until;
        }
    }
    short.push("…".to_owned());
    short.extend_from_slice(&printed[end..]);
    short
}

/// Plays the README and gives it as it must be.
fn play(text: &str) -> (String, Desk) {
    let place = tempfile::tempdir().expect("a folder");
    let mut desk = Desk { place, environment: BTreeMap::new(), commands: 0, wrong: Vec::new() };
    let lines: Vec<&str> = text.lines().collect();
    let mut shown: Vec<String> = Vec::new();
    let mut next = 0;
    while next < lines.len() {
        let opening = lines[next];
        shown.push(opening.to_owned());
        next += 1;
        let Some(language) = opening.strip_prefix("```") else { continue };
        let length = lines[next..].iter().position(|line| *line == "```").expect("every fence is closed");
        let inside = &lines[next..next + length];
        if language == "console" {
            shown.extend(desk.console(next + 1, inside));
        } else {
            if let Some((_, file)) = language.split_once("file=") {
                desk.write(file, inside);
            }
            shown.extend(inside.iter().map(|line| (*line).to_owned()));
        }
        shown.push("```".to_owned());
        next += length + 1;
    }
    (format!("{}\n", shown.join("\n")), desk)
}

#[test]
fn every_output_shown_is_what_the_program_prints() {
    let text = readme();
    let (played, desk) = play(&text);
    if std::env::var_os("INWINDOW_UPDATE").is_some() {
        fs::write(readme_path(), played).expect("the README can be written");
        return;
    }
    assert!(desk.wrong.is_empty(), "{}\nINWINDOW_UPDATE=1 writes it anew", desk.wrong.join("\n\n"));
    assert!(desk.commands > 20, "only {} commands were found", desk.commands);
    let demo = text.split("$ cargo run --release -- demo\n").nth(1).and_then(|after| after.split("```").next());
    assert!(
        !demo.expect("the demo's output is shown").lines().any(|line| line.trim() == "…"),
        "the demo is shown whole"
    );
}

#[test]
fn lines_left_out_match_any_and_all_others_exactly() {
    fn matching(shown: &[&str], printed: &[&str]) -> bool {
        let printed: Vec<String> = printed.iter().map(|line| (*line).to_owned()).collect();
        matches(shown, &printed)
    }
    let same: [(&[&str], &[&str]); 6] = [
        (&[], &[]),
        (&["a"], &["a"]),
        (&["a", "…"], &["a"]),
        (&["a", "…"], &["a", "b", "c"]),
        (&["…", "c"], &["a", "b", "c"]),
        (&["a", "  …", "c", "…"], &["a", "b", "c", "d"]),
    ];
    for (shown, printed) in same {
        assert!(matching(shown, printed), "{shown:?} for {printed:?}");
    }
    let different: [(&[&str], &[&str]); 6] = [
        (&["a"], &["a", "b"]),
        (&["a", "b"], &["a"]),
        (&["…", "c"], &["a", "c", "b"]),
        (&["a", "…", "x", "…"], &["a", "b", "c", "d"]),
        (&["a", "…", "a"], &["a"]),
        (&["…", "b", "…", "b", "…"], &["b"]),
    ];
    for (shown, printed) in different {
        assert!(!matching(shown, printed), "{shown:?} for {printed:?}");
    }
}

/// Fails with those words that the README does not show as `word`.
#[track_caller]
fn check_named<'a>(what: &str, words: impl IntoIterator<Item = &'a str>) {
    let text = readme();
    let words: Vec<&str> = words.into_iter().collect();
    assert!(words.len() > 2, "{what}: {words:?}");
    let missing: Vec<&&str> = words.iter().filter(|word| !text.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "README.md names no {what} {missing:?}");
}

#[test]
fn every_kind_and_every_flag_is_explained() {
    check_named("kind", Kind::ALL.iter().map(|kind| kind.as_str()));
    let source = include_str!("../../src/verdict/value.rs");
    let flags = source.split("impl Flag {").nth(1).and_then(|text| text.split("\n    }\n").next());
    let flags: Vec<&str> = flags
        .expect("Flag::as_str is in src/verdict/value.rs")
        .split("=> \"")
        .skip(1)
        .filter_map(|text| text.split('"').next())
        .collect();
    assert!(flags.contains(&"single_feed"), "{flags:?}");
    check_named("flag", flags);
    let labels = ["covered", "covered_impact_exceeded", "grace", "late_notice", "tentative", "cancelled", "outside"];
    check_named("label", labels);
}

#[test]
fn every_command_is_explained() {
    let place = tempfile::tempdir().expect("a folder");
    let output = program(place.path()).arg("--help").output().expect("the program runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let commands = help.split("Commands:\n").nth(1).and_then(|text| text.split("\n\n").next()).expect("commands");
    // A command stands two columns in; what its description needs more lines for stands further right.
    let commands = commands.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let names: Vec<&str> = commands.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help").collect();
    assert!(names.contains(&"check") && names.len() > 10, "{names:?}");
    check_named("command", names);
}

/// The keys that a table of config.toml may have, as the error about a wrong one lists them.
fn keys_of(table: &str) -> Vec<String> {
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("config.toml"), format!("{table}\nno-such-key = 1\n")).expect("written");
    let output = program(place.path()).args(["--data", ".", "doctor"]).output().expect("the program runs");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    let (_, keys) = error.split_once("unknown field `no-such-key`, expected ").unwrap_or_else(|| panic!("{error}"));
    let line = keys.lines().next().unwrap_or_default();
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_of_the_configuration_is_explained() {
    for table in ["[organisation]", "[mail]", "[policy]", "[policy.stages]"] {
        let keys = keys_of(table);
        check_named(table, keys.iter().map(String::as_str));
    }
}

#[test]
fn it_names_no_place_of_the_machine_it_was_written_on() {
    for word in ["/tmp/", "/work/", "/root", "/home/", "crates.io"] {
        let line = readme().lines().position(|line| line.contains(word));
        assert_eq!(line, None, "README.md names {word} on that line");
    }
}
