//! Reading a mailbox from a server that does what no server should: each row is a server, and what is made of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use inwindow::mail::imap::{Imap, ImapDeadlines, ImapError, ImapServer, Waited};
use inwindow::mail::{Credentials, MAX_MESSAGE_BYTES, Tls};
use inwindow::notice::Position;

/// What a server answers to commands that begin so, in place of what a good one would; `$` is the command's tag. An answer
/// that ends in `!` is the last one: the connection is closed. One that ends in `~` is followed by silence.
type Script = &'static [(&'static str, &'static str)];

/// A good server with two messages.
const GOOD: Script = &[
    ("greeting", "* OK ready\r\n"),
    ("LOGIN", "$ OK in\r\n"),
    ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n$ OK\r\n"),
    ("EXAMINE", "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n$ OK [READ-ONLY]\r\n"),
    ("NOOP", "$ OK\r\n"),
    ("UID SEARCH", "* SEARCH 5 4\r\n$ OK\r\n"),
    (
        "UID FETCH 4:5 (UID RFC822.SIZE",
        "* 1 FETCH (UID 4 RFC822.SIZE 4)\r\n* 2 FETCH (RFC822.SIZE 6 UID 5)\r\n$ OK\r\n",
    ),
    (
        "UID FETCH 4:5 (UID INTERNALDATE",
        "* 1 FETCH (UID 4 INTERNALDATE \"07-Mar-2017 09:00:00 +0100\" BODY[] {4}\r\nfour)\r\n\
         * 9 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (BODY[] {6}\r\nfive\r\n UID 5)\r\n$ OK\r\n",
    ),
    ("IDLE", "+ idling\r\n* OK still here\r\n* 3 EXISTS\r\n"),
    ("DONE", "i8 OK done\r\n"),
];

fn server(script: Script) -> ImapServer {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        // The client may leave at any point.
        let _ = serve(&stream, script);
    });
    let second = Duration::from_secs(10);
    ImapServer {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        auth: Credentials::new("noc", "sec\"ret ü"),
        extra_ca: None,
        mailbox: "INBOX".into(),
        deadlines: ImapDeadlines { connect: second, command: second, data: second },
    }
}

