//! Bad input: each a clear message on the right stream, the right exit status, and nothing lost.

use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::{ffi::OsStr, fs};

use crate::cli::{CALENDAR, Place, Ran};

/// Runs what must fail, and compares what it says and what is stored before and after.
#[track_caller]
fn check(place: &Place, args: &[&str], status: i32, stderr: &str) {
    let before = place.stored();
    place.run(args).gives(status, "", stderr);
    assert_eq!(place.stored(), before, "{args:?} changed something");
}

#[test]
fn a_missing_file() {
    let place = Place::with_an_announcement();
    let error = "inwindow: cannot open `missing.eml`: No such file or directory (os error 2)\n";
    check(&place, &["import", "missing.eml"], 4, error);
    // Those beside it are not half imported: all are opened first.
    check(&place, &["import", "notices/dc-ams-began.eml", "missing.eml"], 4, error);
}

#[test]
fn a_folder_without_notices() {
    let place = Place::with_an_announcement();
    fs::create_dir(place.path("empty")).expect("made");
    let help =
        "help: name a mail, a calendar, an mbox, a maildir or a folder of mails; those in folders below are not read\n";
    check(&place, &["import", "empty"], 4, &format!("inwindow: `empty` holds no notices\n{help}"));
    fs::create_dir(place.path("empty/below")).expect("made");
    place.write("empty/below/a.ics", CALENDAR);
    check(&place, &["import", "empty"], 4, &format!("inwindow: `empty` holds no notices\n{help}"));
    // Beside a notice, what is not read is named.
    place.write("empty/a.eml", "Subject: hello\n\nlunch?\n");
    place
        .run(&["import", "empty"])
        .ends(1)
        .says("passed over: empty/below (a folder below is read when it is named)\n");
}

#[test]
fn a_mail_that_is_no_notice() {
    let place = Place::with_an_announcement();
    let mail = "From: a@b.example\nDate: Mon, 13 Mar 2017 10:00:00 +0000\nSubject: hello\n\nlunch?\n";
    place.write("no.eml", mail);
    place.run(&["import", "no.eml"]).gives(
        1,
        "no.eml: no notice: nothing in it announces maintenance\n\
         \x20 kept as n-9650857384a2, received 2017-03-13 10:00 UTC (by its sender's Date alone)\n",
        "",
    );
    // It is kept, and does not wait for anybody.
    place.run(&["show", "n-9650", "--raw"]).gives(0, mail, "");
    place.run(&["review", "list"]).gives(1, "nothing waits for a person\n", "");
    place.run(&["import", "no.eml"]).gives(1, "no.eml: known already as n-9650857384a2; nothing changed\n", "");
}

#[test]
fn a_broken_calendar() {
    let place = Place::with_an_announcement();
    let broken = CALENDAR.split("END:VEVENT").next().expect("a start");
    place.write("broken.ics", broken);
    place.run(&["import", "broken.ics"]).gives(
        1,
        "broken.ics: not understood: its calendar is broken: VEVENT has no end\n\
         \x20 kept as n-3f910d149fff, received 2017-03-13 10:15 UTC (it does not say when, so now; --received-at T says it)\n\
         \x20 to review: its calendar is broken: VEVENT has no end\n\
         what waits in review changes nothing before a person looks: `inwindow review list`\n",
        "",
    );
    place.run(&["show", "n-3f91", "--raw"]).gives(0, broken, "");
    place.run(&["review", "list", "-o", "csv"]).gives(
        0,
        "notice,received,vendor,why,state,for,to_settle\r\n\
         n-3f910d149fff,2017-03-13T10:15:00Z,,its calendar is broken: VEVENT has no end,open,0,correct;dismiss\r\n",
        "",
    );
    let again = "broken.ics: known already as n-3f910d149fff; nothing changed; it still waits in review\n\
        what waits in review changes nothing before a person looks: `inwindow review list`\n";
    place.run(&["import", "broken.ics"]).gives(1, again, "");
    place.run(&["review", "dismiss", "n-3f91"]).gives(0, "n-3f910d149fff is settled as being of no matter\n", "");
    place.run(&["review", "list"]).gives(1, "nothing waits for a person\n", "");
}

#[test]
fn a_calendar_that_ends_before_it_starts() {
    let place = Place::with_an_announcement();
    place.write("a.ics", CALENDAR.replace("DTEND:20170401", "DTEND:20170331"));
    let why = "its end 20170331T040000Z is not after its start 20170401T000000Z";
    place.run(&["import", "a.ics"]).ends(1).says(&format!("a.ics: not understood: {why}\n")).says("to review");
    assert_eq!(place.rows(&["review", "list"])[0]["reasons"], serde_json::json!([why]));
}

