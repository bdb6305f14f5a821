//! Mails of every shape, flattened: the parts with their lines and cells, and what is refused instead.

use std::io::{Cursor, Write};

use inwindow::notice::{MAX_MESSAGE_BYTES, Message, PartKind};

const HEAD: &str = "From: noc@carrier.example\nSubject: Work\n";

/// Each part on a line: its label and its lines, cells apart by `|`, lines by `/`.
fn shown(message: &Message) -> Vec<String> {
    let line = |line: &inwindow::notice::Line| {
        line.cells.iter().map(|cell| cell.text.replace('\u{2028}', "~")).collect::<Vec<_>>().join("|")
    };
    let part = |part: &inwindow::notice::Part| {
        for cell in part.lines.iter().flat_map(|line| &line.cells) {
            assert_eq!(part.text[cell.span.0..cell.span.1], cell.text, "a cell's words stand where its span says");
        }
        let lines: Vec<String> = match part.kind {
            PartKind::Calendar => vec![format!("{} bytes", part.text.len())],
            PartKind::Plain | PartKind::Html | PartKind::Sheet => part.lines.iter().map(line).collect(),
        };
        format!("{}: {}", part.label, lines.join(" / "))
    };
    message.parts.iter().map(part).collect()
}

#[track_caller]
fn check(raw: impl AsRef<[u8]>, expected: &[&str]) {
    let raw = raw.as_ref();
    let got = Message::parse(raw).map(|message| shown(&message));
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(got, Ok(expected), "{}", String::from_utf8_lossy(&raw[..raw.len().min(2_000)]));
}

#[track_caller]
fn check_refused(raw: impl AsRef<[u8]>, why: &str) {
    let refused = Message::parse(raw.as_ref()).map(|message| message.parts.len()).map_err(|why| why.to_string());
    assert_eq!(refused, Err(why.to_owned()));
}

fn mail(headers: &str, body: &str) -> String {
    format!("{HEAD}{headers}\n\n{body}")
}

#[test]
fn bodies_of_any_type_and_charset() {
    check(mail("X: y", "Start:  22:00\r\nEnd:\t04:00\r\n"), &["text/plain 1: Start:|22:00 / End:|04:00"]);
    check(mail("Content-Type: text/html", "<p>a<p>b"), &["text/html 1: a / b"]);
    check(mail("X: no type", "<html><table><tr><td>a<td><td>b</table>"), &["text/html 1: a||b"]);
    check(mail("Content-Type: text/plain; charset=\"x-unknown\"", "é"), &["text/plain 1: é"]);
    let latin = [mail("Content-Type: text/plain; charset=us-ascii", "caf").as_bytes(), b"\xe9"].concat();
    check(latin, &["text/plain 1: café"]);
    check(mail("Content-Transfer-Encoding: base64", "U3Rh\n*cnQ=\n-- \nlist footer here\n"), &["text/plain 1: Start"]);
    check(mail("X: y", "Start =3D 22:00=0D=0AEnd=20\n"), &["text/plain 1: Start = 22:00 / End"]);
    check(mail("Content-Type: text/plain", "begin:vcalendar\nend:vcalendar\n"), &["text/calendar 1: 30 bytes"]);
}

#[test]
fn multiparts_that_lost_something_on_their_way() {
    let parts = "--b1234\nContent-Type: text/plain\n\na\n--b1234\nContent-Type: text/html\n\n<p>b\n--b1234--\n";
    let whole: &[&str] = &["text/plain 1.1: a", "text/html 1.2: b"];
    check(mail("Content-Type: multipart/mixed; boundary=b1234", parts), whole);
    check(mail("Content-Type: multipart/mixed; boundary=b1234", &parts.replace("--b1234--", "")), whole);
    check(mail("Content-Type: multipart/mixed", parts), whole);
    check(mail("Content-Type: multipart/mixed; boundary=other", parts), whole);
    check(mail("Content-Type: text/plain", parts), whole);
    check(mail("X: no type", &format!("This is a multi-part message in MIME format.\n\n{parts}")), whole);
    let inner =
        format!("--o\nContent-Type: multipart/alternative; boundary=b1234\n\n{}", parts.replace("--b1234--", ""));
    let nested = format!("{inner}\n--o\nContent-Type: text/plain\n\nc\n--o--\n");
    let expected = ["text/plain 1.1.1: a", "text/html 1.1.2: b", "text/plain 1.2: c"];
    check(mail("Content-Type: multipart/mixed; boundary=o", &nested), &expected);
}

