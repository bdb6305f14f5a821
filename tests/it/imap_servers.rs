//! Mailboxes of a real Dovecot, read by the program as a user runs it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use inwindow::notice::ReceivedBy;
use inwindow::store::{NoticeFilter, SqliteStore, Store};
use serde_json::Value;

use crate::cli::{CALENDAR, Place, Ran};
use crate::servers::{Imap, setting};

/// Longest that anything here takes when all is well, many times over.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A mail with a calendar in it that announces a maintenance of this number.
pub fn notice(number: usize) -> Vec<u8> {
    let calendar = CALENDAR.replace("M1", &format!("M{number}"));
    format!(
        "Message-ID: <{number}@dc-ams.example>\r\nFrom: noc@dc-ams.example\r\nSubject: Maintenance {number}\r\n\
         Content-Type: text/calendar; charset=utf-8\r\n\r\n{calendar}"
    )
    .into_bytes()
}

/// A mailbox made anew, empty, and somebody logged in who fills it.
pub fn mailbox(name: &str) -> Imap {
    let mut imap = Imap::login_as("INTAKE");
    let listed = imap.command(&format!("LIST \"\" {name}"));
    if listed.iter().any(|(line, _)| line.starts_with("* LIST")) {
        imap.command(&format!("DELETE {name}"));
    }
    imap.command(&format!("CREATE {name}"));
    imap
}

/// A place whose configuration names a mailbox; `keys` come behind the usual ones and before them in case of doubt.
pub fn place(mailbox: &str, keys: &str) -> Place {
    let place = Place::new();
    place.write("data/password", format!("{}\n", setting("INWINDOW_TEST_INTAKE_PASSWORD")));
    let address = |tls: &str| {
        let address = setting(if tls == "implicit" { "INWINDOW_TEST_IMAPS" } else { "INWINDOW_TEST_IMAP" });
        address.rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).expect("host:port")
    };
    let given = |key: &str| keys.lines().any(|line| line.starts_with(&format!("{key} =")));
    let tls = if keys.contains("tls = \"implicit\"") { "implicit" } else { "starttls" };
    let (host, port) = address(tls);
    let usual = [
        ("host", format!("\"{host}\"")),
        ("port", port),
        ("user", format!("\"{}\"", setting("INWINDOW_TEST_INTAKE"))),
        ("password_file", "\"password\"".to_owned()),
        ("ca_file", format!("\"{}\"", setting("INWINDOW_TEST_CA"))),
        ("mailbox", format!("\"{mailbox}\"")),
        ("tls", format!("\"{tls}\"")),
    ];
    let usual: String =
        usual.iter().filter(|(key, _)| !given(key)).map(|(key, value)| format!("{key} = {value}\n")).collect();
    place.write("data/config.toml", format!("[[source]]\nname = \"noc\"\nkind = \"imap\"\n{usual}{keys}\n"));
    place
}

/// The notices in the store: the bytes of each, how often they are there, and by what its receipt is known.
pub fn kept(place: &Place) -> BTreeMap<Vec<u8>, (usize, ReceivedBy)> {
    let store = SqliteStore::open_read_only(&place.path("data/inwindow.db")).expect("a store");
    let mut kept = BTreeMap::new();
    for notice in store.notices(&NoticeFilter::default()).expect("readable") {
        let raw = store.raw(&notice.id).expect("readable").expect("its bytes");
        kept.entry(raw).or_insert((0, notice.received.by)).0 += 1;
    }
    kept
}

#[track_caller]
fn check_kept(place: &Place, expected: &[Vec<u8>]) {
    let kept = kept(place);
    let got: Vec<(&Vec<u8>, usize)> = kept.iter().map(|(raw, (times, _))| (raw, *times)).collect();
    let mut expected: Vec<(&Vec<u8>, usize)> = expected.iter().map(|raw| (raw, 1)).collect();
    expected.sort();
    assert_eq!(got, expected);
}

#[test]
fn a_mailbox_is_read_over_starttls_and_over_implicit_tls_and_left_as_it_was() {
    for tls in ["starttls", "implicit"] {
        let name = format!("tls-{tls}");
        let mut imap = mailbox(&name);
        imap.append(&name, 7, &notice(1));
        let place = place(&name, &format!("tls = \"{tls}\""));
        place
            .run(&["import"])
            .ends(0)
            .says("opened")
            .says("read: `noc`, everything received before 2017-03-13 10:15 UTC");
        check_kept(&place, &[notice(1)]);
        // No Received header: the server's word dates it.
        let row = &place.rows(&["list", "notices"])[0];
        assert_eq!(row["received"]["at"], "2017-03-07T08:00:00Z", "{row}");
        assert!(kept(&place).values().all(|(_, by)| *by == ReceivedBy::InternalDate));
        place.run(&["import"]).ends(0).says("1 source: nothing new");
        let flags = [imap.command(&format!("SELECT {name}")), imap.command("FETCH 1 (FLAGS)")].concat();
        let seen = flags.iter().any(|(line, _)| line.contains(" FETCH ") && line.contains("\\Seen"));
        assert!(!seen && flags.iter().any(|(line, _)| line.contains("* 1 RECENT")), "{flags:?}");
    }
}