#[test]
fn an_unknown_asset() {
    let place = Place::with_an_announcement();
    let help = "help: `inwindow list assets` shows what was applied\n";
    for typed in ["plus-1", "PLUS-001"] {
        let error = format!("inwindow: no asset `{typed}` in the inventory (did you mean `plus-01`?)\n{help}");
        check(&place, &["check", typed, "--at", "2017-03-25T19:00:00Z"], 2, &error);
        check(&place, &["outage", "open", typed, "--start", "2017-03-12T19:00:00Z"], 2, &error);
        check(&place, &["list", "windows", "--asset", typed], 2, &error);
    }
    let error = format!("inwindow: no asset `zebra` in the inventory\n{help}");
    check(&place, &["check", "zebra", "--at", "2017-03-25T19:00:00Z"], 2, &error);
}

#[test]
fn an_unknown_customer_vendor_outage_message_or_id() {
    let place = Place::with_an_announcement();
    let error =
        |what: &str, list: &str| format!("inwindow: no {what}\nhelp: `inwindow {list}` shows those there are\n");
    let rows: [(&[&str], String); 8] = [
        (
            &["list", "messages", "--customer", "prairieradio"],
            error("customer `prairieradio` (did you mean `prairie-radio`?)", "list customers"),
        ),
        (&["list", "windows", "--vendor", "dc-amz"], error("vendor `dc-amz` (did you mean `dc-ams`?)", "list vendors")),
        (&["say", "o-12", "--who", "me", "words"], error("outage `o-12`", "list outages")),
        (&["outage", "close", "o-12", "--end", "2017-03-12T19:00:00Z"], error("outage `o-12`", "list outages")),
        (&["preview", "msg-zz"], error("message `msg-zz`", "outbox list --all")),
        (&["outbox", "approve", "msg-zz"], error("message `msg-zz`", "outbox list --all")),
        (&["review", "dismiss", "n-8165"], error("notice in review `n-8165`", "review list")),
        (
            &["show", "DCA-2017-032"],
            error(
                "maintenance, notice, outage or message `DCA-2017-032` (did you mean `DCA-2017-031`?)",
                "list maintenances",
            ),
        ),
    ];
    for (args, stderr) in &rows {
        check(&place, args, 2, stderr);
    }
    let several = place.run(&["show", "msg-"]).ends(2);
    assert!(several.stderr.starts_with("inwindow: `msg-` could be msg-"), "{}", several.stderr);
}

#[test]
fn an_unknown_zone() {
    let place = Place::with_an_announcement();
    let error = "inwindow: unknown time zone `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)\n\
        help: use an IANA name such as Europe/Amsterdam, or UTC\n";
    let local = "2017-03-25T20:00";
    check(&place, &["check", "plus-01", "--at", local, "--zone", "Europe/Amsterdm"], 2, error);
    check(&place, &["check", "plus-01", "--at", "2017-03-25T20:00[Europe/Amsterdm]"], 2, error);
    check(&place, &["list", "windows", "--zone", "Europe/Amsterdm"], 2, error);
    let typed = ["maintenance", "add", "--vendor", "dc-ams", "--reference", "X", "--zone", "Europe/Amsterdm"];
    // Also where the times themselves need no zone: it would be shown to customers.
    let times = ["--start", "2017-04-01T00:00Z", "--end", "2017-04-01T04:00Z"];
    check(&place, &[&typed[..], &times[..]].concat(), 2, error);
    check(
        &place,
        &["check", "plus-01", "--at", local],
        2,
        "inwindow: `2017-03-25T20:00` has no offset and no zone\n\
         help: write `2017-03-25T20:00Z` for UTC, or `2017-03-25T20:00[Europe/Amsterdam]`, or give --zone\n",
    );
    let day =
        "inwindow: `2017-03-25` is a day and no instant\nhelp: give a time of day, or --from and --to for a span\n";
    check(&place, &["check", "plus-01", "--at", "2017-03-25", "--zone", "Europe/Amsterdam"], 2, day);
    check(&place, &["report", "verdict", "plus-01", "--at", "2017-03-25", "--zone", "Europe/Amsterdam"], 2, day);
}