#[test]
fn sheets_attached() {
    let csv = "id,start,end\nA-1,,\"22:00\nUTC\"\n";
    let rows = "id|start|end / A-1||22:00~UTC";
    check(mail("Content-Type: text/csv", csv), &[&format!("text/csv 1: {rows}")]);
    check(mail("Content-Type: application/octet-stream; name=\"a.CSV\"", csv), &[&format!("text/csv 1: {rows}")]);
    let utf16: Vec<u8> = "id\tstart\tend\nA-1\t\t22:00\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for mark in [&b"\xff\xfe"[..], b""] {
        let head = mail("Content-Type: application/octet-stream; name=a.csv", "");
        check([head.as_bytes(), mark, &utf16].concat(), &["text/csv 1: id|start|end / A-1||22:00"]);
    }
    let book = book("<row><c t=\"str\"><v>id</v></c><c/><c><v>7.0</v></c></row>");
    let head = mail("Content-Type: application/octet-stream; name=a.xlsx", "");
    check([head.as_bytes(), &book].concat(), &["xlsx 1 (Circuits): id||7"]);
}

/// A workbook of one sheet.
fn book(rows: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let sheets = "<workbook><sheets><sheet name=\"Circuits\" id=\"1\"/></sheets></workbook>";
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    for (path, text) in [("xl/workbook.xml", sheets), ("xl/worksheets/sheet1.xml", &sheet)] {
        archive.start_file(path, zip::write::SimpleFileOptions::default()).expect("a path");
        archive.write_all(text.as_bytes()).expect("memory is written");
    }
    archive.finish().expect("memory is written").into_inner()
}

#[test]
fn what_is_not_read_is_named() {
    let tnef = "Content-Type: application/ms-tnef; name=winmail.dat";
    let why = "what Outlook puts in place of text and attachments is not read; ask the sender for plain MIME";
    check_refused(
        mail(tnef, "x"),
        &format!("its only content, `winmail.dat` (application/ms-tnef 1), cannot be read: {why}"),
    );
    let with_text = format!("--b\n\nSee attached.\n--b\n{tnef}\n\nx\n--b\nContent-Type: application/pdf\n\nx\n--b--\n");
    let raw = mail("Content-Type: multipart/mixed; boundary=b", &with_text);
    check(&raw, &["text/plain 1.1: See attached."]);
    let unread = Message::parse(raw.as_bytes()).expect("a mail").unread;
    let unread: Vec<String> = unread.into_iter().map(|unread| format!("{}: {}", unread.what, unread.why)).collect();
    assert_eq!(
        unread,
        [format!("`winmail.dat` (application/ms-tnef 1.2): {why}"), "application/pdf 1.3: PDF is not read".to_owned()]
    );
    let broken = mail("Content-Type: application/octet-stream; name=a.xlsx", "PK\u{3}\u{4} and no more");
    let refused = Message::parse(broken.as_bytes()).expect_err("a broken workbook").to_string();
    assert!(refused.starts_with("its only content, xlsx 1, cannot be read: broken: "), "{refused}");
}

#[test]
fn headers_of_every_shape() {
    let facts = |raw: &[u8]| {
        let message = Message::parse(raw).expect("a mail");
        (message.facts.from.unwrap_or_default(), message.facts.subject.unwrap_or_default())
    };
    for (raw, from, subject) in [
        (
            &b"From: =?utf-8?q?N=C3=A9t?= <NOC@Carrier.example>\nSubject: =?utf-8?B?Y2Fm?=\n =?utf-8?B?w6k=?=\n\nx"[..],
            "noc@carrier.example",
            "café",
        ),
        (b"From: N\xe9t <noc@carrier.example>\nSubject: caf\xe9\n\nx", "noc@carrier.example", "café"),
        ("From: noc@carrier.example (Nét)\nSubject: café\n\nx".as_bytes(), "noc@carrier.example", "café"),
        (
            b"From: Net Ops noc@carrier.example\nSubject: =?utf-8?Q?Planned work?=\n\nx",
            "noc@carrier.example",
            "Planned work",
        ),
        (b"Subject: work\n\nx", "", "work"),
        (b"from:noc@carrier.example\nsubject:work\nno header at all\n\nx", "noc@carrier.example", "work"),
    ] {
        assert_eq!(facts(raw), (from.to_owned(), subject.to_owned()), "{}", String::from_utf8_lossy(raw));
    }
    let (_, long) = facts(format!("Subject: {}\n\nx", "Wartung für 2031, ".repeat(9_000)).as_bytes());
    assert!(long.len() <= 4_096 && long.len() > 4_090, "a subject is cut between its letters: {}", long.len());
}

