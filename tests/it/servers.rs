//! Against real servers: Postfix takes the mail, Dovecot keeps it, and we read it back as a customer would.
//!
//! Compiled by the feature `servers` alone. `tests/run` starts the servers; without them these tests fail.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use inwindow::mail::{Address, Credentials, Deadlines, Envelope, PeerError, Relay, RelayError, Session, Tls, compose};
use inwindow::plan::{CalendarPart, Letter, Mailbox, Outcome};
use mail_parser::{MessageParser, MimeHeaders as _};

pub fn setting(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run tests/run, or the output of tests/servers/up"))
}

fn relay(address: &str, tls: Tls) -> Relay {
    let address = setting(address);
    let (host, port) = address.rsplit_once(':').expect("host:port");
    Relay {
        host: host.to_owned(),
        port: port.parse().expect("a port"),
        tls,
        auth: None,
        extra_ca: Some(std::fs::read(setting("INWINDOW_TEST_CA")).expect("the authority's certificate")),
        helo: "noc.test".into(),
        deadlines: Deadlines::default(),
    }
}

fn sender() -> Credentials {
    Credentials::new(setting("INWINDOW_TEST_SENDER"), setting("INWINDOW_TEST_SENDER_PASSWORD"))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn envelope() -> Envelope {
    let address = |text: &str| Address::new(text).expect("an address");
    Envelope { from: address("noc+bounce.1@noc.test"), to: address(&setting("INWINDOW_TEST_READER")) }
}

/// `name` tells the mails of several tests, and of several runs against the same servers, apart.
fn letter(name: &str) -> Letter {
    let mailbox = |name: &str, email: &str| Mailbox { name: Some(name.into()), email: email.into() };
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//inwindow//EN\r\nBEGIN:VEVENT\r\nUID:w1@noc.test\r\n\
        DTSTAMP:20170320T090000Z\r\nDTSTART:20170325T230000Z\r\nDTEND:20170326T220000Z\r\nSUMMARY:Stromwartung für Küh\r\n \
        lung\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    Letter {
        message_id: format!("{name}.{}@noc.test", std::process::id()),
        date: "2017-03-20T09:00:00Z".parse().expect("an instant"),
        from: mailbox("Example NOC", "noc@noc.test"),
        to: mailbox("Müller, Alice", &setting("INWINDOW_TEST_READER")),
        reply_to: None,
        subject: "Wartung: Kühlung und Strom".into(),
        text: "Grüße,\n.\nFrom the NOC\n".into(),
        html: "<p>Grüße</p>\n".into(),
        calendar: Some(CalendarPart { text: calendar.into(), method: None }),
        dropped: None,
        references: vec!["first@noc.test".into(), "second@noc.test".into()],
        list_id: Some("maintenance.noc.test".into()),
        unsubscribe: Some("noc+stop@noc.test".into()),
        one_click: None,
    }
}

/// As much IMAP (RFC 3501) as a reader of one mail needs.
pub struct Imap {
    reader: BufReader<TcpStream>,
    tag: u32,
}

impl Imap {
    /// As the reader, in the inbox.
    pub fn login() -> Self {
        let mut imap = Self::login_as("READER");
        imap.command("SELECT INBOX");
        imap
    }

    /// As a user of the environment, in no mailbox.
    pub fn login_as(who: &str) -> Self {
        let stream = TcpStream::connect(setting("INWINDOW_TEST_IMAP")).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
        let mut imap = Self { reader: BufReader::new(stream), tag: 0 };
        imap.line();
        let setting = |what: &str| setting(&format!("INWINDOW_TEST_{who}{what}"));
        imap.command(&format!("LOGIN {} {}", setting(""), setting("_PASSWORD")));
        imap
    }

    /// Puts a mail into a mailbox, as received on a day of March 2017.
    pub fn append(&mut self, mailbox: &str, day: usize, mail: &[u8]) {
        let command = format!("a APPEND {mailbox} \"{day:02}-Mar-2017 09:00:00 +0100\" {{{}}}\r\n", mail.len());
        self.reader.get_ref().write_all(command.as_bytes()).expect("written");
        while !self.line().starts_with('+') {}
        self.reader.get_ref().write_all(&[mail, b"\r\n"].concat()).expect("written");
        while !self.line().starts_with("a OK") {}
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.reader.read_line(&mut line).expect("a line") > 0, "the connection was closed");
        line
    }

    /// The untagged lines before the completion, each with its literal behind it.
    pub fn command(&mut self, command: &str) -> Vec<(String, Vec<u8>)> {
        self.tag += 1;
        let tag = format!("t{}", self.tag);
        self.reader.get_ref().write_all(format!("{tag} {command}\r\n").as_bytes()).expect("written");
        let mut answers = Vec::new();
        loop {
            let line = self.line();
            if let Some(completion) = line.strip_prefix(&format!("{tag} ")) {
                assert!(completion.starts_with("OK"), "{command}: {completion}");
                return answers;
            }
            let length = line.trim_end().strip_suffix('}').and_then(|line| line.rsplit_once('{'));
            let mut literal = vec![0; length.map_or(0, |(_, length)| length.parse().expect("a length"))];
            self.reader.read_exact(&mut literal).expect("the literal");
            answers.push((line, literal));
        }
    }

    /// Waits for the mail with this Message-ID and returns it.
    pub fn mail(&mut self, message_id: &str) -> Vec<u8> {
        self.find(&format!("HEADER Message-ID {message_id}"))
    }

    /// Waits for a mail that a search (RFC 3501, section 6.4.4) finds and returns it.
    pub fn find(&mut self, search: &str) -> Vec<u8> {
        loop {
            let found = self.command(&format!("UID SEARCH {search}"));
            let uid = found.iter().find_map(|(line, _)| line.trim_end().strip_prefix("* SEARCH ").map(str::to_owned));
            if let Some(uid) = uid {
                let fetched = self.command(&format!("UID FETCH {uid} (BODY.PEEK[])"));
                return fetched.into_iter().map(|(_, mail)| mail).find(|mail| !mail.is_empty()).expect("a mail");
            }
            self.wait_for_more();
        }
    }

    /// IDLE (RFC 2177) until the mailbox has grown, which it may have since we looked; the read timeout ends it.
    fn wait_for_more(&mut self) {
        let idle = b"idle IDLE\r\n";
        self.reader.get_ref().write_all(idle).expect("written");
        while !self.line().trim_end().ends_with(" EXISTS") {}
        self.reader.get_ref().write_all(b"DONE\r\n").expect("written");
        while !self.line().starts_with("idle OK") {}
    }
}