#[test]
fn a_local_time_that_does_not_exist_or_came_twice() {
    let place = Place::with_an_announcement();
    let gap = "inwindow: 2017-03-26T02:31:00 does not exist in Europe/Amsterdam: clocks jumped from 02:00 to 03:00 at \
        2017-03-26T01:00:00Z\n\
        help: did you mean 2017-03-26T03:31:00+02:00 (the clock that had not been changed) or 2017-03-26T01:31:00+01:00?\n";
    check(&place, &["check", "plus-02", "--at", "2017-03-26T02:31", "--zone", "Europe/Amsterdam"], 2, gap);
    check(&place, &["check", "plus-02", "--at", "2017-03-26T02:31[Europe/Amsterdam]"], 2, gap);
    let fold = "inwindow: 2016-10-30T02:31:00 happened twice in Europe/Amsterdam: 2016-10-30T02:31:00+02:00 and \
        2016-10-30T02:31:00+01:00\n\
        help: write which of the two: 2016-10-30T02:31:00+02:00 or 2016-10-30T02:31:00+01:00\n";
    check(&place, &["check", "plus-02", "--at", "2016-10-30T02:31[Europe/Amsterdam]"], 2, fold);
    place.run(&["check", "plus-02", "--at", "2016-10-30T02:31:00+01:00"]).ends(3);
}

#[test]
fn an_end_before_its_start() {
    let place = Place::with_an_announcement();
    let error = "inwindow: the end 2017-03-12 18:00:00 UTC is not after the start 2017-03-12 19:00:00 UTC\n\
        help: give an end that is later than the start\n";
    let (start, end) = ("2017-03-12T19:00:00Z", "2017-03-12T18:00:00Z");
    check(&place, &["check", "plus-01", "--from", start, "--to", end], 2, error);
    check(&place, &["outage", "open", "plus-01", "--start", start, "--end", end], 2, error);
    let typed = ["maintenance", "add", "--vendor", "dc-ams", "--reference", "X", "--start", start, "--end", end];
    check(&place, &typed, 2, error);
    let none = "inwindow: the end 2017-03-12 19:00:00 UTC is not after the start 2017-03-12 19:00:00 UTC\n\
        help: give an end that is later than the start\n";
    check(&place, &["check", "plus-01", "--from", start, "--to", start], 2, none);
}

#[test]
fn what_lies_ahead_cannot_have_happened() {
    let place = Place::with_an_announcement();
    check(
        &place,
        &["outage", "open", "plus-01", "--start", "2017-03-13T10:15:01Z"],
        2,
        "inwindow: the start 2017-03-13T10:15:01Z lies ahead\n\
         help: an outage is recorded once it is seen; `inwindow check` judges spans that lie ahead\n",
    );
    check(
        &place,
        &["import", "notices", "--complete-until", "2017-03-13T10:15:01Z"],
        2,
        "inwindow: --complete-until 2017-03-13T10:15:01Z lies ahead: it is 2017-03-13T10:15:00Z\n\
         help: give an instant that is past\n",
    );
}

#[test]
fn a_configuration_with_a_typo() {
    let place = Place::with_an_announcement();
    let before = place.stored();
    place.write("data/config.toml", "[organisation]\nname = \"Hoster\"\n\n[mail]\nhosst = \"relay\"\n");
    let error =
        "error: unknown field `hosst`, expected one of `from`, `reply_to`, `unsubscribe`, `transport`, `maildir`, \
`host`, `port`, `tls`, `user`, `password_file`, `ca_file`, `helo`, `connections`, \
             `answer_within`, `taken_within`, `bounces_to`, `suppress_bounced`, `per_domain_a_minute`, `redirect_to`, `allow`
 --> data/config.toml:5:1
  |
5 | hosst = \"relay\"
  | ^^^^^
  |
  = help: did you mean `host`?

";
    place.run(&["send"]).gives(2, "", error);
    place.run(&["doctor"]).gives(2, "", error);
    // All that is wrong is told at once, and nothing is sent by half a configuration.
    place.write("data/config.toml", "[organisation]\nzone = \"Mars/Tharsis\"\n[mail]\nfrom = \"noc\"\n");
    let both = place.run(&["send"]).ends(2);
    for part in ["data/config.toml:2:8", "unknown time zone `Mars/Tharsis`", "data/config.toml:4:8", "`noc` is no mail"]
    {
        assert!(both.stderr.contains(part), "no {part} in {}", both.stderr);
    }
    for url in ["http://status.noc.test", "https://", "https://a.test/?x", "https://a.test/>", "status.noc.test"] {
        place.write("data/config.toml", format!("[organisation]\npublic_url = \"{url}\"\n"));
        let wrong = place.run(&["send"]).ends(2);
        assert!(wrong.stderr.contains(&format!("`{url}` is no public address")), "{}", wrong.stderr);
    }
    place.write("data/config.toml", "[organisation\n");
    place.run(&["send"]).ends(2).says("data/config.toml:1:14");
    place.write("data/config.toml", "");
    assert_eq!(place.stored(), before);
}