#[test]
fn a_mail_passed_on_inside_another_says_whose_it_was() {
    let html = "<p>see below</p><div><b>From:</b> Net Ops &lt;NOC@carrier.example&gt;<br><b>Sent:</b> Monday, 3 March 2025 10:00<br>\
        <b>To:</b> a@x.example<br><b>Subject:</b> Work A-1<br></div><p>Dear all,</p>";
    let table = "<table><tr><td>Von:</td><td>noc@carrier.example</td></tr><tr><td>Gesendet:</td><td>Montag</td></tr>\
        <tr><td>Betreff:</td><td>Arbeiten</td></tr></table>";
    for (html, from, sent, subject) in [
        (html, "noc@carrier.example", "Monday, 3 March 2025 10:00", "Work A-1"),
        (table, "noc@carrier.example", "Montag", "Arbeiten"),
    ] {
        let raw = format!("Subject: [list] FW: Work\nContent-Type: text/html\n\n{html}");
        let message = Message::parse(raw.as_bytes()).expect("a mail");
        let [quoted] = &message.quoted()[..] else { panic!("{:?}", message.quoted()) };
        let said = [&quoted.from, &quoted.sent, &quoted.subject].map(|said| said.as_deref().unwrap_or_default());
        assert_eq!(said, [from, sent, subject]);
        assert!(message.is_passed_on());
        assert_eq!(message.plain_subject(), "Work");
    }
}

// Hostile input: each is refused for a reason that names the limit, or read.

#[test]
fn mails_beyond_the_limits_say_which() {
    let multiparts = (0..10_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"));
    check_refused(
        format!("{HEAD}{}", multiparts.collect::<String>()),
        "its nesting goes beyond the limit of 12 levels",
    );
    let messages = "Content-Type: message/rfc822\n\n".repeat(10_000);
    check_refused(format!("{HEAD}{messages}"), "the nesting of forwarded messages goes beyond the limit of 3 levels");
    let parts = "--b\n\nx\n".repeat(100_000);
    check_refused(
        mail("Content-Type: multipart/mixed; boundary=b", &parts),
        "its number of parts goes beyond the limit of 400 parts",
    );
    let line = "a".repeat(100_000_000);
    check_refused(
        mail("X: y", &line),
        &format!("it is {} bytes long, more than the {MAX_MESSAGE_BYTES} that are read", line.len() + HEAD.len() + 6),
    );
    check_refused(mail("X: y", &line[..5_000_000]), "its text goes beyond the limit of 4194304 bytes");
    check_refused(mail("X: y", &"a\n".repeat(150_000)), "its number of lines goes beyond the limit of 100000 lines");
    check_refused(mail("X: y", &"a\t".repeat(400_000)), "its number of cells goes beyond the limit of 300000 cells");
}

#[test]
fn tables_beyond_the_limits_say_which() {
    let rows = "<tr><td>a<td>b</tr>".repeat(1_000_000);
    let html = "Content-Type: text/html";
    check_refused(mail(html, &rows), "its text goes beyond the limit of 4194304 bytes");
    check_refused(mail(html, &rows[..4_000_000]), "HTML of a part goes beyond the limit of 2097152 bytes");
    check_refused(mail(html, &rows[..2_000_000]), "its number of lines goes beyond the limit of 100000 lines");
    let csv = "Content-Type: text/csv";
    check_refused(mail(csv, &"a,b\n".repeat(1_000_000)), "its number of lines goes beyond the limit of 100000 lines");
    check_refused(
        mail(csv, &format!("{}a", ",".repeat(1_000))),
        "a row's number of columns goes beyond the limit of 1000 columns",
    );
    let inflated = book(&"<row/>".repeat(6_000_000));
    let head = mail("Content-Type: application/octet-stream; name=a.xlsx", "");
    check_refused([head.as_bytes(), &inflated].concat(), "what it unpacks to goes beyond the limit of 33554432 bytes");
    check_refused(
        [head.as_bytes(), b"PK\x03\x04", &vec![0; 5_000_000]].concat(),
        "an attached workbook goes beyond the limit of 4194304 bytes",
    );
    let floods = mail(html, &"&amp;&#x26;".repeat(100_000));
    assert_eq!(Message::parse(floods.as_bytes()).map(|message| message.parts[0].text.len()), Ok(200_001));
}
