//! Sessions with relays that answer well, badly, or not at all. Each relay is a thread on loopback that plays a script.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use inwindow::mail::{Address, Credentials, Deadlines, Envelope, PeerError, Relay, RelayError, Session, Tls, compose};
use inwindow::plan::{Letter, Mailbox, Outcome};

/// What a relay does at one point of the conversation.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Say these lines.
    Say(&'static str),
    /// Say these lines and close.
    SayAndClose(&'static str),
    /// Close at once.
    Close,
    /// Say nothing and keep the connection.
    Hang,
}

/// A relay's script: what differs from a relay that takes everything.
#[derive(Debug, Clone, Copy, Default)]
struct Script {
    greeting: Option<Act>,
    ehlo: Option<Act>,
    starttls: Option<Act>,
    mail: Option<Act>,
    rcpt: Option<Act>,
    data: Option<Act>,
    /// Instead of reading the mail after 354.
    content: Option<Act>,
    dot: Option<Act>,
    rset: Option<Act>,
    /// Whether it takes several commands at once.
    pipelining: bool,
}

/// What a relay heard: each command, and each mail as one entry.
type Heard = Receiver<String>;

/// Starts a relay for one connection and returns its port.
fn start(script: Script) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        // The client may leave at any point; what it said before is what counts.
        let _ = serve(&stream, script, &sender);
    });
    (port, heard)
}

/// Returns when the connection is over. `Err` is the end of the script as much as of the line.
fn serve(mut stream: &TcpStream, script: Script, heard: &Sender<String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut act = |act: Option<Act>, otherwise: &'static str| -> std::io::Result<()> {
        let over = || Err(std::io::Error::other("the script is over"));
        match act.unwrap_or(Act::Say(otherwise)) {
            Act::Say(lines) => stream.write_all(lines.as_bytes()),
            Act::SayAndClose(lines) => stream.write_all(lines.as_bytes()).and_then(|()| over()),
            Act::Close => over(),
            Act::Hang => {
                // Ends when the client has given up and closed.
                while BufReader::new(stream).read_line(&mut String::new())? > 0 {}
                over()
            }
        }
    };
    act(script.greeting, "220 fake ESMTP\r\n")?;
    let offers =
        if script.pipelining { "250-fake\r\n250 PIPELINING\r\n" } else { "250-fake\r\n250 ENHANCEDSTATUSCODES\r\n" };
    let mut from = false;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        let _ = heard.send(command.clone());
        match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => act(script.ehlo, offers)?,
            "STARTTLS" => act(script.starttls, "220 go\r\n")?,
            "MAIL" => {
                from = !matches!(script.mail, Some(Act::Say(no)) if no.starts_with(['4', '5']));
                act(script.mail, "250 2.1.0 ok\r\n")?;
            }
            "RCPT" | "DATA" if !from => act(None, "503 5.5.1 no sender\r\n")?,
            "RCPT" => act(script.rcpt, "250 2.1.5 ok\r\n")?,
            "RSET" => act(script.rset, "250 2.0.0 ok\r\n")?,
            "QUIT" => return act(Some(Act::SayAndClose("221 bye\r\n")), ""),
            "DATA" => {
                act(script.data, "354 go\r\n")?;
                if script.data.is_some() {
                    continue;
                }
                if script.content.is_some() {
                    act(script.content, "")?;
                }
                let mut mail = String::new();
                while mail != ".\r\n" && !mail.ends_with("\r\n.\r\n") {
                    if reader.read_line(&mut mail)? == 0 {
                        return Ok(());
                    }
                }
                let _ = heard.send(mail);
                act(script.dot, "250 2.0.0 queued as 1\r\n")?;
            }
            other => panic!("a command nobody asked for: {other}"),
        }
    }
}

/// Long for a loopback that answers, short for a person who waits for the tests.
const PATIENCE: Duration = Duration::from_secs(10);
const IMPATIENCE: Duration = Duration::from_millis(100);

fn relay(port: u16, patience: Duration) -> Relay {
    Relay {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        auth: None,
        extra_ca: None,
        helo: "noc.test".into(),
        deadlines: Deadlines { connect: patience, command: patience, data: patience },
    }
}

fn envelope() -> Envelope {
    let address = |text| Address::new(text).expect("a test address");
    Envelope { from: address("bounces+m1.f00d@noc.test"), to: address("alice@customer.test") }
}