#[test]
fn an_inventory_with_a_typo() {
    let place = Place::with_an_announcement();
    let text = fs::read_to_string(place.path("inventory/bytesized.toml")).expect("the demo's inventory");
    place.write(
        "inventory/bytesized.toml",
        text.replacen("any = [{ n = 1, of = [\"feed-a\", \"feed-a\"] }]", "anny = [\"feed-a\"]", 1),
    );
    let before = place.stored();
    let wrong = place.run(&["apply", "inventory"]).ends(2);
    assert_eq!(wrong.text(), "");
    for part in
        ["unknown key `anny` in [[asset]]", "--> inventory/bytesized.toml:18:1\n", "= help: did you mean `any`?"]
    {
        assert!(wrong.stderr.contains(part), "no {part} in {}", wrong.stderr);
    }
    assert_eq!(place.stored(), before, "the version in force stays");
    check(
        &place,
        &["apply", "nowhere"],
        2,
        "inwindow: there is no folder `nowhere`\n\
         help: name the folder of your inventory files: inwindow apply DIR; `inwindow demo` writes some to learn from, in \
         inwindow-demo/inventory\n",
    );
    check(
        &place,
        &["apply", "notices"],
        2,
        "inwindow: `notices` holds no inventory file\n\
         help: inventory files end in .toml or .csv; `inwindow demo` writes some to learn from\n",
    );
}

#[test]
fn a_relay_that_cannot_be_reached() {
    let place = Place::with_an_announcement();
    // A port that somebody had a moment ago, and nobody has now.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let relay = format!("[mail]\nfrom = \"noc@hoster.example\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n");
    place.write("data/config.toml", relay);
    place.run(&["outbox", "approve", "--all"]).ends(0);
    let error = format!(
        "inwindow: not sent: cannot connect to 127.0.0.1:{port}: Connection refused (os error 111); nothing is lost: \
         6 messages wait for the next `inwindow send`\n"
    );
    place.run(&["send"]).gives(4, "", &error);
    place.run(&["send"]).gives(4, "", &error);
    let planned = |place: &Place| place.rows(&["outbox", "list"]).iter().filter(|m| m["state"] == "planned").count();
    assert_eq!(planned(&place), 26, "nothing is lost");
    // The way out is changed, and the next send delivers at once.
    place.write("data/config.toml", "[mail]\nfrom = \"noc@hoster.example\"\n");
    place.run(&["send"]).ends(0);
    assert_eq!((place.mails().len(), planned(&place)), (6, 20));
    place.run(&["send"]).gives(0, "nothing was sent\n", "");
    assert_eq!(place.mails().len(), 6, "and not twice");
}

#[test]
fn a_relay_and_nobody_who_writes() {
    let place = Place::with_an_announcement();
    place.write("data/config.toml", "[mail]\nhost = \"127.0.0.1\"\n");
    check(
        &place,
        &["send"],
        2,
        "inwindow: mail.host is set and mail.from is not: nobody would know who writes\n\
         help: add to config.toml, under [mail]: from = \"Your NOC <noc@your.domain>\"\n",
    );
}

