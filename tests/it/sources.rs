//! Configured sources that need no server: maildirs, mboxes and folders, and what is wrong with a configuration.

use std::fs;

use crate::cli::{CALENDAR, Place};

const HELP_SOURCE: &str =
    "[[source]]\nname = \"drop\"\nkind = \"folder\"\npath = \"../drop\"\nvendors = [\"dc-ams\"]\n";

/// A place with this configuration.
fn configured(config: &str) -> Place {
    let place = Place::with_demo_files();
    place.write("data/config.toml", config);
    place
}

#[test]
fn a_folder_is_read_and_counts_as_read() {
    let place = configured(HELP_SOURCE);
    fs::create_dir(place.path("drop")).expect("made");
    place.run(&["sources"]).ends(1).says("never").says("source `drop` was never read");
    place
        .run(&["import"])
        .ends(0)
        .says("read: `drop`, everything received before 2017-03-13 10:15 UTC\n1 source: nothing new\n");
    fs::copy(place.path("notices/dc-ams-announcement.eml"), place.path("drop/1.eml")).expect("copied");
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["import", "--source", "drop"]).ends(0).says("opened m-fa5cdb766806").says("read: `drop`");
    let rows = place.rows(&["sources"]);
    assert_eq!((&rows[0]["messages"], &rows[0]["read_until"]), (&1.into(), &"2017-03-13T10:15:00Z".into()));
    // Again nothing is new, and what is read counts for the vendor it was said to be of.
    place.run(&["import"]).ends(0).says("1 source: nothing new").never_says("opened");
    place.run(&["doctor"]).says("dc-ams, everything received before 2017-03-13 10:15Z").never_says("source `drop`");
    // A fortnight later nothing has come.
    let place = place.at("2017-03-28T10:15:00Z");
    place.run(&["sources"]).ends(1).says("quiet for 15 d");
    place.run(&["doctor"]).ends(1).says("source `drop` has been quiet for 15 d");
    // What cannot be read is told with status 4, is not forgotten, and is over when it is read again.
    fs::rename(place.path("drop"), place.path("gone")).expect("moved");
    let gone = place.run(&["import"]).ends(4).says("`data/../drop` is no folder");
    assert!(gone.stderr.contains("help: what was read before is stored"), "{}", gone.stderr);
    place.run(&["sources"]).ends(1).says("cannot be read").says("last read to its end 2017-03-13 10:15Z");
    fs::rename(place.path("gone"), place.path("drop")).expect("moved");
    place.run(&["import"]).ends(0);
    place.run(&["sources"]).never_says("cannot be read");
}

#[test]
fn a_maildir_and_an_mbox() {
    let sources = "[[source]]\nname = \"m\"\nkind = \"maildir\"\npath = \"m\"\n\
                   [[source]]\nname = \"box\"\nkind = \"mbox\"\npath = \"in.mbox\"\n";
    let place = configured(sources);
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(place.path("data/m").join(part)).expect("made");
    }
    place.run(&["import"]).ends(4).says("read: `m`").says("not read to its end: `box`: `data/in.mbox` is no mbox");
    let mail = format!("Content-Type: text/calendar\r\nDate: Mon, 13 Mar 2017 10:00:00 +0000\r\n\r\n{CALENDAR}");
    place.write("data/m/new/1.x", &mail);
    place.write("data/in.mbox", format!("From a Mon Mar 13 10:00:00 2017\n{}", mail.replace("M1", "M2")));
    place.run(&["import", "-o", "json"]).ends(0);
    let count =
        |name: &str| place.rows(&["sources"]).iter().find(|row| row["source"] == name).expect("it")["messages"].clone();
    assert_eq!((count("m"), count("box")), (1.into(), 1.into()));
}

#[test]
fn what_is_older_is_read_first() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    // By name the move comes before the announcement, and would be overtaken by it.
    let mail = |date: &str, day: &str| {
        let calendar = CALENDAR.replace("SEQUENCE", "X-SEQUENCE").replace("20170401", day);
        format!("Date: {date}\r\nMessage-ID: <{day}@x>\r\nContent-Type: text/calendar\r\n\r\n{calendar}")
    };
    place.write("in/a.eml", mail("Sun, 12 Mar 2017 10:00:00 +0000", "20170402"));
    place.write("in/b.eml", mail("Fri, 10 Mar 2017 10:00:00 +0000", "20170401"));
    let told = place.run(&["import", "in"]).never_says("would move a window").text();
    assert!(told.find("in/b.eml") < told.find("in/a.eml"), "{told}");
}

