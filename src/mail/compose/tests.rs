//! What a reader finds in a composed mail, as an independent parser reads it.

use mail_parser::{MessageParser, MimeHeaders as _};
use proptest::prelude::*;

use super::*;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//inwindow//EN\r\nBEGIN:VEVENT\r\nUID:w1@noc.test\r\n\
    DTSTAMP:20170320T090000Z\r\nDTSTART:20170325T230000Z\r\nDTEND:20170326T220000Z\r\nSUMMARY:Stromwartung für Kühlun\r\n \
    g feed-a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn letter() -> Letter {
    Letter {
        message_id: "iw-0123456789abcdef@noc.test".into(),
        date: "2017-03-20T09:00:00Z".parse().expect("a test instant"),
        from: LetterMailbox { name: Some("Example NOC".into()), email: "noc@noc.test".into() },
        to: LetterMailbox { name: Some("Alice".into()), email: "alice@customer.test".into() },
        reply_to: None,
        subject: "Maintenance of feed-a on 26 March".into(),
        text: "Dear Alice,\nwork is planned.\n".into(),
        html: "<p>Dear Alice,</p>\n<p>work is planned.</p>\n".into(),
        calendar: Some(CalendarPart { text: CALENDAR.into(), method: None }),
        dropped: None,
        references: Vec::new(),
        list_id: None,
        unsubscribe: None,
        one_click: None,
    }
}

fn text(mail: &[u8]) -> String {
    String::from_utf8(mail.to_vec()).expect("composed mail is UTF-8")
}

/// The header as written, unfolded.
fn header(mail: &[u8], name: &str) -> Option<String> {
    let head = text(mail).split("\r\n\r\n").next().expect("a head").replace("\r\n ", " ");
    head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

#[track_caller]
fn check_wire(mail: &[u8]) {
    let text = text(mail);
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "a lone LF");
    assert_eq!(text.matches('\r').count(), text.matches("\r\n").count(), "a lone CR");
    assert!(text.split("\r\n").all(|line| line.len() <= MAX_LINE_OCTETS), "an overlong line");
}

#[test]
fn a_click_is_offered_beside_the_mail_and_to_nobody_in_the_readers_place() {
    let url = "https://status.noc.test/inwindow/unsubscribe/0123456789abcdef";
    let mut letter = letter();
    let got = |letter: &Letter| {
        let mail = compose(letter).expect("composed");
        check_wire(&mail);
        (header(&mail, "List-Unsubscribe"), header(&mail, "List-Unsubscribe-Post"))
    };
    let (mailto, post) = ("<mailto:stop@noc.test?subject=unsubscribe>", Some("List-Unsubscribe=One-Click".to_owned()));
    assert_eq!(got(&letter), (None, None));
    letter.one_click = Some(url.into());
    assert_eq!(got(&letter), (Some(format!("<{url}>")), post.clone()));
    letter.unsubscribe = Some("stop@noc.test".into());
    assert_eq!(got(&letter), (Some(format!("<{url}>, {mailto}")), post));
    let instead = compose_redirected(&letter, &Address::new("test@noc.test").expect("an address")).expect("composed");
    assert_eq!(header(&instead, "List-Unsubscribe").as_deref(), Some(mailto));
    assert_eq!(header(&instead, "List-Unsubscribe-Post"), None);
    for wrong in
        ["http://a.test/u", "https://a.test/u>\r\nX: y", "https://a.test/u, <mailto:b@c.test>", "https://a.test/\u{e9}"]
    {
        letter.one_click = Some(wrong.into());
        assert!(matches!(compose(&letter), Err(ComposeError::Malformed { field: "List-Unsubscribe", .. })), "{wrong}");
    }
}

#[test]
fn the_whole_mail() {
    let mut letter = letter();
    letter.references = vec!["first@noc.test".into(), "second@noc.test".into()];
    letter.list_id = Some("maintenance.noc.test".into());
    letter.unsubscribe = Some("stop+alice@noc.test".into());
    letter.reply_to = Some(LetterMailbox { name: None, email: "help@noc.test".into() });
    letter.calendar = None;
    let [boundary, _] = boundaries(&letter);
    let expected = format!(
        "Date: Mon, 20 Mar 2017 09:00:00 +0000\r\n\
         From: \"Example NOC\" <noc@noc.test>\r\n\
         To: Alice <alice@customer.test>\r\n\
         Subject: Maintenance of feed-a on 26 March\r\n\
         Message-ID: <iw-0123456789abcdef@noc.test>\r\n\
         Reply-To: help@noc.test\r\n\
         In-Reply-To: <second@noc.test>\r\n\
         References: <first@noc.test>\r\n <second@noc.test>\r\n\
         List-Id: <maintenance.noc.test>\r\n\
         List-Unsubscribe: <mailto:stop%2Balice@noc.test?subject=unsubscribe>\r\n\
         Auto-Submitted: auto-generated\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n\
         --{boundary}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\r\n\
         Dear Alice,\r\nwork is planned.\r\n\r\n\
         --{boundary}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\r\n\
         <p>Dear Alice,</p>\r\n<p>work is planned.</p>\r\n\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(text(&compose(&letter).expect("composed")), expected);
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    assert_eq!(compose(&letter()).expect("composed"), compose(&letter()).expect("composed"));
    let mut other = letter();
    other.message_id = "iw-other@noc.test".into();
    let all = [boundaries(&letter()), boundaries(&other)].concat();
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "{all:?}");
}