#[test]
fn no_store_and_no_folder() {
    let place = Place::with_demo_files();
    let commands: [&[&str]; 8] = [
        &["list", "windows"],
        &["check", "plus-01", "--at", "2017-03-25T19:00:00Z"],
        &["plan"],
        &["send"],
        &["outbox", "list"],
        &["review", "list"],
        &["audit"],
        &["maintenance", "cancel", "--vendor", "dc-ams", "--reference", "X"],
    ];
    for args in commands {
        place.run(args).gives(
            4,
            "",
            "inwindow: there is no store at data/inwindow.db\n\
             help: `inwindow apply DIR` or `inwindow import PATH` makes one; `--data DIR` names another folder; to look \
             around first: `inwindow demo`\n",
        );
    }
    assert!(!place.path("data").exists(), "what only looks makes nothing");
    place.run(&["apply"]).ends(2).says("there is no folder `data/inventory`");
    place.run(&["import", "missing.eml"]).ends(4);
    assert!(!place.path("data").exists(), "what fails makes nothing");
    // A store without an inventory says that.
    place.run(&["import", "notices/dc-ams-announcement.eml"]).ends(0);
    place.run(&["check", "plus-01", "--at", "2017-03-25T19:00:00Z"]).gives(
        2,
        "",
        "inwindow: the store in `data` holds no inventory\n\
         help: write inventory files and run: inwindow --data data apply DIR\n",
    );
    let mut homeless = place.command(&[]);
    let mut command = std::process::Command::new(homeless.get_program());
    command.env_clear().args(["list", "windows"]);
    Ran::of(&mut command).gives(
        2,
        "",
        "inwindow: no data folder: neither --data, INWINDOW_DATA, XDG_DATA_HOME nor HOME names one\n\
         help: give --data DIR\n",
    );
    // Empty counts as unset, and a completion script needs no folder.
    Ran::of(command.env("INWINDOW_DATA", "").env("INWINDOW_CLOCK", "")).ends(2).says("no data folder");
    let mut completions = std::process::Command::new(command.get_program());
    Ran::of(completions.env_clear().args(["completions", "bash"])).ends(0);
    Ran::of(homeless.env("INWINDOW_CLOCK", "soon").args(["list", "windows"])).gives(
        2,
        "",
        "inwindow: INWINDOW_CLOCK is `soon`, which is no RFC 3339 instant\n\
         help: set it to something like 2017-03-25T19:00:00Z, or unset it\n",
    );
}

#[test]
fn a_file_where_the_folder_should_be() {
    let place = Place::with_demo_files();
    place.write("data", "x");
    for args in [&["list", "windows"][..], &["import", "notices"], &["doctor"]] {
        place.run(args).gives(
            2,
            "",
            "inwindow: `data` is no folder\nhelp: name the folder that holds the store and config.toml, or a new one\n",
        );
    }
}

#[test]
fn something_else_where_the_store_should_be() {
    let place = Place::with_demo_files();
    place.write("data/inwindow.db", "this is no database, and long enough to be one if it wanted to be ".repeat(20));
    let before = place.store_bytes();
    for args in [&["list", "windows"][..], &["apply", "inventory"], &["import", "notices"]] {
        place.run(args).gives(
            4,
            "",
            "inwindow: data/inwindow.db is no store of inwindow\nhelp: `--data DIR` says which folder holds the store\n",
        );
    }
    assert_eq!(place.store_bytes(), before);
}

#[test]
fn arguments_that_are_no_text_or_too_long() {
    let place = Place::with_an_announcement();
    let mut command = place.command(&["check", "--at", "2017-03-25T19:00:00Z"]);
    Ran::of(command.arg(OsStr::from_bytes(b"\xff\xfe"))).ends(2).says("invalid UTF-8");
    let long = "x".repeat(5000);
    let which = ["maintenance", "add", "--start", "2017-04-01T00:00Z", "--end", "2017-04-01T01:00Z", "--vendor"];
    check(
        &place,
        &[&which[..], &["dc-ams", "--reference", &long]].concat(),
        2,
        "inwindow: --reference: an identifier of 5000 bytes is longer than 256\nhelp: `--help` shows an example\n",
    );
    check(
        &place,
        &[&which[..], &["dc-ams", "--reference", ""]].concat(),
        2,
        "inwindow: --reference: an identifier must not be empty\nhelp: `--help` shows an example\n",
    );
}

#[test]
fn arguments_that_do_not_go_together() {
    let place = Place::with_an_announcement();
    for (args, part) in [
        (&["check", "plus-01"][..], "<--at <T>|--from <T>|--batch <FILE|->>"),
        (&["check", "plus-01", "--from", "2017-03-25T19:00:00Z"], "--to <T>"),
        (&["outbox", "approve"], "<IDS|--all>"),
        (&["import", "notices", "--vendor", "dc-ams"], "--complete-until <T>"),
        (&["list", "nothing"], "windows, maintenances, notices, messages, outages, assets, customers, vendors"),
    ] {
        place.run(args).ends(2).says(part);
    }
    check(
        &place,
        &["list", "assets", "--next", "4d"],
        2,
        "inwindow: what the inventory holds has no time\nhelp: leave out --next and --last\n",
    );
}