#[test]
fn a_server_that_cannot_be_trusted_or_does_not_trust_us() {
    let mut imap = mailbox("refused");
    imap.append("refused", 1, &notice(1));
    let unread = |keys: &str, why: &str| {
        let ran =
            place("refused", keys).run(&["import"]).ends(4).says("source `noc` was not read to its end:").says(why);
        ran.never_says("wrong-secret").says("help: ");
    };
    let none = Place::new();
    none.write("other.pem", std::fs::read(setting("INWINDOW_TEST_CA")).expect("an authority"));
    unread("host = \"127.0.0.1\"", "no secure connection with 127.0.0.1:");
    unread("ca_file = \"/etc/ssl/certs/ca-certificates.crt\"", "no secure connection with localhost:");
    unread("user = \"nobody@noc.test\"", "refused the login of `nobody@noc.test`: [AUTHENTICATIONFAILED]");
    unread("mailbox = \"missing\"", "does not open the mailbox `missing`: Mailbox doesn't exist: missing");
    let wrong = place("refused", "");
    wrong.write("data/password", "wrong-secret");
    wrong.run(&["import"]).ends(4).says("refused the login of `intake@noc.test`").never_says("wrong-secret");
    wrong.run(&["doctor"]).ends(1).says("source `noc` cannot be read").says("it was never read to its end");
    // What failed covers nothing.
    assert_eq!(wrong.rows(&["sources"])[0]["read_until"], Value::Null);
}

#[test]
fn only_what_is_new_is_taken() {
    let mut imap = mailbox("news");
    let place = place("news", "vendors = [\"dc-ams\"]");
    place.run(&["import"]).ends(0).says("1 source: nothing new");
    imap.append("news", 1, &notice(1));
    imap.append("news", 2, &notice(2));
    place.run(&["import", "-o", "json"]).ends(0);
    imap.append("news", 3, &notice(3));
    imap.command("SELECT news");
    imap.command("STORE 1:2 +FLAGS (\\Deleted \\Seen)");
    imap.command("EXPUNGE");
    imap.append("news", 4, &notice(4));
    imap.command("STORE 2 +FLAGS (\\Seen)");
    // Read by somebody else, or not: it is new to us.
    let ran = place.run(&["import", "-o", "json"]).ends(0);
    let report: Value = serde_json::from_str(&ran.text()).expect("JSON");
    let sources: Vec<&str> =
        report["imported"].as_array().expect("a list").iter().filter_map(|one| one["source"].as_str()).collect();
    assert_eq!(sources, ["noc#3", "noc#4"]);
    assert_eq!(report["sources"][0]["until"], "2017-03-13T10:15:00Z");
    check_kept(&place, &[notice(1), notice(2), notice(3), notice(4)]);
    assert_eq!(place.rows(&["sources"])[0]["messages"], 4);
    place.run(&["import"]).ends(0).says("1 source: nothing new");
}

#[test]
fn a_mailbox_numbered_anew_is_read_again_and_nothing_is_doubled() {
    let mut imap = mailbox("renumbered");
    let place = place("renumbered", "");
    (1..=3).for_each(|number| imap.append("renumbered", number, &notice(number)));
    place.run(&["import"]).ends(0).never_says("anew");
    drop(imap);
    let mut imap = mailbox("renumbered");
    (2..=4).for_each(|number| imap.append("renumbered", number, &notice(number)));
    let ran = place.run(&["import"]).ends(0).says("the server numbered its messages anew");
    ran.says("3 messages: 1 new, 2 known already, 0 in review");
    check_kept(&place, &[notice(1), notice(2), notice(3), notice(4)]);
    place.run(&["import"]).ends(0).says("1 source: nothing new");
}