/// `types`: content types in the order of the parts.
#[track_caller]
fn check_structure(method: Option<&str>, types: &[&str]) {
    let mut letter = letter();
    letter.calendar = Some(CalendarPart { text: CALENDAR.into(), method: method.map(str::to_owned) });
    let mail = compose(&letter).expect("composed");
    check_wire(&mail);
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let found: Vec<String> = parsed
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().expect("a type");
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
        })
        .collect();
    assert_eq!(found, types);
    let calendar = parsed.parts.last().expect("a calendar part");
    let kind = calendar.content_type().expect("a type");
    assert_eq!((kind.attribute("charset"), kind.attribute("method")), (Some("utf-8"), method));
    assert_eq!(calendar.text_contents(), Some(CALENDAR));
    assert_eq!(calendar.attachment_name(), Some("maintenance.ics"));
}

#[test]
fn a_calendar_is_attached_and_an_invitation_is_an_alternative() {
    check_structure(None, &["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]);
    check_structure(Some("REQUEST"), &["multipart/alternative", "text/plain", "text/html", "text/calendar"]);
}

/// What another parser reads as subject and as the recipient's name must be what was put in.
#[track_caller]
fn check_words(subject: &str, name: &str) {
    let mut letter = letter();
    letter.subject = subject.into();
    letter.to.name = Some(name.into());
    let mail = compose(&letter).expect("composed");
    check_wire(&mail);
    assert!(mail.is_ascii());
    assert!(text(&mail).split("\r\n").all(|line| line.len() <= 78), "a line to be folded:\n{}", text(&mail));
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let to = parsed.to().and_then(|to| to.first()).expect("a recipient");
    assert_eq!((parsed.subject(), to.name(), to.address()), (Some(subject), Some(name), Some("alice@customer.test")));
}

#[test]
fn subjects_and_names_survive_encoding() {
    check_words("Wartung: Kühlung in Halle 3", "Jörg Müller");
    check_words("Only ASCII", "Miller, Alice");
    check_words(
        "26 März – 23 Stunden, danach bitte die Anwendungen neu starten und die Sicherung prüfen",
        "\"Al\" \\ Ice",
    );
    check_words("電源メンテナンスのお知らせ、三月二十六日、両系統とも停止いたします", "山田, 太郎 (技術)");
    check_words("=?utf-8?q?not_an_encoded_word?=", "=?utf-8?q?nor_this?=");
    check_words(&"x".repeat(300), "A <eve@evil.test>");
    check_words("🔌 power: 22:00 → 04:00", "O'Neill; DROP: x@y");
}

#[test]
fn addresses_outside_ascii() {
    let mut letter = letter();
    letter.to.email = "alice@bücher.example".into();
    let mail = compose(&letter).expect("composed");
    assert_eq!(header(&mail, "To").as_deref(), Some("Alice <alice@xn--bcher-kva.example>"));
    letter.to.email = "jörg@bücher.example".into();
    let mail = compose(&letter).expect("composed");
    assert_eq!(header(&mail, "To").as_deref(), Some("Alice <jörg@xn--bcher-kva.example>"));
}

#[test]
fn bodies_outside_ascii_travel_as_ascii_and_come_back_whole() {
    let mut letter = letter();
    letter.text = format!("Grüße\r\nlone\rCR and NUL \0\n.\n{}\n", "lang ".repeat(400));
    let mail = compose(&letter).expect("composed");
    check_wire(&mail);
    assert!(mail.is_ascii());
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let expected = format!("Grüße\r\nlone\r\nCR and NUL \u{fffd}\r\n.\r\n{}\r\n", "lang ".repeat(400));
    assert_eq!(parsed.body_text(0).map(|text| text.replace('\n', "\r\n").replace("\r\r\n", "\r\n")), Some(expected));
}

#[track_caller]
fn check_refused(change: impl Fn(&mut Letter), expected: &str) {
    let mut letter = letter();
    change(&mut letter);
    assert_eq!(compose(&letter).expect_err("refused").to_string(), expected);
}

#[test]
fn what_could_forge_a_header_is_refused() {
    let forged = "x\r\nBcc: eve@evil.test";
    let shown = "x\\r\\nBcc: eve@evil.test";
    check_refused(
        |l| l.subject = forged.into(),
        &format!("the Subject of the mail holds a control character: `{shown}`"),
    );
    check_refused(|l| l.subject = "a\u{85}b".into(), "the Subject of the mail holds a control character: `a\\u{85}b`");
    check_refused(
        |l| l.to.name = Some(forged.into()),
        &format!("the To of the mail holds a control character: `{shown}`"),
    );
    check_refused(|l| l.to.email = forged.into(), "the To of the mail is no address");
    check_refused(|l| l.from.email = "noc".into(), "the From of the mail is no address");
    check_refused(
        |l| l.unsubscribe = Some("a@b.test>\r\nX: y".into()),
        "the List-Unsubscribe of the mail is no address",
    );
    check_refused(|l| l.message_id = "a@b>\r\nX: y".into(), "`a@b>\\r\\nX: y` is no well-formed Message-ID");
    check_refused(|l| l.message_id = "no-at".into(), "`no-at` is no well-formed Message-ID");
    check_refused(|l| l.references = vec!["a b@c".into()], "`a b@c` is no well-formed In-Reply-To");
    check_refused(|l| l.list_id = Some("a.b>\r\nX: y".into()), "`a.b>\\r\\nX: y` is no well-formed List-Id");
    check_refused(
        |l| l.calendar = Some(CalendarPart { text: CALENDAR.into(), method: Some("REQUEST; x=y".into()) }),
        "`REQUEST; x=y` is no well-formed calendar method",
    );
    check_refused(
        |l| l.date = "1969-12-31T23:59:59Z".parse().expect("an instant"),
        "a mail cannot be dated in the year 1969",
    );
}

#[test]
fn a_long_thread_keeps_its_first_and_latest() {
    let mut letter = letter();
    letter.references = (0..50).map(|n| format!("m{n}@noc.test")).collect();
    let mail = compose(&letter).expect("composed");
    check_wire(&mail);
    let references = header(&mail, "References").expect("references");
    let ids: Vec<&str> = references.split(' ').collect();
    assert_eq!((ids.len(), ids[0], ids[1], ids[19]), (20, "<m0@noc.test>", "<m31@noc.test>", "<m49@noc.test>"));
    letter.references.truncate(20);
    let mail = compose(&letter).expect("composed");
    assert_eq!(header(&mail, "References").expect("references").split(' ').count(), 20);
}

#[test]
fn a_redirected_mail_names_who_would_have_had_it_and_nobody_can_answer_to_them() {
    let instead = Address::new("me@noc.test").expect("an address");
    let mail = compose_redirected(&letter(), &instead).expect("composed");
    assert_eq!(header(&mail, "To").as_deref(), Some("me@noc.test"));
    assert_eq!(header(&mail, "X-Inwindow-Would-Go-To").as_deref(), Some("alice@customer.test"));
    assert_eq!(header(&compose(&letter()).expect("composed"), "X-Inwindow-Would-Go-To"), None);
}

proptest! {
    /// Whatever a vendor or a template puts in, no header appears that we did not write, and what was put in comes out.
    #[test]
    fn nothing_injected_and_nothing_lost(subject in "\\PC{0,200}", name in "\\PC{1,80}", body in "(?s).{0,400}") {
        let mut letter = letter();
        letter.subject.clone_from(&subject);
        letter.to.name = Some(name.clone());
        letter.text = body;
        let mail = compose(&letter).expect("no control characters");
        check_wire(&mail);
        let parsed = MessageParser::default().parse(&mail).expect("a mail");
        let names: Vec<&str> = parsed.headers().iter().map(mail_parser::Header::name).collect();
        prop_assert_eq!(names, ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]);
        prop_assert_eq!(parsed.parts.len(), 5);
        prop_assert_eq!(parsed.parts[4].text_contents(), Some(CALENDAR));
    }

    /// Line breaks, brackets and whatever else, wherever it can stand: either the letter is refused, or no header appears
    /// that we did not write.
    #[test]
    fn nothing_hostile_makes_a_header(
        place in 0_usize..11,
        hostile in "(?s).{0,40}|[a-z]{1,8}@[a-z]{1,8}\\.test(\r\n|\n|\r|>|, |;)?[A-Z][a-z]{1,5}: .{0,20}",
    ) {
        let mailbox = |name: &str, email: &str| LetterMailbox { name: Some(name.into()), email: email.into() };
        let word = |at: usize, good: &str| if at == place { hostile.clone() } else { good.to_owned() };
        let mut letter = letter();
        letter.message_id = word(0, "m1@noc.test");
        letter.from = mailbox(&word(1, "Noc"), &word(9, "noc@noc.test"));
        letter.to = mailbox(&word(2, "Alice"), &word(3, "alice@customer.test"));
        letter.reply_to = Some(mailbox(&word(10, "Desk"), &word(4, "desk@noc.test")));
        letter.subject = word(5, "Maintenance");
        letter.references = vec![word(6, "m0@noc.test")];
        letter.list_id = Some(word(7, "maintenance.noc.test"));
        letter.unsubscribe = Some(word(8, "leave@noc.test"));
        if let Ok(mail) = compose(&letter) {
            check_wire(&mail);
            let parsed = MessageParser::default().parse(&mail).expect("a mail");
            let mut names: Vec<&str> = parsed.headers().iter().map(mail_parser::Header::name).collect();
            names.sort_unstable();
            let ours = "Auto-Submitted Content-Type Date From In-Reply-To List-ID List-Unsubscribe MIME-Version Message-ID \
                        References Reply-To Subject To";
            prop_assert_eq!(names, ours.split_whitespace().collect::<Vec<_>>());
            prop_assert_eq!(parsed.parts.len(), 5);
        }
    }
}
