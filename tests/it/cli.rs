//! The program as it is typed: exact output and exit status, silence included. Each test has a folder of its own, an
//! environment with nothing in it, and a clock that stands still.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io::Write as _};

use inwindow::app::{App, Settings, Surroundings};
use tempfile::TempDir;

use crate::elsewhere::{self, Schema};

/// Two weeks before the window of the demo's notice, an hour after it came.
pub const NOW: &str = "2017-03-13T10:15:00Z";

/// An inventory of one server, on one feed of a datacentre, and of one customer, whose contact is in New York.
pub const ONE_SERVER: &str = r#"
[[vendor]]
id = "dc-ams"
name = "Amsterdam Datacentre"
zone = "Europe/Amsterdam"

[[asset]]
id = "feed-a"
kind = "feed"
vendor = "dc-ams"

[[asset]]
id = "web-1"
kind = "server"
needs = ["feed-a"]

[[customer]]
id = "acme"
name = "Acme"
uses = ["web-1"]
[[customer.contact]]
email = "ops@acme.example"
zone = "America/New_York"
"#;

/// A folder in which commands are run, with the store in `data`.
pub struct Place {
    folder: TempDir,
    clock: String,
    /// Where the store is instead, if tests are to run elsewhere than on a file.
    elsewhere: Option<Schema>,
}

/// What a command left.
pub struct Ran {
    command: String,
    pub status: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, clock: NOW.to_owned(), elsewhere: elsewhere::schema() }
    }

    /// With the demo's notices in `notices` and its inventory in `inventory`, not applied.
    pub fn with_demo_files() -> Self {
        let place = Self::new();
        for part in ["notices", "inventory"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("schedules/demo").join(part);
            fs::create_dir(place.path(part)).expect("made");
            for entry in fs::read_dir(from).expect("the demo's files") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().expect("a name").to_str().expect("text").to_owned();
                fs::copy(&path, place.path(part).join(name)).expect("copied");
            }
        }
        place
    }

    /// With the inventory applied and the demo's announcement imported: 26 messages wait for approval.
    pub fn with_an_announcement() -> Self {
        let place = Self::with_demo_files();
        place.run(&["apply", "inventory"]).ends(0);
        place.run(&["import", "notices/dc-ams-announcement.eml"]).ends(0);
        place
    }

    pub fn at(mut self, clock: &str) -> Self {
        clock.clone_into(&mut self.clock);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// The command, ready to be run in the folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inwindow"));
        command.current_dir(self.folder.path()).env_clear().env("INWINDOW_CLOCK", &self.clock).env("USER", "ada");
        command.args(["--data", "data"]).args(args).stdin(Stdio::null());
        command.envs(self.elsewhere.iter().map(|schema| ("INWINDOW_STORE", schema.url())));
        command
    }

    /// The same store in this process.
    pub fn app(&self) -> App {
        let store = self.elsewhere.as_ref().map(Schema::url);
        let surroundings = Surroundings { store, ..Surroundings::default() };
        let settings = Settings::load(&self.path("data"), surroundings).expect("settings");
        App::open(settings, self.clock.parse().expect("an instant")).expect("a store")
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        child.stdin.take().expect("an input").write_all(input).expect("written");
        let output = child.wait_with_output().expect("ended");
        Ran {
            command: args.join(" "),
            status: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Every line of a listing as JSON.
    pub fn rows(&self, args: &[&str]) -> Vec<serde_json::Value> {
        let ran = self.run(&[args, &["-o", "ndjson"]].concat());
        ran.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// All that the store can list: equal before and after what must change nothing.
    pub fn stored(&self) -> String {
        let lists: [&[&str]; 7] = [
            &["list", "notices"],
            &["list", "maintenances"],
            &["list", "messages"],
            &["list", "outages"],
            &["list", "assets"],
            &["list", "vendors"],
            &["review", "list"],
        ];
        lists.iter().map(|list| self.run(&[list, &["-o", "json"][..]].concat()).text()).collect()
    }

    /// The mails in the maildir, by file name.
    pub fn mails(&self) -> BTreeMap<String, String> {
        let Ok(entries) = fs::read_dir(self.path("data/mail/new")) else { return BTreeMap::new() };
        let read = |entry: fs::DirEntry| {
            let text = fs::read_to_string(entry.path()).expect("a mail");
            (entry.file_name().into_string().expect("text"), text)
        };
        entries.map(|entry| read(entry.expect("an entry"))).collect()
    }

    /// All that the store holds: its file, and the log beside it, or the rows of its tables.
    pub fn store_bytes(&self) -> Vec<Vec<u8>> {
        if let Some(schema) = &self.elsewhere {
            return schema.contents();
        }
        ["data/inwindow.db", "data/inwindow.db-wal"].map(|name| fs::read(self.path(name)).unwrap_or_default()).into()
    }
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().expect("started");
        Self {
            command: command.get_args().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" "),
            status: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("text")
    }

    #[track_caller]
    pub fn ends(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}\n{}{}", self.command, self.text(), self.stderr);
        self
    }

    /// Exactly this, and nothing else.
    #[track_caller]
    pub fn gives(self, status: i32, stdout: &str, stderr: &str) -> Self {
        assert_eq!((self.text().as_str(), self.stderr.as_str()), (stdout, stderr), "{}", self.command);
        self.ends(status)
    }

    #[track_caller]
    pub fn says(self, what: &str) -> Self {
        let all = format!("{}{}", self.text(), self.stderr);
        assert!(all.contains(what), "{}: no `{what}` in\n{all}", self.command);
        self
    }

    #[track_caller]
    pub fn never_says(self, what: &str) -> Self {
        let all = format!("{}{}", self.text(), self.stderr);
        assert!(!all.contains(what), "{}: `{what}` in\n{all}", self.command);
        self
    }
}