/// What `config.toml` gives, and the error: where it is, what it is, what to do.
#[track_caller]
fn check_wrong(source: &str, expected: &[&str]) {
    let place = configured(&format!("[[source]]\n{source}\n"));
    let ran = place.run(&["sources"]).ends(2);
    for part in expected {
        assert!(ran.stderr.contains(part), "no `{part}` in\n{}", ran.stderr);
    }
}

#[test]
fn a_wrong_source_is_shown_with_its_place() {
    let imap = "name = \"n\"\nkind = \"imap\"\nhost = \"h.example\"\nuser = \"u\"";
    check_wrong("kind = \"imap\"", &["missing field `name`"]);
    check_wrong("name = \"n\"\nkind = \"pop\"", &["config.toml:3:8", "unknown variant `pop`"]);
    check_wrong("name = \"n\"\nkind = \"folder\"", &["config.toml:3:8", "needs a path"]);
    check_wrong(
        "name = \"n\"\nkind = \"folder\"\npath = \"x\"\nhost = \"h\"",
        &["config.toml:5:8", "`host` belongs to"],
    );
    check_wrong("name = \"n\"\nkind = \"imap\"", &["needs a host", "needs a user", "needs a password"]);
    check_wrong(imap, &["needs a password", "password_file", "password_env"]);
    check_wrong(
        &format!("{imap}\npassword_file = \"p\"\npassword_env = \"P\""),
        &["config.toml:7:16", "leave one of them"],
    );
    let clear = format!("{imap}\npassword_file = \"p\"\ntls = \"none\"");
    check_wrong(&clear, &["config.toml:7:7", "to `h.example` in clear", "allow_clear = true"]);
    check_wrong(&format!("{imap}\npassword_file = \"p\"\nmailbox = \"Störung\""), &["config.toml:7:11", "St&APY-rung"]);
    check_wrong(
        "name = \"n\"\nkind = \"folder\"\npath = \"x\"\nquiet_after = \"soon\"",
        &["config.toml:5:15", "`14 d`"],
    );
    check_wrong(
        "name = \"n\"\nkind = \"folder\"\npath = \"x\"\n[[source]]\nname = \"n\"\nkind = \"folder\"\npath = \"y\"",
        &["config.toml:6:8", "two sources `n`"],
    );
    for good in ["allow_clear = true", "host = \"127.0.0.1\""] {
        let source = if good.starts_with("host") {
            clear.replace("host = \"h.example\"", good)
        } else {
            format!("{clear}\n{good}")
        };
        configured(&format!("[[source]]\n{source}\n")).run(&["sources"]).ends(1).says("never read");
    }
}

#[test]
fn a_password_in_the_configuration_is_refused_and_not_shown() {
    let config = "[[source]]\nname = \"n\"\nkind = \"imap\"\nhost = \"h\"\nuser = \"u\"\npassword = \"hunter2\"\n";
    let place = configured(config);
    let ran =
        place.run(&["import"]).ends(2).says("a password does not stand in the configuration").says("password_env");
    ran.never_says("hunter2").says("password = *********");
}

#[test]
fn names_and_options_that_do_not_fit() {
    let place = configured(HELP_SOURCE);
    place.run(&["import", "--source", "dorp"]).gives(
        2,
        "",
        "inwindow: no source `dorp` (did you mean `drop`?)\nhelp: `inwindow sources` shows those there are\n",
    );
    place.run(&["import", "--dry-run"]).ends(2).says("PATH");
    place.run(&["import", "--watch", "notices"]).ends(2).says("--watch");
    let none = Place::new();
    none.run(&["import"]).ends(2).says("no source of notices is configured").says("[[source]]");
    none.run(&["sources"]).ends(2);
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let config = "[[source]]\nname = \"noc\"\nkind = \"imap\"\nhost = \"127.0.0.1\"\nport = 1\nuser = \"u\"\ntls = \"none\"\n\
                  password_env = \"NOC_PASSWORD\"\n";
    let place = configured(config);
    place.run(&["import"]).ends(2).says("the variable `NOC_PASSWORD` that password_env names is not set");
    let mut command = place.command(&["import"]);
    let ran = crate::cli::Ran::of(command.env("NOC_PASSWORD", "secret"));
    ran.ends(4).says(
        "inwindow: source `noc` was not read to its end: cannot connect to 127.0.0.1:1: Connection refused (os error 111)\n",
    );
    place.run(&["doctor"]).ends(1).says("source `noc` cannot be read: cannot connect to 127.0.0.1:1");
}