const MAIL: &[u8] = b"Subject: x\r\n\r\n.a line that begins with a dot\r\n..\r\nlast\r\n";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Opens a session and sends one mail: the outcome, whether the session survived, what the relay heard.
fn attempt(script: Script, patience: Duration) -> (Outcome, &'static str, Vec<String>) {
    let (port, heard) = start(script);
    let (outcome, left) = block_on(async {
        match Session::open(&relay(port, patience)).await {
            Err(error) => (Outcome::from(error), "never opened"),
            Ok(session) => match session.send(&envelope(), MAIL).await {
                (outcome, Some(session)) => {
                    session.close().await;
                    (outcome, "kept")
                }
                (outcome, None) => (outcome, "dropped"),
            },
        }
    });
    (outcome, left, heard.iter().collect())
}

/// `expected`: the outcome's kind and the words it must show, whether commands are said in turn or at once.
#[track_caller]
fn check(script: Script, patience: Duration, kind: &str, words: &str, left: &str) {
    for pipelining in [false, true] {
        check_once(Script { pipelining, ..script }, patience, kind, words, left);
    }
}

#[track_caller]
fn check_once(script: Script, patience: Duration, kind: &str, words: &str, left: &str) {
    let (outcome, got_left, heard) = attempt(script, patience);
    let (got_kind, got_words) = match &outcome {
        Outcome::Accepted => ("accepted", String::new()),
        Outcome::Refused { code, enhanced, text } => {
            ("refused", format!("{code} {} {text}", enhanced.as_deref().unwrap_or("-")))
        }
        Outcome::Deferred { code, enhanced, text } => {
            ("deferred", format!("{code} {} {text}", enhanced.as_deref().unwrap_or("-")))
        }
        Outcome::Broken { what } => ("broken", what.clone()),
        Outcome::Unusable { what } => ("unusable", what.clone()),
        Outcome::Unanswered { what } => ("unanswered", what.clone()),
    };
    assert!(got_words.contains(words), "{outcome:?}");
    assert_eq!((got_kind, got_left), (kind, left), "{outcome:?}\nheard: {heard:#?}");
}

#[test]
fn an_accepted_mail_arrives_byte_for_byte() {
    let (outcome, left, heard) = attempt(Script::default(), PATIENCE);
    assert_eq!((outcome, left), (Outcome::Accepted, "kept"));
    let wire = "Subject: x\r\n\r\n..a line that begins with a dot\r\n...\r\nlast\r\n.\r\n";
    let commands = [
        "EHLO noc.test",
        "MAIL FROM:<bounces+m1.f00d@noc.test>",
        "RCPT TO:<alice@customer.test>",
        "DATA",
        wire,
        "QUIT",
    ];
    assert_eq!(heard, commands);
}

/// A relay that offers PIPELINING may say nothing before it has heard all that can be said at once.
#[test]
fn commands_are_said_at_once_where_the_relay_takes_them_so() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let relay_said = std::thread::spawn(move || -> std::io::Result<Vec<String>> {
        let (stream, _) = listener.accept()?;
        let (mut reader, mut writer, mut heard) = (BufReader::new(&stream), &stream, Vec::new());
        let turns = [
            ("220 fake ESMTP\r\n", 1),
            ("250-fake\r\n250 PIPELINING\r\n", 3),
            ("250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n", 6),
            ("250 2.0.0 queued\r\n", 1),
        ];
        for (replies, lines) in turns {
            writer.write_all(replies.as_bytes())?;
            for _ in 0..lines {
                let mut line = String::new();
                reader.read_line(&mut line)?;
                heard.push(line.trim_end().to_owned());
            }
        }
        Ok(heard)
    });
    block_on(async {
        let session = Session::open(&relay(port, PATIENCE)).await.expect("opened");
        let (outcome, session) = session.send(&envelope(), MAIL).await;
        assert_eq!(outcome, Outcome::Accepted);
        session.expect("kept").close().await;
    });
    let heard = relay_said.join().expect("no panic").expect("heard");
    let commands = ["MAIL FROM:<bounces+m1.f00d@noc.test>", "RCPT TO:<alice@customer.test>", "DATA"];
    let mail = ["Subject: x", "", "..a line that begins with a dot", "...", "last", "."];
    assert_eq!(heard, [&["EHLO noc.test"][..], &commands, &mail, &["QUIT"]].concat());
}