#[test]
fn a_first_import_says_what_to_do_next() {
    let place = Place::with_demo_files();
    place.run(&["import", "notices/dc-ams-announcement.eml"]).gives(
        0,
        "notices/dc-ams-announcement.eml:\n\
         \x20 dc-ams DCA-2017-031 CONFIRMED (grade profile)\n\
         \x20   window 1: 2017-03-25 23:00 UTC to 2017-03-26 22:00 UTC\n\
         \x20   feed-a: OUTAGE\n\
         \x20 kept as n-8165a29e3519, received 2017-03-13 09:12:40 UTC\n\
         \x20 opened m-fa5cdb766806 (DCA-2017-031)\n\
         no inventory was applied, so nobody is told: `inwindow apply DIR` loads one and plans what is still ahead\n",
        "",
    );
    let applied = place.run(&["apply", "inventory"]).ends(0);
    assert!(
        applied.text().ends_with(
            "applied as version 1\n\
             planned 26 messages to customers it touches\n\
             26 messages wait for approval: look with `inwindow outbox list` and `inwindow preview ID`, then `inwindow \
             outbox approve --all` and `inwindow send`\n"
        ),
        "{}",
        applied.text()
    );
    place.run(&["apply", "inventory"]).gives(0, "nothing differs from the version in force\n", "");
}

#[test]
fn the_same_notice_twice_is_recognised() {
    let place = Place::with_an_announcement();
    let before = place.stored();
    let known = "known already as n-8165a29e3519; nothing changed\n";
    let path = "notices/dc-ams-announcement.eml";
    place.run(&["import", path]).gives(0, &format!("{path}: {known}"), "");
    let bytes = fs::read(place.path(path)).expect("the notice");
    place.run_with_input(&["import", "-"], &bytes).gives(0, &format!("-: {known}"), "");
    assert_eq!(place.stored(), before);
}

#[test]
fn notices_come_from_folders_maildirs_mboxes_and_standard_input() {
    let place = Place::with_demo_files();
    let notice = fs::read_to_string(place.path("notices/dc-ams-announcement.eml")).expect("the notice");
    place.write("maildir/new/1.a.host", &notice);
    fs::create_dir(place.path("maildir/cur")).expect("made");
    place.write("mail.mbox", format!("From x@y.example Mon Mar 13 09:12:40 2017\n{notice}\n"));
    for path in ["notices/dc-ams-announcement.eml", "maildir", "mail.mbox", "-"] {
        let fresh = Place::new();
        let from = if path == "-" { path.to_owned() } else { place.path(path).display().to_string() };
        fresh.run_with_input(&["import", &from], notice.as_bytes()).ends(0).says("opened m-");
        let windows = fresh.rows(&["list", "windows"]);
        assert_eq!(windows.len(), 1, "{path}");
        assert_eq!(windows[0]["start"], "2017-03-25T23:00:00Z", "{path}");
        assert_eq!(fresh.rows(&["list", "notices"])[0]["received"]["at"], "2017-03-13T09:12:40Z", "{path}");
    }
}

#[test]
fn a_dry_run_stores_nothing() {
    let place = Place::with_demo_files();
    place
        .run(&["import", "--dry-run", "notices/dc-ams-announcement.eml"])
        .ends(0)
        .says("dc-ams DCA-2017-031 CONFIRMED")
        .says("nothing was stored\n");
    place.run(&["apply", "--dry-run", "inventory"]).ends(0).says("; nothing was stored\n");
    assert!(!place.path("data").exists());
}