/// Sends a letter over the relay, reads it back over IMAP and compares.
#[track_caller]
fn check_round_trip(name: &str, relay: &Relay) {
    let letter = letter(name);
    let mail = compose(&letter).expect("composed");
    let outcome = block_on(async {
        let session = Session::open(relay).await.expect("opened");
        let (outcome, session) = session.send(&envelope(), &mail).await;
        session.expect("kept").close().await;
        outcome
    });
    assert_eq!(outcome, Outcome::Accepted);
    let arrived = Imap::login().mail(&letter.message_id);
    // The servers put their own headers before ours and change nothing behind them.
    assert!(arrived.ends_with(&mail), "{}", String::from_utf8_lossy(&arrived));
    let parsed = MessageParser::default().parse(&arrived).expect("a mail");
    assert_eq!(parsed.subject(), Some(letter.subject.as_str()));
    assert_eq!(parsed.header_raw("Return-Path").map(str::trim), Some("<noc+bounce.1@noc.test>"));
    let calendar = parsed.attachments().next().expect("the calendar");
    assert_eq!(calendar.text_contents(), letter.calendar.as_ref().map(|calendar| calendar.text.as_str()));
    assert_eq!(calendar.content_type().and_then(|kind| kind.attribute("method")), None);
}

#[test]
fn a_letter_arrives_whole_over_starttls() {
    check_round_trip("starttls", &relay("INWINDOW_TEST_SMTP", Tls::StartTls));
}

#[test]
fn a_letter_arrives_whole_with_a_login() {
    check_round_trip("submission", &Relay { auth: Some(sender()), ..relay("INWINDOW_TEST_SUBMISSION", Tls::StartTls) });
}

#[test]
fn a_letter_arrives_whole_over_implicit_tls() {
    check_round_trip("smtps", &Relay { auth: Some(sender()), ..relay("INWINDOW_TEST_SMTPS", Tls::Implicit) });
}

#[test]
fn a_letter_arrives_whole_in_clear_when_asked() {
    check_round_trip("clear", &relay("INWINDOW_TEST_SMTP", Tls::None));
}

#[test]
fn what_postfix_refuses_is_told_apart() {
    let outcomes = block_on(async {
        let mut session = Session::open(&relay("INWINDOW_TEST_SMTP", Tls::StartTls)).await.expect("opened");
        let mut outcomes = Vec::new();
        for to in ["nobody@customer.test", "grey@customer.test"] {
            let to = Envelope { to: Address::new(to).expect("an address"), ..envelope() };
            let (outcome, kept) = session.send(&to, &compose(&letter("refused")).expect("composed")).await;
            session = kept.expect("kept after a clean reply");
            outcomes.push(outcome);
        }
        session.close().await;
        outcomes
    });
    let codes: Vec<(u16, Option<&str>)> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Refused { code, enhanced, .. } | Outcome::Deferred { code, enhanced, .. } => {
                (*code, enhanced.as_deref())
            }
            Outcome::Accepted | Outcome::Broken { .. } | Outcome::Unanswered { .. } | Outcome::Unusable { .. } => {
                panic!("{outcome:?}")
            }
        })
        .collect();
    assert_eq!(codes, [(550, Some("5.1.1")), (450, Some("4.7.1"))]);
}

#[track_caller]
fn check_not_opened(relay: &Relay, expected: fn(&RelayError) -> bool) {
    let error = block_on(Session::open(relay)).expect_err("no session");
    assert!(expected(&error), "{error:?}");
}

#[test]
fn a_relay_that_cannot_be_trusted_or_does_not_trust_us_gets_no_mail() {
    let good = relay("INWINDOW_TEST_SMTP", Tls::StartTls);
    let handshake = |error: &RelayError| matches!(error, RelayError::Peer(PeerError::Handshake { .. }));
    check_not_opened(&Relay { extra_ca: None, ..good.clone() }, handshake);
    // The certificate is for the name, not for the address it leads to.
    check_not_opened(&Relay { host: "127.0.0.1".into(), ..good }, handshake);
    let wrong = Some(Credentials::new(setting("INWINDOW_TEST_SENDER"), "wrong"));
    check_not_opened(&Relay { auth: wrong, ..relay("INWINDOW_TEST_SUBMISSION", Tls::StartTls) }, |error| {
        error.to_string().contains("login: ")
            && error.to_string().contains("535")
            && !error.to_string().contains("wrong")
    });
    let submission = relay("INWINDOW_TEST_SUBMISSION", Tls::StartTls);
    let outcome = block_on(async {
        let session = Session::open(&submission).await.expect("opened without a login");
        session.send(&envelope(), &compose(&letter("nologin")).expect("composed")).await.0
    });
    let Outcome::Refused { code, enhanced, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!((*code, enhanced.as_deref()), (554, Some("5.7.1")));
}