#[test]
fn mails_of_every_shape_are_kept_to_the_byte() {
    let mut imap = mailbox("shapes");
    let mut eight_bit = b"From: noc@dc-ams.example\r\nSubject: St\xf6rung \xff\xfe {12}\r\n\r\n{5}\r\n".to_vec();
    eight_bit.extend((1..=255_u8).filter(|byte| !matches!(byte, b'\r' | b'\n')));
    let received = b"Received: from a by b; Tue, 7 Mar 2017 10:00:00 +0000\r\nSubject: no\r\n\r\nno\r\n".to_vec();
    let empty = b"Subject: only a header\r\n\r\n".to_vec();
    let mut huge = b"Message-ID: <huge@x>\r\nSubject: huge\r\n\r\n".to_vec();
    huge.resize(26 << 20, b'x');
    let large = [b"Subject: large\r\n\r\n".to_vec(), b"0123456789\r\n".repeat(800_000)].concat();
    for mail in [&eight_bit, &received, &huge, &empty, &large] {
        imap.append("shapes", 1, mail);
    }
    let place = place("shapes", "");
    let ran = place.run(&["import"]).ends(1);
    ran.says("it is 27262976 bytes long, more than the 26214400 that are read").says("read: `noc`");
    let head = b"Message-ID: <huge@x>\r\nSubject: huge\r\n\r\n".to_vec();
    assert_eq!(kept(&place).get(&received).map(|(_, by)| *by), Some(ReceivedBy::ReceivedHeader));
    check_kept(&place, &[eight_bit, received, head, empty, large]);
    place.run(&["review", "list"]).ends(0).says("more than the 26214400");
    // What waits is not asked for again.
    place.run(&["import"]).ends(0).says("1 source: nothing new");
}

/// What becomes of a connection once so many bytes have passed.
#[derive(Clone, Copy, PartialEq)]
pub enum Then {
    Cut,
    GoOn,
}

/// A port behind which the server is, until it is not.
pub struct Gate(TcpListener);

impl Gate {
    pub fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    /// A place whose configuration names a mailbox behind this gate.
    pub fn place(&self, mailbox: &str) -> Place {
        let port = self.0.local_addr().expect("an address").port();
        place(mailbox, &format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\""))
    }

    /// Lets one connection through, and tells once the server has sent so many bytes.
    pub fn pass(&self, bytes: usize, then: Then) -> Receiver<()> {
        let listener = self.0.try_clone().expect("cloned");
        let (sender, told) = channel();
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a connection");
            let mut server = TcpStream::connect(setting("INWINDOW_TEST_IMAP")).expect("connected");
            let (mut from, mut to) = (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut left, mut chunk) = (bytes, [0; 4096]);
            while let Ok(read @ 1..) = server.read(&mut chunk) {
                let passed = if then == Then::Cut { read.min(left) } else { read };
                if client.write_all(&chunk[..passed]).is_err() {
                    break;
                }
                let was = left;
                left = left.saturating_sub(read);
                if was > 0 && left == 0 {
                    let _ = sender.send(());
                }
                if left == 0 && then == Then::Cut {
                    break;
                }
            }
            let _ = (client.shutdown(std::net::Shutdown::Both), server.shutdown(std::net::Shutdown::Both));
        });
        told
    }
}

#[test]
fn a_server_that_dies_in_the_midst_of_a_mail_loses_nothing() {
    let mut imap = mailbox("cut");
    let mails: Vec<Vec<u8>> = (1..=150).map(notice).collect();
    for mail in &mails {
        imap.append("cut", 1, mail);
    }
    let gate = Gate::new();
    let whole = gate.place("cut");
    // Within the login, within the listing, and within mails of the first and of the second batch.
    for bytes in [300, 1_500, 20_000, 70_000] {
        let _told = gate.pass(bytes, Then::Cut);
        whole.run(&["import"]).ends(4).says("source `noc` was not read to its end: the conversation with 127.0.0.1:");
        assert_eq!(whole.rows(&["sources"])[0]["read_until"], Value::Null, "cut after {bytes}");
    }
    assert_eq!(kept(&whole).len(), 100, "the first batch");
    let _told = gate.pass(usize::MAX, Then::GoOn);
    whole.run(&["import", "-o", "json"]).ends(0);
    check_kept(&whole, &mails);
}

/// The lines of a program that follows a mailbox, as they come.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(place: &Place) -> Self {
        let mut command = place.command(&["import", "--watch"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Self { child, lines }
    }

    #[track_caller]
    fn until(&self, what: &str) {
        while !self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never said `{what}`")).contains(what) {}
    }

    fn stop(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        Ran::of(Command::new("kill").args([signal, &pid])).ends(0);
        self.child.wait().expect("ended").code()
    }
}

#[test]
fn idle_tells_of_a_new_message_and_a_signal_ends_it_cleanly() {
    let mut imap = mailbox("idle");
    imap.append("idle", 1, &notice(1));
    for (number, signal) in [(2, "-INT"), (3, "-TERM")] {
        // Nothing but IDLE can tell within the hour.
        let place = place("idle", "poll_every = \"1 h\"");
        let watching = Watching::start(&place);
        watching.until("read: `noc`");
        imap.append("idle", number, &notice(number));
        watching.until(&format!("(M{number})"));
        watching.until("read: `noc`");
        assert_eq!(watching.stop(signal), Some(0));
        check_kept(&place, &(1..=number).map(notice).collect::<Vec<_>>());
    }
}