#[test]
fn a_dry_run_prints_what_general_rules_found_without_a_vendor() {
    let place = Place::new();
    let body = "We will be performing maintenance.\nTicket number: NX-20771\nStart: 12 Oct 2030 22:00 UTC\n\
                End: 13 Oct 2030 04:00 UTC\nCircuit ID: EX-0042\n";
    let mail = format!("From: noc@carrier.example\nDate: Mon, 02 Sep 2030 08:00:00 +0000\nSubject: Work\n\n{body}");
    place.write("unknown.eml", mail);
    let ran = place.run(&["import", "--dry-run", "unknown.eml", "-o", "json"]);
    assert_eq!(ran.status, Some(1), "it waits for a person");
    let read: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let draft = &read["maintenances"][0];
    assert_eq!(draft["vendor"], serde_json::Value::Null);
    for (field, value) in [("grade", "generic"), ("reference", "NX-20771"), ("status", "CONFIRMED")] {
        assert_eq!(draft[field], value, "{field}");
    }
    assert_eq!(draft["windows"][0]["start"], "2030-10-12T22:00:00Z");
    assert_eq!(draft["assets"][0], serde_json::json!({"id": "EX-0042", "impact": "OUTAGE", "impact_stated": false}));
    place
        .run(&["import", "--dry-run", "unknown.eml"])
        .ends(1)
        .says("by general rules: NX-20771 CONFIRMED (grade generic)")
        .says("    EX-0042: impact not stated\n");
    assert!(!place.path("data").exists());
}

#[test]
fn a_baseline_plans_nothing() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["import", "--baseline", "notices"]).ends(0).never_says("planned");
    assert_eq!(place.rows(&["list", "messages"]), [] as [serde_json::Value; 0]);
    place.run(&["plan"]).gives(1, "no message is planned\n", "");
    // The windows are known all the same.
    assert_eq!(place.rows(&["list", "windows"]).len(), 1);
}

#[test]
fn a_bare_calendar_is_received_when_it_is_said_to_be() {
    let place = Place::new();
    place.write("a.ics", CALENDAR);
    place.run(&["import", "--received-at", "2017-03-12T09:00[Europe/Amsterdam]", "a.ics"]).ends(0);
    place.run(&["list", "notices", "-o", "csv"]).gives(
        0,
        "id,received,from,subject,source\r\nn-1fd906a75a14,2017-03-12T08:00:00Z,,,a.ics\r\n",
        "",
    );
    place.write("b.ics", CALENDAR.replace("M1", "M2"));
    place
        .run(&["import", "b.ics"])
        .ends(0)
        .says("received 2017-03-13 10:15 UTC (it does not say when, so now; --received-at T says it)");
    place.run(&["import", "--received-at", "2017-03-14T00:00Z", "b.ics"]).gives(
        2,
        "",
        "inwindow: --received-at 2017-03-14T00:00:00Z lies ahead: it is 2017-03-13T10:15:00Z\n\
         help: give an instant that is past\n",
    );
}

/// A maintenance that names one object.
pub const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    DTSTART:20170401T000000Z\r\nDTEND:20170401T040000Z\r\nX-MAINTNOTE-PROVIDER:dc-ams\r\nX-MAINTNOTE-ACCOUNT:a\r\n\
    X-MAINTNOTE-MAINTENANCE-ID:M1\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\n\
    X-MAINTNOTE-OBJECT-ID:feed-z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn what_the_inventory_does_not_know_is_said_aloud() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    place.write("a.ics", CALENDAR);
    place.run(&["import", "a.ics"]).gives(
        1,
        "a.ics:\n\
         \x20 dc-ams M1 CONFIRMED (grade standard)\n\
         \x20   window 1: 2017-04-01 00:00 UTC to 2017-04-01 04:00 UTC\n\
         \x20   feed-z: OUTAGE\n\
         \x20 kept as n-1fd906a75a14, received 2017-03-13 10:15 UTC (it does not say when, so now; --received-at T says it)\n\
         \x20 opened m-7c326789bab6 (M1)\n\
         \x20 `feed-z` matches nothing in the inventory: no customer is told about it\n\
         \x20 touches nothing in the inventory\n",
        "",
    );
    place.run(&["doctor"]).ends(1).says("dc-ams M1 names `feed-z`, which matches nothing in the inventory");
}

#[test]
fn an_empty_folder_can_be_declared_complete() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    fs::create_dir(place.path("empty")).expect("made");
    let ask = ["check", "plus-01", "--at", "2017-03-10T00:00:00Z"];
    place.run(&ask).ends(3).says("No source of dc-ams's notices is known to have been read.");
    let declare = ["import", "empty", "--complete-until", "2017-03-13T00:00:00Z", "--vendor"];
    place.run(&[&declare[..], &["dc-amz"]].concat()).gives(
        2,
        "",
        "inwindow: no vendor `dc-amz` (did you mean `dc-ams`?)\nhelp: `inwindow list vendors` shows those there are\n",
    );
    let folder = fs::canonicalize(place.path("empty")).expect("there");
    let declared =
        format!("declared: `{}` holds everything from dc-ams received before 2017-03-13 00:00 UTC\n", folder.display());
    place.run(&[&declare[..], &["dc-ams"]].concat()).gives(0, &declared, "");
    place.run(&ask).ends(1).says("unannounced");
}