/// RFC 2920, section 3.1: DATA may be taken though no recipient was, and is ended by a dot alone.
#[test]
fn a_mail_that_was_begun_for_nobody_is_ended_and_the_first_no_counts() {
    let say = |text| Some(Act::Say(text));
    let no = Script { rcpt: say("550 5.1.1 no such user\r\n"), pipelining: true, ..Script::default() };
    let begun = ["EHLO noc.test", "MAIL FROM:<bounces+m1.f00d@noc.test>", "RCPT TO:<alice@customer.test>", "DATA"];
    let closed = |script| attempt(script, PATIENCE);
    for (script, left, end) in [
        (no, "kept", &[".\r\n", "RSET", "QUIT"][..]),
        (Script { dot: say("554 5.5.1 no valid recipients\r\n"), ..no }, "kept", &[".\r\n", "RSET", "QUIT"]),
        (Script { dot: Some(Act::Close), ..no }, "dropped", &[".\r\n"]),
        (Script { data: say("554 5.5.1 no valid recipients\r\n"), ..no }, "kept", &["RSET", "QUIT"]),
        (Script { data: say("250 what\r\n"), ..no }, "dropped", &[]),
        (Script { data: say("421 4.3.2 closing\r\n"), ..no }, "dropped", &[]),
        (Script { data: Some(Act::Close), ..no }, "dropped", &[]),
    ] {
        let (outcome, got_left, heard) = closed(script);
        assert!(matches!(&outcome, Outcome::Refused { code: 550, .. }), "{outcome:?}");
        assert_eq!(
            (got_left, heard),
            (left, [&begun[..], end].concat().into_iter().map(str::to_owned).collect()),
            "{script:?}"
        );
    }
}

#[test]
fn a_clear_no_keeps_the_session() {
    let say = |text| Some(Act::Say(text));
    let ok = PATIENCE;
    check(
        Script { rcpt: say("550 5.1.1 no such user\r\n"), ..Script::default() },
        ok,
        "refused",
        "550 5.1.1 no such user",
        "kept",
    );
    check(
        Script { rcpt: say("450 4.7.1 greylisted\r\n"), ..Script::default() },
        ok,
        "deferred",
        "450 4.7.1 greylisted",
        "kept",
    );
    check(
        Script { rcpt: say("452-4.2.2 mailbox\r\n452 4.2.2 full\r\n"), ..Script::default() },
        ok,
        "deferred",
        "452 4.2.2",
        "kept",
    );
    check(Script { mail: say("501 bad sender\r\n"), ..Script::default() }, ok, "refused", "501 - bad sender", "kept");
    check(Script { data: say("451 4.3.0 later\r\n"), ..Script::default() }, ok, "deferred", "451 4.3.0", "kept");
    check(Script { dot: say("554 5.7.1 policy\r\n"), ..Script::default() }, ok, "refused", "554 5.7.1 policy", "kept");
    check(Script { dot: say("451 4.3.0 later\r\n"), ..Script::default() }, ok, "deferred", "451 4.3.0", "kept");
    check(Script { rcpt: say("251 forwarded\r\n"), ..Script::default() }, ok, "accepted", "", "kept");
}

#[test]
fn a_no_that_is_about_us_blames_the_relay_and_not_the_mail() {
    let say = |text| Some(Act::Say(text));
    check(
        Script { mail: say("530 5.7.0 log in\r\n"), ..Script::default() },
        PATIENCE,
        "unusable",
        "530 5.7.0 log in",
        "dropped",
    );
}

#[test]
fn any_doubt_drops_the_session() {
    let say = |text| Some(Act::Say(text));
    let no = "550 5.1.1 no such user\r\n";
    check(
        Script { rcpt: say("421 4.3.2 closing\r\n"), ..Script::default() },
        PATIENCE,
        "deferred",
        "421 4.3.2",
        "dropped",
    );
    check(Script { rcpt: say(no), rset: Some(Act::Close), ..Script::default() }, PATIENCE, "refused", "550", "dropped");
    check(
        Script { rcpt: say(no), rset: say("500 what\r\n"), ..Script::default() },
        PATIENCE,
        "refused",
        "550",
        "dropped",
    );
    check(
        Script { rcpt: say(no), rset: Some(Act::Hang), ..Script::default() },
        IMPATIENCE,
        "refused",
        "550",
        "dropped",
    );
    check(Script { rcpt: say("what?\r\n"), ..Script::default() }, PATIENCE, "broken", "RCPT TO", "dropped");
    check(Script { rcpt: Some(Act::Close), ..Script::default() }, PATIENCE, "broken", "RCPT TO", "dropped");
    check(
        Script { rcpt: Some(Act::Hang), ..Script::default() },
        IMPATIENCE,
        "broken",
        "RCPT TO: no answer within 0.1 s",
        "dropped",
    );
    check(
        Script { mail: say("354 go\r\n"), ..Script::default() },
        PATIENCE,
        "broken",
        "MAIL FROM: answered 354 go",
        "dropped",
    );
    check(
        Script { data: say("250 ok\r\n"), ..Script::default() },
        PATIENCE,
        "broken",
        "DATA: answered 250 ok",
        "dropped",
    );
}