fn serve(stream: &TcpStream, script: Script) -> std::io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut line = |writer: &mut &TcpStream, answer: Option<&str>| -> std::io::Result<String> {
        if let Some(answer) = answer {
            writer.write_all(answer.as_bytes())?;
        }
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::Error::other("the client left"));
        }
        Ok(line.trim_end().to_owned())
    };
    let answer_to = |command: &str| {
        let all = script.iter().chain(GOOD);
        all.into_iter().find(|(begin, _)| command.starts_with(begin)).map_or("$ BAD what?\r\n", |(_, answer)| answer)
    };
    let mut answer = answer_to("greeting").to_owned();
    loop {
        if let Some(last) = answer.strip_suffix('!') {
            return writer.write_all(last.as_bytes());
        }
        let said = line(&mut writer, Some(answer.trim_end_matches('~')))?;
        let (tag, command) = said.split_once(' ').unwrap_or(("", &said));
        if command.starts_with("LOGIN {") {
            assert_eq!(line(&mut writer, Some("+ go\r\n"))?, "noc {10}");
            assert_eq!(line(&mut writer, Some("+ go\r\n"))?, "sec\"ret ü");
        }
        answer = answer_to(command).replace('$', tag);
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Everything behind a position: each message's UID and bytes, and whether it was cut.
async fn read(server: &ImapServer, after: Option<Position>) -> Result<Vec<(u32, String, bool)>, ImapError> {
    let mut imap = Imap::open(server).await?;
    let listed = imap.list(after).await?;
    let mut rest = listed.as_slice();
    let mut mails = Vec::new();
    while !rest.is_empty() {
        let (batch, taken) = imap.batch(rest).await?;
        assert_eq!(batch.position, Position { uid_validity: 7, uid: rest[taken - 1] });
        rest = &rest[taken..];
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        mails.extend(batch.mails.into_iter().map(|mail| (mail.uid, text(mail.bytes), mail.cut_from.is_some())));
    }
    Ok(mails)
}

#[track_caller]
fn check(script: Script, after: Option<(u32, u32)>, expected: &[(u32, &str)]) {
    let after = after.map(|(uid_validity, uid)| Position { uid_validity, uid });
    let mails = block_on(read(&server(script), after)).expect("a good server");
    let got: Vec<(u32, &str)> = mails.iter().map(|(uid, bytes, _)| (*uid, bytes.as_str())).collect();
    assert_eq!(got, expected);
}

#[test]
fn a_good_server_is_read_from_the_position_on() {
    let (four, five) = ((4, "four"), (5, "five\r\n"));
    check(&[], None, &[four, five]);
    // The last message is always among `n:*`, and is not news.
    check(&[("UID SEARCH", "* SEARCH 5\r\n$ OK\r\n")], Some((7, 5)), &[]);
    check(&[], Some((7, u32::MAX)), &[]);
    // Under another numbering the position means nothing.
    check(&[], Some((6, 5)), &[four, five]);
    check(&[("UID SEARCH", "* SEARCH\r\n$ OK\r\n")], None, &[]);
    check(&[("UID SEARCH", "$ OK\r\n")], None, &[]);
}

#[test]
fn a_message_removed_since_it_was_listed_is_passed_over() {
    let script: Script = &[
        ("UID FETCH 4:5 (UID RFC822.SIZE", "* 2 FETCH (UID 5 RFC822.SIZE 6)\r\n$ OK\r\n"),
        ("UID FETCH 5 (UID INTERNALDATE", "* 1 FETCH (UID 5 BODY[] {4}\r\nfive)\r\n$ OK\r\n"),
        ("UID SEARCH UID 4", "* SEARCH\r\n$ OK\r\n"),
    ];
    check(script, None, &[(5, "five")]);
    let script: Script = &[
        ("UID FETCH 4:5 (UID INTERNALDATE", "* 2 FETCH (UID 5 BODY[] {4}\r\nfive)\r\n$ NO [EXPUNGEISSUED] gone\r\n"),
        ("UID SEARCH UID 4", "* SEARCH\r\n$ OK\r\n"),
    ];
    check(script, None, &[(5, "five")]);
}

#[test]
fn a_message_too_large_is_not_fetched() {
    const { assert!(MAX_MESSAGE_BYTES < 99_999_999) };
    let script: Script = &[
        (
            "UID FETCH 4:5 (UID RFC822.SIZE",
            "* 1 FETCH (UID 4 RFC822.SIZE 99999999)\r\n* 2 FETCH (UID 5 RFC822.SIZE 6)\r\n$ OK\r\n",
        ),
        ("UID FETCH 5 (UID INTERNALDATE", "* 2 FETCH (UID 5 BODY[] {4}\r\nfive)\r\n$ OK\r\n"),
        (
            "UID FETCH 4 (UID INTERNALDATE BODY.PEEK[]<0.65536>)",
            "* 1 FETCH (UID 4 BODY[]<0> {15}\r\nA: 1\r\n\r\nfour...)\r\n$ OK\r\n",
        ),
    ];
    let mails = block_on(read(&server(script), None)).expect("a good server");
    assert_eq!(mails, [(4, "A: 1\r\n\r\n".to_owned(), true), (5, "five".to_owned(), false)]);
}

/// `expected`: the beginning of the error, behind the server's name.
#[track_caller]
fn check_wrong(script: Script, expected: &str) {
    let server = server(script);
    let error = block_on(read(&server, None)).expect_err("it cannot be read").to_string();
    let name = format!("127.0.0.1:{}", server.port);
    assert!(error.replace(&name, "@").starts_with(expected), "{error}");
    assert!(!error.contains("ret ü"), "the password is in `{error}`");
}

#[test]
fn a_server_that_turns_us_away() {
    check_wrong(&[("greeting", "* BYE full\r\n!")], "the conversation with @ broke off: greeting: full");
    check_wrong(&[("greeting", "* PREAUTH hello\r\n")], "the conversation with @ broke off: greeting: hello");
    check_wrong(&[("greeting", "220 smtp\r\n")], "the conversation with @ broke off: greeting: it is no IMAP server");
    check_wrong(
        &[("LOGIN", "$ NO [AUTHENTICATIONFAILED] wrong\r\n")],
        "@ refused the login of `noc`: [AUTHENTICATIONFAILED] wrong",
    );
    check_wrong(&[("EXAMINE", "$ NO no such mailbox\r\n")], "@ does not open the mailbox `INBOX`: no such mailbox");
    check_wrong(
        &[("EXAMINE", "* 2 EXISTS\r\n$ OK\r\n")],
        "@ does not open the mailbox `INBOX`: it gives no UIDVALIDITY, so that nobody can say what was read",
    );
}

#[test]
fn an_answer_that_is_not_whole_is_none() {
    let broke = |script, step| check_wrong(script, &format!("the conversation with @ broke off: {step}"));
    // Each would be an empty mailbox, or one without the last message, to a client that reads until the end.
    broke(&[("UID SEARCH", "!")], "UID SEARCH: the connection was closed");
    broke(&[("UID SEARCH", "* SEARCH 4\r\n!")], "UID SEARCH: the connection was closed");
    broke(&[("UID SEARCH", "$ NO try later\r\n")], "UID SEARCH: it says no: try later");
    broke(&[("UID SEARCH", "* SEARCH 4\r\nx1 OK\r\n")], "UID SEARCH: it answers what was not asked");
    broke(&[("UID SEARCH", "* BYE killed\r\n!")], "UID SEARCH: it hangs up: killed");
    broke(&[("UID FETCH 4:5 (UID INTERNALDATE", "* 1 FETCH (UID 4 BODY[] {4}\r\nfo!")], "UID FETCH: the connection");
    broke(&[("UID FETCH 4:5 (UID INTERNALDATE", "* 1 FETCH (UID 4 BODY[] {4}\r\nfour)\r\n!")], "UID FETCH: the conn");
    broke(&[("UID FETCH 4:5 (UID INTERNALDATE", "* 1 FETCH (UID 4 BODY[]\r\n")], "UID FETCH: an answer cannot be read");
    // Listed, not handed out, and still there: passing over it would lose it.
    let withheld: Script =
        &[("UID FETCH 4:5 (UID INTERNALDATE", "* 2 FETCH (UID 5 BODY[] {4}\r\nfive)\r\n$ NO cannot read 4\r\n")];
    check_wrong(withheld, "@ lists message 4 and does not hand it out");
}

#[test]
fn a_server_that_sends_without_end_is_left() {
    let broke = |script, step: &str| {
        check_wrong(
            script,
            &format!("the conversation with @ broke off: {step}: it sent more than this answer may have"),
        );
    };
    broke(&[("EXAMINE", "* OK {99}\r\n* 1 FETCH (X {999999999}\r\n~")], "EXAMINE");
    broke(&[("UID FETCH 4:5 (UID RFC822.SIZE", "* 1 FETCH (UID 4 X {4294967296}\r\n~")], "UID FETCH");
    // It said 10 bytes, and sends a hundred million.
    broke(&[("UID FETCH 4:5 (UID INTERNALDATE", "* 1 FETCH (UID 4 BODY[] {99999999}\r\n~")], "UID FETCH");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let error = block_on(Imap::open(&ImapServer { port, ..server(&[]) })).expect_err("no end");
    assert!(error.to_string().ends_with("greeting: it sent more than this answer may have"), "{error}");
}

#[test]
fn a_server_that_falls_silent_is_left() {
    let soon = Duration::from_millis(200);
    for (script, step) in [
        (&[("greeting", "~")][..], "greeting"),
        (&[("LOGIN", "~")], "login"),
        (&[("EXAMINE", "* 2 EXISTS\r\n~")], "EXAMINE"),
        (&[("UID SEARCH", "* SEARCH 4\r\n~")], "UID SEARCH"),
        (&[("UID FETCH 4:5 (UID INTERNALDATE", "* 1 FETCH (UID 4 BODY[] {4}\r\nf~")], "UID FETCH"),
    ] {
        let server = server(script);
        let server =
            ImapServer { deadlines: ImapDeadlines { command: soon, data: soon, ..server.deadlines }, ..server };
        let error = block_on(read(&server, None)).expect_err("silence").to_string();
        assert!(error.contains("did not answer within 0.") && error.ends_with(step), "{error}");
    }
}

#[test]
fn a_server_that_does_not_offer_starttls_gets_no_password() {
    let starttls = |script: Script| {
        let server = ImapServer { tls: Tls::StartTls, ..server(script) };
        block_on(Imap::open(&server)).expect_err("no secure connection")
    };
    let error = starttls(&[("STARTTLS", "$ BAD what?\r\n")]);
    assert!(matches!(error, ImapError::NoStartTls { .. }), "{error}");
    let error = starttls(&[("STARTTLS", "$ OK go\r\n* CAPABILITY IMAP4rev1\r\n")]);
    assert!(error.to_string().contains("STARTTLS: more was sent than the answer"), "{error}");
    let error = starttls(&[("greeting", "* PREAUTH no need\r\n")]);
    assert!(error.to_string().contains("greeting: no need"), "{error}");
}

/// Lists, then waits.
#[track_caller]
fn check_wait(script: Script, longest: Duration, expected: Result<Waited, &str>) {
    let server = server(script);
    let waited = block_on(async {
        let mut imap = Imap::open(&server).await.expect("opened");
        imap.list(None).await.expect("listed");
        imap.batch(&[4, 5]).await.expect("read");
        imap.wait(longest).await.map(|(_, waited)| waited).map_err(|error| error.to_string())
    });
    match (waited, expected) {
        (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
        (waited, expected) => assert_eq!(waited, expected.map_err(str::to_owned)),
    }
}

#[test]
fn waiting_for_news() {
    let (long, short) = (Duration::from_secs(10), Duration::from_millis(50));
    check_wait(&[], long, Ok(Waited::Changed));
    check_wait(&[("IDLE", "+ idling\r\n* OK still here\r\n")], short, Ok(Waited::Elapsed));
    // What was told while the messages were fetched is not told again.
    let told = "* 3 EXISTS\r\n* 1 FETCH (UID 4 BODY[] {1}\r\n4)\r\n* 2 FETCH (UID 5 BODY[] {1}\r\n5)\r\n$ OK\r\n";
    let script: Script = Box::leak(Box::new([("UID FETCH 4:5 (UID INTERNALDATE", told), ("IDLE", "~")]));
    check_wait(script, long, Ok(Waited::Changed));
    // Without IDLE there is nothing but the time.
    check_wait(&[("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n$ OK\r\n"), ("IDLE", "!")], short, Ok(Waited::Elapsed));
    check_wait(&[("IDLE", "$ NO not now\r\n")], short, Ok(Waited::Elapsed));
    check_wait(&[("IDLE", "+ idling\r\n* BYE\r\n!")], long, Err("it ended the wait"));
    check_wait(&[("IDLE", "+ idling\r\n!")], long, Err("the connection was closed"));
    check_wait(&[("IDLE", "+ idling\r\n* 3 EXI~")], short, Err("it stopped in the midst of an answer"));
}