#[test]
fn an_inventory_of_later_is_said_to_be_one() {
    let place = Place::with_an_announcement();
    let later = "note: the inventory was applied after the start, so it was judged by what was declared first";
    place.run(&["check", "plus-01", "--at", "2017-03-13T10:14:59Z"]).ends(3).says(later);
    let check = |at: &str| {
        let json = place.run(&["check", "plus-01", "--at", at, "-o", "json"]).text();
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON")["inventory"].clone()
    };
    assert_eq!(check("2017-03-13T10:14:59Z"), "declared_later");
    assert_eq!(check("2017-03-13T10:15:00Z"), "in_force");
    place.run(&["check", "plus-01", "--at", "2017-03-13T10:15:00Z"]).never_says(later);
}

#[test]
fn planning_twice_adds_nothing() {
    let place = Place::with_an_announcement();
    let before = place.stored();
    let bytes = place.store_bytes();
    let plan = place.run(&["plan", "--why", "-o", "json"]).ends(0).text();
    assert_eq!(place.run(&["plan", "--why", "-o", "json"]).ends(0).text(), plan);
    let later = place.run(&["plan", "--now", "2017-03-25T22:30:00Z"]).ends(0).text();
    assert!(later.contains("too late for 11 that wait for approval from 2017-03-25T23:00:00Z"), "{later}");
    assert!(later.ends_with("26 in the outbox, 1 new; this command stores and sends nothing\n"), "{later}");
    assert_eq!(place.store_bytes(), bytes, "plan only reads");
    place.run(&["send"]).ends(1);
    place.run(&["send"]).ends(1);
    assert_eq!(place.stored(), before);
}

#[test]
fn a_check_writes_nothing() {
    let place = Place::with_an_announcement().at("2017-03-28T00:00:00Z");
    let before = place.store_bytes();
    place.run(&["check", "plus-01", "--at", "2017-03-25T19:00:00Z"]).ends(1).says("early_start");
    place
        .run(&["check", "plus-01", "--from", "2017-03-26T00:00Z", "--to", "2017-03-26T01:00Z"])
        .ends(0)
        .says("in_window");
    place.run(&["check", "plus-02", "--at", "2017-04-26T00:00Z"]).ends(3).says("unknown");
    place.run(&["check", "plus-99", "--at", "2017-03-26T00:00Z"]).ends(2);
    assert_eq!(place.store_bytes(), before);
}

#[test]
fn entries_typed_in_one_instant_keep_their_order() {
    let place = Place::with_demo_files();
    let window = ["--start", "2017-04-01T22:00", "--end", "2017-04-02T02:00", "--zone", "Europe/Amsterdam"];
    let which = ["--vendor", "dc-ams", "--reference", "PHONE-1"];
    place.run(&["apply", "inventory"]).ends(0);
    place
        .run(&[&["maintenance", "add"], &which[..], &window[..], &["--object", "feed-b"]].concat())
        .ends(0)
        .says("typed by ada")
        .says("touches 6 assets of 4 customers")
        .says("messages wait for approval");
    place.run(&[&["maintenance", "add"], &which[..], &window[..]].concat()).gives(
        2,
        "",
        "inwindow: dc-ams PHONE-1 is known already\nhelp: say what changed with `inwindow maintenance edit`\n",
    );
    place.run(&[&["maintenance", "edit"], &which[..], &["--summary", "UPS"]].concat()).ends(0);
    let status = || place.rows(&["list", "maintenances"])[0]["state"]["status"].clone();
    assert_eq!(status(), "CONFIRMED");
    place.run(&[&["maintenance", "cancel"], &which[..]].concat()).ends(0).says("took back 21 messages");
    assert_eq!(status(), "CANCELLED");
    place.run(&[&["maintenance", "edit"], &which[..], &["--status", "confirmed"]].concat()).ends(0);
    assert_eq!(status(), "CONFIRMED");
    place.run(&[&["maintenance", "cancel"], &which[..]].concat()).ends(0);
    assert_eq!(status(), "CANCELLED");
}

#[test]
fn commands_that_run_at_once_do_it_once() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    let start = || {
        let mut command = place.command(&["import", "notices"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
    };
    let running: Vec<_> = (0..4).map(|_| start()).collect();
    for child in running {
        let output = child.wait_with_output().expect("ended");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(place.rows(&["list", "notices"]).len(), 3);
    assert_eq!(place.rows(&["list", "maintenances"])[0]["revisions"], 3);
}