#[test]
fn after_the_final_dot_silence_may_mean_delivery() {
    let say = |text| Some(Act::Say(text));
    check(
        Script { dot: Some(Act::Close), ..Script::default() },
        PATIENCE,
        "unanswered",
        "the mail was sent",
        "dropped",
    );
    check(
        Script { dot: Some(Act::Hang), ..Script::default() },
        IMPATIENCE,
        "unanswered",
        "no answer within 0.1 s",
        "dropped",
    );
    check(
        Script { dot: say("what?\r\n"), ..Script::default() },
        PATIENCE,
        "unanswered",
        "the mail was sent",
        "dropped",
    );
    // The relay is one reply behind: this one belongs to DATA, and counting it would report a mail that nobody took.
    check(Script { dot: say("354 go\r\n"), ..Script::default() }, PATIENCE, "unanswered", "answered 354 go", "dropped");
    check(Script { dot: say("251 ok\r\n"), ..Script::default() }, PATIENCE, "unanswered", "answered 251 ok", "dropped");
}

#[test]
fn a_mail_cut_off_in_its_midst_was_not_delivered() {
    let (port, _heard) = start(Script { content: Some(Act::Close), ..Script::default() });
    // More than the buffers of a loopback connection hold, so that it cannot all be written before the end is seen.
    let mail = [&b"Subject: x\r\n\r\n"[..], &b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(1 << 20)].concat();
    let (outcome, session) = block_on(async {
        let session = Session::open(&relay(port, PATIENCE)).await.expect("opened");
        session.send(&envelope(), &mail).await
    });
    let Outcome::Broken { what } = outcome else { panic!("{outcome:?}") };
    assert!(what.starts_with("in the midst of the mail: ") && session.is_none(), "{what}");
}

#[test]
fn a_relay_that_cannot_be_spoken_to_is_broken() {
    let (say, bye) = (|text| Some(Act::Say(text)), |text| Some(Act::SayAndClose(text)));
    let never = "never opened";
    check(
        Script { greeting: Some(Act::Hang), ..Script::default() },
        IMPATIENCE,
        "broken",
        "did not answer within 0.1 s: greeting",
        never,
    );
    check(
        Script { greeting: Some(Act::Close), ..Script::default() },
        PATIENCE,
        "broken",
        "greeting: the connection was closed",
        never,
    );
    check(
        Script { greeting: bye("421 4.3.2 too busy\r\n"), ..Script::default() },
        PATIENCE,
        "broken",
        "too busy",
        never,
    );
    check(Script { greeting: bye("554 not you\r\n"), ..Script::default() }, PATIENCE, "broken", "not you", never);
    check(
        Script { greeting: say("HTTP/1.1 400 Bad Request\r\n"), ..Script::default() },
        PATIENCE,
        "broken",
        "greeting",
        never,
    );
    check(Script { ehlo: Some(Act::Hang), ..Script::default() }, IMPATIENCE, "broken", "did not answer", never);
}

#[test]
fn a_port_where_nobody_listens_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let error = block_on(Session::open(&relay(port, PATIENCE))).expect_err("nobody listens");
    assert_eq!(error.to_string(), format!("cannot connect to 127.0.0.1:{port}"));
}

/// The error of a relay that plays `script` to a client that wants STARTTLS, and what it heard.
fn attempt_starttls(script: Script) -> (RelayError, Vec<String>) {
    let (port, heard) = start(script);
    let auth = Some(Credentials::new("noc", "secret"));
    let relay = Relay { tls: Tls::StartTls, auth, ..relay(port, PATIENCE) };
    let error = block_on(Session::open(&relay)).expect_err("no secure connection");
    (error, heard.iter().collect())
}

#[test]
fn nothing_is_sent_in_clear_when_starttls_is_wanted() {
    let (error, heard) = attempt_starttls(Script::default());
    assert!(matches!(error, RelayError::NoStartTls { .. }), "{error:?}");
    assert_eq!(heard, ["EHLO noc.test"]);
    let offer = Some(Act::Say("250-fake\r\n250 STARTTLS\r\n"));
    let (error, heard) =
        attempt_starttls(Script { ehlo: offer, starttls: Some(Act::Say("454 4.7.0 no\r\n")), ..Script::default() });
    assert!(error.to_string().contains("STARTTLS: 454 4.7.0 no"), "{error}");
    assert_eq!(heard, ["EHLO noc.test", "STARTTLS"]);
    let (error, _) =
        attempt_starttls(Script { ehlo: offer, starttls: Some(Act::SayAndClose("220 go\r\n")), ..Script::default() });
    assert!(matches!(error, RelayError::Peer(PeerError::Handshake { .. })), "{error:?}");
}

#[test]
fn replies_slipped_in_behind_starttls_end_the_connection() {
    let script = Script {
        ehlo: Some(Act::Say("250-fake\r\n250 STARTTLS\r\n")),
        starttls: Some(Act::Say("220 go\r\n250-fake\r\n250 AUTH PLAIN\r\n")),
        ..Script::default()
    };
    let (error, heard) = attempt_starttls(script);
    assert!(error.to_string().ends_with("STARTTLS: more was sent than the reply"), "{error}");
    assert_eq!(heard, ["EHLO noc.test", "STARTTLS"]);
}

#[test]
fn several_mails_go_over_one_session() {
    let (port, heard) = start(Script::default());
    block_on(async {
        let mut session = Session::open(&relay(port, PATIENCE)).await.expect("opened");
        for _ in 0..3 {
            let (outcome, kept) = session.send(&envelope(), MAIL).await;
            assert!(matches!(outcome, Outcome::Accepted), "{outcome:?}");
            session = kept.expect("kept");
        }
        session.close().await;
    });
    let heard: Vec<String> = heard.iter().collect();
    assert_eq!(heard.iter().filter(|line| line.starts_with("EHLO")).count(), 1);
    assert_eq!(heard.iter().filter(|line| *line == "DATA").count(), 3);
}

#[test]
fn what_the_relay_cannot_carry_is_refused_before_it_is_asked() {
    let (port, heard) = start(Script::default());
    let outcomes = block_on(async {
        let jorg = Address::new("jörg@customer.test").expect("an address");
        let session = Session::open(&relay(port, PATIENCE)).await.expect("opened");
        let (to_jorg, session) = session.send(&Envelope { to: jorg, ..envelope() }, MAIL).await;
        let (lone, session) =
            session.expect("kept").send(&envelope(), b"A: 1\r\n\r\nx\n.\nMAIL FROM:<eve@evil.test>\r\n").await;
        let (eight, session) = session.expect("kept").send(&envelope(), "A: 1\r\n\r\nä\r\n".as_bytes()).await;
        let (good, session) = session.expect("kept").send(&envelope(), MAIL).await;
        session.expect("kept").close().await;
        [to_jorg, lone, eight, good]
    });
    let codes: Vec<Option<String>> = outcomes
        .into_iter()
        .map(|outcome| match &outcome {
            Outcome::Refused { enhanced, .. } => enhanced.clone(),
            Outcome::Accepted => None,
            Outcome::Deferred { .. }
            | Outcome::Broken { .. }
            | Outcome::Unanswered { .. }
            | Outcome::Unusable { .. } => panic!("{outcome:?}"),
        })
        .collect();
    assert_eq!(codes, [Some("5.6.7".into()), Some("5.6.0".into()), Some("5.6.3".into()), None]);
    assert_eq!(heard.iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[test]
fn an_address_outside_ascii_goes_to_a_relay_that_offers_smtputf8() {
    let ehlo = Some(Act::Say("250-fake\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"));
    let (port, heard) = start(Script { ehlo, ..Script::default() });
    let mailbox = |name: Option<&str>, email: &str| Mailbox { name: name.map(str::to_owned), email: email.to_owned() };
    let letter = Letter {
        message_id: "m1@noc.test".into(),
        date: "2017-03-20T09:00:00Z".parse().expect("an instant"),
        from: mailbox(None, "noc@noc.test"),
        to: mailbox(Some("Jörg"), "jörg@customer.test"),
        reply_to: None,
        subject: "Wartung".into(),
        text: "Grüße\n".into(),
        html: "<p>Grüße</p>\n".into(),
        calendar: None,
        dropped: None,
        references: Vec::new(),
        list_id: None,
        unsubscribe: None,
        one_click: None,
    };
    let envelope = Envelope { to: Address::new(&letter.to.email).expect("an address"), ..envelope() };
    block_on(async {
        let session = Session::open(&relay(port, PATIENCE)).await.expect("opened");
        let (outcome, session) = session.send(&envelope, &compose(&letter).expect("composed")).await;
        assert!(matches!(outcome, Outcome::Accepted), "{outcome:?}");
        session.expect("kept").close().await;
    });
    let heard: Vec<String> = heard.iter().collect();
    assert_eq!(heard[1], "MAIL FROM:<bounces+m1.f00d@noc.test> SMTPUTF8 BODY=8BITMIME");
    assert!(heard[4].contains("<jörg@customer.test>"), "{}", heard[4]);
}
